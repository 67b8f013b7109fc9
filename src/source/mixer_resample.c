// Voices of other rates. In: a voice's intake. Out: frames at the mixer's rate, in the mixer's own place for a tick. Invariant: frames of a source lie
// in the window once they are pulled, so a source that has ended can be let go before its last frame is heard.

#include "mixer_resample.h"

#include "resample_private.h"

static uint32_t max_rate(const ta_mixer_config_t *config)
{
    return config->resample_max_hz ? config->resample_max_hz : TA_RESAMPLE_MAX_RATE_HZ;
}

// Of a valid format. The window's frames are int16_t.
static ta_status_t need(const ta_mixer_config_t *config, size_t *bytes)
{
    ta_resampler_config_t resampler = {.quality = config->resample->quality,
                                       .rate_hz = config->format.rate_hz,
                                       .max_rate_hz = config->resample_max_hz,
                                       .channels = config->format.channels,
                                       .inner = true};
    ta_need_t window;
    ta_status_t status = ta_resampler_need(&resampler, &window);
    const size_t whole = _Alignof(ta_mixer_resampler_t) - 1;
    if (status == TA_OK)
        *bytes = (sizeof(ta_mixer_resampler_t) + window.bytes + whole) & ~whole;
    return status;
}

static void make(ta_mixer_resampler_t *resampler, const ta_mixer_config_t *config, ta_intake_t *intake)
{
    const ta_resample_filter_t *filter = resample_filter(config->resample->quality);
    uint32_t taps = resample_taps(filter, max_rate(config), config->format.rate_hz);
    resampler->engine = (ta_resample_engine_t){
        .filter = filter,
        .intake = intake,
        .window = resampler + 1,
        .capacity = resample_capacity(taps),
        .taps_max = taps,
    };
}

static void begin(ta_mixer_resampler_t *resampler, const ta_format_t *to)
{
    ta_resample_engine_t *engine = &resampler->engine;
    const ta_format_t *from = &engine->intake->source->format;
    engine->channels = from->channels < to->channels ? from->channels : to->channels;
    resample_set_ratio(engine, from->rate_hz, to->rate_hz);
    resample_restart(engine);
}

static uint32_t read(ta_mixer_resampler_t *resampler, int16_t *to, uint32_t frames)
{
    uint32_t made = resample_run(&resampler->engine, to, frames, NULL);
    if (ta_intake_over(resampler->engine.intake))
        ta_intake_drop(resampler->engine.intake);
    return made;
}

static bool over(const ta_mixer_resampler_t *resampler)
{
    return resample_over(&resampler->engine);
}

#define WAY(name, is) const ta_mixer_resampling_t ta_mixer_resample_##name = {is, need, make, begin, read, over};

WAY(linear, TA_RESAMPLE_LINEAR)
WAY(good, TA_RESAMPLE_GOOD)
WAY(best, TA_RESAMPLE_BEST)
