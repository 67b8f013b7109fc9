// What tlsf.c and tlsf_check.c share: how a region lies in memory. Not for users.
//
//   region   | struct ta_tlsf_region, with bitmaps | heads of zone 0 | heads of zone 1 |
//   block    | header | payload ...                                   |   header 4 bytes, payload at a multiple of 8
//   free     | header | next | prev | ... unused ...         | footer |
//   end mark | header of size 0, never free                           |
//
// A header is the block's size in bytes, a multiple of 8 that includes the header, with flags in the low bits. The
// footer of a free block names it; it lies right before the next header, and is there only while that header says
// PREV_FREE. Links and footers name a block by the low 32 bits of its header's address: on a chip that is the address
// itself, and on every processor the layout is the same, and so is every decision.
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
#define TA_CFG_TLSF_SMALL_SHIFT 7
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

enum { TLSF_WORDS_MAX = 4 }; // of a zone's bitmap: 108 classes at most

struct ta_tlsf_region {
    uint32_t magic;                      // TLSF_MAGIC ^ first ^ span ^ classes
    uint32_t first;                      // offset of the first header
    uint32_t span;                       // bytes of all blocks: the end mark lies there behind the first header
    uint32_t low_end;                    // offset; a header below belongs to zone 0
    uint32_t small;                      // blocks below are small
    uint32_t classes;                    // TA_CLASS_ bits
    uint32_t stride;                     // number of zone 1's first list: those of zone 0, filled up to 32, 64 or 128
    uint32_t used;                       // bytes of blocks given out, headers included
    uint32_t peak;                       // highest `used`
    uint32_t allocs;                     // blocks given out so far
    uint32_t frees;                      // blocks given back so far
    uint32_t failures;                   // refused here, so far
    uint32_t bitmap[2 * TLSF_WORDS_MAX]; // a bit for each list: stride / 32 words for each zone, one behind the other
    uint32_t heads[];                    // of each list; those that only fill up are always 0
};
typedef struct ta_tlsf_region ta_tlsf_region_t;

/// The block that a link or footer names.
static inline ta_tlsf_word_t *tlsf_at(const ta_tlsf_region_t *region, uint32_t name)
{
    return (ta_tlsf_word_t *)((uintptr_t)region + (uint32_t)(name - (uint32_t)(uintptr_t)region));
}

static inline uint32_t tlsf_name(const void *block)
{
    return (uint32_t)(uintptr_t)block;
}

static inline uint32_t tlsf_offset(const ta_tlsf_region_t *region, const void *block)
{
    return (uint32_t)((uintptr_t)block - (uintptr_t)region);
}

// In a file of their own: a compiler that sees them keeps their address in a register that is needed for something
// else.
__attribute__((visibility("hidden"))) extern const uint8_t ta_tlsf_class_of_units[64];
__attribute__((visibility("hidden"))) extern const uint8_t ta_tlsf_bit_of_window[32];

/// Four classes to each doubling of size: class(16 n) is class(n) + 16, so that a table of 64 entries and a few steps
/// serve all sizes. Class c holds sizes from its least one to just below the least one of c + 1.
static inline uint32_t tlsf_class(uint32_t bytes)
{
    uint32_t units = bytes >> 3, steps = 0;
    for (; units >= 64; units >>= 4)
        steps += 16;
    return steps + ta_tlsf_class_of_units[units];
}

/// Number of the lowest bit set; the word is not 0.
static inline uint32_t tlsf_lowest_bit(uint32_t word)
{
#if TA_CFG_TLSF_CTZ
    return (uint32_t)__builtin_ctz(word);
#else
    // A de Bruijn sequence: its 32 windows of five bits all differ.
    return ta_tlsf_bit_of_window[(word & (0U - word)) * 0x077CB531U >> 27];
#endif
}

/// Number of lists of a zone in a region of that size, and their number filled up to whole words of bitmap, a power of
/// two.
static inline uint32_t tlsf_lists(uint32_t bytes)
{
    return tlsf_class(bytes) + 1;
}

static inline uint32_t tlsf_stride(uint32_t bytes)
{
    uint32_t stride = 32;
    while (stride < tlsf_lists(bytes))
        stride *= 2;
    return stride;
}

/// Offset of the first header in a region of that size.
static inline uint32_t tlsf_first(uint32_t bytes)
{
    uint32_t heads = tlsf_stride(bytes) + tlsf_lists(bytes);
    return ((uint32_t)sizeof(ta_tlsf_region_t) + 4 * heads + TLSF_HEADER + 7) / 8 * 8 - TLSF_HEADER;
}

/// Number of the list for a free block of that size.
static inline uint32_t tlsf_list(const ta_tlsf_region_t *region, const void *block, uint32_t bytes)
{
    uint32_t class = tlsf_class(bytes);
    return tlsf_offset(region, block) < region->low_end ? class : class + region->stride;
}

/// A node that is not there, but whose `next` would be the list's head: so the first member's `prev` can be followed
/// like any other, and tells which list it is.
static inline ta_tlsf_word_t *tlsf_node(const ta_tlsf_region_t *region, uint32_t list)
{
    return (ta_tlsf_word_t *)((uintptr_t)region + offsetof(ta_tlsf_region_t, heads) - 4 + (uintptr_t)4 * list);
}

#endif
