// GranularPitchShift. In: frames, a line of them that were. Out: grains of the line, each read at its own rate under a window, summed and mixed with what came in.
//
// A grain begins every grain / density frames, just when the oldest one ends. The window's levels that are heard at one time add up to 65536 exactly, so a steady
// input comes out as it is. A grain begins so late behind the writer that it does not overtake it, and the line is so long that the writer does not overtake the grain.
// Invariants: with late = max(grain, grain (rate - 1)) + jitter frames at its beginning, a grain of rate 0..4 is 0..3 grain + jitter frames late at each of its frames;
// the line holds 4 grains and 2 frames, and a chunk more, since a chunk is written before its grains are read.

#include "fx_int.h"
#include "fx_line.h"

#include <stddef.h>
#include <string.h>

enum {
    ONE_Q16 = 65536,
    ONE_Q30 = 1 << 30,
    DENSITY = 2,
    SEED = 0x1234ABCD,
};

// ---- the window ------------------------------------------------------------------------------------------------------------

static int64_t times_q30(int64_t a, int64_t b)
{
    return (a * b + ONE_Q30 / 2) >> 30;
}

// Cosine and sine of a turn / `parts`, at least 2, Q30: the series of half of it, a quarter of a turn at most, so that products are below 2^62; then doubled.
static void turn_q30(uint32_t parts, int64_t *cosine, int64_t *sine)
{
    const int64_t half_turn = 3373259426; // pi
    int64_t angle = (half_turn + parts / 2) / parts, term = ONE_Q30;
    int64_t sums[2] = {0, 0};
    for (int k = 0; k < 20; k++) {
        sums[k & 1] += k & 2 ? -term : term;
        term = times_q30(term, angle) / (k + 1);
    }
    *cosine = ONE_Q30 - 2 * times_q30(sums[1], sums[1]);
    *sine = 2 * times_q30(sums[0], sums[1]);
}

// Make what is heard together add up: what rounding left goes where there is room, the loudest first.
static void even_out(uint16_t *window, uint32_t density, uint32_t spacing)
{
    for (uint32_t n = 0; n < spacing; n++) {
        int32_t rest = ONE_Q16;
        uint32_t loudest = n;
        for (uint32_t j = 0; j < density; j++) {
            rest -= window[n + j * spacing];
            loudest = window[n + j * spacing] > window[loudest] ? n + j * spacing : loudest;
        }
        uint32_t to = window[loudest] + rest <= UINT16_MAX ? loudest : n; // the other of two is silent then
        window[to] = (uint16_t)(window[to] + rest);
    }
}

// (1 - cos) / density, so that `density` of them are 1; a single one as it is: 1/2 (1 - cos).
static void make_window(uint16_t *window, uint32_t grain, uint32_t density)
{
    int64_t cosine, sine, x = ONE_Q30, y = 0;
    int64_t parts = density > 1 ? density : 2;
    turn_q30(grain, &cosine, &sine);
    for (uint32_t n = 0; n <= grain / 2; n++) {
        int64_t level = ((ONE_Q30 - x) * ONE_Q16 / parts + ONE_Q30 / 2) >> 30;
        level = level < 0 ? 0 : level > UINT16_MAX ? UINT16_MAX : level;
        window[n] = (uint16_t)level;
        if (n > 0)
            window[grain - n] = (uint16_t)level;
        int64_t next = times_q30(x, cosine) - times_q30(y, sine);
        y = times_q30(y, cosine) + times_q30(x, sine);
        x = next;
    }
    if (density > 1)
        even_out(window, density, grain / density);
}

// ---- grains ----------------------------------------------------------------------------------------------------------------

static uint32_t noise(ta_granular_t *granular)
{
    uint32_t x = granular->noise;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return granular->noise = x;
}

// The next frame to go in is the grain's first to be heard.
static void begin_grain(ta_granular_t *granular)
{
    const ta_delay_line_t *line = &granular->line;
    ta_grain_t *grain = &granular->grains[granular->next];
    granular->next = granular->next + 1 < granular->density ? granular->next + 1 : 0;
    uint32_t rate = granular->rate_q16, late = granular->grain;
    if (rate > 2 * ONE_Q16) // 3 grains of at most 16384 frames, Q16: below 2^32
        late = (granular->grain * (rate - ONE_Q16) + ONE_Q16 - 1) / ONE_Q16;
    late += noise(granular) % (granular->jitter + 1);
    *grain = (ta_grain_t){.at = line->at >= late ? line->at - late : line->at + line->frames - late, .rate_q16 = rate};
}

// Frames of the chunk: the sum of window times sound is at most 2^31 in size, since the levels of a frame add up to 2^16.
static FX_LOOP void add_grain(const ta_delay_line_t *line, ta_grain_t *grain, const uint16_t *window, int32_t *sums,
                              uint32_t frames)
{
    const int16_t *const samples = line->samples;
    const uint32_t around = line->frames, channels = line->channels, rate = grain->rate_q16;
    uint32_t at = grain->at, part = grain->at_q16;
    for (const uint16_t *end = window + frames; window != end; window++) {
        uint32_t next = at + 1 < around ? at + 1 : 0;
        const int16_t *here = samples + (size_t)at * channels, *there = samples + (size_t)next * channels;
        *sums++ += ta_line_between(here[0], there[0], part) * *window;
        if (channels == 2)
            *sums++ += ta_line_between(here[1], there[1], part) * *window;
        part += rate;
        at += part / ONE_Q16;
        at = at < around ? at : at - around;
        part %= ONE_Q16;
    }
    grain->at = at;
    grain->at_q16 = part;
    grain->done += frames;
}

// What comes in goes into the line; sums begin with what rounds them.
static FX_LOOP void begin_samples(const int16_t *in, int16_t *to, int32_t *sums, size_t samples)
{
    for (const int16_t *end = in + samples; in != end; in++) {
        *to++ = *in;
        *sums++ = ONE_Q16 / 2;
    }
}

static FX_LOOP void run_samples(const int32_t *sums, const int16_t *in, int16_t *out, size_t samples,
                                const ta_blend_t *blend)
{
    for (const int16_t *end = in + samples; in != end; in++)
        *out++ = (int16_t)ta_mix_blend(blend, *in, *sums++ >> 16);
}

static uint32_t run_chunk(ta_granular_t *granular, const int16_t *in, int16_t *out, uint32_t frames)
{
    ta_delay_line_t *line = &granular->line;
    unsigned channels = line->channels;
    if (granular->countdown == 0) {
        begin_grain(granular);
        granular->countdown = granular->spacing;
    }
    frames = frames < TA_DELAY_CHUNK ? frames : TA_DELAY_CHUNK;
    frames = ta_line_room(line, line->at, frames < granular->countdown ? frames : granular->countdown);
    frames = ta_mix_still(&granular->levels) ? frames : 1;
    ta_blend_t blend;
    ta_mix_next(&granular->levels, &granular->fx, &blend);
    int32_t *sums = granular->sums;
    begin_samples(in, line->samples + (size_t)line->at * channels, sums, (size_t)frames * channels);
    for (uint32_t g = 0; g < granular->density; g++) {
        if (granular->grains[g].done < granular->grain)
            add_grain(line, &granular->grains[g], granular->window + granular->grains[g].done, sums, frames);
    }
    run_samples(sums, in, out, (size_t)frames * channels, &blend);
    ta_line_go(line, frames);
    granular->countdown -= frames;
    return frames;
}

static void run(ta_fx_t *fx, const int16_t *in, int16_t *out, uint32_t frames)
{
    ta_granular_t *granular = (ta_granular_t *)fx;
    unsigned channels = granular->line.channels;
    while (frames > 0) {
        uint32_t done = run_chunk(granular, in, out, frames);
        in += (size_t)done * channels;
        out += (size_t)done * channels;
        frames -= done;
    }
}

// ---- as an effect ----------------------------------------------------------------------------------------------------------

static void tick(ta_fx_t *fx, uint32_t frames)
{
    ta_granular_t *granular = (ta_granular_t *)fx;
    ta_line_catch_up(&granular->line, fx, &granular->ticked, frames);
    (void)ta_mix_tick(&granular->levels, &granular->mix, fx, false, false);
    granular->jitter = (uint32_t)(ta_param_within(&granular->spread, &fx->clock, 0, 1) * (ta_real_t)granular->grain);
    ta_real_t shift = ta_param_within(&granular->semitones, &fx->clock, -(ta_real_t)TA_PITCH_SEMITONES_MAX,
                                      (ta_real_t)TA_GRANULAR_SEMITONES_MAX);
    if (granular->rate_q16 == 0 || shift != granular->shift) {
        granular->shift = shift;
        granular->rate_q16 = ta_pitch_rate_q16(shift);
    }
}

static void clear(ta_fx_t *fx)
{
    ta_granular_t *granular = (ta_granular_t *)fx;
    ta_line_clear(&granular->line);
    ta_mix_forget(&granular->levels);
    for (uint32_t g = 0; g < granular->density; g++)
        granular->grains[g].done = granular->grain;
    granular->next = granular->countdown = granular->ticked = 0;
    granular->noise = SEED;
}

static const ta_fx_ops_t ops = {.tick = tick, .run = run, .clear = clear, .native8 = true};

static uint32_t density_of(const ta_granular_config_t *config)
{
    return config->density ? config->density : DENSITY;
}

static uint32_t spacing_of(const ta_granular_config_t *config)
{
    uint32_t spacing = (config->grain_frames ? config->grain_frames : TA_GRAIN) / density_of(config);
    spacing = spacing < 1 ? 1 : spacing;
    return density_of(config) * spacing < 2 ? 2 : spacing;
}

static uint32_t line_frames(uint32_t grain)
{
    return 4 * grain + 2 + TA_DELAY_CHUNK;
}

static ta_status_t layout(const ta_granular_config_t *config, ta_need_t *needs, size_t *window)
{
    if (!config || !needs || config->grain_frames == 1 || config->grain_frames > TA_GRAIN_MAX ||
        config->density > TA_GRAIN_DENSITY_MAX)
        return TA_E_ARG;
    ta_status_t status = ta_fx_need(&config->fx, &needs[0]);
    if (status != TA_OK)
        return status;
    uint32_t grain = spacing_of(config) * density_of(config);
    *window = ta_fx_need_more(&needs[0], grain * sizeof(uint16_t));
    ta_line_need("granular line", line_frames(grain), config->fx.format.channels, &needs[1]);
    return TA_OK;
}

ta_status_t ta_granular_need(const ta_granular_config_t *config, ta_need_t needs[TA_DELAY_NEEDS])
{
    size_t window;
    return layout(config, needs, &window);
}

ta_status_t ta_granular_init(ta_granular_t *granular, const ta_granular_config_t *config,
                             void *const storage[TA_DELAY_NEEDS])
{
    ta_need_t needs[TA_DELAY_NEEDS];
    size_t window;
    ta_status_t status = layout(config, needs, &window);
    if (status != TA_OK)
        return status;
    if (!granular || !ta_storage_fits(needs, storage))
        return TA_E_ARG;
    memset(granular, 0, sizeof *granular);
    status = ta_fx_init(&granular->fx, &ops, &config->fx, storage[0]);
    if (status != TA_OK)
        return status;
    granular->density = density_of(config);
    granular->spacing = spacing_of(config);
    granular->grain = granular->spacing * granular->density;
    granular->window = (void *)((uint8_t *)storage[0] + window);
    make_window(granular->window, granular->grain, granular->density);
    ta_line_init(&granular->line, storage[1], line_frames(granular->grain), config->fx.format.channels);
    clear(&granular->fx);
    ta_param_set(&granular->mix, 1);
    return TA_OK;
}
