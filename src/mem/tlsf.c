// A two-level segregated fit heap over regions with classes. In: regions, then requests. Out: blocks at multiples of 8.
// How a region lies in memory and where blocks go is in tlsf_private.h.
// Invariants: no two free blocks touch; every free block is in the list of its zone and class, and in no other; a bit
// is set if and only if its list holds a block; used + free blocks fill [first, end) without a gap. ta_tlsf_check walks
// all of that.

#include "tlsf_private.h"

#include <string.h>

typedef ta_tlsf_region_t region_t;
typedef ta_tlsf_word_t word_t;

// Cortex-M0+ has eight registers that instructions can name freely: what is inlined into more spills more than a call
// costs.
#define OUT_OF_LINE __attribute__((noinline))
#define IN_LINE     __attribute__((always_inline)) inline

static inline uint32_t size_of(const word_t *block)
{
    return *block & ~(uint32_t)TLSF_FLAGS;
}

static inline word_t *behind(const word_t *block, uint32_t bytes)
{
    return (word_t *)((uintptr_t)block + bytes);
}

// ---- lists of free blocks -------------------------------------------------------------------------------------------

OUT_OF_LINE static void unlink_block(region_t *region, const word_t *block)
{
    uint32_t next = block[1];
    word_t *prev = tlsf_at(region, block[2]);
    prev[1] = next;
    if (next) {
        tlsf_at(region, next)[2] = tlsf_name(prev);
        return;
    }
    uint32_t list = tlsf_offset(region, prev);
    if (list < region->first) { // it was the only member
        uint32_t bit = (list + 4 - (uint32_t)offsetof(region_t, heads)) >> 2;
        region->bitmap[bit >> 5] &= ~(1U << (bit & 31));
    }
}

// Header, footer and list of a free block; the block behind it must know already that this one is free.
IN_LINE static void insert_here(region_t *region, word_t *block, uint32_t size)
{
    block[0] = size | TLSF_FREE;
    behind(block, size)[-1] = tlsf_name(block);
    uint32_t list = tlsf_list(region, block, size);
    word_t *node = tlsf_node(region, list);
    uint32_t next = node[1];
    node[1] = tlsf_name(block);
    block[1] = next;
    block[2] = tlsf_name(node);
    if (next) {
        tlsf_at(region, next)[2] = tlsf_name(block);
        return;
    }
    region->bitmap[list >> 5] |= 1U << (list & 31);
}

OUT_OF_LINE static void insert(region_t *region, word_t *block, uint32_t size)
{
    insert_here(region, block, size);
}

// A free block of at least `size` bytes: one in the list of its class that is large enough, or else the first of the
// next list above, where every block is; NULL if there is none. Small requests look in the low zone first, others
// behind it.
OUT_OF_LINE static word_t *find(const region_t *region, uint32_t size)
{
    uint32_t list = tlsf_class(size);
    if (size >= region->small)
        list += region->stride;
    for (;;) {
        uint32_t name = region->heads[list];
        for (unsigned probe = TA_CFG_TLSF_PROBES; name && probe; probe--) {
            word_t *block = tlsf_at(region, name);
            if (block[0] >= size) // with FREE set, also when `size` is odd
                return block;
            name = block[1];
        }
        uint32_t above = list + 1, bits = region->bitmap[list >> 5] >> (list & 31) >> 1;
        for (uint32_t next = (list | 31) + 1; !bits && (next & (region->stride - 1)); next += 32) {
            above = next;
            bits = region->bitmap[next >> 5];
        }
        if (bits)
            return tlsf_at(region, region->heads[above + tlsf_lowest_bit(bits)]);
        if (size & 1)
            return NULL;
        size |= 1;              // the other zone's turn
        list ^= region->stride; // a power of two above every class: the same class there
    }
}

// ---- requests -------------------------------------------------------------------------------------------------------

// Bytes of the block for a payload; 0 if there is no such block.
static inline uint32_t block_bytes(size_t payload)
{
    if (payload - 1 >= TLSF_BYTES_MAX - 16) // 0 wraps to the largest
        return 0;
    uint32_t size = ((uint32_t)payload + TLSF_HEADER + 7) & ~7U;
    return size < TLSF_BLOCK_MIN ? (uint32_t)TLSF_BLOCK_MIN : size;
}

static inline void count_used(region_t *region, uint32_t more)
{
    region->used += more;
    if (region->used > region->peak)
        region->peak = region->used;
}

// Small requests take the front of a free block, and large ones its upper end.
IN_LINE static void *take_here(region_t *region, uint32_t size)
{
    word_t *block = find(region, size);
    if (!block)
        return NULL;
    unlink_block(region, block);
    uint32_t whole = *block - TLSF_FREE, rest = whole - size;
    word_t *used = block, *next = behind(block, whole);
    if (rest < TLSF_BLOCK_MIN) {
        rest = 0;
        size = whole;
        *next &= ~(uint32_t)TLSF_PREV_FREE;
        *used = size;
    } else if (size < region->small) {
        *used = size;
        block = behind(block, size);
    } else {
        *next &= ~(uint32_t)TLSF_PREV_FREE;
        used = behind(block, rest);
        *used = size | TLSF_PREV_FREE;
    }
    region->allocs++;
    count_used(region, size);
    if (rest)
        insert_here(region, block, rest);
    return used + 1;
}

OUT_OF_LINE static void *take(region_t *region, uint32_t size)
{
    return take_here(region, size);
}

// ---- alignment above 8 ----------------------------------------------------------------------------------------------

// The header of a block of `size` bytes with an aligned payload in a free block; NULL if it does not fit. What is left
// in front of it is nothing or a whole block.
static word_t *place(word_t *block, uint32_t size, uint32_t align, bool from_top)
{
    uint32_t whole = size_of(block);
    if (whole < size)
        return NULL;
    uintptr_t first = (uintptr_t)(block + 1), last = first + (whole - size), mask = align - 1;
    uintptr_t payload = from_top ? last & ~mask : (first + mask) & ~mask;
    if (!from_top && payload - first == 8)
        payload += align;
    if (payload != first && (payload < first + TLSF_BLOCK_MIN || payload > last))
        return NULL;
    return (word_t *)payload - 1;
}

OUT_OF_LINE static void *take_aligned(region_t *region, uint32_t size, uint32_t align)
{
    bool from_top = size >= region->small;
    word_t *block = find(region, size), *used = block ? place(block, size, align, from_top) : NULL; // by good luck
    if (!used) {
        uint32_t sure = size + align + 8;
        block = sure < region->span ? find(region, sure) : NULL;
        used = block ? place(block, size, align, from_top) : NULL;
    }
    if (!used)
        return NULL;
    uint32_t whole = size_of(block), front = (uint32_t)((uintptr_t)used - (uintptr_t)block),
             back = whole - front - size;
    unlink_block(region, block);
    if (back < TLSF_BLOCK_MIN) {
        size += back;
        back = 0;
        *behind(block, whole) &= ~(uint32_t)TLSF_PREV_FREE;
    }
    *used = front ? size | TLSF_PREV_FREE : size;
    if (front)
        insert(region, block, front);
    if (back)
        insert(region, behind(used, size), back);
    region->allocs++;
    count_used(region, size);
    return used + 1;
}

// ---- a heap of regions ----------------------------------------------------------------------------------------------

// Any request, in any region.
OUT_OF_LINE static void *malloc_anywhere(ta_tlsf_t *tlsf, size_t bytes, size_t align, ta_class_t cls)
{
    uint32_t size = block_bytes(bytes);
    bool power = align != 0 && (align & (align - 1)) == 0 && align <= TA_NEED_ALIGN_MAX;
    for (unsigned r = 0; size && power && r < tlsf->regions; r++) {
        region_t *region = tlsf->region[r];
        if (!(region->classes & (uint32_t)cls) || size > region->span)
            continue;
        void *block = align > 8 ? take_aligned(region, size, (uint32_t)align) : take(region, size);
        if (block)
            return block;
    }
    tlsf->stats.failures++;
    return NULL;
}

void *ta_tlsf_malloc(ta_tlsf_t *tlsf, size_t bytes, size_t align, ta_class_t cls)
{
    // What nearly every request is: to a heap of one region, without a special alignment.
    region_t *region = tlsf->region[0];
    if (align != 8 || tlsf->regions != 1 || !(region->classes & (uint32_t)cls) ||
        bytes - 1 >= region->span - TLSF_BLOCK_MIN)
        return malloc_anywhere(tlsf, bytes, align, cls);
    uint32_t size = ((uint32_t)bytes + TLSF_HEADER + 7) & ~7U;
    void *block = take_here(region, size < TLSF_BLOCK_MIN ? (uint32_t)TLSF_BLOCK_MIN : size);
    if (!block)
        region->failures++;
    return block;
}

// Bytes between the first header and this one. Not less than region->span if no block of the region can begin there.
IN_LINE static uintptr_t place_in(const region_t *region, const word_t *block)
{
    return (uintptr_t)block - (uintptr_t)region - region->first;
}

OUT_OF_LINE static region_t *region_of(const ta_tlsf_t *tlsf, const word_t *block)
{
    for (unsigned r = 0; r < tlsf->regions; r++) {
        if (place_in(tlsf->region[r], block) < tlsf->region[r]->span)
            return tlsf->region[r];
    }
    ta_panic(__FILE__, __LINE__, "block lies in no region of this heap");
}

// A panic for what is no block, or not given out, as far as that can be told at this price. Returns its size.
IN_LINE static uint32_t must_be_used(const region_t *region, const word_t *block, uint32_t place)
{
    TA_HARDEN(((uintptr_t)(block + 1) & 7) == 0); // foreign
    uint32_t size = *block & ~(uint32_t)TLSF_PREV_FREE, most = region->span - place;
    TA_HARDEN((size & TLSF_FLAGS) == 0);                 // free already, or foreign
    TA_HARDEN(size - TLSF_BLOCK_MIN < most - 8);         // foreign, or overwritten; both are multiples of 8
    TA_HARDEN(!(*behind(block, size) & TLSF_PREV_FREE)); // the block behind knows better
    return size;
}

OUT_OF_LINE static void join_to_block_before(region_t *region, word_t *block, uint32_t size)
{
    *block |= TLSF_FREE; // inside a larger block now, but a second free still finds it
    uint32_t before = (uint32_t)(tlsf_name(block) - block[-1]);
    TA_HARDEN(before <= place_in(region, block));
    block = (word_t *)((uintptr_t)block - before);
    TA_HARDEN(*block == before + TLSF_FREE);
    unlink_block(region, block);
    insert_here(region, block, size + before);
}

IN_LINE static void give_back(region_t *region, word_t *block, uint32_t place)
{
    uint32_t size = must_be_used(region, block, place);
    region->frees++;
    region->used -= size;
    word_t *next = behind(block, size);
    if (*next & TLSF_FREE) {
        size += *next - TLSF_FREE;
        unlink_block(region, next);
    } else {
        *next |= TLSF_PREV_FREE;
    }
    if (*block & TLSF_PREV_FREE) {
        join_to_block_before(region, block, size);
        return;
    }
    insert_here(region, block, size);
}

OUT_OF_LINE static void free_anywhere(const ta_tlsf_t *tlsf, void *block)
{
    if (!block)
        return;
    word_t *header = (word_t *)block - 1;
    region_t *region = region_of(tlsf, header);
    give_back(region, header, (uint32_t)place_in(region, header));
}

void ta_tlsf_free(ta_tlsf_t *tlsf, void *block)
{
    region_t *region = tlsf->region[0];
    word_t *header = (word_t *)((uintptr_t)block - TLSF_HEADER);
    uintptr_t place = place_in(region, header);
    if (place < region->span) {
        give_back(region, header, (uint32_t)place);
        return;
    }
    free_anywhere(tlsf, block);
}

// ---- resizing -------------------------------------------------------------------------------------------------------

// A used block of `size` bytes keeps `want` of them; what is left, with a free block behind, becomes free.
static void trim(region_t *region, word_t *block, uint32_t size, uint32_t want)
{
    word_t *next = behind(block, size);
    uint32_t rest = size - want + (*next & TLSF_FREE ? *next - TLSF_FREE : 0);
    if (rest < TLSF_BLOCK_MIN || size == want)
        return;
    if (*next & TLSF_FREE) {
        unlink_block(region, next);
    } else {
        *next |= TLSF_PREV_FREE;
    }
    *block = want | (*block & TLSF_PREV_FREE);
    insert(region, behind(block, want), rest);
}

// Into the free block behind, or else into both neighbours, moving to the front. NULL if neither is enough.
static word_t *grow(region_t *region, word_t *block, uint32_t size, uint32_t want)
{
    word_t *next = behind(block, size), *now = block;
    uint32_t whole = size + (*next & TLSF_FREE ? *next - TLSF_FREE : 0);
    if (whole < want && (*block & TLSF_PREV_FREE)) {
        now = tlsf_at(region, block[-1]);
        whole += size_of(now);
    }
    if (whole < want)
        return NULL;
    if (*next & TLSF_FREE) {
        unlink_block(region, next);
        *behind(now, whole) &= ~(uint32_t)TLSF_PREV_FREE;
    }
    uint32_t flag = *block & TLSF_PREV_FREE;
    if (now != block) {
        unlink_block(region, now);
        memmove(now + 1, block + 1, size - TLSF_HEADER);
        flag = 0;
    }
    *now = whole | flag;
    trim(region, now, whole, want);
    return now;
}

static void *resize_here(region_t *region, word_t *block, uint32_t size, uint32_t want)
{
    if (size >= want) {
        trim(region, block, size, want);
    } else {
        block = grow(region, block, size, want);
    }
    if (!block)
        return NULL;
    count_used(region, size_of(block) - size);
    return block + 1;
}

void *ta_tlsf_realloc(ta_tlsf_t *tlsf, void *block, size_t bytes, ta_class_t cls)
{
    if (!block)
        return ta_tlsf_malloc(tlsf, bytes, 8, cls);
    if (bytes == 0) {
        ta_tlsf_free(tlsf, block);
        return NULL;
    }
    word_t *header = (word_t *)block - 1;
    region_t *region = region_of(tlsf, header);
    uint32_t size = must_be_used(region, header, (uint32_t)place_in(region, header)), want = block_bytes(bytes);
    if (want && (region->classes & (uint32_t)cls)) {
        void *here = resize_here(region, header, size, want);
        if (here)
            return here;
    }
    void *moved = ta_tlsf_malloc(tlsf, bytes, 8, cls);
    if (!moved)
        return NULL;
    memcpy(moved, block, size - TLSF_HEADER < bytes ? size - TLSF_HEADER : bytes);
    ta_tlsf_free(tlsf, block);
    return moved;
}

size_t ta_tlsf_usable(const void *block)
{
    return size_of((const word_t *)block - 1) - TLSF_HEADER;
}

// ---- as a resource --------------------------------------------------------------------------------------------------

// The largest block that a request can reach: the largest of the first few in the highest list of either zone.
static uint32_t largest_block(const region_t *region)
{
    uint32_t largest = 0, words = region->stride / 32;
    for (uint32_t z = 0; z < 2; z++) {
        uint32_t word = words * (z + 1);
        while (word > words * z && !region->bitmap[word - 1])
            word--;
        if (word-- == words * z)
            continue;
        uint32_t name = region->heads[word * 32 + 31U - (uint32_t)__builtin_clz(region->bitmap[word])];
        for (unsigned probe = TA_CFG_TLSF_PROBES; name && probe; probe--) {
            const word_t *block = tlsf_at(region, name);
            if (size_of(block) > largest)
                largest = size_of(block);
            name = block[1];
        }
    }
    return largest;
}

static void *tlsf_alloc(ta_mem_t *mem, const ta_need_t *need)
{
    return ta_tlsf_malloc((ta_tlsf_t *)mem, need->bytes, need->align, need->cls);
}

static void tlsf_free(ta_mem_t *mem, void *block)
{
    ta_tlsf_free((ta_tlsf_t *)mem, block);
}

static void tlsf_stats(ta_mem_t *mem, ta_class_t cls, ta_mem_stats_t *stats)
{
    ta_tlsf_t *tlsf = (ta_tlsf_t *)mem;
    for (unsigned r = 0; r < tlsf->regions; r++) {
        region_t *region = tlsf->region[r];
        if (!(region->classes & (uint32_t)cls))
            continue;
        stats->total += region->span;
        stats->used += region->used;
        stats->peak += region->peak;
        stats->allocs += region->allocs;
        stats->frees += region->frees;
        stats->failures += region->failures;
        uint32_t largest = largest_block(region);
        if (largest > stats->largest + TLSF_HEADER)
            stats->largest = largest - TLSF_HEADER;
    }
    stats->free = stats->total - stats->used;
    stats->failures += tlsf->stats.failures; // those that no single region refused
}

void ta_tlsf_init(ta_tlsf_t *tlsf, const char *name, const char *knob)
{
    static const ta_mem_ops_t ops = {tlsf_alloc, tlsf_free, tlsf_stats};
    static const region_t empty = {.span = 0}; // where the first region is looked at before it is counted
    *tlsf = (ta_tlsf_t){.mem = {&ops, name ? name : "port heap (TLSF)",
                                knob ? knob : "give this heap a larger region, or make the buffer smaller", 0},
                        .region = {(region_t *)(uintptr_t)&empty}};
}

ta_status_t ta_tlsf_add(ta_tlsf_t *tlsf, void *base, size_t bytes, unsigned classes)
{
    if (!base || ((uintptr_t)base & 7) || bytes < TA_TLSF_REGION_BYTES_MIN || bytes > TLSF_BYTES_MAX ||
        (classes & ~(unsigned)TA_CLASS_ALL) || classes == 0 || tlsf->regions == TA_TLSF_REGIONS_MAX)
        return TA_E_ARG;
    for (unsigned r = 0; r < tlsf->regions; r++) {
        uintptr_t other = (uintptr_t)tlsf->region[r], end = other + tlsf->region[r]->first + tlsf->region[r]->span;
        if ((uintptr_t)base < end + TLSF_HEADER && other < (uintptr_t)base + bytes)
            return TA_E_ARG; // they overlap
    }
    region_t *region = base;
    uint32_t first = tlsf_first((uint32_t)bytes), end = (uint32_t)bytes / 8 * 8 - TLSF_HEADER;
    memset(region, 0, first);
    region->magic = TLSF_MAGIC ^ first ^ (end - first) ^ classes;
    region->first = first;
    region->span = end - first;
    region->low_end = end >> TA_CFG_TLSF_LOW_SHIFT;
    region->small = end >> TA_CFG_TLSF_SMALL_SHIFT;
    region->classes = classes;
    region->stride = tlsf_stride((uint32_t)bytes);
    word_t *block = (word_t *)((uintptr_t)base + first);
    *behind(block, region->span) = TLSF_PREV_FREE;
    insert(region, block, region->span);
    tlsf->region[tlsf->regions++] = region;
    tlsf->mem.classes |= classes;
    return TA_OK;
}
