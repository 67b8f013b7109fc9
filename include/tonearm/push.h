/// @file push.h  A source that the caller writes: frames go into a queue, the feed takes them out.
#ifndef TONEARM_PUSH_H
#define TONEARM_PUSH_H

#include "tonearm/memory.h"
#include "tonearm/source.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    ta_source_t source;
    uint8_t *queue;
    uint32_t capacity_frames;
    volatile uint32_t written; ///< frames written so far, wrapping at twice the capacity: the caller's word
    volatile uint32_t taken;   ///< frames the player is done with, wrapping likewise: the feed's word
    uint32_t lent;             ///< frames of the present block, not yet taken
    volatile bool ended;
} ta_push_t;

/// What ta_push_init will use: one block for `capacity_frames` frames (1..2^24).
/// Ctx: any. Cost: constant. Own: none. Fails: TA_E_ARG, TA_E_FORMAT.
TA_NODISCARD ta_status_t ta_push_need(const ta_format_t *format, uint32_t capacity_frames, ta_need_t *need);

/// Make an empty queue in `storage` (see ta_push_need).
/// Ctx: task. Cost: constant. Own: storage is borrowed. Fails: as ta_push_need, and TA_E_ARG for NULL.
TA_NODISCARD ta_status_t ta_push_init(ta_push_t *push, const ta_format_t *format, uint32_t capacity_frames,
                                      void *storage);

/// Write up to `frames` frames; returns how many fit. 0 after ta_push_end.
/// Ctx: task, one writer. Cost: O(frames). Own: frames are copied. Fails: never.
uint32_t ta_push_write(ta_push_t *push, const void *frames_data, uint32_t frames);

/// Frames that would fit now. Ctx: task. Cost: constant. Own: none. Fails: never.
uint32_t ta_push_space(const ta_push_t *push);

/// No more frames will come: what is queued is played, then the program ends.
/// Ctx: task. Cost: constant. Own: none. Fails: never.
void ta_push_end(ta_push_t *push);

#ifdef __cplusplus
}
#endif
#endif
