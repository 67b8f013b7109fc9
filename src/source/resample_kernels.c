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
