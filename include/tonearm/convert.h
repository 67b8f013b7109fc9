/// @file convert.h  What shape frames take: pure kernels from source formats to wire formats.
///
/// Widening is exact and reversible: u8 becomes u*257 - 32768 and s8 its byte replicated, as CircuitPython's driver
/// does; everything to 24 or 32 bits is the 16-bit value (for 8-bit sources) or the sample itself, shifted up.
/// Narrowing adds half of the dropped range, then floors and saturates. Mono goes to both channels. Volume is the exact
/// product with the gain, rounded half up and saturated at 32 bits, before any narrowing.
#ifndef TONEARM_CONVERT_H
#define TONEARM_CONVERT_H

#include "tonearm/format.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Convert `frames` frames. in: the source's format, any alignment; out: wire frames, word-aligned. No overlap.
typedef void ta_kernel_t(const void *in, void *out, size_t frames);

/// The kernel for a source format and a wire. Equal formats give a memcpy.
/// Ctx: any. Cost: constant. Own: a constant. Fails: NULL for a combination that does not exist.
ta_kernel_t *ta_convert_kernel(ta_sample_t sample, unsigned channels, ta_wire_t wire);

/// Shape of the general path: kernel to 32 bits, then downmix, volume, dither, rounding to the wire.
typedef struct {
    ta_wire_t wire;
    bool mono;           ///< both channels become (left + right) / 2, rounded: for boards with one speaker
    bool dither;         ///< triangular dither of +-1 LSB peak when a sample is narrowed; never when nothing is dropped
    uint32_t gain_q16;   ///< the gain in use, 0x10000 is unity
    uint32_t target_q16; ///< the gain that is approached
    int32_t step_q24;    ///< change of gain per frame, finer, so that the ramp is straight whatever its height
    uint32_t ramp_frames; ///< frames until the target is reached; 0 when it is
    uint32_t random;      ///< state of the dither's generator
} ta_shape_t;

enum {
    TA_GAIN_UNITY_Q16 = 0x10000,
    TA_GAIN_MAX_Q16 = 0x40000, ///< +12 dB; results saturate
    TA_GAIN_RAMP_FRAMES = 256, ///< a change of volume is spread over this many frames
    TA_SHAPE_CHUNK_FRAMES = 32 ///< frames that ta_shape_run works on at a time, on the stack
};

/// Unity gain, no downmix, no dither.
/// Ctx: task. Cost: constant. Own: none. Fails: never.
void ta_shape_init(ta_shape_t *shape, ta_wire_t wire);

/// Approach `gain_q16` (0..TA_GAIN_MAX_Q16, clipped) over the next TA_GAIN_RAMP_FRAMES frames.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
void ta_shape_set_gain(ta_shape_t *shape, uint32_t gain_q16);

/// Is the general path the same as the kernel now (unity, no downmix, and no dither that would act on `sample`)?
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
bool ta_shape_is_identity(const ta_shape_t *shape, ta_sample_t sample);

/// Convert through the general path. in, out as ta_kernel_t.
/// Ctx: feed. Cost: O(frames). Own: none. Fails: never; sample and channels must name an existing kernel.
void ta_shape_run(ta_shape_t *shape, ta_sample_t sample, unsigned channels, const void *in, void *out, size_t frames);

/// `frames` float32 samples (count of samples, not frames) to s32: x 2^31, rounded to nearest even, clipped; NaN
/// becomes 0. in and out may be the same memory. Ctx: any. Cost: O(samples). Own: none. Fails: never.
void ta_convert_float_to_s32(const void *in, int32_t *out, size_t samples);

#ifdef __cplusplus
}
#endif
#endif
