// The virtual chip's PWM: levels of pins cycle by cycle, against arithmetic that knows no counter: count n after a start in
// cycle s falls into cycle s + 1 + floor(n * divisor / 16), and finds the value n modulo the period.

#include "chip/chip.h"
#include "hardware/clocks.h"
#include "hardware/dma.h"
#include "hardware/gpio.h"
#include "hardware/irq.h"
#include "hardware/pio.h"
#include "hardware/pwm.h"
#include "pico/stdlib.h"
#include "test/support/chip_rig.h"

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

// ---- what pins should do -------------------------------------------------------------------------------------------

typedef struct {
    uint32_t top, cc, div16; ///< divisor in sixteenths
    bool zigzag, inverted;
} wave_t;

/// The last count in or before `cycle`; -1 before the first. The start was written in cycle `start`.
static int64_t count_at(const wave_t *w, uint64_t start, uint64_t cycle)
{
    if (cycle <= start)
        return -1;
    uint64_t sixteenths = (cycle - start) * 16 - 1; // the last one that belongs to this cycle
    return (int64_t)(sixteenths / w->div16);
}

static bool wave_level(const wave_t *w, uint64_t start, uint64_t cycle)
{
    int64_t n = count_at(w, start, cycle);
    if (n < 0)
        return w->inverted;
    uint64_t place = (uint64_t)n % ((w->top + 1) * (w->zigzag ? 2u : 1u));
    uint64_t value = place <= w->top ? place : 2ull * w->top + 1 - place;
    return (value < w->cc) != w->inverted;
}

/// Level of a pin in `cycle`, as the rig recorded it; `before` is its level before the record.
static bool recorded(unsigned pin, uint64_t cycle, bool before)
{
    bool level = before;
    for (unsigned i = 0; i < rig_record.events && rig_record.event[i].cycle <= cycle; i++)
        level = rig_record.event[i].levels >> pin & 1;
    return level;
}

/// The record holds exactly the edges of `w` on `pin` up to `end`.
static void check_wave(const wave_t *w, unsigned pin, uint64_t start, uint64_t end)
{
    bool level = w->inverted;
    unsigned at = 0;
    assert_int_equal(rig_record.lost, 0);
    for (uint64_t cycle = start + 1; cycle <= end; cycle++) {
        bool expected = wave_level(w, start, cycle);
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

static pwm_config config_of(const wave_t *a, bool b_inverted)
{
    pwm_config c = pwm_get_default_config();
    pwm_config_set_wrap(&c, (uint16_t)a->top);
    pwm_config_set_phase_correct(&c, a->zigzag);
    pwm_config_set_output_polarity(&c, a->inverted, b_inverted);
    if (a->div16 < 256 * 16)
        pwm_config_set_clkdiv_int_frac4(&c, a->div16 / 16, a->div16 % 16);
    return c;
}

/// Start a slice with two waves of one period on both its pins, and forget what was before. Returns the starting cycle.
static uint64_t start_waves(unsigned a_pin, const wave_t *a, const wave_t *b)
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
                    wave_t a = {tops[t], cc, divs[d], kind & 1, kind & 2};
                    wave_t b = a;
                    b.cc = tops[t] + 2u - cc;
                    b.inverted = kind & 4;
                    rig_boot(boards[cc & 1], 0);
                    uint64_t start = start_waves(10, &a, &b);
                    uint64_t end = start + (tops[t] + 1u) * 9u * divs[d] / 16 + 3;
                    chip_run_until(end);
                    check_wave(&a, 10, start, end);
                    check_wave(&b, 11, start, end);
                }
            }
        }
    }
}

static void test_dividers(void **state)
{
    (void)state;
    for (uint32_t div16 = 16; div16 < 257 * 16; div16 += div16 < 64 ? 1 : 61) {
        wave_t a = {2, 1, div16, false, false};
        wave_t b = {2, 2, div16, false, false};
        rig_boot("pico", 0);
        uint64_t start = start_waves(4, &a, &b);
        uint64_t end = start + 30ull * div16 / 16;
        chip_run_until(end);
        check_wave(&a, 4, start, end);
        check_wave(&b, 5, start, end);
        // 16 periods of 3 counts last 3 * div16 cycles to the cycle
        assert_true(wave_level(&a, start, start + 1) && wave_level(&a, start, start + 1 + 3ull * div16));
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
    wave_t a = {9, 3, 16, false, false};
    wave_t b = {9, 7, 16, false, false};
    gpio_set_function(18, GPIO_FUNC_PWM); // slice 1 channel A, as pin 2
    uint64_t start = start_waves(2, &a, &b);
    chip_run_until(start + 100);
    check_wave(&a, 2, start, start + 100);
    check_wave(&a, 18, start, start + 100);
    check_wave(&b, 3, start, start + 100);
    for (unsigned i = 0; i < rig_record.events; i++)
        assert_int_equal(rig_record.event[i].changed & ~(1ull << 2 | 1ull << 3 | 1ull << 18), 0);
    gpio_init(18); // out of mid-pulse at the latest now
    assert_false(gpio_get(18));
    gpio_set_function(18, GPIO_FUNC_PWM); // and back: it shows what the slice shows at this cycle
    for (unsigned i = 0; i < 25; i++) {
        assert_int_equal(gpio_get(18), gpio_get(2));
        assert_int_equal(gpio_get(18), wave_level(&a, start, chip_cycles()));
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
            wave_t a = {9, 3, 16, zigzag, false};
            wave_t b = {9, 9, 16, zigzag, false};
            uint64_t start = start_waves(6, &a, &b);
            chip_run_until(start + at);
            pwm_set_both_levels(3, 5, 1);
            pwm_set_wrap(3, 5);
            // the wrap is the last count of a period: number k * period - 1, in cycle start + k * period
            uint64_t periods = at / period + 1;
            uint64_t latched = start + periods * period;
            chip_run_until(latched + 40);
            for (uint64_t cycle = start; cycle <= latched + 40; cycle++) {
                wave_t new_a = {5, 5, 16, zigzag, false};
                wave_t new_b = {5, 1, 16, zigzag, false};
                bool is_new = cycle > latched;
                assert_int_equal(recorded(6, cycle, false),
                                 is_new ? wave_level(&new_a, latched, cycle) : wave_level(&a, start, cycle));
                assert_int_equal(recorded(7, cycle, false),
                                 is_new ? wave_level(&new_b, latched, cycle) : wave_level(&b, start, cycle));
            }
        }
    }
}

static void test_a_write_in_the_cycle_of_the_wrap_is_too_late(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    wave_t a = {9, 3, 16, false, false};
    wave_t b = {9, 0, 16, false, false};
    uint64_t start = start_waves(6, &a, &b);
    chip_run_until(start + 9); // count 8: the value becomes 9
    assert_int_equal(pwm_get_counter(3), 9);
    chip_run_until(start + 10); // count 9 wraps
    assert_int_equal(pwm_get_counter(3), 0);
    pwm_set_chan_level(3, PWM_CHAN_A, 10);
    chip_run_until(start + 20);
    assert_false(recorded(6, start + 14, true));
    chip_run_until(start + 30);
    assert_true(recorded(6, start + 24, false));
}

static void test_halted_slices(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    wave_t a = {9, 4, 16, false, false};
    wave_t b = {9, 6, 16, false, false};
    uint64_t start = start_waves(6, &a, &b);
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
    wave_t a = {9, 4, 16, false, false};
    start_waves(6, &a, &a);
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
        assert_int_equal(recorded(6, cycle, false), wave_level(&a, start + 65536 - 20, cycle));
}

static void test_phase_moves(void **state)
{
    (void)state;
    for (uint32_t div16 = 17; div16 < 80; div16 += 3) {
        for (int back = 0; back < 2; back++) {
            rig_boot("pico", 0);
            wave_t a = {99, 50, div16, false, false};
            uint64_t start = start_waves(0, &a, &a);
            chip_run_until(start + 40);
            assert_int_equal(pwm_get_counter(0), count_at(&a, start, chip_cycles()) + 1);
            if (back)
                pwm_retard_count(0);
            else
                pwm_advance_count(0);
            assert_true(chip_cycles() > start + 40 && chip_cycles() <= start + (back ? 46 : 58));
            for (unsigned i = 0; i < 40; i++) {
                assert_int_equal(pwm_get_counter(0), count_at(&a, start, chip_cycles()) + 1 + (back ? -1 : 1));
                after(1);
            }
        }
    }
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
    wave_t w = {65535, 0, 55, false, false};
    for (unsigned i = 0; i < 100; i++, after(7))
        for (uint n = 0; n < 12; n++)
            assert_int_equal(pwm_get_counter(n), 0xbf5 >> n & 1 ? count_at(&w, start, chip_cycles()) + 1 : 0);
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
    wave_t a[12], b[12];
    uint64_t start[12];
    for (uint n = 0; n < 12; n++) {
        a[n] = (wave_t){7 + 3 * n, 2 + n, 16 + 5 * n, n % 2 == 1, n % 3 == 1};
        b[n] = (wave_t){7 + 3 * n, 5, 16 + 5 * n, n % 2 == 1, n % 3 == 2};
        start[n] = start_waves(pin_of[n], &a[n], &b[n]);
        after(n);
    }
    uint64_t from = chip_cycles();
    bool level[24];
    for (uint n = 0; n < 24; n++)
        level[n] = wave_level(n % 2 ? &b[n / 2] : &a[n / 2], start[n / 2], from);
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
            assert_int_equal(recorded(pin_of[n / 2] + n % 2u, cycle, level[n]),
                             wave_level(n % 2 ? &b[n / 2] : &a[n / 2], start[n / 2], cycle));
}

// ---- interrupts and requests ---------------------------------------------------------------------------------------

static unsigned wraps[2];
static uint64_t wrap_cycle[2][64];

static void on_wrap_line(uint line)
{
    uint32_t mask = pwm_irqn_get_status_mask(line);
    for (uint n = 0; n < NUM_PWM_SLICES; n++)
        if (mask >> n & 1)
            pwm_clear_irq(n);
    if (wraps[line] < 64)
        wrap_cycle[line][wraps[line]] = chip_cycles();
    wraps[line]++;
}

static void on_wrap_0(void)
{
    on_wrap_line(0);
}

static void on_wrap_1(void)
{
    on_wrap_line(1);
}

static void test_wrap_interrupts(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        for (uint line = 0; line < (b ? 2u : 1u); line++) {
            for (int zigzag = 0; zigzag < 2; zigzag++) {
                rig_boot(boards[b], 0);
                memset(wraps, 0, sizeof wraps);
                irq_set_exclusive_handler(PWM_IRQ_WRAP_0, on_wrap_0);
                irq_set_enabled(PWM_IRQ_WRAP_0, true);
                if (b) {
                    irq_set_exclusive_handler(PWM_IRQ_WRAP_1, on_wrap_1);
                    irq_set_enabled(PWM_IRQ_WRAP_1, true);
                }
                wave_t w = {99, 0, 24, zigzag, false}; // no pin moves: the wraps alone
                uint64_t start = start_waves(8, &w, &w);
                pwm_irqn_set_slice_enabled(line, 4, true);
                uint32_t counts = zigzag ? 200 : 100;
                chip_run_until(start + 20ull * counts * 24 / 16);
                assert_int_equal(wraps[line], 20);
                assert_int_equal(wraps[1 - line], 0);
                for (uint64_t k = 1; k <= 20; k++)
                    assert_true(wrap_cycle[line][k - 1] == start + 1 + (k * counts - 1) * 24 / 16);
                pwm_irqn_set_slice_enabled(line, 4, false);
                after(10000);
                assert_int_equal(wraps[line], 20);
                assert_int_equal(pwm_hw->intr, 1u << 4); // raw: it is set all the same
                assert_int_equal(pwm_hw->irq_ctrl[line].ints, 0);
            }
        }
    }
}

static void test_forced_interrupts(void **state)
{
    (void)state;
    rig_boot("pico2", 0);
    pwm_force_irq1(7);
    assert_int_equal(pwm_get_irq1_status_mask(), 1u << 7);
    assert_int_equal(pwm_get_irq0_status_mask(), 0);
    pwm_hw->intf1 = 0;
    assert_int_equal(pwm_get_irq1_status_mask(), 0);
    pwm_force_irq(2);
    assert_int_equal(pwm_get_irq_status_mask(), 1u << 2);
    pwm_set_irq_mask_enabled(0x30, true);
    pwm_set_irq_mask_enabled(0x10, false);
    assert_int_equal(pwm_hw->inte, 0x20);
}

/// One transfer for each wrap, by the bus, into CC.
static void test_wraps_pace_the_dma(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        rig_boot(boards[b], 0);
        uint32_t *levels = rig_sram(4 * 40, 4, "levels");
        for (uint32_t i = 0; i < 40; i++)
            levels[i] = (i % 12) | (11 - i % 12) << 16;
        wave_t w = {10, 0, 16, false, false};
        dma_channel_config config = dma_channel_get_default_config(0);
        channel_config_set_dreq(&config, pwm_get_dreq(5));
        channel_config_set_transfer_data_size(&config, DMA_SIZE_32);
        uint64_t start = start_waves(10, &w, &w);
        dma_channel_configure(0, &config, &pwm_hw->slice[5].cc, levels, 40, true);
        chip_run_until(start + 11ull * 42);
        assert_false(dma_channel_is_busy(0));
        assert_int_equal(chip_violations(NULL, 0), 0);
        // wrap k, in cycle start + 11 (k + 1), asks; read in the next cycle, written two later, latched at wrap k + 1
        for (uint32_t i = 0; i < 40; i++) {
            wave_t a = {10, levels[i] & 0xffff, 16, false, false};
            wave_t c = {10, levels[i] >> 16, 16, false, false};
            uint64_t from = start + 11ull * (i + 2);
            for (uint64_t cycle = from + 1; cycle <= from + 11 && cycle <= chip_cycles(); cycle++) {
                assert_int_equal(recorded(10, cycle, false), wave_level(&a, from, cycle));
                assert_int_equal(recorded(11, cycle, false), wave_level(&c, from, cycle));
            }
        }
    }
}

static void test_requests_are_remembered(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    uint32_t *memory = rig_sram(4 * 200, 4, "memory");
    wave_t w = {9, 0, 16, false, false};
    dma_channel_config config = dma_channel_get_default_config(0);
    channel_config_set_dreq(&config, pwm_get_dreq(1));
    channel_config_set_write_increment(&config, true);
    channel_config_set_enable(&config, false);
    start_waves(2, &w, &w);
    after(1000);
    dma_channel_configure(0, &config, &memory[100], memory, 100, true); // not enabled: the trigger does nothing
    assert_false(dma_channel_is_busy(0));
    channel_config_set_enable(&config, true);
    dma_channel_configure(0, &config, &memory[100], memory, 100, true);
    after(25); // wraps before the trigger do not count
    assert_in_range(100 - dma_hw->ch[0].transfer_count, 2, 3);
    channel_config_set_enable(&config, false);
    dma_channel_set_config(0, &config, false); // pause, for longer than the counter of 6 bits holds
    uint32_t left = dma_hw->ch[0].transfer_count;
    after(10 * 70);
    assert_int_equal(dma_hw->ch[0].transfer_count, left);
    channel_config_set_enable(&config, true);
    dma_channel_set_config(0, &config, false);
    after(66);
    assert_in_range(left - dma_hw->ch[0].transfer_count, 63, 63 + 7);
}

static void test_narrow_writes_fill_both_channels(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    uint8_t *from = rig_sram(4, 4, "from");
    from[0] = 0x34;
    from[1] = 0x12;
    pwm_config c = pwm_get_default_config();
    pwm_init(0, &c, true);
    dma_channel_config config = dma_channel_get_default_config(0);
    channel_config_set_transfer_data_size(&config, DMA_SIZE_16);
    dma_channel_configure(0, &config, &pwm_hw->slice[0].cc, from, 1, true);
    after(10);
    assert_int_equal(pwm_hw->slice[0].cc, 0x12341234u);
    channel_config_set_transfer_data_size(&config, DMA_SIZE_8);
    dma_channel_configure(0, &config, &pwm_hw->slice[0].cc, from, 1, true);
    after(10);
    assert_int_equal(pwm_hw->slice[0].cc, 0x34343434u);
    pwm_set_chan_level(0, PWM_CHAN_A, 7);
    pwm_set_gpio_level(1, 9);
    assert_int_equal(pwm_hw->slice[0].cc, 7u | 9u << 16);
    pwm_hw->slice[0].cc = 0x00030002; // a plain store
    assert_int_equal(pwm_get_counter(0), chip_cycles() % 65536 ? pwm_hw->slice[0].ctr : 0);
    assert_int_equal(pwm_hw->slice[0].cc, 0x00030002);
    hw_set_bits(&pwm_hw->slice[0].top, 0);
    hw_clear_bits(&pwm_hw->slice[0].top, 0xff00);
    assert_int_equal(pwm_hw->slice[0].top, 0xff);
}

// ---- the decoder ---------------------------------------------------------------------------------------------------

typedef struct {
    uint64_t cycle[256];
    uint32_t a[256], b[256];
    unsigned n;
} heard_t;

static void on_period(void *context, uint64_t cycle, uint32_t a_high, uint32_t b_high)
{
    heard_t *heard = context;
    if (heard->n == 256)
        return;
    heard->cycle[heard->n] = cycle;
    heard->a[heard->n] = a_high;
    heard->b[heard->n++] = b_high;
}

static void test_decoder(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        rig_boot(boards[kind & 1], 0);
        bool zigzag = kind & 2;
        static heard_t heard;
        memset(&heard, 0, sizeof heard);
        chip_pwm_t pwm;
        const chip_pwm_config_t pins = {.a_pin = 12, .b_pin = 13};
        assert_true(chip_pwm_listen(&pwm, &pins, on_period, &heard));
        uint32_t *levels = rig_sram(4 * 60, 4, "levels");
        for (uint32_t i = 0; i < 60; i++)
            levels[i] = (i % 15) | (i * 7 % 15) << 16; // period 13: 13 and 14 are always high, 0 is always low
        wave_t w = {12, 0, 16, zigzag, false};
        dma_channel_config config = dma_channel_get_default_config(0);
        channel_config_set_dreq(&config, pwm_get_dreq(6));
        uint64_t start = start_waves(12, &w, &w);
        dma_channel_configure(0, &config, &pwm_hw->slice[6].cc, levels, 60, true);
        uint32_t times = zigzag ? 2 : 1;
        chip_run_until(start + 13ull * times * 64);
        assert_int_equal(heard.n, 63); // a period is told when the next one begins
        assert_int_equal(pwm.frames, 63);
        assert_int_equal(pwm.cut, 0);
        assert_int_equal(pwm.period, 13 * times);
        assert_true(pwm.first_cycle == start + 1);
        for (uint32_t i = 0; i < 63; i++) {
            assert_true(heard.cycle[i] == start + 1 + 13ull * times * (i + 1));
            uint32_t word = i < 2 ? 0 : levels[i - 2 < 60 ? i - 2 : 59];
            uint32_t a = (word & 0xffff) > 13 ? 13 : word & 0xffff;
            uint32_t b = word >> 16 > 13 ? 13 : word >> 16;
            // phase-correct: a period begins in the middle of a pulse; both halves of it have the period's level
            assert_int_equal(heard.a[i], times * a);
            assert_int_equal(heard.b[i], times * b);
        }
    }
}

static void test_decoder_with_fractions(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    static heard_t heard;
    memset(&heard, 0, sizeof heard);
    chip_pwm_t pwm;
    const chip_pwm_config_t pins = {.a_pin = 0, .b_pin = CHIP_NO_PIN};
    assert_true(chip_pwm_listen(&pwm, &pins, on_period, &heard));
    wave_t w = {6, 3, 37, false, false};
    uint64_t start = start_waves(0, &w, &w);
    chip_run_until(start + 7ull * 37 * 12);
    uint64_t high = 0;
    for (unsigned i = 0; i < 160; i++) { // 16 periods last 7 * 37 cycles
        high += heard.a[i];
        assert_int_equal(heard.b[i], 0);
        assert_true(heard.cycle[i] == start + 1 + 7ull * 37 * (i + 1) / 16);
        if (i % 16 == 15) {
            assert_in_range(high, 3 * 37 - 3, 3 * 37 + 3); // of each pulse, the cycles that its three counts cover
            high = 0;
        }
    }
}

static void test_decoder_refuses_and_notices(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    chip_pwm_t pwm[13];
    static const chip_pwm_config_t wrong[] = {{1, 0},  {0, 3},  {0, 17 + 2}, {CHIP_NO_PIN, CHIP_NO_PIN},
                                              {30, 1}, {2, 31}, {0, 2}};
    for (unsigned i = 0; i < count_of(wrong); i++)
        assert_false(chip_pwm_listen(&pwm[0], &wrong[i], NULL, NULL));
    static const chip_pwm_config_t right = {0, 17}; // slice 0 on two of its pins
    for (unsigned i = 0; i < 12; i++)
        assert_true(chip_pwm_listen(&pwm[i], &right, NULL, NULL));
    assert_false(chip_pwm_listen(&pwm[12], &right, NULL, NULL));
    wave_t w = {9, 3, 16, false, false};
    uint64_t start = start_waves(0, &w, &w);
    chip_run_until(start + 105);
    assert_int_equal(pwm[11].frames, 10);
    pwm_set_enabled(0, false); // five cycles into a period
    after(100);
    assert_int_equal(pwm[11].cut, 1);
    pwm_set_counter(0, 0);
    assert_int_equal(pwm[11].cut, 1);
    pwm_set_enabled(0, true);
    after(31);
    assert_int_equal(pwm[11].frames, 13);
    pwm_set_counter(0, 5);
    assert_int_equal(pwm[11].cut, 2);
    after(16);
    assert_int_equal(pwm[11].frames, 14);
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
    wave_t a = {20, 9, 16, false, false};
    wave_t b = {20, 4, 16, true, false};
    b.zigzag = false;
    uint64_t start = start_waves(8, &a, &b);
    chip_run_until(start + 200);
    uint64_t last = 0;
    for (unsigned i = 0; i < rig_record.events; i++) {
        assert_true(rig_record.event[i].cycle >= last);
        last = rig_record.event[i].cycle;
    }
    for (uint64_t cycle = start + 10; cycle <= start + 200; cycle++)
        assert_int_equal(recorded(0, cycle, false), wave_level(&a, start, cycle - 3));
}

/// clk_sys changes: cycles stay what they are, time does not.
static void test_system_clock(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    wave_t a = {99, 30, 16, false, false};
    uint64_t start = start_waves(8, &a, &a);
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
        assert_true(wave_level(&a, start, rig_record.event[i].cycle) == (rig_record.event[i].levels >> 8 & 1));
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
        cmocka_unit_test(test_counters_start_together),
        cmocka_unit_test(test_all_slices_at_once),
        cmocka_unit_test(test_wrap_interrupts),
        cmocka_unit_test(test_forced_interrupts),
        cmocka_unit_test(test_wraps_pace_the_dma),
        cmocka_unit_test(test_requests_are_remembered),
        cmocka_unit_test(test_narrow_writes_fill_both_channels),
        cmocka_unit_test(test_decoder),
        cmocka_unit_test(test_decoder_with_fractions),
        cmocka_unit_test(test_decoder_refuses_and_notices),
        cmocka_unit_test(test_state_machines_see_it),
        cmocka_unit_test(test_system_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
