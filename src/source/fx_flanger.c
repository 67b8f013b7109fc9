// Flanger. In: frames, a line of them that were. Out: the frame, and with it what lies a moving while back, interpolated; the line gets the frame and some of that.
// Invariants: near and near + span, in frames, are within 1..the line's - 2 while they glide, too: each goes towards its target, by as much a frame as the other, so
// that their sum never leaves the span between the sums that it comes from and goes to. The numbers are the reference's (6.9).

#include "fx_int.h"
#include "fx_line.h"

#include <stddef.h>
#include <string.h>

enum {
    MAX_MS = 10,
    ONE_Q16 = 65536,
    GLIDE_Q16 = ONE_Q16 / 2, // a frame: reading never stands still nor runs back
    PASSES = 328,            // m up to which samples pass as they are
    UNITY = 32767,           // the reference's scale here
};

// ---- one piece -------------------------------------------------------------------------------------------------------------

typedef struct {
    int32_t again, wet; // of UNITY, signed
    ta_bend_t bend, clip;
} gains_t;

static bool still(const ta_flanger_t *flanger)
{
    return ta_fx_level_still(&flanger->again) && ta_fx_level_still(&flanger->wet) && ta_fx_level_still(&flanger->bend);
}

static void next_gains(ta_flanger_t *flanger, gains_t *gains)
{
    const ta_fx_t *fx = &flanger->fx;
    gains->again = ta_fx_level_next(&flanger->again);
    gains->wet = ta_fx_level_next(&flanger->wet);
    gains->bend = ta_bend_of(fx, (uint32_t)ta_fx_level_next(&flanger->bend));
    gains->clip = fx->native8 ? (ta_bend_t){INT8_MIN, UINT8_MAX, 0} : (ta_bend_t){INT16_MIN, UINT16_MAX, 0};
}

// Up and down once a turn: 0..65535..0.
static uint32_t triangle(uint32_t phase)
{
    uint32_t turn = phase >> 15;
    return turn > 65535 ? 131071 - turn : turn;
}

// span * tri / 2^16, rounded down, without 64 bits: both parts are below 2^32.
static uint32_t part_of(uint32_t span_q16, uint32_t tri)
{
    return (span_q16 >> 16) * tri + ((span_q16 & 0xFFFF) * tri >> 16);
}

static void glide(ta_flanger_glide_t *glide)
{
    if (glide->now < glide->target) {
        glide->now += glide->target - glide->now < GLIDE_Q16 ? glide->target - glide->now : GLIDE_Q16;
    } else if (glide->now > glide->target) {
        glide->now -= glide->now - glide->target < GLIDE_Q16 ? glide->now - glide->target : GLIDE_Q16;
    }
}

// What is to be heard of a channel's sample, and what goes into the line. |s| is at most 2^15, and levels are below 2^15 in size.
static inline int32_t run_sample(const gains_t *gains, int32_t x, int32_t s, int16_t *to)
{
    *to = (int16_t)ta_bend(x + ta_trunc15(s * gains->again), &gains->clip);
    return ta_bend(x + ta_trunc15(s * gains->wet), &gains->bend);
}

// Where a triangle is, and where it goes.
typedef struct {
    uint32_t phase, step, near, span;
} sweep_t;

// Frames with levels and a triangle that stand still.
static FX_LOOP void run_piece(ta_delay_line_t *line, sweep_t *sweep, const gains_t *gains, const int16_t *in,
                              int16_t *out, uint32_t frames)
{
    const uint32_t channels = line->channels, around = line->frames;
    int16_t *const samples = line->samples;
    uint32_t at = line->at, phase = sweep->phase;
    for (const int16_t *end = in + (size_t)frames * channels; in != end; in += channels, out += channels) {
        phase += sweep->step;
        uint32_t delay = sweep->near + part_of(sweep->span, triangle(phase)), part = delay & 0xFFFF;
        uint32_t place = at - (delay >> 16);
        place += (int32_t)place < 0 ? around : 0;
        uint32_t before = place ? place - 1 : around - 1;
        const int16_t *newer = samples + (size_t)place * channels, *older = samples + (size_t)before * channels;
        int16_t *to = samples + (size_t)at * channels;
        out[0] = (int16_t)run_sample(gains, in[0], ta_line_between(newer[0], older[0], part), to);
        if (channels == 2)
            out[1] = (int16_t)run_sample(gains, in[1], ta_line_between(newer[1], older[1], part), to + 1);
        at = at + 1 < around ? at + 1 : 0;
    }
    line->at = at;
    sweep->phase = phase;
}

static void run(ta_fx_t *fx, const int16_t *in, int16_t *out, uint32_t frames)
{
    ta_flanger_t *flanger = (ta_flanger_t *)fx;
    unsigned channels = flanger->line.channels;
    sweep_t sweep = {.phase = flanger->phase, .step = flanger->step};
    while (frames > 0) {
        gains_t gains;
        bool glides = flanger->near.now != flanger->near.target || flanger->span.now != flanger->span.target;
        uint32_t piece = glides || !still(flanger) ? 1 : frames;
        next_gains(flanger, &gains);
        glide(&flanger->near);
        glide(&flanger->span);
        sweep.near = flanger->near.now;
        sweep.span = flanger->span.now;
        run_piece(&flanger->line, &sweep, &gains, in, out, piece);
        in += (size_t)piece * channels;
        out += (size_t)piece * channels;
        frames -= piece;
    }
    flanger->phase = sweep.phase;
}

uint32_t ta_flanger_lfo(const ta_flanger_t *flanger)
{
    return triangle(flanger->phase);
}

// ---- as an effect ----------------------------------------------------------------------------------------------------------

static uint32_t delay_q16(const ta_flanger_t *flanger, ta_real_t ms)
{
    ta_real_t frames = ms * (ta_real_t)flanger->fx.rate_hz / (ta_real_t)1000;
    uint32_t longest = flanger->line.frames - 2; // of 100 ms at 384 kHz: 38,400
    if (frames < 1)
        return ONE_Q16;
    return frames < (ta_real_t)longest ? (uint32_t)(frames * ONE_Q16) : longest * ONE_Q16;
}

static void set_delays(ta_flanger_t *flanger, bool fresh)
{
    const ta_clock_t *clock = &flanger->fx.clock;
    ta_real_t most = (ta_real_t)flanger->max_delay_ms;
    ta_real_t near = ta_param_within(&flanger->min_delay_ms, clock, 0, most);
    ta_real_t depth = ta_param_within(&flanger->depth, clock, 0, 1);
    uint32_t near_q16 = delay_q16(flanger, near), far_q16 = delay_q16(flanger, near + (most - near) * depth);
    flanger->near.target = near_q16;
    flanger->span.target = far_q16 > near_q16 ? far_q16 - near_q16 : 0;
    if (fresh) {
        flanger->near.now = flanger->near.target;
        flanger->span.now = flanger->span.target;
    }
}

static int32_t share(const ta_param_t *param, const ta_clock_t *clock, ta_real_t low, ta_real_t high)
{
    return (int32_t)(ta_param_within(param, clock, low, high) * UNITY);
}

static void tick(ta_fx_t *fx, uint32_t frames)
{
    ta_flanger_t *flanger = (ta_flanger_t *)fx;
    ta_line_catch_up(&flanger->line, fx, &flanger->ticked, frames);
    set_delays(flanger, !flanger->wet.begun);
    const ta_real_t turn = (ta_real_t)4294967296.0;
    flanger->step = (uint32_t)(ta_param_within(&flanger->rate, &fx->clock, 0, 20) / (ta_real_t)fx->rate_hz * turn);
    int32_t wet = share(&flanger->mix, &fx->clock, 0, 1);
    bool passes = wet <= PASSES;
    ta_fx_level_set(&flanger->wet, passes ? 0 : flanger->invert ? -wet : wet);
    ta_fx_level_set(&flanger->bend, passes ? TA_BEND_NONE : TA_FX_KNEE_2);
    ta_real_t limit = (ta_real_t)0.95;
    ta_fx_level_set(&flanger->again, share(&flanger->feedback, &fx->clock, -limit, limit));
}

static void clear(ta_fx_t *fx)
{
    ta_flanger_t *flanger = (ta_flanger_t *)fx;
    ta_line_clear(&flanger->line);
    ta_fx_level_forget(&flanger->again);
    ta_fx_level_forget(&flanger->wet);
    ta_fx_level_forget(&flanger->bend);
    flanger->phase = flanger->ticked = 0;
}

static const ta_fx_ops_t ops = {.tick = tick, .run = run, .clear = clear, .native8 = true};

static uint32_t max_ms(const ta_flanger_config_t *config)
{
    return config->max_delay_ms ? config->max_delay_ms : MAX_MS;
}

static uint32_t line_frames(const ta_flanger_config_t *config)
{
    return ta_line_frames(max_ms(config), config->fx.format.rate_hz) + 2;
}

ta_status_t ta_flanger_need(const ta_flanger_config_t *config, ta_need_t needs[TA_DELAY_NEEDS])
{
    if (!config || !needs || max_ms(config) > TA_FLANGER_MS_MAX)
        return TA_E_ARG;
    ta_status_t status = ta_fx_need(&config->fx, &needs[0]);
    if (status == TA_OK)
        ta_line_need("flanger line", line_frames(config), config->fx.format.channels, &needs[1]);
    return status;
}

ta_status_t ta_flanger_init(ta_flanger_t *flanger, const ta_flanger_config_t *config,
                            void *const storage[TA_DELAY_NEEDS])
{
    ta_need_t needs[TA_DELAY_NEEDS];
    ta_status_t status = ta_flanger_need(config, needs);
    if (status != TA_OK)
        return status;
    if (!flanger || !ta_storage_fits(needs, storage))
        return TA_E_ARG;
    memset(flanger, 0, sizeof *flanger);
    status = ta_fx_init(&flanger->fx, &ops, &config->fx, storage[0]);
    if (status != TA_OK)
        return status;
    flanger->max_delay_ms = max_ms(config);
    ta_line_init(&flanger->line, storage[1], line_frames(config), config->fx.format.channels);
    ta_param_set(&flanger->min_delay_ms, 1);
    ta_param_set(&flanger->rate, (ta_real_t)0.5);
    ta_param_set(&flanger->depth, (ta_real_t)0.5);
    ta_param_set(&flanger->feedback, (ta_real_t)0.5);
    ta_param_set(&flanger->mix, (ta_real_t)0.5);
    return TA_OK;
}
