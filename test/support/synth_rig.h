/// @file synth_rig.h  A synthesizer with memory of exactly its need, and the probes' waveforms.
#ifndef TONEARM_TEST_SYNTH_RIG_H
#define TONEARM_TEST_SYNTH_RIG_H

#include "tonearm/synth.h"

typedef struct {
    ta_synth_t synth;
    void *storage;
} synth_rig_t;

/// A panic if the configuration is refused.
void synth_rig_open(synth_rig_t *rig, const ta_synth_config_t *config);
void synth_rig_close(synth_rig_t *rig);

/// Pull `frames` frames of a source, at most `slot` at a time. Returns how many came before its end.
uint32_t synth_rig_pull(ta_source_t *source, int16_t *to, uint32_t frames, uint32_t slot);

/// FNV-1a, 64 bits; begin with SYNTH_RIG_HASH.
#define SYNTH_RIG_HASH 0xcbf29ce484222325U
uint64_t synth_rig_hash(uint64_t hash, const int16_t *samples, size_t count);

extern const ta_wave_t synth_rig_sine;     // 16 samples
extern const ta_wave_t synth_rig_triangle; // 64 samples, +-32000
ta_wave_t synth_rig_saw(void);             // 256 samples

#endif
