// Private to src/source: what is done to numbers that a caller may have chosen badly. Once a tick at most, never for a sample.
#ifndef TONEARM_SOURCE_REAL_H
#define TONEARM_SOURCE_REAL_H

#include "tonearm/control.h"

#include <string.h>

typedef float ta_single_t; // 32 bits, where a rule is made of its bits

#define REAL(number) ((ta_real_t)(number))

#if defined(TA_CFG_REAL_FLOAT) || defined(__arm__) || (defined(__riscv) && __riscv_xlen == 32)
#define REAL_EXP2 __builtin_exp2f
#else
#define REAL_EXP2 __builtin_exp2
#endif

/// Neither infinite nor no number.
static inline bool real_finite(ta_real_t x)
{
    return x - x == 0;
}

/// The number, or 0 for what is none.
static inline ta_real_t real_sane(ta_real_t x)
{
    return real_finite(x) ? x : 0;
}

/// x within low..high; low for what is no number.
static inline ta_real_t real_within(ta_real_t x, ta_real_t low, ta_real_t high)
{
    if (!(x > low))
        return low;
    return x < high ? x : high;
}

/// The largest whole number that is not above a finite x.
static inline ta_real_t real_floor(ta_real_t x)
{
    const ta_real_t limit = REAL(1 << 30) * REAL(1 << 30);
    if (x >= limit || x <= -limit)
        return x; // has no fraction
    ta_real_t whole = (ta_real_t)(int64_t)x;
    return whole > x ? whole - 1 : whole;
}

/// The nearest whole number, of ties the one away from 0; the number must fit.
static inline int32_t real_round(ta_real_t x)
{
    return (int32_t)(x < 0 ? x - REAL(0.5) : x + REAL(0.5));
}

/// Are both the same number, bit by bit? What is no number is equal to itself then.
static inline bool real_same(ta_real_t a, ta_real_t b)
{
#if defined(TA_CFG_REAL_FLOAT) || defined(__arm__)
    uint32_t bits[2]; // as wide as the number: wider ones go through the stack
#else
    uint64_t bits[2];
#endif
    _Static_assert(sizeof bits == 2 * sizeof a, "as wide as the number");
    memcpy(&bits[0], &a, sizeof a);
    memcpy(&bits[1], &b, sizeof b);
    return bits[0] == bits[1];
}

#endif
