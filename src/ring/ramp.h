/// @file ramp.h  Private to the ring: ramps between silence and a frame, in wire format.
#ifndef TA_RING_RAMP_H
#define TA_RING_RAMP_H

#include "tonearm/ring.h"

/// Write TA_RAMP_FRAMES frames that rise from silence towards `to` (not itself written).
/// Ctx: feed. Cost: TA_RAMP_FRAMES frames. Own: none. Fails: never.
void ta_ramp_rise(const ta_ring_config_t *form, void *out, const int32_t to[2]);

/// Write `frames` frames of silence.
/// Ctx: task or feed. Cost: O(frames). Own: none. Fails: never.
void ta_ramp_silence(const ta_ring_config_t *form, void *out, size_t frames);

/// Largest step of either ramp on this wire, in 1/65536 of full scale (2^31), rounded up.
/// Ctx: any. Cost: constant. Own: none. Fails: never.
uint32_t ta_ramp_step(const ta_ring_config_t *form, const int32_t frame[2]);

#endif
