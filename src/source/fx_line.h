// Private to src/source: what the effects that remember share: the ring of frames of the past, and the mix of what came in with what was made of it.
//
// Bounds of a line: `at` is below `frames`; ta_line_back takes 1..frames and gives a place below frames; a piece from ta_line_room on ends
// within the ring. So every place that an effect reaches lies in the ring if its delays are clamped to 1..frames, which is done where they are read.
#ifndef TONEARM_FX_LINE_H
#define TONEARM_FX_LINE_H

#include "tonearm/delays.h"

enum {
    TA_LINE_ALIGN = 4,
    TA_BEND_NONE = 65536,    ///< gain that bends nothing
    TA_BEND_HIGH = 28000,    ///< where the knee begins
    TA_MIX_BYPASS_Q15 = 163, ///< M = 2 mix <= 0.01: reference 6.9
};

/// Frames that last so many milliseconds, 1 at least. Ctx: any. Cost: a division. Own: none. Fails: never.
static inline uint32_t ta_line_frames(uint32_t ms, uint32_t rate_hz)
{
    uint64_t frames = (uint64_t)ms * rate_hz / 1000U;
    return frames < 1 ? 1 : (uint32_t)frames;
}

/// The second need of every such effect. Ctx: task. Cost: constant. Own: none. Fails: never.
void ta_line_need(const char *object, uint32_t frames, unsigned channels, ta_need_t *need);

/// An empty line. Ctx: task. Cost: O(bytes). Own: storage is borrowed. Fails: never.
void ta_line_init(ta_delay_line_t *line, void *storage, uint32_t frames, unsigned channels);

/// Nothing but silence. Ctx: feed, or the task while nothing pulls. Cost: O(bytes). Own: none. Fails: never.
void ta_line_clear(ta_delay_line_t *line);

/// `frames` of silence go in. Ctx: feed. Cost: O(frames), at most the line's. Own: none. Fails: never.
void ta_line_silence(ta_delay_line_t *line, uint32_t frames);

/// Silence for those frames of the last tick that nothing was played in, for effects that are not run then: `ticked` is how long that tick was, and
/// becomes `frames`. So what was played before is as long ago as it was. Ctx: feed. Cost: as ta_line_silence. Own: none. Fails: never.
void ta_line_catch_up(ta_delay_line_t *line, const ta_fx_t *fx, uint32_t *ticked, uint32_t frames);

/// A delay in frames: milliseconds, clamped to 1..most. Ctx: feed. Cost: a control's. Own: none. Fails: never.
uint32_t ta_line_delay(const ta_param_t *ms, const ta_fx_t *fx, uint32_t most);

/// Where the frame lies that went in `back` frames ago, 1..frames: 1 is the newest, and that of `frames` is at `at`.
static inline uint32_t ta_line_back(const ta_delay_line_t *line, uint32_t back)
{
    return line->at >= back ? line->at - back : line->at + line->frames - back;
}

/// How many of `frames`, from `place` on, lie in one piece. Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline uint32_t ta_line_room(const ta_delay_line_t *line, uint32_t place, uint32_t frames)
{
    uint32_t room = line->frames - place;
    return frames < room ? frames : room;
}

/// So many frames went in, at most ta_line_room(line, line->at). Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline void ta_line_go(ta_delay_line_t *line, uint32_t frames)
{
    line->at += frames;
    if (line->at == line->frames)
        line->at = 0;
}

/// Between a sample and the one before it, `part_q16` of the way to `older`, rounded down. Sums wrap, but the result is between the two, so it is right.
static inline int32_t ta_line_between(int32_t newer, int32_t older, uint32_t part_q16)
{
    return (int32_t)((uint32_t)newer * 65536U + (uint32_t)(older - newer) * part_q16) >> 16;
}

/// In a crossfade with `left` frames to go, TA_DELAY_FADE_FRAMES..1. |newer| and |older| at most 2^15: the product is below 2^31.
static inline int32_t ta_line_fade(int32_t newer, int32_t older, uint32_t left)
{
    return newer + ((older - newer) * (int32_t)(left * (32768U / (TA_DELAY_FADE_FRAMES + 1))) >> 15);
}

// ---- arithmetic ------------------------------------------------------------------------------------------------------------

/// n / 32768, rounded towards zero. Ctx: any. Cost: constant. Own: none. Fails: never.
static inline int32_t ta_trunc15(int32_t n)
{
    return (n + (int32_t)((uint32_t)(n >> 31) >> 17)) >> 15;
}

/// Where sums bend, and by how much.
typedef struct {
    int32_t low;    ///< beyond it, and
    uint32_t width; ///< above low + width
    uint32_t gain;  ///< Q16, what the excess counts; 0 clips there
} ta_bend_t;

/// The knee of the reference, within int16. |s| at most 65536 with any gain, or x * 32768 with G(x): the excess times the gain is below 2^32.
static inline int32_t ta_bend(int32_t s, const ta_bend_t *bend)
{
    if (__builtin_expect((uint32_t)(s - bend->low) <= bend->width, 1))
        return s;
    if (s < 0) {
        s = bend->low - (int32_t)(((uint32_t)(bend->low - s) * bend->gain + 65535U) >> 16);
        return s < INT16_MIN ? INT16_MIN : s;
    }
    int32_t high = bend->low + (int32_t)bend->width;
    s = high + (int32_t)((uint32_t)(s - high) * bend->gain >> 16);
    return s > INT16_MAX ? INT16_MAX : s;
}

/// The knee of 16-bit samples. Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline ta_bend_t ta_bend_knee(uint32_t gain)
{
    return (ta_bend_t){-TA_BEND_HIGH, 2 * TA_BEND_HIGH, gain};
}

/// The knee of sums of 16-bit samples; of 8-bit ones the clip. Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline ta_bend_t ta_bend_of(const ta_fx_t *fx, uint32_t gain)
{
    return fx->native8 ? (ta_bend_t){INT8_MIN, UINT8_MAX, 0} : ta_bend_knee(gain);
}

// ---- mix -------------------------------------------------------------------------------------------------------------------

/// A frame's levels.
typedef struct {
    int32_t dry, wet;
    ta_bend_t bend;
} ta_blend_t;

/// At a tick: approach the levels for `mix`; with `bypass`, at next to nothing, samples pass as they are. mute: as if nothing were made of them.
/// Returns whether they pass so now and until the next tick. Ctx: feed. Cost: a control's. Own: none. Fails: never.
bool ta_mix_tick(ta_delay_mix_t *mix, const ta_param_t *param, const ta_fx_t *fx, bool bypass, bool mute);

/// Are all levels where they shall be? Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline bool ta_mix_still(const ta_delay_mix_t *mix)
{
    return ta_fx_level_still(&mix->dry) && ta_fx_level_still(&mix->wet) && ta_fx_level_still(&mix->bend);
}

/// The levels for the next frame, or, when still, for any number of them. Ctx: feed. Cost: constant. Own: none. Fails: never.
void ta_mix_next(ta_delay_mix_t *mix, const ta_fx_t *fx, ta_blend_t *blend);

/// Levels are fresh again. Ctx: feed, or the task while nothing pulls. Cost: constant. Own: none. Fails: never.
void ta_mix_forget(ta_delay_mix_t *mix);

/// dry x + wet w, rounded towards zero, bent. Each product is at most 2^30 in size and dry, wet are at most 32768, so the sum is within int32.
static inline int32_t ta_mix_blend(const ta_blend_t *blend, int32_t x, int32_t w)
{
    return ta_bend(ta_trunc15(x * blend->dry + w * blend->wet), &blend->bend);
}

/// 2^(semitones / 12), Q16. Ctx: any. Cost: some multiplications. Own: none. Fails: never; semitones within +-TA_PITCH_SEMITONES_MAX.
uint32_t ta_pitch_rate_q16(ta_real_t semitones);

/// The frame's need, `more` bytes longer. Returns where those begin. Ctx: task. Cost: constant. Own: none. Fails: never.
size_t ta_fx_need_more(ta_need_t *need, size_t more);

/// Are both blocks there and aligned as their needs say? Ctx: task. Cost: constant. Own: none. Fails: never.
bool ta_storage_fits(const ta_need_t needs[TA_DELAY_NEEDS], void *const storage[TA_DELAY_NEEDS]);

#endif
