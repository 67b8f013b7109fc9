// The file that is played: opened, and its header read.
#ifndef TONEARM_CLI_INPUT_H
#define TONEARM_CLI_INPUT_H

#include "tonearm/stream.h"
#include "tonearm/wav.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

typedef struct {
    const char *name; // for people
    FILE *file;
    struct stat stat; // to recognise an output that would overwrite it
    ta_stream_t stream;
    ta_wav_t wav;
} input_t;

// Returns CLI_OK, or CLI_FAILED after a sentence; then nothing is open.
int input_open(input_t *input, const char *path);
void input_close(input_t *input);

// "16-bit stereo PCM, 44100 Hz, 1:23.456 (3,680,000 frames)". `text` has room for INPUT_TEXT_MAX.
enum { INPUT_TEXT_MAX = 160 };
const char *input_describe(const input_t *input, char text[INPUT_TEXT_MAX]);

// The file's name and description, on one line if they fit.
void input_print(const input_t *input, FILE *to);

// What a listener should know: more than two channels, a truncated file, bits that an output of `bits` bits cannot carry. Number
// 0 to INPUT_NOTES - 1. Each is a line without a newline, or NULL. `text` has room for INPUT_TEXT_MAX.
enum { INPUT_NOTES = 3 };
const char *input_note(const input_t *input, unsigned number, unsigned bits, char text[INPUT_TEXT_MAX]);

// Frames at a rate as "1:23.456". `text` has room for CLI_NUMBER_MAX.
const char *input_time(uint64_t frames, uint32_t rate_hz, char *text);

#endif
