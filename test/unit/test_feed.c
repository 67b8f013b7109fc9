// Where the feed runs: a software interrupt, the second core, the caller's loop; outputs on both cores; outputs that start together;
// an amplifier's pin; a system clock that changes.

#include "test/support/scene.h"

#include "hardware/clocks.h"
#include "hardware/gpio.h"
#include "hardware/irq.h"
#include "hardware/sync.h"
#include "pico/multicore.h"
#include "pico/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static scene_t scene;

static void must(const char *wrong)
{
    if (wrong)
        fail_msg("%s", wrong);
}

static void ok(ta_status_t status)
{
    assert_int_equal(status, TA_OK);
}

// An output beside the scene's own, with its own memory and a listener of its own.
typedef struct {
    ta_i2s_t i2s;
    ta_arena_t arena;
    chip_i2s_t decoder;
    heard_t heard[30000];
    size_t count;
} beside_t;

static void hear(void *context, uint64_t cycle, int32_t left, int32_t right)
{
    beside_t *beside = context;
    (void)cycle;
    if (beside->count < sizeof beside->heard / sizeof *beside->heard)
        beside->heard[beside->count++] = (heard_t){left, right};
}

static ta_status_t open_beside(beside_t *beside, const ta_i2s_config_t *config)
{
    memset(beside, 0, sizeof *beside);
    void *sram = chip_sram_take(32768);
    assert_non_null(sram);
    chip_dma_allow(sram, 32768, "beside");
    ok(ta_arena_init(&beside->arena, sram, 32768, TA_CLASS_ALL));
    ta_memory_t memory = ta_memory_all(&beside->arena.mem);
    const chip_i2s_config_t wires = {
        .data_pin = config->data_pin, .bclk_pin = config->bclk_pin, .ws_pin = config->ws_pin, .bits_per_channel = 16};
    assert_true(chip_i2s_listen(&beside->decoder, &wires, hear, beside));
    return ta_i2s_open(&beside->i2s, config, &memory);
}

// Where the program's frame `first` was heard; every one of `frames` is there in order.
static size_t find_all(const heard_t *heard, size_t count, uint32_t first, uint32_t frames)
{
    size_t at = 0;
    heard_t wanted = scene_frame(first, 16);
    while (at < count && (heard[at].left != wanted.left || heard[at].right != wanted.right))
        at++;
    for (uint32_t n = 0; n < frames; n++) {
        wanted = scene_frame(first + n, 16);
        assert_true(at + n < count);
        assert_int_equal(heard[at + n].left, wanted.left);
        assert_int_equal(heard[at + n].right, wanted.right);
    }
    return at;
}

static const ta_i2s_config_t second_pins = {.data_pin = 2, .bclk_pin = 3, .ws_pin = 4, .dma_irq = 1};

static ta_i2s_config_t fed_by(const char *board, ta_feed_t feed)
{
    ta_i2s_config_t config = scene_config(chip_board_find(board));
    config.feed = feed;
    return config;
}

// The caller's loop, where there is one.
static void run_us(ta_feed_t feed, uint64_t us)
{
    for (uint64_t t = 0; t < us; t += 100) {
        if (feed == TA_FEED_CALLER)
            ta_rp2_service(&scene.i2s.rp2);
        scene_run_us(&scene, 100);
    }
}

static void test_every_context_plays_the_same(void **state)
{
    (void)state;
    static const char *const boards[] = {"pico", "pico2"};
    unsigned played = 0;
    for (unsigned b = 0; b < 2; b++) {
        for (ta_feed_t feed = TA_FEED_INTERRUPT; feed <= TA_FEED_CORE1; feed++, played++) {
            static numbered_t first, then;
            ta_i2s_config_t config = fed_by(boards[b], feed);
            assert_true(scene_open(&scene, boards[b], &config));
            scene_numbered(&first, 1, 3000, 44100, 16);
            scene_numbered(&then, 5001, 2000, 48000, 16);
            ok(ta_output_play(&scene.i2s.output, &first.source));
            ok(ta_output_queue(&scene.i2s.output, &then.source));
            run_us(feed, 30000);
            ok(ta_output_pause(&scene.i2s.output));
            run_us(feed, 50000);
            assert_int_equal(scene.i2s.output.state, TA_OUTPUT_PAUSED);
            ok(ta_output_resume(&scene.i2s.output));
            run_us(feed, 200000);
            assert_false(ta_output_busy(&scene.i2s.output));
            ta_output_stats_t stats;
            ta_output_stats(&scene.i2s.output, &stats);
            assert_int_equal(stats.ring.holes, 0);
            assert_int_equal(stats.drained, 2);
            must(scene_close(&scene));
            size_t at = find_all(scene.heard, scene.heard_count, 5001, 2000);
            assert_true(at > 3000);
        }
    }
    assert_int_equal(played, 6);
}

// While core 0 stands still, or lets no interrupt in, the second core goes on feeding, and its interrupts are its own.
static void test_the_second_core_feeds_whatever_the_first_does(void **state)
{
    (void)state;
    for (int frozen = 0; frozen < 2; frozen++) {
        static numbered_t program;
        ta_i2s_config_t config = fed_by("pico", TA_FEED_CORE1);
        assert_true(scene_open(&scene, "pico", &config));
        scene_numbered(&program, 1, 20000, 44100, 16);
        ok(ta_output_play(&scene.i2s.output, &program.source));
        scene_run_us(&scene, 20000);
        const uint64_t cycles = 300 * (uint64_t)scene.board->system_hz / 1000;
        assert_true(chip_fault_add(
            &(chip_fault_t){frozen ? CHIP_FAULT_FREEZE_TIME : CHIP_FAULT_MASK, chip_cycles() + 1000, cycles, 0}));
        assert_true(scene_run(&scene, 2000));
        must(scene_close(&scene));
        must(scene_check(&scene, &(stretch_t){1, 20000}, 1));
        ta_output_stats_t stats;
        ta_output_stats(&scene.i2s.output, &stats);
        assert_int_equal(stats.ring.holes, 0);
    }
}

// A stall of the second core is a hole like any other.
// Commands without number, and a source that takes its time: close does what the feed has not come to.
static const ta_source_ops_t *numbered_ops;
static volatile bool slow;

static ta_pull_t pull_slowly(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    if (slow) {
        slow = false;
        busy_wait_us(9000);
    }
    return numbered_ops->pull(source, max_frames, block);
}

static void test_close_behind_a_full_queue_of_commands(void **state)
{
    (void)state;
    static numbered_t program;
    ta_i2s_config_t config = fed_by("pico", TA_FEED_CORE1);
    assert_true(scene_open(&scene, "pico", &config));
    scene_numbered(&program, 1, 90000, 44100, 16);
    numbered_ops = program.source.ops;
    ta_source_ops_t ops = *numbered_ops;
    ops.pull = pull_slowly;
    program.source.ops = &ops;
    ok(ta_output_play(&scene.i2s.output, &program.source));
    scene_run_us(&scene, 30000);
    slow = true;
    scene_run_us(&scene, 4000);
    unsigned posted = 0;
    while (ta_output_set_volume(&scene.i2s.output, TA_GAIN_UNITY_Q16) == TA_OK)
        posted++;
    assert_int_equal(posted, TA_COMMANDS);
    assert_false(slow); // the second core is in the middle of it
    must(scene_close(&scene));
    must(scene_check_order(&scene, 1, 3000, 3000)); // none comes behind the fall
    assert_int_equal(scene.heard[scene.heard_count - 1].left, 0);
    assert_int_equal(scene.heard[scene.heard_count - 1].right, 0);
}

static void test_a_stall_of_the_second_core(void **state)
{
    (void)state;
    static numbered_t program;
    ta_i2s_config_t config = fed_by("pico", TA_FEED_CORE1);
    assert_true(scene_open(&scene, "pico", &config));
    scene_numbered(&program, 1, 10000, 44100, 16);
    ok(ta_output_play(&scene.i2s.output, &program.source));
    scene_run_us(&scene, 50000);
    assert_true(chip_fault_add(&(chip_fault_t){CHIP_FAULT_FREEZE_TIME, chip_cycles() + 1000, 10000000, 1}));
    assert_true(scene_run(&scene, 2000));
    ta_output_stats_t stats;
    ta_output_stats(&scene.i2s.output, &stats);
    assert_int_equal(stats.ring.holes, 1);
    must(scene_close(&scene));
    must(scene_check(&scene, &(stretch_t){1, 10000}, 1));
}

// Two outputs on the second core, a third on the first: closed in every order, while the others play on.
static void test_outputs_come_and_go_on_both_cores(void **state)
{
    (void)state;
    static beside_t beside[2];
    static numbered_t program[3];
    static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (unsigned order = 0; order < 6; order++) {
        ta_i2s_config_t config = fed_by("pico", TA_FEED_CORE1);
        assert_true(scene_open(&scene, "pico", &config));
        ta_i2s_config_t second = second_pins, third = {.data_pin = 16, .bclk_pin = 17, .ws_pin = 18, .dma_irq = 0};
        third.feed = TA_FEED_CORE1;
        ok(open_beside(&beside[0], &second));
        ok(open_beside(&beside[1], &third));
        ta_i2s_t *const outputs[3] = {&scene.i2s, &beside[0].i2s, &beside[1].i2s};
        for (unsigned o = 0; o < 3; o++) {
            scene_numbered(&program[o], 1, 8000, 44100, 16);
            ok(ta_output_play(&outputs[o]->output, &program[o].source));
        }
        for (unsigned c = 0; c < 3; c++) {
            scene_run_us(&scene, 20000 + 7000 * c);
            ta_i2s_close(outputs[orders[order][c]]);
        }
        must(scene_close(&scene)); // closed already, so only looked at
        assert_int_equal(beside[0].arena.used + beside[1].arena.used, 0);
        find_all(scene.heard, scene.heard_count, 1, 400);
        find_all(beside[0].heard, beside[0].count, 1, 400);
        find_all(beside[1].heard, beside[1].count, 1, 400);
    }
}

static void test_a_line_serves_one_core(void **state)
{
    (void)state;
    static beside_t beside;
    ta_i2s_config_t config = fed_by("pico", TA_FEED_CORE1), second = second_pins;
    assert_true(scene_open(&scene, "pico", &config));
    second.dma_irq = 0;
    assert_int_equal(open_beside(&beside, &second), TA_E_BUSY);
    assert_non_null(strstr(beside.i2s.error, "other core"));
    assert_int_equal(beside.arena.used, 0);
    must(scene_close(&scene));
}

// ---- a program on the second core that opens an output for itself -------------------------------------------------------

static beside_t there;
static numbered_t there_program;
static volatile bool there_done;

static void program_of_core1(void)
{
    if (open_beside(&there, &second_pins) == TA_OK &&
        ta_output_play(&there.i2s.output, &there_program.source) == TA_OK) {
        while (ta_output_busy(&there.i2s.output))
            __wfe();
        ta_i2s_close(&there.i2s);
        there_done = true;
    }
    for (;;)
        __wfe();
}

static void test_each_core_feeds_its_own(void **state)
{
    (void)state;
    static numbered_t here;
    there_done = false;
    assert_true(scene_open(&scene, "pico", NULL));
    scene_numbered(&here, 1, 5000, 44100, 16);
    scene_numbered(&there_program, 50001, 5000, 44100, 16);
    multicore_launch_core1(program_of_core1);
    ok(ta_output_play(&scene.i2s.output, &here.source));
    scene_run_us(&scene, 30000);
    static beside_t refused;
    ta_i2s_config_t third = {.data_pin = 16, .bclk_pin = 17, .ws_pin = 18, .feed = TA_FEED_CORE1};
    assert_int_equal(open_beside(&refused, &third), TA_E_STATE); // a program runs there
    assert_non_null(strstr(refused.i2s.error, "second core"));
    assert_true(scene_run(&scene, 1000));
    scene_run_us(&scene, 50000);
    assert_true(there_done);
    multicore_reset_core1();
    find_all(there.heard, there.count, 50001, 5000);
    must(scene_close(&scene));
    must(scene_check(&scene, &(stretch_t){1, 5000}, 1));
}

static void foreign_isr(void)
{
}

static void program_with_a_software_interrupt(void)
{
    int irq = user_irq_claim_unused(true);
    irq_set_exclusive_handler((uint)irq, foreign_isr);
    irq_add_shared_handler((uint)irq + 1, foreign_isr, PICO_SHARED_IRQ_HANDLER_DEFAULT_ORDER_PRIORITY);
    there_done = true;
    for (;;)
        __wfe();
}

// Numbers are each core's own, vectors are not.
static void test_the_other_cores_software_interrupts_are_left_alone(void **state)
{
    (void)state;
    static beside_t one;
    static numbered_t program;
    there_done = false;
    assert_int_equal(chip_boot(chip_board_find("pico")), 0);
    multicore_launch_core1(program_with_a_software_interrupt);
    chip_run_until(chip_cycles() + 100000);
    assert_true(there_done);
    ok(open_beside(&one, &second_pins));
    assert_int_equal(one.i2s.rp2.feed_irq, FIRST_USER_IRQ + 2);
    scene_numbered(&program, 1, 2000, 44100, 16);
    ok(ta_output_play(&one.i2s.output, &program.source));
    chip_run_until(chip_cycles() + 12500000);
    assert_false(ta_output_busy(&one.i2s.output));
    ta_i2s_close(&one.i2s);
    find_all(one.heard, one.count, 1, 2000);
    chip_claims_t claims;
    chip_claims(&claims);
    assert_int_equal(claims.user_irqs, 0);
    assert_int_equal(claims.user_irqs_core1, 1);
    assert_true(irq_get_exclusive_handler(FIRST_USER_IRQ) == foreign_isr);
    for (uint irq = FIRST_USER_IRQ + 2; irq < FIRST_USER_IRQ + NUM_USER_IRQS; irq++)
        irq_set_exclusive_handler(irq, foreign_isr);
    assert_int_equal(open_beside(&one, &second_pins), TA_E_BUSY); // there is none left
    assert_non_null(strstr(one.i2s.error, "no software interrupt is free"));
    assert_int_equal(one.arena.used, 0);
    chip_claims(&claims);
    assert_int_equal(claims.user_irqs | claims.dma_channels | claims.state_machines, 0);
    multicore_reset_core1();
}

// ---- outputs that start together -----------------------------------------------------------------------------------------

static void test_held_outputs_start_at_the_same_frame(void **state)
{
    (void)state;
    static const ta_feed_t feeds[2][2] = {{TA_FEED_INTERRUPT, TA_FEED_INTERRUPT}, {TA_FEED_INTERRUPT, TA_FEED_CORE1}};
    for (unsigned f = 0; f < 2; f++) {
        static beside_t beside;
        static numbered_t a, b;
        ta_i2s_config_t config = fed_by("pico", feeds[f][0]), second = second_pins;
        config.held = second.held = true;
        second.feed = feeds[f][1];
        assert_true(scene_open(&scene, "pico", &config));
        ok(open_beside(&beside, &second));
        scene_numbered(&a, 1, 3000, 44100, 16);
        scene_numbered(&b, 50001, 3000, 44100, 16);
        ok(ta_output_play(&scene.i2s.output, &a.source));
        scene_run_us(&scene, 12345);
        ok(ta_output_play(&beside.i2s.output, &b.source));
        scene_run_us(&scene, 40000); // nothing moves, nothing is lost
        assert_int_equal(scene.heard_count + beside.count, 0);
        ta_rp2_t *const both[2] = {&scene.i2s.rp2, &beside.i2s.rp2};
        ok(ta_rp2_start(both, 2));
        assert_int_equal(ta_rp2_start(both, 2), TA_E_STATE);
        assert_true(scene_run(&scene, 1000));
        scene_run_us(&scene, 1000);
        ta_output_stats_t stats;
        ta_output_stats(&beside.i2s.output, &stats);
        assert_int_equal(stats.ring.holes, 0);
        ta_i2s_close(&beside.i2s);
        must(scene_close(&scene));
        must(scene_check(&scene, &(stretch_t){1, 3000}, 1));
        size_t here = find_all(scene.heard, scene.heard_count, 1, 3000);
        assert_int_equal(find_all(beside.heard, beside.count, 50001, 3000), here);
        int64_t apart = (int64_t)scene.decoder.first_cycle - (int64_t)beside.decoder.first_cycle;
        assert_true(llabs(apart) < scene.board->system_hz / 44100 / 2); // half a frame
    }
}

// Pins remember what a state machine set them to. An output that finds them so must not pass that on as an edge of its bit clock.
static unsigned edges;

static void count_edge(void *context, uint64_t cycle, uint64_t levels, uint64_t changed)
{
    (void)context;
    (void)cycle;
    (void)levels;
    (void)changed;
    edges++;
}

static void test_no_clock_before_the_start(void **state)
{
    (void)state;
    static beside_t first, then;
    for (unsigned alignment = 0; alignment < 2; alignment++) {
        for (unsigned swapped = 0; swapped < 2; swapped++) {
            ta_i2s_config_t config = {.data_pin = 9, .bclk_pin = 10, .ws_pin = 11};
            config.alignment = alignment ? TA_I2S_LEFT_JUSTIFIED : TA_I2S_PHILIPS;
            assert_int_equal(chip_boot(chip_board_find("pico")), 0);
            ok(open_beside(&first, &config));
            chip_run_until(chip_cycles() + 1000000);
            ta_i2s_close(&first.i2s);
            config.held = true;
            config.bclk_pin = swapped ? 11 : 10;
            config.ws_pin = swapped ? 10 : 11;
            edges = 0;
            assert_true(chip_pins_listen(1ULL << config.bclk_pin, count_edge, NULL));
            ok(open_beside(&then, &config));
            assert_int_equal(edges, 0);
            ta_i2s_close(&then.i2s);
        }
    }
}

static void test_start_refuses(void **state)
{
    (void)state;
    static beside_t beside;
    ta_i2s_config_t config = fed_by("pico", TA_FEED_INTERRUPT), second = second_pins;
    config.held = second.held = true;
    second.slot_frames = 64;
    assert_true(scene_open(&scene, "pico", &config));
    ok(open_beside(&beside, &second));
    ta_rp2_t *const both[2] = {&scene.i2s.rp2, &beside.i2s.rp2};
    assert_int_equal(ta_rp2_start(both, 0), TA_E_ARG);
    assert_int_equal(ta_rp2_start(both, 2), TA_E_ARG); // slots of different lengths
    assert_true(scene.i2s.rp2.held && beside.i2s.rp2.held);
    ta_i2s_close(&beside.i2s); // closed without ever having started
    must(scene_close(&scene));
    assert_int_equal(scene.heard_count, 0);
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

static void test_the_amplifier_is_driven_in_order(void **state)
{
    (void)state;
    for (int low = 0; low < 2; low++) {
        static numbered_t program;
        ta_i2s_config_t config = fed_by("pico", TA_FEED_INTERRUPT);
        config.amplifier =
            (ta_amplifier_t){.wired = true, .low_is_on = low == 1, .pin = AMPLIFIER, .on_ms = 15, .off_ms = 7};
        // The board must be up before the pin can be listened to.
        assert_int_equal(chip_boot(chip_board_find("pico")), 0);
        assert_true(scene_open(&scene, "pico", &config));
        assert_int_equal(gpio_get(AMPLIFIER), !low);
        switches = 0;
        assert_true(chip_pins_listen(1ULL << AMPLIFIER, note_switch, NULL));
        uint64_t ms = scene.board->system_hz / 1000;
        assert_true(chip_cycles() >= 15 * ms); // open has waited, clocks were running
        assert_in_range(scene.heard_count, 15 * 44, 16 * 45);
        scene_numbered(&program, 1, 2000, 44100, 16);
        ok(ta_output_play(&scene.i2s.output, &program.source));
        scene_run_us(&scene, 20000); // in the middle of it
        must(scene_close(&scene));
        assert_int_equal(switches, low ? 2 : 1); // off; and the pin's pull-down when it is given back
        size_t last = scene.heard_count;
        while (last > 0 && scene.heard[last - 1].left == 0 && scene.heard[last - 1].right == 0)
            last--;
        // When it went off, the fall had been heard; clocks went on for 7 ms.
        uint64_t frame = scene.board->system_hz / 44100;
        assert_true(switched[0] > scene.decoder.last_cycle - (scene.heard_count - last) * frame - frame);
        assert_in_range(scene.decoder.last_cycle - switched[0], 7 * ms, 30 * ms);
    }
}

static void test_the_amplifiers_pin_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t pin;
        const char *word;
    } cases[] = {{30, "no GPIO"}, {9, "own"}, {10, "own"}, {11, "own"}};
    for (unsigned c = 0; c < 4; c++) {
        ta_i2s_config_t config = fed_by("pico", TA_FEED_INTERRUPT);
        config.amplifier = (ta_amplifier_t){.wired = true, .pin = cases[c].pin};
        char error[TA_SENTENCE_MAX];
        ta_i2s_plan_t plan;
        assert_int_equal(chip_boot(chip_board_find("pico")), 0);
        assert_int_equal(ta_i2s_plan(&config, &plan, error), TA_E_ARG);
        if (!strstr(error, cases[c].word))
            fail_msg("\"%s\" does not say \"%s\"", error, cases[c].word);
    }
    static beside_t beside;
    assert_int_equal(chip_boot(chip_board_find("pico")), 0);
    gpio_set_function(AMPLIFIER, GPIO_FUNC_UART);
    ta_i2s_config_t config = second_pins;
    config.amplifier = (ta_amplifier_t){.wired = true, .pin = AMPLIFIER};
    assert_int_equal(open_beside(&beside, &config), TA_E_BUSY);
    assert_non_null(strstr(beside.i2s.error, "GPIO 20 is in use"));
    assert_int_equal(beside.arena.used, 0);
    gpio_deinit(AMPLIFIER);
    assert_true(chip_claims_none());
}

// Two outputs that shared it would each switch the other's off.
static void test_an_amplifier_belongs_to_one_output(void **state)
{
    (void)state;
    static beside_t beside;
    ta_i2s_config_t config = fed_by("pico", TA_FEED_INTERRUPT);
    config.amplifier = (ta_amplifier_t){.wired = true, .pin = AMPLIFIER};
    assert_true(scene_open(&scene, "pico", &config));
    ta_i2s_config_t same = second_pins, data = {.data_pin = AMPLIFIER, .bclk_pin = 21, .ws_pin = 22};
    same.amplifier = config.amplifier;
    const ta_i2s_config_t *const refused[] = {&same, &data};
    for (unsigned r = 0; r < 2; r++) {
        assert_int_equal(open_beside(&beside, refused[r]), TA_E_BUSY);
        assert_non_null(strstr(beside.i2s.error, "GPIO 20 is another output's amplifier's"));
        assert_int_equal(beside.arena.used, 0);
        assert_true(chip_pins() >> AMPLIFIER & 1);
    }
    must(scene_close(&scene));
    assert_int_equal(open_beside(&beside, &same), TA_OK); // now it is free
    ta_i2s_close(&beside.i2s);
    assert_true(chip_claims_none());
}

// ---- a system clock that changes -----------------------------------------------------------------------------------------

// Frames a second at the pins, over so many.
static double rate_at_the_pins(uint64_t frames)
{
    uint64_t from = scene.decoder.last_cycle, first = scene.decoder.frames;
    while (scene.decoder.frames < first + frames)
        scene_run_us(&scene, 50);
    double seconds = (double)(chip_cycles_to_ns(scene.decoder.last_cycle) - chip_cycles_to_ns(from)) / 1e9;
    return (double)(scene.decoder.frames - first) / seconds;
}

static void test_a_system_clock_that_changes(void **state)
{
    (void)state;
    static numbered_t program;
    assert_true(scene_open(&scene, "pico", NULL));
    scene_numbered(&program, 1, 30000, 44100, 16);
    ok(ta_output_play(&scene.i2s.output, &program.source));
    scene_run_us(&scene, 5000);
    double before = rate_at_the_pins(3000);
    assert_true(set_sys_clock_khz(100000, false));
    double wrong = rate_at_the_pins(500);
    ok(ta_rp2_clock_changed(&scene.i2s.rp2));
    rate_at_the_pins(100);
    double after = rate_at_the_pins(3000);
    assert_true(before > 44085 && before < 44115); // a frame in 3000
    assert_true(wrong > 35200 && wrong < 35360);   // four fifths: until it is told, it cannot know
    assert_true(after > 44050 && after < 44150);
    assert_true(scene_run(&scene, 2000));
    ta_output_stats_t stats;
    ta_output_stats(&scene.i2s.output, &stats);
    assert_int_equal(stats.ring.holes, 0);
    must(scene_close(&scene));
    must(scene_check(&scene, &(stretch_t){1, 30000}, 1));
}

// A hole that lasts while the clock changes is told, and told to be inexact.
static void test_a_hole_across_a_change_is_inexact(void **state)
{
    (void)state;
    static numbered_t program;
    assert_true(scene_open(&scene, "pico", NULL));
    scene_numbered(&program, 1, 9000, 44100, 16);
    program.starve_at = 4000;
    program.starve_for = 30;
    ok(ta_output_play(&scene.i2s.output, &program.source));
    for (int k = 0; k < 2000 && program.starve_for > 10; k++)
        scene_run_us(&scene, 100);
    assert_true(set_sys_clock_khz(133000, false));
    ok(ta_rp2_clock_changed(&scene.i2s.rp2));
    assert_true(scene_run(&scene, 2000));
    ta_hole_t hole;
    assert_true(ta_output_hole(&scene.i2s.output, 0, &hole));
    assert_int_equal(hole.cause, TA_HOLE_CLOCK);
    assert_false(hole.exact);
    must(scene_close(&scene));
    find_all(scene.heard, scene.heard_count, 1, 3968); // whole slots; the rest waits for the slot to be full
    find_all(scene.heard, scene.heard_count, 3969, 9000 - 3968);
}

// At a clock that the divider cannot make the rate from, the program stops, and the fault is counted.
static void test_a_clock_from_which_the_rate_cannot_be_made(void **state)
{
    (void)state;
    static numbered_t program;
    ta_i2s_config_t config = fed_by("pico", TA_FEED_INTERRUPT);
    config.bits = 32;
    config.rate_hz = 384000;
    assert_true(scene_open(&scene, "pico", &config));
    scene_numbered(&program, 1, 90000, 384000, 32);
    ok(ta_output_play(&scene.i2s.output, &program.source));
    scene_run_us(&scene, 20000);
    assert_true(set_sys_clock_khz(48000, false)); // 49.152 MHz is the least
    ok(ta_rp2_clock_changed(&scene.i2s.rp2));
    assert_true(scene_run(&scene, 2000));
    ta_output_stats_t stats;
    ta_output_stats(&scene.i2s.output, &stats);
    assert_int_equal(stats.faults, 1);
    assert_int_equal(stats.fault, TA_E_RATE);
    assert_true(stats.source_frames < 90000);
    must(scene_close(&scene));
}

// ---- headroom ------------------------------------------------------------------------------------------------------------

static void test_headroom_is_how_long_nothing_need_run(void **state)
{
    (void)state;
    unsigned holes = 0;
    for (int more = 0; more < 2; more++) {
        for (unsigned k = 0; k < 20; k++) {
            static numbered_t program;
            assert_true(scene_open(&scene, "pico", NULL));
            assert_int_equal(ta_headroom(&scene.i2s.output), 0);
            scene_numbered(&program, 1, 9000, 44100, 16);
            ok(ta_output_play(&scene.i2s.output, &program.source));
            scene_run_us(&scene, 60000 + 731 * k);
            uint32_t us = ta_headroom(&scene.i2s.output);
            assert_in_range(us, 10000, 29000);
            // With interrupts masked for just so long, less what a publication needs, nothing is missing; for a slot longer, it is.
            int64_t span = (int64_t)us + (more ? 3000 : -150);
            uint32_t was = save_and_disable_interrupts();
            busy_wait_us((uint64_t)span);
            restore_interrupts(was);
            assert_true(scene_run(&scene, 2000));
            ta_output_stats_t stats;
            ta_output_stats(&scene.i2s.output, &stats);
            if (!more)
                assert_int_equal(stats.ring.holes, 0);
            holes += stats.ring.holes;
            must(scene_close(&scene));
        }
    }
    assert_int_equal(holes, 20);
}

// After a test that failed, too, the next one finds nothing open.
static int close_all(void **state)
{
    (void)state;
    if (chip_board())
        ta_i2s_close(&scene.i2s);
    return 0;
}

static int free_scene(void **state)
{
    (void)state;
    scene_free(&scene);
    return 0;
}

#define CLEAN(test) cmocka_unit_test_teardown(test, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEAN(test_every_context_plays_the_same),
        CLEAN(test_the_second_core_feeds_whatever_the_first_does),
        CLEAN(test_a_stall_of_the_second_core),
        CLEAN(test_close_behind_a_full_queue_of_commands),
        CLEAN(test_outputs_come_and_go_on_both_cores),
        CLEAN(test_a_line_serves_one_core),
        CLEAN(test_each_core_feeds_its_own),
        CLEAN(test_the_other_cores_software_interrupts_are_left_alone),
        CLEAN(test_held_outputs_start_at_the_same_frame),
        CLEAN(test_no_clock_before_the_start),
        CLEAN(test_start_refuses),
        CLEAN(test_the_amplifier_is_driven_in_order),
        CLEAN(test_the_amplifiers_pin_is_refused),
        CLEAN(test_an_amplifier_belongs_to_one_output),
        CLEAN(test_a_system_clock_that_changes),
        CLEAN(test_a_hole_across_a_change_is_inexact),
        CLEAN(test_a_clock_from_which_the_rate_cannot_be_made),
        CLEAN(test_headroom_is_how_long_nothing_need_run),
    };
    return cmocka_run_group_tests(tests, NULL, free_scene);
}
