/// @file convert_reference.h  What conversion means, from its definition: numbers, not shifts.
///
/// Every sample is a whole number over a power of two, computed with multiplication, subtraction and division. Shares no line
/// with src/convert.
#ifndef TEST_CONVERT_REFERENCE_H
#define TEST_CONVERT_REFERENCE_H

#include "tonearm/convert.h"

/// A sample as the kernels see it: number / 2^(bits - 1) of full scale. 8-bit samples have become 16 bits.
typedef struct {
    int64_t number;
    unsigned bits; // 16, 24 or 32
} reference_sample_t;

/// Read the sample that starts at `bytes`.
reference_sample_t reference_read(ta_sample_t sample, const uint8_t *bytes);

/// The same at another number of bits: exact when widening, floor(x + 1/2), then clipped, when narrowing.
int64_t reference_at_bits(reference_sample_t sample, unsigned bits);

/// Significant bits of a wire: 16, 24, 32.
unsigned reference_wire_bits(ta_wire_t wire);

/// Sample of frame `frame`, channel 0 or 1, as found on the wire, at the wire's bits. Aborts the test if the low byte
/// of a 24-bit wire is not 0.
int64_t reference_on_wire(ta_wire_t wire, const uint8_t *out, size_t frame, unsigned channel);

/// Write `bits` into `bytes` as a sample of that format. Only as many bytes as the format has are written.
void reference_write(ta_sample_t sample, uint8_t *bytes, uint32_t bits);

/// Numbers for tests: splitmix64, seeded from TONEARM_SEED or else from `fallback`; the seed is printed.
uint64_t reference_seed(const char *test, uint64_t fallback);
uint32_t reference_random(uint64_t *state);

#endif
