// The integrity walk of a TLSF heap: every block, every list, every bitmap and the counts, compared with each other.
// In: a heap in any state, damaged too. Out: NULL, or the first thing found wrong. Invariant: no offset is followed
// before it is known to lie inside its region, and no list further than there are blocks.

#include "tlsf_private.h"

typedef ta_tlsf_region_t region_t;
typedef ta_tlsf_word_t word_t;

typedef struct {
    uint32_t used, blocks, free_blocks; ///< bytes given out, blocks given out, blocks not given out
} count_t;

static word_t *block_at(const region_t *region, uint32_t place)
{
    return (word_t *)((uintptr_t)region + region->first + place);
}

// May a block of the region begin where this name leads?
static bool is_place(const region_t *region, uint32_t name)
{
    uint32_t offset = tlsf_offset(region, tlsf_at(region, name));
    return offset >= region->first && offset - region->first < region->span && (offset & 7) == TLSF_HEADER;
}

static const char *check_figures(const region_t *region)
{
    if (region->magic != (TLSF_MAGIC ^ region->first ^ region->span ^ region->classes))
        return "region: magic, first, span or classes damaged";
    uint32_t end = region->first + region->span;
    if (region->first != tlsf_first(end + TLSF_HEADER) || region->stride != tlsf_stride(end + TLSF_HEADER))
        return "region: lists do not belong to its size";
    if (region->low_end != end >> TA_CFG_TLSF_LOW_SHIFT || region->small != end >> TA_CFG_TLSF_SMALL_SHIFT)
        return "region: zone border or small limit does not belong to its size";
    return NULL;
}

// Is the free block in the list of its zone and class? At most as many members are looked at as there can be.
static bool is_listed(const region_t *region, const word_t *block)
{
    uint32_t member = region->heads[tlsf_list(region, block, *block)];
    for (uint32_t limit = region->span / TLSF_BLOCK_MIN; limit && is_place(region, member); limit--) {
        if (member == tlsf_name(block))
            return true;
        member = tlsf_at(region, member)[1];
    }
    return false;
}

static const char *check_free(const region_t *region, const word_t *block, uint32_t size, bool before_is_free)
{
    if (before_is_free)
        return "block: two free blocks touch";
    if (block[size / 4 - 1] != tlsf_name(block))
        return "block: footer of a free block does not name it";
    if (!is_listed(region, block))
        return "block: a free block is not in its list";
    return NULL;
}

static const char *check_blocks(const region_t *region, count_t *count)
{
    bool before_is_free = false;
    for (uint32_t place = 0; place < region->span;) {
        const word_t *block = block_at(region, place);
        uint32_t size = *block & ~(uint32_t)TLSF_FLAGS;
        bool is_free = *block & TLSF_FREE;
        if (*block & 4 || size < TLSF_BLOCK_MIN || size > region->span - place)
            return "block: size damaged";
        if (before_is_free != !!(*block & TLSF_PREV_FREE))
            return "block: flag does not agree with the block before";
        const char *wrong = is_free ? check_free(region, block, size, before_is_free) : NULL;
        if (wrong)
            return wrong;
        count->free_blocks += is_free;
        count->blocks += !is_free;
        count->used += is_free ? 0 : size;
        before_is_free = is_free;
        place += size;
    }
    if (*block_at(region, region->span) != (before_is_free ? (uint32_t)TLSF_PREV_FREE : 0))
        return "region: end mark damaged";
    return NULL;
}

// Every free block is a member of its list already: so lists as long together as there are free blocks have no others.
static const char *check_list(const region_t *region, uint32_t list, uint32_t *members, uint32_t limit)
{
    uint32_t before = tlsf_name(tlsf_node(region, list)), name = region->heads[list];
    while (name) {
        if (++*members > limit)
            return "list: more members than free blocks";
        if (!is_place(region, name))
            return "list: a link leads out of the region";
        const word_t *block = tlsf_at(region, name);
        if (!(*block & TLSF_FREE) || tlsf_list(region, block, *block) != list)
            return "list: a member belongs elsewhere";
        if (block[2] != before)
            return "list: a link back does not name the member before";
        before = name;
        name = block[1];
    }
    return NULL;
}

static const char *check_lists(const region_t *region, uint32_t free_blocks)
{
    uint32_t members = 0, heads = region->stride + tlsf_lists(region->first + region->span + TLSF_HEADER);
    for (uint32_t list = 0; list < 64 * TLSF_WORDS_MAX; list++) {
        bool bit = region->bitmap[list / 32] >> (list & 31) & 1, filled = list < heads && region->heads[list] != 0;
        if (bit != filled)
            return "bitmap: a bit does not agree with its list";
        const char *wrong = filled ? check_list(region, list, &members, free_blocks) : NULL;
        if (wrong)
            return wrong;
    }
    return members == free_blocks ? NULL : "list: fewer members than free blocks";
}

static const char *check_region(const region_t *region)
{
    count_t count = {0};
    const char *wrong = check_figures(region);
    if (!wrong)
        wrong = check_blocks(region, &count);
    if (!wrong)
        wrong = check_lists(region, count.free_blocks);
    if (!wrong && region->used != count.used)
        wrong = "region: bytes used do not agree with its blocks";
    if (!wrong && count.blocks != region->allocs - region->frees)
        wrong = "region: blocks given out do not agree with the counts";
    if (!wrong && (region->peak < region->used || region->peak > region->span))
        wrong = "region: peak out of range";
    return wrong;
}

const char *ta_tlsf_check(const ta_tlsf_t *tlsf)
{
    if (tlsf->regions > TA_TLSF_REGIONS_MAX)
        return "heap: more regions than there can be";
    for (unsigned r = 0; r < tlsf->regions; r++) {
        const char *wrong = tlsf->region[r] ? check_region(tlsf->region[r]) : "heap: a region is missing";
        if (wrong)
            return wrong;
    }
    return NULL;
}
