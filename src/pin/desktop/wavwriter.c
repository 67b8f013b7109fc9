// WAV writer. In: stereo frames. Out: a RIFF file whose lengths are put in when it is finished.
// Invariant: the header is 44 bytes and the data chunk is last, so the file is a valid WAV at any length up to 4 GiB - 1.

#include "wavwriter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { HEADER_BYTES = 44, RIFF_BEFORE_DATA = 36, CHUNK_FRAMES = 256, FRAME_BYTES_MAX = 8 };

static unsigned frame_bytes(const wavwriter_t *writer)
{
    return writer->bits / 8 * 2;
}

static void put16(uint8_t *to, unsigned value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *to, uint32_t value)
{
    put16(to, value & 0xffff);
    put16(to + 2, value >> 16);
}

static bool fail(wavwriter_t *writer, int error)
{
    if (!writer->error)
        writer->error = error ? error : EIO;
    return false;
}

static bool put(wavwriter_t *writer, const void *data, size_t bytes)
{
    errno = 0;
    return fwrite(data, 1, bytes, writer->file) == bytes || fail(writer, errno);
}

static bool put_header(wavwriter_t *writer)
{
    uint32_t data_bytes = (uint32_t)(writer->frames * frame_bytes(writer));
    uint8_t h[HEADER_BYTES] = "RIFF....WAVEfmt ";
    put32(h + 4, RIFF_BEFORE_DATA + data_bytes);
    put32(h + 16, 16);
    put16(h + 20, 1); // PCM
    put16(h + 22, 2);
    put32(h + 24, writer->rate_hz);
    put32(h + 28, writer->rate_hz * frame_bytes(writer));
    put16(h + 32, frame_bytes(writer));
    put16(h + 34, writer->bits);
    memcpy(h + 36, "data", 4);
    put32(h + 40, data_bytes);
    return put(writer, h, sizeof h);
}

bool wavwriter_begin(wavwriter_t *writer, void *file, unsigned bits, uint32_t rate_hz)
{
    *writer = (wavwriter_t){.file = file, .bits = bits, .rate_hz = rate_hz};
    return put_header(writer);
}

// One sample, left-justified in 32 bits, at `to`. Returns the byte after it.
static uint8_t *put_sample(const wavwriter_t *writer, uint8_t *to, uint32_t sample)
{
    for (unsigned shift = 32 - writer->bits; shift < 32; shift += 8)
        *to++ = (uint8_t)(sample >> shift);
    return to;
}

static bool room_for(wavwriter_t *writer, uint32_t frames)
{
    if (writer->error)
        return false;
    uint64_t bytes = (writer->frames + frames) * frame_bytes(writer) + RIFF_BEFORE_DATA;
    return bytes <= UINT32_MAX || fail(writer, EFBIG);
}

bool wavwriter_wire(wavwriter_t *writer, ta_wire_t wire, const void *data, uint32_t frames)
{
    if (!room_for(writer, frames))
        return false;
    const uint32_t *word = data;
    uint8_t bytes[CHUNK_FRAMES * FRAME_BYTES_MAX];
    for (uint32_t done = 0; done < frames;) {
        uint32_t n = frames - done < CHUNK_FRAMES ? frames - done : CHUNK_FRAMES;
        uint8_t *to = bytes;
        for (uint32_t i = done; i < done + n; i++) {
            to = put_sample(writer, to, wire == TA_WIRE_S16 ? word[i] << 16 : word[2 * i]);
            to = put_sample(writer, to, wire == TA_WIRE_S16 ? word[i] & 0xffff0000U : word[2 * i + 1]);
        }
        if (!put(writer, bytes, (size_t)(to - bytes)))
            return false;
        done += n;
        writer->frames += n;
    }
    return true;
}

bool wavwriter_frame(wavwriter_t *writer, int32_t left, int32_t right)
{
    uint32_t frame[2] = {(uint32_t)left, (uint32_t)right};
    return wavwriter_wire(writer, TA_WIRE_S32, frame, 1);
}

// What has been written lies in the file before a header says so.
static bool put_lengths(wavwriter_t *writer)
{
    if (writer->error)
        return false;
    errno = 0;
    if (fflush(writer->file) != 0 || fseek(writer->file, 0, SEEK_SET) != 0)
        return fail(writer, errno);
    if (!put_header(writer))
        return false;
    errno = 0;
    return fflush(writer->file) == 0 || fail(writer, errno);
}

bool wavwriter_sync(wavwriter_t *writer)
{
    if (!put_lengths(writer))
        return false;
    errno = 0;
    return fseek(writer->file, 0, SEEK_END) == 0 || fail(writer, errno);
}

bool wavwriter_finish(wavwriter_t *writer)
{
    return put_lengths(writer);
}
