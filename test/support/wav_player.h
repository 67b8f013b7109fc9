/// @file wav_player.h  Plays a whole WAV file out of memory into memory, for tests that compare every byte.
#ifndef TONEARM_WAV_PLAYER_H
#define TONEARM_WAV_PLAYER_H

#include "test_stream.h"

#include "tonearm/wav.h"

enum { WAV_PLAYER_BUFFER_BYTES = 1 << 16, WAV_PLAYER_OUT_BYTES = 1 << 17 };

typedef struct {
    test_stream_t file;
    ta_wav_t wav;
    uint32_t buffer_frames, pull_frames; // 0: the default, 64
    uint32_t buffer[WAV_PLAYER_BUFFER_BYTES / 4];
    uint8_t out[WAV_PLAYER_OUT_BYTES]; // frames in the source's format
    size_t out_bytes;
    uint32_t pulls;
    ta_pull_t result; // of the last pull
} wav_player_t;

/// Prepare a stream; set fail_call, short_max, buffer_frames and pull_frames before what follows.
void wav_player_load(wav_player_t *player, const void *bytes, size_t size, test_stream_kind_t kind);

/// ta_wav_open, need and init. The storage is a part of `buffer` that has exactly the size asked for.
ta_status_t wav_player_open(wav_player_t *player);

/// Pull to the end or the fault; at most out's bytes. False if a block lies outside the buffer, is empty without
/// reason, or a pull lends more than was asked.
bool wav_player_run(wav_player_t *player);

#endif
