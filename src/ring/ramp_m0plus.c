// The fall of a tail on the Cortex-M0+: a slot has one, so it is the dearest part of what a slot costs beside its frames. Equal to
// ta_ramp_descend of ramp.c; test/arm compares them. Seven rounds of nine points, of which three share one store.

#include "ramp.h"

#if TA_TUNED_M0PLUS

#define UNUSED __attribute__((unused))

#define POINT(reg)   " lsrs " reg ", r2, #6\n ands " reg ", r3\n adds " reg ", " reg ", r1\n add r1, ip\n add r2, lr\n"
#define THREE_POINTS POINT("r4") POINT("r5") POINT("r6") " stmia r0!, {r4-r6}\n"

_Static_assert(TA_RAMP_FRAMES - 1 == 7 * 9, "rounds of nine");

__attribute__((naked)) void ta_ramp_descend_m0plus(uint32_t *out UNUSED, uint32_t whole UNUSED, uint32_t parts UNUSED,
                                                   const ta_ramp_step_t *step UNUSED)
{
    __asm__(".syntax unified\n"
            " push {r4-r7, lr}\n"
            " ldmia r3!, {r6, r7}\n" // the steps of whole and parts
            " negs r6, r6\n mov ip, r6\n"
            " negs r7, r7\n mov lr, r7\n"
            " ldr r3, =0x003f003f\n"
            " movs r7, #7\n"
            "1:\n" THREE_POINTS THREE_POINTS THREE_POINTS " subs r7, r7, #1\n"
            " bne 1b\n"
            " pop {r4-r7, pc}\n"
            " .ltorg\n");
}

#endif
