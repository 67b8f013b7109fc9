/// @file verdict.h  What may be heard: program frames in order, ramps, silence, holes where they are reported, and nothing else.
#ifndef TA_TEST_VERDICT_H
#define TA_TEST_VERDICT_H

#include "tonearm/output.h"

/// A frame as s32, left-justified: of PWM, levels above the middle.
typedef struct {
    int32_t left, right;
} heard_t;

/// One stretch of the program, as it should be heard.
typedef struct {
    uint32_t first, frames; ///< numbers
} stretch_t;

/// A recording, from the output's first frame on, and what it should be compared with.
typedef struct {
    const heard_t *heard;
    size_t count;
    const ta_output_t *output;                              ///< whose holes are believed
    unsigned bits;                                          ///< of the wire: ramps have its resolution
    heard_t (*frame)(const void *context, uint32_t number); ///< the program's
    const void *context;
} verdict_t;

/// Compare all that was heard with `stretches` of program, in order, each with a rise before and a fall behind it, and holes exactly
/// where the output has reported them. NULL, or a sentence. Exact: every frame of the recording is predicted.
const char *verdict_check(const verdict_t *of, const stretch_t *stretches, unsigned count);

/// The same when a publication was indeterminate: program frames in order, none doubled, at most `may_lose` missing; ramps and silence
/// between them with no step above full scale / 64. NULL, or a sentence.
const char *verdict_check_order(const verdict_t *of, uint32_t first, uint32_t frames, uint32_t may_lose);

/// Step k, 0 to 64, of a ramp between silence and a frame, in the resolution of `bits`.
heard_t verdict_ramp(heard_t to, int k, unsigned bits);

/// A sentence in a place that the next one overwrites.
const char *verdict_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
