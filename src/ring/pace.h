/// @file pace.h  Private to the ring: how long the feed may fill, and what it tells the load (tonearm/load.h) of that.
#ifndef TA_PACE_H
#define TA_PACE_H

#include "tonearm/output.h"

/// Of an output that keeps no account; never written.
extern const ta_load_t ta_pace_no_load;

/// A program begins: slots last as long as they do now. Ctx: feed. Cost: a division. Own: none. Fails: never.
void ta_pace_begin(ta_output_t *output);

/// Has the feed taken so long that it is worth an account, by the last publication? `since_us` is when it began. Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline bool pace_is_long(const ta_output_t *output, uint32_t since_us)
{
    return (int32_t)(output->ring.glanced_us - since_us) >= (int32_t)output->load->light_us;
}

/// Keep the account. True: it has been enough for now. Ctx: feed. Cost: a division in each span. Own: none. Fails: never.
bool ta_pace_spent(ta_output_t *output, uint32_t since_us);

/// Keep the account of what the task had. Ctx: feed. Cost: constant. Own: none. Fails: never.
bool ta_pace_check(ta_output_t *output, uint32_t since_us);

/// Is an account kept? Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline bool pace_is_kept(const ta_output_t *output)
{
    return output->load->light_us == 0;
}

/// Must the feed fill nothing now, for the task's sake? Ctx: feed. Cost: constant. Own: none. Fails: never.
static inline bool pace_owes(ta_output_t *output, uint32_t since_us)
{
    return pace_is_kept(output) && ta_pace_check(output, since_us);
}

#endif
