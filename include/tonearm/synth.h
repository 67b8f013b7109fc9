/// @file synth.h  A synthesizer: notes of waveforms with envelopes, pressed by the task while the feed renders them.
///
/// It renders ticks of TA_SYNTH_TICK_FRAMES frames and lends them in pieces. What the task says (press, release, a note's settings) holds from the next tick on. Never ends: without
/// notes it is silent. Numbers are those of CircuitPython's synthio where that is right. 16-bit signed, one or two channels.
#ifndef TONEARM_SYNTH_H
#define TONEARM_SYNTH_H

#include "tonearm/biquad.h"
#include "tonearm/control.h"
#include "tonearm/guard.h"
#include "tonearm/memory.h"
#include "tonearm/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Knob: voices of a synthesizer that does not say how many. The sum of so many loud notes is what the compressor makes room for.
#ifndef TA_CFG_POLYPHONY
#define TA_CFG_POLYPHONY 24
#endif

enum {
    TA_SYNTH_TICK_FRAMES = 256,
    TA_SYNTH_POLYPHONY_MAX = 128,
    TA_SYNTH_FREQUENCY_MAX_HZ = 32767,
    TA_SYNTH_VELOCITY_MAX = 127,
    TA_SYNTH_FADE_FRAMES =
        64, ///< in which a note fades out that had to go, for another one or because there was no time for it
};

/// How a note's level moves. Times from 0 to full scale and back, in seconds, 0 or more; levels 0..1.
typedef struct {
    ta_real_t attack_s;      ///< from silence to attack_level
    ta_real_t decay_s;       ///< from there to the sustained level
    ta_real_t release_s;     ///< from there to silence
    ta_real_t attack_level;  ///< of full scale
    ta_real_t sustain_level; ///< of attack_level
} ta_envelope_t;

/// What CircuitPython's Envelope has by default: 0.1, 0.05, 0.2, 1, 0.8. Ctx: any. Cost: constant. Own: none. Fails: never.
ta_envelope_t ta_envelope_default(void);

typedef enum {
    TA_TONE_WAVE,   ///< the waveform
    TA_TONE_SAW,    ///< a sawtooth without its aliases (PolyBLEP), instead of the waveform
    TA_TONE_SQUARE, ///< a square wave, likewise
    TA_TONES
} ta_tone_t;

/// A note's settings that are more than a word: the task sets all at once.
typedef struct {
    ta_real_t frequency_hz, ring_frequency_hz; ///< 0..TA_SYNTH_FREQUENCY_MAX_HZ
    ta_wave_t wave, ring_wave;                 ///< samples NULL: the synthesizer's; no ring modulation
    ta_envelope_t envelope;                    ///< where has_envelope; else the synthesizer's
    ta_biquad_t *filter;                       ///< NULL: none
    ta_tone_t tone;
    bool has_envelope;
} ta_note_setting_t;

/// A note. It belongs to the caller, who presses and releases it, on one synthesizer at a time. Parameters: ta_param_set and ta_param_follow, at any time.
typedef struct {
    ta_param_t panning;            ///< -1 left .. 1 right
    ta_param_t amplitude;          ///< -1..1
    ta_param_t bend;               ///< octaves, -12..12
    ta_param_t loop_start;         ///< sample of the waveform to come back to, 0..length - 1
    ta_param_t loop_end;           ///< sample behind the loop, loop_start + 1..length
    ta_param_t ring_bend;          ///< as bend
    ta_param_t ring_loop_start;    ///< as loop_start
    ta_param_t ring_loop_end;      ///< as loop_end
    ta_note_setting_t settings[2]; ///< two, so that the feed never reads what is being written
    volatile uint32_t version;     ///< the task's: settings[version & 1] are in force
} ta_note_t;

/// A note of that frequency: the synthesizer's waveform and envelope, in the middle, amplitude 1. Ctx: task. Cost: constant. Own: none.
/// Fails: TA_E_ARG (frequency), and then it is 0 Hz.
TA_NODISCARD ta_status_t ta_note_init(ta_note_t *note, ta_real_t frequency_hz);

/// What is set now. Ctx: task. Cost: constant. Own: the note's, until the next setting. Fails: never.
const ta_note_setting_t *ta_note_setting(const ta_note_t *note);

/// Each of these changes one setting from the next tick on. Ctx: task, also while the note sounds. Cost: constant. Own: waveforms and filters are borrowed until
/// others are set and ta_synth_holds is false, or a tick has gone by. NULL: none. Fails: TA_E_ARG (out of range; no number; an unaligned waveform), and nothing is changed.
TA_NODISCARD ta_status_t ta_note_set_frequency(ta_note_t *note, ta_real_t hz);
TA_NODISCARD ta_status_t ta_note_set_ring_frequency(ta_note_t *note, ta_real_t hz);
TA_NODISCARD ta_status_t ta_note_set_wave(ta_note_t *note, const ta_wave_t *wave);
TA_NODISCARD ta_status_t ta_note_set_ring_wave(ta_note_t *note, const ta_wave_t *wave);
TA_NODISCARD ta_status_t ta_note_set_envelope(ta_note_t *note, const ta_envelope_t *envelope);
TA_NODISCARD ta_status_t ta_note_set_tone(ta_note_t *note, ta_tone_t tone);
void ta_note_set_filter(ta_note_t *note, ta_biquad_t *filter);

typedef struct {
    uint32_t rate_hz;
    uint8_t channels;  ///< 1 or 2
    uint8_t polyphony; ///< voices, at most TA_SYNTH_POLYPHONY_MAX; 0: TA_CFG_POLYPHONY
    uint8_t controls;  ///< places for controls that run by themselves: ta_synth_add_control
    bool
        interpolate; ///< waveforms linearly between samples; CircuitPython does not, and by default neither is done here
    bool velocity; ///< keys pressed softly are softer, by the square of velocity / 127; otherwise velocity does nothing
    ta_wave_t wave;                ///< of notes that have none; samples NULL: a square of two samples. Borrowed
    const ta_envelope_t *envelope; ///< copied; NULL: full level at once, and silence at once
} ta_synth_config_t;

typedef struct ta_voice ta_voice_t;

typedef struct {
    ta_source_t source;
    ta_clock_t clock;
    ta_wave_t wave;
    ta_voice_t *voices;
    ta_control_t *volatile *controls;
    int32_t *bus;     ///< a tick's sums, then its frames
    int16_t *scratch; ///< a voice's samples
    ta_envelope_t envelopes[2];
    bool has_envelope[2];
    volatile uint32_t envelope_version; ///< the task's
    volatile uint32_t presses;          ///< the task's: how many there were, each with a number
    volatile bool changing;             ///< the task's: not all has been said yet
    uint32_t steps_version;             ///< the feed's
    uint32_t rate_hz;                   ///< the feed's: for which its numbers hold
    uint32_t made, lent;                ///< frames of the tick
    uint32_t stolen;                    ///< the task's: sounding notes that had to go for others
    volatile uint32_t shed;             ///< the feed's: notes that had to go because there was no time for them
    int32_t gain;                       ///< of what is beyond the knee
    uint8_t polyphony, control_places;
    bool interpolate, velocity;
    ta_guard_t guard;
} ta_synth_t;

/// What ta_synth_init will use, FAST. Ctx: task. Cost: constant. Own: none.
/// Fails: TA_E_FORMAT (rate, channels), TA_E_ARG (polyphony, waveform, envelope).
TA_NODISCARD ta_status_t ta_synth_need(const ta_synth_config_t *config, ta_need_t *need);

/// Ctx: task. Cost: O(bytes). Own: storage and the waveform are borrowed. Fails: as ta_synth_need; TA_E_ARG for NULL or unaligned storage.
TA_NODISCARD ta_status_t ta_synth_init(ta_synth_t *synth, const ta_synth_config_t *config, void *storage);

/// Press a note: a new one begins at phase 0, one that sounds or is being released begins its attack at the level that it has. No press is lost: with every voice in use the softest of those
/// that are being released goes, else the softest of all, of equals the oldest; `stolen` counts the latter. What goes fades out over TA_SYNTH_FADE_FRAMES under the new note, or over
/// a tick that a MIDI event makes shorter.
/// Ctx: task, or the feed in a source that has the synthesizer to itself; one at a time, as all that follow. Cost: O(polyphony). Own: note is borrowed until
/// ta_synth_holds is false. Fails: TA_E_ARG (NULL).
TA_NODISCARD ta_status_t ta_synth_press(ta_synth_t *synth, ta_note_t *note);

/// The same with a key of 0..127 (60 is middle C) on MIDI channel 0..15, which is a note of its own: the synthesizer's waveform, in the middle, amplitude 1. velocity: 1..127.
/// Ctx: as ta_synth_press. Cost: O(polyphony). Own: none. Fails: TA_E_ARG (out of range).
TA_NODISCARD ta_status_t ta_synth_press_key(ta_synth_t *synth, unsigned channel, unsigned key, unsigned velocity);

/// Release. What does not sound is let be. Ctx: as ta_synth_press. Cost: O(polyphony). Own: none. Fails: never.
void ta_synth_release(ta_synth_t *synth, const ta_note_t *note);
void ta_synth_release_key(ta_synth_t *synth, unsigned channel, unsigned key);
void ta_synth_release_all(ta_synth_t *synth);

/// What is said between these two (press, release) holds from the same tick on. Not nested. Ctx: as ta_synth_press. Cost: a store. Own: none. Fails: never.
void ta_synth_begin_change(ta_synth_t *synth);
void ta_synth_end_change(ta_synth_t *synth);

/// The envelope of notes that have none; NULL: none. Ctx: task. Cost: constant. Own: copied. Fails: TA_E_ARG (out of range).
TA_NODISCARD ta_status_t ta_synth_set_envelope(ta_synth_t *synth, const ta_envelope_t *envelope);

/// Another rate: all that follows from it is worked out anew in the next tick. Ctx: task, while no output plays it. Cost: a store. Own: none. Fails: TA_E_FORMAT.
TA_NODISCARD ta_status_t ta_synth_set_rate(ta_synth_t *synth, uint32_t rate_hz);

typedef enum {
    TA_ENVELOPE_NONE,
    TA_ENVELOPE_ATTACK,
    TA_ENVELOPE_DECAY,
    TA_ENVELOPE_SUSTAIN,
    TA_ENVELOPE_RELEASE
} ta_envelope_state_t;

typedef struct {
    const ta_note_t *note; ///< NULL: a key
    uint8_t channel, key;
    ta_envelope_state_t state; ///< TA_ENVELOPE_NONE: it does not sound
    int32_t level;             ///< 0..32767
} ta_voice_info_t;

/// Of voice 0..polyphony - 1; of a note; of a key. Orders that the feed has not come to yet count. False: it does not sound, and state is TA_ENVELOPE_NONE.
/// Ctx: as ta_synth_press. Cost: constant; O(polyphony). Own: none. Fails: never.
bool ta_synth_voice(const ta_synth_t *synth, unsigned voice, ta_voice_info_t *info);
bool ta_synth_note_info(const ta_synth_t *synth, const ta_note_t *note, ta_voice_info_t *info);
bool ta_synth_key_info(const ta_synth_t *synth, unsigned channel, unsigned key, ta_voice_info_t *info);

/// May the feed still touch this note? Ctx: as ta_synth_press. Cost: O(polyphony). Own: none. Fails: never.
bool ta_synth_holds(const ta_synth_t *synth, const ta_note_t *note);

/// Let notes go when ticks take too long (guard.h): the quietest, of equal ones the oldest. They fade out over TA_SYNTH_FADE_FRAMES, whatever their envelope says, have ended then, and are
/// counted in `shed`; a note that is being pressed is as loud as its attack will be. Pressed again meanwhile, it begins anew. What the mixer that consumes it does about its own voices
/// is another matter (a load in the config). Off at first; NULL: off again.
/// Ctx: task, while nothing pulls; or feed. Cost: constant; in each tick two looks at the clock, and O(polyphony) for each note that goes. Own: config is copied, its load borrowed. Fails: TA_E_ARG (hz 0, share above 1000).
TA_NODISCARD ta_status_t ta_synth_guard(ta_synth_t *synth, const ta_guard_config_t *config);

/// Notes that were let go because ticks took too long. Ctx: any. Cost: constant. Own: none. Fails: never.
uint32_t ta_synth_shed(const ta_synth_t *synth);

/// Forget everything that sounds, at once. Ctx: task, while nothing pulls; or feed. Cost: O(polyphony). Own: all notes are let go. Fails: never.
void ta_synth_clear(ta_synth_t *synth);

/// Move a control at the end of each tick, whether a note follows it or not. Ctx: as ta_synth_press. Cost: O(places). Own: borrowed until it is removed and the
/// tick in which the feed may be is over. Fails: TA_E_BUSY (no place is free), TA_E_ARG (NULL).
TA_NODISCARD ta_status_t ta_synth_add_control(ta_synth_t *synth, ta_control_t *control);
void ta_synth_remove_control(ta_synth_t *synth, const ta_control_t *control);

#ifdef __cplusplus
}
#endif
#endif
