// TLSF under bench/heap_workload.h. In: nothing, or `calls`. Out: a line of counts for each of the eight seeds; with
// `calls`, one seed only, for callgrind to count the instructions of every call.

#include <stdio.h>
#include <string.h>

#include "bench/heap_workload.h"
#include "tonearm/tlsf.h"

static _Alignas(16) uint8_t memory[WORKLOAD_MEMORY];
static ta_tlsf_t heap;
static workload_t workload;

static uint32_t digest; // of where every block lay

static void *take(size_t bytes)
{
    uint8_t *block = ta_tlsf_malloc(&heap, bytes, 8, TA_CLASS_DMA);
    digest = (digest ^ (block ? (uint32_t)(block - memory) : 1U)) * 0x01000193U;
    return block;
}

static void give(void *block)
{
    ta_tlsf_free(&heap, block);
}

static int run(uint32_t seed)
{
    digest = 0x811c9dc5U;
    ta_tlsf_init(&heap, NULL, NULL);
    if (ta_tlsf_add(&heap, memory, sizeof memory, TA_CLASS_ALL) != TA_OK)
        return 1;
    workload_run(&workload, seed);
    const char *wrong = ta_tlsf_check(&heap);
    if (wrong)
        fprintf(stderr, "bench/heap: seed %#lx: %s\n", (unsigned long)seed, wrong);
    printf("%#lx %u %u %u %u %08lx\n", (unsigned long)seed, workload.mallocs, workload.frees, workload.refusals,
           workload.fill_permille, (unsigned long)digest);
    return wrong != NULL;
}

int main(int argc, char **argv)
{
    workload.malloc = take;
    workload.free = give;
    unsigned seeds = argc > 1 && strcmp(argv[1], "calls") == 0 ? 1 : WORKLOAD_SEEDS;
    int bad = 0;
    for (unsigned k = 0; k < seeds; k++)
        bad |= run(WORKLOAD_SEED + k);
    return bad;
}
