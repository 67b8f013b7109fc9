// Private to src/source: the biquad's loop for the Cortex-M0+.
#ifndef TONEARM_SOURCE_BIQUAD_M0PLUS_H
#define TONEARM_SOURCE_BIQUAD_M0PLUS_H

#include "tonearm/biquad.h"

#include "../convert/tuned.h"

/// Coefficients below 2^21 as c = 256 high + low, low 0..255; a1 and a2 negated. Five products of high parts and samples stay below 2^31, as do those of low parts.
typedef struct {
    int32_t b0[2], b1[2], b2[2], a1[2], a2[2];
    int32_t half; ///< 2^14
    uint32_t stride_bytes;
} ta_biquad_halves_t;

/// Filter the samples from `samples` up to before `end`, one or more. Ctx: feed. Cost: 67 cycles a sample. Own: none. Fails: never.
void ta_m0plus_biquad(const ta_biquad_halves_t *halves, ta_biquad_state_t *state, int16_t *samples, const int16_t *end);

#endif
