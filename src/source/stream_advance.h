// Private to src/source: a seek that tells the end of a stream from a failure, which readers of headers must.
#ifndef TONEARM_STREAM_ADVANCE_H
#define TONEARM_STREAM_ADVANCE_H

#include "tonearm/stream.h"

#include <stdbool.h>

/// As ta_stream_seek, but a position beyond the end is no failure: *ended is true, and a stream without seek has then
/// been read to its end. Ctx: the stream's. Cost: the stream's. Own: none. Fails: TA_E_IO, TA_E_STATE.
TA_NODISCARD ta_status_t ta_stream_advance(ta_stream_t *stream, uint64_t position, bool *ended);

#endif
