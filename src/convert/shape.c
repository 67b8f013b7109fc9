// The general path: what a kernel alone cannot do.
//
// In: frames of a source. Out: frames of a wire. Either the kernel's 16-bit words are finished in place, or each chunk goes
// through the kernel to 32 bits, then downmix, gain and dither, and at last through the kernel that narrows 32 bits to the
// wire; so the rules of widening, rounding and saturating are the kernels' alone. Both ways give the same frames. All state
// is in ta_shape_t and moves on frame by frame, hence the output does not depend on how the frames were divided into calls
// or chunks.
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

#include "pwm.h"
#include "stages.h"

_Static_assert(TA_GAIN_RAMP_FRAMES == 256, "a step in 24 fractional bits is the difference in 16");

static const uint32_t RANDOM_SEED = 0x2545F491; // anything but 0, where the generator would stay

// What happens to a call's frames.
typedef struct {
    ta_sample_t sample;
    ta_wire_t wire; // never TA_WIRE_PWM, whose levels are made of the 16-bit wire's frames
    unsigned channels;
    bool mixed; // is there something to mix?
} way_t;

static unsigned sample_bits(ta_sample_t sample)
{
    unsigned bytes = ta_sample_bytes(sample);
    if (sample == TA_SAMPLE_S24IN32) {
        return 24;
    }
    return bytes == 1 ? 16 : bytes * 8; // 8 bits fill 16 before anything else happens to them
}

// ---- dither ----------------------------------------------------------------------------------------------------------

// Can a sample have bits below the wire's lowest? Silence and whole gains add none.
static bool drops(ta_sample_t sample, ta_wire_t wire, bool mixed, uint32_t gain_q16)
{
    if (wire == TA_WIRE_S32 || gain_q16 == 0) {
        return false;
    }
    const unsigned bits = wire == TA_WIRE_S16 ? 16 : 24;
    return sample_bits(sample) > bits || mixed || (gain_q16 & 0xFFFF) != 0;
}

static bool dithers(const ta_shape_t *shape, const way_t *way, uint32_t gain_q16)
{
    return shape->dither && drops(way->sample, way->wire, way->mixed, gain_q16);
}

static void add_dither(ta_shape_t *shape, const way_t *way, int32_t *frames, size_t count)
{
    if (way->wire == TA_WIRE_S16) {
        shape->random = STAGE(add_dither_16)(frames, count, shape->random, shape->mono);
    } else {
        shape->random = STAGE(add_dither_24)(frames, count, shape->random, shape->mono);
    }
}

// ---- by 32 bits ------------------------------------------------------------------------------------------------------

// The gain of the next frame of a ramp. Counted back from the target, so that it is reached exactly.
static uint32_t next_gain(ta_shape_t *shape)
{
    shape->ramp_frames--;
    int32_t missing_q16 = (shape->step_q24 * (int32_t)shape->ramp_frames) >> 8;
    shape->gain_q16 = (uint32_t)((int32_t)shape->target_q16 - missing_q16);
    return shape->gain_q16;
}

static void shape_pairs(ta_shape_t *shape, const way_t *way, int32_t *frames, size_t count)
{
    if (way->mixed) {
        STAGE(downmix)(frames, count);
    }
    while (count > 0) {
        // A ramp goes frame by frame; whatever follows it has one gain.
        size_t step = shape->ramp_frames > 0 ? 1 : count;
        uint32_t gain_q16 = shape->ramp_frames > 0 ? next_gain(shape) : shape->gain_q16;
        if (gain_q16 != TA_GAIN_UNITY_Q16) {
            STAGE(apply_gain)(frames, step, gain_q16);
        }
        if (dithers(shape, way, gain_q16)) {
            add_dither(shape, way, frames, step);
        }
        frames += CHANNELS * step;
        count -= step;
    }
}

__attribute__((noinline)) static void by_chunks(ta_shape_t *shape, const way_t *way, const uint8_t *from, uint8_t *to,
                                                size_t frames)
{
    ta_kernel_t *widen = ta_convert_kernel(way->sample, way->channels, TA_WIRE_S32);
    ta_kernel_t *narrow = ta_convert_kernel(TA_SAMPLE_S32, CHANNELS, way->wire);
    TA_ASSERT(widen != NULL && narrow != NULL);
    const size_t in_bytes = (size_t)ta_sample_bytes(way->sample) * way->channels;
    const size_t out_bytes = ta_wire_frame_bytes(way->wire);
    while (frames > 0) {
        int32_t chunk[CHANNELS * TA_SHAPE_CHUNK_FRAMES];
        size_t count = frames < TA_SHAPE_CHUNK_FRAMES ? frames : TA_SHAPE_CHUNK_FRAMES;
        widen(from, chunk, count);
        shape_pairs(shape, way, chunk, count);
        narrow(chunk, to, count);
        from += in_bytes * count;
        to += out_bytes * count;
        frames -= count;
    }
}

// ---- by words --------------------------------------------------------------------------------------------------------

// 16-bit stereo frames at a word address are the 16-bit wire's words already.
static inline bool are_words(ta_sample_t sample, unsigned channels, const void *in)
{
    return sample == TA_SAMPLE_S16 && channels == CHANNELS && ((uintptr_t)in & 3) == 0;
}

// Samples of 16 bits that end as 16 bits without dither need no more room than that, while the gain cannot saturate.
static bool words_do(const ta_shape_t *shape, const way_t *way)
{
    return way->wire == TA_WIRE_S16 && sample_bits(way->sample) == 16 && shape->ramp_frames == 0 &&
           shape->gain_q16 <= TA_GAIN_UNITY_Q16 && !dithers(shape, way, shape->gain_q16);
}

static void by_words(const ta_shape_t *shape, const way_t *way, const void *in, uint32_t *out, size_t frames)
{
    if (!way->mixed && are_words(way->sample, way->channels, in)) {
        STAGE(scale)(in, out, frames, shape->gain_q16);
        return;
    }
    ta_convert_kernel(way->sample, way->channels, TA_WIRE_S16)(in, out, frames);
    if (way->mixed) {
        STAGE(mix)(out, frames, shape->gain_q16);
    } else {
        STAGE(scale)(out, out, frames, shape->gain_q16);
    }
}

// Not inlined: without volume, downmix and dither, nothing of this should cost a thing.
__attribute__((noinline)) static void run_stages(ta_shape_t *shape, const way_t *way, const void *in, void *out,
                                                 size_t frames)
{
    if (words_do(shape, way)) {
        by_words(shape, way, in, out, frames);
    } else {
        by_chunks(shape, way, in, out, frames);
    }
}

// ---- public ----------------------------------------------------------------------------------------------------------

void ta_shape_init(ta_shape_t *shape, ta_wire_t wire)
{
    *shape = (ta_shape_t){
        .wire = wire, .gain_q16 = TA_GAIN_UNITY_Q16, .target_q16 = TA_GAIN_UNITY_Q16, .random = RANDOM_SEED};
    if (wire == TA_WIRE_PWM) {
        ta_pwm_reset(&shape->pwm, TA_PWM_TOP_MAX, TA_PWM_SHAPED);
    }
}

void ta_shape_set_pwm(ta_shape_t *shape, uint32_t top, ta_pwm_rounding_t rounding)
{
    ta_pwm_reset(&shape->pwm, top, rounding);
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

// Is the kernel all there is to do? `mixed`: there would be something to mix.
static inline bool plain(const ta_shape_t *shape, ta_sample_t sample, ta_wire_t wire, bool mixed)
{
    return !mixed && shape->ramp_frames == 0 && shape->gain_q16 == TA_GAIN_UNITY_Q16 &&
           (!shape->dither || !drops(sample, wire, false, TA_GAIN_UNITY_Q16));
}

bool ta_shape_is_identity(const ta_shape_t *shape, ta_sample_t sample)
{
    return shape->wire != TA_WIRE_PWM && plain(shape, sample, shape->wire, shape->mono);
}

static void swap_halves(uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        words[i] = words[i] >> 16 | words[i] << 16;
    }
}

static void run_pwm(ta_shape_t *shape, ta_sample_t sample, const void *in, void *out, size_t frames)
{
    ta_pwm_run(&shape->pwm, &shape->random, shape->mono, sample, in, out, frames);
    if (shape->swapped) { // not in the loops above, which would be slower for everybody
        swap_halves(out, frames);
    }
}

void ta_shape_run(ta_shape_t *shape, ta_sample_t sample, unsigned channels, const void *in, void *out, size_t frames)
{
    const bool pwm = shape->wire == TA_WIRE_PWM;
    const ta_wire_t wire = pwm ? TA_WIRE_S16 : shape->wire;
    const bool mixed = shape->mono && channels == CHANNELS;
    if (!plain(shape, sample, wire, mixed)) {
        const way_t way = {sample, wire, channels, mixed};
        run_stages(shape, &way, in, out, frames);
    } else if (pwm && ta_pwm_reads(&shape->pwm, sample, channels, in)) {
        run_pwm(shape, sample, in, out, frames);
        return;
    } else {
        ta_kernel_t *kernel = ta_convert_kernel(sample, channels, wire);
        TA_ASSERT(kernel != NULL);
        kernel(in, out, frames);
    }
    if (pwm) {
        run_pwm(shape, TA_SAMPLE_S16, out, out, frames);
    }
}
