// The WAV reader on any bytes.
//
// In: a byte that chooses how the bytes are served (file, pipe, without a size, in short pieces, failing at a call) and
// how they are played, then the file. Out: nothing, or abort when the reader breaks its contract: more frames than it
// announced, a block outside the buffer, a sentence that is missing or not terminated, a fault without a reason, a
// pull that lends nothing for ever. The work is bounded: at most PULLS_MAX pulls a file.
#include "tonearm/wav.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum {
    OPTION_BYTES = 4,
    PULLS_MAX = 400,
    IDLE_MAX = 4, // pulls in a row that may lend nothing: a learned length costs one
    BUFFER_BYTES = 4096,
    BUFFER_FRAMES_MAX = 33,
};

typedef struct {
    ta_stream_t stream;
    const uint8_t *bytes;
    size_t size;
    uint32_t piece_max; // 0: any
    uint32_t fail_call; // 0: never
    uint32_t calls;
} served_t;

static void demand_at(bool holds, int line, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_wav.c:%d: %s does not hold\n", line, what);
        abort();
    }
}
#define demand(condition) demand_at((condition), __LINE__, #condition)

static int32_t serve(ta_stream_t *stream, void *to, uint32_t bytes)
{
    served_t *served = stream->context;
    if (++served->calls == served->fail_call) {
        return TA_E_IO;
    }
    size_t left = stream->position < served->size ? served->size - (size_t)stream->position : 0;
    size_t count = bytes < left ? bytes : left;
    if (served->piece_max != 0 && count > served->piece_max) {
        count = served->piece_max;
    }
    if (count > 0) {
        memcpy(to, served->bytes + stream->position, count);
    }
    return (int32_t)count;
}

static ta_status_t go_to(ta_stream_t *stream, uint64_t position)
{
    served_t *served = stream->context;
    if (++served->calls == served->fail_call) {
        return TA_E_IO;
    }
    return position <= served->size ? TA_OK : TA_E_IO;
}

static void check_sentence(const ta_wav_t *wav, ta_status_t status)
{
    const char *end = memchr(wav->error, '\0', sizeof wav->error);
    demand(end != NULL);
    demand((status != TA_OK) == (end > wav->error));
    demand(status == TA_OK || status == TA_E_FORMAT || status == TA_E_IO);
    for (const char *at = wav->error; at < end; at++) {
        demand(*at >= ' ' && *at <= '~');
    }
}

static void check_info(const ta_wav_t *wav, const served_t *served)
{
    const ta_wav_info_t *info = &wav->info;
    demand(ta_format_valid(&info->format));
    demand(info->channels >= 1 && info->valid_bits >= 1 && info->valid_bits <= info->bits && info->bits <= 32);
    demand(wav->file_frame_bytes == info->channels * (info->bits / 8U));
    demand(wav->stream->position == info->data_offset + wav->ahead_bytes && info->data_offset <= served->size);
    if (served->stream.size != TA_STREAM_SIZE_UNKNOWN) {
        demand(info->data_bytes == info->frames * wav->file_frame_bytes);
        demand(info->data_bytes <= served->size - info->data_offset);
    }
    demand(!info->has_loop || (info->loop_start < info->loop_end && info->loop_end <= info->frames));
}

static uint64_t frames_there(const ta_wav_t *wav, const served_t *served)
{
    uint64_t there = (served->size - wav->info.data_offset) / wav->file_frame_bytes;
    return there < wav->info.frames ? there : wav->info.frames;
}

static void play(ta_wav_t *wav, const served_t *served, const uint8_t *storage, uint8_t option)
{
    ta_source_t *source = &wav->source;
    const uint8_t *end = storage + (size_t)wav->buffer_frames * wav->file_frame_bytes;
    uint64_t limit = frames_there(wav, served);
    unsigned frame_bytes = ta_frame_bytes(&source->format), idle = 0;
    for (unsigned pulls = 0; pulls < PULLS_MAX; pulls++) {
        uint32_t max_frames = 1 + (pulls * 7 + option) % 50;
        ta_block_t block;
        ta_pull_t result = ta_source_pull(source, max_frames, &block);
        demand(block.frames <= max_frames && !block.lasting);
        demand(source->position <= limit);
        if (block.frames > 0) {
            const uint8_t *data = block.data;
            demand(data >= storage && data + (size_t)block.frames * frame_bytes <= end);
        }
        idle = block.frames == 0 ? idle + 1 : 0;
        demand(result == TA_PULL_END || result == TA_PULL_FAULT || idle < IDLE_MAX);
        demand(result != TA_PULL_WAIT);
        demand((result == TA_PULL_FAULT) == (source->fault != TA_OK));
        ta_status_t sought = result == TA_PULL_MORE ? TA_OK : ta_source_seek(source, (pulls * 5U) % (limit + 1));
        if (sought != TA_OK) {
            demand(sought == TA_E_IO || (sought == TA_E_STATE && served->stream.seek == NULL));
            ta_pull_t wanted = sought == TA_E_IO ? TA_PULL_FAULT : result;
            demand(ta_source_pull(source, 1, &block) == wanted && block.frames == 0);
            return;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static uint32_t buffer[BUFFER_BYTES / 4];
    if (size < OPTION_BYTES) {
        return 0;
    }
    served_t served = {.bytes = bytes + OPTION_BYTES, .size = size - OPTION_BYTES};
    served.stream = (ta_stream_t){.read = serve, .context = &served};
    served.stream.seek = bytes[0] & 1 ? NULL : go_to;
    served.stream.size = bytes[0] & 3 ? TA_STREAM_SIZE_UNKNOWN : served.size;
    served.piece_max = bytes[0] >> 2 & 7;
    served.fail_call = bytes[1];
    ta_wav_t wav;
    ta_status_t status = ta_wav_open(&wav, &served.stream);
    check_sentence(&wav, status);
    ta_need_t need;
    uint32_t frames = 1 + bytes[2] % BUFFER_FRAMES_MAX;
    if (status != TA_OK) {
        demand(ta_wav_need(&wav, frames, &need) == TA_E_STATE);
        return 0;
    }
    check_info(&wav, &served);
    demand(ta_wav_need(&wav, frames, &need) == TA_OK);
    if (need.bytes > BUFFER_BYTES) {
        return 0; // thousands of channels: allowed, but not in this buffer
    }
    uint8_t *storage = (uint8_t *)buffer + (BUFFER_BYTES - (need.bytes + 3) / 4 * 4);
    demand(ta_wav_init(&wav, frames, storage) == TA_OK);
    if (bytes[3] & 1) {
        demand((ta_wav_use_loop(&wav) == TA_OK) == (wav.info.has_loop && served.stream.seek != NULL));
    } else if (bytes[3] & 2) {
        ta_status_t looped = ta_source_set_loop(&wav.source, bytes[3] >> 4, bytes[3] & 8 ? 0 : bytes[3] >> 2, bytes[2]);
        demand(looped == TA_OK || looped == TA_E_ARG || looped == TA_E_STATE);
    }
    play(&wav, &served, storage, bytes[3]);
    return 0;
}
