/// @file wav_builder.h  WAV files put together by hand in memory, honest or lying, for tests of the reader.
#ifndef TONEARM_WAV_BUILDER_H
#define TONEARM_WAV_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WAVB_MAX = 1 << 16 };

typedef struct {
    uint8_t bytes[WAVB_MAX];
    size_t size;
} wavb_t;

/// What goes into a fmt chunk. Zero fields of `align` and `byte_rate` are computed.
typedef struct {
    uint16_t tag; // 0xFFFE: extensible, with sub_tag
    uint16_t channels;
    uint32_t rate_hz;
    uint16_t bits;
    uint16_t align;
    uint32_t byte_rate;
    uint16_t valid_bits, sub_tag; // extensible only
} wavb_fmt_t;

void wavb_put(wavb_t *wav, const void *bytes, size_t count);
void wavb_u16(wavb_t *wav, unsigned value);
void wavb_u32(wavb_t *wav, uint32_t value);
void wavb_u64(wavb_t *wav, uint64_t value);
void wavb_id(wavb_t *wav, const char *id);
void wavb_patch_u32(wavb_t *wav, size_t at, uint32_t value);

/// "RIFF" size "WAVE"; the size is honest after wavb_finish.
void wavb_begin(wavb_t *wav, const char *id);
void wavb_finish(wavb_t *wav);

/// A chunk with an honest size and its pad byte. body NULL: `count` bytes of a pattern.
void wavb_chunk(wavb_t *wav, const char *id, const void *body, size_t count);
void wavb_fmt(wavb_t *wav, const wavb_fmt_t *fmt);
/// A data chunk with `frames` frames whose bytes are wavb_byte(0), wavb_byte(1), ...; returns where its size stands.
size_t wavb_data(wavb_t *wav, size_t bytes);
void wavb_ds64(wavb_t *wav, uint64_t riff, uint64_t data);
/// One loop of type 0 (forward), 1 (ping-pong) or 2 (backward); `last` is the loop's last frame.
void wavb_smpl(wavb_t *wav, uint32_t type, uint32_t first, uint32_t last, uint32_t count);

/// Byte i of every data chunk: no two neighbouring frames are alike.
uint8_t wavb_byte(size_t i);

/// The usual file: s16 stereo at 44.1 kHz with `frames` frames; data begins at byte 44.
void wavb_plain(wavb_t *wav, size_t frames);

#endif
