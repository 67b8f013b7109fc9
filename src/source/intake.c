// How a source consumes another. In: blocks of any format. Out: 16-bit samples on one scale. Invariants: `source` is the feed's word and
// `offered` the task's, so neither waits for the other; a frame that was pulled is lent once; a source that has ended is not touched again.

#include "tonearm/intake.h"

#include "tonearm/convert.h"

#include "shared_word.h"

#include <string.h>

// ---- samples to 16 bits ----------------------------------------------------------------------------------------------------

static void widen_u8(const void *in, int16_t *out, size_t samples)
{
    const uint8_t *from = in;
    for (size_t s = 0; s < samples; s++)
        out[s] = (int16_t)(((int)from[s] - 128) * 256);
}

static void widen_s8(const void *in, int16_t *out, size_t samples)
{
    const int8_t *from = in;
    for (size_t s = 0; s < samples; s++)
        out[s] = (int16_t)(from[s] * 256);
}

// A stereo kernel sees pairs, whichever channels they belong to; one that is left over goes to both places of a frame of its own.
static void narrow(ta_sample_t sample, const void *in, int16_t *out, size_t samples)
{
    ta_convert_kernel(sample, 2, TA_WIRE_S16)(in, out, samples / 2);
    if (samples & 1) {
        uint32_t last;
        const uint8_t *from = (const uint8_t *)in + (samples - 1) * ta_sample_bytes(sample);
        ta_convert_kernel(sample, 1, TA_WIRE_S16)(from, &last, 1);
        out[samples - 1] = (int16_t)last;
    }
}

_Static_assert(offsetof(ta_intake_t, held) % 4 == 0, "kernels write words");

static void narrow_u16(const void *in, int16_t *out, size_t samples)
{
    narrow(TA_SAMPLE_U16, in, out, samples);
}

static void narrow_s24(const void *in, int16_t *out, size_t samples)
{
    narrow(TA_SAMPLE_S24, in, out, samples);
}

static void narrow_s24in32(const void *in, int16_t *out, size_t samples)
{
    narrow(TA_SAMPLE_S24IN32, in, out, samples);
}

static void narrow_s32(const void *in, int16_t *out, size_t samples)
{
    narrow(TA_SAMPLE_S32, in, out, samples);
}

// An s16 block at an odd address, which a Cortex-M0+ cannot read by halfwords.
static void copy_s16(const void *in, int16_t *out, size_t samples)
{
    memcpy(out, in, samples * sizeof *out);
}

enum { TAKE_TRIES = 4 };

// ---- who is consumed -------------------------------------------------------------------------------------------------------

void ta_intake_init(ta_intake_t *intake)
{
    memset(intake, 0, sizeof *intake);
}

ta_status_t ta_intake_offer(ta_intake_t *intake, ta_source_t *source)
{
    if (source && !ta_format_valid(&source->format))
        return TA_E_FORMAT;
    uint32_t offers = intake->offers + 1U;
    TA_SHARED_SET(intake->offered[offers & 1], source);
    TA_SHARED_SET(intake->offers, offers);
    TA_SHARED_CROSS(); // before ta_intake_holds looks at `source`
    return TA_OK;
}

ta_source_t *ta_intake_offered(const ta_intake_t *intake)
{
    return intake->offered[intake->offers & 1];
}

static void consume(ta_intake_t *intake, ta_source_t *source)
{
    static void (*const widen[TA_SAMPLES])(const void *in, int16_t *out, size_t samples) = {
        [TA_SAMPLE_U8] = widen_u8,
        [TA_SAMPLE_S8] = widen_s8,
        [TA_SAMPLE_U16] = narrow_u16,
        [TA_SAMPLE_S24] = narrow_s24,
        [TA_SAMPLE_S24IN32] = narrow_s24in32,
        [TA_SAMPLE_S32] = narrow_s32,
    };
    intake->widen = source ? widen[source->format.sample] : NULL;
    intake->rest.frames = 0;
    intake->channels = source ? source->format.channels : 0;
    intake->frame_bytes = source ? (uint8_t)ta_frame_bytes(&source->format) : 0;
    intake->ended = false;
    TA_SHARED_SET(intake->source, source);
}

// Another core may make an offer at any moment, and its task then asks what is held. So `source` says what is about to be consumed before anything of it is
// read, and it is only if the offer is the newest even then. What was consumed before is not touched from the first of these words on.
bool ta_intake_take(ta_intake_t *intake)
{
    uint32_t offers = TA_SHARED_GET(intake->offers);
    intake->work = 0;
    if (offers == intake->taken)
        return false;
    intake->fault = TA_OK;
    for (unsigned try = 0; try < TAKE_TRIES; try++) {
        ta_source_t *source = TA_SHARED_GET(intake->offered[offers & 1]);
        TA_SHARED_SET(intake->source, source);
        TA_SHARED_CROSS();
        uint32_t newest = TA_SHARED_GET(intake->offers);
        if (newest == offers) {
            consume(intake, source);
            TA_SHARED_SET(intake->taken, offers); // last: until then the task sees that an offer is open
            return true;
        }
        offers = newest;
    }
    consume(intake, NULL); // offers come faster than they can be taken: the one that stands next time
    return true;
}

void ta_intake_drop(ta_intake_t *intake)
{
    consume(intake, NULL);
}

void ta_intake_begin(ta_intake_t *intake, ta_source_t *source)
{
    intake->fault = TA_OK;
    consume(intake, source);
}

bool ta_intake_over(const ta_intake_t *intake)
{
    return !intake->source || (intake->ended && intake->rest.frames == 0);
}

bool ta_intake_busy(const ta_intake_t *intake)
{
    if (TA_SHARED_GET(intake->taken) != intake->offers)
        return ta_intake_offered(intake) != NULL;
    return intake->source != NULL && !(intake->ended && intake->rest.frames == 0);
}

bool ta_intake_holds(const ta_intake_t *intake, const ta_source_t *source)
{
    bool open =
        TA_SHARED_GET(intake->taken) != intake->offers; // before `source`: an offer is taken the other way round
    return source && (intake->source == source || (open && ta_intake_offered(intake) == source));
}

// ---- frames ----------------------------------------------------------------------------------------------------------------

void ta_intake_count(ta_intake_t *intake, uint32_t work)
{
    work += intake->work;
    intake->work = work < UINT16_MAX ? (uint16_t)work : UINT16_MAX;
}

void ta_intake_note(ta_intake_t *intake)
{
    if (intake->rest.work)
        ta_intake_count(intake, intake->rest.work);
    intake->rest.work = 0;
}

// A source may lend nothing and go on: where it learns that its loop is shorter, and where a block begins.
static inline __attribute__((always_inline)) ta_pull_t pull_some(ta_intake_t *intake, uint32_t max_frames)
{
    ta_pull_t pull = ta_source_pull(intake->source, max_frames, &intake->rest);
    for (unsigned again = 0; intake->rest.frames == 0 && pull == TA_PULL_MORE && again < TA_INTAKE_EMPTY_MAX; again++)
        pull = ta_source_pull(intake->source, max_frames, &intake->rest);
    return pull;
}

// A block, if there is none. False: the source waits, or has ended. Inline: a call costs a voice of a mixer as much as two of its frames.
static inline __attribute__((always_inline)) bool have_block(ta_intake_t *intake, uint32_t max_frames)
{
    if (intake->rest.frames > 0)
        return true;
    if (intake->ended)
        consume(intake, NULL); // what it lent with its end is no longer in use
    if (!intake->source)
        return false;
    ta_pull_t pull = pull_some(intake, max_frames);
    intake->ended = pull == TA_PULL_END || pull == TA_PULL_FAULT;
    if (pull == TA_PULL_FAULT) {
        intake->rest.frames = 0;
        intake->fault = intake->source->fault;
    }
    return intake->rest.frames > 0;
}

static void pass(ta_block_t *rest, size_t frame_bytes, uint32_t frames)
{
    rest->data = (const uint8_t *)rest->data + (size_t)frames * frame_bytes;
    rest->frames -= frames;
}

void ta_intake_pull(ta_intake_t *intake, uint32_t max_frames, ta_lent_t *lent)
{
    lent->samples = intake->held;
    lent->frames = 0;
    if (!have_block(intake, max_frames))
        return;
    ta_block_t *rest = &intake->rest;
    void (*widen)(const void *in, int16_t *out, size_t samples) = intake->widen;
    if (!widen && ((uintptr_t)rest->data & 1) != 0)
        widen = copy_s16;
    uint32_t frames = rest->frames < max_frames ? rest->frames : max_frames;
    if (widen) {
        frames = frames < TA_INTAKE_FRAMES ? frames : TA_INTAKE_FRAMES;
        widen(rest->data, intake->held, (size_t)frames * intake->channels);
    } else {
        lent->samples = rest->data;
    }
    lent->frames = frames;
    pass(rest, intake->frame_bytes, frames);
}

void ta_intake_pull_raw(ta_intake_t *intake, uint32_t max_frames, ta_block_t *lent, const ta_format_t **format)
{
    lent->frames = 0;
    *format = NULL;
    if (!have_block(intake, max_frames))
        return;
    *format = &intake->source->format;
    *lent = intake->rest;
    if (lent->frames > max_frames)
        lent->frames = max_frames;
    pass(&intake->rest, intake->frame_bytes, lent->frames);
}

static int16_t middle(int left, int right)
{
    return (int16_t)((left + right + 1) >> 1);
}

uint32_t ta_intake_read(ta_intake_t *intake, unsigned channels, int16_t *to, uint32_t frames)
{
    uint32_t there = 0;
    while (there < frames) {
        ta_lent_t lent;
        if (intake->work >= TA_BLOCK_WORK_MOST)
            break;
        ta_intake_pull(intake, frames - there, &lent);
        ta_intake_note(intake);
        if (lent.frames == 0)
            break;
        unsigned given = intake->channels;
        int16_t *out = to + (size_t)there * channels;
        const int16_t *in = lent.samples;
        if (given == channels)
            memcpy(out, in, (size_t)lent.frames * channels * sizeof *out);
        for (uint32_t f = 0; given < channels && f < lent.frames; f++)
            out[2 * f] = out[2 * f + 1] = in[f];
        for (uint32_t f = 0; given > channels && f < lent.frames; f++)
            out[f] = middle(in[2 * f], in[2 * f + 1]);
        there += lent.frames;
    }
    return there;
}
