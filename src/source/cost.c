// What sources cost. In: configurations, and the figures of the benches (cost_figures.h). Out: hundredths of cycles or instructions a frame. Where several shapes were measured, what
// lies between them is a straight line; where one was, all that it took beyond the plain one counts for the first two voices already: too much rather than too little.
#include "tonearm/cost.h"

#include "cost_figures.h"

#include <string.h>

#define PLACE(place, name, cycles, instructions)  place,
#define FIGURE(place, name, cycles, instructions) {cycles, instructions},

enum { COST_FIGURES(PLACE) COSTS };
static const uint32_t figures[COSTS][TA_COST_CHIPS] = {COST_FIGURES(FIGURE)};

typedef unsigned place_t;

// Hundredths on both chips, while they are worked out.
typedef struct {
    uint64_t on[TA_COST_CHIPS];
} sum_t;

static void add(sum_t *sum, place_t place, uint64_t times)
{
    for (unsigned chip = 0; chip < TA_COST_CHIPS; chip++)
        sum->on[chip] += figures[place][chip] * times;
}

// What `more` takes beyond `less`, if it is more.
static void add_beyond(sum_t *sum, place_t more, uint64_t more_times, place_t less, uint64_t less_times, uint64_t times)
{
    for (unsigned chip = 0; chip < TA_COST_CHIPS; chip++) {
        uint64_t high = figures[more][chip] * more_times, low = figures[less][chip] * less_times;
        sum->on[chip] += high > low ? (high - low) * times : 0;
    }
}

// A measured shape: `each` of `place` is its whole (a figure may be a voice's).
typedef struct {
    uint32_t x;
    place_t place;
    uint32_t each;
} point_t;

// The line through the two points next to x, or through the last or first two.
static void add_line(sum_t *sum, const point_t *points, unsigned count, uint32_t x)
{
    unsigned p = 0;
    while (p + 2 < count && points[p + 1].x < x)
        p++;
    const point_t *a = &points[p], *b = &points[p + 1];
    for (unsigned chip = 0; chip < TA_COST_CHIPS; chip++) {
        int64_t low = (int64_t)figures[a->place][chip] * a->each, high = (int64_t)figures[b->place][chip] * b->each;
        int64_t run = (int64_t)b->x - a->x, rise = (high - low) * ((int64_t)x - a->x);
        int64_t y = low + rise / run;
        sum->on[chip] += y > 0 ? (uint64_t)y : 0;
    }
}

static void tell(ta_cost_t *cost, const char *name, uint32_t rate_hz, const sum_t *sum)
{
    *cost = (ta_cost_t){.name = name, .rate_hz = rate_hz};
    for (unsigned chip = 0; chip < TA_COST_CHIPS; chip++)
        cost->frame[chip] = sum->on[chip] > UINT32_MAX ? UINT32_MAX : (uint32_t)sum->on[chip];
}

static ta_status_t nothing(ta_cost_t *cost, ta_status_t status)
{
    *cost = (ta_cost_t){.name = "nothing"};
    return status;
}

uint64_t ta_cost_per_second(const ta_cost_t *cost, ta_cost_chip_t chip)
{
    return chip < TA_COST_CHIPS ? ((uint64_t)cost->frame[chip] * cost->rate_hz + 99) / 100 : 0;
}

// ---- mixer ---------------------------------------------------------------------------------------------------------------------

// Both of one format: what two voices take beyond two of 16 bits. One of 8 bits was measured (s8 is no more), and one of 24.
static void add_format(sum_t *sum, ta_sample_t sample, bool stereo, uint32_t pairs)
{
    place_t plain = stereo ? COST_MIX_S16_STEREO_2 : COST_MIX_S16_MONO_2;
    if (sample == TA_SAMPLE_S16)
        return;
    if (sample <= TA_SAMPLE_S8) {
        add_beyond(sum, stereo ? COST_MIX_U8_STEREO_2 : COST_MIX_U8_MONO_2, 2, plain, 2, pairs);
    } else {
        add_beyond(sum, sample == TA_SAMPLE_U16 ? COST_MIX_U16_STEREO_2 : COST_MIX_S24_STEREO_2, 2,
                   COST_MIX_S16_STEREO_2, 2, pairs);
    }
}

static void add_voices(sum_t *sum, bool mixer_stereo, bool voice_stereo, uint32_t voices, uint32_t pairs)
{
    static const point_t stereo[] = {
        {1, COST_MIX_S16_STEREO_1, 1}, {2, COST_MIX_S16_STEREO_2, 2}, {8, COST_MIX_S16_STEREO_8, 8}};
    static const point_t mono[] = {{2, COST_MIX_S16_MONO_2, 2}, {8, COST_MIX_S16_MONO_8, 8}};
    static const point_t spread[] = {{2, COST_MIX_S16_SPREAD_2, 2}, {8, COST_MIX_S16_SPREAD_8, 8}};
    if (mixer_stereo && voice_stereo) {
        add_line(sum, stereo, 3, voices);
    } else if (mixer_stereo) {
        add_line(sum, spread, 2, voices);
    } else {
        add_line(sum, mono, 2, voices);
        if (voice_stereo)
            add_beyond(sum, COST_MIX_S16_DOWN_2, 2, COST_MIX_S16_MONO_2, 2, pairs);
    }
}

// Any level rather than a round one; a mono voice no more than a stereo one.
static void add_levels(sum_t *sum, uint32_t voices, bool moving)
{
    if (moving) {
        add_beyond(sum, COST_MIX_RAMP_STEREO_2, 1, COST_MIX_S16_STEREO_2, 1, voices);
    } else {
        add_beyond(sum, COST_MIX_PANNED_STEREO_8, 1, COST_MIX_S16_STEREO_8, 1, voices);
    }
}

// Measured at 48000 / 44100. Further down a frame takes as many more taps, and as many more frames are read. 2^32 * 384000 fits.
static void stretch(sum_t *sum, uint32_t in_hz, uint32_t out_hz)
{
    for (unsigned chip = 0; in_hz > out_hz && chip < TA_COST_CHIPS; chip++) {
        uint64_t far = sum->on[chip] * in_hz * 147 / ((uint64_t)out_hz * 160);
        sum->on[chip] = far > sum->on[chip] ? far : sum->on[chip];
    }
}

// What a voice of another rate takes beyond one of the mixer's. `best` was measured as a resampler only, and is so much beyond `good`.
static void add_resampling(sum_t *sum, const ta_mixer_config_t *config, uint32_t in_hz, bool stereo, uint32_t voices)
{
    enum { SIDE = 1, DOWN = 2 };
    _Static_assert(COST_MIX_LINEAR_STEREO_2 - COST_MIX_LINEAR_MONO_2 == SIDE &&
                       COST_MIX_LINEAR_AND_DOWN_MONO_2 - COST_MIX_LINEAR_MONO_2 == DOWN &&
                       COST_MIX_GOOD_AND_DOWN_STEREO_2 - COST_MIX_GOOD_MONO_2 == DOWN + SIDE,
                   "figures of resampled voices: direction, channels");
    const ta_resample_t quality = config->resample->quality;
    const bool down = in_hz > config->format.rate_hz;
    const unsigned way = (stereo ? 1U : 0U) * SIDE + (down ? 1U : 0U) * DOWN;
    sum_t voice = {{0}};
    add_beyond(&voice, (quality == TA_RESAMPLE_LINEAR ? COST_MIX_LINEAR_MONO_2 : COST_MIX_GOOD_MONO_2) + way, 1,
               stereo ? COST_MIX_S16_STEREO_2 : COST_MIX_S16_MONO_2, 1, 1);
    if (quality == TA_RESAMPLE_BEST)
        add_beyond(&voice, COST_RESAMPLE_BEST_MONO_S16_UP + way, 1, COST_RESAMPLE_GOOD_MONO_S16_UP + way, 1, 1);
    stretch(&voice, in_hz, config->format.rate_hz);
    for (unsigned chip = 0; chip < TA_COST_CHIPS; chip++)
        sum->on[chip] += voice.on[chip] * voices;
}

static ta_status_t check_resampling(const ta_mixer_config_t *config, const ta_mixer_use_t *use)
{
    if (use->resampled == 0)
        return TA_OK;
    uint32_t most_hz = config->resample_max_hz ? config->resample_max_hz : TA_RESAMPLE_MAX_RATE_HZ;
    bool can =
        config->resample && use->rate_hz >= TA_RATE_MIN_HZ && use->rate_hz <= TA_RATE_MAX_HZ && use->rate_hz <= most_hz;
    return can ? TA_OK : TA_E_RATE;
}

ta_status_t ta_mixer_cost(const ta_mixer_config_t *config, const ta_mixer_use_t *use, ta_cost_t *cost)
{
    static const ta_mixer_use_t plain = {0};
    use = use ? use : &plain;
    ta_need_t need;
    ta_status_t status = ta_mixer_need(config, &need);
    if (status == TA_OK && ((unsigned)use->sample >= TA_SAMPLES || use->channels > 2))
        status = TA_E_ARG;
    if (status == TA_OK)
        status = check_resampling(config, use);
    if (status != TA_OK)
        return nothing(cost, status);
    uint32_t voices =
        config->sounding_max && config->sounding_max < config->voices ? config->sounding_max : config->voices;
    voices = use->sounding && use->sounding < voices ? use->sounding : voices;
    const uint32_t pairs = (voices + 1) / 2;
    const bool stereo = config->format.channels == 2;
    const bool voice_stereo = use->channels ? use->channels == 2 : stereo;
    const ta_sample_t sample = use->channels ? use->sample : config->format.sample;
    sum_t sum = {{0}};
    add_voices(&sum, stereo, voice_stereo, voices, pairs);
    add_levels(&sum, voices, use->moving);
    add_format(&sum, sample, stereo || voice_stereo, pairs);
    if (config->format.sample != sample)
        add_format(&sum, config->format.sample, stereo, 1);
    if (use->resampled) {
        add_resampling(&sum, config, use->rate_hz, stereo && voice_stereo,
                       use->resampled < voices ? use->resampled : voices);
    }
    tell(cost, "mixer", config->format.rate_hz, &sum);
    return TA_OK;
}

// ---- synthesizer ---------------------------------------------------------------------------------------------------------------

static uint32_t at_most(uint32_t count, uint32_t limit)
{
    return count < limit ? count : limit;
}

ta_status_t ta_synth_cost(const ta_synth_config_t *config, const ta_synth_use_t *use, ta_cost_t *cost)
{
    static const ta_synth_use_t plain = {0};
    static const point_t mono[] = {{1, COST_SYNTH_MONO_1, 1}, {8, COST_SYNTH_MONO_8, 8}, {24, COST_SYNTH_MONO_24, 24}};
    static const point_t stereo[] = {
        {1, COST_SYNTH_STEREO_1, 1}, {8, COST_SYNTH_STEREO_8, 8}, {24, COST_SYNTH_STEREO_24, 24}};
    use = use ? use : &plain;
    ta_need_t need;
    ta_status_t status = ta_synth_need(config, &need);
    if (status != TA_OK)
        return nothing(cost, status);
    uint32_t voices = config->polyphony ? config->polyphony : TA_CFG_POLYPHONY;
    uint32_t notes = use->notes ? at_most(use->notes, voices) : voices;
    sum_t sum = {{0}};
    add_line(&sum, config->channels == 2 ? stereo : mono, 3, notes);
    add_beyond(&sum, COST_SYNTH_RING_MONO_8, 1, COST_SYNTH_MONO_8, 1, at_most(use->ringing, notes));
    add_beyond(&sum, COST_SYNTH_FILTER_MONO_8, 1, COST_SYNTH_MONO_8, 1, at_most(use->filtered, notes));
    add_beyond(&sum, COST_SYNTH_SAW_MONO_8, 1, COST_SYNTH_MONO_8, 1, at_most(use->bandlimited, notes));
    add_beyond(&sum, COST_SYNTH_LFOS_STEREO_8, 1, COST_SYNTH_STEREO_8, 1, at_most(use->moving, notes));
    if (config->interpolate) // a ring modulator's waveform, too
        add_beyond(&sum, COST_SYNTH_INTERPOLATED_MONO_8, 1, COST_SYNTH_MONO_8, 1, notes + at_most(use->ringing, notes));
    tell(cost, "synthesizer", config->rate_hz, &sum);
    return TA_OK;
}

// ---- resampler -----------------------------------------------------------------------------------------------------------------

ta_status_t ta_resampler_cost(const ta_resampler_config_t *config, uint32_t in_hz, ta_cost_t *cost)
{
    enum { QUALITY = COST_RESAMPLE_GOOD_MONO_S16_UP - COST_RESAMPLE_LINEAR_MONO_S16_UP, DOWN = 2, WIDE = 4 };
    _Static_assert(COST_RESAMPLE_LINEAR_STEREO_S16_UP - COST_RESAMPLE_LINEAR_MONO_S16_UP == 1 &&
                       COST_RESAMPLE_LINEAR_MONO_S16_DOWN - COST_RESAMPLE_LINEAR_MONO_S16_UP == DOWN &&
                       COST_RESAMPLE_LINEAR_MONO_S32_UP - COST_RESAMPLE_LINEAR_MONO_S16_UP == WIDE &&
                       COST_RESAMPLE_BEST_STEREO_S32_DOWN - COST_RESAMPLE_LINEAR_MONO_S16_UP == 3 * QUALITY - 1,
                   "figures of resamplers: quality, width, direction, channels");
    ta_need_t need;
    ta_status_t status = ta_resampler_need(config, &need);
    if (status == TA_OK && (in_hz < TA_RATE_MIN_HZ || in_hz > TA_RATE_MAX_HZ))
        status = TA_E_RATE;
    if (status != TA_OK)
        return nothing(cost, status);
    const bool down = in_hz > config->rate_hz;
    const unsigned better = (unsigned)config->quality - TA_RESAMPLE_LINEAR;
    place_t place = COST_RESAMPLE_LINEAR_MONO_S16_UP + better * QUALITY + (config->wide ? WIDE : 0) +
                    (down ? DOWN : 0) + (config->channels == 2 ? 1 : 0);
    sum_t sum = {{0}};
    add(&sum, place, 1);
    stretch(&sum, in_hz, config->rate_hz);
    tell(cost, "resampler", config->rate_hz, &sum);
    return TA_OK;
}

// ---- effects -------------------------------------------------------------------------------------------------------------------

enum { AMOUNT_MAX = 255, MODES = 4 };

// Measured with so much of it, and with more; each place is of mono, and the next of stereo.
typedef struct {
    const char *name;
    uint32_t few, many; ///< both 0: it has no amount
    place_t with_few, with_many;
    place_t extra, plain; ///< what `extra` takes is what the first takes beyond the second
} effect_t;

static const effect_t effects[TA_EFFECTS] = {
    [TA_EFFECT_FILTER] = {"filter", 1, 2, COST_FILTER_1_MONO, COST_FILTER_2_MONO, 0, 0},
    [TA_EFFECT_DISTORTION] = {"distortion", 0, 0, COST_DISTORTION_CLIP_MONO, 0, COST_DISTORTION_CLIP_AND_SOFT_MONO,
                              COST_DISTORTION_CLIP_MONO},
    [TA_EFFECT_PHASER] = {"phaser", 1, 6, COST_PHASER_1_MONO, COST_PHASER_6_MONO, 0, 0},
    [TA_EFFECT_FREEVERB] = {"freeverb", 0, 0, COST_FREEVERB_MONO, 0, 0, 0},
    [TA_EFFECT_ECHO] = {"echo", 0, 0, COST_ECHO_MONO, 0, COST_ECHO_FREQ_SHIFT_MONO, COST_ECHO_MONO},
    [TA_EFFECT_CHORUS] = {"chorus", 1, 3, COST_CHORUS_1_MONO, COST_CHORUS_3_MONO, 0, 0},
    [TA_EFFECT_FLANGER] = {"flanger", 0, 0, COST_FLANGER_MONO, 0, 0, 0},
    [TA_EFFECT_MULTITAP] = {"multi-tap delay", 1, 4, COST_MULTITAP_1_MONO, COST_MULTITAP_4_MONO, 0, 0},
    [TA_EFFECT_PITCH] = {"pitch shift", 0, 0, COST_PITCH_0_MONO, 0, COST_PITCH_7_MONO, COST_PITCH_0_MONO},
    [TA_EFFECT_GRANULAR] = {"granular pitch shift", 2, 8, COST_GRANULAR_2_MONO, COST_GRANULAR_8_MONO, 0, 0},
};

const char *ta_effect_name(ta_effect_t effect)
{
    return (unsigned)effect < TA_EFFECTS ? effects[effect].name : "?";
}

// A biquad in a chain: what a filter's second one takes, and what an echo's first one does.
static void add_chain(sum_t *sum, ta_effect_t effect, uint32_t filters, unsigned side)
{
    if (filters == 0)
        return;
    if (effect == TA_EFFECT_ECHO) {
        add_beyond(sum, COST_ECHO_AND_FILTER_MONO + side, 1, COST_ECHO_MONO + side, 1, 1);
    } else {
        add_beyond(sum, COST_FILTER_1_MONO + side, 1, COST_FILTER_COPY_MONO + side, 1, 1);
    }
    add_beyond(sum, COST_FILTER_2_MONO + side, 1, COST_FILTER_1_MONO + side, 1, filters - 1);
}

static void add_effect(sum_t *sum, ta_effect_t effect, unsigned side, uint32_t amount)
{
    static const place_t modes[MODES] = {COST_DISTORTION_CLIP_MONO, COST_DISTORTION_LOFI_MONO,
                                         COST_DISTORTION_OVERDRIVE_MONO, COST_DISTORTION_WAVESHAPE_MONO};
    const effect_t *e = &effects[effect];
    if (e->few) {
        if (effect == TA_EFFECT_FILTER && amount == 0) {
            add(sum, COST_FILTER_COPY_MONO + side, 1);
            return;
        }
        const point_t points[2] = {{e->few, e->with_few + side, 1}, {e->many, e->with_many + side, 1}};
        add_line(sum, points, 2, amount);
        return;
    }
    add(sum, (effect == TA_EFFECT_DISTORTION ? modes[amount] : e->with_few) + side, 1);
    if (effect == TA_EFFECT_ECHO || effect == TA_EFFECT_FREEVERB)
        add_chain(sum, effect, amount, side);
}

ta_status_t ta_fx_cost(ta_effect_t effect, unsigned channels, uint32_t rate_hz, uint32_t amount, bool extra,
                       ta_cost_t *cost)
{
    const ta_format_t format = {TA_SAMPLE_S16, (uint8_t)(channels <= 2 ? channels : 0), rate_hz};
    if (!ta_format_valid(&format))
        return nothing(cost, TA_E_FORMAT);
    if ((unsigned)effect >= TA_EFFECTS || amount > AMOUNT_MAX || (effect == TA_EFFECT_DISTORTION && amount >= MODES))
        return nothing(cost, TA_E_ARG);
    const unsigned side = channels - 1;
    const effect_t *e = &effects[effect];
    sum_t sum = {{0}};
    add_effect(&sum, effect, side, amount);
    if (extra && e->extra)
        add_beyond(&sum, e->extra + side, 1, e->plain + side, 1, 1);
    tell(cost, e->name, rate_hz, &sum);
    return TA_OK;
}

// An 8-bit effect is measured as a copy, and as an echo, whose inner loop is another one then.
ta_status_t ta_fx_format_cost(ta_effect_t effect, ta_sample_t own, ta_sample_t played, unsigned channels,
                              uint32_t rate_hz, ta_cost_t *cost)
{
    const ta_format_t format = {own, (uint8_t)(channels <= 2 ? channels : 0), rate_hz};
    if (!ta_format_valid(&format) || own > TA_SAMPLE_S16 || (unsigned)played >= TA_SAMPLES)
        return nothing(cost, TA_E_FORMAT);
    if ((unsigned)effect >= TA_EFFECTS)
        return nothing(cost, TA_E_ARG);
    const unsigned side = channels - 1;
    const place_t copy = COST_FILTER_COPY_MONO + side;
    sum_t sum = {{0}};
    if (own == TA_SAMPLE_U16) {
        add_beyond(&sum, COST_FILTER_COPY_U16_MONO + side, 1, copy, 1, 1);
    } else if (own != TA_SAMPLE_S16 && effect == TA_EFFECT_ECHO) {
        add_beyond(&sum, COST_ECHO_U8_MONO + side, 1, COST_ECHO_MONO + side, 1, 1);
    } else if (own != TA_SAMPLE_S16) {
        add_beyond(&sum, COST_FILTER_COPY_U8_MONO + side, 1, copy, 1, 1);
    }
    const bool widened = own <= TA_SAMPLE_S8 ? played <= TA_SAMPLE_S8 : played == own; // that is in it
    if (!widened) {
        const place_t from = played <= TA_SAMPLE_S8    ? COST_FILTER_COPY_U8_MONO
                             : played == TA_SAMPLE_U16 ? COST_FILTER_COPY_U16_MONO
                             : played == TA_SAMPLE_S16 ? COST_FILTER_COPY_MONO
                                                       : COST_FILTER_COPY_S24_MONO;
        add_beyond(&sum, from + side, 1, copy, 1, 1);
    }
    tell(cost, "formats of effects", rate_hz, &sum);
    return TA_OK;
}

// ---- WAV files -----------------------------------------------------------------------------------------------------------------

enum { WAV_TAG_FLOAT = 3 };

// By the bytes of a frame, once for what is read as it lies, and once for more than two channels, of which two are kept.
ta_status_t ta_wav_cost(const ta_wav_info_t *info, ta_cost_t *cost)
{
    static const point_t as_it_lies[] = {{2, COST_WAV_S16_MONO, 1}, {8, COST_WAV_S32_STEREO, 1}};
    static const point_t cut_down[] = {{6, COST_WAV_S16_3, 1}, {32, COST_WAV_S32_8, 1}};
    if (!ta_format_valid(&info->format) || info->channels < info->format.channels)
        return nothing(cost, TA_E_FORMAT);
    const bool many = info->channels > 2, stereo = info->format.channels == 2;
    sum_t sum = {{0}};
    add_line(&sum, many ? cut_down : as_it_lies, 2, (uint32_t)info->channels * ta_sample_bytes(info->format.sample));
    if (info->tag == WAV_TAG_FLOAT && stereo) {
        add_beyond(&sum, COST_WAV_FLOAT32_STEREO, 1, COST_WAV_S32_STEREO, 1, 1);
    } else if (info->tag == WAV_TAG_FLOAT) { // a mono file's frame of 4 bytes lies between both
        add_beyond(&sum, COST_WAV_FLOAT32_MONO, 1, COST_WAV_S16_MONO, 1, 1);
    }
    tell(cost, "WAV file", info->format.rate_hz, &sum);
    return TA_OK;
}

// ---- an output -----------------------------------------------------------------------------------------------------------------

enum { SLOT_FRAMES_MAX = 65536 };

static place_t conversion(const ta_format_t *format, ta_wire_t wire)
{
    enum { FIRST = COST_U8_MONO_S16, WIRES = 3 };
    _Static_assert(COST_U8_MONO_S32 - FIRST == 2 && COST_U8_STEREO_S16 - FIRST == WIRES &&
                       COST_S32_STEREO_S32 - FIRST == TA_SAMPLES * 2 * WIRES - 1 &&
                       COST_S24IN32_MONO_S16 - FIRST == TA_SAMPLE_S24IN32 * 2 * WIRES,
                   "figures of conversions: sample, channels, wire");
    return FIRST + ((unsigned)format->sample * 2 + format->channels - 1U) * WIRES + (unsigned)wire;
}

// The ways to shape that were measured, of one for each width.
enum { SHAPE_IDENTITY, SHAPE_MONO, SHAPE_QUIETER, SHAPE_QUIETER_MONO, SHAPE_LOUDER, SHAPE_DITHER, SHAPES };
static const place_t shapes[3][SHAPES] = {
    {COST_SHAPE_IDENTITY_S16_S16, COST_SHAPE_MONO_S16_S16, COST_SHAPE_QUIETER_S16_S16,
     COST_SHAPE_QUIETER_AND_MONO_S16_S16, COST_SHAPE_LOUDER_S16_S16, COST_SHAPE_QUIETER_AND_DITHER_S16_S16},
    {COST_SHAPE_IDENTITY_S24_S16, COST_SHAPE_MONO_S24_S16, COST_SHAPE_QUIETER_S24_S16,
     COST_SHAPE_QUIETER_AND_MONO_S24_S16, COST_SHAPE_LOUDER_S24_S16, COST_SHAPE_QUIETER_AND_DITHER_S24_S16},
    {COST_SHAPE_IDENTITY_S32_S24, COST_SHAPE_MONO_S32_S24, COST_SHAPE_QUIETER_S32_S24,
     COST_SHAPE_QUIETER_AND_MONO_S32_S24, COST_SHAPE_LOUDER_S32_S24, COST_SHAPE_QUIETER_AND_DITHER_S32_S24},
};

// What mixing, volume and dither take beyond a way that changes nothing. Samples of 16 bits stay so while nothing may saturate and nothing is dithered; else they are widened first, as wider
// ones are, whose figures then say what one step more takes.
static void add_shape(sum_t *sum, const ta_output_use_t *use)
{
    const bool narrow = use->wire == TA_WIRE_S16 && use->format.sample <= TA_SAMPLE_S16;
    const bool volume = use->volume || use->louder, mixed = use->mono && use->format.channels == 2;
    const place_t *wide = shapes[use->wire != TA_WIRE_S16 ? 2 : 1], *shape = narrow ? shapes[0] : wide;
    const place_t *widened = use->dither || use->louder ? wide : shape;
    if (volume || use->dither) {
        const unsigned way = use->dither ? SHAPE_DITHER : use->louder ? SHAPE_LOUDER : SHAPE_QUIETER;
        add_beyond(sum, shape[way], 1, shape[SHAPE_IDENTITY], 1, 1);
        if (use->dither && use->louder)
            add_beyond(sum, widened[SHAPE_LOUDER], 1, widened[SHAPE_QUIETER], 1, 1);
        if (mixed)
            add_beyond(sum, widened[SHAPE_QUIETER_MONO], 1, widened[SHAPE_QUIETER], 1, 1);
    } else if (mixed) {
        add_beyond(sum, shape[SHAPE_MONO], 1, shape[SHAPE_IDENTITY], 1, 1);
    }
}

static void add_pwm(sum_t *sum, const ta_output_use_t *use)
{
    const bool wide = use->format.sample > TA_SAMPLE_S16;
    add(sum, use->dither ? COST_PWM_DITHERED_S16_PWM : COST_PWM_SHAPED_S16_PWM, 1);
    if (wide)
        add_beyond(sum, COST_PWM_SHAPED_S32_PWM, 1, COST_PWM_SHAPED_S16_PWM, 1, 1);
    if (use->volume || use->louder)
        add_beyond(sum, COST_PWM_SHAPED_AND_QUIETER_S16_PWM, 1, COST_PWM_SHAPED_S16_PWM, 1, 1);
    if (use->louder)
        add_beyond(sum, COST_SHAPE_LOUDER_S16_S16, 1, COST_SHAPE_QUIETER_S16_S16, 1, 1);
    if (use->mono && use->format.channels == 2)
        add_beyond(sum, COST_PWM_SHAPED_AND_MONO_S16_PWM, 1, COST_PWM_SHAPED_S16_PWM, 1, 1);
    const place_t from = conversion(&use->format, wide ? TA_WIRE_S32 : TA_WIRE_S16);
    const place_t plain = wide ? COST_S32_STEREO_S32 : COST_S16_STEREO_S16;
    add_beyond(sum, from, 1, plain, 1, 1);
}

ta_status_t ta_output_cost(const ta_output_use_t *use, ta_cost_t *cost)
{
    static const point_t lent[] = {
        {128, COST_FEED_LENT_128, 1}, {256, COST_FEED_LENT_256, 1}, {512, COST_FEED_LENT_512, 1}};
    static const point_t copied[] = {
        {128, COST_FEED_COPY_128, 1}, {256, COST_FEED_COPY_256, 1}, {512, COST_FEED_COPY_512, 1}};
    if (!ta_format_valid(&use->format))
        return nothing(cost, TA_E_FORMAT);
    if ((unsigned)use->wire > TA_WIRE_PWM || use->slot_frames < 1 || use->slot_frames > SLOT_FRAMES_MAX)
        return nothing(cost, TA_E_ARG);
    const bool pwm = use->wire == TA_WIRE_PWM;
    sum_t sum = {{0}};
    add_line(&sum, use->lent || pwm ? lent : copied, 3, use->slot_frames);
    add(&sum, COST_ISR, 1);
    for (unsigned chip = 0; chip < TA_COST_CHIPS; chip++)
        sum.on[chip] = (sum.on[chip] + use->slot_frames - 1) / use->slot_frames;
    if (pwm) {
        add_pwm(&sum, use);
    } else if (!use->lent) {
        add_beyond(&sum, conversion(&use->format, use->wire), 1, COST_S16_STEREO_S16, 1, 1);
        add_shape(&sum, use);
    }
    tell(cost, "output", use->format.rate_hz, &sum);
    return TA_OK;
}
