// What an I2S output will take and give, before anything is claimed: geometry, rates, needs.
// In: a configuration. Out: a plan, or a sentence. Nothing here touches hardware but to ask for clk_sys and for counts.

#include "i2s_private.h"

#include "hardware/clocks.h"
#include "hardware/dma.h"

#include <stdio.h>
#include <string.h>

enum {
    BUFFER_DEFAULT_US = 20000,
    BUFFER_MIN_US = 1500,
    BUFFER_MAX_US = 2000000,
    BUFFER_RATE_HZ = 48000, // buffer times count at this rate unless the rate is fixed
    RATE_DEFAULT_HZ = 44100,
    HOLES_DEFAULT = 8,
    SLOT_STEP = 16,
    SLOT_MAX = 4096,
    SLOTS_MAX = 62,
    DIVIDER_MIN_Q8 = 0x100,
    DIVIDER_MAX_Q8 = 0xffffff,
};

ta_i2s_config_t i2s_with_defaults(const ta_i2s_config_t *config)
{
    ta_i2s_config_t c = *config;
    if (c.bits == 0)
        c.bits = 16;
    if (c.rate_hz == 0)
        c.rate_hz = RATE_DEFAULT_HZ;
    if (c.buffer_us == 0)
        c.buffer_us = BUFFER_DEFAULT_US;
    if (c.hole_records == 0)
        c.hole_records = HOLES_DEFAULT;
    return c;
}

ta_chip_t i2s_chip(void)
{
    return NUM_DMA_CHANNELS > 12 ? TA_CHIP_RP2350
                                 : TA_CHIP_RP2040; // RP2040 datasheet 2.5: 12; RP2350 datasheet 12.6: 16
}

// ---- rates ---------------------------------------------------------------------------------------------------------------

uint32_t i2s_divider_q8(const ta_i2s_config_t *config, uint32_t rate_hz)
{
    uint64_t cycles_per_s = (uint64_t)i2s_frame_cycles(config) * rate_hz;
    if (cycles_per_s == 0)
        return 0;
    uint64_t divider = (((uint64_t)clock_get_hz(clk_sys) << 8) + cycles_per_s / 2) / cycles_per_s;
    return divider < DIVIDER_MIN_Q8 || divider > DIVIDER_MAX_Q8 ? 0 : (uint32_t)divider;
}

void i2s_rate_of(const ta_i2s_config_t *config, uint32_t rate_hz, uint32_t divider_q8, ta_rate_t *rate)
{
    uint64_t clock = clock_get_hz(clk_sys);
    uint64_t steps = (uint64_t)divider_q8 * i2s_frame_cycles(config);
    *rate = (ta_rate_t){.asked_hz = rate_hz, .divider_q8 = divider_q8, .fractional = (divider_q8 & 0xff) != 0};
    rate->system_hz = (uint32_t)clock;
    rate->reached_uhz = ((clock << 8) * 1000000U + steps / 2) / steps;
    int64_t error_uhz = (int64_t)rate->reached_uhz - (int64_t)rate_hz * 1000000;
    rate->error_ppb = (int32_t)(error_uhz * 1000 / (int64_t)rate_hz);
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

// Tries what the system PLL makes of a 12 MHz crystal with REFDIV 1: VCO 750 to 1600 MHz, two post dividers of 1 to 7 (RP2040
// datasheet 2.18.2, RP2350 datasheet 8.6.3). Keeps the smallest rate error, then the clock nearest to today's.
static void find_pll_clock(ta_rate_t *rate, uint32_t cycles_per_s)
{
    uint32_t limit = rate->system_hz > 133000000U ? rate->system_hz : 133000000U;
    uint64_t best_error = UINT64_MAX;
    for (uint32_t feedback = 63; feedback <= 133; feedback++) {
        for (uint32_t post = 1; post <= 49; post++) {
            bool possible = post <= 7 || (post % 7 == 0 && post / 7 <= 7) || (post % 6 == 0 && post / 6 <= 7) ||
                            (post % 5 == 0 && post / 5 <= 7) || (post % 4 == 0 && post / 4 <= 7);
            uint32_t hz = 12000000U * feedback / post;
            if (!possible || 12000000U * feedback % post || hz > limit || hz < cycles_per_s)
                continue;
            uint32_t divider = (hz + cycles_per_s / 2) / cycles_per_s;
            int64_t off_hz = (int64_t)hz - (int64_t)cycles_per_s * divider;
            int64_t ppb = off_hz * 1000000000 / ((int64_t)cycles_per_s * divider);
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

ta_status_t ta_i2s_rate(const ta_i2s_config_t *config, uint32_t rate_hz, ta_rate_t *rate)
{
    ta_i2s_config_t c = i2s_with_defaults(config);
    uint32_t divider = rate_hz < TA_RATE_MIN_HZ || rate_hz > TA_RATE_MAX_HZ ? 0 : i2s_divider_q8(&c, rate_hz);
    if (divider == 0)
        return TA_E_RATE;
    i2s_rate_of(&c, rate_hz, divider, rate);
    uint32_t cycles_per_s = i2s_frame_cycles(&c) * rate_hz;
    uint32_t whole = (rate->system_hz + cycles_per_s / 2) / cycles_per_s;
    rate->exact_system_hz = whole * cycles_per_s;
    find_pll_clock(rate, cycles_per_s);
    return TA_OK;
}

// ---- geometry ------------------------------------------------------------------------------------------------------------

static ta_status_t complain(char *error, ta_status_t status, const char *what, long value, const char *advice)
{
    if (error)
        snprintf(error, TA_SENTENCE_MAX, "i2s: %s %ld: %s", what, value, advice);
    return status;
}

static ta_status_t check_pins(const ta_i2s_config_t *c, char *error)
{
    const uint8_t pins[3] = {c->data_pin, c->bclk_pin, c->ws_pin};
    for (int p = 0; p < 3; p++) {
        if (pins[p] >= NUM_BANK0_GPIOS)
            return complain(error, TA_E_ARG, "there is no GPIO", pins[p], "choose pins that this chip has");
    }
    if (c->bclk_pin + 1 != c->ws_pin && c->ws_pin + 1 != c->bclk_pin) {
        return complain(error, TA_E_ARG, "bit clock and word select must be neighbours, but word select is GPIO",
                        c->ws_pin, "choose the GPIO before or after the bit clock's");
    }
    if (c->data_pin == c->bclk_pin || c->data_pin == c->ws_pin) {
        return complain(error, TA_E_ARG, "data shares a pin with a clock, GPIO", c->data_pin,
                        "choose another data pin");
    }
    return TA_OK;
}

static ta_status_t choose_slots(const ta_i2s_config_t *c, ta_i2s_plan_t *plan, char *error)
{
    if (c->buffer_us < BUFFER_MIN_US || c->buffer_us > BUFFER_MAX_US) {
        return complain(error, TA_E_ARG, "a buffer cannot hold, in microseconds,", (long)c->buffer_us,
                        "choose 1500 to 2000000");
    }
    if (c->slot_frames &&
        (c->slot_frames % SLOT_STEP || c->slot_frames < TA_RAMP_FRAMES || c->slot_frames > SLOT_MAX)) {
        return complain(error, TA_E_ARG, "a slot cannot have, in frames,", c->slot_frames,
                        "choose a multiple of 16, 64 to 4096");
    }
    uint32_t rate = c->fixed_rate ? c->rate_hz : BUFFER_RATE_HZ;
    uint32_t frames = (uint32_t)(((uint64_t)c->buffer_us * rate + 999999) / 1000000);
    uint32_t slot = c->slot_frames;
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
    if (slots < 4)
        slots = 4;
    if (slot > SLOT_MAX || slots > SLOTS_MAX) {
        return complain(error, TA_E_ARG,
                        "the buffer would need more than 62 slots, or slots of more than 4096 frames; frames wanted:",
                        (long)frames, "choose a smaller buffer or larger slots");
    }
    plan->ring.slot_frames = slot;
    plan->ring.slots = slots;
    return TA_OK;
}

static ta_status_t check_config(const ta_i2s_config_t *c, char *error)
{
    if (c->bits != 16 && c->bits != 24 && c->bits != 32)
        return complain(error, TA_E_ARG, "bits cannot be", c->bits, "choose 16, 24 or 32");
    if (c->alignment != TA_I2S_PHILIPS && c->alignment != TA_I2S_LEFT_JUSTIFIED) {
        return complain(error, TA_E_ARG, "there is no alignment", (long)c->alignment,
                        "choose Philips or left-justified");
    }
    if (c->dma_irq >= NUM_DMA_IRQS) {
        return complain(error, TA_E_ARG, "there is no DMA interrupt line", c->dma_irq,
                        "choose a line that this chip has");
    }
    return check_pins(c, error);
}

ta_status_t ta_i2s_plan(const ta_i2s_config_t *config, ta_i2s_plan_t *plan, char *error)
{
    ta_i2s_config_t c = i2s_with_defaults(config);
    memset(plan, 0, sizeof *plan);
    ta_status_t status = check_config(&c, error);
    if (status == TA_OK)
        status = choose_slots(&c, plan, error);
    if (status != TA_OK)
        return status;
    if (ta_i2s_rate(&c, c.rate_hz, &plan->rate) != TA_OK) {
        return complain(error, TA_E_RATE, "the clock divider does not reach, in Hz,", (long)c.rate_hz,
                        "choose 1000 to 384000, or change clk_sys");
    }
    plan->ring.wire = c.bits == 16 ? TA_WIRE_S16 : c.bits == 24 ? TA_WIRE_S24 : TA_WIRE_S32;
    plan->ring.hole_records = c.hole_records;
    status = ta_output_need(&plan->ring, plan->needs);
    if (status != TA_OK) {
        return complain(error, status, "the ring refuses this number of slots:", (long)plan->ring.slots,
                        "choose another buffer");
    }
    uint32_t slot = plan->ring.slot_frames, slots = plan->ring.slots;
    plan->table_entries = (uint32_t)(plan->needs[0].align / sizeof(uint32_t));
    plan->buffer_frames = (slots - 1) * slot;
    // All that the pool holds, one of which is the ramp at the start, behind the slot that plays then.
    plan->latency_us = ((uint64_t)(slots + 1) * slot + I2S_FIFO_FRAMES) * 1000000U / c.rate_hz;
    plan->interrupts_per_s_milli = (uint32_t)((uint64_t)c.rate_hz * 1000U / slot);
    plan->section_limit_us = (uint64_t)slot * 1000000U / c.rate_hz;
    // The timer's microseconds and clk_sys come from one crystal; 1 ppm is for the rounding of what is computed from them.
    plan->stall_limit_us = (uint64_t)(plan->table_entries / 2 - 2) * plan->section_limit_us * 1000000U;
    plan->dma_channels = 3;
    plan->state_machines = 1;
    plan->pio_instructions = I2S_PROGRAM_LENGTH;
    plan->pins = 3;
    return TA_OK;
}
