// Loops against a naive walk over frames: random programs, loops, times, pull sizes, buffers, and changes of the loop
// or the position while it plays. The walk takes one frame after the other and knows nothing of blocks.
#include "test/support/wav_builder.h"
#include "test/support/wav_player.h"

#include "tonearm/raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FRAMES_MAX = 600, ROUNDS = 4000 };

static uint32_t seed = 20240607, state_now;

static uint32_t pick(uint32_t below)
{
    state_now ^= state_now << 13;
    state_now ^= state_now >> 17;
    state_now ^= state_now << 5;
    return state_now % below;
}

// --- the naive side: what should be heard from `position` on

typedef struct {
    uint32_t frames, position, start, end, times; // end 0: no loop
} model_t;

static uint32_t next_in_model(model_t *model, uint32_t *frame)
{
    if (model->times > 0 && model->position == model->end) {
        model->position = model->start;
        model->times -= model->times != TA_LOOP_FOREVER;
    }
    if (model->position >= model->frames) {
        return 0;
    }
    *frame = model->position++;
    return 1;
}

// --- the three sources under test, over frames that carry their own number

static uint32_t numbers[FRAMES_MAX];
static wavb_t file;
static wav_player_t player;
static ta_raw_t raw;

typedef enum { RAW, WAV_WHOLE, WAV_LIES, SOURCES } kind_t;

static ta_source_t *make_source(kind_t kind, uint32_t frames)
{
    const ta_format_t format = {TA_SAMPLE_S16, 2, 44100};
    if (kind == RAW) {
        assert_int_equal(ta_raw_init(&raw, &format, numbers, frames), TA_OK);
        return &raw.source;
    }
    const wavb_fmt_t fmt = {.tag = 1, .channels = 2, .rate_hz = 44100, .bits = 16};
    wavb_begin(&file, "RIFF");
    wavb_fmt(&file, &fmt);
    wavb_chunk(&file, "data", numbers, frames * sizeof numbers[0]);
    wavb_finish(&file);
    if (kind == WAV_LIES) {
        wavb_patch_u32(&file, 40, UINT32_MAX); // of unknown length, on a stream of unknown size
    }
    wav_player_load(&player, file.bytes, file.size, kind == WAV_LIES ? TEST_STREAM_SIZELESS : TEST_STREAM_FILE);
    player.buffer_frames = 1 + pick(pick(2) ? 8 : 300);
    player.file.short_max = pick(3) ? 0 : 1 + pick(50);
    assert_int_equal(wav_player_open(&player), TA_OK);
    return &player.wav.source;
}

// Set the same random loop on both sides; sometimes a refused one, which must change nothing.
static void random_loop(ta_source_t *source, model_t *model, bool knows_length)
{
    uint32_t start = pick(model->frames), end = start + 1 + pick(model->frames - start);
    uint32_t times = pick(8) == 0 ? TA_LOOP_FOREVER : pick(6);
    if (pick(6) == 0 && times > 0) {
        assert_int_equal(ta_source_set_loop(source, end, start == 0 ? end : start, times), TA_E_ARG);
        if (knows_length) {
            assert_int_equal(ta_source_set_loop(source, start, (uint64_t)model->frames + 1, times), TA_E_ARG);
        }
        return;
    }
    bool to_the_end = knows_length && pick(4) == 0;
    assert_int_equal(ta_source_set_loop(source, start, to_the_end ? 0 : end, times), TA_OK);
    model->start = start;
    model->end = to_the_end ? model->frames : end;
    model->times = times;
}

static unsigned jumps, seeks, ends, heard;

static void compare_block(ta_source_t *source, model_t *model, uint32_t max_frames)
{
    ta_block_t block;
    uint32_t before = model->times;
    ta_pull_t result = ta_source_pull(source, max_frames, &block);
    assert_true(result == TA_PULL_MORE || result == TA_PULL_END);
    assert_true(block.frames <= max_frames);
    for (uint32_t i = 0; i < block.frames; i++) {
        uint32_t wanted, got;
        assert_int_equal(next_in_model(model, &wanted), 1);
        memcpy(&got, (const uint8_t *)block.data + (size_t)i * 4, 4); // any alignment is allowed
        assert_int_equal(got, wanted);
        heard++;
    }
    jumps += model->times != before;
    assert_int_equal(source->position, model->position);
    model_t ahead = *model;
    uint32_t none;
    if (result == TA_PULL_END) {
        assert_int_equal(next_in_model(&ahead, &none), 0);
        ends++;
    } else if (source->frames != TA_FRAMES_UNKNOWN) {
        assert_int_equal(next_in_model(&ahead, &none), 1);
    }
}

static void play_round(kind_t kind)
{
    model_t model = {.frames = 1 + pick(pick(2) ? 20 : FRAMES_MAX)};
    ta_source_t *source = make_source(kind, model.frames);
    uint32_t pull_max = 1 + pick(pick(2) ? 9 : 700);
    random_loop(source, &model, kind != WAV_LIES);
    for (unsigned pulls = 0; pulls < 60; pulls++) {
        compare_block(source, &model, 1 + pick(pull_max));
        if (pick(25) == 0) {
            random_loop(source, &model, kind != WAV_LIES);
        }
        if (pick(25) == 0) {
            model.position = pick(model.frames + 1);
            assert_int_equal(ta_source_seek(source, model.position), TA_OK);
            seeks++;
        }
    }
}

static void test_loops_against_a_list(void **state)
{
    (void)state;
    for (int kind = 0; kind < SOURCES; kind++) {
        state_now = seed;
        jumps = seeks = ends = heard = 0;
        for (unsigned round = 0; round < ROUNDS; round++) {
            play_round((kind_t)kind);
        }
        print_message("source %d, seed %u: %u frames, %u jumps, %u seeks, %u ends\n", kind, (unsigned)seed, heard,
                      jumps, seeks, ends);
        assert_in_range(heard, ROUNDS * 100, ROUNDS * 6000);
        assert_in_range(jumps, ROUNDS, ROUNDS * 60);
        assert_in_range(seeks, ROUNDS, ROUNDS * 4);
        assert_in_range(ends, ROUNDS, ROUNDS * 60);
    }
}

int main(int count, char **arguments)
{
    if (count > 1) {
        seed = (uint32_t)strtoul(arguments[1], NULL, 10);
    }
    for (uint32_t i = 0; i < FRAMES_MAX; i++) {
        numbers[i] = i;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_loops_against_a_list)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
