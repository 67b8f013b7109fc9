// Resamplers and changes of speed in any order of calls.
//
// In: bytes that choose the machine, then calls: play, pull, seek, another speed, nothing, a source that follows; sources of any format and rate that wait,
// fault and end. Out: nothing, or abort when a contract is broken: more frames than asked for, a block outside the storage, an end that is none,
// no frames for ever, a source that is held after its end. Storage is as large as the need says, so that a sanitizer sees what lies outside.
#include "test/support/tone_source.c"
#include "tonearm/resample.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { CALLS_MAX = 200, IDLE_MAX = 64, FRAMES_MOST = 1500 };

static void demand_at(bool holds, int line, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_resample.c:%d: %s does not hold\n", line, what);
        abort();
    }
}
#define demand(condition) demand_at((condition), __LINE__, #condition)

typedef struct {
    const uint8_t *bytes;
    size_t left;
} input_t;

static uint32_t take(input_t *input, uint32_t below)
{
    if (input->left < 2)
        return 0;
    uint32_t value = input->bytes[0] | (uint32_t)input->bytes[1] << 8;
    input->bytes += 2;
    input->left -= 2;
    return value % below;
}

static uint32_t rate(input_t *input)
{
    static const uint32_t usual[] = {8000, 11025, 22050, 44100, 48000, 96000, 1000, 384000};
    uint32_t which = take(input, 16);
    return which < 8 ? usual[which] : 1000 + take(input, 65536) * 5;
}

static void source_init(input_t *input, tone_source_t *tone)
{
    const ta_format_t format = {(ta_sample_t)take(input, TA_SAMPLES), (uint8_t)(1 + take(input, 2)), rate(input)};
    tone_source_init(tone, &format, 1 + take(input, FRAMES_MOST));
    tone->block_frames = 1 + take(input, 256);
    tone->wait_every = take(input, 8);
    if (tone->wait_every == 1)
        tone->wait_every = 0; // it would never give anything
    if (take(input, 4) == 0)
        tone->fault_at = take(input, FRAMES_MOST);
    tone->cannot_seek = take(input, 4) == 0;
}

typedef struct {
    ta_resampler_t resampler;
    ta_speed_t speed;
    bool speeds;
    ta_source_t *source, *follow;
    const ta_intake_t *intake;
    uint8_t *storage;
    size_t bytes;
    unsigned idle;
} machine_t;

static bool machine_init(input_t *input, machine_t *machine)
{
    ta_need_t need;
    machine->speeds = take(input, 2);
    ta_resample_t quality = (ta_resample_t)take(input, 5);
    const ta_resampler_config_t config = {.quality = quality,
                                          .rate_hz = rate(input),
                                          .max_rate_hz = take(input, 2) ? rate(input) : 0,
                                          .channels = (uint8_t)(1 + take(input, 2)),
                                          .wide = take(input, 2),
                                          .block_frames = (uint16_t)take(input, 300)};
    const ta_speed_config_t speed = {.quality = quality,
                                     .rate_hz = config.rate_hz,
                                     .channels = config.channels,
                                     .filtered_speed = (uint8_t)take(input, 9),
                                     .block_frames = config.block_frames};
    ta_status_t status = machine->speeds ? ta_speed_need(&speed, &need) : ta_resampler_need(&config, &need);
    if (status != TA_OK)
        return false;
    machine->storage = malloc(need.bytes);
    machine->bytes = need.bytes;
    demand((machine->speeds ? ta_speed_init(&machine->speed, &speed, machine->storage)
                            : ta_resampler_init(&machine->resampler, &config, machine->storage)) == TA_OK);
    machine->source = machine->speeds ? &machine->speed.source : &machine->resampler.source;
    machine->intake = machine->speeds ? &machine->speed.intake : &machine->resampler.intake;
    machine->resampler.follow = &machine->follow;
    return true;
}

static bool play(machine_t *machine, ta_source_t *source)
{
    ta_status_t status =
        machine->speeds ? ta_speed_play(&machine->speed, source) : ta_resampler_play(&machine->resampler, source);
    demand(status == TA_OK || status == TA_E_RATE || status == TA_E_FORMAT);
    machine->idle = 0;
    return status == TA_OK;
}

static void pull_some(machine_t *machine, uint32_t most)
{
    ta_block_t block;
    ta_pull_t result = ta_source_pull(machine->source, most, &block);
    unsigned frame = ta_frame_bytes(&machine->source->format);
    demand(block.frames <= most);
    demand(result != TA_PULL_FAULT || (block.frames == 0 && machine->source->fault != TA_OK));
    if (block.frames) {
        const uint8_t *data = block.data;
        demand(data >= machine->storage && data + (size_t)block.frames * frame <= machine->storage + machine->bytes);
    }
    machine->idle = block.frames || result == TA_PULL_END || result == TA_PULL_FAULT ? 0 : machine->idle + 1;
    demand(machine->idle < IDLE_MAX || (machine->speeds && machine->speed.speed.number > 8));
}

// To the end of whatever plays: it comes, and then nothing is held.
static void drain(machine_t *machine, tone_source_t *tones)
{
    if (machine->speeds)
        demand(ta_speed_set(&machine->speed, 4) == TA_OK);
    for (unsigned pulls = 0;; pulls++) {
        ta_block_t block;
        ta_pull_t result = ta_source_pull(machine->source, 4096, &block);
        if (result == TA_PULL_END || (result == TA_PULL_FAULT && machine->source->fault != TA_OK)) {
            for (unsigned t = 0; t < 3 && result == TA_PULL_END; t++)
                demand(!ta_intake_holds(machine->intake, &tones[t].source) ||
                       machine->intake->source == &tones[t].source);
            return;
        }
        demand(pulls < 4000000);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static tone_source_t tones[3];
    input_t input = {bytes, size};
    machine_t machine = {.speeds = false};
    if (!machine_init(&input, &machine))
        return 0;
    for (unsigned calls = 0; input.left >= 2 && calls < CALLS_MAX; calls++) {
        tone_source_t *tone = &tones[take(&input, 3)];
        bool unused = !ta_intake_holds(machine.intake, &tone->source) && machine.follow != &tone->source;
        switch (take(&input, 6)) {
        case 0:
            if (unused) {
                source_init(&input, tone);
                (void)play(&machine, &tone->source);
            }
            break;
        case 1:
            demand(ta_source_seek(machine.source, take(&input, 2000)) != TA_E_FORMAT);
            break;
        case 2:
            if (machine.speeds) // any number at all, past the check too
                ta_param_set(&machine.speed.speed, (ta_real_t)take(&input, 65536) / (ta_real_t)take(&input, 300));
            break;
        case 3:
            (void)play(&machine, NULL);
            break;
        case 4:
            if (unused) {
                source_init(&input, tone);
                if (!machine.speeds && ta_resampler_serves(&machine.resampler, &tone->source) == TA_OK)
                    machine.follow = &tone->source;
            }
            break;
        default:
            for (uint32_t pulls = 1 + take(&input, 8); pulls > 0; pulls--)
                pull_some(&machine, 1 + take(&input, 400));
        }
    }
    drain(&machine, tones);
    free(machine.storage);
    return 0;
}
