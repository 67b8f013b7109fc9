/// @file filters.h  Effects without a delay line: Filter, Distortion, Phaser. Parameters are ta_param_t: set or follow them at any time; they are clamped where they are used.
///
/// After each init the parameters are those that CircuitPython has by default. Play a source through one with ta_fx_play(&x->fx, source), and play x->fx.source.
#ifndef TONEARM_FILTERS_H
#define TONEARM_FILTERS_H

#include "tonearm/chain.h"
#include "tonearm/fx.h"

#ifdef __cplusplus
extern "C" {
#endif

// ---- Filter: a chain of biquads ----------------------------------------------------------------------------------------------

typedef struct {
    ta_fx_config_t fx;
    uint32_t filters_max; ///< 0..TA_CHAIN_MAX
} ta_filter_config_t;

enum { TA_FILTER_NEEDS = 2 };

typedef struct {
    ta_fx_t fx;
    ta_param_t mix;          ///< 0..1: how much of the filtered sound; the rest is the input. Up to 0.01 it is a copy
    ta_chain_t chain;        ///< ta_chain_set
    ta_fx_level_t wet, bend; ///< bend: the knee's gain, 65536 is none
    int16_t *filtered;
} ta_filter_t;

/// What ta_filter_init will use, FAST. Ctx: task. Cost: constant. Own: none.
/// Fails: as ta_fx_need; TA_E_ARG (filters_max).
TA_NODISCARD ta_status_t ta_filter_need(const ta_filter_config_t *config, ta_need_t needs[TA_FILTER_NEEDS]);

/// No filters, mix 1. Ctx: task. Cost: O(bytes). Own: storage is borrowed. Fails: as ta_filter_need; TA_E_ARG for NULL or unaligned storage.
TA_NODISCARD ta_status_t ta_filter_init(ta_filter_t *filter, const ta_filter_config_t *config,
                                        void *const storage[TA_FILTER_NEEDS]);

// ---- Distortion --------------------------------------------------------------------------------------------------------------

typedef enum {
    TA_DISTORTION_CLIP,
    TA_DISTORTION_LOFI,
    TA_DISTORTION_OVERDRIVE,
    TA_DISTORTION_WAVESHAPE,
    TA_DISTORTIONS
} ta_distortion_mode_t;

/// One curve: numbers for the arithmetic of samples, worked out once when a parameter changes.
typedef struct {
    ta_distortion_mode_t mode;
    bool soft_clip;
    uint32_t pre, pre_shift;   ///< 2^15..2^16-1 / 2^pre_shift
    int32_t post_log;          ///< log2, Q24
    uint32_t post, post_shift; ///< 2^30..2^31-1 / 2^post_shift
    uint32_t drive;            ///< CLIP: exponent, Q24; WAVESHAPE: k, Q16
    int32_t drive_log;         ///< WAVESHAPE: log2(1 + k), Q24
    uint32_t mask;             ///< LOFI: bits that are dropped
} ta_distortion_curve_t;

typedef struct {
    ta_fx_t fx;
    ta_param_t drive;                    ///< 0..1
    ta_param_t pre_gain;                 ///< -60..60 dB
    ta_param_t post_gain;                ///< -80..24 dB
    ta_param_t mix;                      ///< 0..1; up to 0.01 it is a copy
    volatile ta_distortion_mode_t mode;  ///< ta_distortion_set_mode
    volatile bool soft_clip;             ///< bend the ends of the range, not cut them; may be written at any time
    ta_distortion_curve_t curve, before; ///< in force, and the one that fades into it
    ta_real_t used_drive, used_pre, used_post;
    uint32_t fade_left; ///< frames
    bool begun;
    ta_fx_level_t wet;
} ta_distortion_t;

/// What ta_distortion_init will use, FAST. Ctx: task. Cost: constant. Own: none. Fails: as ta_fx_need.
TA_NODISCARD ta_status_t ta_distortion_need(const ta_fx_config_t *config, ta_need_t *need);

/// Drive, gains 0, CLIP, hard, mix 1. Ctx: task. Cost: O(bytes). Own: storage is borrowed. Fails: as ta_fx_init.
TA_NODISCARD ta_status_t ta_distortion_init(ta_distortion_t *distortion, const ta_fx_config_t *config, void *storage);

/// Ctx: task, also while it plays. Cost: a store. Own: none. Fails: TA_E_ARG (no such mode).
TA_NODISCARD ta_status_t ta_distortion_set_mode(ta_distortion_t *distortion, ta_distortion_mode_t mode);

// ---- Phaser ------------------------------------------------------------------------------------------------------------------

typedef struct {
    ta_fx_config_t fx;
    uint32_t stages_max; ///< 1..TA_PHASER_STAGES_MAX
} ta_phaser_config_t;

enum { TA_PHASER_NEEDS = 2, TA_PHASER_STAGES_MAX = 255 };

typedef struct {
    ta_fx_t fx;
    ta_param_t frequency; ///< Hz, 0..half the rate: where the allpasses turn by a quarter
    ta_param_t feedback;  ///< 0.1..0.9
    ta_param_t mix;       ///< 0..1: what of the turned sound is added to the whole input; up to 0.01 it is a copy
    uint32_t stages_max;
    volatile uint32_t stages_wanted; ///< ta_phaser_set_stages
    uint32_t stages, older_stages;   ///< in use, and before they were changed: the feed's
    int32_t knee_gain;
    ta_fx_level_t
        turn; ///< the allpasses' coefficient, Q15, -32767..0: in a ramp where the frequency is a number, at once where it follows a control
    ta_fx_level_t back, wet, bend; ///< bend: the knee's gain, 65536 is none
    int16_t last[2];
    uint32_t quiet_frames; ///< in which nothing came in and little went out
    ta_fx_bridge_t bridge; ///< to other stages
    int16_t *memory;       ///< a sample for each stage of the left channel, then of the right
} ta_phaser_t;

/// What ta_phaser_init will use, FAST. Ctx: task. Cost: constant. Own: none. Fails: as ta_fx_need; TA_E_ARG (stages_max).
TA_NODISCARD ta_status_t ta_phaser_need(const ta_phaser_config_t *config, ta_need_t needs[TA_PHASER_NEEDS]);

/// 1000 Hz, feedback 0.7, mix 1, 6 stages (or stages_max, if that is less).
/// Ctx: task. Cost: O(bytes). Own: storage is borrowed. Fails: as ta_phaser_need; TA_E_ARG for NULL or unaligned storage.
TA_NODISCARD ta_status_t ta_phaser_init(ta_phaser_t *phaser, const ta_phaser_config_t *config,
                                        void *const storage[TA_PHASER_NEEDS]);

/// From the next tick on; 0 is 1. Ctx: task, also while it plays. Cost: a store. Own: none. Fails: TA_E_ARG (more than stages_max).
TA_NODISCARD ta_status_t ta_phaser_set_stages(ta_phaser_t *phaser, uint32_t stages);

#ifdef __cplusplus
}
#endif
#endif
