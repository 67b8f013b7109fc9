// The I2S driver: claims, the three channels, the interrupts, and their way back.
// In: an output's ring. Out: bit clock, word select and data at three pins.
//
//     D  moves a slot to the state machine, paced by its DREQ, then chains to C
//     C  reads the next entry of the table, writes it to D's read address with trigger, then chains to S; its end is the slot
//        interrupt
//     S  writes the address of silence over the entry just read
//
// Invariants: claims are taken in the order of the CLAIM_ bits and given back in reverse; the interrupt handler posts and
// returns; the channels read nothing but the ring's DMA block and blocks that passed may_lend.

#include "i2s_private.h"

#include "hardware/clocks.h"
#include "hardware/dma.h"
#include "hardware/gpio.h"
#include "hardware/irq.h"
#include "hardware/pio_instructions.h"
#include "hardware/sync.h"
#include "hardware/timer.h"
#include "pico/platform.h"

#include <stdio.h>
#include <string.h>

enum {
    CLAIM_MEMORY = 1,
    CLAIM_PIO = 2,
    CLAIM_DMA = 4,
    CLAIM_FEED_IRQ = 8,
    CLAIM_DMA_IRQ = 16,
    CLAIM_PINS = 32,
    CLAIM_RUNNING = 64,
    OUTPUTS_MAX = 5,         // three channels each: 4 on RP2040, 5 on RP2350
    COUNT_MASK = 0x0fffffff, // RP2350's TRANS_COUNT has its mode in the top bits (RP2350 datasheet 12.6.8)
};

static ta_i2s_t *outputs[OUTPUTS_MAX]; // who is open: an interrupt handler is told nothing else

// ---- interrupts ----------------------------------------------------------------------------------------------------------

static void __not_in_flash_func(post)(ta_i2s_t *i2s)
{
    i2s->slots_done = i2s->slots_done + 1;
    if (i2s->feed_irq >= 0)
        irq_set_pending((uint)i2s->feed_irq);
}

// An output is served by the core that opened it, and by no other: that core's feed may be at work while this one is interrupted.
static inline bool is_mine(const ta_i2s_t *i2s)
{
    return i2s && i2s->core == get_core_num();
}

static void __not_in_flash_func(attend_line)(uint line)
{
    for (int o = 0; o < OUTPUTS_MAX; o++) {
        ta_i2s_t *i2s = outputs[o];
        if (!is_mine(i2s) || i2s->config.dma_irq != line)
            continue;
        bool parked = dma_irqn_get_channel_status(line, (uint)i2s->dma_data);
        if (parked) {
            dma_irqn_acknowledge_channel(line, (uint)i2s->dma_data);
            i2s->parked = true;
        }
        bool slot = dma_irqn_get_channel_status(line, (uint)i2s->dma_next);
        if (slot)
            dma_irqn_acknowledge_channel(line, (uint)i2s->dma_next);
        if (slot || parked)
            post(i2s);
    }
}

static void __not_in_flash_func(dma_isr)(void)
{
    for (uint line = 0; line < (uint)NUM_DMA_IRQS; line++)
        attend_line(line);
}

static void __not_in_flash_func(feed_isr)(void)
{
    for (int o = 0; o < OUTPUTS_MAX; o++) {
        ta_i2s_t *i2s = outputs[o];
        if (is_mine(i2s) && i2s->feed_irq >= 0 && i2s->slots_seen != i2s->slots_done)
            ta_i2s_service(i2s);
    }
}

void ta_i2s_service(ta_i2s_t *i2s)
{
    i2s->slots_seen = i2s->slots_done;
    ta_output_feed(&i2s->output);
}

// ---- the ring's hardware -------------------------------------------------------------------------------------------------

static uint32_t hw_next_index(void *context)
{
    ta_i2s_t *i2s = context;
    if (i2s->looping)
        return (uint32_t)i2s->output.ring.read & (i2s->output.ring.entries - 1);
    uintptr_t address = dma_channel_hw_addr((uint)i2s->dma_next)->read_addr;
    // Masked, for the pointer may be seen just past the ring's end before it wraps (RP2040-E12).
    return (uint32_t)((address - (uintptr_t)i2s->output.ring.table) / sizeof(uint32_t)) &
           (i2s->output.ring.entries - 1);
}

static uint64_t hw_now_us(void *context)
{
    (void)context;
    return time_us_64();
}

static uint32_t hw_lock(void *context)
{
    (void)context;
    return save_and_disable_interrupts();
}

static void hw_unlock(void *context, uint32_t was)
{
    (void)context;
    restore_interrupts(was);
}

static void hw_store(void *context, volatile uint32_t *entry, uint32_t value)
{
    (void)context;
    *entry = value;
    __dmb();
}

static uint32_t hw_remaining_frames(void *context)
{
    ta_i2s_t *i2s = context;
    uint32_t count = dma_channel_hw_addr((uint)i2s->dma_data)->transfer_count & COUNT_MASK;
    return i2s->looping ? 0 : count / 2; // two transfers a frame on every wire
}

static uint32_t hw_bus_address(void *context, const void *data)
{
    (void)context;
    return (uint32_t)(uintptr_t)data;
}

static const ta_ring_hw_t ring_hw = {
    .next_index = hw_next_index,
    .now_us = hw_now_us,
    .lock = hw_lock,
    .unlock = hw_unlock,
    .store = hw_store,
    .remaining_frames = hw_remaining_frames,
    .bus_address = hw_bus_address,
};

// ---- channels ------------------------------------------------------------------------------------------------------------

static uint log2_of(uint32_t power)
{
    uint bits = 0;
    while (power > 1) {
        power >>= 1;
        bits++;
    }
    return bits;
}

static void configure_data(ta_i2s_t *i2s, const void *from, uint32_t frames)
{
    dma_channel_config c = dma_channel_get_default_config((uint)i2s->dma_data);
    // 16-bit frames go as two halves, left first: a narrow write reaches both halves of the FIFO word (RP2040 datasheet 2.1.4).
    channel_config_set_transfer_data_size(&c, i2s->config.bits == 16 ? DMA_SIZE_16 : DMA_SIZE_32);
    channel_config_set_dreq(&c, pio_get_dreq((PIO)i2s->pio, (uint)i2s->sm, true));
    channel_config_set_chain_to(&c, (uint)i2s->dma_next);
    channel_config_set_irq_quiet(&c, true); // only the stop mark interrupts
    channel_config_set_high_priority(&c, true);
    dma_channel_configure((uint)i2s->dma_data, &c, &((PIO)i2s->pio)->txf[i2s->sm], from, frames * 2, false);
}

static void configure_ring(ta_i2s_t *i2s, uint32_t index)
{
    ta_ring_t *ring = &i2s->output.ring;
    uint ring_bits = log2_of(ring->entries * sizeof(uint32_t));
    configure_data(i2s, ring->silence, ring->config.slot_frames);

    dma_channel_config c = dma_channel_get_default_config((uint)i2s->dma_next);
    channel_config_set_ring(&c, false, ring_bits);
    channel_config_set_chain_to(&c, (uint)i2s->dma_wipe);
    channel_config_set_high_priority(&c, true);
    dma_channel_configure((uint)i2s->dma_next, &c, &dma_channel_hw_addr((uint)i2s->dma_data)->al3_read_addr_trig,
                          (const void *)(uintptr_t)&ring->table[index], 1, false);

    c = dma_channel_get_default_config((uint)i2s->dma_wipe);
    channel_config_set_read_increment(&c, false);
    channel_config_set_write_increment(&c, true);
    channel_config_set_ring(&c, true, ring_bits);
    channel_config_set_irq_quiet(&c, true);
    channel_config_set_high_priority(&c, true);
    dma_channel_configure((uint)i2s->dma_wipe, &c, (void *)(uintptr_t)&ring->table[index],
                          (const void *)(uintptr_t)&ring->control[0], 1, false);
}

static void configure_loop(ta_i2s_t *i2s, const void *data, uint32_t frames)
{
    ta_ring_t *ring = &i2s->output.ring;
    ring->control[1] = hw_bus_address(i2s, data);
    configure_data(i2s, data, frames);
    dma_channel_config c = dma_channel_get_default_config((uint)i2s->dma_next); // chains to itself: S is off
    channel_config_set_read_increment(&c, false);
    channel_config_set_irq_quiet(&c, true);
    channel_config_set_high_priority(&c, true);
    dma_channel_configure((uint)i2s->dma_next, &c, &dma_channel_hw_addr((uint)i2s->dma_data)->al3_read_addr_trig,
                          (const void *)(uintptr_t)&ring->control[1], 1, false);
}

static void anchor(ta_i2s_t *i2s)
{
    // One slot lasts F frames of (frame cycles * divider / 256) / clk_sys seconds.
    ta_ring_clock_t clock = {
        .slot_num = (uint64_t)i2s->output.ring.config.slot_frames * i2s_frame_cycles(&i2s->config) *
                    i2s->rate.divider_q8 * 1000000U,
        .slot_den = (uint64_t)i2s->rate.system_hz << 8,
    };
    ta_ring_anchor(&i2s->output.ring, &clock);
}

// ---- the output's pin ----------------------------------------------------------------------------------------------------

static ta_status_t pin_retune(void *context, uint32_t rate_hz)
{
    ta_i2s_t *i2s = context;
    uint32_t divider = i2s_divider_q8(&i2s->config, rate_hz);
    if (divider == 0)
        return TA_E_RATE;
    i2s_rate_of(&i2s->config, rate_hz, divider, &i2s->rate);
    // One section, for the laps that pass between the last look and the anchor are counted by neither.
    uint32_t was = hw_lock(i2s);
    (void)ta_ring_now(&i2s->output.ring);
    pio_sm_set_clkdiv_int_frac8((PIO)i2s->pio, (uint)i2s->sm, divider >> 8, (uint8_t)divider);
    anchor(i2s);
    hw_unlock(i2s, was);
    return TA_OK;
}

static void pin_attend(void *context, bool on)
{
    ta_i2s_t *i2s = context;
    dma_irqn_set_channel_enabled(i2s->config.dma_irq, (uint)i2s->dma_next, on);
}

static void pin_kick(void *context)
{
    ta_i2s_t *i2s = context;
    if (i2s->feed_irq < 0)
        return;
    uint32_t was = save_and_disable_interrupts(); // slots_done is the interrupt handler's word
    i2s->slots_done = i2s->slots_done + 1;
    restore_interrupts(was);
    irq_set_pending((uint)i2s->feed_irq);
}

static bool pin_rate_ok(void *context, uint32_t rate_hz)
{
    const ta_i2s_t *i2s = context;
    return rate_hz >= TA_RATE_MIN_HZ && rate_hz <= TA_RATE_MAX_HZ && i2s_divider_q8(&i2s->config, rate_hz) != 0;
}

static bool pin_may_lend(void *context, const void *data, uint32_t bytes)
{
    (void)context;
    return (ta_chip_classes(i2s_chip(), (uintptr_t)data, bytes) & TA_CLASS_DMA) != 0;
}

static bool pin_parked(void *context)
{
    const ta_i2s_t *i2s = context;
    return i2s->parked;
}

static void pin_loop(void *context, const void *data, uint32_t frames)
{
    ta_i2s_t *i2s = context;
    i2s->parked = false;
    i2s->looping = true;
    configure_loop(i2s, data, frames);
    dma_channel_start((uint)i2s->dma_next);
}

static void pin_unloop(void *context)
{
    ta_i2s_t *i2s = context;
    hw_store(context, &i2s->output.ring.control[1], 0);
}

static void pin_restart(void *context)
{
    ta_i2s_t *i2s = context;
    ta_ring_t *ring = &i2s->output.ring;
    i2s->parked = false;
    configure_ring(i2s, (uint32_t)ring->read & (ring->entries - 1));
    i2s->looping = false;
    uint32_t was = hw_lock(i2s); // as in pin_retune
    dma_channel_start((uint)i2s->dma_next);
    anchor(i2s);
    hw_unlock(i2s, was);
}

// ---- claims --------------------------------------------------------------------------------------------------------------

static void hold_nothing(ta_i2s_t *i2s)
{
    i2s->pio = NULL;
    i2s->sm = i2s->program_offset = i2s->dma_data = i2s->dma_next = i2s->dma_wipe = i2s->feed_irq = -1;
}

static ta_status_t fail(ta_i2s_t *i2s, ta_status_t status, const char *what, const char *advice)
{
    snprintf(i2s->error, sizeof i2s->error, "i2s: %s: %s", what, advice);
    return status;
}

static ta_status_t take_memory(ta_i2s_t *i2s, const ta_memory_t *memory)
{
    ta_plan_init(&i2s->memory);
    ta_status_t status = TA_OK;
    for (int n = 0; n < 2 && status == TA_OK; n++)
        status = ta_plan_add(&i2s->memory, &i2s->plan.needs[n], memory);
    if (status == TA_OK)
        status = ta_plan_take(&i2s->memory, &i2s->failure);
    if (status != TA_OK) {
        ta_failure_sentence(&i2s->failure, i2s->error, sizeof i2s->error);
        return status;
    }
    i2s->claims |= CLAIM_MEMORY;
    const ta_plan_item_t *dma = &i2s->memory.item[0];
    if (!(ta_chip_classes(i2s_chip(), (uintptr_t)dma->block, dma->need.bytes) & TA_CLASS_DMA)) {
        i2s->failure = (ta_failure_t){.status = TA_E_CLASS,
                                      .object = dma->need.object,
                                      .bytes = dma->need.bytes,
                                      .align = dma->need.align,
                                      .cls = TA_CLASS_DMA,
                                      .resource = dma->mem->name,
                                      .knob = "give it memory that lies in the chip's SRAM"};
        ta_failure_sentence(&i2s->failure, i2s->error, sizeof i2s->error);
        return TA_E_CLASS;
    }
    return TA_OK;
}

static uint lowest_clock_pin(const ta_i2s_config_t *c)
{
    return c->bclk_pin < c->ws_pin ? c->bclk_pin : c->ws_pin;
}

static ta_status_t claim_pio(ta_i2s_t *i2s)
{
    const ta_i2s_config_t *c = &i2s->config;
    uint16_t words[I2S_PROGRAM_LENGTH];
    i2s_program(c, words);
    const pio_program_t program = {.instructions = words, .length = I2S_PROGRAM_LENGTH, .origin = -1};
    uint low = lowest_clock_pin(c), high = low + 1;
    if (c->data_pin < low)
        low = c->data_pin;
    if (c->data_pin > high)
        high = c->data_pin;
    PIO pio;
    uint sm, offset;
    if (!pio_claim_free_sm_and_add_program_for_gpio_range(&program, &pio, &sm, &offset, low, high - low + 1, true)) {
        return fail(i2s, TA_E_BUSY, "no state machine with room for 8 instructions is free for these pins",
                    "close another PIO user, or choose pins that lie within 32 GPIOs");
    }
    i2s->pio = pio;
    i2s->sm = (int8_t)sm;
    i2s->program_offset = (int8_t)offset;
    i2s->claims |= CLAIM_PIO;
    return TA_OK;
}

static ta_status_t claim_dma(ta_i2s_t *i2s)
{
    int8_t *const channel[3] = {&i2s->dma_data, &i2s->dma_next, &i2s->dma_wipe};
    for (int k = 0; k < 3; k++) {
        *channel[k] = (int8_t)dma_claim_unused_channel(false);
        if (*channel[k] >= 0)
            continue;
        while (k-- > 0)
            dma_channel_unclaim((uint)*channel[k]);
        return fail(i2s, TA_E_BUSY, "fewer than three DMA channels are free", "close another DMA user");
    }
    i2s->claims |= CLAIM_DMA;
    return TA_OK;
}

static ta_status_t claim_interrupts(ta_i2s_t *i2s)
{
    int place = -1;
    bool line_in_use = false;
    for (int o = 0; o < OUTPUTS_MAX; o++) {
        if (!outputs[o]) {
            place = o;
        } else {
            line_in_use = line_in_use || outputs[o]->config.dma_irq == i2s->config.dma_irq;
        }
    }
    if (place < 0)
        return fail(i2s, TA_E_BUSY, "five outputs are open", "close one");
    if (irq_get_exclusive_handler((uint)dma_get_irq_num(i2s->config.dma_irq))) { // to share it would panic
        return fail(i2s, TA_E_BUSY, "the DMA interrupt line has an exclusive handler",
                    "choose another line (dma_irq), or let that handler be shared");
    }
    i2s->feed_irq = -1;
    if (i2s->config.feed == TA_FEED_INTERRUPT) {
        i2s->feed_irq = (int8_t)user_irq_claim_unused(false);
        if (i2s->feed_irq < 0)
            return fail(i2s, TA_E_BUSY, "no software interrupt is free", "close one, or feed by hand (TA_FEED_CALLER)");
        irq_set_exclusive_handler((uint)i2s->feed_irq, feed_isr);
        irq_set_priority((uint)i2s->feed_irq, PICO_LOWEST_IRQ_PRIORITY);
    }
    i2s->claims |= CLAIM_FEED_IRQ;
    if (!line_in_use) {
        irq_add_shared_handler((uint)dma_get_irq_num(i2s->config.dma_irq), dma_isr,
                               PICO_SHARED_IRQ_HANDLER_DEFAULT_ORDER_PRIORITY);
    }
    i2s->core = (uint8_t)get_core_num();
    outputs[place] = i2s;
    i2s->claims |= CLAIM_DMA_IRQ;
    return TA_OK;
}

static ta_status_t claim_pins(ta_i2s_t *i2s)
{
    const ta_i2s_config_t *c = &i2s->config;
    const uint pins[3] = {c->data_pin, c->bclk_pin, c->ws_pin};
    for (int p = 0; p < 3; p++) {
        if (gpio_get_function(pins[p]) == GPIO_FUNC_NULL || gpio_get_function(pins[p]) == GPIO_FUNC_SIO)
            continue;
        char what[48];
        snprintf(what, sizeof what, "GPIO %u is in use", pins[p]);
        return fail(i2s, TA_E_BUSY, what, "choose another pin, or give it back with gpio_deinit");
    }
    for (int p = 0; p < 3; p++)
        pio_gpio_init((PIO)i2s->pio, pins[p]);
    i2s->claims |= CLAIM_PINS;
    return TA_OK;
}

// ---- open and close ------------------------------------------------------------------------------------------------------

static void set_up_state_machine(ta_i2s_t *i2s)
{
    PIO pio = i2s->pio;
    uint sm = (uint)i2s->sm, offset = (uint)i2s->program_offset, clocks = lowest_clock_pin(&i2s->config);
    pio_sm_config c = pio_get_default_sm_config();
    sm_config_set_wrap(&c, offset, offset + I2S_PROGRAM_LENGTH - 1);
    sm_config_set_sideset(&c, 2, false, false);
    sm_config_set_sideset_pins(&c, clocks);
    sm_config_set_out_pins(&c, i2s->config.data_pin, 1);
    sm_config_set_out_shift(&c, false, true, i2s_slot_bits(&i2s->config));
    sm_config_set_fifo_join(&c, PIO_FIFO_JOIN_TX);
    sm_config_set_clkdiv_int_frac8(&c, i2s->rate.divider_q8 >> 8, (uint8_t)i2s->rate.divider_q8);
    pio_sm_init(pio, sm, offset, &c);
    // Word select rests high, bit clock low, so that its first edge comes before the first bit clock.
    uint64_t clock_pins = (1ULL << i2s->config.bclk_pin) | (1ULL << i2s->config.ws_pin);
    pio_sm_set_pins_with_mask64(pio, sm, 1ULL << i2s->config.ws_pin, clock_pins | 1ULL << i2s->config.data_pin);
    pio_sm_set_consecutive_pindirs(pio, sm, clocks, 2, true);
    pio_sm_set_consecutive_pindirs(pio, sm, i2s->config.data_pin, 1, true);
    pio_sm_exec(pio, sm,
                pio_encode_jmp(offset + I2S_PROGRAM_LENGTH - 1) | pio_encode_sideset(2, i2s_rest_side(&i2s->config)));
}

static ta_status_t set_up_output(ta_i2s_t *i2s)
{
    static const ta_output_pin_t pin = {
        .retune = pin_retune,
        .attend = pin_attend,
        .kick = pin_kick,
        .parked = pin_parked,
        .loop = pin_loop,
        .unloop = pin_unloop,
        .restart = pin_restart,
        .may_lend = pin_may_lend,
        .rate_ok = pin_rate_ok,
    };
    void *const blocks[2] = {i2s->memory.item[0].block, i2s->memory.item[1].block};
    ta_status_t status = ta_output_init(&i2s->output, &i2s->plan.ring, &ring_hw, i2s, &pin, i2s, blocks);
    if (status != TA_OK)
        return fail(i2s, status, "the ring refuses its memory", "report this, for the plan has accepted it");
    i2s->output.rate_hz = i2s->config.rate_hz;
    i2s->output.fixed_rate_hz = i2s->config.fixed_rate ? i2s->config.rate_hz : 0;
    i2s->output.shape.mono = i2s->config.mono;
    i2s->output.shape.dither = i2s->config.dither;
    return TA_OK;
}

static void run(ta_i2s_t *i2s)
{
    uint line = i2s->config.dma_irq;
    configure_ring(i2s, 0);
    dma_channel_start((uint)i2s->dma_next); // fills the FIFO with entry 0, silence
    pio_sm_set_enabled((PIO)i2s->pio, (uint)i2s->sm, true);
    anchor(i2s);
    // A channel's raw interrupt stays from whoever had it before; it would pass for a stop mark.
    dma_irqn_acknowledge_channel(line, (uint)i2s->dma_data);
    dma_irqn_set_channel_enabled(line, (uint)i2s->dma_data, true);
    irq_set_enabled((uint)dma_get_irq_num(line), true);
    if (i2s->feed_irq >= 0)
        irq_set_enabled((uint)i2s->feed_irq, true);
    i2s->claims |= CLAIM_RUNNING;
}

ta_status_t ta_i2s_open(ta_i2s_t *i2s, const ta_i2s_config_t *config, const ta_memory_t *memory)
{
    for (int o = 0; o < OUTPUTS_MAX; o++) {
        if (outputs[o] == i2s)
            return fail(i2s, TA_E_STATE, "this output is open", "close it first");
    }
    memset(i2s, 0, sizeof *i2s);
    hold_nothing(i2s);
    ta_status_t status = ta_i2s_plan(config, &i2s->plan, i2s->error);
    if (status != TA_OK)
        return status;
    i2s->config = i2s_with_defaults(config);
    i2s->rate = i2s->plan.rate;
    status = take_memory(i2s, memory);
    if (status == TA_OK)
        status = claim_pio(i2s);
    if (status == TA_OK)
        status = claim_dma(i2s);
    if (status == TA_OK)
        status = claim_interrupts(i2s);
    if (status == TA_OK)
        status = claim_pins(i2s);
    if (status == TA_OK)
        status = set_up_output(i2s);
    if (status != TA_OK) {
        ta_i2s_close(i2s);
        return status;
    }
    set_up_state_machine(i2s);
    run(i2s);
    return TA_OK;
}

static uint32_t slot_us(const ta_i2s_t *i2s)
{
    return (uint32_t)(i2s->output.ring.clock.slot_num / i2s->output.ring.clock.slot_den) + 1;
}

// Waits in steps of a sixteenth of a slot; feeds by hand where that is the caller's part. False: `slots` slots went by in vain.
static bool wait_for(ta_i2s_t *i2s, bool (*done)(ta_i2s_t *i2s), uint32_t slots)
{
    uint32_t step = slot_us(i2s) / 16 + 1;
    for (uint32_t tries = 0; !done(i2s); tries++) {
        if (tries > 16 * slots)
            return false;
        if (i2s->feed_irq < 0)
            ta_i2s_service(i2s);
        busy_wait_us_32(step);
    }
    return true;
}

static bool is_idle(ta_i2s_t *i2s)
{
    return !ta_output_busy(&i2s->output);
}

static bool is_parked(ta_i2s_t *i2s)
{
    bool busy = dma_channel_is_busy((uint)i2s->dma_data) || dma_channel_is_busy((uint)i2s->dma_next) ||
                dma_channel_is_busy((uint)i2s->dma_wipe);
    return !busy && pio_sm_is_tx_fifo_empty((PIO)i2s->pio, (uint)i2s->sm);
}

// The last resort, in the order of the chain. An aborted channel may raise its interrupt once more (RP2040-E13), and one that is
// about to be chained to must not be enabled any more (RP2350-E5): so interrupts and enables go first.
static void abort_channels(ta_i2s_t *i2s)
{
    const int8_t channel[3] = {i2s->dma_data, i2s->dma_next, i2s->dma_wipe};
    for (int k = 0; k < 3; k++)
        dma_channel_cleanup((uint)channel[k]);
}

static void halt(ta_i2s_t *i2s)
{
    uint line = i2s->config.dma_irq;
    if (i2s->feed_irq < 0)
        ta_i2s_service(i2s); // commands that wait make room for one more
    if (ta_output_stop(&i2s->output) == TA_OK)
        wait_for(i2s, is_idle, 4 + (i2s->looping ? i2s->plan.ring.slots : 0));
    if (i2s->feed_irq >= 0)
        irq_set_enabled((uint)i2s->feed_irq, false);
    dma_irqn_set_channel_enabled(line, (uint)i2s->dma_next, false);
    dma_irqn_set_channel_enabled(line, (uint)i2s->dma_data, false);
    i2s->slots_seen = i2s->slots_done; // or another output's feed interrupt would serve this one
    bool orderly = !i2s->looping;
    if (orderly) {
        ta_ring_publish_stop(&i2s->output.ring, false);
        orderly = wait_for(i2s, is_parked, 4);
    }
    if (orderly)
        busy_wait_us_32(2000000U / i2s->rate.asked_hz + 1); // the frame in the shift register
    pio_sm_set_enabled((PIO)i2s->pio, (uint)i2s->sm, false);
    abort_channels(i2s);
    dma_irqn_acknowledge_channel(line, (uint)i2s->dma_next);
    dma_irqn_acknowledge_channel(line, (uint)i2s->dma_data);
}

static void release_interrupts(ta_i2s_t *i2s)
{
    bool line_in_use = false;
    for (int o = 0; o < OUTPUTS_MAX; o++) {
        if (outputs[o] == i2s) {
            outputs[o] = NULL;
        } else if (outputs[o]) {
            line_in_use = line_in_use || outputs[o]->config.dma_irq == i2s->config.dma_irq;
        }
    }
    if (line_in_use)
        return;
    uint number = (uint)dma_get_irq_num(i2s->config.dma_irq);
    irq_remove_handler(number, dma_isr);
    if (!irq_has_shared_handler(number)) // others on the line keep it
        irq_set_enabled(number, false);
}

static void release_pins(const ta_i2s_config_t *c)
{
    gpio_deinit(c->ws_pin);
    gpio_deinit(c->bclk_pin);
    gpio_deinit(c->data_pin);
}

static void release_feed_irq(ta_i2s_t *i2s)
{
    if (i2s->feed_irq < 0)
        return;
    bool elsewhere = false; // each core has software interrupts of its own, but both use one table of vectors
    for (int o = 0; o < OUTPUTS_MAX; o++)
        elsewhere = elsewhere || (outputs[o] && outputs[o]->feed_irq == i2s->feed_irq);
    if (!elsewhere)
        irq_remove_handler((uint)i2s->feed_irq, feed_isr);
    user_irq_unclaim((uint)i2s->feed_irq);
}

void ta_i2s_close(ta_i2s_t *i2s)
{
    uint32_t claims = i2s->claims;
    i2s->claims = 0;
    if (claims & CLAIM_RUNNING)
        halt(i2s);
    if (claims & CLAIM_PINS)
        release_pins(&i2s->config);
    if (claims & CLAIM_DMA_IRQ)
        release_interrupts(i2s);
    if (claims & CLAIM_FEED_IRQ)
        release_feed_irq(i2s);
    if (claims & CLAIM_DMA) {
        dma_channel_unclaim((uint)i2s->dma_wipe);
        dma_channel_unclaim((uint)i2s->dma_next);
        dma_channel_unclaim((uint)i2s->dma_data);
    }
    if (claims & CLAIM_PIO) {
        static const pio_program_t shape = {.length = I2S_PROGRAM_LENGTH, .origin = -1};
        pio_remove_program_and_unclaim_sm(&shape, (PIO)i2s->pio, (uint)i2s->sm, (uint)i2s->program_offset);
    }
    if (claims & CLAIM_MEMORY)
        ta_plan_release(&i2s->memory);
    if (claims)
        hold_nothing(i2s);
}
