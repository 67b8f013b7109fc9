// Filter, Distortion and Phaser (and Freeverb, where it is the same for all): needs and refusals, formats, sizes, extremes, changes. Their numbers are in
// test/model/test_fx_models.c.
#include "test/support/fx_rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 8000, FRAMES = 1500 };
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const ta_sample_t gives[] = {TA_SAMPLE_U8, TA_SAMPLE_S8, TA_SAMPLE_U16, TA_SAMPLE_S16};
static int16_t noise[2 * FRAMES];

static int setup(void **state)
{
    (void)state;
    fx_rig_noise(noise, COUNT(noise), 1);
    return 0;
}

// ---- needs -------------------------------------------------------------------------------------------------------------------

static void test_refuses(void **state)
{
    (void)state;
    ta_need_t needs[3];
    static ta_filter_t filter;
    static ta_phaser_t phaser;
    static ta_distortion_t distortion;
    static ta_freeverb_t freeverb;
    static _Alignas(8) uint8_t bytes[3][65536];
    void *storage[] = {bytes[0], bytes[1], bytes[2]};
    ta_fx_config_t fx = {{TA_SAMPLE_S16, 1, RATE}, 64}, bad = {{TA_SAMPLE_S32, 1, RATE}, 64};
    for (uint32_t n = 0; n <= 70; n++) {
        ta_filter_config_t c = {fx, n};
        ta_freeverb_config_t v = {fx, n};
        assert_int_equal(ta_filter_need(&c, needs), n <= TA_CHAIN_MAX ? TA_OK : TA_E_ARG);
        assert_int_equal(ta_filter_init(&filter, &c, storage), n <= TA_CHAIN_MAX ? TA_OK : TA_E_ARG);
        assert_int_equal(ta_freeverb_need(&v, needs), n <= TA_CHAIN_MAX ? TA_OK : TA_E_ARG);
        assert_int_equal(ta_freeverb_init(&freeverb, &v, storage), n <= TA_CHAIN_MAX ? TA_OK : TA_E_ARG);
    }
    for (uint32_t n = 0; n <= 300; n++) {
        ta_phaser_config_t c = {fx, n};
        assert_int_equal(ta_phaser_need(&c, needs), n >= 1 && n <= TA_PHASER_STAGES_MAX ? TA_OK : TA_E_ARG);
        assert_int_equal(ta_phaser_init(&phaser, &c, storage), n >= 1 && n <= TA_PHASER_STAGES_MAX ? TA_OK : TA_E_ARG);
    }
    assert_int_equal(ta_filter_need(&(ta_filter_config_t){bad, 1}, needs), TA_E_FORMAT);
    assert_int_equal(ta_phaser_need(&(ta_phaser_config_t){bad, 1}, needs), TA_E_FORMAT);
    assert_int_equal(ta_freeverb_need(&(ta_freeverb_config_t){bad, 1}, needs), TA_E_FORMAT);
    assert_int_equal(ta_distortion_need(&bad, needs), TA_E_FORMAT);
    assert_int_equal(ta_distortion_init(&distortion, &fx, NULL), TA_E_ARG);
    for (unsigned n = 0; n < 3; n++)
        for (unsigned way = 0; way < 2; way++) { // missing, and off its alignment
            storage[n] = way ? bytes[n] + 2 : NULL;
            assert_int_equal(ta_freeverb_init(&freeverb, &(ta_freeverb_config_t){fx, 1}, storage), TA_E_ARG);
            if (n < 2) {
                assert_int_equal(ta_filter_init(&filter, &(ta_filter_config_t){fx, 1}, storage), TA_E_ARG);
                assert_int_equal(ta_phaser_init(&phaser, &(ta_phaser_config_t){fx, 1}, storage), TA_E_ARG);
            }
            storage[n] = bytes[n];
        }
    assert_int_equal(ta_filter_init(&filter, &(ta_filter_config_t){fx, 1}, NULL), TA_E_ARG);
    assert_int_equal(ta_phaser_init(&phaser, &(ta_phaser_config_t){fx, 3}, storage), TA_OK);
    assert_int_equal(ta_phaser_set_stages(&phaser, 3), TA_OK);
    assert_int_equal(ta_phaser_set_stages(&phaser, 4), TA_E_ARG);
    assert_int_equal(phaser.stages_wanted, 3);
    assert_int_equal(ta_phaser_set_stages(&phaser, 0), TA_OK);
    assert_int_equal(phaser.stages_wanted, 1);
    assert_int_equal(ta_distortion_init(&distortion, &fx, storage[0]), TA_OK);
    assert_int_equal(ta_distortion_set_mode(&distortion, TA_DISTORTIONS), TA_E_ARG);
    assert_int_equal(distortion.mode, TA_DISTORTION_CLIP);
    assert_false(distortion.soft_clip);
}

// ---- formats and sizes -------------------------------------------------------------------------------------------------------

static int16_t whole[2 * FRAMES];
static uint8_t heard[4 * FRAMES];

static int value(ta_sample_t sample, const uint8_t *bytes, size_t index)
{
    int16_t s16;
    memcpy(&s16, bytes + 2 * index, 2);
    return sample == TA_SAMPLE_U8    ? bytes[index] - 128
           : sample == TA_SAMPLE_S8  ? (int8_t)bytes[index]
           : sample == TA_SAMPLE_U16 ? (uint16_t)s16 - 32768
                                     : s16;
}

static void render(fx_kind_t kind, ta_sample_t sample, unsigned channels, uint32_t buffer_frames, uint32_t appetite,
                   ta_sample_t from, const void *data, void *to)
{
    fx_rig_t rig;
    ta_raw_t raw;
    fx_rig_make(&rig, kind, sample, channels, RATE, buffer_frames);
    fx_rig_play(&rig, &raw, from, data, FRAMES);
    fx_rig_hear(&rig, to, FRAMES, appetite);
    fx_rig_free(&rig);
}

// Whatever the block and whatever is asked for: parameters stand still, so all is the same.
static void test_w5_w57_every_size_gives_the_same(void **state)
{
    (void)state;
    const uint32_t sizes[] = {1, 2, 3, 7, 63, 64, 65, 127, 255, 256, 257, 300, 1000, 4096},
                   appetites[] = {1, 5, 100, 1000};
    for (int kind = 0; kind < FX_KINDS; kind++)
        for (unsigned channels = 1; channels <= 2; channels++) {
            render((fx_kind_t)kind, TA_SAMPLE_S16, channels, 256, 256, TA_SAMPLE_S16, noise, whole);
            for (size_t s = 0; s < COUNT(sizes); s++)
                for (size_t a = 0; a < COUNT(appetites); a++) {
                    render((fx_kind_t)kind, TA_SAMPLE_S16, channels, sizes[s], appetites[a], TA_SAMPLE_S16, noise,
                           heard);
                    assert_memory_equal(heard, whole, (size_t)FRAMES * channels * 2);
                }
        }
}

// The same sound through u16 as through s16; silence stays silence in all formats.
static void test_w40_unsigned_is_signed_moved(void **state)
{
    (void)state;
    static uint16_t moved[2 * FRAMES];
    static uint8_t quiet[4 * FRAMES];
    for (size_t s = 0; s < COUNT(moved); s++)
        moved[s] = (uint16_t)(noise[s] + 32768);
    for (int kind = 0; kind < FX_KINDS; kind++)
        for (unsigned channels = 1; channels <= 2; channels++) {
            render((fx_kind_t)kind, TA_SAMPLE_S16, channels, 256, 256, TA_SAMPLE_S16, noise, whole);
            render((fx_kind_t)kind, TA_SAMPLE_U16, channels, 256, 256, TA_SAMPLE_U16, moved, heard);
            for (size_t s = 0; s < FRAMES * channels; s++)
                assert_int_equal(value(TA_SAMPLE_U16, heard, s), whole[s]);
            for (size_t g = 0; g < COUNT(gives); g++) {
                bool wide = gives[g] == TA_SAMPLE_U16 || gives[g] == TA_SAMPLE_S16;
                for (size_t b = 0; b < sizeof quiet; b++)
                    quiet[b] = gives[g] == TA_SAMPLE_U8 || (gives[g] == TA_SAMPLE_U16 && b % 2) ? 0x80 : 0;
                render((fx_kind_t)kind, gives[g], channels, 256, 256, gives[g], quiet, heard);
                assert_memory_equal(heard, quiet, (size_t)FRAMES * channels * (wide ? 2 : 1));
            }
        }
}

// Where they work on 8 bits, they do what they do with numbers of that size in 16 bits, and clip.
static void test_w41_eight_bits_clip(void **state)
{
    (void)state;
    static int16_t small[2 * FRAMES], wide[2 * FRAMES];
    static int8_t eight[2 * FRAMES];
    const fx_kind_t kinds[] = {FX_FILTER, FX_PHASER};
    unsigned clipped = 0;
    for (size_t s = 0; s < COUNT(small); s++)
        small[s] = eight[s] = (int8_t)(noise[s] >> 8);
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (unsigned channels = 1; channels <= 2; channels++) {
            render(kinds[k], TA_SAMPLE_S16, channels, 256, 256, TA_SAMPLE_S16, small, wide);
            for (size_t u = 0; u < 2; u++) {
                render(kinds[k], gives[u], channels, 256, 256, TA_SAMPLE_S8, eight, heard);
                for (size_t s = 0; s < FRAMES * channels; s++) {
                    int should = wide[s] > 127 ? 127 : wide[s] < -128 ? -128 : wide[s];
                    assert_int_equal(value(gives[u], heard, s), should);
                    clipped += wide[s] != should;
                }
            }
        }
    assert_in_range(clipped, 100, 1000000); // or it was no test
}

// ---- Distortion --------------------------------------------------------------------------------------------------------------

// All 65,536 values through one setting.
static int16_t all[65536], bent[65536];

static void distort(ta_distortion_mode_t mode, bool soft, ta_real_t drive, ta_real_t pre, ta_real_t post)
{
    fx_rig_t rig;
    ta_raw_t raw;
    for (int s = 0; s < 65536; s++)
        all[s] = (int16_t)(s - 32768);
    fx_rig_make(&rig, FX_DISTORTION, TA_SAMPLE_S16, 1, RATE, 256);
    assert_int_equal(ta_distortion_set_mode(&rig.distortion, mode), TA_OK);
    rig.distortion.soft_clip = soft;
    ta_param_set(&rig.distortion.drive, drive);
    ta_param_set(&rig.distortion.pre_gain, pre);
    ta_param_set(&rig.distortion.post_gain, post);
    fx_rig_play(&rig, &raw, TA_SAMPLE_S16, all, 65536);
    fx_rig_hear(&rig, bent, 65536, 256);
    fx_rig_free(&rig);
}

static void test_w38_no_peak_changes_its_sign(void **state)
{
    (void)state;
    const ta_real_t drives[] = {0, (ta_real_t)0.5, 1}, gains[] = {-60, 0, 60};
    for (int mode = 0; mode < TA_DISTORTIONS; mode++)
        for (unsigned soft = 0; soft < 2; soft++)
            for (size_t d = 0; d < COUNT(drives); d++)
                for (size_t g = 0; g < COUNT(gains); g++) {
                    distort((ta_distortion_mode_t)mode, soft, drives[d], gains[g], 24);
                    for (int s = 0; s < 65536; s++) {
                        int x = s - 32768;
                        assert_true(bent[s] == 0 || (bent[s] > 0) == (x > 0));
                        assert_true(bent[s] >= -32767);
                    }
                    if (g == 2 && !soft) { // loud enough: the very end of the range, and not beyond
                        assert_int_equal(bent[65535], 32767);
                        assert_int_equal(bent[0], -32767);
                    }
                }
}

static void test_w38_soft_clip_is_what_was_said(void **state)
{
    (void)state;
    static int16_t hard[65536];
    distort(TA_DISTORTION_CLIP, false, (ta_real_t)0.5, 0, 12);
    memcpy(hard, bent, sizeof hard);
    assert_int_equal(hard[65535], 32767);
    distort(TA_DISTORTION_CLIP, true, (ta_real_t)0.5, 0, 12);
    assert_true(bent[65535] < 32767 && bent[65535] > 30000);
    distort(TA_DISTORTION_CLIP, false, (ta_real_t)0.5, 0, 12); // said, and not left out
    assert_memory_equal(bent, hard, sizeof hard);
}

// 8 bits are bent as the same sound in 16 bits is, and then rounded.
static void test_w38_eight_bits_have_a_scale_of_their_own(void **state)
{
    (void)state;
    static int8_t eight[256];
    static int16_t wide[256];
    int8_t out[256];
    for (int s = 0; s < 256; s++) {
        eight[s] = (int8_t)(s - 128);
        wide[s] = (int16_t)(256 * eight[s]);
    }
    for (int mode = 0; mode < TA_DISTORTIONS; mode++) {
        fx_rig_t rig;
        ta_raw_t raw;
        int16_t should[256];
        for (unsigned way = 0; way < 2; way++) {
            fx_rig_make(&rig, FX_DISTORTION, way ? TA_SAMPLE_S8 : TA_SAMPLE_S16, 1, RATE, 256);
            assert_int_equal(ta_distortion_set_mode(&rig.distortion, (ta_distortion_mode_t)mode), TA_OK);
            ta_param_set(&rig.distortion.drive, (ta_real_t)0.6);
            ta_param_set(&rig.distortion.pre_gain, 3);
            fx_rig_play(&rig, &raw, way ? TA_SAMPLE_S8 : TA_SAMPLE_S16, way ? (void *)eight : (void *)wide, 256);
            fx_rig_hear(&rig, way ? (void *)out : (void *)should, 256, 256);
            fx_rig_free(&rig);
        }
        for (int s = 0; s < 256; s++) {
            int rounded = (should[s] + 128) >> 8;
            assert_int_equal(out[s], rounded > 127 ? 127 : rounded);
        }
        assert_true(out[255] > 100);
    }
}

// ---- Phaser ------------------------------------------------------------------------------------------------------------------

static void test_w39_the_knee_bends_and_does_not_cut(void **state)
{
    (void)state;
    static int16_t steady[FRAMES], out[FRAMES];
    int most = 0;
    for (int level = 16000; level <= 32767; level += 509) {
        fx_rig_t rig;
        ta_raw_t raw;
        for (int f = 0; f < FRAMES; f++)
            steady[f] = (int16_t)level;
        fx_rig_make(&rig, FX_PHASER, TA_SAMPLE_S16, 1, RATE, 256);
        fx_rig_play(&rig, &raw, TA_SAMPLE_S16, steady, FRAMES);
        fx_rig_hear(&rig, out, FRAMES, 256);
        fx_rig_free(&rig);
        assert_true(out[FRAMES - 1] >= most); // louder gives more, until the allpasses themselves are at their end
        most = out[FRAMES - 1];
    }
    assert_in_range(most, 29000, 32096); // the reference stops at 28000
}

// ---- extremes ----------------------------------------------------------------------------------------------------------------

static const double odd_numbers[] = {0,   -0.0, 1,     -1,   0.5,  1e30, -1e30, 1e-30, 4294967296.0, -2147483649.0,
                                     100, 8000, 1e300, 2000, 4000, 24,   -80,   60};

static ta_real_t odd_number(size_t index)
{
    if (index < COUNT(odd_numbers))
        return (ta_real_t)odd_numbers[index];
    return index == COUNT(odd_numbers)       ? (ta_real_t)INFINITY
           : index == COUNT(odd_numbers) + 1 ? -(ta_real_t)INFINITY
                                             : (ta_real_t)NAN;
}

enum { ODD_NUMBERS = COUNT(odd_numbers) + 3, LOUD = 600, SILENT = 1 << 16 };

// Noise, and then silence, until it is silent: within so many frames.
static void comes_to_rest(fx_rig_t *rig, uint32_t frames)
{
    static int16_t input[LOUD + SILENT], out[2048];
    ta_raw_t raw;
    fx_rig_noise(input, LOUD, 3);
    memset(input + LOUD, 0, SILENT * sizeof input[0]);
    input[LOUD - 1] = -32768;
    fx_rig_play(rig, &raw, TA_SAMPLE_S16, input, LOUD + SILENT);
    assert_int_equal(ta_source_set_loop(&raw.source, LOUD, 0, TA_LOOP_FOREVER), TA_OK);
    fx_rig_hear(rig, out, LOUD, 100);
    for (uint32_t f = 0; f < frames; f += COUNT(out)) {
        fx_rig_hear(rig, out, COUNT(out), 256);
        bool silent = true;
        for (size_t s = 0; s < COUNT(out); s++)
            silent = silent && out[s] == 0;
        if (silent)
            return;
    }
    fail_msg("%s sounds after %u frames: %d %d, parameters %g %g %g", fx_rig_name(rig->kind), frames, out[0], out[1],
             (double)rig->param[0]->number, rig->param[1] ? (double)rig->param[1]->number : 0,
             rig->param[1] ? (double)rig->param[2]->number : 0);
}

static uint32_t rest_frames(fx_kind_t kind)
{
    return kind == FX_FREEVERB ? 200000 : 60000;
}

static void test_every_parameter_may_be_anything(void **state)
{
    (void)state;
    for (int kind = 0; kind < FX_KINDS; kind++)
        for (size_t one = 0; one < ODD_NUMBERS; one++)
            for (size_t p = 0; p < FX_PARAMS_MAX; p++) {
                fx_rig_t rig;
                fx_rig_make(&rig, (fx_kind_t)kind, TA_SAMPLE_S16, 1, RATE, 128);
                if (rig.param[p]) {
                    for (size_t o = 0; rig.param[o]; o++) // and the others differ
                        ta_param_set(rig.param[o], odd_number((one + 5 * (o > p ? o - p : p - o)) % ODD_NUMBERS));
                    if (kind == FX_FREEVERB && rig.param[0]->number < 1)
                        ta_param_set(rig.param[0], 0); // large rooms sound for long: one of each value is enough
                    if (kind == FX_DISTORTION)
                        assert_int_equal(
                            ta_distortion_set_mode(&rig.distortion, (ta_distortion_mode_t)(one % TA_DISTORTIONS)),
                            TA_OK);
                    if (kind == FX_PHASER)
                        assert_int_equal(ta_phaser_set_stages(&rig.phaser, (uint32_t)(one * 13 % (FX_STAGES_MAX + 1))),
                                         TA_OK);
                    comes_to_rest(&rig, rest_frames((fx_kind_t)kind));
                }
                fx_rig_free(&rig);
            }
}

static void test_biquads_may_be_anything(void **state)
{
    (void)state;
    for (int kind = 0; kind < FX_KINDS; kind++)
        for (size_t one = 0; one < ODD_NUMBERS && (kind == FX_FILTER || kind == FX_FREEVERB); one++) {
            fx_rig_t rig;
            static int16_t out[2 * FRAMES];
            ta_raw_t raw;
            fx_rig_make(&rig, (fx_kind_t)kind, TA_SAMPLE_S16, 2, RATE, 100);
            for (size_t b = 0; b < FX_FILTERS_MAX; b++) {
                ta_param_set(&rig.biquad[b].frequency, odd_number(one));
                ta_param_set(&rig.biquad[b].q, odd_number((one + b) % ODD_NUMBERS));
                ta_param_set(&rig.biquad[b].a, odd_number((one + 2 * b) % ODD_NUMBERS));
            }
            fx_rig_play(&rig, &raw, TA_SAMPLE_S16, noise, FRAMES);
            fx_rig_hear(&rig, out, FRAMES, 100);
            for (size_t b = 0; b < FX_FILTERS_MAX; b++)
                assert_true(abs(rig.biquad[b].now.a2) < 32768 &&
                            abs(rig.biquad[b].now.a1) < 32768 + rig.biquad[b].now.a2);
            fx_rig_free(&rig);
        }
}

static void test_every_biquad_comes_to_rest(void **state)
{
    (void)state;
    const double frequencies[] = {1, 10, 100, 1000, 3900}, qs[] = {0.1, 0.7, 5, 50, 1000, 65536};
    for (int mode = 0; mode < TA_BIQUADS; mode++)
        for (size_t f = 0; f < COUNT(frequencies); f++)
            for (size_t q = 0; q < COUNT(qs); q++) {
                fx_rig_t rig;
                fx_rig_make(&rig, FX_FILTER, TA_SAMPLE_S16, 1, RATE, 256);
                assert_int_equal(ta_biquad_init(&rig.biquad[0], (ta_biquad_mode_t)mode, (ta_real_t)frequencies[f]),
                                 TA_OK);
                ta_param_set(&rig.biquad[0].q, (ta_real_t)qs[q]);
                assert_int_equal(ta_chain_set(&rig.filter.chain, (ta_biquad_t *[]){&rig.biquad[0]}, 1), TA_OK);
                comes_to_rest(&rig, 400000);
                fx_rig_free(&rig);
            }
}

// ---- changes -----------------------------------------------------------------------------------------------------------------

enum { TONE = 1024, CHANGE = 4 * TONE + TONE / 4 }; // where the tone is at its peak, and a tick begins

// Periods of a slow tone; its steps are below 62.
static int16_t tone[8 * TONE];

static void make_tone(double amplitude)
{
    for (size_t f = 0; f < COUNT(tone); f++)
        tone[f] = (int16_t)lround(amplitude * sin(6.283185307179586 * (double)f / TONE));
}

static int16_t smooth[8 * TONE];

static int steepest(size_t from, size_t to)
{
    int most = 0;
    for (size_t f = from; f < to; f++)
        most = abs(smooth[f] - smooth[f - 1]) > most ? abs(smooth[f] - smooth[f - 1]) : most;
    return most;
}

// The steepest step after a change is no steeper than before it or long after it, but for a 64th of full scale, about.
static void changes_softly(fx_rig_t *rig, void (*change)(fx_rig_t *rig))
{
    ta_raw_t raw;
    make_tone(10000);
    fx_rig_play(rig, &raw, TA_SAMPLE_S16, tone, COUNT(tone));
    fx_rig_hear(rig, smooth, CHANGE, 256);
    change(rig);
    fx_rig_hear(rig, smooth + CHANGE, COUNT(smooth) - CHANGE, 256);
    int before = steepest(2 * TONE, CHANGE), after = steepest(6 * TONE, 8 * TONE), during = steepest(CHANGE, 6 * TONE);
    int sum = before + after + 2 * 32768 / TA_FX_RAMP_FRAMES;
    if (during > sum)
        fail_msg("%s: a step of %d; %d before and %d after", fx_rig_name(rig->kind), during, before, after);
}

static void mix_0(fx_rig_t *rig)
{
    ta_param_set(rig->mix, 0);
}

static void mix_01(fx_rig_t *rig)
{
    ta_param_set(rig->mix, (ta_real_t)0.1);
}

static void no_filters(fx_rig_t *rig)
{
    assert_int_equal(ta_chain_set(&rig->filter.chain, NULL, 0), TA_OK);
}

static void other_filters(fx_rig_t *rig)
{
    ta_biquad_t *chain[] = {&rig->biquad[2], &rig->biquad[1]};
    assert_int_equal(ta_chain_set(&rig->filter.chain, chain, 2), TA_OK);
}

static void drive_up(fx_rig_t *rig)
{
    ta_param_set(&rig->distortion.drive, (ta_real_t)0.7);
}

static void pre_up(fx_rig_t *rig)
{
    ta_param_set(&rig->distortion.pre_gain, 6);
}

static void post_up(fx_rig_t *rig)
{
    ta_param_set(&rig->distortion.post_gain, 20);
}

static void other_mode(fx_rig_t *rig)
{
    assert_int_equal(ta_distortion_set_mode(&rig->distortion, TA_DISTORTION_WAVESHAPE), TA_OK);
    ta_param_set(&rig->distortion.drive, (ta_real_t)0.3);
}

static void soft(fx_rig_t *rig)
{
    rig->distortion.soft_clip = true;
}

static void less_back(fx_rig_t *rig)
{
    ta_param_set(&rig->phaser.feedback, (ta_real_t)0.1);
}

static void room_up(fx_rig_t *rig)
{
    ta_param_set(&rig->freeverb.roomsize, 1);
}

static void damp_up(fx_rig_t *rig)
{
    ta_param_set(&rig->freeverb.damp, 1);
}

static void test_changes_do_not_click(void **state)
{
    (void)state;
    static const struct {
        fx_kind_t kind;
        void (*change)(fx_rig_t *rig);
    } cases[] = {
        {FX_FILTER, mix_0},       {FX_FILTER, mix_01},         {FX_FILTER, no_filters},   {FX_FILTER, other_filters},
        {FX_DISTORTION, mix_0},   {FX_DISTORTION, mix_01},     {FX_DISTORTION, drive_up}, {FX_DISTORTION, pre_up},
        {FX_DISTORTION, post_up}, {FX_DISTORTION, other_mode}, {FX_DISTORTION, soft},     {FX_PHASER, mix_0},
        {FX_PHASER, mix_01},      {FX_PHASER, less_back},      {FX_FREEVERB, mix_0},      {FX_FREEVERB, mix_01},
        {FX_FREEVERB, room_up},   {FX_FREEVERB, damp_up},
    };
    for (size_t c = 0; c < COUNT(cases); c++) {
        fx_rig_t rig;
        fx_rig_make(&rig, cases[c].kind, TA_SAMPLE_S16, 1, RATE, 256);
        changes_softly(&rig, cases[c].change);
        fx_rig_free(&rig);
    }
}

// A chain in the place of the very same one, on noise, in every chain that there is: nothing is heard of it.
static void test_the_same_chain_again_changes_nothing(void **state)
{
    (void)state;
    static int16_t before[2 * FRAMES], after[2 * FRAMES];
    static const fx_kind_t kinds[] = {FX_FILTER, FX_FREEVERB};
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (unsigned channels = 1; channels <= 2; channels++)
            for (unsigned way = 0; way < 2; way++) {
                fx_rig_t rig;
                ta_raw_t raw;
                fx_rig_make(&rig, kinds[k], TA_SAMPLE_S16, channels, RATE, 100);
                fx_rig_play(&rig, &raw, TA_SAMPLE_S16, noise, FRAMES);
                ta_biquad_t *chain[] = {&rig.biquad[0], &rig.biquad[1], &rig.biquad[2]};
                for (uint32_t at = 0; at < FRAMES; at += 100) {
                    fx_rig_hear(&rig, (way ? after : before) + (size_t)at * channels, 100, 100);
                    ta_chain_t *set = kinds[k] == FX_FILTER ? &rig.filter.chain
                                      : at / 100 % 2        ? &rig.freeverb.pre
                                                            : &rig.freeverb.post;
                    if (way)
                        assert_int_equal(ta_chain_set(set, chain,
                                                      set == &rig.freeverb.pre    ? 1
                                                      : set == &rig.freeverb.post ? 2
                                                                                  : 3),
                                         TA_OK); // as the rig has them
                }
                if (way)
                    assert_memory_equal(before, after, (size_t)FRAMES * channels * sizeof *after);
                fx_rig_free(&rig);
            }
}

// A frequency that follows a control is another one in the next tick, at once: the reference's numbers. One that is a number fades in over 64 frames, which is the same thing between both.
static void test_what_follows_a_control_does_not_fade(void **state)
{
    (void)state;
    enum { TICK = 100 };
    static int16_t in[FRAMES], out[FRAMES], at_once[FRAMES];
    for (unsigned follows = 0; follows < 2; follows++) {
        fx_rig_t rig;
        ta_raw_t raw;
        ta_math_t control;
        ta_biquad_t model;
        ta_biquad_state_t memory = {0};
        ta_clock_t clock = {0};
        for (size_t s = 0; s < FRAMES; s++)
            at_once[s] = in[s] = (int16_t)(noise[s] / 4);
        fx_rig_make(&rig, FX_FILTER, TA_SAMPLE_S16, 1, RATE, TICK);
        ta_biquad_t *used = &rig.biquad[0];
        assert_int_equal(ta_chain_set(&rig.filter.chain, &used, 1), TA_OK);
        assert_int_equal(ta_biquad_init(&model, TA_BIQUAD_LOW_PASS, 0), TA_OK);
        ta_math_init(&control, TA_MATH_SUM, 0);
        ta_param_set(&control.c, 0);
        if (follows)
            ta_param_follow(&used->frequency, &control.control);
        fx_rig_play(&rig, &raw, TA_SAMPLE_S16, in, FRAMES);
        unsigned differ[2] = {0, 0}; // in the first 64 frames of ticks, and behind them
        for (uint32_t at = 0; at < FRAMES; at += TICK) {
            ta_real_t hz = (ta_real_t)(at / TICK % 2 ? 300 : 3000);
            ta_param_set(&model.frequency, hz);
            ta_param_set(follows ? &control.a : &used->frequency, hz);
            ta_clock_tick(&clock, TICK, RATE);
            ta_biquad_tick(&model, &clock);
            ta_biquad_run(&model, &memory, at_once + at, TICK, 1);
            fx_rig_hear(&rig, out + at, TICK, TICK);
            for (uint32_t f = 0; f < TICK; f++)
                differ[f >= TA_FX_RAMP_FRAMES] += out[at + f] != at_once[at + f];
        }
        assert_true(follows ? differ[0] == 0 : differ[0] > FRAMES / 3);
        assert_int_equal(differ[1], 0);
        fx_rig_free(&rig);
    }
}

// Other stages of a Phaser: the first frame is as it would have been without them.
static void test_other_stages_begin_where_the_older_ones_go_on(void **state)
{
    (void)state;
    static int16_t before[FRAMES], after[FRAMES];
    for (unsigned stages = 1; stages < 20; stages++)
        for (unsigned way = 0; way < 2; way++) {
            fx_rig_t rig;
            ta_raw_t raw;
            fx_rig_make(&rig, FX_PHASER, TA_SAMPLE_S16, 1, RATE, 100);
            fx_rig_play(&rig, &raw, TA_SAMPLE_S16, noise, FRAMES);
            fx_rig_hear(&rig, way ? after : before, 100 * (stages % 14 + 1), 100);
            if (way)
                assert_int_equal(ta_phaser_set_stages(&rig.phaser, stages), TA_OK);
            fx_rig_hear(&rig, way ? after : before, 1, 1);
            if (way)
                assert_int_equal(after[0], before[0]);
            fx_rig_free(&rig);
        }
}

// A chain is taken at a tick and not before; until then the old one is in use, and is told so.
static void test_w55_chains_are_replaced_at_a_tick(void **state)
{
    (void)state;
    fx_rig_t rig;
    static int16_t out[1000];
    fx_rig_make(&rig, FX_FILTER, TA_SAMPLE_S16, 1, RATE, 100);
    ta_chain_t *chain = &rig.filter.chain;
    ta_biquad_t *four[] = {&rig.biquad[0], &rig.biquad[1], &rig.biquad[2], &rig.biquad[0]},
                *gap[] = {&rig.biquad[0], NULL};
    assert_false(ta_chain_settled(chain));
    fx_rig_hear(&rig, out, 1, 1);
    assert_true(ta_chain_settled(chain));
    assert_int_equal(chain->filters, 3);
    assert_int_equal(ta_chain_set(chain, four, 4), TA_E_ARG);
    assert_int_equal(ta_chain_set(chain, gap, 2), TA_E_ARG);
    assert_true(ta_chain_settled(chain)); // nothing was changed
    assert_int_equal(ta_chain_set(chain, four, 1), TA_OK);
    assert_int_equal(ta_chain_set(chain, four + 1, 2), TA_OK); // only the last counts
    fx_rig_hear(&rig, out, 99, 99);
    assert_false(ta_chain_settled(chain));
    assert_int_equal(chain->filters, 3);
    fx_rig_hear(&rig, out, 1, 1);
    assert_true(ta_chain_settled(chain));
    assert_int_equal(chain->filters, 2);
    chain->table.sequence++; // the task is in the middle of writing: the feed goes on
    fx_rig_hear(&rig, out, 200, 100);
    assert_int_equal(chain->filters, 2);
    assert_false(ta_chain_settled(chain));
    fx_rig_free(&rig);
}

static void test_w54_what_the_rate_decides_stays(void **state)
{
    (void)state;
    static int16_t before[FRAMES], after[FRAMES];
    for (int kind = 0; kind < FX_KINDS; kind++)
        for (unsigned way = 0; way < 2; way++) {
            fx_rig_t rig;
            ta_raw_t raw;
            fx_rig_make(&rig, (fx_kind_t)kind, TA_SAMPLE_S16, 1, RATE, 256);
            fx_rig_play(&rig, &raw, TA_SAMPLE_S16, noise, FRAMES);
            if (way)
                rig.fx->source.format.rate_hz = 48000;
            fx_rig_hear(&rig, way ? after : before, FRAMES, 256);
            if (way)
                assert_memory_equal(before, after, sizeof after);
            fx_rig_free(&rig);
        }
}

// As before the first frame: all memory is silent, and the same sound gives the same again.
static void test_clear_is_a_fresh_start(void **state)
{
    (void)state;
    static int16_t first[2 * FRAMES], again[2 * FRAMES];
    for (int kind = 0; kind < FX_KINDS; kind++)
        for (unsigned channels = 1; channels <= 2; channels++) {
            fx_rig_t rig;
            ta_raw_t raw;
            fx_rig_make(&rig, (fx_kind_t)kind, TA_SAMPLE_S16, channels, RATE, 256);
            fx_rig_play(&rig, &raw, TA_SAMPLE_S16, noise, FRAMES);
            fx_rig_hear(&rig, first, FRAMES, 256);
            ta_fx_clear(rig.fx);
            fx_rig_play(&rig, &raw, TA_SAMPLE_S16, noise, FRAMES);
            fx_rig_hear(&rig, again, FRAMES, 256);
            assert_memory_equal(first, again, (size_t)FRAMES * channels * 2);
            ta_fx_clear(rig.fx);
            assert_int_equal(ta_fx_play(rig.fx, NULL), TA_OK);
            fx_rig_hear(&rig, again, FRAMES, 256);
            for (size_t s = 0; s < FRAMES * channels; s++)
                assert_int_equal(again[s], 0);
            fx_rig_free(&rig);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_w5_w57_every_size_gives_the_same),
        cmocka_unit_test(test_w40_unsigned_is_signed_moved),
        cmocka_unit_test(test_w41_eight_bits_clip),
        cmocka_unit_test(test_w38_no_peak_changes_its_sign),
        cmocka_unit_test(test_w38_soft_clip_is_what_was_said),
        cmocka_unit_test(test_w38_eight_bits_have_a_scale_of_their_own),
        cmocka_unit_test(test_w39_the_knee_bends_and_does_not_cut),
        cmocka_unit_test(test_every_parameter_may_be_anything),
        cmocka_unit_test(test_biquads_may_be_anything),
        cmocka_unit_test(test_every_biquad_comes_to_rest),
        cmocka_unit_test(test_changes_do_not_click),
        cmocka_unit_test(test_the_same_chain_again_changes_nothing),
        cmocka_unit_test(test_what_follows_a_control_does_not_fade),
        cmocka_unit_test(test_other_stages_begin_where_the_older_ones_go_on),
        cmocka_unit_test(test_w55_chains_are_replaced_at_a_tick),
        cmocka_unit_test(test_w54_what_the_rate_decides_stays),
        cmocka_unit_test(test_clear_is_a_fresh_start),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
