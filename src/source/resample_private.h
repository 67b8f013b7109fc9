// Private to src/source: the resamplers' filters, and what weighs one output frame.
//
// A coefficient is a number in 1/2^22, found between entries of a filter's table at a place that has 14 bits behind the point. Sums are exact, so every
// variant gives the same number: the portable ones add in 64 bits; a Cortex-M0+, which has no such product, adds in 32 bits twice (resample_m0plus.c).
#ifndef TONEARM_SOURCE_RESAMPLE_PRIVATE_H
#define TONEARM_SOURCE_RESAMPLE_PRIVATE_H

#include "tonearm/resample.h"

/// 0: there is no TA_RESAMPLE_BEST.
#ifndef TA_CFG_RESAMPLE_BEST
#define TA_CFG_RESAMPLE_BEST 1
#endif

// TA_CFG_TUNED is src/convert/tuned.h's.
#if defined(__ARM_ARCH_6M__) && (!defined(TA_CFG_TUNED) || TA_CFG_TUNED)
#define TA_RESAMPLE_M0PLUS 1
#else
#define TA_RESAMPLE_M0PLUS 0
#endif

enum {
    RESAMPLE_PLACE_BITS = 14, ///< of a place, behind the point
    RESAMPLE_ONE_BITS = 22,   ///< of a coefficient
    RESAMPLE_GAIN_BITS = 24,
    RESAMPLE_NEAR = 4, ///< taps of a row of two words, and those of one
    RESAMPLE_FAR = 20,
    RESAMPLE_ROW_WORDS = 2 * RESAMPLE_NEAR + RESAMPLE_FAR,
    RESAMPLE_ROWS_LOG2 = 7, ///< rows in a period
};

/// One wing of a low-pass, made by tools/resample_table.py. wing[0] is h(-1), wing[1] h(0).
typedef struct ta_resample_filter {
    const int32_t *wing;
    const int32_t *rows; ///< NULL: there are none
    uint8_t half;        ///< periods of the lower rate in a wing: taps of an output frame on either side
    uint8_t steps_log2;  ///< entries in a period
} ta_resample_filter_t;

extern const ta_resample_filter_t ta_resample_good;
#if TA_CFG_RESAMPLE_BEST
extern const ta_resample_filter_t ta_resample_best;
#endif

/// Taps of one side of an output frame. They go forward over the input, and down or up over the table.
typedef struct {
    const int32_t *table; ///< wing + 1
    uint32_t place;       ///< of the first tap
    int32_t stride;       ///< to the next one's
    const void *frames;   ///< interleaved samples, word-aligned if stereo or wide
    uint32_t taps;
} ta_resample_side_t;

/// Each channel's sum of both sides' taps, as many on either, at strides of the same size. Ctx: feed. Cost: O(taps). Own: none. Fails: never.
typedef void ta_resample_sum_t(const ta_resample_side_t side[2], int64_t *sums);

/// Samples of 16 bits, a line between entries; a parabola; and samples of 32 bits.
ta_resample_sum_t ta_resample_line_mono, ta_resample_line_stereo, ta_resample_curve_mono, ta_resample_curve_stereo;
ta_resample_sum_t ta_resample_line_mono_wide, ta_resample_line_stereo_wide;
ta_resample_sum_t ta_resample_curve_mono_wide, ta_resample_curve_stereo_wide;
#if TA_RESAMPLE_M0PLUS
ta_resample_sum_t ta_m0plus_resample_line_mono, ta_m0plus_resample_line_stereo, ta_m0plus_resample_curve_mono;
ta_resample_sum_t ta_m0plus_resample_curve_stereo;
#endif

/// Taps of a side where the filter is not stretched, for samples of 16 bits.
typedef struct {
    const int16_t *frames; ///< of the first tap; left they go backwards; word-aligned if stereo
    uint32_t behind;       ///< the row, towards the next, in 1/2^14
    const int32_t *row;
} ta_resample_row_t;

/// An output frame from a row of either side, left first: rounded and clipped. Coefficients are found on the line to the next row, d away: (h + d * behind) >> 15 of the first
/// tap, in 1/2^16, >> 14 of the other near ones, in 1/2^17, and (word + d * 4 * behind) >> 16 of far ones, in 1/2^18, where d is the word's lower half. All sums fit 32 bits
/// (tools/resample_table.py proves it): a side's near ones but for the first, and its far ones; both of both sides, >> 1 and >> 2; and with the first ones, all in 1/2^14.
/// Ctx: feed. Cost: O(taps). Own: none. Fails: never.
typedef void ta_resample_rows_t(const ta_resample_row_t side[2], int16_t *to);

ta_resample_rows_t ta_resample_rows_mono, ta_resample_rows_stereo;
#if TA_RESAMPLE_M0PLUS
ta_resample_rows_t ta_m0plus_resample_rows_mono, ta_m0plus_resample_rows_stereo;
#endif

/// The one for a filter. Ctx: feed. Cost: constant. Own: none. Fails: never.
ta_resample_sum_t *ta_resample_sum(const ta_resample_filter_t *filter, unsigned channels, bool wide);
ta_resample_rows_t *ta_resample_rows(unsigned channels);

/// A coefficient at a place, on the line between two entries.
static inline __attribute__((always_inline)) int32_t resample_line(const int32_t *table, uint32_t place)
{
    const int32_t *h = table + (place >> RESAMPLE_PLACE_BITS);
    int32_t behind = (int32_t)(place & ((1U << RESAMPLE_PLACE_BITS) - 1));
    return h[0] + (((h[1] - h[0]) * behind) >> RESAMPLE_PLACE_BITS);
}

/// The same on the parabola through three: the nearest and its neighbours.
static inline __attribute__((always_inline)) int32_t resample_curve(const int32_t *table, uint32_t place)
{
    const int32_t half = 1 << (RESAMPLE_PLACE_BITS - 1);
    place += (uint32_t)half;
    const int32_t *h = table + (place >> RESAMPLE_PLACE_BITS);
    int32_t behind = (int32_t)(place & ((1U << RESAMPLE_PLACE_BITS) - 1)) - half;
    int32_t bend = h[1] + h[-1] - 2 * h[0];
    int32_t slope = h[1] - h[-1] + ((bend * behind) >> RESAMPLE_PLACE_BITS);
    return h[0] + ((slope * behind) >> (RESAMPLE_PLACE_BITS + 1));
}

// ---- resample.c: the machine -----------------------------------------------------------------------------------------------

/// The filter of a quality; NULL for the line. Ctx: any. Cost: constant. Own: a constant. Fails: never.
const ta_resample_filter_t *resample_filter(ta_resample_t quality);

/// Is it one that there is? Ctx: any. Cost: constant. Own: none. Fails: never.
bool resample_quality_ok(ta_resample_t quality);

/// Taps on either side where `in` frames become `out`. Ctx: any. Cost: a division. Own: none. Fails: never.
uint32_t resample_taps(const ta_resample_filter_t *filter, uint32_t in, uint32_t out);

/// Frames of a window for so many taps on either side. Ctx: any. Cost: constant. Own: none. Fails: never.
uint32_t resample_capacity(uint32_t taps);

/// A step of in/out frames, exactly. Ctx: feed. Cost: a few divisions. Own: none. Fails: never.
void resample_set_ratio(ta_resample_engine_t *engine, uint32_t in, uint32_t out);

/// A step of `step` frames and `phase` / 2^32, the filter no wider than taps_max allows. Ctx: feed. Cost: a few divisions. Own: none. Fails: never.
void resample_set_step(ta_resample_engine_t *engine, uint32_t step, uint32_t phase);

/// Silence before the first frame, which comes next. Ctx: feed. Cost: O(taps). Own: none. Fails: never.
void resample_restart(ta_resample_engine_t *engine);

/// Up to `frames` output frames. Fewer: the source waits or has ended. `next`, if not NULL, is asked when the source has ended: true if another one has
/// been put behind it in the intake, without a seam.
/// Ctx: feed. Cost: O(frames * taps). Own: none. Fails: see intake->fault.
uint32_t resample_run(ta_resample_engine_t *engine, void *to, uint32_t frames,
                      bool (*next)(ta_resample_engine_t *engine));

/// No frame is left. Ctx: feed. Cost: constant. Own: none. Fails: never.
bool resample_over(const ta_resample_engine_t *engine);

#endif
