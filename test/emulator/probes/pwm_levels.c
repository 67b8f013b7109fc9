// The PWM output in its ways, one after the other, at GPIO 14 and 15: automatic with a change of rate, left on channel B and dithered, one pin,
// a period that has nothing to do with the rate. The harness reads every period at the pins. It is built for the desktop, too, where it gives
// the virtual chip's periods.

#include "tonearm/tonearm.h"

#include "pico/stdlib.h"

#include <stdio.h>

enum { FRAMES = 700, MEMORY_BYTES = 16 * 1024 };

TA_STATIC_SRAM(memory, MEMORY_BYTES);

static int16_t frames[2 * FRAMES];
static ta_arena_t arena;
static ta_pwm_t pwm;

static void compose(void)
{
    uint32_t noise = 1;
    for (int n = 0; n < 2 * FRAMES; n++) {
        noise = noise * 1664525 + 1013904223;
        frames[n] = (int16_t)(noise >> 16);
    }
}

static ta_status_t play(uint32_t rate_hz)
{
    static ta_raw_t source;
    const ta_format_t format = {TA_SAMPLE_S16, 2, rate_hz};
    ta_status_t status = ta_raw_init(&source, &format, frames, FRAMES);
    if (status == TA_OK)
        status = ta_output_play(&pwm.output, &source.source);
    while (status == TA_OK && ta_output_busy(&pwm.output))
        sleep_us(100);
    printf("period %u, %u/%u\n", pwm.timing.period, pwm.timing.timer_x, pwm.timing.timer_y);
    return status;
}

static bool try_way(const ta_pwm_config_t *config, uint32_t first_hz, uint32_t then_hz)
{
    ta_memory_t everything = ta_memory_all(&arena.mem);
    if (ta_pwm_open(&pwm, config, &everything) != TA_OK) {
        printf("%s\n", pwm.error);
        return false;
    }
    printf("open\n");
    ta_status_t status = play(first_hz);
    if (status == TA_OK && then_hz)
        status = play(then_hz);
    ta_output_stats_t stats;
    ta_output_stats(&pwm.output, &stats);
    printf("played %lu frames, %lu holes\n", (unsigned long)stats.ring.program_frames, (unsigned long)stats.ring.holes);
    ta_pwm_close(&pwm);
    printf("closed\n");
    return status == TA_OK;
}

int main(void)
{
    static const ta_pwm_config_t ways[] = {
        {.left_pin = 14, .right_pin = 15, .buffer_us = 4000},
        {.left_pin = 15, .right_pin = 14, .rate_hz = 48000, .rounding = TA_PWM_DITHERED, .ramp_ms = 30},
        {.left_pin = 14, .right_pin = TA_PWM_ONE_PIN, .rate_hz = 8000},
        {.left_pin = 14, .right_pin = 15, .bits = 11, .rounding = TA_PWM_PLAIN, .feed = TA_FEED_CORE1},
    };
    static const uint32_t rates[][2] = {{44100, 32000}, {48000, 0}, {8000, 384000}, {44100, 48000}};
    stdio_init_all();
    compose();
    if (ta_arena_init(&arena, memory, MEMORY_BYTES, TA_CLASS_ALL) != TA_OK)
        return 1;
    for (int w = 0; w < 4; w++) {
        if (!try_way(&ways[w], rates[w][0], rates[w][1]))
            return 1;
    }
    printf("live blocks: %lu\n", (unsigned long)arena.live);
    return 0;
}
