// The file that is played. In: a path, or "-". Out: an opened WAV reader whose stream stands at the first frame.

#include "input.h"

#include "cli.h"
#include "song.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { STREAM_BUFFER_BYTES = 32768, TAG_FLOAT = 3 };

static int open_file(input_t *input, const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    input->name = standard ? "standard input" : path;
    input->file = standard ? stdin : fopen(path, "rb");
    if (!input->file)
        return cli_say(CLI_FAILED, "cannot open %.300s: %s", path, strerror(errno));
    if (fstat(fileno(input->file), &input->stat) != 0)
        return cli_say(CLI_FAILED, "cannot look at %.300s: %s", input->name, strerror(errno));
    if (S_ISDIR(input->stat.st_mode))
        return cli_say(CLI_FAILED, "%.300s is a directory: give a WAV file", input->name);
    if (standard && isatty(STDIN_FILENO))
        return cli_say(CLI_FAILED, "standard input is a terminal: give a file, or send a WAV file in");
    static char buffer[STREAM_BUFFER_BYTES]; // one input is open at a time
    (void)setvbuf(input->file, buffer, _IOFBF, sizeof buffer);
    return CLI_OK;
}

static int say_no_wav(const input_t *input, const char *path)
{
    if (song_is_script(path))
        return cli_say(CLI_FAILED, "%.300s is a Python script: tonearm render makes a WAV file of it", path);
    if (song_is(path))
        return cli_say(CLI_FAILED, "%.300s is a MIDI file: tonearm render makes a WAV file of it", path);
    return cli_say(CLI_FAILED, "%.300s: %s", input->name, input->wav.error);
}

int input_open(input_t *input, const char *path)
{
    memset(input, 0, sizeof *input);
    int code = open_file(input, path);
    if (code == CLI_OK) {
        ta_stream_from_file(&input->stream, input->file);
        if (ta_wav_open(&input->wav, &input->stream) != TA_OK)
            code = say_no_wav(input, path);
    }
    if (code != CLI_OK)
        input_close(input);
    return code;
}

void input_close(input_t *input)
{
    if (input->file && input->file != stdin)
        (void)fclose(input->file);
    input->file = NULL;
}

const char *input_time(uint64_t frames, uint32_t rate_hz, char *text)
{
    uint64_t ms = frames / rate_hz * 1000 + frames % rate_hz * 1000 / rate_hz;
    (void)snprintf(text, CLI_NUMBER_MAX, "%llu:%02u.%03u", (unsigned long long)(ms / 60000), (unsigned)(ms / 1000 % 60),
                   (unsigned)(ms % 1000));
    return text;
}

static const char *channels_name(unsigned channels, char text[CLI_NUMBER_MAX])
{
    if (channels <= 2)
        return channels == 1 ? "mono" : "stereo";
    (void)snprintf(text, CLI_NUMBER_MAX, "%u-channel", channels);
    return text;
}

const char *input_describe(const input_t *input, char text[INPUT_TEXT_MAX])
{
    const ta_wav_info_t *info = &input->wav.info;
    char channels[CLI_NUMBER_MAX], number[CLI_NUMBER_MAX], length[2 * CLI_NUMBER_MAX + 16] = "of unknown length";
    char time[CLI_NUMBER_MAX];
    if (info->frames != TA_FRAMES_UNKNOWN) {
        (void)snprintf(length, sizeof length, "%s (%s frames)", input_time(info->frames, info->format.rate_hz, time),
                       cli_number(info->frames, number));
    }
    (void)snprintf(text, INPUT_TEXT_MAX, "%u-bit %s %s, %lu Hz, %s", info->bits,
                   channels_name(info->channels, channels), info->tag == TAG_FLOAT ? "float" : "PCM",
                   (unsigned long)info->format.rate_hz, length);
    return text;
}

void input_print(const input_t *input, FILE *to)
{
    char text[INPUT_TEXT_MAX];
    input_describe(input, text);
    bool wide = strlen(input->name) + strlen(": ") + strlen(text) > CLI_COLUMNS;
    (void)fprintf(to, "%s:%s%s\n", input->name, wide ? "\n  " : " ", text);
}

static const char *channels_note(const input_t *input, char text[INPUT_TEXT_MAX])
{
    if (input->wav.info.channels <= 2)
        return NULL;
    (void)snprintf(text, INPUT_TEXT_MAX, "the file has %u channels: the first two are played",
                   input->wav.info.channels);
    return text;
}

static const char *length_note(const input_t *input)
{
    if (input->wav.info.truncated)
        return "the file is truncated: it is played to its last whole frame";
    if (input->wav.info.open_ended)
        return "the file's header gives no length: it is played to its last whole frame";
    return NULL;
}

static const char *bits_note(const input_t *input, unsigned bits, char text[INPUT_TEXT_MAX])
{
    enum { FEW = 16, MORE = 24, ALL = 32 };
    const ta_wav_info_t *info = &input->wav.info;
    if (info->tag == TAG_FLOAT && bits < ALL) {
        (void)snprintf(text, INPUT_TEXT_MAX, "%u-bit float becomes %u bits; --bits 32 keeps most", info->bits, bits);
    } else if (info->tag != TAG_FLOAT && info->valid_bits > bits && info->valid_bits > FEW) {
        (void)snprintf(text, INPUT_TEXT_MAX, "%u bits become %u; --bits %d keeps them", info->valid_bits, bits,
                       info->valid_bits <= MORE ? MORE : ALL);
    } else {
        return NULL;
    }
    return text;
}

const char *input_note(const input_t *input, unsigned number, unsigned bits, char text[INPUT_TEXT_MAX])
{
    return number == 0 ? channels_note(input, text) : number == 1 ? length_note(input) : bits_note(input, bits, text);
}
