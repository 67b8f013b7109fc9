// PWM: one slice that counts, one DMA timer that asks for frames, between the three channels and the pins.
// In: frames by DMA, two levels a word, written to CC and latched when a period begins. Out: pulses at one or two pins.
// Invariants: from open to close the slice counts. Pins are connected and let go at level 0 only; between that and the middle they move by
// ramps alone. At rest they are at the middle. Frames are written at a distance from the end of a period, so that it is always the same
// period that begins with them. What the level of silence is changes only while the timer stands and the ring is silent.

#include "pwm_private.h"

#include "hardware/claim.h"
#include "hardware/clocks.h"
#include "hardware/dma.h"
#include "hardware/gpio.h"
#include "hardware/pwm.h"
#include "hardware/sync.h"
#include "hardware/timer.h"

#include <stdio.h>
#include <string.h>

enum {
    // Counts around the end of a period in which no frame is to be written. DMA takes a frame some cycles after it was asked to: longer when
    // another channel is in the middle of something, or the bus is.
    CLEARANCE = 64,
    RAMP_STEPS = 1024,
    // So many steps at most begin within a period, and one more: at its steepest a ramp from full scale does 3/2 of its 1024th part in each,
    // so that a period is less than full scale / 64 off the one before.
    PERIOD_STEPS = 9,
    TICK_LOOKS =
        32, // looks for a tick of the timer before interrupts may come between; twice as many every TICK_TURNS turns
    TICK_TURNS = 8,
    TICK_DOUBLINGS = 8, // a look takes at least 8 cycles: that is longer than the slowest rate's frame
};

_Static_assert((TICK_LOOKS << TICK_DOUBLINGS) * 8 >= PWM_TIMER_MAX, "a tick is found");
_Static_assert(PWM_PERIOD_MIN >= 4 * CLEARANCE, "there is room between the ends of a period");

static ta_pwm_t *pwm_of(const ta_rp2_t *rp2)
{
    return (ta_pwm_t *)(uintptr_t)rp2; // its first member
}

static uint slice_of(const ta_pwm_t *pwm)
{
    return (uint)pwm->slice;
}

static uint16_t middle_of(const ta_pwm_t *pwm)
{
    return (uint16_t)ta_pwm_silence(pwm->timing.period - 1U);
}

// ---- what the three channels and the ring ask ----------------------------------------------------------------------------

static void path(const ta_rp2_t *rp2, rp2_path_t *to)
{
    const ta_pwm_t *pwm = pwm_of(rp2);
    to->to = &pwm_hw->slice[slice_of(pwm)].cc; // A in the low half, B in the high half (RP2040 datasheet 4.5.2)
    to->dreq = dma_get_timer_dreq((uint)pwm->timer);
    to->size = DMA_SIZE_32;
}

static bool rate_ok(const ta_rp2_t *rp2, uint32_t rate_hz)
{
    ta_pwm_timing_t timing;
    return pwm_find_timing(pwm_of(rp2)->bits, clock_get_hz(clk_sys), rate_hz, &timing);
}

// One slot lasts F frames of y / x cycles.
static void slot_time(const ta_rp2_t *rp2, uint32_t rate_hz, ta_ring_clock_t *clock)
{
    (void)rate_hz;
    const ta_pwm_timing_t *timing = &pwm_of(rp2)->timing;
    clock->slot_num = (uint64_t)rp2->output.ring.config.slot_frames * timing->timer_y * 1000000U;
    clock->slot_den = (uint64_t)clock_get_hz(clk_sys) * timing->timer_x;
}

// ---- the timer -----------------------------------------------------------------------------------------------------------

// The datasheets say that the timer asks at clk_sys * X / Y (RP2040 datasheet 2.5.5.1, RP2350 datasheet 12.6.8.1), and neither when it
// does so first nor what becomes, when its numbers are written, of what it has added up. Right behind a request that is next to
// nothing: so the timer is stopped there, and it is then all the same. Stopped means X = 0, with the Y that it had.
static void stop_timer(const ta_pwm_t *pwm)
{
    dma_timer_set_fraction((uint)pwm->timer, 0, pwm->timing.timer_y);
}

// Interrupts are masked. From now on the first frame is written after one frame's time, within a period where that is safe.
static void start_timer(const ta_pwm_t *pwm)
{
    bool coherent = pwm_periods_per_frame(&pwm->timing) != 0;
    uint32_t end = pwm->timing.period - (uint32_t)CLEARANCE, count;
    do {
        count = pwm_get_counter(slice_of(pwm));
    } while (coherent && (count < CLEARANCE || count >= end));
    dma_timer_set_fraction((uint)pwm->timer, pwm->timing.timer_x, pwm->timing.timer_y);
}

static uint32_t transfers_left(const ta_rp2_t *rp2)
{
    return dma_channel_hw_addr((uint)rp2->dma_data)->transfer_count;
}

static bool saw_a_tick(const ta_rp2_t *rp2, unsigned looks)
{
    uint32_t left = transfers_left(rp2);
    while (looks-- > 0) {
        if (transfers_left(rp2) != left)
            return true;
    }
    return false;
}

// Behind a request, unless the channels stand. Masks interrupts as rp2_last_look does, and returns what rp2_go_on wants.
static uint32_t stop_timer_at_a_tick(ta_rp2_t *rp2)
{
    for (unsigned turn = 0;; turn++) {
        uint32_t was = rp2_last_look(rp2);
        bool stand = rp2->held || rp2->parked || turn > TICK_TURNS * TICK_DOUBLINGS;
        if (stand || saw_a_tick(rp2, (unsigned)TICK_LOOKS << turn / TICK_TURNS)) {
            stop_timer(pwm_of(rp2));
            return was;
        }
        restore_interrupts(was);
    }
}

// ---- the period ----------------------------------------------------------------------------------------------------------

// Both are latched when a period ends (RP2040 datasheet 4.5.2.3), and must be so together: they are written in a period's first half.
static void set_period_and_levels(const ta_pwm_t *pwm, uint32_t old_period)
{
    uint slice = slice_of(pwm);
    while (pwm_get_counter(slice) >= old_period / 2) {
    }
    pwm_set_wrap(slice, (uint16_t)(pwm->timing.period - 1));
    pwm_set_both_levels(slice, middle_of(pwm), middle_of(pwm));
    uint32_t count, before = 0;
    while ((count = pwm_get_counter(slice)) >= before)
        before = count;
}

static void change_period(ta_rp2_t *rp2, const ta_pwm_timing_t *timing, uint32_t *was)
{
    ta_pwm_t *pwm = pwm_of(rp2);
    uint32_t old_period = pwm->timing.period;
    restore_interrupts(*was); // the timer stands, and the ring with it: nothing is missed
    pwm->timing = *timing;
    ta_ring_set_pwm_top(&rp2->output.ring, timing->period - 1U);
    ta_shape_set_pwm(&rp2->output.shape, timing->period - 1U, pwm->rounding);
    *was = save_and_disable_interrupts();
    set_period_and_levels(pwm, old_period);
}

// While sound is heard its levels belong to the period that there is.
static bool find_timing(const ta_pwm_t *pwm, uint32_t rate_hz, bool silent, ta_pwm_timing_t *timing)
{
    uint32_t clock = clock_get_hz(clk_sys);
    bool found = pwm_find_timing(pwm->bits, clock, rate_hz, timing);
    if (silent || (found && timing->period == pwm->timing.period))
        return found;
    return pwm_keep_period(pwm->timing.period, clock, rate_hz, timing);
}

static ta_status_t retune(ta_rp2_t *rp2, uint32_t rate_hz, bool silent)
{
    ta_pwm_t *pwm = pwm_of(rp2);
    ta_pwm_timing_t timing;
    bool found = find_timing(pwm, rate_hz, silent, &timing);
    rp2->makeshift = !silent && !(found && pwm_periods_per_frame(&timing)) && pwm->bits == 0;
    if (!found)
        return TA_E_RATE;
    uint32_t was = stop_timer_at_a_tick(rp2);
    if (timing.period == pwm->timing.period) {
        pwm->timing = timing;
    } else {
        change_period(rp2, &timing, &was);
    }
    if (!rp2->held)
        start_timer(pwm);
    rp2_go_on(rp2, rate_hz, was);
    return TA_OK;
}

// ---- claims --------------------------------------------------------------------------------------------------------------

// Does another pin show the slice, which nobody has started yet?
static int pin_that_shows(const ta_pwm_t *pwm, uint slice)
{
    for (uint pin = 0; pin < NUM_BANK0_GPIOS; pin++) {
        bool own = pin == pwm->left_pin || pin == pwm->right_pin; // claim_pins looks at them
        if (!own && pwm_gpio_to_slice_num(pin) == slice && gpio_get_function(pin) == GPIO_FUNC_PWM)
            return (int)pin;
    }
    return -1;
}

static pwm_config slice_config(const ta_pwm_t *pwm)
{
    pwm_config c = pwm_get_default_config();
    pwm_config_set_wrap(&c, (uint16_t)(pwm->timing.period - 1));
    return c;
}

// pico-sdk has no function that tells.
static bool is_enabled(uint slice)
{
    return (pwm_hw->slice[slice].csr & PWM_CH0_CSR_EN_BITS) != 0;
}

// The SDK has no claims for slices, so one that is enabled is taken; it is enabled here, at level 0, before another may look.
static bool take_slice(const ta_pwm_t *pwm, uint slice)
{
    pwm_config c = slice_config(pwm);
    uint32_t was = hw_claim_lock();
    bool is_free = !is_enabled(slice);
    if (is_free)
        pwm_init(slice, &c, true);
    hw_claim_unlock(was);
    return is_free;
}

// As after a reset.
static void give_slice_back(ta_pwm_t *pwm)
{
    pwm_config c = pwm_get_default_config();
    pwm_init(slice_of(pwm), &c, false);
    pwm->slice = -1;
}

static bool has_two_pins(const ta_pwm_t *pwm)
{
    return pwm->right_pin != TA_PWM_ONE_PIN;
}

static ta_status_t claim_pins(ta_rp2_t *rp2, const void *config)
{
    (void)config;
    const ta_pwm_t *pwm = pwm_of(rp2);
    ta_status_t status = rp2_pin_is_free(rp2, pwm->left_pin);
    return status == TA_OK && has_two_pins(pwm) ? rp2_pin_is_free(rp2, pwm->right_pin) : status;
}

static ta_status_t refuse_slice(ta_rp2_t *rp2, uint slice)
{
    char what[64];
    snprintf(what, sizeof what, "PWM slice %u is enabled, so it is another's", slice);
    return rp2_fail(rp2, TA_E_BUSY, what, "choose pins of another slice, or end what uses it (pwm_set_enabled)");
}

// Looks at everything that says whose the slice is, before it is touched: to be taken and given back changes what it was set up for.
static ta_status_t claim(ta_rp2_t *rp2, const void *config)
{
    ta_pwm_t *pwm = pwm_of(rp2);
    uint slice = pwm_gpio_to_slice_num(pwm->left_pin);
    int pin = pin_that_shows(pwm, slice);
    if (pin >= 0) {
        char what[64];
        snprintf(what, sizeof what, "GPIO %d shows PWM slice %u, too", pin, slice);
        return rp2_fail(rp2, TA_E_BUSY, what, "choose pins of another slice, or give it back with gpio_deinit");
    }
    if (is_enabled(slice))
        return refuse_slice(rp2, slice);
    ta_status_t status = claim_pins(rp2, config);
    if (status != TA_OK)
        return status;
    if (!take_slice(pwm, slice))
        return refuse_slice(rp2, slice);
    pwm->slice = (int8_t)slice;
    pwm->timer = (int8_t)dma_claim_unused_timer(false);
    if (pwm->timer < 0) {
        give_slice_back(pwm);
        return rp2_fail(rp2, TA_E_BUSY, "no DMA timer is free",
                        "close another user of one of the four, such as a PWM output");
    }
    return TA_OK;
}

static void unclaim(ta_rp2_t *rp2)
{
    ta_pwm_t *pwm = pwm_of(rp2);
    dma_timer_unclaim((uint)pwm->timer);
    pwm->timer = -1;
    give_slice_back(pwm);
}

static void release_pins(ta_rp2_t *rp2)
{
    const ta_pwm_t *pwm = pwm_of(rp2);
    if (has_two_pins(pwm))
        gpio_deinit(pwm->right_pin);
    gpio_deinit(pwm->left_pin);
}

// ---- start and end -------------------------------------------------------------------------------------------------------

static void set_up(ta_rp2_t *rp2, const void *config)
{
    (void)config;
    const ta_pwm_t *pwm = pwm_of(rp2);
    ta_shape_set_pwm(&rp2->output.shape, pwm->timing.period - 1U, pwm->rounding);
    rp2->output.shape.swapped = has_two_pins(pwm) && pwm_gpio_to_channel(pwm->left_pin) == PWM_CHAN_B;
    stop_timer(pwm);                                 // whoever had it before may have left it running
    gpio_set_function(pwm->left_pin, GPIO_FUNC_PWM); // at level 0
    if (has_two_pins(pwm))
        gpio_set_function(pwm->right_pin, GPIO_FUNC_PWM);
}

// From 0 to 0x10000 in RAMP_STEPS: 3 t^2 - 2 t^3, which begins and ends without a bend, so that less of it is heard than of a line.
static uint32_t ramp_at(uint32_t step)
{
    return (step * step * (3 * RAMP_STEPS - 2 * step)) >> 14;
}

_Static_assert(RAMP_STEPS == 1 << 10, "its third power is 2^30, and the shift above leaves 2^16");

_Static_assert((PERIOD_STEPS + 1) * 3 * 64 < 2 * RAMP_STEPS, "and so it is");

// As asked, unless the carrier is too slow for that.
static uint32_t ramp_step_us(const ta_pwm_t *pwm)
{
    uint32_t us = (pwm->ramp_ms * 1000U + RAMP_STEPS / 2) / RAMP_STEPS;
    uint32_t least = pwm->timing.period * 1000000U / clock_get_hz(clk_sys) / PERIOD_STEPS + 1;
    return us < least ? least : us;
}

// Levels (A, B) go from 0 to `top`, or back. The waits are between steps, so that an interrupt makes none of them larger.
static void ramp(const ta_pwm_t *pwm, const uint16_t top[2], bool up)
{
    uint32_t us = ramp_step_us(pwm);
    for (uint32_t step = 1; step <= RAMP_STEPS; step++) {
        uint32_t part = ramp_at(up ? step : RAMP_STEPS - step);
        pwm_set_both_levels(slice_of(pwm), (uint16_t)(top[0] * part >> 16), (uint16_t)(top[1] * part >> 16));
        busy_wait_us_32(us);
    }
    busy_wait_us_32(1 + 2U * PWM_PERIOD_MAX * 1000000U / clock_get_hz(clk_sys)); // until the last level is latched
}

static void settle(ta_rp2_t *rp2, bool up)
{
    const ta_pwm_t *pwm = pwm_of(rp2);
    if (up) {
        ramp(pwm, (const uint16_t[2]){middle_of(pwm), middle_of(pwm)}, true);
        return;
    }
    uint32_t levels = pwm_hw->slice[slice_of(pwm)].cc; // wherever it was when it was stopped
    ramp(pwm, (const uint16_t[2]){(uint16_t)(levels & 0xffff), (uint16_t)(levels >> 16)}, false);
}

static void start(ta_rp2_t *rp2)
{
    uint32_t was = save_and_disable_interrupts();
    start_timer(pwm_of(rp2));
    restore_interrupts(was);
}

static bool emptied(const ta_rp2_t *rp2)
{
    (void)rp2; // DMA writes to where levels are taken from
    return true;
}

static void stop(ta_rp2_t *rp2)
{
    stop_timer(pwm_of(rp2));
}

static const ta_rp2_port_t port = {
    .name = "pwm",
    .transfers_per_frame = 1,
    .path = path,
    .rate_ok = rate_ok,
    .retune = retune,
    .slot_time = slot_time,
    .claim = claim,
    .unclaim = unclaim,
    .claim_pins = claim_pins,
    .release_pins = release_pins,
    .set_up = set_up,
    .settle = settle,
    .start = start,
    .emptied = emptied,
    .stop = stop,
};

// ---- open and close ------------------------------------------------------------------------------------------------------

ta_status_t ta_pwm_open(ta_pwm_t *pwm, const ta_pwm_config_t *config, const ta_memory_t *memory)
{
    if (rp2_is_open(&pwm->rp2))
        return TA_E_STATE;
    memset(pwm, 0, sizeof *pwm);
    pwm->slice = pwm->timer = -1;
    pwm->rp2.port = &port;
    ta_pwm_plan_t plan;
    ta_status_t status = pwm_plan(config, &plan, pwm->error);
    if (status != TA_OK)
        return status;
    pwm->timing = (ta_pwm_timing_t){plan.period, plan.rate.timer_x, plan.rate.timer_y};
    pwm->rounding = config->rounding;
    pwm->ramp_ms = config->ramp_ms ? config->ramp_ms : TA_PWM_RAMP_MS;
    pwm->bits = config->bits;
    pwm->left_pin = config->left_pin;
    pwm->right_pin = config->right_pin;
    rp2_settings_t settings;
    pwm_settings(config, &settings);
    return rp2_open(&pwm->rp2, config, &settings, &plan.ring, plan.needs, memory);
}

void ta_pwm_close(ta_pwm_t *pwm)
{
    rp2_close(&pwm->rp2);
}

void ta_pwm_service(ta_pwm_t *pwm)
{
    ta_rp2_service(&pwm->rp2);
}
