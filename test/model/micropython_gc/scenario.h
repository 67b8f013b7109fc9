// A random program on a MicroPython heap, the same for our model and for MicroPython's own py/gc.c. In: a seed and the
// heap's functions.
// Out: one line per operation that tells what it came to. Each program that includes this defines the functions below.
//
// Heaps of several sizes, one after the other. Every word that is written into a block is a number of 32 bits: garbage,
// a pointer to a block, live or dead, or a pointer into the middle of one.
#ifndef TONEARM_TEST_MICROPYTHON_SCENARIO_H
#define TONEARM_TEST_MICROPYTHON_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void heap_init(void *base, size_t bytes);
static void *heap_alloc(size_t bytes);
static void heap_free(void *block);
static void *heap_realloc(void *block, size_t bytes, bool allow_move);
static void heap_collect(void);
static void heap_info(size_t *used, size_t *free, size_t *largest); // bytes, bytes, blocks

enum { SCENARIO_ROOTS = 400, SCENARIO_AT = 0x48000000, SCENARIO_WINDOW = 512 * 1024 };

typedef struct {
    void *root[SCENARIO_ROOTS]; // what a program still holds; NULL: nothing
    size_t bytes[SCENARIO_ROOTS];
    uint32_t random;
    unsigned allocations, refusals, frees, resizes, moves, collections;
} scenario_t;

static scenario_t scenario;

static uint32_t draw(uint32_t below)
{
    scenario.random ^= scenario.random << 13;
    scenario.random ^= scenario.random >> 17;
    scenario.random ^= scenario.random << 5;
    return (uint32_t)(((uint64_t)scenario.random * below) >> 32);
}

static size_t draw_bytes(size_t heap_bytes)
{
    uint32_t shape = draw(100);
    if (shape < 50)
        return 1 + draw(32);
    if (shape < 85)
        return 1 + draw(400);
    if (shape < 99)
        return 1 + draw((uint32_t)heap_bytes / 16);
    return 1 + draw((uint32_t)heap_bytes);
}

static uint32_t draw_word(void)
{
    void *block = scenario.root[draw(SCENARIO_ROOTS)];
    uint32_t at = (uint32_t)(uintptr_t)block;
    switch (draw(5)) {
    case 0:
        return draw(0xffffffff);
    case 1:
        return at + 16; // into the middle, or the next block
    case 2:
        return at ? at + draw(4096) - 2048 : 0;
    default:
        return at;
    }
}

// Some words anywhere in the first `bytes` of a block: links to others, often the only ones.
static void write_words(void *block, size_t bytes)
{
    if (bytes < 4)
        return;
    for (unsigned words = 1 + draw(4); words > 0; words--) {
        uint32_t word = draw_word();
        memcpy((uint8_t *)block + (size_t)draw((uint32_t)(bytes / 4)) * 4, &word, sizeof word);
    }
}

static void say(const char *what, const void *address)
{
    printf("%s %08x\n", what, (unsigned)(uintptr_t)address);
}

static void operation_alloc(size_t heap_bytes)
{
    unsigned at = draw(SCENARIO_ROOTS);
    size_t bytes = draw_bytes(heap_bytes);
    uint32_t former = (uint32_t)(uintptr_t)scenario.root[at];
    void *block = heap_alloc(bytes); // what the root held before is dropped: garbage, unless linked from elsewhere
    say("alloc", block);
    if (!block) {
        scenario.refusals++;
        scenario.root[draw(SCENARIO_ROOTS)] = NULL;
        return;
    }
    scenario.allocations++;
    if (bytes >= 4 && draw(2))
        memcpy(block, &former, sizeof former);
    scenario.root[at] = block;
    scenario.bytes[at] = bytes;
    write_words(block, bytes);
}

// A block is held by one root at most, so that freeing it leaves no root behind.
static void operation_free(void)
{
    unsigned at = draw(SCENARIO_ROOTS);
    say("free", scenario.root[at]);
    scenario.frees += scenario.root[at] != NULL;
    heap_free(scenario.root[at]);
    scenario.root[at] = NULL;
}

static void operation_realloc(size_t heap_bytes)
{
    unsigned at = draw(SCENARIO_ROOTS);
    size_t bytes = draw(20) == 0 ? 0 : draw_bytes(heap_bytes);
    void *block = heap_realloc(scenario.root[at], bytes, draw(4) != 0);
    say("realloc", block);
    if (!block && bytes != 0)
        return; // refused: the old one stays
    scenario.resizes++;
    scenario.moves += block != scenario.root[at];
    scenario.root[at] = block;
    scenario.bytes[at] = bytes;
    if (block)
        write_words(block, bytes);
}

// One block becomes the only holder of many others, more than a collector's stack holds at once.
static void operation_gather(void)
{
    unsigned at = draw(SCENARIO_ROOTS);
    size_t words = scenario.root[at] ? scenario.bytes[at] / 4 : 0;
    for (unsigned r = 0, n = 0; n < words && r < SCENARIO_ROOTS; r++) {
        if (r == at || !scenario.root[r])
            continue;
        uint32_t word = (uint32_t)(uintptr_t)scenario.root[r];
        memcpy((uint8_t *)scenario.root[at] + (size_t)n++ * 4, &word, sizeof word);
        scenario.root[r] = NULL;
    }
}

static void operation_collect(void)
{
    size_t used, free, largest;
    heap_collect();
    heap_info(&used, &free, &largest);
    printf("collect %zu %zu %zu\n", used, free, largest);
    scenario.collections++;
}

static void scenario_run_heap(uint8_t *window, size_t bytes, unsigned operations)
{
    uint8_t *base = window + 4 * (size_t)draw(64);
    memset(&scenario.root, 0, sizeof scenario.root);
    memset(window, 0xa5, SCENARIO_WINDOW);
    printf("heap %08x %zu\n", (unsigned)(uintptr_t)base, bytes);
    heap_init(base, bytes);
    unsigned keep = 20 + draw(160); // how readily the program drops what it holds
    for (unsigned n = 0; n < operations; n++) {
        uint32_t what = draw(1000);
        if (what < 500)
            operation_alloc(bytes);
        else if (what < 500 + keep)
            operation_free();
        else if (what < 700)
            scenario.root[draw(SCENARIO_ROOTS)] = NULL;
        else if (what < 994)
            operation_realloc(bytes);
        else if (what < 998)
            operation_gather();
        else
            operation_collect();
    }
    operation_collect();
}

// usage: PROGRAM OPERATIONS SEED, the trace on stdout, counts on stderr
static int scenario_main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    unsigned operations = (unsigned)strtoul(argv[1], NULL, 0);
    scenario.random = (uint32_t)strtoul(argv[2], NULL, 0) | 1;
    void *wanted = (void *)(uintptr_t)SCENARIO_AT;
    uint8_t *window = mmap(wanted, SCENARIO_WINDOW, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (window != wanted) {
        fprintf(stderr, "%s: cannot map %#x\n", argv[0], (unsigned)SCENARIO_AT);
        return 1;
    }
    enum { HEAPS = 20 };
    for (unsigned h = 0; h < HEAPS; h++) {
        size_t largest = SCENARIO_WINDOW - 1024, bytes = 600 + draw((uint32_t)(largest >> draw(7)) - 600);
        scenario_run_heap(window, bytes, operations / HEAPS);
    }
    fprintf(stderr, "allocations %u refusals %u frees %u resizes %u moves %u collections %u\n", scenario.allocations,
            scenario.refusals, scenario.frees, scenario.resizes, scenario.moves, scenario.collections);
    return 0;
}

#endif
