/// @file siren.h  A source without an end whose frames can be told apart: two tones, and noise 48 dB below them that is another in every
/// frame. Frame n is the same every time: left is triangle(n, 100) + noise(2n), right triangle(n, 147) + noise(2n + 1).
#ifndef STALL_SIREN_H
#define STALL_SIREN_H

#include "tonearm/source.h"

enum { SIREN_RATE_HZ = 22050, SIREN_BLOCK = 128 };

typedef struct {
    ta_source_t source;   // first, so that a ta_source_t pointer is a pointer to this
    uint32_t left, right; // places within the tones
    int16_t block[SIREN_BLOCK][2];
} siren_t;

/// From frame 0. Ctx: task, while no output plays it. Cost: constant. Own: none. Fails: never.
void siren_init(siren_t *siren);

#endif
