// The inner loop of an echo for the Cortex-M0+ (RP2040), in assembly: the same numbers as fx_echo_samples.c; test/arm compares both.
//
// Why assembly: thirteen values are alive in the loop, and the compiler keeps some of them in memory, two cycles each time. Here levels and limits lie in high registers,
// from which a MOV is one cycle, and is also the copy that MULS destroys. r0 counts up to 0; r1, r2, r3 are the ends of what is read, what is written and what is heard.
#include "fx_echo.h"

#if TA_TUNED_M0PLUS

#define NAKED  __attribute__((naked))
#define UNUSED __attribute__((unused))

// r6 / 2^15, rounded towards zero; beyond +-28000 on to `site`, and from there back.
#define ROUND(site)                                                                                                    \
    " asrs r7, r6, #31\n lsrs r7, r7, #17\n adds r6, r6, r7\n asrs r6, r6, #15\n"                                      \
    " mov r7, fp\n adds r7, r7, r6\n cmp r7, ip\n bhi 1" #site "f\n2" #site ":\n"

// The knee: the excess times 7151, its upper half, rounded down.
#define KNEE(site)                                                                                                     \
    "1" #site ":\n mov r7, fp\n cmp r6, #0\n blt 3" #site "f\n"                                                        \
    " subs r6, r6, r7\n mov r7, lr\n muls r6, r7\n asrs r6, r6, #16\n add r6, fp\n b 2" #site "b\n"                    \
    "3" #site ":\n adds r6, r6, r7\n mov r7, lr\n muls r6, r7\n asrs r6, r6, #16\n mov r7, fp\n subs r6, r6, r7\n"     \
    " b 2" #site "b\n"

// r4 is the sample times 2^15 from the second instruction on.
#define DRY(first, second)                                                                                             \
    " ldrsh r4, [r3, r0]\n lsls r4, r4, #15\n ldrsh r5, [r1, r0]\n"                                                    \
    " mov r6, r8\n muls r6, r5\n adds r6, r6, r4\n" ROUND(                                                             \
        first) " strh r6, [r2, r0]\n"                                                                                  \
               " mov r6, r10\n muls r6, r5\n adds r6, r6, r4\n" ROUND(second) " strh r6, [r3, r0]\n"                   \
                                                                              " adds r0, r0, #2\n"

#define MIX(first, second)                                                                                             \
    " ldrsh r4, [r3, r0]\n ldrsh r5, [r1, r0]\n"                                                                       \
    " mov r6, r8\n muls r6, r5\n lsls r7, r4, #15\n adds r6, r6, r7\n" ROUND(                                          \
        first) " strh r6, [r2, r0]\n"                                                                                  \
               " mov r6, r10\n muls r6, r5\n mov r7, r9\n muls r7, r4\n adds r6, r6, r7\n" ROUND(                      \
                   second) " strh r6, [r3, r0]\n"                                                                      \
                           " adds r0, r0, #2\n"

// Two samples a turn; an odd one enters at the second.
#define LOOP(body)                                                                                                     \
    __asm__(".syntax unified\n"                                                                                        \
            " push {r4-r7, lr}\n mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, fp\n push {r4-r7}\n"                  \
            " ldr r4, [sp, #36]\n"                                                                                     \
            " lsls r5, r3, #1\n adds r0, r0, r5\n adds r1, r1, r5\n adds r2, r2, r5\n"                                 \
            " mov r6, r3\n mov r3, r2\n mov r2, r1\n mov r1, r0\n rsbs r0, r5, #0\n"                                   \
            " ldr r5, [r4, #0]\n mov r8, r5\n ldr r5, [r4, #4]\n mov r9, r5\n ldr r5, [r4, #8]\n mov r10, r5\n"        \
            " ldr r5, =28000\n mov fp, r5\n lsls r5, r5, #1\n mov ip, r5\n ldr r5, =7151\n mov lr, r5\n"               \
            " lsrs r6, r6, #1\n bcs 6f\n"                                                                              \
            "5:\n" body(1, 2) "6:\n" body(                                                                             \
                3, 4) " bne 5b\n"                                                                                      \
                      " pop {r4-r7}\n mov r8, r4\n mov r9, r5\n mov r10, r6\n mov fp, r7\n pop {r4-r7, pc}\n" KNEE(1)  \
                          KNEE(2) KNEE(3) KNEE(4) " .ltorg\n")

_Static_assert(offsetof(ta_echo_gains_t, again) == 0 && offsetof(ta_echo_gains_t, blend.dry) == 4 &&
                   offsetof(ta_echo_gains_t, blend.wet) == 8,
               "where the loops look for levels");

NAKED void ta_echo_dry_m0plus(const int16_t *from UNUSED, int16_t *to UNUSED, int16_t *io UNUSED, size_t samples UNUSED,
                              const ta_echo_gains_t *gains UNUSED)
{
    LOOP(DRY);
}

NAKED void ta_echo_mix_m0plus(const int16_t *from UNUSED, int16_t *to UNUSED, int16_t *io UNUSED, size_t samples UNUSED,
                              const ta_echo_gains_t *gains UNUSED)
{
    LOOP(MIX);
}

#endif
