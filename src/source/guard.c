// How many voices fit into the time that there is. In: what ticks took. Out: how many may sound. Invariants: 1 <= most <= voices; `over` is what the last span took, if that was too
// much and nobody had to go for it yet.
#include "guard_tick.h"

#include "shared_word.h"

ta_status_t guard_set(ta_guard_t *guard, const ta_guard_config_t *config, uint32_t voices)
{
    *guard = (ta_guard_t){.voices = voices, .most = voices, .patience = TA_GUARD_PATIENCE};
    if (!config || !config->now)
        return TA_OK;
    if (config->hz == 0 || config->share > 1000)
        return TA_E_ARG;
    guard->hz = config->hz;
    guard->share = config->share ? config->share : TA_GUARD_SHARE;
    guard->now = config->now;
    return TA_OK;
}

// Frames are less than 2^10, so the product is less than 2^52.
static uint32_t allowed(ta_guard_t *guard, uint32_t frames, uint32_t rate_hz)
{
    if (frames != guard->allowed_frames || rate_hz != guard->allowed_rate_hz) {
        uint64_t ticks = (uint64_t)frames * guard->share * guard->hz / ((uint64_t)rate_hz * 1000);
        guard->allowed = ticks > UINT32_MAX ? UINT32_MAX : (uint32_t)ticks;
        guard->allowed_frames = frames;
        guard->allowed_rate_hz = rate_hz;
    }
    return guard->allowed;
}

// Too long, twice in a row: as many as fit by the shorter time, at least one less than there were.
static void let_go(ta_guard_t *guard, uint32_t limit, uint32_t spent, uint32_t sounding)
{
    uint32_t shorter = spent < guard->over ? spent : guard->over;
    uint32_t fit = (uint32_t)((uint64_t)limit * sounding / shorter); // below `sounding`: both were above the limit
    TA_SHARED_SET(guard->most, fit > 1 ? fit : 1U);
    guard->over = 0;
    if (guard->raised && guard->patience < TA_GUARD_PATIENCE_MAX)
        guard->patience *= 2;
    guard->raised = false;
}

// Would one more than may sound now fit, if each takes what those that sound do? With all allowed, it has only to last.
static void allow_more(ta_guard_t *guard, uint32_t limit, uint32_t spent, uint32_t sounding)
{
    if (!guard_limits(guard)) {
        if (++guard->calm < guard->patience)
            return;
        guard->calm = 0;
        guard->raised = false;
        guard->patience = TA_GUARD_PATIENCE;
        return;
    }
    if ((uint64_t)spent * (guard->most + 1) > (uint64_t)limit * (sounding ? sounding : UINT32_MAX)) {
        guard->calm = 0;
        return;
    }
    if (++guard->calm < guard->patience)
        return;
    guard->calm = 0;
    guard->raised = true;
    TA_SHARED_SET(guard->most, guard->most + 1U);
}

void guard_judge(ta_guard_t *guard, uint32_t frames, uint32_t rate_hz, uint32_t sounding)
{
    guard->spent += guard->now() - guard->start;
    guard->frames += frames;
    if (guard->frames < TA_GUARD_FRAMES)
        return;
    uint32_t spent = guard->spent, limit = allowed(guard, guard->frames, rate_hz);
    guard->spent = guard->frames = 0;
    if (spent > limit) {
        guard->calm = 0;
        if (guard->over && sounding > 1) {
            let_go(guard, limit, spent, sounding);
        } else {
            guard->over = spent;
        }
        return;
    }
    guard->over = 0;
    if (guard_limits(guard) || guard->raised)
        allow_more(guard, limit, spent, sounding);
}
