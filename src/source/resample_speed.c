// A change of speed. In: any source, and a number that may change from block to block. Out: the same, faster or slower; its place in the input goes on
// through every change and over every block's end.

#include "resample_private.h"

#include <string.h>

enum { BLOCK_FRAMES_MAX = 256, FILTERED_DEFAULT = 2 };

static uint32_t filtered(const ta_speed_config_t *config)
{
    return config->filtered_speed ? config->filtered_speed : FILTERED_DEFAULT;
}

static ta_status_t lay_out(const ta_speed_config_t *config, uint32_t *taps, uint32_t *block_frames, size_t *window)
{
    *block_frames = config->block_frames ? config->block_frames : TA_RESAMPLE_BLOCK_FRAMES;
    if (!resample_quality_ok(config->quality) || config->channels < 1 || config->channels > 2 ||
        *block_frames > BLOCK_FRAMES_MAX)
        return TA_E_ARG;
    if (config->rate_hz < TA_RATE_MIN_HZ || config->rate_hz > TA_RATE_MAX_HZ)
        return TA_E_RATE;
    *taps = resample_taps(resample_filter(config->quality), filtered(config), 1);
    *window = (resample_capacity(*taps) * config->channels * sizeof(int16_t) + 3U) & ~(size_t)3;
    return TA_OK;
}

ta_status_t ta_speed_need(const ta_speed_config_t *config, ta_need_t *need)
{
    uint32_t taps, block_frames;
    size_t window;
    ta_status_t status = lay_out(config, &taps, &block_frames, &window);
    if (status != TA_OK)
        return status;
    *need = (ta_need_t){.object = "speed changer",
                        .bytes = window + block_frames * config->channels * sizeof(int16_t),
                        .align = sizeof(int32_t),
                        .cls = TA_CLASS_FAST};
    return TA_OK;
}

ta_status_t ta_speed_set(ta_speed_t *speed, ta_real_t times)
{
    if (!(times >= TA_SPEED_MIN && times <= TA_SPEED_MAX)) // what is no number is not within
        return TA_E_ARG;
    ta_param_set(&speed->speed, times);
    return TA_OK;
}

ta_status_t ta_speed_play(ta_speed_t *speed, ta_source_t *source)
{
    if (source == &speed->source)
        return TA_E_ARG;
    ta_status_t status = ta_intake_offer(&speed->intake, source);
    if (status != TA_OK)
        return status;
    speed->source.frames = TA_FRAMES_UNKNOWN;
    speed->source.fault = TA_OK;
    return TA_OK;
}

static void take(ta_speed_t *speed)
{
    if (!ta_intake_take(&speed->intake))
        return;
    const ta_source_t *source = speed->intake.source;
    speed->engine.running = false;
    if (!source)
        return;
    speed->in_hz = source->format.rate_hz;
    resample_restart(&speed->engine);
}

static void tick(ta_speed_t *speed)
{
    uint32_t rate = speed->source.format.rate_hz;
    ta_clock_tick(&speed->clock, speed->block_frames, rate);
    ta_real_t times = ta_param_within(&speed->speed, &speed->clock, TA_SPEED_MIN, TA_SPEED_MAX);
    if (speed->in_hz != rate)
        times = times * (ta_real_t)speed->in_hz / (ta_real_t)rate;
    uint32_t whole = (uint32_t)times; // 384000 at most
    resample_set_step(&speed->engine, whole, (uint32_t)((times - (ta_real_t)whole) * (ta_real_t)4294967296));
}

static ta_pull_t make_block(ta_speed_t *speed)
{
    take(speed);
    speed->lent = speed->made = 0;
    if (speed->engine.running) {
        tick(speed);
        speed->made = resample_run(&speed->engine, speed->block, speed->block_frames, NULL);
    }
    if (!resample_over(&speed->engine))
        return speed->made ? TA_PULL_MORE : TA_PULL_WAIT;
    if (speed->intake.fault == TA_OK)
        return TA_PULL_END;
    return speed->made ? TA_PULL_MORE : TA_PULL_FAULT;
}

static ta_pull_t pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    ta_speed_t *speed = (ta_speed_t *)source;
    if (speed->pulling)
        return TA_PULL_WAIT; // it hears itself
    speed->pulling = true;
    if (speed->lent == speed->made) {
        speed->last = make_block(speed);
        block->work = speed->intake.work;
    }
    speed->pulling = false;
    uint32_t left = speed->made - speed->lent;
    block->data = speed->block + (size_t)speed->lent * source->format.channels * sizeof(int16_t);
    block->frames = left < max_frames ? left : max_frames;
    speed->lent += block->frames;
    if (speed->lent < speed->made || (speed->last == TA_PULL_END && ta_intake_busy(&speed->intake)))
        return TA_PULL_MORE; // another source has been offered since the block was made
    source->fault = speed->last == TA_PULL_FAULT ? speed->intake.fault : TA_OK;
    return speed->last;
}

// Where a frame lies depends on every speed that there was, but for the first.
static ta_status_t seek(ta_source_t *source, uint64_t frame)
{
    ta_speed_t *speed = (ta_speed_t *)source;
    if (frame != 0 || speed->pulling)
        return TA_E_STATE;
    take(speed);
    ta_source_t *from = speed->intake.source;
    if (!from)
        return TA_E_STATE; // what has ended is its owner's again
    ta_intake_begin(&speed->intake, from);
    speed->lent = speed->made = 0;
    source->frames = TA_FRAMES_UNKNOWN;
    resample_restart(&speed->engine);
    speed->pulling = true;
    ta_status_t status = ta_source_seek(from, 0);
    speed->pulling = false;
    return status;
}

static const ta_source_ops_t ops = {pull, seek};

ta_status_t ta_speed_init(ta_speed_t *speed, const ta_speed_config_t *config, void *storage)
{
    uint32_t taps, block_frames;
    size_t window;
    *speed = (ta_speed_t){.made = 0};
    ta_status_t status = lay_out(config, &taps, &block_frames, &window);
    if (status != TA_OK)
        return status;
    if (!storage || ((uintptr_t)storage & 3) != 0)
        return TA_E_ARG;
    ta_source_init(&speed->source, &ops, &(ta_format_t){TA_SAMPLE_S16, config->channels, config->rate_hz},
                   TA_FRAMES_UNKNOWN);
    ta_intake_init(&speed->intake);
    speed->engine = (ta_resample_engine_t){
        .filter = resample_filter(config->quality),
        .intake = &speed->intake,
        .window = storage,
        .capacity = resample_capacity(taps),
        .taps_max = taps,
        .channels = config->channels,
    };
    speed->block = (uint8_t *)storage + window;
    speed->block_frames = block_frames;
    ta_param_set(&speed->speed, 1);
    return TA_OK;
}
