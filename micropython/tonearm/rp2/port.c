// The rp2 port: MicroPython on an RP2040 or RP2350. In: the chip. Out: outputs on its I2S and PWM drivers, fed from a software interrupt of
// the core that runs the REPL.
//
// Invariants: the library is called from that core alone, since its interrupts are there; a script's second thread, which runs on the
// other core, is refused, and a collection there keeps every output. What the module does on MicroPython's way is wrapped by the linker
// (micropython.cmake): gc_collect keeps what is heard; set_sys_clock_pll, which machine.freq calls, divides rates anew; a soft reset closes everything before its first step (machine_i2s_deinit_all), and
// again where somebody leaves without one (gc_sweep_all).

#include "../synthio.h"

#include "py/gc.h"
#include "py/mphal.h"

#include "extmod/modmachine.h"
#include "hardware/clocks.h"
#include "hardware/timer.h"
#include "machine_pin.h"
#include "pico/platform.h"
#include "pico/time.h"

#include <stdio.h>

// Knob: SRAM that is kept back from the VM, for DMA and what the feed touches. On RP2040 the VM's heap is that memory, so there is none.
#ifndef TONEARM_SRAM_BYTES
#if PICO_RP2040
#define TONEARM_SRAM_BYTES 0
#else
#define TONEARM_SRAM_BYTES (48 * 1024)
#endif
#endif

enum { TICK_US = 5000 };

// The feed is an interrupt on the main stack, below whatever a script has come to: an output takes 880 bytes (docs/figures.md), each node up to 270 more and its
// meter 56, and one of them its arithmetic, up to 500, or else a row of blocks, 100 for each and as much for its end. The VM's own limit leaves 256, and behind the
// stack's end lies its heap.
enum { FEED_STACK_BYTES = 880 + NODE_LEVELS_MAX * (270 + 56) + (SYNTHIO_DEPTH_MAX + 1) * 100 };
_Static_assert((SYNTHIO_DEPTH_MAX + 1) * 100 >= 500, "arithmetic wants as much");

// ---- in and out --------------------------------------------------------------------------------------------------------------

// One core, and interrupts only post: there is nobody to keep out.
void port_enter(void)
{
}

void port_leave(void)
{
}

bool port_is_here(void)
{
    return get_core_num() == 0;
}

// ---- memory ------------------------------------------------------------------------------------------------------------------

void port_kept_back(void **base, size_t *bytes)
{
#if TONEARM_SRAM_BYTES
    static _Alignas(64) uint8_t kept[TONEARM_SRAM_BYTES];
    *base = kept;
    *bytes = sizeof kept;
#else
    *base = NULL;
    *bytes = 0;
#endif
}

void port_dma_block(void *block, size_t bytes, const char *name)
{
    (void)block; // a real chip needs no telling
    (void)bytes;
    (void)name;
}

ta_chip_t port_chip(void)
{
#if PICO_RP2040
    return TA_CHIP_RP2040;
#else
    return TA_CHIP_RP2350;
#endif
}

// ---- pins --------------------------------------------------------------------------------------------------------------------

int port_pins(void)
{
    return NUM_BANK0_GPIOS;
}

bool port_pin(mp_obj_t object, unsigned *gpio)
{
    if (!mp_obj_is_type(object, &machine_pin_type))
        return false;
    const machine_pin_obj_t *pin = MP_OBJ_TO_PTR(object);
#if MICROPY_HW_PIN_EXT_COUNT
    if (pin->is_ext)
        return false; // it is another chip's
#endif
    *gpio = pin->id;
    return true;
}

// ---- time --------------------------------------------------------------------------------------------------------------------

static repeating_timer_t ticker;
static bool ticks;

// An interrupt: the VM's scheduler is asked, and no more.
static bool tick(repeating_timer_t *timer)
{
    (void)timer;
    output_tick();
    ticks = output_reads_ahead();
    return ticks;
}

static void start_ticking(void)
{
    if (!ticks)
        ticks = add_repeating_timer_us(-TICK_US, tick, NULL, &ticker);
}

uint64_t port_now_us(void)
{
    return time_us_64();
}

static uint32_t now_us(void)
{
    return time_us_32();
}

// Cycles are told, of the clock that there is now; the timer counts microseconds, which nobody else needs and no clock changes.
ta_meter_clock_t *port_meter_clock(void)
{
    static ta_meter_clock_t clock = {now_us, 1000000, NULL};
    return &clock;
}

const char *port_meter_unit(void)
{
    return "cycles";
}

mp_float_t port_meter_tick(void)
{
    return (mp_float_t)clock_get_hz(clk_sys) / 1000000;
}

const ta_guard_config_t *port_guard(void)
{
    static ta_guard_config_t guard = {.now = now_us, .hz = 1000000};
    guard.load = ta_rp2_load(0);
    return &guard;
}

void port_wait_us(uint32_t us)
{
    busy_wait_us_32(us);
}

void port_moment(void)
{
    start_ticking(); // whoever asks may have begun to read ahead
}

// ---- outputs -----------------------------------------------------------------------------------------------------------------

static void keep_stack_for_feed(void)
{
    extern uint8_t __StackTop, __StackBottom;
    size_t limit = (size_t)(&__StackTop - &__StackBottom) - FEED_STACK_BYTES;
    if (MP_STATE_THREAD(stack_limit) > limit)
        MP_STATE_THREAD(stack_limit) = limit;
}

bool port_begin(char *error)
{
    if (port_is_here()) {
        keep_stack_for_feed();
        start_ticking();
        return true;
    }
    snprintf(error, TA_SENTENCE_MAX, "audio belongs to the main thread: call it from there");
    return false;
}

// rp2.DMA and the first machine.I2S have line 0, the second machine.I2S line 1.
static uint8_t dma_line(void)
{
#if PICO_RP2040
    return 1;
#else
    return 2;
#endif
}

ta_status_t port_open(port_output_t *port, const output_config_t *config, const ta_memory_t *memory, char *error)
{
    ta_status_t status;
    port->is_pwm = config->kind == OUTPUT_PWM;
    if (port->is_pwm) {
        ta_pwm_config_t pwm = config->pwm;
        pwm.dma_irq = dma_line();
        status = ta_pwm_open(&port->pwm, &pwm, memory);
    } else {
        ta_i2s_config_t i2s = config->i2s;
        i2s.dma_irq = dma_line();
        status = ta_i2s_open(&port->i2s, &i2s, memory);
    }
    if (status != TA_OK)
        snprintf(error, TA_SENTENCE_MAX, "%s", port->is_pwm ? port->pwm.error : port->i2s.error);
    return status;
}

void port_close(port_output_t *port)
{
    if (port->is_pwm) {
        ta_pwm_close(&port->pwm);
    } else {
        ta_i2s_close(&port->i2s);
    }
}

ta_output_t *port_output(port_output_t *port)
{
    return port->is_pwm ? &port->pwm.output : &port->i2s.output;
}

const char *port_trouble(const port_output_t *port)
{
    (void)port;
    return NULL;
}

bool port_has_pins(void)
{
    return true;
}

// ---- the collector, the end ----------------------------------------------------------------------------------------------------

void __real_gc_collect(void);
void __wrap_gc_collect(void);
void __real_set_sys_clock_pll(uint32_t vco_hz, unsigned post_div1, unsigned post_div2);
void __wrap_set_sys_clock_pll(uint32_t vco_hz, unsigned post_div1, unsigned post_div2);
void __real_gc_sweep_all(void);
void __wrap_gc_sweep_all(void);
void __real_machine_i2s_deinit_all(void);
void __wrap_machine_i2s_deinit_all(void);

void __wrap_gc_collect(void)
{
    output_before_collection();
    __real_gc_collect();
}

static void close_all(void)
{
    output_close_all();
    if (ticks)
        cancel_repeating_timer(&ticker);
    ticks = false;
}

// machine.freq.
void __wrap_set_sys_clock_pll(uint32_t vco_hz, unsigned post_div1, unsigned post_div2)
{
    __real_set_sys_clock_pll(vco_hz, post_div1, post_div2);
    output_clock_changed();
}

// A soft reset begins.
void __wrap_machine_i2s_deinit_all(void)
{
    close_all();
    __real_machine_i2s_deinit_all();
}

void __wrap_gc_sweep_all(void)
{
    close_all();
    __real_gc_sweep_all();
}
