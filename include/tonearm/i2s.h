/// @file i2s.h  I2S output of RP2040 and RP2350: one PIO state machine, three DMA channels, clocks that keep running.
///
/// Clock relations: 16-bit frames have 32 bit clocks, 24- and 32-bit frames 64 (24-bit samples are left-justified in
/// them). One bit takes two PIO cycles.
#ifndef TONEARM_I2S_H
#define TONEARM_I2S_H

#include "tonearm/rp2.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    TA_I2S_PHILIPS,        ///< word select leads the data by one bit; low is left
    TA_I2S_LEFT_JUSTIFIED, ///< word select changes with the data; high is left
} ta_i2s_alignment_t;

/// Zero means default everywhere but for pins.
typedef struct {
    uint8_t data_pin;                       ///< GPIO
    uint8_t bclk_pin;                       ///< GPIO of the bit clock
    uint8_t ws_pin;                         ///< GPIO of the word select: bclk_pin + 1 or bclk_pin - 1
    uint8_t bits;                           ///< 16 (default), 24 or 32
    ta_i2s_alignment_t alignment;           ///< default: Philips
    uint32_t rate_hz;                       ///< rate at open, TA_RATE_MIN_HZ..TA_RATE_MAX_HZ; 0: 44100
    bool fixed_rate;                        ///< never retune: a source of another rate is resampled, or refused
    const ta_output_resampling_t *resample; ///< with fixed_rate: how, &ta_output_resample_good for one; NULL: refused
    uint32_t resample_max_hz;               ///< highest rate of such a source; 0: 96000
    uint32_t buffer_us;    ///< sound queued at 48 kHz (or at rate_hz if fixed); 0: 20000; 1000..2000000
    uint16_t slot_frames;  ///< F, frames in a slot: a multiple of 16, 64..4096; 0: chosen from buffer_us
    ta_feed_t feed;        ///< where the feed runs; 0: a software interrupt
    bool dither, mono;     ///< see ta_shape_t
    bool held;             ///< open, but start with ta_rp2_start
    uint16_t hole_records; ///< holes kept in detail; 0: 8
    uint8_t dma_irq;       ///< line 0..1 (RP2040) or 0..3 (RP2350), shared with other handlers: see rp2.h
    ta_amplifier_t amplifier;
} ta_i2s_config_t;

/// What an output of this shape takes and gives, before anything is claimed.
typedef struct {
    ta_need_t needs[2]; ///< bytes: DMA and FAST
    ta_ring_config_t ring;
    uint32_t table_entries; ///< N, in the words that DMA walks
    ta_rate_t rate;
    uint32_t buffer_frames;          ///< queued at most, not counting the slot that plays
    uint64_t latency_us;             ///< from being pulled to the pin, at most, with the FIFO
    uint32_t interrupts_per_s_milli; ///< thousandths; while playing, the feed's included
    uint64_t
        section_limit_us; ///< the feed hands a slot to DMA with interrupts masked, some microseconds: less than this, a slot at rate_hz
    uint64_t stall_limit_us; ///< the count of frames survives stalls up to this
    uint8_t dma_channels, state_machines, pio_instructions, pins;
} ta_i2s_plan_t;

typedef struct {
    union {
        ta_rp2_t rp2;
        ta_output_t output;              ///< play through this
        struct {                         ///< after a failed open
            ta_failure_t failure;        ///< memory: which and why
            char error[TA_SENTENCE_MAX]; ///< everything: a sentence
        };
    };
    // What is held, for the driver alone.
    void *pio;
    int8_t sm, program_offset;
    uint8_t bits, data_pin, bclk_pin, ws_pin;
} ta_i2s_t;

/// Say everything about an output of this shape. Claims nothing.
/// Ctx: task. Cost: constant, some thousand divisions (a few milliseconds on RP2040). Own: none.
/// Fails: TA_E_ARG (pins, bits, sizes), TA_E_RATE; error, if not NULL, receives a sentence (TA_SENTENCE_MAX bytes).
TA_NODISCARD ta_status_t ta_i2s_plan(const ta_i2s_config_t *config, ta_i2s_plan_t *plan, char *error);

/// The rate that a divider reaches. Ctx: any. Cost: some thousand divisions. Own: none. Fails: TA_E_RATE.
TA_NODISCARD ta_status_t ta_i2s_rate(const ta_i2s_config_t *config, uint32_t rate_hz, ta_rate_t *rate);

/// Take memory, state machine, channels, interrupts and pins, all or nothing, and start the clocks on silence (unless `held`). Both
/// interrupts are taken by the core that calls this: it closes the output, too, and calls the output's task functions.
/// Ctx: task. Cost: bounded; waits for amplifier.on_ms. Own: everything is held until ta_i2s_close; i2s must not move.
/// Fails: TA_E_STATE if it is open already (nothing is changed, not even i2s->error); as ta_i2s_plan; TA_E_NOMEM, TA_E_CLASS
/// (i2s->failure), TA_E_BUSY; what was taken has been given back in reverse, and i2s->error has the sentence.
TA_NODISCARD ta_status_t ta_i2s_open(ta_i2s_t *i2s, const ta_i2s_config_t *config, const ta_memory_t *memory);

/// Fade out, stop the clocks after the last frame, and give everything back in reverse. Harmless when not open.
/// Ctx: task. Cost: waits for at most four slots, feeds by hand for four more where the feed could not, then forces;
/// and for amplifier.off_ms. Own: nothing is held. Fails: never.
void ta_i2s_close(ta_i2s_t *i2s);

/// Feed by hand (TA_FEED_CALLER): ta_rp2_service(&i2s->rp2). Ctx: feed. Cost: as ta_output_feed. Own: none. Fails: never.
void ta_i2s_service(ta_i2s_t *i2s);

#ifdef __cplusplus
}
#endif
#endif
