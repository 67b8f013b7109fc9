/// @file pwm_private.h  Shared by the parts of the PWM driver.
#ifndef TA_RP2_PWM_PRIVATE_H
#define TA_RP2_PWM_PRIVATE_H

#include "rp2_private.h"

#include "tonearm/pwm.h"

enum { PWM_PERIOD_MIN = TA_PWM_TOP_MIN + 1, PWM_PERIOD_MAX = TA_PWM_TOP_MAX + 1, PWM_TIMER_MAX = 65535 };

/// The settings that all outputs have, with defaults. Ctx: any. Cost: constant. Own: none. Fails: never.
void pwm_settings(const ta_pwm_config_t *config, rp2_settings_t *settings);

/// ta_pwm_plan, but for what other system clocks would do, which takes the longest.
/// Ctx: task. Cost: some divisions. Own: none. Fails: as ta_pwm_plan.
TA_NODISCARD ta_status_t pwm_plan(const ta_pwm_config_t *config, ta_pwm_plan_t *plan, char *error);

/// The fraction nearest to n / d, which is below 1, whose denominator is at most PWM_TIMER_MAX; of two that are as near the one of smaller
/// numbers. Ctx: any. Cost: some divisions. Own: none. Fails: x is 0 where that is the nearest.
void pwm_nearest_fraction(uint32_t n, uint32_t d, uint16_t *x, uint16_t *y);

/// The period and the timer's fraction for a rate at a system clock. bits as in the configuration.
/// Ctx: any. Cost: some divisions. Own: none. Fails: false if there is none.
bool pwm_find_timing(unsigned bits, uint32_t system_hz, uint32_t rate_hz, ta_pwm_timing_t *timing);

/// The same with this period, whatever it is.
/// Ctx: any. Cost: some divisions. Own: none. Fails: false if frames would come faster than periods, or too slowly for the timer.
bool pwm_keep_period(uint32_t period, uint32_t system_hz, uint32_t rate_hz, ta_pwm_timing_t *timing);

/// Periods in a frame; 0: not a whole number. Ctx: any. Cost: a division. Own: none. Fails: never.
uint32_t pwm_periods_per_frame(const ta_pwm_timing_t *timing);

#endif
