// The inner loop of an echo. In: what was, what comes in, levels. Out: what is heard and what goes into the line: reference 6.9, to the last bit.

#include "fx_echo.h"
#include "fx_int.h"

static FX_LOOP void portable(const int16_t *from, int16_t *to, const int16_t *in, int16_t *out, size_t samples,
                             const ta_echo_gains_t *gains)
{
    for (size_t s = 0; s < samples; s++) {
        int32_t x = in[s], e = from[s];
        to[s] = ta_echo_cell(e, x, gains);
        out[s] = (int16_t)ta_mix_blend(&gains->blend, x, e);
    }
}

#if TA_TUNED_M0PLUS
static bool is_knee(const ta_bend_t *bend)
{
    return bend->low == -TA_BEND_HIGH && bend->gain == TA_FX_KNEE_2;
}
#endif

void ta_echo_samples(const int16_t *from, int16_t *to, const int16_t *in, int16_t *out, size_t samples,
                     const ta_echo_gains_t *gains)
{
#if TA_TUNED_M0PLUS
    if (in == out && samples > 0 && gains->fresh == 32768 && is_knee(&gains->bend) && is_knee(&gains->blend.bend)) {
        if (gains->blend.dry == 32768)
            ta_echo_dry_m0plus(from, to, out, samples, gains);
        else
            ta_echo_mix_m0plus(from, to, out, samples, gains);
        return;
    }
#endif
    portable(from, to, in, out, samples, gains);
}
