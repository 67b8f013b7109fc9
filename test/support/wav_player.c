// Plays a whole WAV file out of memory into memory.
//
// In: bytes and a kind of stream. Out: every frame that the source lends, and whether each block kept the contract.
#include "wav_player.h"

#include <string.h>

void wav_player_load(wav_player_t *player, const void *bytes, size_t size, test_stream_kind_t kind)
{
    memset(player, 0, sizeof *player);
    test_stream_init(&player->file, bytes, size, kind);
}

ta_status_t wav_player_open(wav_player_t *player)
{
    ta_need_t need;
    ta_status_t status = ta_wav_open(&player->wav, &player->file.stream);
    if (status == TA_OK) {
        status = ta_wav_need(&player->wav, player->buffer_frames, &need);
    }
    if (status != TA_OK) {
        return status;
    }
    if (need.bytes > sizeof player->buffer) {
        return TA_E_NOMEM;
    }
    size_t words = (need.bytes + 3) / 4; // at the end, so that a checker sees what is written beyond
    return ta_wav_init(&player->wav, player->buffer_frames,
                       player->buffer + sizeof player->buffer / sizeof player->buffer[0] - words);
}

bool wav_player_run(wav_player_t *player)
{
    uint32_t max_frames = player->pull_frames == 0 ? 64 : player->pull_frames;
    unsigned frame_bytes = ta_frame_bytes(&player->wav.source.format);
    const uint8_t *low = player->wav.buffer;
    const uint8_t *high = (const uint8_t *)player->buffer + sizeof player->buffer;
    player->result = TA_PULL_MORE;
    while (player->result == TA_PULL_MORE) {
        ta_block_t block;
        player->result = ta_source_pull(&player->wav.source, max_frames, &block);
        player->pulls++;
        if (block.frames == 0) {
            if (player->result == TA_PULL_MORE) {
                return false;
            }
            continue;
        }
        const uint8_t *data = block.data;
        size_t bytes = (size_t)block.frames * frame_bytes;
        if (block.frames > max_frames || data < low || bytes > (size_t)(high - data) || block.lasting) {
            return false;
        }
        if (bytes > sizeof player->out - player->out_bytes) {
            return true; // a loop: the caller has seen enough
        }
        memcpy(player->out + player->out_bytes, data, bytes);
        player->out_bytes += bytes;
    }
    return true;
}
