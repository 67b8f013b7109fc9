// Biquads: what no parameter may do to them, when they are designed, and W42: sums that do not overflow, sines above a quarter of the rate, all of a state cleared.
#include "tonearm/biquad.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { UNIT = 32768 };

static ta_biquad_t biquad;
static ta_clock_t clock44;

static void design(ta_biquad_mode_t mode, double hz, double q, double a)
{
    assert_int_equal(ta_biquad_init(&biquad, mode, (ta_real_t)hz), TA_OK);
    ta_param_set(&biquad.q, (ta_real_t)q);
    ta_param_set(&biquad.a, (ta_real_t)a);
    ta_clock_tick(&clock44, 256, 44100);
    ta_biquad_tick(&biquad, &clock44);
}

// y' = sat(b . x - a . y) in 64 bits, from section 6.7: the definition.
static int32_t defined(const ta_biquad_t *b, ta_biquad_state_t *s, int32_t x)
{
    int64_t n = (int64_t)b->now.b0 * x + (int64_t)b->now.b1 * s->x1 + (int64_t)b->now.b2 * s->x2 -
                (int64_t)b->now.a1 * s->y1 - (int64_t)b->now.a2 * s->y2 + 16384;
    n = n < 0 ? -((-n) / UNIT) : n / UNIT; // towards 0
    s->x2 = s->x1;
    s->x1 = x;
    s->y2 = s->y1;
    s->y1 = (int32_t)(n > 32767 ? 32767 : n < -32768 ? -32768 : n);
    return s->y1;
}

static uint32_t seed = 0x70a1;
static uint32_t random32(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    return seed ^= seed << 5;
}

static void test_before_the_first_tick_nothing_passes(void **state)
{
    (void)state;
    int16_t samples[4] = {1, 2, 3, 4};
    ta_biquad_state_t memory = {0};
    assert_int_equal(ta_biquad_init(&biquad, TA_BIQUAD_LOW_PASS, 1000), TA_OK);
    ta_biquad_run(&biquad, &memory, samples, 4, 1);
    for (int s = 0; s < 4; s++)
        assert_int_equal(samples[s], 0);
    assert_int_equal(ta_biquad_init(&biquad, TA_BIQUADS, 1000), TA_E_ARG);
}

static void test_a_stride_leaves_the_other_channel(void **state)
{
    (void)state;
    int16_t mono[100], stereo[200];
    ta_biquad_state_t a = {0}, b = {0};
    design(TA_BIQUAD_LOW_PASS, 3000, 2, 1);
    for (int s = 0; s < 100; s++) {
        mono[s] = stereo[2 * s + 1] = (int16_t)random32();
        stereo[2 * s] = (int16_t)s;
    }
    ta_biquad_run(&biquad, &a, mono, 100, 1);
    ta_biquad_run(&biquad, &b, stereo + 1, 40, 2);
    ta_biquad_run(&biquad, &b, stereo + 81, 0, 2);
    ta_biquad_run(&biquad, &b, stereo + 81, 60, 2);
    for (int s = 0; s < 100; s++) {
        assert_int_equal(stereo[2 * s + 1], mono[s]);
        assert_int_equal(stereo[2 * s], s);
    }
    assert_memory_equal(&a, &b, sizeof a);
}

static void test_designed_only_where_a_parameter_has_changed(void **state)
{
    (void)state;
    design(TA_BIQUAD_LOW_PASS, 1000, 1, 1);
    const int32_t b0 = biquad.now.b0;
    biquad.now.b0 = 7;
    ta_clock_tick(&clock44, 256, 44100);
    ta_biquad_tick(&biquad, &clock44);
    assert_int_equal(biquad.now.b0, 7); // left alone
    ta_clock_tick(&clock44, 256, 48000);
    ta_biquad_tick(&biquad, &clock44); // another rate is another omega
    assert_true(biquad.now.b0 != 7 && biquad.now.b0 < b0);
    ta_param_set(&biquad.q, (ta_real_t)NAN); // stays one design
    ta_biquad_tick(&biquad, &clock44);
    biquad.now.b0 = 7;
    ta_biquad_tick(&biquad, &clock44);
    assert_int_equal(biquad.now.b0, 7);
}

// Every value that a parameter can have gives a filter whose poles lie within the unit circle.
static void test_w42_no_parameter_makes_it_unstable(void **state)
{
    (void)state;
    static const double hz[] = {(double)NAN,
                                -(double)INFINITY,
                                (double)INFINITY,
                                -1,
                                0,
                                1e-30,
                                0.001,
                                1,
                                50,
                                11024,
                                11025,
                                11026,
                                20000,
                                22049,
                                22050,
                                22051,
                                44100,
                                1e9};
    static const double qs[] = {
        (double)NAN, -(double)INFINITY, (double)INFINITY, -1, 0, 1e-30, 1e-4, 0.1, 0.7071, 1, 5, 1000, 1e9};
    static const double as[] = {(double)NAN, -(double)INFINITY, (double)INFINITY, -1, 0, 1e-30, 0.01, 0.5, 1, 6, 100,
                                1e9};
    unsigned designs = 0;
    for (unsigned mode = 0; mode < TA_BIQUADS; mode++)
        for (size_t f = 0; f < sizeof hz / sizeof hz[0]; f++)
            for (size_t q = 0; q < sizeof qs / sizeof qs[0]; q++)
                for (size_t a = 0; a < sizeof as / sizeof as[0]; a++, designs++) {
                    design((ta_biquad_mode_t)mode, hz[f], qs[q], as[a]);
                    if (abs(biquad.now.a2) >= UNIT || abs(biquad.now.a1) >= UNIT + biquad.now.a2)
                        fail_msg("mode %u, %g Hz, Q %g, A %g: a1 %d, a2 %d", mode, hz[f], qs[q], as[a],
                                 (int)biquad.now.a1, (int)biquad.now.a2);
                    assert_true(abs(biquad.now.b0) <= 1 << 30 && abs(biquad.now.b1) <= 1 << 30 &&
                                abs(biquad.now.b2) <= 1 << 30);
                }
    assert_int_equal(designs, 7 * 18 * 13 * 12);
}

// What remains when the input ends is what rounding leaves: half of what the samples before count too much or too little, which is little but at low frequencies.
static void test_it_comes_to_rest(void **state)
{
    (void)state;
    static const double hz[] = {100, 1000, 9800, 20000};
    for (unsigned mode = 0; mode < TA_BIQUADS; mode++)
        for (size_t f = 0; f < 4; f++) {
            static int16_t samples[44100];
            ta_biquad_state_t memory = {0};
            design((ta_biquad_mode_t)mode, hz[f], 0.7071, 2);
            for (int s = 0; s < 44100; s++)
                samples[s] = (int16_t)(s < 1000 ? random32() : 0);
            ta_biquad_run(&biquad, &memory, samples, 44100, 1);
            for (int s = 40000; s < 44100; s++)
                assert_in_range(abs(samples[s]), 0, 2 + UNIT / (UNIT + biquad.now.a1 + biquad.now.a2));
        }
}

// W42: at 9.8 kHz and 44.1 kHz with Q of 2 and more a full-scale square overflowed 32 bits in one sample of nine.
static void test_w42_sums_do_not_overflow(void **state)
{
    (void)state;
    uint64_t beyond = 0;
    for (unsigned mode = 0; mode < TA_BIQUADS; mode++) {
        for (double q = 0.5; q < 40; q *= 2) {
            ta_biquad_state_t memory = {0}, model = {0};
            int16_t samples[2000], x[2000];
            design((ta_biquad_mode_t)mode, 9800, q, mode >= TA_BIQUAD_LOW_SHELF ? 6 * q : 1);
            for (int s = 0; s < 2000; s++)
                samples[s] = x[s] = s < 1000 ? (s % 5 < 3 ? 32767 : -32768) : (int16_t)random32();
            ta_biquad_run(&biquad, &memory, samples, 2000, 1);
            for (int s = 0; s < 2000; s++) {
                int64_t sum = (int64_t)biquad.now.b0 * x[s] + (int64_t)biquad.now.b1 * model.x1 +
                              (int64_t)biquad.now.b2 * model.x2 - (int64_t)biquad.now.a1 * model.y1 -
                              (int64_t)biquad.now.a2 * model.y2;
                beyond += sum > INT32_MAX || sum < INT32_MIN;
                assert_int_equal(samples[s], defined(&biquad, &model, x[s]));
            }
        }
    }
    assert_true(beyond > 5000); // these signals do reach there
}

// W42: the polynomial gave -0.915 for the cosine at half the rate, and 0.03 too little for the sine at 0.41 of it.
static void test_w42_coefficients_are_right_up_to_half_the_rate(void **state)
{
    (void)state;
    for (double hz = 0; hz <= 22050; hz += 50) {
        double omega = 2 * acos(-1) * hz / 44100, alpha = sin(omega) / 2;
        design(TA_BIQUAD_NOTCH, hz, 1, 1);
        double a2 = biquad.now.a2 / 32768.0, cosine = -biquad.now.a1 / 32768.0 * (1 + alpha) / 2;
        if (fabs(a2 - (1 - alpha) / (1 + alpha)) > 4e-4 || fabs(cosine - cos(omega)) > 4e-4)
            fail_msg("%g Hz: cosine %g for %g, a2 %g for %g", hz, cosine, cos(omega), a2, (1 - alpha) / (1 + alpha));
    }
}

// W42: a reset cleared half of the state.
static void test_w42_clear_forgets_everything(void **state)
{
    (void)state;
    int16_t first[50], again[50];
    ta_biquad_state_t memory = {0};
    design(TA_BIQUAD_PEAKING_EQ, 700, 8, 2);
    for (int s = 0; s < 50; s++)
        first[s] = again[s] = (int16_t)random32();
    ta_biquad_run(&biquad, &memory, first, 50, 1);
    ta_biquad_clear(&memory);
    ta_biquad_run(&biquad, &memory, again, 50, 1);
    assert_memory_equal(first, again, sizeof first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_before_the_first_tick_nothing_passes),
        cmocka_unit_test(test_a_stride_leaves_the_other_channel),
        cmocka_unit_test(test_designed_only_where_a_parameter_has_changed),
        cmocka_unit_test(test_w42_no_parameter_makes_it_unstable),
        cmocka_unit_test(test_it_comes_to_rest),
        cmocka_unit_test(test_w42_sums_do_not_overflow),
        cmocka_unit_test(test_w42_coefficients_are_right_up_to_half_the_rate),
        cmocka_unit_test(test_w42_clear_forgets_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
