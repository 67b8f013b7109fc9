// A song: a standard MIDI file and the synthesizer that plays it.
#ifndef TONEARM_CLI_SONG_H
#define TONEARM_CLI_SONG_H

#include "options.h"
#include "tonearm/midi.h"

#include <stdio.h>
#include <sys/stat.h>

typedef struct {
    const char *name;
    FILE *file;
    struct stat stat;
    ta_stream_t stream;
    ta_midi_t midi;
    ta_midi_config_t config;
    ta_envelope_t envelope;
    void *storage; // malloc'ed
    unsigned
        notes_max; // after song_rehearse: that sound at a time, those that are released and not silent yet included
    uint32_t cut;  // after song_rehearse: notes that had to go for others
} song_t;

// Is it one, by its name (.mid, .midi) or its first bytes? Standard input is none.
bool song_is(const char *path);
// Is it a script of Python's, by its name?
bool song_is_script(const char *path);

// Open it. `what` says what else the command would take. Returns CLI_OK or the exit code after a sentence.
int song_open(song_t *song, const char *path, const char *what);
// As the options say, with so many voices (0: the synthesizer's own number).
void song_configure(song_t *song, const options_t *options, unsigned polyphony);
// Take memory, and read all events: info is complete. As song_open.
int song_begin(song_t *song);
// Play it to nobody: how many notes does it have at a time? song_begin may follow with another number of voices. As song_open.
int song_rehearse(song_t *song);
void song_close(song_t *song);

void song_print(const song_t *song, FILE *to);

#endif
