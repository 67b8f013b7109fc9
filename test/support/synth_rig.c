// See synth_rig.h.
#include "test/support/synth_rig.h"

#include <stdlib.h>
#include <string.h>

static const int16_t sine[16] = {0, 12539,  23170,  30273,  32767,  30273,  23170,  12539,
                                 0, -12539, -23170, -30273, -32767, -30273, -23170, -12539};
static const int16_t triangle[64] = {
    0,      2000,   4000,   6000,   8000,   10000,  12000,  14000,  16000,  18000,  20000,  22000,  24000,
    26000,  28000,  30000,  32000,  30000,  28000,  26000,  24000,  22000,  20000,  18000,  16000,  14000,
    12000,  10000,  8000,   6000,   4000,   2000,   0,      -2000,  -4000,  -6000,  -8000,  -10000, -12000,
    -14000, -16000, -18000, -20000, -22000, -24000, -26000, -28000, -30000, -32000, -30000, -28000, -26000,
    -24000, -22000, -20000, -18000, -16000, -14000, -12000, -10000, -8000,  -6000,  -4000,  -2000};
const ta_wave_t synth_rig_sine = {sine, 16};
const ta_wave_t synth_rig_triangle = {triangle, 64};

ta_wave_t synth_rig_saw(void)
{
    static int16_t saw[256];
    for (int s = 0; s < 256; s++)
        saw[s] = (int16_t)(s * 257 - 32768);
    return (ta_wave_t){saw, 256};
}

void synth_rig_open(synth_rig_t *rig, const ta_synth_config_t *config)
{
    ta_need_t need = {0};
    TA_HARDEN(ta_synth_need(config, &need) == TA_OK);
    rig->storage = malloc(need.bytes);
    TA_HARDEN(rig->storage != NULL);
    TA_HARDEN(ta_synth_init(&rig->synth, config, rig->storage) == TA_OK);
}

void synth_rig_close(synth_rig_t *rig)
{
    free(rig->storage);
    rig->storage = NULL;
}

uint32_t synth_rig_pull(ta_source_t *source, int16_t *to, uint32_t frames, uint32_t slot)
{
    uint32_t got = 0, channels = source->format.channels;
    while (got < frames) {
        ta_block_t block;
        uint32_t left = frames - got;
        ta_pull_t result = ta_source_pull(source, left < slot ? left : slot, &block);
        if (block.frames > 0)
            memcpy(to + (size_t)got * channels, block.data, (size_t)block.frames * channels * sizeof *to);
        got += block.frames;
        if (result != TA_PULL_MORE)
            break;
    }
    return got;
}

uint64_t synth_rig_hash(uint64_t hash, const int16_t *samples, size_t count)
{
    for (size_t s = 0; s < count; s++) {
        hash = (hash ^ ((uint16_t)samples[s] & 255U)) * 0x100000001b3U;
        hash = (hash ^ ((uint16_t)samples[s] >> 8)) * 0x100000001b3U;
    }
    return hash;
}
