// The integrity walk of a TLSF heap: every block, every list, every bitmap and the counts, compared with each other.
// In: a heap in any state, damaged too. Out: NULL, or the first thing found wrong. Invariant: no offset is followed
// before it is known to lie inside its region, and no list further than there are blocks.

#include "tlsf_private.h"

typedef ta_tlsf_region_t region_t;
typedef ta_tlsf_word_t word_t;

typedef struct {
    uint32_t used, blocks, free_blocks; ///< bytes given out, blocks given out, blocks not given out
} count_t;

static bool is_header(const region_t *region, uint32_t h)
{
    return h >= region->first && h < region->end && (h & 7) == TLSF_HEADER;
}

static const char *check_figures(const region_t *region)
{
    if (region->magic != (TLSF_MAGIC ^ region->first ^ region->end ^ region->classes))
        return "region: magic, first, end or classes damaged";
    uint32_t lists = tlsf_class(region->end + TLSF_HEADER) + 1;
    if (region->lists != lists || region->words != (lists + 31) / 32)
        return "region: number of lists does not belong to its size";
    if (region->low_end != region->end >> TA_CFG_TLSF_LOW_SHIFT ||
        region->small != region->end >> TA_CFG_TLSF_SMALL_SHIFT)
        return "region: zone border or small limit does not belong to its size";
    return NULL;
}

// Is free block h in the list of its zone and class? At most `limit` members are looked at.
static bool is_listed(region_t *region, uint32_t h, uint32_t limit)
{
    const uint32_t *zone = tlsf_zone(region, h >= region->low_end);
    uint32_t member = zone[region->words + tlsf_class(*tlsf_at(region, h))];
    while (member && member != h && limit-- && is_header(region, member))
        member = tlsf_at(region, member)[1];
    return member == h;
}

static const char *check_free(region_t *region, uint32_t h, uint32_t size, bool before_is_free)
{
    if (before_is_free)
        return "block: two free blocks touch";
    if (*tlsf_at(region, h + size - 4) != h)
        return "block: footer of a free block does not name it";
    if (!is_listed(region, h, region->end / TLSF_BLOCK_MIN))
        return "block: a free block is not in its list";
    return NULL;
}

static const char *check_blocks(region_t *region, count_t *count)
{
    bool before_is_free = false;
    uint32_t h = region->first;
    while (h < region->end) {
        uint32_t header = *tlsf_at(region, h), size = header & ~(uint32_t)TLSF_FLAGS;
        bool is_free = header & TLSF_FREE;
        if (header & 4 || size < TLSF_BLOCK_MIN || size > region->end - h)
            return "block: size damaged";
        if (before_is_free != !!(header & TLSF_PREV_FREE))
            return "block: flag does not agree with the block before";
        const char *wrong = is_free ? check_free(region, h, size, before_is_free) : NULL;
        if (wrong)
            return wrong;
        count->free_blocks += is_free;
        count->blocks += !is_free;
        count->used += is_free ? 0 : size;
        before_is_free = is_free;
        h += size;
    }
    if (*tlsf_at(region, region->end) != (before_is_free ? (uint32_t)TLSF_PREV_FREE : 0))
        return "region: end mark damaged";
    return NULL;
}

// Every free block is a member of its list already; so lists as long together as there are free blocks have no other
// members.
static const char *check_list(region_t *region, unsigned z, uint32_t class, uint32_t *members, uint32_t limit)
{
    uint32_t before = 0, h = tlsf_zone(region, z)[region->words + class];
    while (h) {
        if (++*members > limit)
            return "list: more members than free blocks";
        if (!is_header(region, h))
            return "list: a link leads out of the region";
        const word_t *block = tlsf_at(region, h);
        if (!(block[0] & TLSF_FREE) || tlsf_class(block[0]) != class || (h >= region->low_end) != z)
            return "list: a member belongs elsewhere";
        if (block[2] != before)
            return "list: a link back does not name the member before";
        before = h;
        h = block[1];
    }
    return NULL;
}

static const char *check_lists(region_t *region, uint32_t free_blocks)
{
    uint32_t members = 0;
    for (unsigned z = 0; z < 2; z++) {
        const uint32_t *zone = tlsf_zone(region, z);
        for (uint32_t class = 0; class < region->words * 32; class ++) {
            bool bit = zone[class / 32] >> (class & 31) & 1;
            bool there = class < region->lists && zone[region->words + class] != 0;
            if (bit != there)
                return "bitmap: a bit does not agree with its list";
            const char *wrong = there ? check_list(region, z, class, &members, free_blocks) : NULL;
            if (wrong)
                return wrong;
        }
    }
    return members == free_blocks ? NULL : "list: fewer members than free blocks";
}

static const char *check_region(region_t *region, uint32_t *blocks)
{
    count_t count = {0};
    const char *wrong = check_figures(region);
    if (!wrong)
        wrong = check_blocks(region, &count);
    if (!wrong)
        wrong = check_lists(region, count.free_blocks);
    if (!wrong && region->used != count.used)
        wrong = "region: bytes used do not agree with its blocks";
    if (!wrong && (region->peak < region->used || region->peak > region->end - region->first))
        wrong = "region: peak out of range";
    *blocks += count.blocks;
    return wrong;
}

const char *ta_tlsf_check(const ta_tlsf_t *tlsf)
{
    uint32_t blocks = 0;
    if (tlsf->regions > TA_TLSF_REGIONS_MAX)
        return "heap: more regions than there can be";
    for (unsigned r = 0; r < tlsf->regions; r++) {
        const char *wrong = tlsf->region[r] ? check_region(tlsf->region[r], &blocks) : "heap: a region is missing";
        if (wrong)
            return wrong;
    }
    return blocks == tlsf->stats.allocs - tlsf->stats.frees ? NULL
                                                            : "heap: blocks given out do not agree with the counts";
}
