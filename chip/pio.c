// The PIO blocks: registers, FIFOs, dividers, and the order in which state machines act. In: register writes of the
// processor and the DMA. Out: state machines that run (pio_exec.c), FIFO levels, requests to the DMA, interrupt lines.
//
// A divider counts ticks in 1/256 cycles: tick n falls into cycle floor(n * divisor / 256) of its pattern, which is what
// a first-order fractional divider gives. Dividers run from reset on, whether the state machine is enabled or not; a new
// divisor holds from the next tick, and a restart makes the next cycle a tick with a fraction of zero. (RP2040 datasheet
// 3.5.5.)

#include "chip/model.h"

#include <string.h>

enum { DIV_MAX = 65536 * 256, ALL_SM = 15 };

void pio_reset(void)
{
    memset(chip.pio, 0, sizeof chip.pio);
    for (unsigned i = 0; i < CHIP_PIOS_MAX; i++) {
        chip.pio[i].index = (uint8_t)i;
        for (unsigned n = 0; n < 4; n++) {
            sm_t *sm = &chip.pio[i].sm[n];
            *sm = (sm_t){.index = (uint8_t)n, .clkdiv = 1u << 16, .execctrl = 31u << 12, .shiftctrl = 3u << 18};
            sm->pinctrl = 5u << PIO_SM0_PINCTRL_SET_COUNT_LSB;
            sm->tx_depth = sm->rx_depth = 4;
            sm->osr_count = 32;
            sm->div = 256;
            sm->pull_at = sm->push_at = PULL_NEVER;
            sm->pull_threshold = sm->push_threshold = 32;
            pio_decode(&chip.pio[i], sm);
        }
    }
    chip.pio_written = (uint8_t)((1u << chip.pios) - 1);
}

// ---- order of time -------------------------------------------------------------------------------------------------

void pio_set_mode(pio_t *pio, sm_t *sm, sm_mode_t mode)
{
    sm->mode = (uint8_t)mode;
    uint16_t bit = (uint16_t)(1u << (pio->index * 4 + sm->index));
    chip.running = (uint16_t)(mode == SM_RUN ? chip.running | bit : chip.running & ~bit);
}

uint64_t pio_tick_after(const sm_t *sm, uint64_t tick, uint64_t cycle)
{
    uint64_t least = (cycle + 1) << NEVER_SHIFT;
    if (tick >= least)
        return tick;
    return tick + (least - tick + sm->div - 1) / sm->div * sm->div;
}

static sm_t *machine(unsigned which)
{
    return &chip.pio[which / 4].sm[which % 4];
}

uint64_t pio_next(void)
{
    uint64_t tick = NEVER_TICK;
    for (unsigned left = chip.running; left; left &= left - 1) {
        const sm_t *sm = machine((unsigned)__builtin_ctz(left));
        if (sm->tick < tick)
            tick = sm->tick;
    }
    return tick == NEVER_TICK ? NEVER : tick >> NEVER_SHIFT;
}

/// The machine that acts first, and until which tick it comes before all others. False when none acts below the limit.
static bool first_machine(unsigned *which, uint64_t *bound)
{
    uint64_t cycle = NEVER;
    uint64_t second = NEVER;
    for (unsigned left = chip.running; left; left &= left - 1) {
        unsigned here = (unsigned)__builtin_ctz(left);
        uint64_t at = machine(here)->tick >> NEVER_SHIFT;
        if (at < cycle) {
            second = cycle;
            cycle = at;
            *which = here;
        } else if (at < second) {
            second = at;
        }
    }
    if (cycle >= chip.limit >> NEVER_SHIFT) // the limit is a whole cycle
        return false;
    *bound = second == NEVER ? NEVER_TICK : (second > cycle ? second : cycle + 1) << NEVER_SHIFT;
    return true;
}

void pio_run(void)
{
    unsigned which = 0;
    uint64_t bound = 0;
    while (first_machine(&which, &bound)) {
        pio_t *pio = &chip.pio[which / 4];
        pio_ran(pio, &pio->sm[which % 4]);
        pio_sm_run(pio, &pio->sm[which % 4], bound);
    }
}

/// Ticks that were planned after `cycle` become delay that is left, so that divider or program can change.
void pio_settle(sm_t *sm, uint64_t cycle)
{
    uint64_t least = (cycle + 1) << NEVER_SHIFT;
    if (sm->mode != SM_RUN || sm->forced || sm->tick < least)
        return;
    uint64_t ahead = (sm->tick - least) / sm->div;
    if (ahead == 0)
        return;
    sm->tick -= ahead * sm->div;
    sm->delay_left = (uint8_t)(sm->delay_left + ahead);
    sm->special = true;
}

static void enable(pio_t *pio, sm_t *sm, bool enabled, uint64_t cycle)
{
    if (sm->enabled == enabled)
        return;
    sm->enabled = enabled;
    if (sm->forced)
        return; // it goes on either way, and looks at `enabled` when done
    if (!enabled) {
        pio_settle(sm, cycle);
        pio_set_mode(pio, sm, SM_OFF);
        return;
    }
    sm->tick = pio_tick_after(sm, sm->tick, cycle);
    pio_set_mode(pio, sm, SM_RUN);
}

static void restart(pio_t *pio, sm_t *sm, uint64_t cycle)
{
    pio_settle(sm, cycle);
    if (sm->forced)
        sm->tick = sm->pattern;
    sm->forced = sm->executing = sm->irq_wait = false;
    sm->delay_left = 0;
    sm->isr = 0;
    sm->isr_count = 0;
    sm->osr_count = 32;
    sm->sticky_mask = 0;
    sm->thirsty = sm->pull_at != PULL_NEVER;
    sm->special = sm->thirsty || sm->sticky;
    sm->tick = pio_tick_after(sm, sm->tick, cycle);
    pio_set_mode(pio, sm, sm->enabled ? SM_RUN : SM_OFF);
}

// ---- FIFOs ---------------------------------------------------------------------------------------------------------

/// What may have changed with a FIFO level: requests, and lines of PIO interrupts.
static void level_changed(const pio_t *pio, const sm_t *sm, bool tx, uint64_t cycle)
{
    pio_ran(pio, sm);
    dma_request(pio->index * 8u + (tx ? 0 : 4u) + sm->index, cycle);
    if (pio->inte[0] | pio->inte[1]) {
        chip.look = true;
        engine_stop_after(cycle);
    }
}

void pio_tx_push(pio_t *pio, sm_t *sm, uint32_t value, uint64_t cycle)
{
    if (sm->tx_level == sm->tx_depth) {
        pio_ran(pio, sm);
        pio->fdebug |= 1u << (PIO_FDEBUG_TXOVER_LSB + sm->index);
        return;
    }
    sm->tx[(sm->tx_head + sm->tx_level++) & 7] = value;
    if (sm->mode == SM_WAIT_TX) {
        sm->tick = sm->forced ? (cycle + 1) << NEVER_SHIFT : pio_tick_after(sm, sm->tick, cycle);
        pio_set_mode(pio, sm, SM_RUN);
    }
    level_changed(pio, sm, true, cycle);
}

uint32_t pio_rx_pop(pio_t *pio, sm_t *sm, uint64_t cycle)
{
    if (sm->rx_level == 0) {
        pio_ran(pio, sm);
        pio->fdebug |= 1u << (PIO_FDEBUG_RXUNDER_LSB + sm->index);
        return 0;
    }
    uint32_t value = sm->rx[sm->rx_head];
    sm->rx_head = (sm->rx_head + 1) & 7;
    sm->rx_level--;
    if (sm->mode == SM_WAIT_RX) {
        sm->tick = sm->forced ? (cycle + 1) << NEVER_SHIFT : pio_tick_after(sm, sm->tick, cycle);
        pio_set_mode(pio, sm, SM_RUN);
    }
    level_changed(pio, sm, false, cycle);
    return value;
}

void pio_clear(pio_t *pio, sm_t *sm, uint64_t cycle)
{
    sm->tx_level = sm->rx_level = 0;
    level_changed(pio, sm, true, cycle);
}

// ---- registers of a state machine ----------------------------------------------------------------------------------

static void write_clkdiv(pio_t *pio, sm_t *sm, uint32_t value, uint64_t cycle)
{
    pio_settle(sm, cycle);
    sm->clkdiv = value;
    uint32_t div = value >> 8;
    sm->div = div < 256 ? DIV_MAX : div; // an integer part of zero is 65536
    pio_decode(pio, sm);
}

static void write_shiftctrl(pio_t *pio, sm_t *sm, uint32_t value, uint64_t cycle)
{
    uint32_t joins = 3u << PIO_SM0_SHIFTCTRL_FJOIN_TX_LSB;
    if (value & (3u << PIO_SM0_SHIFTCTRL_FJOIN_RX_GET_LSB))
        panic("joining the receive FIFO's registers (TXGET, TXPUT) is not modelled");
    bool join_changed = (value ^ sm->shiftctrl) & joins;
    sm->shiftctrl = value;
    bool tx = value >> PIO_SM0_SHIFTCTRL_FJOIN_TX_LSB & 1;
    bool rx = value >> PIO_SM0_SHIFTCTRL_FJOIN_RX_LSB & 1;
    sm->tx_depth = rx ? 0 : tx ? 8 : 4;
    sm->rx_depth = tx ? 0 : rx ? 8 : 4;
    unsigned pull = value >> PIO_SM0_SHIFTCTRL_PULL_THRESH_LSB & 31;
    unsigned push = value >> PIO_SM0_SHIFTCTRL_PUSH_THRESH_LSB & 31;
    sm->pull_threshold = (uint8_t)(pull ? pull : 32);
    sm->push_threshold = (uint8_t)(push ? push : 32);
    sm->pull_at = value >> PIO_SM0_SHIFTCTRL_AUTOPULL_LSB & 1 ? sm->pull_threshold : PULL_NEVER;
    sm->push_at = value >> PIO_SM0_SHIFTCTRL_AUTOPUSH_LSB & 1 ? sm->push_threshold : PULL_NEVER;
    sm->thirsty = sm->osr_count >= sm->pull_at;
    sm->special |= sm->thirsty;
    if (join_changed)
        pio_clear(pio, sm, cycle);
    pio_decode(pio, sm);
}

static void write_execctrl(pio_t *pio, sm_t *sm, uint32_t value)
{
    sm->execctrl = value & 0x7fffffffu;
    sm->sticky = value >> PIO_SM0_EXECCTRL_OUT_STICKY_LSB & 1;
    sm->sticky_mask = 0;
    sm->special |= sm->sticky;
    pio_decode(pio, sm);
}

static void write_sm(pio_t *pio, sm_t *sm, unsigned word, uint32_t value, uint64_t cycle)
{
    pio_settle(sm, cycle);
    switch (word) {
    case offsetof(pio_sm_hw_t, clkdiv) / 4:
        write_clkdiv(pio, sm, value, cycle);
        break;
    case offsetof(pio_sm_hw_t, execctrl) / 4:
        write_execctrl(pio, sm, value);
        break;
    case offsetof(pio_sm_hw_t, shiftctrl) / 4:
        write_shiftctrl(pio, sm, value, cycle);
        break;
    case offsetof(pio_sm_hw_t, instr) / 4:
        pio_force(pio, sm, (uint16_t)value);
        break;
    case offsetof(pio_sm_hw_t, pinctrl) / 4:
        sm->pinctrl = value;
        pio_decode(pio, sm);
        break;
    default:
        break;
    }
}

static uint32_t read_sm(const pio_t *pio, const sm_t *sm, unsigned word)
{
    const uint32_t words[6] = {sm->clkdiv,
                               sm->execctrl | (uint32_t)sm->forced << PIO_SM0_EXECCTRL_EXEC_STALLED_LSB,
                               sm->shiftctrl,
                               sm->pc,
                               pio->instr_mem[sm->pc],
                               sm->pinctrl};
    return words[word];
}

// ---- registers of a block ------------------------------------------------------------------------------------------

static void write_ctrl(pio_t *pio, uint32_t value, uint64_t cycle)
{
    for (unsigned n = 0; n < 4; n++) {
        sm_t *sm = &pio->sm[n];
        if (value >> (PIO_CTRL_SM_RESTART_LSB + n) & 1)
            restart(pio, sm, cycle);
        if (value >> (PIO_CTRL_CLKDIV_RESTART_LSB + n) & 1) {
            pio_settle(sm, cycle);
            if (!sm->forced)
                sm->tick = (cycle + 1) << NEVER_SHIFT;
            sm->pattern = (cycle + 1) << NEVER_SHIFT;
        }
        enable(pio, sm, value >> (PIO_CTRL_SM_ENABLE_LSB + n) & 1, cycle);
    }
}

static void write_instr_mem(pio_t *pio, unsigned at, uint32_t value, uint64_t cycle)
{
    pio->instr_mem[at] = (uint16_t)value;
    for (unsigned n = 0; n < 4; n++) {
        pio_settle(&pio->sm[n], cycle);
        pio_decode(pio, &pio->sm[n]);
    }
}

static void write_interrupts(pio_t *pio, uint32_t offset, uint32_t value)
{
    unsigned line = offset >= offsetof(pio_hw_t, inte1);
    unsigned word = (offset - (uint32_t)offsetof(pio_hw_t, inte0)) / 4 % 3;
    if (word == 0)
        pio->inte[line] = value & 0xffff;
    else if (word == 1)
        pio->intf[line] = value & 0xffff;
}

void pio_register_write(unsigned which, uint32_t offset, uint32_t value, uint64_t cycle)
{
    pio_t *pio = &chip.pio[which];
    if (offset >= offsetof(pio_hw_t, txf) && offset < offsetof(pio_hw_t, rxf)) {
        pio_tx_push(pio, &pio->sm[offset >> 2 & 3], value, cycle);
        return;
    }
    chip.look = true;
    chip.pio_written |= (uint8_t)(1u << which);
    if (offset >= offsetof(pio_hw_t, instr_mem) && offset < offsetof(pio_hw_t, sm)) {
        write_instr_mem(pio, (offset - (uint32_t)offsetof(pio_hw_t, instr_mem)) / 4, value, cycle);
    } else if (offset >= offsetof(pio_hw_t, sm) && offset < offsetof(pio_hw_t, rxf_putget)) {
        uint32_t word = (offset - (uint32_t)offsetof(pio_hw_t, sm)) / 4;
        write_sm(pio, &pio->sm[word / 6], word % 6, value, cycle);
    } else if (offset >= offsetof(pio_hw_t, inte0)) {
        write_interrupts(pio, offset, value);
    } else if (offset == offsetof(pio_hw_t, ctrl)) {
        write_ctrl(pio, value, cycle);
    } else if (offset == offsetof(pio_hw_t, fdebug)) {
        pio->fdebug &= ~value;
    } else if (offset == offsetof(pio_hw_t, irq)) {
        pio->irq_flags &= (uint8_t)~value;
    } else if (offset == offsetof(pio_hw_t, irq_force)) {
        pio->irq_flags |= (uint8_t)value;
    } else if (offset == offsetof(pio_hw_t, input_sync_bypass)) {
        pio->sync_bypass = value;
    } else if (offset == offsetof(pio_hw_t, gpiobase) && chip.rp2350) {
        pio->base = value & 16;
        gpio_changed(cycle);
    }
}

/// FSTAT's four bits of one state machine, at state machine 0's places.
static uint32_t fifo_status(const sm_t *sm)
{
    return (uint32_t)(sm->rx_level == sm->rx_depth) << PIO_FSTAT_RXFULL_LSB |
           (uint32_t)(sm->rx_level == 0) << PIO_FSTAT_RXEMPTY_LSB |
           (uint32_t)(sm->tx_level == sm->tx_depth) << PIO_FSTAT_TXFULL_LSB |
           (uint32_t)(sm->tx_level == 0) << PIO_FSTAT_TXEMPTY_LSB;
}

static uint32_t fifo_level(const sm_t *sm)
{
    return (uint32_t)sm->tx_level | (uint32_t)sm->rx_level << PIO_FLEVEL_RX0_LSB;
}

static uint32_t fstat(const pio_t *pio)
{
    uint32_t bits = 0;
    for (unsigned n = 0; n < 4; n++)
        bits |= fifo_status(&pio->sm[n]) << n;
    return bits;
}

static uint32_t flevel(const pio_t *pio)
{
    uint32_t levels = 0;
    for (unsigned n = 0; n < 4; n++)
        levels |= fifo_level(&pio->sm[n]) << 8 * n;
    return levels;
}

/// INTR's flags: RP2040 has four of the eight.
static uint32_t raw_flags(const pio_t *pio)
{
    return ((uint32_t)pio->irq_flags & (chip.rp2350 ? 0xff : 0x0f)) << pis_interrupt0;
}

/// INTR's two bits of one state machine, at state machine 0's places.
static uint32_t raw_fifos(const sm_t *sm)
{
    return (uint32_t)(sm->rx_level > 0) << pis_sm0_rx_fifo_not_empty | (uint32_t)(sm->tx_level < sm->tx_depth)
                                                                           << pis_sm0_tx_fifo_not_full;
}

uint32_t pio_intr(const pio_t *pio)
{
    uint32_t bits = raw_flags(pio);
    for (unsigned n = 0; n < 4; n++)
        bits |= raw_fifos(&pio->sm[n]) << n;
    return bits;
}

uint32_t pio_ints(const pio_t *pio, unsigned line)
{
    return (pio_intr(pio) & pio->inte[line]) | pio->intf[line];
}

static uint32_t ctrl(const pio_t *pio)
{
    uint32_t bits = 0;
    for (unsigned n = 0; n < 4; n++)
        bits |= (uint32_t)pio->sm[n].enabled << n;
    return bits;
}

/// A register without side effects; receive FIFOs read as their first word.
static uint32_t look_at(const pio_t *pio, uint32_t offset)
{
    if (offset >= offsetof(pio_hw_t, rxf) && offset < offsetof(pio_hw_t, irq)) {
        const sm_t *sm = &pio->sm[offset >> 2 & 3];
        return sm->rx_level ? sm->rx[sm->rx_head] : 0;
    }
    if (offset >= offsetof(pio_hw_t, sm) && offset < offsetof(pio_hw_t, rxf_putget)) {
        uint32_t word = (offset - (uint32_t)offsetof(pio_hw_t, sm)) / 4;
        return read_sm(pio, &pio->sm[word / 6], word % 6);
    }
    if (offset >= offsetof(pio_hw_t, inte0) && offset < sizeof(pio_hw_t)) {
        unsigned line = offset >= offsetof(pio_hw_t, inte1);
        const uint32_t words[3] = {pio->inte[line], pio->intf[line], pio_ints(pio, line)};
        return words[(offset - offsetof(pio_hw_t, inte0)) / 4 % 3];
    }
    switch (offset) {
    case offsetof(pio_hw_t, ctrl):
        return ctrl(pio);
    case offsetof(pio_hw_t, fstat):
        return fstat(pio);
    case offsetof(pio_hw_t, fdebug):
        return pio->fdebug;
    case offsetof(pio_hw_t, flevel):
        return flevel(pio);
    case offsetof(pio_hw_t, irq):
        return pio->irq_flags;
    case offsetof(pio_hw_t, input_sync_bypass):
        return pio->sync_bypass;
    case offsetof(pio_hw_t, dbg_padout):
        return pio->out;
    case offsetof(pio_hw_t, dbg_padoe):
        return pio->oe;
    case offsetof(pio_hw_t, dbg_cfginfo): // 32 instructions, four state machines, FIFOs of four
        return 32u << 16 | 4u << 8 | 4u | (chip.rp2350 ? 1u << 28 : 0);
    case offsetof(pio_hw_t, gpiobase):
        return pio->base;
    case offsetof(pio_hw_t, intr):
        return pio_intr(pio);
    default:
        return 0;
    }
}

uint32_t pio_register_read(unsigned which, uint32_t offset, uint64_t cycle)
{
    pio_t *pio = &chip.pio[which];
    if (offset >= offsetof(pio_hw_t, rxf) && offset < offsetof(pio_hw_t, irq))
        return pio_rx_pop(pio, &pio->sm[offset >> 2 & 3], cycle);
    return look_at(pio, offset);
}

void pio_show(unsigned which)
{
    uint32_t *words = window_pio(which);
    for (uint32_t offset = 0; offset < sizeof(pio_hw_t); offset += 4)
        words[offset / 4] = look_at(&chip.pio[which], offset);
}

void pio_show_sm(unsigned which, unsigned n)
{
    const pio_t *pio = &chip.pio[which];
    const sm_t *sm = &pio->sm[n];
    uint32_t *words = window_pio(which);
    uint32_t *of_sm = words + offsetof(pio_hw_t, sm) / 4 + 6 * n;
    words[offsetof(pio_hw_t, fstat) / 4] &= ~(0x01010101u << n);
    words[offsetof(pio_hw_t, fstat) / 4] |= fifo_status(sm) << n;
    words[offsetof(pio_hw_t, fdebug) / 4] = pio->fdebug;
    words[offsetof(pio_hw_t, flevel) / 4] &= ~(0xffu << 8 * n);
    words[offsetof(pio_hw_t, flevel) / 4] |= fifo_level(sm) << 8 * n;
    words[offsetof(pio_hw_t, rxf) / 4 + n] = sm->rx[sm->rx_head];
    words[offsetof(pio_hw_t, irq) / 4] = pio->irq_flags;
    words[offsetof(pio_hw_t, dbg_padout) / 4] = pio->out;
    words[offsetof(pio_hw_t, dbg_padoe) / 4] = pio->oe;
    if (pio->inte[0] | pio->inte[1] | pio->intf[0] | pio->intf[1]) {
        words[offsetof(pio_hw_t, ints0) / 4] = pio_ints(pio, 0);
        words[offsetof(pio_hw_t, ints1) / 4] = pio_ints(pio, 1);
    }
    words[offsetof(pio_hw_t, intr) / 4] &= 0xffu & ~(0x11u << n);
    words[offsetof(pio_hw_t, intr) / 4] |= raw_flags(pio) | raw_fifos(sm) << n;
    of_sm[offsetof(pio_sm_hw_t, execctrl) / 4] = read_sm(pio, sm, offsetof(pio_sm_hw_t, execctrl) / 4);
    of_sm[offsetof(pio_sm_hw_t, addr) / 4] = sm->pc;
    of_sm[offsetof(pio_sm_hw_t, instr) / 4] = pio->instr_mem[sm->pc];
}
