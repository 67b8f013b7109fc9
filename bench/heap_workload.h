// A heap under load, for comparing allocators. In: a seed, malloc and free. Out: counts, and how full the heap got.
//
// 20,000 operations on 128 KiB. Sizes run from 16 to 4096 bytes, as many in each octave; payloads fill up to 70 % of
// the memory. A refused request costs a random block its place, and the same size is asked for again. In the end 4 KiB
// blocks are taken until one is refused: the fill is all payload then, over the memory. The numbers drawn are those of
// the workload with which other allocators were measured, so that refusals and fill can be compared.
#ifndef TONEARM_BENCH_HEAP_WORKLOAD_H
#define TONEARM_BENCH_HEAP_WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

enum {
    WORKLOAD_MEMORY = 128 * 1024,
    WORKLOAD_OPERATIONS = 20000,
    WORKLOAD_PAYLOAD_MAX = 91750, // 70 %, rounded down as the workload does: by hundredths, then the rest
    WORKLOAD_LIVE_MAX = 2999,
    WORKLOAD_SEED = 0x1234567, // the first of eight in a row
    WORKLOAD_SEEDS = 8,
};

typedef struct {
    void *(*malloc)(size_t bytes);
    void (*free)(void *block);
    uint32_t random;
    struct {
        void *block;
        uint32_t bytes;
    } live[WORKLOAD_LIVE_MAX + 1];
    unsigned live_count;
    uint32_t payload;
    unsigned operations, mallocs, frees, refusals, fill_permille;
} workload_t;

static uint32_t workload_draw(workload_t *w)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 17;
    return w->random ^= w->random << 5;
}

// 16 bits of chance: which half octave, and where in it.
static uint32_t workload_size(workload_t *w)
{
    static const uint32_t from[] = {16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724, 1024, 1448, 2048, 2896, 4096};
    uint32_t chance = workload_draw(w) & 0xffff, half = chance >> 12, within = chance & 0xfff;
    return from[half] + ((from[half + 1] - from[half]) * within >> 12);
}

static void workload_drop_one(workload_t *w)
{
    unsigned which = workload_draw(w) % w->live_count;
    w->free(w->live[which].block);
    w->payload -= w->live[which].bytes;
    w->live[which] = w->live[--w->live_count];
    w->frees++;
    w->operations++;
}

// One request; false when it was refused.
static int workload_take(workload_t *w, uint32_t bytes)
{
    void *block = w->malloc(bytes);
    w->mallocs++;
    w->operations++;
    if (!block) {
        w->refusals++;
        return 0;
    }
    w->live[w->live_count].block = block;
    w->live[w->live_count++].bytes = bytes;
    w->payload += bytes;
    return 1;
}

static void workload_run(workload_t *w, uint32_t seed)
{
    w->random = seed;
    w->live_count = w->payload = 0;
    w->operations = w->mallocs = w->frees = w->refusals = 0;
    uint32_t next = workload_size(w);
    while (w->operations < WORKLOAD_OPERATIONS) {
        if (w->payload + next > WORKLOAD_PAYLOAD_MAX || w->live_count >= WORKLOAD_LIVE_MAX) {
            workload_drop_one(w);
        } else if (!workload_take(w, next)) {
            if (w->live_count)
                workload_drop_one(w);
        } else {
            next = workload_size(w);
            if ((workload_draw(w) & 3) == 0 && w->live_count > 8)
                workload_drop_one(w);
        }
    }
    uint32_t fill = w->payload;
    for (unsigned n = 0; n <= 40 && w->malloc(4096); n++)
        fill += 4096;
    w->fill_permille = (unsigned)((uint64_t)fill * 1000 / WORKLOAD_MEMORY);
}

#endif
