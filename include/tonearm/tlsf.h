/// @file tlsf.h  A two-level segregated fit heap over several memory regions, each with its classes.
///
/// Allocation, free and resizing are O(1) (two bitmap searches per eligible region). The control structure lives at the
/// start of the memory handed in, 552 bytes for a region of 128 KiB, so an instance needs no teardown. A block
/// costs 4 bytes. ta_mem_stats counts them, so used + free = total; peak is the sum of the regions' peaks.
#ifndef TONEARM_TLSF_H
#define TONEARM_TLSF_H

#include "tonearm/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TA_TLSF_REGIONS_MAX = 4,
    TA_TLSF_REGION_BYTES_MIN = 1024, ///< smallest region that may be added
};

struct ta_tlsf_region; ///< lives at the start of each region

typedef struct {
    ta_mem_t mem;
    struct ta_tlsf_region *region[TA_TLSF_REGIONS_MAX]; ///< the first `regions` of them, as they were added
    unsigned regions;
    ta_mem_stats_t
        stats; ///< only failures of no single region are kept here, the rest in the regions: ask ta_mem_stats
} ta_tlsf_t;

/// An empty heap. `name` and `knob` as in ta_mem_t; NULL gives "port heap (TLSF)" and a general knob.
/// Ctx: task. Cost: constant. Own: strings are borrowed. Fails: never.
void ta_tlsf_init(ta_tlsf_t *tlsf, const char *name, const char *knob);

/// Add a region that serves `classes`. Regions added first are tried first.
/// Ctx: task. Cost: constant. Own: memory is borrowed for the heap's life.
/// Fails: TA_E_ARG if base is NULL or misaligned (8), bytes below the minimum or above 2^30, classes none or unknown,
/// a region overlaps, or there are too many; the heap is unchanged.
TA_NODISCARD ta_status_t ta_tlsf_add(ta_tlsf_t *tlsf, void *base, size_t bytes, unsigned classes);

/// Allocate `bytes` (1 or more), aligned to `align` (power of two), from a region that serves `cls`.
/// Ctx: task. Cost: O(1) per eligible region. Own: the caller frees. Fails: NULL; the heap is unchanged but for stats.
TA_NODISCARD void *ta_tlsf_malloc(ta_tlsf_t *tlsf, size_t bytes, size_t align, ta_class_t cls);

/// Give a block back, NULL allowed. Ctx: task. Cost: O(1). Own: the heap's again. Fails: a foreign pointer or a second
/// free is a panic.
void ta_tlsf_free(ta_tlsf_t *tlsf, void *block);

/// Resize in place where possible, else move within the same class and at least the same 8-byte alignment.
/// Ctx: task. Cost: O(1) plus a copy when moved. Own: as malloc. Fails: NULL, and the old block is untouched.
/// block NULL allocates; bytes 0 frees and returns NULL.
TA_NODISCARD void *ta_tlsf_realloc(ta_tlsf_t *tlsf, void *block, size_t bytes, ta_class_t cls);

/// Bytes usable in a block. Ctx: task. Cost: O(1). Own: none. Fails: never.
size_t ta_tlsf_usable(const void *block);

/// Walk every block, list and bitmap of every region and compare them.
/// Ctx: task. Cost: O(blocks). Own: none. Fails: a text that says what is wrong, or NULL when all is well.
const char *ta_tlsf_check(const ta_tlsf_t *tlsf);

#ifdef __cplusplus
}
#endif
#endif
