// The options, in the order in which --help shows them.

#include "option_table.h"

#include "cli.h"

#include <string.h>

enum {
    ANY_PIN = PIN_I2S | PIN_WAV | PIN_SPEAKER,
    EVERYWHERE = COMMAND_PLAY | COMMAND_PLAN | COMMAND_INFO | COMMAND_BOARDS | COMMAND_RENDER,
    BOTH = COMMAND_PLAY | COMMAND_PLAN,
    HELP_COLUMN = 26
};

const option_row_t option_table[] = {
    {"board", "BOARD", "virtual board (see tonearm boards); default pico", OPT_BOARD, BOTH, PIN_I2S},
    {"pin", "PIN",
     "i2s: a virtual board's pins (default)\n"
     "wav: straight into the file of --out\n"
     "speaker: this machine's sound card",
     OPT_PIN, COMMAND_PLAY, ANY_PIN},
    {"pin", "PIN", "i2s: a virtual board's pins; no other is planned", OPT_PIN, COMMAND_PLAN, ANY_PIN},
    {"bits", "16|24|32", "bits per sample on the wire; default 16", OPT_BITS, BOTH, ANY_PIN},
    {"rate", "HZ", "keep the output at this rate, 1000 to 384000;\ndefault: the file's", OPT_RATE, BOTH, ANY_PIN},
    {"resample", "QUALITY",
     "with --rate: resample a file of another rate,\n"
     "linear, good or best; without it, refuse the file",
     OPT_RESAMPLE, BOTH, ANY_PIN},
    {"buffer", "MS", "sound queued, 1 to 2000 ms, counted at 48 kHz;\ndefault 20, on the speaker 100", OPT_BUFFER, BOTH,
     ANY_PIN},
    {"loop", "N", "play N more times, or \"forever\" (until Ctrl-C)", OPT_LOOP, COMMAND_PLAY, ANY_PIN},
    {"smpl-loop", NULL, "loop as the file's smpl chunk says", OPT_SMPL_LOOP, COMMAND_PLAY, ANY_PIN},
    {"volume", "DB", "gain, -96 to 12 dB; default 0", OPT_VOLUME, BOTH, ANY_PIN},
    {"mono", NULL, "mix both channels, for boards with one speaker", OPT_MONO, BOTH, ANY_PIN},
    {"dither", NULL, "triangular dither where samples are narrowed", OPT_DITHER, BOTH, ANY_PIN},
    {"memory", "CHOICE",
     "auto: as the platform table says (default)\n"
     "vm: the language VM's heap   port: TLSF in what the\n"
     "VM leaves of SRAM   arena: 32 KiB kept back",
     OPT_MEMORY, BOTH, PIN_I2S},
    {"vm-heap", "BYTES", "size of the VM's heap (K and M are understood);\ndefault: the board's", OPT_VM_HEAP, BOTH,
     PIN_I2S},
    {"out", "FILE", "write what was decoded at the pins, a WAV file;\n- is standard output", OPT_OUT, COMMAND_PLAY,
     PIN_I2S | PIN_WAV},
    {"out", "FILE", "the WAV file to write (-o FILE); - is standard output,\nfor a song", OPT_OUT, COMMAND_RENDER,
     ANY_PIN},
    {"rate", "HZ", "frames a second of a song, 1000 to 384000;\ndefault 44100", OPT_RATE, COMMAND_RENDER, ANY_PIN},
    {"wave", "WAVE", "of a song: triangle (default), sine, saw or square", OPT_WAVE, COMMAND_RENDER, ANY_PIN},
    {"polyphony", "N", "notes of a song at a time, 1 to 128; default 24", OPT_POLYPHONY, COMMAND_RENDER, ANY_PIN},
    {"polyphony", "N", "notes of a song at a time, 1 to 128; default: as many\nas it has, up to 24", OPT_POLYPHONY,
     COMMAND_PLAN, ANY_PIN},
    {"micropython", "FILE",
     "runs the script; default: $TONEARM_MICROPYTHON, or\nthe one beside this command (make micropython)",
     OPT_MICROPYTHON, COMMAND_RENDER, ANY_PIN},
    {"trace", "FILE", "write bclk, lrclk and data as a VCD file: about\n44 MB for a second of sound", OPT_TRACE,
     COMMAND_PLAY, PIN_I2S},
    {"report", "FILE", "write the report as JSON; - is standard output", OPT_REPORT, COMMAND_PLAY, ANY_PIN},
    {"stall", "AT_MS:FOR_MS",
     "let no interrupt through for FOR_MS, from AT_MS after\n"
     "the output opened, in virtual time; up to 32 times",
     OPT_STALL, COMMAND_PLAY, PIN_I2S},
    {"fail-alloc", "N", "refuse the Nth allocation", OPT_FAIL_ALLOC, BOTH, ANY_PIN},
    {"data-pin", "GPIO", "data; default: the board's", OPT_DATA_PIN, BOTH, PIN_I2S},
    {"bclk-pin", "GPIO", "bit clock; word select is the next pin", OPT_BCLK_PIN, BOTH, PIN_I2S},
    {"swap-clocks", NULL, "word select on the lower of the two clock pins", OPT_SWAP_CLOCKS, BOTH, PIN_I2S},
    {"left-justified", NULL, "left-justified instead of Philips format", OPT_LEFT_JUSTIFIED, BOTH, PIN_I2S},
    {"device", "NAME", "sound card whose name contains NAME", OPT_DEVICE, COMMAND_PLAY, PIN_SPEAKER},
    {"list-devices", NULL, "name the sound cards, and play nothing", OPT_LIST_DEVICES, COMMAND_PLAY, ANY_PIN},
    {"quiet", NULL, "no plan, no meter, no report on the terminal", OPT_QUIET, COMMAND_PLAY | COMMAND_RENDER, ANY_PIN},
    {"json", NULL, "JSON on standard output instead of text", OPT_JSON, EVERYWHERE, ANY_PIN},
    {"help", NULL, "this text", OPT_HELP, EVERYWHERE, ANY_PIN},
    {"version", NULL, "the version", OPT_VERSION, EVERYWHERE, ANY_PIN},
    {NULL, NULL, NULL, OPT_END, 0, 0},
};

static void print_option(const option_row_t *row)
{
    int column = printf("  --%s%s%s", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
    for (const char *line = row->help; line;) {
        const char *end = strchr(line, '\n');
        int length = end ? (int)(end - line) : (int)strlen(line);
        if (column >= HELP_COLUMN)
            column = printf("\n") - 1;
        (void)printf("%*s%.*s\n", HELP_COLUMN - column, "", length, line);
        column = 0;
        line = end ? end + 1 : NULL;
    }
}

static void print_options(command_t command)
{
    (void)fputs("\nOptions:\n", stdout);
    for (const option_row_t *row = option_table; row->name; row++) {
        if (row->commands & (unsigned)command)
            print_option(row);
    }
}

static const char general_help[] = "Usage: tonearm play FILE [options]    play a WAV file\n"
                                   "       tonearm plan FILE [options]    say what playing it would take\n"
                                   "       tonearm info FILE              say what the file is\n"
                                   "       tonearm boards                 list the virtual boards\n"
                                   "       tonearm render FILE -o WAV     make a WAV file of a MIDI file or a script\n"
                                   "\n"
                                   "Plays through the driver that runs on RP2040 and RP2350, on a virtual board, and\n"
                                   "tells what left at its pins. FILE may be - for standard input.\n"
                                   "\n"
                                   "Each command has its own --help. --json gives JSON, --version the version.\n"
                                   "\n"
                                   "Exit codes: 0 played (holes included), 1 bad input or a failure on the way,\n"
                                   "2 usage, 3 memory was refused before anything was claimed.\n";

static const char play_help[] = "Usage: tonearm play FILE [options]\n"
                                "Play a WAV file through the driver on a virtual board. FILE may be -.\n";
static const char plan_help[] = "Usage: tonearm plan FILE [options]\n"
                                "Say everything that playing FILE, a WAV file or a MIDI file, would take: whether\n"
                                "the memory is there, and whether the processor will keep up.\n"
                                "Exit code 3 when memory is refused; the processor is no more than a warning.\n";
static const char info_help[] = "Usage: tonearm info FILE [--json]\n"
                                "Say what a WAV file's header says. FILE may be -.\n";
static const char boards_help[] = "Usage: tonearm boards [--json]\n"
                                  "List the virtual boards: chip, clock, memory, the VM's heap and default pins.\n";

static const char render_help[] = "Usage: tonearm render FILE -o WAV [options]\n"
                                  "Make a WAV file of a MIDI file, played by the synthesizer, or of what a Python\n"
                                  "script (FILE.py) plays, as it leaves at the pins of a virtual board: that of\n"
                                  "TONEARM_BOARD, by default a pico.\n";

void option_help(command_t command)
{
    switch (command) {
    case COMMAND_PLAY:
        (void)fputs(play_help, stdout);
        break;
    case COMMAND_PLAN:
        (void)fputs(plan_help, stdout);
        break;
    case COMMAND_INFO:
        (void)fputs(info_help, stdout);
        break;
    case COMMAND_BOARDS:
        (void)fputs(boards_help, stdout);
        break;
    case COMMAND_RENDER:
        (void)fputs(render_help, stdout);
        break;
    default:
        (void)fputs(general_help, stdout);
        return;
    }
    print_options(command);
}
