// Sums of taps on a Cortex-M0+: this processor's and the portable ones, for both sides. See resamples.mjs.
#include "src/source/resample_private.h"

enum { TAPS_MOST = 768 };

uint32_t resamples_taps;    // compared since the start
int64_t resamples_wrong[4]; // the first pair of sums that differ: this processor's, then the portable ones
ta_resample_side_t resamples_side[2];
static int16_t samples[2][2 * TAPS_MOST + 2];

static uint32_t seed = 0x5eed;

static uint32_t random32(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    return seed ^= seed << 5;
}

// Noise, or what drives the sums furthest: full scale with the signs of the coefficients, or against them.
static void fill(const ta_resample_side_t *side, unsigned channels, uint32_t what,
                 int32_t (*coefficient)(const int32_t *table, uint32_t place))
{
    int16_t *to = (int16_t *)(uintptr_t)side->frames;
    uint32_t place = side->place;
    for (uint32_t tap = 0; tap < side->taps; tap++, place += (uint32_t)side->stride) {
        bool positive = coefficient(side->table, place) >= 0;
        for (unsigned c = 0; c < channels; c++)
            *to++ = (int16_t)(what > 1 ? (int32_t)random32() : positive == (what == 0) ? INT16_MAX : INT16_MIN);
    }
}

// Rounds of sides whose filters are stretched by up to most_q8 / 256: from the machine's own places. 0: all sums are equal.
int resamples_check(uint32_t which, uint32_t most_q8, uint32_t rounds);
int resamples_check(uint32_t which, uint32_t most_q8, uint32_t rounds)
{
    static const struct {
        ta_resample_sum_t *tuned, *portable;
        const ta_resample_filter_t *filter;
        int32_t (*coefficient)(const int32_t *table, uint32_t place);
    } kinds[] = {
        {ta_m0plus_resample_line_mono, ta_resample_line_mono, &ta_resample_good, resample_line},
        {ta_m0plus_resample_line_stereo, ta_resample_line_stereo, &ta_resample_good, resample_line},
        {ta_m0plus_resample_curve_mono, ta_resample_curve_mono, &ta_resample_best, resample_curve},
        {ta_m0plus_resample_curve_stereo, ta_resample_curve_stereo, &ta_resample_best, resample_curve},
    };
    const ta_resample_filter_t *filter = kinds[which].filter;
    unsigned channels = which % 2 + 1;
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t stretch_q8 = most_q8 > 256 ? 256 + random32() % (most_q8 - 255) : 256;
        uint32_t stride = (uint32_t)(((uint64_t)1 << (filter->steps_log2 + RESAMPLE_PLACE_BITS)) * 256 / stretch_q8);
        uint32_t taps = (filter->half * stretch_q8 + 255) / 256, place = random32() % stride;
        if (round % 8 == 7)
            taps = 1 + random32() % taps; // and any other number
        uint32_t odd = channels == 1 && (random32() & 1), what = random32() % 4;
        resamples_side[0] = (ta_resample_side_t){filter->wing + 1, place + (taps - 1) * stride, -(int32_t)stride,
                                                 samples[0] + odd, taps};
        resamples_side[1] =
            (ta_resample_side_t){filter->wing + 1, stride - place, (int32_t)stride, samples[1] + odd, taps};
        for (unsigned s = 0; s < 2; s++)
            fill(&resamples_side[s], channels, what, kinds[which].coefficient);
        int64_t *sums = resamples_wrong;
        sums[0] = sums[2] = (int32_t)random32();
        sums[1] = sums[3] = (int32_t)random32();
        kinds[which].tuned(resamples_side, sums);
        kinds[which].portable(resamples_side, sums + 2);
        resamples_taps += 2 * taps;
        if (sums[0] != sums[2] || sums[1] != sums[3])
            return 1;
    }
    return 0;
}

// What drives a side's sums furthest is full scale with the signs of its coefficients, on one side or on both.
static void fill_row(int16_t *first, int step, const int32_t *row, unsigned channels, uint32_t what)
{
    for (int tap = 0; tap < RESAMPLE_NEAR + RESAMPLE_FAR; tap++) {
        int32_t h = tap < RESAMPLE_NEAR ? row[2 * tap] : row[RESAMPLE_NEAR + tap];
        for (unsigned c = 0; c < channels; c++)
            first[tap * step + (int)c] = (int16_t)(what > 1                  ? (int32_t)random32()
                                                   : (h >= 0) == (what == 0) ? INT16_MAX
                                                                             : INT16_MIN);
    }
}

int16_t resamples_out[4]; // this processor's frame, then the portable one

// Rounds of frames from rows, at any place, each eighth on a row. 0: all frames are equal, and nothing beside them was written.
int resamples_rows(unsigned channels, uint32_t rounds);
int resamples_rows(unsigned channels, uint32_t rounds)
{
    enum { PERIOD = 1 << (RESAMPLE_ROWS_LOG2 + RESAMPLE_PLACE_BITS), AT = 100 };
    const uint32_t whole = 1U << RESAMPLE_PLACE_BITS;
    const int32_t *rows = ta_resample_good.rows;
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t left = random32() % PERIOD, odd = channels == 1 && (random32() & 1);
        left = round == 0 ? 0 : round % 8 == 0 ? left & ~(whole - 1) : left;
        uint32_t right = PERIOD - left;
        int16_t *at = samples[0] + AT + odd, *next = at + channels;
        const ta_resample_row_t side[2] = {
            {at, left & (whole - 1), rows + (left >> RESAMPLE_PLACE_BITS) * RESAMPLE_ROW_WORDS},
            {next, right & (whole - 1), rows + (right >> RESAMPLE_PLACE_BITS) * RESAMPLE_ROW_WORDS}};
        fill_row(at, -(int)channels, side[0].row, channels, random32() % 4);
        fill_row(next, (int)channels, side[1].row, channels, random32() % 4);
        int16_t out[2][4] = {{3, 3, 3, 3}, {3, 3, 3, 3}};
        (channels == 2 ? ta_m0plus_resample_rows_stereo : ta_m0plus_resample_rows_mono)(side, out[0] + 1);
        (channels == 2 ? ta_resample_rows_stereo : ta_resample_rows_mono)(side, out[1] + 1);
        for (unsigned c = 0; c < 2; c++) {
            resamples_out[c] = out[0][1 + c];
            resamples_out[2 + c] = out[1][1 + c];
        }
        resamples_taps += 2 * (RESAMPLE_NEAR + RESAMPLE_FAR);
        for (unsigned c = 0; c < 4; c++)
            if (out[0][c] != out[1][c])
                return 1;
    }
    return 0;
}
