// The ring's hardware, step by step, for tests. In: a table. Out: every frame that D read, and complaints.
//
// A slot is five steps: D's first half, D's end, C reads the entry, C writes it to D (its pointer moves, D starts), S wipes.
// Any number of steps can be put in front of any callback of the ring. Between C's read and S's write only bus cycles pass,
// so each callback lets that much happen by itself (`prompt`).
#ifndef TEST_SUPPORT_RING_WALKER_H
#define TEST_SUPPORT_RING_WALKER_H

#include "tonearm/ring.h"

enum { WALKER_BLOCKS = 4, WALKER_STEPS_PER_SLOT = 5, WALKER_INJECTIONS = 4 };

typedef enum { WALKER_D_HALF, WALKER_D_END, WALKER_C_READ, WALKER_C_WRITE, WALKER_S_WRITE } walker_step_t;

// Frames as s32 pairs, one after the other, as they left.
typedef struct {
    int32_t (*frame)[2];
    uint64_t count, room;
} heard_t;

typedef struct {
    uint64_t callback; // number of the callback, from 1
    uint32_t steps;    // hardware steps before it
} injection_t;

typedef struct {
    ta_ring_t *ring;
    ta_ring_clock_t clock;
    const uint8_t *block[WALKER_BLOCKS]; // memory that DMA may read
    size_t block_bytes[WALKER_BLOCKS];
    unsigned blocks;
    // hardware
    walker_step_t next;
    uint32_t index;   // C's pointer as it is seen
    uint64_t read;    // the same, counted from the start
    uint32_t sampled; // entry that C has read but not yet written
    uint32_t wipe;    // S's pointer
    uint32_t playing; // address, 0 none
    bool half, parked, prompt;
    bool calm;     // no delays for now
    uint8_t *copy; // the playing slot as it was when D began
    // a loop without a processor
    const uint8_t *loop;
    uint32_t loop_frames;
    bool loop_ends;
    uint64_t loop_passes;
    // time
    uint64_t half_slots, start_us; // half slots since start_us
    int32_t timer_ppm;             // the timer is wrong by this much
    // the feed's calls
    uint64_t callbacks, steps;
    injection_t injection[WALKER_INJECTIONS];
    unsigned injections;
    uint32_t random, rarely;    // if rarely: before one callback in so many, some steps, drawn from `random`
    uint32_t most, most_locked; // at most so many, outside and inside a section
    uint64_t section_began;     // half slots, when the present section began
    uint64_t section_most;      // half slots that the longest section took: a slot is two
    bool locked;
    heard_t heard;
    char complaint[160]; // the first violation, or ""
} walker_t;

// What the ring is told; its context is the walker.
extern const ta_ring_hw_t walker_hw;
// Before ta_ring_init, with the memory that may be read (the ring's DMA block first).
void walker_init(walker_t *walker, ta_ring_t *ring, const void *dma, size_t bytes);
// Allow another block.
void walker_allow(walker_t *walker, const void *block, size_t bytes);
// After ta_ring_init: start playing entry 0 and anchor the ring.
void walker_start(walker_t *walker, const ta_ring_clock_t *clock);
void walker_free(walker_t *walker);

// Let the hardware take steps, or slots (each five steps).
void walker_run(walker_t *walker, uint64_t steps);
void walker_slots(walker_t *walker, uint64_t slots);
// A long time in which silence is played, without a step for each entry. The table must hold silence only.
void walker_idle(walker_t *walker, uint64_t slots);
// The hardware's clock, in us.
uint64_t walker_now_us(const walker_t *walker);
// The next random number of `state`, which must not be 0.
uint32_t walker_random(uint32_t *state);
// Keep room for so many frames, so that nothing is allocated later.
void walker_reserve(walker_t *walker, uint64_t frames);

// For pins: loop without a processor, leave it, walk the table again from the ring's R.
void walker_loop(walker_t *walker, const void *data, uint32_t frames);
void walker_unloop(walker_t *walker);
void walker_restart(walker_t *walker);

#endif
