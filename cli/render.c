// tonearm render: a song or a script becomes a WAV file, as fast as this machine can. In: a standard MIDI file, played by Tonearm's synthesizer; or
// a Python script, run by build/micropython with its outputs recorded. Out: the file of --out, whole or not at all.

#include "cli.h"
#include "json.h"
#include "meter.h"
#include "options.h"
#include "outfile.h"
#include "render_script.h"
#include "signals.h"
#include "song.h"
#include "src/pin/desktop/wavwriter.h"
#include "timing.h"

#include <string.h>

enum { CHUNK_FRAMES = TA_SYNTH_TICK_FRAMES };

typedef struct {
    const options_t *options;
    song_t song;
    outfile_t out;
    wavwriter_t writer;
    meter_t meter;
    timing_t timing;
    timing_ranks_t ranks;
    uint64_t started_ns, took_ns, frames;
    uint32_t peak;
    bool interrupted;
} render_t;

// ---- the song --------------------------------------------------------------------------------------------------------------

static int open_song(render_t *render)
{
    const options_t *o = render->options;
    int code = song_open(&render->song, o->file, "a MIDI file or a Python script");
    if (code == CLI_OK)
        code = outfile_open(&render->out, "--out", o->out, &render->song.stat);
    song_configure(&render->song, o, o->polyphony);
    return code == CLI_OK ? song_begin(&render->song) : code;
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
                         .total_frames = render->song.midi.info.microseconds * render->options->rate_hz / 1000000,
                         .rate_hz = render->options->rate_hz,
                         .speed =
                             now_ns > render->started_ns ? seconds * 1e9 / (double)(now_ns - render->started_ns) : 0};
    meter_draw(&render->meter, now_ns, &view);
}

static int render_song(render_t *render)
{
    ta_pull_t pull = TA_PULL_MORE;
    timing_begin(&render->timing);
    timing_add(&render->timing, &render->song.midi.source, "synthesizer");
    while (pull == TA_PULL_MORE && !render->writer.error && !signals_came()) {
        ta_block_t block;
        pull = ta_source_pull(&render->song.midi.source, CHUNK_FRAMES, &block);
        if (pull != TA_PULL_FAULT)
            take_block(render, &block);
        watch(render);
    }
    timing_end(&render->timing, &render->ranks);
    meter_end(&render->meter);
    render->took_ns = meter_clock_ns() - render->started_ns;
    render->interrupted = signals_came() != 0;
    if (!render->writer.error)
        (void)wavwriter_finish(&render->writer);
    if (render->writer.error)
        return cli_say(CLI_FAILED, "--out: cannot write %.300s: %s", render->out.name, strerror(render->writer.error));
    if (pull == TA_PULL_FAULT)
        return cli_say(CLI_FAILED, "%.300s: %s", render->options->file, render->song.midi.error);
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
    unsigned voices = render->song.midi.synth.polyphony, more = 2 * voices;
    if (render->song.midi.synth.stolen) {
        (void)fprintf(to, "  voices    %u notes were cut for others; --polyphony %u has fewer of them\n",
                      (unsigned)render->song.midi.synth.stolen,
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
    const ta_midi_info_t *info = &render->song.midi.info;
    json_text(json, "file", render->options->file);
    json_text(json, "out", render->options->out);
    json_count(json, "midi_type", info->type);
    json_count(json, "tracks", info->tracks);
    json_count(json, "events", info->events);
    json_count(json, "song_us", info->microseconds);
    json_count(json, "rate_hz", render->options->rate_hz);
    json_count(json, "frames", render->frames);
    json_count(json, "polyphony", render->song.midi.synth.polyphony);
    json_count(json, "stolen", render->song.midi.synth.stolen);
    json_count(json, "peak", render->peak);
    (void)cJSON_AddBoolToObject(json, "interrupted", render->interrupted);
    timing_json(json, &render->ranks);
    return json_print(json, stdout);
}

static int write_song(render_t *render)
{
    const options_t *o = render->options;
    FILE *text = o->quiet || o->json ? NULL : (o->out && strcmp(o->out, "-") == 0) ? stderr : stdout;
    if (text)
        song_print(&render->song, text);
    if (!wavwriter_begin(&render->writer, render->out.file, 16, o->rate_hz))
        return cli_say(CLI_FAILED, "--out: cannot write %.300s: %s", render->out.name, strerror(render->writer.error));
    signals_catch(fileno(render->song.file));
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
        code = write_song(&render);
    outfile_discard(&render.out);
    song_close(&render.song);
    return signals_end(cli_finish_stdout(code));
}

// ---- which of the two --------------------------------------------------------------------------------------------------------

int cli_render(const options_t *options)
{
    return song_is_script(options->file) ? render_script(options) : song(options);
}
