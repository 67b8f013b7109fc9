/// @file midi.h  Standard MIDI files, and bare tracks in memory, as a source: a synthesizer that plays them.
///
/// Type 0 and type 1, ticks a quarter or SMPTE time, running status, tempo changes, velocity 0 as note-off. Event times are exact in 64 bits: no rounding adds up.
/// What is malformed is a fault, with the byte where it was found; nothing outside of the file is read.
///
/// Heard are notes, with their velocity where the synthesizer counts it, and a channel's end of all notes (controllers 120 and 123 to 127). All else is skipped: programs, bends, pressure and
/// other controllers, the sustain pedal (64) and the volume (7) among them; channel 10 is no drums, but notes: leave it out by `channels`.
#ifndef TONEARM_MIDI_H
#define TONEARM_MIDI_H

#include "tonearm/stream.h"
#include "tonearm/synth.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TA_MIDI_TRACKS_MAX = 256,
    TA_MIDI_NO_ERROR = -1,
    TA_MIDI_ERROR_BYTES = 160,
    TA_MIDI_PULL_EVENTS =
        1024 ///< of more events at one moment the source waits (TA_PULL_WAIT) in between, so that no pull takes for ever
};

typedef struct {
    uint8_t type;          ///< 0 or 1; a bare track: 0
    uint16_t tracks;       ///< that are there
    uint16_t division;     ///< as in the file; 0: a bare track
    uint64_t events;       ///< after ta_midi_scan
    uint64_t microseconds; ///< after ta_midi_scan: until the last event
} ta_midi_info_t;

typedef struct {
    ta_synth_config_t synth; ///< how it sounds
    uint16_t channels;       ///< bit n: MIDI channel n is heard; 0: all are
    bool tail; ///< release what still sounds at the end, and go on until it is silent; else the end is the last event
} ta_midi_config_t;

typedef struct ta_midi_track ta_midi_track_t;

typedef struct {
    ta_source_t source;
    ta_synth_t synth;
    ta_midi_info_t info;
    int64_t error_location;          ///< byte of the stream at which reading failed, or TA_MIDI_NO_ERROR
    char error[TA_MIDI_ERROR_BYTES]; ///< what failed, where, and what to do; "" if nothing
    ta_stream_t *stream;
    ta_stream_t memory; ///< where `stream` points for a bare track
    ta_midi_track_t *tracks;
    uint64_t tick;           ///< that the frames made so far, and those waited for, come to
    uint64_t wait_frames;    ///< still to be made before the next event
    uint64_t tick_numerator; ///< seconds of a tick: numerator / denominator
    uint64_t tick_denominator;
    uint64_t rest, rest_us;         ///< of a frame, and of a microsecond, in parts of the denominator
    uint64_t events, microseconds;  ///< since the beginning
    uint32_t tempo;                 ///< of a bare track, ticks a second
    volatile uint32_t tempo_wanted; ///< the task's
    uint16_t channels;
    bool bare, tail, ended, tailing, scanning;
} ta_midi_t;

/// Read the header and find the tracks. `info` says what is there. Ctx: task. Cost: O(tracks) reads. Own: stream is borrowed while the source is in use.
/// Fails: TA_E_FORMAT (no MIDI file, type 2, cut; see error and error_location), TA_E_IO, TA_E_STATE (a stream that cannot seek).
TA_NODISCARD ta_status_t ta_midi_open(ta_midi_t *midi, ta_stream_t *stream);

/// A bare track: events from its first time on, as CircuitPython's MidiTrack takes them, `tempo` ticks a second. In it a note-on of velocity 0 presses a key that does not
/// sound, and releases one that does. It may end without an end-of-track event. Ctx: task. Cost: constant. Own: bytes are borrowed. Fails: TA_E_ARG (tempo 0; NULL with a size).
TA_NODISCARD ta_status_t ta_midi_open_track(ta_midi_t *midi, const void *bytes, size_t size, uint32_t tempo);

/// What ta_midi_init will use, FAST: the synthesizer, and a window for each track. Ctx: task, after ta_midi_open. Cost: constant. Own: none.
/// Fails: as ta_synth_need; TA_E_STATE (not open).
TA_NODISCARD ta_status_t ta_midi_need(const ta_midi_t *midi, const ta_midi_config_t *config, ta_need_t *need);

/// Ready to play from the beginning. Ctx: task. Cost: O(bytes). Own: storage and the waveform are borrowed. Fails: as ta_midi_need and
/// ta_midi_open; TA_E_ARG (NULL or unaligned storage).
TA_NODISCARD ta_status_t ta_midi_init(ta_midi_t *midi, const ta_midi_config_t *config, void *storage);

/// Read all events: info.events, info.microseconds, and source.frames, which is then known, but for a tail. Goes back to the beginning.
/// Ctx: task, after ta_midi_init, while nothing pulls. Cost: O(bytes of the file). Own: none. Fails: TA_E_FORMAT, TA_E_IO; error and error_location say more. TA_E_STATE (no init).
TA_NODISCARD ta_status_t ta_midi_scan(ta_midi_t *midi);

/// Another tempo of a bare track, ticks a second, from the next tick of the synthesizer on; the wait in which it is counts on at the new tempo. Ctx: task. Cost: a store. Own: none.
/// Fails: TA_E_ARG (0), TA_E_STATE (a file, which has its own).
TA_NODISCARD ta_status_t ta_midi_set_tempo(ta_midi_t *midi, uint32_t tempo);

#ifdef __cplusplus
}
#endif
#endif
