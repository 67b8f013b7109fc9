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
/// was: so a chain that is replaced by a similar one goes on without a jump.
typedef struct {
    ta_fx_table_t table;       ///< the biquads, NULL after the last
    ta_biquad_state_t *states; ///< of the first filter's channels, then the second's, ...
    uint32_t filters_max;
    uint32_t filters; ///< in use now: the feed's
    uint32_t channels;
    uint32_t quiet_frames; ///< in which nothing came in and next to nothing went out
} ta_chain_t;

/// Bytes of FAST storage, 8-byte aligned. Ctx: any. Cost: constant. Own: none. Fails: never.
size_t ta_chain_bytes(uint32_t filters_max, uint32_t channels);

/// No filters. filters_max 0..TA_CHAIN_MAX; channels 1 or 2. Ctx: task. Cost: O(bytes). Own: storage is borrowed. Fails: never.
void ta_chain_init(ta_chain_t *chain, uint32_t filters_max, uint32_t channels, void *storage);

/// Replace all filters from the next tick on; count 0: none. The same one may be in it twice, and in other chains, too.
/// Ctx: task, also while it plays. Cost: O(filters_max). Own: the biquads are borrowed until other ones are set and ta_chain_settled.
/// Fails: TA_E_ARG (more than filters_max, or a NULL among them).
TA_NODISCARD ta_status_t ta_chain_set(ta_chain_t *chain, ta_biquad_t *const *biquads, uint32_t count);

/// Has the feed let go of all filters before the last ta_chain_set? While nothing pulls it has not. Ctx: task. Cost: constant. Own: none. Fails: never.
bool ta_chain_settled(const ta_chain_t *chain);

/// A tick begins: take what was set, design what has changed. Ctx: feed. Cost: a biquad's tick each. Own: none. Fails: never.
void ta_chain_tick(ta_chain_t *chain, const ta_clock_t *clock);

/// Filter interleaved frames of all channels, in place. Ctx: feed. Cost: per sample and filter. Own: none. Fails: never.
void ta_chain_run(ta_chain_t *chain, int16_t *samples, uint32_t frames);

/// Silence in every memory. Ctx: feed, or the task while nothing pulls. Cost: O(filters_max). Own: none. Fails: never.
void ta_chain_clear(ta_chain_t *chain);

#ifdef __cplusplus
}
#endif
#endif
