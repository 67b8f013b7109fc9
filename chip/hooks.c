// Hooks and faults. In: every call of an SDK function, and every entry of an interrupt. Out: time that passes, interrupts
// that come, and the faults of the script at exactly the hook, cycle or delivery that they name.
//
// Invariants: hook numbers run from 1 without a gap on each core, in the order of its program; the same script on the same
// program gives the same numbers. A hook's time passes before the function does its work.

#include "chip/model.h"

#include <string.h>

void chip_set_hook_cycles(uint32_t cycles)
{
    chip.hook_cycles = cycles;
}

uint64_t chip_hooks(void)
{
    return chip.core[0].hooks;
}

uint64_t chip_core_hooks(unsigned core)
{
    return core < CHIP_CORES ? chip.core[core].hooks : 0;
}

uint64_t chip_interrupts(void)
{
    return chip.core[0].delivered + chip.core[1].delivered;
}

void chip_on_hook(void (*each)(void *context, uint64_t number, uint64_t cycle, chip_hook_kind_t kind, const char *what),
                  void *context)
{
    chip.each_hook = each;
    chip.hook_context = context;
}

bool chip_fault_add(const chip_fault_t *fault)
{
    if (chip.faults == CHIP_FAULTS_MAX || fault->core >= CHIP_CORES)
        return false;
    chip.fault[chip.faults++] = *fault;
    return true;
}

void chip_fault_end(void)
{
    for (unsigned i = 0; i < chip.faults; i++)
        chip.fault[i].cycles = 0;
}

// ---- faults --------------------------------------------------------------------------------------------------------

static bool window_open(const chip_fault_t *fault, uint64_t cycle)
{
    return cycle >= fault->at && cycle - fault->at < fault->cycles;
}

static bool concerns(const chip_fault_t *fault, const cpu_t *cpu)
{
    return cpu == &chip.core[fault->core];
}

static bool is_window(const chip_fault_t *fault, const cpu_t *cpu)
{
    if (!concerns(fault, cpu))
        return false;
    return fault->kind == CHIP_FAULT_MASK || fault->kind == CHIP_FAULT_STALL_FEED;
}

bool fault_holds(const cpu_t *cpu, unsigned irq, uint64_t cycle)
{
    if (cpu->blocked_until[irq] > cycle)
        return true;
    for (unsigned i = 0; i < chip.faults; i++) {
        const chip_fault_t *fault = &chip.fault[i];
        if (!is_window(fault, cpu) || !window_open(fault, cycle))
            continue;
        if (fault->kind == CHIP_FAULT_MASK || irq >= FIRST_USER_IRQ)
            return true;
    }
    return false;
}

uint64_t fault_next_release(const cpu_t *cpu, uint64_t cycle)
{
    uint64_t first = NEVER;
    for (unsigned i = 0; i < chip.faults; i++) {
        const chip_fault_t *fault = &chip.fault[i];
        uint64_t end = fault->at + fault->cycles;
        if (is_window(fault, cpu) && end > cycle && end >= fault->at && end < first)
            first = end; // even one that opens later: an interrupt may come inside it
    }
    for (uint64_t held = cpu->pending; chip.faults && held; held &= held - 1) {
        uint64_t until = cpu->blocked_until[__builtin_ctzll(held)];
        if (until > cycle && until < first)
            first = until;
    }
    return first;
}

uint64_t fault_delay(const cpu_t *cpu)
{
    for (unsigned i = 0; i < chip.faults; i++) {
        const chip_fault_t *fault = &chip.fault[i];
        bool due = fault->kind == CHIP_FAULT_DELAY_IRQ && concerns(fault, cpu) && fault->at == cpu->delivered + 1;
        if (!due || chip.fault_done[i])
            continue;
        chip.fault_done[i] = true;
        return chip.fault[i].cycles;
    }
    return 0;
}

/// Cycles for which this core stands still at this hook.
static uint64_t freeze_cycles(const cpu_t *cpu)
{
    uint64_t cycles = 0;
    for (unsigned i = 0; i < chip.faults; i++) {
        const chip_fault_t *fault = &chip.fault[i];
        bool due = (fault->kind == CHIP_FAULT_FREEZE && cpu->hooks == fault->at) ||
                   (fault->kind == CHIP_FAULT_FREEZE_TIME && chip.now >= fault->at);
        if (!due || !concerns(fault, cpu) || chip.fault_done[i])
            continue;
        chip.fault_done[i] = true;
        cycles += fault->cycles;
    }
    return cycles;
}

// ---- hooks ---------------------------------------------------------------------------------------------------------

static void pass(chip_hook_kind_t kind, const char *what)
{
    cpu_t *cpu = cpu_now();
    windows_take();
    cpu->hooks++;
    if (chip.each_hook)
        chip.each_hook(chip.hook_context, cpu->hooks, chip.now, kind, what);
    uint64_t frozen = chip.faults ? freeze_cycles(cpu) : 0;
    if (frozen)
        cores_wait(chip.now + frozen, WAIT_TIME, 0);
    uint64_t cycles = chip.hook_cycles;
    if (cycles == 0 && chip.core[1].on) // or the cores could wait for each other for ever without time going on
        cycles = 1;
    cores_wait(chip.now + cycles, WAIT_TIME, 0);
}

void hook_end(void)
{
    if (chip.look)
        irq_deliver();
    windows_show();
}

void hook(const char *what)
{
    if (!chip.board)
        panic("%s: the virtual chip is not powered up: call chip_boot(), or take DMA memory with TA_STATIC_SRAM, which "
              "does",
              what);
    if (chip.engine_running)
        panic("%s: SDK functions cannot be called from a listener", what);
    const cpu_t *cpu = cpu_now();
    pass(cpu->primask ? CHIP_HOOK_MASKED : CHIP_HOOK_SDK, what);
    if (chip.look || (cpu->pending & cpu->enabled))
        irq_deliver();
    windows_show();
}

void hook_isr(unsigned irq)
{
    const char *what = "isr";
    if (irq >= FIRST_USER_IRQ)
        what = "isr user";
    else if (irq >= DMA_IRQ_0 && irq < DMA_IRQ_0 + NUM_DMA_IRQS)
        what = "isr dma";
    pass(CHIP_HOOK_ISR_ENTRY, what);
    irq_deliver();
    windows_show();
}
