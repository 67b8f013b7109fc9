// Time. In: hooks that pass, and waits. Out: state machines and DMA run in exact order of time up to that cycle, and the
// processor idles with interrupts coming in between.
//
// Invariants: chip.now never falls. Inside engine_run, everything up to the returned cycle has happened, and nothing
// after it. Spans of constant clk_sys keep the crystal's time exact to 2^-32 ns for each change of clk_sys.

#include "chip/model.h"
#include "pico/stdlib.h"

#include <string.h>

enum { NS_PER_S = 1000000000, US_PER_S = 1000000 };

// ---- the engine ----------------------------------------------------------------------------------------------------

static bool must_stop(void)
{
    if (!chip.look)
        return false;
    chip.look = false;
    irq_lines_changed();
    return cores_woken();
}

void engine_run(uint64_t target, bool stop)
{
    if (target < chip.horizon) {
        if (target > chip.now)
            chip.now = target;
        return;
    }
    chip.engine_running = true;
    for (;;) {
        uint64_t end = chip.dma.next < target ? chip.dma.next : target;
        if (chip.pwm.next < end && chip.running) // state machines and slices take turns
            end = chip.pwm.next;
        chip.limit = (end + 1) << NEVER_SHIFT;
        pio_run();
        if (chip.pwm.next <= end)
            pwm_run();
        end = (chip.limit >> NEVER_SHIFT) - 1;
        if (chip.dma.next <= end)
            dma_step(end);
        if (end > chip.now)
            chip.now = end;
        if (end >= target || (stop && must_stop()))
            break;
    }
    uint64_t horizon = pio_next();
    if (chip.pwm.next < horizon)
        horizon = chip.pwm.next;
    chip.horizon = chip.dma.next < horizon ? chip.dma.next : horizon;
    chip.engine_running = false;
}

static bool came(const cpu_t *cpu, wait_t how)
{
    return (how == WAIT_WFI && irq_pick(cpu, true) >= 0) || (how == WAIT_EVENT && cpu->event);
}

bool cpu_idle(uint64_t target, wait_t how, uint64_t us)
{
    const cpu_t *cpu = cpu_now();
    windows_take();
    if (irq_deliver() || came(cpu, how))
        return true;
    while (us ? clock_us(chip.now) < us : chip.now < target) {
        if (chip.now >= FOREVER)
            panic("core %u waits for what will never come", chip.at);
        cores_wait(us ? clock_cycle_of_us(us) : target, how, us);
        if (irq_deliver() || came(cpu, how))
            return true;
    }
    return false;
}

void cpu_idle_until(uint64_t target)
{
    while (chip.now < target)
        cpu_idle(target, WAIT_IRQ, 0);
    irq_deliver();
}

void cpu_idle_until_us(uint64_t us)
{
    while (clock_us(chip.now) < us)
        cpu_idle(0, WAIT_IRQ, us);
    irq_deliver();
}

uint64_t chip_cycles(void)
{
    return chip.now;
}

void chip_run_until(uint64_t cycle)
{
    cpu_idle_until(cycle);
    windows_show();
}

bool chip_wait_interrupt(uint64_t cycle)
{
    bool woken = cpu_idle(cycle, WAIT_IRQ, 0);
    windows_show();
    return woken;
}

void chip_work(uint64_t *dma_transfers, uint64_t *pio_instructions)
{
    if (dma_transfers)
        *dma_transfers = chip.dma.transfers;
    if (!pio_instructions)
        return;
    *pio_instructions = 0;
    for (unsigned i = 0; i < CHIP_PIOS_MAX * 4; i++)
        *pio_instructions += chip.pio[i / 4].sm[i % 4].instructions;
}

// ---- clocks --------------------------------------------------------------------------------------------------------

void clock_reset(uint32_t hz)
{
    chip.spans = 1;
    chip.span[0] = (clock_span_t){.hz = hz};
}

uint32_t clock_hz(void)
{
    return chip.spans ? chip.span[chip.spans - 1].hz : chip_constant_system_hz();
}

/// Nanoseconds at `cycle`; the fraction, in 2^-32 ns, too.
static uint64_t span_ns(const clock_span_t *span, uint64_t cycle, uint32_t *fraction)
{
    uint64_t cycles = cycle - span->cycle;
    uint64_t rest = cycles % span->hz * NS_PER_S;
    uint64_t ns = span->start_ns + cycles / span->hz * NS_PER_S + rest / span->hz;
    uint64_t part = span->start_frac + ((rest % span->hz) << 32) / span->hz;
    *fraction = (uint32_t)part;
    return ns + (part >> 32);
}

static const clock_span_t *span_of(uint64_t cycle)
{
    unsigned i = chip.spans - 1;
    while (i > 0 && chip.span[i].cycle > cycle)
        i--;
    return &chip.span[i];
}

void clock_set_hz(uint32_t hz)
{
    clock_span_t span = {.cycle = chip.now, .hz = hz};
    span.start_ns = span_ns(&chip.span[chip.spans - 1], chip.now, &span.start_frac);
    if (chip.spans == CLOCK_SPANS_MAX) { // the oldest is forgotten: cycles before the second are counted with its rate
        memmove(&chip.span[0], &chip.span[1], (CLOCK_SPANS_MAX - 1) * sizeof span);
        chip.spans--;
    }
    chip.span[chip.spans++] = span;
    cores_retime();
}

uint64_t chip_cycles_to_ns(uint64_t cycles)
{
    uint32_t fraction;
    return span_ns(span_of(cycles), cycles, &fraction);
}

uint64_t clock_us(uint64_t cycle)
{
    return chip_cycles_to_ns(cycle) / 1000;
}

uint64_t clock_cycle_of_us(uint64_t us)
{
    if (clock_us(chip.now) >= us)
        return chip.now;
    const clock_span_t *span = &chip.span[chip.spans - 1];
    uint64_t to_go = us - span->start_ns / 1000;
    if (to_go / US_PER_S >= (FOREVER - chip.now) / span->hz)
        return FOREVER;
    uint64_t cycle = span->cycle + to_go / US_PER_S * span->hz + to_go % US_PER_S * span->hz / US_PER_S;
    while (clock_us(cycle) < us)
        cycle++;
    while (cycle > chip.now && clock_us(cycle - 1) >= us)
        cycle--;
    return cycle;
}

// ---- timer and waits -----------------------------------------------------------------------------------------------

uint64_t time_us_64(void)
{
    hook("time_us_64");
    return clock_us(chip.now);
}

uint32_t time_us_32(void)
{
    hook("time_us_32");
    return (uint32_t)clock_us(chip.now);
}

timer_hw_t *chip_timer_hw(void)
{
    hook("timer_hw");
    uint64_t us = clock_us(chip.now);
    uint32_t *words = window_timer();
    words[offsetof(timer_hw_t, timerawh) / 4] = words[offsetof(timer_hw_t, timehr) / 4] = (uint32_t)(us >> 32);
    words[offsetof(timer_hw_t, timerawl) / 4] = words[offsetof(timer_hw_t, timelr) / 4] = (uint32_t)us;
    return (timer_hw_t *)(uintptr_t)TIMER_BASE;
}

static void wait_until_us(uint64_t us)
{
    cpu_idle_until_us(us);
    windows_show();
}

void busy_wait_until(absolute_time_t t)
{
    hook("busy_wait_until");
    wait_until_us(t);
}

void busy_wait_us(uint64_t delay_us)
{
    hook("busy_wait_us");
    wait_until_us(clock_us(chip.now) + delay_us);
}

void busy_wait_us_32(uint32_t delay_us)
{
    busy_wait_us(delay_us);
}

void busy_wait_ms(uint32_t delay_ms)
{
    busy_wait_us(delay_ms * 1000ull);
}

bool time_reached(absolute_time_t t)
{
    return time_us_64() >= t;
}

void busy_wait_at_least_cycles(uint32_t minimum_cycles)
{
    hook("busy_wait_at_least_cycles");
    cpu_idle_until(chip.now + minimum_cycles);
    windows_show();
}

void sleep_until(absolute_time_t target)
{
    hook("sleep_until");
    wait_until_us(target);
}

void sleep_us(uint64_t us)
{
    hook("sleep_us");
    wait_until_us(clock_us(chip.now) + us);
}

void sleep_ms(uint32_t ms)
{
    sleep_us(ms * 1000ull);
}

bool best_effort_wfe_or_timeout(absolute_time_t timeout_timestamp)
{
    hook("best_effort_wfe_or_timeout");
    cpu_idle(0, WAIT_EVENT, timeout_timestamp ? timeout_timestamp : 1);
    cpu_now()->event = false;
    windows_show();
    return clock_us(chip.now) >= timeout_timestamp;
}

void tight_loop_contents(void)
{
    hook("tight_loop_contents");
}
