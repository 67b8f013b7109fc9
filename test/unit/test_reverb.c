// Freeverb: two rooms that know nothing of each other, memory of exactly what is used, damping down to none, tails and their end. Its numbers
// are in test/model/test_fx_models.c.
#include "test/support/fx_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FRAMES = 30000 };
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static int16_t input[2 * FRAMES], heard[2 * FRAMES];

static void room(fx_rig_t *rig, ta_sample_t sample, unsigned channels, uint32_t rate)
{
    fx_rig_make(rig, FX_FREEVERB, sample, channels, rate, 256);
    assert_int_equal(ta_chain_set(&rig->freeverb.pre, NULL, 0), TA_OK);
    assert_int_equal(ta_chain_set(&rig->freeverb.post, NULL, 0), TA_OK);
}

static void listen(fx_rig_t *rig, ta_real_t size, ta_real_t damp, ta_real_t mix)
{
    ta_raw_t raw;
    ta_param_set(&rig->freeverb.roomsize, size);
    ta_param_set(&rig->freeverb.damp, damp);
    ta_param_set(&rig->freeverb.mix, mix);
    fx_rig_play(rig, &raw, TA_SAMPLE_S16, input, FRAMES);
    fx_rig_hear(rig, heard, FRAMES, 256);
    fx_rig_free(rig);
}

static void test_w37_channels_do_not_hear_each_other(void **state)
{
    (void)state;
    static int16_t alone[2 * FRAMES];
    for (unsigned c = 0; c < 2; c++) {
        fx_rig_t rig;
        unsigned sounding = 0;
        memset(input, 0, sizeof input);
        input[c] = 30000;
        room(&rig, TA_SAMPLE_S16, 2, 44100);
        listen(&rig, (ta_real_t)0.5, (ta_real_t)0.5, 1);
        for (size_t f = 0; f < FRAMES; f++) {
            assert_int_equal(heard[2 * f + 1 - c], 0);
            sounding += heard[2 * f + c] != 0;
        }
        assert_in_range(sounding, 1000, FRAMES);
        memcpy(alone, heard, sizeof alone);
        input[1 - c] = -20000; // and what the other one hears changes nothing
        room(&rig, TA_SAMPLE_S16, 2, 44100);
        listen(&rig, (ta_real_t)0.5, (ta_real_t)0.5, 1);
        for (size_t f = 0; f < FRAMES; f++)
            assert_int_equal(heard[2 * f + c], alone[2 * f + c]);
    }
}

// The left one is the mono one; the right one's lines are longer by 23 frames at 44.1 kHz.
static void test_w37_left_is_mono_and_right_is_longer(void **state)
{
    (void)state;
    static int16_t mono[FRAMES];
    fx_rig_t rig;
    size_t first[2] = {0};
    memset(input, 0, sizeof input);
    input[0] = 30000;
    room(&rig, TA_SAMPLE_S16, 1, 44100);
    listen(&rig, (ta_real_t)0.5, (ta_real_t)0.5, 1);
    memcpy(mono, heard, sizeof mono);
    input[1] = 30000;
    room(&rig, TA_SAMPLE_S16, 2, 44100);
    listen(&rig, (ta_real_t)0.5, (ta_real_t)0.5, 1);
    for (size_t f = FRAMES; f-- > 0;) {
        assert_int_equal(heard[2 * f], mono[f]);
        for (unsigned c = 0; c < 2; c++)
            first[c] = heard[2 * f + c] ? f : first[c];
    }
    assert_int_equal(first[0], 1116);
    assert_int_equal(first[1], 1116 + 23);
}

static void test_w37_lengths_are_times(void **state)
{
    (void)state;
    static const struct {
        uint32_t rate, first, bytes; // of the left one's first echo, and of lines, mono
    } rooms[] = {{44100, 1116, 25174}, {22050, 558, 0}, {88200, 2232, 50348}, {8000, 202, 0}, {48000, 1215, 0}};
    for (size_t r = 0; r < COUNT(rooms); r++) {
        fx_rig_t rig;
        size_t first = 0;
        memset(input, 0, sizeof input);
        input[0] = 30000;
        room(&rig, TA_SAMPLE_S16, 1, rooms[r].rate);
        if (rooms[r].bytes)
            assert_int_equal(rig.bytes[2], rooms[r].bytes);
        listen(&rig, (ta_real_t)0.5, (ta_real_t)0.5, 1);
        while (heard[first] == 0)
            first++;
        assert_int_equal(first, rooms[r].first);
    }
}

// No byte more than is used: 11,024 and 1,563 frames, and 12 lines of 23 more on the right.
static void test_w37_memory_is_what_is_used(void **state)
{
    (void)state;
    for (unsigned channels = 1; channels <= 2; channels++)
        for (uint32_t rate = TA_RATE_MIN_HZ; rate <= TA_RATE_MAX_HZ; rate += 383 * 7) {
            ta_need_t needs[TA_FREEVERB_NEEDS];
            ta_freeverb_config_t config = {{{TA_SAMPLE_S16, (uint8_t)channels, rate}, 0}, 0};
            assert_int_equal(ta_freeverb_need(&config, needs), TA_OK);
            assert_int_equal(needs[2].cls, TA_CLASS_BULK);
            double frames = (12587.0 * channels + 276.0 * (channels - 1)) * rate / 44100;
            assert_true((double)needs[2].bytes > 2 * (frames - 13 * channels) &&
                        (double)needs[2].bytes < 2 * (frames + 13 * channels));
        }
}

// At the first echo of an impulse: without damping it has its whole size and its sign.
static void test_w37_no_damping_keeps_the_sign(void **state)
{
    (void)state;
    long energy[2] = {0};
    for (unsigned way = 0; way < 2; way++) {
        fx_rig_t rig;
        memset(input, 0, sizeof input);
        for (size_t f = 0; f < 200; f++)
            input[f] = 10000;
        room(&rig, TA_SAMPLE_S16, 1, 44100);
        listen(&rig, (ta_real_t)0.5, way ? (ta_real_t)0.001 : 0, 1);
        for (size_t f = 0; f < 8000; f++)
            energy[way] += heard[f]; // echoes add up: if every second one were upside down, they would not
    }
    assert_true(energy[0] > 0 && labs(energy[0] - energy[1]) < energy[1] / 20);
}

// As loud as can be for as long as can be: no store wraps, so a steady sound gives a steady answer in the end.
static void test_w37_nothing_wraps(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        fx_rig_t rig;
        for (size_t f = 0; f < COUNT(input); f++)
            input[f] = (int16_t)(32767 * sign);
        room(&rig, TA_SAMPLE_S16, 1, 8000);
        listen(&rig, 1, 0, 1);
        for (size_t f = FRAMES / 2; f < FRAMES; f++)
            assert_true(abs(heard[f] - heard[FRAMES - 1]) <= 60); // 2 bits, 30 times
    }
}

static void test_w37_clear_silences_the_whole_tail(void **state)
{
    (void)state;
    for (unsigned channels = 1; channels <= 2; channels++) {
        fx_rig_t rig;
        ta_raw_t raw;
        fx_rig_noise(input, COUNT(input), 9);
        room(&rig, TA_SAMPLE_S16, channels, 44100);
        fx_rig_play(&rig, &raw, TA_SAMPLE_S16, input, 4000);
        fx_rig_hear(&rig, heard, 6000, 256);
        bool tail = false;
        for (size_t s = 5000 * channels; s < 6000 * channels; s++)
            tail = tail || heard[s] != 0; // it goes on without a source
        assert_true(tail);
        ta_fx_clear(rig.fx);
        fx_rig_hear(&rig, heard, 6000, 256);
        for (size_t s = 0; s < 6000 * channels; s++)
            assert_int_equal(heard[s], 0);
        fx_rig_free(&rig);
    }
}

// The filters have a memory for each channel: a sound on one side leaves the other one silent.
static void test_w37_filters_are_apart(void **state)
{
    (void)state;
    fx_rig_t rig;
    fx_rig_make(&rig, FX_FREEVERB, TA_SAMPLE_S16, 2, 44100, 256);
    fx_rig_noise(input, COUNT(input), 2);
    for (size_t f = 0; f < FRAMES; f++)
        input[2 * f] = 0;
    listen(&rig, (ta_real_t)0.5, (ta_real_t)0.5, (ta_real_t)0.5);
    for (size_t f = 0; f < FRAMES; f++)
        assert_int_equal(heard[2 * f], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_w37_channels_do_not_hear_each_other),
        cmocka_unit_test(test_w37_left_is_mono_and_right_is_longer),
        cmocka_unit_test(test_w37_lengths_are_times),
        cmocka_unit_test(test_w37_memory_is_what_is_used),
        cmocka_unit_test(test_w37_no_damping_keeps_the_sign),
        cmocka_unit_test(test_w37_nothing_wraps),
        cmocka_unit_test(test_w37_clear_silences_the_whole_tail),
        cmocka_unit_test(test_w37_filters_are_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
