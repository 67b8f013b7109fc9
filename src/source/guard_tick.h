// Private to src/source: how a source with voices keeps its guard (guard.h). Begin and end are around each tick; `most` voices may sound in the next one.
#ifndef TONEARM_GUARD_TICK_H
#define TONEARM_GUARD_TICK_H

#include "tonearm/guard.h"

/// config NULL or without a clock: no guard, all may sound. Ctx: while nothing pulls, or feed. Cost: constant. Own: none. Fails: TA_E_ARG (hz 0, share above 1000), and then there is none.
ta_status_t guard_set(ta_guard_t *guard, const ta_guard_config_t *config, uint32_t voices);

/// What guarded sources took within this tick is theirs. Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline void guard_enter(ta_guard_t *guard)
{
    if (guard->load) {
        guard->outside = guard->load->inside;
        guard->load->inside = 0;
    }
}

/// Judge what a tick took. Ctx: feed. Cost: constant; two divisions when voices must go or the length of ticks changes. Own: none. Fails: never.
void guard_judge(ta_guard_t *guard, uint32_t frames, uint32_t rate_hz, uint32_t sounding);

static inline void guard_begin(ta_guard_t *guard)
{
    if (guard->now) {
        guard_enter(guard);
        guard->start = guard->now();
    }
}

static inline void guard_end(ta_guard_t *guard, uint32_t frames, uint32_t rate_hz, uint32_t sounding)
{
    if (guard->now)
        guard_judge(guard, frames, rate_hz, sounding);
}

/// Must it be seen to that no more than `most` sound? Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline bool guard_limits(const ta_guard_t *guard)
{
    return guard->most < guard->voices;
}

#endif
