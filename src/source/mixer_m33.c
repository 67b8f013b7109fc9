// A mixer's arithmetic on cores with DSP instructions (RP2350's Cortex-M33), in assembly: the same sums as the portable parts of mixer_kernels.c. Eight
// frames a turn, from a word boundary.
//
// SMLAWB and SMLAWT take the upper 32 of the 48 bits of a gain times half a word, and add: floor(sample * (gain * 256) / 65536) is floor(sample * gain / 256)
// (ARMv8-M ARM, DDI 0553, C2.4). Two halves of two words and their four sums go by LDM and STM, which compilers do not use for memory that is no struct.
// Registers: r0 sums, r1 in, r2 frames left, r3 and ip the gains times 256, r4 and r5 samples, r6 to r9 sums, lr what a sum begins with.
#include "mixer_kernels.h"

#if TA_TUNED_DSP

#define UNUSED __attribute__((unused))

#define TWO(step)  step step
#define FOUR(step) " .rept 4\n" step " .endr\n"

#define M33(name, turn)                                                                                                \
    __attribute__((naked)) void ta_mix_##name(ta_sum_t *sums UNUSED, const int16_t *in UNUSED, uint32_t frames UNUSED, \
                                              const ta_mix_gain_t *gain UNUSED)                                        \
    {                                                                                                                  \
        __asm__(".syntax unified\n"                                                                                    \
                " push {r4-r10, lr}\n"                                                                                 \
                " tst r1, #3\n it eq\n tsteq r2, #7\n bne 8f\n cmp r2, #0\n beq 9f\n"                                  \
                " ldrd r3, ip, [r3]\n lsls r3, r3, #8\n lsl ip, ip, #8\n movs r4, #64\n mov lr, r4\n"                  \
                "1:\n" turn " subs r2, r2, #8\n bne 1b\n"                                                              \
                " pop {r4-r10, pc}\n"                                                                                  \
                "8:\n bl ta_mix_" #name "_rest\n"                                                                      \
                "9:\n pop {r4-r10, pc}\n");                                                                            \
    }

#define SUMS " ldmia r0, {r6-r9}\n"
#define PUT  " stmia r0!, {r6-r9}\n"

// Two stereo frames, four mono ones; two mono ones in both channels. a to d: what is added to.
#define WORDS(a, b, c, d)                                                                                              \
    " ldmia r1!, {r4, r5}\n smlawb r6, r3, r4, " a "\n smlawt r7, ip, r4, " b "\n smlawb r8, r3, r5, " c "\n"          \
    " smlawt r9, ip, r5, " d "\n"
#define SPREAD(a, b, c, d)                                                                                             \
    " ldr r4, [r1], #4\n smlawb r6, r3, r4, " a "\n smlawb r7, ip, r4, " b "\n smlawt r8, r3, r4, " c "\n"             \
    " smlawt r9, ip, r4, " d "\n"

#define ADD(of)   SUMS of("r6", "r7", "r8", "r9") PUT
#define FIRST(of) of("lr", "lr", "lr", "lr") PUT

_Static_assert(TA_MIX_GAIN_BITS == 8 && TA_MIX_START == 64 && TA_MIX_UNITY_BITS == 7, "the numbers here");

M33(stereo, FOUR(ADD(WORDS)))
M33(stereo_first, FOUR(FIRST(WORDS)))
M33(spread, FOUR(ADD(SPREAD)))
M33(spread_first, FOUR(FIRST(SPREAD)))
M33(mono, TWO(ADD(WORDS))) // both gains are the same
M33(mono_first, TWO(FIRST(WORDS)))

#define FOUR_SUMS                                                                                                      \
    " ldmia r0!, {r4-r7}\n ssat r4, #16, r4, asr #7\n ssat r5, #16, r5, asr #7\n ssat r6, #16, r6, asr #7\n"           \
    " ssat r7, #16, r7, asr #7\n pkhbt r4, r4, r5, lsl #16\n pkhbt r6, r6, r7, lsl #16\n stmia r1!, {r4, r6}\n"

__attribute__((naked)) void ta_mix_finish_turns(const ta_sum_t *sums UNUSED, int16_t *out UNUSED,
                                                uint32_t samples UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r7, lr}\n"
            "1:\n" TWO(FOUR_SUMS) " subs r2, r2, #8\n bne 1b\n"
                                  " pop {r4-r7, pc}\n");
}

#endif
