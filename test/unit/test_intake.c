// How one source consumes another: every format from any address, ends, faults, waits, blocks without frames, and offers in any order.
#include "tonearm/intake.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

enum { FRAMES_MAX = 400, BYTES_MAX = FRAMES_MAX * 2 * 4 + 8, STEPS_MAX = 16 };

typedef struct {
    uint32_t frames; // to lend, at most
    ta_pull_t result;
} step_t;

// Lends what lies in `bytes`, as its script says; then, or without one, as much as it is asked for until the end.
typedef struct {
    ta_source_t source;
    const uint8_t *bytes;
    step_t steps[STEPS_MAX];
    unsigned step_count, step, pulls;
} scripted_t;

static ta_pull_t scripted_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    scripted_t *scripted = (scripted_t *)source;
    scripted->pulls++;
    step_t step = {max_frames, TA_PULL_MORE};
    if (scripted->step < scripted->step_count) {
        step = scripted->steps[scripted->step++];
    }
    block->data = scripted->bytes + (size_t)source->position * ta_frame_bytes(&source->format);
    block->frames = step.frames < max_frames ? step.frames : max_frames;
    return step.result;
}

static ta_status_t scripted_seek(ta_source_t *source, uint64_t frame)
{
    (void)source;
    (void)frame;
    return TA_OK;
}

static const ta_source_ops_t scripted_ops = {scripted_pull, scripted_seek};

static _Alignas(8) uint8_t memory[BYTES_MAX];

static void make(scripted_t *scripted, ta_sample_t sample, unsigned channels, uint64_t frames, unsigned offset)
{
    memset(scripted, 0, sizeof *scripted);
    ta_source_init(&scripted->source, &scripted_ops, &(ta_format_t){sample, (uint8_t)channels, 44100}, frames);
    scripted->bytes = memory + offset;
}

static void script(scripted_t *scripted, unsigned count, const step_t *steps)
{
    memcpy(scripted->steps, steps, count * sizeof *steps);
    scripted->step_count = count;
}

static void fill_memory(uint32_t seed)
{
    for (size_t i = 0; i < sizeof memory; i++) {
        seed = seed * 1664525 + 1013904223;
        memory[i] = i % 7 == 0 ? 0x80 : i % 11 == 0 ? 0x7F : i % 13 == 0 ? 0xFF : (uint8_t)(seed >> 24);
    }
}

// A sample's number on the scale of 16 bits, by its definition.
static int wanted(ta_sample_t sample, const uint8_t *at)
{
    int64_t value = 0;
    unsigned bytes = ta_sample_bytes(sample);
    for (unsigned i = 0; i < bytes; i++) {
        value |= (int64_t)at[i] << (8 * i);
    }
    unsigned bits = sample == TA_SAMPLE_S24IN32 ? 24 : 8 * bytes;
    value &= ((int64_t)1 << bits) - 1;
    if (sample == TA_SAMPLE_U8 || sample == TA_SAMPLE_U16) {
        value -= (int64_t)1 << (bits - 1);
    } else if (value >> (bits - 1)) {
        value -= (int64_t)1 << bits;
    }
    double scaled = floor(ldexp((double)value, 16 - (int)bits) + 0.5);
    return scaled > 32767 ? 32767 : (int)scaled;
}

static void check_lent(const ta_lent_t *lent, const scripted_t *scripted, uint64_t first)
{
    unsigned bytes = ta_sample_bytes(scripted->source.format.sample), channels = scripted->source.format.channels;
    assert_int_equal((uintptr_t)lent->samples & 1, 0);
    for (uint32_t s = 0; s < lent->frames * channels; s++) {
        const uint8_t *at = scripted->bytes + ((size_t)first * channels + s) * bytes;
        int should = wanted(scripted->source.format.sample, at);
        if (lent->samples[s] != should) {
            fail_msg("%s: sample %u is %d, must be %d", ta_sample_name(scripted->source.format.sample), (unsigned)s,
                     lent->samples[s], should);
        }
    }
}

static void offer_and_take(ta_intake_t *intake, ta_source_t *source)
{
    assert_int_equal(ta_intake_offer(intake, source), TA_OK);
    assert_true(ta_intake_take(intake));
    assert_false(ta_intake_take(intake));
}

// ---- formats -----------------------------------------------------------------------------------------------------------

static unsigned long formats_seen;

static void play_whole(ta_sample_t sample, unsigned channels, unsigned offset, uint32_t max_frames)
{
    scripted_t scripted;
    make(&scripted, sample, channels, FRAMES_MAX - 3, offset);
    ta_intake_t intake;
    ta_intake_init(&intake);
    offer_and_take(&intake, &scripted.source);
    uint64_t at = 0;
    while (at < scripted.source.frames) {
        ta_lent_t lent;
        ta_intake_pull(&intake, max_frames, &lent);
        assert_in_range(lent.frames, 1, max_frames);
        bool in_place = sample == TA_SAMPLE_S16 && offset % 2 == 0;
        assert_true(in_place == ((const uint8_t *)lent.samples >= memory &&
                                 (const uint8_t *)lent.samples < memory + sizeof memory));
        assert_true(in_place || lent.frames <= TA_INTAKE_FRAMES);
        check_lent(&lent, &scripted, at);
        at += lent.frames;
        formats_seen += lent.frames;
    }
    assert_int_equal(at, scripted.source.frames);
    assert_true(intake.ended);
    assert_false(ta_intake_busy(&intake));
}

static void test_every_format_from_any_address(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 3, 63, 64, 65, 128, 1000};
    for (unsigned sample = 0; sample < TA_SAMPLES; sample++) {
        for (unsigned way = 0; way < 2 * 4 * 8; way++) {
            fill_memory(way + 100 * sample);
            play_whole((ta_sample_t)sample, way % 2 + 1, way / 2 % 4, sizes[way / 8]);
        }
    }
    assert_int_equal(formats_seen, TA_SAMPLES * 64UL * (FRAMES_MAX - 3));
}

static void test_all_samples_of_8_and_16_bits(void **state)
{
    (void)state;
    for (unsigned sample = TA_SAMPLE_U8; sample <= TA_SAMPLE_S16; sample++) {
        unsigned bytes = ta_sample_bytes((ta_sample_t)sample);
        for (uint32_t first = 0; first < 1U << (8 * bytes); first += 256) {
            for (uint32_t i = 0; i < 256; i++) {
                memory[i * bytes] = (uint8_t)(first + i);
                memory[i * bytes + bytes - 1] = (uint8_t)((first + i) >> (8 * (bytes - 1)));
            }
            scripted_t scripted;
            make(&scripted, (ta_sample_t)sample, 1, 256, 0);
            ta_intake_t intake;
            ta_intake_init(&intake);
            offer_and_take(&intake, &scripted.source);
            ta_lent_t lent;
            for (uint64_t at = 0; at < 256; at += lent.frames) {
                ta_intake_pull(&intake, 256, &lent);
                assert_true(lent.frames > 0);
                check_lent(&lent, &scripted, at);
                for (uint32_t f = 0; f < lent.frames; f++) { // 8 bits come back by their upper half
                    assert_true(bytes == 2 || (lent.samples[f] & 0xFF) == 0);
                }
            }
        }
    }
}

// ---- ends, faults, waits, nothing --------------------------------------------------------------------------------------

static void test_an_end_lets_go(void **state)
{
    (void)state;
    for (unsigned empty = 0; empty < 2; empty++) { // the end comes with the last frames, or behind them
        scripted_t scripted;
        make(&scripted, TA_SAMPLE_S16, 2, empty ? TA_FRAMES_UNKNOWN : 10, 0);
        script(&scripted, 3, (step_t[]){{6, TA_PULL_MORE}, {4, empty ? TA_PULL_MORE : TA_PULL_END}, {0, TA_PULL_END}});
        ta_intake_t intake;
        ta_intake_init(&intake);
        offer_and_take(&intake, &scripted.source);
        ta_lent_t lent;
        ta_intake_pull(&intake, 128, &lent);
        assert_int_equal(lent.frames, 6);
        assert_true(ta_intake_busy(&intake));
        ta_intake_pull(&intake, 128, &lent);
        assert_int_equal(lent.frames, 4);
        assert_true(ta_intake_holds(&intake, &scripted.source)); // its memory is in use
        assert_int_equal(ta_intake_busy(&intake), empty);
        ta_intake_pull(&intake, 128, &lent);
        assert_int_equal(lent.frames, 0);
        assert_false(ta_intake_busy(&intake));
        ta_intake_pull(&intake, 128, &lent);
        assert_int_equal(lent.frames, 0);
        assert_false(ta_intake_holds(&intake, &scripted.source));
        assert_int_equal(intake.fault, TA_OK);
        unsigned pulls = scripted.pulls;
        memset(&scripted, 0xA5, sizeof scripted); // it is not looked at any more
        for (unsigned i = 0; i < 5; i++) {
            ta_intake_pull(&intake, 128, &lent);
            assert_int_equal(lent.frames, 0);
        }
        assert_int_equal(pulls, empty ? 3 : 2);
    }
}

static void test_what_came_with_the_end_is_lent_whole(void **state)
{
    (void)state;
    scripted_t scripted;
    make(&scripted, TA_SAMPLE_U8, 2, 200, 1); // converted in pieces of 64
    ta_intake_t intake;
    ta_intake_init(&intake);
    offer_and_take(&intake, &scripted.source);
    static const uint32_t pieces[] = {64, 64, 64, 8, 0};
    for (unsigned i = 0; i < 5; i++) {
        ta_lent_t lent;
        assert_int_equal(ta_intake_busy(&intake), i < 4);
        ta_intake_pull(&intake, 1000, &lent);
        assert_int_equal(lent.frames, pieces[i]);
    }
    assert_int_equal(scripted.pulls, 1);
}

static void test_a_fault_is_told_once_and_lets_go(void **state)
{
    (void)state;
    scripted_t scripted, other;
    make(&scripted, TA_SAMPLE_S16, 1, 1000, 0);
    make(&other, TA_SAMPLE_S16, 1, 1000, 0);
    script(&scripted, 2, (step_t[]){{5, TA_PULL_MORE}, {7, TA_PULL_FAULT}});
    ta_intake_t intake;
    ta_intake_init(&intake);
    offer_and_take(&intake, &scripted.source);
    ta_lent_t lent;
    ta_intake_pull(&intake, 128, &lent);
    assert_int_equal(lent.frames, 5);
    for (unsigned i = 0; i < 4; i++) {
        ta_intake_pull(&intake, 128, &lent);
        assert_int_equal(lent.frames, 0); // what comes with a fault is not valid
        assert_int_equal(intake.fault, TA_E_IO);
        assert_false(ta_intake_busy(&intake));
    }
    assert_int_equal(scripted.pulls, 2);
    assert_false(ta_intake_holds(&intake, &scripted.source));
    offer_and_take(&intake, &other.source);
    assert_int_equal(intake.fault, TA_OK);
    ta_intake_pull(&intake, 128, &lent);
    assert_int_equal(lent.frames, 128);
}

static void test_a_source_that_waits_stays(void **state)
{
    (void)state;
    scripted_t scripted;
    make(&scripted, TA_SAMPLE_S16, 2, 100, 0);
    script(&scripted, 4, (step_t[]){{0, TA_PULL_WAIT}, {0, TA_PULL_WAIT}, {9, TA_PULL_WAIT}, {0, TA_PULL_WAIT}});
    ta_intake_t intake;
    ta_intake_init(&intake);
    offer_and_take(&intake, &scripted.source);
    static const uint32_t frames[] = {0, 0, 9, 0, 91};
    for (unsigned i = 0; i < 5; i++) {
        ta_lent_t lent;
        assert_true(ta_intake_busy(&intake));
        ta_intake_pull(&intake, 128, &lent);
        assert_int_equal(lent.frames, frames[i]);
        assert_int_equal(scripted.pulls, i + 1); // it is asked once a call
    }
    assert_false(ta_intake_busy(&intake));
}

static void test_blocks_without_frames_are_no_gap_and_never_spin(void **state)
{
    (void)state;
    scripted_t scripted;
    ta_intake_t intake;
    ta_lent_t lent;
    for (unsigned empty = 0; empty <= TA_INTAKE_EMPTY_MAX; empty++) {
        make(&scripted, TA_SAMPLE_S16, 2, 100, 0);
        script(&scripted, empty, (step_t[STEPS_MAX]){{0, TA_PULL_MORE}}); // all of them are 0 and TA_PULL_MORE
        ta_intake_init(&intake);
        offer_and_take(&intake, &scripted.source);
        ta_intake_pull(&intake, 100, &lent);
        assert_int_equal(lent.frames, 100);
        assert_int_equal(scripted.pulls, empty + 1);
    }
    make(&scripted, TA_SAMPLE_S16, 2, 100, 0);
    script(&scripted, STEPS_MAX, (step_t[STEPS_MAX]){{0, TA_PULL_MORE}});
    ta_intake_init(&intake);
    offer_and_take(&intake, &scripted.source);
    ta_intake_pull(&intake, 100, &lent);
    assert_int_equal(lent.frames, 0);
    assert_int_equal(scripted.pulls, TA_INTAKE_EMPTY_MAX + 1);
    assert_true(ta_intake_busy(&intake));
}

// Its first lap ends where nobody said: the common part learns that with a block without frames, and goes back.
static void test_a_loop_of_unknown_length_has_no_gap(void **state)
{
    (void)state;
    scripted_t scripted;
    make(&scripted, TA_SAMPLE_S16, 1, TA_FRAMES_UNKNOWN, 0);
    script(&scripted, 3, (step_t[]){{5, TA_PULL_MORE}, {2, TA_PULL_MORE}, {0, TA_PULL_END}});
    assert_int_equal(ta_source_set_loop(&scripted.source, 0, 0, TA_LOOP_FOREVER), TA_OK);
    ta_intake_t intake;
    ta_intake_init(&intake);
    offer_and_take(&intake, &scripted.source);
    int16_t got[70];
    assert_int_equal(ta_intake_read(&intake, 1, got, 70), 70);
    const int16_t *in = (const int16_t *)(const void *)memory;
    for (unsigned i = 0; i < 70; i++) {
        assert_int_equal(got[i], in[i % 7]);
    }
}

// ---- offers ------------------------------------------------------------------------------------------------------------

static void test_nothing_is_consumed_at_first(void **state)
{
    (void)state;
    ta_intake_t intake;
    memset(&intake, 0x5A, sizeof intake);
    ta_intake_init(&intake);
    ta_lent_t lent;
    int16_t sample;
    assert_false(ta_intake_take(&intake));
    assert_false(ta_intake_busy(&intake));
    assert_false(ta_intake_holds(&intake, NULL));
    assert_null(ta_intake_offered(&intake));
    ta_intake_pull(&intake, 1, &lent);
    assert_int_equal(lent.frames, 0);
    assert_int_equal(ta_intake_read(&intake, 1, &sample, 1), 0);
}

static void test_a_bad_format_is_refused_and_nothing_changes(void **state)
{
    (void)state;
    scripted_t good, bad;
    make(&good, TA_SAMPLE_S16, 2, 100, 0);
    ta_intake_t intake;
    ta_intake_init(&intake);
    offer_and_take(&intake, &good.source);
    static const ta_format_t formats[] = {{TA_SAMPLES, 2, 44100},
                                          {TA_SAMPLE_S16, 0, 44100},
                                          {TA_SAMPLE_S16, 3, 44100},
                                          {TA_SAMPLE_S16, 2, 999},
                                          {TA_SAMPLE_S16, 2, 0}};
    for (unsigned i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        make(&bad, TA_SAMPLE_S16, 2, 100, 0);
        bad.source.format = formats[i];
        assert_int_equal(ta_intake_offer(&intake, &bad.source), TA_E_FORMAT);
        assert_false(ta_intake_take(&intake));
        assert_false(ta_intake_holds(&intake, &bad.source));
        assert_ptr_equal(ta_intake_offered(&intake), &good.source);
    }
}

// Every order of offers (A, B, nothing), takes and pulls, six steps long, beside what must be consumed then.
static void test_offers_takes_and_pulls_in_any_order(void **state)
{
    (void)state;
    enum { OFFER_A, OFFER_B, OFFER_NONE, TAKE, PULL, ACTIONS, LENGTH = 6 };
    unsigned walks = 0;
    for (unsigned walk = 0; walk < ACTIONS * ACTIONS * ACTIONS * ACTIONS * ACTIONS * ACTIONS; walk++, walks++) {
        scripted_t sources[2];
        make(&sources[0], TA_SAMPLE_S16, 1, 1000, 0);
        make(&sources[1], TA_SAMPLE_U8, 2, 1000, 0); // of which something is left lying after a pull
        ta_intake_t intake;
        ta_intake_init(&intake);
        ta_source_t *consumed = NULL, *offered = NULL;
        bool open = false;
        unsigned code = walk;
        for (unsigned step = 0; step < LENGTH; step++, code /= ACTIONS) {
            unsigned action = code % ACTIONS;
            if (action <= OFFER_NONE) {
                offered = action == OFFER_NONE ? NULL : &sources[action].source;
                open = true;
                assert_int_equal(ta_intake_offer(&intake, offered), TA_OK);
            } else if (action == TAKE) {
                assert_int_equal(ta_intake_take(&intake), open);
                consumed = open ? offered : consumed;
                open = false;
            } else {
                unsigned pulls[2] = {sources[0].pulls, sources[1].pulls};
                ta_lent_t lent;
                ta_intake_pull(&intake, 100, &lent);
                assert_int_equal(lent.frames > 0, consumed != NULL);
                for (unsigned s = 0; s < 2; s++) {
                    assert_true(sources[s].pulls == pulls[s] || consumed == &sources[s].source);
                }
            }
            assert_int_equal(ta_intake_busy(&intake), (open ? offered : consumed) != NULL);
            assert_ptr_equal(ta_intake_offered(&intake), offered);
            for (unsigned s = 0; s < 2; s++) {
                bool holds = consumed == &sources[s].source || (open && offered == &sources[s].source);
                assert_int_equal(ta_intake_holds(&intake, &sources[s].source), holds);
            }
        }
    }
    assert_int_equal(walks, 15625);
}

// The feed interrupts the task between the two stores of an offer, while the offer before is still open.
static void test_an_offer_half_made_is_not_taken_twice(void **state)
{
    (void)state;
    for (unsigned before = 0; before < 4; before++) {
        scripted_t a, b;
        make(&a, TA_SAMPLE_S16, 2, 1000, 0);
        make(&b, TA_SAMPLE_U8, 1, 1000, 0);
        ta_intake_t intake, made;
        ta_intake_init(&intake);
        for (unsigned i = 0; i < before; i++) { // the places alternate
            offer_and_take(&intake, NULL);
        }
        assert_int_equal(ta_intake_offer(&intake, &a.source), TA_OK);
        made = intake;
        assert_int_equal(ta_intake_offer(&made, &b.source), TA_OK);
        intake.offered[0] = made.offered[0];
        intake.offered[1] = made.offered[1]; // but not yet how many
        assert_true(ta_intake_take(&intake));
        assert_ptr_equal(intake.source, &a.source);
        intake.offers = made.offers;
        assert_true(ta_intake_take(&intake));
        assert_ptr_equal(intake.source, &b.source);
        ta_lent_t lent;
        ta_intake_pull(&intake, 200, &lent);
        assert_false(ta_intake_take(&intake)); // so the rest of what was pulled is still there
        ta_intake_pull(&intake, 200, &lent);
        assert_int_equal(b.pulls, 1);
    }
}

static void test_the_same_source_again_begins_with_what_it_lends_next(void **state)
{
    (void)state;
    scripted_t scripted;
    fill_memory(3);
    make(&scripted, TA_SAMPLE_S8, 1, 300, 0);
    ta_intake_t intake;
    ta_intake_init(&intake);
    offer_and_take(&intake, &scripted.source);
    ta_lent_t lent;
    ta_intake_pull(&intake, 100, &lent);
    assert_int_equal(lent.frames, 64); // 36 are left lying
    assert_int_equal(ta_source_seek(&scripted.source, 0), TA_OK);
    offer_and_take(&intake, &scripted.source);
    ta_intake_pull(&intake, 100, &lent);
    check_lent(&lent, &scripted, 0);
    ta_intake_drop(&intake);
    assert_false(ta_intake_holds(&intake, &scripted.source));
    assert_false(ta_intake_busy(&intake));
    ta_intake_pull(&intake, 100, &lent);
    assert_int_equal(lent.frames, 0);
}

// ---- two cores -----------------------------------------------------------------------------------------------------------

#ifndef __arm__ // qemu's Cortex-M33 has one core: m33_units.sh leaves this test out and counts it

// The task offers a source, then another, and asks at once whether the first is held. What is not belongs to the task again: it marks it here, and nothing that the feed takes
// may bear the mark.
enum { ROUNDS = 3000000, PAUSES = 97, MARK = 9 };

typedef struct {
    ta_intake_t intake;
    volatile bool over;
    volatile uint32_t taken;
    uint32_t marked;
} cores_t;

static void *feed_of(void *of)
{
    cores_t *cores = of;
    while (!cores->over) {
        if (ta_intake_take(&cores->intake)) {
            cores->taken++;
            cores->marked += cores->intake.channels == MARK;
        }
    }
    return NULL;
}

static void wait_some(uint32_t turns)
{
    for (volatile uint32_t turn = 0; turn < turns; turn++) {
    }
}

static void test_w13_what_is_not_held_is_not_touched_by_the_other_core(void **state)
{
    (void)state;
    static cores_t cores;
    static scripted_t sources[2];
    pthread_t feed;
    memset(&cores, 0, sizeof cores);
    ta_intake_init(&cores.intake);
    for (unsigned s = 0; s < 2; s++)
        make(&sources[s], TA_SAMPLE_S16, 1, 1, 0);
    assert_int_equal(pthread_create(&feed, NULL, feed_of, &cores), 0);
    assert_int_equal(ta_intake_offer(&cores.intake, &sources[1].source), TA_OK);
    while (cores.taken == 0) {
    }
    for (uint32_t round = 0; round < ROUNDS; round++) {
        ta_source_t *first = &sources[0].source;
        first->format.channels = 1;
        assert_int_equal(ta_intake_offer(&cores.intake, first), TA_OK);
        wait_some(round % PAUSES);
        assert_int_equal(ta_intake_offer(&cores.intake, &sources[1].source), TA_OK);
        if (!ta_intake_holds(&cores.intake, first))
            first->format.channels = MARK;
        wait_some(round / PAUSES % PAUSES);
        while (ta_intake_holds(&cores.intake, first)) {
        }
    }
    cores.over = true;
    assert_int_equal(pthread_join(feed, NULL), 0);
    assert_int_equal(cores.marked, 0);
}

#else

static void test_w13_what_is_not_held_is_not_touched_by_the_other_core(void **state)
{
    (void)state;
    fail_msg("%s", "there is no other core here");
}

#endif

// ---- channels ----------------------------------------------------------------------------------------------------------

static void test_read_makes_the_readers_channels(void **state)
{
    (void)state;
    for (unsigned way = 0; way < TA_SAMPLES * 4; way++) {
        unsigned given = way % 2 + 1, channels = way / 2 % 2 + 1;
        ta_sample_t sample = (ta_sample_t)(way / 4);
        fill_memory(way);
        scripted_t scripted;
        make(&scripted, sample, given, 200, 0);
        script(&scripted, 6,
               (step_t[]){{1, TA_PULL_MORE},
                          {70, TA_PULL_MORE},
                          {0, TA_PULL_MORE},
                          {3, TA_PULL_MORE},
                          {20, TA_PULL_WAIT},
                          {0, TA_PULL_WAIT}});
        ta_intake_t intake;
        ta_intake_init(&intake);
        offer_and_take(&intake, &scripted.source);
        static int16_t got[2 * 300];
        memset(got, 0x11, sizeof got);
        assert_int_equal(ta_intake_read(&intake, channels, got, 90), 90);
        assert_int_equal(ta_intake_read(&intake, channels, got + 90 * channels, 210), 0); // it waits
        assert_int_equal(ta_intake_read(&intake, channels, got + 90 * channels, 210), 110);
        unsigned bytes = ta_sample_bytes(sample);
        for (unsigned s = 0; s < 200 * channels; s++) {
            unsigned frame = s / channels;
            const uint8_t *at = scripted.bytes + (size_t)frame * given * bytes;
            int left = wanted(sample, at), right = wanted(sample, at + (given - 1) * bytes);
            int should = channels == 1 ? (int)floor((left + right + 1) / 2.0) : s % 2 ? right : left;
            assert_int_equal(got[s], should);
        }
        assert_int_equal(got[200 * channels], 0x1111);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format_from_any_address),
        cmocka_unit_test(test_all_samples_of_8_and_16_bits),
        cmocka_unit_test(test_an_end_lets_go),
        cmocka_unit_test(test_what_came_with_the_end_is_lent_whole),
        cmocka_unit_test(test_a_fault_is_told_once_and_lets_go),
        cmocka_unit_test(test_a_source_that_waits_stays),
        cmocka_unit_test(test_blocks_without_frames_are_no_gap_and_never_spin),
        cmocka_unit_test(test_a_loop_of_unknown_length_has_no_gap),
        cmocka_unit_test(test_nothing_is_consumed_at_first),
        cmocka_unit_test(test_a_bad_format_is_refused_and_nothing_changes),
        cmocka_unit_test(test_offers_takes_and_pulls_in_any_order),
        cmocka_unit_test(test_an_offer_half_made_is_not_taken_twice),
        cmocka_unit_test(test_the_same_source_again_begins_with_what_it_lends_next),
        cmocka_unit_test(test_w13_what_is_not_held_is_not_touched_by_the_other_core),
        cmocka_unit_test(test_read_makes_the_readers_channels),
    };
    return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
