// The command line. In: argv. Out: options that contradict neither themselves nor the command.
// Invariant: every refusal is one sentence that names the option and says what to do, and exit code 2.

#include "options.h"

#include "cli.h"
#include "option_table.h"
#include "song.h"
#include "tonearm/tonearm.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 48, VM_HEAP_MIN = 1024 };

typedef struct {
    options_t *options;
    uint64_t given; // a bit for each row of the table
    int data_pin, bclk_pin;
    bool swap_clocks;
} parser_t;

const char *options_pin_name(pin_t pin)
{
    return pin == PIN_I2S ? "i2s" : pin == PIN_WAV ? "wav" : "speaker";
}

const char *options_memory_name(memory_choice_t memory)
{
    static const char *const names[] = {"auto", "vm", "port", "arena"};
    return names[memory];
}

const char *options_wave_name(render_wave_t wave)
{
    static const char *const names[] = {"saw", "square", "sine", "triangle"};
    return names[wave];
}

const char *options_command_name(command_t command)
{
    return command == COMMAND_PLAY     ? "play"
           : command == COMMAND_PLAN   ? "plan"
           : command == COMMAND_INFO   ? "info"
           : command == COMMAND_RENDER ? "render"
                                       : "boards";
}

// ---- values --------------------------------------------------------------------------------------------------------------

static bool usage(const char *option, const char *value, const char *advice)
{
    (void)cli_say(CLI_USAGE, "--%s %.100s: %s", option, value, advice);
    return false;
}

static bool parse_count(const char *text, uint64_t max, uint64_t *value)
{
    char *end = NULL;
    errno = 0;
    if (*text < '0' || *text > '9')
        return false;
    *value = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *value <= max;
}

// Milliseconds with a fraction, as microseconds.
static bool parse_ms(const char *text, char stop, uint64_t *us, const char **end)
{
    char *after = NULL;
    if ((*text < '0' || *text > '9') && *text != '.')
        return false;
    double ms = strtod(text, &after);
    if (after == text || *after != stop || !(ms >= 0 && ms <= 1e9))
        return false;
    *us = (uint64_t)llround(ms * 1000);
    if (end)
        *end = after + 1;
    return true;
}

static bool parse_board(options_t *options, const char *value)
{
    options->board = chip_board_find(value);
    if (options->board)
        return true;
    char names[160] = "";
    for (const chip_board_t *b = chip_boards(); b->name; b++) {
        size_t used = strlen(names);
        (void)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", b->name);
    }
    (void)cli_say(CLI_USAGE, "--board %.100s: no such board; there are %s", value, names);
    return false;
}

static bool parse_pin(options_t *options, const char *value)
{
    for (unsigned pin = PIN_I2S; pin <= PIN_SPEAKER; pin *= 2) {
        if (strcmp(value, options_pin_name((pin_t)pin)) == 0) {
            options->pin = (pin_t)pin;
            return true;
        }
    }
    return usage("pin", value, "choose i2s, wav or speaker");
}

static bool parse_bits(options_t *options, const char *value)
{
    uint64_t bits = 0;
    if (!parse_count(value, 32, &bits) || (bits != 16 && bits != 24 && bits != 32))
        return usage("bits", value, "choose 16, 24 or 32");
    options->bits = (unsigned)bits;
    return true;
}

static bool parse_rate(options_t *options, const char *value)
{
    uint64_t hz = 0;
    if (!parse_count(value, TA_RATE_MAX_HZ, &hz) || hz < TA_RATE_MIN_HZ)
        return usage("rate", value, "give 1000 to 384000 Hz");
    options->rate_hz = (uint32_t)hz;
    return true;
}

static bool parse_resample(options_t *options, const char *value)
{
    for (int q = TA_RESAMPLE_LINEAR; q <= TA_RESAMPLE_BEST; q++) {
        if (strcmp(value, ta_resample_name((ta_resample_t)q)) == 0) {
            options->resample = (ta_resample_t)q;
            return true;
        }
    }
    return usage("resample", value, "choose linear, good or best");
}

static bool parse_loop(options_t *options, const char *value)
{
    uint64_t loops = TA_LOOP_FOREVER;
    if (strcmp(value, "forever") != 0 && (!parse_count(value, TA_LOOP_FOREVER - 1, &loops)))
        return usage("loop", value, "give how many more times to play, or \"forever\"");
    options->loops = (uint32_t)loops;
    return true;
}

static bool parse_buffer(options_t *options, const char *value)
{
    uint64_t us = 0;
    if (!parse_ms(value, '\0', &us, NULL) || us < TA_BUFFER_MIN_US || us > TA_BUFFER_MAX_US)
        return usage("buffer", value, "give 1 to 2000 milliseconds");
    options->buffer_us = (uint32_t)us;
    return true;
}

static bool parse_volume(options_t *options, const char *value)
{
    char *end = NULL;
    double db = strtod(value, &end);
    if (end == value || *end != '\0' || !(db >= -96 && db <= 12))
        return usage("volume", value, "give -96 to 12 dB");
    double gain = round(pow(10, db / 20) * TA_GAIN_UNITY_Q16);
    options->gain_q16 = gain > TA_GAIN_MAX_Q16 ? TA_GAIN_MAX_Q16 : (uint32_t)gain;
    return true;
}

static bool parse_memory(options_t *options, const char *value)
{
    for (int m = MEMORY_AUTO; m <= MEMORY_ARENA; m++) {
        if (strcmp(value, options_memory_name((memory_choice_t)m)) == 0) {
            options->memory = (memory_choice_t)m;
            return true;
        }
    }
    return usage("memory", value, "choose auto, vm, port or arena");
}

static bool parse_vm_heap(options_t *options, const char *value)
{
    char *end = NULL;
    errno = 0;
    uint64_t bytes = *value >= '0' && *value <= '9' ? strtoull(value, &end, 10) : 0;
    unsigned shift = 0;
    if (end && (*end == 'K' || *end == 'k')) {
        shift = 10;
    } else if (end && (*end == 'M' || *end == 'm')) {
        shift = 20;
    }
    bool clean = end && errno == 0 && end[shift != 0] == '\0' && bytes <= (UINT32_MAX >> shift);
    if (!clean || (bytes > 0 && bytes << shift < VM_HEAP_MIN)) {
        return usage("vm-heap", value,
                     "give a number of bytes, 1024 or more (K and M are understood), or 0 for no VM heap");
    }
    options->vm_heap_bytes = (uint32_t)(bytes << shift);
    options->have_vm_heap = true;
    return true;
}

static bool parse_stall(options_t *options, const char *value)
{
    stall_t stall;
    const char *length = NULL;
    if (!parse_ms(value, ':', &stall.at_us, &length) || !parse_ms(length, '\0', &stall.for_us, NULL) ||
        stall.for_us == 0)
        return usage("stall", value, "give AT_MS:FOR_MS, such as 100:50");
    if (options->stalls == CHIP_FAULTS_MAX)
        return usage("stall", value, "there is room for 32 stalls");
    options->stall[options->stalls++] = stall;
    return true;
}

static bool parse_fail_alloc(options_t *options, const char *value)
{
    uint64_t n = 0;
    if (!parse_count(value, UINT32_MAX, &n) || n == 0)
        return usage("fail-alloc", value, "give the number of the allocation to refuse, from 1");
    options->fail_alloc = (uint32_t)n;
    return true;
}

static bool parse_gpio(const char *name, const char *value, int *pin)
{
    uint64_t gpio = 0;
    if (!parse_count(value, CHIP_PINS_MAX - 1, &gpio))
        return usage(name, value, "give the number of a GPIO, from 0");
    *pin = (int)gpio;
    return true;
}

static bool parse_wave(options_t *options, const char *value)
{
    for (int w = RENDER_SAW; w <= RENDER_TRIANGLE; w++) {
        if (strcmp(value, options_wave_name((render_wave_t)w)) == 0) {
            options->wave = (render_wave_t)w;
            return true;
        }
    }
    return usage("wave", value, "choose triangle, sine, saw or square");
}

static bool parse_polyphony(options_t *options, const char *value)
{
    uint64_t voices = 0;
    if (!parse_count(value, TA_SYNTH_POLYPHONY_MAX, &voices) || voices == 0)
        return usage("polyphony", value, "give 1 to 128 notes");
    options->polyphony = (unsigned)voices;
    return true;
}

static bool parse_path(const char *name, const char *value, const char **path)
{
    *path = value;
    return *value != '\0' || usage(name, "\"\"", "give the name of a file");
}

// ---- one option ----------------------------------------------------------------------------------------------------------

static bool take_value(parser_t *parser, const option_row_t *row, const char *value)
{
    options_t *options = parser->options;
    switch (row->id) {
    case OPT_BOARD:
        return parse_board(options, value);
    case OPT_PIN:
        return parse_pin(options, value);
    case OPT_BITS:
        return parse_bits(options, value);
    case OPT_RATE:
        return parse_rate(options, value);
    case OPT_RESAMPLE:
        return parse_resample(options, value);
    case OPT_LOOP:
        return parse_loop(options, value);
    case OPT_BUFFER:
        return parse_buffer(options, value);
    case OPT_VOLUME:
        return parse_volume(options, value);
    case OPT_MEMORY:
        return parse_memory(options, value);
    case OPT_VM_HEAP:
        return parse_vm_heap(options, value);
    case OPT_OUT:
        return parse_path(row->name, value, &options->out);
    case OPT_WAVE:
        return parse_wave(options, value);
    case OPT_POLYPHONY:
        return parse_polyphony(options, value);
    case OPT_MICROPYTHON:
        return parse_path(row->name, value, &options->micropython);
    case OPT_TRACE:
        return parse_path(row->name, value, &options->trace);
    case OPT_REPORT:
        return parse_path(row->name, value, &options->report);
    case OPT_STALL:
        return parse_stall(options, value);
    case OPT_FAIL_ALLOC:
        return parse_fail_alloc(options, value);
    case OPT_DEVICE:
        return parse_path(row->name, value, &options->device);
    case OPT_DATA_PIN:
        return parse_gpio(row->name, value, &parser->data_pin);
    case OPT_BCLK_PIN:
        return parse_gpio(row->name, value, &parser->bclk_pin);
    case OPT_LIST_DEVICES:
    case OPT_LEFT_JUSTIFIED:
    case OPT_SWAP_CLOCKS:
    case OPT_MONO:
    case OPT_DITHER:
    case OPT_SMPL_LOOP:
    case OPT_QUIET:
    case OPT_JSON:
    case OPT_HELP:
    case OPT_VERSION:
    case OPT_END:
        break;
    }
    return false;
}

static void take_flag(parser_t *parser, const option_row_t *row)
{
    options_t *options = parser->options;
    options->list_devices |= row->id == OPT_LIST_DEVICES;
    options->left_justified |= row->id == OPT_LEFT_JUSTIFIED;
    options->mono |= row->id == OPT_MONO;
    options->dither |= row->id == OPT_DITHER;
    options->smpl_loop |= row->id == OPT_SMPL_LOOP;
    options->quiet |= row->id == OPT_QUIET;
    options->json |= row->id == OPT_JSON;
    parser->swap_clocks |= row->id == OPT_SWAP_CLOCKS;
}

static const option_row_t *row_of(int id, unsigned *index)
{
    *index = 0;
    for (const option_row_t *row = option_table; row->name; row++, (*index)++) {
        if ((int)row->id == id)
            return row;
    }
    return NULL;
}

// Help and version come before any complaint about the rest.
static bool print_and_leave(const parser_t *parser, const option_row_t *row)
{
    if (row->id == OPT_HELP) {
        option_help(parser->options->command);
    } else if (row->id == OPT_VERSION) {
        (void)printf("tonearm %s\n", TONEARM_VERSION);
    } else {
        return false;
    }
    return true;
}

static bool refuse_word(const parser_t *parser, int what, char **argv)
{
    const char *command = options_command_name(parser->options->command);
    const char *word = argv[optind - 1];
    if (what == ':') {
        (void)cli_say(CLI_USAGE, "%.100s needs a value; see tonearm %s --help", word, command);
    } else if (optopt >= OPT_BOARD) {
        (void)cli_say(CLI_USAGE, "%.100s: this option takes no value", word);
    } else {
        (void)cli_say(CLI_USAGE, "%.100s is no option of tonearm %s; see tonearm %s --help", word, command, command);
    }
    return false;
}

static void make_getopt_table(struct option to[OPTIONS_MAX + 1], unsigned command)
{
    unsigned count = 0;
    for (const option_row_t *row = option_table; row->name; row++) {
        if (row->commands & command) {
            to[count++] = (struct option){
                .name = row->name, .has_arg = row->argument ? required_argument : no_argument, .val = (int)row->id};
        }
    }
    to[count] = (struct option){0};
}

// Returns false with *code set when there is nothing more to do.
static bool read_words(parser_t *parser, int argc, char **argv, int *code)
{
    struct option table[OPTIONS_MAX + 1];
    make_getopt_table(table, (unsigned)parser->options->command);
    const char *letters = parser->options->command & (COMMAND_PLAY | COMMAND_RENDER) ? ":ho:" : ":h";
    opterr = 0;
    *code = CLI_USAGE;
    for (;;) {
        int found = getopt_long(argc, argv, letters, table, NULL);
        if (found == -1)
            return true;
        unsigned index = 0;
        const option_row_t *row = row_of(found == 'h' ? OPT_HELP : found == 'o' ? OPT_OUT : found, &index);
        if (!row)
            return refuse_word(parser, found, argv);
        if (print_and_leave(parser, row)) {
            *code = cli_finish_stdout(CLI_OK);
            return false;
        }
        parser->given |= UINT64_C(1) << index;
        if (!row->argument) {
            take_flag(parser, row);
        } else if (!take_value(parser, row, optarg)) {
            return false;
        }
    }
}

// ---- contradictions ------------------------------------------------------------------------------------------------------

static bool check_pin_options(const parser_t *parser)
{
    const options_t *options = parser->options;
    unsigned index = 0;
    for (const option_row_t *row = option_table; row->name; row++, index++) {
        if (!(parser->given & UINT64_C(1) << index) || (row->pins & (unsigned)options->pin))
            continue;
        pin_t fitting = row->pins & PIN_I2S ? PIN_I2S : PIN_SPEAKER;
        (void)cli_say(CLI_USAGE, "--%s does not go with --pin %s: leave it out, or use --pin %s", row->name,
                      options_pin_name(options->pin), options_pin_name(fitting));
        return false;
    }
    return true;
}

static bool is_stdout(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

static bool check_outputs(const options_t *options)
{
    if (options->pin == PIN_WAV && !options->out && options->command == COMMAND_PLAY)
        return cli_say(CLI_USAGE, "--pin wav needs --out FILE, the file to write") == CLI_OK;
    if (options->command == COMMAND_RENDER && !options->out)
        return cli_say(CLI_USAGE, "tonearm render needs -o FILE, the WAV file to write") == CLI_OK;
    int on_stdout = is_stdout(options->out) + is_stdout(options->trace) + is_stdout(options->report) + options->json;
    if (on_stdout > 1) {
        return cli_say(CLI_USAGE,
                       "only one of --out -, --trace -, --report - and --json can have standard output: name a file "
                       "for the others") == CLI_OK;
    }
    return true;
}

// A script makes its own sound, and prints what it likes.
static bool check_script(const parser_t *parser)
{
    const options_t *options = parser->options;
    if (options->command != COMMAND_RENDER || !song_is_script(options->file))
        return true;
    for (unsigned index = 0; option_table[index].name; index++) {
        const option_row_t *row = &option_table[index];
        bool of_songs = row->id == OPT_RATE || row->id == OPT_WAVE || row->id == OPT_POLYPHONY || row->id == OPT_JSON;
        if (of_songs && (parser->given & UINT64_C(1) << index)) {
            return cli_say(CLI_USAGE,
                           "--%s is for songs: %.300s is a Python script, which does that itself; leave it out",
                           row->name, options->file) == CLI_OK;
        }
    }
    return true;
}

static bool check_combinations(const parser_t *parser)
{
    const options_t *options = parser->options;
    if (options->command == COMMAND_PLAN && options->pin != PIN_I2S)
        return cli_say(CLI_USAGE, "--pin %s: tonearm plan is for --pin i2s", options_pin_name(options->pin)) == CLI_OK;
    if (options->smpl_loop && options->loops)
        return cli_say(CLI_USAGE, "--smpl-loop and --loop contradict each other: give one of them") == CLI_OK;
    if (options->resample != TA_RESAMPLE_NONE && options->rate_hz == 0)
        return cli_say(CLI_USAGE, "--resample: to which rate? give --rate HZ, too") == CLI_OK;
    return check_script(parser) && check_pin_options(parser) && check_outputs(options);
}

// Word select lies above the bit clock, or below it when swapped.
static bool place_pins(parser_t *parser)
{
    options_t *options = parser->options;
    const chip_board_t *board = options->board;
    int lower = board->bclk_pin < board->ws_pin ? board->bclk_pin : board->ws_pin;
    int bclk = parser->swap_clocks ? lower + 1 : lower;
    if (parser->bclk_pin >= 0)
        bclk = parser->bclk_pin;
    int ws = parser->swap_clocks ? bclk - 1 : bclk + 1;
    int data = parser->data_pin >= 0 ? parser->data_pin : board->data_pin;
    if (ws < 0 || ws >= board->pins || bclk >= board->pins) {
        return cli_say(CLI_USAGE, "--bclk-pin %d: word select would lie on GPIO %d, and %s has 0 to %d; choose another",
                       bclk, ws, board->name, board->pins - 1) == CLI_OK;
    }
    if (data >= board->pins || data == bclk || data == ws) {
        return cli_say(CLI_USAGE, "--data-pin %d: %s; choose another", data,
                       data >= board->pins ? "the board has no such GPIO" : "the clocks use it") == CLI_OK;
    }
    options->data_pin = (uint8_t)data;
    options->bclk_pin = (uint8_t)bclk;
    options->ws_pin = (uint8_t)ws;
    return true;
}

static bool take_file(options_t *options, int argc, char **argv)
{
    int words = argc - optind;
    bool wanted = options->command != COMMAND_BOARDS && !options->list_devices;
    const char *command = options_command_name(options->command);
    if (!wanted && words > 0) {
        return cli_say(CLI_USAGE, "%.100s: %s takes no file", argv[optind],
                       options->list_devices ? "--list-devices" : "tonearm boards") == CLI_OK;
    }
    if (wanted && words == 0) {
        return cli_say(CLI_USAGE, "tonearm %s needs a FILE, or - for standard input; see tonearm %s --help", command,
                       command) == CLI_OK;
    }
    if (words > 1) {
        return cli_say(CLI_USAGE, "tonearm %s takes one FILE; there are %d: %.100s is one too many", command, words,
                       argv[optind + 1]) == CLI_OK;
    }
    options->file = wanted ? argv[optind] : NULL;
    return true;
}

// ---- the whole -----------------------------------------------------------------------------------------------------------

static bool command_named(const char *word, command_t *command)
{
    for (unsigned c = COMMAND_PLAY; c <= COMMAND_RENDER; c *= 2) {
        *command = (command_t)c;
        if (strcmp(word, options_command_name(*command)) == 0)
            return true;
    }
    return false;
}

static bool general_word(const char *word, int *code)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        option_help((command_t)0);
    } else if (strcmp(word, "--version") == 0) {
        (void)printf("tonearm %s\n", TONEARM_VERSION);
    } else {
        return false;
    }
    *code = cli_finish_stdout(CLI_OK);
    return true;
}

bool options_parse(options_t *options, int argc, char **argv, int *code)
{
    *options = (options_t){.board = chip_board_find("pico"),
                           .pin = PIN_I2S,
                           .bits = 16,
                           .gain_q16 = TA_GAIN_UNITY_Q16,
                           .wave = RENDER_TRIANGLE};
    *code = CLI_USAGE;
    if (argc < 2) {
        (void)cli_say(CLI_USAGE, "give a command: play, plan, info, boards or render; see tonearm --help");
        return false;
    }
    if (general_word(argv[1], code))
        return false;
    if (!command_named(argv[1], &options->command)) {
        (void)cli_say(CLI_USAGE,
                      "%.100s is no command: there are play, plan, info, boards and render; see tonearm --help",
                      argv[1]);
        return false;
    }
    parser_t parser = {.options = options, .data_pin = -1, .bclk_pin = -1};
    if (!read_words(&parser, argc - 1, argv + 1, code))
        return false;
    if (options->command == COMMAND_RENDER && options->rate_hz == 0)
        options->rate_hz = SONG_RATE_HZ;
    *code = CLI_USAGE;
    return take_file(options, argc - 1, argv + 1) && check_combinations(&parser) && place_pins(&parser);
}
