// The account of what feeds take. In: the timer, when a feed begins to fill and after what it has filled. Out: whether it goes on, and the load's figures.
//
// Debt is what feeds took less TA_PACE_PARTS - 1 times what the task had meanwhile, and never less than nothing. While it is more than TA_PACE_PARTS - 1 slots, nothing is filled: then the task has had
// less than its part, and by a slot less at least. It may be as much because a feed that stops is called again with the next slot only: what the task gets too much is paid, too, and nothing of it is lost.
//
// Invariants: light_us is 0 while accounts are kept, from the first feed that takes long until a span in which all took little and nothing was owed. Of feeds of one core none interrupts
// another, so each finds the account whole.

#include "pace.h"

#include "ring_private.h"

enum {
    DEBT_SLOTS = TA_PACE_PARTS - 1,
    LIGHT_PARTS =
        16, // feeds that take less than one such part of their slot, and five outputs are all that a chip has, take no account
    BLAME_SLOTS = 2, // owed so many, the feed is behind its sources and not behind others
    TOO_MUCH = 1000 * (TA_PACE_PARTS - 1) / TA_PACE_PARTS,
    STALE_FRAMES = 16384,
};

const ta_load_t ta_pace_no_load = {.light_us = 250};

static bool has_account(const ta_output_t *output)
{
    return output->load != &ta_pace_no_load;
}

void ta_output_share_load(ta_output_t *output, ta_load_t *load)
{
    output->load = load ? load : (ta_load_t *)(uintptr_t)&ta_pace_no_load;
}

static uint32_t slot_us(const ta_ring_t *ring)
{
    return 2 * ring->half_slot_us + 1;
}

RARE void ta_pace_begin(ta_output_t *output)
{
    ta_load_t *load = output->load;
    if (!has_account(output))
        return;
    uint32_t slot = slot_us(&output->ring), least = slot / LIGHT_PARTS + 1;
    if (slot > load->slot_us)
        load->slot_us = slot;
    if (load->least_us == 0 || least < load->least_us) {
        bool keeps_accounts = load->least_us != 0 && load->light_us == 0;
        load->least_us = least;
        load->light_us = keeps_accounts ? 0 : least;
    }
}

static uint32_t debt_limit(const ta_load_t *load)
{
    return DEBT_SLOTS * load->slot_us;
}

static void owe(ta_load_t *load, uint32_t took)
{
    uint32_t most = debt_limit(load);
    if (took > most && load->longest_us == 0) { // once, that may have been a stall
        load->longest_us = took;
        load->owed_us = most > load->owed_us ? most : load->owed_us;
        return;
    }
    if (took > most) {
        uint32_t longest = load->longest_us;
        load->longest_us = took;
        took = took < longest ? took : longest;
    }
    load->owed_us = took < UINT32_MAX - load->owed_us ? load->owed_us + took : UINT32_MAX;
}

static void begin_span(ta_output_t *output)
{
    output->span_frame = (uint32_t)output->program_frame;
    output->span_fed_us = output->load->fed_us;
}

// A span that began before the account was closed the last time is of no use.
static void tell(ta_output_t *output, uint32_t took)
{
    ta_load_t *load = output->load;
    uint32_t frames = (uint32_t)output->program_frame - output->span_frame;
    if (frames < TA_LOAD_SPAN_FRAMES)
        return;
    if (frames < STALE_FRAMES) {
        uint64_t permille =
            (uint64_t)(load->fed_us - output->span_fed_us) * output->rate_hz / ((uint64_t)frames * 1000);
        load->permille = permille > UINT32_MAX ? UINT32_MAX : (uint32_t)permille;
        load->spans = load->spans + 1;
        if (permille < 1000 / LIGHT_PARTS && load->owed_us <= took)
            load->light_us = load->least_us;
    }
    begin_span(output);
}

RARE bool ta_pace_spent(ta_output_t *output, uint32_t since_us)
{
    ta_ring_t *ring = &output->ring;
    ta_load_t *load = output->load;
    uint32_t now_us = (uint32_t)ring->hw->now_us(ring->hw_context), slot = slot_us(ring);
    bool long_enough = now_us - since_us > slot;
    if (!has_account(output)) {
        if (long_enough)
            ta_ring_note_overload(ring);
        return long_enough;
    }
    uint32_t took = now_us - (load->light_us ? since_us : load->until_us);
    load->until_us = now_us;
    load->fed_us += took;
    owe(load, took);
    if (load->owed_us > BLAME_SLOTS * slot || load->permille > TOO_MUCH)
        ta_ring_note_overload(ring);
    if (load->light_us) {
        load->light_us = 0;
        begin_span(output);
    } else {
        tell(output, took);
    }
    return long_enough || (load->paces && load->owed_us > debt_limit(load));
}

RARE bool ta_pace_check(ta_output_t *output, uint32_t since_us)
{
    ta_load_t *load = output->load;
    uint64_t paid = (uint64_t)(since_us - load->until_us) * DEBT_SLOTS;
    load->until_us = since_us;
    if (paid < load->owed_us) {
        load->owed_us -= (uint32_t)paid;
    } else {
        load->owed_us = load->longest_us = 0;
    }
    if (!load->paces || load->owed_us <= debt_limit(load))
        return false;
    if (has_room(&output->ring)) {
        load->paced = load->paced + 1;
        ta_ring_note_overload(&output->ring);
    }
    return true;
}
