// Two tones and a little noise, computed frame by frame. In: nothing. Out: frames, in the feed.

#include "siren.h"

enum { LEFT_PERIOD = 100, RIGHT_PERIOD = 147, HEIGHT = 8000 };

static int32_t triangle(uint32_t place, uint32_t period)
{
    uint32_t up = 2 * place < period ? 2 * place : 2 * (period - place); // 0..period
    return (int32_t)(up * 2 * HEIGHT / period) - HEIGHT;
}

// -64..63, of the top bits of a multiplicative hash.
static int32_t noise(uint32_t n)
{
    return (int32_t)(n * 2654435761U >> 25) - 64;
}

static ta_pull_t pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    siren_t *siren = (siren_t *)source;
    if (siren->waits)
        return TA_PULL_WAIT;
    uint32_t frames = max_frames < SIREN_BLOCK ? max_frames : SIREN_BLOCK, first = (uint32_t)source->position;
    for (uint32_t n = 0; n < frames; n++) {
        siren->block[n][0] = (int16_t)(triangle(siren->left, LEFT_PERIOD) + noise(2 * (first + n)));
        siren->block[n][1] = (int16_t)(triangle(siren->right, RIGHT_PERIOD) + noise(2 * (first + n) + 1));
        siren->left = siren->left + 1 == LEFT_PERIOD ? 0 : siren->left + 1;
        siren->right = siren->right + 1 == RIGHT_PERIOD ? 0 : siren->right + 1;
    }
    *block = (ta_block_t){.data = siren->block, .frames = frames};
    return TA_PULL_MORE;
}

void siren_init(siren_t *siren, uint32_t rate_hz, uint64_t frames)
{
    static const ta_source_ops_t ops = {.pull = pull};
    const ta_format_t format = {TA_SAMPLE_S16, 2, rate_hz};
    siren->left = siren->right = 0;
    siren->waits = false;
    ta_source_init(&siren->source, &ops, &format, frames);
}

void siren_wait(siren_t *siren, bool waits)
{
    siren->waits = waits;
}
