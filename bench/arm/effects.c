// What is measured of effects: a tick of 256 frames of noise through each, mono and stereo, as a consumer gets it: pulled from a source in memory,
// copied in, worked out and lent. Speed is the second run's, with parameters that stand still. See jobs.h.
#include "jobs.h"

#include "tonearm/filters.h"
#include "tonearm/raw.h"
#include "tonearm/reverb.h"

#include <string.h>

enum { FRAMES = TA_FX_TICK_FRAMES, RATE_HZ = 44100, FILTERS_MAX = 2 };

char bench_name[64];
static union {
    ta_filter_t filter;
    ta_distortion_t distortion;
    ta_phaser_t phaser;
    ta_freeverb_t freeverb;
} effect;
static ta_fx_t *fx;
static ta_raw_t raw;
static ta_biquad_t biquads[FILTERS_MAX];
static int16_t noise[2 * FRAMES];
static _Alignas(8) uint8_t small[2][4096], lines[60000];
static ta_fx_config_t config = {{TA_SAMPLE_S16, 1, RATE_HZ}, FRAMES};

static bool make_filter(uint32_t filters)
{
    ta_filter_config_t filter = {config, FILTERS_MAX};
    void *storage[] = {small[0], small[1]};
    ta_biquad_t *chain[FILTERS_MAX] = {&biquads[0], &biquads[1]};
    fx = &effect.filter.fx;
    return ta_biquad_init(&biquads[0], TA_BIQUAD_LOW_PASS, 4000) == TA_OK &&
           ta_biquad_init(&biquads[1], TA_BIQUAD_HIGH_PASS, 300) == TA_OK &&
           ta_filter_init(&effect.filter, &filter, storage) == TA_OK &&
           ta_chain_set(&effect.filter.chain, chain, filters) == TA_OK;
}

static bool make_distortion(uint32_t mode)
{
    fx = &effect.distortion.fx;
    if (ta_distortion_init(&effect.distortion, &config, small[0]) != TA_OK)
        return false;
    ta_param_set(&effect.distortion.drive, (ta_real_t)0.6);
    ta_param_set(&effect.distortion.pre_gain, 3);
    ta_param_set(&effect.distortion.post_gain, -3);
    effect.distortion.soft_clip = mode >= TA_DISTORTIONS;
    return ta_distortion_set_mode(&effect.distortion, (ta_distortion_mode_t)(mode % TA_DISTORTIONS)) == TA_OK;
}

static bool make_phaser(uint32_t stages)
{
    ta_phaser_config_t phaser = {config, 12};
    void *storage[] = {small[0], small[1]};
    fx = &effect.phaser.fx;
    return ta_phaser_init(&effect.phaser, &phaser, storage) == TA_OK &&
           ta_phaser_set_stages(&effect.phaser, stages) == TA_OK;
}

static bool make_freeverb(uint32_t unused)
{
    (void)unused;
    ta_freeverb_config_t freeverb = {config, 0};
    ta_need_t needs[TA_FREEVERB_NEEDS];
    void *storage[] = {small[0], small[1], lines};
    fx = &effect.freeverb.fx;
    return ta_freeverb_need(&freeverb, needs) == TA_OK && needs[2].bytes <= sizeof lines &&
           ta_freeverb_init(&effect.freeverb, &freeverb, storage) == TA_OK;
}

static const struct {
    const char *name;
    bool (*make)(uint32_t);
    uint32_t argument;
} list[] = {
    {"filter.copy", make_filter, 0},
    {"filter.1", make_filter, 1},
    {"filter.2", make_filter, 2},
    {"distortion.clip", make_distortion, TA_DISTORTION_CLIP},
    {"distortion.lofi", make_distortion, TA_DISTORTION_LOFI},
    {"distortion.overdrive", make_distortion, TA_DISTORTION_OVERDRIVE},
    {"distortion.waveshape", make_distortion, TA_DISTORTION_WAVESHAPE},
    {"distortion.clip+soft", make_distortion, TA_DISTORTIONS + TA_DISTORTION_CLIP},
    {"phaser.1", make_phaser, 1},
    {"phaser.6", make_phaser, 6},
    {"freeverb", make_freeverb, 0},
};

uint32_t bench_job(uint32_t index)
{
    if (index >= 2 * sizeof list / sizeof list[0])
        return 0;
    uint32_t state = 1;
    for (size_t s = 0; s < sizeof noise / sizeof noise[0]; s++) {
        state = state * 1664525 + 1013904223;
        noise[s] = (int16_t)(state >> 16);
    }
    config.format.channels = (uint8_t)(index % 2 + 1);
    strcpy(bench_name, list[index / 2].name);
    strcat(bench_name, index % 2 ? ".stereo" : ".mono");
    bool made = list[index / 2].make(list[index / 2].argument) &&
                ta_raw_init(&raw, &config.format, noise, FRAMES) == TA_OK &&
                ta_source_set_loop(&raw.source, 0, 0, TA_LOOP_FOREVER) == TA_OK && ta_fx_play(fx, &raw.source) == TA_OK;
    if (!made)
        strcpy(bench_name, "not-made");
    return FRAMES;
}

void bench_run(void)
{
    ta_block_t block;
    if (fx && ta_source_pull(&fx->source, FRAMES, &block) != TA_PULL_MORE)
        fx = NULL;
}

void bench_nothing(void)
{
    fx = NULL;
}
