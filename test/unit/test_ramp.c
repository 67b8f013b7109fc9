// Ramps: every 16-bit value, edges and random values of the wider wires. No step above full scale / 64, never away from the
// target, exact ends, and the step that is reported is the largest there is.
#include "src/ring/ramp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FULL = 65536, STEP_MAX = FULL / TA_RAMP_FRAMES, RANDOM_VALUES = 200000, SEED = 7 };

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state ^ *state >> 15;
}

static uint32_t unit_of(const ta_ring_config_t *form) // the wire's least step, as s32
{
    switch (form->wire) {
    case TA_WIRE_S16:
        return 1U << 16;
    case TA_WIRE_S24:
        return 1U << 8;
    case TA_WIRE_PWM: // 2^31 is half of the levels, or a little more where those are no power of two
        return form->pwm_top < 256    ? 1U << 24
               : form->pwm_top < 512  ? 1U << 23
               : form->pwm_top < 1024 ? 1U << 22
                                      : 1U << 21;
    case TA_WIRE_S32:
        break;
    }
    return 1U;
}

static const ta_ring_config_t s16 = {.wire = TA_WIRE_S16}, s24 = {.wire = TA_WIRE_S24}, s32 = {.wire = TA_WIRE_S32};

static int64_t size(int64_t value)
{
    return value < 0 ? -value : value;
}

static uint32_t in_units(int64_t step) // of 1/65536 of full scale, rounded up
{
    return (uint32_t)((size(step) + 0x7fff) >> 15);
}

typedef struct {
    uint64_t frames[TA_RAMP_FRAMES + 2]; // room for the widest, with a guard before and behind
} ramp_t;

static const uint64_t GUARD = 0x5aa5c33c0ff0a55aULL;

static void *begin(ramp_t *ramp)
{
    for (int i = 0; i < TA_RAMP_FRAMES + 2; i++)
        ramp->frames[i] = GUARD;
    return ramp->frames + 1;
}

static void assert_guarded(const ramp_t *ramp, ta_wire_t wire)
{
    size_t used = TA_RAMP_FRAMES * ta_wire_frame_bytes(wire);
    assert_true(ramp->frames[0] == GUARD);
    assert_memory_equal((const uint8_t *)(ramp->frames + 1) + used, &GUARD, sizeof GUARD);
}

// Steps from `start` over the ramp to `end`; returns the largest. `towards` zero the size must not grow; away from it not shrink.
static uint32_t walk(const void *frames, const ta_ring_config_t *form, const int32_t start[2], const int32_t end[2],
                     bool falls)
{
    uint32_t largest = 0;
    int32_t before[2] = {start[0], start[1]};
    for (uint32_t i = 0; i <= TA_RAMP_FRAMES; i++) {
        int32_t frame[2] = {end[0], end[1]};
        if (i < TA_RAMP_FRAMES)
            ta_wire_frame(form, frames, i, frame);
        for (int c = 0; c < 2; c++) {
            uint32_t units = in_units((int64_t)frame[c] - before[c]);
            largest = units > largest ? units : largest;
            bool towards_zero = size(frame[c]) <= size(before[c]), away = size(frame[c]) >= size(before[c]);
            bool same_side = (frame[c] >= 0) == (before[c] >= 0) || frame[c] == 0 || before[c] == 0;
            if (!same_side || !(falls ? towards_zero : away) || ((uint32_t)frame[c] & (unit_of(form) - 1)))
                fail_msg("frame %u, channel %d: %d after %d", i, c, frame[c], before[c]);
        }
        memcpy(before, frame, sizeof before);
    }
    return largest;
}

static void check_pair(const ta_ring_config_t *form, const int32_t value[2])
{
    static const int32_t zero[2] = {0, 0};
    ramp_t ramp;
    void *frames = begin(&ramp);
    ta_ramp_fall(form, frames, value, 0);
    assert_guarded(&ramp, form->wire);
    uint32_t fall = walk(frames, form, value, zero, true);
    int32_t last[2];
    ta_wire_frame(form, frames, TA_RAMP_FRAMES - 1, last);
    assert_int_equal(last[0], 0);
    assert_int_equal(last[1], 0);

    frames = begin(&ramp);
    ta_ramp_rise(form, frames, value);
    assert_guarded(&ramp, form->wire);
    uint32_t rise = walk(frames, form, zero, value, false), most = rise > fall ? rise : fall;
    if (most > STEP_MAX || most != ta_ramp_step(form, ta_ramp_loudness(value)))
        fail_msg("%d, %d: a step of %u, reported %u", value[0], value[1], most,
                 ta_ramp_step(form, ta_ramp_loudness(value)));
}

static void test_every_16_bit_value(void **state)
{
    (void)state;
    unsigned pairs = 0;
    for (uint32_t v = 0; v < 65536; v++) {
        const int32_t value[2] = {(int32_t)(v << 16), (int32_t)((v * 40503U & 0xffff) << 16)};
        check_pair(&s16, value);
        pairs++;
    }
    assert_int_equal(pairs, 65536);
}

// Every level of every range, in both channels: from the middle and back to it.
static void test_every_level_of_pwm(void **state)
{
    (void)state;
    unsigned pairs = 0;
    for (uint32_t top = TA_PWM_TOP_MIN; top <= TA_PWM_TOP_MAX; top += top < 300 || top > 2000 ? 1 : 37) {
        const ta_ring_config_t form = {.wire = TA_WIRE_PWM, .pwm_top = top};
        for (uint32_t level = 0; level <= top; level++) {
            const uint32_t word = level | (top - level) << 16, silence = ta_pwm_silence(top);
            int32_t value[2], nothing[2];
            ta_wire_frame(&form, &word, 0, value);
            ta_wire_frame(&form, &silence, 0, nothing);
            assert_true(nothing[0] == 0 && nothing[1] == 0);
            assert_int_equal(value[0] / (int32_t)unit_of(&form), (int32_t)level - (int32_t)(silence & 0xffff));
            check_pair(&form, value);
            pairs++;
        }
    }
    print_message("%u pairs of levels\n", pairs);
    assert_true(pairs > 100000);
    uint32_t words[5] = {0, 0, 0, 0, 0};
    const ta_ring_config_t form = {.wire = TA_WIRE_PWM, .pwm_top = 1416};
    ta_ramp_silence(&form, words + 1, 3);
    assert_true(words[0] == 0 && words[4] == 0);
    for (int i = 1; i <= 3; i++)
        assert_int_equal(words[i], ta_pwm_silence(1416));
}

static void test_edges_of_wider_wires(void **state)
{
    (void)state;
    unsigned pairs = 0;
    for (unsigned w = 0; w < 2; w++) {
        const ta_ring_config_t *form = w ? &s32 : &s24;
        uint32_t unit = unit_of(form);
        for (unsigned a = 0; a < 32 * 6; a++) {
            for (unsigned b = 0; b < 32 * 6; b += 5) {
                uint32_t one = (1U << (a / 6)) + (a % 3 - 1U) * unit, two = (1U << (b / 6)) + (b % 3 - 1U) * unit;
                one = (a / 3 % 2 ? 0U - one : one) & ~(unit - 1);
                two = (b / 3 % 2 ? 0U - two : two) & ~(unit - 1);
                const int32_t value[2] = {(int32_t)one, (int32_t)two};
                check_pair(form, value);
                pairs++;
            }
        }
    }
    assert_int_equal(pairs, 2 * 192 * 39);
}

static void test_random_values_of_wider_wires(void **state)
{
    (void)state;
    uint32_t random = SEED;
    for (unsigned i = 0; i < RANDOM_VALUES; i++) {
        const ta_ring_config_t *form = i % 2 ? &s24 : &s32;
        uint32_t keep = ~(unit_of(form) - 1);
        const int32_t value[2] = {(int32_t)(next_random(&random) & keep), (int32_t)(next_random(&random) & keep)};
        check_pair(form, value);
    }
    print_message("seed %d, %d pairs\n", SEED, RANDOM_VALUES);
}

// The rest of a fall that began elsewhere is the same line, then zero.
static void test_the_rest_of_a_fall(void **state)
{
    (void)state;
    static const int32_t value[2] = {INT32_MIN, 0x12345600};
    unsigned rests = 0;
    for (int w = 0; w < TA_WIRES; w++) {
        ta_wire_t wire = (ta_wire_t)w;
        const ta_ring_config_t form = {.wire = wire};
        size_t frame_bytes = ta_wire_frame_bytes(wire);
        static const uint64_t zeros[TA_RAMP_FRAMES];
        ramp_t whole, rest;
        ta_ramp_fall(&form, begin(&whole), value, 0);
        for (uint32_t done = 0; done <= 2 * TA_RAMP_FRAMES; done++) {
            ta_ramp_fall(&form, begin(&rest), value, done);
            assert_guarded(&rest, wire);
            uint32_t left = done < TA_RAMP_FRAMES ? TA_RAMP_FRAMES - done : 0;
            const uint8_t *frames = (const uint8_t *)(rest.frames + 1);
            assert_memory_equal(frames, (const uint8_t *)(whole.frames + 1) + (TA_RAMP_FRAMES - left) * frame_bytes,
                                left * frame_bytes);
            assert_memory_equal(frames + left * frame_bytes, zeros, (TA_RAMP_FRAMES - left) * frame_bytes);
            rests++;
        }
    }
    assert_int_equal(rests, 3 * (2 * TA_RAMP_FRAMES + 1));
}

static void test_frames_are_read_as_s32(void **state)
{
    (void)state;
    static const uint32_t halves[2] = {0x80017fffU, 0xffff0001U};
    static const uint32_t words[4] = {1, 0x80000000U, 0xffffff00U, 0x7fffffffU};
    int32_t frame[2];
    ta_wire_frame(&s16, halves, 0, frame);
    assert_int_equal(frame[0], 0x7fff0000);
    assert_int_equal((uint32_t)frame[1], 0x80010000U);
    ta_wire_frame(&s16, halves, 1, frame);
    assert_int_equal(frame[0], 0x00010000);
    assert_int_equal((uint32_t)frame[1], 0xffff0000U);
    ta_wire_frame(&s32, words, 1, frame);
    assert_int_equal((uint32_t)frame[0], 0xffffff00U);
    assert_int_equal(frame[1], 0x7fffffff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_level_of_pwm),   cmocka_unit_test(test_every_16_bit_value),
        cmocka_unit_test(test_edges_of_wider_wires), cmocka_unit_test(test_random_values_of_wider_wires),
        cmocka_unit_test(test_the_rest_of_a_fall),   cmocka_unit_test(test_frames_are_read_as_s32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
