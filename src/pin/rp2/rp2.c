// Open and close of every output: one transaction of claims, and their way back.
// In: a port (I2S, PWM), settings, a plan. Out: an output whose clocks run on silence, or a sentence and nothing held.
// Invariants: claims are taken in the order of the RP2_CLAIM_ bits and given back in reverse; sound is let through last and shut off
// first.

#include "rp2_private.h"

#include "hardware/dma.h"
#include "hardware/gpio.h"
#include "hardware/sync.h"
#include "hardware/timer.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

_Static_assert(offsetof(ta_rp2_t, output) == 0 && offsetof(ta_rp2_t, failure) == 0, "they share their place");
_Static_assert(offsetof(ta_rp2_t, error) + TA_SENTENCE_MAX <= sizeof(ta_output_t), "claims lie behind the sentence");

ta_status_t rp2_fail(ta_rp2_t *rp2, ta_status_t status, const char *what, const char *advice)
{
    snprintf(rp2->error, sizeof rp2->error, "%s: %s: %s", rp2->port->name, what, advice);
    return status;
}

// ---- claims --------------------------------------------------------------------------------------------------------------

static ta_status_t refuse_class(ta_rp2_t *rp2, const ta_plan_item_t *dma)
{
    rp2->failure = (ta_failure_t){.status = TA_E_CLASS,
                                  .object = dma->need.object,
                                  .bytes = dma->need.bytes,
                                  .align = dma->need.align,
                                  .cls = TA_CLASS_DMA,
                                  .resource = dma->mem->name,
                                  .knob = "give it memory that lies in the chip's SRAM"};
    ta_failure_sentence(&rp2->failure, rp2->error, sizeof rp2->error);
    return TA_E_CLASS;
}

static ta_status_t take_memory(ta_rp2_t *rp2, const ta_need_t needs[2], const ta_memory_t *memory, void *blocks[2])
{
    ta_plan_t plan;
    ta_plan_init(&plan);
    ta_status_t status = TA_OK;
    for (int n = 0; n < 2 && status == TA_OK; n++)
        status = ta_plan_add(&plan, &needs[n], memory);
    if (status != TA_OK)
        return rp2_fail(rp2, status, "the plan refuses a need", "report this, for the output asks for it itself");
    status = ta_plan_take(&plan, &rp2->failure);
    if (status != TA_OK) {
        ta_failure_sentence(&rp2->failure, rp2->error, sizeof rp2->error);
        return status;
    }
    if (!(ta_chip_classes(ta_rp2_chip(), (uintptr_t)plan.item[0].block, needs[0].bytes) & TA_CLASS_DMA)) {
        status = refuse_class(rp2, &plan.item[0]);
        ta_plan_release(&plan);
        return status;
    }
    for (int n = 0; n < 2; n++) {
        blocks[n] = plan.item[n].block;
        rp2->resource[n] = plan.item[n].mem;
    }
    return TA_OK;
}

static ta_status_t claim_dma(ta_rp2_t *rp2)
{
    int8_t *const channel[3] = {&rp2->dma_data, &rp2->dma_next, &rp2->dma_wipe};
    for (int k = 0; k < 3; k++) {
        *channel[k] = (int8_t)dma_claim_unused_channel(false);
        if (*channel[k] >= 0)
            continue;
        while (k-- > 0)
            dma_channel_unclaim((uint)*channel[k]);
        return rp2_fail(rp2, TA_E_BUSY, "fewer than three DMA channels are free", "close another DMA user");
    }
    return TA_OK;
}

ta_status_t rp2_pin_is_free(ta_rp2_t *rp2, uint pin)
{
    char what[48];
    if (rp2_drives_amplifier(pin)) { // by SIO, as pins are that somebody holds at rest until an output takes them
        snprintf(what, sizeof what, "GPIO %u is another output's amplifier's", pin);
        return rp2_fail(rp2, TA_E_BUSY, what, "choose another pin, or close that output");
    }
    if (gpio_get_function(pin) == GPIO_FUNC_NULL || gpio_get_function(pin) == GPIO_FUNC_SIO)
        return TA_OK;
    snprintf(what, sizeof what, "GPIO %u is in use", pin);
    return rp2_fail(rp2, TA_E_BUSY, what, "choose another pin, or give it back with gpio_deinit");
}

// ---- the amplifier -------------------------------------------------------------------------------------------------------

static void drive_amplifier(const ta_rp2_t *rp2, bool on, uint32_t wait_ms)
{
    gpio_put((uint)rp2->amplifier_pin, on != rp2->amplifier_low);
    busy_wait_us(wait_ms * UINT64_C(1000));
}

static ta_status_t claim_amplifier(ta_rp2_t *rp2, const ta_amplifier_t *amplifier)
{
    if (!amplifier->wired)
        return TA_OK;
    ta_status_t status = rp2_pin_is_free(rp2, amplifier->pin);
    if (status != TA_OK)
        return status;
    rp2->amplifier_pin = (int8_t)amplifier->pin;
    rp2->amplifier_low = amplifier->low_is_on;
    rp2->amplifier_off_ms = amplifier->off_ms;
    gpio_init(amplifier->pin);
    gpio_put(amplifier->pin, amplifier->low_is_on); // off, before it is driven
    gpio_set_dir(amplifier->pin, GPIO_OUT);
    return TA_OK;
}

// ---- open ----------------------------------------------------------------------------------------------------------------

static ta_status_t set_up_output(ta_rp2_t *rp2, const rp2_settings_t *settings, const ta_ring_config_t *ring,
                                 void *const blocks[2])
{
    ta_status_t status = ta_output_init(&rp2->output, ring, &rp2_ring_hw, &rp2->walk, &rp2_output_pin, rp2, blocks);
    if (status != TA_OK)
        return rp2_fail(rp2, status, "the ring refuses its memory", "report this, for the plan has accepted it");
    ta_output_share_load(&rp2->output, rp2_account(rp2));
    rp2->output.rate_hz = settings->rate_hz;
    rp2->output.fixed_rate = settings->fixed_rate;
    status = ta_output_use_resampler(&rp2->output, settings->resample, settings->resample_max_hz, blocks);
    if (status != TA_OK)
        return rp2_fail(rp2, status, "the resampler refuses its memory", "report this, for the plan has accepted it");
    rp2->output.shape.mono = settings->mono;
    rp2->output.shape.dither = settings->dither;
    return TA_OK;
}

static ta_status_t claim_all(ta_rp2_t *rp2, const void *config, const rp2_settings_t *settings)
{
    ta_status_t status = rp2->port->claim(rp2, config);
    if (status != TA_OK)
        return status;
    rp2->claims |= RP2_CLAIM_PORT;
    status = claim_dma(rp2);
    if (status != TA_OK)
        return status;
    rp2->claims |= RP2_CLAIM_DMA;
    status = rp2_claim_feed(rp2);
    if (status != TA_OK)
        return status;
    rp2->claims |= RP2_CLAIM_FEED;
    status = rp2_claim_line(rp2);
    if (status != TA_OK)
        return status;
    rp2->claims |= RP2_CLAIM_DMA_IRQ;
    status = rp2->port->claim_pins(rp2, config);
    if (status != TA_OK)
        return status;
    rp2->claims |= RP2_CLAIM_PINS;
    return claim_amplifier(rp2, &settings->amplifier);
}

static void hold_nothing(ta_rp2_t *rp2)
{
    rp2->claims = 0;
    rp2->dma_data = rp2->dma_next = rp2->dma_wipe = rp2->feed_irq = rp2->amplifier_pin = -1;
    rp2->resource[0] = rp2->resource[1] = NULL;
}

static void give_back(ta_rp2_t *rp2, void *const blocks[2])
{
    if (rp2->amplifier_pin >= 0)
        gpio_deinit((uint)rp2->amplifier_pin);
    if (rp2->claims & RP2_CLAIM_PINS)
        rp2->port->release_pins(rp2);
    if (rp2->claims & RP2_CLAIM_DMA_IRQ)
        rp2_release_line(rp2);
    if (rp2->claims & RP2_CLAIM_FEED)
        rp2_release_feed(rp2);
    if (rp2->claims & RP2_CLAIM_DMA) {
        dma_channel_unclaim((uint)rp2->dma_wipe);
        dma_channel_unclaim((uint)rp2->dma_next);
        dma_channel_unclaim((uint)rp2->dma_data);
    }
    if (rp2->claims & RP2_CLAIM_PORT)
        rp2->port->unclaim(rp2);
    if (rp2->claims & RP2_CLAIM_MEMORY) {
        ta_mem_free(rp2->resource[1], blocks[1]);
        ta_mem_free(rp2->resource[0], blocks[0]);
    }
    hold_nothing(rp2);
}

static void start_channels(ta_rp2_t *rp2)
{
    dma_channel_start((uint)rp2->dma_next); // fills the FIFO, if there is one, with entry 0, silence
    rp2->port->start(rp2);
    rp2_anchor(rp2);
}

static void run(ta_rp2_t *rp2, const rp2_settings_t *settings)
{
    uint line = rp2->line;
    rp2_configure_ring(rp2, 0);
    // A channel's raw interrupt stays from whoever had it before; it would pass for a stop mark.
    dma_irqn_acknowledge_channel(line, (uint)rp2->dma_data);
    dma_irqn_set_channel_enabled(line, (uint)rp2->dma_data, true);
    rp2_enable_line(rp2);
    rp2->port->settle(rp2, true);
    rp2->held = settings->held;
    if (settings->held) {
        rp2_anchor(rp2);
    } else {
        start_channels(rp2);
    }
    if (rp2->amplifier_pin >= 0)
        drive_amplifier(rp2, true, settings->amplifier.on_ms);
    rp2_enable_feed(rp2);
    rp2->claims |= RP2_CLAIM_RUNNING;
}

ta_status_t rp2_open(ta_rp2_t *rp2, const void *config, const rp2_settings_t *settings, const ta_ring_config_t *ring,
                     const ta_need_t needs[2], const ta_memory_t *memory)
{
    void *blocks[2] = {NULL, NULL};
    hold_nothing(rp2);
    rp2->line = settings->dma_irq;
    rp2->feed = (uint8_t)settings->feed;
    ta_status_t status = take_memory(rp2, needs, memory, blocks);
    if (status != TA_OK)
        return status;
    rp2->claims = RP2_CLAIM_MEMORY;
    status = claim_all(rp2, config, settings);
    if (status == TA_OK)
        status = set_up_output(rp2, settings, ring, blocks);
    if (status != TA_OK) {
        give_back(rp2, blocks);
        return status;
    }
    rp2->port->set_up(rp2, config);
    run(rp2, settings);
    return TA_OK;
}

ta_status_t ta_rp2_start(ta_rp2_t *const *outputs, unsigned count)
{
    if (count == 0)
        return TA_E_ARG;
    for (unsigned o = 0; o < count; o++) {
        if (outputs[o]->output.ring.config.slot_frames != outputs[0]->output.ring.config.slot_frames)
            return TA_E_ARG;
        if (!(outputs[o]->claims & RP2_CLAIM_RUNNING) || !outputs[o]->held)
            return TA_E_STATE;
    }
    uint32_t channels = 0;
    for (unsigned o = 0; o < count; o++) {
        channels |= 1U << outputs[o]->dma_next;
        rp2_hold_feed(outputs[o], true); // it looks at the clock that is about to be anchored
    }
    uint32_t was = save_and_disable_interrupts();
    dma_start_channel_mask(channels);
    for (unsigned o = 0; o < count; o++)
        outputs[o]->port->start(outputs[o]);
    for (unsigned o = 0; o < count; o++) {
        outputs[o]->held = false;
        rp2_anchor(outputs[o]);
    }
    restore_interrupts(was);
    for (unsigned o = 0; o < count; o++)
        rp2_hold_feed(outputs[o], false);
    return TA_OK;
}

// ---- close ---------------------------------------------------------------------------------------------------------------

static uint32_t slot_us(const ta_rp2_t *rp2)
{
    return (uint32_t)(rp2->output.ring.clock.slot_num / rp2->output.ring.clock.slot_den) + 1;
}

// Waits in steps of a sixteenth of a slot; feeds meanwhile if that is its part. False: `slots` slots went by in vain.
static bool wait_for(ta_rp2_t *rp2, bool (*done)(ta_rp2_t *rp2), uint32_t slots, bool by_hand)
{
    uint32_t step = slot_us(rp2) / 16 + 1;
    for (uint32_t tries = 0; !done(rp2); tries++) {
        if (tries > 16 * slots)
            return false;
        if (by_hand)
            ta_rp2_service(rp2);
        busy_wait_us_32(step);
    }
    return true;
}

static bool is_idle(ta_rp2_t *rp2)
{
    return !ta_output_busy(&rp2->output);
}

static bool is_parked(ta_rp2_t *rp2)
{
    bool busy = dma_channel_is_busy((uint)rp2->dma_data) || dma_channel_is_busy((uint)rp2->dma_next) ||
                dma_channel_is_busy((uint)rp2->dma_wipe);
    return !busy && rp2->port->emptied(rp2);
}

static void fall_silent(ta_rp2_t *rp2, bool by_hand)
{
    if (by_hand)
        ta_rp2_service(rp2); // commands that wait make room for one more
    if (ta_output_stop(&rp2->output) == TA_OK)
        wait_for(rp2, is_idle, 4 + (rp2->looping ? rp2->output.ring.config.slots : 0), by_hand);
}

// Fades out what plays, and ends the feed. False: it did not come to an end, or nothing was started.
static bool end_feed(ta_rp2_t *rp2)
{
    if (!rp2->held)
        fall_silent(rp2, rp2->feed == TA_FEED_CALLER);
    rp2_disable_feed(rp2);
    if (rp2->held)
        return false;
    if (!is_idle(
            rp2)) // the feed cannot run, or had more to do than there was time for: nothing else feeds now, so this may
        fall_silent(rp2, true);
    return !rp2->looping;
}

static void halt(ta_rp2_t *rp2)
{
    uint line = rp2->line;
    bool orderly = end_feed(rp2);
    if (rp2->amplifier_pin >= 0)
        drive_amplifier(rp2, false, rp2->amplifier_off_ms);
    dma_irqn_set_channel_enabled(line, (uint)rp2->dma_next, false);
    dma_irqn_set_channel_enabled(line, (uint)rp2->dma_data, false);
    if (orderly) {
        ta_ring_publish_stop(&rp2->output.ring, false);
        orderly = wait_for(rp2, is_parked, 4, false);
    }
    if (orderly)
        busy_wait_us_32(2000000U / rp2->output.rate_hz + 1); // the frame that is on its way to the pins
    rp2->port->stop(rp2);
    rp2_abort_channels(rp2);
    dma_irqn_acknowledge_channel(line, (uint)rp2->dma_next);
    dma_irqn_acknowledge_channel(line, (uint)rp2->dma_data);
    rp2->port->settle(rp2, false);
}

void rp2_close(ta_rp2_t *rp2)
{
    if (!rp2->claims)
        return;
    halt(rp2);
    void *const blocks[2] = {(void *)(uintptr_t)rp2->output.ring.table, rp2->output.ring.run};
    give_back(rp2, blocks);
}

ta_status_t ta_rp2_clock_changed(ta_rp2_t *rp2)
{
    return ta_output_clock_changed(&rp2->output);
}
