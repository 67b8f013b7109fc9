// PWM levels: against their definition in whole numbers, in range for every top whatever comes, the middle at rest, and as
// sound: noise in the audible band against theory, tones of held samples, and what is left of the quietest passages.
#include "test/support/convert_reference.h"
#include "test/support/spectrum.h"

#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CHUNK = 512 };

static ta_shape_t shape_for(uint32_t top, ta_pwm_rounding_t rounding)
{
    ta_shape_t shape;
    ta_shape_init(&shape, TA_WIRE_PWM);
    ta_shape_set_pwm(&shape, top, rounding);
    return shape;
}

static void run(ta_shape_t *shape, const int16_t *stereo, uint16_t *levels, size_t frames)
{
    uint32_t words[CHUNK];
    for (size_t at = 0; at < frames; at += CHUNK) {
        size_t count = frames - at < CHUNK ? frames - at : CHUNK;
        ta_shape_run(shape, TA_SAMPLE_S16, 2, stereo + 2 * at, words, count);
        memcpy(levels + 2 * at, words, count * sizeof words[0]);
    }
}

// ---- definition ------------------------------------------------------------------------------------------------------

// Whole numbers of 1/65536 level; division that floors.
static long floored(long number, long by)
{
    return number >= 0 ? number / by : -((-number + by - 1) / by);
}

typedef struct {
    long error[2], before[2]; // of the last two frames, by channel
    uint32_t random;
} reference_pwm_t;

static long reference_level(reference_pwm_t *state, int channel, long sample, long top, ta_pwm_rounding_t rounding)
{
    long exact = sample * (top + 1 - 6);
    long dither = 0;
    if (rounding == TA_PWM_DITHERED) {
        if (channel == 0) { // a number for both: xorshift's next, its halves as signed numbers
            state->random ^= state->random << 13;
            state->random ^= state->random >> 17;
            state->random ^= state->random << 5;
        }
        dither = (long)(channel == 0 ? state->random % 65536 : state->random / 65536);
        dither -= dither >= 32768 ? 65536 : 0;
        exact += state->error[channel] - floored(state->before[channel], 2);
    } else if (rounding == TA_PWM_SHAPED) {
        exact += state->error[channel];
    }
    long level = floored(exact + dither + 32768, 65536);
    state->before[channel] = state->error[channel];
    state->error[channel] = exact - level * 65536;
    return level + (top + 1) / 2;
}

static void test_levels_are_as_defined(void **state)
{
    (void)state;
    static const uint32_t tops[] = {255, 256, 511, 777, 1023, 1301, 2046, 2047};
    enum { FRAMES = 65536, TOPS = sizeof tops / sizeof tops[0] };
    static int16_t in[2 * FRAMES];
    static uint16_t out[2 * FRAMES];
    uint64_t seed = reference_seed("levels", 0x9A1);
    size_t checked = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        in[2 * i] = (int16_t)(i - 32768);
        in[2 * i + 1] = (int16_t)reference_random(&seed);
    }
    for (size_t t = 0; t < 3 * TOPS; t++) {
        const uint32_t top = tops[t / 3];
        const ta_pwm_rounding_t rounding = (ta_pwm_rounding_t)(t % 3);
        ta_shape_t shape = shape_for(top, rounding);
        reference_pwm_t reference = {{0}, {0}, shape.random};
        run(&shape, in, out, FRAMES);
        for (size_t i = 0; i < (size_t)2 * FRAMES; i++) {
            long want = reference_level(&reference, (int)(i % 2), in[i], (long)top, rounding);
            if (out[i] != want) {
                fail_msg("top %u, rounding %u, frame %zu, channel %zu: %d is level %u instead of %ld", top, rounding,
                         i / 2, i % 2, in[i], out[i], want);
            }
            checked++;
        }
    }
    print_message("levels: %zu checked\n", checked);
    assert_int_equal(checked, TOPS * 3 * 2 * FRAMES);
}

// Other sources and stages come first, and the 16-bit wire's frames are what becomes levels.
static void test_levels_are_made_of_the_16_bit_wire(void **state)
{
    (void)state;
    enum { FRAMES = 300 };
    uint64_t seed = reference_seed("16-bit wire", 0x9A2);
    unsigned cases = 0;
    for (unsigned i = 0; i < TA_SAMPLES * 2 * 4 * 3; i++) {
        const ta_pwm_rounding_t rounding = (ta_pwm_rounding_t)(i / (TA_SAMPLES * 8));
        const ta_sample_t sample = (ta_sample_t)(i / 8 % TA_SAMPLES);
        const unsigned channels = i / 4 % 2 + 1;
        uint8_t in[FRAMES * 8];
        uint32_t words[FRAMES];
        uint32_t levels[FRAMES];
        for (size_t k = 0; k < sizeof in; k++) {
            in[k] = (uint8_t)reference_random(&seed);
        }
        ta_shape_t wire;
        ta_shape_init(&wire, TA_WIRE_S16);
        ta_shape_t pwm = shape_for(1023, rounding);
        wire.mono = pwm.mono = i % 2;
        wire.gain_q16 = wire.target_q16 = pwm.gain_q16 = pwm.target_q16 = i / 2 % 2 ? 0xA000 : 0x10000;
        ta_shape_t after = shape_for(1023, rounding);
        after.mono = pwm.mono; // equal already, and the dither must stay so
        ta_shape_t swapped = pwm;
        swapped.swapped = true;
        ta_shape_run(&wire, sample, channels, in, words, FRAMES);
        ta_shape_run(&after, TA_SAMPLE_S16, 2, words, words, FRAMES);
        ta_shape_run(&pwm, sample, channels, in, levels, FRAMES);
        assert_memory_equal(levels, words, sizeof levels);
        ta_shape_run(&swapped, sample, channels, in, words, FRAMES);
        for (size_t k = 0; k < FRAMES; k++) {
            assert_int_equal(words[k], levels[k] >> 16 | levels[k] << 16);
        }
        for (size_t k = 0; k < FRAMES && (pwm.mono || (channels == 1 && rounding != TA_PWM_DITHERED)); k++) {
            assert_int_equal(levels[k] >> 16, levels[k] & 0xFFFF);
        }
        cases++;
    }
    assert_int_equal(cases, 168);
    assert_null(ta_convert_kernel(TA_SAMPLE_S16, 2, TA_WIRE_PWM));
    ta_shape_t shape = shape_for(1023, TA_PWM_SHAPED);
    assert_false(ta_shape_is_identity(&shape, TA_SAMPLE_S16));
}

static void test_tops_are_clipped(void **state)
{
    (void)state;
    assert_int_equal(shape_for(0, TA_PWM_PLAIN).pwm.top, TA_PWM_TOP_MIN);
    assert_int_equal(shape_for(254, TA_PWM_PLAIN).pwm.top, TA_PWM_TOP_MIN);
    assert_int_equal(shape_for(300, TA_PWM_PLAIN).pwm.top, 300);
    assert_int_equal(shape_for(2048, TA_PWM_PLAIN).pwm.top, TA_PWM_TOP_MAX);
    assert_int_equal(shape_for(UINT32_MAX, TA_PWM_PLAIN).pwm.top, TA_PWM_TOP_MAX);
    assert_int_equal(ta_pwm_silence(255), 0x00800080);
    assert_int_equal(ta_pwm_silence(1023), 0x02000200);
    assert_int_equal(ta_pwm_silence(1301), 651 * 0x10001);
    assert_int_equal(ta_pwm_silence(0), ta_pwm_silence(TA_PWM_TOP_MIN));
    assert_int_equal(ta_pwm_silence(4095), ta_pwm_silence(TA_PWM_TOP_MAX));
    assert_int_equal(ta_wire_frame_bytes(TA_WIRE_PWM), 4);
}

// ---- range and rest --------------------------------------------------------------------------------------------------

// Full scale in the worst orders that there are: what feeds back is at its largest when the signal jumps.
static void fill_extremes(int16_t *in, size_t frames, uint64_t *seed)
{
    for (size_t i = 0; i < 2 * frames; i++) {
        uint32_t random = reference_random(seed);
        int16_t limit = i / 2 / (1 + i / 200) % 2 ? INT16_MAX : INT16_MIN;
        in[i] = random % 4 ? limit : (int16_t)(limit ^ (int16_t)(random >> 16 & 0x7F));
    }
}

static void test_full_scale_stays_in_range(void **state)
{
    (void)state;
    enum { FRAMES = 1000 };
    static int16_t in[2 * FRAMES];
    static uint16_t out[2 * FRAMES];
    uint64_t seed = reference_seed("full scale", 0x9A3);
    size_t checked = 0;
    for (uint32_t top = TA_PWM_TOP_MIN; top <= TA_PWM_TOP_MAX; top++) {
        for (unsigned rounding = 0; rounding <= TA_PWM_DITHERED; rounding++) {
            ta_shape_t shape = shape_for(top, (ta_pwm_rounding_t)rounding);
            fill_extremes(in, FRAMES, &seed);
            run(&shape, in, out, FRAMES);
            for (size_t i = 0; i < 2 * FRAMES; i++) {
                double exact = in[i] * (top + 1 - 6.0) / 65536 + (double)((top + 1) / 2);
                if (out[i] > top || fabs(out[i] - exact) > 2.5) {
                    fail_msg("top %u, rounding %u: %d became level %u", top, rounding, in[i], out[i]);
                }
                checked++;
            }
        }
    }
    print_message("full scale: %zu levels in range\n", checked);
    assert_int_equal(checked, (size_t)(TA_PWM_TOP_MAX - TA_PWM_TOP_MIN + 1) * 3 * 2 * FRAMES);
}

static void test_silence_is_the_middle(void **state)
{
    (void)state;
    enum { LOUD = 50, QUIET = TA_PWM_QUIET_FRAMES, REST = 500, FRAMES = LOUD + QUIET + REST };
    uint64_t seed = reference_seed("silence", 0x9A4);
    size_t sang = 0;
    for (unsigned i = 0; i < 3000; i++) {
        const uint32_t top = TA_PWM_TOP_MIN + reference_random(&seed) % (TA_PWM_TOP_MAX - TA_PWM_TOP_MIN + 1);
        const uint32_t middle = ta_pwm_silence(top) & 0xFFFF;
        int16_t in[2 * FRAMES] = {0};
        uint16_t out[2 * FRAMES];
        ta_shape_t shape = shape_for(top, (ta_pwm_rounding_t)(i % 3));
        for (size_t k = 0; k < 2 * LOUD; k++) {
            in[k] = (int16_t)reference_random(&seed);
        }
        run(&shape, in, out, FRAMES);
        for (size_t k = 2 * (LOUD + QUIET - 1); k < 2 * FRAMES; k++) {
            assert_int_equal(out[k], middle);
        }
        for (size_t k = 2 * (LOUD + QUIET / 2); k < 2 * (LOUD + QUIET - 1); k++) {
            sang += out[k] != middle;
        }
        if (i % 3 == TA_PWM_PLAIN) {
            continue;
        }
        // What was played before a long silence leaves nothing behind.
        for (unsigned channel = 0; channel < 2; channel++) {
            assert_int_equal(shape.pwm.error[channel], 0);
            assert_int_equal(shape.pwm.past[channel], 0);
        }
        assert_int_equal(shape.pwm.quiet, TA_PWM_QUIET_FRAMES);
    }
    print_message("silence: %zu levels off the middle were ended\n", sang);
    assert_true(sang > 1000); // or the rule were for nothing
    ta_shape_t shape = shape_for(1301, TA_PWM_SHAPED);
    const int16_t zeros[2 * 3] = {0};
    uint16_t levels[2 * 3];
    run(&shape, zeros, levels, 3); // from the first frame on
    for (size_t k = 0; k < 6; k++) {
        assert_int_equal(levels[k], 651);
    }
}

static void test_short_zeros_change_nothing(void **state)
{
    (void)state;
    enum { FRAMES = 3 * TA_PWM_QUIET_FRAMES };
    uint64_t seed = reference_seed("short zeros", 0x9A5);
    for (size_t zeros = 1; zeros < TA_PWM_QUIET_FRAMES; zeros++) {
        int16_t in[2 * FRAMES];
        uint16_t out[2 * FRAMES];
        const ta_pwm_rounding_t rounding = zeros % 2 ? TA_PWM_SHAPED : TA_PWM_DITHERED;
        ta_shape_t shape = shape_for(1023, rounding);
        reference_pwm_t reference = {{0}, {0}, shape.random};
        for (size_t i = 0; i < 2 * FRAMES; i++) {
            in[i] = (int16_t)reference_random(&seed);
        }
        memset(in + 2 * TA_PWM_QUIET_FRAMES, 0, 2 * zeros * sizeof in[0]);
        run(&shape, in, out, FRAMES);
        for (size_t i = 0; i < 2 * FRAMES; i++) {
            assert_int_equal(out[i], reference_level(&reference, (int)(i % 2), in[i], 1023, rounding));
        }
    }
}

static void test_division_into_calls_changes_nothing(void **state)
{
    (void)state;
    enum { FRAMES = 4000 };
    static int16_t in[2 * FRAMES];
    static uint32_t whole[FRAMES];
    static uint32_t pieces[FRAMES];
    uint64_t seed = reference_seed("division", 0x9A6);
    for (unsigned i = 0; i < 60; i++) {
        for (size_t k = 0; k < FRAMES; k++) {
            bool silent = k / 100 % 3 == 0;
            in[2 * k] = silent ? 0 : (int16_t)reference_random(&seed);
            in[2 * k + 1] = silent ? 0 : (int16_t)reference_random(&seed);
        }
        ta_shape_t once = shape_for(999, (ta_pwm_rounding_t)(i % 3));
        ta_shape_t often = once;
        ta_shape_run(&once, TA_SAMPLE_S16, 2, in, whole, FRAMES);
        for (size_t at = 0; at < FRAMES;) {
            size_t piece = reference_random(&seed) % 60;
            piece = piece < FRAMES - at ? piece : FRAMES - at;
            ta_shape_run(&often, TA_SAMPLE_S16, 2, in + 2 * at, pieces + at, piece);
            at += piece;
        }
        assert_memory_equal(pieces, whole, sizeof whole);
        assert_memory_equal(&once, &often, sizeof once);
    }
}

// ---- as sound --------------------------------------------------------------------------------------------------------

enum { POINTS = SPECTRUM_POINTS };

static void levels_as_signal(const uint16_t *levels, uint32_t top, double *signal)
{
    for (size_t i = 0; i < POINTS; i++) {
        signal[i] = (levels[2 * i] - (double)((top + 1) / 2)) / ((top + 1) / 2.0);
    }
}

static spectrum_noise_t sine_noise(double rate_hz, uint32_t top, ta_pwm_rounding_t rounding, double decibel,
                                   double *heard)
{
    static int16_t in[2 * POINTS];
    static uint16_t out[2 * POINTS];
    static double signal[POINTS];
    const size_t tone = (size_t)(1000 * POINTS / rate_hz) | 1; // whole periods, and never the same twice
    double amplitude = 32767 * pow(10, decibel / 20);
    for (size_t i = 0; i < POINTS; i++) {
        double angle = 2 * SPECTRUM_PI * (double)(tone * i % POINTS) / POINTS;
        in[2 * i] = (int16_t)lrint(amplitude * sin(angle));
        in[2 * i + 1] = (int16_t)lrint(amplitude * cos(angle));
    }
    ta_shape_t shape = shape_for(top, rounding);
    run(&shape, in, out, POINTS);
    levels_as_signal(out, top, signal);
    double complex found = 0;
    for (size_t i = 0; i < POINTS; i++) {
        found += signal[i] * spectrum_turned_by(-2 * SPECTRUM_PI * (double)(tone * i % POINTS) / POINTS);
    }
    *heard = 20 * log10(fmax(cabs(found) * 2 / POINTS, 1e-9)) - decibel;
    return spectrum_noise(signal, rate_hz, tone);
}

static double decibels(double power)
{
    return 10 * log10(fmax(power, 1e-20));
}

// What feeding back and dithering make of the noise of plain rounding, if that is white: the mean of |N|^2 over the band,
// twice with the dither, which has as much power as the rounding.
static double noise_factor(double rate_hz, ta_pwm_rounding_t rounding, bool weighted)
{
    double sum = 0;
    double all = 0;
    for (double f = 20; f <= 20000; f += 5) {
        double complex z = spectrum_turned_by(-2 * SPECTRUM_PI * f / rate_hz);
        double weight = weighted ? spectrum_a_weight(f) : 1;
        double complex fed_back = rounding == TA_PWM_SHAPED     ? 1 - z
                                  : rounding == TA_PWM_DITHERED ? 1 - z + 0.5 * z * z
                                                                : 1;
        sum += weight * pow(cabs(fed_back), 2) * (rounding == TA_PWM_DITHERED ? 2 : 1);
        all += weight;
    }
    return sum / all;
}

// Rounding to whole steps has a noise power of 1/12 step^2.
static void test_noise_is_what_theory_says(void **state)
{
    (void)state;
    static const double rates[] = {44100, 48000, 125e6 / 2048, 150e6 / 2048, 125e6 / 1024};
    static const double tolerance[] = {1.0, 2.5, 0.3}; // only dithered errors are really white
    const uint32_t top = 1023;
    const double step = 2.0 / (top + 1);
    unsigned cases = 0;
    print_message("PWM, top 1023, 1 kHz at -6 dBFS: signal to noise, 20 Hz to 20 kHz, dB flat (A-weighted)\n");
    print_message("%9s  %15s %15s %15s\n", "rate, Hz", "shaped", "plain", "dithered");
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        print_message("%9.0f ", rates[r]);
        for (unsigned i = 0; i < 3; i++) {
            const ta_pwm_rounding_t rounding = (ta_pwm_rounding_t)i;
            double heard = 0;
            spectrum_noise_t noise = sine_noise(rates[r], top, rounding, -6, &heard);
            print_message(" %6.1f (%6.1f)", -6 + heard - decibels(noise.flat), -6 + heard - decibels(noise.weighted));
            assert_true(fabs(heard - 20 * log10((top + 1 - 6) / (top + 1.0))) < 0.02); // six levels are kept free
            double white = step * step / 12 / 0.5 * 20000 / (rates[r] / 2);
            double theory = white * noise_factor(rates[r], rounding, false);
            if (fabs(decibels(noise.flat) - decibels(theory)) > tolerance[i]) {
                fail_msg("%.0f Hz, rounding %u: noise %.2f dB, theory %.2f dB", rates[r], i, decibels(noise.flat),
                         decibels(theory));
            }
            cases++;
        }
        print_message("\n");
        // As the ear weighs it, shaping costs nothing at any of these rates and gains much at the higher ones.
        assert_true(noise_factor(rates[r], TA_PWM_SHAPED, true) < 1.03);
    }
    assert_int_equal(cases, 15);
    assert_true(noise_factor(rates[4], TA_PWM_SHAPED, true) < 0.2);
}

// A passage so quiet that plain rounding makes silence of it: 1 kHz at -70 dBFS is a third of a level.
static void test_quiet_passages_survive(void **state)
{
    (void)state;
    double heard[3];
    for (unsigned rounding = 0; rounding <= TA_PWM_DITHERED; rounding++) {
        (void)sine_noise(48000, 1023, (ta_pwm_rounding_t)rounding, -70, &heard[rounding]);
    }
    print_message("-70 dBFS at top 1023 comes out %+.1f dB plain, %+.2f dB shaped, %+.2f dB dithered\n",
                  heard[TA_PWM_PLAIN], heard[TA_PWM_SHAPED], heard[TA_PWM_DITHERED]);
    assert_true(heard[TA_PWM_PLAIN] < -60);
    assert_true(fabs(heard[TA_PWM_SHAPED]) < 1.5);
    assert_true(fabs(heard[TA_PWM_DITHERED]) < 0.3);
}

// The highest line in the audible band that a held sample makes, over held samples from one level to the next.
static double loudest_tone(ta_pwm_rounding_t rounding, unsigned *worst)
{
    static int16_t in[2 * POINTS];
    static uint16_t out[2 * POINTS];
    static double signal[POINTS];
    double loudest = 0;
    for (unsigned k = 1; k <= 65; k++) { // a level is 64.25 samples
        for (size_t i = 0; i < (size_t)2 * POINTS; i++) {
            in[i] = (int16_t)k;
        }
        ta_shape_t shape = shape_for(1023, rounding);
        run(&shape, in, out, POINTS);
        levels_as_signal(out, 1023, signal);
        spectrum_noise_t noise = spectrum_noise(signal, 48000, 0);
        if (noise.peak > loudest) {
            loudest = noise.peak;
            *worst = k;
        }
    }
    return decibels(loudest);
}

static void test_tones_of_held_samples(void **state)
{
    (void)state;
    unsigned worst[3] = {0};
    double shaped = loudest_tone(TA_PWM_SHAPED, &worst[TA_PWM_SHAPED]);
    double dithered = loudest_tone(TA_PWM_DITHERED, &worst[TA_PWM_DITHERED]);
    print_message("held samples at top 1023, 48 kHz: loudest line %.1f dBFS shaped (sample %u), %.1f dBFS dithered\n",
                  shaped, worst[TA_PWM_SHAPED], dithered);
    assert_true(shaped < -55); // a pattern of two levels: half a level, of 512, at most
    assert_true(dithered < -80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_are_as_defined),
        cmocka_unit_test(test_levels_are_made_of_the_16_bit_wire),
        cmocka_unit_test(test_tops_are_clipped),
        cmocka_unit_test(test_full_scale_stays_in_range),
        cmocka_unit_test(test_silence_is_the_middle),
        cmocka_unit_test(test_short_zeros_change_nothing),
        cmocka_unit_test(test_division_into_calls_changes_nothing),
        cmocka_unit_test(test_noise_is_what_theory_says),
        cmocka_unit_test(test_quiet_passages_survive),
        cmocka_unit_test(test_tones_of_held_samples),
    };
    return cmocka_run_group_tests_name("pwm", tests, NULL, NULL);
}
