/// @file memory.h  Who owns bytes: needs, classes, resources, plans, and failures as sentences.
///
/// An object first states its need, then takes exactly that, then never asks again. A need names one class; a
/// ta_memory_t routes each class to a resource (an arena, a TLSF heap, a language VM's heap); a plan adds up the
/// needs of a whole graph and takes all of them or none.
#ifndef TONEARM_MEMORY_H
#define TONEARM_MEMORY_H

#include "tonearm/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What bytes are for. Values are bits, so that a region can serve several classes.
typedef enum {
    TA_CLASS_DMA = 1,  ///< bytes that a DMA channel reads: on-chip SRAM
    TA_CLASS_FAST = 2, ///< state touched for every sample
    TA_CLASS_BULK = 4, ///< delay lines, sample data: external PSRAM will do
} ta_class_t;

enum {
    TA_CLASSES = 3,           ///< number of classes
    TA_CLASS_ALL = 7,         ///< every class
    TA_NEED_ALIGN_MAX = 32768 ///< largest alignment of a need, the largest DMA address ring (RP2040 datasheet 2.5.1.2)
};

/// "DMA", "FAST", "BULK", or "?" for anything else.
/// Ctx: any. Cost: constant. Own: a constant. Fails: never.
const char *ta_class_name(ta_class_t cls);

/// Bytes of one class that an object will take, asked for before anything is taken.
typedef struct {
    const char *object; ///< whose bytes, for people: "i2s ring", "wav reader"; a constant
    size_t bytes;       ///< 1 or more
    size_t align;       ///< a power of two, 1..TA_NEED_ALIGN_MAX
    ta_class_t cls;
} ta_need_t;

/// A resource's figures at one moment, in bytes. Counters never reset by themselves.
typedef struct {
    size_t total;      ///< payload that an empty resource could give out, about
    size_t used;       ///< given out now, rounding included
    size_t free;       ///< not given out; not necessarily in one piece
    size_t largest;    ///< largest single request (align <= 8) that would succeed now
    size_t peak;       ///< highest `used` so far
    uint32_t allocs;   ///< successful allocations so far
    uint32_t frees;    ///< blocks given back so far
    uint32_t failures; ///< refused requests so far
} ta_mem_stats_t;

typedef struct ta_mem ta_mem_t;

/// What a resource must do. Called from the task context only, between open and close.
typedef struct {
    void *(*alloc)(ta_mem_t *mem, const ta_need_t *need);                ///< NULL leaves the resource unchanged
    void (*free)(ta_mem_t *mem, void *block);                            ///< block came from alloc of the same resource
    void (*stats)(ta_mem_t *mem, ta_class_t cls, ta_mem_stats_t *stats); ///< figures for bytes of that class
} ta_mem_ops_t;

/// A memory resource: first member of every arena, heap or adapter.
struct ta_mem {
    const ta_mem_ops_t *ops;
    const char *name; ///< for people: "arena", "port heap (TLSF)", "VM heap"
    const char *knob; ///< what to change when it refuses, an imperative clause without a full stop; 92 bytes are told
    unsigned classes; ///< TA_CLASS_ bits that it may serve
};

/// Which resource serves which class. An entry may be NULL: needs of that class are refused.
typedef struct {
    ta_mem_t *dma;
    ta_mem_t *fast;
    ta_mem_t *bulk;
} ta_memory_t;

/// The resource for a class; NULL if none.
/// Ctx: any. Cost: constant. Own: as in `memory`. Fails: never.
ta_mem_t *ta_memory_route(const ta_memory_t *memory, ta_class_t cls);

/// One resource for every class.
/// Ctx: any. Cost: constant. Own: `mem` is borrowed by the result. Fails: never.
ta_memory_t ta_memory_all(ta_mem_t *mem);

/// Why a request was refused, in full. Everything needed for the sentence, for machines.
typedef struct {
    ta_status_t status; ///< TA_OK: no failure recorded
    const char *object; ///< ta_need_t.object
    size_t bytes, align;
    ta_class_t cls;
    const char *resource; ///< ta_mem_t.name; "no resource" if the class has none
    size_t free, largest; ///< the resource's when it refused, for that class or one that it does serve
    const char *knob;     ///< ta_mem_t.knob, or what else would make it fit
} ta_failure_t;

/// Knob: bytes of the sentence that every object keeps for its failure; longer sentences are cut. 320 holds the longest.
#ifndef TA_CFG_SENTENCE_BYTES
#define TA_CFG_SENTENCE_BYTES 320
#endif
enum { TA_SENTENCE_MAX = TA_CFG_SENTENCE_BYTES }; ///< a buffer of this size holds every sentence

/// Write the failure as one sentence without a newline: object, bytes, class, resource, free, largest block, knob.
/// Returns the length that the whole sentence has; `text` is always terminated if size > 0.
/// Ctx: task. Cost: O(length), uses snprintf. Own: none. Fails: never.
size_t ta_failure_sentence(const ta_failure_t *failure, char *text, size_t size);

/// Allocate one block for `need`. *block is NULL after a failure.
/// Ctx: task. Cost: the resource's. Own: the caller frees with ta_mem_free on the same `mem`.
/// Fails: TA_E_ARG (need out of range), TA_E_CLASS (mem does not serve the class), TA_E_NOMEM; *failure, if not
/// NULL, is filled and the resource is unchanged.
TA_NODISCARD ta_status_t ta_mem_alloc(ta_mem_t *mem, const ta_need_t *need, void **block, ta_failure_t *failure);

/// Give a block back. NULL is allowed and does nothing.
/// Ctx: task. Cost: the resource's. Own: the block is the resource's again. Fails: never; a foreign block is a panic.
void ta_mem_free(ta_mem_t *mem, void *block);

/// The resource's figures for one class.
/// Ctx: task. Cost: the resource's; O(blocks) for some heaps. Own: none. Fails: never.
void ta_mem_stats(ta_mem_t *mem, ta_class_t cls, ta_mem_stats_t *stats);

/// Resource that counts and delegates, and can refuse the Nth allocation: for reports and for fault tests.
typedef struct {
    ta_mem_t mem;
    ta_mem_t *inner;
    uint32_t *sequence; ///< shared count of allocations tried, may be NULL
    uint32_t fail_at;   ///< refuse when *sequence reaches this, 1-based; 0 never
    char refusal[64];   ///< the knob of a refusal of its own: "refused because allocation 3 was made to fail"
} ta_mem_probe_t;

/// Wrap `inner`. name, knob and classes are inner's; but a failure that the probe made says so instead of a knob.
/// Ctx: task. Cost: constant. Own: inner and sequence are borrowed; a failure's knob lies in the probe. Fails: never.
void ta_mem_probe_init(ta_mem_probe_t *probe, ta_mem_t *inner, uint32_t *sequence, uint32_t fail_at);

// ---------------------------------------------------------------------------------------------------------------
// Arena: one block of the caller's, handed out from the front; blocks come back in any order, and the space is
// reused when the arena is empty or when the last block is the one that comes back.

typedef struct {
    ta_mem_t mem;
    uint8_t *base;
    size_t bytes;
    size_t used;
    size_t last;   ///< offset of the newest block, or == used when it was given back
    uint32_t live; ///< blocks out
    ta_mem_stats_t stats;
} ta_arena_t;

/// Turn `bytes` bytes at `base` into an arena that serves `classes` (TA_CLASS_ bits).
/// Ctx: task. Cost: constant. Own: the memory is borrowed until the arena is no longer used.
/// Fails: TA_E_ARG if base is NULL, bytes is 0, or classes is none or unknown; the arena then serves no class.
TA_NODISCARD ta_status_t ta_arena_init(ta_arena_t *arena, void *base, size_t bytes, unsigned classes);

// ---------------------------------------------------------------------------------------------------------------
// Plan: the needs of a whole graph and its output, in the order in which they are taken.

/// Knob: needs that one plan holds. Every output has a plan for two.
#ifndef TA_CFG_PLAN_ITEMS
#define TA_CFG_PLAN_ITEMS 16
#endif
enum { TA_PLAN_MAX = TA_CFG_PLAN_ITEMS };

typedef struct {
    ta_need_t need;
    ta_mem_t *mem; ///< where it is routed; NULL when the class has no resource
    void *block;   ///< NULL until taken
} ta_plan_item_t;

typedef struct {
    ta_plan_item_t item[TA_PLAN_MAX];
    unsigned items;
} ta_plan_t;

/// An empty plan.
/// Ctx: any. Cost: constant. Own: none. Fails: never.
void ta_plan_init(ta_plan_t *plan);

/// Add a need, routed through `memory`. Takes nothing.
/// Ctx: task. Cost: constant. Own: strings and resources are borrowed.
/// Fails: TA_E_ARG (need out of range, plan full), TA_E_STATE (taken); the plan is unchanged.
TA_NODISCARD ta_status_t ta_plan_add(ta_plan_t *plan, const ta_need_t *need, const ta_memory_t *memory);

/// Total bytes of one class.
/// Ctx: any. Cost: O(items). Own: none. Fails: never.
size_t ta_plan_bytes(const ta_plan_t *plan, ta_class_t cls);

/// Take every need, or none: after a failure what was taken has been given back in reverse.
/// Ctx: task. Cost: the resources'. Own: blocks belong to the plan until ta_plan_release.
/// Fails: TA_E_CLASS, TA_E_NOMEM, TA_E_STATE (already taken); *failure, if not NULL, says why.
TA_NODISCARD ta_status_t ta_plan_take(ta_plan_t *plan, ta_failure_t *failure);

/// Would ta_plan_take succeed now? Takes and gives back, so the answer is exact, fragmentation included.
/// Ctx: task. Cost: as take and release. Own: none. Fails: as ta_plan_take.
TA_NODISCARD ta_status_t ta_plan_try(ta_plan_t *plan, ta_failure_t *failure);

/// Give everything back in reverse order. Harmless on a plan that holds nothing.
/// Ctx: task. Cost: the resources'. Own: blocks are the resources' again. Fails: never.
void ta_plan_release(ta_plan_t *plan);

// ---------------------------------------------------------------------------------------------------------------
// The platform table: which memory a chip has, and which resource serves which class on it.

typedef enum { TA_CHIP_RP2040, TA_CHIP_RP2350 } ta_chip_t;
typedef enum { TA_HOST_PLAIN_C, TA_HOST_MICROPYTHON } ta_host_t; ///< who owns the rest of memory
typedef enum { TA_RESOURCE_ARENA_OR_TLSF, TA_RESOURCE_TLSF, TA_RESOURCE_VM } ta_resource_t;

/// One address range of a chip.
typedef struct {
    const char *name; ///< "SRAM", "PSRAM", "flash"
    uint32_t base;    ///< bus address
    uint32_t bytes;   ///< size of the window; what is fitted may be less
    unsigned classes; ///< what audio may use it for
} ta_region_t;

/// Row of the platform table.
typedef struct {
    ta_chip_t chip;
    ta_host_t host;
    ta_resource_t dma, fast, bulk;
} ta_platform_t;

/// The row for a chip and a host. Ctx: any. Cost: constant. Own: a constant. Fails: NULL for unknown values.
const ta_platform_t *ta_platform_find(ta_chip_t chip, ta_host_t host);

/// The chip's regions; *count is set. Sources: RP2040 datasheet 2.2, RP2350 datasheet 2.2.
/// Ctx: any. Cost: constant. Own: a constant. Fails: NULL and 0 for an unknown chip.
const ta_region_t *ta_chip_regions(ta_chip_t chip, unsigned *count);

/// TA_CLASS_ bits that bytes [address, address + bytes) of this chip may serve; 0 if not wholly inside one region.
/// Ctx: any. Cost: O(regions). Own: none. Fails: never.
unsigned ta_chip_classes(ta_chip_t chip, uintptr_t address, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
