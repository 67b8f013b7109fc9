// pico-sdk's DMA functions. In: calls of the program. Out: hooks, and register reads and writes in the order in which
// the SDK makes them.

#include "chip/model.h"

#define CHANNEL_REGISTER(channel, field) ((channel)*0x40u + (uint32_t)offsetof(dma_channel_hw_t, field))

static void check(uint channel, const char *what)
{
    if (channel >= chip.channels)
        panic("%s: there is no DMA channel %u", what, channel);
}

static void put(uint32_t offset, uint32_t value)
{
    dma_register_write(offset, value, chip.now);
    engine_touch();
    hook_end();
}

static void begin(const char *what, uint channel)
{
    hook(what);
    check(channel, what);
}

dma_channel_hw_t *dma_channel_hw_addr(uint channel)
{
    begin("dma_channel_hw_addr", channel);
    return &dma_hw->ch[channel];
}

dma_channel_config dma_get_channel_config(uint channel)
{
    begin("dma_get_channel_config", channel);
    return (dma_channel_config){chip.dma.ch[channel].ctrl};
}

void dma_channel_set_config(uint channel, const dma_channel_config *config, bool trigger)
{
    begin("dma_channel_set_config", channel);
    put(trigger ? CHANNEL_REGISTER(channel, ctrl_trig) : CHANNEL_REGISTER(channel, al1_ctrl), config->ctrl);
}

void dma_channel_set_read_addr(uint channel, const volatile void *read_addr, bool trigger)
{
    begin("dma_channel_set_read_addr", channel);
    put(trigger ? CHANNEL_REGISTER(channel, al3_read_addr_trig) : CHANNEL_REGISTER(channel, read_addr),
        bus_address(read_addr, "dma_channel_set_read_addr"));
}

void dma_channel_set_write_addr(uint channel, volatile void *write_addr, bool trigger)
{
    begin("dma_channel_set_write_addr", channel);
    put(trigger ? CHANNEL_REGISTER(channel, al2_write_addr_trig) : CHANNEL_REGISTER(channel, write_addr),
        bus_address(write_addr, "dma_channel_set_write_addr"));
}

void dma_channel_set_trans_count(uint channel, uint32_t trans_count, bool trigger)
{
    begin("dma_channel_set_trans_count", channel);
    put(trigger ? CHANNEL_REGISTER(channel, al1_transfer_count_trig) : CHANNEL_REGISTER(channel, transfer_count),
        trans_count);
}

void dma_channel_configure(uint channel, const dma_channel_config *config, volatile void *write_addr,
                           const volatile void *read_addr, uint transfer_count, bool trigger)
{
    dma_channel_set_read_addr(channel, read_addr, false);
    dma_channel_set_write_addr(channel, write_addr, false);
    dma_channel_set_trans_count(channel, transfer_count, false);
    dma_channel_set_config(channel, config, trigger);
}

void dma_channel_transfer_from_buffer_now(uint channel, const volatile void *read_addr, uint32_t transfer_count)
{
    dma_channel_set_read_addr(channel, read_addr, false);
    dma_channel_set_trans_count(channel, transfer_count, true);
}

void dma_channel_transfer_to_buffer_now(uint channel, volatile void *write_addr, uint32_t transfer_count)
{
    dma_channel_set_write_addr(channel, write_addr, false);
    dma_channel_set_trans_count(channel, transfer_count, true);
}

void dma_start_channel_mask(uint32_t chan_mask)
{
    hook("dma_start_channel_mask");
    put(offsetof(dma_hw_t, multi_channel_trigger), chan_mask);
}

void dma_channel_start(uint channel)
{
    begin("dma_channel_start", channel);
    put(offsetof(dma_hw_t, multi_channel_trigger), 1u << channel);
}

void dma_channel_abort(uint channel)
{
    begin("dma_channel_abort", channel);
    put(offsetof(dma_hw_t, abort), 1u << channel);
    while (dma_channel_is_busy(channel))
        tight_loop_contents();
}

bool dma_channel_is_busy(uint channel)
{
    begin("dma_channel_is_busy", channel);
    return chip.dma.ch[channel].busy;
}

void dma_channel_wait_for_finish_blocking(uint channel)
{
    while (dma_channel_is_busy(channel))
        tight_loop_contents();
}

/// In the SDK's order: chain and enable off, interrupts off, abort, then the interrupt that the abort may have raised.
void dma_channel_cleanup(uint channel)
{
    begin("dma_channel_cleanup", channel);
    dma_channel_config config = {chip.dma.ch[channel].ctrl};
    channel_config_set_chain_to(&config, channel);
    channel_config_set_enable(&config, false);
    put(CHANNEL_REGISTER(channel, al1_ctrl), config.ctrl);
    for (uint line = 0; line < NUM_DMA_IRQS; line++)
        dma_irqn_set_channel_enabled(line, channel, false);
    dma_channel_abort(channel);
    put(offsetof(dma_hw_t, intr), 1u << channel);
}

// ---- interrupts ----------------------------------------------------------------------------------------------------

static void check_line(uint line, const char *what)
{
    if (line >= chip.dma_irqs)
        panic("%s: there is no DMA interrupt line %u", what, line);
}

void dma_irqn_set_channel_mask_enabled(uint irq_index, uint32_t channel_mask, bool enabled)
{
    hook("dma_irqn_set_channel_mask_enabled");
    check_line(irq_index, "dma_irqn_set_channel_mask_enabled");
    uint32_t inte = chip.dma.inte[irq_index];
    put((uint32_t)offsetof(dma_hw_t, inte0) + 16 * irq_index, enabled ? inte | channel_mask : inte & ~channel_mask);
}

void dma_irqn_set_channel_enabled(uint irq_index, uint channel, bool enabled)
{
    check(channel, "dma_irqn_set_channel_enabled");
    dma_irqn_set_channel_mask_enabled(irq_index, 1u << channel, enabled);
}

void dma_channel_set_irq0_enabled(uint channel, bool enabled)
{
    dma_irqn_set_channel_enabled(0, channel, enabled);
}

void dma_channel_set_irq1_enabled(uint channel, bool enabled)
{
    dma_irqn_set_channel_enabled(1, channel, enabled);
}

void dma_set_irq0_channel_mask_enabled(uint32_t channel_mask, bool enabled)
{
    dma_irqn_set_channel_mask_enabled(0, channel_mask, enabled);
}

void dma_set_irq1_channel_mask_enabled(uint32_t channel_mask, bool enabled)
{
    dma_irqn_set_channel_mask_enabled(1, channel_mask, enabled);
}

bool dma_irqn_get_channel_status(uint irq_index, uint channel)
{
    begin("dma_irqn_get_channel_status", channel);
    check_line(irq_index, "dma_irqn_get_channel_status");
    return dma_ints(irq_index) >> channel & 1;
}

bool dma_channel_get_irq0_status(uint channel)
{
    return dma_irqn_get_channel_status(0, channel);
}

bool dma_channel_get_irq1_status(uint channel)
{
    return dma_irqn_get_channel_status(1, channel);
}

void dma_irqn_acknowledge_channel(uint irq_index, uint channel)
{
    begin("dma_irqn_acknowledge_channel", channel);
    check_line(irq_index, "dma_irqn_acknowledge_channel");
    put((uint32_t)offsetof(dma_hw_t, ints0) + 16 * irq_index, 1u << channel);
}

void dma_channel_acknowledge_irq0(uint channel)
{
    dma_irqn_acknowledge_channel(0, channel);
}

void dma_channel_acknowledge_irq1(uint channel)
{
    dma_irqn_acknowledge_channel(1, channel);
}

int dma_get_irq_num(uint irq_index)
{
    check_line(irq_index, "dma_get_irq_num");
    return (int)(DMA_IRQ_0 + irq_index);
}

// ---- pacing timers -------------------------------------------------------------------------------------------------

void dma_timer_set_fraction(uint timer, uint16_t numerator, uint16_t denominator)
{
    hook("dma_timer_set_fraction");
    if (timer >= NUM_DMA_TIMERS || numerator > denominator)
        panic("dma_timer_set_fraction: timer %u, %u/%u", timer, numerator, denominator);
    put((uint32_t)offsetof(dma_hw_t, timer) + 4 * timer, (uint32_t)numerator << 16 | denominator);
}

uint dma_get_timer_dreq(uint timer_num)
{
    return DREQ_DMA_TIMER0 + timer_num;
}
