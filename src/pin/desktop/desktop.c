// The walker: what three DMA channels do on a chip, done by a desktop's one playing thread.
// In: the ring's table and slots. Out: runs of wire frames, lent to the pin that plays them; the frame clock, which counts
// frames played and so cannot drift from them. Invariants: an entry is read once and is silence from then on; addresses are
// offsets into the DMA block plus ADDRESS_BIAS, so 0 stays the stop mark; everything that both threads touch (table, index,
// offset, frames, peaks) is touched under the backend's lock, and frames of a slot are read outside it, which is sound because
// the feed writes them again only after index has passed the slot, and it learns that under the same lock.

#include "walker.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    ADDRESS_BIAS = 4, // keeps addresses word-aligned
    RATE_DEFAULT_HZ = 44100,
    COUNTING_RATE_HZ = 48000, // buffer times count at this rate unless the rate is fixed
    QUEUED_SLOTS = 6,         // aimed at: few enough to be coarse, many enough that a refill is a small part
    SLOTS_MAX = 62,
    SLOT_FRAMES_MAX = 4096,
    SLOT_FRAMES_STEP = 16,
    HOLE_RECORDS_DEFAULT = 8,
    CLOSE_SLOTS = 256 // more than any ring can hold
};

ta_status_t desktop_fail(ta_desktop_t *desktop, ta_status_t status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(desktop->error, sizeof desktop->error, format, arguments);
    va_end(arguments);
    return status;
}

// ---- configuration -------------------------------------------------------------------------------------------------------

ta_wire_t desktop_wire(const ta_desktop_t *desktop)
{
    return desktop->config.bits == 16 ? TA_WIRE_S16 : desktop->config.bits == 24 ? TA_WIRE_S24 : TA_WIRE_S32;
}

static ta_status_t check_ranges(ta_desktop_t *desktop)
{
    const ta_desktop_config_t *c = &desktop->config;
    if (c->bits != 16 && c->bits != 24 && c->bits != 32)
        return desktop_fail(desktop, TA_E_ARG, "%u bits per sample are not offered: choose 16, 24 or 32", c->bits);
    if (c->rate_hz < TA_RATE_MIN_HZ || c->rate_hz > TA_RATE_MAX_HZ) {
        return desktop_fail(desktop, TA_E_RATE, "%lu Hz is outside %d..%d Hz", (unsigned long)c->rate_hz,
                            TA_RATE_MIN_HZ, TA_RATE_MAX_HZ);
    }
    if (c->buffer_us < TA_BUFFER_MIN_US || c->buffer_us > TA_BUFFER_MAX_US) {
        return desktop_fail(desktop, TA_E_ARG, "a buffer of %lu us is outside %d..%d us", (unsigned long)c->buffer_us,
                            TA_BUFFER_MIN_US, TA_BUFFER_MAX_US);
    }
    if (c->resample && !c->fixed_rate)
        return desktop_fail(desktop, TA_E_ARG, "resampling wants a fixed rate: set fixed_rate, or leave resample out");
    return TA_OK;
}

ta_status_t desktop_configure(ta_desktop_t *desktop, const ta_desktop_config_t *config, uint32_t default_buffer_us)
{
    memset(desktop, 0, sizeof *desktop);
    if (!config)
        return desktop_fail(desktop, TA_E_ARG, "no configuration was given");
    desktop->config = *config;
    if (!desktop->config.bits)
        desktop->config.bits = 16;
    if (!desktop->config.rate_hz)
        desktop->config.rate_hz = RATE_DEFAULT_HZ;
    if (!desktop->config.buffer_us)
        desktop->config.buffer_us = default_buffer_us;
    if (!desktop->config.hole_records)
        desktop->config.hole_records = HOLE_RECORDS_DEFAULT;
    return check_ranges(desktop);
}

static ta_ring_config_t ring_shape(const ta_desktop_t *desktop)
{
    const ta_desktop_config_t *c = &desktop->config;
    uint32_t counting_hz = c->fixed_rate ? c->rate_hz : COUNTING_RATE_HZ;
    uint32_t frames = (uint32_t)((uint64_t)c->buffer_us * counting_hz / 1000000U);
    uint32_t slot = frames / QUEUED_SLOTS / SLOT_FRAMES_STEP * SLOT_FRAMES_STEP;
    if (slot < TA_RAMP_FRAMES)
        slot = TA_RAMP_FRAMES;
    if (slot > SLOT_FRAMES_MAX)
        slot = SLOT_FRAMES_MAX;
    uint32_t slots = (frames + slot - 1) / slot + 1; // one more plays
    if (slots < 3)
        slots = 3;
    if (slots > SLOTS_MAX)
        slots = SLOTS_MAX;
    return (ta_ring_config_t){
        .wire = desktop_wire(desktop), .slot_frames = slot, .slots = slots, .hole_records = c->hole_records};
}

// ---- what the ring asks of its hardware ----------------------------------------------------------------------------------

static void enter(desktop_backend_t *backend)
{
    if (backend->lock)
        backend->lock(backend);
}

static void leave(desktop_backend_t *backend)
{
    if (backend->unlock)
        backend->unlock(backend);
}

// The time of the frames that were played, under the lock.
static uint64_t played_us(const ta_desktop_t *desktop)
{
    const desktop_backend_t *backend = desktop->backend;
    uint64_t frames = desktop->frames - backend->anchor_frame;
    uint64_t rate = desktop->output.rate_hz ? desktop->output.rate_hz : desktop->config.rate_hz;
    return backend->anchor_us + frames / rate * 1000000U + frames % rate * 1000000U / rate;
}

static void hw_look(void *context, uint32_t within_us, ta_ring_look_t *look)
{
    ta_desktop_t *desktop = context;
    (void)within_us; // time stands still under the lock
    enter(desktop->backend);
    look->index = desktop->index;
    look->remaining = desktop->playing ? desktop->output.ring.config.slot_frames - desktop->offset : 0;
    look->us = played_us(desktop);
    leave(desktop->backend);
}

static uint64_t hw_glance(void *context, uint32_t *index)
{
    ta_desktop_t *desktop = context;
    enter(desktop->backend);
    *index = desktop->index;
    uint64_t us = played_us(desktop);
    leave(desktop->backend);
    return us;
}

static uint64_t hw_now_us(void *context)
{
    ta_desktop_t *desktop = context;
    enter(desktop->backend);
    uint64_t us = played_us(desktop);
    leave(desktop->backend);
    return us;
}

static uint32_t hw_lock(void *context)
{
    ta_desktop_t *desktop = context;
    enter(desktop->backend);
    return 0;
}

static void hw_unlock(void *context, uint32_t was)
{
    ta_desktop_t *desktop = context;
    (void)was;
    leave(desktop->backend);
}

static void hw_store(void *context, volatile uint32_t *entry, uint32_t value)
{
    ta_desktop_t *desktop = context;
    enter(desktop->backend);
    *entry = value;
    leave(desktop->backend);
}

static uint32_t hw_bus_address(void *context, const void *data)
{
    const ta_desktop_t *desktop = context;
    ptrdiff_t offset = (const uint8_t *)data - desktop->base;
    TA_HARDEN(offset >= 0 && (size_t)offset < desktop->memory.item[0].need.bytes);
    return (uint32_t)offset + ADDRESS_BIAS;
}

// ---- walking -------------------------------------------------------------------------------------------------------------

// One turn of the table: what D's end, C and S do.
static void read_entry(ta_desktop_t *desktop)
{
    const ta_ring_t *ring = &desktop->output.ring;
    volatile uint32_t *entry = &ring->table[desktop->index];
    uint32_t address = *entry;
    size_t slot_bytes = (size_t)ring->config.slot_frames * ta_wire_frame_bytes(ring->config.wire);
    TA_HARDEN(address >= ADDRESS_BIAS && address - ADDRESS_BIAS + slot_bytes <= desktop->memory.item[0].need.bytes);
    *entry = ring->silence_address;
    desktop->index = (desktop->index + 1) & (ring->entries - 1);
    desktop->playing = address;
    desktop->offset = 0;
}

const void *desktop_next(ta_desktop_t *desktop, uint32_t max_frames, uint32_t *frames)
{
    const ta_ring_t *ring = &desktop->output.ring;
    enter(desktop->backend);
    if (!desktop->playing || desktop->offset == ring->config.slot_frames)
        read_entry(desktop);
    uint32_t left = ring->config.slot_frames - desktop->offset;
    *frames = max_frames < left ? max_frames : left;
    const uint8_t *data = desktop->base + (desktop->playing - ADDRESS_BIAS) +
                          (size_t)desktop->offset * ta_wire_frame_bytes(ring->config.wire);
    leave(desktop->backend);
    return data;
}

static uint32_t magnitude(int32_t sample)
{
    return sample < 0 ? 0U - (uint32_t)sample : (uint32_t)sample;
}

static void measure(ta_wire_t wire, const void *data, uint32_t frames, uint32_t peak[2])
{
    const uint32_t *words = data;
    for (uint32_t i = 0; i < frames; i++) {
        uint32_t left = wire == TA_WIRE_S16 ? words[i] << 16 : words[2 * i];
        uint32_t right = wire == TA_WIRE_S16 ? words[i] & 0xffff0000U : words[2 * i + 1];
        uint32_t m = magnitude((int32_t)left);
        peak[0] = m > peak[0] ? m : peak[0];
        m = magnitude((int32_t)right);
        peak[1] = m > peak[1] ? m : peak[1];
    }
}

void desktop_played(ta_desktop_t *desktop, const void *data, uint32_t frames)
{
    desktop_backend_t *backend = desktop->backend;
    uint32_t peak[2] = {0, 0};
    measure(desktop->output.ring.config.wire, data, frames, peak);
    enter(backend);
    for (int c = 0; c < 2; c++) {
        if (peak[c] > backend->peak[c])
            backend->peak[c] = peak[c];
    }
    desktop->offset += frames;
    desktop->frames += frames;
    leave(backend);
}

void desktop_fill(ta_desktop_t *desktop, void *out, uint32_t frames)
{
    size_t frame_bytes = ta_wire_frame_bytes(desktop->output.ring.config.wire);
    uint8_t *to = out;
    while (frames > 0) {
        uint32_t lent = 0;
        const void *data = desktop_next(desktop, frames, &lent);
        memcpy(to, data, lent * frame_bytes);
        desktop_played(desktop, data, lent);
        to += lent * frame_bytes;
        frames -= lent;
    }
}

void ta_desktop_peaks(ta_desktop_t *desktop, uint32_t peak[2])
{
    desktop_backend_t *backend = desktop->backend;
    peak[0] = peak[1] = 0;
    if (!backend)
        return;
    enter(backend);
    memcpy(peak, backend->peak, sizeof backend->peak);
    memset(backend->peak, 0, sizeof backend->peak);
    leave(backend);
}

// ---- what the output asks of its pin -------------------------------------------------------------------------------------

static void anchor(ta_desktop_t *desktop, uint32_t rate_hz)
{
    ta_ring_clock_t clock = {(uint64_t)desktop->output.ring.config.slot_frames * 1000000U, rate_hz};
    ta_ring_anchor(&desktop->output.ring, &clock);
}

static bool pin_rate_ok(void *context, uint32_t rate_hz)
{
    const ta_desktop_t *desktop = context;
    if (desktop->config.fixed_rate)
        return rate_hz == desktop->config.rate_hz;
    return rate_hz >= TA_RATE_MIN_HZ && rate_hz <= TA_RATE_MAX_HZ;
}

static ta_status_t pin_retune(void *context, uint32_t rate_hz)
{
    ta_desktop_t *desktop = context;
    desktop_backend_t *backend = desktop->backend;
    if (!pin_rate_ok(desktop, rate_hz))
        return TA_E_RATE;
    uint64_t now_us = hw_now_us(desktop); // at the old rate
    ta_status_t status = backend->retune(desktop, rate_hz);
    if (status != TA_OK)
        return status;
    enter(backend);
    backend->anchor_us = now_us;
    backend->anchor_frame = desktop->frames;
    desktop->config.rate_hz = rate_hz;
    desktop->output.rate_hz = rate_hz;
    anchor(desktop, rate_hz);
    leave(backend);
    return TA_OK;
}

static void pin_attend(void *context, bool on)
{
    (void)context; // the walker needs no interrupt: run() feeds
    (void)on;
}

// ---- life ----------------------------------------------------------------------------------------------------------------

static ta_status_t take_memory(ta_desktop_t *desktop, const ta_ring_config_t *shape, const ta_memory_t *memory)
{
    ta_need_t needs[2];
    const ta_desktop_config_t *c = &desktop->config;
    ta_status_t status = ta_output_need(shape, needs);
    if (status == TA_OK)
        status = ta_output_need_resampler(c->resample, c->rate_hz, c->resample_max_hz, shape, needs);
    ta_plan_init(&desktop->memory);
    for (int i = 0; i < 2 && status == TA_OK; i++)
        status = ta_plan_add(&desktop->memory, &needs[i], memory);
    if (status != TA_OK)
        return desktop_fail(desktop, status, "this buffer cannot be laid out (%s)", ta_status_name(status));
    status = ta_plan_take(&desktop->memory, &desktop->failure);
    if (status != TA_OK)
        (void)ta_failure_sentence(&desktop->failure, desktop->error, sizeof desktop->error);
    return status;
}

ta_status_t desktop_start(ta_desktop_t *desktop, desktop_backend_t *backend, const ta_memory_t *memory)
{
    ta_ring_config_t shape = ring_shape(desktop);
    ta_status_t status = take_memory(desktop, &shape, memory);
    if (status != TA_OK)
        return status;
    desktop->backend = backend;
    desktop->base = desktop->memory.item[0].block;
    static const ta_ring_hw_t hw = {.look = hw_look,
                                    .glance = hw_glance,
                                    .now_us = hw_now_us,
                                    .lock = hw_lock,
                                    .unlock = hw_unlock,
                                    .store = hw_store,
                                    .bus_address = hw_bus_address};
    static const ta_output_pin_t pin = {.retune = pin_retune, .attend = pin_attend, .rate_ok = pin_rate_ok};
    void *const blocks[2] = {desktop->memory.item[0].block, desktop->memory.item[1].block};
    status = ta_output_init(&desktop->output, &shape, &hw, desktop, &pin, desktop, blocks);
    desktop->output.rate_hz = desktop->config.rate_hz;
    desktop->output.fixed_rate = desktop->config.fixed_rate;
    if (status == TA_OK) {
        status = ta_output_use_resampler(&desktop->output, desktop->config.resample, desktop->config.resample_max_hz,
                                         blocks);
    }
    if (status != TA_OK) {
        desktop_release(desktop);
        return desktop_fail(desktop, status, "this output cannot be made (%s)", ta_status_name(status));
    }
    desktop->output.shape.dither = desktop->config.dither;
    desktop->output.shape.mono = desktop->config.mono;
    anchor(desktop, desktop->config.rate_hz);
    return TA_OK;
}

void desktop_release(ta_desktop_t *desktop)
{
    ta_plan_release(&desktop->memory);
    desktop->backend = NULL;
    desktop->base = NULL;
}

ta_status_t ta_desktop_run(ta_desktop_t *desktop)
{
    desktop_backend_t *backend = desktop->backend;
    if (!backend)
        return desktop_fail(desktop, TA_E_STATE, "this output is not open");
    ta_output_feed(&desktop->output);
    return backend->run(desktop);
}

ta_status_t ta_desktop_close(ta_desktop_t *desktop)
{
    desktop_backend_t *backend = desktop->backend;
    if (!backend)
        return TA_OK;
    ta_status_t status = TA_OK;
    if (ta_output_busy(&desktop->output))
        status = ta_output_stop(&desktop->output);
    for (int i = 0; i < CLOSE_SLOTS && status == TA_OK && ta_output_busy(&desktop->output); i++)
        status = ta_desktop_run(desktop);
    ta_status_t finished = backend->finish(desktop);
    desktop_release(desktop);
    return status == TA_OK || finished != TA_OK ? finished : status;
}
