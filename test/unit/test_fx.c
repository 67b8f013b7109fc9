// The frame of all effects: every format in and out at every size, ticks on their own grid, upstreams that wait, end, fault and give nothing,
// levels, clearing. The effects here do nothing, or as little as shows what the frame does.
#include "tonearm/fx.h"
#include "tonearm/raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FRAMES = 611, STORAGE = TA_FX_TICK_FRAMES * 2 * 2, CANARY = 64, OUT = 2048 };

static const ta_sample_t gives[] = {TA_SAMPLE_U8, TA_SAMPLE_S8, TA_SAMPLE_U16, TA_SAMPLE_S16};
static const uint32_t sizes[] = {0, 1, 2, 3, 7, 63, 64, 128, 255, 256, 257, 300, 511, 512, 513, 4095, 4096};
static const uint32_t appetites[] = {1, 3, 64, 65, 255, 256, 257, 1000};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

// ---- effects ---------------------------------------------------------------------------------------------------------------

typedef struct {
    ta_fx_t fx;
    uint32_t ticks, tick_frames[64];
    uint32_t runs, cleared;
    int32_t gain;
} plain_t;

static void plain_tick(ta_fx_t *fx, uint32_t frames)
{
    plain_t *plain = (plain_t *)fx;
    if (plain->ticks < COUNT(plain->tick_frames))
        plain->tick_frames[plain->ticks] = frames;
    plain->ticks++;
}

static void plain_run(ta_fx_t *fx, const int16_t *in, int16_t *out, uint32_t frames)
{
    plain_t *plain = (plain_t *)fx;
    plain->runs++;
    for (size_t s = 0; s < (size_t)frames * fx->source.format.channels; s++)
        out[s] = (int16_t)(in[s] * plain->gain);
}

static void plain_clear(ta_fx_t *fx)
{
    ((plain_t *)fx)->cleared++;
}

static const ta_fx_ops_t plain_ops = {plain_tick, plain_run, plain_clear, false, false};
static const ta_fx_ops_t native_ops = {NULL, plain_run, NULL, true, false};
static const ta_fx_ops_t tail_ops = {plain_tick, plain_run, NULL, false, true};

static _Alignas(4) uint8_t storage[STORAGE + CANARY];

// As large as need says, and not a byte more is touched: see unharmed.
static void make(plain_t *plain, const ta_fx_ops_t *ops, ta_sample_t sample, unsigned channels, uint32_t buffer_frames)
{
    ta_fx_config_t config = {{sample, (uint8_t)channels, 8000}, buffer_frames};
    ta_need_t need;
    memset(plain, 0, sizeof *plain);
    memset(storage, 0xA5, sizeof storage);
    assert_int_equal(ta_fx_need(&config, &need), TA_OK);
    assert_in_range(need.bytes, 1, STORAGE);
    assert_int_equal(ta_fx_init(&plain->fx, ops, &config, storage), TA_OK);
    plain->gain = 1;
}

static void unharmed(const plain_t *plain)
{
    ta_fx_config_t config = {plain->fx.source.format, plain->fx.buffer_frames};
    ta_need_t need;
    assert_int_equal(ta_fx_need(&config, &need), TA_OK);
    for (size_t b = need.bytes; b < sizeof storage; b++)
        assert_int_equal(storage[b], 0xA5);
}

// `frames` frames in pulls of at most `appetite`; each must come, whatever happens upstream.
static void hear(plain_t *plain, uint8_t *to, uint32_t frames, uint32_t appetite)
{
    unsigned bytes = ta_frame_bytes(&plain->fx.source.format);
    for (uint32_t there = 0; there < frames;) {
        ta_block_t block;
        uint32_t want = frames - there < appetite ? frames - there : appetite;
        assert_int_equal(ta_source_pull(&plain->fx.source, want, &block), TA_PULL_MORE);
        assert_in_range(block.frames, 1, want);
        memcpy(to + (size_t)there * bytes, block.data, (size_t)block.frames * bytes);
        there += block.frames;
    }
}

// ---- what it should be -----------------------------------------------------------------------------------------------------

static uint32_t noise(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

static int clip(int64_t value, int low, int high)
{
    return value < low ? low : value > high ? high : (int)value;
}

// One sample of any format to 16 bits.
static int sixteen(ta_sample_t sample, const uint8_t *at)
{
    int16_t s16;
    int32_t s32;
    switch (sample) {
    case TA_SAMPLE_U8:
        return (at[0] - 128) * 256;
    case TA_SAMPLE_S8:
        return (int8_t)at[0] * 256;
    case TA_SAMPLE_U16:
        return at[0] + at[1] * 256 - 32768;
    case TA_SAMPLE_S16:
        memcpy(&s16, at, 2);
        return s16;
    case TA_SAMPLE_S24:
    case TA_SAMPLE_S24IN32:
        s32 = (int32_t)((uint32_t)at[0] << 8 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 24);
        return clip(((int64_t)s32 + 32768) >> 16, -32768, 32767);
    case TA_SAMPLE_S32:
        memcpy(&s32, at, 4);
        return clip(((int64_t)s32 + 32768) >> 16, -32768, 32767);
    case TA_SAMPLES:
    default:
        abort();
    }
}

static int give(ta_sample_t sample, int s16, int s8) // as the bytes say: unsigned formats with their middle
{
    switch (sample) {
    case TA_SAMPLE_U8:
        return s8 + 128;
    case TA_SAMPLE_S8:
        return s8;
    case TA_SAMPLE_U16:
        return s16 + 32768;
    case TA_SAMPLE_S16:
        return s16;
    case TA_SAMPLE_S24:
    case TA_SAMPLE_S24IN32:
    case TA_SAMPLE_S32:
    case TA_SAMPLES:
    default:
        abort();
    }
}

static int heard_at(ta_sample_t sample, const uint8_t *bytes, size_t index)
{
    int16_t s16;
    uint16_t u16;
    switch (sample) {
    case TA_SAMPLE_U8:
        return bytes[index];
    case TA_SAMPLE_S8:
        return (int8_t)bytes[index];
    case TA_SAMPLE_U16:
        memcpy(&u16, bytes + 2 * index, 2);
        return u16;
    case TA_SAMPLE_S16:
        memcpy(&s16, bytes + 2 * index, 2);
        return s16;
    case TA_SAMPLE_S24:
    case TA_SAMPLE_S24IN32:
    case TA_SAMPLE_S32:
    case TA_SAMPLES:
    default:
        abort();
    }
}

// ---- formats and sizes -----------------------------------------------------------------------------------------------------

static uint8_t input[FRAMES * 8], heard[OUT * 4];
static int wide[FRAMES * 2]; // of the channels that it gives

static void make_input(ta_sample_t sample, unsigned has, unsigned channels)
{
    uint32_t state = 7;
    ta_format_t format = {sample, (uint8_t)has, 8000};
    unsigned bytes = ta_sample_bytes(sample), frame = ta_frame_bytes(&format);
    for (size_t b = 0; b < sizeof input; b++)
        input[b] = (uint8_t)noise(&state);
    memset(input, 0xFF, frame); // the ends of the range
    memset(input + frame, 0, frame);
    for (unsigned c = 0; c < has; c++)
        input[2 * frame + c * bytes + bytes - 1] = 0x7F, input[3 * frame + c * bytes + bytes - 1] = 0x80;
    for (size_t f = 0; f < FRAMES; f++) {
        int left = sixteen(sample, input + f * frame), right = sixteen(sample, input + f * frame + (has - 1) * bytes);
        if (channels == 1)
            wide[f] = has == 1 ? left : (left + right + 1) >> 1;
        else
            wide[2 * f] = left, wide[2 * f + 1] = right;
    }
}

static void judge(const plain_t *plain, bool native)
{
    ta_sample_t sample = plain->fx.source.format.sample;
    unsigned channels = plain->fx.source.format.channels;
    for (size_t s = 0; s < (size_t)(FRAMES + 400) * channels; s++) {
        int s16 = s < (size_t)FRAMES * channels ? wide[s] : 0, s8 = clip((s16 + 128) >> 8, -128, 127);
        int gained = clip(s8 * plain->gain, -128, 127);
        assert_int_equal(heard_at(sample, heard, s), give(sample, s16, native ? gained : s8));
    }
}

static unsigned cases;

static void all_sizes(ta_sample_t from, unsigned has, ta_sample_t to, unsigned channels)
{
    static ta_raw_t raw;
    static plain_t plain;
    ta_format_t format = {from, (uint8_t)has, 8000};
    for (size_t size = 0; size < COUNT(sizes); size++)
        for (size_t a = 0; a < COUNT(appetites); a++) {
            make(&plain, &plain_ops, to, channels, sizes[size]);
            assert_int_equal(ta_raw_init(&raw, &format, input, FRAMES), TA_OK);
            assert_int_equal(ta_fx_play(&plain.fx, &raw.source), TA_OK);
            assert_true(ta_intake_busy(&plain.fx.intake));
            hear(&plain, heard, FRAMES + 400, appetites[a]);
            judge(&plain, false);
            unharmed(&plain);
            if (plain.fx.buffer_frames < 400) // or it has not looked yet
                assert_false(ta_intake_busy(&plain.fx.intake));
            cases++;
        }
}

static void test_w5_w40_w57_every_format_at_every_size(void **state)
{
    (void)state;
    for (int from = 0; from < TA_SAMPLES; from++)
        for (unsigned has = 1; has <= 2; has++)
            for (unsigned channels = 1; channels <= 2; channels++) {
                make_input((ta_sample_t)from, has, channels);
                for (size_t to = 0; to < COUNT(gives); to++)
                    all_sizes((ta_sample_t)from, has, gives[to], channels);
            }
    assert_int_equal(cases, 7 * 2 * 2 * 4 * COUNT(sizes) * COUNT(appetites));
}

static void test_w41_eight_bits_clip_on_their_own_scale(void **state)
{
    (void)state;
    static ta_raw_t raw;
    static plain_t plain;
    const int gains[] = {1, 3, -3};
    for (size_t to = 0; to < 2; to++)
        for (unsigned channels = 1; channels <= 2; channels++)
            for (size_t g = 0; g < COUNT(gains); g++) {
                ta_format_t format = {TA_SAMPLE_S16, (uint8_t)channels, 8000};
                make_input(TA_SAMPLE_S16, channels, channels);
                make(&plain, &native_ops, gives[to], channels, 64);
                plain.gain = gains[g];
                assert_int_equal(ta_raw_init(&raw, &format, input, FRAMES), TA_OK);
                assert_int_equal(ta_fx_play(&plain.fx, &raw.source), TA_OK);
                hear(&plain, heard, FRAMES + 400, 1000);
                judge(&plain, true);
            }
    make(&plain, &native_ops, TA_SAMPLE_S16, 1, 64); // wide formats stay wide
    assert_false(plain.fx.native8);
}

static void test_w40_silence_is_the_middle_of_every_format(void **state)
{
    (void)state;
    static plain_t plain;
    for (size_t to = 0; to < COUNT(gives); to++)
        for (unsigned channels = 1; channels <= 2; channels++) {
            make(&plain, &tail_ops, gives[to], channels, 300);
            hear(&plain, heard, 1000, 77);
            for (size_t s = 0; s < 1000U * channels; s++)
                assert_int_equal(heard_at(gives[to], heard, s), give(gives[to], 0, 0));
            assert_int_equal(plain.runs, 7); // a tail is worked out: 256 and 44 frames, and again
        }
    make(&plain, &plain_ops, TA_SAMPLE_S16, 1, 300);
    hear(&plain, heard, 1000, 77);
    assert_int_equal(plain.runs, 0); // and without one nothing is
}

static void test_refuses(void **state)
{
    (void)state;
    static plain_t plain;
    ta_need_t need;
    ta_fx_config_t good = {{TA_SAMPLE_S16, 2, 8000}, 100}, bad;
    for (int sample = 0; sample <= TA_SAMPLES; sample++) {
        bad = good;
        bad.format.sample = (ta_sample_t)sample;
        assert_int_equal(ta_fx_need(&bad, &need), sample <= TA_SAMPLE_S16 ? TA_OK : TA_E_FORMAT);
        assert_int_equal(ta_fx_init(&plain.fx, &plain_ops, &bad, storage),
                         sample <= TA_SAMPLE_S16 ? TA_OK : TA_E_FORMAT);
    }
    for (unsigned channels = 0; channels <= 255; channels++) {
        bad = good;
        bad.format.channels = (uint8_t)channels;
        assert_int_equal(ta_fx_need(&bad, &need), channels == 1 || channels == 2 ? TA_OK : TA_E_FORMAT);
    }
    bad = good;
    bad.format.rate_hz = 999;
    assert_int_equal(ta_fx_need(&bad, &need), TA_E_FORMAT);
    for (uint32_t shift = 0; shift < 32; shift++) { // w57: nothing is taken as it comes
        bad = good;
        bad.buffer_frames = UINT32_MAX >> shift;
        assert_int_equal(ta_fx_need(&bad, &need), bad.buffer_frames <= TA_FX_BUFFER_FRAMES_MAX ? TA_OK : TA_E_ARG);
    }
    assert_int_equal(ta_fx_need(NULL, &need), TA_E_ARG);
    assert_int_equal(ta_fx_need(&good, NULL), TA_E_ARG);
    assert_int_equal(ta_fx_init(&plain.fx, NULL, &good, storage), TA_E_ARG);
    assert_int_equal(ta_fx_init(&plain.fx, &plain_ops, &good, NULL), TA_E_ARG);
    for (unsigned off = 1; off < 4; off++)
        assert_int_equal(ta_fx_init(&plain.fx, &plain_ops, &good, storage + off), TA_E_ARG);
    ta_block_t block;
    assert_int_equal(ta_source_pull(&plain.fx.source, 1, &block), TA_PULL_FAULT); // nothing was made
    assert_int_equal(ta_fx_init(&plain.fx, &plain_ops, &good, storage), TA_OK);
    assert_int_equal(ta_fx_play(&plain.fx, &plain.fx.source), TA_E_ARG);
}

static void test_w54_rate_is_that_of_the_beginning(void **state)
{
    (void)state;
    static plain_t plain;
    static ta_raw_t raw;
    make(&plain, &plain_ops, TA_SAMPLE_S16, 1, 80);
    assert_int_equal(ta_raw_init(&raw, &(ta_format_t){TA_SAMPLE_S16, 1, 16000}, input, 10), TA_OK);
    assert_int_equal(ta_fx_play(&plain.fx, &raw.source), TA_E_RATE);
    assert_false(ta_intake_holds(&plain.fx.intake, &raw.source));
    plain.fx.source.format.rate_hz =
        16000; // somebody writes it: what was derived from the rate is not stale, for it is not read again
    assert_int_equal(ta_fx_play(&plain.fx, &raw.source), TA_E_RATE);
    hear(&plain, heard, 800, 80);
    assert_int_equal(plain.fx.clock.time_us, 100000);
    raw.source.format.rate_hz = 8000;
    assert_int_equal(ta_fx_play(&plain.fx, &raw.source), TA_OK);
    raw.source.format.rate_hz = 16000; // before the tick that takes it: not at the wrong pitch in silence
    hear(&plain, heard, 80, 80);
    assert_false(ta_intake_holds(&plain.fx.intake, &raw.source));
    assert_int_equal(plain.fx.intake.fault, TA_E_RATE);
    assert_int_equal(plain.fx.faults, 1);
    raw.source.format.channels = 3;
    assert_int_equal(ta_fx_play(&plain.fx, &raw.source), TA_E_FORMAT);
}

static void test_ticks_lie_on_the_blocks_grid(void **state)
{
    (void)state;
    static plain_t plain;
    for (size_t size = 0; size < COUNT(sizes); size++)
        for (size_t a = 0; a < COUNT(appetites); a++) {
            uint32_t block = sizes[size] ? sizes[size] : TA_FX_BUFFER_FRAMES, left = block, total = 0;
            make(&plain, &plain_ops, TA_SAMPLE_U8, 2, sizes[size]);
            hear(&plain, heard, OUT, appetites[a]);
            for (uint32_t t = 0; t < plain.ticks && t < COUNT(plain.tick_frames); t++) {
                uint32_t frames = left < TA_FX_TICK_FRAMES ? left : TA_FX_TICK_FRAMES;
                assert_int_equal(plain.tick_frames[t], frames);
                total += frames;
                left = left == frames ? block : left - frames;
            }
            if (plain.ticks <= COUNT(plain.tick_frames))
                assert_in_range(total, OUT, OUT + TA_FX_TICK_FRAMES - 1);
            assert_int_equal(plain.fx.clock.number, plain.ticks);
        }
}

// ---- upstreams that misbehave ----------------------------------------------------------------------------------------------

typedef struct {
    ta_source_t source;
    int16_t next; // samples count from 1
    int16_t lent[64];
    uint32_t run;  // frames until something happens
    uint32_t left; // of them
    ta_pull_t then;
    uint32_t frames_then; // that come with it
    uint32_t pulls;
} wayward_t;

static ta_pull_t wayward_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    wayward_t *from = (wayward_t *)source;
    from->pulls++;
    uint32_t frames = from->left < max_frames ? from->left : max_frames;
    ta_pull_t result = TA_PULL_MORE;
    if (from->left == 0) {
        from->left = from->run;
        frames = from->frames_then < max_frames ? from->frames_then : max_frames;
        result = from->then;
    } else {
        frames = frames < COUNT(from->lent) ? frames : COUNT(from->lent);
        from->left -= frames;
    }
    for (uint32_t f = 0; f < frames; f++)
        from->lent[f] = ++from->next;
    block->data = from->lent;
    block->frames = frames;
    return result;
}

static const ta_source_ops_t wayward_ops = {wayward_pull, NULL};

static void wayward(wayward_t *from, uint32_t run, ta_pull_t then, uint32_t frames_then)
{
    memset(from, 0, sizeof *from);
    ta_source_init(&from->source, &wayward_ops, &(ta_format_t){TA_SAMPLE_S16, 1, 8000}, TA_FRAMES_UNKNOWN);
    from->run = from->left = run;
    from->then = then;
    from->frames_then = frames_then;
}

// Within a tick what came before it waited is heard, zeros follow, and nothing of it is lost or heard twice.
static void waits_with(const ta_fx_ops_t *ops, uint32_t run, ta_pull_t then, uint32_t buffer_frames)
{
    static plain_t plain;
    static wayward_t from;
    static int16_t out[OUT];
    int16_t next = 0;
    uint32_t left = run, fed = 0;
    make(&plain, ops, TA_SAMPLE_S16, 1, buffer_frames);
    wayward(&from, run, then, 0);
    assert_int_equal(ta_fx_play(&plain.fx, &from.source), TA_OK);
    hear(&plain, (uint8_t *)out, OUT, 100);
    for (uint32_t f = 0, at = 0, tick = 0; f < OUT; f++) {
        if (at == tick) { // a tick begins
            at = 0;
            uint32_t into = f % buffer_frames;
            tick = buffer_frames - into < TA_FX_TICK_FRAMES ? buffer_frames - into : TA_FX_TICK_FRAMES;
            fed = left < tick ? left : tick;
            left = left < tick ? run : left - tick;
        }
        assert_int_equal(out[f], at < fed || then == TA_PULL_MORE ? ++next : 0); // an empty block is asked for again
        at++;
    }
    assert_true(ta_intake_holds(&plain.fx.intake, &from.source));
    assert_int_equal(plain.fx.faults, 0);
    unharmed(&plain);
}

static void test_w15_an_upstream_that_waits_or_gives_nothing_stalls_nobody(void **state)
{
    (void)state;
    const uint32_t runs[] = {1, 2, 63, 64, 65, 100, 255, 256, 257, 600}, blocks[] = {1, 7, 64, 256, 300};
    for (size_t r = 0; r < COUNT(runs); r++)
        for (size_t b = 0; b < COUNT(blocks); b++) {
            waits_with(&plain_ops, runs[r], TA_PULL_WAIT, blocks[b]);
            waits_with(&plain_ops, runs[r], TA_PULL_MORE, blocks[b]); // an empty block, again and again
            waits_with(&tail_ops, runs[r], TA_PULL_WAIT, blocks[b]);
        }
}

static void ends_with(uint32_t run, ta_pull_t then, uint32_t frames_then, uint32_t buffer_frames)
{
    static plain_t plain;
    static wayward_t from;
    static int16_t out[OUT];
    make(&plain, &plain_ops, TA_SAMPLE_S16, 1, buffer_frames);
    wayward(&from, run, then, frames_then);
    assert_int_equal(ta_fx_play(&plain.fx, &from.source), TA_OK);
    hear(&plain, (uint8_t *)out, OUT, 100);
    uint32_t total = run + (then == TA_PULL_FAULT ? 0 : frames_then); // those of a fault are no frames
    for (uint32_t f = 0; f < OUT; f++)
        assert_int_equal(out[f], f < total ? f + 1 : 0);
    assert_int_equal(plain.fx.faults, then == TA_PULL_FAULT);
    assert_int_equal(plain.fx.intake.fault, then == TA_PULL_FAULT ? TA_E_IO : TA_OK);
    assert_false(ta_intake_holds(&plain.fx.intake, &from.source));
    uint32_t pulls = from.pulls;
    hear(&plain, (uint8_t *)out, OUT, 100);
    assert_int_equal(from.pulls, pulls); // nobody touches it again
    wayward(&from, 5, TA_PULL_FAULT, 0); // the next one plays, and its fault counts, too
    assert_int_equal(ta_fx_play(&plain.fx, &from.source), TA_OK);
    hear(&plain, (uint8_t *)out, OUT, 100);
    assert_int_equal(plain.fx.faults, then == TA_PULL_FAULT ? 2 : 1);
}

static void test_w15_an_upstream_that_never_gives_anything_ends_no_pull(void **state)
{
    (void)state;
    static plain_t plain;
    static wayward_t from;
    make(&plain, &tail_ops, TA_SAMPLE_S16, 1, 64);
    wayward(&from, 0, TA_PULL_MORE, 0);
    assert_int_equal(ta_fx_play(&plain.fx, &from.source), TA_OK);
    memset(heard, 1, 2000);
    hear(&plain, heard, 1000, 100);
    for (size_t b = 0; b < 2000; b++)
        assert_int_equal(heard[b], 0);
    assert_in_range(from.pulls, 1, 16 * (TA_INTAKE_EMPTY_MAX + 1)); // 16 ticks
}

static void test_w15_an_upstream_that_ends_or_faults_is_let_go(void **state)
{
    (void)state;
    const uint32_t runs[] = {1, 63, 64, 65, 256, 300, 600}, blocks[] = {1, 7, 64, 256, 300};
    for (size_t r = 0; r < COUNT(runs); r++)
        for (size_t b = 0; b < COUNT(blocks); b++) {
            ends_with(runs[r], TA_PULL_END, 0, blocks[b]);
            ends_with(runs[r], TA_PULL_END, 1, blocks[b]);
            ends_with(runs[r], TA_PULL_FAULT, 1, blocks[b]);
        }
}

static void test_another_upstream_follows_at_the_next_tick(void **state)
{
    (void)state;
    static plain_t plain;
    static wayward_t one, two;
    static int16_t out[OUT];
    make(&plain, &plain_ops, TA_SAMPLE_S16, 1, 50);
    wayward(&one, 10000, TA_PULL_END, 0);
    wayward(&two, 10000, TA_PULL_END, 0);
    assert_int_equal(ta_fx_play(&plain.fx, &one.source), TA_OK);
    hear(&plain, (uint8_t *)out, 120, 60); // the third tick is worked out, and partly lent
    assert_int_equal(ta_fx_play(&plain.fx, &two.source), TA_OK);
    assert_true(ta_intake_holds(&plain.fx.intake, &one.source));
    hear(&plain, (uint8_t *)(out + 120), 200, 60);
    assert_false(ta_intake_holds(&plain.fx.intake, &one.source));
    for (int f = 0; f < 320; f++)
        assert_int_equal(out[f], f < 150 ? f + 1 : f - 149);
    assert_int_equal(ta_fx_play(&plain.fx, NULL), TA_OK);
    assert_false(ta_intake_busy(&plain.fx.intake));
    hear(&plain, (uint8_t *)out, 100, 60);
    for (int f = 0; f < 100; f++)
        assert_int_equal(out[f], f < 30 ? 171 + f : 0);
}

static void test_effects_in_a_circle_are_silence(void **state)
{
    (void)state;
    static plain_t one, two;
    static _Alignas(4) uint8_t other[STORAGE];
    make(&one, &tail_ops, TA_SAMPLE_S16, 1, 64);
    memset(&two, 0, sizeof two);
    memset(other, 0, sizeof other);
    two.gain = 1;
    ta_fx_config_t config = {{TA_SAMPLE_S16, 1, 8000}, 100};
    assert_int_equal(ta_fx_init(&two.fx, &tail_ops, &config, other), TA_OK);
    assert_int_equal(ta_fx_play(&one.fx, &two.fx.source), TA_OK);
    assert_int_equal(ta_fx_play(&two.fx, &one.fx.source), TA_OK);
    hear(&one, heard, 1000, 100);
    for (size_t b = 0; b < 2000; b++)
        assert_int_equal(heard[b], 0);
}

static void test_clear_drops_what_is_worked_out(void **state)
{
    (void)state;
    static plain_t plain;
    static wayward_t from;
    int16_t out[100];
    make(&plain, &plain_ops, TA_SAMPLE_S16, 1, 50);
    wayward(&from, 10000, TA_PULL_END, 0);
    assert_int_equal(ta_fx_play(&plain.fx, &from.source), TA_OK);
    hear(&plain, (uint8_t *)out, 20, 60);
    ta_fx_clear(&plain.fx);
    assert_int_equal(plain.cleared, 1);
    hear(&plain, (uint8_t *)out, 100, 60);
    for (int f = 0; f < 100; f++)
        assert_int_equal(out[f], 51 + f); // upstream goes on where it stands, in a block of its own
    static plain_t never;
    memset(&never, 0, sizeof never);
    ta_fx_clear(&never.fx); // one whose init failed
}

// ---- arithmetic ------------------------------------------------------------------------------------------------------------

static void test_levels_go_straight_and_arrive(void **state)
{
    (void)state;
    const int32_t ends[] = {0, 1, -1, 5, 32768, -32768, 16384, 524288, -524288};
    for (size_t a = 0; a < COUNT(ends); a++)
        for (size_t b = 0; b < COUNT(ends); b++) {
            ta_fx_level_t level = {0};
            ta_fx_level_set(&level, ends[a]);
            assert_true(ta_fx_level_still(&level)); // the first at once
            assert_int_equal(ta_fx_level_next(&level), ends[a]);
            ta_fx_level_set(&level, ends[b]);
            for (int f = 1; f <= TA_FX_RAMP_FRAMES; f++) {
                double straight = ends[a] + ((double)ends[b] - ends[a]) * f / TA_FX_RAMP_FRAMES;
                int32_t now = ta_fx_level_next(&level);
                assert_true(now <= straight + 1 && now >= straight - 1.01);
                ta_fx_level_set(&level, ends[b]); // as each tick does: it does not begin again
            }
            assert_int_equal(ta_fx_level_next(&level), ends[b]);
            assert_true(ta_fx_level_still(&level));
            ta_fx_level_forget(&level);
            ta_fx_level_set(&level, ends[a]);
            assert_int_equal(ta_fx_level_next(&level), ends[a]);
        }
}

static void test_knee_and_saturation_are_the_references(void **state)
{
    (void)state;
    const uint32_t x[] = {1, 2, 3, 4, 8, 12, 14, 24};
    const int32_t gain[] = {56299, 7151, 3818, 2604, 1146, 735, 623, 353}; // section 6.1
    for (size_t i = 0; i < COUNT(x); i++)
        assert_int_equal(ta_fx_knee_gain(x[i]), gain[i]);
    assert_int_equal(ta_fx_knee_gain(0), gain[0]);
    assert_int_equal(ta_fx_knee_gain(UINT32_MAX), 0);
    assert_int_equal(TA_FX_KNEE_2, gain[1]);
    for (int64_t s = -70000; s <= 70000; s++) {
        int64_t over = s > 0 ? s - 28000 : s + 28000;
        bool beyond = s > 28000 || s < -28000;
        int64_t down = over * 7151 >= 0 ? over * 7151 / 65536 : -((-over * 7151 + 65535) / 65536);
        assert_int_equal(ta_fx_knee((int32_t)s, 7151), beyond ? down + (s > 0 ? 28000 : -28000) : s);
    }
    for (unsigned k = 0; k <= 17; k++)
        for (int64_t n = -70000; n <= 70000; n++) {
            int64_t big = n * (1 << k) / 2;
            if (big != (int32_t)big)
                continue;
            assert_int_equal(ta_fx_sat0((int32_t)big, k), clip(big / (1 << k), -32768, 32767));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_w5_w40_w57_every_format_at_every_size),
        cmocka_unit_test(test_w41_eight_bits_clip_on_their_own_scale),
        cmocka_unit_test(test_w40_silence_is_the_middle_of_every_format),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_w54_rate_is_that_of_the_beginning),
        cmocka_unit_test(test_ticks_lie_on_the_blocks_grid),
        cmocka_unit_test(test_w15_an_upstream_that_waits_or_gives_nothing_stalls_nobody),
        cmocka_unit_test(test_w15_an_upstream_that_never_gives_anything_ends_no_pull),
        cmocka_unit_test(test_w15_an_upstream_that_ends_or_faults_is_let_go),
        cmocka_unit_test(test_another_upstream_follows_at_the_next_tick),
        cmocka_unit_test(test_effects_in_a_circle_are_silence),
        cmocka_unit_test(test_clear_drops_what_is_worked_out),
        cmocka_unit_test(test_levels_go_straight_and_arrive),
        cmocka_unit_test(test_knee_and_saturation_are_the_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
