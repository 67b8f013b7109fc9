// What a PWM output will take and give, before anything is claimed: geometry, rates, needs.
// In: a configuration. Out: a plan, or a sentence. Nothing here touches hardware but to ask for clk_sys and for counts.

#include "pwm_private.h"

#include "hardware/clocks.h"
#include "hardware/pwm.h"

#include <stdio.h>
#include <string.h>

void pwm_settings(const ta_pwm_config_t *config, rp2_settings_t *settings)
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
        .mono = config->mono || config->right_pin == TA_PWM_ONE_PIN,
        .held = config->held,
        .amplifier = config->amplifier,
    };
    rp2_with_defaults(settings);
}

// ---- rates ---------------------------------------------------------------------------------------------------------------

// Without what other system clocks would do, which takes the longest.
static ta_status_t find_rate(unsigned bits, uint32_t rate_hz, ta_rate_t *rate, ta_pwm_timing_t *timing)
{
    uint32_t clock = clock_get_hz(clk_sys);
    if (rate_hz < TA_RATE_MIN_HZ || rate_hz > TA_RATE_MAX_HZ || !pwm_find_timing(bits, clock, rate_hz, timing))
        return TA_E_RATE;
    *rate = (ta_rate_t){.asked_hz = rate_hz, .system_hz = clock};
    rate->timer_x = timing->timer_x;
    rate->timer_y = timing->timer_y;
    rate->fractional = timing->timer_x != 1;
    rate->reached_uhz = ((uint64_t)clock * timing->timer_x * 1000000U + timing->timer_y / 2) / timing->timer_y;
    int64_t error_uhz = (int64_t)rate->reached_uhz - (int64_t)rate_hz * 1000000;
    rate->error_ppb = (int32_t)(error_uhz * 1000 / (int64_t)rate_hz);
    return TA_OK;
}

// A frame of a whole number of periods.
static uint32_t whole_cycles(unsigned bits, uint32_t system_hz, uint32_t rate_hz)
{
    ta_pwm_timing_t timing;
    if (bits == 0)
        return pwm_find_timing(0, system_hz, rate_hz, &timing) ? timing.timer_y : 0;
    uint64_t periods_per_s = (uint64_t)rate_hz << bits;
    return system_hz < periods_per_s ? 0 : (uint32_t)((system_hz + periods_per_s / 2) / periods_per_s) << bits;
}

ta_status_t ta_pwm_rate(const ta_pwm_config_t *config, uint32_t rate_hz, ta_rate_t *rate)
{
    ta_pwm_timing_t timing;
    ta_status_t status = find_rate(config->bits, rate_hz, rate, &timing);
    if (status == TA_OK)
        rp2_find_clocks(rate, whole_cycles, config->bits);
    return status;
}

// ---- checks --------------------------------------------------------------------------------------------------------------

static ta_status_t complain(char *error, ta_status_t status, const char *what, long value, const char *advice)
{
    return rp2_complain(error, "pwm", status, what, value, advice);
}

static ta_status_t check_pair(const ta_pwm_config_t *c, char *error)
{
    uint slice = pwm_gpio_to_slice_num(c->left_pin);
    bool pair = pwm_gpio_to_slice_num(c->right_pin) == slice &&
                (pwm_gpio_to_channel(c->left_pin) != pwm_gpio_to_channel(c->right_pin));
    if (!pair && error) {
        snprintf(
            error, TA_SENTENCE_MAX,
            "pwm: GPIO %u and GPIO %u are not the two channels of one PWM slice: choose GPIO %u and %u, or one pin "
            "for both (TA_PWM_ONE_PIN)",
            c->left_pin, c->right_pin, c->left_pin, c->left_pin ^ 1U);
    }
    return pair ? TA_OK : TA_E_ARG;
}

static ta_status_t check_pins(const ta_pwm_config_t *c, char *error)
{
    bool both = c->right_pin != TA_PWM_ONE_PIN;
    const uint8_t pins[2] = {c->left_pin, both ? c->right_pin : c->left_pin};
    for (int p = 0; p < 2; p++) {
        if (pins[p] >= NUM_BANK0_GPIOS)
            return complain(error, TA_E_ARG, "there is no GPIO", pins[p], "choose pins that this chip has");
        if (c->amplifier.wired && c->amplifier.pin == pins[p]) {
            return complain(error, TA_E_ARG, "the amplifier's pin is the output's own, GPIO", pins[p],
                            "choose another pin");
        }
    }
    return both ? check_pair(c, error) : TA_OK;
}

static ta_status_t check_config(const ta_pwm_config_t *c, char *error)
{
    if (c->bits != 0 && (c->bits < 8 || c->bits > 11))
        return complain(error, TA_E_ARG, "bits cannot be", c->bits, "choose 8 to 11, or 0 for the rate's best");
    if (c->rounding > TA_PWM_DITHERED)
        return complain(error, TA_E_ARG, "there is no rounding", (long)c->rounding, "choose shaped, plain or dithered");
    if (c->ramp_ms == 1 || c->ramp_ms > 1000)
        return complain(error, TA_E_ARG, "a ramp cannot last, in milliseconds,", c->ramp_ms, "choose 2 to 1000");
    return check_pins(c, error);
}

// ---- the plan ------------------------------------------------------------------------------------------------------------

// 10 * log2(period), rounded: octaves, and in the last one as many tenths as there are thresholds, 2048 * 2^((2n - 1) / 20), below.
static uint16_t tenths_of_bits(uint32_t period)
{
    static const uint16_t threshold[10] = {2121, 2273, 2436, 2611, 2798, 2999, 3214, 3445, 3692, 3957};
    unsigned bits = 11, tenths = 0;
    for (; period < 2048; period *= 2)
        bits--;
    while (tenths < 10 && period >= threshold[tenths])
        tenths++;
    return (uint16_t)(10 * bits + tenths);
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

// Frames come every y/x cycles, so against the periods they shift by multiples of what y and period * x have in common, over x.
static uint16_t jitter_of(const ta_pwm_timing_t *timing)
{
    uint32_t grid = common_divisor(timing->timer_y, (uint32_t)timing->period * timing->timer_x) / timing->timer_x;
    return (uint16_t)(timing->period - grid);
}

static void describe(ta_pwm_plan_t *plan, const ta_pwm_timing_t *timing)
{
    plan->period = timing->period;
    plan->carrier_hz = (plan->rate.system_hz + timing->period / 2) / timing->period;
    plan->periods_per_frame = (uint16_t)pwm_periods_per_frame(timing);
    plan->coherent = plan->periods_per_frame != 0;
    plan->bits_tenths = tenths_of_bits(timing->period);
    plan->jitter_cycles = jitter_of(timing);
}

ta_status_t pwm_plan(const ta_pwm_config_t *config, ta_pwm_plan_t *plan, char *error)
{
    rp2_settings_t s;
    ta_pwm_timing_t timing;
    pwm_settings(config, &s);
    memset(plan, 0, sizeof *plan);
    ta_status_t status = check_config(config, error);
    if (status == TA_OK)
        status = rp2_plan_ring(&s, "pwm", &plan->ring, error);
    if (status != TA_OK)
        return status;
    if (find_rate(config->bits, s.rate_hz, &plan->rate, &timing) != TA_OK) {
        return complain(
            error, TA_E_RATE, "period and timer do not reach, in Hz,", (long)s.rate_hz,
            "choose a rate from clk_sys / 65535 to 384000 and below the carrier's, fewer bits, or change clk_sys");
    }
    describe(plan, &timing);
    plan->ring.wire = TA_WIRE_PWM;
    plan->ring.pwm_top = timing.period - 1U;
    status = rp2_plan_needs(&s, "pwm", &plan->ring, plan->needs, error);
    if (status != TA_OK)
        return status;
    uint32_t slot = plan->ring.slot_frames, slots = plan->ring.slots;
    plan->table_entries = (uint32_t)(plan->needs[0].align / sizeof(uint32_t));
    plan->buffer_frames = (slots - 1) * slot;
    // All that the pool holds, one of which is the ramp at the start, behind the slot that plays then; and a frame until it is latched.
    plan->latency_us = ((uint64_t)(slots + 1) * slot + 1) * 1000000U / s.rate_hz;
    uint32_t a_slot = s.feed == TA_FEED_INTERRUPT ? 2 : 1; // the slot's own, and the feed's
    plan->interrupts_per_s_milli = (uint32_t)((uint64_t)s.rate_hz * 1000U * a_slot / slot);
    plan->section_limit_us = (uint64_t)slot * 1000000U / s.rate_hz;
    // As for I2S: the timer's microseconds and clk_sys come from one crystal, and 1 ppm is for rounding.
    plan->stall_limit_us = (uint64_t)(plan->table_entries / 2 - 2) * plan->section_limit_us * 1000000U;
    plan->dma_channels = 3;
    plan->dma_timers = 1;
    plan->pwm_slices = 1;
    plan->pins = (uint8_t)((config->right_pin == TA_PWM_ONE_PIN ? 1 : 2) + s.amplifier.wired);
    return TA_OK;
}

ta_status_t ta_pwm_plan(const ta_pwm_config_t *config, ta_pwm_plan_t *plan, char *error)
{
    ta_status_t status = pwm_plan(config, plan, error);
    if (status == TA_OK)
        rp2_find_clocks(&plan->rate, whole_cycles, config->bits);
    return status;
}
