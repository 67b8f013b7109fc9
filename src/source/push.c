// A queue of frames between one writer (the caller) and one reader (the feed).
//
// In: the caller's frames, copied. Out: blocks that lie in the queue. `written` and `taken` count frames and wrap at
// twice the capacity, so that any capacity works without a division and full differs from empty:
//
//     taken <= lent frames < queued frames < written,   written - taken <= capacity
//
// Lent frames count as not taken until the next pull, so no write can touch them.
#include "tonearm/push.h"

#include "shared_word.h"

#include <string.h>

enum { CAPACITY_MAX_FRAMES = 1 << 24, QUEUE_ALIGN = 4 };

static uint32_t advanced(const ta_push_t *push, uint32_t count, uint32_t frames)
{
    uint32_t wrap = 2 * push->capacity_frames;
    uint32_t sum = count + frames;
    return sum >= wrap ? sum - wrap : sum;
}

static uint32_t distance(const ta_push_t *push, uint32_t written, uint32_t taken)
{
    return written >= taken ? written - taken : written + 2 * push->capacity_frames - taken;
}

static uint32_t place(const ta_push_t *push, uint32_t count)
{
    return count >= push->capacity_frames ? count - push->capacity_frames : count;
}

static uint8_t *frame_at(const ta_push_t *push, uint32_t frame)
{
    return push->queue + (size_t)frame * ta_frame_bytes(&push->source.format);
}

static ta_pull_t push_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    ta_push_t *push = (ta_push_t *)source;
    if (push->lent > 0) {
        TA_SHARED_SET(push->taken, advanced(push, push->taken, push->lent));
        push->lent = 0;
    }
    bool ended = TA_SHARED_GET(push->ended); // before `written`: once it is true, `written` is final
    uint32_t queued = distance(push, TA_SHARED_GET(push->written), push->taken);
    if (queued == 0) {
        return ended ? TA_PULL_END : TA_PULL_WAIT;
    }
    uint32_t first = place(push, push->taken);
    uint32_t frames = push->capacity_frames - first; // to the end of the memory: a block is in one piece
    if (frames > queued) {
        frames = queued;
    }
    if (frames > max_frames) {
        frames = max_frames;
    }
    block->data = frame_at(push, first);
    block->frames = frames;
    push->lent = frames;
    return ended && frames == queued ? TA_PULL_END : TA_PULL_MORE;
}

static const ta_source_ops_t push_ops = {push_pull, NULL};

ta_status_t ta_push_need(const ta_format_t *format, uint32_t capacity_frames, ta_need_t *need)
{
    if (!ta_format_valid(format)) {
        return TA_E_FORMAT;
    }
    if (capacity_frames == 0 || capacity_frames > CAPACITY_MAX_FRAMES) {
        return TA_E_ARG;
    }
    size_t bytes = (size_t)capacity_frames * ta_frame_bytes(format); // at most 2^27
    *need = (ta_need_t){.object = "push queue", .bytes = bytes, .align = QUEUE_ALIGN, .cls = TA_CLASS_FAST};
    return TA_OK;
}

ta_status_t ta_push_init(ta_push_t *push, const ta_format_t *format, uint32_t capacity_frames, void *storage)
{
    ta_need_t need;
    *push = (ta_push_t){.queue = NULL};
    ta_status_t status = ta_push_need(format, capacity_frames, &need);
    if (status != TA_OK) {
        return status;
    }
    if (storage == NULL) {
        return TA_E_ARG;
    }
    ta_source_init(&push->source, &push_ops, format, TA_FRAMES_UNKNOWN);
    push->queue = storage;
    push->capacity_frames = capacity_frames;
    return TA_OK;
}

uint32_t ta_push_space(const ta_push_t *push)
{
    return push->capacity_frames - distance(push, push->written, TA_SHARED_GET(push->taken));
}

uint32_t ta_push_write(ta_push_t *push, const void *frames_data, uint32_t frames)
{
    uint32_t space = ta_push_space(push);
    if (push->ended || space == 0) {
        return 0;
    }
    uint32_t count = frames < space ? frames : space;
    uint32_t first = place(push, push->written);
    uint32_t straight = push->capacity_frames - first;
    if (straight > count) {
        straight = count;
    }
    unsigned frame_bytes = ta_frame_bytes(&push->source.format);
    const uint8_t *in = frames_data;
    if (straight > 0) {
        memcpy(frame_at(push, first), in, (size_t)straight * frame_bytes);
    }
    if (count > straight) {
        memcpy(push->queue, in + (size_t)straight * frame_bytes, (size_t)(count - straight) * frame_bytes);
    }
    TA_SHARED_SET(push->written, advanced(push, push->written, count));
    return count;
}

void ta_push_end(ta_push_t *push)
{
    TA_SHARED_SET(push->ended, true);
}
