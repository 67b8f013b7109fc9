// How the command speaks. In: sentences. Out: lines of at most 80 columns. Invariant: whatever a file is called, a sentence
// begins with "tonearm: " and each further line of it with two spaces, so that sentences can be told apart and put together.

#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

// Columns of the first `bytes` bytes of UTF-8, one for each character.
static unsigned columns_of(const char *text, size_t bytes)
{
    unsigned columns = 0;
    for (size_t i = 0; i < bytes; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

void cli_fold(FILE *to, const char *first, const char *next, const char *text)
{
    unsigned column = columns_of(first, strlen(first)), before = 0;
    (void)fputs(first, to);
    for (const char *word = text; *word; before++) {
        size_t bytes = strcspn(word, " ");
        if (word[bytes] == ' ' && word[bytes + 1] == '%') // stays with its number
            bytes += 1 + strcspn(word + bytes + 1, " ");
        unsigned wide = columns_of(word, bytes);
        if (before && column + 1 + wide > CLI_COLUMNS) {
            (void)fprintf(to, "\n%s", next);
            column = columns_of(next, strlen(next));
        } else if (before) {
            (void)fputc(' ', to);
            column++;
        }
        (void)fprintf(to, "%.*s", (int)bytes, word);
        column += wide;
        word += bytes + (word[bytes] == ' ');
    }
    (void)fputc('\n', to);
}

static void clean(char *text)
{
    for (char *c = text; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    }
}

int cli_say(int code, const char *format, ...)
{
    char text[CLI_SENTENCE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    clean(text);
    cli_fold(stderr, "tonearm: ", "  ", text);
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
