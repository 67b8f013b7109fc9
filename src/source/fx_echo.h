// Private to src/source: the inner loop of an echo, of which the Cortex-M0+ has its own.
#ifndef TONEARM_FX_ECHO_H
#define TONEARM_FX_ECHO_H

#include "fx_line.h"

#include "../convert/tuned.h"

/// Levels of a stretch of samples, Q15. The first three are where the assembly looks for them.
typedef struct {
    int32_t again; ///< decay
    ta_blend_t blend;
    int32_t fresh; ///< what of a sample goes into the line
    ta_bend_t bend;
} ta_echo_gains_t;

/// What a cell of the line becomes. |cell| and |x| are at most 2^15, and so are the levels: within int32.
static inline int16_t ta_echo_cell(int32_t cell, int32_t x, const ta_echo_gains_t *gains)
{
    return (int16_t)ta_bend(ta_trunc15(cell * gains->again + x * gains->fresh), &gains->bend);
}

#if TA_TUNED_M0PLUS
/// The same as the portable loop, in place, for 1 or more samples of 16 bits that go into the line whole, with the knee of two: the first where dry is 32768.
/// Ctx: feed. Cost: 32.5 cycles a sample, 35 the second; 10 more for each that is bent. Own: none. Fails: never.
void ta_echo_dry_m0plus(const int16_t *from, int16_t *to, int16_t *io, size_t samples, const ta_echo_gains_t *gains);
void ta_echo_mix_m0plus(const int16_t *from, int16_t *to, int16_t *io, size_t samples, const ta_echo_gains_t *gains);
#endif

/// `samples` of the line from `from` on: what is heard, and what they become, at `to`. The same place, or what is read in this stretch was written before: sample by
/// sample either way. Ctx: feed. Cost: per sample. Own: none. Fails: never.
void ta_echo_samples(const int16_t *from, int16_t *to, const int16_t *in, int16_t *out, size_t samples,
                     const ta_echo_gains_t *gains);

#endif
