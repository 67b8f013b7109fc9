/// @file stalls.h  Stalls, enumerated: a short program is played once without a fault, and then again for every event (every hook from the
/// moment at which it is asked for) and every duration, with the processor frozen there, or interrupts masked, while the hardware goes on.
#ifndef TA_TEST_STALLS_H
#define TA_TEST_STALLS_H

#include "tonearm/output.h"

/// What is played.
typedef struct {
    const char *name;
    bool mask_only; ///< from each event on interrupts are masked, but the program goes on; else the processor is frozen
    uint32_t most_ms;     ///< longest stall tried, of 1, 5, 50, 500, 5000
    uint32_t rate_hz;     ///< for the figures
    const void *settings; ///< the stage's own
} stall_scene_t;

/// How. Sentences are NULL where nothing is wrong.
typedef struct {
    const char *(*open)(const stall_scene_t *scene); ///< boot, open an output
    const char *(*play)(const stall_scene_t *scene,
                        uint32_t *split);             ///< the program, to its end; *split: where a pause fell
    const char *(*close)(const stall_scene_t *scene); ///< and look at what is left
    /// Was everything heard that should be? `indeterminate`: publications of which the output says so.
    const char *(*judge)(const stall_scene_t *scene, uint32_t split, uint32_t indeterminate);
    const ta_output_t *(*output)(void);
    uint64_t (*heard)(void); ///< frames
} stall_stage_t;

/// All of it, on two processors, but stalls of 5 s at every 7th event only; with `argv` "--whole" those too; with "--slice K" every K-th
/// event only; with an id such as "stall/large:hook=123:ms=50" that run
/// alone, with its verdict. What main returns.
int stalls(const stall_stage_t *stage, const stall_scene_t *scenes, unsigned count, int argc, char **argv);

#endif
