// Ten thousand cycles of play, pause, resume, stop and change of source, at pseudo-random moments: not one call of the allocator after
// open, not one claim lost, the same bytes free, and every frame heard in order, or excused by a command (test/support/order.h).

#include "test/support/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CYCLES = 10000, SOURCES = 8 };

static scene_t scene;
static uint32_t state = 0x2545f491;

static uint32_t draw(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

typedef struct {
    uint32_t plays, queues, pauses, resumes, stops, loops, volumes;
} done_t;

static numbered_t programs[SOURCES];
static order_t order;
static done_t done;

// The next program, or NULL while its memory's former life is still heard.
static numbered_t *next_program(uint32_t frames, uint32_t rate_hz)
{
    numbered_t *program = &programs[order.told % SOURCES];
    if (ta_output_holds(&scene.i2s.output, &program->source))
        return NULL;
    scene_numbered(program, 1 + order.told * 5000, frames, rate_hz, 16);
    return program;
}

static void tell(const numbered_t *program, bool loops, uint32_t *count)
{
    order_tell(&order, program->first, (uint32_t)program->source.frames, loops);
    (*count)++;
}

static bool stop(void)
{
    order_end_before(&order, order.told);
    done.stops++;
    return ta_output_stop(&scene.i2s.output) == TA_OK;
}

static bool play(void)
{
    numbered_t *program = next_program(200 + draw(4000), draw(4) ? 48000 : 32000);
    if (!program)
        return stop();
    order_end_before(&order, order.told);
    tell(program, false, &done.plays);
    return ta_output_play(&scene.i2s.output, &program->source) == TA_OK;
}

static void queue(void)
{
    numbered_t *program = next_program(1 + draw(2000), 48000);
    if (!program || ta_output_queue(&scene.i2s.output, &program->source) != TA_OK)
        return; // one is waiting already
    order_end_loops_before(&order, order.told);
    tell(program, false, &done.queues);
}

static bool loop(void)
{
    numbered_t *program = next_program(1 + draw(300), 48000);
    if (!program)
        return true;
    order_end_before(&order, order.told);
    tell(program, true, &done.loops);
    return ta_output_loop_in_hardware(&scene.i2s.output, &program->source) == TA_OK;
}

static void pause(void)
{
    if (ta_output_pause(&scene.i2s.output) != TA_OK)
        return; // nothing plays
    done.pauses++;
    order.pauses++;
}

static bool act(void)
{
    switch (draw(8)) {
    case 0:
    case 1:
        return play();
    case 2:
        queue();
        return true;
    case 3:
        pause();
        return true;
    case 4:
        done.resumes++;
        return ta_output_resume(&scene.i2s.output) == TA_OK;
    case 5:
        return stop();
    case 6:
        return loop();
    default:
        done.volumes++;
        return ta_output_set_volume(&scene.i2s.output, TA_GAIN_UNITY_Q16) == TA_OK;
    }
}

// Everything that has been heard since it was last asked.
static void hear(unsigned cycle)
{
    for (size_t i = 0; i < scene.heard_count; i++) {
        const char *wrong = order_hear(&order, scene.heard[i]);
        if (wrong)
            fail_msg("cycle %u: %s", cycle, wrong);
    }
    scene.heard_count = 0;
}

// Whatever is paused or loops comes to its end too.
static void play_out(void)
{
    assert_int_equal(ta_output_resume(&scene.i2s.output), TA_OK);
    scene_run_us(&scene, 20000);
    hear(CYCLES);
    if (order.told > 0 && order.program[order.told - 1].loops)
        assert_true(stop());
    assert_true(scene_run(&scene, 1000));
    scene_run_us(&scene, 5000); // the fall behind the last frame
    hear(CYCLES);
    const char *wrong = order_finish(&order);
    if (wrong)
        fail_msg("at the end: %s", wrong);
}

static void test_ten_thousand_cycles(void **unused)
{
    (void)unused;
    ta_i2s_config_t config = scene_config(chip_board_find("pico"));
    config.slot_frames = 64;
    config.buffer_us = 6000;
    config.rate_hz = 48000;
    assert_true(scene_open(&scene, "pico", &config));
    uint32_t allocations = scene.allocations;
    ta_mem_stats_t before, after;
    ta_mem_stats(&scene.arena.mem, TA_CLASS_DMA, &before);
    chip_claims_t claims, now;
    chip_claims(&claims);
    order_begin(&order);
    for (unsigned cycle = 0; cycle < CYCLES; cycle++) {
        if (!act())
            fail_msg("cycle %u: the output refused", cycle);
        scene_run_us(&scene, draw(draw(8) ? 4000 : 40000)); // many on the way, some in quiet
        hear(cycle);
    }
    play_out();
    assert_int_equal(scene.allocations, allocations);
    ta_mem_stats(&scene.arena.mem, TA_CLASS_DMA, &after);
    assert_int_equal(before.free, after.free);
    assert_int_equal(before.allocs, after.allocs);
    chip_claims(&now);
    assert_memory_equal(&claims, &now, sizeof now);
    ta_output_stats_t stats;
    ta_output_stats(&scene.i2s.output, &stats);
    printf("%u plays, %u queued, %u pauses, %u resumes, %u stops, %u hardware loops, %u volumes; %llu frames heard, "
           "%llu of them "
           "program, %llu falls, %llu rises, %u interruptions, %u passes of loops; %u holes, %u indeterminate\n",
           done.plays, done.queues, done.pauses, done.resumes, done.stops, done.loops, done.volumes,
           (unsigned long long)order.frames, (unsigned long long)order.sounding, (unsigned long long)order.falls,
           (unsigned long long)order.rises, order.gaps, order.passes, stats.ring.holes, stats.ring.indeterminate);
    assert_int_equal(stats.ring.holes, 0);
    assert_int_equal(stats.ring.indeterminate, 0);
    assert_true(done.plays > 1000 && done.pauses > 300 && done.stops > 1000 && done.loops > 200 && done.queues > 200);
    assert_true(order.sounding > order.frames / 4 && order.falls > 1000 && order.gaps > 20 && order.passes > 1000);
    const char *wrong = scene_close(&scene);
    if (wrong)
        fail_msg("%s", wrong);
}

// ---- the judge itself ----------------------------------------------------------------------------------------------------

enum { FIRST = 500, SECOND = 300 };
static heard_t recording[1 << 14];
static size_t recorded;

// A program that is paused once, another right behind it, and silence. Played on the board.
static void record(void)
{
    static numbered_t first, second;
    ta_output_t *output = &scene.i2s.output;
    ta_i2s_config_t config = scene_config(chip_board_find("pico"));
    config.slot_frames = 64;
    assert_true(scene_open(&scene, "pico", &config));
    scene_numbered(&first, 1, FIRST, 44100, 16);
    scene_numbered(&second, 5001, SECOND, 44100, 16);
    assert_int_equal(ta_output_play(output, &first.source), TA_OK);
    assert_int_equal(ta_output_queue(output, &second.source), TA_OK);
    scene_run_us(&scene, 8000);
    assert_int_equal(ta_output_pause(output), TA_OK);
    scene_run_us(&scene, 8000);
    assert_int_equal(ta_output_resume(output), TA_OK);
    assert_true(scene_run(&scene, 200));
    assert_true(scene.heard_count < sizeof recording / sizeof *recording);
    recorded = scene.heard_count;
    memcpy(recording, scene.heard, recorded * sizeof *recording);
    const char *wrong = scene_close(&scene);
    if (wrong)
        fail_msg("%s", wrong);
}

typedef enum { AS_IT_IS, LOST, DOUBLED, EXCHANGED, WRONG } corruption_t;

static const char *judge(corruption_t what, size_t at)
{
    const char *wrong = NULL;
    order_begin(&order);
    order_tell(&order, 1, FIRST, false);
    order_tell(&order, 5001, SECOND, false);
    order.pauses = 1;
    for (size_t i = 0; i < recorded && !wrong; i++) {
        heard_t h = recording[i];
        if (what == EXCHANGED && (i == at || i == at + 1))
            h = recording[2 * at + 1 - i];
        if (what == WRONG && i == at)
            h.right ^= 1 << 16;
        if (what != LOST || i != at)
            wrong = order_hear(&order, h);
        if (what == DOUBLED && i == at && !wrong)
            wrong = order_hear(&order, h);
    }
    return wrong ? wrong : order_finish(&order);
}

// Every frame that is no silence is lost, doubled, exchanged with the next and changed by one bit: each is seen.
static void test_the_judge(void **unused)
{
    (void)unused;
    unsigned seen = 0;
    record();
    assert_null(judge(AS_IT_IS, 0));
    assert_int_equal(order.sounding, FIRST + SECOND);
    assert_int_equal(order.gaps, 1);
    for (size_t i = 1; i + 1 < recorded; i++) {
        bool flat = recording[i].left == 0 && recording[i].right == 0;
        bool like_next = memcmp(&recording[i], &recording[i + 1], sizeof *recording) == 0;
        if (flat)
            continue;
        for (corruption_t what = LOST; what <= WRONG; what++) {
            if (what == EXCHANGED && like_next)
                continue;
            if (!judge(what, i))
                fail_msg("frame %zu of %zu, corruption %d: the judge saw nothing", i, recorded, what);
            seen++;
        }
    }
    printf("%u corruptions seen\n", seen);
    assert_true(seen > 4 * (FIRST + SECOND));
}

// Pauses at every moment of a short program, one frame apart: not a frame lost or doubled.
static void test_pause_at_every_frame(void **unused)
{
    (void)unused;
    enum { FRAMES = 600 };
    unsigned inside = 0;
    for (unsigned frame = 0; frame < FRAMES + 700; frame++) {
        numbered_t program;
        ta_i2s_config_t config = scene_config(chip_board_find("pico"));
        config.slot_frames = 64;
        config.buffer_us = 4000;
        assert_true(scene_open(&scene, "pico", &config));
        scene_numbered(&program, 1, FRAMES, 44100, 16);
        assert_int_equal(ta_output_play(&scene.i2s.output, &program.source), TA_OK);
        chip_run_until(chip_cycles() + (uint64_t)frame * scene.board->system_hz / 44100);
        ta_status_t status = ta_output_pause(&scene.i2s.output);
        assert_true(status == TA_OK || status == TA_E_STATE);
        scene_run_us(&scene, 20000);
        ta_output_stats_t stats;
        ta_output_stats(&scene.i2s.output, &stats);
        uint32_t split = (uint32_t)stats.position_frame;
        assert_int_equal(ta_output_resume(&scene.i2s.output), TA_OK);
        assert_true(scene_run(&scene, 200));
        const char *wrong = scene_close(&scene);
        if (!wrong) {
            const stretch_t parts[] = {{1, split}, {1 + split, FRAMES - split}};
            bool paused = split > 0 && split < FRAMES;
            wrong = paused ? scene_check(&scene, parts, 2) : scene_check(&scene, &(stretch_t){1, FRAMES}, 1);
            inside += paused;
            if (wrong && split == 0 &&
                stats.state == TA_OUTPUT_PAUSED) // a rise that was past recall falls again at once
                wrong = scene_check_order(&scene, 1, FRAMES, 0);
        }
        if (wrong)
            fail_msg("pause after %u frames, split at %u: %s", frame, split, wrong);
    }
    printf("%u pauses fell inside the program\n", inside);
    assert_true(inside > 300);
}

static int free_scene(void **unused)
{
    (void)unused;
    scene_free(&scene);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2)
        state = (uint32_t)strtoul(argv[1], NULL, 0) | 1;
    printf("seed %u\n", state);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_judge),
        cmocka_unit_test(test_ten_thousand_cycles),
        cmocka_unit_test(test_pause_at_every_frame),
    };
    return cmocka_run_group_tests(tests, NULL, free_scene);
}
