// The ring's memory: how it is laid out, slots that the feed fills, tails.
// In: a geometry, R. Out: slots that nothing reads. Invariants: memory of entry e is not written until R >= e+2; no more than K slots
// hold program frames or ramps, and one stays for a tail.

#include "ring_private.h"

#include "ramp.h"

#include <string.h>

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
    ring->frame_bytes = (uint8_t)ta_wire_frame_bytes(config->wire);
    ring->slot_bytes = (uint32_t)(layout.slots - layout.silence);
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
    ring->expected_entry = NOTHING_EXPECTED;
    ring->tail_newest = ring->tail_spare = ring->dropped = -1;
    memset(ring->tail, -1, sizeof ring->tail);
    return TA_OK;
}

void ta_ring_set_pwm_top(ta_ring_t *ring, uint32_t top)
{
    TA_HARDEN(ring->config.wire == TA_WIRE_PWM && top >= TA_PWM_TOP_MIN && top <= TA_PWM_TOP_MAX);
    ring->config.pwm_top = top;
    ring->quiet[0] = ring->quiet[1] = 0;
    ring->loudest = 0; // on coarser levels less may be a larger step
    ta_ramp_silence(&ring->config, ring->silence, ring->config.slot_frames);
}

// ---- slots ---------------------------------------------------------------------------------------------------------------

static bool tail_is_free(const ta_ring_t *ring, int t)
{
    return ring->tail[t] < 0 || is_free(ring->slot_entry[ring->tail[t]], ring->read);
}

static uint32_t tails_in_use(const ta_ring_t *ring)
{
    uint32_t tails = 0;
    for (int t = 0; t < TA_RING_TAILS; t++)
        tails += !tail_is_free(ring, t);
    return tails;
}

// The slot is wanted for something else, or for another tail.
static void forget_tail(ta_ring_t *ring, int slot)
{
    for (int t = 0; t < TA_RING_TAILS; t++) {
        if (ring->tail[t] == slot)
            ring->tail[t] = -1;
    }
}

static int lowest_free_slot(const ta_ring_t *ring)
{
    uint32_t used = 0;
    int slot = -1;
    for (uint32_t k = POOL(&ring->config); k-- > 0;) {
        if (is_free(ring->slot_entry[k], ring->read)) {
            slot = (int)k; // the lowest: tails come from the other end, so that what is silence in them stays so
        } else {
            used++;
        }
    }
    // One stays, for a tail: a pause needs one at any time.
    return used + 2 > POOL(&ring->config) || used - tails_in_use(ring) >= ring->config.slots ? -1 : slot;
}

// The slot that was played before the present one, while a program goes on. Two are free then, this and the spare tail's, and one of the
// others is the newest tail's: that leaves K-1, as lowest_free_slot would count them. (2^31 slots after a program's end W seems to be ahead
// again; what is found then is free all the same.)
static int slot_just_played(const ta_ring_t *ring)
{
    if (!ring->steady || (int32_t)((uint32_t)ring->write - (uint32_t)ring->read) < 0)
        return -1;
    if (ring->dropped >= 0) // a lent block took its place, so no other slot was used
        return ring->dropped;
    uint64_t entry = ring->read - 2;
    const int8_t slot = run_at(ring, entry)->slot;
    return slot >= 0 && ring->slot_entry[slot] == entry ? slot : -1;
}

RARE static int search_slot(ta_ring_t *ring)
{
    int slot = lowest_free_slot(ring);
    if (slot < 0) { // perhaps by now
        (void)ta_ring_now(ring);
        slot = lowest_free_slot(ring);
    }
    forget_tail(ring, slot);
    ring->steady = false; // it may have been the spare one
    return slot;
}

static uint32_t quiet_bit(int slot)
{
    return 1U << ((unsigned)slot % 32);
}

int ta_ring_take_slot(ta_ring_t *ring)
{
    int slot = slot_just_played(ring);
    if (slot < 0)
        slot = search_slot(ring);
    if (slot < 0)
        return -1;
    ring->slot_entry[slot] = SLOT_HELD;
    ring->dropped = -1;
    ring->quiet[(unsigned)slot / 32] &= ~quiet_bit(slot);
    return slot;
}

void *ta_ring_slot_memory(const ta_ring_t *ring, int slot)
{
    TA_HARDEN(slot >= 0 && (uint32_t)slot < POOL(&ring->config));
    return slot_memory(ring, slot);
}

void ta_ring_drop_slot(ta_ring_t *ring, int slot)
{
    TA_HARDEN(slot >= 0 && (uint32_t)slot < POOL(&ring->config) && ring->slot_entry[slot] == SLOT_HELD);
    ring->slot_entry[slot] = 0;
    ring->dropped = (int8_t)slot;
}

void ta_ring_free_slots(ta_ring_t *ring)
{
    memset(ring->slot_entry, 0, POOL(&ring->config) * sizeof *ring->slot_entry);
    ring->steady = false;
    ring->dropped = -1;
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

// ---- tails ---------------------------------------------------------------------------------------------------------------

int ta_ring_any_free_tail(ta_ring_t *ring)
{
    int t = TA_RING_TAILS - 1, slot = (int)POOL(&ring->config) - 1;
    while (t >= 0 && !tail_is_free(ring, t))
        t--;
    while (slot >= 0 && !is_free(ring->slot_entry[slot], ring->read))
        slot--;
    if (t < 0 || slot < 0)
        return -1;
    forget_tail(ring, slot);
    ring->tail[t] = (int8_t)slot;
    if (slot == ring->dropped)
        ring->dropped = -1;
    return slot;
}

void ta_ring_note_ramp(ta_ring_t *ring, uint32_t loudness)
{
    if (loudness <= ring->loudest)
        return;
    ring->loudest = loudness;
    uint32_t step = ta_ramp_step(&ring->config, loudness);
    if (step > ring->stats.largest_step)
        ring->stats.largest_step = step;
}

RARE static void silence_behind_ramp(ta_ring_t *ring, int slot, uint8_t *memory)
{
    uint32_t ramp_bytes = TA_RAMP_FRAMES * ta_wire_frame_bytes(ring->config.wire);
    ta_ramp_silence(&ring->config, memory + ramp_bytes, ring->config.slot_frames - TA_RAMP_FRAMES);
    ring->quiet[(unsigned)slot / 32] |= quiet_bit(slot);
}

// What lies behind the ramp is silence, and stays so while the slot serves tails.
static uint8_t *tail_memory(ta_ring_t *ring, int slot)
{
    uint8_t *memory = slot_memory(ring, slot);
    if (!(ring->quiet[(unsigned)slot / 32] & quiet_bit(slot)))
        silence_behind_ramp(ring, slot, memory);
    return memory;
}

void ta_ring_render_tail(ta_ring_t *ring, int tail, const void *from, uint32_t done)
{
    ta_ring_note_ramp(ring, ta_ramp_tail(&ring->config, tail_memory(ring, tail), from, done));
}

void ta_ring_render_fall(ta_ring_t *ring, int tail, const int32_t from[2])
{
    ta_ramp_fall(&ring->config, tail_memory(ring, tail), from, 0);
    ta_ring_note_ramp(ring, ta_ramp_loudness(from));
}
