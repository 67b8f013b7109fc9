// One run of play or plan: what is open, in the order in which it is opened, and how it is closed again.
#ifndef TONEARM_CLI_SESSION_H
#define TONEARM_CLI_SESSION_H

#include "board_memory.h"
#include "facts.h"
#include "input.h"
#include "meter.h"
#include "outfile.h"

typedef struct {
    const options_t *options;
    input_t input; // or, of plan:
    song_t song;
    outfile_t out, trace, report_file;
    board_memory_t memory;
    plan_t plan;
    ta_plan_t source_memory; // the reader's buffer
    report_t report;
    meter_t meter;
    timing_t timing;
    uint64_t started_ns;
    uint32_t feeds_seen; // the output's, when the meter's figures were taken
    uint64_t fed_ns;     // and when that was, in virtual time
    bool stopping;       // the user wants an end, and the output has been told
} session_t;

// Open the input, boot the board if there is one, and lay out its memory. Returns CLI_OK or the exit code after a sentence.
int session_begin(session_t *session, const options_t *options);
// Everything that is open is closed; what was not committed disappears. Returns `code`.
int session_end(session_t *session, int code);

// A file of another rate than --rate, and nothing that resamples it, is a sentence.
int session_check_rate(const session_t *session);

// For a board: fill in the plan. Does not try whether memory suffices.
int session_plan(session_t *session);
// The same without a word: `error` has what it would say.
ta_status_t session_plan_quietly(session_t *session, char error[TA_SENTENCE_MAX]);
// Is there memory for the plan? Counts nothing and refuses nothing on purpose.
ta_status_t session_memory_suffices(session_t *session);
// Would everything be there? Takes and gives back. CLI_REFUSED after the sentence.
int session_check_memory(session_t *session);
// Say session->plan.failure. Returns CLI_REFUSED.
int session_refused(session_t *session);
ta_i2s_config_t session_i2s_config(const session_t *session);

// Start the files of --out, --trace and --report.
int session_open_files(session_t *session);
// Take the reader's memory, set loops: the source can be played. CLI_REFUSED when memory is refused.
int session_take_source(session_t *session);

// Where text goes: stdout, or stderr when stdout carries something else; NULL when it is not wanted.
FILE *session_text(const session_t *session);

// While it plays: collect holes, draw the meter, pass a signal on as a stop. virtual_ns: since the output opened.
void session_watch(session_t *session, ta_output_t *output, uint64_t virtual_ns);
// When it has played: what went wrong with the source, if anything.
int session_check_source(const session_t *session);
// Report and files.
int session_finish(session_t *session);

#endif
