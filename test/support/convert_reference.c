// Reference for the conversion tests: definitions in numbers. See the header.
#include "convert_reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static int64_t power_of_two(unsigned exponent)
{
    int64_t power = 1;
    while (exponent-- > 0) {
        power *= 2;
    }
    return power;
}

static int64_t little_endian(const uint8_t *bytes, unsigned count)
{
    int64_t number = 0;
    for (unsigned i = count; i > 0; i--) {
        number = number * 256 + bytes[i - 1];
    }
    return number;
}

static int64_t signed_of(int64_t number, unsigned bits)
{
    return number >= power_of_two(bits - 1) ? number - power_of_two(bits) : number;
}

reference_sample_t reference_read(ta_sample_t sample, const uint8_t *bytes)
{
    switch (sample) {
    case TA_SAMPLE_U8:
        return (reference_sample_t){(int64_t)bytes[0] * 257 - 32768, 16};
    case TA_SAMPLE_S8:
        return (reference_sample_t){signed_of((int64_t)bytes[0] * 257, 16), 16};
    case TA_SAMPLE_U16:
        return (reference_sample_t){little_endian(bytes, 2) - 32768, 16};
    case TA_SAMPLE_S16:
        return (reference_sample_t){signed_of(little_endian(bytes, 2), 16), 16};
    case TA_SAMPLE_S24:
    case TA_SAMPLE_S24IN32:
        return (reference_sample_t){signed_of(little_endian(bytes, 3), 24), 24};
    case TA_SAMPLE_S32:
        return (reference_sample_t){signed_of(little_endian(bytes, 4), 32), 32};
    case TA_SAMPLES:
    default:
        fail_msg("no such format: %d", (int)sample);
        return (reference_sample_t){0, 16};
    }
}

int64_t reference_at_bits(reference_sample_t sample, unsigned bits)
{
    if (bits >= sample.bits) {
        return sample.number * power_of_two(bits - sample.bits);
    }
    const int64_t step = power_of_two(sample.bits - bits);
    const int64_t highest = power_of_two(bits - 1) - 1;
    const int64_t number = sample.number + step / 2;
    const int64_t rounded = number / step - (number % step < 0); // the floor: division goes towards zero
    return rounded > highest ? highest : rounded;
}

unsigned reference_wire_bits(ta_wire_t wire)
{
    static const unsigned bits[TA_WIRES] = {16, 24, 32};
    assert_in_range(wire, 0, TA_WIRES - 1);
    return bits[wire];
}

int64_t reference_on_wire(ta_wire_t wire, const uint8_t *out, size_t frame, unsigned channel)
{
    if (wire == TA_WIRE_S16) {
        return signed_of(little_endian(out + frame * 4 + (size_t)channel * 2, 2), 16);
    }
    const uint8_t *word = out + frame * 8 + (size_t)channel * 4;
    if (wire == TA_WIRE_S32) {
        return signed_of(little_endian(word, 4), 32);
    }
    if (word[0] != 0) {
        fail_msg("frame %zu channel %u: low byte of a 24-bit wire is %u", frame, channel, word[0]);
    }
    return signed_of(little_endian(word + 1, 3), 24);
}

void reference_write(ta_sample_t sample, uint8_t *bytes, uint32_t bits)
{
    static const unsigned sizes[TA_SAMPLES] = {1, 1, 2, 2, 3, 4, 4};
    for (unsigned i = 0; i < sizes[sample]; i++) {
        bytes[i] = (uint8_t)(bits % 256);
        bits /= 256;
    }
}

uint64_t reference_seed(const char *test, uint64_t fallback)
{
    const char *given = getenv("TONEARM_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : fallback;
    print_message("%s: seed 0x%llX (TONEARM_SEED=... for another)\n", test, (unsigned long long)seed);
    return seed;
}

uint32_t reference_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}
