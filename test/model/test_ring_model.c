// The ring against a queue of numbered frames. The hardware stands still while the feed works, but for delays that are put in
// front of callbacks: one delay of every length at every callback, pairs of them, and random walks. What is heard is read by
// test/support/heard.c. A failure prints an id such as ring/publish:cb=17:steps=9; given as an argument, that case alone runs.
// With --slice K, or -DTEST_SLICE=K, the delays begin at every K-th callback only, and every K-th walk is gone: for slow builds.
#include "test/support/ring_feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    FRAMES = 64, // of a slot
    SLOTS = 6,
    ENTRIES = 8,
    RUNS = 12,
    STEPS_MAX = 3 * ENTRIES * WALKER_STEPS_PER_SLOT,
};

static const script_t scripts[] = {
    {.name = "publish", .wire = TA_WIRE_S32, .slot_frames = FRAMES, .slots = SLOTS, .frames = RUNS * FRAMES},
    {.name = "short", .wire = TA_WIRE_S16, .slot_frames = FRAMES, .slots = 3, .frames = 7 * FRAMES - 20},
    {.name = "lent", .wire = TA_WIRE_S32, .slot_frames = FRAMES, .slots = SLOTS, .frames = RUNS * FRAMES, .lent = true},
    {.name = "pause",
     .wire = TA_WIRE_S24,
     .slot_frames = FRAMES,
     .slots = SLOTS,
     .frames = RUNS * FRAMES,
     .pause_at = 3,
     .resume_at = 5},
    {.name = "late",
     .wire = TA_WIRE_S32,
     .slot_frames = FRAMES + 16,
     .slots = 4,
     .frames = RUNS * (FRAMES + 16) - 70,
     .late_at = 4,
     .late = 7},
    {.name = "stop", .wire = TA_WIRE_S32, .slot_frames = FRAMES, .slots = 4, .frames = RUNS * FRAMES, .stop_at = 16},
    {.name = "follow",
     .wire = TA_WIRE_S24,
     .slot_frames = FRAMES + 8,
     .slots = SLOTS,
     .frames = RUNS * (FRAMES + 8) - 30,
     .reopen_at = 2},
    {.name = "wait",
     .wire = TA_WIRE_S16,
     .slot_frames = FRAMES,
     .slots = SLOTS,
     .frames = RUNS * FRAMES,
     .wait_at = 3,
     .wait = 9},
};

typedef struct {
    uint64_t runs, delayed, holed, indeterminate, callbacks;
} tally_t;

// Delays that are placed, and delays at random.
typedef struct {
    injection_t at[WALKER_INJECTIONS];
    unsigned count;
    uint32_t random, rarely, most, most_locked;
} delays_t;

#ifndef TEST_SLICE
#define TEST_SLICE 1
#endif
static uint32_t slice = TEST_SLICE;

static uint64_t sliced(uint64_t cases)
{
    return (cases + slice - 1) / slice;
}

static bool run_case(const script_t *script, const delays_t *delays, tally_t *tally)
{
    static feed_t feed;
    static heard_check_t check;
    walker_t *walker = &feed.walker;
    feed_open(&feed, script);
    memcpy(walker->injection, delays->at, sizeof delays->at);
    walker->injections = delays->count;
    walker->random = delays->random;
    walker->rarely = delays->rarely;
    walker->most = delays->most;
    walker->most_locked = delays->most_locked;
    feed_play(&feed);
    tally->callbacks = feed.walker.callbacks;
    tally->runs++;
    tally->holed += feed.ring.stats.holes > 0;
    tally->indeterminate += feed.ring.stats.indeterminate > 0;
    for (unsigned i = 0; i < delays->count; i++)
        tally->delayed += delays->at[i].callback <= walker->callbacks && delays->at[i].steps > 0;
    feed_check(&feed, &check);
    if (feed.ring.stats.indeterminate && feed.walker.section_most < 2)
        feed_complain(&feed, "indeterminate, but no section was as long as a slot", feed.ring.stats.indeterminate, 0);
    bool ok = !feed.complaint[0];
    if (!ok) {
        printf("ring/%s", script->name);
        for (unsigned i = 0; i < delays->count; i++)
            printf(":cb=%llu:steps=%u", (unsigned long long)delays->at[i].callback, delays->at[i].steps);
        printf("\n    %s\n", feed.complaint);
    }
    feed_close(&feed);
    return ok;
}

enum { FAILURES_SHOWN = 5 };

// ---- tests ---------------------------------------------------------------------------------------------------------------

static const script_t *script_named(const char *name)
{
    for (size_t s = 0; s < sizeof scripts / sizeof *scripts; s++)
        if (strcmp(scripts[s].name, name) == 0)
            return &scripts[s];
    return NULL;
}

static void say(const char *name, const char *what, const tally_t *tally)
{
    printf("ring/%s, %s: %llu delays, %llu runs, %llu with holes, %llu with an indeterminate publication\n", name, what,
           (unsigned long long)tally->delayed, (unsigned long long)tally->runs, (unsigned long long)tally->holed,
           (unsigned long long)tally->indeterminate);
}

static void single(const char *name)
{
    const script_t *script = script_named(name);
    tally_t tally = {0};
    unsigned failures = !run_case(script, &(delays_t){.count = 0}, &tally);
    uint64_t callbacks = tally.callbacks;
    for (uint64_t cb = 1; cb <= callbacks && failures < FAILURES_SHOWN; cb += slice)
        for (uint32_t steps = 1; steps <= STEPS_MAX && failures < FAILURES_SHOWN; steps++)
            failures += !run_case(script, &(delays_t){.at = {{cb, steps}}, .count = 1}, &tally);
    say(name, "single", &tally);
    assert_int_equal(failures, 0);
    assert_true(callbacks > 100);
    assert_int_equal(tally.delayed, sliced(callbacks) * STEPS_MAX);
    assert_true(tally.holed > tally.delayed / 4);
    assert_true(tally.indeterminate > 0 && tally.indeterminate < tally.runs / 2);
}

// Two delays within about one publication of each other.
static void pairs(const char *name)
{
    static const uint32_t steps[] = {2, 7, 39};
    enum { STEPS = sizeof steps / sizeof *steps, APART = 18 };
    const script_t *script = script_named(name);
    tally_t tally = {0};
    unsigned failures = !run_case(script, &(delays_t){.count = 0}, &tally);
    uint64_t callbacks = tally.callbacks;
    for (uint64_t cb = 1; cb < callbacks && failures < FAILURES_SHOWN; cb += slice) {
        for (unsigned k = 0; k < APART * STEPS * STEPS && failures < FAILURES_SHOWN; k++) {
            const delays_t both = {
                .at = {{cb, steps[k % STEPS]}, {cb + 1 + k / STEPS / STEPS, steps[k / STEPS % STEPS]}}, .count = 2};
            failures += !run_case(script, &both, &tally);
        }
    }
    say(name, "pairs", &tally);
    assert_int_equal(failures, 0);
    assert_int_equal(tally.runs, 1 + sliced(callbacks - 1) * APART * STEPS * STEPS);
    assert_true(tally.delayed > 2 * tally.runs - 2 * APART * APART * STEPS * STEPS);
}

#define SINGLE(name)                                                                                                   \
    static void test_single_##name(void **state)                                                                       \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        single(#name);                                                                                                 \
    }
SINGLE(publish)
SINGLE(short)
SINGLE(lent)
SINGLE(pause)
SINGLE(late)
SINGLE(stop)
SINGLE(follow)
SINGLE(wait)

static void test_pairs_publish(void **state)
{
    (void)state;
    pairs("publish");
}

static void test_pairs_pause(void **state)
{
    (void)state;
    pairs("pause");
}

// ---- random walks --------------------------------------------------------------------------------------------------------

static script_t random_script(uint32_t *random)
{
    static const uint32_t slot_frames[] = {FRAMES, FRAMES + 8, 96};
    script_t script = {.name = "walk", .wire = (ta_wire_t)(walker_random(random) % TA_WIRES)};
    script.slot_frames = slot_frames[walker_random(random) % 3];
    script.slots = 3 + walker_random(random) % 8;
    script.frames = 4 * script.slot_frames + walker_random(random) % (30 * script.slot_frames);
    script.lent = script.wire == TA_WIRE_S32 && walker_random(random) % 2;
    if (walker_random(random) % 2) {
        script.pause_at = 1 + walker_random(random) % 30;
        script.resume_at = script.pause_at + walker_random(random) % 12;
    }
    if (walker_random(random) % 3 == 0)
        script.stop_at = 1 + walker_random(random) % 20;
    else if (walker_random(random) % 3 == 0)
        script.reopen_at = 1 + walker_random(random) % 20;
    if (walker_random(random) % 3 == 0) {
        script.late_at = 1 + walker_random(random) % 30;
        script.late = walker_random(random) % 20;
    }
    if (walker_random(random) % 3 == 0) {
        script.wait_at = 1 + walker_random(random) % 30;
        script.wait = walker_random(random) % 20;
    }
    return script;
}

static bool walk(uint32_t seed, tally_t *tally)
{
    uint32_t random = seed;
    script_t script = random_script(&random);
    delays_t delays = {.random = walker_random(&random),
                       .rarely = 10 + walker_random(&random) % 300,
                       .most = 1 + walker_random(&random) % (4 * ENTRIES * WALKER_STEPS_PER_SLOT)};
    static const uint32_t locked[] = {0, 2, 5, 5, 20, STEPS_MAX};
    delays.most_locked = locked[walker_random(&random) % 6];
    bool ok = run_case(&script, &delays, tally);
    if (!ok)
        printf("    ring/walk:seed=%u\n", seed);
    return ok;
}

static void test_walks(void **state)
{
    (void)state;
    enum { WALKS = 20000, SEED = 20000101 };
    tally_t tally = {0};
    unsigned failures = 0;
    for (uint32_t w = 0; w < WALKS && failures < FAILURES_SHOWN; w += slice)
        failures += !walk(SEED + w, &tally);
    printf("first seed %d\n", SEED);
    say("walk", "random", &tally);
    assert_int_equal(failures, 0);
    assert_int_equal(tally.runs, sliced(WALKS));
    assert_true(tally.holed > tally.runs / 4);
    assert_true(tally.indeterminate > tally.runs / 20 && tally.indeterminate < tally.runs / 2);
}

// ---- replay --------------------------------------------------------------------------------------------------------------

// ring/NAME[:cb=N:steps=N]... or ring/walk:seed=N. Returns the exit code.
static int replay(const char *id)
{
    char name[16];
    int used = 0;
    unsigned seed;
    tally_t tally = {0};
    bool ok;
    if (sscanf(id, "ring/walk:seed=%u", &seed) == 1) {
        ok = walk(seed, &tally);
    } else {
        if (sscanf(id, "ring/%15[a-z]%n", name, &used) != 1 || !script_named(name)) {
            printf("%s: no such case\n", id);
            return 2;
        }
        delays_t delays = {.count = 0};
        unsigned long long callback;
        unsigned steps;
        for (const char *at = id + used; delays.count < WALKER_INJECTIONS; at += used) {
            if (sscanf(at, ":cb=%llu:steps=%u%n", &callback, &steps, &used) != 2)
                break;
            delays.at[delays.count++] = (injection_t){callback, steps};
        }
        ok = run_case(script_named(name), &delays, &tally);
    }
    printf("%s: %s\n", id, ok ? "passed" : "FAILED");
    return !ok;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--slice") == 0 && atoi(argv[2]) > 0)
        slice = (uint32_t)atoi(argv[2]);
    else if (argc > 1)
        return replay(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single_publish), cmocka_unit_test(test_single_short),
        cmocka_unit_test(test_single_lent),    cmocka_unit_test(test_single_pause),
        cmocka_unit_test(test_single_late),    cmocka_unit_test(test_single_stop),
        cmocka_unit_test(test_single_follow),  cmocka_unit_test(test_single_wait),
        cmocka_unit_test(test_pairs_publish),  cmocka_unit_test(test_pairs_pause),
        cmocka_unit_test(test_walks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
