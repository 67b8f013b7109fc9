// The DMA. In: registers as the processor or the DMA itself writes them, requests of PIO FIFOs, PWM slices and pacing
// timers. Out: at most one read and one write a cycle, interrupts, chains.
//
// A bus error halts its channel, starts no chain, and always raises the channel's flag.
//
// A transfer is two events: READ_ADDR moves when the read is issued, WRITE_ADDR and TRANS_COUNT move when the write is,
// DMA_WRITE_DELAY cycles later. A channel completes with its last write; in that cycle its interrupt is raised and its
// chain triggered. (RP2040 datasheet 2.5, RP2350 datasheet 12.6.)
//
// Errata: RP2040-E13: a channel aborted while a write is on its way raises its interrupt when that write is done.
// RP2350-E5: likewise aborted, an enabled channel triggers the channel it is chained to. RP2350-E8: a channel triggered
// with a count of zero completes without triggering its chain. RP2040-E12, inexact pointers at an address wrap, is not
// modelled: pointers are exact. Sniffing, and RP2350's decrementing addresses, are not modelled.

#include "chip/model.h"

#include <string.h>

enum { MODE_TRIGGER_SELF = 1, MODE_ENDLESS = 15, READS_OF_ENDLESS = 1 << 27 };

/// Where the chips' CTRL fields are.
typedef struct {
    uint8_t incr_write, ring_size, ring_sel, chain, treq, quiet, bswap, sniff, busy;
} ctrl_layout_t;
static const ctrl_layout_t layout_rp2040 = {5, 6, 10, 11, 15, 21, 22, 23, 24};
static const ctrl_layout_t layout_rp2350 = {6, 8, 12, 13, 17, 23, 24, 25, 26};
enum { CTRL_EN = 1, CTRL_HIGH = 2, CTRL_SIZE_LSB = 2, CTRL_INCR_READ = 16, CTRL_SIZE = 3 << CTRL_SIZE_LSB };
#define CTRL_AHB_ERROR   0x80000000u
#define CTRL_READ_ERROR  0x40000000u
#define CTRL_WRITE_ERROR 0x20000000u

static const ctrl_layout_t *layout(void)
{
    return chip.rp2350 ? &layout_rp2350 : &layout_rp2040;
}

static unsigned index_of(const dma_channel_t *ch)
{
    return (unsigned)(ch - chip.dma.ch);
}

static uint32_t mode_of(const dma_channel_t *ch)
{
    return chip.rp2350 ? ch->reload >> 28 : 0;
}

void dma_reset(void)
{
    memset(&chip.dma, 0, sizeof chip.dma);
    chip.dma.next = NEVER;
    chip.dma.dirty = UINT16_MAX;
    for (unsigned channel = 0; channel < chip.channels; channel++) { // chained to itself, that is to none
        chip.dma.ch[channel].chain = (uint8_t)channel;
        chip.dma.ch[channel].ctrl = channel << layout()->chain;
    }
}

static void act_at(uint64_t cycle)
{
    if (cycle < chip.dma.next)
        chip.dma.next = cycle;
}

// ---- starting and ending -------------------------------------------------------------------------------------------

static void set_busy(dma_channel_t *ch, bool busy)
{
    uint16_t bit = (uint16_t)(1u << index_of(ch));
    chip.dma.dirty |= bit;
    ch->busy = busy;
    if (busy) {
        chip.dma.busy |= bit;
        chip.dma.waiting[ch->treq] |= bit;
    } else {
        chip.dma.busy &= (uint16_t)~bit;
        chip.dma.waiting[ch->treq] &= (uint16_t)~bit;
    }
}

// A pacing timer adds X each cycle and asks whenever that makes another Y, so pulse n falls into cycle ceil(n * Y / X) after
// the write of its register, X pulses in every Y cycles, for ever. More than one pulse a cycle there cannot be. (RP2040
// datasheet 2.5.5.1 and register TIMER0, RP2350 datasheet 12.6.8.1; that a write starts it from zero is this model's choice.)

typedef struct {
    uint64_t since;
    uint32_t x, y;
} pacing_t;

static pacing_t pacing(unsigned timer)
{
    uint32_t x = chip.dma.timer[timer] >> 16;
    uint32_t y = chip.dma.timer[timer] & 0xffff;
    return (pacing_t){chip.dma.timer_since[timer], x > y ? y : x, y};
}

/// Pulses up to and including `cycle`.
static uint64_t pulses_by(const pacing_t *p, uint64_t cycle)
{
    uint64_t passed = cycle - p->since;
    return passed / p->y * p->x + passed % p->y * p->x / p->y;
}

static uint64_t cycle_of_pulse(const pacing_t *p, uint64_t pulse)
{
    return p->since + pulse / p->x * p->y + (pulse % p->x * p->y + p->x - 1) / p->x;
}

/// First cycle after `cycle` in which pacing timer `timer` asks.
static uint64_t timer_after(unsigned timer, uint64_t cycle)
{
    pacing_t p = pacing(timer);
    return p.x ? cycle_of_pulse(&p, pulses_by(&p, cycle) + 1) : NEVER;
}

/// The pulse in `served` has been served in `cycle`: the next one, of those that are left in the channel's counter.
static uint64_t timer_next(unsigned timer, uint64_t served, uint64_t cycle)
{
    pacing_t p = pacing(timer);
    if (p.x && cycle - served >= CREDITS_MAX) {
        uint64_t by_now = pulses_by(&p, cycle);
        if (by_now - pulses_by(&p, served) >= CREDITS_MAX)
            return cycle_of_pulse(&p, by_now - CREDITS_MAX + 2);
    }
    return timer_after(timer, served);
}

static bool is_paced(const dma_channel_t *ch)
{
    return ch->treq >= DREQ_DMA_TIMER0 && ch->treq < DREQ_FORCE;
}

/// Busy channels of a timer whose fraction was written in `cycle` wait anew.
static void restart_timer(unsigned timer, uint32_t value, uint64_t cycle)
{
    chip.dma.timer[timer] = value;
    chip.dma.timer_since[timer] = cycle;
    for (uint32_t left = chip.dma.waiting[DREQ_DMA_TIMER0 + timer]; left; left &= left - 1)
        chip.dma.ch[__builtin_ctz(left)].timer_at = timer_after(timer, cycle);
    act_at(cycle + 1);
}

void dma_pulse(unsigned dreq, uint64_t cycle)
{
    for (uint32_t left = chip.dma.waiting[dreq]; left; left &= left - 1) {
        dma_channel_t *ch = &chip.dma.ch[__builtin_ctz(left)];
        if (ch->credits < CREDITS_MAX)
            ch->credits++;
    }
    dma_request(dreq, cycle);
}

/// A channel sees the requests that come from now on, while it is busy.
static void await_requests(dma_channel_t *ch, uint64_t cycle)
{
    ch->credits = 0;
    if (is_paced(ch))
        ch->timer_at = timer_after(ch->treq - DREQ_DMA_TIMER0, cycle);
}

static void start(dma_channel_t *ch, uint64_t cycle)
{
    if (ch->busy || !ch->enabled)
        return;
    ch->count = chip.rp2350 ? ch->reload & 0x0fffffff : ch->reload;
    ch->zero = ch->count == 0 && mode_of(ch) != MODE_ENDLESS;
    ch->reads = mode_of(ch) == MODE_ENDLESS ? READS_OF_ENDLESS : ch->count;
    ch->ready = cycle + DMA_READ_DELAY;
    ch->aborted = false;
    await_requests(ch, cycle);
    set_busy(ch, true);
    act_at(ch->ready);
}

static void raise(const dma_channel_t *ch)
{
    chip.dma.intr |= 1u << index_of(ch);
    chip.look = true;
}

static void complete(dma_channel_t *ch, uint64_t cycle)
{
    bool chained = ch->chain != index_of(ch) && ch->chain < chip.channels && !(chip.rp2350 && ch->zero);
    set_busy(ch, false);
    if (!ch->quiet)
        raise(ch);
    if (chained)
        start(&chip.dma.ch[ch->chain], cycle);
    if (mode_of(ch) == MODE_TRIGGER_SELF && !ch->zero)
        start(ch, cycle);
}

static void finish_abort(dma_channel_t *ch, bool drained, uint64_t cycle)
{
    ch->aborted = false;
    set_busy(ch, false);
    if (!drained)
        return;
    if (!chip.rp2350 && !ch->quiet)
        raise(ch); // E13
    if (chip.rp2350 && ch->enabled && ch->chain != index_of(ch))
        start(&chip.dma.ch[ch->chain], cycle); // E5
}

static void abort_channel(dma_channel_t *ch, uint64_t cycle)
{
    ch->reads = 0;
    ch->count = 0;
    ch->zero = false;
    if (!ch->busy)
        return;
    if (ch->in_flight)
        ch->aborted = true;
    else
        finish_abort(ch, false, cycle);
}

static void bus_error(dma_channel_t *ch, uint32_t which)
{
    ch->errors |= CTRL_AHB_ERROR | which;
    ch->reads = 0;
    set_busy(ch, false);
    raise(ch); // always, quiet or not
}

// ---- the two halves of a transfer ----------------------------------------------------------------------------------

/// Address after one transfer, within its ring if it has one.
static uint32_t advance(const dma_channel_t *ch, uint32_t address, bool increment, bool of_write)
{
    if (!increment)
        return address;
    uint32_t next = address + (1u << ch->size);
    if (ch->ring_mask && ch->ring_write == of_write)
        next = (address & ~ch->ring_mask) | (next & ch->ring_mask);
    return next;
}

static uint32_t load(uint32_t address, unsigned size)
{
    const void *from = (const void *)(uintptr_t)address;
    uint32_t word = 0;
    memcpy(&word, from, (size_t)1 << size);
    return word;
}

static bool read_bus(dma_channel_t *ch, uint64_t cycle, uint32_t *data)
{
    uint32_t bytes = 1u << ch->size;
    uint32_t address = ch->read_addr & ~(bytes - 1);
    switch (bus_kind(address)) {
    case BUS_PERIPHERAL:
        *data = bus_register_read(address & ~0x3003u, cycle) >> (address & 3) * 8;
        return true;
    case BUS_NOTHING:
        bus_violation(cycle, index_of(ch), false, ch->read_addr);
        bus_error(ch, CTRL_READ_ERROR);
        return false;
    case BUS_MEMORY:
        if (bus_allowed(address, bytes, &ch->hint)) {
            *data = load(address, ch->size);
            return true;
        }
        break;
    case BUS_ROM:
        break;
    }
    bus_violation(cycle, index_of(ch), false, ch->read_addr);
    *data = 0xdeadbeefu;
    return true;
}

static void issue_read(dma_channel_t *ch, uint64_t cycle)
{
    dma_t *dma = &chip.dma;
    uint32_t data = 0;
    if (!read_bus(ch, cycle, &data))
        return;
    ch->read_addr = advance(ch, ch->read_addr, ch->incr_read, false);
    if (mode_of(ch) != MODE_ENDLESS)
        ch->reads--;
    if (is_paced(ch))
        ch->timer_at = timer_next(ch->treq - DREQ_DMA_TIMER0, ch->timer_at, cycle);
    if (ch->credits)
        ch->credits--;
    if (ch->bswap && ch->size == DMA_SIZE_32)
        data = __builtin_bswap32(data);
    if (ch->bswap && ch->size == DMA_SIZE_16)
        data = __builtin_bswap16((uint16_t)data);
    ch->in_flight++;
    dma->queue[(dma->head + dma->queued++) % DMA_QUEUE] =
        (dma_write_t){.due = cycle + DMA_WRITE_DELAY, .data = data, .channel = (uint8_t)index_of(ch), .size = ch->size};
}

/// A narrow write appears on every lane of the bus, and a peripheral takes all of them (RP2040 datasheet 2.1.4).
static uint32_t replicate(uint32_t data, unsigned size)
{
    if (size == DMA_SIZE_8)
        return (data & 0xff) * 0x01010101u;
    return size == DMA_SIZE_16 ? (data & 0xffff) * 0x00010001u : data;
}

static void write_peripheral(uint32_t address, uint32_t value, uint64_t cycle)
{
    uint32_t base = address & ~0x3fffu;
    unsigned alias = address >> 12 & 3; // plain, XOR, set, clear
    if (alias) {
        uint32_t old = bus_register_read(base | (address & 0xffc), cycle);
        value = alias == 1 ? old ^ value : alias == 2 ? old | value : old & ~value;
    }
    bus_register_write(base | (address & 0xffc), value, cycle);
}

static bool write_bus(dma_channel_t *ch, const dma_write_t *one, uint64_t cycle)
{
    uint32_t bytes = 1u << one->size;
    uint32_t address = ch->write_addr & ~(bytes - 1);
    switch (bus_kind(address)) {
    case BUS_PERIPHERAL:
        write_peripheral(address, replicate(one->data, one->size), cycle);
        return true;
    case BUS_MEMORY:
        if (bus_allowed(address, bytes, &ch->hint) && address >= PSRAM_BASE)
            memcpy((void *)(uintptr_t)address, &one->data, bytes);
        else
            bus_violation(cycle, index_of(ch), true, ch->write_addr);
        return true;
    case BUS_ROM:
    case BUS_NOTHING:
        break;
    }
    bus_violation(cycle, index_of(ch), true, ch->write_addr);
    bus_error(ch, CTRL_WRITE_ERROR);
    return false;
}

static void retire(uint64_t cycle)
{
    dma_t *dma = &chip.dma;
    if (dma->queued == 0 || dma->queue[dma->head].due > cycle)
        return;
    dma_write_t one = dma->queue[dma->head];
    dma->head = (uint8_t)((dma->head + 1) % DMA_QUEUE);
    dma->queued--;
    dma_channel_t *ch = &dma->ch[one.channel];
    ch->in_flight--;
    dma->dirty |= (uint16_t)(1u << one.channel);
    if (ch->errors & (CTRL_WRITE_ERROR | CTRL_READ_ERROR) || !write_bus(ch, &one, cycle))
        return;
    dma->transfers++;
    ch->write_addr = advance(ch, ch->write_addr, ch->incr_write, true);
    if (ch->aborted) {
        if (ch->in_flight == 0)
            finish_abort(ch, true, cycle);
        return;
    }
    if (mode_of(ch) == MODE_ENDLESS || ch->count == 0)
        return;
    if (--ch->count == 0)
        complete(ch, cycle);
}

// ---- arbitration ---------------------------------------------------------------------------------------------------

/// Is there room, or data, for one more transfer? Transfers on their way count, so a FIFO never overflows.
static bool fifo_ready(const dma_channel_t *ch)
{
    const pio_t *pio = &chip.pio[ch->treq >> 3];
    const sm_t *sm = &pio->sm[ch->treq & 3];
    if (ch->treq & 4)
        return sm->rx_level > 0;
    return sm->tx_level + ch->in_flight < sm->tx_depth;
}

/// May this channel read in `cycle`? If only later, and that is known, the DMA acts then.
static bool may_read(dma_channel_t *ch, uint64_t cycle)
{
    if (ch->ready > cycle) {
        act_at(ch->ready);
        return false;
    }
    if (ch->zero) {
        complete(ch, cycle);
        return false;
    }
    if (ch->reads == 0 || !ch->enabled)
        return false;
    if (ch->treq == DREQ_FORCE)
        return true;
    if (ch->treq < (chip.rp2350 ? 24 : 16))
        return fifo_ready(ch);
    if (ch->treq < DREQ_DMA_TIMER0)
        return ch->credits > 0;
    if (ch->timer_at <= cycle)
        return true;
    act_at(ch->timer_at);
    return false;
}

/// The first of `mask` from number *turn on, in a circle.
static dma_channel_t *take_turn(uint32_t mask, uint8_t *turn)
{
    uint32_t above = mask & ~((1u << *turn) - 1);
    unsigned which = (unsigned)__builtin_ctz(above ? above : mask);
    *turn = (uint8_t)((which + 1) % CHIP_DMA_MAX);
    return &chip.dma.ch[which];
}

void dma_step(uint64_t cycle)
{
    dma_t *dma = &chip.dma;
    dma->next = NEVER;
    retire(cycle);
    uint32_t high = 0;
    uint32_t low = 0;
    for (uint32_t left = dma->busy; left; left &= left - 1) {
        unsigned which = (unsigned)__builtin_ctz(left);
        if (!may_read(&dma->ch[which], cycle))
            continue;
        if (dma->ch[which].high)
            high |= 1u << which;
        else
            low |= 1u << which;
    }
    if ((high | low) && dma->queued < DMA_QUEUE) {
        dma_channel_t *ch = high ? take_turn(high, &dma->turn_high) : take_turn(low, &dma->turn_low);
        issue_read(ch, cycle);
        dma->dirty |= (uint16_t)(1u << index_of(ch));
        if (((high | low) & ~(1u << index_of(ch))) || may_read(ch, cycle))
            act_at(cycle + 1);
    }
    if (dma->queued)
        act_at(dma->queue[dma->head].due > cycle ? dma->queue[dma->head].due : cycle + 1);
}

// ---- registers -----------------------------------------------------------------------------------------------------

uint32_t dma_ints(unsigned line)
{
    return (chip.dma.intr | chip.dma.intf[line]) & chip.dma.inte[line];
}

static void write_ctrl(dma_channel_t *ch, uint32_t value, uint64_t cycle)
{
    const ctrl_layout_t *at = layout();
    bool busy = ch->busy;
    uint8_t treq = ch->treq;
    if (busy)
        set_busy(ch, false);
    ch->errors &= ~(value & (CTRL_READ_ERROR | CTRL_WRITE_ERROR));
    if (!(ch->errors & (CTRL_READ_ERROR | CTRL_WRITE_ERROR)))
        ch->errors = 0;
    ch->ctrl = value & ((1u << at->busy) - 1);
    ch->enabled = value & CTRL_EN;
    ch->high = value & CTRL_HIGH;
    ch->size = (uint8_t)((value & CTRL_SIZE) >> CTRL_SIZE_LSB);
    if (ch->size > DMA_SIZE_32)
        ch->size = DMA_SIZE_32;
    ch->incr_read = value & CTRL_INCR_READ;
    ch->incr_write = value >> at->incr_write & 1;
    unsigned ring = value >> at->ring_size & 15;
    ch->ring_mask = ring ? (1u << ring) - 1 : 0;
    ch->ring_write = value >> at->ring_sel & 1;
    ch->chain = value >> at->chain & 15;
    ch->treq = value >> at->treq & 63;
    ch->quiet = value >> at->quiet & 1;
    ch->bswap = value >> at->bswap & 1;
    if (busy)
        set_busy(ch, true);
    if (ch->treq != treq)
        await_requests(ch, cycle);
    pwm_asked(ch->treq, cycle);
    act_at(cycle + 1); // a paused channel may go on
}

/// A trigger register was written: zero is the null trigger, which starts nothing, and is told by a quiet channel.
static void trigger(dma_channel_t *ch, uint32_t value, uint64_t cycle)
{
    if (value)
        start(ch, cycle);
    else if (ch->quiet)
        raise(ch);
}

static void write_channel(dma_channel_t *ch, unsigned word, uint32_t value, uint64_t cycle)
{
    enum { READ, WRITE, COUNT, CTRL };
    static const uint8_t field[16] = {READ, WRITE, COUNT, CTRL,  CTRL, READ,  WRITE, COUNT,
                                      CTRL, COUNT, READ,  WRITE, CTRL, WRITE, COUNT, READ};
    chip.dma.dirty |= (uint16_t)(1u << index_of(ch));
    switch (field[word]) {
    case READ:
        ch->read_addr = value;
        break;
    case WRITE:
        ch->write_addr = value;
        break;
    case COUNT:
        ch->reload = value;
        break;
    default:
        write_ctrl(ch, value, cycle);
        break;
    }
    if ((word & 3) == 3)
        trigger(ch, value, cycle);
}

static void write_interrupts(unsigned line, unsigned word, uint32_t value)
{
    uint32_t channels = (1u << chip.channels) - 1;
    if (word == 1)
        chip.dma.inte[line] = value & channels;
    else if (word == 2)
        chip.dma.intf[line] = value & channels;
    else if (word == 3 || line == 0)
        chip.dma.intr &= ~value;
    chip.dma.dirty |= 1;
    chip.look = true;
}

void dma_register_write(uint32_t offset, uint32_t value, uint64_t cycle)
{
    unsigned channel = offset >> 6;
    if (channel < chip.channels) {
        write_channel(&chip.dma.ch[channel], offset >> 2 & 15, value, cycle);
    } else if (offset >= offsetof(dma_hw_t, intr) && offset < offsetof(dma_hw_t, intr) + 16u * chip.dma_irqs) {
        write_interrupts(offset >> 4 & 3, offset >> 2 & 3, value);
    } else if (offset >= offsetof(dma_hw_t, timer) && offset < offsetof(dma_hw_t, multi_channel_trigger)) {
        restart_timer(offset >> 2 & 3, value, cycle);
    } else if (offset == offsetof(dma_hw_t, multi_channel_trigger) || offset == offsetof(dma_hw_t, abort)) {
        for (uint32_t left = value & ((1u << chip.channels) - 1); left; left &= left - 1) {
            dma_channel_t *ch = &chip.dma.ch[__builtin_ctz(left)];
            chip.dma.dirty |= (uint16_t)(1u << index_of(ch));
            if (offset == offsetof(dma_hw_t, abort))
                abort_channel(ch, cycle);
            else
                start(ch, cycle);
        }
    }
}

static uint32_t read_channel(const dma_channel_t *ch, unsigned word)
{
    enum { READ, WRITE, COUNT, CTRL };
    static const uint8_t field[16] = {READ, WRITE, COUNT, CTRL,  CTRL, READ,  WRITE, COUNT,
                                      CTRL, COUNT, READ,  WRITE, CTRL, WRITE, COUNT, READ};
    switch (field[word]) {
    case READ:
        return ch->read_addr;
    case WRITE:
        return ch->write_addr;
    case COUNT:
        return ch->count | (chip.rp2350 ? ch->reload & 0xf0000000u : 0);
    default:
        return ch->ctrl | ch->errors | (ch->busy ? 1u << layout()->busy : 0);
    }
}

uint32_t dma_register_read(uint32_t offset)
{
    unsigned channel = offset >> 6;
    if (channel < chip.channels)
        return read_channel(&chip.dma.ch[channel], offset >> 2 & 15);
    if (offset >= offsetof(dma_hw_t, intr) && offset < offsetof(dma_hw_t, intr) + 16u * chip.dma_irqs) {
        unsigned line = offset >> 4 & 3;
        const uint32_t words[4] = {line ? 0 : chip.dma.intr, chip.dma.inte[line], chip.dma.intf[line], dma_ints(line)};
        return words[offset >> 2 & 3];
    }
    if (offset >= offsetof(dma_hw_t, timer) && offset < offsetof(dma_hw_t, multi_channel_trigger))
        return chip.dma.timer[offset >> 2 & 3];
    return offset == offsetof(dma_hw_t, n_channels) ? chip.channels : 0;
}

void dma_show(void)
{
    uint32_t *words = window_dma();
    for (uint32_t left = chip.dma.dirty; left; left &= left - 1) {
        unsigned which = (unsigned)__builtin_ctz(left);
        for (unsigned word = 0; word < 16 && which < chip.channels; word++)
            words[which * 16 + word] = read_channel(&chip.dma.ch[which], word);
    }
    for (uint32_t offset = offsetof(dma_hw_t, intr); offset < offsetof(dma_hw_t, multi_channel_trigger); offset += 4)
        words[offset / 4] = dma_register_read(offset);
    words[offsetof(dma_hw_t, n_channels) / 4] = chip.channels;
    chip.dma.dirty = 0;
}

// ---- configuration values (pure, no hooks) -------------------------------------------------------------------------

static void set_field(dma_channel_config *c, unsigned lsb, uint32_t bits, uint32_t value)
{
    c->ctrl = (c->ctrl & ~(bits << lsb)) | (value & bits) << lsb;
}

void channel_config_set_read_increment(dma_channel_config *c, bool incr)
{
    set_field(c, 4, 1, incr);
}

void channel_config_set_write_increment(dma_channel_config *c, bool incr)
{
    set_field(c, layout()->incr_write, 1, incr);
}

void channel_config_set_dreq(dma_channel_config *c, uint dreq)
{
    set_field(c, layout()->treq, 63, dreq);
}

void channel_config_set_chain_to(dma_channel_config *c, uint chain_to)
{
    set_field(c, layout()->chain, 15, chain_to);
}

void channel_config_set_transfer_data_size(dma_channel_config *c, enum dma_channel_transfer_size size)
{
    set_field(c, CTRL_SIZE_LSB, 3, size);
}

void channel_config_set_ring(dma_channel_config *c, bool write, uint size_bits)
{
    set_field(c, layout()->ring_size, 15, size_bits);
    set_field(c, layout()->ring_sel, 1, write);
}

void channel_config_set_bswap(dma_channel_config *c, bool bswap)
{
    set_field(c, layout()->bswap, 1, bswap);
}

void channel_config_set_irq_quiet(dma_channel_config *c, bool irq_quiet)
{
    set_field(c, layout()->quiet, 1, irq_quiet);
}

void channel_config_set_high_priority(dma_channel_config *c, bool high_priority)
{
    set_field(c, 1, 1, high_priority);
}

void channel_config_set_enable(dma_channel_config *c, bool enable)
{
    set_field(c, 0, 1, enable);
}

void channel_config_set_sniff_enable(dma_channel_config *c, bool sniff_enable)
{
    set_field(c, layout()->sniff, 1, sniff_enable);
}

dma_channel_config dma_channel_get_default_config(uint channel)
{
    dma_channel_config c = {0};
    channel_config_set_read_increment(&c, true);
    channel_config_set_dreq(&c, DREQ_FORCE);
    channel_config_set_chain_to(&c, channel);
    channel_config_set_transfer_data_size(&c, DMA_SIZE_32);
    channel_config_set_enable(&c, true);
    return c;
}

uint32_t channel_config_get_ctrl_value(const dma_channel_config *config)
{
    return config->ctrl;
}
