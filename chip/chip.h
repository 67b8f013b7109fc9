/// @file chip.h  The virtual RP2040 / RP2350: what tests and the command see of it. Drivers see only pico-sdk's headers
/// in chip/include.
///
/// One chip at a time, deterministic, in virtual time counted in system clock cycles. On-chip memory is mapped at its
/// true bus addresses, so a pointer into it *is* its 32-bit bus address. The program is host code: it takes no time by
/// itself, but each call of an SDK function is a HOOK that advances time by chip_hook_cycles, delivers interrupts that
/// are due, and is numbered, so that faults can be placed at every one of them.
///
/// Two cores. The program begins on core 0; core 1 runs what multicore_launch_core1 is given, on a stack of its own, in the
/// same virtual time: the cores take turns at hooks, and of two that can go on in the same cycle core 0 goes first. Between
/// two hooks the other core does nothing, so a loop that waits for it must call an SDK function (tight_loop_contents). A
/// hook takes at least one cycle while core 1 runs. Functions of this header may be called on either core, but chip_boot
/// and chip_shutdown only on core 0.
#ifndef TONEARM_CHIP_H
#define TONEARM_CHIP_H

#include "tonearm/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHIP_CORES = 2,
    CHIP_DMA_MAX = 16,
    CHIP_PIOS_MAX = 3,
    CHIP_PINS_MAX = 48,
    CHIP_PWM_SLICES_MAX = 12,
    CHIP_NAME_MAX = 40
};

/// A board: everything that differs from board to board.
typedef struct {
    const char *name; ///< "pico", "pico2", "waveshare-rp2040-pizero", "pimoroni-pico-plus-2"
    ta_chip_t chip;
    uint32_t system_hz; ///< clk_sys after boot: 125 MHz (RP2040), 150 MHz (RP2350)
    uint32_t flash_bytes, psram_bytes;
    uint8_t pins;           ///< GPIOs: 30 or 48
    uint32_t static_bytes;  ///< SRAM that firmware (with its VM) occupies with code, data and stacks, from the bottom
    uint32_t vm_heap_bytes; ///< default size of the language VM's heap
    bool vm_heap_in_psram;
    uint8_t data_pin, bclk_pin, ws_pin; ///< default pins of the command
} chip_board_t;

/// Boards, NULL-name terminated. Ctx: any. Cost: constant. Own: constants. Fails: never.
const chip_board_t *chip_boards(void);
/// Board of that name, or NULL. Ctx: any. Cost: O(boards). Own: a constant. Fails: NULL.
const chip_board_t *chip_board_find(const char *name);

/// Power the chip up: memory mapped and zeroed, all peripherals reset, virtual time 0, faults and counters cleared. A
/// chip that is up is first shut down. Returns 0, or -1 with a sentence on stderr when the addresses cannot be mapped.
/// Memory of TA_STATIC_SRAM (i2s.h), which powers up the board named by TONEARM_BOARD or else pico before main, keeps its
/// place; a board whose SRAM cannot hold it gives -1.
int chip_boot(const chip_board_t *board);
/// Unmap everything. Harmless when down.
void chip_shutdown(void);
/// The board that is up, or NULL.
const chip_board_t *chip_board(void);

// ---- memory --------------------------------------------------------------------------------------------------------

/// SRAM not occupied by static_bytes, by ta_chip_static_sram, nor by chip_sram_take: [*base, *base + *bytes).
void chip_sram_free(void **base, size_t *bytes);
/// Take bytes off the front of the free SRAM (8-byte aligned); NULL if there are not that many.
void *chip_sram_take(size_t bytes);
/// All of PSRAM; NULL and 0 when none is fitted.
void chip_psram(void **base, size_t *bytes);

/// Register [base, base + bytes) as memory that DMA may read, under a name. Replaces a registration of the same base.
void chip_dma_allow(const void *base, size_t bytes, const char *name);
/// Undo chip_dma_allow.
void chip_dma_forbid(const void *base);

/// All of flash, readable; what nobody has written reads as 0xff.
void chip_flash(const void **base, size_t *bytes);
/// Put bytes into flash at once, as if they had been there before the chip was powered up. False when they do not fit.
bool chip_flash_load(uint32_t offset, const void *data, size_t bytes);
/// How long flash takes: to erase a sector of 4 KiB, a block of 64 KiB, and to program a page of 256 bytes.
typedef struct {
    uint32_t sector_us, block_us, page_us;
} chip_flash_times_t;
extern const chip_flash_times_t chip_flash_typical; ///< of the Pico's part: 45 ms, 150 ms, 0.4 ms; so after chip_boot
extern const chip_flash_times_t chip_flash_slowest; ///< at most: 400 ms, 2 s, 3 ms
void chip_set_flash_times(const chip_flash_times_t *times);

enum { CHIP_BY_CORE = 0xf0 };
/// A DMA read or write outside what was registered and outside peripherals; or any access to flash or PSRAM while flash is
/// being written.
typedef struct {
    uint64_t cycle;
    uint8_t channel; ///< of the DMA, or CHIP_BY_CORE + the core whose program it was
    bool write;
    uint32_t address;
    char nearest[CHIP_NAME_MAX]; ///< nearest registered block's name
} chip_violation_t;
/// Number of violations so far; the first ones (up to `max`) are copied to `first` if not NULL.
/// A violating read gives 0xDEADBEEF, so that it can be heard and seen too.
uint64_t chip_violations(chip_violation_t *first, unsigned max);

// ---- time ----------------------------------------------------------------------------------------------------------

/// Virtual time in system clock cycles since boot.
uint64_t chip_cycles(void);
/// Cycles to nanoseconds since boot, rounded down, exact over 2^64.
uint64_t chip_cycles_to_ns(uint64_t cycles);
/// Let this core idle (interrupts are delivered) until `cycle`.
void chip_run_until(uint64_t cycle);
/// Let it idle until an interrupt has been delivered or `cycle` is reached; true if one was.
bool chip_wait_interrupt(uint64_t cycle);
/// Cycles that a hook takes; default 8.
void chip_set_hook_cycles(uint32_t cycles);
/// How long the system PLL takes to lock when a change of clk_sys sets it anew, during which clk_sys is 48 MHz; default 0,
/// for the datasheets give no figure.
void chip_set_pll_lock_us(uint32_t us);
/// Interrupts delivered since boot, all lines, both cores.
uint64_t chip_interrupts(void);
/// DMA transfers and PIO instructions done since boot.
void chip_work(uint64_t *dma_transfers, uint64_t *pio_instructions);

// ---- faults --------------------------------------------------------------------------------------------------------

typedef enum {
    CHIP_FAULT_FREEZE,      ///< at hook number `at`: the processor stands still for `cycles`; DMA and PIO go on
    CHIP_FAULT_MASK,        ///< from cycle `at`: no interrupt is delivered for `cycles`; the program goes on
    CHIP_FAULT_STALL_FEED,  ///< from cycle `at`: software (user) interrupts are not delivered for `cycles`
    CHIP_FAULT_DELAY_IRQ,   ///< the `at`-th interrupt delivery (1-based) comes `cycles` late
    CHIP_FAULT_FREEZE_TIME, ///< from cycle `at` (at the first hook from then on): as FREEZE
} chip_fault_kind_t;

typedef struct {
    chip_fault_kind_t kind;
    uint64_t at;
    uint64_t cycles;
    uint8_t core; ///< whose processor: hooks and deliveries are counted for each core apart, and the other one goes on
} chip_fault_t;

enum { CHIP_FAULTS_MAX = 32 };
/// The script ends: a stall that lasts is over, and what was to come does not. Not from an interrupt handler.
void chip_fault_end(void);
/// Add a fault to the script. False when the script is full.
bool chip_fault_add(const chip_fault_t *fault);
/// Hooks of core 0 so far: hook numbers run from 1, on each core.
uint64_t chip_hooks(void);
/// Hooks of a core so far.
uint64_t chip_core_hooks(unsigned core);
/// What a hook was, for replayable ids and for choosing events.
typedef enum {
    CHIP_HOOK_OTHER,
    CHIP_HOOK_ISR_ENTRY,
    CHIP_HOOK_SDK,
    CHIP_HOOK_MASKED
} chip_hook_kind_t; ///< MASKED: SDK call with interrupts masked
/// Called at every hook with its number, cycle, kind and the function's name; get_core_num tells which core's it is. NULL
/// switches off.
void chip_on_hook(void (*each)(void *context, uint64_t number, uint64_t cycle, chip_hook_kind_t kind, const char *what),
                  void *context);

// ---- pins ----------------------------------------------------------------------------------------------------------

/// Levels of pins after a change at `cycle`; bit n is GPIO n. Called for every change, in order of time.
typedef void chip_pins_listener_t(void *context, uint64_t cycle, uint64_t levels, uint64_t changed);
enum { CHIP_LISTENERS_MAX = 32 };
/// Listen to the pins in `mask`. False when there are too many listeners. Listeners are dropped by chip_boot.
bool chip_pins_listen(uint64_t mask, chip_pins_listener_t *listener, void *context);
/// Present levels.
uint64_t chip_pins(void);

// ---- claims --------------------------------------------------------------------------------------------------------

/// What is claimed at this moment.
typedef struct {
    uint32_t dma_channels;                   ///< a bit each
    uint32_t state_machines;                 ///< a bit each, pio * 4 + sm
    uint8_t pio_instructions[CHIP_PIOS_MAX]; ///< words in use
    uint32_t user_irqs, user_irqs_core1; ///< a bit each, from the first user interrupt: pico-sdk claims them by core
    uint32_t irq_handlers;               ///< handlers installed, shared ones counted each
    uint32_t dma_timers;                 ///< pacing timers, a bit each
    uint32_t pwm_slices;                 ///< slices that are enabled, a bit each: pico-sdk has no claims for them
    uint32_t spin_locks;                 ///< a bit each
    bool core1;                          ///< core 1 runs a program
    uint64_t pins;                       ///< pins whose function is not the reset one
} chip_claims_t;
void chip_claims(chip_claims_t *claims);
/// True when nothing is claimed, no channel busy and no interrupt enabled on any core.
bool chip_claims_none(void);
/// Make the Nth claim from now (1-based, any kind: channel, state machine, program, user irq) fail; 0 never.
void chip_fail_claim(unsigned nth);

// ---- I2S decoder (i2s_decode.c): frames as a DAC would take them from the pins
// ------------------------------------------

typedef struct chip_i2s chip_i2s_t;
/// One decoded frame, left-justified in 32 bits each.
typedef void chip_i2s_frame_t(void *context, uint64_t cycle, int32_t left, int32_t right);
typedef struct {
    uint8_t data_pin, bclk_pin, ws_pin;
    uint8_t bits_per_channel; ///< bit clocks per half frame: 16 or 32
    bool left_justified;      ///< else Philips
} chip_i2s_config_t;
struct chip_i2s {
    chip_i2s_config_t config;
    chip_i2s_frame_t *frame;
    void *context;
    uint64_t frames;                  ///< decoded so far
    uint64_t first_cycle, last_cycle; ///< rising bit clocks
    uint64_t malformed; ///< half frames with the wrong number of bit clocks; the first, incomplete one is none
    // the decoder's own
    uint32_t shift, count, left, ws_moves;
    int ws, side;
    bool have_left, started, first, announced, steady;
    uint64_t ws_mask;
};
/// Start decoding what the pins do from now on. False when there are too many listeners.
bool chip_i2s_listen(chip_i2s_t *i2s, const chip_i2s_config_t *config, chip_i2s_frame_t *frame, void *context);
/// Stop decoding; what was decoded can still be read. Harmless when it does not listen. Not from a listener.
void chip_i2s_unlisten(chip_i2s_t *i2s);

// ---- PWM decoder (pwm_decode.c): what a low-pass filter behind the pins would average --------------------------------

enum { CHIP_NO_PIN = 255 };
typedef struct chip_pwm chip_pwm_t;
/// One period of a slice: for how many system clock cycles each pin was high. `cycle`: the first cycle after the period.
typedef void chip_pwm_frame_t(void *context, uint64_t cycle, uint32_t a_high, uint32_t b_high);
typedef struct {
    uint8_t a_pin, b_pin; ///< pins of channels A and B of one slice; CHIP_NO_PIN for a channel that is not listened to
} chip_pwm_config_t;
struct chip_pwm {
    chip_pwm_config_t config;
    chip_pwm_frame_t *frame;
    void *context;
    uint64_t frames;                  ///< periods so far
    uint64_t first_cycle, last_cycle; ///< first cycle of the first period; first cycle after the last one
    uint32_t period;                  ///< cycles of the last period
    uint64_t cut;                     ///< periods that did not end: the slice was halted, or its counter written
    // the decoder's own
    uint64_t levels, since[2];
    uint32_t high[2];
    unsigned slice;
    bool started;
};
/// Start decoding with the next period. A period begins where the first count shows at the pins: the rising edge, in
/// trailing-edge mode; the middle of the pulse in phase-correct mode. Periods are told while the slice counts, whatever the
/// duty. False when the pins are not channel A and B of one slice, or when there are too many listeners or decoders.
bool chip_pwm_listen(chip_pwm_t *pwm, const chip_pwm_config_t *config, chip_pwm_frame_t *frame, void *context);
/// Stop decoding; what was decoded can still be read. Harmless when it does not listen. Not from a listener.
void chip_pwm_unlisten(chip_pwm_t *pwm);

// ---- trace (vcd.c) -------------------------------------------------------------------------------------------------

typedef struct {
    uint8_t data_pin, bclk_pin, ws_pin;
    void *file;  ///< FILE *
    bool failed; ///< a write failed
    uint64_t last_ns;
} chip_vcd_t;
/// Write a value change dump with wires bclk, lrclk and data, timescale 1 ns, from now on. The file is borrowed.
bool chip_vcd_start(chip_vcd_t *vcd, void *file, uint8_t data_pin, uint8_t bclk_pin, uint8_t ws_pin);
/// Write the last time stamp. The file is the caller's to close.
void chip_vcd_end(chip_vcd_t *vcd);

// ---- a language VM's heap (vm_heap.c)
// -------------------------------------------------------------------------------------

enum { CHIP_VM_ROOTS_MAX = 64 };

/// Model of MicroPython's block heap: 16-byte blocks, first fit, mark and sweep. Table and pool lie in the memory
/// handed in, as in MicroPython, so addresses are the same as MicroPython's own.
typedef struct {
    ta_mem_t mem;
    uint8_t *alloc_table; ///< two bits a block
    uint8_t *pool;
    size_t alloc_table_bytes, blocks;
    size_t first_free_index;       ///< table byte at which a search starts
    size_t last_used_block;        ///< a collection frees no block behind this one
    void *root[CHIP_VM_ROOTS_MAX]; ///< pinned blocks (what an audio object would keep alive); marked by a collection
    unsigned roots;
    void *const *more_root; ///< more roots to mark, such as those of a modelled program; borrowed
    size_t more_roots;
    ta_mem_stats_t stats; ///< counters and `used`; a collection's blocks count as frees
    uint32_t collections;
} chip_vm_heap_t;
/// Make an empty heap of `bytes` at `base`. Serves `classes`. A heap too small for one block refuses everything.
void chip_vm_heap_init(chip_vm_heap_t *heap, void *base, size_t bytes, unsigned classes);
/// Allocate; collects once and tries again when it does not fit. NULL if it does not fit then. Untraced, unpinned.
void *chip_vm_heap_alloc(chip_vm_heap_t *heap, size_t bytes);
/// Free a block by its first byte.
void chip_vm_heap_free(chip_vm_heap_t *heap, void *block);
/// Resize in place or by moving (if allowed), as MicroPython's gc_realloc.
void *chip_vm_heap_realloc(chip_vm_heap_t *heap, void *block, size_t bytes, bool allow_move);
/// Mark from the roots, free everything else.
void chip_vm_heap_collect(chip_vm_heap_t *heap);
/// As ta_mem_alloc sees it: allocates with alignment by taking more, and pins the block until it is freed, at most
/// CHIP_VM_ROOTS_MAX at a time. Statistics do not collect: garbage counts as used until the next collection.
/// (heap->mem.ops)

#endif
