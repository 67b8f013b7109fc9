// Your own function as a source: a siren whose frames are computed when the output pulls them. The function runs in the feed, an
// interrupt of the lowest priority: it computes, and returns.
#include "tonearm/tonearm.h"

#include "pico/stdlib.h"

#include <stdio.h>

enum { RATE_HZ = 32000, FRAMES = RATE_HZ, BLOCK = 64, MEMORY_BYTES = 12 * 1024 };

TA_STATIC_SRAM(memory, MEMORY_BYTES);

typedef struct {
    ta_source_t source; // first, so that a ta_source_t pointer is a pointer to this
    uint32_t phase;     // 2^32 is one turn
    int16_t block[BLOCK];
} siren_t;

// 400 to 1200 Hz and back, twice a second.
static uint32_t step_at(uint32_t frame)
{
    uint32_t place = frame % (RATE_HZ / 2), up = place < RATE_HZ / 4 ? place : RATE_HZ / 2 - place;
    uint32_t hz = 400 + up * 800 / (RATE_HZ / 4);
    return (uint32_t)(((uint64_t)hz << 32) / RATE_HZ);
}

static ta_pull_t pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    siren_t *siren = (siren_t *)source;
    uint32_t left = (uint32_t)(source->frames - source->position);
    uint32_t frames = max_frames < BLOCK ? max_frames : BLOCK;
    frames = left < frames ? left : frames;
    for (uint32_t n = 0; n < frames; n++) {
        siren->phase += step_at((uint32_t)source->position + n);
        int32_t ramp =
            (int32_t)(siren->phase >> 16) - 32768; // a sawtooth, folded into a triangle of a third of full scale
        siren->block[n] = (int16_t)((ramp < 0 ? -ramp : ramp) * 2 / 3 - 10922);
    }
    *block = (ta_block_t){.data = siren->block, .frames = frames};
    return TA_PULL_MORE; // the source's length tells where the end is
}

int main(void)
{
    static const ta_source_ops_t ops = {.pull = pull};
    static const ta_format_t format = {TA_SAMPLE_S16, 1, RATE_HZ};
    static ta_arena_t arena;
    static ta_i2s_t dac;
    static siren_t siren;

    stdio_init_all();
    ta_source_init(&siren.source, &ops, &format, FRAMES);
    if (ta_arena_init(&arena, memory, MEMORY_BYTES, TA_CLASS_ALL) != TA_OK)
        return 1;
    ta_memory_t everything = ta_memory_all(&arena.mem);
    const ta_i2s_config_t pins = {.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .rate_hz = RATE_HZ};
    if (ta_i2s_open(&dac, &pins, &everything) != TA_OK) {
        printf("siren: %s\n", dac.error);
        return 1;
    }
    ta_status_t status = ta_output_play(&dac.output, &siren.source);
    while (status == TA_OK && ta_output_busy(&dac.output))
        sleep_ms(10);
    ta_output_stats_t stats;
    ta_output_stats(&dac.output, &stats);
    printf("siren: %s, %lu frames, %lu holes\n", ta_status_name(status), (unsigned long)stats.ring.program_frames,
           (unsigned long)stats.ring.holes);
    ta_i2s_close(&dac);
    return status == TA_OK ? 0 : 1;
}
