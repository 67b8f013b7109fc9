// tonearm render: a song or a script becomes a WAV file, as fast as this machine can. In: a standard MIDI file, played by Tonearm's synthesizer; or
// a Python script, run by build/micropython with its outputs recorded. Out: the file of --out, whole or not at all.

#include "cli.h"
#include "json.h"
#include "meter.h"
#include "options.h"
#include "outfile.h"
#include "render_script.h"
#include "signals.h"
#include "src/pin/desktop/wavwriter.h"
#include "tonearm/midi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CHUNK_FRAMES = TA_SYNTH_TICK_FRAMES,
    WAVE_SAMPLES = 64,
    DRUMS = 1 << 9
}; // keys of MIDI channel 10 are drums, which have no pitch

typedef struct {
    const options_t *options;
    FILE *file;
    ta_stream_t stream;
    ta_midi_t midi;
    void *storage;
    outfile_t out;
    wavwriter_t writer;
    meter_t meter;
    uint64_t started_ns, took_ns, frames;
    uint32_t peak;
    bool interrupted;
} render_t;

static int16_t wave_samples[WAVE_SAMPLES];

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
    for (int n = 0; n < WAVE_SAMPLES; n++)
        wave_samples[n] = (int16_t)wave_at(wave, n);
    return (ta_wave_t){wave_samples, WAVE_SAMPLES};
}

// ---- the song --------------------------------------------------------------------------------------------------------------

static int open_song(render_t *render)
{
    const char *path = render->options->file;
    struct stat facts;
    render->file = fopen(path, "rb");
    if (!render->file)
        return cli_say(CLI_FAILED, "cannot open %.300s: %s", path, strerror(errno));
    if (fstat(fileno(render->file), &facts) == 0 && S_ISDIR(facts.st_mode))
        return cli_say(CLI_FAILED, "%.300s is a directory: give a MIDI file or a Python script", path);
    ta_stream_from_file(&render->stream, render->file);
    if (ta_midi_open(&render->midi, &render->stream) != TA_OK)
        return cli_say(CLI_FAILED, "%.300s: %s", path, render->midi.error);
    return outfile_open(&render->out, "--out", render->options->out, &facts);
}

static int begin_song(render_t *render)
{
    const options_t *o = render->options;
    static ta_envelope_t envelope;
    envelope = ta_envelope_default();
    envelope.attack_s = (ta_real_t)0.005; // keys, and no organ
    ta_midi_config_t config = {.synth = {.rate_hz = o->rate_hz,
                                         .channels = 1,
                                         .polyphony = (uint8_t)o->polyphony,
                                         .interpolate = true,
                                         .velocity = true,
                                         .wave = wave_of(o->wave),
                                         .envelope = &envelope},
                               .channels = (uint16_t)~DRUMS,
                               .tail = true};
    ta_need_t need;
    ta_status_t status = ta_midi_need(&render->midi, &config, &need);
    if (status == TA_OK) {
        render->storage = calloc(1, need.bytes);
        status = render->storage ? ta_midi_init(&render->midi, &config, render->storage) : TA_E_NOMEM;
    }
    if (status == TA_OK)
        status = ta_midi_scan(&render->midi);
    if (status == TA_OK)
        return CLI_OK;
    return cli_say(CLI_FAILED, "%.300s: %s", o->file,
                   render->midi.error[0] ? render->midi.error : ta_status_name(status));
}

static void print_song(const render_t *render, FILE *to)
{
    const ta_midi_info_t *info = &render->midi.info;
    char events[CLI_NUMBER_MAX];
    unsigned long long ms = info->microseconds / 1000;
    (void)fprintf(to, "%s: MIDI type %u, %u track%s, %s events, %llu:%02llu.%03llu\n", render->options->file,
                  info->type, info->tracks, info->tracks == 1 ? "" : "s", cli_number(info->events, events), ms / 60000,
                  ms / 1000 % 60, ms % 1000);
}

static void take_block(render_t *render, const ta_block_t *block)
{
    const int16_t *samples = block->data;
    uint32_t peaks[2] = {0, 0};
    for (uint32_t f = 0; f < block->frames; f++) {
        int32_t sample = samples[f] * 65536;
        uint32_t size = samples[f] < 0 ? (uint32_t)-samples[f] : (uint32_t)samples[f];
        if (size > render->peak)
            render->peak = size;
        if (size << 16 > peaks[0])
            peaks[0] = peaks[1] = size << 16 > INT32_MAX ? INT32_MAX : size << 16;
        (void)wavwriter_frame(&render->writer, sample, sample); // the loop looks at writer.error
    }
    render->frames += block->frames;
    meter_peaks(&render->meter, peaks);
}

static void watch(render_t *render)
{
    uint64_t now_ns = meter_clock_ns();
    if (!meter_due(&render->meter, now_ns))
        return;
    double seconds = (double)render->frames / render->options->rate_hz;
    meter_view_t view = {.position_frames = render->frames,
                         .total_frames = render->midi.info.microseconds * render->options->rate_hz / 1000000,
                         .rate_hz = render->options->rate_hz,
                         .speed =
                             now_ns > render->started_ns ? seconds * 1e9 / (double)(now_ns - render->started_ns) : 0};
    meter_draw(&render->meter, now_ns, &view);
}

static int render_song(render_t *render)
{
    ta_pull_t pull = TA_PULL_MORE;
    while (pull == TA_PULL_MORE && !render->writer.error && !signals_came()) {
        ta_block_t block;
        pull = ta_source_pull(&render->midi.source, CHUNK_FRAMES, &block);
        if (pull != TA_PULL_FAULT)
            take_block(render, &block);
        watch(render);
    }
    meter_end(&render->meter);
    render->took_ns = meter_clock_ns() - render->started_ns;
    render->interrupted = signals_came() != 0;
    if (!render->writer.error)
        (void)wavwriter_finish(&render->writer);
    if (render->writer.error)
        return cli_say(CLI_FAILED, "--out: cannot write %.300s: %s", render->out.name, strerror(render->writer.error));
    if (pull == TA_PULL_FAULT)
        return cli_say(CLI_FAILED, "%.300s: %s", render->options->file, render->midi.error);
    return CLI_OK;
}

static void print_report(const render_t *render, FILE *to)
{
    char frames[CLI_NUMBER_MAX];
    double seconds = (double)render->frames / render->options->rate_hz;
    (void)fprintf(to, "  wrote     %s: %s frames, %.3f s at %u Hz%s\n",
                  to == stderr ? "standard output" : render->options->out, cli_number(render->frames, frames), seconds,
                  (unsigned)render->options->rate_hz, render->interrupted ? ", interrupted" : "");
    (void)fprintf(to, "  peak      %.1f %% of full scale\n", render->peak * 100.0 / 32768);
    unsigned voices = render->midi.synth.polyphony, more = 2 * voices;
    if (render->midi.synth.stolen) {
        (void)fprintf(to, "  voices    %u notes were cut for others; --polyphony %u has fewer of them\n",
                      (unsigned)render->midi.synth.stolen,
                      more < TA_SYNTH_POLYPHONY_MAX ? more : TA_SYNTH_POLYPHONY_MAX);
    } else {
        (void)fprintf(to, "  voices    %u were enough\n", voices);
    }
    (void)fprintf(to, "  speed     %.0f seconds per real second\n",
                  seconds * 1e9 / (double)(render->took_ns ? render->took_ns : 1));
}

static bool print_json(const render_t *render)
{
    cJSON *json = cJSON_CreateObject();
    const ta_midi_info_t *info = &render->midi.info;
    json_text(json, "file", render->options->file);
    json_text(json, "out", render->options->out);
    json_count(json, "midi_type", info->type);
    json_count(json, "tracks", info->tracks);
    json_count(json, "events", info->events);
    json_count(json, "song_us", info->microseconds);
    json_count(json, "rate_hz", render->options->rate_hz);
    json_count(json, "frames", render->frames);
    json_count(json, "polyphony", render->midi.synth.polyphony);
    json_count(json, "stolen", render->midi.synth.stolen);
    json_count(json, "peak", render->peak);
    (void)cJSON_AddBoolToObject(json, "interrupted", render->interrupted);
    return json_print(json, stdout);
}

static int write_song(render_t *render)
{
    const options_t *o = render->options;
    FILE *text = o->quiet || o->json ? NULL : (o->out && strcmp(o->out, "-") == 0) ? stderr : stdout;
    if (text)
        print_song(render, text);
    if (!wavwriter_begin(&render->writer, render->out.file, 16, o->rate_hz))
        return cli_say(CLI_FAILED, "--out: cannot write %.300s: %s", render->out.name, strerror(render->writer.error));
    signals_catch(fileno(render->file));
    meter_begin(&render->meter, text != NULL);
    render->started_ns = meter_clock_ns();
    int code = render_song(render);
    if (code == CLI_OK)
        code = outfile_close(&render->out);
    if (code == CLI_OK)
        code = outfile_commit(&render->out);
    if (code == CLI_OK && text)
        print_report(render, text);
    if (code == CLI_OK && o->json && !print_json(render))
        code = cli_say(CLI_FAILED, "cannot write to standard output");
    return code;
}

static int song(const options_t *options)
{
    static render_t render;
    render = (render_t){.options = options};
    int code = open_song(&render);
    if (code == CLI_OK)
        code = begin_song(&render);
    if (code == CLI_OK)
        code = write_song(&render);
    outfile_discard(&render.out);
    free(render.storage);
    if (render.file)
        (void)fclose(render.file);
    return signals_end(cli_finish_stdout(code));
}

// ---- which of the two --------------------------------------------------------------------------------------------------------

int cli_render(const options_t *options)
{
    const char *dot = strrchr(options->file, '.');
    if (dot && (strcmp(dot, ".py") == 0 || strcmp(dot, ".mpy") == 0))
        return render_script(options);
    return song(options);
}
