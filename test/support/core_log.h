/// @file core_log.h  What tests of the two cores share: a log that both write, and flags by which they tell each other to go
/// on.
#ifndef TEST_SUPPORT_CORE_LOG_H
#define TEST_SUPPORT_CORE_LOG_H

#include "chip/chip.h"

enum { CORE_LOG_MAX = 4096 };
typedef struct {
    uint64_t cycle;
    uint8_t core;
    char what;
} core_entry_t;
extern core_entry_t core_entry[CORE_LOG_MAX];
extern unsigned core_entries;
extern volatile bool core_stop, core_ready;

/// Power a board up, with hooks of `hook_cycles`; empty the log, clear the flags.
void core_boot(const char *board, uint32_t hook_cycles);
/// Write an entry: this cycle, the calling core, and `what`.
void core_note(char what);
/// Entries of one kind; the cycle of the last one to *last, if there is any and `last` is not NULL.
unsigned core_count(char what, uint64_t *last);
/// Let the calling core idle for that many cycles.
void core_after(uint64_t cycles);

#endif
