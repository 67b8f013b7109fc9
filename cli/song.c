// A song. In: the path of a standard MIDI file, and options. Out: a source that plays it, and what there is to say of it.

#include "song.h"

#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WAVE_SAMPLES = 64, DRUMS = 1 << 9 }; // keys of MIDI channel 10 are drums, which have no pitch

// ---- which files are songs -----------------------------------------------------------------------------------------------

static bool ends_as(const char *path, const char *const *endings)
{
    const char *dot = strrchr(path, '.');
    for (; dot && *endings; endings++) {
        if (strcasecmp(dot, *endings) == 0)
            return true;
    }
    return false;
}

bool song_is(const char *path)
{
    static const char *const endings[] = {".mid", ".midi", NULL};
    static const char magic[4] = "MThd";
    struct stat facts;
    char first[sizeof magic] = "";
    if (strcmp(path, "-") == 0)
        return false;
    if (ends_as(path, endings))
        return true;
    if (stat(path, &facts) != 0 || !S_ISREG(facts.st_mode)) // bytes of a pipe would be gone
        return false;
    FILE *file = fopen(path, "rb");
    bool found = file && fread(first, 1, sizeof first, file) == sizeof first && memcmp(first, magic, sizeof magic) == 0;
    if (file)
        (void)fclose(file);
    return found;
}

bool song_is_script(const char *path)
{
    static const char *const endings[] = {".py", ".mpy", NULL};
    return ends_as(path, endings);
}

// ---- how it sounds -------------------------------------------------------------------------------------------------------

static int wave_at(render_wave_t wave, int n)
{
    static const int16_t sine[WAVE_SAMPLES / 4 + 1] = {0,     3212,  6393,  9512,  12539, 15446, 18204, 20787, 23170,
                                                       25329, 27245, 28898, 30273, 31356, 32137, 32609, 32767};
    int half = n % (WAVE_SAMPLES / 2), quarter = half <= WAVE_SAMPLES / 4 ? half : WAVE_SAMPLES / 2 - half;
    int sign = n < WAVE_SAMPLES / 2 ? 1 : -1;
    switch (wave) {
    case RENDER_SINE:
        return sign * sine[quarter];
    case RENDER_TRIANGLE:
        return sign * (quarter * 32767 / (WAVE_SAMPLES / 4));
    case RENDER_SAW:
        return n * 65535 / (WAVE_SAMPLES - 1) - 32768;
    case RENDER_SQUARE:
        break;
    }
    return sign * 32767;
}

static ta_wave_t wave_of(render_wave_t wave)
{
    static int16_t wave_samples[WAVE_SAMPLES];
    for (int n = 0; n < WAVE_SAMPLES; n++)
        wave_samples[n] = (int16_t)wave_at(wave, n);
    return (ta_wave_t){wave_samples, WAVE_SAMPLES};
}

void song_configure(song_t *song, const options_t *options, unsigned polyphony)
{
    song->envelope = ta_envelope_default();
    song->envelope.attack_s = (ta_real_t)0.005; // keys, and no organ
    song->config = (ta_midi_config_t){.synth = {.rate_hz = options->rate_hz ? options->rate_hz : SONG_RATE_HZ,
                                                .channels = 1,
                                                .polyphony = (uint8_t)polyphony,
                                                .interpolate = true,
                                                .velocity = true,
                                                .wave = wave_of(options->wave),
                                                .envelope = &song->envelope},
                                      .channels = (uint16_t)~DRUMS,
                                      .tail = true};
}

// ---- opening, playing to nobody, closing ---------------------------------------------------------------------------------

int song_open(song_t *song, const char *path, const char *what)
{
    *song = (song_t){.name = path};
    song->file = fopen(path, "rb");
    if (!song->file)
        return cli_say(CLI_FAILED, "cannot open %.300s: %s", path, strerror(errno));
    if (fstat(fileno(song->file), &song->stat) == 0 && S_ISDIR(song->stat.st_mode))
        return cli_say(CLI_FAILED, "%.300s is a directory: give %s", path, what);
    ta_stream_from_file(&song->stream, song->file);
    if (ta_midi_open(&song->midi, &song->stream) != TA_OK)
        return cli_say(CLI_FAILED, "%.300s: %s", path, song->midi.error);
    return CLI_OK;
}

static int say_wrong(const song_t *song, ta_status_t status)
{
    return cli_say(CLI_FAILED, "%.300s: %s", song->name,
                   song->midi.error[0] ? song->midi.error : ta_status_name(status));
}

int song_begin(song_t *song)
{
    ta_need_t need;
    ta_status_t status = ta_midi_need(&song->midi, &song->config, &need);
    free(song->storage);
    song->storage = NULL;
    if (status == TA_OK) {
        song->storage = calloc(1, need.bytes);
        status = song->storage ? ta_midi_init(&song->midi, &song->config, song->storage) : TA_E_NOMEM;
    }
    if (status == TA_OK)
        status = ta_midi_scan(&song->midi);
    return status == TA_OK ? CLI_OK : say_wrong(song, status);
}

static unsigned sounding(const ta_synth_t *synth)
{
    ta_voice_info_t info;
    unsigned count = 0;
    for (unsigned v = 0; v < synth->polyphony; v++)
        count += ta_synth_voice(synth, v, &info);
    return count;
}

// Half a second, and the ticks around it, after an event all envelopes have come to where they stay: until the next one nothing changes, be it a century.
static void shorten_wait(song_t *song)
{
    uint64_t settled = song->config.synth.rate_hz / 2 + 2 * TA_SYNTH_TICK_FRAMES;
    if (song->midi.wait_frames > settled)
        song->midi.wait_frames = settled;
}

int song_rehearse(song_t *song)
{
    ta_pull_t pull = TA_PULL_MORE;
    int code = song_begin(song);
    song->notes_max = 0;
    while (code == CLI_OK && pull == TA_PULL_MORE) {
        ta_block_t block;
        shorten_wait(song);
        pull = ta_source_pull(&song->midi.source, TA_SYNTH_TICK_FRAMES, &block);
        unsigned notes = sounding(&song->midi.synth);
        song->notes_max = notes > song->notes_max ? notes : song->notes_max;
        if (pull == TA_PULL_FAULT)
            code = say_wrong(song, song->midi.source.fault);
    }
    song->cut = song->midi.synth.stolen;
    return code;
}

void song_close(song_t *song)
{
    free(song->storage);
    song->storage = NULL;
    if (song->file)
        (void)fclose(song->file);
    song->file = NULL;
}

void song_print(const song_t *song, FILE *to)
{
    const ta_midi_info_t *info = &song->midi.info;
    char events[CLI_NUMBER_MAX], text[160];
    unsigned long long ms = info->microseconds / 1000;
    int length =
        snprintf(text, sizeof text, "MIDI type %u, %u track%s, %s events, %llu:%02llu.%03llu", info->type, info->tracks,
                 info->tracks == 1 ? "" : "s", cli_number(info->events, events), ms / 60000, ms / 1000 % 60, ms % 1000);
    bool wide = strlen(song->name) + strlen(": ") + (size_t)length > CLI_COLUMNS;
    (void)fprintf(to, "%s:%s%s\n", song->name, wide ? "\n  " : " ", text);
}
