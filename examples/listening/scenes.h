/// @file scenes.h  What the scenes are made of: memory, and a recording.
#ifndef LISTENING_SCENES_H
#define LISTENING_SCENES_H

#include "tonearm/delays.h"
#include "tonearm/filters.h"
#include "tonearm/midi.h"
#include "tonearm/mixer.h"
#include "tonearm/raw.h"
#include "tonearm/resample.h"
#include "tonearm/reverb.h"
#include "tonearm/synth.h"

enum { RATE_HZ = 44100 };

/// Ends the program with a sentence, unless it is TA_OK.
void must(ta_status_t status, const char *what);

/// Memory for the scene that plays, or the end of the program.
void *take(const ta_need_t *need);

/// Record the next `seconds` of a mono source of 16 bits, or what it has left.
void hear(ta_source_t *source, double seconds);

typedef struct {
    const char *name, *title;
    void (*play)(void);
} scene_t;

extern const scene_t scenes[];
extern const unsigned scene_count;

#endif
