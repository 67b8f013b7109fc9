// An output on the step-wise hardware: the pin, sources whose frames are known, and what is expected to be heard of them.
#ifndef TEST_SUPPORT_OUTPUT_RIG_H
#define TEST_SUPPORT_OUTPUT_RIG_H

#include "test/support/heard.h"

#include "tonearm/output.h"
#include "tonearm/raw.h"

enum { RIG_PARTS_MAX = 64, RIG_PROGRAM_MAX = 1 << 17, RIG_LOG_MAX = 8192 };

// The feed's figures after each turn, for a look back.
typedef struct {
    uint64_t heard, output_frames, position, headroom, headroom_us;
    ta_output_state_t state;
    uint32_t drained;
} rig_log_t;

typedef struct {
    ta_output_t output;
    walker_t walker;
    ta_ring_config_t config;
    uint32_t lowest_hz, highest_hz; // rates that the pin reaches
    bool lends;
    void *block[2];
    // the pin
    bool attended, kicked;
    bool positions_known; // frames of the program and positions are one count
    unsigned retunes, turns, fed;
    char complaint[300];
    // what is expected
    int32_t (*program)[2]; // frames of all sources, one behind the other
    uint64_t programmed;
    heard_part_t part[RIG_PARTS_MAX];
    unsigned parts;
    rig_log_t log[RIG_LOG_MAX];
} rig_t;

// An open output: 44100 Hz, slots of 64 frames, loops in hardware and lending as said.
void rig_open(rig_t *rig, const ta_ring_config_t *config);
void rig_close(rig_t *rig);

// The feed runs if it was kicked or a slot's interrupt is wanted, then a slot is played.
void rig_turn(rig_t *rig);
void rig_turns(rig_t *rig, unsigned turns);
// Until the output is idle, and then as long as silence needs to come; false if that does not happen within `turns`.
bool rig_drain(rig_t *rig, unsigned turns);

// A source whose `frames` frames are unlike those of any other; memory is the caller's to free. Its frames are appended to the
// program; the part that is expected is entered by rig_expect.
typedef struct {
    ta_raw_t raw;
    uint8_t *data;
    uint64_t first, frames; // in the program
} rig_source_t;
void rig_source(rig_t *rig, rig_source_t *source, ta_format_t format, uint32_t frames);
void rig_source_free(rig_source_t *source);
// Expect [first, first + frames) of a source behind what is expected already; if `cut`, only its beginning, or nothing.
void rig_expect(rig_t *rig, const rig_source_t *source, uint64_t first, uint64_t frames, bool cut);

// What is wrong with what was heard, with the pin's calls, or with the figures; NULL: nothing.
const char *rig_check(rig_t *rig, heard_check_t *check);

#endif
