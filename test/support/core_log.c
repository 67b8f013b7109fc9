// A log of what two cores do, in the order in which they do it.

#include "test/support/core_log.h"

#include "pico/platform.h"
#include "test/support/chip_rig.h"

core_entry_t core_entry[CORE_LOG_MAX];
unsigned core_entries;
volatile bool core_stop, core_ready;

void core_boot(const char *board, uint32_t hook_cycles)
{
    rig_boot(board, hook_cycles);
    core_entries = 0;
    core_stop = core_ready = false;
}

void core_note(char what)
{
    if (core_entries < CORE_LOG_MAX)
        core_entry[core_entries++] = (core_entry_t){chip_cycles(), (uint8_t)get_core_num(), what};
}

unsigned core_count(char what, uint64_t *last)
{
    unsigned count = 0;
    for (unsigned i = 0; i < core_entries; i++) {
        if (core_entry[i].what != what)
            continue;
        count++;
        if (last)
            *last = core_entry[i].cycle;
    }
    return count;
}

void core_after(uint64_t cycles)
{
    chip_run_until(chip_cycles() + cycles);
}
