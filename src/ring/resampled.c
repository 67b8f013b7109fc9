// Sources of another rate at an output of a fixed one. In: a source. Out: the resampler, as a source of the output's rate.
// Nothing else names what has to do with resampling itself, but through a ta_output_resampling_t: firmware that does not ask for a resampler does not
// have one.

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

// ---- for pins: an output that may have one -------------------------------------------------------------------------------

static ta_resampler_config_t resampler_config(const ta_output_resampling_t *way, uint32_t rate_hz, uint32_t max_rate_hz,
                                              ta_wire_t wire)
{
    return (ta_resampler_config_t){.quality = way->quality,
                                   .rate_hz = rate_hz,
                                   .max_rate_hz = max_rate_hz,
                                   .channels = 2,
                                   .wide = wire == TA_WIRE_S24 || wire == TA_WIRE_S32};
}

static size_t resampler_offset(size_t bytes)
{
    return (bytes + 7U) & ~(size_t)7;
}

ta_status_t ta_output_need_resampler(const ta_output_resampling_t *way, uint32_t rate_hz, uint32_t max_rate_hz,
                                     const ta_ring_config_t *config, ta_need_t needs[2])
{
    if (!way)
        return TA_OK;
    ta_resampler_config_t resampler = resampler_config(way, rate_hz, max_rate_hz, config->wire);
    ta_need_t need;
    ta_status_t status = way->need(way, &resampler, &need);
    if (status == TA_OK)
        needs[1].bytes = resampler_offset(needs[1].bytes) + need.bytes;
    return status;
}

ta_status_t ta_output_use_resampler(ta_output_t *output, const ta_output_resampling_t *way, uint32_t max_rate_hz,
                                    void *const blocks[2])
{
    if (!way)
        return TA_OK;
    const ta_ring_config_t *config = &output->ring.config;
    ta_resampler_config_t resampler = resampler_config(way, output->rate_hz, max_rate_hz, config->wire);
    ta_need_t needs[2];
    ta_status_t status = ta_output_need(config, needs);
    if (status != TA_OK)
        return status;
    void *place = (uint8_t *)blocks[1] + resampler_offset(needs[1].bytes);
    status = way->make(place, &resampler);
    if (status == TA_OK)
        output->resampler = place;
    return status;
}

ta_source_t *ta_output_resampled(const ta_output_t *output)
{
    return output->resampler ? &output->resampler->resampler.source : NULL;
}
