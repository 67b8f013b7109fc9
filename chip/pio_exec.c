// Executing PIO programs. In: decoded instructions, FIFOs, input pins, flags. Out: pins, FIFOs, flags, in order of time.
//
// A tick carries out one instruction, or one cycle of its delay, or one cycle of a stall. Side-set happens with the first
// tick of an instruction, stalled or not, and wins over OUT and SET on the same pin. Autopull, as RP2040 datasheet 3.5.4.2
// has it: an OUT that finds the OSR empty stalls for this tick, refilling it if the FIFO has a word; any other tick
// refills an empty OSR beside its work; an OUT that empties the OSR refills it at once.
//
// Invariants: pio_sm_run leaves with sm->tick at the first tick that it has not carried out. Instructions and their delay
// are taken in one step unless sm->special says that ticks matter one by one.

#include "chip/model.h"

static uint32_t low_bits(unsigned bits)
{
    return bits >= 32 ? UINT32_MAX : (1u << bits) - 1;
}

static uint32_t rotate_left(uint32_t value, unsigned by)
{
    by &= 31;
    return by ? value << by | value >> (32 - by) : value;
}

// ---- decoding ------------------------------------------------------------------------------------------------------

static void decode_side(const sm_t *sm, uint16_t raw, pio_code_t *code)
{
    unsigned count = sm->pinctrl >> PIO_SM0_PINCTRL_SIDESET_COUNT_LSB & 7;
    unsigned base = sm->pinctrl >> PIO_SM0_PINCTRL_SIDESET_BASE_LSB & 31;
    bool optional = sm->execctrl >> PIO_SM0_EXECCTRL_SIDE_EN_LSB & 1;
    unsigned field = raw >> 8 & 31;
    unsigned value = field >> (5 - count);
    code->delay = (uint8_t)(field & low_bits(5 - count));
    code->side_dirs = sm->execctrl >> PIO_SM0_EXECCTRL_SIDE_PINDIR_LSB & 1;
    if (optional && count) {
        count--;
        if (!(value >> count & 1))
            count = 0;
    }
    code->side_mask = rotate_left(low_bits(count), base);
    code->side_value = rotate_left(value & low_bits(count), base);
}

static void decode_pins(const sm_t *sm, bool set, pio_code_t *code)
{
    unsigned count =
        set ? sm->pinctrl >> PIO_SM0_PINCTRL_SET_COUNT_LSB & 7 : sm->pinctrl >> PIO_SM0_PINCTRL_OUT_COUNT_LSB & 63;
    code->pin_base = sm->pinctrl >> (set ? PIO_SM0_PINCTRL_SET_BASE_LSB : PIO_SM0_PINCTRL_OUT_BASE_LSB) & 31;
    code->pin_mask = rotate_left(low_bits(count), code->pin_base);
}

void pio_decode_one(const pio_t *pio, const sm_t *sm, uint16_t raw, unsigned at, pio_code_t *code)
{
    static const uint8_t op_of[8] = {OP_JMP, OP_WAIT, OP_IN, OP_OUT, OP_PUSH, OP_MOV, OP_IRQ, OP_SET};
    (void)pio;
    *code = (pio_code_t){.op = op_of[raw >> 13], .arg = raw >> 5 & 7, .bits = raw & 31, .raw = raw};
    decode_side(sm, raw, code);
    if ((code->op == OP_OUT && code->arg == pio_exec_out) || (code->op == OP_MOV && code->arg == pio_exec_mov))
        code->delay = 0; // ignored: what is executed may have its own
    code->advance = (1u + code->delay) * sm->div;
    unsigned top = sm->execctrl >> PIO_SM0_EXECCTRL_WRAP_TOP_LSB & 31;
    unsigned bottom = sm->execctrl >> PIO_SM0_EXECCTRL_WRAP_BOTTOM_LSB & 31;
    code->next = (uint8_t)(at == top ? bottom : (at + 1) & 31);
    decode_pins(sm, code->op == OP_SET, code);
    switch (code->op) {
    case OP_IN:
    case OP_OUT:
        code->bits = code->bits ? code->bits : 32;
        if (code->op == OP_OUT && code->arg == 0 && !(sm->execctrl >> PIO_SM0_EXECCTRL_INLINE_OUT_EN_LSB & 1))
            code->op = OP_OUT_PINS;
        break;
    case OP_WAIT:
        code->rest = code->arg >> 2;
        code->arg &= 3;
        break;
    case OP_PUSH:
        code->op = code->arg & 4 ? OP_PULL : OP_PUSH;
        code->rest = code->arg & 3;
        break;
    case OP_MOV:
        code->rest = code->bits >> 3;
        code->bits &= 7;
        break;
    case OP_IRQ:
        code->rest = code->arg & 3;
        break;
    default:
        break;
    }
}

static bool looks_at_pins(const pio_code_t *code)
{
    return (code->op == OP_JMP && code->arg == 6) || (code->op == OP_WAIT && code->arg != 2) ||
           (code->op == OP_IN && code->arg == 0) || (code->op == OP_MOV && code->bits == 0);
}

/// The loop that serialisers spend their time in.
static bool begins_loop(const sm_t *sm, unsigned at)
{
    const pio_code_t *out = &sm->code[at];
    const pio_code_t *jump = &sm->code[(at + 1) & 31];
    return out->op == OP_OUT_PINS && out->bits == 1 && out->next == ((at + 1) & 31) && !out->delay &&
           jump->op == OP_JMP && jump->arg == 2 && jump->bits == at && !jump->delay && !out->side_dirs && !sm->sticky;
}

void pio_decode(pio_t *pio, sm_t *sm)
{
    for (unsigned at = 0; at < 32; at++)
        pio_decode_one(pio, sm, pio->instr_mem[at], at, &sm->code[at]);
    for (unsigned at = 0; at < 32; at++) {
        sm->code[at].begins_loop = begins_loop(sm, at);
        chip.inputs_used |= looks_at_pins(&sm->code[at]) && sm->code[at].raw;
    }
}

// ---- what instructions do ------------------------------------------------------------------------------------------

/// Bits out of the OSR.
static inline uint32_t shift_out(sm_t *sm, unsigned bits)
{
    uint32_t data;
    if (sm->shiftctrl >> PIO_SM0_SHIFTCTRL_OUT_SHIFTDIR_LSB & 1) {
        data = sm->osr & low_bits(bits);
        sm->osr = bits >= 32 ? 0 : sm->osr >> bits;
    } else {
        data = sm->osr >> (32 - bits);
        sm->osr = bits >= 32 ? 0 : sm->osr << bits;
    }
    unsigned count = sm->osr_count + bits;
    sm->osr_count = (uint8_t)(count > 32 ? 32 : count);
    return data;
}

static inline uint32_t take_tx(const pio_t *pio, sm_t *sm, uint64_t cycle)
{
    uint32_t word = sm->tx[sm->tx_head];
    sm->tx_head = (sm->tx_head + 1) & 7;
    sm->tx_level--;
    dma_request(pio->index * 8u + sm->index, cycle);
    if (pio->inte[0] | pio->inte[1]) {
        chip.look = true;
        engine_stop_after(cycle);
    }
    return word;
}

/// The OSR is empty: fill it, or remember that it wants filling.
static inline void refill(const pio_t *pio, sm_t *sm, uint64_t cycle)
{
    if (sm->tx_level) {
        sm->osr = take_tx(pio, sm, cycle);
        sm->osr_count = 0;
        sm->thirsty = false;
    } else {
        sm->thirsty = true;
        sm->special = true;
    }
}

/// A stall on an empty transmit FIFO: nothing happens until a word comes.
static bool stall_tx(pio_t *pio, sm_t *sm)
{
    pio->fdebug |= 1u << (PIO_FDEBUG_TXSTALL_LSB + sm->index);
    pio_set_mode(pio, sm, SM_WAIT_TX);
    return false;
}

static bool stall_rx(pio_t *pio, sm_t *sm)
{
    pio->fdebug |= 1u << (PIO_FDEBUG_RXSTALL_LSB + sm->index);
    pio_set_mode(pio, sm, SM_WAIT_RX);
    return false;
}

static void put_rx(const pio_t *pio, sm_t *sm, uint32_t word, uint64_t cycle)
{
    sm->rx[(sm->rx_head + sm->rx_level++) & 7] = word;
    dma_request(pio->index * 8u + 4u + sm->index, cycle);
    if (pio->inte[0] | pio->inte[1]) {
        chip.look = true;
        engine_stop_after(cycle);
    }
}

static bool out_ready(pio_t *pio, sm_t *sm, uint64_t cycle)
{
    if (sm->osr_count < sm->pull_at)
        return true;
    if (sm->tx_level == 0)
        return stall_tx(pio, sm);
    refill(pio, sm, cycle);
    return false; // the refill takes this tick
}

static void set_dirs(pio_t *pio, uint32_t mask, uint32_t value, uint64_t cycle)
{
    uint32_t oe = (pio->oe & ~mask) | (value & mask);
    if (oe == pio->oe)
        return;
    pio->oe = oe;
    gpio_changed(cycle);
}

static void execute_next(const pio_t *pio, sm_t *sm, uint16_t raw)
{
    pio_decode_one(pio, sm, raw, 0, &sm->executed);
    sm->executed.next = NEXT_KEEP;
    sm->executing = true;
    sm->special = true;
}

static uint32_t pins_at(const pio_t *pio, const sm_t *sm, uint64_t cycle)
{
    unsigned base = sm->pinctrl >> PIO_SM0_PINCTRL_IN_BASE_LSB & 31;
    uint32_t pins = gpio_inputs(pio, cycle);
    pins = rotate_left(pins, 32 - base);
    unsigned count = sm->shiftctrl & PIO_SM0_SHIFTCTRL_IN_COUNT_BITS;
    return count && chip.rp2350 ? pins & low_bits(count) : pins;
}

static uint32_t status(const pio_t *pio, const sm_t *sm)
{
    unsigned n = sm->execctrl & PIO_SM0_EXECCTRL_STATUS_N_BITS;
    switch (sm->execctrl >> PIO_SM0_EXECCTRL_STATUS_SEL_LSB & 3) {
    case STATUS_TX_LESSTHAN:
        return sm->tx_level < n ? UINT32_MAX : 0;
    case STATUS_RX_LESSTHAN:
        return sm->rx_level < n ? UINT32_MAX : 0;
    default:
        return pio->irq_flags >> (n & 7) & 1 ? UINT32_MAX : 0;
    }
}

static uint32_t source(const pio_t *pio, const sm_t *sm, unsigned from, uint64_t cycle)
{
    switch (from) {
    case pio_pins:
        return pins_at(pio, sm, cycle);
    case pio_x:
        return sm->x;
    case pio_y:
        return sm->y;
    case pio_status:
        return status(pio, sm);
    case pio_isr:
        return sm->isr;
    case pio_osr:
        return sm->osr;
    default:
        return 0;
    }
}

/// The PIO and the flag that an IRQ or WAIT IRQ names: RP2350 can also name the PIO before and after.
static pio_t *flag(pio_t *pio, const sm_t *sm, unsigned index, unsigned *which)
{
    *which = index & 7;
    unsigned mode = index >> 3 & 3;
    if (mode & 2 && !(mode & 1 && chip.rp2350))
        *which = (index & 4) | ((index + sm->index) & 3);
    if (!chip.rp2350 || mode == 0 || mode == 2)
        return pio;
    return &chip.pio[(pio->index + (mode == 1 ? chip.pios - 1u : 1u)) % chip.pios];
}

static void flags_changed(uint64_t cycle)
{
    chip.look = true;
    engine_stop_after(cycle);
}

static bool do_jump(const pio_t *pio, sm_t *sm, const pio_code_t *code, uint64_t cycle)
{
    switch (code->arg) {
    case 0:
        return true;
    case 1:
        return sm->x == 0;
    case 2:
        return sm->x-- != 0;
    case 3:
        return sm->y == 0;
    case 4:
        return sm->y-- != 0;
    case 5:
        return sm->x != sm->y;
    case 6:
        return gpio_inputs(pio, cycle) >> (sm->execctrl >> PIO_SM0_EXECCTRL_JMP_PIN_LSB & 31) & 1;
    default:
        return sm->osr_count < sm->pull_threshold;
    }
}

static bool do_wait(pio_t *pio, sm_t *sm, const pio_code_t *code, uint64_t cycle)
{
    unsigned which;
    switch (code->arg) {
    case 0:
        return (gpio_inputs(pio, cycle) >> code->bits & 1) == code->rest;
    case 1:
        return (pins_at(pio, sm, cycle) >> code->bits & 1) == code->rest;
    case 2: {
        pio_t *owner = flag(pio, sm, code->bits, &which);
        if ((owner->irq_flags >> which & 1) != code->rest)
            return false;
        if (code->rest) {
            owner->irq_flags &= (uint8_t) ~(1u << which);
            flags_changed(cycle);
        }
        return true;
    }
    default: // RP2350: the jump pin, plus an offset
        which = ((sm->execctrl >> PIO_SM0_EXECCTRL_JMP_PIN_LSB) + (code->bits & 3)) & 31;
        return (gpio_inputs(pio, cycle) >> which & 1) == code->rest;
    }
}

static bool do_in(pio_t *pio, sm_t *sm, const pio_code_t *code, uint64_t cycle)
{
    unsigned count = sm->isr_count + code->bits;
    if (count >= sm->push_at && sm->rx_level == sm->rx_depth)
        return stall_rx(pio, sm);
    uint32_t data = source(pio, sm, code->arg, cycle) & low_bits(code->bits);
    if (code->bits == 32)
        sm->isr = data;
    else if (sm->shiftctrl >> PIO_SM0_SHIFTCTRL_IN_SHIFTDIR_LSB & 1)
        sm->isr = sm->isr >> code->bits | data << (32 - code->bits);
    else
        sm->isr = sm->isr << code->bits | data;
    sm->isr_count = (uint8_t)(count > 32 ? 32 : count);
    if (count >= sm->push_at) {
        put_rx(pio, sm, sm->isr, cycle);
        sm->isr = 0;
        sm->isr_count = 0;
    }
    return true;
}

static bool do_push(pio_t *pio, sm_t *sm, const pio_code_t *code, uint64_t cycle)
{
    if (code->rest & 2 && sm->isr_count < sm->push_threshold)
        return true;
    if (sm->rx_level == sm->rx_depth) {
        if (code->rest & 1)
            return stall_rx(pio, sm);
        pio->fdebug |= 1u << (PIO_FDEBUG_RXSTALL_LSB + sm->index); // the word is lost
    } else {
        put_rx(pio, sm, sm->isr, cycle);
    }
    sm->isr = 0;
    sm->isr_count = 0;
    return true;
}

static bool do_pull(pio_t *pio, sm_t *sm, const pio_code_t *code, uint64_t cycle)
{
    bool autopull = sm->pull_at != PULL_NEVER;
    if ((code->rest & 2 && sm->osr_count < sm->pull_threshold) || (autopull && sm->osr_count < sm->pull_at))
        return true;
    if (sm->tx_level) {
        sm->osr = take_tx(pio, sm, cycle);
    } else {
        if (code->rest & 1)
            return stall_tx(pio, sm);
        sm->osr = sm->x;
    }
    sm->osr_count = 0;
    sm->thirsty = false;
    return true;
}

static uint32_t reversed(uint32_t value)
{
    value = (value >> 1 & 0x55555555u) | (value & 0x55555555u) << 1;
    value = (value >> 2 & 0x33333333u) | (value & 0x33333333u) << 2;
    value = (value >> 4 & 0x0f0f0f0fu) | (value & 0x0f0f0f0fu) << 4;
    return __builtin_bswap32(value);
}

/// Write pins; OUT_STICKY remembers what.
static uint32_t to_pins(sm_t *sm, uint32_t out, uint32_t mask, uint32_t value)
{
    if (sm->sticky) {
        sm->sticky_mask = mask;
        sm->sticky_value = value & mask;
    }
    return (out & ~mask) | (value & mask);
}

static void do_mov(pio_t *pio, sm_t *sm, const pio_code_t *code, uint64_t cycle, uint32_t *out)
{
    uint32_t value = source(pio, sm, code->bits, cycle);
    if (code->rest == 1)
        value = ~value;
    else if (code->rest == 2)
        value = reversed(value);
    switch (code->arg) {
    case pio_pins:
        *out = to_pins(sm, *out, code->pin_mask, rotate_left(value, code->pin_base));
        break;
    case pio_x:
        sm->x = value;
        break;
    case pio_y:
        sm->y = value;
        break;
    case 3: // RP2350: pin directions
        if (chip.rp2350)
            set_dirs(pio, code->pin_mask, rotate_left(value, code->pin_base), cycle);
        break;
    case pio_exec_mov:
        execute_next(pio, sm, (uint16_t)value);
        break;
    case pio_pc:
        sm->pc = value & 31;
        break;
    case pio_isr:
        sm->isr = value;
        sm->isr_count = 0;
        break;
    default:
        sm->osr = value;
        sm->osr_count = 0;
        sm->thirsty = false;
        break;
    }
}

static bool do_irq(pio_t *pio, sm_t *sm, const pio_code_t *code, uint64_t cycle)
{
    unsigned which;
    pio_t *owner = flag(pio, sm, code->bits, &which);
    if (sm->irq_wait) {
        if (owner->irq_flags >> which & 1)
            return false;
        sm->irq_wait = false;
        return true;
    }
    if (code->rest & 2)
        owner->irq_flags &= (uint8_t) ~(1u << which);
    else
        owner->irq_flags |= (uint8_t)(1u << which);
    flags_changed(cycle);
    sm->irq_wait = (code->rest & 3) == 1;
    return !sm->irq_wait;
}

static void do_set(pio_t *pio, sm_t *sm, const pio_code_t *code, uint64_t cycle, uint32_t *out)
{
    uint32_t pins = rotate_left(code->bits, code->pin_base);
    if (code->arg == pio_pins)
        *out = to_pins(sm, *out, code->pin_mask, pins);
    else if (code->arg == pio_pindirs)
        set_dirs(pio, code->pin_mask, pins, cycle);
    else if (code->arg == pio_x)
        sm->x = code->bits;
    else if (code->arg == pio_y)
        sm->y = code->bits;
}

/// OUT to anything but plain pins. The OSR has been found ready.
static void do_out(pio_t *pio, sm_t *sm, const pio_code_t *code, uint64_t cycle, uint32_t *out)
{
    uint32_t data = shift_out(sm, code->bits);
    switch (code->arg) {
    case pio_pins: { // with an inline enable
        unsigned which = sm->execctrl >> PIO_SM0_EXECCTRL_OUT_EN_SEL_LSB & 31;
        if (data >> which & 1)
            *out = to_pins(sm, *out, code->pin_mask, rotate_left(data, code->pin_base));
        else
            sm->sticky_mask = 0;
        break;
    }
    case pio_x:
        sm->x = data;
        break;
    case pio_y:
        sm->y = data;
        break;
    case pio_pindirs:
        set_dirs(pio, code->pin_mask, rotate_left(data, code->pin_base), cycle);
        break;
    case pio_pc:
        sm->pc = data & 31;
        break;
    case pio_isr:
        sm->isr = data;
        sm->isr_count = code->bits;
        break;
    case pio_exec_out:
        execute_next(pio, sm, (uint16_t)data);
        break;
    default:
        break;
    }
}

static void go_on(sm_t *sm, const pio_code_t *code)
{
    if (code->next != NEXT_KEEP)
        sm->pc = code->next;
}

/// One instruction in `cycle`, its delay apart. False when it stalls.
static bool act(pio_t *pio, sm_t *sm, const pio_code_t *code, uint64_t cycle)
{
    uint32_t out = pio->out;
    uint8_t pc = sm->pc;
    bool done = true;
    go_on(sm, code);
    switch ((pio_op_t)code->op) {
    case OP_JMP:
        if (do_jump(pio, sm, code, cycle))
            sm->pc = code->bits;
        break;
    case OP_WAIT:
        done = do_wait(pio, sm, code, cycle);
        break;
    case OP_IN:
        done = do_in(pio, sm, code, cycle);
        break;
    case OP_OUT_PINS:
        done = out_ready(pio, sm, cycle);
        if (done)
            out = to_pins(sm, out, code->pin_mask, rotate_left(shift_out(sm, code->bits), code->pin_base));
        break;
    case OP_OUT:
        done = out_ready(pio, sm, cycle);
        if (done)
            do_out(pio, sm, code, cycle, &out);
        break;
    case OP_PUSH:
        done = do_push(pio, sm, code, cycle);
        break;
    case OP_PULL:
        done = do_pull(pio, sm, code, cycle);
        break;
    case OP_MOV:
        do_mov(pio, sm, code, cycle, &out);
        break;
    case OP_IRQ:
        done = do_irq(pio, sm, code, cycle);
        break;
    case OP_SET:
        do_set(pio, sm, code, cycle, &out);
        break;
    }
    if (!done)
        sm->pc = pc;
    if (code->side_dirs)
        set_dirs(pio, code->side_mask, code->side_value, cycle);
    else
        out = (out & ~code->side_mask) | code->side_value;
    gpio_pio_out(pio, out, cycle);
    if (sm->osr_count >= sm->pull_at && (done || (code->op != OP_OUT_PINS && code->op != OP_OUT)))
        refill(pio, sm, cycle);
    return done;
}

// ---- ticks ---------------------------------------------------------------------------------------------------------

/// A tick that needs care: delays, an empty OSR, executed and forced instructions.
static void slow_tick(pio_t *pio, sm_t *sm)
{
    uint64_t cycle = sm->tick >> NEVER_SHIFT;
    uint32_t step = sm->forced ? 256 : sm->div;
    if (sm->sticky && sm->sticky_mask)
        gpio_pio_out(pio, (pio->out & ~sm->sticky_mask) | sm->sticky_value, cycle);
    if (sm->delay_left && !sm->forced) {
        sm->delay_left--;
        if (sm->osr_count >= sm->pull_at)
            refill(pio, sm, cycle);
    } else if (sm->executing) {
        pio_code_t code = sm->executed;
        bool forced = sm->forced;
        sm->executing = false;
        sm->instructions++;
        if (!act(pio, sm, &code, cycle)) {
            sm->executing = true;
        } else if (forced) {
            sm->forced = false;
            sm->tick = pio_tick_after(sm, sm->pattern, cycle);
            step = 0;
            if (!sm->enabled)
                pio_set_mode(pio, sm, SM_OFF);
        } else {
            sm->delay_left = code.delay;
        }
    } else {
        const pio_code_t *code = &sm->code[sm->pc];
        sm->instructions++;
        if (act(pio, sm, code, cycle))
            sm->delay_left = code->delay;
    }
    sm->tick += step;
    sm->special = sm->delay_left || sm->thirsty || sm->executing || sm->forced || sm->sticky;
}

void pio_force(pio_t *pio, sm_t *sm, uint16_t raw)
{
    uint64_t cycle = chip.now;
    bool was_executing = sm->executing && !sm->forced;
    pio_code_t kept = sm->executed;
    if (sm->forced) { // replaced: the one that waits is given up
        sm->forced = sm->executing = false;
        sm->tick = sm->pattern;
    }
    sm->irq_wait = false;
    pio_code_t code;
    pio_decode_one(pio, sm, raw, 0, &code);
    chip.inputs_used |= looks_at_pins(&code);
    code.next = NEXT_KEEP;
    sm->instructions++;
    if (act(pio, sm, &code, cycle)) {
        if (was_executing && !sm->executing) {
            sm->executed = kept;
            sm->executing = true;
        }
        sm->special |= sm->executing || sm->thirsty;
        if (sm->mode == SM_WAIT_TX || sm->mode == SM_WAIT_RX) { // what waited looks again
            sm->tick = pio_tick_after(sm, sm->tick, cycle);
            pio_set_mode(pio, sm, sm->enabled ? SM_RUN : SM_OFF);
        }
        return;
    }
    sm->pattern = sm->tick;
    sm->executed = code;
    sm->executing = sm->forced = sm->special = true;
    sm->tick = (cycle + 1) << NEVER_SHIFT;
    if (sm->mode == SM_OFF)
        pio_set_mode(pio, sm, SM_RUN);
}

/// Levels have become `after` while nothing but one state machine runs.
static inline void tell(uint64_t before, uint64_t after, uint64_t tick, uint64_t any, uint64_t rising)
{
    uint64_t changed = after ^ before;
    if (!(changed & (any | (after & rising))))
        return;
    chip.levels = after;
    if (chip.listeners == 1)
        chip.listener[0].call(chip.listener[0].context, tick >> NEVER_SHIFT, after, changed);
    else
        gpio_tell(tick >> NEVER_SHIFT, after, changed);
}

/// What an instruction does to levels: those of `keep` stay, those of `set` are high.
typedef struct {
    uint64_t keep, set;
} effect_t;

static effect_t effect_of(const pio_t *pio, uint32_t written, uint32_t value)
{
    return (effect_t){~(((uint64_t)written << pio->base) & pio->driven), ((uint64_t)value << pio->base) & pio->driven};
}

/// How many turns of a two-tick loop fit: below `end`, without emptying the OSR, and each with its jump taken.
static unsigned turns_that_fit(const sm_t *sm, uint64_t tick, uint64_t end)
{
    unsigned turns = sm->pull_at == PULL_NEVER ? 32u : sm->pull_at - 1u - sm->osr_count;
    if (turns > sm->x)
        turns = sm->x;
    if (turns * 2ull * sm->div > end - tick)
        turns = (unsigned)((end - tick + sm->div - 1) / (2ull * sm->div));
    return turns;
}

/// What turns of the loop do to levels.
typedef struct {
    effect_t shift, back; ///< by the OUT, by the jump
    uint64_t high;        ///< the data pin, if it is seen
} loop_t;

/// Tells the only listener of all turns at once, if it takes them so. `osr`: the first bit highest.
static bool tell_all(const loop_t *loop, uint64_t tick, uint32_t div, uint32_t osr, unsigned turns)
{
    const listener_t *listener = &chip.listener[0];
    if (chip.listeners != 1 || !listener->serial || turns > 31)
        return false;
    const uint64_t begin = chip.levels;
    const uint64_t low = (begin & loop->shift.keep) | loop->shift.set;
    const uint64_t end = (low & loop->back.keep) | loop->back.set;
    const uint64_t moves = (begin ^ low) | (low ^ end) | loop->high;
    const uint64_t rises_early = (low & ~(begin & end)) | loop->high;
    if (moves & listener->any || rises_early & listener->rising || loop->high & ~loop->back.keep)
        return false;
    const serial_t serial = {.data = loop->high,
                             .rises = end & ~low & listener->rising,
                             .last_cycle = (tick + (2ull * turns - 1) * div) >> NEVER_SHIFT,
                             .bits = osr >> (32 - turns),
                             .count = turns};
    if (!listener->serial(listener->context, &serial))
        return false;
    chip.levels = (end & ~loop->high) | (loop->high & -(uint64_t)(serial.bits & 1));
    return true;
}

/// Tells each change by itself.
static void tell_each(const loop_t *loop, uint64_t tick, uint32_t div, uint32_t osr, unsigned turns)
{
    const uint64_t any = chip.listened_any;
    const uint64_t rising = chip.listened_rising;
    uint64_t levels = chip.levels;
    for (; turns; turns--) {
        uint64_t low = (levels & loop->shift.keep) | loop->shift.set | (loop->high & -(uint64_t)(osr >> 31));
        osr <<= 1;
        tell(levels, low, tick, any, rising);
        tick += div;
        levels = (low & loop->back.keep) | loop->back.set;
        tell(low, levels, tick, any, rising);
        tick += div;
    }
    chip.levels = levels;
}

/// Many turns of the loop at `code` in one go: exactly what as many single steps do. Returns the tick after them.
static uint64_t run_bits(pio_t *pio, sm_t *sm, const pio_code_t *code, uint64_t tick, uint64_t end)
{
    const unsigned turns = turns_that_fit(sm, tick, end);
    if (turns == 0)
        return tick;
    const pio_code_t *jump = code + 1 - (code == &sm->code[31] ? 32 : 0);
    const uint32_t one = rotate_left(1, code->pin_base) & code->pin_mask & ~code->side_mask;
    const uint32_t written = code->pin_mask | code->side_mask;
    const bool right = sm->shiftctrl >> PIO_SM0_SHIFTCTRL_OUT_SHIFTDIR_LSB & 1;
    const uint32_t osr = right ? reversed(sm->osr) : sm->osr;
    const loop_t loop = {effect_of(pio, written, code->side_value), effect_of(pio, jump->side_mask, jump->side_value),
                         ((uint64_t)one << pio->base) & pio->driven};
    if (!tell_all(&loop, tick, sm->div, osr, turns)) { // a decoder that looks at a half's first bit takes the others so
        tell_each(&loop, tick, sm->div, osr, 1);
        if (turns > 1 && !tell_all(&loop, tick + 2ull * sm->div, sm->div, osr << 1, turns - 1))
            tell_each(&loop, tick + 2ull * sm->div, sm->div, osr << 1, turns - 1);
    }
    pio->out = (pio->out & ~written) | code->side_value | (osr >> (32 - turns) & 1 ? one : 0);
    pio->out = (pio->out & ~jump->side_mask) | jump->side_value;
    const uint32_t left = turns < 32 ? osr << turns : 0;
    sm->osr = right ? reversed(left) : left;
    unsigned count = sm->osr_count + turns;
    sm->osr_count = (uint8_t)(count > 32 ? 32 : count);
    sm->x -= turns;
    sm->instructions += 2ull * turns;
    return tick + 2ull * turns * sm->div;
}

void pio_sm_run(pio_t *pio, sm_t *sm, uint64_t bound)
{
    uint64_t tick = sm->tick;
    uint64_t count = 0;
    while (tick < bound && tick < chip.limit) {
        if (sm->special) {
            sm->tick = tick;
            slow_tick(pio, sm);
            tick = sm->tick;
            if (sm->mode != SM_RUN)
                break;
            continue;
        }
        const pio_code_t *code = &sm->code[sm->pc];
        if (code->begins_loop && !chip.inputs_used) {
            uint64_t after = run_bits(pio, sm, code, tick, bound < chip.limit ? bound : chip.limit);
            if (after != tick) {
                tick = after;
                continue;
            }
        }
        count++;
        bool done = act(pio, sm, code, tick >> NEVER_SHIFT);
        if (done && !sm->special) {
            tick += code->advance;
        } else {
            tick += sm->div;
            if (done) {
                sm->delay_left = code->delay;
                sm->special = true;
            } else if (sm->mode != SM_RUN) {
                break;
            }
        }
    }
    sm->tick = tick;
    sm->instructions += count;
}
