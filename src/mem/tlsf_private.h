// What tlsf.c and tlsf_check.c share: how a region lies in memory. Not for users.
//
//   region   | struct ta_tlsf_region | zone 0: bitmap, heads | zone 1: bitmap, heads |
//   block    | header | payload ...                                   |   header 4 bytes, payload at a multiple of 8
//   free     | header | next | prev | ... unused ...         | footer |   links and footer are offsets, 0 is none
//   end mark | header of size 0, never free                           |
//
// A header is the block's size in bytes, a multiple of 8 that includes the header, with flags in the low bits. The
// footer of a free block, its own offset, lies right before the next header, and is there only while that header says
// PREV_FREE. Everything is an offset from the region in 32 bits: the layout is the same on every processor, and so is
// every decision.
//
// Where a block goes is decided by size and place. Small requests come from the low zone (the first eighth of the
// region) while it has room, large ones from behind it and there from the upper end of a hole; so the many small blocks
// do not nail down the holes that large ones need. A free block belongs to the zone in which it begins, and blocks
// merge across the border.
#ifndef TONEARM_MEM_TLSF_PRIVATE_H
#define TONEARM_MEM_TLSF_PRIVATE_H

#include "tonearm/tlsf.h"

/// Blocks looked at in the list of the wanted class itself, whose blocks may be a little too small, before a larger
/// class is taken.
#ifndef TA_CFG_TLSF_PROBES
#define TA_CFG_TLSF_PROBES 3
#endif
/// The low zone is the region's size shifted right by this.
#ifndef TA_CFG_TLSF_LOW_SHIFT
#define TA_CFG_TLSF_LOW_SHIFT 3
#endif
/// Requests are small below the region's size shifted right by this.
#ifndef TA_CFG_TLSF_SMALL_SHIFT
#define TA_CFG_TLSF_SMALL_SHIFT 6
#endif
/// 1: the processor counts trailing zeros in an instruction or two; 0: multiply and look up, for Cortex-M0+.
#ifndef TA_CFG_TLSF_CTZ
#if defined(__ARM_ARCH_6M__)
#define TA_CFG_TLSF_CTZ 0
#else
#define TA_CFG_TLSF_CTZ 1
#endif
#endif

enum {
    TLSF_FREE = 1,      // header flag: this block is free
    TLSF_PREV_FREE = 2, // header flag: the block before is free, and its footer is there
    TLSF_FLAGS = 7,
    TLSF_HEADER = 4,
    TLSF_BLOCK_MIN = 16, // header, two links, footer
    TLSF_BYTES_MAX = 1 << 30,
};
#define TLSF_MAGIC 0x7e15f000U

/// Memory that users write as whatever they like, read as words by us.
typedef uint32_t __attribute__((may_alias)) ta_tlsf_word_t;

struct ta_tlsf_region {
    uint32_t magic;   // TLSF_MAGIC ^ first ^ end ^ classes
    uint32_t first;   // offset of the first header
    uint32_t end;     // offset of the end mark
    uint32_t low_end; // a header below belongs to zone 0
    uint32_t small;   // blocks below are small
    uint32_t classes; // TA_CLASS_ bits
    uint32_t used;    // bytes of blocks given out, headers included
    uint32_t peak;    // highest `used`
    uint32_t lists;   // size classes of a zone
    uint32_t words;   // words of a zone's bitmap
    uint32_t table[]; // zone 0, then zone 1: words of bitmap, then a head for each list
};
typedef struct ta_tlsf_region ta_tlsf_region_t;

static inline ta_tlsf_word_t *tlsf_at(const ta_tlsf_region_t *region, uint32_t offset)
{
    return (ta_tlsf_word_t *)((uintptr_t)region + offset);
}

static inline uint32_t *tlsf_zone(ta_tlsf_region_t *region, unsigned zone)
{
    return region->table + (zone ? region->words + region->lists : 0);
}

/// Four classes to each doubling of size: class(16 n) is class(n) + 16, so that a table of 64 entries and a few steps
/// serve all sizes. Class c holds sizes from its least one to just below the least one of c + 1.
static inline unsigned tlsf_class(uint32_t bytes)
{
    static const uint8_t of_units[64] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  8,  9,  9,  10, 10, 11, 11,
                                         12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 15,
                                         16, 16, 16, 16, 16, 16, 16, 16, 17, 17, 17, 17, 17, 17, 17, 17,
                                         18, 18, 18, 18, 18, 18, 18, 18, 19, 19, 19, 19, 19, 19, 19, 19};
    uint32_t units = bytes >> 3;
    unsigned steps = 0;
    for (; units >= 64; units >>= 4)
        steps += 16;
    return steps + of_units[units];
}

#endif
