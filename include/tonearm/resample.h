/// @file resample.h  Sources at another rate: a resampler between two rates, and a change of speed.
///
/// Both consume one source through an intake (intake.h), of any format, and give 16-bit frames, or 32-bit ones where the config says `wide`. An
/// output frame lies between two input frames, and what it weighs lies in a window of them. Where it lies is kept in whole numbers: input and output
/// rate make a fraction, and nothing drifts, however long it plays.
///
/// Qualities (test/sweep/test_resample_quality.c measures them; bandwidths are of the lower of the two rates):
///   linear  a straight line between two frames: cheap, dull, and not clean: a tone of 1 kHz has mirrors at -62 dB, one of 10 kHz at -22 dB
///   good    48 taps: flat to 0.37 of the lower rate (16.4 kHz of 44.1), 90 dB down from half of it on; 27 KB of tables. Upwards in 16 bits it costs half of what it
///           does downwards, where every tap has a phase of its own
///   best    96 taps: flat to 0.42 of the lower rate (18.5 kHz of 44.1), 100 dB down from half of it on
/// Downwards the taps are as many more as the ratio says: the filter closes at the lower rate. Equal rates go through unchanged, bit by bit.
///
/// Both can seek while they consume something that can (a change of speed to frame 0 only), until its end. What has ended is its owner's again: to hear it
/// once more, seek it and play it again, or let it loop itself. A source that consumes the very resampler that plays it waits there for ever (TA_PULL_WAIT; seeking is TA_E_STATE).
///
/// Ends: frame 0 of the output is frame 0 of the input: nothing is delayed. n frames become ceil(n * out / in), the last ones weighed with silence behind
/// them. What rings before the first frame and after the last is not given, so lengths are exact and sources follow each other without a gap.
#ifndef TONEARM_RESAMPLE_H
#define TONEARM_RESAMPLE_H

#include "tonearm/control.h"
#include "tonearm/intake.h"
#include "tonearm/memory.h"
#include "tonearm/source.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    TA_RESAMPLE_NONE, ///< sources of another rate are refused
    TA_RESAMPLE_LINEAR,
    TA_RESAMPLE_GOOD,
    TA_RESAMPLE_BEST, ///< knob TA_CFG_RESAMPLE_BEST=0 leaves it out, and 25 KB of flash with it
} ta_resample_t;

enum {
    TA_RESAMPLE_BLOCK_FRAMES = 64,       ///< default frames of a block
    TA_RESAMPLE_BLOCK_FRAMES_MAX = 4096, //
    TA_RESAMPLE_MAX_RATE_HZ = 96000,     ///< default for the highest rate of what is consumed
    TA_RESAMPLE_CHUNK_FRAMES = 64,       ///< frames by which the window moves on
    TA_RESAMPLE_PASS_FRAMES = 1000,      ///< input frames that a block passes over, for each of its own
};

/// "none", "linear", "good", "best". Ctx: any. Cost: constant. Own: a constant. Fails: "?" for anything else.
const char *ta_resample_name(ta_resample_t quality);

// ---- the machine that both have in common ----------------------------------------------------------------------------------

struct ta_resample_filter;

/// The window over the input, and where the next output frame lies in it. The feed's alone.
typedef struct {
    const struct ta_resample_filter *filter; ///< NULL: a straight line
    ta_intake_t *intake;
    void *window;              ///< interleaved int16_t, or int32_t if wide
    uint32_t capacity;         ///< frames of the window
    uint32_t filled;           ///< of them there
    uint32_t at;               ///< the frame at or behind which the next output frame lies; may be beyond `filled`
    uint32_t end;              ///< the frame behind the last of the program; UINT32_MAX while that is not known
    uint32_t phase;            ///< how far behind it, in 2^-32 frames
    uint32_t step, step_phase; ///< from one output frame to the next: frames, and 2^-32 frames
    uint32_t rest, rest_step, whole; ///< the rest of that division, in 1/whole of 2^-32 frames: nothing is lost
    uint32_t taps, taps_max;         ///< on either side
    uint32_t stride;                 ///< from tap to tap in the filter's table, in 1/16384 of its entries
    uint32_t gain_q24;               ///< of the sum of all taps, which are as many more as the filter is stretched
    uint32_t drop;                   ///< frames still to be passed over
    uint8_t channels;
    bool wide, running;
} ta_resample_engine_t;

// ---- between two rates -----------------------------------------------------------------------------------------------------

/// Zero means default where it says so.
typedef struct {
    ta_resample_t quality; ///< LINEAR, GOOD or BEST
    uint32_t rate_hz;      ///< of what it gives
    uint32_t max_rate_hz;  ///< highest of what it will consume: the window is for that; 0: TA_RESAMPLE_MAX_RATE_HZ
    uint8_t channels;      ///< of what it gives, 1 or 2: what it consumes is made so
    bool
        wide; ///< give s32: for sources of 24 and 32 bits on a wire of as many. Costs about five times the cycles on Cortex-M0+, nothing on M33
    bool inner;            ///< for ta_resampler_read alone: there is no block, and it must not be pulled
    uint16_t block_frames; ///< 1..TA_RESAMPLE_BLOCK_FRAMES_MAX; 0: TA_RESAMPLE_BLOCK_FRAMES
} ta_resampler_config_t;

typedef struct {
    ta_source_t source; ///< what it gives: any consumer's; its length is not known before its end
    ta_intake_t intake; ///< what it consumes: ta_intake_busy and ta_intake_holds tell
    ta_resample_engine_t engine;
    ta_source_t **follow; ///< the feed's: where a source may wait that goes on without a seam; NULL: nowhere
    uint32_t max_rate_hz;
    uint32_t in_hz; ///< rate of what is consumed, or was last
    uint8_t *block; ///< what is lent
    uint32_t block_frames, made, lent;
    ta_pull_t last; ///< what came with the block
    uint8_t channels_max;
    bool wide_too;
    bool pulling; ///< a pull or a seek is under way: what is played through itself in a circle ends here
} ta_resampler_t;

/// What ta_resampler_init will use, FAST: window and block. For a mixer's voice (linear, stereo, inner) it is 264 bytes.
/// Ctx: task. Cost: constant. Own: none.
/// Fails: TA_E_ARG (quality, channels, block_frames), TA_E_RATE (rates outside TA_RATE_MIN_HZ..TA_RATE_MAX_HZ).
TA_NODISCARD ta_status_t ta_resampler_need(const ta_resampler_config_t *config, ta_need_t *need);

/// Nothing is consumed yet. Ctx: task. Cost: constant. Own: storage is borrowed, as many bytes as the need says.
/// Fails: as ta_resampler_need; TA_E_ARG for storage that is NULL or not aligned.
TA_NODISCARD ta_status_t ta_resampler_init(ta_resampler_t *resampler, const ta_resampler_config_t *config,
                                           void *storage);

/// Consume `source` from its present position on, from the next block (or ta_resampler_take) on: what was consumed is dropped. NULL: nothing.
/// Its rate may be another than the last one's. Once the resampler has ended as a source, this makes it go on.
/// Ctx: task, also while it plays. Cost: constant. Own: source is borrowed until ta_intake_holds is false.
/// Fails: TA_E_FORMAT, TA_E_RATE (above max_rate_hz), TA_E_ARG (itself).
TA_NODISCARD ta_status_t ta_resampler_play(ta_resampler_t *resampler, ta_source_t *source);

/// A mixer's voice embeds an inner resampler where it would embed an intake: ta_resampler_play for ta_intake_offer, and in the feed, once a block,
/// this for ta_intake_take, then ta_resampler_read. True if another source has been taken: its first frame comes next.
/// Ctx: feed. Cost: constant, a few divisions when one is taken. Own: none. Fails: never.
bool ta_resampler_take(ta_resampler_t *resampler);

/// Fill `to` with up to `frames` frames, int16_t, or int32_t if wide. Returns how many there are: fewer if the source waits, or has ended
/// (ta_resampler_ended), or faulted (intake.fault).
/// Ctx: feed. Cost: see bench/m0plus.budget; the source's. Own: none. Fails: see intake.fault.
uint32_t ta_resampler_read(ta_resampler_t *resampler, void *to, uint32_t frames);

/// Is there no frame left, of a source that has ended, or because there is none? Ctx: feed. Cost: constant. Own: none. Fails: never.
bool ta_resampler_ended(const ta_resampler_t *resampler);

/// From the feed: consume `source`, or nothing, at once. What was consumed is let go. Ctx: feed. Cost: a few divisions. Own: as
/// ta_resampler_play. Fails: never: the caller has checked the source (ta_resampler_serves).
void ta_resampler_begin(ta_resampler_t *resampler, ta_source_t *source);

/// Give frames like these, within what the config allows: one channel for mono, and 32 bits only where there are more than 16.
/// Ctx: feed, before ta_resampler_begin. Cost: constant. Own: none. Fails: never.
void ta_resampler_shape(ta_resampler_t *resampler, const ta_format_t *like);

/// Would ta_resampler_play take it? Ctx: any. Cost: constant. Own: none. Fails: TA_E_FORMAT, TA_E_RATE.
TA_NODISCARD ta_status_t ta_resampler_serves(const ta_resampler_t *resampler, const ta_source_t *source);

// ---- at another speed ------------------------------------------------------------------------------------------------------

#define TA_SPEED_MIN ((ta_real_t)0.001)
#define TA_SPEED_MAX ((ta_real_t)1000)

/// Zero means default where it says so.
typedef struct {
    ta_resample_t quality; ///< LINEAR, GOOD or BEST
    uint32_t rate_hz;      ///< of what it gives: a source of another rate is resampled, too
    uint8_t channels;      ///< 1 or 2
    uint8_t
        filtered_speed; ///< GOOD and BEST: up to this speed high tones are kept from folding over; the window grows with it. 0: 2
    uint16_t block_frames; ///< also how often the speed is looked at; 1..256; 0: TA_RESAMPLE_BLOCK_FRAMES
} ta_speed_config_t;

/// A source that plays another one faster or slower, its pitch with it. s16.
typedef struct {
    ta_source_t source;
    ta_intake_t intake;
    ta_resample_engine_t engine;
    ta_clock_t clock;
    ta_param_t speed; ///< TA_SPEED_MIN..TA_SPEED_MAX, clamped where it is used; may follow a control
    uint32_t in_hz;   ///< rate of what is consumed, or was last
    uint8_t *block;
    uint32_t block_frames, made, lent;
    ta_pull_t last;
    bool pulling; ///< as ta_resampler_t's
} ta_speed_t;

/// What ta_speed_init will use, FAST. Ctx: task. Cost: constant. Own: none. Fails: TA_E_ARG, TA_E_RATE.
TA_NODISCARD ta_status_t ta_speed_need(const ta_speed_config_t *config, ta_need_t *need);

/// Speed 1, nothing is consumed yet. Ctx: task. Cost: constant. Own: storage is borrowed.
/// Fails: as ta_speed_need; TA_E_ARG for storage that is NULL or not aligned.
TA_NODISCARD ta_status_t ta_speed_init(ta_speed_t *speed, const ta_speed_config_t *config, void *storage);

/// From the next block on, in the middle of which frame soever it is: the phase goes on. Ctx: task, also while it plays. Cost: constant. Own: none.
/// Fails: TA_E_ARG: not within TA_SPEED_MIN..TA_SPEED_MAX, so neither 0 nor what is no number; nothing has changed then.
TA_NODISCARD ta_status_t ta_speed_set(ta_speed_t *speed, ta_real_t times);

/// Consume `source` from the next block on, from its present position; NULL: nothing. As ta_resampler_play. One block passes over no more than
/// TA_RESAMPLE_PASS_FRAMES input frames for each of its own; steps beyond that take several blocks, which are short or come to TA_PULL_WAIT. Speeds of
/// changers that play each other multiply, and so does the work of one block: whoever builds a row keeps their product small.
/// Ctx: task, also while it plays. Cost: constant. Own: source is borrowed until ta_intake_holds is false. Fails: TA_E_FORMAT, TA_E_ARG (itself).
TA_NODISCARD ta_status_t ta_speed_play(ta_speed_t *speed, ta_source_t *source);

#ifdef __cplusplus
}
#endif
#endif
