// A mixer's arithmetic on an emulated core: the processor's own parts against the portable ones, which are linked with portable_ in front. See mixes.h.
#include "mixes.h"

#include "src/source/mixer_kernels.h"

#include <string.h>

ta_mix_t portable_mix_stereo, portable_mix_stereo_first, portable_mix_spread, portable_mix_spread_first;
ta_mix_t portable_mix_mono, portable_mix_mono_first, portable_mix_down, portable_mix_down_first;
void portable_mix_finish(const ta_sum_t *sums, int16_t *out, uint32_t samples);

static const struct {
    ta_mix_t *own, *portable;
    unsigned in_channels, channels;
} kernels[MIX_KERNELS] = {
    {ta_mix_stereo, portable_mix_stereo, 2, 2}, {ta_mix_stereo_first, portable_mix_stereo_first, 2, 2},
    {ta_mix_spread, portable_mix_spread, 1, 2}, {ta_mix_spread_first, portable_mix_spread_first, 1, 2},
    {ta_mix_mono, portable_mix_mono, 1, 1},     {ta_mix_mono_first, portable_mix_mono_first, 1, 1},
    {ta_mix_down, portable_mix_down, 2, 1},     {ta_mix_down_first, portable_mix_down_first, 2, 1},
};

static const ta_mix_gain_t gains[MIX_GAINS] = {
    {0, 0},         {1, 1},         {255, 255},     {256, 256},     {16512, 16512}, {16384, 16384},
    {32767, 32767}, {32768, 32768}, {32768, 32767}, {32767, 32768}, {0, 32768},     {32768, 0},
    {9830, 22938},  {12345, 256},   {512, 24576},   {21845, 21845},
};

enum { GUARD = 4, SUMS = 2 * MIX_CHUNK + 2 * GUARD };

static int16_t in[2 * MIX_CHUNK + 2] __attribute__((aligned(4)));
static int32_t sums[2][SUMS];
static uint32_t seed = 0x1234567, compared;

static uint32_t random32(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    return seed ^= seed << 5;
}

// The first `count`, as 128 voices could have left them.
static void random_sums(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        sums[0][i] = sums[1][i] = (int32_t)random32() >> 2;
    }
}

static ta_mix_gain_t gain_of(uint32_t kernel, uint32_t gain)
{
    ta_mix_gain_t both = gains[gain];
    if (kernels[kernel].channels == 1) {
        both.right = both.left; // as the mixer does
    }
    return both;
}

static uint32_t run(uint32_t kernel, uint32_t gain, uint32_t offset, uint32_t frames)
{
    const ta_mix_gain_t both = gain_of(kernel, gain);
    const uint32_t count = frames * kernels[kernel].channels + 2 * GUARD;
    random_sums(count);
    kernels[kernel].own((ta_sum_t *)sums[0] + GUARD, in + offset, frames, &both);
    kernels[kernel].portable((ta_sum_t *)sums[1] + GUARD, in + offset, frames, &both);
    compared += frames;
    return memcmp(sums[0], sums[1], count * sizeof sums[0][0]) == 0 ? 0 : 1 + frames;
}

uint32_t mixes_lengths(uint32_t kernel, uint32_t gain)
{
    for (unsigned i = 0; i < sizeof in / sizeof in[0]; i++) {
        in[i] = (int16_t)random32();
    }
    for (uint32_t way = 0; way < 2 * 41; way++) {
        uint32_t differs = run(kernel, gain, way % 2, way / 2);
        if (differs) {
            return differs;
        }
    }
    return 0;
}

uint32_t mixes_values(uint32_t kernel, uint32_t gain, uint32_t first)
{
    unsigned channels = kernels[kernel].in_channels;
    for (uint32_t f = 0; f < MIX_CHUNK; f++) {
        in[channels * f + channels - 1] = (int16_t)(random32() % 8 ? random32() : 0x8000U);
        in[channels * f] = (int16_t)(first + f);
    }
    return run(kernel, gain, 0, MIX_CHUNK);
}

static int32_t edge(uint32_t i)
{
    int32_t near = (int32_t)(random32() % 7) - 3;
    switch (i % 8) {
    case 0:
        return near;
    case 1:
        return (65536 - 0x8000 + TA_MIX_LIFT) * 128 + near;
    case 2:
        return (TA_MIX_LIFT - 0x8000) * 128 + near;
    case 3:
        return INT32_MAX - (int32_t)(random32() % 4);
    case 4:
        return INT32_MIN + (int32_t)(random32() % 4);
    case 5:
        return (int32_t)random32();
    default:
        return (int32_t)random32() >> 8;
    }
}

uint32_t mixes_finish(uint32_t turn)
{
    static int16_t out[2][SUMS + 2] __attribute__((aligned(4)));
    const uint32_t samples = turn < 40 ? turn : 2 * MIX_CHUNK - turn % 3;
    for (unsigned i = 0; i < SUMS; i++) {
        sums[0][i] = sums[1][i] = edge(i + turn);
    }
    memset(out, 0x3C, sizeof out);
    for (unsigned place = 0; place < 2; place++) {
        ta_mix_finish((ta_sum_t *)sums[0] + GUARD, out[0] + GUARD + place, samples);
        portable_mix_finish((ta_sum_t *)sums[1] + GUARD, out[1] + GUARD + place, samples);
        if (memcmp(out[0], out[1], sizeof out[0]) != 0) {
            return 1 + place;
        }
    }
    ta_mix_finish((ta_sum_t *)sums[0] + GUARD, (int16_t *)(void *)(sums[0] + GUARD), samples);
    portable_mix_finish((ta_sum_t *)sums[1] + GUARD, (int16_t *)(void *)(sums[1] + GUARD), samples);
    compared += 3 * samples;
    return memcmp(sums[0], sums[1], sizeof sums[0]) == 0 ? 0 : 3;
}

uint32_t mixes_compared(void)
{
    return compared;
}
