// Sources over frames in memory: a whole program, or two halves that the caller fills in turn.
//
// In: the caller's memory. Out: blocks that lie in it; nothing is copied. Two halves are a queue of length two:
//
//     filled   0   1   2   3      halves handed over, written by the caller
//     consumed 0   0   1   1      halves given back, written by the feed; filled - consumed is 0, 1 or 2
//
// A half is given back by the pull after its last block, since a block stays as it is until then.
#include "tonearm/raw.h"

#include "shared_word.h"

#include <string.h>

static ta_status_t check(const ta_format_t *format, const void *data, uint64_t frames)
{
    if (!ta_format_valid(format)) {
        return TA_E_FORMAT;
    }
    if (data == NULL || frames == 0 || frames > SIZE_MAX / 2 / ta_frame_bytes(format)) {
        return TA_E_ARG; // what is larger than half of the address space is no object
    }
    return TA_OK;
}

static ta_pull_t whole_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    const ta_raw_t *raw = (const ta_raw_t *)source;
    block->data = raw->data + (size_t)source->position * raw->frame_bytes;
    block->frames = max_frames; // the common part asks for no more than there is
    block->lasting = true;
    return TA_PULL_MORE; // the common part sees the end
}

static ta_status_t whole_seek(ta_source_t *source, uint64_t frame)
{
    (void)source;
    (void)frame;
    return TA_OK; // the position, which the common part keeps, is all there is
}

static const ta_source_ops_t whole_ops = {whole_pull, whole_seek};

ta_status_t ta_raw_init(ta_raw_t *raw, const ta_format_t *format, const void *data, uint64_t frames)
{
    *raw = (ta_raw_t){.data = NULL};
    ta_status_t status = check(format, data, frames);
    if (status != TA_OK) {
        return status;
    }
    ta_source_init(&raw->source, &whole_ops, format, frames);
    raw->frame_bytes = (uint8_t)ta_frame_bytes(format);
    raw->data = data;
    return TA_OK;
}

static ta_pull_t double_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    ta_raw_t *raw = (ta_raw_t *)source;
    bool ended = TA_SHARED_GET(raw->ended); // before `filled`: once it is true, `filled` is final
    uint32_t filled = TA_SHARED_GET(raw->filled);
    uint32_t consumed = raw->consumed;
    if (consumed != filled && raw->half_position == raw->half_frames[consumed & 1]) {
        raw->half_position = 0;
        consumed++;
        TA_SHARED_SET(raw->consumed, consumed);
    }
    if (consumed == filled) {
        return ended ? TA_PULL_END : TA_PULL_WAIT;
    }
    uint32_t half = consumed & 1;
    uint32_t left = raw->half_frames[half] - raw->half_position;
    size_t offset = (size_t)half * raw->half_capacity_frames + raw->half_position;
    block->data = raw->data + offset * ta_frame_bytes(&source->format);
    block->frames = left < max_frames ? left : max_frames;
    raw->half_position += block->frames;
    return ended && filled - consumed == 1 && block->frames == left ? TA_PULL_END : TA_PULL_MORE;
}

static const ta_source_ops_t double_ops = {double_pull, NULL};

ta_status_t ta_raw_init_double(ta_raw_t *raw, const ta_format_t *format, void *data, uint32_t half_frames)
{
    *raw = (ta_raw_t){.data = NULL};
    ta_status_t status = check(format, data, (uint64_t)half_frames * 2);
    if (status != TA_OK) {
        return status;
    }
    ta_source_init(&raw->source, &double_ops, format, TA_FRAMES_UNKNOWN);
    raw->data = data;
    raw->half_capacity_frames = half_frames;
    return TA_OK;
}

void *ta_raw_take(ta_raw_t *raw)
{
    if (raw->half_capacity_frames == 0 || raw->ended || raw->filled - TA_SHARED_GET(raw->consumed) == 2) {
        return NULL;
    }
    size_t offset = (size_t)(raw->filled & 1) * raw->half_capacity_frames * ta_frame_bytes(&raw->source.format);
    const uint8_t *start = raw->data + offset;
    void *half;
    memcpy(&half, &start, sizeof half); // sheds const: ta_raw_init_double was given writable memory
    return half;
}

ta_status_t ta_raw_give(ta_raw_t *raw, uint32_t frames, bool last)
{
    if (raw->half_capacity_frames == 0 || raw->ended || raw->filled - TA_SHARED_GET(raw->consumed) == 2) {
        return TA_E_STATE;
    }
    if (frames == 0 || frames > raw->half_capacity_frames) {
        return TA_E_ARG;
    }
    raw->half_frames[raw->filled & 1] = frames;
    TA_SHARED_SET(raw->filled, raw->filled + 1);
    if (last) {
        TA_SHARED_SET(raw->ended, true);
    }
    return TA_OK;
}
