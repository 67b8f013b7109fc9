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

void irq_reset(cpu_t *cpu)
{
    *cpu = (cpu_t){.level = LEVEL_THREAD, .delivered = cpu->delivered, .hooks = cpu->hooks};
    memset(cpu->priority, PICO_DEFAULT_IRQ_PRIORITY, sizeof cpu->priority);
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

/// RP2040 gives each core's mailbox a number of its own, RP2350 the same number on each core.
static uint64_t with_mailbox(uint64_t lines, unsigned core)
{
    return mailbox_line(core) ? lines | bit(SIO_FIFO_IRQ_NUM(core)) : lines;
}

void irq_lines_changed(void)
{
    uint64_t lines = lines_now();
    for (unsigned core = 0; core < CHIP_CORES; core++)
        chip.core[core].pending |= with_mailbox(lines, core) & ~chip.core[core].active;
}

static unsigned effective(const cpu_t *cpu, unsigned irq)
{
    return cpu->priority[irq] & (chip.rp2350 ? 0xf0u : 0xc0u);
}

int irq_pick(const cpu_t *cpu, bool ignore_primask)
{
    uint64_t candidates = cpu->pending & cpu->enabled;
    if (!candidates || (cpu->primask && !ignore_primask))
        return -1;
    int best = -1;
    int level = cpu->level;
    for (; candidates; candidates &= candidates - 1) {
        unsigned irq = (unsigned)__builtin_ctzll(candidates);
        if ((int)effective(cpu, irq) >= level || (chip.faults && fault_holds(cpu, irq, chip.now)))
            continue;
        best = (int)irq;
        level = (int)effective(cpu, irq);
    }
    return best;
}

static void call_handlers(unsigned irq)
{
    const vectors_t *vectors = &chip.vectors;
    if (vectors->exclusive[irq]) {
        vectors->exclusive[irq]();
        return;
    }
    bool called = false;
    for (unsigned i = 0; i < vectors->shared_count; i++) {
        if (vectors->shared[i].irq != irq)
            continue;
        irq_handler_t handler = vectors->shared[i].handler;
        called = true;
        handler();
        if (i < vectors->shared_count && vectors->shared[i].handler != handler)
            i--; // it removed itself
    }
    if (!called)
        panic("interrupt %u came and has no handler", irq);
}

static void serve(cpu_t *cpu, unsigned irq)
{
    int level = cpu->level;
    unsigned exception = cpu->exception;
    cpu->pending &= ~bit(irq);
    cpu->active |= bit(irq);
    cpu->level = (int)effective(cpu, irq);
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
    cpu_t *cpu = cpu_now();
    bool any = false;
    if (chip.look) {
        chip.look = false;
        irq_lines_changed();
    }
    for (int irq; (irq = irq_pick(cpu, false)) >= 0;) {
        uint64_t delay = chip.faults ? fault_delay(cpu) : 0;
        if (delay) {
            cpu->blocked_until[irq] = chip.now + delay;
            continue;
        }
        serve(cpu, (unsigned)irq);
        any = true;
    }
    return any;
}

uint __get_current_exception(void)
{
    return cpu_now()->exception;
}

// ---- masking -------------------------------------------------------------------------------------------------------

uint32_t save_and_disable_interrupts(void)
{
    hook("save_and_disable_interrupts");
    uint32_t was = cpu_now()->primask;
    cpu_now()->primask = true;
    return was;
}

static void set_primask(const char *what, bool primask)
{
    hook(what);
    cpu_now()->primask = primask;
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
    cpu_now()->priority[check(num, "irq_set_priority")] = hardware_priority;
    irq_deliver();
}

uint irq_get_priority(uint num)
{
    hook("irq_get_priority");
    return effective(cpu_now(), check(num, "irq_get_priority"));
}

static void enable(uint64_t mask, bool enabled)
{
    cpu_t *cpu = cpu_now();
    if (enabled) {
        cpu->pending &= ~mask; // a stale pending bit must not fire
        cpu->enabled |= mask;
    } else {
        cpu->enabled &= ~mask;
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
    return cpu_now()->enabled >> check(num, "irq_is_enabled") & 1;
}

void irq_set_pending(uint num)
{
    hook("irq_set_pending");
    cpu_now()->pending |= bit(check(num, "irq_set_pending"));
    irq_deliver();
    windows_show();
}

void irq_clear(uint int_num)
{
    hook("irq_clear");
    cpu_now()->pending &= ~bit(check(int_num, "irq_clear"));
    irq_lines_changed();
}

// ---- handlers ------------------------------------------------------------------------------------------------------

static bool has_shared(unsigned irq)
{
    for (unsigned i = 0; i < chip.vectors.shared_count; i++)
        if (chip.vectors.shared[i].irq == irq)
            return true;
    return false;
}

void irq_set_exclusive_handler(uint num, irq_handler_t handler)
{
    hook("irq_set_exclusive_handler");
    unsigned irq = check(num, "irq_set_exclusive_handler");
    if ((chip.vectors.exclusive[irq] && chip.vectors.exclusive[irq] != handler) || has_shared(irq))
        panic("irq_set_exclusive_handler: interrupt %u has a handler", num);
    chip.vectors.exclusive[irq] = handler;
}

irq_handler_t irq_get_exclusive_handler(uint num)
{
    hook("irq_get_exclusive_handler");
    return chip.vectors.exclusive[check(num, "irq_get_exclusive_handler")];
}

/// A handler of higher order priority is called earlier; of equal ones, the one that was added last, as the SDK has it.
void irq_add_shared_handler(uint num, irq_handler_t handler, uint8_t order_priority)
{
    hook("irq_add_shared_handler");
    unsigned irq = check(num, "irq_add_shared_handler");
    vectors_t *vectors = &chip.vectors;
    if (vectors->exclusive[irq])
        panic("irq_add_shared_handler: interrupt %u has an exclusive handler", num);
    if (vectors->shared_count == SHARED_HANDLERS_MAX)
        panic("irq_add_shared_handler: more than %d shared handlers", SHARED_HANDLERS_MAX);
    unsigned at = 0;
    while (at < vectors->shared_count && vectors->shared[at].order > order_priority)
        at++;
    memmove(&vectors->shared[at + 1], &vectors->shared[at], (vectors->shared_count - at) * sizeof vectors->shared[0]);
    vectors->shared[at] = (shared_handler_t){handler, order_priority, (uint8_t)irq};
    vectors->shared_count++;
}

void irq_remove_handler(uint num, irq_handler_t handler)
{
    hook("irq_remove_handler");
    unsigned irq = check(num, "irq_remove_handler");
    vectors_t *vectors = &chip.vectors;
    if (vectors->exclusive[irq] == handler) {
        vectors->exclusive[irq] = NULL;
        return;
    }
    for (unsigned i = 0; i < vectors->shared_count; i++) {
        if (vectors->shared[i].irq != irq || vectors->shared[i].handler != handler)
            continue;
        memmove(&vectors->shared[i], &vectors->shared[i + 1],
                (vectors->shared_count - i - 1) * sizeof vectors->shared[0]);
        vectors->shared_count--;
        return;
    }
}

bool irq_has_handler(uint num)
{
    hook("irq_has_handler");
    return chip.vectors.exclusive[check(num, "irq_has_handler")] || has_shared(num);
}

bool irq_has_shared_handler(uint num)
{
    hook("irq_has_shared_handler");
    return has_shared(check(num, "irq_has_shared_handler"));
}
