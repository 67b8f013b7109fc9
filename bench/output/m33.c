// Instructions of the feed on a Cortex-M33 in qemu, for a slot, while it plays from memory; and bytes of RAM. Out: lines as cycles.mjs has them.
//
// There is no RP2350 to emulate, so the hardware's side is a counter: of reading registers nothing is in the figures but the calls. SysTick counts
// instructions as in bench/arm/m33.c.
#include "tonearm/tonearm.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    TICKS_PER_100 = 256,
    TICKS_MASK = 0xFFFFFF,
    FRAMES = 4096,
    LAPS = 40,
    MEMORY_BYTES = 64 * 1024,
    RATE_HZ = 44100
};

static volatile uint32_t *const systick = (volatile uint32_t *)0xE000E010;

// ---- hardware that goes on by a slot when it is told to --------------------------------------------------------------------

static struct {
    uint64_t read;
    uint32_t entries, slot_us, slot_frames;
    uint8_t *base;
} hw;

static void look(void *context, uint32_t within_us, ta_ring_look_t *look)
{
    (void)context;
    (void)within_us;
    *look = (ta_ring_look_t){(uint32_t)hw.read & (hw.entries - 1), hw.slot_frames, hw.read * hw.slot_us};
}

static uint64_t glance(void *context, uint32_t *index)
{
    (void)context;
    *index = (uint32_t)hw.read & (hw.entries - 1);
    return hw.read * hw.slot_us;
}

static uint64_t now_us(void *context)
{
    (void)context;
    return hw.read * hw.slot_us;
}

static uint32_t lock(void *context)
{
    (void)context;
    return 0;
}

static void unlock(void *context, uint32_t was)
{
    (void)context;
    (void)was;
}

static void store(void *context, volatile uint32_t *entry, uint32_t value)
{
    (void)context;
    *entry = value;
}

static uint32_t bus_address(void *context, const void *data)
{
    (void)context;
    return (uint32_t)(uintptr_t)data;
}

static ta_status_t retune(void *context, uint32_t rate_hz)
{
    (void)context;
    (void)rate_hz;
    return TA_OK;
}

static bool rate_ok(void *context, uint32_t rate_hz)
{
    (void)context;
    return rate_hz == RATE_HZ;
}

static void attend(void *context, bool on)
{
    (void)context;
    (void)on;
}

static bool may_lend(void *context, const void *data, uint32_t bytes)
{
    (void)data;
    (void)bytes;
    return context != NULL;
}

static const ta_ring_hw_t functions = {look, glance, now_us, lock, unlock, store, bus_address};
static const ta_output_pin_t pin = {.retune = retune, .attend = attend, .rate_ok = rate_ok, .may_lend = may_lend};

// ---- one program -----------------------------------------------------------------------------------------------------------

typedef struct {
    const char *name;
    ta_sample_t sample;
    uint8_t channels;
    bool lends;
} program_t;

static uint32_t noise[FRAMES];
static _Alignas(512) uint8_t memory[MEMORY_BYTES];
static ta_output_t output;
static ta_raw_t source;

static void must(bool good, const char *what)
{
    if (good)
        return;
    printf("m33: %s\n", what);
    exit(1);
}

static void open(const program_t *program, uint32_t slot_frames, uint32_t slots)
{
    const ta_ring_config_t config = {
        .wire = TA_WIRE_S16, .slot_frames = slot_frames, .slots = slots, .hole_records = 1};
    const ta_format_t format = {program->sample, program->channels, RATE_HZ};
    ta_need_t needs[2];
    must(ta_output_need(&config, needs) == TA_OK, "no need");
    size_t accounts = (needs[0].bytes + 7) & ~(size_t)7;
    must(accounts + needs[1].bytes <= MEMORY_BYTES, "too little memory");
    void *const blocks[2] = {memory, memory + accounts};
    void *lending = program->lends ? &hw : NULL;
    must(ta_output_init(&output, &config, &functions, NULL, &pin, lending, blocks) == TA_OK, "no output");
    output.rate_hz = RATE_HZ;
    hw.read = 0;
    hw.entries = output.ring.entries;
    hw.slot_frames = slot_frames;
    hw.slot_us = (uint32_t)((uint64_t)slot_frames * 1000000 / RATE_HZ);
    ta_ring_anchor(&output.ring, &(ta_ring_clock_t){(uint64_t)slot_frames * 1000000, RATE_HZ});
    must(ta_raw_init(&source, &format, noise, sizeof noise / ta_frame_bytes(&format)) == TA_OK, "no source");
    must(ta_source_set_loop(&source.source, 0, 0, TA_LOOP_FOREVER) == TA_OK, "no loop");
    must(ta_output_play(&output, &source.source) == TA_OK, "it does not play");
}

static double instructions_of_slot(const program_t *program, uint32_t slot_frames)
{
    open(program, slot_frames, 8);
    uint32_t sum = 0;
    for (uint32_t turn = 0; turn < 2 * LAPS; turn++) {
        hw.read++;
        uint32_t began = systick[2];
        ta_output_feed(&output);
        uint32_t ticks = (began - systick[2]) & TICKS_MASK;
        sum += turn < LAPS ? 0 : ticks;
    }
    must(output.ring.stats.holes == 0 && output.ring.stats.publications > 2 * LAPS, "it did not play on");
    must(!program->lends || output.ring.stats.lent > 2 * LAPS - 1, "nothing was lent");
    return (double)sum * 100 / TICKS_PER_100 / LAPS;
}

static void say_ram(void)
{
    static const ta_ring_config_t config = {.wire = TA_WIRE_S16, .slot_frames = 64, .slots = 3, .hole_records = 1};
    ta_need_t needs[2];
    must(ta_output_need(&config, needs) == TA_OK, "no need");
    size_t sum = sizeof(ta_i2s_t) + needs[0].bytes + needs[1].bytes + sizeof(ta_raw_t);
    printf("ram.output %u\nram.ring %u\nram.accounts %u\nram.source %u\nram %u\n", (unsigned)sizeof(ta_i2s_t),
           (unsigned)needs[0].bytes, (unsigned)needs[1].bytes, (unsigned)sizeof(ta_raw_t), (unsigned)sum);
}

int main(void)
{
    static const program_t programs[] = {{"copy", TA_SAMPLE_S16, 2, false},
                                         {"u16", TA_SAMPLE_U16, 2, false},
                                         {"mono", TA_SAMPLE_S16, 1, false},
                                         {"u8", TA_SAMPLE_U8, 1, false},
                                         {"lent", TA_SAMPLE_S16, 2, true}};
    systick[1] = TICKS_MASK;
    systick[2] = 0;
    systick[0] = 5; // on, at the processor's clock
    uint32_t number = 1;
    for (int n = 0; n < FRAMES; n++)
        noise[n] = number = number * 1664525 + 1013904223;
    for (size_t p = 0; p < sizeof programs / sizeof *programs; p++) {
        double of[3];
        for (int s = 0; s < 3; s++) {
            of[s] = instructions_of_slot(&programs[p], 128U << s);
            printf("feed.%s.%u %.1f\n", programs[p].name, 128U << s, of[s]);
        }
        printf("frame.%s %.3f\n", programs[p].name, (of[2] - of[1]) / 256);
    }
    say_ram();
    return 0;
}
