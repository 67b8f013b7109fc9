// Stages of the general path for the Cortex-M0+ (RP2040), in assembly: the same frames as the portable ones of those names.
//
// Why assembly: tuned_m0plus.c says it, and here the flags do more: a shift leaves the bit that rounds in C, where ADC takes
// it, and an addition that has to saturate says so in V. Each function is whole; r0 reads and r1 writes, ip is the end.
#include "pwm.h"
#include "stages.h"

#if TA_TUNED_M0PLUS

#define NAKED  __attribute__((naked))
#define UNUSED __attribute__((unused))

// Two frames a turn; an odd one enters at 6. Sites have numbers for their labels.
#define TWO_A_TURN(body) "5:\n" body(1) "6:\n" body(2) " cmp r1, ip\n bne 5b\n"

// ---- pairs of 32-bit samples -----------------------------------------------------------------------------------------

#define DOWNMIX(site)                                                                                                  \
    " ldmia r0!, {r4, r5}\n"                                                                                           \
    " asrs r6, r4, #1\n asrs r7, r5, #1\n adds r6, r6, r7\n"                                                           \
    " orrs r4, r5\n ands r4, r2\n adds r6, r6, r4\n movs r7, r6\n"                                                     \
    " stmia r1!, {r6, r7}\n"

NAKED void ta_m0plus_downmix(int32_t *frames UNUSED, size_t count UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r7, lr}\n"
            " lsls r2, r1, #3\n beq 9f\n"
            " adds r2, r2, r0\n mov ip, r2\n"
            " movs r2, #1\n"
            " lsrs r3, r1, #1\n mov r1, r0\n bcs 6f\n" TWO_A_TURN(DOWNMIX) "9:\n"
                                                                           " pop {r4-r7, pc}\n");
}

// sample * gain / 2^16 rounded half up, the gain below unity: the product of the upper half, and of the lower half what is
// left of the point, whose first bit right of it is C after the shift.
#define FRACTION(from, to)                                                                                             \
    " asrs " to ", " from ", #16\n muls " to ", r2\n"                                                                  \
    " uxth " from ", " from "\n muls " from ", r2\n lsrs " from ", " from ", #16\n adcs " to ", " from "\n"
#define GAIN_BELOW(site) " ldmia r0!, {r4, r6}\n" FRACTION("r4", "r5") FRACTION("r6", "r7") " stmia r1!, {r5, r7}\n"

// With whole terms: as many of four additions as there are, by a jump of lr bytes past the others. One that overflows ends
// them, with the limit of the sample's sign.
#define ADD_WHOLE(site) " adds r5, r5, r4\n bvs 3" #site "f\n"
#define GAIN_SAMPLE(site)                                                                                              \
    " ldmia r0!, {r4}\n"                                                                                               \
    " asrs r5, r4, #16\n muls r5, r2\n uxth r6, r4\n muls r6, r2\n lsrs r6, r6, #16\n adcs r5, r6\n"                   \
    " add pc, lr\n nop\n" ADD_WHOLE(site) ADD_WHOLE(site) ADD_WHOLE(site) ADD_WHOLE(site) "4" #site                    \
                                                                                          ":\n stmia r1!, {r5}\n"
#define GAIN_LIMIT(site) "3" #site ":\n asrs r5, r4, #31\n eors r5, r3\n b 4" #site "b\n"

NAKED void ta_m0plus_apply_gain(int32_t *frames UNUSED, size_t count UNUSED, uint32_t gain_q16 UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r7, lr}\n"
            " lsls r3, r1, #3\n beq 9f\n"
            " adds r3, r3, r0\n mov ip, r3\n"
            " lsrs r3, r2, #16\n bne 7f\n"
            " lsrs r3, r1, #1\n mov r1, r0\n bcs 6f\n" TWO_A_TURN(
                GAIN_BELOW) "9:\n"
                            " pop {r4-r7, pc}\n"
                            "7:\n mov r1, r0\n"
                            " uxth r2, r2\n"
                            " movs r4, #4\n subs r4, r4, r3\n lsls r4, r4, #2\n mov lr, r4\n"
                            " ldr r3, =0x7FFFFFFF\n"
                            "8:\n" GAIN_SAMPLE(1) GAIN_SAMPLE(2) " cmp r1, ip\n bne 8b\n"
                                                                 " pop {r4-r7, pc}\n" GAIN_LIMIT(1)
                                                                     GAIN_LIMIT(2) " .ltorg\n");
}

// The next number in r2, and the difference of its halves, of 16 or 8 bits, in r5. Uses r6.
#define RANDOM      " lsls r5, r2, #13\n eors r2, r5\n lsrs r5, r2, #17\n eors r2, r5\n lsls r5, r2, #5\n eors r2, r5\n"
#define TRIANGLE_16 " lsrs r5, r2, #16\n uxth r6, r2\n subs r5, r5, r6\n"
#define TRIANGLE_8  " lsrs r5, r2, #24\n lsrs r6, r2, #16\n uxtb r6, r6\n subs r5, r5, r6\n"
// A sum that overflows becomes the limit of the dither's sign.
#define ADD_TO(site, reg) " adds " reg ", " reg ", r5\n bvs 3" #site "f\n4" #site ":\n"
#define ADD_FIX(site, reg)                                                                                             \
    "3" #site ":\n asrs " reg ", r5, #31\n ldr r6, =0x7FFFFFFF\n eors " reg ", r6\n b 4" #site "b\n"

#define DITHER(name, triangle)                                                                                         \
    NAKED uint32_t name(int32_t *frames UNUSED, size_t count UNUSED, uint32_t random UNUSED, bool once UNUSED)         \
    {                                                                                                                  \
        __asm__(".syntax unified\n"                                                                                    \
                " push {r4-r7, lr}\n"                                                                                  \
                " lsls r4, r1, #3\n beq 9f\n"                                                                          \
                " adds r4, r4, r0\n mov ip, r4\n"                                                                      \
                " mov r1, r0\n"                                                                                        \
                " cmp r3, #0\n bne 6f\n"                                                                               \
                "5:\n ldmia r0!, {r4, r7}\n" RANDOM triangle ADD_TO(1, "r4") RANDOM triangle ADD_TO(                   \
                    2, "r7") " stmia r1!, {r4, r7}\n cmp r1, ip\n bne 5b\n"                                            \
                             "9:\n movs r0, r2\n pop {r4-r7, pc}\n" ADD_FIX(1, "r4")                                   \
                                 ADD_FIX(2, "r7") "6:\n ldmia r0!, {r4, r7}\n" RANDOM triangle ADD_TO(3, "r4")         \
                                     ADD_TO(4, "r7") " stmia r1!, {r4, r7}\n cmp r1, ip\n bne 6b\n"                    \
                                                     " b 9b\n" ADD_FIX(3, "r4") ADD_FIX(4, "r7") " .ltorg\n");         \
    }

DITHER(ta_m0plus_add_dither_16, TRIANGLE_16)
DITHER(ta_m0plus_add_dither_24, TRIANGLE_8)

// ---- words of two 16-bit samples -------------------------------------------------------------------------------------

#define SCALE(reg)                                                                                                     \
    " sxth r5, " reg "\n muls r5, r2\n adds r5, r5, r3\n lsrs r5, r5, #16\n"                                           \
    " asrs " reg ", " reg ", #16\n muls " reg ", r2\n adds " reg ", " reg ", r3\n bics " reg ", r6\n"                  \
    " orrs " reg ", r5\n"
#define SCALE_TWO " ldmia r0!, {r4, r7}\n" SCALE("r4") SCALE("r7") " stmia r1!, {r4, r7}\n"

NAKED void ta_m0plus_scale(const uint32_t *in UNUSED, uint32_t *out UNUSED, size_t count UNUSED,
                           uint32_t gain_q16 UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r7, lr}\n"
            " lsls r4, r2, #2\n beq 9f\n"
            " adds r4, r4, r1\n mov lr, r4\n"
            " lsrs r4, r2, #2\n lsls r4, r4, #4\n adds r4, r4, r1\n mov ip, r4\n"
            " mov r2, r3\n"
            " movs r3, #1\n lsls r3, r3, #15\n"
            " ldr r6, =0xFFFF\n"
            " b 6f\n"
            "5:\n" SCALE_TWO SCALE_TWO "6:\n cmp r1, ip\n bne 5b\n"
            " b 8f\n"
            "7:\n ldmia r0!, {r4}\n" SCALE("r4") " stmia r1!, {r4}\n"
                                                 "8:\n cmp r1, lr\n bne 7b\n"
                                                 "9:\n pop {r4-r7, pc}\n"
                                                 " .ltorg\n");
}

// The bit that the halved sum lost is in C, and the product leaves it there.
#define MIX(site)                                                                                                      \
    " ldr r4, [r1]\n sxth r5, r4\n asrs r4, r4, #16\n adds r4, r4, r5\n asrs r4, r4, #1\n muls r4, r2\n"               \
    " bcc 3" #site "f\n adds r4, r4, r3\n3" #site ":\n"                                                                \
    " adds r4, r4, r6\n lsrs r4, r4, #16\n muls r4, r7\n stmia r1!, {r4}\n"

NAKED void ta_m0plus_mix(uint32_t *words UNUSED, size_t count UNUSED, uint32_t gain_q16 UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r7, lr}\n"
            " lsls r3, r1, #2\n beq 9f\n"
            " adds r3, r3, r0\n mov ip, r3\n"
            " adds r3, r2, #1\n lsrs r3, r3, #1\n"
            " movs r6, #1\n lsls r6, r6, #15\n"
            " ldr r7, =0x00010001\n"
            " lsrs r4, r1, #1\n mov r1, r0\n bcs 6f\n" TWO_A_TURN(MIX) "9:\n"
                                                                       " pop {r4-r7, pc}\n"
                                                                       " .ltorg\n");
}

// ---- PWM -------------------------------------------------------------------------------------------------------------

_Static_assert(offsetof(ta_pwm_state_t, error) == 0 && offsetof(ta_pwm_state_t, past) == 8 &&
                   offsetof(ta_pwm_state_t, quiet) == 16 && offsetof(ta_pwm_state_t, top) == 20,
               "the places below");
_Static_assert(TA_PWM_QUIET_FRAMES == 64, "the number below");

// r4, r5: errors; r6: levels in use; lr: the middle in both halves. On the stack: where the next word of zeros would have to
// be to continue the last run of them, and the length of that run. Left is rounded by the bit that its shift leaves in C,
// right by taking its error away.
//
// When left was 0, and so is its product in `zero`: if `right` is too, one more frame of zeros. When there have been 64,
// `forget`. `again` brings back what was in r3.
#define QUIET(site, right, zero, forget, again)                                                                        \
    "3" #site ":\n cmp " right ", #0\n bne 4" #site "b\n"                                                              \
    " ldr " zero ", [sp, #0]\n adds r3, r1, #4\n str r3, [sp, #0]\n movs r3, #0\n"                                     \
    " cmp " zero ", r1\n bne 1" #site "f\n ldr r3, [sp, #4]\n cmp r3, #64\n beq 2" #site "f\n"                         \
    "1" #site ":\n adds r3, r3, #1\n str r3, [sp, #4]\n cmp r3, #64\n bne 5" #site "f\n"                               \
    "2" #site ":\n movs r4, #0\n movs r5, #0\n" forget "5" #site ":\n movs " zero ", #0\n" again " b 4" #site "b\n"
// The middle and the levels of the pwm in r0; uses r4 and r5.
#define PWM_CONSTANTS                                                                                                  \
    " ldrh r6, [r0, #20]\n"                                                                                            \
    " adds r4, r6, #1\n lsrs r4, r4, #1\n lsls r5, r4, #16\n adds r4, r4, r5\n mov lr, r4\n"                           \
    " subs r6, r6, #5\n"
// The length of the run in r3, if it goes on; r2, r3: what was on the stack.
#define PWM_QUIET " cmp r2, r1\n beq 8f\n movs r3, #0\n8:\n str r3, [r0, #16]\n"

#define LEVELS(site)                                                                                                   \
    " ldmia r7!, {r0}\n"                                                                                               \
    " sxth r2, r0\n muls r2, r6\n beq 3" #site "f\n4" #site ":\n adds r2, r2, r4\n"                                    \
    " asrs r0, r0, #16\n muls r0, r6\n adds r0, r0, r5\n"                                                              \
    " sxth r5, r0\n subs r0, r0, r5\n sxth r4, r2\n asrs r2, r2, #16\n adcs r0, r2\n"                                  \
    " add r0, lr\n stmia r1!, {r0}\n"
// Half of what is dropped is in r3. One that overflows is the highest of 16 bits without it.
#define LEVELS_WIDE(site)                                                                                              \
    " ldmia r7!, {r0, r2}\n"                                                                                           \
    " adds r0, r0, r3\n bvs 6" #site "f\n7" #site ":\n asrs r0, r0, #16\n"                                             \
    " adds r2, r2, r3\n bvs 8" #site "f\n9" #site ":\n asrs r2, r2, #16\n"                                             \
    " muls r0, r6\n beq 3" #site "f\n4" #site ":\n adds r0, r0, r4\n"                                                  \
    " muls r2, r6\n adds r2, r2, r5\n"                                                                                 \
    " sxth r5, r2\n subs r2, r2, r5\n sxth r4, r0\n asrs r0, r0, #16\n adcs r2, r0\n"                                  \
    " add r2, lr\n stmia r1!, {r2}\n"
#define HIGHEST(site) "6" #site ":\n subs r0, r0, r3\n b 7" #site "b\n8" #site ":\n subs r2, r2, r3\n b 9" #site "b\n"
#define HALF          " movs r3, #1\n lsls r3, r3, #15\n"

#define SHAPED(name, type, half, step, quiet)                                                                          \
    NAKED void name(ta_pwm_state_t *pwm UNUSED, const type *in UNUSED, uint32_t *out UNUSED, size_t count UNUSED)      \
    {                                                                                                                  \
        __asm__(".syntax unified\n"                                                                                    \
                " push {r0, r4-r7, lr}\n"                                                                              \
                " mov r7, r1\n mov r1, r2\n"                                                                           \
                " lsls r2, r3, #2\n beq 9f\n"                                                                          \
                " adds r2, r2, r1\n mov ip, r2\n" PWM_CONSTANTS " ldr r5, [r0, #16]\n mov r4, r1\n push {r4, r5}\n"    \
                " ldr r4, [r0, #0]\n ldr r5, [r0, #4]\n"                                                               \
                " lsrs r2, r3, #1\n" half                                                                              \
                " bcs 6f\n" TWO_A_TURN(step) " pop {r2, r3}\n ldr r0, [sp, #0]\n"                                      \
                                             " str r4, [r0, #0]\n str r5, [r0, #4]\n" PWM_QUIET                        \
                                             "9:\n pop {r0, r4-r7, pc}\n" quiet " .ltorg\n");                          \
    }

SHAPED(ta_m0plus_pwm_shaped, uint32_t, "", LEVELS, QUIET(1, "r0", "r2", "", "") QUIET(2, "r0", "r2", "", ""))
SHAPED(ta_m0plus_pwm_shaped_wide, int32_t, " ldr r3, =0x8000\n", LEVELS_WIDE,
       HIGHEST(1) HIGHEST(2) QUIET(1, "r2", "r0", "", HALF) QUIET(2, "r2", "r0", "", HALF))

// r7: two numbers of 16 bits; r8: the generator; r9, r10: past, negative, as only additions reach them; r11 reads.
#define DITHERED(site, both)                                                                                           \
    " mov r7, r8\n lsls r3, r7, #13\n eors r7, r3\n lsrs r3, r7, #17\n eors r7, r3\n lsls r3, r7, #5\n eors r7, r3\n"  \
    " mov r8, r7\n" both " mov r0, r11\n ldmia r0!, {r3}\n mov r11, r0\n"                                              \
    " asrs r0, r3, #16\n sxth r2, r3\n muls r2, r6\n beq 3" #site "f\n4" #site ":\n"                                   \
    " adds r2, r2, r4\n add r2, r9\n asrs r4, r4, #1\n rsbs r4, r4, #0\n mov r9, r4\n"                                 \
    " sxth r4, r7\n adds r2, r2, r4\n sxth r3, r2\n subs r4, r3, r4\n"                                                 \
    " muls r0, r6\n adds r0, r0, r5\n add r0, r10\n asrs r5, r5, #1\n rsbs r5, r5, #0\n mov r10, r5\n"                 \
    " asrs r5, r7, #16\n adds r0, r0, r5\n sxth r3, r0\n subs r0, r0, r3\n subs r5, r3, r5\n"                          \
    " asrs r2, r2, #16\n adcs r0, r2\n add r0, lr\n stmia r1!, {r0}\n"
#define BOTH_LOW " uxth r3, r7\n lsls r7, r7, #16\n orrs r7, r3\n"
#define FORGET   " mov r9, r4\n mov r10, r4\n"

NAKED uint32_t ta_m0plus_pwm_dithered(ta_pwm_state_t *pwm UNUSED, const uint32_t *in UNUSED, uint32_t *out UNUSED,
                                      size_t count UNUSED, uint32_t random UNUSED, bool once UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r0, r4-r7, lr}\n"
            " mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n push {r4-r7}\n"
            " mov r11, r1\n mov r1, r2\n"
            " ldr r4, [sp, #40]\n mov r8, r4\n"
            " lsls r2, r3, #2\n bne 8f\n b 9f\n8:\n"
            " adds r2, r2, r1\n mov ip, r2\n" PWM_CONSTANTS
            " ldr r4, [r0, #8]\n rsbs r4, r4, #0\n mov r9, r4\n ldr r4, [r0, #12]\n rsbs r4, r4, #0\n mov r10, r4\n"
            " ldr r3, [sp, #44]\n"
            " ldr r5, [r0, #16]\n mov r4, r1\n push {r4, r5}\n"
            " ldr r4, [r0, #0]\n ldr r5, [r0, #4]\n"
            " uxtb r3, r3\n cmp r3, #0\n bne 6f\n"
            "5:\n" DITHERED(1, "") " cmp r1, ip\n bne 5b\n b 7f\n" QUIET(1, "r0", "r2", FORGET, "") "6:\n" DITHERED(
                2, BOTH_LOW) " cmp r1, ip\n bne 6b\n"
                             "7:\n pop {r2, r3}\n ldr r0, [sp, #16]\n"
                             " str r4, [r0, #0]\n str r5, [r0, #4]\n" PWM_QUIET
                             " mov r2, r9\n rsbs r2, r2, #0\n str r2, [r0, #8]\n mov r2, r10\n rsbs r2, r2, #0\n str "
                             "r2, [r0, #12]\n"
                             "9:\n mov r0, r8\n"
                             " pop {r4-r7}\n mov r8, r4\n mov r9, r5\n mov r10, r6\n mov r11, r7\n"
                             " pop {r1, r4-r7, pc}\n" QUIET(2, "r0", "r2", FORGET, ""));
}

#endif
