// Sources' own time. In: sources, metered while they play. Out: their ranking. A virtual chip's time does not pass while it computes, so the clock is this machine's.

#include "timing.h"

#include "json.h"
#include "meter.h"

// A tick of 100 ns: 2^32 of them are seven minutes, for which a pull may wait for a pipe.
enum { TICK_NS = 100, TICK_HZ = 10000000 };

static uint32_t now(void)
{
    return (uint32_t)(meter_clock_ns() / TICK_NS);
}

void timing_begin(timing_t *timing)
{
    *timing = (timing_t){.count = 0};
    ta_meter_clock_init(&timing->clock, now, TICK_HZ);
}

void timing_add(timing_t *timing, ta_source_t *source, const char *name)
{
    if (timing->count < TIMING_SOURCES &&
        ta_meter_on(&timing->meter[timing->count], source, &timing->clock, name) == TA_OK)
        timing->count++;
}

void timing_end(timing_t *timing, timing_ranks_t *ranks)
{
    const ta_meter_t *meters[TIMING_SOURCES];
    for (unsigned m = 0; m < timing->count; m++) {
        ta_meter_off(&timing->meter[m]);
        meters[m] = &timing->meter[m];
    }
    ta_meter_rank(meters, timing->count, ranks->rank);
    ranks->count = timing->count;
}

void timing_print(const timing_ranks_t *ranks, FILE *to)
{
    if (ranks->count < 2)
        return;
    (void)fputs("  sources   ", to);
    for (unsigned r = 0; r < ranks->count; r++) {
        const ta_meter_rank_t *rank = &ranks->rank[r];
        (void)fprintf(to, "%s%s %u.%u %%", r ? ", " : "", rank->name, (unsigned)rank->permille / 10,
                      (unsigned)rank->permille % 10);
    }
    (void)fputs(" of their time on this machine\n", to);
}

void timing_json(cJSON *object, const timing_ranks_t *ranks)
{
    cJSON *sources = cJSON_AddArrayToObject(object, "sources");
    for (unsigned r = 0; r < ranks->count; r++) {
        const ta_meter_rank_t *rank = &ranks->rank[r];
        cJSON *source = cJSON_CreateObject();
        json_text(source, "name", rank->name);
        json_count(source, "frames", rank->figures.frames);
        json_count(source, "pulls", rank->figures.pulls);
        json_count(source, "permille", rank->permille);
        json_decimal(source, "host_us", (int64_t)rank->figures.own, 1);
        json_count(source, "host_ns_per_frame", rank->per_frame); // hundredths of 100 ns
        json_decimal(source, "host_longest_us", rank->figures.longest, 1);
        (void)cJSON_AddItemToArray(sources, source);
    }
}
