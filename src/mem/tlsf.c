// A two-level segregated fit heap over regions with classes. In: regions, then requests. Out: blocks at multiples of 8.
// How a region lies in memory and where blocks go is in tlsf_private.h.
// Invariants: no two free blocks touch; every free block is in the list of its zone and class, and in no other; a bit
// is set if and only if its list holds a block; used + free blocks fill [first, end) without a gap. ta_tlsf_check walks
// all of that.

#include "tlsf_private.h"

#include <string.h>

typedef ta_tlsf_region_t region_t;
typedef ta_tlsf_word_t word_t;

static inline uint32_t size_at(const region_t *region, uint32_t h)
{
    return *tlsf_at(region, h) & ~(uint32_t)TLSF_FLAGS;
}

static inline unsigned lowest_bit(uint32_t word)
{
#if TA_CFG_TLSF_CTZ
    return (unsigned)__builtin_ctz(word);
#else
    // A de Bruijn sequence: its 32 windows of five bits all differ.
    static const uint8_t of_window[32] = {0,  1,  28, 2,  29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4,  8,
                                          31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6,  11, 5,  10, 9};
    return of_window[(word & (0U - word)) * 0x077CB531U >> 27];
#endif
}

static inline uint32_t *zone_of(region_t *region, uint32_t h)
{
    return tlsf_zone(region, h >= region->low_end);
}

// ---- lists of free blocks -------------------------------------------------------------------------------------------

static void link_block(region_t *region, uint32_t h, unsigned class)
{
    uint32_t *zone = zone_of(region, h);
    uint32_t *head = zone + region->words + class;
    uint32_t next = *head;
    word_t *block = tlsf_at(region, h);
    block[1] = next;
    block[2] = 0;
    *head = h;
    if (next) {
        tlsf_at(region, next)[2] = h;
        return;
    }
    zone[class >> 5] |= 1U << (class & 31);
}

static void unlink_block(region_t *region, uint32_t h)
{
    const word_t *block = tlsf_at(region, h);
    uint32_t next = block[1], prev = block[2];
    if (next)
        tlsf_at(region, next)[2] = prev;
    if (prev) {
        tlsf_at(region, prev)[1] = next;
        return;
    }
    unsigned class = tlsf_class(block[0]);
    uint32_t *zone = zone_of(region, h);
    zone[region->words + class] = next;
    if (!next)
        zone[class >> 5] &= ~(1U << (class & 31));
}

// Header and footer of a free block; the block behind it must know already that this one is free.
static inline void write_free(region_t *region, uint32_t h, uint32_t size)
{
    *tlsf_at(region, h) = size | TLSF_FREE;
    *tlsf_at(region, h + size - 4) = h;
}

static void insert(region_t *region, uint32_t h, uint32_t size)
{
    write_free(region, h, size);
    link_block(region, h, tlsf_class(size));
}

// A free block that stays where it begins gets another size. Classes are wide, so mostly its list stays the same.
static void resize_free(region_t *region, uint32_t h, uint32_t size)
{
    unsigned class = tlsf_class(size);
    if (tlsf_class(*tlsf_at(region, h)) != class) {
        unlink_block(region, h);
        link_block(region, h, class);
    }
    write_free(region, h, size);
}

// First block of the lowest list above `class` that has one; 0 if none. Any such block is large enough.
static uint32_t first_above(const region_t *region, const uint32_t *zone, unsigned class)
{
    unsigned w = ++class >> 5;
    if (w >= region->words)
        return 0;
    uint32_t bits = zone[w] & ~0U << (class & 31);
    while (!bits) {
        if (++w == region->words)
            return 0;
        bits = zone[w];
    }
    return zone[region->words + w * 32 + lowest_bit(bits)];
}

static uint32_t find(const region_t *region, const uint32_t *zone, uint32_t size, unsigned class)
{
    uint32_t h = zone[region->words + class];
    for (unsigned probe = 0; h && probe < TA_CFG_TLSF_PROBES; probe++) {
        const word_t *block = tlsf_at(region, h);
        if (block[0] >= size) // FREE makes it no smaller, for sizes are multiples of 8
            return h;
        h = block[1];
    }
    return first_above(region, zone, class);
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

static inline void *give(ta_tlsf_t *tlsf, region_t *region, uint32_t h)
{
    region->used += size_at(region, h);
    if (region->used > region->peak)
        region->peak = region->used;
    tlsf->stats.allocs++;
    return tlsf_at(region, h + TLSF_HEADER);
}

// Turn free block h, large enough, into a used one of `size` bytes, or a little more, and return where it is.
static uint32_t carve(region_t *region, uint32_t h, uint32_t size, bool from_top)
{
    uint32_t whole = size_at(region, h), rest = whole - size;
    if (rest < TLSF_BLOCK_MIN) {
        unlink_block(region, h);
        *tlsf_at(region, h) = whole;
        *tlsf_at(region, h + whole) &= ~(uint32_t)TLSF_PREV_FREE;
        return h;
    }
    if (from_top) {
        *tlsf_at(region, h + whole) &= ~(uint32_t)TLSF_PREV_FREE;
        *tlsf_at(region, h + rest) = size | TLSF_PREV_FREE;
        resize_free(region, h, rest);
        return h + rest;
    }
    unlink_block(region, h);
    *tlsf_at(region, h) = size;
    insert(region, h + size, rest);
    return h;
}

static void *take(ta_tlsf_t *tlsf, region_t *region, uint32_t size)
{
    unsigned class = tlsf_class(size), zone = size >= region->small;
    if (class >= region->lists)
        return NULL;
    uint32_t h = find(region, tlsf_zone(region, zone), size, class);
    if (!h)
        h = find(region, tlsf_zone(region, !zone), size, class);
    return h ? give(tlsf, region, carve(region, h, size, zone != 0)) : NULL;
}

// ---- alignment above 8 ----------------------------------------------------------------------------------------------

// Where a block of `size` bytes with an aligned payload lies in free block h; 0 if it does not fit. What is left in
// front of it is nothing or a whole block.
static uint32_t place(const region_t *region, uint32_t h, uint32_t size, uint32_t align, bool from_top)
{
    uint32_t whole = size_at(region, h);
    if (whole < size)
        return 0;
    uintptr_t first = (uintptr_t)tlsf_at(region, h + TLSF_HEADER), last = first + (whole - size), mask = align - 1;
    if (from_top) {
        uintptr_t payload = last & ~mask;
        return payload == first || (payload > first && payload - first >= TLSF_BLOCK_MIN)
                   ? h + (uint32_t)(payload - first)
                   : 0;
    }
    uintptr_t payload = (first + mask) & ~mask;
    if (payload - first == 8)
        payload += align;
    return payload <= last ? h + (uint32_t)(payload - first) : 0;
}

static uint32_t find_aligned(region_t *region, unsigned zone, uint32_t size, uint32_t align, bool from_top,
                             uint32_t *at)
{
    const uint32_t *table = tlsf_zone(region, zone);
    uint32_t h = find(region, table, size, tlsf_class(size)); // it may just happen to fit
    if (h && (*at = place(region, h, size, align, from_top)) != 0)
        return h;
    uint32_t sure = size + align + 8;
    if (tlsf_class(sure) >= region->lists)
        return 0;
    h = find(region, table, sure, tlsf_class(sure));
    return h && (*at = place(region, h, size, align, from_top)) != 0 ? h : 0;
}

static void *take_aligned(ta_tlsf_t *tlsf, region_t *region, uint32_t size, uint32_t align)
{
    if (tlsf_class(size) >= region->lists)
        return NULL;
    bool large = size >= region->small;
    uint32_t at = 0;
    uint32_t h = find_aligned(region, large, size, align, large, &at);
    if (!h)
        h = find_aligned(region, !large, size, align, large, &at);
    if (!h)
        return NULL;
    uint32_t whole = size_at(region, h), front = at - h, back = whole - front - size;
    unlink_block(region, h);
    if (back < TLSF_BLOCK_MIN) {
        size += back;
        back = 0;
        *tlsf_at(region, h + whole) &= ~(uint32_t)TLSF_PREV_FREE;
    }
    *tlsf_at(region, at) = front ? size | TLSF_PREV_FREE : size;
    if (front)
        insert(region, h, front);
    if (back)
        insert(region, at + size, back);
    return give(tlsf, region, at);
}

// ---- a heap of regions ----------------------------------------------------------------------------------------------

void *ta_tlsf_malloc(ta_tlsf_t *tlsf, size_t bytes, size_t align, ta_class_t cls)
{
    uint32_t size = block_bytes(bytes);
    bool power = align != 0 && (align & (align - 1)) == 0 && align <= TA_NEED_ALIGN_MAX;
    for (unsigned r = 0; size && power && r < tlsf->regions; r++) {
        region_t *region = tlsf->region[r];
        if (!(region->classes & (uint32_t)cls))
            continue;
        void *block = align <= 8 ? take(tlsf, region, size) : take_aligned(tlsf, region, size, (uint32_t)align);
        if (block)
            return block;
    }
    tlsf->stats.failures++;
    return NULL;
}

// The region of a block that is given out; a panic for anything else that can be told apart at this price.
static region_t *owner(const ta_tlsf_t *tlsf, const void *block, uint32_t *header)
{
    for (unsigned r = 0; r < tlsf->regions; r++) {
        region_t *region = tlsf->region[r];
        uintptr_t h = (uintptr_t)block - TLSF_HEADER - (uintptr_t)region;
        if (h >= region->end)
            continue;
        TA_HARDEN(h >= region->first && ((h + TLSF_HEADER) & 7) == 0); // not where any block begins
        uint32_t size = *tlsf_at(region, (uint32_t)h);
        TA_HARDEN(!(size & (TLSF_FREE | 4))); // free already
        size &= ~(uint32_t)TLSF_FLAGS;
        TA_HARDEN(size >= TLSF_BLOCK_MIN && size <= region->end - h); // no header: foreign, or overwritten
        TA_HARDEN(!(*tlsf_at(region, (uint32_t)h + size) & TLSF_PREV_FREE));
        *header = (uint32_t)h;
        return region;
    }
    ta_panic(__FILE__, __LINE__, "block lies in no region of this heap");
}

void ta_tlsf_free(ta_tlsf_t *tlsf, void *block)
{
    if (!block)
        return;
    uint32_t h;
    region_t *region = owner(tlsf, block, &h);
    word_t *header = tlsf_at(region, h);
    uint32_t flags = *header & TLSF_FLAGS, size = *header - flags, behind = h + size;
    tlsf->stats.frees++;
    region->used -= size;
    word_t *next = tlsf_at(region, behind);
    if (*next & TLSF_FREE) {
        unlink_block(region, behind);
        size += *next - TLSF_FREE;
    } else {
        *next |= TLSF_PREV_FREE;
    }
    if (flags & TLSF_PREV_FREE) {
        *header |= TLSF_FREE; // inside a larger block now, but a second free still finds it
        uint32_t before = header[-1];
        TA_HARDEN(before >= region->first && before < h && (*tlsf_at(region, before) & TLSF_FREE));
        resize_free(region, before, size + h - before);
    } else {
        insert(region, h, size);
    }
}

// ---- resizing -------------------------------------------------------------------------------------------------------

// Used block h of `size` bytes keeps `want` of them; what is left, with a free block behind, becomes free.
static void trim(region_t *region, uint32_t h, uint32_t size, uint32_t want)
{
    uint32_t behind = h + size, rest = size - want, next = *tlsf_at(region, behind);
    if (next & TLSF_FREE)
        rest += next - TLSF_FREE;
    if (rest < TLSF_BLOCK_MIN || size == want)
        return;
    if (next & TLSF_FREE) {
        unlink_block(region, behind);
    } else {
        *tlsf_at(region, behind) = next | TLSF_PREV_FREE;
    }
    *tlsf_at(region, h) = want | (*tlsf_at(region, h) & TLSF_PREV_FREE);
    insert(region, h + want, rest);
}

// Resize without a new block: into the free block behind, or else into both neighbours, moving to the front. NULL if
// neither is enough.
static void *resize_here(region_t *region, uint32_t h, uint32_t want)
{
    word_t *header = tlsf_at(region, h);
    uint32_t flags = *header & TLSF_FLAGS, size = *header - flags, whole = size;
    uint32_t next = *tlsf_at(region, h + size);
    if (next & TLSF_FREE)
        whole += next - TLSF_FREE;
    uint32_t at = h;
    if (whole < want && (flags & TLSF_PREV_FREE)) {
        at = header[-1];
        whole += h - at;
    }
    if (whole < want)
        return NULL;
    if (size < want) {
        if (next & TLSF_FREE) {
            unlink_block(region, h + size);
            *tlsf_at(region, at + whole) &= ~(uint32_t)TLSF_PREV_FREE;
        }
        if (at != h) {
            unlink_block(region, at);
            memmove(tlsf_at(region, at + TLSF_HEADER), tlsf_at(region, h + TLSF_HEADER), size - TLSF_HEADER);
            flags = 0;
        }
        *tlsf_at(region, at) = whole | flags;
        trim(region, at, whole, want);
    } else {
        trim(region, h, size, want);
    }
    region->used += size_at(region, at) - size;
    if (region->used > region->peak)
        region->peak = region->used;
    return tlsf_at(region, at + TLSF_HEADER);
}

void *ta_tlsf_realloc(ta_tlsf_t *tlsf, void *block, size_t bytes, ta_class_t cls)
{
    if (!block)
        return ta_tlsf_malloc(tlsf, bytes, 8, cls);
    if (bytes == 0) {
        ta_tlsf_free(tlsf, block);
        return NULL;
    }
    uint32_t h, want = block_bytes(bytes);
    region_t *region = owner(tlsf, block, &h);
    if (want && (region->classes & (uint32_t)cls)) {
        void *here = resize_here(region, h, want);
        if (here)
            return here;
    }
    void *moved = ta_tlsf_malloc(tlsf, bytes, 8, cls);
    if (!moved)
        return NULL;
    size_t old = ta_tlsf_usable(block);
    memcpy(moved, block, old < bytes ? old : bytes);
    ta_tlsf_free(tlsf, block);
    return moved;
}

size_t ta_tlsf_usable(const void *block)
{
    const word_t *header = (const word_t *)block - 1;
    return (*header & ~(uint32_t)TLSF_FLAGS) - TLSF_HEADER;
}

// ---- as a resource --------------------------------------------------------------------------------------------------

// The largest block that a request can reach: the largest of the first few in the highest list of either zone.
static uint32_t largest_block(region_t *region)
{
    uint32_t largest = 0;
    for (unsigned z = 0; z < 2; z++) {
        const uint32_t *zone = tlsf_zone(region, z);
        unsigned w = region->words;
        while (w && !zone[w - 1])
            w--;
        if (!w--)
            continue;
        uint32_t h = zone[region->words + w * 32 + 31U - (unsigned)__builtin_clz(zone[w])];
        for (unsigned probe = 0; h && probe < TA_CFG_TLSF_PROBES; probe++) {
            if (size_at(region, h) > largest)
                largest = size_at(region, h);
            h = tlsf_at(region, h)[1];
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
    *stats = tlsf->stats;
    for (unsigned r = 0; r < tlsf->regions; r++) {
        region_t *region = tlsf->region[r];
        if (!(region->classes & (uint32_t)cls))
            continue;
        stats->total += region->end - region->first;
        stats->used += region->used;
        stats->peak += region->peak;
        uint32_t largest = largest_block(region);
        if (largest > stats->largest + TLSF_HEADER)
            stats->largest = largest - TLSF_HEADER;
    }
    stats->free = stats->total - stats->used;
}

void ta_tlsf_init(ta_tlsf_t *tlsf, const char *name, const char *knob)
{
    static const ta_mem_ops_t ops = {tlsf_alloc, tlsf_free, tlsf_stats};
    *tlsf = (ta_tlsf_t){.mem = {&ops, name ? name : "port heap (TLSF)",
                                knob ? knob : "give this heap a larger region, or make the buffer smaller", 0}};
}

ta_status_t ta_tlsf_add(ta_tlsf_t *tlsf, void *base, size_t bytes, unsigned classes)
{
    if (!base || ((uintptr_t)base & 7) || bytes < TA_TLSF_REGION_BYTES_MIN || bytes > TLSF_BYTES_MAX ||
        (classes & ~(unsigned)TA_CLASS_ALL) || classes == 0 || tlsf->regions == TA_TLSF_REGIONS_MAX)
        return TA_E_ARG;
    for (unsigned r = 0; r < tlsf->regions; r++) {
        uintptr_t other = (uintptr_t)tlsf->region[r];
        if ((uintptr_t)base < other + tlsf->region[r]->end + TLSF_HEADER && other < (uintptr_t)base + bytes)
            return TA_E_ARG; // they overlap
    }
    region_t *region = base;
    uint32_t lists = tlsf_class((uint32_t)bytes) + 1, words = (lists + 31) / 32;
    uint32_t table_bytes = 2 * (lists + words) * 4;
    uint32_t first = ((uint32_t)sizeof(region_t) + table_bytes + TLSF_HEADER + 7) / 8 * 8 - TLSF_HEADER;
    uint32_t end = (uint32_t)bytes / 8 * 8 - TLSF_HEADER;
    *region = (region_t){.magic = TLSF_MAGIC ^ first ^ end ^ classes,
                         .first = first,
                         .end = end,
                         .low_end = end >> TA_CFG_TLSF_LOW_SHIFT,
                         .small = end >> TA_CFG_TLSF_SMALL_SHIFT,
                         .classes = classes,
                         .lists = lists,
                         .words = words};
    memset(region->table, 0, table_bytes);
    *tlsf_at(region, end) = TLSF_PREV_FREE;
    insert(region, first, end - first);
    tlsf->region[tlsf->regions++] = region;
    tlsf->mem.classes |= classes;
    return TA_OK;
}
