// What every source has in common: positions, ends, faults and loops.
//
// In: a source's own pull and seek. Out: the contract of source.h. The invariants: `position` is the frame that the
// next pull lends; no block crosses the end of a loop or of the program; an end or a fault, once told, is told again
// until a seek. A jump back is made by the pull after the loop's last frame, not behind that frame, so that what was
// lent stays as it is.
#include "tonearm/source.h"

#include <stddef.h>

void ta_source_init(ta_source_t *source, const ta_source_ops_t *ops, const ta_format_t *format, uint64_t frames)
{
    *source = (ta_source_t){.ops = ops, .format = *format, .frames = frames};
}

ta_status_t ta_source_set_loop(ta_source_t *source, uint64_t start, uint64_t end, uint32_t times)
{
    if (times == 0) {
        source->loop_start = 0;
        source->loop_end = 0;
        source->loops_left = 0;
        return TA_OK;
    }
    if (source->ops == NULL || source->ops->seek == NULL) {
        return TA_E_STATE;
    }
    uint64_t last = end == 0 ? source->frames : end;
    if (start >= last || last > source->frames) { // an unknown length is the largest number
        return TA_E_ARG;
    }
    source->loop_start = start;
    source->loop_end = last;
    source->loops_left = times;
    return TA_OK;
}

static bool at_loop_end(const ta_source_t *source)
{
    return source->loops_left > 0 && source->position == source->loop_end;
}

static ta_status_t jump_back(ta_source_t *source)
{
    ta_status_t status = source->ops->seek(source, source->loop_start);
    if (status != TA_OK) {
        return status;
    }
    source->position = source->loop_start;
    if (source->loops_left != TA_LOOP_FOREVER) {
        source->loops_left--;
    }
    return TA_OK;
}

// Frames that a pull may lend now without crossing a loop's end or the program's.
static uint32_t pull_limit(const ta_source_t *source, uint32_t max_frames)
{
    uint64_t end = source->frames;
    if (source->loops_left > 0 && source->position < source->loop_end) {
        end = source->loop_end;
    }
    if (source->position >= end) {
        return 0;
    }
    uint64_t left = end - source->position;
    return left < max_frames ? (uint32_t)left : max_frames;
}

// The source has come to its end here: its length was not known, or a file is shorter now than its header said.
// A loop that was to end beyond it ends here too.
static __attribute__((noinline)) void learn_length(ta_source_t *source)
{
    source->frames = source->position;
    if (source->loops_left == 0 || source->loop_end <= source->frames) {
        return;
    }
    source->loop_end = source->frames;
    if (source->loop_start >= source->loop_end) {
        source->loops_left = 0;
    }
}

// By members: for a whole struct a Cortex-M0+ calls memset.
static void nothing(ta_block_t *block)
{
    block->data = NULL;
    block->frames = 0;
    block->lasting = false;
    block->work = 0;
}

// Out of line, as all that is rare: ta_source_pull is called for each voice and block, and would save more registers.
static __attribute__((noinline)) ta_pull_t fault(ta_source_t *source, ta_block_t *block, ta_status_t status)
{
    nothing(block);
    source->fault = status;
    return TA_PULL_FAULT;
}

// The source's own reason, if it told one.
static __attribute__((noinline)) ta_pull_t fault_of_pull(ta_source_t *source, ta_block_t *block)
{
    return fault(source, block, source->fault != TA_OK ? source->fault : TA_E_IO);
}

ta_pull_t ta_source_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    TA_ASSERT(max_frames > 0);
    nothing(block);
    if (source->fault != TA_OK) {
        return TA_PULL_FAULT;
    }
    if (source->ops == NULL) { // its init failed, and the caller went on
        return fault(source, block, TA_E_STATE);
    }
    if (at_loop_end(source)) {
        ta_status_t status = jump_back(source);
        if (status != TA_OK) {
            return fault(source, block, status);
        }
    }
    uint32_t limit = pull_limit(source, max_frames);
    if (limit == 0) {
        return TA_PULL_END;
    }
    uint64_t before = source->position;
    ta_pull_t result = source->ops->pull(source, limit, block);
    if (result == TA_PULL_FAULT) {
        return fault_of_pull(source, block);
    }
    TA_HARDEN(block->frames <= limit);
    source->position = before + block->frames;
    if (result == TA_PULL_WAIT) {
        source->waits++;
        return result;
    }
    if (result == TA_PULL_END) {
        learn_length(source);
    }
    return source->position == source->frames && !at_loop_end(source) ? TA_PULL_END : TA_PULL_MORE;
}

ta_status_t ta_source_seek(ta_source_t *source, uint64_t frame)
{
    if (source->ops == NULL || source->ops->seek == NULL) {
        return TA_E_STATE;
    }
    if (frame > source->frames) {
        return TA_E_ARG;
    }
    ta_status_t status = source->ops->seek(source, frame);
    if (status == TA_OK) {
        source->position = frame;
    }
    source->fault = status; // after a seek that failed nobody knows where the source stands
    return status;
}
