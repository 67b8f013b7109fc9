/// @file mixes.h  A mixer's arithmetic twice on one processor: its own parts and the portable ones, compared there.
#ifndef TEST_ARM_MIXES_H
#define TEST_ARM_MIXES_H

#include <stdint.h>

enum { MIX_KERNELS = 8, MIX_GAINS = 16, MIX_CHUNK = 512, MIX_FINISHES = 64 };

/// Every length from 0 to 40 frames at a word boundary and 2 bytes behind one. Returns 0 if all sums are the same, and those around them as they were.
uint32_t mixes_lengths(uint32_t kernel, uint32_t gain);

/// MIX_CHUNK frames; left, or mono, has every 16-bit value from `first` on. Returns as mixes_lengths.
uint32_t mixes_values(uint32_t kernel, uint32_t gain, uint32_t first);

/// Sums to samples: 2 * MIX_CHUNK of them, near every edge and random, in place and not, to either half of a word. Returns as mixes_lengths.
uint32_t mixes_finish(uint32_t turn);

/// Frames and samples compared so far.
uint32_t mixes_compared(void);

#endif
