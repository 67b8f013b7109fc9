// The registers' windows: what a program sees at the peripherals' bus addresses. In: the model's registers, and stores of
// the program. Out: words at the true addresses, and register writes.
//
// A window is one page, mapped twice: read-only at its bus address for the program, writable elsewhere for the model. A
// store of the program therefore faults; the handler opens the page, and the next hook carries out what was stored.
// Nothing is lost by that delay, because the program takes no time between hooks. Of several stores to one page between
// two hooks, those that leave a word as it was are seen only if they come first. SDK functions have no such limit, and
// need no signal handler: whoever installs one for SIGSEGV after chip_boot, or runs under valgrind, should use only them.

#define _GNU_SOURCE // memfd_create
#include "chip/model.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0
#endif

enum {
    WINDOW_DMA,
    WINDOW_PIO,
    WINDOW_TIMER = WINDOW_PIO + CHIP_PIOS_MAX,
    WINDOW_PWM,
    WINDOWS,
    WORDS = WINDOW_BYTES / 4,
};

typedef struct {
    uint32_t base;
    void *seen;      ///< the program's view
    uint32_t *words; ///< the model's view
    volatile sig_atomic_t opened;
    volatile uint32_t first; ///< byte offset of the store that opened it
    uint32_t before[WORDS];
} window_t;

static window_t window[WINDOWS];
static size_t page;
static struct sigaction previous;
static bool handling;
static volatile sig_atomic_t any_opened;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    uintptr_t address = (uintptr_t)info->si_addr;
    for (unsigned i = 0; i < WINDOWS; i++) {
        window_t *one = &window[i];
        if (!one->seen || address - one->base >= WINDOW_BYTES || one->opened)
            continue;
        one->first = (uint32_t)(address - one->base) & ~3u;
        memcpy(one->before, one->words, WINDOW_BYTES);
        one->opened = 1;
        any_opened = 1;
        if (mprotect(one->seen, page, PROT_READ | PROT_WRITE) == 0)
            return;
    }
    if (memory_faulted(address)) {
        any_opened = 1;
        return;
    }
    sigaction(SIGSEGV, &previous, NULL); // not ours: it happens again, for whoever was there before
}

/// Also when the handler was in place before: someone else's (a test runner's) may have come after it.
static bool handle_faults(void)
{
    struct sigaction ours = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    struct sigaction before;
    sigemptyset(&ours.sa_mask);
    if (sigaction(SIGSEGV, &ours, &before))
        return false;
    if (!(before.sa_flags & SA_SIGINFO) || before.sa_sigaction != on_fault)
        previous = before;
    handling = true;
    return true;
}

static int map_window(window_t *one, int file, off_t offset)
{
    void *wanted = (void *)(uintptr_t)one->base;
    void *got = mmap(wanted, page, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, file, offset);
    if (got == wanted) {
        one->seen = got;
        got = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, file, offset);
        if (got != MAP_FAILED) {
            one->words = got;
            return 0;
        }
    } else if (got != MAP_FAILED) {
        munmap(got, page);
    }
    fprintf(stderr, "the virtual chip's registers at 0x%08x cannot be mapped\n", (unsigned)one->base);
    return -1;
}

int windows_open(uint32_t timer_base, uint32_t pwm_base)
{
    static const uint32_t pio_base[CHIP_PIOS_MAX] = {PIO0_BASE, PIO1_BASE, PIO2_BASE};
    page = (size_t)sysconf(_SC_PAGESIZE);
    int file = memfd_create("chip-registers", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, (off_t)(page * WINDOWS))) {
        fprintf(stderr, "no memory for the virtual chip's registers: %s\n", strerror(errno));
        if (file >= 0)
            close(file);
        return -1;
    }
    any_opened = 0;
    memset(window, 0, sizeof window);
    window[WINDOW_DMA].base = DMA_BASE;
    for (unsigned i = 0; i < CHIP_PIOS_MAX; i++)
        window[WINDOW_PIO + i].base = pio_base[i];
    window[WINDOW_TIMER].base = timer_base;
    window[WINDOW_PWM].base = pwm_base;
    int result = 0;
    for (unsigned i = 0; i < WINDOWS && result == 0; i++)
        result = map_window(&window[i], file, (off_t)(page * i));
    close(file);
    if (result)
        return result;
    return handle_faults() ? 0 : -1;
}

void windows_close(void)
{
    struct sigaction now;
    if (handling && sigaction(SIGSEGV, NULL, &now) == 0 && now.sa_flags & SA_SIGINFO && now.sa_sigaction == on_fault)
        sigaction(SIGSEGV, &previous, NULL);
    handling = false;
    for (unsigned i = 0; i < WINDOWS; i++) {
        if (window[i].seen)
            munmap(window[i].seen, page);
        if (window[i].words)
            munmap(window[i].words, page);
        window[i].seen = NULL;
        window[i].words = NULL;
    }
}

void windows_forget(void)
{
    for (unsigned i = 0; i < WINDOWS; i++) {
        if (window[i].opened)
            mprotect(window[i].seen, page, PROT_READ);
        window[i].opened = 0;
        memset(window[i].words, 0, WINDOW_BYTES);
    }
    any_opened = 0;
    (void)handle_faults();
}

uint32_t *window_dma(void)
{
    return window[WINDOW_DMA].words;
}

uint32_t *window_pio(unsigned pio)
{
    return window[WINDOW_PIO + pio].words;
}

uint32_t *window_timer(void)
{
    return window[WINDOW_TIMER].words;
}

uint32_t *window_pwm(void)
{
    return window[WINDOW_PWM].words;
}

void windows_show(void)
{
    if (chip.dma.dirty)
        dma_show();
    for (unsigned left = chip.pio_written; left; left &= left - 1)
        pio_show((unsigned)__builtin_ctz(left));
    for (unsigned left = chip.pio_ran; left; left &= left - 1)
        pio_show_sm((unsigned)__builtin_ctz(left) / 4, (unsigned)__builtin_ctz(left) % 4);
    chip.pio_ran = 0;
    chip.pio_written = 0;
    if (chip.pwm.dirty || chip.pwm.moving)
        pwm_show();
}

void windows_take(void)
{
    if (!any_opened)
        return;
    any_opened = 0;
    memory_take_fault();
    for (unsigned i = 0; i < WINDOWS; i++) {
        window_t *one = &window[i];
        if (!one->opened)
            continue;
        uint32_t stored[WORDS];
        memcpy(stored, one->words, sizeof stored);
        mprotect(one->seen, page, PROT_READ);
        one->opened = 0;
        memcpy(one->words, one->before, WINDOW_BYTES);
        for (uint32_t word = 0; word < WORDS; word++)
            if (word == one->first / 4 || stored[word] != one->before[word])
                bus_register_write(one->base + word * 4, stored[word], chip.now);
        engine_touch();
        chip.dma.dirty = UINT16_MAX;
        if (i >= WINDOW_PIO && i < WINDOW_TIMER)
            chip.pio_written |= (uint8_t)(1u << (i - WINDOW_PIO));
        chip.pwm.dirty |= i == WINDOW_PWM;
    }
}
