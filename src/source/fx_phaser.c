// The effect Phaser. In: frames. Out: these, and added to them what has gone through a row of allpasses. Invariants: every value between stages is within 16 bits;
// everything rounds to zero, so that the row comes to rest.

#include "tonearm/filters.h"

#include "fx_int.h"

#include <string.h>

#define ALIGN 4

// 0.01 of 32767: up to there the reference copies. A copy has no knee, so the knee comes and goes with the mix, in a ramp: its gain is 1 without one.
enum { COPY_BELOW = 329, STRAIGHT = 65536, NEAR_SILENCE = 511, REST_PIECE = 16 };

// trunc(32767 v)
static int32_t q15(const ta_param_t *param, const ta_clock_t *clock, ta_real_t low, ta_real_t high)
{
    return (int32_t)(ta_param_within(param, clock, low, high) * (ta_real_t)32767);
}

static void use_stages(ta_phaser_t *phaser, uint32_t stages)
{
    if (stages == phaser->stages)
        return;
    // Further ones begin as if what comes out had always gone through them, too: silence there would be a gap.
    for (unsigned c = 0; c < 2; c++) {
        int32_t w = phaser->last[c], m = fx_clip16(w - fx_q15_down((phaser->turn.now_q23 >> 8) * w));
        for (uint32_t s = phaser->stages; s < stages; s++)
            phaser->memory[c * phaser->stages_max + s] = (int16_t)m;
    }
    phaser->older_stages = phaser->stages;
    phaser->stages = stages;
    ta_fx_bridge_begin(&phaser->bridge);
}

static void tick(ta_fx_t *fx, uint32_t frames)
{
    (void)frames;
    ta_phaser_t *phaser = (ta_phaser_t *)fx;
    ta_real_t nyquist = (ta_real_t)fx->rate_hz / 2;
    ta_real_t part = ta_param_within(&phaser->frequency, &fx->clock, 0, nyquist) / nyquist;
    if (phaser->frequency.control)
        ta_fx_level_forget(&phaser->turn);
    ta_fx_level_set(&phaser->turn, -(int32_t)((ta_real_t)32767 * ((1 - part) / (1 + part))));
    ta_fx_level_set(&phaser->back, q15(&phaser->feedback, &fx->clock, (ta_real_t)0.1, (ta_real_t)0.9));
    int32_t mix = q15(&phaser->mix, &fx->clock, 0, 1);
    bool copy = mix < COPY_BELOW;
    ta_fx_level_set(&phaser->wet, copy ? 0 : mix);
    ta_fx_level_set(&phaser->bend, copy ? STRAIGHT : phaser->knee_gain);
    use_stages(phaser, phaser->stages_wanted);
}

// One sample through the row. c is minus the coefficient of section 6.8, so that both products round as there: to zero.
static inline int32_t row(int32_t w, int16_t *memory, const int16_t *end, int32_t c)
{
    do {
        int32_t a = fx_clip16(fx_q15_down(c * w) + *memory);
        *memory = (int16_t)fx_clip16(w - fx_q15_down(c * a));
        w = a;
    } while (++memory != end);
    return w;
}

// One channel, while everything stands still.
FX_LOOP static void run_still(ta_phaser_t *phaser, unsigned channel, const int16_t *in, int16_t *out, uint32_t frames)
{
    unsigned channels = phaser->fx.source.format.channels;
    int16_t *memory = phaser->memory + channel * phaser->stages_max;
    const int16_t *end = memory + phaser->stages;
    int32_t c = phaser->turn.target_q15, back = phaser->back.target_q15, wet = phaser->wet.target_q15,
            w = phaser->last[channel];
    bool other_knee = phaser->knee_gain != TA_FX_KNEE_2;
    in += channel;
    out += channel;
    for (const int16_t *last = in + (size_t)frames * channels; in != last; in += channels, out += channels) {
        int32_t x = *in;
        w = row(fx_clip16(x + fx_q15_down(w * back)), memory, end, c);
        int32_t sum = x + fx_q15_down(w * wet); // within 2^16: the knee ends it at 32095
        *out = (int16_t)(other_knee ? ta_fx_knee(sum, phaser->knee_gain) : fx_knee_2(sum));
    }
    phaser->last[channel] = (int16_t)w;
}

// One frame, while levels move.
static void run_moving(ta_phaser_t *phaser, const int16_t *in, int16_t *out)
{
    int32_t back = ta_fx_level_next(&phaser->back), wet = ta_fx_level_next(&phaser->wet);
    int32_t bend = ta_fx_level_next(&phaser->bend), turn = ta_fx_level_next(&phaser->turn);
    int16_t *memory = phaser->memory;
    for (unsigned c = 0; c < phaser->fx.source.format.channels; c++, memory += phaser->stages_max) {
        int32_t x = in[c];
        int32_t w = fx_clip16(x + fx_q15_down(phaser->last[c] * back));
        w = row(w, memory, memory + phaser->stages, turn);
        phaser->last[c] = (int16_t)w;
        out[c] = (int16_t)ta_fx_knee(x + fx_q15_down(w * wet), bend);
    }
}

static int16_t nearer(int16_t s)
{
    return (int16_t)(s - s / 8 - (s > 0) + (s < 0));
}

// Rounding leaves offsets in allpasses whose coefficient is near 1, each of a few bits, and they feed each other for ever. After long silence at the
// input, what is left of an answer is led to 0, faster than it comes back.
static void run_to_rest(ta_phaser_t *phaser, const int16_t *in, int16_t *out, uint32_t frames)
{
    unsigned channels = phaser->fx.source.format.channels;
    for (uint32_t now; frames > 0; frames -= now) {
        now = frames < REST_PIECE ? frames : REST_PIECE;
        for (unsigned c = 0; c < channels; c++) {
            run_still(phaser, c, in, out, now);
            phaser->last[c] = nearer(phaser->last[c]);
        }
        for (size_t s = 0; s < 2 * (size_t)phaser->stages_max; s++)
            phaser->memory[s] = nearer(phaser->memory[s]);
        in += (size_t)now * channels;
        out += (size_t)now * channels;
    }
}

// What the older stages would give for the next frame: the bridge begins there, and not at the frame before it, or a tone would be off by its own steps.
static FX_LOOP void expect(ta_phaser_t *phaser, const int16_t *in)
{
    int32_t turn = phaser->turn.now_q23 >> 8, back = phaser->back.now_q23 >> 8, wet = phaser->wet.now_q23 >> 8;
    const int16_t *memory = phaser->memory;
    for (unsigned c = 0; c < phaser->fx.source.format.channels; c++, memory += phaser->stages_max) {
        int32_t w = fx_clip16(in[c] + fx_q15_down(phaser->last[c] * back));
        for (uint32_t s = 0; s < phaser->older_stages; s++)
            w = fx_clip16(fx_q15_down(turn * w) + memory[s]);
        phaser->bridge.last[c] = (int16_t)ta_fx_knee(in[c] + fx_q15_down(w * wet), phaser->bend.now_q23 >> 8);
    }
}

static bool moves(const ta_phaser_t *phaser)
{
    return !(ta_fx_level_still(&phaser->back) && ta_fx_level_still(&phaser->wet) && ta_fx_level_still(&phaser->bend) &&
             ta_fx_level_still(&phaser->turn));
}

static void run(ta_fx_t *fx, const int16_t *in, int16_t *out, uint32_t frames)
{
    ta_phaser_t *phaser = (ta_phaser_t *)fx;
    unsigned channels = fx->source.format.channels;
    bool silence = fx_quiet(in, (size_t)frames * channels, 0); // before it is written over
    int16_t *first = out;
    const uint32_t all = frames;
    if (ta_fx_bridge_begins(&phaser->bridge))
        expect(phaser, in);
    size_t samples = (size_t)frames * channels;
    for (; frames > 0 && moves(phaser); frames--) {
        run_moving(phaser, in, out);
        in += channels;
        out += channels;
    }
    if (phaser->wet.now_q23 == 0) {
        memmove(out, in, (size_t)frames * channels * sizeof *out);
    } else if (silence && phaser->quiet_frames >= FX_QUIET_FRAMES) {
        run_to_rest(phaser, in, out, frames);
    } else {
        for (unsigned c = 0; c < channels; c++)
            run_still(phaser, c, in, out, frames);
    }
    ta_fx_bridge_run(&phaser->bridge, first, all, channels);
    fx_count_quiet(&phaser->quiet_frames, silence && fx_quiet(first, samples, NEAR_SILENCE), all);
}

static void clear(ta_fx_t *fx)
{
    ta_phaser_t *phaser = (ta_phaser_t *)fx;
    memset(phaser->memory, 0, 2 * (size_t)phaser->stages_max * sizeof *phaser->memory);
    phaser->last[0] = phaser->last[1] = 0;
    phaser->quiet_frames = 0;
    ta_fx_level_forget(&phaser->turn);
    ta_fx_level_forget(&phaser->back);
    ta_fx_level_forget(&phaser->wet);
    ta_fx_level_forget(&phaser->bend);
    ta_fx_bridge_forget(&phaser->bridge);
}

static const ta_fx_ops_t ops = {.tick = tick, .run = run, .clear = clear, .native8 = true};

ta_status_t ta_phaser_need(const ta_phaser_config_t *config, ta_need_t needs[TA_PHASER_NEEDS])
{
    if (!config || !needs || config->stages_max < 1 || config->stages_max > TA_PHASER_STAGES_MAX)
        return TA_E_ARG;
    needs[1] = (ta_need_t){"phaser stages", 2 * config->stages_max * sizeof(int16_t), ALIGN, TA_CLASS_FAST};
    return ta_fx_need(&config->fx, &needs[0]);
}

ta_status_t ta_phaser_init(ta_phaser_t *phaser, const ta_phaser_config_t *config, void *const storage[TA_PHASER_NEEDS])
{
    ta_need_t needs[TA_PHASER_NEEDS];
    memset(phaser, 0, sizeof *phaser);
    ta_status_t status = ta_phaser_need(config, needs);
    if (status != TA_OK)
        return status;
    if (!storage || !storage[1] || (uintptr_t)storage[1] % ALIGN != 0)
        return TA_E_ARG;
    phaser->memory = storage[1];
    phaser->stages_max = config->stages_max;
    phaser->stages_wanted = config->stages_max < 6 ? config->stages_max : 6;
    phaser->knee_gain = TA_FX_KNEE_2;
    ta_param_set(&phaser->frequency, 1000);
    ta_param_set(&phaser->feedback, (ta_real_t)0.7);
    ta_param_set(&phaser->mix, 1);
    status = ta_fx_init(&phaser->fx, &ops, &config->fx, storage[0]);
    if (status == TA_OK)
        clear(&phaser->fx);
    return status;
}

ta_status_t ta_phaser_set_stages(ta_phaser_t *phaser, uint32_t stages)
{
    if (stages > phaser->stages_max)
        return TA_E_ARG;
    phaser->stages_wanted = stages ? stages : 1;
    return TA_OK;
}
