// The inner loops of Freeverb's lines on the Cortex-M0+: four frames a round, after one and two that are left over, everything in low registers, which a compiler does not manage. Equal to fx_lines.c, where
// the arithmetic is explained; test/arm compares them.

#include "fx_lines.h"

#if defined(__ARM_ARCH_6M__)

#define UNUSED __attribute__((unused))

// reg / 2^15, to zero; r6 is lost.
#define DOWN(from, to)                                                                                                 \
    " asrs r6, " from ", #31\n lsrs r6, r6, #17\n adds " from ", " from ", r6\n asrs " to ", " from ", #15\n"

// r5 is off 16 bits rarely, and is mended out of line: the nearer end of the range, and back.
#define MEND(name) name ":\n asrs r5, r5, #31\n ldr r6, =32767\n eors r5, r6\n b " name "b\n"

// r0 the line, r1 low, r2 the pairs, r3 feedback, r4 damping, r7 2, ip the end.
#define COMB(load, line, in, sum, name)                                                                                \
    load " ldr r6, [r2, " sum "]\n adds r6, r6, r5\n str r6, [r2, " sum "]\n"                                          \
         " subs r6, r1, r5\n muls r6, r4, r6\n lsls r5, r5, #15\n adds r5, r5, r6\n" DOWN(                             \
             "r5",                                                                                                     \
             "r1") " movs r5, r1\n muls r5, r3, r5\n" DOWN("r5",                                                       \
                                                           "r5") " ldr r6, [r2, " in                                   \
                                                                 "]\n adds r5, r5, r6\n sxth r6, r5\n cmp r6, r5\n"    \
                                                                 " bne " name "\n" name "b:\n strh r5, [r0, " line     \
                                                                 "]\n"
#define LOAD(reg, line)    " ldrh " reg ", [r0, " line "]\n sxth " reg ", " reg "\n"
#define LOAD_2(reg)        " ldrsh " reg ", [r0, r7]\n"
#define NEXT(bytes, pairs) " adds r0, r0, #" #bytes "\n adds r2, r2, #" #pairs "\n"

__attribute__((naked)) int32_t ta_fx_comb_span_m0plus(int16_t *at UNUSED, const int16_t *end UNUSED,
                                                      ta_freeverb_pair_t *pair UNUSED, const ta_fx_comb_t *comb UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r7, lr}\n"
            " mov ip, r1\n subs r7, r1, r0\n mov lr, r7\n"
            " ldr r1, [r3]\n ldr r4, [r3, #8]\n ldr r3, [r3, #4]\n"
            " lsls r5, r7, #30\n bpl 1f\n" COMB(LOAD("r5", "#0"), "#0", "#0", "#4", ".Lcomb_one")
                NEXT(2, 8) // an odd number
            "1: mov r5, lr\n movs r7, #2\n lsls r5, r5, #29\n bpl 2f\n" COMB(LOAD("r5", "#0"), "#0", "#0", "#4",
                                                                             ".Lcomb_two")
                COMB(LOAD_2("r5"), "#2", "#8", "#12", ".Lcomb_three") NEXT(4, 16) // two more
            "2: cmp r0, ip\n bne 3f\n b 4f\n" MEND(".Lcomb_one") MEND(".Lcomb_two")
                MEND(".Lcomb_three") "3:\n" COMB(LOAD("r5", "#0"), "#0", "#0", "#4", ".Lcomb_first")
                    COMB(LOAD_2("r5"), "#2", "#8", "#12", ".Lcomb_second")
                        COMB(LOAD("r5", "#4"), "#4", "#16", "#20", ".Lcomb_third") COMB(LOAD("r5", "#6"), "#6", "#24",
                                                                                        "#28", ".Lcomb_fourth")
                            NEXT(8, 32) " cmp r0, ip\n beq 4f\n b 3b\n"
                                        "4: movs r0, r1\n pop {r4-r7, pc}\n" MEND(".Lcomb_first") MEND(".Lcomb_second")
                                            MEND(".Lcomb_third") MEND(".Lcomb_fourth") " .ltorg\n");
}

// r0 the line, r1 the end, r2 the pairs, r7 2.
#define ALLPASS(load, line, in, name)                                                                                  \
    load " ldr r5, [r2, " in "]\n subs r6, r4, r5\n lsrs r3, r6, #31\n adds r6, r6, r3\n asrs r6, r6, #1\n"            \
         " str r6, [r2, " in "]\n asrs r4, r4, #1\n adds r5, r5, r4\n sxth r6, r5\n cmp r6, r5\n bne " name "\n" name  \
         "b:\n strh r5, [r0, " line "]\n"

__attribute__((naked)) void ta_fx_allpass_span_m0plus(int16_t *at UNUSED, const int16_t *end UNUSED,
                                                      ta_freeverb_pair_t *pair UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r7, lr}\n"
            " subs r3, r1, r0\n mov ip, r3\n movs r7, #2\n"
            " lsls r5, r3, #30\n bpl 1f\n" ALLPASS(LOAD("r4", "#0"), "#0", "#0", ".Lallpass_one")
                NEXT(2, 8) "1: mov r5, ip\n lsls r5, r5, #29\n bpl 2f\n" ALLPASS(
                    LOAD("r4", "#0"), "#0", "#0", ".Lallpass_two") ALLPASS(LOAD_2("r4"), "#2", "#8", ".Lallpass_three")
                    NEXT(4, 16) "2: cmp r0, r1\n bne 3f\n b 4f\n" MEND(".Lallpass_one") MEND(".Lallpass_two")
                        MEND(".Lallpass_three") "3:\n" ALLPASS(LOAD("r4", "#0"), "#0", "#0", ".Lallpass_first")
                            ALLPASS(LOAD_2("r4"), "#2", "#8", ".Lallpass_second") ALLPASS(LOAD("r4", "#4"), "#4", "#16",
                                                                                          ".Lallpass_third")
                                ALLPASS(LOAD("r4", "#6"), "#6", "#24", ".Lallpass_fourth")
                                    NEXT(8, 32) " cmp r0, r1\n bne 3b\n"
                                                "4: pop {r4-r7, pc}\n" MEND(".Lallpass_first") MEND(".Lallpass_second")
                                                    MEND(".Lallpass_third") MEND(".Lallpass_fourth") " .ltorg\n");
}

#endif
