// The synthesizer's loops and the biquad's of the Cortex-M0+ against the portable ones, in one image: synth.mjs calls these functions.
//
// Each takes a seed and returns how many values it has compared, or 0 where one differed or something beside the output was written: equal_what says what.
#include "src/source/synth_kernel.h"

#include "tonearm/biquad.h"

#include <string.h>

enum { FRAMES_MAX = 67, SUMS_MAX = 2 * FRAMES_MAX + 2, GUARD = 0x5a5a5a5a, WAVE_MAX = 300 };

void portable_biquad_run(const ta_biquad_t *biquad, ta_biquad_state_t *state, int16_t *samples, uint32_t frames,
                         unsigned stride);
uint32_t equal_oscillators(uint32_t from), equal_samples(uint32_t from), equal_bus(uint32_t from),
    equal_biquads(uint32_t from);

const char *equal_what = "";
static uint32_t seed;
static int32_t buses[2][SUMS_MAX + 2];
static int16_t wave[WAVE_MAX];

static uint32_t random32(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    return seed ^= seed << 5;
}

static uint32_t below(uint32_t limit)
{
    return random32() % limit;
}

// Often at the limits.
static int32_t random_gain(void)
{
    static const int32_t some[] = {32767, -32768, 32766, 0, 1, -1};
    uint32_t which = below(12);
    return which < 6 ? some[which] : (int16_t)random32();
}

static void fill(void)
{
    for (uint32_t s = 0; s < WAVE_MAX; s++)
        wave[s] = (int16_t)random_gain();
    for (uint32_t s = 0; s < SUMS_MAX + 2; s++)
        buses[0][s] = buses[1][s] = s == 0 || s == SUMS_MAX + 1 ? GUARD : (int32_t)random32() >> 10;
}

static uint32_t verdict(uint32_t compared, const char *what)
{
    bool equal =
        memcmp(buses[0], buses[1], sizeof buses[0]) == 0 && buses[0][0] == GUARD && buses[0][SUMS_MAX + 1] == GUARD;
    equal_what = what;
    return equal ? compared + 1 : 0;
}

uint32_t equal_oscillators(uint32_t from)
{
    seed = from;
    fill();
    uint32_t end = 2 + below(WAVE_MAX - 1), start = below(end), frames = below(FRAMES_MAX + 1);
    ta_osc_t osc[2] = {{.wave = wave, .end = end << 16, .span = (end - start) << 16}};
    osc[0].step = below(osc[0].span);
    osc[0].phase = below(osc[0].end);
    if (below(4) == 0) { // lands exactly on the end
        osc[0].step = (osc[0].span >> 1) & 0xFFFF0000U;
        osc[0].phase &= 0xFFFF0000U;
    }
    osc[1] = osc[0];
    int32_t left = random_gain(), right = random_gain();
    if (from & 1) {
        ta_m0plus_osc_add_mono(&osc[0], buses[0] + 1, frames, left);
        ta_osc_add_mono(&osc[1], buses[1] + 1, frames, left);
    } else {
        ta_m0plus_osc_add_stereo(&osc[0], buses[0] + 1, frames, left, right);
        ta_osc_add_stereo(&osc[1], buses[1] + 1, frames, left, right);
    }
    if (memcmp(&osc[0], &osc[1], sizeof osc[0]) != 0)
        buses[0][0] = 0;
    return verdict(frames, from & 1 ? "osc_add_mono" : "osc_add_stereo");
}

uint32_t equal_samples(uint32_t from)
{
    seed = from;
    fill();
    uint32_t frames = below(FRAMES_MAX + 1);
    int32_t left = random_gain(), right = random_gain();
    if (from & 1) {
        ta_m0plus_samples_add_mono(wave, buses[0] + 1, frames, left);
        ta_samples_add_mono(wave, buses[1] + 1, frames, left);
    } else {
        ta_m0plus_samples_add_stereo(wave, buses[0] + 1, frames, left, right);
        ta_samples_add_stereo(wave, buses[1] + 1, frames, left, right);
    }
    return verdict(frames, from & 1 ? "samples_add_mono" : "samples_add_stereo");
}

uint32_t equal_bus(uint32_t from)
{
    seed = from;
    fill();
    uint32_t sums = 2 * below(SUMS_MAX / 2 + 1), voices = 1 + below(128);
    int32_t gain = (int32_t)(268435455U / (32768U * voices - 28000U));
    for (uint32_t s = 1; s <= SUMS_MAX; s++) {
        int32_t sum = below(2) ? (int32_t)below(16384 * voices * 2 + 1) - (int32_t)(16384 * voices)
                               : (below(2) ? 28000 : -28000) + (int32_t)below(9) - 4;
        buses[0][s] = buses[1][s] = sum;
    }
    if (from & 1) {
        ta_m0plus_bus_finish(buses[0] + 1, sums, gain);
        ta_bus_finish(buses[1] + 1, sums, gain);
    } else {
        ta_m0plus_bus_clear(buses[0] + 1, sums);
        ta_bus_clear(buses[1] + 1, sums);
    }
    return verdict(sums, from & 1 ? "bus_finish" : "bus_clear");
}

uint32_t equal_biquads(uint32_t from)
{
    seed = from;
    fill();
    const unsigned bits = 1 + below(21);
    ta_biquad_t biquad = {.now = {.b0 = (int32_t)random32() >> (32 - bits),
                                  .b1 = (int32_t)random32() >> (32 - bits),
                                  .b2 = (int32_t)random32() >> (32 - bits)}};
    biquad.now.a2 = (int32_t)below(65535) - 32767;
    biquad.now.a1 = (int32_t)below(2 * (uint32_t)(32767 + biquad.now.a2) + 1) - (32767 + biquad.now.a2);
    if (below(4) == 0) { // halves and whole numbers: sums that need no rounding, or just so much
        int32_t *coefficients[] = {&biquad.now.b0, &biquad.now.b1, &biquad.now.b2, &biquad.now.a1, &biquad.now.a2};
        for (unsigned c = 0; c < 5; c++)
            *coefficients[c] &= ~0x3FFF;
    }
    biquad.now.wide = below(8) == 0;
    ta_biquad_state_t state[2] = {{random_gain(), random_gain(), random_gain(), random_gain()}};
    state[1] = state[0];
    unsigned stride = 1 + below(2);
    uint32_t frames = below(FRAMES_MAX + 1);
    ta_biquad_run(&biquad, &state[0], (int16_t *)(buses[0] + 1), frames, stride);
    portable_biquad_run(&biquad, &state[1], (int16_t *)(buses[1] + 1), frames, stride);
    if (memcmp(&state[0], &state[1], sizeof state[0]) != 0)
        buses[0][0] = 0;
    return verdict(frames, "biquad");
}
