/// @file pwm_scene.h  The stage of scene.h with a PWM output: each period of the carrier is decoded from the pins, and read as frames.
#ifndef TA_TEST_PWM_SCENE_H
#define TA_TEST_PWM_SCENE_H

#include "test/support/scene.h"

#include "tonearm/pwm.h"

/// One period: its first cycle, its length, and for how long each pin was high.
typedef struct {
    uint64_t cycle;
    uint16_t period, left, right;
} pulse_t;

typedef struct {
    const chip_board_t *board;
    ta_arena_t arena;
    ta_mem_probe_t probe;
    uint32_t allocations; ///< tried so far
    ta_memory_t memory;
    ta_pwm_config_t config;
    ta_pwm_plan_t plan;
    ta_pwm_t pwm;
    chip_pwm_t decoder;
    pulse_t *pulse; ///< every period from the first to the last
    size_t pulses, room;
    size_t opened;         ///< pulses when open had returned
    uint64_t paced_cycle;  ///< when the timer was last set going
    ta_pwm_timing_t paced; ///< and how
    heard_t *heard;        ///< by pwm_scene_read
    size_t heard_count;
} pwm_scene_t;

/// GPIO 14 and 15, plain rounding, so that a level says which frame it is; everything else default.
ta_pwm_config_t pwm_scene_config(void);

/// Boot, make memory, open, listen. False with a sentence on stderr if the output cannot be opened.
bool pwm_scene_open(pwm_scene_t *scene, const char *board, const ta_pwm_config_t *config);
/// The same on a board that is up. `bytes` of its SRAM are taken.
bool pwm_scene_open_beside(pwm_scene_t *scene, const ta_pwm_config_t *config, size_t bytes);

bool pwm_scene_run(pwm_scene_t *scene, uint64_t most_ms);
void pwm_scene_run_us(pwm_scene_t *scene, uint64_t us);

/// Close the output; check that nothing is left claimed, allocated or violated, that the pins went up and down by ramps without a
/// step above full scale / 64, and that they rest low: NULL, or what is wrong.
const char *pwm_scene_close(pwm_scene_t *scene);
void pwm_scene_free(pwm_scene_t *scene);

/// Frame n of every numbered program as levels, less the middle, shifted up to s32.
heard_t pwm_scene_frame(const pwm_scene_t *scene, uint32_t n);

/// Read the pulses since open as frames, from the first that DMA wrote on, into scene->heard; the timing must have stayed what it is. A frame
/// that lasts a whole number of periods must be the same in each of them. NULL, or what is wrong.
const char *pwm_scene_read(pwm_scene_t *scene);

/// pwm_scene_read, then verdict_check, verdict_check_order.
const char *pwm_scene_check(pwm_scene_t *scene, const stretch_t *stretches, unsigned count);
const char *pwm_scene_check_order(pwm_scene_t *scene, uint32_t first, uint32_t frames, uint32_t may_lose);

#endif
