// What I2S and PWM plan alike: defaults, slots for a buffer, system clocks that a rate would like.
// In: settings. Out: a ring's geometry, or a sentence. Nothing here touches hardware.

#include "rp2_private.h"

#include <stdio.h>

enum {
    BUFFER_DEFAULT_US = 20000,
    BUFFER_RATE_HZ = 48000, // buffer times count at this rate unless the rate is fixed
    RATE_DEFAULT_HZ = 44100,
    HOLES_DEFAULT = 8,
    SLOT_STEP = 16,
    SLOT_MAX = 4096,
    SLOTS_MIN = 3,
    SLOTS_MAX = 62,
    // The system clock's maximum, as the datasheets' lists of features have it (RP2040 and RP2350 datasheet, chapter 1).
    RATED_HZ_RP2040 = 133000000,
    RATED_HZ_RP2350 = 150000000,
};

ta_chip_t ta_rp2_chip(void)
{
    return NUM_DMA_CHANNELS > 12 ? TA_CHIP_RP2350
                                 : TA_CHIP_RP2040; // RP2040 datasheet 2.5: 12; RP2350 datasheet 12.6: 16
}

ta_status_t rp2_complain(char *error, const char *name, ta_status_t status, const char *what, long value,
                         const char *advice)
{
    if (error)
        snprintf(error, TA_SENTENCE_MAX, "%s: %s %ld: %s", name, what, value, advice);
    return status;
}

void rp2_with_defaults(rp2_settings_t *settings)
{
    if (settings->rate_hz == 0)
        settings->rate_hz = RATE_DEFAULT_HZ;
    if (settings->buffer_us == 0)
        settings->buffer_us = BUFFER_DEFAULT_US;
    if (settings->hole_records == 0)
        settings->hole_records = HOLES_DEFAULT;
}

// ---- slots ---------------------------------------------------------------------------------------------------------------

static ta_status_t check(const rp2_settings_t *s, const char *name, char *error)
{
    if (s->buffer_us < TA_BUFFER_MIN_US || s->buffer_us > TA_BUFFER_MAX_US) {
        return rp2_complain(error, name, TA_E_ARG, "a buffer cannot hold, in microseconds,", (long)s->buffer_us,
                            "choose 1000 to 2000000");
    }
    if (s->slot_frames &&
        (s->slot_frames % SLOT_STEP || s->slot_frames < TA_RAMP_FRAMES || s->slot_frames > SLOT_MAX)) {
        return rp2_complain(error, name, TA_E_ARG, "a slot cannot have, in frames,", s->slot_frames,
                            "choose a multiple of 16, 64 to 4096");
    }
    if (s->dma_irq >= NUM_DMA_IRQS) {
        return rp2_complain(error, name, TA_E_ARG, "there is no DMA interrupt line", s->dma_irq,
                            "choose a line that this chip has");
    }
    if (s->feed > TA_FEED_CORE1) {
        return rp2_complain(error, name, TA_E_ARG, "there is no feed", (long)s->feed,
                            "choose the interrupt, the caller or core 1");
    }
    if (s->amplifier.wired && s->amplifier.pin >= NUM_BANK0_GPIOS) {
        return rp2_complain(error, name, TA_E_ARG, "the amplifier's pin: there is no GPIO", s->amplifier.pin,
                            "choose a pin that this chip has");
    }
    return TA_OK;
}

ta_status_t rp2_plan_ring(const rp2_settings_t *s, const char *name, ta_ring_config_t *ring, char *error)
{
    ta_status_t status = check(s, name, error);
    if (status != TA_OK)
        return status;
    uint32_t rate = s->fixed_rate ? s->rate_hz : BUFFER_RATE_HZ;
    uint32_t frames = (uint32_t)(((uint64_t)s->buffer_us * rate + 999999) / 1000000);
    uint32_t slot = s->slot_frames;
    if (slot == 0) {
        slot = (frames / 8 + SLOT_STEP - 1) / SLOT_STEP * SLOT_STEP; // an eighth of the buffer a slot
        if (slot < TA_RAMP_FRAMES)
            slot = TA_RAMP_FRAMES;
        if (slot > 1024)
            slot = 1024;
        while ((frames + slot - 1) / slot + 2 > SLOTS_MAX)
            slot += SLOT_STEP;
    }
    uint32_t slots = (frames + slot - 1) / slot + 2; // one plays, one is being filled
    if (slots < SLOTS_MIN)
        slots = SLOTS_MIN;
    if (slot > SLOT_MAX || slots > SLOTS_MAX) {
        return rp2_complain(
            error, name, TA_E_ARG,
            "the buffer would need more than 62 slots, or slots of more than 4096 frames; frames wanted:", (long)frames,
            "choose a smaller buffer or larger slots");
    }
    ring->slot_frames = slot;
    ring->slots = slots;
    ring->hole_records = s->hole_records;
    return TA_OK;
}

ta_status_t rp2_plan_needs(const rp2_settings_t *s, const char *name, const ta_ring_config_t *ring, ta_need_t needs[2],
                           char *error)
{
    ta_status_t status = ta_output_need(ring, needs);
    if (status != TA_OK) {
        return rp2_complain(error, name, status, "the ring refuses this number of slots:", (long)ring->slots,
                            "choose another buffer");
    }
    if (s->resample && !s->fixed_rate) {
        return rp2_complain(error, name, TA_E_ARG,
                            "resampling wants a fixed rate, and this one is not, in Hz:", (long)s->rate_hz,
                            "set fixed_rate, or leave resample out");
    }
    if (!s->resample) {
        return TA_OK;
    }
    status = ta_output_need_resampler(s->resample, s->rate_hz, s->resample_max_hz, ring, needs);
    if (status == TA_E_RATE) {
        return rp2_complain(error, name, status, "sources to be resampled cannot have up to, in Hz,",
                            (long)s->resample_max_hz, "choose resample_max_hz from 1000 to 384000");
    }
    if (status != TA_OK) {
        return rp2_complain(error, name, status, "this library was built without the resampler's quality",
                            (long)s->resample->quality, "choose another, or build with TA_CFG_RESAMPLE_BEST=1");
    }
    return TA_OK;
}

// ---- system clocks -------------------------------------------------------------------------------------------------------

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

// Tries what the system PLL makes of a 12 MHz crystal with REFDIV 1: VCO 750 to 1600 MHz, two post dividers of 1 to 7 (RP2040
// datasheet 2.18.2, RP2350 datasheet 8.6.3). Keeps the smallest rate error, then the clock nearest to today's.
static void find_pll_clock(ta_rate_t *rate, rp2_whole_cycles_t *whole_cycles, unsigned bits)
{
    uint32_t rated = ta_rp2_chip() == TA_CHIP_RP2350 ? RATED_HZ_RP2350 : RATED_HZ_RP2040;
    uint32_t limit = rate->system_hz > rated ? rate->system_hz : rated;
    uint64_t best_error = UINT64_MAX;
    for (uint32_t feedback = 63; feedback <= 133; feedback++) {
        for (uint32_t post = 1; post <= 49; post++) {
            bool possible = post <= 7 || (post % 7 == 0 && post / 7 <= 7) || (post % 6 == 0 && post / 6 <= 7) ||
                            (post % 5 == 0 && post / 5 <= 7) || (post % 4 == 0 && post / 4 <= 7);
            uint32_t hz = 12000000U * feedback / post;
            if (!possible || 12000000U * feedback % post || hz > limit)
                continue;
            uint32_t exact_hz = whole_cycles(bits, hz, rate->asked_hz) * rate->asked_hz;
            if (exact_hz == 0)
                continue;
            int64_t off_hz = (int64_t)hz - (int64_t)exact_hz;
            int64_t ppb = off_hz * 1000000000 / (int64_t)exact_hz;
            uint64_t error = (uint64_t)(ppb < 0 ? -ppb : ppb);
            bool nearer = distance(hz, rate->system_hz) < distance(rate->pll_system_hz, rate->system_hz);
            if (error < best_error || (error == best_error && nearer)) {
                best_error = error;
                rate->pll_system_hz = hz;
                rate->pll_error_ppb = (int32_t)ppb;
            }
        }
    }
}

void rp2_find_clocks(ta_rate_t *rate, rp2_whole_cycles_t *whole_cycles, unsigned bits)
{
    rate->exact_system_hz = whole_cycles(bits, rate->system_hz, rate->asked_hz) * rate->asked_hz;
    find_pll_clock(rate, whole_cycles, bits);
}
