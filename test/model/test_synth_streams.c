// What CircuitPython's synthio gave for its probes, sample by sample: hashes of whole streams that its desktop build made (14 voices, doubles), rebuilt here in slots of several sizes.
//
// Not here, since ours is right and theirs is not: a phase that lands on the loop's end (W2), sums of filters that overflow and sines above a quarter of the rate (W42), a 15th press (W53).
#include "test/support/synth_rig.h"

#include "tonearm/midi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FRAMES_MAX = 100 * 256, POLYPHONY = 14 };

static synth_rig_t rig;
static ta_note_t note, second, chord[POLYPHONY];
static ta_lfo_t lfos[3];
static ta_biquad_t filter;

typedef void script_t(unsigned block);

static void ok(ta_status_t status)
{
    assert_int_equal(status, TA_OK);
}

static void make(uint32_t rate_hz, uint8_t channels, const ta_wave_t *wave, const ta_envelope_t *envelope)
{
    ta_synth_config_t config = {.rate_hz = rate_hz, .channels = channels, .polyphony = POLYPHONY, .envelope = envelope};
    if (wave)
        config.wave = *wave;
    synth_rig_close(&rig);
    synth_rig_open(&rig, &config);
}

static uint64_t render(unsigned blocks, script_t *script, uint32_t slot)
{
    static int16_t samples[2 * 256];
    uint64_t hash = SYNTH_RIG_HASH;
    for (unsigned b = 0; b < blocks; b++) {
        script(b);
        assert_int_equal(synth_rig_pull(&rig.synth.source, samples, 256, slot), 256);
        hash = synth_rig_hash(hash, samples, 256U * rig.synth.source.format.channels);
    }
    return hash;
}

// ---- what the probes do ----------------------------------------------------------------------------------------------------------

static void press_first(unsigned block)
{
    if (block == 0)
        ok(ta_synth_press(&rig.synth, &note));
}

static void square_midi(unsigned block)
{
    if (block == 1)
        ok(ta_synth_press_key(&rig.synth, 0, 69, 127));
    if (block == 3) {
        ok(ta_synth_press_key(&rig.synth, 0, 72, 127));
        ok(ta_synth_press_key(&rig.synth, 0, 76, 127));
    }
    if (block == 5)
        ta_synth_release_key(&rig.synth, 0, 69);
    if (block == 7)
        ta_synth_release_all(&rig.synth);
}

static void release_at_8(unsigned block)
{
    press_first(block);
    if (block == 8)
        ta_synth_release(&rig.synth, &note);
}

static void press_chord(unsigned block)
{
    for (unsigned k = 0; block == 0 && k < POLYPHONY; k++) {
        ok(ta_note_init(&chord[k], ta_midi_to_hz((ta_real_t)(40 + 3 * k))));
        ok(ta_synth_press(&rig.synth, &chord[k]));
    }
}

static void press_again(unsigned block)
{
    if (block == 0 || block == 2 || block == 5)
        ok(ta_synth_press(&rig.synth, &note));
    if (block == 3 || block == 5)
        ta_synth_release_key(&rig.synth, 0, 70);
}

static void reuse(unsigned block)
{
    press_first(block);
    if (block == 2)
        ta_synth_release(&rig.synth, &note);
    if (block == 4)
        ok(ta_synth_press(&rig.synth, &second));
}

// ---- streams -----------------------------------------------------------------------------------------------------------------------

static void follow(ta_param_t *param, ta_lfo_t *lfo, ta_real_t rate, ta_real_t scale, ta_real_t offset)
{
    ok(ta_lfo_init(lfo, NULL));
    ta_param_set(&lfo->rate, rate);
    ta_param_set(&lfo->scale, scale);
    ta_param_set(&lfo->offset, offset);
    ta_param_follow(param, &lfo->control);
}

static void plain(uint32_t rate_hz, uint8_t channels, const ta_wave_t *wave, ta_real_t hz)
{
    make(rate_hz, channels, wave, NULL);
    ok(ta_note_init(&note, hz));
}

static void filtered(ta_biquad_mode_t mode, ta_real_t hz, ta_real_t q)
{
    ta_wave_t saw = synth_rig_saw();
    plain(16000, 1, NULL, 220);
    ok(ta_note_set_wave(&note, &saw));
    ok(ta_biquad_init(&filter, mode, hz));
    ta_param_set(&filter.q, q);
    ta_note_set_filter(&note, &filter);
}

static void envelope(uint8_t channels)
{
    const ta_envelope_t e = ta_envelope_default();
    make(8000, channels, &synth_rig_sine, &e);
    ok(ta_note_init(&note, 440));
}

static void panned(ta_real_t panning)
{
    plain(8000, 2, &synth_rig_triangle, 251);
    ta_param_set(&note.panning, panning);
}

static uint64_t stream(const char *name, uint32_t slot)
{
    ta_wave_t saw = synth_rig_saw();
    if (strcmp(name, "square_midi") == 0)
        return make(8000, 1, NULL, NULL), render(10, square_midi, slot);
    if (strcmp(name, "env_sine_ch1") == 0)
        return envelope(1), render(20, release_at_8, slot);
    if (strcmp(name, "env_sine_ch2") == 0)
        return envelope(2), render(20, release_at_8, slot);
    if (strcmp(name, "lfo_saw_stereo") == 0) {
        plain(22050, 2, &saw, (ta_real_t)330.5);
        follow(&note.amplitude, &lfos[0], 3, (ta_real_t)0.5, (ta_real_t)0.5);
        follow(&note.bend, &lfos[1], 5, (ta_real_t)(1 / 12.0), 0);
        follow(&note.panning, &lfos[2], (ta_real_t)1.5, 1, 0);
        return render(100, press_first, slot);
    }
    if (strncmp(name, "pan_", 4) == 0)
        return panned((ta_real_t)atof(name + 4)), render(4, press_first, slot);
    if (strcmp(name, "ring") == 0) {
        plain(16000, 1, &synth_rig_sine, 440);
        ok(ta_note_set_ring_frequency(&note, 650));
        ok(ta_note_set_ring_wave(&note, &synth_rig_sine));
        return render(10, press_first, slot);
    }
    if (strcmp(name, "filter_LOW_PASS") == 0)
        return filtered(TA_BIQUAD_LOW_PASS, 1200, (ta_real_t)1.5), render(10, press_first, slot);
    if (strcmp(name, "filter_HIGH_PASS") == 0)
        return filtered(TA_BIQUAD_HIGH_PASS, 1200, (ta_real_t)1.5), render(10, press_first, slot);
    if (strcmp(name, "filter_BAND_PASS") == 0)
        return filtered(TA_BIQUAD_BAND_PASS, 1200, (ta_real_t)1.5), render(10, press_first, slot);
    if (strcmp(name, "filter_NOTCH") == 0)
        return filtered(TA_BIQUAD_NOTCH, 1200, (ta_real_t)1.5), render(10, press_first, slot);
    if (strcmp(name, "filter_lfo") == 0) {
        filtered(TA_BIQUAD_LOW_PASS, 0, 4);
        follow(&filter.frequency, &lfos[0], 2, 1000, 1500);
        return render(40, press_first, slot);
    }
    if (strcmp(name, "loop_points") == 0) {
        plain(16000, 1, &saw, 220);
        ta_param_set(&note.loop_start, 64);
        ta_param_set(&note.loop_end, 192);
        return render(10, press_first, slot);
    }
    if (strcmp(name, "14notes") == 0)
        return make(22050, 1, &synth_rig_sine, NULL), render(10, press_chord, slot);
    if (strcmp(name, "above_nyquist") == 0)
        return plain(8000, 1, NULL, 4001), render(2, press_first, slot);
    if (strcmp(name, "retrigger") == 0)
        return plain(8000, 1, &synth_rig_sine, 300), render(8, press_again, slot);
    assert_string_equal(name, "voice_reuse");
    plain(8000, 1, &saw, 200);
    ok(ta_note_init(&second, 300));
    ta_param_set(&second.amplitude, (ta_real_t)0.2);
    return render(7, reuse, slot);
}

static void test_streams_are_the_references(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t hash;
        bool floats; // LFOs and designs: theirs are doubles
    } streams[] = {
        {"square_midi", 0x4af29022b2bb1cb6, false},     {"env_sine_ch1", 0xc0e90d0615fd788b, false},
        {"env_sine_ch2", 0xbf377d35e49a4f30, false},    {"lfo_saw_stereo", 0x2044eda549d38734, true},
        {"pan_-1", 0xe2ddbeced97c7689, false},          {"pan_-0.5", 0x5948fe0086101425, false},
        {"pan_0", 0x445f96187b38fc9e, false},           {"pan_0.5", 0x61193054cf3ed899, false},
        {"pan_1", 0x158baa2644fc93b9, false},           {"ring", 0x86204851319bb440, false},
        {"filter_LOW_PASS", 0xdfea69e383d2757f, true},  {"filter_HIGH_PASS", 0x56b1c40f7ebcf5d5, true},
        {"filter_BAND_PASS", 0x53b8350a93684ffd, true}, {"filter_NOTCH", 0xc44e9d49f44f0122, true},
        {"filter_lfo", 0xc6621fdc27fab2c7, true},       {"loop_points", 0x1c6cc6f4f7a67341, false},
        {"14notes", 0xfd96866c15d7d814, false},         {"above_nyquist", 0x51d88627df287325, false},
        {"retrigger", 0xd5c72d8a664894b7, false},       {"voice_reuse", 0xb5139c3d99026604, false},
    };
    static const uint32_t slots[] = {1, 57, 128, 1000};
    unsigned compared = 0;
    for (size_t s = 0; s < sizeof streams / sizeof streams[0]; s++) {
        for (size_t t = 0; t < sizeof slots / sizeof slots[0]; t++) {
            uint64_t hash = stream(streams[s].name, slots[t]);
            if (hash != streams[s].hash && !(streams[s].floats && sizeof(ta_real_t) == 4))
                fail_msg("%s in slots of %u is not the reference's", streams[s].name, (unsigned)slots[t]);
            compared++;
        }
    }
    synth_rig_close(&rig);
    assert_int_equal(compared, 80);
}

static void test_a_bare_track_is_the_references(void **state)
{
    (void)state;
    static const uint8_t track[] = "\0\x90H\0*\x80H\0\6\x90J\0*\x80J\0\6\x90L\0*\x80L\0\6\x90J";
    static int16_t samples[FRAMES_MAX];
    const ta_midi_config_t config = {.synth = {.rate_hz = 16000, .channels = 1, .polyphony = POLYPHONY}};
    for (uint32_t slot = 1; slot <= 300; slot += 23) {
        ta_midi_t midi;
        ta_need_t need = {0};
        ok(ta_midi_open_track(&midi, track, sizeof track, 640)); // with the terminating 0: the last velocity
        ok(ta_midi_need(&midi, &config, &need));
        void *storage = malloc(need.bytes);
        ok(ta_midi_init(&midi, &config, storage));
        assert_int_equal(synth_rig_pull(&midi.source, samples, FRAMES_MAX, slot), 3600);
        assert_int_equal(midi.error_location, TA_MIDI_NO_ERROR);
        assert_true(synth_rig_hash(SYNTH_RIG_HASH, samples, 3600) == 0xb7b63979d48fb1f6);
        free(storage);
    }
}

static void test_impulses_through_biquads_are_the_references(void **state)
{
    (void)state;
    static const struct {
        ta_biquad_mode_t mode;
        ta_real_t hz;
        uint64_t hash;
    } responses[] = {
        {TA_BIQUAD_LOW_PASS, 50, 0xc254d7b8647d03f1},  {TA_BIQUAD_LOW_PASS, 1000, 0x435feee0f5e5c255},
        {TA_BIQUAD_HIGH_PASS, 50, 0x383dcb9606cc5b4c}, {TA_BIQUAD_HIGH_PASS, 1000, 0x8e6aa75111724ace},
        {TA_BIQUAD_BAND_PASS, 50, 0xb89713c04c3b8321}, {TA_BIQUAD_BAND_PASS, 1000, 0x71cbe1779754beb8},
        {TA_BIQUAD_NOTCH, 50, 0x53a7b41ae9147970},     {TA_BIQUAD_NOTCH, 1000, 0xb655adc8a75d2f26},
    };
    for (size_t r = 0; r < sizeof responses / sizeof responses[0]; r++) {
        int16_t samples[512] = {20000};
        ta_clock_t clock = {0};
        ta_biquad_state_t memory = {0};
        ta_biquad_t biquad;
        ok(ta_biquad_init(&biquad, responses[r].mode, responses[r].hz));
        ta_clock_tick(&clock, 256, 8000);
        ta_biquad_tick(&biquad, &clock);
        ta_biquad_run(&biquad, &memory, samples, 512, 1);
        if (sizeof(ta_real_t) == 8)
            assert_true(synth_rig_hash(SYNTH_RIG_HASH, samples, 512) == responses[r].hash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams_are_the_references),
        cmocka_unit_test(test_a_bare_track_is_the_references),
        cmocka_unit_test(test_impulses_through_biquads_are_the_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
