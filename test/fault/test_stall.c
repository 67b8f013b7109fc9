// Stalls, enumerated. In: a short program played on a virtual board, and every place at which the processor could stand still
// while it does so. Out: a verdict on every frame heard.
//
// The program, 200 ms long, runs once without a fault, and every hook of the interrupt handlers, the feed and the task is counted: the
// events. Then it runs again, from boot, for every event and every duration, with the processor frozen there, interrupts masked, while
// DMA and PIO go on. Each recording must be predicted to the frame by the output's own report of holes. A run in which the output says
// that a publication was indeterminate is held to the weaker rule: in order, nothing doubled, at most one slot lost for each.
//
// What is enumerated: five configurations (16 bits on a Pico and a Pico 2, 24 bits, a pause and a resume, interrupts masked instead of a
// frozen processor), in each of them every event x {1, 5, 50, 500} ms, and every seventh event x 5 s. A stall of 500 ms has gone round
// the ring several times, which is silent by then and does the same again and again; one of 5 s has more to count, and ends in no other
// state. What a run costs is the sound that it lasts for, so small slots, which make many events, go with a low rate: a slot is 6 to 12 ms
// long. One scene more, "quick", has the smallest slots at 44.1 kHz, 1.5 ms each: 2974 events, of which only stalls of 1 and 5 ms are tried.
// Longer ones would take more than twice as long as all the rest, and they overrun its buffer as those of 5 ms do. "least" and "paused" are
// the smallest output there is: three slots.
//
//     test_stall                 all of it, on two processors; the stalls of 5 s at every seventh event only
//     test_stall --whole         those at every event, too (make soak)
//     test_stall ID              one run, such as "stall/large:hook=123:ms=50", with its verdict
//     test_stall --slice K       every K-th event only: for slow builds, K a prime, so that all places in a slot take turns

#include "test/support/scene.h"
#include "test/support/stalls.h"

enum { PROGRAM_MS = 200 };

typedef struct {
    const char *board;
    uint8_t bits;
    uint16_t slot_frames;
    uint32_t buffer_us;
    bool pause; ///< pause after 60 ms, resume 40 ms later
} settings_t;

static const settings_t large = {"pico", 16, 256, 70000, false}, small = {"pico2", 16, 64, 10000, false},
                        wide = {"pico", 24, 128, 20000, false}, pause = {"pico", 16, 128, 20000, true},
                        masked = {"pico", 16, 128, 40000, false}, quick = {"pico2", 16, 64, 2000, false},
                        least = {"pico", 16, 64, 1000, false}, least_pause = {"pico", 16, 64, 1000, true};

static const stall_scene_t scenes[] = {
    {"large", false, 5000, 22050, &large},  {"small", false, 5000, 11025, &small},
    {"wide", false, 5000, 11025, &wide},    {"pause", false, 5000, 11025, &pause},
    {"masked", true, 5000, 11025, &masked}, {"quick", false, 5, 44100, &quick},
    {"least", false, 5, 44100, &least},     {"paused", false, 5, 44100, &least_pause},
};

static scene_t scene;

static const settings_t *settings_of(const stall_scene_t *s)
{
    return s->settings;
}

static uint32_t program_frames(const stall_scene_t *s)
{
    return s->rate_hz / 25 * PROGRAM_MS / 40; // exact for these rates
}

static const char *open_scene(const stall_scene_t *s)
{
    ta_i2s_config_t config = scene_config(chip_board_find(settings_of(s)->board));
    config.bits = settings_of(s)->bits;
    config.rate_hz = s->rate_hz;
    config.slot_frames = settings_of(s)->slot_frames;
    config.buffer_us = settings_of(s)->buffer_us;
    return scene_open(&scene, settings_of(s)->board, &config) ? NULL : "the scene could not be opened";
}

static const char *play(const stall_scene_t *s, uint32_t *split)
{
    static numbered_t program;
    scene_numbered(&program, 1, program_frames(s), s->rate_hz, settings_of(s)->bits);
    if (ta_output_play(&scene.i2s.output, &program.source) != TA_OK)
        return "the program could not be played";
    if (settings_of(s)->pause) {
        scene_run_us(&scene, 60000);
        if (ta_output_pause(&scene.i2s.output) != TA_OK)
            return "it could not be paused";
        scene_run_us(&scene, 40000);
        ta_output_stats_t stats;
        ta_output_stats(&scene.i2s.output, &stats);
        *split = (uint32_t)stats.position_frame;
        if (ta_output_resume(&scene.i2s.output) != TA_OK)
            return "it could not be resumed";
    }
    return scene_run(&scene, PROGRAM_MS + 2 * 5000 + 500) ? NULL : "it was still playing long after its end";
}

static const char *close_scene(const stall_scene_t *s)
{
    (void)s;
    return scene_close(&scene);
}

static const char *judge(const stall_scene_t *s, uint32_t split, uint32_t indeterminate)
{
    uint32_t frames = program_frames(s);
    if (indeterminate)
        return scene_check_order(&scene, 1, frames, indeterminate * settings_of(s)->slot_frames);
    const stretch_t whole[] = {{1, frames}};
    const stretch_t parts[] = {{1, split}, {1 + split, frames - split}};
    bool paused = split > 0 && split < frames;
    return paused ? scene_check(&scene, parts, 2) : scene_check(&scene, whole, 1);
}

static const ta_output_t *output(void)
{
    return &scene.i2s.output;
}

static uint64_t heard(void)
{
    return scene.heard_count;
}

int main(int argc, char **argv)
{
    static const stall_stage_t stage = {open_scene, play, close_scene, judge, output, heard};
    int result = stalls(&stage, scenes, sizeof scenes / sizeof *scenes, argc, argv);
    scene_free(&scene);
    return result;
}
