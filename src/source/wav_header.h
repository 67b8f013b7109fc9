// Private to src/source: what wav.c and the header's reader share.
#ifndef TONEARM_WAV_HEADER_H
#define TONEARM_WAV_HEADER_H

#include "tonearm/wav.h"

enum { WAV_TAG_PCM = 1, WAV_TAG_FLOAT = 3, WAV_TAG_EXTENSIBLE = 0xFFFE };

/// Read every chunk that matters into wav->info and wav->file_frame_bytes, and leave the stream at the first frame.
/// Ctx: task. Cost: one read a chunk. Own: none. Fails: TA_E_FORMAT, TA_E_IO, with wav->error.
TA_NODISCARD ta_status_t ta_wav_header_read(ta_wav_t *wav);

/// Judge the body of a fmt chunk of `size` bytes at byte `at`, of which 16 or more, and up to 40, are in `body`.
/// Sets the format, the tag, channels, bits and the bytes of a frame. Ctx: task. Cost: constant. Own: none.
/// Fails: TA_E_FORMAT, with wav->error.
TA_NODISCARD ta_status_t ta_wav_fmt_read(ta_wav_t *wav, const uint8_t *body, uint64_t size, uint64_t at);

/// Write wav->error from a pattern and return `status`. In the pattern # is the next number, $ the next number in
/// four or more hexadecimal digits, @ is `name`. Own formatting: firmware's printf may not know 64 bits.
/// Ctx: task. Cost: O(length). Own: none. Fails: returns status.
TA_NODISCARD ta_status_t ta_wav_say(ta_wav_t *wav, ta_status_t status, const char *pattern, const char *name,
                                    const uint64_t *numbers);

static inline uint16_t wav_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t wav_u32(const uint8_t *at)
{
    return wav_u16(at) | (uint32_t)wav_u16(at + 2) << 16;
}

static inline uint64_t wav_u64(const uint8_t *at)
{
    return wav_u32(at) | (uint64_t)wav_u32(at + 4) << 32;
}

#endif
