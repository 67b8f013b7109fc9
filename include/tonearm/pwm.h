/// @file pwm.h  PWM audio on RP2040 and RP2350: one or two pins of one PWM slice, three DMA channels, one DMA timer, a carrier that
/// keeps running. A low-pass filter makes sound of it.
///
/// The slice counts clk_sys in periods of 256 to 2048 counts; a pin is high for as many counts as its level says, and levels are
/// latched when a period begins. The DMA timer writes one frame's levels after the other.
///
/// Automatic (bits 0): the period is such that a frame lasts a whole number of periods, so that every frame is heard for exactly as
/// long as every other: nothing jitters. The rate is off by less than 1/512 for that (the plan says by how much; 0.02 % at 44.1 kHz
/// and 125 MHz). Fixed (bits 8 to 11): the period has 2^bits counts, and the rate is as near as the timer's fraction gets it; but a frame is
/// heard for now more, now fewer periods, which is a noise of its own: 29 dB below 1 kHz at 44.1 kHz and 11 bits. docs/pwm.md has
/// the table.
#ifndef TONEARM_PWM_H
#define TONEARM_PWM_H

#include "tonearm/rp2.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TA_PWM_ONE_PIN = 255, ///< as right_pin: there is only left_pin, which carries both channels, mixed
    TA_PWM_RAMP_MS = 50   ///< default of ramp_ms
};

/// Zero means default everywhere but for pins.
typedef struct {
    uint8_t left_pin; ///< GPIO
    uint8_t
        right_pin; ///< the other channel's of the same slice (GPIO 2n and 2n + 1 are; left may be either), or TA_PWM_ONE_PIN
    uint8_t bits;                           ///< 0: automatic, see above; 8..11: a period of 2^bits counts
    ta_pwm_rounding_t rounding;             ///< how 16 bits become levels; default: shaped
    uint32_t rate_hz;                       ///< rate at open, clk_sys / 65535..TA_RATE_MAX_HZ; 0: 44100
    bool fixed_rate;                        ///< never retune: a source of another rate is resampled, or refused
    const ta_output_resampling_t *resample; ///< with fixed_rate: how, &ta_output_resample_good for one; NULL: refused
    uint32_t resample_max_hz;               ///< highest rate of such a source; 0: 96000
    uint32_t buffer_us;    ///< sound queued at 48 kHz (or at rate_hz if fixed); 0: 20000; 1000..2000000
    uint16_t slot_frames;  ///< F, frames in a slot: a multiple of 16, 64..4096; 0: chosen from buffer_us
    ta_feed_t feed;        ///< where the feed runs; 0: a software interrupt
    bool mono;             ///< see ta_shape_t; so it is anyway with one pin
    bool held;             ///< open, but start with ta_rp2_start
    uint16_t hole_records; ///< holes kept in detail; 0: 8
    uint8_t dma_irq;       ///< line 0..1 (RP2040) or 0..3 (RP2350), shared with other handlers: see rp2.h
    uint16_t
        ramp_ms; ///< for how long open lifts the pins from 0 V to the middle, and close lowers them: 2..1000; 0: 50, for then what is
    ///< left of the step lies below 20 Hz. Longer where the carrier is slow: 114 of its periods at least
    ta_amplifier_t amplifier;
} ta_pwm_config_t;

/// What an output of this shape takes and gives, before anything is claimed.
typedef struct {
    ta_need_t needs[2]; ///< bytes: DMA and FAST
    ta_ring_config_t ring;
    uint32_t table_entries; ///< N, in the words that DMA walks
    ta_rate_t rate;
    uint32_t carrier_hz;        ///< periods a second, rounded
    uint16_t period;            ///< counts in a period; the middle is period / 2, so exactly half where it is even
    uint16_t periods_per_frame; ///< 0: not a whole number
    uint16_t bits_tenths;       ///< binary logarithm of the period, in tenths
    bool coherent;              ///< a frame lasts a whole number of periods
    uint16_t
        jitter_cycles; ///< by how much frames begin too late at the pins, the earliest to the latest: 0 if coherent
    uint32_t buffer_frames;          ///< queued at most, not counting the slot that plays
    uint64_t latency_us;             ///< from being pulled to the pin, at most
    uint32_t interrupts_per_s_milli; ///< thousandths; while playing, the feed's included
    uint64_t
        section_limit_us; ///< the feed hands a slot to DMA with interrupts masked, some microseconds: less than this, a slot at rate_hz
    uint64_t stall_limit_us; ///< the count of frames survives stalls up to this
    uint8_t dma_channels, dma_timers, pwm_slices, pins;
} ta_pwm_plan_t;

/// How often levels change, and how often they can.
typedef struct {
    uint16_t period;           ///< counts
    uint16_t timer_x, timer_y; ///< the DMA timer's fraction of clk_sys
} ta_pwm_timing_t;

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
    ta_pwm_timing_t timing; ///< in force
    ta_pwm_rounding_t rounding;
    uint16_t ramp_ms;
    uint8_t bits, left_pin, right_pin;
    int8_t slice, timer; ///< -1 when not held
} ta_pwm_t;

/// Say everything about an output of this shape. Claims nothing.
/// Ctx: task. Cost: constant, some thousand divisions (a few milliseconds on RP2040). Own: none.
/// Fails: TA_E_ARG (pins, bits, sizes), TA_E_RATE; error, if not NULL, receives a sentence (TA_SENTENCE_MAX bytes).
TA_NODISCARD ta_status_t ta_pwm_plan(const ta_pwm_config_t *config, ta_pwm_plan_t *plan, char *error);

/// The rate that is reached: at least clk_sys / 65535, since the timer's numbers have 16 bits (1908 Hz at 125 MHz), and at most the
/// carrier's. Ctx: any. Cost: some thousand divisions. Own: none. Fails: TA_E_RATE, which a number of bits that cannot be is, too.
TA_NODISCARD ta_status_t ta_pwm_rate(const ta_pwm_config_t *config, uint32_t rate_hz, ta_rate_t *rate);

/// Take memory, slice, timer, channels, interrupts and pins, all or nothing, lift the pins to the middle, and start on silence (unless
/// `held`). Both interrupts are taken by the core that calls this: it closes the output, too, and calls the output's task functions.
/// Ctx: task. Cost: bounded; waits for ramp_ms and amplifier.on_ms. Own: everything is held until ta_pwm_close; pwm must not move.
/// Fails: TA_E_STATE if it is open already (nothing is changed, not even pwm->error); as ta_pwm_plan; TA_E_NOMEM, TA_E_CLASS
/// (pwm->failure), TA_E_BUSY; what was taken has been given back in reverse, and pwm->error has the sentence.
TA_NODISCARD ta_status_t ta_pwm_open(ta_pwm_t *pwm, const ta_pwm_config_t *config, const ta_memory_t *memory);

/// Fade out, lower the pins to 0 V, and give everything back in reverse. Harmless when not open.
/// Ctx: task. Cost: waits for at most four slots, feeds by hand for four more where the feed could not, then forces;
/// and for amplifier.off_ms and ramp_ms. Own: nothing is held. Fails: never.
void ta_pwm_close(ta_pwm_t *pwm);

/// Feed by hand (TA_FEED_CALLER): ta_rp2_service(&pwm->rp2). Ctx: feed. Cost: as ta_output_feed. Own: none. Fails: never.
void ta_pwm_service(ta_pwm_t *pwm);

#ifdef __cplusplus
}
#endif
#endif
