/// @file facts.h  What an output takes, and what it has done, as lines of text.
#ifndef FIRMWARE_FACTS_H
#define FIRMWARE_FACTS_H

#include "either.h"

/// What an output of this shape takes and gives. Ctx: task. Cost: as ta_i2s_plan, ta_pwm_plan and say. Own: none.
/// Fails: as they do; error (TA_SENTENCE_MAX bytes) has the sentence, and nothing is said.
TA_NODISCARD ta_status_t facts_say_plan(const either_config_t *config, char *error);

/// State, frames, headroom, holes, faults. Ctx: task. Cost: as say. Own: none. Fails: never.
void facts_say_output(const ta_output_t *output);

/// The rate in force, and what the output holds of the chip by its own record.
/// Ctx: task. Cost: as either_rate and say. Own: none. Fails: never.
void facts_say_holding(const either_t *either, const either_config_t *config);

/// What an arena has given out. Ctx: task. Cost: as say. Own: none. Fails: never.
void facts_say_arena(const ta_arena_t *arena);

/// "interrupt", "caller" or "core1". Ctx: any. Cost: constant. Own: a constant. Fails: never.
const char *facts_feed_name(ta_feed_t feed);

#endif
