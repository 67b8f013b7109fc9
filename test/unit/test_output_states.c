// Commands in the order in which nobody wants them: sources that wait while others wait, hardware loops that are stopped before they
// run, pauses behind the end, channels with a past. Each test is a defect that once was one.

#include "test/support/scene.h"

#include "hardware/dma.h"
#include "hardware/irq.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static scene_t scene;
static numbered_t a, b, c;
static ta_output_t *const output = &scene.i2s.output;

static void must(const char *wrong)
{
    if (wrong)
        fail_msg("%s", wrong);
}

static void open_pico(const ta_i2s_config_t *config)
{
    assert_true(scene_open(&scene, "pico", config));
    scene_numbered(&a, 1, 20000, 44100, 16);
    scene_numbered(&b, 50001, 300, 44100, 16);
    scene_numbered(&c, 90001, 2000, 44100, 16);
}

static void ok(ta_status_t status)
{
    assert_int_equal(status, TA_OK);
}

static void run_until_step(ta_loop_step_t step)
{
    for (int k = 0; k < 2000 && output->loop.step != step; k++)
        scene_run_us(&scene, 20);
    assert_int_equal(output->loop.step, step);
}

// Largest difference between neighbouring frames, left, as 16 bits.
static int64_t largest_step(void)
{
    int64_t largest = 0;
    for (size_t i = 1; i < scene.heard_count; i++) {
        int64_t step = llabs((int64_t)scene.heard[i].left - scene.heard[i - 1].left) >> 16;
        largest = step > largest ? step : largest;
    }
    return largest;
}

// Every frame of a program is heard once and in order, from *at on.
static void hear_all(size_t *at, uint32_t first, uint32_t frames)
{
    for (uint32_t n = first; n < first + frames; (*at)++) {
        if (*at == scene.heard_count)
            fail_msg("frame %u is not heard", (unsigned)n);
        heard_t h = scene.heard[*at], due = scene_frame(n, 16);
        n += h.left == due.left && h.right == due.right;
    }
}

static const ta_format_t stereo = {TA_SAMPLE_S16, 2, 44100};

static void a_level(ta_raw_t *raw, uint32_t frames)
{
    static int16_t level[2 * 4000];
    for (uint32_t n = 0; n < 2 * frames; n++)
        level[n] = 30000;
    ok(ta_raw_init(raw, &stereo, level, frames));
}

// ---- sources that wait ---------------------------------------------------------------------------------------------------

static void test_pause_keeps_both_that_wait(void **state)
{
    (void)state;
    open_pico(NULL);
    scene_numbered(&b, 50001, 300, 48000, 16);
    scene_numbered(&c, 90001, 2000, 48000, 16);
    ok(ta_output_play(output, &a.source));
    scene_run_us(&scene, 30000);
    ok(ta_output_play(output, &b.source)); // waits for silence: another rate
    ok(ta_output_queue(output, &c.source));
    ok(ta_output_pause(output));
    scene_run_us(&scene, 30000);
    ok(ta_output_resume(output));
    assert_true(scene_run(&scene, 1000));
    assert_int_equal(b.source.position, 300);
    assert_int_equal(c.source.position, 2000);
    must(scene_close(&scene));
}

static void test_pause_behind_the_end_keeps_both_that_wait(void **state)
{
    (void)state;
    open_pico(NULL);
    scene_numbered(&a, 1, 700, 44100, 16);
    scene_numbered(&b, 50001, 300, 48000, 16);
    scene_numbered(&c, 90001, 2000, 48000, 16);
    ok(ta_output_play(output, &a.source));
    ok(ta_output_queue(output, &b.source));
    scene_run_us(&scene, 14000);
    assert_int_equal(output->state, TA_OUTPUT_DRAINING);
    ok(ta_output_queue(output, &c.source));
    ok(ta_output_pause(output));
    scene_run_us(&scene, 50000);
    assert_int_equal(output->state, TA_OUTPUT_PAUSED);
    assert_in_range(output->shown.position_frame, 1, 699);
    ok(ta_output_resume(output));
    assert_true(scene_run(&scene, 1000));
    must(scene_close(&scene));
    size_t at = 0;
    hear_all(&at, 1, 700);
    hear_all(&at, 50001, 300);
    hear_all(&at, 90001, 2000);
}

static void test_queue_behind_a_play_behind_a_loop(void **state)
{
    (void)state;
    open_pico(NULL);
    ok(ta_output_loop_in_hardware(output, &b.source));
    run_until_step(TA_LOOP_RUNNING);
    ok(ta_output_play(output, &a.source)); // waits until the loop has ended
    ok(ta_output_queue(output, &c.source));
    assert_true(scene_run(&scene, 2000));
    assert_int_equal(a.source.position, 20000);
    assert_int_equal(c.source.position, 2000);
    must(scene_close(&scene));
}

static void test_stop_of_a_loop_drops_what_waits(void **state)
{
    (void)state;
    open_pico(NULL);
    ok(ta_output_loop_in_hardware(output, &b.source));
    run_until_step(TA_LOOP_RUNNING);
    ok(ta_output_play(output, &a.source));
    ok(ta_output_queue(output, &c.source));
    ok(ta_output_stop(output));
    assert_true(scene_run(&scene, 1000));
    assert_false(ta_output_holds(output, &a.source));
    assert_false(ta_output_holds(output, &c.source));
    assert_int_equal(a.source.position + c.source.position, 0);
    ok(ta_output_queue(output, &c.source));
    assert_true(scene_run(&scene, 1000));
    assert_int_equal(c.source.position, 2000);
    must(scene_close(&scene));
}

// What is queued takes a loop's place, whether that runs already or not.
static void test_queue_behind_a_loop_that_is_pending(void **state)
{
    (void)state;
    open_pico(NULL);
    ok(ta_output_play(output, &a.source));
    scene_run_us(&scene, 30000);
    ok(ta_output_loop_in_hardware(output, &b.source));
    ok(ta_output_queue(output, &c.source));
    assert_true(scene_run(&scene, 1000));
    assert_int_equal(c.source.position, 2000);
    must(scene_close(&scene));
}

// A hardware loop cannot be paused, running or not: it says so beforehand too, and does not take the command and play all the same.
static void test_no_pause_before_a_loop(void **state)
{
    (void)state;
    for (unsigned waits = 0; waits < 2; waits++) { // the loop's command waits for the feed, or the loop for silence
        ta_i2s_config_t config = scene_config(chip_board_find("pico"));
        config.feed = TA_FEED_CALLER;
        open_pico(&config);
        ok(ta_output_play(output, &a.source));
        ta_i2s_service(&scene.i2s);
        ok(ta_output_loop_in_hardware(output, &b.source));
        if (!waits)
            ta_i2s_service(&scene.i2s);
        assert_int_equal(ta_output_pause(output), TA_E_STATE);
        ok(ta_output_play(output, &c.source)); // takes the loop's place, and can be paused
        ok(ta_output_pause(output));
        for (int k = 0; k < 50; k++) {
            ta_i2s_service(&scene.i2s);
            scene_run_us(&scene, 1000);
        }
        assert_int_equal(output->state, TA_OUTPUT_PAUSED);
        must(scene_close(&scene));
    }
}

// What is queued behind a stop begins with a rise, even where nothing could be taken back and the program's last slot still plays.
static void test_queue_behind_a_stop_does_not_click(void **state)
{
    (void)state;
    unsigned short_of_frames = 0;
    for (unsigned us = 3000; us < 30000; us += 300) {
        ta_i2s_config_t config = scene_config(chip_board_find("pico"));
        config.slot_frames = 256;
        open_pico(&config);
        a.starve_at = 600; // so that the ring has next to nothing
        a.starve_for = 1000;
        ok(ta_output_play(output, &a.source));
        scene_run_us(&scene, us);
        ok(ta_output_stop(output));
        short_of_frames += output->ring.write <= output->ring.read + 1;
        ok(ta_output_queue(output, &c.source));
        assert_true(scene_run(&scene, 1000));
        must(scene_close(&scene));
        size_t at = 0;
        hear_all(&at, 90001, 1);
        heard_t before = scene.heard[at - 2], first = scene.heard[at - 1];
        if (llabs((int64_t)first.left - before.left) > 1 << 25)
            fail_msg("stop after %u us: a step from %d to %d", us, (int)before.left, (int)first.left);
    }
    assert_true(short_of_frames > 5);
}

// ---- hardware loops ------------------------------------------------------------------------------------------------------

static void test_stop_of_an_armed_loop_does_not_click(void **state)
{
    (void)state;
    ta_raw_t raw;
    open_pico(NULL);
    a_level(&raw, 200);
    ok(ta_output_loop_in_hardware(output, &raw.source));
    run_until_step(TA_LOOP_ARMED);
    ok(ta_output_stop(output));
    assert_true(scene_run(&scene, 1000));
    scene_run_us(&scene, 20000);
    assert_true(largest_step() <= 512 && largest_step() > 400);
    must(scene_close(&scene));
}

// A stall inside the publication of a program's last run: nobody knows then when its slot is free, and the output took itself for
// silent before that. A hardware loop behind it found a slot in use, and panicked.
static uint64_t section[64];
static unsigned sections;

static void note_section(void *context, uint64_t number, uint64_t cycle, chip_hook_kind_t kind, const char *what)
{
    (void)context;
    (void)cycle;
    (void)what;
    if (kind == CHIP_HOOK_MASKED && output->state == TA_OUTPUT_PLAYING && sections < 64)
        section[sections++] = number;
}

static void short_program_then_loop(uint64_t freeze_at, unsigned slots)
{
    open_pico(NULL);
    scene_numbered(&a, 1, 100, 44100, 16);
    if (freeze_at) {
        uint64_t slot_cycles = (uint64_t)output->ring.config.slot_frames * scene.board->system_hz / 44100;
        assert_true(chip_fault_add(&(chip_fault_t){CHIP_FAULT_FREEZE, freeze_at, slots * slot_cycles + 1000, 0}));
    } else {
        chip_on_hook(note_section, NULL);
    }
    ok(ta_output_play(output, &a.source));
    ok(ta_output_loop_in_hardware(output, &b.source));
    run_until_step(TA_LOOP_RUNNING);
    scene_run_us(&scene, 20000);
    ok(ta_output_stop(output));
    assert_true(scene_run(&scene, 1000));
    must(scene_close(&scene));
}

static void test_a_loop_behind_a_stall_in_a_publication(void **state)
{
    (void)state;
    sections = 0;
    short_program_then_loop(0, 0);
    assert_true(sections > 15);
    for (unsigned s = 0, thin = scene_thin(); s < sections; s += thin)
        for (unsigned slots = 1; slots <= 33; slots += slots < 5 ? 1 : 7)
            short_program_then_loop(section[s], slots);
}

// A source with a loop of its own was unrolled until the slots were full, and cut there.
static void test_a_loop_within_the_loop_is_left_out(void **state)
{
    (void)state;
    open_pico(NULL);
    ok(ta_source_set_loop(&b.source, 0, 0, TA_LOOP_FOREVER));
    ok(ta_output_loop_in_hardware(output, &b.source));
    run_until_step(TA_LOOP_RUNNING);
    assert_int_equal(output->loop.frames, 300);
    scene_run_us(&scene, 50000);
    ok(ta_output_stop(output));
    assert_true(scene_run(&scene, 1000));
    must(scene_close(&scene));
    size_t at = 0;
    for (int pass = 0; pass < 7; pass++)
        hear_all(&at, 50001, 300);
}

static void test_frame_clock_behind_a_loop(void **state)
{
    (void)state;
    open_pico(NULL);
    ok(ta_output_loop_in_hardware(output, &b.source));
    scene_run_us(&scene, 100000);
    ok(ta_output_stop(output));
    assert_true(scene_run(&scene, 1000));
    ok(ta_output_play(output, &c.source));
    assert_true(scene_run(&scene, 1000));
    const heard_t last = scene_frame(92000, 16);
    size_t at = 0;
    while (at < scene.heard_count && (scene.heard[at].left != last.left || scene.heard[at].right != last.right))
        at++;
    assert_int_equal(output->end_frame, at + 1);
    must(scene_close(&scene));
}

// The processor stands still at each step of the way into a loop: it begins with a rise whatever happens, and ends with a fall.
static uint64_t first_hook, last_hook;

static void note_hook(void *context, uint64_t number, uint64_t cycle, chip_hook_kind_t kind, const char *what)
{
    (void)context;
    (void)cycle;
    (void)kind;
    (void)what;
    if (output->state != TA_OUTPUT_IDLE && output->loop.step <= TA_LOOP_ARMED) {
        first_hook = first_hook ? first_hook : number;
        last_hook = number;
    }
}

static uint64_t loop_and_stop(uint64_t freeze_at, uint64_t ms)
{
    ta_raw_t raw;
    open_pico(NULL);
    a_level(&raw, 200);
    chip_on_hook(note_hook, NULL);
    if (freeze_at)
        assert_true(chip_fault_add(
            &(chip_fault_t){.kind = CHIP_FAULT_FREEZE, .at = freeze_at, .cycles = ms * scene.board->system_hz / 1000}));
    ok(ta_output_loop_in_hardware(output, &raw.source));
    run_until_step(TA_LOOP_RUNNING);
    scene_run_us(&scene, 30000);
    size_t loud = 0;
    for (size_t i = 0; i < scene.heard_count; i++)
        loud += scene.heard[i].left >> 16 == 30000;
    ok(ta_output_stop(output));
    assert_true(scene_run(&scene, 1000));
    scene_run_us(&scene, 20000);
    assert_int_equal(scene.i2s.output.shown.count.faults, 0);
    for (uint32_t k = 0; k < output->ring.config.slots; k++)
        assert_true(output->ring.slot_entry[k] < UINT64_MAX);
    must(scene_close(&scene));
    assert_true(loud > 1000);
    return (uint64_t)largest_step();
}

static void test_stalls_on_the_way_into_a_loop(void **state)
{
    (void)state;
    unsigned done = 0, between_stores = 0;
    first_hook = last_hook = 0;
    assert_true(loop_and_stop(0, 0) <= 512);
    uint64_t first = first_hook, last = last_hook, thin = scene_thin();
    for (uint64_t hook = first; hook <= last; hook += thin)
        for (uint64_t ms = 3; ms <= 50; ms += 47, done++) {
            uint64_t step = loop_and_stop(hook, ms);
            between_stores +=
                output->ring.stats.indeterminate != 0; // of entry and tail: one is heard without the other
            if (step > 512 && output->ring.stats.indeterminate == 0)
                fail_msg("%u ms at hook %u (%u..%u): a step of %u", (unsigned)ms, (unsigned)hook, (unsigned)first,
                         (unsigned)last, (unsigned)step);
        }
    print_message("%u stalls on the way into a loop, %u inside a publication\n", done, between_stores);
    assert_true(done > 400 / thin && between_stores < 40);
}

// ---- lent blocks, volume, open and close ---------------------------------------------------------------------------------

static void test_a_lent_source_is_held_while_paused_behind_its_end(void **state)
{
    (void)state;
    enum { FRAMES = 768 };
    open_pico(NULL);
    int16_t *frames = chip_sram_take(FRAMES * 4);
    chip_dma_allow(frames, FRAMES * 4, "lent");
    ta_raw_t raw;
    ok(ta_raw_init(&raw, &stereo, frames, FRAMES));
    ok(ta_output_play(output, &raw.source));
    assert_int_equal(output->state, TA_OUTPUT_DRAINING);
    ok(ta_output_pause(output));
    scene_run_us(&scene, 50000);
    ok(ta_output_set_volume(output, TA_GAIN_UNITY_Q16)); // makes the feed look
    assert_int_equal(output->state, TA_OUTPUT_PAUSED);
    assert_true(output->ring.stats.lent > 0);
    assert_true(ta_output_holds(output, &raw.source));
    ok(ta_output_resume(output));
    assert_true(scene_run(&scene, 1000));
    assert_false(ta_output_holds(output, &raw.source));
    must(scene_close(&scene));
}

// While lent blocks play, slots wait behind them. A pause takes those back, and a ramp must still find one.
static void test_pause_while_lent_blocks_play_and_slots_wait(void **state)
{
    (void)state;
    enum { FRAMES = 640 };
    unsigned most_held = 0, lent_held = 0;
    for (unsigned us = 0; us < 20000; us += 500) {
        ta_i2s_config_t config = scene_config(chip_board_find("pico"));
        config.slot_frames = 64;
        config.buffer_us = 1500;
        open_pico(&config);
        int16_t *frames = chip_sram_take(FRAMES * 4);
        chip_dma_allow(frames, FRAMES * 4, "lent");
        for (uint32_t n = 0; n < FRAMES; n++) {
            frames[2 * n] = (int16_t)(scene_frame(1 + n, 16).left >> 16);
            frames[2 * n + 1] = (int16_t)(scene_frame(1 + n, 16).right >> 16);
        }
        ta_raw_t raw;
        ok(ta_raw_init(&raw, &stereo, frames, FRAMES));
        scene_numbered(&c, 1 + FRAMES, 2000, 44100, 16);
        ok(ta_output_play(output, &raw.source));
        ok(ta_output_queue(output, &c.source));
        scene_run_us(&scene, us);
        ok(ta_output_pause(output));
        scene_run_us(&scene, 20000);
        unsigned slots = 0;
        for (unsigned h = output->held_next; h < output->held_count; h++)
            slots += output->held[h].slot >= 0;
        unsigned held = output->held_count - output->held_next;
        assert_true(held <= output->ring.config.slots - 2);
        most_held += slots == output->ring.config.slots - 2;
        lent_held += held > slots;
        ok(ta_output_resume(output));
        assert_true(scene_run(&scene, 1000));
        must(scene_close(&scene));
        size_t at = 0;
        hear_all(&at, 1, FRAMES + 2000);
    }
    print_message("%u pauses took back all slots but two, %u lent blocks\n", most_held, lent_held);
    assert_true(most_held > 0 && lent_held > 0);
}

static void test_volume_set_while_idle_holds_from_the_first_frame(void **state)
{
    (void)state;
    ta_raw_t raw;
    open_pico(NULL);
    a_level(&raw, 4000);
    ok(ta_output_set_volume(output, TA_GAIN_UNITY_Q16 / 10));
    ok(ta_output_play(output, &raw.source));
    assert_true(scene_run(&scene, 1000));
    int32_t loudest = 0;
    for (size_t i = 0; i < scene.heard_count; i++)
        loudest = scene.heard[i].left > loudest ? scene.heard[i].left : loudest;
    assert_in_range(loudest >> 16, 2900, 3001);
    must(scene_close(&scene));
}

// A volume that is still being approached when a hardware loop begins was converted into its frames, and heard again in every pass.
static void test_a_volume_on_its_way_is_no_part_of_a_loop(void **state)
{
    (void)state;
    ta_raw_t raw;
    open_pico(NULL);
    ok(ta_output_play(output, &a.source));
    scene_run_us(&scene, 20000);
    a_level(&raw, 400);
    ok(ta_output_set_volume(output, TA_GAIN_UNITY_Q16 / 10));
    ok(ta_output_loop_in_hardware(output, &raw.source));
    run_until_step(TA_LOOP_RUNNING);
    scene_run_us(&scene, 50000);
    for (size_t i = scene.heard_count - 1000; i < scene.heard_count; i++)
        assert_in_range(scene.heard[i].left >> 16, 2900, 3001);
    must(scene_close(&scene));
}

// Whoever had the channel before has left its raw interrupt standing.
static void test_a_channel_with_a_past(void **state)
{
    (void)state;
    open_pico(NULL);
    ta_i2s_config_t config = scene.config;
    ta_i2s_close(&scene.i2s);
    uint32_t *words = chip_sram_take(64);
    chip_dma_allow(words, 64, "words");
    uint channel = (uint)dma_claim_unused_channel(true);
    dma_channel_config way = dma_channel_get_default_config(channel);
    dma_channel_configure(channel, &way, words + 8, words, 4, true);
    dma_channel_wait_for_finish_blocking(channel);
    dma_channel_unclaim(channel);
    chip_dma_allow(scene.arena.base, scene.arena.bytes, "arena");
    ok(ta_i2s_open(&scene.i2s, &config, &scene.memory));
    assert_int_equal(scene.i2s.rp2.dma_data, channel);
    scene_run_us(&scene, 1000);
    assert_false(scene.i2s.rp2.parked);
    ok(ta_output_loop_in_hardware(output, &b.source));
    run_until_step(TA_LOOP_RUNNING);
    ok(ta_output_stop(output));
    assert_true(scene_run(&scene, 1000));
    chip_dma_forbid(words);
    must(scene_close(&scene));
}

static void test_close_with_a_full_queue_fades_out(void **state)
{
    (void)state;
    ta_i2s_config_t config = scene_config(chip_board_find("pico"));
    config.feed = TA_FEED_CALLER;
    open_pico(&config);
    ok(ta_output_play(output, &a.source));
    for (int k = 0; k < 20; k++) {
        ta_i2s_service(&scene.i2s);
        scene_run_us(&scene, 1000);
    }
    for (int k = 0; k < TA_COMMANDS; k++)
        ok(ta_output_set_volume(output, TA_GAIN_UNITY_Q16));
    assert_int_equal(ta_output_stop(output), TA_E_BUSY);
    must(scene_close(&scene));
    must(scene_check(&scene, &(stretch_t){1, (uint32_t)output->ring.stats.program_frames}, 1));
}

static void not_ours(void)
{
}

static void test_a_line_with_an_exclusive_handler_is_refused(void **state)
{
    (void)state;
    open_pico(NULL);
    ta_i2s_config_t config = scene.config;
    ta_i2s_close(&scene.i2s);
    irq_set_exclusive_handler(DMA_IRQ_0, not_ours);
    assert_int_equal(ta_i2s_open(&scene.i2s, &config, &scene.memory), TA_E_BUSY);
    assert_non_null(strstr(scene.i2s.error, "exclusive"));
    irq_remove_handler(DMA_IRQ_0, not_ours);
    must(scene_close(&scene));
}

static int free_scene(void **unused)
{
    (void)unused;
    scene_free(&scene);
    return 0;
}

// The task asks whether a source is held while the feed, elsewhere, hands it on: there is no moment at which it is not.
enum { ROUNDS = 40000, PAUSES = 61 };
static ta_output_t handing;
static volatile uint32_t asked, handed;

static void *hand_on(void *unused)
{
    (void)unused;
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        while (asked < round) {
        }
        for (volatile uint32_t turn = round % PAUSES; turn > 0; turn--) {
        }
        handing.source = handing.pending; // as ta_output does it when all is silent
        __atomic_thread_fence(__ATOMIC_RELEASE);
        handing.pending = NULL;
        __atomic_thread_fence(__ATOMIC_RELEASE);
        handed = round;
    }
    return NULL;
}

static void test_w13_what_is_handed_on_is_held_at_every_moment(void **state)
{
    (void)state;
    static ta_source_t source;
    pthread_t feed;
    uint32_t lost = 0;
    memset(&handing, 0, sizeof handing);
    asked = handed = 0;
    assert_int_equal(pthread_create(&feed, NULL, hand_on, NULL), 0);
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        handing.pending = &source;
        handing.source = NULL;
        __atomic_thread_fence(__ATOMIC_RELEASE);
        asked = round;
        while (handed < round)
            lost += !ta_output_holds(&handing, &source);
    }
    assert_int_equal(pthread_join(feed, NULL), 0);
    assert_int_equal(lost, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pause_keeps_both_that_wait),
        cmocka_unit_test(test_pause_behind_the_end_keeps_both_that_wait),
        cmocka_unit_test(test_queue_behind_a_play_behind_a_loop),
        cmocka_unit_test(test_stop_of_a_loop_drops_what_waits),
        cmocka_unit_test(test_queue_behind_a_loop_that_is_pending),
        cmocka_unit_test(test_no_pause_before_a_loop),
        cmocka_unit_test(test_queue_behind_a_stop_does_not_click),
        cmocka_unit_test(test_stop_of_an_armed_loop_does_not_click),
        cmocka_unit_test(test_a_loop_behind_a_stall_in_a_publication),
        cmocka_unit_test(test_a_loop_within_the_loop_is_left_out),
        cmocka_unit_test(test_frame_clock_behind_a_loop),
        cmocka_unit_test(test_stalls_on_the_way_into_a_loop),
        cmocka_unit_test(test_a_lent_source_is_held_while_paused_behind_its_end),
        cmocka_unit_test(test_pause_while_lent_blocks_play_and_slots_wait),
        cmocka_unit_test(test_volume_set_while_idle_holds_from_the_first_frame),
        cmocka_unit_test(test_a_volume_on_its_way_is_no_part_of_a_loop),
        cmocka_unit_test(test_a_channel_with_a_past),
        cmocka_unit_test(test_close_with_a_full_queue_fades_out),
        cmocka_unit_test(test_w13_what_is_handed_on_is_held_at_every_moment),
        cmocka_unit_test(test_a_line_with_an_exclusive_handler_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, free_scene);
}
