/// @file rp2.h  What every output of an RP2040 or RP2350 has, whatever its pins carry: a feed context, an amplifier's pin, a start
/// that several outputs share, static memory.
///
/// DMA interrupt lines (dma_irq) are shared with whoever adds a handler with irq_add_shared_handler, but each line is one core's: the other
/// core must not enable its number, for an interrupt that is taken there does not reach the feed. Outputs of both cores on one line are
/// refused; what else the other core enables nobody can see. Each line in use takes one of the SDK's shared handlers, of which
/// there are PICO_MAX_SHARED_IRQ_HANDLERS (4 by default) for all interrupts together, two of them TinyUSB's where USB is
/// used; beyond them the SDK panics.
#ifndef TONEARM_RP2_H
#define TONEARM_RP2_H

#include "tonearm/output.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The chip that this runs on; on the desktop the virtual board's. Ctx: any. Cost: constant. Own: none. Fails: never.
ta_chip_t ta_rp2_chip(void);

/// Where the feed runs.
typedef enum {
    TA_FEED_INTERRUPT, ///< a software interrupt of the lowest priority, on the core that opens the output
    TA_FEED_CALLER,    ///< wherever the caller calls ta_rp2_service often enough: a loop, a thread, the other core
    TA_FEED_CORE1, ///< the second core, interrupts included, which Tonearm starts for this, and resets when the last such output is
                   ///< closed: whatever core 0 does, sound goes on. Such outputs need a line of their own (dma_irq)
} ta_feed_t;

/// An amplifier's enable or mute pin, driven when the output is opened and closed: clocks, then the amplifier, then sound; and back.
/// The clocks of an output that is held come last: ta_rp2_start waits for nothing.
typedef struct {
    bool wired;      ///< false: there is none, and nothing below counts
    bool low_is_on;  ///< the pin's level that lets sound through; false: high
    uint8_t pin;     ///< GPIO
    uint16_t on_ms;  ///< from enabling it to the first frame that can be heard; open waits for it
    uint16_t off_ms; ///< from disabling it to the last clock; close waits for it
} ta_amplifier_t;

/// A rate as the chip's dividers give it.
typedef struct {
    uint32_t asked_hz;         ///< the rate that was wanted
    uint64_t reached_uhz;      ///< microhertz, exact to rounding
    int32_t error_ppb;         ///< parts per 10^9, of the asked rate
    uint32_t divider_q8;       ///< I2S: the state machine's divider, 16.8 fixed point; PWM: 0
    uint16_t timer_x, timer_y; ///< PWM: the DMA timer's fraction of clk_sys; I2S: 0
    bool fractional;           ///< intervals jitter by one system clock
    uint32_t system_hz;        ///< clk_sys that this holds for
    uint32_t
        exact_system_hz; ///< nearest clk_sys at which nothing is fractional and the rate exact; a mathematical figure
    uint32_t
        pll_system_hz; ///< of what the PLL makes of a 12 MHz crystal within the chip's limit: where nothing is fractional, and
                       ///< the rate's error least
    int32_t pll_error_ppb; ///< that error
} ta_rate_t;

struct ta_rp2_port;

/// What the interrupt handler and every look at the hardware need, side by side, where a Cortex-M0+ reaches it without arithmetic.
typedef struct ta_rp2_walk {
    struct ta_rp2_walk *volatile next; ///< of another output on the same interrupt line
    volatile uint32_t slots_done;      ///< the isr's word
    volatile uint32_t slots_seen;      ///< the feed's word
    uint32_t table;                    ///< bus address of entry 0
    uint32_t last_index;               ///< N - 1
    uint8_t dma_data, dma_next;        ///< channels D and C
    int8_t feed_irq;                   ///< software interrupt that feeds, or -1
    uint8_t count_shift;               ///< from DMA transfers to frames
} ta_rp2_walk_t;

/// An output of the chip: the part that I2S and PWM share. First member of ta_i2s_t and ta_pwm_t.
typedef struct ta_rp2 {
    union {
        ta_output_t output;              ///< play through this
        struct {                         ///< after a failed open, in its place:
            ta_failure_t failure;        ///< memory that was refused; status TA_OK if it was something else
            char error[TA_SENTENCE_MAX]; ///< what was refused, as a sentence
        };
    };
    // The rest is the driver's alone.
    const struct ta_rp2_port *port; ///< what the pins carry
    ta_rp2_walk_t walk;
    ta_mem_t *resource[2]; ///< where the ring's blocks came from
    uint8_t claims;        ///< bits, in the order of taking
    uint8_t core, line;    ///< whose interrupts serve it, and on which DMA interrupt line
    uint8_t feed;          ///< ta_feed_t
    // -1 when not held
    int8_t dma_data, dma_next, dma_wipe, feed_irq, amplifier_pin;
    bool amplifier_low;
    uint16_t amplifier_off_ms;
    volatile bool held, looping, parked, feed_waits;
    bool makeshift; ///< clk_sys has changed while sound was heard: the rate is divided as well as it could be then
} ta_rp2_t;

/// The account that the outputs fed on this core keep by themselves (load.h), for the guards of what they play (guard.h). There before any output, and for good.
/// Ctx: any. Cost: constant. Own: the driver's. Fails: NULL for a core that there is not.
ta_load_t *ta_rp2_load(unsigned core);

/// Start outputs that were opened with `held` at the same moment, so that what each plays begins at the same frame, and what was
/// played on them meanwhile is heard from its first frame on. Their slots must be equally long (slot_frames in the plans). A source of another
/// rate than the output's is heard some slots later, since the rate changes in silence only.
/// Ctx: task, of the core that opened them, and no feed by hand meanwhile. Cost: constant; waits for a feed of the second core, then
/// masks interrupts for a few microseconds. Own: none.
/// Fails: TA_E_ARG (none, or slots differ), TA_E_STATE (one is not held); then none has started.
TA_NODISCARD ta_status_t ta_rp2_start(ta_rp2_t *const *outputs, unsigned count);

/// Feed by hand (TA_FEED_CALLER). One context at a time.
/// Ctx: feed. Cost: as ta_output_feed. Own: none. Fails: never.
void ta_rp2_service(ta_rp2_t *rp2);

/// clk_sys has been changed: take the dividers and the frame clock from what it is now. Until this is called the pitch is wrong by as
/// much as clk_sys was changed, and holes may be dated wrongly; one that lasts while it is called is reported as inexact. When the
/// rate in force cannot be reached any more, the program is stopped and the fault counted (TA_E_RATE).
/// Ctx: task. Cost: constant; the feed does it. Own: none. Fails: TA_E_BUSY (command queue full).
TA_NODISCARD ta_status_t ta_rp2_clock_changed(ta_rp2_t *rp2);

/// Static SRAM for an arena: `TA_STATIC_SRAM(memory, 8192);` at file scope makes `memory`, a uint8_t pointer or array
/// of that many bytes that DMA can read. On a chip it is a static array; on the desktop it lies in the virtual chip's
/// SRAM, which it powers up before main.
#if defined(PICO_ON_DEVICE) && PICO_ON_DEVICE
#define TA_STATIC_SRAM(name, bytes) static _Alignas(64) uint8_t name[bytes]
#else
/// Bytes at the bottom of the virtual chip's SRAM, for TA_STATIC_SRAM.
/// Ctx: before main. Cost: constant. Own: the program's for good. Fails: NULL when SRAM is full.
void *ta_chip_static_sram(size_t bytes);
#define TA_STATIC_SRAM(name, bytes)                                                                                    \
    static uint8_t *name;                                                                                              \
    __attribute__((constructor)) static void name##_place(void)                                                        \
    {                                                                                                                  \
        (name) = ta_chip_static_sram(bytes);                                                                           \
    }                                                                                                                  \
    extern int name##_needs_a_semicolon
#endif

#ifdef __cplusplus
}
#endif
#endif
