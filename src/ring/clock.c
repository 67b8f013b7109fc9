// The frame clock: R on 64 bits, and what follows from it.
// In: looks at the hardware. Out: R, and the frames of entry R-1 that are still to come, as the last look saw them.
// Invariant: R is right whatever comes between two looks, and between any two reads of one, as long as no stall is longer than
// ta_ring_stall_limit_us. The words R, W, N, F are those of tonearm/ring.h.

#include "ring_private.h"

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

// ---- looking -------------------------------------------------------------------------------------------------------------

// Index and time that belong together, whatever the time of the last look says. (That the index is the same before and after would
// not do: it is, too, when stalls on both sides of the timer make up a lap.)
static uint32_t look_with_time(ta_ring_t *ring)
{
    const ta_ring_hw_t *hw = ring->hw;
    ta_ring_look_t look;
    uint64_t before_us;
    do {
        before_us = hw->now_us(ring->hw_context);
        hw->look(ring->hw_context, ring->half_slot_us, &look);
    } while (look.us - before_us > ring->half_slot_us);
    ring->seen_us = look.us;
    ring->remaining = look.remaining;
    return look.index;
}

void ta_ring_anchor(ta_ring_t *ring, const ta_ring_clock_t *clock)
{
    ta_ring_clock_t c = reduced(clock);
    ring->clock = c;
    ring->sure_us = (uint32_t)((ring->entries - 2) * c.slot_num / c.slot_den); // 126 slots of 4 s at most
    ring->half_slot_us = (uint32_t)(c.slot_num / c.slot_den / 2);
    uint32_t index = look_with_time(ring);
    ring->read += (index - (uint32_t)ring->read) & (ring->entries - 1);
    ring->seen = ring->read;
}

// Slots that `us` microseconds hold, to the nearest. dt * den / num in two parts, so that nothing overflows for centuries.
static uint64_t slots_in(const ta_ring_clock_t *clock, uint64_t us)
{
    uint64_t whole = us / clock->slot_num, rest = us % clock->slot_num;
    return whole * clock->slot_den + (rest * clock->slot_den + clock->slot_num / 2) / clock->slot_num;
}

// The value nearest to what the timer says that has this index.
RARE static uint64_t look_after_long(ta_ring_t *ring)
{
    uint64_t before_us = ring->seen_us;
    uint32_t index = look_with_time(ring);
    uint64_t guess = ring->seen + slots_in(&ring->clock, ring->seen_us - before_us);
    uint32_t ahead = (index - (uint32_t)guess) & (ring->entries - 1);
    bool beyond = ahead > ring->entries / 2 && guess + ahead >= ring->read + ring->entries;
    ring->read = ring->seen = guess + ahead - (beyond ? ring->entries : 0);
    return ring->read;
}

RARE uint32_t ta_ring_passed_after_long(ta_ring_t *ring)
{
    uint64_t before = ring->read, passed = look_after_long(ring) - before;
    return passed < FAR ? (uint32_t)passed : FAR;
}

uint64_t ta_ring_now(ta_ring_t *ring)
{
    ta_ring_look_t look;
    ring->hw->look(ring->hw_context, ring->half_slot_us, &look);
    // From the last look's reading the index to this one's no more passed than half a slot and this: less than N-1 slots.
    if (look.us - ring->seen_us >= ring->sure_us)
        return look_after_long(ring);
    ring->seen_us = look.us;
    ring->remaining = look.remaining;
    ring->read += (look.index - (uint32_t)ring->read) & (ring->entries - 1);
    ring->seen = ring->read;
    return ring->read;
}

uint64_t ta_ring_stall_limit_us(const ta_ring_t *ring, uint32_t ppm)
{
    // One slot of the margin of N/2 - 1 goes to not knowing where in its slot the last look fell.
    uint64_t margin_us = (ring->entries / 2 - 2) * ring->clock.slot_num / ring->clock.slot_den;
    return ppm ? margin_us * 1000000U / ppm : UINT64_MAX;
}

// ---- what the last look saw ----------------------------------------------------------------------------------------------

uint64_t ta_ring_frame(const ta_ring_t *ring)
{
    uint64_t end = ring->seen * ring->config.slot_frames;
    return ring->frame_base + (end > ring->remaining ? end - ring->remaining : 0);
}

bool ta_ring_program_frame(const ta_ring_t *ring, uint64_t *frame)
{
    uint32_t slot = ring->config.slot_frames;
    uint32_t passed = ring->remaining < slot ? slot - ring->remaining : 0; // of the entry that plays
    for (uint64_t e = ring->seen ? ring->seen - 1 : 0; e < ring->write; e++) {
        const ta_run_t *run = run_at(ring, e);
        if (passed < run->frames) {
            *frame = run->first + passed;
            return true;
        }
        passed = 0;
    }
    return false;
}

bool ta_ring_program_end(const ta_ring_t *ring, uint64_t *frame)
{
    uint64_t newest = ring->write - 1;
    uint32_t frames = run_at(ring, newest)->frames;
    *frame = ring->frame_base + newest * ring->config.slot_frames + frames;
    return frames > 0;
}
