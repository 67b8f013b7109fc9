// Biquads against double precision: what the cookbook's formulas, with the machine's own sines and roots, say that a filter does to a sine, and what it does.
//
// Every mode, from a 200th of the rate to just below half of it, several Q and A, sines below, at and above the filter's frequency. Out: the worst differences of gains. At the ends coefficients of 15
// bits are coarse, as the reference's are.
#include "tonearm/biquad.h"

#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 48000, SETTLE = 4000, SAMPLES = 4800 };

static const double pi = 3.14159265358979323846;

typedef struct {
    double b[3], a[3];
} model_t;

static model_t formulas(ta_biquad_mode_t mode, double hz, double q, double a)
{
    const double w = 2 * pi * hz / RATE, c = cos(w), alpha = sin(w) / (2 * q), root = 2 * sqrt(a) * alpha;
    switch (mode) {
    case TA_BIQUAD_LOW_PASS:
        return (model_t){{(1 - c) / 2, 1 - c, (1 - c) / 2}, {1 + alpha, -2 * c, 1 - alpha}};
    case TA_BIQUAD_HIGH_PASS:
        return (model_t){{(1 + c) / 2, -1 - c, (1 + c) / 2}, {1 + alpha, -2 * c, 1 - alpha}};
    case TA_BIQUAD_BAND_PASS:
        return (model_t){{alpha, 0, -alpha}, {1 + alpha, -2 * c, 1 - alpha}};
    case TA_BIQUAD_NOTCH:
        return (model_t){{1, -2 * c, 1}, {1 + alpha, -2 * c, 1 - alpha}};
    case TA_BIQUAD_PEAKING_EQ:
        return (model_t){{1 + alpha * a, -2 * c, 1 - alpha * a}, {1 + alpha / a, -2 * c, 1 - alpha / a}};
    case TA_BIQUAD_LOW_SHELF:
        return (model_t){
            {a * (a + 1 - (a - 1) * c + root), 2 * a * (a - 1 - (a + 1) * c), a * (a + 1 - (a - 1) * c - root)},
            {a + 1 + (a - 1) * c + root, -2 * (a - 1 + (a + 1) * c), a + 1 + (a - 1) * c - root}};
    case TA_BIQUAD_HIGH_SHELF:
        return (model_t){
            {a * (a + 1 + (a - 1) * c + root), -2 * a * (a - 1 + (a + 1) * c), a * (a + 1 + (a - 1) * c - root)},
            {a + 1 - (a - 1) * c + root, 2 * (a - 1 - (a + 1) * c), a + 1 - (a - 1) * c - root}};
    case TA_BIQUADS:
        break;
    }
    fail();
    return (model_t){{0}, {0}};
}

static double gain_of(const model_t *m, double hz)
{
    const double angle = -2 * pi * hz / RATE;
    const double complex z = cos(angle) + sin(angle) * (double complex)I;
    return cabs((m->b[0] + m->b[1] * z + m->b[2] * z * z) / (m->a[0] + m->a[1] * z + m->a[2] * z * z));
}

// What the filter makes of a sine, after it has settled.
static double measured(const ta_biquad_t *biquad, double hz, double amplitude)
{
    static int16_t samples[SETTLE + SAMPLES];
    ta_biquad_state_t memory = {0};
    double real = 0, imaginary = 0;
    for (int s = 0; s < SETTLE + SAMPLES; s++)
        samples[s] = (int16_t)lrint(amplitude * sin(2 * pi * hz * s / RATE));
    ta_biquad_run(biquad, &memory, samples, SETTLE + SAMPLES, 1);
    for (int s = SETTLE; s < SETTLE + SAMPLES; s++) {
        real += samples[s] * cos(2 * pi * hz * s / RATE);
        imaginary += samples[s] * sin(2 * pi * hz * s / RATE);
    }
    return hypot(real, imaginary) * 2 / SAMPLES / amplitude;
}

static void test_responses(void **state)
{
    (void)state;
    static const double frequencies[] = {240, 1000, 5000, 11990, 12010, 18000, 22000, 23500}, qs[] = {0.5, 0.7071, 3},
                        as[] = {0.5, 1, 2};
    static const double probes[] = {100,   240,   1000,  3000,  5000,
                                    10000, 12000, 18000, 22000, 23500}; // whole periods in SAMPLES
    static const double limits[] = {0.75, 0.045, 0.0025, 0.001, 0.001, 0.0025, 0.012, 0.13};
    unsigned compared = 0;
    for (unsigned mode = 0; mode < TA_BIQUADS; mode++) {
        double worst[8] = {0};
        for (size_t f = 0; f < 8; f++)
            for (size_t q = 0; q < 3; q++)
                for (size_t a = 0; a < (mode >= TA_BIQUAD_LOW_SHELF ? 3 : 1); a++) {
                    const model_t model = formulas((ta_biquad_mode_t)mode, frequencies[f], qs[q], as[a]);
                    ta_biquad_t biquad;
                    ta_clock_t clock = {0};
                    assert_int_equal(ta_biquad_init(&biquad, (ta_biquad_mode_t)mode, (ta_real_t)frequencies[f]), TA_OK);
                    ta_param_set(&biquad.q, (ta_real_t)qs[q]);
                    ta_param_set(&biquad.a, (ta_real_t)as[a]);
                    ta_clock_tick(&clock, 256, RATE);
                    ta_biquad_tick(&biquad, &clock);
                    for (size_t p = 0; p < 10; p++, compared++) {
                        const double wanted = gain_of(&model, probes[p]), got = measured(&biquad, probes[p], 2000);
                        const double part = fabs(got - wanted) / (wanted > 1 ? wanted : 1);
                        worst[f] = part > worst[f] ? part : worst[f];
                        if (part > limits[f])
                            fail_msg("mode %u, %g Hz, Q %g, A %g: a sine of %g Hz has a gain of %g, must be %g", mode,
                                     frequencies[f], qs[q], as[a], probes[p], got, wanted);
                    }
                }
        print_message("mode %u: gains off by", mode);
        for (size_t f = 0; f < 8; f++)
            print_message(" %.4f at %g Hz%s", worst[f], frequencies[f], f < 7 ? "," : "\n");
    }
    assert_int_equal(compared, 8 * 3 * (4 + 3 * 3) * 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_responses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
