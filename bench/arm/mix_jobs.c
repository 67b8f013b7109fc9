// A mixer's blocks: voices in the middle at one over their number, each over a program of its own in memory, which loops. All that a block costs is counted: the
// voices' pulls, ticks, sums and samples.
#include "mix_jobs.h"

#include "jobs.h"

#include "tonearm/mixer.h"
#include "tonearm/raw.h"

#include <string.h>

enum { VOICES_MAX = 8, FRAMES = 128 };
#define ROUND                                                                                                          \
    ((ta_real_t)1) // levels of all voices together: with 2 or 8 voices a multiple of 1/128 each, and any other number
#define ANY ((ta_real_t)0.9)

static const struct {
    const char *name;
    ta_sample_t sample;
    unsigned channels; // of the voices
    ta_sample_t to;
    unsigned to_channels;
    uint32_t voices;
    bool moving;                           // the level changes in each block
    bool panned;                           // each voice elsewhere
    const ta_mixer_resampling_t *resample; // voices of the other rate, 44.1 or 48 kHz
    bool down;
} mixes[MIX_JOBS] = {
    {"mix.s16.stereo.1", TA_SAMPLE_S16, 2, TA_SAMPLE_S16, 2, 1, false, false, NULL, false},
    {"mix.s16.stereo.2", TA_SAMPLE_S16, 2, TA_SAMPLE_S16, 2, 2, false, false, NULL, false},
    {"mix.s16.stereo.8", TA_SAMPLE_S16, 2, TA_SAMPLE_S16, 2, 8, false, false, NULL, false},
    {"mix.s16.mono.2", TA_SAMPLE_S16, 1, TA_SAMPLE_S16, 1, 2, false, false, NULL, false},
    {"mix.s16.mono.8", TA_SAMPLE_S16, 1, TA_SAMPLE_S16, 1, 8, false, false, NULL, false},
    {"mix.s16.spread.2", TA_SAMPLE_S16, 1, TA_SAMPLE_S16, 2, 2, false, false, NULL, false},
    {"mix.s16.spread.8", TA_SAMPLE_S16, 1, TA_SAMPLE_S16, 2, 8, false, false, NULL, false},
    {"mix.s16.down.2", TA_SAMPLE_S16, 2, TA_SAMPLE_S16, 1, 2, false, false, NULL, false},
    {"mix.u8.stereo.2", TA_SAMPLE_U8, 2, TA_SAMPLE_U8, 2, 2, false, false, NULL, false},
    {"mix.u8.mono.2", TA_SAMPLE_U8, 1, TA_SAMPLE_U8, 1, 2, false, false, NULL, false},
    {"mix.u16.stereo.2", TA_SAMPLE_U16, 2, TA_SAMPLE_U16, 2, 2, false, false, NULL, false},
    {"mix.s24.stereo.2", TA_SAMPLE_S24, 2, TA_SAMPLE_S16, 2, 2, false, false, NULL, false},
    {"mix.any.stereo.2", TA_SAMPLE_S16, 2, TA_SAMPLE_S16, 2, 2, false, false, NULL, false},
    {"mix.any.stereo.8", TA_SAMPLE_S16, 2, TA_SAMPLE_S16, 2, 8, false, false, NULL, false},
    {"mix.ramp.stereo.2", TA_SAMPLE_S16, 2, TA_SAMPLE_S16, 2, 2, true, false, NULL, false},
    {"mix.panned.stereo.8", TA_SAMPLE_S16, 2, TA_SAMPLE_S16, 2, 8, false, true, NULL, false},
    {"mix.linear.mono.2", TA_SAMPLE_S16, 1, TA_SAMPLE_S16, 1, 2, false, false, &ta_mixer_resample_linear, false},
    {"mix.linear.stereo.2", TA_SAMPLE_S16, 2, TA_SAMPLE_S16, 2, 2, false, false, &ta_mixer_resample_linear, false},
    {"mix.linear+down.mono.2", TA_SAMPLE_S16, 1, TA_SAMPLE_S16, 1, 2, false, false, &ta_mixer_resample_linear, true},
    {"mix.linear+down.stereo.2", TA_SAMPLE_S16, 2, TA_SAMPLE_S16, 2, 2, false, false, &ta_mixer_resample_linear, true},
    {"mix.good.mono.2", TA_SAMPLE_S16, 1, TA_SAMPLE_S16, 1, 2, false, false, &ta_mixer_resample_good, false},
    {"mix.good.stereo.2", TA_SAMPLE_S16, 2, TA_SAMPLE_S16, 2, 2, false, false, &ta_mixer_resample_good, false},
    {"mix.good+down.mono.2", TA_SAMPLE_S16, 1, TA_SAMPLE_S16, 1, 2, false, false, &ta_mixer_resample_good, true},
    {"mix.good+down.stereo.2", TA_SAMPLE_S16, 2, TA_SAMPLE_S16, 2, 2, false, false, &ta_mixer_resample_good, true},
};

static ta_mixer_t mixer;
static ta_raw_t raws[VOICES_MAX];
static uint32_t voices, blocks;
static bool moving;
static ta_real_t level;

uint32_t mix_job(uint32_t index, char *name, const void *samples, size_t bytes)
{
    if (index >= MIX_JOBS) {
        return 0;
    }
    strcpy(name, mixes[index].name);
    voices = mixes[index].voices;
    moving = mixes[index].moving;
    level = strncmp(name, "mix.any", 7) == 0 || mixes[index].panned ? ANY : ROUND;
    const bool other = mixes[index].resample != NULL, down = mixes[index].down;
    ta_mixer_config_t config = {
        .format = {mixes[index].to, (uint8_t)mixes[index].to_channels, other && !down ? 48000 : 44100},
        .voices = voices,
        .buffer_frames = FRAMES,
        .resample = mixes[index].resample,
        .resample_max_hz = 48000};
    ta_format_t format = {mixes[index].sample, (uint8_t)mixes[index].channels, other && down ? 48000 : 44100};
    ta_need_t need;
    if (ta_mixer_need(&config, &need) != TA_OK || need.bytes > sizeof bench_memory ||
        ta_mixer_init(&mixer, &config, bench_memory) != TA_OK) {
        return 0;
    }
    uint32_t frames = (uint32_t)bytes / ta_frame_bytes(&format) / FRAMES * FRAMES;
    for (uint32_t v = 0; v < voices; v++) {
        ta_param_set(ta_mixer_level(&mixer, v), level / (ta_real_t)voices);
        if (mixes[index].panned)
            ta_param_set(ta_mixer_panning(&mixer, v), (ta_real_t)v / 10 - (ta_real_t)0.35);
        if (ta_raw_init(&raws[v], &format, samples, frames) != TA_OK ||
            ta_source_set_loop(&raws[v].source, 0, 0, TA_LOOP_FOREVER) != TA_OK ||
            ta_mixer_play(&mixer, v, &raws[v].source) != TA_OK) {
            return 0;
        }
    }
    return FRAMES * voices;
}

void mix_run(void)
{
    blocks++;
    for (uint32_t v = 0; moving && v < voices; v++) {
        ta_param_set(ta_mixer_level(&mixer, v), (blocks & 1 ? level / 2 : level) / (ta_real_t)voices);
    }
    ta_block_t block;
    uint32_t frames = 0;
    while (frames < FRAMES && ta_source_pull(&mixer.source, FRAMES - frames, &block) == TA_PULL_MORE) {
        frames += block.frames;
    }
}
