// Waves by arithmetic. A wave that is not there, or an edge too many, fails the test that asks.

#include "test/support/pwm_wave.h"

#include "hardware/gpio.h"
#include "hardware/pwm.h"
#include "test/support/chip_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

int64_t pwm_wave_count(const pwm_wave_t *w, uint64_t start, uint64_t cycle)
{
    if (cycle <= start)
        return -1;
    uint64_t sixteenths = (cycle - start) * 16 - 1; // the last one that belongs to this cycle
    return (int64_t)(sixteenths / w->div16);
}

bool pwm_wave_level(const pwm_wave_t *w, uint64_t start, uint64_t cycle)
{
    int64_t n = pwm_wave_count(w, start, cycle);
    if (n < 0)
        return w->inverted;
    uint64_t place = (uint64_t)n % ((w->top + 1) * (w->zigzag ? 2u : 1u));
    uint64_t value = place <= w->top ? place : 2ull * w->top + 1 - place;
    return (value < w->cc) != w->inverted;
}

bool pwm_wave_recorded(unsigned pin, uint64_t cycle, bool before)
{
    bool level = before;
    for (unsigned i = 0; i < rig_record.events && rig_record.event[i].cycle <= cycle; i++)
        level = rig_record.event[i].levels >> pin & 1;
    return level;
}

void pwm_wave_check(const pwm_wave_t *w, unsigned pin, uint64_t start, uint64_t end)
{
    bool level = w->inverted;
    unsigned at = 0;
    assert_int_equal(rig_record.lost, 0);
    for (uint64_t cycle = start + 1; cycle <= end; cycle++) {
        bool expected = pwm_wave_level(w, start, cycle);
        if (expected == level)
            continue;
        level = expected;
        while (at < rig_record.events && !(rig_record.event[at].changed >> pin & 1))
            at++;
        assert_true(at < rig_record.events);
        assert_true(rig_record.event[at].cycle == cycle);
        assert_int_equal(rig_record.event[at].levels >> pin & 1, level);
        at++;
    }
    while (at < rig_record.events && !(rig_record.event[at].changed >> pin & 1))
        at++;
    assert_int_equal(at, rig_record.events);
}

static pwm_config config_of(const pwm_wave_t *a, bool b_inverted)
{
    pwm_config c = pwm_get_default_config();
    pwm_config_set_wrap(&c, (uint16_t)a->top);
    pwm_config_set_phase_correct(&c, a->zigzag);
    pwm_config_set_output_polarity(&c, a->inverted, b_inverted);
    if (a->div16 < 256 * 16)
        pwm_config_set_clkdiv_int_frac4(&c, a->div16 / 16, a->div16 % 16);
    return c;
}

uint64_t pwm_wave_start(unsigned a_pin, const pwm_wave_t *a, const pwm_wave_t *b)
{
    uint slice = pwm_gpio_to_slice_num(a_pin);
    pwm_config c = config_of(a, b->inverted);
    pwm_init(slice, &c, false);
    if (a->div16 >= 256 * 16)
        pwm_hw->slice[slice].div = a->div16 % 16; // an integer part of 0 is 256
    gpio_set_function(a_pin, GPIO_FUNC_PWM);
    gpio_set_function(a_pin + 1, GPIO_FUNC_PWM);
    pwm_set_both_levels(slice, (uint16_t)a->cc, (uint16_t)b->cc);
    rig_forget();
    pwm_set_enabled(slice, true);
    return chip_cycles();
}
