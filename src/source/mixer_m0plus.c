// A mixer's arithmetic on the Cortex-M0+, in assembly: the same sums as the portable parts of mixer_kernels.c. Eight frames a turn, from a word boundary, a
// whole number of turns.
//
// Both channels at the same gain, which is the usual case, have a register left, and with it a second pointer to sums: LDM moves the one that is read, STM
// the one that is written. Cycles: Cortex-M0+ TRM (ARM DDI 0484C), table 3-1.
// Registers: r0 sums, r1 in, r2 the gain (of left), r3 the one of right or the second pointer, r4 to r7 samples and sums; ip the end of the input.
#include "mixer_kernels.h"

#if TA_TUNED_M0PLUS

#define UNUSED __attribute__((unused))

#define START "0x400040"

#define EIGHT(step) " .rept 8\n" step " .endr\n"
#define FOUR(step)  " .rept 4\n" step " .endr\n"

// in_shift: log2 of the bytes of an input frame. Eight frames where the gains of left and right differ (apart); where they do not (same); and where they
// are a multiple of 256 besides, as 0.5 or 0.75 are: then samples times g / 256 need no shift (round). Other addresses and counts are the rest's.
#define M0PLUS(name, in_shift, apart, same, round)                                                                     \
    __attribute__((naked)) void ta_mix_##name(ta_sum_t *sums UNUSED, const int16_t *in UNUSED, uint32_t frames UNUSED, \
                                              const ta_mix_gain_t *gain UNUSED)                                        \
    {                                                                                                                  \
        __asm__(".syntax unified\n"                                                                                    \
                " push {r4-r7, lr}\n"                                                                                  \
                " lsls r4, r1, #30\n bne 8f\n lsls r4, r2, #29\n bne 8f\n"                                             \
                " lsls r2, r2, #" #in_shift "\n bne 7f\n pop {r4-r7, pc}\n"                                            \
                "8:\n bl ta_mix_" #name "_rest\n pop {r4-r7, pc}\n"                                                    \
                "7:\n adds r2, r2, r1\n mov ip, r2\n"                                                                  \
                " ldr r2, [r3]\n ldr r3, [r3, #4]\n ldr r7, =" START "\n cmp r2, r3\n beq 2f\n"                        \
                "1:\n" apart " cmp r1, ip\n bne 1b\n"                                                                  \
                " pop {r4-r7, pc}\n"                                                                                   \
                "2:\n movs r3, r0\n uxtb r4, r2\n cmp r4, #0\n beq 4f\n"                                               \
                "3:\n" same " cmp r1, ip\n bne 3b\n"                                                                   \
                " pop {r4-r7, pc}\n"                                                                                   \
                "4:\n lsrs r2, r2, #8\n"                                                                               \
                "5:\n" round " cmp r1, ip\n bne 5b\n"                                                                  \
                " pop {r4-r7, pc}\n .ltorg\n");                                                                        \
    }

// Samples in r4 and r5, on the scale of sums.
#define SCALE      " muls r4, r2\n muls r5, r3\n asrs r4, r4, #8\n asrs r5, r5, #8\n"
#define SCALE_SAME " muls r4, r2\n muls r5, r2\n asrs r4, r4, #8\n asrs r5, r5, #8\n"
#define ADD        " ldr r6, [r0]\n ldr r7, [r0, #4]\n adds r4, r4, r6\n adds r5, r5, r7\n stmia r0!, {r4, r5}\n"
#define ADD_SAME   " ldmia r0!, {r6, r7}\n adds r4, r4, r6\n adds r5, r5, r7\n stmia r3!, {r4, r5}\n"
#define PUT        " adds r4, r4, r7\n adds r5, r5, r7\n stmia r0!, {r4, r5}\n"

// A stereo frame, or two mono ones; a mono frame for both channels, from the lower and the upper half of a word.
#define WORD " ldmia r1!, {r5}\n sxth r4, r5\n asrs r5, r5, #16\n"
#define LOW  " ldr r5, [r1]\n sxth r4, r5\n movs r5, r4\n"
#define HIGH " ldmia r1!, {r5}\n asrs r4, r5, #16\n movs r5, r4\n"

#define SCALE_ROUND " muls r4, r2\n muls r5, r2\n"

// One product for both.
#define SPREAD_SAME  " muls r4, r2\n asrs r4, r4, #8\n movs r5, r4\n"
#define SPREAD_ROUND " muls r4, r2\n movs r5, r4\n"
#define LOW_ONE      " ldr r5, [r1]\n sxth r4, r5\n"
#define HIGH_ONE     " ldmia r1!, {r5}\n asrs r4, r5, #16\n"

_Static_assert(TA_MIX_GAIN_BITS == 8 && TA_MIX_START == 0x400040 && TA_MIX_UNITY_BITS == 7, "the numbers here");

M0PLUS(stereo, 2, EIGHT(WORD SCALE ADD), EIGHT(WORD SCALE_SAME ADD_SAME), EIGHT(WORD SCALE_ROUND ADD_SAME))
M0PLUS(stereo_first, 2, EIGHT(WORD SCALE PUT), EIGHT(WORD SCALE_SAME PUT), EIGHT(WORD SCALE_ROUND PUT))
M0PLUS(spread, 1, FOUR(LOW SCALE ADD HIGH SCALE ADD), FOUR(LOW_ONE SPREAD_SAME ADD_SAME HIGH_ONE SPREAD_SAME ADD_SAME),
       FOUR(LOW_ONE SPREAD_ROUND ADD_SAME HIGH_ONE SPREAD_ROUND ADD_SAME))
M0PLUS(spread_first, 1, FOUR(LOW SCALE PUT HIGH SCALE PUT), FOUR(LOW_ONE SPREAD_SAME PUT HIGH_ONE SPREAD_SAME PUT),
       FOUR(LOW_ONE SPREAD_ROUND PUT HIGH_ONE SPREAD_ROUND PUT))
M0PLUS(mono, 1, "", FOUR(WORD SCALE_SAME ADD_SAME), FOUR(WORD SCALE_ROUND ADD_SAME)) // both gains are the same
M0PLUS(mono_first, 1, "", FOUR(WORD SCALE_SAME PUT), FOUR(WORD SCALE_ROUND PUT))

// ---- sums to samples ---------------------------------------------------------------------------------------------------

// Four sums become two words. None of them has a bit from 23 on where all fit; where one does not, 3 mends it: a negative one becomes 0, and any other
// what becomes 65535. Registers: r2 scratch, r3 what makes samples of 0..65535, r4 to r7 sums; sites are numbered.
#define FOUR_SUMS(site)                                                                                                \
    " ldmia r0!, {r4-r7}\n movs r2, r4\n orrs r2, r5\n orrs r2, r6\n orrs r2, r7\n lsrs r2, r2, #23\n bne 3" #site     \
    "f\n2" #site ":\n" PACK("r4", "r5") PACK("r6", "r7") " stmia r1!, {r4, r6}\n"
#define PACK(low, high)                                                                                                \
    " lsrs " low ", " low ", #7\n lsrs " high ", " high ", #7\n lsls " high ", " high ", #16\n orrs " low ", " high    \
    "\n eors " low ", r3\n"
#define FOUR_MENDS(site)                                                                                               \
    "3" #site ":\n" MEND("r4", #site "1") MEND("r5", #site "2") MEND("r6", #site "3")                                  \
        MEND("r7", #site "4") " b 2" #site "b\n"
#define MEND(reg, place)                                                                                               \
    " lsrs r2, " reg ", #23\n beq 4" place "f\n asrs " reg ", " reg ", #31\n mvns " reg ", " reg "\n lsrs " reg        \
    ", " reg ", #9\n4" place ":\n"

__attribute__((naked)) void ta_mix_finish_turns(const ta_sum_t *sums UNUSED, int16_t *out UNUSED,
                                                uint32_t samples UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r7, lr}\n"
            " lsls r2, r2, #2\n adds r2, r2, r0\n mov ip, r2\n"
            " ldr r3, =0x80008000\n"
            "1:\n" FOUR_SUMS(1) FOUR_SUMS(2) " cmp r0, ip\n bne 1b\n"
                                             " pop {r4-r7, pc}\n" FOUR_MENDS(1) FOUR_MENDS(2) " .ltorg\n");
}

#endif
