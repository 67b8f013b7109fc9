// Chorus. In: frames, a line of them that were. Out: the frame, and with it the sum of voices at even distances in the line, the newest included.
// Invariants: a voice's channel is its own (W39); the oldest voice is within the delay, which is within the line (W4); the line is a chunk longer than the
// longest delay, so that what a chunk writes ahead is nothing that its voices still read.

#include "fx_int.h"
#include "fx_line.h"

#include <stddef.h>
#include <string.h>

enum { MAX_MS = 50 };

// ---- one piece -------------------------------------------------------------------------------------------------------------

static FX_LOOP void add_samples(const int16_t *from, int32_t *sums, size_t samples)
{
    for (const int16_t *end = from + samples; from != end; from++)
        *sums++ += *from; // at most 64 times 2^15
}

// The newest voice is what comes in.
static FX_LOOP void begin_samples(const int16_t *in, int16_t *to, int32_t *sums, size_t samples)
{
    for (const int16_t *end = in + samples; in != end; in++) {
        *to++ = *in;
        *sums++ = *in;
    }
}

static FX_LOOP void bend_samples(int32_t *sums, size_t samples, const ta_bend_t *bend)
{
    for (const int32_t *end = sums + samples; sums != end; sums++)
        *sums = ta_bend(*sums, bend);
}

static FX_LOOP void run_samples(const int32_t *sums, const int16_t *in, int16_t *out, size_t samples, int32_t wet,
                                const ta_bend_t *bend)
{
    for (const int16_t *end = in + samples; in != end; in++)
        *out++ = (int16_t)ta_bend(*in + ta_trunc15(*sums++ * wet), bend);
}

// A voice of the frames that have just gone in, `late` frames before them.
static void add_voice(const ta_delay_line_t *line, uint32_t at, uint32_t late, int32_t *sums, uint32_t frames)
{
    unsigned channels = line->channels;
    uint32_t place = at >= late ? at - late : at + line->frames - late;
    while (frames > 0) {
        uint32_t piece = ta_line_room(line, place, frames);
        const int16_t *from = line->samples + (size_t)place * channels;
        size_t samples = (size_t)piece * channels;
        add_samples(from, sums, samples);
        sums += samples;
        frames -= piece;
        place = 0;
    }
}

// To the newest one, the other ones.
static void add_voices(const ta_delay_line_t *line, uint32_t at, const ta_chorus_spread_t *spread, int32_t *sums,
                       uint32_t frames)
{
    size_t samples = (size_t)frames * line->channels;
    const ta_bend_t bend = ta_bend_knee(spread->gain); // no sum of 8-bit samples gets so far
    for (uint32_t voice = 1; voice < spread->voices; voice++)
        add_voice(line, at, voice * spread->step, sums, frames);
    if (spread->voices > 1)
        bend_samples(sums, samples, &bend);
}

static uint32_t run_piece(ta_chorus_t *chorus, const int16_t *in, int16_t *out, uint32_t frames)
{
    ta_delay_line_t *line = &chorus->line;
    unsigned channels = line->channels;
    frames = ta_line_room(line, line->at, frames < TA_DELAY_CHUNK ? frames : TA_DELAY_CHUNK);
    frames = ta_fx_level_still(&chorus->wet) && chorus->fade == 0 ? frames : 1;
    uint32_t at = line->at;
    int32_t *sums = chorus->sums, *before = chorus->before, wet = ta_fx_level_next(&chorus->wet);
    begin_samples(in, line->samples + (size_t)at * channels, sums, (size_t)frames * channels);
    before[0] = in[0];
    before[1] = in[channels - 1];
    add_voices(line, at, &chorus->now, sums, frames);
    if (chorus->fade > 0) {
        add_voices(line, at, &chorus->older, before, 1);
        for (unsigned c = 0; c < channels; c++)
            sums[c] = ta_line_fade(sums[c], before[c], chorus->fade);
        chorus->fade--;
    }
    const ta_bend_t bend = ta_bend_of(&chorus->fx, TA_FX_KNEE_2);
    run_samples(sums, in, out, (size_t)frames * channels, wet, &bend);
    ta_line_go(line, frames);
    return frames;
}

static void run(ta_fx_t *fx, const int16_t *in, int16_t *out, uint32_t frames)
{
    ta_chorus_t *chorus = (ta_chorus_t *)fx;
    unsigned channels = chorus->line.channels;
    while (frames > 0) {
        uint32_t done = run_piece(chorus, in, out, frames);
        in += (size_t)done * channels;
        out += (size_t)done * channels;
        frames -= done;
    }
}

// ---- as an effect ----------------------------------------------------------------------------------------------------------

static uint32_t longest(const ta_chorus_t *chorus)
{
    return chorus->line.frames - TA_DELAY_CHUNK;
}

static void spread_voices(ta_chorus_t *chorus, bool fresh)
{
    const ta_fx_t *fx = &chorus->fx;
    uint32_t delay = ta_line_delay(&chorus->delay_ms, fx, longest(chorus));
    uint32_t voices = (uint32_t)ta_param_within(&chorus->voices, &fx->clock, 1, TA_CHORUS_VOICES_MAX);
    uint32_t apart = voices > 1 ? delay / (voices - 1) : 1;
    uint32_t step = apart > 1 ? apart - 1 : 0;
    if (chorus->fade > 0 || (voices == chorus->now.voices && step == chorus->now.step))
        return; // one crossfade after the other
    chorus->older = chorus->now;
    chorus->now = (ta_chorus_spread_t){voices, step, (uint32_t)ta_fx_knee_gain(voices)};
    chorus->fade = fresh ? 0 : TA_DELAY_FADE_FRAMES;
}

static void tick(ta_fx_t *fx, uint32_t frames)
{
    ta_chorus_t *chorus = (ta_chorus_t *)fx;
    ta_line_catch_up(&chorus->line, fx, &chorus->ticked, frames);
    spread_voices(chorus, !chorus->wet.begun);
    ta_fx_level_set(&chorus->wet, ta_param_q15(&chorus->mix, &fx->clock, 0, 1));
}

static void clear(ta_fx_t *fx)
{
    ta_chorus_t *chorus = (ta_chorus_t *)fx;
    ta_line_clear(&chorus->line);
    ta_fx_level_forget(&chorus->wet);
    chorus->fade = chorus->ticked = 0;
}

static const ta_fx_ops_t ops = {.tick = tick, .run = run, .clear = clear, .native8 = true};

static uint32_t line_frames(const ta_chorus_config_t *config)
{
    uint32_t ms = config->max_delay_ms ? config->max_delay_ms : MAX_MS;
    return ta_line_frames(ms, config->fx.format.rate_hz) + TA_DELAY_CHUNK;
}

ta_status_t ta_chorus_need(const ta_chorus_config_t *config, ta_need_t needs[TA_DELAY_NEEDS])
{
    if (!config || !needs || config->max_delay_ms > TA_DELAY_MS_MAX)
        return TA_E_ARG;
    ta_status_t status = ta_fx_need(&config->fx, &needs[0]);
    if (status == TA_OK)
        ta_line_need("chorus line", line_frames(config), config->fx.format.channels, &needs[1]);
    return status;
}

ta_status_t ta_chorus_init(ta_chorus_t *chorus, const ta_chorus_config_t *config, void *const storage[TA_DELAY_NEEDS])
{
    ta_need_t needs[TA_DELAY_NEEDS];
    ta_status_t status = ta_chorus_need(config, needs);
    if (status != TA_OK)
        return status;
    if (!chorus || !ta_storage_fits(needs, storage))
        return TA_E_ARG;
    memset(chorus, 0, sizeof *chorus);
    status = ta_fx_init(&chorus->fx, &ops, &config->fx, storage[0]);
    if (status != TA_OK)
        return status;
    ta_line_init(&chorus->line, storage[1], line_frames(config), config->fx.format.channels);
    ta_param_set(&chorus->delay_ms, 50);
    ta_param_set(&chorus->voices, 1);
    ta_param_set(&chorus->mix, (ta_real_t)0.5);
    return TA_OK;
}
