// The report as text. In: a plan and what came of it. Out: a few lines; what must be zero is said in words when it is not.

#include "cli.h"
#include "facts.h"

#include <inttypes.h>

enum { HOLES_SHOWN = 12 };

static void print_holes(const plan_t *plan, const report_t *report, FILE *to)
{
    char number[CLI_NUMBER_MAX], time[CLI_NUMBER_MAX];
    const ta_ring_stats_t *ring = &report->stats.ring;
    if (ring->holes == 0) {
        (void)fputs("  holes     none\n", to);
        return;
    }
    (void)fprintf(to, "  holes     %" PRIu32 ", together %s frames\n", ring->holes,
                  cli_number(ring->hole_frames, number));
    for (uint32_t h = 0; h < report->holes && h < HOLES_SHOWN; h++) {
        const ta_hole_t *hole = &report->hole[h];
        (void)fprintf(to, "            at frame %s", cli_number(hole->at_frame, number));
        (void)fprintf(
            to, " (%s): %s frames, %s%s\n", input_time(hole->at_frame, plan->input->wav.info.format.rate_hz, time),
            cli_number(hole->frames, number), ta_hole_cause_name(hole->cause), hole->exact ? "" : ", inexact");
    }
    if (report->holes > HOLES_SHOWN)
        (void)fprintf(to, "            and %" PRIu32 " more (--report has them all)\n", report->holes - HOLES_SHOWN);
    if (ring->indeterminate)
        (void)fprintf(to, "            %" PRIu32 " publications were indeterminate\n", ring->indeterminate);
}

static void print_faults(const plan_t *plan, const report_t *report, FILE *to)
{
    unsigned stalls = plan->options->stalls, missed = 0;
    for (unsigned s = 0; s < stalls; s++)
        missed += !report->stall_came[s];
    if (missed) {
        (void)fprintf(to, "  faults    %u of %u stalls never came: the output closed at %.3f s\n", missed, stalls,
                      (double)report->closed_ns / 1e9);
    }
    plan_print_faults(plan, to);
}

static void print_chip(const report_t *report, FILE *to)
{
    if (report->violations) {
        (void)fprintf(to, "  DMA       %" PRIu64 " ACCESSES OUTSIDE the registered blocks,\n", report->violations);
        (void)fprintf(to, "            the first to 0x%08" PRIx32 ", near %s\n", report->first_violation.address,
                      report->first_violation.nearest);
    } else {
        (void)fputs("  DMA       no access outside the registered blocks\n", to);
    }
    if (report->malformed)
        (void)fprintf(to, "  wire      %" PRIu64 " MALFORMED half frames\n", report->malformed);
    (void)fprintf(to, "  claims    %s\n", report->claims_none ? "all given back" : "LEFT BEHIND (--report says which)");
}

void report_print(const plan_t *plan, const report_t *report, FILE *to)
{
    char in[CLI_NUMBER_MAX], out[CLI_NUMBER_MAX], time[CLI_NUMBER_MAX];
    (void)fprintf(to, "%s  %s frames in, %s out: %s of sound\n", report->interrupted ? "\n  stopped " : "\n  played  ",
                  cli_number(report->stats.source_frames, in), cli_number(report->frames_out, out),
                  input_time(report->frames_out, plan->input->wav.info.format.rate_hz, time));
    print_holes(plan, report, to);
    print_faults(plan, report, to);
    (void)fprintf(to, "  ramps     largest step %" PRIu32 "/65536 of full scale (1024 is the limit)\n",
                  report->stats.ring.largest_step);
    (void)fprintf(to, "  memory    %" PRIu32 " allocations to open, %" PRIu32 " after; %s\n", report->tries_to_open,
                  report->tries_after_open, report->live ? "BLOCKS WERE LEFT BEHIND" : "all given back");
    if (plan->on_board)
        print_chip(report, to);
    double speed = report->real_ns ? (double)report->virtual_ns / (double)report->real_ns : 0;
    (void)fprintf(to, "  speed     %.1f virtual seconds per real second\n", speed);
}
