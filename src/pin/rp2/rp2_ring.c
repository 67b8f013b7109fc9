// The ring's hardware: three channels of DMA.
// In: an output's ring. Out: slots, one after the other, at the place that the port names.
//
//     D  moves a slot to the port, paced by its request, then chains to C
//     C  reads the next entry of the table, writes it to D's read address with trigger, then chains to S; its end is the slot
//        interrupt
//     S  writes the address of silence over the entry just read
//
// Invariant: the channels read nothing but the ring's DMA block and blocks that passed may_lend.

#include "rp2_private.h"

#include "hardware/dma.h"
#include "hardware/sync.h"
#include "hardware/timer.h"

enum { COUNT_MASK = 0x0fffffff }; // RP2350's TRANS_COUNT has its mode in the top bits (RP2350 datasheet 12.6.2.2.1)

static uint64_t hw_now_us(void *context)
{
    (void)context;
    return time_us_64();
}

// As few registers as tell it. time_us_64 would read the timer three times for each time; here its upper word is read last, which can
// only make the time too late.
static void hw_look(void *context, uint32_t within_us, ta_ring_look_t *look)
{
    const ta_rp2_walk_t *walk = context;
    uint32_t before_us, us, address, count;
    do {
        before_us = time_us_32();
        do {
            address = dma_channel_hw_addr(walk->dma_next)->read_addr;
            count = dma_channel_hw_addr(walk->dma_data)->transfer_count;
        } while (dma_channel_hw_addr(walk->dma_next)->read_addr != address);
        us = time_us_32();
    } while (us - before_us > within_us);
    look->us = (uint64_t)PICO_DEFAULT_TIMER_INSTANCE()->timerawh << 32 | us;
    // Masked, for the pointer may be seen just past the ring's end before it wraps (RP2040-E12).
    look->index = (address - walk->table) / sizeof(uint32_t) & walk->last_index;
    look->remaining = (count & COUNT_MASK) >> walk->count_shift;
}

static uint64_t hw_glance(void *context, uint32_t *index)
{
    const ta_rp2_walk_t *walk = context;
    *index = (dma_channel_hw_addr(walk->dma_next)->read_addr - walk->table) / sizeof(uint32_t) & walk->last_index;
    uint32_t us = time_us_32();
    return (uint64_t)PICO_DEFAULT_TIMER_INSTANCE()->timerawh << 32 | us;
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

static uint32_t hw_bus_address(void *context, const void *data)
{
    (void)context;
    return (uint32_t)(uintptr_t)data;
}

const ta_ring_hw_t rp2_ring_hw = {
    .look = hw_look,
    .glance = hw_glance,
    .now_us = hw_now_us,
    .lock = hw_lock,
    .unlock = hw_unlock,
    .store = hw_store,
    .bus_address = hw_bus_address,
};

// ---- while the table is not walked: an output is held, or loops without a processor --------------------------------------

// Time stands still while an output is held.
static uint64_t rest_now_us(void *context)
{
    return rp2_of(context)->held ? 0 : time_us_64();
}

static void rest_look(void *context, uint32_t within_us, ta_ring_look_t *look)
{
    const ta_rp2_t *rp2 = rp2_of(context);
    const ta_ring_t *ring = &rp2->output.ring;
    (void)within_us;
    *look = (ta_ring_look_t){.index = (uint32_t)ring->read & (ring->entries - 1),
                             .remaining = rp2->held ? ring->config.slot_frames : 0,
                             .us = rest_now_us(context)};
}

static uint64_t rest_glance(void *context, uint32_t *index)
{
    ta_ring_look_t look;
    rest_look(context, 0, &look);
    *index = look.index;
    return look.us;
}

static const ta_ring_hw_t rest_hw = {
    .look = rest_look,
    .glance = rest_glance,
    .now_us = rest_now_us,
    .lock = hw_lock,
    .unlock = hw_unlock,
    .store = hw_store,
    .bus_address = hw_bus_address,
};

static void choose_hw(ta_rp2_t *rp2)
{
    rp2->output.ring.hw = rp2->held || rp2->looping ? &rest_hw : &rp2_ring_hw;
}

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

static void configure_data(ta_rp2_t *rp2, const void *from, uint32_t frames)
{
    rp2_path_t path;
    rp2->port->path(rp2, &path);
    dma_channel_config c = dma_channel_get_default_config((uint)rp2->dma_data);
    channel_config_set_transfer_data_size(&c, (enum dma_channel_transfer_size)path.size);
    channel_config_set_dreq(&c, path.dreq);
    channel_config_set_chain_to(&c, (uint)rp2->dma_next);
    channel_config_set_irq_quiet(&c, true); // only the stop mark interrupts
    channel_config_set_high_priority(&c, true);
    dma_channel_configure((uint)rp2->dma_data, &c, path.to, from, frames * rp2->port->transfers_per_frame, false);
}

void rp2_configure_ring(ta_rp2_t *rp2, uint32_t index)
{
    ta_ring_t *ring = &rp2->output.ring;
    uint ring_bits = log2_of(ring->entries * sizeof(uint32_t));
    rp2->walk.table = (uint32_t)(uintptr_t)ring->table;
    rp2->walk.last_index = ring->entries - 1;
    rp2->walk.count_shift = (uint8_t)(rp2->port->transfers_per_frame - 1);
    configure_data(rp2, ring->silence, ring->config.slot_frames);

    dma_channel_config c = dma_channel_get_default_config((uint)rp2->dma_next);
    channel_config_set_ring(&c, false, ring_bits);
    channel_config_set_chain_to(&c, (uint)rp2->dma_wipe);
    channel_config_set_high_priority(&c, true);
    dma_channel_configure((uint)rp2->dma_next, &c, &dma_channel_hw_addr((uint)rp2->dma_data)->al3_read_addr_trig,
                          (const void *)(uintptr_t)&ring->table[index], 1, false);

    c = dma_channel_get_default_config((uint)rp2->dma_wipe);
    channel_config_set_read_increment(&c, false);
    channel_config_set_write_increment(&c, true);
    channel_config_set_ring(&c, true, ring_bits);
    channel_config_set_irq_quiet(&c, true);
    channel_config_set_high_priority(&c, true);
    dma_channel_configure((uint)rp2->dma_wipe, &c, (void *)(uintptr_t)&ring->table[index],
                          (const void *)(uintptr_t)&ring->control[0], 1, false);
}

static void configure_loop(ta_rp2_t *rp2, const void *data, uint32_t frames)
{
    ta_ring_t *ring = &rp2->output.ring;
    ring->control[1] = hw_bus_address(rp2, data);
    configure_data(rp2, data, frames);
    dma_channel_config c = dma_channel_get_default_config((uint)rp2->dma_next); // chains to itself: S is off
    channel_config_set_read_increment(&c, false);
    channel_config_set_irq_quiet(&c, true);
    channel_config_set_high_priority(&c, true);
    dma_channel_configure((uint)rp2->dma_next, &c, &dma_channel_hw_addr((uint)rp2->dma_data)->al3_read_addr_trig,
                          (const void *)(uintptr_t)&ring->control[1], 1, false);
}

// An aborted channel may raise its interrupt once more (RP2040-E13), and one that is about to be chained to must not be enabled
// any more (RP2350-E5): so interrupts and enables go first, and D before C before S.
void rp2_abort_channels(ta_rp2_t *rp2)
{
    const int8_t channel[3] = {rp2->dma_data, rp2->dma_next, rp2->dma_wipe};
    for (int k = 0; k < 3; k++)
        dma_channel_cleanup((uint)channel[k]);
}

void rp2_anchor(ta_rp2_t *rp2)
{
    ta_ring_clock_t clock;
    rp2->port->slot_time(rp2, rp2->output.rate_hz, &clock);
    choose_hw(rp2);
    ta_ring_anchor(&rp2->output.ring, &clock);
}

// One section from here to rp2_go_on, for laps that pass between the last look and the anchor are counted by neither.
uint32_t rp2_last_look(ta_rp2_t *rp2)
{
    uint32_t was = hw_lock(rp2);
    if (!rp2->looping)
        (void)ta_ring_now(&rp2->output.ring);
    return was;
}

void rp2_go_on(ta_rp2_t *rp2, uint32_t rate_hz, uint32_t was)
{
    rp2->output.rate_hz = rate_hz;
    rp2_anchor(rp2);
    hw_unlock(rp2, was);
}

// ---- the output's pin ----------------------------------------------------------------------------------------------------

// Is nothing but silence in the ring, and nothing composed that waits for it?
static bool is_silent(ta_output_t *output)
{
    return output->state == TA_OUTPUT_IDLE ||
           (output->state == TA_OUTPUT_DRAINING && ta_ring_now(&output->ring) >= output->silent_entry);
}

static ta_status_t pin_retune(void *context, uint32_t rate_hz)
{
    ta_rp2_t *rp2 = context;
    rp2->makeshift = false;
    return rp2->port->retune(rp2, rate_hz, is_silent(&rp2->output));
}

static void pin_attend(void *context, bool on)
{
    ta_rp2_t *rp2 = context;
    dma_irqn_set_channel_enabled(rp2->line, (uint)rp2->dma_next, on);
    if (rp2->makeshift && rp2->output.state == TA_OUTPUT_IDLE)
        (void)pin_retune(rp2, rp2->output.rate_hz);
}

static void pin_kick(void *context)
{
    rp2_kick(context);
}

static bool pin_rate_ok(void *context, uint32_t rate_hz)
{
    const ta_rp2_t *rp2 = context;
    return rate_hz >= TA_RATE_MIN_HZ && rate_hz <= TA_RATE_MAX_HZ && rp2->port->rate_ok(rp2, rate_hz);
}

static bool pin_may_lend(void *context, const void *data, uint32_t bytes)
{
    (void)context;
    return (ta_chip_classes(ta_rp2_chip(), (uintptr_t)data, bytes) & TA_CLASS_DMA) != 0;
}

static bool pin_parked(void *context)
{
    const ta_rp2_t *rp2 = context;
    return rp2->parked;
}

static void pin_loop(void *context, const void *data, uint32_t frames)
{
    ta_rp2_t *rp2 = context;
    rp2->parked = false;
    rp2->looping = true;
    choose_hw(rp2);
    configure_loop(rp2, data, frames);
    dma_channel_start((uint)rp2->dma_next);
}

static void pin_unloop(void *context)
{
    ta_rp2_t *rp2 = context;
    hw_store(context, &rp2->output.ring.control[1], 0);
}

static void pin_restart(void *context)
{
    ta_rp2_t *rp2 = context;
    const ta_ring_t *ring = &rp2->output.ring;
    rp2->parked = false;
    rp2_configure_ring(rp2, (uint32_t)ring->read & (ring->entries - 1));
    rp2->looping = false;
    uint32_t was = hw_lock(rp2); // as in rp2_last_look
    dma_channel_start((uint)rp2->dma_next);
    rp2_anchor(rp2);
    hw_unlock(rp2, was);
}

const ta_output_pin_t rp2_output_pin = {
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
