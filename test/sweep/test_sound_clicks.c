// Does any change click? A low tone goes through everything that has a level, a delay, a filter or a voice, and each is changed there and back, dozens of times, at all
// phases of the tone. The click is the largest second difference beyond what the sound has where it stands still at either end, in percent of the tone's peak: a jump is
// 100 % and more, a change of the whole level over 64 frames is 100 / 64 = 1.6 %. Prints the table; the bounds beside the changes gate.
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

#define PI          3.14159265358979323846
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

enum { RATE = 44100, HZ = 60, PEAK = 12000, PERIOD = RATE / HZ, SPAN = 1763, SETTLE = 22050, FRAMES = 2 * RATE };

static int16_t tone[PERIOD];
static int16_t heard[2 * FRAMES]; // two channels at most
static unsigned broken;           // bounds

// What is changed. `on`: which of its two ends it shall go to.
typedef struct subject subject_t;
typedef void change_t(subject_t *subject, bool on);
struct subject {
    union {
        fx_rig_t fx;
        rig_t delay;
        ta_mixer_t mixer;
        synth_rig_t synth;
    } as;
    ta_raw_t raw[2];
    ta_biquad_t other;
    ta_note_t note[2];
    void *storage;
    ta_source_t *source;
    ta_param_t *param[6];
    double low, high;
    unsigned index;
};

typedef struct {
    const char *name;
    void (*open)(subject_t *subject, int kind, const double *base);
    void (*close)(subject_t *subject);
    int kind;
    double base[6]; // parameters, in their rig's order
    change_t *change;
    unsigned index;
    double low, high;
    double bound; // percent
} click_t;

// ---- what there is -------------------------------------------------------------------------------------------------------

static void loop(ta_raw_t *raw)
{
    const ta_format_t format = {TA_SAMPLE_S16, 1, RATE};
    assert_int_equal(ta_raw_init(raw, &format, tone, PERIOD), TA_OK);
    assert_int_equal(ta_source_set_loop(&raw->source, 0, 0, TA_LOOP_FOREVER), TA_OK);
}

static void set_all(subject_t *subject, unsigned count, const double *base)
{
    for (unsigned p = 0; p < count; p++)
        ta_param_set(subject->param[p], (ta_real_t)base[p]);
}

static void open_fx(subject_t *subject, int kind, const double *base)
{
    fx_rig_t *rig = &subject->as.fx;
    unsigned count = 0;
    fx_rig_make(rig, (fx_kind_t)kind, TA_SAMPLE_S16, 1, RATE, 0);
    for (; rig->param[count]; count++)
        subject->param[count] = rig->param[count];
    set_all(subject, count, base);
    if (kind == FX_FILTER) {
        ta_biquad_t *low_pass = &rig->biquad[0];
        assert_int_equal(ta_chain_set(&rig->filter.chain, &low_pass, 1), TA_OK);
        subject->param[1] = &low_pass->frequency;
    }
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

static void open_delay(subject_t *subject, int kind, const double *base)
{
    rig_t *rig = &subject->as.delay;
    const rig_config_t config = {
        .kind = (rig_kind_t)kind, .format = {TA_SAMPLE_S16, 1, RATE}, .filters_max = 1, .taps_max = 2};
    assert_int_equal(rig_make(rig, &config), TA_OK);
    set_all(subject, rig_params(rig, subject->param), base);
    if (kind == RIG_ECHO)
        rig->as.echo.freq_shift = base[3] > 0;
    loop(&subject->raw[0]);
    assert_int_equal(ta_fx_play(&rig->as.fx, &subject->raw[0].source), TA_OK);
    subject->source = &rig->as.fx.source;
}

static void close_delay(subject_t *subject)
{
    rig_free(&subject->as.delay);
}

static void open_mixer(subject_t *subject, int channels, const double *base)
{
    const ta_mixer_config_t config = {.format = {TA_SAMPLE_S16, (uint8_t)channels, RATE}, .voices = 2};
    ta_need_t need;
    assert_int_equal(ta_mixer_need(&config, &need), TA_OK);
    subject->storage = malloc(need.bytes);
    assert_int_equal(ta_mixer_init(&subject->as.mixer, &config, subject->storage), TA_OK);
    subject->param[0] = ta_mixer_level(&subject->as.mixer, 0);
    subject->param[1] = ta_mixer_panning(&subject->as.mixer, 0);
    set_all(subject, 2, base);
    loop(&subject->raw[0]);
    loop(&subject->raw[1]);
    assert_int_equal(ta_mixer_play(&subject->as.mixer, 0, &subject->raw[0].source), TA_OK);
    subject->source = &subject->as.mixer.source;
}

static void close_mixer(subject_t *subject)
{
    free(subject->storage);
}

// kind: notes that can sound; base: amplitude, panning, bend, and attack and release in seconds.
static void open_synth(subject_t *subject, int kind, const double *base)
{
    static int16_t wave[4096];
    for (int n = 0; n < 4096; n++)
        wave[n] = (int16_t)lrint(32767 * sin(2 * PI * n / 4096));
    const ta_envelope_t envelope = {(ta_real_t)base[3], 0, (ta_real_t)base[4], 1, 1};
    const ta_synth_config_t config = {.rate_hz = RATE,
                                      .channels = 1,
                                      .polyphony = (uint8_t)kind,
                                      .interpolate = true,
                                      .wave = {wave, 4096},
                                      .envelope = &envelope};
    synth_rig_open(&subject->as.synth, &config);
    for (unsigned n = 0; n < 2; n++) {
        assert_int_equal(ta_note_init(&subject->note[n], HZ), TA_OK);
        ta_param_set(&subject->note[n].amplitude, (ta_real_t)base[0]);
    }
    subject->param[0] = &subject->note[0].amplitude;
    subject->param[1] = &subject->note[0].panning;
    subject->param[2] = &subject->note[0].bend;
    assert_int_equal(ta_synth_press(&subject->as.synth.synth, &subject->note[0]), TA_OK);
    subject->source = &subject->as.synth.synth.source;
}

static void close_synth(subject_t *subject)
{
    synth_rig_close(&subject->as.synth);
}

// ---- changes ---------------------------------------------------------------------------------------------------------------

static void change_param(subject_t *subject, bool on)
{
    ta_param_set(subject->param[subject->index], (ta_real_t)(on ? subject->high : subject->low));
}

// Off: stopped. On: from the beginning, where the tone is 0.
static void change_voice(subject_t *subject, bool on)
{
    ta_mixer_t *mixer = &subject->as.mixer;
    if (!on) {
        assert_int_equal(ta_mixer_stop(mixer, 0), TA_OK);
    } else if (!ta_mixer_playing(mixer, 0)) {
        assert_int_equal(ta_source_seek(&subject->raw[0].source, 0), TA_OK);
        assert_int_equal(ta_mixer_play(mixer, 0, &subject->raw[0].source), TA_OK);
    }
}

// Another source, from its beginning, in the place of the one that sounds.
static void change_source(subject_t *subject, bool on)
{
    ta_source_t *source = &subject->raw[on].source;
    if (!ta_mixer_holds(&subject->as.mixer, source)) {
        assert_int_equal(ta_source_seek(source, 0), TA_OK);
        assert_int_equal(ta_mixer_play(&subject->as.mixer, 0, source), TA_OK);
    }
}

static void change_chain(subject_t *subject, bool on)
{
    ta_biquad_t *biquad = on ? &subject->as.fx.biquad[2] : &subject->as.fx.biquad[0];
    assert_int_equal(ta_chain_set(&subject->as.fx.filter.chain, &biquad, on ? 0 : 1), TA_OK);
}

static void set_low_pass(ta_chain_t *chain, ta_biquad_t *low_pass, bool on)
{
    assert_int_equal(ta_chain_set(chain, &low_pass, on ? 1 : 0), TA_OK);
}

static void change_pre(subject_t *subject, bool on)
{
    set_low_pass(&subject->as.fx.freeverb.pre, &subject->as.fx.biquad[0], on);
}

static void change_post(subject_t *subject, bool on)
{
    set_low_pass(&subject->as.fx.freeverb.post, &subject->as.fx.biquad[0], on);
}

// Of what goes round in an echo.
static void change_echoed(subject_t *subject, bool on)
{
    if (!subject->other.mode)
        assert_int_equal(ta_biquad_init(&subject->other, TA_BIQUAD_HIGH_PASS, 200), TA_OK);
    set_low_pass(&subject->as.delay.as.echo.chain, &subject->other, on);
}

static void change_stages(subject_t *subject, bool on)
{
    assert_int_equal(ta_phaser_set_stages(&subject->as.fx.phaser, on ? 24 : 2), TA_OK);
}

static void change_mode(subject_t *subject, bool on)
{
    assert_int_equal(
        ta_distortion_set_mode(&subject->as.fx.distortion, on ? TA_DISTORTION_OVERDRIVE : TA_DISTORTION_CLIP), TA_OK);
}

static void change_taps(subject_t *subject, bool on)
{
    static const ta_tap_t taps[2] = {{(ta_real_t)0.3, (ta_real_t)0.5}, {(ta_real_t)0.7, 1}};
    assert_int_equal(ta_multitap_set_taps(&subject->as.delay.as.multitap, taps, on ? 2 : 1), TA_OK);
}

static void change_tape(subject_t *subject, bool on)
{
    subject->as.delay.as.echo.freq_shift = on;
}

static void change_inversion(subject_t *subject, bool on)
{
    subject->as.delay.as.flanger.invert = on;
}

static void change_press(subject_t *subject, bool on)
{
    ta_synth_t *synth = &subject->as.synth.synth;
    if (on)
        assert_int_equal(ta_synth_press(synth, &subject->note[0]), TA_OK);
    else
        ta_synth_release(synth, &subject->note[0]);
}

static void change_note(subject_t *subject, bool on)
{
    assert_int_equal(ta_synth_press(&subject->as.synth.synth, &subject->note[on]), TA_OK);
}

// ---- measuring -------------------------------------------------------------------------------------------------------------

#define FX    open_fx, close_fx
#define DELAY open_delay, close_delay
#define MIXER open_mixer, close_mixer
#define SYNTH open_synth, close_synth
#define PARAM change_param

static const click_t clicks[] = {
    {"mixer: level", MIXER, 1, {1, 0}, PARAM, 0, 0, 1, 1.65},
    {"mixer: panning", MIXER, 2, {1, 0}, PARAM, 1, -1, 1, 1.65},
    {"mixer: stop and start", MIXER, 1, {1, 0}, change_voice, 0, 0, 0, 1.65},
    {"mixer: another source", MIXER, 1, {1, 0}, change_source, 0, 0, 0, 1.65},
    {"filter: mix", FX, FX_FILTER, {1}, PARAM, 0, 0, 1, 2.4},
    {"filter: frequency, 50 and 5000 Hz", FX, FX_FILTER, {1}, PARAM, 1, 50, 5000, 2.2},
    {"filter: another chain", FX, FX_FILTER, {1}, change_chain, 0, 0, 0, 1.65},
    {"distortion: drive", FX, FX_DISTORTION, {0, 0, 0, 1}, PARAM, 0, 0, 0.3, 0.05},
    {"distortion: post_gain, -40 and 0 dB", FX, FX_DISTORTION, {0, 0, 0, 1}, PARAM, 2, -40, 0, 1.65},
    {"distortion: mix", FX, FX_DISTORTION, {0, 0, -40, 1}, PARAM, 3, 0, 1, 1.65},
    {"distortion: mode", FX, FX_DISTORTION, {0, 0, 0, 1}, change_mode, 0, 0, 0, 0.3},
    {"phaser: frequency, 100 and 2000 Hz", FX, FX_PHASER, {1000, 0.5, 1}, PARAM, 0, 100, 2000, 1.35},
    {"phaser: feedback", FX, FX_PHASER, {1000, 0.5, 1}, PARAM, 1, 0.1, 0.9, 1.65},
    {"phaser: mix", FX, FX_PHASER, {1000, 0.5, 1}, PARAM, 2, 0, 1, 4.85},
    {"phaser: stages, 2 and 24", FX, FX_PHASER, {1000, 0.1, 1}, change_stages, 0, 0, 0, 18.8},
    {"freeverb: roomsize", FX, FX_FREEVERB, {0.5, 0.5, 0.5}, PARAM, 0, 0, 1, 0.1},
    {"freeverb: damp", FX, FX_FREEVERB, {0.5, 0.5, 0.5}, PARAM, 1, 0, 1, 0.05},
    {"freeverb: mix", FX, FX_FREEVERB, {0.5, 0.5, 0.5}, PARAM, 2, 0, 1, 0.9},
    {"freeverb: filters before it", FX, FX_FREEVERB, {0.5, 0.5, 1}, change_pre, 0, 0, 0, 0.05},
    {"freeverb: filters behind it", FX, FX_FREEVERB, {0.5, 0.5, 1}, change_post, 0, 0, 0, 0.05},
    {"echo: filters", DELAY, RIG_ECHO, {20, 0.5, 1}, change_echoed, 0, 0, 0, 2.55},
    {"echo: filters, on tape", DELAY, RIG_ECHO, {300, 0.5, 1, 1}, change_echoed, 0, 0, 0, 3.2},
    {"echo: delay, 20 and 45 ms", DELAY, RIG_ECHO, {20, 0.5, 0.5}, PARAM, 0, 20, 45, 4.25},
    {"echo: delay, on tape", DELAY, RIG_ECHO, {300, 0.5, 0.5, 1}, PARAM, 0, 300, 400, 0.95},
    {"echo: tape or not", DELAY, RIG_ECHO, {45, 0.5, 0.5}, change_tape, 0, 0, 0, 7.1},
    {"echo: decay", DELAY, RIG_ECHO, {20, 0.5, 0.5}, PARAM, 1, 0, 0.7, 1.55},
    {"echo: mix", DELAY, RIG_ECHO, {20, 0.5, 0.5}, PARAM, 2, 0, 1, 3.45},
    {"chorus: delay, 20 and 45 ms", DELAY, RIG_CHORUS, {20, 2, 1}, PARAM, 0, 20, 45, 2.65},
    {"chorus: voices, 1 and 3", DELAY, RIG_CHORUS, {20, 2, 1}, PARAM, 1, 1, 3, 1},
    {"chorus: mix", DELAY, RIG_CHORUS, {20, 2, 1}, PARAM, 2, 0, 1, 2},
    {"flanger: delay, 1 and 5 ms", DELAY, RIG_FLANGER, {1, 0.5, 0, 0.5, 1}, PARAM, 0, 1, 5, 0.15},
    {"flanger: depth", DELAY, RIG_FLANGER, {1, 0.5, 0, 0.5, 1}, PARAM, 2, 0, 1, 0.15},
    {"flanger: feedback", DELAY, RIG_FLANGER, {1, 0.5, 0, 0.5, 1}, PARAM, 3, -0.5, 0.5, 2.3},
    {"flanger: mix", DELAY, RIG_FLANGER, {1, 0.5, 0, 0.5, 1}, PARAM, 4, 0, 1, 2.05},
    {"flanger: invert", DELAY, RIG_FLANGER, {1, 0.5, 0, 0.5, 1}, change_inversion, 0, 0, 0, 4.95},
    {"multitap: delay, 20 and 45 ms", DELAY, RIG_MULTITAP, {20, 0.5, 0.5}, PARAM, 0, 20, 45, 4.25},
    {"multitap: decay", DELAY, RIG_MULTITAP, {20, 0.5, 0.5}, PARAM, 1, 0, 0.7, 1.5},
    {"multitap: mix", DELAY, RIG_MULTITAP, {20, 0.5, 0.5}, PARAM, 2, 0, 1, 2.55},
    {"multitap: taps", DELAY, RIG_MULTITAP, {45, 0, 0.5}, change_taps, 0, 0, 0, 1.65},
    {"pitch: semitones, -5 and 7", DELAY, RIG_PITCH, {0, 1}, PARAM, 0, -5, 7, 1.05},
    {"pitch: mix", DELAY, RIG_PITCH, {0, 1}, PARAM, 1, 0, 1, 0.9},
    {"granular: semitones, -5 and 7", DELAY, RIG_GRANULAR, {0, 1, 0}, PARAM, 0, -5, 7, 0.05},
    {"granular: mix", DELAY, RIG_GRANULAR, {7, 1, 0}, PARAM, 1, 0, 1, 1.05},
    {"synth: pitch, an octave", SYNTH, 2, {0.4, 0, 0}, PARAM, 2, 0, 1, 0.5},
    {"synth: press, release, 100 ms", SYNTH, 2, {0.4, 0, 0, 0.1, 0.1}, change_press, 0, 0, 0, 3.3},
    {"synth: amplitude", SYNTH, 2, {0.4, 0, 0}, PARAM, 0, 0, 0.4, 56.2},
    {"synth: voice taken away", SYNTH, 1, {0.4, 0, 0}, change_note, 0, 0, 0, 1.4},
};

// Largest second difference of what is heard on, of the left channel; changed there and back each SPAN frames, or not.
static int most(subject_t *subject, change_t *change)
{
    unsigned channels = subject->source->format.channels;
    bool on = true;
    for (uint32_t at = 0, some; at < FRAMES; at += some, on = !on) {
        some = FRAMES - at < SPAN ? FRAMES - at : SPAN;
        assert_int_equal(synth_rig_pull(subject->source, heard + (size_t)at * channels, some, 64), some);
        if (change)
            change(subject, on);
    }
    int largest = 0;
    for (size_t n = 2; n < FRAMES; n++) {
        int second = heard[n * channels] - 2 * heard[(n - 1) * channels] + heard[(n - 2) * channels];
        largest = abs(second) > largest ? abs(second) : largest;
    }
    return largest;
}

static double click(const click_t *row)
{
    static subject_t subject;
    int still[2], moved = 0, peak = 0;
    for (unsigned way = 0; way < 3; way++) {
        memset(&subject, 0, sizeof subject);
        row->open(&subject, row->kind, row->base);
        subject.index = row->index;
        subject.low = row->low;
        subject.high = row->high;
        row->change(&subject, way == 1);
        assert_int_equal(synth_rig_pull(subject.source, heard, SETTLE, 64), SETTLE);
        if (way < 2)
            still[way] = most(&subject, NULL);
        else
            moved = most(&subject, row->change);
        for (size_t n = 0; way == 2 && n < FRAMES; n++)
            peak = abs(heard[n]) > peak ? abs(heard[n]) : peak;
        row->close(&subject);
    }
    assert_in_range(peak, PEAK / 4, 32768); // something was heard
    int before = still[0] > still[1] ? still[0] : still[1];
    return moved > before ? (moved - before) * 100.0 / PEAK : 0;
}

static void test_clicks(void **state)
{
    (void)state;
    for (unsigned n = 0; n < PERIOD; n++)
        tone[n] = (int16_t)lrint(PEAK * sin(2 * PI * n / PERIOD));
    printf("Clicks, percent of the tone's peak\n%-36s %8s %8s\n", "", "found", "bound");
    broken = 0;
    for (unsigned c = 0; c < COUNT(clicks); c++) {
        double found = click(&clicks[c]);
        bool good = found <= clicks[c].bound;
        broken += !good;
        printf("%-36s %8.2f %8.2f%s\n", clicks[c].name, found, clicks[c].bound, good ? "" : "   <-- beyond its bound");
    }
    assert_int_equal(broken, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_clicks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
