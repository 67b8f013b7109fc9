// What playing takes of a board's processor, by the figures of the benches: known before anything plays.
#ifndef TONEARM_CLI_LOAD_H
#define TONEARM_CLI_LOAD_H

#include "tonearm/cost.h"

#include <cjson/cJSON.h>
#include <stdio.h>

struct plan;

typedef struct {
    ta_cost_chip_t chip;
    uint32_t clock_hz; // of the processor; 0: there is none
    ta_cost_graph_t graph;
    uint32_t permille;
    ta_cost_verdict_t verdict;
    char sentence[TA_COST_SENTENCE_BYTES]; // the verdict's
} load_t;

// Of a plan for a board, whose slots and clock are known. Returns CLI_OK or the exit code after a sentence.
int load_work_out(struct plan *plan);
void load_print(const struct plan *plan, FILE *to);
// When there is too little, or little is left: a warning on stderr, and the options that would each by itself make it keep up.
void load_warn(const struct plan *plan);
void load_json(cJSON *plan_object, const struct plan *plan);

#endif
