// The plan as text, 80 columns wide. In: a plan. Out: a table of what is taken, and what that gives.

#include "cli.h"
#include "facts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *chip_name(ta_chip_t chip)
{
    return chip == TA_CHIP_RP2040 ? "RP2040" : "RP2350";
}

static void print_source(const plan_t *plan, FILE *to)
{
    char text[INPUT_TEXT_MAX];
    if (plan->song) {
        song_print(plan->song, to);
        return;
    }
    input_print(plan->input, to);
    for (unsigned n = 0; n < INPUT_NOTES; n++) {
        const char *note = input_note(plan->input, n, plan->options->bits, text);
        if (note)
            (void)fprintf(to, "  note: %s\n", note);
    }
}

static void print_output(const plan_t *plan, FILE *to)
{
    const options_t *o = plan->options;
    if (plan->on_board) {
        char board[INPUT_TEXT_MAX], format[INPUT_TEXT_MAX];
        (void)snprintf(board, sizeof board, "%s (%s, %.6g MHz):", o->board->name, chip_name(o->board->chip),
                       o->board->system_hz / 1e6);
        (void)snprintf(format, sizeof format, "I2S %s, %u bits; data GPIO %u, bclk %u, lrclk %u",
                       o->left_justified ? "left-justified" : "Philips", o->bits, o->data_pin, o->bclk_pin, o->ws_pin);
        bool wide = strlen(board) + 1 + strlen(format) > CLI_COLUMNS;
        (void)fprintf(to, "%s%s%s\n", board, wide ? "\n  " : " ", format);
    } else {
        (void)fprintf(to, "%s, %u bits\n", o->pin == PIN_WAV ? "WAV file" : "sound card", o->bits);
    }
}

static void print_resampling(const plan_t *plan, FILE *to)
{
    const ta_output_resampling_t *way = plan_resampling(plan);
    if (way) {
        (void)fprintf(to, "  resampled %" PRIu32 " Hz to %" PRIu32 " Hz, %s\n", plan->input->wav.info.format.rate_hz,
                      plan_rate_hz(plan), ta_resample_name(way->quality));
    }
}

// How many voices a song has, and whether that is enough.
static void print_voices(const plan_t *plan, FILE *to)
{
    const song_t *song = plan->song;
    if (!song)
        return;
    (void)fprintf(to, "  voices    %u planned; the song has at most %u notes at a time\n", song->config.synth.polyphony,
                  song->notes_max);
    if (song->cut) {
        (void)fprintf(to, "            %" PRIu32 " notes are cut for others; more of --polyphony cut fewer\n",
                      song->cut);
    }
}

static void print_needs(const plan_t *plan, FILE *to)
{
    char number[CLI_NUMBER_MAX];
    (void)fprintf(to, "\n  %-38s %-6s %-20s %10s\n", "object", "class", "resource", "bytes");
    for (unsigned i = 0; i < plan->needs.items; i++) {
        const ta_plan_item_t *item = &plan->needs.item[i];
        (void)fprintf(to, "  %-38.38s %-6s %-20.20s %10s\n", item->need.object, ta_class_name(item->need.cls),
                      item->mem ? item->mem->name : "no resource", cli_number(item->need.bytes, number));
    }
    (void)fputs("  total", to);
    for (unsigned cls = TA_CLASS_DMA; cls <= TA_CLASS_BULK; cls *= 2) {
        (void)fprintf(to, "%s %s %s", cls == TA_CLASS_DMA ? ":" : ",", ta_class_name((ta_class_t)cls),
                      cli_number(ta_plan_bytes(&plan->needs, (ta_class_t)cls), number));
    }
    (void)fputs("\n\n", to);
}

static void print_rate(const ta_rate_t *rate, FILE *to)
{
    (void)fprintf(to, "  rate      %.3f Hz for %" PRIu32 " Hz: %+.3f ppm, divider %" PRIu32,
                  (double)rate->reached_uhz / 1e6, rate->asked_hz, rate->error_ppb / 1e3, rate->divider_q8 >> 8);
    if (rate->fractional)
        (void)fprintf(to, " + %" PRIu32 "/256", rate->divider_q8 & 0xff);
    (void)fprintf(to, "\n  no jitter at %.6f MHz; the PLL's best is %.6f MHz, %+.3f ppm\n", rate->exact_system_hz / 1e6,
                  rate->pll_system_hz / 1e6, rate->pll_error_ppb / 1e3);
}

static void print_board_plan(const plan_t *plan, FILE *to)
{
    const ta_i2s_plan_t *p = &plan->i2s;
    (void)fprintf(to, "  takes     %u DMA channels, %u state machine with %u instructions, %u pins\n", p->dma_channels,
                  p->state_machines, p->pio_instructions, p->pins);
    print_rate(&p->rate, to);
    (void)fprintf(to, "  latency   %.3f ms at most; %" PRIu32 " frames queued in slots of %" PRIu32 "\n",
                  (double)p->latency_us / 1e3, p->buffer_frames, p->ring.slot_frames);
    (void)fprintf(to, "  wakes     %.3f interrupts a second while playing\n", p->interrupts_per_s_milli / 1e3);
    (void)fprintf(to, "  limits    must publish within %" PRIu64 " us; frame clock holds %.1f s\n", p->section_limit_us,
                  (double)p->stall_limit_us / 1e6);
}

// Figures of the resources that the needs go to, each once.
static void print_resources(const plan_t *plan, FILE *to)
{
    const board_memory_t *memory = plan->memory;
    for (unsigned r = 0; r < memory->resources; r++) {
        ta_mem_t *mem = memory->registrar[r].inner;
        ta_mem_stats_t stats;
        char free_bytes[CLI_NUMBER_MAX], largest[CLI_NUMBER_MAX];
        ta_mem_stats(mem, mem->classes & TA_CLASS_DMA ? TA_CLASS_DMA : TA_CLASS_BULK, &stats);
        (void)fprintf(to, "  memory    %s: %s bytes free, largest block %s\n", mem->name,
                      cli_number(stats.free, free_bytes), cli_number(stats.largest, largest));
    }
}

void plan_print_faults(const plan_t *plan, FILE *to)
{
    uint32_t number = plan->options->fail_alloc, tries = plan->memory->tries;
    if (number > tries) {
        (void)fprintf(to, "  faults    --fail-alloc %" PRIu32 " never came: there were only %" PRIu32 " allocations\n",
                      number, tries);
    }
}

void plan_print(const plan_t *plan, FILE *to)
{
    print_source(plan, to);
    print_output(plan, to);
    print_needs(plan, to);
    print_resampling(plan, to);
    print_voices(plan, to);
    if (plan->on_board) {
        print_board_plan(plan, to);
        load_print(plan, to);
    } else {
        (void)fprintf(to, "  latency   %.3f ms at most; %" PRIu32 " frames queued in slots of %" PRIu32 "\n",
                      (double)plan->latency_us / 1e3, plan->buffer_frames, plan->slot_frames);
    }
    print_resources(plan, to);
}
