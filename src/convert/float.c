// float32 to s32, with integers only: exact on every processor, in every rounding mode, with or without an FPU.
//
// In: little-endian IEEE float32, any alignment. Out: s32 = x * 2^31, rounded to nearest even and clipped; NaN is 0.
// A float is mantissa * 2^(exponent - 150), so x * 2^31 is the mantissa shifted by exponent - 119. Samples are read
// and written one after the other, so the conversion may be done in place.
#include "tonearm/convert.h"

enum {
    EXPONENT_ONE = 127,   // of 1.0, the first magnitude that clips
    EXPONENT_WHOLE = 119, // of 2^-8: here the mantissa counts steps of 2^-31
    EXPONENT_TINY = 94,   // of 2^-33: from here down, less than half a step
    EXPONENT_SPECIAL = 255,
};

static inline __attribute__((always_inline)) uint32_t magnitude_of(uint32_t exponent, uint32_t mantissa)
{
    if (exponent >= EXPONENT_WHOLE) {
        return mantissa << (exponent - EXPONENT_WHOLE);
    }
    if (exponent <= EXPONENT_TINY) {
        return 0;
    }
    uint32_t dropped = EXPONENT_WHOLE - exponent; // 1..24 bits
    // Just under half, plus one if the result would be odd: ties go to the even neighbour.
    uint32_t bias = (1U << (dropped - 1)) - 1 + ((mantissa >> dropped) & 1);
    return (mantissa + bias) >> dropped;
}

static inline __attribute__((always_inline)) int32_t s32_of(uint32_t bits)
{
    bool negative = (bits >> 31) != 0;
    uint32_t exponent = (bits >> 23) & 0xFF;
    uint32_t fraction = bits & 0x7FFFFF;
    if (exponent >= EXPONENT_ONE) {
        if (exponent == EXPONENT_SPECIAL && fraction != 0) {
            return 0;
        }
        return negative ? INT32_MIN : INT32_MAX;
    }
    int32_t magnitude = (int32_t)magnitude_of(exponent, fraction | 0x800000); // below 2^31
    return negative ? -magnitude : magnitude;
}

// Words are read and written by what the compiler makes loads and stores of: a copy of four bytes it knows nothing about is a
// call on a processor that stops at a misaligned address.
static inline uint32_t word_at(const uint8_t *bytes)
{
    uint32_t word;
    __builtin_memcpy(&word, __builtin_assume_aligned(bytes, 4), sizeof word);
    return word;
}

static inline uint32_t bytes_at(const uint8_t *bytes)
{
    return bytes[0] | ((uint32_t)bytes[1] << 8) | ((uint32_t)bytes[2] << 16) | ((uint32_t)bytes[3] << 24);
}

static inline void put(int32_t *out, int32_t value)
{
    __builtin_memcpy(__builtin_assume_aligned(out, 4), &value, sizeof value);
}

void ta_convert_float_to_s32(const void *in, int32_t *out, size_t samples)
{
    const uint8_t *from = in;
    if (((uintptr_t)from & 3) == 0) {
        for (size_t i = 0; i < samples; i++) {
            put(&out[i], s32_of(word_at(from + i * sizeof out[i])));
        }
        return;
    }
    for (size_t i = 0; i < samples; i++) {
        put(&out[i], s32_of(bytes_at(from + i * sizeof out[i])));
    }
}
