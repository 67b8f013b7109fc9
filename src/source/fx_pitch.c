// PitchShift. In: frames, a line of them that were. Out: the line read `rate` frames for each that goes in, mixed with what came in.
//
// Reading is `lead` ahead of writing, around a window: so it is window + overlap - lead frames late, and lead moves by rate - 1 a frame, modulo the window.
// Where lead < overlap, what is overlap - lead frames late fades into it; at 0 it is all that is heard, so that passing 0 in either direction changes nothing.
// Invariants: no delay is negative, nor more than window + overlap; at a rate of 1 lead comes to rest where samples are exact.

#include "fx_int.h"
#include "fx_line.h"

#include <stddef.h>
#include <string.h>

enum {
    ONE_Q16 = 65536,
    SETTLE_Q16 = ONE_Q16 / 64, // a frame, until lead is at rest: 27 cents
};

// ---- one piece -------------------------------------------------------------------------------------------------------------

// Two frames of the line, and how far the sound is from the newer to the older one.
typedef struct {
    const int16_t *newer, *older;
    uint32_t part_q16;
} look_t;

// What went in `late` frames before the frame at `at`, which is in the line: window + overlap at most, and the line holds two more.
static inline look_t look(const ta_delay_line_t *line, uint32_t at, uint32_t late_q16)
{
    uint32_t channels = line->channels, place = at - late_q16 / ONE_Q16;
    place += (int32_t)place < 0 ? line->frames : 0;
    uint32_t before = place ? place - 1 : line->frames - 1;
    return (look_t){line->samples + (size_t)place * channels, line->samples + (size_t)before * channels,
                    late_q16 % ONE_Q16};
}

static inline int32_t seen(const look_t *look, unsigned channel)
{
    return ta_line_between(look->newer[channel], look->older[channel], look->part_q16);
}

// How much of the overlap is behind: lead / overlap, Q16. (lead >> shift) is below overlap_q16 >> shift, which is below 2^16, and their quotient below 1: the
// product is below 2^31.
static uint32_t share_q16(const ta_pitch_t *pitch)
{
    return (pitch->lead_q16 >> pitch->share_shift) * pitch->share_gain >> 15;
}

// In the overlap: a frame of both.
static FX_LOOP void cross_frame(const ta_pitch_t *pitch, const look_t *far, int32_t *shifted)
{
    const ta_delay_line_t *line = &pitch->line;
    look_t near = look(line, line->at, pitch->overlap * ONE_Q16 - pitch->lead_q16);
    uint32_t share = share_q16(pitch);
    for (unsigned c = 0; c < line->channels; c++)
        shifted[c] = ta_line_between(seen(&near, c), seen(far, c), share);
}

static inline void shift_frame(const ta_pitch_t *pitch, int32_t *shifted)
{
    const ta_delay_line_t *line = &pitch->line;
    uint32_t lead = pitch->lead_q16, overlap = pitch->overlap * ONE_Q16;
    look_t far = look(line, line->at, (lead > 0 ? pitch->window * ONE_Q16 : 0) + overlap - lead);
    if (lead > 0 && lead < overlap) {
        cross_frame(pitch, &far, shifted);
        return;
    }
    shifted[0] = seen(&far, 0);
    if (line->channels == 2)
        shifted[1] = seen(&far, 1);
}

static inline void move(ta_pitch_t *pitch)
{
    uint32_t around = pitch->window * ONE_Q16;
    uint32_t lead = pitch->lead_q16 + (uint32_t)pitch->drift_q16; // of less than a window: once around is enough
    if (lead >= around)
        lead = pitch->drift_q16 < 0 ? lead + around : lead - around;
    pitch->lead_q16 = lead;
}

// Frames with levels and a drift that stand still.
static FX_LOOP void run_piece(ta_pitch_t *pitch, const ta_blend_t *blend, const int16_t *in, int16_t *out,
                              uint32_t frames)
{
    ta_delay_line_t *line = &pitch->line;
    const unsigned channels = line->channels;
    for (const int16_t *end = in + (size_t)frames * channels; in != end; in += channels, out += channels) {
        int16_t *to = line->samples + (size_t)line->at * channels;
        int32_t shifted[2] = {0, 0};
        to[0] = in[0];
        to[channels - 1] = in[channels - 1];
        shift_frame(pitch, shifted);
        out[0] = (int16_t)ta_mix_blend(blend, in[0], shifted[0]);
        if (channels == 2)
            out[1] = (int16_t)ta_mix_blend(blend, in[1], shifted[1]);
        ta_line_go(line, 1);
        move(pitch);
    }
}

static void run(ta_fx_t *fx, const int16_t *in, int16_t *out, uint32_t frames)
{
    ta_pitch_t *pitch = (ta_pitch_t *)fx;
    unsigned channels = pitch->line.channels;
    while (frames > 0) {
        uint32_t piece = ta_mix_still(&pitch->levels) ? frames : 1;
        if (pitch->drift_left == 0) {
            pitch->drift_q16 = 0;
        } else if (piece > pitch->drift_left) {
            piece = pitch->drift_left;
        }
        pitch->drift_left -= pitch->drift_left > 0 ? piece : 0;
        ta_blend_t blend;
        ta_mix_next(&pitch->levels, fx, &blend);
        run_piece(pitch, &blend, in, out, piece);
        in += (size_t)piece * channels;
        out += (size_t)piece * channels;
        frames -= piece;
    }
}

// ---- as an effect ----------------------------------------------------------------------------------------------------------

// At a rate of 1: to the nearer end of the overlap, or to a whole frame, slowly.
static void settle(ta_pitch_t *pitch)
{
    uint32_t lead = pitch->lead_q16, overlap = pitch->overlap * ONE_Q16;
    uint32_t rest = lead >= overlap ? lead & ~(uint32_t)(ONE_Q16 - 1) : lead <= overlap / 2 ? 0 : overlap;
    uint32_t away = lead > rest ? lead - rest : rest - lead;
    int32_t step = (int32_t)(away < SETTLE_Q16 ? away : SETTLE_Q16);
    pitch->drift_q16 = lead > rest ? -step : step;
    pitch->drift_left = away == 0 ? 0 : away < SETTLE_Q16 ? 1 : away / SETTLE_Q16;
}

static void tick(ta_fx_t *fx, uint32_t frames)
{
    ta_pitch_t *pitch = (ta_pitch_t *)fx;
    ta_line_catch_up(&pitch->line, fx, &pitch->ticked, frames);
    (void)ta_mix_tick(&pitch->levels, &pitch->mix, fx, false, false);
    ta_real_t most = TA_PITCH_SEMITONES_MAX;
    ta_real_t shift = ta_param_within(&pitch->semitones, &fx->clock, -most, most);
    if (pitch->rate_q16 == 0 || shift != pitch->shift) {
        pitch->shift = shift;
        pitch->rate_q16 = ta_pitch_rate_q16(shift);
    }
    pitch->drift_q16 = (int32_t)pitch->rate_q16 - ONE_Q16;
    pitch->drift_left = UINT32_MAX;
    if (pitch->drift_q16 == 0)
        settle(pitch);
}

static void clear(ta_fx_t *fx)
{
    ta_pitch_t *pitch = (ta_pitch_t *)fx;
    ta_line_clear(&pitch->line);
    ta_mix_forget(&pitch->levels);
    pitch->lead_q16 = pitch->ticked = 0;
}

static const ta_fx_ops_t ops = {.tick = tick, .run = run, .clear = clear, .native8 = true};

static uint32_t within(uint32_t frames, uint32_t low, uint32_t high)
{
    return frames < low ? low : frames < high ? frames : high;
}

static uint32_t window(const ta_pitch_config_t *config)
{
    return config->window_frames ? within(config->window_frames, TA_PITCH_WINDOW_MIN, TA_PITCH_WINDOW_MAX)
                                 : TA_PITCH_WINDOW;
}

static uint32_t overlap(const ta_pitch_config_t *config)
{
    uint32_t frames = config->overlap_frames ? config->overlap_frames : TA_PITCH_OVERLAP;
    return within(frames, 1, window(config) - 1);
}

static uint32_t line_frames(const ta_pitch_config_t *config)
{
    return window(config) + overlap(config) + 2;
}

ta_status_t ta_pitch_need(const ta_pitch_config_t *config, ta_need_t needs[TA_DELAY_NEEDS])
{
    if (!config || !needs)
        return TA_E_ARG;
    ta_status_t status = ta_fx_need(&config->fx, &needs[0]);
    if (status == TA_OK)
        ta_line_need("pitch shift window", line_frames(config), config->fx.format.channels, &needs[1]);
    return status;
}

ta_status_t ta_pitch_init(ta_pitch_t *pitch, const ta_pitch_config_t *config, void *const storage[TA_DELAY_NEEDS])
{
    ta_need_t needs[TA_DELAY_NEEDS];
    ta_status_t status = ta_pitch_need(config, needs);
    if (status != TA_OK)
        return status;
    if (!pitch || !ta_storage_fits(needs, storage))
        return TA_E_ARG;
    memset(pitch, 0, sizeof *pitch);
    status = ta_fx_init(&pitch->fx, &ops, &config->fx, storage[0]);
    if (status != TA_OK)
        return status;
    pitch->window = window(config);
    pitch->overlap = overlap(config);
    while (pitch->overlap >> pitch->share_shift > 0)
        pitch->share_shift++;
    pitch->share_gain = (1U << 31) / (pitch->overlap * ONE_Q16 >> pitch->share_shift);
    ta_line_init(&pitch->line, storage[1], line_frames(config), config->fx.format.channels);
    ta_param_set(&pitch->mix, 1);
    return TA_OK;
}
