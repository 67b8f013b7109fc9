// The I2S driver on the virtual chip: what arrives at the pins, what is claimed, what is reported, what is refused.

#include "test/support/scene.h"

#include "hardware/dma.h"
#include "hardware/irq.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static scene_t scene;

static void must(const char *wrong)
{
    if (wrong)
        fail_msg("%s", wrong);
}

static ta_rate_t rate_in_force(void)
{
    ta_rate_t rate;
    assert_int_equal(ta_i2s_rate(&scene.config, scene.i2s.output.rate_hz, &rate), TA_OK);
    return rate;
}

static void stop_and_check(const stretch_t *stretches, unsigned count)
{
    must(scene_close(&scene));
    must(scene_check(&scene, stretches, count));
}

// ---- wire formats ----------------------------------------------------------------------------------------------------------

static void play_numbered(const char *board, const ta_i2s_config_t *config, uint32_t frames)
{
    numbered_t program;
    scene_numbered(&program, 1, frames, 44100, config->bits);
    assert_true(scene_open(&scene, board, config));
    assert_int_equal(ta_output_play(&scene.i2s.output, &program.source), TA_OK);
    assert_true(scene_run(&scene, 1000));
    ta_output_stats_t stats;
    ta_output_stats(&scene.i2s.output, &stats);
    assert_int_equal(stats.ring.holes, 0);
    assert_int_equal(stats.source_frames, frames);
    assert_int_equal(stats.drained, 1);
    stop_and_check(&(stretch_t){1, frames}, 1);
}

static void test_every_wire_format(void **state)
{
    (void)state;
    static const uint8_t bits[] = {16, 24, 32};
    static const char *const boards[] = {"pico", "pico2"};
    unsigned done = 0;
    for (unsigned b = 0; b < 2; b++)
        for (unsigned w = 0; w < 3; w++)
            for (unsigned order = 0; order < 2; order++)
                for (unsigned alignment = 0; alignment < 2; alignment++)
                    for (unsigned data = 0; data < 3; data++) {
                        static const uint8_t data_pins[] = {2, 28, 16};
                        ta_i2s_config_t config = scene_config(chip_board_find(boards[b]));
                        config.bits = bits[w];
                        config.bclk_pin = order ? 15 : 14;
                        config.ws_pin = order ? 14 : 15;
                        config.data_pin = data_pins[data];
                        config.alignment = alignment ? TA_I2S_LEFT_JUSTIFIED : TA_I2S_PHILIPS;
                        print_message("%s %u bits, order %u, alignment %u, data %u\n", boards[b], bits[w], order,
                                      alignment, data);
                        play_numbered(boards[b], &config, 700 + done);
                        done++;
                    }
    printf("%u wire formats were decoded\n", done);
    assert_int_equal(done, 2 * 3 * 2 * 2 * 3);
}

static void test_lengths_around_slots(void **state)
{
    (void)state;
    ta_i2s_config_t config = scene_config(chip_board_find("pico"));
    config.slot_frames = 64;
    config.buffer_us = 4000;
    unsigned done = 0;
    for (uint32_t frames = 1; frames <= 3 * 64 + 1; frames++, done++)
        play_numbered("pico", &config, frames);
    assert_int_equal(done, 193);
}

// ---- rates -----------------------------------------------------------------------------------------------------------------

static void test_rates(void **state)
{
    (void)state;
    static const uint32_t rates[] = {1000,  8000,  11025, 16000, 22050,  32000,
                                     44100, 48000, 88200, 96000, 192000, 384000};
    unsigned done = 0;
    for (unsigned b = 0; b < 2; b++) {
        assert_int_equal(chip_boot(chip_board_find(b ? "pico2" : "pico")), 0);
        double clock = chip_board()->system_hz;
        for (unsigned r = 0; r < sizeof rates / sizeof *rates; r++)
            for (unsigned bits = 16; bits <= 32; bits += 16) {
                ta_i2s_config_t config = scene_config(chip_board());
                config.bits = (uint8_t)bits;
                ta_rate_t rate;
                assert_int_equal(ta_i2s_rate(&config, rates[r], &rate), TA_OK);
                double cycles = 4.0 * bits, divider = round(clock * 256 / (cycles * rates[r]));
                double reached = clock * 256 / (cycles * divider);
                assert_true(fabs((double)rate.reached_uhz - reached * 1e6) <= 1);
                assert_true(fabs(rate.error_ppb - (reached / rates[r] - 1) * 1e9) <= 2);
                assert_int_equal(rate.fractional, fmod(divider, 256) != 0);
                assert_true(fmod(rate.exact_system_hz, cycles * rates[r]) == 0);
                assert_true(fabs(rate.exact_system_hz - clock) <= cycles * rates[r] / 2);
                double whole = round(rate.pll_system_hz / (cycles * rates[r]));
                assert_true(fabs(rate.pll_error_ppb - (rate.pll_system_hz / (cycles * rates[r] * whole) - 1) * 1e9) <=
                            2);
                assert_true(abs(rate.pll_error_ppb) <= 100000 || rates[r] > 96000);
                done++;
            }
        chip_shutdown();
    }
    assert_int_equal(done, 48);
}

static void test_reached_rate_is_what_the_pins_do(void **state)
{
    (void)state;
    static const uint32_t rates[] = {8000, 44100, 96000};
    for (unsigned r = 0; r < 3; r++) {
        ta_i2s_config_t config = scene_config(chip_board_find("pico"));
        config.rate_hz = rates[r];
        assert_true(scene_open(&scene, "pico", &config));
        scene_run_us(&scene, 100000);
        uint64_t cycles = scene.decoder.last_cycle - scene.decoder.first_cycle;
        double hz = (double)scene.decoder.frames / ((double)cycles / scene.board->system_hz);
        double reached = (double)rate_in_force().reached_uhz / 1e6;
        assert_true(fabs(hz - reached) / reached < 2.0 / (double)scene.decoder.frames);
        must(scene_close(&scene));
    }
}

// The plan's interrupts are those that are delivered: each slot's, and the one behind it that feeds.
static void test_interrupts_are_as_many_as_planned(void **state)
{
    (void)state;
    for (unsigned by_hand = 0; by_hand < 2; by_hand++) {
        static numbered_t program;
        uint64_t before = 0;
        ta_i2s_config_t config = scene_config(chip_board_find("pico"));
        config.feed = by_hand ? TA_FEED_CALLER : TA_FEED_INTERRUPT;
        assert_true(scene_open(&scene, "pico", &config));
        scene_numbered(&program, 1, 30000, 44100, 16);
        assert_int_equal(ta_output_play(&scene.i2s.output, &program.source), TA_OK);
        for (unsigned ms = 0; ms < 600; ms++) {
            if (ms == 100)
                before = chip_interrupts();
            scene_run_us(&scene, 1000);
            if (by_hand)
                ta_i2s_service(&scene.i2s);
        }
        double counted = (double)(chip_interrupts() - before);
        double planned = scene.plan.interrupts_per_s_milli / 2000.0; // of half a second
        assert_null(scene_close(&scene));
        if (fabs(counted - planned) > 3)
            fail_msg("%.0f interrupts, and %.1f were planned", counted, planned);
    }
}

static void test_retune_between_sources(void **state)
{
    (void)state;
    numbered_t slow, fast;
    scene_numbered(&slow, 1, 900, 22050, 16);
    scene_numbered(&fast, 2001, 1500, 48000, 16);
    assert_true(scene_open(&scene, "pico", NULL));
    assert_int_equal(ta_output_play(&scene.i2s.output, &slow.source), TA_OK);
    assert_int_equal(ta_output_queue(&scene.i2s.output, &fast.source), TA_OK);
    assert_true(scene_run(&scene, 1000));
    assert_int_equal(scene.i2s.output.rate_hz, 48000);
    stop_and_check((const stretch_t[]){{1, 900}, {2001, 1500}}, 2);
}

// A stall at any moment of a change of rate, or of the way back from a hardware loop, but for those when interrupts are masked:
// the frame clock goes on counting what leaves. It lost the laps of the table that went by before it was anchored again.
static uint64_t open_hook[4000];
static unsigned open_hooks;

static void note_open_hook(void *context, uint64_t number, uint64_t cycle, chip_hook_kind_t kind, const char *what)
{
    (void)context;
    (void)cycle;
    (void)what;
    const ta_output_t *output = &scene.i2s.output;
    bool changing = output->pending || output->loop.step != TA_LOOP_NONE;
    if (changing && kind != CHIP_HOOK_MASKED && open_hooks < 4000)
        open_hook[open_hooks++] = number;
}

static void change_while_stalled(bool loops, uint64_t freeze_at)
{
    static numbered_t first, then;
    ta_i2s_config_t config = scene_config(chip_board_find("pico"));
    config.slot_frames = 64;
    config.buffer_us = 6000;
    assert_true(scene_open(&scene, "pico", &config));
    ta_output_t *output = &scene.i2s.output;
    scene_numbered(&first, 1, 300, 44100, 16);
    scene_numbered(&then, 1001, 500, loops ? 44100 : 32000, 16);
    if (freeze_at)
        assert_true(chip_fault_add(
            &(chip_fault_t){CHIP_FAULT_FREEZE, freeze_at, 50 * (uint64_t)scene.board->system_hz / 1000, 0}));
    else
        chip_on_hook(note_open_hook, NULL);
    if (loops) {
        assert_int_equal(ta_output_loop_in_hardware(output, &first.source), TA_OK);
        scene_run_us(&scene, 50000);
        assert_int_equal(output->state, TA_OUTPUT_LOOPING);
        assert_int_equal(ta_output_stop(output), TA_OK);
        assert_true(scene_run(&scene, 1000));
    }
    assert_int_equal(ta_output_play(output, &then.source), TA_OK);
    assert_true(scene_run(&scene, 1000));
    const heard_t last = scene_frame(1500, 16);
    size_t at = 0;
    while (at < scene.heard_count && (scene.heard[at].left != last.left || scene.heard[at].right != last.right))
        at++;
    if (output->end_frame != at + 1)
        fail_msg("stalled at hook %u: the last frame leaves as number %u, not %u", (unsigned)freeze_at,
                 (unsigned)at + 1, (unsigned)output->end_frame);
    must(scene_close(&scene));
}

static void test_frame_clock_through_stalls_while_the_rate_changes(void **state)
{
    (void)state;
    open_hooks = 0;
    change_while_stalled(false, 0);
    print_message("%u moments\n", open_hooks);
    assert_true(open_hooks > 35);
    for (unsigned h = 0, thin = scene_thin(); h < open_hooks; h += thin)
        change_while_stalled(false, open_hook[h]);
}

static void test_frame_clock_through_stalls_around_a_loop(void **state)
{
    (void)state;
    open_hooks = 0;
    change_while_stalled(true, 0);
    print_message("%u moments\n", open_hooks);
    assert_true(open_hooks > 100);
    for (unsigned h = 0, thin = scene_thin(); h < open_hooks; h += thin)
        change_while_stalled(true, open_hook[h]);
}

static void test_queue_without_a_gap(void **state)
{
    (void)state;
    numbered_t one, two;
    scene_numbered(&one, 1, 777, 44100, 16);
    scene_numbered(&two, 778, 1003, 44100, 16);
    assert_true(scene_open(&scene, "pico", NULL));
    assert_int_equal(ta_output_play(&scene.i2s.output, &one.source), TA_OK);
    assert_int_equal(ta_output_queue(&scene.i2s.output, &two.source), TA_OK);
    assert_true(scene_run(&scene, 1000));
    stop_and_check(&(stretch_t){1, 1780}, 1);
}

static void test_fixed_rate_refuses(void **state)
{
    (void)state;
    numbered_t program;
    scene_numbered(&program, 1, 10, 48000, 16);
    ta_i2s_config_t config = scene_config(chip_board_find("pico"));
    config.fixed_rate = true;
    assert_true(scene_open(&scene, "pico", &config));
    assert_int_equal(ta_output_play(&scene.i2s.output, &program.source), TA_E_RATE);
    must(scene_close(&scene));
}

// ---- contexts, copies, loops -----------------------------------------------------------------------------------------------

static void test_feed_by_hand(void **state)
{
    (void)state;
    numbered_t program;
    scene_numbered(&program, 1, 3000, 44100, 16);
    ta_i2s_config_t config = scene_config(chip_board_find("pico"));
    config.feed = TA_FEED_CALLER;
    assert_true(scene_open(&scene, "pico", &config));
    chip_claims_t claims;
    chip_claims(&claims);
    assert_int_equal(claims.user_irqs, 0);
    assert_int_equal(ta_output_play(&scene.i2s.output, &program.source), TA_OK);
    for (unsigned turns = 0; ta_output_busy(&scene.i2s.output); turns++) {
        assert_true(turns < 1000);
        ta_i2s_service(&scene.i2s);
        scene_run_us(&scene, 1000);
    }
    stop_and_check(&(stretch_t){1, 3000}, 1);
}

static void test_lent_blocks_are_not_copied(void **state)
{
    (void)state;
    enum { FRAMES = 2000 };
    assert_true(scene_open(&scene, "pico", NULL));
    uint32_t *frames = chip_sram_take(FRAMES * 4);
    assert_non_null(frames);
    chip_dma_allow(frames, FRAMES * 4, "lent");
    for (uint32_t n = 0; n < FRAMES; n++) {
        heard_t f = scene_frame(n + 1, 16);
        frames[n] = (uint32_t)f.left >> 16 | ((uint32_t)f.right & 0xffff0000U);
    }
    ta_raw_t raw;
    const ta_format_t format = {TA_SAMPLE_S16, 2, 44100};
    assert_int_equal(ta_raw_init(&raw, &format, frames, FRAMES), TA_OK);
    assert_int_equal(ta_output_play(&scene.i2s.output, &raw.source), TA_OK);
    assert_true(scene_run(&scene, 1000));
    ta_output_stats_t stats;
    ta_output_stats(&scene.i2s.output, &stats);
    assert_int_equal(stats.ring.lent, FRAMES / scene.plan.ring.slot_frames);
    stop_and_check(&(stretch_t){1, FRAMES}, 1);
}

// From being pulled to the pins no frame takes longer than the plan says, copied or lent.
enum { LATE_FRAMES = 64 * 100 };
static uint64_t pulled_at[LATE_FRAMES];
static ta_raw_t spied;

static ta_pull_t pull_and_note(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    ta_pull_t pull = ta_source_pull(&spied.source, max_frames, block);
    for (uint32_t f = 0; f < block->frames; f++)
        pulled_at[source->position + f] = chip_cycles();
    return pull;
}

static void test_latency_is_at_most_what_is_planned(void **state)
{
    (void)state;
    static const ta_source_ops_t ops = {pull_and_note, NULL};
    const ta_format_t format = {TA_SAMPLE_S16, 2, 48000};
    for (unsigned k = 0; k < 8; k++) {
        ta_i2s_config_t config = scene_config(chip_board_find("pico"));
        config.slot_frames = 64;
        config.buffer_us = 5000 + 7000 * (k / 2);
        config.fixed_rate = true;
        config.rate_hz = 48000;
        assert_true(scene_open(&scene, "pico", &config));
        ta_output_pin_t copies = *scene.i2s.output.pin;
        copies.may_lend = NULL;
        uint32_t *frames = chip_sram_take(LATE_FRAMES * 4);
        assert_non_null(frames);
        chip_dma_allow(frames, LATE_FRAMES * 4, "lent");
        for (uint32_t n = 0; n < LATE_FRAMES; n++) {
            heard_t f = scene_frame(n + 1, 16);
            frames[n] = (uint32_t)f.left >> 16 | ((uint32_t)f.right & 0xffff0000U);
        }
        assert_int_equal(ta_raw_init(&spied, &format, frames, LATE_FRAMES), TA_OK);
        if (k % 2 == 0)
            scene.i2s.output.pin = &copies;
        ta_source_t source;
        ta_source_init(&source, &ops, &format, LATE_FRAMES);
        assert_int_equal(ta_output_play(&scene.i2s.output, &source), TA_OK);
        assert_true(scene_run(&scene, 1000));
        assert_int_equal(scene.i2s.output.shown.ring.lent, k % 2 ? LATE_FRAMES / 64 : 0);
        stop_and_check(&(stretch_t){1, LATE_FRAMES}, 1);
        size_t at = 0;
        for (const heard_t first = scene_frame(1, 16);
             scene.heard[at].left != first.left || scene.heard[at].right != first.right;)
            at++;
        double most_us = 0, frame_cycles = scene.board->system_hz / ((double)rate_in_force().reached_uhz / 1e6);
        for (uint32_t n = 0; n < LATE_FRAMES; n++) {
            double due = (double)scene.decoder.first_cycle + (double)(at + n) * frame_cycles;
            most_us = fmax(most_us, (due - (double)pulled_at[n]) * 1e6 / scene.board->system_hz);
        }
        print_message("%s, %u slots: latency %.0f us, planned %llu us\n", k % 2 ? "lent" : "copied",
                      (unsigned)scene.plan.ring.slots, most_us, (unsigned long long)scene.plan.latency_us);
        assert_true(most_us <= (double)scene.plan.latency_us);
        assert_true(most_us > (double)scene.plan.latency_us * 0.8);
    }
}

// The loop's frames, `passes` times and whatever comes after, as the decoder heard them from their first frame on.
static size_t count_loop_frames(uint32_t frames, size_t *start)
{
    heard_t first = scene_frame(1, 16);
    size_t at = 0;
    while (at < scene.heard_count && (scene.heard[at].left != first.left || scene.heard[at].right != first.right))
        at++;
    *start = at;
    size_t n = 0;
    while (at + n < scene.heard_count) {
        heard_t want = scene_frame(1 + (uint32_t)(n % frames), 16);
        if (scene.heard[at + n].left != want.left || scene.heard[at + n].right != want.right)
            break;
        n++;
    }
    return n;
}

static void test_loop_in_hardware(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {1, 64, 100, 441, 1000};
    for (unsigned l = 0; l < 5; l++) {
        numbered_t program, after;
        scene_numbered(&program, 1, lengths[l], 48000, 16);
        scene_numbered(&after, 5001, 600, 48000, 16);
        assert_true(scene_open(&scene, "pico", NULL));
        assert_true(ta_output_hardware_loop_max(&scene.i2s.output) >= 1000);
        assert_int_equal(ta_output_loop_in_hardware(&scene.i2s.output, &program.source), TA_OK);
        scene_run_us(&scene, 60000);
        ta_output_stats_t stats;
        ta_output_stats(&scene.i2s.output, &stats);
        assert_int_equal(stats.state, TA_OUTPUT_LOOPING);
        uint64_t interrupts = chip_interrupts();
        scene_run_us(&scene, 500000);
        assert_int_equal(chip_interrupts(), interrupts); // no processor at all
        assert_int_equal(ta_output_stop(&scene.i2s.output), TA_OK);
        assert_true(scene_run(&scene, 200));
        assert_int_equal(ta_output_play(&scene.i2s.output, &after.source), TA_OK);
        assert_true(scene_run(&scene, 200));
        must(scene_close(&scene));
        size_t start, n = count_loop_frames(lengths[l], &start);
        printf("a loop of %u frames was heard %.1f times\n", lengths[l], (double)n / lengths[l]);
        assert_int_equal(n % lengths[l], 0);
        assert_true(n >= 48000 / 2);
        // From the loop's end on the recording is a fall, silence, and what was played afterwards.
        heard_t last = scene_frame(lengths[l], 16);
        assert_int_equal(scene.heard[start + n].left >> 16, (last.left >> 16) * 63 >> 6);
        memmove(scene.heard, scene.heard + start + n + 64, (scene.heard_count - start - n - 64) * sizeof *scene.heard);
        scene.heard_count -= start + n + 64;
        must(scene_check(&scene, &(stretch_t){5001, 600}, 1));
    }
}

// Commands that come while a loop runs without a processor find the frame clock going on, too.
static void test_the_frame_clock_during_a_loop(void **state)
{
    (void)state;
    numbered_t program;
    scene_numbered(&program, 1, 300, 44100, 16);
    assert_true(scene_open(&scene, "pico", NULL));
    assert_int_equal(ta_output_loop_in_hardware(&scene.i2s.output, &program.source), TA_OK);
    scene_run_us(&scene, 60000);
    for (unsigned k = 0; k < 100; k++) {
        scene_run_us(&scene, 1000 + 37 * k);
        assert_int_equal(ta_output_set_volume(&scene.i2s.output, TA_GAIN_UNITY_Q16), TA_OK);
        scene_run_us(&scene, 10);
        ta_output_stats_t stats;
        ta_output_stats(&scene.i2s.output, &stats);
        assert_int_equal(stats.state, TA_OUTPUT_LOOPING);
        if (stats.output_frames < scene.heard_count || stats.output_frames > scene.heard_count + 8)
            fail_msg("%u frames were heard, %u are shown", (unsigned)scene.heard_count, (unsigned)stats.output_frames);
    }
    assert_int_equal(ta_output_stop(&scene.i2s.output), TA_OK);
    assert_true(scene_run(&scene, 1000));
    must(scene_close(&scene));
}

static void test_close_while_looping(void **state)
{
    (void)state;
    numbered_t program;
    scene_numbered(&program, 1, 333, 44100, 16);
    assert_true(scene_open(&scene, "pico2", NULL));
    assert_int_equal(ta_output_loop_in_hardware(&scene.i2s.output, &program.source), TA_OK);
    scene_run_us(&scene, 100000);
    must(scene_close(&scene));
}

static void test_as_many_outputs_as_channels(void **state)
{
    (void)state;
    for (unsigned b = 0; b < 2; b++) {
        static ta_i2s_t i2s[6];
        static ta_arena_t arena[6];
        static chip_i2s_t decoder[6];
        unsigned open = 0, expected = b ? 5 : 4;
        const chip_board_t *board = chip_board_find(b ? "pico2" : "pico");
        assert_int_equal(chip_boot(board), 0);
        for (;; open++) {
            assert_true(open < 6);
            void *sram = chip_sram_take(16384);
            assert_non_null(sram);
            chip_dma_allow(sram, 16384, "arena");
            assert_int_equal(ta_arena_init(&arena[open], sram, 16384, TA_CLASS_ALL), TA_OK);
            ta_memory_t memory = ta_memory_all(&arena[open].mem);
            ta_i2s_config_t config = {.data_pin = (uint8_t)(3 * open),
                                      .bclk_pin = (uint8_t)(3 * open + 1),
                                      .ws_pin = (uint8_t)(3 * open + 2),
                                      .dma_irq = (uint8_t)(open % 2)};
            if (ta_i2s_open(&i2s[open], &config, &memory) != TA_OK)
                break;
            assert_int_equal(arena[open].used > 0, 1);
        }
        printf("%s: %u outputs, then: %s\n", board->name, open, i2s[open].error);
        assert_int_equal(open, expected);
        assert_int_equal(arena[open].used, 0);
        for (unsigned o = 0; o < open; o++)
            assert_int_equal(ta_output_busy(&i2s[o].output), false);
        (void)decoder;
        for (unsigned o = 0; o < open; o++)
            ta_i2s_close(&i2s[o]);
        assert_true(chip_claims_none());
        assert_int_equal(chip_violations(NULL, 0), 0);
        chip_shutdown();
    }
}

// Another output beside the scene's own. Its memory is the test's.
static ta_i2s_t other;
static ta_arena_t other_arena;

static void open_other(uint8_t dma_irq)
{
    void *sram = chip_sram_take(32768);
    assert_non_null(sram);
    chip_dma_allow(sram, 32768, "other");
    assert_int_equal(ta_arena_init(&other_arena, sram, 32768, TA_CLASS_ALL), TA_OK);
    ta_memory_t memory = ta_memory_all(&other_arena.mem);
    const ta_i2s_config_t config = {.data_pin = 2, .bclk_pin = 3, .ws_pin = 4, .dma_irq = dma_irq};
    assert_int_equal(ta_i2s_open(&other, &config, &memory), TA_OK);
}

// While one output is being closed the feed cannot run, and then it runs again for another one: it must not serve the one that
// is nearly closed. The stall lasts so many cycles from the beginning of close. Returns how long close took.
static uint64_t close_other_while_the_feed_stalls(uint64_t cycles)
{
    static numbered_t here, there;
    assert_true(scene_open(&scene, "pico", NULL));
    open_other(1);
    scene_numbered(&here, 1, 5000, 44100, 16);
    scene_numbered(&there, 1, 5000, 44100, 16);
    assert_int_equal(ta_output_play(&scene.i2s.output, &here.source), TA_OK);
    assert_int_equal(ta_output_play(&other.output, &there.source), TA_OK);
    scene_run_us(&scene, 30000);
    assert_true(chip_fault_add(&(chip_fault_t){CHIP_FAULT_STALL_FEED, chip_cycles(), cycles, 0}));
    uint64_t began = chip_cycles();
    ta_i2s_close(&other);
    uint64_t took = chip_cycles() - began;
    assert_int_equal(other_arena.used, 0);
    scene_run_us(&scene, 1000);
    ta_i2s_close(&scene.i2s);
    assert_int_equal(chip_violations(NULL, 0), 0);
    assert_true(chip_claims_none()); // no channel's interrupt is enabled either
    return took;
}

static void test_close_is_not_disturbed_by_another_feed(void **state)
{
    (void)state;
    uint64_t took = close_other_while_the_feed_stalls(100000000);
    for (uint64_t early = 0, thin = scene_thin(); early < 800; early += 4 * thin)
        (void)close_other_while_the_feed_stalls(took - early);
}

// ---- refusals --------------------------------------------------------------------------------------------------------------

static void test_refusals_name_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        ta_i2s_config_t config;
        ta_status_t status;
        const char *word;
    } cases[] = {
        {{.data_pin = 30, .bclk_pin = 10, .ws_pin = 11}, TA_E_ARG, "GPIO 30"},
        {{.data_pin = 9, .bclk_pin = 10, .ws_pin = 12}, TA_E_ARG, "neighbours"},
        {{.data_pin = 10, .bclk_pin = 10, .ws_pin = 11}, TA_E_ARG, "shares"},
        {{.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .bits = 20}, TA_E_ARG, "bits"},
        {{.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .alignment = (ta_i2s_alignment_t)2}, TA_E_ARG, "alignment"},
        {{.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .rate_hz = 999}, TA_E_RATE, "999"},
        {{.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .rate_hz = 384001}, TA_E_RATE, "384001"},
        {{.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .buffer_us = 999}, TA_E_ARG, "999"},
        {{.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .buffer_us = 2000001}, TA_E_ARG, "2000001"},
        {{.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .slot_frames = 65}, TA_E_ARG, "65"},
        {{.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .slot_frames = 48}, TA_E_ARG, "48"},
        {{.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .slot_frames = 64, .buffer_us = 1000000}, TA_E_ARG, "62 slots"},
        {{.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .dma_irq = 2}, TA_E_ARG, "line"},
        {{.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .feed = (ta_feed_t)3}, TA_E_ARG, "feed 3"},
    };
    assert_int_equal(chip_boot(chip_board_find("pico")), 0);
    ta_memory_t none = {0};
    for (unsigned c = 0; c < sizeof cases / sizeof *cases; c++) {
        ta_i2s_t i2s;
        assert_int_equal(ta_i2s_open(&i2s, &cases[c].config, &none), cases[c].status);
        if (!strstr(i2s.error, cases[c].word))
            fail_msg("case %u says \"%s\"", c, i2s.error);
        ta_i2s_close(&i2s); // harmless after a failure
        assert_true(chip_claims_none());
    }
    chip_shutdown();
}

// A PIO sees GPIO 0 to 31, or 16 to 47: what no PIO sees together is refused by the plan, and all else is played.
static void test_pins_lie_in_the_window_of_a_pio(void **state)
{
    (void)state;
    static const uint8_t pins[][2] = {{0, 40},  {15, 31}, {15, 32}, {32, 15}, {47, 14},
                                      {15, 30}, {16, 46}, {31, 40}, {47, 16}};
    unsigned fit = 0;
    for (unsigned p = 0; p < sizeof pins / sizeof *pins; p++) {
        ta_i2s_config_t config = scene_config(chip_board_find("pimoroni-pico-plus-2"));
        config.data_pin = pins[p][0];
        config.bclk_pin = pins[p][1];
        config.ws_pin = (uint8_t)(pins[p][1] + 1);
        uint8_t low = pins[p][0] < pins[p][1] ? pins[p][0] : pins[p][1];
        uint8_t high = pins[p][0] > config.ws_pin ? pins[p][0] : config.ws_pin;
        bool fits = low >= 16 || high < 32;
        ta_i2s_plan_t plan;
        char error[TA_SENTENCE_MAX] = "";
        assert_int_equal(chip_boot(chip_board_find("pimoroni-pico-plus-2")), 0);
        assert_int_equal(ta_i2s_plan(&config, &plan, error), fits ? TA_OK : TA_E_ARG);
        assert_true(fits || strstr(error, "GPIO"));
        assert_int_equal(scene_open(&scene, "pimoroni-pico-plus-2", &config), fits);
        if (fits)
            assert_null(scene_close(&scene));
        fit += fits;
    }
    assert_int_equal(fit, 4);
    scene_free(&scene);
}

static void test_memory_of_the_wrong_class_is_refused(void **state)
{
    (void)state;
    static uint8_t host[65536];
    assert_int_equal(chip_boot(chip_board_find("pico")), 0);
    ta_arena_t arena;
    assert_int_equal(ta_arena_init(&arena, host, sizeof host, TA_CLASS_ALL), TA_OK);
    ta_memory_t memory = ta_memory_all(&arena.mem);
    ta_i2s_config_t config = scene_config(chip_board());
    ta_i2s_t i2s;
    assert_int_equal(ta_i2s_open(&i2s, &config, &memory), TA_E_CLASS);
    assert_non_null(strstr(i2s.error, "DMA"));
    assert_int_equal(arena.used, 0);
    assert_true(chip_claims_none());
    chip_shutdown();
}

static void test_pins_in_use(void **state)
{
    (void)state;
    assert_true(scene_open(&scene, "pico", NULL));
    ta_i2s_config_t config = scene_config(scene.board);
    static ta_i2s_t second;
    assert_int_equal(ta_i2s_open(&second, &config, &scene.memory), TA_E_BUSY);
    assert_non_null(strstr(second.error, "in use"));
    must(scene_close(&scene));
}

// Opened again while it is open, it would forget what it holds, and the interrupt would serve what it has become.
static void test_an_open_output_is_not_opened_again(void **state)
{
    (void)state;
    numbered_t program;
    scene_numbered(&program, 1, 3000, 44100, 16);
    assert_true(scene_open(&scene, "pico", NULL));
    assert_int_equal(ta_output_play(&scene.i2s.output, &program.source), TA_OK);
    scene_run_us(&scene, 10000);
    const ta_i2s_config_t config = scene.config;
    assert_int_equal(ta_i2s_open(&scene.i2s, &config, &scene.memory), TA_E_STATE);
    assert_true(scene_run(&scene, 1000));
    stop_and_check(&(stretch_t){1, 3000}, 1);
    const ta_i2s_t *i2s = &scene.i2s; // what is not held any more
    assert_null(i2s->pio);
    assert_true(i2s->sm < 0 && i2s->program_offset < 0 && i2s->rp2.feed_irq < 0);
    assert_true(i2s->rp2.dma_data < 0 && i2s->rp2.dma_next < 0 && i2s->rp2.dma_wipe < 0);
}

// Every claim made to fail in turn, and every allocation: a clean error each time, nothing left, and the next open works.
static void test_every_claim_and_allocation_fails_once(void **state)
{
    (void)state;
    unsigned claims = 0, allocations = 0;
    for (unsigned kind = 0; kind < 2; kind++) {
        for (unsigned nth = 1;; nth++) {
            assert_true(nth < 20);
            const chip_board_t *board = chip_board_find("pico");
            assert_int_equal(chip_boot(board), 0);
            void *sram = chip_sram_take(65536);
            chip_dma_allow(sram, 65536, "arena");
            ta_arena_t arena;
            assert_int_equal(ta_arena_init(&arena, sram, 65536, TA_CLASS_ALL), TA_OK);
            ta_mem_probe_t probe;
            uint32_t sequence = 0;
            ta_mem_probe_init(&probe, &arena.mem, &sequence, kind ? nth : 0);
            ta_memory_t memory = ta_memory_all(&probe.mem);
            ta_i2s_config_t config = scene_config(board);
            static ta_i2s_t i2s;
            if (!kind)
                chip_fail_claim(nth);
            ta_status_t status = ta_i2s_open(&i2s, &config, &memory);
            if (status == TA_OK) {
                ta_i2s_close(&i2s);
                chip_fail_claim(0);
                break;
            }
            assert_int_equal(status, kind ? TA_E_NOMEM : TA_E_BUSY);
            assert_true(strlen(i2s.error) > 20);
            assert_true(chip_claims_none());
            assert_int_equal(arena.used, 0);
            chip_fail_claim(0);
            probe.fail_at = 0;
            assert_int_equal(ta_i2s_open(&i2s, &config, &memory), TA_OK);
            ta_i2s_close(&i2s);
            assert_true(chip_claims_none());
            assert_int_equal(arena.used, 0);
            *(kind ? &allocations : &claims) += 1;
        }
    }
    printf("%u claims and %u allocations failed in turn\n", claims, allocations);
    assert_true(claims >= 5); // a state machine with its program, three channels, a software interrupt
    assert_int_equal(allocations, 2);
    chip_shutdown();
}

static int free_scene(void **state)
{
    (void)state;
    scene_free(&scene);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_wire_format),
        cmocka_unit_test(test_lengths_around_slots),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_reached_rate_is_what_the_pins_do),
        cmocka_unit_test(test_interrupts_are_as_many_as_planned),
        cmocka_unit_test(test_retune_between_sources),
        cmocka_unit_test(test_frame_clock_through_stalls_while_the_rate_changes),
        cmocka_unit_test(test_frame_clock_through_stalls_around_a_loop),
        cmocka_unit_test(test_queue_without_a_gap),
        cmocka_unit_test(test_fixed_rate_refuses),
        cmocka_unit_test(test_feed_by_hand),
        cmocka_unit_test(test_lent_blocks_are_not_copied),
        cmocka_unit_test(test_latency_is_at_most_what_is_planned),
        cmocka_unit_test(test_loop_in_hardware),
        cmocka_unit_test(test_the_frame_clock_during_a_loop),
        cmocka_unit_test(test_close_while_looping),
        cmocka_unit_test(test_as_many_outputs_as_channels),
        cmocka_unit_test(test_close_is_not_disturbed_by_another_feed),
        cmocka_unit_test(test_refusals_name_what_is_wrong),
        cmocka_unit_test(test_pins_lie_in_the_window_of_a_pio),
        cmocka_unit_test(test_memory_of_the_wrong_class_is_refused),
        cmocka_unit_test(test_pins_in_use),
        cmocka_unit_test(test_an_open_output_is_not_opened_again),
        cmocka_unit_test(test_every_claim_and_allocation_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, free_scene);
}
