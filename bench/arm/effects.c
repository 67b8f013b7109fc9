// What is measured of effects: a tick of 256 frames of noise through each, mono and stereo, as a consumer gets it: pulled from a source in memory,
// copied in, worked out and lent. Speed is the second run's, with parameters that stand still. See jobs.h.
#include "jobs.h"

#include "tonearm/delays.h"
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
    ta_echo_t echo;
    ta_chorus_t chorus;
    ta_flanger_t flanger;
    ta_multitap_t multitap;
    ta_pitch_t pitch;
    ta_granular_t granular;
} effect;
static ta_fx_t *fx;
static ta_raw_t raw;
static ta_biquad_t biquads[FILTERS_MAX];
static int16_t noise[4 * FRAMES]; // room for two channels of 4 bytes
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

// ---- those with a delay line: one of 50 ms, or what is usual -----------------------------------------------------------------

enum { LINE_MS = 50, TAPE = 16, QUIET = 32 };

static bool fits(ta_status_t status, const ta_need_t needs[TA_DELAY_NEEDS])
{
    return status == TA_OK && needs[0].bytes <= sizeof small[0] && needs[1].bytes <= sizeof lines;
}

static void *const delay_storage[] = {small[0], lines};

static bool make_echo(uint32_t how)
{
    ta_echo_config_t echo = {config, LINE_MS, FILTERS_MAX};
    ta_need_t needs[TA_DELAY_NEEDS];
    ta_biquad_t *chain[] = {&biquads[0]};
    fx = &effect.echo.fx;
    if (!fits(ta_echo_need(&echo, needs), needs) || ta_echo_init(&effect.echo, &echo, delay_storage) != TA_OK ||
        ta_biquad_init(&biquads[0], TA_BIQUAD_LOW_PASS, 4000) != TA_OK)
        return false;
    effect.echo.freq_shift = how == TAPE;
    for (size_t s = 0; how == QUIET && s < sizeof noise / sizeof noise[0]; s++)
        noise[s] /= 4; // full scale is bent at every third sample, this never
    ta_param_set(&effect.echo.delay_ms, LINE_MS / 2);
    return ta_chain_set(&effect.echo.chain, chain, how % TAPE) == TA_OK;
}

static bool make_chorus(uint32_t voices)
{
    ta_chorus_config_t chorus = {config, LINE_MS};
    ta_need_t needs[TA_DELAY_NEEDS];
    fx = &effect.chorus.fx;
    if (!fits(ta_chorus_need(&chorus, needs), needs) || ta_chorus_init(&effect.chorus, &chorus, delay_storage) != TA_OK)
        return false;
    ta_param_set(&effect.chorus.voices, (ta_real_t)voices);
    return true;
}

static bool make_flanger(uint32_t unused)
{
    (void)unused;
    ta_flanger_config_t flanger = {config, 10};
    ta_need_t needs[TA_DELAY_NEEDS];
    fx = &effect.flanger.fx;
    return fits(ta_flanger_need(&flanger, needs), needs) &&
           ta_flanger_init(&effect.flanger, &flanger, delay_storage) == TA_OK;
}

static bool make_multitap(uint32_t taps)
{
    ta_multitap_config_t multitap = {config, LINE_MS, 4};
    ta_need_t needs[TA_DELAY_NEEDS];
    const ta_tap_t at[] = {{(ta_real_t)0.25, 1}, {(ta_real_t)0.5, 1}, {(ta_real_t)0.75, 1}, {1, 1}};
    fx = &effect.multitap.fx;
    return fits(ta_multitap_need(&multitap, needs), needs) &&
           ta_multitap_init(&effect.multitap, &multitap, delay_storage) == TA_OK &&
           ta_multitap_set_taps(&effect.multitap, at, taps) == TA_OK;
}

static bool make_pitch(uint32_t semitones)
{
    ta_pitch_config_t pitch = {config, 0, 0};
    ta_need_t needs[TA_DELAY_NEEDS];
    fx = &effect.pitch.fx;
    if (!fits(ta_pitch_need(&pitch, needs), needs) || ta_pitch_init(&effect.pitch, &pitch, delay_storage) != TA_OK)
        return false;
    ta_param_set(&effect.pitch.semitones, (ta_real_t)semitones);
    return true;
}

static bool make_granular(uint32_t density)
{
    ta_granular_config_t granular = {config, 0, density};
    ta_need_t needs[TA_DELAY_NEEDS];
    fx = &effect.granular.fx;
    if (!fits(ta_granular_need(&granular, needs), needs) ||
        ta_granular_init(&effect.granular, &granular, delay_storage) != TA_OK)
        return false;
    ta_param_set(&effect.granular.semitones, 7);
    return true;
}

static const struct {
    const char *name;
    bool (*make)(uint32_t);
    uint32_t argument;
    ta_sample_t played, own;
} list[] = {
    {"filter.copy", make_filter, 0, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"filter.1", make_filter, 1, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"filter.2", make_filter, 2, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"distortion.clip", make_distortion, TA_DISTORTION_CLIP, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"distortion.lofi", make_distortion, TA_DISTORTION_LOFI, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"distortion.overdrive", make_distortion, TA_DISTORTION_OVERDRIVE, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"distortion.waveshape", make_distortion, TA_DISTORTION_WAVESHAPE, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"distortion.clip+soft", make_distortion, TA_DISTORTIONS + TA_DISTORTION_CLIP, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"phaser.1", make_phaser, 1, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"phaser.6", make_phaser, 6, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"freeverb", make_freeverb, 0, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"echo", make_echo, 0, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"echo.quiet", make_echo, QUIET, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"echo+filter", make_echo, 1, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"echo.freq_shift", make_echo, TAPE, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"chorus.1", make_chorus, 1, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"chorus.3", make_chorus, 3, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"flanger", make_flanger, 0, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"multitap.1", make_multitap, 0, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"multitap.4", make_multitap, 4, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"pitch.0", make_pitch, 0, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"pitch.7", make_pitch, 7, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"granular.2", make_granular, 2, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"granular.8", make_granular, 8, TA_SAMPLE_S16, TA_SAMPLE_S16},
    {"filter.copy.u8", make_filter, 0, TA_SAMPLE_U8, TA_SAMPLE_U8},
    {"filter.copy.u16", make_filter, 0, TA_SAMPLE_U16, TA_SAMPLE_U16},
    {"filter.copy.s24", make_filter, 0, TA_SAMPLE_S24, TA_SAMPLE_S16},
    {"echo.u8", make_echo, 0, TA_SAMPLE_U8, TA_SAMPLE_U8},
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
    config.format.sample = list[index / 2].own;
    const ta_format_t played = {list[index / 2].played, config.format.channels, RATE_HZ};
    strcpy(bench_name, list[index / 2].name);
    strcat(bench_name, index % 2 ? ".stereo" : ".mono");
    bool made = list[index / 2].make(list[index / 2].argument) && ta_raw_init(&raw, &played, noise, FRAMES) == TA_OK &&
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
