// Reading WAV files as jobs: a buffer's frames from a stream over memory, so that a file system takes the least that it may, a copy, and all the rest is the reader's:
// its own work, frames of more than two channels cut down, floats converted.
#include "jobs.h"

#include "tonearm/wav.h"

#include <string.h>

enum { FRAMES = TA_WAV_BUFFER_FRAMES, FILE_FRAMES = 4 * FRAMES, HEADER_BYTES = 44, PCM = 1, FLOAT = 3 };

static const struct {
    const char *name;
    uint16_t tag, channels, bits;
} kinds[BENCH_WAV_JOBS] = {
    {"wav.s16.mono", PCM, 1, 16},         {"wav.s32.stereo", PCM, 2, 32}, {"wav.float32.mono", FLOAT, 1, 32},
    {"wav.float32.stereo", FLOAT, 2, 32}, {"wav.s16.3", PCM, 3, 16},      {"wav.s32.8", PCM, 8, 32},
};

static ta_stream_t stream;
static ta_wav_t wav;

static uint8_t *put(uint8_t *to, uint32_t number, unsigned bytes)
{
    for (; bytes; bytes--, number >>= 8)
        *to++ = (uint8_t)number;
    return to;
}

static size_t make_file(uint8_t *file, uint16_t tag, uint16_t channels, uint16_t bits)
{
    const uint32_t frame = channels * bits / 8U, data = FILE_FRAMES * frame, rate = 44100;
    uint8_t *at = file;
    memcpy(at, "RIFF", 4);
    at = put(at + 4, data + HEADER_BYTES - 8, 4);
    memcpy(at, "WAVEfmt ", 8);
    at = put(put(put(at + 8, 16, 4), tag, 2), channels, 2);
    at = put(put(put(put(at, rate, 4), rate * frame, 4), frame, 2), bits, 2);
    memcpy(at, "data", 4);
    at = put(at + 4, data, 4);
    for (uint32_t i = 0, noise = 1; i < data / 2; i++) { // floats of -1 to 1: their upper half is made so
        noise = noise * 1664525 + 1013904223;
        uint32_t half = noise >> 16;
        at = put(at, tag == FLOAT && i % 2 ? (half & 0x807F) | ((126 - half / 16 % 16) << 7) : half, 2);
    }
    return HEADER_BYTES + data;
}

uint32_t bench_wav_job(uint32_t index)
{
    if (index >= BENCH_WAV_JOBS)
        return 0;
    strcpy(bench_name, kinds[index].name);
    const size_t bytes = make_file(bench_memory, kinds[index].tag, kinds[index].channels, kinds[index].bits);
    const size_t buffer = (bytes + 3) & ~(size_t)3;
    ta_need_t need;
    ta_stream_from_memory(&stream, bench_memory, bytes);
    if (ta_wav_open(&wav, &stream) != TA_OK || ta_wav_need(&wav, 0, &need) != TA_OK ||
        buffer + need.bytes > sizeof bench_memory || ta_wav_init(&wav, 0, bench_memory + buffer) != TA_OK ||
        ta_source_set_loop(&wav.source, 0, 0, TA_LOOP_FOREVER) != TA_OK)
        return 0;
    return FRAMES;
}

void bench_wav_run(void)
{
    ta_block_t block;
    uint32_t frames = 0;
    while (frames < FRAMES && ta_source_pull(&wav.source, FRAMES - frames, &block) == TA_PULL_MORE)
        frames += block.frames;
}
