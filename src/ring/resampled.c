// Sources of another rate at an output of a fixed one. In: a source. Out: the resampler, as a source of the output's rate.
// Nothing else of the ring names these functions: firmware that does not ask for a resampler does not have one (ta_output_resampling_t).

#include "compose.h"

enum { BEHIND = (sizeof(ta_output_resampler_t) + 7U) & ~7U };

static ta_status_t need(const ta_output_resampling_t *way, const ta_resampler_config_t *config, ta_need_t *to)
{
    (void)way;
    ta_status_t status = ta_resampler_need(config, to);
    if (status == TA_OK)
        to->bytes += BEHIND;
    return status;
}

static ta_status_t serves(const ta_output_resampler_t *resampler, const ta_source_t *source)
{
    return ta_resampler_serves(&resampler->resampler, source);
}

static ta_source_t *begin(ta_output_resampler_t *resampler, ta_source_t *source, ta_source_t **follow)
{
    resampler->resampler.follow = follow;
    if (source)
        ta_resampler_shape(&resampler->resampler, &source->format);
    ta_resampler_begin(&resampler->resampler, source);
    return &resampler->resampler.source;
}

static bool holds(const ta_output_resampler_t *resampler, const ta_source_t *source)
{
    return ta_intake_holds(&resampler->resampler.intake, source) || source == &resampler->resampler.source;
}

static ta_status_t make(ta_output_resampler_t *resampler, const ta_resampler_config_t *config)
{
    static const ta_output_resampling_t *const ways[] = {
        [TA_RESAMPLE_LINEAR] = &ta_output_resample_linear,
        [TA_RESAMPLE_GOOD] = &ta_output_resample_good,
        [TA_RESAMPLE_BEST] = &ta_output_resample_best,
    };
    resampler->way = ways[config->quality];
    return ta_resampler_init(&resampler->resampler, config, (uint8_t *)resampler + BEHIND);
}

#define WAY(name, is) const ta_output_resampling_t ta_output_resample_##name = {is, need, make, serves, begin, holds};

WAY(linear, TA_RESAMPLE_LINEAR)
WAY(good, TA_RESAMPLE_GOOD)
WAY(best, TA_RESAMPLE_BEST)
