// TLSF: what each call promises, one at a time. Random operations are in test/model/test_tlsf_model.c.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tonearm/tlsf.h"

enum { ARENA_BYTES = 128 * 1024 };

static uint8_t *memory; // aligned to 64 KiB
static jmp_buf panicked;
static unsigned panics;

void ta_panic(const char *file, int line, const char *what)
{
    (void)file, (void)line, (void)what;
    panics++;
    longjmp(panicked, 1);
}

static void must_panic_on_free(ta_tlsf_t *heap, void *block)
{
    unsigned before = panics;
    if (setjmp(panicked) == 0)
        ta_tlsf_free(heap, block);
    assert_int_equal(panics, before + 1);
}

static void must_panic_on_realloc(ta_tlsf_t *heap, void *block)
{
    unsigned before = panics;
    if (setjmp(panicked) == 0)
        assert_null(ta_tlsf_realloc(heap, block, 10, TA_CLASS_DMA));
    assert_int_equal(panics, before + 1);
}

static ta_tlsf_t fresh(size_t bytes)
{
    ta_tlsf_t heap;
    ta_tlsf_init(&heap, NULL, NULL);
    assert_int_equal(ta_tlsf_add(&heap, memory, bytes, TA_CLASS_ALL), TA_OK);
    assert_null(ta_tlsf_check(&heap));
    return heap;
}

static ta_mem_stats_t stats_of(ta_tlsf_t *heap, ta_class_t cls)
{
    ta_mem_stats_t stats;
    ta_mem_stats(&heap->mem, cls, &stats);
    return stats;
}

static void *take(ta_tlsf_t *heap, size_t bytes)
{
    void *block = ta_tlsf_malloc(heap, bytes, 8, TA_CLASS_DMA);
    assert_non_null(block);
    assert_null(ta_tlsf_check(heap));
    return block;
}

static void give(ta_tlsf_t *heap, void *block)
{
    ta_tlsf_free(heap, block);
    assert_null(ta_tlsf_check(heap));
}

// ---- regions --------------------------------------------------------------------------------------------------------

static void test_names(void **state)
{
    (void)state;
    ta_tlsf_t heap;
    ta_tlsf_init(&heap, NULL, NULL);
    assert_string_equal(heap.mem.name, "port heap (TLSF)");
    assert_true(strlen(heap.mem.knob) > 10);
    ta_tlsf_init(&heap, "kept SRAM", "keep more");
    assert_string_equal(heap.mem.name, "kept SRAM");
    assert_string_equal(heap.mem.knob, "keep more");
}

static void test_bad_regions_leave_the_heap_alone(void **state)
{
    (void)state;
    ta_tlsf_t heap;
    ta_tlsf_init(&heap, NULL, NULL);
    memset(memory, 0x5a, ARENA_BYTES);
    assert_int_equal(ta_tlsf_add(&heap, NULL, 4096, TA_CLASS_DMA), TA_E_ARG);
    for (unsigned off = 1; off < 8; off++)
        assert_int_equal(ta_tlsf_add(&heap, memory + off, 4096, TA_CLASS_DMA), TA_E_ARG);
    assert_int_equal(ta_tlsf_add(&heap, memory, TA_TLSF_REGION_BYTES_MIN - 1, TA_CLASS_DMA), TA_E_ARG);
    assert_int_equal(ta_tlsf_add(&heap, memory, ((size_t)1 << 30) + 1, TA_CLASS_DMA), TA_E_ARG);
    assert_int_equal(ta_tlsf_add(&heap, memory, 4096, 0), TA_E_ARG);
    assert_int_equal(ta_tlsf_add(&heap, memory, 4096, 8), TA_E_ARG);
    assert_int_equal(heap.regions, 0);
    assert_int_equal(heap.mem.classes, 0);
    for (unsigned i = 0; i < ARENA_BYTES; i++)
        assert_int_equal(memory[i], 0x5a);
    // Every call is safe on a heap that got nothing.
    assert_null(ta_tlsf_malloc(&heap, 1, 1, TA_CLASS_DMA));
    assert_null(ta_tlsf_realloc(&heap, NULL, 1, TA_CLASS_DMA));
    ta_tlsf_free(&heap, NULL);
    assert_null(ta_tlsf_check(&heap));
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).total, 0);
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).failures, 2);
    must_panic_on_free(&heap, memory);
}

static void test_regions_may_not_overlap_nor_be_too_many(void **state)
{
    (void)state;
    ta_tlsf_t heap;
    ta_tlsf_init(&heap, NULL, NULL);
    assert_int_equal(ta_tlsf_add(&heap, memory + 4096, 4096, TA_CLASS_DMA), TA_OK);
    assert_int_equal(ta_tlsf_add(&heap, memory + 4096, 4096, TA_CLASS_DMA), TA_E_ARG);
    assert_int_equal(ta_tlsf_add(&heap, memory, 4096 + 8, TA_CLASS_DMA), TA_E_ARG);
    assert_int_equal(ta_tlsf_add(&heap, memory + 8192 - 8, 4096, TA_CLASS_DMA), TA_E_ARG);
    assert_int_equal(ta_tlsf_add(&heap, memory, 4096, TA_CLASS_FAST), TA_OK);
    assert_int_equal(ta_tlsf_add(&heap, memory + 8192, 4096, TA_CLASS_BULK), TA_OK);
    assert_int_equal(ta_tlsf_add(&heap, memory + 16384, 4096, TA_CLASS_BULK), TA_OK);
    assert_int_equal(ta_tlsf_add(&heap, memory + 32768, 4096, TA_CLASS_BULK), TA_E_ARG);
    assert_int_equal(heap.regions, TA_TLSF_REGIONS_MAX);
    assert_int_equal(heap.mem.classes, TA_CLASS_ALL);
    assert_null(ta_tlsf_check(&heap));
}

static void test_every_region_size_works(void **state)
{
    (void)state;
    unsigned sizes = 0;
    for (size_t bytes = TA_TLSF_REGION_BYTES_MIN; bytes < 6000; bytes++, sizes++) {
        ta_tlsf_t heap = fresh(bytes);
        memory[bytes] = 0x77;
        size_t largest = stats_of(&heap, TA_CLASS_DMA).largest;
        assert_true(largest > bytes - 700 && largest < bytes);
        uint8_t *all = take(&heap, largest);
        memset(all, 0xff, ta_tlsf_usable(all));
        assert_true(all + ta_tlsf_usable(all) <= memory + bytes);
        assert_null(ta_tlsf_malloc(&heap, 1, 1, TA_CLASS_DMA));
        assert_int_equal(stats_of(&heap, TA_CLASS_DMA).largest, 0);
        give(&heap, all);
        assert_int_equal(memory[bytes], 0x77);
    }
    assert_int_equal(sizes, 6000 - TA_TLSF_REGION_BYTES_MIN);
}

static void test_classes_go_to_their_regions(void **state)
{
    (void)state;
    ta_tlsf_t heap;
    ta_tlsf_init(&heap, NULL, NULL);
    assert_int_equal(ta_tlsf_add(&heap, memory, 4096, TA_CLASS_DMA | TA_CLASS_FAST), TA_OK);
    assert_int_equal(ta_tlsf_add(&heap, memory + 4096, 8192, TA_CLASS_BULK), TA_OK);
    const uint8_t *dma = ta_tlsf_malloc(&heap, 100, 8, TA_CLASS_DMA),
                  *bulk = ta_tlsf_malloc(&heap, 100, 8, TA_CLASS_BULK);
    assert_true(dma > memory && dma < memory + 4096);
    assert_true(bulk > memory + 4096 && bulk < memory + 4096 + 8192);
    assert_null(ta_tlsf_malloc(&heap, 5000, 8, TA_CLASS_DMA)); // though the other region has room
    assert_non_null(ta_tlsf_malloc(&heap, 5000, 8, TA_CLASS_BULK));
    assert_true(stats_of(&heap, TA_CLASS_DMA).total < 4096);
    assert_true(stats_of(&heap, TA_CLASS_BULK).total > 7000);
    assert_int_equal(stats_of(&heap, TA_CLASS_FAST).used, stats_of(&heap, TA_CLASS_DMA).used);
}

static void test_regions_are_tried_in_order(void **state)
{
    (void)state;
    ta_tlsf_t heap;
    ta_tlsf_init(&heap, NULL, NULL);
    assert_int_equal(ta_tlsf_add(&heap, memory + 8192, 4096, TA_CLASS_ALL), TA_OK);
    assert_int_equal(ta_tlsf_add(&heap, memory, 4096, TA_CLASS_ALL), TA_OK);
    uint8_t *first = take(&heap, 3000), *second = take(&heap, 3000);
    assert_true(first > memory + 8192 && second < memory + 4096);
    assert_null(ta_tlsf_malloc(&heap, 3000, 8, TA_CLASS_DMA));
    give(&heap, first);
    give(&heap, second);
}

// ---- requests -------------------------------------------------------------------------------------------------------

static void test_every_alignment(void **state)
{
    (void)state;
    unsigned placed = 0;
    for (size_t align = 1; align <= TA_NEED_ALIGN_MAX; align *= 2) {
        for (size_t bytes = 1; bytes <= 40000; bytes = bytes * 3 + 5) {
            ta_tlsf_t heap = fresh(ARENA_BYTES);
            for (unsigned n = 0; n < 3; n++) { // the second and third do not begin on a fresh heap
                take(&heap, 24);
                uint8_t *block = ta_tlsf_malloc(&heap, bytes, align, TA_CLASS_DMA);
                if (!block)
                    continue;
                assert_int_equal((uintptr_t)block & (align - 1), 0);
                assert_int_equal((uintptr_t)block & 7, 0);
                assert_true(ta_tlsf_usable(block) >= bytes);
                memset(block, 0xff, bytes);
                assert_null(ta_tlsf_check(&heap));
                placed++;
            }
        }
    }
    assert_true(placed >= 400);
}

// What is asked for at the size of the hole that it leaves fits again, whatever the alignment.
static void test_an_aligned_hole_is_found_again(void **state)
{
    (void)state;
    unsigned found = 0;
    for (size_t align = 16; align <= 16384; align *= 2) {
        ta_tlsf_t heap = fresh(ARENA_BYTES);
        void *block = ta_tlsf_malloc(&heap, align, align, TA_CLASS_DMA);
        assert_non_null(block);
        while (ta_tlsf_malloc(&heap, 8, 8, TA_CLASS_DMA)) // everything else is full
            continue;
        give(&heap, block);
        assert_ptr_equal(ta_tlsf_malloc(&heap, align, align, TA_CLASS_DMA), block);
        assert_null(ta_tlsf_check(&heap));
        found++;
    }
    assert_int_equal(found, 11);
}

static void test_requests_out_of_range(void **state)
{
    (void)state;
    ta_tlsf_t heap = fresh(ARENA_BYTES);
    assert_null(ta_tlsf_malloc(&heap, 0, 8, TA_CLASS_DMA));
    assert_null(ta_tlsf_malloc(&heap, 8, 0, TA_CLASS_DMA));
    assert_null(ta_tlsf_malloc(&heap, 8, 24, TA_CLASS_DMA));
    assert_null(ta_tlsf_malloc(&heap, 8, 65536, TA_CLASS_DMA));
    assert_null(ta_tlsf_malloc(&heap, 8, 8, (ta_class_t)8));
    static const size_t absurd[] = {SIZE_MAX,
                                    SIZE_MAX - 3,
                                    SIZE_MAX - 4,
                                    SIZE_MAX / 2,
                                    (size_t)1 << 31,
                                    ((size_t)1 << 30) + 1,
                                    (size_t)1 << 30,
                                    ((size_t)1 << 30) - 12,
                                    ((size_t)1 << 30) - 17,
                                    0x20000000,
                                    ARENA_BYTES,
                                    ARENA_BYTES - 8};
    for (unsigned a = 0; a < sizeof absurd / sizeof *absurd; a++) {
        assert_null(ta_tlsf_malloc(&heap, absurd[a], 8, TA_CLASS_DMA));
        assert_null(ta_tlsf_malloc(&heap, absurd[a], 32768, TA_CLASS_DMA));
    }
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).failures, 5 + 2 * sizeof absurd / sizeof *absurd);
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).allocs, 0);
    assert_null(ta_tlsf_check(&heap));
}

// Small blocks at the low end, large ones at the high end: what keeps large holes whole.
static void test_small_and_large_keep_apart(void **state)
{
    (void)state;
    ta_tlsf_t heap = fresh(ARENA_BYTES);
    for (unsigned n = 0; n < 40; n++) {
        const uint8_t *large = take(&heap, 2100), *small = take(&heap, 100);
        assert_true(small < memory + ARENA_BYTES / 8);
        assert_true(large > memory + ARENA_BYTES / 4);
    }
}

static void test_freeing_in_any_order_merges(void **state)
{
    (void)state;
    static const unsigned order[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (unsigned o = 0; o < 6; o++) {
        ta_tlsf_t heap = fresh(4096);
        size_t whole = stats_of(&heap, TA_CLASS_DMA).largest;
        void *block[3] = {take(&heap, 200), take(&heap, 300), take(&heap, 400)};
        for (unsigned n = 0; n < 3; n++)
            give(&heap, block[order[o][n]]);
        assert_int_equal(stats_of(&heap, TA_CLASS_DMA).largest, whole);
        assert_int_equal(stats_of(&heap, TA_CLASS_DMA).used, 0);
    }
}

static void test_figures(void **state)
{
    (void)state;
    ta_tlsf_t heap = fresh(ARENA_BYTES);
    ta_mem_stats_t empty = stats_of(&heap, TA_CLASS_DMA);
    assert_true(empty.total > ARENA_BYTES - 600); // the bookkeeping of 128 KiB
    assert_int_equal(empty.free, empty.total);
    assert_int_equal(empty.largest, empty.total - 4);
    void *a = take(&heap, 1000), *b = take(&heap, 12);
    ta_mem_stats_t two = stats_of(&heap, TA_CLASS_DMA);
    assert_int_equal(two.used, 1008 + 16); // a header of four bytes each, in eights
    assert_int_equal(two.peak, two.used);
    give(&heap, a);
    give(&heap, b);
    ta_mem_stats_t after = stats_of(&heap, TA_CLASS_DMA);
    assert_int_equal(after.used, 0);
    assert_int_equal(after.peak, two.used);
    assert_int_equal(after.allocs, 2);
    assert_int_equal(after.frees, 2);
    assert_int_equal(after.failures, 0);
    assert_int_equal(after.largest, empty.largest);
}

// A request that is refused for want of room counts, whichever way it came in.
static void test_every_refusal_counts(void **state)
{
    (void)state;
    ta_tlsf_t heap = fresh(4096);
    ta_need_t need = {"ring", 3000, 8, TA_CLASS_DMA};
    uint8_t *a = take(&heap, 2000);
    void *block;
    assert_null(ta_tlsf_malloc(&heap, 2000, 8, TA_CLASS_DMA));
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).failures, 1);
    assert_int_equal(ta_mem_alloc(&heap.mem, &need, &block, NULL), TA_E_NOMEM);
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).failures, 2);
    assert_null(ta_tlsf_realloc(&heap, a, 3900, TA_CLASS_DMA));
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).failures, 3);
    assert_null(ta_tlsf_malloc(&heap, 2000, 64, TA_CLASS_DMA));
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).failures, 4);
    assert_null(ta_tlsf_check(&heap));
}

static void test_as_a_resource(void **state)
{
    (void)state;
    ta_tlsf_t heap = fresh(ARENA_BYTES);
    ta_need_t need = {"ring", 5000, 1024, TA_CLASS_DMA};
    void *block;
    assert_int_equal(ta_mem_alloc(&heap.mem, &need, &block, NULL), TA_OK);
    assert_int_equal((uintptr_t)block % 1024, 0);
    ta_mem_free(&heap.mem, block);
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).used, 0);
    need.bytes = ARENA_BYTES;
    ta_failure_t failure;
    assert_int_equal(ta_mem_alloc(&heap.mem, &need, &block, &failure), TA_E_NOMEM);
    assert_int_equal(failure.largest, stats_of(&heap, TA_CLASS_DMA).largest);
}

// ---- resizing -------------------------------------------------------------------------------------------------------

static void fill(uint8_t *block, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        block[i] = (uint8_t)(i * 7 + 1);
}

#ifndef __SANITIZE_ADDRESS__ // which tells of areas that overlap by itself
// This machine's memcpy is its memmove. Here it is one that may not be given areas that overlap: it begins at the end.
void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    volatile uint8_t *out = to; // or the compiler would make a call of memcpy of this loop
    const uint8_t *in = from;
    while (bytes-- > 0)
        out[bytes] = in[bytes];
    return to;
}
#endif

static void must_hold(const uint8_t *block, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        assert_int_equal(block[i], (uint8_t)(i * 7 + 1));
}

static uint8_t *resize(ta_tlsf_t *heap, uint8_t *block, size_t bytes)
{
    uint8_t *now = ta_tlsf_realloc(heap, block, bytes, TA_CLASS_DMA);
    assert_null(ta_tlsf_check(heap));
    return now;
}

static void test_realloc_of_nothing_and_to_nothing(void **state)
{
    (void)state;
    ta_tlsf_t heap = fresh(4096);
    uint8_t *block = resize(&heap, NULL, 100);
    assert_non_null(block);
    assert_null(resize(&heap, block, 0));
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).used, 0);
    assert_null(resize(&heap, NULL, 0));
}

static void test_realloc_shrinks_and_grows_in_place(void **state)
{
    (void)state;
    ta_tlsf_t heap = fresh(16384); // blocks below 128 bytes come from the front, one after the other
    uint8_t *a = take(&heap, 60), *b = take(&heap, 60), *c = take(&heap, 60);
    assert_true(a + 64 == b && b + 64 == c);
    fill(a, 60);
    fill(c, 60);
    size_t used = stats_of(&heap, TA_CLASS_DMA).used;
    assert_ptr_equal(resize(&heap, a, 60), a);
    assert_ptr_equal(resize(&heap, a, 56), a); // eight bytes are no block of their own
    assert_int_equal(ta_tlsf_usable(a), 60);
    assert_ptr_equal(resize(&heap, a, 20), a);
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).used, used - 40);
    assert_ptr_equal(resize(&heap, a, 60), a); // back into what it left
    give(&heap, b);
    assert_ptr_equal(resize(&heap, a, 124), a); // all of b
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).used, used);
    must_hold(a, 20);
    must_hold(c, 60);
}

static void test_realloc_moves_to_the_front_when_that_is_enough(void **state)
{
    (void)state;
    ta_tlsf_t heap = fresh(16384);
    uint8_t *a = take(&heap, 60), *b = take(&heap, 60), *c = take(&heap, 60), *d = take(&heap, 60);
    fill(b, 60);
    give(&heap, a);
    assert_ptr_equal(resize(&heap, b, 120), a); // into a and itself
    must_hold(a, 60);
    fill(a, 124);
    give(&heap, c);
    uint8_t *e = take(&heap, 60); // where c was
    assert_ptr_equal(e, c);
    give(&heap, a);
    fill(e, 60);
    give(&heap, d);
    assert_ptr_equal(resize(&heap, e, 188), e); // d behind it is enough: it stays
    assert_ptr_equal(resize(&heap, e, 16000), NULL);
    must_hold(e, 60);
    size_t all = stats_of(&heap, TA_CLASS_DMA).total - 4;
    assert_ptr_equal(resize(&heap, e, all), a); // both neighbours
    must_hold(a, 60);
    assert_int_equal(ta_tlsf_usable(a), all);
}

// Into a gap that is smaller than what moves: where it was and where it comes to overlap.
static void test_realloc_moves_over_itself(void **state)
{
    (void)state;
    for (size_t gap = 12; gap < 60; gap += 8) {
        for (size_t bytes = 60; bytes < 120; bytes += 4) {
            ta_tlsf_t heap = fresh(16384); // blocks below 128 bytes come from the front, one after the other
            uint8_t *a = take(&heap, gap), *b = take(&heap, bytes), *c = take(&heap, 60);
            assert_true(a + gap + 4 == b && b < c);
            fill(c, 60);
            fill(b, bytes);
            size_t most = ta_tlsf_usable(b) + (size_t)(b - a);
            give(&heap, a);
            assert_ptr_equal(resize(&heap, b, most), a);
            must_hold(a, bytes);
            must_hold(c, 60);
            assert_true(a + bytes > b);
        }
    }
}

static void test_realloc_moves_elsewhere(void **state)
{
    (void)state;
    ta_tlsf_t heap = fresh(8192);
    uint8_t *a = take(&heap, 60), *b = take(&heap, 60);
    fill(a, 60);
    uint8_t *moved = resize(&heap, a, 900);
    assert_true(moved != a && moved != b);
    must_hold(moved, 60);
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).allocs, 3);
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).frees, 1);
}

static void test_realloc_that_fails_leaves_the_block(void **state)
{
    (void)state;
    ta_tlsf_t heap = fresh(4096);
    uint8_t *a = take(&heap, 500);
    fill(a, 500);
    static const size_t absurd[] = {5000, (size_t)1 << 30, SIZE_MAX, SIZE_MAX - 8};
    for (unsigned n = 0; n < 4; n++) {
        assert_null(resize(&heap, a, absurd[n]));
        must_hold(a, 500);
        assert_int_equal(stats_of(&heap, TA_CLASS_DMA).failures, n + 1);
    }
}

static void test_realloc_moves_to_a_region_of_the_class(void **state)
{
    (void)state;
    ta_tlsf_t heap;
    ta_tlsf_init(&heap, NULL, NULL);
    assert_int_equal(ta_tlsf_add(&heap, memory, 4096, TA_CLASS_DMA), TA_OK);
    assert_int_equal(ta_tlsf_add(&heap, memory + 4096, 4096, TA_CLASS_BULK), TA_OK);
    uint8_t *a = take(&heap, 100);
    fill(a, 100);
    uint8_t *b = ta_tlsf_realloc(&heap, a, 50, TA_CLASS_BULK);
    assert_true(b > memory + 4096);
    must_hold(b, 50);
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).used, 0);
    assert_null(ta_tlsf_check(&heap));
}

// What is behind the old block is not read: the region's end, here.
static void test_realloc_reads_no_further_than_the_block(void **state)
{
    (void)state;
    uint8_t *low = malloc(2048), *high = malloc(8192);
    assert_true(low && high);
    ta_tlsf_t heap;
    ta_tlsf_init(&heap, NULL, NULL);
    assert_int_equal(ta_tlsf_add(&heap, low, 2048, TA_CLASS_ALL), TA_OK);
    assert_int_equal(ta_tlsf_add(&heap, high, 8192, TA_CLASS_ALL), TA_OK);
    uint8_t *block = take(&heap, 500);
    assert_true(block > low && block + 504 > low + 2048 - 16 && block < low + 2048);
    fill(block, 500);
    block = resize(&heap, block, 4000);
    assert_true(block > high && block < high + 8192);
    must_hold(block, 500);
    free(low);
    free(high);
}

// ---- broken contracts -----------------------------------------------------------------------------------------------

static void test_a_second_free_panics(void **state)
{
    (void)state;
    for (unsigned merged = 0; merged < 4; merged++) { // alone, into the one before, with the one behind, with both
        ta_tlsf_t heap = fresh(16384);
        void *a = take(&heap, 60), *b = take(&heap, 60), *c = take(&heap, 60);
        take(&heap, 60);
        if (merged & 1)
            give(&heap, a);
        if (merged & 2)
            give(&heap, c);
        give(&heap, b);
        must_panic_on_free(&heap, b);
        must_panic_on_realloc(&heap, b);
        assert_null(ta_tlsf_check(&heap));
    }
}

static void test_foreign_pointers_panic(void **state)
{
    (void)state;
    ta_tlsf_t heap = fresh(4096);
    uint8_t *a = take(&heap, 400);
    memset(a, 0, 400);
    must_panic_on_free(&heap, &heap);
    must_panic_on_free(&heap, memory);        // the bookkeeping
    must_panic_on_free(&heap, memory + 4096); // behind the end
    must_panic_on_free(&heap, memory + 4096 - 8);
    must_panic_on_free(&heap, memory - 8);
    for (unsigned off = 1; off < 392; off++)
        must_panic_on_free(&heap, a + off); // into the middle: no header there
    memset(a, 0xff, 400);
    for (unsigned off = 8; off < 392; off += 8)
        must_panic_on_free(&heap, a + off);
    assert_int_equal(stats_of(&heap, TA_CLASS_DMA).frees, 0);
    assert_null(ta_tlsf_check(&heap));
    give(&heap, a);
}

// Writing to a block after it was freed damages its footer; who frees the next one finds out.
static void test_a_write_after_free_panics(void **state)
{
    (void)state;
    for (unsigned wrong = 0; wrong < 4; wrong++) {
        ta_tlsf_t heap = fresh(16384);
        uint8_t *a = take(&heap, 60), *b = take(&heap, 60), *c = take(&heap, 60);
        give(&heap, b);
        uint8_t *const led[] = {NULL, memory, a - 4, c + 12};
        const uint32_t name = (uint32_t)(uintptr_t)led[wrong]; // out of the region twice, to another block, ahead
        memcpy(b + 56, &name, sizeof name);
        assert_non_null(ta_tlsf_check(&heap));
        must_panic_on_free(&heap, c);
    }
}

// A write behind the end of a block is found at the latest when the block is freed.
static void test_an_overrun_panics(void **state)
{
    (void)state;
    ta_tlsf_t heap = fresh(16384);
    uint8_t *a = take(&heap, 60), *b = take(&heap, 60);
    memset(a, 0, 68);
    assert_non_null(ta_tlsf_check(&heap));
    must_panic_on_free(&heap, b);
    memset(a, 0xff, 68);
    assert_non_null(ta_tlsf_check(&heap));
    must_panic_on_free(&heap, b);
    must_panic_on_free(&heap, a);
}

int main(void)
{
    memory = aligned_alloc(65536, 3 * 65536);
    if (!memory)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_bad_regions_leave_the_heap_alone),
        cmocka_unit_test(test_regions_may_not_overlap_nor_be_too_many),
        cmocka_unit_test(test_every_region_size_works),
        cmocka_unit_test(test_classes_go_to_their_regions),
        cmocka_unit_test(test_regions_are_tried_in_order),
        cmocka_unit_test(test_every_alignment),
        cmocka_unit_test(test_an_aligned_hole_is_found_again),
        cmocka_unit_test(test_requests_out_of_range),
        cmocka_unit_test(test_small_and_large_keep_apart),
        cmocka_unit_test(test_freeing_in_any_order_merges),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_every_refusal_counts),
        cmocka_unit_test(test_as_a_resource),
        cmocka_unit_test(test_realloc_of_nothing_and_to_nothing),
        cmocka_unit_test(test_realloc_shrinks_and_grows_in_place),
        cmocka_unit_test(test_realloc_moves_to_the_front_when_that_is_enough),
        cmocka_unit_test(test_realloc_moves_over_itself),
        cmocka_unit_test(test_realloc_moves_elsewhere),
        cmocka_unit_test(test_realloc_that_fails_leaves_the_block),
        cmocka_unit_test(test_realloc_moves_to_a_region_of_the_class),
        cmocka_unit_test(test_realloc_reads_no_further_than_the_block),
        cmocka_unit_test(test_a_second_free_panics),
        cmocka_unit_test(test_foreign_pointers_panic),
        cmocka_unit_test(test_a_write_after_free_panics),
        cmocka_unit_test(test_an_overrun_panics),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(memory);
    return failed;
}
