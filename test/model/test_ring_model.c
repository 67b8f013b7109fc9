// The ring against a queue of numbered frames. The hardware stands still while the feed works, but for delays that are put in
// front of callbacks: one delay of every length at every callback, pairs of them, and random walks. What is heard is read by
// test/support/heard.c. A failure prints an id such as ring/publish:cb=17:steps=9; given as an argument, that case alone runs.
#include "test/support/heard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    FRAMES = 64, // of a slot
    SLOTS = 6,
    ENTRIES = 8,
    RUNS = 12,
    RATE_HZ = 44100,
    STEPS_MAX = 3 * ENTRIES * WALKER_STEPS_PER_SLOT,
    TURNS_MAX = 400,
    HOLES_MAX = 64,
};

// What the feed does, turn by turn: a turn is a feed and one slot of hardware.
typedef struct {
    const char *name;
    ta_wire_t wire;
    uint32_t slot_frames, slots;
    uint64_t frames;              // of the program
    bool lent;                    // every other run is played where it lies
    unsigned pause_at, resume_at; // turns; 0: never
    unsigned stop_at, go_at;      // turns: park the hardware, walk on
    unsigned late_at, late;       // from this turn on the feed does not come for so many turns
    unsigned wait_at, wait;       // from this turn on the source has nothing for so many turns
} script_t;

static const script_t scripts[] = {
    {.name = "publish", .wire = TA_WIRE_S32, .slot_frames = FRAMES, .slots = SLOTS, .frames = RUNS * FRAMES},
    {.name = "short", .wire = TA_WIRE_S16, .slot_frames = FRAMES, .slots = 3, .frames = 7 * FRAMES - 20},
    {.name = "lent", .wire = TA_WIRE_S32, .slot_frames = FRAMES, .slots = SLOTS, .frames = RUNS * FRAMES, .lent = true},
    {.name = "pause",
     .wire = TA_WIRE_S24,
     .slot_frames = FRAMES,
     .slots = SLOTS,
     .frames = RUNS * FRAMES,
     .pause_at = 3,
     .resume_at = 5},
    {.name = "late",
     .wire = TA_WIRE_S32,
     .slot_frames = FRAMES + 16,
     .slots = 4,
     .frames = RUNS * (FRAMES + 16) - 70,
     .late_at = 4,
     .late = 7},
    {.name = "stop",
     .wire = TA_WIRE_S32,
     .slot_frames = FRAMES,
     .slots = 4,
     .frames = RUNS * FRAMES,
     .stop_at = 16,
     .go_at = 26},
};

typedef struct {
    const script_t *script;
    ta_ring_t ring;
    walker_t walker;
    void *block[2];
    int32_t (*lent)[2];
    size_t lent_bytes;
    // the feed
    uint64_t composed, composed_max;
    ta_run_t ready, held[TA_RING_ENTRIES_MAX];
    unsigned held_next, held_count;
    bool paused, ended, waiting;
    uint64_t breaks_from[8], breaks_to[8]; // heard frames at pauses and ends
    unsigned breaks;
    uint64_t stop_entry;
    char complaint[256];
} feed_t;

// ---- the feed ------------------------------------------------------------------------------------------------------------

static void put_frames(void *to, ta_wire_t wire, uint64_t first, uint32_t frames)
{
    for (uint32_t i = 0; i < frames; i++) {
        int32_t f[2];
        heard_numbered(first + i, wire, f);
        if (wire == TA_WIRE_S16)
            ((uint32_t *)to)[i] = (uint32_t)f[0] >> 16 | ((uint32_t)f[1] & 0xffff0000U);
        else
            memcpy((uint8_t *)to + 8 * (size_t)i, f, 8);
    }
}

static void finish_run(const feed_t *feed, void *memory, uint32_t frames)
{
    const script_t *script = feed->script;
    size_t frame_bytes = ta_wire_frame_bytes(script->wire);
    uint64_t fall[TA_RAMP_FRAMES];
    int32_t last[2];
    ta_wire_frame(memory, script->wire, frames - 1, last);
    ta_ramp_fall(fall, script->wire, last);
    uint32_t left = script->slot_frames - frames, ramp = left < TA_RAMP_FRAMES ? left : TA_RAMP_FRAMES;
    uint8_t *to = (uint8_t *)memory + frames * frame_bytes;
    memcpy(to, fall, ramp * frame_bytes);
    memset(to + ramp * frame_bytes, 0, (left - ramp) * frame_bytes);
}

static bool compose(feed_t *feed)
{
    const script_t *script = feed->script;
    uint64_t left = feed->composed_max - feed->composed;
    if (left == 0)
        return false;
    uint32_t frames = left < script->slot_frames ? (uint32_t)left : script->slot_frames;
    ta_run_t run = {
        .first = feed->composed, .frames = (uint16_t)frames, .slot = -1, .last = frames < script->slot_frames};
    uint64_t number = feed->composed / script->slot_frames;
    if (script->lent && number % 2 && frames == script->slot_frames) {
        run.data = feed->lent + feed->composed;
    } else {
        int slot = ta_ring_take_slot(&feed->ring);
        if (slot < 0)
            return false;
        void *memory = ta_ring_slot_memory(&feed->ring, slot);
        put_frames(memory, script->wire, run.first, frames);
        if (run.last)
            finish_run(feed, memory, frames);
        run.data = memory;
        run.slot = (int16_t)slot;
    }
    feed->composed += frames;
    feed->ready = run;
    return true;
}

static const ta_run_t *next_run(feed_t *feed)
{
    if (feed->held_next < feed->held_count)
        return &feed->held[feed->held_next];
    if (feed->waiting) {
        ta_ring_note_wait(&feed->ring);
        return NULL;
    }
    return feed->ready.data || compose(feed) ? &feed->ready : NULL;
}

static void feed_once(feed_t *feed)
{
    const ta_run_t *run;
    while ((run = next_run(feed)) != NULL) {
        ta_publish_t result = ta_ring_publish(&feed->ring, run);
        if (result == TA_RING_FULL)
            return;
        if (result == TA_PUBLISHED) {
            if (run == &feed->ready)
                feed->ready = (ta_run_t){.slot = -1};
            else
                feed->held_next++;
            continue;
        }
        int32_t first[2];
        ta_wire_frame(run->data, feed->script->wire, 0, first);
        if (ta_ring_publish_ramp(&feed->ring, first) == TA_RING_FULL)
            return;
    }
    if (feed->composed == feed->composed_max && !feed->ended && !feed->waiting) {
        ta_ring_expect_nothing(&feed->ring, true, 0);
        feed->ended = true;
    }
}

static void pause(feed_t *feed)
{
    unsigned left = feed->held_count - feed->held_next;
    ta_run_t later[TA_RING_ENTRIES_MAX];
    memcpy(later, feed->held + feed->held_next, left * sizeof(ta_run_t));
    unsigned taken = ta_ring_take_back(&feed->ring, feed->held);
    memcpy(feed->held + taken, later, left * sizeof(ta_run_t));
    feed->held_next = 0;
    feed->held_count = taken + left;
    const ta_run_t *next = feed->held_count ? feed->held : &feed->ready;
    feed->breaks_from[feed->breaks] = feed->walker.heard.count;
    ta_ring_expect_nothing(&feed->ring, false, next->data ? next->first : feed->composed);
    feed->paused = true;
}

static void resume(feed_t *feed)
{
    feed->paused = false;
    feed->breaks_to[feed->breaks++] = feed->walker.heard.count;
    if (feed->held_count)
        feed->ended = false;
}

// ---- a run of a script ---------------------------------------------------------------------------------------------------

static void open_feed(feed_t *feed, const script_t *script)
{
    memset(feed, 0, sizeof *feed);
    feed->script = script;
    feed->ready.slot = -1;
    feed->composed_max = script->frames;
    const ta_ring_config_t config = {
        .wire = script->wire, .slot_frames = script->slot_frames, .slots = script->slots, .hole_records = HOLES_MAX};
    ta_need_t needs[2];
    assert_int_equal(ta_ring_need(&config, needs), TA_OK);
    for (int n = 0; n < 2; n++) {
        feed->block[n] =
            aligned_alloc(needs[n].align, (needs[n].bytes + needs[n].align - 1) / needs[n].align * needs[n].align);
        assert_non_null(feed->block[n]);
    }
    ta_ring_hw_t hw = walker_init(&feed->walker, &feed->ring, feed->block[0], needs[0].bytes);
    if (script->lent) {
        feed->lent_bytes = (size_t)script->frames * 8;
        feed->lent = malloc(feed->lent_bytes);
        assert_non_null(feed->lent);
        put_frames(feed->lent, script->wire, 0, (uint32_t)script->frames);
        walker_allow(&feed->walker, feed->lent, feed->lent_bytes);
    }
    assert_int_equal(ta_ring_init(&feed->ring, &config, &hw, feed->block), TA_OK);
    const ta_ring_clock_t clock = {(uint64_t)script->slot_frames * 1000000U, RATE_HZ};
    walker_start(&feed->walker, &clock);
}

static void close_feed(feed_t *feed)
{
    walker_free(&feed->walker);
    free(feed->block[0]);
    free(feed->block[1]);
    free(feed->lent);
}

static bool all_published(const feed_t *feed)
{
    return feed->composed == feed->composed_max && feed->held_next == feed->held_count && !feed->ready.data;
}

static void complain(feed_t *feed, const char *what, uint64_t a, uint64_t b)
{
    if (!feed->complaint[0])
        snprintf(feed->complaint, sizeof feed->complaint, "%s (%llu, %llu)", what, (unsigned long long)a,
                 (unsigned long long)b);
}

static void park(feed_t *feed)
{
    static const int32_t silence[2] = {0, 0};
    for (int tries = 0; tries < 2 && !feed->walker.parked; tries++) {
        feed->stop_entry = ta_ring_publish_stop(&feed->ring, false);
        for (int s = 0; s < 2 * ENTRIES && !feed->walker.parked; s++)
            walker_slots(&feed->walker, 1);
        if (!feed->walker.parked && feed->walker.section_steps_most <= WALKER_STEPS_PER_SLOT)
            complain(feed, "the stop mark was passed", feed->stop_entry, 0);
    }
    if (!feed->walker.parked)
        complain(feed, "the stop mark was not met", feed->stop_entry, 0);
    else if (feed->walker.index != ((feed->stop_entry + 1) & (feed->ring.entries - 1)))
        complain(feed, "the hardware stands elsewhere than said", feed->walker.index, feed->stop_entry + 1);
    walker_slots(&feed->walker, 3); // time passes, nothing moves
    if (!feed->walker.parked)
        return;
    ta_ring_continue(&feed->ring, feed->stop_entry, silence, 0);
    walker_restart(&feed->walker);
    ta_ring_anchor(&feed->ring, &feed->walker.clock);
    walker_run(&feed->walker, 3);
}

static void play(feed_t *feed)
{
    const script_t *script = feed->script;
    unsigned quiet = 0;
    if (script->stop_at)
        feed->composed_max = script->frames / 2; // the other half follows when the hardware walks again
    for (unsigned turn = 1; turn < TURNS_MAX && quiet < 4 + ENTRIES; turn++) {
        feed->waiting = script->wait_at && turn >= script->wait_at && turn < script->wait_at + script->wait;
        if (script->stop_at && turn == script->stop_at) {
            feed->breaks_from[feed->breaks] = 0;
            park(feed);
            feed->composed_max = script->frames;
            feed->ended = false;
            feed->breaks_to[feed->breaks++] = UINT64_MAX; // silence between the halves is asked for, whenever it comes
        }
        if (script->pause_at && turn == script->pause_at)
            pause(feed);
        if (script->pause_at && turn == script->resume_at)
            resume(feed);
        bool late = script->late_at && turn >= script->late_at && turn < script->late_at + script->late;
        if (!feed->paused && !late)
            feed_once(feed);
        walker_slots(&feed->walker, 1);
        quiet = all_published(feed) && turn > script->stop_at && turn > script->resume_at ? quiet + 1 : 0;
    }
    if (!all_published(feed))
        complain(feed, "the feed does not come to an end", feed->composed, feed->held_count - feed->held_next);
}

// ---- what must be true afterwards ----------------------------------------------------------------------------------------

static bool in_break(const feed_t *feed, const heard_gap_t *gap)
{
    for (unsigned b = 0; b < feed->breaks; b++)
        if (gap->at <= feed->breaks_to[b] && feed->breaks_from[b] <= gap->at + gap->frames)
            return true;
    return false;
}

// Every gap but the first has its record, and there are no others; a gap with a pause in it may have one that is shorter.
static void check_holes(feed_t *feed, const heard_check_t *check)
{
    const ta_ring_stats_t *stats = &feed->ring.stats;
    unsigned h = 0;
    uint64_t total = 0;
    for (unsigned g = 1; g < check->gaps; g++) {
        const heard_gap_t *gap = &check->gap[g];
        bool record = h < stats->holes && feed->ring.hole[h].at_frame == gap->at;
        if (!record && in_break(feed, gap))
            continue;
        if (!record) {
            complain(feed, "a hole without a record", gap->at, gap->frames);
            return;
        }
        const ta_hole_t *hole = &feed->ring.hole[h++];
        total += hole->frames;
        bool exact = hole->frames == gap->frames || (in_break(feed, gap) && hole->frames < gap->frames);
        if (!exact)
            complain(feed, "a hole's length is wrong", hole->frames, gap->frames);
        if (hole->source_frame != gap->next)
            complain(feed, "a hole's next frame is wrong", hole->source_frame, gap->next);
        if (!hole->exact || hole->cause == TA_HOLE_CLOCK)
            complain(feed, "a hole that is not exact", hole->at_frame, hole->cause);
    }
    if (h != stats->holes)
        complain(feed, "records of holes that were not heard", stats->holes, h);
    if (total != stats->hole_frames)
        complain(feed, "the holes' total is wrong", stats->hole_frames, total);
}

static void check_heard(feed_t *feed, heard_check_t *check)
{
    const script_t *script = feed->script;
    const ta_ring_stats_t *stats = &feed->ring.stats;
    const heard_part_t part = {.frames = script->frames};
    *check = (heard_check_t){.program = heard_numbered,
                             .wire = script->wire,
                             .slot_frames = script->slot_frames,
                             .part = &part,
                             .parts = 1,
                             .lenient = stats->indeterminate > 0};
    if (feed->walker.complaint[0])
        complain(feed, feed->walker.complaint, 0, 0);
    if (!heard_check(check, &feed->walker.heard)) {
        complain(feed, check->complaint, check->anomalies, stats->indeterminate);
        return;
    }
    if (stats->indeterminate) { // counted: each may cost a run, or a step at one end
        if (check->lost + check->doubled > (uint64_t)stats->indeterminate * script->slot_frames)
            complain(feed, "more frames lost or doubled than counted", check->lost, check->doubled);
        if (check->anomalies > 3 * stats->indeterminate)
            complain(feed, "more anomalies than counted", check->anomalies, stats->indeterminate);
        return;
    }
    if (check->largest_step > 65536 / 64 || check->largest_step > stats->largest_step)
        complain(feed, "a step at a ramp is too large", check->largest_step, stats->largest_step);
    if (stats->program_frames != script->frames)
        complain(feed, "the ring counts other program frames", stats->program_frames, script->frames);
    check_holes(feed, check);
}

typedef struct {
    uint64_t runs, delayed, holed, indeterminate, callbacks;
} tally_t;

static bool run_case(const script_t *script, const injection_t *injection, unsigned injections, tally_t *tally)
{
    static feed_t feed;
    static heard_check_t check;
    open_feed(&feed, script);
    memcpy(feed.walker.injection, injection, injections * sizeof *injection);
    feed.walker.injections = injections;
    play(&feed);
    tally->callbacks = feed.walker.callbacks;
    tally->runs++;
    tally->holed += feed.ring.stats.holes > 0;
    tally->indeterminate += feed.ring.stats.indeterminate > 0;
    for (unsigned i = 0; i < injections; i++)
        tally->delayed += injection[i].callback <= feed.walker.callbacks && injection[i].steps > 0;
    check_heard(&feed, &check);
    if (feed.ring.stats.indeterminate && feed.walker.section_steps_most <= WALKER_STEPS_PER_SLOT)
        complain(&feed, "indeterminate, but no section was longer than a slot", feed.ring.stats.indeterminate, 0);
    bool ok = !feed.complaint[0];
    if (!ok) {
        printf("ring/%s", script->name);
        for (unsigned i = 0; i < injections; i++)
            printf(":cb=%llu:steps=%u", (unsigned long long)injection[i].callback, injection[i].steps);
        printf("\n    %s\n", feed.complaint);
    }
    close_feed(&feed);
    return ok;
}

enum { FAILURES_SHOWN = 5 };

// ---- tests ---------------------------------------------------------------------------------------------------------------

static void enumerate_single(const script_t *script)
{
    tally_t tally = {0};
    unsigned failures = !run_case(script, NULL, 0, &tally);
    uint64_t callbacks = tally.callbacks;
    for (uint64_t cb = 1; cb <= callbacks && failures < FAILURES_SHOWN; cb++)
        for (uint32_t steps = 1; steps <= STEPS_MAX && failures < FAILURES_SHOWN; steps++)
            failures += !run_case(script, &(injection_t){cb, steps}, 1, &tally);
    printf("ring/%s: %llu callbacks, %llu delays, %llu with holes, %llu with an indeterminate publication\n",
           script->name, (unsigned long long)callbacks, (unsigned long long)tally.delayed,
           (unsigned long long)tally.holed, (unsigned long long)tally.indeterminate);
    assert_int_equal(failures, 0);
    assert_true(callbacks > 100);
    assert_int_equal(tally.delayed, callbacks * STEPS_MAX);
    assert_true(tally.holed > tally.delayed / 4);
    assert_true(tally.indeterminate > 0 && tally.indeterminate < tally.runs);
}

static void test_publish(void **state)
{
    (void)state;
    enumerate_single(&scripts[0]);
}

static void test_short(void **state)
{
    (void)state;
    enumerate_single(&scripts[1]);
}

static void test_lent(void **state)
{
    (void)state;
    enumerate_single(&scripts[2]);
}

static void test_pause(void **state)
{
    (void)state;
    enumerate_single(&scripts[3]);
}

static void test_late(void **state)
{
    (void)state;
    enumerate_single(&scripts[4]);
}

static void test_stop(void **state)
{
    (void)state;
    enumerate_single(&scripts[5]);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        injection_t injection[WALKER_INJECTIONS] = {{0}};
        unsigned n = 0;
        const char *at = argv[1];
        for (size_t s = 0; s < sizeof scripts / sizeof *scripts; s++) {
            size_t length = strlen(scripts[s].name);
            if (strncmp(at, "ring/", 5) || strncmp(at + 5, scripts[s].name, length) ||
                (at[5 + length] != ':' && at[5 + length]))
                continue;
            const char *p = at + 5 + length;
            unsigned long long cb;
            unsigned steps;
            int used;
            while (n < WALKER_INJECTIONS && sscanf(p, ":cb=%llu:steps=%u%n", &cb, &steps, &used) == 2) {
                injection[n++] = (injection_t){cb, steps};
                p += used;
            }
            tally_t tally = {0};
            bool ok = run_case(&scripts[s], injection, n, &tally);
            printf("%s: %s\n", at, ok ? "passed" : "FAILED");
            return !ok;
        }
        printf("%s: no such case\n", at);
        return 2;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_publish), cmocka_unit_test(test_short), cmocka_unit_test(test_lent),
        cmocka_unit_test(test_pause),   cmocka_unit_test(test_late),  cmocka_unit_test(test_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
