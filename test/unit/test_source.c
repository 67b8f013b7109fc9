// What all sources have in common: ends, faults, waits, seeks, and the rules of loops. Loops over many shapes are in
// test/model/test_loop_model.c.
#include "tonearm/raw.h"
#include "tonearm/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

// A source of the test's own: lends frames that are their own numbers, and does what it is told at a frame.
typedef struct {
    ta_source_t source;
    uint32_t frame;
    uint64_t real_frames; // where it ends whatever its header said
    uint64_t fault_at;
    uint64_t wait_at;
    unsigned waits;
    unsigned pulls, seeks;
    ta_status_t seek_status;
    bool advances; // moves source->position itself, as the contract allows
} toy_t;

static ta_pull_t toy_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    toy_t *toy = (toy_t *)source;
    toy->pulls++;
    assert_true(max_frames >= 1);
    if (source->position == toy->fault_at) {
        return TA_PULL_FAULT;
    }
    if (source->position == toy->wait_at && toy->waits > 0) {
        toy->waits--;
        return TA_PULL_WAIT;
    }
    if (source->position >= toy->real_frames) {
        return TA_PULL_END;
    }
    toy->frame = (uint32_t)source->position;
    block->data = &toy->frame;
    block->frames = 1;
    source->position += toy->advances;
    return TA_PULL_MORE;
}

static ta_status_t toy_seek(ta_source_t *source, uint64_t frame)
{
    toy_t *toy = (toy_t *)source;
    (void)frame;
    toy->seeks++;
    return toy->seek_status;
}

static const ta_source_ops_t toy_ops = {toy_pull, toy_seek};
static const ta_source_ops_t toy_ops_forwards = {toy_pull, NULL};
static const ta_format_t stereo16 = {TA_SAMPLE_S16, 2, 44100};

static toy_t make_toy(uint64_t claimed, uint64_t real)
{
    toy_t toy = {.real_frames = real, .fault_at = UINT64_MAX, .wait_at = UINT64_MAX};
    ta_source_init(&toy.source, &toy_ops, &stereo16, claimed);
    return toy;
}

static void expect_frame(toy_t *toy, uint32_t frame, ta_pull_t result)
{
    ta_block_t block;
    assert_int_equal(ta_source_pull(&toy->source, 5, &block), result);
    assert_int_equal(block.frames, 1);
    assert_int_equal(*(const uint32_t *)block.data, frame);
    assert_int_equal(toy->source.position, frame + 1);
}

static void expect_none(toy_t *toy, ta_pull_t result)
{
    ta_block_t block;
    memset(&block, 0x55, sizeof block);
    assert_int_equal(ta_source_pull(&toy->source, 5, &block), result);
    assert_int_equal(block.frames, 0);
    assert_null(block.data);
    assert_false(block.lasting);
}

static void test_init(void **state)
{
    (void)state;
    ta_source_t source;
    memset(&source, 0x55, sizeof source);
    ta_source_init(&source, &toy_ops, &stereo16, 99);
    assert_ptr_equal(source.ops, &toy_ops);
    assert_int_equal(source.format.sample, TA_SAMPLE_S16);
    assert_int_equal(source.format.channels, 2);
    assert_int_equal(source.format.rate_hz, 44100);
    assert_int_equal(source.frames, 99);
    assert_int_equal(source.position, 0);
    assert_int_equal(source.loops_left, 0);
    assert_int_equal(source.waits, 0);
    assert_int_equal(source.fault, TA_OK);
}

static void test_end_comes_with_the_last_block_and_stays(void **state)
{
    (void)state;
    for (int advances = 0; advances < 2; advances++) {
        toy_t toy = make_toy(3, 3);
        toy.advances = advances;
        expect_frame(&toy, 0, TA_PULL_MORE);
        expect_frame(&toy, 1, TA_PULL_MORE);
        expect_frame(&toy, 2, TA_PULL_END);
        unsigned pulls = toy.pulls;
        expect_none(&toy, TA_PULL_END);
        expect_none(&toy, TA_PULL_END);
        assert_int_equal(toy.pulls, pulls); // the source itself is not asked again
        assert_int_equal(ta_source_seek(&toy.source, 2), TA_OK);
        expect_frame(&toy, 2, TA_PULL_END);
    }
}

static void test_unknown_length_is_learned(void **state)
{
    (void)state;
    toy_t toy = make_toy(TA_FRAMES_UNKNOWN, 2);
    expect_frame(&toy, 0, TA_PULL_MORE);
    expect_frame(&toy, 1, TA_PULL_MORE);
    expect_none(&toy, TA_PULL_END);
    assert_int_equal(toy.source.frames, 2);
    expect_none(&toy, TA_PULL_END);
    assert_int_equal(ta_source_seek(&toy.source, 3), TA_E_ARG);
    assert_int_equal(ta_source_seek(&toy.source, 1), TA_OK);
    expect_frame(&toy, 1, TA_PULL_END);
}

static void test_fault_is_sticky_until_a_seek(void **state)
{
    (void)state;
    toy_t toy = make_toy(9, 9);
    toy.fault_at = 1;
    expect_frame(&toy, 0, TA_PULL_MORE);
    expect_none(&toy, TA_PULL_FAULT);
    assert_int_equal(toy.source.fault, TA_E_IO); // the source did not say why
    toy.fault_at = UINT64_MAX;
    unsigned pulls = toy.pulls;
    expect_none(&toy, TA_PULL_FAULT);
    assert_int_equal(toy.pulls, pulls);
    assert_int_equal(ta_source_seek(&toy.source, 1), TA_OK);
    assert_int_equal(toy.source.fault, TA_OK);
    expect_frame(&toy, 1, TA_PULL_MORE);
}

static void test_seek_that_fails_is_a_fault(void **state)
{
    (void)state;
    toy_t toy = make_toy(9, 9);
    expect_frame(&toy, 0, TA_PULL_MORE);
    toy.seek_status = TA_E_IO;
    assert_int_equal(ta_source_seek(&toy.source, 5), TA_E_IO);
    assert_int_equal(toy.source.position, 1);
    expect_none(&toy, TA_PULL_FAULT);
    toy.seek_status = TA_OK;
    assert_int_equal(ta_source_seek(&toy.source, 5), TA_OK);
    expect_frame(&toy, 5, TA_PULL_MORE);
}

static void test_seek_refusals(void **state)
{
    (void)state;
    toy_t toy = make_toy(4, 4);
    assert_int_equal(ta_source_seek(&toy.source, 5), TA_E_ARG);
    assert_int_equal(toy.seeks, 0);
    assert_int_equal(ta_source_seek(&toy.source, 4), TA_OK);
    expect_none(&toy, TA_PULL_END);
    toy.source.ops = &toy_ops_forwards;
    assert_int_equal(ta_source_seek(&toy.source, 0), TA_E_STATE);
    ta_source_t never = {.ops = NULL};
    assert_int_equal(ta_source_seek(&never, 0), TA_E_STATE);
}

static void test_pull_of_a_source_whose_init_failed(void **state)
{
    (void)state;
    ta_raw_t raw;
    ta_block_t block;
    assert_int_equal(ta_raw_init(&raw, &stereo16, NULL, 1), TA_E_ARG);
    assert_int_equal(ta_source_pull(&raw.source, 1, &block), TA_PULL_FAULT);
    assert_int_equal(raw.source.fault, TA_E_STATE);
    assert_int_equal(block.frames, 0);
    assert_int_equal(ta_source_set_loop(&raw.source, 0, 0, 1), TA_E_STATE);
}

static void test_waits_are_counted_and_pass(void **state)
{
    (void)state;
    toy_t toy = make_toy(2, 2);
    toy.wait_at = 1;
    toy.waits = 3;
    expect_frame(&toy, 0, TA_PULL_MORE);
    for (unsigned i = 1; i <= 3; i++) {
        expect_none(&toy, TA_PULL_WAIT);
        assert_int_equal(toy.source.waits, i);
    }
    expect_frame(&toy, 1, TA_PULL_END);
    assert_int_equal(toy.source.waits, 3);
}

static void test_loop_refusals_leave_the_loop_alone(void **state)
{
    (void)state;
    toy_t toy = make_toy(10, 10);
    assert_int_equal(ta_source_set_loop(&toy.source, 2, 5, 7), TA_OK);
    assert_int_equal(ta_source_set_loop(&toy.source, 5, 5, 1), TA_E_ARG);
    assert_int_equal(ta_source_set_loop(&toy.source, 6, 5, 1), TA_E_ARG);
    assert_int_equal(ta_source_set_loop(&toy.source, 2, 11, 1), TA_E_ARG);
    assert_int_equal(ta_source_set_loop(&toy.source, 10, 0, 1), TA_E_ARG);
    assert_int_equal(toy.source.loop_start, 2);
    assert_int_equal(toy.source.loop_end, 5);
    assert_int_equal(toy.source.loops_left, 7);
    assert_int_equal(ta_source_set_loop(&toy.source, 99, 98, 0), TA_OK); // off, whatever the ends say
    assert_int_equal(toy.source.loops_left, 0);
    assert_int_equal(toy.source.loop_end, 0);
    assert_int_equal(ta_source_set_loop(&toy.source, 9, 0, 1), TA_OK);
    assert_int_equal(toy.source.loop_end, 10);
    toy.source.ops = &toy_ops_forwards;
    assert_int_equal(ta_source_set_loop(&toy.source, 2, 5, 1), TA_E_STATE);
}

static void test_loop_by_hand(void **state)
{
    (void)state;
    toy_t toy = make_toy(5, 5);
    assert_int_equal(ta_source_set_loop(&toy.source, 1, 3, 2), TA_OK);
    const uint32_t wanted[] = {0, 1, 2, 1, 2, 1, 2, 3, 4};
    for (size_t i = 0; i < 9; i++) {
        expect_frame(&toy, wanted[i], i < 8 ? TA_PULL_MORE : TA_PULL_END);
    }
    assert_int_equal(toy.seeks, 2);
    assert_int_equal(toy.source.loops_left, 0);
}

static void test_loop_to_the_end_says_more(void **state)
{
    (void)state;
    toy_t toy = make_toy(2, 2);
    assert_int_equal(ta_source_set_loop(&toy.source, 0, 0, 1), TA_OK);
    expect_frame(&toy, 0, TA_PULL_MORE);
    expect_frame(&toy, 1, TA_PULL_MORE);
    expect_frame(&toy, 0, TA_PULL_MORE);
    expect_frame(&toy, 1, TA_PULL_END);
}

static void test_loop_forever_does_not_count_down(void **state)
{
    (void)state;
    toy_t toy = make_toy(3, 3);
    assert_int_equal(ta_source_set_loop(&toy.source, 1, 3, TA_LOOP_FOREVER), TA_OK);
    expect_frame(&toy, 0, TA_PULL_MORE);
    for (unsigned i = 0; i < 1001; i++) {
        expect_frame(&toy, 1 + i % 2, TA_PULL_MORE);
    }
    assert_true(toy.source.loops_left == TA_LOOP_FOREVER);
    assert_int_equal(ta_source_set_loop(&toy.source, 0, 0, 0), TA_OK); // switched off: on to the end
    expect_frame(&toy, 2, TA_PULL_END);
}

static void test_loop_jump_that_fails_is_a_fault(void **state)
{
    (void)state;
    toy_t toy = make_toy(3, 3);
    assert_int_equal(ta_source_set_loop(&toy.source, 1, 2, 5), TA_OK);
    expect_frame(&toy, 0, TA_PULL_MORE);
    expect_frame(&toy, 1, TA_PULL_MORE);
    toy.seek_status = TA_E_IO;
    expect_none(&toy, TA_PULL_FAULT);
    assert_int_equal(toy.source.fault, TA_E_IO);
    toy.seek_status = TA_OK;
    assert_int_equal(ta_source_seek(&toy.source, 1), TA_OK); // loops stay as they are over a seek
    assert_int_equal(toy.source.loops_left, 5);
    expect_frame(&toy, 1, TA_PULL_MORE);
    expect_frame(&toy, 1, TA_PULL_MORE);
    assert_int_equal(toy.source.loops_left, 4);
}

// A file that is shorter than its header said, or whose length nobody knew: loops to the end still work, and a loop
// that would begin beyond the end is dropped instead of spinning.
static void test_loop_over_a_program_that_ends_early(void **state)
{
    (void)state;
    const uint64_t claims[] = {TA_FRAMES_UNKNOWN, 100};
    for (size_t i = 0; i < 2; i++) {
        toy_t toy = make_toy(claims[i], 2);
        assert_int_equal(ta_source_set_loop(&toy.source, 1, 0, 2), TA_OK);
        expect_frame(&toy, 0, TA_PULL_MORE);
        expect_frame(&toy, 1, TA_PULL_MORE);
        expect_none(&toy, TA_PULL_MORE); // here it learns
        expect_frame(&toy, 1, TA_PULL_MORE);
        expect_frame(&toy, 1, TA_PULL_END);
        expect_none(&toy, TA_PULL_END);

        toy = make_toy(claims[i], 2);
        assert_int_equal(ta_source_set_loop(&toy.source, 2, 0, TA_LOOP_FOREVER), TA_OK);
        expect_frame(&toy, 0, TA_PULL_MORE);
        expect_frame(&toy, 1, TA_PULL_MORE);
        expect_none(&toy, TA_PULL_END);
        expect_none(&toy, TA_PULL_END);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_init),
        cmocka_unit_test(test_end_comes_with_the_last_block_and_stays),
        cmocka_unit_test(test_unknown_length_is_learned),
        cmocka_unit_test(test_fault_is_sticky_until_a_seek),
        cmocka_unit_test(test_seek_that_fails_is_a_fault),
        cmocka_unit_test(test_seek_refusals),
        cmocka_unit_test(test_pull_of_a_source_whose_init_failed),
        cmocka_unit_test(test_waits_are_counted_and_pass),
        cmocka_unit_test(test_loop_refusals_leave_the_loop_alone),
        cmocka_unit_test(test_loop_by_hand),
        cmocka_unit_test(test_loop_to_the_end_says_more),
        cmocka_unit_test(test_loop_forever_does_not_count_down),
        cmocka_unit_test(test_loop_jump_that_fails_is_a_fault),
        cmocka_unit_test(test_loop_over_a_program_that_ends_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
