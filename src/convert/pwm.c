// Levels for PWM from 16-bit frames: a few bits at the rate of the frames, as good as they can be made.
//
// In: words of two 16-bit samples. Out: words of two levels. Everything is counted in 1/65536 of a level: a sample times the
// levels in use is the exact level, from the middle. Invariant: with all that is added to it the exact level stays inside
// the range, since the levels in use are six fewer than there are and never more than two levels are added; so nothing is
// compared and nothing can wrap.
//
// Shaped: what was rounded off is added to the next sample, so it is missing for one frame only and the noise goes up with
// frequency, as |1 - 1/z|^2. A held sample gets a pattern of two levels, whose mean is exact.
//
// Dithered: half a level of uniform noise decides the rounding, and the error e, dither included, is fed back as
// e1 - e2 / 2: noise as |1 - 1/z + 0.5/z^2|^2, lowest at an eighth of the rate, which is where the ear is keenest, and no
// patterns. The steeper filters of text books have more noise inside the audible band at rates of 44 to 73 kHz.
//
// What feeds back has errors for ever. So after TA_PWM_QUIET_FRAMES zeros in a row they are forgotten, and the level is the
// middle: half a level of dither alone never leaves it. Shorter runs of zeros, which music has, change nothing.
#include "pwm.h"
#include "stages.h"

static const uint32_t HALF = 0x8000;
enum { SPARE_LEVELS = 6 };

static uint32_t middle_of(const ta_pwm_state_t *pwm)
{
    return ((uint32_t)pwm->top + 1) >> 1 << 16;
}

static int32_t levels_of(const ta_pwm_state_t *pwm)
{
    return (int32_t)pwm->top + 1 - SPARE_LEVELS;
}

// What is left of a number that was rounded to whole levels.
static inline int32_t off_level(int32_t number)
{
    return (int16_t)((uint32_t)number & 0xFFFF);
}

// One more frame of zeros, or not. After so many there is nothing left to feed back.
static inline void settle(ta_pwm_state_t *pwm, uint32_t word)
{
    if (word != 0) {
        pwm->quiet = 0;
        return;
    }
    if (pwm->quiet < TA_PWM_QUIET_FRAMES) {
        pwm->quiet++;
    }
    if (pwm->quiet == TA_PWM_QUIET_FRAMES) {
        pwm->error[0] = pwm->error[1] = 0;
        pwm->past[0] = pwm->past[1] = 0;
    }
}

static void pwm_plain(const ta_pwm_state_t *pwm, const uint32_t *in, uint32_t *out, size_t count)
{
    const int32_t levels = levels_of(pwm);
    const uint32_t middle = middle_of(pwm) + HALF;
    for (size_t i = 0; i < count; i++) {
        uint32_t left = middle + (uint32_t)(left_of(in[i]) * levels);
        uint32_t right = middle + (uint32_t)(right_of(in[i]) * levels);
        out[i] = (left >> 16) | (right & 0xFFFF0000U);
    }
}

// The level from the middle, in the upper half.
static inline uint32_t shaped(ta_pwm_state_t *pwm, unsigned channel, int32_t exact)
{
    int32_t level = exact + pwm->error[channel];
    pwm->error[channel] = off_level(level);
    return (uint32_t)(level - pwm->error[channel]);
}

static inline uint32_t shaped_word(ta_pwm_state_t *pwm, uint32_t word, int32_t levels, uint32_t middle)
{
    settle(pwm, word);
    uint32_t left = middle + shaped(pwm, 0, left_of(word) * levels);
    uint32_t right = middle + shaped(pwm, 1, right_of(word) * levels);
    return (left >> 16) | right;
}

// State is worked on in a copy, which a compiler can keep in registers.
PORTABLE void pwm_shaped(ta_pwm_state_t *pwm, const uint32_t *in, uint32_t *out, size_t count)
{
    const int32_t levels = levels_of(pwm);
    const uint32_t middle = middle_of(pwm);
    ta_pwm_state_t now = *pwm;
    for (size_t i = 0; i < count; i++) {
        out[i] = shaped_word(&now, in[i], levels, middle);
    }
    *pwm = now;
}

// The same from pairs of 32-bit samples, which are rounded to 16 bits on the way.
PORTABLE void pwm_shaped_wide(ta_pwm_state_t *pwm, const int32_t *in, uint32_t *out, size_t count)
{
    const int32_t levels = levels_of(pwm);
    const uint32_t middle = middle_of(pwm);
    ta_pwm_state_t now = *pwm;
    for (size_t i = 0; i < count; i++) {
        uint32_t left = (uint32_t)raised(in[2 * i], 0x8000) >> 16;
        uint32_t right = (uint32_t)raised(in[2 * i + 1], 0x8000) & 0xFFFF0000U;
        out[i] = shaped_word(&now, left | right, levels, middle);
    }
    *pwm = now;
}

static inline uint32_t dithered(ta_pwm_state_t *pwm, unsigned channel, int32_t exact, int32_t dither)
{
    int32_t level = exact + pwm->error[channel] - pwm->past[channel] + dither;
    int32_t off = off_level(level);
    pwm->past[channel] = pwm->error[channel] >> 1;
    pwm->error[channel] = off - dither;
    return (uint32_t)(level - off);
}

// Out: the generator's state.
PORTABLE uint32_t pwm_dithered(ta_pwm_state_t *pwm, const uint32_t *in, uint32_t *out, size_t count, uint32_t random,
                               bool once)
{
    const int32_t levels = levels_of(pwm);
    const uint32_t middle = middle_of(pwm);
    ta_pwm_state_t now = *pwm;
    for (size_t i = 0; i < count; i++) {
        uint32_t word = in[i];
        random = next_random(random);
        uint32_t dither = once ? (random & 0xFFFF) * 0x00010001U : random; // two numbers of half a level at most
        settle(&now, word);
        uint32_t left = middle + dithered(&now, 0, left_of(word) * levels, left_of(dither));
        uint32_t right = middle + dithered(&now, 1, right_of(word) * levels, right_of(dither));
        out[i] = (left >> 16) | right;
    }
    *pwm = now;
    return random;
}

void ta_pwm_reset(ta_pwm_state_t *pwm, uint32_t top, ta_pwm_rounding_t rounding)
{
    top = top < TA_PWM_TOP_MIN ? TA_PWM_TOP_MIN : top > TA_PWM_TOP_MAX ? TA_PWM_TOP_MAX : top;
    *pwm = (ta_pwm_state_t){.top = (uint16_t)top, .rounding = rounding};
}

bool ta_pwm_reads(const ta_pwm_state_t *pwm, ta_sample_t sample, unsigned channels, const void *in)
{
    bool words = sample == TA_SAMPLE_S16 || (sample == TA_SAMPLE_S32 && pwm->rounding == TA_PWM_SHAPED);
    return words && channels == CHANNELS && ((uintptr_t)in & 3) == 0;
}

void ta_pwm_run(ta_pwm_state_t *pwm, uint32_t *random, bool once, ta_sample_t sample, const void *in, uint32_t *out,
                size_t count)
{
    switch (pwm->rounding) {
    case TA_PWM_PLAIN:
        pwm_plain(pwm, in, out, count);
        break;
    case TA_PWM_DITHERED:
        *random = STAGE(pwm_dithered)(pwm, in, out, count, *random, once);
        break;
    case TA_PWM_SHAPED:
    default:
        if (sample == TA_SAMPLE_S32) {
            STAGE(pwm_shaped_wide)(pwm, in, out, count);
        } else {
            STAGE(pwm_shaped)(pwm, in, out, count);
        }
        break;
    }
}
