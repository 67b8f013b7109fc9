// The virtual chip's PWM: levels of pins cycle by cycle, against the arithmetic of pwm_wave.h. (Interrupts, DMA and the
// decoder: test_chip_pwm_io.c.)

#include "chip/chip.h"
#include "hardware/clocks.h"
#include "hardware/gpio.h"
#include "hardware/pio.h"
#include "hardware/pwm.h"
#include "pico/stdlib.h"
#include "test/support/chip_rig.h"
#include "test/support/pwm_wave.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static const char *const boards[2] = {"pico", "pico2"};

static void after(uint64_t cycles)
{
    chip_run_until(chip_cycles() + cycles);
}

// ---- tests ---------------------------------------------------------------------------------------------------------

static void test_pins_and_numbers(void **state)
{
    (void)state;
    // RP2040 datasheet 4.5.2, GPIO 0 to 29; RP2350 datasheet 12.5.2, GPIO 0 to 47
    static const uint8_t slice_of_pair[24] = {0, 1, 2, 3, 4, 5, 6,  7,  0, 1, 2,  3,
                                              4, 5, 6, 7, 8, 9, 10, 11, 8, 9, 10, 11};
    static const char *const all[2] = {"pico", "pimoroni-pico-plus-2"};
    for (int b = 0; b < 2; b++) {
        rig_boot(all[b], 0);
        for (uint gpio = 0; gpio < NUM_BANK0_GPIOS; gpio++) {
            assert_int_equal(pwm_gpio_to_slice_num(gpio), slice_of_pair[gpio / 2]);
            assert_int_equal(pwm_gpio_to_channel(gpio), gpio % 2);
        }
        assert_int_equal(NUM_PWM_SLICES, b ? 12 : 8);
        assert_int_equal(NUM_PWM_IRQS, b ? 2 : 1);
        assert_int_equal(PWM_IRQ_WRAP, b ? 8 : 4);
        assert_int_equal(PWM_DEFAULT_IRQ_NUM(), b ? 8 : 4);
        assert_int_equal(pwm_get_dreq(3), b ? 35 : 27);
        assert_int_equal(rig_address(&pwm_hw->slice[1].cc), b ? 0x400a8020u : 0x40050020u);
    }
}

static void test_every_duty(void **state)
{
    (void)state;
    static const uint16_t tops[] = {0, 1, 2, 5, 12};
    static const uint16_t divs[] = {16, 17, 25, 31, 40, 57};
    for (unsigned t = 0; t < count_of(tops); t++) {
        for (unsigned d = 0; d < count_of(divs); d++) {
            for (unsigned kind = 0; kind < 8; kind++) {
                for (uint32_t cc = 0; cc <= tops[t] + 2u; cc++) {
                    pwm_wave_t a = {tops[t], cc, divs[d], kind & 1, kind & 2};
                    pwm_wave_t b = a;
                    b.cc = tops[t] + 2u - cc;
                    b.inverted = kind & 4;
                    rig_boot(boards[cc & 1], 0);
                    uint64_t start = pwm_wave_start(10, &a, &b);
                    uint64_t end = start + (tops[t] + 1u) * 9u * divs[d] / 16 + 3;
                    chip_run_until(end);
                    pwm_wave_check(&a, 10, start, end);
                    pwm_wave_check(&b, 11, start, end);
                }
            }
        }
    }
}

static void test_dividers(void **state)
{
    (void)state;
    for (uint32_t div16 = 16; div16 < 257 * 16; div16 += div16 < 64 || div16 >= 4090 ? 1 : 61) {
        pwm_wave_t a = {2, 1, div16, false, false};
        pwm_wave_t b = {2, 2, div16, false, false};
        rig_boot("pico", 0);
        uint64_t start = pwm_wave_start(4, &a, &b);
        uint64_t end = start + 30ull * div16 / 16;
        chip_run_until(end);
        pwm_wave_check(&a, 4, start, end);
        pwm_wave_check(&b, 5, start, end);
        // 16 periods of 3 counts last 3 * div16 cycles to the cycle
        assert_true(pwm_wave_level(&a, start, start + 1) && pwm_wave_level(&a, start, start + 1 + 3ull * div16));
    }
}

static void test_float_dividers_round_as_the_sdk(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    pwm_config c = pwm_get_default_config();
    pwm_config_set_clkdiv(&c, 2.71875f); // 43.5 sixteenths: nearest
    assert_int_equal(c.div, 44);
    pwm_init(2, &c, false);
    pwm_set_clkdiv(2, 2.71875f); // down
    assert_int_equal(pwm_hw->slice[2].div, 43);
    pwm_config_set_clkdiv(&c, 255.9375f);
    assert_int_equal(c.div, 4095);
}

/// Two pins of one channel show the same; a pin whose function is another's does not.
static void test_mapping(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    pwm_wave_t a = {9, 3, 16, false, false};
    pwm_wave_t b = {9, 7, 16, false, false};
    gpio_set_function(18, GPIO_FUNC_PWM); // slice 1 channel A, as pin 2
    uint64_t start = pwm_wave_start(2, &a, &b);
    chip_run_until(start + 100);
    pwm_wave_check(&a, 2, start, start + 100);
    pwm_wave_check(&a, 18, start, start + 100);
    pwm_wave_check(&b, 3, start, start + 100);
    for (unsigned i = 0; i < rig_record.events; i++)
        assert_int_equal(rig_record.event[i].changed & ~(1ull << 2 | 1ull << 3 | 1ull << 18), 0);
    gpio_init(18); // out of mid-pulse at the latest now
    assert_false(gpio_get(18));
    gpio_set_function(18, GPIO_FUNC_PWM); // and back: it shows what the slice shows at this cycle
    for (unsigned i = 0; i < 25; i++) {
        assert_int_equal(gpio_get(18), gpio_get(2));
        assert_int_equal(gpio_get(18), pwm_wave_level(&a, start, chip_cycles()));
        after(1);
    }
}

/// CC and TOP, written in any cycle of a period, hold from the next wrap on.
static void test_latched_at_the_wrap(void **state)
{
    (void)state;
    for (unsigned zigzag = 0; zigzag < 2; zigzag++) {
        uint32_t period = zigzag ? 20 : 10;
        for (uint32_t at = 0; at <= 2 * period; at++) {
            rig_boot("pico", 0);
            pwm_wave_t a = {9, 3, 16, zigzag, false};
            pwm_wave_t b = {9, 9, 16, zigzag, false};
            uint64_t start = pwm_wave_start(6, &a, &b);
            chip_run_until(start + at);
            pwm_set_both_levels(3, 5, 1);
            pwm_set_wrap(3, 5);
            // the wrap is the last count of a period: number k * period - 1, in cycle start + k * period
            uint64_t periods = at / period + 1;
            uint64_t latched = start + periods * period;
            chip_run_until(latched + 40);
            for (uint64_t cycle = start; cycle <= latched + 40; cycle++) {
                pwm_wave_t new_a = {5, 5, 16, zigzag, false};
                pwm_wave_t new_b = {5, 1, 16, zigzag, false};
                bool is_new = cycle > latched;
                assert_int_equal(pwm_wave_recorded(6, cycle, false),
                                 is_new ? pwm_wave_level(&new_a, latched, cycle) : pwm_wave_level(&a, start, cycle));
                assert_int_equal(pwm_wave_recorded(7, cycle, false),
                                 is_new ? pwm_wave_level(&new_b, latched, cycle) : pwm_wave_level(&b, start, cycle));
            }
        }
    }
}

static void test_a_write_in_the_cycle_of_the_wrap_is_too_late(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    pwm_wave_t a = {9, 3, 16, false, false};
    pwm_wave_t b = {9, 0, 16, false, false};
    uint64_t start = pwm_wave_start(6, &a, &b);
    chip_run_until(start + 9); // count 8: the value becomes 9
    assert_int_equal(pwm_get_counter(3), 9);
    chip_run_until(start + 10); // count 9 wraps
    assert_int_equal(pwm_get_counter(3), 0);
    pwm_set_chan_level(3, PWM_CHAN_A, 10);
    chip_run_until(start + 20);
    assert_false(pwm_wave_recorded(6, start + 14, true));
    chip_run_until(start + 30);
    assert_true(pwm_wave_recorded(6, start + 24, false));
}

static void test_halted_slices(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    pwm_wave_t a = {9, 4, 16, false, false};
    pwm_wave_t b = {9, 6, 16, false, false};
    uint64_t start = pwm_wave_start(6, &a, &b);
    chip_run_until(start + 5); // counts 0 to 4 are done: A has fallen, B is high
    pwm_set_enabled(3, false);
    rig_forget();
    after(1000);
    assert_int_equal(rig_record.events, 0);
    assert_false(gpio_get(6));
    assert_true(gpio_get(7));
    assert_int_equal(pwm_get_counter(3), 5);
    pwm_set_both_levels(3, 9, 2); // latched at once, and shown with the next count
    assert_true(gpio_get(7));
    pwm_set_enabled(3, true);
    uint64_t again = chip_cycles();
    chip_run_until(again + 1);
    assert_true(gpio_get(6));
    assert_false(gpio_get(7));
    chip_run_until(again + 5); // counts 5 to 9: the last one finds 9, where A falls and the counter wraps
    assert_false(gpio_get(6));
    assert_int_equal(pwm_get_counter(3), 0);
    pwm_set_enabled(3, false);
    // low pins by one count with a TOP, a counter and a level of 0 (pico-sdk, pwm_set_enabled)
    pwm_set_both_levels(3, 1, 1);
    pwm_set_wrap(3, 0);
    pwm_set_counter(3, 0);
    pwm_advance_count(3);
    assert_true(gpio_get(6) && gpio_get(7));
    pwm_set_both_levels(3, 0, 0);
    assert_true(gpio_get(6) && gpio_get(7));
    pwm_advance_count(3);
    assert_false(gpio_get(6) || gpio_get(7));
}

/// Above TOP the counter goes on to 65535, and wraps there.
static void test_a_counter_above_top(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    pwm_wave_t a = {9, 4, 16, false, false};
    pwm_wave_start(6, &a, &a);
    pwm_set_counter(3, 20);
    rig_forget();
    uint64_t start = chip_cycles();
    chip_run_until(start + 65535 - 20);
    assert_int_equal(pwm_get_counter(3), 65535);
    assert_false(gpio_get(6));
    chip_run_until(start + 65536 - 20);
    assert_int_equal(pwm_get_counter(3), 0);
    chip_run_until(start + 65536 - 20 + 100);
    for (uint64_t cycle = start + 1; cycle <= chip_cycles(); cycle++)
        assert_int_equal(pwm_wave_recorded(6, cycle, false), pwm_wave_level(&a, start + 65536 - 20, cycle));
}

static void test_phase_moves(void **state)
{
    (void)state;
    for (uint32_t div16 = 17; div16 < 80; div16 += 3) {
        for (int back = 0; back < 2; back++) {
            rig_boot("pico", 0);
            pwm_wave_t a = {99, 50, div16, false, false};
            uint64_t start = pwm_wave_start(0, &a, &a);
            chip_run_until(start + 40);
            assert_int_equal(pwm_get_counter(0), pwm_wave_count(&a, start, chip_cycles()) + 1);
            if (back)
                pwm_retard_count(0);
            else
                pwm_advance_count(0);
            assert_true(chip_cycles() > start + 40 && chip_cycles() <= start + (back ? 46 : 58));
            for (unsigned i = 0; i < 40; i++) {
                assert_int_equal(pwm_get_counter(0), pwm_wave_count(&a, start, chip_cycles()) + 1 + (back ? -1 : 1));
                after(1);
            }
        }
    }
}

/// An extra count comes in a cycle of its own, and the bit falls with it.
static void test_no_two_counts_in_one_cycle(void **state)
{
    (void)state;
    for (uint32_t at = 30; at < 50; at++) {
        rig_boot("pico", 0);
        pwm_wave_t a = {99, 50, 17, false, false};
        uint64_t start = pwm_wave_start(0, &a, &a);
        chip_run_until(start + at);
        hw_set_bits(&pwm_hw->slice[0].csr, PWM_CH0_CSR_PH_ADV_BITS);
        unsigned before = pwm_get_counter(0);
        bool extra = false;
        for (unsigned i = 1; i < 20; i++) {
            after(1);
            unsigned moved = pwm_get_counter(0) - before;
            unsigned expected =
                (unsigned)(pwm_wave_count(&a, start, start + at + i) - pwm_wave_count(&a, start, start + at));
            assert_true(moved <= i);
            assert_int_equal(moved - expected, extra || !(pwm_hw->slice[0].csr & PWM_CH0_CSR_PH_ADV_BITS));
            extra = moved > expected;
        }
        assert_true(extra);
    }
}

/// On the way down, phase-correct mode is left: the counter turns round at once.
static void test_leaving_phase_correct_mode(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    pwm_wave_t a = {9, 4, 16, true, false};
    uint64_t start = pwm_wave_start(6, &a, &a);
    chip_run_until(start + 14); // counts 0 to 13: up to 9, which lasts two, and down to 5
    assert_int_equal(pwm_get_counter(3), 5);
    pwm_set_phase_correct(3, false);
    after(4);
    assert_int_equal(pwm_get_counter(3), 9);
    after(1);
    assert_int_equal(pwm_get_counter(3), 0);
    pwm_set_phase_correct(3, true);
    after(9);
    assert_int_equal(pwm_get_counter(3), 9);
    after(2);
    assert_int_equal(pwm_get_counter(3), 8);
}

static void test_counters_start_together(void **state)
{
    (void)state;
    rig_boot("pico2", 0);
    pwm_config c = pwm_get_default_config();
    pwm_config_set_clkdiv_int_frac4(&c, 3, 7);
    for (uint n = 0; n < 12; n++)
        pwm_init(n, &c, false);
    pwm_set_mask_enabled(0xbf5);
    uint64_t start = chip_cycles();
    pwm_wave_t w = {65535, 0, 55, false, false};
    for (unsigned i = 0; i < 100; i++, after(7))
        for (uint n = 0; n < 12; n++)
            assert_int_equal(pwm_get_counter(n), 0xbf5 >> n & 1 ? pwm_wave_count(&w, start, chip_cycles()) + 1 : 0);
    assert_int_equal(pwm_hw->en, 0xbf5);
    assert_int_equal(pwm_hw->slice[1].csr & 1, 0);
    assert_int_equal(pwm_hw->slice[2].csr & 1, 1);
    chip_claims_t claims;
    chip_claims(&claims);
    assert_int_equal(claims.pwm_slices, 0xbf5);
    assert_false(chip_claims_none());
    pwm_set_mask_enabled(0);
    assert_true(chip_claims_none());
    uint16_t stopped = pwm_get_counter(0);
    after(1000);
    assert_int_equal(pwm_get_counter(0), stopped);
}

/// All slices at once, each with a period, a divisor and levels of its own.
static void test_all_slices_at_once(void **state)
{
    (void)state;
    rig_boot("pimoroni-pico-plus-2", 0);
    static const uint8_t pin_of[12] = {0, 2, 4, 6, 8, 10, 12, 14, 32, 34, 36, 38};
    pwm_wave_t a[12], b[12];
    uint64_t start[12];
    for (uint n = 0; n < 12; n++) {
        a[n] = (pwm_wave_t){7 + 3 * n, 2 + n, 16 + 5 * n, n % 2 == 1, n % 3 == 1};
        b[n] = (pwm_wave_t){7 + 3 * n, 5, 16 + 5 * n, n % 2 == 1, n % 3 == 2};
        start[n] = pwm_wave_start(pin_of[n], &a[n], &b[n]);
        after(n);
    }
    uint64_t from = chip_cycles();
    bool level[24];
    for (uint n = 0; n < 24; n++)
        level[n] = pwm_wave_level(n % 2 ? &b[n / 2] : &a[n / 2], start[n / 2], from);
    rig_forget();
    chip_run_until(from + 600);
    assert_int_equal(rig_record.lost, 0);
    uint64_t last = 0;
    for (unsigned i = 0; i < rig_record.events; i++) { // in order of time
        assert_true(rig_record.event[i].cycle >= last);
        last = rig_record.event[i].cycle;
    }
    for (uint64_t cycle = from; cycle <= from + 600; cycle++)
        for (uint n = 0; n < 24; n++)
            assert_int_equal(pwm_wave_recorded(pin_of[n / 2] + n % 2u, cycle, level[n]),
                             pwm_wave_level(n % 2 ? &b[n / 2] : &a[n / 2], start[n / 2], cycle));
}

// ---- together with others ------------------------------------------------------------------------------------------

/// A state machine that copies a PWM pin to another pin, three cycles of synchronising later, and listeners in order.
static void test_state_machines_see_it(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    const uint16_t program[] = {(uint16_t)pio_encode_mov(pio_pins, pio_pins)}; // IN pins from 8, OUT pin 0
    pio_sm_config config = rig_config();
    sm_config_set_out_pins(&config, 0, 1);
    sm_config_set_in_pins(&config, 8);
    rig_program(pio0, 0, program, 1, &config);
    pio_sm_set_enabled(pio0, 0, true);
    pwm_wave_t a = {20, 9, 16, false, false};
    pwm_wave_t b = {20, 4, 16, true, false};
    b.zigzag = false;
    uint64_t start = pwm_wave_start(8, &a, &b);
    chip_run_until(start + 200);
    uint64_t last = 0;
    for (unsigned i = 0; i < rig_record.events; i++) {
        assert_true(rig_record.event[i].cycle >= last);
        last = rig_record.event[i].cycle;
    }
    for (uint64_t cycle = start + 10; cycle <= start + 200; cycle++)
        assert_int_equal(pwm_wave_recorded(0, cycle, false), pwm_wave_level(&a, start, cycle - 3));
}

/// clk_sys changes: cycles stay what they are, time does not.
static void test_system_clock(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    pwm_wave_t a = {99, 30, 16, false, false};
    uint64_t start = pwm_wave_start(8, &a, &a);
    chip_run_until(start + 12500);
    uint64_t before = time_us_64();
    set_sys_clock_khz(48000, true);
    chip_run_until(start + 12500 + 48000);
    assert_int_equal(time_us_64() - before, 1000);
    unsigned rises = 0;
    for (unsigned i = 0; i < rig_record.events; i++)
        rises += rig_record.event[i].levels >> 8 & 1 && rig_record.event[i].changed >> 8 & 1;
    assert_int_equal(rises, 605); // one in every 100 cycles, whatever they last
    for (unsigned i = 1; i < rig_record.events; i++)
        assert_true(pwm_wave_level(&a, start, rig_record.event[i].cycle) == (rig_record.event[i].levels >> 8 & 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pins_and_numbers),
        cmocka_unit_test(test_every_duty),
        cmocka_unit_test(test_dividers),
        cmocka_unit_test(test_float_dividers_round_as_the_sdk),
        cmocka_unit_test(test_mapping),
        cmocka_unit_test(test_latched_at_the_wrap),
        cmocka_unit_test(test_a_write_in_the_cycle_of_the_wrap_is_too_late),
        cmocka_unit_test(test_halted_slices),
        cmocka_unit_test(test_a_counter_above_top),
        cmocka_unit_test(test_phase_moves),
        cmocka_unit_test(test_no_two_counts_in_one_cycle),
        cmocka_unit_test(test_leaving_phase_correct_mode),
        cmocka_unit_test(test_counters_start_together),
        cmocka_unit_test(test_all_slices_at_once),
        cmocka_unit_test(test_state_machines_see_it),
        cmocka_unit_test(test_system_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
