// Playing without a board. In: a session. Out: a WAV file, or sound. The ring is the same; its hardware is a loop, or the sound
// card's thread.

#include "cli.h"
#include "play.h"
#include "tonearm/desktop.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    session_t *session;
    ta_desktop_t desktop;
} player_t;

// The pin's own sentence, with the user's name for the file instead of the temporary one.
static int say_error(const player_t *player, int code)
{
    const outfile_t *out = &player->session->out;
    const char *error = player->desktop.error;
    const char *found = out->temporary ? strstr(error, out->temporary) : NULL;
    if (!found)
        return cli_say(code, "%s", error);
    return cli_say(code, "--out: %.*s%.300s%s", (int)(found - error), error, out->name, found + strlen(out->temporary));
}

static void add_need(plan_t *plan, const ta_plan_t *taken)
{
    for (unsigned i = 0; i < taken->items; i++)
        plan->needs.item[plan->needs.items++] = taken->item[i];
}

static int open_output(player_t *player)
{
    session_t *session = player->session;
    const options_t *o = session->options;
    ta_desktop_config_t config = {.bits = (uint8_t)o->bits,
                                  .rate_hz = plan_rate_hz(&session->plan),
                                  .fixed_rate = o->rate_hz != 0,
                                  .resample = plan_resampling(&session->plan),
                                  .resample_max_hz = session->input.wav.info.format.rate_hz,
                                  .buffer_us = o->buffer_us,
                                  .dither = o->dither,
                                  .mono = o->mono,
                                  .path = session->out.temporary,
                                  .device = o->device};
    ta_status_t status = o->pin == PIN_WAV ? ta_wavfile_open(&player->desktop, &config, &session->memory.memory)
                                           : ta_speaker_open(&player->desktop, &config, &session->memory.memory);
    add_need(&session->plan, &session->source_memory);
    add_need(&session->plan, &player->desktop.memory);
    if (player->desktop.failure.status != TA_OK) {
        session->plan.fits = status;
        session->plan.failure = player->desktop.failure;
        return session_refused(session);
    }
    if (status == TA_E_IO && o->pin == PIN_SPEAKER)
        return cli_say(CLI_FAILED, "%s; see --list-devices, or use --pin wav --out FILE", player->desktop.error);
    if (status != TA_OK)
        return say_error(player, CLI_FAILED);
    session->report.tries_to_open = session->memory.tries;
    return CLI_OK;
}

static void complete_plan(player_t *player)
{
    session_t *session = player->session;
    const ta_ring_config_t *ring = &player->desktop.output.ring.config;
    session->plan.slot_frames = ring->slot_frames;
    session->plan.buffer_frames = (ring->slots - 1) * ring->slot_frames;
    session->plan.latency_us = (uint64_t)ring->slots * ring->slot_frames * 1000000U / plan_rate_hz(&session->plan);
}

static uint64_t played_ns(const player_t *player)
{
    uint64_t rate = plan_rate_hz(&player->session->plan);
    uint64_t frames = player->session->report.stats.output_frames;
    return frames / rate * 1000000000U + frames % rate * 1000000000U / rate;
}

static int play_to_the_end(player_t *player)
{
    session_t *session = player->session;
    ta_output_t *output = &player->desktop.output;
    while (ta_output_busy(output)) {
        if (ta_desktop_run(&player->desktop) != TA_OK)
            return say_error(player, CLI_FAILED);
        uint32_t peak[2];
        ta_desktop_peaks(&player->desktop, peak);
        meter_peaks(&session->meter, peak);
        session_watch(session, output, played_ns(player));
    }
    session_watch(session, output, played_ns(player));
    return CLI_OK;
}

static void take_figures(player_t *player)
{
    session_t *session = player->session;
    report_t *report = &session->report;
    report->frames_out = player->desktop.frames;
    report->tries_after_open = session->memory.tries - report->tries_to_open;
    uint64_t rate = plan_rate_hz(&session->plan);
    report->virtual_ns = report->frames_out / rate * 1000000000U + report->frames_out % rate * 1000000000U / rate;
    report->real_ns = meter_clock_ns() - session->started_ns;
}

int play_desktop(session_t *session)
{
    static player_t player;
    player = (player_t){.session = session};
    int code = session_check_rate(session);
    if (code == CLI_OK)
        code = session_take_source(session);
    if (code == CLI_OK)
        code = open_output(&player);
    if (code != CLI_OK)
        return code;
    complete_plan(&player);
    play_announce(session);
    play_set_volume(session, &player.desktop.output);
    code = play_start(session, &player.desktop.output);
    if (code == CLI_OK)
        code = play_to_the_end(&player);
    timing_end(&session->timing, &session->report.timing);
    ta_status_t closed = ta_desktop_close(&player.desktop);
    ta_plan_release(&session->source_memory);
    session->report.live = board_memory_live(&session->memory);
    take_figures(&player);
    return code == CLI_OK && closed != TA_OK ? say_error(&player, CLI_FAILED) : code;
}
