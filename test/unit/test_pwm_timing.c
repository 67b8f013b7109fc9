// Periods and fractions of the PWM output, against brute force: nothing here calls what is tested twice.

#include "src/pin/rp2/pwm_private.h"

#include "chip/chip.h"
#include "hardware/clocks.h"
#include "test/support/convert_reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// ---- fractions -----------------------------------------------------------------------------------------------------------

// Times y * d. Below 2^45, so times another y it has room.
static uint64_t distance(uint64_t x, uint64_t y, uint64_t n, uint64_t d)
{
    uint64_t have = x * d, want = n * y;
    return have > want ? have - want : want - have;
}

// Every denominator is tried.
static void nearest_by_trial(uint64_t n, uint64_t d, uint64_t *best_x, uint64_t *best_y)
{
    *best_x = 0;
    *best_y = 1;
    for (uint64_t y = 1; y <= 65535; y++) {
        for (uint64_t x = n * y / d; x <= n * y / d + 1; x++) {
            if (distance(x, y, n, d) * *best_y < distance(*best_x, *best_y, n, d) * y) {
                *best_x = x;
                *best_y = y;
            }
        }
    }
}

static void compare(uint32_t n, uint32_t d)
{
    uint16_t x, y;
    uint64_t best_x, best_y;
    pwm_nearest_fraction(n, d, &x, &y);
    nearest_by_trial(n, d, &best_x, &best_y);
    if (x != best_x || y != best_y)
        fail_msg("%u/%u: %u/%u, and %u/%u is nearer, or as near", n, d, x, y, (unsigned)best_x, (unsigned)best_y);
}

static void test_fractions_are_the_nearest(void **state)
{
    (void)state;
    static const uint32_t rates[] = {1000,  2000,  8000,  11025, 16000,  22050,  24000,
                                     32000, 44100, 48000, 88200, 176400, 192000, 384000};
    static const uint32_t clocks[] = {12000000,  48000000,  125000000, 133000000,
                                      150000000, 153600000, 200000001, 400000000};
    unsigned cases = 0;
    for (unsigned r = 0; r < sizeof rates / sizeof *rates; r++)
        for (unsigned c = 0; c < sizeof clocks / sizeof *clocks; c++, cases++)
            compare(rates[r], clocks[c]);
    uint64_t seed = reference_seed("fractions", 0x50A1);
    for (unsigned i = 0; i < 300; i++, cases++) {
        uint32_t d = 2 + reference_random(&seed) % (i % 3 ? 400000000 : 70000);
        compare(1 + reference_random(&seed) % (d - 1), d);
    }
    assert_int_equal(cases, 14 * 8 + 300);
}

// ---- periods -------------------------------------------------------------------------------------------------------------

static void test_automatic_periods(void **state)
{
    (void)state;
    static const uint32_t clocks[] = {12000000, 48000000, 125000000, 150000000, 200000000};
    unsigned found = 0;
    for (unsigned c = 0; c < 5; c++) {
        for (uint32_t rate = TA_RATE_MIN_HZ; rate <= TA_RATE_MAX_HZ; rate++) {
            double cycles = (double)clocks[c] / rate;
            uint32_t periods = 1;
            while (floor(cycles / periods + 0.5) > 2048)
                periods++;
            uint32_t period = (uint32_t)floor(cycles / periods + 0.5);
            bool possible = period >= 256 && period * periods <= 65535;
            ta_pwm_timing_t timing;
            if (pwm_find_timing(0, clocks[c], rate, &timing) != possible)
                fail_msg("%u Hz at %u: %s", rate, clocks[c], possible ? "not found" : "found");
            if (!possible)
                continue;
            if (timing.period != period || timing.timer_x != 1 || timing.timer_y != period * periods)
                fail_msg("%u Hz at %u: period %u, %u/%u; %u times %u is right", rate, clocks[c], timing.period,
                         timing.timer_x, timing.timer_y, periods, period);
            assert_int_equal(pwm_periods_per_frame(&timing), periods);
            assert_true(fabs(clocks[c] / (double)timing.timer_y / rate - 1) < 1 / 511.0);
            found++;
        }
    }
    assert_in_range(found, 1000000, 5 * 383001);
}

static void test_fixed_periods(void **state)
{
    (void)state;
    unsigned found = 0, refused = 0;
    for (unsigned bits = 8; bits <= 11; bits++) {
        for (uint32_t rate = TA_RATE_MIN_HZ; rate <= TA_RATE_MAX_HZ; rate += 101) {
            ta_pwm_timing_t timing;
            uint32_t clock = 125000000;
            bool possible = (double)clock / rate <= 65535 && (double)clock / rate >= (double)(1 << bits);
            assert_int_equal(pwm_find_timing(bits, clock, rate, &timing), possible);
            found += possible;
            refused += !possible;
            if (!possible)
                continue;
            assert_int_equal(timing.period, 1 << bits);
            uint16_t x, y;
            pwm_nearest_fraction(rate, clock, &x, &y);
            assert_true(timing.timer_x == x && timing.timer_y == y);
        }
    }
    assert_true(found > 5000 && refused > 5000);
    ta_pwm_timing_t timing;
    assert_false(pwm_keep_period(2048, 48000, 48000, &timing));
    assert_false(pwm_keep_period(256, 100000, 99000, &timing));
}

// ---- what the plan says of them ------------------------------------------------------------------------------------------

// How late frames are at the pins, the earliest to the latest, frame by frame: n frames are due at n y / x, and begin with a period.
static double spread_of_lateness(const ta_pwm_plan_t *plan)
{
    double least = 1e9, most = -1e9;
    for (uint64_t n = 1; n <= 200000; n++) {
        double due = (double)n * plan->rate.timer_y / plan->rate.timer_x;
        uint64_t begins = ((n * plan->rate.timer_y / plan->rate.timer_x) / plan->period + 1) * plan->period;
        least = fmin(least, (double)begins - due);
        most = fmax(most, (double)begins - due);
    }
    return most - least;
}

static void check_plan(const ta_pwm_config_t *config, unsigned *coherent)
{
    ta_pwm_plan_t plan;
    char error[TA_SENTENCE_MAX] = "";
    if (ta_pwm_plan(config, &plan, error) != TA_OK) {
        assert_true(config->rate_hz > chip_board()->system_hz >> (config->bits ? config->bits : 8));
        return;
    }
    double clock = chip_board()->system_hz;
    double reached = clock * plan.rate.timer_x / plan.rate.timer_y;
    assert_true(fabs((double)plan.rate.reached_uhz - reached * 1e6) <= 1);
    assert_true(fabs(plan.rate.error_ppb - (reached / config->rate_hz - 1) * 1e9) <= 2);
    assert_int_equal(plan.rate.divider_q8, 0);
    assert_int_equal(plan.rate.fractional, plan.rate.timer_x != 1);
    assert_int_equal(plan.ring.wire, TA_WIRE_PWM);
    assert_int_equal(plan.ring.pwm_top, plan.period - 1);
    assert_true(fabs(plan.carrier_hz - clock / plan.period) <= 0.51);
    assert_true(fabs(plan.bits_tenths - 10 * log2(plan.period)) <= 0.501);
    if (fabs(spread_of_lateness(&plan) - plan.jitter_cycles) > 1)
        fail_msg("%u Hz, %u bits: frames are late by %.1f cycles more or less, and the plan says %u", config->rate_hz,
                 config->bits, spread_of_lateness(&plan), plan.jitter_cycles);
    assert_int_equal(plan.coherent, plan.jitter_cycles == 0);
    assert_int_equal(plan.coherent, plan.periods_per_frame != 0);
    if (plan.coherent)
        assert_int_equal(plan.rate.timer_y, plan.periods_per_frame * plan.period);
    *coherent += plan.coherent;
    // At the clocks that are said to be better, they are.
    ta_pwm_timing_t then;
    assert_int_equal(plan.rate.exact_system_hz % config->rate_hz, 0);
    assert_true(pwm_find_timing(config->bits, plan.rate.exact_system_hz, config->rate_hz, &then));
    assert_true(then.timer_x == 1 && pwm_periods_per_frame(&then) != 0);
    assert_int_equal((uint64_t)then.timer_y * config->rate_hz, plan.rate.exact_system_hz);
    assert_true(labs((long)plan.rate.pll_error_ppb) <= labs((long)plan.rate.error_ppb) || !plan.coherent);
    if (config->bits == 0) {
        assert_true(pwm_find_timing(0, plan.rate.pll_system_hz, config->rate_hz, &then));
        double off = plan.rate.pll_system_hz / (double)then.timer_y / config->rate_hz - 1;
        assert_true(fabs(plan.rate.pll_error_ppb - off * 1e9) <= 2);
    }
}

static void test_what_the_plan_says_of_rates(void **state)
{
    (void)state;
    static const uint32_t rates[] = {2500,  8000,  11025, 16000, 22050,  32000,
                                     44100, 48000, 88200, 96000, 192000, 384000};
    unsigned coherent = 0;
    for (unsigned b = 0; b < 2; b++) {
        assert_int_equal(chip_boot(chip_board_find(b ? "pico2" : "pico")), 0);
        for (unsigned r = 0; r < sizeof rates / sizeof *rates; r++) {
            for (unsigned bits = 7; bits <= 11; bits++) {
                ta_pwm_config_t config = {
                    .left_pin = 2, .right_pin = 3, .bits = (uint8_t)(bits > 7 ? bits : 0), .rate_hz = rates[r]};
                check_plan(&config, &coherent);
            }
        }
        chip_shutdown();
    }
    assert_in_range(coherent, 24, 40); // every automatic one, and few others
}

// Also where the chip runs slower at the moment.
static void test_the_best_clock_is_within_the_chips_limit(void **state)
{
    (void)state;
    for (unsigned b = 0; b < 2; b++) {
        uint32_t highest = 0;
        assert_int_equal(chip_boot(chip_board_find(b ? "pico2" : "pico")), 0);
        assert_true(set_sys_clock_khz(48000, false));
        for (uint32_t rate_hz = 8000; rate_hz <= 48000; rate_hz += 25) {
            ta_rate_t rate;
            const ta_pwm_config_t config = {.left_pin = 2, .right_pin = 3};
            if (ta_pwm_rate(&config, rate_hz, &rate) == TA_OK && rate.pll_system_hz > highest)
                highest = rate.pll_system_hz;
        }
        assert_in_range(highest, b ? 133000001 : 130000000, b ? 150000000 : 133000000);
        chip_shutdown();
    }
}

static void test_bits_that_cannot_be_have_no_rate(void **state)
{
    (void)state;
    assert_int_equal(chip_boot(chip_board_find("pico")), 0);
    for (unsigned bits = 0; bits < 256; bits++) {
        ta_rate_t rate;
        const ta_pwm_config_t config = {.left_pin = 2, .right_pin = 3, .bits = (uint8_t)bits};
        bool can_be = bits == 0 || (bits >= 8 && bits <= 11);
        assert_int_equal(ta_pwm_rate(&config, 44100, &rate), can_be ? TA_OK : TA_E_RATE);
    }
    chip_shutdown();
}

static void test_the_plan_of_a_pico(void **state)
{
    (void)state;
    assert_int_equal(chip_boot(chip_board_find("pico")), 0);
    ta_pwm_plan_t plan;
    const ta_pwm_config_t config = {.left_pin = 2, .right_pin = 3};
    assert_int_equal(ta_pwm_plan(&config, &plan, NULL), TA_OK);
    assert_int_equal(plan.period, 1417);
    assert_int_equal(plan.periods_per_frame, 2);
    assert_int_equal(plan.carrier_hz, 88215);
    assert_int_equal(plan.bits_tenths, 105);
    assert_in_range(plan.rate.error_ppb, 163000, 165000);
    assert_int_equal(plan.dma_channels, 3);
    assert_int_equal(plan.dma_timers, 1);
    assert_int_equal(plan.pwm_slices, 1);
    assert_int_equal(plan.pins, 2);
    const ta_pwm_config_t one = {.left_pin = 3, .right_pin = TA_PWM_ONE_PIN, .bits = 11, .amplifier = {.wired = true}};
    assert_int_equal(ta_pwm_plan(&one, &plan, NULL), TA_OK);
    assert_int_equal(plan.period, 2048);
    assert_int_equal(plan.bits_tenths, 110);
    assert_int_equal(plan.carrier_hz, 61035);
    assert_int_equal(plan.pins, 2);
    assert_int_equal(plan.rate.timer_x, 15);
    assert_int_equal(plan.rate.timer_y, 42517);
    assert_in_range(plan.rate.error_ppb, 0, 200);
    chip_shutdown();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fractions_are_the_nearest),
        cmocka_unit_test(test_automatic_periods),
        cmocka_unit_test(test_fixed_periods),
        cmocka_unit_test(test_what_the_plan_says_of_rates),
        cmocka_unit_test(test_the_best_clock_is_within_the_chips_limit),
        cmocka_unit_test(test_bits_that_cannot_be_have_no_rate),
        cmocka_unit_test(test_the_plan_of_a_pico),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
