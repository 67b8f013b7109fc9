// The arithmetic under TLSF: classes of sizes, and the lowest bit without an instruction for it, as Cortex-M0+ finds it.

#define TA_CFG_TLSF_CTZ 0

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "src/mem/tlsf_private.h"

// The definition: below 4 units each size has a class of its own, above a class is an exponent and two bits.
static uint32_t class_by_definition(uint32_t bytes)
{
    uint32_t units = bytes / 8, exponent = 0;
    if (units < 4)
        return units;
    while (units >> exponent >= 8)
        exponent++;
    return 4 * exponent + (units >> exponent);
}

static void test_classes(void **state)
{
    (void)state;
    uint32_t before = 0, sizes = 0;
    for (uint32_t bytes = 0; bytes <= 4 * 1024 * 1024; bytes += 8, sizes++) {
        uint32_t class = tlsf_class(bytes);
        assert_int_equal(class, class_by_definition(bytes));
        assert_int_equal(class, tlsf_class(bytes | 7)); // flags in the low bits do not matter
        assert_true(class == before || class == before + 1);
        before = class;
    }
    assert_int_equal(sizes, 524289);
    for (uint32_t bytes = 4 * 1024 * 1024; bytes <= TLSF_BYTES_MAX; bytes += bytes / 64) {
        assert_int_equal(tlsf_class(bytes), class_by_definition(bytes));
        assert_int_equal(tlsf_class(bytes - 8), class_by_definition(bytes - 8));
    }
    assert_true(tlsf_class(TLSF_BYTES_MAX) < 32 * TLSF_WORDS_MAX);
}

static void test_lowest_bit(void **state)
{
    (void)state;
    unsigned words = 0;
    for (uint32_t bit = 0; bit < 32; bit++) {
        for (uint32_t above = 0; above < 4096; above++, words++)
            assert_int_equal(tlsf_lowest_bit((above * 2654435761U << 1 | 1U) << bit), bit);
        assert_int_equal(tlsf_lowest_bit(1U << bit), bit);
        assert_int_equal(tlsf_lowest_bit(~0U << bit), bit);
    }
    assert_int_equal(words, 32 * 4096);
}

// Room for both zones' lists, and zone 1 a power of two behind zone 0, in regions of every size.
static void test_layout(void **state)
{
    (void)state;
    unsigned sizes = 0;
    for (uint32_t bytes = TA_TLSF_REGION_BYTES_MIN; bytes <= TLSF_BYTES_MAX; bytes += bytes / 8 / 8 * 8, sizes++) {
        uint32_t stride = tlsf_stride(bytes), first = tlsf_first(bytes);
        assert_true(stride == 32 || stride == 64 || stride == 128);
        assert_true(tlsf_class(bytes) < stride);
        assert_int_equal(first % 8, TLSF_HEADER);
        assert_true(first >= sizeof(ta_tlsf_region_t) + 4 * (stride + tlsf_class(bytes) + 1));
        assert_true(first + TLSF_BLOCK_MIN < bytes);
    }
    assert_true(sizes > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_lowest_bit),
        cmocka_unit_test(test_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
