// The mixer's contract: what it takes and refuses, when things are taken up, and what CircuitPython's mixer gets wrong (w6, w7, w8, w34, w35, w36, w49 are
// its weaknesses by number). Numbers over all formats and schedules: test/model/test_mixer_model.c.
#include "tonearm/mixer.h"
#include "tonearm/raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 8000, GUARD = 64, FRAMES_MAX = 70000 };

static ta_mixer_t mixer;
static uint8_t *storage;
static size_t storage_bytes;
static uint32_t sounding_max;
static int got[FRAMES_MAX * 2]; // on the mixer's own scale, the middle at 0

// ---- a mixer, raw sources, what comes out ------------------------------------------------------------------------------

static void close_mixer(void)
{
    unsigned changed = 0;
    for (size_t i = 0; storage && i < GUARD; i++)
        changed += storage[storage_bytes + i] != 0xC3;
    free(storage);
    storage = NULL;
    assert_int_equal(changed, 0); // bytes behind the storage
}

static void open_mixer(ta_sample_t sample, unsigned channels, uint32_t voices, uint32_t buffer_frames)
{
    close_mixer();
    ta_mixer_config_t config = {{sample, (uint8_t)channels, RATE}, voices, sounding_max, buffer_frames, NULL, 0};
    ta_need_t need;
    assert_int_equal(ta_mixer_need(&config, &need), TA_OK);
    storage_bytes = need.bytes;
    storage = malloc(storage_bytes + GUARD);
    assert_non_null(storage);
    memset(storage, 0xC3, storage_bytes + GUARD);
    assert_int_equal(ta_mixer_init(&mixer, &config, storage), TA_OK);
}

static int teardown(void **state)
{
    (void)state;
    close_mixer();
    return 0;
}

static int sample_at(const uint8_t *at)
{
    ta_sample_t sample = mixer.source.format.sample;
    if (sample == TA_SAMPLE_U8 || sample == TA_SAMPLE_S8)
        return sample == TA_SAMPLE_U8 ? at[0] - 128 : (int8_t)at[0];
    int word = at[0] | at[1] << 8;
    return sample == TA_SAMPLE_U16 ? word - 32768 : (int16_t)word;
}

// Pull so many frames, in slots of a size, into `got`.
static void pull(uint32_t frames, uint32_t slot)
{
    unsigned width = ta_sample_bytes(mixer.source.format.sample), channels = mixer.source.format.channels;
    assert_true(frames <= FRAMES_MAX);
    for (uint32_t at = 0; at < frames;) {
        ta_block_t block;
        uint32_t wanted = frames - at < slot ? frames - at : slot;
        assert_int_equal(ta_source_pull(&mixer.source, wanted, &block), TA_PULL_MORE);
        assert_true(block.frames > 0 && !block.lasting);
        const uint8_t *data = block.data;
        for (uint32_t s = 0; s < block.frames * channels; s++)
            got[at * channels + s] = sample_at(data + s * width);
        at += block.frames;
    }
}

static ta_source_t *make_raw(ta_raw_t *raw, ta_sample_t sample, unsigned channels, const void *data, uint64_t frames,
                             bool loop)
{
    assert_int_equal(ta_raw_init(raw, &(ta_format_t){sample, (uint8_t)channels, RATE}, data, frames), TA_OK);
    if (loop)
        assert_int_equal(ta_source_set_loop(&raw->source, 0, 0, TA_LOOP_FOREVER), TA_OK);
    return &raw->source;
}

static void play(uint32_t voice, ta_source_t *source)
{
    assert_int_equal(ta_mixer_play(&mixer, voice, source), TA_OK);
}

static void level(uint32_t voice, double value)
{
    ta_param_set(ta_mixer_level(&mixer, voice), (ta_real_t)value);
}

static void expect(uint32_t samples, int value)
{
    for (uint32_t s = 0; s < samples; s++)
        assert_int_equal(got[s], value);
}

static int size_of(int value)
{
    return value < 0 ? -value : value;
}

// ---- setting up --------------------------------------------------------------------------------------------------------

static void test_need_refuses_what_is_no_mixer(void **state)
{
    (void)state;
    static const struct {
        ta_mixer_config_t config;
        ta_status_t status;
    } rows[] = {
        {{{TA_SAMPLE_S16, 2, RATE}, 0, 0, 0, NULL, 0}, TA_E_ARG},
        {{{TA_SAMPLE_S16, 2, RATE}, 256, 0, 0, NULL, 0}, TA_E_ARG},
        {{{TA_SAMPLE_S16, 2, RATE}, 1, 256, 0, NULL, 0}, TA_E_ARG},
        {{{TA_SAMPLE_S16, 2, RATE}, 1, 0, 32769, NULL, 0}, TA_E_ARG},
        {{{TA_SAMPLE_S24, 2, RATE}, 1, 0, 0, NULL, 0}, TA_E_FORMAT},
        {{{TA_SAMPLE_S24IN32, 2, RATE}, 1, 0, 0, NULL, 0}, TA_E_FORMAT},
        {{{TA_SAMPLE_S32, 2, RATE}, 1, 0, 0, NULL, 0}, TA_E_FORMAT},
        {{{TA_SAMPLE_S16, 0, RATE}, 1, 0, 0, NULL, 0}, TA_E_FORMAT},
        {{{TA_SAMPLE_S16, 3, RATE}, 1, 0, 0, NULL, 0}, TA_E_FORMAT},
        {{{TA_SAMPLE_S16, 2, 999}, 1, 0, 0, NULL, 0}, TA_E_FORMAT},
        {{{TA_SAMPLE_S16, 2, 384001}, 1, 0, 0, NULL, 0}, TA_E_FORMAT},
        {{{TA_SAMPLE_S16, 2, RATE}, 255, 255, 32768, NULL, 0}, TA_OK},
        {{{TA_SAMPLE_U8, 1, 1000}, 1, 1, 1, NULL, 0}, TA_OK},
        {{{TA_SAMPLE_U16, 1, 384000}, 1, 0, 1, NULL, 0}, TA_OK},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ta_need_t need = {.bytes = 99};
        ta_mixer_t other;
        assert_int_equal(ta_mixer_need(&rows[i].config, &need), rows[i].status);
        assert_int_equal(need.bytes == 99, rows[i].status != TA_OK);
        static uint64_t some[8];
        if (rows[i].status != TA_OK) {
            assert_int_equal(ta_mixer_init(&other, &rows[i].config, some), rows[i].status);
            ta_block_t block; // whoever goes on all the same gets a fault, and no crash
            assert_int_equal(ta_source_pull(&other.source, 1, &block), TA_PULL_FAULT);
            assert_int_equal(ta_mixer_stop(&other, 0), TA_E_ARG);
        } else {
            assert_int_equal(need.cls, TA_CLASS_FAST);
            assert_int_equal(ta_mixer_init(&other, &rows[i].config, NULL), TA_E_ARG);
            assert_int_equal(ta_mixer_init(&other, &rows[i].config, (uint8_t *)some + 1), TA_E_ARG);
        }
    }
}

// Every block from 1 frame to beyond two ticks, each format: exactly what was asked is used, and all of it is silence.
static void test_silence_of_every_format_and_size(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 8; way++) {
        for (uint32_t frames = 1; frames <= 300; frames++) {
            open_mixer((ta_sample_t)(way / 2), way % 2 + 1, 1, frames);
            pull(2 * frames + 3, 1000);
            expect((2 * frames + 3) * (way % 2 + 1), 0);
        }
    }
    open_mixer(TA_SAMPLE_S16, 2, 1, 0);
    ta_block_t block;
    assert_int_equal(ta_source_pull(&mixer.source, 100000, &block), TA_PULL_MORE);
    assert_int_equal(block.frames, TA_MIXER_BUFFER_FRAMES);
    assert_int_equal(mixer.source.frames, TA_FRAMES_UNKNOWN);
    assert_int_equal(ta_source_seek(&mixer.source, 0), TA_E_STATE);
}

static void test_what_play_refuses(void **state)
{
    (void)state;
    static const int16_t data[8];
    ta_raw_t raw, other;
    open_mixer(TA_SAMPLE_S16, 2, 2, 64);
    ta_source_t *source = make_raw(&raw, TA_SAMPLE_S16, 2, data, 4, true);
    assert_int_equal(ta_mixer_play(&mixer, 2, source), TA_E_ARG);
    assert_int_equal(ta_mixer_play(&mixer, 0, NULL), TA_E_ARG);
    assert_int_equal(ta_mixer_play(&mixer, 0, &mixer.source), TA_E_ARG);
    source->format.rate_hz = RATE + 1;
    assert_int_equal(ta_mixer_play(&mixer, 0, source), TA_E_RATE);
    source->format.rate_hz = 0;
    assert_int_equal(ta_mixer_play(&mixer, 0, source), TA_E_FORMAT);
    source->format.rate_hz = RATE;
    assert_false(ta_mixer_playing(&mixer, 0) || ta_mixer_playing(&mixer, 1) || ta_mixer_playing(&mixer, 2));
    assert_false(ta_mixer_holds(&mixer, source));
    play(0, source);
    assert_int_equal(ta_mixer_play(&mixer, 1, source), TA_E_BUSY);
    play(0, source); // again is no other voice
    pull(64, 64);
    assert_int_equal(ta_mixer_play(&mixer, 1, source), TA_E_BUSY);
    play(0, make_raw(&other, TA_SAMPLE_S16, 2, data, 4, true));
    assert_int_equal(ta_mixer_play(&mixer, 1, source), TA_E_BUSY); // not until the feed has let go
    pull(64, 64);
    play(1, source);
    for (uint32_t voice = 2; voice < 300; voice += 99) {
        assert_int_equal(ta_mixer_stop(&mixer, voice), TA_E_ARG);
        assert_int_equal(ta_mixer_loop(&mixer, voice, true), TA_E_ARG);
        assert_int_equal(ta_mixer_end(&mixer, voice), TA_E_ARG);
        assert_int_equal(ta_mixer_fault(&mixer, voice), TA_E_ARG);
        assert_null(ta_mixer_level(&mixer, voice));
        assert_null(ta_mixer_panning(&mixer, voice));
    }
}

// ---- weaknesses of the reference ---------------------------------------------------------------------------------------

// A loop of 1 to 7 frames, of every format: it neither hangs nor loses a frame, whatever the block.
static void loop_of(ta_sample_t sample, unsigned channels, unsigned frames, uint32_t buffer_frames)
{
    static const int8_t values[14] = {1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12, 13, -14};
    unsigned width = ta_sample_bytes(sample);
    uint8_t data[14 * 4] = {0};
    for (unsigned s = 0; s < frames * channels; s++) {
        data[s * width + width - 1] = (uint8_t)values[s]; // the upper byte
        if (sample == TA_SAMPLE_S24IN32)
            data[s * width + 2] = (uint8_t)values[s];
        if (sample == TA_SAMPLE_U8 || sample == TA_SAMPLE_U16)
            data[s * width + width - 1] ^= 0x80;
    }
    ta_raw_t raw;
    open_mixer(TA_SAMPLE_S16, channels, 1, buffer_frames);
    play(0, make_raw(&raw, sample, channels, data, frames, true));
    pull(300, 300);
    for (unsigned s = 0; s < 300 * channels; s++)
        assert_int_equal(got[s], values[s % (frames * channels)] * 256);
}

static void w6_loops_of_a_few_bytes_do_not_hang(void **state)
{
    (void)state;
    static const uint32_t buffers[] = {1, 7, 64, 128, 200};
    for (unsigned sample = 0; sample < TA_SAMPLES; sample++) {
        for (unsigned way = 0; way < 2 * 7 * 5; way++)
            loop_of((ta_sample_t)sample, way % 2 + 1, way / 2 % 7 + 1, buffers[way / 14]);
    }
}

// Blocks of an odd number of frames, mono in stereo: nothing is written behind the storage (see close_mixer), and no frame is an old one.
static void w7_odd_blocks_are_filled_and_no_more(void **state)
{
    (void)state;
    static int16_t data[400];
    for (int i = 0; i < 400; i++)
        data[i] = (int16_t)(i * 80 + 1);
    for (unsigned way = 0; way < 8; way++) {
        for (uint32_t frames = 1; frames < 270; frames += frames < 12 ? 1 : 7) {
            ta_raw_t raw;
            unsigned channels = way % 2 + 1;
            open_mixer((ta_sample_t)(way / 2), channels, 1, frames);
            play(0, make_raw(&raw, TA_SAMPLE_S16, 1, data, 400, false));
            pull(401, frames);
            bool wide = ta_sample_bytes((ta_sample_t)(way / 2)) == 2;
            for (unsigned s = 0; s < 401 * channels; s++) {
                int wanted = s / channels < 400 ? data[s / channels] : 0;
                assert_int_equal(got[s], wide ? wanted : wanted >> 8);
            }
        }
    }
}

static void w8_sources_lie_at_any_address(void **state)
{
    (void)state;
    static _Alignas(8) uint8_t bytes[4 * 130 * 2 + 8];
    for (unsigned sample = 0; sample < TA_SAMPLES; sample++) {
        for (unsigned way = 0; way < 4 * 4; way++) {
            unsigned given = way % 2 + 1, channels = way / 2 % 2 + 1, offset = way / 4;
            unsigned length = 129 * given * ta_sample_bytes((ta_sample_t)sample);
            static int aligned[600];
            for (unsigned turn = 0; turn < 2; turn++) { // at a word boundary, then elsewhere: the same
                for (unsigned i = 0; i < length; i++)
                    bytes[(turn ? offset : 0) + i] = (uint8_t)(i * 37 + i / 5);
                ta_raw_t raw;
                open_mixer(TA_SAMPLE_S16, channels, 1, 100);
                level(0, 0.7);
                play(0, make_raw(&raw, (ta_sample_t)sample, given, bytes + (turn ? offset : 0), 129, false));
                pull(200, 100);
                if (turn == 0)
                    memcpy(aligned, got, sizeof aligned);
                assert_memory_equal(aligned, got, 200 * channels * sizeof got[0]);
            }
        }
    }
}

static int rounded(int64_t sample, int64_t level_q15)
{
    return (int)((2 * sample * level_q15 + 32768) >> 16); // half up
}

// In integers, at every level: exact at 1, else the nearest number.
static void w34_levels_are_integers_and_exact_at_1(void **state)
{
    (void)state;
    static int16_t data[65536];
    for (int i = 0; i < 65536; i++)
        data[i] = (int16_t)(i - 32768);
    static const int levels[] = {32768, 32767, 24576, 16384, 16383, 9830, 8192, 256, 255, 1, 0};
    for (unsigned l = 0; l < sizeof levels / sizeof levels[0]; l++) {
        for (unsigned channels = 1; channels <= 2; channels++) {
            ta_raw_t raw;
            open_mixer(TA_SAMPLE_S16, channels, 1, 128);
            level(0, levels[l] / 32768.0);
            play(0, make_raw(&raw, TA_SAMPLE_S16, 1, data, 65536, false));
            pull(65536, 128);
            for (unsigned s = 0; s < 65536 * channels; s++) {
                int sample = data[s / channels], wanted = rounded(sample, levels[l]);
                // What is cut off of a product, 1/128 at most, takes a number at a half, or as little above it, down.
                bool below = got[s] == wanted - 1 && ((2 * (int64_t)sample * levels[l] + 32768) & 65535) < 512;
                if (got[s] != wanted && !(below && levels[l] % 256 != 0))
                    fail_msg("%d at %d/32768 is %d, must be %d", sample, levels[l], got[s], wanted);
            }
        }
    }
}

static const int16_t steady[1] = {20000};

// The largest step from one frame to the next in left of `frames`.
static int largest_step(uint32_t frames)
{
    int largest = 0;
    unsigned channels = mixer.source.format.channels;
    for (uint32_t f = 1; f < frames; f++) {
        int step = size_of(got[f * channels] - got[(f - 1) * channels]);
        largest = step > largest ? step : largest;
    }
    return largest;
}

// A steady source has no zero crossings: a fresh voice is heard at its level from its first frame on, and a change takes 64 frames in equal steps.
static void w35_fresh_voices_begin_at_their_level_and_changes_are_ramps(void **state)
{
    (void)state;
    static const uint32_t buffers[] = {1, 10, 64, 100, 128, 256};
    for (unsigned way = 0; way < 6 * 2; way++) {
        ta_raw_t raw;
        unsigned channels = way % 2 + 1;
        uint32_t frames = buffers[way / 2];
        open_mixer(TA_SAMPLE_S16, channels, 1, frames);
        play(0, make_raw(&raw, TA_SAMPLE_S16, 1, steady, 1, true));
        level(0, 0.5);
        pull(2 * frames, frames);
        expect(2 * frames * channels, 10000);
        static const double levels[] = {0.25, 1, 0, 0.875};
        int from = 10000;
        for (unsigned l = 0; l < 4; l++) {
            int to = (int)(20000 * levels[l]);
            level(0, levels[l]);
            uint32_t all = (64 / frames + 2) * frames;
            pull(all, frames);
            for (uint32_t f = 0; f < all; f++) {
                int ideal = f < 64 ? from + (to - from) * (int)(f + 1) / 64 : to;
                assert_in_range(got[f * channels] - ideal + 2, f < 63 ? 0 : 2, f < 63 ? 4 : 2);
                assert_int_equal(got[f * channels], got[f * channels + channels - 1]);
            }
            assert_in_range(largest_step(all), size_of(to - from) / 64, size_of(to - from) / 64 + 2);
            from = to;
        }
    }
}

// Changed again before it got there: it goes on from where it is, and a panning is a ramp as well.
static void w35_ramps_turn_where_they_are(void **state)
{
    (void)state;
    ta_raw_t raw;
    open_mixer(TA_SAMPLE_S16, 2, 1, 16);
    play(0, make_raw(&raw, TA_SAMPLE_S16, 1, steady, 1, true));
    pull(16, 16);
    int last = got[0];
    for (unsigned turn = 0; turn < 100; turn++) {
        level(0, turn * 7 % 11 / 10.0);
        ta_param_set(ta_mixer_panning(&mixer, 0), (ta_real_t)(turn % 5 / 2.0 - 1));
        pull(16, 16);
        assert_in_range(size_of(got[0] - last), 0, 20000 / 64 + 2);
        assert_in_range(largest_step(16), 0, 20000 / 64 + 2);
        last = got[30];
    }
}

typedef struct {
    ta_control_t control;
    double seconds;
} lfo_t;

static ta_real_t lfo_step(ta_control_t *control, const ta_clock_t *clock)
{
    lfo_t *lfo = (lfo_t *)control;
    lfo->seconds += (double)clock->seconds;
    return (ta_real_t)(lfo->seconds < 1 ? lfo->seconds : 1);
}

// What moves a level is as quick as its own second, whatever voices, format and block.
static void w36_controls_keep_time(void **state)
{
    (void)state;
    static const uint32_t voices[] = {1, 2, 4, 9}, buffers[] = {32, 100, 256, 1000};
    for (unsigned way = 0; way < 4 * 2 * 4 * 4; way++) {
        lfo_t lfo = {.seconds = 0};
        ta_raw_t raws[9];
        ta_control_init(&lfo.control, lfo_step);
        uint32_t count = voices[way / 8 % 4], buffer = buffers[way / 32];
        open_mixer((ta_sample_t)(way % 4), way / 4 % 2 + 1, count, buffer);
        for (uint32_t v = 0; v < count; v++) {
            play(v, make_raw(&raws[v], TA_SAMPLE_S16, 1, steady, 1, true));
            ta_param_follow(ta_mixer_level(&mixer, v), &lfo.control);
            ta_param_follow(ta_mixer_panning(&mixer, v), &lfo.control);
        }
        uint32_t frames = 0;
        for (; frames < RATE / 2; frames += buffer)
            pull(buffer, 77);
        double error = lfo.seconds - (double)frames / RATE;
        assert_true(error < 1e-6 && error > -1e-6);
    }
}

// One-shots and loops of every length up to 40 frames: the first and the last frame are there, and silence behind.
static void w49_no_frame_is_lost_at_the_end(void **state)
{
    (void)state;
    static int8_t bytes[80];
    for (int i = 0; i < 80; i++)
        bytes[i] = (int8_t)(i + 1);
    for (unsigned frames = 1; frames <= 40; frames++) {
        for (unsigned way = 0; way < 8; way++) {
            unsigned channels = way % 2 + 1;
            bool loop = way / 2 % 2, wide = way / 4;
            ta_raw_t raw;
            open_mixer(TA_SAMPLE_S8, channels, 1, 24);
            static int16_t words[80];
            for (unsigned i = 0; i < 80; i++)
                words[i] = (int16_t)(bytes[i] * 256);
            ta_source_t *source = wide ? make_raw(&raw, TA_SAMPLE_S16, channels, words, frames, loop)
                                       : make_raw(&raw, TA_SAMPLE_S8, channels, bytes, frames, loop);
            play(0, source);
            pull(120, 24);
            for (unsigned s = 0; s < 120 * channels; s++) {
                int wanted = loop || s < frames * channels ? bytes[s % (frames * channels)] : 0;
                assert_int_equal(got[s], wanted);
            }
            assert_int_equal(ta_mixer_playing(&mixer, 0), loop);
            assert_int_equal(ta_mixer_holds(&mixer, source), loop); // let go as soon as it has ended
        }
    }
}

// ---- sums --------------------------------------------------------------------------------------------------------------

// Saturation comes last: loud voices of both signs in any order give the same, the sum clipped once.
static void test_the_order_of_voices_does_not_matter(void **state)
{
    (void)state;
    static const int16_t data[4][2] = {{30000, -30000}, {30000, -32768}, {-30000, 32767}, {-29000, 100}};
    for (unsigned o = 0; o < 24; o++) {
        ta_raw_t raws[4];
        unsigned left[4] = {0, 1, 2, 3};
        open_mixer(TA_SAMPLE_S16, 2, 4, 32);
        for (unsigned v = 0, code = o; v < 4; code /= 4 - v, v++) {
            unsigned pick = code % (4 - v);
            play(v, make_raw(&raws[v], TA_SAMPLE_S16, 2, data[left[pick]], 1, true));
            left[pick] = left[3 - v];
        }
        pull(32, 32);
        assert_int_equal(got[0], 1000);
        assert_int_equal(got[1], -29901);
    }
}

// 255 voices at full scale, and as many falling: saturated, never wrapped.
static void test_255_loud_voices_do_not_wrap(void **state)
{
    (void)state;
    static const int16_t lows[2] = {-32768, -32768}, highs[2] = {32767, 32767};
    static ta_raw_t raws[2][255];
    for (unsigned way = 0; way < 4; way++) {
        const int16_t *data = way % 2 ? lows : highs;
        int wanted = way % 2 ? -32768 : 32767;
        open_mixer(TA_SAMPLE_S16, way / 2 + 1, 255, 32);
        for (unsigned turn = 0; turn < 4; turn++) {
            for (uint32_t v = 0; v < 255; v++)
                play(v, make_raw(&raws[turn % 2][v], TA_SAMPLE_S16, 2, data, 1, true));
            pull(32, 32);
            expect(32 * (way / 2 + 1), wanted);
        }
    }
}

static void test_the_slot_does_not_matter(void **state)
{
    (void)state;
    static const int16_t data[6] = {1000, 2000, -3000, 4000, -5000, 6000};
    static int first[2 * 1000];
    for (uint32_t slot = 1; slot < 300; slot += slot < 5 ? 1 : 31) {
        ta_raw_t raws[2];
        lfo_t lfo = {.seconds = 0};
        ta_control_init(&lfo.control, lfo_step);
        open_mixer(TA_SAMPLE_S16, 2, 2, 200);
        play(0, make_raw(&raws[0], TA_SAMPLE_S16, 2, data, 3, true));
        play(1, make_raw(&raws[1], TA_SAMPLE_S16, 1, data, 6, true));
        ta_param_follow(ta_mixer_level(&mixer, 1), &lfo.control);
        pull(1000, slot);
        if (slot == 1)
            memcpy(first, got, sizeof first);
        assert_memory_equal(first, got, sizeof first);
    }
}

// ---- play, stop, end ---------------------------------------------------------------------------------------------------

// A voice that is stopped or replaced while it sounds falls in 64 frames, and nothing steps further than a ramp does.
static void test_stop_and_replace_do_not_click(void **state)
{
    (void)state;
    static const uint32_t buffers[] = {1, 20, 64, 128, 300};
    static const int16_t nothing[1] = {0};
    for (unsigned way = 0; way < 5 * 2; way++) {
        uint32_t frames = buffers[way / 2], all = (64 / frames + 2) * frames;
        ta_raw_t raw, silent;
        open_mixer(TA_SAMPLE_S16, 2, 1, frames);
        level(0, 0.9);
        play(0, make_raw(&raw, TA_SAMPLE_S16, 1, steady, 1, true));
        pull(frames, frames);
        assert_int_equal(got[0], 18000);
        if (way % 2) {
            play(0, make_raw(&silent, TA_SAMPLE_S16, 1, nothing, 1, true));
        } else {
            assert_int_equal(ta_mixer_stop(&mixer, 0), TA_OK);
        }
        assert_true(ta_mixer_holds(&mixer, &raw.source));
        pull(all, frames);
        assert_false(ta_mixer_holds(&mixer, &raw.source));
        assert_in_range(size_of(18000 - got[0]), 18000 / 64 - 1, 18000 / 64 + 2);
        assert_in_range(largest_step(all), 18000 / 64 - 1, 18000 / 64 + 2);
        for (uint32_t f = 63; f < all; f++) {
            assert_int_equal(got[2 * f], 0);
            assert_int_equal(got[2 * f + 1], 0);
        }
        assert_int_equal(ta_mixer_playing(&mixer, 0), way % 2);
    }
}

// The new source is there from its first frame, unscathed by the fall of the old one.
static void test_a_replaced_voice_begins_at_once(void **state)
{
    (void)state;
    static const int16_t data[3] = {100, 200, 300};
    ta_raw_t raw, other;
    open_mixer(TA_SAMPLE_S16, 1, 1, 64);
    play(0, make_raw(&raw, TA_SAMPLE_S16, 1, steady, 1, true));
    pull(64, 64);
    play(0, make_raw(&other, TA_SAMPLE_S16, 1, data, 3, false));
    pull(64, 64);
    for (int f = 0; f < 64; f++) {
        int fall = 20000 * (63 - f) / 64, own = f < 3 ? data[f] : 0;
        assert_in_range(got[f] - fall - own + 2, 0, 4);
    }
}

static void test_play_stop_and_play_in_one_block(void **state)
{
    (void)state;
    ta_raw_t raw;
    open_mixer(TA_SAMPLE_S16, 1, 1, 64);
    play(0, make_raw(&raw, TA_SAMPLE_S16, 1, steady, 1, true));
    assert_true(ta_mixer_playing(&mixer, 0));
    assert_int_equal(ta_mixer_stop(&mixer, 0), TA_OK);
    assert_false(ta_mixer_playing(&mixer, 0));
    pull(64, 64);
    assert_int_equal(got[0], 0);
    assert_false(ta_mixer_holds(&mixer, &raw.source));
    play(0, &raw.source);
    assert_int_equal(ta_mixer_stop(&mixer, 0), TA_OK);
    play(0, &raw.source);
    pull(64, 64);
    assert_int_equal(got[0], 20000);
    assert_int_equal(got[63], 20000);
}

static void test_end_finishes_the_lap(void **state)
{
    (void)state;
    static const int16_t data[7] = {1, 2, 3, 4, 5, 6, 7};
    for (uint32_t before = 0; before < 12; before++) { // blocks of 5 end at each place of the lap
        ta_raw_t raw;
        open_mixer(TA_SAMPLE_S16, 1, 1, 5);
        play(0, make_raw(&raw, TA_SAMPLE_S16, 1, data, 7, true));
        pull(5 * before, 5);
        uint32_t rest = before ? (7 - 5 * before % 7) % 7 : 7;
        assert_int_equal(ta_mixer_end(&mixer, 0), TA_OK);
        assert_true(ta_mixer_playing(&mixer, 0));
        pull(20, 5);
        for (uint32_t f = 0; f < 20; f++)
            assert_int_equal(got[f], f < rest ? data[7 - rest + f] : 0);
        assert_false(ta_mixer_playing(&mixer, 0));
        assert_int_equal(ta_mixer_end(&mixer, 0), TA_OK); // nothing plays, nothing happens
        assert_int_equal(ta_mixer_loop(&mixer, 0, true), TA_E_STATE);
    }
}

// What was asked for one source is not done to the next.
static void test_end_and_loop_concern_what_played_then(void **state)
{
    (void)state;
    static const int16_t data[4] = {10, 20, 30, 40};
    ta_raw_t first, second;
    open_mixer(TA_SAMPLE_S16, 1, 1, 6);
    play(0, make_raw(&first, TA_SAMPLE_S16, 1, data, 4, true));
    pull(6, 6);
    assert_int_equal(ta_mixer_end(&mixer, 0), TA_OK);
    play(0, make_raw(&second, TA_SAMPLE_S16, 1, data, 4, true));
    pull(600, 6);
    assert_true(ta_mixer_playing(&mixer, 0));
    assert_int_equal(ta_mixer_loop(&mixer, 0, false), TA_OK);
    pull(12, 6);
    assert_false(ta_mixer_playing(&mixer, 0));
    play(0, make_raw(&first, TA_SAMPLE_S16, 1, data, 4, false));
    assert_int_equal(ta_mixer_loop(&mixer, 0, true), TA_OK);
    pull(600, 6);
    for (unsigned f = 0; f < 600; f++)
        assert_int_equal(got[f], data[f % 4]);
    for (unsigned turn = 0; turn < 3; turn++) { // on and off and on before the feed looks
        assert_int_equal(ta_mixer_loop(&mixer, 0, false), TA_OK);
        assert_int_equal(ta_mixer_loop(&mixer, 0, true), TA_OK);
    }
    pull(600, 6);
    assert_true(ta_mixer_playing(&mixer, 0));
}

// ---- sources that wait, fault, or cannot seek --------------------------------------------------------------------------

typedef struct {
    ta_source_t source;
    ta_pull_t result;
    uint32_t frames; // it lends, at most
    int16_t data[2 * 64];
    ta_source_t *asks; // pulled on the way
    ta_pull_t answer;
} odd_t;

static ta_pull_t odd_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    odd_t *odd = (odd_t *)source;
    if (odd->asks)
        odd->answer = ta_source_pull(odd->asks, max_frames, block);
    block->data = odd->data;
    block->frames = odd->frames < max_frames ? odd->frames : max_frames;
    return odd->result;
}

static const ta_source_ops_t odd_ops = {odd_pull, NULL};

static void make_odd(odd_t *odd, ta_pull_t result, uint32_t frames)
{
    memset(odd, 0, sizeof *odd);
    ta_source_init(&odd->source, &odd_ops, &(ta_format_t){TA_SAMPLE_S16, 1, RATE}, TA_FRAMES_UNKNOWN);
    for (unsigned i = 0; i < 128; i++)
        odd->data[i] = 5000;
    odd->result = result;
    odd->frames = frames;
}

static void test_a_source_that_waits_is_silent_and_goes_on(void **state)
{
    (void)state;
    odd_t odd;
    make_odd(&odd, TA_PULL_WAIT, 0);
    open_mixer(TA_SAMPLE_S16, 1, 1, 32);
    play(0, &odd.source);
    for (unsigned turn = 0; turn < 4; turn++) {
        odd.frames = turn % 2 ? 64 : 0;
        odd.result = turn % 2 ? TA_PULL_MORE : TA_PULL_WAIT;
        pull(32, 32);
        expect(32, turn % 2 ? 5000 : 0);
        assert_true(ta_mixer_playing(&mixer, 0));
    }
    assert_int_equal(ta_mixer_loop(&mixer, 0, true), TA_E_STATE); // it cannot seek
    assert_int_equal(ta_mixer_loop(&mixer, 0, false), TA_OK);
    odd.result = TA_PULL_MORE; // lends nothing and does not say that it waits
    odd.frames = 0;
    pull(3200, 32);
    assert_int_equal(got[3199], 0);
}

static void test_a_fault_is_counted_and_silences_one_voice(void **state)
{
    (void)state;
    odd_t good, bad;
    make_odd(&good, TA_PULL_MORE, 64);
    make_odd(&bad, TA_PULL_MORE, 64);
    open_mixer(TA_SAMPLE_S16, 1, 2, 32);
    play(0, &bad.source);
    play(1, &good.source);
    pull(32, 32);
    assert_int_equal(got[31], 10000);
    bad.result = TA_PULL_FAULT;
    pull(3200, 32);
    expect(3200, 5000);
    assert_int_equal(ta_mixer_faults(&mixer), 1);
    assert_int_equal(ta_mixer_fault(&mixer, 0), TA_E_IO);
    assert_int_equal(ta_mixer_fault(&mixer, 1), TA_OK);
    assert_false(ta_mixer_playing(&mixer, 0) || ta_mixer_holds(&mixer, &bad.source));
    play(0, &bad.source); // its fault is sticky
    pull(32, 32);
    assert_int_equal(ta_mixer_faults(&mixer), 2);
}

static void test_a_circle_ends(void **state)
{
    (void)state;
    odd_t odd;
    make_odd(&odd, TA_PULL_MORE, 64);
    open_mixer(TA_SAMPLE_S16, 1, 1, 32);
    odd.asks = &mixer.source;
    play(0, &odd.source);
    pull(32, 32);
    assert_int_equal(odd.answer, TA_PULL_WAIT);
    assert_int_equal(got[31], 5000);
}

static void test_more_voices_than_the_limit_are_shed(void **state)
{
    (void)state;
    ta_raw_t raws[8];
    static const int16_t one[1] = {1000};
    open_mixer(TA_SAMPLE_S16, 1, 8, 64);
    for (uint32_t v = 0; v < 8; v++)
        play(v, make_raw(&raws[v], TA_SAMPLE_S16, 1, one, 1, true));
    pull(64, 64);
    assert_int_equal(got[63], 8000);
    assert_int_equal(ta_mixer_stop(&mixer, 1), TA_OK);
    ta_mixer_limit(&mixer, 3);
    pull(128, 64);
    assert_in_range(size_of(8000 - got[0]), 70, 90); // five fall, and none steps
    assert_int_equal(got[127], 3000);
    assert_int_equal(ta_mixer_shed(&mixer), 4);
    for (uint32_t v = 0; v < 8; v++) {
        assert_int_equal(ta_mixer_playing(&mixer, v), v == 0 || v == 2 || v == 3);
        assert_int_equal(ta_mixer_holds(&mixer, &raws[v].source), v == 0 || v == 2 || v == 3);
    }
    ta_mixer_limit(&mixer, 0);
    play(7, &raws[7].source);
    pull(64, 64);
    assert_int_equal(got[63], 4000);
    assert_int_equal(ta_mixer_shed(&mixer), 4);
    sounding_max = 2;
    open_mixer(TA_SAMPLE_S16, 1, 4, 64);
    sounding_max = 0;
    for (uint32_t v = 0; v < 4; v++)
        play(v, make_raw(&raws[v], TA_SAMPLE_S16, 1, one, 1, true));
    pull(64, 64);
    assert_int_equal(got[0], 2000);
    assert_int_equal(ta_mixer_shed(&mixer), 2);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_need_refuses_what_is_no_mixer),
        TEST(test_silence_of_every_format_and_size),
        TEST(test_what_play_refuses),
        TEST(w6_loops_of_a_few_bytes_do_not_hang),
        TEST(w7_odd_blocks_are_filled_and_no_more),
        TEST(w8_sources_lie_at_any_address),
        TEST(w34_levels_are_integers_and_exact_at_1),
        TEST(w35_fresh_voices_begin_at_their_level_and_changes_are_ramps),
        TEST(w35_ramps_turn_where_they_are),
        TEST(w36_controls_keep_time),
        TEST(w49_no_frame_is_lost_at_the_end),
        TEST(test_the_order_of_voices_does_not_matter),
        TEST(test_255_loud_voices_do_not_wrap),
        TEST(test_the_slot_does_not_matter),
        TEST(test_stop_and_replace_do_not_click),
        TEST(test_a_replaced_voice_begins_at_once),
        TEST(test_play_stop_and_play_in_one_block),
        TEST(test_end_finishes_the_lap),
        TEST(test_end_and_loop_concern_what_played_then),
        TEST(test_a_source_that_waits_is_silent_and_goes_on),
        TEST(test_a_fault_is_counted_and_silences_one_voice),
        TEST(test_a_circle_ends),
        TEST(test_more_voices_than_the_limit_are_shed),
    };
    return cmocka_run_group_tests_name("mixer", tests, NULL, NULL);
}
