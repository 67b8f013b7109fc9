// Ramps: straight lines of TA_RAMP_FRAMES frames between silence and one frame of the program.
// In: that frame. Out: wire frames. Invariant: no step, the one from or to the program's frame included, exceeds
// full scale / TA_RAMP_FRAMES, because frame k is floor(value * k / TA_RAMP_FRAMES) and such floors are at most
// ceil(|value| / TA_RAMP_FRAMES) apart.

#include "ramp.h"
#include "ring_private.h"

#include <string.h>

_Static_assert(TA_RAMP_FRAMES == 64, "the shifts below divide by 64");

enum { TOP = TA_RAMP_FRAMES - 1 }; // k of the frame that is nearest to the program

// Bits of s32 below the wire's own unit. Of PWM, s32 is levels shifted up: from the middle, 2^31 is at least half of all levels.
static unsigned unused_bits(const ta_ring_config_t *form)
{
    switch (form->wire) {
    case TA_WIRE_S16:
        return 16;
    case TA_WIRE_S24:
        return 8;
    case TA_WIRE_PWM:
        return form->pwm_top < 256 ? 24 : form->pwm_top < 512 ? 23 : form->pwm_top < 1024 ? 22 : 21;
    case TA_WIRE_S32:
        break;
    }
    return 0;
}

// Does a word hold a whole frame?
static bool in_words(const ta_ring_config_t *form)
{
    return form->wire == TA_WIRE_S16 || form->wire == TA_WIRE_PWM;
}

static uint32_t silent_word(const ta_ring_config_t *form)
{
    return form->wire == TA_WIRE_PWM ? ta_pwm_silence(form->pwm_top) : 0;
}

// ---- a frame in a word: both halves at once ------------------------------------------------------------------------------

// value = 64 * q + r, so floor(value * k / 64) = q * k + (r * k >> 6). The q of both halves make one number, right * 65536 + left, and so
// do the r, whose products are below 2^12 and keep apart.
typedef struct {
    uint32_t whole, parts; // q * k and r * k, of the present k
    ta_ramp_step_t step;   // q and r
} line_t;

static uint32_t point(const line_t *line)
{
    return line->whole + (line->parts >> 6 & TA_RAMP_PARTS);
}

static line_t line_at(const int32_t half[2], uint32_t silence, uint32_t k)
{
    ta_ramp_step_t step = {((uint32_t)(half[1] >> 6) << 16) + (uint32_t)(half[0] >> 6),
                           (uint32_t)(half[1] & 63) << 16 | (uint32_t)(half[0] & 63)};
    // Below zero left borrows from right. It is below zero for every k but 0; levels never are.
    uint32_t borrowed = silence == 0 && half[0] < 0 ? 65536 : 0;
    return (line_t){step.whole * k + silence + borrowed, step.parts * k, step};
}

void ta_ramp_descend(uint32_t *out, uint32_t whole, uint32_t parts, const ta_ramp_step_t *step)
{
    line_t line = {whole, parts, *step};
    for (uint32_t i = 0; i < TOP; i++) {
        out[i] = point(&line);
        line.whole -= step->whole;
        line.parts -= step->parts;
    }
}

static void fall_in_words(uint32_t *out, const int32_t half[2], uint32_t silence)
{
    line_t line = line_at(half, silence, TOP);
    BEST_RAMP(descend)(out, line.whole, line.parts, &line.step);
    out[TOP] = silence;
}

// What is left of a fall moves to the front.
RARE static void leave_out(uint32_t *out, uint32_t silence, uint32_t done)
{
    uint32_t left = done < TOP ? TOP - done : 0;
    memmove(out, out + TOP - left, left * sizeof *out);
    while (left < TA_RAMP_FRAMES)
        out[left++] = silence;
}

static void rise_in_words(uint32_t *out, const int32_t half[2], uint32_t silence)
{
    out[0] = silence;
    for (uint32_t k = 1; k < TA_RAMP_FRAMES; k++) {
        line_t line = line_at(half, silence, k);
        out[k] = point(&line);
    }
}

static void halves_of(uint32_t word, uint32_t silence, int32_t half[2])
{
    if (silence == 0) {
        half[0] = (int32_t)(word << 16) >> 16;
        half[1] = (int32_t)word >> 16;
    } else {
        half[0] = (int32_t)(word & 0xffffU) - (int32_t)(silence & 0xffffU);
        half[1] = (int32_t)(word >> 16) - (int32_t)(silence >> 16);
    }
}

// ---- a frame in two words ------------------------------------------------------------------------------------------------

// floor(value * k / 64) without a product wider than 32 bits.
static int32_t part_of(int32_t value, int32_t k)
{
    return (value >> 6) * k + ((value & 63) * k >> 6);
}

static void put_pair(uint32_t *out, const int32_t value[2], uint32_t k, uint32_t keep)
{
    out[0] = (uint32_t)part_of(value[0], (int32_t)k) & keep;
    out[1] = (uint32_t)part_of(value[1], (int32_t)k) & keep;
}

static uint32_t kept_bits(const ta_ring_config_t *form)
{
    return form->wire == TA_WIRE_S24 ? 0xffffff00U : 0xffffffffU;
}

// ---- either --------------------------------------------------------------------------------------------------------------

// Samples in the wire's own unit, from silence.
static void units_of(const ta_ring_config_t *form, const int32_t frame[2], int32_t unit[2])
{
    unsigned shift = in_words(form) ? unused_bits(form) : 0;
    unit[0] = frame[0] >> shift;
    unit[1] = frame[1] >> shift;
}

void ta_ramp_fall(const ta_ring_config_t *form, void *out, const int32_t from[2], uint32_t done)
{
    int32_t unit[2];
    units_of(form, from, unit);
    if (in_words(form)) {
        fall_in_words(out, unit, silent_word(form));
        if (done)
            leave_out(out, silent_word(form), done);
        return;
    }
    uint32_t keep = kept_bits(form);
    for (uint32_t i = 0; i < TA_RAMP_FRAMES; i++)
        put_pair((uint32_t *)out + 2 * (size_t)i, unit, i + done < TOP ? TOP - i - done : 0, keep);
}

void ta_ramp_rise(const ta_ring_config_t *form, void *out, const int32_t to[2])
{
    int32_t unit[2];
    units_of(form, to, unit);
    if (in_words(form)) {
        rise_in_words(out, unit, silent_word(form));
        return;
    }
    uint32_t keep = kept_bits(form);
    for (uint32_t k = 0; k < TA_RAMP_FRAMES; k++)
        put_pair((uint32_t *)out + 2 * (size_t)k, unit, k, keep);
}

uint32_t ta_ramp_tail(const ta_ring_config_t *form, void *out, const void *from, uint32_t done)
{
    int32_t frame[2];
    if (!in_words(form)) {
        memcpy(frame, from, sizeof frame);
        ta_ramp_fall(form, out, frame, done);
        return ta_ramp_loudness(frame);
    }
    uint32_t silence = silent_word(form);
    halves_of(*(const uint32_t *)from, silence, frame);
    fall_in_words(out, frame, silence);
    if (done)
        leave_out(out, silence, done);
    return ta_ramp_loudness(frame) << unused_bits(form);
}

void ta_ramp_silence(const ta_ring_config_t *form, void *out, size_t frames)
{
    if (form->wire != TA_WIRE_PWM) {
        memset(out, 0, frames * ta_wire_frame_bytes(form->wire));
        return;
    }
    uint32_t silence = silent_word(form);
    for (size_t i = 0; i < frames; i++)
        ((uint32_t *)out)[i] = silence;
}

uint32_t ta_ramp_loudness(const int32_t frame[2])
{
    uint32_t left = frame[0] < 0 ? 0U - (uint32_t)frame[0] : (uint32_t)frame[0];
    uint32_t right = frame[1] < 0 ? 0U - (uint32_t)frame[1] : (uint32_t)frame[1];
    return left > right ? left : right;
}

uint32_t ta_ramp_step(const ta_ring_config_t *form, uint32_t loudness)
{
    unsigned shift = unused_bits(form); // a step is a whole number of the wire's units
    uint32_t step = ((loudness >> shift) + TOP) / TA_RAMP_FRAMES << shift;
    return (step >> 15) + ((step & 0x7fff) != 0);
}

void ta_wire_frame(const ta_ring_config_t *form, const void *frames, uint32_t index, int32_t frame[2])
{
    if (!in_words(form)) {
        memcpy(frame, (const uint8_t *)frames + 8 * (size_t)index, 8);
        return;
    }
    uint32_t word;
    memcpy(&word, (const uint8_t *)frames + 4 * (size_t)index, sizeof word);
    halves_of(word, silent_word(form), frame);
    unsigned shift = unused_bits(form);
    frame[0] = (int32_t)((uint32_t)frame[0] << shift);
    frame[1] = (int32_t)((uint32_t)frame[1] << shift);
}
