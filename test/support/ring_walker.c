// See ring_walker.h. What is checked here and not by reading the heard frames: addresses are ones that the ring may store, and
// no byte of a slot changes while D reads it.
#include "test/support/ring_walker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SHIFT = 24 };

static void complain(walker_t *walker, const char *what, uint32_t value)
{
    if (!walker->complaint[0])
        snprintf(walker->complaint, sizeof walker->complaint, "%s (%#x) at frame %llu", what, value,
                 (unsigned long long)walker->heard.count);
}

static size_t frame_bytes(const walker_t *walker)
{
    return ta_wire_frame_bytes(walker->ring->config.wire);
}

// ---- addresses -----------------------------------------------------------------------------------------------------------

static uint32_t address_of(const walker_t *walker, const void *data)
{
    for (unsigned b = 0; b < walker->blocks; b++) {
        ptrdiff_t offset = (const uint8_t *)data - walker->block[b];
        if (offset >= 0 && (size_t)offset < walker->block_bytes[b])
            return (b + 1) << BLOCK_SHIFT | (uint32_t)offset;
    }
    return 0;
}

static const uint8_t *memory_at(walker_t *walker, uint32_t address, size_t bytes)
{
    uint32_t block = address >> BLOCK_SHIFT, offset = address & ((1U << BLOCK_SHIFT) - 1);
    if (block == 0 || block > walker->blocks || offset + bytes > walker->block_bytes[block - 1] || (address & 3)) {
        complain(walker, "DMA reads outside its memory", address);
        return NULL;
    }
    return walker->block[block - 1] + offset;
}

// ---- what is heard -------------------------------------------------------------------------------------------------------

void walker_reserve(walker_t *walker, uint64_t frames)
{
    heard_t *heard = &walker->heard;
    if (frames <= heard->room)
        return;
    heard->room = frames * 2;
    heard->frame = realloc(heard->frame, (size_t)heard->room * sizeof *heard->frame);
    if (!heard->frame)
        abort();
}

static void hear(walker_t *walker, const void *frames, uint32_t count)
{
    walker_reserve(walker, walker->heard.count + count);
    for (uint32_t i = 0; i < count; i++)
        ta_wire_frame(&walker->ring->config, frames, i, walker->heard.frame[walker->heard.count++]);
}

// ---- steps ---------------------------------------------------------------------------------------------------------------

static size_t slot_bytes(const walker_t *walker)
{
    return walker->ring->config.slot_frames * frame_bytes(walker);
}

static void data_begins(walker_t *walker)
{
    walker->playing = walker->sampled;
    walker->half = false;
    if (walker->playing == 0) {
        walker->parked = true;
        return;
    }
    const uint8_t *memory = memory_at(walker, walker->playing, slot_bytes(walker));
    if (memory)
        memcpy(walker->copy, memory, slot_bytes(walker));
}

static void data_ends(walker_t *walker)
{
    const uint8_t *memory = memory_at(walker, walker->playing, slot_bytes(walker));
    if (memory && memcmp(walker->copy, memory, slot_bytes(walker)) != 0)
        complain(walker, "memory was written while D read it", walker->playing);
    hear(walker, walker->copy, walker->ring->config.slot_frames);
}

static void loop_step(walker_t *walker)
{
    uint32_t frames = walker->loop_frames;
    if (walker->loop_ends) {
        walker->loop = NULL;
        walker->parked = true;
        return;
    }
    hear(walker, walker->loop, frames);
    walker->loop_passes++;
    // Time in half slots: loops in tests are multiples of half a slot.
    walker->half_slots += 2 * frames / walker->ring->config.slot_frames;
}

static void step(walker_t *walker)
{
    const ta_ring_t *ring = walker->ring;
    walker->steps++;
    if (walker->loop) {
        loop_step(walker);
        return;
    }
    switch (walker->next) {
    case WALKER_D_HALF:
        walker->half_slots++;
        walker->half = true;
        if (!walker->parked) // standing still, only time passes
            walker->next = WALKER_D_END;
        break;
    case WALKER_D_END:
        walker->half_slots++;
        data_ends(walker);
        walker->next = WALKER_C_READ;
        break;
    case WALKER_C_READ:
        walker->sampled = ring->table[walker->index];
        walker->next = WALKER_C_WRITE;
        break;
    case WALKER_C_WRITE:
        walker->index = (walker->index + 1) & (ring->entries - 1);
        walker->read++;
        data_begins(walker);
        walker->next = WALKER_S_WRITE;
        break;
    case WALKER_S_WRITE:
        ring->table[walker->wipe] = ring->control[0];
        walker->wipe = (walker->wipe + 1) & (ring->entries - 1);
        walker->next = WALKER_D_HALF;
        break;
    }
}

void walker_run(walker_t *walker, uint64_t steps)
{
    while (steps--)
        step(walker);
}

void walker_slots(walker_t *walker, uint64_t slots)
{
    walker_run(walker, slots * WALKER_STEPS_PER_SLOT);
}

void walker_idle(walker_t *walker, uint64_t slots)
{
    const ta_ring_t *ring = walker->ring;
    for (uint32_t e = 0; e < ring->entries; e++)
        if (ring->table[e] != ring->silence_address)
            complain(walker, "idle, but an entry is no silence", ring->table[e]);
    walker->half_slots += 2 * slots;
    walker->index = walker->wipe = (walker->index + (uint32_t)slots) & (ring->entries - 1);
    walker->read += slots;
}

// ---- callbacks -----------------------------------------------------------------------------------------------------------

uint32_t walker_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static uint32_t steps_before(walker_t *walker)
{
    uint32_t steps = 0;
    if (walker->calm)
        return 0;
    for (unsigned i = 0; i < walker->injections; i++)
        if (walker->injection[i].callback == walker->callbacks)
            steps += walker->injection[i].steps;
    if (walker->rarely && walker_random(&walker->random) % walker->rarely == 0) {
        uint32_t most = walker->locked ? walker->most_locked : walker->most;
        steps += most ? walker_random(&walker->random) % (most + 1) : 0;
    }
    return steps;
}

static void called(walker_t *walker)
{
    walker->callbacks++;
    uint32_t steps = steps_before(walker);
    bool between = walker->next == WALKER_C_WRITE || walker->next == WALKER_S_WRITE;
    if (steps == 0 && walker->prompt && between && !walker->loop)
        walker_run(walker, 1);
    walker_run(walker, steps);
    if (walker->locked && walker->half_slots - walker->section_began > walker->section_most)
        walker->section_most = walker->half_slots - walker->section_began;
}

uint64_t walker_now_us(const walker_t *walker)
{
    const ta_ring_clock_t *clock = &walker->clock;
    if (clock->slot_den == 0)
        return walker->start_us;
    uint64_t halves = walker->half_slots, unit = 2 * clock->slot_den;
    uint64_t us = halves / unit * clock->slot_num + halves % unit * clock->slot_num / unit;
    int64_t error =
        (int64_t)(us / 1000000U) * walker->timer_ppm + (int64_t)(us % 1000000U) * walker->timer_ppm / 1000000;
    return walker->start_us + us + (uint64_t)error;
}

static uint64_t on_now_us(void *context)
{
    walker_t *walker = context;
    called(walker);
    return walker_now_us(walker);
}

static uint32_t remaining(const walker_t *walker)
{
    if (walker->loop || walker->parked)
        return 0;
    uint32_t frames = walker->ring->config.slot_frames;
    if (walker->next == WALKER_C_READ || walker->next == WALKER_C_WRITE)
        return 0;
    return walker->half ? frames / 2 : frames;
}

// Register by register, as a pin does it: each read may come late.
static void on_look(void *context, uint32_t within_us, ta_ring_look_t *look)
{
    walker_t *walker = context;
    uint64_t before_us;
    do {
        called(walker);
        before_us = walker_now_us(walker);
        do {
            called(walker);
            look->index = walker->index;
            called(walker);
            look->remaining = remaining(walker);
            called(walker);
        } while (look->index != walker->index);
        called(walker);
        look->us = walker_now_us(walker);
    } while ((uint32_t)(look->us - before_us) > within_us);
}

static uint64_t on_glance(void *context, uint32_t *index)
{
    walker_t *walker = context;
    called(walker);
    *index = walker->index;
    called(walker);
    return walker_now_us(walker);
}

static uint32_t on_lock(void *context)
{
    walker_t *walker = context;
    called(walker);
    if (walker->locked)
        complain(walker, "locked twice", 0);
    walker->locked = true;
    walker->section_began = walker->half_slots;
    return 0x10C;
}

static void on_unlock(void *context, uint32_t was)
{
    walker_t *walker = context;
    called(walker);
    if (!walker->locked || was != 0x10C)
        complain(walker, "unlocked, but not locked so", was);
    walker->locked = false;
}

static void on_store(void *context, volatile uint32_t *entry, uint32_t value)
{
    walker_t *walker = context;
    called(walker);
    if (entry < walker->ring->table || entry >= walker->ring->table + walker->ring->entries)
        complain(walker, "a store outside the table", value);
    *entry = value;
}

static uint32_t on_bus_address(void *context, const void *data)
{
    walker_t *walker = context;
    called(walker);
    uint32_t address = address_of(walker, data);
    if (address == 0)
        complain(walker, "an address of memory that DMA must not read", 0);
    return address;
}

const ta_ring_hw_t walker_hw = {.look = on_look,
                                .glance = on_glance,
                                .now_us = on_now_us,
                                .lock = on_lock,
                                .unlock = on_unlock,
                                .store = on_store,
                                .bus_address = on_bus_address};

// ---- life ----------------------------------------------------------------------------------------------------------------

void walker_allow(walker_t *walker, const void *block, size_t bytes)
{
    if (walker->blocks == WALKER_BLOCKS)
        abort();
    walker->block[walker->blocks] = block;
    walker->block_bytes[walker->blocks++] = bytes;
}

void walker_init(walker_t *walker, ta_ring_t *ring, const void *dma, size_t bytes)
{
    memset(walker, 0, sizeof *walker);
    walker->ring = ring;
    walker->prompt = true;
    walker_allow(walker, dma, bytes);
}

void walker_start(walker_t *walker, const ta_ring_clock_t *clock)
{
    walker->copy = calloc(1, slot_bytes(walker));
    if (!walker->copy)
        abort();
    walker->clock = *clock;
    walker->next = WALKER_C_READ;
    walker_run(walker, 3); // C reads entry 0, D starts, S wipes
    ta_ring_anchor(walker->ring, clock);
    walker->callbacks = 0;
}

void walker_free(walker_t *walker)
{
    free(walker->copy);
    free(walker->heard.frame);
    memset(walker, 0, sizeof *walker);
}

// ---- loops ---------------------------------------------------------------------------------------------------------------

void walker_loop(walker_t *walker, const void *data, uint32_t frames)
{
    if (!walker->parked)
        complain(walker, "a loop began while the ring was walked", 0);
    if (!memory_at(walker, address_of(walker, data), frames * frame_bytes(walker)))
        return;
    walker->loop = data;
    walker->loop_frames = frames;
    walker->loop_ends = false;
    walker->parked = false;
}

void walker_unloop(walker_t *walker)
{
    walker->loop_ends = true;
}

void walker_restart(walker_t *walker)
{
    if (!walker->parked)
        complain(walker, "restarted, but not parked", 0);
    walker->parked = false;
    walker->read = walker->ring->read;
    walker->index = walker->wipe = (uint32_t)walker->read & (walker->ring->entries - 1);
    walker->next = WALKER_C_READ;
}
