// Every kernel against the definition: every value of 8 and 16 bits, edges, ties and 10^6 random values of wider ones;
// every small frame count at every alignment, with nothing read or written outside; and the way back from widening.
#include "test/support/convert_reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifndef TEST_RANDOM_VALUES // fewer where an emulator is slow, and another test has them all
#define TEST_RANDOM_VALUES 1000000
#endif

enum {
    RANDOM_VALUES = TEST_RANDOM_VALUES,
    TIE_VALUES = 65536 * 5, // every 16-bit top with the lower parts below
    EDGE_VALUES = 32 * 3 * 2,
    WIDE_VALUES = RANDOM_VALUES + TIE_VALUES + EDGE_VALUES,
    CHUNK = 1 << 16, // values at a time, so that a board's memory will do
};

// ---- values to be swept ----------------------------------------------------------------------------------------------

static size_t values_of(ta_sample_t sample)
{
    unsigned bytes = ta_sample_bytes(sample);
    return bytes == 1 ? 256 : bytes == 2 ? 65536 : WIDE_VALUES;
}

// Parts of a sample below its 16 top bits: nothing, just under half, half, just over half, all but a whole.
static uint32_t tie(ta_sample_t sample, size_t index)
{
    static const uint32_t low24[5] = {0, 0x7F, 0x80, 0x81, 0xFF};
    static const uint32_t low32[5] = {0, 0x7FFF, 0x8000, 0x8001, 0xFFFF};
    uint32_t top = (uint32_t)(index / 5);
    return sample == TA_SAMPLE_S32 ? top * 65536 + low32[index % 5] : top * 256 + low24[index % 5];
}

// Powers of two and their neighbours, of both signs; for s32 these are the ties of 24 bits too.
static uint32_t edge(size_t index)
{
    uint32_t power = (uint32_t)1 << (index / 6);
    uint32_t near = power + (uint32_t)(index % 3) - 1;
    return index % 6 < 3 ? near : 0 - near;
}

static uint32_t value_at(ta_sample_t sample, size_t index, const uint32_t *random)
{
    if (values_of(sample) != WIDE_VALUES) {
        return (uint32_t)index;
    }
    if (index < TIE_VALUES) {
        return tie(sample, index);
    }
    index -= TIE_VALUES;
    return index < EDGE_VALUES ? edge(index) : random[index - EDGE_VALUES];
}

static uint32_t *random_values(const char *test, uint64_t fallback)
{
    uint64_t seed = reference_seed(test, fallback);
    uint32_t *values = malloc(RANDOM_VALUES * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < RANDOM_VALUES; i++) {
        values[i] = reference_random(&seed);
    }
    return values;
}

// Values of a format as frames, a chunk of them; with two channels, the right one runs backwards, so that each has every
// value and never its neighbour's. Returns frames, 0 behind the last.
static size_t some_values(ta_sample_t sample, unsigned channels, const uint32_t *random, size_t first, uint8_t *in)
{
    const size_t all = values_of(sample);
    const size_t bytes = ta_sample_bytes(sample);
    const size_t count = all - first < CHUNK ? all - first : CHUNK;
    for (size_t i = 0; i < count; i++) {
        reference_write(sample, in + i * channels * bytes, value_at(sample, first + i, random));
        if (channels == 2) {
            reference_write(sample, in + (i * 2 + 1) * bytes, value_at(sample, all - 1 - first - i, random));
        }
    }
    return count;
}

// ---- checking --------------------------------------------------------------------------------------------------------

typedef struct {
    ta_sample_t sample;
    unsigned channels;
    ta_wire_t wire;
} pair_t;

enum { PAIRS = TA_SAMPLES * 2 * TA_WIRES };

static pair_t pair_at(unsigned index)
{
    return (pair_t){(ta_sample_t)(index / (2 * TA_WIRES)), index / TA_WIRES % 2 + 1, (ta_wire_t)(index % TA_WIRES)};
}

static size_t check_frames(pair_t pair, const uint8_t *in, const uint8_t *out, size_t frames)
{
    const size_t bytes = ta_sample_bytes(pair.sample);
    size_t checked = 0;
    for (size_t frame = 0; frame < frames; frame++) {
        for (unsigned channel = 0; channel < 2; channel++) {
            size_t index = frame * pair.channels + (pair.channels == 2 ? channel : 0);
            int64_t want =
                reference_at_bits(reference_read(pair.sample, in + index * bytes), reference_wire_bits(pair.wire));
            int64_t got = reference_on_wire(pair.wire, out, frame, channel);
            if (got != want) {
                fail_msg("%s x%u to %u bits: frame %zu of %zu, channel %u: %lld instead of %lld",
                         ta_sample_name(pair.sample), pair.channels, reference_wire_bits(pair.wire), frame, frames,
                         channel, (long long)got, (long long)want);
            }
            checked++;
        }
    }
    return checked;
}

static uint8_t chunk_in[CHUNK * 8];
static _Alignas(8) uint8_t chunk_out[CHUNK * 8];

static void test_every_value(void **state)
{
    (void)state;
    uint32_t *random = random_values("every value", 0x70A1);
    size_t checked = 0;
    for (unsigned i = 0; i < PAIRS; i++) {
        pair_t pair = pair_at(i);
        ta_kernel_t *kernel = ta_convert_kernel(pair.sample, pair.channels, pair.wire);
        assert_non_null(kernel);
        for (size_t first = 0; first < values_of(pair.sample); first += CHUNK) {
            size_t frames = some_values(pair.sample, pair.channels, random, first, chunk_in);
            kernel(chunk_in, chunk_out, frames);
            checked += check_frames(pair, chunk_in, chunk_out, frames);
        }
    }
    free(random);
    print_message("every value: %zu samples checked in %d kernels\n", checked, (int)PAIRS);
    // formats x (mono, stereo) x wires x channels out
    assert_int_equal(checked, (2 * 256 + 2 * 65536 + 3 * (size_t)WIDE_VALUES) * 2 * TA_WIRES * 2);
}

// Input in a heap block of its own that ends with the last sample, so that a sanitizer sees a byte read too many; output
// between guards, so that this test sees a byte written too many.
static size_t check_place(pair_t pair, size_t frames, size_t offset, uint64_t *seed)
{
    enum { GUARD = 16, GUARD_BYTE = 0xA5, MOST = 67 * 8 };
    const size_t in_bytes = frames * pair.channels * ta_sample_bytes(pair.sample);
    const size_t out_bytes = frames * ta_wire_frame_bytes(pair.wire);
    _Alignas(8) uint8_t out[GUARD + MOST + GUARD];
    uint8_t *block = malloc(offset + in_bytes);
    assert_non_null(block);
    uint8_t *in = block + offset;
    for (size_t i = 0; i < in_bytes; i++) {
        in[i] = (uint8_t)reference_random(seed);
    }
    memset(out, GUARD_BYTE, sizeof out);
    ta_convert_kernel(pair.sample, pair.channels, pair.wire)(in, out + GUARD, frames);
    size_t checked = check_frames(pair, in, out + GUARD, frames);
    for (size_t i = 0; i < sizeof out; i++) {
        bool outside = i < GUARD || i >= GUARD + out_bytes;
        if (outside && out[i] != GUARD_BYTE) {
            fail_msg("%s x%u, %zu frames: wrote at %zd, of %zu bytes", ta_sample_name(pair.sample), pair.channels,
                     frames, (ssize_t)i - GUARD, out_bytes);
        }
    }
    free(block);
    return checked;
}

static void test_every_count_and_alignment(void **state)
{
    (void)state;
    enum { COUNTS = 68, OFFSETS = 8 };
    uint64_t seed = reference_seed("counts and alignments", 0x70A2);
    size_t checked = 0;
    size_t cases = 0;
    for (unsigned i = 0; i < PAIRS; i++) {
        for (size_t frames = 0; frames < COUNTS; frames++) {
            for (size_t offset = 0; offset < OFFSETS; offset++) {
                checked += check_place(pair_at(i), frames, offset, &seed);
                cases++;
            }
        }
    }
    print_message("counts and alignments: %zu cases, %zu samples checked\n", cases, checked);
    assert_int_equal(cases, PAIRS * COUNTS * OFFSETS);
    assert_int_equal(checked, (size_t)PAIRS * OFFSETS * 2 * (COUNTS * (COUNTS - 1) / 2));
}

// ---- the way back ----------------------------------------------------------------------------------------------------

// The source's bits from what is on the wire; only right if widening kept them all.
static uint32_t way_back(pair_t pair, int64_t on_wire)
{
    const unsigned source_bits = pair.sample <= TA_SAMPLE_S16 ? 16 : pair.sample == TA_SAMPLE_S32 ? 32 : 24;
    int64_t value = on_wire;
    for (unsigned bits = source_bits; bits < reference_wire_bits(pair.wire); bits++) {
        assert_int_equal(value % 2, 0);
        value /= 2;
    }
    switch (pair.sample) {
    case TA_SAMPLE_U8:
        assert_int_equal((value + 32768) % 257, 0);
        return (uint32_t)((value + 32768) / 257);
    case TA_SAMPLE_S8:
        value = value < 0 ? value + 65536 : value;
        assert_int_equal(value % 257, 0);
        return (uint32_t)(value / 257);
    case TA_SAMPLE_U16:
        return (uint32_t)(value + 32768);
    case TA_SAMPLE_S16:
        return (uint32_t)(value < 0 ? value + 65536 : value);
    case TA_SAMPLE_S24:
    case TA_SAMPLE_S24IN32:
        return (uint32_t)(value < 0 ? value + (1 << 24) : value);
    case TA_SAMPLE_S32:
    case TA_SAMPLES:
    default:
        return (uint32_t)value;
    }
}

static size_t check_way_back(pair_t pair, const uint32_t *random)
{
    const uint32_t mask = pair.sample == TA_SAMPLE_S24 || pair.sample == TA_SAMPLE_S24IN32 ? 0xFFFFFF : 0xFFFFFFFF;
    size_t undone = 0;
    for (size_t first = 0; first < values_of(pair.sample); first += CHUNK) {
        size_t frames = some_values(pair.sample, pair.channels, random, first, chunk_in);
        ta_convert_kernel(pair.sample, pair.channels, pair.wire)(chunk_in, chunk_out, frames);
        for (size_t i = 0; i < frames; i++) {
            uint32_t back = way_back(pair, reference_on_wire(pair.wire, chunk_out, i, 0));
            uint32_t source = value_at(pair.sample, first + i, random) & mask;
            if (back != source) {
                fail_msg("%s to %u bits: 0x%X came back as 0x%X", ta_sample_name(pair.sample),
                         reference_wire_bits(pair.wire), source, back);
            }
        }
        undone += frames;
    }
    return undone;
}

static void test_widening_can_be_undone(void **state)
{
    (void)state;
    uint32_t *random = random_values("widening", 0x70A3);
    size_t undone = 0;
    unsigned pairs = 0;
    for (unsigned i = 0; i < PAIRS; i++) {
        pair_t pair = pair_at(i);
        bool fits = pair.sample <= TA_SAMPLE_S16 || pair.wire == TA_WIRE_S32 ||
                    (pair.wire == TA_WIRE_S24 && pair.sample != TA_SAMPLE_S32);
        if (fits) {
            undone += check_way_back(pair, random);
            pairs++;
        }
    }
    free(random);
    print_message("widening: %zu values undone in %u kernels\n", undone, pairs);
    assert_int_equal(pairs, 2 * (4 * 3 + 2 * 2 + 1));
    assert_int_equal(undone, 2 * (3 * (2 * 256 + 2 * 65536) + (2 * 2 + 1) * (size_t)WIDE_VALUES));
}

// ---- which kernels there are -----------------------------------------------------------------------------------------

static void test_no_kernel_outside_the_table(void **state)
{
    (void)state;
    assert_null(ta_convert_kernel(TA_SAMPLES, 1, TA_WIRE_S16));
    assert_null(ta_convert_kernel((ta_sample_t)-1, 1, TA_WIRE_S16));
    assert_null(ta_convert_kernel(TA_SAMPLE_S16, 0, TA_WIRE_S16));
    assert_null(ta_convert_kernel(TA_SAMPLE_S16, 3, TA_WIRE_S16));
    assert_null(ta_convert_kernel(TA_SAMPLE_S16, 2, TA_WIRES));
    assert_null(ta_convert_kernel(TA_SAMPLE_S16, 2, (ta_wire_t)-1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_value),
        cmocka_unit_test(test_every_count_and_alignment),
        cmocka_unit_test(test_widening_can_be_undone),
        cmocka_unit_test(test_no_kernel_outside_the_table),
    };
    return cmocka_run_group_tests_name("convert", tests, NULL, NULL);
}
