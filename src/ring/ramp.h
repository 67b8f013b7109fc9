/// @file ramp.h  Private to the ring: ramps between silence and a frame, in wire format.
#ifndef TA_RING_RAMP_H
#define TA_RING_RAMP_H

#include "tonearm/ring.h"

#include "../convert/tuned.h"

/// Write TA_RAMP_FRAMES frames that rise from silence towards `to` (not itself written).
/// Ctx: feed. Cost: TA_RAMP_FRAMES frames. Own: none. Fails: never.
void ta_ramp_rise(const ta_ring_config_t *form, void *out, const int32_t to[2]);

/// Write TA_RAMP_FRAMES frames that fall to silence from a frame as it lies in a slot, less the first `done` of that fall. Returns how
/// loud that frame is, as ta_ramp_loudness.
/// Ctx: feed. Cost: TA_RAMP_FRAMES frames. Own: none. Fails: never.
uint32_t ta_ramp_tail(const ta_ring_config_t *form, void *out, const void *from, uint32_t done);

/// Write `frames` frames of silence.
/// Ctx: task or feed. Cost: O(frames). Own: none. Fails: never.
void ta_ramp_silence(const ta_ring_config_t *form, void *out, size_t frames);

/// The larger of a frame's two samples, without sign; s32.
/// Ctx: any. Cost: constant. Own: none. Fails: never.
uint32_t ta_ramp_loudness(const int32_t frame[2]);

/// Largest step of either ramp on this wire, from or to a frame so loud, in 1/65536 of full scale (2^31), rounded up.
/// Ctx: any. Cost: constant. Own: none. Fails: never.
uint32_t ta_ramp_step(const ta_ring_config_t *form, uint32_t loudness);

// ---- frames in one word: see ramp.c --------------------------------------------------------------------------------------

/// What a line of frames in words loses with each frame.
typedef struct {
    uint32_t whole, parts;
} ta_ramp_step_t;

enum { TA_RAMP_PARTS = 0x003f003f }; ///< where 64ths of `parts` are, shifted down by 6

/// Write TA_RAMP_FRAMES - 1 words: whole + (parts >> 6 & TA_RAMP_PARTS), both less their step each time.
/// Ctx: feed. Cost: TA_RAMP_FRAMES frames. Own: none. Fails: never.
void ta_ramp_descend(uint32_t *out, uint32_t whole, uint32_t parts, const ta_ramp_step_t *step);
/// The same, as the Cortex-M0+ likes it.
/// Ctx: feed. Cost: TA_RAMP_FRAMES frames. Own: none. Fails: never.
void ta_ramp_descend_m0plus(uint32_t *out, uint32_t whole, uint32_t parts, const ta_ramp_step_t *step);

// As BEST in tuned.h.
#if TA_TUNED_M0PLUS
#define BEST_RAMP(name) ta_ramp_##name##_m0plus
#else
#define BEST_RAMP(name) ta_ramp_##name
#endif

#endif
