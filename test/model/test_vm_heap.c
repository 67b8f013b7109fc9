// The VM heap's model as a resource: alignment, pins that outlive collections, figures. That it places and collects as
// MicroPython does is for vm_heap_against_micropython.sh to show.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "chip/chip.h"

enum { HEAP_BYTES = 192 * 1024, WINDOW_BYTES = 256 * 1024 };

static uint8_t *memory; // at an address of 32 bits, as on the chips
static jmp_buf panicked;
static unsigned panics;

void ta_panic(const char *file, int line, const char *what)
{
    (void)file, (void)line, (void)what;
    panics++;
    longjmp(panicked, 1);
}

static void must_panic_on_free(ta_mem_t *mem, void *block)
{
    unsigned before = panics;
    if (setjmp(panicked) == 0)
        ta_mem_free(mem, block);
    assert_int_equal(panics, before + 1);
}

static void must_panic_on_vm_free(chip_vm_heap_t *heap, void *block)
{
    unsigned before = panics;
    if (setjmp(panicked) == 0)
        chip_vm_heap_free(heap, block);
    assert_int_equal(panics, before + 1);
}

static chip_vm_heap_t fresh(size_t bytes)
{
    chip_vm_heap_t heap;
    memset(memory, 0xa5, WINDOW_BYTES);
    chip_vm_heap_init(&heap, memory, bytes, TA_CLASS_ALL);
    return heap;
}

static void *take(chip_vm_heap_t *heap, size_t bytes, size_t align)
{
    ta_need_t need = {"ring", bytes, align, TA_CLASS_DMA};
    void *block;
    return ta_mem_alloc(&heap->mem, &need, &block, NULL) == TA_OK ? block : NULL;
}

static ta_mem_stats_t stats_of(chip_vm_heap_t *heap)
{
    ta_mem_stats_t stats;
    ta_mem_stats(&heap->mem, TA_CLASS_DMA, &stats);
    return stats;
}

// Table, finaliser bits and pool of rp2's heap; numbers by hand from MicroPython's formula.
static void test_layout(void **state)
{
    (void)state;
    chip_vm_heap_t heap = fresh(HEAP_BYTES);
    assert_int_equal(heap.alloc_table_bytes, (HEAP_BYTES - 1) * 8 / 524);
    assert_int_equal(heap.blocks, heap.alloc_table_bytes * 4);
    assert_ptr_equal(heap.alloc_table, memory);
    assert_ptr_equal(heap.pool + heap.blocks * 16, memory + HEAP_BYTES);
    assert_int_equal(stats_of(&heap).total, heap.blocks * 16);
    assert_int_equal(stats_of(&heap).largest, heap.blocks * 16);
    assert_ptr_equal(chip_vm_heap_alloc(&heap, 1), heap.pool);
    assert_ptr_equal(chip_vm_heap_alloc(&heap, 17), heap.pool + 16);
    assert_ptr_equal(chip_vm_heap_alloc(&heap, 16), heap.pool + 48);
}

static void test_tiny_heaps_refuse(void **state)
{
    (void)state;
    unsigned refused = 0;
    for (size_t bytes = 0; bytes < 300; bytes++) {
        chip_vm_heap_t heap = fresh(bytes);
        memory[bytes] = 0x77;
        void *block = take(&heap, 1, 1);
        refused += block == NULL;
        assert_int_equal(block == NULL, heap.blocks == 0);
        assert_int_equal(stats_of(&heap).total, heap.blocks * 16);
        assert_int_equal(memory[bytes], 0x77);
    }
    assert_int_equal(refused, 80); // 524 / 8 and the free byte, in blocks
}

static void test_a_full_heap_collects_garbage(void **state)
{
    (void)state;
    chip_vm_heap_t heap = fresh(HEAP_BYTES);
    void *kept = take(&heap, 1000, 8);
    memset(kept, 0x3c, 1000);
    for (unsigned n = 0; n < 5000; n++)
        assert_non_null(chip_vm_heap_alloc(&heap, 400)); // dropped at once
    assert_true(heap.collections >= 5);
    for (unsigned n = 0; n < 1000; n++)
        assert_int_equal(((uint8_t *)kept)[n], 0x3c);
    chip_vm_heap_collect(&heap);
    assert_int_equal(stats_of(&heap).used, 1008);
    assert_int_equal(stats_of(&heap).allocs - stats_of(&heap).frees, 1);
    ta_mem_free(&heap.mem, kept);
    assert_int_equal(stats_of(&heap).used, 0);
    assert_int_equal(heap.roots, 0);
}

// Words are traced: a pinned block keeps what it points to, through several steps, and a word of samples may do so by
// chance.
static void test_words_keep_blocks(void **state)
{
    (void)state;
    chip_vm_heap_t heap = fresh(HEAP_BYTES);
    uint32_t *block[5];
    block[0] = take(&heap, 64, 4);
    for (unsigned n = 1; n < 5; n++)
        block[n] = chip_vm_heap_alloc(&heap, 64);
    for (unsigned n = 0; n < 3; n++)
        block[n][15] = (uint32_t)(uintptr_t)block[n + 1];
    block[2][3] = (uint32_t)(uintptr_t)block[4] + 16; // into the middle: keeps nothing
    chip_vm_heap_collect(&heap);
    assert_int_equal(stats_of(&heap).used, 4 * 64);
    block[1][15] = 0;
    chip_vm_heap_collect(&heap);
    assert_int_equal(stats_of(&heap).used, 2 * 64);
}

static void test_every_alignment(void **state)
{
    (void)state;
    unsigned placed = 0;
    for (size_t align = 1; align <= TA_NEED_ALIGN_MAX; align *= 2) {
        chip_vm_heap_t heap = fresh(HEAP_BYTES);
        uint8_t *block[3];
        for (unsigned n = 0; n < 3; n++, placed++) {
            assert_non_null(chip_vm_heap_alloc(&heap, 1)); // so that the next does not lie well by chance
            block[n] = take(&heap, 5000, align);
            assert_non_null(block[n]);
            assert_int_equal((uintptr_t)block[n] & (align - 1), 0);
            memset(block[n], 0xff, 5000);
        }
        chip_vm_heap_collect(&heap);
        for (unsigned n = 0; n < 3; n++) {
            for (unsigned b = 0; b < 5000; b++)
                assert_int_equal(block[n][b], 0xff);
        }
        assert_int_equal(heap.roots, 3);
        ta_mem_free(&heap.mem, block[1]);
        ta_mem_free(&heap.mem, block[0]);
        ta_mem_free(&heap.mem, block[2]);
        assert_int_equal(stats_of(&heap).used, 0);
        assert_int_equal(stats_of(&heap).largest, stats_of(&heap).total);
    }
    assert_int_equal(placed, 48);
}

static void test_as_many_pins_as_there_are(void **state)
{
    (void)state;
    chip_vm_heap_t heap = fresh(HEAP_BYTES);
    void *block[CHIP_VM_ROOTS_MAX];
    for (unsigned n = 0; n < CHIP_VM_ROOTS_MAX; n++)
        assert_non_null(block[n] = take(&heap, 16, 4));
    assert_null(take(&heap, 16, 4));
    assert_int_equal(stats_of(&heap).failures, 1);
    ta_mem_free(&heap.mem, block[7]);
    assert_non_null(block[7] = take(&heap, 16, 4));
    chip_vm_heap_collect(&heap);
    assert_int_equal(stats_of(&heap).used, 16 * CHIP_VM_ROOTS_MAX);
}

static void test_too_much_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    chip_vm_heap_t heap = fresh(HEAP_BYTES);
    ta_mem_stats_t before = stats_of(&heap);
    assert_null(take(&heap, before.largest + 1, 4));
    assert_null(take(&heap, SIZE_MAX, 32768));
    assert_null(take(&heap, SIZE_MAX - 32768 + 16, 32768));
    assert_null(chip_vm_heap_alloc(&heap, SIZE_MAX));
    assert_null(chip_vm_heap_alloc(&heap, 0));
    ta_mem_stats_t after = stats_of(&heap);
    assert_int_equal(after.used, 0);
    assert_int_equal(after.failures, 4);
    assert_non_null(take(&heap, before.largest, 4));
}

static void test_resizing(void **state)
{
    (void)state;
    chip_vm_heap_t heap = fresh(HEAP_BYTES);
    uint8_t *a = chip_vm_heap_realloc(&heap, NULL, 40, false), *b = chip_vm_heap_alloc(&heap, 16);
    assert_ptr_equal(b, a + 48);
    memset(a, 0x11, 48);
    assert_ptr_equal(chip_vm_heap_realloc(&heap, a, 48, false), a);
    assert_null(chip_vm_heap_realloc(&heap, a, 49, false)); // b is in the way
    chip_vm_heap_free(&heap, b);
    assert_ptr_equal(chip_vm_heap_realloc(&heap, a, 64, false), a);
    assert_int_equal(a[47], 0x11);
    assert_int_equal(a[48], 0); // new blocks are cleared
    assert_ptr_equal(chip_vm_heap_realloc(&heap, a, 16, false), a);
    assert_int_equal(stats_of(&heap).used, 16);
    assert_non_null(chip_vm_heap_alloc(&heap, 16));
    uint8_t *moved = chip_vm_heap_realloc(&heap, a, 500, true);
    assert_true(moved > a);
    assert_int_equal(moved[15], 0x11);
    assert_null(chip_vm_heap_realloc(&heap, moved, 0, true));
    assert_int_equal(stats_of(&heap).used, 16);
}

static void test_foreign_blocks_panic(void **state)
{
    (void)state;
    chip_vm_heap_t heap = fresh(HEAP_BYTES);
    uint8_t *pinned = take(&heap, 100, 4), *loose = chip_vm_heap_alloc(&heap, 100);
    must_panic_on_free(&heap.mem, loose); // the VM's, not ours
    must_panic_on_free(&heap.mem, memory);
    must_panic_on_free(&heap.mem, &heap);
    must_panic_on_vm_free(&heap, pinned + 16);
    must_panic_on_vm_free(&heap, loose + 1);
    chip_vm_heap_free(&heap, loose);
    must_panic_on_vm_free(&heap, loose);
    ta_mem_free(&heap.mem, pinned);
    must_panic_on_free(&heap.mem, pinned);
    chip_vm_heap_free(&heap, NULL);
    assert_int_equal(stats_of(&heap).used, 0);
}

int main(void)
{
    void *wanted = (void *)(uintptr_t)0x48000000;
    memory = mmap(wanted, WINDOW_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != wanted) {
        fprintf(stderr, "test_vm_heap: cannot map 0x48000000\n");
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_tiny_heaps_refuse),
        cmocka_unit_test(test_a_full_heap_collects_garbage),
        cmocka_unit_test(test_words_keep_blocks),
        cmocka_unit_test(test_every_alignment),
        cmocka_unit_test(test_as_many_pins_as_there_are),
        cmocka_unit_test(test_too_much_is_refused_and_changes_nothing),
        cmocka_unit_test(test_resizing),
        cmocka_unit_test(test_foreign_blocks_panic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
