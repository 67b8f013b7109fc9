// The synthesizer against an independent model of the reference's sections 6.4 and 6.5: whole scenes of random notes, presses and releases, every sample.
//
// The model steps nothing: a phase is what n steps come to, modulo the loop, in 64 bits; a level follows from the ticks since a press or a release; rounding is written as division. Only
// the polynomials of filters are left out, which test_biquad_model has.
#include "test/support/synth_rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NOTES = 6, TICKS = 40, TICK = 256, SCENES = 250, RATES = 4 };

static uint32_t seed = 0x5eed;
static uint32_t below(uint32_t limit)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % limit;
}

static double fraction(void)
{
    return below(10001) / 10000.0;
}

typedef struct {
    double hz, bend, panning, amplitude, ring_hz;
    int64_t start, end, ring_start, ring_end;
    const ta_wave_t *wave, *ring;
    double times[3], levels[2];
    int press, release; // ticks
    bool has_envelope;
} scene_note_t;

static ta_wave_t waves[3];
static scene_note_t scene[NOTES];
static ta_note_t notes[NOTES];
static uint32_t rate;

// ---- the model ---------------------------------------------------------------------------------------------------------------------

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t q15(double value, double limit)
{
    double v = value < -limit ? -limit : value > limit ? limit : value;
    return llround(v * 32768);
}

static int64_t pitch(double hz, double bend)
{
    int64_t f = (int64_t)floor(hz * 65536 + 0.5), b = q15(bend, 12), octave = floor_div(b, 32768),
            part = b - octave * 32768;
    int64_t semitone = part * 24 / 65536, rest = part * 24 % 65536;
    int64_t low = llround(32768 * (pow(2, (double)semitone / 12) - 1)),
            high = llround(32768 * (pow(2, (double)(semitone + 1) / 12) - 1));
    int64_t factor = (low * (65535 - rest) + high * rest) / 65536 + 32768;
    return (f * factor) >> (15 - octave);
}

// Sample n (the first is 1) of a loop, 0 if it is above half the rate; *sounds tells.
static int64_t wave_at(const ta_wave_t *wave, int64_t start, int64_t end, int64_t frequency, int64_t n, bool *sounds)
{
    int64_t step = (rate / 2 + frequency * (end - start)) / rate, span = (end - start) * 65536;
    *sounds = step <= end * 65536 / 2;
    if (!*sounds)
        return 0;
    step = step >= span ? step % span : step; // whole turns of a short loop are left out, in front of it as well
    int64_t at = n * step;                    // at most 40 * 256 * 2^30
    if (at >= end * 65536)
        at = start * 65536 + (at - start * 65536) % span;
    return wave->samples[at / 65536];
}

static int64_t a_tick(double seconds, int64_t range)
{
    int64_t frames = llround(seconds * rate);
    int64_t step = frames == 0 ? 32767 : 256 * range / frames;
    return step < 1 ? 1 : step > 32767 ? 32767 : step;
}

// The level in tick t of a note that was pressed in its tick 0 and released in tick `released`.
static int64_t level_in(const scene_note_t *note, int t, int released)
{
    if (!note->has_envelope)
        return t <= released ? 32767 : 0;
    int64_t peak = (int64_t)(32767 * note->levels[0]), hold = (int64_t)(32767 * note->levels[1] * note->levels[0]);
    int64_t attack = a_tick(note->times[0], peak), decay = a_tick(note->times[1], peak - hold);
    int64_t release = a_tick(note->times[2], hold ? hold : peak);
    int steps = (t < released ? t : released) + 1; // of the press, and behind each tick
    int64_t rising = (peak + attack - 1) / attack; // steps until the peak
    if (rising < 1)
        rising = 1;
    int64_t level = steps <= rising ? steps * attack : peak - (steps - rising) * decay;
    if (steps <= rising && level > peak)
        level = peak;
    if (steps > rising && level < hold)
        level = hold;
    if (t > released)
        level -= (t - released) * release;
    return level < 0 ? 0 : level;
}

static int64_t towards_zero(int64_t product)
{
    return product / 65536; // as C divides
}

static void add_note(const scene_note_t *note, int t, int64_t sums[TICK][2])
{
    if (t < note->press)
        return;
    for (int past = 0; past <= t - note->press; past++)
        if (level_in(note, past, note->release - note->press) == 0)
            return; // it has ended
    int64_t level = level_in(note, t - note->press, note->release - note->press);
    int64_t panning = q15(note->panning, 32767 / 32768.0), amplitude = q15(note->amplitude, 32767 / 32768.0);
    int64_t left = floor_div((panning < 0 ? 32767 + panning : 32768) * amplitude, 32768);
    int64_t right = floor_div((panning >= 0 ? 32767 - panning : 32768) * amplitude, 32768);
    for (int f = 0; f < TICK; f++) {
        int64_t n = (int64_t)(t - note->press) * TICK + f + 1;
        bool sounds, rings = false;
        int64_t sample = wave_at(note->wave, note->start, note->end, pitch(note->hz, note->bend), n, &sounds), ring = 0;
        if (!sounds)
            return;
        if (note->ring && note->ring_hz > 0)
            ring = wave_at(note->ring, note->ring_start, note->ring_end, pitch(note->ring_hz, -note->bend), n, &rings);
        if (rings)
            sample = sample * ring / 32768;
        if (sample == 32768)
            sample = 32767;
        sums[f][0] += towards_zero(sample * floor_div(level * left, 32768));
        sums[f][1] += towards_zero(sample * floor_div(level * right, 32768));
    }
}

static int64_t compressed(int64_t sum, int64_t voices)
{
    int64_t gain = 268435455 / (32768 * voices - 28000);
    if (sum > 28000)
        return floor_div((sum - 28000) * gain, 65536) + 28000;
    return sum < -28000 ? floor_div((sum + 28000) * gain, 65536) - 28000 : sum;
}

// ---- scenes ------------------------------------------------------------------------------------------------------------------------

static void loop_of(const ta_wave_t *wave, int64_t *start, int64_t *end)
{
    *start = below(3) ? 0 : below(wave->length);
    *end = below(3) ? wave->length : *start + 1 + below(wave->length - (uint32_t)*start);
}

// full: loud ones, low ones, together: for the compressor.
static void make_note(scene_note_t *note, bool full)
{
    *note = (scene_note_t){.hz = (double)below(9000) / 2 + fraction(),
                           .panning = fraction() * 2.2 - 1.1,
                           .amplitude = fraction() * 2 - 0.8};
    note->bend = below(2) ? 0 : fraction() * 3 - 1.5;
    note->wave = &waves[below(3)];
    loop_of(note->wave, &note->start, &note->end);
    note->ring = below(3) ? NULL : &waves[below(3)];
    note->ring_hz = below(4) ? below(2000) : 0;
    if (note->ring)
        loop_of(note->ring, &note->ring_start, &note->ring_end);
    note->has_envelope = below(4) != 0;
    for (int e = 0; e < 3; e++)
        note->times[e] = below(3) ? fraction() * 0.6 : below(2) ? 0 : 60;
    note->levels[0] = below(3) ? fraction() : 1;
    note->levels[1] = below(3) ? fraction() : below(2);
    note->press = (int)below(TICKS / 2);
    note->release = note->press + (int)below(TICKS);
    if (full) {
        note->amplitude = 1.1;
        note->has_envelope = false;
        note->press = (int)below(4);
        note->release = note->press + (int)below(TICKS);
        note->hz = 20 + below(100);
    }
}

static void set_note(ta_note_t *note, const scene_note_t *from)
{
    const ta_envelope_t e = {(ta_real_t)from->times[0], (ta_real_t)from->times[1], (ta_real_t)from->times[2],
                             (ta_real_t)from->levels[0], (ta_real_t)from->levels[1]};
    assert_int_equal(ta_note_init(note, (ta_real_t)from->hz), TA_OK);
    assert_int_equal(ta_note_set_wave(note, from->wave), TA_OK);
    assert_int_equal(ta_note_set_ring_wave(note, from->ring), TA_OK);
    assert_int_equal(ta_note_set_ring_frequency(note, (ta_real_t)from->ring_hz), TA_OK);
    assert_int_equal(ta_note_set_envelope(note, from->has_envelope ? &e : NULL), TA_OK);
    ta_param_set(&note->panning, (ta_real_t)from->panning);
    ta_param_set(&note->amplitude, (ta_real_t)from->amplitude);
    ta_param_set(&note->bend, (ta_real_t)from->bend);
    ta_param_set(&note->ring_bend, (ta_real_t)-from->bend);
    ta_param_set(&note->loop_start, (ta_real_t)from->start);
    ta_param_set(&note->loop_end, (ta_real_t)from->end);
    if (from->ring) {
        ta_param_set(&note->ring_loop_start, (ta_real_t)from->ring_start);
        ta_param_set(&note->ring_loop_end, (ta_real_t)from->ring_end);
    }
}

static unsigned loud;

static void play_scene(unsigned number)
{
    const unsigned channels = 1 + number % 2, voices = NOTES + below(20);
    const ta_synth_config_t config = {.rate_hz = rate, .channels = (uint8_t)channels, .polyphony = (uint8_t)voices};
    synth_rig_t rig;
    synth_rig_open(&rig, &config);
    for (int n = 0; n < NOTES; n++) {
        make_note(&scene[n], number % 5 == 0);
        set_note(&notes[n], &scene[n]);
    }
    for (int t = 0; t < TICKS; t++) {
        static int64_t sums[TICK][2];
        int16_t out[TICK * 2];
        memset(sums, 0, sizeof sums);
        for (int n = 0; n < NOTES; n++) {
            if (t == scene[n].press)
                assert_int_equal(ta_synth_press(&rig.synth, &notes[n]), TA_OK);
            if (t == scene[n].release)
                ta_synth_release(&rig.synth, &notes[n]);
            add_note(&scene[n], t, sums);
        }
        assert_int_equal(synth_rig_pull(&rig.synth.source, out, TICK, 1 + below(300)), TICK);
        for (int f = 0; f < TICK; f++)
            for (unsigned c = 0; c < channels; c++) {
                int64_t wanted = compressed(sums[f][c], voices);
                loud += llabs(wanted) > 28000;
                if (out[(unsigned)f * channels + c] != wanted)
                    fail_msg("scene %u, tick %d, frame %d, channel %u: %d, must be %d", number, t, f, c,
                             out[(unsigned)f * channels + c], (int)wanted);
            }
    }
    synth_rig_close(&rig);
}

static void test_scenes(void **state)
{
    (void)state;
    static const uint32_t rates[RATES] = {8000, 22050, 44100, 48000};
    waves[0] = synth_rig_sine;
    waves[1] = synth_rig_triangle;
    waves[2] = synth_rig_saw();
    for (unsigned s = 0; s < SCENES; s++) {
        rate = rates[s % RATES];
        play_scene(s);
    }
    assert_true(loud > 1000); // the compressor was reached
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scenes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
