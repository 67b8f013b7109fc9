// Byte streams: whole reads, seeks and skips for every maker of a stream, and the stream over memory.
//
// In: the maker's read and seek. Out: reads that are short only at the end, and seeks that work forwards even where
// the stream cannot seek. `position` always is the byte that the next read gives, after failures too, because only
// bytes that really came are counted.
#include "stream_advance.h"

#include <string.h>

enum { DROP_BYTES = 128 }; // on the stack, while skipping; reads of a pipe are buffered below us anyway

ta_status_t ta_stream_read(ta_stream_t *stream, void *to, uint32_t bytes, uint32_t *got)
{
    uint8_t *out = to;
    *got = 0;
    while (*got < bytes) {
        uint32_t want = bytes - *got;
        if (want > INT32_MAX) {
            want = INT32_MAX;
        }
        int32_t count = stream->read(stream, out + *got, want);
        if (count == 0) {
            break;
        }
        if (count < 0 || (uint32_t)count > want) { // a maker that gives more than was asked for is broken
            return TA_E_IO;
        }
        *got += (uint32_t)count;
        stream->position += (uint32_t)count;
    }
    return TA_OK;
}

ta_status_t ta_stream_advance(ta_stream_t *stream, uint64_t position, bool *ended)
{
    *ended = false;
    if (stream->size != TA_STREAM_SIZE_UNKNOWN && position > stream->size) {
        *ended = true;
        return TA_OK;
    }
    if (stream->seek != NULL) {
        if (stream->seek(stream, position) != TA_OK) {
            return TA_E_IO;
        }
        stream->position = position;
        return TA_OK;
    }
    if (position < stream->position) {
        return TA_E_STATE;
    }
    while (stream->position < position) {
        uint8_t drop[DROP_BYTES];
        uint64_t left = position - stream->position;
        uint32_t want = left < DROP_BYTES ? (uint32_t)left : DROP_BYTES;
        uint32_t got;
        ta_status_t status = ta_stream_read(stream, drop, want, &got);
        if (status != TA_OK) {
            return status;
        }
        if (got < want) {
            *ended = true;
            return TA_OK;
        }
    }
    return TA_OK;
}

ta_status_t ta_stream_seek(ta_stream_t *stream, uint64_t position)
{
    bool ended;
    ta_status_t status = ta_stream_advance(stream, position, &ended);
    return status == TA_OK && ended ? TA_E_IO : status;
}

static int32_t memory_read(ta_stream_t *stream, void *to, uint32_t bytes)
{
    const uint8_t *from = stream->context;
    uint64_t left = stream->size - stream->position;
    uint32_t count = left < bytes ? (uint32_t)left : bytes;
    if (count > 0) {
        memcpy(to, from + (size_t)stream->position, count);
    }
    return (int32_t)count;
}

static ta_status_t memory_seek(ta_stream_t *stream, uint64_t position)
{
    return position <= stream->size ? TA_OK : TA_E_IO;
}

void ta_stream_from_memory(ta_stream_t *stream, const void *bytes, size_t size)
{
    *stream = (ta_stream_t){.read = memory_read, .seek = memory_seek, .size = size};
    memcpy(&stream->context, &bytes, sizeof bytes); // sheds const: memory_read takes it as const again
}
