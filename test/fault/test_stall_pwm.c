// Stalls of a PWM output, enumerated: see test/support/stalls.h. What is heard is decoded from the pins, period by period, so that the pins
// are shown to carry program, ramps and the middle, and nothing else; a frame that lasts two periods must be the same in both.
//
//     test_stall_pwm             all of it, on two processors; the stalls of 5 s at every seventh event only
//     test_stall_pwm --whole     those at every event, too (make soak)
//     test_stall_pwm ID          one run, such as "stall/pwm:hook=123:ms=50", with its verdict
//     test_stall_pwm --slice K   every K-th event only: for slow builds, K a prime

#include "test/support/pwm_scene.h"
#include "test/support/stalls.h"

enum { PROGRAM_MS = 200 };

typedef struct {
    const char *board;
    uint8_t bits;
    uint16_t slot_frames;
    uint32_t buffer_us;
    bool pause; ///< pause after 60 ms, resume 40 ms later
} settings_t;

static const settings_t automatic = {"pico", 0, 256, 70000, false}, small = {"pico2", 0, 64, 10000, false},
                        fixed = {"pico", 11, 256, 30000, false}, pause = {"pico", 0, 128, 20000, true},
                        masked = {"pico", 0, 128, 40000, false};

static const stall_scene_t scenes[] = {
    {"pwm", false, 5000, 22050, &automatic}, {"small", false, 500, 11025, &small},
    {"fixed", false, 500, 22050, &fixed},    {"pause", false, 500, 11025, &pause},
    {"masked", true, 500, 11025, &masked},
};

static pwm_scene_t scene;

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
    ta_pwm_config_t config = pwm_scene_config();
    config.bits = settings_of(s)->bits;
    config.rate_hz = s->rate_hz;
    config.slot_frames = settings_of(s)->slot_frames;
    config.buffer_us = settings_of(s)->buffer_us;
    return pwm_scene_open(&scene, settings_of(s)->board, &config) ? NULL : "the scene could not be opened";
}

static const char *play(const stall_scene_t *s, uint32_t *split)
{
    static numbered_t program;
    scene_numbered(&program, 1, program_frames(s), s->rate_hz, 16);
    if (ta_output_play(&scene.pwm.output, &program.source) != TA_OK)
        return "the program could not be played";
    if (settings_of(s)->pause) {
        pwm_scene_run_us(&scene, 60000);
        if (ta_output_pause(&scene.pwm.output) != TA_OK)
            return "it could not be paused";
        pwm_scene_run_us(&scene, 40000);
        ta_output_stats_t stats;
        ta_output_stats(&scene.pwm.output, &stats);
        *split = (uint32_t)stats.position_frame;
        if (ta_output_resume(&scene.pwm.output) != TA_OK)
            return "it could not be resumed";
    }
    return pwm_scene_run(&scene, PROGRAM_MS + 2 * 5000 + 500) ? NULL : "it was still playing long after its end";
}

static const char *close_scene(const stall_scene_t *s)
{
    (void)s;
    return pwm_scene_close(&scene);
}

static const char *judge(const stall_scene_t *s, uint32_t split, uint32_t indeterminate)
{
    uint32_t frames = program_frames(s);
    if (indeterminate)
        return pwm_scene_check_order(&scene, 1, frames, indeterminate * settings_of(s)->slot_frames);
    const stretch_t whole[] = {{1, frames}};
    const stretch_t parts[] = {{1, split}, {1 + split, frames - split}};
    bool paused = split > 0 && split < frames;
    return paused ? pwm_scene_check(&scene, parts, 2) : pwm_scene_check(&scene, whole, 1);
}

static const ta_output_t *output(void)
{
    return &scene.pwm.output;
}

static uint64_t heard(void)
{
    return scene.heard_count;
}

int main(int argc, char **argv)
{
    static const stall_stage_t stage = {open_scene, play, close_scene, judge, output, heard};
    int result = stalls(&stage, scenes, sizeof scenes / sizeof *scenes, argc, argv);
    pwm_scene_free(&scene);
    return result;
}
