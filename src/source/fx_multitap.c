// MultiTapDelay. In: frames, a line of them that were. Out: what came in and the sum of the taps, mixed; and the line gets the frame and what it held `delay`
// ago, `decay` times as loud. Invariants: what is read of a piece was written before it; the feed plans taps into a copy of its own, once, at a tick.

#include "fx_int.h"
#include "fx_line.h"

#include <stddef.h>
#include <string.h>

enum { MAX_MS = 500 };

typedef struct {
    int32_t again; // decay, Q15
    ta_bend_t bend;
    ta_blend_t blend;
} gains_t;

// ---- one piece -------------------------------------------------------------------------------------------------------------

static FX_LOOP void add_samples(const int16_t *from, int32_t level, int32_t *sums, size_t samples)
{
    for (const int16_t *end = from + samples; from != end; from++, sums++)
        *sums += ta_trunc15(*from * level); // at most 64 times 2^15
}

static FX_LOOP void set_samples(const int16_t *from, int32_t level, int32_t *sums, size_t samples)
{
    for (const int16_t *end = from + samples; from != end; from++)
        *sums++ = ta_trunc15(*from * level);
}

static FX_LOOP void run_samples(const int16_t *from, int16_t *to, const int32_t *sums, const int16_t *in, int16_t *out,
                                size_t samples, const gains_t *gains)
{
    for (const int16_t *end = in + samples; in != end; in++) {
        int32_t x = *in, e = *from++;
        *to++ = (int16_t)ta_bend(ta_trunc15(e * gains->again) + x, &gains->bend);
        *out++ = (int16_t)ta_mix_blend(&gains->blend, x, *sums++);
    }
}

// Frames of the line from `back` on, as they lie around the ring: what it holds and what a tap adds up are apart.
static void add_tap(const ta_delay_line_t *line, const ta_tap_run_t *tap, bool first, int32_t *sums, uint32_t frames)
{
    unsigned channels = line->channels;
    uint32_t place = ta_line_back(line, tap->delay);
    while (frames > 0) {
        uint32_t piece = ta_line_room(line, place, frames);
        const int16_t *from = line->samples + (size_t)place * channels;
        size_t samples = (size_t)piece * channels;
        (first ? set_samples : add_samples)(from, tap->level_q15, sums, samples);
        sums += samples;
        frames -= piece;
        place = 0;
    }
}

static void add_taps(const ta_multitap_t *multitap, const ta_tap_plan_t *plan, int32_t *sums, uint32_t frames)
{
    const ta_bend_t bend = ta_bend_knee(plan->gain);
    size_t samples = (size_t)frames * multitap->line.channels;
    for (uint32_t t = 0; t < plan->count; t++)
        add_tap(&multitap->line, &plan->taps[t], t == 0, sums, frames);
    for (size_t s = 0; plan->count > 1 && s < samples; s++)
        sums[s] = ta_bend(sums[s], &bend); // no sum of 8-bit samples gets so far
}

// From the older plan to the newer one: a frame between both, of the taps and of what goes round.
static void fade_frame(ta_multitap_t *multitap, int32_t *sums, const int16_t *newer)
{
    const ta_delay_line_t *line = &multitap->line;
    const ta_tap_plan_t *older = &multitap->plans[1 - multitap->now];
    const int16_t *from = line->samples + (size_t)ta_line_back(line, older->delay) * line->channels;
    int32_t *before = multitap->before;
    add_taps(multitap, older, before, 1);
    for (unsigned c = 0; c < line->channels; c++) {
        sums[c] = ta_line_fade(sums[c], before[c], multitap->fade);
        multitap->round[c] = (int16_t)ta_line_fade(newer[c], from[c], multitap->fade);
    }
    multitap->fade--;
}

static uint32_t run_piece(ta_multitap_t *multitap, const int16_t *in, int16_t *out, uint32_t frames)
{
    ta_delay_line_t *line = &multitap->line;
    unsigned channels = line->channels;
    const ta_tap_plan_t *plan = &multitap->plans[multitap->now];
    uint32_t place = ta_line_back(line, plan->delay);
    frames = ta_line_room(line, line->at, ta_line_room(line, place, frames));
    frames = frames < plan->least ? frames : plan->least;
    frames = frames < TA_DELAY_CHUNK ? frames : TA_DELAY_CHUNK;
    bool still = ta_mix_still(&multitap->levels) && ta_fx_level_still(&multitap->again) && multitap->fade == 0;
    frames = still ? frames : 1;
    gains_t gains;
    ta_mix_next(&multitap->levels, &multitap->fx, &gains.blend);
    gains.again = ta_fx_level_next(&multitap->again);
    gains.bend = ta_bend_of(&multitap->fx, TA_FX_KNEE_2);
    int32_t *sums = multitap->sums;
    const int16_t *from = line->samples + (size_t)place * channels;
    add_taps(multitap, plan, sums, frames);
    if (multitap->fade > 0) {
        fade_frame(multitap, sums, from);
        from = multitap->round;
    }
    int16_t *to = line->samples + (size_t)line->at * channels;
    run_samples(from, to, sums, in, out, (size_t)frames * channels, &gains);
    ta_line_go(line, frames);
    return frames;
}

static void run(ta_fx_t *fx, const int16_t *in, int16_t *out, uint32_t frames)
{
    ta_multitap_t *multitap = (ta_multitap_t *)fx;
    unsigned channels = multitap->line.channels;
    while (frames > 0) {
        uint32_t done = run_piece(multitap, in, out, frames);
        in += (size_t)done * channels;
        out += (size_t)done * channels;
        frames -= done;
    }
}

// ---- taps ------------------------------------------------------------------------------------------------------------------

// What the task hands over.
typedef struct {
    uint32_t count;
    ta_tap_t taps[TA_TAPS_MAX];
} set_t;

static size_t set_bytes(uint32_t taps)
{
    return offsetof(set_t, taps) + taps * sizeof(ta_tap_t);
}

// The feed's own copy, for this delay.
static void plan_taps(const ta_multitap_t *multitap, ta_tap_plan_t *plan, uint32_t delay)
{
    const set_t *set = (const void *)multitap->table.live;
    plan->delay = plan->least = delay;
    plan->count = set->count > 0 ? set->count : 1;
    plan->gain = (uint32_t)ta_fx_knee_gain(plan->count);
    plan->taps[0] = (ta_tap_run_t){delay, 32768};
    for (uint32_t t = 0; t < set->count; t++) {
        uint32_t after = (uint32_t)((ta_real_t)delay * set->taps[t].position);
        after = after < 1 || after > delay ? delay : after; // a position of 0 is the line's other end
        plan->taps[t] = (ta_tap_run_t){after, (int32_t)(set->taps[t].level * 32768 + (ta_real_t)0.5)};
        plan->least = after < plan->least ? after : plan->least;
    }
}

static void plan(ta_multitap_t *multitap, bool fresh)
{
    uint32_t delay = ta_line_delay(&multitap->delay_ms, &multitap->fx, multitap->line.frames);
    if (multitap->fade > 0)
        return; // one crossfade after the other
    if (!ta_fx_table_take(&multitap->table) && !fresh && delay == multitap->plans[multitap->now].delay)
        return;
    multitap->now = (uint8_t)(1 - multitap->now);
    plan_taps(multitap, &multitap->plans[multitap->now], delay);
    multitap->fade = fresh ? 0 : TA_DELAY_FADE_FRAMES;
}

static bool is_share(ta_real_t number)
{
    return number >= 0 && number <= 1; // and so no NaN
}

ta_status_t ta_multitap_set_taps(ta_multitap_t *multitap, const ta_tap_t *taps, uint32_t count)
{
    if (count > multitap->taps_max || (count > 0 && !taps))
        return TA_E_ARG;
    for (uint32_t t = 0; t < count; t++) {
        if (!is_share(taps[t].position) || !is_share(taps[t].level))
            return TA_E_ARG;
    }
    set_t set = {.count = count};
    for (uint32_t t = 0; t < count; t++)
        set.taps[t] = taps[t];
    ta_fx_table_put(&multitap->table, &set, set_bytes(count));
    return TA_OK;
}

// ---- as an effect ----------------------------------------------------------------------------------------------------------

static void tick(ta_fx_t *fx, uint32_t frames)
{
    (void)frames;
    ta_multitap_t *multitap = (ta_multitap_t *)fx;
    plan(multitap, !multitap->again.begun);
    (void)ta_mix_tick(&multitap->levels, &multitap->mix, fx, false, false);
    ta_fx_level_set(&multitap->again, ta_param_q15(&multitap->decay, &fx->clock, 0, 1));
}

static void clear(ta_fx_t *fx)
{
    ta_multitap_t *multitap = (ta_multitap_t *)fx;
    ta_line_clear(&multitap->line);
    ta_mix_forget(&multitap->levels);
    ta_fx_level_forget(&multitap->again);
    multitap->fade = 0;
}

static const ta_fx_ops_t ops = {.tick = tick, .run = run, .clear = clear, .native8 = true, .tail = true};

static uint32_t max_ms(const ta_multitap_config_t *config)
{
    return config->max_delay_ms ? config->max_delay_ms : MAX_MS;
}

// What the task sets, and two plans with room for the one tap that no taps are.
static size_t tap_bytes(uint32_t taps_max)
{
    return ta_fx_table_bytes(set_bytes(taps_max)) + (size_t)(taps_max + 1) * 2 * sizeof(ta_tap_run_t);
}

static ta_status_t layout(const ta_multitap_config_t *config, ta_need_t *needs, size_t *taps)
{
    if (!config || !needs || max_ms(config) > TA_DELAY_MS_MAX || config->taps_max > TA_TAPS_MAX)
        return TA_E_ARG;
    ta_status_t status = ta_fx_need(&config->fx, &needs[0]);
    if (status != TA_OK)
        return status;
    *taps = ta_fx_need_more(&needs[0], tap_bytes(config->taps_max));
    ta_line_need("multi-tap line", ta_line_frames(max_ms(config), config->fx.format.rate_hz),
                 config->fx.format.channels, &needs[1]);
    return TA_OK;
}

ta_status_t ta_multitap_need(const ta_multitap_config_t *config, ta_need_t needs[TA_DELAY_NEEDS])
{
    size_t taps;
    return layout(config, needs, &taps);
}

static void place_taps(ta_multitap_t *multitap, void *storage, uint32_t taps_max)
{
    size_t bytes = set_bytes(taps_max);
    ta_tap_run_t *runs = (void *)((uint8_t *)storage + ta_fx_table_bytes(bytes));
    ta_fx_table_init(&multitap->table, bytes, storage);
    multitap->taps_max = taps_max;
    for (unsigned which = 0; which < 2; which++)
        multitap->plans[which].taps = runs + (size_t)which * (taps_max + 1);
}

ta_status_t ta_multitap_init(ta_multitap_t *multitap, const ta_multitap_config_t *config,
                             void *const storage[TA_DELAY_NEEDS])
{
    ta_need_t needs[TA_DELAY_NEEDS];
    size_t taps;
    ta_status_t status = layout(config, needs, &taps);
    if (status != TA_OK)
        return status;
    if (!multitap || !ta_storage_fits(needs, storage))
        return TA_E_ARG;
    memset(multitap, 0, sizeof *multitap);
    status = ta_fx_init(&multitap->fx, &ops, &config->fx, storage[0]);
    if (status != TA_OK)
        return status;
    ta_line_init(&multitap->line, storage[1], ta_line_frames(max_ms(config), config->fx.format.rate_hz),
                 config->fx.format.channels);
    place_taps(multitap, (uint8_t *)storage[0] + taps, config->taps_max);
    ta_param_set(&multitap->delay_ms, 250);
    ta_param_set(&multitap->decay, (ta_real_t)0.7);
    ta_param_set(&multitap->mix, (ta_real_t)0.25);
    return TA_OK;
}
