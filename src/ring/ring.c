// The ring: entries go in, in time or not at all.
// In: runs of F frames from the feed. Out: stores into the table that the hardware walks; figures about what was heard.
// Invariants: a store happens only at W >= R+1 and W+1 <= R+N-2; behind the newest entry lies its tail, behind that silence;
// memory of entry e is not written until R >= e+2; every frame that should have been program is in `expected_entry`
// arithmetic, so a hole is exact whatever caused it.
// The proof of the rule is test/model/spin; the words R, W, N, F are those of tonearm/ring.h.

#include "ring_private.h"

#include "ramp.h"

#include <string.h>

const char *ta_hole_cause_name(ta_hole_cause_t cause)
{
    switch (cause) {
    case TA_HOLE_FEED_LATE:
        return "feed late";
    case TA_HOLE_SOURCE_LATE:
        return "source late";
    case TA_HOLE_CLOCK:
        return "clock changed";
    case TA_HOLE_OVERLOAD:
        return "overload";
    }
    return "unknown";
}

// ---- publication ---------------------------------------------------------------------------------------------------------

// The tail that belongs behind a run: it falls from the run's last program frame. The last run of a program may have begun the
// fall in its slot already, behind that frame.
static void render_tail_of(ta_ring_t *ring, int tail, const ta_run_t *run)
{
    uint32_t done = run->last && run->frames ? ring->config.slot_frames - run->frames : 0;
    const uint8_t *behind = (const uint8_t *)run->data + ring->slot_bytes;
    ta_ring_render_tail(ring, tail, behind - (done + 1) * ring->frame_bytes, done);
}

static volatile uint32_t *entry_at(const ta_ring_t *ring, uint64_t entry)
{
    return &ring->table[(uint32_t)entry & (ring->entries - 1)];
}

static void store(const ta_ring_t *ring, uint64_t entry, uint32_t address)
{
    ring->hw->store(ring->hw_context, entry_at(ring, entry), address);
}

// What became of a pair of stores that the hardware may have overtaken (ahead: of R, less than 0). Stores that came too late
// would be read one lap later: they are put back to silence. The hardware wipes what it has read, so an entry that still
// holds our address was not heard. Returns whether `address` was. Ends with a look, for whoever asks what may be playing.
RARE static bool settle_late_stores(ta_ring_t *ring, uint64_t entry, uint32_t address, uint32_t tail, int32_t ahead)
{
    bool heard = *entry_at(ring, entry) != address;
    if (!heard)
        store(ring, entry, ring->silence_address);
    bool tail_passed = ahead + 1 < 0;
    if ((tail_passed || !heard) && *entry_at(ring, entry + 1) == tail)
        store(ring, entry + 1, ring->silence_address);
    (void)glance(ring);
    return heard;
}

static uint32_t address_of(const ta_ring_t *ring, const ta_run_t *run)
{
    return run->slot < 0 ? ring->hw->bus_address(ring->hw_context, run->data) : own_address(ring, run->data);
}

// Where a run was stored.
typedef struct {
    uint64_t entry;
    bool late; // it was overtaken, whatever became of it
} place_t;

static bool newest_tail_at(const ta_ring_t *ring, uint64_t entry)
{
    return ring->tail_newest >= 0 && ring->slot_entry[ring->tail_newest] == entry;
}

// For a ramp: it begins with silence, so the fall to it comes first; and what was missed was missed.
RARE static void skip_entries(const ta_ring_t *ring, uint64_t *entry)
{
    if (newest_tail_at(ring, *entry))
        ++*entry;
    if (*entry < ring->read + 1)
        *entry = ring->read + 1;
}

// The publication section. may_skip: entries may be skipped, missed ones or the newest run's tail; for ramps. The place counts on
// TA_PUBLISHED and TA_INDETERMINATE.
OUT_OF_LINE static ta_publish_t store_run(ta_ring_t *ring, uint32_t address, uint32_t tail, bool may_skip,
                                          place_t *place)
{
    const ta_ring_hw_t *hw = ring->hw;
    TA_HARDEN(address != 0 && tail != 0); // 0 is the stop mark
    ta_publish_t result = TA_PUBLISHED;
    place->entry = ring->write;
    place->late = false;
    uint32_t was = hw->lock(ring->hw_context);
    (void)glance(ring);
    if (may_skip)
        skip_entries(ring, &place->entry);
    int32_t ahead = ahead_of_read(ring, place->entry);
    if (ahead < 1) {
        result = TA_RING_QUIET;
    } else if (ahead + 1 > (int32_t)ring->entries - 2) {
        result = TA_RING_FULL;
    } else {
        store(ring, place->entry, address);
        store(ring, place->entry + 1, tail);
        // READ_ADDR moves when a read completes (RP2040 datasheet 2.5.7, CHx_READ_ADDR), at most a few cycles after the table was
        // sampled and far fewer than pass between the first store and this look. So a pointer still at or before W proves that
        // entry W was stored in time.
        ahead -= (int32_t)glance(ring);
        if (ahead < 0) {
            ring->stats.indeterminate++;
            place->late = true;
            if (!settle_late_stores(ring, place->entry, address, tail, ahead))
                result = TA_INDETERMINATE;
        }
    }
    hw->unlock(ring->hw_context, was);
    return result;
}

static uint64_t frame_at(const ta_ring_t *ring, uint64_t entry)
{
    return ring->frame_base + entry * ring->config.slot_frames;
}

// A hole ends at this output frame.
RARE static void record_hole_to(ta_ring_t *ring, uint64_t start, uint64_t source_frame)
{
    uint64_t expected = frame_at(ring, ring->expected_entry);
    ta_hole_t hole = {
        .at_frame = expected,
        .frames = start - expected,
        .source_frame = source_frame,
        .cause = ring->inexact ? TA_HOLE_CLOCK : (ta_hole_cause_t)ring->blame,
        .exact = !ring->inexact,
    };
    if (ring->config.hole_records)
        ring->hole[ring->stats.holes % ring->config.hole_records] = hole;
    ring->stats.holes++;
    ring->stats.overloads += hole.cause == TA_HOLE_OVERLOAD;
    ring->stats.hole_frames += hole.frames;
}

RARE static void record_hole(ta_ring_t *ring, uint64_t entry, uint64_t source_frame)
{
    record_hole_to(ring, frame_at(ring, entry), source_frame);
}

RARE static void forget_skipped(ta_ring_t *ring, uint64_t entry)
{
    for (uint64_t skipped = ring->write; skipped < entry && skipped < ring->write + ring->entries; skipped++)
        *run_at(ring, skipped) = silent_run(ring);
}

static void account_program(ta_ring_t *ring, uint64_t entry, const ta_run_t *run)
{
    if (ring->expected_entry != NOTHING_EXPECTED && ring->expected_entry != entry)
        record_hole(ring, entry, run->first);
    ring->expected_entry = run->last ? NOTHING_EXPECTED : entry + 1;
    ring->stats.program_frames += run->frames;
    if (run->slot < 0)
        ring->stats.lent++;
    ring->blame = TA_HOLE_FEED_LATE;
}

// The run stands at its place: books follow.
OUT_OF_LINE static void account(ta_ring_t *ring, const place_t *place, const ta_run_t *run, int tail)
{
    uint64_t entry = place->entry;
    bool in_place = !place->late && newest_tail_at(ring, entry);
    if (in_place) // the newest tail was replaced in time, so never read
        ring->slot_entry[ring->tail_newest] = 0;
    ring->tail_spare = ring->tail_newest;
    ring->tail_newest = (int8_t)tail;
    ring->steady = in_place;
    ring->slot_entry[tail] = place->late ? latest_of(ring, entry + 1) : entry + 1;
    if (run->slot >= 0)
        ring->slot_entry[run->slot] = place->late ? latest_of(ring, entry) : entry;
    if (entry != ring->write)
        forget_skipped(ring, entry);
    COPY_WORDS(run_at(ring, entry), run);
    ring->write = entry + 1;
    ring->stats.publications++;
    ring->open = !run->last;
    bool undated = place->late && ring->read >= entry + ring->entries; // it was perhaps heard a lap later
    if (undated)
        ring->inexact = true;
    if (run->frames) {
        account_program(ring, entry, run);
        ring->inexact = undated;
    }
}

RARE static int room_after_look(ta_ring_t *ring)
{
    (void)ta_ring_now(ring);
    return has_room(ring) ? free_tail(ring) : -1;
}

static ta_publish_t publish_with_tail(ta_ring_t *ring, const ta_run_t *run, bool may_skip)
{
    // What is so by the last look is so now; only a "no" needs another.
    int tail = has_room(ring) ? free_tail(ring) : -1;
    if (tail < 0)
        tail = room_after_look(ring);
    if (tail < 0)
        return TA_RING_FULL;
    render_tail_of(ring, tail, run);
    place_t place;
    uint32_t tail_address = own_address(ring, slot_memory(ring, tail));
    ta_publish_t result = store_run(ring, address_of(ring, run), tail_address, may_skip, &place);
    if (result == TA_PUBLISHED) {
        account(ring, &place, run, tail);
    } else if (result != TA_RING_FULL) {
        ring->open = false;
        if (result == TA_INDETERMINATE)
            set_tail(ring, tail, latest_of(ring, place.entry + 1)); // may still be playing
    }
    return result;
}

ta_publish_t ta_ring_publish(ta_ring_t *ring, const ta_run_t *run)
{
    if (run->frames && !ring->open)
        return TA_RING_QUIET;
    return publish_with_tail(ring, run, false);
}

ta_publish_t ta_ring_publish_ramp(ta_ring_t *ring, const int32_t to[2])
{
    int slot = ta_ring_take_slot(ring);
    if (slot < 0)
        return TA_RING_FULL;
    uint8_t *memory = ta_ring_slot_memory(ring, slot);
    size_t ramp_bytes = (size_t)TA_RAMP_FRAMES * ta_wire_frame_bytes(ring->config.wire);
    size_t quiet_bytes = ring->slot_bytes - ramp_bytes;
    ta_ramp_silence(&ring->config, memory, ring->config.slot_frames - TA_RAMP_FRAMES);
    ta_ramp_rise(&ring->config, memory + quiet_bytes, to);
    ta_ring_note_ramp(ring, ta_ramp_loudness(to));
    ta_run_t run = {.data = memory, .slot = (int8_t)slot};
    ta_publish_t result = publish_with_tail(ring, &run, true);
    if (result == TA_INDETERMINATE) {
        ring->slot_entry[slot] = ring->read; // may still be playing
    } else if (result != TA_PUBLISHED) {
        ta_ring_drop_slot(ring, slot);
    }
    return result;
}

// ---- taking back ---------------------------------------------------------------------------------------------------------

// Replaces entries from `first` to W by a tail and silence, the farthest first: so what the hardware passes meanwhile, if the
// section is interrupted, are the nearest ones, as they were, and none of those behind. Returns the first that was replaced.
static uint64_t replace_entries(ta_ring_t *ring, uint64_t first, uint32_t tail)
{
    for (uint64_t e = ring->write; e > first; e--) {
        store(ring, e, ring->silence_address);
        (void)glance(ring);
        if (ring->read > e)
            return e + 1;
        if (ring->read == e)
            return e;
    }
    store(ring, first, tail);
    (void)glance(ring);
    if (ring->read <= first || *entry_at(ring, first) != tail)
        return first;
    store(ring, first, ring->silence_address); // too late: it would be read a lap later
    return first + 1;
}

// Tails at `first` and behind were replaced before they could be read.
static void free_tails_from(ta_ring_t *ring, uint64_t first)
{
    for (int t = 0; t < TA_RING_TAILS; t++) {
        const int8_t tail = ring->tail[t];
        if (tail >= 0 && ring->slot_entry[tail] >= first && ring->slot_entry[tail] != SLOT_HELD)
            set_tail(ring, tail, 0);
    }
    ring->tail_newest = -1;
}

// Renders a fall from the last frame of the entry that plays after the present one, and replaces what comes behind it.
// False: nothing could be done at this moment.
static bool cut_after(ta_ring_t *ring, uint64_t read, uint64_t *replaced)
{
    const ta_ring_hw_t *hw = ring->hw;
    int tail = free_tail(ring);
    if (tail < 0)
        return false;
    render_tail_of(ring, tail, run_at(ring, read)); // it plays before the fall comes
    uint32_t address = own_address(ring, slot_memory(ring, tail));
    uint32_t was = hw->lock(ring->hw_context);
    bool late = glance(ring) != 0; // then the fall would start from the wrong frame
    if (!late)
        *replaced = replace_entries(ring, read + 1, address);
    hw->unlock(ring->hw_context, was);
    if (late)
        return false;
    free_tails_from(ring, ring->read > read + 1 ? *replaced + 1 : *replaced); // after a stall the nearest one may play
    set_tail(ring, tail, latest_of(ring, read + 1));
    return true;
}

unsigned ta_ring_take_back(ta_ring_t *ring, ta_run_t *taken)
{
    uint64_t first, replaced;
    int tries = 4; // each fails only if an entry was passed between looking and locking
    do {
        first = ta_ring_now(ring) + 1;
        if (ring->write <= first || tries-- == 0)
            return 0;
    } while (!cut_after(ring, first - 1, &replaced));
    ring->stats.indeterminate += ring->read > first;
    unsigned count = 0;
    for (uint64_t e = replaced; e < ring->write; e++) {
        ta_run_t *run = run_at(ring, e);
        if (run->slot >= 0) // a ramp's slot is free, but after a stall nobody knows whether it plays
            ring->slot_entry[run->slot] = run->frames ? SLOT_HELD : ring->read > first ? ring->read : 0;
        ring->stats.program_frames -= run->frames;
        if (run->frames)
            taken[count++] = *run;
        *run = silent_run(ring); // a fall ends in zero as silence does
    }
    ring->write = replaced > first ? replaced : first + 1; // the fall's entry stands
    ring->open = false;
    if (count) // what is missing from now on was taken back; but a hole that lasts, with a ramp behind it, goes on
        ring->expected_entry = NOTHING_EXPECTED;
    return count;
}

bool ta_ring_reopen(ta_ring_t *ring, ta_run_t *partial)
{
    const ta_ring_hw_t *hw = ring->hw;
    uint64_t entry = ring->write - 1, read = ta_ring_now(ring);
    ta_run_t last = *run_at(ring, entry);
    bool full = last.frames == ring->config.slot_frames;
    int tail = free_tail(ring);
    *partial = (ta_run_t){.slot = -1};
    if (last.frames == 0 || tail < 0 || read + 1 > (full ? ring->write : entry))
        return false;
    if (full) { // nothing to take back: the next run simply follows
        ring->open = true;
        ring->expected_entry = ring->write;
        return true;
    }
    render_tail_of(ring, tail, run_at(ring, entry - 1));
    uint32_t address = own_address(ring, slot_memory(ring, tail));
    uint32_t was = hw->lock(ring->hw_context);
    (void)glance(ring);
    bool in_time = ring->read + 1 <= entry;
    if (in_time) {
        store(ring, entry, address);
        store(ring, entry + 1, ring->silence_address);
        (void)glance(ring);
        if (ring->read > entry) { // overtaken: it was heard, or this fall was
            ring->stats.indeterminate++;
            in_time = false;
            if (*entry_at(ring, entry) == address)
                store(ring, entry, ring->silence_address);
            set_tail(ring, tail, latest_of(ring, entry));
        }
    }
    hw->unlock(ring->hw_context, was);
    if (!in_time)
        return false;
    free_tails_from(ring, entry + 1);
    set_tail(ring, tail, entry);
    ring->tail_newest = (int8_t)tail;
    ring->slot_entry[last.slot] = SLOT_HELD;
    ring->stats.program_frames -= last.frames;
    *run_at(ring, entry) = silent_run(ring);
    ring->write = entry;
    ring->open = true;
    ring->expected_entry = entry;
    *partial = last;
    return true;
}

void ta_ring_expect_nothing(ta_ring_t *ring, bool ended, uint64_t source_frame)
{
    if (!ended && ring->expected_entry != NOTHING_EXPECTED) {
        (void)ta_ring_now(ring);
        uint64_t frame = ta_ring_frame(ring);
        if (frame > frame_at(ring, ring->expected_entry))
            record_hole_to(ring, frame, source_frame);
    }
    ring->expected_entry = NOTHING_EXPECTED;
    ring->open = false;
    ring->blame = TA_HOLE_FEED_LATE;
    ring->inexact = false;
}

void ta_ring_note_clock(ta_ring_t *ring)
{
    ring->inexact = true;
}

void ta_ring_note_wait(ta_ring_t *ring)
{
    if (ring->blame == TA_HOLE_FEED_LATE)
        ring->blame = TA_HOLE_SOURCE_LATE;
    ring->glanced_us = (uint32_t)ring->hw->now_us(ring->hw_context); // it may have taken its time to say so
}

void ta_ring_note_overload(ta_ring_t *ring)
{
    ring->blame = TA_HOLE_OVERLOAD;
}

// ---- standing still and going on -----------------------------------------------------------------------------------------

// One section. False: it came too late, or there is no room yet.
static bool store_stop(ta_ring_t *ring, bool directly, uint64_t *entry)
{
    (void)glance(ring);
    uint64_t read = ring->read;
    *entry = ring->write + (directly ? 0 : 1);
    if (*entry < read + 1)
        *entry = read + 1;
    if (*entry > read + ring->entries - 2)
        return false;
    store(ring, *entry, 0);
    (void)glance(ring);
    if (ring->read <= *entry)
        return true;
    ring->stats.indeterminate++;
    if (*entry_at(ring, *entry) != 0) // wiped, so read
        return true;
    store(ring, *entry, ring->silence_address);
    return false;
}

uint64_t ta_ring_publish_stop(ta_ring_t *ring, bool directly)
{
    const ta_ring_hw_t *hw = ring->hw;
    uint64_t entry;
    bool stored;
    do {
        uint32_t was = hw->lock(ring->hw_context);
        stored = store_stop(ring, directly, &entry);
        hw->unlock(ring->hw_context, was);
    } while (!stored);
    ring->steady = false;
    ring->tail_newest = -1; // it is read, or the ring stands before ta_ring_continue frees it
    ring->open = false;
    return entry;
}

void ta_ring_continue(ta_ring_t *ring, uint64_t stop_entry, const int32_t from[2], uint64_t frames_passed)
{
    // Where the hardware stands, whichever mark it met: a section that was stalled may have left one before.
    ta_ring_look_t look;
    ring->hw->look(ring->hw_context, ring->half_slot_us, &look);
    uint64_t entry = stop_entry + 1 - (((uint32_t)stop_entry + 1 - look.index) & (ring->entries - 1));
    ta_ring_free_slots(ring); // the hardware stands: nothing is being read
    int tail = free_tail(ring);
    ta_ring_render_fall(ring, tail, from);
    for (uint32_t e = 0; e < ring->entries; e++) {
        store(ring, e, ring->silence_address);
        ring->run[e] = silent_run(ring);
    }
    store(ring, entry, own_address(ring, slot_memory(ring, tail)));
    set_tail(ring, tail, entry);
    ring->tail_newest = -1;
    ring->read = entry;
    ring->write = entry + 1;
    ring->frame_base += frames_passed - ring->config.slot_frames; // the mark's entry took a number but no time
    ring->expected_entry = NOTHING_EXPECTED;
}
