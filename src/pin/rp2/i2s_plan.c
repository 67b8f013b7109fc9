// What an I2S output will take and give, before anything is claimed: geometry, rates, needs.
// In: a configuration. Out: a plan, or a sentence. Nothing here touches hardware but to ask for clk_sys and for counts.

#include "i2s_private.h"

#include "hardware/clocks.h"

#include <string.h>

enum { DIVIDER_MIN_Q8 = 0x100, DIVIDER_MAX_Q8 = 0xffffff };

void i2s_settings(const ta_i2s_config_t *config, rp2_settings_t *settings)
{
    *settings = (rp2_settings_t){
        .rate_hz = config->rate_hz,
        .buffer_us = config->buffer_us,
        .slot_frames = config->slot_frames,
        .hole_records = config->hole_records,
        .dma_irq = config->dma_irq,
        .feed = config->feed,
        .fixed_rate = config->fixed_rate,
        .resample = config->resample,
        .resample_max_hz = config->resample_max_hz,
        .dither = config->dither,
        .mono = config->mono,
        .held = config->held,
        .amplifier = config->amplifier,
    };
    rp2_with_defaults(settings);
}

// ---- rates ---------------------------------------------------------------------------------------------------------------

uint32_t i2s_divider_q8(unsigned bits, uint32_t rate_hz)
{
    uint64_t cycles_per_s = (uint64_t)i2s_frame_cycles(bits) * rate_hz;
    if (cycles_per_s == 0)
        return 0;
    uint64_t divider = (((uint64_t)clock_get_hz(clk_sys) << 8) + cycles_per_s / 2) / cycles_per_s;
    return divider < DIVIDER_MIN_Q8 || divider > DIVIDER_MAX_Q8 ? 0 : (uint32_t)divider;
}

// Without what other system clocks would do, which takes the longest.
static ta_status_t find_rate(unsigned bits, uint32_t rate_hz, ta_rate_t *rate)
{
    uint32_t divider = rate_hz < TA_RATE_MIN_HZ || rate_hz > TA_RATE_MAX_HZ ? 0 : i2s_divider_q8(bits, rate_hz);
    if (divider == 0)
        return TA_E_RATE;
    uint64_t clock = clock_get_hz(clk_sys);
    uint64_t steps = (uint64_t)divider * i2s_frame_cycles(bits);
    *rate = (ta_rate_t){.asked_hz = rate_hz, .divider_q8 = divider, .fractional = (divider & 0xff) != 0};
    rate->system_hz = (uint32_t)clock;
    rate->reached_uhz = ((clock << 8) * 1000000U + steps / 2) / steps;
    int64_t error_uhz = (int64_t)rate->reached_uhz - (int64_t)rate_hz * 1000000;
    rate->error_ppb = (int32_t)(error_uhz * 1000 / (int64_t)rate_hz);
    return TA_OK;
}

// A frame at the whole divider that is nearest.
static uint32_t whole_cycles(unsigned bits, uint32_t system_hz, uint32_t rate_hz)
{
    uint32_t cycles = i2s_frame_cycles(bits), cycles_per_s = cycles * rate_hz;
    return system_hz < cycles_per_s ? 0 : cycles * ((system_hz + cycles_per_s / 2) / cycles_per_s);
}

ta_status_t ta_i2s_rate(const ta_i2s_config_t *config, uint32_t rate_hz, ta_rate_t *rate)
{
    ta_status_t status = find_rate(i2s_bits(config), rate_hz, rate);
    if (status == TA_OK)
        rp2_find_clocks(rate, whole_cycles, i2s_bits(config));
    return status;
}

// ---- checks --------------------------------------------------------------------------------------------------------------

static ta_status_t complain(char *error, ta_status_t status, const char *what, long value, const char *advice)
{
    return rp2_complain(error, "i2s", status, what, value, advice);
}

static ta_status_t check_pins(const ta_i2s_config_t *c, char *error)
{
    const uint8_t pins[3] = {c->data_pin, c->bclk_pin, c->ws_pin};
    uint8_t low = pins[0], high = pins[0];
    for (int p = 0; p < 3; p++) {
        if (pins[p] >= NUM_BANK0_GPIOS)
            return complain(error, TA_E_ARG, "there is no GPIO", pins[p], "choose pins that this chip has");
        if (c->amplifier.wired && c->amplifier.pin == pins[p]) {
            return complain(error, TA_E_ARG, "the amplifier's pin is the output's own, GPIO", pins[p],
                            "choose another pin");
        }
        low = pins[p] < low ? pins[p] : low;
        high = pins[p] > high ? pins[p] : high;
    }
    if (low < 16 && high >= 32) {
        return complain(error, TA_E_ARG, "one PIO does not see the other pins and GPIO", high,
                        "choose all from 0 to 31, or all from 16 to 47");
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

static ta_status_t check_config(const ta_i2s_config_t *c, char *error)
{
    unsigned bits = i2s_bits(c);
    if (bits != 16 && bits != 24 && bits != 32)
        return complain(error, TA_E_ARG, "bits cannot be", (long)bits, "choose 16, 24 or 32");
    if (c->alignment != TA_I2S_PHILIPS && c->alignment != TA_I2S_LEFT_JUSTIFIED) {
        return complain(error, TA_E_ARG, "there is no alignment", (long)c->alignment,
                        "choose Philips or left-justified");
    }
    return check_pins(c, error);
}

// ---- the plan ------------------------------------------------------------------------------------------------------------

ta_status_t i2s_plan(const ta_i2s_config_t *config, ta_i2s_plan_t *plan, char *error)
{
    rp2_settings_t s;
    i2s_settings(config, &s);
    memset(plan, 0, sizeof *plan);
    ta_status_t status = check_config(config, error);
    if (status == TA_OK)
        status = rp2_plan_ring(&s, "i2s", &plan->ring, error);
    if (status != TA_OK)
        return status;
    if (find_rate(i2s_bits(config), s.rate_hz, &plan->rate) != TA_OK) {
        return complain(error, TA_E_RATE, "the clock divider does not reach, in Hz,", (long)s.rate_hz,
                        "choose 1000 to 384000, or change clk_sys");
    }
    unsigned bits = i2s_bits(config);
    plan->ring.wire = bits == 16 ? TA_WIRE_S16 : bits == 24 ? TA_WIRE_S24 : TA_WIRE_S32;
    status = rp2_plan_needs(&s, "i2s", &plan->ring, plan->needs, error);
    if (status != TA_OK)
        return status;
    uint32_t slot = plan->ring.slot_frames, slots = plan->ring.slots;
    plan->table_entries = (uint32_t)(plan->needs[0].align / sizeof(uint32_t));
    plan->buffer_frames = (slots - 1) * slot;
    // All that the pool holds, one of which is the ramp at the start, behind the slot that plays then.
    plan->latency_us = ((uint64_t)(slots + 1) * slot + I2S_FIFO_FRAMES) * 1000000U / s.rate_hz;
    uint32_t a_slot = s.feed == TA_FEED_INTERRUPT ? 2 : 1; // the slot's own, and the feed's
    plan->interrupts_per_s_milli = (uint32_t)((uint64_t)s.rate_hz * 1000U * a_slot / slot);
    plan->section_limit_us = (uint64_t)slot * 1000000U / s.rate_hz;
    // The timer's microseconds and clk_sys come from one crystal; 1 ppm is for the rounding of what is computed from them.
    plan->stall_limit_us = (uint64_t)(plan->table_entries / 2 - 2) * plan->section_limit_us * 1000000U;
    plan->dma_channels = 3;
    plan->state_machines = 1;
    plan->pio_instructions = I2S_PROGRAM_LENGTH;
    plan->pins = (uint8_t)(3 + s.amplifier.wired);
    return TA_OK;
}

ta_status_t ta_i2s_plan(const ta_i2s_config_t *config, ta_i2s_plan_t *plan, char *error)
{
    ta_status_t status = i2s_plan(config, plan, error);
    if (status == TA_OK)
        rp2_find_clocks(&plan->rate, whole_cycles, i2s_bits(config));
    return status;
}
