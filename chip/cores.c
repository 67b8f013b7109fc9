// The two cores in one virtual time. In: a core that lets time pass. Out: the other core's program, which goes on whenever
// its own time has come, and the engine's time in between.
//
// Core 0's program runs on the stack of the process, core 1's on one of its own (coroutine.c), and they change over in
// cores_wait alone. Of two cores that can go on in the same cycle, core 0 goes first. While core 1 is off, nothing here
// costs anything.
//
// Invariants: chip.at is the core whose program is running. Time goes on only when neither core can.

#include "chip/model.h"

#include "hardware/sync.h"

void cores_reset(void)
{
    core1_drop();
    chip.at = 0;
    for (unsigned core = 0; core < CHIP_CORES; core++)
        irq_reset(&chip.core[core]);
    chip.core[0].on = true;
}

void cores_free(void)
{
    coroutine_free();
}

// ---- whose turn it is ----------------------------------------------------------------------------------------------

static bool woken(const cpu_t *cpu)
{
    if (cpu->waits == WAIT_TIME)
        return false;
    return irq_pick(cpu, cpu->waits == WAIT_WFI) >= 0 || (cpu->waits == WAIT_EVENT && cpu->event);
}

bool cores_woken(void)
{
    return woken(&chip.core[0]) || (chip.core[1].on && woken(&chip.core[1]));
}

/// The cycle up to which this core certainly does nothing, if no interrupt line changes.
static uint64_t asleep_until(const cpu_t *cpu)
{
    if (cpu->waits == WAIT_TIME || !chip.faults)
        return cpu->until;
    uint64_t release = fault_next_release(cpu, chip.now);
    return release < cpu->until ? release : cpu->until;
}

/// The core that goes on now; CHIP_CORES when none does.
static unsigned ready_core(void)
{
    if (chip.look) {
        chip.look = false;
        irq_lines_changed();
    }
    for (unsigned core = 0; core < CHIP_CORES; core++) {
        const cpu_t *cpu = &chip.core[core];
        if (cpu->on && (cpu->until <= chip.now || woken(cpu)))
            return core;
    }
    return CHIP_CORES;
}

static void change_over(void)
{
    if (chip.at == 0) {
        chip.at = 1;
        coroutine_enter();
    } else {
        chip.at = 0;
        coroutine_leave(false);
    }
}

static void take_turns(const cpu_t *me)
{
    for (;;) {
        unsigned core = ready_core();
        if (core < CHIP_CORES && &chip.core[core] == me)
            return;
        if (core < CHIP_CORES) {
            change_over();
            continue;
        }
        uint64_t first = asleep_until(&chip.core[0]);
        uint64_t second = chip.core[1].on ? asleep_until(&chip.core[1]) : NEVER;
        bool any_waits = chip.core[0].waits != WAIT_TIME || (chip.core[1].on && chip.core[1].waits != WAIT_TIME);
        engine_run(first < second ? first : second, any_waits);
    }
}

void cores_wait(uint64_t until, wait_t how, uint64_t us)
{
    cpu_t *me = cpu_now();
    me->until = until;
    me->until_us = us;
    me->waits = (uint8_t)how;
    if (chip.core[1].on)
        take_turns(me);
    else
        engine_run(asleep_until(me), how != WAIT_TIME);
    me->waits = WAIT_TIME;
    me->until_us = 0;
}

void cores_retime(void)
{
    for (unsigned core = 0; core < CHIP_CORES; core++) {
        cpu_t *cpu = &chip.core[core];
        if (cpu->until_us)
            cpu->until = clock_cycle_of_us(cpu->until_us);
    }
}

uint get_core_num(void)
{
    return chip.at;
}

// ---- core 1's program ----------------------------------------------------------------------------------------------

static void (*core1_program)(void);

/// What runs on core 1's stack. A program that returns leaves the core waiting to be launched again, as the boot ROM does,
/// with its interrupt controller as it was; only, no interrupt comes meanwhile.
static void core1_main(void)
{
    core1_program();
    windows_take();
    chip.core[1].on = false;
    chip.at = 0;
    coroutine_leave(true);
}

void core1_begin(void (*program)(void))
{
    cpu_t *cpu = &chip.core[1];
    core1_program = program;
    if (!coroutine_begin(core1_main))
        panic("multicore_launch_core1: no memory for the stack of core 1's program");
    cpu->on = true;
    cpu->until = chip.now;
}

void core1_drop(void)
{
    coroutine_drop();
    irq_reset(&chip.core[1]);
}
