// Names of results, and where a broken contract ends.
// Invariant: ta_panic never returns; firmware that wants to record the site defines its own.

#include "tonearm/status.h"

#if defined(__unix__) || defined(__APPLE__) || defined(_WIN32)
#define ON_A_DESKTOP 1
#include <stdio.h>
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
#ifdef ON_A_DESKTOP
    fprintf(stderr, "tonearm: %s:%d: broken contract: %s\n", file, line, what);
    __builtin_abort();
#else
    (void)file;
    (void)line;
    (void)what;
    __builtin_trap();
#endif
}
