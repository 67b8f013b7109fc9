// Plan and report as JSON. In: the same facts as the text's. Out: one object; docs/tonearm.1 lists its members.

#include "cli.h"
#include "facts.h"
#include "json.h"
#include "tonearm/tonearm.h"

#include <string.h>

cJSON *source_json(const input_t *input)
{
    const ta_wav_info_t *info = &input->wav.info;
    cJSON *json = cJSON_CreateObject();
    json_text(json, "sample", ta_sample_name(info->format.sample));
    json_count(json, "channels", info->channels);
    json_count(json, "channels_played", info->format.channels);
    json_count(json, "bits", info->bits);
    json_count(json, "valid_bits", info->valid_bits);
    json_count(json, "tag", info->tag);
    json_count(json, "rate_hz", info->format.rate_hz);
    if (info->frames == TA_FRAMES_UNKNOWN) {
        (void)cJSON_AddNullToObject(json, "frames");
    } else {
        json_count(json, "frames", info->frames);
    }
    (void)cJSON_AddBoolToObject(json, "extensible", info->extensible);
    (void)cJSON_AddBoolToObject(json, "rf64", info->rf64);
    (void)cJSON_AddBoolToObject(json, "truncated", info->truncated);
    (void)cJSON_AddBoolToObject(json, "open_ended", info->open_ended);
    json_count(json, "data_offset", info->data_offset);
    if (info->has_loop) {
        cJSON *loop = cJSON_AddObjectToObject(json, "loop");
        json_count(loop, "start", info->loop_start);
        json_count(loop, "end", info->loop_end);
        if (info->loop_times == TA_LOOP_FOREVER) {
            (void)cJSON_AddNullToObject(loop, "times");
        } else {
            json_count(loop, "times", info->loop_times);
        }
    } else {
        (void)cJSON_AddNullToObject(json, "loop");
    }
    return json;
}

static cJSON *song_json(const song_t *song)
{
    const ta_midi_info_t *info = &song->midi.info;
    cJSON *json = cJSON_CreateObject();
    json_count(json, "midi_type", info->type);
    json_count(json, "tracks", info->tracks);
    json_count(json, "events", info->events);
    json_count(json, "song_us", info->microseconds);
    json_count(json, "rate_hz", song->config.synth.rate_hz);
    json_count(json, "channels", song->config.synth.channels);
    json_count(json, "polyphony", song->config.synth.polyphony);
    json_count(json, "notes_max", song->notes_max);
    json_count(json, "stolen", song->cut);
    return json;
}

static void add_output(cJSON *json, const plan_t *plan)
{
    const options_t *o = plan->options;
    cJSON *output = cJSON_AddObjectToObject(json, "output");
    json_text(output, "pin", options_pin_name(o->pin));
    json_count(output, "bits", o->bits);
    json_count(output, "rate_hz", plan_rate_hz(plan));
    (void)cJSON_AddBoolToObject(output, "fixed_rate", o->rate_hz != 0);
    const ta_output_resampling_t *way = plan_resampling(plan);
    json_text(output, "resample", ta_resample_name(way ? way->quality : TA_RESAMPLE_NONE));
    if (!plan->on_board)
        return;
    json_text(output, "board", o->board->name);
    json_text(output, "chip", chip_name(o->board->chip));
    json_text(output, "format", o->left_justified ? "left-justified" : "philips");
    json_count(output, "data_pin", o->data_pin);
    json_count(output, "bclk_pin", o->bclk_pin);
    json_count(output, "lrclk_pin", o->ws_pin);
    json_text(output, "memory", options_memory_name(o->memory));
    json_count(output, "vm_heap_bytes", plan->memory->vm_bytes);
    json_count(output, "port_heap_bytes", plan->memory->port_bytes);
}

static const char *resource_name(const ta_plan_item_t *item)
{
    return item->mem ? item->mem->name : "no resource";
}

// Bytes of each class and resource, and of each object.
static void add_needs(cJSON *json, const ta_plan_t *needs)
{
    cJSON *objects = cJSON_AddArrayToObject(json, "objects");
    for (unsigned i = 0; i < needs->items; i++) {
        const ta_plan_item_t *item = &needs->item[i];
        cJSON *object = cJSON_CreateObject();
        json_text(object, "object", item->need.object);
        json_text(object, "class", ta_class_name(item->need.cls));
        json_text(object, "resource", resource_name(item));
        json_count(object, "bytes", item->need.bytes);
        json_count(object, "align", item->need.align);
        (void)cJSON_AddItemToArray(objects, object);
    }
    cJSON *bytes = cJSON_AddArrayToObject(json, "bytes");
    for (unsigned i = 0; i < needs->items; i++) {
        const ta_plan_item_t *item = &needs->item[i];
        uint64_t sum = 0;
        bool first = true;
        for (unsigned j = 0; j < needs->items; j++) {
            if (needs->item[j].need.cls != item->need.cls || needs->item[j].mem != item->mem)
                continue;
            first = first && j >= i;
            sum += needs->item[j].need.bytes;
        }
        if (!first)
            continue;
        cJSON *row = cJSON_CreateObject();
        json_text(row, "class", ta_class_name(item->need.cls));
        json_text(row, "resource", resource_name(item));
        json_count(row, "bytes", sum);
        (void)cJSON_AddItemToArray(bytes, row);
    }
}

static void add_rate(cJSON *json, const ta_rate_t *rate)
{
    cJSON *object = cJSON_AddObjectToObject(json, "rate");
    json_count(object, "asked_hz", rate->asked_hz);
    json_decimal(object, "reached_hz", (int64_t)rate->reached_uhz, 6);
    json_decimal(object, "error_ppm", rate->error_ppb, 3);
    json_decimal(object, "divider", (int64_t)((uint64_t)rate->divider_q8 * 100000000 / 256), 8);
    (void)cJSON_AddBoolToObject(object, "fractional", rate->fractional);
    json_count(object, "system_hz", rate->system_hz);
    json_count(object, "exact_system_hz", rate->exact_system_hz);
    json_count(object, "pll_system_hz", rate->pll_system_hz);
    json_decimal(object, "pll_error_ppm", rate->pll_error_ppb, 3);
}

static void add_board_plan(cJSON *json, const ta_i2s_plan_t *p)
{
    add_rate(json, &p->rate);
    json_count(json, "latency_us", p->latency_us);
    json_decimal(json, "interrupts_per_s", p->interrupts_per_s_milli, 3);
    json_count(json, "buffer_frames", p->buffer_frames);
    json_count(json, "slot_frames", p->ring.slot_frames);
    json_count(json, "slots", p->ring.slots);
    json_count(json, "section_limit_us", p->section_limit_us);
    json_count(json, "stall_limit_us", p->stall_limit_us);
    json_count(json, "dma_channels", p->dma_channels);
    json_count(json, "state_machines", p->state_machines);
    json_count(json, "pio_instructions", p->pio_instructions);
    json_count(json, "pins", p->pins);
}

static void add_failure(cJSON *json, const plan_t *plan)
{
    (void)cJSON_AddBoolToObject(json, "fits", plan->fits == TA_OK);
    if (plan->fits == TA_OK) {
        (void)cJSON_AddNullToObject(json, "failure");
        return;
    }
    const ta_failure_t *f = &plan->failure;
    char sentence[TA_SENTENCE_MAX];
    (void)ta_failure_sentence(f, sentence, sizeof sentence);
    cJSON *failure = cJSON_AddObjectToObject(json, "failure");
    json_text(failure, "status", ta_status_name(plan->fits));
    json_text(failure, "object", f->object);
    json_count(failure, "bytes", f->bytes);
    json_count(failure, "align", f->align);
    json_text(failure, "class", ta_class_name(f->cls));
    json_text(failure, "resource", f->resource);
    json_count(failure, "free", f->free);
    json_count(failure, "largest", f->largest);
    json_text(failure, "knob", f->knob);
    json_text(failure, "sentence", sentence);
    cJSON *left = cJSON_AddObjectToObject(json, "left");
    json_count(left, "blocks", plan->left_blocks);
    (void)cJSON_AddBoolToObject(left, "claims_none", !plan->left_claims);
}

// The allocation that was to fail, and whether there was such a one.
static void add_fail_alloc(cJSON *json, const plan_t *plan)
{
    uint32_t number = plan->options->fail_alloc;
    if (number == 0) {
        (void)cJSON_AddNullToObject(json, "fail_alloc");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(json, "fail_alloc");
    json_count(object, "number", number);
    json_count(object, "allocations", plan->memory->tries);
    (void)cJSON_AddBoolToObject(object, "came", plan->memory->tries >= number);
}

static void add_plan(cJSON *json, const plan_t *plan)
{
    cJSON *object = cJSON_AddObjectToObject(json, "plan");
    add_needs(object, &plan->needs);
    add_failure(object, plan);
    add_fail_alloc(object, plan);
    if (plan->on_board) {
        add_board_plan(object, &plan->i2s);
        load_json(object, plan);
        return;
    }
    json_count(object, "latency_us", plan->latency_us);
    json_count(object, "buffer_frames", plan->buffer_frames);
    json_count(object, "slot_frames", plan->slot_frames);
}

static void add_holes(cJSON *json, const plan_t *plan, const report_t *report)
{
    cJSON *holes = cJSON_AddArrayToObject(json, "holes");
    for (uint32_t h = 0; h < report->holes; h++) {
        const ta_hole_t *hole = &report->hole[h];
        cJSON *object = cJSON_CreateObject();
        json_count(object, "at_frame", hole->at_frame);
        json_count(object, "frames", hole->frames);
        json_count(object, "source_frame", hole->source_frame);
        json_count(object, "file_frame", file_frame(plan, hole->source_frame));
        json_text(object, "cause", ta_hole_cause_name(hole->cause));
        (void)cJSON_AddBoolToObject(object, "exact", hole->exact);
        (void)cJSON_AddItemToArray(holes, object);
    }
    json_count(json, "holes_counted", report->stats.ring.holes);
    json_count(json, "hole_frames", report->stats.ring.hole_frames);
    json_count(json, "indeterminate", report->stats.ring.indeterminate);
}

static void add_stalls(cJSON *json, const options_t *options, const report_t *report)
{
    cJSON *stalls = cJSON_AddArrayToObject(json, "stalls");
    for (unsigned s = 0; s < options->stalls; s++) {
        cJSON *stall = cJSON_CreateObject();
        json_decimal(stall, "at_ms", (int64_t)options->stall[s].at_us, 3);
        json_decimal(stall, "for_ms", (int64_t)options->stall[s].for_us, 3);
        (void)cJSON_AddBoolToObject(stall, "came", report->stall_came[s]);
        (void)cJSON_AddItemToArray(stalls, stall);
    }
    json_decimal(json, "closed_ms", (int64_t)(report->closed_ns / 1000), 3);
}

static void add_chip(cJSON *json, const report_t *report)
{
    json_count(json, "dma_violations", report->violations);
    json_count(json, "malformed_half_frames", report->malformed);
    cJSON *claims = cJSON_AddObjectToObject(json, "claims_left");
    unsigned instructions = 0;
    for (int p = 0; p < CHIP_PIOS_MAX; p++)
        instructions += report->claims.pio_instructions[p];
    json_count(claims, "dma_channels", (unsigned)__builtin_popcount(report->claims.dma_channels));
    json_count(claims, "state_machines", (unsigned)__builtin_popcount(report->claims.state_machines));
    json_count(claims, "pio_instructions", instructions);
    json_count(claims, "user_irqs", (unsigned)__builtin_popcount(report->claims.user_irqs));
    json_count(claims, "user_irqs_core1", (unsigned)__builtin_popcount(report->claims.user_irqs_core1));
    json_count(claims, "irq_handlers", report->claims.irq_handlers);
    json_count(claims, "dma_timers", (unsigned)__builtin_popcount(report->claims.dma_timers));
    json_count(claims, "pwm_slices", (unsigned)__builtin_popcount(report->claims.pwm_slices));
    json_count(claims, "spin_locks", (unsigned)__builtin_popcount(report->claims.spin_locks));
    json_count(claims, "pins", (unsigned)__builtin_popcountll(report->claims.pins));
    (void)cJSON_AddBoolToObject(claims, "core1", report->claims.core1);
    (void)cJSON_AddBoolToObject(json, "claims_none", report->claims_none);
}

static void add_report(cJSON *json, const plan_t *plan, const report_t *report)
{
    cJSON *object = cJSON_AddObjectToObject(json, "report");
    const ta_output_stats_t *stats = &report->stats;
    json_count(object, "frames_in", stats->source_frames);
    json_count(object, "frames_out", report->frames_out);
    json_count(object, "program_frames", stats->ring.program_frames);
    (void)cJSON_AddBoolToObject(object, "interrupted", report->interrupted);
    add_holes(object, plan, report);
    json_count(object, "largest_ramp_step_q16", stats->ring.largest_step);
    if (stats->headroom_min_frames == UINT64_MAX) {
        (void)cJSON_AddNullToObject(object, "headroom_min_frames");
    } else {
        json_count(object, "headroom_min_frames", stats->headroom_min_frames);
    }
    json_count(object, "feeds", stats->feeds);
    timing_json(object, &report->timing);
    cJSON *allocations = cJSON_AddObjectToObject(object, "allocations");
    json_count(allocations, "to_open", report->tries_to_open);
    json_count(allocations, "after_open", report->tries_after_open);
    json_count(allocations, "left", report->live);
    if (plan->on_board) {
        add_stalls(object, plan->options, report);
        add_chip(object, report);
    }
    json_decimal(object, "virtual_s", (int64_t)report->virtual_ns, 9);
    json_decimal(object, "real_s", (int64_t)report->real_ns, 9);
    double speed = report->real_ns ? (double)report->virtual_ns / (double)report->real_ns : 0;
    json_decimal(object, "virtual_s_per_real_s", (int64_t)(speed * 1000), 3);
}

cJSON *facts_json(const plan_t *plan, const report_t *report)
{
    cJSON *json = cJSON_CreateObject();
    json_text(json, "tonearm", TONEARM_VERSION);
    json_text(json, "file", plan->song ? plan->song->name : plan->input->name);
    (void)cJSON_AddItemToObject(json, "source", plan->song ? song_json(plan->song) : source_json(plan->input));
    add_output(json, plan);
    add_plan(json, plan);
    if (report)
        add_report(json, plan, report);
    return json;
}

bool plan_injected(const plan_t *plan)
{
    return plan->options->fail_alloc && plan->memory->tries == plan->options->fail_alloc;
}

int plan_refused(const plan_t *plan)
{
    if (plan->options->json)
        (void)json_print(facts_json(plan, NULL), stdout);
    int code = cli_finish_stdout(CLI_REFUSED);
    // The sentence without its knob, which gets a line of its own. What was refused on purpose has none: only the reason.
    ta_failure_t failure = plan->failure;
    if (!plan_injected(plan))
        failure.knob = "";
    char sentence[TA_SENTENCE_MAX];
    size_t length = ta_failure_sentence(&failure, sentence, sizeof sentence);
    bool has_knob = length >= 2 && length < sizeof sentence && strcmp(&sentence[length - 2], ": ") == 0;
    if (has_knob)
        sentence[length - 2] = '\0';
    (void)cli_say(code, "%s", sentence);
    if (has_knob)
        cli_fold(stderr, "  try: ", "  ", plan->failure.knob);
    return code;
}
