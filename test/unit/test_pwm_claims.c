// What a PWM output takes, gives back and refuses, and how many of them there may be beside I2S.

#include "test/support/pwm_scene.h"

#include "hardware/dma.h"
#include "hardware/gpio.h"
#include "hardware/pwm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
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

// ---- refusals ------------------------------------------------------------------------------------------------------------

static void test_refusals_name_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        ta_pwm_config_t config;
        ta_status_t status;
        const char *word;
    } cases[] = {
        {{.left_pin = 30, .right_pin = 31}, TA_E_ARG, "GPIO 30"},
        {{.left_pin = 29, .right_pin = 30}, TA_E_ARG, "GPIO 30"},
        {{.left_pin = 30, .right_pin = TA_PWM_ONE_PIN}, TA_E_ARG, "GPIO 30"},
        {{.left_pin = 14}, TA_E_ARG, "choose GPIO 14 and 15"},
        {{.left_pin = 15, .right_pin = 16}, TA_E_ARG, "choose GPIO 15 and 14"},
        {{.left_pin = 14, .right_pin = 14}, TA_E_ARG, "one pin"},
        {{.left_pin = 0, .right_pin = 16}, TA_E_ARG, "GPIO 0 and GPIO 16"}, // both are channel A of slice 0
        {{.left_pin = 14, .right_pin = 15, .bits = 7}, TA_E_ARG, "bits cannot be 7"},
        {{.left_pin = 14, .right_pin = 15, .bits = 12}, TA_E_ARG, "bits cannot be 12"},
        {{.left_pin = 14, .right_pin = 15, .rounding = (ta_pwm_rounding_t)3}, TA_E_ARG, "rounding 3"},
        {{.left_pin = 14, .right_pin = 15, .ramp_ms = 1}, TA_E_ARG, "milliseconds, 1"},
        {{.left_pin = 14, .right_pin = 15, .ramp_ms = 1001}, TA_E_ARG, "1001"},
        {{.left_pin = 14, .right_pin = 15, .rate_hz = 1907}, TA_E_RATE, "1907"},
        {{.left_pin = 14, .right_pin = 15, .rate_hz = 999}, TA_E_RATE, "999"},
        {{.left_pin = 14, .right_pin = 15, .rate_hz = 384001}, TA_E_RATE, "384001"},
        {{.left_pin = 14, .right_pin = 15, .bits = 11, .rate_hz = 61036}, TA_E_RATE, "61036"},
        {{.left_pin = 14, .right_pin = 15, .buffer_us = 999}, TA_E_ARG, "999"},
        {{.left_pin = 14, .right_pin = 15, .slot_frames = 65}, TA_E_ARG, "65"},
        {{.left_pin = 14, .right_pin = 15, .dma_irq = 2}, TA_E_ARG, "line 2"},
        {{.left_pin = 14, .right_pin = 15, .feed = (ta_feed_t)3}, TA_E_ARG, "feed 3"},
        {{.left_pin = 14, .right_pin = 15, .amplifier = {.wired = true, .pin = 14}}, TA_E_ARG, "own, GPIO 14"},
        {{.left_pin = 14, .right_pin = 15, .amplifier = {.wired = true, .pin = 15}}, TA_E_ARG, "own, GPIO 15"},
        {{.left_pin = 14, .right_pin = 15, .amplifier = {.wired = true, .pin = 30}}, TA_E_ARG, "no GPIO 30"},
    };
    assert_int_equal(chip_boot(chip_board_find("pico")), 0);
    ta_memory_t none = {0};
    for (unsigned c = 0; c < sizeof cases / sizeof *cases; c++) {
        ta_pwm_t pwm;
        assert_int_equal(ta_pwm_open(&pwm, &cases[c].config, &none), cases[c].status);
        if (!strstr(pwm.error, cases[c].word) || strncmp(pwm.error, "pwm: ", 5) != 0)
            fail_msg("case %u says \"%s\"", c, pwm.error);
        ta_pwm_close(&pwm); // harmless after a failure
        assert_true(chip_claims_none());
        ta_pwm_plan_t plan;
        assert_int_equal(ta_pwm_plan(&cases[c].config, &plan, NULL), cases[c].status);
    }
    // The nearest that are no refusals.
    ta_pwm_plan_t plan;
    ok(ta_pwm_plan(&(ta_pwm_config_t){.left_pin = 14, .right_pin = 15, .rate_hz = 1908}, &plan, NULL));
    ok(ta_pwm_plan(&(ta_pwm_config_t){.left_pin = 14, .right_pin = 15, .bits = 11, .rate_hz = 61035}, &plan, NULL));
    chip_shutdown();
}

static void test_memory_of_the_wrong_class_is_refused(void **state)
{
    (void)state;
    static uint8_t host[65536];
    assert_int_equal(chip_boot(chip_board_find("pico")), 0);
    ta_arena_t arena;
    ok(ta_arena_init(&arena, host, sizeof host, TA_CLASS_ALL));
    ta_memory_t memory = ta_memory_all(&arena.mem);
    ta_pwm_config_t config = pwm_scene_config();
    ta_pwm_t pwm;
    assert_int_equal(ta_pwm_open(&pwm, &config, &memory), TA_E_CLASS);
    assert_non_null(strstr(pwm.error, "DMA"));
    assert_int_equal(arena.used, 0);
    assert_true(chip_claims_none());
    chip_shutdown();
}

// Another output beside the scene's own. Its memory is the test's.
typedef struct {
    ta_pwm_t pwm;
    ta_i2s_t i2s;
    ta_arena_t arena;
    ta_memory_t memory;
} beside_t;

static void give_memory(beside_t *beside)
{
    void *sram = chip_sram_take(20000);
    assert_non_null(sram);
    chip_dma_allow(sram, 20000, "beside");
    ok(ta_arena_init(&beside->arena, sram, 20000, TA_CLASS_ALL));
    beside->memory = ta_memory_all(&beside->arena.mem);
}

// A refusal with this sentence, and nothing held that was not held before.
static void expect_refusal(beside_t *beside, uint8_t left, uint8_t right, const char *word)
{
    chip_claims_t before, after;
    ta_pwm_config_t config = {.left_pin = left, .right_pin = right};
    chip_claims(&before);
    assert_int_equal(ta_pwm_open(&beside->pwm, &config, &beside->memory), TA_E_BUSY);
    if (!strstr(beside->pwm.error, word))
        fail_msg("\"%s\" does not say \"%s\"", beside->pwm.error, word);
    chip_claims(&after);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(beside->arena.used, 0);
}

static void test_a_slice_in_use_is_left_alone(void **state)
{
    (void)state;
    static numbered_t program;
    static beside_t beside;
    assert_true(pwm_scene_open(&scene, "pico", NULL));
    give_memory(&beside);
    scene_numbered(&program, 1, 6000, 44100, 16);
    ok(ta_output_play(&scene.pwm.output, &program.source));
    expect_refusal(&beside, 14, 15, "slice 7");                               // the same pins
    expect_refusal(&beside, 14, TA_PWM_ONE_PIN, "GPIO 15 shows PWM slice 7"); // one of them
    expect_refusal(&beside, 30 - 16, 15, "slice 7");
    pwm_config c = pwm_get_default_config();
    pwm_init(0, &c, true); // a slice that somebody uses without a pin, as a timer
    expect_refusal(&beside, 0, 1, "slice 0 is enabled");
    expect_refusal(&beside, 17, 16, "slice 0 is enabled");
    pwm_set_enabled(0, false);
    gpio_set_function(18, GPIO_FUNC_PWM); // one that somebody has not started yet
    expect_refusal(&beside, 2, 3, "GPIO 18 shows PWM slice 1");
    gpio_deinit(18);
    gpio_set_function(5, GPIO_FUNC_UART);
    expect_refusal(&beside, 4, 5, "GPIO 5 is in use");
    expect_refusal(&beside, 5, TA_PWM_ONE_PIN, "GPIO 5 is in use");
    gpio_deinit(5);
    pwm_config_set_wrap(&c, 999); // one that somebody has set up and will start later
    pwm_init(6, &c, false);
    pwm_set_both_levels(6, 500, 250);
    gpio_set_function(13, GPIO_FUNC_PWM);
    expect_refusal(&beside, 12, 13, "GPIO 13 is in use");
    expect_refusal(&beside, 12, TA_PWM_ONE_PIN, "GPIO 13 shows PWM slice 6");
    assert_int_equal(pwm_hw->slice[6].top, 999);
    assert_int_equal(pwm_hw->slice[6].cc, 250 << 16 | 500);
    gpio_deinit(13);
    c = pwm_get_default_config();
    pwm_init(6, &c, false);
    assert_true(pwm_scene_run(&scene, 1000));
    must(pwm_scene_close(&scene));
    must(pwm_scene_check(&scene, &(stretch_t){1, 6000}, 1)); // nobody disturbed it
}

static void test_a_closed_slice_is_as_after_a_reset(void **state)
{
    (void)state;
    assert_true(pwm_scene_open(&scene, "pico2", NULL));
    must(pwm_scene_close(&scene));
    const pwm_slice_hw_t *slice = &pwm_hw->slice[7];
    assert_int_equal(slice->csr, 0);
    assert_int_equal(slice->cc, 0);
    assert_int_equal(slice->top, PWM_CH0_TOP_RESET);
    assert_int_equal(slice->div, PWM_CH0_DIV_RESET);
    const ta_pwm_t *pwm = &scene.pwm; // what is not held any more
    assert_true(pwm->slice < 0 && pwm->timer < 0 && pwm->rp2.feed_irq < 0);
    assert_true(pwm->rp2.dma_data < 0 && pwm->rp2.dma_next < 0 && pwm->rp2.dma_wipe < 0);
}

static void test_an_open_output_is_not_opened_again(void **state)
{
    (void)state;
    numbered_t program;
    scene_numbered(&program, 1, 3000, 44100, 16);
    assert_true(pwm_scene_open(&scene, "pico", NULL));
    ok(ta_output_play(&scene.pwm.output, &program.source));
    pwm_scene_run_us(&scene, 10000);
    const ta_pwm_config_t config = scene.config;
    assert_int_equal(ta_pwm_open(&scene.pwm, &config, &scene.memory), TA_E_STATE);
    assert_true(pwm_scene_run(&scene, 1000));
    must(pwm_scene_close(&scene));
    must(pwm_scene_check(&scene, &(stretch_t){1, 3000}, 1));
}

// ---- every claim fails once ----------------------------------------------------------------------------------------------

static uint64_t pins_moved;

static void note_pins(void *context, uint64_t cycle, uint64_t levels, uint64_t changed)
{
    (void)context;
    (void)cycle;
    (void)levels;
    pins_moved |= changed;
}

// Every claim made to fail in turn, and every allocation: a clean error each time, nothing left, no pin moved, and the next open works.
static void test_every_claim_and_allocation_fails_once(void **state)
{
    (void)state;
    unsigned claims = 0, allocations = 0;
    for (unsigned kind = 0; kind < 2; kind++) {
        for (unsigned nth = 1;; nth++) {
            assert_true(nth < 20);
            assert_int_equal(chip_boot(chip_board_find("pico")), 0);
            static beside_t beside;
            give_memory(&beside);
            ta_mem_probe_t probe;
            uint32_t sequence = 0;
            ta_mem_probe_init(&probe, &beside.arena.mem, &sequence, kind ? nth : 0);
            ta_memory_t memory = ta_memory_all(&probe.mem);
            const ta_pwm_config_t config = {.left_pin = 14, .right_pin = 15};
            pins_moved = 0;
            assert_true(chip_pins_listen(3ULL << 14, note_pins, NULL));
            if (!kind)
                chip_fail_claim(nth);
            ta_status_t status = ta_pwm_open(&beside.pwm, &config, &memory);
            if (status == TA_OK) {
                ta_pwm_close(&beside.pwm);
                chip_fail_claim(0);
                break;
            }
            assert_int_equal(status, kind ? TA_E_NOMEM : TA_E_BUSY);
            assert_true(strlen(beside.pwm.error) > 20);
            assert_true(chip_claims_none());
            assert_int_equal(beside.arena.used, 0);
            assert_int_equal(pins_moved, 0);
            chip_fail_claim(0);
            probe.fail_at = 0;
            ok(ta_pwm_open(&beside.pwm, &config, &memory));
            assert_int_equal(pins_moved, 3ULL << 14);
            ta_pwm_close(&beside.pwm);
            assert_true(chip_claims_none());
            assert_int_equal(beside.arena.used, 0);
            *(kind ? &allocations : &claims) += 1;
        }
    }
    printf("%u claims and %u allocations failed in turn\n", claims, allocations);
    assert_int_equal(claims, 5); // a timer, three channels, a software interrupt
    assert_int_equal(allocations, 2);
    chip_shutdown();
}

// ---- several -------------------------------------------------------------------------------------------------------------

// Opens outputs until one is refused; bit n of `pwm`: the nth is PWM.
static unsigned open_many(beside_t *beside, unsigned pwm, const char **refusal)
{
    for (unsigned o = 0;; o++) {
        assert_true(o < 6);
        give_memory(&beside[o]);
        uint8_t line = (uint8_t)(o % 2);
        ta_status_t status;
        if (pwm >> o & 1) {
            ta_pwm_config_t c = {
                .left_pin = (uint8_t)(16 + 2 * o), .right_pin = (uint8_t)(17 + 2 * o), .dma_irq = line, .ramp_ms = 2};
            status = ta_pwm_open(&beside[o].pwm, &c, &beside[o].memory);
            *refusal = beside[o].pwm.error;
        } else {
            ta_i2s_config_t c = {.data_pin = (uint8_t)(3 * o),
                                 .bclk_pin = (uint8_t)(3 * o + 1),
                                 .ws_pin = (uint8_t)(3 * o + 2),
                                 .dma_irq = line};
            status = ta_i2s_open(&beside[o].i2s, &c, &beside[o].memory);
            *refusal = beside[o].i2s.error;
        }
        if (status != TA_OK) {
            assert_int_equal(beside[o].arena.used, 0);
            return o;
        }
    }
}

// Three channels an output: four on RP2040, five on RP2350; and a timer for each PWM output, of which there are four.
static void test_as_many_outputs_as_channels_and_timers(void **state)
{
    (void)state;
    static beside_t beside[6];
    unsigned mixtures = 0, thin = scene_thin();
    for (unsigned b = 0; b < 2; b++) {
        for (unsigned pwm = 31 % thin; pwm < 32; pwm += thin) {
            const char *refusal;
            assert_int_equal(chip_boot(chip_board_find(b ? "pico2" : "pico")), 0);
            unsigned most = b ? 5 : 4, open = open_many(beside, pwm, &refusal);
            bool fifth = pwm == 31; // of PWM outputs: RP2350 has channels for it, and no chip a timer
            assert_int_equal(open, fifth ? 4 : most);
            assert_non_null(strstr(refusal, fifth ? "no DMA timer" : "DMA channels"));
            for (unsigned o = 0; o < open; o++) {
                if (pwm >> o & 1) {
                    ta_pwm_close(&beside[o].pwm);
                } else {
                    ta_i2s_close(&beside[o].i2s);
                }
                assert_int_equal(beside[o].arena.used, 0);
            }
            assert_true(chip_claims_none());
            assert_int_equal(chip_violations(NULL, 0), 0);
            mixtures++;
            chip_shutdown();
        }
    }
    assert_in_range(mixtures, 64 / thin, 64);
}

// Two PWM outputs of different rates and an I2S output play at once, each its own program, exactly.
static pwm_scene_t second;
static chip_i2s_t i2s_decoder;
static uint32_t i2s_next;
static bool i2s_wrong;

static void hear_i2s(void *context, uint64_t cycle, int32_t left, int32_t right)
{
    (void)context;
    (void)cycle;
    heard_t next = scene_frame(i2s_next, 16);
    bool is_next = left == next.left && right == next.right;
    i2s_wrong = i2s_wrong || (!is_next && i2s_next > 50001 && i2s_next <= 50000 + 6000);
    i2s_next += is_next;
}

static void test_outputs_of_different_rates_at_once(void **state)
{
    (void)state;
    for (unsigned b = 0; b < 2; b++) {
        static numbered_t a, c, d;
        static beside_t beside;
        ta_pwm_config_t config = pwm_scene_config();
        config.dma_irq = 1;
        assert_true(pwm_scene_open(&scene, b ? "pico2" : "pico", &config));
        config.left_pin = 21;
        config.right_pin = 20;
        config.rate_hz = 32000;
        config.dma_irq = 0;
        assert_true(pwm_scene_open_beside(&second, &config, 32768));
        give_memory(&beside);
        const chip_i2s_config_t wires = {9, 10, 11, 16, false};
        i2s_next = 50001;
        i2s_wrong = false;
        assert_true(chip_i2s_listen(&i2s_decoder, &wires, hear_i2s, NULL));
        ok(ta_i2s_open(&beside.i2s, &(ta_i2s_config_t){.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .rate_hz = 96000},
                       &beside.memory));
        scene_numbered(&a, 1, 5000, 44100, 16);
        scene_numbered(&c, 20001, 4000, 32000, 16);
        scene_numbered(&d, 50001, 6000, 96000, 16);
        ok(ta_output_play(&scene.pwm.output, &a.source));
        ok(ta_output_play(&second.pwm.output, &c.source));
        ok(ta_output_play(&beside.i2s.output, &d.source));
        assert_true(pwm_scene_run(&scene, 1000));
        assert_true(pwm_scene_run(&second, 1000));
        pwm_scene_run_us(&scene, 1000);
        chip_claims_t claims;
        chip_claims(&claims);
        assert_int_equal(__builtin_popcount(claims.dma_timers), 2);
        assert_int_equal(claims.pwm_slices, 1 << 7 | 1 << 2);
        ta_i2s_close(&beside.i2s);
        ta_pwm_close(&second.pwm);
        must(pwm_scene_close(&scene));
        must(pwm_scene_check(&scene, &(stretch_t){1, 5000}, 1));
        must(pwm_scene_check(&second, &(stretch_t){20001, 4000}, 1));
        assert_int_equal(i2s_next, 50000 + 6000 + 1);
        assert_false(i2s_wrong);
    }
}

static int close_all(void **state)
{
    (void)state;
    if (chip_board()) {
        ta_pwm_close(&scene.pwm);
        ta_pwm_close(&second.pwm);
    }
    return 0;
}

static int free_scene(void **state)
{
    (void)state;
    pwm_scene_free(&second);
    pwm_scene_free(&scene);
    return 0;
}

#define CLEAN(test) cmocka_unit_test_teardown(test, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEAN(test_refusals_name_what_is_wrong),
        CLEAN(test_memory_of_the_wrong_class_is_refused),
        CLEAN(test_a_slice_in_use_is_left_alone),
        CLEAN(test_a_closed_slice_is_as_after_a_reset),
        CLEAN(test_an_open_output_is_not_opened_again),
        CLEAN(test_every_claim_and_allocation_fails_once),
        CLEAN(test_as_many_outputs_as_channels_and_timers),
        CLEAN(test_outputs_of_different_rates_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, free_scene);
}
