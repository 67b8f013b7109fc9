// Lines in and out.
// In: characters of stdio. Out: words of a line; text in pieces of 16 characters, which a UART takes in 1.4 ms, with the idle function in
// between.

#include "console.h"

#include "pico/stdlib.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PIECE = 16, SAID_MAX = 320, BACKSPACE = 8, DELETE = 127, REST_US = 1000 };

static console_idle_t *idle;
static char line[CONSOLE_LINE_MAX];
static char *word[CONSOLE_WORDS_MAX + 1]; // one more than are taken, so that too many are noticed
static unsigned used;
static bool ended, too_long, after_return;

// ---- out -----------------------------------------------------------------------------------------------------------------

static void put(const char *text, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += PIECE) {
        size_t piece = bytes - at < PIECE ? bytes - at : PIECE;
        (void)fwrite(text + at, 1, piece, stdout);
        (void)fflush(stdout);
        if (idle)
            idle();
    }
}

static void say_all(const char *format, va_list arguments)
{
    char text[SAID_MAX];
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (length > 0)
        put(text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_all(format, arguments);
    va_end(arguments);
}

void say_thousandths(const char *before, long long value, const char *after)
{
    unsigned long long size = (unsigned long long)(value < 0 ? -value : value);
    say("%s%s%lu.%03lu%s", before, value < 0 ? "-" : "", (unsigned long)(size / 1000), (unsigned long)(size % 1000),
        after);
}

void say_ok(void)
{
    say("ok\n");
}

void say_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("error: ");
    say_all(format, arguments);
    say("\n");
    va_end(arguments);
}

// ---- in ------------------------------------------------------------------------------------------------------------------

#if PICO_ON_DEVICE

static int next_character(void)
{
    return getchar_timeout_us(0);
}

static void echo(const char *text)
{
    put(text, strlen(text));
}

static void prompt(void)
{
    put("> ", 2);
}

#else

static int next_character(void)
{
    int letter = getchar();
    ended = letter == EOF;
    return letter == EOF ? (used ? '\n' : -1) : letter;
}

static void echo(const char *text)
{
    (void)text;
}

static void prompt(void)
{
}

#endif

void console_open(console_idle_t *idle_function)
{
    idle = idle_function;
    prompt();
}

bool console_ended(void)
{
    return ended;
}

// One character of the line that is being typed; true: it is whole.
static bool take(int letter)
{
    bool second = letter == '\n' && after_return; // of the pair CR LF
    after_return = letter == '\r';
    if (second)
        return false;
    if (letter == '\r' || letter == '\n') {
        echo("\n");
        return true;
    }
    if (letter == BACKSPACE || letter == DELETE) {
        if (used) {
            used--;
            echo("\b \b");
        }
    } else if (letter >= ' ' && letter < DELETE) {
        const char text[2] = {(char)letter, 0};
        if (used + 1 < sizeof line) {
            line[used++] = (char)letter;
            echo(text);
        } else {
            too_long = true;
        }
    }
    return false;
}

static int split(void)
{
    int count = 0;
    for (char *at = strtok(line, " \t"); at && count <= CONSOLE_WORDS_MAX; at = strtok(NULL, " \t"))
        word[count++] = at;
    return count;
}

static bool finish(char ***words, int *count)
{
    line[used] = 0;
    used = 0;
    int found = split();
    bool fits = !too_long && found <= CONSOLE_WORDS_MAX;
    if (!fits)
        say_error("a line has at most %d characters and %d words: type less at once", CONSOLE_LINE_MAX - 1,
                  CONSOLE_WORDS_MAX);
    too_long = false;
    *words = word;
    *count = found;
    if (fits && found)
        return true;
    prompt();
    return false;
}

void console_rest(void)
{
    if (idle)
        idle();
    best_effort_wfe_or_timeout(make_timeout_time_us(REST_US));
}

bool console_poll(char ***words, int *count)
{
    static bool asked = true;
    if (!asked) {
        asked = true;
        prompt();
    }
    for (int letter = next_character(); letter >= 0; letter = next_character()) {
        if (take(letter) && finish(words, count)) {
            asked = false; // the prompt comes behind the answer
            return true;
        }
        if (idle)
            idle();
    }
    console_rest();
    return false;
}
