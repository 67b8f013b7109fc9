// Resamplers as jobs: each quality, mono and stereo, up and down between 44.1 and 48 kHz, with what reading its source costs; and 32-bit samples.
#include "jobs.h"

#include "tonearm/raw.h"
#include "tonearm/resample.h"

#include <string.h>

enum { FRAMES = 128, SOURCE_FRAMES = 1000 };

static ta_raw_t raw;
static ta_resampler_t resampler;
static uint32_t *const in = (uint32_t *)(void *)bench_memory; // SOURCE_FRAMES of two words, then FRAMES of two
static uint32_t *const out = (uint32_t *)(void *)bench_memory + SOURCE_FRAMES * 2; // and then storage

static void say(const char *text)
{
    size_t length = strlen(bench_name);
    strncpy(bench_name + length, text, sizeof bench_name - 1 - length);
}

static bool make(ta_resample_t quality, unsigned channels, bool wide, bool down)
{
    const ta_resampler_config_t config = {.quality = quality,
                                          .rate_hz = down ? 44100 : 48000,
                                          .max_rate_hz = 48000,
                                          .channels = (uint8_t)channels,
                                          .wide = wide,
                                          .inner = true};
    const ta_format_t format = {wide ? TA_SAMPLE_S32 : TA_SAMPLE_S16, (uint8_t)channels, down ? 48000 : 44100};
    ta_need_t need;
    if (ta_resampler_need(&config, &need) != TA_OK ||
        need.bytes > sizeof bench_memory - sizeof(uint32_t[(SOURCE_FRAMES + FRAMES) * 2]) ||
        ta_resampler_init(&resampler, &config, out + FRAMES * 2) != TA_OK ||
        ta_raw_init(&raw, &format, in, SOURCE_FRAMES) != TA_OK ||
        ta_source_set_loop(&raw.source, 0, 0, TA_LOOP_FOREVER) != TA_OK ||
        ta_resampler_play(&resampler, &raw.source) != TA_OK)
        return false;
    return ta_resampler_take(&resampler);
}

uint32_t bench_resample_job(uint32_t index)
{
    uint32_t noise = 1;
    for (size_t i = 0; i < SOURCE_FRAMES * 2U; i++)
        in[i] = noise = noise * 1664525 + 1013904223;
    if (index >= BENCH_RESAMPLE_JOBS)
        return 0;
    ta_resample_t quality = (ta_resample_t)(TA_RESAMPLE_LINEAR + index / 8);
    bool wide = index / 4 % 2, down = index / 2 % 2;
    unsigned channels = index % 2 + 1;
    bench_name[0] = '\0';
    say("resample.");
    say(ta_resample_name(quality));
    say(channels == 1 ? ".mono" : ".stereo");
    say(wide ? ".s32" : ".s16");
    say(down ? ".down" : ".up");
    return make(quality, channels, wide, down) ? FRAMES : 0;
}

void bench_resample_run(void)
{
    (void)ta_resampler_read(&resampler, out, FRAMES);
}
