// The checkers of the ring's tests, checked: what was heard, the accounts and the memory are damaged by seeded chance, and each
// damage must be reported.
#include "test/support/ring_feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { FRAMES = 64, RUNS = 12 };

enum { DROP_FRAME, DOUBLE_FRAME, FLIP_BIT, SWAP_SLOTS, SILENCE_SLOT, MOVE_HOLE, FORGET_HOLE, MISCOUNT, CORRUPTIONS };

static bool swap_slots(heard_t *heard, uint64_t last, uint32_t slot_frames, uint32_t *random)
{
    uint64_t slots = last / slot_frames, a = walker_random(random) % slots, b = walker_random(random) % slots;
    int32_t(*x)[2] = heard->frame + a * slot_frames, (*y)[2] = heard->frame + b * slot_frames;
    if (memcmp(x, y, slot_frames * sizeof *x) == 0)
        return false; // two slots of silence
    for (uint32_t i = 0; i < slot_frames; i++) {
        for (int c = 0; c < 2; c++) {
            int32_t kept = x[i][c];
            x[i][c] = y[i][c];
            y[i][c] = kept;
        }
    }
    return true;
}

static void move_hole(ta_ring_t *ring, uint32_t *random)
{
    ta_hole_t *hole = &ring->hole[walker_random(random) % ring->stats.holes];
    uint64_t *const field[3] = {&hole->at_frame, &hole->frames, &hole->source_frame};
    *field[walker_random(random) % 3] += walker_random(random) % 2 ? 1 : UINT64_MAX;
}

// Damages what was heard before frame `last`, or the accounts. False: this time it made no difference.
static bool corrupt(feed_t *feed, unsigned how, uint64_t last, uint32_t *random)
{
    heard_t *heard = &feed->walker.heard;
    uint32_t slot_frames = feed->script->slot_frames;
    uint64_t at = walker_random(random) % last;
    int32_t(*frame)[2] = heard->frame + at;
    switch (how) {
    case DROP_FRAME:
        memmove(frame, frame + 1, (size_t)(heard->count - at - 1) * sizeof *frame);
        heard->count--;
        return true;
    case DOUBLE_FRAME: // the last frame of all makes room
        memmove(frame + 1, frame, (size_t)(heard->count - at - 1) * sizeof *frame);
        return true;
    case FLIP_BIT:
        (*frame)[walker_random(random) % 2] ^= (int32_t)(1U << walker_random(random) % 32);
        return true;
    case SWAP_SLOTS:
        return swap_slots(heard, last, slot_frames, random);
    case SILENCE_SLOT:
        frame = heard->frame + at / slot_frames * slot_frames;
        bool silent = true;
        for (uint32_t i = 0; i < slot_frames; i++)
            silent = silent && frame[i][0] == 0 && frame[i][1] == 0;
        memset(frame, 0, slot_frames * sizeof *frame);
        return !silent;
    case MOVE_HOLE:
        move_hole(&feed->ring, random);
        return true;
    case FORGET_HOLE:
        feed->ring.stats.holes--;
        return true;
    default:
        feed->ring.stats.program_frames ^= 1ULL << walker_random(random) % 64;
        return true;
    }
}

static void test_heard_corruption_is_seen(void **state)
{
    (void)state;
    enum { EACH = 400, SEED = 7 };
    static feed_t feed;
    static heard_check_t check;
    const script_t script = {.name = "late",
                             .wire = TA_WIRE_S32,
                             .slot_frames = FRAMES,
                             .slots = 4,
                             .frames = RUNS * FRAMES,
                             .late_at = 4,
                             .late = 7};
    uint32_t random = SEED;
    unsigned done[CORRUPTIONS] = {0};
    for (unsigned how = 0; how < CORRUPTIONS; how++) {
        while (done[how] < EACH) {
            feed_open(&feed, &script);
            feed_play(&feed);
            feed_check(&feed, &check);
            assert_string_equal(feed.complaint, "");
            assert_int_equal(check.gaps, 2);
            assert_int_equal(feed.ring.stats.holes, 1);
            uint64_t last = check.gap[1].at + check.gap[1].frames + FRAMES;
            if (corrupt(&feed, how, last, &random)) {
                feed_check(&feed, &check);
                if (!feed.complaint[0])
                    print_error("corruption %u, number %u was not seen\n", how, done[how]);
                assert_true(feed.complaint[0] != 0);
                done[how]++;
            }
            feed_close(&feed);
        }
    }
    printf("seed %d: %d corruptions of %d kinds, each seen\n", SEED, EACH * CORRUPTIONS, CORRUPTIONS);
}

enum { WRITE_EARLY, STALE_ENTRY, WILD_ENTRY, TAIL_GONE, HARDWARE_FAULTS };

// Damages the memory that the hardware walks, as a wrong ring would.
static void sabotage(feed_t *feed, unsigned how)
{
    walker_t *walker = &feed->walker;
    volatile uint32_t *table = feed->ring.table;
    uint32_t mask = feed->ring.entries - 1;
    if (how == WRITE_EARLY)
        ((uint8_t *)ta_ring_slot_memory(&feed->ring, feed->ring.run[(walker->read - 1) & mask].slot))[0] ^= 1;
    if (how == STALE_ENTRY)
        table[walker->index] = walker->playing;
    if (how == WILD_ENTRY)
        table[walker->index] = 0x7f000000;
    if (how == TAIL_GONE)
        table[feed->ring.write & mask] = feed->ring.silence_address;
}

static void test_hardware_faults_are_seen(void **state)
{
    (void)state;
    static feed_t feed;
    static heard_check_t check;
    const script_t script = {
        .name = "publish", .wire = TA_WIRE_S32, .slot_frames = FRAMES, .slots = 6, .frames = RUNS * FRAMES};
    const char *const expected[HARDWARE_FAULTS] = {"written while D read", "written while D read", "outside its memory",
                                                   "fall from the frame before"};
    for (unsigned how = 0; how < HARDWARE_FAULTS; how++) {
        feed_open(&feed, &script);
        for (unsigned turn = 1; turn <= RUNS + 16; turn++) {
            feed_turn(&feed, turn);
            if (turn == (how == TAIL_GONE ? RUNS - 2 : 4)) // all is out then, but not heard
                sabotage(&feed, how);
        }
        feed_check(&feed, &check);
        if (!strstr(feed.complaint, expected[how]))
            print_error("fault %u: \"%s\"\n", how, feed.complaint);
        assert_non_null(strstr(feed.complaint, expected[how]));
        feed_close(&feed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heard_corruption_is_seen),
        cmocka_unit_test(test_hardware_faults_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
