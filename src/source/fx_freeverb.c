// The effect Freeverb. In: frames. Out: these, and what a room made of comb filters and allpasses answers. Invariants: every store into a line is clipped to 16 bits; a channel
// touches its own lines only; what a comb keeps is a mean of samples, so it is within 16 bits.
//
// Lines are worked through one after the other, for a piece of frames each, so that a line's state stays in registers.

#include "tonearm/reverb.h"

#include "fx_int.h"
#include "fx_lines.h"

#include <string.h>

#define ALIGN 8

enum { PIECE = TA_FREEVERB_PIECE, RAMP_PIECE = 4, TUNED_HZ = 44100, SPREAD = 23 };

static const uint16_t comb_frames[TA_FREEVERB_COMBS] = {1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617};
static const uint16_t allpass_frames[TA_FREEVERB_ALLPASSES] = {556, 441, 341, 225};

// ---- layout ------------------------------------------------------------------------------------------------------------------

// As long in time as at TUNED_HZ; at least a frame.
static uint32_t scaled(uint32_t frames, unsigned channel, uint32_t rate_hz)
{
    uint64_t at_rate = ((uint64_t)(frames + channel * SPREAD) * rate_hz + TUNED_HZ / 2) / TUNED_HZ;
    return at_rate ? (uint32_t)at_rate : 1;
}

static int16_t *place(ta_freeverb_line_t *line, int16_t *at, uint32_t frames)
{
    line->line = at;
    line->frames = frames;
    return at + frames;
}

// The one layout of need and init. Without `lines` it counts only.
static size_t lay_out(ta_freeverb_t *freeverb, const ta_format_t *format, int16_t *lines)
{
    size_t samples = 0;
    for (unsigned c = 0; c < format->channels; c++) {
        for (unsigned i = 0; i < TA_FREEVERB_COMBS; i++)
            samples += scaled(comb_frames[i], c, format->rate_hz);
        for (unsigned i = 0; i < TA_FREEVERB_ALLPASSES; i++)
            samples += scaled(allpass_frames[i], c, format->rate_hz);
    }
    for (unsigned c = 0; lines && c < format->channels; c++) {
        for (unsigned i = 0; i < TA_FREEVERB_COMBS; i++)
            lines = place(&freeverb->channel[c].comb[i], lines, scaled(comb_frames[i], c, format->rate_hz));
        for (unsigned i = 0; i < TA_FREEVERB_ALLPASSES; i++)
            lines = place(&freeverb->channel[c].allpass[i], lines, scaled(allpass_frames[i], c, format->rate_hz));
    }
    return samples;
}

// ---- a tick's numbers --------------------------------------------------------------------------------------------------------

static void tick(ta_fx_t *fx, uint32_t frames)
{
    (void)frames;
    ta_freeverb_t *freeverb = (ta_freeverb_t *)fx;
    ta_real_t room = ta_param_within(&freeverb->roomsize, &fx->clock, 0, 1);
    ta_real_t damp = ta_param_within(&freeverb->damp, &fx->clock, 0, 1);
    ta_real_t twice = 2 * ta_param_within(&freeverb->mix, &fx->clock, 0, 1);
    ta_real_t dry = 2 - twice;
    ta_fx_level_set(&freeverb->feedback, (int32_t)((ta_real_t)9175.04 * room) + 22937);
    ta_fx_level_set(&freeverb->damping, (int32_t)((ta_real_t)13107.2 * damp));
    ta_fx_level_set(&freeverb->dry, (int32_t)(32767 * (dry < 1 ? dry : 1)));
    ta_fx_level_set(&freeverb->wet, (int32_t)(32767 * (twice < 1 ? twice : 1)));
    ta_chain_tick(&freeverb->pre, &fx->clock);
    ta_chain_tick(&freeverb->post, &fx->clock);
}

// ---- lines -------------------------------------------------------------------------------------------------------------------

// Frames until a line's end or the piece's.
static inline uint32_t span(const ta_freeverb_line_t *line, uint32_t frames)
{
    uint32_t left = line->frames - line->at;
    return left < frames ? left : frames;
}

static inline void advance(ta_freeverb_line_t *line, uint32_t frames)
{
    line->at += frames;
    if (line->at == line->frames)
        line->at = 0;
}

static void comb(ta_freeverb_line_t *line, ta_freeverb_pair_t *pair, uint32_t frames, int32_t feedback, int32_t damping)
{
    ta_fx_comb_t by = {line->low, feedback, damping};
    while (frames > 0) {
        uint32_t now = span(line, frames);
        int16_t *at = line->line + line->at;
        by.low = FX_LINES_BEST(ta_fx_comb_span)(at, at + now, pair, &by);
        advance(line, now);
        pair += now;
        frames -= now;
    }
    line->low = by.low;
}

static void allpass(ta_freeverb_line_t *line, ta_freeverb_pair_t *pair, uint32_t frames)
{
    while (frames > 0) {
        uint32_t now = span(line, frames);
        int16_t *at = line->line + line->at;
        FX_LINES_BEST(ta_fx_allpass_span)(at, at + now, pair);
        advance(line, now);
        pair += now;
        frames -= now;
    }
}

// x 8738 / 2^17, to zero: below 2^29.
static inline int32_t attenuated(int32_t x, int32_t factor)
{
    int32_t n = x * factor;
    return (n + (int32_t)((uint32_t)(n >> 31) >> 15)) >> 17;
}

// sum 31457 / 2^17, to zero and clipped. Beyond 136533 it clips; up to there the product fits 32 bits without a sign.
static inline int32_t gathered(int32_t sum)
{
    uint32_t size = sum < 0 ? 0U - (uint32_t)sum : (uint32_t)sum;
    if (size > 136533)
        return sum < 0 ? -32768 : 32767;
    int32_t y = (int32_t)((size * 31457U) >> 17);
    return sum < 0 ? -y : y;
}

FX_LOOP static void put_in(ta_freeverb_pair_t *pair, const int16_t *from, const ta_freeverb_pair_t *end,
                           unsigned stride)
{
    int32_t factor = 8738;
    __asm__("" : "+r"(factor)); // or a compiler for the Cortex-M0+, whose product is one cycle, shifts and adds instead
    for (; pair != end; pair++, from += stride) {
        pair->in = attenuated(*from, factor);
        pair->sum = 0;
    }
}

// What the combs gave, for the allpasses. Up to 68266 the product fits 32 bits with its sign.
FX_LOOP static void gather(ta_freeverb_pair_t *pair, const ta_freeverb_pair_t *end)
{
    enum { SMALL = 68266 };
    for (; pair != end; pair++) {
        int32_t sum = pair->sum;
        if (__builtin_expect((uint32_t)(sum + SMALL) <= 2U * SMALL, 1)) {
            int32_t n = sum * 31457;
            pair->in = (n + (int32_t)((uint32_t)(n >> 31) >> 15)) >> 17;
        } else {
            pair->in = gathered(sum);
        }
    }
}

FX_LOOP static void take_out(const ta_freeverb_pair_t *pair, const ta_freeverb_pair_t *end, int16_t *to,
                             unsigned stride)
{
    for (; pair != end; pair++, to += stride)
        *to = (int16_t)pair->in;
}

// One channel's answer to freeverb->in, in its place.
static void answer(ta_freeverb_t *freeverb, unsigned c, uint32_t frames, int32_t feedback, int32_t damping)
{
    ta_freeverb_channel_t *channel = &freeverb->channel[c];
    unsigned stride = freeverb->channels;
    ta_freeverb_pair_t *pair = freeverb->pair;
    int16_t *io = freeverb->in + c;
    put_in(pair, io, pair + frames, stride);
    for (unsigned i = 0; i < TA_FREEVERB_COMBS; i++)
        comb(&channel->comb[i], pair, frames, feedback, damping);
    gather(pair, pair + frames);
    for (unsigned i = 0; i < TA_FREEVERB_ALLPASSES; i++)
        allpass(&channel->allpass[i], pair, frames);
    take_out(pair, pair + frames, io, stride);
}

// y 30 wet / 2^15, to zero and clipped. Where 30 y is too large for 32 bits, the two parts of y wet are multiplied apart.
static inline int32_t wetted(int32_t y, int32_t wet)
{
    uint32_t size = (uint32_t)(y < 0 ? -y : y), result;
    if (__builtin_expect(size < 4370, 1)) {
        result = (30U * size * (uint32_t)wet) >> 15;
    } else {
        size *= (uint32_t)wet;
        result = 30U * (size >> 15) + ((30U * (size & 32767U)) >> 15);
    }
    int32_t clipped = result > 32767 ? 32767 : (int32_t)result;
    return y < 0 ? -clipped - (result > 32767) : clipped;
}

static inline int16_t mixed(int32_t x, int32_t y, int32_t dry, int32_t wet)
{
    return (int16_t)fx_knee_2(fx_q15_down(x * dry) + wetted(y, wet));
}

// Channels do not matter while levels stand still. Answers are small but for bursts: 30 y wet fits 32 bits, with its sign, up to 2184.
FX_LOOP static void mix_still(const int16_t *in, const int16_t *answers, int16_t *out, const int16_t *end, int32_t dry,
                              int32_t wet)
{
    enum { SMALL = 2184 };
    const int32_t wet_30 = 30 * wet;
    for (; out != end; out++) {
        int32_t y = *answers++;
        if (__builtin_expect((uint32_t)(y + SMALL) <= 2U * SMALL, 1)) {
            *out = (int16_t)fx_knee_2(fx_q15_down(*in++ * dry) + fx_clip16(fx_q15_down(y * wet_30)));
        } else {
            *out = mixed(*in++, y, dry, wet);
        }
    }
}

static void mix(ta_freeverb_t *freeverb, const int16_t *in, int16_t *out, uint32_t frames)
{
    const int16_t *answers = freeverb->in;
    const int16_t *end = out + (size_t)frames * freeverb->channels;
    for (; out != end && !(ta_fx_level_still(&freeverb->dry) && ta_fx_level_still(&freeverb->wet));) {
        int32_t dry = ta_fx_level_next(&freeverb->dry), wet = ta_fx_level_next(&freeverb->wet);
        for (unsigned c = 0; c < freeverb->channels; c++)
            *out++ = mixed(*in++, *answers++, dry, wet);
    }
    mix_still(in, answers, out, end, freeverb->dry.target_q15, freeverb->wet.target_q15);
}

// ---- the effect --------------------------------------------------------------------------------------------------------------

// Feedback and damping move in steps of a few frames while they are on their way.
static uint32_t piece(ta_freeverb_t *freeverb, uint32_t frames, int32_t *feedback, int32_t *damping)
{
    bool still = ta_fx_level_still(&freeverb->feedback) && ta_fx_level_still(&freeverb->damping);
    uint32_t most = still ? PIECE : RAMP_PIECE;
    frames = frames < most ? frames : most;
    *feedback = ta_fx_level_next(&freeverb->feedback);
    *damping = ta_fx_level_next(&freeverb->damping);
    for (uint32_t f = 1; f < frames && !still; f++) {
        *feedback = ta_fx_level_next(&freeverb->feedback);
        *damping = ta_fx_level_next(&freeverb->damping);
    }
    return frames;
}

static void run(ta_fx_t *fx, const int16_t *in, int16_t *out, uint32_t frames)
{
    ta_freeverb_t *freeverb = (ta_freeverb_t *)fx;
    unsigned channels = freeverb->channels;
    while (frames > 0) {
        int32_t feedback, damping;
        uint32_t now = piece(freeverb, frames, &feedback, &damping);
        memcpy(freeverb->in, in, (size_t)now * channels * sizeof *in);
        ta_chain_run(&freeverb->pre, freeverb->in, now);
        for (unsigned c = 0; c < channels; c++)
            answer(freeverb, c, now, feedback, damping);
        ta_chain_run(&freeverb->post, freeverb->in, now);
        mix(freeverb, in, out, now);
        in += (size_t)now * channels;
        out += (size_t)now * channels;
        frames -= now;
    }
}

static void clear(ta_fx_t *fx)
{
    ta_freeverb_t *freeverb = (ta_freeverb_t *)fx;
    memset(freeverb->lines, 0, freeverb->line_samples * sizeof *freeverb->lines);
    for (unsigned c = 0; c < freeverb->channels; c++) {
        for (unsigned i = 0; i < TA_FREEVERB_COMBS; i++)
            freeverb->channel[c].comb[i].at = 0, freeverb->channel[c].comb[i].low = 0;
        for (unsigned i = 0; i < TA_FREEVERB_ALLPASSES; i++)
            freeverb->channel[c].allpass[i].at = 0;
    }
    ta_chain_clear(&freeverb->pre);
    ta_chain_clear(&freeverb->post);
    ta_fx_level_forget(&freeverb->feedback);
    ta_fx_level_forget(&freeverb->damping);
    ta_fx_level_forget(&freeverb->dry);
    ta_fx_level_forget(&freeverb->wet);
}

static const ta_fx_ops_t ops = {.tick = tick, .run = run, .clear = clear, .tail = true};

ta_status_t ta_freeverb_need(const ta_freeverb_config_t *config, ta_need_t needs[TA_FREEVERB_NEEDS])
{
    if (!config || !needs || config->filters_max > TA_CHAIN_MAX)
        return TA_E_ARG;
    ta_status_t status = ta_fx_need(&config->fx, &needs[0]);
    if (status != TA_OK)
        return status;
    size_t chain = ta_chain_bytes(config->filters_max, config->fx.format.channels);
    size_t lines = lay_out(NULL, &config->fx.format, NULL) * sizeof(int16_t);
    needs[1] = (ta_need_t){"freeverb filters", chain ? 2 * chain : ALIGN, ALIGN, TA_CLASS_FAST};
    needs[2] = (ta_need_t){"freeverb lines", lines, ALIGN, TA_CLASS_BULK};
    return TA_OK;
}

ta_status_t ta_freeverb_init(ta_freeverb_t *freeverb, const ta_freeverb_config_t *config,
                             void *const storage[TA_FREEVERB_NEEDS])
{
    ta_need_t needs[TA_FREEVERB_NEEDS];
    memset(freeverb, 0, sizeof *freeverb);
    ta_status_t status = ta_freeverb_need(config, needs);
    if (status != TA_OK)
        return status;
    if (!storage || !storage[1] || !storage[2] || ((uintptr_t)storage[1] | (uintptr_t)storage[2]) % ALIGN != 0)
        return TA_E_ARG;
    unsigned channels = config->fx.format.channels;
    ta_chain_init(&freeverb->pre, config->filters_max, channels, storage[1]);
    void *second = (uint8_t *)storage[1] + ta_chain_bytes(config->filters_max, channels);
    ta_chain_init(&freeverb->post, config->filters_max, channels, second);
    freeverb->channels = channels;
    freeverb->lines = storage[2];
    freeverb->line_samples = lay_out(freeverb, &config->fx.format, freeverb->lines);
    ta_param_set(&freeverb->roomsize, (ta_real_t)0.5);
    ta_param_set(&freeverb->damp, (ta_real_t)0.5);
    ta_param_set(&freeverb->mix, (ta_real_t)0.5);
    status = ta_fx_init(&freeverb->fx, &ops, &config->fx, storage[0]);
    if (status == TA_OK)
        clear(&freeverb->fx);
    return status;
}
