// See ring_feed.h.
#include "test/support/ring_feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    ta_wire_frame(&feed->ring.config, memory, frames - 1, last);
    ta_ramp_fall(&feed->ring.config, fall, last, 0);
    uint32_t left = script->slot_frames - frames, ramp = left < TA_RAMP_FRAMES ? left : TA_RAMP_FRAMES;
    uint8_t *to = (uint8_t *)memory + frames * frame_bytes;
    memcpy(to, fall, ramp * frame_bytes);
    memset(to + ramp * frame_bytes, 0, (left - ramp) * frame_bytes);
}

// Frames that a run may still take, at most to the end of its slot.
static uint32_t room(const feed_t *feed, uint32_t frames)
{
    uint64_t left = feed->composed_max - feed->composed;
    uint32_t rest = feed->script->slot_frames - frames;
    return left < rest ? (uint32_t)left : rest;
}

// Adds frames to a run in a pool slot until it is full or the program ends.
static void fill_run(feed_t *feed, ta_run_t run)
{
    const script_t *script = feed->script;
    uint8_t *memory = ta_ring_slot_memory(&feed->ring, run.slot);
    uint32_t more = room(feed, run.frames);
    put_frames(memory + run.frames * ta_wire_frame_bytes(script->wire), script->wire, feed->composed, more);
    run.frames = (uint16_t)(run.frames + more);
    run.data = memory;
    run.last = run.frames < script->slot_frames;
    if (run.last)
        finish_run(feed, memory, run.frames);
    feed->composed += more;
    feed->ready = run;
}

static bool compose(feed_t *feed)
{
    const script_t *script = feed->script;
    uint32_t frames = room(feed, 0);
    ta_run_t run = {.first = feed->composed, .slot = -1};
    if (frames == 0)
        return false;
    if (script->lent && feed->composed / script->slot_frames % 2 && frames == script->slot_frames) {
        run.data = feed->lent + feed->composed;
        run.frames = (uint16_t)frames;
        feed->composed += frames;
        feed->ready = run;
        return true;
    }
    run.slot = (int8_t)ta_ring_take_slot(&feed->ring);
    if (run.slot >= 0)
        fill_run(feed, run);
    return run.slot >= 0;
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
        ta_wire_frame(&feed->ring.config, run->data, 0, first);
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

static void must(bool condition)
{
    if (!condition)
        abort();
}

void feed_open(feed_t *feed, const script_t *script)
{
    memset(feed, 0, sizeof *feed);
    feed->script = script;
    feed->ready.slot = -1;
    feed->composed_max = script->frames;
    const ta_ring_config_t config = {.wire = script->wire,
                                     .slot_frames = script->slot_frames,
                                     .slots = script->slots,
                                     .hole_records = FEED_HOLES_MAX};
    ta_need_t needs[2];
    must(ta_ring_need(&config, needs) == TA_OK);
    for (int n = 0; n < 2; n++) {
        feed->block[n] =
            aligned_alloc(needs[n].align, (needs[n].bytes + needs[n].align - 1) / needs[n].align * needs[n].align);
        must(feed->block[n] != NULL);
    }
    walker_init(&feed->walker, &feed->ring, feed->block[0], needs[0].bytes);
    if (script->lent) {
        feed->lent_bytes = (size_t)script->frames * 8;
        feed->lent = malloc(feed->lent_bytes);
        must(feed->lent != NULL);
        put_frames(feed->lent, script->wire, 0, (uint32_t)script->frames);
        walker_allow(&feed->walker, feed->lent, feed->lent_bytes);
    }
    must(ta_ring_init(&feed->ring, &config, &walker_hw, &feed->walker, feed->block) == TA_OK);
    const ta_ring_clock_t clock = {(uint64_t)script->slot_frames * 1000000U, FEED_RATE_HZ};
    walker_start(&feed->walker, &clock);
}

void feed_close(feed_t *feed)
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

void feed_complain(feed_t *feed, const char *what, uint64_t a, uint64_t b)
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
        for (int s = 0; s < 2 * (int)feed->ring.entries && !feed->walker.parked; s++)
            walker_slots(&feed->walker, 1);
        if (!feed->walker.parked && feed->walker.section_most < 2)
            feed_complain(feed, "the stop mark was passed", feed->stop_entry, 0);
    }
    if (!feed->walker.parked)
        feed_complain(feed, "the stop mark was not met", feed->stop_entry, 0);
    else if (feed->ring.stats.indeterminate == 0 &&
             feed->walker.index != ((feed->stop_entry + 1) & (feed->ring.entries - 1)))
        feed_complain(feed, "the hardware stands elsewhere than said", feed->walker.index, feed->stop_entry + 1);
    walker_slots(&feed->walker, 3); // time passes, nothing moves
    if (!feed->walker.parked)
        return;
    ta_ring_continue(&feed->ring, feed->stop_entry, silence, 0);
    feed->walker.calm = true; // starting and anchoring are one section of the pin
    walker_restart(&feed->walker);
    ta_ring_anchor(&feed->ring, &feed->walker.clock);
    feed->walker.calm = false;
    walker_run(&feed->walker, 3);
}

static bool within(unsigned turn, unsigned at, unsigned turns)
{
    return at && turn >= at && turn - at < turns;
}

// The program goes on behind its end, in the slot that was not full if that can still be taken back.
static void reopen(feed_t *feed)
{
    ta_run_t partial;
    feed->reopened = true;
    feed->composed_max = feed->script->frames;
    feed->ended = false;
    feed->followed = ta_ring_reopen(&feed->ring, &partial);
    if (!feed->followed)
        return;
    if (partial.slot >= 0)
        fill_run(feed, partial);
    else
        compose(feed);
}

void feed_turn(feed_t *feed, unsigned turn)
{
    const script_t *script = feed->script;
    feed->waiting = within(turn, script->wait_at, script->wait);
    if (script->stop_at && turn >= script->stop_at && !feed->stopped && !feed->paused && all_published(feed)) {
        park(feed);
        feed->stopped = true;
        feed->composed_max = script->frames;
        feed->ended = false;
    }
    if (script->reopen_at && turn >= script->reopen_at && !feed->reopened && feed->ended && !feed->paused)
        reopen(feed);
    if (script->pause_at && turn == script->pause_at)
        pause(feed);
    if (script->pause_at && turn == script->resume_at)
        resume(feed);
    if (!feed->paused && !within(turn, script->late_at, script->late))
        feed_once(feed);
    walker_slots(&feed->walker, 1);
}

void feed_play(feed_t *feed)
{
    const script_t *script = feed->script;
    unsigned quiet = 0, latest = script->resume_at > script->late_at + script->late ? script->resume_at
                                                                                    : script->late_at + script->late;
    if (script->stop_at || script->reopen_at)
        feed->composed_max = script->frames / 2; // the other half follows later
    for (unsigned turn = 1; turn < FEED_TURNS_MAX && quiet < 4 + feed->ring.entries; turn++) {
        feed_turn(feed, turn);
        bool over = feed->composed == script->frames && all_published(feed) && turn > latest;
        quiet = over ? quiet + 1 : 0;
    }
    if (feed->composed < script->frames || !all_published(feed))
        feed_complain(feed, "the feed does not come to an end", feed->composed, feed->held_count - feed->held_next);
}

// ---- what must be true afterwards ----------------------------------------------------------------------------------------

static bool in_break(const feed_t *feed, const heard_gap_t *gap)
{
    if ((feed->stopped || (feed->reopened && !feed->followed)) && gap->next == feed->script->frames / 2)
        return true;                                         // the first half had ended
    uint64_t fade = 2 * (uint64_t)feed->script->slot_frames; // a pause takes effect within two slots
    for (unsigned b = 0; b < feed->breaks; b++)
        if (gap->at <= feed->breaks_to[b] + fade && feed->breaks_from[b] <= gap->at + gap->frames)
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
        const ta_hole_t *next = &feed->ring.hole[h];
        bool record = h < stats->holes && next->at_frame == gap->at;
        // A program that was to go on after a pause, was reopened first, and then came late.
        if (!record && feed->followed && in_break(feed, gap) && h < stats->holes && next->at_frame > gap->at &&
            next->at_frame + next->frames == gap->at + gap->frames) {
            total += next->frames;
            h++;
            continue;
        }
        if (!record && in_break(feed, gap))
            continue;
        if (!record) {
            feed_complain(feed, "a hole without a record", gap->at, gap->frames);
            return;
        }
        const ta_hole_t *hole = &feed->ring.hole[h++];
        uint64_t frames = hole->frames;
        // A run that ended a hole and was then taken back: the hole went on in a record of its own.
        while (feed->followed && h < stats->holes && hole[1].at_frame == gap->at + frames && frames < gap->frames) {
            frames += (++hole)->frames;
            h++;
        }
        total += frames;
        bool exact = frames == gap->frames || (in_break(feed, gap) && frames < gap->frames);
        if (!exact)
            feed_complain(feed, "a hole's length is wrong", frames, gap->frames);
        if (hole->source_frame != gap->next)
            feed_complain(feed, "a hole's next frame is wrong", hole->source_frame, gap->next);
        if (!hole->exact || hole->cause == TA_HOLE_CLOCK)
            feed_complain(feed, "a hole that is not exact", hole->at_frame, hole->cause);
        if (hole->cause == TA_HOLE_SOURCE_LATE && !feed->script->wait)
            feed_complain(feed, "a source is blamed that was never late", hole->at_frame, 0);
    }
    if (h != stats->holes)
        feed_complain(feed, "records of holes that were not heard", stats->holes, h);
    if (total != stats->hole_frames)
        feed_complain(feed, "the holes' total is wrong", stats->hole_frames, total);
}

void feed_check(feed_t *feed, heard_check_t *check)
{
    const script_t *script = feed->script;
    const ta_ring_stats_t *stats = &feed->ring.stats;
    const heard_part_t part = {.frames = script->frames};
    *check = (heard_check_t){.program = heard_numbered,
                             .wire = script->wire,
                             .part = &part,
                             .parts = 1,
                             .lenient = stats->indeterminate > 0};
    if (feed->walker.complaint[0])
        feed_complain(feed, feed->walker.complaint, 0, 0);
    if (!heard_check(check, &feed->walker.heard)) {
        feed_complain(feed, check->complaint, check->anomalies, stats->indeterminate);
        return;
    }
    if (stats->indeterminate) { // counted: each may cost a run, or a step at one end
        if (check->lost + check->doubled > (uint64_t)stats->indeterminate * script->slot_frames)
            feed_complain(feed, "more frames lost or doubled than counted", check->lost, check->doubled);
        if (check->anomalies > 4 * stats->indeterminate)
            feed_complain(feed, "more anomalies than counted", check->anomalies, stats->indeterminate);
        return;
    }
    // The ring does not know of the fall in a last slot that is not full: that one is the feed's.
    bool ring_made_all = script->frames % script->slot_frames == 0;
    if (check->largest_step > 65536 / 64 || (ring_made_all && check->largest_step > stats->largest_step))
        feed_complain(feed, "a step at a ramp is too large", check->largest_step, stats->largest_step);
    if (stats->program_frames != script->frames)
        feed_complain(feed, "the ring counts other program frames", stats->program_frames, script->frames);
    check_holes(feed, check);
}
