// What playing takes of a board's processor. In: a plan: what is played, how it is resampled, shaped and sent. Out: cycles, or instructions, a second, and whether the processor keeps up.
// Invariant: an option is named only after its own sum was made.

#include "load.h"

#include "cli.h"
#include "facts.h"
#include "json.h"

#include <stdarg.h>
#include <string.h>

// What is not in the sum: a card's and a bus's time is theirs.
static const char *not_counted(const plan_t *plan)
{
    return plan->song ? "reading the file" : "the file system";
}

// ---- the sum -------------------------------------------------------------------------------------------------------------

static ta_status_t add_file(load_t *load, const input_t *input)
{
    ta_cost_t cost;
    ta_status_t status = ta_wav_cost(&input->wav.info, &cost);
    ta_cost_add(&load->graph, &cost, 1);
    return status;
}

static ta_status_t add_song(load_t *load, const song_t *song)
{
    ta_cost_t cost;
    const ta_synth_use_t use = {.notes = song->notes_max ? song->notes_max : 1};
    ta_status_t status = ta_synth_cost(&song->config.synth, &use, &cost);
    ta_cost_add(&load->graph, &cost, 1);
    return status;
}

// `format`: of what is resampled; then, of what that gives.
static ta_status_t add_resampler(load_t *load, const plan_t *plan, ta_format_t *format)
{
    const ta_output_resampling_t *way = plan_resampling(plan);
    if (!way)
        return TA_OK;
    const ta_resampler_config_t config = {.quality = way->quality,
                                          .rate_hz = plan_rate_hz(plan),
                                          .max_rate_hz = format->rate_hz,
                                          .channels = format->channels,
                                          .wide = plan->options->bits > 16 && ta_sample_bytes(format->sample) > 2};
    ta_cost_t cost;
    ta_status_t status = ta_resampler_cost(&config, format->rate_hz, &cost);
    ta_cost_add(&load->graph, &cost, 1);
    *format = (ta_format_t){config.wide ? TA_SAMPLE_S32 : TA_SAMPLE_S16, config.channels, config.rate_hz};
    return status;
}

static ta_wire_t wire_of(unsigned bits)
{
    return bits == 16 ? TA_WIRE_S16 : bits == 24 ? TA_WIRE_S24 : TA_WIRE_S32;
}

// Dither comes where bits are dropped: by a narrower wire, by mixing, or by a gain that is no whole number.
static bool dithers(const options_t *o, const ta_format_t *format)
{
    ta_shape_t shape;
    ta_shape_init(&shape, wire_of(o->bits));
    shape.dither = o->dither;
    bool mixed = o->mono && format->channels == 2, part = (o->gain_q16 & (TA_GAIN_UNITY_Q16 - 1)) != 0;
    return o->dither && o->bits < 32 && (mixed || part || !ta_shape_is_identity(&shape, format->sample));
}

static ta_status_t add_output(load_t *load, const plan_t *plan, const ta_format_t *format)
{
    const options_t *o = plan->options;
    const ta_output_use_t use = {.format = *format,
                                 .wire = wire_of(o->bits),
                                 .slot_frames = plan->i2s.ring.slot_frames,
                                 .volume = o->gain_q16 != TA_GAIN_UNITY_Q16,
                                 .louder = o->gain_q16 > TA_GAIN_UNITY_Q16,
                                 .mono = o->mono,
                                 .dither = dithers(o, format)};
    ta_cost_t cost;
    ta_status_t status = ta_output_cost(&use, &cost);
    ta_cost_add(&load->graph, &cost, 1);
    return status;
}

static ta_status_t work_out(plan_t *plan, uint32_t clock_hz)
{
    load_t *load = &plan->load;
    ta_format_t format = plan_format(plan);
    bool small = plan->options->board->chip == TA_CHIP_RP2040;
    *load = (load_t){.chip = small ? TA_COST_RP2040 : TA_COST_RP2350, .clock_hz = clock_hz};
    ta_status_t status = plan->song ? add_song(load, plan->song) : add_file(load, plan->input);
    if (status == TA_OK)
        status = add_resampler(load, plan, &format);
    if (status == TA_OK)
        status = add_output(load, plan, &format);
    load->verdict =
        ta_cost_judge(&load->graph, load->chip, clock_hz, &load->permille, load->sentence, sizeof load->sentence);
    return status;
}

int load_work_out(plan_t *plan)
{
    ta_status_t status = work_out(plan, plan->i2s.rate.system_hz);
    if (status == TA_OK)
        return CLI_OK;
    return cli_say(CLI_FAILED, "what the processor would take cannot be told (%s); this is a defect of tonearm",
                   ta_status_name(status));
}

// ---- what would help -----------------------------------------------------------------------------------------------------

enum { KNOBS_BYTES = 200 };

// Slots are of so many frames at any rate and on any board, and a song has so many notes at any rate, but for a tick's worth of their ends.
static bool keeps_up(const plan_t *plan, const options_t *options)
{
    plan_t trial = *plan;
    song_t song;
    trial.options = options;
    if (plan->song) {
        song = *plan->song;
        trial.song = &song;
        song.config.synth.rate_hz = options->rate_hz ? options->rate_hz : SONG_RATE_HZ;
        song.notes_max = song.notes_max < options->polyphony ? song.notes_max : options->polyphony;
        song.config.synth.polyphony = (uint8_t)options->polyphony;
    }
    bool other = options->board != plan->options->board;
    uint32_t clock_hz = other ? options->board->system_hz : plan->load.clock_hz;
    return work_out(&trial, clock_hz) == TA_OK && trial.load.verdict == TA_COST_KEEPS_UP;
}

__attribute__((format(printf, 2, 3))) static void add_knob(char text[KNOBS_BYTES], const char *format, ...)
{
    va_list arguments;
    if (*text)
        (void)snprintf(text + strlen(text), KNOBS_BYTES - strlen(text), ", or ");
    va_start(arguments, format);
    (void)vsnprintf(text + strlen(text), KNOBS_BYTES - strlen(text), format, arguments);
    va_end(arguments);
}

// The best quality that does it.
static void try_resampling(const plan_t *plan, options_t options, char text[KNOBS_BYTES])
{
    while (plan_resampling(plan) && --options.resample > TA_RESAMPLE_NONE) {
        if (keeps_up(plan, &options)) {
            add_knob(text, "--resample %s", ta_resample_name(options.resample));
            return;
        }
    }
}

static void try_polyphony(const plan_t *plan, options_t options, char text[KNOBS_BYTES])
{
    while (plan->song && --options.polyphony > 0) {
        if (keeps_up(plan, &options)) {
            add_knob(text, "--polyphony %u or less", options.polyphony);
            return;
        }
    }
}

// A file's own rate needs no resampler; a song may have any: the highest of the usual ones.
static void try_rate(const plan_t *plan, options_t options, char text[KNOBS_BYTES])
{
    static const uint32_t usual[] = {96000, 48000, 44100, 32000, 22050, 16000, 11025, 8000};
    const uint32_t own = plan_format(plan).rate_hz, *rates = plan->song ? usual : &own;
    const size_t own_only = plan_resampling(plan) ? 1 : 0;
    const size_t count = plan->song ? sizeof usual / sizeof usual[0] : own_only;
    for (size_t r = 0; r < count; r++) {
        options.rate_hz = rates[r];
        if ((!plan->song || rates[r] < own) && keeps_up(plan, &options)) {
            add_knob(text, "--rate %lu", (unsigned long)rates[r]);
            return;
        }
    }
}

static void try_boards(const plan_t *plan, options_t options, char text[KNOBS_BYTES])
{
    for (options.board = chip_boards(); options.board->name; options.board++) {
        if (options.board != plan->options->board && keeps_up(plan, &options)) {
            add_knob(text, "--board %s", options.board->name);
            return;
        }
    }
}

static const char *knobs(const plan_t *plan, char text[KNOBS_BYTES])
{
    options_t options = *plan->options;
    if (plan->song)
        options.polyphony = plan->song->config.synth.polyphony;
    text[0] = '\0';
    try_resampling(plan, options, text);
    try_polyphony(plan, options, text);
    try_rate(plan, options, text);
    try_boards(plan, options, text);
    return text;
}

void load_warn(const plan_t *plan)
{
    char text[KNOBS_BYTES];
    if (plan->load.clock_hz == 0 || plan->load.verdict == TA_COST_KEEPS_UP || plan->options->quiet)
        return;
    (void)cli_say(CLI_OK, "warning: %s", plan->load.sentence);
    if (*knobs(plan, text))
        cli_fold(stderr, "  try: ", "  ", text);
}

// ---- telling -------------------------------------------------------------------------------------------------------------

// As the verdict's sentence says it: 142 %, 9.3 %.
static const char *share_text(uint32_t permille, char text[CLI_NUMBER_MAX])
{
    if (permille < 100) {
        (void)snprintf(text, CLI_NUMBER_MAX, "%u.%u %%", (unsigned)permille / 10, (unsigned)permille % 10);
    } else {
        (void)snprintf(text, CLI_NUMBER_MAX, "%u %%", (unsigned)(permille / 10 + (permille % 10 != 0)));
    }
    return text;
}

static const char *unit_of(const load_t *load)
{
    return load->chip == TA_COST_RP2040 ? "cycles" : "instructions";
}

void load_print(const plan_t *plan, FILE *to)
{
    const load_t *load = &plan->load;
    char share[CLI_NUMBER_MAX], number[CLI_NUMBER_MAX];
    const char *between = "";
    (void)fprintf(to, "  processor %s%s of %.6g MHz: %s %s a second\n            ",
                  load->chip == TA_COST_RP2040 ? "" : "at least ", share_text(load->permille, share),
                  load->clock_hz / 1e6, cli_number(load->graph.per_second[load->chip], number), unit_of(load));
    for (const ta_cost_row_t *row = NULL; (row = ta_cost_next_row(&load->graph, load->chip, row)) != NULL;) {
        uint32_t permille = ta_cost_permille(row->per_second[load->chip], load->clock_hz);
        (void)fprintf(to, "%s%s %s", between, row->name, share_text(permille, share));
        between = ", ";
    }
    (void)fprintf(to, ", plus %s\n", not_counted(plan));
}

void load_json(cJSON *plan_object, const plan_t *plan)
{
    const load_t *load = &plan->load;
    char text[KNOBS_BYTES];
    if (load->clock_hz == 0)
        return;
    cJSON *object = cJSON_AddObjectToObject(plan_object, "processor");
    json_count(object, "system_hz", load->clock_hz);
    json_text(object, "unit", unit_of(load));
    json_count(object, "cycles_per_s", load->graph.per_second[load->chip]);
    json_count(object, "permille", load->permille);
    cJSON *sources = cJSON_AddArrayToObject(object, "sources");
    for (const ta_cost_row_t *row = NULL; (row = ta_cost_next_row(&load->graph, load->chip, row)) != NULL;) {
        cJSON *source = cJSON_CreateObject();
        json_text(source, "name", row->name);
        json_count(source, "count", row->count);
        json_count(source, "cycles_per_s", row->per_second[load->chip]);
        json_count(source, "permille", ta_cost_permille(row->per_second[load->chip], load->clock_hz));
        (void)cJSON_AddItemToArray(sources, source);
    }
    json_text(object, "not_counted", not_counted(plan));
    json_text(object, "verdict", ta_cost_verdict_name(load->verdict));
    (void)cJSON_AddBoolToObject(object, "keeps_up", load->verdict != TA_COST_TOO_MUCH);
    json_text(object, "cost", load->sentence);
    json_text(object, "try", load->verdict == TA_COST_KEEPS_UP || !*knobs(plan, text) ? NULL : text);
}
