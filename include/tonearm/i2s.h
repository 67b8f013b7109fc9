/// @file i2s.h  I2S output of RP2040 and RP2350: one PIO state machine, three DMA channels, clocks that keep running.
///
/// Clock relations: 16-bit frames have 32 bit clocks, 24- and 32-bit frames 64 (24-bit samples are left-justified in
/// them). One bit takes two PIO cycles.
#ifndef TONEARM_I2S_H
#define TONEARM_I2S_H

#include "tonearm/output.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    TA_I2S_PHILIPS,        ///< word select leads the data by one bit; low is left
    TA_I2S_LEFT_JUSTIFIED, ///< word select changes with the data; high is left
} ta_i2s_alignment_t;

typedef enum {
    TA_FEED_INTERRUPT, ///< a software interrupt of the lowest priority
    TA_FEED_CALLER,    ///< the caller calls ta_i2s_service often enough
} ta_feed_t;

/// Zero means default everywhere but for pins.
typedef struct {
    uint8_t data_pin;
    uint8_t bclk_pin; ///< bit clock
    uint8_t ws_pin;   ///< word select: bclk_pin + 1 or bclk_pin - 1
    uint8_t bits;     ///< 16 (default), 24 or 32
    ta_i2s_alignment_t alignment;
    uint32_t rate_hz;     ///< rate at open; 0: 44100
    bool fixed_rate;      ///< refuse sources of another rate instead of retuning
    uint32_t buffer_us;   ///< sound queued at 48 kHz (or at rate_hz if fixed); 0: 20000; 1500..2000000
    uint16_t slot_frames; ///< F, a multiple of 16, 64..4096; 0: chosen from buffer_us
    ta_feed_t feed;
    bool dither, mono;     ///< see ta_shape_t
    uint16_t hole_records; ///< holes kept in detail; 0: 8
    uint8_t dma_irq;       ///< line 0..1 (RP2040) or 0..3 (RP2350), shared with other handlers
} ta_i2s_config_t;

/// A rate as the clock divider gives it.
typedef struct {
    uint32_t asked_hz;
    uint64_t reached_uhz;     ///< microhertz, exact to rounding
    int32_t error_ppb;        ///< parts per 10^9, of the asked rate
    uint32_t divider_q8;      ///< 16.8 fixed point
    bool fractional;          ///< the divider has a fraction: edges jitter by one system clock
    uint32_t system_hz;       ///< clk_sys that this holds for
    uint32_t exact_system_hz; ///< nearest clk_sys at which divider and rate are exact; a mathematical figure
    uint32_t pll_system_hz; ///< nearest to exact among what the PLL makes of a 12 MHz crystal, within the chip's limit
    int32_t pll_error_ppb;  ///< rate error there, with an integer divider
} ta_rate_t;

/// What an output of this shape takes and gives, before anything is claimed.
typedef struct {
    ta_need_t needs[2]; ///< DMA and FAST
    ta_ring_config_t ring;
    uint32_t table_entries;
    ta_rate_t rate;
    uint32_t buffer_frames;          ///< queued at most, not counting the slot that plays
    uint64_t latency_us;             ///< from being pulled to the pin, at most, with the FIFO
    uint32_t interrupts_per_s_milli; ///< thousandths
    uint64_t section_limit_us;       ///< the publication section must be shorter than this, the shortest slot
    uint64_t stall_limit_us;         ///< the frame clock survives stalls up to this
    uint8_t dma_channels, state_machines, pio_instructions, pins;
} ta_i2s_plan_t;

typedef struct {
    ta_output_t output; ///< play through this
    ta_i2s_config_t config;
    ta_i2s_plan_t plan;
    ta_plan_t memory;
    ta_rate_t rate;              ///< in force
    ta_failure_t failure;        ///< after a failed open: memory; see error for everything
    char error[TA_SENTENCE_MAX]; ///< after a failed open: a sentence
    // claims; -1 or NULL when not held
    void *pio;
    int8_t sm, program_offset, dma_data, dma_next, dma_wipe, feed_irq;
    uint8_t core;                 ///< whose interrupts serve it: that of the core that opened it
    uint32_t claims;              ///< bits, in the order of taking
    volatile uint32_t slots_done; ///< the isr's word
    volatile uint32_t slots_seen; ///< the feed's word
    volatile bool looping, parked;
} ta_i2s_t;

/// Say everything about an output of this shape. Claims nothing.
/// Ctx: task. Cost: constant, a few divisions. Own: none.
/// Fails: TA_E_ARG (pins, bits, sizes), TA_E_RATE; error, if not NULL, receives a sentence (TA_SENTENCE_MAX bytes).
TA_NODISCARD ta_status_t ta_i2s_plan(const ta_i2s_config_t *config, ta_i2s_plan_t *plan, char *error);

/// The rate that a divider reaches. Ctx: any. Cost: a few divisions. Own: none. Fails: TA_E_RATE.
TA_NODISCARD ta_status_t ta_i2s_rate(const ta_i2s_config_t *config, uint32_t rate_hz, ta_rate_t *rate);

/// Take memory, state machine, channels, interrupts and pins, all or nothing, and start the clocks on silence. Both interrupts
/// are taken by the core that calls this: it closes the output, too, and calls the output's task functions.
/// Ctx: task. Cost: bounded. Own: everything is held until ta_i2s_close; i2s must not move.
/// Fails: as ta_i2s_plan; TA_E_STATE if it is open already; TA_E_NOMEM, TA_E_CLASS (i2s->failure), TA_E_BUSY; what was
/// taken has been given back in reverse, and i2s->error has the sentence.
TA_NODISCARD ta_status_t ta_i2s_open(ta_i2s_t *i2s, const ta_i2s_config_t *config, const ta_memory_t *memory);

/// Fade out, stop the clocks after the last frame, and give everything back in reverse. Harmless when not open.
/// Ctx: task. Cost: waits for at most four slots; then forces. Own: nothing is held. Fails: never.
void ta_i2s_close(ta_i2s_t *i2s);

/// Feed by hand (TA_FEED_CALLER). Ctx: feed. Cost: as ta_output_feed. Own: none. Fails: never.
void ta_i2s_service(ta_i2s_t *i2s);

/// Static SRAM for an arena: `TA_STATIC_SRAM(memory, 8192);` at file scope makes `memory`, a uint8_t pointer or array
/// of that many bytes that DMA can read. On a chip it is a static array; on the desktop it lies in the virtual chip's
/// SRAM.
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
