// pico-sdk's functions for the second core: launching it, the two FIFOs between the cores, and the lockout, in which one
// core makes the other wait with its interrupts masked, as writing flash needs it.
//
// A FIFO's flags belong to the core that looks: VLD and RDY are levels, WOF and ROE stay until they are cleared, and the
// core's interrupt is high while VLD, WOF or ROE is. (RP2040 datasheet 2.3.1.4 and register FIFO_ST, RP2350 datasheet
// 3.1.5.)

#include "chip/model.h"

#include "pico/multicore.h"
#include "pico/time.h"

#include <string.h>

/// RP2040: 8 words; RP2350: 4.
static unsigned depth(void)
{
    return chip.rp2350 ? 4 : 8;
}

static mailbox_t *inbox(void)
{
    return &chip.mailbox[chip.at];
}

static mailbox_t *outbox(void)
{
    return &chip.mailbox[1 - chip.at];
}

bool mailbox_line(unsigned core)
{
    const mailbox_t *box = &chip.mailbox[core];
    return box->level > 0 || box->overflowed || box->underflowed;
}

/// The register FIFO_WR.
static void write_word(uint32_t data)
{
    mailbox_t *box = outbox();
    if (box->level == depth())
        inbox()->overflowed = true;
    else
        box->word[(box->head + box->level++) & 7] = data;
    chip.look = true;
}

/// The register FIFO_RD.
static uint32_t read_word(void)
{
    mailbox_t *box = inbox();
    chip.look = true;
    if (box->level == 0) {
        box->underflowed = true;
        return 0;
    }
    uint32_t data = box->word[box->head];
    box->head = (box->head + 1) & 7;
    box->level--;
    return data;
}

// ---- launching -----------------------------------------------------------------------------------------------------

static void check_core0(const char *what)
{
    if (chip.at != 0)
        panic("%s: core 1 cannot do this to itself", what);
}

void multicore_launch_core1(void (*entry)(void))
{
    hook("multicore_launch_core1");
    check_core0("multicore_launch_core1");
    if (!entry)
        panic("multicore_launch_core1: no function");
    if (chip.core[1].on)
        panic("multicore_launch_core1: core 1 runs; multicore_reset_core1 comes first");
    memset(chip.mailbox, 0, sizeof chip.mailbox); // the boot ROM's handshake has used both
    core1_begin(entry);
    hook_end();
}

void multicore_launch_core1_with_stack(void (*entry)(void), uint32_t *stack_bottom, size_t stack_size_bytes)
{
    if (!stack_bottom || (uintptr_t)stack_bottom & 3 || stack_size_bytes & 3 || stack_size_bytes < 64)
        panic("multicore_launch_core1_with_stack: %zu bytes at %p are no stack", stack_size_bytes,
              (void *)stack_bottom);
    multicore_launch_core1(entry);
}

void multicore_reset_core1(void)
{
    hook("multicore_reset_core1");
    check_core0("multicore_reset_core1");
    core1_drop();
    chip.lockout_victim[1] = false;
    memset(chip.mailbox, 0, sizeof chip.mailbox);
    hook_end();
}

// ---- FIFOs ---------------------------------------------------------------------------------------------------------

bool multicore_fifo_rvalid(void)
{
    hook("multicore_fifo_rvalid");
    return inbox()->level > 0;
}

bool multicore_fifo_wready(void)
{
    hook("multicore_fifo_wready");
    return outbox()->level < depth();
}

static void put(uint32_t data)
{
    hook("multicore_fifo_push");
    write_word(data);
    hook_end();
    __sev();
}

static uint32_t get(void)
{
    hook("multicore_fifo_pop");
    uint32_t data = read_word();
    hook_end();
    return data;
}

void multicore_fifo_push_blocking(uint32_t data)
{
    while (!multicore_fifo_wready())
        tight_loop_contents();
    put(data);
}

void multicore_fifo_push_blocking_inline(uint32_t data)
{
    multicore_fifo_push_blocking(data);
}

bool multicore_fifo_push_timeout_us(uint32_t data, uint64_t timeout_us)
{
    absolute_time_t end = make_timeout_time_us(timeout_us);
    while (!multicore_fifo_wready()) {
        tight_loop_contents();
        if (time_reached(end))
            return false;
    }
    put(data);
    return true;
}

uint32_t multicore_fifo_pop_blocking(void)
{
    while (!multicore_fifo_rvalid())
        __wfe();
    return get();
}

uint32_t multicore_fifo_pop_blocking_inline(void)
{
    return multicore_fifo_pop_blocking();
}

bool multicore_fifo_pop_timeout_us(uint64_t timeout_us, uint32_t *out)
{
    absolute_time_t end = make_timeout_time_us(timeout_us);
    while (!multicore_fifo_rvalid())
        if (best_effort_wfe_or_timeout(end))
            return false;
    *out = get();
    return true;
}

void multicore_fifo_drain(void)
{
    while (multicore_fifo_rvalid())
        (void)get();
}

void multicore_fifo_clear_irq(void)
{
    hook("multicore_fifo_clear_irq");
    inbox()->overflowed = inbox()->underflowed = false;
    chip.look = true;
    hook_end();
}

uint32_t multicore_fifo_get_status(void)
{
    hook("multicore_fifo_get_status");
    const mailbox_t *box = inbox();
    return (box->level ? SIO_FIFO_ST_VLD_BITS : 0) | (outbox()->level < depth() ? SIO_FIFO_ST_RDY_BITS : 0) |
           (box->overflowed ? SIO_FIFO_ST_WOF_BITS : 0) | (box->underflowed ? SIO_FIFO_ST_ROE_BITS : 0);
}

// ---- lockout -------------------------------------------------------------------------------------------------------
//
// The locker sends a word and waits for it to come back. The victim's handler sends it back and stays, interrupts masked,
// until the closing word comes, which it sends back too. Both cores use their FIFO interrupt for it and nothing else.

enum { LOCKOUT_BEGIN = 0x4c6f636b, LOCKOUT_END = 0x46726565 };

static void on_mailbox(void)
{
    multicore_fifo_clear_irq();
    while (multicore_fifo_rvalid()) {
        if (get() != LOCKOUT_BEGIN)
            continue;
        uint32_t saved = save_and_disable_interrupts();
        multicore_fifo_push_blocking(LOCKOUT_BEGIN);
        while (multicore_fifo_pop_blocking() != LOCKOUT_END)
            tight_loop_contents();
        restore_interrupts_from_disabled(saved);
        multicore_fifo_push_blocking(LOCKOUT_END);
    }
}

void multicore_lockout_victim_init(void)
{
    uint line = SIO_FIFO_IRQ_NUM(get_core_num());
    irq_set_exclusive_handler(line, on_mailbox);
    irq_set_enabled(line, true);
    chip.lockout_victim[chip.at] = true;
}

/// On RP2350 the handler goes for both cores, which have one number for it: so does pico-sdk 2.1.1.
void multicore_lockout_victim_deinit(void)
{
    if (!chip.lockout_victim[chip.at])
        return;
    uint line = SIO_FIFO_IRQ_NUM(get_core_num());
    irq_set_enabled(line, false);
    irq_remove_handler(line, on_mailbox);
    chip.lockout_victim[chip.at] = false;
}

bool multicore_lockout_victim_is_initialized(uint core_num)
{
    return core_num < CHIP_CORES && chip.lockout_victim[core_num];
}

static uint64_t us_until(absolute_time_t until)
{
    int64_t us = absolute_time_diff_us(get_absolute_time(), until);
    return us > 0 ? (uint64_t)us : 0;
}

/// Send a word until it comes back. The own FIFO interrupt is off meanwhile: the answer is not for its handler.
static bool ask(uint32_t word, absolute_time_t until)
{
    uint line = SIO_FIFO_IRQ_NUM(get_core_num());
    bool enabled = irq_is_enabled(line);
    bool answered = false;
    irq_set_enabled(line, false);
    while (!answered && !time_reached(until)) {
        uint32_t answer;
        if (!multicore_fifo_push_timeout_us(word, us_until(until)) ||
            !multicore_fifo_pop_timeout_us(us_until(until), &answer))
            break;
        answered = answer == word;
    }
    irq_set_enabled(line, enabled);
    return answered;
}

static bool begin_lockout(absolute_time_t until)
{
    if (chip.lockout_held)
        panic("multicore_lockout_start: the other core is locked out already");
    chip.lockout_held = ask(LOCKOUT_BEGIN, until);
    return chip.lockout_held;
}

static bool end_lockout(absolute_time_t until)
{
    if (!chip.lockout_held)
        panic("multicore_lockout_end: no core is locked out");
    bool ended = ask(LOCKOUT_END, until);
    chip.lockout_held = !ended;
    return ended;
}

bool multicore_lockout_start_timeout_us(uint64_t timeout_us)
{
    return begin_lockout(make_timeout_time_us(timeout_us));
}

void multicore_lockout_start_blocking(void)
{
    (void)begin_lockout(at_the_end_of_time);
}

bool multicore_lockout_end_timeout_us(uint64_t timeout_us)
{
    return end_lockout(make_timeout_time_us(timeout_us));
}

void multicore_lockout_end_blocking(void)
{
    (void)end_lockout(at_the_end_of_time);
}
