// Instructions on a Cortex-M33 in qemu. In: jobs.c. Out: the lines of m0plus.mjs, with instructions for cycles.
//
// With -icount shift=7 an instruction takes 128 ns of virtual time, and SysTick counts that at the board's 20 MHz: 2.56 ticks
// each, so that the number of instructions between two readings is exact after rounding. 24 bits hold 6.5 million of them.
#include "jobs.h"

#include <stdio.h>

enum { TICKS_PER_100 = 256, TICKS_MASK = 0xFFFFFF, SEED = 0x1234567, SEEDS = 8 };

static volatile uint32_t *const systick = (volatile uint32_t *)0xE000E010; // control, reload, value: it counts down

typedef struct {
    uint64_t sum;
    uint32_t worst, calls;
} counter_t;

static uint32_t overhead;
static counter_t mallocs, frees;

static uint32_t instructions(uint32_t began, uint32_t ended)
{
    return (((began - ended) & TICKS_MASK) * 100 + TICKS_PER_100 / 2) / TICKS_PER_100;
}

static uint32_t run_instructions(void)
{
    bench_run(); // once before it counts
    uint32_t began = systick[2];
    bench_run();
    return instructions(began, systick[2]);
}

static void count(counter_t *counter, uint32_t began, uint32_t ended)
{
    uint32_t counted = instructions(began, ended) - overhead;
    counter->sum += counted;
    counter->worst = counted > counter->worst ? counted : counter->worst;
    counter->calls++;
}

// The linker's --wrap brings the heap's calls here.
void *__real_ta_tlsf_malloc(void *heap, size_t bytes, size_t align, unsigned cls);
void *__wrap_ta_tlsf_malloc(void *heap, size_t bytes, size_t align, unsigned cls);
void *__wrap_ta_tlsf_malloc(void *heap, size_t bytes, size_t align, unsigned cls)
{
    uint32_t began = systick[2];
    void *block = __real_ta_tlsf_malloc(heap, bytes, align, cls);
    count(&mallocs, began, systick[2]);
    return block;
}

void __real_ta_tlsf_free(void *heap, void *block);
void __wrap_ta_tlsf_free(void *heap, void *block);
void __wrap_ta_tlsf_free(void *heap, void *block)
{
    uint32_t began = systick[2];
    __real_ta_tlsf_free(heap, block);
    count(&frees, began, systick[2]);
}

static void say_calls(const char *name, const counter_t *counter)
{
    printf("heap.%s.mean %.1f\nheap.%s.worst %lu\n# %s %lu\n", name, (double)counter->sum / counter->calls, name,
           (unsigned long)counter->worst, name, (unsigned long)counter->calls);
}

int main(void)
{
    systick[1] = TICKS_MASK;
    systick[2] = 0;
    systick[0] = 5; // on, at the processor's clock
    bench_nothing();
    const uint32_t call = run_instructions();
    uint32_t frames;
    for (uint32_t index = 0; (frames = bench_job(index)) != 0; index++) {
        uint32_t all = run_instructions();
        printf("%s %.3f\n", bench_name, (double)(all - call) / frames);
    }
    uint32_t began = systick[2];
    overhead = instructions(began, systick[2]); // of reading, and of a call without arguments, about
    for (uint32_t seed = SEED; seed < SEED + SEEDS; seed++) {
        uint32_t result = bench_heap(seed);
        if (result == UINT32_MAX) {
            printf("seed %#lx: the heap is damaged\n", (unsigned long)seed);
            return 1;
        }
        printf("# %#lx %lu %lu %08lx\n", (unsigned long)seed, (unsigned long)(result & 0xFFFF),
               (unsigned long)(result >> 16), (unsigned long)bench_heap_digest);
    }
    say_calls("malloc", &mallocs);
    say_calls("free", &frees);
    return 0;
}
