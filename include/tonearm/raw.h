/// @file raw.h  Sources over frames that are in memory already: whole, looped, or double-buffered.
#ifndef TONEARM_RAW_H
#define TONEARM_RAW_H

#include "tonearm/source.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    ta_source_t source;
    const uint8_t *data;
    uint8_t frame_bytes;
    // double-buffered only; each word has one writer
    volatile bool ended;           ///< no half follows those filled
    uint32_t half_frames[2];       ///< frames in each half: written by the caller before `filled`
    volatile uint32_t filled;      ///< halves handed over so far: written by the caller
    volatile uint32_t consumed;    ///< halves used up so far: written by the feed
    uint32_t half_capacity_frames; ///< 0: not double-buffered
    uint32_t half_position;        ///< frames of the current half already lent
} ta_raw_t;

/// A source over `frames` frames at `data`. Loop it with ta_source_set_loop.
/// Blocks are `lasting`: where format, alignment and class allow, they are played where they lie, without a copy.
/// Ctx: task. Cost: constant. Own: data is borrowed, and must not change while it is played.
/// Fails: TA_E_ARG (NULL, 0 frames), TA_E_FORMAT.
TA_NODISCARD ta_status_t ta_raw_init(ta_raw_t *raw, const ta_format_t *format, const void *data, uint64_t frames);

/// A source over two halves of `half_frames` frames each at `data`, filled in turn by the caller. A half that has not
/// been handed over is waited for (a hole if it comes too late), never played as it was. Ctx: task. Cost: constant.
/// Own: data is borrowed. Fails: as ta_raw_init.
TA_NODISCARD ta_status_t ta_raw_init_double(ta_raw_t *raw, const ta_format_t *format, void *data, uint32_t half_frames);

/// The half to fill next, or NULL while both are full. Ctx: task. Cost: constant. Own: the caller's until
/// ta_raw_give. Fails: never.
void *ta_raw_take(ta_raw_t *raw);

/// Hand the half from ta_raw_take over, with `frames` frames in it (1..half_frames), `last` if none follows.
/// Ctx: task. Cost: constant. Own: the source's until ta_raw_take gives it again.
/// Fails: TA_E_ARG (frames), TA_E_STATE (both halves are full, or the source has ended).
TA_NODISCARD ta_status_t ta_raw_give(ta_raw_t *raw, uint32_t frames, bool last);

#ifdef __cplusplus
}
#endif
#endif
