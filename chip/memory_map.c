// The memory map. In: a board. Out: SRAM, PSRAM, flash and the registers' windows mapped into this process at the bus
// addresses that they have on the chip, so that a pointer into them is its own bus address; and the judgement of every
// address that the DMA uses.
//
// Invariants: a window that programs see is a second, read-only view of pages that the model writes: a store of the
// program into a register is caught (windows.c) and given the register's meaning. SRAM that was handed out before the
// first chip_boot stays where it is for the life of the process. (AddressSanitizer for 32 bits keeps its shadow where SRAM
// is: that combination cannot be powered up, and says so.)

#define _GNU_SOURCE // MAP_FIXED_NOREPLACE, memfd_create
#include "chip/model.h"
#include "hardware/structs/pwm.h"
#include "hardware/timer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tonearm/rp2.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0
#endif

chip_state_t chip;

enum { SRAM_RP2040 = 264 * 1024, SRAM_RP2350 = 520 * 1024, SRAM_MAPPED = 520 * 1024, ALIGNMENT = 8 };

typedef struct {
    const char *name;
    uint32_t base;
    size_t bytes;
    void *seen; ///< where it is mapped, NULL when it is not
} area_t;

enum { AREA_SRAM, AREA_FLASH, AREA_PSRAM, AREAS };
static area_t area[AREAS] = {
    [AREA_SRAM] = {"SRAM", SRAM_BASE, SRAM_MAPPED, NULL},
    [AREA_FLASH] = {"flash", FLASH_BASE, 0, NULL},
    [AREA_PSRAM] = {"PSRAM", PSRAM_BASE, 0, NULL},
};
enum { STATICS_MAX = 16 };
static struct {
    uint32_t offset, bytes;
} statics[STATICS_MAX]; ///< what ta_chip_static_sram gave: kept by every later chip_boot
static unsigned static_count;
static uint32_t static_end; ///< where the last of them ends, from the base of SRAM; 0: there are none

enum { ERASED_BYTES = 256 * 1024 };

/// Map erased flash: many views of one piece of 0xff, each copied when it is written.
static int fill_flash(uint8_t *flash, size_t bytes)
{
    static uint8_t erased[4096];
    int file = memfd_create("chip-flash", MFD_CLOEXEC);
    memset(erased, 0xff, sizeof erased);
    int failed = file < 0;
    for (size_t done = 0; done < ERASED_BYTES && !failed; done += sizeof erased)
        failed = write(file, erased, sizeof erased) != (ssize_t)sizeof erased;
    for (size_t done = 0; done < bytes && !failed; done += ERASED_BYTES)
        failed = mmap(flash + done, ERASED_BYTES, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 0) == MAP_FAILED;
    if (failed)
        fprintf(stderr, "no memory for the virtual chip's flash: %s\n", strerror(errno));
    if (file >= 0)
        close(file);
    return failed ? -1 : 0;
}

static int map_area(area_t *one, size_t bytes, int protection)
{
    one->bytes = bytes;
    if (bytes == 0)
        return 0;
    void *wanted = (void *)(uintptr_t)one->base;
    void *got =
        mmap(wanted, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (got == wanted) {
        one->seen = got;
        return 0;
    }
    if (got != MAP_FAILED)
        munmap(got, bytes);
    fprintf(stderr, "the virtual chip's %s cannot be mapped at 0x%08x: %s\n", one->name, (unsigned)one->base,
            got == MAP_FAILED ? strerror(errno) : "something else is there");
    return -1;
}

static void unmap_area(area_t *one)
{
    if (one->seen)
        munmap(one->seen, one->bytes);
    one->seen = NULL;
}

static const chip_board_t *board_of_environment(void)
{
    const char *name = getenv("TONEARM_BOARD");
    const chip_board_t *board = chip_board_find(name && *name ? name : "pico");
    if (board)
        return board;
    fprintf(stderr, "TONEARM_BOARD is \"%s\": there is no such board; there are ", name);
    for (const chip_board_t *one = chip_boards(); one->name; one++)
        fprintf(stderr, "%s%s", one == chip_boards() ? "" : ", ", one->name);
    fputc('\n', stderr);
    return NULL;
}

// ---- power ---------------------------------------------------------------------------------------------------------

static int map_memory(const chip_board_t *board)
{
    if (!area[AREA_SRAM].seen && map_area(&area[AREA_SRAM], SRAM_MAPPED, PROT_READ | PROT_WRITE))
        return -1;
    if (map_area(&area[AREA_FLASH], board->flash_bytes, PROT_READ) ||
        fill_flash(area[AREA_FLASH].seen, area[AREA_FLASH].bytes) ||
        map_area(&area[AREA_PSRAM], board->psram_bytes, PROT_READ | PROT_WRITE))
        return -1;
    bool rp2350 = board->chip == TA_CHIP_RP2350;
    return windows_open(rp2350 ? TIMER0_BASE_RP2350 : TIMER_BASE_RP2040, rp2350 ? PWM_BASE_RP2350 : PWM_BASE_RP2040);
}

/// Core 1's stack would be taken from under its program.
static void check_stack(const char *what)
{
    if (coroutine_is_here())
        panic("%s: only core 0's program can do this", what);
}

void chip_shutdown(void)
{
    check_stack("chip_shutdown");
    cores_free();
    windows_close();
    unmap_area(&area[AREA_FLASH]);
    unmap_area(&area[AREA_PSRAM]);
    if (static_end == 0)
        unmap_area(&area[AREA_SRAM]);
    memset(&chip, 0, sizeof chip);
}

/// Zero what was used since it was mapped, without touching the rest; flash becomes erased flash.
static void clear_areas(void)
{
    for (unsigned i = 0; i < AREAS; i++)
        if (area[i].seen && madvise(area[i].seen, area[i].bytes, MADV_DONTNEED) && i != AREA_FLASH)
            memset(area[i].seen, 0, area[i].bytes);
}

/// Map for `board`, or keep what is mapped when it is up already.
static int power_up(const chip_board_t *board)
{
    // A forked process has the same register pages as its parent, for they are mapped twice and so shared: it needs its own.
    static pid_t owner;
    bool ours = owner == getpid();
    owner = getpid();
    if (chip.board == board && ours) {
        memory_hide_xip(false);
        windows_forget();
        memset(&chip, 0, sizeof chip);
        return 0;
    }
    chip_shutdown();
    return map_memory(board);
}

int chip_boot(const chip_board_t *board)
{
    check_stack("chip_boot");
    if (!board || power_up(board)) {
        chip_shutdown();
        return -1;
    }
    clear_areas();
    chip.board = board;
    chip.rp2350 = board->chip == TA_CHIP_RP2350;
    chip.channels = (uint8_t)NUM_DMA_CHANNELS;
    chip.dma_irqs = (uint8_t)NUM_DMA_IRQS;
    chip.pios = (uint8_t)NUM_PIOS;
    chip.sram_bytes = chip.rp2350 ? SRAM_RP2350 : SRAM_RP2040;
    chip.sram_taken = board->static_bytes;
    if (static_end > chip.sram_taken)
        chip.sram_taken = static_end;
    if (chip.sram_taken > chip.sram_bytes) {
        fprintf(stderr, "static memory of %u bytes does not fit into the SRAM of board %s\n", (unsigned)chip.sram_taken,
                board->name);
        chip_shutdown();
        return -1;
    }
    chip.hook_cycles = 8;
    chip.flash_times = chip_flash_typical;
    clock_reset(board->system_hz);
    clocks_reset();
    cores_reset();
    gpio_reset();
    pio_reset();
    dma_reset();
    pwm_reset();
    for (unsigned i = 0; i < static_count; i++)
        chip_dma_allow((void *)(uintptr_t)(SRAM_BASE + statics[i].offset), statics[i].bytes, "static SRAM");
    windows_show();
    return 0;
}

const chip_board_t *chip_board(void)
{
    return chip.board;
}

// ---- SRAM and PSRAM ------------------------------------------------------------------------------------------------

void chip_sram_free(void **base, size_t *bytes)
{
    *base = (void *)(uintptr_t)(SRAM_BASE + chip.sram_taken);
    *bytes = chip.sram_bytes - chip.sram_taken;
}

void *chip_sram_take(size_t bytes)
{
    uint32_t start = (chip.sram_taken + (ALIGNMENT - 1)) & ~(uint32_t)(ALIGNMENT - 1);
    if (start > chip.sram_bytes || bytes > chip.sram_bytes - start)
        return NULL;
    chip.sram_taken = start + (uint32_t)bytes;
    return (void *)(uintptr_t)(SRAM_BASE + start);
}

void chip_psram(void **base, size_t *bytes)
{
    *base = area[AREA_PSRAM].seen;
    *bytes = area[AREA_PSRAM].seen ? area[AREA_PSRAM].bytes : 0;
}

// ---- flash ---------------------------------------------------------------------------------------------------------

void chip_flash(const void **base, size_t *bytes)
{
    *base = area[AREA_FLASH].seen;
    *bytes = area[AREA_FLASH].seen ? area[AREA_FLASH].bytes : 0;
}

static void protect(area_t *one, int protection)
{
    if (one->seen && mprotect(one->seen, one->bytes, protection))
        panic("the virtual chip's %s cannot be protected: %s", one->name, strerror(errno));
}

uint8_t *memory_open_flash(void)
{
    protect(&area[AREA_FLASH], PROT_READ | PROT_WRITE);
    return area[AREA_FLASH].seen;
}

void memory_close_flash(void)
{
    protect(&area[AREA_FLASH], chip.xip_off ? PROT_NONE : PROT_READ);
}

void memory_hide_xip(bool hide)
{
    protect(&area[AREA_FLASH], hide ? PROT_NONE : PROT_READ);
    protect(&area[AREA_PSRAM], hide ? PROT_NONE : PROT_READ | PROT_WRITE);
}

static volatile uintptr_t fault_address; ///< 0: none

/// The program goes on with the bytes as they are, and the area stays open until flash is hidden again.
bool memory_faulted(uintptr_t address)
{
    for (unsigned i = AREA_FLASH; i <= AREA_PSRAM && chip.xip_off; i++) {
        if (!area[i].seen || address - area[i].base >= area[i].bytes)
            continue;
        if (fault_address == 0)
            fault_address = address;
        int protection = i == AREA_PSRAM ? PROT_READ | PROT_WRITE : PROT_READ;
        return mprotect(area[i].seen, area[i].bytes, protection) == 0;
    }
    return false;
}

void memory_take_fault(void)
{
    if (fault_address)
        bus_violation(chip.now, (unsigned)CHIP_BY_CORE + chip.at, false, (uint32_t)fault_address);
    fault_address = 0;
}

/// Runs before main, from constructors, so it powers the chip up itself; a program that says TA_STATIC_SRAM needs no
/// other call. A later chip_boot keeps this memory.
void *ta_chip_static_sram(size_t bytes)
{
    if (!chip.board) {
        const chip_board_t *board = board_of_environment();
        if (!board || chip_boot(board))
            exit(2);
    }
    chip.sram_taken = (chip.sram_taken + 63u) & ~63u; // as the static array of a real chip is aligned
    uint8_t *memory = static_count < STATICS_MAX ? chip_sram_take(bytes) : NULL;
    if (!memory) {
        fprintf(stderr, "%zu bytes of static SRAM do not fit on board %s\n", bytes, chip.board->name);
        exit(2);
    }
    chip_dma_allow(memory, bytes, "static SRAM");
    statics[static_count].offset = chip.sram_taken - (uint32_t)bytes;
    statics[static_count++].bytes = (uint32_t)bytes;
    static_end = chip.sram_taken;
    return memory;
}

// ---- what the DMA may touch ----------------------------------------------------------------------------------------

void chip_dma_forbid(const void *base)
{
    uint32_t address = (uint32_t)(uintptr_t)base;
    for (unsigned i = 0; i < chip.blocks; i++) {
        if (chip.block[i].base != address)
            continue;
        memmove(&chip.block[i], &chip.block[i + 1], (chip.blocks - i - 1) * sizeof chip.block[0]);
        chip.blocks--;
        return;
    }
}

void chip_dma_allow(const void *base, size_t bytes, const char *name)
{
    uint32_t address = bus_address(base, "chip_dma_allow");
    chip_dma_forbid(base);
    if (chip.blocks == BLOCKS_MAX)
        panic("chip_dma_allow: more than %d blocks", BLOCKS_MAX);
    block_t *block = &chip.block[chip.blocks++];
    block->base = address;
    block->bytes = (uint32_t)bytes;
    snprintf(block->name, sizeof block->name, "%s", name);
}

static bool inside(const block_t *block, uint32_t address, uint32_t bytes)
{
    uint32_t offset = address - block->base;
    return offset < block->bytes && bytes <= block->bytes - offset;
}

bool bus_allowed(uint32_t address, uint32_t bytes, uint16_t *hint)
{
    if (*hint < chip.blocks && inside(&chip.block[*hint], address, bytes))
        return true;
    for (unsigned i = 0; i < chip.blocks; i++) {
        if (inside(&chip.block[i], address, bytes)) {
            *hint = (uint16_t)i;
            return true;
        }
    }
    return false;
}

static uint32_t distance(const block_t *block, uint32_t address)
{
    if (address < block->base)
        return block->base - address;
    return address - block->base < block->bytes ? 0 : address - block->base - block->bytes + 1;
}

void bus_violation(uint64_t cycle, unsigned channel, bool write, uint32_t address)
{
    if (chip.violations++ >= VIOLATIONS_MAX)
        return;
    chip_violation_t *violation = &chip.violation[chip.violations - 1];
    *violation = (chip_violation_t){.cycle = cycle, .channel = (uint8_t)channel, .write = write, .address = address};
    const block_t *nearest = NULL;
    for (unsigned i = 0; i < chip.blocks; i++)
        if (!nearest || distance(&chip.block[i], address) < distance(nearest, address))
            nearest = &chip.block[i];
    snprintf(violation->nearest, sizeof violation->nearest, "%s", nearest ? nearest->name : "none");
}

uint64_t chip_violations(chip_violation_t *first, unsigned max)
{
    for (unsigned i = 0; first && i < max && i < chip.violations && i < VIOLATIONS_MAX; i++)
        first[i] = chip.violation[i];
    return chip.violations;
}

bus_kind_t bus_kind(uint32_t address)
{
    if (address - SRAM_BASE < chip.sram_bytes)
        return BUS_MEMORY;
    if (address - 0x40000000u < 0x20000000u)
        return BUS_PERIPHERAL;
    if (address - FLASH_BASE < area[AREA_FLASH].bytes || address - PSRAM_BASE < area[AREA_PSRAM].bytes)
        return chip.xip_off ? BUS_ROM : BUS_MEMORY;
    return address < 0x4000u ? BUS_ROM : BUS_NOTHING;
}

uint32_t bus_address(const volatile void *pointer, const char *what)
{
    uintptr_t address = (uintptr_t)pointer;
    if ((uint32_t)address != address)
        panic("%s: host pointer %p is no address of the virtual chip; take the memory with chip_sram_take", what,
              (const void *)address);
    return (uint32_t)address;
}

void panic(const char *fmt, ...)
{
    va_list arguments;
    va_start(arguments, fmt);
    fputs("*** PANIC *** ", stderr);
    vfprintf(stderr, fmt, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}
