/// @file fx_rig.h  Effects for tests: each kind in exactly the memory that it asked for, signals to play through it, and what came out.
#ifndef TONEARM_TEST_FX_RIG_H
#define TONEARM_TEST_FX_RIG_H

#include "tonearm/filters.h"
#include "tonearm/raw.h"
#include "tonearm/reverb.h"

typedef enum { FX_FILTER, FX_DISTORTION, FX_PHASER, FX_FREEVERB, FX_KINDS } fx_kind_t;

enum { FX_PARAMS_MAX = 4, FX_FILTERS_MAX = 3, FX_STAGES_MAX = TA_PHASER_STAGES_MAX };

typedef struct {
    union {
        ta_filter_t filter;
        ta_distortion_t distortion;
        ta_phaser_t phaser;
        ta_freeverb_t freeverb;
    };
    ta_fx_t *fx;
    fx_kind_t kind;
    ta_param_t *mix;
    ta_param_t *param[FX_PARAMS_MAX + 1]; ///< all of its parameters, NULL after the last
    ta_biquad_t biquad[FX_FILTERS_MAX];   ///< low pass 2 kHz, high pass 100 Hz, peak 1 kHz
    void *storage[3];
    size_t bytes[3];
} fx_rig_t;

/// Make one; filters are set where it takes some (in all of a Freeverb's chains, too). Own: fx_rig_free. Fails: aborts.
void fx_rig_make(fx_rig_t *rig, fx_kind_t kind, ta_sample_t sample, unsigned channels, uint32_t rate_hz,
                 uint32_t buffer_frames);
void fx_rig_free(fx_rig_t *rig);

const char *fx_rig_name(fx_kind_t kind);

/// `frames` frames in pulls of at most `appetite`, as they are, or, signed, as 16 bits. Fails: aborts if it does not go on.
void fx_rig_hear(fx_rig_t *rig, void *to, uint32_t frames, uint32_t appetite);

/// Play `frames` interleaved s16 frames of its own channels through it, from the next tick on. Own: raw and data are borrowed.
void fx_rig_play(fx_rig_t *rig, ta_raw_t *raw, ta_sample_t sample, const void *data, uint32_t frames);

/// White noise of the whole range.
void fx_rig_noise(int16_t *to, size_t samples, uint32_t seed);

#endif
