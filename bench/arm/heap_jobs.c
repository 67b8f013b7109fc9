// The heap under its workload. See jobs.h. On the Cortex-M0+ it is an image of its own: its memory and the other jobs' code and tables have no room in one.
#include "jobs.h"

#include "bench/heap_workload.h"
#include "tonearm/tlsf.h"

static _Alignas(16) uint8_t memory[WORKLOAD_MEMORY];
static ta_tlsf_t heap;
static workload_t workload;
uint32_t bench_heap_digest;

// Not inlined: calls of the heap's own functions are what is counted.
__attribute__((noinline)) void *bench_malloc(uint32_t bytes)
{
    return ta_tlsf_malloc(&heap, bytes, 8, TA_CLASS_DMA);
}

__attribute__((noinline)) void bench_free(void *block)
{
    ta_tlsf_free(&heap, block);
}

static void *take(size_t bytes)
{
    uint8_t *block = bench_malloc((uint32_t)bytes);
    bench_heap_digest = (bench_heap_digest ^ (block ? (uint32_t)(block - memory) : 1U)) * 0x01000193U;
    return block;
}

uint32_t bench_heap(uint32_t seed)
{
    bench_heap_digest = 0x811c9dc5U;
    workload.malloc = take;
    workload.free = bench_free;
    ta_tlsf_init(&heap, NULL, NULL);
    if (ta_tlsf_add(&heap, memory, sizeof memory, TA_CLASS_ALL) != TA_OK) {
        return UINT32_MAX;
    }
    workload_run(&workload, seed);
    return ta_tlsf_check(&heap) == NULL ? workload.refusals | (workload.fill_permille << 16) : UINT32_MAX;
}
