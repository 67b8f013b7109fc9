// Ramps: straight lines of TA_RAMP_FRAMES frames between silence and one frame of the program.
// In: that frame as s32. Out: wire frames. Invariant: no step, the one from or to the program's frame included, exceeds
// full scale / TA_RAMP_FRAMES, because frame k is floor(value * k / TA_RAMP_FRAMES) and such floors are at most
// ceil(|value| / TA_RAMP_FRAMES) apart.

#include "ramp.h"

#include <string.h>

_Static_assert(TA_RAMP_FRAMES == 64, "the shifts below divide by 64");

// floor(value * k / 64) without a product wider than 32 bits: value = 64 * high + low.
static int32_t part_of(int32_t value, int32_t k)
{
    int32_t high = value >> 6;
    int32_t low = value & 63;
    return high * k + ((low * k) >> 6);
}

// s32 is so many levels shifted up: from the middle, 2^31 is at least half of all levels.
static unsigned pwm_shift(const ta_ring_config_t *form)
{
    return form->pwm_top < 256 ? 24 : form->pwm_top < 512 ? 23 : form->pwm_top < 1024 ? 22 : 21;
}

// Bits of s32 below the wire's own unit.
static unsigned unused_bits(const ta_ring_config_t *form)
{
    switch (form->wire) {
    case TA_WIRE_S16:
        return 16;
    case TA_WIRE_S24:
        return 8;
    case TA_WIRE_PWM:
        return pwm_shift(form);
    case TA_WIRE_S32:
        break;
    }
    return 0;
}

static void put_frame(const ta_ring_config_t *form, void *out, uint32_t index, const int32_t value[2], int32_t k)
{
    if (ta_wire_frame_bytes(form->wire) == 4) { // two halves, from 0 or from the middle
        unsigned shift = unused_bits(form);
        uint32_t silence = form->wire == TA_WIRE_PWM ? ta_pwm_silence(form->pwm_top) : 0;
        uint32_t left = ((uint32_t)part_of(value[0] >> shift, k) + silence) & 0xffffU;
        uint32_t right = ((uint32_t)part_of(value[1] >> shift, k) + (silence >> 16)) & 0xffffU;
        ((uint32_t *)out)[index] = left | right << 16;
        return;
    }
    uint32_t keep = form->wire == TA_WIRE_S24 ? 0xffffff00U : 0xffffffffU;
    ((uint32_t *)out)[2 * index] = (uint32_t)part_of(value[0], k) & keep;
    ((uint32_t *)out)[2 * index + 1] = (uint32_t)part_of(value[1], k) & keep;
}

void ta_ramp_fall(const ta_ring_config_t *form, void *out, const int32_t from[2], uint32_t done)
{
    for (uint32_t i = 0; i < TA_RAMP_FRAMES; i++)
        put_frame(form, out, i, from, i + done < TA_RAMP_FRAMES ? (int32_t)(TA_RAMP_FRAMES - 1 - i - done) : 0);
}

void ta_ramp_rise(const ta_ring_config_t *form, void *out, const int32_t to[2])
{
    for (uint32_t i = 0; i < TA_RAMP_FRAMES; i++)
        put_frame(form, out, i, to, (int32_t)i);
}

void ta_ramp_silence(const ta_ring_config_t *form, void *out, size_t frames)
{
    if (form->wire != TA_WIRE_PWM) {
        memset(out, 0, frames * ta_wire_frame_bytes(form->wire));
        return;
    }
    uint32_t silence = ta_pwm_silence(form->pwm_top);
    for (size_t i = 0; i < frames; i++)
        ((uint32_t *)out)[i] = silence;
}

uint32_t ta_ramp_step(const ta_ring_config_t *form, const int32_t frame[2])
{
    unsigned shift = unused_bits(form); // a step is a whole number of the wire's units
    uint32_t largest = 0;
    for (int c = 0; c < 2; c++) {
        uint32_t magnitude = (frame[c] < 0 ? 0U - (uint32_t)frame[c] : (uint32_t)frame[c]) >> shift;
        uint32_t step = ((magnitude + TA_RAMP_FRAMES - 1) / TA_RAMP_FRAMES) << shift;
        uint32_t units = (step >> 15) + ((step & 0x7fff) != 0);
        if (units > largest)
            largest = units;
    }
    return largest;
}

void ta_wire_frame(const ta_ring_config_t *form, const void *frames, uint32_t index, int32_t frame[2])
{
    if (ta_wire_frame_bytes(form->wire) == 8) {
        memcpy(frame, (const uint8_t *)frames + 8 * (size_t)index, 8);
        return;
    }
    uint32_t word;
    memcpy(&word, (const uint8_t *)frames + 4 * (size_t)index, sizeof word);
    if (form->wire == TA_WIRE_PWM) {
        uint32_t middle = ta_pwm_silence(form->pwm_top) & 0xffffU;
        frame[0] = (int32_t)(((word & 0xffffU) - middle) << pwm_shift(form));
        frame[1] = (int32_t)(((word >> 16) - middle) << pwm_shift(form));
        return;
    }
    frame[0] = (int32_t)(word << 16);
    frame[1] = (int32_t)(word & 0xffff0000U);
}
