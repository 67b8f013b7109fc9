// Plans: all or nothing, over every kind of resource; the Nth allocation refused for every N leaves nothing taken.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chip/chip.h"
#include "tonearm/memory.h"
#include "tonearm/tlsf.h"

enum { REGION_BYTES = 64 * 1024 };

static uint8_t *memory;

static const ta_need_t needs[] = {
    {"i2s ring", 9000, 64, TA_CLASS_DMA},    {"i2s state", 300, 8, TA_CLASS_FAST}, {"mixer", 1000, 4, TA_CLASS_FAST},
    {"delay line", 20000, 4, TA_CLASS_BULK}, {"tails", 257, 4096, TA_CLASS_DMA},   {"a byte", 1, 1, TA_CLASS_BULK},
};
enum { NEEDS = sizeof needs / sizeof *needs };

static void add_all(ta_plan_t *plan, const ta_memory_t *resources)
{
    ta_plan_init(plan);
    for (unsigned n = 0; n < NEEDS; n++)
        assert_int_equal(ta_plan_add(plan, &needs[n], resources), TA_OK);
}

// ---- what a plan says before anything is taken ----------------------------------------------------------------------

static void test_an_empty_plan(void **state)
{
    (void)state;
    ta_plan_t plan;
    memset(&plan, 0xff, sizeof plan);
    ta_plan_init(&plan);
    assert_int_equal(plan.items, 0);
    assert_int_equal(ta_plan_bytes(&plan, TA_CLASS_DMA), 0);
    assert_int_equal(ta_plan_take(&plan, NULL), TA_OK);
    assert_int_equal(ta_plan_try(&plan, NULL), TA_OK);
    ta_plan_release(&plan);
}

static void test_bytes_of_a_class(void **state)
{
    (void)state;
    ta_memory_t nothing = {0};
    ta_plan_t plan;
    add_all(&plan, &nothing);
    assert_int_equal(ta_plan_bytes(&plan, TA_CLASS_DMA), 9257);
    assert_int_equal(ta_plan_bytes(&plan, TA_CLASS_FAST), 1300);
    assert_int_equal(ta_plan_bytes(&plan, TA_CLASS_BULK), 20001);
}

static void test_bad_needs_are_not_added(void **state)
{
    (void)state;
    ta_memory_t nothing = {0};
    ta_plan_t plan;
    ta_plan_init(&plan);
    static const ta_need_t bad[] = {{"x", 0, 1, TA_CLASS_DMA},
                                    {"x", 1, 0, TA_CLASS_DMA},
                                    {"x", 1, 12, TA_CLASS_DMA},
                                    {"x", 1, 65536, TA_CLASS_DMA},
                                    {"x", 1, 1, (ta_class_t)6}};
    for (unsigned n = 0; n < sizeof bad / sizeof *bad; n++)
        assert_int_equal(ta_plan_add(&plan, &bad[n], &nothing), TA_E_ARG);
    assert_int_equal(plan.items, 0);
    for (unsigned n = 0; n < TA_PLAN_MAX; n++)
        assert_int_equal(ta_plan_add(&plan, &needs[0], &nothing), TA_OK);
    assert_int_equal(ta_plan_add(&plan, &needs[0], &nothing), TA_E_ARG);
    assert_int_equal(plan.items, TA_PLAN_MAX);
}

// ---- the order of taking --------------------------------------------------------------------------------------------

static struct {
    ta_mem_t mem;
    char log[200];
} recorder;

static void *record_alloc(ta_mem_t *mem, const ta_need_t *need)
{
    (void)mem;
    strcat(recorder.log, "+");
    strcat(recorder.log, need->object);
    return memory + need->bytes;
}

static void record_free(ta_mem_t *mem, void *block)
{
    (void)mem;
    size_t length = strlen(recorder.log);
    (void)snprintf(recorder.log + length, sizeof recorder.log - length, "-%d", (int)((uint8_t *)block - memory));
}

static void record_stats(ta_mem_t *mem, ta_class_t cls, ta_mem_stats_t *stats)
{
    (void)mem, (void)cls, (void)stats;
}

static void test_taken_in_order_and_given_back_in_reverse(void **state)
{
    (void)state;
    static const ta_mem_ops_t ops = {record_alloc, record_free, record_stats};
    recorder.mem = (ta_mem_t){&ops, "recorder", "none", TA_CLASS_DMA | TA_CLASS_FAST};
    ta_memory_t all = ta_memory_all(&recorder.mem);
    const ta_need_t a = {"a", 1, 1, TA_CLASS_DMA}, b = {"b", 2, 1, TA_CLASS_FAST}, c = {"c", 3, 1, TA_CLASS_BULK};
    ta_plan_t plan;
    ta_plan_init(&plan);
    assert_int_equal(ta_plan_add(&plan, &a, &all), TA_OK);
    assert_int_equal(ta_plan_add(&plan, &b, &all), TA_OK);
    recorder.log[0] = 0;
    assert_int_equal(ta_plan_take(&plan, NULL), TA_OK);
    ta_plan_release(&plan);
    assert_string_equal(recorder.log, "+a+b-2-1");
    assert_int_equal(ta_plan_add(&plan, &c, &all), TA_OK); // of a class that is not served
    recorder.log[0] = 0;
    ta_failure_t failure = {0};
    assert_int_equal(ta_plan_take(&plan, &failure), TA_E_CLASS);
    assert_string_equal(recorder.log, "+a+b-2-1");
    assert_string_equal(failure.object, "c");
}

static void test_a_taken_plan_is_left_alone(void **state)
{
    (void)state;
    ta_arena_t arena;
    assert_int_equal(ta_arena_init(&arena, memory, REGION_BYTES, TA_CLASS_ALL), TA_OK);
    ta_memory_t all = ta_memory_all(&arena.mem);
    ta_plan_t plan;
    add_all(&plan, &all);
    assert_int_equal(ta_plan_take(&plan, NULL), TA_OK);
    ta_plan_t before = plan;
    ta_failure_t failure;
    assert_int_equal(ta_plan_take(&plan, &failure), TA_E_STATE);
    assert_int_equal(failure.status, TA_E_STATE);
    assert_int_equal(ta_plan_try(&plan, NULL), TA_E_STATE);
    assert_int_equal(ta_plan_add(&plan, &needs[0], &all), TA_E_STATE);
    assert_memory_equal(&plan, &before, sizeof plan);
    ta_plan_release(&plan);
    ta_plan_release(&plan); // harmless
    assert_int_equal(arena.live, 0);
}

static void test_a_class_without_a_resource(void **state)
{
    (void)state;
    ta_arena_t arena;
    assert_int_equal(ta_arena_init(&arena, memory, REGION_BYTES, TA_CLASS_ALL), TA_OK);
    ta_memory_t some = {&arena.mem, &arena.mem, NULL};
    ta_plan_t plan;
    ta_failure_t failure;
    add_all(&plan, &some);
    assert_int_equal(ta_plan_take(&plan, &failure), TA_E_CLASS);
    assert_string_equal(failure.object, "delay line");
    assert_string_equal(failure.resource, "no resource");
    assert_int_equal(arena.live, 0);
}

// ---- the Nth allocation refused -------------------------------------------------------------------------------------

static ta_mem_stats_t stats_of(ta_mem_t *mem)
{
    ta_mem_stats_t stats;
    ta_mem_stats(mem, TA_CLASS_DMA, &stats);
    return stats;
}

static void must_be_as_before(ta_mem_t *mem, const ta_mem_stats_t *before)
{
    ta_mem_stats_t now = stats_of(mem);
    assert_int_equal(now.used, before->used);
    assert_int_equal(now.free, before->free);
    assert_int_equal(now.largest, before->largest);
    assert_int_equal(now.allocs - now.frees, before->allocs - before->frees);
}

static void must_hold_nothing(const ta_plan_t *plan)
{
    for (unsigned i = 0; i < plan->items; i++)
        assert_null(plan->item[i].block);
}

static void must_hold_everything(const ta_plan_t *plan)
{
    for (unsigned i = 0; i < plan->items; i++) {
        uint8_t *block = plan->item[i].block;
        assert_non_null(block);
        assert_int_equal((uintptr_t)block & (plan->item[i].need.align - 1), 0);
        memset(block, (int)i, plan->item[i].need.bytes);
    }
    for (unsigned i = 0; i < plan->items; i++) {
        const uint8_t *block = plan->item[i].block;
        for (size_t b = 0; b < plan->item[i].need.bytes; b++)
            assert_int_equal(block[b], i);
    }
}

static void fail_every_allocation(ta_mem_t *mem)
{
    unsigned refused = 0;
    ta_mem_stats_t before = stats_of(mem);
    for (uint32_t nth = 1;; nth++) {
        uint32_t sequence = 0;
        ta_mem_probe_t probe;
        ta_plan_t plan;
        ta_failure_t failure = {0};
        ta_mem_probe_init(&probe, mem, &sequence, nth);
        ta_memory_t all = ta_memory_all(&probe.mem);
        add_all(&plan, &all);
        ta_status_t status = ta_plan_take(&plan, &failure);
        if (status == TA_OK) {
            must_hold_everything(&plan);
            ta_plan_release(&plan);
            break;
        }
        refused++;
        assert_int_equal(status, TA_E_NOMEM);
        assert_string_equal(failure.object, needs[nth - 1].object);
        assert_int_equal(failure.bytes, needs[nth - 1].bytes);
        must_hold_nothing(&plan);
        must_be_as_before(mem, &before);
        sequence = 0;
        assert_int_equal(ta_plan_try(&plan, NULL), TA_E_NOMEM); // trying leaves nothing either
        must_be_as_before(mem, &before);
        probe.fail_at = 0;
        assert_int_equal(ta_plan_try(&plan, NULL), TA_OK);
        must_hold_nothing(&plan);
        must_be_as_before(mem, &before);
        assert_int_equal(ta_plan_take(&plan, NULL), TA_OK); // and the next open works
        must_hold_everything(&plan);
        ta_plan_release(&plan);
        must_be_as_before(mem, &before);
    }
    assert_int_equal(refused, NEEDS);
    must_be_as_before(mem, &before);
}

static void test_every_refusal_on_an_arena(void **state)
{
    (void)state;
    ta_arena_t arena;
    assert_int_equal(ta_arena_init(&arena, memory, REGION_BYTES, TA_CLASS_ALL), TA_OK);
    fail_every_allocation(&arena.mem);
}

static void test_every_refusal_on_tlsf(void **state)
{
    (void)state;
    ta_tlsf_t heap;
    ta_tlsf_init(&heap, NULL, NULL);
    assert_int_equal(ta_tlsf_add(&heap, memory, REGION_BYTES, TA_CLASS_ALL), TA_OK);
    assert_non_null(ta_tlsf_malloc(&heap, 777, 8, TA_CLASS_FAST)); // somebody else's
    fail_every_allocation(&heap.mem);
    assert_null(ta_tlsf_check(&heap));
}

static void test_every_refusal_on_a_vm_heap(void **state)
{
    (void)state;
    chip_vm_heap_t heap;
    chip_vm_heap_init(&heap, memory, REGION_BYTES, TA_CLASS_ALL);
    fail_every_allocation(&heap.mem);
    assert_int_equal(heap.roots, 0);
}

// Not a probe but want of room: fragments that no sum of bytes would show.
static void test_trying_sees_fragments(void **state)
{
    (void)state;
    ta_tlsf_t heap;
    ta_tlsf_init(&heap, NULL, NULL);
    assert_int_equal(ta_tlsf_add(&heap, memory, REGION_BYTES, TA_CLASS_ALL), TA_OK);
    void *blocks[30];
    for (unsigned n = 0; n < 30; n++)
        assert_non_null(blocks[n] = ta_tlsf_malloc(&heap, 2000, 8, TA_CLASS_DMA));
    for (unsigned n = 0; n < 30; n += 2)
        ta_tlsf_free(&heap, blocks[n]);
    ta_memory_t all = ta_memory_all(&heap.mem);
    ta_plan_t plan;
    ta_failure_t failure;
    add_all(&plan, &all);
    ta_mem_stats_t before = stats_of(&heap.mem);
    size_t wanted =
        ta_plan_bytes(&plan, TA_CLASS_DMA) + ta_plan_bytes(&plan, TA_CLASS_FAST) + ta_plan_bytes(&plan, TA_CLASS_BULK);
    assert_true(before.free > wanted);
    assert_int_equal(ta_plan_try(&plan, &failure), TA_E_NOMEM);
    assert_string_equal(failure.object, "i2s ring");
    assert_true(failure.largest < failure.bytes && failure.free > failure.bytes);
    must_be_as_before(&heap.mem, &before);
    assert_null(ta_tlsf_check(&heap));
}

int main(void)
{
    memory = aligned_alloc(65536, REGION_BYTES);
    if (!memory)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_plan),
        cmocka_unit_test(test_bytes_of_a_class),
        cmocka_unit_test(test_bad_needs_are_not_added),
        cmocka_unit_test(test_taken_in_order_and_given_back_in_reverse),
        cmocka_unit_test(test_a_taken_plan_is_left_alone),
        cmocka_unit_test(test_a_class_without_a_resource),
        cmocka_unit_test(test_every_refusal_on_an_arena),
        cmocka_unit_test(test_every_refusal_on_tlsf),
        cmocka_unit_test(test_every_refusal_on_a_vm_heap),
        cmocka_unit_test(test_trying_sees_fragments),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(memory);
    return failed;
}
