// Where a PWM output begins and ends, and where its rate changes: ramps, the amplifier, phases, outputs that start together, periods that follow
// another rate or another system clock.

#include "test/support/pwm_scene.h"

#include "hardware/clocks.h"
#include "hardware/dma.h"
#include "hardware/gpio.h"
#include "hardware/sync.h"

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

static void ok(ta_status_t status)
{
    assert_int_equal(status, TA_OK);
}

// ---- reading pulses of more than one period ------------------------------------------------------------------------------

static bool is_middle(const pulse_t *p)
{
    return p->left == p->period / 2 && p->right == p->period / 2;
}

// Frame `number` as it is at this period, or a step of the ramp to it: floor(k / 64 of it), from the middle.
static bool is_step(const pulse_t *p, const ta_pwm_timing_t *t, uint32_t number, int k)
{
    scene.paced = *t;
    heard_t f = pwm_scene_frame(&scene, number);
    int32_t unit = 1 << (t->period > 1024 ? 21 : t->period > 512 ? 22 : 23), middle = t->period / 2;
    return p->period == t->period && p->left == middle + (int32_t)floor(f.left / unit * k / 64.0) &&
           p->right == middle + (int32_t)floor(f.right / unit * k / 64.0);
}

// A program, each frame as long as every other, with its rise and its fall: from pulse `at` on, where the middle lasts until the rise. Returns
// the pulse behind it all; *last is the first of the last frame's.
static size_t expect_program(size_t at, const ta_pwm_timing_t *t, uint32_t first, uint32_t frames, size_t *last)
{
    size_t k = t->timer_y / t->period, begin = at;
    while (begin + k < scene.pulses &&
           !is_step(&scene.pulse[begin + k], t, first + 1, 64)) // the last step may be as the first frame
        begin++;
    assert_in_range(begin, at + 63 * k, scene.pulses);
    for (; at < begin - 63 * k; at++)
        if (!is_middle(&scene.pulse[at]))
            fail_msg("pulse %zu of %zu is %u, %u of %u: no middle", at, scene.pulses, scene.pulse[at].left,
                     scene.pulse[at].right, scene.pulse[at].period);
    for (size_t i = 0; i < 63 * k; i++, at++)
        assert_true(is_step(&scene.pulse[at], t, first, (int)(i / k) + 1));
    for (size_t i = 0; i < frames * k; i++, at++)
        if (!is_step(&scene.pulse[at], t, first + (uint32_t)(i / k), 64))
            fail_msg("pulse %zu is not program frame %zu", at, first + i / k);
    *last = at - k;
    for (size_t i = 0; i < 63 * k; i++, at++)
        assert_true(is_step(&scene.pulse[at], t, first + frames - 1, 63 - (int)(i / k)));
    return at;
}

static void expect_rest(size_t at, size_t end)
{
    for (; at < end; at++)
        assert_true(is_middle(&scene.pulse[at]));
}

// What the driver did with the timer, and hooks of the feed while something is pending.
enum { PACES = 8, OPEN_HOOKS = 9000 };
static uint64_t pace[PACES], open_hook[OPEN_HOOKS];
static unsigned paces, open_hooks;

static void note(void *context, uint64_t number, uint64_t cycle, chip_hook_kind_t kind, const char *what)
{
    (void)context;
    if (strcmp(what, "dma_timer_set_fraction") == 0 && paces < PACES)
        pace[paces++] = cycle;
    if (kind != CHIP_HOOK_MASKED && scene.pwm.output.pending && open_hooks < OPEN_HOOKS)
        open_hook[open_hooks++] = number;
}

static void listen_to_the_driver(void)
{
    paces = open_hooks = 0;
    chip_on_hook(note, NULL);
}

// ---- ramps ---------------------------------------------------------------------------------------------------------------

static double ms_between(size_t from, size_t to)
{
    return (double)(scene.pulse[to].cycle - scene.pulse[from].cycle) * 1e3 / scene.board->system_hz;
}

static void test_ramps_last_as_long_as_asked(void **state)
{
    (void)state;
    static const uint16_t asked_ms[] = {2, 10, 0, 300};
    unsigned turn = 0, thin = scene_thin();
    for (unsigned b = 0; b < 2; b++)
        for (unsigned r = 0; r < 4; r++)
            for (unsigned bits = 7; bits <= 11; bits++) {
                if (turn++ % thin)
                    continue;
                ta_pwm_config_t config = pwm_scene_config();
                config.ramp_ms = asked_ms[r];
                config.bits = bits > 7 ? (uint8_t)bits : 0;
                assert_true(pwm_scene_open(&scene, b ? "pico2" : "pico", &config));
                pwm_scene_run_us(&scene, 5000);
                must(pwm_scene_close(&scene)); // looks at every step of both
                double ms = asked_ms[r] ? asked_ms[r] : TA_PWM_RAMP_MS;
                size_t up = 0, rest = 0, down, low;
                while (scene.pulse[up].left == 0)
                    up++;
                rest = up;
                while (!is_middle(&scene.pulse[rest]))
                    rest++;
                down = scene.pulses - 1;
                low = down;
                while (!is_middle(&scene.pulse[down]))
                    down--;
                while (scene.pulse[low - 1].left == 0)
                    low--;
                // The first and the last levels are reached a little late, for the curve is flat there.
                assert_in_range((uint64_t)ms_between(up, rest), ms * 0.85, ms * 1.4);
                assert_in_range((uint64_t)ms_between(down, low), ms * 0.85, ms * 1.4);
                expect_rest(rest, down);
            }
}

// Somebody stops what paces the channels, so close must force, and lower the pins from wherever they are.
static void close_by_force(void)
{
    dma_timer_set_fraction((uint)scene.pwm.timer, 0, 1);
    listen_to_the_driver();
    ta_pwm_close(&scene.pwm);
    chip_on_hook(NULL, NULL);
    assert_true(chip_claims_none());
    assert_int_equal(scene.arena.used, 0);
    assert_int_equal(paces, 1);
    size_t at = scene.pulses - 1;
    while (scene.pulse[at].cycle > pace[0])
        at--;
    assert_false(is_middle(&scene.pulse[at]));
    for (at++; at < scene.pulses; at++) {
        const pulse_t *p = &scene.pulse[at];
        assert_true(p->left <= p[-1].left && p[-1].left - p->left <= p->period / 64);
        assert_true(p->right <= p[-1].right && p[-1].right - p->right <= p->period / 64);
    }
    assert_int_equal(scene.pulse[scene.pulses - 1].left + scene.pulse[scene.pulses - 1].right, 0);
}

static void open_at(uint32_t khz, const ta_pwm_config_t *config)
{
    assert_int_equal(chip_boot(chip_board_find("pico")), 0);
    if (!set_sys_clock_khz(khz, false)) // the PLL's least is above the crystal's own
        clock_configure_undivided(clk_sys, 0, 0, khz * 1000);
    assert_true(pwm_scene_open_beside(&scene, config, 65536));
    assert_int_equal(clock_get_hz(clk_sys), khz * 1000);
}

// A slow carrier has few periods for a ramp: it lasts longer then, for the steps of a period are no larger.
static void test_ramps_of_a_slow_carrier(void **state)
{
    (void)state;
    static const uint32_t khz[] = {12000, 20000, 48000, 96000};
    static const int16_t loud[2] = {32767, 32767};
    for (unsigned n = 0; n < 8; n++) {
        ta_pwm_config_t config = pwm_scene_config();
        config.bits = n & 1 ? 11 : 0;
        config.rate_hz = 5000;
        open_at(khz[n / 2], &config);
        pwm_scene_run_us(&scene, 5000);
        must(pwm_scene_close(&scene)); // looks at every step
        open_at(khz[n / 2], &config);
        ta_raw_t program;
        ok(ta_raw_init(&program, &(ta_format_t){TA_SAMPLE_S16, 2, 5000}, loud, 1));
        ok(ta_source_set_loop(&program.source, 0, 0, TA_LOOP_FOREVER));
        ok(ta_output_play(&scene.pwm.output, &program.source));
        pwm_scene_run_us(&scene, 100000);
        close_by_force();
    }
}

// Channels that stand cannot fade: close lowers the pins from whatever level they have.
static void test_forced_close_falls_from_where_it_is(void **state)
{
    (void)state;
    for (unsigned late = 0; late < 20; late++) {
        static numbered_t program;
        ta_pwm_config_t config = pwm_scene_config();
        config.slot_frames = 64;
        assert_true(pwm_scene_open(&scene, "pico", &config));
        scene_numbered(&program, 1, 90000, 44100, 16);
        ok(ta_output_play(&scene.pwm.output, &program.source));
        pwm_scene_run_us(&scene, 20000 + 777 * late);
        close_by_force();
    }
}

// A feed that cannot run, whatever holds it: close feeds by hand then, and the program is faded out as ever.
static void test_close_fades_without_the_feed(void **state)
{
    (void)state;
    for (unsigned late = 0; late < 20; late++) {
        static numbered_t program;
        ta_pwm_config_t config = pwm_scene_config();
        config.slot_frames = 64;
        assert_true(pwm_scene_open(&scene, "pico", &config));
        scene_numbered(&program, 1, 90000, 44100, 16);
        ok(ta_output_play(&scene.pwm.output, &program.source));
        pwm_scene_run_us(&scene, 20000 + 777 * late);
        uint32_t was = late % 2 ? save_and_disable_interrupts() : 0;
        if (late % 2 == 0)
            assert_true(chip_fault_add(&(chip_fault_t){CHIP_FAULT_STALL_FEED, chip_cycles(), 100000000, 0}));
        must(pwm_scene_close(&scene)); // looks for the middle, and at every step from there
        restore_interrupts(was);
        must(pwm_scene_check_order(&scene, 1, 2500, 2500)); // none comes behind the fall
        assert_int_equal(scene.pwm.output.count.drained, 1);
    }
}

// ---- the amplifier -------------------------------------------------------------------------------------------------------

enum { AMPLIFIER = 20 };
static uint64_t switched[8];
static unsigned switches;

static void note_switch(void *context, uint64_t cycle, uint64_t levels, uint64_t changed)
{
    (void)context;
    (void)levels;
    (void)changed;
    if (switches < 8)
        switched[switches++] = cycle;
}

static size_t pulse_at(uint64_t cycle)
{
    size_t at = 0;
    while (scene.pulse[at].cycle + scene.pulse[at].period <= cycle)
        at++;
    return at;
}

static void test_the_amplifier_hears_no_ramp(void **state)
{
    (void)state;
    for (int low = 0; low < 2; low++) {
        static numbered_t program;
        ta_pwm_config_t config = pwm_scene_config();
        config.ramp_ms = 10;
        config.amplifier =
            (ta_amplifier_t){.wired = true, .low_is_on = low == 1, .pin = AMPLIFIER, .on_ms = 15, .off_ms = 7};
        assert_int_equal(chip_boot(chip_board_find("pico")), 0);
        switches = 0;
        assert_true(chip_pins_listen(1ULL << AMPLIFIER, note_switch, NULL));
        assert_true(pwm_scene_open_beside(&scene, &config, 65536));
        assert_int_equal(switches, low ? 2 : 1); // off, where that is high; on
        uint64_t on = switched[switches - 1], ms = scene.board->system_hz / 1000;
        assert_in_range(chip_cycles() - on, 15 * ms - ms / 500, 16 * ms); // the wait is in whole microseconds
        expect_rest(pulse_at(on) - 1, scene.pulses);
        scene_numbered(&program, 1, 20000, 44100, 16);
        ok(ta_output_play(&scene.pwm.output, &program.source));
        pwm_scene_run_us(&scene, 50000); // in the middle of it
        switches = 0;
        must(pwm_scene_close(&scene));
        assert_int_equal(switches, low ? 2 : 1); // off; and the pin's pull-down when it is given back
        size_t off = pulse_at(switched[0]), end = off;
        while (is_middle(&scene.pulse[end]))
            end++;
        expect_rest(off - 10, end); // the fall had been heard, and the ramp comes 7 ms later
        assert_in_range(scene.pulse[end].cycle - switched[0], 7 * ms, 15 * ms);
    }
}

// ---- the phase in which frames are written -------------------------------------------------------------------------------

// Whenever an output is started, its frames come at a distance from the end of a period, so that each lasts as long as every other.
static void test_frames_are_written_away_from_the_wrap(void **state)
{
    (void)state;
    unsigned late = 0, thin = scene_thin();
    for (unsigned delay = 0; delay < 330; delay += thin) {
        static numbered_t program;
        ta_pwm_config_t config = pwm_scene_config();
        config.rate_hz = 384000; // a period of 326
        config.held = true;
        assert_true(pwm_scene_open(&scene, "pico", &config));
        assert_int_equal(scene.plan.period, 326);
        chip_set_hook_cycles(1);
        scene_numbered(&program, 1, 500, 384000, 16);
        ok(ta_output_play(&scene.pwm.output, &program.source));
        pwm_scene_run_us(&scene, 100);
        chip_run_until(chip_cycles() + delay);
        ta_rp2_t *const one = &scene.pwm.rp2;
        uint64_t asked = chip_cycles();
        listen_to_the_driver();
        ok(ta_rp2_start(&one, 1));
        assert_int_equal(paces, 1);
        scene.paced_cycle = pace[0];
        late += pace[0] - asked > 80;
        assert_true(pwm_scene_run(&scene, 100));
        uint64_t phase = (pace[0] - scene.pulse[pulse_at(pace[0])].cycle) % 326;
        assert_in_range(phase, 60, 326 - 56);
        must(pwm_scene_close(&scene));
        must(pwm_scene_check(&scene, &(stretch_t){1, 500}, 1));
    }
    assert_in_range(late, 20 / thin, 150 / thin); // some had to wait
}

// ---- outputs that start together -----------------------------------------------------------------------------------------

static ta_i2s_t i2s;
static ta_arena_t i2s_arena;
static chip_i2s_t i2s_decoder;
static uint64_t i2s_cycle;
static size_t i2s_frames, i2s_index;

static void hear_i2s(void *context, uint64_t cycle, int32_t left, int32_t right)
{
    (void)context;
    heard_t first = scene_frame(1, 16);
    if (left == first.left && right == first.right && !i2s_cycle) {
        i2s_cycle = cycle;
        i2s_index = i2s_frames;
    }
    i2s_frames++;
}

static void open_i2s(const ta_i2s_config_t *config)
{
    void *sram = chip_sram_take(32768);
    const chip_i2s_config_t wires = {9, 10, 11, 16, false};
    assert_non_null(sram);
    chip_dma_allow(sram, 32768, "i2s");
    i2s_cycle = i2s_frames = 0;
    assert_true(chip_i2s_listen(&i2s_decoder, &wires, hear_i2s, NULL));
    ok(ta_arena_init(&i2s_arena, sram, 32768, TA_CLASS_ALL));
    ta_memory_t memory = ta_memory_all(&i2s_arena.mem);
    ok(ta_i2s_open(&i2s, config, &memory));
}

static void test_i2s_and_pwm_start_at_the_same_frame(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 8; k++) {
        static numbered_t a, b;
        bool first = k & 1, core1 = k & 2;
        ta_pwm_config_t config = pwm_scene_config();
        config.held = true;
        config.dma_irq = 1;
        config.feed = core1 ? TA_FEED_CORE1 : TA_FEED_INTERRUPT;
        assert_true(pwm_scene_open(&scene, k & 4 ? "pico2" : "pico", &config));
        open_i2s(&(ta_i2s_config_t){.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .held = true});
        scene_numbered(&a, 1, 3000, 44100, 16);
        scene_numbered(&b, 1, 3000, 44100, 16);
        ok(ta_output_play(&scene.pwm.output, &a.source));
        pwm_scene_run_us(&scene, 12345 + 1234 * k);
        ok(ta_output_play(&i2s.output, &b.source));
        pwm_scene_run_us(&scene, 40000); // nothing moves, nothing is lost
        expect_rest(scene.opened + 2, scene.pulses);
        ta_rp2_t *const both[2] = {first ? &scene.pwm.rp2 : &i2s.rp2, first ? &i2s.rp2 : &scene.pwm.rp2};
        listen_to_the_driver();
        ok(ta_rp2_start(both, 2));
        scene.paced_cycle = pace[0];
        assert_true(pwm_scene_run(&scene, 1000));
        pwm_scene_run_us(&scene, 5000);
        ta_i2s_close(&i2s);
        must(pwm_scene_close(&scene));
        must(pwm_scene_check(&scene, &(stretch_t){1, 3000}, 1));
        size_t index = 0;
        heard_t frame = pwm_scene_frame(&scene, 1);
        while (scene.heard[index].left != frame.left || scene.heard[index].right != frame.right)
            index++;
        assert_int_equal(index, i2s_index); // the same number, counted from the start of each
        // At the pins: PWM's first frame is written a frame's time after the start, and latched within a period. I2S has the whole of it by then.
        size_t at = scene.opened;
        ta_pwm_timing_t t = scene.paced;
        while (!is_step(&scene.pulse[at], &t, 1, 64))
            at++;
        double frames = ((double)scene.pulse[at].cycle - (double)i2s_cycle) / t.timer_y;
        print_message("PWM begins frame 1 %.2f frames after I2S has sent it\n", frames);
        assert_true(frames > -0.1 && frames < 1.1);
    }
}

// ---- another rate --------------------------------------------------------------------------------------------------------

static void retune(uint32_t from_hz, uint32_t to_hz, uint64_t freeze_at)
{
    static numbered_t slow, fast;
    ta_pwm_config_t config = pwm_scene_config();
    config.rate_hz = from_hz;
    config.slot_frames = 64;
    config.buffer_us = 6000;
    assert_true(pwm_scene_open(&scene, "pico", &config));
    ta_output_t *output = &scene.pwm.output;
    const ta_pwm_timing_t before = scene.paced;
    uint64_t started = scene.paced_cycle;
    scene_numbered(&slow, 1, 300, from_hz, 16);
    scene_numbered(&fast, 1001, 500, to_hz, 16);
    if (freeze_at)
        assert_true(chip_fault_add(
            &(chip_fault_t){CHIP_FAULT_FREEZE, freeze_at, 50 * (uint64_t)scene.board->system_hz / 1000, 0}));
    listen_to_the_driver();
    ok(ta_output_play(output, &slow.source));
    ok(ta_output_queue(output, &fast.source));
    assert_true(pwm_scene_run(&scene, 1000));
    chip_on_hook(NULL, NULL);
    assert_int_equal(output->rate_hz, to_hz);
    const ta_pwm_timing_t then = scene.pwm.timing;
    uint64_t end_frame = output->end_frame;
    must(pwm_scene_close(&scene));
    size_t last, at = expect_program(scene.opened + 2, &before, 1, 300, &last);
    at = expect_program(at, &then, 1001, 500, &last);
    assert_true(is_middle(&scene.pulse[at]));
    // What the output counted: ticks until the timer was stopped, and since it was set going again.
    assert_int_equal(paces, 2);
    uint64_t ticks = (pace[0] - started) / before.timer_y + (scene.pulse[last].cycle - pace[1]) / then.timer_y;
    if (end_frame != ticks)
        fail_msg("%u to %u Hz, frozen at %u: the last frame is number %u, not %u", from_hz, to_hz, (unsigned)freeze_at,
                 (unsigned)ticks, (unsigned)end_frame);
    uint64_t phase = (pace[1] - scene.pulse[pulse_at(pace[1])].cycle) % then.period;
    assert_in_range(phase, 60, then.period - 40U);
    // It is stopped right behind a tick.
    assert_true((pace[0] - started) % before.timer_y < 120);
}

static void test_every_change_of_rate_rests_in_the_middle(void **state)
{
    (void)state;
    static const uint32_t rates[] = {2500, 8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000, 384000};
    unsigned done = 0, thin = scene_thin();
    for (unsigned a = 0; a < 10; a++)
        for (unsigned b = 0; b < 10; b++)
            if (a != b && (10 * a + b) % thin == 0) {
                retune(rates[a], rates[b], 0);
                done++;
            }
    assert_in_range(done, 90 / thin - 2, 90);
}

static void test_a_stall_at_any_moment_of_a_change_of_rate(void **state)
{
    (void)state;
    static uint64_t hooks[OPEN_HOOKS];
    retune(22050, 48000, 0);
    unsigned count = open_hooks, thin = scene_thin();
    memcpy(hooks, open_hook, sizeof hooks);
    assert_in_range(count, 100, OPEN_HOOKS - 1);
    for (unsigned h = 0; h < count; h += thin)
        retune(22050, 48000, hooks[h]);
    printf("%u moments\n", count);
}

// While an output is held its ring stands: a source of another rate waits until it has been started, and is heard whole.
static void test_another_rate_while_held(void **state)
{
    (void)state;
    static numbered_t program;
    ta_pwm_config_t config = pwm_scene_config();
    config.held = true;
    assert_true(pwm_scene_open(&scene, "pico", &config));
    scene_numbered(&program, 1, 500, 32000, 16);
    ok(ta_output_play(&scene.pwm.output, &program.source));
    pwm_scene_run_us(&scene, 20000);
    expect_rest(scene.opened + 2, scene.pulses);
    ta_rp2_t *const one = &scene.pwm.rp2;
    ok(ta_rp2_start(&one, 1));
    assert_true(pwm_scene_run(&scene, 1000));
    ta_pwm_timing_t t = scene.pwm.timing;
    assert_int_equal(t.period, 1953); // 2 of them last 125 MHz / 32 kHz
    must(pwm_scene_close(&scene));
    size_t last;
    (void)expect_program(scene.opened + 2, &t, 1, 500, &last);
}

// ---- another system clock ------------------------------------------------------------------------------------------------

// Program frames from pulse `at` on, in order, none missing, each for at least one period. Returns the pulse behind them.
static size_t expect_in_order(size_t at, const ta_pwm_timing_t *t, uint32_t first, uint32_t frames)
{
    while (!is_step(&scene.pulse[at], t, first, 64))
        at++;
    uint32_t n = first;
    for (;; at++) {
        if (n + 1 < first + frames && is_step(&scene.pulse[at], t, n + 1, 64)) {
            n++;
        } else if (!is_step(&scene.pulse[at], t, n, 64)) {
            break;
        }
    }
    if (n != first + frames - 1)
        fail_msg("behind program frame %u comes something else, at pulse %zu", n, at);
    return at;
}

static void expect_period(uint16_t period, uint32_t periods)
{
    assert_int_equal(scene.pwm.timing.period, period);
    assert_int_equal(scene.pwm.timing.timer_x, 1);
    assert_int_equal(scene.pwm.timing.timer_y, period * periods);
    assert_false(scene.pwm.rp2.makeshift);
}

static void test_a_system_clock_that_changes_while_it_plays(void **state)
{
    (void)state;
    static numbered_t program, after;
    assert_true(pwm_scene_open(&scene, "pico", NULL));
    const ta_pwm_timing_t before = scene.paced;
    scene_numbered(&program, 1, 9000, 44100, 16);
    ok(ta_output_play(&scene.pwm.output, &program.source));
    pwm_scene_run_us(&scene, 50000);
    assert_true(set_sys_clock_khz(100000, false));
    pwm_scene_run_us(&scene, 10000);
    ok(ta_rp2_clock_changed(&scene.pwm.rp2));
    pwm_scene_run_us(&scene, 5000);
    // What is queued are levels of this period: it stays, and the timer does what it can.
    assert_true(scene.pwm.rp2.makeshift);
    assert_int_equal(scene.pwm.timing.period, before.period);
    assert_int_equal(scene.pwm.timing.timer_x, 7); // 7/15873 of 100 MHz are 44,100.04 Hz
    assert_int_equal(scene.pwm.timing.timer_y, 15873);
    ta_ring_clock_t clock = scene.pwm.output.ring.clock;
    assert_true(fabs((double)clock.slot_num / (double)clock.slot_den - scene.plan.ring.slot_frames / 0.0441) < 0.01);
    assert_true(pwm_scene_run(&scene, 2000));
    ta_output_stats_t stats;
    ta_output_stats(&scene.pwm.output, &stats);
    assert_int_equal(stats.ring.holes, 0);
    expect_period(1134, 2); // now that it is silent: 100 MHz / 44.1 kHz = 2 * 1133.8
    scene_numbered(&after, 20001, 700, 44100, 16);
    size_t from = scene.pulses;
    ok(ta_output_play(&scene.pwm.output, &after.source));
    assert_true(pwm_scene_run(&scene, 2000));
    const ta_pwm_timing_t then = scene.pwm.timing;
    must(pwm_scene_close(&scene));
    size_t at = expect_in_order(scene.opened + 2, &before, 1, 9000) + 64 * 2;
    while (scene.pulse[at].period == before.period && !is_middle(&scene.pulse[at]))
        at++;
    expect_rest(at, from);
    (void)expect_program(from, &then, 20001, 700, &at);
}

static void test_a_system_clock_that_changes_at_rest(void **state)
{
    (void)state;
    static numbered_t program;
    assert_true(pwm_scene_open(&scene, "pico", NULL));
    pwm_scene_run_us(&scene, 5000);
    assert_true(set_sys_clock_khz(133000, false));
    ok(ta_rp2_clock_changed(&scene.pwm.rp2));
    pwm_scene_run_us(&scene, 5000);
    expect_period(1508, 2);
    size_t from = scene.pulses;
    expect_rest(scene.opened + 2, from);
    scene_numbered(&program, 1, 700, 44100, 16);
    ok(ta_output_play(&scene.pwm.output, &program.source));
    assert_true(pwm_scene_run(&scene, 2000));
    const ta_pwm_timing_t then = scene.pwm.timing;
    must(pwm_scene_close(&scene));
    size_t last;
    (void)expect_program(from, &then, 1, 700, &last);
}

// Its timer stands, and yet its period follows the clock.
static void test_a_system_clock_that_changes_while_held(void **state)
{
    (void)state;
    static numbered_t program;
    ta_pwm_config_t config = pwm_scene_config();
    config.held = true;
    assert_true(pwm_scene_open(&scene, "pico", &config));
    assert_true(set_sys_clock_khz(100000, false));
    listen_to_the_driver();
    ok(ta_rp2_clock_changed(&scene.pwm.rp2));
    pwm_scene_run_us(&scene, 20000);
    chip_on_hook(NULL, NULL);
    assert_int_equal(paces, 1); // stopped, and not set going
    expect_period(1134, 2);
    scene_numbered(&program, 1, 500, 44100, 16);
    ok(ta_output_play(&scene.pwm.output, &program.source));
    pwm_scene_run_us(&scene, 20000);
    expect_rest(scene.opened + 2, scene.pulses);
    ta_rp2_t *const one = &scene.pwm.rp2;
    ok(ta_rp2_start(&one, 1));
    assert_true(pwm_scene_run(&scene, 1000));
    ta_pwm_timing_t t = scene.pwm.timing;
    must(pwm_scene_close(&scene));
    size_t last;
    (void)expect_program(scene.opened + 2, &t, 1, 500, &last);
}

// What a pause holds are levels, too.
static void test_a_system_clock_that_changes_in_a_pause(void **state)
{
    (void)state;
    static numbered_t program;
    assert_true(pwm_scene_open(&scene, "pico2", NULL));
    const ta_pwm_timing_t before = scene.paced;
    scene_numbered(&program, 1, 6000, 44100, 16);
    ok(ta_output_play(&scene.pwm.output, &program.source));
    pwm_scene_run_us(&scene, 50000);
    ok(ta_output_pause(&scene.pwm.output));
    pwm_scene_run_us(&scene, 30000);
    uint32_t split = (uint32_t)scene.pwm.output.shown.position_frame;
    size_t paused = scene.pulses;
    assert_true(set_sys_clock_khz(125000, false));
    ok(ta_rp2_clock_changed(&scene.pwm.rp2));
    pwm_scene_run_us(&scene, 30000);
    assert_true(scene.pwm.rp2.makeshift);
    ok(ta_output_resume(&scene.pwm.output));
    assert_true(pwm_scene_run(&scene, 2000));
    expect_period(1417, 2);
    must(pwm_scene_close(&scene));
    assert_true(expect_in_order(scene.opened + 2, &before, 1, split) < paused);
    assert_true(expect_in_order(paused, &before, split + 1, 6000 - split) > paused);
}

// A carrier that has become slower than the frames cannot play them: the program ends, and in the silence another period is found.
static void test_a_clock_from_which_the_rate_cannot_be_made(void **state)
{
    (void)state;
    static numbered_t program, after;
    assert_true(pwm_scene_open(&scene, "pico", NULL));
    scene_numbered(&program, 1, 90000, 44100, 16);
    ok(ta_output_play(&scene.pwm.output, &program.source));
    pwm_scene_run_us(&scene, 20000);
    assert_true(set_sys_clock_khz(48000, false)); // periods of 1417 are 33.9 kHz
    ok(ta_rp2_clock_changed(&scene.pwm.rp2));
    assert_true(pwm_scene_run(&scene, 2000));
    ta_output_stats_t stats;
    ta_output_stats(&scene.pwm.output, &stats);
    assert_int_equal(stats.faults, 1);
    assert_int_equal(stats.fault, TA_E_RATE);
    assert_true(stats.source_frames < 90000);
    expect_period(1088, 1);
    size_t from = scene.pulses;
    scene_numbered(&after, 1001, 700, 44100, 16);
    ok(ta_output_play(&scene.pwm.output, &after.source));
    assert_true(pwm_scene_run(&scene, 2000));
    const ta_pwm_timing_t then = scene.pwm.timing;
    scene_numbered(&after, 1, 10, 384000, 16); // a period of 125 would have fewer than 8 bits
    assert_int_equal(ta_output_play(&scene.pwm.output, &after.source), TA_E_RATE);
    must(pwm_scene_close(&scene));
    size_t last;
    (void)expect_program(from, &then, 1001, 700, &last);
}

static int close_all(void **state)
{
    (void)state;
    if (chip_board()) {
        ta_pwm_close(&scene.pwm);
        ta_i2s_close(&i2s);
    }
    return 0;
}

static int free_scene(void **state)
{
    (void)state;
    pwm_scene_free(&scene);
    return 0;
}

#define CLEAN(test) cmocka_unit_test_teardown(test, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEAN(test_ramps_last_as_long_as_asked),
        CLEAN(test_ramps_of_a_slow_carrier),
        CLEAN(test_forced_close_falls_from_where_it_is),
        CLEAN(test_close_fades_without_the_feed),
        CLEAN(test_the_amplifier_hears_no_ramp),
        CLEAN(test_frames_are_written_away_from_the_wrap),
        CLEAN(test_i2s_and_pwm_start_at_the_same_frame),
        CLEAN(test_every_change_of_rate_rests_in_the_middle),
        CLEAN(test_a_stall_at_any_moment_of_a_change_of_rate),
        CLEAN(test_another_rate_while_held),
        CLEAN(test_a_system_clock_that_changes_while_it_plays),
        CLEAN(test_a_system_clock_that_changes_at_rest),
        CLEAN(test_a_system_clock_that_changes_while_held),
        CLEAN(test_a_system_clock_that_changes_in_a_pause),
        CLEAN(test_a_clock_from_which_the_rate_cannot_be_made),
    };
    return cmocka_run_group_tests(tests, NULL, free_scene);
}
