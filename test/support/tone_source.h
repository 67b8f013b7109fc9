/// @file tone_source.h  A source whose every frame is known from its number, of any length and format, that lends, waits and faults as it is told.
#ifndef TA_TEST_TONE_SOURCE_H
#define TA_TEST_TONE_SOURCE_H

#include "tonearm/source.h"

typedef struct {
    ta_source_t source;
    uint32_t block_frames; ///< lent at once, at most
    uint32_t wait_every;   ///< of as many pulls one comes to TA_PULL_WAIT; 0: none
    uint64_t fault_at;     ///< the frame that cannot be read; UINT64_MAX: none
    bool cannot_seek;
    uint32_t pulls;
    uint8_t block[8 * 256]; ///< any alignment will do for a source
} tone_source_t;

/// Frames of noise that is the same for each number.
void tone_source_init(tone_source_t *tone, const ta_format_t *format, uint64_t frames);

/// Sample of a frame, as 32 bits; u8 and u16 before their middle is moved.
int32_t tone_source_sample(const ta_format_t *format, uint64_t frame, unsigned channel);

#endif
