// The biquad's loop for the Cortex-M0+ (RP2040), in assembly: the samples that the portable one gives; test/arm compares them.
//
// Why: this processor multiplies 32 by 32 bits to 32, and a product of 64 costs a call. So a coefficient is two halves, ten products of 32 bits are added to two sums, and
// floor((256 H + L) / 2^15) = (H + (L >> 8)) >> 7, exactly.

#include "biquad_m0plus.h"

#if TA_TUNED_M0PLUS

#define UNUSED __attribute__((unused))

_Static_assert(offsetof(ta_biquad_halves_t, half) == 40 && offsetof(ta_biquad_halves_t, stride_bytes) == 44 &&
                   sizeof(ta_biquad_state_t) == 16,
               "the places below");

// r0 high sum, r1 low sum, r7 coefficients; r8 x1, r9 x2, r10 the sample's place, r11 y1, ip y2, lr stride. On the stack: the end.
__attribute__((naked)) void ta_m0plus_biquad(const ta_biquad_halves_t *halves UNUSED, ta_biquad_state_t *state UNUSED,
                                             int16_t *samples UNUSED, const int16_t *end UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r7, lr}\n"
            " mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n push {r1, r3-r7}\n"
            " mov r7, r0\n mov r10, r2\n ldr r2, [r0, #44]\n mov lr, r2\n"
            " ldmia r1!, {r2-r5}\n mov r8, r2\n mov r9, r3\n mov r11, r4\n mov ip, r5\n"
            "5:\n"
            " mov r3, r10\n movs r4, #0\n ldrsh r2, [r3, r4]\n"
            " ldmia r7!, {r0, r1, r3, r4}\n muls r0, r2\n muls r1, r2\n"
            " mov r5, r8\n mov r8, r2\n muls r3, r5\n muls r4, r5\n adds r0, r0, r3\n adds r1, r1, r4\n"
            " mov r2, r9\n mov r9, r5\n"
            " ldmia r7!, {r3-r6}\n muls r3, r2\n muls r4, r2\n adds r0, r0, r3\n adds r1, r1, r4\n"
            " mov r2, r11\n muls r5, r2\n muls r6, r2\n adds r0, r0, r5\n adds r1, r1, r6\n"
            " ldmia r7!, {r3-r5}\n mov r6, ip\n mov ip, r2\n"
            " muls r3, r6\n muls r4, r6\n adds r0, r0, r3\n adds r1, r1, r4\n"
            " subs r7, r7, #44\n"
            " adds r1, r1, r5\n asrs r2, r1, #8\n adds r2, r2, r0\n bpl 1f\n"
            " adds r1, r1, r5\n adds r1, r1, r5\n subs r1, r1, #1\n asrs r1, r1, #8\n adds r2, r1, r0\n"
            "1:\n asrs r2, r2, #7\n sxth r3, r2\n cmp r3, r2\n bne 3f\n"
            "2:\n mov r11, r2\n mov r3, r10\n strh r2, [r3]\n add r3, lr\n mov r10, r3\n"
            " ldr r4, [sp, #4]\n cmp r3, r4\n bne 5b\n"
            " ldr r0, [sp]\n mov r2, r8\n mov r3, r9\n mov r4, r11\n mov r5, ip\n stmia r0!, {r2-r5}\n"
            " pop {r1, r3-r7}\n mov r8, r4\n mov r9, r5\n mov r10, r6\n mov r11, r7\n"
            " pop {r4-r7, pc}\n"
            "3:\n asrs r2, r2, #31\n ldr r3, =32767\n eors r2, r3\n b 2b\n"
            " .ltorg\n");
}

#endif
