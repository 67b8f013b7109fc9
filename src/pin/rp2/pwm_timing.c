// When levels change: the period of the carrier, and the fraction of clk_sys at which a DMA timer asks for frames.
// In: a rate and a system clock. Out: numbers for TOP and for the timer. Nothing here touches hardware.
//
// Levels that are written while a period runs are latched at its end, so a frame begins at the pins up to a period late. Where a frame
// lasts a whole number of periods, it is always equally late, and nothing is lost. Otherwise it is late by now more, now less,
// and that is noise: full scale times slope times jitter. Hence the period follows the rate, not the rate the period.

#include "pwm_private.h"

// Whole numbers from zero: |x / y - n / d| as a numerator over y * d.
static uint64_t off_by(uint32_t x, uint32_t y, uint32_t n, uint32_t d)
{
    uint64_t have = (uint64_t)x * d, want = (uint64_t)n * y;
    return have > want ? have - want : want - have;
}

// Continued fraction: each convergent is nearer than all fractions of smaller denominators. Behind the last that fits lies, between
// it and the one before, the last of the fractions in between: that one or the convergent is the nearest of all.
void pwm_nearest_fraction(uint32_t n, uint32_t d, uint16_t *x, uint16_t *y)
{
    uint32_t x0 = 1, y0 = 0, x1 = 0, y1 = 1; // the whole part is 0
    uint32_t above = d, below = n;
    while (below != 0) {
        uint32_t digit = above / below, rest = above % below, most = (PWM_TIMER_MAX - y0) / y1;
        bool fits = digit <= most;
        uint32_t times = fits ? digit : most;
        uint32_t x2 = x0 + times * x1, y2 = y0 + times * y1;
        // y1 times the one error against y2 times the other: both over y1 * y2 * d.
        if (!fits && off_by(x2, y2, n, d) * y1 >= off_by(x1, y1, n, d) * y2)
            break;
        x0 = x1;
        y0 = y1;
        x1 = x2;
        y1 = y2;
        if (!fits)
            break;
        above = below;
        below = rest;
    }
    *x = (uint16_t)x1;
    *y = (uint16_t)y1;
}

// The longest period that a whole number of fits into a frame.
static bool find_coherent(uint32_t system_hz, uint32_t rate_hz, ta_pwm_timing_t *timing)
{
    // round(system_hz / (rate_hz * periods)) <= PWM_PERIOD_MAX, with halves rounded up.
    uint32_t periods = 2 * system_hz / ((2 * PWM_PERIOD_MAX + 1) * rate_hz) + 1;
    uint32_t period = (2 * system_hz / (rate_hz * periods) + 1) / 2;
    if (period < PWM_PERIOD_MIN || periods * period > PWM_TIMER_MAX)
        return false;
    *timing = (ta_pwm_timing_t){(uint16_t)period, 1, (uint16_t)(periods * period)};
    return true;
}

bool pwm_keep_period(uint32_t period, uint32_t system_hz, uint32_t rate_hz, ta_pwm_timing_t *timing)
{
    uint16_t x, y;
    if (system_hz <= rate_hz || (uint64_t)rate_hz * PWM_TIMER_MAX < system_hz)
        return false;
    pwm_nearest_fraction(rate_hz, system_hz, &x, &y);
    if (y < period * x) // some frames would never be latched
        return false;
    *timing = (ta_pwm_timing_t){(uint16_t)period, x, y};
    return true;
}

bool pwm_find_timing(unsigned bits, uint32_t system_hz, uint32_t rate_hz, ta_pwm_timing_t *timing)
{
    if (bits == 0)
        return find_coherent(system_hz, rate_hz, timing);
    uint32_t period = bits < 16 ? 1U << bits : 0;
    return period >= PWM_PERIOD_MIN && period <= PWM_PERIOD_MAX && pwm_keep_period(period, system_hz, rate_hz, timing);
}

uint32_t pwm_periods_per_frame(const ta_pwm_timing_t *timing)
{
    uint32_t cycles = timing->timer_y, period = timing->period;
    return timing->timer_x == 1 && cycles % period == 0 ? cycles / period : 0;
}
