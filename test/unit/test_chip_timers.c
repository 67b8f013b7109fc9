// The DMA's pacing timers, against an accumulator that adds X every cycle and asks whenever it reaches Y; claims of
// timers; and what a change of clk_sys does to everything that counts cycles or microseconds.

#include "chip/chip.h"
#include "hardware/clocks.h"
#include "hardware/dma.h"
#include "hardware/pwm.h"
#include "hardware/sync.h"
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

/// The plain way: what hardware does in every cycle.
typedef struct {
    uint32_t x, y, sum;
} accumulator_t;

static bool asks(accumulator_t *a)
{
    a->sum += a->x;
    if (a->sum < a->y || a->y == 0)
        return false;
    a->sum -= a->y;
    return true;
}

/// A channel that waits for a timer and copies words over one word, for as long as its count lasts.
static void pace(uint channel, uint timer, uint32_t words)
{
    static uint32_t *memory;
    memory = rig_sram(8, 4, "memory");
    dma_channel_config config = dma_channel_get_default_config(channel);
    channel_config_set_dreq(&config, dma_get_timer_dreq(timer));
    channel_config_set_read_increment(&config, false);
    dma_channel_configure(channel, &config, &memory[1], memory, words, true);
}

enum { WORDS = 1000000, READ_TO_WRITE = 2 };

/// Words written, which is words read two cycles earlier.
static uint32_t done(uint channel)
{
    return WORDS - dma_hw->ch[channel].transfer_count;
}

// ---- fractions -----------------------------------------------------------------------------------------------------

static void test_every_small_fraction(void **state)
{
    (void)state;
    for (uint16_t y = 1; y <= 24; y++) {
        for (uint16_t x = 1; x <= y; x++) {
            rig_boot(boards[x & 1], 0);
            dma_timer_set_fraction(2, x, y);
            accumulator_t timer = {x, y, 0};
            pace(5, 2, WORDS);
            uint32_t pulses = 0;
            uint64_t start = chip_cycles();
            for (uint64_t cycle = 1; cycle <= 120; cycle++) {
                chip_run_until(start + cycle + READ_TO_WRITE);
                pulses += asks(&timer);
                assert_int_equal(done(5), pulses);
            }
        }
    }
}

static void test_large_fractions(void **state)
{
    (void)state;
    static const uint16_t fraction[][2] = {{1, 65535},     {2, 65535},  {65534, 65535}, {65535, 65535},
                                           {32768, 65535}, {22, 62363}, {3, 8503},      {1, 2834},
                                           {54613, 65535}, {6, 17},     {7919, 65521}};
    for (unsigned i = 0; i < count_of(fraction); i++) {
        rig_boot(boards[i & 1], 0);
        dma_timer_set_fraction(0, fraction[i][0], fraction[i][1]);
        accumulator_t timer = {fraction[i][0], fraction[i][1], 0};
        pace(0, 0, WORDS);
        uint64_t start = chip_cycles();
        uint32_t pulses = 0;
        for (uint64_t cycle = 1; cycle <= 300000; cycle++) {
            if (!asks(&timer))
                continue;
            pulses++;
            if (pulses % 97 && fraction[i][0] > 100)
                continue; // looking at every pulse takes too long where there is one a cycle
            chip_run_until(start + cycle + READ_TO_WRITE - 1);
            assert_in_range(done(0), pulses - (timer.sum + timer.y < 2 * timer.x ? 2 : 1), pulses - 1);
            chip_run_until(start + cycle + READ_TO_WRITE);
            assert_int_equal(done(0), pulses);
        }
        assert_true(pulses >= 4);
    }
}

/// 44.1 kHz by the best fraction of 125 MHz: after an hour not one pulse is missing.
static void test_no_drift(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    dma_timer_set_fraction(1, 22, 62359);
    uint32_t *memory = rig_sram(8, 4, "memory");
    chip_run_until(chip_cycles() + 3600ull * 125000000);
    dma_channel_config config = dma_channel_get_default_config(0);
    channel_config_set_dreq(&config, dma_get_timer_dreq(1));
    channel_config_set_read_increment(&config, false);
    uint64_t set = chip_cycles() - 3600ull * 125000000;
    dma_channel_configure(0, &config, &memory[1], memory, WORDS, true);
    uint64_t from = chip_cycles();
    for (uint32_t pulses = 1; pulses <= 200; pulses++) {
        // the first cycle at which 22 * cycles reaches the next multiple of 62359
        uint64_t multiple = ((from - set) * 22 / 62359 + pulses) * 62359;
        uint64_t cycle = set + multiple / 22 + (multiple % 22 ? 1 : 0);
        chip_run_until(cycle + READ_TO_WRITE - 1);
        assert_int_equal(done(0), pulses - 1);
        chip_run_until(cycle + READ_TO_WRITE);
        assert_int_equal(done(0), pulses);
    }
}

static void test_fractions_that_are_none(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    pace(0, 0, WORDS); // after reset X and Y are 0
    after(1000);
    assert_int_equal(done(0), 0);
    dma_hw->timer[0] = 0u << 16 | 5;
    after(1000);
    assert_int_equal(done(0), 0);
    dma_hw->timer[0] = 5u << 16 | 0;
    after(1000);
    assert_int_equal(done(0), 0);
    dma_hw->timer[0] = 7u << 16 | 3; // more than one a cycle there cannot be
    after(102);
    assert_int_equal(done(0), 100);
}

static void test_a_new_fraction_starts_at_its_write(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    dma_timer_set_fraction(3, 1, 1000);
    pace(7, 3, WORDS);
    after(2500 + READ_TO_WRITE);
    assert_int_equal(done(7), 2);
    dma_timer_set_fraction(3, 1, 40); // while the channel waits
    after(39 + READ_TO_WRITE);
    assert_int_equal(done(7), 2);
    after(1);
    assert_int_equal(done(7), 3);
    dma_timer_set_fraction(3, 1, 60000);
    after(59999 + READ_TO_WRITE);
    assert_int_equal(done(7), 3);
    after(1);
    assert_int_equal(done(7), 4);
}

static void test_four_timers_and_who_listens(void **state)
{
    (void)state;
    rig_boot("pico2", 0);
    for (uint t = 0; t < 4; t++)
        dma_timer_set_fraction(t, (uint16_t)(t + 1), (uint16_t)(100 + t));
    uint64_t start = chip_cycles();
    for (uint t = 0; t < 4; t++) {
        pace(t, t, WORDS);
        pace(8 + t, t, WORDS); // a second channel hears the same pulses
    }
    chip_run_until(start + 100000);
    uint32_t last[16];
    for (uint t = 0; t < 16; t++)
        last[t] = done(t);
    for (uint t = 0; t < 4; t++) {
        assert_in_range(last[t], 100000ull * (t + 1) / (100 + t) - 1, 100000ull * (t + 1) / (100 + t));
        assert_in_range(last[8 + t], last[t] - 1, last[t]);
    }
}

static void test_pulses_are_remembered(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    dma_timer_set_fraction(0, 1, 100);
    pace(0, 0, WORDS);
    after(1000 + READ_TO_WRITE);
    assert_int_equal(done(0), 10);
    dma_channel_config config = dma_get_channel_config(0);
    channel_config_set_enable(&config, false);
    dma_channel_set_config(0, &config, false);
    after(5000);
    assert_int_equal(done(0), 10);
    channel_config_set_enable(&config, true);
    dma_channel_set_config(0, &config, false);
    after(80);
    assert_int_equal(done(0), 60); // none was lost
    channel_config_set_enable(&config, false);
    dma_channel_set_config(0, &config, false);
    after(10000);
    channel_config_set_enable(&config, true);
    dma_channel_set_config(0, &config, false);
    after(90);
    assert_int_equal(done(0), 60 + 63 + 1); // what the counter holds, and the one that came within these 90 cycles
}

static void test_idle_channels_hear_nothing(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    dma_timer_set_fraction(0, 1, 100);
    uint64_t start = chip_cycles();
    pace(0, 0, 3);
    chip_run_until(start + 1050);
    assert_false(dma_channel_is_busy(0));
    dma_channel_start(0); // the next pulse is number 11, in cycle 1100
    chip_run_until(start + 1099 + READ_TO_WRITE);
    assert_int_equal(dma_hw->ch[0].transfer_count, 3);
    chip_run_until(start + 1100 + READ_TO_WRITE);
    assert_int_equal(dma_hw->ch[0].transfer_count, 2);
}

static void test_claims(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        rig_boot(boards[b], 0);
        assert_true(chip_claims_none());
        chip_claims_t claims;
        for (int t = 0; t < 4; t++) {
            assert_int_equal(dma_claim_unused_timer(false), t);
            chip_claims(&claims);
            assert_int_equal(claims.dma_timers, (2u << t) - 1);
            assert_false(chip_claims_none());
        }
        assert_int_equal(dma_claim_unused_timer(false), -1);
        dma_timer_unclaim(2);
        assert_false(dma_timer_is_claimed(2));
        dma_timer_claim(2);
        assert_true(dma_timer_is_claimed(2));
        for (uint t = 0; t < 4; t++)
            dma_timer_unclaim(t);
        assert_true(chip_claims_none());
        chip_fail_claim(1);
        assert_int_equal(dma_claim_unused_timer(false), -1);
        assert_int_equal(dma_get_timer_dreq(3), 62);
    }
}

// ---- clk_sys -------------------------------------------------------------------------------------------------------

/// 1440 million units a second: a cycle of each of these clocks is a whole number of them.
static const struct {
    uint32_t khz, units;
} even_clock[] = {{48000, 30}, {96000, 15}, {120000, 12}, {144000, 10}, {240000, 6}};

static void test_the_timer_stays_true(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        rig_boot(boards[b], 0);
        set_sys_clock_khz(48000, true);
        uint64_t units = 0;
        uint32_t seed = 1;
        for (unsigned n = 0; n < 300; n++) { // more changes than are kept apart
            seed = seed * 1664525u + 1013904223u;
            unsigned which = seed >> 28 & 3;
            uint32_t cycles = seed % 100000;
            set_sys_clock_khz(even_clock[which].khz, true);
            assert_int_equal(clock_get_hz(clk_sys), even_clock[which].khz * 1000);
            after(cycles);
            units += (uint64_t)cycles * even_clock[which].units;
            assert_int_equal(time_us_64(), units / 1440);
            assert_int_equal(time_us_32(), units / 1440);
        }
    }
}

/// A pacing timer and a slice count cycles, whatever a cycle lasts.
static void test_counters_follow_the_clock(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    dma_timer_set_fraction(0, 3, 1000);
    pace(0, 0, WORDS);
    pwm_config c = pwm_get_default_config();
    pwm_config_set_clkdiv_int_frac4(&c, 2, 8);
    pwm_init(1, &c, true);
    uint64_t start = chip_cycles();
    uint32_t at_once = done(0);
    for (unsigned n = 0; n < 20; n++) {
        set_sys_clock_khz(even_clock[n % 5].khz, true);
        after(997);
        uint64_t passed = chip_cycles() - start;
        assert_int_equal(done(0) - at_once, (passed - READ_TO_WRITE) * 3 / 1000);
        assert_int_equal(pwm_get_counter(1), (passed * 16 - 1) / 40 + 1);
    }
}

static void test_waits_last_as_long(void **state)
{
    (void)state;
    rig_boot("pico2", 0);
    for (unsigned n = 0; n < 5; n++) {
        set_sys_clock_khz(even_clock[n].khz, true);
        uint64_t start = chip_cycles();
        uint64_t us = time_us_64();
        sleep_us(1000);
        assert_in_range(chip_cycles() - start, even_clock[n].khz - even_clock[n].khz / 1000, even_clock[n].khz);
        assert_int_equal(time_us_64() - us, 1000);
        busy_wait_us_32(10);
        assert_int_equal(time_us_64() - us, 1010);
        sleep_ms(1);
        assert_int_equal(time_us_64() - us, 2010);
        busy_wait_ms(2);
        assert_int_equal(time_us_64() - us, 4010);
    }
}

static void test_clock_configure(void **state)
{
    (void)state;
    static const struct {
        uint32_t source, asked, rp2040, rp2350;
    } wanted[] = {
        {125000000, 125000000, 125000000, 125000000},
        {125000000, 62500000, 62500000, 62500000},
        {125000000, 100000000, 125000000, 100000000}, // RP2040: nothing between 1 and 2
        {120000000, 48000000, 48000000, 48000000},    // 2.5
        {133000000, 11289600, 11292868, 11289607},    // 3015/256; 772063/65536
        {48000000, 1, 2, 732},                        // the largest: 2^24, 2^16
    };
    for (int b = 0; b < 2; b++) {
        for (unsigned i = 0; i < count_of(wanted); i++) {
            rig_boot(boards[b], 0);
            assert_true(clock_configure(clk_sys, CLOCKS_CLK_SYS_CTRL_SRC_VALUE_CLKSRC_CLK_SYS_AUX,
                                        CLOCKS_CLK_SYS_CTRL_AUXSRC_VALUE_CLKSRC_PLL_SYS, wanted[i].source,
                                        wanted[i].asked));
            uint32_t hz = b ? wanted[i].rp2350 : wanted[i].rp2040;
            assert_int_equal(clock_get_hz(clk_sys), hz);
            uint64_t start = chip_cycles();
            uint64_t us = time_us_64();
            sleep_ms(100);
            assert_in_range((chip_cycles() - start) * 10, hz > 100 ? hz - hz / 50000 - 10 : 0, hz + 10);
            assert_in_range(time_us_64() - us, 100000, hz > 100 ? 100000 + 1000000 / hz : 1000000);
        }
        assert_false(clock_configure(clk_sys, 1, 0, 48000000, 48000001));
        clock_configure_int_divider(clk_sys, 1, 0, 120000000, 4);
        assert_int_equal(clock_get_hz(clk_sys), 30000000);
        clock_configure_undivided(clk_peri, 0, 0, 12000000);
        assert_int_equal(clock_get_hz(clk_peri), 12000000);
        assert_int_equal(clock_get_hz(clk_sys), 30000000);
        clock_stop(clk_adc);
        assert_int_equal(clock_get_hz(clk_adc), 0);
        clock_set_reported_hz(clk_sys, 5);
        assert_int_equal(clock_get_hz(clk_sys), 5);
        uint64_t start = chip_cycles();
        sleep_us(1000);
        assert_in_range(chip_cycles() - start, 29900, 30000); // it was only said
    }
}

static void test_clocks_after_boot_and_by_the_pll(void **state)
{
    (void)state;
    for (int b = 0; b < 2; b++) {
        rig_boot(boards[b], 0);
        assert_int_equal(clock_get_hz(clk_sys), b ? 150000000 : 125000000);
        assert_int_equal(clock_get_hz(clk_peri), b ? 150000000 : 125000000);
        assert_int_equal(clock_get_hz(clk_ref), 12000000);
        assert_int_equal(clock_get_hz(clk_usb), 48000000);
        chip_set_pll_lock_us(200);
        uint64_t start = chip_cycles();
        set_sys_clock_khz(133000, true);
        assert_in_range(chip_cycles() - start, 48 * 200, 48 * 200 + 1); // meanwhile clk_sys was the USB clock
        assert_int_equal(clock_get_hz(clk_sys), 133000000);
        assert_int_equal(clock_get_hz(clk_peri), 48000000);
        start = chip_cycles();
        set_sys_clock_khz(133000, true); // it is locked already
        assert_true(chip_cycles() == start);
        set_sys_clock_48mhz();
        assert_int_equal(clock_get_hz(clk_sys), 48000000);
        set_sys_clock_khz(133000, true);
        assert_in_range(chip_cycles() - start, 48 * 200, 48 * 200 + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_small_fraction),
        cmocka_unit_test(test_large_fractions),
        cmocka_unit_test(test_no_drift),
        cmocka_unit_test(test_fractions_that_are_none),
        cmocka_unit_test(test_a_new_fraction_starts_at_its_write),
        cmocka_unit_test(test_four_timers_and_who_listens),
        cmocka_unit_test(test_pulses_are_remembered),
        cmocka_unit_test(test_idle_channels_hear_nothing),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_the_timer_stays_true),
        cmocka_unit_test(test_counters_follow_the_clock),
        cmocka_unit_test(test_waits_last_as_long),
        cmocka_unit_test(test_clock_configure),
        cmocka_unit_test(test_clocks_after_boot_and_by_the_pll),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
