// Filters one after the other. In: biquads from the task, frames from an effect. Out: filtered frames. Invariants: the biquads in use are those of the table that is live;
// the memory of a place in the chain that falls out of use is silent when it comes back; while `fade` is not 0, table.copied is not written, and what it names is not let go.

#include "tonearm/chain.h"

#include "fx_int.h"
#include "fx_line.h"
#include "shared_word.h"

#include <string.h>

enum { NEAR_SILENCE = 255, REST_PIECE = 16, FADE_PIECE = 16 };

_Static_assert(TA_CHAIN_MAX <= 64, "a bit for each");

#define POINTERS(filters_max) ((size_t)(filters_max) * sizeof(void *))

size_t ta_chain_bytes(uint32_t filters_max, uint32_t channels)
{
    return ta_fx_table_bytes(POINTERS(filters_max)) + 2 * (size_t)filters_max * channels * sizeof(ta_biquad_state_t);
}

void ta_chain_init(ta_chain_t *chain, uint32_t filters_max, uint32_t channels, void *storage)
{
    memset(chain, 0, sizeof *chain);
    size_t table = ta_fx_table_bytes(POINTERS(filters_max));
    ta_fx_table_init(&chain->table, POINTERS(filters_max), storage);
    void *states = (uint8_t *)storage + table;
    chain->states = states;
    chain->older_states = chain->states + (size_t)filters_max * channels;
    chain->filters_max = filters_max;
    chain->channels = channels;
    ta_chain_clear(chain);
}

ta_status_t ta_chain_set(ta_chain_t *chain, ta_biquad_t *const *biquads, uint32_t count)
{
    if (count > chain->filters_max)
        return TA_E_ARG;
    for (uint32_t f = 0; f < count; f++) {
        if (!biquads[f])
            return TA_E_ARG;
    }
    ta_fx_table_put(&chain->table, biquads, POINTERS(count));
    return TA_OK;
}

bool ta_chain_settled(const ta_chain_t *chain)
{
    return ta_fx_table_settled(&chain->table) && !TA_SHARED_GET(chain->leaving);
}

static ta_biquad_t *filter_at(const uint32_t *table, uint32_t place)
{
    void *biquad;
    memcpy(&biquad, (const uint8_t *)table + POINTERS(place), sizeof biquad);
    return biquad;
}

// ---- what fades out ------------------------------------------------------------------------------------------------------------

static void end_fade(ta_chain_t *chain)
{
    chain->fade = 0;
    TA_SHARED_SET(chain->leaving, false);
}

// So many filters run on as they do, apart from the new ones.
static void begin_fade(ta_chain_t *chain, uint32_t filters)
{
    memcpy(chain->older_states, chain->states, (size_t)filters * chain->channels * sizeof *chain->states);
    chain->older_filters = filters;
    chain->older_jumped = 0;
    chain->quiet_frames = 0;
    chain->fade = TA_FX_RAMP_FRAMES;
}

static void run_older(const ta_chain_t *chain, int16_t *samples, uint32_t frames)
{
    for (uint32_t f = 0; f < chain->older_filters; f++) {
        const ta_biquad_t *biquad = filter_at(chain->table.copied, f);
        const ta_biquad_design_t *design = chain->older_jumped >> f & 1 ? &biquad->before : &biquad->now;
        for (uint32_t c = 0; c < chain->channels; c++) {
            ta_biquad_run_design(design, &chain->older_states[f * chain->channels + c], samples + c, frames,
                                 chain->channels);
        }
    }
}

static bool any_jumped(const ta_chain_t *chain, const ta_clock_t *clock)
{
    for (uint32_t f = 0; f < chain->filters; f++) {
        if (ta_biquad_jumped(filter_at(chain->table.live, f), clock))
            return true;
    }
    return false;
}

// ---- a tick --------------------------------------------------------------------------------------------------------------------

static void take(ta_chain_t *chain)
{
    TA_SHARED_SET(chain->leaving, true); // before the task sees that it is taken
    if (!ta_fx_table_take(&chain->table)) {
        TA_SHARED_SET(chain->leaving, false);
        return;
    }
    uint32_t filters = 0, before = chain->filters;
    while (filters < chain->filters_max && filter_at(chain->table.live, filters))
        filters++;
    if (chain->heard) {
        begin_fade(chain, before);
    } else {
        end_fade(chain);
    }
    for (size_t s = (size_t)filters * chain->channels; s < (size_t)before * chain->channels; s++)
        ta_biquad_clear(&chain->states[s]);
    chain->filters = filters;
}

void ta_chain_tick(ta_chain_t *chain, const ta_clock_t *clock)
{
    if (!chain->ran)
        end_fade(chain); // nothing has gone through for a tick: nobody hears a jump
    chain->ran = false;
    const bool fades = chain->fade > 0;
    if (!fades)
        take(chain);
    for (uint32_t f = 0; f < chain->filters; f++)
        ta_biquad_tick(filter_at(chain->table.live, f), clock);
    if (fades || !chain->heard)
        return;
    if (chain->fade == 0 && any_jumped(chain, clock)) {
        memcpy(chain->table.copied, chain->table.live, POINTERS(chain->filters));
        begin_fade(chain, chain->filters);
    }
    for (uint32_t f = 0; chain->fade > 0 && f < chain->older_filters; f++) {
        if (ta_biquad_jumped(filter_at(chain->table.copied, f), clock))
            chain->older_jumped |= (uint64_t)1 << f;
    }
}

// ---- frames --------------------------------------------------------------------------------------------------------------------

static void run_all(ta_chain_t *chain, int16_t *samples, uint32_t frames)
{
    for (uint32_t f = 0; f < chain->filters; f++) {
        for (uint32_t c = 0; c < chain->channels; c++) {
            ta_biquad_run(filter_at(chain->table.live, f), &chain->states[f * chain->channels + c], samples + c, frames,
                          chain->channels);
        }
    }
}

// From the older chain to the newer one: at most as many frames as are left of it. Returns how many.
static FX_LOOP uint32_t run_fading(ta_chain_t *chain, int16_t *samples, uint32_t frames)
{
    int16_t older[2 * FADE_PIECE] __attribute__((aligned(4)));
    uint32_t channels = chain->channels, now = frames < FADE_PIECE ? frames : FADE_PIECE;
    now = now < chain->fade ? now : chain->fade;
    memcpy(older, samples, (size_t)now * channels * sizeof *older);
    run_older(chain, older, now);
    run_all(chain, samples, now);
    const int16_t *from = older;
    for (int16_t *end = samples + (size_t)now * channels; samples != end; chain->fade--) {
        for (uint32_t c = 0; c < channels; c++, samples++, from++)
            *samples = (int16_t)ta_line_fade(*samples, *from, chain->fade);
    }
    if (chain->fade == 0)
        end_fade(chain);
    return now;
}

static int32_t nearer(int32_t y)
{
    return y - y / 8 - (y > 0) + (y < 0);
}

// Rounding keeps a filter from coming to rest: one of few hertz stands still far from 0, others go on by a few bits. After long silence at the input that is led to 0.
static void run_to_rest(ta_chain_t *chain, int16_t *samples, uint32_t frames)
{
    for (uint32_t now; frames > 0; frames -= now, samples += (size_t)now * chain->channels) {
        now = frames < REST_PIECE ? frames : REST_PIECE;
        run_all(chain, samples, now);
        for (size_t s = 0; s < (size_t)chain->filters * chain->channels; s++) {
            chain->states[s].y1 = nearer(chain->states[s].y1);
            chain->states[s].y2 = nearer(chain->states[s].y2);
        }
    }
}

// Next to nothing, or the same in every frame, which no ringing is.
static bool stands_still(const int16_t *samples, size_t count, size_t channels)
{
    if (fx_quiet(samples, count, NEAR_SILENCE))
        return true;
    for (size_t s = channels; s < count; s++) {
        if (samples[s] != samples[s - channels])
            return false;
    }
    return true;
}

void ta_chain_run(ta_chain_t *chain, int16_t *samples, uint32_t frames)
{
    if (frames > 0)
        chain->ran = chain->heard = true;
    while (chain->fade > 0 && frames > 0) {
        uint32_t done = run_fading(chain, samples, frames);
        samples += (size_t)done * chain->channels;
        frames -= done;
    }
    if (chain->filters == 0 || frames == 0)
        return;
    size_t count = (size_t)frames * chain->channels;
    bool silence = fx_quiet(samples, count, 0);
    if (silence && chain->quiet_frames >= FX_QUIET_FRAMES) {
        run_to_rest(chain, samples, frames);
    } else {
        run_all(chain, samples, frames);
    }
    fx_count_quiet(&chain->quiet_frames, silence && stands_still(samples, count, chain->channels), frames);
}

void ta_chain_clear(ta_chain_t *chain)
{
    chain->quiet_frames = 0;
    chain->ran = chain->heard = false;
    end_fade(chain);
    for (size_t s = 0; s < (size_t)chain->filters_max * chain->channels; s++)
        ta_biquad_clear(&chain->states[s]);
}
