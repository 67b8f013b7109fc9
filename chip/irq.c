// Interrupts. In: lines of DMA, PIO and PWM, interrupts set pending by software, PRIMASK, priorities. Out: handlers called, in
// order of priority and then of number, nested where the priority is higher.
//
// As the NVIC does it: a line that goes high latches the pending bit, entering the handler clears it, and a line that is
// still high when the handler returns latches it again. RP2040 has two bits of priority, RP2350 four.

#include "chip/model.h"
#include "hardware/sync.h"

#include <string.h>

enum { LEVEL_THREAD = 256, FIRST_EXCEPTION = 16 };

static uint64_t bit(unsigned irq)
{
    return (uint64_t)1 << irq;
}

void irq_reset(void)
{
    memset(&chip.cpu, 0, sizeof chip.cpu);
    memset(chip.cpu.priority, PICO_DEFAULT_IRQ_PRIORITY, sizeof chip.cpu.priority);
    chip.cpu.level = LEVEL_THREAD;
}

static uint64_t lines_now(void)
{
    uint64_t lines = 0;
    for (unsigned n = 0; n < NUM_DMA_IRQS; n++)
        if (dma_ints(n))
            lines |= bit(DMA_IRQ_0 + n);
    for (unsigned n = 0; n < NUM_PIOS * NUM_PIO_IRQS; n++)
        if (chip.pio[n / 2].inte[n % 2] | chip.pio[n / 2].intf[n % 2])
            if (pio_ints(&chip.pio[n / 2], n % 2))
                lines |= bit(PIO0_IRQ_0 + n);
    for (unsigned n = 0; n < NUM_PWM_IRQS; n++)
        if (pwm_ints(n))
            lines |= bit(PWM_IRQ_WRAP_0 + n);
    return lines;
}

void irq_lines_changed(void)
{
    cpu_t *cpu = &chip.cpu;
    cpu->lines = lines_now();
    cpu->pending |= cpu->lines & ~cpu->active;
}

static unsigned effective(unsigned irq)
{
    return chip.cpu.priority[irq] & (chip.rp2350 ? 0xf0u : 0xc0u);
}

int irq_pick(bool ignore_primask)
{
    const cpu_t *cpu = &chip.cpu;
    uint64_t candidates = cpu->pending & cpu->enabled;
    if (!candidates || (cpu->primask && !ignore_primask))
        return -1;
    int best = -1;
    int level = cpu->level;
    for (; candidates; candidates &= candidates - 1) {
        unsigned irq = (unsigned)__builtin_ctzll(candidates);
        if ((int)effective(irq) >= level || (chip.faults && fault_holds(irq, chip.now)))
            continue;
        best = (int)irq;
        level = (int)effective(irq);
    }
    return best;
}

static void call_handlers(unsigned irq)
{
    cpu_t *cpu = &chip.cpu;
    if (cpu->exclusive[irq]) {
        cpu->exclusive[irq]();
        return;
    }
    bool called = false;
    for (unsigned i = 0; i < cpu->shared_count; i++) {
        if (cpu->shared[i].irq != irq)
            continue;
        irq_handler_t handler = cpu->shared[i].handler;
        called = true;
        handler();
        if (i < cpu->shared_count && cpu->shared[i].handler != handler)
            i--; // it removed itself
    }
    if (!called)
        panic("interrupt %u came and has no handler", irq);
}

static void serve(unsigned irq)
{
    cpu_t *cpu = &chip.cpu;
    int level = cpu->level;
    unsigned exception = cpu->exception;
    cpu->pending &= ~bit(irq);
    cpu->active |= bit(irq);
    cpu->level = (int)effective(irq);
    cpu->exception = FIRST_EXCEPTION + irq;
    cpu->delivered++;
    hook_isr(irq);
    call_handlers(irq);
    windows_take();
    cpu->level = level;
    cpu->exception = exception;
    cpu->active &= ~bit(irq);
    cpu->event = true;
    irq_lines_changed();
}

bool irq_deliver(void)
{
    bool any = false;
    if (chip.look) {
        chip.look = false;
        irq_lines_changed();
    }
    for (int irq; (irq = irq_pick(false)) >= 0;) {
        uint64_t delay = chip.faults ? fault_delay(chip.cpu.delivered + 1) : 0;
        if (delay) {
            chip.cpu.blocked_until[irq] = chip.now + delay;
            continue;
        }
        serve((unsigned)irq);
        any = true;
    }
    return any;
}

uint __get_current_exception(void)
{
    return chip.cpu.exception;
}

// ---- masking -------------------------------------------------------------------------------------------------------

uint32_t save_and_disable_interrupts(void)
{
    hook("save_and_disable_interrupts");
    uint32_t was = chip.cpu.primask;
    chip.cpu.primask = true;
    return was;
}

static void set_primask(const char *what, bool primask)
{
    hook(what);
    chip.cpu.primask = primask;
    irq_deliver();
    windows_show();
}

void restore_interrupts(uint32_t status)
{
    set_primask("restore_interrupts", status != 0);
}

void restore_interrupts_from_disabled(uint32_t status)
{
    set_primask("restore_interrupts_from_disabled", status != 0);
}

void disable_interrupts(void)
{
    set_primask("disable_interrupts", true);
}

void enable_interrupts(void)
{
    set_primask("enable_interrupts", false);
}

// ---- the interrupt controller --------------------------------------------------------------------------------------

static unsigned check(uint num, const char *what)
{
    if (num >= NUM_IRQS)
        panic("%s: there is no interrupt %u", what, num);
    return num;
}

void irq_set_priority(uint num, uint8_t hardware_priority)
{
    hook("irq_set_priority");
    chip.cpu.priority[check(num, "irq_set_priority")] = hardware_priority;
    irq_deliver();
}

uint irq_get_priority(uint num)
{
    hook("irq_get_priority");
    return effective(check(num, "irq_get_priority"));
}

static void enable(uint64_t mask, bool enabled)
{
    if (enabled) {
        chip.cpu.pending &= ~mask; // a stale pending bit must not fire
        chip.cpu.enabled |= mask;
    } else {
        chip.cpu.enabled &= ~mask;
    }
    irq_lines_changed();
    irq_deliver();
    windows_show();
}

void irq_set_enabled(uint num, bool enabled)
{
    hook("irq_set_enabled");
    enable(bit(check(num, "irq_set_enabled")), enabled);
}

void irq_set_mask_enabled(uint32_t mask, bool enabled)
{
    hook("irq_set_mask_enabled");
    enable(mask, enabled);
}

void irq_set_mask_n_enabled(uint n, uint32_t mask, bool enabled)
{
    hook("irq_set_mask_n_enabled");
    enable((uint64_t)mask << (n ? 32 : 0), enabled);
}

bool irq_is_enabled(uint num)
{
    hook("irq_is_enabled");
    return chip.cpu.enabled >> check(num, "irq_is_enabled") & 1;
}

void irq_set_pending(uint num)
{
    hook("irq_set_pending");
    chip.cpu.pending |= bit(check(num, "irq_set_pending"));
    irq_deliver();
    windows_show();
}

void irq_clear(uint int_num)
{
    hook("irq_clear");
    chip.cpu.pending &= ~bit(check(int_num, "irq_clear"));
    irq_lines_changed();
}

// ---- handlers ------------------------------------------------------------------------------------------------------

static bool has_shared(unsigned irq)
{
    for (unsigned i = 0; i < chip.cpu.shared_count; i++)
        if (chip.cpu.shared[i].irq == irq)
            return true;
    return false;
}

void irq_set_exclusive_handler(uint num, irq_handler_t handler)
{
    hook("irq_set_exclusive_handler");
    unsigned irq = check(num, "irq_set_exclusive_handler");
    if ((chip.cpu.exclusive[irq] && chip.cpu.exclusive[irq] != handler) || has_shared(irq))
        panic("irq_set_exclusive_handler: interrupt %u has a handler", num);
    chip.cpu.exclusive[irq] = handler;
}

irq_handler_t irq_get_exclusive_handler(uint num)
{
    hook("irq_get_exclusive_handler");
    return chip.cpu.exclusive[check(num, "irq_get_exclusive_handler")];
}

/// A handler of higher order priority is called earlier; of equal ones, the one that was added last, as the SDK has it.
void irq_add_shared_handler(uint num, irq_handler_t handler, uint8_t order_priority)
{
    hook("irq_add_shared_handler");
    unsigned irq = check(num, "irq_add_shared_handler");
    cpu_t *cpu = &chip.cpu;
    if (cpu->exclusive[irq])
        panic("irq_add_shared_handler: interrupt %u has an exclusive handler", num);
    if (cpu->shared_count == SHARED_HANDLERS_MAX)
        panic("irq_add_shared_handler: more than %d shared handlers", SHARED_HANDLERS_MAX);
    unsigned at = 0;
    while (at < cpu->shared_count && cpu->shared[at].order > order_priority)
        at++;
    memmove(&cpu->shared[at + 1], &cpu->shared[at], (cpu->shared_count - at) * sizeof cpu->shared[0]);
    cpu->shared[at] = (shared_handler_t){handler, order_priority, (uint8_t)irq};
    cpu->shared_count++;
}

void irq_remove_handler(uint num, irq_handler_t handler)
{
    hook("irq_remove_handler");
    unsigned irq = check(num, "irq_remove_handler");
    cpu_t *cpu = &chip.cpu;
    if (cpu->exclusive[irq] == handler) {
        cpu->exclusive[irq] = NULL;
        return;
    }
    for (unsigned i = 0; i < cpu->shared_count; i++) {
        if (cpu->shared[i].irq != irq || cpu->shared[i].handler != handler)
            continue;
        memmove(&cpu->shared[i], &cpu->shared[i + 1], (cpu->shared_count - i - 1) * sizeof cpu->shared[0]);
        cpu->shared_count--;
        return;
    }
}

bool irq_has_handler(uint num)
{
    hook("irq_has_handler");
    return chip.cpu.exclusive[check(num, "irq_has_handler")] || has_shared(num);
}

bool irq_has_shared_handler(uint num)
{
    hook("irq_has_shared_handler");
    return has_shared(check(num, "irq_has_shared_handler"));
}
