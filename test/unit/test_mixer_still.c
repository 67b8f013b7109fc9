// A mixer that nobody pulls: the task takes up what a tick would have, and begins anew.
#include "tonearm/mixer.h"
#include "tonearm/raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FRAMES = 1000, BLOCK = 32 };

static int16_t ones[FRAMES], twos[FRAMES];
static ta_mixer_t mixer;
static void *storage;

static void set_up(void)
{
    const ta_mixer_config_t config = {.format = {TA_SAMPLE_S16, 1, 8000}, .voices = 2, .buffer_frames = BLOCK};
    ta_need_t need;
    for (unsigned f = 0; f < FRAMES; f++) {
        ones[f] = 1000;
        twos[f] = 2000;
    }
    assert_int_equal(ta_mixer_need(&config, &need), TA_OK);
    storage = calloc(1, need.bytes);
    assert_int_equal(ta_mixer_init(&mixer, &config, storage), TA_OK);
}

static void source(ta_raw_t *raw, const int16_t *samples)
{
    assert_int_equal(ta_raw_init(raw, &(ta_format_t){TA_SAMPLE_S16, 1, 8000}, samples, FRAMES), TA_OK);
}

static int16_t next(uint32_t frames)
{
    ta_block_t block;
    int16_t first = 0;
    for (uint32_t f = 0; f < frames; f += block.frames) {
        assert_int_equal(ta_source_pull(&mixer.source, frames - f, &block), TA_PULL_MORE);
        if (f == 0)
            first = *(const int16_t *)block.data;
    }
    return first;
}

static void test_settle_lets_go_at_once_and_without_a_fall(void **state)
{
    (void)state;
    ta_raw_t one, two;
    set_up();
    source(&one, ones);
    source(&two, twos);
    assert_int_equal(ta_mixer_play(&mixer, 0, &one.source), TA_OK);
    assert_int_equal(next(BLOCK), 1000);
    assert_int_equal(ta_mixer_play(&mixer, 0, &two.source), TA_OK);
    assert_true(ta_mixer_holds(&mixer, &one.source));
    ta_mixer_settle(&mixer, 1); // nothing was offered there
    assert_true(ta_mixer_holds(&mixer, &one.source));
    ta_mixer_settle(&mixer, 2); // there is no such voice
    ta_mixer_settle(&mixer, 0);
    assert_false(ta_mixer_holds(&mixer, &one.source));
    assert_true(ta_mixer_holds(&mixer, &two.source));
    ta_param_set(ta_mixer_level(&mixer, 0), (ta_real_t)0.5);
    assert_int_equal(next(BLOCK), 1000); // neither a ramp from the level before nor what falls of the first
    assert_int_equal(ta_mixer_stop(&mixer, 0), TA_OK);
    ta_mixer_settle(&mixer, 0);
    assert_false(ta_mixer_holds(&mixer, &two.source));
    source(&two, twos);
    assert_int_equal(ta_mixer_play(&mixer, 0, &two.source), TA_OK);
    assert_int_equal(next(BLOCK), 1000); // nothing falls of what was let go
    free(storage);
}

static void test_clear_drops_what_is_worked_out_and_lets_voices_begin_at_their_levels(void **state)
{
    (void)state;
    ta_raw_t one;
    set_up();
    source(&one, ones);
    assert_int_equal(ta_mixer_play(&mixer, 0, &one.source), TA_OK);
    assert_int_equal(next(1), 1000);
    assert_int_equal(ta_mixer_stop(&mixer, 0), TA_OK);
    assert_int_equal(next(BLOCK - 1 + 8), 1000); // eight frames of its fall
    ta_param_set(ta_mixer_level(&mixer, 1), (ta_real_t)0.5);
    source(&one, ones);
    assert_int_equal(ta_mixer_play(&mixer, 1, &one.source), TA_OK);
    ta_mixer_clear(&mixer);
    assert_int_equal(next(BLOCK), 500); // nothing falls, and no frame of a block before is left
    ta_param_set(ta_mixer_level(&mixer, 1), 1);
    ta_mixer_clear(&mixer);
    assert_int_equal(next(BLOCK), 1000);              // no ramp
    assert_int_equal(one.source.position, 2 * BLOCK); // what is played goes on where it was
    free(storage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settle_lets_go_at_once_and_without_a_fall),
        cmocka_unit_test(test_clear_drops_what_is_worked_out_and_lets_voices_begin_at_their_levels),
    };
    return cmocka_run_group_tests_name("mixer that nobody pulls", tests, NULL, NULL);
}
