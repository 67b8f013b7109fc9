/// @file fx.h  What all effects have in common: a source that consumes another, block by block, in 16-bit samples.
///
/// An effect is a source without an end: while nothing is played through it, its tail and then silence follow. The frame here (fx.c) takes the
/// upstream's frames of any format in, keeps time, calls the effect's arithmetic, and gives frames in the effect's own format: 8 or 16 bits,
/// signed or not, one or two channels. Effects do only their own arithmetic: see ta_fx_ops_t.
///
/// Time: a block of buffer_frames is cut into ticks of TA_FX_TICK_FRAMES and a shorter last one. Nothing that a consumer asks for changes that.
/// An upstream that waits, ends or faults within a tick leaves zeros there, and the effect goes on.
#ifndef TONEARM_FX_H
#define TONEARM_FX_H

#include "tonearm/control.h"
#include "tonearm/intake.h"
#include "tonearm/memory.h"
#include "tonearm/source.h"

#include <stddef.h>

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
    /// The frames of a tick, interleaved, from `in` to `out`, which may be the same memory, and both 4-byte aligned.
    /// Results are within int16_t; with fx->native8 they mean 8 bits, and the frame clips them.
    void (*run)(ta_fx_t *fx, const int16_t *in, int16_t *out, uint32_t frames);
    /// All memory of the sound to silence: delay lines, filters' states; levels are fresh again. NULL: there is none.
    void (*clear)(ta_fx_t *fx);
    bool native8; ///< wants 8-bit samples as -128..127 and not widened: where the reference's numbers are such
    bool
        tail; ///< goes on sounding when nothing is played through it: run gets zeros then. If not, it is not called, and silence follows
} ta_fx_ops_t;

/// First member of every effect.
struct ta_fx {
    ta_source_t source; ///< what it gives: any consumer's
    const ta_fx_ops_t *ops;
    ta_clock_t clock;
    ta_intake_t intake;     ///< what is played through it
    uint32_t rate_hz;       ///< as it was made for: everything that was worked out from the rate is for this one
    uint32_t buffer_frames; ///< of a block; blocks are the grid of ticks and nothing else
    uint32_t block_at;      ///< frames of the present block that are made
    uint32_t fed;           ///< of the present tick's frames, those that came from upstream: the first ones
    uint32_t faults;        ///< upstreams that faulted so far
    bool native8;           ///< samples are 8 bits wide now: ops->native8, and the format is
    bool pulling;           ///< a pull is under way: effects that are played through each other in a circle end here
    int16_t *samples;       ///< a tick's frames: worked out, and then lent, in the same place
    uint32_t made, lent;
};

/// What ta_fx_init will use, FAST: the frames of a tick. Effects add needs of their own (BULK for delay lines).
/// Ctx: task. Cost: constant. Own: none. Fails: TA_E_FORMAT (sample, channels, rate), TA_E_ARG (NULL, buffer_frames).
TA_NODISCARD ta_status_t ta_fx_need(const ta_fx_config_t *config, ta_need_t *need);

/// Set the common part up. Effects call it from their own init. Ctx: task. Cost: O(bytes). Own: storage is borrowed.
/// Fails: as ta_fx_need; TA_E_ARG for NULL or unaligned storage.
TA_NODISCARD ta_status_t ta_fx_init(ta_fx_t *fx, const ta_fx_ops_t *ops, const ta_fx_config_t *config, void *storage);

/// Play `source` through it from the next tick on; NULL: nothing any more. What was consumed before is dropped then. Any format is taken.
/// fx->intake tells whether it plays and what it holds (ta_intake_busy, ta_intake_holds).
/// Ctx: task, also while it plays. Cost: constant. Own: source is borrowed until ta_intake_holds is false.
/// Fails: TA_E_FORMAT (invalid), TA_E_RATE (another rate: see resample.h), TA_E_ARG (itself).
TA_NODISCARD ta_status_t ta_fx_play(ta_fx_t *fx, ta_source_t *source);

/// Silence its memory, as before the first frame; what is worked out and not yet lent is dropped. What is played through it stays.
/// Ctx: feed, or the task while nothing pulls. Cost: O(bytes). Own: none. Fails: never.
void ta_fx_clear(ta_fx_t *fx);

// ---- levels ----------------------------------------------------------------------------------------------------------------

/// A level that moves in ramps: no click when it is changed. Q15, 32768 is unity; within +-16 times that.
typedef struct {
    int32_t now_q23, step_q23; ///< finer than the target, so that ramps are straight
    int32_t target_q15;
    uint32_t left; ///< frames until the target is reached
    bool begun;    ///< it has had a target
} ta_fx_level_t;

/// At the beginning of a tick: approach a target over TA_FX_RAMP_FRAMES; a ramp to the same one goes on. The first target ever is reached at once.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
void ta_fx_level_set(ta_fx_level_t *level, int32_t target_q15);

/// The next target is reached at once again. Ctx: feed, or the task while nothing pulls. Cost: constant. Own: none. Fails: never.
static inline void ta_fx_level_forget(ta_fx_level_t *level)
{
    level->begun = false;
    level->left = 0;
}

/// Is it where it shall be, and so the same for every frame until the next tick? Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline bool ta_fx_level_still(const ta_fx_level_t *level)
{
    return level->left == 0;
}

/// The level for the next frame. Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline int32_t ta_fx_level_next(ta_fx_level_t *level)
{
    if (level->left > 0) {
        level->left--;
        level->now_q23 = level->left ? level->now_q23 + level->step_q23 : level->target_q15 * 256;
    }
    return level->now_q23 >> 8;
}

// ---- what is replaced at once ------------------------------------------------------------------------------------------------

/// From what an effect gave to what it gives with other parts (stages): what its first frame is off `last` fades away over
/// TA_FX_RAMP_FRAMES. Ticks that replace nothing are not touched.
typedef struct {
    int16_t last
        [2]; ///< frame that was given last; better, where it is replaced, what the older parts would give for the next one
    int32_t off[2]; ///< how far the first frame of the others was from it
    uint32_t left;  ///< frames in which that fades away
    bool begun;     ///< something was given
} ta_fx_bridge_t;

/// At the beginning of a tick: something is replaced. Nothing to bridge before the first frame. Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline void ta_fx_bridge_begin(ta_fx_bridge_t *bridge)
{
    if (bridge->begun)
        bridge->left = TA_FX_RAMP_FRAMES + 1;
}

/// Does a bridge begin in this tick? `last` is the effect's to write then. Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline bool ta_fx_bridge_begins(const ta_fx_bridge_t *bridge)
{
    return bridge->left > TA_FX_RAMP_FRAMES;
}

/// At its end: bridge what it gave, interleaved, 1 or 2 channels, at least one frame. Ctx: feed. Cost: constant; per frame while it fades. Own: none. Fails: never.
void ta_fx_bridge_run(ta_fx_bridge_t *bridge, int16_t *out, uint32_t frames, unsigned channels);

/// Nothing was given yet. Ctx: feed, or the task while nothing pulls. Cost: constant. Own: none. Fails: never.
static inline void ta_fx_bridge_forget(ta_fx_bridge_t *bridge)
{
    bridge->begun = false;
    bridge->left = 0;
}

// ---- tables that the task replaces -----------------------------------------------------------------------------------------

/// A small table (a chain of filters, taps) that the task replaces whole, as often as it likes, while the feed reads it. The feed never waits: it looks
/// at the beginning of a tick, copies, and goes on with the old one if the task was writing just then. The task never waits either.
typedef struct {
    uint32_t *written,
        *copied;    ///< the task's copy, and the feed's attempt to read it; until that, what was live before
    uint32_t *live; ///< what the feed goes by
    uint32_t words; ///< of each
    volatile uint32_t sequence; ///< the task's: odd while it writes
    volatile uint32_t taken;    ///< the feed's: the sequence of what is live
} ta_fx_table_t;

/// Bytes of FAST storage, 8-byte aligned, for a table of `bytes`: three copies. Ctx: any. Cost: constant. Own: none. Fails: never.
size_t ta_fx_table_bytes(size_t bytes);

/// All zeros, live. Ctx: task. Cost: O(bytes). Own: storage is borrowed. Fails: never.
void ta_fx_table_init(ta_fx_table_t *table, size_t bytes, void *storage);

/// Replace it by the first `bytes` of `data`, and zeros. Ctx: task. Cost: O(bytes). Own: data is copied. Fails: never; what is too much is left out.
void ta_fx_table_put(ta_fx_table_t *table, const void *data, size_t bytes);

/// Make what was put last live. True if it was not. Ctx: feed, at the beginning of a tick. Cost: O(bytes) if so. Own: none. Fails: never.
bool ta_fx_table_take(ta_fx_table_t *table);

/// Is what was put last live? Until then what older ones point at may still be in use. Ctx: task. Cost: constant. Own: none. Fails: never.
bool ta_fx_table_settled(const ta_fx_table_t *table);

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

/// The knee's gain for a sum of `x` full-scale inputs, which then ends at 32095: section 6.1 G(x).
/// Ctx: any. Cost: a division. Own: none. Fails: never; x is clipped to 1..65535.
int32_t ta_fx_knee_gain(uint32_t x);

enum { TA_FX_KNEE_2 = 7151 }; ///< ta_fx_knee_gain(2)

#ifdef __cplusplus
}
#endif
#endif
