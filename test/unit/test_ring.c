// The ring's edges: geometry, memory that is used to the byte and no further, and the frame clock over days.
// What it plays is test/model's business.
#include "src/ring/ramp.h"
#include "tonearm/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// ---- geometry and memory -------------------------------------------------------------------------------------------------

static const ta_ring_config_t plain = {.wire = TA_WIRE_S16, .slot_frames = 128, .slots = 6, .hole_records = 4};

static void test_geometry_is_checked(void **state)
{
    (void)state;
    static const struct {
        ta_ring_config_t config;
        bool ok;
    } cases[] = {
        {{TA_WIRE_S16, TA_RAMP_FRAMES, 3, 0, 0}, true},
        {{TA_WIRE_S32, 4096, 62, 65536, 0}, true},
        {{TA_WIRE_S24, TA_RAMP_FRAMES + 1, 4, 1, 0}, true},
        {{TA_WIRE_PWM, 128, 6, 4, 0}, false},
        {{TA_WIRE_S16, TA_RAMP_FRAMES - 1, 6, 4, 0}, false},
        {{TA_WIRE_S16, 0, 6, 4, 0}, false},
        {{TA_WIRE_S16, 4097, 6, 4, 0}, false},
        {{TA_WIRE_S16, 128, 2, 4, 0}, false},
        {{TA_WIRE_S16, 128, 0, 4, 0}, false},
        {{TA_WIRE_S16, 128, 63, 4, 0}, false},
        {{TA_WIRE_S16, 128, UINT32_MAX, 4, 0}, false},
        {{TA_WIRE_S16, 128, 6, 65537, 0}, false},
        {{TA_WIRE_S16, UINT32_MAX, 6, 4, 0}, false},
        {{(ta_wire_t)77, 128, 6, 4, 0}, false},
        {{TA_WIRE_PWM, 128, 6, 4, TA_PWM_TOP_MIN}, true},
        {{TA_WIRE_PWM, 128, 6, 4, TA_PWM_TOP_MAX}, true},
        {{TA_WIRE_PWM, 128, 6, 4, TA_PWM_TOP_MIN - 1}, false},
        {{TA_WIRE_PWM, 128, 6, 4, TA_PWM_TOP_MAX + 1}, false},
        {{TA_WIRE_S16, 128, 6, 4, TA_PWM_TOP_MAX}, false},
    };
    unsigned good = 0, bad = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ta_need_t needs[2];
        assert_int_equal(ta_ring_need(&cases[i].config, needs), cases[i].ok ? TA_OK : TA_E_ARG);
        good += cases[i].ok;
        bad += !cases[i].ok;
    }
    assert_int_equal(good, 5);
    assert_int_equal(bad, 14);
    ta_need_t needs[2];
    assert_int_equal(ta_ring_need(NULL, needs), TA_E_ARG);
}

typedef struct {
    uint32_t index;
    uint64_t us;
    uint32_t remaining;
    const uint8_t *base;
} clock_hw_t;

static void get_look(void *context, uint32_t within_us, ta_ring_look_t *look)
{
    const clock_hw_t *hw = context;
    (void)within_us;
    *look = (ta_ring_look_t){.index = hw->index, .remaining = hw->remaining, .us = hw->us};
}

static uint64_t get_glance(void *context, uint32_t *index)
{
    const clock_hw_t *hw = context;
    *index = hw->index;
    return hw->us;
}

static uint64_t get_us(void *context)
{
    return ((clock_hw_t *)context)->us;
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
    const clock_hw_t *hw = context;
    return (uint32_t)((const uint8_t *)data - hw->base) + 4;
}

static const ta_ring_hw_t functions = {get_look, get_glance, get_us, lock, unlock, store, bus_address};

enum { GUARD_BYTES = 64, GUARD = 0xA5 };

// A block of exactly the need's size and alignment, and no better aligned than that, between guards.
typedef struct {
    uint8_t *whole, *block;
    size_t bytes;
} guarded_t;

static guarded_t guarded(const ta_need_t *need)
{
    size_t align = need->align;
    guarded_t g = {.bytes = need->bytes};
    size_t all = need->bytes + 2 * GUARD_BYTES + 3 * align;
    g.whole = malloc(all);
    assert_non_null(g.whole);
    memset(g.whole, GUARD, all);
    uintptr_t at = ((uintptr_t)g.whole + GUARD_BYTES + 2 * align - 1) & ~(uintptr_t)(2 * align - 1);
    g.block = g.whole + (at - (uintptr_t)g.whole) + align;
    assert_int_equal((uintptr_t)g.block % align, 0);
    return g;
}

static void assert_guards(const guarded_t *g)
{
    for (size_t i = 0; i < GUARD_BYTES; i++) {
        assert_int_equal(g->block[-1 - (ptrdiff_t)i], GUARD);
        assert_int_equal(g->block[g->bytes + i], GUARD);
    }
}

static void publish_a_few(ta_ring_t *ring, clock_hw_t *hw)
{
    static const int32_t loud[2] = {INT32_MIN, INT32_MAX};
    static const ta_ring_clock_t clock = {128 * 1000000U, 44100};
    ta_ring_anchor(ring, &clock);
    for (uint32_t turn = 0; turn < 3 * ring->entries; turn++) {
        int slot = ta_ring_take_slot(ring);
        if (slot >= 0) {
            size_t frame_bytes = ta_wire_frame_bytes(ring->config.wire);
            memset(ta_ring_slot_memory(ring, slot), 0x7f, ring->config.slot_frames * frame_bytes);
            ta_run_t run = {.data = ta_ring_slot_memory(ring, slot),
                            .first = turn,
                            .frames = (uint16_t)ring->config.slot_frames,
                            .slot = (int8_t)slot};
            if (ta_ring_publish(ring, &run) != TA_PUBLISHED) {
                ta_ring_drop_slot(ring, slot);
                (void)ta_ring_publish_ramp(ring, loud);
            }
        }
        hw->index = (hw->index + 1) & (ring->entries - 1);
        hw->us += 2903;
        ring->table[(hw->index - 1) & (ring->entries - 1)] = ring->silence_address;
    }
}

static void test_need_is_what_init_uses(void **state)
{
    (void)state;
    unsigned geometries = 0;
    for (uint32_t slots = 3; slots <= 62; slots += slots < 16 ? 1 : 7) {
        for (int w = 0; w < TA_WIRES; w++) {
            ta_ring_config_t config = {
                .wire = (ta_wire_t)w, .slot_frames = TA_RAMP_FRAMES + slots, .slots = slots, .hole_records = slots % 5};
            ta_need_t needs[2];
            assert_int_equal(ta_ring_need(&config, needs), TA_OK);
            assert_int_equal(needs[0].cls, TA_CLASS_DMA);
            assert_int_equal(needs[1].cls, TA_CLASS_FAST);
            assert_non_null(needs[0].object);
            guarded_t dma = guarded(&needs[0]), fast = guarded(&needs[1]);
            clock_hw_t hw = {.base = dma.block};
            ta_ring_t ring;
            void *const blocks[2] = {dma.block, fast.block};
            assert_int_equal(ta_ring_init(&ring, &config, &functions, &hw, blocks), TA_OK);

            // N: a power of two, 8 at least, that holds K - 1 queued slots with the rule's margin; the table on its own size.
            assert_true(ring.entries >= 8 && ring.entries <= TA_RING_ENTRIES_MAX &&
                        (ring.entries & (ring.entries - 1)) == 0);
            assert_true(slots - 1 <= ring.entries - 3 && (ring.entries == 8 || slots + 2 > ring.entries / 2));
            assert_int_equal(needs[0].align, ring.entries * 4);
            assert_int_equal((uintptr_t)ring.table % (ring.entries * 4), 0);
            // To the last byte.
            size_t slot_bytes = config.slot_frames * ta_wire_frame_bytes(config.wire);
            uint8_t *last_slot = ta_ring_slot_memory(&ring, (int)slots + 1);
            assert_ptr_equal(last_slot + slot_bytes, dma.block + dma.bytes);
            assert_ptr_equal((uint8_t *)(ring.hole + config.hole_records), fast.block + fast.bytes);
            // All silence, and no sound in it.
            for (uint32_t e = 0; e < ring.entries; e++)
                assert_int_equal(ring.table[e], bus_address(&hw, ring.silence));
            for (size_t i = 0; i < slot_bytes; i++)
                assert_int_equal(ring.silence[i], 0);
            publish_a_few(&ring, &hw);
            assert_true(ring.stats.publications > ring.entries / 2);
            for (size_t i = 0; i < slot_bytes; i++)
                assert_int_equal(ring.silence[i], 0);
            assert_guards(&dma);
            assert_guards(&fast);
            free(dma.whole);
            free(fast.whole);
            geometries++;
        }
    }
    assert_int_equal(geometries, 3 * 20);
}

static void test_init_refuses(void **state)
{
    (void)state;
    static uint32_t memory[4096] __attribute__((aligned(64)));
    static uint64_t accounts[1024];
    clock_hw_t hw = {.base = (const uint8_t *)memory};
    ta_ring_t ring;
    void *const blocks[2] = {memory, accounts}, *const no_dma[2] = {NULL, accounts}, *const no_fast[2] = {memory, NULL};
    ta_ring_config_t wrong = plain;
    wrong.slots = 1;
    assert_int_equal(ta_ring_init(&ring, &wrong, &functions, &hw, blocks), TA_E_ARG);
    assert_int_equal(ta_ring_init(&ring, NULL, &functions, &hw, blocks), TA_E_ARG);
    assert_int_equal(ta_ring_init(NULL, &plain, &functions, &hw, blocks), TA_E_ARG);
    assert_int_equal(ta_ring_init(&ring, &plain, NULL, &hw, blocks), TA_E_ARG);
    assert_int_equal(ta_ring_init(&ring, &plain, &functions, &hw, no_dma), TA_E_ARG);
    assert_int_equal(ta_ring_init(&ring, &plain, &functions, &hw, no_fast), TA_E_ARG);
    assert_int_equal(ta_ring_init(&ring, &plain, &functions, &hw, blocks), TA_OK);
}

static void test_names_of_causes(void **state)
{
    (void)state;
    assert_string_equal(ta_hole_cause_name(TA_HOLE_FEED_LATE), "feed late");
    assert_string_equal(ta_hole_cause_name(TA_HOLE_SOURCE_LATE), "source late");
    assert_string_equal(ta_hole_cause_name(TA_HOLE_CLOCK), "clock changed");
    assert_string_equal(ta_hole_cause_name((ta_hole_cause_t)9), "unknown");
}

static void test_slots_are_lent_once(void **state)
{
    (void)state;
    static uint32_t memory[4096] __attribute__((aligned(64)));
    static uint64_t accounts[1024];
    clock_hw_t hw = {.base = (const uint8_t *)memory};
    ta_ring_t ring;
    void *const blocks[2] = {memory, accounts};
    assert_int_equal(ta_ring_init(&ring, &plain, &functions, &hw, blocks), TA_OK);
    static const ta_ring_clock_t clock = {128 * 1000000U, 44100};
    ta_ring_anchor(&ring, &clock);
    int taken[8], count = 0;
    while ((taken[count] = ta_ring_take_slot(&ring)) >= 0) {
        for (int k = 0; k < count; k++)
            assert_int_not_equal(taken[k], taken[count]);
        count++;
        assert_true(count <= (int)plain.slots);
    }
    assert_int_equal(count, plain.slots);
    ta_ring_drop_slot(&ring, taken[2]);
    assert_int_equal(ta_ring_take_slot(&ring), taken[2]);
    assert_int_equal(ta_ring_take_slot(&ring), -1);
    ta_ring_free_slots(&ring);
    assert_int_equal(ta_ring_take_slot(&ring), 0);
}

// ---- the frame clock -----------------------------------------------------------------------------------------------------

// The truth: slots since the start, from time alone. long double has 64 bits here.
typedef struct {
    long double slots_per_us;
    uint64_t start_us;
    uint64_t first; // entry number at start_us
} truth_t;

static uint64_t true_read(const truth_t *truth, uint64_t us)
{
    return truth->first + (uint64_t)((long double)(us - truth->start_us) * truth->slots_per_us);
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

// From a microsecond to `most`, every order of magnitude as likely.
static uint64_t random_gap(uint32_t *random, uint64_t most)
{
    uint64_t gap = 1;
    for (uint32_t doublings = next_random(random) % 37; doublings > 0; doublings--)
        gap = gap * 2 + (next_random(random) & 1);
    return gap < most ? gap : 1 + (gap + next_random(random)) % most;
}

typedef struct {
    ta_ring_t ring;
    clock_hw_t hw;
    void *block[2];
} clocked_t;

static void open_clocked(clocked_t *c, const ta_ring_config_t *config)
{
    ta_need_t needs[2];
    assert_int_equal(ta_ring_need(config, needs), TA_OK);
    for (int n = 0; n < 2; n++) {
        c->block[n] =
            aligned_alloc(needs[n].align, (needs[n].bytes + needs[n].align - 1) / needs[n].align * needs[n].align);
        assert_non_null(c->block[n]);
    }
    memset(&c->hw, 0, sizeof c->hw);
    c->hw.base = c->block[0];
    assert_int_equal(ta_ring_init(&c->ring, config, &functions, &c->hw, c->block), TA_OK);
}

static void close_clocked(clocked_t *c)
{
    free(c->block[0]);
    free(c->block[1]);
}

// Looks at random times; returns how often R was not what it should have been.
static unsigned look_around(clocked_t *c, const truth_t *truth, uint64_t most_us, unsigned looks, uint32_t *random)
{
    unsigned wrong = 0;
    for (unsigned i = 0; i < looks; i++) {
        c->hw.us += random_gap(random, most_us);
        uint64_t read = true_read(truth, c->hw.us);
        c->hw.index = (uint32_t)read & (c->ring.entries - 1);
        c->hw.remaining = (uint32_t)(read % (c->ring.config.slot_frames + 1));
        if (ta_ring_now(&c->ring) != read) {
            wrong++;
            c->ring.read = c->ring.seen = read; // do not count it twice
        }
        assert_int_equal(ta_ring_frame(&c->ring), c->ring.read * c->ring.config.slot_frames - c->hw.remaining);
    }
    return wrong;
}

enum { SEED = 20260101, LOOKS = 4000 };
static const uint64_t DAY_US = 24ULL * 3600 * 1000000;

// The clock as the I2S pin states it: F frames of so many cycles of divider/256 at clk_sys.
static ta_ring_clock_t pin_clock(uint32_t slot_frames, uint32_t cycles, uint32_t divider_q8, uint32_t system_hz)
{
    return (ta_ring_clock_t){(uint64_t)slot_frames * cycles * divider_q8 * 1000000U, (uint64_t)system_hz << 8};
}

static void test_the_clock_over_days(void **state)
{
    (void)state;
    static const uint32_t system_hz[] = {125000000, 133000000, 150000000, 147600000, 132999999, 48000001};
    static const uint32_t rates[] = {1000, 8000, 11025, 22050, 44100, 48000, 96000, 192000, 384000};
    static const uint32_t slot_frames[] = {TA_RAMP_FRAMES, 100, 256, 1023, 4096};
    uint32_t random = SEED;
    unsigned clocks = 0;
    for (unsigned k = 0; k < 6 * 9 * 5; k++) {
        uint32_t hz = system_hz[k % 6], rate = rates[k / 6 % 9], frames = slot_frames[k / 54];
        uint64_t cycles = 128, divider = ((uint64_t)hz * 256 + rate * cycles / 2) / (rate * cycles);
        const ta_ring_config_t config = {TA_WIRE_S16, frames, 3 + k % 20, 0, 0};
        const ta_ring_clock_t clock = pin_clock(frames, (uint32_t)cycles, (uint32_t)divider, hz);
        clocked_t c;
        open_clocked(&c, &config);
        // 2^32 us come after some seconds; 2^32 slots too, in a third of the cases.
        c.hw.us = UINT32_MAX - 5000000U;
        c.ring.read = k % 3 ? 0 : UINT32_MAX - 1000;
        c.hw.index = (uint32_t)c.ring.read & (c.ring.entries - 1);
        ta_ring_anchor(&c.ring, &clock);
        truth_t truth = {(long double)clock.slot_den / (long double)clock.slot_num, c.hw.us, c.ring.read};
        // A fraction that had to be cut may be wrong by half a millionth.
        bool whole = clock.slot_num / c.ring.clock.slot_num * c.ring.clock.slot_num == clock.slot_num;
        uint64_t most = whole ? 10 * DAY_US : ta_ring_stall_limit_us(&c.ring, 1);
        unsigned wrong = look_around(&c, &truth, most < 10 * DAY_US ? most : 10 * DAY_US, LOOKS, &random);
        if (wrong)
            fail_msg("%u Hz, %u frames, clk_sys %u: %u of %d looks are wrong", rate, frames, hz, wrong, LOOKS);
        assert_true(k % 3 || c.ring.read > UINT32_MAX);
        assert_true(c.hw.us > UINT32_MAX);
        close_clocked(&c);
        clocks++;
    }
    print_message("seed %d, %u clocks, %d looks each\n", SEED, clocks, LOOKS);
    assert_int_equal(clocks, 270);
}

// A timer that is wrong by so many millionths: right within the limit that the ring states, and the limit means something.
static void test_the_limit_of_a_stall(void **state)
{
    (void)state;
    static const int ppm[] = {-1000, -100, -20, 20, 100, 1000};
    uint32_t random = SEED;
    unsigned beyond = 0;
    for (unsigned k = 0; k < 6 * 4; k++) {
        int error = ppm[k % 6];
        const ta_ring_config_t config = {TA_WIRE_S16, 256, 3 + 15 * (k / 6), 0, 0};
        const ta_ring_clock_t clock = {256 * 1000000U, 44100};
        clocked_t c;
        open_clocked(&c, &config);
        ta_ring_anchor(&c.ring, &clock);
        truth_t truth = {44100.0L / 256e6L * (1.0L + (long double)error / 1e6L), 0, 0};
        uint64_t limit = ta_ring_stall_limit_us(&c.ring, (uint32_t)abs(error));
        assert_int_equal(look_around(&c, &truth, limit, LOOKS, &random), 0);
        assert_int_equal(ta_ring_stall_limit_us(&c.ring, 0), UINT64_MAX);
        beyond += look_around(&c, &truth, 4 * limit, LOOKS, &random) > 0;
        close_clocked(&c);
    }
    assert_int_equal(beyond, 24);
}

static void test_another_rate_keeps_the_count(void **state)
{
    (void)state;
    clocked_t c;
    open_clocked(&c, &plain);
    uint32_t random = SEED;
    uint64_t read = 0;
    unsigned changes = 0;
    for (uint32_t rate = 1000; rate <= 384000; rate += 1733) {
        const ta_ring_clock_t clock = {(uint64_t)plain.slot_frames * 1000000U, rate};
        read += next_random(&random) % (c.ring.entries - 1); // slots between the last look and the change
        c.hw.index = (uint32_t)read & (c.ring.entries - 1);
        ta_ring_anchor(&c.ring, &clock);
        assert_int_equal(c.ring.read, read);
        truth_t truth = {(long double)rate / (plain.slot_frames * 1e6L), c.hw.us, read};
        assert_int_equal(look_around(&c, &truth, DAY_US, 50, &random), 0);
        read = c.ring.read;
        changes++;
    }
    assert_int_equal(changes, 222);
    close_clocked(&c);
}

// Pointer and timer are read one after the other; a stall between them must not tear them apart.
typedef struct {
    clock_hw_t hw;
    unsigned calls, stall_at;
    uint64_t stall_slots;
} torn_t;

static void stall(torn_t *torn)
{
    if (++torn->calls == torn->stall_at) {
        torn->hw.index = (torn->hw.index + (uint32_t)torn->stall_slots) & 7;
        torn->hw.us += torn->stall_slots * 2000;
    }
}

static void torn_look(void *context, uint32_t within_us, ta_ring_look_t *look)
{
    torn_t *torn = context;
    uint64_t before_us;
    do {
        stall(torn);
        before_us = torn->hw.us;
        do {
            stall(torn);
            look->index = torn->hw.index;
            stall(torn);
            look->remaining = (uint32_t)torn->hw.us; // different in every slot
            stall(torn);
        } while (look->index != torn->hw.index);
        stall(torn);
        look->us = torn->hw.us;
    } while ((uint32_t)(look->us - before_us) > within_us);
}

static uint64_t torn_glance(void *context, uint32_t *index)
{
    torn_t *torn = context;
    stall(torn);
    *index = torn->hw.index;
    stall(torn);
    return torn->hw.us;
}

static uint64_t torn_us(void *context)
{
    torn_t *torn = context;
    stall(torn);
    return torn->hw.us;
}

static const ta_ring_hw_t torn_functions = {torn_look, torn_glance, torn_us, lock, unlock, store, bus_address};

static void test_a_stall_inside_a_look(void **state)
{
    (void)state;
    unsigned cases = 0;
    for (unsigned at = 1; at <= 12; at++) {
        for (uint64_t slots = 1; slots <= 40; slots++) {
            clocked_t c;
            open_clocked(&c, &plain);
            torn_t torn = {.stall_at = at, .stall_slots = slots};
            c.ring.hw = &torn_functions;
            c.ring.hw_context = &torn;
            static const ta_ring_clock_t clock = {2000, 1}; // 2 ms a slot
            ta_ring_anchor(&c.ring, &clock);
            bool before = torn.calls >= at; // the anchor was stalled: laps before it count for nothing
            for (int look = 0; look < 6; look++)
                (void)ta_ring_now(&c.ring);
            assert_true(torn.calls > at);
            uint64_t read = ta_ring_now(&c.ring), expected = before ? slots & 7 : slots;
            if (read != expected)
                fail_msg("stalled for %u slots at call %u: R is %u, not %u", (unsigned)slots, at, (unsigned)read,
                         (unsigned)expected);
            close_clocked(&c);
            cases++;
        }
    }
    assert_int_equal(cases, 480);
}

// Looks whose time is 2^32 us too late, because the timer's low word wrapped just then, as many as `late` says.
typedef struct {
    clock_hw_t hw;
    unsigned late;
} wrapping_t;

static void wrapping_look(void *context, uint32_t within_us, ta_ring_look_t *look)
{
    wrapping_t *w = context;
    get_look(context, within_us, look);
    if (w->late) {
        w->late--;
        look->us += UINT64_C(1) << 32;
    }
}

static void test_a_time_that_is_too_late(void **state)
{
    (void)state;
    static const ta_ring_hw_t wrapping = {wrapping_look, get_glance, get_us, lock, unlock, store, bus_address};
    for (unsigned late = 0; late < 5; late++) {
        clocked_t c;
        open_clocked(&c, &plain);
        static const ta_ring_clock_t clock = {2003, 1}; // 2^32 us are no whole number of laps
        ta_ring_anchor(&c.ring, &clock);
        wrapping_t w = {.hw = c.hw};
        c.ring.hw = &wrapping;
        c.ring.hw_context = &w;
        for (uint64_t read = 3; read < 1000000; read = read * 4 + 1) {
            w.hw.us = read * 2003 + 1000;
            w.hw.index = (uint32_t)read & (c.ring.entries - 1);
            w.late = late;
            assert_int_equal(ta_ring_now(&c.ring), read);
            assert_int_equal(w.late, 0);
            assert_int_equal(c.ring.seen_us, w.hw.us);
        }
        close_clocked(&c);
    }
}

// ---- overtaken ------------------------------------------------------------------------------------------------------------

// Entries that the hardware passes between the stores of a publication and the look behind them.
typedef struct {
    clock_hw_t hw;
    ta_ring_t *ring;
    unsigned glances, passes;
} passing_t;

static uint64_t passing_glance(void *context, uint32_t *index)
{
    passing_t *p = context;
    for (unsigned k = 0; p->glances == 1 && k < p->passes; k++) {
        p->ring->table[p->hw.index] = p->ring->silence_address;
        p->hw.index = (p->hw.index + 1) & (p->ring->entries - 1);
        p->hw.us += 2000;
    }
    p->glances++;
    return get_glance(context, index);
}

// A run that was heard though it was overtaken: as long as its tail has not been read, the tail stays, lest the sound break off.
static void test_the_tail_of_an_overtaken_run_stays(void **state)
{
    (void)state;
    static const ta_ring_hw_t passing = {get_look, passing_glance, get_us, lock, unlock, store, bus_address};
    for (unsigned passes = 0; passes <= 3; passes++) {
        clocked_t c;
        open_clocked(&c, &plain);
        c.hw.index = 1;
        static const ta_ring_clock_t clock = {2000, 1};
        ta_ring_anchor(&c.ring, &clock);
        c.ring.open = true; // as behind a ramp
        c.ring.write = 2;
        passing_t p = {.hw = c.hw, .ring = &c.ring, .passes = passes};
        c.ring.hw = &passing;
        c.ring.hw_context = &p;
        int slot = ta_ring_take_slot(&c.ring);
        ta_run_t run = {.data = ta_ring_slot_memory(&c.ring, slot), .slot = (int8_t)slot, .frames = 128};
        assert_int_equal(ta_ring_publish(&c.ring, &run), TA_PUBLISHED);
        assert_int_equal(c.ring.stats.indeterminate, passes > 1);
        uint32_t tail = bus_address(&p, ta_ring_slot_memory(&c.ring, c.ring.tail_newest));
        assert_int_equal(c.ring.table[3], passes < 3 ? tail : c.ring.silence_address);
        close_clocked(&c);
    }
}

static void test_the_largest_step_is_of_all_ranges_of_levels(void **state)
{
    (void)state;
    static const struct {
        uint32_t top;
        int32_t to;
    } ramps[] = {{2047, 1 << 27}, {255, 5 << 24}, {2047, 6 << 24}, {255, 1 << 30}, {2047, (1 << 30) + 1}};
    clocked_t c;
    const ta_ring_config_t config = {.wire = TA_WIRE_PWM, .slot_frames = 64, .slots = 3, .pwm_top = 2047};
    open_clocked(&c, &config);
    static const ta_ring_clock_t clock = {2000, 1};
    ta_ring_anchor(&c.ring, &clock);
    uint32_t most = 0;
    for (unsigned k = 0; k < sizeof ramps / sizeof *ramps; k++) {
        ta_ring_set_pwm_top(&c.ring, ramps[k].top);
        const int32_t to[2] = {ramps[k].to, 0};
        assert_int_equal(ta_ring_publish_ramp(&c.ring, to), TA_PUBLISHED);
        uint32_t step = ta_ramp_step(&c.ring.config, (uint32_t)ramps[k].to);
        most = step > most ? step : most;
        assert_int_equal(c.ring.stats.largest_step, most);
        for (unsigned slot = 0; slot < 4; slot++, c.hw.us += 2000) {
            c.ring.table[c.hw.index] = c.ring.silence_address;
            c.hw.index = (c.hw.index + 1) & (c.ring.entries - 1);
        }
        (void)ta_ring_now(&c.ring);
    }
    assert_int_equal(most, 512);
    close_clocked(&c);
}

// ---- short ways to slots ---------------------------------------------------------------------------------------------------

// A ring, what its caller holds, and what is being played. Time stands still but between calls.
typedef struct {
    clocked_t c;
    int held[64];
    unsigned holds;
    uint32_t playing, random;
    unsigned taken, short_ways, again, tails, taken_back, reopened;
} juggler_t;

static uint64_t slot_bit(const ta_ring_t *ring, uint32_t address)
{
    uint32_t first = bus_address(ring->hw_context, ring->slot_memory);
    return address >= first ? UINT64_C(1) << (address - first) / ring->slot_bytes : 0;
}

static void add_once(uint64_t *all, uint64_t bit)
{
    assert_int_equal(*all & bit, 0);
    *all |= bit;
}

// Slots that must not be written: the caller's, those in the table, the one that plays. None is two of these.
static uint64_t in_use(const juggler_t *j)
{
    const ta_ring_t *ring = &j->c.ring;
    uint64_t all = slot_bit(ring, j->playing);
    for (uint32_t e = 0; e < ring->entries; e++)
        add_once(&all, slot_bit(ring, ring->table[e]));
    for (unsigned h = 0; h < j->holds; h++)
        add_once(&all, UINT64_C(1) << j->held[h]);
    return all;
}

static void hold(juggler_t *j, int slot)
{
    if (slot >= 0)
        j->held[j->holds++] = slot;
}

static void play_slots(juggler_t *j, unsigned slots)
{
    ta_ring_t *ring = &j->c.ring;
    while (slots--) {
        j->playing = ring->table[j->c.hw.index];
        ring->table[j->c.hw.index] = ring->silence_address;
        j->c.hw.index = (j->c.hw.index + 1) & (ring->entries - 1);
        j->c.hw.us += 2000;
    }
    (void)ta_ring_now(ring);
}

static void juggle_take(juggler_t *j, uint64_t before)
{
    bool dropped = j->c.ring.steady && j->c.ring.dropped >= 0;
    int slot = ta_ring_take_slot(&j->c.ring);
    if (slot < 0)
        return;
    assert_int_equal(before >> slot & 1, 0);
    j->taken++;
    j->again += dropped;
    j->short_ways += j->c.ring.steady && !dropped;
    hold(j, slot);
    assert_in_range(__builtin_popcountll(in_use(j)), 1, j->c.ring.config.slots + 1); // one stays, for a tail
}

static void juggle_publish(juggler_t *j, uint64_t before, bool ramp)
{
    static const int32_t loud[2] = {1 << 30, -(1 << 30)};
    ta_ring_t *ring = &j->c.ring;
    bool lent = j->holds == 0 || next_random(&j->random) % 4 == 0, last = !lent && next_random(&j->random) % 6 == 0;
    ta_run_t run = {.data = ring->silence, .slot = -1, .frames = (uint16_t)(last ? 50 : ring->config.slot_frames)};
    if (!lent) {
        run.slot = (int8_t)j->held[j->holds - 1];
        run.data = ta_ring_slot_memory(ring, run.slot);
        run.last = last;
    }
    if ((ramp ? ta_ring_publish_ramp(ring, loud) : ta_ring_publish(ring, &run)) != TA_PUBLISHED)
        return;
    if (!ramp && !lent)
        j->holds--;
    assert_int_equal(before >> ring->tail_newest & 1, 0);
    assert_true(!ramp || !(before & slot_bit(ring, ring->table[(ring->write - 1) & (ring->entries - 1)])));
    j->tails++;
}

static void juggle(juggler_t *j)
{
    ta_ring_t *ring = &j->c.ring;
    uint64_t before = in_use(j);
    ta_run_t runs[64], partial;
    unsigned count = 0, what = next_random(&j->random) % 32;
    if (what < 8) {
        juggle_take(j, before);
    } else if (what < 11 && j->holds) {
        ta_ring_drop_slot(ring, j->held[--j->holds]);
    } else if (what < 22) {
        juggle_publish(j, before, !ring->open);
    } else if (what == 22) {
        count = ta_ring_take_back(ring, runs);
        j->taken_back += count;
    } else if (what < 26 && !ring->open && ta_ring_reopen(ring, &partial)) {
        j->reopened += partial.slot >= 0;
        hold(j, partial.slot);
    } else if (what == 26 && j->holds == 0 && ring->read >= ta_ring_silent_entry(ring)) {
        ta_ring_free_slots(ring);
    } else if (what > 26) {
        play_slots(j, what == 27 ? next_random(&j->random) % 10 : 1);
    }
    for (unsigned k = 0; k < count; k++)
        hold(j, runs[k].slot);
}

static void test_no_slot_serves_twice(void **state)
{
    (void)state;
    for (uint32_t slots = 3; slots <= 10; slots++) {
        juggler_t j = {.random = 0x70a1 + slots};
        ta_ring_config_t config = plain;
        config.slots = slots;
        open_clocked(&j.c, &config);
        static const ta_ring_clock_t clock = {2000, 1};
        ta_ring_anchor(&j.c.ring, &clock);
        for (unsigned turn = 0; turn < 100000; turn++)
            juggle(&j);
        print_message(
            "%u slots: %u taken, %u the short way, %u dropped before, %u tails, %u runs taken back, %u reopened\n",
            slots, j.taken, j.short_ways, j.again, j.tails, j.taken_back, j.reopened);
        assert_true(j.taken > 5000 && j.short_ways > 300 && j.again > 500 && j.tails > 5000 && j.reopened > 80);
        assert_true(j.taken_back > 300);
        close_clocked(&j.c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_geometry_is_checked),
        cmocka_unit_test(test_need_is_what_init_uses),
        cmocka_unit_test(test_init_refuses),
        cmocka_unit_test(test_names_of_causes),
        cmocka_unit_test(test_slots_are_lent_once),
        cmocka_unit_test(test_the_clock_over_days),
        cmocka_unit_test(test_the_limit_of_a_stall),
        cmocka_unit_test(test_another_rate_keeps_the_count),
        cmocka_unit_test(test_a_stall_inside_a_look),
        cmocka_unit_test(test_no_slot_serves_twice),
        cmocka_unit_test(test_a_time_that_is_too_late),
        cmocka_unit_test(test_the_tail_of_an_overtaken_run_stays),
        cmocka_unit_test(test_the_largest_step_is_of_all_ranges_of_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
