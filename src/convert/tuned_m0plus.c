// Kernels of the Cortex-M0+ (RP2040), in assembly: the same results as the portable ones of the same names.
//
// Why assembly: one word costs two cycles to load and four cost five, but for words of memory that is not a struct the
// compiler does not use LDM and STM; nor does it keep constants above r7, or use the overflow flag, with which
// rounding and saturating takes two cycles. Cycles: Cortex-M0+ TRM (ARM DDI 0484C), table 3-1; flags and registers of
// instructions: ARMv6-M ARM (ARM DDI 0419E), section A6.7.
//
// Each kernel is a whole function. Its business is eight frames a turn from a word boundary. With any other address or
// count it jumps to its `rest`, which is made of the portable parts and comes back here for the aligned middle; so the
// usual call, a slot from an aligned block, saves its registers and runs.
//
// Registers: r0 in, r1 out, ip the end of out; r2, r3 and lr constants; r4 to r7 samples. Instructions are naked two- or
// three-operand ones, as the processor has them; nothing but their order is left to choose.
#include "kernel.h"

#if TA_TUNED_M0PLUS

enum { FRAMES_A_TURN = 8 };

#define UNUSED __attribute__((unused))

// frame_shift: log2 of the bytes of a frame on the wire. turn: eight frames. behind: what `turn` branches to, and back.
#define M0PLUS(name, reader, writer, channels, frame_shift, constants, turn, behind)                                   \
    __attribute__((used)) static void name##_rest(const void *in, void *out, size_t frames);                           \
    __attribute__((naked)) void name(const void *in UNUSED, void *out UNUSED, size_t frames UNUSED)                    \
    {                                                                                                                  \
        __asm__(".syntax unified\n"                                                                                    \
                " lsls r3, r0, #30\n bne 8f\n"                                                                         \
                " lsls r3, r2, #29\n bne 8f\n"                                                                         \
                " lsls r2, r2, #" #frame_shift "\n beq 9f\n"                                                           \
                " push {r4-r7, lr}\n"                                                                                  \
                " adds r2, r2, r1\n mov ip, r2\n" constants "7:\n" turn " cmp r1, ip\n bne 7b\n"                       \
                " pop {r4-r7, pc}\n" behind "8:\n ldr r3, =" #name "_rest\n bx r3\n"                                   \
                "9:\n bx lr\n"                                                                                         \
                " .ltorg\n");                                                                                          \
    }                                                                                                                  \
    static void name##_run(const uint8_t *in, uint8_t *out, size_t frames)                                             \
    {                                                                                                                  \
        name(in, out, frames);                                                                                         \
    }                                                                                                                  \
    static void name##_rest(const void *in, void *out, size_t frames)                                                  \
    {                                                                                                                  \
        convert(in, out, frames, (kernel_t){reader, writer, channels, FRAMES_A_TURN, name##_run});                     \
    }

#define R2(value) " ldr r2, =" #value "\n"
#define R3(value) " ldr r3, =" #value "\n"
#define LR(value) " ldr r3, =" #value "\n mov lr, r3\n"

#define TWO(step)  step step
#define FOUR(step) step step step step

// The same for each of the four samples.
#define ALL(op, constant)                                                                                              \
    " " op " r4, " constant "\n " op " r5, " constant "\n " op " r6, " constant "\n " op " r7, " constant "\n"
#define EACH(op, shift)                                                                                                \
    " " op " r4, r4, " shift "\n " op " r5, r5, " shift "\n " op " r6, r6, " shift "\n " op " r7, r7, " shift "\n"

#define IN4  " ldmia r0!, {r4-r7}\n"
#define IN2  " ldmia r0!, {r5, r7}\n"
#define IN1  " ldmia r0!, {r7}\n"
#define OUT4 " stmia r1!, {r4-r7}\n"
#define OUT2 " stmia r1!, {r6, r7}\n"

#define TO_WORD 2
#define TO_PAIR 3

// ---- equal formats ---------------------------------------------------------------------------------------------------

M0PLUS(ta_m0plus_s16_stereo_word, s16, word, 2, 2, "", TWO(IN4 OUT4), "")
M0PLUS(ta_m0plus_s32_stereo_pair, s32, pair, 2, 3, "", FOUR(IN4 OUT4), "")

// ---- 16 bits ---------------------------------------------------------------------------------------------------------

// The middles of two samples are 0x80008000. A sample times 0x00010001 is a frame.
#define SPREAD_16                                                                                                      \
    " uxth r4, r5\n muls r4, r3\n lsrs r5, r5, #16\n muls r5, r3\n"                                                    \
    " uxth r6, r7\n muls r6, r3\n lsrs r7, r7, #16\n muls r7, r3\n"

M0PLUS(ta_m0plus_u16_stereo_word, u16, word, 2, 2, R2(0x80008000), TWO(IN4 ALL("eors", "r2") OUT4), "")
M0PLUS(ta_m0plus_s16_mono_word, s16, word, 1, 2, R3(0x00010001), TWO(IN2 SPREAD_16 OUT4), "")
M0PLUS(ta_m0plus_u16_mono_word, u16, word, 1, 2, R2(0x80008000) R3(0x00010001),
       TWO(IN2 " eors r5, r2\n eors r7, r2\n" SPREAD_16 OUT4), "")

// Two words become four: the lower half moves up, and the upper half loses the lower by the mask in r2.
#define APART_16 " lsls r4, r5, #16\n bics r5, r2\n lsls r6, r7, #16\n bics r7, r2\n"
// One word becomes two samples, each twice.
#define APART_16_TWICE " lsls r4, r7, #16\n movs r5, r4\n bics r7, r2\n movs r6, r7\n"

M0PLUS(ta_m0plus_s16_stereo_pair, s16, pair, 2, 3, R2(0xFFFF), FOUR(IN2 APART_16 OUT4), "")
M0PLUS(ta_m0plus_u16_stereo_pair, u16, pair, 2, 3, R2(0xFFFF) R3(0x80008000),
       FOUR(IN2 " eors r5, r3\n eors r7, r3\n" APART_16 OUT4), "")
M0PLUS(ta_m0plus_s16_mono_pair, s16, pair, 1, 3, R2(0xFFFF), FOUR(IN1 APART_16_TWICE OUT4), "")
M0PLUS(ta_m0plus_u16_mono_pair, u16, pair, 1, 3, R2(0xFFFF) R3(0x80008000),
       FOUR(IN1 " eors r7, r3\n" APART_16_TWICE OUT4), "")

// ---- 8 bits ----------------------------------------------------------------------------------------------------------

// Four bytes of r7 into r4 to r7. A byte times 0x01010101 is a frame, and times 0x01010000 a sample at the top.
#define BYTES                                                                                                          \
    " uxtb r4, r7\n lsls r5, r7, #16\n lsrs r5, r5, #24\n lsls r6, r7, #8\n lsrs r6, r6, #24\n lsrs r7, r7, #24\n"

M0PLUS(ta_m0plus_s8_mono_word, s8, word, 1, 2, R3(0x01010101), TWO(IN1 BYTES ALL("muls", "r3") OUT4), "")
M0PLUS(ta_m0plus_u8_mono_word, u8, word, 1, 2, R2(0x80008000) R3(0x01010101),
       TWO(IN1 BYTES ALL("muls", "r3") ALL("eors", "r2") OUT4), "")
M0PLUS(ta_m0plus_s8_stereo_pair, s8, pair, 2, 3, R3(0x01010000), FOUR(IN1 BYTES ALL("muls", "r3") OUT4), "")
M0PLUS(ta_m0plus_u8_stereo_pair, u8, pair, 2, 3, R2(0x80000000) R3(0x01010000),
       FOUR(IN1 BYTES ALL("muls", "r3") ALL("eors", "r2") OUT4), "")

// Two bytes of a register, left in bits 0 to 7, right in 8 to 15 and nothing above, become left and right 16 bits apart;
// times 0x101 that is a frame.
#define APART_8(reg) " lsls r5, " reg ", #8\n orrs " reg ", r5\n ands " reg ", r2\n muls " reg ", r3\n"
#define FRAMES_8     " uxth r6, r7\n lsrs r7, r7, #16\n" APART_8("r6") APART_8("r7")

M0PLUS(ta_m0plus_s8_stereo_word, s8, word, 2, 2, R2(0x00FF00FF) R3(0x101), FOUR(IN1 FRAMES_8 OUT2), "")
M0PLUS(ta_m0plus_u8_stereo_word, u8, word, 2, 2, R2(0x00FF00FF) R3(0x101) " ldr r4, =0x80008000\n",
       FOUR(IN1 FRAMES_8 " eors r6, r4\n eors r7, r4\n" OUT2), "")

// Four bytes of r3, each a sample twice. Adding to the top bit flips it, and only additions reach lr.
#define BYTES_TWICE(flip4, flip6)                                                                                      \
    " ldmia r0!, {r3}\n"                                                                                               \
    " uxtb r4, r3\n muls r4, r2\n" flip4 " movs r5, r4\n"                                                              \
    " lsls r6, r3, #16\n lsrs r6, r6, #24\n muls r6, r2\n" flip6 " movs r7, r6\n" OUT4                                 \
    " lsls r4, r3, #8\n lsrs r4, r4, #24\n muls r4, r2\n" flip4 " movs r5, r4\n"                                       \
    " lsrs r6, r3, #24\n muls r6, r2\n" flip6 " movs r7, r6\n" OUT4

M0PLUS(ta_m0plus_s8_mono_pair, s8, pair, 1, 3, R2(0x01010000), TWO(BYTES_TWICE("", "")), "")
M0PLUS(ta_m0plus_u8_mono_pair, u8, pair, 1, 3, R2(0x01010000) LR(0x80000000),
       TWO(BYTES_TWICE(" add r4, lr\n", " add r6, lr\n")), "")

// ---- 24 and 32 bits that fit -----------------------------------------------------------------------------------------

// Packed samples a, b, c and d in three words, each word's first byte on the right:  b a a a | c c b b | d d d c
// They are brought to the top of r4 to r7; below b, c and d a byte of the neighbour is left. Uses r3.
#define IN4_S24                                                                                                        \
    " ldmia r0!, {r5-r7}\n"                                                                                            \
    " lsls r4, r5, #8\n"                                                                                               \
    " lsrs r5, r5, #16\n lsls r3, r6, #16\n orrs r5, r3\n"                                                             \
    " lsrs r6, r6, #8\n lsls r3, r7, #24\n orrs r6, r3\n"
#define CLEAN_S24 " bics r5, r2\n bics r6, r2\n bics r7, r2\n"

// The same, each sample twice, and clean. Uses r2 and r3.
#define TWICE_S24                                                                                                      \
    " ldmia r0!, {r2, r3}\n"                                                                                           \
    " lsls r4, r2, #8\n movs r5, r4\n"                                                                                 \
    " lsrs r6, r2, #24\n lsls r6, r6, #8\n lsls r7, r3, #16\n orrs r6, r7\n movs r7, r6\n" OUT4 " ldmia r0!, {r2}\n"   \
    " lsrs r4, r3, #16\n lsls r4, r4, #8\n lsls r5, r2, #24\n orrs r4, r5\n movs r5, r4\n"                             \
    " lsrs r6, r2, #8\n lsls r6, r6, #8\n movs r7, r6\n" OUT4

M0PLUS(ta_m0plus_s24_stereo_pair, s24, pair, 2, 3, R2(0xFF), FOUR(IN4_S24 CLEAN_S24 OUT4), "")
M0PLUS(ta_m0plus_s24_mono_pair, s24, pair, 1, 3, "", TWO(TWICE_S24), "")
M0PLUS(ta_m0plus_s24in32_stereo_pair, s24in32, pair, 2, 3, "", FOUR(IN4 EACH("lsls", "#8") OUT4), "")
M0PLUS(ta_m0plus_s24in32_mono_pair, s24in32, pair, 1, 3, "",
       FOUR(IN2 " lsls r4, r5, #8\n movs r5, r4\n lsls r6, r7, #8\n movs r7, r6\n" OUT4), "")
M0PLUS(ta_m0plus_s32_mono_pair, s32, pair, 1, 3, "", FOUR(IN2 " movs r4, r5\n movs r6, r7\n" OUT4), "")

// ---- 24 and 32 bits, rounded -----------------------------------------------------------------------------------------

// Half of what is dropped is in r2. A sum beyond 2^31 - 1 sets V; taking the half away again leaves the highest number on
// the wire in the upper bits. Each site has a label and a way back of its own, by number.
#define ROUND(site, reg) " adds " reg ", " reg ", r2\n bvs 1" #site "f\n2" #site ":\n"
#define FIX(site, reg)   "1" #site ":\n subs " reg ", " reg ", r2\n b 2" #site "b\n"
#define ROUND4(site)     ROUND(site##1, "r4") ROUND(site##2, "r5") ROUND(site##3, "r6") ROUND(site##4, "r7")
#define FIX4(site)       FIX(site##1, "r4") FIX(site##2, "r5") FIX(site##3, "r6") FIX(site##4, "r7")
#define ROUND2(site)     ROUND(site##1, "r5") ROUND(site##2, "r7")
#define FIX2(site)       FIX(site##1, "r5") FIX(site##2, "r7")

#define TWO_SITES(step)  step(1) step(2)
#define FOUR_SITES(step) step(1) step(2) step(3) step(4)

// The upper halves of four samples are two frames; the mask of the lower half is in r3.
#define PACK                                                                                                           \
    " lsrs r4, r4, #16\n bics r5, r3\n orrs r4, r5\n"                                                                  \
    " lsrs r6, r6, #16\n bics r7, r3\n orrs r7, r6\n"                                                                  \
    " stmia r1!, {r4, r7}\n"
// Each is a frame by itself, by the factor in r3.
#define SPREAD EACH("lsrs", "#16") ALL("muls", "r3") OUT4
#define R3_LR  " mov r3, lr\n"

#define S32_STEREO(site)     IN4 ROUND4(site) PACK
#define S32_MONO(site)       IN4 ROUND4(site) SPREAD
#define S24IN32_STEREO(site) IN4 EACH("lsls", "#8") ROUND4(site) PACK
#define S24IN32_MONO(site)   IN4 EACH("lsls", "#8") ROUND4(site) SPREAD
// What is left below a packed sample never reaches the half, so it rounds like a clean one.
#define S24_STEREO(site)                                                                                               \
    IN4_S24 ROUND4(site)                                                                                               \
    R3_LR PACK
#define S24_MONO(site)                                                                                                 \
    IN4_S24 ROUND4(site)                                                                                               \
    R3_LR SPREAD
#define S32_STEREO_PAIR(site) IN4 ROUND4(site) ALL("bics", "r3") OUT4
#define S32_MONO_PAIR(site)   IN2 ROUND2(site) " bics r5, r3\n bics r7, r3\n movs r4, r5\n movs r6, r7\n" OUT4

M0PLUS(ta_m0plus_s32_stereo_word, s32, word16, 2, 2, R2(0x8000) R3(0xFFFF), FOUR_SITES(S32_STEREO), FOUR_SITES(FIX4))
M0PLUS(ta_m0plus_s32_mono_word, s32, word16, 1, 2, R2(0x8000) R3(0x00010001), TWO_SITES(S32_MONO), TWO_SITES(FIX4))
M0PLUS(ta_m0plus_s24in32_stereo_word, s24in32, word16, 2, 2, R2(0x8000) R3(0xFFFF), FOUR_SITES(S24IN32_STEREO),
       FOUR_SITES(FIX4))
M0PLUS(ta_m0plus_s24in32_mono_word, s24in32, word16, 1, 2, R2(0x8000) R3(0x00010001), TWO_SITES(S24IN32_MONO),
       TWO_SITES(FIX4))
M0PLUS(ta_m0plus_s24_stereo_word, s24, word16, 2, 2, R2(0x8000) LR(0xFFFF), TWO_SITES(S24_STEREO), TWO_SITES(FIX4))
M0PLUS(ta_m0plus_s24_mono_word, s24, word16, 1, 2, R2(0x8000) LR(0x00010001), TWO_SITES(S24_MONO), TWO_SITES(FIX4))
M0PLUS(ta_m0plus_s32_stereo_pair24, s32, pair24, 2, 3, R2(0x80) R3(0xFF), FOUR_SITES(S32_STEREO_PAIR), FOUR_SITES(FIX4))
M0PLUS(ta_m0plus_s32_mono_pair24, s32, pair24, 1, 3, R2(0x80) R3(0xFF), FOUR_SITES(S32_MONO_PAIR), FOUR_SITES(FIX2))

#endif
