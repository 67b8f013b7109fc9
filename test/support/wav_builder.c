// WAV files put together by hand.
//
// In: fields, taken as they are. Out: bytes. Nothing is checked but the room, since files that lie are the point.
#include "wav_builder.h"

#include <assert.h>
#include <string.h>

void wavb_put(wavb_t *wav, const void *bytes, size_t count)
{
    assert(count <= sizeof wav->bytes - wav->size);
    if (count > 0) {
        memcpy(wav->bytes + wav->size, bytes, count);
    }
    wav->size += count;
}

static void put_little_endian(wavb_t *wav, uint64_t value, size_t count)
{
    for (size_t i = 0; i < count; i++, value >>= 8) {
        const uint8_t byte = (uint8_t)(value & 0xFF);
        wavb_put(wav, &byte, 1);
    }
}

void wavb_u16(wavb_t *wav, unsigned value)
{
    put_little_endian(wav, value, 2);
}

void wavb_u32(wavb_t *wav, uint32_t value)
{
    put_little_endian(wav, value, 4);
}

void wavb_u64(wavb_t *wav, uint64_t value)
{
    put_little_endian(wav, value, 8);
}

void wavb_id(wavb_t *wav, const char *id)
{
    assert(strlen(id) == 4);
    wavb_put(wav, id, 4);
}

void wavb_patch_u32(wavb_t *wav, size_t at, uint32_t value)
{
    size_t end = wav->size;
    assert(at + 4 <= end);
    wav->size = at;
    wavb_u32(wav, value);
    wav->size = end;
}

void wavb_begin(wavb_t *wav, const char *id)
{
    wav->size = 0;
    wavb_id(wav, id);
    wavb_u32(wav, 0);
    wavb_id(wav, "WAVE");
}

void wavb_finish(wavb_t *wav)
{
    wavb_patch_u32(wav, 4, (uint32_t)wav->size - 8);
}

uint8_t wavb_byte(size_t i)
{
    uint32_t x = (uint32_t)i * 2654435761U;
    return (uint8_t)(x >> 24 ^ x >> 13);
}

static void put_body(wavb_t *wav, const void *body, size_t count)
{
    if (body != NULL) {
        wavb_put(wav, body, count);
    } else {
        for (size_t i = 0; i < count; i++) {
            const uint8_t byte = wavb_byte(i);
            wavb_put(wav, &byte, 1);
        }
    }
    if (count & 1) {
        wavb_put(wav, "", 1);
    }
}

void wavb_chunk(wavb_t *wav, const char *id, const void *body, size_t count)
{
    wavb_id(wav, id);
    wavb_u32(wav, (uint32_t)count);
    put_body(wav, body, count);
}

size_t wavb_data(wavb_t *wav, size_t bytes)
{
    size_t at = wav->size + 4;
    wavb_chunk(wav, "data", NULL, bytes);
    return at;
}

void wavb_fmt(wavb_t *wav, const wavb_fmt_t *fmt)
{
    static const uint8_t guid_tail[14] = {0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113};
    unsigned align = fmt->align != 0 ? fmt->align : fmt->channels * ((fmt->bits + 7U) / 8);
    bool extensible = fmt->tag == 0xFFFE;
    wavb_id(wav, "fmt ");
    wavb_u32(wav, extensible ? 40 : 16);
    wavb_u16(wav, fmt->tag);
    wavb_u16(wav, fmt->channels);
    wavb_u32(wav, fmt->rate_hz);
    wavb_u32(wav, fmt->byte_rate != 0 ? fmt->byte_rate : fmt->rate_hz * align);
    wavb_u16(wav, align);
    wavb_u16(wav, fmt->bits);
    if (extensible) {
        wavb_u16(wav, 22);
        wavb_u16(wav, fmt->valid_bits);
        wavb_u32(wav, 3);
        wavb_u16(wav, fmt->sub_tag);
        wavb_put(wav, guid_tail, sizeof guid_tail);
    }
}

void wavb_ds64(wavb_t *wav, uint64_t riff, uint64_t data)
{
    wavb_id(wav, "ds64");
    wavb_u32(wav, 28);
    wavb_u64(wav, riff);
    wavb_u64(wav, data);
    wavb_u64(wav, 0);
    wavb_u32(wav, 0);
}

void wavb_smpl(wavb_t *wav, uint32_t type, uint32_t first, uint32_t last, uint32_t count)
{
    wavb_id(wav, "smpl");
    wavb_u32(wav, 36 + 24);
    for (uint32_t field = 0; field < 9; field++) {
        wavb_u32(wav, field == 7 ? 1 : 0);
    }
    const uint32_t loop[6] = {0, type, first, last, 0, count};
    for (size_t i = 0; i < 6; i++) {
        wavb_u32(wav, loop[i]);
    }
}

void wavb_plain(wavb_t *wav, size_t frames)
{
    const wavb_fmt_t fmt = {.tag = 1, .channels = 2, .rate_hz = 44100, .bits = 16};
    wavb_begin(wav, "RIFF");
    wavb_fmt(wav, &fmt);
    wavb_data(wav, frames * 4);
    wavb_finish(wav);
}
