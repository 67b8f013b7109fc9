// Raw sources: whole programs of every format and edge, two halves filled in turn, and by a thread.
#include "tonearm/raw.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const ta_format_t mono8 = {TA_SAMPLE_U8, 1, 8000};
static const ta_format_t stereo16 = {TA_SAMPLE_S16, 2, 44100};

static void test_whole_lends_in_place_in_every_format(void **state)
{
    (void)state;
    static uint8_t data[100 * 8];
    unsigned cases = 0;
    for (int sample = 0; sample < TA_SAMPLES; sample++) {
        for (uint8_t channels = 1; channels <= 2; channels++) {
            for (uint32_t pull = 1; pull <= 101; pull++) {
                const ta_format_t format = {(ta_sample_t)sample, channels, 48000};
                ta_raw_t raw;
                ta_block_t block;
                uint32_t frame = 0;
                assert_int_equal(ta_raw_init(&raw, &format, data, 100), TA_OK);
                assert_int_equal(raw.source.frames, 100);
                for (ta_pull_t result = TA_PULL_MORE; result == TA_PULL_MORE; frame += block.frames) {
                    result = ta_source_pull(&raw.source, pull, &block);
                    assert_ptr_equal(block.data, data + (size_t)frame * ta_frame_bytes(&format));
                    assert_true(block.lasting);
                    assert_in_range(block.frames, 1, pull);
                    assert_int_equal(result, frame + block.frames == 100 ? TA_PULL_END : TA_PULL_MORE);
                }
                assert_int_equal(frame, 100);
                cases++;
            }
        }
    }
    assert_int_equal(cases, 7 * 2 * 101);
}

static void test_whole_seeks(void **state)
{
    (void)state;
    static uint8_t data[64];
    ta_raw_t raw;
    ta_block_t block;
    assert_int_equal(ta_raw_init(&raw, &mono8, data, 64), TA_OK);
    for (uint64_t frame = 0; frame < 64; frame++) {
        assert_int_equal(ta_source_seek(&raw.source, 63 - frame), TA_OK);
        assert_int_equal(ta_source_pull(&raw.source, 64, &block), TA_PULL_END);
        assert_ptr_equal(block.data, data + 63 - frame);
        assert_int_equal(block.frames, frame + 1);
    }
    assert_int_equal(ta_source_seek(&raw.source, 64), TA_OK);
    assert_int_equal(ta_source_pull(&raw.source, 64, &block), TA_PULL_END);
    assert_int_equal(block.frames, 0);
    assert_int_equal(ta_source_seek(&raw.source, 65), TA_E_ARG);
}

static void test_whole_loops_in_place(void **state)
{
    (void)state;
    static uint8_t data[10];
    ta_raw_t raw;
    ta_block_t block;
    assert_int_equal(ta_raw_init(&raw, &mono8, data, 10), TA_OK);
    assert_int_equal(ta_source_set_loop(&raw.source, 4, 7, 1), TA_OK);
    const uint32_t starts[] = {0, 4}, lengths[] = {7, 6}; // behind the last jump nothing cuts the block at 7
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ta_source_pull(&raw.source, 1000, &block), i < 1 ? TA_PULL_MORE : TA_PULL_END);
        assert_ptr_equal(block.data, data + starts[i]);
        assert_int_equal(block.frames, lengths[i]);
        assert_true(block.lasting);
    }
}

static void test_whole_longer_than_a_block_can_say(void **state)
{
    (void)state;
    static uint8_t data[1];
    ta_raw_t raw;
    ta_block_t block;
    if (sizeof(size_t) == 8) { // nothing is read: only the arithmetic is looked at
        const uint64_t frames = (uint64_t)5 << 32;
        assert_int_equal(ta_raw_init(&raw, &mono8, data, frames), TA_OK);
        assert_int_equal(ta_source_pull(&raw.source, UINT32_MAX, &block), TA_PULL_MORE);
        assert_int_equal(block.frames, UINT32_MAX);
        assert_true(raw.source.position == UINT32_MAX);
        assert_int_equal(ta_source_seek(&raw.source, frames - 3), TA_OK);
        assert_int_equal(ta_source_pull(&raw.source, UINT32_MAX, &block), TA_PULL_END);
        assert_int_equal(block.frames, 3);
    } else {
        assert_int_equal(ta_raw_init(&raw, &mono8, data, (uint64_t)5 << 32), TA_E_ARG);
    }
    assert_int_equal(ta_raw_init(&raw, &stereo16, data, UINT64_MAX), TA_E_ARG);
    assert_int_equal(ta_raw_init(&raw, &stereo16, data, UINT64_MAX / 4 + 1), TA_E_ARG); // bytes would wrap
}

static void test_refusals(void **state)
{
    (void)state;
    uint8_t data[64];
    ta_raw_t raw;
    const ta_format_t bad[] = {
        {TA_SAMPLES, 1, 8000},  {TA_SAMPLE_U8, 0, 8000},   {TA_SAMPLE_U8, 3, 8000},
        {TA_SAMPLE_U8, 1, 999}, {TA_SAMPLE_U8, 1, 384001},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(ta_raw_init(&raw, &bad[i], data, 1), TA_E_FORMAT);
        assert_int_equal(ta_raw_init_double(&raw, &bad[i], data, 1), TA_E_FORMAT);
    }
    assert_int_equal(ta_raw_init(&raw, &mono8, NULL, 1), TA_E_ARG);
    assert_int_equal(ta_raw_init(&raw, &mono8, data, 0), TA_E_ARG);
    assert_int_equal(ta_raw_init_double(&raw, &mono8, NULL, 1), TA_E_ARG);
    assert_int_equal(ta_raw_init_double(&raw, &mono8, data, 0), TA_E_ARG);
    assert_null(ta_raw_take(&raw)); // after a failed init too
    assert_int_equal(ta_raw_give(&raw, 1, false), TA_E_STATE);
    assert_int_equal(ta_raw_init(&raw, &mono8, data, 64), TA_OK); // a whole one has no halves
    assert_null(ta_raw_take(&raw));
    assert_int_equal(ta_raw_give(&raw, 1, false), TA_E_STATE);
}

static void test_halves_by_hand(void **state)
{
    (void)state;
    static uint8_t data[2 * 8 * 4];
    ta_raw_t raw;
    ta_block_t block;
    assert_int_equal(ta_raw_init_double(&raw, &stereo16, data, 8), TA_OK);
    assert_true(raw.source.frames == TA_FRAMES_UNKNOWN);
    assert_int_equal(ta_source_seek(&raw.source, 0), TA_E_STATE);
    assert_int_equal(ta_source_pull(&raw.source, 5, &block), TA_PULL_WAIT);
    assert_int_equal(raw.source.waits, 1);
    assert_ptr_equal(ta_raw_take(&raw), data);
    assert_ptr_equal(ta_raw_take(&raw), data); // until it is given
    assert_int_equal(ta_raw_give(&raw, 0, false), TA_E_ARG);
    assert_int_equal(ta_raw_give(&raw, 9, false), TA_E_ARG);
    assert_int_equal(ta_raw_give(&raw, 8, false), TA_OK);
    assert_ptr_equal(ta_raw_take(&raw), data + 32);
    assert_int_equal(ta_source_pull(&raw.source, 5, &block), TA_PULL_MORE);
    assert_ptr_equal(block.data, data);
    assert_int_equal(block.frames, 5);
    assert_false(block.lasting);
    assert_int_equal(ta_raw_give(&raw, 3, false), TA_OK);
    assert_null(ta_raw_take(&raw));
    assert_int_equal(ta_raw_give(&raw, 1, false), TA_E_STATE);
    assert_int_equal(ta_source_pull(&raw.source, 5, &block), TA_PULL_MORE);
    assert_ptr_equal(block.data, data + 20);
    assert_int_equal(block.frames, 3);
    assert_null(ta_raw_take(&raw)); // its last frames are lent: they stay untouched until the next pull
    assert_int_equal(ta_source_pull(&raw.source, 5, &block), TA_PULL_MORE);
    assert_ptr_equal(block.data, data + 32);
    assert_int_equal(block.frames, 3);
    assert_ptr_equal(ta_raw_take(&raw), data);
    assert_int_equal(ta_source_pull(&raw.source, 5, &block), TA_PULL_WAIT);
    assert_int_equal(ta_raw_give(&raw, 2, true), TA_OK);
    assert_null(ta_raw_take(&raw));
    assert_int_equal(ta_raw_give(&raw, 1, false), TA_E_STATE);
    assert_int_equal(ta_source_pull(&raw.source, 1, &block), TA_PULL_MORE);
    assert_int_equal(ta_source_pull(&raw.source, 1, &block), TA_PULL_END);
    assert_ptr_equal(block.data, data + 4);
    assert_int_equal(block.frames, 1);
    assert_int_equal(ta_source_pull(&raw.source, 1, &block), TA_PULL_END);
    assert_int_equal(block.frames, 0);
    assert_int_equal(raw.source.frames, 8 + 3 + 2);
}

// The feed may see the last half before it sees that none follows: it waits once more, and then it ends.
static void test_end_seen_after_the_last_half(void **state)
{
    (void)state;
    static uint8_t data[2 * 8 * 4];
    ta_raw_t raw;
    ta_block_t block;
    assert_int_equal(ta_raw_init_double(&raw, &stereo16, data, 8), TA_OK);
    assert_int_equal(ta_raw_give(&raw, 4, false), TA_OK); // ta_raw_give(.., true), stopped between its two stores
    assert_int_equal(ta_source_pull(&raw.source, 8, &block), TA_PULL_MORE);
    assert_int_equal(block.frames, 4);
    raw.ended = true;
    assert_int_equal(ta_source_pull(&raw.source, 8, &block), TA_PULL_END);
    assert_int_equal(block.frames, 0);
}

// Every order of filling and pulling: a number in each frame says which it is, and what is lent is overwritten by
// the caller as soon as the source gives it back.
static void test_halves_in_any_order_keep_every_frame(void **state)
{
    (void)state;
    uint32_t random = 12345, checked = 0;
    print_message("seed %u\n", random);
    for (unsigned run = 0; run < 300; run++) {
        static uint32_t data[2 * 16];
        const uint32_t half_frames = 1 + run % 16;
        ta_raw_t raw;
        ta_block_t block;
        uint32_t next_in = 0, next_out = 0;
        ta_pull_t result = TA_PULL_MORE;
        assert_int_equal(ta_raw_init_double(&raw, &stereo16, data, half_frames), TA_OK);
        while (result != TA_PULL_END) {
            random = random * 1664525 + 1013904223;
            if (random >> 31) {
                uint32_t *half = ta_raw_take(&raw);
                if (half == NULL) {
                    continue;
                }
                uint32_t count = 1 + (random >> 8) % half_frames;
                for (uint32_t i = 0; i < count; i++) {
                    half[i] = next_in++;
                }
                assert_int_equal(ta_raw_give(&raw, count, next_in > 200), TA_OK);
                continue;
            }
            result = ta_source_pull(&raw.source, 1 + (random >> 8) % 20, &block);
            for (uint32_t i = 0; i < block.frames; i++) {
                assert_int_equal(((const uint32_t *)block.data)[i], next_out);
                next_out++;
                checked++;
            }
        }
        assert_int_equal(next_in, next_out);
    }
    print_message("%u frames checked\n", checked);
    assert_in_range(checked, 300 * 200, 300 * 220);
}

enum { THREAD_FRAMES = 100000, THREAD_HALF = 29 };

static void *fill_from_a_thread(void *context)
{
    ta_raw_t *raw = context;
    for (uint32_t next = 0; next < THREAD_FRAMES;) {
        uint32_t *half = ta_raw_take(raw), count = 1 + next % THREAD_HALF;
        if (half == NULL) {
            sched_yield();
            continue;
        }
        if (count > THREAD_FRAMES - next) {
            count = THREAD_FRAMES - next;
        }
        for (uint32_t i = 0; i < count; i++) {
            half[i] = next + i;
        }
        next += count;
        if (ta_raw_give(raw, count, next == THREAD_FRAMES) != TA_OK) {
            return raw;
        }
    }
    return NULL;
}

static void test_two_threads(void **state)
{
    (void)state;
    static uint32_t storage[2 * THREAD_HALF];
    uint32_t next = 0;
    ta_raw_t raw;
    ta_block_t block;
    ta_pull_t result = TA_PULL_MORE;
    pthread_t writer;
    void *wrong;
    assert_int_equal(ta_raw_init_double(&raw, &stereo16, storage, THREAD_HALF), TA_OK);
    assert_int_equal(pthread_create(&writer, NULL, fill_from_a_thread, &raw), 0);
    while (result != TA_PULL_END) {
        result = ta_source_pull(&raw.source, 1 + next % 23, &block);
        if (result == TA_PULL_WAIT) {
            sched_yield();
        }
        for (uint32_t i = 0; i < block.frames; i++) {
            assert_int_equal(((const uint32_t *)block.data)[i], next);
            next++;
        }
    }
    assert_int_equal(pthread_join(writer, &wrong), 0);
    assert_null(wrong);
    assert_int_equal(next, THREAD_FRAMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_lends_in_place_in_every_format),
        cmocka_unit_test(test_whole_seeks),
        cmocka_unit_test(test_whole_loops_in_place),
        cmocka_unit_test(test_whole_longer_than_a_block_can_say),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_halves_by_hand),
        cmocka_unit_test(test_end_seen_after_the_last_half),
        cmocka_unit_test(test_halves_in_any_order_keep_every_frame),
        cmocka_unit_test(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
