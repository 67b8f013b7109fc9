// An arena: blocks from the front of one piece of memory. In: the memory, then requests. Out: blocks.
// Invariants: [0, used) is given out or waits for the arena to become empty; a block that comes back last is reused at
// once.

#include "tonearm/memory.h"

static void *arena_alloc(ta_mem_t *mem, const ta_need_t *need)
{
    ta_arena_t *arena = (ta_arena_t *)mem;
    uintptr_t start = (uintptr_t)arena->base + arena->used;
    size_t gap = (size_t)(-start & (need->align - 1));
    size_t left = arena->bytes - arena->used;
    if (gap > left || need->bytes > left - gap) {
        arena->stats.failures++;
        return NULL;
    }
    arena->last = arena->used + gap;
    arena->used = arena->last + need->bytes;
    arena->live++;
    arena->stats.allocs++;
    if (arena->used > arena->stats.peak)
        arena->stats.peak = arena->used;
    return arena->base + arena->last;
}

static void arena_free(ta_mem_t *mem, void *block)
{
    ta_arena_t *arena = (ta_arena_t *)mem;
    size_t offset = (size_t)((uint8_t *)block - arena->base);
    TA_HARDEN(arena->live > 0 && offset < arena->used);
    arena->live--;
    arena->stats.frees++;
    if (arena->live == 0) {
        arena->last = arena->used = 0;
    } else if (offset == arena->last) {
        arena->used = arena->last; // the gap before it, if any, waits for the arena to become empty
    }
}

static void arena_stats(ta_mem_t *mem, ta_class_t cls, ta_mem_stats_t *stats)
{
    const ta_arena_t *arena = (const ta_arena_t *)mem;
    if (!(mem->classes & (unsigned)cls))
        return;
    *stats = arena->stats;
    stats->total = arena->bytes;
    stats->used = arena->used;
    stats->free = arena->bytes - arena->used;
    size_t gap = (size_t)(-((uintptr_t)arena->base + arena->used) & 7);
    stats->largest = stats->free > gap ? stats->free - gap : 0;
}

ta_status_t ta_arena_init(ta_arena_t *arena, void *base, size_t bytes, unsigned classes)
{
    static const ta_mem_ops_t ops = {arena_alloc, arena_free, arena_stats};
    if (!arena)
        return TA_E_ARG;
    bool usable = base && bytes != 0 && (classes & TA_CLASS_ALL) != 0 && (classes & ~(unsigned)TA_CLASS_ALL) == 0;
    *arena = (ta_arena_t){.mem = {&ops, "arena", "make the arena larger, or the buffer smaller", 0}};
    if (!usable)
        return TA_E_ARG; // it serves no class now, so every request is refused
    arena->mem.classes = classes;
    arena->base = base;
    arena->bytes = bytes;
    return TA_OK;
}
