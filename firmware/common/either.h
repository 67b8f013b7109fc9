/// @file either.h  An output that is I2S or PWM, as whoever types chooses.
#ifndef FIRMWARE_EITHER_H
#define FIRMWARE_EITHER_H

#include "tonearm/tonearm.h"

typedef enum { EITHER_I2S, EITHER_PWM } either_kind_t;

typedef struct {
    either_kind_t kind;
    ta_i2s_config_t i2s;
    ta_pwm_config_t pwm;
} either_config_t;

typedef struct {
    either_kind_t kind;
    union {
        ta_rp2_t rp2;       ///< what both have
        ta_output_t output; ///< play through this
        ta_i2s_t i2s;
        ta_pwm_t pwm;
    };
} either_t;

/// The board's pins (pins.h), and defaults. Ctx: any. Cost: constant. Own: none. Fails: never.
void either_defaults(either_config_t *config, either_kind_t kind);

/// As ta_i2s_open or ta_pwm_open. Ctx: task. Cost: theirs. Own: until either_close. Fails: theirs; either_error says why.
TA_NODISCARD ta_status_t either_open(either_t *either, const either_config_t *config, const ta_memory_t *memory);

/// As ta_i2s_close or ta_pwm_close. Ctx: task. Cost: theirs. Own: nothing is held. Fails: never.
void either_close(either_t *either);

/// Why either_open failed. Ctx: task. Cost: constant. Own: a sentence in `either`. Fails: never.
const char *either_error(const either_t *either);

/// The feed that a configuration chooses. Ctx: any. Cost: constant. Own: none. Fails: never.
ta_feed_t either_feed(const either_config_t *config);

/// As ta_i2s_rate or ta_pwm_rate. Ctx: any. Cost: theirs. Own: none. Fails: TA_E_RATE.
TA_NODISCARD ta_status_t either_rate(const either_config_t *config, uint32_t rate_hz, ta_rate_t *rate);

/// What is queued at most, less the slot that plays, in microseconds at rate_hz: a longer stall cannot go unheard.
/// Ctx: task. Cost: as the plan. Own: none. Fails: 0 for what cannot be planned.
uint32_t either_queued_us(const either_config_t *config);

#endif
