// The report as text. In: a plan and what came of it. Out: a few lines; what must be zero is said in words when it is not.

#include "cli.h"
#include "facts.h"

#include <inttypes.h>

enum { HOLES_SHOWN = 12 };

ta_format_t plan_format(const plan_t *plan)
{
    if (!plan->song)
        return plan->input->wav.info.format;
    const ta_synth_config_t *synth = &plan->song->config.synth;
    return (ta_format_t){TA_SAMPLE_S16, synth->channels, synth->rate_hz};
}

uint32_t plan_rate_hz(const plan_t *plan)
{
    return plan->options->rate_hz ? plan->options->rate_hz : plan_format(plan).rate_hz;
}

const ta_output_resampling_t *plan_resampling(const plan_t *plan)
{
    static const ta_output_resampling_t *const ways[] = {[TA_RESAMPLE_LINEAR] = &ta_output_resample_linear,
                                                         [TA_RESAMPLE_GOOD] = &ta_output_resample_good,
                                                         [TA_RESAMPLE_BEST] = &ta_output_resample_best};
    bool differ = plan_rate_hz(plan) != plan_format(plan).rate_hz;
    return differ ? ways[plan->options->resample] : NULL;
}

uint64_t file_frame(const plan_t *plan, uint64_t frame)
{
    const ta_wav_info_t *info = &plan->input->wav.info;
    uint32_t in_hz = info->format.rate_hz, out_hz = plan_rate_hz(plan);
    frame = frame / out_hz * in_hz + frame % out_hz * in_hz / out_hz; // the one at or before it
    if (info->frames == TA_FRAMES_UNKNOWN || info->frames == 0)
        return frame; // from a pipe, which does not loop
    if (!plan->options->smpl_loop)
        return frame % info->frames;
    uint64_t span = info->loop_end - info->loop_start;
    if (frame < info->loop_end)
        return frame;
    if (info->loop_times == TA_LOOP_FOREVER || frame - info->loop_end < span * info->loop_times)
        return info->loop_start + (frame - info->loop_end) % span;
    return frame - span * info->loop_times;
}

static void print_hole(const plan_t *plan, const ta_hole_t *hole, FILE *to)
{
    char number[CLI_NUMBER_MAX], output[CLI_NUMBER_MAX], time[CLI_NUMBER_MAX];
    uint32_t rate_hz = plan->input->wav.info.format.rate_hz, out_hz = plan_rate_hz(plan);
    uint64_t frame = file_frame(plan, hole->source_frame);
    (void)fprintf(to, "            at %s of the file (frame %s; output frame %s):\n", input_time(frame, rate_hz, time),
                  cli_number(frame, number), cli_number(hole->at_frame, output));
    (void)fprintf(to, "            %s frames, %.1f ms, %s%s\n", cli_number(hole->frames, number),
                  (double)hole->frames * 1e3 / out_hz, ta_hole_cause_name(hole->cause), hole->exact ? "" : ", inexact");
}

static void print_holes(const plan_t *plan, const report_t *report, FILE *to)
{
    char number[CLI_NUMBER_MAX];
    const ta_ring_stats_t *ring = &report->stats.ring;
    if (ring->holes == 0) {
        (void)fputs("  holes     none\n", to);
        return;
    }
    (void)fprintf(to, "  holes     %" PRIu32 ", together %s frames, %.1f ms\n", ring->holes,
                  cli_number(ring->hole_frames, number), (double)ring->hole_frames * 1e3 / plan_rate_hz(plan));
    for (uint32_t h = 0; h < report->holes && h < HOLES_SHOWN; h++)
        print_hole(plan, &report->hole[h], to);
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
                  input_time(report->frames_out, plan_rate_hz(plan), time));
    print_holes(plan, report, to);
    print_faults(plan, report, to);
    (void)fprintf(to, "  ramps     largest step %" PRIu32 "/65536 of full scale (1024 is the limit)\n",
                  report->stats.ring.largest_step);
    (void)fprintf(to, "  memory    %" PRIu32 " allocations to open, %" PRIu32 " after; %s\n", report->tries_to_open,
                  report->tries_after_open, report->live ? "BLOCKS WERE LEFT BEHIND" : "all given back");
    if (plan->on_board)
        print_chip(report, to);
    timing_print(&report->timing, to);
    double speed = report->real_ns ? (double)report->virtual_ns / (double)report->real_ns : 0;
    (void)fprintf(to, "  speed     %.1f virtual seconds per real second\n", speed);
}
