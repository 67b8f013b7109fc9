// The command line: what may be said, what was said, and what contradicts what.
#ifndef TONEARM_CLI_OPTIONS_H
#define TONEARM_CLI_OPTIONS_H

#include "chip/chip.h"
#include "tonearm/resample.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum {
    COMMAND_PLAY = 1,
    COMMAND_PLAN = 2,
    COMMAND_INFO = 4,
    COMMAND_BOARDS = 8,
    COMMAND_RENDER = 16
} command_t;
typedef enum { PIN_I2S = 1, PIN_WAV = 2, PIN_SPEAKER = 4 } pin_t;
typedef enum { MEMORY_AUTO, MEMORY_VM, MEMORY_PORT, MEMORY_ARENA } memory_choice_t;

enum { SONG_RATE_HZ = 44100 }; // unless --rate says another

typedef enum { RENDER_SAW, RENDER_SQUARE, RENDER_SINE, RENDER_TRIANGLE } render_wave_t;

typedef struct {
    uint64_t at_us, for_us;
} stall_t;

typedef struct options {
    command_t command;
    const char *file; // "-" is standard input
    const chip_board_t *board;
    pin_t pin;
    unsigned bits;
    uint32_t rate_hz; // fixed; 0: the file's. Of a rendered song: that
    ta_resample_t resample;
    uint32_t loops;     // more times; TA_LOOP_FOREVER
    uint32_t buffer_us; // 0: the pin's default
    memory_choice_t memory;
    bool have_vm_heap;
    uint32_t vm_heap_bytes;
    const char *out, *trace, *report, *device; // NULL: not given
    stall_t stall[CHIP_FAULTS_MAX];
    unsigned stalls;
    uint32_t fail_alloc; // 0: none
    uint32_t gain_q16;
    uint8_t data_pin, bclk_pin, ws_pin;
    unsigned polyphony;      // of a rendered or planned song; 0: not given
    render_wave_t wave;      // of a rendered song
    const char *micropython; // that runs a rendered script; NULL: the one that is found
    bool left_justified, mono, dither, smpl_loop, list_devices, json, quiet;
} options_t;

// Read the command line. Returns true when there is something to do; else *code is the exit code, and help, version or a
// sentence has been printed.
bool options_parse(options_t *options, int argc, char **argv, int *code);

const char *options_wave_name(render_wave_t wave);
const char *options_pin_name(pin_t pin);
const char *options_memory_name(memory_choice_t memory);
const char *options_command_name(command_t command);

#endif
