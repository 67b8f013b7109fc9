// One run. In: options. Out: an input, a board with its memory, files, a plan, a report.
// Invariants: a session is closed in any state by session_end; files get their names only when all of them are whole.

#include "session.h"

#include "cli.h"
#include "json.h"
#include "knob.h"
#include "signals.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STALL_SEEN_US = 10000 }; // a feed that is late by less says so itself

// ---- opening and closing -------------------------------------------------------------------------------------------------

// A song is planned with as many voices as it has notes at a time, up to the synthesizer's own number.
static int open_song(session_t *session)
{
    const options_t *o = session->options;
    song_t *song = &session->song;
    int code = song_open(song, o->file, "a WAV file or a MIDI file");
    if (code != CLI_OK)
        return code;
    if (o->resample != TA_RESAMPLE_NONE) {
        return cli_say(CLI_USAGE, "--resample: %.300s is a song, which is made at the rate of --rate: leave it out",
                       o->file);
    }
    song_configure(song, o, o->polyphony);
    code = song_rehearse(song);
    if (code == CLI_OK)
        song_configure(song, o, o->polyphony ? o->polyphony : song->notes_max ? song->notes_max : 1);
    session->plan.song = song;
    session->input.name = o->file;
    return code;
}

static int open_source(session_t *session)
{
    const options_t *o = session->options;
    if (o->command == COMMAND_PLAN && song_is_script(o->file) && access(o->file, R_OK) == 0) {
        return cli_say(
            CLI_FAILED,
            "%.300s is a Python script: only where it runs its graph is known; let it print(out.plan(sample))",
            o->file);
    }
    if (o->command == COMMAND_PLAN && song_is(o->file))
        return open_song(session);
    if (o->command == COMMAND_PLAN && o->polyphony)
        return cli_say(CLI_USAGE, "--polyphony: %.300s is no MIDI file: leave it out", o->file);
    return input_open(&session->input, o->file);
}

int session_begin(session_t *session, const options_t *options)
{
    memset(session, 0, sizeof *session);
    session->options = options;
    session->out.copy_to = session->trace.copy_to = session->report_file.copy_to = -1;
    session->plan.options = options;
    session->plan.input = &session->input;
    session->plan.memory = &session->memory;
    session->plan.on_board = options->pin == PIN_I2S;
    ta_plan_init(&session->source_memory);
    ta_plan_init(&session->plan.needs);
    timing_begin(&session->timing);
    int code = open_source(session);
    if (code != CLI_OK)
        return code;
    if (!session->plan.on_board)
        return board_memory_build_desktop(&session->memory, options);
    if (chip_boot(options->board) != 0)
        return CLI_FAILED; // it has said why
    return board_memory_build(&session->memory, options);
}

int session_end(session_t *session, int code)
{
    ta_plan_release(&session->source_memory);
    meter_end(&session->meter);
    outfile_discard(&session->out);
    outfile_discard(&session->trace);
    outfile_discard(&session->report_file);
    input_close(&session->input);
    song_close(&session->song);
    chip_shutdown();
    free(session->report.hole);
    session->report.hole = NULL;
    return signals_end(code);
}

int session_open_files(session_t *session)
{
    const options_t *o = session->options;
    const struct stat *input = &session->input.stat;
    signals_catch(fileno(session->input.file));
    int code = outfile_open(&session->out, "--out", o->out, input);
    if (code == CLI_OK)
        code = outfile_open(&session->trace, "--trace", o->trace, input);
    if (code == CLI_OK)
        code = outfile_open(&session->report_file, "--report", o->report, input);
    const outfile_t *out = &session->out, *trace = &session->trace, *report = &session->report_file;
    if (code == CLI_OK && (outfile_same(out, trace) || outfile_same(out, report) || outfile_same(trace, report)))
        code = cli_say(CLI_USAGE, "--out, --trace and --report name the same file: give each its own");
    return code;
}

static bool on_stdout(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

FILE *session_text(const session_t *session)
{
    const options_t *o = session->options;
    if (o->quiet)
        return NULL;
    if (o->json)
        return o->command == COMMAND_PLAN ? NULL : stderr;
    return on_stdout(o->out) || on_stdout(o->trace) || on_stdout(o->report) ? stderr : stdout;
}

// ---- the plan ------------------------------------------------------------------------------------------------------------

ta_i2s_config_t session_i2s_config(const session_t *session)
{
    const options_t *o = session->options;
    return (ta_i2s_config_t){
        .data_pin = o->data_pin,
        .bclk_pin = o->bclk_pin,
        .ws_pin = o->ws_pin,
        .bits = (uint8_t)o->bits,
        .alignment = o->left_justified ? TA_I2S_LEFT_JUSTIFIED : TA_I2S_PHILIPS,
        .rate_hz = plan_rate_hz(&session->plan),
        .fixed_rate = o->rate_hz != 0,
        .resample = plan_resampling(&session->plan),
        .resample_max_hz = plan_format(&session->plan).rate_hz,
        .buffer_us = o->buffer_us,
        .feed = TA_FEED_INTERRUPT,
        .dither = o->dither,
        .mono = o->mono,
    };
}

static ta_status_t add_needs(session_t *session)
{
    plan_t *plan = &session->plan;
    ta_need_t source;
    const song_t *song = plan->song;
    ta_status_t status =
        song ? ta_midi_need(&song->midi, &song->config, &source) : ta_wav_need(&session->input.wav, 0, &source);
    if (status == TA_OK)
        status = ta_plan_add(&plan->needs, &source, &session->memory.memory);
    for (int n = 0; n < 2 && status == TA_OK; n++)
        status = ta_plan_add(&plan->needs, &plan->i2s.needs[n], &session->memory.memory);
    return status;
}

int session_check_rate(const session_t *session)
{
    const options_t *o = session->options;
    uint32_t file_hz = plan_format(&session->plan).rate_hz;
    if (o->rate_hz == 0 || o->rate_hz == file_hz || o->resample != TA_RESAMPLE_NONE)
        return CLI_OK;
    return cli_say(CLI_FAILED, "--rate %lu: %.300s has %lu Hz; add --resample good, or leave --rate out",
                   (unsigned long)o->rate_hz, session->input.name, (unsigned long)file_hz);
}

ta_status_t session_plan_quietly(session_t *session, char error[TA_SENTENCE_MAX])
{
    ta_i2s_config_t config = session_i2s_config(session);
    ta_status_t status = ta_i2s_plan(&config, &session->plan.i2s, error);
    if (status != TA_OK)
        return status;
    status = add_needs(session);
    if (status != TA_OK) {
        (void)snprintf(error, TA_SENTENCE_MAX, "%.200s: its needs cannot be planned (%s)", session->input.name,
                       ta_status_name(status));
    }
    return status;
}

int session_plan(session_t *session)
{
    char error[TA_SENTENCE_MAX];
    int code = session_check_rate(session);
    if (code != CLI_OK)
        return code;
    ta_status_t status = session_plan_quietly(session, error);
    if (status == TA_OK)
        return load_work_out(&session->plan);
    return cli_say(status == TA_E_ARG ? CLI_USAGE : CLI_FAILED, "%s", error);
}

// Adds the needs of one kind to `to`, past adapters and probes: what is only tried is neither counted nor refused on purpose.
static void add_for_trying(const plan_t *plan, ta_plan_t *to, bool dma)
{
    for (unsigned i = 0; i < plan->needs.items; i++) {
        const ta_plan_item_t *item = &plan->needs.item[i];
        if ((item->need.cls == TA_CLASS_DMA) != dma)
            continue;
        to->item[to->items] = *item;
        to->item[to->items++].mem = board_memory_inner(plan->memory, item->mem);
    }
}

ta_status_t session_memory_suffices(session_t *session)
{
    plan_t *plan = &session->plan;
    ta_plan_t trial;
    ta_plan_init(&trial);
    add_for_trying(plan, &trial, true); // first what is hardest to place, so that a refusal names it
    add_for_trying(plan, &trial, false);
    plan->fits = ta_plan_try(&trial, &plan->failure);
    return plan->fits;
}

int session_check_memory(session_t *session)
{
    plan_t *plan = &session->plan;
    (void)session_memory_suffices(session);
    if (plan->fits == TA_OK && session->options->command == COMMAND_PLAN)
        plan->fits = ta_plan_try(&plan->needs, &plan->failure); // with --fail-alloc
    return plan->fits == TA_OK ? CLI_OK : session_refused(session);
}

int session_refused(session_t *session)
{
    ta_plan_release(&session->source_memory);
    session->plan.left_blocks = board_memory_live(&session->memory);
    session->plan.left_claims = session->plan.on_board && !chip_claims_none();
    char knob[TA_SENTENCE_MAX];
    if (session->plan.on_board && !plan_injected(&session->plan))
        session->plan.failure.knob = knob_that_helps(session, knob);
    return plan_refused(&session->plan);
}

// ---- the source ----------------------------------------------------------------------------------------------------------

static int set_loops(session_t *session)
{
    const options_t *o = session->options;
    ta_wav_t *wav = &session->input.wav;
    if (o->smpl_loop && !wav->info.has_loop) {
        return cli_say(CLI_FAILED,
                       "--smpl-loop: %.300s has no loop points inside its sound; use --loop N to play all of it again",
                       session->input.name);
    }
    if (!o->smpl_loop && o->loops == 0)
        return CLI_OK;
    ta_status_t status = o->smpl_loop ? ta_wav_use_loop(wav) : ta_source_set_loop(&wav->source, 0, 0, o->loops);
    if (status == TA_OK)
        return CLI_OK;
    if (wav->info.frames == 0)
        return cli_say(CLI_FAILED, "--loop: %.300s has no frames to play again", session->input.name);
    if (!session->input.stream.seek) {
        return cli_say(CLI_FAILED, "%s: %.300s cannot go back, as a pipe cannot; give a file",
                       o->smpl_loop ? "--smpl-loop" : "--loop", session->input.name);
    }
    return cli_say(CLI_FAILED, "%s: %.300s cannot be looped (%s)", o->smpl_loop ? "--smpl-loop" : "--loop",
                   session->input.name, ta_status_name(status));
}

int session_take_source(session_t *session)
{
    plan_t *plan = &session->plan;
    ta_wav_t *wav = &session->input.wav;
    ta_need_t need;
    ta_status_t status = ta_wav_need(wav, 0, &need);
    if (status == TA_OK)
        status = ta_plan_add(&session->source_memory, &need, &session->memory.memory);
    if (status == TA_OK)
        status = plan->fits = ta_plan_take(&session->source_memory, &plan->failure);
    if (plan->fits != TA_OK)
        return session_refused(session);
    if (status == TA_OK)
        status = ta_wav_init(wav, 0, session->source_memory.item[0].block);
    if (status != TA_OK)
        return cli_say(CLI_FAILED, "%.300s cannot be made playable (%s)", session->input.name, ta_status_name(status));
    return set_loops(session);
}

int session_check_source(const session_t *session)
{
    const ta_output_stats_t *stats = &session->report.stats;
    if (stats->faults == 0)
        return CLI_OK;
    if (stats->fault == TA_E_IO) {
        return cli_say(CLI_FAILED, "%.300s: reading failed after %llu frames; nothing was kept", session->input.name,
                       (unsigned long long)stats->source_frames);
    }
    return cli_say(CLI_FAILED, "%.300s: playing failed after %llu frames (%s); nothing was kept", session->input.name,
                   (unsigned long long)stats->source_frames, ta_status_name(stats->fault));
}

// ---- while it plays ------------------------------------------------------------------------------------------------------

static void collect_holes(report_t *report, const ta_output_t *output)
{
    uint32_t counted = output->ring.stats.holes;
    uint32_t kept = output->ring.config.hole_records;
    uint32_t oldest = counted > kept ? counted - kept : 0;
    if (report->holes_seen < oldest)
        report->holes_seen = oldest; // more at once than are kept: they are counted, not listed
    for (; report->holes_seen < counted; report->holes_seen++) {
        if (report->holes == report->hole_room) {
            uint32_t room = report->hole_room ? 2 * report->hole_room : 64;
            ta_hole_t *more = realloc(report->hole, room * sizeof *more);
            if (!more)
                return;
            report->hole = more;
            report->hole_room = room;
        }
        if (ta_output_hole(output, report->holes_seen - oldest, &report->hole[report->holes]))
            report->holes++;
    }
}

// Frames that will have been played at the end; 0 when nobody knows.
static uint64_t expected_frames(const session_t *session)
{
    const ta_wav_info_t *info = &session->input.wav.info;
    const options_t *o = session->options;
    if (info->frames == TA_FRAMES_UNKNOWN || o->loops == TA_LOOP_FOREVER)
        return 0;
    uint64_t frames = info->frames * (1 + (uint64_t)o->loops);
    if (o->smpl_loop) {
        if (info->loop_times == TA_LOOP_FOREVER)
            return 0;
        frames = info->frames + (info->loop_end - info->loop_start) * info->loop_times;
    }
    uint32_t in_hz = info->format.rate_hz, out_hz = plan_rate_hz(&session->plan);
    return frames / in_hz * out_hz + (frames % in_hz * out_hz + in_hz - 1) / in_hz;
}

// The output's figures are those of its last feed. While no feed runs, what it had queued plays on, and then silence.
static void draw_meter(session_t *session, const ta_output_stats_t *stats, uint64_t now_ns, uint64_t virtual_ns)
{
    uint32_t rate_hz = plan_rate_hz(&session->plan);
    uint64_t since_us = (virtual_ns - session->fed_ns) / 1000;
    uint64_t played_us = since_us < stats->headroom_us ? since_us : stats->headroom_us;
    meter_view_t view = {
        .position_frames = stats->position_frame + played_us * rate_hz / 1000000,
        .total_frames = expected_frames(session),
        .rate_hz = rate_hz,
        .headroom_us = stats->headroom_us - played_us,
        .silent_us = stats->state == TA_OUTPUT_PLAYING && since_us > STALL_SEEN_US ? since_us - played_us : 0,
        .holes = stats->ring.holes,
        .speed = now_ns > session->started_ns ? (double)virtual_ns / (double)(now_ns - session->started_ns) : 0,
    };
    meter_draw(&session->meter, now_ns, &view);
}

void session_watch(session_t *session, ta_output_t *output, uint64_t virtual_ns)
{
    report_t *report = &session->report;
    collect_holes(report, output);
    ta_output_stats(output, &report->stats);
    if (report->stats.feeds != session->feeds_seen) {
        session->feeds_seen = report->stats.feeds;
        session->fed_ns = virtual_ns;
    }
    uint64_t now_ns = meter_clock_ns();
    if (meter_due(&session->meter, now_ns))
        draw_meter(session, &report->stats, now_ns, virtual_ns);
    if (signals_came() && !session->stopping) {
        if (session->plan.on_board)
            chip_fault_end(); // a stall would keep the feed from hearing of it
        session->stopping = ta_output_stop(output) == TA_OK;
        report->interrupted = session->stopping;
    }
}

// ---- the end -------------------------------------------------------------------------------------------------------------

static int write_report(session_t *session)
{
    if (session->options->json && !json_print(facts_json(&session->plan, &session->report), stdout))
        return cli_say(CLI_FAILED, "cannot write to standard output");
    if (!session->report_file.file)
        return CLI_OK;
    (void)json_print(facts_json(&session->plan, &session->report),
                     session->report_file.file); // outfile_close sees failures
    return CLI_OK;
}

int session_finish(session_t *session)
{
    meter_end(&session->meter);
    int code = write_report(session);
    if (code == CLI_OK)
        code = outfile_close(&session->out);
    if (code == CLI_OK)
        code = outfile_close(&session->trace);
    if (code == CLI_OK)
        code = outfile_close(&session->report_file);
    if (code == CLI_OK)
        code = outfile_commit(&session->out);
    if (code == CLI_OK)
        code = outfile_commit(&session->trace);
    if (code == CLI_OK)
        code = outfile_commit(&session->report_file);
    FILE *text = session_text(session);
    if (code == CLI_OK && text && !session->options->json)
        report_print(&session->plan, &session->report, text);
    return cli_finish_stdout(code);
}
