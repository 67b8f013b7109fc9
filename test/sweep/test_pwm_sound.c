// How PWM sounds: a sine through the whole driver on the virtual chip, read from the pins. In: chips, rates, periods. Out: signal to noise in
// 20 Hz to 20 kHz behind a filter that averages each period of the carrier, and the second harmonic of the pulses themselves, as a table,
// which docs/pwm.md must have, line by line.

#include "test/support/pwm_scene.h"
#include "test/support/spectrum.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { POINTS = SPECTRUM_POINTS };
#define TONE_HZ 997.0 // in step with nothing
#define DECIBEL (-6.0)

static pwm_scene_t scene;
static double signal_at[POINTS];
static size_t first;

// ---- a sine --------------------------------------------------------------------------------------------------------------

typedef struct {
    ta_source_t source;
    int16_t block[2 * 256];
} sine_t;

static ta_pull_t pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    sine_t *sine = (sine_t *)source;
    uint32_t frames = max_frames < 256 ? max_frames : 256;
    for (uint32_t n = 0; n < frames; n++) {
        double angle = 2 * SPECTRUM_PI * TONE_HZ / source->format.rate_hz * (double)(source->position + n);
        sine->block[2 * n] = sine->block[2 * n + 1] = (int16_t)lrint(32767 * pow(10, DECIBEL / 20) * sin(angle));
    }
    source->position += frames;
    *block = (ta_block_t){.data = sine->block, .frames = frames};
    return TA_PULL_MORE;
}

// Leaves POINTS pulses of a long sine in the scene, from `first` on. False: this rate has no such period.
static bool play_sine(const char *board, uint32_t rate_hz, uint8_t bits)
{
    static const ta_source_ops_t ops = {.pull = pull};
    static sine_t sine;
    const ta_format_t format = {TA_SAMPLE_S16, 2, rate_hz};
    ta_pwm_config_t config = pwm_scene_config();
    config.rate_hz = rate_hz;
    config.bits = bits;
    config.rounding = TA_PWM_SHAPED;
    if (rate_hz > chip_board_find(board)->system_hz >> bits && bits)
        return false;
    assert_true(pwm_scene_open(&scene, board, &config));
    ta_source_init(&sine.source, &ops, &format, TA_FRAMES_UNKNOWN);
    assert_int_equal(ta_output_play(&scene.pwm.output, &sine.source), TA_OK);
    pwm_scene_run_us(&scene, 50000); // until it is heard
    first = scene.pulses;
    while (scene.pulses < first + POINTS)
        pwm_scene_run_us(&scene, 1000);
    ta_pwm_close(&scene.pwm);
    return true;
}

// ---- what is heard of it -------------------------------------------------------------------------------------------------

typedef struct {
    double amplitude, second; ///< of the tone; of its second harmonic, by the edges of the pulses
    spectrum_noise_t noise;
} heard_sine_t;

static double tone_hz(void)
{
    return TONE_HZ * (double)scene.plan.rate.reached_uhz / 1e6 / scene.plan.rate.asked_hz;
}

// Amplitude of a frequency in the pulses as they are, edges and all, of half the supply; a Hann window, for it fits no whole number of times.
static double by_edges(const pulse_t *pulse, double hz)
{
    double w = 2 * SPECTRUM_PI * hz / scene.board->system_hz, length = 0;
    double complex sum = 0;
    for (size_t i = 0; i < POINTS; i++) {
        double at = (double)(pulse[i].cycle - pulse[0].cycle);
        double window = 1 - cos(2 * SPECTRUM_PI * (double)i / POINTS);
        sum += window * (spectrum_turned_by(-w * at) - spectrum_turned_by(-w * (at + pulse[i].left)));
        length += pulse[i].period;
    }
    return 2 * cabs(sum) / w / length * 2; // two sides; half the supply is 1
}

// The sine of that frequency that fits best, by the normal equations of its three numbers; what is left is noise.
static double take_sine_away(double step)
{
    double a[3][4] = {{0}};
    for (size_t i = 0; i < POINTS; i++) {
        const double base[4] = {sin(step * (double)i), cos(step * (double)i), 1, signal_at[i]};
        for (int r = 0; r < 3; r++)
            for (int c = 0; c < 4; c++)
                a[r][c] += base[r] * base[c];
    }
    for (int p = 0; p < 3; p++) // Gauss and Jordan; the matrix is nearly diagonal
        for (int r = 0; r < 3; r++)
            for (int c = 3; r != p && c >= p; c--)
                a[r][c] -= a[r][p] / a[p][p] * a[p][c];
    double s = a[0][3] / a[0][0], c = a[1][3] / a[1][1], mean = a[2][3] / a[2][2];
    for (size_t i = 0; i < POINTS; i++)
        signal_at[i] -= s * sin(step * (double)i) + c * cos(step * (double)i) + mean;
    return hypot(s, c);
}

static heard_sine_t hear(void)
{
    const pulse_t *pulse = &scene.pulse[first];
    double period = pulse[0].period;
    heard_sine_t heard;
    for (size_t i = 0; i < POINTS; i++) {
        assert_int_equal(pulse[i].period, period);
        signal_at[i] = pulse[i].left / period * 2 - 1;
    }
    heard.second = by_edges(pulse, 2 * tone_hz());
    heard.amplitude = take_sine_away(2 * SPECTRUM_PI * tone_hz() * period / scene.board->system_hz);
    heard.noise = spectrum_noise(signal_at, scene.board->system_hz / period, 0);
    return heard;
}

// ---- the table -----------------------------------------------------------------------------------------------------------

static char *page;

static void load_page(void)
{
    FILE *file = fopen("docs/pwm.md", "rb");
    if (!file)
        fail_msg("docs/pwm.md cannot be read; run this in the repository's root");
    page = calloc(1, 100000);
    assert_non_null(page);
    assert_true(fread(page, 1, 99999, file) > 1000);
    (void)fclose(file);
}

static double decibels(double power)
{
    return 10 * log10(power);
}

// Where jitter is loudest, the noise depends by some tenths on the cycle at which the output was started.
static bool page_says(const char *line, double flat, double weighted, double second)
{
    const char *at = strstr(page, line);
    double said[3];
    return at && sscanf(at + strlen(line), "%lf dB |%lf dB |%lf dB |", &said[0], &said[1], &said[2]) == 3 &&
           fabs(said[0] - flat) < 0.5 && fabs(said[1] - weighted) < 0.5 && fabs(said[2] - second) < 0.5;
}

static void test_how_it_sounds(void **state)
{
    (void)state;
    static const uint32_t rates[] = {44100, 48000};
    unsigned lines = 0, missing = 0;
    load_page();
    for (unsigned b = 0; b < 2; b++)
        for (unsigned r = 0; r < 2; r++)
            for (unsigned bits = 7; bits <= 11; bits++) {
                const char *board = b ? "pico2" : "pico";
                if (!play_sine(board, rates[r], bits > 7 ? (uint8_t)bits : 0))
                    continue;
                heard_sine_t heard = hear();
                double power = heard.amplitude * heard.amplitude;
                double flat = decibels(power / heard.noise.flat), weighted = decibels(power / heard.noise.weighted);
                char bits_said[20] = "automatic", line[200];
                if (bits > 7)
                    snprintf(bits_said, sizeof bits_said, "%u", bits);
                snprintf(line, sizeof line, "| %s | %.1f kHz | %s | %.1f kHz | %u |", b ? "RP2350" : "RP2040",
                         rates[r] / 1e3, bits_said, scene.board->system_hz / 1e3 / scene.plan.period,
                         scene.plan.jitter_cycles);
                double second = 20 * log10(heard.second / heard.amplitude);
                bool there = page_says(line, flat, weighted, second);
                print_message("%s %.1f dB | %.1f dB | %.1f dB |%s\n", line, flat, weighted, second,
                              there ? "" : "   <- docs/pwm.md does not have this");
                missing += !there;
                lines++;
                // The tone is as loud as it should be, and what does not jitter has only the noise of its levels.
                double levels = scene.plan.period - 6.0;
                assert_true(fabs(heard.amplitude / pow(10, DECIBEL / 20) / (levels / scene.plan.period) - 1) < 0.002);
                assert_true(bits > 7 ? flat < 48 : flat > 57);
            }
    free(page);
    assert_int_equal(lines, 20);
    assert_int_equal(missing, 0);
}

static int free_scene(void **state)
{
    (void)state;
    pwm_scene_free(&scene);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_how_it_sounds)};
    return cmocka_run_group_tests(tests, NULL, free_scene);
}
