// The push source: what fits, what is lent, how it wraps, how it ends, and two real threads.
#include "tonearm/push.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const ta_format_t stereo16 = {TA_SAMPLE_S16, 2, 44100}; // 4 bytes a frame: a frame can be a number

static void test_need(void **state)
{
    (void)state;
    unsigned cases = 0;
    for (int sample = 0; sample < TA_SAMPLES; sample++) {
        for (uint8_t channels = 1; channels <= 2; channels++) {
            const ta_format_t format = {(ta_sample_t)sample, channels, 48000};
            ta_need_t need;
            assert_int_equal(ta_push_need(&format, 100, &need), TA_OK);
            assert_int_equal(need.bytes, 100 * ta_frame_bytes(&format));
            assert_int_equal(need.cls, TA_CLASS_FAST);
            assert_string_equal(need.object, "push queue");
            assert_int_equal(ta_push_need(&format, 1 << 24, &need), TA_OK);
            assert_int_equal(ta_push_need(&format, (1 << 24) + 1, &need), TA_E_ARG);
            assert_int_equal(ta_push_need(&format, 0, &need), TA_E_ARG);
            cases++;
        }
    }
    assert_int_equal(cases, 14);
}

static void test_refusals(void **state)
{
    (void)state;
    const ta_format_t bad = {TA_SAMPLE_S16, 3, 44100};
    uint32_t storage[4];
    ta_need_t need;
    ta_push_t push;
    ta_block_t block;
    assert_int_equal(ta_push_need(&bad, 4, &need), TA_E_FORMAT);
    assert_int_equal(ta_push_init(&push, &bad, 4, storage), TA_E_FORMAT);
    assert_int_equal(ta_push_init(&push, &stereo16, 0, storage), TA_E_ARG);
    assert_int_equal(ta_push_init(&push, &stereo16, 4, NULL), TA_E_ARG);
    assert_int_equal(ta_push_space(&push), 0); // what failed holds nothing and takes nothing
    assert_int_equal(ta_push_write(&push, storage, 1), 0);
    assert_int_equal(ta_source_pull(&push.source, 1, &block), TA_PULL_FAULT);
}

static void test_by_hand(void **state)
{
    (void)state;
    const uint32_t in[] = {10, 11, 12, 13, 14, 15, 16, 17};
    uint32_t storage[4];
    ta_push_t push;
    ta_block_t block;
    assert_int_equal(ta_push_init(&push, &stereo16, 4, storage), TA_OK);
    assert_int_equal(ta_push_space(&push), 4);
    assert_int_equal(ta_source_pull(&push.source, 9, &block), TA_PULL_WAIT);
    assert_int_equal(push.source.waits, 1);
    assert_int_equal(ta_push_write(&push, in, 3), 3);
    assert_int_equal(ta_push_space(&push), 1);
    assert_int_equal(ta_push_write(&push, in + 3, 5), 1);
    assert_int_equal(ta_push_write(&push, in + 4, 4), 0);
    assert_int_equal(ta_source_pull(&push.source, 3, &block), TA_PULL_MORE);
    assert_int_equal(block.frames, 3);
    assert_false(block.lasting);
    assert_memory_equal(block.data, in, 12);
    assert_int_equal(ta_push_space(&push), 0); // lent frames stay untouched until the next pull
    assert_int_equal(ta_push_write(&push, in + 4, 4), 0);
    assert_memory_equal(block.data, in, 12);
    assert_int_equal(ta_source_pull(&push.source, 3, &block), TA_PULL_MORE);
    assert_int_equal(block.frames, 1);
    assert_int_equal(*(const uint32_t *)block.data, 13);
    assert_int_equal(ta_push_space(&push), 3);
    assert_int_equal(ta_push_write(&push, in + 4, 4), 3);
    ta_push_end(&push);
    assert_int_equal(ta_push_write(&push, in, 1), 0);
    assert_int_equal(ta_source_pull(&push.source, 2, &block), TA_PULL_MORE);
    assert_memory_equal(block.data, in + 4, 8);
    assert_int_equal(ta_source_pull(&push.source, 2, &block), TA_PULL_END);
    assert_int_equal(*(const uint32_t *)block.data, 16);
    assert_int_equal(block.frames, 1);
    assert_int_equal(ta_source_pull(&push.source, 2, &block), TA_PULL_END);
    assert_int_equal(block.frames, 0);
    assert_int_equal(ta_source_seek(&push.source, 0), TA_E_STATE);
    assert_int_equal(ta_source_set_loop(&push.source, 0, 1, 1), TA_E_STATE);
}

static void test_end_of_an_empty_queue(void **state)
{
    (void)state;
    uint32_t storage[4] = {0};
    ta_push_t push;
    ta_block_t block;
    assert_int_equal(ta_push_init(&push, &stereo16, 4, storage), TA_OK);
    ta_push_end(&push);
    assert_int_equal(ta_push_space(&push), 4);
    assert_int_equal(ta_push_write(&push, storage, 1), 0);
    assert_int_equal(ta_source_pull(&push.source, 1, &block), TA_PULL_END);
    assert_int_equal(block.frames, 0);
    assert_int_equal(push.source.waits, 0);
}

// Random writes and pulls against plain numbers: nothing is lost, doubled, reordered, or changed while it is lent.
static void test_any_order_any_capacity(void **state)
{
    (void)state;
    uint32_t random = 2024, checked = 0;
    print_message("seed %u\n", random);
    for (uint32_t capacity = 1; capacity <= 40; capacity++) {
        static uint32_t storage[40];
        uint32_t next_in = 0, next_out = 0, lent = 0;
        ta_push_t push;
        ta_block_t block = {.data = NULL};
        ta_pull_t result = TA_PULL_MORE;
        assert_int_equal(ta_push_init(&push, &stereo16, capacity, storage), TA_OK);
        while (result != TA_PULL_END) {
            random = random * 1664525 + 1013904223;
            if (random >> 31 && !push.ended) {
                uint32_t chunk[50];
                uint32_t count = (random >> 8) % 50;
                for (uint32_t i = 0; i < count; i++) {
                    chunk[i] = next_in + i;
                }
                uint32_t space = ta_push_space(&push);
                assert_int_equal(space, capacity - (next_in - next_out) - lent);
                uint32_t written = ta_push_write(&push, chunk, count);
                assert_int_equal(written, count < space ? count : space);
                next_in += written;
                if (next_in > 2000) {
                    ta_push_end(&push);
                }
            } else {
                result = ta_source_pull(&push.source, 1 + (random >> 8) % 50, &block);
                lent = block.frames;
                next_out += lent;
                checked += lent;
            }
            for (uint32_t i = 0; i < lent; i++) { // after writes too
                assert_int_equal(((const uint32_t *)block.data)[i], next_out - lent + i);
            }
        }
        assert_int_equal(next_in, next_out);
    }
    print_message("%u frames checked\n", checked);
    assert_in_range(checked, 40 * 2001, 40 * 2050);
}

// Frames of three bytes, pieces that wrap in the middle: bytes, not words.
static void test_packed_frames_wrap(void **state)
{
    (void)state;
    const ta_format_t mono24 = {TA_SAMPLE_S24, 1, 48000};
    uint8_t storage[5 * 3], in[3 * 3], out_next = 0, in_next = 0;
    unsigned wraps = 0;
    ta_push_t push;
    ta_block_t block;
    assert_int_equal(ta_push_init(&push, &mono24, 5, storage), TA_OK);
    for (unsigned round = 0; round < 100; round++) {
        uint32_t left = 3;
        for (size_t i = 0; i < sizeof in; i++) {
            in[i] = in_next++;
        }
        assert_int_equal(ta_push_write(&push, in, 3), 3);
        while (left > 0) {
            assert_int_equal(ta_source_pull(&push.source, left, &block), TA_PULL_MORE);
            wraps += block.frames < left;
            left -= block.frames;
            for (uint32_t i = 0; i < block.frames * 3; i++) {
                assert_int_equal(((const uint8_t *)block.data)[i], out_next);
                out_next++;
            }
        }
        assert_int_equal(ta_source_pull(&push.source, 1, &block), TA_PULL_WAIT);
    }
    assert_int_equal(wraps, 40); // 300 frames over a queue of 5: every second lap begins inside a piece
}

enum { THREAD_FRAMES = 200000, THREAD_CAPACITY = 61 };

static void *write_from_a_thread(void *context)
{
    ta_push_t *push = context;
    uint32_t chunk[17];
    for (uint32_t next = 0; next < THREAD_FRAMES;) {
        uint32_t count = 1 + next % 17;
        if (count > THREAD_FRAMES - next) {
            count = THREAD_FRAMES - next;
        }
        for (uint32_t i = 0; i < count; i++) {
            chunk[i] = next + i;
        }
        uint32_t written = ta_push_write(push, chunk, count);
        if (written == 0) {
            sched_yield();
        }
        next += written;
    }
    ta_push_end(push);
    return NULL;
}

static void test_two_threads(void **state)
{
    (void)state;
    static uint32_t storage[THREAD_CAPACITY];
    ta_push_t push;
    ta_block_t block;
    pthread_t writer;
    uint32_t next = 0;
    ta_pull_t result = TA_PULL_MORE;
    assert_int_equal(ta_push_init(&push, &stereo16, THREAD_CAPACITY, storage), TA_OK);
    assert_int_equal(pthread_create(&writer, NULL, write_from_a_thread, &push), 0);
    while (result != TA_PULL_END) {
        result = ta_source_pull(&push.source, 1 + next % 23, &block);
        if (result == TA_PULL_WAIT) {
            sched_yield();
        }
        for (uint32_t i = 0; i < block.frames; i++) {
            assert_int_equal(((const uint32_t *)block.data)[i], next);
            next++;
        }
    }
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_int_equal(next, THREAD_FRAMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_need),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_end_of_an_empty_queue),
        cmocka_unit_test(test_any_order_any_capacity),
        cmocka_unit_test(test_packed_frames_wrap),
        cmocka_unit_test(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
