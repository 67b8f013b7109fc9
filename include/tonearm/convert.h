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
/// Ctx: any. Cost: constant. Own: a constant. Fails: NULL for a combination that does not exist, and for TA_WIRE_PWM,
/// whose levels depend on the frames before: ta_shape_run makes them.
ta_kernel_t *ta_convert_kernel(ta_sample_t sample, unsigned channels, ta_wire_t wire);

/// How the level of a PWM channel, of 8 to 11 bits, is found for a sample of 16 bits.
typedef enum {
    TA_PWM_SHAPED,  ///< the error goes to the next frame: nothing is lost; faint high tones behind held samples
    TA_PWM_PLAIN,   ///< the nearest level: whatever is quieter than half a level is lost
    TA_PWM_DITHERED ///< random rounding, errors fed back over two frames: no tones, a little more noise, more time
} ta_pwm_rounding_t;

enum { TA_PWM_QUIET_FRAMES = 64 }; ///< after as many frames of zeros, levels are the middle exactly

/// State of two PWM channels, in 1/65536 of a level. Assembly knows the order.
typedef struct {
    int32_t error[2];           ///< of the last frame, by channel
    int32_t past[2];            ///< half of the error before
    uint32_t quiet;             ///< frames of zeros in a row, up to TA_PWM_QUIET_FRAMES
    uint16_t top;               ///< highest level; the period is top + 1 clocks
    ta_pwm_rounding_t rounding; ///< set with ta_shape_set_pwm
} ta_pwm_state_t;

/// Shape of the general path: kernel to 32 bits, then downmix, volume, dither, rounding to the wire. For TA_WIRE_PWM the
/// wire is S16 so far, and its frames become levels.
typedef struct {
    ta_wire_t wire;
    bool mono;           ///< both channels become (left + right) / 2, rounded: for boards with one speaker
    bool dither;         ///< triangular dither of +-1 LSB peak when a sample is narrowed; never when nothing is dropped
    uint32_t gain_q16;   ///< the gain in use, 0x10000 is unity
    uint32_t target_q16; ///< the gain that is approached
    int32_t step_q24;    ///< change of gain per frame, finer, so that the ramp is straight whatever its height
    uint32_t ramp_frames; ///< frames until the target is reached; 0 when it is
    uint32_t random;      ///< state of the dither's generator
    ta_pwm_state_t pwm;   ///< for TA_WIRE_PWM
    bool swapped; ///< for TA_WIRE_PWM: left's level goes to the high half, channel B, and right's to the low one
} ta_shape_t;

enum {
    TA_GAIN_UNITY_Q16 = 0x10000,
    TA_GAIN_MAX_Q16 = 0x40000, ///< +12 dB; results saturate
    TA_GAIN_RAMP_FRAMES = 256, ///< a change of volume is spread over this many frames
    TA_SHAPE_CHUNK_FRAMES = 32 ///< frames that ta_shape_run works on at a time, on the stack
};

/// Unity gain, no downmix, no dither; for TA_WIRE_PWM top 2047, shaped.
/// Ctx: task. Cost: constant. Own: none. Fails: never.
void ta_shape_init(ta_shape_t *shape, ta_wire_t wire);

/// Levels of 0..`top` (clipped to TA_PWM_TOP_MIN..TA_PWM_TOP_MAX), found in that way, from the middle. Full scale ends three
/// levels before either end, so that neither dither nor shaping can pass it: nothing wraps, and nothing needs clipping.
/// Ctx: task. Cost: constant. Own: none. Fails: never.
void ta_shape_set_pwm(ta_shape_t *shape, uint32_t top, ta_pwm_rounding_t rounding);

/// Approach `gain_q16` (0..TA_GAIN_MAX_Q16, clipped) over the next TA_GAIN_RAMP_FRAMES frames.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
void ta_shape_set_gain(ta_shape_t *shape, uint32_t gain_q16);

/// Is the general path the same as the kernel now (unity, no downmix, and no dither that would act on `sample`)? Never
/// for TA_WIRE_PWM.
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
