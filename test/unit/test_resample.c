// The resampler's contract: lengths, formats, ends, waits, faults, changes, seams, memory; and its place in the input over 24 hours of frames. How good it
// sounds is measured in test/sweep/test_resample_quality.c.
#include "test/support/tone_source.h"
#include "tonearm/resample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint32_t rates[] = {8000, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 1000, 37, 384000};
enum { RATES = 9 }; // the others are limits

static const ta_resample_t qualities[] = {TA_RESAMPLE_LINEAR, TA_RESAMPLE_GOOD, TA_RESAMPLE_BEST};

enum { GUARD = 0x5A, FRAMES_MOST = 30000 };

// A resampler in memory that is exactly as large as it asked for: the bytes behind tell.
typedef struct {
    ta_resampler_t resampler;
    size_t bytes;
    uint8_t *storage;
} rig_t;

static void rig_open(rig_t *rig, const ta_resampler_config_t *config)
{
    ta_need_t need;
    assert_int_equal(ta_resampler_need(config, &need), TA_OK);
    assert_int_equal(need.cls, TA_CLASS_FAST);
    rig->bytes = need.bytes;
    rig->storage = malloc(need.bytes + 64);
    memset(rig->storage, GUARD, need.bytes + 64);
    assert_int_equal(ta_resampler_init(&rig->resampler, config, rig->storage), TA_OK);
}

static void rig_close(rig_t *rig)
{
    for (size_t b = 0; b < 64; b++)
        assert_int_equal(rig->storage[rig->bytes + b], GUARD);
    free(rig->storage);
}

// All frames to the end, `pull` at a time, as many bytes each as they have. Waits are counted.
static uint32_t drain(ta_source_t *source, uint32_t pull, uint8_t *to, ta_pull_t *last, uint32_t *waits)
{
    uint32_t frames = 0, bytes = ta_frame_bytes(&source->format);
    for (unsigned idle = 0; idle < 1000;) {
        ta_block_t block;
        *last = ta_source_pull(source, pull, &block);
        if (*last == TA_PULL_FAULT)
            return frames;
        assert_true(block.frames <= pull && frames + block.frames <= FRAMES_MOST);
        memcpy(to + (size_t)frames * bytes, block.data ? block.data : to, (size_t)block.frames * bytes);
        frames += block.frames;
        if (*last == TA_PULL_END)
            return frames;
        if (*last == TA_PULL_WAIT)
            ++*waits;
        idle = block.frames ? 0 : idle + 1;
    }
    fail_msg("it neither ends nor gives frames");
    return frames;
}

static uint32_t length(uint64_t frames, uint32_t in, uint32_t out)
{
    return (uint32_t)((frames * out + in - 1) / in);
}

static uint8_t got[2][FRAMES_MOST * 8];

static uint32_t play_all(const ta_resampler_config_t *config, tone_source_t *tone, uint32_t pull, uint8_t *to)
{
    rig_t rig;
    ta_pull_t last;
    uint32_t waits = 0;
    rig_open(&rig, config);
    assert_int_equal(ta_resampler_play(&rig.resampler, &tone->source), TA_OK);
    uint32_t frames = drain(&rig.resampler.source, pull, to, &last, &waits);
    assert_int_equal(last, TA_PULL_END);
    assert_true(ta_resampler_ended(&rig.resampler));
    assert_false(ta_intake_holds(&rig.resampler.intake, &tone->source));
    ta_block_t block;
    assert_int_equal(ta_source_pull(&rig.resampler.source, 100, &block), TA_PULL_END); // told again
    assert_int_equal(block.frames, 0);
    rig_close(&rig);
    return frames;
}

// ---- lengths, and slots that make no difference ----------------------------------------------------------------------------

static void test_lengths_are_exact(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {1, 2, 3, 47, 48, 49, 63, 64, 65, 147, 160, 161, 1000};
    unsigned cases = 0;
    for (unsigned in = 0; in < RATES; in++) {
        for (unsigned out = 0; out < RATES; out++) {
            for (unsigned q = 0; q < 3; q++) {
                for (unsigned l = 0; l < sizeof lengths / sizeof *lengths; l++) {
                    tone_source_t tone;
                    tone_source_init(&tone, &(ta_format_t){TA_SAMPLE_S16, 1, rates[in]}, lengths[l]);
                    ta_resampler_config_t config = {.quality = qualities[q], .rate_hz = rates[out], .channels = 1};
                    assert_int_equal(play_all(&config, &tone, 100, got[0]), length(lengths[l], rates[in], rates[out]));
                    cases++;
                }
            }
        }
    }
    assert_int_equal(cases, 9 * 9 * 3 * 13);
}

static void test_the_consumers_block_makes_no_difference(void **state)
{
    (void)state;
    static const uint32_t pulls[] = {1, 7, 64, 65, 1000};
    static const uint32_t lent[] = {1, 3, 64, 256};
    for (unsigned q = 0; q < 3; q++) {
        for (unsigned down = 0; down < 2; down++) {
            const ta_format_t format = {TA_SAMPLE_S16, 2, down ? 48000 : 44100};
            ta_resampler_config_t config = {.quality = qualities[q], .rate_hz = down ? 44100 : 48000, .channels = 2};
            tone_source_t tone;
            tone_source_init(&tone, &format, 900);
            uint32_t frames = play_all(&config, &tone, 333, got[0]);
            for (unsigned p = 0; p < 5; p++) {
                for (unsigned l = 0; l < 4; l++) {
                    tone_source_init(&tone, &format, 900);
                    tone.block_frames = lent[l];
                    tone.wait_every = l ? 3 : 0; // waits make none either
                    config.block_frames = (uint16_t)(p * 50);
                    assert_int_equal(play_all(&config, &tone, pulls[p], got[1]), frames);
                    assert_memory_equal(got[0], got[1], frames * 4);
                }
            }
        }
    }
}

// ---- formats ---------------------------------------------------------------------------------------------------------------

static int16_t as16(const ta_format_t *format, int32_t sample)
{
    int64_t rounded = ((int64_t)sample + (ta_sample_bytes(format->sample) > 2 ? 0x8000 : 0)) >> 16;
    return (int16_t)(rounded > INT16_MAX ? INT16_MAX : rounded);
}

// What a channel is made of: its own, or the other's, or both.
static int64_t channel(const ta_format_t *format, uint64_t frame, unsigned c, unsigned channels, bool wide)
{
    int64_t side[2];
    for (unsigned s = 0; s < 2; s++) {
        int32_t sample = tone_source_sample(format, frame, format->channels == 2 ? s : 0);
        if (!wide) {
            side[s] = as16(format, sample);
        } else if (ta_sample_bytes(format->sample) > 1) {
            side[s] = sample;
        } else { // as the outputs widen 8 bits
            int32_t byte = sample >> 24;
            side[s] = format->sample == TA_SAMPLE_U8 ? (int64_t)((byte + 128) * 257 - 32768) * 65536
                                                     : (int64_t)(byte * 256 + (byte & 255)) * 65536;
        }
    }
    return channels == 2 ? side[c] : format->channels == 1 ? side[0] : (side[0] + side[1] + 1) >> 1;
}

static void test_equal_rates_change_nothing_in_any_format(void **state)
{
    (void)state;
    unsigned cases = 0;
    for (int sample = 0; sample < TA_SAMPLES; sample++) {
        for (unsigned shape = 0; shape < 8; shape++) {
            const ta_format_t format = {(ta_sample_t)sample, (uint8_t)(1 + shape % 2), 44100};
            unsigned channels = 1 + shape / 2 % 2;
            bool wide = shape / 4;
            for (unsigned q = 0; q < 3; q++, cases++) {
                tone_source_t tone;
                tone_source_init(&tone, &format, 500);
                ta_resampler_config_t config = {
                    .quality = qualities[q], .rate_hz = 44100, .channels = (uint8_t)channels, .wide = wide};
                assert_int_equal(play_all(&config, &tone, 100, got[0]), 500);
                for (uint32_t i = 0; i < 500 * channels; i++) {
                    int64_t is = wide ? ((int32_t *)(void *)got[0])[i] : ((int16_t *)(void *)got[0])[i];
                    assert_int_equal(is, channel(&format, i / channels, i % channels, channels, wide));
                }
            }
        }
    }
    assert_int_equal(cases, 7 * 8 * 3);
}

// Left stays left, and each channel is what it is alone.
static void test_channels_are_apart(void **state)
{
    (void)state;
    for (unsigned q = 0; q < 3; q++) {
        for (unsigned way = 0; way < 4; way++) {
            uint32_t in = way & 1 ? 96000 : 22050, bytes = way & 2 ? 4 : 2;
            ta_resampler_config_t config = {
                .quality = qualities[q], .rate_hz = 48000, .channels = 2, .wide = bytes == 4};
            tone_source_t tone;
            tone_source_init(&tone, &(ta_format_t){TA_SAMPLE_S16, 2, in}, 700);
            uint32_t frames = play_all(&config, &tone, 100, got[0]);
            tone_source_init(&tone, &(ta_format_t){TA_SAMPLE_S16, 1, in}, 700); // is stereo's left
            config.channels = 1;
            assert_int_equal(play_all(&config, &tone, 100, got[1]), frames);
            unsigned differ = 0;
            for (uint32_t f = 0; f < frames; f++) {
                assert_memory_equal(got[0] + (size_t)f * 2 * bytes, got[1] + (size_t)f * bytes, bytes);
                differ += memcmp(got[0] + ((size_t)f * 2 + 1) * bytes, got[1] + (size_t)f * bytes, bytes) != 0;
            }
            assert_true(differ > frames / 2); // and right is something else
        }
    }
}

// ---- where frames lie ------------------------------------------------------------------------------------------------------

// A straight line between two frames, at n * in / out exactly: from the definition.
static int16_t on_the_line(const ta_format_t *format, uint64_t n, uint32_t out, uint64_t frames)
{
    uint64_t place = n * format->rate_hz; // of a year at 96 kHz: 58 bits
    uint64_t frame = place / out;
    uint32_t behind_q15 = (uint32_t)((place % out << 15) / out);
    int32_t a = frame < frames ? as16(format, tone_source_sample(format, frame, 0)) : 0;
    int32_t b = frame + 1 < frames ? as16(format, tone_source_sample(format, frame + 1, 0)) : 0;
    return (int16_t)(a + (((b - a) * (int32_t)behind_q15 + (1 << 14)) >> 15));
}

static void test_each_frame_lies_where_the_ratio_says(void **state)
{
    (void)state;
    for (unsigned in = 0; in < RATES; in++) {
        for (unsigned out = 0; out < RATES; out++) {
            const ta_format_t format = {TA_SAMPLE_S16, 1, rates[in]};
            tone_source_t tone;
            tone_source_init(&tone, &format, 2000);
            ta_resampler_config_t config = {.quality = TA_RESAMPLE_LINEAR, .rate_hz = rates[out], .channels = 1};
            uint32_t frames = play_all(&config, &tone, 100, got[0]);
            for (uint32_t n = 0; n < frames; n++)
                assert_int_equal(((int16_t *)(void *)got[0])[n], on_the_line(&format, n, rates[out], 2000));
        }
    }
}

// The counters jump to the end of a day, and of a year: frames lie where they should, to the last bit. And after as many frames as the ratio's
// denominator the machine is where it began, without a rest: so nothing adds up on the way.
static void test_nothing_drifts_in_24_hours(void **state)
{
    (void)state;
    for (unsigned in = 0; in < RATES; in++) {
        for (unsigned out = 0; out < RATES; out++) {
            if (in == out)
                continue;
            const ta_format_t format = {TA_SAMPLE_S16, 1, rates[in]};
            static const uint64_t seconds[] = {24 * 3600, 8766 * 3600};
            for (unsigned s = 0; s < 2; s++) {
                tone_source_t tone;
                rig_t rig;
                tone_source_init(&tone, &format, TA_FRAMES_UNKNOWN - 1);
                rig_open(&rig,
                         &(ta_resampler_config_t){.quality = TA_RESAMPLE_LINEAR, .rate_hz = rates[out], .channels = 1});
                assert_int_equal(ta_resampler_play(&rig.resampler, &tone.source), TA_OK);
                ta_block_t block;
                uint64_t n = seconds[s] * rates[out] - 77;
                assert_int_equal(ta_source_seek(&rig.resampler.source, n), TA_OK);
                assert_int_equal(ta_source_pull(&rig.resampler.source, 1, &block), TA_PULL_MORE);
                assert_int_equal(*(const int16_t *)block.data, on_the_line(&format, n, rates[out], UINT64_MAX));
                const ta_resample_engine_t *engine = &rig.resampler.engine;
                assert_int_equal(rates[out] % engine->whole, 0);
                for (uint64_t end = n + 2 * engine->whole + 100; ++n < end;) {
                    assert_int_equal(ta_source_pull(&rig.resampler.source, 1, &block), TA_PULL_MORE);
                    assert_int_equal(*(const int16_t *)block.data, on_the_line(&format, n, rates[out], UINT64_MAX));
                }
                rig_close(&rig);
            }
        }
    }
}

static void test_the_machine_returns_without_a_rest(void **state)
{
    (void)state;
    unsigned cases = 0;
    for (unsigned in = 0; in < RATES; in++) {
        for (unsigned out = 0; out < RATES; out++, cases++) {
            tone_source_t tone;
            rig_t rig;
            tone_source_init(&tone, &(ta_format_t){TA_SAMPLE_S16, 1, rates[in]}, TA_FRAMES_UNKNOWN - 1);
            rig_open(&rig, &(ta_resampler_config_t){
                               .quality = TA_RESAMPLE_GOOD, .rate_hz = rates[out], .channels = 1, .inner = true});
            assert_int_equal(ta_resampler_play(&rig.resampler, &tone.source), TA_OK);
            assert_true(ta_resampler_take(&rig.resampler));
            const ta_resample_engine_t *engine = &rig.resampler.engine;
            for (uint32_t n = 0; n < engine->whole; n++)
                assert_int_equal(ta_resampler_read(&rig.resampler, got[0], 1), 1);
            assert_int_equal(engine->phase, 0);
            assert_int_equal(engine->rest, 0);
            uint64_t read =
                tone.source.position - rig.resampler.intake.rest.frames; // and the window holds what is ahead
            assert_int_equal(read - (engine->filled - engine->at), (uint64_t)engine->whole * rates[in] / rates[out]);
            rig_close(&rig);
        }
    }
    assert_int_equal(cases, 81);
}

// A frame of its own among zeros is heard at its own time, and its ringing is the same before as behind.
static void test_nothing_is_delayed(void **state)
{
    (void)state;
    for (unsigned q = 1; q < 3; q++) {
        for (unsigned way = 0; way < 2; way++) {
            uint32_t in = way ? 48000 : 24000, out = way ? 24000 : 48000;
            tone_source_t tone;
            tone_source_init(&tone, &(ta_format_t){TA_SAMPLE_S32, 1, in}, 401);
            rig_t rig;
            rig_open(&rig,
                     &(ta_resampler_config_t){.quality = qualities[q], .rate_hz = out, .channels = 1, .wide = true});
            assert_int_equal(ta_resampler_play(&rig.resampler, &tone.source), TA_OK);
            assert_true(ta_resampler_take(&rig.resampler));
            ta_resample_engine_t *engine = &rig.resampler.engine;
            int32_t *to = (int32_t *)(void *)got[0], *window = engine->window;
            memset(window, 0, // it is filled by hand
                   engine->capacity * sizeof *window);
            engine->filled = engine->capacity;
            uint32_t middle = engine->at + engine->taps / 2;
            window[middle] = 1 << 30;
            uint32_t frames = (engine->capacity - engine->taps - engine->at) * out / in - 1;
            assert_int_equal(ta_resampler_read(&rig.resampler, to, frames), frames);
            uint32_t peak = (engine->taps / 2) * out / in;
            for (uint32_t d = 0; d < peak; d++) {
                assert_int_equal(to[peak - d], to[peak + d]);
                assert_true(abs(to[peak - d]) <= to[peak]);
            }
            assert_true(to[peak] > (way ? 1 << 28 : 1 << 29));
            rig_close(&rig);
        }
    }
}

// ---- ends, faults, changes -------------------------------------------------------------------------------------------------

static void test_a_fault_comes_behind_what_was_read(void **state)
{
    (void)state;
    for (unsigned q = 0; q < 3; q++) {
        for (uint64_t at = 0; at < 300; at += 37) {
            tone_source_t tone;
            rig_t rig;
            ta_pull_t last;
            uint32_t waits = 0;
            tone_source_init(&tone, &(ta_format_t){TA_SAMPLE_S16, 2, 44100}, 1000);
            tone.fault_at = at;
            rig_open(&rig, &(ta_resampler_config_t){.quality = qualities[q], .rate_hz = 48000, .channels = 2});
            assert_int_equal(ta_resampler_play(&rig.resampler, &tone.source), TA_OK);
            assert_int_equal(drain(&rig.resampler.source, 50, got[0], &last, &waits), length(at, 44100, 48000));
            assert_int_equal(last, TA_PULL_FAULT);
            assert_int_equal(rig.resampler.source.fault, TA_E_FORMAT);
            ta_block_t block;
            assert_int_equal(ta_source_pull(&rig.resampler.source, 50, &block), TA_PULL_FAULT);
            tone_source_init(&tone, &(ta_format_t){TA_SAMPLE_S16, 2, 44100}, 100); // another one makes it go on
            assert_int_equal(ta_resampler_play(&rig.resampler, &tone.source), TA_OK);
            assert_int_equal(drain(&rig.resampler.source, 50, got[0], &last, &waits), length(100, 44100, 48000));
            assert_int_equal(last, TA_PULL_END);
            rig_close(&rig);
        }
    }
}

static void test_a_source_that_waits_is_waited_for(void **state)
{
    (void)state;
    tone_source_t tone;
    rig_t rig;
    ta_pull_t last;
    uint32_t waits = 0;
    tone_source_init(&tone, &(ta_format_t){TA_SAMPLE_S16, 2, 44100}, 500);
    tone.wait_every = 2;
    tone.block_frames = 5;
    rig_open(&rig, &(ta_resampler_config_t){.quality = TA_RESAMPLE_GOOD, .rate_hz = 48000, .channels = 2});
    assert_int_equal(ta_resampler_play(&rig.resampler, &tone.source), TA_OK);
    assert_int_equal(drain(&rig.resampler.source, 50, got[0], &last, &waits), length(500, 44100, 48000));
    assert_true(waits > 3);
    rig_close(&rig);
}

static void test_nothing_played_is_nothing(void **state)
{
    (void)state;
    rig_t rig;
    ta_block_t block;
    rig_open(&rig, &(ta_resampler_config_t){.quality = TA_RESAMPLE_LINEAR, .rate_hz = 48000, .channels = 1});
    assert_int_equal(ta_source_pull(&rig.resampler.source, 10, &block), TA_PULL_END);
    assert_int_equal(block.frames, 0);
    assert_int_equal(ta_source_seek(&rig.resampler.source, 0), TA_E_STATE);
    tone_source_t tone;
    tone_source_init(&tone, &(ta_format_t){TA_SAMPLE_U8, 1, 8000}, 100);
    assert_int_equal(ta_resampler_play(&rig.resampler, &tone.source), TA_OK);
    assert_true(ta_intake_holds(&rig.resampler.intake, &tone.source));
    assert_int_equal(ta_source_pull(&rig.resampler.source, 10, &block), TA_PULL_MORE);
    assert_int_equal(ta_resampler_play(&rig.resampler, NULL), TA_OK); // dropped, behind the block
    assert_int_equal(ta_source_pull(&rig.resampler.source, 100, &block), TA_PULL_MORE);
    assert_int_equal(block.frames, 54);
    assert_int_equal(ta_source_pull(&rig.resampler.source, 100, &block), TA_PULL_END);
    assert_int_equal(block.frames, 0);
    assert_false(ta_intake_holds(&rig.resampler.intake, &tone.source));
    rig_close(&rig);
}

// Every rate to every other, in the middle of a block: what comes then is what a fresh one would give.
static void test_the_ratio_changes_while_it_plays(void **state)
{
    (void)state;
    for (unsigned q = 0; q < 3; q++) {
        rig_t rig;
        rig_open(&rig, &(ta_resampler_config_t){.quality = qualities[q], .rate_hz = 48000, .channels = 2});
        ta_block_t block;
        for (unsigned change = 0; change < 30; change++) {
            const ta_format_t format = {(ta_sample_t)(change % TA_SAMPLES), (uint8_t)(1 + change % 2),
                                        rates[change * 5 % RATES]};
            tone_source_t tone, same;
            tone_source_init(&tone, &format, 300);
            tone_source_init(&same, &format, 300);
            ta_resampler_config_t config = {.quality = qualities[q], .rate_hz = 48000, .channels = 2};
            uint32_t whole = play_all(&config, &same, 100, got[0]), frames = 0;
            assert_int_equal(ta_resampler_play(&rig.resampler, &tone.source), TA_OK);
            while (rig.resampler.lent < rig.resampler.made) // what is left of the last source's block
                assert_int_not_equal(ta_source_pull(&rig.resampler.source, 7, &block), TA_PULL_FAULT);
            uint32_t upto = change % 3 ? whole / 2 : whole;
            while (frames < upto) {
                assert_int_not_equal(ta_source_pull(&rig.resampler.source, 13, &block), TA_PULL_FAULT);
                assert_true(block.frames > 0);
                assert_memory_equal(block.data, got[0] + (size_t)frames * 4, (size_t)block.frames * 4);
                frames += block.frames;
            }
            assert_true(change % 3 || frames == whole);
        }
        rig_close(&rig);
    }
}

// Offered while the last block of another one is being lent: it does not end in between.
static void test_what_is_offered_before_the_end_is_heard(void **state)
{
    (void)state;
    rig_t rig;
    tone_source_t first, second;
    ta_pull_t last;
    ta_block_t block;
    uint32_t waits = 0;
    const ta_format_t format = {TA_SAMPLE_S16, 1, 44100};
    tone_source_init(&first, &format, 20);
    tone_source_init(&second, &format, 500);
    rig_open(&rig, &(ta_resampler_config_t){.quality = TA_RESAMPLE_LINEAR, .rate_hz = 44100, .channels = 1});
    assert_int_equal(ta_resampler_play(&rig.resampler, &first.source), TA_OK);
    assert_int_equal(ta_source_pull(&rig.resampler.source, 5, &block), TA_PULL_MORE);
    assert_int_equal(ta_resampler_play(&rig.resampler, &second.source), TA_OK);
    assert_int_equal(drain(&rig.resampler.source, 50, got[0], &last, &waits), 15 + 500);
    rig_close(&rig);
}

// Two sources of one rate are as one that is as long as both: no seam. Another rate ends first, and its frames begin anew.
static void test_what_follows_has_no_seam(void **state)
{
    (void)state;
    for (unsigned q = 0; q < 3; q++) {
        for (uint32_t cut = 1; cut < 400; cut += 57) {
            const ta_format_t format = {TA_SAMPLE_S16, 2, 44100};
            ta_resampler_config_t config = {.quality = qualities[q], .rate_hz = 48000, .channels = 2};
            tone_source_t whole, first, second;
            tone_source_init(&whole, &format, 400);
            uint32_t frames = play_all(&config, &whole, 100, got[0]), waits = 0;
            tone_source_init(&first, &format, cut);
            tone_source_init(&second, &format, 400);
            assert_int_equal(ta_source_seek(&second.source, cut), TA_OK);
            ta_source_t *next = &second.source;
            rig_t rig;
            ta_pull_t last;
            rig_open(&rig, &config);
            rig.resampler.follow = &next;
            ta_resampler_begin(&rig.resampler, &first.source);
            assert_int_equal(drain(&rig.resampler.source, 50, got[1], &last, &waits), frames);
            assert_memory_equal(got[0], got[1], frames * 4);
            assert_null(next);
            tone_source_init(&first, &format, cut);
            tone_source_init(&second, &(ta_format_t){TA_SAMPLE_S16, 2, 22050}, 100);
            next = &second.source;
            ta_resampler_begin(&rig.resampler, &first.source);
            assert_int_equal(drain(&rig.resampler.source, 50, got[1], &last, &waits), length(cut, 44100, 48000));
            assert_ptr_equal(next, &second.source);
            rig_close(&rig);
        }
    }
}

static void test_seek_is_the_same_as_playing_there(void **state)
{
    (void)state;
    for (unsigned q = 0; q < 3; q++) {
        for (unsigned in = 0; in < RATES; in++) {
            const ta_format_t format = {TA_SAMPLE_S16, 2, rates[in]};
            ta_resampler_config_t config = {.quality = qualities[q], .rate_hz = 44100, .channels = 2};
            tone_source_t tone;
            tone_source_init(&tone, &format, 300);
            uint32_t frames = play_all(&config, &tone, 100, got[0]), waits = 0;
            rig_t rig;
            ta_pull_t last;
            rig_open(&rig, &config);
            tone_source_init(&tone, &format, 300);
            assert_int_equal(ta_resampler_play(&rig.resampler, &tone.source), TA_OK);
            for (uint32_t to = 0; to < frames; to += 1 + frames / 11) {
                assert_int_equal(ta_source_seek(&rig.resampler.source, to), TA_OK);
                assert_int_equal(drain(&rig.resampler.source, 50, got[1], &last, &waits), frames - to);
                assert_memory_equal(got[0] + (size_t)to * 4, got[1], (size_t)(frames - to) * 4);
                tone_source_init(&tone, &format, 300); // it was let go at its end
                assert_int_equal(ta_resampler_play(&rig.resampler, &tone.source), TA_OK);
            }
            tone.cannot_seek = true;
            assert_int_equal(ta_source_seek(&rig.resampler.source, 5), TA_E_STATE);
            assert_int_equal(ta_source_seek(&rig.resampler.source, UINT64_MAX - 1), TA_E_ARG);
            rig_close(&rig);
        }
    }
}

// ---- needs and refusals ----------------------------------------------------------------------------------------------------

static void test_refusals(void **state)
{
    (void)state;
    const ta_resampler_config_t good = {.quality = TA_RESAMPLE_GOOD, .rate_hz = 48000, .channels = 2};
    static const struct {
        uint32_t quality, rate, max_rate, channels, block;
        ta_status_t status;
    } rows[] = {
        {0, 48000, 0, 2, 0, TA_E_ARG},     {4, 48000, 0, 2, 0, TA_E_ARG},     {1, 48000, 0, 0, 0, TA_E_ARG},
        {1, 48000, 0, 3, 0, TA_E_ARG},     {1, 48000, 0, 1, 4097, TA_E_ARG},  {1, 999, 0, 1, 0, TA_E_RATE},
        {1, 384001, 0, 1, 0, TA_E_RATE},   {1, 48000, 999, 1, 0, TA_E_RATE},  {1, 48000, 384001, 1, 0, TA_E_RATE},
        {1, 1000, 384000, 1, 4096, TA_OK}, {3, 1000, 384000, 2, 4096, TA_OK}, {3, 384000, 1000, 2, 1, TA_OK},
    };
    ta_resampler_t resampler;
    ta_need_t need;
    for (unsigned r = 0; r < sizeof rows / sizeof *rows; r++) {
        ta_resampler_config_t config = {.quality = (ta_resample_t)rows[r].quality,
                                        .rate_hz = rows[r].rate,
                                        .max_rate_hz = rows[r].max_rate,
                                        .channels = (uint8_t)rows[r].channels,
                                        .block_frames = (uint16_t)rows[r].block};
        assert_int_equal(ta_resampler_need(&config, &need), rows[r].status);
        if (rows[r].status != TA_OK)
            assert_int_equal(ta_resampler_init(&resampler, &config, got[0]), rows[r].status);
    }
    assert_int_equal(ta_resampler_init(&resampler, &good, NULL), TA_E_ARG);
    assert_int_equal(ta_resampler_init(&resampler, &good, got[0] + 2), TA_E_ARG);
    ta_block_t block;
    assert_int_equal(ta_source_pull(&resampler.source, 1, &block), TA_PULL_FAULT); // its init failed
    assert_int_equal(ta_resampler_init(&resampler, &good, got[0]), TA_OK);
    assert_int_equal(ta_resampler_play(&resampler, &resampler.source), TA_E_ARG);
    tone_source_t tone;
    tone_source_init(&tone, &(ta_format_t){TA_SAMPLE_S16, 2, 96001}, 10);
    assert_int_equal(ta_resampler_play(&resampler, &tone.source), TA_E_RATE);
    tone.source.format.rate_hz = 96000;
    assert_int_equal(ta_resampler_play(&resampler, &tone.source), TA_OK);
    tone.source.format.rate_hz = 96001; // before it is taken
    assert_int_equal(ta_source_pull(&resampler.source, 1, &block), TA_PULL_FAULT);
    assert_int_equal(resampler.source.fault, TA_E_RATE);
    assert_false(ta_intake_holds(&resampler.intake, &tone.source));
    tone.source.format.channels = 3;
    assert_int_equal(ta_resampler_play(&resampler, &tone.source), TA_E_FORMAT);
    assert_false(ta_intake_busy(&resampler.intake));
    static const char *const names[] = {"none", "linear", "good", "best", "?"};
    for (unsigned q = 0; q < 5; q++)
        assert_string_equal(ta_resample_name((ta_resample_t)q), names[q]);
}

// The widest filters that there are, over the whole range of rates, with samples at their limits: the sums hold.
static void test_the_widest_ratios_at_full_scale(void **state)
{
    (void)state;
    static const uint32_t ends[][2] = {
        {384000, 1000}, {1000, 384000}, {384000, 383999}, {383999, 384000}, {1009, 1000}};
    for (unsigned q = 0; q < 3; q++) {
        for (unsigned e = 0; e < 5; e++) {
            for (unsigned wide = 0; wide < 2; wide++) {
                tone_source_t tone;
                tone_source_init(&tone, &(ta_format_t){TA_SAMPLE_S8, 2, ends[e][0]}, ends[e][0] == 1000 ? 60 : 20000);
                ta_resampler_config_t config = {.quality = qualities[q],
                                                .rate_hz = ends[e][1],
                                                .max_rate_hz = ends[e][0],
                                                .channels = 2,
                                                .wide = wide != 0};
                assert_int_equal(play_all(&config, &tone, 500, got[0]),
                                 length(tone.source.frames, ends[e][0], ends[e][1]));
            }
        }
    }
}

// What a mixer's voice takes (resample.h says so), and that it is no more than it says.
static void test_needs_are_small_where_it_matters(void **state)
{
    (void)state;
    ta_need_t need;
    ta_resampler_config_t config = {.quality = TA_RESAMPLE_LINEAR, .rate_hz = 48000, .channels = 2, .inner = true};
    assert_int_equal(ta_resampler_need(&config, &need), TA_OK);
    assert_int_equal(need.bytes, 264);
    config.max_rate_hz = 384000; // a line is as wide at any rate
    assert_int_equal(ta_resampler_need(&config, &need), TA_OK);
    assert_int_equal(need.bytes, 264);
}

// A row of sources whose last one plays the first: whoever pulls or seeks one of them waits, and does not go round for ever.
static void test_circles_wait(void **state)
{
    (void)state;
    static ta_speed_t speeds[2];
    rig_t rigs[2];
    void *storage[2];
    const ta_speed_config_t config = {.quality = TA_RESAMPLE_LINEAR, .rate_hz = 8000, .channels = 1};
    for (unsigned way = 0; way < 4; way++) { // each of two is a resampler or a change of speed
        ta_source_t *sources[2];
        for (unsigned s = 0; s < 2; s++) {
            ta_need_t need;
            rig_open(&rigs[s], &(ta_resampler_config_t){.quality = TA_RESAMPLE_GOOD, .rate_hz = 16000, .channels = 1});
            assert_int_equal(ta_speed_need(&config, &need), TA_OK);
            storage[s] = malloc(need.bytes);
            assert_int_equal(ta_speed_init(&speeds[s], &config, storage[s]), TA_OK);
            sources[s] = way >> s & 1 ? &speeds[s].source : &rigs[s].resampler.source;
        }
        for (unsigned s = 0; s < 2; s++) {
            assert_int_equal(way >> s & 1 ? ta_speed_play(&speeds[s], sources[!s])
                                          : ta_resampler_play(&rigs[s].resampler, sources[!s]),
                             TA_OK);
        }
        for (unsigned round = 0; round < 20; round++) {
            ta_block_t block;
            assert_int_equal(ta_source_pull(sources[round & 1], 100, &block), TA_PULL_WAIT);
            assert_int_equal(block.frames, 0);
            assert_int_equal(ta_source_seek(sources[round & 1], 0), TA_E_STATE);
            sources[0]->fault = sources[1]->fault = TA_OK; // of the seek that failed
        }
        for (unsigned s = 0; s < 2; s++) {
            free(storage[s]);
            rig_close(&rigs[s]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths_are_exact),
        cmocka_unit_test(test_the_consumers_block_makes_no_difference),
        cmocka_unit_test(test_equal_rates_change_nothing_in_any_format),
        cmocka_unit_test(test_channels_are_apart),
        cmocka_unit_test(test_each_frame_lies_where_the_ratio_says),
        cmocka_unit_test(test_nothing_drifts_in_24_hours),
        cmocka_unit_test(test_the_machine_returns_without_a_rest),
        cmocka_unit_test(test_nothing_is_delayed),
        cmocka_unit_test(test_a_fault_comes_behind_what_was_read),
        cmocka_unit_test(test_a_source_that_waits_is_waited_for),
        cmocka_unit_test(test_nothing_played_is_nothing),
        cmocka_unit_test(test_the_ratio_changes_while_it_plays),
        cmocka_unit_test(test_what_is_offered_before_the_end_is_heard),
        cmocka_unit_test(test_what_follows_has_no_seam),
        cmocka_unit_test(test_seek_is_the_same_as_playing_there),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_the_widest_ratios_at_full_scale),
        cmocka_unit_test(test_needs_are_small_where_it_matters),
        cmocka_unit_test(test_circles_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
