/// @file compose.h  Private to the ring: slots filled from sources.
#ifndef TA_RING_COMPOSE_H
#define TA_RING_COMPOSE_H

#include "tonearm/output.h"

/// The kernel for a source's format on the output's wire; for TA_WIRE_PWM, which has none, that of the wire before the levels.
/// Ctx: any. Cost: constant. Own: a constant. Fails: NULL for a format that cannot be played.
ta_kernel_t *ta_output_kernel(const ta_output_t *output, const ta_format_t *format);

/// Pull from `source` from now on. Ctx: feed. Cost: constant. Own: source is borrowed. Fails: never.
void ta_compose_use(ta_output_t *output, ta_source_t *source);

/// Fill output->run as far as the source gives frames; a full one, or the program's last, has data. Sets
/// output->program_ended when no frame is left.
/// Ctx: feed. Cost: O(frames). Own: none. Fails: never; output->run.data stays NULL when there is nothing.
void ta_compose_run(ta_output_t *output);

/// output->run is published, and another one begins. Ctx: feed. Cost: constant. Own: none. Fails: never.
void ta_compose_nothing(ta_output_t *output);

/// Convert all of `source` to the front of the slot memory, for a loop in hardware. The ring must be silent. Returns the frames.
/// Ctx: feed. Cost: O(frames). Own: slots are free again for the ring when the loop has ended. Fails: 0.
uint32_t ta_compose_loop(ta_output_t *output, ta_source_t *source);

#endif
