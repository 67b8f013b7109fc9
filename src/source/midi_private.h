// Private to src/source: between the reader of MIDI files (midi_file.c) and their player (midi.c).
#ifndef TONEARM_SOURCE_MIDI_PRIVATE_H
#define TONEARM_SOURCE_MIDI_PRIVATE_H

#include "tonearm/midi.h"

enum { MIDI_WINDOW_BYTES = 32, MIDI_BARE_CHANNEL = 0 };

/// A track: where it is, and what lies there.
struct ta_midi_track {
    uint64_t start, end; ///< bytes of the stream
    uint64_t at;         ///< the byte that comes next
    uint64_t tick;       ///< of the event that comes next
    uint64_t window_at;  ///< byte of the stream that window[0] is
    uint8_t window_bytes;
    uint8_t status; ///< that runs on; 0: none
    bool ended;
    uint8_t window[MIDI_WINDOW_BYTES];
};

typedef enum { MIDI_NOTE_OFF, MIDI_NOTE_ON, MIDI_CHANNEL_OFF, MIDI_TEMPO, MIDI_END, MIDI_OTHER } midi_event_kind_t;

typedef struct {
    midi_event_kind_t kind;
    uint8_t channel, key, velocity;
    uint32_t microseconds; ///< a quarter: MIDI_TEMPO
} midi_event_t;

/// Find the tracks of an open file: where they lie, if `tracks` is not NULL. Fails: as ta_midi_open.
ta_status_t ta_midi_find_tracks(ta_midi_t *midi, ta_midi_track_t *tracks);

/// To the beginning of a track, and over the time of its first event. Fails: as ta_midi_read_event.
ta_status_t ta_midi_rewind(ta_midi_t *midi, ta_midi_track_t *track);

/// The track's next event, and the time of the one behind it. Fails: TA_E_FORMAT, TA_E_IO; the error is told.
ta_status_t ta_midi_read_event(ta_midi_t *midi, ta_midi_track_t *track, midi_event_t *event);

/// Keep the sentence and the place. Returns `status`.
ta_status_t ta_midi_fail(ta_midi_t *midi, ta_status_t status, uint64_t location, const char *what);

#endif
