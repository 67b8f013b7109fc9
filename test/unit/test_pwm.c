// The PWM driver on the virtual chip: what arrives at the pins, period by period; what is lent, looped, retuned and reported.

#include "test/support/pwm_scene.h"

#include "hardware/dma.h"
#include "hardware/pwm.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static pwm_scene_t scene;

static void must(const char *wrong)
{
    if (wrong)
        fail_msg("%s", wrong);
}

static void stop_and_check(const stretch_t *stretches, unsigned count)
{
    must(pwm_scene_close(&scene));
    must(pwm_scene_check(&scene, stretches, count));
}

// ---- pins and periods ----------------------------------------------------------------------------------------------------

static void play_numbered(const char *board, const ta_pwm_config_t *config, uint32_t frames, uint32_t rate_hz)
{
    numbered_t program;
    scene_numbered(&program, 1, frames, rate_hz, 16);
    assert_true(pwm_scene_open(&scene, board, config));
    assert_int_equal(ta_output_play(&scene.pwm.output, &program.source), TA_OK);
    assert_true(pwm_scene_run(&scene, 2000));
    ta_output_stats_t stats;
    ta_output_stats(&scene.pwm.output, &stats);
    assert_int_equal(stats.ring.holes, 0);
    assert_int_equal(stats.source_frames, frames);
    assert_int_equal(stats.drained, 1);
    stop_and_check(&(stretch_t){1, frames}, 1);
}

static void test_every_order_of_pins_and_every_period(void **state)
{
    (void)state;
    static const char *const boards[] = {"pico", "pico2"};
    static const uint8_t pins[][2] = {{14, 15},           {15, 14}, {0, 17}, {17, 0}, {28, 29}, {6, TA_PWM_ONE_PIN},
                                      {7, TA_PWM_ONE_PIN}};
    static const uint8_t bits[] = {0, 8, 9, 10, 11};
    unsigned done = 0, turn = 0, thin = scene_thin();
    for (unsigned b = 0; b < 2; b++)
        for (unsigned p = 0; p < sizeof pins / sizeof *pins; p++)
            for (unsigned w = 0; w < sizeof bits / sizeof *bits; w++)
                for (unsigned mono = 0; mono < 2; mono++) {
                    if (turn++ % thin)
                        continue;
                    ta_pwm_config_t config = pwm_scene_config();
                    config.left_pin = pins[p][0];
                    config.right_pin = pins[p][1];
                    config.bits = bits[w];
                    config.mono = mono;
                    play_numbered(boards[b], &config, 700 + done, 44100);
                    done++;
                }
    printf("%u orders of pins and periods were decoded\n", done);
    assert_int_equal(turn, 2 * 7 * 5 * 2);
    assert_int_equal(done, (turn + thin - 1) / thin);
}

// RP2350's upper pins have slices 8 to 11 of their own, four pins to a channel.
static void test_upper_pins(void **state)
{
    (void)state;
    static const uint8_t pins[][2] = {{32, 33}, {47, 46}, {40, 33}, {39, 30}};
    for (unsigned p = 0; p < 4; p++) {
        ta_pwm_config_t config = pwm_scene_config();
        config.left_pin = pins[p][0];
        config.right_pin = pins[p][1];
        if (p < 3) {
            play_numbered("pimoroni-pico-plus-2", &config, 500, 44100);
            continue;
        }
        ta_pwm_plan_t plan; // GPIO 39 is B of slice 11, GPIO 30 is A of slice 7
        char error[TA_SENTENCE_MAX];
        assert_int_equal(ta_pwm_plan(&config, &plan, error), TA_E_ARG);
        assert_non_null(strstr(error, "GPIO 39 and 38"));
    }
}

static void test_lengths_around_slots(void **state)
{
    (void)state;
    ta_pwm_config_t config = pwm_scene_config();
    config.slot_frames = 64;
    config.buffer_us = 4000;
    unsigned done = 0;
    unsigned thin = scene_thin();
    for (uint32_t frames = 1; frames <= 3 * 64 + 1; frames += thin, done++)
        play_numbered("pico", &config, frames, 44100);
    assert_int_equal(done, (193 + thin - 1) / thin);
}

// The levels at the pins are the conversion's, whichever rounding it is: state and all.
static void test_every_rounding(void **state)
{
    (void)state;
    enum { FRAMES = 3000 };
    static uint32_t frames[FRAMES], levels[FRAMES];
    const ta_format_t format = {TA_SAMPLE_S16, 2, 44100};
    for (uint32_t n = 0; n < FRAMES; n++) {
        int32_t wave = (int32_t)(12000 * sin(n * 0.1)), other = (int32_t)(20000 * sin(n * 0.013));
        frames[n] = ((uint32_t)wave & 0xffff) | (uint32_t)other << 16;
    }
    for (unsigned rounding = 0; rounding < 3; rounding++) {
        ta_pwm_config_t config = pwm_scene_config();
        config.rounding = (ta_pwm_rounding_t)rounding;
        assert_true(pwm_scene_open(&scene, "pico", &config));
        ta_shape_t shape;
        ta_shape_init(&shape, TA_WIRE_PWM);
        ta_shape_set_pwm(&shape, scene.paced.period - 1U, config.rounding);
        ta_shape_run(&shape, format.sample, format.channels, frames, levels, FRAMES);
        ta_raw_t raw;
        assert_int_equal(ta_raw_init(&raw, &format, frames, FRAMES), TA_OK);
        assert_int_equal(ta_output_play(&scene.pwm.output, &raw.source), TA_OK);
        assert_true(pwm_scene_run(&scene, 1000));
        must(pwm_scene_close(&scene));
        must(pwm_scene_read(&scene));
        const int32_t middle = scene.paced.period / 2, unit = 1 << 21;
        for (size_t at = 0;; at++) {
            assert_true(at + FRAMES <= scene.heard_count);
            size_t n = 0;
            while (n < FRAMES && scene.heard[at + n].left == ((int32_t)(levels[n] & 0xffff) - middle) * unit &&
                   scene.heard[at + n].right == ((int32_t)(levels[n] >> 16) - middle) * unit)
                n++;
            if (n == FRAMES)
                break;
        }
    }
}

// ---- rates ---------------------------------------------------------------------------------------------------------------

// Every frame is where the fraction says that it is, from the first to the last: that is the rate.
static void test_rates_at_the_pins(void **state)
{
    (void)state;
    static const uint32_t rates[] = {2500,  8000,  11025, 16000, 22050,  32000,
                                     44100, 48000, 88200, 96000, 192000, 384000};
    unsigned done = 0, turn = 0, thin = scene_thin();
    for (unsigned b = 0; b < 2; b++)
        for (unsigned r = 0; r < sizeof rates / sizeof *rates; r++)
            for (unsigned bits = 7; bits <= 11; bits++) {
                const chip_board_t *board = chip_board_find(b ? "pico2" : "pico");
                ta_pwm_config_t config = pwm_scene_config();
                config.rate_hz = rates[r];
                config.bits = bits > 7 ? (uint8_t)bits : 0;
                if (bits > 7 && rates[r] > board->system_hz >> bits)
                    continue;
                if (turn++ % thin)
                    continue;
                play_numbered(board->name, &config, 1500, rates[r]);
                done++;
            }
    printf("%u rates and periods were decoded\n", done);
    assert_int_equal(turn, 24 + 2 * 12 + 2 * 11 + 2 * 10 + 2 * 8);
    assert_int_equal(done, (turn + thin - 1) / thin);
}

static void test_interrupts_are_as_many_as_planned(void **state)
{
    (void)state;
    for (unsigned by_hand = 0; by_hand < 2; by_hand++) {
        static numbered_t program;
        uint64_t before = 0;
        ta_pwm_config_t config = pwm_scene_config();
        config.feed = by_hand ? TA_FEED_CALLER : TA_FEED_INTERRUPT;
        assert_true(pwm_scene_open(&scene, "pico", &config));
        scene_numbered(&program, 1, 30000, 44100, 16);
        assert_int_equal(ta_output_play(&scene.pwm.output, &program.source), TA_OK);
        for (unsigned ms = 0; ms < 600; ms++) {
            if (ms == 100)
                before = chip_interrupts();
            pwm_scene_run_us(&scene, 1000);
            if (by_hand)
                ta_pwm_service(&scene.pwm);
        }
        double counted = (double)(chip_interrupts() - before);
        double planned = scene.plan.interrupts_per_s_milli / 2000.0; // of half a second
        must(pwm_scene_close(&scene));
        if (fabs(counted - planned) > 3)
            fail_msg("%.0f interrupts, and %.1f were planned", counted, planned);
    }
}

static void test_fixed_rate_refuses(void **state)
{
    (void)state;
    numbered_t program;
    scene_numbered(&program, 1, 10, 48000, 16);
    ta_pwm_config_t config = pwm_scene_config();
    config.fixed_rate = true;
    assert_true(pwm_scene_open(&scene, "pico", &config));
    assert_int_equal(ta_output_play(&scene.pwm.output, &program.source), TA_E_RATE);
    scene_numbered(&program, 1, 10, 1500, 16); // too slow for the timer
    assert_int_equal(ta_output_play(&scene.pwm.output, &program.source), TA_E_RATE);
    must(pwm_scene_close(&scene));
}

// ---- commands ------------------------------------------------------------------------------------------------------------

static void test_queue_without_a_gap(void **state)
{
    (void)state;
    numbered_t one, two;
    scene_numbered(&one, 1, 777, 44100, 16);
    scene_numbered(&two, 778, 1003, 44100, 16);
    assert_true(pwm_scene_open(&scene, "pico", NULL));
    assert_int_equal(ta_output_play(&scene.pwm.output, &one.source), TA_OK);
    assert_int_equal(ta_output_queue(&scene.pwm.output, &two.source), TA_OK);
    assert_true(pwm_scene_run(&scene, 1000));
    stop_and_check(&(stretch_t){1, 1780}, 1);
}

// Pauses one frame apart, in both of the carrier's periods: not a frame lost or doubled.
static void test_pause_at_every_frame(void **state)
{
    (void)state;
    enum { FRAMES = 600 };
    unsigned done = 0, thin = scene_thin();
    for (unsigned half = 0; half < 2 * (FRAMES + 200); half += 5 * thin) {
        numbered_t program;
        ta_pwm_config_t config = pwm_scene_config();
        config.slot_frames = 64;
        config.buffer_us = 4000;
        assert_true(pwm_scene_open(&scene, "pico2", &config));
        scene_numbered(&program, 1, FRAMES, 44100, 16);
        assert_int_equal(ta_output_play(&scene.pwm.output, &program.source), TA_OK);
        chip_run_until(chip_cycles() + (uint64_t)half * scene.paced.period);
        ta_status_t status = ta_output_pause(&scene.pwm.output);
        assert_true(status == TA_OK || status == TA_E_STATE);
        pwm_scene_run_us(&scene, 20000);
        ta_output_stats_t stats;
        ta_output_stats(&scene.pwm.output, &stats);
        uint32_t split = (uint32_t)stats.position_frame;
        assert_int_equal(ta_output_resume(&scene.pwm.output), TA_OK);
        assert_true(pwm_scene_run(&scene, 200));
        must(pwm_scene_close(&scene));
        bool paused = split > 0 && split < FRAMES;
        const stretch_t parts[] = {{1, split}, {1 + split, FRAMES - split}};
        const char *wrong =
            paused ? pwm_scene_check(&scene, parts, 2) : pwm_scene_check(&scene, &(stretch_t){1, FRAMES}, 1);
        if (wrong && split == 0 && stats.state == TA_OUTPUT_PAUSED) // a rise that was past recall falls again at once
            wrong = pwm_scene_check_order(&scene, 1, FRAMES, 0);
        if (wrong)
            fail_msg("pause after %u periods, split at %u: %s", half, split, wrong);
        done += paused;
    }
    printf("%u pauses fell inside the program\n", done);
    assert_true(done > 100 / thin);
}

static void test_stop_and_volume(void **state)
{
    (void)state;
    static numbered_t program;
    assert_true(pwm_scene_open(&scene, "pico", NULL));
    scene_numbered(&program, 1, 30000, 44100, 16);
    assert_int_equal(ta_output_play(&scene.pwm.output, &program.source), TA_OK);
    pwm_scene_run_us(&scene, 60000);
    assert_int_equal(ta_output_set_volume(&scene.pwm.output, 0), TA_OK);
    pwm_scene_run_us(&scene, 60000);
    size_t from = scene.pulses;
    pwm_scene_run_us(&scene, 30000);
    for (size_t i = from; i < scene.pulses; i++) // still playing, and nothing to be heard
        assert_true(scene.pulse[i].left == scene.paced.period / 2 && scene.pulse[i].right == scene.paced.period / 2);
    assert_int_equal(ta_output_set_volume(&scene.pwm.output, TA_GAIN_UNITY_Q16), TA_OK);
    pwm_scene_run_us(&scene, 60000);
    assert_int_equal(ta_output_stop(&scene.pwm.output), TA_OK);
    assert_true(pwm_scene_run(&scene, 100));
    must(pwm_scene_close(&scene));
    must(pwm_scene_read(&scene));
    size_t loud = 0;
    for (size_t i = 0; i < scene.heard_count; i++)
        loud += abs(scene.heard[i].left) > 1 << 29;
    assert_in_range(loud, 3000, 10000);
}

// ---- contexts ------------------------------------------------------------------------------------------------------------

static void test_every_context_plays_the_same(void **state)
{
    (void)state;
    for (unsigned f = 0; f < 3; f++) {
        numbered_t program;
        scene_numbered(&program, 1, 3000, 44100, 16);
        ta_pwm_config_t config = pwm_scene_config();
        config.feed = (ta_feed_t)f;
        assert_true(pwm_scene_open(&scene, "pico", &config));
        assert_int_equal(ta_output_play(&scene.pwm.output, &program.source), TA_OK);
        for (unsigned turns = 0; ta_output_busy(&scene.pwm.output); turns++) {
            assert_true(turns < 1000);
            if (f == TA_FEED_CALLER)
                ta_pwm_service(&scene.pwm);
            pwm_scene_run_us(&scene, 1000);
        }
        stop_and_check(&(stretch_t){1, 3000}, 1);
    }
}

// From being pulled to the pins no frame takes longer than the plan says.
enum { LATE_FRAMES = 64 * 100 };
static uint64_t pulled_at[LATE_FRAMES];
static numbered_t spied;

static ta_pull_t pull_and_note(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    ta_pull_t pull = ta_source_pull(&spied.source, max_frames, block);
    for (uint32_t f = 0; f < block->frames; f++)
        pulled_at[source->position + f] = chip_cycles();
    source->position += block->frames;
    return pull;
}

static void test_latency_is_at_most_what_is_planned(void **state)
{
    (void)state;
    static const ta_source_ops_t ops = {pull_and_note, NULL};
    const ta_format_t format = {TA_SAMPLE_S16, 2, 48000};
    for (unsigned k = 0; k < 4; k++) {
        ta_pwm_config_t config = pwm_scene_config();
        config.slot_frames = 64;
        config.buffer_us = 5000 + 7000 * k;
        config.fixed_rate = true;
        config.rate_hz = 48000;
        assert_true(pwm_scene_open(&scene, "pico", &config));
        scene_numbered(&spied, 1, LATE_FRAMES, 48000, 16);
        ta_source_t source;
        ta_source_init(&source, &ops, &format, LATE_FRAMES);
        assert_int_equal(ta_output_play(&scene.pwm.output, &source), TA_OK);
        assert_true(pwm_scene_run(&scene, 1000));
        stop_and_check(&(stretch_t){1, LATE_FRAMES}, 1);
        size_t at = 0; // in the recording
        for (const heard_t first = pwm_scene_frame(&scene, 1);
             scene.heard[at].left != first.left || scene.heard[at].right != first.right;)
            at++;
        double most_us = 0;
        for (uint32_t n = 0; n < LATE_FRAMES; n++) { // frame at + n is written at its tick, and latched within a period
            double due = (double)scene.paced_cycle + (double)(at + n + 1) * scene.paced.timer_y + scene.paced.period;
            most_us = fmax(most_us, (due - (double)pulled_at[n]) * 1e6 / scene.board->system_hz);
        }
        print_message("%u slots: latency %.0f us, planned %llu us\n", (unsigned)scene.plan.ring.slots, most_us,
                      (unsigned long long)scene.plan.latency_us);
        assert_true(most_us <= (double)scene.plan.latency_us);
        assert_true(most_us > (double)scene.plan.latency_us * 0.8);
    }
}

// ---- loops in hardware ---------------------------------------------------------------------------------------------------

// Levels of frame k of a loop in a pulse, or not.
static bool is_frame(const pulse_t *p, uint32_t number)
{
    heard_t f = pwm_scene_frame(&scene, number);
    const int32_t unit = 1 << 21, middle = scene.paced.period / 2;
    return p->left == f.left / unit + middle && p->right == f.right / unit + middle;
}

// While the ring stands between the rise and the loop, and between the loop and the fall, the pins keep the last level: so the first
// and the last frame of it all may be heard for longer, and everything in between is exact.
static void test_loop_in_hardware(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {1, 64, 100, 441, 1000};
    for (unsigned l = 0; l < 5; l++) {
        numbered_t program, after;
        scene_numbered(&program, 1, lengths[l], 44100, 16);
        scene_numbered(&after, 5001, 600, 44100, 16);
        assert_true(pwm_scene_open(&scene, "pico", NULL));
        assert_int_equal(ta_output_loop_in_hardware(&scene.pwm.output, &program.source), TA_OK);
        pwm_scene_run_us(&scene, 60000);
        ta_output_stats_t stats;
        ta_output_stats(&scene.pwm.output, &stats);
        assert_int_equal(stats.state, TA_OUTPUT_LOOPING);
        uint64_t interrupts = chip_interrupts();
        pwm_scene_run_us(&scene, 500000);
        assert_int_equal(chip_interrupts(), interrupts); // no processor at all
        assert_int_equal(ta_output_stop(&scene.pwm.output), TA_OK);
        assert_true(pwm_scene_run(&scene, 200));
        assert_int_equal(ta_output_play(&scene.pwm.output, &after.source), TA_OK);
        assert_true(pwm_scene_run(&scene, 200));
        must(pwm_scene_close(&scene));
        unsigned k = scene.plan.periods_per_frame;
        size_t start = scene.opened, n = 0;
        while (!is_frame(&scene.pulse[start], 1))
            start++;
        while (is_frame(&scene.pulse[start + n], 1 + (uint32_t)(n / k % lengths[l])))
            n++;
        size_t more = 0;
        while (is_frame(&scene.pulse[start + n + more], lengths[l]))
            more++;
        printf("a loop of %u frames was heard %.1f times, the last frame %zu periods longer\n", lengths[l],
               (double)n / k / lengths[l], more);
        assert_true(lengths[l] == 1 || n % (k * lengths[l]) == 0);
        assert_true(n / k >= 44100 / 2);
        assert_in_range(more, 0, 2 * k);
        size_t rise =
            start; // the highest step of the rise, which may be longer, too; before it the others, each for one frame
        int32_t unit = 1 << 21;
        heard_t first = pwm_scene_frame(&scene, 1);
        int32_t top = (int32_t)floor(first.left / unit * 63 / 64.0) + scene.paced.period / 2;
        while (scene.pulse[rise - 1].left == top)
            rise--;
        assert_in_range(start - rise, k, 3 * k);
        size_t fall = start + n + more;
        heard_t last = pwm_scene_frame(&scene, lengths[l]);
        assert_int_equal(scene.pulse[fall].left, (int32_t)floor(last.left / unit * 63 / 64.0) + scene.paced.period / 2);
        unsigned heard = 0; // what was played afterwards
        for (size_t i = fall; i < scene.pulses && heard < 600; i += heard ? k : 1)
            heard = is_frame(&scene.pulse[i], 5001 + heard) ? heard + 1 : 0;
        assert_int_equal(heard, 600);
    }
}

static void test_close_while_looping(void **state)
{
    (void)state;
    numbered_t program;
    scene_numbered(&program, 1, 333, 44100, 16);
    assert_true(pwm_scene_open(&scene, "pico2", NULL));
    assert_int_equal(ta_output_loop_in_hardware(&scene.pwm.output, &program.source), TA_OK);
    pwm_scene_run_us(&scene, 100000);
    must(pwm_scene_close(&scene));
}

// The frame clock goes on while a loop runs without a processor.
static void test_the_frame_clock_during_a_loop(void **state)
{
    (void)state;
    numbered_t program;
    scene_numbered(&program, 1, 300, 44100, 16);
    assert_true(pwm_scene_open(&scene, "pico", NULL));
    assert_int_equal(ta_output_loop_in_hardware(&scene.pwm.output, &program.source), TA_OK);
    pwm_scene_run_us(&scene, 60000);
    for (unsigned k = 0; k < 100; k++) {
        pwm_scene_run_us(&scene, 1000 + 37 * k);
        assert_int_equal(ta_output_set_volume(&scene.pwm.output, TA_GAIN_UNITY_Q16), TA_OK);
        pwm_scene_run_us(&scene, 10);
        ta_output_stats_t stats;
        ta_output_stats(&scene.pwm.output, &stats);
        uint64_t ticks = (chip_cycles() - scene.paced_cycle) / scene.paced.timer_y;
        if (stats.output_frames + 4 < ticks || stats.output_frames > ticks + 1)
            fail_msg("%u frames were asked for, %u are shown", (unsigned)ticks, (unsigned)stats.output_frames);
    }
    must(pwm_scene_close(&scene));
}

static int close_scene(void **state)
{
    (void)state;
    if (chip_board())
        ta_pwm_close(&scene.pwm);
    return 0;
}

static int free_scene(void **state)
{
    (void)state;
    pwm_scene_free(&scene);
    return 0;
}

#define CLEAN(test) cmocka_unit_test_teardown(test, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEAN(test_every_order_of_pins_and_every_period),
        CLEAN(test_upper_pins),
        CLEAN(test_lengths_around_slots),
        CLEAN(test_every_rounding),
        CLEAN(test_rates_at_the_pins),
        CLEAN(test_interrupts_are_as_many_as_planned),
        CLEAN(test_fixed_rate_refuses),
        CLEAN(test_queue_without_a_gap),
        CLEAN(test_pause_at_every_frame),
        CLEAN(test_stop_and_volume),
        CLEAN(test_every_context_plays_the_same),
        CLEAN(test_latency_is_at_most_what_is_planned),
        CLEAN(test_loop_in_hardware),
        CLEAN(test_close_while_looping),
        CLEAN(test_the_frame_clock_during_a_loop),
    };
    return cmocka_run_group_tests(tests, NULL, free_scene);
}
