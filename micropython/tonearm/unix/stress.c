// For tests: the chip's interrupts, the feed among them, come where they hurt most. In: TONEARM_STRESS=US. Then at every allocation of
// the VM, and in the middle of every collection, that many microseconds go by on the chip before anything else happens. Out: nothing, or
// an end with a sentence, when the feed has called the VM, or left a word of its state other than it was.

#define _GNU_SOURCE
#include "../shared.h"

#include "turns.h"
#include "virtual_time.h"

#include "py/gc.h"
#include "py/mpstate.h"

#include <stdio.h>
#include <stdlib.h>

void *__real_gc_alloc(size_t bytes, unsigned flags);
void *__wrap_gc_alloc(size_t bytes, unsigned flags);
void *__real_gc_realloc(void *block, size_t bytes, bool move);
void *__wrap_gc_realloc(void *block, size_t bytes, bool move);
void __real_gc_free(void *block);
void __wrap_gc_free(void *block);
bool __real_mp_sched_schedule(mp_obj_t function, mp_obj_t argument);
bool __wrap_mp_sched_schedule(mp_obj_t function, mp_obj_t argument);
__attribute__((noreturn)) void __real_nlr_jump(void *value);
__attribute__((noreturn)) void __wrap_nlr_jump(void *value);
void __real_gc_helper_collect_regs_and_stack(void);
void __wrap_gc_helper_collect_regs_and_stack(void);

static bool inside; // only interrupts run
static unsigned long times;

static unsigned wanted_us(void)
{
    static int us = -1;
    if (us < 0) {
        const char *text = getenv("TONEARM_STRESS");
        us = text ? atoi(text) : 0;
    }
    return (unsigned)us;
}

static __attribute__((noreturn)) void fail(const char *what)
{
    fprintf(stderr, "TONEARM_STRESS: the feed %s, at time %lu of letting it run\n", what, times);
    abort();
}

static void keep_out(const char *what)
{
    if (inside)
        fail(what);
}

static uint64_t add(uint64_t sum, const void *data, size_t bytes)
{
    const uint8_t *byte = data;
    for (size_t b = 0; b < bytes; b++)
        sum = (sum ^ byte[b]) * UINT64_C(0x100000001b3);
    return sum;
}

// The VM's state, and which blocks of its heap are what.
static uint64_t state(void)
{
    const mp_state_mem_area_t *area = &MP_STATE_MEM(area);
    uint64_t sum = add(UINT64_C(0xcbf29ce484222325), &mp_state_ctx, sizeof mp_state_ctx);
    return add(sum, area->gc_alloc_table_start, (size_t)(area->gc_pool_start - area->gc_alloc_table_start));
}

static void let_interrupts_come(void)
{
    if (!wanted_us() || !virtual_time_is_on() || inside)
        return;
    uint64_t before = state();
    times++;
    inside = true;
    virtual_time_pass(wanted_us());
    inside = false;
    if (state() != before)
        fail("has changed the VM's state");
}

void *__wrap_gc_alloc(size_t bytes, unsigned flags)
{
    keep_out("allocates");
    let_interrupts_come();
    turns_enter();
    void *block = __real_gc_alloc(bytes, flags);
    turns_leave();
    return block;
}

void *__wrap_gc_realloc(void *block, size_t bytes, bool move)
{
    keep_out("allocates");
    let_interrupts_come();
    turns_enter();
    void *moved = __real_gc_realloc(block, bytes, move);
    turns_leave();
    return moved;
}

void __wrap_gc_free(void *block)
{
    keep_out("frees");
    turns_enter();
    __real_gc_free(block);
    turns_leave();
}

bool __wrap_mp_sched_schedule(mp_obj_t function, mp_obj_t argument)
{
    keep_out("calls the scheduler");
    return __real_mp_sched_schedule(function, argument);
}

void __wrap_nlr_jump(void *value)
{
    keep_out("raises");
    __real_nlr_jump(value);
}

void __wrap_gc_helper_collect_regs_and_stack(void)
{
    let_interrupts_come();
    __real_gc_helper_collect_regs_and_stack();
    let_interrupts_come();
}
