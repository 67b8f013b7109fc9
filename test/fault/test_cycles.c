// Ten thousand cycles of play, pause, resume, stop and change of source, at pseudo-random moments: not one call of the allocator after
// open, not one claim lost, the same bytes free, and every frame heard in order.

#include "test/support/scene.h"

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

static bool act(numbered_t *programs, uint32_t *number, done_t *done)
{
    ta_output_t *output = &scene.i2s.output;
    numbered_t *program = &programs[*number % SOURCES];
    switch (draw(8)) {
    case 0:
    case 1:
        if (ta_output_holds(output, &program->source)) // its other life is still heard
            return ta_output_stop(output) == TA_OK;
        scene_numbered(program, 1 + *number * 5000, 200 + draw(4000), draw(4) ? 48000 : 32000, 16);
        (*number)++;
        done->plays++;
        return ta_output_play(output, &program->source) == TA_OK;
    case 2:
        if (ta_output_holds(output, &program->source))
            return true;
        scene_numbered(program, 1 + *number * 5000, 1 + draw(2000), 48000, 16);
        if (ta_output_queue(output, &program->source) == TA_OK) {
            (*number)++;
            done->queues++;
        }
        return true;
    case 3:
        done->pauses += ta_output_pause(output) == TA_OK;
        return true;
    case 4:
        done->resumes++;
        return ta_output_resume(output) == TA_OK;
    case 5:
        done->stops++;
        return ta_output_stop(output) == TA_OK;
    case 6:
        if (ta_output_holds(output, &program->source))
            return true;
        scene_numbered(program, 1 + *number * 5000, 1 + draw(300), 48000, 16);
        (*number)++;
        done->loops++;
        return ta_output_loop_in_hardware(output, &program->source) == TA_OK;
    default:
        done->volumes++;
        return ta_output_set_volume(output, TA_GAIN_UNITY_Q16) == TA_OK;
    }
}

static void test_ten_thousand_cycles(void **unused)
{
    (void)unused;
    static numbered_t programs[SOURCES];
    done_t done = {0};
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
    uint32_t number = 0;
    for (unsigned cycle = 0; cycle < CYCLES; cycle++) {
        if (!act(programs, &number, &done))
            fail_msg("cycle %u: the output refused", cycle);
        scene_run_us(&scene, draw(4000));
        scene.heard_count = scene.heard_count > 1000000 ? 0 : scene.heard_count;
    }
    assert_int_equal(scene.allocations, allocations);
    ta_mem_stats(&scene.arena.mem, TA_CLASS_DMA, &after);
    assert_int_equal(before.free, after.free);
    assert_int_equal(before.allocs, after.allocs);
    chip_claims(&now);
    assert_memory_equal(&claims, &now, sizeof now);
    ta_output_stats_t stats;
    ta_output_stats(&scene.i2s.output, &stats);
    printf("%u plays, %u queued, %u pauses, %u resumes, %u stops, %u hardware loops, %u volumes; %u holes, %u "
           "indeterminate\n",
           done.plays, done.queues, done.pauses, done.resumes, done.stops, done.loops, done.volumes, stats.ring.holes,
           stats.ring.indeterminate);
    assert_int_equal(stats.ring.holes, 0);
    assert_int_equal(stats.ring.indeterminate, 0);
    assert_true(done.plays > 1000 && done.pauses > 300 && done.stops > 1000 && done.loops > 200 && done.queues > 200);
    const char *wrong = scene_close(&scene);
    if (wrong)
        fail_msg("%s", wrong);
}

// Pauses at every moment of a short program, one frame apart: not a frame lost or doubled.
static void test_pause_at_every_frame(void **unused)
{
    (void)unused;
    enum { FRAMES = 600 };
    unsigned done = 0;
    for (unsigned frame = 0; frame < FRAMES + 700; frame += 3) {
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
            done += paused;
            if (wrong && split == 0 &&
                stats.state == TA_OUTPUT_PAUSED) // a rise that was past recall falls again at once
                wrong = scene_check_order(&scene, 1, FRAMES, 0);
        }
        if (wrong)
            fail_msg("pause after %u frames, split at %u: %s", frame, split, wrong);
    }
    printf("%u pauses fell inside the program\n", done);
    assert_true(done > 100);
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
        cmocka_unit_test(test_ten_thousand_cycles),
        cmocka_unit_test(test_pause_at_every_frame),
    };
    return cmocka_run_group_tests(tests, NULL, free_scene);
}
