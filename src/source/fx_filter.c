// The effect Filter. In: frames, a chain of biquads. Out: input and filtered sound in a proportion. Invariants: what is mixed is within 16 bits before the knee; without
// filters there is no knee either, so it comes and goes with them.

#include "tonearm/filters.h"

#include "fx_int.h"

#include <string.h>

#define ALIGN 8

// 0.01 in Q15: the reference copies up to there. A copy has no knee, so the knee comes and goes with the mix, in a ramp: its gain is 1 without one.
enum { UNIT = 32768, COPY_BELOW = 328, STRAIGHT = 65536 };

static void tick(ta_fx_t *fx, uint32_t frames)
{
    (void)frames;
    ta_filter_t *filter = (ta_filter_t *)fx;
    ta_chain_tick(&filter->chain, &fx->clock);
    int32_t mix = ta_param_q15(&filter->mix, &fx->clock, 0, 1);
    bool copy = mix < COPY_BELOW;
    ta_fx_level_set(&filter->wet, copy ? 0 : mix);
    ta_fx_level_set(&filter->bend, copy || filter->chain.filters == 0 ? STRAIGHT : TA_FX_KNEE_2);
}

// x and F are of 16 bits and the two parts add up to 2^15: below 2^30. Rounded to 0.
static inline int16_t mixed(int32_t x, int32_t filtered, int32_t wet, int32_t bend)
{
    return (int16_t)ta_fx_knee(ta_fx_sat0(x * (UNIT - wet) + filtered * wet, 15), bend);
}

static void mix_all(ta_filter_t *filter, const int16_t *in, int16_t *out, uint32_t frames)
{
    unsigned channels = filter->fx.source.format.channels;
    const int16_t *filtered = filter->filtered;
    for (uint32_t f = 0; f < frames; f++) {
        int32_t wet = ta_fx_level_next(&filter->wet), bend = ta_fx_level_next(&filter->bend);
        for (unsigned c = 0; c < channels; c++)
            *out++ = mixed(*in++, *filtered++, wet, bend);
    }
}

static void run(ta_fx_t *fx, const int16_t *in, int16_t *out, uint32_t frames)
{
    ta_filter_t *filter = (ta_filter_t *)fx;
    unsigned channels = fx->source.format.channels;
    size_t samples = (size_t)frames * channels;
    bool still = ta_fx_level_still(&filter->wet) && ta_fx_level_still(&filter->bend);
    if (still && (!ta_chain_works(&filter->chain) || filter->wet.now_q23 == 0)) {
        memmove(out, in, samples * sizeof *out);
    } else {
        int16_t *filtered = filter->filtered;
        memcpy(filtered, in, samples * sizeof *filtered);
        ta_chain_run(&filter->chain, filtered, frames);
        if (still && filter->wet.target_q15 == UNIT && filter->bend.target_q15 == TA_FX_KNEE_2) {
            for (size_t s = 0; s < samples; s++)
                out[s] = (int16_t)fx_knee_2(filtered[s]);
        } else {
            mix_all(filter, in, out, frames);
        }
    }
}

static void clear(ta_fx_t *fx)
{
    ta_filter_t *filter = (ta_filter_t *)fx;
    ta_chain_clear(&filter->chain);
    ta_fx_level_forget(&filter->wet);
    ta_fx_level_forget(&filter->bend);
}

static const ta_fx_ops_t ops = {.tick = tick, .run = run, .clear = clear, .native8 = true};

ta_status_t ta_filter_need(const ta_filter_config_t *config, ta_need_t needs[TA_FILTER_NEEDS])
{
    if (!config || !needs || config->filters_max > TA_CHAIN_MAX)
        return TA_E_ARG;
    ta_status_t status = ta_fx_need(&config->fx, &needs[0]);
    if (status != TA_OK)
        return status;
    size_t chain = ta_chain_bytes(config->filters_max, config->fx.format.channels);
    needs[1] = (ta_need_t){"filter chain", chain + needs[0].bytes, ALIGN, TA_CLASS_FAST};
    return TA_OK;
}

ta_status_t ta_filter_init(ta_filter_t *filter, const ta_filter_config_t *config, void *const storage[TA_FILTER_NEEDS])
{
    ta_need_t needs[TA_FILTER_NEEDS];
    memset(filter, 0, sizeof *filter);
    ta_status_t status = ta_filter_need(config, needs);
    if (status != TA_OK)
        return status;
    if (!storage || !storage[1] || (uintptr_t)storage[1] % ALIGN != 0)
        return TA_E_ARG;
    unsigned channels = config->fx.format.channels;
    ta_chain_init(&filter->chain, config->filters_max, channels, storage[1]);
    void *filtered = (uint8_t *)storage[1] + ta_chain_bytes(config->filters_max, channels);
    filter->filtered = filtered;
    ta_param_set(&filter->mix, 1);
    return ta_fx_init(&filter->fx, &ops, &config->fx, storage[0]);
}
