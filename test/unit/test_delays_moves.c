// The effects that remember while their parameters move: no click, no hole, nothing outside their memory and nothing that grows, whatever the numbers are; and
// what PitchShift and GranularPitchShift owe to pitch and level.
#include "test/support/delay_rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 48000, ALL = 24000 };

static int sound[2 * ALL], heard[2 * ALL];
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

// ---- clicks ----------------------------------------------------------------------------------------------------------------

// 100 Hz, 10000: 131 from frame to frame at most.
static void make_sine(void)
{
    for (size_t t = 0; t < ALL; t++)
        sound[t] = (int)lrint(10000 * sin(6.283185307179586 * 100 * (double)t / RATE));
}

static int steepest(size_t from, size_t to)
{
    int steepest = 0;
    for (size_t t = from + 1; t < to; t++)
        steepest = abs(heard[t] - heard[t - 1]) > steepest ? abs(heard[t] - heard[t - 1]) : steepest;
    return steepest;
}

typedef struct {
    rig_kind_t kind;
    unsigned param;
    double values[4]; // one after the other
    int steepest; // a change of what is heard of 20000, over 64 frames, is 313; and the sine's own slope, as often as it is heard
} move_t;

static const move_t moves[] = {
    {RIG_ECHO, 0, {10, 14.9, 3, 25}, 900},      {RIG_ECHO, 1, {0.9, 0, 0.5, 0.1}, 700},
    {RIG_ECHO, 2, {0, 1, 0.3, 0}, 450},         {RIG_CHORUS, 0, {10, 14.9, 3, 25}, 450},
    {RIG_CHORUS, 1, {1, 4, 2, 9}, 450},         {RIG_CHORUS, 2, {0, 1, 0.2, 0.6}, 450},
    {RIG_FLANGER, 0, {1, 4.9, 0, 9}, 450},      {RIG_FLANGER, 1, {0.1, 5, 0, 1}, 450},
    {RIG_FLANGER, 2, {0, 1, 0.3, 0.7}, 450},    {RIG_FLANGER, 3, {0.9, -0.9, 0.5, 0}, 450},
    {RIG_FLANGER, 4, {0, 1, 0.3, 0}, 450},      {RIG_MULTITAP, 0, {10, 14.9, 3, 25}, 450},
    {RIG_MULTITAP, 1, {0.9, 0, 0.5, 0.1}, 700}, {RIG_MULTITAP, 2, {0, 1, 0.3, 0.7}, 450},
    {RIG_PITCH, 0, {0, 5, -7, 0}, 450},         {RIG_PITCH, 1, {0, 1, 0.3, 0.7}, 450},
    {RIG_GRANULAR, 0, {0, 5, -7, 0}, 450},      {RIG_GRANULAR, 1, {0, 1, 0.3, 0.7}, 450},
    {RIG_GRANULAR, 2, {0, 1, 0.3, 0.7}, 450},
};

static void make(rig_t *rig, rig_kind_t kind, unsigned channels)
{
    rig_config_t config = {.kind = kind, .format = {TA_SAMPLE_S16, (uint8_t)channels, RATE}, .buffer_frames = 480};
    config.max_ms = kind == RIG_FLANGER ? 10 : 25;
    config.filters_max = config.taps_max = 4;
    assert_int_equal(rig_make(rig, &config), TA_OK);
}

static void move(const move_t *m, unsigned variant)
{
    rig_t rig;
    rig_sound_t source;
    ta_param_t *params[6];
    make(&rig, m->kind, 1);
    (void)rig_params(&rig, params);
    if (m->kind == RIG_ECHO)
        rig.as.echo.freq_shift = variant == 1;
    if (m->kind == RIG_FLANGER)
        rig.as.flanger.invert = variant == 1;
    if (m->kind == RIG_CHORUS && m->param == 0)
        ta_param_set(&rig.as.chorus.voices, 3);
    if ((m->kind == RIG_ECHO || m->kind == RIG_MULTITAP) && m->param == 1) { // in phase, and all of it is heard
        ta_param_set(params[0], 20);
        ta_param_set(params[2], (ta_real_t)0.5);
    }
    make_sine();
    rig_play(&rig, &source, sound, ALL);
    ta_param_set(params[m->param], (ta_real_t)m->values[0]);
    assert_true(rig_hear(&rig, heard, 3000, 256));
    for (unsigned at = 3000; at < ALL; at += 1000) {
        ta_param_set(params[m->param], (ta_real_t)m->values[at / 1000 % 4]);
        assert_true(rig_hear(&rig, heard + at, 1000, 256));
    }
    int found = steepest(0, ALL);
    if (found > m->steepest)
        fail_msg("%s, parameter %u, variant %u: a step of %d", rig_name(m->kind), m->param, variant, found);
    rig_silence(&source);
    rig_free(&rig);
}

static void test_no_change_of_a_parameter_clicks(void **state)
{
    (void)state;
    for (size_t m = 0; m < COUNT(moves); m++)
        for (unsigned variant = 0; variant < 2; variant++)
            move(&moves[m], variant);
}

// What is no parameter: freq_shift, invert, taps, filters.
static void switch_it(rig_t *rig, unsigned round)
{
    static const ta_tap_t taps[] = {{(ta_real_t)0.3, 1}, {(ta_real_t)0.7, 1}, {1, 1}, {(ta_real_t)0.1, 1}};
    if (rig->config.kind == RIG_ECHO)
        rig->as.echo.freq_shift = round % 2;
    if (rig->config.kind == RIG_FLANGER)
        rig->as.flanger.invert = round % 2;
    if (rig->config.kind == RIG_MULTITAP)
        assert_int_equal(ta_multitap_set_taps(&rig->as.multitap, taps + round % 4, round * 7 % (5 - round % 4)), TA_OK);
}

static void test_no_switch_clicks(void **state)
{
    (void)state;
    static const rig_kind_t kinds[] = {RIG_ECHO, RIG_FLANGER, RIG_MULTITAP};
    for (size_t k = 0; k < COUNT(kinds); k++) {
        rig_t rig;
        rig_sound_t source;
        make(&rig, kinds[k], 1);
        make_sine();
        if (kinds[k] == RIG_ECHO)
            ta_param_set(&rig.as.echo.delay_ms, 17);
        rig_play(&rig, &source, sound, ALL);
        for (unsigned at = 0; at < ALL; at += 1200) {
            assert_true(rig_hear(&rig, heard + at, 1200, 256));
            switch_it(&rig, at / 1200);
        }
        assert_in_range(steepest(0, ALL), 0, 450);
        rig_silence(&source);
        rig_free(&rig);
    }
}

// ---- any number ------------------------------------------------------------------------------------------------------------

static const double numbers[] = {(double)NAN,
                                 (double)INFINITY,
                                 -(double)INFINITY,
                                 1e30,
                                 -1e30,
                                 1e-40,
                                 0,
                                 -0.0,
                                 1,
                                 -1,
                                 0.5,
                                 0.1,
                                 0.005,
                                 0.01,
                                 2,
                                 4,
                                 13,
                                 24,
                                 48,
                                 -48,
                                 100,
                                 4e3,
                                 4e5,
                                 4.3e9,
                                 -7,
                                 0.95};

static ta_real_t any_number(ta_control_t *control, const ta_clock_t *clock)
{
    (void)control;
    return (ta_real_t)numbers[clock->number * 7919U % COUNT(numbers)];
}

static void stir(rig_t *rig, uint32_t *state, ta_control_t *control)
{
    ta_param_t *params[6];
    unsigned count = rig_params(rig, params);
    for (unsigned p = 0; p < count; p++) {
        if (rig_chance(state, 4) == 0)
            ta_param_follow(params[p], control);
        else
            ta_param_set(params[p], (ta_real_t)numbers[rig_chance(state, COUNT(numbers))]);
    }
    if (rig_chance(state, 3) == 0)
        switch_it(rig, rig_chance(state, 40));
}

static void settle(rig_t *rig)
{
    ta_param_t *params[6];
    unsigned count = rig_params(rig, params);
    for (unsigned p = 0; p < count; p++)
        ta_param_set(params[p], (ta_real_t)0.5);
    if (rig->config.kind == RIG_ECHO)
        ta_param_set(&rig->as.echo.delay_ms, 3);
    if (rig->config.kind == RIG_MULTITAP)
        ta_param_set(&rig->as.multitap.delay_ms, 3);
}

// Numbers that are none, endless, huge and on the move, into lines of exactly their size; in the end a sane echo of silence dies away.
static void test_any_number_at_any_time_stays_within_and_dies_away(void **state)
{
    (void)state;
    static const uint32_t buffers[] = {1, 3, 64, 100, 257, 480};
    static const ta_sample_t samples[] = {TA_SAMPLE_S16, TA_SAMPLE_U8, TA_SAMPLE_S16, TA_SAMPLE_U16};
    uint32_t chance = 1;
    for (rig_kind_t kind = 0; kind < RIG_KINDS; kind++)
        for (unsigned way = 0; way < 48; way++) {
            rig_t rig;
            rig_sound_t source;
            ta_control_t control;
            rig_config_t config = {.kind = kind,
                                   .format = {samples[way % 4], (uint8_t)(1 + way / 4 % 2), way % 5 ? 8000 : 1000}};
            config.buffer_frames = buffers[way % COUNT(buffers)];
            config.max_ms = way % 7 ? 20 : 1;
            config.taps_max = config.filters_max = 4;
            config.window = kind == RIG_GRANULAR ? 2 + rig_chance(&chance, 200) : rig_chance(&chance, 300);
            config.overlap = kind == RIG_GRANULAR ? rig_chance(&chance, 9) : rig_chance(&chance, 300);
            assert_int_equal(rig_make(&rig, &config), TA_OK);
            ta_control_init(&control, any_number);
            unsigned top = config.format.sample == TA_SAMPLE_U8 ? 256 : 65536;
            for (size_t s = 0; s < 2 * (size_t)ALL; s++)
                sound[s] = (int)rig_chance(&chance, top) - (int)(top / 2);
            rig_play(&rig, &source, sound, 6000);
            for (uint32_t at = 0; at < 8000; at += 200) {
                stir(&rig, &chance, &control);
                assert_true(rig_hear(&rig, heard, 200, 64));
            }
            settle(&rig);
            assert_true(rig_hear(&rig, heard, 4000, 256));
            assert_true(rig_hear(&rig, heard, 500, 256));
            for (size_t s = 0; s < 500U * config.format.channels; s++)
                assert_int_equal(heard[s], 0);
            rig_silence(&source);
            rig_free(&rig);
        }
}

static void test_loud_feedback_stays_bounded(void **state)
{
    (void)state;
    for (size_t t = 0; t < 2 * (size_t)ALL; t++)
        sound[t] = t / 50 % 2 ? 32767 : -32768;
    for (rig_kind_t kind = 0; kind < RIG_KINDS; kind++) {
        rig_t rig;
        rig_sound_t source;
        ta_param_t *params[6];
        ta_biquad_t biquad;
        make(&rig, kind, 2);
        unsigned count = rig_params(&rig, params);
        for (unsigned p = 0; p < count; p++)
            ta_param_set(params[p], 1e9);
        assert_int_equal(ta_biquad_init(&biquad, TA_BIQUAD_PEAKING_EQ, 1000), TA_OK);
        ta_param_set(&biquad.a, 10);
        ta_biquad_t *const chain[] = {&biquad, &biquad, &biquad, &biquad};
        if (kind == RIG_ECHO)
            assert_int_equal(ta_chain_set(&rig.as.echo.chain, chain, 4), TA_OK);
        rig_play(&rig, &source, sound, ALL);
        assert_true(rig_hear(&rig, heard, ALL, 256));
        for (size_t s = 0; s < 2 * (size_t)ALL; s++)
            assert_in_range(heard[s] + 40000, 40000 - 32096, 40000 + 32096); // the knee's ends
        rig_silence(&source);
        rig_free(&rig);
    }
}

// ---- PitchShift, GranularPitchShift ----------------------------------------------------------------------------------------

static void test_w14_any_window_and_overlap_are_made_to_fit(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, 2, 63, 64, 65, 512, 16384, 16385, 65536, 1U << 31, UINT32_MAX};
    uint32_t chance = 5;
    for (size_t t = 0; t < ALL; t++)
        sound[t] = (int)rig_chance(&chance, 65536) - 32768;
    for (size_t w = 0; w < COUNT(sizes); w++)
        for (size_t o = 0; o < COUNT(sizes); o++) {
            rig_t rig;
            rig_sound_t source;
            rig_config_t config = {
                .kind = RIG_PITCH, .format = {TA_SAMPLE_S16, 1, RATE}, .window = sizes[w], .overlap = sizes[o]};
            assert_int_equal(rig_make(&rig, &config), TA_OK);
            const ta_pitch_t *pitch = &rig.as.pitch;
            assert_in_range(pitch->window, TA_PITCH_WINDOW_MIN, TA_PITCH_WINDOW_MAX);
            assert_in_range(pitch->overlap, 1, pitch->window - 1);
            assert_true(pitch->window == sizes[w] || sizes[w] < TA_PITCH_WINDOW_MIN || sizes[w] > TA_PITCH_WINDOW_MAX);
            assert_true(pitch->overlap == sizes[o] || sizes[o] == 0 || sizes[o] >= pitch->window);
            ta_param_set(&rig.as.pitch.semitones, w % 2 ? 48 : -48);
            rig_play(&rig, &source, sound, 3000);
            assert_true(rig_hear(&rig, heard, 3000, 256));
            assert_in_range(pitch->lead_q16, 0, pitch->window * 65536 - 1);
            rig_silence(&source);
            rig_free(&rig);
        }
}

// In cents: what a frame is read further for each one that is written.
static void test_w46_rates_are_exact(void **state)
{
    (void)state;
    rig_t rig;
    make(&rig, RIG_PITCH, 1);
    for (int tenth = -480; tenth <= 480; tenth++) {
        ta_param_set(&rig.as.pitch.semitones, (ta_real_t)tenth / 10);
        assert_true(rig_hear(&rig, heard, 480, 480));
        double exact = 65536 * pow(2, (double)(ta_real_t)(tenth / (ta_real_t)10) / 12);
        assert_true(fabs(rig.as.pitch.rate_q16 - exact) <= 0.501 + exact * (sizeof(ta_real_t) == 4 ? 4e-7 : 0));
        assert_true(tenth % 120 != 0 || rig.as.pitch.rate_q16 == (uint32_t)exact);
    }
    rig_free(&rig);
}

// A shift of 0 is the sound itself, `overlap` late; also after other shifts, once it has come to rest.
static void test_w46_no_shift_is_exact(void **state)
{
    (void)state;
    uint32_t chance = 77;
    for (size_t t = 0; t < ALL; t++)
        sound[t] = (int)rig_chance(&chance, 50000) - 25000; // the knee bends none of it
    static const double before[] = {0, 7, -3, 24, -0.01, 0.37};
    for (size_t b = 0; b < COUNT(before); b++) {
        rig_t rig;
        rig_sound_t source;
        make(&rig, RIG_PITCH, 1);
        ta_param_set(&rig.as.pitch.semitones, (ta_real_t)before[b]);
        rig_play(&rig, &source, sound, ALL);
        assert_true(rig_hear(&rig, heard, 4913, 256));
        ta_param_set(&rig.as.pitch.semitones, 0);
        assert_true(rig_hear(&rig, heard + 4913, ALL - 4913, 256));
        assert_int_equal(rig.as.pitch.lead_q16 % 65536, 0);
        size_t late = (rig.as.pitch.lead_q16 ? 512 + 64 : 64) - rig.as.pitch.lead_q16 / 65536;
        assert_in_range(late, 64, 512); // not within the overlap, where two are heard
        size_t from = b == 0 ? late : 16000;
        for (size_t t = from; t < ALL; t++)
            assert_int_equal(heard[t], sound[t - late]);
        rig_silence(&source);
        rig_free(&rig);
    }
}

// From two grains at a time on their levels add up to one: a steady input comes out as it is, to the last bit, whatever their size, shift and spread.
static void test_w46_grains_add_up(void **state)
{
    (void)state;
    static const uint32_t grains[] = {2, 3, 5, 16, 97, 256, 1000, 1024};
    static const int levels[] = {10000, -10000, 1, -1, 28000, -28000, 12345};
    static const double semitones[] = {0, 12, -12, 7, 24, -48, 0.5};
    for (size_t g = 0; g < COUNT(grains); g++)
        for (uint32_t density = 2; density <= TA_GRAIN_DENSITY_MAX; density++)
            for (size_t l = 0; l < COUNT(levels); l++) {
                rig_t rig;
                rig_sound_t source;
                rig_config_t config = {
                    .kind = RIG_GRANULAR, .format = {TA_SAMPLE_S16, 1, RATE}, .window = grains[g], .overlap = density};
                assert_int_equal(rig_make(&rig, &config), TA_OK);
                ta_param_set(&rig.as.granular.semitones, (ta_real_t)semitones[(g + l) % COUNT(semitones)]);
                ta_param_set(&rig.as.granular.spread, l % 2 ? 1 : 0);
                for (size_t t = 0; t < 8000; t++)
                    sound[t] = levels[l];
                rig_play(&rig, &source, sound, 8000);
                assert_true(rig_hear(&rig, heard, 8000, 256));
                for (size_t t = 6000; t < 8000; t++) // the line is full: 4 grains, and one to begin with
                    if (heard[t] != levels[l])
                        fail_msg("%u grains of %u, a level of %d: %d", (unsigned)density, (unsigned)grains[g],
                                 levels[l], heard[t]);
                rig_silence(&source);
                rig_free(&rig);
            }
}

// Nothing is heard before it was played, nor after the line can still hold it: a grain neither overtakes the writer nor is overtaken.
static void test_w46_grains_stay_between_the_writer_and_the_end(void **state)
{
    (void)state;
    static const double semitones[] = {24, 23.9, 19, 13, 12, 0, -1, -12, -48};
    enum { GRAIN = 300, ON = 5000, OFF = 9000, SPAN = 16000 };
    for (size_t t = 0; t < SPAN; t++)
        sound[t] = t >= ON && t < OFF ? 20000 : 0;
    for (size_t p = 0; p < COUNT(semitones); p++)
        for (uint32_t density = 1; density <= TA_GRAIN_DENSITY_MAX; density++) {
            rig_t rig;
            rig_sound_t source;
            rig_config_t config = {
                .kind = RIG_GRANULAR, .format = {TA_SAMPLE_S16, 1, RATE}, .window = GRAIN, .overlap = density};
            assert_int_equal(rig_make(&rig, &config), TA_OK);
            ta_param_set(&rig.as.granular.semitones, (ta_real_t)semitones[p]);
            ta_param_set(&rig.as.granular.spread, 1);
            rig_play(&rig, &source, sound, SPAN);
            assert_true(rig_hear(&rig, heard, SPAN, 256));
            for (size_t t = 0; t < ON; t++)
                assert_int_equal(heard[t], 0);
            for (size_t t = OFF + 4 * GRAIN + 2; t < SPAN; t++)
                assert_int_equal(heard[t], 0);
            bool sounded = false;
            for (size_t t = ON; t < OFF; t++)
                sounded = sounded || heard[t] > 10000;
            assert_true(sounded);
            rig_silence(&source);
            rig_free(&rig);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_change_of_a_parameter_clicks),
        cmocka_unit_test(test_no_switch_clicks),
        cmocka_unit_test(test_any_number_at_any_time_stays_within_and_dies_away),
        cmocka_unit_test(test_loud_feedback_stays_bounded),
        cmocka_unit_test(test_w14_any_window_and_overlap_are_made_to_fit),
        cmocka_unit_test(test_w46_rates_are_exact),
        cmocka_unit_test(test_w46_no_shift_is_exact),
        cmocka_unit_test(test_w46_grains_add_up),
        cmocka_unit_test(test_w46_grains_stay_between_the_writer_and_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
