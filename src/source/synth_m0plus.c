// Loops of the synthesizer for the Cortex-M0+ (RP2040), in assembly: the same sums as the portable ones of those names. test/arm compares them.
//
// Why assembly: eight registers must hold the phase, the waveform, gains and the bus, and the compiler spills; it neither keeps the rest above r7 nor puts what happens
// once in a period, the wrap, behind the loop. Cycles: Cortex-M0+ TRM (ARM DDI 0484C), table 3-1.

#include "synth_kernel.h"

#if TA_TUNED_M0PLUS

#define NAKED  __attribute__((naked))
#define UNUSED __attribute__((unused))

_Static_assert(offsetof(ta_osc_t, wave) == 0 && offsetof(ta_osc_t, phase) == 4 && offsetof(ta_osc_t, step) == 8 &&
                   offsetof(ta_osc_t, end) == 12 && offsetof(ta_osc_t, span) == 16,
               "the places below");

#define FOUR(body) body(1) body(2) body(3) body(4)
// A product / 2^16 towards 0: `reg`, by way of `spare`.
#define PART(reg, spare)                                                                                               \
    " asrs " spare ", " reg ", #31\n lsrs " spare ", " spare ", #16\n adds " reg ", " reg ", " spare "\n asrs " reg    \
    ", " reg ", #16\n"

// ---- a waveform, one channel -----------------------------------------------------------------------------------------------------

// r0 phase, r1 step, r2 waveform, r3 gain, r4 end, r7 bus; lr span, ip the end of whole groups.
#define MONO(site)                                                                                                     \
    " adds r0, r0, r1\n cmp r0, r4\n bhs 3" #site "f\n4" #site ":\n"                                                   \
    " lsrs r5, r0, #16\n lsls r5, r5, #1\n ldrsh r5, [r2, r5]\n muls r5, r3\n" PART(                                   \
        "r5", "r6") " ldr r6, [r7]\n adds r6, r6, r5\n stmia r7!, {r6}\n"
#define MONO_WRAP(site) "3" #site ":\n mov r6, lr\n subs r0, r0, r6\n b 4" #site "b\n"

NAKED void ta_m0plus_osc_add_mono(ta_osc_t *osc UNUSED, int32_t *bus UNUSED, uint32_t frames UNUSED,
                                  int32_t gain UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r0, r2, r4-r7, lr}\n"
            " mov r7, r1\n"
            " lsrs r5, r2, #2\n lsls r5, r5, #4\n adds r5, r5, r7\n mov ip, r5\n"
            " ldr r5, [r0, #16]\n mov lr, r5\n"
            " ldr r1, [r0, #8]\n ldr r4, [r0, #12]\n ldr r2, [r0, #0]\n ldr r0, [r0, #4]\n"
            " b 6f\n"
            "5:\n" FOUR(MONO) "6:\n cmp r7, ip\n bne 5b\n"
                              // up to three more: their bytes onto the end
                              " ldr r5, [sp, #4]\n lsls r5, r5, #30\n lsrs r5, r5, #28\n add ip, r5\n"
                              " b 8f\n"
                              "7:\n" MONO(5) "8:\n cmp r7, ip\n bne 7b\n"
                                             " pop {r1, r2}\n str r0, [r1, #4]\n"
                                             " pop {r4-r7, pc}\n" FOUR(MONO_WRAP) MONO_WRAP(5));
}

// ---- a waveform, two channels ----------------------------------------------------------------------------------------------------

// r0 phase, r2 waveform, r3 left, r7 bus; r8 step, r9 the end of whole groups, r10 span, ip end, lr right.
#define STEREO(site)                                                                                                   \
    " add r0, r8\n cmp r0, ip\n bhs 3" #site "f\n4" #site ":\n"                                                        \
    " lsrs r5, r0, #16\n lsls r5, r5, #1\n ldrsh r5, [r2, r5]\n mov r6, lr\n muls r6, r5\n muls r5, r3\n" PART("r5",   \
                                                                                                               "r1")   \
        PART(                                                                                                          \
            "r6",                                                                                                      \
            "r1") " ldmia r7!, {r1, r4}\n subs r7, r7, #8\n adds r1, r1, r5\n adds r4, r4, r6\n stmia r7!, {r1, r4}\n"
#define STEREO_WRAP(site) "3" #site ":\n mov r6, r10\n subs r0, r0, r6\n b 4" #site "b\n"

NAKED void ta_m0plus_osc_add_stereo(ta_osc_t *osc UNUSED, int32_t *bus UNUSED, uint32_t frames UNUSED,
                                    int32_t left UNUSED, int32_t right UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r7, lr}\n"
            " mov r4, r8\n mov r5, r9\n mov r6, r10\n push {r0, r2, r4-r6}\n" // right is 40 bytes up now
            " mov r7, r1\n"
            " lsrs r5, r2, #2\n lsls r5, r5, #5\n adds r5, r5, r7\n mov r9, r5\n"
            " ldr r5, [sp, #40]\n mov lr, r5\n"
            " ldr r5, [r0, #8]\n mov r8, r5\n ldr r5, [r0, #12]\n mov ip, r5\n ldr r5, [r0, #16]\n mov r10, r5\n"
            " ldr r2, [r0, #0]\n ldr r0, [r0, #4]\n"
            " b 6f\n"
            "5:\n" FOUR(STEREO) "6:\n cmp r7, r9\n bne 5b\n"
                                " ldr r5, [sp, #4]\n lsls r5, r5, #30\n lsrs r5, r5, #27\n add r9, r5\n"
                                " b 8f\n"
                                "7:\n" STEREO(5) "8:\n cmp r7, r9\n bne 7b\n"
                                                 " pop {r1, r2, r4-r6}\n str r0, [r1, #4]\n"
                                                 " mov r8, r4\n mov r9, r5\n mov r10, r6\n"
                                                 " pop {r4-r7, pc}\n" FOUR(STEREO_WRAP) STEREO_WRAP(5));
}

// ---- samples that are there ------------------------------------------------------------------------------------------------------

// r0 samples, r1 bus, r3 gain, ip the end of the bus.
NAKED void ta_m0plus_samples_add_mono(const int16_t *samples UNUSED, int32_t *bus UNUSED, uint32_t frames UNUSED,
                                      int32_t gain UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4, r5, lr}\n"
            " lsls r2, r2, #2\n adds r2, r2, r1\n mov ip, r2\n"
            " movs r2, #0\n"
            " b 6f\n"
            "5:\n ldrsh r4, [r0, r2]\n adds r0, r0, #2\n muls r4, r3\n" PART(
                "r4", "r5") " ldr r5, [r1]\n adds r5, r5, r4\n stmia r1!, {r5}\n"
                            "6:\n cmp r1, ip\n bne 5b\n"
                            " pop {r4, r5, pc}\n");
}

// The same; lr: right.
NAKED void ta_m0plus_samples_add_stereo(const int16_t *samples UNUSED, int32_t *bus UNUSED, uint32_t frames UNUSED,
                                        int32_t left UNUSED, int32_t right UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r7, lr}\n"
            " ldr r4, [sp, #20]\n mov lr, r4\n"
            " lsls r2, r2, #3\n adds r2, r2, r1\n mov ip, r2\n"
            " b 6f\n"
            "5:\n movs r2, #0\n ldrsh r4, [r0, r2]\n adds r0, r0, #2\n mov r5, lr\n muls r5, r4\n muls r4, r3\n" PART(
                "r4", "r6") PART("r5", "r6") " ldmia r1!, {r6, r7}\n subs r1, r1, #8\n adds r6, r6, r4\n adds r7, r7, "
                                             "r5\n stmia r1!, {r6, r7}\n"
                                             "6:\n cmp r1, ip\n bne 5b\n"
                                             " pop {r4-r7, pc}\n");
}

// ---- the bus ---------------------------------------------------------------------------------------------------------------------

// Pairs until whole groups of eight are left.
NAKED void ta_m0plus_bus_clear(int32_t *bus UNUSED, uint32_t sums UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r6, lr}\n"
            " movs r2, #0\n movs r3, #0\n movs r4, #0\n movs r5, #0\n"
            " lsls r6, r1, #2\n adds r6, r6, r0\n mov ip, r6\n"
            " movs r6, #6\n ands r6, r1\n b 6f\n"
            "5:\n stmia r0!, {r2, r3}\n subs r6, r6, #2\n"
            "6:\n bne 5b\n"
            " b 8f\n"
            "7:\n stmia r0!, {r2-r5}\n stmia r0!, {r2-r5}\n"
            "8:\n cmp r0, ip\n bne 7b\n"
            " pop {r4-r6, pc}\n");
}

// r0 in, r1 out, r2 gain, r3 28000, r6 56000, ip the end of in. Within the knee is what 28000 more of is at most 56000, without a sign.
#define FINISH(site)                                                                                                   \
    " ldmia r0!, {r4, r5}\n"                                                                                           \
    " adds r7, r4, r3\n cmp r7, r6\n bhi 1" #site "f\n2" #site ":\n"                                                   \
    " adds r7, r5, r3\n cmp r7, r6\n bhi 3" #site "f\n4" #site ":\n"                                                   \
    " uxth r4, r4\n lsls r5, r5, #16\n orrs r4, r5\n stmia r1!, {r4}\n"
#define KNEE(reg, label, back)                                                                                         \
    label ":\n cmp " reg ", #0\n blt 7f\n subs " reg ", " reg ", r3\n muls " reg ", r2\n asrs " reg ", " reg           \
          ", #16\n adds " reg ", " reg ", r3\n b " back "b\n"                                                          \
          "7:\n adds " reg ", " reg ", r3\n muls " reg ", r2\n asrs " reg ", " reg ", #16\n subs " reg ", " reg        \
          ", r3\n b " back "b\n"

NAKED void ta_m0plus_bus_finish(int32_t *bus UNUSED, uint32_t sums UNUSED, int32_t gain UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r7, lr}\n"
            " lsls r3, r1, #2\n beq 9f\n"
            " adds r3, r3, r0\n mov ip, r3\n"
            " ldr r3, =28000\n adds r6, r3, r3\n"
            " lsrs r4, r1, #2\n mov r1, r0\n bcs 6f\n" // C: an odd number of pairs
            "5:\n" FINISH(1) "6:\n" FINISH(2) " cmp r0, ip\n bne 5b\n"
                                              "9:\n pop {r4-r7, pc}\n" KNEE("r4", "11", "21") KNEE("r5", "31", "41")
                                                  KNEE("r4", "12", "22") KNEE("r5", "32", "42") " .ltorg\n");
}

#endif
