// The output: commands in, from the task; frames in, from sources; runs out, into the ring.
// One context, the feed, owns everything here but the command queue's head. Invariants: it allocates nothing, blocks nowhere,
// and every frame pulled from a source is heard once and in order, or dropped by a stop or a change of source.
//
//     play/resume            program ends, pause, stop             ring silent
//     IDLE ------> PLAYING ---------------------------> DRAINING ------------> IDLE
//                     |  ^--- resume --- PAUSED <--- pause ---|
//
// compose.c fills slots; this file decides what they are filled with, pace.c for how long; figures.c tells.

#include "tonearm/output.h"

#include "compose.h"
#include "pace.h"
#include "ring_private.h"

#include <string.h>

enum { LOOP_AHEAD_FRAMES = 8 }; // most that a pin's FIFO holds

_Static_assert(TA_COMMANDS >= 2 && (TA_COMMANDS & (TA_COMMANDS - 1)) == 0,
               "the queue's counts wrap: TA_CFG_COMMANDS is a power of two");

// Runs that a pause may hold: those in the ring that do not play, and are not the next (ta_ring_take_back). What it holds already when it
// comes again was held by the first, for nothing is composed before all of that is out.
#define HELD_MOST(config) ((config)->slots - 2U)

static size_t held_offset(const ta_need_t *ring_accounts)
{
    return (ring_accounts->bytes + 7U) & ~(size_t)7;
}

ta_status_t ta_output_need(const ta_ring_config_t *config, ta_need_t needs[2])
{
    ta_status_t status = ta_ring_need(config, needs);
    if (status == TA_OK)
        needs[1].bytes = held_offset(&needs[1]) + HELD_MOST(config) * sizeof(ta_run_t);
    return status;
}

ta_status_t ta_output_init(ta_output_t *output, const ta_ring_config_t *config, const ta_ring_hw_t *hw,
                           void *hw_context, const ta_output_pin_t *pin, void *pin_context, void *const blocks[2])
{
    ta_need_t needs[2];
    ta_status_t status = ta_ring_need(config, needs);
    if (status != TA_OK)
        return status;
    if (!output || !pin || !pin->retune || !pin->attend || !pin->rate_ok)
        return TA_E_ARG;
    memset(output, 0, sizeof *output);
    status = ta_ring_init(&output->ring, config, hw, hw_context, blocks);
    if (status != TA_OK)
        return status;
    output->held = (ta_run_t *)(void *)((uint8_t *)blocks[1] + held_offset(&needs[1]));
    output->pin = pin;
    output->pin_context = pin_context;
    output->run.slot = -1;
    ta_output_share_load(output, NULL);
    output->count.headroom_min_frames = output->shown.count.headroom_min_frames = UINT32_MAX;
    ta_shape_init(&output->shape, config->wire);
    return TA_OK;
}

// ---- task: commands ------------------------------------------------------------------------------------------------------

static ta_status_t post(ta_output_t *output, ta_command_t command)
{
    uint32_t posted = output->commands_posted;
    if (posted - output->commands_done >= TA_COMMANDS)
        return TA_E_BUSY;
    output->command[posted % TA_COMMANDS] = command;
    __atomic_thread_fence(__ATOMIC_RELEASE); // then a plain store, for the word has one writer
    output->commands_posted = posted + 1;
    if (output->pin->kick)
        output->pin->kick(output->pin_context);
    return TA_OK;
}

static ta_status_t check_source(const ta_output_t *output, const ta_source_t *source)
{
    if (!source || !source->ops || !source->ops->pull)
        return TA_E_ARG;
    if (!ta_format_valid(&source->format) || !ta_output_kernel(output, &source->format))
        return TA_E_FORMAT;
    return ta_output_check_rate(output, source);
}

ta_status_t ta_output_play(ta_output_t *output, ta_source_t *source)
{
    ta_status_t status = check_source(output, source);
    return status == TA_OK ? post(output, (ta_command_t){TA_CMD_PLAY, {source}}) : status;
}

// Commands that wait and would put a source into the one place for it.
static bool queueing(const ta_output_t *output)
{
    for (uint32_t c = output->commands_done; c != output->commands_posted; c++) {
        if (output->command[c % TA_COMMANDS].kind == TA_CMD_QUEUE)
            return true;
    }
    return false;
}

ta_status_t ta_output_queue(ta_output_t *output, ta_source_t *source)
{
    ta_status_t status = check_source(output, source);
    if (status != TA_OK)
        return status;
    if (output->next || queueing(output))
        return TA_E_BUSY;
    return post(output, (ta_command_t){TA_CMD_QUEUE, {source}});
}

uint32_t ta_output_hardware_loop_max(const ta_output_t *output)
{
    return (output->ring.config.slots - 1) * output->ring.config.slot_frames; // one slot is for the ramp to it
}

ta_status_t ta_output_loop_in_hardware(ta_output_t *output, ta_source_t *source)
{
    if (!output->pin->loop)
        return TA_E_STATE;
    ta_status_t status = check_source(output, source);
    if (status != TA_OK)
        return status;
    if (output->fixed_rate && source->format.rate_hz != output->rate_hz)
        return TA_E_RATE; // its ends would not fit each other
    if (source->position >= source->frames)
        return TA_E_ARG;
    if (source->frames - source->position > ta_output_hardware_loop_max(output))
        return TA_E_NOMEM; // TA_FRAMES_UNKNOWN is too many as well
    return post(output, (ta_command_t){TA_CMD_LOOP_HARDWARE, {source}});
}

// Is what plays when all that waits is done a loop in hardware?
static bool loop_comes(const ta_output_t *output)
{
    for (uint32_t c = output->commands_posted; c != output->commands_done; c--) {
        ta_command_kind_t kind = output->command[(c - 1) % TA_COMMANDS].kind;
        if (kind == TA_CMD_LOOP_HARDWARE)
            return true;
        if (kind == TA_CMD_PLAY || kind == TA_CMD_QUEUE || kind == TA_CMD_STOP)
            return false;
    }
    return output->pending && output->pending_kind == TA_CMD_LOOP_HARDWARE;
}

ta_status_t ta_output_pause(ta_output_t *output)
{
    bool waiting = ta_output_has_commands(output);
    if ((output->state == TA_OUTPUT_IDLE && !waiting) || output->state == TA_OUTPUT_LOOPING || loop_comes(output))
        return TA_E_STATE;
    return post(output, (ta_command_t){.kind = TA_CMD_PAUSE});
}

ta_status_t ta_output_resume(ta_output_t *output)
{
    return post(output, (ta_command_t){.kind = TA_CMD_RESUME});
}

ta_status_t ta_output_stop(ta_output_t *output)
{
    return post(output, (ta_command_t){.kind = TA_CMD_STOP});
}

ta_status_t ta_output_set_volume(ta_output_t *output, uint32_t gain_q16)
{
    return gain_q16 > TA_GAIN_MAX_Q16 ? TA_E_ARG : post(output, (ta_command_t){.kind = TA_CMD_GAIN, .value = gain_q16});
}

ta_status_t ta_output_clock_changed(ta_output_t *output)
{
    return post(output, (ta_command_t){.kind = TA_CMD_CLOCK_CHANGED});
}

bool ta_output_busy(const ta_output_t *output)
{
    return ta_output_has_commands(output) || output->state != TA_OUTPUT_IDLE;
}

// Lent blocks that are to be published yet: composed, or taken back by a pause.
static bool waits_lent(const ta_output_t *output)
{
    bool lent = output->run.data && output->run.slot < 0;
    for (unsigned h = output->held_next; h < output->held_count; h++)
        lent = lent || output->held[h].slot < 0;
    return lent;
}

bool ta_output_holds(const ta_output_t *output, const ta_source_t *source)
{
    for (uint32_t c = output->commands_done; c != output->commands_posted; c++) {
        const ta_command_t *command = &output->command[c % TA_COMMANDS];
        if (command->kind != TA_CMD_GAIN && command->source == source)
            return true;
    }
    // In the order in which the feed hands it on, be it by an interrupt or on the other core: what has left one place by now is in one that is looked at later.
    ta_source_t *const volatile *const places[] = {&output->next, &output->pending, &output->source};
    for (unsigned p = 0; p < sizeof places / sizeof *places; p++) {
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (*places[p] == source)
            return true;
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (output->resampler && ta_output_way(output)->holds(output->resampler, source))
        return true;
    bool lent = output->lent_entry != 0 && output->ring.read < output->lent_entry + 2;
    return (lent || waits_lent(output)) && output->state != TA_OUTPUT_IDLE;
}

// ---- feed: what commands do ----------------------------------------------------------------------------------------------

static void drop_run(ta_output_t *output, ta_run_t *run)
{
    if (run->slot >= 0)
        ta_ring_drop_slot(&output->ring, run->slot);
    *run = (ta_run_t){.slot = -1};
}

// From now on silence is coming: remember when it will have come.
static void fall_silent(ta_output_t *output, ta_output_state_t state)
{
    output->silent_entry = ta_ring_silent_entry(&output->ring);
    output->state = state;
}

// Takes everything back that is not being heard, in front of what an earlier pause still holds.
static void take_back(ta_output_t *output)
{
    ta_ring_t *ring = &output->ring;
    unsigned left = output->held_count - output->held_next, places = HELD_MOST(&ring->config);
    // All runs together were taken back at once before, so there are places: those left move to the end, the taken come to the front.
    memmove(output->held + places - left, output->held + output->held_next, left * sizeof(ta_run_t));
    unsigned taken = ta_ring_take_back(ring, output->held);
    TA_HARDEN(taken + left <= places);
    memmove(output->held + taken, output->held + places - left, left * sizeof(ta_run_t));
    output->held_next = 0;
    output->held_count = taken + left;
}

// The first program frame that is not in the ring.
static uint64_t next_program_frame(const ta_output_t *output)
{
    if (output->held_next < output->held_count)
        return output->held[output->held_next].first;
    return output->run.frames ? output->run.first : output->program_frame;
}

static void do_pause(ta_output_t *output)
{
    if (output->state != TA_OUTPUT_PLAYING && output->state != TA_OUTPUT_DRAINING)
        return;
    if (output->pending && output->pending_kind != TA_CMD_PLAY)
        return;
    take_back(output);
    if (output->state == TA_OUTPUT_DRAINING && output->held_count == output->held_next && !output->pending)
        return; // the last frames are past recall; but what is pending has not begun yet, and follows when all goes on
    if (output->state == TA_OUTPUT_DRAINING)
        output->program_ended = true; // nothing is left to compose behind what is held
    ta_ring_expect_nothing(&output->ring, false, next_program_frame(output));
    fall_silent(output, TA_OUTPUT_PAUSED);
}

static void drop_program(ta_output_t *output)
{
    while (output->held_next < output->held_count)
        drop_run(output, &output->held[output->held_next++]);
    output->held_next = output->held_count = 0;
    drop_run(output, &output->run);
    output->source = output->next = output->pending = NULL;
    ta_compose_let_go(output);
    output->program_ended = false;
}

static void count_end(ta_output_t *output, uint64_t frame)
{
    if (!output->end_counted && frame >= output->end_frame) {
        output->end_counted = true;
        output->count.drained++;
    }
}

RARE static void do_stop(ta_output_t *output)
{
    if (output->loop.step != TA_LOOP_NONE) {
        if (output->loop.step == TA_LOOP_RUNNING) {
            const ta_ring_hw_t *hw = output->ring.hw;
            uint32_t was = hw->lock(output->ring.hw_context); // the time must be that of the store
            output->loop.until_us = hw->now_us(output->ring.hw_context);
            output->pin->unloop(output->pin_context);
            hw->unlock(output->ring.hw_context, was);
        }
        output->loop.step =
            TA_LOOP_LEAVING; // if it was armed, it need not begin; serve_loop goes on once the ring is parked
        output->next = output->pending = NULL;
        return;
    }
    if (output->state == TA_OUTPUT_IDLE)
        return;
    take_back(output);
    ta_ring_expect_nothing(&output->ring, false, next_program_frame(output));
    drop_program(output);
    output->end_frame = ta_ring_frame(&output->ring);
    count_end(output, output->end_frame);
    fall_silent(output, TA_OUTPUT_DRAINING);
}

static void begin(ta_output_t *output, ta_source_t *source)
{
    ta_compose_use(output, source);
    output->program_ended = false;
    output->end_counted = false;
    ta_pace_begin(output);
    output->state = TA_OUTPUT_PLAYING;
}

RARE static void start(ta_output_t *output, ta_source_t *source, ta_command_kind_t kind)
{
    do_stop(output);
    bool standing = output->loop.step == TA_LOOP_NONE;
    if (kind == TA_CMD_PLAY && standing && ta_output_suits(output, source)) {
        begin(output, source);
        return;
    }
    output->pending = source;
    output->pending_kind = kind;
    if (output->state == TA_OUTPUT_IDLE) {
        output->end_frame = ta_ring_frame(&output->ring);
        output->end_counted = true; // nothing has ended
        fall_silent(output, TA_OUTPUT_DRAINING);
    }
}

// A source behind a program that has just been composed to its end. It goes on where that ends, if there is still time; else it
// waits until the output is silent.
static void follow(ta_output_t *output, ta_source_t *source)
{
    bool goes_on = !output->end_counted; // neither heard to its end nor stopped
    if (goes_on && ta_output_suits(output, source) && ta_ring_reopen(&output->ring, &output->run)) {
        output->run.data = NULL; // there is room in it
        output->run.last = false;
        begin(output, source);
        return;
    }
    ta_compose_nothing(output);
    output->pending = source;
    output->pending_kind = TA_CMD_PLAY;
}

// A loop in hardware has no end behind which a source could follow: one that is queued takes its place.
static void queue(ta_output_t *output, ta_source_t *source)
{
    bool loops = output->pending ? output->pending_kind == TA_CMD_LOOP_HARDWARE : output->state == TA_OUTPUT_LOOPING;
    if (output->state == TA_OUTPUT_IDLE || loops) {
        start(output, source, TA_CMD_PLAY);
    } else if (output->state == TA_OUTPUT_DRAINING && !output->pending) {
        follow(output, source);
    } else {
        output->next = source;
    }
}

static void set_gain(ta_output_t *output, uint32_t gain_q16)
{
    ta_shape_set_gain(&output->shape, gain_q16);
    if (output->state != TA_OUTPUT_IDLE)
        return;
    output->shape.gain_q16 = gain_q16; // there is nothing to approach it in
    output->shape.ramp_frames = 0;
}

static void count_fault(ta_output_t *output, ta_status_t status)
{
    output->count.faults++;
    output->count.fault = status;
}

static void change_clock(ta_output_t *output)
{
    ta_ring_note_clock(&output->ring);
    ta_status_t status = output->pin->retune(output->pin_context, output->rate_hz);
    if (status == TA_OK)
        return;
    count_fault(output, status); // to play on would be the wrong pitch
    output->pending = NULL;
    do_stop(output);
}

RARE static void run_command(ta_output_t *output, const ta_command_t *command)
{
    switch (command->kind) {
    case TA_CMD_PLAY:
    case TA_CMD_LOOP_HARDWARE:
        start(output, command->source, command->kind);
        break;
    case TA_CMD_QUEUE:
        queue(output, command->source);
        break;
    case TA_CMD_PAUSE:
        do_pause(output);
        break;
    case TA_CMD_RESUME:
        if (output->state == TA_OUTPUT_PAUSED)
            output->state = TA_OUTPUT_PLAYING;
        break;
    case TA_CMD_STOP:
        output->pending = NULL;
        do_stop(output);
        break;
    case TA_CMD_GAIN:
        set_gain(output, command->value);
        break;
    case TA_CMD_CLOCK_CHANGED:
        change_clock(output);
        break;
    }
}

RARE static void run_commands(ta_output_t *output)
{
    while (output->commands_done != output->commands_posted) {
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        run_command(output, &output->command[output->commands_done % TA_COMMANDS]);
        __atomic_thread_fence(__ATOMIC_RELEASE);
        output->commands_done = output->commands_done + 1;
    }
}

// ---- feed: publishing ----------------------------------------------------------------------------------------------------

static ta_run_t *next_run(ta_output_t *output)
{
    if (output->held_next < output->held_count)
        return &output->held[output->held_next];
    if (!output->run.data && has_room(&output->ring)) // by the last look; the next slot's interrupt comes
        ta_compose_run(output);
    return output->run.data ? &output->run : NULL;
}

static void run_is_out(ta_output_t *output, ta_run_t *run)
{
    const ta_ring_t *ring = &output->ring;
    if (run->slot < 0) // steady: it was stored in time
        output->lent_entry = ring->steady ? ring->write - 1 : latest_of(ring, ring->write - 1);
    if (run == &output->run) {
        ta_compose_nothing(output);
    } else {
        output->held_next++;
    }
}

// The ring was silent, or something came between: the run needs a ramp before it. Each round but the first follows a stall inside the one
// before. A feed that is stalled for ever must yet end. False: no room now.
RARE static bool publish_with_ramp(ta_output_t *output, const ta_run_t *run)
{
    for (uint32_t round = 0; round < 2 * output->ring.entries; round++) {
        int32_t first[2];
        ta_wire_frame(&output->ring.config, run->data, 0, first);
        if (ta_ring_publish_ramp(&output->ring, first) == TA_RING_FULL)
            return false;
        ta_publish_t result = ta_ring_publish(&output->ring, run);
        if (result == TA_PUBLISHED || result == TA_RING_FULL)
            return result == TA_PUBLISHED;
    }
    return false;
}

static bool publish(ta_output_t *output, ta_run_t *run)
{
    ta_publish_t result = ta_ring_publish(&output->ring, run);
    if (result == TA_RING_FULL)
        return false;
    if (result != TA_PUBLISHED && !publish_with_ramp(output, run))
        return false;
    run_is_out(output, run);
    return true;
}

static bool all_out(const ta_output_t *output)
{
    return output->program_ended && !output->run.data && output->run.slot < 0 &&
           output->held_next == output->held_count;
}

RARE static void finish_program(ta_output_t *output)
{
    uint64_t end;
    if (ta_ring_program_end(&output->ring, &end))
        output->end_frame = end;
    ta_ring_expect_nothing(&output->ring, true, 0);
    output->source = NULL;
    ta_compose_let_go(output);
    output->program_ended = false;
    fall_silent(output, TA_OUTPUT_DRAINING);
    if (output->next && !output->pending) { // of another rate, or queued when the last run was composed already
        follow(output, output->next);
        output->next = NULL;
    }
}

// All that there is room and time for; what was done since the feed began is accounted for first.
RARE static void fill_on(ta_output_t *output, uint32_t since_us)
{
    ta_run_t *run;
    if (pace_owes(output, since_us) || (pace_is_long(output, since_us) && ta_pace_spent(output, since_us)))
        return;
    do {
        while ((run = next_run(output)) != NULL && publish(output, run)) {
            if (pace_is_long(output, since_us) && ta_pace_spent(output, since_us))
                return;
        }
        if (!all_out(output))
            break;
        finish_program(output);
    } while (output->state == TA_OUTPUT_PLAYING); // the one that waited goes on
    if (pace_is_long(output, since_us))
        (void)ta_pace_spent(output, since_us);
}

// Nearly always one slot came free, and is filled in no time.
static void fill(ta_output_t *output)
{
    const uint32_t since_us = (uint32_t)output->ring.seen_us;
    if (!pace_is_kept(output)) {
        ta_run_t *run = next_run(output);
        bool more = run && publish(output, run) && has_room(&output->ring);
        if (!more && !pace_is_long(output, since_us) && !all_out(output))
            return;
    }
    fill_on(output, since_us);
}

// ---- feed: falling silent, and what waits for that -----------------------------------------------------------------------

// What was pending does not begin. The one that waits behind it, if any, is next.
static void give_up_pending(ta_output_t *output)
{
    output->pending = output->next;
    output->pending_kind = TA_CMD_PLAY;
    output->next = NULL;
    output->state = output->pending ? TA_OUTPUT_DRAINING : TA_OUTPUT_IDLE;
}

// A stall came between: once more, when all is silent again.
static void loop_again(ta_output_t *output, ta_source_t *source, uint32_t frames)
{
    ta_status_t status = ta_source_seek(source, source->frames - frames);
    if (status == TA_OK) {
        output->pending = source;
    } else {
        count_fault(output, status);
    }
}

static void arm_loop(ta_output_t *output, ta_source_t *source)
{
    ta_ring_t *ring = &output->ring;
    uint32_t frames = ta_compose_loop(output, source);
    int32_t first[2];
    ta_wire_frame(&ring->config, ring->slot_memory, 0, first);
    if (frames == 0) {
        give_up_pending(output); // it faulted, as ta_compose_loop has said, or was pulled to its end meanwhile
        return;
    }
    output->loop.frames = frames;
    output->loop.since_us = 0;
    output->loop.step = TA_LOOP_ARMED;
    output->loop.risen = ta_ring_publish_ramp(ring, first) == TA_PUBLISHED;
    output->loop.stop_entry = ta_ring_publish_stop(ring, output->loop.risen);
    output->loop.risen = output->loop.risen && output->loop.stop_entry == ring->write;
    output->state = TA_OUTPUT_LOOPING;
    if (output->loop.risen)
        return;
    output->loop.step = TA_LOOP_LEAVING; // the loop would begin behind silence, with a step
    loop_again(output, source, frames);
}

static void start_pending(ta_output_t *output)
{
    ta_source_t *source = output->pending;
    if (!ta_output_suits(output, source)) {
        ta_status_t status = output->pin->retune(output->pin_context, source->format.rate_hz);
        if (status != TA_OK) {
            count_fault(output, status);
            give_up_pending(output);
            return;
        }
        output->rate_hz = source->format.rate_hz;
    }
    ta_compose_use(output, source); // before it is no longer pending: there is no moment at which it is not held
    __atomic_thread_fence(__ATOMIC_RELEASE);
    output->pending = NULL;
    if (output->pending_kind == TA_CMD_LOOP_HARDWARE) {
        arm_loop(output, source);
    } else {
        begin(output, source);
    }
}

RARE static void drain(ta_output_t *output)
{
    count_end(output, ta_ring_frame(&output->ring));
    if (output->ring.read < output->silent_entry)
        return;
    if (output->pending) {
        start_pending(output);
    } else {
        output->state = TA_OUTPUT_IDLE;
    }
}

static uint64_t frames_in(const ta_ring_t *ring, uint64_t us)
{
    uint64_t slot = ring->clock.slot_num;
    uint64_t rest = us % slot * ring->clock.slot_den; // in slots, times slot
    uint64_t slots = us / slot * ring->clock.slot_den + rest / slot;
    return slots * ring->config.slot_frames + rest % slot * ring->config.slot_frames / slot;
}

// Passes of the loop that fit into the time it ran, as frames: the hardware counts none of them. It stands behind the pass in
// which it was told to, and nobody may have noticed for long; DMA is ahead of the pins by what a FIFO holds.
static uint64_t loop_frames_passed(const ta_output_t *output)
{
    const ta_ring_t *ring = &output->ring;
    uint32_t pass = output->loop.frames;
    uint64_t until_now = frames_in(ring, ring->hw->now_us(ring->hw_context) - output->loop.since_us);
    uint64_t until_told = frames_in(ring, output->loop.until_us - output->loop.since_us) + LOOP_AHEAD_FRAMES;
    uint64_t passes = (until_now + pass / 2) / pass, most = until_told / pass + 1;
    return (passes < most ? passes : most) * pass;
}

RARE static void serve_loop(ta_output_t *output)
{
    static const int32_t silence[2] = {0, 0};
    if (output->loop.step == TA_LOOP_RUNNING || !output->pin->parked(output->pin_context))
        return;
    if (output->loop.step == TA_LOOP_ARMED) {
        output->loop.step = TA_LOOP_RUNNING;
        const ta_ring_hw_t *hw = output->ring.hw;
        (void)ta_ring_now(&output->ring);                 // where it stands; while the loop runs nobody can tell
        uint32_t was = hw->lock(output->ring.hw_context); // the time must be that of the start
        output->loop.since_us = hw->now_us(output->ring.hw_context);
        output->pin->loop(output->pin_context, output->ring.slot_memory, output->loop.frames);
        hw->unlock(output->ring.hw_context, was);
        return;
    }
    bool ran = output->loop.since_us != 0;
    int32_t from[2]; // what was heard last: the loop's last frame, or the rise to its first
    ta_wire_frame(&output->ring.config, output->ring.slot_memory, ran ? output->loop.frames - 1 : 0, from);
    ta_ring_continue(&output->ring, output->loop.stop_entry, output->loop.risen ? from : silence,
                     ran ? loop_frames_passed(output) : 0);
    output->pin->restart(output->pin_context);
    output->loop.step = TA_LOOP_NONE;
    output->end_frame = ta_ring_frame(&output->ring);
    output->end_counted = !ran;
    fall_silent(output, TA_OUTPUT_DRAINING);
}

// A loop without a processor: the table's pointer stands still meanwhile, and time alone tells how many frames have left.
static inline bool loop_runs(const ta_output_t *output)
{
    return output->loop.step != TA_LOOP_NONE && output->loop.since_us != 0;
}

RARE static uint64_t loop_frame(const ta_output_t *output)
{
    const ta_ring_t *ring = &output->ring;
    uint64_t loop_us = ring->hw->now_us(ring->hw_context) - output->loop.since_us;
    // The stop mark's entry took a number but no time.
    return ring->frame_base + (ring->read - 1) * ring->config.slot_frames + frames_in(ring, loop_us);
}

// Of a program that has ended: frames that are not heard yet.
RARE static uint32_t frames_to_end(const ta_output_t *output)
{
    uint64_t frame = ta_ring_frame(&output->ring);
    return output->end_frame > frame ? (uint32_t)(output->end_frame - frame) : 0;
}

// Nothing expected plays, so the position is looked for.
RARE static void show_gap(const ta_output_t *output, ta_output_shown_t *shown)
{
    if (output->state == TA_OUTPUT_DRAINING && shown->headroom_frames == 0)
        shown->headroom_frames = frames_to_end(output);
    if (!ta_ring_program_frame(&output->ring, &shown->position_frame))
        shown->position_frame = next_program_frame(output);
}

// Where the ring is, at the moment of the last look.
OUT_OF_LINE static void show_ring(const ta_ring_t *ring, ta_output_shown_t *shown, const ta_output_t *output)
{
    uint32_t headroom = headroom_frames(ring), passed = ring->config.slot_frames - ring->remaining;
    const ta_run_t *playing = run_at(ring, ring->seen - 1);
    shown->read = ring->seen;
    shown->frame_base = ring->frame_base;
    shown->remaining = ring->remaining;
    shown->at_us = (uint32_t)ring->seen_us;
    shown->headroom_frames = headroom;
    if (headroom && passed < playing->frames) {
        shown->position_frame = playing->first + passed;
    } else {
        show_gap(output, shown);
    }
    COPY_WORDS(&shown->ring, &ring->stats);
}

RARE static void show_loop(ta_output_shown_t *shown, uint64_t frame)
{
    shown->frame_base = frame;
    shown->read = 0;
    shown->remaining = shown->headroom_frames = 0;
}

// What a task may see. Between the two counts nothing is called that may take long.
static void show(ta_output_t *output)
{
    ta_output_shown_t *shown = &output->shown;
    bool looping = loop_runs(output);
    uint64_t frame = looping ? loop_frame(output) : 0;
    output->stats_sequence = output->stats_sequence + 1;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    if (looping) {
        show_loop(shown, frame);
    } else {
        show_ring(&output->ring, shown, output);
    }
    output->count.state = output->state;
    COPY_WORDS(&shown->count, &output->count);
    shown->rate_hz = output->rate_hz;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    output->stats_sequence = output->stats_sequence + 1;
}

// Slot interrupts are wanted while something plays or falls silent.
static void attend(ta_output_t *output)
{
    bool wanted = output->state == TA_OUTPUT_PAUSED
                      ? output->ring.read < output->silent_entry
                      : output->state != TA_OUTPUT_IDLE && output->loop.step != TA_LOOP_RUNNING;
    if (wanted && output->attended)
        return;
    output->attended = wanted;
    output->pin->attend(output->pin_context, wanted);
}

static void note_headroom(ta_output_t *output)
{
    if (output->state != TA_OUTPUT_PLAYING || !output->ring.open)
        return;
    uint32_t headroom = headroom_frames(&output->ring);
    if (headroom < output->count.headroom_min_frames)
        output->count.headroom_min_frames = headroom;
}

void ta_output_feed(ta_output_t *output)
{
    output->count.feeds++;
    if (!loop_runs(output))
        (void)ta_ring_now(&output->ring);
    note_headroom(output);
    if (ta_output_has_commands(output))
        run_commands(output);
    if (output->loop.step != TA_LOOP_NONE)
        serve_loop(output);
    if (output->state == TA_OUTPUT_DRAINING)
        drain(output);
    if (output->state == TA_OUTPUT_PLAYING)
        fill(output);
    show(output);
    attend(output);
}
