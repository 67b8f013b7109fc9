/// @file pwm_wave.h  What a PWM pin should do, by arithmetic that knows no counter: count n after a start in cycle s falls into
/// cycle s + 1 + floor(n * divisor / 16), and finds the value n modulo the period.
#ifndef TEST_SUPPORT_PWM_WAVE_H
#define TEST_SUPPORT_PWM_WAVE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint32_t top, cc, div16; ///< divisor in sixteenths
    bool zigzag, inverted;
} pwm_wave_t;

/// The last count in or before `cycle`; -1 before the first. The start was written in cycle `start`.
int64_t pwm_wave_count(const pwm_wave_t *w, uint64_t start, uint64_t cycle);
bool pwm_wave_level(const pwm_wave_t *w, uint64_t start, uint64_t cycle);
/// Level of a pin in `cycle`, as the rig recorded it; `before` is its level before the record.
bool pwm_wave_recorded(unsigned pin, uint64_t cycle, bool before);
/// Fails the test unless the record holds exactly the edges of `w` on `pin` up to `end`.
void pwm_wave_check(const pwm_wave_t *w, unsigned pin, uint64_t start, uint64_t end);
/// Start a slice with two waves of one period on both its pins, and forget what was before. Returns the starting cycle.
uint64_t pwm_wave_start(unsigned a_pin, const pwm_wave_t *a, const pwm_wave_t *b);

#endif
