// tonearm play. In: options. Out: sound at virtual pins, in a file or on a card; a plan before, a meter, a report after.

#include "play.h"

#include "cli.h"
#include "json.h"
#include "tonearm/desktop.h"

#include <stdlib.h>

void play_set_volume(const session_t *session, ta_output_t *output)
{
    output->shape.gain_q16 = output->shape.target_q16 = session->options->gain_q16;
}

int play_start(session_t *session, ta_output_t *output)
{
    timing_add(&session->timing, &session->input.wav.source, "WAV file");
    if (plan_resampling(&session->plan))
        timing_add(&session->timing, ta_output_resampled(output), "resampler");
    ta_status_t status = ta_output_play(output, &session->input.wav.source);
    if (status == TA_OK)
        return CLI_OK;
    return cli_say(CLI_FAILED, "%.300s cannot be played on this output (%s)", session->input.name,
                   ta_status_name(status));
}

void play_announce(session_t *session)
{
    FILE *text = session_text(session);
    if (text && !session->options->json) {
        plan_print(&session->plan, text);
        (void)fflush(text);
    } else if (text) { // the plan is in the JSON; what a listener must know is said aloud
        char room[INPUT_TEXT_MAX];
        for (unsigned n = 0; n < INPUT_NOTES; n++) {
            const char *note = input_note(&session->input, n, session->options->bits, room);
            if (note)
                (void)fprintf(text, "note: %s\n", note);
        }
    }
    load_warn(&session->plan);
    meter_begin(&session->meter, !session->options->quiet);
    session->started_ns = meter_clock_ns();
}

static int run(session_t *session)
{
    int code = session_open_files(session);
    if (code == CLI_OK)
        code = session->plan.on_board ? play_i2s(session) : play_desktop(session);
    if (code == CLI_OK)
        code = session_check_source(session);
    return code == CLI_OK ? session_finish(session) : code;
}

int cli_play(const options_t *options)
{
    static session_t session;
    int code = session_begin(&session, options);
    return session_end(&session, code == CLI_OK ? run(&session) : code);
}

typedef struct {
    cJSON *json; // NULL: text
    unsigned count;
} device_list_t;

static void each_device(void *context, const char *name, bool is_default)
{
    device_list_t *list = context;
    list->count++;
    if (!list->json) {
        (void)printf("%s%s\n", name, is_default ? "  (default)" : "");
        return;
    }
    cJSON *device = cJSON_CreateObject();
    json_text(device, "name", name);
    (void)cJSON_AddBoolToObject(device, "default", is_default);
    (void)cJSON_AddItemToArray(list->json, device);
}

int cli_devices(const options_t *options)
{
    device_list_t list = {.json = options->json ? cJSON_CreateArray() : NULL};
    ta_status_t status = ta_speaker_list(each_device, &list);
    if (status != TA_OK) {
        cJSON_Delete(list.json);
        if (status == TA_E_STATE) {
            return cli_say(CLI_FAILED,
                           "--list-devices: built without miniaudio; install libminiaudio-dev, or run tools/setup.sh, "
                           "and build again");
        }
        return cli_say(CLI_FAILED, "--list-devices: no sound system can be used on this machine");
    }
    if (options->json) {
        (void)json_print(list.json, stdout);
    } else if (list.count == 0) {
        (void)puts("no sound device");
    }
    return cli_finish_stdout(CLI_OK);
}
