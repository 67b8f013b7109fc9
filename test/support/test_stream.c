// A stream over memory that misbehaves on request.
//
// In: bytes, and what to do wrong. Out: a stream that counts its calls, so that a test can fail each of them in turn.
#include "test_stream.h"

#include <string.h>

static bool fails_now(test_stream_t *self)
{
    self->calls++;
    bool fails = self->fail_call != 0 &&
                 (self->calls == self->fail_call || (self->stays_broken && self->calls > self->fail_call));
    self->failures += fails;
    return fails;
}

static int32_t read_bytes(ta_stream_t *stream, void *to, uint32_t bytes)
{
    test_stream_t *self = stream->context;
    self->reads++;
    if (fails_now(self)) {
        return TA_E_IO;
    }
    size_t left = stream->position < self->size ? self->size - (size_t)stream->position : 0;
    size_t count = bytes < left ? bytes : left;
    if (self->short_max != 0 && count > self->short_max) {
        count = self->short_max;
    }
    if (count > 0) {
        memcpy(to, self->bytes + stream->position, count);
    }
    return (int32_t)count;
}

static ta_status_t seek_to(ta_stream_t *stream, uint64_t position)
{
    test_stream_t *self = stream->context;
    if (fails_now(self)) {
        return TA_E_IO;
    }
    return position <= self->size ? TA_OK : TA_E_IO;
}

void test_stream_init(test_stream_t *stream, const void *bytes, size_t size, test_stream_kind_t kind)
{
    memset(stream, 0, sizeof *stream);
    stream->bytes = bytes;
    stream->size = size;
    stream->stream.read = read_bytes;
    stream->stream.seek = kind == TEST_STREAM_PIPE ? NULL : seek_to;
    stream->stream.size = kind == TEST_STREAM_FILE ? size : TA_STREAM_SIZE_UNKNOWN;
    stream->stream.context = stream;
}
