/// @file ramp.h  Private to the ring: ramps between silence and a frame, in wire format.
#ifndef TA_RING_RAMP_H
#define TA_RING_RAMP_H

#include "tonearm/ring.h"

/// Write TA_RAMP_FRAMES frames that rise from zero towards `to` (not itself written).
/// Ctx: feed. Cost: TA_RAMP_FRAMES frames. Own: none. Fails: never.
void ta_ramp_rise(void *out, ta_wire_t wire, const int32_t to[2]);

/// Largest step of either ramp on this wire, in 1/65536 of full scale (2^31), rounded up.
/// Ctx: any. Cost: constant. Own: none. Fails: never.
uint32_t ta_ramp_step(ta_wire_t wire, const int32_t frame[2]);

#endif
