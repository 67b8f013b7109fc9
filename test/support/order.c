// The judge of what is heard. In: programs as they are told, frames as they are heard. Out: a verdict on each frame. It predicts from the
// definition of ramps and calls neither the library's ramps nor its ring.

#include "order.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { RAMP = 64, BITS = 16 };
enum { SILENCE, RISE, PROGRAM, FALL };

static char verdict[400];

static const char *say(const order_t *order, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = snprintf(verdict, sizeof verdict,
                          "frame %llu of the recording (program %d, frame %u): ", (unsigned long long)order->frames,
                          order->now, order->at);
    vsnprintf(verdict + length, sizeof verdict - (size_t)length, format, arguments);
    va_end(arguments);
    return verdict;
}

static bool same(heard_t a, heard_t b)
{
    return a.left == b.left && a.right == b.right;
}

static bool is_silence(heard_t h)
{
    return h.left == 0 && h.right == 0;
}

static heard_t frame_of(const order_t *order, int program, uint32_t at)
{
    return scene_frame(order->program[program].first + at, BITS);
}

void order_begin(order_t *order)
{
    memset(order, 0, sizeof *order);
    order->now = -1;
    order->state = SILENCE;
}

void order_tell(order_t *order, uint32_t first, uint32_t frames, bool loops)
{
    if (order->told < ORDER_PROGRAMS_MAX)
        order->program[order->told++] = (order_program_t){.first = first, .frames = frames, .loops = loops};
}

void order_end_before(order_t *order, unsigned number)
{
    for (unsigned p = number; p-- > 0 && !order->program[p].ended;)
        order->program[p].ended = true;
}

void order_end_loops_before(order_t *order, unsigned number)
{
    if (number > 0 && order->program[number - 1].loops)
        order->program[number - 1].ended = true;
}

// ---- where it may go on --------------------------------------------------------------------------------------------------

// May the program heard last be over at its present frame?
static bool may_be_over(const order_t *order)
{
    const order_program_t *p = &order->program[order->now];
    return p->ended || (!p->loops && order->at + 1 == p->frames);
}

static void add_candidate(order_t *order, int program, uint32_t at)
{
    if (order->candidates < ORDER_CANDIDATES_MAX) {
        order->candidate[order->candidates].program = program;
        order->candidate[order->candidates].at = at;
        order->candidate[order->candidates++].step = -1;
    }
}

// What may rise out of silence: the very next frame, or the first of a later program if nothing in between had to be heard.
static void list_candidates(order_t *order)
{
    order->candidates = 0;
    if (order->now >= 0) {
        const order_program_t *p = &order->program[order->now];
        if (order->at + 1 < p->frames)
            add_candidate(order, order->now, order->at + 1);
        if (!may_be_over(order))
            return;
    }
    for (unsigned p = (unsigned)(order->now + 1); p < order->told; p++) {
        add_candidate(order, (int)p, 0);
        if (!order->program[p].ended)
            return;
    }
}

// The first frame that is no silence: whose rise is it, and at which step?
static const char *begin_rise(order_t *order, heard_t h)
{
    unsigned alive = 0;
    list_candidates(order);
    for (unsigned c = 0; c < order->candidates; c++) {
        heard_t to = frame_of(order, order->candidate[c].program, order->candidate[c].at);
        int step = 1;
        while (step < RAMP && is_silence(scene_ramp(to, step, BITS)))
            step++;
        if (step <= order->silent && same(h, scene_ramp(to, step, BITS))) {
            order->candidate[c].step = step + 1;
            alive++;
        }
    }
    order->state = RISE;
    return alive ? NULL
                 : say(order, "%08x %08x out of silence rises to no frame that is due", (unsigned)h.left,
                       (unsigned)h.right);
}

static const char *fall(order_t *order, heard_t from, heard_t h)
{
    if (!same(h, scene_ramp(from, RAMP - 1, BITS)))
        return say(order, "%08x %08x is neither the next frame nor a fall", (unsigned)h.left, (unsigned)h.right);
    order->from = from;
    order->step = RAMP - 2;
    order->state = FALL;
    order->falls++;
    return NULL;
}

static const char *arrive(order_t *order, int program, uint32_t at)
{
    order->rises++;
    if (program == order->now && ++order->gaps > order->pauses)
        return say(order, "it is interrupted, and nobody has paused it");
    order->now = program;
    order->at = at;
    order->state = PROGRAM;
    order->sounding++;
    return NULL;
}

static const char *go_on_rising(order_t *order, heard_t h)
{
    unsigned alive = 0;
    for (unsigned c = 0; c < order->candidates; c++) {
        int step = order->candidate[c].step;
        if (step < 0)
            continue;
        heard_t to = frame_of(order, order->candidate[c].program, order->candidate[c].at);
        if (step == RAMP && same(h, to))
            return arrive(order, order->candidate[c].program, order->candidate[c].at);
        // A rise that was past recall falls again at once; a loop's, from the frame that it led to.
        heard_t top = order->program[order->candidate[c].program].loops ? to : scene_ramp(to, RAMP - 1, BITS);
        if (step == RAMP && same(h, scene_ramp(top, RAMP - 1, BITS)))
            return fall(order, top, h);
        bool rises = step < RAMP && same(h, scene_ramp(to, step, BITS));
        order->candidate[c].step = rises ? step + 1 : -1;
        alive += rises;
    }
    return alive ? NULL : say(order, "%08x %08x leaves the rise", (unsigned)h.left, (unsigned)h.right);
}

static const char *go_on_playing(order_t *order, heard_t h)
{
    const order_program_t *p = &order->program[order->now];
    bool last = order->at + 1 == p->frames;
    if (!last && same(h, frame_of(order, order->now, order->at + 1))) {
        order->at++;
    } else if (last && p->loops && same(h, frame_of(order, order->now, 0))) {
        order->at = 0;
        order->passes++;
    } else if (last && !p->loops && (unsigned)order->now + 1 < order->told &&
               same(h, frame_of(order, order->now + 1, 0))) {
        order->now++;
        order->at = 0;
    } else {
        return fall(order, frame_of(order, order->now, order->at), h);
    }
    order->sounding++;
    return NULL;
}

static const char *go_on_falling(order_t *order, heard_t h)
{
    if (!same(h, scene_ramp(order->from, order->step, BITS)))
        return say(order, "%08x %08x leaves the fall, step %d", (unsigned)h.left, (unsigned)h.right, order->step);
    if (order->step-- == 0) {
        order->state = SILENCE;
        order->silent = 0;
    }
    return NULL;
}

const char *order_hear(order_t *order, heard_t h)
{
    const char *wrong = NULL;
    order->frames++;
    if (order->state == PROGRAM)
        wrong = go_on_playing(order, h);
    else if (order->state == FALL)
        wrong = go_on_falling(order, h);
    else if (order->state == RISE)
        wrong = go_on_rising(order, h);
    else if (!is_silence(h))
        wrong = begin_rise(order, h);
    else
        order->silent += order->silent < RAMP;
    return wrong;
}

const char *order_finish(const order_t *order)
{
    if (order->state != SILENCE)
        return say(order, "it does not end in silence");
    if (order->now >= 0 && !may_be_over(order))
        return say(order, "it is over before its last frame");
    for (unsigned p = (unsigned)(order->now + 1); p < order->told; p++)
        if (!order->program[p].ended)
            return say(order, "program %u was never heard", p);
    return NULL;
}
