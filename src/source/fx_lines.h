// Private to src/source: the inner loops of Freeverb's lines, for frames that lie together. A Cortex-M0+ has variants, which equal the portable ones for every input;
// test/arm/m0plus_lines.sh compares them.
#ifndef TONEARM_SOURCE_FX_LINES_H
#define TONEARM_SOURCE_FX_LINES_H

#include "tonearm/reverb.h"

#include "../convert/tuned.h"

/// What a comb goes by: its damping filter's memory, and Q15.
typedef struct {
    int32_t low, feedback, damping; ///< within 16 bits; 0..32767; 0..32767
} ta_fx_comb_t;

/// Frames from `at` to `end`, one or more: add each to its pair's sum, and store what its pair puts in, and the damped part that comes back. Returns the
/// filter's new memory. Ctx: feed. Cost: per frame. Own: none. Fails: never.
typedef int32_t ta_fx_comb_span_t(int16_t *at, const int16_t *end, ta_freeverb_pair_t *pair, const ta_fx_comb_t *comb);

/// Frames from `at` to `end`, one or more, through an allpass: pair->in (of 16 bits) in and out. Ctx: feed. Cost: per frame. Own: none. Fails: never.
typedef void ta_fx_allpass_span_t(int16_t *at, const int16_t *end, ta_freeverb_pair_t *pair);

ta_fx_comb_span_t ta_fx_comb_span, ta_fx_comb_span_m0plus;
ta_fx_allpass_span_t ta_fx_allpass_span, ta_fx_allpass_span_m0plus;

#if TA_TUNED_M0PLUS
#define FX_LINES_BEST(name) name##_m0plus
#else
#define FX_LINES_BEST(name) name
#endif

#endif
