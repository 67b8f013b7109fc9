// How good resampling sounds: sines near full scale through every pair of usual rates, fitted by least squares; what is left beside the tone is noise. Tones
// that the output cannot have must vanish: what is left of them is aliases. Prints the table; the bounds are resample.h's words.
#include "tonearm/raw.h"
#include "tonearm/resample.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PI 3.14159265358979323846

enum { FRAMES = 8000, EDGE = 1200, TONES = 12 };

static int32_t in[FRAMES];
static double out[FRAMES * 50];

// Resampled, in parts of full scale; returns the frames.
static uint32_t resample(ta_resample_t quality, bool wide, uint32_t in_hz, uint32_t out_hz)
{
    ta_raw_t raw;
    ta_resampler_t resampler;
    ta_block_t block;
    ta_need_t need;
    const ta_format_t format = {wide ? TA_SAMPLE_S32 : TA_SAMPLE_S16, 1, in_hz};
    const ta_resampler_config_t config = {.quality = quality, .rate_hz = out_hz, .channels = 1, .wide = wide};
    assert_int_equal(ta_raw_init(&raw, &format, in, FRAMES), TA_OK);
    assert_int_equal(ta_resampler_need(&config, &need), TA_OK);
    void *storage = malloc(need.bytes);
    assert_int_equal(ta_resampler_init(&resampler, &config, storage), TA_OK);
    assert_int_equal(ta_resampler_play(&resampler, &raw.source), TA_OK);
    uint32_t frames = 0;
    ta_pull_t pull;
    do {
        pull = ta_source_pull(&resampler.source, 64, &block);
        for (uint32_t f = 0; f < block.frames; f++) {
            out[frames++] =
                wide ? ((const int32_t *)block.data)[f] / 2147483648.0 : ((const int16_t *)block.data)[f] / 32768.0;
        }
    } while (pull == TA_PULL_MORE);
    assert_int_equal(pull, TA_PULL_END);
    free(storage);
    return frames;
}

static void tone(bool wide, double cycles_a_frame)
{
    int16_t *narrow = (int16_t *)in;
    for (uint32_t f = 0; f < FRAMES; f++) {
        double value = 0.999 * sin(2 * PI * cycles_a_frame * f + 0.3);
        if (wide) {
            in[f] = (int32_t)lrint(value * 2147483647.0);
        } else {
            narrow[f] = (int16_t)lrint(value * 32767.0);
        }
    }
}

// Power of the tone, and of everything else, of a full-scale sine's.
static void fit(uint32_t first, uint32_t last, double cycles_a_frame, double *level, double *rest)
{
    double cc = 0, ss = 0, cs = 0, yc = 0, ys = 0, left = 0;
    for (uint32_t n = first; n < last; n++) {
        double c = cos(2 * PI * cycles_a_frame * n), s = sin(2 * PI * cycles_a_frame * n);
        cc += c * c;
        ss += s * s;
        cs += c * s;
        yc += out[n] * c;
        ys += out[n] * s;
    }
    double det = cc * ss - cs * cs, a = (yc * ss - ys * cs) / det, b = (ys * cc - yc * cs) / det;
    for (uint32_t n = first; n < last; n++) {
        double more = out[n] - a * cos(2 * PI * cycles_a_frame * n) - b * sin(2 * PI * cycles_a_frame * n);
        left += more * more;
    }
    *level = a * a + b * b;
    *rest = left / (last - first) * 2;
}

static double db(double power)
{
    return 10 * log10(power + 1e-30);
}

typedef struct {
    double snr, droop, alias; // the least, the most and the most, in dB; alias 0: there is no such tone
} quality_t;

// Tones from 1/400 of the lower rate to the end of what is flat, and those between both halves of the rates.
static quality_t measure(ta_resample_t quality, bool wide, uint32_t in_hz, uint32_t out_hz)
{
    static const double flat[] = {[TA_RESAMPLE_LINEAR] = 0.1, [TA_RESAMPLE_GOOD] = 0.37, [TA_RESAMPLE_BEST] = 0.42};
    double low_hz = in_hz < out_hz ? in_hz : out_hz;
    quality_t found = {.snr = 400};
    uint32_t edge = (uint32_t)((uint64_t)EDGE * out_hz / in_hz);
    for (unsigned t = 0; t < TONES; t++) {
        double hz = low_hz * (0.0025 + (flat[quality] - 0.0025) * t / (TONES - 1)), level, rest;
        tone(wide, hz / in_hz);
        uint32_t frames = resample(quality, wide, in_hz, out_hz);
        fit(edge, frames - edge, hz / out_hz, &level, &rest);
        found.snr = fmin(found.snr, db(level / rest));
        found.droop = fmax(found.droop, fabs(db(level / 0.998)));
    }
    for (unsigned t = 0; t < TONES && in_hz > out_hz; t++) {
        double hz = out_hz / 2.0 + (in_hz - out_hz) / 2.0 * (t + 0.1) / TONES, all = 0;
        tone(wide, hz / in_hz);
        uint32_t frames = resample(quality, wide, in_hz, out_hz);
        for (uint32_t n = edge; n < frames - edge; n++)
            all += out[n] * out[n];
        double alias = db(all / (frames - 2 * edge) * 2);
        found.alias = t == 0 ? alias : fmax(found.alias, alias);
    }
    return found;
}

static void check(uint32_t in_hz, uint32_t out_hz)
{
    static const struct {
        ta_resample_t quality;
        bool wide;
        double snr, alias, droop;
    } rows[] = {
        {TA_RESAMPLE_LINEAR, false, 31, 0, 0.5},   {TA_RESAMPLE_GOOD, false, 90, -90, 0.01},
        {TA_RESAMPLE_BEST, false, 93, -95, 0.01},  {TA_RESAMPLE_GOOD, true, 93, -94, 0.01},
        {TA_RESAMPLE_BEST, true, 104, -104, 0.01},
    };
    printf("%6u -> %6u", (unsigned)in_hz, (unsigned)out_hz);
    quality_t found[5];
    for (unsigned r = 0; r < 5; r++) {
        found[r] = measure(rows[r].quality, rows[r].wide, in_hz, out_hz);
        printf(" | %6.1f %6.1f", found[r].snr, found[r].alias);
    }
    printf("\n");
    for (unsigned r = 0; r < 5; r++) {
        if (found[r].snr < rows[r].snr || found[r].droop > rows[r].droop ||
            (in_hz > out_hz && rows[r].alias < 0 && found[r].alias > rows[r].alias)) {
            fail_msg("%u to %u, %s, %s: SNR %.1f dB, aliases %.1f dB, droop %.3f dB; %.0f, %.0f and %.3f are wanted",
                     (unsigned)in_hz, (unsigned)out_hz, ta_resample_name(rows[r].quality), rows[r].wide ? "s32" : "s16",
                     found[r].snr, found[r].alias, found[r].droop, rows[r].snr, rows[r].alias, rows[r].droop);
        }
    }
}

static void test_quality(void **state)
{
    (void)state;
    static const uint32_t in_hz[] = {44100, 48000, 8000, 11025, 16000, 22050, 32000, 96000};
    printf("Least SNR and greatest alias, dB\n");
    printf("            rates | linear s16    | good s16      | best s16      | good s32      | best s32\n");
    unsigned pairs = 0;
    for (unsigned i = 0; i < 8; i++) {
        for (unsigned o = 0; o < 2; o++) {
            uint32_t out_hz = o ? 44100 : 48000;
            if (in_hz[i] != out_hz) {
                check(in_hz[i], out_hz);
                pairs++;
            }
        }
    }
    check(48000, 8000);
    check(44100, 22050);
    assert_int_equal(pairs, 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_quality)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
