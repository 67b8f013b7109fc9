// WAV files as a source.
//
// In: a stream, and one buffer of whole file frames. Out: blocks that lie in that buffer. A refill reads as many whole
// frames as the buffer holds, in one go, and reshapes them in place (float32 to s32, more than two channels to the
// first two); a pull only lends. What the buffer holds:
//
//     0        next       held        buffer_frames
//     | lent    | to lend  |           |              frame 0 is program frame position - next
//
// `beyond` says what follows the held frames: more, the end, or a fault that is told only after them.
#include "tonearm/convert.h"
#include "wav_header.h"

#include <string.h>

enum { BUFFER_FRAMES_MAX = 1 << 16, BUFFER_ALIGN = 4 }; // float32 is converted in place, word by word

// The first two of many channels move together; the regions may overlap, forwards only.
static void keep_two_channels(const ta_wav_t *wav)
{
    size_t bytes = ta_frame_bytes(&wav->source.format);
    for (size_t i = 1; i < wav->held; i++) {
        memmove(wav->buffer + i * bytes, wav->buffer + i * wav->file_frame_bytes, bytes);
    }
}

// What was read already goes first.
static uint32_t take_ahead(ta_wav_t *wav, uint32_t bytes)
{
    uint32_t taken = bytes < wav->ahead_bytes ? bytes : wav->ahead_bytes;
    memcpy(wav->buffer, wav->ahead, taken);
    wav->ahead_bytes = (uint8_t)(wav->ahead_bytes - taken);
    memmove(wav->ahead, wav->ahead + taken, wav->ahead_bytes);
    return taken;
}

static void refill(ta_wav_t *wav)
{
    uint64_t left = wav->info.frames - wav->source.position; // an unknown length leaves more than any buffer
    uint32_t want = left < wav->buffer_frames ? (uint32_t)left : wav->buffer_frames;
    uint32_t bytes = want * wav->file_frame_bytes, ahead = take_ahead(wav, bytes), got;
    ta_status_t status = ta_stream_read(wav->stream, wav->buffer + ahead, bytes - ahead, &got);
    wav->next = 0;
    wav->held = (ahead + got) / wav->file_frame_bytes;
    if (status != TA_OK) {
        wav->beyond = TA_PULL_FAULT;
    } else if (wav->held < want) {
        wav->beyond = TA_PULL_END;
    }
    if (wav->info.channels > 2) {
        keep_two_channels(wav);
    }
    if (wav->info.tag == WAV_TAG_FLOAT) {
        ta_convert_float_to_s32(wav->buffer, (int32_t *)(void *)wav->buffer,
                                (size_t)wav->held * wav->source.format.channels);
    }
}

static ta_pull_t wav_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    ta_wav_t *wav = (ta_wav_t *)source;
    if (wav->buffer == NULL) { // opened, but never initialised
        source->fault = TA_E_STATE;
        return TA_PULL_FAULT;
    }
    if (wav->next == wav->held && wav->beyond == TA_PULL_MORE) {
        refill(wav);
    }
    uint32_t left = wav->held - wav->next;
    if (left == 0) {
        return wav->beyond;
    }
    block->data = wav->buffer + (size_t)wav->next * ta_frame_bytes(&source->format);
    block->frames = left < max_frames ? left : max_frames;
    wav->next += block->frames;
    return wav->next == wav->held && wav->beyond == TA_PULL_END ? TA_PULL_END : TA_PULL_MORE;
}

static ta_status_t wav_seek(ta_source_t *source, uint64_t frame)
{
    ta_wav_t *wav = (ta_wav_t *)source;
    uint64_t first = source->position - wav->next;
    if (frame >= first && frame - first <= wav->held && wav->beyond == TA_PULL_MORE) {
        wav->next = (uint32_t)(frame - first); // short loops need no reading
        return TA_OK;
    }
    if (frame > (UINT64_MAX - wav->info.data_offset) / wav->file_frame_bytes) {
        return TA_E_ARG;
    }
    wav->held = 0;
    wav->next = 0;
    ta_status_t status = ta_stream_seek(wav->stream, wav->info.data_offset + frame * wav->file_frame_bytes);
    wav->beyond = status == TA_OK ? TA_PULL_MORE : TA_PULL_FAULT; // a fault makes the next seek a real one
    return status;
}

static const ta_source_ops_t file_ops = {wav_pull, wav_seek};
static const ta_source_ops_t pipe_ops = {wav_pull, NULL};

ta_status_t ta_wav_open(ta_wav_t *wav, ta_stream_t *stream)
{
    *wav = (ta_wav_t){.stream = stream, .beyond = TA_PULL_MORE};
    ta_status_t status = ta_wav_header_read(wav);
    if (status != TA_OK) {
        wav->info = (ta_wav_info_t){.tag = 0};
        wav->file_frame_bytes = 0;
        return status;
    }
    ta_source_init(&wav->source, stream->seek != NULL ? &file_ops : &pipe_ops, &wav->info.format, wav->info.frames);
    return TA_OK;
}

ta_status_t ta_wav_need(const ta_wav_t *wav, uint32_t buffer_frames, ta_need_t *need)
{
    if (wav->file_frame_bytes == 0) {
        return TA_E_STATE;
    }
    uint64_t bytes = (uint64_t)(buffer_frames == 0 ? TA_WAV_BUFFER_FRAMES : buffer_frames) * wav->file_frame_bytes;
    if (buffer_frames > BUFFER_FRAMES_MAX || bytes > SIZE_MAX / 2) {
        return TA_E_ARG;
    }
    *need = (ta_need_t){.object = "wav reader", .bytes = (size_t)bytes, .align = BUFFER_ALIGN, .cls = TA_CLASS_FAST};
    return TA_OK;
}

ta_status_t ta_wav_init(ta_wav_t *wav, uint32_t buffer_frames, void *storage)
{
    ta_need_t need;
    ta_status_t status = ta_wav_need(wav, buffer_frames, &need);
    if (status != TA_OK) {
        return status;
    }
    if (storage == NULL || (uintptr_t)storage % BUFFER_ALIGN != 0) {
        return TA_E_ARG;
    }
    if (wav->stream->position !=
        wav->info.data_offset + wav->ahead_bytes) { // frames have been read: the file must be opened anew
        return TA_E_STATE;
    }
    wav->buffer = storage;
    wav->buffer_frames = (uint32_t)(need.bytes / wav->file_frame_bytes);
    return TA_OK;
}

ta_status_t ta_wav_use_loop(ta_wav_t *wav)
{
    if (!wav->info.has_loop) {
        return TA_E_STATE;
    }
    if (wav->source.ops->seek == NULL) {
        return TA_E_STATE;
    }
    return ta_source_set_loop(&wav->source, wav->info.loop_start, wav->info.loop_end, wav->info.loop_times);
}
