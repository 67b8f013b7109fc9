// Ramps: straight lines of TA_RAMP_FRAMES frames between zero and one frame of the program.
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

static void put_frame(void *out, ta_wire_t wire, uint32_t index, const int32_t value[2], int32_t k)
{
    if (wire == TA_WIRE_S16) {
        uint32_t left = (uint32_t)part_of(value[0] >> 16, k) & 0xffffU;
        uint32_t right = (uint32_t)part_of(value[1] >> 16, k) & 0xffffU;
        ((uint32_t *)out)[index] = left | right << 16;
        return;
    }
    uint32_t keep = wire == TA_WIRE_S24 ? 0xffffff00U : 0xffffffffU;
    ((uint32_t *)out)[2 * index] = (uint32_t)part_of(value[0], k) & keep;
    ((uint32_t *)out)[2 * index + 1] = (uint32_t)part_of(value[1], k) & keep;
}

void ta_ramp_fall(void *out, ta_wire_t wire, const int32_t from[2], uint32_t done)
{
    for (uint32_t i = 0; i < TA_RAMP_FRAMES; i++)
        put_frame(out, wire, i, from, i + done < TA_RAMP_FRAMES ? (int32_t)(TA_RAMP_FRAMES - 1 - i - done) : 0);
}

void ta_ramp_rise(void *out, ta_wire_t wire, const int32_t to[2])
{
    for (uint32_t i = 0; i < TA_RAMP_FRAMES; i++)
        put_frame(out, wire, i, to, (int32_t)i);
}

uint32_t ta_ramp_step(ta_wire_t wire, const int32_t frame[2])
{
    unsigned shift = wire == TA_WIRE_S16   ? 16
                     : wire == TA_WIRE_S24 ? 8
                                           : 0; // a step is a whole number of the wire's units
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

void ta_wire_frame(const void *frames, ta_wire_t wire, uint32_t index, int32_t frame[2])
{
    if (wire == TA_WIRE_S16) {
        uint32_t word;
        memcpy(&word, (const uint8_t *)frames + 4 * (size_t)index, sizeof word);
        frame[0] = (int32_t)(word << 16);
        frame[1] = (int32_t)(word & 0xffff0000U);
        return;
    }
    memcpy(frame, (const uint8_t *)frames + 8 * (size_t)index, 8);
}
