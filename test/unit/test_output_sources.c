// The output on the step-wise hardware, second half: volume, lent blocks, late and failing sources, loops, commands.
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

// ---- volume --------------------------------------------------------------------------------------------------------------

static int32_t louder(int32_t sample16, uint32_t gain_q16) // rounded half up, then to 16 bits likewise, saturated
{
    int64_t s32 = ((int64_t)sample16 * 65536 * gain_q16 + 32768) >> 16;
    s32 = s32 > INT32_MAX ? INT32_MAX : s32 < INT32_MIN ? INT32_MIN : s32;
    int64_t s16 = (s32 + 32768) >> 16;
    return (int32_t)(s16 > 32767 ? 32767 : s16);
}

static void test_volume(void **state)
{
    (void)state;
    static const uint32_t gains[] = {0x8000, 0x10000, 0x4000, 0, 0x20000, 0x40000, 0x12345};
    rig_source_t source;
    rig_source(&rig, &source, stereo16, 8000);
    ok(ta_output_play(output, &source.raw.source));
    rig_turns(&rig, 4);
    uint64_t pulled[8] = {0};
    for (unsigned g = 0; g < 7; g++) {
        ok(ta_output_set_volume(output, gains[g]));
        rig_turn(&rig);
        rig_turns(&rig, 14);
        pulled[g] = stats().source_frames;
    }
    assert_int_equal(ta_output_set_volume(output, TA_GAIN_MAX_Q16 + 1), TA_E_ARG);
    drain();
    // Each volume holds, to the bit, for the frames pulled long after it was set and before the next.
    uint64_t begin = 0, same = 0;
    while (rig.walker.heard.frame[begin][0] != rig.program[0][0] ||
           rig.walker.heard.frame[begin][1] != rig.program[0][1])
        begin++;
    for (unsigned g = 0; g < 7; g++) {
        uint64_t end = pulled[g], from = g ? pulled[g - 1] + 64 + TA_GAIN_RAMP_FRAMES : 64 * 14;
        for (uint64_t n = from; n < end; n++) {
            for (int c = 0; c < 2; c++) {
                int32_t due = louder(rig.program[n][c] >> 16, gains[g]);
                assert_int_equal(rig.walker.heard.frame[begin + n][c] >> 16, due);
                same++;
            }
        }
    }
    assert_true(same > 2 * 7 * 400);
    rig_source_free(&source);
}

// ---- blocks that are lent --------------------------------------------------------------------------------------------------

static void lend(bool lends, bool allowed, const ta_ring_config_t *config, ta_format_t format, uint32_t offset,
                 uint32_t lent)
{
    rig_open(&rig, config);
    rig.lends = lends;
    rig_source_t source;
    rig_source(&rig, &source, format, 64 * 20 + 32 + offset);
    if (allowed)
        walker_allow(&rig.walker, source.data, 64 * 21 * 8);
    ok(ta_source_seek(&source.raw.source, offset));
    rig_expect(&rig, &source, offset, source.frames - offset, false);
    ok(ta_output_play(output, &source.raw.source));
    drain();
    check_all();
    assert_int_equal(stats().ring.lent, lent);
    rig_source_free(&source);
    rig_close(&rig);
}

// A section that is stalled before a store and again behind it may have stored a block that is heard a lap later than its number says. It is
// the output's as long as it may be heard, the program's last one too.
static void test_a_late_lent_block_is_held_while_it_is_heard(void **state)
{
    (void)state;
    enum { PASS = 6 * WALKER_STEPS_PER_SLOT, LAP = 8 * WALKER_STEPS_PER_SLOT };
    unsigned late = 0, runs = 0;
    for (uint64_t callback = 1, last = 1; callback <= last; callback++) {
        for (uint32_t steps = 1; steps < LAP; steps++, runs++) {
            rig_open(&rig, &plain);
            rig_source_t source;
            rig_source(&rig, &source, stereo16, 6 * 64);
            walker_allow(&rig.walker, source.data, (size_t)source.frames * 4);
            rig.walker.injection[0] = (injection_t){callback, PASS};
            rig.walker.injection[1] = (injection_t){callback + 1, steps};
            rig.walker.injections = 2;
            ok(ta_output_play(output, &source.raw.source));
            do {
                ta_output_feed(output);
                bool heard = rig.walker.playing >> 24 == rig.walker.blocks; // the walker's last block of memory
                if (heard && !ta_output_holds(output, &source.raw.source))
                    fail_msg("%u steps before callback %u: given back and heard", steps, (unsigned)callback);
                walker_slots(&rig.walker, 1);
            } while (ta_output_busy(output));
            late += stats().ring.indeterminate > 0;
            last = callback == 1 ? rig.walker.callbacks : last;
            rig_source_free(&source);
            rig_close(&rig);
        }
    }
    print_message("%u runs, %u with a late publication\n", runs, late);
    assert_true(late > 1000);
}

static void test_blocks_are_lent_where_they_may_be(void **state)
{
    (void)state;
    ta_ring_config_t wide = plain;
    wide.wire = TA_WIRE_S32;
    const ta_format_t mono = {TA_SAMPLE_S16, 1, 44100}, wide32 = {TA_SAMPLE_S32, 2, 44100};
    lend(true, true, &plain, stereo16, 0, 20);
    lend(true, true, &plain, stereo16, 1, 20); // a frame is a word
    lend(true, true, &wide, wide32, 0, 20);
    lend(false, true, &plain, stereo16, 0, 0);
    lend(true, false, &plain, stereo16, 0, 0);
    lend(true, true, &plain, mono, 0, 0);
    lend(true, true, &wide, stereo16, 0, 0);
    lend(true, true, &plain, wide32, 0, 0);
}

// While a program plays, every slot but the one that plays waits behind it as soon as the feed has run: copied or lent, with the
// smallest pool as with the largest. So what is planned is what is queued.
static void test_as_much_is_queued_as_is_planned(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (uint32_t slots = 3; slots <= 62; slots += slots < 10 ? 1 : 13) {
        for (unsigned lent = 0; lent < 2; lent++) {
            ta_ring_config_t config = plain;
            config.slots = slots;
            rig_open(&rig, &config);
            rig_source_t source;
            rig_source(&rig, &source, stereo16, (slots + 20) * 64);
            rig_expect(&rig, &source, 0, source.frames, false);
            if (lent)
                walker_allow(&rig.walker, source.data, (size_t)source.frames * 4);
            ok(ta_output_play(output, &source.raw.source));
            rig_turns(&rig, 4);
            for (unsigned turn = 0; turn < 12; turn++, seen++) {
                ta_output_feed(output);
                uint64_t headroom = stats().headroom_frames;
                assert_in_range(headroom, (slots - 1) * 64, slots * 64);
                rig_turn(&rig);
            }
            drain();
            check_all();
            rig_source_free(&source);
            rig_close(&rig);
        }
    }
    assert_int_equal(seen, 12 * 24);
}

static void test_pause_and_stop_with_lent_blocks(void **state)
{
    (void)state;
    rig_source_t a, b;
    rig_source(&rig, &a, stereo16, 64 * 40);
    rig_source(&rig, &b, stereo16, 64 * 40);
    walker_allow(&rig.walker, a.data, 64 * 40 * 4);
    walker_allow(&rig.walker, b.data, 64 * 40 * 4);
    rig_expect(&rig, &a, 0, a.frames, true);
    rig_expect(&rig, &b, 0, b.frames, false);
    ok(ta_output_play(output, &a.raw.source));
    for (int times = 0; times < 5; times++) {
        rig_turns(&rig, 3);
        ok(ta_output_pause(output));
        rig_turns(&rig, 6);
        assert_true(ta_output_holds(output, &a.raw.source));
        ok(ta_output_resume(output));
    }
    rig_turns(&rig, 6);
    ok(ta_output_stop(output));
    drain();
    assert_false(ta_output_holds(output, &a.raw.source));
    memset(a.data, 0xff, 64 * 40 * 4); // it is the caller's again: this must not be heard
    ok(ta_output_play(output, &b.raw.source));
    drain();
    check_all();
    assert_true(stats().ring.lent > 60);
    assert_int_equal(stats().ring.holes, 0);
    rig_source_free(&a);
    rig_source_free(&b);
}

// ---- sources that are late or fail -------------------------------------------------------------------------------------------

static void test_a_push_source_that_starves(void **state)
{
    (void)state;
    rig_source_t frames; // only for its frames
    rig_source(&rig, &frames, stereo16, 4000);
    rig_expect(&rig, &frames, 0, frames.frames, false);
    ta_push_t push;
    ta_need_t need;
    ok(ta_push_need(&stereo16, 512, &need));
    void *storage = malloc(need.bytes);
    ok(ta_push_init(&push, &stereo16, 512, storage));
    uint32_t written = 0, writes = 0, quiet = 0;
    ok(ta_output_play(output, &push.source));
    while (written < 4000) {
        if (quiet == 0) {
            uint32_t left = 4000 - written;
            written += ta_push_write(&push, frames.data + (size_t)written * 4, left < 333 ? left : 333);
            if (++writes % 12 == 0)
                quiet = 30; // the caller is away: longer than what is queued lasts
        } else {
            quiet--;
        }
        rig_turn(&rig);
    }
    ta_push_end(&push);
    drain();
    check_all();
    assert_true(stats().ring.holes >= 2);
    check_holes(stats().ring.holes, TA_HOLE_SOURCE_LATE);
    assert_true(push.source.waits > 0);
    free(storage);
    rig_source_free(&frames);
}

// A source that starves between two slots, and a pause: the hole that the pause ends says which program frame follows.
static void test_a_pause_in_a_hole_knows_the_next_frame(void **state)
{
    (void)state;
    for (uint32_t frames = 640; frames <= 650; frames += 10) { // whole slots, and ten frames that wait in a slot
        rig_open(&rig, &plain);
        rig_source_t source;
        rig_source(&rig, &source, stereo16, frames + 64);
        rig_expect(&rig, &source, 0, source.frames, false);
        ta_push_t push;
        static uint32_t storage[1024];
        ok(ta_push_init(&push, &stereo16, 1024, storage));
        assert_int_equal(ta_push_write(&push, source.data, frames), frames);
        ok(ta_output_play(output, &push.source));
        rig_turns(&rig, 30);
        ok(ta_output_pause(output));
        rig_turns(&rig, 5);
        ta_hole_t hole;
        assert_true(ta_output_hole(output, 0, &hole));
        assert_int_equal(hole.source_frame, 640);
        assert_int_equal(stats().position_frame, 640);
        ok(ta_output_resume(output));
        assert_int_equal(ta_push_write(&push, source.data + (size_t)frames * 4, 64), 64);
        ta_push_end(&push);
        drain();
        check_all();
        rig_source_free(&source);
        rig_close(&rig);
    }
}

typedef struct {
    ta_source_t source;
    const rig_source_t *frames;
    uint64_t fails_at;
} failing_t;

static ta_pull_t pull_until_failure(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    const failing_t *failing = (const failing_t *)(const void *)source;
    uint64_t left = failing->fails_at - source->position;
    if (left == 0)
        return TA_PULL_FAULT;
    block->frames = left < max_frames ? (uint32_t)left : max_frames;
    block->data = failing->frames->data + source->position * 4;
    return TA_PULL_MORE;
}

static void test_a_source_that_fails(void **state)
{
    (void)state;
    static const ta_source_ops_t ops = {pull_until_failure, NULL};
    static const uint64_t fails_at[] = {0, 1, 63, 64, 65, 500};
    unsigned failures = 0;
    for (unsigned k = 0; k < 6; k++) {
        for (unsigned queued = 0; queued < 2; queued++) {
            rig_open(&rig, &plain);
            rig_source_t a, b;
            rig_source(&rig, &a, stereo16, 600);
            rig_source(&rig, &b, stereo16, 300);
            failing_t failing = {.frames = &a, .fails_at = fails_at[k]};
            ta_source_init(&failing.source, &ops, &stereo16, 600);
            rig_expect(&rig, &a, 0, fails_at[k], false);
            if (queued)
                rig_expect(&rig, &b, 0, b.frames, false);
            ok(ta_output_play(output, &failing.source));
            if (queued)
                ok(ta_output_queue(output, &b.raw.source));
            drain();
            check_all();
            assert_int_equal(stats().faults, 1);
            assert_int_equal(stats().fault, TA_E_IO);
            assert_int_equal(stats().drained, 1);
            assert_int_equal(check.gaps, check.program_frames > 0);
            rig_source_free(&a);
            rig_source_free(&b);
            rig_close(&rig);
            failures++;
        }
    }
    assert_int_equal(failures, 12);
}

// Figures that are asked for while the feed works, as another core may: those of the last feed, all of them.
typedef struct {
    failing_t failing;
    ta_output_stats_t before;
    unsigned asked, torn;
} asking_t;

static ta_pull_t pull_and_ask(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    asking_t *asking = (asking_t *)(void *)source;
    ta_output_stats_t now = stats();
    asking->asked++;
    asking->torn += memcmp(&now, &asking->before, sizeof now) != 0;
    return pull_until_failure(source, max_frames, block);
}

static void test_figures_are_those_of_one_feed(void **state)
{
    (void)state;
    static const ta_source_ops_t ops = {pull_and_ask, NULL};
    rig_source_t frames;
    rig_source(&rig, &frames, stereo16, 3000);
    static asking_t asking;
    memset(&asking, 0, sizeof asking);
    asking.failing = (failing_t){.frames = &frames, .fails_at = 3000};
    ta_source_init(&asking.failing.source, &ops, &stereo16, 3000);
    memset(&asking.before, 0, sizeof asking.before);
    ok(ta_output_play(output, &asking.failing.source));
    asking.before = stats();
    for (int turn = 0; turn < 60; turn++) {
        rig_turn(&rig);
        asking.before = stats();
    }
    assert_true(asking.asked > 40);
    assert_int_equal(asking.torn, 0);
    rig_source_free(&frames);
}

// ---- loops without a processor -------------------------------------------------------------------------------------------

static void test_a_loop_in_hardware(void **state)
{
    (void)state;
    assert_int_equal(ta_output_hardware_loop_max(output), 5 * 64);
    rig_source_t sample, a, big;
    rig_source(&rig, &a, stereo16, 700);
    rig_source(&rig, &sample, (ta_format_t){TA_SAMPLE_U8, 1, 44100}, 3 * 64 + 32);
    rig_source(&rig, &big, stereo16, 5 * 64 + 1);
    assert_int_equal(ta_output_loop_in_hardware(output, &big.raw.source), TA_E_NOMEM);
    rig_expect(&rig, &a, 0, a.frames, true);
    ok(ta_output_play(output, &a.raw.source));
    rig_turns(&rig, 6);
    ok(ta_output_loop_in_hardware(output, &sample.raw.source));
    while (output->loop.step != TA_LOOP_RUNNING)
        rig_turn(&rig);
    assert_false(rig.attended); // no processor at all
    rig_turns(&rig, 40);
    unsigned fed = rig.fed;
    assert_int_equal(stats().state, TA_OUTPUT_LOOPING);
    assert_int_equal(ta_output_pause(output), TA_E_STATE);
    ok(ta_output_stop(output));
    drain();
    assert_true(rig.fed > fed);
    uint64_t passes = rig.walker.loop_passes;
    assert_true(passes >= 40);
    for (uint64_t p = 0; p < passes; p++)
        rig_expect(&rig, &sample, 0, sample.frames, false);
    assert_int_equal(stats().drained, 2);
    rig_expect(&rig, &a, 0, 0, true);
    rig_source_t after;
    rig_source(&rig, &after, stereo16, 300);
    rig_expect(&rig, &after, 0, after.frames, false);
    ok(ta_output_play(output, &after.raw.source));
    drain();
    check_all();
    assert_int_equal(stats().ring.holes, 0);
    rig_source_free(&sample);
    rig_source_free(&a);
    rig_source_free(&big);
    rig_source_free(&after);
}

// The short way to a slot counts on 32 bits how far W is ahead of R. When that wraps, after 36 days of silence here, a loop must still find
// its slots in order.
static void test_a_loop_after_months_of_silence(void **state)
{
    (void)state;
    rig_source_t a, sample;
    rig_source(&rig, &a, stereo16, 10 * 64);
    walker_allow(&rig.walker, a.data, (size_t)a.frames * 4); // the last block is lent and gives its slot back
    rig_source(&rig, &sample, stereo16, 3 * 64);
    rig_expect(&rig, &a, 0, a.frames, false);
    ok(ta_output_play(output, &a.raw.source));
    drain();
    assert_true(stats().ring.lent > 0);
    walker_idle(&rig.walker, (1U << 31) + 100);
    ok(ta_output_loop_in_hardware(output, &sample.raw.source));
    for (unsigned turn = 0; turn < 20 && output->loop.step != TA_LOOP_RUNNING; turn++)
        rig_turn(&rig);
    assert_int_equal(output->loop.step, TA_LOOP_RUNNING);
    rig_turns(&rig, 5);
    ok(ta_output_stop(output));
    drain();
    assert_int_equal(stats().faults, 0);
    rig_source_free(&a);
    rig_source_free(&sample);
}

// Loops of every length that the walker can time, left after every number of passes: the frame clock counts them.
static void test_the_frame_clock_behind_a_loop(void **state)
{
    (void)state;
    unsigned loops = 0;
    for (uint32_t length = 32; length <= 5 * 64; length += 32) {
        for (unsigned turns = 1; turns <= 7; turns++) {
            rig_open(&rig, &plain);
            rig_source_t sample, after;
            rig_source(&rig, &sample, stereo16, length);
            rig_source(&rig, &after, stereo16, 300);
            ok(ta_output_loop_in_hardware(output, &sample.raw.source));
            while (output->loop.step != TA_LOOP_RUNNING)
                rig_turn(&rig);
            rig_turns(&rig, turns);
            ok(ta_output_stop(output));
            drain();
            for (uint64_t p = 0; p < rig.walker.loop_passes; p++)
                rig_expect(&rig, &sample, 0, length, false);
            rig_expect(&rig, &after, 0, after.frames, false);
            ok(ta_output_play(output, &after.raw.source));
            drain();
            rig.positions_known = false; // a loop's passes count once
            check_all();
            assert_int_equal(stats().drained, 2);
            rig_source_free(&sample);
            rig_source_free(&after);
            rig_close(&rig);
            loops++;
        }
    }
    assert_int_equal(loops, 70);
}

// A source is held while anything is pulled from it, whatever it waits for: the task may look at any moment, from the other core.
typedef struct {
    failing_t failing;
    unsigned asked, free;
} held_t;

static ta_pull_t pull_and_look(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    held_t *held = (held_t *)(void *)source;
    held->asked++;
    held->free += !ta_output_holds(output, source);
    return pull_until_failure(source, max_frames, block);
}

static void test_a_source_is_held_while_it_is_pulled(void **state)
{
    (void)state;
    static const ta_source_ops_t ops = {pull_and_look, NULL};
    rig_source_t frames;
    rig_source(&rig, &frames, stereo16, 300);
    static held_t held[3];
    memset(held, 0, sizeof held);
    for (unsigned s = 0; s < 3; s++) {
        held[s].failing = (failing_t){.frames = &frames, .fails_at = 300};
        ta_source_init(&held[s].failing.source, &ops, &stereo16, 300);
    }
    ok(ta_output_play(output, &held[0].failing.source));
    ok(ta_output_queue(output, &held[1].failing.source));
    drain();
    ok(ta_output_loop_in_hardware(output, &held[2].failing.source));
    while (output->loop.step != TA_LOOP_RUNNING)
        rig_turn(&rig);
    assert_false(ta_output_holds(output, &held[2].failing.source)); // its frames are the output's own
    ok(ta_output_stop(output));
    drain();
    for (unsigned s = 0; s < 3; s++) {
        assert_true(held[s].asked > 0);
        assert_int_equal(held[s].free, 0);
    }
    rig_source_free(&frames);
}

// A source at its end has nothing to loop: that is refused, not silence without a word.
static void test_no_loop_of_nothing(void **state)
{
    (void)state;
    rig_source_t source;
    rig_source(&rig, &source, stereo16, 200);
    ok(ta_output_play(output, &source.raw.source));
    drain();
    assert_int_equal(ta_output_loop_in_hardware(output, &source.raw.source), TA_E_ARG);
    ok(ta_source_seek(&source.raw.source, 0));
    ok(ta_output_loop_in_hardware(output, &source.raw.source));
    while (output->loop.step != TA_LOOP_RUNNING)
        rig_turn(&rig);
    ok(ta_output_stop(output));
    drain();
    rig_source_free(&source);
}

static void test_no_loops_where_the_pin_has_none(void **state)
{
    (void)state;
    rig_source_t source;
    rig_source(&rig, &source, stereo16, 64);
    ta_output_pin_t without = *output->pin;
    without.loop = NULL;
    output->pin = &without;
    assert_int_equal(ta_output_loop_in_hardware(output, &source.raw.source), TA_E_STATE);
    rig_source_free(&source);
}

// ---- commands --------------------------------------------------------------------------------------------------------------

static void test_commands_are_refused_in_words(void **state)
{
    (void)state;
    rig_source_t source;
    rig_source(&rig, &source, stereo16, 64);
    ta_source_t broken = source.raw.source;
    assert_int_equal(ta_output_play(output, NULL), TA_E_ARG);
    assert_int_equal(ta_output_queue(output, NULL), TA_E_ARG);
    broken.ops = NULL;
    assert_int_equal(ta_output_play(output, &broken), TA_E_ARG);
    broken = source.raw.source;
    broken.format.channels = 3;
    assert_int_equal(ta_output_play(output, &broken), TA_E_FORMAT);
    broken.format = (ta_format_t){TA_SAMPLES, 2, 44100};
    assert_int_equal(ta_output_play(output, &broken), TA_E_FORMAT);
    broken.format = (ta_format_t){TA_SAMPLE_S16, 2, 192000};
    assert_int_equal(ta_output_play(output, &broken), TA_E_RATE);
    uint32_t rate = output->rate_hz;
    output->fixed_rate = true;
    output->rate_hz = 48000;
    assert_int_equal(ta_output_play(output, &source.raw.source), TA_E_RATE);
    assert_int_equal(ta_output_queue(output, &source.raw.source), TA_E_RATE);
    assert_int_equal(ta_output_loop_in_hardware(output, &source.raw.source), TA_E_RATE);
    assert_false(ta_output_busy(output));
    output->rate_hz = rate;
    assert_int_equal(ta_output_play(output, &broken), TA_E_RATE); // it would have retuned
    rig_source_free(&source);
}

static void test_a_full_command_queue(void **state)
{
    (void)state;
    rig_source_t source;
    rig_source(&rig, &source, stereo16, 2000);
    rig_expect(&rig, &source, 0, source.frames, false);
    for (int round = 0; round < 5; round++) { // the queue wraps
        for (int c = 0; c < TA_COMMANDS; c++)
            ok(ta_output_resume(output));
        assert_int_equal(ta_output_play(output, &source.raw.source), TA_E_BUSY);
        assert_int_equal(ta_output_stop(output), TA_E_BUSY);
        assert_int_equal(ta_output_resume(output), TA_E_BUSY);
        assert_true(ta_output_busy(output));
        rig_turn(&rig);
        assert_false(ta_output_busy(output));
    }
    ok(ta_output_play(output, &source.raw.source));
    drain();
    check_all();
    rig_source_free(&source);
}

static void test_names_of_states(void **state)
{
    (void)state;
    static const char *const names[] = {"idle", "playing", "paused", "draining", "looping"};
    for (int s = TA_OUTPUT_IDLE; s <= TA_OUTPUT_LOOPING; s++)
        assert_string_equal(ta_output_state_name((ta_output_state_t)s), names[s]);
    assert_string_equal(ta_output_state_name((ta_output_state_t)17), "unknown");
}

static void test_need_and_init_agree(void **state)
{
    (void)state;
    ta_need_t ring[2], all[2];
    ok(ta_ring_need(&plain, ring));
    ok(ta_output_need(&plain, all));
    assert_int_equal(ring[0].bytes, all[0].bytes);
    const ta_run_t *end = output->held + plain.slots - 2;
    assert_ptr_equal((const uint8_t *)end, (const uint8_t *)rig.block[1] + all[1].bytes);
    assert_true((const uint8_t *)output->held >= (const uint8_t *)rig.block[1] + ring[1].bytes);
    ta_ring_config_t wrong = plain;
    wrong.slots = 0;
    assert_int_equal(ta_output_need(&wrong, all), TA_E_ARG);
    ta_output_t other;
    const ta_ring_hw_t *hw = output->ring.hw;
    void *context = output->ring.hw_context;
    assert_int_equal(ta_output_init(&other, &wrong, hw, context, output->pin, context, rig.block), TA_E_ARG);
    ta_output_pin_t pin = *output->pin;
    pin.retune = NULL;
    assert_int_equal(ta_output_init(&other, &plain, hw, context, &pin, context, rig.block), TA_E_ARG);
    assert_int_equal(ta_output_init(NULL, &plain, hw, context, output->pin, context, rig.block), TA_E_ARG);
}

#define ON_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_RIG(test_volume),
        cmocka_unit_test(test_blocks_are_lent_where_they_may_be),
        cmocka_unit_test(test_a_late_lent_block_is_held_while_it_is_heard),
        cmocka_unit_test(test_as_much_is_queued_as_is_planned),
        ON_RIG(test_pause_and_stop_with_lent_blocks),
        ON_RIG(test_a_push_source_that_starves),
        cmocka_unit_test(test_a_pause_in_a_hole_knows_the_next_frame),
        cmocka_unit_test(test_a_source_that_fails),
        ON_RIG(test_figures_are_those_of_one_feed),
        ON_RIG(test_a_loop_in_hardware),
        ON_RIG(test_a_loop_after_months_of_silence),
        cmocka_unit_test(test_the_frame_clock_behind_a_loop),
        ON_RIG(test_a_source_is_held_while_it_is_pulled),
        ON_RIG(test_no_loop_of_nothing),
        ON_RIG(test_no_loops_where_the_pin_has_none),
        ON_RIG(test_commands_are_refused_in_words),
        ON_RIG(test_a_full_command_queue),
        cmocka_unit_test(test_names_of_states),
        ON_RIG(test_need_and_init_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
