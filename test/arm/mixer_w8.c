// A mixer whose sources lie at any address, on a processor that faults where a word is read off its boundary (W8): what it gives must be the same for all of them.
#include "tonearm/mixer.h"
#include "tonearm/raw.h"

#include <string.h>

enum { FRAMES = 77, BUFFER = 100, STORAGE_BYTES = 4096 };

uint32_t mixer_w8(uint32_t sample, uint32_t channels, uint32_t to, uint32_t to_channels);

static uint8_t bytes[FRAMES * 8 + 8] __attribute__((aligned(8)));
static uint8_t storage[STORAGE_BYTES] __attribute__((aligned(8)));
static uint8_t first[BUFFER * 4];
static ta_mixer_t mixer;
static ta_raw_t raw;

static const void *played(ta_sample_t sample, uint32_t channels, ta_sample_t to, uint32_t to_channels, uint32_t offset)
{
    const ta_format_t format = {sample, (uint8_t)channels, 44100};
    for (uint32_t i = 0; i < FRAMES * ta_frame_bytes(&format); i++) {
        bytes[offset + i] = (uint8_t)(i * 37 + i / 5);
    }
    const ta_mixer_config_t config = {{to, (uint8_t)to_channels, 44100}, 2, 0, BUFFER, NULL, 0};
    ta_need_t need;
    ta_block_t block;
    if (ta_mixer_need(&config, &need) != TA_OK || need.bytes > sizeof storage ||
        ta_mixer_init(&mixer, &config, storage) != TA_OK ||
        ta_raw_init(&raw, &format, bytes + offset, FRAMES) != TA_OK || ta_mixer_play(&mixer, 1, &raw.source) != TA_OK) {
        return NULL;
    }
    ta_param_set(ta_mixer_level(&mixer, 1), (ta_real_t)0.7);
    ta_param_set(ta_mixer_panning(&mixer, 1), (ta_real_t)0.2);
    return ta_source_pull(&mixer.source, BUFFER, &block) == TA_PULL_MORE && block.frames == BUFFER ? block.data : NULL;
}

// Returns 0, or the offset at which it gives something else, and 1.
uint32_t mixer_w8(uint32_t sample, uint32_t channels, uint32_t to, uint32_t to_channels)
{
    const ta_format_t out = {(ta_sample_t)to, (uint8_t)to_channels, 44100};
    for (uint32_t offset = 0; offset < 4; offset++) {
        const void *block = played((ta_sample_t)sample, channels, out.sample, to_channels, offset);
        if (!block) {
            return 99;
        }
        if (offset == 0) {
            memcpy(first, block, BUFFER * ta_frame_bytes(&out));
        } else if (memcmp(first, block, BUFFER * ta_frame_bytes(&out)) != 0) {
            return 1 + offset;
        }
    }
    return 0;
}
