// Meters. In: a source's own operations and a clock. Out: the same blocks, and figures. Invariants: `inside` is the meter whose pull is under way, and NULL between the feed's pulls; a
// meter's `inputs` are the ticks of those that were pulled within its present pull; figures[version & 1] are whole, the other ones are the feed's to write.
#include "tonearm/meter.h"

#include "shared_word.h"

enum { READ_TRIES = 4 };

// What a pull began with.
typedef struct {
    ta_meter_t *outer;
    uint32_t inputs, start;
} entry_t;

static ta_meter_t *meter_of(const ta_source_t *source)
{
    return (ta_meter_t *)(uintptr_t)source->ops; // its first member
}

static void enter(ta_meter_t *meter, entry_t *entry)
{
    ta_meter_clock_t *clock = meter->clock;
    entry->outer = clock->inside;
    entry->inputs = meter->inputs; // not 0 where sources are played in a circle
    meter->inputs = 0;
    clock->inside = meter;
    entry->start = clock->now();
}

static void leave(ta_meter_t *meter, const entry_t *entry, uint32_t frames)
{
    uint32_t ticks = meter->clock->now() - entry->start, version = meter->version;
    const ta_meter_figures_t *old = &meter->figures[version & 1];
    ta_meter_figures_t *new = &meter->figures[(version + 1) & 1];
    new->frames = old->frames + frames;
    new->ticks = old->ticks + ticks;
    new->own = old->own + (ticks > meter->inputs ? ticks - meter->inputs : 0); // see inputs
    new->pulls = old->pulls + 1;
    new->longest = ticks > old->longest ? ticks : old->longest;
    TA_SHARED_SET(meter->version, version + 1);
    meter->inputs = entry->inputs;
    meter->clock->inside = entry->outer;
    if (entry->outer)
        entry->outer->inputs += ticks;
}

static ta_pull_t metered_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    ta_meter_t *meter = meter_of(source);
    entry_t entry;
    enter(meter, &entry);
    ta_pull_t result = meter->inner->pull(source, max_frames, block);
    leave(meter, &entry, result == TA_PULL_FAULT ? 0 : block->frames);
    return result;
}

void ta_meter_clock_init(ta_meter_clock_t *clock, uint32_t (*now)(void), uint32_t hz)
{
    *clock = (ta_meter_clock_t){now, hz, NULL};
}

ta_status_t ta_meter_on(ta_meter_t *meter, ta_source_t *source, ta_meter_clock_t *clock, const char *name)
{
    if (!meter || !source || !clock || !clock->now || clock->hz == 0 || !name)
        return TA_E_ARG;
    if (!source->ops || source->ops->pull == metered_pull)
        return TA_E_STATE;
    *meter = (ta_meter_t){.inner = source->ops, .source = source, .clock = clock, .name = name};
    // A jump is not metered: the task jumps, too, and must not touch the feed's accounts.
    meter->ops = (ta_source_ops_t){metered_pull, source->ops->seek};
    TA_SHARED_SET(source->ops, &meter->ops);
    return TA_OK;
}

void ta_meter_off(ta_meter_t *meter)
{
    if (meter->source && meter->source->ops == &meter->ops)
        TA_SHARED_SET(meter->source->ops, meter->inner);
    meter->source = NULL;
}

ta_status_t ta_meter_read(const ta_meter_t *meter, ta_meter_figures_t *figures)
{
    for (unsigned try = 0; try < READ_TRIES; try++) {
        uint32_t version = TA_SHARED_GET(meter->version);
        *figures = meter->figures[version & 1];
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (meter->version == version)
            return TA_OK;
    }
    *figures = (ta_meter_figures_t){.frames = 0};
    return TA_E_BUSY;
}

// ---- a report ------------------------------------------------------------------------------------------------------------------

static uint64_t hundredths(uint64_t ticks, uint64_t frames)
{
    return frames == 0 ? 0 : ticks >> 57 ? ticks / frames * 100 : ticks * 100 / frames;
}

void ta_meter_rank(const ta_meter_t *const *meters, size_t count, ta_meter_rank_t *ranks)
{
    uint64_t all = 0;
    for (size_t m = 0; m < count; m++) {
        ta_meter_rank_t rank = {.name = meters[m]->name};
        (void)!ta_meter_read(meters[m], &rank.figures);
        rank.per_frame = hundredths(rank.figures.own, rank.figures.frames);
        all += rank.figures.own;
        size_t at = m;
        for (; at > 0 && ranks[at - 1].figures.own < rank.figures.own; at--)
            ranks[at] = ranks[at - 1];
        ranks[at] = rank;
    }
    const unsigned coarser = all >> 54 ? 10 : 0; // own * 1000 fits into 64 bits: below 2^54 as it is
    for (size_t r = 0; r < count && all; r++)
        ranks[r].permille = (uint32_t)((ranks[r].figures.own >> coarser) * 1000 / (all >> coarser));
}
