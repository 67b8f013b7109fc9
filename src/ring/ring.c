// The ring: entries go in, in time or not at all.
// In: runs of F frames from the feed. Out: stores into the table that the hardware walks; figures about what was heard.
// Invariants: a store happens only at W >= R+1 and W+1 <= R+N-2; behind the newest entry lies its tail, behind that silence;
// memory of entry e is not written until R >= e+2; every frame that should have been program is in `expected_frame`
// arithmetic, so a hole is exact whatever caused it.
// The proof of the rule is test/model/spin; the words R, W, N, F are those of tonearm/ring.h.

#include "tonearm/ring.h"

#include "ramp.h"

#include <string.h>

#define NOTHING_EXPECTED UINT64_MAX
#define SLOT_HELD        UINT64_MAX
// Slots in memory. K of them may hold program frames or ramps. Of tails, one waits behind the newest entry while the next one is
// rendered; a third plays only when no more than K-1 others do.
#define POOL(config) ((config)->slots + 2)

enum { ENTRIES_MIN = 8, SLOTS_MIN = 3, SLOTS_MAX = 62, SLOT_FRAMES_MAX = 4096, HOLE_RECORDS_MAX = 65536 };

// ---- layout: one function feeds need and init ----------------------------------------------------------------------------

typedef struct {
    uint32_t entries;
    size_t control, silence, slots, dma_bytes; // offsets into the DMA block; the table is at 0
    size_t slot_entry, holes, fast_bytes;      // offsets into the FAST block; the runs are at 0
} layout_t;

static bool wire_is_whole(const ta_ring_config_t *config)
{
    if (config->wire == TA_WIRE_PWM)
        return config->pwm_top >= TA_PWM_TOP_MIN && config->pwm_top <= TA_PWM_TOP_MAX;
    return config->wire < TA_WIRES && config->pwm_top == 0;
}

static ta_status_t lay_out(const ta_ring_config_t *config, layout_t *layout)
{
    if (!config || !wire_is_whole(config) || config->slot_frames < TA_RAMP_FRAMES ||
        config->slot_frames > SLOT_FRAMES_MAX || config->slots < SLOTS_MIN || config->slots > SLOTS_MAX ||
        config->hole_records > HOLE_RECORDS_MAX)
        return TA_E_ARG;
    uint32_t entries = ENTRIES_MIN;
    while (entries < config->slots + 2) // all slots but the playing one may be queued: K-1 <= N-3
        entries *= 2;
    size_t slot_bytes = (size_t)config->slot_frames * ta_wire_frame_bytes(config->wire);
    layout->entries = entries;
    layout->control = (size_t)entries * sizeof(uint32_t);
    layout->silence = layout->control + 2 * sizeof(uint32_t);
    layout->slots = layout->silence + slot_bytes;
    layout->dma_bytes = layout->slots + POOL(config) * slot_bytes;
    layout->slot_entry = entries * sizeof(ta_run_t);
    layout->holes = layout->slot_entry + POOL(config) * sizeof(uint64_t);
    layout->fast_bytes = layout->holes + config->hole_records * sizeof(ta_hole_t);
    return TA_OK;
}

ta_status_t ta_ring_need(const ta_ring_config_t *config, ta_need_t needs[2])
{
    layout_t layout;
    ta_status_t status = lay_out(config, &layout);
    if (status != TA_OK)
        return status;
    // The table's alignment is what lets the DMA's address ring wrap on it (RP2040 datasheet 2.5.1.2).
    needs[0] = (ta_need_t){"ring (table, slots, tails, silence)", layout.dma_bytes, layout.entries * sizeof(uint32_t),
                           TA_CLASS_DMA};
    needs[1] = (ta_need_t){"ring's accounts", layout.fast_bytes, 8, TA_CLASS_FAST};
    return TA_OK;
}

static ta_run_t silent_run(const ta_ring_t *ring)
{
    return (ta_run_t){.data = ring->silence, .slot = -1};
}

ta_status_t ta_ring_init(ta_ring_t *ring, const ta_ring_config_t *config, const ta_ring_hw_t *hw, void *hw_context,
                         void *const blocks[2])
{
    layout_t layout;
    ta_status_t status = lay_out(config, &layout);
    if (status != TA_OK)
        return status;
    if (!ring || !hw || !blocks[0] || !blocks[1])
        return TA_E_ARG;
    memset(ring, 0, sizeof *ring);
    memset(blocks[0], 0, layout.dma_bytes);
    memset(blocks[1], 0, layout.fast_bytes);
    uint8_t *dma = blocks[0], *fast = blocks[1];
    ring->hw = hw;
    ring->hw_context = hw_context;
    ring->config = *config;
    ring->entries = layout.entries;
    ring->table = (volatile uint32_t *)blocks[0];
    ring->control = (volatile uint32_t *)(void *)(dma + layout.control);
    ring->silence = dma + layout.silence;
    ring->slot_memory = dma + layout.slots;
    ring->run = (ta_run_t *)blocks[1];
    ring->slot_entry = (uint64_t *)(void *)(fast + layout.slot_entry);
    ring->hole = (ta_hole_t *)(void *)(fast + layout.holes);
    ta_ramp_silence(config, ring->silence, config->slot_frames);
    ring->silence_address = hw->bus_address(ring->hw_context, ring->silence);
    TA_HARDEN(ring->silence_address != 0);
    ring->control[0] = ring->silence_address;
    for (uint32_t e = 0; e < ring->entries; e++) {
        ring->table[e] = ring->silence_address;
        ring->run[e] = silent_run(ring);
    }
    ring->write = 1; // entry 0 is always silence: the clocks start with it
    ring->expected_frame = NOTHING_EXPECTED;
    ring->tail_newest = -1;
    return TA_OK;
}

const char *ta_hole_cause_name(ta_hole_cause_t cause)
{
    switch (cause) {
    case TA_HOLE_FEED_LATE:
        return "feed late";
    case TA_HOLE_SOURCE_LATE:
        return "source late";
    case TA_HOLE_CLOCK:
        return "clock changed";
    }
    return "unknown";
}

// ---- the frame clock -----------------------------------------------------------------------------------------------------

// In lowest terms, and so small that a remainder times slot_den fits in 63 bits. A slot lasts less than 2^23 us, so where
// that costs digits at all, more than 2^20 are left of either number: half a millionth.
static ta_ring_clock_t reduced(const ta_ring_clock_t *clock)
{
    uint64_t a = clock->slot_num, b = clock->slot_den;
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    TA_HARDEN(a != 0);
    ta_ring_clock_t c = {clock->slot_num / a, clock->slot_den / a};
    TA_HARDEN(c.slot_num != 0 && c.slot_den != 0);
    while (c.slot_num > (uint64_t)INT64_MAX / c.slot_den) {
        c.slot_num = (c.slot_num + 1) >> 1;
        c.slot_den = (c.slot_den + 1) >> 1;
    }
    return c;
}

// Pointer and timer, which must belong together whatever comes between: not more than half a slot apart. (That the pointer is
// the same before and after would not do: it is, too, when stalls on both sides of the timer make up a lap.)
static uint32_t look(const ta_ring_t *ring, uint64_t *us)
{
    const ta_ring_hw_t *hw = ring->hw;
    uint64_t before;
    uint32_t index;
    do {
        before = hw->now_us(ring->hw_context);
        index = hw->next_index(ring->hw_context);
        *us = hw->now_us(ring->hw_context);
    } while (*us - before > ring->half_slot_us);
    return index;
}

void ta_ring_set_pwm_top(ta_ring_t *ring, uint32_t top)
{
    TA_HARDEN(ring->config.wire == TA_WIRE_PWM && top >= TA_PWM_TOP_MIN && top <= TA_PWM_TOP_MAX);
    ring->config.pwm_top = top;
    ring->quiet = 0;
    ta_ramp_silence(&ring->config, ring->silence, ring->config.slot_frames);
}

void ta_ring_anchor(ta_ring_t *ring, const ta_ring_clock_t *clock)
{
    ta_ring_clock_t c = reduced(clock);
    ring->clock = c;
    ring->sure_us = (ring->entries - 2) * c.slot_num / c.slot_den;
    ring->half_slot_us = c.slot_num / c.slot_den / 2;
    uint32_t index = look(ring, &ring->read_us);
    ring->read += (index - (uint32_t)ring->read) & (ring->entries - 1);
}

// Slots that `us` microseconds hold, to the nearest. dt * den / num in two parts, so that nothing overflows for centuries.
static uint64_t slots_in(const ta_ring_clock_t *clock, uint64_t us)
{
    uint64_t whole = us / clock->slot_num, rest = us % clock->slot_num;
    return whole * clock->slot_den + (rest * clock->slot_den + clock->slot_num / 2) / clock->slot_num;
}

uint64_t ta_ring_now(ta_ring_t *ring)
{
    uint64_t us;
    uint32_t index = look(ring, &us);
    uint64_t elapsed = us - ring->read_us;
    uint64_t read;
    if (elapsed < ring->sure_us) {
        read = ring->read + ((index - (uint32_t)ring->read) & (ring->entries - 1));
    } else { // the value nearest to what the timer says that has this index
        uint64_t guess = ring->read + slots_in(&ring->clock, elapsed);
        uint32_t ahead = (index - (uint32_t)guess) & (ring->entries - 1);
        read = ahead > ring->entries / 2 && guess + ahead >= ring->read + ring->entries ? guess + ahead - ring->entries
                                                                                        : guess + ahead;
    }
    ring->read = read;
    ring->read_us = us;
    return read;
}

uint64_t ta_ring_stall_limit_us(const ta_ring_t *ring, uint32_t ppm)
{
    // One slot of the margin of N/2 - 1 goes to not knowing where in its slot the last look fell.
    uint64_t margin_us = (ring->entries / 2 - 2) * ring->clock.slot_num / ring->clock.slot_den;
    return ppm ? margin_us * 1000000U / ppm : UINT64_MAX;
}

// R, and the frames of the entry before it that are still to come.
static uint64_t where(ta_ring_t *ring, uint32_t *remaining)
{
    uint64_t read;
    do {
        read = ta_ring_now(ring);
        *remaining = ring->hw->remaining_frames(ring->hw_context);
    } while (ta_ring_now(ring) != read);
    return read;
}

uint64_t ta_ring_frame(ta_ring_t *ring)
{
    uint32_t remaining;
    uint64_t read = where(ring, &remaining);
    uint64_t end = read * ring->config.slot_frames;
    return ring->frame_base + (end > remaining ? end - remaining : 0);
}

uint64_t ta_ring_headroom_frames(ta_ring_t *ring)
{
    uint64_t frame = ta_ring_frame(ring);
    uint64_t end = ring->expected_frame;
    return end != NOTHING_EXPECTED && end > frame ? end - frame : 0;
}

// ---- slots and tails -----------------------------------------------------------------------------------------------------

static size_t slot_bytes(const ta_ring_t *ring)
{
    return (size_t)ring->config.slot_frames * ta_wire_frame_bytes(ring->config.wire);
}

static bool is_free(uint64_t entry, uint64_t read)
{
    return entry == 0 || (entry != SLOT_HELD && read >= entry + 2);
}

static uint32_t tails_in_use(const ta_ring_t *ring, uint64_t read)
{
    uint32_t tails = 0;
    for (int t = 0; t < TA_RING_TAILS; t++)
        tails += !is_free(ring->tail_entry[t], read);
    return tails;
}

int ta_ring_take_slot(ta_ring_t *ring)
{
    uint64_t read = ta_ring_now(ring);
    uint32_t used = 0;
    int slot = -1;
    for (uint32_t k = POOL(&ring->config); k-- > 0;) {
        if (is_free(ring->slot_entry[k], read)) {
            slot = (int)k; // the lowest: tails come from the other end, so that what is silence in them stays so
        } else {
            used++;
        }
    }
    // One stays, for a tail: a pause needs one at any time.
    if (used + 2 > POOL(&ring->config) || used - tails_in_use(ring, read) >= ring->config.slots)
        return -1;
    ring->slot_entry[slot] = SLOT_HELD;
    ring->quiet &= ~((uint64_t)1 << slot);
    return slot;
}

void *ta_ring_slot_memory(const ta_ring_t *ring, int slot)
{
    TA_HARDEN(slot >= 0 && (uint32_t)slot < POOL(&ring->config));
    return ring->slot_memory + (size_t)slot * slot_bytes(ring);
}

void ta_ring_drop_slot(ta_ring_t *ring, int slot)
{
    TA_HARDEN(slot >= 0 && (uint32_t)slot < POOL(&ring->config) && ring->slot_entry[slot] == SLOT_HELD);
    ring->slot_entry[slot] = 0;
}

void ta_ring_free_slots(ta_ring_t *ring)
{
    memset(ring->slot_entry, 0, POOL(&ring->config) * sizeof *ring->slot_entry);
}

uint64_t ta_ring_silent_entry(const ta_ring_t *ring)
{
    uint64_t last = ring->write; // the newest entry's tail
    for (uint32_t k = 0; k < POOL(&ring->config); k++) {
        if (ring->slot_entry[k] != SLOT_HELD && ring->slot_entry[k] > last)
            last = ring->slot_entry[k];
    }
    return last + 2;
}

// A tail, and a slot for it; -1: there is none. Nothing is taken yet: set_tail does that.
static int free_tail(ta_ring_t *ring, uint64_t read)
{
    int tail = TA_RING_TAILS - 1, slot = (int)POOL(&ring->config) - 1;
    while (tail >= 0 && !is_free(ring->tail_entry[tail], read))
        tail--;
    while (slot >= 0 && !is_free(ring->slot_entry[slot], read))
        slot--;
    if (tail < 0 || slot < 0)
        return -1;
    ring->tail_slot[tail] = (int8_t)slot;
    return tail;
}

// The tail may be read at `entry`, or is free again (0) because it was replaced before it could be.
static void set_tail(ta_ring_t *ring, int tail, uint64_t entry)
{
    ring->tail_entry[tail] = entry;
    ring->slot_entry[ring->tail_slot[tail]] = entry;
}

static void *tail_memory(const ta_ring_t *ring, int tail)
{
    return ta_ring_slot_memory(ring, ring->tail_slot[tail]);
}

// Renders a fall from `from` into a tail. What lies behind the ramp is silence, and stays so while the slot serves tails.
static void render_tail(ta_ring_t *ring, int tail, const int32_t from[2], uint32_t done)
{
    uint8_t *memory = tail_memory(ring, tail);
    uint64_t bit = (uint64_t)1 << ring->tail_slot[tail];
    size_t ramp_bytes = (size_t)TA_RAMP_FRAMES * ta_wire_frame_bytes(ring->config.wire);
    ta_ramp_fall(&ring->config, memory, from, done);
    if (!(ring->quiet & bit))
        ta_ramp_silence(&ring->config, memory + ramp_bytes, ring->config.slot_frames - TA_RAMP_FRAMES);
    ring->quiet |= bit;
    uint32_t step = ta_ramp_step(&ring->config, from);
    if (step > ring->stats.largest_step)
        ring->stats.largest_step = step;
}

// The tail that belongs behind a run: it falls from the run's last program frame. The last run of a program may have begun the
// fall in its slot already, behind that frame.
static void render_tail_of(ta_ring_t *ring, int tail, const ta_run_t *run)
{
    uint32_t slot = ring->config.slot_frames;
    uint32_t done = run->last && run->frames ? slot - run->frames : 0;
    int32_t last[2];
    ta_wire_frame(&ring->config, run->data, slot - done - 1, last);
    render_tail(ring, tail, last, done);
}

// ---- publication ---------------------------------------------------------------------------------------------------------

static volatile uint32_t *entry_at(const ta_ring_t *ring, uint64_t entry)
{
    return &ring->table[(uint32_t)entry & (ring->entries - 1)];
}

static void store(const ta_ring_t *ring, uint64_t entry, uint32_t address)
{
    ring->hw->store(ring->hw_context, entry_at(ring, entry), address);
}

// What became of a pair of stores that the hardware may have overtaken (read >= entry + 1). Stores that came too late
// would be read one lap later: they are put back to silence. The hardware wipes what it has read, so an entry that still
// holds our address was not heard. Returns whether `address` was. Ends with a look, for whoever asks what may be playing.
static bool settle_late_stores(ta_ring_t *ring, uint64_t entry, uint32_t address, uint32_t tail, uint64_t read)
{
    bool heard = *entry_at(ring, entry) != address;
    if (!heard)
        store(ring, entry, ring->silence_address);
    bool tail_passed = read > entry + 1;
    if ((tail_passed || !heard) && *entry_at(ring, entry + 1) == tail)
        store(ring, entry + 1, ring->silence_address);
    (void)ta_ring_now(ring);
    return heard;
}

// Last entry, as far as is known, that may play what was stored at `entry`: itself, unless the stores were overtaken.
static uint64_t latest_of(const ta_ring_t *ring, uint64_t entry)
{
    return ring->read > entry ? ring->read : entry;
}

typedef struct {
    const void *data;
    int tail;
    bool may_skip; // entries may be skipped, missed ones or the newest run's tail: for ramps
} stores_t;

static bool newest_tail_at(const ta_ring_t *ring, uint64_t entry)
{
    return ring->tail_newest >= 0 && ring->tail_entry[ring->tail_newest] == entry;
}

// The publication section. On TA_PUBLISHED and TA_INDETERMINATE *entry is where the run was stored.
static ta_publish_t store_run(ta_ring_t *ring, const stores_t *what, uint64_t *entry)
{
    const ta_ring_hw_t *hw = ring->hw;
    uint32_t address = hw->bus_address(ring->hw_context, what->data);
    uint32_t tail = hw->bus_address(ring->hw_context, tail_memory(ring, what->tail));
    TA_HARDEN(address != 0 && tail != 0); // 0 is the stop mark
    ta_publish_t result = TA_PUBLISHED;
    uint32_t was = hw->lock(ring->hw_context);
    uint64_t read = ta_ring_now(ring);
    uint64_t write = ring->write;
    if (what->may_skip && newest_tail_at(ring, write))
        write++; // a ramp begins with silence: the fall to it comes first
    if (write < read + 1) {
        if (!what->may_skip) {
            hw->unlock(ring->hw_context, was);
            return TA_RING_QUIET;
        }
        write = read + 1;
    }
    if (write + 1 > read + ring->entries - 2) {
        result = TA_RING_FULL;
    } else {
        store(ring, write, address);
        store(ring, write + 1, tail);
        // READ_ADDR moves when a read completes (RP2040 datasheet 2.5.7, CHx_READ_ADDR), at most a few cycles after the table was
        // sampled and far fewer than pass between the first store and this look. So a pointer still at or before W proves that
        // entry W was stored in time.
        uint64_t after = ta_ring_now(ring);
        if (after > write) {
            ring->stats.indeterminate++;
            result = settle_late_stores(ring, write, address, tail, after) ? TA_PUBLISHED : TA_INDETERMINATE;
        }
    }
    hw->unlock(ring->hw_context, was);
    *entry = write;
    return result;
}

static ta_run_t *run_at(const ta_ring_t *ring, uint64_t entry)
{
    return &ring->run[(uint32_t)entry & (ring->entries - 1)];
}

static void record_hole(ta_ring_t *ring, uint64_t start, uint64_t source_frame)
{
    ta_hole_t hole = {
        .at_frame = ring->expected_frame,
        .frames = start - ring->expected_frame,
        .source_frame = source_frame,
        .cause = ring->inexact  ? TA_HOLE_CLOCK
                 : ring->waited ? TA_HOLE_SOURCE_LATE
                                : TA_HOLE_FEED_LATE,
        .exact = !ring->inexact,
    };
    if (ring->config.hole_records)
        ring->hole[ring->stats.holes % ring->config.hole_records] = hole;
    ring->stats.holes++;
    ring->stats.hole_frames += hole.frames;
}

// The run stands at `entry`: books follow.
static void account(ta_ring_t *ring, uint64_t entry, const ta_run_t *run, int tail)
{
    bool dated = ring->read < entry + ring->entries; // otherwise it was perhaps heard a lap later
    if (newest_tail_at(ring, entry) && ring->read <= entry)
        set_tail(ring, ring->tail_newest, 0); // replaced in time, so never read
    ring->tail_newest = tail;
    set_tail(ring, tail, latest_of(ring, entry + 1));
    for (uint64_t skipped = ring->write; skipped < entry && skipped < ring->write + ring->entries; skipped++)
        *run_at(ring, skipped) = silent_run(ring);
    *run_at(ring, entry) = *run;
    if (run->slot >= 0)
        ring->slot_entry[run->slot] = latest_of(ring, entry);
    ring->write = entry + 1;
    ring->stats.publications++;
    ring->inexact = ring->inexact || !dated;
    if (run->frames) {
        uint64_t start = ring->frame_base + entry * ring->config.slot_frames;
        if (ring->expected_frame != NOTHING_EXPECTED && start != ring->expected_frame)
            record_hole(ring, start, run->first);
        ring->expected_frame = run->last ? NOTHING_EXPECTED : start + run->frames;
        ring->stats.program_frames += run->frames;
        ring->stats.lent += run->slot < 0;
        ring->waited = false;
        ring->inexact = !dated;
    }
    ring->open = !run->last;
}

static ta_publish_t publish_with_tail(ta_ring_t *ring, const ta_run_t *run, bool may_skip)
{
    uint64_t read = ta_ring_now(ring);
    int tail = free_tail(ring, read);
    // Of lent blocks, too, no more than slots wait. So a pause, which takes back what lies behind R, holds K-2 runs at most, the feed
    // one more, and a slot always comes free for the ramp without which none of them could go on.
    if (tail < 0 || ring->write + 2 > read + ring->config.slots)
        return TA_RING_FULL;
    render_tail_of(ring, tail, run);
    uint64_t entry = 0;
    ta_publish_t result = store_run(ring, &(stores_t){run->data, tail, may_skip}, &entry);
    if (result == TA_INDETERMINATE)
        set_tail(ring, tail, latest_of(ring, entry + 1)); // may still be playing
    if (result == TA_INDETERMINATE || result == TA_RING_QUIET)
        ring->open = false;
    if (result == TA_PUBLISHED)
        account(ring, entry, run, tail);
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
    size_t quiet_bytes = slot_bytes(ring) - ramp_bytes;
    ta_ramp_silence(&ring->config, memory, ring->config.slot_frames - TA_RAMP_FRAMES);
    ta_ramp_rise(&ring->config, memory + quiet_bytes, to);
    uint32_t step = ta_ramp_step(&ring->config, to);
    if (step > ring->stats.largest_step)
        ring->stats.largest_step = step;
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
        uint64_t read = ta_ring_now(ring);
        if (read > e)
            return e + 1;
        if (read == e)
            return e;
    }
    store(ring, first, tail);
    if (ta_ring_now(ring) <= first || *entry_at(ring, first) != tail)
        return first;
    store(ring, first, ring->silence_address); // too late: it would be read a lap later
    return first + 1;
}

// Tails at `first` and behind were replaced before they could be read.
static void free_tails_from(ta_ring_t *ring, uint64_t first)
{
    for (int t = 0; t < TA_RING_TAILS; t++) {
        if (ring->tail_entry[t] >= first)
            set_tail(ring, t, 0);
    }
    ring->tail_newest = -1;
}

// Renders a fall from the last frame of the entry that plays after the present one, and replaces what comes behind it.
// False: nothing could be done at this moment.
static bool cut_after(ta_ring_t *ring, uint64_t read, uint64_t *replaced)
{
    const ta_ring_hw_t *hw = ring->hw;
    int tail = free_tail(ring, read);
    if (tail < 0)
        return false;
    render_tail_of(ring, tail, run_at(ring, read)); // it plays before the fall comes
    uint32_t address = hw->bus_address(ring->hw_context, tail_memory(ring, tail));
    uint32_t was = hw->lock(ring->hw_context);
    bool late = ta_ring_now(ring) != read; // then the fall would start from the wrong frame
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
        ring->expected_frame = NOTHING_EXPECTED;
    return count;
}

bool ta_ring_reopen(ta_ring_t *ring, ta_run_t *partial)
{
    const ta_ring_hw_t *hw = ring->hw;
    uint64_t entry = ring->write - 1, read = ta_ring_now(ring);
    ta_run_t last = *run_at(ring, entry);
    bool full = last.frames == ring->config.slot_frames;
    int tail = free_tail(ring, read);
    *partial = (ta_run_t){.slot = -1};
    if (last.frames == 0 || tail < 0 || read + 1 > (full ? ring->write : entry))
        return false;
    if (full) { // nothing to take back: the next run simply follows
        ring->open = true;
        ring->expected_frame = ring->frame_base + ring->write * ring->config.slot_frames;
        return true;
    }
    render_tail_of(ring, tail, run_at(ring, entry - 1));
    uint32_t address = hw->bus_address(ring->hw_context, tail_memory(ring, tail));
    uint32_t was = hw->lock(ring->hw_context);
    uint64_t now = ta_ring_now(ring);
    bool in_time = now + 1 <= entry;
    if (in_time) {
        store(ring, entry, address);
        store(ring, entry + 1, ring->silence_address);
        if (ta_ring_now(ring) > entry) { // overtaken: it was heard, or this fall was
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
    ring->tail_newest = tail;
    ring->slot_entry[last.slot] = SLOT_HELD;
    ring->stats.program_frames -= last.frames;
    *run_at(ring, entry) = silent_run(ring);
    ring->write = entry;
    ring->open = true;
    ring->expected_frame = ring->frame_base + entry * ring->config.slot_frames;
    *partial = last;
    return true;
}

uint64_t ta_ring_program_frame(ta_ring_t *ring, uint64_t none)
{
    uint32_t remaining;
    uint64_t read = where(ring, &remaining), playing = read ? read - 1 : 0;
    for (uint64_t e = playing; e < ring->write; e++) {
        const ta_run_t *run = run_at(ring, e);
        uint32_t passed =
            e == playing && remaining < ring->config.slot_frames ? ring->config.slot_frames - remaining : 0;
        if (passed < run->frames)
            return run->first + passed;
    }
    return none;
}

void ta_ring_expect_nothing(ta_ring_t *ring, bool ended, uint64_t source_frame)
{
    if (!ended && ring->expected_frame != NOTHING_EXPECTED) {
        uint64_t frame = ta_ring_frame(ring);
        if (frame > ring->expected_frame)
            record_hole(ring, frame, source_frame);
    }
    ring->expected_frame = NOTHING_EXPECTED;
    ring->open = false;
    ring->waited = ring->inexact = false;
}

void ta_ring_note_clock(ta_ring_t *ring)
{
    ring->inexact = true;
}

void ta_ring_note_wait(ta_ring_t *ring)
{
    ring->waited = true;
}

// ---- standing still and going on -----------------------------------------------------------------------------------------

// One section. False: it came too late, or there is no room yet.
static bool store_stop(ta_ring_t *ring, bool directly, uint64_t *entry)
{
    uint64_t read = ta_ring_now(ring);
    *entry = ring->write + (directly ? 0 : 1);
    if (*entry < read + 1)
        *entry = read + 1;
    if (*entry > read + ring->entries - 2)
        return false;
    store(ring, *entry, 0);
    if (ta_ring_now(ring) <= *entry)
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
    ring->tail_newest = -1; // it is read, or the ring stands before ta_ring_continue frees it
    ring->open = false;
    return entry;
}

void ta_ring_continue(ta_ring_t *ring, uint64_t stop_entry, const int32_t from[2], uint64_t frames_passed)
{
    // Where the hardware stands, whichever mark it met: a section that was stalled may have left one before.
    uint32_t index = ring->hw->next_index(ring->hw_context);
    uint64_t entry = stop_entry + 1 - (((uint32_t)stop_entry + 1 - index) & (ring->entries - 1));
    for (int t = 0; t < TA_RING_TAILS; t++)
        ring->tail_entry[t] = 0; // the hardware stands: nothing is being read
    ta_ring_free_slots(ring);
    int tail = free_tail(ring, entry);
    render_tail(ring, tail, from, 0);
    for (uint32_t e = 0; e < ring->entries; e++) {
        store(ring, e, ring->silence_address);
        ring->run[e] = silent_run(ring);
    }
    store(ring, entry, ring->hw->bus_address(ring->hw_context, tail_memory(ring, tail)));
    set_tail(ring, tail, entry);
    ring->tail_newest = -1;
    ring->read = entry;
    ring->write = entry + 1;
    ring->frame_base += frames_passed - ring->config.slot_frames; // the mark's entry took a number but no time
    ring->expected_frame = NOTHING_EXPECTED;
}
