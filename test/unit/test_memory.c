// Classes, resources, refusals as sentences, the probe, the arena, and the platform table.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tonearm/memory.h"
#include "tonearm/tlsf.h"

static _Alignas(64) uint8_t memory[4096];
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

static ta_arena_t arena_of(size_t bytes, unsigned classes)
{
    ta_arena_t arena;
    assert_int_equal(ta_arena_init(&arena, memory, bytes, classes), TA_OK);
    return arena;
}

static uint8_t *take(ta_mem_t *mem, size_t bytes, size_t align)
{
    ta_need_t need = {"a block", bytes, align, TA_CLASS_DMA};
    void *block;
    return ta_mem_alloc(mem, &need, &block, NULL) == TA_OK ? block : NULL;
}

static ta_mem_stats_t stats_of(ta_mem_t *mem)
{
    ta_mem_stats_t stats;
    ta_mem_stats(mem, TA_CLASS_DMA, &stats);
    return stats;
}

// ---- names and routes -----------------------------------------------------------------------------------------------

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(ta_class_name(TA_CLASS_DMA), "DMA");
    assert_string_equal(ta_class_name(TA_CLASS_FAST), "FAST");
    assert_string_equal(ta_class_name(TA_CLASS_BULK), "BULK");
    assert_string_equal(ta_class_name((ta_class_t)3), "?");
    assert_string_equal(ta_class_name((ta_class_t)0), "?");
    assert_string_equal(ta_status_name(TA_OK), "ok");
    assert_string_equal(ta_status_name(TA_E_NOMEM), "no memory");
    assert_string_equal(ta_status_name((ta_status_t)1), "unknown");
    assert_string_equal(ta_status_name((ta_status_t)-9), "unknown");
    assert_string_equal(ta_status_name((ta_status_t)-2147483647), "unknown");
    unsigned different = 0;
    for (int a = 0; a >= TA_E_IO; a--) {
        const char *name = ta_status_name((ta_status_t)a);
        assert_true(strlen(name) > 1 && strcmp(name, "unknown") != 0);
        for (int b = 0; b > a; b--)
            different += strcmp(name, ta_status_name((ta_status_t)b)) != 0;
    }
    assert_int_equal(different, 36);
}

static void test_routes(void **state)
{
    (void)state;
    ta_arena_t one = arena_of(64, TA_CLASS_ALL), two = one, three = one;
    ta_memory_t memory_of = {&one.mem, &two.mem, &three.mem};
    assert_ptr_equal(ta_memory_route(&memory_of, TA_CLASS_DMA), &one);
    assert_ptr_equal(ta_memory_route(&memory_of, TA_CLASS_FAST), &two);
    assert_ptr_equal(ta_memory_route(&memory_of, TA_CLASS_BULK), &three);
    assert_null(ta_memory_route(&memory_of, (ta_class_t)5));
    ta_memory_t all = ta_memory_all(&two.mem);
    for (unsigned cls = 1; cls < 8; cls <<= 1)
        assert_ptr_equal(ta_memory_route(&all, (ta_class_t)cls), &two);
}

// ---- needs and refusals ---------------------------------------------------------------------------------------------

static void test_needs_out_of_range(void **state)
{
    (void)state;
    ta_arena_t arena = arena_of(sizeof memory, TA_CLASS_ALL);
    static const ta_need_t bad[] = {{"x", 0, 4, TA_CLASS_DMA},  {"x", 4, 0, TA_CLASS_DMA},
                                    {"x", 4, 3, TA_CLASS_DMA},  {"x", 4, 65536, TA_CLASS_DMA},
                                    {"x", 4, 4, (ta_class_t)0}, {"x", 4, 4, (ta_class_t)3},
                                    {"x", 4, 4, (ta_class_t)8}, {"x", 4, SIZE_MAX, TA_CLASS_DMA}};
    for (unsigned n = 0; n < sizeof bad / sizeof *bad; n++) {
        void *block = &arena;
        ta_failure_t failure = {0};
        char text[TA_SENTENCE_MAX];
        assert_int_equal(ta_mem_alloc(&arena.mem, &bad[n], &block, &failure), TA_E_ARG);
        assert_null(block);
        assert_int_equal(failure.status, TA_E_ARG);
        ta_failure_sentence(&failure, text, sizeof text);
        assert_non_null(strstr(text, "out of range"));
    }
    assert_int_equal(stats_of(&arena.mem).allocs, 0);
    assert_int_equal(stats_of(&arena.mem).failures, 0);
}

static void must_name(const ta_failure_t *failure, const char *wanted)
{
    char text[TA_SENTENCE_MAX];
    size_t length = ta_failure_sentence(failure, text, sizeof text);
    assert_int_equal(length, strlen(text));
    if (!strstr(text, wanted))
        fail_msg("\"%s\" does not name %s", text, wanted);
    assert_null(strchr(text, '\n'));
}

// Object, bytes, class, resource, free, largest block, knob.
static void must_name_all(const ta_failure_t *failure)
{
    char number[24];
    must_name(failure, failure->object);
    must_name(failure, ta_class_name(failure->cls));
    must_name(failure, failure->resource);
    must_name(failure, failure->knob);
    const size_t figures[] = {failure->bytes, failure->free, failure->largest};
    for (unsigned n = 0; n < 3; n++) {
        (void)snprintf(number, sizeof number, "%lu", (unsigned long)figures[n]);
        must_name(failure, number);
    }
}

static void test_too_little_is_a_sentence(void **state)
{
    (void)state;
    ta_arena_t arena = arena_of(1000, TA_CLASS_ALL);
    assert_non_null(take(&arena.mem, 300, 1));
    ta_need_t need = {"i2s ring", 16384, 64, TA_CLASS_DMA};
    void *block;
    ta_failure_t failure;
    assert_int_equal(ta_mem_alloc(&arena.mem, &need, &block, &failure), TA_E_NOMEM);
    assert_null(block);
    assert_int_equal(failure.status, TA_E_NOMEM);
    assert_string_equal(failure.object, "i2s ring");
    assert_int_equal(failure.bytes, 16384);
    assert_int_equal(failure.align, 64);
    assert_int_equal(failure.cls, TA_CLASS_DMA);
    assert_string_equal(failure.resource, "arena");
    assert_int_equal(failure.free, 700);
    assert_int_equal(failure.largest, 696); // the next block begins at a multiple of eight
    assert_ptr_equal(failure.knob, arena.mem.knob);
    must_name_all(&failure);
    must_name(&failure, "64");
    assert_int_equal(ta_mem_alloc(&arena.mem, &need, &block, NULL), TA_E_NOMEM); // nobody has to listen
    assert_int_equal(stats_of(&arena.mem).failures, 2);
    assert_int_equal(stats_of(&arena.mem).allocs, 1);
}

static void test_the_wrong_class_is_a_sentence(void **state)
{
    (void)state;
    ta_arena_t psram = arena_of(2048, TA_CLASS_BULK);
    ta_need_t need = {"i2s ring", 512, 4, TA_CLASS_DMA};
    void *block;
    ta_failure_t failure;
    assert_int_equal(ta_mem_alloc(&psram.mem, &need, &block, &failure), TA_E_CLASS);
    assert_null(block);
    assert_int_equal(failure.status, TA_E_CLASS);
    assert_int_equal(failure.free, 2048); // there is room, but not of that class
    assert_int_equal(failure.largest, 2048);
    must_name_all(&failure);
    must_name(&failure, "does not serve");
    assert_int_equal(psram.used, 0);
}

static void test_no_resource_is_a_sentence(void **state)
{
    (void)state;
    ta_need_t need = {"delay line", 512, 4, TA_CLASS_BULK};
    void *block;
    ta_failure_t failure;
    assert_int_equal(ta_mem_alloc(NULL, &need, &block, &failure), TA_E_CLASS);
    assert_string_equal(failure.resource, "no resource");
    must_name_all(&failure);
    must_name(&failure, "for which there is no resource");
    ta_mem_t blank = {0}; // never made
    assert_int_equal(ta_mem_alloc(&blank, &need, &block, NULL), TA_E_CLASS);
    ta_mem_free(NULL, NULL);
    assert_int_equal(stats_of(NULL).total, 0);
    assert_int_equal(stats_of(&blank).total, 0);
}

static void test_every_sentence_fits(void **state)
{
    (void)state;
    static char longest[400];
    memset(longest, 'x', sizeof longest - 1);
    unsigned sentences = 0;
    for (int status = TA_OK; status >= TA_E_IO - 1; status--) {
        for (unsigned names = 0; names < 2; names++) {
            const char *name = names ? longest : NULL;
            ta_failure_t failure = {
                (ta_status_t)status, name, SIZE_MAX, TA_NEED_ALIGN_MAX, TA_CLASS_BULK, name, SIZE_MAX, SIZE_MAX, name};
            char text[TA_SENTENCE_MAX + 1];
            memset(text, '!', sizeof text);
            size_t length = ta_failure_sentence(&failure, text, TA_SENTENCE_MAX);
            assert_true(length > 5 && length < TA_SENTENCE_MAX);
            assert_int_equal(strlen(text), length);
            sentences++;
            for (size_t size = 1; size < 40; size++) {
                char part[41];
                memset(part, '!', sizeof part);
                assert_int_equal(ta_failure_sentence(&failure, part, size), length);
                size_t kept = length < size - 1 ? length : size - 1;
                assert_int_equal(strlen(part), kept);
                assert_memory_equal(part, text, kept);
                assert_int_equal(part[size], '!');
            }
            assert_int_equal(ta_failure_sentence(&failure, NULL, 0), length);
        }
    }
    assert_int_equal(sentences, 20);
}

// ---- the probe ------------------------------------------------------------------------------------------------------

static void test_the_probe_counts_and_refuses_one(void **state)
{
    (void)state;
    ta_arena_t arena = arena_of(sizeof memory, TA_CLASS_DMA | TA_CLASS_BULK);
    uint32_t sequence = 0;
    ta_mem_probe_t probe, other;
    ta_mem_probe_init(&probe, &arena.mem, &sequence, 3);
    ta_mem_probe_init(&other, &arena.mem, &sequence, 3);
    assert_string_equal(probe.mem.name, "arena");
    assert_ptr_equal(probe.mem.knob, arena.mem.knob);
    assert_int_equal(probe.mem.classes, arena.mem.classes);
    uint8_t *first = take(&probe.mem, 8, 8);
    assert_non_null(first);
    assert_non_null(take(&other.mem, 8, 8)); // one sequence for both
    ta_need_t need = {"third", 8, 8, TA_CLASS_DMA};
    ta_failure_t failure;
    void *block;
    assert_int_equal(ta_mem_alloc(&probe.mem, &need, &block, &failure), TA_E_NOMEM);
    must_name_all(&failure);
    // It is the probe that refused, and not the arena, which has the bytes.
    assert_string_equal(failure.knob, "refused because allocation 3 was made to fail");
    assert_true(failure.largest >= failure.bytes);
    assert_non_null(take(&probe.mem, 8, 8));
    assert_int_equal(sequence, 4);
    // The next refusal is the arena's own, with the arena's knob.
    need.bytes = sizeof memory + 1;
    assert_int_equal(ta_mem_alloc(&probe.mem, &need, &block, &failure), TA_E_NOMEM);
    assert_ptr_equal(failure.knob, arena.mem.knob);
    sequence = UINT32_MAX - 1;
    probe.fail_at = UINT32_MAX;
    need.bytes = 8;
    assert_int_equal(ta_mem_alloc(&probe.mem, &need, &block, &failure), TA_E_NOMEM);
    assert_string_equal(failure.knob, "refused because allocation 4294967295 was made to fail");
    assert_int_equal(stats_of(&probe.mem).allocs, 3);
    assert_int_equal(stats_of(&probe.mem).used, arena.used);
    ta_mem_free(&probe.mem, first);
    assert_int_equal(arena.stats.frees, 1);
}

static void test_a_probe_without_a_sequence(void **state)
{
    (void)state;
    ta_arena_t arena = arena_of(sizeof memory, TA_CLASS_ALL);
    ta_mem_probe_t probe;
    ta_mem_probe_init(&probe, &arena.mem, NULL, 1);
    assert_non_null(take(&probe.mem, 8, 8));
    uint32_t sequence = 0;
    ta_mem_probe_init(&probe, &arena.mem, &sequence, 0);
    for (unsigned n = 1; n <= 5; n++) {
        assert_non_null(take(&probe.mem, 8, 8));
        assert_int_equal(sequence, n);
    }
}

// ---- the arena ------------------------------------------------------------------------------------------------------

static void test_an_arena_that_failed_is_safe(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 4; n++) {
        ta_arena_t arena;
        memset(&arena, 0xff, sizeof arena);
        assert_int_equal(ta_arena_init(&arena, n == 0 ? NULL : memory, n == 1 ? 0 : 64,
                                       n == 2   ? 0
                                       : n == 3 ? 8
                                                : 1),
                         TA_E_ARG);
        assert_null(take(&arena.mem, 1, 1));
        ta_mem_free(&arena.mem, NULL);
        assert_int_equal(stats_of(&arena.mem).total, 0);
        assert_int_equal(stats_of(&arena.mem).largest, 0);
        must_panic_on_free(&arena.mem, memory);
    }
    assert_int_equal(ta_arena_init(NULL, memory, 64, 1), TA_E_ARG);
}

static void test_an_arena_aligns(void **state)
{
    (void)state;
    unsigned placed = 0;
    for (size_t align = 1; align <= TA_NEED_ALIGN_MAX; align *= 2) {
        ta_arena_t arena;
        assert_int_equal(ta_arena_init(&arena, memory + 3, sizeof memory - 3, TA_CLASS_ALL), TA_OK);
        uint8_t *block;
        while ((block = take(&arena.mem, 5, align)) != NULL) {
            assert_int_equal((uintptr_t)block & (align - 1), 0);
            assert_true(block >= memory + 3 && block + 5 <= memory + sizeof memory);
            memset(block, (int)placed, 5);
            placed++;
        }
    }
    assert_true(placed > 1000);
}

static void test_an_arena_gives_its_last_byte_and_no_more(void **state)
{
    (void)state;
    ta_arena_t arena = arena_of(100, TA_CLASS_ALL);
    assert_null(take(&arena.mem, 101, 1));
    assert_null(take(&arena.mem, SIZE_MAX, 1));
    void *one = take(&arena.mem, 1, 1);
    for (size_t less = 0; less < 64; less++) // with the gap in front the sum wraps
        assert_null(take(&arena.mem, SIZE_MAX - less, 64));
    ta_mem_free(&arena.mem, one);
    uint8_t *most = take(&arena.mem, 99, 1);
    assert_ptr_equal(most, memory);
    assert_null(take(&arena.mem, 1, 4)); // the gap is larger than what is left
    assert_ptr_equal(take(&arena.mem, 1, 1), memory + 99);
    assert_null(take(&arena.mem, 1, 1));
    assert_int_equal(stats_of(&arena.mem).free, 0);
    assert_int_equal(stats_of(&arena.mem).largest, 0);
}

static void test_an_arena_reuses_its_last_block_and_an_empty_one(void **state)
{
    (void)state;
    ta_arena_t arena = arena_of(100, TA_CLASS_ALL);
    uint8_t *a = take(&arena.mem, 10, 1), *b = take(&arena.mem, 10, 1), *c = take(&arena.mem, 10, 1);
    ta_mem_free(&arena.mem, b);
    assert_ptr_equal(take(&arena.mem, 10, 1), memory + 30); // b's place waits
    ta_mem_free(&arena.mem, memory + 30);
    assert_ptr_equal(take(&arena.mem, 20, 1), memory + 30); // the last one's does not
    ta_mem_free(&arena.mem, a);
    ta_mem_free(&arena.mem, c);
    assert_int_equal(arena.live, 1);
    ta_mem_free(&arena.mem, memory + 30);
    assert_int_equal(arena.live, 0);
    assert_ptr_equal(take(&arena.mem, 100, 1), memory);
    ta_mem_stats_t stats = stats_of(&arena.mem);
    assert_int_equal(stats.allocs, 6);
    assert_int_equal(stats.frees, 5);
    assert_int_equal(stats.peak, 100);
    assert_int_equal(stats.used, 100);
    assert_int_equal(stats.total, 100);
}

static void test_what_an_arena_calls_largest_can_be_had(void **state)
{
    (void)state;
    for (size_t used = 1; used < 100; used++) {
        ta_arena_t arena = arena_of(100, TA_CLASS_ALL);
        assert_non_null(take(&arena.mem, used, 1));
        size_t largest = stats_of(&arena.mem).largest;
        ta_arena_t again = arena;
        assert_null(take(&again.mem, largest + 1, 8));
        if (largest)
            assert_non_null(take(&again.mem, largest, 8));
    }
}

static void test_foreign_blocks_panic(void **state)
{
    (void)state;
    ta_arena_t arena = arena_of(100, TA_CLASS_ALL);
    must_panic_on_free(&arena.mem, memory); // nothing is out
    assert_non_null(take(&arena.mem, 10, 1));
    must_panic_on_free(&arena.mem, memory + 10);
    must_panic_on_free(&arena.mem, &arena);
    assert_int_equal(arena.live, 1);
}

// ---- platforms ------------------------------------------------------------------------------------------------------

static void must_be(ta_chip_t chip, ta_host_t host, ta_resource_t dma, ta_resource_t fast, ta_resource_t bulk)
{
    const ta_platform_t *platform = ta_platform_find(chip, host);
    assert_non_null(platform);
    assert_int_equal(platform->chip, chip);
    assert_int_equal(platform->host, host);
    assert_int_equal(platform->dma, dma);
    assert_int_equal(platform->fast, fast);
    assert_int_equal(platform->bulk, bulk);
}

static void test_the_platform_table(void **state)
{
    (void)state;
    const ta_resource_t own = TA_RESOURCE_ARENA_OR_TLSF, tlsf = TA_RESOURCE_TLSF, vm = TA_RESOURCE_VM;
    must_be(TA_CHIP_RP2040, TA_HOST_PLAIN_C, own, own, own);
    must_be(TA_CHIP_RP2350, TA_HOST_PLAIN_C, own, own, own);
    must_be(TA_CHIP_RP2040, TA_HOST_MICROPYTHON, vm, vm, vm);
    must_be(TA_CHIP_RP2350, TA_HOST_MICROPYTHON, tlsf, tlsf, vm);
    assert_null(ta_platform_find((ta_chip_t)7, TA_HOST_PLAIN_C));
    assert_null(ta_platform_find(TA_CHIP_RP2040, (ta_host_t)7));
}

static void test_regions_of_the_chips(void **state)
{
    (void)state;
    unsigned count = 9, regions = 0;
    assert_null(ta_chip_regions((ta_chip_t)7, &count));
    assert_int_equal(count, 0);
    for (unsigned chip = TA_CHIP_RP2040; chip <= TA_CHIP_RP2350; chip++) {
        const ta_region_t *region = ta_chip_regions((ta_chip_t)chip, &count);
        assert_true(count >= 2);
        for (unsigned a = 0; a < count; a++, regions++) {
            uintptr_t base = region[a].base, end = base + region[a].bytes;
            assert_int_equal(ta_chip_classes((ta_chip_t)chip, base, region[a].bytes), region[a].classes);
            assert_int_equal(ta_chip_classes((ta_chip_t)chip, end - 1, 1), region[a].classes);
            assert_int_equal(ta_chip_classes((ta_chip_t)chip, end - 1, 2), 0);
            assert_int_equal(ta_chip_classes((ta_chip_t)chip, base, (size_t)region[a].bytes + 1), 0);
            assert_int_equal(ta_chip_classes((ta_chip_t)chip, base, SIZE_MAX), 0);
            for (unsigned b = 0; b < a; b++)
                assert_true(end <= region[b].base || region[b].base + region[b].bytes <= base);
        }
    }
    assert_int_equal(regions, 5);
}

// Addresses of the datasheets, said again in numbers.
static void test_addresses_of_the_chips(void **state)
{
    (void)state;
    const unsigned bulk = TA_CLASS_BULK, all = TA_CLASS_ALL;
    assert_int_equal(ta_chip_classes(TA_CHIP_RP2040, 0x20000000, 264 * 1024), all);
    assert_int_equal(ta_chip_classes(TA_CHIP_RP2040, 0x20041000, 4096), all); // scratch Y
    assert_int_equal(ta_chip_classes(TA_CHIP_RP2040, 0x20042000, 1), 0);
    assert_int_equal(ta_chip_classes(TA_CHIP_RP2040, 0x1fffffff, 1), 0);
    assert_int_equal(ta_chip_classes(TA_CHIP_RP2040, 0x10000000, 4096), bulk);
    assert_int_equal(ta_chip_classes(TA_CHIP_RP2040, 0x11000000, 4), 0); // no PSRAM window
    assert_int_equal(ta_chip_classes(TA_CHIP_RP2350, 0x20000000, 520 * 1024), all);
    assert_int_equal(ta_chip_classes(TA_CHIP_RP2350, 0x20082000, 1), 0);
    assert_int_equal(ta_chip_classes(TA_CHIP_RP2350, 0x11000000, 8 * 1024 * 1024), bulk);
    assert_int_equal(ta_chip_classes(TA_CHIP_RP2350, 0x10000000, 4096), bulk);
    assert_int_equal(ta_chip_classes(TA_CHIP_RP2350, 0, 4), 0);
    assert_int_equal(ta_chip_classes((ta_chip_t)7, 0x20000000, 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_routes),
        cmocka_unit_test(test_needs_out_of_range),
        cmocka_unit_test(test_too_little_is_a_sentence),
        cmocka_unit_test(test_the_wrong_class_is_a_sentence),
        cmocka_unit_test(test_no_resource_is_a_sentence),
        cmocka_unit_test(test_every_sentence_fits),
        cmocka_unit_test(test_the_probe_counts_and_refuses_one),
        cmocka_unit_test(test_a_probe_without_a_sequence),
        cmocka_unit_test(test_an_arena_that_failed_is_safe),
        cmocka_unit_test(test_an_arena_aligns),
        cmocka_unit_test(test_an_arena_gives_its_last_byte_and_no_more),
        cmocka_unit_test(test_an_arena_reuses_its_last_block_and_an_empty_one),
        cmocka_unit_test(test_what_an_arena_calls_largest_can_be_had),
        cmocka_unit_test(test_foreign_blocks_panic),
        cmocka_unit_test(test_the_platform_table),
        cmocka_unit_test(test_regions_of_the_chips),
        cmocka_unit_test(test_addresses_of_the_chips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
