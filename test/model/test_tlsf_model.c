// TLSF against a naive allocator that only remembers ranges. Random operations on heaps of several shapes until a
// thousand requests were refused; after each one the integrity walk, and the ranges must be disjoint, aligned, inside a
// region of the class, and unharmed. Then the walk itself: every bit of every word of bookkeeping is flipped, and each
// flip must be found. The seed is printed; the first argument or TONEARM_SEED replays one.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/mem/tlsf_private.h"

enum { REFUSALS_WANTED = 1000, LIVE_MAX = 600, MEMORY_BYTES = 160 * 1024, SHAPES = 5 };

typedef struct {
    uint8_t *at;
    size_t bytes;
    uint8_t mark; // what the block is filled with, changing by position
    ta_class_t cls;
} range_t;

typedef struct {
    size_t bytes;
    unsigned classes;
} part_t;

// One region; a tiny one; two of one class; three with classes of their own; four that overlap in class.
static const part_t shapes[SHAPES][TA_TLSF_REGIONS_MAX] = {
    {{96 * 1024, TA_CLASS_ALL}},
    {{TA_TLSF_REGION_BYTES_MIN, TA_CLASS_ALL}},
    {{8 * 1024 + 24, TA_CLASS_ALL}, {24 * 1024, TA_CLASS_ALL}},
    {{16 * 1024, TA_CLASS_DMA}, {4096, TA_CLASS_FAST}, {40 * 1024, TA_CLASS_BULK}},
    {{12 * 1024, TA_CLASS_DMA | TA_CLASS_FAST},
     {6000, TA_CLASS_FAST},
     {70 * 1024, TA_CLASS_BULK},
     {2048, TA_CLASS_ALL}},
};

static uint8_t *memory; // at the same place modulo 64 KiB in every run, for that decides where aligned blocks fit
static uint32_t seed, state;
static ta_tlsf_t heap;
static range_t live[LIVE_MAX];
static unsigned live_count;
static struct {
    unsigned operations, allocs, frees, resizes, moved, refusals, aligned, exact;
} did;

static uint32_t draw(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return (uint32_t)(((uint64_t)state * below) >> 32);
}

static void make_heap(const part_t *parts)
{
    size_t at = 0;
    ta_tlsf_init(&heap, NULL, NULL);
    live_count = 0;
    memset(memory, 0xa5, MEMORY_BYTES);
    for (unsigned p = 0; p < TA_TLSF_REGIONS_MAX && parts[p].bytes; p++) {
        assert_int_equal(ta_tlsf_add(&heap, memory + at, parts[p].bytes, parts[p].classes), TA_OK);
        at += (parts[p].bytes + 7) / 8 * 8 + 8 * (size_t)draw(3);
        assert_true(at <= MEMORY_BYTES);
    }
    assert_null(ta_tlsf_check(&heap));
}

// ---- the naive side -------------------------------------------------------------------------------------------------

// All of the block, so that no header of old is left in it: a damaged size that leads to one could not be told from a
// whole heap. Four bytes of this in a row are never a size that a region has.
static void fill(const range_t *range)
{
    for (size_t i = 0; i < ta_tlsf_usable(range->at); i++)
        range->at[i] = (uint8_t)(range->mark + i);
}

static void must_be_filled(const range_t *range, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        assert_int_equal(range->at[i], (uint8_t)(range->mark + i));
}

static void must_lie_well(const range_t *range, size_t align)
{
    assert_int_equal((uintptr_t)range->at & (align - 1), 0);
    assert_int_equal((uintptr_t)range->at & 7, 0);
    assert_in_range(ta_tlsf_usable(range->at), range->bytes,
                    range->bytes + 7 + 8 + 8); // rounded, and no block left over
    bool inside = false;
    for (unsigned r = 0; r < heap.regions; r++) {
        const uint8_t *base = (const uint8_t *)heap.region[r];
        if (range->at >= base + heap.region[r]->first &&
            range->at + range->bytes <= base + heap.region[r]->first + heap.region[r]->span)
            inside = (heap.region[r]->classes & (unsigned)range->cls) != 0;
    }
    assert_true(inside);
    for (unsigned l = 0; l < live_count; l++)
        assert_true(range->at + range->bytes <= live[l].at || live[l].at + live[l].bytes <= range->at);
}

// A counter's sum over all regions.
static uint32_t count_of(size_t counter)
{
    uint32_t sum = 0;
    for (unsigned r = 0; r < heap.regions; r++)
        sum += *tlsf_at(heap.region[r], tlsf_name(heap.region[r]) + (uint32_t)counter);
    return sum;
}

static void must_agree(void)
{
    const char *wrong = ta_tlsf_check(&heap);
    if (wrong)
        fail_msg("seed %u, operation %u: %s", (unsigned)seed, did.operations, wrong);
    assert_int_equal(count_of(offsetof(struct ta_tlsf_region, allocs)) -
                         count_of(offsetof(struct ta_tlsf_region, frees)),
                     live_count);
    if (did.operations % 64 == 0) {
        for (unsigned l = 0; l < live_count; l++)
            must_be_filled(&live[l], live[l].bytes);
    }
}

static void must_deserve_refusal(size_t bytes, ta_class_t cls)
{
    ta_mem_stats_t stats;
    ta_mem_stats(&heap.mem, cls, &stats);
    assert_int_equal(stats.used + stats.free, stats.total);
    assert_true(bytes > stats.largest);
}

// ---- operations -----------------------------------------------------------------------------------------------------

static size_t draw_bytes(void)
{
    uint32_t octave = draw(13);
    size_t bytes = ((size_t)1 << octave) + draw(1U << octave);
    return draw(400) == 0 ? (size_t)draw(200) << 10 : bytes;
}

static ta_class_t draw_class(void)
{
    return (ta_class_t)(1U << draw(3));
}

static void refused(size_t bytes, size_t align, ta_class_t cls)
{
    did.refusals++;
    // A block with room for any gap in front always does: a gap of one block at least, and then up to the next place.
    if (bytes)
        must_deserve_refusal(align <= 8 ? bytes : bytes + align + 16, cls);
}

static void operation_alloc(void)
{
    size_t align = draw(4) ? 1 + 7 * (size_t)draw(2) : (size_t)1 << draw(16);
    range_t range = {NULL, draw_bytes(), (uint8_t)draw(256), draw_class()};
    uint32_t failures = heap.stats.failures + count_of(offsetof(struct ta_tlsf_region, failures));
    range.at = ta_tlsf_malloc(&heap, range.bytes, align, range.cls);
    failures = heap.stats.failures + count_of(offsetof(struct ta_tlsf_region, failures)) - failures;
    assert_int_equal(failures, range.at == NULL);
    if (!range.at) {
        refused(range.bytes, align, range.cls);
        return;
    }
    did.allocs++;
    did.aligned += align > 8;
    must_lie_well(&range, align);
    fill(&range);
    live[live_count++] = range;
}

static void operation_free(unsigned l)
{
    must_be_filled(&live[l], live[l].bytes);
    ta_tlsf_free(&heap, live[l].at);
    live[l] = live[--live_count];
    did.frees++;
}

static void operation_realloc(unsigned l)
{
    range_t old = live[l], now = old;
    now.bytes = draw_bytes();
    if (now.bytes == 0)
        return;
    if (draw(8) == 0)
        now.cls = draw_class();
    now.at = ta_tlsf_realloc(&heap, old.at, now.bytes, now.cls);
    if (!now.at) {
        refused(now.bytes, 8, now.cls);
        must_be_filled(&old, old.bytes);
        return;
    }
    did.resizes++;
    did.moved += now.at != old.at;
    live[l] = live[--live_count];
    must_lie_well(&now, 8);
    must_be_filled(&now, old.bytes < now.bytes ? old.bytes : now.bytes);
    now.mark = (uint8_t)draw(256);
    fill(&now);
    live[live_count++] = now;
}

// What the figures call the largest block can be had, and nothing larger.
static void operation_exact(void)
{
    ta_mem_stats_t stats;
    ta_class_t cls = draw_class();
    ta_mem_stats(&heap.mem, cls, &stats);
    assert_null(ta_tlsf_malloc(&heap, stats.largest + 1, 1, cls));
    if (!stats.largest)
        return;
    void *block = ta_tlsf_malloc(&heap, stats.largest, 8, cls);
    assert_non_null(block);
    assert_null(ta_tlsf_check(&heap));
    ta_tlsf_free(&heap, block);
    did.exact++;
}

static void operate(void)
{
    uint32_t what = draw(100);
    did.operations++;
    if (live_count == LIVE_MAX || (live_count && what < 38)) {
        operation_free(draw(live_count));
    } else if (live_count && what < 50) {
        operation_realloc(draw(live_count));
    } else if (what < 52) {
        operation_exact();
    } else {
        operation_alloc();
    }
    must_agree();
}

static void test_random_operations(void **test_state)
{
    (void)test_state;
    for (unsigned s = 0; s < SHAPES; s++) {
        unsigned refusals = did.refusals;
        make_heap(shapes[s]);
        while (did.refusals - refusals < REFUSALS_WANTED)
            operate();
        while (live_count)
            operation_free(draw(live_count));
        assert_null(ta_tlsf_check(&heap));
        ta_mem_stats_t stats;
        ta_mem_stats(&heap.mem, TA_CLASS_BULK, &stats);
        assert_int_equal(stats.used, 0);
    }
    print_message("operations %u: allocs %u (aligned %u), frees %u, resizes %u (moved %u), exact %u, refusals %u\n",
                  did.operations, did.allocs, did.aligned, did.frees, did.resizes, did.moved, did.exact, did.refusals);
    assert_true(did.refusals >= SHAPES * REFUSALS_WANTED);
    assert_true(did.allocs >= 2000 && did.aligned >= 200 && did.resizes >= 500 && did.moved >= 100 && did.exact >= 100);
}

// An empty heap that was used gives out as much in one piece as it did when it was new.
static void test_empties_into_one_block(void **test_state)
{
    (void)test_state;
    for (unsigned s = 0; s < SHAPES; s++) {
        ta_mem_stats_t fresh, after;
        make_heap(shapes[s]);
        ta_mem_stats(&heap.mem, TA_CLASS_BULK, &fresh);
        for (unsigned n = 0; n < 2000; n++)
            operate();
        while (live_count)
            operation_free(draw(live_count));
        ta_mem_stats(&heap.mem, TA_CLASS_BULK, &after);
        assert_int_equal(after.largest, fresh.largest);
        assert_int_equal(after.free, fresh.free);
        assert_true(after.peak > 0);
    }
}

// ---- the walk itself ------------------------------------------------------------------------------------------------

static unsigned flips;

static void must_find_flips(void *word_at, size_t bits, const char *what)
{
    uint8_t *bytes = word_at;
    for (size_t bit = 0; bit < bits; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << (bit & 7));
        if (!ta_tlsf_check(&heap))
            fail_msg("seed %u: flipping bit %zu of %s is not found", (unsigned)seed, bit, what);
        bytes[bit / 8] ^= (uint8_t)(1U << (bit & 7));
        flips++;
    }
}

static void flip_region(struct ta_tlsf_region *region)
{
    const uint32_t free_figures[] = {offsetof(struct ta_tlsf_region, peak), offsetof(struct ta_tlsf_region, failures)};
    for (uint32_t offset = 0; offset < region->first / 8 * 8; offset += 4) {
        // A peak may lie anywhere between what is used and what there is; a count of failures anywhere. The last word
        // before the first header may be none of ours.
        if (offset != free_figures[0] && offset != free_figures[1])
            must_find_flips((uint8_t *)region + offset, 32, "a region's figures, bitmap or heads");
    }
    uint32_t peak = region->peak;
    region->peak = region->used - 1;
    assert_non_null(ta_tlsf_check(&heap));
    region->peak = region->span + 8;
    assert_non_null(ta_tlsf_check(&heap));
    region->peak = peak;
    uint32_t size;
    for (uint32_t place = 0; place < region->span; place += size) {
        ta_tlsf_word_t *block = tlsf_at(region, tlsf_name(region) + region->first + place);
        size = *block & ~(uint32_t)TLSF_FLAGS;
        must_find_flips(block, 32, "a header");
        if (*block & TLSF_FREE) {
            must_find_flips(block + 1, 32, "a link");
            must_find_flips(block + 2, 32, "a link back");
            must_find_flips(block + size / 4 - 1, 32, "a footer");
        }
    }
    must_find_flips(tlsf_at(region, tlsf_name(region) + region->first + region->span), 32, "the end mark");
}

static void test_every_flip_is_found(void **test_state)
{
    (void)test_state;
    for (unsigned s = 0; s < SHAPES; s++) {
        make_heap(shapes[s]);
        for (unsigned n = 0; n < 500 || live_count < 3; n++)
            operate();
        assert_null(ta_tlsf_check(&heap));
        for (unsigned r = 0; r < heap.regions; r++)
            flip_region(heap.region[r]);
        assert_null(ta_tlsf_check(&heap)); // everything is as it was
        unsigned regions = heap.regions;
        for (heap.regions = regions + 1; heap.regions < 3 * TA_TLSF_REGIONS_MAX; heap.regions++)
            assert_non_null(ta_tlsf_check(&heap));
        heap.regions = regions;
    }
    print_message("flips found: %u\n", flips);
    assert_true(flips >= 10000);
}

// Links that are whole but lead to the wrong place: what a flip of one bit cannot make.
static void test_exchanged_lists_are_found(void **test_state)
{
    (void)test_state;
    unsigned found = 0;
    make_heap(shapes[0]);
    for (unsigned n = 0; n < 3000; n++)
        operate();
    uint32_t *heads = heap.region[0]->heads;
    for (uint32_t a = 0; a < heap.region[0]->stride + tlsf_lists((uint32_t)shapes[0][0].bytes); a++) {
        for (uint32_t b = 0; b < a; b++) {
            if (heads[a] == heads[b])
                continue; // both empty
            uint32_t head = heads[a];
            heads[a] = heads[b];
            heads[b] = head;
            assert_non_null(ta_tlsf_check(&heap));
            heads[b] = heads[a];
            heads[a] = head;
            found++;
        }
    }
    assert_null(ta_tlsf_check(&heap));
    assert_true(found >= 50);
}

int main(int argc, char **argv)
{
    const char *given = argc > 1 ? argv[1] : getenv("TONEARM_SEED");
    seed = given ? (uint32_t)strtoul(given, NULL, 0) : 20401;
    state = seed * 2654435769U | 1;
    printf("seed %u\n", (unsigned)seed);
    memory = aligned_alloc(65536, (MEMORY_BYTES + 65535) / 65536 * 65536);
    if (!memory)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_operations),
        cmocka_unit_test(test_empties_into_one_block),
        cmocka_unit_test(test_every_flip_is_found),
        cmocka_unit_test(test_exchanged_lists_are_found),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(memory);
    return failed;
}
