// See heard.h. A recursive descent over frames: program, fall, silence, rise. Ramps are computed here by division with floor.
#include "test/support/heard.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    heard_check_t *check;
    const heard_t *heard;
    uint64_t at;
    unsigned part;
    uint64_t next; // frames of the part already heard
    int32_t before[2];
    uint64_t gap_at;
    unsigned gap_part;
    bool in_program;
} reader_t;

static uint32_t mix(uint64_t n)
{
    uint32_t x = (uint32_t)n * 2654435761U ^ 0x5bd1e995U;
    x ^= x >> 15;
    x *= 2246822519U;
    return x ^ x >> 13;
}

void heard_numbered(uint64_t n, ta_wire_t wire, int32_t frame[2])
{
    uint32_t low = wire == TA_WIRE_S16 ? 0xffff0000U : wire == TA_WIRE_S24 ? 0xffffff00U : 0xffffffffU;
    frame[0] = (int32_t)(((uint32_t)n * 40503U + 0x1234U) << 16 & low);
    frame[1] = (int32_t)(mix(n) & low);
    if (wire != TA_WIRE_S16)
        frame[0] = (int32_t)(0x40000000U + ((uint32_t)n << 12));
}

// floor(value * k / 64) at the wire's precision.
static int32_t part_of(int32_t value, int k, ta_wire_t wire)
{
    int shift = wire == TA_WIRE_S16 ? 16 : wire == TA_WIRE_S24 ? 8 : 0;
    int64_t product = ((int64_t)value >> shift) * k;
    int64_t rest = ((product % 64) + 64) % 64;
    return (int32_t)((uint32_t)((product - rest) / 64) << shift);
}

static bool same(const int32_t a[2], const int32_t b[2])
{
    return a[0] == b[0] && a[1] == b[1];
}

static bool is_part_of(const reader_t *r, uint64_t at, const int32_t of[2], int k)
{
    ta_wire_t wire = r->check->wire;
    const int32_t expected[2] = {part_of(of[0], k, wire), part_of(of[1], k, wire)};
    return same(r->heard->frame[at], expected);
}

static bool complain(reader_t *r, const char *what)
{
    const int32_t *f = r->heard->frame[r->at < r->heard->count ? r->at : r->heard->count - 1];
    snprintf(r->check->complaint, sizeof r->check->complaint,
             "output frame %llu: %s (%08x %08x); %llu frames of part %u heard", (unsigned long long)r->at, what,
             (uint32_t)f[0], (uint32_t)f[1], (unsigned long long)r->next, r->part);
    return false;
}

// The next frame is as it must be. Steps between program frames are the program's own.
static void take(reader_t *r, bool ramp)
{
    const int32_t *frame = r->heard->frame[r->at++];
    for (int c = 0; c < 2 && ramp; c++) {
        int64_t step = (int64_t)frame[c] - r->before[c];
        uint64_t units = ((uint64_t)(step < 0 ? -step : step) + 0x7fff) >> 15;
        if (units > r->check->largest_step)
            r->check->largest_step = (uint32_t)units;
    }
    memcpy(r->before, frame, sizeof r->before);
}

static void program_frame(const reader_t *r, unsigned part, uint64_t n, int32_t frame[2])
{
    r->check->program(r->check->part[part].first + n, r->check->wire, frame);
}

enum { CANDIDATES = 6 };

// The next program frame of this part (candidate 0), or the first of a part behind it; parts between may be missing as a whole if
// they may be cut. False: there is none.
static bool candidate(const reader_t *r, unsigned which, int32_t frame[2])
{
    const heard_part_t *part = &r->check->part[r->part];
    bool done = r->next == part->frames;
    if (which == 0) {
        if (!done)
            program_frame(r, r->part, r->next, frame);
        return !done;
    }
    if (r->part + which >= r->check->parts || !(done || part->cut))
        return false;
    for (unsigned between = 1; between < which; between++)
        if (!part[between].cut)
            return false;
    program_frame(r, r->part + which, 0, frame);
    return true;
}

static void enter_part(reader_t *r, unsigned ahead)
{
    r->part += ahead;
    r->next = 0;
}

static void end_gap(reader_t *r)
{
    heard_check_t *check = r->check;
    if (r->gap_at == r->at)
        return;
    if (check->gaps < HEARD_GAPS_MAX)
        check->gap[check->gaps] = (heard_gap_t){.at = r->gap_at,
                                                .frames = r->at - r->gap_at,
                                                .next = check->part[r->part].first + r->next,
                                                .to_new_part = r->part != r->gap_part};
    check->gaps++;
}

// Program frames while they follow each other. `from_ramp`: the frame before was the top of a rise to it.
static bool read_program(reader_t *r)
{
    uint64_t began = r->at;
    int32_t frame[2];
    while (r->at < r->heard->count) {
        unsigned which = 0;
        for (; which < CANDIDATES; which++)
            if (candidate(r, which, frame) && same(r->heard->frame[r->at], frame))
                break;
        if (which == CANDIDATES)
            break;
        if (which && r->in_program && r->next < r->check->part[r->part].frames)
            return complain(r, "a part was cut without a ramp");
        if (which)
            enter_part(r, which);
        if (!r->in_program)
            end_gap(r);
        take(r, !r->in_program);
        r->in_program = true;
        r->next++;
        r->check->program_frames++;
        if (r->check->last_of_part)
            r->check->last_of_part[r->part] = r->next;
    }
    if (r->at > began) {
        r->gap_at = r->at;
        r->gap_part = r->part;
    }
    r->in_program = false;
    return true;
}

static bool is_zero(const int32_t frame[2])
{
    return frame[0] == 0 && frame[1] == 0;
}

// A fall from the frame before.
static bool read_fall(reader_t *r)
{
    int32_t from[2];
    memcpy(from, r->before, sizeof from);
    if (r->at < r->heard->count && !is_part_of(r, r->at, from, TA_RAMP_FRAMES - 1))
        return complain(r, "neither the next program frame nor a fall from the frame before");
    for (int k = TA_RAMP_FRAMES - 1; k >= 0 && r->at < r->heard->count; k--) {
        if (!is_part_of(r, r->at, from, k))
            return complain(r, "a fall goes astray");
        take(r, true);
    }
    return true;
}

// From silence: a rise to a program frame that may come. Whether it does come is read_gap's question.
static bool read_rise(reader_t *r)
{
    int32_t to[2];
    for (unsigned which = 0; which < CANDIDATES; which++) {
        if (!candidate(r, which, to))
            continue;
        // Rises whose first steps are smaller than the wire's least begin with more than one zero.
        int k = 0;
        while (k < TA_RAMP_FRAMES && part_of(to[0], k, r->check->wire) == 0 && part_of(to[1], k, r->check->wire) == 0)
            k++;
        if (!is_part_of(r, r->at, to, k))
            continue;
        while (k < TA_RAMP_FRAMES && r->at < r->heard->count && is_part_of(r, r->at, to, k)) {
            take(r, true);
            k++;
        }
        if (r->at == r->heard->count || k == TA_RAMP_FRAMES)
            return true;
        return complain(r, "a rise goes astray");
    }
    return complain(r, "sound out of silence that is no rise to the next program frame");
}

// A program frame straight after a ramp's top, or silence and ramps.
static bool read_gap(reader_t *r)
{
    const int32_t *frame = r->heard->frame[r->at];
    if (!is_zero(r->before))
        return read_fall(r);
    if (is_zero(frame)) {
        take(r, true);
        return true;
    }
    return read_rise(r);
}

// A program frame may come behind another one, or behind a rise to it.
static bool may_be_program(const reader_t *r)
{
    int32_t frame[2];
    for (unsigned which = 0; which < CANDIDATES; which++) {
        if (!candidate(r, which, frame) || !same(r->heard->frame[r->at], frame))
            continue;
        ta_wire_t wire = r->check->wire;
        const int32_t top[2] = {part_of(frame[0], TA_RAMP_FRAMES - 1, wire),
                                part_of(frame[1], TA_RAMP_FRAMES - 1, wire)};
        if (same(r->before, top))
            return true;
    }
    return false;
}

// Which frame of this part is this one? Looked for near the next one first.
static bool find_program(const reader_t *r, uint64_t *n)
{
    const heard_part_t *part = &r->check->part[r->part];
    int32_t frame[2];
    for (uint64_t i = 0; i < part->frames; i++) {
        *n = (r->next + i) % part->frames;
        program_frame(r, r->part, *n, frame);
        if (same(frame, r->heard->frame[r->at]))
            return true;
    }
    return false;
}

static bool is_small_step(const reader_t *r)
{
    const int32_t *a = r->before, *b = r->heard->frame[r->at];
    for (int c = 0; c < 2; c++) {
        int64_t step = (int64_t)b[c] - a[c];
        if (step > INT32_MAX / TA_RAMP_FRAMES + 1 || -step > INT32_MAX / TA_RAMP_FRAMES + 1)
            return false;
    }
    return true;
}

// Lenient: go on from whichever program frame this is; or skip ramps that belong to nothing, the first frame
// wherever, then by small steps.
static bool resynchronise(reader_t *r)
{
    heard_check_t *check = r->check;
    check->anomalies++;
    check->complaint[0] = 0;
    uint64_t n;
    for (unsigned skipped = 0; r->at < r->heard->count; skipped++) {
        if (find_program(r, &n)) {
            if (n > r->next)
                check->lost += n - r->next;
            else
                check->doubled += r->next - n;
            r->next = n;
            return read_program(r);
        }
        if (skipped && !is_small_step(r))
            return true; // the next anomaly
        take(r, false);
        if (is_zero(r->before))
            return true;
    }
    return true;
}

bool heard_check(heard_check_t *check, const heard_t *heard)
{
    reader_t r = {.check = check, .heard = heard};
    check->gaps = check->anomalies = 0;
    check->program_frames = check->lost = check->doubled = 0;
    check->largest_step = 0;
    check->complaint[0] = 0;
    while (r.at < heard->count) {
        bool ok = may_be_program(&r) ? read_program(&r) : read_gap(&r);
        if (!ok && check->lenient)
            ok = resynchronise(&r);
        if (!ok)
            return check->complaint[0] ? false : complain(&r, "neither program nor silence");
    }
    while (r.part + 1 < check->parts && (r.next == check->part[r.part].frames || check->part[r.part].cut))
        enter_part(&r, 1);
    if (check->lenient)
        check->lost += check->part[r.part].frames - r.next;
    else if (r.next != check->part[r.part].frames && !check->part[r.part].cut)
        return complain(&r, "the program was not heard to its end");
    return true;
}
