// Echo. In: frames, a line of them that were. Out: both mixed; and the line gets the frame and what it gave, `decay` times as loud, through filters.
// Invariants: what is read of a piece was written, and filtered, before the piece; the numbers are the reference's (6.9).

#include "fx_echo.h"
#include "fx_int.h"

#include <stddef.h>
#include <string.h>

enum { MAX_MS = 500, ONE_CELL = 256 };

// ---- one piece -------------------------------------------------------------------------------------------------------------

// Levels for the next `*frames` frames, which become one while a level moves.
static void next_gains(ta_echo_t *echo, ta_echo_gains_t *gains, uint32_t *frames)
{
    if (!ta_mix_still(&echo->levels) || !ta_fx_level_still(&echo->again) || !ta_fx_level_still(&echo->fresh))
        *frames = 1;
    ta_mix_next(&echo->levels, &echo->fx, &gains->blend);
    gains->again = ta_fx_level_next(&echo->again);
    gains->fresh = ta_fx_level_next(&echo->fresh);
    gains->bend = ta_bend_of(&echo->fx, TA_FX_KNEE_2);
}

static void filter(ta_echo_t *echo, int16_t *cells, uint32_t frames)
{
    ta_chain_run(&echo->chain, cells, frames);
    for (size_t s = 0; echo->fx.native8 && s < (size_t)frames * echo->line.channels; s++)
        cells[s] = (int16_t)ta_bend(cells[s], &(ta_bend_t){INT8_MIN, UINT8_MAX, 0});
}

// ---- a fixed speed, a delay in the line ------------------------------------------------------------------------------------

// From the older delay to the newer one: a frame between both.
static void fade_frame(ta_echo_t *echo, int16_t *between, unsigned channels)
{
    const ta_delay_line_t *line = &echo->line;
    const int16_t *older = line->samples + (size_t)ta_line_back(line, echo->older) * channels;
    const int16_t *newer = line->samples + (size_t)ta_line_back(line, echo->delay) * channels;
    for (unsigned c = 0; c < channels; c++)
        between[c] = (int16_t)ta_line_fade(newer[c], older[c], echo->fade);
    echo->fade--;
}

static uint32_t run_fixed(ta_echo_t *echo, const int16_t *in, int16_t *out, uint32_t frames)
{
    ta_delay_line_t *line = &echo->line;
    unsigned channels = line->channels;
    uint32_t place = ta_line_back(line, echo->delay);
    bool filtered = ta_chain_works(&echo->chain);
    ta_echo_gains_t gains;
    int16_t between[2];
    frames = ta_line_room(line, line->at, ta_line_room(line, place, frames));
    if (filtered && frames > echo->delay)
        frames = echo->delay;
    if (echo->fade > 0)
        frames = 1;
    next_gains(echo, &gains, &frames);
    const int16_t *from = line->samples + (size_t)place * channels;
    if (echo->fade > 0) {
        fade_frame(echo, between, channels);
        from = between;
    }
    int16_t *to = line->samples + (size_t)line->at * channels;
    ta_echo_samples(from, to, in, out, (size_t)frames * channels, &gains);
    if (filtered)
        filter(echo, to, frames);
    ta_line_go(line, frames);
    return frames;
}

// ---- freq_shift: a loop of tape whose speed is the delay -------------------------------------------------------------------

// Cells of one channel, in one piece, that the head passes in this frame; there may be none.
static FX_LOOP void pass_cells(int16_t *cell, uint32_t cells, size_t stride, int32_t x, const ta_echo_gains_t *gains)
{
    const int32_t fresh = x * gains->fresh, again = gains->again;
    for (; cells > 0; cells--, cell += stride)
        *cell = (int16_t)ta_bend(ta_trunc15(*cell * again + fresh), &gains->bend);
}

// A frame whose cells may lie at both ends of the line, or are filtered. The speed is at most the line: once around is enough.
static void shift_frame(ta_echo_t *echo, const int16_t *in, int16_t *out, const ta_echo_gains_t *gains)
{
    const ta_delay_line_t *line = &echo->line;
    unsigned channels = line->channels;
    uint32_t place = echo->place_q8 / ONE_CELL, next_q8 = echo->place_q8 + echo->speed_q8;
    uint32_t cells = next_q8 / ONE_CELL - place, piece = ta_line_room(line, place, cells);
    int16_t *here = line->samples + (size_t)place * channels;
    for (unsigned c = 0; c < channels; c++) {
        int32_t x = in[c], e = here[c];
        pass_cells(here + c, piece, channels, x, gains);
        pass_cells(line->samples + c, cells - piece, channels, x, gains);
        out[c] = (int16_t)ta_mix_blend(&gains->blend, x, e);
    }
    if (ta_chain_works(&echo->chain)) {
        filter(echo, here, piece);
        filter(echo, line->samples, cells - piece);
    }
    if (next_q8 >= line->frames * ONE_CELL)
        next_q8 -= line->frames * ONE_CELL;
    echo->place_q8 = next_q8;
}

// What one channel of a frame does to the cells that are passed, one or more of them.
static inline int16_t shift_sample(int16_t *cell, uint32_t cells, size_t stride, int32_t x,
                                   const ta_echo_gains_t *gains)
{
    int32_t e = *cell, fresh = x * gains->fresh;
    const int32_t again = gains->again;
    do {
        *cell = (int16_t)ta_bend(ta_trunc15(*cell * again + fresh), &gains->bend);
        cell += stride;
    } while (--cells > 0);
    return (int16_t)ta_mix_blend(&gains->blend, x, e);
}

// Frames without filters, as long as no frame's cells lie at both ends of the line. Returns how many, maybe none.
static FX_LOOP uint32_t shift_frames(ta_echo_t *echo, const int16_t *in, int16_t *out, uint32_t frames,
                                     const ta_echo_gains_t *gains)
{
    const ta_delay_line_t *line = &echo->line;
    const uint32_t end_q8 = line->frames * ONE_CELL, speed_q8 = echo->speed_q8, channels = line->channels;
    uint32_t place_q8 = echo->place_q8, left = frames;
    for (; left > 0 && place_q8 + speed_q8 < end_q8; left--, in += channels, out += channels) {
        uint32_t place = place_q8 / ONE_CELL;
        place_q8 += speed_q8;
        uint32_t cells = place_q8 / ONE_CELL - place;
        int16_t *cell = line->samples + (size_t)place * channels;
        out[0] = shift_sample(cell, cells, channels, in[0], gains);
        if (channels == 2)
            out[1] = shift_sample(cell + 1, cells, channels, in[1], gains);
    }
    echo->place_q8 = place_q8;
    return frames - left;
}

static uint32_t run_shift(ta_echo_t *echo, const int16_t *in, int16_t *out, uint32_t frames)
{
    ta_echo_gains_t gains;
    next_gains(echo, &gains, &frames);
    unsigned channels = echo->line.channels;
    uint32_t done = 0;
    while (done < frames) {
        if (!ta_chain_works(&echo->chain)) {
            done +=
                shift_frames(echo, in + (size_t)done * channels, out + (size_t)done * channels, frames - done, &gains);
        }
        if (done < frames) {
            shift_frame(echo, in + (size_t)done * channels, out + (size_t)done * channels, &gains);
            done++;
        }
    }
    return frames;
}

// ---- as an effect ----------------------------------------------------------------------------------------------------------

static void run(ta_fx_t *fx, const int16_t *in, int16_t *out, uint32_t frames)
{
    ta_echo_t *echo = (ta_echo_t *)fx;
    unsigned channels = echo->line.channels;
    if (echo->passes) {
        if (out != in)
            memcpy(out, in, (size_t)frames * channels * sizeof *out);
        return;
    }
    while (frames > 0) {
        uint32_t done = echo->shifting ? run_shift(echo, in, out, frames) : run_fixed(echo, in, out, frames);
        in += (size_t)done * channels;
        out += (size_t)done * channels;
        frames -= done;
    }
}

static void set_delay(ta_echo_t *echo, bool fresh)
{
    const ta_fx_t *fx = &echo->fx;
    if (echo->shifting) {
        ta_real_t most = (ta_real_t)echo->max_delay_ms;
        ta_real_t ms = ta_param_within(&echo->delay_ms, &fx->clock, most / TA_ECHO_SPEED_MAX, most);
        uint32_t speed = (uint32_t)(ONE_CELL * most / ms);
        uint32_t around = echo->line.frames * ONE_CELL;
        echo->speed_q8 = speed < around ? speed : around;
        return;
    }
    uint32_t delay = ta_line_delay(&echo->delay_ms, fx, echo->line.frames);
    if (echo->fade > 0 || delay == echo->delay)
        return; // one crossfade after the other
    echo->older = echo->delay;
    echo->delay = delay;
    echo->fade = fresh ? 0 : TA_DELAY_FADE_FRAMES;
}

// The line as it is becomes the other kind of line, where its head is.
static void turn(ta_echo_t *echo)
{
    echo->shifting = !echo->shifting;
    if (echo->shifting) {
        echo->place_q8 = echo->line.at * ONE_CELL;
    } else {
        echo->line.at = echo->place_q8 / ONE_CELL;
    }
    echo->fade = 0;
}

static bool silent(const ta_fx_level_t *level)
{
    return ta_fx_level_still(level) && level->target_q15 == 0;
}

static void tick(ta_fx_t *fx, uint32_t frames)
{
    (void)frames;
    ta_echo_t *echo = (ta_echo_t *)fx;
    bool fresh = !echo->again.begun, turning = echo->shifting != echo->freq_shift;
    ta_chain_tick(&echo->chain, &fx->clock);
    if (turning && (fresh || echo->passes || (silent(&echo->levels.wet) && silent(&echo->again)))) {
        turn(echo);
        turning = false;
        fresh = true;
    }
    set_delay(echo, fresh);
    echo->passes = ta_mix_tick(&echo->levels, &echo->mix, fx, true, turning);
    // Where the line stands still there must be no step in what it holds when it goes on.
    ta_fx_level_set(&echo->fresh, echo->levels.bend.target_q15 == TA_BEND_NONE ? 0 : 32768);
    echo->passes = echo->passes && ta_fx_level_still(&echo->fresh);
    int32_t again = ta_param_q15(&echo->decay, &fx->clock, 0, 1);
    ta_fx_level_set(&echo->again, turning ? 0 : again);
}

static void clear(ta_fx_t *fx)
{
    ta_echo_t *echo = (ta_echo_t *)fx;
    ta_line_clear(&echo->line);
    ta_chain_clear(&echo->chain);
    ta_mix_forget(&echo->levels);
    ta_fx_level_forget(&echo->again);
    ta_fx_level_forget(&echo->fresh);
    echo->fade = echo->line.at = echo->place_q8 = 0;
}

static const ta_fx_ops_t ops = {.tick = tick, .run = run, .clear = clear, .native8 = true, .tail = true};

static uint32_t max_ms(const ta_echo_config_t *config)
{
    return config->max_delay_ms ? config->max_delay_ms : MAX_MS;
}

static ta_status_t layout(const ta_echo_config_t *config, ta_need_t *needs, size_t *chain)
{
    if (!config || !needs || max_ms(config) > TA_DELAY_MS_MAX || config->filters_max > TA_CHAIN_MAX)
        return TA_E_ARG;
    ta_status_t status = ta_fx_need(&config->fx, &needs[0]);
    if (status != TA_OK)
        return status;
    unsigned channels = config->fx.format.channels;
    *chain = ta_fx_need_more(&needs[0], ta_chain_bytes(config->filters_max, channels));
    ta_line_need("echo line", ta_line_frames(max_ms(config), config->fx.format.rate_hz), channels, &needs[1]);
    return TA_OK;
}

ta_status_t ta_echo_need(const ta_echo_config_t *config, ta_need_t needs[TA_DELAY_NEEDS])
{
    size_t chain;
    return layout(config, needs, &chain);
}

ta_status_t ta_echo_init(ta_echo_t *echo, const ta_echo_config_t *config, void *const storage[TA_DELAY_NEEDS])
{
    ta_need_t needs[TA_DELAY_NEEDS];
    size_t chain;
    ta_status_t status = layout(config, needs, &chain);
    if (status != TA_OK)
        return status;
    if (!echo || !ta_storage_fits(needs, storage))
        return TA_E_ARG;
    memset(echo, 0, sizeof *echo);
    status = ta_fx_init(&echo->fx, &ops, &config->fx, storage[0]);
    if (status != TA_OK)
        return status;
    unsigned channels = config->fx.format.channels;
    echo->max_delay_ms = max_ms(config);
    ta_line_init(&echo->line, storage[1], ta_line_frames(echo->max_delay_ms, config->fx.format.rate_hz), channels);
    ta_chain_init(&echo->chain, config->filters_max, channels, (uint8_t *)storage[0] + chain);
    ta_param_set(&echo->delay_ms, 250);
    ta_param_set(&echo->decay, (ta_real_t)0.7);
    ta_param_set(&echo->mix, (ta_real_t)0.25);
    echo->freq_shift = true;
    return TA_OK;
}
