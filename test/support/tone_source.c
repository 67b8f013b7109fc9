// Noise by number: see tone_source.h.
#include "tone_source.h"

#include <string.h>

enum { BLOCK_MOST = 256 };

static uint32_t mixed(uint64_t number)
{
    number = (number ^ (number >> 33)) * 0xff51afd7ed558ccdULL;
    number = (number ^ (number >> 29)) * 0xc4ceb9fe1a85ec53ULL;
    return (uint32_t)(number >> 32);
}

int32_t tone_source_sample(const ta_format_t *format, uint64_t frame, unsigned channel)
{
    uint32_t value = mixed(frame * 2 + channel + 1);
    return (int32_t)(value &
                     ~0U << (32 - 8 * (format->sample == TA_SAMPLE_S24IN32 ? 3 : ta_sample_bytes(format->sample))));
}

static void put(const ta_format_t *format, uint8_t *to, int32_t sample)
{
    uint32_t value = (uint32_t)sample;
    if (format->sample == TA_SAMPLE_U8 || format->sample == TA_SAMPLE_U16)
        value ^= 0x80000000U;
    unsigned bytes = ta_sample_bytes(format->sample);
    value >>= format->sample == TA_SAMPLE_S24IN32 ? 8 : 32 - 8 * bytes;
    for (unsigned b = 0; b < bytes; b++)
        to[b] = (uint8_t)(value >> (8 * b));
}

static ta_pull_t pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    tone_source_t *tone = (tone_source_t *)source;
    tone->pulls++;
    if (tone->wait_every && tone->pulls % tone->wait_every == 0)
        return TA_PULL_WAIT;
    uint32_t frames = max_frames < tone->block_frames ? max_frames : tone->block_frames;
    if (source->position >= tone->fault_at) {
        source->fault = TA_E_FORMAT; // not what a missing reason becomes
        return TA_PULL_FAULT;
    }
    if (tone->fault_at - source->position < frames)
        frames = (uint32_t)(tone->fault_at - source->position);
    uint8_t *to = tone->block;
    for (uint32_t f = 0; f < frames; f++) {
        for (unsigned c = 0; c < source->format.channels; c++, to += ta_sample_bytes(source->format.sample))
            put(&source->format, to, tone_source_sample(&source->format, source->position + f, c));
    }
    block->data = tone->block;
    block->frames = frames;
    return TA_PULL_MORE;
}

static ta_status_t seek(ta_source_t *source, uint64_t frame)
{
    (void)frame;
    return ((tone_source_t *)source)->cannot_seek ? TA_E_STATE : TA_OK;
}

void tone_source_init(tone_source_t *tone, const ta_format_t *format, uint64_t frames)
{
    static const ta_source_ops_t ops = {pull, seek};
    memset(tone, 0, sizeof *tone);
    ta_source_init(&tone->source, &ops, format, frames);
    tone->block_frames = BLOCK_MOST;
    tone->fault_at = UINT64_MAX;
}
