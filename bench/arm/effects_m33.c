// Instructions of effects on a Cortex-M33 in qemu. In: effects.c. Out: the lines of effects.mjs, with instructions for cycles. How it counts: m33.c.
#include "jobs.h"

#include <stdio.h>

enum { TICKS_PER_100 = 256, TICKS_MASK = 0xFFFFFF, ROUNDS = 9 };

static volatile uint32_t *const systick = (volatile uint32_t *)0xE000E010; // control, reload, value: it counts down

static uint32_t run_instructions(void)
{
    for (int round = 1; round < ROUNDS; round++)
        bench_run();
    uint32_t began = systick[2];
    bench_run();
    return (((began - systick[2]) & TICKS_MASK) * 100 + TICKS_PER_100 / 2) / TICKS_PER_100;
}

int main(void)
{
    systick[1] = TICKS_MASK;
    systick[2] = 0;
    systick[0] = 5; // on, at the processor's clock
    bench_nothing();
    const uint32_t call = run_instructions();
    uint32_t frames;
    for (uint32_t index = 0; (frames = bench_job(index)) != 0; index++)
        printf("%s %.1f\n", bench_name, (double)(run_instructions() - call) / frames);
    return 0;
}
