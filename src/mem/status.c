// Names of results, and where a broken contract ends.
// Invariant: ta_panic never returns; firmware that wants to record the site defines its own.

#include "tonearm/status.h"

#if __STDC_HOSTED__ && !defined(PICO_ON_DEVICE)
#include <stdio.h>
#include <stdlib.h>
#endif

const char *ta_status_name(ta_status_t status)
{
    static const char *const names[] = {
        "ok",   "bad argument", "wrong state",           "no memory", "wrong class of memory", "format",
        "rate", "busy",         "input or output failed"};
    unsigned index = (unsigned)-(int)status;
    return index < sizeof names / sizeof *names ? names[index] : "unknown";
}

__attribute__((weak, noreturn)) void ta_panic(const char *file, int line, const char *what)
{
#if __STDC_HOSTED__ && !defined(PICO_ON_DEVICE)
    fprintf(stderr, "tonearm: %s:%d: broken contract: %s\n", file, line, what);
    abort();
#else
    (void)file;
    (void)line;
    (void)what;
    __builtin_trap();
#endif
}
