// A verdict on a recording. In: frames, the program, the output's own report of holes. Out: NULL or a sentence.
// It is a prediction of every frame from the definition of ramps; nothing in it calls the library's ramps or ring.

#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>

enum { FALL = 64 };

static char sentence[400];

const char *verdict_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return sentence;
}

// Frame k of a line of 64 frames from zero to `value`, in the wire's resolution: floor of the exact quotient.
static int32_t on_line(int32_t value, int k, unsigned bits)
{
    int64_t unit = (int64_t)1 << (32 - (bits == 24 ? 32 : bits));
    int64_t v = (int64_t)value / unit * k;
    int64_t quotient = v >= 0 ? v / FALL : -((-v + FALL - 1) / FALL);
    int64_t result = quotient * unit;
    if (bits == 24)
        result = result >= 0 ? result / 256 * 256 : -((-result + 255) / 256 * 256);
    return (int32_t)result;
}

heard_t verdict_ramp(heard_t to, int k, unsigned bits)
{
    return (heard_t){on_line(to.left, k, bits), on_line(to.right, k, bits)};
}

static bool same(heard_t a, int32_t left, int32_t right)
{
    return a.left == left && a.right == right;
}

static heard_t frame_of(const verdict_t *of, uint32_t n)
{
    return of->frame(of->context, n);
}

static bool is_frame(const verdict_t *of, uint32_t n, heard_t h)
{
    heard_t frame = frame_of(of, n);
    return same(h, frame.left, frame.right);
}

typedef struct {
    const verdict_t *of;
    size_t at; ///< next frame to be predicted
    const char *wrong;
} reader_t;

static void expect(reader_t *r, int32_t left, int32_t right, const char *what, uint32_t number)
{
    if (r->wrong)
        return;
    if (r->at >= r->of->count) {
        r->wrong = verdict_say("the recording ends at frame %zu, where %s %u is due", r->at, what, number);
        return;
    }
    heard_t h = r->of->heard[r->at];
    if (!same(h, left, right))
        r->wrong = verdict_say("output frame %zu is %08x %08x, not the %08x %08x of %s %u", r->at, (unsigned)h.left,
                               (unsigned)h.right, (unsigned)left, (unsigned)right, what, number);
    r->at++;
}

static void expect_silence_until(reader_t *r, size_t end)
{
    while (!r->wrong && r->at < end)
        expect(r, 0, 0, "silence", 0);
}

static void expect_fall(reader_t *r, heard_t from)
{
    for (int k = FALL - 1; k >= 0; k--)
        expect(r, on_line(from.left, k, r->of->bits), on_line(from.right, k, r->of->bits), "the fall, step",
               (uint32_t)k);
}

static void expect_rise(reader_t *r, heard_t to)
{
    for (int k = 0; k < FALL; k++)
        expect(r, on_line(to.left, k, r->of->bits), on_line(to.right, k, r->of->bits), "the rise, step", (uint32_t)k);
}

// A gap of `frames` frames: fall, silence, rise.
static void expect_gap(reader_t *r, heard_t before, size_t frames, heard_t after)
{
    size_t end = r->at + frames;
    if (frames < 2 * FALL) {
        r->wrong = verdict_say("a hole of %zu frames has no room for its ramps", frames);
        return;
    }
    expect_fall(r, before);
    expect_silence_until(r, end - FALL);
    expect_rise(r, after);
}

// Whether a rise to `first` begins at output frame `at`.
static bool rises_at(const reader_t *r, size_t at, heard_t first)
{
    unsigned bits = r->of->bits;
    if (at + FALL >= r->of->count)
        return false;
    for (int k = 0; k < FALL; k++)
        if (!same(r->of->heard[at + (size_t)k], on_line(first.left, k, bits), on_line(first.right, k, bits)))
            return false;
    return true;
}

// Where a stretch begins: a rise to its first frame, silence before it. A stall right behind the rise's publication leaves a false
// start, a rise that falls again at once; the stretch then has another one.
static void find_start(reader_t *r, heard_t first)
{
    unsigned bits = r->of->bits;
    const heard_t top = {on_line(first.left, FALL - 1, bits), on_line(first.right, FALL - 1, bits)};
    for (int tries = 0; tries < 4; tries++) {
        size_t begin = r->at;
        while (begin < r->of->count && !rises_at(r, begin, first))
            begin++;
        expect_silence_until(r, begin);
        expect_rise(r, first);
        if (r->wrong || same(r->of->heard[r->at], first.left, first.right))
            return;
        expect_fall(r, top);
    }
    r->wrong = verdict_say("no rise to the stretch's first frame is found from output frame %zu on", r->at);
}

static void expect_stretch(reader_t *r, const stretch_t *stretch, uint32_t *hole_index)
{
    for (uint32_t n = stretch->first; n < stretch->first + stretch->frames && !r->wrong; n++) {
        ta_hole_t hole;
        if (ta_output_hole(r->of->output, *hole_index, &hole) && hole.at_frame == r->at && n != stretch->first) {
            (*hole_index)++;
            expect_gap(r, frame_of(r->of, n - 1), (size_t)hole.frames, frame_of(r->of, n));
        }
        heard_t frame = frame_of(r->of, n);
        expect(r, frame.left, frame.right, "program frame", n);
    }
}

const char *verdict_check(const verdict_t *of, const stretch_t *stretches, unsigned count)
{
    reader_t r = {.of = of};
    uint32_t hole_index = 0;
    for (unsigned s = 0; s < count && !r.wrong; s++) {
        find_start(&r, frame_of(of, stretches[s].first));
        expect_stretch(&r, &stretches[s], &hole_index);
        ta_hole_t hole; // one that a pause or stop has ended is followed by silence, not by a rise
        if (!r.wrong && ta_output_hole(of->output, hole_index, &hole) && hole.at_frame == r.at)
            hole_index++;
        expect_fall(&r, frame_of(of, stretches[s].first + stretches[s].frames - 1));
    }
    expect_silence_until(&r, of->count);
    ta_hole_t left;
    if (!r.wrong && ta_output_hole(of->output, hole_index, &left))
        r.wrong = verdict_say("a hole of %llu frames at %llu is reported that was not heard",
                              (unsigned long long)left.frames, (unsigned long long)left.at_frame);
    return r.wrong;
}

static bool step_too_large(heard_t a, heard_t b)
{
    int64_t limit = 1LL << 25; // full scale / 64
    int64_t left = (int64_t)a.left - b.left, right = (int64_t)a.right - b.right;
    return left > limit || left < -limit || right > limit || right < -limit;
}

// Is output frame `at` program frame n? If frames before it are missing, the one behind it must follow, for of coarse levels one may look
// like another.
static bool is_next(const verdict_t *of, size_t at, uint32_t n, bool behind_missing, uint32_t end)
{
    if (!is_frame(of, n, of->heard[at]))
        return false;
    return !behind_missing || n + 1 == end || at + 1 == of->count || is_frame(of, n + 1, of->heard[at + 1]);
}

const char *verdict_check_order(const verdict_t *of, uint32_t first, uint32_t frames, uint32_t may_lose)
{
    uint32_t next = first, end = first + frames, lost = 0, cuts = 0;
    bool in_program = false;
    for (size_t i = 0; i < of->count; i++) {
        heard_t h = of->heard[i];
        uint32_t n = next;
        while (n < end && n < next + may_lose + 1 && !is_next(of, i, n, n != next, end))
            n++;
        if (n < end && n < next + may_lose + 1) {
            lost += n - next;
            next = n + 1;
            in_program = true;
            continue;
        }
        // A ramp or silence. Behind a publication that was cut in two the tail is missing: there, and only there, silence follows at once.
        bool cut = same(h, 0, 0);
        if (!in_program && i > 0 && step_too_large(of->heard[i - 1], h) && (!cut || cuts++ > 0))
            return verdict_say("output frame %zu is neither program nor part of a ramp", i);
        in_program = false;
    }
    lost += end - next;
    return lost > may_lose ? verdict_say("%u program frames are missing", lost) : NULL;
}
