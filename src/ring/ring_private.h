/// @file ring_private.h  What the files of the ring share: pool.c (memory, slots, tails), clock.c (the frame clock), ring.c (the rest).
#ifndef TA_RING_PRIVATE_H
#define TA_RING_PRIVATE_H

#include "tonearm/ring.h"

#define NOTHING_EXPECTED UINT64_MAX
#define SLOT_HELD        UINT64_MAX
// Slots in memory. K of them may hold program frames or ramps. Of tails, one waits behind the newest entry while the next one is
// rendered; a third plays only when no more than K-1 others do.
#define POOL(config) ((config)->slots + 2)
#define FAR          (1 << 30)

/// What not every slot needs: kept out of the way of what it does.
#define RARE __attribute__((noinline, cold))

/// Kept apart from its caller: together they need more registers than a Cortex-M0+ has.
#define OUT_OF_LINE __attribute__((noinline))

/// Copy a struct word by word. For one with 64-bit numbers compilers call memcpy, which takes longer than the copy.
#define COPY_WORDS(to, from)                                                                                           \
    do {                                                                                                               \
        typedef struct {                                                                                               \
            uint32_t word[sizeof *(to) / sizeof(uint32_t)];                                                            \
        } __attribute__((may_alias)) words_t;                                                                          \
        *(words_t *)(void *)(to) = *(const words_t *)(const void *)(from);                                             \
    } while (0)

// ---- entries -------------------------------------------------------------------------------------------------------------

/// Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline ta_run_t *run_at(const ta_ring_t *ring, uint64_t entry)
{
    return &ring->run[(uint32_t)entry & (ring->entries - 1)];
}

/// What stands where nothing was published. Ctx: any. Cost: constant. Own: none. Fails: never.
static inline ta_run_t silent_run(const ta_ring_t *ring)
{
    return (ta_run_t){.data = ring->silence, .slot = -1};
}

/// How far an entry is ahead of R, as far as 30 bits go. Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline int32_t ahead_of_read(const ta_ring_t *ring, uint64_t entry)
{
    int64_t ahead = (int64_t)(entry - ring->read);
    return ahead == (int32_t)ahead ? (int32_t)ahead : ahead < 0 ? -FAR : FAR;
}

/// Last entry, as far as is known, that may play what was stored at `entry`: itself, unless the stores were overtaken.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline uint64_t latest_of(const ta_ring_t *ring, uint64_t entry)
{
    return ring->read > entry ? ring->read : entry;
}

/// May one more run wait? As many as the pool has slots, with the one that plays. Lent ones, too: so a pause, which takes back what lies
/// behind R, holds K-2 runs at most, the feed one more, and a slot always comes free for the ramp without which none could go on.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline bool has_room(const ta_ring_t *ring)
{
    return ahead_of_read(ring, ring->write) + 2 <= (int32_t)ring->config.slots;
}

/// What glance does when the time since the last look does not tell the lap. Ctx: feed. Cost: some divisions. Own: none. Fails: never.
uint32_t ta_ring_passed_after_long(ta_ring_t *ring);

/// A look at the index alone, for the publication section: brings R up to date and returns by how much, as far as 30 bits go. What the
/// last look saw stays.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline uint32_t glance(ta_ring_t *ring)
{
    uint32_t index;
    uint64_t us = ring->hw->glance(ring->hw_context, &index);
    ring->glanced_us = (uint32_t)us;
    if (us - ring->seen_us >= ring->sure_us) // as in ta_ring_now
        return ta_ring_passed_after_long(ring);
    uint32_t passed = (index - (uint32_t)ring->read) & (ring->entries - 1);
    if (passed)
        ring->read += passed;
    return passed;
}

// ---- what the last look saw ----------------------------------------------------------------------------------------------

/// Program frames between DMA and the moment at which the output would fall silent.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline uint32_t headroom_frames(const ta_ring_t *ring)
{
    uint64_t ahead = ring->expected_entry - ring->seen;
    if (ahead >> 32) // nothing is expected, or a hole lasts
        return 0;
    return (uint32_t)ahead * ring->config.slot_frames + ring->remaining;
}

/// The program frame that DMA reads, or else the next one that is published.
/// Ctx: feed. Cost: O(N). Own: none. Fails: false if there is none.
bool ta_ring_program_frame(const ta_ring_t *ring, uint64_t *frame);

/// Output frame behind the newest entry's last program frame. Ctx: feed. Cost: a multiplication. Own: none.
/// Fails: false if the newest entry is silence or a ramp.
bool ta_ring_program_end(const ta_ring_t *ring, uint64_t *frame);

// ---- slots and tails -----------------------------------------------------------------------------------------------------

/// Is memory that was stored at this entry free, R being `read`? Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline bool is_free(uint64_t entry, uint64_t read)
{
    return entry == 0 || (entry != SLOT_HELD && read >= entry + 2);
}

/// The slot of a tail that may be made now; -1: there is none. Nothing is taken yet: set_tail does that.
/// Ctx: feed. Cost: O(K). Own: none. Fails: -1.
int ta_ring_any_free_tail(ta_ring_t *ring);

/// The same, at once while a program goes on. Ctx: feed. Cost: as ta_ring_any_free_tail at most. Own: none. Fails: -1.
static inline int free_tail(ta_ring_t *ring)
{
    return ring->steady ? ring->tail_spare : ta_ring_any_free_tail(ring);
}

/// The tail may be read at `entry`, or is free again (0) because it was replaced before it could be.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline void set_tail(ta_ring_t *ring, int tail, uint64_t entry)
{
    ring->slot_entry[tail] = entry;
    ring->steady = false; // it may be the spare one
}

/// Memory of a slot. Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline uint8_t *slot_memory(const ta_ring_t *ring, int slot)
{
    return ring->slot_memory + (uint32_t)slot * ring->slot_bytes;
}

/// What DMA must be told for memory of the ring's own. Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline uint32_t own_address(const ta_ring_t *ring, const void *memory)
{
    return ring->silence_address + (uint32_t)((const uint8_t *)memory - ring->silence);
}

/// Render a fall into a tail, from a frame as it lies in a slot, less the `done` frames of it that are elsewhere.
/// Ctx: feed. Cost: TA_RAMP_FRAMES frames. Own: none. Fails: never.
void ta_ring_render_tail(ta_ring_t *ring, int tail, const void *from, uint32_t done);

/// The same, from left and right as s32. Ctx: feed. Cost: TA_RAMP_FRAMES frames. Own: none. Fails: never.
void ta_ring_render_fall(ta_ring_t *ring, int tail, const int32_t from[2]);

/// A ramp leads to or from a sample so loud. Ctx: feed. Cost: constant. Own: none. Fails: never.
void ta_ring_note_ramp(ta_ring_t *ring, uint32_t loudness);

#endif
