// Effects against models that share nothing with them: the formulas of reference sections 6.7 to 6.10 in double precision, and, where those are of
// integers, sample by sample in 64 bits.
#include "src/source/fx_exp.h"
#include "test/support/fx_rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static int64_t clip(int64_t value)
{
    return value > 32767 ? 32767 : value < -32768 ? -32768 : value;
}

static int64_t to_zero(int64_t n, unsigned k)
{
    return clip(n / ((int64_t)1 << k));
}

static int64_t down(int64_t n, unsigned k) // floor
{
    int64_t unit = (int64_t)1 << k;
    return n >= 0 ? n / unit : -((-n + unit - 1) / unit);
}

static int64_t knee(int64_t s, int64_t gain)
{
    return s > 28000 ? down((s - 28000) * gain, 16) + 28000 : s < -28000 ? down((s + 28000) * gain, 16) - 28000 : s;
}

// ---- logarithms and powers ---------------------------------------------------------------------------------------------------

static void test_logarithms_and_powers(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= TA_FX_EXP_STEPS; i++) {
        assert_int_equal(ta_fx_log2_table[i], lround(log2(1 + i / 128.0) * 16777216));
        assert_int_equal(ta_fx_exp2_table[i], lround(exp2(i / 128.0) * 16777216));
    }
    for (uint64_t w = 1; w <= UINT32_MAX; w += 1 + w / 5000)
        assert_true(fabs(fx_log2((uint32_t)w) / 16777216.0 - log2((double)w)) < 1.4e-5);
    for (int64_t x = -30 * (int64_t)TA_FX_EXP_ONE; x < 30 * (int64_t)TA_FX_EXP_ONE; x += 4099) {
        int32_t exponent;
        double should = exp2((double)x / 16777216), got = fx_exp2((int32_t)x, &exponent) / 16777216.0;
        assert_true(fabs(ldexp(got, exponent) / should - 1) < 1e-5);
        if (x < TA_FX_EXP_ONE)
            assert_true(fabs(fx_exp2_whole(x) / 16777216.0 - should) < 1e-5 * should + 1e-7);
    }
    assert_int_equal(fx_exp2_whole(INT64_MIN / 2), 0);
}

// ---- Distortion --------------------------------------------------------------------------------------------------------------

typedef struct {
    int mode;
    bool soft;
    double drive, pre, post; // gains in dB
} setting_t;

// From w on, section 6.8, its clipping as W38 says.
static double shaped(const setting_t *set, double w)
{
    double v = fabs(w) / 32768, post = pow(10, set->post / 20), rest = 1.0001 - set->drive, y = 0;
    if (set->mode == TA_DISTORTION_CLIP)
        y = v > 0 ? pow(v, rest) : 0;
    if (set->mode == TA_DISTORTION_WAVESHAPE) {
        double k = 2 * set->drive / rest;
        y = (1 + k) * v / (1 + k * v);
    }
    if (set->mode == TA_DISTORTION_OVERDRIVE) {
        long double u = 0.686306L * (long double)w / 32768, z = 1 + expl(-0.75L * sqrtl(fabsl(u)));
        long double away = fabsl(u); // both parts times e^-|u|, which no number is too large for
        y = (double)fabsl((expl(u - away) - expl(-u * z - away)) / (expl(u - away) + expl(-u - away)));
    }
    if (set->mode == TA_DISTORTION_LOFI) {
        int64_t unit = (int64_t)1 << lround(14 * set->drive);
        y = fabs(floor(w / (double)unit) * (double)unit);
        if (!set->soft)
            return fmin(trunc(y * post), 32767);
        y /= 32768;
    }
    y *= post;
    y = set->soft ? 1 - exp(-y) : fmin(y, 1);
    return trunc(y * 32767);
}

static double off(const setting_t *set, double w, bool negative, int out)
{
    return fabs(shaped(set, negative ? -w : w) - (negative ? -out : out));
}

// The largest difference. Where x pre is a whole number but for a hundred-thousandth, w may be that or one less.
static double distance(const setting_t *set, const int16_t *in, const int16_t *out, size_t count)
{
    double most = 0, pre = pow(10, set->pre / 20);
    for (size_t s = 0; s < count; s++) {
        double exact = abs(in[s]) * pre, slack = exact * 1.3e-5 + 1e-9;
        double is = off(set, trunc(exact), in[s] < 0, out[s]);
        if (floor(exact + slack) > floor(exact))
            is = fmin(is, off(set, floor(exact + slack), in[s] < 0, out[s]));
        if (floor(exact - slack) < floor(exact))
            is = fmin(is, off(set, floor(exact - slack), in[s] < 0, out[s]));
        if (exact > 40000) // there a 16-bit factor is off by more than one
            for (double w = floor(exact - slack); w <= floor(exact + slack); w++)
                is = fmin(is, off(set, w, in[s] < 0, out[s]));
        most = is > most ? is : most;
    }
    return most;
}

static void distort(const setting_t *set, const int16_t *in, int16_t *out, uint32_t count)
{
    fx_rig_t rig;
    ta_raw_t raw;
    fx_rig_make(&rig, FX_DISTORTION, TA_SAMPLE_S16, 1, 44100, 256);
    assert_int_equal(ta_distortion_set_mode(&rig.distortion, (ta_distortion_mode_t)set->mode), TA_OK);
    rig.distortion.soft_clip = set->soft;
    ta_param_set(&rig.distortion.drive, (ta_real_t)set->drive);
    ta_param_set(&rig.distortion.pre_gain, (ta_real_t)set->pre);
    ta_param_set(&rig.distortion.post_gain, (ta_real_t)set->post);
    fx_rig_play(&rig, &raw, TA_SAMPLE_S16, in, count);
    fx_rig_hear(&rig, out, count, 256);
    fx_rig_free(&rig);
}

static void test_distortion_is_the_formula(void **state)
{
    (void)state;
    static int16_t in[1024], out[COUNT(in)];
    const double drives[] = {0, 0.25, 0.6, 0.99, 1}, pres[] = {-60, -7, 0, 3, 20, 60}, posts[] = {-80, -3, 0, 24};
    double most[TA_DISTORTIONS] = {0};
    for (int n = 0; n < (int)COUNT(in); n++) // all small ones, the ends, and every 89th
        in[n] = (int16_t)(n < 256   ? n - 128
                          : n < 258 ? -32768 + n - 256
                          : n < 260 ? 32767 - (n - 258)
                                    : (n - 260) * 89 % 65536 - 32768);
    for (int mode = 0; mode < TA_DISTORTIONS; mode++)
        for (int soft = 0; soft < 2; soft++)
            for (size_t d = 0; d < COUNT(drives); d++)
                for (size_t p = 0; p < COUNT(pres); p++)
                    for (size_t q = 0; q < COUNT(posts); q++) {
                        setting_t set = {mode, soft, drives[d], pres[p], posts[q]};
                        if (mode == TA_DISTORTION_OVERDRIVE && d > 0)
                            continue; // has no drive
                        distort(&set, in, out, COUNT(in));
                        double is = distance(&set, in, out, COUNT(in));
                        most[mode] = is > most[mode] ? is : most[mode];
                    }
    print_message("largest differences: clip %g, lofi %g, overdrive %g, waveshape %g\n", most[0], most[1], most[2],
                  most[3]);
    assert_true(most[TA_DISTORTION_CLIP] <= 2);
    assert_true(most[TA_DISTORTION_LOFI] <= 2);
    assert_true(most[TA_DISTORTION_OVERDRIVE] <= 5); // of 24 dB of gain behind it
    assert_true(most[TA_DISTORTION_WAVESHAPE] <= 2);
}

// ---- Phaser ------------------------------------------------------------------------------------------------------------------

enum { FRAMES = 20000 };
static int16_t noise[2 * FRAMES], heard[2 * FRAMES];

static void test_phaser_is_the_formula(void **state)
{
    (void)state;
    const double frequencies[] = {0, 30, 1000, 4000, 7000, 8000}, mixes[] = {0, 0.01, 0.5, 1},
                 feedbacks[] = {0.1, 0.7, 0.9};
    const unsigned stages[] = {1, 2, 6, 24};
    for (unsigned setting = 0; setting < 6 * 4 * 3 * 4; setting++) {
        fx_rig_t rig;
        ta_raw_t raw;
        double frequency = frequencies[setting % 6], mix = mixes[setting / 6 % 4],
               feedback = feedbacks[setting / 24 % 3];
        unsigned count = stages[setting / 72], channels = setting % 2 + 1;
        int64_t z[2][24] = {{0}}, last[2] = {0}, back = (int64_t)(32767 * feedback), wet = (int64_t)(32767 * mix);
        double part = frequency / 8000;
        int64_t c = (int64_t)(32767 * (1 - part) / (1 + part));
        fx_rig_make(&rig, FX_PHASER, TA_SAMPLE_S16, channels, 16000, 100);
        assert_int_equal(ta_phaser_set_stages(&rig.phaser, count), TA_OK);
        ta_param_set(&rig.phaser.frequency, (ta_real_t)frequency);
        ta_param_set(&rig.phaser.feedback, (ta_real_t)feedback);
        ta_param_set(&rig.phaser.mix, (ta_real_t)mix);
        fx_rig_play(&rig, &raw, TA_SAMPLE_S16, noise, FRAMES / 8);
        fx_rig_hear(&rig, heard, FRAMES / 8, 256);
        for (size_t s = 0; s < FRAMES / 8 * channels; s++) {
            int64_t *memory = z[s % channels], x = noise[s], w = clip(x + to_zero(last[s % channels] * back, 15));
            for (unsigned n = 0; n < count; n++) {
                int64_t a = clip(to_zero(-c * w, 15) + memory[n]);
                memory[n] = clip(to_zero(c * a, 15) + w);
                w = a;
            }
            last[s % channels] = w;
            assert_int_equal(heard[s], wet <= 328 ? x : knee(x + to_zero(w * wet, 15), 7151));
        }
        fx_rig_free(&rig);
    }
}

// Without rounding, and not so loud that anything clips: allpasses and a sum.
static void test_phaser_is_a_row_of_allpasses(void **state)
{
    (void)state;
    fx_rig_t rig;
    ta_raw_t raw;
    static int16_t soft[FRAMES];
    double z[6] = {0}, last = 0, c = (1 - 1000.0 / 8000) / (1 + 1000.0 / 8000), most = 0;
    for (size_t s = 0; s < FRAMES; s++)
        soft[s] = (int16_t)(noise[s] / 8);
    fx_rig_make(&rig, FX_PHASER, TA_SAMPLE_S16, 1, 16000, 256);
    fx_rig_play(&rig, &raw, TA_SAMPLE_S16, soft, FRAMES);
    fx_rig_hear(&rig, heard, FRAMES, 256);
    for (size_t s = 0; s < FRAMES; s++) {
        double w = soft[s] + 0.7 * last;
        for (unsigned n = 0; n < 6; n++) {
            double a = z[n] - c * w;
            z[n] = w + c * a;
            w = a;
        }
        last = w;
        most = fmax(most, fabs(soft[s] + w - heard[s]));
    }
    print_message("largest difference %g\n", most);
    assert_true(most < 80);
    fx_rig_free(&rig);
}

// ---- Filter ------------------------------------------------------------------------------------------------------------------

static void test_filter_is_a_chain_and_a_mix(void **state)
{
    (void)state;
    const double mixes[] = {0.02, 0.3, 0.5, 1};
    for (unsigned m = 0; m < COUNT(mixes); m++)
        for (unsigned channels = 1; channels <= 2; channels++) {
            fx_rig_t rig;
            ta_raw_t raw;
            static int16_t soft[2 * FRAMES];
            double past[2][3][4] = {{{0}}}, most = 0;
            for (size_t s = 0; s < COUNT(soft); s++)
                soft[s] = (int16_t)(noise[s] / 16);
            fx_rig_make(&rig, FX_FILTER, TA_SAMPLE_S16, channels, 16000, 256);
            ta_param_set(&rig.filter.mix, (ta_real_t)mixes[m]);
            ta_biquad_t *chain[] = {&rig.biquad[0], &rig.biquad[2], &rig.biquad[0]};
            assert_int_equal(ta_chain_set(&rig.filter.chain, chain, 3), TA_OK);
            fx_rig_play(&rig, &raw, TA_SAMPLE_S16, soft, FRAMES);
            fx_rig_hear(&rig, heard, FRAMES, 256);
            for (size_t s = 0; s < FRAMES * channels; s++) {
                double v = soft[s];
                for (unsigned b = 0; b < 3;
                     b++) { // with the coefficients as they were rounded: biquads have tests of their own
                    const ta_biquad_t *q = chain[b];
                    double *p = past[s % channels][b];
                    double y =
                        (q->now.b0 * v + q->now.b1 * p[0] + q->now.b2 * p[1] - q->now.a1 * p[2] - q->now.a2 * p[3]) /
                        32768;
                    p[1] = p[0], p[0] = v, p[3] = p[2], p[2] = y;
                    v = y;
                }
                most = fmax(most, fabs(soft[s] * (1 - mixes[m]) + v * mixes[m] - heard[s]));
            }
            print_message("mix %g, largest difference %g\n", mixes[m], most);
            assert_true(most < 30); // three roundings, and what the filters make of them
            fx_rig_free(&rig);
        }
}

// ---- Freeverb ----------------------------------------------------------------------------------------------------------------

enum { LINES = 12, LONGEST = 8000 };
static const unsigned tuned[LINES] = {1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617, 556, 441, 341, 225};

typedef struct {
    unsigned length[LINES], at[LINES];
    int64_t whole[LINES][LONGEST], low[8];
    double real[LINES][LONGEST], real_low[8];
} room_t;
static room_t rooms[2];

static void make_rooms(uint32_t rate)
{
    memset(rooms, 0, sizeof rooms);
    for (unsigned c = 0; c < 2; c++)
        for (unsigned l = 0; l < LINES; l++)
            rooms[c].length[l] = (unsigned)lround((tuned[l] + 23.0 * c) * rate / 44100);
}

static int64_t answer(room_t *room, int64_t x, int64_t feedback, int64_t damp)
{
    int64_t in = to_zero(x * 8738, 17), sum = 0;
    for (unsigned l = 0; l < 8; l++) {
        int64_t *cell = &room->whole[l][room->at[l]], o = *cell;
        sum += o;
        room->low[l] = to_zero(o * (32768 - damp) + room->low[l] * damp, 15);
        *cell = clip(in + to_zero(room->low[l] * feedback, 15));
    }
    int64_t y = to_zero(sum * 31457, 17);
    for (unsigned l = 8; l < LINES; l++) {
        int64_t *cell = &room->whole[l][room->at[l]], o = *cell;
        *cell = clip(y + down(o, 1));
        y = to_zero(o - y, 1);
    }
    return y;
}

static double real_answer(room_t *room, double x, double feedback, double damp)
{
    double in = x * 8738 / 131072, sum = 0;
    for (unsigned l = 0; l < 8; l++) {
        double *cell = &room->real[l][room->at[l]], o = *cell;
        sum += o;
        room->real_low[l] = o * (1 - damp) + room->real_low[l] * damp;
        *cell = in + room->real_low[l] * feedback;
    }
    double y = sum * 31457 / 131072;
    for (unsigned l = 8; l < LINES; l++) {
        double *cell = &room->real[l][room->at[l]], o = *cell;
        *cell = y + o / 2;
        y = (o - y) / 2;
    }
    for (unsigned l = 0; l < LINES; l++)
        room->at[l] = (room->at[l] + 1) % room->length[l];
    return y;
}

static void play_freeverb(unsigned channels, uint32_t rate, const double set[3], const int16_t *in, int16_t *out)
{
    fx_rig_t rig;
    ta_raw_t raw;
    fx_rig_make(&rig, FX_FREEVERB, TA_SAMPLE_S16, channels, rate, 200);
    assert_int_equal(ta_chain_set(&rig.freeverb.pre, NULL, 0), TA_OK);
    assert_int_equal(ta_chain_set(&rig.freeverb.post, NULL, 0), TA_OK);
    for (unsigned p = 0; p < 3; p++)
        ta_param_set(rig.param[p], (ta_real_t)set[p]);
    fx_rig_play(&rig, &raw, TA_SAMPLE_S16, in, FRAMES);
    fx_rig_hear(&rig, out, FRAMES, 256);
    fx_rig_free(&rig);
}

static void test_freeverb_is_the_formula(void **state)
{
    (void)state;
    static int16_t in[2 * FRAMES];
    const uint32_t rates[] = {1000, 8000, 44100, 48000, 192000};
    const double sets[][3] = {{0.5, 0.5, 0.5}, {0, 0, 1}, {1, 1, 0.3}, {1, 0, 0.7}, {0, 1, 0}}; // room, damp, mix
    const int divisors[] = {1, 3, 0}; // 0: as loud as can be, all the time
    double worst = 1000;
    for (unsigned setting = 0; setting < COUNT(rates) * COUNT(sets) * COUNT(divisors); setting++) {
        const double *set = sets[setting / 5 % 5];
        unsigned channels = setting % 2 + 1;
        int divisor = divisors[setting / 25];
        int64_t feedback = (int64_t)(9175.04 * set[0]) + 22937, damp = (int64_t)(13107.2 * set[1]);
        int64_t dry = (int64_t)(32767 * fmin(2 - 2 * set[2], 1)), wet = (int64_t)(32767 * fmin(2 * set[2], 1));
        double error = 0, sound = 0;
        for (size_t s = 0; s < COUNT(in); s++)
            in[s] = (int16_t)(divisor == 0        ? (setting % 2 ? -32768 : 32767)
                              : s < COUNT(in) / 2 ? noise[s] / divisor
                                                  : 0);
        make_rooms(rates[setting % 5]);
        play_freeverb(channels, rates[setting % 5], set, in, heard);
        for (size_t s = 0; s < FRAMES * channels; s++) {
            room_t *room = &rooms[s % channels];
            int64_t y = answer(room, in[s], feedback, damp);
            double real = real_answer(room, in[s], (double)feedback / 32768, (double)damp / 32768);
            assert_int_equal(heard[s], knee(to_zero(in[s] * dry, 15) + to_zero(y * 30 * wet, 15), 7151));
            error += (real - (double)y) * (real - (double)y);
            sound += real * real;
        }
        if (divisor > 1) { // louder than that, lines clip
            double ratio = 10 * log10(sound / error);
            worst = ratio < worst ? ratio : worst;
        }
    }
    print_message("against lines without rounding at worst %.1f dB\n", worst);
    assert_true(worst > 25); // lines of 16 bits, of a sound that was made 15 times softer
}

static int setup(void **state)
{
    (void)state;
    fx_rig_noise(noise, COUNT(noise), 5);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logarithms_and_powers),       cmocka_unit_test(test_distortion_is_the_formula),
        cmocka_unit_test(test_phaser_is_the_formula),       cmocka_unit_test(test_phaser_is_a_row_of_allpasses),
        cmocka_unit_test(test_filter_is_a_chain_and_a_mix), cmocka_unit_test(test_freeverb_is_the_formula),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
