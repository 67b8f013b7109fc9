// What an output tells the task. In: what the feed has shown. Out: figures that belong together. Invariant: the feed multiplies and divides nothing for them.

#include "tonearm/output.h"

#include <string.h>

const char *ta_output_state_name(ta_output_state_t state)
{
    static const char *const names[] = {"idle", "playing", "paused", "draining", "looping"};
    return (unsigned)state < sizeof names / sizeof *names ? names[state] : "unknown";
}

uint32_t ta_headroom(const ta_output_t *output)
{
    ta_output_stats_t stats;
    ta_output_stats(output, &stats);
    if (stats.headroom_us == 0)
        return 0;
    // The feed must have stored the next slot before the last one begins.
    uint64_t slot_us = (uint64_t)output->ring.config.slot_frames * 1000000U / stats.rate_hz + 1;
    uint64_t since_us = (uint32_t)output->ring.hw->now_us(output->ring.hw_context) - stats.at_us;
    return stats.headroom_us > since_us + slot_us ? (uint32_t)(stats.headroom_us - since_us - slot_us) : 0;
}

void ta_output_stats(const ta_output_t *output, ta_output_stats_t *stats)
{
    ta_output_shown_t shown;
    uint32_t before;
    do {
        before = output->stats_sequence;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        shown = output->shown;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while (before & 1 || before != output->stats_sequence);
    uint64_t end = shown.read * output->ring.config.slot_frames; // the feed multiplies and divides nothing
    memset(stats, 0, sizeof *stats);                             // what is between the fields, too
    *stats = (ta_output_stats_t){
        .state = shown.count.state,
        .source_frames = shown.count.source_frames,
        .output_frames = shown.frame_base + (end > shown.remaining ? end - shown.remaining : 0),
        .position_frame = shown.position_frame,
        .headroom_frames = shown.headroom_frames,
        .headroom_us = shown.rate_hz ? (uint64_t)shown.headroom_frames * 1000000U / shown.rate_hz : 0,
        .rate_hz = shown.rate_hz,
        .at_us = shown.at_us,
        .headroom_min_frames =
            shown.count.headroom_min_frames == UINT32_MAX ? UINT64_MAX : shown.count.headroom_min_frames,
        .drained = shown.count.drained,
        .feeds = shown.count.feeds,
        .faults = shown.count.faults,
        .fault = shown.count.fault,
        .load_permille = output->load->permille,
        .paced = output->load->paced,
        .ring = shown.ring,
    };
}

bool ta_output_hole(const ta_output_t *output, uint32_t index, ta_hole_t *hole)
{
    uint32_t all = output->ring.stats.holes, kept = output->ring.config.hole_records;
    uint32_t oldest = all > kept ? all - kept : 0;
    if (index >= all - oldest)
        return false;
    *hole = output->ring.hole[(oldest + index) % kept];
    return true;
}
