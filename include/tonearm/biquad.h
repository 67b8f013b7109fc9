/// @file biquad.h  Second-order filters on 16-bit samples, whose parameters may move.
///
/// y = b0 x + b1 x1 + b2 x2 - a1 y1 - a2 y2 with coefficients of 15 fractional bits, sums without overflow, rounded and clipped to 16 bits. The coefficients are
/// designed once a tick, where a parameter has changed. Rounding to 16 bits leaves a rest when the input ends, of up to
/// 1 / (1 + a1 + a2), which is some (rate / (2 pi frequency))^2: a few units above a tenth of the rate, thousands at a 400th of it, as in CircuitPython. What a filter remembers of its input is apart, so that one filter serves channels and notes.
#ifndef TONEARM_BIQUAD_H
#define TONEARM_BIQUAD_H

#include "tonearm/control.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    TA_BIQUAD_LOW_PASS,
    TA_BIQUAD_HIGH_PASS,
    TA_BIQUAD_BAND_PASS, ///< 0 dB at its frequency
    TA_BIQUAD_NOTCH,
    TA_BIQUAD_LOW_SHELF,
    TA_BIQUAD_HIGH_SHELF,
    TA_BIQUAD_PEAKING_EQ,
    TA_BIQUADS ///< number of modes
} ta_biquad_mode_t;

/// Q15. The feed's: |a2| < 1 and |a1| < 1 + a2, so that it is stable.
typedef struct {
    int32_t b0, b1, b2, a1, a2;
    bool wide; ///< a coefficient is 64 or more in size
} ta_biquad_design_t;

/// Set the parameters with ta_param_set and ta_param_follow; they are clamped where they are used.
typedef struct {
    ta_biquad_mode_t mode;
    ta_param_t frequency; ///< Hz, within 0..half the rate
    ta_param_t q;         ///< within 1/65536..65536
    ta_param_t a;         ///< square root of the gain of shelves and of PEAKING_EQ, within 1/128..128
    ta_biquad_design_t now;
    ta_real_t omega, used_q, used_a; ///< what it was designed for
    ta_biquad_design_t before;       ///< what it was before a number jumped,
    const ta_clock_t *jump_clock;    ///< by whose tick it was designed anew then,
    uint32_t jump_number;            ///< and in which
} ta_biquad_t;

/// What came in and went out last. All 0: silence.
typedef struct {
    int32_t x1, x2, y1, y2;
} ta_biquad_state_t;

/// Q is sqrt(1/2), A is 1. Until the first tick it lets nothing through. Ctx: task. Cost: constant. Own: none. Fails: TA_E_ARG (mode).
TA_NODISCARD ta_status_t ta_biquad_init(ta_biquad_t *biquad, ta_biquad_mode_t mode, ta_real_t frequency_hz);

/// Read the parameters in this tick and design, if one has changed. Whoever runs it can fade from what it was (ta_biquad_jumped) where a number was set to another; what follows a
/// control moves by itself. Ctx: feed. Cost: the controls'; a design is some 30 operations on ta_real_t. Own: none. Fails: never.
void ta_biquad_tick(ta_biquad_t *biquad, const ta_clock_t *clock);

/// Has a number jumped in this tick, so that it is another filter than `before`? Ctx: feed, after ta_biquad_tick. Cost: constant. Own: none. Fails: never.
static inline bool ta_biquad_jumped(const ta_biquad_t *biquad, const ta_clock_t *clock)
{
    return biquad->jump_clock == clock && biquad->jump_number == clock->number;
}

/// Filter `frames` samples in place. stride: from a sample to the next one of this channel, 1 or 2.
/// Ctx: feed. Cost: per sample. Own: none. Fails: never.
void ta_biquad_run(const ta_biquad_t *biquad, ta_biquad_state_t *state, int16_t *samples, uint32_t frames,
                   unsigned stride);

/// The same by a design. Ctx: feed. Cost: per sample. Own: none. Fails: never.
void ta_biquad_run_design(const ta_biquad_design_t *design, ta_biquad_state_t *state, int16_t *samples, uint32_t frames,
                          unsigned stride);

/// Silence. Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline void ta_biquad_clear(ta_biquad_state_t *state)
{
    state->x1 = state->x2 = state->y1 = state->y2 = 0;
}

#ifdef __cplusplus
}
#endif
#endif
