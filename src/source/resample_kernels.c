// What one output frame weighs: taps times samples, summed in 64 bits. In: both sides of its taps. Out: a sum for each channel.
// Invariant: sums are exact; |sum| stays below 2^15 (2^31 wide) * 2^22 * 3 * the filter's stretch, which is 384 at most: below 2^63.

#include "resample_private.h"

static inline __attribute__((always_inline)) void add(const ta_resample_side_t *side, int64_t *sums,
                                                      int32_t (*coefficient)(const int32_t *table, uint32_t place),
                                                      unsigned channels, bool wide)
{
    const int32_t *table = side->table;
    const int16_t *narrow = side->frames;
    const int32_t *wider = side->frames;
    uint32_t place = side->place;
    int64_t left = sums[0], right = channels == 2 ? sums[1] : 0;
    for (uint32_t tap = 0; tap < side->taps; tap++) {
        int32_t weight = coefficient(table, place);
        left += (int64_t)(wide ? wider[tap * channels] : narrow[tap * channels]) * weight;
        if (channels == 2)
            right += (int64_t)(wide ? wider[tap * 2 + 1] : narrow[tap * 2 + 1]) * weight;
        place += (uint32_t)side->stride;
    }
    sums[0] = left;
    if (channels == 2)
        sums[1] = right;
}

#define SUM(name, coefficient, channels, wide)                                                                         \
    void ta_resample_##name(const ta_resample_side_t side[2], int64_t *sums)                                           \
    {                                                                                                                  \
        for (unsigned c = 0; c < (channels); c++)                                                                      \
            sums[c] = 0;                                                                                               \
        for (unsigned s = 0; s < 2; s++)                                                                               \
            add(&side[s], sums, coefficient, channels, wide);                                                          \
    }

SUM(line_mono, resample_line, 1, false)
SUM(line_stereo, resample_line, 2, false)
SUM(curve_mono, resample_curve, 1, false)
SUM(curve_stereo, resample_curve, 2, false)
SUM(line_mono_wide, resample_line, 1, true)
SUM(line_stereo_wide, resample_line, 2, true)
SUM(curve_mono_wide, resample_curve, 1, true)
SUM(curve_stereo_wide, resample_curve, 2, true)

// Each channel of one side: to `first` the first tap's product, >> 2, and to `rest` all the others.
static inline __attribute__((always_inline)) void add_row(const ta_resample_row_t *side, int step, int channels,
                                                          int32_t *first, int32_t *rest)
{
    const int32_t *row = side->row;
    const int16_t *from = side->frames;
    const int32_t behind = (int32_t)side->behind, finer = behind << 2;
    int32_t near[2] = {0, 0}, sum[2] = {0, 0};
#pragma GCC unroll 4
    for (int tap = 0; tap < RESAMPLE_NEAR; tap++, row += 2, from += step) {
        int32_t weight = (row[0] + row[1] * behind) >> (tap == 0 ? 15 : 14);
        for (int c = 0; c < channels; c++) {
            if (tap == 0) {
                first[c] += (weight * from[c]) >> 2;
            } else {
                near[c] += weight * from[c];
            }
        }
    }
#pragma GCC unroll 4
    for (int tap = 0; tap < RESAMPLE_FAR; tap++, row++, from += step) {
        int32_t weight = (*row + (int16_t)*row * finer) >> 16;
        for (int c = 0; c < channels; c++)
            sum[c] += weight * from[c];
    }
    for (int c = 0; c < channels; c++)
        rest[c] += (near[c] >> 1) + (sum[c] >> 2);
}

static inline __attribute__((always_inline)) void rows(const ta_resample_row_t side[2], int16_t *to, int channels)
{
    int32_t first[2] = {0, 0}, rest[2] = {0, 0};
    add_row(&side[0], -channels, channels, first, rest);
    add_row(&side[1], channels, channels, first, rest);
    for (int c = 0; c < channels; c++) {
        int32_t sum = (first[c] + (rest[c] >> 2) + (1 << 13)) >> 14;
        to[c] = (int16_t)(sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
    }
}

void ta_resample_rows_mono(const ta_resample_row_t side[2], int16_t *to)
{
    rows(side, to, 1);
}

void ta_resample_rows_stereo(const ta_resample_row_t side[2], int16_t *to)
{
    rows(side, to, 2);
}

#if TA_RESAMPLE_M0PLUS
#define TUNED(name) ta_m0plus_resample_##name
#else
#define TUNED(name) ta_resample_##name
#endif

ta_resample_sum_t *ta_resample_sum(const ta_resample_filter_t *filter, unsigned channels, bool wide)
{
    static ta_resample_sum_t *const sums[2][2][2] = {
        {{TUNED(line_mono), TUNED(line_stereo)}, {ta_resample_line_mono_wide, ta_resample_line_stereo_wide}},
        {{TUNED(curve_mono), TUNED(curve_stereo)}, {ta_resample_curve_mono_wide, ta_resample_curve_stereo_wide}},
    };
    return sums[filter != &ta_resample_good][wide][channels - 1];
}

ta_resample_rows_t *ta_resample_rows(unsigned channels)
{
    return channels == 2 ? TUNED(rows_stereo) : TUNED(rows_mono);
}
