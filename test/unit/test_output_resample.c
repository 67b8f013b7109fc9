// An output of a fixed rate that resamples: every frame that is heard is one that a resampler of its own gives; programs follow each other without
// a gap whatever their rates, and without a seam where those are the same; sources are let go.
#include "test/support/output_rig.h"
#include "test/support/tone_source.h"
#include "tonearm/meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SOURCES = 6 };

static rig_t rig;
static heard_check_t check;
static ta_output_t *const output = &rig.output;
static void *resampler_block;
static tone_source_t tone[SOURCES];
static rig_source_t heard[SOURCES];
static unsigned used;

static const ta_output_resampling_t *const ways[] = {&ta_output_resample_linear, &ta_output_resample_good,
                                                     &ta_output_resample_best};
static const ta_wire_t wires[] = {TA_WIRE_S16, TA_WIRE_S24, TA_WIRE_S32};

static void ok(ta_status_t status)
{
    assert_int_equal(status, TA_OK);
}

static void open_output(const ta_output_resampling_t *way, ta_wire_t wire)
{
    const ta_ring_config_t config = {.wire = wire, .slot_frames = 64, .slots = 6, .hole_records = 8};
    ta_need_t needs[2], alone[2];
    rig_open(&rig, &config);
    rig.output.fixed_rate = true;
    ok(ta_output_need(&config, alone));
    ok(ta_output_need(&config, needs));
    ok(ta_output_need_resampler(NULL, 44100, 0, &config, needs));
    assert_int_equal(needs[1].bytes, alone[1].bytes); // an output without one takes what it took
    ok(ta_output_need_resampler(way, 44100, 0, &config, needs));
    assert_true(needs[1].bytes > alone[1].bytes);
    assert_int_equal(needs[0].bytes, alone[0].bytes);
    resampler_block = aligned_alloc(8, (needs[1].bytes + 71) & ~7U);
    memset(resampler_block, 0x5A, needs[1].bytes + 64);
    void *const blocks[2] = {rig.block[0], resampler_block}; // only what lies behind the output's own is used
    ok(ta_output_use_resampler(output, way, 0, blocks));
    for (size_t b = 0; b < alone[1].bytes; b++)
        assert_int_equal(((uint8_t *)resampler_block)[b], 0x5A);
    used = 0;
}

static void close_output(void)
{
    for (unsigned s = 0; s < used; s++)
        rig_source_free(&heard[s]);
    free(resampler_block);
    rig_close(&rig);
}

// What a resampler makes of a source, as wire frames.
static uint32_t resampled(ta_source_t *source, ta_resample_t quality, ta_wire_t wire, int32_t (*to)[2])
{
    bool wide = wire != TA_WIRE_S16 && ta_sample_bytes(source->format.sample) > 2;
    ta_resampler_config_t config = {
        .quality = quality, .rate_hz = 44100, .channels = source->format.channels, .wide = wide};
    ta_need_t need;
    ta_resampler_t resampler;
    ta_block_t block;
    uint32_t frames = 0;
    ok(ta_resampler_need(&config, &need));
    void *storage = malloc(need.bytes);
    ok(ta_resampler_init(&resampler, &config, storage));
    ok(ta_resampler_play(&resampler, source));
    ta_pull_t pull;
    do {
        pull = ta_source_pull(&resampler.source, 64, &block);
        assert_int_not_equal(pull, TA_PULL_FAULT);
        unsigned bytes = wire == TA_WIRE_S16 ? 4 : 8;
        uint8_t wired[64 * 8];
        ta_convert_kernel(resampler.source.format.sample, source->format.channels, wire)(block.data, wired,
                                                                                         block.frames);
        for (uint32_t f = 0; f < block.frames; f++, frames++) {
            for (unsigned c = 0; c < 2; c++) {
                int16_t narrow;
                memcpy(&narrow, wired + (size_t)f * bytes + c * 2, 2);
                to[frames][c] = narrow * 65536;
                if (bytes == 8)
                    memcpy(&to[frames][c], wired + (size_t)f * bytes + c * 4, 4);
            }
        }
    } while (pull == TA_PULL_MORE);
    free(storage);
    return frames;
}

// A source, and what is to be heard of it: `as` is another source that gives the same frames.
static ta_source_t *make(const ta_format_t *format, uint32_t frames, const ta_output_resampling_t *way, ta_wire_t wire)
{
    static int32_t to[20000][2];
    tone_source_t same;
    tone_source_init(&tone[used], format, frames);
    tone_source_init(&same, format, frames);
    uint32_t count = resampled(&same.source, way->quality, wire, to);
    rig_source(&rig, &heard[used], (ta_format_t){TA_SAMPLE_S16, 2, 44100}, count);
    memcpy(rig.program[heard[used].first], to, count * sizeof *to);
    rig_expect(&rig, &heard[used], 0, count, false);
    return &tone[used++].source;
}

static void check_all(void)
{
    const char *wrong = rig_check(&rig, &check);
    if (wrong)
        fail_msg("%s", wrong);
    assert_int_equal(rig.retunes, 0);
    for (unsigned s = 0; s < used; s++)
        assert_false(ta_output_holds(output, &tone[s].source));
}

static void drain(void)
{
    assert_true(rig_drain(&rig, 2000));
}

static void test_every_quality_wire_and_format(void **state)
{
    (void)state;
    unsigned cases = 0;
    for (unsigned q = 0; q < 3; q++) {
        for (unsigned w = 0; w < 3; w++) {
            for (unsigned sample = 0; sample < TA_SAMPLES; sample++) {
                for (uint8_t channels = 1; channels <= 2; channels++, cases++) {
                    open_output(ways[q], wires[w]);
                    const ta_format_t format = {(ta_sample_t)sample, channels, cases % 2 ? 48000 : 22050};
                    ok(ta_output_play(output, make(&format, 700, ways[q], wires[w])));
                    assert_true(ta_output_holds(output, &tone[0].source));
                    drain();
                    check_all();
                    close_output();
                }
            }
        }
    }
    assert_int_equal(cases, 3 * 3 * 7 * 2);
}

// Programs of other rates and formats, one behind the other: one gap, that before the first.
static void test_queues_without_a_gap(void **state)
{
    (void)state;
    // Mono before stereo, and 16 bits before 32, of one rate: the first must not decide for the second.
    ta_format_t formats[] = {{TA_SAMPLE_S16, 2, 22050}, {TA_SAMPLE_U8, 1, 48000},  {TA_SAMPLE_S16, 2, 48000},
                             {TA_SAMPLE_S16, 2, 44100}, {TA_SAMPLE_S16, 2, 32000}, {TA_SAMPLE_S32, 2, 32000}};
    enum { PROGRAMS = 6 };
    assert_int_equal(PROGRAMS, SOURCES);
    for (unsigned w = 0; w < 3; w++) {
        open_output(ways[1], wires[w]);
        ta_source_t *source[PROGRAMS];
        if (wires[w] == TA_WIRE_S16)
            formats[4].rate_hz = 8000; // where both have 16 bits they would be one
        for (unsigned s = 0; s < PROGRAMS; s++)
            source[s] = make(&formats[s], s == 4 ? 300 : 1500, ways[1], wires[w]);
        formats[4].rate_hz = 32000;
        memset(rig.part, 0, sizeof rig.part);
        rig.parts = 0; // all of it is one program
        rig.part[rig.parts++] = (heard_part_t){.first = 0, .frames = rig.programmed};
        ok(ta_output_play(output, source[0]));
        for (unsigned s = 1; s < PROGRAMS;) {
            if (ta_output_queue(output, source[s]) == TA_OK)
                s++;
            rig_turn(&rig);
        }
        drain();
        check_all();
        assert_int_equal(check.gaps, 1);
        assert_int_equal(output->count.drained, 1);
        close_output();
    }
}

// Two sources that are one recording: what is heard is the recording.
static void test_equal_rates_follow_without_a_seam(void **state)
{
    (void)state;
    for (unsigned q = 0; q < 3; q++) {
        open_output(ways[q], TA_WIRE_S16);
        const ta_format_t format = {TA_SAMPLE_S16, 2, 48000};
        (void)make(&format, 3000, ways[q], TA_WIRE_S16);
        static tone_source_t first, second;
        tone_source_init(&first, &format, 1234);
        tone_source_init(&second, &format, 3000);
        ok(ta_source_seek(&second.source, 1234));
        ok(ta_output_play(output, &first.source));
        rig_turns(&rig, 3);
        ok(ta_output_queue(output, &second.source));
        assert_true(ta_output_holds(output, &second.source));
        drain();
        check_all();
        assert_int_equal(check.gaps, 1);
        assert_false(ta_output_holds(output, &first.source) || ta_output_holds(output, &second.source));
        close_output();
    }
}

// Paused and gone on with, at every turn of the way.
static void test_pauses_lose_nothing(void **state)
{
    (void)state;
    for (unsigned turn = 1; turn < 30; turn += 3) {
        open_output(ways[1], TA_WIRE_S16);
        ok(ta_output_play(output, make(&(ta_format_t){TA_SAMPLE_S16, 2, 32000}, 1000, ways[1], TA_WIRE_S16)));
        rig_turns(&rig, turn);
        bool paused = ta_output_pause(output) == TA_OK;
        rig_turns(&rig, 12);
        if (paused)
            ok(ta_output_resume(output));
        drain();
        check_all();
        close_output();
    }
}

static void test_stops_and_changes_let_sources_go(void **state)
{
    (void)state;
    for (unsigned turn = 1; turn < 24; turn++) {
        open_output(ways[1], TA_WIRE_S16);
        ta_source_t *first = make(&(ta_format_t){TA_SAMPLE_S16, 2, 32000}, 1000, ways[1], TA_WIRE_S16);
        ta_source_t *second = make(&(ta_format_t){TA_SAMPLE_S16, 1, 48000}, 1000, ways[1], TA_WIRE_S16);
        ta_source_t *third = make(&(ta_format_t){TA_SAMPLE_S16, 2, 44100}, 1000, ways[1], TA_WIRE_S16);
        rig.part[0].cut = rig.part[1].cut = true;
        ok(ta_output_play(output, first));
        rig_turns(&rig, turn);
        ok(ta_output_play(output, second));
        rig_turns(&rig, 8);
        assert_false(ta_output_holds(output, first));
        ok(ta_output_stop(output));
        drain();
        assert_false(ta_output_holds(output, second));
        ok(ta_output_play(output, third));
        drain();
        check_all();
        close_output();
    }
}

static void test_faults_and_waits(void **state)
{
    (void)state;
    open_output(ways[1], TA_WIRE_S16);
    const ta_format_t format = {TA_SAMPLE_S16, 2, 48000};
    ta_source_t *source = make(&format, 960, ways[1], TA_WIRE_S16); // as one that ends there
    tone[0].source.frames = 2000;
    tone[0].fault_at = 960;
    ok(ta_output_play(output, source));
    drain();
    check_all();
    ta_output_stats_t stats;
    ta_output_stats(output, &stats);
    assert_int_equal(stats.faults, 1);
    assert_int_equal(stats.fault, TA_E_FORMAT);
    close_output();
    open_output(ways[1], TA_WIRE_S16);
    source = make(&format, 960, ways[1], TA_WIRE_S16);
    tone[0].wait_every = 2; // slots come late, and the ring hides it or has holes: nothing is lost
    ok(ta_output_play(output, source));
    drain();
    check_all();
    close_output();
}

static void test_refusals(void **state)
{
    (void)state;
    open_output(ways[0], TA_WIRE_S16);
    ta_source_t *source = make(&(ta_format_t){TA_SAMPLE_S16, 2, 48000}, 100, ways[0], TA_WIRE_S16);
    source->format.rate_hz = 96001;
    assert_int_equal(ta_output_play(output, source), TA_E_RATE);
    assert_int_equal(ta_output_queue(output, source), TA_E_RATE);
    source->format.rate_hz = 48000;
    assert_int_equal(ta_output_loop_in_hardware(output, source), TA_E_RATE);
    output->resampler = NULL;
    assert_int_equal(ta_output_play(output, source), TA_E_RATE);
    assert_false(ta_output_busy(output));
    close_output();
    const ta_ring_config_t config = {.wire = TA_WIRE_S16, .slot_frames = 64, .slots = 6, .hole_records = 8};
    ta_need_t needs[2];
    ok(ta_output_need(&config, needs));
    assert_int_equal(ta_output_need_resampler(ways[0], 44100, 999, &config, needs), TA_E_RATE);
    assert_int_equal(ta_output_need_resampler(ways[0], 44100, 384001, &config, needs), TA_E_RATE);
    assert_int_equal(ta_output_need_resampler(ways[0], 999, 0, &config, needs), TA_E_RATE);
}

static uint32_t tick(void)
{
    static uint32_t now;
    return now++;
}

// The resampler can be metered before anything plays, through every program, and what is heard is the same.
static void test_a_meter_on_the_resampler(void **state)
{
    (void)state;
    ta_meter_clock_t clock;
    ta_meter_t meter;
    ta_meter_figures_t figures;
    ta_meter_clock_init(&clock, tick, 1000);
    for (unsigned w = 0; w < 3; w++) {
        open_output(ways[w], wires[w]);
        ok(ta_meter_on(&meter, ta_output_resampled(output), &clock, "resampler"));
        ok(ta_output_play(output, make(&(ta_format_t){TA_SAMPLE_S24, 2, 48000}, 700, ways[w], wires[w])));
        ok(ta_output_queue(output, make(&(ta_format_t){TA_SAMPLE_U8, 1, 22050}, 500, ways[w], wires[w])));
        drain();
        check_all();
        ok(ta_meter_read(&meter, &figures));
        assert_int_equal(figures.frames, heard[0].frames + heard[1].frames);
        assert_true(figures.pulls > 10 && figures.own >= figures.pulls);
        ta_meter_off(&meter);
        output->resampler = NULL;
        assert_null(ta_output_resampled(output));
        close_output();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_quality_wire_and_format),
        cmocka_unit_test(test_queues_without_a_gap),
        cmocka_unit_test(test_equal_rates_follow_without_a_seam),
        cmocka_unit_test(test_pauses_lose_nothing),
        cmocka_unit_test(test_stops_and_changes_let_sources_go),
        cmocka_unit_test(test_faults_and_waits),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_a_meter_on_the_resampler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
