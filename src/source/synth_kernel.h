// Private to src/source: the synthesizer's loops over samples (synth_kernel.c), and which of them this processor has of its own (synth_m0plus.c).
#ifndef TONEARM_SOURCE_SYNTH_KERNEL_H
#define TONEARM_SOURCE_SYNTH_KERNEL_H

#include "tonearm/synth.h"

#include "../convert/tuned.h"

/// A waveform being read: position and step in samples of 16 fractional bits. Invariants: step < span <= end <= 2^30, and phase < end.
typedef struct {
    const int16_t *wave;
    uint32_t phase, step;
    uint32_t end, span; ///< where the loop ends, and its length
} ta_osc_t;

typedef void ta_osc_add_mono_t(ta_osc_t *osc, int32_t *bus, uint32_t frames, int32_t gain);
typedef void ta_osc_add_stereo_t(ta_osc_t *osc, int32_t *bus, uint32_t frames, int32_t left, int32_t right);
typedef void ta_samples_add_mono_t(const int16_t *samples, int32_t *bus, uint32_t frames, int32_t gain);
typedef void ta_samples_add_stereo_t(const int16_t *samples, int32_t *bus, uint32_t frames, int32_t left,
                                     int32_t right);
typedef void ta_bus_clear_t(int32_t *bus, uint32_t sums);
typedef void ta_bus_finish_t(int32_t *bus, uint32_t sums, int32_t gain);

/// Each adds `frames` of the waveform, times a gain of +-32768 / 65536, to the bus. The waveform is not interpolated.
ta_osc_add_mono_t ta_osc_add_mono, ta_m0plus_osc_add_mono;
ta_osc_add_stereo_t ta_osc_add_stereo, ta_m0plus_osc_add_stereo;
/// The same for samples that are there already.
ta_samples_add_mono_t ta_samples_add_mono, ta_m0plus_samples_add_mono;
ta_samples_add_stereo_t ta_samples_add_stereo, ta_m0plus_samples_add_stereo;
/// An even number of sums to silence.
ta_bus_clear_t ta_bus_clear, ta_m0plus_bus_clear;
/// An even number of sums to samples in the same memory: beyond +-28000 the excess counts gain / 65536.
ta_bus_finish_t ta_bus_finish, ta_m0plus_bus_finish;

/// The waveform alone.
void ta_osc_read(ta_osc_t *osc, int16_t *out, uint32_t frames, bool interpolate);
/// Multiply samples by the waveform.
void ta_osc_ring(ta_osc_t *osc, int16_t *samples, uint32_t frames, bool interpolate);
/// A sawtooth or square wave without aliases; phase and step are in 2^-32 of a period.
void ta_osc_tone(ta_osc_t *osc, ta_tone_t tone, int16_t *out, uint32_t frames);

#if TA_TUNED_M0PLUS
#define BEST_OF(name) ta_m0plus_##name
#else
#define BEST_OF(name) ta_##name
#endif

#endif
