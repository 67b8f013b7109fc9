// See output_rig.h.
#include "test/support/output_rig.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rig_t *playing; // whose program a heard frame belongs to

static void complain(rig_t *rig, const char *what, uint64_t a, uint64_t b)
{
    if (!rig->complaint[0])
        snprintf(rig->complaint, sizeof rig->complaint, "%s (%llu, %llu)", what, (unsigned long long)a,
                 (unsigned long long)b);
}

static void *take(size_t bytes, size_t align)
{
    void *memory = aligned_alloc(align, (bytes + align - 1) / align * align);
    if (!memory)
        abort();
    return memory;
}

// ---- the pin -------------------------------------------------------------------------------------------------------------

static bool is_silent(const rig_t *rig)
{
    const ta_ring_t *ring = &rig->output.ring;
    if (rig->walker.playing != ring->silence_address)
        return false;
    for (uint32_t e = 0; e < ring->entries; e++)
        if (ring->table[e] != ring->silence_address)
            return false;
    return true;
}

static ta_ring_clock_t clock_of(const rig_t *rig, uint32_t rate_hz)
{
    return (ta_ring_clock_t){(uint64_t)rig->config.slot_frames * 1000000U, rate_hz};
}

static ta_status_t pin_retune(void *context, uint32_t rate_hz)
{
    rig_t *rig = context;
    walker_t *walker = &rig->walker;
    if (!is_silent(rig))
        complain(rig, "retuned while something plays", rate_hz, walker->heard.count);
    if (rate_hz < rig->lowest_hz || rate_hz > rig->highest_hz)
        return TA_E_RATE;
    rig->retunes++;
    walker->start_us = walker_now_us(walker);
    walker->half_slots = 0;
    walker->clock = clock_of(rig, rate_hz);
    walker->calm = true;
    ta_ring_anchor(&rig->output.ring, &walker->clock);
    walker->calm = false;
    return TA_OK;
}

static void pin_attend(void *context, bool on)
{
    rig_t *rig = context;
    rig->attended = on;
}

static void pin_kick(void *context)
{
    rig_t *rig = context;
    rig->kicked = true;
}

static bool pin_parked(void *context)
{
    const rig_t *rig = context;
    return rig->walker.parked;
}

static void pin_loop(void *context, const void *data, uint32_t frames)
{
    rig_t *rig = context;
    walker_loop(&rig->walker, data, frames);
}

static void pin_unloop(void *context)
{
    rig_t *rig = context;
    walker_unloop(&rig->walker);
}

static void pin_restart(void *context)
{
    rig_t *rig = context;
    rig->walker.calm = true;
    walker_restart(&rig->walker);
    ta_ring_anchor(&rig->output.ring, &rig->walker.clock);
    rig->walker.calm = false;
    walker_run(&rig->walker, 3);
}

static bool pin_may_lend(void *context, const void *data, uint32_t bytes)
{
    rig_t *rig = context;
    for (unsigned b = 1; b < rig->walker.blocks; b++) {
        ptrdiff_t offset = (const uint8_t *)data - rig->walker.block[b];
        if (offset >= 0 && (size_t)offset + bytes <= rig->walker.block_bytes[b])
            return rig->lends;
    }
    return false;
}

static bool pin_rate_ok(void *context, uint32_t rate_hz)
{
    const rig_t *rig = context;
    return rate_hz >= rig->lowest_hz && rate_hz <= rig->highest_hz;
}

// ---- life ----------------------------------------------------------------------------------------------------------------

void rig_open(rig_t *rig, const ta_ring_config_t *config)
{
    memset(rig, 0, offsetof(rig_t, log)); // turn by turn the log is cleared; a test opens a rig 20000 times
    rig->config = *config;
    rig->lowest_hz = 1000;
    rig->highest_hz = 96000;
    rig->lends = rig->positions_known = true;
    ta_need_t needs[2];
    if (ta_output_need(config, needs) != TA_OK)
        abort();
    for (int n = 0; n < 2; n++)
        rig->block[n] = take(needs[n].bytes, needs[n].align);
    walker_init(&rig->walker, &rig->output.ring, rig->block[0], needs[0].bytes);
    static const ta_output_pin_t pin = {.retune = pin_retune,
                                        .attend = pin_attend,
                                        .kick = pin_kick,
                                        .parked = pin_parked,
                                        .loop = pin_loop,
                                        .unloop = pin_unloop,
                                        .restart = pin_restart,
                                        .may_lend = pin_may_lend,
                                        .rate_ok = pin_rate_ok};
    if (ta_output_init(&rig->output, config, &walker_hw, &rig->walker, &pin, rig, rig->block) != TA_OK)
        abort();
    rig->output.rate_hz = 44100;
    const ta_ring_clock_t clock = clock_of(rig, 44100);
    walker_start(&rig->walker, &clock);
    static int32_t program[RIG_PROGRAM_MAX][2]; // what `programmed` does not count is stale
    rig->program = program;
}

void rig_close(rig_t *rig)
{
    walker_free(&rig->walker);
    free(rig->block[0]);
    free(rig->block[1]);
}

void rig_turn(rig_t *rig)
{
    if (rig->turns < RIG_LOG_MAX)
        rig->log[rig->turns].heard = 0; // nothing is logged yet
    if (rig->kicked || rig->attended) {
        rig->kicked = false;
        ta_output_feed(&rig->output);
        rig->fed++;
        ta_output_stats_t stats;
        ta_output_stats(&rig->output, &stats);
        if (rig->turns < RIG_LOG_MAX && !rig->walker.loop)
            rig->log[rig->turns] = (rig_log_t){.heard = rig->walker.heard.count,
                                               .output_frames = stats.output_frames,
                                               .position = stats.position_frame,
                                               .headroom = stats.headroom_frames,
                                               .headroom_us = stats.headroom_us,
                                               .state = stats.state,
                                               .drained = stats.drained};
    }
    rig->turns++;
    if (rig->walker.loop)
        walker_run(&rig->walker, 1);
    else
        walker_slots(&rig->walker, 1);
}

void rig_turns(rig_t *rig, unsigned turns)
{
    while (turns--)
        rig_turn(rig);
}

bool rig_drain(rig_t *rig, unsigned turns)
{
    for (unsigned turn = 0; turn < turns && ta_output_busy(&rig->output); turn++)
        rig_turn(rig);
    bool idle = !ta_output_busy(&rig->output);
    rig_turns(rig, 3);
    return idle;
}

// ---- sources and what is expected of them ----------------------------------------------------------------------------------

static uint32_t mix(uint32_t x)
{
    x = (x ^ x >> 16) * 0x7feb352dU;
    x = (x ^ x >> 15) * 0x846ca68bU;
    return x ^ x >> 16;
}

// Writes one sample whose upper bits are those of `value`, and returns what it is as s32, by the definition of widening.
static int32_t put_sample(uint8_t *to, ta_sample_t sample, uint32_t value)
{
    uint32_t top = value >> 24, top16 = value >> 16;
    switch (sample) {
    case TA_SAMPLE_U8:
        to[0] = (uint8_t)top;
        return (int32_t)((top * 257 - 32768) << 16);
    case TA_SAMPLE_S8:
        to[0] = (uint8_t)top;
        return (int32_t)((top << 8 | top) << 16);
    case TA_SAMPLE_U16:
        to[0] = (uint8_t)top16;
        to[1] = (uint8_t)(top16 >> 8);
        return (int32_t)((top16 - 32768) << 16);
    case TA_SAMPLE_S16:
        to[0] = (uint8_t)top16;
        to[1] = (uint8_t)(top16 >> 8);
        return (int32_t)(top16 << 16);
    case TA_SAMPLE_S24:
    case TA_SAMPLE_S24IN32:
        for (int i = 0; i < 3; i++)
            to[i] = (uint8_t)(value >> (8 + 8 * i));
        if (sample == TA_SAMPLE_S24IN32)
            to[3] = (uint8_t)mix(value); // ignored
        return (int32_t)(value & 0xffffff00U);
    case TA_SAMPLE_S32:
    case TA_SAMPLES:
        break;
    }
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (8 * i));
    return (int32_t)value;
}

// Add half of what the wire drops, floor, saturate.
static int32_t narrow(int32_t value, ta_wire_t wire)
{
    int64_t unit = wire == TA_WIRE_S16 ? 65536 : wire == TA_WIRE_S24 ? 256 : 1;
    int64_t rounded = (int64_t)value + unit / 2;
    int64_t floored = rounded & -unit; // a power of two: no division, which an emulated processor takes long for
    return floored > INT32_MAX ? (int32_t)(INT32_MAX - (unit - 1)) : (int32_t)floored;
}

void rig_source(rig_t *rig, rig_source_t *source, ta_format_t format, uint32_t frames)
{
    unsigned bytes = ta_sample_bytes(format.sample);
    source->data = take((size_t)frames * bytes * format.channels, 8);
    source->first = rig->programmed;
    source->frames = frames;
    if (rig->programmed + frames > RIG_PROGRAM_MAX)
        abort();
    for (uint32_t n = 0; n < frames; n++) {
        for (unsigned c = 0; c < 2; c++) {
            uint32_t seed = (uint32_t)(rig->programmed + n) * 2 + (format.channels == 2 ? c : 0);
            uint8_t *to = source->data + ((size_t)n * format.channels + (format.channels == 2 ? c : 0)) * bytes;
            rig->program[rig->programmed + n][c] =
                narrow(put_sample(to, format.sample, mix(seed + 1)), rig->config.wire);
        }
    }
    rig->programmed += frames;
    if (ta_raw_init(&source->raw, &format, source->data, frames) != TA_OK)
        abort();
}

void rig_source_free(rig_source_t *source)
{
    free(source->data);
}

void rig_expect(rig_t *rig, const rig_source_t *source, uint64_t first, uint64_t frames, bool cut)
{
    if (rig->parts == RIG_PARTS_MAX)
        abort();
    rig->part[rig->parts++] = (heard_part_t){.first = source->first + first, .frames = frames, .cut = cut};
}

static void program_frame(uint64_t n, ta_wire_t wire, int32_t frame[2])
{
    (void)wire;
    memcpy(frame, playing->program[n], 8);
}

// ---- looking back --------------------------------------------------------------------------------------------------------

// Program frames among the first `count` frames heard.
static uint64_t program_before(const heard_check_t *check, uint64_t count)
{
    uint64_t silent = 0;
    for (unsigned g = 0; g < check->gaps; g++)
        if (check->gap[g].at < count)
            silent += check->gap[g].at + check->gap[g].frames < count ? check->gap[g].frames : count - check->gap[g].at;
    uint64_t heard = count - silent;
    return heard < check->program_frames ? heard : check->program_frames;
}

// The frame clock is the number of frames heard; the position is the number of program frames among them, as long as none was
// dropped; the headroom is never less than what is still to come without a gap.
static void check_log(rig_t *rig, const heard_check_t *check, bool dropped)
{
    for (unsigned turn = 0; turn < rig->turns && turn < RIG_LOG_MAX; turn++) {
        const rig_log_t *log = &rig->log[turn];
        if (log->heard == 0)
            continue;
        if (log->output_frames != log->heard)
            complain(rig, "the frame clock is wrong", log->output_frames, log->heard);
        if (!dropped && log->position != program_before(check, log->heard))
            complain(rig, "the position is wrong", log->position, program_before(check, log->heard));
    }
}

const char *rig_check(rig_t *rig, heard_check_t *check)
{
    playing = rig;
    *check =
        (heard_check_t){.program = program_frame, .wire = rig->config.wire, .part = rig->part, .parts = rig->parts};
    if (rig->walker.complaint[0])
        complain(rig, rig->walker.complaint, 0, 0);
    if (!heard_check(check, &rig->walker.heard))
        complain(rig, check->complaint, 0, 0);
    bool dropped = !rig->positions_known;
    for (unsigned p = 0; p < rig->parts; p++)
        dropped = dropped || rig->part[p].cut;
    const ta_ring_stats_t *stats = &rig->output.ring.stats;
    if (check->largest_step > 65536 / TA_RAMP_FRAMES)
        complain(rig, "a step at a ramp is too large", check->largest_step, 0);
    if (check->largest_step > stats->largest_step)
        complain(rig, "a step at a ramp is larger than reported", check->largest_step, stats->largest_step);
    if (!dropped && stats->program_frames != check->program_frames)
        complain(rig, "the ring counts other program frames", stats->program_frames, check->program_frames);
    check_log(rig, check, dropped);
    return rig->complaint[0] ? rig->complaint : NULL;
}
