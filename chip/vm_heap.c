// A model of MicroPython's block heap (the collector of MicroPython 1.25 with the rp2 port's settings), for virtual
// boards and tests.
// In: the heap's memory, then requests and collections. Out: blocks at the addresses that MicroPython would choose.
//
//   memory   | two bits a block | one free byte | one bit a block (finalisers) | gap | pool of 16-byte blocks |
//
// A block is free, a head, a tail of the head before it, or, within a collection, a marked head. Invariants: a tail
// follows a head or a tail; between collections there is no mark; no free block lies before the table byte
// `first_free_index` that could serve a request for one block. test/model/vm_heap_against_micropython.sh holds this
// against MicroPython's own code.
//
// What blocks hold is traced word by word of 32 bits, as the chip would: on a host of 64 bits the heap has to lie at an
// address of 32 bits for that.

#include "chip/chip.h"

#include <string.h>

enum { BLOCK_BYTES = 16, BLOCKS_PER_BYTE = 4, GAP_BYTES = 1, STACK_MAX = 64 };
typedef enum { FREE, HEAD, TAIL, MARK } kind_t;

static kind_t kind_of(const chip_vm_heap_t *heap, size_t block)
{
    return (kind_t)(heap->alloc_table[block / BLOCKS_PER_BYTE] >> block % BLOCKS_PER_BYTE * 2 & 3);
}

static void set_kind(chip_vm_heap_t *heap, size_t block, kind_t kind)
{
    uint8_t *byte = &heap->alloc_table[block / BLOCKS_PER_BYTE];
    unsigned shift = (unsigned)(block % BLOCKS_PER_BYTE) * 2;
    *byte = (uint8_t)((*byte & ~(3U << shift)) | (unsigned)kind << shift);
}

// Blocks from `block` to the end of its tail. The free byte behind the table ends the last one.
static size_t chain_length(const chip_vm_heap_t *heap, size_t block)
{
    size_t length = 1;
    while (kind_of(heap, block + length) == TAIL)
        length++;
    return length;
}

static void *address_of(const chip_vm_heap_t *heap, size_t block)
{
    return heap->pool + block * BLOCK_BYTES;
}

// The block that begins at an address; `blocks` if none does.
static size_t block_at(const chip_vm_heap_t *heap, uintptr_t address)
{
    uintptr_t offset = address - (uintptr_t)heap->pool;
    return offset % BLOCK_BYTES == 0 && offset / BLOCK_BYTES < heap->blocks ? offset / BLOCK_BYTES : heap->blocks;
}

// ---- allocation -----------------------------------------------------------------------------------------------------

// First run of `wanted` free blocks, searched from the hint's table byte; `blocks` if there is none.
static size_t find_run(const chip_vm_heap_t *heap, size_t wanted)
{
    size_t run = 0;
    for (size_t block = heap->first_free_index * BLOCKS_PER_BYTE; block < heap->blocks; block++) {
        run = kind_of(heap, block) == FREE ? run + 1 : 0;
        if (run == wanted)
            return block + 1 - wanted;
    }
    return heap->blocks;
}

static void count_used(chip_vm_heap_t *heap, size_t blocks)
{
    heap->stats.used += blocks * BLOCK_BYTES;
    if (heap->stats.used > heap->stats.peak)
        heap->stats.peak = heap->stats.used;
}

static void lower_hint(chip_vm_heap_t *heap, size_t block)
{
    if (block / BLOCKS_PER_BYTE < heap->first_free_index)
        heap->first_free_index = block / BLOCKS_PER_BYTE;
}

void *chip_vm_heap_alloc(chip_vm_heap_t *heap, size_t bytes)
{
    size_t wanted = bytes / BLOCK_BYTES + (bytes % BLOCK_BYTES != 0);
    if (wanted == 0)
        return NULL;
    size_t start = find_run(heap, wanted);
    if (start == heap->blocks) {
        chip_vm_heap_collect(heap);
        start = find_run(heap, wanted);
    }
    if (start == heap->blocks) {
        heap->stats.failures++;
        return NULL;
    }
    size_t last = start + wanted - 1;
    if (wanted == 1) // only then is it known that no block before this one is free
        heap->first_free_index = (last + 1) / BLOCKS_PER_BYTE;
    if (last > heap->last_used_block)
        heap->last_used_block = last;
    set_kind(heap, start, HEAD);
    for (size_t block = start + 1; block <= last; block++)
        set_kind(heap, block, TAIL);
    memset(address_of(heap, start), 0,
           wanted * BLOCK_BYTES); // as the port does, so that stale pointers keep nothing alive
    heap->stats.allocs++;
    count_used(heap, wanted);
    return address_of(heap, start);
}

static size_t free_chain(chip_vm_heap_t *heap, size_t block)
{
    size_t length = chain_length(heap, block);
    for (size_t i = 0; i < length; i++)
        set_kind(heap, block + i, FREE);
    heap->stats.frees++;
    heap->stats.used -= length * BLOCK_BYTES;
    return length;
}

void chip_vm_heap_free(chip_vm_heap_t *heap, void *block)
{
    if (!block)
        return;
    size_t head = block_at(heap, (uintptr_t)block);
    TA_HARDEN(head < heap->blocks && kind_of(heap, head) == HEAD);
    lower_hint(heap, head);
    free_chain(heap, head);
}

// ---- resizing -------------------------------------------------------------------------------------------------------

// Free blocks behind a chain, counted no further than `wanted`.
static size_t room_behind(const chip_vm_heap_t *heap, size_t end, size_t wanted)
{
    size_t room = 0;
    while (room < wanted && end + room < heap->blocks && kind_of(heap, end + room) == FREE)
        room++;
    return room;
}

static void shrink(chip_vm_heap_t *heap, size_t head, size_t have, size_t wanted)
{
    for (size_t block = head + wanted; block < head + have; block++)
        set_kind(heap, block, FREE);
    lower_hint(heap, head + wanted);
    heap->stats.used -= (have - wanted) * BLOCK_BYTES;
}

static void grow(chip_vm_heap_t *heap, size_t head, size_t have, size_t wanted)
{
    size_t end = head + wanted;
    for (size_t block = head + have; block < end; block++)
        set_kind(heap, block, TAIL);
    if (end > heap->last_used_block) // one too far, as MicroPython has it
        heap->last_used_block = end;
    memset(address_of(heap, head + have), 0, (wanted - have) * BLOCK_BYTES);
    count_used(heap, wanted - have);
}

void *chip_vm_heap_realloc(chip_vm_heap_t *heap, void *block, size_t bytes, bool allow_move)
{
    if (!block)
        return chip_vm_heap_alloc(heap, bytes);
    if (bytes == 0) {
        chip_vm_heap_free(heap, block);
        return NULL;
    }
    size_t head = block_at(heap, (uintptr_t)block);
    TA_HARDEN(head < heap->blocks && kind_of(heap, head) == HEAD);
    size_t have = chain_length(heap, head), wanted = bytes / BLOCK_BYTES + (bytes % BLOCK_BYTES != 0);
    if (wanted == have)
        return block;
    if (wanted < have) {
        shrink(heap, head, have, wanted);
        return block;
    }
    if (room_behind(heap, head + have, wanted - have) == wanted - have) {
        grow(heap, head, have, wanted);
        return block;
    }
    if (!allow_move)
        return NULL;
    void *moved = chip_vm_heap_alloc(heap, bytes);
    if (!moved)
        return NULL;
    memcpy(moved, block, have * BLOCK_BYTES);
    chip_vm_heap_free(heap, block);
    return moved;
}

// ---- collection -----------------------------------------------------------------------------------------------------

typedef struct {
    size_t block[STACK_MAX];
    unsigned depth;
    bool overflowed; ///< marked blocks were not pushed: their words are still to be traced
} pending_t;

static void mark(chip_vm_heap_t *heap, pending_t *pending, uintptr_t address)
{
    size_t block = block_at(heap, address);
    if (block == heap->blocks || kind_of(heap, block) != HEAD)
        return;
    set_kind(heap, block, MARK);
    if (pending->depth == STACK_MAX) {
        pending->overflowed = true;
        return;
    }
    pending->block[pending->depth++] = block;
}

static void trace_words(chip_vm_heap_t *heap, pending_t *pending, size_t block)
{
    const uint8_t *first = address_of(heap, block), *end = first + chain_length(heap, block) * BLOCK_BYTES;
    for (const uint8_t *at = first; at < end; at += sizeof(uint32_t)) {
        uint32_t word;
        memcpy(&word, at, sizeof word);
        mark(heap, pending, word);
    }
}

static void trace(chip_vm_heap_t *heap, pending_t *pending)
{
    while (pending->depth)
        trace_words(heap, pending, pending->block[--pending->depth]);
}

static void mark_everything(chip_vm_heap_t *heap)
{
    pending_t pending = {.depth = 0};
    for (unsigned r = 0; r < heap->roots; r++) {
        mark(heap, &pending, (uintptr_t)heap->root[r]);
        trace(heap, &pending);
    }
    for (size_t r = 0; r < heap->more_roots; r++) {
        mark(heap, &pending, (uintptr_t)heap->more_root[r]);
        trace(heap, &pending);
    }
    while (pending.overflowed) {
        pending.overflowed = false;
        for (size_t block = 0; block < heap->blocks; block++) {
            if (kind_of(heap, block) != MARK)
                continue;
            trace_words(heap, &pending, block);
            trace(heap, &pending);
        }
    }
}

void chip_vm_heap_collect(chip_vm_heap_t *heap)
{
    heap->collections++;
    mark_everything(heap);
    size_t last_used = 0, end = heap->last_used_block < heap->blocks ? heap->last_used_block + 1 : heap->blocks;
    for (size_t block = 0; block < end;) {
        kind_t kind = kind_of(heap, block);
        if (kind == HEAD) {
            block += free_chain(heap, block);
            continue;
        }
        if (kind == MARK)
            set_kind(heap, block, HEAD);
        if (kind != FREE)
            last_used = block;
        block++;
    }
    heap->last_used_block = last_used;
    heap->first_free_index = 0;
}

// ---- as a resource --------------------------------------------------------------------------------------------------

static void *vm_alloc(ta_mem_t *mem, const ta_need_t *need)
{
    chip_vm_heap_t *heap = (chip_vm_heap_t *)mem;
    size_t spare = need->align > BLOCK_BYTES ? need->align - BLOCK_BYTES : 0;
    if (heap->roots == CHIP_VM_ROOTS_MAX || need->bytes > SIZE_MAX - spare) {
        heap->stats.failures++;
        return NULL;
    }
    uint8_t *block = chip_vm_heap_alloc(heap, need->bytes + spare);
    if (!block)
        return NULL;
    heap->root[heap->roots++] = block;
    return block + (-(uintptr_t)block & (need->align - 1));
}

static void vm_free(ta_mem_t *mem, void *payload)
{
    chip_vm_heap_t *heap = (chip_vm_heap_t *)mem;
    size_t head = ((uintptr_t)payload - (uintptr_t)heap->pool) / BLOCK_BYTES;
    TA_HARDEN(head < heap->blocks);
    while (head > 0 && kind_of(heap, head) == TAIL) // an aligned payload begins in a tail
        head--;
    unsigned r = 0;
    while (r < heap->roots && heap->root[r] != address_of(heap, head))
        r++;
    TA_HARDEN(r < heap->roots); // only pinned blocks were given out here
    heap->root[r] = heap->root[--heap->roots];
    chip_vm_heap_free(heap, address_of(heap, head));
}

static void vm_stats(ta_mem_t *mem, ta_class_t cls, ta_mem_stats_t *stats)
{
    const chip_vm_heap_t *heap = (const chip_vm_heap_t *)mem;
    if (!(mem->classes & (unsigned)cls))
        return;
    *stats = heap->stats;
    stats->total = heap->blocks * BLOCK_BYTES;
    stats->free = stats->total - stats->used;
    size_t run = 0, largest = 0;
    for (size_t block = 0; block < heap->blocks; block++) {
        run = kind_of(heap, block) == FREE ? run + 1 : 0;
        if (run > largest)
            largest = run;
    }
    stats->largest = largest * BLOCK_BYTES;
}

void chip_vm_heap_init(chip_vm_heap_t *heap, void *base, size_t bytes, unsigned classes)
{
    static const ta_mem_ops_t ops = {vm_alloc, vm_free, vm_stats};
    uintptr_t start = (uintptr_t)base, end = (start + bytes) & ~(uintptr_t)(BLOCK_BYTES - 1);
    size_t total = end > start ? end - start : 0;
    // A table byte stands for itself, half a byte of finaliser bits and 4 blocks: in eighths, 8 + 4 + 8 * 64 = 524.
    size_t table_bytes = total ? (total - GAP_BYTES) * 8 / 524 : 0;
    *heap = (chip_vm_heap_t){.mem = {&ops, "VM heap", "give the VM a larger heap, or make the buffer smaller", classes},
                             .alloc_table = base,
                             .alloc_table_bytes = table_bytes,
                             .blocks = table_bytes * BLOCKS_PER_BYTE};
    heap->pool = (uint8_t *)base + total - heap->blocks * BLOCK_BYTES;
    if (heap->blocks)
        memset(heap->alloc_table, 0, table_bytes + GAP_BYTES + (heap->blocks + 7) / 8);
}
