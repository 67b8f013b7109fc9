// Filters one after the other. In: biquads from the task, frames from an effect. Out: filtered frames. Invariants: the biquads in use are those of the table that is live;
// the memory of a place in the chain that falls out of use is silent when it comes back.

#include "tonearm/chain.h"

#include "fx_int.h"

#include <string.h>

enum { NEAR_SILENCE = 255, REST_PIECE = 16 };

#define POINTERS(filters_max) ((size_t)(filters_max) * sizeof(void *))

size_t ta_chain_bytes(uint32_t filters_max, uint32_t channels)
{
    return ta_fx_table_bytes(POINTERS(filters_max)) + (size_t)filters_max * channels * sizeof(ta_biquad_state_t);
}

void ta_chain_init(ta_chain_t *chain, uint32_t filters_max, uint32_t channels, void *storage)
{
    memset(chain, 0, sizeof *chain);
    size_t table = ta_fx_table_bytes(POINTERS(filters_max));
    ta_fx_table_init(&chain->table, POINTERS(filters_max), storage);
    void *states = (uint8_t *)storage + table;
    chain->states = states;
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
    return ta_fx_table_settled(&chain->table);
}

static ta_biquad_t *filter_at(const ta_chain_t *chain, uint32_t place)
{
    void *biquad;
    memcpy(&biquad, (const uint8_t *)chain->table.live + POINTERS(place), sizeof biquad);
    return biquad;
}

static void take(ta_chain_t *chain)
{
    if (!ta_fx_table_take(&chain->table))
        return;
    uint32_t filters = 0;
    while (filters < chain->filters_max && filter_at(chain, filters))
        filters++;
    for (size_t s = (size_t)filters * chain->channels; s < (size_t)chain->filters * chain->channels; s++)
        ta_biquad_clear(&chain->states[s]);
    chain->filters = filters;
}

void ta_chain_tick(ta_chain_t *chain, const ta_clock_t *clock)
{
    take(chain);
    for (uint32_t f = 0; f < chain->filters; f++)
        ta_biquad_tick(filter_at(chain, f), clock);
}

static void run_all(ta_chain_t *chain, int16_t *samples, uint32_t frames)
{
    for (uint32_t f = 0; f < chain->filters; f++) {
        for (uint32_t c = 0; c < chain->channels; c++) {
            ta_biquad_run(filter_at(chain, f), &chain->states[f * chain->channels + c], samples + c, frames,
                          chain->channels);
        }
    }
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
    if (chain->filters == 0)
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
    for (size_t s = 0; s < (size_t)chain->filters_max * chain->channels; s++)
        ta_biquad_clear(&chain->states[s]);
}
