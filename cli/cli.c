// How the command speaks. In: sentences. Out: one line of stderr each. Invariant: whatever a file is called, a sentence is one
// line.

#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

int cli_say(int code, const char *format, ...)
{
    char text[CLI_SENTENCE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *c = text; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    }
    (void)fprintf(stderr, "tonearm: %s\n", text);
    return code;
}

const char *cli_number(uint64_t value, char text[CLI_NUMBER_MAX])
{
    char digits[CLI_NUMBER_MAX];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    char *to = text;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}

int cli_finish_stdout(int code)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    return cli_say(CLI_FAILED, "cannot write to standard output: %s", strerror(errno ? errno : EIO));
}
