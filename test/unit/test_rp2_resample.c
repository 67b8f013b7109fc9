// I2S and PWM outputs of a fixed rate that resample: plans, refusals, and a PWM output that plays so and gives everything back. What is heard of I2S, golden/resample.py says.
#include "test/support/pwm_scene.h"
#include "test/support/tone_source.h"

#include "tonearm/i2s.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const ta_i2s_config_t i2s = {.data_pin = 9, .bclk_pin = 10, .ws_pin = 11, .rate_hz = 44100, .fixed_rate = true};

static void test_plans_have_the_resampler(void **state)
{
    (void)state;
    chip_shutdown();
    assert_int_equal(chip_boot(chip_board_find("pico")), 0);
    ta_i2s_config_t config = i2s;
    ta_i2s_plan_t plan, without;
    assert_int_equal(ta_i2s_plan(&config, &without, NULL), TA_OK);
    size_t last = without.needs[1].bytes;
    static const ta_output_resampling_t *const ways[] = {&ta_output_resample_linear, &ta_output_resample_good,
                                                         &ta_output_resample_best};
    for (unsigned w = 0; w < 3; w++) { // each takes more than the one before, of FAST alone
        config.resample = ways[w];
        assert_int_equal(ta_i2s_plan(&config, &plan, NULL), TA_OK);
        assert_true(plan.needs[1].bytes > last);
        assert_int_equal(plan.needs[0].bytes, without.needs[0].bytes);
        last = plan.needs[1].bytes;
    }
    config.resample_max_hz = 384000;
    assert_int_equal(ta_i2s_plan(&config, &plan, NULL), TA_OK);
    assert_true(plan.needs[1].bytes > last);
    ta_pwm_config_t pwm = pwm_scene_config();
    ta_pwm_plan_t pwm_plan;
    pwm.fixed_rate = true;
    assert_int_equal(ta_pwm_plan(&pwm, &pwm_plan, NULL), TA_OK);
    last = pwm_plan.needs[1].bytes;
    pwm.resample = &ta_output_resample_good;
    assert_int_equal(ta_pwm_plan(&pwm, &pwm_plan, NULL), TA_OK);
    assert_true(pwm_plan.needs[1].bytes > last);
    chip_shutdown();
}

static void test_refusals_have_sentences(void **state)
{
    (void)state;
    chip_shutdown();
    assert_int_equal(chip_boot(chip_board_find("pico")), 0);
    char error[TA_SENTENCE_MAX];
    ta_i2s_config_t config = i2s;
    ta_i2s_plan_t plan;
    ta_pwm_config_t pwm = pwm_scene_config();
    ta_pwm_plan_t pwm_plan;
    config.resample = pwm.resample = &ta_output_resample_good;
    config.fixed_rate = pwm.fixed_rate = false;
    assert_int_equal(ta_i2s_plan(&config, &plan, error), TA_E_ARG);
    assert_non_null(strstr(error, "i2s: resampling wants a fixed rate"));
    assert_int_equal(ta_pwm_plan(&pwm, &pwm_plan, error), TA_E_ARG);
    assert_non_null(strstr(error, "pwm: resampling wants a fixed rate"));
    config.fixed_rate = true;
    config.resample_max_hz = 384001;
    assert_int_equal(ta_i2s_plan(&config, &plan, error), TA_E_RATE);
    assert_non_null(strstr(error, "384001"));
    chip_shutdown();
}

static void test_pwm_plays_other_rates(void **state)
{
    (void)state;
    static const uint32_t rates[] = {8000, 48000, 96000, 44100};
    static pwm_scene_t scene;
    static tone_source_t tone[4];
    ta_pwm_config_t config = pwm_scene_config();
    config.fixed_rate = true;
    config.resample = &ta_output_resample_good;
    assert_true(pwm_scene_open(&scene, "pico", &config));
    uint64_t frames = 0;
    for (unsigned r = 0; r < 4; r++) {
        tone_source_init(&tone[r], &(ta_format_t){TA_SAMPLE_S16, (uint8_t)(1 + r % 2), rates[r]}, 1000);
        frames += (1000 * 44100ULL + rates[r] - 1) / rates[r];
        assert_int_equal(ta_output_play(&scene.pwm.output, &tone[r].source), TA_OK);
        assert_true(pwm_scene_run(&scene, 2000));
        assert_false(ta_output_holds(&scene.pwm.output, &tone[r].source));
    }
    tone_source_init(&tone[0], &(ta_format_t){TA_SAMPLE_S16, 1, 96001}, 10);
    assert_int_equal(ta_output_play(&scene.pwm.output, &tone[0].source), TA_E_RATE);
    ta_output_stats_t stats;
    ta_output_stats(&scene.pwm.output, &stats);
    assert_int_equal(stats.ring.holes, 0);
    assert_int_equal(stats.source_frames, frames);
    assert_int_equal(stats.rate_hz, 44100);
    const char *wrong = pwm_scene_close(&scene);
    if (wrong)
        fail_msg("%s", wrong);
    pwm_scene_free(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plans_have_the_resampler),
        cmocka_unit_test(test_refusals_have_sentences),
        cmocka_unit_test(test_pwm_plays_other_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
