// The effects that remember, sample by sample against models: section 6.9 of the reference written down again with whole histories and doubles, no rings, no ramps,
// no pieces. Where the reference's numbers are right they must be the same; PitchShift and GranularPitchShift, where they are not, are held to a bound.
#include "test/support/delay_rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FRAMES = 1500, TAIL = 900, ALL = FRAMES + TAIL, RATE = 8000 };

static int sound[2 * FRAMES], heard[2 * ALL];
static long line[2][ALL + 4]; // what went into the model's line, for each channel, at each time

typedef struct {
    unsigned bits, channels;
    uint32_t buffer_frames, appetite;
} shape_t;

static const shape_t shapes[] = {{16, 1, 0, 64}, {16, 2, 0, 1000},  {8, 1, 0, 7},      {8, 2, 256, 256},
                                 {16, 2, 1, 3},  {16, 1, 300, 129}, {16, 2, 4096, 64}, {8, 2, 33, 100}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

// ---- numbers ---------------------------------------------------------------------------------------------------------------

static long knee(long s, long gain)
{
    if (s > 28000)
        return 28000 + (long)floor((double)(s - 28000) * (double)gain / 65536);
    if (s < -28000)
        return -28000 + (long)floor((double)(s + 28000) * (double)gain / 65536);
    return s;
}

static long knee_gain(unsigned x)
{
    return 268435455L / (32768L * (long)x - 28000L);
}

static long clip(long s, unsigned bits)
{
    long top = (1L << (bits - 1)) - 1;
    return s > top ? top : s < -top - 1 ? -top - 1 : s;
}

// A sum of two: bent, or of 8-bit samples clipped.
static long bound(long s, unsigned bits)
{
    return bits == 16 ? knee(s, knee_gain(2)) : clip(s, 8);
}

// What a parameter of 0..1 is on the audio path.
static double q15(double value)
{
    return floor(value * 32768 + 0.5) / 32768;
}

static long mixed(long x, double w, double mix, unsigned bits)
{
    double twice = 2 * q15(mix);
    return bound((long)trunc((double)x * fmin(2 - twice, 1) + w * fmin(twice, 1)), bits);
}

static long past(unsigned channel, long when)
{
    return when >= 0 ? line[channel][when] : 0;
}

// ---- the way of every test -------------------------------------------------------------------------------------------------

static void make_sound(const shape_t *shape, unsigned seed)
{
    uint32_t state = seed;
    long top = 1L << (shape->bits - 1);
    for (size_t s = 0; s < 2 * (size_t)FRAMES; s++) {
        long value = (long)rig_chance(&state, (uint32_t)(2 * top)) - top;
        if (seed % 3 == 0) // loud and slow: every bend is reached
            value = (s / 97) % 2 ? top - 1 : -top;
        sound[s] = (int)value;
    }
}

static void make(rig_t *rig, rig_config_t config, const shape_t *shape)
{
    config.format = (ta_format_t){shape->bits == 8 ? TA_SAMPLE_S8 : TA_SAMPLE_S16, (uint8_t)shape->channels, RATE};
    config.buffer_frames = shape->buffer_frames;
    assert_int_equal(rig_make(rig, &config), TA_OK);
}

// Also that what is heard is `late` after the source, not before it, and silence after it for those without a tail: models say so.
static void hear(rig_t *rig, const shape_t *shape)
{
    rig_sound_t source;
    rig_play(rig, &source, sound, FRAMES);
    assert_true(rig_hear(rig, heard, ALL, shape->appetite));
    rig_silence(&source);
    rig_free(rig);
}

static long input(size_t frame, unsigned channel, unsigned channels)
{
    return frame < FRAMES ? sound[frame * channels + channel] : 0;
}

static void same(const char *what, size_t frame, unsigned channel, const shape_t *shape, long expected, long slack)
{
    long got = heard[frame * shape->channels + channel];
    if (labs(got - expected) > slack)
        fail_msg("%s: %u bits, %u channels, blocks of %u: frame %zu of channel %u is %ld and should be %ld", what,
                 shape->bits, shape->channels, (unsigned)shape->buffer_frames, frame, channel, got, expected);
}

// ---- Echo ------------------------------------------------------------------------------------------------------------------

static const double delays_ms[] = {0, 0.126, 0.25, 1, 13.7, 25, 50, 400}; // of a line of 50 ms
static const double decays[] = {0, 0.3, 0.7, 1};
static const double mixes[] = {0, 0.004, 0.006, 0.25, 0.5, 0.77, 1};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static long frames_of(double ms, long most)
{
    long frames = (long)floor(ms * RATE / 1000);
    return frames < 1 ? 1 : frames < most ? frames : most;
}

static void check_echo(const shape_t *shape, double ms, double decay, double mix)
{
    long delay = frames_of(ms, 400);
    for (unsigned c = 0; c < shape->channels; c++)
        for (long t = 0; t < ALL; t++) {
            long x = input((size_t)t, c, shape->channels), e = past(c, t - delay);
            line[c][t] = bound((long)trunc((double)e * q15(decay) + (double)x), shape->bits);
            same("echo", (size_t)t, c, shape, 2 * q15(mix) <= 0.01 ? x : mixed(x, (double)e, mix, shape->bits), 0);
        }
}

static void test_echo_of_a_fixed_speed(void **state)
{
    (void)state;
    unsigned seed = 1;
    for (size_t s = 0; s < SHAPES; s++)
        for (size_t d = 0; d < COUNT(delays_ms); d++)
            for (size_t a = 0; a < COUNT(decays); a++) {
                double mix = mixes[seed % COUNT(mixes)];
                rig_t rig;
                make(&rig, (rig_config_t){.kind = RIG_ECHO, .max_ms = 50}, &shapes[s]);
                rig.as.echo.freq_shift = false;
                ta_param_set(&rig.as.echo.delay_ms, (ta_real_t)delays_ms[d]);
                ta_param_set(&rig.as.echo.decay, (ta_real_t)decays[a]);
                ta_param_set(&rig.as.echo.mix, (ta_real_t)mix);
                make_sound(&shapes[s], seed++);
                hear(&rig, &shapes[s]);
                check_echo(&shapes[s], delays_ms[d], decays[a], mix);
            }
}

static void check_shift(const shape_t *shape, double ms, double decay, double mix)
{
    enum { CELLS = 400 };
    static long tape[2][CELLS];
    memset(tape, 0, sizeof tape);
    double clamped = fmin(fmax(ms, 50.0 / 32), 50);
    long speed = (long)floor(256 * 50 / clamped), place = 0; // 24.8
    for (size_t t = 0; t < ALL; t++) {
        for (unsigned c = 0; c < shape->channels; c++) {
            long x = input(t, c, shape->channels), e = tape[c][place / 256 % CELLS];
            for (long cell = place / 256; cell < (place + speed) / 256; cell++) {
                long *at = &tape[c][cell % CELLS];
                *at = bound((long)trunc((double)*at * q15(decay) + (double)x), shape->bits);
            }
            same("echo with freq_shift", t, c, shape, 2 * q15(mix) <= 0.01 ? x : mixed(x, (double)e, mix, shape->bits),
                 0);
        }
        place += speed;
    }
}

static void test_echo_of_a_tape(void **state)
{
    (void)state;
    unsigned seed = 1;
    for (size_t s = 0; s < SHAPES; s++)
        for (size_t d = 0; d < COUNT(delays_ms); d++)
            for (size_t m = 0; m < COUNT(mixes); m++) {
                rig_t rig;
                double decay = decays[seed % COUNT(decays)];
                make(&rig, (rig_config_t){.kind = RIG_ECHO, .max_ms = 50}, &shapes[s]);
                ta_param_set(&rig.as.echo.delay_ms, (ta_real_t)delays_ms[d]);
                ta_param_set(&rig.as.echo.decay, (ta_real_t)decay);
                ta_param_set(&rig.as.echo.mix, (ta_real_t)mixes[m]);
                make_sound(&shapes[s], seed++);
                hear(&rig, &shapes[s]);
                check_shift(&shapes[s], delays_ms[d], decay, mixes[m]);
            }
}

// ---- Chorus ----------------------------------------------------------------------------------------------------------------

static void check_chorus(const shape_t *shape, double ms, unsigned voices, double mix)
{
    long delay = frames_of(ms, 400), step = voices > 1 ? delay / (long)(voices - 1) - 1 : 0;
    step = step < 0 ? 0 : step;
    for (unsigned c = 0; c < shape->channels; c++)
        for (long t = 0; t < ALL; t++) {
            long x = line[c][t] = input((size_t)t, c, shape->channels), sum = 0;
            for (unsigned v = 0; v < voices; v++)
                sum += past(c, t - (long)v * step);
            sum = voices > 1 ? knee(sum, knee_gain(voices)) : sum;
            long expected = bound(x + (long)trunc((double)sum * q15(mix)), shape->bits);
            same("chorus", (size_t)t, c, shape, t < FRAMES ? expected : 0, 0);
        }
}

static void test_chorus_w39(void **state)
{
    (void)state;
    static const unsigned voices[] = {1, 2, 3, 4, 7, 24, 64};
    unsigned seed = 1;
    for (size_t s = 0; s < SHAPES; s++)
        for (size_t d = 0; d < COUNT(delays_ms); d++)
            for (size_t v = 0; v < COUNT(voices); v++) {
                rig_t rig;
                double mix = mixes[seed % COUNT(mixes)];
                make(&rig, (rig_config_t){.kind = RIG_CHORUS, .max_ms = 50}, &shapes[s]);
                ta_param_set(&rig.as.chorus.delay_ms, (ta_real_t)delays_ms[d]);
                ta_param_set(&rig.as.chorus.voices, (ta_real_t)voices[v] + (ta_real_t)0.9);
                ta_param_set(&rig.as.chorus.mix, (ta_real_t)mix);
                make_sound(&shapes[s], seed++);
                hear(&rig, &shapes[s]);
                check_chorus(&shapes[s], delays_ms[d], voices[v], mix);
            }
}

// ---- Flanger ---------------------------------------------------------------------------------------------------------------

typedef struct {
    double min_ms, rate, depth, feedback, mix;
    bool invert;
} flange_t;

static double whole_frames(double ms)
{
    return floor(fmin(fmax(ms * RATE / 1000, 1), 400) * 65536);
}

static long scaled(long s, long level)
{
    return (long)trunc((double)s * (double)level / 32768);
}

static void check_flanger(const shape_t *shape, const flange_t *f)
{
    double near = whole_frames(f->min_ms), span = whole_frames(f->min_ms + (50 - f->min_ms) * f->depth) - near;
    long wet = (long)trunc(32767 * f->mix), again = (long)trunc(32767 * fmin(fmax(f->feedback, -0.95), 0.95));
    uint64_t phase = 0, step = (uint64_t)(f->rate / RATE * 4294967296.0);
    for (long t = 0; t < ALL; t++) {
        phase = (phase + step) & 0xFFFFFFFF;
        long turn = (long)(phase >> 15), tri = turn > 65535 ? 131071 - turn : turn;
        long delay = (long)(near + floor(span * (double)tri / 65536)), whole = delay / 65536;
        for (unsigned c = 0; c < shape->channels; c++) {
            long x = input((size_t)t, c, shape->channels), s0 = past(c, t - whole), s1 = past(c, t - whole - 1);
            long s = s0 + (long)floor((double)(s1 - s0) * (double)(delay % 65536) / 65536);
            line[c][t] = clip(x + scaled(s, again), shape->bits);
            long expected = bound(x + (f->invert ? -scaled(s, wet) : scaled(s, wet)), shape->bits);
            same("flanger", (size_t)t, c, shape, t >= FRAMES ? 0 : wet <= 328 ? x : expected, 0);
        }
    }
}

static void test_flanger(void **state)
{
    (void)state;
    static const flange_t ways[] = {
        {1, 0.5, 0.5, 0.5, 0.5, false},    {0, 20, 1, 0.95, 1, false},   {2, 7, 0.3, -1, 0.7, true},
        {50, 3, 1, 2, 0.2, false},         {0.125, 0, 1, 0, 0.5, false}, {49.9, 20, 1, -0.4, 1, true},
        {3.3, 11, 0.77, 0.6, 0.01, false}, {5, 2, 0, 0.3, 0.011, true},
    };
    unsigned seed = 1;
    for (size_t s = 0; s < SHAPES; s++)
        for (size_t w = 0; w < COUNT(ways); w++) {
            rig_t rig;
            make(&rig, (rig_config_t){.kind = RIG_FLANGER, .max_ms = 50}, &shapes[s]);
            ta_flanger_t *flanger = &rig.as.flanger;
            ta_param_set(&flanger->min_delay_ms, (ta_real_t)ways[w].min_ms);
            ta_param_set(&flanger->rate, (ta_real_t)ways[w].rate);
            ta_param_set(&flanger->depth, (ta_real_t)ways[w].depth);
            ta_param_set(&flanger->feedback, (ta_real_t)ways[w].feedback);
            ta_param_set(&flanger->mix, (ta_real_t)ways[w].mix);
            flanger->invert = ways[w].invert;
            make_sound(&shapes[s], seed++);
            hear(&rig, &shapes[s]);
            check_flanger(&shapes[s], &ways[w]);
        }
}

// ---- MultiTapDelay ---------------------------------------------------------------------------------------------------------

typedef struct {
    unsigned count;
    ta_tap_t taps[8];
} set_t;

static void check_multitap(const shape_t *shape, double ms, double decay, double mix, const set_t *set)
{
    long delay = frames_of(ms, 400);
    for (unsigned c = 0; c < shape->channels; c++)
        for (long t = 0; t < ALL; t++) {
            long x = input((size_t)t, c, shape->channels), e = past(c, t - delay), sum = set->count ? 0 : e;
            for (unsigned n = 0; n < set->count; n++) {
                long offset = (long)trunc((double)delay * (double)set->taps[n].position);
                long tap = past(c, t - (offset > 0 ? offset : delay));
                sum += (long)trunc((double)tap * q15((double)set->taps[n].level));
            }
            sum = set->count > 1 && shape->bits == 16 ? knee(sum, knee_gain(set->count)) : sum;
            line[c][t] = bound((long)trunc((double)e * q15(decay)) + x, shape->bits);
            same("multitap", (size_t)t, c, shape, mixed(x, (double)sum, mix, shape->bits), 0);
        }
}

static void test_multitap(void **state)
{
    (void)state;
    static const set_t sets[] = {
        {0, {{0, 0}}},
        {1, {{0.5, 1}}},
        {2, {{0, 0.7}, {1, 1}}},
        {8, {{0.001, 1}, {0.1, 1}, {0.25, 0.9}, {0.5, 1}, {0.5, 1}, {0.75, 0.3}, {0.999, 1}, {1, 1}}},
    };
    unsigned seed = 1;
    for (size_t s = 0; s < SHAPES; s++)
        for (size_t d = 0; d < COUNT(delays_ms); d++)
            for (size_t n = 0; n < COUNT(sets); n++) {
                rig_t rig;
                double mix = mixes[seed % COUNT(mixes)], decay = decays[seed % COUNT(decays)];
                make(&rig, (rig_config_t){.kind = RIG_MULTITAP, .max_ms = 50, .taps_max = 8}, &shapes[s]);
                ta_param_set(&rig.as.multitap.delay_ms, (ta_real_t)delays_ms[d]);
                ta_param_set(&rig.as.multitap.decay, (ta_real_t)decay);
                ta_param_set(&rig.as.multitap.mix, (ta_real_t)mix);
                assert_int_equal(ta_multitap_set_taps(&rig.as.multitap, sets[n].taps, sets[n].count), TA_OK);
                make_sound(&shapes[s], seed++);
                hear(&rig, &shapes[s]);
                check_multitap(&shapes[s], delays_ms[d], decay, mix, &sets[n]);
            }
}

// ---- PitchShift ------------------------------------------------------------------------------------------------------------

// The past `late` frames ago, between two samples.
static double look(unsigned channel, long now, double late)
{
    long whole = (long)floor(late);
    return (double)past(channel, now - whole) * (1 - (late - (double)whole)) +
           (double)past(channel, now - whole - 1) * (late - (double)whole);
}

static double rate_of(double semitones)
{
    return floor(pow(2, semitones / 12) * 65536 + 0.5) / 65536;
}

static void check_pitch(const shape_t *shape, double semitones, double window, double overlap, double mix)
{
    double lead = 0, rate = rate_of(semitones);
    for (long t = 0; t < ALL; t++) {
        for (unsigned c = 0; c < shape->channels; c++) {
            long x = line[c][t] = input((size_t)t, c, shape->channels);
            double far = look(c, t, window + overlap - lead), near = lead < overlap ? look(c, t, overlap - lead) : 0;
            double share = lead < overlap ? lead / overlap : 1;
            double shifted = far * share + near * (1 - share);
            same("pitch", (size_t)t, c, shape, t < FRAMES ? mixed(x, shifted, mix, shape->bits) : 0,
                 semitones == 0 ? 0 : 6);
        }
        lead += rate - 1;
        lead += lead < 0 ? window : lead >= window ? -window : 0;
    }
}

static void test_pitch(void **state)
{
    (void)state;
    static const double semitones[] = {0, 12, -12, 7, -5, 0.1, 24, 48, -48, 13.37};
    static const uint32_t windows[][2] = {{0, 0}, {64, 63}, {100, 1}, {777, 200}};
    unsigned seed = 1;
    for (size_t s = 0; s < SHAPES; s++)
        for (size_t p = 0; p < COUNT(semitones); p++)
            for (size_t w = 0; w < COUNT(windows); w++) {
                rig_t rig;
                double mix = mixes[seed % COUNT(mixes)];
                make(&rig, (rig_config_t){.kind = RIG_PITCH, .window = windows[w][0], .overlap = windows[w][1]},
                     &shapes[s]);
                ta_param_set(&rig.as.pitch.semitones, (ta_real_t)semitones[p]);
                ta_param_set(&rig.as.pitch.mix, (ta_real_t)mix);
                make_sound(&shapes[s], seed++);
                double window = windows[w][0] ? windows[w][0] : 512, overlap = windows[w][1] ? windows[w][1] : 64;
                hear(&rig, &shapes[s]);
                check_pitch(&shapes[s], semitones[p], window, overlap, mix);
            }
}

// ---- GranularPitchShift ----------------------------------------------------------------------------------------------------

typedef struct {
    double semitones, spread;
    unsigned grain, density;
} grains_t;

static uint32_t xorshift(uint32_t x)
{
    x ^= x << 13;
    x ^= x >> 17;
    return x ^ x << 5;
}

static void check_granular(const shape_t *shape, const grains_t *g, double mix)
{
    const double turn = 6.283185307179586;
    long grain = (long)(g->grain / g->density * g->density), spacing = grain / (long)g->density;
    double rate = rate_of(g->semitones), late[ALL];
    uint32_t noise = 0x1234ABCD;
    for (long k = 0; k * spacing < ALL; k++) {
        noise = xorshift(noise);
        late[k] =
            fmax((double)grain, ceil((double)grain * (rate - 1))) + noise % ((uint32_t)(g->spread * (double)grain) + 1);
    }
    for (long t = 0; t < ALL; t++)
        for (unsigned c = 0; c < shape->channels; c++) {
            long x = line[c][t] = input((size_t)t, c, shape->channels);
            double sum = 0, gain = g->density > 1 ? 2.0 / g->density : 1;
            for (long k = t / spacing; k >= 0 && t - k * spacing < grain; k--) {
                double n = (double)(t - k * spacing);
                sum += gain * (0.5 - 0.5 * cos(turn * n / (double)grain)) * look(c, t, late[k] + n - n * rate);
            }
            same("granular", (size_t)t, c, shape, t < FRAMES ? mixed(x, sum, mix, shape->bits) : 0, 7);
        }
}

static void test_granular(void **state)
{
    (void)state;
    static const grains_t ways[] = {
        {0, 0, 256, 2},  {12, 0, 200, 2}, {-12, 0, 256, 3}, {7, 0.5, 300, 4},  {-5, 1, 250, 8},
        {24, 1, 256, 2}, {24, 0, 64, 7},  {-48, 1, 128, 5}, {3, 0.25, 400, 1}, {19, 0, 97, 2},
    };
    unsigned seed = 1;
    for (size_t s = 0; s < SHAPES; s++)
        for (size_t w = 0; w < COUNT(ways); w++) {
            rig_t rig;
            double mix = mixes[seed % COUNT(mixes)];
            make(&rig, (rig_config_t){.kind = RIG_GRANULAR, .window = ways[w].grain, .overlap = ways[w].density},
                 &shapes[s]);
            ta_param_set(&rig.as.granular.semitones, (ta_real_t)ways[w].semitones);
            ta_param_set(&rig.as.granular.spread, (ta_real_t)ways[w].spread);
            ta_param_set(&rig.as.granular.mix, (ta_real_t)mix);
            make_sound(&shapes[s], seed++);
            hear(&rig, &shapes[s]);
            check_granular(&shapes[s], &ways[w], mix);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo_of_a_fixed_speed),
        cmocka_unit_test(test_echo_of_a_tape),
        cmocka_unit_test(test_chorus_w39),
        cmocka_unit_test(test_flanger),
        cmocka_unit_test(test_multitap),
        cmocka_unit_test(test_pitch),
        cmocka_unit_test(test_granular),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
