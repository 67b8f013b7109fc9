// What one output frame weighs, for the Cortex-M0+ (RP2040): the same sums as resample_kernels.c, by products of 32 bits.
//
// It has no product of 64 bits. Samples of 16 bits times coefficients of 23 do not fit 32, but two sums do for all of it: that of the products modulo
// 2^32, and that of samples times the coefficient's upper part, c >> 9. What the second one leaves, samples times (c & 511), is less than 2^31 in
// size for 128 taps, so both together give the sum exactly. tools/resample_table.py proves the upper sum's bound: up to twice the filter's own
// number of taps, or any eight taps.
//
// Assembly: the reasons of src/convert/tuned_m0plus.c, and 14 values at a time, of which a compiler keeps half in memory. Cycles a tap: 22 and 28 stereo, 16 and
// 22 mono; the second where the filter is stretched, and every tap has a fraction of its own.
#include "resample_private.h"

#if TA_RESAMPLE_M0PLUS

#include <stddef.h>

#define NAKED       __attribute__((naked))
#define UNUSED      __attribute__((unused))
#define OUT_OF_LINE __attribute__((noinline))

_Static_assert(offsetof(ta_resample_side_t, place) == 4 && offsetof(ta_resample_side_t, stride) == 8 &&
                   offsetof(ta_resample_side_t, frames) == 12 && offsetof(ta_resample_side_t, taps) == 16,
               "assembly knows the order");

_Static_assert(sizeof(ta_resample_side_t) == 20, "and the size");

enum {
    PART = 4,                                   // taps of either side where the filter is stretched far
    TAPS = 64,                                  // and where it is not
    TWICE = 1 << (7 + RESAMPLE_PLACE_BITS - 1), // the stride at which there are twice the filter's own taps
    WHOLE_MASK = (1 << RESAMPLE_PLACE_BITS) - 1
};

typedef struct {
    uint32_t all[2];  // of each channel, modulo 2^32
    int32_t upper[2]; // with coefficients >> 9
} sums32_t;

#define PUSH_ALL                                                                                                       \
    ".syntax unified\n push {r4-r7, lr}\n"                                                                             \
    " mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n push {r4-r7}\n push {r0, r1}\n"                            \
    " movs r7, #0\n mov r8, r7\n mov r9, r7\n mov r10, r7\n mov r11, r7\n"
#define POP_ALL                                                                                                        \
    " mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n ldr r1, [sp, #4]\n stmia r1!, {r4-r7}\n add sp, #8\n"      \
    " pop {r4-r7}\n mov r8, r4\n mov r9, r5\n mov r10, r6\n mov r11, r7\n pop {r4-r7, pc}\n"

// Both sides, one after the other: [sp] is the next one's, and [sp + 4] the sums'. A bit of that tells that the second has been begun.
#define EACH_SIDE(body)                                                                                                \
    "5:\n ldr r0, [sp]\n" body " ldr r0, [sp]\n adds r0, #20\n str r0, [sp]\n"                                         \
    " ldr r1, [sp, #4]\n lsls r2, r1, #31\n bne 6f\n adds r1, #1\n str r1, [sp, #4]\n b 5b\n"                          \
    "6:\n subs r1, #1\n str r1, [sp, #4]\n"

// Into a turn of four with 1, 2 or 3 taps left over first. r5: taps.
#define ENTER     " lsls r5, r5, #30\n beq 4f\n lsrs r5, r5, #30\n cmp r5, #2\n bhi 3f\n beq 2f\n b 1f\n"
#define TURN(tap) "4:\n" tap "3:\n" tap "2:\n" tap "1:\n" tap

// r0 the entry, lr from behind two entries to the next two, r2 the fraction, r1 the samples, ip their end.
#define LOAD_WHOLE                                                                                                     \
    " ldmia r0!, {r4, r5, r6}\n ldr r1, [r0]\n movs r2, r5\n movs r3, r6\n ldr r5, [r0, #4]\n"                         \
    " lsrs r0, r2, #14\n lsls r0, r0, #2\n adds r0, r0, r4\n"                                                          \
    " asrs r3, r3, #14\n lsls r3, r3, #2\n subs r3, #8\n mov lr, r3\n"                                                 \
    " lsls r2, r2, #18\n lsrs r2, r2, #18\n"
#define COEFFICIENT_WHOLE                                                                                              \
    " ldmia r0!, {r4, r5}\n add r0, lr\n"                                                                              \
    " subs r5, r5, r4\n muls r5, r2\n asrs r5, r5, #14\n adds r5, r5, r4\n"

// r2 the place, lr the stride, ip the table, r1 the samples, [sp] their end.
#define LOAD_STRETCHED                                                                                                 \
    " ldmia r0!, {r4, r5, r6}\n ldr r1, [r0]\n movs r2, r5\n ldr r5, [r0, #4]\n mov lr, r6\n mov ip, r4\n"
#define COEFFICIENT_STRETCHED                                                                                          \
    " lsrs r0, r2, #14\n lsls r0, r0, #2\n add r0, ip\n ldmia r0!, {r4, r5}\n"                                         \
    " lsls r3, r2, #18\n lsrs r3, r3, #18\n add r2, lr\n"                                                              \
    " subs r5, r5, r4\n muls r5, r3\n asrs r5, r5, #14\n adds r5, r5, r4\n"

// The coefficient in r5.
#define STEREO                                                                                                         \
    " ldmia r1!, {r6}\n sxth r4, r6\n asrs r6, r6, #16\n asrs r7, r5, #9\n"                                            \
    " mov r3, r5\n muls r3, r4\n add r8, r3\n muls r5, r6\n add r9, r5\n"                                              \
    " muls r4, r7\n add r10, r4\n muls r6, r7\n add r11, r6\n"
#define MONO                                                                                                           \
    " movs r6, #0\n ldrsh r6, [r1, r6]\n adds r1, #2\n asrs r7, r5, #9\n"                                              \
    " muls r5, r6\n add r8, r5\n muls r6, r7\n add r10, r6\n"

// frame_shift: log2 of a frame's bytes.
#define WHOLE(name, samples, frame_shift)                                                                              \
    NAKED static void name(const ta_resample_side_t side[2] UNUSED, sums32_t *sums UNUSED)                             \
    {                                                                                                                  \
        __asm__(PUSH_ALL EACH_SIDE(LOAD_WHOLE " lsls r4, r5, #" #frame_shift                                           \
                                              "\n adds r4, r4, r1\n mov ip, r4\n" ENTER TURN(                          \
                                                  COEFFICIENT_WHOLE samples) " cmp r1, ip\n bne 4b\n") POP_ALL);       \
    }
#define STRETCHED(name, samples, frame_shift)                                                                          \
    NAKED static void name(const ta_resample_side_t side[2] UNUSED, sums32_t *sums UNUSED)                             \
    {                                                                                                                  \
        __asm__(PUSH_ALL EACH_SIDE(                                                                                    \
            LOAD_STRETCHED " lsls r4, r5, #" #frame_shift "\n adds r4, r4, r1\n push {r4}\n" ENTER TURN(               \
                COEFFICIENT_STRETCHED samples) " ldr r3, [sp]\n cmp r1, r3\n bne 4b\n add sp, #4\n") POP_ALL);         \
    }

WHOLE(whole_stereo, STEREO, 2)
WHOLE(whole_mono, MONO, 1)
STRETCHED(stretched_stereo, STEREO, 2)
STRETCHED(stretched_mono, MONO, 1)

// ---- rows ------------------------------------------------------------------------------------------------------------------

// Registers: r0 the row, ip where it ends, r1 the samples, r2 behind, r3 and r4 words, r5 scratch, r6 and r7 samples; r8 and r9 the rest, r10 and r11 a sum on its way, lr the
// next side; on the stack the first taps' products. Cycles a tap: 13 far and 15 near stereo, 11 and 11 mono.
#define NEAR(bits) " ldmia r0!, {r3, r4}\n muls r4, r2\n adds r3, r3, r4\n asrs r3, r3, #" #bits "\n"
#define FAR(word)  " sxth r5, " word "\n muls r5, r2\n adds " word ", " word ", r5\n asrs " word ", " word ", #16\n"
#define BOTH(frame, word)                                                                                              \
    " sxth r5, " frame "\n muls r5, " word "\n asrs " frame ", " frame ", #16\n muls " frame ", " word "\n"
#define TO_SUM(frame)       " add r10, r5\n add r11, " frame "\n"
#define FAR_STEREO(word, f) FAR(word) BOTH(f, word) TO_SUM(f)
#define FIVE(step)          " .rept 5\n" step " .endr\n"

#define NEAR_STEREO(at)  NEAR(14) " ldr r6, [r1, #" #at "]\n" BOTH("r6", "r3") TO_SUM("r6")
#define FIRST_STEREO(at) NEAR(15) " ldr r6, [r1, #" #at "]\n" BOTH("r6", "r3") " asrs r5, r5, #2\n asrs r6, r6, #2\n"
#define LEFT_STEREO                                                                                                    \
    " subs r1, #12\n" FIRST_STEREO(12) " str r5, [sp]\n str r6, [sp, #4]\n" NEAR_STEREO(8) NEAR_STEREO(4)              \
        NEAR_STEREO(0) " subs r1, #8\n"
#define RIGHT_STEREO                                                                                                   \
    FIRST_STEREO(0)                                                                                                    \
    " ldr r3, [sp]\n adds r5, r5, r3\n str r5, [sp]\n ldr r3, [sp, #4]\n adds r6, r6, r3\n"                            \
    " str r6, [sp, #4]\n" NEAR_STEREO(4) NEAR_STEREO(8) NEAR_STEREO(12) " adds r1, #16\n"
#define LEFT_FAR_STEREO                                                                                                \
    " ldmia r0!, {r3, r4}\n ldmia r1!, {r6, r7}\n subs r1, #16\n" FAR_STEREO("r3", "r7") FAR_STEREO("r4", "r6")
#define RIGHT_FAR_STEREO " ldmia r0!, {r3, r4}\n ldmia r1!, {r6, r7}\n" FAR_STEREO("r3", "r6") FAR_STEREO("r4", "r7")
#define MERGE_STEREO(bits)                                                                                             \
    " mov r3, r10\n asrs r3, r3, #" #bits "\n add r8, r3\n mov r3, r11\n asrs r3, r3, #" #bits "\n add r9, r3\n"       \
    " movs r3, #0\n mov r10, r3\n mov r11, r3\n"

// Samples at any even address. r7 is 2.
#define AT(place)          " movs r6, #" #place "\n ldrsh r6, [r1, r6]\n"
#define AT_2               " ldrsh r6, [r1, r7]\n"
#define NEAR_MONO(place)   NEAR(14) AT(place) " muls r6, r3\n add r10, r6\n"
#define FIRST_MONO(place)  NEAR(15) AT(place) " muls r6, r3\n asrs r6, r6, #2\n"
#define FAR_MONO(word, at) FAR(word) at " muls r6, " word "\n add r10, r6\n"
#define LEFT_MONO                                                                                                      \
    " subs r1, #6\n" FIRST_MONO(6) " str r6, [sp]\n" NEAR_MONO(4) NEAR_MONO(2)                                         \
        NEAR_MONO(0) " subs r1, #4\n movs r7, #2\n"
#define RIGHT_MONO                                                                                                     \
    FIRST_MONO(0)                                                                                                      \
    " ldr r3, [sp]\n adds r6, r6, r3\n str r6, [sp]\n" NEAR_MONO(2) NEAR_MONO(4) NEAR_MONO(6) " adds r1, #8\n"
#define LEFT_FAR_MONO    " ldmia r0!, {r3, r4}\n" FAR_MONO("r3", AT_2) FAR_MONO("r4", AT(0)) " subs r1, #4\n"
#define RIGHT_FAR_MONO   " ldmia r0!, {r3, r4}\n" FAR_MONO("r3", AT(0)) FAR_MONO("r4", AT_2) " adds r1, #4\n"
#define MERGE_MONO(bits) " mov r3, r10\n asrs r3, r3, #" #bits "\n add r8, r3\n movs r3, #0\n mov r10, r3\n"

#define SIDE(near, far, merge, loop)                                                                                   \
    " ldmia r0!, {r1, r2, r3}\n mov lr, r0\n movs r0, r3\n" near merge(                                                \
        1) " lsls r2, r2, #2\n movs r3, r0\n adds r3, #80\n mov ip, r3\n" #loop                                        \
           ":\n" FIVE(far) " cmp r0, ip\n bne " #loop "b\n" merge(2)
// A channel's rest in `rest`, its first taps' products at `place`: a sample, in r3.
#define SAMPLE(rest, place, loop)                                                                                      \
    " mov r3, " rest "\n asrs r3, r3, #2\n ldr r4, [sp, #" #place "]\n adds r3, r3, r4\n adds r3, r3, r5\n"            \
    " asrs r3, r3, #14\n sxth r4, r3\n cmp r4, r3\n beq " #loop "f\n asrs r3, r3, #31\n eors r3, r6\n" #loop ":\n"
#define TO(place) " strh r3, [r0, #" #place "]\n"
#define ROWS(name, left, right, end)                                                                                   \
    NAKED void name(const ta_resample_row_t side[2] UNUSED, int16_t *to UNUSED)                                        \
    {                                                                                                                  \
        __asm__(".syntax unified\n push {r1, r4-r7, lr}\n"                                                             \
                " mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n push {r4-r7}\n sub sp, #8\n"                   \
                " movs r3, #0\n mov r8, r3\n mov r9, r3\n mov r10, r3\n mov r11, r3\n" left " mov r0, lr\n" right      \
                " ldr r0, [sp, #24]\n movs r5, #1\n lsls r5, r5, #13\n ldr r6, =0x7fff\n" end                          \
                " add sp, #8\n pop {r4-r7}\n mov r8, r4\n mov r9, r5\n mov r10, r6\n mov r11, r7\n"                    \
                " pop {r1, r4-r7, pc}\n .ltorg\n");                                                                    \
    }

_Static_assert(RESAMPLE_NEAR == 4 && RESAMPLE_FAR == 20 && offsetof(ta_resample_row_t, behind) == 4 &&
                   offsetof(ta_resample_row_t, row) == 8 && sizeof(ta_resample_row_t) == 12,
               "assembly knows them");

ROWS(ta_m0plus_resample_rows_stereo, SIDE(LEFT_STEREO, LEFT_FAR_STEREO, MERGE_STEREO, 1),
     SIDE(RIGHT_STEREO, RIGHT_FAR_STEREO, MERGE_STEREO, 2), SAMPLE("r8", 0, 3) TO(0) SAMPLE("r9", 4, 4) TO(2))
ROWS(ta_m0plus_resample_rows_mono, SIDE(LEFT_MONO, LEFT_FAR_MONO, MERGE_MONO, 1),
     SIDE(RIGHT_MONO, RIGHT_FAR_MONO, MERGE_MONO, 2), SAMPLE("r8", 0, 3) TO(0))

// ---- parabolas -------------------------------------------------------------------------------------------------------------

// A parabola leaves no registers for any of this: plain C, with the same two sums.
static inline __attribute__((always_inline)) void curve(const ta_resample_side_t side[2], sums32_t *sums,
                                                        unsigned channels)
{
    *sums = (sums32_t){.all = {0}};
    for (unsigned s = 0; s < 2; s++) {
        const int16_t *samples = side[s].frames;
        uint32_t place = side[s].place;
        for (uint32_t tap = 0; tap < side[s].taps; tap++, place += (uint32_t)side[s].stride) {
            int32_t weight = resample_curve(side[s].table, place);
            for (unsigned c = 0; c < channels; c++) {
                int32_t sample = *samples++;
                sums->all[c] += (uint32_t)weight * (uint32_t)sample;
                sums->upper[c] += (weight >> 9) * sample;
            }
        }
    }
}

static void curve_mono(const ta_resample_side_t side[2], sums32_t *sums)
{
    curve(side, sums, 1);
}

static void curve_stereo(const ta_resample_side_t side[2], sums32_t *sums)
{
    curve(side, sums, 2);
}

typedef void sum32_t(const ta_resample_side_t side[2], sums32_t *sums);

static inline __attribute__((always_inline)) int64_t together(const sums32_t *sums, unsigned channel)
{
    int32_t lower = (int32_t)(sums->all[channel] - ((uint32_t)sums->upper[channel] << 9));
    return (int64_t)sums->upper[channel] * 512 + lower;
}

// A filter that is stretched further: eight taps at a time, four of either side.
OUT_OF_LINE static void in_parts(const ta_resample_side_t side[2], int64_t *sums, unsigned channels, sum32_t *add)
{
    ta_resample_side_t part[2] = {side[0], side[1]};
    sums[0] = 0;
    if (channels == 2)
        sums[1] = 0;
    for (uint32_t left = side->taps; left > 0; left -= part->taps) {
        part[0].taps = part[1].taps = left < PART ? left : PART;
        sums32_t sum;
        add(part, &sum);
        for (unsigned c = 0; c < channels; c++)
            sums[c] += together(&sum, c);
        for (unsigned s = 0; s < 2; s++) {
            part[s].place += part->taps * (uint32_t)part[s].stride;
            part[s].frames = (const int16_t *)part[s].frames + part->taps * channels;
        }
    }
}

static inline __attribute__((always_inline)) void all(const ta_resample_side_t side[2], int64_t *sums,
                                                      unsigned channels, sum32_t *add)
{
    if ((uint32_t)side[1].stride < TWICE || side->taps > TAPS) {
        in_parts(side, sums, channels, add);
        return;
    }
    sums32_t sum;
    add(side, &sum);
    sums[0] = together(&sum, 0);
    if (channels == 2)
        sums[1] = together(&sum, 1);
}

void ta_m0plus_resample_line_mono(const ta_resample_side_t side[2], int64_t *sums)
{
    all(side, sums, 1, (side[1].stride & WHOLE_MASK) == 0 ? whole_mono : stretched_mono);
}

void ta_m0plus_resample_line_stereo(const ta_resample_side_t side[2], int64_t *sums)
{
    all(side, sums, 2, (side[1].stride & WHOLE_MASK) == 0 ? whole_stereo : stretched_stereo);
}

void ta_m0plus_resample_curve_mono(const ta_resample_side_t side[2], int64_t *sums)
{
    all(side, sums, 1, curve_mono);
}

void ta_m0plus_resample_curve_stereo(const ta_resample_side_t side[2], int64_t *sums)
{
    all(side, sums, 2, curve_stereo);
}

#endif
