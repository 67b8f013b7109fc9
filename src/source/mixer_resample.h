// Private to src/source: what stands between a mixer's voice and its intake where the source's rate is another than the mixer's.
//
// mixer.c knows these by a ta_mixer_resampling_t alone, so firmware that names none of them has no resampler linked in.
#ifndef TONEARM_SOURCE_MIXER_RESAMPLE_H
#define TONEARM_SOURCE_MIXER_RESAMPLE_H

#include "tonearm/mixer.h"

/// The voice's intake feeds the machine of resamplers directly: a ta_resampler_t would have a second one. The window follows it in memory.
struct ta_mixer_resampler {
    ta_resample_engine_t engine;
};

#endif
