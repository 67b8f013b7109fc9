// A mixer's voices of other rates: what they give is what a resampler gives by itself, to the bit; all else is as for voices of the mixer's own rate, which
// test_mixer.c is about.
#include "tonearm/mixer.h"
#include "tonearm/raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GUARD = 64, FRAMES_MOST = 8192, BLOCK = 100, SOURCE_FRAMES = 301, RATES = 6 };

static const uint32_t rates[RATES] = {8000, 11025, 22050, 44100, 48000, 96000};

static const ta_mixer_resampling_t *const ways[] = {&ta_mixer_resample_linear, &ta_mixer_resample_good,
                                                    &ta_mixer_resample_best};

static ta_mixer_t mixer;
static uint8_t *storage;
static size_t storage_bytes;
static int16_t got[2][FRAMES_MOST * 2], alone[FRAMES_MOST * 2];
static uint8_t noise[SOURCE_FRAMES * 8], copy[SOURCE_FRAMES * 8];
static const uint8_t poison = 0x77;

static int close_mixer(void **state)
{
    (void)state;
    unsigned changed = 0;
    for (size_t i = 0; storage && i < GUARD; i++)
        changed += storage[storage_bytes + i] != 0xC3;
    free(storage);
    storage = NULL;
    assert_int_equal(changed, 0); // bytes behind the storage
    return 0;
}

static void open_mixer(const ta_mixer_config_t *config)
{
    close_mixer(NULL);
    ta_need_t need;
    assert_int_equal(ta_mixer_need(config, &need), TA_OK);
    storage_bytes = need.bytes;
    storage = malloc(storage_bytes + GUARD);
    assert_non_null(storage);
    memset(storage, 0xC3, storage_bytes + GUARD);
    assert_int_equal(ta_mixer_init(&mixer, config, storage), TA_OK);
}

static void open_linear(uint32_t buffer_frames)
{
    open_mixer(&(ta_mixer_config_t){.format = {TA_SAMPLE_S16, 1, 8000},
                                    .voices = 2,
                                    .buffer_frames = buffer_frames,
                                    .resample = &ta_mixer_resample_linear});
}

// Of 16 bits.
static void pull(int16_t *to, uint32_t frames)
{
    const size_t frame_bytes = ta_frame_bytes(&mixer.source.format);
    for (uint32_t at = 0; at < frames;) {
        ta_block_t block;
        assert_int_equal(ta_source_pull(&mixer.source, frames - at, &block), TA_PULL_MORE);
        memcpy((uint8_t *)to + at * frame_bytes, block.data, block.frames * frame_bytes);
        at += block.frames;
    }
}

static ta_source_t *raw_of(ta_raw_t *raw, ta_format_t format, const void *data, uint64_t frames, bool loop)
{
    assert_int_equal(ta_raw_init(raw, &format, data, frames), TA_OK);
    if (loop)
        assert_int_equal(ta_source_set_loop(&raw->source, 0, 0, TA_LOOP_FOREVER), TA_OK);
    return &raw->source;
}

static void play(uint32_t voice, ta_source_t *source)
{
    assert_int_equal(ta_mixer_play(&mixer, voice, source), TA_OK);
}

static void make_noise(void)
{
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof noise; i++) {
        seed = seed * 1664525 + 1013904223;
        noise[i] = (uint8_t)(seed >> 24);
    }
}

// What a resampler by itself makes of a source, and how many frames.
static uint32_t resample_alone(ta_source_t *source, ta_resample_t quality, const ta_format_t *to, unsigned channels)
{
    ta_resampler_config_t config = {
        .quality = quality, .rate_hz = to->rate_hz, .channels = (uint8_t)channels, .inner = true};
    ta_resampler_t resampler;
    ta_need_t need;
    assert_int_equal(ta_resampler_need(&config, &need), TA_OK);
    void *window = malloc(need.bytes);
    assert_int_equal(ta_resampler_init(&resampler, &config, window), TA_OK);
    assert_int_equal(ta_resampler_play(&resampler, source), TA_OK);
    assert_true(ta_resampler_take(&resampler));
    uint32_t frames = ta_resampler_read(&resampler, alone, FRAMES_MOST);
    assert_true(ta_resampler_ended(&resampler));
    free(window);
    return frames;
}

static uint32_t length(uint64_t frames, uint32_t in_hz, uint32_t out_hz)
{
    return (uint32_t)((frames * out_hz + in_hz - 1) / in_hz);
}

// ---- frames ------------------------------------------------------------------------------------------------------------

static void compare(const ta_format_t *from, const ta_format_t *to, const ta_mixer_resampling_t *way)
{
    unsigned channels = from->channels < to->channels ? from->channels : to->channels;
    ta_raw_t raw;
    uint32_t frames = resample_alone(raw_of(&raw, *from, noise, SOURCE_FRAMES, false), way->quality, to, channels);
    assert_int_equal(frames, length(SOURCE_FRAMES, from->rate_hz, to->rate_hz));
    open_mixer(&(ta_mixer_config_t){.format = *to, .voices = 1, .buffer_frames = BLOCK, .resample = way});
    play(0, raw_of(&raw, *from, noise, SOURCE_FRAMES, false));
    memset(got[0], 0x55, sizeof got[0]);
    pull(got[0], frames + BLOCK);
    for (uint32_t s = 0; s < (frames + BLOCK) * to->channels; s++) {
        uint32_t frame = s / to->channels, channel = channels == 2 ? s % 2 : 0;
        assert_int_equal(got[0][s], frame < frames ? alone[frame * channels + channel] : 0);
    }
    assert_false(ta_mixer_playing(&mixer, 0) || ta_mixer_holds(&mixer, &raw.source));
}

static void test_each_pair_of_formats_is_what_a_resampler_gives(void **state)
{
    (void)state;
    make_noise();
    for (unsigned way = 0; way < 3; way++) {
        for (unsigned pair = 0; pair < RATES * RATES; pair++) {
            for (unsigned kind = 0; kind < TA_SAMPLES * 4; kind++) {
                ta_format_t from = {(ta_sample_t)(kind / 4), (uint8_t)(kind % 2 + 1), rates[pair % RATES]};
                ta_format_t to = {TA_SAMPLE_S16, (uint8_t)(kind / 2 % 2 + 1), rates[pair / RATES]};
                if (from.rate_hz != to.rate_hz)
                    compare(&from, &to, ways[way]);
            }
        }
    }
}

// A voice of the mixer's own rate, and one beside it that is resampled: each as if it were alone.
static void test_own_rates_go_past_the_resampler(void **state)
{
    (void)state;
    make_noise();
    ta_raw_t raws[2];
    const ta_format_t own = {TA_SAMPLE_U8, 2, 8000}, other = {TA_SAMPLE_S8, 1, 11025};
    const ta_mixer_config_t config = {
        .format = {TA_SAMPLE_S16, 2, 8000}, .voices = 2, .buffer_frames = 10, .resample = &ta_mixer_resample_linear};
    uint32_t frames =
        resample_alone(raw_of(&raws[1], other, noise, SOURCE_FRAMES, false), TA_RESAMPLE_LINEAR, &config.format, 1);
    open_mixer(&config);
    play(0, raw_of(&raws[0], own, noise, SOURCE_FRAMES, false));
    play(1, raw_of(&raws[1], other, noise, SOURCE_FRAMES, false));
    ta_param_set(ta_mixer_level(&mixer, 0), (ta_real_t)0.5);
    ta_param_set(ta_mixer_level(&mixer, 1), (ta_real_t)0.25);
    pull(got[0], 10);
    assert_true(raws[0].source.position == 10 && raws[1].source.position > 10); // only the other one is read ahead
    pull(got[0] + 20, SOURCE_FRAMES - 10);
    for (uint32_t s = 0; s < SOURCE_FRAMES * 2; s++) {
        int sum = 2 * 256 * ((int)noise[s] - 128) + (s / 2 < frames ? alone[s / 2] : 0);
        assert_int_equal(got[0][s], (sum + 2) >> 2);
    }
}

// ---- levels, stops, changes: as where nothing is resampled ---------------------------------------------------------------

static int16_t steady[2000], steps[2000];

// Voice 0 plays a steady value from A, then steps at the mixer's own rate, then the steady value again; with a level that moves, and a stop.
static void play_a_story(uint32_t hz, int16_t *to)
{
    static ta_raw_t raws[3];
    for (unsigned i = 0; i < 2000; i++) {
        steady[i] = 8000;
        steps[i] = (int16_t)(i * 7);
    }
    const ta_format_t other = {TA_SAMPLE_S16, 1, hz}, own = {TA_SAMPLE_S16, 1, 8000};
    open_linear(40);
    play(0, raw_of(&raws[0], other, steady, 2000, true));
    pull(to, 400);
    ta_param_set(ta_mixer_level(&mixer, 0), (ta_real_t)0.3);
    pull(to + 400, 400);
    play(0, raw_of(&raws[1], own, steps, 2000, false));
    pull(to + 800, 400);
    assert_false(ta_mixer_holds(&mixer, &raws[0].source));
    play(0, raw_of(&raws[2], other, steady, 2000, true));
    pull(to + 1200, 400);
    assert_int_equal(ta_mixer_stop(&mixer, 0), TA_OK);
    assert_false(ta_mixer_playing(&mixer, 0));
    pull(to + 1600, 400);
    assert_false(ta_mixer_playing(&mixer, 0) || ta_mixer_holds(&mixer, &raws[2].source));
    play(0, raw_of(&raws[0], other, steady, 2000, true));
    pull(to + 2000, 400);
    ta_mixer_limit(&mixer, 1);
    play(1, raw_of(&raws[2], other, steady, 2000, true));
    pull(to + 2400, 40);
    assert_true(ta_mixer_shed(&mixer) == 1 && ta_mixer_playing(&mixer, 0) && !ta_mixer_playing(&mixer, 1));
    assert_false(ta_mixer_holds(&mixer, &raws[2].source));
}

static void test_changes_are_heard_as_those_of_a_voice_that_is_not_resampled(void **state)
{
    (void)state;
    static const uint32_t others[] = {1000, 7999, 11025, 96000};
    play_a_story(8000, got[0]);
    assert_true(got[0][399] == 8000 && got[0][420] > got[0][440] && got[0][799] == 2400);
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
        play_a_story(others[i], got[1]);
        assert_memory_equal(got[0], got[1], 2440 * sizeof got[0][0]);
    }
}

// ---- ends --------------------------------------------------------------------------------------------------------------

// A frame at a time: it plays for as long as there are frames, and the source may be anything once it is let go.
static void test_it_plays_to_its_last_frame_and_not_beyond(void **state)
{
    (void)state;
    static const uint32_t others[] = {1000, 4000, 7999, 8001, 11025, 44100, 96000};
    make_noise();
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
        for (uint32_t count = 1; count <= 140; count++) {
            ta_raw_t raw;
            const ta_format_t from = {TA_SAMPLE_S16, 1, others[i]}, to = {TA_SAMPLE_S16, 1, 8000};
            uint32_t frames = resample_alone(raw_of(&raw, from, noise, count, false), TA_RESAMPLE_LINEAR, &to, 1);
            memcpy(copy, noise, sizeof copy);
            open_linear(1);
            play(0, raw_of(&raw, from, copy, count, false));
            for (uint32_t f = 0; f < frames; f++) {
                assert_true(ta_mixer_playing(&mixer, 0));
                pull(got[0] + f, 1);
                if (!ta_mixer_holds(&mixer, &raw.source))
                    memset(copy, poison, sizeof copy);
            }
            assert_memory_equal(got[0], alone, frames * sizeof got[0][0]);
            pull(got[0], 1);
            assert_int_equal(got[0][0], 0);
            assert_false(ta_mixer_playing(&mixer, 0) || ta_mixer_holds(&mixer, &raw.source));
        }
    }
}

static void test_loops_are_set_and_cleared(void **state)
{
    (void)state;
    ta_raw_t raw;
    const ta_format_t from = {TA_SAMPLE_S16, 1, 16000};
    for (unsigned i = 0; i < 2000; i++)
        steady[i] = 8000;
    open_linear(50);
    play(0, raw_of(&raw, from, steady, 1000, false));
    assert_int_equal(ta_mixer_loop(&mixer, 0, true), TA_OK);
    pull(got[0], 1700);
    assert_int_equal(ta_mixer_end(&mixer, 0), TA_OK);
    pull(got[0] + 1700, 500);
    for (unsigned f = 0; f < 2200; f++)
        assert_int_equal(got[0][f], f < 2000 ? 8000 : 0); // four laps of 500
    assert_int_equal(ta_mixer_loop(&mixer, 0, true), TA_E_STATE);
    play(0, raw_of(&raw, from, steady, 40, false));
    pull(got[0], 0);
    assert_int_equal(ta_mixer_loop(&mixer, 0, true), TA_OK); // nothing has been read yet
    assert_int_equal(ta_mixer_loop(&mixer, 0, false), TA_OK);
    pull(got[0], 50);
    assert_true(got[0][19] == 8000 && got[0][20] == 0);
}

typedef struct {
    ta_source_t source;
    uint32_t left; // frames until it faults
    bool waits, asks_the_mixer;
    bool hiccups; // waits two times out of three
    unsigned turn;
} toy_t;

static ta_pull_t toy_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    toy_t *toy = (toy_t *)source;
    ta_block_t other;
    if (toy->asks_the_mixer)
        assert_int_equal(ta_source_pull(&mixer.source, 1, &other), TA_PULL_WAIT);
    if (toy->hiccups)
        toy->waits = toy->turn++ % 3 != 0;
    uint32_t most = max_frames < 7 ? max_frames : 7;
    block->frames = toy->waits ? 0 : toy->left < most ? toy->left : most;
    block->data = toy->hiccups ? steps + 2000 - toy->left : steady;
    toy->left -= block->frames;
    if (!toy->waits && !toy->left && !block->frames)
        source->fault = TA_E_IO;
    return toy->waits ? TA_PULL_WAIT : toy->left || block->frames ? TA_PULL_MORE : TA_PULL_FAULT;
}

static const ta_source_ops_t toy_ops = {toy_pull, NULL};

static void test_waits_faults_and_circles(void **state)
{
    (void)state;
    static toy_t toy;
    for (unsigned i = 0; i < 2000; i++)
        steady[i] = 8000;
    ta_source_init(&toy.source, &toy_ops, &(ta_format_t){TA_SAMPLE_S16, 1, 16000}, TA_FRAMES_UNKNOWN);
    toy.left = 300;
    toy.waits = toy.asks_the_mixer = true;
    open_linear(50);
    play(0, &toy.source);
    pull(got[0], 100);
    for (unsigned f = 0; f < 100; f++)
        assert_int_equal(got[0][f], 0);
    assert_true(ta_mixer_playing(&mixer, 0) && ta_mixer_holds(&mixer, &toy.source));
    toy.waits = false;
    pull(got[0], 50);
    toy.waits = true;
    pull(got[0] + 50, 50);
    assert_true(got[0][0] == 8000 && got[0][99] == 0 && ta_mixer_playing(&mixer, 0));
    uint32_t heard = 0;
    while (heard < 100 && got[0][heard])
        heard++;
    toy.waits = false;
    pull(got[0], 150);
    for (unsigned f = 0; f < 150; f++)
        assert_int_equal(got[0][f], f < 150 - heard ? 8000 : 0);
    assert_int_equal(ta_mixer_fault(&mixer, 0), TA_E_IO);
    assert_int_equal(ta_mixer_faults(&mixer), 1);
    assert_false(ta_mixer_playing(&mixer, 0) || ta_mixer_holds(&mixer, &toy.source));
}

// What comes between two waits is resampled, too, in order, and all of it is heard.
static void test_a_source_that_waits_often_loses_nothing(void **state)
{
    (void)state;
    static toy_t toy;
    for (unsigned i = 0; i < 2000; i++)
        steps[i] = (int16_t)(i + 1);
    ta_source_init(&toy.source, &toy_ops, &(ta_format_t){TA_SAMPLE_S16, 1, 16000}, TA_FRAMES_UNKNOWN);
    toy.left = 2000;
    toy.hiccups = true;
    open_linear(50);
    play(0, &toy.source);
    int heard = 0, holes = 0;
    for (unsigned block = 0; block < 1000 && ta_mixer_playing(&mixer, 0); block++) {
        pull(got[0], 50);
        for (unsigned f = 0; f < 50; f++) {
            holes += got[0][f] == 0;
            if (got[0][f] != 0)
                assert_int_equal(got[0][f], 1 + 2 * heard++);
        }
    }
    assert_int_equal(heard, 1000);
    assert_true(holes > 1000);
}

static uint32_t clock_us;

static uint32_t late(void)
{
    return clock_us += 100000;
}

// A guard for which every tick is late: of what is resampled, too, the last voices go, and the first one is taken up where it is offered.
static void test_a_guard_lets_resampled_voices_go(void **state)
{
    (void)state;
    static ta_raw_t raws[3];
    const ta_format_t other = {TA_SAMPLE_S16, 1, 16000};
    for (unsigned i = 0; i < 2000; i++) {
        steady[i] = 8000;
        steps[i] = (int16_t)i;
    }
    open_linear(100);
    play(0, raw_of(&raws[0], other, steady, 2000, true));
    play(1, raw_of(&raws[1], other, steady, 2000, true));
    assert_int_equal(ta_mixer_guard(&mixer, &(ta_guard_config_t){.now = late, .hz = 1000000}), TA_OK);
    pull(got[0], 1000);
    assert_true(ta_mixer_playing(&mixer, 0) && !ta_mixer_playing(&mixer, 1));
    assert_true(ta_mixer_shed(&mixer) == 1 && !ta_mixer_holds(&mixer, &raws[1].source));
    assert_int_equal(got[0][999], 8000);
    play(0, raw_of(&raws[2], other, steps, 2000, false));
    pull(got[0], 900);
    for (int f = TA_MIXER_RAMP_FRAMES; f < 900; f++)
        assert_int_equal(got[0][f], 2 * f);
    assert_false(ta_mixer_holds(&mixer, &raws[0].source));
}

// The task does the feed's part while nobody pulls.
static void test_settling_takes_what_was_offered(void **state)
{
    (void)state;
    ta_raw_t raws[2];
    for (unsigned i = 0; i < 2000; i++)
        steps[i] = (int16_t)i;
    open_linear(50);
    play(0, raw_of(&raws[0], (ta_format_t){TA_SAMPLE_S16, 1, 16000}, steps, 2000, false));
    pull(got[0], 100);
    play(0, raw_of(&raws[1], (ta_format_t){TA_SAMPLE_S16, 1, 4000}, steps, 2000, false));
    assert_true(ta_mixer_holds(&mixer, &raws[0].source));
    ta_mixer_settle(&mixer, 0);
    assert_true(!ta_mixer_holds(&mixer, &raws[0].source) && ta_mixer_playing(&mixer, 0));
    pull(got[0], 100);
    for (int f = 0; f < 100; f++)
        assert_int_equal(got[0][f], (f + 1) / 2); // halves are rounded up
    assert_int_equal(ta_mixer_stop(&mixer, 0), TA_OK);
    ta_mixer_settle(&mixer, 0);
    assert_false(ta_mixer_holds(&mixer, &raws[1].source) || ta_mixer_playing(&mixer, 0));
    pull(got[0], 100);
    assert_int_equal(got[0][99], 0);
}

// ---- what it takes -----------------------------------------------------------------------------------------------------

static void test_needs_and_refusals(void **state)
{
    (void)state;
    ta_mixer_config_t config = {.format = {TA_SAMPLE_S16, 2, 44100}, .voices = 8};
    ta_need_t none, linear, good;
    assert_int_equal(ta_mixer_need(&config, &none), TA_OK);
    config.resample = &ta_mixer_resample_linear;
    assert_int_equal(ta_mixer_need(&config, &linear), TA_OK);
    const size_t voice = (sizeof(void *) == 8 ? 88 : 76) + 264; // mixer.h says so
    assert_int_equal(linear.bytes - none.bytes, 8 * voice + TA_MIXER_TICK_FRAMES * 4);
    config.resample_max_hz = TA_RATE_MAX_HZ;
    assert_int_equal(ta_mixer_need(&config, &good), TA_OK);
    assert_int_equal(good.bytes, linear.bytes); // a line is as wide at any rate
    config.resample = &ta_mixer_resample_good;
    assert_int_equal(ta_mixer_need(&config, &good), TA_OK);
    assert_true(good.bytes > linear.bytes);
    static const uint32_t bad[] = {999, TA_RATE_MAX_HZ + 1};
    for (unsigned i = 0; i < 2; i++) {
        config.resample_max_hz = bad[i];
        assert_int_equal(ta_mixer_need(&config, &good), TA_E_RATE);
        assert_int_equal(ta_mixer_init(&mixer, &config, &config), TA_E_RATE);
    }
    config.resample_max_hz = 22050; // below the mixer's own, which is not resampled
    open_mixer(&config);
    ta_raw_t raw;
    for (uint32_t hz = 22049; hz <= 22051; hz++) {
        ta_source_t *source = raw_of(&raw, (ta_format_t){TA_SAMPLE_S16, 1, hz}, steady, 10, false);
        assert_int_equal(ta_mixer_play(&mixer, 0, source), hz <= 22050 ? TA_OK : TA_E_RATE);
    }
    static ta_raw_t own;
    play(1, raw_of(&own, (ta_format_t){TA_SAMPLE_S16, 1, 44100}, steady, 10, false));
    config.resample = NULL; // then the highest rate says nothing
    open_mixer(&config);
    raw.source.format.rate_hz = 22050;
    assert_int_equal(ta_mixer_play(&mixer, 0, &raw.source), TA_E_RATE);
}

// Its rate is another one when the tick comes, and none that could be played: it is let go.
static void test_a_rate_that_changes_after_the_offer(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 2; way++) {
        ta_raw_t raw;
        ta_block_t block;
        ta_mixer_config_t config = {.format = {TA_SAMPLE_S16, 1, 8000}, .voices = 1, .resample_max_hz = 16000};
        if (way)
            config.resample = &ta_mixer_resample_good;
        open_mixer(&config);
        assert_int_equal(ta_raw_init(&raw, &(ta_format_t){TA_SAMPLE_S16, 1, 8000}, noise, 100), TA_OK);
        assert_int_equal(ta_mixer_play(&mixer, 0, &raw.source), TA_OK);
        raw.source.format.rate_hz = 16001;
        assert_int_equal(ta_source_pull(&mixer.source, 64, &block), TA_PULL_MORE);
        assert_false(ta_mixer_playing(&mixer, 0) || ta_mixer_holds(&mixer, &raw.source));
        assert_int_equal(ta_mixer_fault(&mixer, 0), TA_E_RATE);
        assert_int_equal(ta_mixer_faults(&mixer), 1);
        for (unsigned f = 0; f < block.frames; f++)
            assert_int_equal(((const int16_t *)block.data)[f], 0);
    }
}

#define TEST(name) cmocka_unit_test_teardown(name, close_mixer)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_pair_of_formats_is_what_a_resampler_gives),
        TEST(test_own_rates_go_past_the_resampler),
        TEST(test_changes_are_heard_as_those_of_a_voice_that_is_not_resampled),
        TEST(test_it_plays_to_its_last_frame_and_not_beyond),
        TEST(test_loops_are_set_and_cleared),
        TEST(test_waits_faults_and_circles),
        TEST(test_a_source_that_waits_often_loses_nothing),
        TEST(test_a_guard_lets_resampled_voices_go),
        TEST(test_settling_takes_what_was_offered),
        TEST(test_needs_and_refusals),
        TEST(test_a_rate_that_changes_after_the_offer),
    };
    return cmocka_run_group_tests_name("mixer_resample", tests, NULL, NULL);
}
