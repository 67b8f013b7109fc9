// A change of speed: where frames lie at each speed and through every change, what is refused, ends. W11 and W45 are weaknesses of CircuitPython's
// audiospeed (COMPAT.md).
#include "test/support/tone_source.h"
#include "tonearm/mixer.h"
#include "tonearm/resample.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FRAMES_MOST = 1 << 18, GUARD = 0x5A };

static int16_t got[2][FRAMES_MOST * 2];

typedef struct {
    ta_speed_t speed;
    size_t bytes;
    uint8_t *storage;
} rig_t;

static const ta_format_t mono = {TA_SAMPLE_S16, 1, 44100};

static void rig_open(rig_t *rig, const ta_speed_config_t *config)
{
    ta_need_t need;
    assert_int_equal(ta_speed_need(config, &need), TA_OK);
    assert_int_equal(need.cls, TA_CLASS_FAST);
    rig->bytes = need.bytes;
    rig->storage = malloc(need.bytes + 64);
    memset(rig->storage, GUARD, need.bytes + 64);
    assert_int_equal(ta_speed_init(&rig->speed, config, rig->storage), TA_OK);
}

static void rig_close(rig_t *rig)
{
    for (size_t b = 0; b < 64; b++)
        assert_int_equal(rig->storage[rig->bytes + b], GUARD);
    free(rig->storage);
}

static uint32_t drain(ta_speed_t *speed, uint32_t pull, int16_t *to, ta_pull_t *last)
{
    uint32_t frames = 0, channels = speed->source.format.channels;
    for (unsigned idle = 0; idle < 1000;) {
        ta_block_t block;
        *last = ta_source_pull(&speed->source, pull, &block);
        if (*last == TA_PULL_FAULT)
            return frames;
        assert_true(frames + block.frames <= FRAMES_MOST);
        memcpy(to + (size_t)frames * channels, block.data, (size_t)block.frames * channels * 2);
        frames += block.frames;
        if (*last == TA_PULL_END)
            return frames;
        idle = block.frames ? 0 : idle + 1;
    }
    fail_msg("it neither ends nor gives frames");
    return frames;
}

static uint32_t play_all(ta_resample_t quality, ta_real_t times, tone_source_t *tone, uint32_t pull, int16_t *to)
{
    rig_t rig;
    ta_pull_t last;
    rig_open(&rig, &(ta_speed_config_t){.quality = quality, .rate_hz = 44100, .channels = 1});
    assert_int_equal(ta_speed_set(&rig.speed, times), TA_OK);
    assert_int_equal(ta_speed_play(&rig.speed, &tone->source), TA_OK);
    uint32_t frames = drain(&rig.speed, pull, to, &last);
    assert_int_equal(last, TA_PULL_END);
    assert_false(ta_intake_holds(&rig.speed.intake, &tone->source));
    rig_close(&rig);
    return frames;
}

static int32_t sample(uint64_t frame, uint64_t frames)
{
    return frame < frames ? tone_source_sample(&mono, frame, 0) >> 16 : 0;
}

// On the straight line, at a place in 2^-32 frames.
static int16_t on_the_line(uint64_t place, uint64_t frames)
{
    int32_t a = sample(place >> 32, frames), b = sample((place >> 32) + 1, frames);
    return (int16_t)(a + (((b - a) * (int32_t)((uint32_t)place >> 17) + (1 << 14)) >> 15));
}

static void test_each_frame_lies_where_the_speed_says(void **state)
{
    (void)state;
    static const ta_real_t speeds[] = {(ta_real_t)0.001,
                                       (ta_real_t)0.01,
                                       (ta_real_t)0.3,
                                       (ta_real_t)0.5,
                                       1,
                                       (ta_real_t)1.0000152587890625,
                                       (ta_real_t)1.5,
                                       2,
                                       (ta_real_t)3.7,
                                       100,
                                       999,
                                       1000};
    for (unsigned s = 0; s < sizeof speeds / sizeof *speeds; s++) {
        tone_source_t tone;
        uint32_t length = speeds[s] < 1 ? 200 : 30000;
        tone_source_init(&tone, &mono, length);
        uint64_t step = (uint64_t)(speeds[s] * 4294967296.0), place = 0;
        uint32_t frames = play_all(TA_RESAMPLE_LINEAR, speeds[s], &tone, 100, got[0]);
        assert_int_equal(frames, (((uint64_t)length << 32) + step - 1) / step);
        for (uint32_t n = 0; n < frames; n++, place += step)
            assert_int_equal(got[0][n], on_the_line(place, length));
    }
}

// CircuitPython's index has 16 bits: of more than 65,535 frames the first 65,536 are repeated for ever.
static void w11_more_than_65535_frames_end(void **state)
{
    (void)state;
    static int16_t samples[200000];
    for (uint32_t f = 0; f < 200000; f++)
        samples[f] = (int16_t)sample(f, 200000);
    tone_source_t tone;
    tone_source_init(&tone, &mono, 200000);
    assert_int_equal(play_all(TA_RESAMPLE_LINEAR, 1, &tone, 4096, got[0]), 200000);
    assert_memory_equal(got[0], samples, sizeof samples);
}

// And rate 0 is taken there, which repeats one frame for ever.
static void w11_rate_0_is_refused(void **state)
{
    (void)state;
    const ta_real_t bad[] = {0,
                             (ta_real_t)-1,
                             (ta_real_t)0.0009,
                             (ta_real_t)1000.1,
                             (ta_real_t)NAN,
                             (ta_real_t)INFINITY,
                             (ta_real_t)-INFINITY};
    rig_t rig;
    rig_open(&rig, &(ta_speed_config_t){.quality = TA_RESAMPLE_LINEAR, .rate_hz = 44100, .channels = 1});
    for (unsigned b = 0; b < sizeof bad / sizeof *bad; b++) {
        assert_int_equal(ta_speed_set(&rig.speed, bad[b]), TA_E_ARG);
        assert_true(rig.speed.speed.number == 1);
    }
    assert_int_equal(ta_speed_set(&rig.speed, TA_SPEED_MIN), TA_OK);
    assert_int_equal(ta_speed_set(&rig.speed, TA_SPEED_MAX), TA_OK);
    for (unsigned b = 0; b < sizeof bad / sizeof *bad; b++) { // and what comes by a control is clamped
        tone_source_t tone;
        ta_pull_t last;
        tone_source_init(&tone, &mono, 20);
        ta_param_set(&rig.speed.speed, bad[b]);
        assert_int_equal(ta_speed_play(&rig.speed, &tone.source), TA_OK);
        uint32_t frames = drain(&rig.speed, 64, got[0], &last);
        uint64_t step = (uint64_t)((double)(bad[b] > 1 ? TA_SPEED_MAX : TA_SPEED_MIN) * 4294967296.0);
        assert_int_equal(frames, ((20ULL << 32) + step - 1) / step);
    }
    rig_close(&rig);
}

// CircuitPython throws the fraction away wherever the source's buffer ends, and takes the nearest frame: here it makes no difference how the source lends.
static void w45_the_phase_goes_on_over_the_sources_blocks(void **state)
{
    (void)state;
    for (unsigned q = TA_RESAMPLE_LINEAR; q <= TA_RESAMPLE_BEST; q++) {
        tone_source_t tone;
        tone_source_init(&tone, &mono, 3000);
        uint32_t frames = play_all((ta_resample_t)q, (ta_real_t)0.7, &tone, 100, got[0]);
        assert_int_equal(frames, 4286);
        for (uint32_t block = 1; block < 200; block += 13) {
            tone_source_init(&tone, &mono, 3000);
            tone.block_frames = block;
            assert_int_equal(play_all((ta_resample_t)q, (ta_real_t)0.7, &tone, block, got[1]), frames);
            assert_memory_equal(got[0], got[1], frames * 2);
        }
    }
}

// And over changes: the place is the sum of all steps, and each block has one.
static void w45_the_phase_goes_on_through_changes(void **state)
{
    (void)state;
    enum { BLOCK = 32, CHANGES = 50, LENGTH = 100000 };
    rig_t rig;
    tone_source_t tone;
    tone_source_init(&tone, &mono, LENGTH);
    rig_open(&rig, &(ta_speed_config_t){
                       .quality = TA_RESAMPLE_LINEAR, .rate_hz = 44100, .channels = 1, .block_frames = BLOCK});
    assert_int_equal(ta_speed_play(&rig.speed, &tone.source), TA_OK);
    uint64_t place = 0;
    for (unsigned change = 0; change < CHANGES; change++) {
        ta_real_t times = (ta_real_t)(0.001 + change * change * 0.037);
        assert_int_equal(ta_speed_set(&rig.speed, times), TA_OK);
        for (unsigned f = 0; f < BLOCK; f++) {
            ta_block_t block;
            if (f == 5) // heard at the next block, not here
                assert_int_equal(ta_speed_set(&rig.speed, 3), TA_OK);
            assert_int_equal(ta_source_pull(&rig.speed.source, 1, &block), TA_PULL_MORE);
            assert_int_equal(*(const int16_t *)block.data, on_the_line(place, LENGTH));
            place += (uint64_t)(times * 4294967296.0);
        }
    }
    rig_close(&rig);
}

static void test_filters_survive_every_speed(void **state)
{
    (void)state;
    for (unsigned q = TA_RESAMPLE_GOOD; q <= TA_RESAMPLE_BEST; q++) {
        for (unsigned most = 1; most < 256; most += 51) {
            rig_t rig;
            tone_source_t tone;
            ta_pull_t last;
            rig_open(&rig,
                     &(ta_speed_config_t){
                         .quality = (ta_resample_t)q, .rate_hz = 8000, .channels = 2, .filtered_speed = (uint8_t)most});
            for (unsigned s = 0; s < 12; s++) {
                tone_source_init(&tone, &(ta_format_t){(ta_sample_t)(s % TA_SAMPLES), 2, s % 2 ? 8000 : 384000}, 5000);
                assert_int_equal(ta_speed_set(&rig.speed, (ta_real_t)pow(2, (double)s - 2)), TA_OK);
                assert_int_equal(ta_speed_play(&rig.speed, &tone.source), TA_OK);
                double step = pow(2, (double)s - 2) * (s % 2 ? 1 : 48);
                assert_int_equal(drain(&rig.speed, 64, got[0], &last), (uint32_t)ceil(5000 / step));
                assert_int_equal(last, TA_PULL_END);
            }
            rig_close(&rig);
        }
    }
}

// 384,000 frames of input for one of output: a pull takes its share, waits, and comes to the same frames in the end.
static void test_a_pull_passes_over_no_more_than_its_share(void **state)
{
    (void)state;
    enum { BLOCK = 8, STEP = 384 * 1000, SHARE = BLOCK * TA_RESAMPLE_PASS_FRAMES, LENGTH = 3 * STEP };
    rig_t rig;
    tone_source_t tone;
    ta_pull_t last = TA_PULL_MORE;
    const ta_format_t high = {TA_SAMPLE_S16, 1, 384000};
    rig_open(&rig, &(ta_speed_config_t){
                       .quality = TA_RESAMPLE_LINEAR, .rate_hz = 1000, .channels = 1, .block_frames = BLOCK});
    tone_source_init(&tone, &high, LENGTH);
    assert_int_equal(ta_speed_set(&rig.speed, TA_SPEED_MAX), TA_OK);
    assert_int_equal(ta_speed_play(&rig.speed, &tone.source), TA_OK);
    uint32_t frames = 0, pulls = 0;
    while (last != TA_PULL_END) {
        ta_block_t block;
        uint64_t before = tone.source.position;
        last = ta_source_pull(&rig.speed.source, BLOCK, &block);
        assert_true(last == TA_PULL_MORE || last == TA_PULL_WAIT || last == TA_PULL_END);
        assert_true(tone.source.position - before <= SHARE + (block.frames + 1) * rig.speed.engine.capacity);
        for (uint32_t f = 0; f < block.frames; f++, frames++)
            assert_int_equal(((const int16_t *)block.data)[f], on_the_line((uint64_t)frames * STEP << 32, LENGTH));
        pulls++;
    }
    assert_int_equal(frames, 3);
    assert_in_range(pulls, 3 * (STEP / SHARE - 1), 3 * (STEP / SHARE + 1));
    rig_close(&rig);
}

// ---- in a row --------------------------------------------------------------------------------------------------------------------

enum { ROW_MOST = 5, BUDGET = 64 * TA_BLOCK_WORK_MOST };

static rig_t row[ROW_MOST];
static ta_mixer_t row_mixer[ROW_MOST];
static _Alignas(8) uint8_t mixer_storage[ROW_MOST][8192];

// Directly, or each through a mixer of one voice.
static ta_source_t *open_row(unsigned length, const ta_real_t *times, bool mixers, ta_source_t *from)
{
    for (unsigned r = 0; r < length; r++) {
        rig_open(&row[r], &(ta_speed_config_t){.quality = TA_RESAMPLE_LINEAR, .rate_hz = 44100, .channels = 1});
        assert_int_equal(ta_speed_set(&row[r].speed, times[r]), TA_OK);
        assert_int_equal(ta_speed_play(&row[r].speed, from), TA_OK);
        from = &row[r].speed.source;
        if (!mixers)
            continue;
        const ta_mixer_config_t config = {.format = mono, .voices = 1};
        assert_int_equal(ta_mixer_init(&row_mixer[r], &config, mixer_storage[r]), TA_OK);
        assert_int_equal(ta_mixer_play(&row_mixer[r], 0, from), TA_OK);
        from = &row_mixer[r].source;
    }
    return from;
}

static void close_row(unsigned length)
{
    for (unsigned r = 0; r < length; r++)
        rig_close(&row[r]);
}

// What a pull reads is a sum over the row, and no product. Mixers do not tell what lends a whole tick at once, so behind each it may be twice as much.
static void test_a_row_is_no_product(void **state)
{
    (void)state;
    static const ta_real_t times[ROW_MOST] = {1000, 1000, 1000, 1000, 1000};
    for (unsigned length = 1; length <= ROW_MOST; length++)
        for (int mixers = 0; mixers < 2; mixers++) {
            tone_source_t tone;
            tone_source_init(&tone, &mono, UINT32_MAX);
            ta_source_t *outer = open_row(length, times, mixers != 0, &tone.source);
            uint64_t most = 0, frames = 0;
            for (unsigned pulls = 0; pulls < 20; pulls++) {
                ta_block_t block;
                uint64_t before = tone.source.position;
                ta_pull_t result = ta_source_pull(outer, 256, &block);
                assert_true(result == TA_PULL_MORE || result == TA_PULL_WAIT);
                frames += block.frames;
                if (tone.source.position - before > most)
                    most = tone.source.position - before;
                if (tone.source.position - before >= BUDGET)
                    if (!mixers && block.work < TA_BLOCK_WORK_MOST)
                        fail_msg("row of %u, mixers %d, pull %u: %u frames read, work %u", length, mixers, pulls,
                                 (unsigned)(tone.source.position - before), block.work);
            }
            if (most > 2 * (mixers ? (uint64_t)BUDGET << length : (uint64_t)length * BUDGET))
                fail_msg("a row of %u: a pull reads %u frames", length, (unsigned)most);
            assert_true(most >= TA_RESAMPLE_BLOCK_FRAMES * 900);
            assert_true(frames > 0 || (length > 2 && !mixers));
            close_row(length);
        }
}

// Each block has its own account: a mixer's voice that is resampled goes on for ever.
static void test_work_is_a_blocks(void **state)
{
    (void)state;
    enum { LONG = 600000 };
    static _Alignas(8) uint8_t storage[16384];
    const ta_format_t twice = {TA_SAMPLE_S16, 1, 88200};
    const ta_mixer_config_t config = {
        .format = mono, .voices = 1, .resample = &ta_mixer_resample_linear, .resample_max_hz = 88200};
    ta_need_t need;
    tone_source_t tone;
    tone_source_init(&tone, &twice, UINT32_MAX);
    assert_int_equal(ta_mixer_need(&config, &need), TA_OK);
    assert_true(need.bytes <= sizeof storage);
    assert_int_equal(ta_mixer_init(&row_mixer[0], &config, storage), TA_OK);
    assert_int_equal(ta_mixer_play(&row_mixer[0], 0, &tone.source), TA_OK);
    for (uint32_t frames = 0; frames < LONG;) {
        ta_block_t block;
        assert_int_equal(ta_source_pull(&row_mixer[0].source, 256, &block), TA_PULL_MORE);
        frames += block.frames;
    }
    assert_in_range(tone.source.position, 2 * LONG, 2 * LONG + 2000);
}

// And what it gives is right, though it often gives little or nothing.
static void test_a_row_gives_the_right_frames(void **state)
{
    (void)state;
    static const ta_real_t rows[][2] = {{1000, 10}, {10, 1000}, {1000, 1000}, {60, 60}, {1, 1000}, {1000, 1}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        tone_source_t tone;
        tone_source_init(&tone, &mono, 1U << 31);
        ta_source_t *outer = open_row(2, rows[r], false, &tone.source);
        uint64_t step = (uint64_t)(rows[r][0] * rows[r][1]), at = 0;
        for (unsigned pulls = 0; pulls < 100; pulls++) {
            ta_block_t block;
            ta_pull_t result = ta_source_pull(outer, 100, &block);
            assert_true(result == TA_PULL_MORE || result == TA_PULL_WAIT);
            for (uint32_t f = 0; f < block.frames; f++, at += step)
                assert_int_equal(((const int16_t *)block.data)[f], sample(at, 1U << 31));
        }
        assert_true(at >= 10 * step);
        close_row(2);
    }
}

static void test_faults_seeks_and_refusals(void **state)
{
    (void)state;
    rig_t rig;
    tone_source_t tone;
    ta_pull_t last;
    ta_block_t block;
    rig_open(&rig, &(ta_speed_config_t){.quality = TA_RESAMPLE_GOOD, .rate_hz = 44100, .channels = 1});
    assert_int_equal(ta_source_pull(&rig.speed.source, 1, &block), TA_PULL_END); // there is nothing
    assert_int_equal(ta_source_seek(&rig.speed.source, 0), TA_E_STATE);
    tone_source_init(&tone, &mono, 1000);
    tone.fault_at = 500;
    assert_int_equal(ta_speed_set(&rig.speed, (ta_real_t)0.5), TA_OK);
    assert_int_equal(ta_speed_play(&rig.speed, &tone.source), TA_OK);
    assert_int_equal(drain(&rig.speed, 64, got[0], &last), 1000);
    assert_int_equal(last, TA_PULL_FAULT);
    assert_int_equal(rig.speed.source.fault, TA_E_FORMAT);
    tone_source_init(&tone, &mono, 1000);
    assert_int_equal(ta_speed_play(&rig.speed, &tone.source), TA_OK);
    for (unsigned n = 0; n < 10; n++)
        assert_int_equal(ta_source_pull(&rig.speed.source, 50, &block), TA_PULL_MORE);
    assert_int_equal(ta_source_seek(&rig.speed.source, 1), TA_E_STATE); // where is that?
    assert_int_equal(ta_source_seek(&rig.speed.source, 0), TA_OK);
    assert_int_equal(drain(&rig.speed, 64, got[1], &last), 2000);
    assert_memory_equal(got[0], got[1], 2 * 900); // as the one that faulted, as far as its end did not ring into it
    tone.wait_every = 3;
    assert_int_equal(ta_speed_play(&rig.speed, &rig.speed.source), TA_E_ARG);
    tone.source.format.rate_hz = 999;
    assert_int_equal(ta_speed_play(&rig.speed, &tone.source), TA_E_FORMAT);
    rig_close(&rig);
    static const ta_speed_config_t bad[] = {
        {.quality = TA_RESAMPLE_NONE, .rate_hz = 44100, .channels = 1},
        {.quality = (ta_resample_t)4, .rate_hz = 44100, .channels = 1},
        {.quality = TA_RESAMPLE_GOOD, .rate_hz = 44100, .channels = 0},
        {.quality = TA_RESAMPLE_GOOD, .rate_hz = 44100, .channels = 3},
        {.quality = TA_RESAMPLE_GOOD, .rate_hz = 44100, .channels = 1, .block_frames = 257},
        {.quality = TA_RESAMPLE_GOOD, .rate_hz = 999, .channels = 1},
        {.quality = TA_RESAMPLE_GOOD, .rate_hz = 384001, .channels = 1},
    };
    ta_need_t need;
    for (unsigned b = 0; b < sizeof bad / sizeof *bad; b++) {
        assert_int_equal(ta_speed_need(&bad[b], &need), b < 5 ? TA_E_ARG : TA_E_RATE);
        assert_int_equal(ta_speed_init(&rig.speed, &bad[b], got[0]), b < 5 ? TA_E_ARG : TA_E_RATE);
    }
    const ta_speed_config_t good = {.quality = TA_RESAMPLE_GOOD, .rate_hz = 44100, .channels = 1};
    assert_int_equal(ta_speed_init(&rig.speed, &good, NULL), TA_E_ARG);
    assert_int_equal(ta_speed_init(&rig.speed, &good, (uint8_t *)got[0] + 1), TA_E_ARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_frame_lies_where_the_speed_says),
        cmocka_unit_test(w11_more_than_65535_frames_end),
        cmocka_unit_test(w11_rate_0_is_refused),
        cmocka_unit_test(w45_the_phase_goes_on_over_the_sources_blocks),
        cmocka_unit_test(w45_the_phase_goes_on_through_changes),
        cmocka_unit_test(test_filters_survive_every_speed),
        cmocka_unit_test(test_a_pull_passes_over_no_more_than_its_share),
        cmocka_unit_test(test_work_is_a_blocks),
        cmocka_unit_test(test_a_row_is_no_product),
        cmocka_unit_test(test_a_row_gives_the_right_frames),
        cmocka_unit_test(test_faults_seeks_and_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
