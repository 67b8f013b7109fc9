// Every source that works on samples, as a whole: the same program through each, with parameters that are set, moved and replaced by a script of fixed numbers. See
// whole.h. A processor's own parts are what this is about, so each case reaches those of its source both in their usual shape and off it: levels that stand and that move, loud
// and quiet passages, blocks of odd sizes.
#include "whole.h"

#include "tonearm/delays.h"
#include "tonearm/filters.h"
#include "tonearm/mixer.h"
#include "tonearm/raw.h"
#include "tonearm/resample.h"
#include "tonearm/reverb.h"
#include "tonearm/synth.h"

#include <string.h>

enum { RATE_HZ = 22050, PROGRAM_FRAMES = 700, STEP_FRAMES = 230, STEPS = 6, BIQUADS = 3, SOURCES = 4, NOTES = 4 };

uint32_t whole_peak, whole_frames;

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
    ta_mixer_t mixer;
    ta_synth_t synth;
    ta_resampler_t resampler;
} it;

static _Alignas(8) uint8_t storage[3][30000];
static _Alignas(8) uint8_t program[PROGRAM_FRAMES * 8];
static ta_raw_t raws[SOURCES];
static ta_biquad_t biquads[BIQUADS];
static ta_note_t notes[NOTES];
static ta_lfo_t lfo;
static int16_t wave[200];

#define REAL(x) ((ta_real_t)(x))

// ---- the program -----------------------------------------------------------------------------------------------------------------

// Noise over a sawtooth: loud, quiet, silent, and at the ends of the range. Wider samples have noise below 16 bits.
static int32_t program_sample(uint32_t n, uint32_t *noise)
{
    *noise = *noise * 1664525 + 1013904223;
    const int32_t random = (int32_t)*noise >> 16, saw = (int32_t)(n * 977 & 0xFFFF) - 32768;
    switch (n / 180 % 5) {
    case 0:
        return (random + saw) / 2;
    case 1:
        return (random + saw) / 16;
    case 2:
        return n % 7 == 0 ? random : 0;
    case 3:
        return n / 9 % 2 ? INT16_MAX : INT16_MIN;
    default:
        return saw;
    }
}

static void make_program(ta_sample_t sample, uint32_t seed)
{
    const unsigned bytes = ta_sample_bytes(sample);
    uint32_t noise = seed;
    for (uint32_t n = 0; n < sizeof program / bytes; n++) {
        uint32_t wide = (uint32_t)program_sample(n, &noise) << 16 | (noise & 0xFFFF);
        wide ^= sample == TA_SAMPLE_U8 || sample == TA_SAMPLE_U16 ? 0x80000000U : 0;
        for (unsigned b = 0; b < bytes; b++)
            program[n * bytes + b] = (uint8_t)(wide >> (32 - 8 * bytes + 8 * b));
    }
}

// Source number `number` over it, from a place of its own, again and again.
static ta_source_t *source(unsigned number, ta_sample_t sample, unsigned channels, uint32_t rate_hz)
{
    const ta_format_t format = {sample, (uint8_t)channels, rate_hz};
    const uint32_t skip = number * 31, frames = sizeof program / ta_frame_bytes(&format) - skip;
    bool made = ta_raw_init(&raws[number], &format, program + skip * ta_frame_bytes(&format),
                            frames < PROGRAM_FRAMES - skip ? frames : PROGRAM_FRAMES - skip) == TA_OK &&
                ta_source_set_loop(&raws[number].source, 0, 0, TA_LOOP_FOREVER) == TA_OK;
    return made ? &raws[number].source : NULL;
}

// ---- effects ---------------------------------------------------------------------------------------------------------------------

typedef struct {
    const char *name;
    ta_source_t *(*make)(uint32_t how, const ta_fx_config_t *config);
    void (*move)(uint32_t how, uint32_t step); // before each step but the first
    uint32_t how;
    ta_sample_t sample;
    uint8_t channels;
} case_t;

static void *const stores[3] = {storage[0], storage[1], storage[2]};

static ta_source_t *playing(ta_fx_t *fx)
{
    ta_source_t *from = source(0, fx->source.format.sample, fx->source.format.channels, RATE_HZ);
    return from && ta_fx_play(fx, from) == TA_OK ? &fx->source : NULL;
}

static bool fit(const ta_need_t *needs, unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        if (needs[n].bytes > sizeof storage[0])
            return false;
    }
    return true;
}

static bool chain(ta_chain_t *to, uint32_t first, uint32_t count)
{
    ta_biquad_t *list[BIQUADS] = {&biquads[first % BIQUADS], &biquads[(first + 1) % BIQUADS],
                                  &biquads[(first + 2) % BIQUADS]};
    return ta_chain_set(to, list, count) == TA_OK;
}

static bool make_biquads(void)
{
    return ta_biquad_init(&biquads[0], TA_BIQUAD_LOW_PASS, 3000) == TA_OK &&
           ta_biquad_init(&biquads[1], TA_BIQUAD_HIGH_PASS, 200) == TA_OK &&
           ta_biquad_init(&biquads[2], TA_BIQUAD_PEAKING_EQ, 900) == TA_OK;
}

static ta_source_t *make_filter(uint32_t how, const ta_fx_config_t *config)
{
    (void)how;
    ta_filter_config_t filter = {*config, BIQUADS};
    ta_need_t needs[TA_FILTER_NEEDS];
    bool made = ta_filter_need(&filter, needs) == TA_OK && fit(needs, TA_FILTER_NEEDS) &&
                ta_filter_init(&it.filter, &filter, stores) == TA_OK && chain(&it.filter.chain, 0, 2);
    return made ? playing(&it.filter.fx) : NULL;
}

static void move_filter(uint32_t how, uint32_t step)
{
    (void)how;
    ta_param_set(&it.filter.mix, REAL(0.3) * (ta_real_t)(step % 4));
    ta_param_set(&biquads[0].frequency, (ta_real_t)(700 * step));
    if (step > 2)
        (void)!chain(&it.filter.chain, step, step % (BIQUADS + 1));
}

static ta_source_t *make_distortion(uint32_t how, const ta_fx_config_t *config)
{
    if (ta_distortion_init(&it.distortion, config, storage[0]) != TA_OK ||
        ta_distortion_set_mode(&it.distortion, (ta_distortion_mode_t)how) != TA_OK)
        return NULL;
    ta_param_set(&it.distortion.mix, 1);
    ta_param_set(&it.distortion.drive, REAL(0.4));
    ta_param_set(&it.distortion.pre_gain, 3);
    return playing(&it.distortion.fx);
}

static void move_distortion(uint32_t how, uint32_t step)
{
    (void)how;
    it.distortion.soft_clip = step & 1;
    ta_param_set(&it.distortion.drive, REAL(0.15) * (ta_real_t)step);
    ta_param_set(&it.distortion.post_gain, (ta_real_t)step * 2 - 6);
    ta_param_set(&it.distortion.mix, step == 3 ? REAL(0.5) : 1);
}

static ta_source_t *make_phaser(uint32_t how, const ta_fx_config_t *config)
{
    ta_phaser_config_t phaser = {*config, 12};
    ta_need_t needs[TA_PHASER_NEEDS];
    bool made = ta_phaser_need(&phaser, needs) == TA_OK && fit(needs, TA_PHASER_NEEDS) &&
                ta_phaser_init(&it.phaser, &phaser, stores) == TA_OK && ta_phaser_set_stages(&it.phaser, how) == TA_OK;
    return made ? playing(&it.phaser.fx) : NULL;
}

static void move_phaser(uint32_t how, uint32_t step)
{
    ta_param_set(&it.phaser.frequency, (ta_real_t)(300 * step));
    ta_param_set(&it.phaser.feedback, REAL(0.15) * (ta_real_t)step);
    ta_param_set(&it.phaser.mix, step & 1 ? 1 : REAL(0.4));
    if (step > 3)
        (void)!ta_phaser_set_stages(&it.phaser, how + step);
}

static ta_source_t *make_freeverb(uint32_t how, const ta_fx_config_t *config)
{
    ta_freeverb_config_t freeverb = {*config, BIQUADS};
    ta_need_t needs[TA_FREEVERB_NEEDS];
    bool made = ta_freeverb_need(&freeverb, needs) == TA_OK && fit(needs, TA_FREEVERB_NEEDS) &&
                ta_freeverb_init(&it.freeverb, &freeverb, stores) == TA_OK && chain(&it.freeverb.post, 0, how);
    return made ? playing(&it.freeverb.fx) : NULL;
}

static void move_freeverb(uint32_t how, uint32_t step)
{
    ta_param_set(&it.freeverb.roomsize, REAL(0.2) * (ta_real_t)step);
    ta_param_set(&it.freeverb.damp, step & 1 ? REAL(0.9) : REAL(0.1));
    ta_param_set(&it.freeverb.mix, REAL(0.25) * (ta_real_t)(step % 5));
    if (how && step == 4)
        (void)!chain(&it.freeverb.pre, 1, 1);
}

enum { TAPE = 16, LINE_MS = 30 };

static ta_source_t *make_echo(uint32_t how, const ta_fx_config_t *config)
{
    ta_echo_config_t echo = {*config, LINE_MS, BIQUADS};
    ta_need_t needs[TA_DELAY_NEEDS];
    if (ta_echo_need(&echo, needs) != TA_OK || !fit(needs, TA_DELAY_NEEDS) ||
        ta_echo_init(&it.echo, &echo, stores) != TA_OK || !chain(&it.echo.chain, 0, how % TAPE))
        return NULL;
    it.echo.freq_shift = how == TAPE;
    ta_param_set(&it.echo.delay_ms, LINE_MS / 3);
    return playing(&it.echo.fx);
}

static void move_echo(uint32_t how, uint32_t step)
{
    (void)how;
    ta_param_set(&it.echo.decay, REAL(0.2) * (ta_real_t)step);
    ta_param_set(&it.echo.mix, REAL(0.25) * (ta_real_t)(step % 5));
    if (step != 3) // one change at a time: levels alone, too
        ta_param_set(&it.echo.delay_ms, (ta_real_t)(5 * step));
}

static ta_source_t *make_chorus(uint32_t how, const ta_fx_config_t *config)
{
    ta_chorus_config_t chorus = {*config, LINE_MS};
    ta_need_t needs[TA_DELAY_NEEDS];
    if (ta_chorus_need(&chorus, needs) != TA_OK || !fit(needs, TA_DELAY_NEEDS) ||
        ta_chorus_init(&it.chorus, &chorus, stores) != TA_OK)
        return NULL;
    ta_param_set(&it.chorus.voices, (ta_real_t)how);
    return playing(&it.chorus.fx);
}

static void move_chorus(uint32_t how, uint32_t step)
{
    ta_param_set(&it.chorus.voices, (ta_real_t)(how + step % 3));
    ta_param_set(&it.chorus.delay_ms, (ta_real_t)(4 * step));
    ta_param_set(&it.chorus.mix, REAL(0.18) * (ta_real_t)step);
}

static ta_source_t *make_flanger(uint32_t how, const ta_fx_config_t *config)
{
    ta_flanger_config_t flanger = {*config, 10};
    ta_need_t needs[TA_DELAY_NEEDS];
    if (ta_flanger_need(&flanger, needs) != TA_OK || !fit(needs, TA_DELAY_NEEDS) ||
        ta_flanger_init(&it.flanger, &flanger, stores) != TA_OK)
        return NULL;
    it.flanger.invert = how;
    ta_param_set(&it.flanger.rate, 7);
    return playing(&it.flanger.fx);
}

static void move_flanger(uint32_t how, uint32_t step)
{
    (void)how;
    ta_param_set(&it.flanger.depth, REAL(0.19) * (ta_real_t)step);
    ta_param_set(&it.flanger.feedback, REAL(0.3) * ((ta_real_t)step - 3));
    ta_param_set(&it.flanger.mix, step & 1 ? 1 : REAL(0.4));
    ta_param_set(&it.flanger.min_delay_ms, (ta_real_t)(step % 3));
}

static const ta_tap_t taps[] = {{REAL(0.2), 1}, {REAL(0.45), REAL(0.5)}, {REAL(0.8), REAL(0.9)}, {1, REAL(0.3)}};

static ta_source_t *make_multitap(uint32_t how, const ta_fx_config_t *config)
{
    ta_multitap_config_t multitap = {*config, LINE_MS, 4};
    ta_need_t needs[TA_DELAY_NEEDS];
    if (ta_multitap_need(&multitap, needs) != TA_OK || !fit(needs, TA_DELAY_NEEDS) ||
        ta_multitap_init(&it.multitap, &multitap, stores) != TA_OK ||
        ta_multitap_set_taps(&it.multitap, taps, how) != TA_OK)
        return NULL;
    ta_param_set(&it.multitap.delay_ms, LINE_MS / 2);
    return playing(&it.multitap.fx);
}

static void move_multitap(uint32_t how, uint32_t step)
{
    (void)how;
    ta_param_set(&it.multitap.decay, REAL(0.2) * (ta_real_t)step);
    ta_param_set(&it.multitap.mix, REAL(0.25) * (ta_real_t)(step % 5));
    ta_param_set(&it.multitap.delay_ms, (ta_real_t)(30 - 4 * step));
    if (step == 4)
        (void)!ta_multitap_set_taps(&it.multitap, taps, 3);
}

static ta_source_t *make_pitch(uint32_t how, const ta_fx_config_t *config)
{
    ta_pitch_config_t pitch = {*config, how, how / 6};
    ta_need_t needs[TA_DELAY_NEEDS];
    if (ta_pitch_need(&pitch, needs) != TA_OK || !fit(needs, TA_DELAY_NEEDS) ||
        ta_pitch_init(&it.pitch, &pitch, stores) != TA_OK)
        return NULL;
    return playing(&it.pitch.fx);
}

static void move_pitch(uint32_t how, uint32_t step)
{
    (void)how;
    ta_param_set(&it.pitch.semitones, (ta_real_t)step * 5 - 12);
    ta_param_set(&it.pitch.mix, step == 4 ? REAL(0.5) : 1);
}

static ta_source_t *make_granular(uint32_t how, const ta_fx_config_t *config)
{
    ta_granular_config_t granular = {*config, 300, how};
    ta_need_t needs[TA_DELAY_NEEDS];
    if (ta_granular_need(&granular, needs) != TA_OK || !fit(needs, TA_DELAY_NEEDS) ||
        ta_granular_init(&it.granular, &granular, stores) != TA_OK)
        return NULL;
    return playing(&it.granular.fx);
}

static void move_granular(uint32_t how, uint32_t step)
{
    (void)how;
    ta_param_set(&it.granular.semitones, (ta_real_t)step * 4 - 9);
    ta_param_set(&it.granular.mix, step == 4 ? REAL(0.5) : 1);
}

// ---- mixer -----------------------------------------------------------------------------------------------------------------------

// how: a voice more in each step plays at another rate, resampled so. Voices are mono and stereo.
static ta_source_t *make_mixer(uint32_t how, const ta_fx_config_t *config)
{
    static const ta_mixer_resampling_t *const ways[] = {&ta_mixer_resample_linear, &ta_mixer_resample_good,
                                                        &ta_mixer_resample_best};
    ta_mixer_config_t mixer = {.format = config->format,
                               .voices = SOURCES,
                               .buffer_frames = 300,
                               .resample = ways[how],
                               .resample_max_hz = 2 * RATE_HZ};
    ta_need_t need;
    if (ta_mixer_need(&mixer, &need) != TA_OK || !fit(&need, 1) ||
        ta_mixer_init(&it.mixer, &mixer, storage[0]) != TA_OK)
        return NULL;
    const ta_sample_t sample = config->format.sample;
    ta_param_set(ta_mixer_level(&it.mixer, 0), REAL(0.613));
    ta_param_set(ta_mixer_level(&it.mixer, 1), REAL(0.5));
    bool plays = ta_mixer_play(&it.mixer, 0, source(0, sample, 2, RATE_HZ)) == TA_OK &&
                 ta_mixer_play(&it.mixer, 1, source(1, sample, 1, RATE_HZ)) == TA_OK;
    return plays ? &it.mixer.source : NULL;
}

static void move_mixer(uint32_t how, uint32_t step)
{
    (void)how;
    const ta_sample_t sample = it.mixer.source.format.sample;
    ta_param_set(ta_mixer_level(&it.mixer, step % SOURCES), REAL(0.17) * (ta_real_t)step);
    ta_param_set(ta_mixer_panning(&it.mixer, (step + 1) % SOURCES), REAL(0.4) * (ta_real_t)step - 1);
    if (step == 1)
        (void)!ta_mixer_play(&it.mixer, 2, source(2, sample, 2, RATE_HZ * 2 - 100));
    if (step == 2)
        (void)!ta_mixer_play(&it.mixer, 3, source(3, sample, 1, RATE_HZ / 2 + 1));
    if (step == 4)
        (void)!ta_mixer_stop(&it.mixer, 0);
}

// ---- synthesizer -----------------------------------------------------------------------------------------------------------------

static bool make_notes(uint32_t how)
{
    static const ta_envelope_t envelope = {REAL(0.01), REAL(0.02), REAL(0.02), 1, REAL(0.5)};
    const ta_wave_t shape = {wave, 200};
    for (unsigned n = 0; n < NOTES; n++) {
        if (ta_note_init(&notes[n], (ta_real_t)(131 + 97 * n)) != TA_OK)
            return false;
    }
    ta_param_set(&notes[0].panning, REAL(-0.4));
    ta_param_follow(&notes[0].bend, &lfo.control);
    ta_param_follow(&notes[3].amplitude, &lfo.control);
    ta_note_set_filter(&notes[1], &biquads[0]);
    return ta_note_set_envelope(&notes[0], &envelope) == TA_OK && ta_note_set_ring_frequency(&notes[1], 650) == TA_OK &&
           ta_note_set_ring_wave(&notes[1], &shape) == TA_OK &&
           ta_note_set_tone(&notes[2], how ? TA_TONE_SQUARE : TA_TONE_SAW) == TA_OK;
}

static ta_source_t *make_synth(uint32_t how, const ta_fx_config_t *config)
{
    for (int s = 0; s < 200; s++)
        wave[s] = (int16_t)((s * 3277 & 0xFFFF) - 32768);
    ta_synth_config_t synth = {.rate_hz = RATE_HZ,
                               .channels = config->format.channels,
                               .polyphony = 12,
                               .wave = {wave, 200},
                               .interpolate = how};
    ta_need_t need;
    bool made = ta_lfo_init(&lfo, NULL) == TA_OK && ta_synth_need(&synth, &need) == TA_OK && fit(&need, 1) &&
                ta_synth_init(&it.synth, &synth, storage[0]) == TA_OK && make_notes(how) &&
                ta_synth_press(&it.synth, &notes[0]) == TA_OK && ta_synth_press_key(&it.synth, 0, 50, 90) == TA_OK;
    ta_param_set(&lfo.rate, 9);
    return made ? &it.synth.source : NULL;
}

static void move_synth(uint32_t how, uint32_t step)
{
    (void)how;
    if (step < NOTES)
        (void)!ta_synth_press(&it.synth, &notes[step]);
    for (unsigned key = 0; key < step && step < 5; key++)
        (void)!ta_synth_press_key(&it.synth, 0, 40 + 9 * step + key, 100);
    if (step == 5)
        ta_synth_release_all(&it.synth);
    ta_param_set(&notes[0].bend, REAL(0.3));
}

// ---- resamplers ------------------------------------------------------------------------------------------------------------------

enum { WIDE = 4, UP = 8 };

static ta_source_t *make_resampler(uint32_t how, const ta_fx_config_t *config)
{
    const uint32_t to_hz = how & UP ? 24000 : 16000;
    const bool wide = how & WIDE;
    ta_resampler_config_t resampler = {.quality = (ta_resample_t)(TA_RESAMPLE_LINEAR + how % WIDE),
                                       .rate_hz = to_hz,
                                       .max_rate_hz = RATE_HZ,
                                       .channels = config->format.channels,
                                       .wide = wide};
    ta_need_t need;
    if (ta_resampler_need(&resampler, &need) != TA_OK || !fit(&need, 1) ||
        ta_resampler_init(&it.resampler, &resampler, storage[0]) != TA_OK)
        return NULL;
    ta_source_t *from = source(0, config->format.sample, config->format.channels, RATE_HZ);
    return from && ta_resampler_play(&it.resampler, from) == TA_OK ? &it.resampler.source : NULL;
}

// Half way another one, whose program begins elsewhere.
static void move_resampler(uint32_t how, uint32_t step)
{
    (void)how;
    const ta_format_t *format = &raws[0].source.format;
    if (step == 3)
        (void)!ta_resampler_play(&it.resampler, source(1, format->sample, format->channels, 11025));
}

// ---- all of them -----------------------------------------------------------------------------------------------------------------

static const case_t cases[] = {
    {"filter mono", make_filter, move_filter, 0, TA_SAMPLE_S16, 1},
    {"filter stereo", make_filter, move_filter, 0, TA_SAMPLE_S16, 2},
    {"filter u8", make_filter, move_filter, 0, TA_SAMPLE_U8, 2},
    {"distortion clip", make_distortion, move_distortion, TA_DISTORTION_CLIP, TA_SAMPLE_S16, 2},
    {"distortion lofi", make_distortion, move_distortion, TA_DISTORTION_LOFI, TA_SAMPLE_S16, 2},
    {"distortion overdrive", make_distortion, move_distortion, TA_DISTORTION_OVERDRIVE, TA_SAMPLE_S16, 1},
    {"distortion waveshape", make_distortion, move_distortion, TA_DISTORTION_WAVESHAPE, TA_SAMPLE_U16, 2},
    {"phaser mono", make_phaser, move_phaser, 2, TA_SAMPLE_S16, 1},
    {"phaser stereo", make_phaser, move_phaser, 6, TA_SAMPLE_S16, 2},
    {"phaser s8", make_phaser, move_phaser, 3, TA_SAMPLE_S8, 2},
    {"freeverb mono", make_freeverb, move_freeverb, 0, TA_SAMPLE_S16, 1},
    {"freeverb stereo", make_freeverb, move_freeverb, 2, TA_SAMPLE_S16, 2},
    {"echo mono", make_echo, move_echo, 0, TA_SAMPLE_S16, 1},
    {"echo stereo", make_echo, move_echo, 0, TA_SAMPLE_S16, 2},
    {"echo filtered", make_echo, move_echo, 2, TA_SAMPLE_S16, 2},
    {"echo freq_shift", make_echo, move_echo, TAPE, TA_SAMPLE_S16, 2},
    {"echo u8", make_echo, move_echo, 0, TA_SAMPLE_U8, 1},
    {"chorus mono", make_chorus, move_chorus, 1, TA_SAMPLE_S16, 1},
    {"chorus stereo", make_chorus, move_chorus, 3, TA_SAMPLE_S16, 2},
    {"flanger mono", make_flanger, move_flanger, 0, TA_SAMPLE_S16, 1},
    {"flanger stereo", make_flanger, move_flanger, 1, TA_SAMPLE_S16, 2},
    {"multitap mono", make_multitap, move_multitap, 0, TA_SAMPLE_S16, 1},
    {"multitap stereo", make_multitap, move_multitap, 4, TA_SAMPLE_S16, 2},
    {"pitch mono", make_pitch, move_pitch, 0, TA_SAMPLE_S16, 1},
    {"pitch stereo", make_pitch, move_pitch, 300, TA_SAMPLE_S16, 2},
    {"granular mono", make_granular, move_granular, 2, TA_SAMPLE_S16, 1},
    {"granular stereo", make_granular, move_granular, 5, TA_SAMPLE_S16, 2},
    {"mixer mono, linear", make_mixer, move_mixer, 0, TA_SAMPLE_S16, 1},
    {"mixer stereo, good", make_mixer, move_mixer, 1, TA_SAMPLE_S16, 2},
    {"mixer u8, linear", make_mixer, move_mixer, 0, TA_SAMPLE_U8, 2},
    {"mixer u16, best", make_mixer, move_mixer, 2, TA_SAMPLE_U16, 2},
    {"synth mono", make_synth, move_synth, 0, TA_SAMPLE_S16, 1},
    {"synth stereo", make_synth, move_synth, 0, TA_SAMPLE_S16, 2},
    {"synth interpolated", make_synth, move_synth, 1, TA_SAMPLE_S16, 2},
    {"resampler linear, mono", make_resampler, move_resampler, UP + 0, TA_SAMPLE_S16, 1},
    {"resampler linear, stereo, down", make_resampler, move_resampler, 0, TA_SAMPLE_S16, 2},
    {"resampler good, mono, down", make_resampler, move_resampler, 1, TA_SAMPLE_S16, 1},
    {"resampler good, stereo", make_resampler, move_resampler, UP + 1, TA_SAMPLE_S16, 2},
    {"resampler best, mono", make_resampler, move_resampler, UP + 2, TA_SAMPLE_S16, 1},
    {"resampler best, stereo, down", make_resampler, move_resampler, 2, TA_SAMPLE_S16, 2},
    {"resampler linear, s24", make_resampler, move_resampler, UP + WIDE, TA_SAMPLE_S24, 2},
    {"resampler good, s32, down", make_resampler, move_resampler, WIDE + 1, TA_SAMPLE_S32, 1},
};

const char *whole_name(uint32_t index)
{
    return index < sizeof cases / sizeof cases[0] ? cases[index].name : NULL;
}

// FNV-1a over the bytes; the largest sample by its upper 16 bits.
static uint32_t count(uint32_t hash, const ta_block_t *block, const ta_format_t *format)
{
    const uint8_t *bytes = block->data;
    const unsigned each = ta_sample_bytes(format->sample);
    const uint32_t all = block->frames * ta_frame_bytes(format);
    for (uint32_t b = 0; b < all; b++)
        hash = (hash ^ bytes[b]) * 0x01000193U;
    for (uint32_t b = each - 1; b < all; b += each) {
        int32_t top =
            (int8_t)(bytes[b] ^ (format->sample == TA_SAMPLE_U8 || format->sample == TA_SAMPLE_U16 ? 0x80 : 0));
        uint32_t size = (uint32_t)(top < 0 ? -top : top) << 8;
        whole_peak = size > whole_peak ? size : whole_peak;
    }
    return hash;
}

static uint32_t play(const case_t *each, ta_source_t *from)
{
    uint32_t hash = 0x811c9dc5U;
    for (uint32_t step = 0, ask = 0; step < STEPS; step++) {
        if (step)
            each->move(each->how, step);
        for (uint32_t frames = 0; frames < STEP_FRAMES;) {
            ta_block_t block;
            ask = (ask * 29 + 7) % 101; // 0..100
            if (ta_source_pull(from, ask + 1, &block) != TA_PULL_MORE || block.frames == 0)
                return 0;
            hash = count(hash, &block, &from->format);
            frames += block.frames;
            whole_frames += block.frames;
        }
    }
    return hash ? hash : 1;
}

uint32_t whole_run(uint32_t index)
{
    const case_t *each = &cases[index];
    const ta_fx_config_t config = {{each->sample, each->channels, RATE_HZ}, 300};
    whole_peak = whole_frames = 0;
    memset(&it, 0, sizeof it);
    memset(storage, 0xA5, sizeof storage);
    make_program(each->sample, index + 1);
    ta_source_t *from = make_biquads() ? each->make(each->how, &config) : NULL;
    return from ? play(each, from) : 0;
}
