// The live meter: one line of a terminal, drawn again and again.
#ifndef TONEARM_CLI_METER_H
#define TONEARM_CLI_METER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    bool on, colour, drawn;
    uint64_t next_ns; // when it may be drawn again
    uint32_t hold[2]; // peaks since it was drawn
} meter_t;

typedef struct {
    uint64_t position_frames, total_frames; // total 0: unknown
    uint32_t rate_hz;
    uint64_t headroom_us;
    uint64_t silent_us; // nothing has been fed, and nothing queued is left, for so long; 0: it is not so
    uint32_t holes;
    double speed; // virtual seconds per real second
} meter_view_t;

// Monotonic time in nanoseconds.
uint64_t meter_clock_ns(void);

// A meter on stderr, off unless that is a terminal.
void meter_begin(meter_t *meter, bool wanted);
// Take peaks (magnitudes as s32) in.
void meter_peaks(meter_t *meter, const uint32_t peak[2]);
// Is it time to draw?
bool meter_due(const meter_t *meter, uint64_t now_ns);
void meter_draw(meter_t *meter, uint64_t now_ns, const meter_view_t *view);
// Clear the line. Harmless when nothing was drawn.
void meter_end(meter_t *meter);

#endif
