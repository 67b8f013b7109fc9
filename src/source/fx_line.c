// What the effects that remember share. In: a parameter, a line's storage. Out: delays and levels that are within their bounds. See fx_line.h.

#include "fx_line.h"

#include <string.h>

enum { MORE_ALIGN = 8 };

// ---- line ------------------------------------------------------------------------------------------------------------------

static size_t line_bytes(uint32_t frames, unsigned channels)
{
    return (size_t)frames * channels * sizeof(int16_t);
}

void ta_line_need(const char *object, uint32_t frames, unsigned channels, ta_need_t *need)
{
    size_t bytes = line_bytes(frames, channels);
    *need = (ta_need_t){.object = object,
                        .bytes = (bytes + TA_LINE_ALIGN - 1) & ~(size_t)(TA_LINE_ALIGN - 1),
                        .align = TA_LINE_ALIGN,
                        .cls = TA_CLASS_BULK};
}

void ta_line_init(ta_delay_line_t *line, void *storage, uint32_t frames, unsigned channels)
{
    *line = (ta_delay_line_t){.samples = storage, .frames = frames, .channels = (uint8_t)channels};
    ta_line_clear(line);
}

void ta_line_clear(ta_delay_line_t *line)
{
    memset(line->samples, 0, line_bytes(line->frames, line->channels));
}

void ta_line_silence(ta_delay_line_t *line, uint32_t frames)
{
    frames = frames < line->frames ? frames : line->frames;
    while (frames > 0) {
        uint32_t piece = ta_line_room(line, line->at, frames);
        memset(line->samples + (size_t)line->at * line->channels, 0, line_bytes(piece, line->channels));
        ta_line_go(line, piece);
        frames -= piece;
    }
}

void ta_line_catch_up(ta_delay_line_t *line, const ta_fx_t *fx, uint32_t *ticked, uint32_t frames)
{
    if (*ticked > fx->fed)
        ta_line_silence(line, *ticked - fx->fed);
    *ticked = frames;
}

uint32_t ta_line_delay(const ta_param_t *ms, const ta_fx_t *fx, uint32_t most)
{
    ta_real_t time = ta_param_within(ms, &fx->clock, 0, TA_DELAY_MS_MAX);
    uint32_t frames = (uint32_t)(time * (ta_real_t)fx->rate_hz / (ta_real_t)1000);
    return frames < 1 ? 1 : frames < most ? frames : most;
}

// ---- mix -------------------------------------------------------------------------------------------------------------------

bool ta_mix_tick(ta_delay_mix_t *mix, const ta_param_t *param, const ta_fx_t *fx, bool bypass, bool mute)
{
    int32_t share = ta_param_q15(param, &fx->clock, 0, 1);
    bool passes = bypass && share <= TA_MIX_BYPASS_Q15;
    int32_t twice = passes ? 0 : 2 * share;
    ta_fx_level_set(&mix->dry, twice > 32768 ? 65536 - twice : 32768);
    ta_fx_level_set(&mix->wet, mute ? 0 : twice < 32768 ? twice : 32768);
    ta_fx_level_set(&mix->bend, passes ? TA_BEND_NONE : TA_FX_KNEE_2);
    return passes && ta_mix_still(mix);
}

void ta_mix_next(ta_delay_mix_t *mix, const ta_fx_t *fx, ta_blend_t *blend)
{
    blend->dry = ta_fx_level_next(&mix->dry);
    blend->wet = ta_fx_level_next(&mix->wet);
    blend->bend = ta_bend_of(fx, (uint32_t)ta_fx_level_next(&mix->bend));
}

void ta_mix_forget(ta_delay_mix_t *mix)
{
    ta_fx_level_forget(&mix->dry);
    ta_fx_level_forget(&mix->wet);
    ta_fx_level_forget(&mix->bend);
}

// ---- what is left ----------------------------------------------------------------------------------------------------------

// 2^x for x in 0..1 by its series around 1/2, whose eighth term is below 2^-28: exact to Q16, but for its last rounding.
static ta_real_t power_of_two(ta_real_t x)
{
    const ta_real_t ln2 = (ta_real_t)0.6931471805599453, root2 = (ta_real_t)1.4142135623730951;
    ta_real_t y = (x - (ta_real_t)0.5) * ln2, sum = 1;
    for (int k = 8; k > 0; k--)
        sum = 1 + sum * y / (ta_real_t)k;
    return sum * root2;
}

uint32_t ta_pitch_rate_q16(ta_real_t semitones)
{
    int octave = (int)(semitones / 12);
    octave -= semitones < (ta_real_t)(12 * octave);
    ta_real_t rest = semitones - (ta_real_t)(12 * octave); // 0..12
    ta_real_t scaled = power_of_two(rest / 12) * (ta_real_t)(1U << (16 + octave));
    return (uint32_t)(scaled + (ta_real_t)0.5);
}

size_t ta_fx_need_more(ta_need_t *need, size_t more)
{
    size_t begin = (need->bytes + MORE_ALIGN - 1) & ~(size_t)(MORE_ALIGN - 1);
    if (more > 0) {
        need->bytes = (begin + more + MORE_ALIGN - 1) & ~(size_t)(MORE_ALIGN - 1);
        need->align = MORE_ALIGN;
    }
    return begin;
}

bool ta_storage_fits(const ta_need_t needs[TA_DELAY_NEEDS], void *const storage[TA_DELAY_NEEDS])
{
    for (unsigned n = 0; n < TA_DELAY_NEEDS; n++) {
        if (!storage || !storage[n] || (uintptr_t)storage[n] % needs[n].align != 0)
            return false;
    }
    return true;
}
