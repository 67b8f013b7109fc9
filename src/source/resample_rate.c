// A resampler between two rates, as a source, and for whoever embeds it. In: any source. Out: blocks of a fixed size, so that what is heard
// does not depend on how much a consumer asks for.

#include "resample_private.h"

#include "shared_word.h"

#include <stddef.h>
#include <string.h>

typedef struct {
    size_t window, block; // offsets
    size_t bytes;
    uint32_t taps, block_frames;
} layout_t;

static uint32_t max_rate(const ta_resampler_config_t *config)
{
    return config->max_rate_hz ? config->max_rate_hz : TA_RESAMPLE_MAX_RATE_HZ;
}

static ta_status_t lay_out(const ta_resampler_config_t *config, layout_t *layout)
{
    uint32_t most = max_rate(config), block = config->block_frames ? config->block_frames : TA_RESAMPLE_BLOCK_FRAMES;
    if (!resample_quality_ok(config->quality) || config->channels < 1 || config->channels > 2 ||
        block > TA_RESAMPLE_BLOCK_FRAMES_MAX)
        return TA_E_ARG;
    if (config->rate_hz < TA_RATE_MIN_HZ || config->rate_hz > TA_RATE_MAX_HZ || most < TA_RATE_MIN_HZ ||
        most > TA_RATE_MAX_HZ)
        return TA_E_RATE;
    size_t frame = (size_t)config->channels << (config->wide ? 2 : 1);
    layout->taps = resample_taps(resample_filter(config->quality), most, config->rate_hz);
    layout->block_frames = config->inner ? 0 : block;
    layout->window = 0;
    layout->block = (resample_capacity(layout->taps) * frame + 3U) & ~(size_t)3;
    layout->bytes = layout->block + layout->block_frames * frame;
    return TA_OK;
}

ta_status_t ta_resampler_need(const ta_resampler_config_t *config, ta_need_t *need)
{
    layout_t layout;
    ta_status_t status = lay_out(config, &layout);
    if (status != TA_OK)
        return status;
    *need = (ta_need_t){.object = "resampler", .bytes = layout.bytes, .align = sizeof(int32_t), .cls = TA_CLASS_FAST};
    return TA_OK;
}

// ---- what is consumed ------------------------------------------------------------------------------------------------------

ta_status_t ta_resampler_serves(const ta_resampler_t *resampler, const ta_source_t *source)
{
    if (!ta_format_valid(&source->format))
        return TA_E_FORMAT;
    return source->format.rate_hz > resampler->max_rate_hz ? TA_E_RATE : TA_OK;
}

ta_status_t ta_resampler_play(ta_resampler_t *resampler, ta_source_t *source)
{
    if (source == &resampler->source)
        return TA_E_ARG;
    ta_status_t status = source ? ta_resampler_serves(resampler, source) : TA_OK;
    if (status == TA_OK)
        status = ta_intake_offer(&resampler->intake, source);
    if (status != TA_OK)
        return status;
    resampler->source.frames = TA_FRAMES_UNKNOWN; // it has ended, if it had, for the last time but one
    resampler->source.fault = TA_OK;
    return TA_OK;
}

// From the first frame of what the intake has now.
static void start(ta_resampler_t *resampler)
{
    ta_resample_engine_t *engine = &resampler->engine;
    const ta_source_t *source = resampler->intake.source;
    engine->running = false;
    if (!source)
        return;
    if (source->format.rate_hz > resampler->max_rate_hz) { // it was another one when it was offered
        resampler->intake.fault = TA_E_RATE;
        ta_intake_drop(&resampler->intake);
        return;
    }
    resampler->in_hz = source->format.rate_hz;
    resample_set_ratio(engine, resampler->in_hz, resampler->source.format.rate_hz);
    resample_restart(engine);
}

bool ta_resampler_take(ta_resampler_t *resampler)
{
    if (!ta_intake_take(&resampler->intake))
        return false;
    start(resampler);
    return true;
}

static bool is_wide(const ta_format_t *format)
{
    return ta_sample_bytes(format->sample) > 2;
}

void ta_resampler_shape(ta_resampler_t *resampler, const ta_format_t *like)
{
    ta_resample_engine_t *engine = &resampler->engine;
    engine->channels = like->channels < resampler->channels_max ? like->channels : resampler->channels_max;
    engine->wide = resampler->wide_too && is_wide(like);
    resampler->source.format.channels = engine->channels;
    resampler->source.format.sample = engine->wide ? TA_SAMPLE_S32 : TA_SAMPLE_S16;
}

void ta_resampler_begin(ta_resampler_t *resampler, ta_source_t *source)
{
    ta_intake_begin(&resampler->intake, source);
    resampler->made = resampler->lent = 0;
    resampler->source.frames = TA_FRAMES_UNKNOWN;
    resampler->source.fault = TA_OK;
    start(resampler);
}

// The source has ended: does one of the same rate wait to follow it?
static bool next_source(ta_resample_engine_t *engine)
{
    ta_resampler_t *resampler = (ta_resampler_t *)((uintptr_t)engine - offsetof(ta_resampler_t, engine));
    if (!resampler->follow || resampler->intake.fault != TA_OK)
        return false;
    ta_source_t *source = *resampler->follow;
    if (!source || source->format.rate_hz != resampler->in_hz)
        return false;
    // What would lose a channel or bits begins anew, with a seam.
    if (source->format.channels > engine->channels && engine->channels < resampler->channels_max)
        return false;
    if (is_wide(&source->format) && !engine->wide && resampler->wide_too)
        return false;
    ta_intake_begin(&resampler->intake, source); // in this order: it is held at every moment
    *resampler->follow = NULL;
    return true;
}

uint32_t ta_resampler_read(ta_resampler_t *resampler, void *to, uint32_t frames)
{
    return resample_run(&resampler->engine, to, frames, next_source);
}

bool ta_resampler_ended(const ta_resampler_t *resampler)
{
    return resample_over(&resampler->engine);
}

// ---- as a source -----------------------------------------------------------------------------------------------------------

static ta_pull_t make_block(ta_resampler_t *resampler)
{
    (void)ta_resampler_take(resampler);
    resampler->lent = 0;
    resampler->made = ta_resampler_read(resampler, resampler->block, resampler->block_frames);
    if (resampler->made == resampler->block_frames && !ta_resampler_ended(resampler))
        return TA_PULL_MORE;
    if (!ta_resampler_ended(resampler))
        return resampler->made ? TA_PULL_MORE : TA_PULL_WAIT;
    if (resampler->intake.fault == TA_OK)
        return TA_PULL_END;
    return resampler->made ? TA_PULL_MORE : TA_PULL_FAULT; // first what came before it
}

static ta_pull_t pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    ta_resampler_t *resampler = (ta_resampler_t *)source;
    if (resampler->pulling)
        return TA_PULL_WAIT; // it hears itself
    resampler->pulling = true;
    if (resampler->lent == resampler->made) {
        resampler->last = make_block(resampler);
        block->work = resampler->intake.work;
    }
    resampler->pulling = false;
    uint32_t left = resampler->made - resampler->lent;
    const ta_resample_engine_t *engine = &resampler->engine;
    block->data = resampler->block + ((size_t)resampler->lent * engine->channels << (engine->wide ? 2 : 1));
    block->frames = left < max_frames ? left : max_frames;
    resampler->lent += block->frames;
    if (resampler->lent < resampler->made || (resampler->last == TA_PULL_END && ta_intake_busy(&resampler->intake)))
        return TA_PULL_MORE; // another source has been offered since the block was made
    source->fault = resampler->last == TA_PULL_FAULT ? resampler->intake.fault : TA_OK;
    return resampler->last;
}

// The input frame at or behind which an output frame lies: n * step, exactly.
static uint64_t input_frame(ta_resample_engine_t *engine, uint32_t numerator, uint64_t frame)
{
    uint64_t parts = frame % engine->whole * numerator; // less than 384000 * 384000
    uint64_t rest = (parts % engine->whole) << 32;
    engine->phase = (uint32_t)(rest / engine->whole);
    engine->rest = (uint32_t)(rest % engine->whole);
    return frame / engine->whole * numerator + parts / engine->whole;
}

// The frames before it are wanted, too, since they ring on.
static ta_status_t seek(ta_source_t *source, uint64_t frame)
{
    ta_resampler_t *resampler = (ta_resampler_t *)source;
    ta_resample_engine_t *engine = &resampler->engine;
    if (resampler->pulling)
        return TA_E_STATE;
    (void)ta_resampler_take(resampler);
    ta_source_t *from = resampler->intake.source;
    if (!from)
        return TA_E_STATE; // what has ended is its owner's again
    if (frame > UINT64_MAX / TA_RATE_MAX_HZ)
        return TA_E_ARG;
    ta_resampler_begin(resampler, from);
    uint32_t numerator = (uint32_t)((uint64_t)resampler->in_hz * engine->whole / source->format.rate_hz);
    uint64_t first = input_frame(engine, numerator, frame);
    uint32_t silent = first < engine->at ? engine->at - (uint32_t)first : 0; // before the program's first frame
    resampler->pulling = true;
    ta_status_t status = ta_source_seek(from, first - (engine->at - silent));
    resampler->pulling = false;
    engine->filled = silent;
    return status;
}

static const ta_source_ops_t ops = {pull, seek};

ta_status_t ta_resampler_init(ta_resampler_t *resampler, const ta_resampler_config_t *config, void *storage)
{
    layout_t layout;
    *resampler = (ta_resampler_t){.in_hz = 0};
    ta_status_t status = lay_out(config, &layout);
    if (status != TA_OK)
        return status;
    if (!storage || ((uintptr_t)storage & 3) != 0)
        return TA_E_ARG;
    ta_format_t format = {config->wide ? TA_SAMPLE_S32 : TA_SAMPLE_S16, config->channels, config->rate_hz};
    ta_source_init(&resampler->source, &ops, &format, TA_FRAMES_UNKNOWN);
    ta_intake_init(&resampler->intake);
    resampler->engine = (ta_resample_engine_t){
        .filter = resample_filter(config->quality),
        .intake = &resampler->intake,
        .window = (uint8_t *)storage + layout.window,
        .capacity = resample_capacity(layout.taps),
        .taps_max = layout.taps,
        .channels = config->channels,
        .wide = config->wide,
    };
    resampler->max_rate_hz = max_rate(config);
    resampler->channels_max = config->channels;
    resampler->wide_too = config->wide;
    resampler->block = (uint8_t *)storage + layout.block;
    resampler->block_frames = layout.block_frames;
    return TA_OK;
}
