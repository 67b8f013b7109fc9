/// @file test_stream.h  A stream over memory that misbehaves on request: pipes, short reads, failures at a chosen call.
#ifndef TONEARM_TEST_STREAM_H
#define TONEARM_TEST_STREAM_H

#include "tonearm/stream.h"

#include <stdbool.h>

typedef struct {
    ta_stream_t stream;
    const uint8_t *bytes;
    size_t size;
    uint32_t short_max; // a read gives at most this many bytes; 0: as many as asked
    uint32_t fail_call; // 1-based number of the read or seek that fails; 0: none
    bool stays_broken;  // and every one after it
    uint32_t calls;     // reads and seeks so far
    uint32_t reads;
    uint32_t failures;
} test_stream_t;

typedef enum { TEST_STREAM_FILE, TEST_STREAM_PIPE, TEST_STREAM_SIZELESS, TEST_STREAM_KINDS } test_stream_kind_t;

/// FILE seeks and knows its size, PIPE neither, SIZELESS seeks but does not know its size.
void test_stream_init(test_stream_t *stream, const void *bytes, size_t size, test_stream_kind_t kind);

#endif
