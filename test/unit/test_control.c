// Clocks, controls and parameters: who moves a control and who only looks, circles, and what is no number.
#include "tonearm/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

enum { RATE = 48000, FRAMES = 240 }; // 5 ms

// Counts its steps.
typedef struct {
    ta_control_t control;
    unsigned steps;
    double seconds; // of all ticks that moved it
} counter_t;

static ta_real_t count(ta_control_t *control, const ta_clock_t *clock)
{
    counter_t *counter = (counter_t *)control;
    counter->seconds += (double)clock->seconds;
    return (ta_real_t)++counter->steps;
}

static counter_t make_counter(void)
{
    counter_t counter = {.steps = 0};
    ta_control_init(&counter.control, count);
    return counter;
}

static void expect_near(double got, double wanted)
{
    if (fabs(got - wanted) > 1e-6 * fabs(wanted)) {
        fail_msg("%.9g, must be %.9g", got, wanted);
    }
}

// ---- clocks ------------------------------------------------------------------------------------------------------------

static void test_clock_counts_ticks_and_time(void **state)
{
    (void)state;
    static const uint32_t rates[] = {1000, 8000, 11025, 44100, 48000, 192000, 384000};
    static const uint32_t frames[] = {1, 63, 64, 128, 256, 4096, 1000000};
    for (unsigned r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        ta_clock_t clock = {.number = 0};
        double us = 0;
        uint32_t number = 0;
        for (unsigned turn = 0; turn < 3; turn++) { // lengths change, and come back
            for (unsigned f = 0; f < sizeof frames / sizeof frames[0]; f++) {
                ta_clock_tick(&clock, frames[f], rates[r]);
                expect_near((double)clock.seconds, (double)frames[f] / rates[r]);
                expect_near((double)clock.radians, 2 * 3.14159265358979323846 / rates[r]);
                assert_int_equal(clock.number, ++number);
                us += floor(frames[f] * 1e6 / rates[r]);
                assert_int_equal(clock.time_us, (uint32_t)fmod(us, 4294967296.0));
            }
        }
    }
}

static void test_clock_follows_a_change_of_rate(void **state)
{
    (void)state;
    ta_clock_t clock = {.number = 0};
    ta_clock_tick(&clock, FRAMES, 48000);
    ta_clock_tick(&clock, FRAMES, 8000);
    expect_near((double)clock.seconds, 0.03);
    assert_int_equal(clock.time_us, 35000);
    ta_clock_tick(&clock, FRAMES, 8000);
    assert_int_equal(clock.time_us, 65000);
}

static void test_clock_without_a_rate_stands(void **state)
{
    (void)state;
    ta_clock_t clock = {.number = UINT32_MAX};
    ta_clock_tick(&clock, FRAMES, 0);
    assert_true(clock.seconds == 0 && clock.radians == 0 && clock.time_us == 0);
    assert_int_equal(clock.number, 0);
}

// ---- controls ----------------------------------------------------------------------------------------------------------

static void test_control_is_worked_out_once_a_tick(void **state)
{
    (void)state;
    counter_t counter = make_counter();
    ta_clock_t clock = {.number = 7};
    for (unsigned tick = 1; tick <= 20; tick++) {
        ta_clock_tick(&clock, FRAMES, RATE);
        for (unsigned reader = 0; reader < 5; reader++) {
            assert_true(ta_control_read(&counter.control, &clock) == (ta_real_t)tick);
        }
        assert_int_equal(counter.steps, tick);
    }
    ta_control_init(&counter.control, count); // begins anew: the same tick works it out
    assert_true(ta_control_read(&counter.control, &clock) == 21);
}

static void test_other_clocks_only_look(void **state)
{
    (void)state;
    counter_t counter = make_counter();
    ta_clock_t clocks[3] = {{.number = 0}};
    for (unsigned tick = 1; tick <= 500; tick++) { // 2.5 s
        for (unsigned c = 0; c < 3; c++) {
            ta_clock_tick(&clocks[c], FRAMES, RATE);
            assert_true(ta_control_read(&counter.control, &clocks[c]) == (ta_real_t)tick);
        }
    }
    assert_int_equal(counter.steps, 500);
    expect_near(counter.seconds, 2.5);
}

// Ticks until the control moves again, at most `most`.
static unsigned ticks_until_moved(counter_t *counter, ta_clock_t *clocks, unsigned count_of, unsigned most)
{
    const unsigned steps = counter->steps;
    for (unsigned tick = 1; tick <= most; tick++) {
        for (unsigned c = 0; c < count_of; c++) {
            ta_clock_tick(&clocks[c], FRAMES, RATE);
            (void)ta_control_read(&counter->control, &clocks[c]);
        }
        if (counter->steps != steps) {
            return tick;
        }
    }
    return most + 1;
}

static void test_a_clock_that_stops_hands_over(void **state)
{
    (void)state;
    for (unsigned others = 1; others <= 4; others++) {
        counter_t counter = make_counter();
        ta_clock_t first = {.number = 0}, rest[4] = {{.number = 0}};
        ta_clock_tick(&first, FRAMES, RATE);
        (void)ta_control_read(&counter.control, &first);
        // 100 ms, two of the first one's ticks, and the one in which the other was seen first.
        assert_int_equal(ticks_until_moved(&counter, rest, others, 1000), 20 + 2 + 1);
        assert_int_equal(ticks_until_moved(&counter, rest, others, 1000), 1);
    }
}

static void test_the_next_one_stops_too(void **state)
{
    (void)state;
    counter_t counter = make_counter();
    ta_clock_t first = {.number = 0}, next = {.number = 0}, rest[3] = {{.number = 0}};
    ta_clock_tick(&first, FRAMES, RATE);
    (void)ta_control_read(&counter.control, &first);
    ta_clock_tick(&next, FRAMES, RATE);
    (void)ta_control_read(&counter.control, &next); // and never again, as `first`
    unsigned waited = ticks_until_moved(&counter, rest, 3, 10000);
    assert_in_range(waited, TA_CONTROL_PASSES / 3, TA_CONTROL_PASSES / 3 + 25);
}

// 256 frames at 1000 Hz are longer than the time after which a clock counts as stopped.
static void test_slow_and_quick_clocks_do_not_rob_each_other(void **state)
{
    (void)state;
    counter_t counter = make_counter();
    ta_clock_t slow = {.number = 0}, quick = {.number = 0};
    for (unsigned tick = 1; tick <= 40; tick++) { // 256 ms each
        ta_clock_tick(&slow, 256, 1000);
        (void)ta_control_read(&counter.control, &slow);
        for (unsigned q = 0; q < 256; q++) { // 1 ms each
            ta_clock_tick(&quick, 48, RATE);
            (void)ta_control_read(&counter.control, &quick);
        }
        assert_int_equal(counter.steps, tick);
    }
    expect_near(counter.seconds, 40 * 0.256);
}

// A control that reads itself, or a circle of two.
typedef struct {
    ta_control_t control;
    ta_param_t in;
    unsigned steps;
} link_t;

static ta_real_t plus_one(ta_control_t *control, const ta_clock_t *clock)
{
    link_t *link = (link_t *)control;
    link->steps++;
    return ta_param_read(&link->in, clock) + 1;
}

static void test_circles_get_the_last_value(void **state)
{
    (void)state;
    link_t self = {.steps = 0}, a = {.steps = 0}, b = {.steps = 0};
    ta_control_init(&self.control, plus_one);
    ta_control_init(&a.control, plus_one);
    ta_control_init(&b.control, plus_one);
    ta_param_follow(&self.in, &self.control);
    ta_param_follow(&a.in, &b.control);
    ta_param_follow(&b.in, &a.control);
    ta_clock_t clock = {.number = 0};
    for (unsigned tick = 1; tick <= 10; tick++) {
        ta_clock_tick(&clock, FRAMES, RATE);
        assert_true(ta_control_read(&self.control, &clock) == (ta_real_t)tick);
        assert_true(ta_control_read(&a.control, &clock) == (ta_real_t)(2 * tick));
        assert_true(ta_control_read(&b.control, &clock) == (ta_real_t)(2 * tick - 1));
        assert_int_equal(a.steps, tick);
        assert_int_equal(b.steps, tick);
    }
}

// ---- parameters --------------------------------------------------------------------------------------------------------

static void test_param_holds_or_follows(void **state)
{
    (void)state;
    counter_t counter = make_counter();
    ta_param_t param = {.number = 0};
    ta_clock_t clock = {.number = 0};
    ta_clock_tick(&clock, FRAMES, RATE);
    ta_param_set(&param, (ta_real_t)0.25);
    assert_true(ta_param_read(&param, &clock) == (ta_real_t)0.25);
    ta_param_follow(&param, &counter.control);
    assert_true(ta_param_read(&param, &clock) == 1);
    assert_true(ta_param_read(&param, &clock) == 1);
    ta_param_set(&param, -3);
    assert_true(ta_param_read(&param, &clock) == -3);
    assert_int_equal(counter.steps, 1);
}

static ta_real_t constant_value;

static ta_real_t constant(ta_control_t *control, const ta_clock_t *clock)
{
    (void)control;
    (void)clock;
    return constant_value;
}

static void test_nothing_gets_through_the_limits(void **state)
{
    (void)state;
    static const struct {
        double number, wanted; // within -0.5..2
    } rows[] = {{0, 0},
                {-0.0, 0},
                {1.5, 1.5},
                {2, 2},
                {2.001, 2},
                {-0.5, -0.5},
                {-0.501, -0.5},
                {1e30, 2},
                {-1e30, -0.5},
                {(double)INFINITY, 2},
                {-(double)INFINITY, -0.5},
                {(double)NAN, -0.5},
                {1e-30, 0},
                {-1e-30, 0}};
    ta_control_t control;
    ta_control_init(&control, constant);
    ta_clock_t clock = {.number = 0};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (unsigned by_control = 0; by_control < 2; by_control++) {
            ta_param_t param = {.number = 0};
            ta_clock_tick(&clock, FRAMES, RATE);
            constant_value = (ta_real_t)rows[i].number;
            if (by_control) {
                ta_param_follow(&param, &control);
            } else {
                ta_param_set(&param, constant_value);
            }
            assert_true(fabs((double)ta_param_within(&param, &clock, (ta_real_t)-0.5, 2) - rows[i].wanted) < 1e-20);
            assert_int_equal(ta_param_q15(&param, &clock, (ta_real_t)-0.5, 2), (int)(rows[i].wanted * 32768));
        }
    }
}

static void test_q15_rounds_half_away(void **state)
{
    (void)state;
    ta_param_t param = {.number = 0};
    ta_clock_t clock = {.number = 0};
    for (int q = -4 * 32768 * 2; q <= 4 * 32768 * 2; q++) { // every half, up to 4
        ta_param_set(&param, (ta_real_t)q / 65536);
        int wanted = q >= 0 ? (q + 1) / 2 : -((-q + 1) / 2);
        assert_int_equal(ta_param_q15(&param, &clock, -16, 16), wanted);
    }
    ta_param_set(&param, 16);
    assert_int_equal(ta_param_q15(&param, &clock, -16, 16), 16 * 32768);
    ta_param_set(&param, -16);
    assert_int_equal(ta_param_q15(&param, &clock, -16, 16), -16 * 32768);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_counts_ticks_and_time),
        cmocka_unit_test(test_clock_follows_a_change_of_rate),
        cmocka_unit_test(test_clock_without_a_rate_stands),
        cmocka_unit_test(test_control_is_worked_out_once_a_tick),
        cmocka_unit_test(test_other_clocks_only_look),
        cmocka_unit_test(test_a_clock_that_stops_hands_over),
        cmocka_unit_test(test_the_next_one_stops_too),
        cmocka_unit_test(test_slow_and_quick_clocks_do_not_rob_each_other),
        cmocka_unit_test(test_circles_get_the_last_value),
        cmocka_unit_test(test_param_holds_or_follows),
        cmocka_unit_test(test_nothing_gets_through_the_limits),
        cmocka_unit_test(test_q15_rounds_half_away),
    };
    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
