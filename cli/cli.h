// What every file of the command shares: exit codes and how it speaks.
#ifndef TONEARM_CLI_CLI_H
#define TONEARM_CLI_CLI_H

#include <stdint.h>
#include <stdio.h>

enum {
    CLI_OK = 0,      // played, holes included
    CLI_FAILED = 1,  // bad input, or a failure on the way
    CLI_USAGE = 2,   // unknown board, contradictory options
    CLI_REFUSED = 3, // memory was refused before anything was claimed
};

enum { CLI_SENTENCE_MAX = 640, CLI_COLUMNS = 80 };

// `text`, broken between words so that no line is wider than CLI_COLUMNS; only a word that is wider itself makes a line so.
// The first line begins with `first`, others with `next`; the last one ends.
void cli_fold(FILE *to, const char *first, const char *next, const char *text);

// One sentence on stderr, after "tonearm: ", folded. Returns `code`. Control characters, which a file's name may have, become
// question marks.
int cli_say(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

// 1234567 as "1,234,567". `text` has room for CLI_NUMBER_MAX.
enum { CLI_NUMBER_MAX = 32 };
const char *cli_number(uint64_t value, char text[CLI_NUMBER_MAX]);

// Flush and check what was printed on stdout. Returns `code`, or CLI_FAILED with a sentence.
int cli_finish_stdout(int code);

struct options;
int cli_play(const struct options *options);
int cli_plan(const struct options *options);
int cli_info(const struct options *options);
int cli_boards(const struct options *options);
int cli_render(const struct options *options);
int cli_devices(const struct options *options);

#endif
