// A mixer under any calls in any order, with sources that lend, end, wait, fault, lend nothing and begin again.
//
// In: bytes; the first six choose the mixer, each further one an action and its argument. Out: nothing, or abort when the contract breaks: a block
// that is empty, too large or outside of the storage, a voice that plays and holds nothing, a source touched after it was let go, counts that go back.
#include "tonearm/mixer.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { SOURCES = 12, CONTROLS = 2, HEAD = 6, ACTIONS_MAX = 400, FRAMES_MAX = 64, VOICES_MAX = 9 };

typedef struct {
    ta_source_t source;
    uint8_t *data; // of its own, so that a read behind it is seen
    uint32_t seed;
    bool allowed; // to be touched
} toy_t;

static toy_t toys[SOURCES];
static ta_control_t controls[CONTROLS];
static ta_mixer_t mixer;
static ta_mixer_config_t config;
static uint8_t *storage;
static size_t storage_bytes;

static void demand_at(bool holds, int line, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_mixer.c:%d: %s does not hold\n", line, what);
        abort();
    }
}
#define demand(condition) demand_at((condition), __LINE__, #condition)

static ta_pull_t toy_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    toy_t *toy = (toy_t *)source;
    demand(toy->allowed);
    toy->seed = toy->seed * 1664525 + 1013904223;
    uint32_t way = toy->seed >> 28, frames = (toy->seed >> 16) % (FRAMES_MAX + 1);
    block->frames = frames < max_frames ? frames : max_frames;
    block->data = toy->data + (FRAMES_MAX - block->frames) * ta_frame_bytes(&source->format); // up to the end
    if (way == 0) {
        block->frames = 0;
        return TA_PULL_WAIT;
    }
    if (way == 1) {
        source->fault = TA_E_IO;
        return TA_PULL_FAULT;
    }
    if (way == 2) {
        block->frames = 0;
        return TA_PULL_MORE;
    }
    if (way == 3) {
        ta_block_t other; // a circle
        demand(ta_source_pull(&mixer.source, max_frames, &other) == TA_PULL_WAIT);
    }
    return way == 4 ? TA_PULL_END : TA_PULL_MORE;
}

static ta_status_t toy_seek(ta_source_t *source, uint64_t frame)
{
    toy_t *toy = (toy_t *)source;
    demand(toy->allowed);
    return (toy->seed + frame) % 61 == 0 ? TA_E_IO : TA_OK;
}

static const ta_source_ops_t toy_ops = {toy_pull, toy_seek}, toy_ops_forwards = {toy_pull, NULL};

// Anew, with data of exactly its size; only where nothing may touch it.
static void make_toy(toy_t *toy, uint8_t way)
{
    static const uint32_t others[] = {1000, 7999, 8001, 11025, 44100, 384000};
    uint32_t rate_hz = way % 3 == 0 ? others[way / 3U % 6] : config.format.rate_hz;
    ta_format_t format = {(ta_sample_t)(way % TA_SAMPLES), (uint8_t)(way / TA_SAMPLES % 2 + 1), rate_hz};
    free(toy->data);
    ta_source_init(&toy->source, way & 0x40 ? &toy_ops : &toy_ops_forwards, &format,
                   way & 0x80 ? TA_FRAMES_UNKNOWN : 1U + way % 50U);
    size_t bytes = FRAMES_MAX * (size_t)ta_frame_bytes(&format);
    toy->data = malloc(bytes);
    demand(toy->data != NULL);
    for (size_t i = 0; i < bytes; i++)
        toy->data[i] = (uint8_t)(i * way + 13 * way);
    toy->seed = way * 977U;
    toy->allowed = true;
}

static ta_real_t control_step(ta_control_t *control, const ta_clock_t *clock)
{
    static const ta_real_t values[] = {0, 1, -1, (ta_real_t)0.3, (ta_real_t)1e30, (ta_real_t)-1e30};
    demand(clock->seconds > 0);
    ta_real_t zero = control->value * 0;
    return clock->number % 7 == 6 ? zero / zero : values[clock->number % 6]; // no number, now and then
}

static void open_mixer(const uint8_t *head)
{
    static const ta_mixer_resampling_t *const ways[] = {NULL, &ta_mixer_resample_linear, &ta_mixer_resample_good,
                                                        &ta_mixer_resample_best};
    config = (ta_mixer_config_t){{(ta_sample_t)(head[0] % 5), (uint8_t)(head[1] % 3), head[2] % 8 ? 8000 : 999},
                                 head[3] % (VOICES_MAX + 1),
                                 head[4] % 4,
                                 head[5] * 2U,
                                 ways[head[4] / 4 % 4],
                                 head[4] & 0x80 ? TA_RATE_MAX_HZ : 11025};
    ta_need_t need;
    ta_status_t status = ta_mixer_need(&config, &need);
    storage_bytes = status == TA_OK ? need.bytes : 16;
    storage = malloc(storage_bytes);
    demand(storage != NULL);
    demand(ta_mixer_init(&mixer, &config, storage) == status);
}

// ---- a guard, by a clock that jumps, runs back and stands still, and a load that says anything -----------------------------------

static uint32_t time_now;
static ta_load_t load;

static uint32_t now(void)
{
    time_now = time_now * 1664525 + 1013904223; // of every length in turn
    return time_now >> (time_now & 31);
}

static void guard(uint8_t way)
{
    static const uint32_t rates[] = {1000000, 1, 125000000, 0, UINT32_MAX, 1000},
                          wholes[] = {0, 500, 874, 875, 876, 1200, 5000, UINT32_MAX};
    const ta_guard_config_t config = {way & 1 ? now : NULL, rates[way / 2 % 6], way % 7 * 200U,
                                      way & 0x40 ? &load : NULL};
    bool bad = (way & 1) && (config.hz == 0 || config.share > 1000);
    load.permille = wholes[way % 8];
    load.spans++;
    if (way & 0x20) // only the load has changed
        return;
    demand(ta_mixer_guard(&mixer, &config) == (bad ? TA_E_ARG : TA_OK));
    demand((mixer.guard.now != NULL) == ((way & 1) && !bad));
}

// Sources that nobody holds are taken back, and then nobody may touch them.
static void look(void)
{
    for (unsigned t = 0; t < SOURCES; t++)
        toys[t].allowed = ta_mixer_holds(&mixer, &toys[t].source);
}

static void pull(uint32_t max_frames)
{
    uint32_t shed = ta_mixer_shed(&mixer), faults = ta_mixer_faults(&mixer);
    ta_block_t block;
    ta_pull_t result = ta_source_pull(&mixer.source, max_frames, &block);
    if (mixer.voices == 0) {
        demand(result == TA_PULL_FAULT && block.frames == 0);
        return;
    }
    const uint8_t *data = block.data;
    demand(result == TA_PULL_MORE && block.frames >= 1 && block.frames <= max_frames);
    demand(data >= storage && data + block.frames * ta_frame_bytes(&mixer.source.format) <= storage + storage_bytes);
    demand(mixer.guard.most >= 1 && mixer.guard.most <= mixer.voices);
    demand(ta_mixer_shed(&mixer) - shed <= mixer.voices * 10000U && ta_mixer_faults(&mixer) >= faults);
    look();
}

static void play(uint32_t voice, uint8_t way)
{
    toy_t *toy = &toys[way % SOURCES];
    if (!ta_mixer_holds(&mixer, &toy->source))
        make_toy(toy, way);
    ta_status_t status = ta_mixer_play(&mixer, voice, &toy->source);
    demand((status == TA_E_ARG) == (voice >= mixer.voices));
    uint32_t rate_hz = toy->source.format.rate_hz;
    bool refused = rate_hz != config.format.rate_hz && (!config.resample || rate_hz > config.resample_max_hz);
    demand(status == (refused ? TA_E_RATE : TA_OK) || status == TA_E_ARG || (!refused && status == TA_E_BUSY));
    demand(status != TA_OK || (ta_mixer_playing(&mixer, voice) && ta_mixer_holds(&mixer, &toy->source)));
    look();
}

static void set(ta_param_t *param, uint8_t way)
{
    static const ta_real_t values[] = {0, 1, (ta_real_t)0.5, -1, 2, (ta_real_t)0.1, (ta_real_t)-0.7, (ta_real_t)1e30};
    if (!param)
        return;
    if (way & 0x80)
        ta_param_follow(param, &controls[way % CONTROLS]);
    else
        ta_param_set(param, values[way % 8]);
}

static void act(uint8_t what, uint8_t way)
{
    uint32_t voice = what >> 4;
    ta_status_t status;
    switch (what & 7) {
    case 0:
    case 1:
        pull(1U + way * 3U);
        return;
    case 2:
        play(voice, way);
        return;
    case 3:
        status = ta_mixer_stop(&mixer, voice);
        demand((status == TA_OK) == (voice < mixer.voices) && !ta_mixer_playing(&mixer, voice));
        look();
        return;
    case 4:
        status = way & 1 ? ta_mixer_end(&mixer, voice) : ta_mixer_loop(&mixer, voice, way & 2);
        demand((status == TA_E_ARG) == (voice >= mixer.voices));
        return;
    case 5:
        set(ta_mixer_level(&mixer, voice), way);
        return;
    case 6:
        set(ta_mixer_panning(&mixer, voice), way);
        return;
    default:
        if (way & 0x80)
            guard(way);
        else
            ta_mixer_limit(&mixer, way % 5);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < HEAD)
        return 0;
    for (unsigned c = 0; c < CONTROLS; c++)
        ta_control_init(&controls[c], control_step);
    open_mixer(bytes);
    time_now = bytes[0];
    load = (ta_load_t){.paces = false};
    for (size_t at = HEAD; at + 1 < size && at < HEAD + 2 * ACTIONS_MAX; at += 2)
        act(bytes[at], bytes[at + 1]);
    free(storage);
    for (unsigned t = 0; t < SOURCES; t++) {
        free(toys[t].data);
        toys[t].data = NULL;
    }
    return 0;
}
