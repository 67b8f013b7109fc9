// Facts about formats, and what they say about nonsense.
#include "tonearm/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_sizes_and_names(void **state)
{
    (void)state;
    static const struct {
        ta_sample_t sample;
        unsigned bytes;
        const char *name;
    } all[] = {
        {TA_SAMPLE_U8, 1, "u8"},   {TA_SAMPLE_S8, 1, "s8"},   {TA_SAMPLE_U16, 2, "u16"},
        {TA_SAMPLE_S16, 2, "s16"}, {TA_SAMPLE_S24, 3, "s24"}, {TA_SAMPLE_S24IN32, 4, "s24in32"},
        {TA_SAMPLE_S32, 4, "s32"},
    };
    assert_int_equal(sizeof all / sizeof all[0], TA_SAMPLES);
    for (size_t i = 0; i < TA_SAMPLES; i++) {
        assert_int_equal(ta_sample_bytes(all[i].sample), all[i].bytes);
        assert_string_equal(ta_sample_name(all[i].sample), all[i].name);
        for (uint8_t channels = 1; channels <= 2; channels++) {
            ta_format_t format = {all[i].sample, channels, 44100};
            assert_int_equal(ta_frame_bytes(&format), all[i].bytes * channels);
        }
    }
    assert_int_equal(ta_wire_frame_bytes(TA_WIRE_S16), 4);
    assert_int_equal(ta_wire_frame_bytes(TA_WIRE_S24), 8);
    assert_int_equal(ta_wire_frame_bytes(TA_WIRE_S32), 8);
}

static void test_unknown_formats(void **state)
{
    (void)state;
    const ta_sample_t unknown[] = {TA_SAMPLES, (ta_sample_t)(TA_SAMPLES + 1), (ta_sample_t)-1, (ta_sample_t)0x7FFFFFFF};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        ta_format_t format = {unknown[i], 2, 44100};
        assert_int_equal(ta_sample_bytes(unknown[i]), 0);
        assert_int_equal(ta_frame_bytes(&format), 0);
        assert_string_equal(ta_sample_name(unknown[i]), "?");
        assert_false(ta_format_valid(&format));
    }
}

static void test_ranges_are_inclusive(void **state)
{
    (void)state;
    static const struct {
        uint8_t channels;
        uint32_t rate_hz;
        bool valid;
    } cases[] = {
        {1, TA_RATE_MIN_HZ, true},
        {2, TA_RATE_MAX_HZ, true},
        {1, TA_RATE_MIN_HZ - 1, false},
        {2, TA_RATE_MAX_HZ + 1, false},
        {0, 44100, false},
        {3, 44100, false},
        {255, 44100, false},
        {2, 0, false},
        {2, UINT32_MAX, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ta_format_t format = {TA_SAMPLE_S16, cases[i].channels, cases[i].rate_hz};
        assert_int_equal(ta_format_valid(&format), cases[i].valid);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_and_names),
        cmocka_unit_test(test_unknown_formats),
        cmocka_unit_test(test_ranges_are_inclusive),
    };
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
