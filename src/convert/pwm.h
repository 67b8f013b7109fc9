// Levels for PWM from 16-bit frames. Not for users: ta_shape_run is.
#ifndef TONEARM_CONVERT_PWM_H
#define TONEARM_CONVERT_PWM_H

#include "tuned.h"

/// From the middle, as if there had been silence.
void ta_pwm_reset(ta_pwm_state_t *pwm, uint32_t top, ta_pwm_rounding_t rounding);

/// Can frames of this source become levels as they are?
bool ta_pwm_reads(const ta_pwm_state_t *pwm, ta_sample_t sample, unsigned channels, const void *in);

/// `count` stereo frames become words of TA_WIRE_PWM. In: S16, which may be out, or S32 if ta_pwm_reads says so; rounded to
/// 16 bits. `random`: the dither's generator; `once`: both channels get the same dither.
void ta_pwm_run(ta_pwm_state_t *pwm, uint32_t *random, bool once, ta_sample_t sample, const void *in, uint32_t *out,
                size_t count);

/// The Cortex-M0+'s variants.
void ta_m0plus_pwm_shaped(ta_pwm_state_t *pwm, const uint32_t *in, uint32_t *out, size_t count);
void ta_m0plus_pwm_shaped_wide(ta_pwm_state_t *pwm, const int32_t *in, uint32_t *out, size_t count);
uint32_t ta_m0plus_pwm_dithered(ta_pwm_state_t *pwm, const uint32_t *in, uint32_t *out, size_t count, uint32_t random,
                                bool once);

#endif
