/// @file siren.h  A source whose frames can be told apart: two tones, and noise 48 dB below them that is another in every frame. Frame n
/// is the same every time: left is triangle(n, 100) + noise(2n), right triangle(n, 147) + noise(2n + 1). It can be made to wait.
#ifndef FIRMWARE_SIREN_H
#define FIRMWARE_SIREN_H

#include "tonearm/source.h"

enum { SIREN_BLOCK = 128 };

typedef struct {
    ta_source_t source;   // first, so that a ta_source_t pointer is a pointer to this
    uint32_t left, right; // places within the tones
    volatile bool waits;  // the task's word, the feed reads it
    int16_t block[SIREN_BLOCK][2];
} siren_t;

/// From frame 0, so many frames long, or TA_FRAMES_UNKNOWN: without an end.
/// Ctx: task, while no output plays it. Cost: constant. Own: none. Fails: never.
void siren_init(siren_t *siren, uint32_t rate_hz, uint64_t frames);

/// From the next pull on it has nothing ready, as a source that is too slow; false: it goes on with the very next frame.
/// Ctx: task. Cost: constant. Own: none. Fails: never.
void siren_wait(siren_t *siren, bool waits);

#endif
