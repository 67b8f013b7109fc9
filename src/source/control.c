// Parameters and clocks. In: numbers from the task, controls. Out: numbers for one tick. Invariants: a control is worked out once in a tick at most, and
// counts as worked out before it is, so that circles end; each word of a parameter is written whole.

#include "tonearm/control.h"

#include <stddef.h>

#define TWO_PI ((ta_real_t)6.283185307179586)

// Kept while ticks are alike: divisions cost a Cortex-M0+ more than a voice does.
static void measure(ta_clock_t *clock, uint32_t frames, uint32_t rate_hz)
{
    ta_real_t period = rate_hz ? (ta_real_t)1 / (ta_real_t)rate_hz : 0; // one rounding for both, as for the reference's
    clock->frames = frames;
    clock->rate_hz = rate_hz;
    clock->span_us = rate_hz ? (uint32_t)((uint64_t)frames * 1000000U / rate_hz) : 0;
    clock->seconds = (ta_real_t)frames * period;
    clock->radians = TWO_PI * period;
}

void ta_clock_tick(ta_clock_t *clock, uint32_t frames, uint32_t rate_hz)
{
    if (clock->frames != frames || clock->rate_hz != rate_hz)
        measure(clock, frames, rate_hz);
    clock->number++;
    clock->time_us += clock->span_us;
}

void ta_control_init(ta_control_t *control, ta_real_t (*step)(ta_control_t *control, const ta_clock_t *clock))
{
    *control = (ta_control_t){.step = step};
}

// Is this clock the one that waits to move it? It stays that while it comes, so that several that take turns do not put each other off for ever.
static bool is_next(ta_control_t *control, const ta_clock_t *clock)
{
    if (control->other == clock) {
        control->passes = 0;
        return true;
    }
    if (control->other && ++control->passes < TA_CONTROL_PASSES)
        return false;
    control->other = clock;
    control->other_us = clock->time_us;
    control->passes = 0;
    return true;
}

// Does this clock move the control now?
static bool moves(ta_control_t *control, const ta_clock_t *clock)
{
    if (!control->clock)
        return true;
    if (control->clock == clock)
        return control->number != clock->number;
    return is_next(control, clock) &&
           clock->time_us - control->other_us >= TA_CONTROL_HANDOVER_US + 2 * control->span_us;
}

ta_real_t ta_control_read(ta_control_t *control, const ta_clock_t *clock)
{
    if (moves(control, clock)) {
        control->clock = clock;
        control->number = clock->number;
        control->span_us = clock->span_us;
        control->other = NULL;
        control->passes = 0;
        control->value = control->step(control, clock);
    }
    return control->value;
}

void ta_param_set(ta_param_t *param, ta_real_t number)
{
    param->number = number; // in this order: a feed in between reads the old control or the new number
    param->control = NULL;
}

void ta_param_follow(ta_param_t *param, ta_control_t *control)
{
    param->control = control;
}

ta_real_t ta_param_read(const ta_param_t *param, const ta_clock_t *clock)
{
    ta_control_t *control = param->control;
    return control ? ta_control_read(control, clock) : param->number;
}

ta_real_t ta_param_within(const ta_param_t *param, const ta_clock_t *clock, ta_real_t low, ta_real_t high)
{
    ta_real_t value = ta_param_read(param, clock);
    if (!(value > low)) // nor what is no number
        return low;
    return value < high ? value : high;
}

int32_t ta_param_q15(const ta_param_t *param, const ta_clock_t *clock, ta_real_t low, ta_real_t high)
{
    ta_real_t scaled = ta_param_within(param, clock, low, high) * (ta_real_t)32768;
    return (int32_t)(scaled < 0 ? scaled - (ta_real_t)0.5 : scaled + (ta_real_t)0.5);
}
