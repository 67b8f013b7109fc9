/// @file reverb.h  Freeverb: eight combs side by side and four allpasses one after the other, for each channel its own.
///
/// Lengths are those of 44.1 kHz, scaled to the rate; the right channel's are 23 frames (at 44.1 kHz) longer, which makes it wide.
#ifndef TONEARM_REVERB_H
#define TONEARM_REVERB_H

#include "tonearm/chain.h"
#include "tonearm/fx.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    ta_fx_config_t fx;
    uint32_t filters_max; ///< of the chain before it, and of the one behind it: 0..TA_CHAIN_MAX
} ta_freeverb_config_t;

enum {
    TA_FREEVERB_NEEDS = 3,
    TA_FREEVERB_COMBS = 8,
    TA_FREEVERB_ALLPASSES = 4,
    TA_FREEVERB_PIECE = 64 ///< frames that are worked out together
};

typedef struct {
    int16_t *line;
    uint32_t frames, at;
    int32_t low; ///< combs: the damping filter's memory
} ta_freeverb_line_t;

typedef struct {
    int32_t in, sum; ///< of one frame: into the combs, and what they gave
} ta_freeverb_pair_t;

typedef struct {
    ta_freeverb_line_t comb[TA_FREEVERB_COMBS], allpass[TA_FREEVERB_ALLPASSES];
} ta_freeverb_channel_t;

typedef struct {
    ta_fx_t fx;
    ta_param_t roomsize;  ///< 0..1
    ta_param_t damp;      ///< 0..1
    ta_param_t mix;       ///< 0: dry, 0.5: both whole, 1: the reverberation only
    ta_chain_t pre, post; ///< ta_chain_set: before the reverberation, and on it
    ta_fx_level_t feedback, damping, dry, wet;
    uint32_t channels;
    ta_freeverb_channel_t channel[2];
    int16_t *lines; ///< of all
    size_t line_samples;
    ta_freeverb_pair_t pair[TA_FREEVERB_PIECE];
    int16_t in[2 * TA_FREEVERB_PIECE];
} ta_freeverb_t;

/// What ta_freeverb_init will use: FAST for a tick and the filters, BULK for the lines: about 25 KB a channel at 44.1 kHz, and as the rate is. Ctx: task. Cost: constant. Own: none.
/// Fails: as ta_fx_need; TA_E_ARG (filters_max).
TA_NODISCARD ta_status_t ta_freeverb_need(const ta_freeverb_config_t *config, ta_need_t needs[TA_FREEVERB_NEEDS]);

/// Roomsize, damp, mix 0.5; no filters. Ctx: task. Cost: O(bytes). Own: storage is borrowed. Fails: as ta_freeverb_need; TA_E_ARG for NULL or unaligned storage.
TA_NODISCARD ta_status_t ta_freeverb_init(ta_freeverb_t *freeverb, const ta_freeverb_config_t *config,
                                          void *const storage[TA_FREEVERB_NEEDS]);

#ifdef __cplusplus
}
#endif
#endif
