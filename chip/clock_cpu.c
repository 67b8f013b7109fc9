// Time. In: hooks that pass, and waits. Out: state machines and DMA run in exact order of time up to that cycle, and the
// processor idles with interrupts coming in between.
//
// Invariants: chip.now never falls. Inside engine_run, everything up to the returned cycle has happened, and nothing
// after it. Spans of constant clk_sys keep the crystal's time exact to 2^-32 ns for each change of clk_sys.

#include "chip/model.h"
#include "hardware/clocks.h"
#include "hardware/sync.h"
#include "pico/stdlib.h"

#include <string.h>

enum { NS_PER_S = 1000000000, US_PER_S = 1000000 };

// ---- the engine ----------------------------------------------------------------------------------------------------

static bool must_stop(bool wake)
{
    if (!chip.look)
        return false;
    chip.look = false;
    irq_lines_changed();
    return irq_pick(wake) >= 0;
}

void engine_run(uint64_t target, bool stop, bool wake)
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
        if (end >= target || (stop && must_stop(wake)))
            break;
    }
    uint64_t horizon = pio_next();
    if (chip.pwm.next < horizon)
        horizon = chip.pwm.next;
    chip.horizon = chip.dma.next < horizon ? chip.dma.next : horizon;
    chip.engine_running = false;
}

/// Idle until something was delivered or `target` is reached.
static bool idle(uint64_t target, bool wake)
{
    windows_take();
    if (irq_deliver() || (wake && irq_pick(true) >= 0))
        return true;
    while (chip.now < target) {
        uint64_t release = fault_next_release(chip.now);
        engine_run(release < target ? release : target, true, wake);
        if (irq_deliver())
            return true;
        if (wake && irq_pick(true) >= 0)
            return true;
    }
    return false;
}

void cpu_idle_until(uint64_t target)
{
    while (chip.now < target)
        idle(target, false);
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
    bool came = idle(cycle, false);
    windows_show();
    return came;
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
    uint64_t cycle = span->cycle + to_go / US_PER_S * span->hz + to_go % US_PER_S * span->hz / US_PER_S;
    while (clock_us(cycle) < us)
        cycle++;
    while (cycle > chip.now && clock_us(cycle - 1) >= us)
        cycle--;
    return cycle;
}

uint32_t clock_get_hz(clock_handle_t clock)
{
    hook("clock_get_hz");
    if (clock == clk_sys || clock == clk_peri)
        return clock_hz();
    return clock == clk_usb || clock == clk_adc ? 48000000 : XOSC_HZ;
}

/// What the PLL makes of a 12 MHz crystal: VCO 750-1600 MHz in steps of 12, then two dividers of 1-7.
bool check_sys_clock_hz(uint32_t freq_hz, uint *vco_freq_out, uint *post_div1_out, uint *post_div2_out)
{
    for (uint feedback = 320; feedback >= 16; feedback--) {
        uint64_t vco = (uint64_t)feedback * XOSC_HZ;
        if (vco < 750000000 || vco > 1600000000)
            continue;
        for (uint first = 7; first >= 1; first--) {
            for (uint second = first; second >= 1; second--) {
                if (vco % (first * second) || vco / (first * second) != freq_hz)
                    continue;
                *vco_freq_out = (uint)vco;
                *post_div1_out = first;
                *post_div2_out = second;
                return true;
            }
        }
    }
    return false;
}

bool check_sys_clock_khz(uint32_t freq_khz, uint *vco_freq_out, uint *post_div1_out, uint *post_div2_out)
{
    return check_sys_clock_hz(freq_khz * 1000, vco_freq_out, post_div1_out, post_div2_out);
}

void set_sys_clock_pll(uint32_t vco_freq, uint post_div1, uint post_div2)
{
    hook("set_sys_clock_pll");
    clock_set_hz(vco_freq / (post_div1 * post_div2));
}

void set_sys_clock_48mhz(void)
{
    hook("set_sys_clock_48mhz");
    clock_set_hz(48000000);
}

bool set_sys_clock_hz(uint32_t freq_hz, bool required)
{
    uint vco, first, second;
    if (check_sys_clock_hz(freq_hz, &vco, &first, &second)) {
        set_sys_clock_pll(vco, first, second);
        return true;
    }
    if (required)
        panic("a system clock of %u Hz cannot be reached exactly", (unsigned)freq_hz);
    return false;
}

bool set_sys_clock_khz(uint32_t freq_khz, bool required)
{
    return set_sys_clock_hz(freq_khz * 1000, required);
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
    cpu_idle_until(clock_cycle_of_us(us));
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
    idle(clock_cycle_of_us(timeout_timestamp), false);
    windows_show();
    return clock_us(chip.now) >= timeout_timestamp;
}

void tight_loop_contents(void)
{
    hook("tight_loop_contents");
}

void __wfi(void)
{
    hook("__wfi");
    idle(chip.now + clock_hz(), true);
    windows_show();
}

void __wfe(void)
{
    hook("__wfe");
    if (!chip.cpu.event)
        idle(chip.now + clock_hz(), false);
    chip.cpu.event = false;
    windows_show();
}

void __sev(void)
{
    hook("__sev");
    chip.cpu.event = true;
}

void __nop(void)
{
    hook("__nop");
}

void __dmb(void)
{
    hook("__dmb");
}

void __dsb(void)
{
    hook("__dsb");
}

void __isb(void)
{
    hook("__isb");
}

void __mem_fence_acquire(void)
{
    hook("__mem_fence_acquire");
}

void __mem_fence_release(void)
{
    hook("__mem_fence_release");
}

uint get_core_num(void)
{
    return 0;
}
