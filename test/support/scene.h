/// @file scene.h  A stage for tests of the whole driver: a virtual board, an I2S output on it, a numbered program, and what a DAC hears.
#ifndef TA_TEST_SCENE_H
#define TA_TEST_SCENE_H

#include "tonearm/tonearm.h"

#include "chip/chip.h"
#include "test/support/verdict.h"

/// A program of numbered frames: frame n is the same wherever and whenever it is asked for, and hardly any two are alike.
typedef struct {
    ta_source_t source;
    uint32_t first;                 ///< number of the program's first frame
    uint32_t buffer[2048];          ///< s16 stereo frames, or half of an s32 stereo frame each
    uint32_t starve_at, starve_for; ///< from this frame on, so many pulls find nothing
    unsigned bits;                  ///< 16: s16 stereo; 24, 32: s32 stereo with so many bits in use
} numbered_t;

typedef struct {
    const chip_board_t *board;
    ta_arena_t arena;
    ta_mem_probe_t probe;
    uint32_t allocations; ///< tried so far
    ta_memory_t memory;
    ta_i2s_config_t config; ///< as opened, defaults filled in for bits
    ta_i2s_plan_t plan;
    ta_i2s_t i2s;
    chip_i2s_t decoder;
    heard_t *heard; ///< every frame from the first clock to the last
    size_t heard_count, heard_room;
} scene_t;

/// Frame n of every numbered program, as s32, as it must arrive at the pins of an output of `bits` bits.
heard_t scene_frame(uint32_t n, unsigned bits);

/// Frame k of the line of 64 frames from silence to `to`, as it must arrive at the pins: k = 0 is silence, 64 would be `to`.
heard_t scene_ramp(heard_t to, int k, unsigned bits);

/// A source of `frames` numbered frames from `first` on, at a rate, for an output of `bits` bits (0 is 16).
void scene_numbered(numbered_t *program, uint32_t first, uint32_t frames, uint32_t rate_hz, unsigned bits);

/// A configuration with the board's pins, everything else default.
ta_i2s_config_t scene_config(const chip_board_t *board);

/// Boot, make memory, open, listen. False with a sentence on stderr if the output cannot be opened.
bool scene_open(scene_t *scene, const char *board, const ta_i2s_config_t *config);

/// Let the board run until the output is idle, at most for so many milliseconds of virtual time. False if it is not idle then.
bool scene_run(scene_t *scene, uint64_t most_ms);

/// Let the board run for a time.
void scene_run_us(scene_t *scene, uint64_t us);

/// Close the output, check that nothing is left claimed, allocated or violated: NULL, or what is wrong.
const char *scene_close(scene_t *scene);

/// Free what the scene holds. After scene_close.
void scene_free(scene_t *scene);

/// verdict_check, verdict_check_order, of what was heard.
const char *scene_check(const scene_t *scene, const stretch_t *stretches, unsigned count);
const char *scene_check_order(const scene_t *scene, uint32_t first, uint32_t frames, uint32_t may_lose);

/// Every how manieth case of a long enumeration is run: each, or what TA_THIN says, which is set where a tool makes every case fifty
/// times as slow. What it says is printed.
unsigned scene_thin(void);

#endif
