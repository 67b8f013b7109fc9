// The inner loops of Freeverb's lines on the Cortex-M0+: two frames a round, everything in low registers, which a compiler does not manage. Equal to fx_lines.c, where
// the arithmetic is explained; test/arm compares them.

#include "fx_lines.h"

#if defined(__ARM_ARCH_6M__)

#define UNUSED __attribute__((unused))

// reg / 2^15, to zero; r6 is lost.
#define DOWN(from, to)                                                                                                 \
    " asrs r6, " from ", #31\n lsrs r6, r6, #17\n adds " from ", " from ", r6\n asrs " to ", " from ", #15\n"

// r5 is off 16 bits rarely, and is mended out of line: the nearer end of the range, and back.
#define MEND(name) name ":\n asrs r5, r5, #31\n ldr r6, =32767\n eors r5, r6\n b " name "b\n"

// r0 the line, r1 low, r2 the pairs, r3 feedback, r4 damping, r7 the end.
#define COMB(line, in, sum, name)                                                                                      \
    " ldrh r5, [r0, " line "]\n sxth r5, r5\n"                                                                         \
    " ldr r6, [r2, " sum "]\n adds r6, r6, r5\n str r6, [r2, " sum "]\n"                                               \
    " subs r6, r1, r5\n muls r6, r4, r6\n lsls r5, r5, #15\n adds r5, r5, r6\n" DOWN(                                  \
        "r5", "r1") " movs r5, r1\n muls r5, r3, r5\n" DOWN("r5", "r5") " ldr r6, [r2, " in                            \
                                                                        "]\n adds r5, r5, r6\n sxth r6, r5\n cmp r6, " \
                                                                        "r5\n bne " name "\n" name                     \
                                                                        "b:\n strh r5, [r0, " line "]\n"

__attribute__((naked)) int32_t ta_fx_comb_span_m0plus(int16_t *at UNUSED, const int16_t *end UNUSED,
                                                      ta_freeverb_pair_t *pair UNUSED, const ta_fx_comb_t *comb UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r7, lr}\n"
            " movs r7, r1\n"
            " ldr r1, [r3]\n ldr r4, [r3, #8]\n ldr r3, [r3, #4]\n"
            " subs r5, r7, r0\n lsls r5, r5, #30\n bpl 1f\n" // an even number of frames
            COMB("#0", "#0", "#4",
                 ".Lcomb_one") " adds r0, r0, #2\n adds r2, r2, #8\n"
                               "1: cmp r0, r7\n beq 3f\n"
                               "2:\n" COMB("#0", "#0", "#4", ".Lcomb_first")
                                   COMB("#2", "#8", "#12",
                                        ".Lcomb_second") " adds r0, r0, #4\n adds r2, r2, #16\n cmp r0, r7\n bne 2b\n"
                                                         "3: movs r0, r1\n"
                                                         " pop {r4-r7, pc}\n" MEND(".Lcomb_one") MEND(".Lcomb_first")
                                                             MEND(".Lcomb_second") " .ltorg\n");
}

// r0 the line, r1 the end, r2 the pairs.
#define ALLPASS(line, in, name)                                                                                        \
    " ldrh r4, [r0, " line "]\n sxth r4, r4\n ldr r5, [r2, " in "]\n"                                                  \
    " subs r6, r4, r5\n lsrs r3, r6, #31\n adds r6, r6, r3\n asrs r6, r6, #1\n str r6, [r2, " in "]\n"                 \
    " asrs r4, r4, #1\n adds r5, r5, r4\n sxth r6, r5\n cmp r6, r5\n bne " name "\n" name "b:\n strh r5, [r0, " line   \
    "]\n"

__attribute__((naked)) void ta_fx_allpass_span_m0plus(int16_t *at UNUSED, const int16_t *end UNUSED,
                                                      ta_freeverb_pair_t *pair UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r6, lr}\n"
            " subs r5, r1, r0\n lsls r5, r5, #30\n bpl 1f\n" ALLPASS(
                "#0", "#0",
                ".Lallpass_one") " adds r0, r0, #2\n adds r2, r2, #8\n"
                                 "1: cmp r0, r1\n beq 3f\n"
                                 "2:\n" ALLPASS("#0", "#0", ".Lallpass_first") ALLPASS(
                                     "#2", "#8",
                                     ".Lallpass_second") " adds r0, r0, #4\n adds r2, r2, #16\n cmp r0, r1\n bne 2b\n"
                                                         "3: pop {r4-r6, pc}\n" MEND(".Lallpass_one")
                                                             MEND(".Lallpass_first")
                                                                 MEND(".Lallpass_second") " .ltorg\n");
}

#endif
