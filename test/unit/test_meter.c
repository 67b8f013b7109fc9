// Meters: whose time is whose, whatever consumes what; blocks as without one; what is refused; a ranking.
#include "tonearm/meter.h"
#include "tonearm/mixer.h"
#include "tonearm/raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 44100, SOURCES = 6 };

// ---- a clock that moves only where it is told, and sources that take their time -------------------------------------------------

static uint32_t time_now;
static void (*at_look)(void); // somebody who looks while the clock is asked

static uint32_t now(void)
{
    if (at_look)
        at_look();
    return time_now;
}

typedef struct node node_t;
struct node {
    ta_source_t source;
    uint32_t takes; // ticks of the clock
    node_t *input[3];
    ta_pull_t result;
    bool pulling;
};

static ta_pull_t node_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    static const int16_t silence[256];
    node_t *node = (node_t *)source;
    if (node->pulling)
        return TA_PULL_WAIT;
    node->pulling = true;
    time_now += node->takes / 2;
    for (unsigned i = 0; i < 3; i++) {
        ta_block_t unused;
        if (node->input[i])
            (void)!ta_source_pull(&node->input[i]->source, max_frames, &unused);
    }
    time_now += node->takes - node->takes / 2;
    node->pulling = false;
    if (node->result != TA_PULL_MORE)
        return node->result;
    block->data = silence;
    block->frames = max_frames < 100 ? max_frames : 100;
    return TA_PULL_MORE;
}

static const ta_source_ops_t node_ops = {node_pull, NULL};
static node_t nodes[SOURCES];
static ta_meter_t meters[SOURCES];
static ta_meter_clock_t meter_clock;

static void make(node_t *node, uint32_t takes)
{
    const ta_format_t format = {TA_SAMPLE_S16, 1, RATE};
    *node = (node_t){.takes = takes, .result = TA_PULL_MORE};
    ta_source_init(&node->source, &node_ops, &format, TA_FRAMES_UNKNOWN);
}

static int setup(void **state)
{
    (void)state;
    at_look = NULL;
    time_now = UINT32_MAX - 50; // it wraps within each test
    ta_meter_clock_init(&meter_clock, now, 1000000);
    for (unsigned n = 0; n < SOURCES; n++)
        make(&nodes[n], 1U << n);
    return 0;
}

static void meter(unsigned n, const char *name)
{
    assert_int_equal(ta_meter_on(&meters[n], &nodes[n].source, &meter_clock, name), TA_OK);
}

static void pull(unsigned n, uint32_t frames)
{
    ta_block_t block;
    (void)!ta_source_pull(&nodes[n].source, frames, &block);
}

static ta_meter_figures_t figures_of(unsigned n)
{
    ta_meter_figures_t figures;
    assert_int_equal(ta_meter_read(&meters[n], &figures), TA_OK);
    return figures;
}

// ---- whose time ----------------------------------------------------------------------------------------------------------------

// 0 plays 1 and 2, 2 plays 3: takes 1, 2, 4, 8.
static void test_own_time_is_without_the_inputs(void **state)
{
    (void)state;
    nodes[0].input[0] = &nodes[1];
    nodes[0].input[1] = &nodes[2];
    nodes[2].input[0] = &nodes[3];
    for (unsigned n = 0; n < 4; n++)
        meter(n, "node");
    for (unsigned times = 1; times <= 10; times++) {
        pull(0, times < 5 ? 64 : 200);
        static const uint32_t inclusive[4] = {15, 2, 12, 8};
        for (unsigned n = 0; n < 4; n++) {
            ta_meter_figures_t figures = figures_of(n);
            assert_int_equal(figures.ticks, inclusive[n] * times);
            assert_int_equal(figures.own, nodes[n].takes * times);
            assert_int_equal(figures.frames, times < 5 ? 64 * times : 64 * 4 + 100 * (times - 4));
            assert_int_equal(figures.pulls, times);
            assert_int_equal(figures.longest, inclusive[n]);
        }
        assert_null(meter_clock.inside);
    }
    nodes[3].takes = 100;
    pull(0, 1);
    nodes[3].takes = 8;
    pull(0, 1);
    assert_int_equal(figures_of(0).longest, 107);
    assert_int_equal(figures_of(2).longest, 104);
    assert_int_equal(figures_of(1).longest, 2);
}

// What has no meter counts as its consumer's; what lies behind it is seen again.
static void test_a_source_without_a_meter_is_its_consumers(void **state)
{
    (void)state;
    nodes[0].input[0] = &nodes[1];
    nodes[1].input[0] = &nodes[2];
    meter(0, "first");
    meter(2, "last");
    pull(0, 10);
    assert_int_equal(figures_of(0).own, 1 + 2);
    assert_int_equal(figures_of(0).ticks, 7);
    assert_int_equal(figures_of(2).own, 4);
}

// The graph changes while it plays: nothing is to be told.
static void test_a_graph_that_changes(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 3; n++)
        meter(n, "node");
    nodes[0].input[0] = &nodes[2];
    pull(0, 1);
    nodes[0].input[0] = &nodes[1];
    nodes[1].input[0] = &nodes[2];
    pull(0, 1);
    pull(2, 1);
    assert_int_equal(figures_of(0).own, 2);
    assert_int_equal(figures_of(1).own, 2);
    assert_int_equal(figures_of(2).own, 12);
    assert_int_equal(figures_of(0).ticks, 5 + 7);
}

// Three that consume each other in a circle, and each something else before: the parts are still the whole.
static void test_a_circle(void **state)
{
    (void)state;
    for (unsigned n = 0; n < SOURCES; n++)
        meter(n, "node");
    for (unsigned n = 0; n < 3; n++) {
        nodes[n].input[0] = &nodes[n + 3];
        nodes[n].input[1] = &nodes[(n + 1) % 3];
    }
    uint32_t before = time_now;
    for (unsigned times = 0; times < 5; times++)
        pull(times % 3, 50);
    uint64_t own = 0;
    for (unsigned n = 0; n < SOURCES; n++) {
        own += figures_of(n).own;
        assert_int_equal(figures_of(n).own, nodes[n].takes * 5);
    }
    assert_int_equal(own, time_now - before);
    assert_null(meter_clock.inside);
}

// ---- blocks and ends -----------------------------------------------------------------------------------------------------------

// A program in memory with loops, in pieces of all sizes: the same with and without a meter.
static void test_blocks_are_as_without(void **state)
{
    (void)state;
    static int16_t samples[1000];
    const ta_format_t format = {TA_SAMPLE_S16, 1, RATE};
    for (unsigned s = 0; s < 1000; s++)
        samples[s] = (int16_t)s;
    for (uint32_t size = 1; size <= 1100; size++) {
        ta_raw_t raws[2];
        for (unsigned r = 0; r < 2; r++) {
            assert_int_equal(ta_raw_init(&raws[r], &format, samples, 1000), TA_OK);
            if (r)
                assert_int_equal(ta_meter_on(&meters[0], &raws[r].source, &meter_clock, "raw"), TA_OK);
            assert_int_equal(ta_source_set_loop(&raws[r].source, 100, 350, 3), TA_OK);
            assert_int_equal(ta_source_seek(&raws[r].source, 50), TA_OK);
        }
        uint64_t frames = 0;
        uint32_t pulls = 0;
        for (bool more = true; more; pulls++) {
            ta_block_t blocks[2];
            ta_pull_t results[2];
            for (unsigned r = 0; r < 2; r++)
                results[r] = ta_source_pull(&raws[r].source, size, &blocks[r]);
            assert_int_equal(results[0], results[1]);
            assert_int_equal(blocks[0].frames, blocks[1].frames);
            assert_ptr_equal(blocks[0].data, blocks[1].data);
            assert_int_equal(blocks[0].lasting, blocks[1].lasting);
            assert_int_equal(raws[0].source.position, raws[1].source.position);
            frames += blocks[0].frames;
            more = results[0] == TA_PULL_MORE;
        }
        assert_int_equal(frames, 950 + 3 * 250);
        assert_int_equal(figures_of(0).frames, frames);
        assert_int_equal(figures_of(0).pulls, pulls);
    }
}

static void test_waits_ends_and_faults_pass(void **state)
{
    (void)state;
    static const ta_pull_t results[] = {TA_PULL_WAIT, TA_PULL_FAULT, TA_PULL_END};
    for (unsigned r = 0; r < 3; r++) {
        make(&nodes[r], 5);
        meter(r, "node");
        nodes[r].result = results[r];
        ta_block_t block;
        assert_int_equal(ta_source_pull(&nodes[r].source, 10, &block), results[r]);
        assert_int_equal(figures_of(r).ticks, 5);
        assert_int_equal(figures_of(r).frames, 0);
        assert_null(meter_clock.inside);
        assert_int_equal(nodes[r].source.waits, results[r] == TA_PULL_WAIT);
        assert_int_equal(nodes[r].source.fault, results[r] == TA_PULL_FAULT ? TA_E_IO : TA_OK);
    }
    assert_int_equal(ta_source_seek(&nodes[0].source, 0), TA_E_STATE); // it cannot, and no meter makes it so
}

// A mixer is a source like others: eight metered voices.
static void test_a_mixer_with_metered_voices(void **state)
{
    (void)state;
    static ta_mixer_t mixer;
    static _Alignas(8) uint8_t storage[8192];
    static ta_meter_t of_mixer;
    ta_mixer_config_t config = {{TA_SAMPLE_S16, 1, RATE}, 5, 0, 100, NULL, 0};
    ta_need_t need;
    assert_int_equal(ta_mixer_need(&config, &need), TA_OK);
    assert_true(need.bytes <= sizeof storage);
    assert_int_equal(ta_mixer_init(&mixer, &config, storage), TA_OK);
    assert_int_equal(ta_meter_on(&of_mixer, &mixer.source, &meter_clock, "mixer"), TA_OK);
    for (unsigned n = 0; n < 5; n++) {
        meter(n, "voice");
        assert_int_equal(ta_mixer_play(&mixer, n, &nodes[n].source), TA_OK);
    }
    for (unsigned times = 0; times < 10; times++) {
        ta_block_t block;
        assert_int_equal(ta_source_pull(&mixer.source, 100, &block), TA_PULL_MORE);
    }
    ta_meter_figures_t figures;
    assert_int_equal(ta_meter_read(&of_mixer, &figures), TA_OK);
    assert_int_equal(figures.own, 0);
    assert_int_equal(figures.ticks, 310);
    assert_int_equal(figures.frames, 1000);
    for (unsigned n = 0; n < 5; n++)
        assert_int_equal(figures_of(n).own, 10U << n);
}

// ---- on, off, refusals, looks --------------------------------------------------------------------------------------------------

static void test_on_and_off(void **state)
{
    (void)state;
    meter(0, "node");
    ta_meter_t second;
    assert_int_equal(ta_meter_on(&second, &nodes[0].source, &meter_clock, "second"), TA_E_STATE);
    pull(0, 10);
    ta_meter_off(&meters[0]);
    assert_ptr_equal(nodes[0].source.ops, &node_ops);
    pull(0, 10);
    assert_int_equal(figures_of(0).pulls, 1);
    ta_meter_off(&meters[0]); // twice is once
    meter(0, "node");
    assert_int_equal(figures_of(0).pulls, 0);
    make(&nodes[0], 1); // set up anew: off by itself
    assert_int_equal(ta_meter_on(&second, &nodes[0].source, &meter_clock, "second"), TA_OK);
    ta_meter_off(&meters[0]); // of what it does not meter any more
    assert_ptr_equal(nodes[0].source.ops, &second.ops);
}

static void test_refusals(void **state)
{
    (void)state;
    ta_meter_clock_t clock;
    ta_source_t unmade = {.ops = NULL};
    assert_int_equal(ta_meter_on(&meters[0], &unmade, &meter_clock, "unmade"), TA_E_STATE);
    assert_int_equal(ta_meter_on(NULL, &nodes[0].source, &meter_clock, "node"), TA_E_ARG);
    assert_int_equal(ta_meter_on(&meters[0], NULL, &meter_clock, "node"), TA_E_ARG);
    assert_int_equal(ta_meter_on(&meters[0], &nodes[0].source, NULL, "node"), TA_E_ARG);
    assert_int_equal(ta_meter_on(&meters[0], &nodes[0].source, &meter_clock, NULL), TA_E_ARG);
    ta_meter_clock_init(&clock, NULL, 1);
    assert_int_equal(ta_meter_on(&meters[0], &nodes[0].source, &clock, "node"), TA_E_ARG);
    ta_meter_clock_init(&clock, now, 0);
    assert_int_equal(ta_meter_on(&meters[0], &nodes[0].source, &clock, "node"), TA_E_ARG);
    assert_ptr_equal(nodes[0].source.ops, &node_ops);
}

static unsigned looks;

static void look(void)
{
    ta_meter_figures_t figures = figures_of(0);
    assert_int_equal(figures.own, figures.pulls * nodes[0].takes);
    assert_int_equal(figures.ticks, figures.own);
    looks++;
}

static void test_a_look_within_a_pull_sees_the_last_one_whole(void **state)
{
    (void)state;
    meter(0, "node");
    looks = 0;
    at_look = look;
    for (unsigned times = 0; times < 10; times++)
        pull(0, 1);
    assert_int_equal(looks, 20);
}

// ---- a ranking -----------------------------------------------------------------------------------------------------------------

static void test_a_ranking(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d"};
    static const uint32_t takes[] = {200, 500, 100, 200};
    const ta_meter_t *list[4];
    for (unsigned n = 0; n < 4; n++) {
        make(&nodes[n], takes[n]);
        meter(n, names[n]);
        list[n] = &meters[n];
    }
    ta_meter_rank_t ranks[4];
    ta_meter_rank(list, 4, ranks); // nothing has been pulled
    for (unsigned n = 0; n < 4; n++) {
        assert_string_equal(ranks[n].name, names[n]);
        assert_int_equal(ranks[n].permille, 0);
        assert_int_equal(ranks[n].per_frame, 0);
    }
    for (unsigned n = 0; n < 4; n++)
        pull(n, 30);
    ta_meter_rank(list, 4, ranks);
    static const char *const order[] = {"b", "a", "d", "c"};
    static const uint32_t permille[] = {500, 200, 200, 100}, per_frame[] = {1666, 666, 666, 333};
    for (unsigned n = 0; n < 4; n++) {
        assert_string_equal(ranks[n].name, order[n]);
        assert_int_equal(ranks[n].permille, permille[n]);
        assert_int_equal(ranks[n].per_frame, per_frame[n]);
    }
    ta_meter_rank(list, 0, ranks);
    for (unsigned n = 0; n < 4; n++) // so long that hundredths and thousandths would not fit into 64 bits
        meters[n].figures[meters[n].version & 1].own = (uint64_t)takes[n] << 52;
    ta_meter_rank(list, 4, ranks);
    for (unsigned n = 0; n < 4; n++)
        assert_in_range(ranks[n].permille, permille[n] - 1, permille[n]);
    assert_true(ranks[0].per_frame == ((uint64_t)500 << 52) / 30 * 100);
}

// A feed that interrupts a pull of the task's at its first look, and takes longer than that pull: no time is less than none.
static void interrupt(void)
{
    at_look = NULL;
    pull(3, 10);
}

static void test_an_interrupt_within_a_look_takes_nothing_away(void **state)
{
    (void)state;
    meter(0, "outer");
    meter(3, "interrupt");
    for (unsigned times = 1; times <= 3; times++) {
        at_look = interrupt;
        pull(0, 10);
        assert_int_equal(figures_of(0).ticks, nodes[0].takes * times);
        assert_int_equal(figures_of(0).own, 0);
        assert_int_equal(figures_of(3).own, nodes[3].takes * times);
    }
    pull(0, 10);
    assert_int_equal(figures_of(0).own, nodes[0].takes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_own_time_is_without_the_inputs, setup),
        cmocka_unit_test_setup(test_a_source_without_a_meter_is_its_consumers, setup),
        cmocka_unit_test_setup(test_a_graph_that_changes, setup),
        cmocka_unit_test_setup(test_a_circle, setup),
        cmocka_unit_test_setup(test_blocks_are_as_without, setup),
        cmocka_unit_test_setup(test_waits_ends_and_faults_pass, setup),
        cmocka_unit_test_setup(test_a_mixer_with_metered_voices, setup),
        cmocka_unit_test_setup(test_on_and_off, setup),
        cmocka_unit_test_setup(test_refusals, setup),
        cmocka_unit_test_setup(test_a_look_within_a_pull_sees_the_last_one_whole, setup),
        cmocka_unit_test_setup(test_an_interrupt_within_a_look_takes_nothing_away, setup),
        cmocka_unit_test_setup(test_a_ranking, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
