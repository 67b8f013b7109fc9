// float32 to s32 against llrint of x * 2^31 in double, which is exact: every exponent, edges, ties, 10^6 random bit
// patterns, NaN, infinities and denormals; at every alignment; in place; and in every rounding mode of the processor.
#include "test/support/convert_reference.h"

#include <fenv.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RANDOM_VALUES = 1000000 };

static int32_t reference(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    if (isnan(value)) {
        return 0;
    }
    double scaled = (double)value * 2147483648.0;
    if (scaled >= 2147483647.0) {
        return INT32_MAX;
    }
    return scaled <= -2147483648.0 ? INT32_MIN : (int32_t)llrint(scaled);
}

static size_t check(uint32_t bits)
{
    int32_t got = 0x5A5A5A5A;
    ta_convert_float_to_s32(&bits, &got, 1);
    int32_t want = reference(bits);
    if (got != want) {
        fail_msg("float 0x%08X: %d instead of %d", bits, got, want);
    }
    return 1;
}

// 256 exponents x both signs x mantissas: powers of two with their neighbours, all ones, and every place of a tie.
static void test_every_exponent(void **state)
{
    (void)state;
    size_t checked = 0;
    for (uint32_t top = 0; top < 512; top++) {
        for (uint32_t place = 0; place < 23; place++) {
            const uint32_t mantissas[] = {0,
                                          1U << place,
                                          (1U << place) - 1,
                                          (1U << place) + 1,
                                          3U << place, // a tie beside an odd neighbour
                                          0x7FFFFFU,   // just below the next power
                                          0x7FFFFFU ^ (1U << place),
                                          0x7FFFFFU << place};
            for (size_t i = 0; i < sizeof mantissas / sizeof mantissas[0]; i++) {
                checked += check((top << 23) | (mantissas[i] & 0x7FFFFFU));
            }
        }
    }
    print_message("every exponent: %zu floats checked\n", checked);
    assert_int_equal(checked, 512 * 23 * 8);
}

// Ties between neighbouring steps around zero, and the floats beside each.
static void test_every_small_tie(void **state)
{
    (void)state;
    size_t checked = 0;
    for (int32_t number = -4096; number <= 4096; number++) {
        float tie = ((float)number + 0.5F) / 2147483648.0F;
        uint32_t bits;
        memcpy(&bits, &tie, sizeof bits);
        checked += check(bits) + check(bits - 1) + check(bits + 1);
    }
    print_message("small ties: %zu floats checked\n", checked);
    assert_int_equal(checked, 8193 * 3);
}

static void test_random_patterns(void **state)
{
    (void)state;
    uint64_t seed = reference_seed("random patterns", 0xF10A7);
    size_t inside = 0;
    for (size_t i = 0; i < RANDOM_VALUES; i++) {
        uint32_t bits = reference_random(&seed);
        check(bits);
        // Most patterns are far outside the audible range; so each is tried once more as a number of -1..1.
        uint32_t audible = (bits & 0x807FFFFFU) | ((127 - 1 - (bits >> 23) % 34) << 23);
        inside += check(audible);
    }
    print_message("random patterns: %d and as many inside -1..1\n", (int)RANDOM_VALUES);
    assert_int_equal(inside, RANDOM_VALUES);
}

static void test_special_values(void **state)
{
    (void)state;
    static const struct {
        uint32_t bits;
        int32_t want;
    } cases[] = {
        {0x00000000, 0},          {0x80000000, 0},           // zeros
        {0x3F800000, INT32_MAX},  {0xBF800000, INT32_MIN},   // 1 and -1
        {0x3F7FFFFF, 0x7FFFFF80}, {0xBF7FFFFF, -0x7FFFFF80}, // their inner neighbours
        {0x3F800001, INT32_MAX},  {0xBF800001, INT32_MIN},   // and outer ones
        {0x7F7FFFFF, INT32_MAX},  {0xFF7FFFFF, INT32_MIN},   // largest
        {0x7F800000, INT32_MAX},  {0xFF800000, INT32_MIN},   // infinities
        {0x7F800001, 0},          {0xFF800001, 0},           // signalling NaN
        {0x7FC00000, 0},          {0xFFFFFFFF, 0},           // quiet NaN
        {0x00000001, 0},          {0x807FFFFF, 0},           // denormals
        {0x30000000, 1},          {0xB0000000, -1},          // one step
        {0x2F800000, 0},          {0xAF800000, 0},           // half a step, to even
        {0x2F800001, 1},          {0x30400000, 2},           // above half; one and a half, to even
        {0x30200000, 1},          {0x30A00000, 2},           // one and a quarter; two and a half, to even
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int32_t got = 0x5A5A5A5A;
        ta_convert_float_to_s32(&cases[i].bits, &got, 1);
        assert_int_equal(got, cases[i].want);
    }
}

static void test_alignment_and_place(void **state)
{
    (void)state;
    enum { MOST = 33, GUARD = 0x5A5A5A5A };
    uint64_t seed = reference_seed("alignment", 0xF10A8);
    size_t checked = 0;
    for (size_t count = 0; count <= MOST; count++) {
        for (size_t offset = 0; offset < 4; offset++) {
            int32_t out[MOST + 1];
            uint32_t bits[MOST];
            uint8_t *block = malloc(offset + count * 4);
            assert_non_null(block);
            for (size_t i = 0; i < count; i++) {
                bits[i] = (reference_random(&seed) & 0x807FFFFFU) | (120U << 23);
            }
            memcpy(block + offset, bits, count * 4);
            out[count] = GUARD;
            ta_convert_float_to_s32(block + offset, out, count);
            assert_int_equal(out[count], GUARD);
            int32_t in_place[MOST];
            memcpy(in_place, bits, sizeof in_place[0] * count);
            ta_convert_float_to_s32(in_place, in_place, count);
            for (size_t i = 0; i < count; i++) {
                assert_int_equal(out[i], reference(bits[i]));
                assert_int_equal(in_place[i], out[i]);
                checked++;
            }
            free(block);
        }
    }
    assert_int_equal(checked, 4 * MOST * (MOST + 1) / 2);
}

#ifdef FE_UPWARD // a processor without rounding modes has nothing to show
static void test_rounding_mode_does_not_matter(void **state)
{
    (void)state;
    const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    uint64_t seed = reference_seed("rounding modes", 0xF10A9);
    size_t checked = 0;
    for (size_t i = 0; i < 10000; i++) {
        uint32_t bits = (reference_random(&seed) & 0x80FFFFFFU) | (100U << 23);
        int32_t want = reference(bits);
        for (size_t mode = 0; mode < sizeof modes / sizeof modes[0]; mode++) {
            int32_t got;
            assert_int_equal(fesetround(modes[mode]), 0);
            ta_convert_float_to_s32(&bits, &got, 1);
            assert_int_equal(fesetround(FE_TONEAREST), 0);
            assert_int_equal(got, want);
            checked++;
        }
    }
    assert_int_equal(checked, 40000);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_exponent),
        cmocka_unit_test(test_every_small_tie),
        cmocka_unit_test(test_random_patterns),
        cmocka_unit_test(test_special_values),
        cmocka_unit_test(test_alignment_and_place),
#ifdef FE_UPWARD
        cmocka_unit_test(test_rounding_mode_does_not_matter),
#endif
    };
    return cmocka_run_group_tests_name("float", tests, NULL, NULL);
}
