// The arithmetic of a mixer: portable parts, and which frames a processor's own parts take. See mixer_kernels.h.

#include "mixer_kernels.h"

#define INLINE static inline __attribute__((always_inline))

typedef struct {
    unsigned in_channels, channels;
    bool first;
} mix_kind_t;

// What a sample counts at a gain.
INLINE int32_t counts(int32_t sample, int32_t gain_q15)
{
    return (sample * gain_q15) >> TA_MIX_GAIN_BITS;
}

INLINE int32_t counts_down(int32_t left, int32_t right, int32_t gain_q15)
{
    return ((left + right) * gain_q15) >> (TA_MIX_GAIN_BITS + 1);
}

INLINE void frame(ta_sum_t *sums, const int16_t *in, mix_kind_t kind, int32_t left, int32_t right)
{
    if (kind.channels == 1) {
        int32_t sum = kind.in_channels == 1 ? counts(in[0], left) : counts_down(in[0], in[1], left);
        sums[0] = sum + (kind.first ? TA_MIX_START : sums[0]);
        return;
    }
    int32_t l = counts(in[0], left), r = counts(in[kind.in_channels - 1], right);
    sums[0] = l + (kind.first ? TA_MIX_START : sums[0]);
    sums[1] = r + (kind.first ? TA_MIX_START : sums[1]);
}

INLINE void mix(ta_sum_t *sums, const int16_t *in, uint32_t frames, const ta_mix_gain_t *gain, mix_kind_t kind)
{
    const int32_t left = gain->left, right = gain->right;
    for (uint32_t f = 0; f < frames; f++, sums += kind.channels, in += kind.in_channels)
        frame(sums, in, kind, left, right);
}

// ---- whole functions ---------------------------------------------------------------------------------------------------

#define PORTABLE(name, ...)                                                                                            \
    void ta_mix_##name(ta_sum_t *sums, const int16_t *in, uint32_t frames, const ta_mix_gain_t *gain)                  \
    {                                                                                                                  \
        mix(sums, in, frames, gain, (mix_kind_t){__VA_ARGS__});                                                        \
    }

#if TA_TUNED_MIX
// The processor's own part (mixer_m0plus.c, mixer_m33.c) takes whole turns from a word boundary; what is not comes here, and goes back as far as it can.
#define KERNEL(name, ...)                                                                                              \
    void ta_mix_##name##_rest(ta_sum_t *sums, const int16_t *in, uint32_t frames, const ta_mix_gain_t *gain)           \
    {                                                                                                                  \
        const mix_kind_t kind = {__VA_ARGS__};                                                                         \
        uint32_t turns = ((uintptr_t)in & 3) == 0 ? frames & ~(uint32_t)(TA_MIX_TURN - 1) : 0;                         \
        if (turns)                                                                                                     \
            ta_mix_##name(sums, in, turns, gain);                                                                      \
        mix(sums + turns * kind.channels, in + turns * kind.in_channels, frames - turns, gain, kind);                  \
    }
#else
#define KERNEL PORTABLE
#endif

KERNEL(stereo, 2, 2, false)
KERNEL(stereo_first, 2, 2, true)
KERNEL(spread, 1, 2, false)
KERNEL(spread_first, 1, 2, true)
KERNEL(mono, 1, 1, false)
KERNEL(mono_first, 1, 1, true)
PORTABLE(down, 2, 1, false) // rare: what nothing else has is a stereo source in a mono mixer
PORTABLE(down_first, 2, 1, true)

// ---- gains on their way ------------------------------------------------------------------------------------------------

enum { FINER_BITS = 9 }; // Q24 to Q15

INLINE void ramp_of(ta_sum_t *sums, const int16_t *in, uint32_t frames, mix_kind_t kind, ta_mix_ramp_t *ramp)
{
    int32_t left = ramp->now[0], right = ramp->now[1];
    const int32_t left_step = ramp->step[0], right_step = ramp->step[1];
    for (uint32_t f = 0; f < frames; f++, sums += kind.channels, in += kind.in_channels) {
        left += left_step;
        right += right_step;
        frame(sums, in, kind, left >> FINER_BITS, right >> FINER_BITS);
    }
    ramp->now[0] = left;
    ramp->now[1] = right;
}

void ta_mix_ramp(ta_sum_t *sums, const int16_t *in, uint32_t frames, unsigned in_channels, unsigned channels,
                 ta_mix_ramp_t *ramp)
{
    if (channels == 1) {
        ramp_of(sums, in, frames, (mix_kind_t){in_channels, 1, false}, ramp);
    } else if (in_channels == 1) {
        ramp_of(sums, in, frames, (mix_kind_t){1, 2, false}, ramp);
    } else {
        ramp_of(sums, in, frames, (mix_kind_t){2, 2, false}, ramp);
    }
}

// ---- sums to samples ---------------------------------------------------------------------------------------------------

INLINE int32_t finished(int32_t sum)
{
    int32_t sample = (sum >> TA_MIX_UNITY_BITS) - TA_MIX_LIFT;
    return sample > INT16_MAX ? INT16_MAX : sample < INT16_MIN ? INT16_MIN : sample;
}

void ta_mix_finish(const ta_sum_t *sums, int16_t *out, uint32_t samples)
{
#if TA_TUNED_MIX
    uint32_t turns = ((uintptr_t)out & 3) == 0 ? samples & ~(uint32_t)(TA_MIX_TURN - 1) : 0;
    if (turns)
        ta_mix_finish_turns(sums, out, turns);
    sums += turns;
    out += turns;
    samples -= turns;
#endif
    for (uint32_t s = 0; s < samples; s++)
        out[s] = (int16_t)finished(sums[s]);
}
