/// @file fx.h  What all effects have in common: a source that consumes another, block by block, in 16-bit samples.
///
/// An effect is a source without an end: while nothing is played through it, its tail and then silence follow. The frame here (fx.c) takes the
/// upstream's frames of any format in, keeps time, calls the effect's arithmetic, and gives blocks in the effect's own format: 8 or 16 bits, signed or not, one or two channels.
/// Effects do only their own arithmetic: see ta_fx_ops_t.
#ifndef TONEARM_FX_H
#define TONEARM_FX_H

#include "tonearm/control.h"
#include "tonearm/intake.h"
#include "tonearm/memory.h"
#include "tonearm/source.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TA_FX_TICK_FRAMES = 256,   ///< at most so many frames in a tick
    TA_FX_RAMP_FRAMES = 64,    ///< a change of a level (mix, decay, ...) is spread over so many
    TA_FX_BUFFER_FRAMES = 128, ///< default frames of a block
    TA_FX_BUFFER_FRAMES_MAX = 4096
};

typedef struct {
    ta_format_t format;     ///< U8, S8, U16 or S16
    uint32_t buffer_frames; ///< frames of a block, 1..TA_FX_BUFFER_FRAMES_MAX; 0: the default
} ta_fx_config_t;

typedef struct ta_fx ta_fx_t;

typedef struct {
    /// A tick of `frames` begins (fx->clock has ticked): read parameters, set ramps, design filters. NULL: nothing to do.
    void (*tick)(ta_fx_t *fx, uint32_t frames);
    /// One tick's frames, interleaved, from `in` to `out`, which may be the same memory. Results within the range of int16_t (fx->native8: of 8 bits; the frame clips).
    void (*run)(ta_fx_t *fx, const int16_t *in, int16_t *out, uint32_t frames);
    /// All memory of the sound to silence: delay lines, filters' states. NULL: there is none.
    void (*clear)(ta_fx_t *fx);
    bool native8; ///< wants 8-bit samples as -128..127 and not widened: where the reference's numbers are such
    bool
        tail; ///< goes on sounding when nothing is played through it; if not, run is not called then and silence follows
} ta_fx_ops_t;

/// First member of every effect.
struct ta_fx {
    ta_source_t source; ///< what it gives: any consumer's
    const ta_fx_ops_t *ops;
    ta_clock_t clock;
    ta_intake_t intake; ///< what is played through it
    uint32_t buffer_frames;
    int16_t *samples; ///< a tick's frames
    uint8_t *block;   ///< what is lent: the effect's own format; may be `samples` where that is s16
    uint32_t made, lent;
};

/// A level that moves in ramps: no click when it is changed. Q15, 32768 is unity.
typedef struct {
    int32_t now_q23, step_q23; ///< finer than the target, so that ramps are straight
    int32_t target_q15;
    uint32_t left; ///< frames until the target is reached
} ta_fx_level_t;

/// At the beginning of a tick: approach it over TA_FX_RAMP_FRAMES. The first target ever is reached at once. Ctx: feed. Cost: a division. Own: none. Fails: never.
void ta_fx_level_set(ta_fx_level_t *level, int32_t target_q15);
/// The level for the next frame. Ctx: feed. Cost: constant. Own: none. Fails: never.
int32_t ta_fx_level_next(ta_fx_level_t *level);

/// What ta_fx_init will use, FAST: the samples of a tick and the block. Effects add needs of their own (BULK for delay lines).
/// Ctx: task. Cost: constant. Own: none. Fails: TA_E_FORMAT (bits, channels, rate), TA_E_ARG (buffer_frames).
TA_NODISCARD ta_status_t ta_fx_need(const ta_fx_config_t *config, ta_need_t *need);

/// Set the common part up. Effects call it from their own init. Ctx: task. Cost: O(bytes). Own: storage is borrowed.
/// Fails: as ta_fx_need; TA_E_ARG for NULL or unaligned storage.
TA_NODISCARD ta_status_t ta_fx_init(ta_fx_t *fx, const ta_fx_ops_t *ops, const ta_fx_config_t *config, void *storage);

/// Play `source` through it from the beginning of its next block on; NULL: nothing any more. What was consumed before is dropped then.
/// fx->intake tells whether it plays and what it holds (ta_intake_busy, ta_intake_holds).
/// Ctx: task, also while it plays. Cost: constant. Own: source is borrowed until ta_intake_holds is false.
/// Fails: TA_E_FORMAT (invalid), TA_E_RATE (another rate: see resample.h), TA_E_ARG (itself).
TA_NODISCARD ta_status_t ta_fx_play(ta_fx_t *fx, ta_source_t *source);

/// Silence its memory, as before the first frame. Ctx: feed, or the task while nothing pulls. Cost: O(bytes). Own: none. Fails: never.
void ta_fx_clear(ta_fx_t *fx);

// ---- arithmetic that several effects share, for those who write effects -----------------------------------------------------

/// n / 2^k, rounded towards zero, clipped to 16 bits: reference section 6.1 sat0. Ctx: any. Cost: constant. Own: none. Fails: never.
static inline int32_t ta_fx_sat0(int32_t n, unsigned k)
{
    n = (n + (int32_t)((((uint32_t)1 << k) - 1U) & (uint32_t)(n >> 31))) >> k;
    return n > 32767 ? 32767 : n < -32768 ? -32768 : n;
}

/// Beyond +-28000 the excess counts `gain` / 65536 (section 6.1 knee). Ctx: any. Cost: constant. Own: none. Fails: never.
static inline int32_t ta_fx_knee(int32_t s, int32_t gain)
{
    if (s > 28000)
        return (int32_t)((((int64_t)s - 28000) * gain) >> 16) + 28000;
    if (s < -28000)
        return (int32_t)((((int64_t)s + 28000) * gain) >> 16) - 28000;
    return s;
}

/// The knee's gain for a sum of `x` full-scale inputs: ends at 32095. Ctx: any. Cost: a division. Own: none. Fails: never; x below 1 is 1.
int32_t ta_fx_knee_gain(uint32_t x);

#ifdef __cplusplus
}
#endif
#endif
