// The synthesizer's loops over samples, portable. In: waveforms, samples. Out: sums of 32 bits, samples. Invariants: a product of a sample and a gain is at most 2^30 in
// size and counts at most 2^14, so that 128 voices stay far from overflow; an index lies within its waveform.

#include "synth_kernel.h"

enum { KNEE = 28000 };

// A step is shorter than the loop, so one subtraction is enough; `>=`: the sample behind the loop's last is none.
static inline uint32_t next(const ta_osc_t *osc, uint32_t phase)
{
    phase += osc->step;
    return phase >= osc->end ? phase - osc->span : phase;
}

// product / 2^16 towards 0; it cannot leave 16 bits.
static inline int32_t part(int32_t product)
{
    return (product + (int32_t)((uint32_t)(product >> 31) >> 16)) >> 16;
}

void ta_osc_add_mono(ta_osc_t *osc, int32_t *bus, uint32_t frames, int32_t gain)
{
    uint32_t phase = osc->phase;
    for (uint32_t f = 0; f < frames; f++) {
        phase = next(osc, phase);
        bus[f] += part(osc->wave[phase >> 16] * gain);
    }
    osc->phase = phase;
}

void ta_osc_add_stereo(ta_osc_t *osc, int32_t *bus, uint32_t frames, int32_t left, int32_t right)
{
    uint32_t phase = osc->phase;
    for (uint32_t f = 0; f < frames; f++) {
        phase = next(osc, phase);
        int32_t sample = osc->wave[phase >> 16];
        bus[2 * f] += part(sample * left);
        bus[2 * f + 1] += part(sample * right);
    }
    osc->phase = phase;
}

void ta_samples_add_mono(const int16_t *samples, int32_t *bus, uint32_t frames, int32_t gain)
{
    for (uint32_t f = 0; f < frames; f++)
        bus[f] += part(samples[f] * gain);
}

void ta_samples_add_stereo(const int16_t *samples, int32_t *bus, uint32_t frames, int32_t left, int32_t right)
{
    for (uint32_t f = 0; f < frames; f++) {
        bus[2 * f] += part(samples[f] * left);
        bus[2 * f + 1] += part(samples[f] * right);
    }
}

static inline int32_t sample_at(const ta_osc_t *osc, uint32_t phase, bool interpolate)
{
    int32_t here = osc->wave[phase >> 16];
    if (!interpolate)
        return here;
    uint32_t after = phase + 0x10000U;
    int32_t there = osc->wave[(after >= osc->end ? after - osc->span : after) >> 16];
    // A difference has 17 bits and half of the fraction 15.
    return here + (((there - here) * (int32_t)((phase & 0xFFFFU) >> 1)) >> 15);
}

void ta_osc_read(ta_osc_t *osc, int16_t *out, uint32_t frames, bool interpolate)
{
    uint32_t phase = osc->phase;
    for (uint32_t f = 0; f < frames; f++) {
        phase = next(osc, phase);
        out[f] = (int16_t)sample_at(osc, phase, interpolate);
    }
    osc->phase = phase;
}

void ta_osc_ring(ta_osc_t *osc, int16_t *samples, uint32_t frames, bool interpolate)
{
    uint32_t phase = osc->phase;
    for (uint32_t f = 0; f < frames; f++) {
        phase = next(osc, phase);
        int32_t product = samples[f] * sample_at(osc, phase, interpolate) / 32768;
        samples[f] = (int16_t)(product > INT16_MAX ? INT16_MAX : product); // -32768 * -32768
    }
    osc->phase = phase;
}

// ---- tones without aliases -----------------------------------------------------------------------------------------------------

typedef struct {
    uint32_t step, inverse;
    unsigned shift;
} blep_t;

static blep_t blep_for(uint32_t step)
{
    blep_t blep = {step, 0, 0};
    while (step >> blep.shift > 0xFFFFU)
        blep.shift++;
    if (step)
        blep.inverse = 0x80000000U / (step >> blep.shift);
    return blep;
}

// What a step of 2 at phase 0 is off by in the sample before and behind it, in Q15: the polynomial of Valimaki and others, in integers.
static int32_t residue(const blep_t *blep, uint32_t phase)
{
    uint32_t before = 0U - phase;
    if (phase < blep->step) {
        int32_t rest = 32768 - (int32_t)((phase >> blep->shift) * blep->inverse >> 16);
        return -((rest * (rest >> 1)) >> 14);
    }
    if (before < blep->step) {
        int32_t rest = 32768 - (int32_t)((before >> blep->shift) * blep->inverse >> 16);
        return (rest * (rest >> 1)) >> 14;
    }
    return 0;
}

static int16_t clipped(int32_t sample)
{
    return (int16_t)(sample > INT16_MAX ? INT16_MAX : sample < INT16_MIN ? INT16_MIN : sample);
}

void ta_osc_tone(ta_osc_t *osc, ta_tone_t tone, int16_t *out, uint32_t frames)
{
    const blep_t blep = blep_for(osc->step);
    uint32_t phase = osc->phase;
    for (uint32_t f = 0; f < frames; f++) {
        phase += osc->step;
        if (tone == TA_TONE_SAW) { // falls at 0
            out[f] = clipped((int32_t)(phase >> 16) - 32768 - residue(&blep, phase));
        } else { // rises at 0, falls in the middle
            out[f] = clipped((phase < 0x80000000U ? 32767 : -32767) + residue(&blep, phase) -
                             residue(&blep, phase + 0x80000000U));
        }
    }
    osc->phase = phase;
}

// ---- the bus -------------------------------------------------------------------------------------------------------------------

void ta_bus_clear(int32_t *bus, uint32_t sums)
{
    for (uint32_t s = 0; s < sums; s++)
        bus[s] = 0;
}

void ta_bus_finish(int32_t *bus, uint32_t sums, int32_t gain)
{
    int16_t *out = (int16_t *)bus; // behind what is read
    for (uint32_t s = 0; s < sums; s++) {
        int32_t sum;
        __builtin_memcpy(&sum, bus + s, sizeof sum);
        // Sums reach 16384 a voice, and the gain is 2^28 / (32768 voices - 28000): the product is below 2^28 but for few voices, and below 2^31 for all.
        if (sum > KNEE) {
            sum = (((sum - KNEE) * gain) >> 16) + KNEE;
        } else if (sum < -KNEE) {
            sum = (((sum + KNEE) * gain) >> 16) - KNEE;
        }
        int16_t sample = (int16_t)sum;
        __builtin_memcpy(out + s, &sample, sizeof sample);
    }
}
