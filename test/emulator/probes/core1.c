// The second core: it is launched, told numbers by the mailbox, divides with its own divider while core 0 divides with its own, counts
// together with core 0 under a mutex, and sleeps until it is woken.

#include "hardware/divider.h"
#include "pico/multicore.h"
#include "pico/mutex.h"
#include "pico/stdlib.h"

#include <stdio.h>

enum { ROUNDS = 2000 };

static mutex_t mutex;
static uint32_t counted;              // under the mutex
static volatile uint32_t divisor = 1; // so that the divisions are not done by the compiler
static volatile uint32_t woken;

// With the divider's registers, which the C library's division would save and restore.
static uint32_t quotients(uint32_t seed)
{
    uint32_t sum = 0;
    for (uint32_t n = 1; n <= ROUNDS; n++) {
        sum += hw_divider_u32_quotient_inlined(seed * n, divisor + (n & 15));
        sum += hw_divider_u32_remainder_inlined(seed * n, divisor + (n & 7));
    }
    return sum;
}

static void count(void)
{
    for (int n = 0; n < ROUNDS; n++) {
        mutex_enter_blocking(&mutex);
        counted++;
        mutex_exit(&mutex);
    }
}

static void core1(void)
{
    uint32_t seed = multicore_fifo_pop_blocking();
    multicore_fifo_push_blocking(get_core_num());
    multicore_fifo_push_blocking(quotients(seed));
    count();
    multicore_fifo_push_blocking(1);
    while (!woken)
        __wfe();
    multicore_fifo_push_blocking(2);
    while (true)
        __wfe();
}

int main(void)
{
    stdio_init_all();
    mutex_init(&mutex);
    uint32_t alone = quotients(31), other = quotients(77);
    multicore_launch_core1(core1);
    multicore_fifo_push_blocking(77);
    unsigned launched = (unsigned)multicore_fifo_pop_blocking();
    uint32_t together = quotients(31), from_core1 = multicore_fifo_pop_blocking(); // both cores at once
    printf("core %u launched core %u\n", get_core_num(), launched);
    printf("quotients: %s, %s\n", together == alone ? "mine are the same" : "mine differ",
           from_core1 == other ? "its are the same" : "its differ");
    count();
    (void)multicore_fifo_pop_blocking();
    printf("counted %u\n", (unsigned)counted);
    sleep_ms(1);
    woken = 1;
    __sev();
    printf("woken: %u\n", (unsigned)multicore_fifo_pop_blocking());
    multicore_reset_core1();
    multicore_launch_core1(core1);
    multicore_fifo_push_blocking(1);
    printf("launched again: core %u\n", (unsigned)multicore_fifo_pop_blocking());
    return 0;
}
