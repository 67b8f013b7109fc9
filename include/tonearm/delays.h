/// @file delays.h  Effects that remember: Echo, Chorus, Flanger, MultiTapDelay, PitchShift, GranularPitchShift.
///
/// Each begins with a ta_fx_t (fx.h): it is made by need and init, played through by ta_fx_play(&x->fx, source), and consumed as x->fx.source.
/// Needs are two, and so are the blocks of storage: [0] FAST, what is touched for every frame, and [1] BULK, the delay line. Parameters are the members of type ta_param_t, set
/// by ta_param_set or ta_param_follow at any time; a fresh effect has CircuitPython's defaults. They are read once a tick and clamped there: whatever they
/// are, infinite or no number, the effect goes on. Times are in milliseconds, and at least one frame and at most the line. No change clicks: levels move over
/// TA_FX_RAMP_FRAMES, delays are crossfaded over TA_DELAY_FADE_FRAMES or glide, as each effect says.
///
/// `mix`, but for Chorus and Flanger: 0 only what came in, 0.5 both in full, 1 only the effect.
#ifndef TONEARM_DELAYS_H
#define TONEARM_DELAYS_H

#include "tonearm/chain.h"
#include "tonearm/fx.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TA_DELAY_NEEDS = 2,
    TA_DELAY_CHUNK = 32,            ///< frames that are summed at a time where several places are read
    TA_DELAY_FADE_FRAMES = 64,      ///< from one delay to another
    TA_DELAY_MS_MAX = 4000,         ///< the longest line, but Flanger's
    TA_FLANGER_MS_MAX = 100,        ///< Flanger's
    TA_ECHO_SPEED_MAX = 32,         ///< freq_shift: the shortest delay is the longest one / 32
    TA_CHORUS_VOICES_MAX = 64,      ///< more voices are so many
    TA_TAPS_MAX = 64,               ///< of a MultiTapDelay
    TA_PITCH_SEMITONES_MAX = 48,    ///< PitchShift, up and down; GranularPitchShift down
    TA_GRANULAR_SEMITONES_MAX = 24, ///< GranularPitchShift, up
    TA_PITCH_WINDOW_MIN = 64,       ///< frames; what is outside is clamped
    TA_PITCH_WINDOW_MAX = 16384,
    TA_PITCH_WINDOW = 512, ///< default, and of overlap:
    TA_PITCH_OVERLAP = 64,
    TA_GRAIN_MAX = 16384, ///< frames
    TA_GRAIN = 1024,      ///< default
    TA_GRAIN_DENSITY_MAX = 8,
};

/// Frames of the past, interleaved, in a ring. The effects' own.
typedef struct {
    int16_t *samples;
    uint32_t frames; ///< that it holds, 1 or more
    uint32_t at;     ///< where the next one goes, below frames: the oldest one is there
    uint8_t channels;
} ta_delay_line_t;

/// What came in and what the effect made of it, and how loud sums bend. The effects' own.
typedef struct {
    ta_fx_level_t dry, wet; ///< Q15
    ta_fx_level_t bend;     ///< the knee's gain, Q16; 65536 bends nothing
} ta_delay_mix_t;

// ---- Echo ------------------------------------------------------------------------------------------------------------------

/// What came in and, `delay_ms` later, again and again, `decay` times as loud each time; filters in between. Its echoes go on when nothing is played.
///
/// freq_shift: the line is a loop of tape with max_delay_ms on it, and delay_ms sets its speed: echoes change their pitch while it changes. The delay is at
/// least max_delay_ms / TA_ECHO_SPEED_MAX then. Without: a new delay is crossfaded. Turning freq_shift on or off lets the echoes fade out, and new ones in,
/// over two ticks. At a mix of 0.005 and less samples pass as they are, and the line stands still.
typedef struct {
    ta_fx_config_t fx;
    uint32_t max_delay_ms; ///< 1..TA_DELAY_MS_MAX; 0: 500
    uint32_t filters_max;  ///< of its chain, 0..TA_CHAIN_MAX
} ta_echo_config_t;

typedef struct {
    ta_fx_t fx;
    ta_param_t delay_ms;      ///< 250
    ta_param_t decay;         ///< 0..1, 0.7
    ta_param_t mix;           ///< 0..1, 0.25
    volatile bool freq_shift; ///< on
    ta_chain_t chain;         ///< ta_chain_set: filters of what goes into the line
    ta_delay_line_t line;
    uint32_t max_delay_ms;
    ta_delay_mix_t levels;
    ta_fx_level_t again;         ///< decay, Q15
    ta_fx_level_t fresh;         ///< what of a frame goes into the line, Q15: all, or nothing where that stands still
    uint32_t delay, older;       ///< frames; while they differ, a crossfade leads from `older` to `delay`
    uint32_t fade;               ///< frames of it that are left
    uint32_t speed_q8, place_q8; ///< freq_shift: cells a frame, and where in the line
    bool shifting;               ///< as the line is run now
    bool passes;                 ///< samples pass as they are, in this tick
} ta_echo_t;

/// What ta_echo_init will use. Ctx: task. Cost: constant. Own: none. Fails: as ta_fx_need; TA_E_ARG (max_delay_ms, filters_max).
TA_NODISCARD ta_status_t ta_echo_need(const ta_echo_config_t *config, ta_need_t needs[TA_DELAY_NEEDS]);

/// Make it, silent and with the defaults above, in blocks as the needs say. Ctx: task. Cost: O(bytes). Own: storage is borrowed.
/// Fails: as ta_echo_need; TA_E_ARG for NULL or unaligned storage.
TA_NODISCARD ta_status_t ta_echo_init(ta_echo_t *echo, const ta_echo_config_t *config,
                                      void *const storage[TA_DELAY_NEEDS]);

// ---- Chorus ----------------------------------------------------------------------------------------------------------------

/// What came in, and `mix` times the sum of `voices` of it, spread evenly from now to delay_ms ago. Silent when nothing is played.
/// Other voices or delays are crossfaded.
typedef struct {
    ta_fx_config_t fx;
    uint32_t max_delay_ms; ///< 1..TA_DELAY_MS_MAX; 0: 50
} ta_chorus_config_t;

/// So many voices, so far apart, and the knee's gain for their sum. The effect's own.
typedef struct {
    uint32_t voices, step; ///< frames
    uint32_t gain;
} ta_chorus_spread_t;

typedef struct {
    ta_fx_t fx;
    ta_param_t delay_ms; ///< 50
    ta_param_t voices;   ///< 1..TA_CHORUS_VOICES_MAX, whole, 1
    ta_param_t mix;      ///< 0..1, 0.5: how much is added
    ta_delay_line_t line;
    ta_fx_level_t wet;
    ta_chorus_spread_t now, older;
    uint32_t fade, ticked;
    int32_t sums[2 * TA_DELAY_CHUNK], before[2];
} ta_chorus_t;

/// What ta_chorus_init will use. Ctx: task. Cost: constant. Own: none. Fails: as ta_fx_need; TA_E_ARG (max_delay_ms).
TA_NODISCARD ta_status_t ta_chorus_need(const ta_chorus_config_t *config, ta_need_t needs[TA_DELAY_NEEDS]);

/// Make it, silent and with the defaults above, in blocks as the needs say. Ctx: task. Cost: O(bytes). Own: storage is borrowed.
/// Fails: as ta_chorus_need; TA_E_ARG for NULL or unaligned storage.
TA_NODISCARD ta_status_t ta_chorus_init(ta_chorus_t *chorus, const ta_chorus_config_t *config,
                                        void *const storage[TA_DELAY_NEEDS]);

// ---- Flanger ---------------------------------------------------------------------------------------------------------------

/// What came in, and `mix` times what came in a short and moving while ago; `feedback` of that goes in again. The delay goes up and down in a triangle, `rate`
/// times a second, between min_delay_ms and `depth` of the way from there to the line's end. Silent when nothing is played.
/// Where the triangle lies glides when it is changed, by half a frame in a frame at most; at a mix of 0.01 and less samples pass as they are, and the line goes on.
typedef struct {
    ta_fx_config_t fx;
    uint32_t max_delay_ms; ///< 1..TA_FLANGER_MS_MAX; 0: 10
} ta_flanger_config_t;

/// A delay that glides, in frames, Q16. The effect's own.
typedef struct {
    uint32_t now, target;
} ta_flanger_glide_t;

typedef struct {
    ta_fx_t fx;
    ta_param_t min_delay_ms; ///< 1
    ta_param_t rate;         ///< Hz, 0..20, 0.5
    ta_param_t depth;        ///< 0..1, 0.5
    ta_param_t feedback;     ///< -0.95..0.95, 0.5
    ta_param_t mix;          ///< 0..1, 0.5: how much is added
    volatile bool invert;    ///< subtract it instead; off
    ta_delay_line_t line;
    uint32_t max_delay_ms;
    ta_fx_level_t again, wet, bend; ///< as the reference scales them: by 32767
    ta_flanger_glide_t near, span;
    uint32_t step;           ///< of the phase, in a frame; 2^32 is a turn
    volatile uint32_t phase; ///< the feed's
    uint32_t ticked;
    bool begun;
} ta_flanger_t;

/// What ta_flanger_init will use. Ctx: task. Cost: constant. Own: none. Fails: as ta_fx_need; TA_E_ARG (max_delay_ms).
TA_NODISCARD ta_status_t ta_flanger_need(const ta_flanger_config_t *config, ta_need_t needs[TA_DELAY_NEEDS]);

/// Make it, silent and with the defaults above, in blocks as the needs say. Ctx: task. Cost: O(bytes). Own: storage is borrowed.
/// Fails: as ta_flanger_need; TA_E_ARG for NULL or unaligned storage.
TA_NODISCARD ta_status_t ta_flanger_init(ta_flanger_t *flanger, const ta_flanger_config_t *config,
                                         void *const storage[TA_DELAY_NEEDS]);

/// The triangle now, 0..65535: CircuitPython's lfo_value is this / 65535. Ctx: any. Cost: constant. Own: none. Fails: never.
uint32_t ta_flanger_lfo(const ta_flanger_t *flanger);

// ---- MultiTapDelay ---------------------------------------------------------------------------------------------------------

/// What came in; it again at each tap, that is `position` of delay_ms later, `level` times as loud; and all that again and again, `decay` times as loud, delay_ms
/// later. No taps: one at the end, as loud as it is. The taps go on when nothing is played. Other taps and delays are crossfaded.
typedef struct {
    ta_fx_config_t fx;
    uint32_t max_delay_ms; ///< 1..TA_DELAY_MS_MAX; 0: 500
    uint32_t taps_max;     ///< most that ta_multitap_set_taps will take, 0..TA_TAPS_MAX
} ta_multitap_config_t;

typedef struct {
    ta_real_t position; ///< 0..1; 0 is 1
    ta_real_t level;    ///< 0..1
} ta_tap_t;

/// A tap as it is run, and all of them. The effect's own.
typedef struct {
    uint32_t delay; ///< frames, 1..the line's
    int32_t level_q15;
} ta_tap_run_t;

typedef struct {
    ta_tap_run_t *taps;
    uint32_t count; ///< 1 or more
    uint32_t delay; ///< frames, of the feedback
    uint32_t least; ///< shortest of all of them
    uint32_t gain;  ///< the knee's, for their sum
} ta_tap_plan_t;

typedef struct {
    ta_fx_t fx;
    ta_param_t delay_ms; ///< 250
    ta_param_t decay;    ///< 0..1, 0.7
    ta_param_t mix;      ///< 0..1, 0.25
    ta_delay_line_t line;
    ta_delay_mix_t levels;
    ta_fx_level_t again; ///< decay, Q15
    uint32_t taps_max;
    ta_fx_table_t table; ///< of taps, as the task sets them
    ta_tap_plan_t plans[2];
    uint8_t now;   ///< which plan is run; the other is where a crossfade comes from
    uint32_t fade; ///< frames of it that are left
    int32_t sums[2 * TA_DELAY_CHUNK], before[2];
    int16_t round[2];
} ta_multitap_t;

/// What ta_multitap_init will use. Ctx: task. Cost: constant. Own: none. Fails: as ta_fx_need; TA_E_ARG (max_delay_ms, taps_max).
TA_NODISCARD ta_status_t ta_multitap_need(const ta_multitap_config_t *config, ta_need_t needs[TA_DELAY_NEEDS]);

/// Make it, silent and with the defaults above, in blocks as the needs say. Ctx: task. Cost: O(bytes). Own: storage is borrowed.
/// Fails: as ta_multitap_need; TA_E_ARG for NULL or unaligned storage.
TA_NODISCARD ta_status_t ta_multitap_init(ta_multitap_t *multitap, const ta_multitap_config_t *config,
                                          void *const storage[TA_DELAY_NEEDS]);

/// Other taps, from its next tick on, or the one after a crossfade; count 0: one at the end. Nothing is allocated; only the newest counts.
/// Ctx: task, also while it plays. Cost: O(count). Own: taps are copied.
/// Fails: TA_E_ARG (count above taps_max, taps NULL, a position or level outside 0..1 or no number); nothing is changed then.
TA_NODISCARD ta_status_t ta_multitap_set_taps(ta_multitap_t *multitap, const ta_tap_t *taps, uint32_t count);

// ---- PitchShift ------------------------------------------------------------------------------------------------------------

/// Higher or lower, as long as before: a window of the past is read faster or slower, and where reading meets writing, `overlap_frames` are crossfaded.
/// Interpolated; a shift of 0 is exact, `overlap_frames` late. Silent when nothing is played.
typedef struct {
    ta_fx_config_t fx;
    uint32_t window_frames;  ///< clamped to TA_PITCH_WINDOW_MIN..MAX; 0: TA_PITCH_WINDOW
    uint32_t overlap_frames; ///< clamped to 1..window_frames - 1; 0: TA_PITCH_OVERLAP
} ta_pitch_config_t;

typedef struct {
    ta_fx_t fx;
    ta_param_t semitones; ///< +-TA_PITCH_SEMITONES_MAX, 0
    ta_param_t mix;       ///< 0..1, 1
    ta_delay_line_t line;
    ta_delay_mix_t levels;
    uint32_t window, overlap;         ///< frames, as clamped
    uint32_t share_shift, share_gain; ///< for the crossfade: lead / overlap
    ta_real_t shift;                  ///< semitones that `rate_q16` is for
    uint32_t rate_q16;                ///< frames read for each that is written
    uint32_t lead_q16;                ///< how far reading is ahead of writing, around the window: below window
    int32_t drift_q16;                ///< how much that changes in a frame,
    uint32_t drift_left;              ///< and in how many of them
    uint32_t ticked;
} ta_pitch_t;

/// What ta_pitch_init will use. Ctx: task. Cost: constant. Own: none. Fails: as ta_fx_need.
TA_NODISCARD ta_status_t ta_pitch_need(const ta_pitch_config_t *config, ta_need_t needs[TA_DELAY_NEEDS]);

/// Make it, silent and with the defaults above, in blocks as the needs say. Ctx: task. Cost: O(bytes). Own: storage is borrowed.
/// Fails: as ta_pitch_need; TA_E_ARG for NULL or unaligned storage.
TA_NODISCARD ta_status_t ta_pitch_init(ta_pitch_t *pitch, const ta_pitch_config_t *config,
                                       void *const storage[TA_DELAY_NEEDS]);

// ---- GranularPitchShift ----------------------------------------------------------------------------------------------------

/// Higher or lower, as long as before: short grains of the past, faded in and out (Hann), `density` at a time. From a density of 2 on their levels add up to one at every
/// frame; a density of 1 is chopped. `spread` throws their beginnings about. A new shift is heard from the next grain on. Silent when nothing is played.
typedef struct {
    ta_fx_config_t fx;
    uint32_t grain_frames; ///< 2..TA_GRAIN_MAX, made a multiple of density; 0: TA_GRAIN
    uint32_t density;      ///< 1..TA_GRAIN_DENSITY_MAX; 0: 2
} ta_granular_config_t;

/// A grain under way. The effect's own.
typedef struct {
    uint32_t at;     ///< frame of the line that it reads
    uint32_t at_q16; ///< and the part of a frame behind that
    uint32_t rate_q16;
    uint32_t done; ///< frames of it that are over; the grain's length: none is under way
} ta_grain_t;

typedef struct {
    ta_fx_t fx;
    ta_param_t semitones; ///< -TA_PITCH_SEMITONES_MAX..TA_GRANULAR_SEMITONES_MAX, 0
    ta_param_t mix;       ///< 0..1, 1
    ta_param_t spread;    ///< 0..1, 0
    ta_delay_line_t line;
    ta_delay_mix_t levels;
    uint32_t grain, density, spacing; ///< frames, grains, frames
    uint16_t *window;                 ///< levels, Q16
    ta_grain_t grains[TA_GRAIN_DENSITY_MAX];
    uint32_t next;      ///< which of them begins next
    uint32_t countdown; ///< frames until then
    uint32_t jitter;    ///< largest, frames
    uint32_t noise;
    ta_real_t shift; ///< semitones that `rate_q16` is for
    uint32_t rate_q16;
    uint32_t ticked;
    int32_t sums[2 * TA_DELAY_CHUNK];
} ta_granular_t;

/// What ta_granular_init will use. Ctx: task. Cost: constant. Own: none. Fails: as ta_fx_need; TA_E_ARG (grain_frames, density).
TA_NODISCARD ta_status_t ta_granular_need(const ta_granular_config_t *config, ta_need_t needs[TA_DELAY_NEEDS]);

/// Make it, silent and with the defaults above, in blocks as the needs say. Ctx: task. Cost: O(bytes). Own: storage is borrowed.
/// Fails: as ta_granular_need; TA_E_ARG for NULL or unaligned storage.
TA_NODISCARD ta_status_t ta_granular_init(ta_granular_t *granular, const ta_granular_config_t *config,
                                          void *const storage[TA_DELAY_NEEDS]);

#ifdef __cplusplus
}
#endif
#endif
