// Virtual time. In: the C library's clocks and sleeps that MicroPython calls, wrapped by the linker (micropython.mk). Out: the same
// with the virtual chip's time, once virtual_time_begin has been called; the machine's before.
//
// time.sleep, sleep_ms, sleep_us, asyncio and select let the chip run, in steps between which the VM's scheduler has its turn. Whoever
// asks for the time makes a moment pass, so that a loop that waits for a tick ends.

#define _GNU_SOURCE
#include "virtual_time.h"

#include "../shared.h"

#include "chip/chip.h"

#include "py/mpthread.h"
#include "py/runtime.h"

#include <errno.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { STEP_US = 1000, ASKING_US = 10 };

int __real_select(int count, fd_set *in, fd_set *out, fd_set *bad, struct timeval *timeout);
int __wrap_select(int count, fd_set *in, fd_set *out, fd_set *bad, struct timeval *timeout);
int __real_usleep(useconds_t us);
int __wrap_usleep(useconds_t us);
int __real_poll(struct pollfd *files, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *files, nfds_t count, int timeout_ms);
int __real_gettimeofday(struct timeval *time, void *zone);
int __wrap_gettimeofday(struct timeval *time, void *zone);
int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);

static bool is_virtual;
static uint64_t monotonic_ns,
    real_ns; // the machine's clocks less the chip's, when it began, and less than a millisecond more

static uint64_t machine_ns(clockid_t clock)
{
    struct timespec time;
    (void)__real_clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000U + (uint64_t)time.tv_nsec;
}

static uint64_t chip_ns(void)
{
    port_enter();
    uint64_t ns = chip_cycles_to_ns(chip_cycles());
    port_leave();
    return ns;
}

// Whole milliseconds: a sleep of some of them ends at the same moment of the chip whenever the process began, and so a script is heard as it was before.
static uint64_t ahead_of_chip(clockid_t clock, uint64_t chip)
{
    const uint64_t ms = 1000000;
    return (machine_ns(clock) - chip + ms - 1) / ms * ms;
}

void virtual_time_begin(void)
{
    uint64_t chip = chip_ns();
    monotonic_ns = ahead_of_chip(CLOCK_MONOTONIC, chip);
    real_ns = ahead_of_chip(CLOCK_REALTIME, chip);
    is_virtual = true;
}

bool virtual_time_is_on(void)
{
    return is_virtual;
}

uint64_t virtual_time_now_us(void)
{
    return chip_ns() / 1000;
}

uint64_t machine_thread_ns(void)
{
    return machine_ns(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t machine_now_us(void)
{
    return machine_ns(CLOCK_MONOTONIC) / 1000;
}

void machine_sleep_us(uint64_t us)
{
    struct timespec time = {(time_t)(us / 1000000), (long)(us % 1000000 * 1000)};
    while (nanosleep(&time, &time) != 0 && errno == EINTR) {
    }
}

void virtual_time_pass(uint64_t us)
{
    uint64_t hz = chip_board()->system_hz;
    port_enter();
    chip_run_until(chip_cycles() + us / 1000000 * hz + us % 1000000 * hz / 1000000);
    port_leave();
}

void virtual_time_moment(uint64_t us)
{
    virtual_time_pass(us);
    output_tick();
}

// The VM's own turn, as it has while it sleeps on a chip. Raises what is to be raised.
static void let_scheduler(void)
{
    output_tick();
    mp_handle_pending(true);
}

static uint64_t now_ns(void)
{
    return is_virtual ? chip_ns() : machine_ns(CLOCK_MONOTONIC);
}

static uint64_t left_of(uint64_t end_ns, uint64_t unit_ns)
{
    uint64_t now = now_ns();
    return now < end_ns ? (end_ns - now + unit_ns - 1) / unit_ns : 0;
}

// As on a chip, a sleep ends at a moment: what the feed takes meanwhile (tonearm.load) is in it, and does not come on top.
static void sleep_us(uint64_t us)
{
    uint64_t end_ns = now_ns() + us * 1000;
    do {
        uint64_t step = us < STEP_US ? us : STEP_US;
        if (is_virtual) {
            virtual_time_pass(step ? step : 1);
        } else {
            machine_sleep_us(step);
        }
        us = left_of(end_ns, 1000);
        let_scheduler();
    } while (us > 0);
}

// Is sleeping more than that? With the sound card the VM reads ahead meanwhile, too.
static bool sleeps_here(void)
{
    return is_virtual || output_reads_ahead();
}

// ---- what MicroPython calls ----------------------------------------------------------------------------------------------------

int __wrap_select(int count, fd_set *in, fd_set *out, fd_set *bad, struct timeval *timeout)
{
    if (!sleeps_here() || count != 0 || !timeout)
        return __real_select(count, in, out, bad, timeout);
    sleep_us((uint64_t)timeout->tv_sec * 1000000U + (uint64_t)timeout->tv_usec);
    return 0;
}

int __wrap_usleep(useconds_t us)
{
    if (!sleeps_here())
        return __real_usleep(us);
    sleep_us(us);
    return 0;
}

// Files are the machine's, the time to wait for them may be the chip's.
int __wrap_poll(struct pollfd *files, nfds_t count, int timeout_ms)
{
    if (!sleeps_here())
        return __real_poll(files, count, timeout_ms);
    uint64_t end_ns = timeout_ms > 0 ? now_ns() + (uint64_t)timeout_ms * 1000000 : 0;
    for (;;) {
        int ready = __real_poll(files, count, timeout_ms < 0 ? 1 : 0);
        if (ready != 0 || timeout_ms == 0)
            return ready;
        sleep_us(STEP_US);
        if (timeout_ms > 0)
            timeout_ms = (int)left_of(end_ns, 1000000);
    }
}

int __wrap_gettimeofday(struct timeval *time, void *zone)
{
    if (!is_virtual)
        return __real_gettimeofday(time, zone);
    virtual_time_moment(ASKING_US);
    uint64_t ns = real_ns + chip_ns();
    *time = (struct timeval){(time_t)(ns / 1000000000U), (suseconds_t)(ns % 1000000000U / 1000)};
    return 0;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
    if (!is_virtual || (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME))
        return __real_clock_gettime(clock, time);
    virtual_time_moment(ASKING_US);
    uint64_t ns = chip_ns() + (clock == CLOCK_MONOTONIC ? monotonic_ns : real_ns);
    *time = (struct timespec){(time_t)(ns / 1000000000U), (long)(ns % 1000000000U)};
    return 0;
}
