// What an output takes, and what it has done. In: plans and figures. Out: a line for each, its subject in the first ten columns.

#include "facts.h"
#include "console.h"

#include "hardware/pio.h"

const char *facts_feed_name(ta_feed_t feed)
{
    static const char *const name[] = {"interrupt", "caller", "core1"};
    return name[feed];
}

static void say_rate(const ta_rate_t *rate)
{
    say_thousandths("rate      ", (long long)(rate->reached_uhz / 1000), " Hz");
    say(" for %lu Hz", (unsigned long)rate->asked_hz);
    say_thousandths(": ", rate->error_ppb, " ppm");
    if (rate->timer_y) {
        say(", timer %u/%u", rate->timer_x, rate->timer_y);
    } else {
        say(", divider %lu + %lu/256", (unsigned long)(rate->divider_q8 >> 8), (unsigned long)(rate->divider_q8 & 255));
    }
    say("; clk_sys %lu Hz\n", (unsigned long)rate->system_hz);
    if (rate->fractional) {
        say("          no jitter at clk_sys %lu Hz; the PLL's best is %lu Hz", (unsigned long)rate->exact_system_hz,
            (unsigned long)rate->pll_system_hz);
        say_thousandths(", ", rate->pll_error_ppb, " ppm\n");
    }
}

static void say_limits(uint64_t latency_us, uint32_t frames, uint32_t slot, uint32_t interrupts, uint64_t section_us,
                       uint64_t stall_us)
{
    say_thousandths("latency   ", (long long)latency_us, " ms at most");
    say("; %lu frames queued in slots of %lu\n", (unsigned long)frames, (unsigned long)slot);
    say_thousandths("wakes     ", interrupts, " interrupts a second while playing\n");
    say("limits    must publish within %lu us; frame clock holds %lu s\n", (unsigned long)section_us,
        (unsigned long)(stall_us / 1000000));
}

static ta_status_t say_i2s_plan(const ta_i2s_config_t *config, char *error)
{
    ta_i2s_plan_t plan;
    ta_status_t status = ta_i2s_plan(config, &plan, error);
    if (status != TA_OK)
        return status;
    say("output    I2S %s, %u bits; data GPIO %u, bclk %u, ws %u; feed %s, DMA interrupt line %u\n",
        config->alignment == TA_I2S_PHILIPS ? "Philips" : "left-justified", config->bits ? config->bits : 16,
        config->data_pin, config->bclk_pin, config->ws_pin, facts_feed_name(config->feed), config->dma_irq);
    say("takes     DMA %lu bytes, FAST %lu bytes; %u DMA channels, %u state machine with %u instructions, %u pins\n",
        (unsigned long)plan.needs[0].bytes, (unsigned long)plan.needs[1].bytes, plan.dma_channels, plan.state_machines,
        plan.pio_instructions, plan.pins);
    say_rate(&plan.rate);
    say_limits(plan.latency_us, plan.buffer_frames, plan.ring.slot_frames, plan.interrupts_per_s_milli,
               plan.section_limit_us, plan.stall_limit_us);
    return TA_OK;
}

static ta_status_t say_pwm_plan(const ta_pwm_config_t *config, char *error)
{
    ta_pwm_plan_t plan;
    ta_status_t status = ta_pwm_plan(config, &plan, error);
    if (status != TA_OK)
        return status;
    say("output    PWM, left GPIO %u", config->left_pin);
    if (config->right_pin != TA_PWM_ONE_PIN)
        say(", right GPIO %u", config->right_pin);
    say("; %u.%u bits, carrier %lu Hz, period %u", plan.bits_tenths / 10, plan.bits_tenths % 10,
        (unsigned long)plan.carrier_hz, plan.period);
    if (plan.coherent) {
        say(", %u periods a frame", plan.periods_per_frame);
    } else {
        say(", frames up to %u cycles late", plan.jitter_cycles);
    }
    say("; feed %s, DMA interrupt line %u\n", facts_feed_name(config->feed), config->dma_irq);
    say("takes     DMA %lu bytes, FAST %lu bytes; %u DMA channels, %u DMA timer, %u PWM slice, %u pins\n",
        (unsigned long)plan.needs[0].bytes, (unsigned long)plan.needs[1].bytes, plan.dma_channels, plan.dma_timers,
        plan.pwm_slices, plan.pins);
    say_rate(&plan.rate);
    say_limits(plan.latency_us, plan.buffer_frames, plan.ring.slot_frames, plan.interrupts_per_s_milli,
               plan.section_limit_us, plan.stall_limit_us);
    return TA_OK;
}

ta_status_t facts_say_plan(const either_config_t *config, char *error)
{
    return config->kind == EITHER_I2S ? say_i2s_plan(&config->i2s, error) : say_pwm_plan(&config->pwm, error);
}

static void say_holes(const ta_output_t *output, const ta_output_stats_t *stats)
{
    if (!stats->ring.holes) {
        say("holes     none\n");
        return;
    }
    say("holes     %lu, %llu frames in all\n", (unsigned long)stats->ring.holes,
        (unsigned long long)stats->ring.hole_frames);
    ta_hole_t hole;
    for (uint32_t n = 0; ta_output_hole(output, n, &hole); n++) {
        say("hole      %llu frames before program frame %llu, at output frame %llu: %s%s\n",
            (unsigned long long)hole.frames, (unsigned long long)hole.source_frame, (unsigned long long)hole.at_frame,
            ta_hole_cause_name(hole.cause), hole.exact ? "" : ", not exact");
    }
}

void facts_say_output(const ta_output_t *output)
{
    ta_output_stats_t stats;
    ta_output_stats(output, &stats);
    say("state     %s at program frame %llu; rate %lu Hz\n", ta_output_state_name(stats.state),
        (unsigned long long)stats.position_frame, (unsigned long)stats.rate_hz);
    say("played    %llu frames pulled, %llu published, %llu output frames, %lu programs to their end\n",
        (unsigned long long)stats.source_frames, (unsigned long long)stats.ring.program_frames,
        (unsigned long long)stats.output_frames, (unsigned long)stats.drained);
    say("headroom  %lu us now", (unsigned long)ta_headroom(output));
    if (stats.headroom_min_frames != UINT64_MAX) // else it has not played yet
        say("; least %llu frames", (unsigned long long)stats.headroom_min_frames);
    say("; %lu feeds, %lu publications, %lu in doubt, %lu without a copy\n", (unsigned long)stats.feeds,
        (unsigned long)stats.ring.publications, (unsigned long)stats.ring.indeterminate,
        (unsigned long)stats.ring.lent);
    say_holes(output, &stats);
    say("ramps     largest step %lu/65536 of full scale (1024 is the limit)\n", (unsigned long)stats.ring.largest_step);
    if (stats.faults)
        say("faults    %lu, the last: %s\n", (unsigned long)stats.faults, ta_status_name(stats.fault));
}

void facts_say_holding(const either_t *either, const either_config_t *config)
{
    const ta_rp2_t *rp2 = &either->rp2;
    ta_output_stats_t stats;
    ta_rate_t rate;
    ta_output_stats(&either->output, &stats);
    if (either_rate(config, stats.rate_hz, &rate) == TA_OK)
        say_rate(&rate);
    say("holds     DMA channels %d %d %d, ", rp2->dma_data, rp2->dma_next, rp2->dma_wipe);
    if (either->kind == EITHER_I2S) {
        say("PIO%u machine %d with 8 instructions at %d", pio_get_index((PIO)either->i2s.pio), either->i2s.sm,
            either->i2s.program_offset);
    } else {
        say("DMA timer %d, PWM slice %d", either->pwm.timer, either->pwm.slice);
    }
    say(", DMA interrupt line %u of core %u", rp2->line, rp2->core);
    if (rp2->feed_irq >= 0)
        say(", software interrupt %d", rp2->feed_irq);
    if (rp2->amplifier_pin >= 0)
        say(", amplifier GPIO %d", rp2->amplifier_pin);
    say("\n");
}

void facts_say_arena(const ta_arena_t *arena)
{
    const ta_mem_stats_t *s = &arena->stats;
    say("memory    %lu of %lu bytes in use in %lu blocks, %lu at most; %lu taken, %lu given back, %lu refused\n",
        (unsigned long)arena->used, (unsigned long)arena->bytes, (unsigned long)arena->live, (unsigned long)s->peak,
        (unsigned long)s->allocs, (unsigned long)s->frees, (unsigned long)s->failures);
}
