// The effects that remember, made and used in any order.
//
// In: four bytes that say what to make, then steps of two bytes: set or follow a parameter, play a source that ends, faults, waits or goes on, let it go, hear, clear, switch
// what is no parameter. Out: nothing, or abort when a pull breaks the contract or a place leaves its line; storage has exactly the bytes of the needs, so that the address
// sanitizer sees what is outside. The work is bounded: at most FRAMES_MAX frames an input.
#include "test/support/delay_rig.c" // the fuzzer's targets are one file each

#include <math.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { CONFIG_BYTES = 4, FRAMES_MAX = 6000, HEAR_MAX = 512, SOURCES = 2 };

static const double numbers[] = {0,
                                 1,
                                 -1,
                                 0.5,
                                 0.005,
                                 0.1,
                                 2,
                                 7,
                                 12,
                                 24,
                                 48,
                                 -48,
                                 -7,
                                 13.3,
                                 100,
                                 4000,
                                 1e-30,
                                 1e30,
                                 0.95,
                                 -0.95,
                                 -0.0,
                                 3.3,
                                 0.25,
                                 0.75,
                                 1e9,
                                 (double)NAN,
                                 (double)INFINITY,
                                 0.01,
                                 -(double)INFINITY,
                                 20};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

// An upstream of moods: a number of blocks, and then what it does.
typedef struct {
    ta_source_t source;
    int16_t frames[2 * 33];
    uint32_t blocks;
    ta_pull_t then;
} moody_t;

typedef struct {
    rig_t rig;
    moody_t *moods[SOURCES];
    ta_control_t control;
    ta_biquad_t biquad;
    uint32_t heard, numbered;
} scene_t;

static void demand_at(bool holds, int line, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_delays.c:%d: %s does not hold\n", line, what);
        abort();
    }
}
#define demand(condition) demand_at((condition), __LINE__, #condition)

static ta_pull_t moody_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    moody_t *moody = (moody_t *)source;
    *block = (ta_block_t){.data = moody->frames, .frames = 33 < max_frames ? 33 : max_frames};
    if (moody->blocks-- > 0)
        return TA_PULL_MORE;
    moody->blocks = 0;
    block->frames = moody->then == TA_PULL_END ? block->frames / 2 : 0;
    source->fault = moody->then == TA_PULL_FAULT ? TA_E_IO : TA_OK;
    return moody->then;
}

static ta_real_t moving(ta_control_t *control, const ta_clock_t *clock)
{
    (void)control;
    return (ta_real_t)numbers[clock->number * 7U % COUNT(numbers)];
}

static void hear(scene_t *scene, uint32_t frames, uint32_t appetite)
{
    static int samples[2 * HEAR_MAX];
    frames = frames < HEAR_MAX ? frames : HEAR_MAX;
    if (scene->heard + frames > FRAMES_MAX)
        return;
    scene->heard += frames;
    demand(rig_hear(&scene->rig, samples, frames, appetite));
    const ta_delay_line_t *line = &scene->rig.as.echo.line;
    demand(scene->rig.config.kind != RIG_ECHO || line->at < line->frames);
}

// Another source takes the place of one that nobody holds any more.
static void play(scene_t *scene, uint8_t how)
{
    static const ta_source_ops_t ops = {moody_pull, NULL};
    static const ta_pull_t thens[] = {TA_PULL_END, TA_PULL_FAULT, TA_PULL_WAIT, TA_PULL_MORE};
    ta_fx_t *fx = &scene->rig.as.fx;
    moody_t **place = &scene->moods[how % SOURCES];
    if (*place && ta_intake_holds(&fx->intake, &(*place)->source))
        return;
    free(*place);
    *place = malloc(sizeof **place);
    demand(*place != NULL);
    memset(*place, how * 37, sizeof **place);
    (*place)->blocks = how / 4;
    (*place)->then = thens[how / 2 % 4];
    const ta_format_t format = {TA_SAMPLE_S16, (uint8_t)(1 + (how >> 7)), fx->rate_hz};
    ta_source_init(&(*place)->source, &ops, &format, TA_FRAMES_UNKNOWN);
    demand(ta_fx_play(fx, &(*place)->source) == TA_OK);
}

static void switch_it(scene_t *scene, uint8_t how)
{
    static const ta_tap_t taps[] = {
        {(ta_real_t)0.01, 1}, {1, (ta_real_t)0.5}, {0, 1}, {(ta_real_t)0.7, (ta_real_t)0.9}};
    rig_t *rig = &scene->rig;
    ta_biquad_t *const chain[] = {&scene->biquad, &scene->biquad};
    if (rig->config.kind == RIG_MULTITAP)
        demand(ta_multitap_set_taps(&rig->as.multitap, taps, how % 8) == (how % 8 > 4 ? TA_E_ARG : TA_OK));
    if (rig->config.kind == RIG_FLANGER)
        rig->as.flanger.invert = how & 1;
    if (rig->config.kind == RIG_ECHO) {
        rig->as.echo.freq_shift = how & 1;
        demand(ta_chain_set(&rig->as.echo.chain, chain, how / 2 % 3) == TA_OK);
    }
}

static void step(scene_t *scene, uint8_t what, uint8_t how)
{
    ta_param_t *params[6];
    unsigned count = rig_params(&scene->rig, params);
    switch (what % 8) {
    case 0:
    case 1:
        ta_param_set(params[what / 8 % count], (ta_real_t)numbers[how % COUNT(numbers)]);
        break;
    case 2:
        ta_param_follow(params[how % count], &scene->control);
        break;
    case 3:
        play(scene, how);
        break;
    case 4:
        demand(ta_fx_play(&scene->rig.as.fx, NULL) == TA_OK);
        break;
    case 5:
        switch_it(scene, how);
        break;
    case 6:
        if (how < 8)
            ta_fx_clear(&scene->rig.as.fx);
        else
            hear(scene, how, 1 + how % 5);
        break;
    default:
        hear(scene, how * 2U + 1, 1 + what * 3U);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const uint32_t rates[] = {1000, 8000, 44100, 384000};
    if (size < CONFIG_BYTES)
        return 0;
    scene_t scene = {0};
    rig_config_t config = {.kind = (rig_kind_t)(bytes[0] % RIG_KINDS), .taps_max = 4, .filters_max = 2};
    config.format =
        (ta_format_t){(ta_sample_t)(bytes[1] % 4), (uint8_t)(1 + bytes[1] / 4 % 2), rates[bytes[1] / 8 % 4]};
    config.buffer_frames = bytes[0] / 8 * 17U;
    config.max_ms = bytes[2] % 32;
    config.window = bytes[2];
    config.overlap = config.kind == RIG_GRANULAR ? bytes[3] % 10 : bytes[3];
    if (rig_make(&scene.rig, &config) != TA_OK)
        return 0;
    ta_control_init(&scene.control, moving);
    demand(ta_biquad_init(&scene.biquad, TA_BIQUAD_LOW_PASS, 500) == TA_OK);
    for (size_t at = CONFIG_BYTES; at + 1 < size; at += 2)
        step(&scene, bytes[at], bytes[at + 1]);
    hear(&scene, HEAR_MAX, 100);
    rig_free(&scene.rig);
    for (unsigned s = 0; s < SOURCES; s++)
        free(scene.moods[s]);
    return 0;
}
