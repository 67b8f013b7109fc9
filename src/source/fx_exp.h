// Private to src/source: logarithms and powers for samples, in integers, by tables and straight lines between their values.
//
// Numbers with 24 fractional bits. They are off by less than 1.4e-5 (log2, absolute) and 1e-5 (exp2, relative), which is a third of a 16-bit sample's last bit.
#ifndef TONEARM_SOURCE_FX_EXP_H
#define TONEARM_SOURCE_FX_EXP_H

#include <stdint.h>

enum { TA_FX_EXP_STEPS = 128, TA_FX_EXP_ONE = 1 << 24 };

extern const uint32_t ta_fx_log2_table[TA_FX_EXP_STEPS + 1], ta_fx_exp2_table[TA_FX_EXP_STEPS + 1];

/// log2(w) for w > 0. Ctx: any. Cost: constant. Own: none. Fails: never.
static inline int32_t fx_log2(uint32_t w)
{
    int32_t zeros = __builtin_clz(w);
    uint32_t n = w << zeros;                                                        // its first bit is set
    uint32_t step = (n >> 24) & 127, fraction = (n >> 11) & 0x1FFF;                 // 7 and 13 bits of the others
    uint32_t low = ta_fx_log2_table[step], rise = ta_fx_log2_table[step + 1] - low; // below 2^18
    return (31 - zeros) * TA_FX_EXP_ONE + (int32_t)(low + ((rise * fraction) >> 13));
}

/// 2^x = result * 2^*exponent, the result within 1..2. Ctx: any. Cost: constant. Own: none. Fails: never.
static inline uint32_t fx_exp2(int32_t x, int32_t *exponent)
{
    uint32_t f = (uint32_t)x & (TA_FX_EXP_ONE - 1);
    uint32_t step = f >> 17, fraction = (f >> 4) & 0x1FFF;
    uint32_t low = ta_fx_exp2_table[step], rise = ta_fx_exp2_table[step + 1] - low; // below 2^18
    *exponent = x >> 24;
    return low + ((rise * fraction) >> 13);
}

/// 2^x for x below 2, as a number. Far below 0 it is 0. Ctx: any. Cost: constant. Own: none. Fails: never.
static inline uint32_t fx_exp2_whole(int64_t x)
{
    int32_t exponent;
    if (x < -25 * (int64_t)TA_FX_EXP_ONE)
        return 0;
    uint32_t result = fx_exp2((int32_t)x, &exponent);
    return exponent < 0 ? result >> -exponent : result << exponent;
}

#endif
