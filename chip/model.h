/// @file model.h  The virtual chip's inner state, shared by the files of chip/ and by nobody else.
///
/// Time. `chip.now` is the cycle up to and including which everything has happened. Within one cycle the state machines
/// act first, in order of PIO and number, then the DMA, then the processor; what one of them writes is seen by those
/// before it in the next cycle. The processor's program takes time only in hooks (hooks.c), which call engine_run.
#ifndef TONEARM_CHIP_MODEL_H
#define TONEARM_CHIP_MODEL_H

#include "chip/chip.h"
#include "hardware/clocks.h"
#include "hardware/dma.h"
#include "hardware/pio.h"
#include "hardware/sync.h"

enum {
    DMA_READ_DELAY = 1,  ///< cycles from a trigger or a request to the read
    DMA_WRITE_DELAY = 2, ///< cycles from a read to its write; the datasheets give no figure, only the order
    DMA_QUEUE = 8,       ///< reads that may wait for their write
    BLOCKS_MAX = 256,
    VIOLATIONS_MAX = 64,
    CLOCK_SPANS_MAX = 64,
    IRQS_MAX = 52,
    SHARED_HANDLERS_MAX = 16,
    NEVER_SHIFT = 8,
    PWM_SHIFT = 4,         ///< a slice's ticks count 1/16 cycles
    PWM_DECODERS_MAX = 12, ///< chip_pwm_listen
    SPIN_LOCKS = 32,
    CREDITS_MAX = 63, ///< requests that a DMA channel remembers: its counter has six bits (CHn_DBG_CTDREQ)
};
#define NEVER   UINT64_MAX          ///< a cycle that does not come
#define FOREVER ((uint64_t)1 << 55) ///< the last cycle: eight years, and ticks of 1/256 cycles still have room
/// A tick that does not come: ticks count 1/256 cycles.
#define NEVER_TICK UINT64_MAX

enum { SRAM_BASE = 0x20000000, FLASH_BASE = 0x10000000, PSRAM_BASE = 0x11000000, WINDOW_BYTES = 0x1000 };

// ---- PIO (pio.c, pio_exec.c) ---------------------------------------------------------------------------------------

typedef enum {
    OP_JMP,      ///< arg: condition; bits: address
    OP_WAIT,     ///< arg: source; rest: polarity; bits: index
    OP_IN,       ///< arg: source; bits
    OP_OUT_PINS, ///< bits
    OP_OUT,      ///< arg: destination; bits
    OP_PUSH,     ///< rest: bit 0 block, bit 1 if full
    OP_PULL,     ///< rest: bit 0 block, bit 1 if empty
    OP_MOV,      ///< arg: destination; bits: source; rest: 0 copy, 1 invert, 2 reverse
    OP_IRQ,      ///< rest: bit 0 wait, bit 1 clear; bits: index
    OP_SET,      ///< arg: destination; bits: value
} pio_op_t;
enum { NEXT_KEEP = 255, PULL_NEVER = 255 };

/// One instruction as one state machine would carry it out: decoded again when a program or a configuration changes.
typedef struct {
    uint8_t op;    ///< pio_op_t
    uint8_t arg;   ///< destination, source, condition
    uint8_t bits;  ///< bit count, value, address or index
    uint8_t next;  ///< where the program goes on, wrapping included
    uint8_t delay; ///< ticks after this one
    uint8_t rest;  ///< operation of MOV; polarity; flags of PUSH, PULL, IRQ
    uint16_t raw;
    uint32_t advance;    ///< (1 + delay) * divisor
    uint32_t side_mask;  ///< pins that side-set writes, as PIO numbers them
    uint32_t side_value; ///< what it writes
    uint32_t pin_mask;   ///< pins that OUT, SET or MOV writes
    uint8_t pin_base;
    bool side_dirs;   ///< it writes directions
    bool begins_loop; ///< OUT PINS, 1 and JMP X-- back to it, both without delay: many bits can be done in one go
} pio_code_t;

typedef enum { SM_OFF, SM_RUN, SM_WAIT_TX, SM_WAIT_RX } sm_mode_t;

typedef struct {
    uint64_t tick; ///< next tick of the divider, in 1/256 cycles
    uint32_t osr, isr, x, y;
    uint8_t pc, osr_count, isr_count;
    uint8_t pull_at;    ///< autopull's threshold, PULL_NEVER without autopull
    uint8_t delay_left; ///< ticks of delay still to go, when they are taken one by one
    bool special;       ///< the next tick needs the slow way: delay_left, thirsty, executing or forced
    bool thirsty;       ///< autopull is due and the FIFO was empty
    bool executing;     ///< `executed` comes before the program (OUT EXEC, MOV EXEC, or INSTR)
    bool forced;        ///< it came from INSTR: every cycle, whatever divider and enable say
    bool enabled;
    bool irq_wait;   ///< IRQ WAIT has set its flag
    bool sticky;     ///< OUT_STICKY: pins keep being written
    uint8_t mode;    ///< sm_mode_t
    uint8_t push_at; ///< autopush's threshold, PULL_NEVER without autopush
    uint8_t pull_threshold, push_threshold;
    uint8_t index;
    uint32_t sticky_mask, sticky_value;
    uint32_t div; ///< divisor in 1/256 cycles
    uint8_t tx_head, tx_level, tx_depth, rx_head, rx_level, rx_depth;
    uint32_t tx[8], rx[8];
    uint32_t clkdiv, execctrl, shiftctrl, pinctrl, instr;
    uint64_t instructions;
    uint64_t pattern; ///< a tick of the divider's pattern, kept while a forced instruction waits
    pio_code_t executed;
    pio_code_t code[32];
} sm_t;

typedef struct {
    uint32_t out, oe; ///< output registers, as PIO numbers pins
    uint64_t driven;  ///< GPIOs that show `out` now
    uint8_t base;     ///< GPIO of PIO pin 0
    uint8_t index;
    uint8_t irq_flags;
    uint32_t fdebug, sync_bypass;
    uint32_t inte[2], intf[2];
    uint16_t instr_mem[32];
    sm_t sm[4];
} pio_t;

// ---- DMA (dma.c) ---------------------------------------------------------------------------------------------------

typedef struct {
    uint32_t read_addr, write_addr;
    uint32_t count;  ///< transfers not yet written; with RP2350's mode bits apart
    uint32_t reads;  ///< transfers not yet read
    uint32_t reload; ///< TRANS_COUNT as written
    uint32_t ctrl;   ///< CTRL as written, without status
    uint32_t errors; ///< status bits of bus errors
    uint64_t ready;  ///< first cycle of a read after the trigger
    uint32_t ring_mask;
    uint8_t size, treq, chain, in_flight;
    bool busy, enabled, high, incr_read, incr_write, ring_write, quiet, bswap;
    bool aborted;      ///< draining what was in flight
    uint8_t credits;   ///< wraps of a PWM slice that this channel has not yet served
    bool zero;         ///< triggered with a count of zero
    uint16_t hint;     ///< registered block of the last access
    uint64_t timer_at; ///< cycle of the next request of a pacing timer
} dma_channel_t;

typedef struct {
    uint64_t due;
    uint32_t address, data;
    uint8_t channel, size;
} dma_write_t;

typedef struct {
    uint64_t next; ///< cycle at which dma_step has something to do
    dma_channel_t ch[CHIP_DMA_MAX];
    uint16_t busy; ///< a bit each
    uint16_t dirty;
    uint32_t intr, inte[4], intf[4];
    dma_write_t queue[DMA_QUEUE];
    uint8_t head, queued, turn_high, turn_low;
    uint16_t waiting[64]; ///< busy channels by transfer request
    uint32_t timer[4];
    uint64_t timer_since[4]; ///< cycle of the write from which a pacing timer counts
    uint64_t transfers;
} dma_t;

// ---- PWM (pwm.c, pwm_decode.c) -------------------------------------------------------------------------------------

typedef struct {
    uint64_t tick;    ///< next count, in 1/16 cycles, while enabled
    uint64_t next;    ///< cycle of the next event that pins, interrupts, DMA or a decoder need in its own time
    uint64_t extra;   ///< cycle of a count between ticks (PH_ADV); NEVER without one
    uint64_t skipped; ///< cycle of the count that PH_RET left out
    uint64_t pins[2]; ///< GPIOs that show channel A, and B
    uint32_t div;     ///< divisor in 1/16 cycles
    uint16_t ctr;
    uint16_t top, cc[2]; ///< as latched at the last wrap
    bool down;           ///< phase-correct: on the way down
    bool enabled;
    bool watched; ///< a decoder wants to know when periods begin
    uint8_t out;  ///< output registers before polarity: bit 0 is A, bit 1 B
    uint32_t csr, div_reg, cc_reg, top_reg;
} slice_t;

typedef struct {
    uint64_t next; ///< the least of the slices' `next`
    slice_t slice[CHIP_PWM_SLICES_MAX];
    uint32_t intr, inte[2], intf[2];
    uint16_t active; ///< slices with a `next`
    uint16_t asked;  ///< slices whose wraps a DMA channel was set up for
    uint16_t moving; ///< slices that count: their registers change by themselves
    bool dirty;      ///< registers were written since they were shown
    chip_pwm_t *decoder[PWM_DECODERS_MAX];
    unsigned decoders;
} pwm_t;

// ---- interrupts (irq.c), time and processor (clock_cpu.c, hooks.c) -----------------------------------------------

typedef struct {
    irq_handler_t handler;
    uint8_t order, irq;
} shared_handler_t;

/// What a core waits for, besides a cycle.
typedef enum {
    WAIT_TIME,  ///< nothing: it is busy
    WAIT_IRQ,   ///< an interrupt that can be delivered
    WAIT_WFI,   ///< the same, or one that only PRIMASK holds back
    WAIT_EVENT, ///< an interrupt that can be delivered, or an event
} wait_t;

/// A core, with its own interrupt controller.
typedef struct {
    uint64_t enabled, pending, active; ///< a bit for each interrupt
    uint8_t priority[IRQS_MAX];
    uint64_t blocked_until[IRQS_MAX]; ///< a fault holds this interrupt back
    bool on;                          ///< it runs a program
    bool primask, event;
    uint8_t waits;     ///< wait_t
    uint64_t until;    ///< cycle at which it goes on in any case
    uint64_t until_us; ///< that cycle as a time, so that a change of clk_sys moves it; 0 when it is a cycle
    int level;         ///< priority being served; 256 in ordinary code
    unsigned exception;
    uint64_t delivered, hooks;
} cpu_t;

/// Handlers. The SDK gives both cores the same vector table.
typedef struct {
    irq_handler_t exclusive[IRQS_MAX];
    shared_handler_t shared[SHARED_HANDLERS_MAX]; ///< in order of being called
    unsigned shared_count;
} vectors_t;

/// Words on their way to one core.
typedef struct {
    uint32_t word[8];
    uint8_t head, level;
    bool overflowed;  ///< this core wrote to a full FIFO
    bool underflowed; ///< this core read an empty one
} mailbox_t;

/// A span of constant clk_sys. Time of cycle c: start_ns + start_frac / 2^32 + (c - cycle) * 10^9 / hz.
typedef struct {
    uint64_t cycle, start_ns;
    uint32_t start_frac, hz;
} clock_span_t;

typedef struct {
    uint32_t base, bytes;
    char name[CHIP_NAME_MAX];
} block_t;

/// Bits that a serialiser's loop shifts out of one pin. One clock rises for each, and no other pin that anybody listens to moves.
typedef struct {
    uint64_t data, rises; ///< masks: the data pin, the clock
    uint64_t last_cycle;  ///< of the last rise
    uint32_t bits;        ///< as many as `count`, the first one highest
    unsigned count;       ///< 1 to 31
} serial_t;
/// Takes all of them as if each change had been told. False: it has done nothing, and wants to be told.
typedef bool serial_listener_t(void *context, const serial_t *serial);

typedef struct {
    uint64_t any, rising; ///< pins of which every change, or only the rise, is told
    chip_pins_listener_t *call;
    void *context;
    serial_listener_t *serial; ///< NULL: each change is told by itself
} listener_t;

typedef struct {
    uint64_t cycle, before;
} pin_change_t;

typedef struct {
    const chip_board_t *board;
    bool rp2350;
    uint8_t channels, dma_irqs, pios;
    // time
    uint64_t now;
    uint64_t limit;      ///< state machines run while their tick is below this
    uint64_t horizon;    ///< nothing happens before this cycle; 0 when not known
    bool look;           ///< an interrupt line or a pending bit has changed: the processor must look
    bool engine_running; ///< listeners must not start it again
    clock_span_t span[CLOCK_SPANS_MAX];
    unsigned spans;
    uint32_t clock_hz[CLK_COUNT]; ///< as the program configured them; clk_sys is the last span's
    uint32_t pll_hz, pll_lock_us; ///< of the system PLL
    // pins
    uint64_t levels;
    uint64_t listened_any, listened_rising; ///< unions over the listeners
    listener_t listener[CHIP_LISTENERS_MAX];
    unsigned listeners;
    bool inputs_used; ///< some program looks at pins: keep their history
    pin_change_t history[4];
    unsigned history_at;
    uint64_t sio_out, sio_oe, pull_up;
    uint64_t pull_down;
    uint8_t function[CHIP_PINS_MAX], drive[CHIP_PINS_MAX], slew[CHIP_PINS_MAX];
    // peripherals
    pio_t pio[CHIP_PIOS_MAX];
    dma_t dma;
    pwm_t pwm;
    cpu_t core[CHIP_CORES];
    uint8_t at; ///< the core whose program is running
    vectors_t vectors;
    mailbox_t mailbox[CHIP_CORES]; ///< by the core that reads it; the flags are that core's too
    bool lockout_victim[CHIP_CORES], lockout_held;
    uint8_t spin_owner[SPIN_LOCKS];    ///< core + 1
    spin_lock_t spin_lock[SPIN_LOCKS]; ///< only their addresses matter
    uint8_t next_striped;
    uint16_t running;    ///< state machines, pio * 4 + sm, with mode SM_RUN
    uint16_t pio_ran;    ///< state machines, pio * 4 + sm, that ran or whose FIFOs changed since they were shown
    uint8_t pio_written; ///< PIOs whose registers were written since
    // faults
    chip_fault_t fault[CHIP_FAULTS_MAX];
    bool fault_done[CHIP_FAULTS_MAX];
    unsigned faults;
    uint32_t hook_cycles;
    void (*each_hook)(void *, uint64_t, uint64_t, chip_hook_kind_t, const char *);
    void *hook_context;
    // claims
    uint32_t dma_claimed, sm_claimed, timers_claimed, user_irqs_claimed[CHIP_CORES], spin_locks_claimed;
    uint32_t program_used[CHIP_PIOS_MAX];
    unsigned fail_in; ///< claims until one fails; 0: never
    // memory
    block_t block[BLOCKS_MAX];
    unsigned blocks;
    chip_violation_t violation[VIOLATIONS_MAX];
    uint64_t violations;
    uint32_t sram_bytes, sram_taken; ///< taken from the bottom
    chip_flash_times_t flash_times;
    bool xip_off; ///< flash is being written: neither it nor PSRAM can be read
} chip_state_t;

extern chip_state_t chip;

// ---- memory_map.c --------------------------------------------------------------------------------------------------

/// What a bus address is. Peripherals are decoded by their owners.
typedef enum { BUS_MEMORY, BUS_PERIPHERAL, BUS_ROM, BUS_NOTHING } bus_kind_t;
bus_kind_t bus_kind(uint32_t address);
/// Is [address, address + bytes) inside a registered block? `hint` remembers the block.
bool bus_allowed(uint32_t address, uint32_t bytes, uint16_t *hint);
void bus_violation(uint64_t cycle, unsigned channel, bool write, uint32_t address);
/// Flash for the model to write; closed again it is as programs may see it.
uint8_t *memory_open_flash(void);
void memory_close_flash(void);
/// Let programs fault when they touch flash or PSRAM, or no more.
void memory_hide_xip(bool hide);
/// A program faulted at `address`, in a signal's handler: true when it was for that reason, and can go on now.
bool memory_faulted(uintptr_t address);
/// Record what memory_faulted has seen.
void memory_take_fault(void);
/// The bus address of a host pointer; panics when it cannot be one.
uint32_t bus_address(const volatile void *pointer, const char *what);

// ---- bus.c ---------------------------------------------------------------------------------------------------------

/// Read or write a register of DMA, PIO or PWM by its bus address. Others read 0 and take nothing.
uint32_t bus_register_read(uint32_t address, uint64_t cycle);
void bus_register_write(uint32_t address, uint32_t value, uint64_t cycle);

// ---- windows.c -----------------------------------------------------------------------------------------------------

/// Map the registers' windows; -1 with a sentence on stderr.
int windows_open(uint32_t timer_base, uint32_t pwm_base);
void windows_close(void);
/// Drop what programs stored and the hooks have not seen; all words 0.
void windows_forget(void);
/// Words that a program sees at a peripheral's address, writable for the model.
uint32_t *window_dma(void);
uint32_t *window_pio(unsigned pio);
uint32_t *window_timer(void);
uint32_t *window_pwm(void);
/// Registers as the program will see them, brought up to date when a hook ends.
void windows_show(void);
/// Carry out what the program stored into registers since the last hook.
void windows_take(void);

// ---- clock_cpu.c ---------------------------------------------------------------------------------------------------

/// Let everything but the processors happen up to and including cycle `target`; stops earlier, when `stop` is set, at the
/// end of the first cycle in which an interrupt wakes a core that waits for one.
void engine_run(uint64_t target, bool stop);
/// Something has changed that the horizon does not know.
static inline void engine_touch(void)
{
    chip.horizon = 0;
}
/// The state machines must stop after cycle `cycle`, because something else has to act.
static inline void engine_stop_after(uint64_t cycle)
{
    uint64_t limit = (cycle + 1) << NEVER_SHIFT;
    if (limit < chip.limit)
        chip.limit = limit;
}
void clock_reset(uint32_t hz);
void clock_set_hz(uint32_t hz);
/// All clocks as pico-sdk's start-up leaves them.
void clocks_reset(void);
uint32_t clock_hz(void);
uint64_t clock_us(uint64_t cycle);
/// First cycle at which clock_us is at least `us`, while clk_sys stays as it is.
uint64_t clock_cycle_of_us(uint64_t us);
/// This core does nothing until `target`; interrupts are delivered.
void cpu_idle_until(uint64_t target);
/// The same, until the timer says `us`, whatever happens to clk_sys meanwhile.
void cpu_idle_until_us(uint64_t us);
/// Idle until something was delivered, or what `how` waits for came, or `target` is reached, or the timer says `us` (0: no
/// time). True unless it was for the time.
bool cpu_idle(uint64_t target, wait_t how, uint64_t us);

// ---- cores.c, coroutine.c ------------------------------------------------------------------------------------------

static inline cpu_t *cpu_now(void)
{
    return &chip.core[chip.at];
}
/// Let time pass for this core, up to and including `until` or until what `how` waits for; the other core goes on meanwhile.
/// `us` as in cpu_t. May return early, but never late.
void cores_wait(uint64_t until, wait_t how, uint64_t us);
/// clk_sys has changed: cores that wait for a time.
void cores_retime(void);
/// Would an interrupt wake a core that waits?
bool cores_woken(void);
/// Core 1's program begins with the next turn that it has; it is given up.
void core1_begin(void (*program)(void));
void core1_drop(void);
/// Both cores as after reset, core 0 running.
void cores_reset(void);
void cores_free(void);

/// A stack of its own for core 1's program. Begin makes one ready; enter and leave change over; drop forgets a program that
/// will not go on. False when there is no memory.
bool coroutine_begin(void (*program)(void));
void coroutine_enter(void);
void coroutine_leave(bool for_ever);
void coroutine_drop(void);
/// Is the caller on that stack?
bool coroutine_is_here(void);
void coroutine_free(void);

// ---- hooks.c -------------------------------------------------------------------------------------------------------

/// Every SDK function that touches the chip begins with this.
void hook(const char *what);
/// The same at the entry of an interrupt.
void hook_isr(unsigned irq);
/// For functions that let interrupts in or raise one: deliver, and show registers.
void hook_end(void);
/// True while faults hold back interrupt number `irq` of a core at this cycle.
bool fault_holds(const cpu_t *cpu, unsigned irq, uint64_t cycle);
/// First cycle after `cycle` at which a hold on that core ends; NEVER if none.
uint64_t fault_next_release(const cpu_t *cpu, uint64_t cycle);
/// Does a fault delay this core's next delivery? By how many cycles?
uint64_t fault_delay(const cpu_t *cpu);
/// A claim is about to be made: must it fail?
bool claim_must_fail(void);

// ---- irq.c ---------------------------------------------------------------------------------------------------------

/// Lines may have changed: latch them, for both cores.
void irq_lines_changed(void);
/// Number of the interrupt that a core takes now, or -1.
int irq_pick(const cpu_t *cpu, bool ignore_primask);
/// Deliver everything that this core can take. True if something was.
bool irq_deliver(void);
/// A core's interrupt controller as after reset.
void irq_reset(cpu_t *cpu);

// ---- multicore.c ---------------------------------------------------------------------------------------------------

/// Is the line of a core's mailbox high?
bool mailbox_line(unsigned core);

// ---- dma.c ---------------------------------------------------------------------------------------------------------

void dma_reset(void);
void dma_step(uint64_t cycle);
/// Write a register, at offset from DMA_BASE, in cycle `cycle`.
void dma_register_write(uint32_t offset, uint32_t value, uint64_t cycle);
uint32_t dma_register_read(uint32_t offset);
/// A FIFO changed in `cycle`: channels that wait for it must look.
static inline void dma_request(unsigned dreq, uint64_t cycle)
{
    if (chip.dma.waiting[dreq]) {
        uint64_t at = cycle + DMA_READ_DELAY;
        if (at < chip.dma.next)
            chip.dma.next = at;
        engine_stop_after(at);
    }
}
/// A request that is a pulse, not a level, in `cycle`: busy channels that wait for it remember it.
void dma_pulse(unsigned dreq, uint64_t cycle);
uint32_t dma_ints(unsigned line);
void dma_show(void);

// ---- pwm.c, pwm_decode.c -------------------------------------------------------------------------------------------

void pwm_reset(void);
/// Events of all slices up to chip.limit, in order of time.
void pwm_run(void);
/// Bring a slice's state up to and including `cycle`.
void pwm_settle(slice_t *s, uint64_t cycle);
/// A DMA channel has been set up for transfer request `dreq`: if it is a slice's, its wraps matter from `cycle` on.
void pwm_asked(unsigned dreq, uint64_t cycle);
/// A decoder listens to slice `n` from now on.
void pwm_watch(unsigned n);
/// In gpio_changed, in this order: forget which pins show a slice; these do; their levels added to `levels`.
void pwm_unmap_pins(uint64_t cycle);
void pwm_map_pin(unsigned pin);
uint64_t pwm_levels(uint64_t levels);
void pwm_register_write(uint32_t offset, uint32_t value, uint64_t cycle);
uint32_t pwm_register_read(uint32_t offset, uint64_t cycle);
uint32_t pwm_ints(unsigned line);
void pwm_show(void);
/// For the decoder: in `cycle` a period of slice `n` begins at the pins; periods of slice `n` lost their order.
void pwm_boundary(unsigned n, uint64_t cycle);
void pwm_cut(unsigned n);

// ---- pio.c, pio_exec.c ---------------------------------------------------------------------------------------------

void pio_reset(void);
/// Run state machines up to chip.limit, in order of time.
void pio_run(void);
/// First cycle in which a state machine acts; NEVER if none runs.
uint64_t pio_next(void);
/// One state machine up to its bound and chip.limit.
void pio_sm_run(pio_t *pio, sm_t *sm, uint64_t bound);
/// Decode every instruction for this state machine.
void pio_decode(pio_t *pio, sm_t *sm);
void pio_decode_one(const pio_t *pio, const sm_t *sm, uint16_t raw, unsigned at, pio_code_t *code);
/// Take back ticks that were planned for after `cycle`, so that registers can change.
void pio_settle(sm_t *sm, uint64_t cycle);
/// Carry an instruction out now, whatever the divider says.
void pio_force(pio_t *pio, sm_t *sm, uint16_t raw);
void pio_register_write(unsigned which, uint32_t offset, uint32_t value, uint64_t cycle);
uint32_t pio_register_read(unsigned which, uint32_t offset, uint64_t cycle);
void pio_tx_push(pio_t *pio, sm_t *sm, uint32_t value, uint64_t cycle);
uint32_t pio_rx_pop(pio_t *pio, sm_t *sm, uint64_t cycle);
/// Set the state machine's mode and the PIO's set of running ones.
void pio_set_mode(pio_t *pio, sm_t *sm, sm_mode_t mode);
/// The first tick of sm's divider after `cycle`.
uint64_t pio_tick_after(const sm_t *sm, uint64_t tick, uint64_t cycle);
/// Clear both FIFOs.
void pio_clear(pio_t *pio, sm_t *sm, uint64_t cycle);
uint32_t pio_intr(const pio_t *pio);
uint32_t pio_ints(const pio_t *pio, unsigned line);
/// Show all registers of a PIO, or what changes while one state machine runs.
void pio_show(unsigned which);
void pio_show_sm(unsigned which, unsigned n);
static inline void pio_ran(const pio_t *pio, const sm_t *sm)
{
    chip.pio_ran |= (uint16_t)(1u << (pio->index * 4 + sm->index));
}

// ---- gpio.c --------------------------------------------------------------------------------------------------------

void gpio_reset(void);
/// Pin functions, directions or pulls changed in `cycle`.
void gpio_changed(uint64_t cycle);
/// As chip_pins_listen; of pins in `rising` only the rise is told. `serial` may be NULL.
bool gpio_listen(uint64_t any, uint64_t rising, chip_pins_listener_t *listener, serial_listener_t *serial,
                 void *context);
void gpio_unlisten(chip_pins_listener_t *listener, const void *context);
/// Tell listeners.
void gpio_tell(uint64_t cycle, uint64_t levels, uint64_t changed);
/// What PIO pin numbers see in `cycle`, two synchronising registers included.
uint32_t gpio_inputs(const pio_t *pio, uint64_t cycle);
/// Levels are `levels` from `cycle` on.
static inline void gpio_levels(uint64_t cycle, uint64_t levels)
{
    uint64_t changed = levels ^ chip.levels;
    if (!changed)
        return;
    if (chip.inputs_used)
        chip.history[chip.history_at++ & 3u] = (pin_change_t){cycle, chip.levels};
    chip.levels = levels;
    if (changed & (chip.listened_any | (levels & chip.listened_rising)))
        gpio_tell(cycle, levels, changed);
}
/// A PIO's output register is `out` from `cycle` on.
static inline void gpio_pio_out(pio_t *pio, uint32_t out, uint64_t cycle)
{
    if (out == pio->out)
        return;
    pio->out = out;
    gpio_levels(cycle, (chip.levels & ~pio->driven) | (((uint64_t)out << pio->base) & pio->driven));
}

#endif
