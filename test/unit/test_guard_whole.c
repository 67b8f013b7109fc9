// Guards of one graph, at the pins of a virtual Pico whose feed is an interrupt: mixers and synthesizers inside each other, and what takes its time without voices behind them. Each judges its own
// ticks; while the whole takes too long, each that takes much gives up the same part; nobody loses a voice for what another takes.
#include "test/support/scene.h"

#include "tonearm/mixer.h"
#include "tonearm/synth.h"

#include "hardware/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 22050, VOICES = 16, NOTES = 16, STEADY = 64 };

static void ok(ta_status_t status)
{
    assert_int_equal(status, TA_OK);
}

// ---- what takes its time, in thousandths of what its frames last -------------------------------------------------------------------

static void spend(uint64_t *rest_ns, uint32_t frames, uint32_t per_mille)
{
    *rest_ns += (uint64_t)frames * per_mille * 1000000U / RATE;
    busy_wait_us(*rest_ns / 1000);
    *rest_ns %= 1000;
}

// A voice.
typedef struct {
    ta_source_t source;
    int16_t samples[STEADY];
    uint32_t per_mille;
    uint64_t rest_ns;
} steady_t;

static ta_pull_t steady_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    steady_t *voice = (steady_t *)source;
    *block = (ta_block_t){voice->samples, max_frames < STEADY ? max_frames : STEADY, false, 0};
    spend(&voice->rest_ns, block->frames, voice->per_mille);
    return TA_PULL_MORE;
}

static void make_steady(steady_t *voice, uint32_t per_mille)
{
    static const ta_source_ops_t ops = {steady_pull, NULL};
    *voice = (steady_t){.per_mille = per_mille};
    for (unsigned s = 0; s < STEADY; s++)
        voice->samples[s] = 500;
    ta_source_init(&voice->source, &ops, &(ta_format_t){TA_SAMPLE_S16, 1, RATE}, TA_FRAMES_UNKNOWN);
}

// An effect: it has no voices.
typedef struct {
    ta_source_t source, *inner;
    uint32_t per_mille;
    uint64_t rest_ns;
} effect_t;

static ta_pull_t effect_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    effect_t *effect = (effect_t *)source;
    ta_pull_t result = ta_source_pull(effect->inner, max_frames, block);
    spend(&effect->rest_ns, block->frames, effect->per_mille);
    return result;
}

// A note: its amplitude is read once in a tick.
typedef struct {
    ta_control_t control;
    uint32_t per_mille;
    uint64_t rest_ns;
} dear_t;

static ta_real_t dear_step(ta_control_t *control, const ta_clock_t *clock)
{
    dear_t *dear = (dear_t *)control;
    (void)clock;
    spend(&dear->rest_ns, TA_SYNTH_TICK_FRAMES, dear->per_mille);
    return (ta_real_t)0.05;
}

// ---- the graph: effect < outer mixer < voices, a synthesizer and another mixer, each if it is wanted ------------------------------

static scene_t scene;
static ta_mixer_t outer, inner;
static ta_synth_t synth;
static effect_t effect;
static steady_t voices[2][VOICES];
static ta_note_t notes[NOTES];
static dear_t dear[NOTES];
static _Alignas(8) uint8_t storage[3][65536];

typedef struct {
    const char *name;
    uint32_t voices, voice_takes; // the outer mixer's own, and what each takes
    uint32_t notes, note_takes;
    uint32_t inner, inner_takes;
    uint32_t effect_takes;
    // so many are left, from and to
    uint32_t voices_left[2], notes_left[2], inner_left[2];
    bool fits; // it settles below the limit
} graph_t;

static ta_guard_config_t guard_config(void)
{
    return (ta_guard_config_t){.now = time_us_32, .hz = 1000000, .load = ta_rp2_load(0)};
}

static void open_mixer(ta_mixer_t *mixer, unsigned which, uint32_t own, uint32_t takes, void *memory)
{
    const ta_mixer_config_t config = {{TA_SAMPLE_S16, 1, RATE}, own + 2, 0, 0, NULL, 0};
    const ta_guard_config_t guard = guard_config();
    ok(ta_mixer_init(mixer, &config, memory));
    ok(ta_mixer_guard(mixer, &guard));
    for (uint32_t v = 0; v < own; v++) {
        make_steady(&voices[which][v], takes);
        ok(ta_mixer_play(mixer, v, &voices[which][v].source));
    }
}

static void open_synth(uint32_t count, uint32_t takes)
{
    static const int16_t wave[2] = {16384, 16384};
    const ta_synth_config_t config = {.rate_hz = RATE, .channels = 1, .polyphony = NOTES, .wave = {wave, 2}};
    const ta_guard_config_t guard = guard_config();
    ok(ta_synth_init(&synth, &config, storage[2]));
    ok(ta_synth_guard(&synth, &guard));
    for (uint32_t n = 0; n < count; n++) {
        ok(ta_note_init(&notes[n], 440));
        dear[n] = (dear_t){.per_mille = takes};
        ta_control_init(&dear[n].control, dear_step);
        ta_param_follow(&notes[n].amplitude, &dear[n].control);
        ok(ta_synth_press(&synth, &notes[n]));
    }
}

// What is consumed by the outer mixer is the quietest there, and would be the first to go.
static void open_graph(const graph_t *graph)
{
    static const ta_source_ops_t ops = {effect_pull, NULL};
    open_mixer(&outer, 0, graph->voices, graph->voice_takes, storage[0]);
    open_synth(graph->notes, graph->note_takes);
    open_mixer(&inner, 1, graph->inner, graph->inner_takes, storage[1]);
    if (graph->notes) {
        ok(ta_mixer_play(&outer, graph->voices, &synth.source));
        ta_param_set(ta_mixer_level(&outer, graph->voices), (ta_real_t)0.1);
    }
    if (graph->inner) {
        ok(ta_mixer_play(&outer, graph->voices + 1, &inner.source));
        ta_param_set(ta_mixer_level(&outer, graph->voices + 1), (ta_real_t)0.1);
    }
    effect = (effect_t){.inner = &outer.source, .per_mille = graph->effect_takes};
    ta_source_init(&effect.source, &ops, &outer.source.format, TA_FRAMES_UNKNOWN);
}

static uint32_t playing(const ta_mixer_t *mixer, uint32_t own)
{
    uint32_t count = 0;
    for (uint32_t v = 0; v < own; v++)
        count += ta_mixer_playing(mixer, v);
    return count;
}

static uint32_t sounding(void)
{
    uint32_t count = 0;
    ta_voice_info_t info;
    for (unsigned v = 0; v < NOTES; v++)
        count += ta_synth_voice(&synth, v, &info);
    return count;
}

static bool is_within(uint32_t value, const uint32_t bounds[2])
{
    return value >= bounds[0] && value <= bounds[1];
}

static void cheapen(void)
{
    for (unsigned v = 0; v < VOICES; v++)
        voices[0][v].per_mille = voices[1][v].per_mille = 1;
    for (unsigned n = 0; n < NOTES; n++)
        dear[n].per_mille = 1;
    effect.per_mille = 1;
}

static void run_graph(const graph_t *graph)
{
    ta_i2s_config_t output = scene_config(chip_board_find("pico"));
    output.rate_hz = RATE;
    assert_true(scene_open(&scene, "pico", &output));
    open_graph(graph);
    ok(ta_output_play(&scene.i2s.output, &effect.source));
    scene_run_us(&scene, 3000000);
    ta_output_stats_t before, stats;
    ta_output_stats(&scene.i2s.output, &before);
    uint32_t left[3] = {playing(&outer, graph->voices), sounding(), playing(&inner, graph->inner)};
    scene_run_us(&scene, 1000000);
    ta_output_stats(&scene.i2s.output, &stats);
    print_message("%s: %u of %u voices, %u of %u notes, %u of %u within; %u/1000, %u holes, %u in the last second\n",
                  graph->name, left[0], graph->voices, left[1], graph->notes, left[2], graph->inner,
                  stats.load_permille, stats.ring.holes, stats.ring.holes - before.ring.holes);
    assert_true(is_within(left[0], graph->voices_left));
    assert_true(is_within(left[1], graph->notes_left));
    assert_true(is_within(left[2], graph->inner_left));
    if (graph->notes)
        assert_true(ta_mixer_playing(&outer, graph->voices));
    if (graph->inner)
        assert_true(ta_mixer_playing(&outer, graph->voices + 1));
    assert_int_equal(stats.ring.holes == before.ring.holes, graph->fits);
    assert_int_equal(stats.load_permille <= TA_LOAD_WHOLE, graph->fits);
    assert_int_equal(playing(&outer, graph->voices) + ta_mixer_shed(&outer), graph->voices);
    // Relief: as many as there are may sound again.
    cheapen();
    scene_run_us(&scene, 12000000);
    assert_int_equal(outer.guard.most, outer.voices);
    assert_int_equal(inner.guard.most, graph->inner ? inner.voices : inner.guard.most);
    assert_int_equal(synth.guard.most, graph->notes ? NOTES : synth.guard.most);
    ok(ta_output_stop(&scene.i2s.output));
    assert_true(scene_run(&scene, 1000));
    const char *wrong = scene_close(&scene);
    if (wrong)
        fail_msg("%s", wrong);
}

static void test_graphs(void **state)
{
    (void)state;
    static const graph_t graphs[] = {
        {"heavy notes", 4, 20, 12, 100, 0, 0, 0, {4, 4}, {5, 7}, {0, 0}, true},
        {"heavy voices", 12, 100, 2, 20, 0, 0, 0, {5, 7}, {2, 2}, {0, 0}, true},
        {"heavy voices within", 4, 20, 0, 0, 12, 100, 0, {4, 4}, {0, 0}, {5, 7}, true},
        {"both heavy", 10, 100, 10, 100, 0, 0, 0, {2, 5}, {2, 5}, {0, 0}, true},
        {"three heavy", 8, 100, 8, 100, 8, 100, 0, {1, 4}, {1, 4}, {1, 4}, true},
        {"an effect", 6, 100, 0, 0, 0, 0, 500, {2, 3}, {0, 0}, {0, 0}, true},
        {"an effect and notes", 3, 10, 6, 100, 0, 0, 500, {3, 3}, {2, 3}, {0, 0}, true},
        {"nothing but an effect", 3, 10, 3, 10, 0, 0, 1200, {3, 3}, {3, 3}, {0, 0}, false},
        {"all fits", 4, 50, 4, 50, 4, 50, 200, {4, 4}, {4, 4}, {4, 4}, true},
    };
    for (size_t g = 0; g < sizeof graphs / sizeof graphs[0]; g++)
        run_graph(&graphs[g]);
    scene_free(&scene);
}

// The span in which voices go is half the old whole: it lets nobody else go. Two more are waited for, the lesser counts, and one span alone is nothing.
static void test_two_whole_spans_decide(void **state)
{
    (void)state;
    static ta_load_t load;
    static const struct {
        uint32_t whole, left;
    } spans[] = {{1750, 16}, {875, 16}, {1750, 16}, {2000, 8}, {1750, 8}, {1000, 8},
                 {1000, 7},  {9000, 7}, {876, 7},   {876, 6},  {875, 6},  {9000, 6}};
    load = (ta_load_t){.paces = false};
    chip_boot(chip_board_find("pico")); // for its timer
    open_mixer(&outer, 0, VOICES, 40, storage[0]);
    ok(ta_mixer_guard(&outer, &(ta_guard_config_t){.now = time_us_32, .hz = 1000000, .load = &load}));
    for (size_t n = 0; n < sizeof spans / sizeof spans[0]; n++) {
        load.permille = spans[n].whole;
        load.spans++;
        for (unsigned pulls = 0; pulls < 8; pulls++) {
            ta_block_t block;
            assert_int_equal(ta_source_pull(&outer.source, TA_GUARD_FRAMES, &block), TA_PULL_MORE);
        }
        if (playing(&outer, VOICES) != spans[n].left)
            fail_msg("span %u: %u voices, not %u", (unsigned)n, playing(&outer, VOICES), spans[n].left);
    }
    // One more takes 40 thousandths: there must be so much room in the whole, too.
    static const uint32_t wholes[] = {5000, 875, 840, 830, 0};
    for (size_t n = 0; n < sizeof wholes / sizeof wholes[0]; n++) {
        const uint32_t most = outer.guard.most;
        load.permille = wholes[n];
        for (unsigned ticks = 0; ticks < 4 * TA_GUARD_PATIENCE; ticks++) {
            ta_block_t block;
            assert_int_equal(ta_source_pull(&outer.source, TA_GUARD_FRAMES, &block), TA_PULL_MORE);
        }
        if ((outer.guard.most > most) != (wholes[n] + 40 < TA_LOAD_WHOLE))
            fail_msg("whole of %u: %u voices may sound, and before %u", wholes[n], outer.guard.most, most);
    }
    chip_shutdown();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_graphs),
        cmocka_unit_test(test_two_whole_spans_decide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
