// Voices are let go when ticks take too long: how many, which, without a click, when they may come back; on a clock that moves where voices are rendered, and at the pins.
#include "test/support/scene.h"

#include "src/source/synth_private.h"
#include "tonearm/mixer.h"
#include "tonearm/synth.h"

#include "hardware/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 44100, TICK = 128, VOICES = 40, ALLOWED = 2176 }; // 750/1000 of 128 frames at 44.1 kHz, in us

static uint32_t time_now, fixed_us, looks, stall_us;

// Each second look ends a tick: what does not depend on voices took its time by then.
static uint32_t now(void)
{
    if (++looks % 2 == 0) {
        time_now += fixed_us + stall_us;
        stall_us = 0;
    }
    return time_now;
}

static const ta_guard_config_t guard_config = {now, 1000000, 0, NULL};

static void ok(ta_status_t status)
{
    assert_int_equal(status, TA_OK);
}

static int reset(void **state)
{
    (void)state;
    time_now = UINT32_MAX - 5000; // wraps
    fixed_us = looks = stall_us = 0;
    return 0;
}

// ---- a mixer of voices that stand still and take their time --------------------------------------------------------------------

typedef struct {
    ta_source_t source;
    int16_t value, samples[TICK];
    uint32_t takes_us; // for TICK frames
} steady_t;

static ta_mixer_t mixer;
static _Alignas(8) uint8_t storage[65536];
static steady_t steady[VOICES];
static int16_t out[200000];

static ta_pull_t steady_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    steady_t *voice = (steady_t *)source;
    block->data = voice->samples;
    block->frames = max_frames < TICK ? max_frames : TICK;
    time_now += (voice->takes_us * block->frames + TICK - 1) / TICK;
    return TA_PULL_MORE;
}

static void open_mixer(uint32_t voices, uint32_t buffer_frames, uint32_t takes_us)
{
    static const ta_source_ops_t ops = {steady_pull, NULL};
    const ta_mixer_config_t config = {{TA_SAMPLE_S16, 1, RATE}, voices, 0, buffer_frames, NULL, 0};
    ta_need_t need;
    ok(ta_mixer_need(&config, &need));
    assert_true(need.bytes <= sizeof storage);
    ok(ta_mixer_init(&mixer, &config, storage));
    for (uint32_t v = 0; v < voices; v++) {
        steady[v] = (steady_t){.value = 640, .takes_us = takes_us};
        for (unsigned s = 0; s < TICK; s++)
            steady[v].samples[s] = steady[v].value;
        ta_source_init(&steady[v].source, &ops, &config.format, TA_FRAMES_UNKNOWN);
        ok(ta_mixer_play(&mixer, v, &steady[v].source));
    }
}

static void pull(uint32_t frames, uint32_t slot)
{
    for (uint32_t at = 0; at < frames;) {
        ta_block_t block;
        assert_int_equal(ta_source_pull(&mixer.source, slot < frames - at ? slot : frames - at, &block), TA_PULL_MORE);
        memcpy(out + at, block.data, block.frames * sizeof *out);
        at += block.frames;
    }
}

static uint32_t playing(void)
{
    uint32_t count = 0;
    for (uint32_t v = 0; v < mixer.voices; v++)
        count += ta_mixer_playing(&mixer, v);
    return count;
}

// ---- how many ------------------------------------------------------------------------------------------------------------------

// Each number of voices, each cost of one, with and without what does not depend on them: as many stay as fit, and it stays so.
static void test_as_many_stay_as_fit(void **state)
{
    (void)state;
    static const uint32_t costs[] = {1, 55, 100, 333, 725, 1088, 1089, 2176, 2177, 30000},
                          fixed[] = {0, 500, 2176, 9000};
    for (uint32_t voices = 1; voices <= VOICES; voices++)
        for (size_t c = 0; c < sizeof costs / sizeof costs[0]; c++)
            for (size_t f = 0; f < sizeof fixed / sizeof fixed[0]; f++) {
                open_mixer(voices, 0, costs[c]);
                ok(ta_mixer_guard(&mixer, &guard_config));
                looks = 0;
                fixed_us = fixed[f];
                uint32_t room = fixed_us < ALLOWED ? (ALLOWED - fixed_us) / costs[c] : 0;
                uint32_t fit = room < 1 ? 1 : room < voices ? room : voices;
                pull(TICK * 90, TICK); // those that take next to nothing go one by one
                if (playing() != fit)
                    fail_msg("%u voices of %u us, %u fixed: %u, not %u", voices, costs[c], fixed[f], playing(), fit);
                assert_int_equal(ta_mixer_shed(&mixer), voices - fit);
                pull(TICK * 100, TICK);
                assert_int_equal(playing(), fit);
                assert_int_equal(ta_mixer_shed(&mixer), voices - fit);
                for (uint32_t v = 0; v < voices; v++) // at one level the highest numbers go
                    assert_int_equal(ta_mixer_playing(&mixer, v), v < fit);
            }
}

// Three ticks are enough where everything depends on voices: two that are too long, and then it fits.
static void test_it_takes_two_ticks(void **state)
{
    (void)state;
    open_mixer(VOICES, 0, 200);
    ok(ta_mixer_guard(&mixer, &guard_config));
    pull(2 * TICK, TICK);
    assert_int_equal(playing(), VOICES);
    uint32_t before = time_now;
    pull(TICK, TICK);
    assert_int_equal(playing(), ALLOWED / 200);
    assert_true(time_now - before <= ALLOWED);
}

static void test_one_stall_costs_no_voice(void **state)
{
    (void)state;
    open_mixer(8, 0, 200);
    ok(ta_mixer_guard(&mixer, &guard_config));
    for (unsigned times = 0; times < 20; times++) { // every other tick
        stall_us = 500000;
        pull(TICK, TICK);
        pull(TICK, TICK);
    }
    assert_int_equal(ta_mixer_shed(&mixer), 0);
    stall_us = 500000; // and beside a tick that is too long by a little, only that counts
    pull(TICK, TICK);
    stall_us = 700;
    pull(2 * TICK, TICK);
    assert_int_equal(ta_mixer_shed(&mixer), 8 - ALLOWED * 8 / (8 * 200 + 700));
    open_mixer(8, 0, 200); // likewise in the other order
    ok(ta_mixer_guard(&mixer, &guard_config));
    stall_us = 700;
    pull(TICK, TICK);
    stall_us = 500000;
    pull(2 * TICK, TICK);
    assert_int_equal(ta_mixer_shed(&mixer), 8 - ALLOWED * 8 / (8 * 200 + 700));
}

static void test_no_clock_no_guard(void **state)
{
    (void)state;
    open_mixer(20, 0, 3000);
    pull(TICK * 50, TICK);
    assert_int_equal(playing(), 20);
    ok(ta_mixer_guard(&mixer, &(ta_guard_config_t){NULL, 1000000, 500, NULL}));
    pull(TICK * 50, TICK);
    assert_int_equal(playing(), 20);
    assert_int_equal(looks, 0);
    ok(ta_mixer_guard(&mixer, &guard_config));
    pull(TICK * 5, TICK);
    assert_int_equal(playing(), 1);
    assert_int_equal(looks, 10);
    ok(ta_mixer_guard(&mixer, NULL));
    for (uint32_t v = 0; v < 20; v++)
        if (!ta_mixer_playing(&mixer, v))
            ok(ta_mixer_play(&mixer, v, &steady[v].source));
    pull(TICK * 50, TICK);
    assert_int_equal(playing(), 20);
    assert_int_equal(looks, 10);
    assert_int_equal(ta_mixer_shed(&mixer), 19);
}

static void test_refusals_and_shares(void **state)
{
    (void)state;
    open_mixer(20, 0, 200);
    assert_int_equal(ta_mixer_guard(&mixer, &(ta_guard_config_t){.now = now}), TA_E_ARG);
    assert_int_equal(ta_mixer_guard(&mixer, &(ta_guard_config_t){now, 1, 1001, NULL}), TA_E_ARG);
    pull(TICK * 10, TICK);
    assert_int_equal(looks, 0); // what is refused is no guard
    static const uint32_t shares[] = {1, 100, 500, 750, 1000};
    for (size_t s = 0; s < sizeof shares / sizeof shares[0]; s++)
        for (uint32_t hz = 1000000; hz <= 125000000; hz += 124000000) { // microseconds, and cycles that are as long
            open_mixer(20, 0, 200);
            ok(ta_mixer_guard(&mixer, &(ta_guard_config_t){now, hz, shares[s], NULL}));
            pull(TICK * 10, TICK);
            uint64_t room = (uint64_t)TICK * hz / RATE * shares[s] / 1000 / 200;
            assert_int_equal(playing(), room < 1 ? 1 : room < 20 ? room : 20);
        }
}

// Blocks of any length: short ticks are judged together, and how much is asked for at a time makes no difference.
static void test_ticks_of_any_length(void **state)
{
    (void)state;
    static const uint32_t buffers[] = {1, 2, 17, 63, 64, 100, 127, 128, 129, 200, 1000};
    for (size_t b = 0; b < sizeof buffers / sizeof buffers[0]; b++) {
        static int16_t first[TICK * 300];
        for (uint32_t slot = 1; slot <= 1000; slot = slot * 7 + 1) {
            open_mixer(20, buffers[b], 256); // two microseconds a frame: 8 voices are 2048 us
            ok(ta_mixer_guard(&mixer, &guard_config));
            pull(TICK * 100, slot);
            assert_int_equal(playing(), 8);
            assert_int_equal(ta_mixer_shed(&mixer), 12);
            if (slot == 1)
                memcpy(first, out, TICK * 100 * sizeof *out);
            assert_memory_equal(first, out, TICK * 100 * sizeof *out);
        }
    }
}

// ---- which -------------------------------------------------------------------------------------------------------------------

static void test_the_quietest_go(void **state)
{
    (void)state;
    open_mixer(9, 0, 500); // four fit
    static const int levels[9] = {5, 9, 2, 7, 5, 0, 8, 5, 1};
    for (uint32_t v = 0; v < 9; v++)
        ta_param_set(ta_mixer_level(&mixer, v), (ta_real_t)levels[v] / 10);
    ok(ta_mixer_guard(&mixer, &guard_config));
    pull(TICK * 10, TICK);
    for (uint32_t v = 0; v < 9; v++)
        assert_int_equal(ta_mixer_playing(&mixer, v), levels[v] > 5 || v == 0); // of three at 5 the lowest number stays
    ta_param_set(ta_mixer_level(&mixer, 8),
                 (ta_real_t)0.6); // one that comes while there is no room: the quietest makes it
    ok(ta_mixer_play(&mixer, 8, &steady[8].source));
    pull(TICK, TICK);
    assert_true(ta_mixer_playing(&mixer, 8));
    assert_false(ta_mixer_playing(&mixer, 0));
    assert_in_range(out[0], 1920 + 320 * 63 / 64 - 4,
                    1920 + 320 * 63 / 64 + 4); // it begins at its level, the other one falls
    assert_int_equal(ta_mixer_shed(&mixer), 6);
    ok(ta_mixer_play(&mixer, 2, &steady[2].source)); // the quietest itself does not begin
    pull(TICK, TICK);
    assert_false(ta_mixer_playing(&mixer, 2));
    assert_int_equal(playing(), 4);
    assert_int_equal(ta_mixer_shed(&mixer), 7);
    assert_false(ta_mixer_holds(&mixer, &steady[2].source));
}

// They fall as a stopped voice does: no step is more than a 64th of what falls.
static void test_no_click(void **state)
{
    (void)state;
    for (uint32_t voices = 2; voices <= VOICES; voices++) {
        open_mixer(voices, 0, 4000);
        ok(ta_mixer_guard(&mixer, &guard_config));
        pull(TICK * 20, TICK);
        assert_int_equal(playing(), 1);
        assert_int_equal(out[0], voices * 640);
        assert_int_equal(out[TICK * 20 - 1], 640);
        for (unsigned n = 1; n < TICK * 20; n++)
            assert_in_range(out[n - 1] - out[n], 0, (voices - 1) * 10 + 1);
    }
}

// ---- and back ------------------------------------------------------------------------------------------------------------------

static void play_all(uint32_t voices)
{
    for (uint32_t v = 0; v < voices; v++)
        if (!ta_mixer_playing(&mixer, v))
            ok(ta_mixer_play(&mixer, v, &steady[v].source));
}

static void test_they_come_back_one_by_one(void **state)
{
    (void)state;
    open_mixer(10, 0, 600); // three fit
    ok(ta_mixer_guard(&mixer, &guard_config));
    pull(TICK * 10, TICK);
    assert_int_equal(playing(), 3);
    for (uint32_t v = 0; v < 10; v++)
        steady[v].takes_us = 100;
    uint32_t ticks = 0;
    for (uint32_t sounding = 3; sounding < 10; ticks++) {
        play_all(10);
        pull(TICK, TICK);
        assert_in_range(playing(), sounding, sounding + 1);
        sounding = playing();
    }
    assert_in_range(ticks, 7 * TA_GUARD_PATIENCE, 7 * TA_GUARD_PATIENCE + 10);
    uint32_t shed = ta_mixer_shed(&mixer);
    pull(TICK * 1000, TICK);
    assert_int_equal(ta_mixer_shed(&mixer), shed); // free again
    assert_int_equal(mixer.guard.most, 10);
    assert_false(mixer.guard.raised); // and what was is forgotten
}

// A mixer whose voices have all ended comes back, too.
static void test_silence_allows_all_again(void **state)
{
    (void)state;
    open_mixer(10, 0, 5000);
    ok(ta_mixer_guard(&mixer, &guard_config));
    pull(TICK * 10, TICK);
    assert_int_equal(mixer.guard.most, 1);
    ok(ta_mixer_stop(&mixer, 0));
    pull(TICK * 9 * TA_GUARD_PATIENCE + TICK, TICK);
    assert_int_equal(mixer.guard.most, 10);
}

// One voice that is dear comes back whenever there is room by what the others take: each time it has to wait longer.
static void test_who_comes_back_in_vain_waits_longer(void **state)
{
    (void)state;
    open_mixer(10, 0, 100);
    steady[9].takes_us = 5000;
    ok(ta_mixer_guard(&mixer, &guard_config));
    for (unsigned v = 0; v < 9; v++)
        ta_param_set(ta_mixer_level(&mixer, v), (ta_real_t)0.5 + (ta_real_t)v / 32);
    ta_param_set(ta_mixer_level(&mixer, 9), (ta_real_t)0.1);
    uint32_t shed = 0, last = 0, longest = 0, times = 0;
    for (uint32_t tick = 0; tick < 30000; tick++) {
        play_all(10);
        bool was = ta_mixer_playing(&mixer, 9) && mixer.guard.most > 1;
        pull(TICK, TICK);
        assert_true(was || playing() >= 1);
        if (mixer.guard.patience > longest) {
            longest = mixer.guard.patience;
            assert_true(longest <= TA_GUARD_PATIENCE_MAX);
            times++;
            last = tick;
        }
        shed = ta_mixer_shed(&mixer);
    }
    assert_true(shed > 0 && last > 0);
    assert_int_equal(longest, TA_GUARD_PATIENCE_MAX);
    assert_int_equal(times, 6); // 32, 64, ... 1024
}

// ---- a synthesizer -------------------------------------------------------------------------------------------------------------

typedef struct {
    ta_control_t control; // a note's amplitude: that its voice is rendered can be told by its being read
    ta_real_t amplitude;
    uint32_t takes_us;
} dear_t;

enum { NOTES = 24, SYNTH_TICK = TA_SYNTH_TICK_FRAMES, SYNTH_ALLOWED = 4353 };

static ta_synth_t synth;
static ta_note_t notes[NOTES];
static dear_t dear[NOTES];
static const int16_t steady_samples[2] = {16384, 16384},
                     wave_samples[8] = {0, 9000, 16000, 20000, 0, -9000, -16000, -20000};

static ta_real_t dear_step(ta_control_t *control, const ta_clock_t *clock)
{
    (void)clock;
    dear_t *it = (dear_t *)control;
    time_now += it->takes_us;
    return it->amplitude;
}

static void make_note(unsigned n, uint32_t takes_us, ta_real_t amplitude)
{
    ok(ta_note_init(&notes[n], 440));
    dear[n] = (dear_t){.amplitude = amplitude, .takes_us = takes_us};
    ta_control_init(&dear[n].control, dear_step);
    dear[n].control.value = amplitude;
    ta_param_follow(&notes[n].amplitude, &dear[n].control);
}

static void open_synth(unsigned count, uint32_t takes_us, uint8_t channels)
{
    const ta_synth_config_t config = {
        .rate_hz = RATE, .channels = channels, .polyphony = NOTES, .wave = {steady_samples, 2}};
    ta_need_t need;
    ok(ta_synth_need(&config, &need));
    assert_true(need.bytes <= sizeof storage);
    ok(ta_synth_init(&synth, &config, storage));
    for (unsigned n = 0; n < count; n++) {
        make_note(n, takes_us, (ta_real_t)0.05);
        ok(ta_synth_press(&synth, &notes[n]));
    }
}

static void pull_synth(uint32_t frames)
{
    for (uint32_t at = 0; at < frames;) {
        ta_block_t block;
        assert_int_equal(ta_source_pull(&synth.source, frames - at, &block), TA_PULL_MORE);
        memcpy(out + at * synth.source.format.channels, block.data,
               block.frames * synth.source.format.channels * sizeof *out);
        at += block.frames;
    }
}

static unsigned sounding(void)
{
    unsigned count = 0;
    ta_voice_info_t info;
    for (unsigned v = 0; v < NOTES; v++)
        count += ta_synth_voice(&synth, v, &info);
    return count;
}

static void test_a_synthesizer_keeps_as_many_as_fit(void **state)
{
    (void)state;
    static const uint32_t costs[] = {1, 100, 181, 182, 400, 2176, 2177, 4353, 4354, 50000},
                          fixed[] = {0, 900, 4353, 20000};
    for (unsigned count = 1; count <= NOTES; count++)
        for (size_t c = 0; c < sizeof costs / sizeof costs[0]; c++)
            for (size_t f = 0; f < sizeof fixed / sizeof fixed[0]; f++) {
                open_synth(count, costs[c], 1);
                ok(ta_synth_guard(&synth, &guard_config));
                looks = 0;
                fixed_us = fixed[f];
                uint32_t room = fixed_us < SYNTH_ALLOWED ? (SYNTH_ALLOWED - fixed_us) / costs[c] : 0;
                uint32_t fit = room < 1 ? 1 : room < count ? room : count;
                pull_synth(SYNTH_TICK * 80);
                assert_int_equal(sounding(), fit);
                assert_int_equal(ta_synth_shed(&synth), count - fit);
                pull_synth(SYNTH_TICK * 80);
                assert_int_equal(sounding(), fit);
                assert_int_equal(ta_synth_shed(&synth), count - fit);
                for (unsigned n = 0; n < count; n++) // equally loud: the oldest go
                    assert_int_equal(ta_synth_holds(&synth, &notes[n]), n >= count - fit);
            }
}

static void test_without_a_clock_a_synthesizer_keeps_all(void **state)
{
    (void)state;
    open_synth(NOTES, 50000, 1);
    pull_synth(SYNTH_TICK * 50);
    assert_int_equal(sounding(), NOTES);
    assert_int_equal(ta_synth_guard(&synth, &(ta_guard_config_t){.now = now}), TA_E_ARG);
    pull_synth(SYNTH_TICK * 50);
    assert_int_equal(sounding(), NOTES);
    assert_int_equal(looks, 0);
}

static void test_the_quietest_notes_go(void **state)
{
    (void)state;
    open_synth(0, 0, 2);
    static const ta_real_t amplitudes[8] = {(ta_real_t)0.05, (ta_real_t)-0.3, (ta_real_t)0.02, (ta_real_t)0.2,
                                            (ta_real_t)0.01, (ta_real_t)0.1,  (ta_real_t)0.15, (ta_real_t)0.04};
    for (unsigned n = 0; n < 8; n++) {
        make_note(n, 1000, amplitudes[n]); // four fit
        ta_param_set(&notes[n].panning, n % 2 ? 1 : -1);
        ok(ta_synth_press(&synth, &notes[n]));
    }
    ok(ta_synth_guard(&synth, &guard_config));
    pull_synth(SYNTH_TICK * 10);
    for (unsigned n = 0; n < 8; n++)
        assert_int_equal(ta_synth_holds(&synth, &notes[n]), n == 1 || n == 3 || n == 5 || n == 6);
    // One that is pressed while there is no room, in a slow attack, is as loud as it will be.
    ta_envelope_t slow = {1, 0, 1, 1, 1};
    make_note(7, 1000, (ta_real_t)0.4);
    ok(ta_note_set_envelope(&notes[7], &slow));
    ok(ta_synth_press(&synth, &notes[7]));
    pull_synth(SYNTH_TICK * 2);
    assert_true(ta_synth_holds(&synth, &notes[7]));
    assert_false(ta_synth_holds(&synth, &notes[5]));
    assert_int_equal(sounding(), 4);
    assert_int_equal(ta_synth_shed(&synth), 5);
}

// Of equally loud ones the one that was pressed first goes, wherever its voice is.
static void test_the_oldest_of_equal_notes_goes(void **state)
{
    (void)state;
    open_synth(4, 10, 1);
    pull_synth(SYNTH_TICK);
    ta_synth_release(&synth, &notes[0]);
    pull_synth(SYNTH_TICK * 3);
    assert_int_equal(sounding(), 3);
    ok(ta_synth_press(&synth, &notes[0])); // in the first voice, and the youngest
    pull_synth(SYNTH_TICK);
    for (unsigned n = 0; n < 4; n++)
        dear[n].takes_us = 2000; // two fit
    ok(ta_synth_guard(&synth, &guard_config));
    pull_synth(SYNTH_TICK * 4);
    for (unsigned n = 0; n < 4; n++)
        assert_int_equal(ta_synth_holds(&synth, &notes[n]), n == 0 || n == 3);
}

// Softly pressed keys are quieter where velocity counts.
static void test_soft_keys_go_first(void **state)
{
    (void)state;
    for (int counts = 0; counts < 2; counts++) {
        const ta_synth_config_t config = {.rate_hz = RATE, .channels = 1, .polyphony = 4, .velocity = counts != 0};
        ok(ta_synth_init(&synth, &config, storage));
        ok(ta_synth_press_key(&synth, 0, 60, 127));
        ok(ta_synth_press_key(&synth, 0, 61, 20));
        ok(ta_synth_press_key(&synth, 0, 62, 90));
        ok(ta_synth_guard(&synth, &guard_config));
        looks = 0;
        fixed_us = 5000; // three times 4353 / 5000 is two
        pull_synth(SYNTH_TICK * 4);
        ta_voice_info_t info;
        assert_int_equal(ta_synth_key_info(&synth, 0, 60, &info), counts);
        assert_int_equal(ta_synth_key_info(&synth, 0, 61, &info), !counts);
        assert_true(ta_synth_key_info(&synth, 0, 62, &info));
    }
}

// ---- how they fade -------------------------------------------------------------------------------------------------------------

enum { WAY_PLAIN, WAY_INTERPOLATED, WAY_FILTERED, WAY_RINGING, WAY_SAW, WAYS };

// One loud note and one that has to go, `way`; with a guard, or without one.
static void render_way(unsigned way, uint8_t channels, bool guarded, uint32_t tick_frames, int16_t *to, uint32_t frames)
{
    static ta_biquad_t filter;
    const ta_wave_t wave = {wave_samples, 8};
    const ta_synth_config_t config = {.rate_hz = RATE,
                                      .channels = channels,
                                      .polyphony = NOTES,
                                      .interpolate = way == WAY_INTERPOLATED,
                                      .wave = {steady_samples, 2}};
    ok(ta_synth_init(&synth, &config, storage));
    make_note(0, 3000, (ta_real_t)0.3);
    make_note(1, 3000, (ta_real_t)0.5);
    ok(ta_note_set_wave(&notes[0], &wave));
    ok(ta_biquad_init(&filter, TA_BIQUAD_LOW_PASS, 2000));
    if (way == WAY_FILTERED)
        ta_note_set_filter(&notes[0], &filter);
    if (way == WAY_RINGING) {
        ok(ta_note_set_ring_wave(&notes[0], &wave));
        ok(ta_note_set_ring_frequency(&notes[0], 300));
    }
    if (way == WAY_SAW)
        ok(ta_note_set_tone(&notes[0], TA_TONE_SAW));
    ok(ta_synth_press(&synth, &notes[0]));
    ok(ta_synth_press(&synth, &notes[1]));
    ok(ta_synth_guard(&synth, guarded ? &guard_config : NULL));
    for (uint32_t at = 0; at < frames;) { // ticks may be short where a MIDI event comes
        ta_block_t block = {.data = NULL};
        uint32_t these = frames - at < tick_frames ? frames - at : tick_frames;
        ta_synth_render(&synth, these);
        ta_synth_lend(&synth, these, &block);
        memcpy(to + at * channels, block.data, these * channels * sizeof *to);
        at += these;
    }
}

static void test_a_note_fades_in_a_straight_line(void **state)
{
    (void)state;
    enum { FRAMES = SYNTH_TICK * 6 };
    static int16_t full[FRAMES * 2], shed[FRAMES * 2];
    static const uint32_t ticks[] = {256, 128, 100, 64, 63, 17, 1};
    for (unsigned way = 0; way < WAYS; way++)
        for (uint8_t channels = 1; channels <= 2; channels++)
            for (size_t t = 0; t < sizeof ticks / sizeof ticks[0]; t++) {
                render_way(way, channels, false, ticks[t], full, FRAMES);
                render_way(way, channels, true, ticks[t], shed, FRAMES);
                assert_int_equal(ta_synth_shed(&synth), 1);
                assert_false(ta_synth_holds(&synth, &notes[0]));
                assert_true(ta_synth_holds(&synth, &notes[1]));
                uint32_t from = 0;
                while (from < FRAMES * channels && full[from] == shed[from])
                    from++;
                assert_true(from >= TICK * 2U * channels && from < FRAMES * channels - 200U);
                // Two spans of at least 128 frames are too long; then the fade begins, be it where the wave is 0.
                uint32_t first = (TA_GUARD_FRAMES + ticks[t] - 1) / ticks[t] * ticks[t] * 2;
                assert_true(from / channels >= first);
                int32_t other = shed[FRAMES * channels - 1]; // the loud note stands still
                for (uint32_t frame = first; frame < FRAMES; frame++)
                    for (unsigned c = 0; c < channels; c++) {
                        int32_t k = (int32_t)(frame - first), left = k < 63 ? 63 - k : 0;
                        int32_t whole = full[frame * channels + c] - other;
                        {
                            int32_t off = shed[frame * channels + c] - other - whole * left / 64;
                            if (abs(off) > 2)
                                fail_msg("way %u, %u channels, ticks of %u, found %u, began %u, frame %u: %d off, "
                                         "whole %d, left %d",
                                         way, channels, ticks[t], from / channels, first, frame, off, whole, left);
                        }
                    }
            }
}

// Steady notes: no step of the sum is more than a 64th of what fades.
static void test_no_click_in_a_synthesizer(void **state)
{
    (void)state;
    for (unsigned count = 2; count <= NOTES; count++) {
        open_synth(count, 9000, 1);
        ok(ta_synth_guard(&synth, &guard_config));
        pull_synth(SYNTH_TICK * 10);
        int32_t one = out[SYNTH_TICK * 10 - 1];
        assert_in_range(one, 400, 410);
        assert_in_range(out[0], one * (int)count - (int)count, one * (int)count + (int)count);
        for (unsigned n = 1; n < SYNTH_TICK * 10; n++)
            assert_in_range(out[n - 1] - out[n] + 1, 0, (int)(count - 1) * (one / 64 + 2) + 1);
    }
}

// Pressed again while it fades, a note ends and begins anew: no press is lost (w53).
static void test_w53_a_press_within_the_fade_is_not_lost(void **state)
{
    (void)state;
    open_synth(2, 3000, 1);
    dear[1].amplitude = (ta_real_t)0.5;
    ok(ta_synth_guard(&synth, &guard_config));
    pull_synth(SYNTH_TICK * 2);
    ta_synth_render(&synth, 10); // the fade has begun
    assert_int_equal(ta_synth_shed(&synth), 1);
    assert_true(ta_synth_holds(&synth, &notes[0]));
    ok(ta_synth_guard(&synth, NULL)); // time for all again
    ok(ta_synth_press(&synth, &notes[0]));
    ta_synth_render(&synth, 50);
    assert_true(ta_synth_holds(&synth, &notes[0]));
    ta_synth_render(&synth, 4); // the fade's last frames
    ta_synth_render(&synth, 1);
    pull_synth(SYNTH_TICK * 2);
    assert_int_equal(sounding(), 2);
    ta_voice_info_t info;
    assert_true(ta_synth_note_info(&synth, &notes[0], &info));
    assert_int_equal(info.level, 32767);
}

// A note that comes while there is no room and is the quietest has ended without a sound.
static void test_what_has_not_begun_ends_in_silence(void **state)
{
    (void)state;
    open_synth(1, 3000, 1);
    make_note(1, 3000, (ta_real_t)0.5);
    ok(ta_synth_press(&synth, &notes[1]));
    ok(ta_synth_guard(&synth, &guard_config));
    pull_synth(SYNTH_TICK * 6);
    assert_int_equal(sounding(), 1);
    int16_t before = out[SYNTH_TICK * 6 - 1];
    const ta_envelope_t soft = {0, 0, 0, (ta_real_t)0.1, 1};
    make_note(2, 3000, (ta_real_t)0.05);
    ok(ta_note_set_envelope(&notes[2], &soft));
    ok(ta_synth_press(&synth, &notes[2]));
    pull_synth(SYNTH_TICK * 2);
    for (unsigned s = 0; s < SYNTH_TICK * 2; s++)
        assert_int_equal(out[s], before);
    assert_int_equal(ta_synth_shed(&synth), 2);
    assert_false(ta_synth_holds(&synth, &notes[2]));
}

static void test_notes_come_back(void **state)
{
    (void)state;
    open_synth(12, 1000, 1);
    ok(ta_synth_guard(&synth, &guard_config));
    pull_synth(SYNTH_TICK * 20);
    assert_int_equal(sounding(), 4);
    for (unsigned n = 0; n < 12; n++)
        dear[n].takes_us = 100;
    pull_synth(SYNTH_TICK * (20 * TA_GUARD_PATIENCE + 20)); // the cap goes up to all voices that there are
    assert_int_equal(synth.guard.most, NOTES);
    for (unsigned n = 0; n < 12; n++)
        ok(ta_synth_press(&synth, &notes[n]));
    pull_synth(SYNTH_TICK * 50);
    assert_int_equal(sounding(), 12);
    assert_int_equal(ta_synth_shed(&synth), 8);
    ta_synth_clear(&synth);
    assert_int_equal(sounding(), 0);
}

// ---- at the pins ---------------------------------------------------------------------------------------------------------------

static scene_t scene;

static ta_pull_t busy_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    busy_wait_us(((steady_t *)source)->takes_us);
    return steady_pull(source, max_frames, block);
}

// Eight voices of 600 us each in ticks of 2902: a virtual Pico with a guard plays three of them without a hole, and without one it does not keep up.
static void test_at_the_pins(void **state)
{
    (void)state;
    static const ta_source_ops_t ops = {busy_pull, NULL};
    uint64_t holes[2];
    for (int guarded = 0; guarded < 2; guarded++) {
        ta_i2s_config_t output = scene_config(chip_board_find("pico"));
        output.feed = TA_FEED_CORE1; // in an interrupt of core 0, a feed that never keeps up leaves the program nothing
        assert_true(scene_open(&scene, "pico", &output));
        open_mixer(8, 0, 600);
        for (unsigned v = 0; v < 8; v++)
            steady[v].source.ops = &ops;
        const ta_guard_config_t config = {.now = time_us_32, .hz = 1000000};
        ok(ta_mixer_guard(&mixer, guarded ? &config : NULL));
        ok(ta_output_play(&scene.i2s.output, &mixer.source));
        scene_run_us(&scene, 500000);
        ta_output_stats_t stats;
        ta_output_stats(&scene.i2s.output, &stats);
        assert_int_equal(ta_mixer_shed(&mixer), guarded ? 5 : 0);
        assert_int_equal(playing(), guarded ? 3 : 8);
        if (guarded)
            assert_true(stats.source_frames > 44100 / 2);
        else
            assert_true(stats.source_frames < 44100 / 2 * 3 / 4);
        for (unsigned v = 0; v < 8; v++)
            steady[v].takes_us = 0; // a feed that never catches up would not come to the stop
        ok(ta_output_stop(&scene.i2s.output));
        assert_true(scene_run(&scene, 1000));
        ta_output_stats(&scene.i2s.output, &stats); // of a feed that had come to its end
        holes[guarded] = stats.ring.holes;
        const char *wrong = scene_close(&scene);
        if (wrong)
            fail_msg("%s", wrong);
    }
    print_message("holes without a guard: %u, with one: %u\n", (unsigned)holes[0], (unsigned)holes[1]);
    assert_true(holes[0] > 10);
    assert_int_equal(holes[1], 0);
    scene_free(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_as_many_stay_as_fit, reset),
        cmocka_unit_test_setup(test_it_takes_two_ticks, reset),
        cmocka_unit_test_setup(test_one_stall_costs_no_voice, reset),
        cmocka_unit_test_setup(test_no_clock_no_guard, reset),
        cmocka_unit_test_setup(test_refusals_and_shares, reset),
        cmocka_unit_test_setup(test_ticks_of_any_length, reset),
        cmocka_unit_test_setup(test_the_quietest_go, reset),
        cmocka_unit_test_setup(test_no_click, reset),
        cmocka_unit_test_setup(test_they_come_back_one_by_one, reset),
        cmocka_unit_test_setup(test_silence_allows_all_again, reset),
        cmocka_unit_test_setup(test_who_comes_back_in_vain_waits_longer, reset),
        cmocka_unit_test_setup(test_a_synthesizer_keeps_as_many_as_fit, reset),
        cmocka_unit_test_setup(test_without_a_clock_a_synthesizer_keeps_all, reset),
        cmocka_unit_test_setup(test_the_quietest_notes_go, reset),
        cmocka_unit_test_setup(test_the_oldest_of_equal_notes_goes, reset),
        cmocka_unit_test_setup(test_soft_keys_go_first, reset),
        cmocka_unit_test_setup(test_a_note_fades_in_a_straight_line, reset),
        cmocka_unit_test_setup(test_no_click_in_a_synthesizer, reset),
        cmocka_unit_test_setup(test_w53_a_press_within_the_fade_is_not_lost, reset),
        cmocka_unit_test_setup(test_what_has_not_begun_ends_in_silence, reset),
        cmocka_unit_test_setup(test_notes_come_back, reset),
        cmocka_unit_test_setup(test_at_the_pins, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
