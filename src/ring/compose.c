// Slots from sources. In: blocks that sources lend. Out: runs of F wire frames, in output->run.
// Invariants: a frame that was pulled is in exactly one run; a run is full unless it is the program's last; blocks that are
// already in wire format, last, and lie in DMA memory are not copied at all.

#include "compose.h"

#include "ramp.h"
#include "ring_private.h"

#include <string.h>

ta_kernel_t *ta_output_kernel(const ta_output_t *output, const ta_format_t *format)
{
    ta_wire_t wire = output->ring.config.wire;
    return ta_convert_kernel(format->sample, format->channels, wire == TA_WIRE_PWM ? TA_WIRE_S16 : wire);
}

static bool is_wire_format(const ta_output_t *output, const ta_format_t *format)
{
    ta_wire_t wire = output->ring.config.wire;
    return format->channels == 2 && ((format->sample == TA_SAMPLE_S16 && wire == TA_WIRE_S16) ||
                                     (format->sample == TA_SAMPLE_S32 && wire == TA_WIRE_S32));
}

ta_status_t ta_output_check_rate(const ta_output_t *output, const ta_source_t *source)
{
    if (!output->fixed_rate)
        return output->pin->rate_ok(output->pin_context, source->format.rate_hz) ? TA_OK : TA_E_RATE;
    if (source->format.rate_hz == output->rate_hz)
        return TA_OK;
    return output->resampler ? ta_output_way(output)->serves(output->resampler, source) : TA_E_RATE;
}

void ta_compose_let_go(ta_output_t *output)
{
    if (output->resampler)
        (void)ta_output_way(output)->begin(output->resampler, NULL, NULL);
}

bool ta_output_suits(const ta_output_t *output, const ta_source_t *source)
{
    return source->format.rate_hz == output->rate_hz || output->resampler;
}

void ta_compose_use(ta_output_t *output, ta_source_t *source)
{
    if (output->resampler) { // what it consumed is let go in any case
        bool direct = source->format.rate_hz == output->rate_hz;
        ta_source_t *from = ta_output_way(output)->begin(output->resampler, direct ? NULL : source, &output->next);
        source = direct ? source : from;
    }
    output->source = source;
    output->kernel = ta_output_kernel(output, &source->format);
    output->lends = output->pin->may_lend && is_wire_format(output, &source->format);
    TA_HARDEN(output->kernel != NULL);
}

static size_t wire_bytes(const ta_output_t *output, uint32_t frames)
{
    return (size_t)frames * ta_wire_frame_bytes(output->ring.config.wire);
}

static void convert(ta_output_t *output, const ta_source_t *source, const ta_block_t *block, uint8_t *to)
{
    const ta_format_t *format = &source->format;
    if (ta_shape_is_identity(&output->shape, format->sample)) {
        output->kernel(block->data, to, block->frames);
    } else {
        ta_shape_run(&output->shape, format->sample, format->channels, block->data, to, block->frames);
    }
}

// Whether the memory may be lent is asked until the answer is no: a source's blocks lie all in the same kind.
static bool can_lend(ta_output_t *output, const ta_block_t *block)
{
    if (!block->lasting || block->frames != output->ring.config.slot_frames || ((uintptr_t)block->data & 3) != 0 ||
        !ta_shape_is_identity(&output->shape, output->source->format.sample))
        return false;
    output->lends = output->pin->may_lend(output->pin_context, block->data, output->ring.slot_bytes);
    return output->lends;
}

// The source has given its last frame. True if another one goes on right behind it.
RARE static bool next_source(ta_output_t *output)
{
    ta_source_t *next = output->next;
    if (output->source->fault != TA_OK) {
        output->count.faults++;
        output->count.fault = output->source->fault;
    }
    if (!next || !ta_output_suits(output, next)) {
        output->program_ended = true;
        return false;
    }
    ta_compose_use(output, next); // in this order: it is held at every moment
    __atomic_thread_fence(__ATOMIC_RELEASE);
    output->next = NULL;
    return true;
}

// What is behind the program's last frame in its slot: a fall, as far as it fits (the tail goes on from there), then silence.
RARE static void finish_slot(ta_output_t *output, ta_run_t *run)
{
    uint8_t *memory = ta_ring_slot_memory(&output->ring, run->slot);
    uint32_t left = output->ring.config.slot_frames - run->frames;
    uint64_t fall[TA_RAMP_FRAMES]; // room for the widest wire frame
    int32_t last[2];
    ta_wire_frame(&output->ring.config, memory, run->frames - 1U, last);
    ta_ramp_fall(&output->ring.config, fall, last, 0);
    uint32_t ramp = left < TA_RAMP_FRAMES ? left : TA_RAMP_FRAMES;
    uint8_t *to = memory + wire_bytes(output, run->frames);
    memcpy(to, fall, wire_bytes(output, ramp));
    ta_ramp_silence(&output->ring.config, to + wire_bytes(output, ramp), left - ramp);
    run->last = true;
    run->data = memory;
}

void ta_compose_nothing(ta_output_t *output)
{
    output->run.data = NULL;
    output->run.frames = 0;
    output->run.slot = -1;
    output->run.last = false;
}

// Puts a block into the run; a full one is ready.
static void take_block(ta_output_t *output, const ta_block_t *block)
{
    ta_run_t *run = &output->run;
    uint32_t frames = block->frames, before = run->frames;
    output->count.source_frames += frames;
    if (before == 0)
        run->first = output->program_frame;
    output->program_frame += frames;
    if (before == 0 && output->lends && can_lend(output, block)) {
        ta_ring_drop_slot(&output->ring, run->slot);
        run->slot = -1;
        run->data = block->data;
    } else {
        uint8_t *memory = slot_memory(&output->ring, run->slot);
        convert(output, output->source, block, memory + before * output->ring.frame_bytes);
        if (before + frames == output->ring.config.slot_frames)
            run->data = memory;
    }
    run->frames = (uint16_t)(before + frames);
}

RARE static void end_slot(ta_output_t *output)
{
    if (output->run.frames) {
        finish_slot(output, &output->run);
    } else {
        ta_ring_drop_slot(&output->ring, output->run.slot);
        ta_compose_nothing(output);
    }
}

void ta_compose_run(ta_output_t *output)
{
    if (output->program_ended || !output->source)
        return;
    if (output->run.slot < 0) {
        int slot = ta_ring_take_slot(&output->ring);
        if (slot < 0)
            return;
        output->run.slot = (int8_t)slot;
    }
    for (;;) {
        ta_block_t block;
        ta_pull_t pull = ta_source_pull(output->source, output->ring.config.slot_frames - output->run.frames, &block);
        if (pull != TA_PULL_FAULT && block.frames)
            take_block(output, &block);
        bool over = (pull == TA_PULL_END || pull == TA_PULL_FAULT) && !next_source(output);
        if (output->run.data)
            return;
        if (over) {
            end_slot(output);
            return;
        }
        if (pull == TA_PULL_WAIT || block.work >= TA_BLOCK_WORK_MOST || (pull == TA_PULL_MORE && block.frames == 0)) {
            ta_ring_note_wait(&output->ring);
            return;
        }
    }
}

uint32_t ta_compose_loop(ta_output_t *output, ta_source_t *source)
{
    uint32_t most = ta_output_hardware_loop_max(output), frames = 0;
    ta_compose_use(output, source);
    ta_ring_free_slots(
        &output->ring);     // the ring is silent; and a program's short way to a slot would not begin at the first
    while (frames < most) { // all but the last, which is for the ramp
        int slot = ta_ring_take_slot(&output->ring);
        TA_HARDEN(slot * (int)output->ring.config.slot_frames == (int)frames);
        frames += output->ring.config.slot_frames;
    }
    frames = 0;
    output->shape.gain_q16 = output->shape.target_q16; // a change on its way would be heard again in every pass
    output->shape.ramp_frames = 0;
    uint32_t loops_left = source->loops_left;
    source->loops_left = 0; // once from its position to its end, which has been found to fit
    for (;;) {
        ta_block_t block = {0};
        ta_pull_t pull = frames < most ? ta_source_pull(source, most - frames, &block) : TA_PULL_END;
        if (pull != TA_PULL_FAULT && block.frames) {
            convert(output, source, &block, output->ring.slot_memory + wire_bytes(output, frames));
            frames += block.frames;
        }
        if (pull == TA_PULL_END)
            break;
        if (pull == TA_PULL_MORE && block.frames)
            continue;
        output->count.faults++;
        output->count.fault = source->fault != TA_OK ? source->fault : TA_E_FORMAT;
        frames = 0;
        break;
    }
    source->loops_left = loops_left;
    output->source = NULL;
    if (frames == 0)
        ta_ring_free_slots(&output->ring);
    output->count.source_frames += frames;
    return frames;
}
