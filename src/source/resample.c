// The machine of resamplers: a window over the input, and a place in it. In: frames of an intake. Out: frames at another rate.
//
//     window   [ history | at | ahead ............ ]      taps - 1 frames of history, `at` itself, taps frames ahead
//
// Invariants: at - (taps_max - 1) >= 0 while it runs; the place is at + phase / 2^32 + rest / (whole * 2^32) exactly, so that after `whole` output
// frames it has gone as many input frames as the ratio's numerator says, without a rest; frames at and behind `end` are zeros and give no output.

#include "resample_private.h"

#include "tonearm/convert.h"

#include <string.h>

enum { GAIN_ONE = 1 << RESAMPLE_GAIN_BITS, PAIRS = 8 };

const char *ta_resample_name(ta_resample_t quality)
{
    static const char *const names[] = {"none", "linear", "good", "best"};
    return (unsigned)quality < sizeof names / sizeof *names ? names[quality] : "?";
}

const ta_resample_filter_t *resample_filter(ta_resample_t quality)
{
#if TA_CFG_RESAMPLE_BEST
    if (quality == TA_RESAMPLE_BEST)
        return &ta_resample_best;
#endif
    return quality == TA_RESAMPLE_GOOD ? &ta_resample_good : NULL;
}

bool resample_quality_ok(ta_resample_t quality)
{
    return quality == TA_RESAMPLE_LINEAR || resample_filter(quality) != NULL;
}

uint32_t resample_taps(const ta_resample_filter_t *filter, uint32_t in, uint32_t out)
{
    if (!filter)
        return 1;
    return in > out ? (uint32_t)(((uint64_t)filter->half * in + out - 1) / out) : filter->half;
}

uint32_t resample_capacity(uint32_t taps)
{
    return 2 * taps + TA_RESAMPLE_CHUNK_FRAMES;
}

// ---- the step --------------------------------------------------------------------------------------------------------------

static void stretch(ta_resample_engine_t *engine, uint32_t in, uint32_t out)
{
    const ta_resample_filter_t *filter = engine->filter;
    engine->taps = resample_taps(filter, in, out);
    engine->gain_q24 = GAIN_ONE;
    if (!filter)
        return;
    engine->stride = 1U << (filter->steps_log2 + RESAMPLE_PLACE_BITS);
    if (in > out) {
        engine->stride = (uint32_t)((uint64_t)engine->stride * out / in);
        engine->gain_q24 = (uint32_t)(((uint64_t)GAIN_ONE * out + in / 2) / in);
    }
    TA_HARDEN(engine->taps <= engine->taps_max);
}

// At least 1, for rates are.
static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

void resample_set_ratio(ta_resample_engine_t *engine, uint32_t in, uint32_t out)
{
    uint32_t common = common_divisor(in, out);
    uint32_t numerator = in / common, whole = out / common;
    TA_HARDEN(whole > 0);
    uint64_t parts = (uint64_t)(numerator % whole) << 32;
    engine->step = numerator / whole;
    engine->step_phase = (uint32_t)(parts / whole);
    engine->rest_step = (uint32_t)(parts % whole);
    engine->whole = whole;
    stretch(engine, in, out);
}

void resample_set_step(ta_resample_engine_t *engine, uint32_t step, uint32_t phase)
{
    engine->step = step;
    engine->step_phase = phase;
    engine->rest_step = 0;
    engine->rest = 0;
    engine->whole = 1;
    uint32_t speed_q16 = step <= UINT16_MAX ? step << 16 | phase >> 16 : UINT32_MAX;
    uint32_t most_q16 = engine->filter ? (engine->taps_max << 16) / engine->filter->half : 0;
    stretch(engine, speed_q16 < most_q16 ? speed_q16 : most_q16, 1U << 16);
}

// Written so that the rest, which is less than a 2^32nd of a frame, is carried, too.
static inline void advance(ta_resample_engine_t *engine)
{
    uint32_t phase = engine->phase + engine->step_phase;
    uint32_t at = engine->at + engine->step + (phase < engine->step_phase);
    engine->rest += engine->rest_step;
    if (engine->rest >= engine->whole) {
        engine->rest -= engine->whole;
        phase++;
        at += phase == 0;
    }
    engine->phase = phase;
    engine->at = at;
}

// ---- the window ------------------------------------------------------------------------------------------------------------

static size_t frame_bytes(const ta_resample_engine_t *engine)
{
    return (size_t)engine->channels << (engine->wide ? 2 : 1);
}

static void *window_at(const ta_resample_engine_t *engine, uint32_t frame)
{
    return (uint8_t *)engine->window + frame * frame_bytes(engine);
}

static void silence_to(ta_resample_engine_t *engine, uint32_t frames)
{
    memset(window_at(engine, engine->filled), 0, (frames - engine->filled) * frame_bytes(engine));
    engine->filled = frames;
}

void resample_restart(ta_resample_engine_t *engine)
{
    engine->phase = engine->rest = engine->drop = 0;
    engine->end = UINT32_MAX;
    engine->at = engine->taps_max - 1;
    engine->filled = 0;
    engine->running = true;
    silence_to(engine, engine->at);
}

// The kernels of 32 bits make stereo of everything; what is to be mono goes through a few pairs.
static void to_wide(ta_sample_t sample, unsigned given, unsigned channels, const uint8_t *from, int32_t *to,
                    uint32_t frames)
{
    ta_kernel_t *kernel = ta_convert_kernel(sample, given, TA_WIRE_S32);
    if (channels == 2) {
        kernel(from, to, frames);
        return;
    }
    int32_t pairs[2 * PAIRS];
    for (uint32_t done = 0; done < frames; done += PAIRS) {
        uint32_t count = frames - done < PAIRS ? frames - done : PAIRS;
        kernel(from + (size_t)done * given * ta_sample_bytes(sample), pairs, count);
        for (uint32_t f = 0; f < count; f++)
            to[done + f] = (int32_t)(((int64_t)pairs[2 * f] + pairs[2 * f + 1] + 1) >> 1);
    }
}

static uint32_t read_wide(ta_resample_engine_t *engine, int32_t *to, uint32_t frames)
{
    uint32_t there = 0;
    while (there < frames) {
        ta_block_t lent;
        const ta_format_t *format;
        if (engine->intake->work >= TA_BLOCK_WORK_MOST)
            break;
        ta_intake_pull_raw(engine->intake, frames - there, &lent, &format);
        ta_intake_note(engine->intake);
        if (lent.frames == 0)
            break;
        to_wide(format->sample, format->channels, engine->channels, lent.data, to + (size_t)there * engine->channels,
                lent.frames);
        there += lent.frames;
    }
    return there;
}

// Frames into the window, from `first` on.
static uint32_t read(ta_resample_engine_t *engine, uint32_t first, uint32_t frames)
{
    void *to = window_at(engine, first);
    return engine->wide ? read_wide(engine, to, frames) : ta_intake_read(engine->intake, engine->channels, to, frames);
}

// By words where it can: small libraries' memmove goes byte by byte.
static void move_down(void *to, const void *from, size_t bytes)
{
    if (((uintptr_t)from & 3) != 0) {
        memmove(to, from, bytes);
        return;
    }
    typedef uint32_t __attribute__((may_alias)) word_t;
    word_t *word = to;
    const word_t *source = from;
    for (size_t left = (bytes + 3) / 4; left > 0; left--) // mono's odd frame takes one along that is not there yet
        *word++ = *source++;
}

// What lies behind the history moves to the front.
static void make_room(ta_resample_engine_t *engine)
{
    uint32_t history = engine->taps_max - 1, past = engine->at - history;
    engine->at = history;
    if (engine->end != UINT32_MAX)
        engine->end = engine->end > past ? engine->end - past : 0;
    if (past < engine->filled) {
        engine->filled -= past;
        move_down(engine->window, window_at(engine, past), engine->filled * frame_bytes(engine));
    } else {
        engine->drop += past - engine->filled; // a step over frames that are not there yet
        engine->filled = 0;
    }
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

// Frames that a long step passes over, `may` of them at most in this run. False: not all of them have come.
static bool pass_over(ta_resample_engine_t *engine, uint32_t *may)
{
    while (engine->drop > 0) {
        uint32_t most = least(least(engine->drop, engine->capacity), *may);
        uint32_t got = most > 0 ? read(engine, 0, most) : 0;
        engine->drop -= got;
        *may -= got;
        if (got < most || most == 0)
            return false;
    }
    return true;
}

static void fill(ta_resample_engine_t *engine, bool (*next)(ta_resample_engine_t *engine), uint32_t *may)
{
    make_room(engine);
    while (engine->end == UINT32_MAX && engine->filled < engine->capacity) {
        if (pass_over(engine, may))
            engine->filled += read(engine, engine->filled, engine->capacity - engine->filled);
        if (engine->filled == engine->capacity)
            break;
        if (!ta_intake_over(engine->intake))
            return; // it waits
        if (!next || !next(engine))
            engine->end = engine->filled; // 0, if the end was passed over
    }
    if (engine->end != UINT32_MAX)
        silence_to(engine, engine->capacity);
}

// ---- output frames ---------------------------------------------------------------------------------------------------------

static int16_t clip16(int32_t value)
{
    return (int16_t)(value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value);
}

static int32_t clip32(int64_t value)
{
    return (int32_t)(value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : value);
}

// |sum| is below 2^38.6 times the stretch, and the gain 2^24 over the stretch: the product is below 2^63.
static int16_t narrow(int64_t sum, uint32_t gain_q24)
{
    if (gain_q24 == GAIN_ONE)
        return clip16((int32_t)((sum + (1 << (RESAMPLE_ONE_BITS - 1))) >> RESAMPLE_ONE_BITS));
    const unsigned bits = RESAMPLE_ONE_BITS + RESAMPLE_GAIN_BITS;
    return clip16((int32_t)((sum * gain_q24 + ((int64_t)1 << (bits - 1))) >> bits));
}

static int32_t wide(int64_t sum, uint32_t gain_q24)
{
    if (gain_q24 == GAIN_ONE)
        return clip32((sum + (1 << (RESAMPLE_ONE_BITS - 1))) >> RESAMPLE_ONE_BITS);
    const unsigned bits = RESAMPLE_ONE_BITS + RESAMPLE_GAIN_BITS - 16;
    return clip32(((sum >> 16) * gain_q24 + ((int64_t)1 << (bits - 1))) >> bits);
}

static void weigh(const ta_resample_engine_t *engine, ta_resample_sum_t *add, void *to)
{
    uint32_t taps = engine->taps, stride = engine->stride;
    uint32_t place = engine->gain_q24 == GAIN_ONE // then the stride is a power of two
                         ? engine->phase >> (32 - RESAMPLE_PLACE_BITS - engine->filter->steps_log2)
                         : (uint32_t)(((uint64_t)engine->phase * stride) >> 32);
    const int32_t *table = engine->filter->wing + 1;
    const ta_resample_side_t side[2] = {
        {table, place + (taps - 1) * stride, -(int32_t)stride, window_at(engine, engine->at + 1 - taps), taps},
        {table, stride - place, (int32_t)stride, window_at(engine, engine->at + 1), taps},
    };
    int64_t sums[2];
    add(side, sums);
    for (unsigned c = 0; c < engine->channels; c++) {
        if (engine->wide) {
            ((int32_t *)to)[c] = wide(sums[c], engine->gain_q24);
        } else {
            ((int16_t *)to)[c] = narrow(sums[c], engine->gain_q24);
        }
    }
}

static void line32(const ta_resample_engine_t *engine, int32_t *to)
{
    const int32_t *from = window_at(engine, engine->at);
    int64_t behind = engine->phase >> 2;
    for (unsigned c = 0; c < engine->channels; c++) {
        int64_t rise = (int64_t)from[c + engine->channels] - from[c];
        to[c] = (int32_t)(from[c] + ((rise * behind + (1 << 29)) >> 30));
    }
}

// Straight lines. 15 bits of the phase: the difference has 17, and with rounding the product stays below 2^31. What the loop needs is in locals, for the
// compiler cannot know that samples are not the engine's own members.
static inline __attribute__((always_inline)) uint32_t lines(ta_resample_engine_t *engine, int16_t *to, uint32_t frames,
                                                            uint32_t limit, unsigned channels)
{
    const int16_t *const window = engine->window;
    uint32_t at = engine->at * channels; // in samples: beyond the window in the end, where steps are long
    const uint32_t end = limit * channels;
    int16_t *const last = to + frames * channels, *const first = to;
    uint32_t phase = engine->phase, rest = engine->rest;
    const uint32_t step = engine->step * channels, step_phase = engine->step_phase;
    const uint32_t rest_step = engine->rest_step, whole = engine->whole;
    while (to != last && at < end) {
        const int16_t *from = window + at;
        int32_t behind = (int32_t)(phase >> 17);
        for (unsigned c = 0; c < channels; c++)
            *to++ = (int16_t)(from[c] + (((from[c + channels] - from[c]) * behind + (1 << 14)) >> 15));
        phase += step_phase;
        at += step + (phase < step_phase ? channels : 0);
        rest += rest_step;
        if (rest >= whole) {
            rest -= whole;
            phase++;
            at += phase == 0 ? channels : 0;
        }
    }
    engine->at = at / channels;
    engine->phase = phase;
    engine->rest = rest;
    return (uint32_t)(to - first) / channels;
}

// Rows of a filter that is not stretched. Where the place lies on a frame, the right side's first tap lies a whole period away, which is the row behind the last.
static uint32_t by_rows(ta_resample_engine_t *engine, int16_t *to, uint32_t frames, uint32_t limit)
{
    enum { PLACE_BITS = RESAMPLE_ROWS_LOG2 + RESAMPLE_PLACE_BITS, PERIOD = 1 << PLACE_BITS };
    const uint32_t whole = 1U << RESAMPLE_PLACE_BITS, channels = engine->channels;
    const int32_t *const table = engine->filter->rows;
    const int16_t *const window = engine->window;
    ta_resample_rows_t *const make = ta_resample_rows(channels);
    uint32_t made = 0;
    for (; made < frames && engine->at < limit; made++, to += channels) {
        const uint32_t left = engine->phase >> (32 - PLACE_BITS), right = PERIOD - left;
        const int16_t *at = window + engine->at * channels;
        const ta_resample_row_t side[2] = {
            {at, left & (whole - 1), table + (left >> RESAMPLE_PLACE_BITS) * RESAMPLE_ROW_WORDS},
            {at + channels, right & (whole - 1), table + (right >> RESAMPLE_PLACE_BITS) * RESAMPLE_ROW_WORDS},
        };
        make(side, to);
        advance(engine);
    }
    return made;
}

// As many as the window holds: `at` stays below the limit.
static uint32_t make(ta_resample_engine_t *engine, uint8_t *to, uint32_t frames, uint32_t limit)
{
    bool unchanged = engine->step == 1 && (engine->step_phase | engine->rest_step | engine->phase | engine->rest) == 0;
    bool straight = !engine->filter || unchanged;
    if (straight && !engine->wide) {
        return engine->channels == 2 ? lines(engine, (int16_t *)(void *)to, frames, limit, 2)
                                     : lines(engine, (int16_t *)(void *)to, frames, limit, 1);
    }
    if (!engine->wide && engine->filter->rows && engine->gain_q24 == GAIN_ONE)
        return by_rows(engine, (int16_t *)(void *)to, frames, limit);
    ta_resample_sum_t *add = ta_resample_sum(engine->filter, engine->channels, engine->wide);
    uint32_t made = 0;
    for (; made < frames && engine->at < limit; made++) {
        if (straight) {
            line32(engine, (int32_t *)(void *)to);
        } else {
            weigh(engine, add, to);
        }
        advance(engine);
        to += frame_bytes(engine);
    }
    return made;
}

// The frame up to which the place may go before the window must move, or the program ends.
static uint32_t limit_of(const ta_resample_engine_t *engine)
{
    uint32_t limit = engine->filled > engine->taps ? engine->filled - engine->taps : 0;
    return limit < engine->end ? limit : engine->end;
}

bool resample_over(const ta_resample_engine_t *engine)
{
    return !engine->running || engine->at >= engine->end;
}

uint32_t resample_run(ta_resample_engine_t *engine, void *to, uint32_t frames,
                      bool (*next)(ta_resample_engine_t *engine))
{
    const uint32_t most = frames * TA_RESAMPLE_PASS_FRAMES;
    uint32_t made = 0, may = most;
    engine->intake->work = 0; // a block begins
    while (made < frames && !resample_over(engine)) {
        if (engine->at >= limit_of(engine))
            fill(engine, next, &may);
        uint32_t limit = limit_of(engine);
        if (engine->at >= limit)
            break; // it waits, or is over
        made += make(engine, (uint8_t *)to + made * frame_bytes(engine), frames - made, limit);
    }
    // made * step is 256 * 384000 at most
    uint32_t passed = most - may, read = made * engine->step;
    ta_intake_count(engine->intake, (passed > read ? passed : read) / 64);
    return made;
}
