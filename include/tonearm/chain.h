/// @file chain.h  Filters one after the other, as effects use them; the task may replace them while they sound.
#ifndef TONEARM_CHAIN_H
#define TONEARM_CHAIN_H

#include "tonearm/biquad.h"
#include "tonearm/fx.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TA_CHAIN_MAX = 64 }; ///< filters of a chain

/// Up to filters_max biquads, each with a memory for each channel. A filter keeps its memory where the one before it in its place
/// was. What is replaced, and what a filter was before one of its numbers was set to another, runs on for TA_FX_RAMP_FRAMES and fades into the new one meanwhile: no change clicks, and the same
/// chain again changes nothing. What follows a control moves in each tick, without a fade.
typedef struct {
    ta_fx_table_t table;       ///< the biquads, NULL after the last
    ta_biquad_state_t *states; ///< of the first filter's channels, then the second's, ...
    uint32_t filters_max;
    uint32_t filters; ///< in use now: the feed's
    uint32_t channels;
    uint32_t quiet_frames; ///< in which nothing came in and next to nothing went out
    // What fades out: the biquads in table.copied, with memories of their own, and for the bits that are set what they were before.
    ta_biquad_state_t *older_states;
    uint64_t older_jumped;
    uint32_t older_filters;
    uint32_t fade;         ///< frames that are left of it
    volatile bool leaving; ///< it has been replaced, and is still in use
    bool ran, heard;       ///< since the last tick; since all memory was silent
} ta_chain_t;

/// Bytes of FAST storage, 8-byte aligned. Ctx: any. Cost: constant. Own: none. Fails: never.
size_t ta_chain_bytes(uint32_t filters_max, uint32_t channels);

/// No filters. filters_max 0..TA_CHAIN_MAX; channels 1 or 2. Ctx: task. Cost: O(bytes). Own: storage is borrowed. Fails: never.
void ta_chain_init(ta_chain_t *chain, uint32_t filters_max, uint32_t channels, void *storage);

/// Replace all filters from the next tick on, or, while a change fades, the first after it; count 0: none. The same one may be in it twice, and in other chains, too.
/// Ctx: task, also while it plays. Cost: O(filters_max). Own: the biquads are borrowed until other ones are set and ta_chain_settled.
/// Fails: TA_E_ARG (more than filters_max, or a NULL among them).
TA_NODISCARD ta_status_t ta_chain_set(ta_chain_t *chain, ta_biquad_t *const *biquads, uint32_t count);

/// Has the feed let go of all filters before the last ta_chain_set? While nothing pulls it has not. Ctx: task. Cost: constant. Own: none. Fails: never.
bool ta_chain_settled(const ta_chain_t *chain);

/// A tick begins: take what was set, design what has changed. Ctx: feed. Cost: a biquad's tick each. Own: none. Fails: never.
void ta_chain_tick(ta_chain_t *chain, const ta_clock_t *clock);

/// Do frames come out otherwise than they went in, now? Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline bool ta_chain_works(const ta_chain_t *chain)
{
    return chain->filters > 0 || chain->fade > 0;
}

/// Filter interleaved frames of all channels, in place. Ctx: feed. Cost: per sample and filter. Own: none. Fails: never.
void ta_chain_run(ta_chain_t *chain, int16_t *samples, uint32_t frames);

/// Silence in every memory. Ctx: feed, or the task while nothing pulls. Cost: O(filters_max). Own: none. Fails: never.
void ta_chain_clear(ta_chain_t *chain);

#ifdef __cplusplus
}
#endif
#endif
