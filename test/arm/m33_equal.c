// On a Cortex-M33: what DSP instructions do must be what the portable parts do, for kernels and for the general path, frames and
// state. The library is linked twice, once with TA_CFG_TUNED=0 and every public name of convert.h with portable_ in front.
//
// Values: all of 8 bits in pairs, all of 16 bits, and of wider samples every 16-bit top with the ties below it and 10^6 random
// ones. What the results have to be, test/sweep says, on this processor too.
#include "tonearm/convert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CHUNK = 1 << 14, RANDOM_VALUES = 1000000, TIES = 5, WIDE_VALUES = 65536 * TIES + RANDOM_VALUES };

ta_kernel_t *portable_convert_kernel(ta_sample_t sample, unsigned channels, ta_wire_t wire);
void portable_shape_run(ta_shape_t *shape, ta_sample_t sample, unsigned channels, const void *in, void *out,
                        size_t frames);

static _Alignas(8) uint8_t in[CHUNK * 8];
static _Alignas(8) uint8_t out[2][CHUNK * 8];
static uint32_t seed = 0x33333333;

static uint32_t random32(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    return seed ^= seed << 5;
}

// ---- kernels ----------------------------------------------------------------------------------------------------------

static size_t values_of(ta_sample_t sample)
{
    unsigned bytes = ta_sample_bytes(sample);
    return bytes == 1 ? 65536 : bytes == 2 ? 65536 : WIDE_VALUES;
}

static uint32_t wide_value(ta_sample_t sample, size_t index)
{
    static const uint32_t below[2][TIES] = {{0, 0x7F, 0x80, 0x81, 0xFF}, {0, 0x7FFF, 0x8000, 0x8001, 0xFFFF}};
    if (index >= 65536 * TIES) {
        return random32();
    }
    uint32_t top = (uint32_t)(index / TIES);
    return sample == TA_SAMPLE_S32 ? top * 65536 + below[1][index % TIES] : top * 256 + below[0][index % TIES];
}

static void put(ta_sample_t sample, size_t place, uint32_t value)
{
    const unsigned bytes = ta_sample_bytes(sample);
    for (unsigned i = 0; i < bytes; i++) {
        in[place * bytes + i] = (uint8_t)(value >> (8 * i));
    }
}

// Two samples for each index; with one channel the second is another frame.
static void fill_pair(ta_sample_t sample, size_t place, size_t index)
{
    const unsigned bytes = ta_sample_bytes(sample);
    if (bytes == 1) {
        put(sample, place, (uint32_t)index & 0xFF);
        put(sample, place + 1, (uint32_t)index >> 8);
    } else if (bytes == 2) {
        put(sample, place, (uint32_t)index);
        put(sample, place + 1, random32());
    } else {
        put(sample, place, wide_value(sample, index));
        put(sample, place + 1, wide_value(sample, WIDE_VALUES - 1 - index));
    }
}

// Each value once where both samples of a pair are frames of their own, else once in each channel.
static size_t pairs_of(ta_sample_t sample, unsigned channels)
{
    return values_of(sample) == WIDE_VALUES && channels == 1 ? WIDE_VALUES / 2 : values_of(sample);
}

static size_t check_kernels(ta_sample_t sample, unsigned channels)
{
    const size_t all = pairs_of(sample, channels);
    size_t values = 0;
    for (size_t first = 0; first < all; first += CHUNK / 2) {
        size_t pairs = all - first < CHUNK / 2 ? all - first : CHUNK / 2;
        for (size_t i = 0; i < pairs; i++) {
            fill_pair(sample, 2 * i, first + i);
        }
        for (unsigned wire = 0; wire < TA_WIRES; wire++) {
            ta_kernel_t *kernel = ta_convert_kernel(sample, channels, (ta_wire_t)wire);
            ta_kernel_t *portable = portable_convert_kernel(sample, channels, (ta_wire_t)wire);
            assert_true(kernel != NULL && portable != NULL && kernel != portable);
            const size_t frames = 2 * pairs / channels;
            kernel(in, out[0], frames);
            portable(in, out[1], frames);
            assert_memory_equal(out[0], out[1], frames * ta_wire_frame_bytes((ta_wire_t)wire));
            values += 2 * pairs;
        }
    }
    return values;
}

static void test_kernels_equal_the_portable_ones(void **state)
{
    (void)state;
    size_t values = 0;
    for (unsigned i = 0; i < TA_SAMPLES * 2; i++) {
        values += check_kernels((ta_sample_t)(i / 2), i % 2 + 1);
    }
    print_message("kernels: %zu values\n", values);
    assert_int_equal(values, 3 * 2 * (2 * 4 * 65536 + 3 * (WIDE_VALUES + WIDE_VALUES / 2)));
}

// ---- the general path -------------------------------------------------------------------------------------------------

static size_t run(ta_shape_t shapes[2], ta_sample_t sample, unsigned channels, size_t frames)
{
    memset(out, 0xA5, sizeof out);
    ta_shape_run(&shapes[0], sample, channels, in, out[0], frames);
    portable_shape_run(&shapes[1], sample, channels, in, out[1], frames);
    assert_memory_equal(out[0], out[1], sizeof out[0]);
    assert_memory_equal(&shapes[0], &shapes[1], sizeof shapes[0]);
    return frames;
}

static void init(ta_shape_t shapes[2], ta_wire_t wire, uint32_t gain_q16, bool mono, bool dither)
{
    memset(shapes, 0, 2 * sizeof shapes[0]);
    ta_shape_init(&shapes[0], wire);
    shapes[0].gain_q16 = shapes[0].target_q16 = gain_q16;
    shapes[0].mono = mono;
    shapes[0].dither = dither;
    memcpy(&shapes[1], &shapes[0], sizeof shapes[0]);
}

static const struct {
    uint32_t gain_q16;
    bool mono, dither;
} ways[] = {{0x10000, true, false},  {0x7FFF, false, false},  {0xFFFF, true, false},
            {0x18000, false, false}, {0x2FFFF, false, false}, {0x40000, false, false},
            {0x10000, false, true},  {0xC000, true, true},    {0x3FFFF, false, true}};
enum { WAYS = sizeof ways / sizeof ways[0] };

static void test_stages_equal_the_portable_ones(void **state)
{
    (void)state;
    size_t frames = 0;
    for (size_t first = 0; first < WIDE_VALUES; first += CHUNK / 2) {
        for (size_t i = 0; i < CHUNK / 2; i++) {
            fill_pair(TA_SAMPLE_S32, 2 * i, (first + i) % WIDE_VALUES);
        }
        for (unsigned way = 0; way < WAYS; way++) {
            ta_shape_t shapes[2];
            init(shapes, (ta_wire_t)((first / CHUNK + way) % TA_WIRES), ways[way].gain_q16, ways[way].mono,
                 ways[way].dither);
            frames += run(shapes, TA_SAMPLE_S32, 2, CHUNK / 2);
        }
    }
    print_message("stages: %zu frames of 32 bits\n", frames);
    assert_true(frames >= WAYS * (size_t)WIDE_VALUES);
}

static void test_words_and_levels_equal_the_portable_ones(void **state)
{
    (void)state;
    static const uint16_t tops[] = {255, 1000, 1301, 2047};
    size_t frames = 0;
    for (unsigned turn = 0; turn < 3 * WAYS * 2; turn++) {
        ta_shape_t shapes[2];
        const unsigned way = turn % WAYS;
        init(shapes, turn < WAYS ? TA_WIRE_S16 : TA_WIRE_PWM, ways[way].gain_q16, ways[way].mono, ways[way].dither);
        if (turn >= WAYS) {
            ta_shape_set_pwm(&shapes[0], tops[turn % 4], (ta_pwm_rounding_t)(turn % 3));
            memcpy(&shapes[1], &shapes[0], sizeof shapes[0]);
        }
        for (size_t first = 0; first < 65536; first += CHUNK / 2) {
            for (size_t i = 0; i < CHUNK / 2; i++) {
                bool silent = turn >= WAYS && i / 100 % 4 == 0; // long enough to put PWM to rest
                put(TA_SAMPLE_S16, 2 * i, silent ? 0 : (uint32_t)(first + i));
                put(TA_SAMPLE_S16, 2 * i + 1, silent ? 0 : random32());
            }
            frames += run(shapes, TA_SAMPLE_S16, 2, CHUNK / 2);
        }
        ta_shape_set_gain(&shapes[0], 0x2345);
        ta_shape_set_gain(&shapes[1], 0x2345);
        for (size_t count = 0; count < 40; count++) {
            frames += run(shapes, TA_SAMPLE_S24, 2, count) + run(shapes, TA_SAMPLE_S32, 2, 100 + count);
        }
    }
    print_message("words and levels: %zu frames\n", frames);
    assert_int_equal(frames, 3 * WAYS * 2 * (65536 + 40 * 100 + 39 * 40));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels_equal_the_portable_ones),
        cmocka_unit_test(test_stages_equal_the_portable_ones),
        cmocka_unit_test(test_words_and_levels_equal_the_portable_ones),
    };
    return cmocka_run_group_tests_name("equal", tests, NULL, NULL);
}
