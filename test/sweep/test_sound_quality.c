// How good everything sounds that is neither a wire nor a resampler (those: test_pwm_sound.c, test_resample_quality.c). Tones near full scale go through each
// source and effect where it is set to be linear, and are fitted by least squares: what is left beside the tone is THD+N. Saws and squares are fitted by their harmonics:
// what is left is aliases. After the sound, and where silence comes in, there must be nothing at all. Prints the tables; the bounds beside the settings gate.
// Clicks: test_sound_clicks.c.
#include "test/support/delay_rig.h"
#include "test/support/fx_rig.h"
#include "test/support/synth_rig.h"
#include "tonearm/mixer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PI           3.14159265358979323846
#define COUNT(list)  (sizeof(list) / sizeof((list)[0]))
#define FULL_SCALE   32767.0
#define TO_FULL(lsb) ((lsb) / 32768.0)

enum { RATE = 44100, FRAMES = 22050, HZ = 997, HARMONICS_MAX = 60 };

static int16_t tone[RATE]; // a second of it, looped: whole periods
static int16_t heard[FRAMES];
static double signal[FRAMES];
static unsigned broken; // bounds

// ---- fitting -----------------------------------------------------------------------------------------------------------

static double db(double power)
{
    return power > 0 ? 10 * log10(power) : -199;
}

// Takes a sine of that frequency out of the signal, by least squares; returns its power, of a full-scale sine's.
static double take_out(double hz)
{
    double cc = 0, ss = 0, cs = 0, yc = 0, ys = 0, turn = 2 * PI * hz / RATE;
    for (unsigned n = 0; n < FRAMES; n++) {
        double c = cos(turn * n), s = sin(turn * n);
        cc += c * c;
        ss += s * s;
        cs += c * s;
        yc += signal[n] * c;
        ys += signal[n] * s;
    }
    double det = cc * ss - cs * cs, a = (yc * ss - ys * cs) / det, b = (ys * cc - yc * cs) / det;
    for (unsigned n = 0; n < FRAMES; n++)
        signal[n] -= a * cos(turn * n) + b * sin(turn * n);
    return a * a + b * b;
}

// Power of what is there, the mean left out.
static double rest(void)
{
    double sum = 0, squares = 0;
    for (unsigned n = 0; n < FRAMES; n++) {
        sum += signal[n];
        squares += signal[n] * signal[n];
    }
    return 2 * (squares / FRAMES - (sum / FRAMES) * (sum / FRAMES));
}

// Phase of a tone in half of the signal, through a window that keeps its harmonics out.
static double phase(double hz, unsigned first)
{
    double re = 0, im = 0;
    for (unsigned n = 0; n < FRAMES / 2; n++) {
        double window = 1 - cos(2 * PI * (n + 0.5) / (FRAMES / 2)), turn = 2 * PI * hz / RATE * (first + n);
        re += window * signal[first + n] * cos(turn);
        im -= window * signal[first + n] * sin(turn);
    }
    return atan2(im, re);
}

// Power within `band` Hz of a tone that is splices of itself: lines of a Hann window's transform, 2 Hz apart. *all: the whole power, seen likewise.
static double around(double hz, double band, double *all)
{
    double power = 0, squares = 0;
    for (unsigned n = 0; n < FRAMES; n++) {
        signal[n] *= 1 - cos(2 * PI * n / FRAMES);
        squares += signal[n] * signal[n];
    }
    for (double line = ceil((hz - band) * FRAMES / RATE); line <= (hz + band) * FRAMES / RATE; line++) {
        double twice = 2 * cos(2 * PI * line / FRAMES), s1 = 0, s2 = 0;
        for (unsigned n = 0; n < FRAMES; n++) {
            double s = signal[n] + twice * s1 - s2;
            s2 = s1;
            s1 = s;
        }
        power += s1 * s1 + s2 * s2 - twice * s1 * s2;
    }
    *all = 2 * squares / FRAMES / 1.5;
    return power * 4 / FRAMES / FRAMES / 1.5;
}

// The tone that is there, near `hz`: both halves agree on its phase. A synthesizer's steps are whole numbers, so it is a little beside.
static double exact(double hz)
{
    for (unsigned i = 0; i < 3; i++)
        hz += remainder(phase(hz, FRAMES / 2) - phase(hz, 0), 2 * PI) / (PI * FRAMES / RATE);
    return hz;
}

static void pull(ta_source_t *source, uint32_t settle)
{
    for (uint32_t left = settle, some; left > 0; left -= some) {
        some = left < FRAMES ? left : FRAMES;
        assert_int_equal(synth_rig_pull(source, heard, some, 128), some);
    }
    assert_int_equal(synth_rig_pull(source, heard, FRAMES, 128), FRAMES);
    for (unsigned n = 0; n < FRAMES; n++)
        signal[n] = TO_FULL(heard[n]);
}

static void verdict(double found, double bound, const char *unit)
{
    bool good = found <= bound;
    broken += !good;
    printf(" %8.1f %8.1f %s%s\n", found, bound, unit, good ? "" : "   <-- beyond its bound");
}

// ---- what is measured ----------------------------------------------------------------------------------------------------

// A tone through one thing, opened by a case's function.
typedef struct {
    union {
        fx_rig_t fx;
        rig_t delay;
        synth_rig_t synth;
        ta_mixer_t mixer;
    } as;
    ta_raw_t raw[2];
    void *storage;
    ta_source_t *source;
} subject_t;

typedef struct {
    const char *name;
    void (*open)(subject_t *subject, int kind, const double *set);
    void (*close)(subject_t *subject);
    int kind;
    double set[4];
    double in_db; // level of what goes in
    double
        ratio; // of the frequency that comes out, in splices: what is within 250 Hz counts as the tone; 0: it is the same, and exact
    uint32_t settle;
    double bound; // of THD+N, dB below the tone that comes out
} case_t;

static void make_tone(double level_db)
{
    for (unsigned n = 0; n < RATE; n++)
        tone[n] = (int16_t)lrint(FULL_SCALE * pow(10, level_db / 20) * sin(2 * PI * HZ * n / RATE));
}

static void loop(ta_raw_t *raw)
{
    const ta_format_t format = {TA_SAMPLE_S16, 1, RATE};
    assert_int_equal(ta_raw_init(raw, &format, tone, RATE), TA_OK);
    assert_int_equal(ta_source_set_loop(&raw->source, 0, 0, TA_LOOP_FOREVER), TA_OK);
}

static void open_mixer(subject_t *subject, int voices, const double *set)
{
    const ta_mixer_config_t config = {.format = {TA_SAMPLE_S16, 1, RATE}, .voices = 2};
    ta_need_t need;
    assert_int_equal(ta_mixer_need(&config, &need), TA_OK);
    subject->storage = malloc(need.bytes);
    assert_int_equal(ta_mixer_init(&subject->as.mixer, &config, subject->storage), TA_OK);
    for (unsigned v = 0; v < (unsigned)voices; v++) {
        loop(&subject->raw[v]);
        ta_param_set(ta_mixer_level(&subject->as.mixer, v), (ta_real_t)set[v]);
        assert_int_equal(ta_mixer_play(&subject->as.mixer, v, &subject->raw[v].source), TA_OK);
    }
    subject->source = &subject->as.mixer.source;
}

static void close_mixer(subject_t *subject)
{
    free(subject->storage);
}

// set: its parameters in the rig's order, mix last; behind it a Filter says NAN for no filters, 1 for the low pass alone.
static void open_fx(subject_t *subject, int kind, const double *set)
{
    fx_rig_t *rig = &subject->as.fx;
    fx_rig_make(rig, (fx_kind_t)kind, TA_SAMPLE_S16, 1, RATE, 0);
    unsigned used = 0;
    for (; rig->param[used]; used++)
        ta_param_set(rig->param[used], (ta_real_t)set[used]);
    if (kind == FX_FILTER && isnan(set[used]))
        assert_int_equal(ta_chain_set(&rig->filter.chain, NULL, 0), TA_OK);
    ta_biquad_t *low_pass = &rig->biquad[0];
    if (kind == FX_FILTER && set[used] > 0)
        assert_int_equal(ta_chain_set(&rig->filter.chain, &low_pass, 1), TA_OK);
    if (kind == FX_FREEVERB) {
        assert_int_equal(ta_chain_set(&rig->freeverb.pre, NULL, 0), TA_OK);
        assert_int_equal(ta_chain_set(&rig->freeverb.post, NULL, 0), TA_OK);
    }
    loop(&subject->raw[0]);
    assert_int_equal(ta_fx_play(rig->fx, &subject->raw[0].source), TA_OK);
    subject->source = &rig->fx->source;
}

static void close_fx(subject_t *subject)
{
    fx_rig_free(&subject->as.fx);
}

// set: the first parameters in the rig's order.
static void open_delay(subject_t *subject, int kind, const double *set)
{
    rig_t *rig = &subject->as.delay;
    const rig_config_t config = {.kind = (rig_kind_t)kind, .format = {TA_SAMPLE_S16, 1, RATE}};
    ta_param_t *params[6];
    assert_int_equal(rig_make(rig, &config), TA_OK);
    unsigned count = rig_params(rig, params);
    for (unsigned p = 0; p < count && p < 4; p++)
        ta_param_set(params[p], (ta_real_t)set[p]);
    if (kind == RIG_FLANGER)
        ta_param_set(params[4], (ta_real_t)0.5);
    if (kind == RIG_ECHO)
        rig->as.echo.freq_shift = false;
    loop(&subject->raw[0]);
    assert_int_equal(ta_fx_play(&rig->as.fx, &subject->raw[0].source), TA_OK);
    subject->source = &rig->as.fx.source;
}

static void close_delay(subject_t *subject)
{
    rig_free(&subject->as.delay);
}

// kind: length of a sine waveform; set: interpolated, amplitude.
static void open_synth(subject_t *subject, int kind, const double *set)
{
    static int16_t wave[4096];
    static ta_note_t note;
    for (int n = 0; n < kind; n++)
        wave[n] = (int16_t)lrint(FULL_SCALE * sin(2 * PI * n / kind));
    const ta_synth_config_t config = {
        .rate_hz = RATE, .channels = 1, .interpolate = set[0] > 0, .wave = {wave, (uint32_t)kind}};
    synth_rig_open(&subject->as.synth, &config);
    assert_int_equal(ta_note_init(&note, HZ), TA_OK);
    ta_param_set(&note.amplitude, (ta_real_t)set[1]);
    assert_int_equal(ta_synth_press(&subject->as.synth.synth, &note), TA_OK);
    subject->source = &subject->as.synth.synth.source;
}

static void close_synth(subject_t *subject)
{
    synth_rig_close(&subject->as.synth);
}

#define MIXER open_mixer, close_mixer
#define FX    open_fx, close_fx
#define DELAY open_delay, close_delay
#define SYNTH open_synth, close_synth

// -1 dBFS where nothing can add up beyond the knee (28000, which bends what is louder); where sums are, so much less that they stay below it.
static const case_t cases[] = {
    {"mixer, level 1", MIXER, 1, {1}, -1, 0, 0, -96.5},
    {"mixer, level 0.5", MIXER, 1, {0.5}, -1, 0, 0, -90.5},
    {"mixer, level 0.01", MIXER, 1, {0.01}, -1, 0, 0, -56.5},
    {"mixer, two voices at 0.5", MIXER, 2, {0.5, 0.5}, -1, 0, 0, -96.5},
    {"filter, none", FX, FX_FILTER, {1, (double)NAN}, -1, 0, 0, -96.5},
    {"filter, low pass 2 kHz, mix 1", FX, FX_FILTER, {1, 1}, -2, 0, 8000, -79.5},
    {"filter, three, mix 1", FX, FX_FILTER, {1}, -14, 0, 8000, -48.5},
    {"distortion, no drive", FX, FX_DISTORTION, {0, 0, 0, 1}, -1, 0, 0, -88},
    {"phaser, standing still", FX, FX_PHASER, {1000, 0.5, 1}, -12, 0, 8000, -73},
    {"freeverb, mix 0", FX, FX_FREEVERB, {0.5, 0.5, 0}, -2, 0, 0, -90},
    {"freeverb, mix 1", FX, FX_FREEVERB, {0.5, 0.5, 1}, -12, 0, 100000, -42.5},
    {"echo, mix 0", DELAY, RIG_ECHO, {100, 0.5, 0}, -1, 0, 0, -96.5},
    {"echo, one, mix 1", DELAY, RIG_ECHO, {100, 0, 1}, -2, 0, 8000, -95.5},
    {"echo, decay 0.5, mix 0.5", DELAY, RIG_ECHO, {100, 0.5, 0.5}, -12, 0, 80000, -78},
    {"chorus, one voice, mix 0.5", DELAY, RIG_CHORUS, {20, 1, 0.5}, -6, 0, 4000, -90},
    {"chorus, three voices, mix 1", DELAY, RIG_CHORUS, {20, 3, 1}, -14, 0, 4000, -87.5},
    {"flanger, depth 0, mix 0.5", DELAY, RIG_FLANGER, {2, 0.5, 0, 0.5}, -10, 0, 8000, -86.5},
    {"multitap, decay 0, mix 1", DELAY, RIG_MULTITAP, {100, 0, 1}, -2, 0, 8000, -95.5},
    {"pitch, 0 semitones", DELAY, RIG_PITCH, {0, 1}, -2, 0, 4000, -95.5},
    {"pitch, 7 semitones", DELAY, RIG_PITCH, {7, 1}, -2, 1.498307, 4000, -31.5},
    {"granular, 0 semitones", DELAY, RIG_GRANULAR, {0, 1, 0}, -2, 0, 4000, -95.5},
    {"granular, 12 semitones", DELAY, RIG_GRANULAR, {12, 1, 0}, -2, 2, 4000, -59.5},
    {"synth, sine of 256", SYNTH, 256, {0, 0.8}, 0, 0, 0, -42.5},
    {"synth, sine of 256, interpolated", SYNTH, 256, {1, 0.8}, 0, 0, 0, -86},
    {"synth, sine of 4096", SYNTH, 4096, {0, 0.8}, 0, 0, 0, -66.5},
    {"synth, sine of 4096, interpolated", SYNTH, 4096, {1, 0.8}, 0, 0, 0, -87},
};

static void test_thd_n(void **state)
{
    (void)state;
    printf("THD+N of %d Hz, dB below the tone\n%-36s %8s %8s %8s %8s\n", HZ, "", "in dBFS", "out dBFS", "THD+N",
           "bound");
    broken = 0;
    for (unsigned c = 0; c < COUNT(cases); c++) {
        static subject_t subject;
        memset(&subject, 0, sizeof subject);
        make_tone(cases[c].in_db);
        cases[c].open(&subject, cases[c].kind, cases[c].set);
        pull(subject.source, cases[c].settle);
        cases[c].close(&subject);
        double level, beside;
        if (cases[c].ratio > 0) {
            level = around(HZ * cases[c].ratio, 250, &beside);
            beside -= level;
        } else {
            level = take_out(cases[c].open == open_synth ? exact(HZ) : HZ);
            beside = rest();
        }
        printf("%-36s %8.1f %8.1f", cases[c].name, cases[c].in_db, db(level));
        verdict(db(beside) - db(level), cases[c].bound, "dB");
    }
    assert_int_equal(broken, 0);
}

// ---- aliases ---------------------------------------------------------------------------------------------------------------

typedef struct {
    const char *name;
    ta_tone_t tone;
    bool square, interpolate;
    double hz, bound; // dB below all harmonics together
} alias_t;

static const alias_t aliases[] = {
    {"saw of 256 samples", TA_TONE_WAVE, false, false, 441.7, -18.5},
    {"saw of 256 samples, interpolated", TA_TONE_WAVE, false, true, 441.7, -21.5},
    {"saw, band-limited", TA_TONE_SAW, false, false, 441.7, -34},
    {"square of 256 samples", TA_TONE_WAVE, true, false, 441.7, -20},
    {"square, band-limited", TA_TONE_SQUARE, true, false, 441.7, -36.5},
    {"saw of 256 samples", TA_TONE_WAVE, false, false, 3127, -10},
    {"saw, band-limited", TA_TONE_SAW, false, false, 3127, -27},
    {"square of 256 samples", TA_TONE_WAVE, true, false, 3127, -12},
    {"square, band-limited", TA_TONE_SQUARE, true, false, 3127, -32},
};

static void play_alias(const alias_t *alias)
{
    static int16_t wave[256];
    static ta_note_t note;
    synth_rig_t rig;
    for (int n = 0; n < 256; n++)
        wave[n] = (int16_t)(alias->square ? (n < 128 ? 32767 : -32767) : n * 257 - 32768);
    const ta_synth_config_t config = {
        .rate_hz = RATE, .channels = 1, .interpolate = alias->interpolate, .wave = {wave, 256}};
    synth_rig_open(&rig, &config);
    assert_int_equal(ta_note_init(&note, (ta_real_t)alias->hz), TA_OK);
    assert_int_equal(ta_note_set_tone(&note, alias->tone), TA_OK);
    ta_param_set(&note.amplitude, (ta_real_t)0.7);
    assert_int_equal(ta_synth_press(&rig.synth, &note), TA_OK);
    pull(&rig.synth.source, 0);
    synth_rig_close(&rig);
}

static void test_aliases(void **state)
{
    (void)state;
    printf("Aliases, dB below the harmonics\n%-36s %8s %8s %8s %8s\n", "", "Hz", "harmon.", "aliases", "bound");
    broken = 0;
    for (unsigned a = 0; a < COUNT(aliases); a++) {
        play_alias(&aliases[a]);
        double hz = exact(aliases[a].hz), harmonics = 0;
        unsigned count = (unsigned)(RATE / 2 / hz);
        assert_in_range(count, 1, HARMONICS_MAX);
        for (unsigned h = 1; h <= count; h++)
            harmonics += take_out(hz * h);
        printf("%-36s %8.1f %8u", aliases[a].name, hz, count);
        verdict(db(rest()) - db(harmonics), aliases[a].bound, "dB");
    }
    assert_int_equal(broken, 0);
}

// ---- silence -----------------------------------------------------------------------------------------------------------------

// After a burst of noise, with nothing more and with zeros without end: milliseconds until there is nothing but zeros for a second.
static double tail_ms(ta_fx_t *fx, bool zeros)
{
    enum { BURST = 8820, SECONDS = 8 };
    static int16_t burst[BURST], none[256];
    const ta_format_t format = {TA_SAMPLE_S16, 1, RATE};
    ta_raw_t loud, quiet;
    ta_block_t block;
    fx_rig_noise(burst, BURST, 1);
    assert_int_equal(ta_raw_init(&loud, &format, burst, BURST), TA_OK);
    assert_int_equal(ta_raw_init(&quiet, &format, none, 256), TA_OK);
    assert_int_equal(ta_source_set_loop(&quiet.source, 0, 0, TA_LOOP_FOREVER), TA_OK);
    assert_int_equal(ta_fx_play(fx, &quiet.source), TA_OK);
    uint32_t frames = 0, last = 0, before = 0;
    for (; frames < SECONDS * RATE && frames < last + 2 * RATE; frames += block.frames) {
        if (frames == RATE / 4 - RATE / 4 % 128)
            assert_int_equal(ta_fx_play(fx, &loud.source), TA_OK);
        if (zeros && frames > RATE / 4 && !ta_intake_busy(&fx->intake))
            assert_int_equal(ta_fx_play(fx, &quiet.source), TA_OK);
        assert_int_equal(ta_source_pull(&fx->source, 128, &block), TA_PULL_MORE);
        for (uint32_t n = 0; n < block.frames; n++) {
            bool silent = ((const int16_t *)block.data)[n] == 0;
            before += !silent && frames + n < RATE / 4 - 256;
            last = silent ? last : frames + n;
        }
    }
    assert_int_equal(before, 0);  // silence in from the beginning
    assert_true(last > RATE / 4); // the burst was heard
    return (last - RATE / 4.0 - BURST) * 1000.0 / RATE;
}

typedef struct {
    const char *name;
    bool delay;
    int kind;
    double set[3], bound; // milliseconds
} silent_t;

static const silent_t silents[] = {
    {"filter: low, high pass, peak", false, FX_FILTER, {1}, 421},
    {"distortion", false, FX_DISTORTION, {0.5, 0, 0}, 1},
    {"phaser", false, FX_PHASER, {1000, 0.9, 1}, 114},
    {"freeverb, size 0.5", false, FX_FREEVERB, {0.5, 0.5, 1}, 1154},
    {"echo, 30 ms, decay 0.7", true, RIG_ECHO, {30, 0.7, 0.5}, 827},
    {"chorus", true, RIG_CHORUS, {50, 3, 0.5}, 52},
    {"flanger", true, RIG_FLANGER, {1, 0.5, 0.5}, 42},
    {"multitap, 30 ms, decay 0.7", true, RIG_MULTITAP, {30, 0.7, 0.5}, 827},
    {"pitch, 512 frames", true, RIG_PITCH, {7, 1}, 8},
    {"granular, 1024 frames", true, RIG_GRANULAR, {7, 1, 0}, 22},
};

static double silent_after(const silent_t *row, bool zeros)
{
    static subject_t subject;
    memset(&subject, 0, sizeof subject);
    double set[4] = {row->set[0], row->set[1], row->set[2], row->delay ? 0.5 : 1};
    make_tone(0);
    (row->delay ? open_delay : open_fx)(&subject, row->kind, set);
    double ms = tail_ms(row->delay ? &subject.as.delay.as.fx : subject.as.fx.fx, zeros);
    (row->delay ? close_delay : close_fx)(&subject);
    return ms;
}

// Milliseconds until the last sample that is not 0, in what follows within a second.
static double rests_ms(ta_source_t *source)
{
    double last = 0;
    for (unsigned half = 0; half < 2; half++) {
        assert_int_equal(synth_rig_pull(source, heard, FRAMES, 128), FRAMES);
        for (unsigned n = 0; n < FRAMES; n++)
            last = heard[n] ? (half * FRAMES + n + 1) * 1000.0 / RATE : last;
    }
    return last;
}

// A voice that is stopped, and a note that is let go: it falls for 100 ms.
static void mixer_and_synth(void)
{
    static subject_t subject;
    const ta_envelope_t envelope = {0, 0, (ta_real_t)0.1, 1, 1};
    make_tone(-1);
    open_mixer(&subject, 1, (const double[]){1});
    pull(subject.source, 0);
    assert_int_equal(ta_mixer_stop(&subject.as.mixer, 0), TA_OK);
    printf("%-36s", "mixer, a voice stopped");
    verdict(rests_ms(subject.source), 4.5, "ms"); // the rest of a tick of 128 frames, and 64
    close_mixer(&subject);
    open_synth(&subject, 256, (const double[]){0, 0.8});
    assert_int_equal(ta_synth_set_envelope(&subject.as.synth.synth, &envelope), TA_OK);
    pull(subject.source, 0);
    ta_synth_release_all(&subject.as.synth.synth);
    printf("%-36s", "synth, released within 100 ms");
    verdict(rests_ms(subject.source), 112, "ms"); // and two ticks
    close_synth(&subject);
}

static void test_silence(void **state)
{
    (void)state;
    printf("Silence to the last bit: milliseconds after a burst of noise\n%-36s %8s %8s\n", "", "found", "bound");
    broken = 0;
    mixer_and_synth();
    for (unsigned s = 0; s < COUNT(silents); s++) {
        for (unsigned zeros = 0; zeros < 2; zeros++) {
            printf("%-28s %s", silents[s].name, zeros ? " zeros  " : " nothing");
            verdict(silent_after(&silents[s], zeros == 1), silents[s].bound, "ms");
        }
    }
    assert_int_equal(broken, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_thd_n), cmocka_unit_test(test_aliases),
                                       cmocka_unit_test(test_silence)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
