// The output on the step-wise hardware: what the commands promise, frame by frame. After each test everything that was heard is
// read by test/support/heard.c, and the clock, the position and the counters are compared with it at every turn.
#include "test/support/output_rig.h"

#include "tonearm/push.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static rig_t rig;
static heard_check_t check;
static ta_output_t *const output = &rig.output;

static const ta_ring_config_t plain = {.wire = TA_WIRE_S16, .slot_frames = 64, .slots = 6, .hole_records = 64};
static const ta_format_t stereo16 = {TA_SAMPLE_S16, 2, 44100};

static int set_up(void **state)
{
    (void)state;
    rig_open(&rig, &plain);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_close(&rig);
    return 0;
}

static void ok(ta_status_t status)
{
    assert_int_equal(status, TA_OK);
}

static void check_all(void)
{
    const char *wrong = rig_check(&rig, &check);
    if (wrong)
        fail_msg("%s", wrong);
}

static ta_output_stats_t stats(void)
{
    ta_output_stats_t s;
    ta_output_stats(output, &s);
    return s;
}

static void drain(void)
{
    assert_true(rig_drain(&rig, 2000));
    assert_false(rig.attended);
    assert_int_equal(stats().state, TA_OUTPUT_IDLE);
}

// Every hole is a gap that was heard, with its place, length and cause; and there are `count` of them.
static void check_holes(unsigned count, ta_hole_cause_t cause)
{
    assert_int_equal(stats().ring.holes, count);
    uint64_t total = 0;
    for (unsigned h = 0; h < count; h++) {
        ta_hole_t hole;
        assert_true(ta_output_hole(output, h, &hole));
        unsigned g = 1;
        while (g < check.gaps && check.gap[g].at != hole.at_frame)
            g++;
        assert_true(g < check.gaps);
        assert_int_equal(hole.frames, check.gap[g].frames);
        assert_int_equal(hole.source_frame, check.gap[g].next);
        assert_int_equal(hole.cause, cause);
        assert_true(hole.exact);
        total += hole.frames;
    }
    assert_int_equal(stats().ring.hole_frames, total);
    ta_hole_t none;
    assert_false(ta_output_hole(output, count, &none));
}

// ---- playing -------------------------------------------------------------------------------------------------------------

static void test_every_format_on_every_wire(void **state)
{
    (void)state;
    unsigned played = 0;
    for (int w = 0; w < TA_WIRES; w++) {
        for (int s = 0; s < TA_SAMPLES; s++) {
            for (uint8_t channels = 1; channels <= 2; channels++) {
                const ta_ring_config_t config = {(ta_wire_t)w, 64 + (uint32_t)s * 9, 3 + (uint32_t)s, 4, 0};
                rig_open(&rig, &config);
                rig_source_t source;
                rig_source(&rig, &source, (ta_format_t){(ta_sample_t)s, channels, 44100}, 1500 + (uint32_t)s);
                rig_expect(&rig, &source, 0, source.frames, false);
                ok(ta_output_play(output, &source.raw.source));
                assert_true(ta_output_busy(output));
                drain();
                check_all();
                assert_int_equal(check.gaps, 1);
                assert_int_equal(stats().drained, 1);
                assert_int_equal(stats().source_frames, source.frames);
                assert_int_equal(stats().position_frame, source.frames);
                assert_int_equal(stats().headroom_frames, 0);
                assert_int_equal(stats().ring.holes, 0);
                assert_int_equal(rig.retunes, 0);
                assert_true(stats().headroom_min_frames < UINT64_MAX);
                rig_source_free(&source);
                rig_close(&rig);
                played++;
            }
        }
    }
    assert_int_equal(played, 3 * 7 * 2);
}

// Programs of every length around a slot's: the fall in the last slot goes on in the tail.
static void test_every_length_of_a_last_slot(void **state)
{
    (void)state;
    unsigned lengths = 0;
    for (uint32_t frames = 1; frames <= 2 * 64 + 3; frames++) {
        rig_open(&rig, &plain);
        rig_source_t source;
        rig_source(&rig, &source, stereo16, frames);
        rig_expect(&rig, &source, 0, frames, false);
        ok(ta_output_play(output, &source.raw.source));
        drain();
        check_all();
        assert_int_equal(stats().drained, 1);
        assert_int_equal(stats().ring.program_frames, frames);
        rig_source_free(&source);
        rig_close(&rig);
        lengths++;
    }
    assert_int_equal(lengths, 131);
}

static void test_source_loops(void **state)
{
    (void)state;
    rig_source_t source;
    rig_source(&rig, &source, stereo16, 500);
    ok(ta_source_set_loop(&source.raw.source, 100, 333, 3));
    rig_expect(&rig, &source, 0, 333, false);
    for (int times = 0; times < 3; times++)
        rig_expect(&rig, &source, 100, 233, false);
    rig_expect(&rig, &source, 333, 167, false);
    ok(ta_output_play(output, &source.raw.source));
    drain();
    check_all();
    assert_int_equal(check.gaps, 1);
    assert_int_equal(check.program_frames, 333 + 3 * 233 + 167);
    rig_source_free(&source);
}

static void test_a_late_feed_makes_holes_that_are_told(void **state)
{
    (void)state;
    rig_source_t source;
    rig_source(&rig, &source, stereo16, 9000);
    rig_expect(&rig, &source, 0, source.frames, false);
    ok(ta_output_play(output, &source.raw.source));
    for (unsigned late = 3; late <= 25; late += 2) {
        rig_turns(&rig, 7);
        walker_slots(&rig.walker, late); // nobody comes
    }
    drain();
    check_all();
    check_holes(11, TA_HOLE_FEED_LATE); // the first stall is bridged by what is queued
    assert_int_equal(stats().headroom_min_frames, 0);
    rig_source_free(&source);
}

// ---- one source behind another ---------------------------------------------------------------------------------------------

static void test_queued_sources_of_any_format_follow_without_a_gap(void **state)
{
    (void)state;
    static const ta_format_t formats[] = {
        {TA_SAMPLE_S16, 2, 44100},     {TA_SAMPLE_U8, 1, 44100},  {TA_SAMPLE_S32, 2, 44100}, {TA_SAMPLE_S24, 1, 44100},
        {TA_SAMPLE_S24IN32, 2, 44100}, {TA_SAMPLE_U16, 2, 44100}, {TA_SAMPLE_S8, 2, 44100},  {TA_SAMPLE_S16, 1, 44100}};
    enum { SOURCES = sizeof formats / sizeof *formats };
    rig_source_t source[SOURCES];
    for (unsigned s = 0; s < SOURCES; s++) {
        rig_source(&rig, &source[s], formats[s], 700 + 13 * s);
        rig_expect(&rig, &source[s], 0, source[s].frames, false);
    }
    ok(ta_output_play(output, &source[0].raw.source));
    for (unsigned s = 1; s < SOURCES; s++) {
        rig_turn(&rig);
        ok(ta_output_queue(output, &source[s].raw.source));
        assert_int_equal(ta_output_queue(output, &source[0].raw.source), TA_E_BUSY);
        while (output->next || output->commands_done != output->commands_posted)
            rig_turn(&rig);
    }
    drain();
    check_all();
    assert_int_equal(check.gaps, 1);
    assert_int_equal(stats().drained, 1); // one program without an end between
    for (unsigned s = 0; s < SOURCES; s++)
        rig_source_free(&source[s]);
}

// Queued at every turn of a short program's life: not a frame is lost; without a gap while there is time.
static void test_queue_at_any_time(void **state)
{
    (void)state;
    unsigned gapless = 0, gaps = 0;
    for (uint32_t frames = 250; frames <= 320; frames += 7) {
        for (unsigned turn = 0; turn < 16; turn++) {
            rig_open(&rig, &plain);
            rig_source_t a, b;
            rig_source(&rig, &a, stereo16, frames);
            rig_source(&rig, &b, stereo16, 400);
            rig_expect(&rig, &a, 0, a.frames, false);
            rig_expect(&rig, &b, 0, b.frames, false);
            ok(ta_output_play(output, &a.raw.source));
            rig_turns(&rig, turn);
            ok(ta_output_queue(output, &b.raw.source));
            drain();
            check_all();
            gapless += check.gaps == 1;
            gaps += check.gaps == 2;
            assert_int_equal(stats().drained, check.gaps);
            assert_int_equal(stats().ring.holes, 0);
            rig_source_free(&a);
            rig_source_free(&b);
            rig_close(&rig);
        }
    }
    print_message("%u gapless, %u with a gap\n", gapless, gaps);
    assert_int_equal(gapless + gaps, 11 * 16);
    assert_true(gapless >= 11 * 4 && gaps >= 11 * 8);
}

// The program's last run has been composed but is not out yet, because it was paused so near its end. What is queued then follows without
// a gap all the same; and so it does while the source is not at its end, which a full table of lent blocks puts off: nothing is composed
// before there is room for it.
static void test_queue_behind_a_last_run_that_waits(void **state)
{
    (void)state;
    unsigned waited = 0, lent = 0;
    for (unsigned lends = 0; lends < 2; lends++) {
        for (unsigned turn = 3; turn < 40; turn++) {
            rig_open(&rig, &plain);
            rig_source_t a, b;
            rig_source(&rig, &a, stereo16, lends ? 30 * 64 : 30 * 64 - 7);
            rig_source(&rig, &b, stereo16, 400);
            rig_expect(&rig, &a, 0, a.frames, false);
            rig_expect(&rig, &b, 0, b.frames, false);
            if (lends)
                walker_allow(&rig.walker, a.data, (size_t)a.frames * 4);
            ok(ta_output_play(output, &a.raw.source));
            rig_turns(&rig, turn);
            bool pauses = !lends && ta_output_pause(output) == TA_OK;
            rig_turns(&rig, pauses ? 6 : 0);
            bool waits = output->program_ended && (output->run.data || output->held_next < output->held_count);
            waited += waits;
            assert_false(waits && lends);
            bool follows = waits || (output->state == TA_OUTPUT_PLAYING && !output->program_ended);
            lent += lends && follows;
            ok(ta_output_queue(output, &b.raw.source));
            rig_turns(&rig, 1);
            ok(ta_output_resume(output));
            drain();
            check_all();
            if (follows)
                assert_int_equal(stats().drained, 1); // one program without an end between
            for (unsigned g = 1; follows && g < check.gaps; g++)
                assert_false(check.gap[g].to_new_part);
            rig_source_free(&a);
            rig_source_free(&b);
            rig_close(&rig);
        }
    }
    print_message("%u last runs waited, %u programs of lent blocks were not at their end\n", waited, lent);
    assert_true(waited >= 3 && lent > 20);
}

static void test_another_rate_waits_for_silence(void **state)
{
    (void)state;
    static const uint32_t rates[] = {44100, 48000, 8000, 96000, 96000, 22050};
    rig_source_t source[6];
    for (unsigned s = 0; s < 6; s++) {
        rig_source(&rig, &source[s], (ta_format_t){TA_SAMPLE_S16, 2, rates[s]}, 500 + 11 * s);
        rig_expect(&rig, &source[s], 0, source[s].frames, false);
    }
    ok(ta_output_play(output, &source[0].raw.source));
    for (unsigned s = 1; s < 6; s++) {
        rig_turn(&rig);
        ok(ta_output_queue(output, &source[s].raw.source));
        while (output->next || output->pending || output->commands_done != output->commands_posted)
            rig_turn(&rig);
    }
    drain();
    check_all();
    assert_int_equal(rig.retunes, 4);
    assert_int_equal(check.gaps, 5); // one at the start, one at each change
    assert_int_equal(stats().drained, 5);
    assert_int_equal(stats().ring.holes, 0);
    for (unsigned s = 0; s < 6; s++)
        rig_source_free(&source[s]);
}

static void test_a_source_of_another_rate_may_come_first(void **state)
{
    (void)state;
    rig_source_t source;
    rig_source(&rig, &source, (ta_format_t){TA_SAMPLE_S16, 2, 12000}, 500);
    rig_expect(&rig, &source, 0, 500, false);
    ok(ta_output_play(output, &source.raw.source));
    drain();
    check_all();
    assert_int_equal(rig.retunes, 1);
    assert_int_equal(stats().drained, 1);
    rig_source_free(&source);
}

// ---- pausing, stopping, replacing --------------------------------------------------------------------------------------------

// Output frame from which on there is silence, looking back from `end`.
static uint64_t silent_since(uint64_t end)
{
    while (end > 0 && rig.walker.heard.frame[end - 1][0] == 0 && rig.walker.heard.frame[end - 1][1] == 0)
        end--;
    return end;
}

// Paused at every turn, for every number of turns: within two slots it is silent; it goes on with the very next frame.
static void test_pause_at_any_time(void **state)
{
    (void)state;
    unsigned paused = 0;
    for (unsigned at = 1; at <= 14; at++) {
        for (unsigned pause = 0; pause <= 6; pause++) {
            rig_open(&rig, &plain);
            rig_source_t source;
            rig_source(&rig, &source, stereo16, 600);
            rig_expect(&rig, &source, 0, source.frames, false);
            ok(ta_output_play(output, &source.raw.source));
            rig_turns(&rig, at);
            ok(ta_output_pause(output));
            uint64_t heard = rig.walker.heard.count;
            rig_turns(&rig, pause);
            if (pause > 3 && stats().state == TA_OUTPUT_PAUSED) {
                assert_true(silent_since(rig.walker.heard.count) <= heard + 3 * 64); // two slots, then the fall
                paused++;
            }
            ok(ta_output_resume(output));
            drain();
            check_all();
            assert_int_equal(stats().ring.holes, 0);
            assert_int_equal(stats().drained, 1);
            rig_source_free(&source);
            rig_close(&rig);
        }
    }
    assert_true(paused >= 3 * 10);
}

// Also right behind a hole, when slots, a ramp, and tails that were heard and are to be heard take the whole pool.
static void test_pause_behind_a_hole(void **state)
{
    (void)state;
    unsigned paused = 0;
    for (unsigned late = 1; late <= 14; late++) {
        for (unsigned at = 0; at <= 8; at++) {
            for (unsigned pause = 0; pause <= 6; pause += 3) {
                rig_open(&rig, &plain);
                rig_source_t source;
                rig_source(&rig, &source, stereo16, 3000);
                rig_expect(&rig, &source, 0, source.frames, false);
                ok(ta_output_play(output, &source.raw.source));
                rig_turns(&rig, 8);
                walker_slots(&rig.walker, late); // nobody comes
                ta_output_feed(output);          // and once more in the same slot
                rig_turns(&rig, at);
                ok(ta_output_pause(output));
                uint64_t heard = rig.walker.heard.count;
                rig_turns(&rig, pause);
                if (pause > 3) {
                    assert_int_equal(stats().state, TA_OUTPUT_PAUSED);
                    assert_true(silent_since(rig.walker.heard.count) <= heard + 3 * 64);
                    paused++;
                }
                ok(ta_output_resume(output));
                drain();
                check_all();
                rig_source_free(&source);
                rig_close(&rig);
            }
        }
    }
    assert_int_equal(paused, 14 * 9);
}

static void test_a_pause_needs_no_interrupts_once_it_is_silent(void **state)
{
    (void)state;
    rig_source_t source;
    rig_source(&rig, &source, stereo16, 3000);
    rig_expect(&rig, &source, 0, source.frames, false);
    ok(ta_output_play(output, &source.raw.source));
    rig_turns(&rig, 9);
    ok(ta_output_pause(output));
    rig_turns(&rig, 8);
    assert_false(rig.attended);
    unsigned fed = rig.fed;
    walker_idle(&rig.walker, 1000000); // 24 minutes
    rig_turns(&rig, 50);
    assert_int_equal(rig.fed, fed);
    // The heard frames do not hold the idle time; the frame clock does.
    ok(ta_output_resume(output));
    rig_turn(&rig);
    assert_int_equal(stats().output_frames, rig.walker.heard.count - 64 + 64000000);
    rig_source_free(&source);
}

static void test_stop_fades_and_forgets(void **state)
{
    (void)state;
    unsigned stops = 0;
    for (unsigned at = 1; at <= 14; at++) {
        rig_open(&rig, &plain);
        rig_source_t a, waits, b;
        rig_source(&rig, &a, stereo16, 600);
        rig_source(&rig, &waits, stereo16, 100);
        rig_source(&rig, &b, stereo16, 200);
        rig_expect(&rig, &a, 0, a.frames, true);
        rig_expect(&rig, &waits, 0, waits.frames, true);
        rig_expect(&rig, &b, 0, b.frames, false);
        ok(ta_output_play(output, &a.raw.source));
        ok(ta_output_queue(output, &waits.raw.source));
        rig_turns(&rig, at);
        ok(ta_output_stop(output));
        uint64_t heard = rig.walker.heard.count;
        drain();
        assert_true(silent_since(rig.walker.heard.count) <= heard + 3 * 64);
        assert_int_equal(stats().drained, 1);
        assert_false(ta_output_holds(output, &a.raw.source));
        assert_false(ta_output_holds(output, &waits.raw.source));
        ok(ta_output_play(output, &b.raw.source));
        assert_true(ta_output_holds(output, &b.raw.source));
        drain();
        check_all();
        assert_int_equal(stats().drained, 2);
        assert_int_equal(stats().ring.holes, 0);
        rig_source_free(&a);
        rig_source_free(&waits);
        rig_source_free(&b);
        rig_close(&rig);
        stops++;
    }
    assert_int_equal(stops, 14);
}

// A push source that has nothing more, stopped when its last frames are past recall: what is queued then is no continuation.
static void test_queue_behind_a_stop_is_no_continuation(void **state)
{
    (void)state;
    unsigned stops = 0;
    for (unsigned at = 1; at <= 8; at++) {
        rig_open(&rig, &plain);
        rig_source_t a, b;
        rig_source(&rig, &a, stereo16, 3 * 64);
        rig_source(&rig, &b, stereo16, 200);
        rig_expect(&rig, &a, 0, a.frames, true);
        rig_expect(&rig, &b, 0, b.frames, false);
        ta_push_t push;
        static uint32_t storage[256];
        ok(ta_push_init(&push, &stereo16, 256, storage));
        assert_int_equal(ta_push_write(&push, a.data, 3 * 64), 3 * 64);
        ok(ta_output_play(output, &push.source));
        rig_turns(&rig, at);
        ok(ta_output_stop(output));
        ok(ta_output_queue(output, &b.raw.source));
        drain();
        check_all();
        bool began = check.program_frames > b.frames;
        assert_int_equal(check.gaps, began ? 2 : 1);
        assert_int_equal(stats().drained, 2);
        rig_source_free(&a);
        rig_source_free(&b);
        rig_close(&rig);
        stops++;
    }
    assert_int_equal(stops, 8);
}

static void test_play_replaces_what_plays(void **state)
{
    (void)state;
    enum { SOURCES = 12 };
    rig_source_t source[SOURCES];
    for (unsigned s = 0; s < SOURCES; s++) {
        rig_source(&rig, &source[s], stereo16, 900);
        rig_expect(&rig, &source[s], 0, source[s].frames, s + 1 < SOURCES);
    }
    for (unsigned s = 0; s < SOURCES; s++) {
        ok(ta_output_play(output, &source[s].raw.source));
        rig_turns(&rig, s % 5 * 2);
    }
    drain();
    check_all();
    assert_int_equal(stats().ring.holes, 0);
    assert_int_equal(stats().ring.indeterminate, 0);
    assert_int_equal(stats().drained, SOURCES); // those that were replaced have ended too
    for (unsigned s = 0; s < SOURCES; s++)
        rig_source_free(&source[s]);
}

static void test_pause_of_nothing(void **state)
{
    (void)state;
    assert_int_equal(ta_output_pause(output), TA_E_STATE);
    ok(ta_output_resume(output));
    ok(ta_output_stop(output));
    rig_turns(&rig, 4);
    assert_int_equal(stats().state, TA_OUTPUT_IDLE);
    assert_int_equal(stats().drained, 0);
}

// ---- two stalls ------------------------------------------------------------------------------------------------------------

// A short program with two stalls, one callback apart. Returns how many callbacks there were.
static uint64_t stalled_twice(const ta_ring_config_t *config, uint64_t callback, uint32_t first, uint32_t second)
{
    rig_open(&rig, config);
    rig_source_t source;
    rig_source(&rig, &source, stereo16, 10 * 64);
    rig.walker.injection[0] = (injection_t){callback, first};
    rig.walker.injection[1] = (injection_t){callback + 1, second};
    rig.walker.injections = 2;
    ok(ta_output_play(output, &source.raw.source));
    assert_true(rig_drain(&rig, 300));
    if (rig.walker.complaint[0])
        fail_msg("%u slots, %u steps before callback %u, %u behind: %s", (unsigned)config->slots, first,
                 (unsigned)callback, second, rig.walker.complaint);
    uint64_t callbacks = rig.walker.callbacks;
    rig_source_free(&source);
    rig_close(&rig);
    return callbacks;
}

// A run that comes too late and is heard all the same, a lap later, keeps its slot for as long.
static void test_memory_stays_as_long_as_it_may_be_read(void **state)
{
    (void)state;
    enum { LAP = 8 * WALKER_STEPS_PER_SLOT };
    unsigned runs = 0;
    for (uint32_t slots = 3; slots <= 6; slots += 3) {
        ta_ring_config_t config = plain;
        config.slots = slots;
        for (uint64_t callback = 1, last = 1; callback <= last; callback++) {
            for (uint32_t first = 5; first < LAP; first += 5) {
                for (uint32_t second = LAP / 2; second < LAP * 3 / 2; second += 3, runs++) {
                    uint64_t callbacks = stalled_twice(&config, callback, first, second);
                    last = callbacks > last ? callbacks : last;
                }
            }
        }
    }
    print_message("%u runs\n", runs);
    assert_true(runs > 20000);
}

#define ON_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format_on_every_wire),
        cmocka_unit_test(test_every_length_of_a_last_slot),
        ON_RIG(test_source_loops),
        ON_RIG(test_a_late_feed_makes_holes_that_are_told),
        ON_RIG(test_queued_sources_of_any_format_follow_without_a_gap),
        cmocka_unit_test(test_queue_at_any_time),
        cmocka_unit_test(test_queue_behind_a_last_run_that_waits),
        ON_RIG(test_another_rate_waits_for_silence),
        ON_RIG(test_a_source_of_another_rate_may_come_first),
        cmocka_unit_test(test_pause_at_any_time),
        cmocka_unit_test(test_pause_behind_a_hole),
        ON_RIG(test_a_pause_needs_no_interrupts_once_it_is_silent),
        cmocka_unit_test(test_stop_fades_and_forgets),
        cmocka_unit_test(test_queue_behind_a_stop_is_no_continuation),
        ON_RIG(test_play_replaces_what_plays),
        ON_RIG(test_pause_of_nothing),
        cmocka_unit_test(test_memory_stays_as_long_as_it_may_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
