// One row for each option: the parser, --help and the test of the completions read it.
#ifndef TONEARM_CLI_OPTION_TABLE_H
#define TONEARM_CLI_OPTION_TABLE_H

#include "options.h"

typedef enum {
    OPT_BOARD = 256,
    OPT_PIN,
    OPT_BITS,
    OPT_RATE,
    OPT_RESAMPLE,
    OPT_LOOP,
    OPT_BUFFER,
    OPT_VOLUME,
    OPT_MEMORY,
    OPT_VM_HEAP,
    OPT_OUT,
    OPT_WAVE,
    OPT_POLYPHONY,
    OPT_MICROPYTHON,
    OPT_TRACE,
    OPT_REPORT,
    OPT_STALL,
    OPT_FAIL_ALLOC,
    OPT_DEVICE,
    OPT_LIST_DEVICES,
    OPT_LEFT_JUSTIFIED,
    OPT_SWAP_CLOCKS,
    OPT_DATA_PIN,
    OPT_BCLK_PIN,
    OPT_MONO,
    OPT_DITHER,
    OPT_SMPL_LOOP,
    OPT_QUIET,
    OPT_JSON,
    OPT_HELP,
    OPT_VERSION,
    OPT_END
} option_id_t;

typedef struct {
    const char *name;
    const char *argument; // NULL: takes none
    const char *help;     // lines of at most 50 columns, separated by newlines
    option_id_t id;
    unsigned commands; // COMMAND_ bits that know it
    unsigned pins;     // PIN_ bits that it makes sense with
} option_row_t;

// Ends with a row without a name.
extern const option_row_t option_table[];

// Help for one command, or (0) for all, on stdout.
void option_help(command_t command);

#endif
