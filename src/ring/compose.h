/// @file compose.h  Private to the ring: slots filled from sources.
#ifndef TA_RING_COMPOSE_H
#define TA_RING_COMPOSE_H

#include "tonearm/output.h"

/// The kernel for a source's format on the output's wire; for TA_WIRE_PWM, which has none, that of the wire before the levels.
/// Ctx: any. Cost: constant. Own: a constant. Fails: NULL for a format that cannot be played.
ta_kernel_t *ta_output_kernel(const ta_output_t *output, const ta_format_t *format);

/// An output's resampler: how, and where what it consumes lies. Its memory is behind it.
struct ta_output_resampler {
    const ta_output_resampling_t *way;
    ta_resampler_t resampler;
};

/// Of an output that has one. Ctx: any. Cost: constant. Own: a constant. Fails: never.
static inline const ta_output_resampling_t *ta_output_way(const ta_output_t *output)
{
    return output->resampler->way;
}

/// Can the output play a source of this rate: reach it, have it already, or resample it?
/// Ctx: task. Cost: constant. Own: none. Fails: TA_E_RATE.
TA_NODISCARD ta_status_t ta_output_check_rate(const ta_output_t *output, const ta_source_t *source);

/// Of what the resampler consumes, or has consumed to a fault. Ctx: feed. Cost: constant. Own: none. Fails: never.
void ta_compose_let_go(ta_output_t *output);

/// Can this source, which the output has accepted, be played at the rate in force? Ctx: feed. Cost: constant. Own: none. Fails: never.
bool ta_output_suits(const ta_output_t *output, const ta_source_t *source);

/// Pull from `source` from now on, through the resampler if its rate is another. Ctx: feed. Cost: constant. Own: source is borrowed. Fails: never.
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
