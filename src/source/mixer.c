// A mixer. In: voices, each an intake with a level and a panning. Out: blocks of its own format, without an end.
//
// A tick is worked out at once: voice by voice, each voice's frames are added to the tick's sums (mixer_kernels.h), and the sums become samples in the end. The sums lie
// where the last tick of the block will be, so a block needs little more than its own bytes:
//
//     storage   voices | resamplers | place | block: tick 0 | tick 1 | ... | last tick          |
//                                                                          | sums, 4 bytes a sample      |
//
// Resamplers, one for each voice, and a place for a tick of what they give are there only where the mixer was told how to resample. A voice of the mixer's
// own rate does without them even then.
//
// Samples are written from the lowest address on, and never beyond the sum that they come from.
//
// Invariants: words that the task writes are read once in a tick; `made` frames of the block are valid, `lent` of them gone; sums below `filled` hold
// numbers and those above nothing; a voice's `last` is what it counted in the frame before this tick, or 0.

#include "tonearm/mixer.h"

#include "guard_tick.h"
#include "mixer_kernels.h"
#include "mixer_resample.h"
#include "real.h"
#include "shared_word.h"

#include <string.h>

enum { FINER_BITS = 9, FALL_MAX = 1 << 30, WISH_LOOP = 1, WISH_END = 2, WISH_BITS = 2 };

// A number that was worked out, kept until another is set: a float costs a processor without them much.
typedef struct {
    ta_real_t number;
    int32_t q15;
} known_t;

struct ta_mixer_voice { // what each tick reads comes first: a Cortex-M0+ loads at offsets up to 124
    ta_param_t level, panning;
    known_t known_level, known_panning;
    volatile uint32_t wish;         // the task's: the offer that it concerns, and what is to be done with its loop
    uint32_t wish_done;             // the feed's
    int32_t level_q15, panning_q15; // that `target` was worked out from
    ta_mix_gain_t target;
    ta_mix_ramp_t gain;
    uint32_t ramp_left;      // frames until the target is reached
    bool fresh;              // begins at its level
    bool sounded;            // until the end of the last tick
    bool guarded;            // what it plays has let a guard of its own judge it
    volatile bool resampled; // the feed's: until the last frame is heard, which is later than the source's end
    int16_t last[2];         // its samples there, of a mono source twice
    ta_intake_t intake;
};

// A tick being worked out.
typedef struct {
    ta_mixer_t *mixer;
    ta_sum_t *sums;
    uint32_t frames;
    uint32_t filled;
    unsigned channels;
    uint32_t work;                 // behind its voices
    ta_mix_t *const (*kernels)[2]; // [channels of the source - 1][nothing is there yet]
} tick_t;

// ---- what it takes -----------------------------------------------------------------------------------------------------

typedef struct {
    uint32_t buffer_frames, first_tick;
    size_t resampler_bytes;                       // of one of them, 0: none
    size_t resamplers, place, block, sums, bytes; // places in the storage
} layout_t;

static ta_status_t lay_out(const ta_mixer_config_t *config, layout_t *layout)
{
    if (!ta_format_valid(&config->format) || config->format.sample > TA_SAMPLE_S16)
        return TA_E_FORMAT;
    if (config->voices < 1 || config->voices > TA_MIXER_VOICES_MAX || config->sounding_max > TA_MIXER_VOICES_MAX ||
        config->buffer_frames > TA_MIXER_BUFFER_FRAMES_MAX)
        return TA_E_ARG;
    uint32_t frames = config->buffer_frames ? config->buffer_frames : TA_MIXER_BUFFER_FRAMES;
    uint32_t tick = frames < TA_MIXER_TICK_FRAMES ? frames : TA_MIXER_TICK_FRAMES;
    size_t frame_bytes = ta_frame_bytes(&config->format), sum_bytes = sizeof(ta_sum_t) * config->format.channels;
    layout->buffer_frames = frames;
    layout->first_tick = (frames - 1) % tick + 1;
    layout->resampler_bytes = 0;
    ta_status_t status = config->resample ? config->resample->need(config, &layout->resampler_bytes) : TA_OK;
    if (status != TA_OK)
        return status;
    layout->resamplers = config->voices * sizeof(ta_mixer_voice_t);
    layout->place = layout->resamplers + config->voices * layout->resampler_bytes;
    layout->block = layout->place + (config->resample ? tick * config->format.channels * sizeof(int16_t) + 3 : 0);
    layout->block &= ~(size_t)3;
    layout->sums = layout->block + (((frames - tick) * frame_bytes + 3) & ~(size_t)3);
    layout->bytes = layout->sums + tick * sum_bytes;
    return TA_OK;
}

ta_status_t ta_mixer_need(const ta_mixer_config_t *config, ta_need_t *need)
{
    layout_t layout;
    ta_status_t status = lay_out(config, &layout);
    if (status == TA_OK)
        *need = (ta_need_t){"mixer", layout.bytes, _Alignof(ta_mixer_voice_t), TA_CLASS_FAST};
    return status;
}

// ---- a voice's gains ---------------------------------------------------------------------------------------------------

enum { LEVEL, PANNING };

static int32_t read_q15(const ta_param_t *param, const ta_clock_t *clock, unsigned which)
{
    static const ta_real_t low[2] = {0, (ta_real_t)-32767 / (ta_real_t)32768};
    static const ta_real_t high[2] = {1, (ta_real_t)32767 / (ta_real_t)32768};
    return ta_param_q15(param, clock, low[which], high[which]);
}

static inline __attribute__((always_inline)) int32_t number_q15(const ta_param_t *param, const ta_clock_t *clock,
                                                                known_t *known, unsigned which)
{
    if (param->control)
        return read_q15(param, clock, which);
    const ta_real_t number = param->number; // read once: the task may be at it
    if (!real_same(number, known->number)) {
        known->number = number;
        known->q15 = read_q15(&(ta_param_t){.number = number}, clock, which);
    }
    return known->q15;
}

// How much of the level a side gets that the panning is away from by `away` (Q15, 0..32767): all in the middle, nothing at the far end.
static int32_t side(int32_t level_q15, int32_t away_q15)
{
    int32_t rest = 32767 - away_q15;
    rest += rest >> 14; // 0..32768
    return (rest * level_q15) >> 15;
}

// Out of line: it is rare, and would cost each voice registers.
static __attribute__((noinline)) void aim(ta_mixer_voice_t *voice, int32_t level_q15, int32_t panning_q15,
                                          unsigned channels)
{
    voice->level_q15 = level_q15;
    voice->panning_q15 = panning_q15;
    bool mono = channels == 1;
    voice->target.left = mono || panning_q15 <= 0 ? level_q15 : side(level_q15, panning_q15);
    voice->target.right = mono || panning_q15 >= 0 ? level_q15 : side(level_q15, -panning_q15);
    ta_mix_ramp_t *gain = &voice->gain;
    if (voice->fresh) {
        gain->now[0] = voice->target.left * (1 << FINER_BITS);
        gain->now[1] = voice->target.right * (1 << FINER_BITS);
        voice->ramp_left = 0;
        return;
    }
    gain->step[0] = (voice->target.left * (1 << FINER_BITS) - gain->now[0]) / TA_MIXER_RAMP_FRAMES;
    gain->step[1] = (voice->target.right * (1 << FINER_BITS) - gain->now[1]) / TA_MIXER_RAMP_FRAMES;
    voice->ramp_left = TA_MIXER_RAMP_FRAMES;
}

static void read_gains(ta_mixer_voice_t *voice, const ta_clock_t *clock, unsigned channels)
{
    int32_t level = number_q15(&voice->level, clock, &voice->known_level, LEVEL);
    int32_t panning = number_q15(&voice->panning, clock, &voice->known_panning, PANNING);
    if (voice->fresh || level != voice->level_q15 || panning != voice->panning_q15)
        aim(voice, level, panning, channels);
    voice->fresh = false;
}

// Gains move with time, whether there were frames or not.
static void move_gains(ta_mixer_voice_t *voice, uint32_t frames)
{
    ta_mix_ramp_t *gain = &voice->gain;
    if (voice->ramp_left == 0)
        return;
    if (voice->ramp_left > frames) {
        voice->ramp_left -= frames;
        gain->now[0] += gain->step[0] * (int32_t)frames;
        gain->now[1] += gain->step[1] * (int32_t)frames;
        return;
    }
    voice->ramp_left = 0;
    gain->now[0] = voice->target.left * (1 << FINER_BITS); // with what rounding has left
    gain->now[1] = voice->target.right * (1 << FINER_BITS);
}

// ---- sums --------------------------------------------------------------------------------------------------------------

static void fill(tick_t *tick, uint32_t frames)
{
    if (frames <= tick->filled)
        return;
    ta_sum_t *end = tick->sums + frames * tick->channels;
    for (ta_sum_t *sum = tick->sums + tick->filled * tick->channels; sum != end; sum++)
        *sum = TA_MIX_START;
    tick->filled = frames;
}

// [channels of the mixer][of the source][nothing is there yet]
static ta_mix_t *const kernels[2][2][2] = {
    {{ta_mix_mono, ta_mix_mono_first}, {ta_mix_down, ta_mix_down_first}},
    {{ta_mix_spread, ta_mix_spread_first}, {ta_mix_stereo, ta_mix_stereo_first}},
};

static void add_at(tick_t *tick, uint32_t at, const int16_t *in, uint32_t frames, unsigned in_channels,
                   const ta_mix_gain_t *gain)
{
    ta_mix_t *const *kernel = tick->kernels[in_channels - 1];
    uint32_t there = tick->filled - at < frames ? tick->filled - at : frames; // at is within what is filled
    if (there)
        kernel[0](tick->sums + at * tick->channels, in, there, gain);
    if (there == frames)
        return;
    kernel[1](tick->sums + tick->filled * tick->channels, in + there * in_channels, frames - there, gain);
    tick->filled = at + frames;
}

static void add_ramp(tick_t *tick, uint32_t at, const int16_t *in, uint32_t frames, unsigned in_channels,
                     const ta_mix_ramp_t *gain)
{
    ta_mix_ramp_t here = *gain; // of the tick's beginning
    here.now[0] += here.step[0] * (int32_t)at;
    here.now[1] += here.step[1] * (int32_t)at;
    fill(tick, at + frames);
    ta_mix_ramp(tick->sums + at * tick->channels, in, frames, in_channels, tick->channels, &here);
}

// The usual case: a tick in one piece at a level that stands. False: it is another case.
static inline bool add_whole(tick_t *tick, const ta_lent_t *lent, unsigned in_channels, const ta_mixer_voice_t *voice)
{
    if (lent->frames != tick->frames || voice->ramp_left)
        return false;
    ta_mix_t *const *kernel = tick->kernels[in_channels - 1];
    if (tick->filled == 0) {
        kernel++;
        tick->filled = tick->frames;
    } else if (tick->filled != tick->frames) {
        return false;
    }
    (*kernel)(tick->sums, lent->samples, lent->frames, &voice->target);
    return true;
}

static void add(tick_t *tick, uint32_t at, const ta_lent_t *lent, unsigned in_channels, const ta_mixer_voice_t *voice)
{
    const int16_t *in = lent->samples;
    uint32_t frames = lent->frames, ramp_left = voice->ramp_left > at ? voice->ramp_left - at : 0;
    uint32_t ramped = ramp_left < frames ? ramp_left : frames;
    if (ramped)
        add_ramp(tick, at, in, ramped, in_channels, &voice->gain);
    if (ramped < frames && (voice->target.left | voice->target.right) != 0)
        add_at(tick, at + ramped, in + ramped * in_channels, frames - ramped, in_channels, &voice->target);
}

// ---- what is stopped falls ---------------------------------------------------------------------------------------------

static int32_t clamped(int32_t sum)
{
    return sum > FALL_MAX ? FALL_MAX : sum < -FALL_MAX ? -FALL_MAX : sum;
}

// The voice's last frame is where its fall begins; several falls are one.
static void fall(ta_mixer_t *mixer, ta_mixer_voice_t *voice)
{
    if (!voice->sounded)
        return;
    ta_sum_t sums[2] = {0, 0};
    ta_mix_ramp_t gain = {.now = {voice->gain.now[0], voice->gain.now[1]}};
    ta_mix_ramp(sums, voice->last, 1, 2, mixer->source.format.channels, &gain);
    for (unsigned c = 0; c < 2; c++) { // both within 2^30: their sum fits
        int32_t from = clamped(mixer->falling[c] * (int32_t)mixer->falling_frames + sums[c]);
        mixer->falling[c] = from / TA_MIXER_RAMP_FRAMES;
    }
    mixer->falling_frames = TA_MIXER_RAMP_FRAMES;
    voice->sounded = false;
}

static void add_falling(tick_t *tick)
{
    ta_mixer_t *mixer = tick->mixer;
    uint32_t left = mixer->falling_frames, frames = left < tick->frames ? left : tick->frames;
    fill(tick, frames);
    ta_sum_t *sums = tick->sums;
    for (uint32_t f = 0; f < frames; f++) {
        left--;
        for (unsigned c = 0; c < tick->channels; c++)
            *sums++ += mixer->falling[c] * (int32_t)left;
    }
    mixer->falling_frames = left;
}

// ---- one voice in one tick ---------------------------------------------------------------------------------------------

static void grant_wish(ta_mixer_voice_t *voice)
{
    uint32_t wish = TA_SHARED_GET(voice->wish);
    ta_source_t *source = voice->intake.source;
    if (wish == voice->wish_done || !source || ((wish ^ (voice->intake.taken << WISH_BITS)) >> WISH_BITS) != 0)
        return;
    voice->wish_done = wish;
    uint32_t times = (wish & ((1U << WISH_BITS) - 1)) == WISH_LOOP ? TA_LOOP_FOREVER : 0;
    ta_status_t status = ta_source_set_loop(source, 0, 0, times);
    (void)status; // that it can seek was seen when the wish was made; a source without frames has nothing to loop
}

static inline void remember(ta_mixer_voice_t *voice, const ta_lent_t *lent, unsigned channels)
{
    const int16_t *end = lent->samples + lent->frames * channels;
    voice->last[0] = end[-(int)channels];
    voice->last[1] = end[-1];
}

static void drop(ta_mixer_voice_t *voice)
{
    ta_intake_drop(&voice->intake);
    TA_SHARED_SET(voice->resampled, false);
}

// It has ended or faulted: that is heard as it is.
static void let_go(ta_mixer_t *mixer, ta_mixer_voice_t *voice)
{
    if (voice->intake.fault != TA_OK)
        TA_SHARED_SET(mixer->faults, mixer->faults + 1U);
    voice->sounded = false;
    drop(voice);
}

static ta_mixer_resampler_t *resampler_of(const ta_mixer_t *mixer, const ta_mixer_voice_t *voice)
{
    return (ta_mixer_resampler_t *)(void *)(mixer->resamplers +
                                            (size_t)(voice - mixer->voice) * mixer->resampler_bytes);
}

// The tick's frames, as many as there are. Returns their channels.
static __attribute__((noinline)) unsigned read_resampled(const tick_t *tick, ta_mixer_voice_t *voice, ta_lent_t *lent)
{
    const ta_mixer_t *mixer = tick->mixer;
    ta_mixer_resampler_t *resampler = resampler_of(mixer, voice);
    lent->samples = mixer->place;
    lent->frames = mixer->resample->read(resampler, mixer->place, tick->frames);
    if (mixer->resample->over(resampler))
        voice->intake.ended = true; // only now, and of nothing: its source went when all of it was in the window
    return resampler->engine.channels;
}

// What changes speed lends less than a tick at a time: the work behind that is told, and ends. True while all voices together may read more.
static bool may_go_on(tick_t *tick, ta_intake_t *intake)
{
    tick->work += intake->rest.work;
    intake->rest.work = 0;
    return tick->work < TA_BLOCK_WORK_MOST;
}

static void add_pieces(tick_t *tick, ta_mixer_voice_t *voice, ta_lent_t *lent, unsigned channels)
{
    uint32_t at = 0;
    do {
        add(tick, at, lent, channels, voice);
        at += lent->frames;
        if (at == tick->frames) {
            voice->sounded = true;
            remember(voice, lent, channels);
            return;
        }
        if (voice->resampled)
            return;
        if (!may_go_on(tick, &voice->intake))
            return;
        ta_intake_pull(&voice->intake, tick->frames - at, lent);
    } while (lent->frames); // 0: it waits, or there is no more
}

static void add_frames(tick_t *tick, ta_mixer_voice_t *voice)
{
    ta_intake_t *intake = &voice->intake;
    ta_lent_t lent;
    unsigned channels;
    voice->sounded = false;
    if (voice->resampled) {
        channels = read_resampled(tick, voice, &lent);
    } else {
        ta_intake_pull(intake, tick->frames, &lent);
        channels = intake->channels;
    }
    if (lent.frames) {
        if (add_whole(tick, &lent, channels, voice)) {
            voice->sounded = true;
            remember(voice, &lent, channels);
        } else {
            add_pieces(tick, voice, &lent, channels);
        }
    }
    if (intake->ended && intake->rest.frames == 0)
        let_go(tick->mixer, voice);
}

static void shed(ta_mixer_t *mixer, ta_mixer_voice_t *voice)
{
    drop(voice);
    fall(mixer, voice);
    TA_SHARED_SET(mixer->shed, mixer->shed + 1U);
}

// The newest offer, if it has not been taken. What it replaces is out of use before the offer counts as taken: the task must not see a voice play that it
// has stopped.
static __attribute__((noinline)) bool take(ta_mixer_t *mixer, ta_mixer_voice_t *voice)
{
    bool resampled = voice->resampled;
    TA_SHARED_SET(voice->resampled, false);
    if (!ta_intake_take(&voice->intake)) {
        TA_SHARED_SET(voice->resampled, resampled);
        return false;
    }
    const ta_source_t *source = voice->intake.source;
    if (source && source->format.rate_hz != mixer->source.format.rate_hz) {
        if (source->format.rate_hz > mixer->resample_max_hz) { // it was another one when it was offered
            voice->intake.fault = TA_E_RATE;
            TA_SHARED_SET(mixer->faults, mixer->faults + 1U);
            ta_intake_drop(&voice->intake);
            return true;
        }
        mixer->resample->begin(resampler_of(mixer, voice), &mixer->source.format);
        TA_SHARED_SET(voice->resampled, true);
    }
    return true;
}

static inline bool is_offered(const ta_mixer_voice_t *voice)
{
    return TA_SHARED_GET(voice->intake.offers) != voice->intake.taken;
}

static inline void take_up(ta_mixer_t *mixer, ta_mixer_voice_t *voice)
{
    if (!is_offered(voice) || !take(mixer, voice))
        return;
    fall(mixer, voice);
    voice->fresh = true;
    voice->guarded = false;
}

static inline bool has_frames(const ta_mixer_voice_t *voice)
{
    return voice->intake.source || voice->resampled;
}

// Returns whether it sounds.
static inline bool voice_tick(tick_t *tick, ta_mixer_voice_t *voice, bool may_sound)
{
    take_up(tick->mixer, voice);
    if (!has_frames(voice))
        return false;
    if (!may_sound) {
        shed(tick->mixer, voice);
        return false;
    }
    grant_wish(voice);
    read_gains(voice, &tick->mixer->clock, tick->channels);
    add_frames(tick, voice);
    move_gains(voice, tick->frames);
    return true;
}

// ---- voices for which there is no time --------------------------------------------------------------------------------

// Of those whose time is the mixer's: to drop one with a guard of its own would not help. NULL: there are only such.
static ta_mixer_voice_t *quietest(ta_mixer_t *mixer)
{
    ta_mixer_voice_t *found = NULL;
    int32_t lowest = INT32_MAX; // levels are below
    for (ta_mixer_voice_t *voice = mixer->voice; voice != mixer->voice + mixer->voices; voice++) {
        if (!has_frames(voice) || voice->guarded || (voice->fresh && mixer->guard.load)) // a fresh one is not known yet
            continue;
        int32_t level = number_q15(&voice->level, &mixer->clock, &voice->known_level, LEVEL);
        if (level <= lowest) {
            lowest = level;
            found = voice;
        }
    }
    return found;
}

static void make_room(ta_mixer_t *mixer, uint32_t most)
{
    uint32_t sounding = 0;
    for (ta_mixer_voice_t *voice = mixer->voice; voice != mixer->voice + mixer->voices; voice++) {
        take_up(mixer, voice);
        sounding += has_frames(voice) ? 1U : 0U;
    }
    for (ta_mixer_voice_t *voice; sounding > most && (voice = quietest(mixer)) != NULL; sounding--)
        shed(mixer, voice);
}

// ---- blocks ------------------------------------------------------------------------------------------------------------

// Samples of the mixer's own format, from 16-bit ones at the same place or behind it.
static void reshape(ta_sample_t sample, const int16_t *in, uint8_t *out, uint32_t samples)
{
    if (sample == TA_SAMPLE_U16) {
        for (uint32_t s = 0; s < samples; s++)
            ((uint16_t *)(void *)out)[s] = (uint16_t)in[s] ^ 0x8000U;
        return;
    }
    const unsigned flip = sample == TA_SAMPLE_U8 ? 0x80U : 0;
    for (uint32_t s = 0; s < samples; s++)
        out[s] = (uint8_t)(((uint16_t)in[s] >> 8) ^ flip);
}

static void finish(tick_t *tick, uint8_t *out)
{
    ta_sample_t sample = tick->mixer->source.format.sample;
    bool wide = ta_sample_bytes(sample) == 2;
    int16_t *to = wide ? (int16_t *)(void *)out : (int16_t *)(void *)tick->sums;
    uint32_t samples = tick->frames * tick->channels;
    ta_mix_finish(tick->sums, to, samples);
    if (sample != TA_SAMPLE_S16)
        reshape(sample, to, out, samples);
}

// Returns the work behind it.
static uint32_t render_tick(ta_mixer_t *mixer, uint32_t frames, uint8_t *out)
{
    unsigned channels = mixer->source.format.channels;
    tick_t tick = {mixer, mixer->sums, frames, 0, channels, 0, kernels[channels - 1]};
    uint32_t limit = TA_SHARED_GET(mixer->limit), may_sound = limit ? limit : TA_MIXER_VOICES_MAX;
    const uint32_t most = may_sound;
    guard_begin(&mixer->guard);
    ta_clock_tick(&mixer->clock, frames, mixer->source.format.rate_hz);
    if (guard_limits(&mixer->guard))
        make_room(mixer, mixer->guard.most);
    ta_mixer_voice_t *end = mixer->voice + mixer->voices;
    const ta_load_t *load = mixer->guard.load;
    uint32_t inside = load ? load->inside_ticks : 0;
    for (ta_mixer_voice_t *voice = mixer->voice; voice != end; voice++) {
        may_sound -= voice_tick(&tick, voice, may_sound != 0);
        if (load && load->inside_ticks != inside) { // guarded sources need not be pulled in each tick
            voice->guarded = true;
            inside = load->inside_ticks;
        }
    }
    if (mixer->falling_frames)
        add_falling(&tick);
    fill(&tick, frames);
    finish(&tick, out);
    guard_end(&mixer->guard, frames, mixer->source.format.rate_hz, most - may_sound);
    return tick.work;
}

static uint16_t render(ta_mixer_t *mixer)
{
    uint32_t work = 0;
    unsigned frame_bytes = ta_frame_bytes(&mixer->source.format);
    mixer->rendering = true;
    for (uint32_t at = 0, frames = mixer->first_tick; at < mixer->buffer_frames; frames = TA_MIXER_TICK_FRAMES) {
        work += render_tick(mixer, frames, mixer->block + (size_t)at * frame_bytes);
        at += frames;
    }
    mixer->rendering = false;
    mixer->made = mixer->buffer_frames;
    mixer->lent = 0;
    return work < UINT16_MAX ? (uint16_t)work : UINT16_MAX;
}

static ta_pull_t mixer_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    ta_mixer_t *mixer = (ta_mixer_t *)source;
    if (mixer->rendering)
        return TA_PULL_WAIT; // a voice's source asks the mixer itself
    if (mixer->lent == mixer->made)
        block->work = render(mixer);
    uint32_t left = mixer->made - mixer->lent;
    block->data = mixer->block + (size_t)mixer->lent * ta_frame_bytes(&source->format);
    block->frames = left < max_frames ? left : max_frames;
    mixer->lent += block->frames;
    return TA_PULL_MORE;
}

static const ta_source_ops_t mixer_ops = {mixer_pull, NULL};

ta_status_t ta_mixer_init(ta_mixer_t *mixer, const ta_mixer_config_t *config, void *storage)
{
    *mixer = (ta_mixer_t){.voices = 0};
    layout_t layout;
    ta_status_t status = lay_out(config, &layout);
    if (status == TA_OK && (!storage || (uintptr_t)storage % _Alignof(ta_mixer_voice_t) != 0))
        status = TA_E_ARG;
    if (status != TA_OK)
        return status;
    uint8_t *bytes = storage;
    memset(bytes, 0, layout.bytes);
    ta_source_init(&mixer->source, &mixer_ops, &config->format, TA_FRAMES_UNKNOWN);
    mixer->voice = storage;
    mixer->voices = config->voices;
    mixer->buffer_frames = layout.buffer_frames;
    mixer->first_tick = layout.first_tick;
    mixer->block = bytes + layout.block;
    mixer->sums = (ta_sum_t *)(void *)(bytes + layout.sums);
    mixer->limit = config->sounding_max;
    (void)!guard_set(&mixer->guard, NULL, config->voices);
    mixer->resample = config->resample;
    mixer->resampler_bytes = layout.resampler_bytes;
    mixer->resamplers = bytes + layout.resamplers;
    mixer->place = (int16_t *)(void *)(bytes + layout.place);
    if (config->resample)
        mixer->resample_max_hz = config->resample_max_hz ? config->resample_max_hz : TA_RESAMPLE_MAX_RATE_HZ;
    for (uint32_t v = 0; v < config->voices; v++) {
        ta_mixer_voice_t *voice = &mixer->voice[v];
        ta_intake_init(&voice->intake);
        ta_param_set(&voice->level, 1);
        if (config->resample)
            config->resample->make(resampler_of(mixer, voice), config, &voice->intake);
    }
    return TA_OK;
}

// ---- the task's --------------------------------------------------------------------------------------------------------

ta_status_t ta_mixer_play(ta_mixer_t *mixer, uint32_t voice, ta_source_t *source)
{
    if (voice >= mixer->voices || !source || source == &mixer->source)
        return TA_E_ARG;
    if (!ta_format_valid(&source->format))
        return TA_E_FORMAT;
    if (source->format.rate_hz != mixer->source.format.rate_hz && source->format.rate_hz > mixer->resample_max_hz)
        return TA_E_RATE;
    for (uint32_t v = 0; v < mixer->voices; v++) {
        if (v != voice && ta_intake_holds(&mixer->voice[v].intake, source))
            return TA_E_BUSY;
    }
    return ta_intake_offer(&mixer->voice[voice].intake, source);
}

ta_status_t ta_mixer_stop(ta_mixer_t *mixer, uint32_t voice)
{
    return voice < mixer->voices ? ta_intake_offer(&mixer->voice[voice].intake, NULL) : TA_E_ARG;
}

static void wish(ta_mixer_voice_t *voice, uint32_t what)
{
    TA_SHARED_SET(voice->wish, (voice->intake.offers << WISH_BITS) | what);
}

ta_status_t ta_mixer_loop(ta_mixer_t *mixer, uint32_t voice, bool on)
{
    if (voice >= mixer->voices)
        return TA_E_ARG;
    ta_intake_t *intake = &mixer->voice[voice].intake;
    const ta_source_t *source = ta_intake_offered(intake);
    if (!ta_intake_busy(intake) || !source || (on && (!source->ops || !source->ops->seek)))
        return TA_E_STATE;
    wish(&mixer->voice[voice], on ? WISH_LOOP : WISH_END);
    return TA_OK;
}

ta_status_t ta_mixer_end(ta_mixer_t *mixer, uint32_t voice)
{
    if (voice >= mixer->voices)
        return TA_E_ARG;
    wish(&mixer->voice[voice], WISH_END);
    return TA_OK;
}

ta_param_t *ta_mixer_level(ta_mixer_t *mixer, uint32_t voice)
{
    return voice < mixer->voices ? &mixer->voice[voice].level : NULL;
}

ta_param_t *ta_mixer_panning(ta_mixer_t *mixer, uint32_t voice)
{
    return voice < mixer->voices ? &mixer->voice[voice].panning : NULL;
}

bool ta_mixer_playing(const ta_mixer_t *mixer, uint32_t voice)
{
    if (voice >= mixer->voices)
        return false;
    const ta_mixer_voice_t *of = &mixer->voice[voice];
    // Of what is resampled, frames are left when its source has ended. If it was stopped, an offer is open, or was taken, and `resampled` cleared before.
    return ta_intake_busy(&of->intake) || (!is_offered(of) && of->resampled);
}

bool ta_mixer_holds(const ta_mixer_t *mixer, const ta_source_t *source)
{
    for (uint32_t v = 0; v < mixer->voices; v++) {
        if (ta_intake_holds(&mixer->voice[v].intake, source))
            return true;
    }
    return false;
}

void ta_mixer_settle(ta_mixer_t *mixer, uint32_t voice)
{
    if (voice >= mixer->voices)
        return;
    ta_mixer_voice_t *to = &mixer->voice[voice];
    if (!is_offered(to) || !take(mixer, to))
        return;
    to->sounded = false;
    to->fresh = true;
}

void ta_mixer_clear(ta_mixer_t *mixer)
{
    mixer->made = mixer->lent = 0;
    mixer->falling_frames = 0;
    for (uint32_t v = 0; v < mixer->voices; v++) {
        mixer->voice[v].sounded = false;
        mixer->voice[v].fresh = true;
    }
}

ta_status_t ta_mixer_fault(const ta_mixer_t *mixer, uint32_t voice)
{
    return voice < mixer->voices ? mixer->voice[voice].intake.fault : TA_E_ARG;
}

void ta_mixer_limit(ta_mixer_t *mixer, uint32_t sounding)
{
    TA_SHARED_SET(mixer->limit, sounding);
}

ta_status_t ta_mixer_guard(ta_mixer_t *mixer, const ta_guard_config_t *config)
{
    return guard_set(&mixer->guard, config, mixer->voices);
}

uint32_t ta_mixer_shed(const ta_mixer_t *mixer)
{
    return TA_SHARED_GET(mixer->shed);
}

uint32_t ta_mixer_faults(const ta_mixer_t *mixer)
{
    return TA_SHARED_GET(mixer->faults);
}
