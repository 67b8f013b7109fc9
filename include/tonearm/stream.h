/// @file stream.h  Where a file reader gets its bytes: memory, a C file, or the caller's own functions.
#ifndef TONEARM_STREAM_H
#define TONEARM_STREAM_H

#include "tonearm/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TA_STREAM_SIZE_UNKNOWN UINT64_MAX

typedef struct ta_stream ta_stream_t;

/// A byte stream. All members are the maker's; readers use the functions below.
struct ta_stream {
    /// Read up to `bytes` at the present position. Returns the count, 0 at the end, negative ta_status_t on failure.
    /// A short count is not the end.
    int32_t (*read)(ta_stream_t *stream, void *to, uint32_t bytes);
    /// Go to an absolute position. NULL for a stream that cannot (a pipe).
    ta_status_t (*seek)(ta_stream_t *stream, uint64_t position);
    uint64_t size;     ///< bytes, or TA_STREAM_SIZE_UNKNOWN
    void *context;     ///< the maker's
    uint64_t position; ///< kept by ta_stream_read and ta_stream_seek
};

/// Read until `bytes` are there or the stream ends. *got is always set.
/// Ctx: the stream's. Cost: the stream's. Own: none. Fails: TA_E_IO (what was read before it counts in *got).
TA_NODISCARD ta_status_t ta_stream_read(ta_stream_t *stream, void *to, uint32_t bytes, uint32_t *got);

/// Go to `position`; forwards without seek by reading and dropping.
/// Ctx: the stream's. Cost: the stream's. Own: none. Fails: TA_E_IO; TA_E_STATE going back on a stream without seek.
TA_NODISCARD ta_status_t ta_stream_seek(ta_stream_t *stream, uint64_t position);

/// A stream over bytes in memory. Ctx: task. Cost: constant. Own: bytes are borrowed. Fails: never.
void ta_stream_from_memory(ta_stream_t *stream, const void *bytes, size_t size);

/// A stream over a C FILE * opened for binary reading (stdio hosts only: not built into firmware).
/// A file that cannot seek, such as a pipe, gives a stream without seek and of unknown size.
/// Ctx: task. Cost: constant. Own: file is borrowed. Fails: never.
void ta_stream_from_file(ta_stream_t *stream, void *file);

#ifdef __cplusplus
}
#endif
#endif
