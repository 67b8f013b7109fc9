// The PWM slices. In: registers as the processor or the DMA writes them. Out: levels of pins at the exact cycle, requests
// to the DMA, interrupts, and period boundaries for the decoder (pwm_decode.c).
//
// A slice counts when its divider ticks: tick n after a start in cycle c falls into cycle c + 1 + floor(n * divisor / 16).
// With each count the output registers take `counter < CC`, and the counter moves: from TOP to 0, or in phase-correct
// mode back down and from 0 to 0. That last count is the wrap: there CC and TOP are latched, the interrupt is raised and
// the DMA is asked. So the pin rises one count after the wrap, is high for CC counts of TOP + 1, always when CC is above
// TOP, and never when CC is 0. While a slice is halted, writes are latched at once, and its pins keep their levels.
// (RP2040 datasheet 4.5.2, RP2350 datasheet 12.5.2; halted slices: pico-sdk, hardware/pwm.h.)
//
// The datasheets do not say: by how much a pin lags the counter, what the divider does while a slice is halted (here it
// starts anew), what a counter above TOP does (here it goes on to 65535, and wraps there), nor that an integer divisor of 0
// is 256 (it is for the PIO). Counting events of the B pin is not modelled.
//
// Invariants: a slice's state is that after all counts up to some cycle, and pwm_settle brings it to any later one. A slice
// whose counts somebody can see or hears of is never settled beyond `next`, but by the event itself.

#include "hardware/pwm.h"
#include "chip/model.h"

#include <string.h>

enum { REGISTERS_OF_SLICE = 5, DIV_OF_ZERO = 256 << 4, DIV_ONE = 16, COUNTER_END = 0xffff };

void pwm_reset(void)
{
    memset(&chip.pwm, 0, sizeof chip.pwm);
    chip.pwm.next = NEVER;
    chip.pwm.dirty = true;
    for (unsigned n = 0; n < CHIP_PWM_SLICES_MAX; n++)
        chip.pwm.slice[n] = (slice_t){.next = NEVER,
                                      .extra = NEVER,
                                      .div = DIV_ONE,
                                      .div_reg = PWM_CH0_DIV_RESET,
                                      .top = PWM_CH0_TOP_RESET,
                                      .top_reg = PWM_CH0_TOP_RESET};
}

static unsigned index_of(const slice_t *s)
{
    return (unsigned)(s - chip.pwm.slice);
}

// ---- counting ------------------------------------------------------------------------------------------------------

/// The last value before the counter turns.
static uint32_t end_of(const slice_t *s)
{
    return s->ctr <= s->top ? s->top : COUNTER_END;
}

/// What the output registers take at a count that finds the counter at `value`.
static uint8_t compare(const slice_t *s, uint32_t value)
{
    return (uint8_t)((value < s->cc[0]) | (value < s->cc[1]) << 1);
}

static bool phase_correct(const slice_t *s)
{
    return s->csr & PWM_CH0_CSR_PH_CORRECT_BITS;
}

static void latch(slice_t *s)
{
    s->cc[0] = (uint16_t)s->cc_reg;
    s->cc[1] = (uint16_t)(s->cc_reg >> PWM_CH0_CC_B_LSB);
    s->top = (uint16_t)s->top_reg;
}

static void wrap(slice_t *s, uint64_t cycle)
{
    pwm_t *pwm = &chip.pwm;
    uint32_t bit = 1u << index_of(s);
    latch(s);
    pwm->intr |= bit;
    if ((pwm->inte[0] | pwm->inte[1]) & bit) {
        chip.look = true;
        engine_stop_after(cycle);
    }
    if (pwm->asked & bit)
        dma_pulse(pwm_get_dreq(index_of(s)), cycle);
}

static void count(slice_t *s, uint64_t cycle)
{
    s->out = compare(s, s->ctr);
    if (s->watched && s->ctr == 0 && !s->down)
        pwm_boundary(index_of(s), cycle);
    if (s->down && s->ctr) {
        s->ctr--;
    } else if (s->down) {
        s->down = false;
        wrap(s, cycle);
    } else if (s->ctr != end_of(s)) {
        s->ctr++;
    } else if (phase_correct(s)) {
        s->down = true;
    } else {
        s->ctr = 0;
        wrap(s, cycle);
    }
}

/// Counts that change nothing but the counter, before one that may change more.
static uint32_t quiet_counts(const slice_t *s)
{
    if (compare(s, s->ctr) != s->out || (s->watched && s->ctr == 0 && !s->down))
        return 0;
    uint32_t counts = s->down ? s->ctr : end_of(s) - s->ctr;
    for (unsigned channel = 0; channel < 2; channel++) {
        uint32_t cc = s->cc[channel];
        if (!s->down && s->ctr < cc && cc - s->ctr < counts)
            counts = cc - s->ctr;
        if (s->down && s->ctr >= cc && cc > 0 && s->ctr - cc + 1 < counts)
            counts = s->ctr - cc + 1;
    }
    return counts;
}

static void move(slice_t *s, uint64_t counts)
{
    s->ctr = (uint16_t)(s->down ? s->ctr - counts : s->ctr + counts);
    s->tick += counts * s->div;
}

static void settle_counts(slice_t *s, uint64_t cycle)
{
    uint64_t limit = (cycle + 1) << PWM_SHIFT;
    while (s->tick < limit) {
        uint32_t quiet = quiet_counts(s);
        if (quiet) {
            if (s->tick + (uint64_t)quiet * s->div >= limit) {
                move(s, (limit - 1 - s->tick) / s->div + 1);
                return;
            }
            move(s, quiet);
        }
        count(s, s->tick >> PWM_SHIFT);
        s->tick += s->div;
    }
}

void pwm_settle(slice_t *s, uint64_t cycle)
{
    if (s->extra <= cycle) { // a count between two ticks
        uint64_t at = s->extra;
        s->extra = NEVER;
        s->csr &= ~PWM_CH0_CSR_PH_ADV_BITS;
        if (s->enabled)
            settle_counts(s, at - 1);
        count(s, at);
    }
    if (s->enabled)
        settle_counts(s, cycle);
}

// ---- order of time -------------------------------------------------------------------------------------------------

/// Must each wrap be acted on in its own cycle?
static bool wrap_is_heard(const slice_t *s)
{
    return (chip.pwm.inte[0] | chip.pwm.inte[1] | chip.pwm.asked) >> index_of(s) & 1;
}

/// First tick at which something may happen that others see.
static uint64_t next_tick(const slice_t *s)
{
    uint32_t quiet = quiet_counts(s);
    uint64_t tick = s->tick + (uint64_t)quiet * s->div;
    uint32_t value = s->ctr + quiet;
    bool only_wraps = !s->down && !phase_correct(s) && value == end_of(s) && compare(s, value) == s->out;
    if (only_wraps && !wrap_is_heard(s) && !(s->watched && value == 0))
        tick += s->div; // a wrap of which nobody hears is taken together with the count after it, when the pins rise
    return tick;
}

static void schedule(slice_t *s)
{
    pwm_t *pwm = &chip.pwm;
    uint16_t bit = (uint16_t)(1u << index_of(s));
    bool heard = s->enabled && (s->pins[0] | s->pins[1] || s->watched || wrap_is_heard(s));
    uint64_t next = heard ? next_tick(s) >> PWM_SHIFT : NEVER;
    s->next = s->extra < next ? s->extra : next;
    pwm->active = (uint16_t)(s->next == NEVER ? pwm->active & ~bit : pwm->active | bit);
}

static void find_next(void)
{
    uint64_t next = NEVER;
    for (unsigned left = chip.pwm.active; left; left &= left - 1) {
        const slice_t *s = &chip.pwm.slice[__builtin_ctz(left)];
        if (s->next < next)
            next = s->next;
    }
    chip.pwm.next = next;
}

static uint64_t levels_with(const slice_t *s, uint64_t levels)
{
    uint32_t out = s->out ^ (s->csr >> PWM_CH0_CSR_A_INV_LSB & 3);
    levels &= ~(s->pins[0] | s->pins[1]);
    return levels | (out & 1 ? s->pins[0] : 0) | (out & 2 ? s->pins[1] : 0);
}

static void show_pins(const slice_t *s, uint64_t cycle)
{
    if (s->pins[0] | s->pins[1])
        gpio_levels(cycle, levels_with(s, chip.levels));
}

void pwm_run(void)
{
    while (chip.pwm.next < chip.limit >> NEVER_SHIFT) { // the limit is a whole cycle
        uint64_t cycle = chip.pwm.next;
        for (unsigned left = chip.pwm.active; left; left &= left - 1) {
            slice_t *s = &chip.pwm.slice[__builtin_ctz(left)];
            if (s->next > cycle)
                continue;
            uint8_t before = s->out;
            pwm_settle(s, cycle);
            schedule(s);
            if (s->out != before)
                show_pins(s, cycle);
        }
        find_next();
    }
}

/// After a change of registers in `cycle`: everything that follows from it.
static void changed(slice_t *s, uint64_t cycle)
{
    schedule(s);
    find_next();
    show_pins(s, cycle);
}

void pwm_asked(unsigned dreq, uint64_t cycle)
{
    unsigned n = dreq - DREQ_PWM_WRAP0;
    if (n >= NUM_PWM_SLICES || chip.pwm.asked >> n & 1)
        return;
    slice_t *s = &chip.pwm.slice[n];
    pwm_settle(s, cycle);
    chip.pwm.asked |= (uint16_t)(1u << n);
    changed(s, cycle);
}

void pwm_watch(unsigned n)
{
    slice_t *s = &chip.pwm.slice[n];
    pwm_settle(s, chip.now);
    s->watched = true;
    changed(s, chip.now);
    engine_touch();
}

// ---- pins ----------------------------------------------------------------------------------------------------------

void pwm_unmap_pins(uint64_t cycle)
{
    for (unsigned n = 0; n < CHIP_PWM_SLICES_MAX; n++) {
        slice_t *s = &chip.pwm.slice[n];
        pwm_settle(s, cycle);
        s->pins[0] = s->pins[1] = 0;
    }
}

void pwm_map_pin(unsigned pin)
{
    chip.pwm.slice[PWM_GPIO_SLICE_NUM(pin)].pins[pin & 1] |= (uint64_t)1 << pin;
}

uint64_t pwm_levels(uint64_t levels)
{
    for (unsigned n = 0; n < CHIP_PWM_SLICES_MAX; n++) {
        slice_t *s = &chip.pwm.slice[n];
        levels = levels_with(s, levels);
        schedule(s);
    }
    find_next();
    return levels;
}

// ---- registers -----------------------------------------------------------------------------------------------------

uint32_t pwm_ints(unsigned line)
{
    return (chip.pwm.intr & chip.pwm.inte[line]) | chip.pwm.intf[line];
}

/// An extra count needs a cycle without a tick; at full speed there is none, and the bit stays set.
static void plan_extra(slice_t *s, uint64_t cycle)
{
    if (!(s->csr & PWM_CH0_CSR_PH_ADV_BITS) || s->extra != NEVER || (s->enabled && s->div == DIV_ONE))
        return;
    uint64_t at = cycle + 1;
    uint64_t tick = s->tick;
    while (s->enabled && tick >> PWM_SHIFT == at) {
        tick += s->div;
        at++;
    }
    s->extra = at;
}

static void skip_count(slice_t *s)
{
    s->skipped = s->tick >> PWM_SHIFT;
    s->tick += s->div;
    s->csr &= ~PWM_CH0_CSR_PH_RET_BITS;
}

static void write_csr(slice_t *s, uint32_t value, uint64_t cycle)
{
    if (value & PWM_CH0_CSR_DIVMODE_BITS)
        panic("PWM slice %u: counting events of the B pin is not modelled", index_of(s));
    uint32_t advancing = s->csr & PWM_CH0_CSR_PH_ADV_BITS; // a 0 does not take back what has not happened yet
    s->csr = (value & 0xff) | advancing;
    bool enabled = value & PWM_CH0_CSR_EN_BITS;
    if (enabled && !s->enabled)
        s->tick = (cycle + 1) << PWM_SHIFT;
    if (!enabled && s->enabled)
        pwm_cut(index_of(s));
    s->enabled = enabled;
    s->down = s->down && phase_correct(s);
    if (s->enabled && s->csr & PWM_CH0_CSR_PH_RET_BITS)
        skip_count(s);
    plan_extra(s, cycle);
}

static void write_div(slice_t *s, uint32_t value, uint64_t cycle)
{
    s->div_reg = value & PWM_CH0_DIV_BITS;
    s->div = s->div_reg < DIV_ONE ? DIV_OF_ZERO | s->div_reg : s->div_reg;
    plan_extra(s, cycle);
}

static void write_slice(slice_t *s, unsigned word, uint32_t value, uint64_t cycle)
{
    pwm_settle(s, cycle);
    switch (word) {
    case offsetof(pwm_slice_hw_t, csr) / 4:
        write_csr(s, value, cycle);
        break;
    case offsetof(pwm_slice_hw_t, div) / 4:
        write_div(s, value, cycle);
        break;
    case offsetof(pwm_slice_hw_t, ctr) / 4:
        s->ctr = (uint16_t)value;
        pwm_cut(index_of(s));
        break;
    case offsetof(pwm_slice_hw_t, cc) / 4:
        s->cc_reg = value;
        break;
    default:
        s->top_reg = value & PWM_CH0_TOP_RESET;
        break;
    }
    if (!s->enabled)
        latch(s);
    changed(s, cycle);
}

static void write_en(uint32_t value, uint64_t cycle)
{
    for (unsigned n = 0; n < NUM_PWM_SLICES; n++) {
        slice_t *s = &chip.pwm.slice[n];
        uint32_t csr = s->csr & ~(PWM_CH0_CSR_EN_BITS | PWM_CH0_CSR_PH_ADV_BITS);
        write_slice(s, 0, csr | (value >> n & 1), cycle);
    }
}

static void write_interrupts(uint32_t offset, uint32_t value, uint64_t cycle)
{
    pwm_t *pwm = &chip.pwm;
    uint32_t slices = (1u << NUM_PWM_SLICES) - 1;
    unsigned line = offset >= offsetof(pwm_hw_t, inte1);
    unsigned word = (offset - (uint32_t)offsetof(pwm_hw_t, inte)) / 4 % 3;
    for (unsigned n = 0; n < NUM_PWM_SLICES; n++) // wraps of which nobody heard may be due
        pwm_settle(&pwm->slice[n], cycle);
    if (offset == offsetof(pwm_hw_t, intr))
        pwm->intr &= ~value;
    else if (line >= NUM_PWM_IRQS)
        return;
    else if (word == 0)
        pwm->inte[line] = value & slices;
    else if (word == 1)
        pwm->intf[line] = value & slices;
    for (unsigned n = 0; n < NUM_PWM_SLICES; n++)
        schedule(&pwm->slice[n]);
    find_next();
    chip.look = true;
}

void pwm_register_write(uint32_t offset, uint32_t value, uint64_t cycle)
{
    unsigned word = offset / 4;
    chip.pwm.dirty = true;
    if (word < REGISTERS_OF_SLICE * NUM_PWM_SLICES)
        write_slice(&chip.pwm.slice[word / REGISTERS_OF_SLICE], word % REGISTERS_OF_SLICE, value, cycle);
    else if (offset == offsetof(pwm_hw_t, en))
        write_en(value, cycle);
    else if (offset >= offsetof(pwm_hw_t, intr) && offset < sizeof(pwm_hw_t))
        write_interrupts(offset, value, cycle);
}

static uint32_t read_slice(const slice_t *s, unsigned word, uint64_t cycle)
{
    const uint32_t words[REGISTERS_OF_SLICE] = {s->csr | (s->skipped > cycle ? PWM_CH0_CSR_PH_RET_BITS : 0), s->div_reg,
                                                s->ctr, s->cc_reg, s->top_reg};
    return words[word];
}

static uint32_t read_common(uint32_t offset)
{
    const pwm_t *pwm = &chip.pwm;
    const uint32_t words[8] = {0,           pwm->intr,    pwm->inte[0], pwm->intf[0],
                               pwm_ints(0), pwm->inte[1], pwm->intf[1], pwm_ints(1)};
    uint32_t en = 0;
    for (unsigned n = 0; n < NUM_PWM_SLICES && offset == offsetof(pwm_hw_t, en); n++)
        en |= (uint32_t)pwm->slice[n].enabled << n;
    unsigned at = (offset - (uint32_t)offsetof(pwm_hw_t, en)) / 4;
    return at < 8 ? words[at] | en : 0;
}

uint32_t pwm_register_read(uint32_t offset, uint64_t cycle)
{
    unsigned word = offset / 4;
    for (unsigned n = 0; n < NUM_PWM_SLICES; n++)
        pwm_settle(&chip.pwm.slice[n], cycle);
    if (word < REGISTERS_OF_SLICE * NUM_PWM_SLICES)
        return read_slice(&chip.pwm.slice[word / REGISTERS_OF_SLICE], word % REGISTERS_OF_SLICE, cycle);
    return read_common(offset);
}

/// All registers after a write; while slices run, what moves by itself.
void pwm_show(void)
{
    pwm_t *pwm = &chip.pwm;
    uint32_t *words = window_pwm();
    pwm->moving = 0;
    for (unsigned n = 0; n < NUM_PWM_SLICES; n++) {
        slice_t *s = &pwm->slice[n];
        if (!pwm->dirty && !s->enabled && s->extra == NEVER)
            continue;
        pwm_settle(s, chip.now);
        for (unsigned word = 0; word < REGISTERS_OF_SLICE; word++)
            words[n * REGISTERS_OF_SLICE + word] = read_slice(s, word, chip.now);
        if (s->enabled || s->extra != NEVER)
            pwm->moving |= (uint16_t)(1u << n);
    }
    uint32_t from = pwm->dirty ? (uint32_t)offsetof(pwm_hw_t, en) : (uint32_t)offsetof(pwm_hw_t, intr);
    for (uint32_t offset = from; offset < sizeof(pwm_hw_t); offset += 4)
        words[offset / 4] = read_common(offset);
    pwm->dirty = false;
}
