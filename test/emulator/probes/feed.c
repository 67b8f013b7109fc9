// Plays one program for ever, for bench/output.sh, which measures what that costs. What is played is in `job`, where the bench writes it
// when main begins; what it takes is said, in bytes. Then nothing but the output's interrupts and the sleeping core is left.

#include "tonearm/tonearm.h"

#include "hardware/sync.h"
#include "pico/stdlib.h"

#include <stdio.h>

enum { FRAMES = 4096, MEMORY_BYTES = 40 * 1024, RATE_HZ = 44100 };

TA_STATIC_SRAM(memory, MEMORY_BYTES);

// In the order that bench/output/cycles.mjs writes.
typedef struct {
    uint32_t sample, channels, slot_frames, buffer_us, in_flash;
} job_t;
volatile job_t job = {TA_SAMPLE_S16, 2, 128, 20000, 1};

static uint32_t in_sram[FRAMES];        // lent where it is in wire format
static const uint32_t in_flash[FRAMES]; // silence, but its cycles are those of sound
static ta_arena_t arena;
static ta_i2s_t dac;
static ta_raw_t source;
volatile uint32_t ready;

// Loud noise: all of a ramp's steps differ.
static void compose(void)
{
    uint32_t noise = 1;
    for (int n = 0; n < FRAMES; n++) {
        noise = noise * 1664525 + 1013904223;
        in_sram[n] = noise;
    }
}

int main(void)
{
    stdio_init_all();
    compose();
    const ta_i2s_config_t config = {.data_pin = 9,
                                    .bclk_pin = 10,
                                    .ws_pin = 11,
                                    .rate_hz = RATE_HZ,
                                    .fixed_rate = true,
                                    .hole_records = 1,
                                    .slot_frames = (uint16_t)job.slot_frames,
                                    .buffer_us = job.buffer_us};
    const ta_format_t format = {(ta_sample_t)job.sample, (uint8_t)job.channels, RATE_HZ};
    const void *data = job.in_flash ? in_flash : in_sram;
    ta_status_t status = ta_arena_init(&arena, memory, MEMORY_BYTES, TA_CLASS_ALL);
    ta_memory_t everything = ta_memory_all(&arena.mem);
    if (status == TA_OK)
        status = ta_i2s_open(&dac, &config, &everything);
    if (status == TA_OK)
        status = ta_raw_init(&source, &format, data, sizeof in_sram / ta_frame_bytes(&format));
    if (status == TA_OK)
        status = ta_source_set_loop(&source.source, 0, 0, TA_LOOP_FOREVER);
    if (status == TA_OK)
        status = ta_output_play(&dac.output, &source.source);
    if (status != TA_OK) {
        printf("feed: %s\n", ta_status_name(status));
        return 1;
    }
    static ta_i2s_plan_t plan;
    if (ta_i2s_plan(&config, &plan, NULL) != TA_OK)
        return 1;
    printf("output %u ring %u accounts %u source %u\n", (unsigned)sizeof dac, (unsigned)plan.needs[0].bytes,
           (unsigned)plan.needs[1].bytes, (unsigned)sizeof source);
    printf("slots %u of %u frames, %u queued\n", (unsigned)plan.ring.slots, (unsigned)plan.ring.slot_frames,
           (unsigned)plan.buffer_frames);
    ready = 1;
    for (;;)
        __wfi();
}
