// What sources take while they play, of this machine's time: only their shares mean something for a chip.
#ifndef TONEARM_CLI_TIMING_H
#define TONEARM_CLI_TIMING_H

#include "tonearm/meter.h"

#include <cjson/cJSON.h>
#include <stdio.h>

enum { TIMING_SOURCES = 2 };

typedef struct {
    ta_meter_clock_t clock;
    ta_meter_t meter[TIMING_SOURCES];
    unsigned count;
} timing_t;

// What they took, the greatest first.
typedef struct {
    ta_meter_rank_t rank[TIMING_SOURCES];
    unsigned count;
} timing_ranks_t;

void timing_begin(timing_t *timing);
// Meter a source that was made, before it is pulled. `name` is a constant. More than there is room for are not metered.
void timing_add(timing_t *timing, ta_source_t *source, const char *name);
// Meter them no more. The sources are still there.
void timing_end(timing_t *timing, timing_ranks_t *ranks);

// A line where there is more than one; nothing otherwise.
void timing_print(const timing_ranks_t *ranks, FILE *to);
void timing_json(cJSON *object, const timing_ranks_t *ranks);

#endif
