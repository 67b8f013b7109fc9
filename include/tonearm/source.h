/// @file source.h  Where frames are born: the pull contract that every source keeps, and loops, which are the same for
/// all.
#ifndef TONEARM_SOURCE_H
#define TONEARM_SOURCE_H

#include "tonearm/format.h"
#include "tonearm/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Frames lent by a source. They stay as they are until the next pull or seek of that source, unless `lasting`.
typedef struct {
    const void *data; ///< interleaved frames in the source's format; any alignment
    uint32_t frames;
    bool lasting; ///< the bytes stay valid and unchanged until the source says otherwise (raw.h): they may be played in
                  ///< place
    /// Frames that all sources behind it read for it, in units of 64: 0 but behind resamplers and changes of speed. What finds TA_BLOCK_WORK_MOST behind one
    /// block of its own ends that early, or waits: so what a row of them takes for a block is a sum, and no product.
    uint16_t work;
} ta_block_t;

enum { TA_BLOCK_WORK_MOST = 4096 }; ///< a quarter of a million frames

/// What a pull came to. The block is valid (possibly empty) in every case but TA_PULL_FAULT.
typedef enum {
    TA_PULL_MORE,  ///< more may follow
    TA_PULL_END,   ///< this block is the last
    TA_PULL_WAIT,  ///< nothing ready now; the program goes on later (a push source that starves)
    TA_PULL_FAULT, ///< reading failed; sticky until seek
} ta_pull_t;

#define TA_FRAMES_UNKNOWN UINT64_MAX
#define TA_LOOP_FOREVER   UINT32_MAX

typedef struct ta_source ta_source_t;

typedef struct {
    /// Lend up to max_frames (1 or more) frames from the present position and advance.
    ta_pull_t (*pull)(ta_source_t *source, uint32_t max_frames, ta_block_t *block);
    /// Go to a frame, 0..frames. NULL if the source cannot.
    ta_status_t (*seek)(ta_source_t *source, uint64_t frame);
} ta_source_ops_t;

/// First member of every source.
struct ta_source {
    const ta_source_ops_t *ops;
    ta_format_t format;
    uint64_t frames;     ///< length of the whole program, or TA_FRAMES_UNKNOWN
    uint64_t position;   ///< next frame that a pull lends
    uint64_t loop_start; ///< first frame of the loop
    uint64_t loop_end;   ///< frame after the loop's last; 0 no loop
    uint32_t loops_left; ///< jumps back still to be made, or TA_LOOP_FOREVER
    uint32_t waits;      ///< pulls that came to TA_PULL_WAIT
    ta_status_t fault;   ///< why it faulted, TA_OK if it did not
};

/// Set up the common part. Sources call it from their own init.
/// Ctx: task. Cost: constant. Own: ops is borrowed. Fails: never.
void ta_source_init(ta_source_t *source, const ta_source_ops_t *ops, const ta_format_t *format, uint64_t frames);

/// Play [start, end) again `times` more times (TA_LOOP_FOREVER without end) before going on past end.
/// end 0 means the end of the program; times 0 switches looping off.
/// Ctx: task, while no output plays the source; or feed. Cost: constant. Own: none.
/// Fails: TA_E_ARG (start >= end, end beyond the program), TA_E_STATE (the source cannot seek).
TA_NODISCARD ta_status_t ta_source_set_loop(ta_source_t *source, uint64_t start, uint64_t end, uint32_t times);

/// Lend the next frames, loops included. Never allocates, prints, raises or blocks beyond the stream's own reading.
/// A block never spans a loop point. After TA_PULL_END further pulls give empty TA_PULL_END blocks.
/// Ctx: feed. Cost: the source's. Own: see ta_block_t. Fails: TA_PULL_FAULT, sticky until a seek.
TA_NODISCARD ta_pull_t ta_source_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block);

/// Go to a frame; clears a fault. Loops that are set stay as they are.
/// Ctx: task, while no output plays the source; or feed. Cost: the source's. Own: none.
/// Fails: TA_E_ARG (beyond the end), TA_E_STATE (cannot seek), TA_E_IO.
TA_NODISCARD ta_status_t ta_source_seek(ta_source_t *source, uint64_t frame);

#ifdef __cplusplus
}
#endif
#endif
