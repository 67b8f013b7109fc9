// The inner loops of Freeverb's lines: see fx_lines.h. Invariants: every store is clipped to 16 bits; no sum reaches 2^31.

#include "fx_lines.h"

#include "fx_int.h"

enum { UNIT = 32768 };

// The damping filter's mean: o (1 - damping) + low damping. |o| UNIT is at most 2^30 and |low - o| damping below 2^31 - 2^30 for a damping of 16383 and less; Freeverb's ends at
// 13107. The mean itself is within 16 bits.
int32_t ta_fx_comb_span(int16_t *at, const int16_t *end, ta_freeverb_pair_t *pair, const ta_fx_comb_t *comb)
{
    int32_t low = comb->low, feedback = comb->feedback, damping = comb->damping;
    for (; at != end; at++, pair++) {
        int32_t o = *at;
        pair->sum += o;
        low = fx_q15_down(o * UNIT + (low - o) * damping);
        *at = (int16_t)fx_clip16(pair->in + fx_q15_down(low * feedback));
    }
    return low;
}

void ta_fx_allpass_span(int16_t *at, const int16_t *end, ta_freeverb_pair_t *pair)
{
    for (; at != end; at++, pair++) {
        int32_t o = *at, y = pair->in, n = o - y;
        *at = (int16_t)fx_clip16(y + (o >> 1));
        pair->in = (n + (int32_t)((uint32_t)n >> 31)) >> 1; // n is below 2^16: half of it fits
    }
}
