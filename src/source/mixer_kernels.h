// Private to src/source: the arithmetic of a mixer, as pure functions over a tick's frames.
//
// A sum is 128 to the unit of 16 bits. A sample at gain g (Q15, 0..32768) counts floor(sample * g / 256), so at unity it counts sample * 128 and comes
// out again as it was. It begins with half a unit, so that it is rounded when it is cut off; but for processors that saturate at no cost, with 32768 units more: then it
// fits a sample if it is within 0..65535 units, which is one comparison for many. 255 voices are within 2^30 - 2^22, with what a sum begins with 2^30 + 64, and what is
// falling is less than 2^30 - 2^23 (mixer.c): the sum fits 32 bits. A stereo sample of a mono mixer counts
// floor((left + right) * g / 512); (left + right) * g is within -2^31..2^31 - 2^16.
//
// Each kernel has a portable variant; the processor's own one beside it equals it for every input (test/arm runs both).
#ifndef TONEARM_MIXER_KERNELS_H
#define TONEARM_MIXER_KERNELS_H

#include "tonearm/mixer.h"

#include "../convert/tuned.h"

#ifdef __ARM_FEATURE_DSP // whether its own parts are used or not: sums of both are compared
#define TA_MIX_LIFT 0
#else
#define TA_MIX_LIFT 0x8000
#endif

enum {
    TA_MIX_UNITY_BITS = 7,
    TA_MIX_GAIN_BITS = 15 - TA_MIX_UNITY_BITS,
    TA_MIX_START = (TA_MIX_LIFT << TA_MIX_UNITY_BITS) + (1 << (TA_MIX_UNITY_BITS - 1)), ///< what a sum begins with
    TA_MIX_TURN = 8 ///< a processor's own parts do so many frames, or samples, at a time
};
#define TA_TUNED_MIX (TA_TUNED_M0PLUS || TA_TUNED_DSP)

typedef ta_mixer_sum_t ta_sum_t;

/// Gains of the mixer's channels in this tick, Q15; in a mono mixer both are the same.
typedef struct {
    int32_t left, right;
} ta_mix_gain_t;

/// Add frames, or put them, and TA_MIX_START with them, where nothing was. in: 2-byte aligned; a stereo mixer's sums are a frame's two, interleaved.
typedef void ta_mix_t(ta_sum_t *sums, const int16_t *in, uint32_t frames, const ta_mix_gain_t *gain);

ta_mix_t ta_mix_stereo, ta_mix_stereo_first; // stereo in a stereo mixer
ta_mix_t ta_mix_spread, ta_mix_spread_first; // mono in a stereo mixer
ta_mix_t ta_mix_mono, ta_mix_mono_first;     // mono in a mono mixer
ta_mix_t ta_mix_down, ta_mix_down_first;     // stereo in a mono mixer

/// Gains on their way: 512 times as fine, and the step that is taken before each frame.
typedef struct {
    int32_t now[2], step[2]; ///< Q24
} ta_mix_ramp_t;

/// The same with gains on their way; they count as Q15, rounded down.
void ta_mix_ramp(ta_sum_t *sums, const int16_t *in, uint32_t frames, unsigned in_channels, unsigned channels,
                 ta_mix_ramp_t *ramp);

/// Sums to samples of 16 bits, cut off and saturated. `out` may be where `sums` are, or before.
void ta_mix_finish(const ta_sum_t *sums, int16_t *out, uint32_t samples);

#if TA_TUNED_MIX
/// The same for whole turns, 1 or more, and a word boundary.
void ta_mix_finish_turns(const ta_sum_t *sums, int16_t *out, uint32_t samples);
/// What is no number of whole turns, or not at a word boundary.
ta_mix_t ta_mix_stereo_rest, ta_mix_stereo_first_rest, ta_mix_spread_rest, ta_mix_spread_first_rest;
ta_mix_t ta_mix_mono_rest, ta_mix_mono_first_rest;
#endif

#endif
