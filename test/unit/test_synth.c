// The synthesizer's contract: needs, presses and releases while it plays, what sounds, voices that have to go, and what is off by default. Its numbers: test/model.
#include "test/support/synth_rig.h"

#include "src/source/synth_private.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static synth_rig_t rig;
static int16_t out[2 * 65536];

static void ok(ta_status_t status)
{
    assert_int_equal(status, TA_OK);
}

static ta_synth_config_t config_of(uint8_t polyphony)
{
    return (ta_synth_config_t){.rate_hz = 8000, .channels = 1, .polyphony = polyphony};
}

static void open_plain(uint8_t polyphony)
{
    const ta_synth_config_t config = config_of(polyphony);
    synth_rig_open(&rig, &config);
}

static int close_rig(void **state)
{
    (void)state;
    synth_rig_close(&rig);
    return 0;
}

static void pull(uint32_t frames)
{
    assert_int_equal(synth_rig_pull(&rig.synth.source, out, frames, 4096), frames);
}

static int32_t peak(uint32_t samples)
{
    int32_t most = 0;
    for (uint32_t s = 0; s < samples; s++)
        most = abs(out[s]) > most ? abs(out[s]) : most;
    return most;
}

static ta_envelope_state_t state_of_key(unsigned key)
{
    ta_voice_info_t info;
    return ta_synth_key_info(&rig.synth, 0, key, &info) ? info.state : TA_ENVELOPE_NONE;
}

static void press(unsigned key)
{
    ok(ta_synth_press_key(&rig.synth, 0, key, 127));
}

// ---- memory ------------------------------------------------------------------------------------------------------------------------

static void test_refusals(void **state)
{
    (void)state;
    static const int16_t samples[4];
    const ta_envelope_t bad[] = {
        {-1, 0, 0, 1, 1}, {0, 0, 0, (ta_real_t)1.1, 1}, {0, 0, 0, 1, (ta_real_t)NAN}, {0, (ta_real_t)NAN, 0, 1, 1}};
    ta_synth_config_t config = config_of(0);
    ta_need_t need = {0};
    ok(ta_synth_need(&config, &need));
    assert_true(need.cls == TA_CLASS_FAST && need.align >= sizeof(void *));
    for (size_t b = 0; b < sizeof bad / sizeof bad[0]; b++) {
        config.envelope = &bad[b];
        assert_int_equal(ta_synth_need(&config, &need), TA_E_ARG);
    }
    config.envelope = NULL;
    config.polyphony = TA_SYNTH_POLYPHONY_MAX + 1;
    assert_int_equal(ta_synth_need(&config, &need), TA_E_ARG);
    config = config_of(1);
    const ta_wave_t waves[] = {{samples, 1},
                               {samples, TA_WAVE_LENGTH_MAX + 1},
                               {(const int16_t *)(const void *)((const char *)samples + 1), 2}};
    for (size_t w = 0; w < sizeof waves / sizeof waves[0]; w++) {
        config.wave = waves[w];
        assert_int_equal(ta_synth_need(&config, &need), TA_E_ARG);
    }
    config = config_of(1);
    config.channels = 3;
    assert_int_equal(ta_synth_need(&config, &need), TA_E_FORMAT);
    config.channels = 2;
    config.rate_hz = 999;
    assert_int_equal(ta_synth_need(&config, &need), TA_E_FORMAT);
    config.rate_hz = 8000;
    ta_synth_t synth;
    assert_int_equal(ta_synth_init(&synth, &config, NULL), TA_E_ARG);
    assert_int_equal(ta_synth_init(&synth, &config, (char *)out + 1), TA_E_ARG);
}

static void test_settings_out_of_range_change_nothing(void **state)
{
    (void)state;
    ta_note_t note;
    const ta_wave_t wave = {out, 1};
    const ta_envelope_t envelope = {0, 0, 0, 2, 1};
    assert_int_equal(ta_note_init(&note, -1), TA_E_ARG);
    assert_true(ta_note_setting(&note)->frequency_hz == 0);
    ok(ta_note_init(&note, 100));
    const uint32_t version = note.version;
    assert_int_equal(ta_note_set_frequency(&note, 32768), TA_E_ARG);
    assert_int_equal(ta_note_set_frequency(&note, (ta_real_t)NAN), TA_E_ARG);
    assert_int_equal(ta_note_set_ring_frequency(&note, -1), TA_E_ARG);
    assert_int_equal(ta_note_set_wave(&note, &wave), TA_E_ARG);
    assert_int_equal(ta_note_set_ring_wave(&note, &wave), TA_E_ARG);
    assert_int_equal(ta_note_set_envelope(&note, &envelope), TA_E_ARG);
    assert_int_equal(ta_note_set_tone(&note, TA_TONES), TA_E_ARG);
    assert_int_equal(note.version, version);
    assert_true(ta_note_setting(&note)->frequency_hz == 100 && ta_note_setting(&note)->wave.samples == NULL);
}

// ---- presses -----------------------------------------------------------------------------------------------------------------------

static void test_orders_are_known_before_the_feed_has_come(void **state)
{
    (void)state;
    const ta_envelope_t e = {(ta_real_t)0.1, (ta_real_t)0.1, (ta_real_t)0.1, 1, (ta_real_t)0.5};
    ta_synth_config_t config = config_of(4);
    ta_voice_info_t info;
    config.envelope = &e;
    synth_rig_open(&rig, &config);
    press(60);
    assert_true(ta_synth_key_info(&rig.synth, 0, 60, &info));
    assert_int_equal(info.state, TA_ENVELOPE_ATTACK);
    assert_int_equal(info.level, 32767 * 256 / 800); // a press is one step
    pull(1);
    assert_true(ta_synth_key_info(&rig.synth, 0, 60, &info));
    pull(255 + 256 * 3);
    assert_int_equal(state_of_key(60), TA_ENVELOPE_DECAY);
    pull(256 * 8);
    assert_int_equal(state_of_key(60), TA_ENVELOPE_SUSTAIN);
    ta_synth_release_key(&rig.synth, 0, 60);
    assert_int_equal(state_of_key(60), TA_ENVELOPE_RELEASE);
    pull(256);
    press(60); // begins its attack at the level it has
    assert_true(ta_synth_key_info(&rig.synth, 0, 60, &info));
    assert_true(info.state == TA_ENVELOPE_ATTACK && info.level > 8000 && info.level < 16384);
    ta_synth_release_all(&rig.synth);
    pull(256 * 20);
    assert_int_equal(state_of_key(60), TA_ENVELOPE_NONE);
    assert_false(ta_synth_key_info(&rig.synth, 0, 61, &info) || ta_synth_key_info(&rig.synth, 16, 60, &info));
}

static void test_a_note_is_let_go_and_may_be_pressed_anew(void **state)
{
    (void)state;
    open_plain(2);
    for (int round = 0; round < 50; round++) {
        ta_note_t *note = malloc(sizeof *note);
        ok(ta_note_init(note, 440));
        assert_false(ta_synth_holds(&rig.synth, note));
        ok(ta_synth_press(&rig.synth, note));
        assert_true(ta_synth_holds(&rig.synth, note));
        if (round % 3)
            pull(256);
        ta_synth_release(&rig.synth, note);
        if (round % 2)
            ok(ta_synth_press(&rig.synth, note)); // even as it ends
        pull(256 * 2);
        assert_true(ta_synth_holds(&rig.synth, note) == (round % 2 != 0));
        assert_int_equal(peak(256), 16383);
        ta_synth_release(&rig.synth, note);
        pull(256 * 3);
        assert_false(ta_synth_holds(&rig.synth, note));
        free(note);
        pull(256);
        assert_int_equal(peak(256), 0);
    }
    assert_int_equal(rig.synth.stolen, 0);
    assert_int_equal(ta_synth_press(&rig.synth, NULL), TA_E_ARG);
    assert_int_equal(ta_synth_press_key(&rig.synth, 0, 128, 1), TA_E_ARG);
    assert_int_equal(ta_synth_press_key(&rig.synth, 16, 0, 1), TA_E_ARG);
    assert_int_equal(ta_synth_press_key(&rig.synth, 0, 0, 0), TA_E_ARG);
    assert_int_equal(ta_synth_press_key(&rig.synth, 0, 0, 128), TA_E_ARG);
}

static void test_a_change_is_heard_at_once(void **state)
{
    (void)state;
    open_plain(4);
    press(60);
    pull(256);
    ta_synth_begin_change(&rig.synth);
    ta_synth_release_key(&rig.synth, 0, 60);
    press(64);
    pull(512); // the feed comes in the middle
    assert_int_equal(peak(512), 16383);
    assert_int_equal(state_of_key(60), TA_ENVELOPE_RELEASE); // as was said
    ta_synth_end_change(&rig.synth);
    pull(512);
    assert_int_equal(state_of_key(60), TA_ENVELOPE_NONE);
    assert_int_equal(state_of_key(64), TA_ENVELOPE_SUSTAIN);
}

// The feed ends a voice just when the task has found it and presses it again: what the other core would have done in between is done by hand.
static void test_a_press_as_a_voice_ends_is_not_lost(void **state)
{
    (void)state;
    open_plain(1);
    press(60);
    pull(256);
    ta_synth_release_key(&rig.synth, 0, 60);
    pull(256);
    press(60);
    ta_voice_t *voice = rig.synth.voices;
    assert_true(voice->level == 0 && voice->state == TA_ENVELOPE_RELEASE);
    voice->state = TA_ENVELOPE_NONE;
    voice->ended = voice->now.id;
    pull(256);
    assert_int_equal(peak(256), 16383);
    assert_int_equal(state_of_key(60), TA_ENVELOPE_SUSTAIN);
}

// ---- W53 ---------------------------------------------------------------------------------------------------------------------------

static void test_w53_no_press_is_lost(void **state)
{
    (void)state;
    for (unsigned heard = 0; heard < 2; heard++) {
        open_plain(5);
        for (unsigned key = 20; key < 100; key++) {
            press(key);
            if (heard)
                pull(256);
            assert_int_not_equal(state_of_key(key), TA_ENVELOPE_NONE);
            for (unsigned back = 1; back < 5 && key - back >= 20; back++) // the oldest goes
                assert_int_not_equal(state_of_key(key - back), TA_ENVELOPE_NONE);
            assert_int_equal(state_of_key(key - 5), TA_ENVELOPE_NONE);
        }
        assert_int_equal(rig.synth.stolen, 75);
        synth_rig_close(&rig);
    }
}

static void test_w53_the_softest_goes_and_first_what_is_released(void **state)
{
    (void)state;
    const ta_envelope_t slow = {1, 1, 4, 1, 1};
    ta_synth_config_t config = config_of(3);
    config.envelope = &slow;
    synth_rig_open(&rig, &config);
    press(60);
    pull(256 * 8);
    press(61);
    pull(256 * 4);
    press(62); // the softest, not the oldest
    pull(256);
    press(63);
    assert_int_equal(state_of_key(62), TA_ENVELOPE_NONE);
    assert_int_equal(rig.synth.stolen, 1);
    ta_synth_release_key(&rig.synth, 0, 60); // the loudest, but it is released
    press(64);
    assert_int_equal(state_of_key(60), TA_ENVELOPE_NONE);
    ta_synth_release_key(&rig.synth, 0, 61);
    ta_synth_release_key(&rig.synth, 0, 64); // of two the softer
    press(65);
    assert_int_equal(state_of_key(64), TA_ENVELOPE_NONE);
    assert_int_equal(state_of_key(61), TA_ENVELOPE_RELEASE);
    assert_int_equal(state_of_key(63), TA_ENVELOPE_ATTACK);
    assert_int_equal(rig.synth.stolen, 1);
}

// What has to go falls in a straight line over 64 frames, or over a tick that is shorter, and is silent then.
static void test_a_stolen_note_falls_within_its_tick(void **state)
{
    (void)state;
    static const int16_t steady[2] = {-32000, -32000};
    static const uint32_t ticks[] = {1, 2, 3, 20, 63, 64, 65, 256};
    for (size_t t = 0; t < sizeof ticks / sizeof *ticks; t++) {
        ta_note_t first, second;
        const ta_wave_t wave = {steady, 2};
        open_plain(1);
        ok(ta_note_init(&first, 100));
        ok(ta_note_init(&second, 100));
        ok(ta_note_set_wave(&first, &wave));
        ta_param_set(&second.amplitude, 0);
        ok(ta_synth_press(&rig.synth, &first));
        ta_synth_render(&rig.synth, 256);
        const int16_t *heard = (const int16_t *)rig.synth.bus;
        int32_t from = heard[255], over = ticks[t] < 64 ? (int32_t)ticks[t] : 64;
        assert_int_equal(from, -15999);
        ok(ta_synth_press(&rig.synth, &second));
        ta_synth_render(&rig.synth, ticks[t]);
        for (int32_t f = 0; f < (int32_t)ticks[t]; f++)
            assert_in_range(heard[f] - (f < over ? from * (over - 1 - f) / over : 0) + 8, 0, 16);
        synth_rig_close(&rig);
    }
}

// ---- W2: the loop's end ------------------------------------------------------------------------------------------------------------

static void test_w2_a_phase_on_the_loops_end_reads_nothing_behind_it(void **state)
{
    (void)state;
    for (uint32_t length = 2; length <= 64; length += length < 9 ? 1 : 11) {
        int16_t *samples = malloc(length * sizeof *samples); // exactly: a sanitizer sees one more
        for (uint32_t s = 0; s < length; s++)
            samples[s] = 1000;
        for (unsigned divisor = 2; divisor <= 40; divisor++) {
            for (uint32_t start = 0; start < length; start += 3) {
                for (uint32_t end = start + 1; end <= length; end += 2) {
                    ta_synth_config_t config = {
                        .rate_hz = 8000, .channels = 1, .wave = {samples, length}, .interpolate = divisor & 1};
                    ta_note_t note;
                    synth_rig_open(&rig, &config);
                    ok(ta_note_init(&note, (ta_real_t)8000 / (ta_real_t)divisor));
                    ta_param_set(&note.loop_start, (ta_real_t)start);
                    ta_param_set(&note.loop_end, (ta_real_t)end);
                    ok(ta_synth_press(&rig.synth, &note));
                    pull(300);
                    for (int s = 0; s < 300; s++)
                        assert_int_equal(out[s], 499);
                    synth_rig_close(&rig);
                }
            }
        }
        free(samples);
    }
}

// ---- what goes on by itself, rates, envelopes --------------------------------------------------------------------------------------

static void test_w55_free_controls_come_and_go_while_it_plays(void **state)
{
    (void)state;
    ta_synth_config_t config = config_of(1);
    ta_math_t counters[3];
    config.controls = 2;
    synth_rig_open(&rig, &config);
    for (int c = 0; c < 3; c++) {
        ta_math_init(&counters[c], TA_MATH_SUM, 1);
        ta_param_set(&counters[c].c, 0);
        ta_param_follow(&counters[c].b, &counters[c].control);
    }
    ok(ta_synth_add_control(&rig.synth, &counters[0].control));
    ok(ta_synth_add_control(&rig.synth, &counters[1].control));
    assert_int_equal(ta_synth_add_control(&rig.synth, &counters[2].control), TA_E_BUSY);
    assert_int_equal(ta_synth_add_control(&rig.synth, NULL), TA_E_ARG);
    pull(256 * 10);
    assert_true(counters[0].control.value == 10 && counters[1].control.value == 10);
    ta_synth_remove_control(&rig.synth, &counters[0].control);
    ok(ta_synth_add_control(&rig.synth, &counters[2].control));
    pull(256 * 5);
    assert_true(counters[0].control.value == 10 && counters[1].control.value == 15 && counters[2].control.value == 5);
}

static unsigned crossings(uint32_t samples)
{
    unsigned count = 0;
    for (uint32_t s = 1; s < samples; s++)
        count += (out[s - 1] < 0) != (out[s] < 0);
    return count;
}

// W54: nothing stays as it was for another rate.
static void test_w54_another_rate_is_worked_out_anew(void **state)
{
    (void)state;
    open_plain(2);
    ta_note_t note;
    ok(ta_note_init(&note, 500));
    ok(ta_synth_press(&rig.synth, &note));
    pull(8000 / 256 * 256);
    assert_in_range(crossings(7936), 991, 993);
    ok(ta_synth_set_rate(&rig.synth, 16000));
    pull(256);
    pull(7936);
    assert_in_range(crossings(7936), 495, 497);
    assert_int_equal(ta_synth_set_rate(&rig.synth, 1), TA_E_FORMAT);
}

static void test_settings_change_while_it_sounds(void **state)
{
    (void)state;
    static const int16_t quiet[] = {-100, 100};
    const ta_wave_t wave = {quiet, 2};
    const ta_envelope_t half = {0, 0, 0, (ta_real_t)0.5, 1}, none = {0, 0, 0, 1, 0};
    ta_biquad_t filter;
    open_plain(2);
    ta_note_t note;
    ok(ta_note_init(&note, 500));
    ok(ta_synth_press(&rig.synth, &note));
    pull(256);
    assert_int_equal(peak(256), 16383);
    ok(ta_note_set_wave(&note, &wave));
    pull(256);
    assert_int_equal(peak(256), 49);
    ok(ta_note_set_wave(&note, NULL));
    ok(ta_note_set_frequency(&note, 4001)); // above half the rate
    pull(256);
    assert_int_equal(peak(256), 0);
    ok(ta_note_set_frequency(&note, 500));
    ok(ta_biquad_init(&filter, TA_BIQUAD_LOW_PASS, 0));
    ta_note_set_filter(&note, &filter);
    pull(256);
    assert_int_equal(peak(256), 0);
    ta_note_set_filter(&note, NULL);
    ok(ta_synth_set_envelope(&rig.synth, &none)); // its sustained level is 0
    pull(256);
    ta_synth_release(&rig.synth, &note);
    pull(512);
    ok(ta_synth_set_envelope(&rig.synth, &half));
    ok(ta_synth_press(&rig.synth, &note));
    pull(256);
    assert_int_equal(peak(256), 8191);
    ok(ta_synth_set_envelope(&rig.synth, NULL));
    ok(ta_note_set_envelope(&note, &half)); // the note's own comes first
    ta_synth_release_all(&rig.synth);
    pull(512);
    ok(ta_synth_press(&rig.synth, &note));
    pull(256);
    assert_int_equal(peak(256), 8191);
}

static void test_parameters_that_are_no_numbers_do_no_harm(void **state)
{
    (void)state;
    static const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 1e300, -1e300, 1e9, -1e9};
    ta_synth_config_t config = {.rate_hz = 8000, .channels = 2, .wave = synth_rig_saw()};
    synth_rig_open(&rig, &config);
    ta_note_t note;
    ok(ta_note_init(&note, 500));
    ok(ta_note_set_ring_frequency(&note, 300));
    ok(ta_note_set_ring_wave(&note, &synth_rig_sine));
    ok(ta_synth_press(&rig.synth, &note));
    ta_param_t *const params[] = {&note.panning,         &note.amplitude,    &note.bend,
                                  &note.loop_start,      &note.loop_end,     &note.ring_bend,
                                  &note.ring_loop_start, &note.ring_loop_end};
    for (size_t p = 0; p < 8; p++) {
        const ta_real_t before = params[p]->number;
        for (size_t b = 0; b < sizeof bad / sizeof bad[0]; b++) {
            ta_param_set(params[p], (ta_real_t)bad[b]);
            pull(512);
            assert_in_range(peak(1024), 0, 16384);
        }
        ta_param_set(params[p], before);
    }
    pull(512);
    assert_true(peak(1024) > 10000);
}

static void test_clear_forgets_everything(void **state)
{
    (void)state;
    open_plain(3);
    ta_note_t note;
    ok(ta_note_init(&note, 500));
    ok(ta_synth_press(&rig.synth, &note));
    press(60);
    pull(100);
    ta_synth_clear(&rig.synth);
    assert_false(ta_synth_holds(&rig.synth, &note));
    pull(512);
    assert_int_equal(peak(512), 0);
    ok(ta_synth_press(&rig.synth, &note));
    pull(256);
    assert_int_equal(peak(256), 16383);
}

// ---- off by default ----------------------------------------------------------------------------------------------------------------

static void test_velocity_counts_only_where_it_is_asked_for(void **state)
{
    (void)state;
    for (unsigned asked = 0; asked < 2; asked++) {
        for (unsigned velocity = 1; velocity <= 127; velocity++) {
            ta_synth_config_t config = config_of(1);
            config.velocity = asked;
            synth_rig_open(&rig, &config);
            ok(ta_synth_press_key(&rig.synth, 0, 60, velocity));
            pull(256);
            int32_t level = asked ? (int32_t)(32767 * velocity * velocity / (127 * 127)) : 32767;
            assert_int_equal(peak(256), level / 2);
            synth_rig_close(&rig);
        }
    }
}

// Power at a frequency, of full scale's.
static double power_at(uint32_t samples, double hz, double rate_hz)
{
    double real = 0, imaginary = 0;
    for (uint32_t s = 0; s < samples; s++) {
        double window = 1 - cos(2 * acos(-1) * s / samples), angle = 2 * acos(-1) * hz * s / rate_hz;
        real += window * out[s] * cos(angle);
        imaginary += window * out[s] * sin(angle);
    }
    return (real * real + imaginary * imaginary) / ((double)samples * samples * 16384 * 16384 / 4);
}

static double alias(ta_tone_t tone, bool square, double hz)
{
    static const int16_t levels[2] = {32767, -32767};
    ta_synth_config_t config = {.rate_hz = 44100, .channels = 1, .wave = synth_rig_saw()};
    ta_note_t note;
    if (square)
        config.wave = (ta_wave_t){levels, 2};
    synth_rig_open(&rig, &config);
    ok(ta_note_init(&note, 3001));
    ok(ta_note_set_tone(&note, tone));
    ok(ta_synth_press(&rig.synth, &note));
    pull(8192);
    synth_rig_close(&rig);
    double base = power_at(8192, 3001, 44100);
    assert_true(base > 0.05); // it is the note
    return 10 * log10(power_at(8192, hz, 44100) / base);
}

// W43: a saw's 12th harmonic and a square's 13th come back below 10 kHz. Tones without aliases have 15 dB less of them, and more.
static void test_w43_tones_have_fewer_aliases(void **state)
{
    (void)state;
    const double saw = alias(TA_TONE_WAVE, false, 44100 - 12 * 3001),
                 clean_saw = alias(TA_TONE_SAW, false, 44100 - 12 * 3001);
    const double square = alias(TA_TONE_WAVE, true, 44100 - 13 * 3001),
                 clean_square = alias(TA_TONE_SQUARE, true, 44100 - 13 * 3001);
    print_message("saw %.1f and %.1f dB, square %.1f and %.1f dB\n", saw, clean_saw, square, clean_square);
    assert_true(clean_saw < saw - 15 && clean_square < square - 15);
}

// W43: with interpolation what 16 samples of a sine add to it falls.
static void test_w43_interpolation_makes_less_noise(void **state)
{
    (void)state;
    double noise[2];
    for (unsigned asked = 0; asked < 2; asked++) {
        ta_synth_config_t config = {.rate_hz = 44100, .channels = 1, .wave = synth_rig_sine, .interpolate = asked};
        ta_note_t note;
        synth_rig_open(&rig, &config);
        ok(ta_note_init(&note, 441));
        ok(ta_synth_press(&rig.synth, &note));
        pull(8192);
        noise[asked] = 10 * log10(power_at(8192, 15 * 441, 44100) / power_at(8192, 441, 44100));
        synth_rig_close(&rig);
    }
    print_message("15th harmonic: %.1f dB without, %.1f dB with\n", noise[0], noise[1]);
    assert_true(noise[0] > -30 && noise[1] < noise[0] - 15);
}

// ---- two threads -------------------------------------------------------------------------------------------------------------------

static volatile bool stop;

static void *feed(void *context)
{
    static int16_t heard[512];
    uint32_t *pulls = context;
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        (void)synth_rig_pull(&rig.synth.source, heard, 256, 64);
        __atomic_fetch_add(pulls, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void test_a_feed_in_another_thread(void **state)
{
    (void)state;
    static ta_note_t notes[6];
    const ta_wave_t waves[] = {synth_rig_sine, synth_rig_triangle, synth_rig_saw()};
    open_plain(4);
    pthread_t thread;
    uint32_t pulls = 0;
    stop = false;
    for (int n = 0; n < 6; n++)
        ok(ta_note_init(&notes[n], (ta_real_t)(100 * (n + 1))));
    assert_int_equal(pthread_create(&thread, NULL, feed, &pulls), 0);
    for (unsigned round = 0; round < 20000; round++) {
        ta_note_t *note = &notes[round * 7 % 6];
        ok(ta_synth_press(&rig.synth, note));
        ok(ta_note_set_wave(note, &waves[round % 3]));
        ok(ta_note_set_frequency(note, (ta_real_t)(round % 3000)));
        if (round % 2)
            ta_synth_release(&rig.synth, &notes[round % 6]);
    }
    ta_synth_release_all(&rig.synth);
    uint32_t seen = __atomic_load_n(&pulls, __ATOMIC_RELAXED);
    while (__atomic_load_n(&pulls, __ATOMIC_RELAXED) < seen + 5)
        ;
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    for (int n = 0; n < 6; n++)
        assert_false(ta_synth_holds(&rig.synth, &notes[n]));
}

// The task presses a note, then another, of one voice, and asks at once whether the first is held. What is not belongs to the task again: it marks it here, and nothing that the
// feed reads may bear the mark.
enum { ROUNDS = 3000000, PAUSES = 97, MARK = 1000001 };

typedef struct {
    volatile bool over;
    volatile uint32_t taken;
    uint32_t marked;
} cores_t;

static void *render_on(void *of)
{
    cores_t *cores = of;
    const ta_voice_t *voice = rig.synth.voices;
    for (uint32_t id = 0; !cores->over;) {
        ta_synth_render(&rig.synth, 1);
        if (voice->now.id != id) {
            id = voice->now.id;
            cores->taken++;
            cores->marked += voice->note_seen == MARK;
        }
    }
    return NULL;
}

static void wait_some(uint32_t turns)
{
    for (volatile uint32_t turn = 0; turn < turns; turn++) {
    }
}

static void test_w13_a_note_that_is_not_held_is_not_touched_by_the_other_core(void **state)
{
    (void)state;
    static cores_t cores;
    static ta_note_t notes[2];
    pthread_t feed;
    open_plain(1);
    cores = (cores_t){.over = false};
    for (unsigned n = 0; n < 2; n++)
        ok(ta_note_init(&notes[n], 440));
    assert_int_equal(pthread_create(&feed, NULL, render_on, &cores), 0);
    ok(ta_synth_press(&rig.synth, &notes[1]));
    while (cores.taken == 0) {
    }
    for (uint32_t round = 0; round < ROUNDS; round++) {
        notes[0].version = 2;
        ok(ta_synth_press(&rig.synth, &notes[0]));
        wait_some(round % PAUSES);
        ok(ta_synth_press(&rig.synth, &notes[1]));
        if (!ta_synth_holds(&rig.synth, &notes[0]))
            notes[0].version = MARK;
        wait_some(round / PAUSES % PAUSES);
        while (ta_synth_holds(&rig.synth, &notes[0])) {
        }
    }
    cores.over = true;
    assert_int_equal(pthread_join(feed, NULL), 0);
    assert_int_equal(cores.marked, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_settings_out_of_range_change_nothing),
        cmocka_unit_test_teardown(test_orders_are_known_before_the_feed_has_come, close_rig),
        cmocka_unit_test_teardown(test_a_note_is_let_go_and_may_be_pressed_anew, close_rig),
        cmocka_unit_test_teardown(test_a_change_is_heard_at_once, close_rig),
        cmocka_unit_test_teardown(test_a_press_as_a_voice_ends_is_not_lost, close_rig),
        cmocka_unit_test_teardown(test_w53_no_press_is_lost, close_rig),
        cmocka_unit_test_teardown(test_w53_the_softest_goes_and_first_what_is_released, close_rig),
        cmocka_unit_test_teardown(test_a_stolen_note_falls_within_its_tick, close_rig),
        cmocka_unit_test_teardown(test_w2_a_phase_on_the_loops_end_reads_nothing_behind_it, close_rig),
        cmocka_unit_test_teardown(test_w55_free_controls_come_and_go_while_it_plays, close_rig),
        cmocka_unit_test_teardown(test_w54_another_rate_is_worked_out_anew, close_rig),
        cmocka_unit_test_teardown(test_settings_change_while_it_sounds, close_rig),
        cmocka_unit_test_teardown(test_parameters_that_are_no_numbers_do_no_harm, close_rig),
        cmocka_unit_test_teardown(test_clear_forgets_everything, close_rig),
        cmocka_unit_test_teardown(test_velocity_counts_only_where_it_is_asked_for, close_rig),
        cmocka_unit_test_teardown(test_w43_tones_have_fewer_aliases, close_rig),
        cmocka_unit_test_teardown(test_w43_interpolation_makes_less_noise, close_rig),
        cmocka_unit_test_teardown(test_a_feed_in_another_thread, close_rig),
        cmocka_unit_test_teardown(test_w13_a_note_that_is_not_held_is_not_touched_by_the_other_core, close_rig),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
