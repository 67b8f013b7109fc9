// How many voices fit into the time that there is. In: what ticks took, and what the whole takes. Out: how many may sound. Invariants: 1 <= most <= voices; `over` is what the last
// ticks took, if that was too much and nobody had to go for it yet, and `whole_over` the same of the load's last span. Outside of all guarded ticks load->inside is of no meaning.
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
    guard->load = config->load;
    guard->spans = config->load ? config->load->spans : 0;
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

// As many stay as fit, at least one less than there were.
static void let_go(ta_guard_t *guard, uint32_t limit, uint32_t spent, uint32_t sounding)
{
    uint32_t fit = (uint32_t)((uint64_t)limit * sounding / spent); // below `sounding`: spent is above the limit
    TA_SHARED_SET(guard->most, fit > 1 ? fit : 1U);
    guard->over = guard->whole_over = guard->calm = 0;
    guard->fresh = true;
    if (guard->raised && guard->patience < TA_GUARD_PATIENCE_MAX)
        guard->patience *= 2;
    guard->raised = false;
}

static uint32_t less(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

// What the whole took, at least, in two spans in a row, if that was too much; else 0. The span in which voices were let go is half the old whole and half the new one.
static uint32_t whole_too_long(ta_guard_t *guard)
{
    const ta_load_t *load = guard->load;
    if (!load || TA_SHARED_GET(load->spans) == guard->spans)
        return 0;
    guard->spans = load->spans;
    uint32_t whole = load->permille, before = guard->whole_over;
    guard->whole_over = whole > TA_LOAD_WHOLE && !guard->fresh ? whole : 0;
    guard->fresh = false;
    return before && guard->whole_over ? less(before, whole) : 0;
}

// Are these ticks, of which `limit` are the share, a considerable part of the whole?
static bool is_heavy(const ta_guard_t *guard, uint32_t limit, uint32_t spent, uint32_t whole)
{
    return (uint64_t)spent * guard->share * TA_GUARD_PARTS >= (uint64_t)limit * whole;
}

// Has the whole room for one voice more, if it takes what each of those that sound does?
static bool whole_has_room(const ta_guard_t *guard, uint32_t limit, uint32_t spent, uint32_t sounding)
{
    uint32_t whole = guard->load ? guard->load->permille : 0;
    return whole <= TA_LOAD_WHOLE &&
           (uint64_t)spent * guard->share <= (uint64_t)(TA_LOAD_WHOLE - whole) * limit * (sounding ? sounding : 1);
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
    if ((uint64_t)spent * (guard->most + 1) > (uint64_t)limit * (sounding ? sounding : UINT32_MAX) ||
        !whole_has_room(guard, limit, spent, sounding)) {
        guard->calm = 0;
        return;
    }
    if (++guard->calm < guard->patience)
        return;
    guard->calm = 0;
    guard->raised = true;
    TA_SHARED_SET(guard->most, guard->most + 1U);
}

// Ticks that guarded sources within this one did not take.
static uint32_t own_ticks(ta_guard_t *guard)
{
    uint32_t ticks = guard->now() - guard->start, inside = 0;
    if (guard->load) {
        inside = guard->load->inside;
        guard->load->inside = guard->outside + ticks;
        guard->load->inside_ticks++;
    }
    return ticks - inside;
}

void guard_judge(ta_guard_t *guard, uint32_t frames, uint32_t rate_hz, uint32_t sounding)
{
    guard->spent += own_ticks(guard);
    guard->frames += frames;
    if (guard->frames < TA_GUARD_FRAMES)
        return;
    uint32_t spent = guard->spent, limit = allowed(guard, guard->frames, rate_hz), whole = whole_too_long(guard);
    guard->spent = guard->frames = 0;
    if (spent > limit) {
        guard->calm = 0;
        if (guard->over && sounding > 1) {
            let_go(guard, limit, less(spent, guard->over), sounding);
        } else {
            guard->over = spent;
        }
        return;
    }
    guard->over = 0;
    if (whole && sounding > 1 && is_heavy(guard, limit, spent, whole)) {
        let_go(guard, TA_LOAD_WHOLE, whole, sounding);
    } else if (guard_limits(guard) || guard->raised) {
        allow_more(guard, limit, spent, sounding);
    }
}
