// What all effects have in common. In: an upstream's frames of any format, one effect's arithmetic. Out: frames of the effect's format, without an end.
// Invariants: a tick is worked out whole, in `samples`, and lent from there, so that no consumer's appetite changes a number; ticks lie on
// the grid of blocks from the first frame on; what upstream does not give is zeros, so that nothing is ever waited for.

#include "tonearm/fx.h"

#include <string.h>

#define ALIGN 4

// ---- levels and the knee ---------------------------------------------------------------------------------------------------

void ta_fx_level_set(ta_fx_level_t *level, int32_t target_q15)
{
    if (level->begun && level->target_q15 == target_q15)
        return;
    level->target_q15 = target_q15;
    if (!level->begun) {
        level->begun = true;
        level->now_q23 = target_q15 * 256;
        level->left = 0;
        return;
    }
    level->step_q23 = (target_q15 * 256 - level->now_q23) / TA_FX_RAMP_FRAMES; // |both| <= 2^27
    level->left = TA_FX_RAMP_FRAMES;
}

int32_t ta_fx_knee_gain(uint32_t x)
{
    x = x < 1 ? 1 : x > 65535 ? 65535 : x;
    return (int32_t)(268435455U / (32768U * x - 28000U));
}

// ---- formats ---------------------------------------------------------------------------------------------------------------

static int32_t clip8(int32_t s)
{
    return s > 127 ? 127 : s < -128 ? -128 : s;
}

// Rounded, not floored: what was widened by 256 comes back exactly, and the rest is not biased.
static int32_t narrow8(int32_t s)
{
    return clip8((s + 128) >> 8);
}

// From here on `samples` holds the effect's format. 8-bit ones move down in place: each is written at or below where it was read.
static void to_format(ta_fx_t *fx, uint32_t frames)
{
    size_t count = (size_t)frames * fx->source.format.channels;
    ta_sample_t sample = fx->source.format.sample;
    int16_t *wide = fx->samples;
    uint8_t *bytes = (uint8_t *)fx->samples;
    uint8_t middle = sample == TA_SAMPLE_U8 ? 0x80 : 0;
    if (sample == TA_SAMPLE_U16) {
        for (size_t s = 0; s < count; s++)
            wide[s] = (int16_t)(wide[s] ^ -0x8000);
    }
    if (sample == TA_SAMPLE_U8 || sample == TA_SAMPLE_S8) {
        for (size_t s = 0; s < count; s++)
            bytes[s] = (uint8_t)((fx->native8 ? clip8(wide[s]) : narrow8(wide[s])) ^ middle);
    }
}

// ---- a tick ----------------------------------------------------------------------------------------------------------------

// Upstream's frames, as many as there are; zeros for the others.
static void take_in(ta_fx_t *fx, uint32_t frames)
{
    unsigned channels = fx->source.format.channels;
    bool sound = fx->intake.fault == TA_OK;
    fx->fed = ta_intake_read(&fx->intake, channels, fx->samples, frames);
    if (sound && fx->intake.fault != TA_OK)
        fx->faults++;
    size_t there = (size_t)fx->fed * channels;
    memset(fx->samples + there, 0, (size_t)(frames - fx->fed) * channels * sizeof *fx->samples);
    for (size_t s = 0; fx->native8 && s < there; s++)
        fx->samples[s] = (int16_t)narrow8(fx->samples[s]);
}

static void make_tick(ta_fx_t *fx)
{
    uint32_t frames = fx->buffer_frames - fx->block_at;
    frames = frames < TA_FX_TICK_FRAMES ? frames : TA_FX_TICK_FRAMES;
    fx->block_at += frames;
    if (fx->block_at == fx->buffer_frames)
        fx->block_at = 0;
    if (ta_intake_take(&fx->intake) && fx->intake.source && fx->intake.source->format.rate_hz != fx->rate_hz) {
        fx->intake.fault = TA_E_RATE; // it was another one when it was offered
        fx->faults++;
        ta_intake_drop(&fx->intake);
    }
    ta_clock_tick(&fx->clock, frames, fx->rate_hz);
    if (fx->ops->tick)
        fx->ops->tick(fx, frames);
    take_in(fx, frames);
    uint32_t run = fx->ops->tail ? frames : fx->fed;
    if (run > 0)
        fx->ops->run(fx, fx->samples, fx->samples, run);
    to_format(fx, frames);
    fx->made = frames;
    fx->lent = 0;
}

static ta_pull_t pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    ta_fx_t *fx = (ta_fx_t *)source;
    if (fx->pulling)
        return TA_PULL_WAIT; // it hears itself: silence, and not an endless descent
    fx->pulling = true;
    if (fx->lent == fx->made) {
        make_tick(fx);
        block->work = fx->intake.work;
    }
    fx->pulling = false;
    uint32_t left = fx->made - fx->lent;
    block->data = (const uint8_t *)fx->samples + (size_t)fx->lent * ta_frame_bytes(&source->format);
    block->frames = left < max_frames ? left : max_frames;
    fx->lent += block->frames;
    return TA_PULL_MORE;
}

// ---- the task's side -------------------------------------------------------------------------------------------------------

static uint32_t block_frames(const ta_fx_config_t *config)
{
    return config->buffer_frames ? config->buffer_frames : TA_FX_BUFFER_FRAMES;
}

static bool format_fits(const ta_format_t *format)
{
    switch (format->sample) {
    case TA_SAMPLE_U8:
    case TA_SAMPLE_S8:
    case TA_SAMPLE_U16:
    case TA_SAMPLE_S16:
        return ta_format_valid(format);
    case TA_SAMPLE_S24:
    case TA_SAMPLE_S24IN32:
    case TA_SAMPLE_S32:
    case TA_SAMPLES:
    default:
        return false;
    }
}

ta_status_t ta_fx_need(const ta_fx_config_t *config, ta_need_t *need)
{
    if (!config || !need)
        return TA_E_ARG;
    if (!format_fits(&config->format))
        return TA_E_FORMAT;
    if (config->buffer_frames > TA_FX_BUFFER_FRAMES_MAX)
        return TA_E_ARG;
    uint32_t frames = block_frames(config);
    frames = frames < TA_FX_TICK_FRAMES ? frames : TA_FX_TICK_FRAMES;
    size_t bytes = (size_t)frames * config->format.channels * sizeof(int16_t);
    *need = (ta_need_t){.object = "effect block",
                        .bytes = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1),
                        .align = ALIGN,
                        .cls = TA_CLASS_FAST};
    return TA_OK;
}

static const ta_source_ops_t source_ops = {pull, NULL};

ta_status_t ta_fx_init(ta_fx_t *fx, const ta_fx_ops_t *ops, const ta_fx_config_t *config, void *storage)
{
    ta_need_t need;
    memset(fx, 0, sizeof *fx);
    ta_status_t status = ta_fx_need(config, &need);
    if (status != TA_OK)
        return status;
    if (!ops || !ops->run || !storage || (uintptr_t)storage % ALIGN != 0)
        return TA_E_ARG;
    ta_source_init(&fx->source, &source_ops, &config->format, TA_FRAMES_UNKNOWN);
    ta_intake_init(&fx->intake);
    fx->ops = ops;
    fx->rate_hz = config->format.rate_hz;
    fx->buffer_frames = block_frames(config);
    fx->native8 = ops->native8 && ta_sample_bytes(config->format.sample) == 1;
    fx->samples = storage;
    memset(storage, 0, need.bytes);
    return TA_OK;
}

ta_status_t ta_fx_play(ta_fx_t *fx, ta_source_t *source)
{
    if (source == &fx->source)
        return TA_E_ARG;
    if (source && !ta_format_valid(&source->format))
        return TA_E_FORMAT;
    if (source && source->format.rate_hz != fx->rate_hz)
        return TA_E_RATE;
    return ta_intake_offer(&fx->intake, source);
}

void ta_fx_clear(ta_fx_t *fx)
{
    fx->made = fx->lent = fx->block_at = 0;
    if (fx->ops && fx->ops->clear)
        fx->ops->clear(fx);
}

// ---- bridges -----------------------------------------------------------------------------------------------------------------

void ta_fx_bridge_run(ta_fx_bridge_t *bridge, int16_t *out, uint32_t frames, unsigned channels)
{
    for (uint32_t f = 0; f < frames && bridge->left > 0; f++, bridge->left--) {
        for (unsigned c = 0; c < channels; c++) {
            int16_t *s = out + f * channels + c;
            if (bridge->left > TA_FX_RAMP_FRAMES)
                bridge->off[c] = bridge->last[c] - *s;
            int32_t left = bridge->left <= TA_FX_RAMP_FRAMES ? (int32_t)bridge->left - 1 : TA_FX_RAMP_FRAMES;
            *s = (int16_t)ta_fx_sat0((*s * TA_FX_RAMP_FRAMES) + bridge->off[c] * left, 6);
        }
    }
    for (unsigned c = 0; c < channels; c++)
        bridge->last[c] = out[(size_t)(frames - 1) * channels + c];
    bridge->begun = true;
}
