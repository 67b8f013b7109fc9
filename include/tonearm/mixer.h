/// @file mixer.h  A source that adds up others: voices, each with a level and a place between left and right.
///
/// Voices take any sample format and one or two channels at the mixer's rate, and at any other one where the config says how they are resampled.
/// Everything is added in 32 bits and saturated once, so the order of voices
/// does not matter. At level 1 in the middle a voice alone comes out as it went in, to the bit. A mixer never ends: without voices it gives silence.
///
/// What the task does (play, stop, end, levels) is taken up where the next tick begins: at most TA_MIXER_TICK_FRAMES frames, on a grid that depends
/// on buffer_frames only. A change of level or panning is spread over TA_MIXER_RAMP_FRAMES; a fresh voice begins at its level. A voice that is stopped
/// or replaced while it sounds falls from its last value to 0 in that time; one whose source ends does not: what follows the last frame is silence.
#ifndef TONEARM_MIXER_H
#define TONEARM_MIXER_H

#include "tonearm/control.h"
#include "tonearm/guard.h"
#include "tonearm/intake.h"
#include "tonearm/memory.h"
#include "tonearm/resample.h"
#include "tonearm/source.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TA_MIXER_VOICES_MAX = 255,
    TA_MIXER_TICK_FRAMES = 128,   ///< at most so many frames in a tick, and so many sums in memory
    TA_MIXER_RAMP_FRAMES = 64,    ///< a change of level or panning takes so many; so does the fall of a stopped voice
    TA_MIXER_BUFFER_FRAMES = 128, ///< default frames of a block
    TA_MIXER_BUFFER_FRAMES_MAX = 32768
};

typedef struct ta_mixer_resampler ta_mixer_resampler_t; ///< in the mixer's storage, behind the voices
struct ta_mixer_config;

/// How voices of another rate than the mixer's are played: ta_mixer_resample_linear, _good or _best. Only firmware that names one of them has a
/// resampler linked in.
typedef struct ta_mixer_resampling {
    ta_resample_t quality;
    // For the mixer alone.
    ta_status_t (*need)(const struct ta_mixer_config *config, size_t *bytes);
    void (*make)(ta_mixer_resampler_t *resampler, const struct ta_mixer_config *config, ta_intake_t *intake);
    void (*begin)(ta_mixer_resampler_t *resampler, const ta_format_t *to);
    uint32_t (*read)(ta_mixer_resampler_t *resampler, int16_t *to, uint32_t frames);
    bool (*over)(const ta_mixer_resampler_t *resampler);
} ta_mixer_resampling_t;

/// Qualities and ends as resample.h has them: n frames become ceil(n * the mixer's rate / the source's). Frames are resampled in 16 bits, in stereo if source and
/// mixer are, else in mono. A source is read ahead, by the window's frames (linear: 66 of its own), so a loop that is set or cleared counts from the
/// next end on that has not been read.
extern const ta_mixer_resampling_t ta_mixer_resample_linear, ta_mixer_resample_good, ta_mixer_resample_best;

typedef struct ta_mixer_config {
    ta_format_t format;                    ///< U8, S8, U16 or S16, 1 or 2 channels. 8 bits are the upper ones of 16
    uint32_t voices;                       ///< 1..TA_MIXER_VOICES_MAX
    uint32_t sounding_max;                 ///< so many voices sound at a time at most, see ta_mixer_limit; 0: all
    uint32_t buffer_frames;                ///< frames of a block, 1..TA_MIXER_BUFFER_FRAMES_MAX; 0: the default
    const ta_mixer_resampling_t *resample; ///< NULL: sources of another rate are refused, and nothing is spent on it
    uint32_t
        resample_max_hz; ///< highest rate of what is resampled: windows are for that, but for linear; 0: TA_RESAMPLE_MAX_RATE_HZ
} ta_mixer_config_t;

typedef struct ta_mixer_voice ta_mixer_voice_t;            ///< in the mixer's storage
typedef int32_t __attribute__((may_alias)) ta_mixer_sum_t; ///< in memory that holds finished frames, too

typedef struct {
    ta_source_t source; ///< what it gives: any consumer's
    ta_clock_t clock;
    ta_mixer_voice_t *voice;
    uint32_t voices;
    uint32_t buffer_frames, first_tick; ///< the first tick of a block takes what is no whole number of ticks
    ta_mixer_sum_t *sums;               ///< a tick's, 128 to the unit of 16 bits
    uint8_t *block;                     ///< what is lent: frames of its own format
    uint32_t made, lent;
    int32_t falling[2];      ///< stopped voices, falling from here to 0
    uint32_t falling_frames; ///< that they have left
    bool rendering;          ///< a circle of sources would call the mixer while it works
    volatile uint32_t limit;
    volatile uint32_t shed, faults; ///< the feed's
    ta_guard_t guard;
    const ta_mixer_resampling_t *resample;
    uint8_t *resamplers; ///< one for each voice
    size_t resampler_bytes;
    int16_t *place; ///< a tick of what they give
    uint32_t resample_max_hz;
} ta_mixer_t;

/// What ta_mixer_init will use: voices, sums and the block, all FAST. Resampling takes for each voice its window (as ta_resampler_need says of an inner one of
/// as many channels as the mixer) and 76 bytes, 88 where pointers have 64 bits, and once a tick of 16-bit frames: linear in stereo 340 a voice.
/// Ctx: task. Cost: constant. Own: none. Fails: TA_E_FORMAT (sample, channels, rate), TA_E_ARG (voices, buffer_frames; a way of resampling that was left
/// out when the library was built), TA_E_RATE (resample_max_hz).
TA_NODISCARD ta_status_t ta_mixer_need(const ta_mixer_config_t *config, ta_need_t *need);

/// A mixer whose voices are silent, at level 1 in the middle. Ctx: task. Cost: O(bytes). Own: storage, as needed, is borrowed.
/// Fails: as ta_mixer_need; TA_E_ARG for NULL or unaligned storage.
TA_NODISCARD ta_status_t ta_mixer_init(ta_mixer_t *mixer, const ta_mixer_config_t *config, void *storage);

/// Play a source through a voice, from where it stands; what the voice played before is let go. Set its loop before, or by ta_mixer_loop.
/// Ctx: task, also while it plays. Cost: O(voices). Own: source is borrowed until ta_mixer_holds is false.
/// Fails: TA_E_ARG (no such voice, NULL, the mixer itself), TA_E_FORMAT, TA_E_RATE (another rate than the mixer's, and it does not resample, or none that high),
/// TA_E_BUSY (another voice holds it: a source has one position). A source must not consume the mixer in turn: where it does, the mixer waits there.
TA_NODISCARD ta_status_t ta_mixer_play(ta_mixer_t *mixer, uint32_t voice, ta_source_t *source);

/// Play nothing any more. Ctx: task, also while it plays. Cost: constant. Own: see ta_mixer_holds. Fails: TA_E_ARG (no such voice).
TA_NODISCARD ta_status_t ta_mixer_stop(ta_mixer_t *mixer, uint32_t voice);

/// Loop the whole source that was played last without end, or clear its loop, so that it plays to its end.
/// Ctx: task, also while it plays. Cost: constant. Own: none. Fails: TA_E_ARG (no such voice), TA_E_STATE (nothing plays; on: the source cannot seek).
TA_NODISCARD ta_status_t ta_mixer_loop(ta_mixer_t *mixer, uint32_t voice, bool on);

/// Clear the loop of what the voice plays, so that it finishes. Nothing to do where nothing plays.
/// Ctx: task, also while it plays. Cost: constant. Own: none. Fails: TA_E_ARG (no such voice).
TA_NODISCARD ta_status_t ta_mixer_end(ta_mixer_t *mixer, uint32_t voice);

/// A voice's level, used within 0..1; 1 at first. Ctx: task. Cost: constant. Own: the mixer's. Fails: NULL (no such voice).
ta_param_t *ta_mixer_level(ta_mixer_t *mixer, uint32_t voice);

/// A voice's panning, used within +-32767/32768, left to right: one side stays at the level, the other one goes to 0. 0 at first. Without effect where
/// the mixer is mono. Ctx: task. Cost: constant. Own: the mixer's. Fails: NULL (no such voice).
ta_param_t *ta_mixer_panning(ta_mixer_t *mixer, uint32_t voice);

/// Does the voice play, or is it about to? False once the last frame of its source has been worked out, or what came before a
/// fault. Ctx: any. Cost: constant. Own: none. Fails: false (no such voice).
bool ta_mixer_playing(const ta_mixer_t *mixer, uint32_t voice);

/// May the feed still touch this source through the mixer? Until then it must stay as it is. A mixer that nobody pulls holds what was played until it
/// is pulled again, or set up again. Ctx: task. Cost: O(voices). Own: none. Fails: never.
bool ta_mixer_holds(const ta_mixer_t *mixer, const ta_source_t *source);

/// Take up what was offered to a voice, as the next tick would, and let go what it played, without a fall: ta_mixer_holds is false for that then.
/// Ctx: task, while nobody pulls the mixer. Cost: constant. Own: see ta_mixer_holds. Fails: never; no such voice: nothing to do.
void ta_mixer_settle(ta_mixer_t *mixer, uint32_t voice);

/// As before its first frame: what is worked out and not lent is dropped, and voices begin at their levels. What they play stays, and where.
/// Ctx: task, while nobody pulls the mixer. Cost: O(voices). Own: none. Fails: never.
void ta_mixer_clear(ta_mixer_t *mixer);

/// Why the voice's last source was dropped: TA_OK if it was not. Ctx: task. Cost: constant. Own: none. Fails: TA_E_ARG (no such voice).
TA_NODISCARD ta_status_t ta_mixer_fault(const ta_mixer_t *mixer, uint32_t voice);

/// From the next tick on at most so many voices sound. Of more, those with the highest numbers are shed: stopped, and counted in `shed`; 0: all may.
/// Ctx: task, also while it plays. Cost: constant. Own: none. Fails: never.
void ta_mixer_limit(ta_mixer_t *mixer, uint32_t sounding);

/// Let voices go when ticks take too long (guard.h): those with the lowest level, of equal ones the highest number, are stopped and counted in `shed`. A tick is what the mixer
/// and everything that its voices consume take, less, with a load, what has a guard of its own: that is not stopped either. Off at first; NULL: off again.
/// Ctx: task, while nothing pulls; or feed. Cost: constant; in each tick two looks at the clock, and O(voices) for each voice that goes. Own: config is copied, its load borrowed. Fails: TA_E_ARG (hz 0, share above 1000).
TA_NODISCARD ta_status_t ta_mixer_guard(ta_mixer_t *mixer, const ta_guard_config_t *config);

/// Voices stopped because more were sounding than the limit, or than there was time for. Ctx: any. Cost: constant. Own: none. Fails: never.
uint32_t ta_mixer_shed(const ta_mixer_t *mixer);

/// Voices dropped because their source faulted. Ctx: any. Cost: constant. Own: none. Fails: never.
uint32_t ta_mixer_faults(const ta_mixer_t *mixer);

#ifdef __cplusplus
}
#endif
#endif
