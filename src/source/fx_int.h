// Private to src/source: integer steps that effects take for every sample.
#ifndef TONEARM_SOURCE_FX_INT_H
#define TONEARM_SOURCE_FX_INT_H

#include "tonearm/fx.h"

#include <stdint.h>

/// A loop whose registers are its own: inlined into a long function they would be spilled.
#define FX_LOOP __attribute__((noinline))

/// Within 16 bits. A Cortex-M0+ has no instruction for it: there the common case costs a compare; others have one.
/// Ctx: any. Cost: constant. Own: none. Fails: never.
static inline int32_t fx_clip16(int32_t s)
{
#ifdef __ARM_ARCH_6M__
    if (__builtin_expect((int16_t)s != s, 0))
        return (s >> 31) ^ 32767;
    return s;
#elif defined(__ARM_FEATURE_SAT)
    int32_t clipped;
    __asm__("ssat %0, #16, %1" : "=r"(clipped) : "r"(s));
    return clipped;
#else
    return s > 32767 ? 32767 : s < -32768 ? -32768 : s;
#endif
}

/// n / 2^15, to zero, where the result is within 16 bits anyway. Ctx: any. Cost: constant. Own: none. Fails: never.
static inline int32_t fx_q15_down(int32_t n)
{
    return (n + (int32_t)((uint32_t)(n >> 31) >> 17)) >> 15;
}

/// ta_fx_knee with the gain for two inputs, for |s| below 300000: in 32 bits. Ctx: any. Cost: constant. Own: none. Fails: never.
static inline int32_t fx_knee_2(int32_t s)
{
    if (__builtin_expect((uint32_t)(s + 28000) <= 56000U, 1))
        return s;
    return s > 0 ? (((s - 28000) * TA_FX_KNEE_2) >> 16) + 28000 : (((s + 28000) * TA_FX_KNEE_2) >> 16) - 28000;
}

/// Is none of them beyond +-most? Ctx: any. Cost: until the first that is. Own: none. Fails: never.
static inline bool fx_quiet(const int16_t *samples, size_t count, int most)
{
    for (size_t s = 0; s < count; s++) {
        if (samples[s] > most || samples[s] < -most)
            return false;
    }
    return true;
}

enum { FX_QUIET_FRAMES = 4096 };

/// Count frames in which nothing comes in and an answer has come to its end, up to FX_QUIET_FRAMES: from there on what rounding keeps for ever is to be led to 0.
/// Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline void fx_count_quiet(uint32_t *counted, bool quiet, uint32_t frames)
{
    *counted = quiet ? *counted + frames : 0;
    if (*counted > FX_QUIET_FRAMES)
        *counted = FX_QUIET_FRAMES;
}

#endif
