// See delay_rig.h. In: a kind and what to make of it. Out: the effect, alive, and its samples as numbers.
#include "test/support/delay_rig.h"

#include <stdlib.h>
#include <string.h>

static ta_status_t need(const rig_config_t *c, ta_need_t *needs)
{
    const ta_fx_config_t fx = {c->format, c->buffer_frames};
    switch (c->kind) {
    case RIG_ECHO:
        return ta_echo_need(&(ta_echo_config_t){fx, c->max_ms, c->filters_max}, needs);
    case RIG_CHORUS:
        return ta_chorus_need(&(ta_chorus_config_t){fx, c->max_ms}, needs);
    case RIG_FLANGER:
        return ta_flanger_need(&(ta_flanger_config_t){fx, c->max_ms}, needs);
    case RIG_MULTITAP:
        return ta_multitap_need(&(ta_multitap_config_t){fx, c->max_ms, c->taps_max}, needs);
    case RIG_PITCH:
        return ta_pitch_need(&(ta_pitch_config_t){fx, c->window, c->overlap}, needs);
    case RIG_GRANULAR:
        return ta_granular_need(&(ta_granular_config_t){fx, c->window, c->overlap}, needs);
    case RIG_KINDS:
    default:
        abort();
    }
}

static ta_status_t init(rig_t *rig, const rig_config_t *c)
{
    const ta_fx_config_t fx = {c->format, c->buffer_frames};
    void *const *to = rig->storage;
    switch (c->kind) {
    case RIG_ECHO:
        return ta_echo_init(&rig->as.echo, &(ta_echo_config_t){fx, c->max_ms, c->filters_max}, to);
    case RIG_CHORUS:
        return ta_chorus_init(&rig->as.chorus, &(ta_chorus_config_t){fx, c->max_ms}, to);
    case RIG_FLANGER:
        return ta_flanger_init(&rig->as.flanger, &(ta_flanger_config_t){fx, c->max_ms}, to);
    case RIG_MULTITAP:
        return ta_multitap_init(&rig->as.multitap, &(ta_multitap_config_t){fx, c->max_ms, c->taps_max}, to);
    case RIG_PITCH:
        return ta_pitch_init(&rig->as.pitch, &(ta_pitch_config_t){fx, c->window, c->overlap}, to);
    case RIG_GRANULAR:
        return ta_granular_init(&rig->as.granular, &(ta_granular_config_t){fx, c->window, c->overlap}, to);
    case RIG_KINDS:
    default:
        abort();
    }
}

ta_status_t rig_make(rig_t *rig, const rig_config_t *config)
{
    memset(rig, 0xA5, sizeof *rig);
    rig->config = *config;
    ta_status_t status = need(config, rig->needs);
    if (status != TA_OK)
        return status;
    for (unsigned n = 0; n < TA_DELAY_NEEDS; n++) {
        rig->storage[n] = malloc(rig->needs[n].bytes);
        if (!rig->storage[n])
            abort();
        memset(rig->storage[n], 0xA5, rig->needs[n].bytes);
    }
    status = init(rig, config);
    if (status != TA_OK)
        rig_free(rig);
    return status;
}

void rig_free(rig_t *rig)
{
    for (unsigned n = 0; n < TA_DELAY_NEEDS; n++)
        free(rig->storage[n]);
}

unsigned rig_params(rig_t *rig, ta_param_t *params[6])
{
    unsigned count = 0;
    switch (rig->config.kind) {
    case RIG_ECHO:
        params[count++] = &rig->as.echo.delay_ms;
        params[count++] = &rig->as.echo.decay;
        params[count++] = &rig->as.echo.mix;
        break;
    case RIG_CHORUS:
        params[count++] = &rig->as.chorus.delay_ms;
        params[count++] = &rig->as.chorus.voices;
        params[count++] = &rig->as.chorus.mix;
        break;
    case RIG_FLANGER:
        params[count++] = &rig->as.flanger.min_delay_ms;
        params[count++] = &rig->as.flanger.rate;
        params[count++] = &rig->as.flanger.depth;
        params[count++] = &rig->as.flanger.feedback;
        params[count++] = &rig->as.flanger.mix;
        break;
    case RIG_MULTITAP:
        params[count++] = &rig->as.multitap.delay_ms;
        params[count++] = &rig->as.multitap.decay;
        params[count++] = &rig->as.multitap.mix;
        break;
    case RIG_PITCH:
        params[count++] = &rig->as.pitch.semitones;
        params[count++] = &rig->as.pitch.mix;
        break;
    case RIG_GRANULAR:
        params[count++] = &rig->as.granular.semitones;
        params[count++] = &rig->as.granular.mix;
        params[count++] = &rig->as.granular.spread;
        break;
    case RIG_KINDS:
    default:
        abort();
    }
    return count;
}

const char *rig_name(rig_kind_t kind)
{
    static const char *const names[RIG_KINDS] = {"echo", "chorus", "flanger", "multitap", "pitch", "granular"};
    return names[kind];
}

// ---- sound -----------------------------------------------------------------------------------------------------------------

void rig_play(rig_t *rig, rig_sound_t *sound, const int *samples, uint32_t frames)
{
    const ta_format_t *format = &rig->config.format;
    size_t count = (size_t)frames * format->channels;
    unsigned wide = ta_sample_bytes(format->sample);
    uint8_t *bytes = malloc(count * wide);
    if (!bytes)
        abort();
    for (size_t s = 0; s < count; s++) {
        bool is_unsigned = format->sample == TA_SAMPLE_U8 || format->sample == TA_SAMPLE_U16;
        unsigned value = (unsigned)samples[s] ^ (is_unsigned ? 1U << (8 * wide - 1) : 0U);
        for (unsigned b = 0; b < wide; b++)
            bytes[s * wide + b] = (uint8_t)(value >> (8 * b));
    }
    sound->bytes = bytes;
    if (ta_raw_init(&sound->raw, format, bytes, frames) != TA_OK ||
        ta_fx_play(&rig->as.fx, &sound->raw.source) != TA_OK)
        abort();
}

void rig_silence(rig_sound_t *sound)
{
    free(sound->bytes);
}

static int number(ta_sample_t sample, const uint8_t *at)
{
    switch (sample) {
    case TA_SAMPLE_U8:
        return at[0] - 128;
    case TA_SAMPLE_S8:
        return (int8_t)at[0];
    case TA_SAMPLE_U16:
        return (at[0] | at[1] << 8) - 32768;
    case TA_SAMPLE_S16:
        return (int16_t)(at[0] | at[1] << 8);
    case TA_SAMPLE_S24:
    case TA_SAMPLE_S24IN32:
    case TA_SAMPLE_S32:
    case TA_SAMPLES:
    default:
        abort();
    }
}

bool rig_hear(rig_t *rig, int *samples, uint32_t frames, uint32_t appetite)
{
    const ta_format_t *format = &rig->config.format;
    unsigned wide = ta_sample_bytes(format->sample);
    while (frames > 0) {
        ta_block_t block;
        uint32_t want = frames < appetite ? frames : appetite;
        if (ta_source_pull(&rig->as.fx.source, want, &block) != TA_PULL_MORE || block.frames == 0 ||
            block.frames > want)
            return false;
        for (size_t s = 0; s < (size_t)block.frames * format->channels; s++)
            *samples++ = number(format->sample, (const uint8_t *)block.data + s * wide);
        frames -= block.frames;
    }
    return true;
}

uint32_t rig_chance(uint32_t *state, uint32_t below)
{
    *state = *state * 1664525U + 1013904223U;
    return (uint32_t)((uint64_t)*state * below >> 32);
}
