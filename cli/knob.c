// What would help. In: a session whose memory was refused on a board. Out: the options that would each by itself make it fit.
// Invariant: a knob is named only after it was tried, on a board booted anew; so this comes last, when nothing is claimed.

#include "knob.h"

#include "cli.h"

#include <string.h>

enum { VM_BLOCK_BYTES = 16, BUFFER_DEFAULT_US = 20000, MS_US = 1000 };

// ---- one trial -------------------------------------------------------------------------------------------------------

static bool fits(const session_t *session, const options_t *options)
{
    static session_t trial; // too large for a stack
    memset(&trial, 0, sizeof trial);
    trial.options = options;
    trial.input = session->input; // looked at, not read from
    trial.plan = (plan_t){.options = options,
                          .input = &trial.input,
                          .song = session->plan.song,
                          .memory = &trial.memory,
                          .on_board = true};
    ta_plan_init(&trial.plan.needs);
    char error[TA_SENTENCE_MAX];
    if (chip_boot(options->board) != 0)
        return false;
    if (options->have_vm_heap && options->vm_heap_bytes > board_memory_vm_room(options))
        return false;
    if (board_memory_build(&trial.memory, options) != CLI_OK || session_plan_quietly(&trial, error) != TA_OK)
        return false;
    return session_memory_suffices(&trial) == TA_OK;
}

// ---- numbers -----------------------------------------------------------------------------------------------------------

// A size that an option gives, in steps of `unit`.
typedef struct {
    const session_t *session;
    uint32_t unit;
    bool buffer; // else the VM's heap
} dial_t;

static bool dial_fits(const dial_t *dial, uint32_t steps)
{
    options_t options = *dial->session->options;
    if (dial->buffer) {
        options.buffer_us = steps * dial->unit;
    } else {
        options.have_vm_heap = true;
        options.vm_heap_bytes = steps * dial->unit;
    }
    return fits(dial->session, &options);
}

// The number of steps nearest to `bad` that fits, between `good`, which does, and `bad`, which does not.
static uint32_t edge(const dial_t *dial, uint32_t good, uint32_t bad)
{
    while (good + 1 < bad || bad + 1 < good) {
        uint32_t middle = good + (bad - good) / 2;
        if (bad < good)
            middle = good - (good - bad) / 2;
        if (dial_fits(dial, middle)) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    return good;
}

// ---- the knobs ---------------------------------------------------------------------------------------------------------

enum { KNOBS_MAX = 3, KNOB_MAX = 32 };

typedef struct {
    char text[KNOBS_MAX][KNOB_MAX];
    unsigned count;
} knobs_t;

static void try_vm_heap(const session_t *session, knobs_t *knobs)
{
    const dial_t dial = {.session = session, .unit = VM_BLOCK_BYTES};
    uint32_t now = session->memory.vm_bytes / VM_BLOCK_BYTES;
    uint32_t all = (uint32_t)(board_memory_vm_room(session->options) / VM_BLOCK_BYTES);
    char *text = knobs->text[knobs->count];
    if (all > now && dial_fits(&dial, all)) {
        (void)snprintf(text, KNOB_MAX, "--vm-heap %lu or more", (unsigned long)edge(&dial, all, now) * VM_BLOCK_BYTES);
        knobs->count++;
    } else if (now > 0 && dial_fits(&dial, 0)) {
        (void)snprintf(text, KNOB_MAX, "--vm-heap %lu or less", (unsigned long)edge(&dial, 0, now) * VM_BLOCK_BYTES);
        knobs->count++;
    }
}

// The first choice that does it is enough.
static void try_memory(const session_t *session, knobs_t *knobs)
{
    options_t options = *session->options;
    for (int memory = MEMORY_AUTO; memory <= MEMORY_ARENA; memory++) {
        options.memory = (memory_choice_t)memory;
        if (options.memory == session->options->memory || !fits(session, &options))
            continue;
        (void)snprintf(knobs->text[knobs->count++], KNOB_MAX, "--memory %s", options_memory_name(options.memory));
        return;
    }
}

static void try_buffer(const session_t *session, knobs_t *knobs)
{
    const dial_t dial = {.session = session, .unit = MS_US, .buffer = true};
    uint32_t us = session->options->buffer_us ? session->options->buffer_us : BUFFER_DEFAULT_US;
    uint32_t now = (us + MS_US - 1) / MS_US, least = TA_BUFFER_MIN_US / MS_US;
    char *text = knobs->text[knobs->count];
    if (now > least && dial_fits(&dial, least)) {
        (void)snprintf(text, KNOB_MAX, "--buffer %lu or less", (unsigned long)edge(&dial, least, now));
        knobs->count++;
    }
}

static void try_boards(const session_t *session, knobs_t *knobs)
{
    options_t options = *session->options;
    for (options.board = chip_boards(); options.board->name; options.board++) {
        if (options.board == session->options->board || !fits(session, &options))
            continue;
        (void)snprintf(knobs->text[knobs->count++], KNOB_MAX, "--board %s", options.board->name);
        return;
    }
}

const char *knob_that_helps(const session_t *session, char text[TA_SENTENCE_MAX])
{
    knobs_t knobs = {.count = 0};
    if (chip_boot(session->options->board) == 0)
        try_vm_heap(session, &knobs);
    try_memory(session, &knobs);
    try_buffer(session, &knobs);
    if (knobs.count == 0)
        try_boards(session, &knobs);
    if (knobs.count == 0)
        return "choose a board with more memory";
    text[0] = '\0';
    for (unsigned k = 0; k < knobs.count; k++) {
        size_t used = strlen(text);
        const char *between = k == 0 ? "" : k + 1 == knobs.count ? ", or " : ", ";
        (void)snprintf(text + used, TA_SENTENCE_MAX - used, "%s%s", between, knobs.text[k]);
    }
    return text;
}
