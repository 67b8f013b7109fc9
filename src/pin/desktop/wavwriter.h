// A WAV file being written: plain PCM (tag 1), stereo. Private to src/pin/desktop and the command.
//
// 44 bytes of header are all that a library would save us here, and libsndfile would bring seven codecs with it.
#ifndef TONEARM_PIN_DESKTOP_WAVWRITER_H
#define TONEARM_PIN_DESKTOP_WAVWRITER_H

#include "tonearm/format.h"

#include <stddef.h>

typedef struct {
    void *file;       // FILE *, borrowed; must be able to seek
    unsigned bits;    // 16, 24 or 32
    uint32_t rate_hz; // may be changed until wavwriter_finish
    uint64_t frames;
    int error; // errno of the first failure; EFBIG beyond 4 GiB
} wavwriter_t;

// Start at the file's beginning. False and error set if the header cannot be written.
bool wavwriter_begin(wavwriter_t *writer, void *file, unsigned bits, uint32_t rate_hz);

// Append wire frames (format.h). After a failure nothing more is written.
bool wavwriter_wire(wavwriter_t *writer, ta_wire_t wire, const void *data, uint32_t frames);

// Append one frame, left-justified in 32 bits each.
bool wavwriter_frame(wavwriter_t *writer, int32_t left, int32_t right);

// Put the lengths so far into the header: from here on the file is a WAV file, even if the process is killed. More frames may follow.
bool wavwriter_sync(wavwriter_t *writer);

// Put the lengths into the header and flush. The file is the caller's to close.
bool wavwriter_finish(wavwriter_t *writer);

#endif
