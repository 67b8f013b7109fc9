// Plays what an RP2040 has not the time for, from an interrupt of the core on which the program runs, and tells what is left of that for the program. In: nothing. Out: for each graph a
// line; each is stopped and another begun, since commands are heard whatever is played.

#include "tonearm/tonearm.h"

#include "hardware/timer.h"
#include "pico/stdlib.h"

#include <stdio.h>

enum { FRAMES = 4096, MEMORY_BYTES = 100 * 1024, RATE_HZ = 44100, ROW = 4, MEASURE_US = 200000 };

TA_STATIC_SRAM(memory, MEMORY_BYTES);

static int16_t samples[FRAMES * 2];
static ta_arena_t arena;
static ta_memory_t everything;
static ta_i2s_t dac;
static ta_raw_t source;
static ta_speed_t fast;
static ta_resampler_t row[ROW];

static void need_ok(ta_status_t status, const char *what)
{
    if (status == TA_OK)
        return;
    printf("overload: %s: %s\n", what, ta_status_name(status));
    for (;;)
        tight_loop_contents();
}

static void *take(const ta_need_t *need)
{
    void *block = NULL;
    ta_failure_t failure;
    need_ok(ta_mem_alloc(everything.fast, need, &block, &failure), need->object);
    return block;
}

static ta_source_t *sound(uint32_t rate_hz)
{
    const ta_format_t format = {TA_SAMPLE_S16, 2, rate_hz};
    need_ok(ta_raw_init(&source, &format, samples, FRAMES), "sound");
    need_ok(ta_source_set_loop(&source.source, 0, 0, TA_LOOP_FOREVER), "loop");
    return &source.source;
}

// A thousand frames are passed over for each that is heard.
static ta_source_t *speed(void)
{
    const ta_speed_config_t config = {.quality = TA_RESAMPLE_LINEAR, .rate_hz = RATE_HZ, .channels = 2};
    ta_need_t need;
    need_ok(ta_speed_need(&config, &need), "speed");
    need_ok(ta_speed_init(&fast, &config, take(&need)), "speed");
    need_ok(ta_speed_set(&fast, 1000), "speed");
    need_ok(ta_speed_play(&fast, sound(RATE_HZ)), "speed");
    return &fast.source;
}

// 44,100 Hz to 48,000, and back, and again, each as good as it gets within a chip.
static ta_source_t *resamplers(void)
{
    ta_source_t *from = sound(RATE_HZ);
    for (unsigned r = 0; r < ROW; r++) {
        const ta_resampler_config_t config = {
            .quality = TA_RESAMPLE_GOOD, .rate_hz = r % 2 ? RATE_HZ : 48000, .max_rate_hz = 48000, .channels = 2};
        ta_need_t need;
        need_ok(ta_resampler_need(&config, &need), "resampler");
        need_ok(ta_resampler_init(&row[r], &config, take(&need)), "resampler");
        need_ok(ta_resampler_play(&row[r], from), "resampler");
        from = &row[r].source;
    }
    return from;
}

// How much the program gets done.
static uint32_t work(void)
{
    uint32_t rounds = 0;
    for (uint32_t began = time_us_32(); time_us_32() - began < MEASURE_US;)
        rounds++;
    return rounds;
}

static void play(const char *name, ta_source_t *graph, uint32_t idle)
{
    need_ok(ta_output_play(&dac.output, graph), name);
    sleep_ms(100); // until what is queued is used up
    ta_output_stats_t before, after;
    ta_output_stats(&dac.output, &before);
    uint32_t rounds = work();
    ta_output_stats(&dac.output, &after);
    need_ok(ta_output_stop(&dac.output), name);
    uint32_t began = time_us_32();
    while (ta_output_busy(&dac.output))
        tight_loop_contents();
    printf("%s: load %u, program %u, paced %u, holes %u, overloads %u, stopped in %u us\n", name,
           (unsigned)after.load_permille, (unsigned)(rounds * 1000ULL / idle), (unsigned)(after.paced - before.paced),
           (unsigned)(after.ring.holes - before.ring.holes), (unsigned)(after.ring.overloads - before.ring.overloads),
           (unsigned)(time_us_32() - began));
}

int main(void)
{
    stdio_init_all();
    for (unsigned s = 0; s < FRAMES * 2; s++)
        samples[s] = (int16_t)(s * 7919);
    const ta_i2s_config_t config = {
        .data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .rate_hz = RATE_HZ, .buffer_us = 20000, .hole_records = 8};
    need_ok(ta_arena_init(&arena, memory, MEMORY_BYTES, TA_CLASS_ALL), "arena");
    everything = ta_memory_all(&arena.mem);
    ta_status_t status = ta_i2s_open(&dac, &config, &everything);
    if (status != TA_OK)
        printf("%s\n", dac.error);
    need_ok(status, "open");
    uint32_t idle = work();
    play("sound", sound(RATE_HZ), idle);
    play("speed", speed(), idle);
    play("resamplers", resamplers(), idle);
    ta_i2s_close(&dac);
    printf("done\n");
    return 0;
}
