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
