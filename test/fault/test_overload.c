// Overload, swept. In: a program whose source takes its time, from a tenth of what its frames last to ten times that, on virtual boards. Out: a verdict on the task's share of the core, on
// every hole, and on every frame heard.
//
// The source waits in its pull, in virtual time, and nothing else takes any. The task notes for how long it could not run. Judged are:
// - that the task gets a sixteenth of every run, less what may be owed to it (load.h), and never waits longer than that;
// - that there are holes where the load is above 15/16, and not one frame of a hole where it is below;
// - that what is heard is what the report of holes predicts, frame by frame, and that holes have the cause "overload" as soon as it is known;
// - that figures agree, and that a program whose source is quick again goes on without a hole.
#include "test/support/pwm_scene.h"

#include "hardware/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HANG_US = 5000000, STEP_US = 100, LIMIT = 1000 * (TA_PACE_PARTS - 1) / TA_PACE_PARTS };

// ---- a source that takes its time -----------------------------------------------------------------------------------------------

typedef struct {
    numbered_t program; // first: it is the source
    const ta_source_ops_t *inner;
    uint32_t per_mille; // of what its frames last
    uint32_t every;     // it does the work of so many pulls in one
    uint32_t pulls;
    uint32_t stalls;  // so many pulls take 2 s more
    uint64_t rest_ns; // of its work, less than a microsecond
} slow_t;

static uint64_t fed_us, task_ran_us, longest_us;
static bool hung;

static ta_pull_t slow_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    slow_t *slow = (slow_t *)source;
    ta_pull_t result = slow->inner->pull(source, max_frames, block);
    if (slow->pulls++ % slow->every == 0 && result != TA_PULL_FAULT) {
        slow->rest_ns += (uint64_t)block->frames * slow->every * slow->per_mille * 1000000U / source->format.rate_hz;
        fed_us += slow->rest_ns / 1000;
        busy_wait_us(slow->rest_ns / 1000);
        slow->rest_ns %= 1000;
    }
    if (slow->stalls) {
        slow->stalls--;
        busy_wait_us(2000000);
    }
    if (time_us_64() - task_ran_us > HANG_US) {
        hung = true;
        slow->per_mille = 0; // the test must not hang, too
    }
    return result;
}

static void make_slow(slow_t *slow, uint32_t rate_hz, uint32_t per_mille, uint32_t every)
{
    static ta_source_ops_t ops;
    scene_numbered(&slow->program, 1, UINT32_MAX, rate_hz, 16);
    slow->inner = slow->program.source.ops;
    ops = (ta_source_ops_t){slow_pull, slow->inner->seek};
    slow->program.source.ops = &ops;
    slow->per_mille = per_mille;
    slow->every = every;
    slow->pulls = slow->stalls = 0;
    slow->rest_ns = 0;
}

static void begin_watch(void)
{
    fed_us = longest_us = 0;
    hung = false;
    task_ran_us = time_us_64();
}

// The task, which has something to do all the time.
static void work(uint64_t us)
{
    for (uint64_t end = time_us_64() + us; time_us_64() < end && !hung;) {
        busy_wait_us_32(STEP_US);
        uint64_t now = time_us_64();
        if (now - task_ran_us > longest_us)
            longest_us = now - task_ran_us;
        task_ran_us = now;
    }
}

// ---- the sweep ------------------------------------------------------------------------------------------------------------------

typedef struct {
    const char *name, *board;
    uint32_t rate_hz, buffer_us, every;
    uint16_t slot_frames;
    ta_feed_t feed;
} stage_t;

static const stage_t stages[] = {
    {"usual", "pico", 11025, 50000, 1, 128, TA_FEED_INTERRUPT},
    {"least", "pico", 11025, 1000, 1, 64, TA_FEED_INTERRUPT},
    {"long", "pico2", 11025, 80000, 1, 64, TA_FEED_INTERRUPT},
    {"blocks", "pico2", 11025, 80000, 4, 128, TA_FEED_INTERRUPT}, // of four slots
    {"large", "pico", 8000, 400000, 1, 512, TA_FEED_INTERRUPT},
    {"core 1", "pico", 8000, 140000, 1, 256, TA_FEED_CORE1},
};
static const uint32_t loads[] = {100, 300, 500, 700, 800, 900, 930, 937, 945, 960, 1000, 1300, 2000, 5000, 10000};

static scene_t scene;

static void ok(ta_status_t status)
{
    assert_int_equal(status, TA_OK);
}

static unsigned complaints;

#define COMPLAIN(...) (print_error(__VA_ARGS__), complaints++)

static void check_holes(const char *name, const ta_output_stats_t *stats)
{
    uint32_t overloads = 0;
    ta_hole_t hole;
    for (uint32_t h = 0; ta_output_hole(&scene.i2s.output, h, &hole); h++) {
        overloads += hole.cause == TA_HOLE_OVERLOAD;
        if (hole.cause != TA_HOLE_OVERLOAD && hole.source_frame > 3 * TA_LOAD_SPAN_FRAMES) // known by then
            COMPLAIN("%s: hole %u is \"%s\"\n", name, h, ta_hole_cause_name(hole.cause));
    }
    if (overloads != stats->ring.overloads || stats->ring.holes > scene.config.hole_records)
        COMPLAIN("%s: %u holes, %u overloads, %u in the list\n", name, stats->ring.holes, stats->ring.overloads,
                 overloads);
}

static void check_share(const stage_t *stage, const char *name, uint32_t load, uint64_t elapsed_us, uint64_t slot_us)
{
    const uint64_t parts = TA_PACE_PARTS - 1, fill_us = slot_us * load * stage->every / 1000;
    const uint64_t once_us = fill_us > parts * slot_us ? fill_us - parts * slot_us : 0; // that may be a stall
    uint64_t most = (parts * elapsed_us + (parts + 1) * slot_us + fill_us + once_us) / TA_PACE_PARTS;
    if (fed_us > most)
        COMPLAIN("%s: the feed took %u of %u us\n", name, (unsigned)fed_us, (unsigned)elapsed_us);
    uint64_t wait_us = (parts + 2) * slot_us + fill_us + STEP_US;
    if (longest_us > wait_us)
        COMPLAIN("%s: the task waited %u us, %u allowed\n", name, (unsigned)longest_us, (unsigned)wait_us);
}

// While it is so: the task's share, and whether there are holes.
static void check_load(const stage_t *stage, const char *name, uint32_t load, const ta_output_stats_t *stats)
{
    const bool interrupts = stage->feed == TA_FEED_INTERRUPT;
    const bool over = load > (interrupts ? LIMIT : 1000U);
    if ((stats->ring.holes > 0) != over)
        COMPLAIN("%s: %u holes of %u frames\n", name, stats->ring.holes, (unsigned)stats->ring.hole_frames);
    if (over && interrupts && stats->paced == 0 &&
        scene.plan.ring.slots > 3) // with three slots, ramps take all that it may queue
        COMPLAIN("%s: paced %u times\n", name, stats->paced);
    uint32_t off = load / 100 + 15;
    if (stats->load_permille + off < load || stats->load_permille > load + off)
        COMPLAIN("%s: the load is said to be %u\n", name, stats->load_permille);
}

static bool open_stage(const stage_t *stage, uint16_t hole_records)
{
    ta_i2s_config_t config = scene_config(chip_board_find(stage->board));
    config.rate_hz = stage->rate_hz;
    config.slot_frames = stage->slot_frames;
    config.buffer_us = stage->buffer_us;
    config.feed = stage->feed;
    config.hole_records = hole_records;
    return scene_open(&scene, stage->board, &config);
}

// What is queued bridges the moment, and nothing is missing from then on, to the program's end.
static void relieve(slow_t *slow, const char *name, uint64_t slot_us)
{
    ta_output_t *output = &scene.i2s.output;
    ta_output_stats_t before, stats;
    slow->per_mille = 0;
    work(40 * slot_us);
    ta_output_stats(output, &before);
    slow->program.source.frames = slow->program.source.position + 3000;
    if (!scene_run(&scene, 5000))
        COMPLAIN("%s: it does not come to its end\n", name);
    ta_output_stats(output, &stats);
    if (stats.ring.holes != before.ring.holes)
        COMPLAIN("%s: %u holes behind the overload\n", name, stats.ring.holes - before.ring.holes);
    if (stats.ring.program_frames != slow->program.source.frames)
        COMPLAIN("%s: %u frames published of %u\n", name, (unsigned)stats.ring.program_frames,
                 (unsigned)slow->program.source.frames);
    check_holes(name, &stats);
}

// One run, over so many slots that a queue runs dry, whatever little is missing.
static void run_one(const stage_t *stage, uint32_t load, uint64_t phase_us)
{
    static slow_t slow;
    char name[80];
    snprintf(name, sizeof name, "%s at %u, phase %u", stage->name, load, (unsigned)phase_us);
    assert_true(open_stage(stage, 700));
    ta_output_t *output = &scene.i2s.output;
    const uint64_t slot_us = 1000000ULL * stage->slot_frames / stage->rate_hz;
    const uint32_t slots = load == 937 ? 700 : load == 945 ? 1400 : 150 + load / 10;
    ta_output_stats_t stats;
    ta_output_stats(output, &stats);
    const uint32_t paced = stats.paced;
    make_slow(&slow, stage->rate_hz, load, stage->every);
    scene_run_us(&scene, phase_us);
    begin_watch();
    uint64_t began = time_us_64();
    ok(ta_output_play(output, &slow.program.source));
    work(slots * slot_us);
    if (hung)
        COMPLAIN("%s: the task does not run\n", name);
    ta_output_stats(output, &stats);
    stats.paced -= paced;
    if (stage->feed == TA_FEED_INTERRUPT)
        check_share(stage, name, load, time_us_64() - began, slot_us);
    check_load(stage, name, load, &stats);
    relieve(&slow, name, slot_us);
    const char *wrong = scene_close(&scene);
    const stretch_t all = {1, (uint32_t)slow.program.source.frames};
    wrong = wrong                      ? wrong
            : stats.ring.indeterminate ? scene_check_order(&scene, 1, all.frames, stats.ring.indeterminate * 512)
                                       : scene_check(&scene, &all, 1);
    if (wrong)
        COMPLAIN("%s: %s\n", name, wrong);
}

static void test_every_load(void **state)
{
    (void)state;
    unsigned runs = 0;
    for (size_t s = 0; s < sizeof stages / sizeof stages[0]; s++)
        for (size_t l = 0; l < sizeof loads / sizeof loads[0]; l++)
            for (unsigned phase = 0; phase < (loads[l] == 937 ? 3 : 1); phase++, runs++)
                run_one(&stages[s], loads[l], 5000 + phase * 1000U * stages[s].slot_frames / stages[s].rate_hz * 400);
    print_message("%u runs\n", runs);
    assert_int_equal(complaints, 0);
}

// ---- commands, stalls, several outputs ------------------------------------------------------------------------------------------

// Whoever feeds, a program that never catches up is stopped: a feed comes to its end, and looks for commands.
static void test_commands_are_heard(void **state)
{
    (void)state;
    static slow_t slow;
    for (ta_feed_t feed = TA_FEED_INTERRUPT; feed <= TA_FEED_CORE1; feed++) {
        const stage_t stage = {"", "pico", 22050, 50000, 1, 128, feed};
        assert_true(open_stage(&stage, 64));
        ta_output_t *output = &scene.i2s.output;
        make_slow(&slow, stage.rate_hz, 1500, 1);
        begin_watch();
        ok(ta_output_play(output, &slow.program.source));
        for (unsigned n = 0; n < 100; n++) {
            if (feed == TA_FEED_CALLER)
                ta_i2s_service(&scene.i2s);
            work(2000);
        }
        assert_false(hung);
        ok(ta_output_pause(output));
        for (unsigned n = 0; n < 100 && ta_output_has_commands(output); n++) {
            if (feed == TA_FEED_CALLER)
                ta_i2s_service(&scene.i2s);
            work(1000);
        }
        assert_int_equal(output->state, TA_OUTPUT_PAUSED);
        ok(ta_output_resume(output));
        ok(ta_output_stop(output));
        for (unsigned n = 0; n < 200 && ta_output_busy(output); n++) {
            if (feed == TA_FEED_CALLER)
                ta_i2s_service(&scene.i2s);
            work(1000);
        }
        assert_int_equal(output->state, TA_OUTPUT_IDLE);
        assert_false(hung);
        assert_true(slow.per_mille);
        const char *wrong = scene_close(&scene);
        if (wrong)
            fail_msg("%s", wrong);
    }
}

// Closed in the middle of it, too.
static void test_it_closes(void **state)
{
    (void)state;
    static slow_t slow;
    for (ta_feed_t feed = TA_FEED_INTERRUPT; feed <= TA_FEED_CORE1; feed++) {
        const stage_t stage = {"", "pico2", 22050, 50000, 1, 128, feed};
        assert_true(open_stage(&stage, 64));
        make_slow(&slow, stage.rate_hz, 3000, 1);
        begin_watch();
        ok(ta_output_play(&scene.i2s.output, &slow.program.source));
        work(200000);
        task_ran_us = time_us_64();
        const char *wrong = scene_close(&scene);
        if (wrong)
            fail_msg("%s", wrong);
        assert_false(hung);
    }
}

// One fill that is held up for seconds owes nobody as much: what follows is heard at once. Two in a row are load.
static void test_a_stall_is_no_load(void **state)
{
    (void)state;
    static slow_t slow;
    for (unsigned stalls = 1; stalls <= 2; stalls++) {
        assert_true(open_stage(&stages[0], 64));
        ta_output_t *output = &scene.i2s.output;
        make_slow(&slow, stages[0].rate_hz, 50, 1);
        begin_watch();
        ok(ta_output_play(output, &slow.program.source));
        work(300000);
        ta_output_stats_t before, stats;
        ta_output_stats(output, &before);
        slow.stalls = stalls;
        work(2100000 * stalls + 60000);
        assert_false(hung);
        ta_output_stats(output, &stats);
        assert_true(stalls == 1 ? stats.ring.holes == before.ring.holes + 1 : stats.ring.holes > before.ring.holes + 1);
        assert_int_equal(stats.paced > before.paced, stalls == 2);
        ok(ta_output_stop(output));
        assert_true(scene_run(&scene, 1000));
        const char *wrong = scene_close(&scene);
        if (wrong)
            fail_msg("%s", wrong);
    }
}

// All outputs of a core leave the task its part together, whichever of them are overloaded, and none of them is left without any.
static void test_outputs_share_an_account(void **state)
{
    (void)state;
    static const uint32_t pairs[][2] = {{300, 300}, {500, 500}, {30, 950}, {1500, 50}, {50, 1500}, {3000, 3000}};
    static pwm_scene_t beside;
    static slow_t slow[2];
    for (size_t p = 0; p < sizeof pairs / sizeof pairs[0]; p++) {
        static const stage_t stage = {"", "pico", 22050, 50000, 1, 128, TA_FEED_INTERRUPT};
        assert_true(open_stage(&stage, 64));
        ta_pwm_config_t config = pwm_scene_config();
        config.rate_hz = 32000;
        config.slot_frames = 256;
        config.hole_records = 64;
        assert_true(pwm_scene_open_beside(&beside, &config, 16384));
        ta_output_t *output[2] = {&scene.i2s.output, &beside.pwm.output};
        make_slow(&slow[0], 22050, pairs[p][0], 1);
        make_slow(&slow[1], 32000, pairs[p][1], 1);
        ta_output_stats_t stats[2];
        begin_watch();
        uint64_t began = time_us_64();
        for (unsigned o = 0; o < 2; o++)
            ok(ta_output_play(output[o], &slow[o].program.source));
        work(2000000);
        uint64_t elapsed = time_us_64() - began;
        assert_false(hung);
        for (unsigned o = 0; o < 2; o++)
            ta_output_stats(output[o], &stats[o]);
        uint32_t whole = pairs[p][0] + pairs[p][1];
        print_message("loads of %u and %u: the feeds took %u/1000, %u and %u frames, %u and %u holes\n", pairs[p][0],
                      pairs[p][1], (unsigned)(fed_us * 1000 / elapsed), (unsigned)stats[0].ring.program_frames,
                      (unsigned)stats[1].ring.program_frames, stats[0].ring.holes, stats[1].ring.holes);
        assert_true(fed_us * TA_PACE_PARTS <= elapsed * (TA_PACE_PARTS - 1) + (TA_PACE_PARTS + 3) * 8000);
        if (whole < LIMIT)
            assert_int_equal(stats[0].ring.holes + stats[1].ring.holes, 0);
        else
            assert_true(stats[0].ring.holes + stats[1].ring.holes > 0);
        for (unsigned o = 0; o < 2; o++) {
            assert_true(stats[o].ring.program_frames > 2000);
            slow[o].per_mille = 0;
            ok(ta_output_stop(output[o]));
        }
        task_ran_us = time_us_64();
        assert_true(scene_run(&scene, 1000) && pwm_scene_run(&beside, 1000));
        ta_i2s_close(&scene.i2s);
        ta_pwm_close(&beside.pwm);
        assert_true(chip_claims_none());
        pwm_scene_free(&beside);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_load),
        cmocka_unit_test(test_commands_are_heard),
        cmocka_unit_test(test_it_closes),
        cmocka_unit_test(test_a_stall_is_no_load),
        cmocka_unit_test(test_outputs_share_an_account),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    scene_free(&scene);
    return failed;
}
