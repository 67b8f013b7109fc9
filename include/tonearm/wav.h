/// @file wav.h  WAV files as a source, read through a stream, never loaded whole.
///
/// PCM u8, s16, s24, s32 and IEEE float32 (which becomes s32), WAVE_FORMAT_EXTENSIBLE, RIFF and RF64, chunks in any
/// order that RIFF allows, odd chunks padded. A data length of 0 or 0xFFFFFFFF, or one beyond the file, means "to the
/// last whole frame that is there". Of more than two channels the first two are played.
#ifndef TONEARM_WAV_H
#define TONEARM_WAV_H

#include "tonearm/memory.h"
#include "tonearm/source.h"
#include "tonearm/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What the header says, for people and plans.
typedef struct {
    ta_format_t format;  ///< what the source gives
    uint16_t tag;        ///< 1 PCM, 3 float, as found (the sub-format of an extensible header)
    uint16_t channels;   ///< in the file
    uint16_t bits;       ///< container bits per sample in the file
    uint16_t valid_bits; ///< valid bits, = bits unless the header says less
    bool extensible, rf64;
    bool truncated;       ///< the data chunk claims more than the file has
    bool open_ended;      ///< the data chunk has no length
    uint64_t data_offset; ///< byte of the first frame
    uint64_t data_bytes;  ///< whole frames only; TA_STREAM_SIZE_UNKNOWN if only the end of the stream will tell
    uint64_t frames;      ///< or TA_FRAMES_UNKNOWN
    bool has_loop;       ///< smpl has a forward loop inside the data: its first such (on a pipe, its first forward one)
    uint64_t loop_start; ///< first frame of it
    uint64_t loop_end;   ///< frame after its last (smpl counts the last frame itself)
    uint32_t loop_times; ///< as ta_source_set_loop: one less than smpl's count; its 0 is TA_LOOP_FOREVER
} ta_wav_info_t;

enum { TA_WAV_BUFFER_FRAMES = 256, TA_WAV_ERROR_MAX = 160 };

typedef struct {
    ta_source_t source;
    ta_stream_t *stream;
    ta_wav_info_t info;
    uint8_t *buffer;
    uint32_t buffer_frames;
    uint32_t file_frame_bytes;
    uint32_t held;                ///< frames in the buffer
    uint32_t next;                ///< of those, the next to lend
    ta_pull_t beyond;             ///< what follows the frames held: more, the end, or a fault
    uint8_t ahead[8];             ///< of a pipe: bytes behind the header that were read to see what they are
    uint8_t ahead_bytes;          ///< so many of them are still to be played
    char error[TA_WAV_ERROR_MAX]; ///< after a failure: a sentence that says what, where (byte offset) and what to do
} ta_wav_t;

/// Read the header and leave the stream at the first frame. Only this function finds faults in the file's shape.
/// smpl chunks behind the data are found when the stream can seek. A data chunk of length 0 is empty where the RIFF header claims
/// chunks behind it and there they are; else its writer did not come back to fill the length in, and sound follows to the stream's end.
/// Ctx: task. Cost: reads the header. Own: stream is borrowed until the source is no longer used.
/// Fails: TA_E_FORMAT (not a WAV file, compressed, 0 channels, a rate outside 1..384 kHz, ...), TA_E_IO; wav->error has
/// the sentence.
TA_NODISCARD ta_status_t ta_wav_open(ta_wav_t *wav, ta_stream_t *stream);

/// What ta_wav_init will use, for an opened file: one buffer of class FAST. buffer_frames 0 is TA_WAV_BUFFER_FRAMES.
/// Ctx: task. Cost: constant. Own: none. Fails: TA_E_STATE (not opened), TA_E_ARG (above 2^16 frames).
TA_NODISCARD ta_status_t ta_wav_need(const ta_wav_t *wav, uint32_t buffer_frames, ta_need_t *need);

/// Make the source playable with its buffer (see ta_wav_need). It is then wav->source.
/// Ctx: task. Cost: constant. Own: storage is borrowed.
/// Fails: as ta_wav_need; TA_E_ARG for NULL or not word-aligned; TA_E_STATE after frames have been read.
TA_NODISCARD ta_status_t ta_wav_init(ta_wav_t *wav, uint32_t buffer_frames, void *storage);

/// Loop as the file's smpl chunk says. Ctx: task. Cost: constant. Own: none.
/// Fails: TA_E_STATE (no smpl loop in the file, or the stream cannot seek).
TA_NODISCARD ta_status_t ta_wav_use_loop(ta_wav_t *wav);

#ifdef __cplusplus
}
#endif
#endif
