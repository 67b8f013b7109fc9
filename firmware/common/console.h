/// @file console.h  Lines in and out. On a board: whatever stdio is linked (UART, USB), with an echo and a prompt. On the desktop: standard
/// input, one line a call, without either; its end ends the program.
#ifndef FIRMWARE_CONSOLE_H
#define FIRMWARE_CONSOLE_H

#include <stdbool.h>

enum {
    CONSOLE_LINE_MAX = 160, ///< bytes of a line that is typed, its end included
    CONSOLE_WORDS_MAX = 16, ///< words of a line
};

/// Called between the pieces of what is said, and while nothing is typed: an output that is fed by hand must not wait for a UART.
typedef void console_idle_t(void);

/// Begin. `idle` may be NULL. Ctx: task. Cost: constant. Own: none. Fails: never.
void console_open(console_idle_t *idle);

/// Wait for something, a millisecond at most, then look for input. A whole line: true, and *words and *count are its words.
/// Ctx: task. Cost: bounded. Own: the words are valid until the next call. Fails: false, no line yet.
bool console_poll(char ***words, int *count);

/// Has the input come to its end? Never on a board. Ctx: task. Cost: constant. Own: none. Fails: never.
bool console_ended(void);

/// Let a millisecond or less go by, as console_poll does, without looking for a line; what is typed is kept.
/// Ctx: task. Cost: bounded. Own: none. Fails: never.
void console_rest(void);

/// As printf, in pieces, with `idle` in between. Longer than 320 bytes is cut. Ctx: task. Cost: the port's speed. Own: none. Fails: never.
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/// `value` / 1000 with three digits behind the point: printf without floating point.
/// Ctx: task. Cost: as say. Own: none. Fails: never.
void say_thousandths(const char *before, long long value, const char *after);

/// The last line of every answer: "ok", or "error: sentence". Ctx: task. Cost: as say. Own: none. Fails: never.
void say_ok(void);
/// See say_ok. Ctx: task. Cost: as say. Own: none. Fails: never.
__attribute__((format(printf, 1, 2))) void say_error(const char *format, ...);

#endif
