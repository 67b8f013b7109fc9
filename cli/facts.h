// What is known before playing (the plan) and afterwards (the report), and its two shapes: text and JSON.
#ifndef TONEARM_CLI_FACTS_H
#define TONEARM_CLI_FACTS_H

#include "board_memory.h"
#include "input.h"
#include "load.h"
#include "options.h"
#include "song.h"
#include "timing.h"
#include "tonearm/i2s.h"

#include <cjson/cJSON.h>
#include <stdio.h>

typedef struct plan {
    const options_t *options;
    const input_t *input; // unless it is a song
    const song_t *song;   // NULL: it is a WAV file
    board_memory_t *memory;
    ta_plan_t needs; // of the whole graph, in the order of taking; for show and for trying
    bool on_board;
    ta_i2s_plan_t i2s;                   // on a board
    uint32_t slot_frames, buffer_frames; // elsewhere
    uint64_t latency_us;                 // elsewhere: all slots
    ta_status_t fits;                    // TA_OK, or why not
    ta_failure_t failure;
    load_t load;          // on a board
    uint32_t left_blocks; // after a refusal: what was not given back
    bool left_claims;
} plan_t;

typedef struct {
    ta_output_stats_t stats;
    uint64_t frames_out; // at the pins, silence included
    ta_hole_t *hole;     // malloc'ed
    uint32_t holes, hole_room;
    uint32_t holes_seen; // of those counted
    uint32_t tries_to_open, tries_after_open, live;
    uint64_t virtual_ns, real_ns;
    uint64_t closed_ns;               // virtual time between the output's opening and its closing
    bool stall_came[CHIP_FAULTS_MAX]; // each of the options' stalls: did it begin before that?
    timing_ranks_t timing;
    uint64_t violations, malformed;
    chip_violation_t first_violation;
    chip_claims_t claims;
    bool claims_none;
    bool interrupted; // by the user
} report_t;

// Was an allocation refused because it was to be (--fail-alloc)?
bool plan_injected(const plan_t *plan);
// A refusal, as a sentence on stderr, or (with --json) also as JSON on stdout. Returns CLI_REFUSED.
int plan_refused(const plan_t *plan);

void plan_print(const plan_t *plan, FILE *to);
// What was to fail and did not: nothing when there is nothing to say.
void plan_print_faults(const plan_t *plan, FILE *to);
void report_print(const plan_t *plan, const report_t *report, FILE *to);

// Of what is played, before it is resampled.
ta_format_t plan_format(const plan_t *plan);
// Of the output: --rate, or the file's.
uint32_t plan_rate_hz(const plan_t *plan);
// How the file is resampled to that; NULL: it is not.
const ta_output_resampling_t *plan_resampling(const plan_t *plan);

// The file's frame that program frame `frame` is, whatever loops.
uint64_t file_frame(const plan_t *plan, uint64_t frame);

// report NULL: the plan only. The caller deletes it (json_print does).
cJSON *facts_json(const plan_t *plan, const report_t *report);
cJSON *source_json(const input_t *input);

const char *chip_name(ta_chip_t chip);

#endif
