// The general path: what a kernel alone cannot do, at 32 bits, in chunks on the stack.
//
// In: frames of a source. Out: frames of a wire. Each chunk goes through the kernel to 32 bits, then downmix, gain and
// dither, and at last through the kernel that narrows 32 bits to the wire; so the rules of widening, rounding and
// saturating are the kernels' alone. All state is in ta_shape_t and moves on frame by frame, hence the output does not
// depend on how the frames were divided into calls or chunks.
//
// Gain is the exact product, rounded to 32 bits (half up) and saturated; only 32-bit products are formed.
//
// Dither is the difference of two uniform random numbers of 16 bits (8 for the 24-bit wire), added before the wire's
// own rounding. It is triangular over +-1 LSB of the wire, ends excluded, with mean 0 and variance 1/6 LSB^2. With the
// rounding's 1/12 the error has variance 1/4 LSB^2 for any signal whatever, and mean 0 but for half a step of the
// 32-bit sample, since halves round up. Channels draw numbers of their own, but for a downmix, whose channels stay
// equal.
#include "tonearm/convert.h"
#include "tonearm/status.h"

_Static_assert(TA_GAIN_RAMP_FRAMES == 256, "a step in 24 fractional bits is the difference in 16");

enum { CHANNELS = 2 };

static const uint32_t RANDOM_SEED = 0x2545F491; // anything but 0, where the generator would stay

// ---- samples ---------------------------------------------------------------------------------------------------------

static int32_t add_saturated(int32_t a, int32_t b)
{
    int32_t sum;
    if (__builtin_add_overflow(a, b, &sum)) {
        return a < 0 ? INT32_MIN : INT32_MAX;
    }
    return sum;
}

// sample * fraction / 2^16, rounded half up. The sample is high * 2^16 + low, so both products fit 32 bits; of the lower
// one, one bit below the result is kept, and +1 rounds it up. The result is never beyond the sample.
static int32_t fraction_of(int32_t sample, uint32_t fraction_q16)
{
    uint32_t low = ((uint32_t)sample & 0xFFFF) * fraction_q16;
    return (sample >> 16) * (int32_t)fraction_q16 + (int32_t)(((low >> 15) + 1) >> 1);
}

// (left + right) / 2, rounded half up, without the 33rd bit.
static int32_t middle(int32_t left, int32_t right)
{
    return (left >> 1) + (right >> 1) + ((left | right) & 1);
}

// ---- dither ----------------------------------------------------------------------------------------------------------

static unsigned sample_bits(ta_sample_t sample)
{
    unsigned bytes = ta_sample_bytes(sample);
    if (sample == TA_SAMPLE_S24IN32) {
        return 24;
    }
    return bytes == 1 ? 16 : bytes * 8; // 8 bits fill 16 before anything else happens to them
}

static unsigned wire_bits(ta_wire_t wire)
{
    return wire == TA_WIRE_S16 ? 16 : wire == TA_WIRE_S24 ? 24 : 32;
}

// Can a sample have bits below the wire's lowest? Silence and whole gains add none.
static bool drops(const ta_shape_t *shape, ta_sample_t sample, bool mixed, uint32_t gain_q16)
{
    unsigned bits = wire_bits(shape->wire);
    if (bits == 32 || gain_q16 == 0) {
        return false;
    }
    return sample_bits(sample) > bits || mixed || (gain_q16 & 0xFFFF) != 0;
}

// xorshift32: period 2^32 - 1. Its halves are both good, which a congruential generator's are not.
static uint32_t next_random(uint32_t random)
{
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    return random;
}

static int32_t triangle(uint32_t random, ta_wire_t wire)
{
    if (wire == TA_WIRE_S16) {
        return (int32_t)(random >> 16) - (int32_t)(random & 0xFFFF);
    }
    return (int32_t)(random >> 24) - (int32_t)((random >> 16) & 0xFF);
}

// ---- stages, over frames of 32-bit pairs -----------------------------------------------------------------------------

// Not inlined into each other: eight registers are enough for one stage's loop, but not for all of them in one function.
#define STAGE static __attribute__((noinline)) void

STAGE downmix(int32_t *frames, size_t count)
{
    for (size_t i = 0; i < CHANNELS * count; i += CHANNELS) {
        int32_t mixed = middle(frames[i], frames[i + 1]);
        frames[i] = mixed;
        frames[i + 1] = mixed;
    }
}

// sample * gain / 2^16, where the gain is whole * 2^16 + fraction: whole terms move the rounding nowhere, and since all
// terms have one sign, the sum saturates where its last term does.
STAGE apply_gain(int32_t *frames, size_t count, uint32_t gain_q16)
{
    const uint32_t fraction_q16 = gain_q16 & 0xFFFF;
    const uint32_t whole = gain_q16 >> 16;
    const int32_t *const stop = frames + CHANNELS * count;
    if (gain_q16 == TA_GAIN_UNITY_Q16) {
        return;
    }
    if (whole == 0) {
        for (; frames != stop; frames++) {
            *frames = fraction_of(*frames, fraction_q16);
        }
        return;
    }
    for (; frames != stop; frames++) {
        int32_t sample = *frames;
        int32_t result = fraction_of(sample, fraction_q16);
        for (uint32_t i = whole; i > 0; i--) {
            result = add_saturated(result, sample);
        }
        *frames = result;
    }
}

STAGE add_dither(ta_shape_t *shape, int32_t *frames, size_t count)
{
    const ta_wire_t wire = shape->wire;
    const bool mono = shape->mono;
    uint32_t random = shape->random;
    for (size_t i = 0; i < CHANNELS * count; i += CHANNELS) {
        random = next_random(random);
        frames[i] = add_saturated(frames[i], triangle(random, wire));
        random = mono ? random : next_random(random);
        frames[i + 1] = add_saturated(frames[i + 1], triangle(random, wire));
    }
    shape->random = random;
}

// The gain of the next frame of a ramp. Counted back from the target, so that it is reached exactly.
static uint32_t next_gain(ta_shape_t *shape)
{
    shape->ramp_frames--;
    int32_t missing_q16 = (shape->step_q24 * (int32_t)shape->ramp_frames) >> 8;
    shape->gain_q16 = (uint32_t)((int32_t)shape->target_q16 - missing_q16);
    return shape->gain_q16;
}

static void shape_chunk(ta_shape_t *shape, ta_sample_t sample, bool mixed, int32_t *frames, size_t count)
{
    if (mixed) {
        downmix(frames, count);
    }
    while (count > 0) {
        // A ramp goes frame by frame; whatever follows it has one gain.
        size_t step = shape->ramp_frames > 0 ? 1 : count;
        uint32_t gain_q16 = shape->ramp_frames > 0 ? next_gain(shape) : shape->gain_q16;
        apply_gain(frames, step, gain_q16);
        if (shape->dither && drops(shape, sample, mixed, gain_q16)) {
            add_dither(shape, frames, step);
        }
        frames += CHANNELS * step;
        count -= step;
    }
}

// ---- public ----------------------------------------------------------------------------------------------------------

void ta_shape_init(ta_shape_t *shape, ta_wire_t wire)
{
    *shape = (ta_shape_t){
        .wire = wire, .gain_q16 = TA_GAIN_UNITY_Q16, .target_q16 = TA_GAIN_UNITY_Q16, .random = RANDOM_SEED};
}

void ta_shape_set_gain(ta_shape_t *shape, uint32_t gain_q16)
{
    if (gain_q16 > TA_GAIN_MAX_Q16) {
        gain_q16 = TA_GAIN_MAX_Q16;
    }
    if (gain_q16 == shape->target_q16) {
        return; // a ramp that is under way goes on, however often it is asked for
    }
    shape->target_q16 = gain_q16;
    shape->step_q24 = (int32_t)gain_q16 - (int32_t)shape->gain_q16;
    shape->ramp_frames = TA_GAIN_RAMP_FRAMES;
}

bool ta_shape_is_identity(const ta_shape_t *shape, ta_sample_t sample)
{
    if (shape->mono || shape->ramp_frames > 0 || shape->gain_q16 != TA_GAIN_UNITY_Q16) {
        return false;
    }
    return !shape->dither || !drops(shape, sample, false, TA_GAIN_UNITY_Q16);
}

void ta_shape_run(ta_shape_t *shape, ta_sample_t sample, unsigned channels, const void *in, void *out, size_t frames)
{
    if (ta_shape_is_identity(shape, sample)) {
        ta_kernel_t *kernel = ta_convert_kernel(sample, channels, shape->wire);
        TA_ASSERT(kernel != NULL);
        kernel(in, out, frames);
        return;
    }
    ta_kernel_t *widen = ta_convert_kernel(sample, channels, TA_WIRE_S32);
    ta_kernel_t *narrow = ta_convert_kernel(TA_SAMPLE_S32, CHANNELS, shape->wire);
    TA_ASSERT(widen != NULL && narrow != NULL);
    const size_t in_bytes = (size_t)ta_sample_bytes(sample) * channels;
    const size_t out_bytes = ta_wire_frame_bytes(shape->wire);
    const bool mixed = shape->mono && channels == CHANNELS;
    const uint8_t *from = in;
    uint8_t *to = out;
    while (frames > 0) {
        int32_t chunk[CHANNELS * TA_SHAPE_CHUNK_FRAMES];
        size_t count = frames < TA_SHAPE_CHUNK_FRAMES ? frames : TA_SHAPE_CHUNK_FRAMES;
        widen(from, chunk, count);
        shape_chunk(shape, sample, mixed, chunk, count);
        narrow(chunk, to, count);
        from += in_bytes * count;
        to += out_bytes * count;
        frames -= count;
    }
}
