// Playing on a virtual board. In: a session with a booted board. Out: what a DAC would take from the pins, as a WAV file, a trace
// and figures. Invariants: listeners are there before the first clock and stay until the last; the driver is the one that runs on
// the chips, and everything it took is given back before the report is made.

#include "cli.h"
#include "play.h"
#include "src/pin/desktop/wavwriter.h"

#include <string.h>

enum { STEP_US = 5000, STUCK_US = 30000000 };

typedef struct {
    session_t *session;
    ta_i2s_t i2s;
    chip_i2s_t decoder;
    chip_vcd_t vcd;
    wavwriter_t writer;
    bool writing;
    uint32_t peak[2];
    uint64_t opened_cycle;
} player_t;

static uint64_t us_to_cycles(const session_t *session, uint64_t us)
{
    uint64_t hz = session->options->board->system_hz;
    return us / 1000000 * hz + us % 1000000 * hz / 1000000;
}

static uint32_t magnitude(int32_t sample)
{
    return sample < 0 ? 0U - (uint32_t)sample : (uint32_t)sample;
}

static void on_frame(void *context, uint64_t cycle, int32_t left, int32_t right)
{
    player_t *player = context;
    (void)cycle;
    uint32_t l = magnitude(left), r = magnitude(right);
    player->peak[0] = l > player->peak[0] ? l : player->peak[0];
    player->peak[1] = r > player->peak[1] ? r : player->peak[1];
    if (player->writing)
        (void)wavwriter_frame(&player->writer, left, right); // the loop looks at writer.error
}

static int say_unwritten(const player_t *player)
{
    return cli_say(CLI_FAILED, "--out: cannot write %.300s: %s", player->session->out.name,
                   strerror(player->writer.error));
}

// ---- before the first clock ----------------------------------------------------------------------------------------------

static int listen(player_t *player)
{
    session_t *session = player->session;
    const options_t *o = session->options;
    chip_i2s_config_t decoder = {.data_pin = o->data_pin,
                                 .bclk_pin = o->bclk_pin,
                                 .ws_pin = o->ws_pin,
                                 .bits_per_channel = o->bits == 16 ? 16 : 32,
                                 .left_justified = o->left_justified};
    if (!chip_i2s_listen(&player->decoder, &decoder, on_frame, player))
        return cli_say(CLI_FAILED, "the pins cannot be listened to");
    if (session->trace.file && !chip_vcd_start(&player->vcd, session->trace.file, o->data_pin, o->bclk_pin, o->ws_pin))
        return cli_say(CLI_FAILED, "--trace: the pins cannot be listened to");
    if (!session->out.file)
        return CLI_OK;
    player->writing = true;
    if (wavwriter_begin(&player->writer, session->out.file, o->bits, plan_rate_hz(&session->plan)))
        return CLI_OK;
    return say_unwritten(player);
}

static int open_output(player_t *player)
{
    session_t *session = player->session;
    ta_i2s_config_t config = session_i2s_config(session);
    ta_status_t status = ta_i2s_open(&player->i2s, &config, &session->memory.memory);
    if (status == TA_E_NOMEM || status == TA_E_CLASS) {
        session->plan.fits = status;
        session->plan.failure = player->i2s.failure;
        return session_refused(session);
    }
    if (status != TA_OK)
        return cli_say(CLI_FAILED, "%s", player->i2s.error);
    session->report.tries_to_open = session->memory.tries;
    player->opened_cycle = chip_cycles();
    return CLI_OK;
}

static uint64_t stall_cycle(const player_t *player, unsigned stall)
{
    return player->opened_cycle + us_to_cycles(player->session, player->session->options->stall[stall].at_us);
}

static void add_stalls(const player_t *player)
{
    const options_t *o = player->session->options;
    for (unsigned s = 0; s < o->stalls; s++) {
        chip_fault_t fault = {.kind = CHIP_FAULT_MASK,
                              .at = stall_cycle(player, s),
                              .cycles = us_to_cycles(player->session, o->stall[s].for_us)};
        (void)chip_fault_add(&fault); // the parser admits as many as fit
    }
}

// ---- while it plays ------------------------------------------------------------------------------------------------------

static int check_files(const player_t *player)
{
    const session_t *session = player->session;
    if (player->writing && player->writer.error)
        return say_unwritten(player);
    if (session->trace.file && player->vcd.failed)
        return cli_say(CLI_FAILED, "--trace: cannot write %.300s", session->trace.name);
    return CLI_OK;
}

// The longest time that may pass without a frame of the program: all stalls, and a margin that only a defect exceeds.
static uint64_t stuck_cycles(const session_t *session)
{
    uint64_t us = STUCK_US;
    for (unsigned s = 0; s < session->options->stalls; s++)
        us += session->options->stall[s].for_us;
    return us_to_cycles(session, us);
}

static int play_to_the_end(player_t *player)
{
    session_t *session = player->session;
    ta_output_t *output = &player->i2s.output;
    uint64_t step = us_to_cycles(session, STEP_US), stuck = stuck_cycles(session);
    uint64_t position = 0, moved = chip_cycles();
    while (ta_output_busy(output)) {
        (void)chip_wait_interrupt(chip_cycles() + step);
        uint64_t now = chip_cycles();
        meter_peaks(&session->meter, player->peak);
        player->peak[0] = player->peak[1] = 0;
        session_watch(session, output, chip_cycles_to_ns(now - player->opened_cycle));
        int code = check_files(player);
        if (code != CLI_OK)
            return code;
        if (session->report.stats.position_frame != position) {
            position = session->report.stats.position_frame;
            moved = now;
        } else if (now - moved > stuck) {
            return cli_say(CLI_FAILED, "the output stands still at frame %llu; this is a defect of tonearm",
                           (unsigned long long)position);
        }
    }
    session_watch(session, output, chip_cycles_to_ns(chip_cycles() - player->opened_cycle));
    return CLI_OK;
}

// ---- afterwards ----------------------------------------------------------------------------------------------------------

static void note_end(player_t *player)
{
    report_t *report = &player->session->report;
    uint64_t now = chip_cycles();
    report->closed_ns = chip_cycles_to_ns(now - player->opened_cycle);
    for (unsigned s = 0; s < player->session->options->stalls; s++)
        report->stall_came[s] = stall_cycle(player, s) < now;
}

static void take_figures(player_t *player)
{
    session_t *session = player->session;
    report_t *report = &session->report;
    ta_output_stats(&player->i2s.output, &report->stats);
    report->frames_out = player->decoder.frames;
    report->malformed = player->decoder.malformed;
    report->tries_after_open = session->memory.tries - report->tries_to_open;
    report->violations = chip_violations(&report->first_violation, 1);
    chip_claims(&report->claims);
    report->claims_none = chip_claims_none();
    report->virtual_ns = chip_cycles_to_ns(chip_cycles());
    report->real_ns = meter_clock_ns() - session->started_ns;
}

static int finish_files(player_t *player)
{
    if (player->session->trace.file)
        chip_vcd_end(&player->vcd);
    if (player->writing && !wavwriter_finish(&player->writer))
        return say_unwritten(player);
    return check_files(player);
}

int play_i2s(session_t *session)
{
    static player_t player;
    player = (player_t){.session = session};
    int code = session_plan(session);
    if (code != CLI_OK)
        return code;
    play_announce(session);
    code = session_check_memory(session);
    if (code == CLI_OK)
        code = session_take_source(session);
    if (code == CLI_OK)
        code = listen(&player);
    if (code == CLI_OK)
        code = open_output(&player);
    if (code != CLI_OK)
        return code;
    play_set_volume(session, &player.i2s.output);
    add_stalls(&player);
    code = play_start(session, &player.i2s.output);
    if (code == CLI_OK)
        code = play_to_the_end(&player);
    note_end(&player);
    timing_end(&session->timing, &session->report.timing);
    ta_i2s_close(&player.i2s);
    ta_plan_release(&session->source_memory);
    session->report.live = board_memory_live(&session->memory);
    take_figures(&player);
    return code == CLI_OK ? finish_files(&player) : code;
}
