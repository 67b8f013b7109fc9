/// @file intake.h  How a source consumes another: its frames as 16-bit samples on one scale, whatever they were.
///
/// 8-bit samples are widened by 256, so that their middle becomes 0 and narrowing gives them back; u16 becomes signed; wider ones are rounded as
/// convert.h does. s16 is lent on as it lies, without a copy. Channels stay as they are in ta_intake_pull; ta_intake_read makes them the reader's.
#ifndef TONEARM_INTAKE_H
#define TONEARM_INTAKE_H

#include "tonearm/source.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TA_INTAKE_FRAMES = 64, ///< at most so many at a time where they must be converted: they lie in the intake
    TA_INTAKE_EMPTY_MAX =
        4 ///< so often a source is asked again that lends nothing without waiting; then it counts as waiting
};

/// One place at which a source is consumed. The task offers a source at any time; the feed takes the newest offer where a block begins.
typedef struct {
    ta_source_t *volatile offered[2]; ///< the task's: what shall be consumed, NULL for nothing; offer n in place n % 2
    volatile uint32_t offers;         ///< the task's: how many there were
    volatile uint32_t taken;          ///< the feed's: which of them is in force
    ta_source_t *volatile source;     ///< the feed's: being consumed; NULL: none
    volatile bool ended;              ///< the feed's: nothing follows what has been pulled
    ta_block_t rest;                  ///< pulled and not yet lent
    uint8_t channels, frame_bytes;    ///< of the source
    uint16_t work;                    ///< the feed's: behind the present block of the consumer, as in ta_block_t
    void (*widen)(const void *in, int16_t *out, size_t samples);    ///< NULL: s16 already
    ta_status_t fault;                                              ///< why the last source was dropped, if it faulted
    int16_t held[2 * TA_INTAKE_FRAMES] __attribute__((aligned(4))); ///< kernels write words
} ta_intake_t;

/// Frames that lie in memory until the next pull.
typedef struct {
    const int16_t *samples; ///< interleaved, 2-byte aligned
    uint32_t frames;        ///< 0: nothing now, or no more
} ta_lent_t;

/// Nothing is consumed. Ctx: task. Cost: constant. Own: none. Fails: never.
void ta_intake_init(ta_intake_t *intake);

/// Consume `source` from its present position on, once the feed takes it; NULL: nothing any more. Only the newest offer counts.
/// Ctx: task, also while it plays. Cost: constant. Own: source is borrowed until ta_intake_holds is false. Fails: TA_E_FORMAT.
TA_NODISCARD ta_status_t ta_intake_offer(ta_intake_t *intake, ta_source_t *source);

/// The source offered last, NULL for nothing. Ctx: task. Cost: constant. Own: as offered. Fails: never.
ta_source_t *ta_intake_offered(const ta_intake_t *intake);

/// A block of the consumer's begins: take the newest offer, if it has not been. True if one was taken: what was consumed before is let go. Ctx: feed. Cost: constant. Own: none. Fails: never.
bool ta_intake_take(ta_intake_t *intake);

/// So much more was read for the present block, in units of 64 frames. Ctx: feed. Cost: constant. Own: none. Fails: never.
void ta_intake_count(ta_intake_t *intake, uint32_t work);

/// Count what was read for the block that was pulled last, once. For those who pull; ta_intake_read does it, and ends at TA_BLOCK_WORK_MOST. Ctx: feed. Cost: constant. Own: none. Fails: never.
void ta_intake_note(ta_intake_t *intake);

/// Let go what is consumed. Its `fault` stays. Ctx: feed. Cost: constant. Own: none. Fails: never.
void ta_intake_drop(ta_intake_t *intake);

/// From the feed: consume `source`, or nothing, at once; an open offer stays open. Ctx: feed. Cost: constant. Own: as ta_intake_offer.
/// Fails: never: its format must be valid.
void ta_intake_begin(ta_intake_t *intake, ta_source_t *source);

/// Has the source given all it will, or is there none? What was lent last may be in use yet. Ctx: feed. Cost: constant. Own: none. Fails: never.
bool ta_intake_over(const ta_intake_t *intake);

/// Is something consumed, or is it about to be? Ctx: any. Cost: constant. Own: none. Fails: never.
bool ta_intake_busy(const ta_intake_t *intake);

/// May the feed still touch this source through the intake? Ctx: task. Cost: constant. Own: none. Fails: never.
bool ta_intake_holds(const ta_intake_t *intake, const ta_source_t *source);

/// Lend up to max_frames (1 or more), of the source's own channels. Once the source has ended or faulted, and what it gave with that was lent,
/// `ended` is true, and the next call lets the source go.
/// 0 frames with a source still there: it waits (TA_PULL_WAIT): come again in the next block.
/// Ctx: feed. Cost: the source's, and the conversion. Own: until the next pull. Fails: see `fault`.
void ta_intake_pull(ta_intake_t *intake, uint32_t max_frames, ta_lent_t *lent);

/// Lend up to max_frames (1 or more) as they lie, in the source's own format. For the rest as ta_intake_pull.
/// Ctx: feed. Cost: the source's. Own: until the next pull. Fails: see `fault`; 0 frames, and `format` is NULL then.
void ta_intake_pull_raw(ta_intake_t *intake, uint32_t max_frames, ta_block_t *lent, const ta_format_t **format);

/// Fill `to` with up to `frames` frames of `channels` (1 or 2): mono goes to both; stereo is mixed to (left + right) / 2, rounded half up.
/// Pulls until there are so many, or the source has ended or waits. Returns how many there are. Ctx: feed. Cost: the source's, and a copy. Own: none. Fails: see `fault`.
uint32_t ta_intake_read(ta_intake_t *intake, unsigned channels, int16_t *to, uint32_t frames);

#ifdef __cplusplus
}
#endif
#endif
