// Every wire format of the I2S output in turn: 16, 24 and 32 bits, Philips and left-justified, word select above and below the bit clock. In
// each it plays the same frames from memory, mono and stereo. The harness decodes what a DAC would take.

#include "tonearm/tonearm.h"

#include "pico/stdlib.h"

#include <stdio.h>

enum { RATE_HZ = 96000, FRAMES = 300, MEMORY_BYTES = 24 * 1024 };

TA_STATIC_SRAM(memory, MEMORY_BYTES);

static int32_t stereo[FRAMES][2];
static int16_t mono[FRAMES];
static ta_arena_t arena;
static ta_i2s_t dac;

// Noise that needs no rounding in `bits` bits.
static void compose(unsigned bits)
{
    uint32_t noise = 1;
    for (int n = 0; n < FRAMES; n++) {
        noise = noise * 1664525 + 1013904223;
        stereo[n][0] = (int32_t)(noise >> (32 - bits) << (32 - bits));
        stereo[n][1] = -(int32_t)((uint32_t)n << 20);
        mono[n] = (int16_t)(noise >> 16);
    }
}

static ta_status_t play(const ta_format_t *format, const void *data)
{
    static ta_raw_t source;
    ta_status_t status = ta_raw_init(&source, format, data, FRAMES);
    if (status == TA_OK)
        status = ta_output_play(&dac.output, &source.source);
    while (status == TA_OK && ta_output_busy(&dac.output))
        sleep_us(100);
    return status;
}

static ta_status_t try_format(uint8_t bits, ta_i2s_alignment_t alignment, bool swapped, const ta_memory_t *from)
{
    static const ta_format_t two = {TA_SAMPLE_S32, 2, RATE_HZ}, one = {TA_SAMPLE_S16, 1, RATE_HZ};
    const ta_i2s_config_t config = {.data_pin = 9,
                                    .bclk_pin = swapped ? 11 : 10,
                                    .ws_pin = swapped ? 10 : 11,
                                    .bits = bits,
                                    .alignment = alignment,
                                    .rate_hz = RATE_HZ,
                                    .buffer_us = 4000};
    printf("format %u %s %s\n", bits, alignment == TA_I2S_PHILIPS ? "philips" : "left",
           swapped ? "swapped" : "straight");
    ta_status_t status = ta_i2s_open(&dac, &config, from);
    if (status != TA_OK) {
        printf("%s\n", dac.error);
        return status;
    }
    status = play(&two, stereo);
    if (status == TA_OK)
        status = play(&one, mono);
    ta_output_stats_t stats;
    ta_output_stats(&dac.output, &stats);
    printf("played %lu frames, %lu holes\n", (unsigned long)stats.ring.program_frames, (unsigned long)stats.ring.holes);
    ta_i2s_close(&dac);
    return status;
}

int main(void)
{
    static const uint8_t bits[] = {16, 24, 32};
    stdio_init_all();
    if (ta_arena_init(&arena, memory, MEMORY_BYTES, TA_CLASS_ALL) != TA_OK)
        return 1;
    ta_memory_t everything = ta_memory_all(&arena.mem);
    for (int b = 0; b < 3; b++) {
        compose(bits[b]);
        for (int k = 0; k < 4; k++) {
            ta_i2s_alignment_t alignment = k & 1 ? TA_I2S_LEFT_JUSTIFIED : TA_I2S_PHILIPS;
            if (try_format(bits[b], alignment, k >= 2, &everything) != TA_OK)
                return 1;
        }
    }
    printf("live blocks: %lu\n", (unsigned long)arena.live);
    return 0;
}
