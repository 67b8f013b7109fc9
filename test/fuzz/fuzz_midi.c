// MIDI files on any bytes.
//
// In: bytes that choose how it is played (a bare track or a file, the stream's pieces and failures, channels, tail), then the file. Out: nothing, or abort when the player breaks its contract: a
// block too long or outside of its storage, another length than was scanned, a failure without a sentence or beyond the file, a seek that fails where playing does not. The work is bounded.
#include "tonearm/midi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { OPTION_BYTES = 4, PULLS_MAX = 300, SIZE_MAX_BYTES = 4096 };

typedef struct {
    ta_stream_t stream;
    const uint8_t *bytes;
    size_t size;
    uint32_t piece_max, fail_call, calls;
} served_t;

static void demand_at(bool holds, int line, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_midi.c:%d: %s does not hold\n", line, what);
        abort();
    }
}
#define demand(condition) demand_at((condition), __LINE__, #condition)

static int32_t serve(ta_stream_t *stream, void *to, uint32_t bytes)
{
    served_t *served = stream->context;
    if (++served->calls == served->fail_call)
        return TA_E_IO;
    size_t left = stream->position < served->size ? served->size - (size_t)stream->position : 0;
    size_t count = bytes < left ? bytes : left;
    if (served->piece_max != 0 && count > served->piece_max)
        count = served->piece_max;
    if (count > 0)
        memcpy(to, served->bytes + stream->position, count);
    return (int32_t)count;
}

static ta_status_t go_to(ta_stream_t *stream, uint64_t position)
{
    served_t *served = stream->context;
    if (++served->calls == served->fail_call)
        return TA_E_IO;
    return position <= served->size ? TA_OK : TA_E_IO;
}

static void check_failure(const ta_midi_t *midi, ta_status_t status, size_t size)
{
    const char *end = memchr(midi->error, '\0', sizeof midi->error);
    demand(end != NULL && (status == TA_OK) == (end == midi->error));
    demand(status == TA_OK || status == TA_E_FORMAT || status == TA_E_IO || status == TA_E_STATE);
    demand(status == TA_OK ? midi->error_location == TA_MIDI_NO_ERROR : midi->error_location >= 0);
    // A stream that seeks anywhere and has no size does not know where it ended.
    bool knows = midi->bare || midi->stream->size != TA_STREAM_SIZE_UNKNOWN || midi->stream->seek == NULL;
    demand(midi->error_location <= (int64_t)size || status != TA_E_FORMAT || !knows);
}

static void play(ta_midi_t *midi, const uint8_t *storage, size_t bytes, uint8_t option)
{
    for (unsigned pulls = 0; pulls < PULLS_MAX; pulls++) {
        uint32_t most = 1 + (pulls * 37 + option) % 400;
        ta_block_t block;
        ta_pull_t result = ta_source_pull(&midi->source, most, &block);
        demand(result != TA_PULL_WAIT && block.frames <= most && (block.frames > 0 || result != TA_PULL_MORE));
        if (block.frames > 0) {
            const uint8_t *data = block.data;
            demand(data >= storage &&
                   data + (size_t)block.frames * 2 * midi->source.format.channels <= storage + bytes);
        }
        demand(midi->source.position <= midi->source.frames);
        if (result == TA_PULL_MORE)
            continue;
        demand((result == TA_PULL_FAULT) == (midi->source.fault != TA_OK));
        demand(result == TA_PULL_FAULT || midi->source.position == midi->source.frames);
        return;
    }
}

static ta_status_t open_midi(ta_midi_t *midi, served_t *served, uint8_t option)
{
    served->stream = (ta_stream_t){.read = serve, .seek = option & 2 ? NULL : go_to, .context = served};
    served->stream.size = option & 4 ? TA_STREAM_SIZE_UNKNOWN : served->size;
    served->piece_max = option >> 3 & 7;
    return option & 1 ? ta_midi_open_track(midi, served->bytes, served->size, 1U + option)
                      : ta_midi_open(midi, &served->stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ta_need_t need;
    ta_midi_t midi;
    if (size < OPTION_BYTES || size > SIZE_MAX_BYTES)
        return 0;
    served_t served = {.bytes = bytes + OPTION_BYTES, .size = size - OPTION_BYTES, .fail_call = bytes[1]};
    ta_status_t status = open_midi(&midi, &served, bytes[0]);
    check_failure(&midi, status, served.size);
    const ta_midi_config_t config = {.synth = {.rate_hz = 8000,
                                               .channels = (uint8_t)(1 + (bytes[3] & 1)),
                                               .polyphony = (uint8_t)(1 + bytes[2] % 5),
                                               .velocity = bytes[3] & 2},
                                     .channels = (uint16_t)(bytes[3] * 257U),
                                     .tail = bytes[3] & 4};
    if (status != TA_OK) {
        demand(ta_midi_need(&midi, &config, &need) == TA_E_STATE);
        return 0;
    }
    demand(ta_midi_need(&midi, &config, &need) == TA_OK);
    uint8_t *storage = malloc(need.bytes);
    demand(storage != NULL);
    status = ta_midi_init(&midi, &config, storage);
    if (!midi.bare)
        check_failure(&midi, status, served.size);
    if (status == TA_OK) {
        served.fail_call = 0;
        status = ta_midi_scan(&midi);
        check_failure(&midi, status, served.size);
        if (status != TA_OK) {
            ta_status_t sought = ta_source_seek(&midi.source, 0);
            demand(sought == TA_OK || sought == status);
        }
        play(&midi, storage, need.bytes, bytes[2]);
        uint64_t to = midi.source.frames == TA_FRAMES_UNKNOWN ? bytes[2] * 100U : midi.source.frames * bytes[2] / 256;
        if (status == TA_OK && ta_source_seek(&midi.source, to) == TA_OK && midi.source.frames != TA_FRAMES_UNKNOWN) {
            ta_block_t block;
            demand(ta_source_pull(&midi.source, 1, &block) != TA_PULL_FAULT);
            demand(midi.source.position <= midi.source.frames);
        }
        (void)!ta_midi_set_tempo(&midi, bytes[3]);
        play(&midi, storage, need.bytes, bytes[3]);
    }
    free(storage);
    return 0;
}
