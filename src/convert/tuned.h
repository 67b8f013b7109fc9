// Which parts this processor has variants of. Not for users.
//
// A variant lives beside the portable part and equals it for every input; tests run both on the processor's emulator. The
// choice is made here, when the library is compiled, and nowhere else. The Cortex-M0+ has kernels and stages of its own
// (tuned_m0plus.c, stages_m0plus.c); cores with DSP instructions have one for adding and saturating, where C takes four.
// TA_CFG_TUNED=0 takes the portable parts everywhere.
#ifndef TONEARM_CONVERT_TUNED_H
#define TONEARM_CONVERT_TUNED_H

#include "tonearm/convert.h"

#ifndef TA_CFG_TUNED
#define TA_CFG_TUNED 1
#endif

#if TA_CFG_TUNED && defined(__ARM_ARCH_6M__)
#define TA_TUNED_M0PLUS 1
#define BEST(name)      ta_m0plus_##name
#else
#define TA_TUNED_M0PLUS 0
#define BEST(name)      name
#endif
#if TA_CFG_TUNED && defined(__ARM_FEATURE_DSP)
#define TA_TUNED_DSP 1
#else
#define TA_TUNED_DSP 0
#endif

/// a + b, or the nearest number of 32 bits.
static inline __attribute__((always_inline)) int32_t add_saturated(int32_t a, int32_t b)
{
#if TA_TUNED_DSP
    return __builtin_arm_qadd(a, b);
#else
    int32_t sum;
    if (__builtin_add_overflow(a, b, &sum)) {
        return a < 0 ? INT32_MIN : INT32_MAX;
    }
    return sum;
#endif
}

/// The same for what is never negative, b: one comparison.
static inline __attribute__((always_inline)) int32_t raised(int32_t a, int32_t b)
{
#if TA_TUNED_DSP
    return __builtin_arm_qadd(a, b);
#else
    const int32_t highest = INT32_MAX - b;
    return (a > highest ? highest : a) + b;
#endif
}

ta_kernel_t ta_m0plus_u8_mono_word, ta_m0plus_u8_stereo_word, ta_m0plus_s8_mono_word, ta_m0plus_s8_stereo_word;
ta_kernel_t ta_m0plus_u16_mono_word, ta_m0plus_u16_stereo_word, ta_m0plus_s16_mono_word, ta_m0plus_s16_stereo_word;
ta_kernel_t ta_m0plus_s24_mono_word, ta_m0plus_s24_stereo_word, ta_m0plus_s24in32_mono_word;
ta_kernel_t ta_m0plus_s24in32_stereo_word, ta_m0plus_s32_mono_word, ta_m0plus_s32_stereo_word;
ta_kernel_t ta_m0plus_u8_mono_pair, ta_m0plus_u8_stereo_pair, ta_m0plus_s8_mono_pair, ta_m0plus_s8_stereo_pair;
ta_kernel_t ta_m0plus_u16_mono_pair, ta_m0plus_u16_stereo_pair, ta_m0plus_s16_mono_pair, ta_m0plus_s16_stereo_pair;
ta_kernel_t ta_m0plus_s24_mono_pair, ta_m0plus_s24_stereo_pair, ta_m0plus_s24in32_mono_pair;
ta_kernel_t ta_m0plus_s24in32_stereo_pair, ta_m0plus_s32_mono_pair, ta_m0plus_s32_stereo_pair;
ta_kernel_t ta_m0plus_s32_mono_pair24, ta_m0plus_s32_stereo_pair24;

#endif
