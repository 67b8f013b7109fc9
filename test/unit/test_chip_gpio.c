// The virtual chip's pins as programs drive them, an amplifier's enable pin for one; and many listeners and decoders at a
// time, each of which hears its own pins and nothing else.

#include "chip/chip.h"
#include "hardware/gpio.h"
#include "pico/stdlib.h"
#include "test/support/chip_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void test_an_enable_pin(void **state)
{
    (void)state;
    enum { PIN = 22 };
    rig_boot("pico", 8);
    chip_claims_t claims;
    gpio_put(PIN, true); // before it is an output: nothing to be seen
    assert_int_equal(rig_record.events, 0);
    gpio_init(PIN); // an input, low
    chip_claims(&claims);
    assert_true(claims.pins == 1ull << PIN);
    assert_false(gpio_is_dir_out(PIN));
    gpio_pull_up(PIN); // a board's resistor
    assert_true(gpio_get(PIN));
    gpio_set_dir(PIN, GPIO_OUT);
    assert_false(gpio_get(PIN));
    rig_forget();
    gpio_put(PIN, true);
    uint64_t on = chip_cycles();
    sleep_us(5000);
    gpio_put(PIN, false);
    uint64_t off = chip_cycles();
    assert_int_equal(rig_record.events, 2);
    assert_true(rig_record.event[0].cycle == on && rig_record.event[0].levels >> PIN & 1);
    assert_true(rig_record.event[1].cycle == off && !(rig_record.event[1].levels >> PIN & 1));
    assert_in_range(chip_cycles_to_ns(off) - chip_cycles_to_ns(on), 4999000, 5001000);
    gpio_put(PIN, false); // no change, nothing to be told
    assert_int_equal(rig_record.events, 2);
    gpio_set_dir(PIN, GPIO_IN);
    assert_true(gpio_get(PIN)); // pulled up
    gpio_disable_pulls(PIN);
    assert_false(gpio_get(PIN));
    gpio_deinit(PIN);
    assert_true(chip_claims_none());
}

static void test_masks(void **state)
{
    (void)state;
    rig_boot("pimoroni-pico-plus-2", 8);
    gpio_init_mask(0xf0);
    gpio_init(40);
    gpio_set_dir_out_masked(0xf0);
    gpio_set_dir(40, true);
    rig_forget();
    gpio_put_masked(0x60, 0xffff);
    assert_true(chip_pins() == 0x60);
    gpio_set_mask(0x80);
    assert_true(chip_pins() == 0xe0);
    gpio_clr_mask(0x40);
    assert_true(chip_pins() == 0xa0);
    gpio_xor_mask(0xf0);
    assert_true(chip_pins() == 0x50);
    gpio_put_masked64(1ull << 40 | 0x10, 1ull << 40);
    assert_true(chip_pins() == (1ull << 40 | 0x40));
    assert_int_equal(rig_record.events, 5); // all pins of a mask change in one cycle
    assert_true(rig_record.event[3].changed == 0xf0);
    gpio_xor_mask64(1ull << 40 | 0x10);
    gpio_clr_mask64(0x40);
    gpio_set_mask64(0x20);
    assert_true(chip_pins() == 0x30);
    gpio_set_dir_masked(0x30, 0x20);
    assert_true(chip_pins() == 0x20);
    gpio_set_dir_masked64(0x30, 0x10);
    assert_true(chip_pins() == 0x10);
    gpio_set_dir_in_masked(0xf0);
    assert_true(chip_pins() == 0);
    gpio_set_function_masked(0xf0, GPIO_FUNC_NULL);
    gpio_set_function_masked64(1ull << 40, GPIO_FUNC_NULL);
    assert_true(chip_claims_none());
}

static void put_a_pin_that_is_not_there(void)
{
    rig_boot("pico", 8);
    gpio_set_mask(1u << 30);
}

static void test_pins_that_are_not_there(void **state)
{
    (void)state;
    assert_true(rig_panics(put_a_pin_that_is_not_there, "only 30 pins"));
}

// ---- listeners and decoders ----------------------------------------------------------------------------------------

typedef struct {
    unsigned heard;
    uint64_t mask, last;
} ear_t;

static void on_pins(void *context, uint64_t cycle, uint64_t levels, uint64_t changed)
{
    ear_t *ear = context;
    assert_true(changed & ear->mask);
    assert_true(cycle >= ear->last);
    (void)levels;
    ear->last = cycle;
    ear->heard++;
}

static void test_many_listeners(void **state)
{
    (void)state;
    rig_boot("pico", 8); // with the rig's own listener
    static ear_t ears[CHIP_LISTENERS_MAX];
    memset(ears, 0, sizeof ears);
    for (unsigned i = 0; i < CHIP_LISTENERS_MAX - 1u; i++) {
        ears[i].mask = 1ull << i % 30 | 1ull << i * 7 % 30;
        assert_true(chip_pins_listen(ears[i].mask, on_pins, &ears[i]));
    }
    assert_false(chip_pins_listen(1, on_pins, &ears[CHIP_LISTENERS_MAX - 1]));
    gpio_init_mask(0x3fffffff);
    gpio_set_dir_out_masked(0x3fffffff);
    unsigned expected[CHIP_LISTENERS_MAX] = {0};
    uint32_t levels = 0, seed = 1;
    for (unsigned n = 0; n < 300; n++) {
        seed = seed * 1664525u + 1013904223u;
        uint32_t next = seed >> 2 & seed << 3 & 0x3fffffff;
        for (unsigned i = 0; i < CHIP_LISTENERS_MAX - 1u; i++)
            expected[i] += ((levels ^ next) & ears[i].mask) != 0;
        levels = next;
        gpio_put_masked(0x3fffffff, next);
    }
    for (unsigned i = 0; i < CHIP_LISTENERS_MAX - 1u; i++)
        assert_int_equal(ears[i].heard, expected[i]);
}

enum { OUTPUTS = 8, FRAMES = 20 };

typedef struct {
    int32_t left[FRAMES + 4], right[FRAMES + 4];
    unsigned n;
} frames_t;

static void on_frame(void *context, uint64_t cycle, int32_t left, int32_t right)
{
    frames_t *frames = context;
    (void)cycle;
    assert_true(frames->n < FRAMES + 4);
    frames->left[frames->n] = left;
    frames->right[frames->n++] = right;
}

/// Eight outputs of three pins each, driven bit by bit in turns: what output o sends in frame f.
static uint16_t sample(unsigned o, unsigned f, unsigned right)
{
    return (uint16_t)((o + 1) * 7919u + f * 104729u + right * 31337u);
}

/// One bit clock of every output, data and word select with the falling edge. Philips: word select a clock earlier.
static void send_clock(unsigned clock)
{
    uint32_t low = 0;
    uint32_t clocks = 0;
    for (unsigned o = 0; o < OUTPUTS; o++) {
        unsigned bit = clock - 1; // bit 0 is the most significant one of frame 0's left sample
        unsigned level = clock ? (unsigned)sample(o, bit / 32, bit / 16 & 1) >> (15 - bit % 16) & 1 : 0;
        low |= level << 3 * o | (clock / 16 & 1) << (3 * o + 2);
        clocks |= 1u << (3 * o + 1);
    }
    gpio_put_masked(0xffffff, low);
    gpio_set_mask(clocks);
}

static void test_many_decoders(void **state)
{
    (void)state;
    rig_boot("pico", 8);
    static frames_t heard[OUTPUTS];
    static chip_i2s_t decoder[OUTPUTS];
    memset(heard, 0, sizeof heard);
    gpio_init_mask(0xffffff);
    gpio_set_dir_out_masked(0xffffff);
    gpio_put_masked(0xffffff, 0x924924); // word select rests high
    for (unsigned o = 0; o < OUTPUTS; o++) {
        const chip_i2s_config_t config = {.data_pin = (uint8_t)(3 * o),
                                          .bclk_pin = (uint8_t)(3 * o + 1),
                                          .ws_pin = (uint8_t)(3 * o + 2),
                                          .bits_per_channel = 16};
        assert_true(chip_i2s_listen(&decoder[o], &config, on_frame, &heard[o]));
    }
    for (unsigned clock = 0; clock <= FRAMES * 32; clock++)
        send_clock(clock);
    for (unsigned o = 0; o < OUTPUTS; o++) {
        assert_int_equal(heard[o].n, FRAMES);
        assert_int_equal(decoder[o].malformed, 0);
        for (unsigned f = 0; f < FRAMES; f++) {
            assert_int_equal((uint32_t)heard[o].left[f] >> 16, sample(o, f, 0));
            assert_int_equal((uint32_t)heard[o].right[f] >> 16, sample(o, f, 1));
        }
    }
}

// Outputs come and go for as long as a program lives: whoever stops listening makes room, and the others hear on.
static void test_decoders_come_and_go(void **state)
{
    (void)state;
    rig_boot("pico", 8);
    static frames_t heard[2], gone;
    static chip_i2s_t decoder[2], other;
    memset(heard, 0, sizeof heard);
    memset(&gone, 0, sizeof gone);
    gpio_init_mask(0xffffff);
    gpio_set_dir_out_masked(0xffffff);
    gpio_put_masked(0xffffff, 0x924924);
    const chip_i2s_config_t config = {.data_pin = 0, .bclk_pin = 1, .ws_pin = 2, .bits_per_channel = 16};
    const chip_i2s_config_t beside = {.data_pin = 3, .bclk_pin = 4, .ws_pin = 5, .bits_per_channel = 16};
    assert_true(chip_i2s_listen(&decoder[0], &config, on_frame, &heard[0]));
    for (unsigned time = 0; time < 3 * CHIP_LISTENERS_MAX; time++) {
        assert_true(chip_i2s_listen(&other, &beside, on_frame, &gone));
        chip_i2s_unlisten(&other);
    }
    chip_i2s_unlisten(&other); // harmless
    assert_true(chip_i2s_listen(&decoder[1], &beside, on_frame, &heard[1]));
    for (unsigned clock = 0; clock <= FRAMES * 32; clock++)
        send_clock(clock);
    for (unsigned o = 0; o < 2; o++) {
        assert_int_equal(heard[o].n, FRAMES);
        assert_int_equal((uint32_t)heard[o].left[FRAMES - 1] >> 16, sample(o, FRAMES - 1, 0));
    }
    assert_int_equal(gone.n, 0);
    chip_i2s_unlisten(&decoder[0]);
    for (unsigned clock = 0; clock <= 3 * 32; clock++)
        send_clock(clock);
    assert_int_equal(heard[0].n, FRAMES);
    assert_true(heard[1].n > FRAMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_enable_pin),           cmocka_unit_test(test_masks),
        cmocka_unit_test(test_pins_that_are_not_there), cmocka_unit_test(test_many_listeners),
        cmocka_unit_test(test_many_decoders),           cmocka_unit_test(test_decoders_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
