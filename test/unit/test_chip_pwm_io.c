// What the virtual chip's PWM tells others: wrap interrupts, requests to the DMA, and the decoder's periods, against the
// arithmetic of pwm_wave.h.

#include "chip/chip.h"
#include "hardware/dma.h"
#include "hardware/irq.h"
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
                pwm_wave_t w = {99, 0, 24, zigzag, false}; // no pin moves: the wraps alone
                uint64_t start = pwm_wave_start(8, &w, &w);
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
        pwm_wave_t w = {10, 0, 16, false, false};
        dma_channel_config config = dma_channel_get_default_config(0);
        channel_config_set_dreq(&config, pwm_get_dreq(5));
        channel_config_set_transfer_data_size(&config, DMA_SIZE_32);
        uint64_t start = pwm_wave_start(10, &w, &w);
        dma_channel_configure(0, &config, &pwm_hw->slice[5].cc, levels, 40, true);
        chip_run_until(start + 11ull * 42);
        assert_false(dma_channel_is_busy(0));
        assert_int_equal(chip_violations(NULL, 0), 0);
        // wrap k, in cycle start + 11 (k + 1), asks; read in the next cycle, written two later, latched at wrap k + 1
        for (uint32_t i = 0; i < 40; i++) {
            pwm_wave_t a = {10, levels[i] & 0xffff, 16, false, false};
            pwm_wave_t c = {10, levels[i] >> 16, 16, false, false};
            uint64_t from = start + 11ull * (i + 2);
            for (uint64_t cycle = from + 1; cycle <= from + 11 && cycle <= chip_cycles(); cycle++) {
                assert_int_equal(pwm_wave_recorded(10, cycle, false), pwm_wave_level(&a, from, cycle));
                assert_int_equal(pwm_wave_recorded(11, cycle, false), pwm_wave_level(&c, from, cycle));
            }
        }
    }
}

static void test_requests_are_remembered(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    uint32_t *memory = rig_sram(4 * 200, 4, "memory");
    pwm_wave_t w = {9, 0, 16, false, false};
    dma_channel_config config = dma_channel_get_default_config(0);
    channel_config_set_dreq(&config, pwm_get_dreq(1));
    channel_config_set_write_increment(&config, true);
    channel_config_set_enable(&config, false);
    pwm_wave_start(2, &w, &w);
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
    after(10 * 150);
    assert_int_equal(dma_hw->ch[0].transfer_count, left);
    channel_config_set_enable(&config, true);
    dma_channel_set_config(0, &config, false);
    after(80);
    assert_in_range(left - dma_hw->ch[0].transfer_count, 63 + 7, 63 + 8);
    channel_config_set_enable(&config, false);
    dma_channel_set_config(0, &config, false);
    after(10 * 150); // more requests than words are left
    channel_config_set_enable(&config, true);
    dma_channel_set_config(0, &config, false);
    after(40);
    assert_false(dma_channel_is_busy(0));
    dma_channel_start(0); // what was asked for then does not count now
    after(25);
    assert_in_range(100 - dma_hw->ch[0].transfer_count, 2, 3);
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
        pwm_wave_t w = {12, 0, 16, zigzag, false};
        dma_channel_config config = dma_channel_get_default_config(0);
        channel_config_set_dreq(&config, pwm_get_dreq(6));
        uint64_t start = pwm_wave_start(12, &w, &w);
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
    pwm_wave_t w = {6, 3, 37, false, false};
    uint64_t start = pwm_wave_start(0, &w, &w);
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
    static const chip_pwm_config_t other = {CHIP_NO_PIN, 5};
    for (unsigned i = 0; i < 12; i++)
        assert_true(chip_pwm_listen(&pwm[i], i ? &right : &other, NULL, NULL));
    assert_false(chip_pwm_listen(&pwm[12], &right, NULL, NULL));
    pwm_wave_t w = {9, 3, 16, false, false};
    uint64_t start = pwm_wave_start(0, &w, &w);
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
    assert_int_equal(pwm[0].frames, 0);
    pwm_wave_start(4, &w, &w);
    after(105);
    assert_int_equal(pwm[0].frames, 10);
    assert_int_equal(pwm[0].cut, 0);
    assert_in_range(pwm[11].frames, 23, 25);
}

// Whoever stops listening makes room, and the others hear on.
static void test_decoders_come_and_go(void **state)
{
    (void)state;
    rig_boot("pico", 0);
    static heard_t heard[2];
    memset(heard, 0, sizeof heard);
    chip_pwm_t staying, gone;
    const chip_pwm_config_t pins = {0, 1};
    assert_true(chip_pwm_listen(&staying, &pins, on_period, &heard[0]));
    for (unsigned time = 0; time < 40; time++) {
        assert_true(chip_pwm_listen(&gone, &pins, on_period, &heard[1]));
        chip_pwm_unlisten(&gone);
    }
    chip_pwm_unlisten(&gone); // harmless
    pwm_wave_t w = {6, 3, 37, false, false};
    uint64_t start = pwm_wave_start(0, &w, &w);
    chip_run_until(start + 7ull * 37 * 12);
    assert_true(heard[0].n > 100);
    assert_int_equal(heard[0].a[10] > 0, true);
    assert_int_equal(heard[1].n, 0);
    unsigned until = heard[0].n;
    chip_pwm_unlisten(&staying);
    chip_run_until(start + 7ull * 37 * 24);
    assert_int_equal(heard[0].n, until);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrap_interrupts),
        cmocka_unit_test(test_forced_interrupts),
        cmocka_unit_test(test_wraps_pace_the_dma),
        cmocka_unit_test(test_requests_are_remembered),
        cmocka_unit_test(test_narrow_writes_fill_both_channels),
        cmocka_unit_test(test_decoder),
        cmocka_unit_test(test_decoder_with_fractions),
        cmocka_unit_test(test_decoder_refuses_and_notices),
        cmocka_unit_test(test_decoders_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
