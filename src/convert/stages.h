// Stages of the general path: what happens to frames between the kernel that reads them and the wire. Not for users.
//
// In and out: `count` frames in place, as pairs of 32-bit samples or as words of two 16-bit samples, left in the low half.
// Each stage here is portable; a processor's own variants are declared at the end and chosen with STAGE. Stages are not
// inlined into each other: eight registers are enough for one stage's loop, but not for all of them in one function.
#ifndef TONEARM_CONVERT_STAGES_H
#define TONEARM_CONVERT_STAGES_H

#include "tuned.h"

enum { CHANNELS = 2 };

#define PORTABLE __attribute__((noinline, unused)) static

// ---- pairs of 32-bit samples -----------------------------------------------------------------------------------------

// (left + right) / 2, rounded half up, without the 33rd bit, for both.
PORTABLE void downmix(int32_t *frames, size_t count)
{
    for (size_t i = 0; i < CHANNELS * count; i += CHANNELS) {
        int32_t left = frames[i];
        int32_t right = frames[i + 1];
        int32_t mixed = (left >> 1) + (right >> 1) + ((left | right) & 1);
        frames[i] = mixed;
        frames[i + 1] = mixed;
    }
}

// sample * fraction / 2^16, rounded half up. The sample is high * 2^16 + low, so both products fit 32 bits; of the lower
// one, one bit below the result is kept, and +1 rounds it up. The result is never beyond the sample.
static inline int32_t fraction_of(int32_t sample, uint32_t fraction_q16)
{
    uint32_t low = ((uint32_t)sample & 0xFFFF) * fraction_q16;
    return (sample >> 16) * (int32_t)fraction_q16 + (int32_t)(((low >> 15) + 1) >> 1);
}

// sample * gain / 2^16, where the gain is whole * 2^16 + fraction: whole terms move the rounding nowhere, and since all
// terms have one sign, the sum saturates where its last term does.
PORTABLE void apply_gain(int32_t *frames, size_t count, uint32_t gain_q16)
{
    const uint32_t fraction_q16 = gain_q16 & 0xFFFF;
    const uint32_t whole = gain_q16 >> 16;
    const int32_t *const stop = frames + CHANNELS * count;
    if (whole == 0) {
        for (; frames != stop; frames++) {
            *frames = fraction_of(*frames, fraction_q16);
        }
        return;
    }
    for (; frames != stop; frames++) {
        int32_t sample = *frames;
        int32_t result = fraction_of(sample, fraction_q16);
        for (uint32_t i = whole; i > 0; i--) {
            result = add_saturated(result, sample);
        }
        *frames = result;
    }
}

// xorshift32: period 2^32 - 1. Its halves are both good, which a congruential generator's are not.
static inline uint32_t next_random(uint32_t random)
{
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    return random;
}

// The difference of two uniform numbers of 16 bits.
static inline int32_t triangle_16(uint32_t random)
{
    return (int32_t)(random >> 16) - (int32_t)(random & 0xFFFF);
}

// And of 8 bits.
static inline int32_t triangle_8(uint32_t random)
{
    return (int32_t)(random >> 24) - (int32_t)((random >> 16) & 0xFF);
}

// For the 16-bit wire, and for the 24-bit one. `once`: one number for both channels. Out: the generator's state.
PORTABLE uint32_t add_dither_16(int32_t *frames, size_t count, uint32_t random, bool once)
{
    for (size_t i = 0; i < CHANNELS * count; i += CHANNELS) {
        random = next_random(random);
        frames[i] = add_saturated(frames[i], triangle_16(random));
        random = once ? random : next_random(random);
        frames[i + 1] = add_saturated(frames[i + 1], triangle_16(random));
    }
    return random;
}

PORTABLE uint32_t add_dither_24(int32_t *frames, size_t count, uint32_t random, bool once)
{
    for (size_t i = 0; i < CHANNELS * count; i += CHANNELS) {
        random = next_random(random);
        frames[i] = add_saturated(frames[i], triangle_8(random));
        random = once ? random : next_random(random);
        frames[i + 1] = add_saturated(frames[i + 1], triangle_8(random));
    }
    return random;
}

// ---- words of two 16-bit samples -------------------------------------------------------------------------------------

static inline int32_t left_of(uint32_t word)
{
    return (int16_t)(word & 0xFFFF);
}

static inline int32_t right_of(uint32_t word)
{
    return (int16_t)(word >> 16);
}

// Both samples times a gain below unity, rounded. In may be out.
PORTABLE void scale(const uint32_t *in, uint32_t *out, size_t count, uint32_t gain_q16)
{
    const uint32_t *const stop = out + count;
    while (out != stop) {
        uint32_t word = *in++;
        uint32_t left = (uint32_t)(left_of(word) * (int32_t)gain_q16) + 0x8000;
        uint32_t right = (uint32_t)(right_of(word) * (int32_t)gain_q16) + 0x8000;
        *out++ = (left >> 16) | (right & 0xFFFF0000U);
    }
}

// The mean of both samples times a gain up to unity, for both. As a sample of 32 bits the mean is (left + right) * 2^15
// exactly, and its product with the gain has a half to round before the result is rounded to 16 bits.
PORTABLE void mix(uint32_t *words, size_t count, uint32_t gain_q16)
{
    const uint32_t half_gain = (gain_q16 + 1) >> 1;
    const uint32_t *const stop = words + count;
    for (; words != stop; words++) {
        int32_t sum = left_of(*words) + right_of(*words);
        uint32_t product = (uint32_t)((sum >> 1) * (int32_t)gain_q16);
        product += (sum & 1) != 0 ? half_gain : 0;
        *words = ((product + 0x8000) >> 16) * 0x00010001U;
    }
}

// ---- the variants ----------------------------------------------------------------------------------------------------

#define STAGE(name) BEST(name)

void ta_m0plus_downmix(int32_t *frames, size_t count);
void ta_m0plus_apply_gain(int32_t *frames, size_t count, uint32_t gain_q16);
uint32_t ta_m0plus_add_dither_16(int32_t *frames, size_t count, uint32_t random, bool once);
uint32_t ta_m0plus_add_dither_24(int32_t *frames, size_t count, uint32_t random, bool once);
void ta_m0plus_scale(const uint32_t *in, uint32_t *out, size_t count, uint32_t gain_q16);
void ta_m0plus_mix(uint32_t *words, size_t count, uint32_t gain_q16);

#endif
