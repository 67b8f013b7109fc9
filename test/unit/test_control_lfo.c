// LFO and Math: the reference's values, and what no parameter may do to them.
#include "tonearm/control.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { VALUES = 12 };

static ta_clock_t clock48;

static void ok(ta_status_t status)
{
    assert_int_equal(status, TA_OK);
}

static ta_real_t tick(ta_control_t *control)
{
    ta_clock_tick(&clock48, 256, 48000);
    return ta_control_read(control, &clock48);
}

// As its double is; where numbers are floats, or kept longer than doubles, as near as those are.
static bool equal(ta_real_t got, double wanted)
{
    return fabs((double)got - wanted) <= (sizeof(ta_real_t) == 8 ? 1e-14 : 2e-5);
}

// ---- LFO ---------------------------------------------------------------------------------------------------------------------------

static const int16_t two[] = {-32767, 32767}, three[] = {0, 32767, -32768}, rise[] = {0, 32767},
                     steps[] = {0, 16000, 32767};

static const struct {
    ta_wave_t wave;
    double rate, scale, offset, phase_offset;
    bool once, held;
} lfos[] = {
    {{NULL, 0}, 20, 1, 0, 0, false, false},  {{two, 2}, 20, 1, 0, 0, false, false},
    {{two, 2}, 20, 1, 0, 0, false, true},    {{three, 3}, 20, 2, 1, 0, false, false},
    {{rise, 2}, 40, 1, 0, 0, true, false},   {{steps, 3}, 40, 1, 0, 0, true, true},
    {{rise, 2}, -20, 1, 0, 0, false, false}, {{rise, 2}, 20, 1, 0, 0.5, false, false},
};

// What CircuitPython's lfo_tick gave, 256 frames at 48000 Hz a tick; the last: a rate that is an LFO.
static const double values[][VALUES] = {
    {0.4266536458333333, 0.8533072916666666, 0.7199780273437502, 0.2933243815104168, -0.13332926432291664,
     -0.55998291015625, -0.9866365559895834, -0.5866487630208331, -0.1599951171874997, 0.2666585286458333,
     0.6933121744791666, 0.8799731445312501},
    {-0.5733158365885416, -0.14666219075520837, 0.27999145507812484, 0.7066451009114583, 0.8666402180989583,
     0.43998657226562493, 0.013332926432291503, -0.4133207194010419, -0.8399743652343754, -0.7333109537760418,
     -0.3066573079427084, 0.11999633789062486},
    {-0.999969482421875, -0.999969482421875, -0.999969482421875, -0.999969482421875, 0.999969482421875,
     0.999969482421875, 0.999969482421875, 0.999969482421875, 0.999969482421875, -0.999969482421875, -0.999969482421875,
     -0.999969482421875},
    {1.63998046875, 2.2799609375, 2.9199414062499995, 1.8799560546875007, 0.5999755859374997, -0.6800048828124998,
     -0.5199999999999996, 0.1200000000000001, 0.7600000000000007, 1.3999877929687499, 2.03996826171875,
     2.67994873046875},
    {0.21332682291666666, 0.4266536458333333, 0.6399804687499999, 0.8533072916666666, 0.9999389657750726,
     0.9999389657750726, 0.9999389657750726, 0.9999389657750726, 0.9999389657750726, 0.9999389657750726,
     0.9999389657750726, 0.9999389657750726},
    {0.0, 0.0, 0.48828125, 0.48828125, 0.48828125, 0.48828125, 0.48828125, 0.48828125, 0.48828125, 0.48828125,
     0.48828125, 0.48828125},
    {0.21332682291666671, 0.42665364583333343, 0.6399804687500001, 0.8533072916666669, 0.9333048502604164,
     0.7199780273437497, 0.506651204427083, 0.2933243815104164, 0.07999755859374974, 0.13332926432291686,
     0.3466560872395836, 0.5599829101562502},
    {0.7866426595052083, 0.5733158365885416, 0.35998901367187486, 0.14666219075520817, 0.06666463216145854,
     0.27999145507812523, 0.49331827799479194, 0.7066451009114587, 0.9199719238281254, 0.866640218098958,
     0.6533133951822913, 0.4399865722656245},
    {0.47216197920905223, 0.9898322917938233, 0.44692802708943674, -0.16175895224677228, -0.7875115565988754,
     -0.6321831372684903, -0.09744719966782461, 0.3917804045571224, 0.8354996754063503, 0.7662283519638908,
     0.4135257478661005, 0.10633147714402914},
};

static void set(ta_lfo_t *lfo, size_t which)
{
    ok(ta_lfo_init(lfo, &lfos[which].wave));
    ta_param_set(&lfo->rate, (ta_real_t)lfos[which].rate);
    ta_param_set(&lfo->scale, (ta_real_t)lfos[which].scale);
    ta_param_set(&lfo->offset, (ta_real_t)lfos[which].offset);
    ta_param_set(&lfo->phase_offset, (ta_real_t)lfos[which].phase_offset);
    lfo->once = lfos[which].once;
    lfo->interpolate = !lfos[which].held;
    ta_lfo_settle(lfo);
}

static void test_values_are_the_references(void **state)
{
    (void)state;
    ta_lfo_t lfo;
    for (size_t l = 0; l < sizeof lfos / sizeof lfos[0]; l++) {
        set(&lfo, l);
        for (size_t v = 0; v < VALUES; v++)
            if (!equal(tick(&lfo.control), values[l][v]))
                fail_msg("LFO %zu, tick %zu: %.17g, must be %.17g", l, v, (double)lfo.control.value, values[l][v]);
    }
}

static void test_a_rate_may_be_an_lfo(void **state)
{
    (void)state;
    ta_lfo_t lfo, rate;
    set(&lfo, 0);
    set(&rate, 0);
    ta_param_set(&rate.rate, 10);
    ta_param_set(&rate.scale, 10);
    ta_param_set(&rate.offset, 20);
    ta_lfo_settle(&rate);
    assert_true(equal(rate.control.value, 20));
    ta_param_follow(&lfo.rate, &rate.control);
    ta_lfo_settle(&lfo);
    assert_null(rate.control.clock); // settling moves nothing
    for (size_t v = 0; v < VALUES; v++)
        assert_true(equal(tick(&lfo.control), values[sizeof lfos / sizeof lfos[0]][v]));
}

static void test_retrigger_begins_anew(void **state)
{
    (void)state;
    ta_lfo_t lfo;
    set(&lfo, 0);
    ta_real_t first = tick(&lfo.control), phase = ta_lfo_phase(&lfo);
    assert_true(equal(phase, 20 * 256 / 48000.0));
    for (int t = 0; t < 5; t++)
        tick(&lfo.control);
    ta_lfo_retrigger(&lfo);
    assert_true(ta_lfo_phase(&lfo) == 0); // before the feed has seen it
    assert_true(tick(&lfo.control) == first);
    assert_true(ta_lfo_phase(&lfo) == phase);
}

// Once: rising it stays at its end, falling at its beginning.
static void test_once_holds(void **state)
{
    (void)state;
    ta_lfo_t lfo;
    set(&lfo, 4);
    for (int t = 0; t < 300; t++)
        tick(&lfo.control);
    ta_real_t end = lfo.control.value;
    assert_true(end > (ta_real_t)0.999 && tick(&lfo.control) == end);
    ta_param_set(&lfo.rate, -40);
    for (int t = 0; t < 300; t++)
        tick(&lfo.control);
    assert_true(lfo.control.value == 0 && tick(&lfo.control) == 0);
}

// W12: the fraction of a phase just below 0 is rounded to 1, and an index made of it would lie behind the waveform.
static void test_w12_a_phase_of_one_reads_no_sample_behind_the_waveform(void **state)
{
    (void)state;
    static const ta_real_t small[] = {(ta_real_t)1e-30, (ta_real_t)1e-17, (ta_real_t)1e-38};
    for (unsigned held = 0; held < 2; held++) {
        for (size_t s = 0; s < sizeof small / sizeof small[0]; s++) {
            int16_t *samples = malloc(2 * sizeof *samples); // exactly: a sanitizer sees a third
            const ta_wave_t wave = {samples, 2};
            ta_lfo_t lfo;
            samples[0] = 16384;
            samples[1] = -16384;
            ok(ta_lfo_init(&lfo, &wave));
            lfo.interpolate = !held;
            ta_param_set(&lfo.rate, 0);
            ta_param_set(&lfo.phase_offset, -small[s]);
            assert_true(equal(tick(&lfo.control), 0.5));
            assert_true(lfo.phase + lfo.phase_offset.number < 1);
            free(samples);
        }
    }
}

static void test_no_parameter_spoils_the_phase(void **state)
{
    (void)state;
    static const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 1e300, -1e300, 1e38,
                                 -3e9,        1e-320,           4294967296.5};
    const size_t count = sizeof bad / sizeof bad[0];
    for (unsigned once = 0; once < 2; once++) {
        for (size_t r = 0; r < count; r++) {
            for (size_t o = 0; o < count; o++) {
                ta_lfo_t lfo;
                set(&lfo, 1);
                lfo.once = once;
                ta_param_set(&lfo.rate, (ta_real_t)bad[r]);
                ta_param_set(&lfo.phase_offset, (ta_real_t)bad[o]);
                for (int t = 0; t < 4; t++)
                    assert_true(fabs((double)tick(&lfo.control)) <= 1);
                ta_param_set(&lfo.rate, 20);
                ta_param_set(&lfo.phase_offset, 0);
                lfo.once = false;
                ta_real_t before = tick(&lfo.control); // and goes on from wherever it is
                assert_true(lfo.phase >= 0 && lfo.phase < 1 && tick(&lfo.control) != before);
            }
        }
    }
}

static void test_waveforms_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    ta_lfo_t lfo;
    const ta_wave_t bad[] = {
        {two, 0}, {two, 1}, {two, TA_WAVE_LENGTH_MAX + 1}, {(const int16_t *)(const void *)((const char *)two + 1), 2}};
    for (size_t b = 0; b < 4; b++) {
        assert_int_equal(ta_lfo_init(&lfo, &bad[b]), TA_E_ARG);
        assert_int_equal(lfo.wave.length, 4); // the triangle, which can be ticked
        tick(&lfo.control);
    }
}

// ---- Math --------------------------------------------------------------------------------------------------------------------------

static const double operands[4][3] = {{1, 2, 3}, {-1.5, 2, 0.5}, {3, 0, 0}, {0.25, -4, 1.5}};
static const double results[TA_MATHS][4] = {
    {6.0, 1.0, 3.0, -2.25},    {0.0, 0.0, 3.0, -5.25},
    {6.0, -1.5, 0.0, -1.5},    {0.6666666666666666, -6.0, 0.0, -0.6666666666666666},
    {5.0, -2.5, 0.0, 0.5},     {9.0, 0.25, 0.0, -5.625},
    {4.0, 0.25, 3.0, -6.125},  {2.0, 0.25, 3.0, -4.0},
    {3.5, -0.25, 0.0, 1.4375}, {1.0, 1.0, 0.0, -2.5},
    {2.0, 0.5, 0.0, 0.25},     {3.0, 2.0, 3.0, 1.5},
    {1.0, -1.5, 0.0, -4.0},    {1.0, 1.5, 3.0, 0.25},
};

static void test_math_is_the_references(void **state)
{
    (void)state;
    for (unsigned operation = 0; operation < TA_MATHS; operation++) {
        for (size_t o = 0; o < 4; o++) {
            ta_math_t math;
            ta_math_init(&math, (ta_math_operation_t)operation, (ta_real_t)operands[o][0]);
            ta_param_set(&math.b, (ta_real_t)operands[o][1]);
            ta_param_set(&math.c, (ta_real_t)operands[o][2]);
            assert_true(math.control.value == 0);
            if (!equal(tick(&math.control), results[operation][o]))
                fail_msg("operation %u of set %zu gives %.17g", operation, o, (double)math.control.value);
        }
    }
    ta_math_t math;
    ta_math_init(&math, TA_MATHS, 5);
    assert_true(tick(&math.control) == 0);
}

// One that reads itself has its last value: it counts.
static void test_math_that_reads_itself_counts(void **state)
{
    (void)state;
    ta_math_t math;
    ta_math_init(&math, TA_MATH_SUM, 1);
    ta_param_set(&math.c, 0);
    ta_param_follow(&math.b, &math.control);
    for (int t = 1; t <= 10; t++)
        assert_true(tick(&math.control) == t);
}

static void test_pitches(void **state)
{
    (void)state;
    assert_true(ta_midi_to_hz(60) == (ta_real_t)261.625);
    assert_true(equal(ta_midi_to_hz(69) / 440, 439.99904928150613 / 440));
    assert_true(equal(ta_midi_to_hz(127) / 12544, 12543.826847611583 / 12544));
    assert_true(ta_voct_to_hz(0) == (ta_real_t)65.40625 && ta_voct_to_hz(1) == (ta_real_t)130.8125 &&
                ta_voct_to_hz(-1) == (ta_real_t)32.703125);
    assert_true(ta_voct_to_hz(12) == ta_voct_to_hz(11) && ta_voct_to_hz((ta_real_t)NAN) == ta_voct_to_hz(-11));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_the_references),
        cmocka_unit_test(test_a_rate_may_be_an_lfo),
        cmocka_unit_test(test_retrigger_begins_anew),
        cmocka_unit_test(test_once_holds),
        cmocka_unit_test(test_w12_a_phase_of_one_reads_no_sample_behind_the_waveform),
        cmocka_unit_test(test_no_parameter_spoils_the_phase),
        cmocka_unit_test(test_waveforms_that_do_not_fit_are_refused),
        cmocka_unit_test(test_math_is_the_references),
        cmocka_unit_test(test_math_that_reads_itself_counts),
        cmocka_unit_test(test_pitches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
