/// @file delay_rig.h  Effects that remember, made, fed and heard by tests: any of the six, in storage of exactly the size that they ask for.
#ifndef TONEARM_TEST_DELAY_RIG_H
#define TONEARM_TEST_DELAY_RIG_H

#include "tonearm/delays.h"
#include "tonearm/raw.h"

typedef enum { RIG_ECHO, RIG_CHORUS, RIG_FLANGER, RIG_MULTITAP, RIG_PITCH, RIG_GRANULAR, RIG_KINDS } rig_kind_t;

/// What to make. 0: the effect's default.
typedef struct {
    rig_kind_t kind;
    ta_format_t format;
    uint32_t buffer_frames;
    uint32_t max_ms, filters_max, taps_max; ///< those that it has
    uint32_t window, overlap;               ///< PitchShift; grain and density of GranularPitchShift
} rig_config_t;

typedef struct {
    rig_config_t config;
    union {
        ta_fx_t fx; ///< the first member of all
        ta_echo_t echo;
        ta_chorus_t chorus;
        ta_flanger_t flanger;
        ta_multitap_t multitap;
        ta_pitch_t pitch;
        ta_granular_t granular;
    } as;
    ta_need_t needs[TA_DELAY_NEEDS];
    void *storage[TA_DELAY_NEEDS];
} rig_t;

/// What the effect's need and init say; storage is allocated between both, and full of noise. rig_free after TA_OK.
ta_status_t rig_make(rig_t *rig, const rig_config_t *config);
void rig_free(rig_t *rig);

/// Its parameters, as an array: returns how many. Names for messages.
unsigned rig_params(rig_t *rig, ta_param_t *params[6]);
const char *rig_name(rig_kind_t kind);

/// Play `frames` frames of `samples` (of the effect's own format and channels, as rig_hear gives them) through it: the source and its bytes are the caller's.
typedef struct {
    ta_raw_t raw;
    void *bytes;
} rig_sound_t;
void rig_play(rig_t *rig, rig_sound_t *sound, const int *samples, uint32_t frames);
void rig_silence(rig_sound_t *sound);

/// The next `frames` frames, each sample as a signed number of its own width, in pulls of at most `appetite`. False: a pull broke the contract.
bool rig_hear(rig_t *rig, int *samples, uint32_t frames, uint32_t appetite);

/// A number that looks like chance, below `below`.
uint32_t rig_chance(uint32_t *state, uint32_t below);

#endif
