// The effects that remember: what they ask for and refuse, every format and block size, upstreams that end, fault and go, and the weaknesses that the reference
// lists for them, each by its number.
#include "test/support/delay_rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 8000, FRAMES = 3000, LONG = 20000 };

static const ta_sample_t gives[] = {TA_SAMPLE_S16, TA_SAMPLE_U16, TA_SAMPLE_S8, TA_SAMPLE_U8};
static int sound[2 * LONG], heard[2 * LONG], other[2 * LONG];
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static rig_config_t config_of(rig_kind_t kind, ta_sample_t sample, unsigned channels, uint32_t buffer_frames)
{
    rig_config_t config = {.kind = kind, .format = {sample, (uint8_t)channels, RATE}, .buffer_frames = buffer_frames};
    config.max_ms = kind == RIG_FLANGER ? 10 : 50;
    config.filters_max = config.taps_max = 3;
    return config;
}

static void make_noise(unsigned bits, uint32_t seed)
{
    for (size_t s = 0; s < 2 * (size_t)LONG; s++)
        sound[s] = (int)rig_chance(&seed, 1U << bits) - (1 << (bits - 1));
}

static unsigned bits_of(ta_sample_t sample)
{
    return 8 * ta_sample_bytes(sample);
}

// Parameters under which everything is in use.
static void set_busy(rig_t *rig)
{
    static const double busy[RIG_KINDS][5] = {
        [RIG_ECHO] = {13, 0.8, 0.5},     [RIG_CHORUS] = {31, 4, 0.9}, [RIG_FLANGER] = {1, 9, 1, 0.8, 1},
        [RIG_MULTITAP] = {37, 0.8, 0.6}, [RIG_PITCH] = {5, 0.7},      [RIG_GRANULAR] = {-4, 0.7, 0.5}};
    ta_param_t *params[6];
    unsigned count = rig_params(rig, params);
    for (unsigned p = 0; p < count; p++)
        ta_param_set(params[p], (ta_real_t)busy[rig->config.kind][p]);
    static const ta_tap_t taps[] = {{(ta_real_t)0.25, 1}, {1, (ta_real_t)0.5}};
    if (rig->config.kind == RIG_MULTITAP)
        assert_int_equal(ta_multitap_set_taps(&rig->as.multitap, taps, 2), TA_OK);
}

// `frames` of `sound` and then silence, through a fresh effect.
static void hear_it(const rig_config_t *config, int *to, uint32_t frames, uint32_t all, uint32_t appetite)
{
    rig_t rig;
    rig_sound_t source;
    assert_int_equal(rig_make(&rig, config), TA_OK);
    set_busy(&rig);
    rig_play(&rig, &source, sound, frames);
    assert_true(rig_hear(&rig, to, all, appetite));
    rig_silence(&source);
    rig_free(&rig);
}

// ---- needs -----------------------------------------------------------------------------------------------------------------

static void test_needs_are_two_one_fast_one_bulk(void **state)
{
    (void)state;
    static const size_t line_bytes[RIG_KINDS] = {
        [RIG_ECHO] = 400 * 4,     [RIG_CHORUS] = (400 + 32) * 4,    [RIG_FLANGER] = (80 + 2) * 4,
        [RIG_MULTITAP] = 400 * 4, [RIG_PITCH] = (512 + 64 + 2) * 4, [RIG_GRANULAR] = (4 * 1024 + 2 + 32) * 4,
    };
    for (rig_kind_t kind = 0; kind < RIG_KINDS; kind++) {
        rig_t rig;
        rig_config_t config = config_of(kind, TA_SAMPLE_S16, 2, 0);
        assert_int_equal(rig_make(&rig, &config), TA_OK);
        assert_int_equal(rig.needs[0].cls, TA_CLASS_FAST);
        assert_int_equal(rig.needs[1].cls, TA_CLASS_BULK);
        assert_int_equal(rig.needs[1].bytes, line_bytes[kind]);
        assert_non_null(rig.needs[0].object);
        assert_non_null(rig.needs[1].object);
        rig_free(&rig);
    }
}

static void refuse(rig_config_t config, ta_status_t expected)
{
    rig_t rig;
    ta_status_t status = rig_make(&rig, &config);
    if (status == TA_OK)
        rig_free(&rig);
    if (status != expected)
        fail_msg("%s: max %u, buffer %u: %s", rig_name(config.kind), (unsigned)config.max_ms,
                 (unsigned)config.buffer_frames, ta_status_name(status));
}

static void test_w57_sizes_outside_their_range_are_refused(void **state)
{
    (void)state;
    for (rig_kind_t kind = 0; kind < RIG_KINDS; kind++) {
        const rig_config_t good = config_of(kind, TA_SAMPLE_S16, 2, 0);
        rig_config_t bad;
        static const uint32_t buffers[] = {TA_FX_BUFFER_FRAMES_MAX + 1, (uint32_t)-1, (uint32_t)-512, 1U << 31};
        for (size_t b = 0; b < COUNT(buffers); b++)
            bad = good, bad.buffer_frames = buffers[b], refuse(bad, TA_E_ARG);
        for (uint32_t frames = 0; frames <= TA_FX_BUFFER_FRAMES_MAX; frames += frames < 10 ? 1 : 511)
            bad = good, bad.buffer_frames = frames, refuse(bad, TA_OK);
        for (unsigned sample = 0; sample < TA_SAMPLES; sample++)
            bad = good, bad.format.sample = (ta_sample_t)sample,
            refuse(bad, sample <= TA_SAMPLE_S16 ? TA_OK : TA_E_FORMAT);
        for (uint8_t channels = 0; channels <= 3; channels++)
            bad = good, bad.format.channels = channels,
            refuse(bad, channels == 1 || channels == 2 ? TA_OK : TA_E_FORMAT);
        bool timed = kind != RIG_PITCH && kind != RIG_GRANULAR;
        uint32_t most = kind == RIG_FLANGER ? TA_FLANGER_MS_MAX : TA_DELAY_MS_MAX;
        bad = good, bad.max_ms = most, refuse(bad, TA_OK);
        bad = good, bad.max_ms = most + 1, refuse(bad, timed ? TA_E_ARG : TA_OK);
        bad = good, bad.max_ms = (uint32_t)-1, refuse(bad, timed ? TA_E_ARG : TA_OK);
        bad = good, bad.filters_max = TA_CHAIN_MAX + 1, refuse(bad, kind == RIG_ECHO ? TA_E_ARG : TA_OK);
        bad = good, bad.taps_max = TA_TAPS_MAX + 1, refuse(bad, kind == RIG_MULTITAP ? TA_E_ARG : TA_OK);
        bool grainy = kind == RIG_GRANULAR;
        bad = good, bad.window = 1, refuse(bad, grainy ? TA_E_ARG : TA_OK);
        bad = good, bad.window = TA_GRAIN_MAX + 1, refuse(bad, grainy ? TA_E_ARG : TA_OK);
        bad = good, bad.overlap = TA_GRAIN_DENSITY_MAX + 1, refuse(bad, grainy ? TA_E_ARG : TA_OK);
    }
}

static void test_storage_that_is_not_there_is_refused(void **state)
{
    (void)state;
    ta_need_t needs[2];
    _Alignas(8) static uint8_t fast[8192], bulk[8192];
    const ta_echo_config_t config = {{{TA_SAMPLE_S16, 1, RATE}, 0}, 10, 2};
    ta_echo_t echo;
    assert_int_equal(ta_echo_need(&config, needs), TA_OK);
    assert_in_range(needs[0].bytes, 1, sizeof fast);
    void *const bad[][2] = {{NULL, bulk}, {fast, NULL}, {fast + 1, bulk}, {fast, bulk + 2}, {fast + 4, bulk}};
    for (size_t b = 0; b < COUNT(bad); b++)
        assert_int_equal(ta_echo_init(&echo, &config, bad[b]), TA_E_ARG);
    void *const good[] = {fast, bulk};
    assert_int_equal(ta_echo_init(NULL, &config, good), TA_E_ARG);
    assert_int_equal(ta_echo_init(&echo, NULL, good), TA_E_ARG);
    assert_int_equal(ta_echo_init(&echo, &config, NULL), TA_E_ARG);
    assert_int_equal(ta_echo_need(NULL, needs), TA_E_ARG);
    assert_int_equal(ta_echo_need(&config, NULL), TA_E_ARG);
    assert_int_equal(ta_echo_init(&echo, &config, good), TA_OK);
}

// ---- formats and sizes -----------------------------------------------------------------------------------------------------

static void same(rig_kind_t kind, const char *what, unsigned number, size_t samples)
{
    for (size_t s = 0; s < samples; s++)
        if (heard[s] != other[s])
            fail_msg("%s, %s %u: sample %zu is %d, not %d", rig_name(kind), what, number, s, heard[s], other[s]);
}

// The same numbers whatever the sizes: parameters stand still, so ticks do not matter.
static void test_every_block_size_and_appetite_gives_the_same(void **state)
{
    (void)state;
    static const uint32_t buffers[] = {1, 2, 3, 15, 16, 17, 63, 64, 65, 128, 255, 256, 257, 300, 511, 512, 4095, 4096};
    static const uint32_t appetites[] = {1, 5, 64, 1000};
    for (rig_kind_t kind = 0; kind < RIG_KINDS; kind++)
        for (unsigned channels = 1; channels <= 2; channels++) {
            make_noise(16, 7);
            rig_config_t config = config_of(kind, TA_SAMPLE_S16, channels, 0);
            hear_it(&config, other, 1400, 1401, 256);
            for (size_t b = 0; b < COUNT(buffers); b++) {
                config.buffer_frames = buffers[b];
                hear_it(&config, heard, 1400, 1401, appetites[b % COUNT(appetites)]);
                same(kind, "blocks of", buffers[b], 1401 * (size_t)channels);
            }
        }
}

static void test_w40_unsigned_samples_are_the_same_sound(void **state)
{
    (void)state;
    for (rig_kind_t kind = 0; kind < RIG_KINDS; kind++)
        for (unsigned channels = 1; channels <= 2; channels++)
            for (size_t g = 0; g < COUNT(gives); g += 2) {
                make_noise(bits_of(gives[g]), 5);
                rig_config_t config = config_of(kind, gives[g], channels, 0);
                hear_it(&config, other, FRAMES, FRAMES + 500, 256);
                config.format.sample = gives[g + 1];
                hear_it(&config, heard, FRAMES, FRAMES + 500, 100);
                same(kind, "unsigned bits", bits_of(gives[g]), (FRAMES + 500) * (size_t)channels);
            }
}

static void test_w40_silence_is_the_middle_with_and_without_a_source(void **state)
{
    (void)state;
    memset(sound, 0, sizeof sound);
    for (rig_kind_t kind = 0; kind < RIG_KINDS; kind++)
        for (size_t g = 0; g < COUNT(gives); g++) {
            rig_config_t config = config_of(kind, gives[g], 2, 0);
            hear_it(&config, heard, FRAMES, 2 * FRAMES, 300);
            for (size_t s = 0; s < 4 * (size_t)FRAMES; s++)
                assert_int_equal(heard[s], 0);
        }
}

// Loud and slow, everything added up: where the sum is above the range it is the range's end, and its sign never turns.
static void test_w41_samples_of_8_bits_are_clipped(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2 * (size_t)LONG; s++)
        sound[s] = s < FRAMES ? 127 : -128;
    for (rig_kind_t kind = 0; kind < RIG_KINDS; kind++) {
        rig_t rig;
        rig_sound_t source;
        rig_config_t config = config_of(kind, kind % 2 ? TA_SAMPLE_U8 : TA_SAMPLE_S8, 1, 0);
        assert_int_equal(rig_make(&rig, &config), TA_OK);
        ta_param_t *params[6];
        unsigned count = rig_params(&rig, params);
        set_busy(&rig);
        ta_param_set(params[kind == RIG_GRANULAR ? 1 : count - 1],
                     kind == RIG_FLANGER || kind == RIG_CHORUS ? 1 : (ta_real_t)0.5);
        rig_play(&rig, &source, sound, 2 * FRAMES);
        assert_true(rig_hear(&rig, heard, 2 * FRAMES, 256));
        rig_silence(&source);
        rig_free(&rig);
        for (size_t s = 0; s < FRAMES; s++)
            assert_in_range(heard[s], 127, 127);
        bool low = false;
        for (size_t s = FRAMES; s < 2 * (size_t)FRAMES; s++)
            low = low || heard[s] == -128;
        assert_true(low);
        for (size_t s = 2 * (size_t)FRAMES - 100; s < 2 * (size_t)FRAMES; s++)
            assert_int_equal(heard[s], -128);
    }
}

// ---- delays ----------------------------------------------------------------------------------------------------------------

// Lines from a frame on, blocks longer than they are, delays of nothing and of much more than the line. Storage has exactly the bytes of the need.
static void test_w3_w4_any_delay_fits_any_line(void **state)
{
    (void)state;
    static const uint32_t rates[] = {1000, 8000, 44100};
    static const uint32_t lines[] = {1, 2, 5, 10, 50};
    static const double delays[] = {-1, 0, 1e-9, 0.9, 5, 10, 11, 50, 4000, 1e9};
    make_noise(16, 3);
    for (rig_kind_t kind = RIG_ECHO; kind <= RIG_MULTITAP; kind++)
        for (size_t l = 0; l < COUNT(lines) * COUNT(rates); l++)
            for (size_t d = 0; d < COUNT(delays); d++) {
                rig_t rig;
                rig_sound_t source;
                rig_config_t config = config_of(kind, TA_SAMPLE_S16, 1 + d % 2, d % 3 ? 512 : 3);
                config.max_ms = lines[l % COUNT(lines)];
                config.format.rate_hz = rates[l / COUNT(lines)];
                assert_int_equal(rig_make(&rig, &config), TA_OK);
                set_busy(&rig);
                ta_param_t *params[6];
                (void)rig_params(&rig, params);
                ta_param_set(params[0], (ta_real_t)delays[d]);
                if (kind == RIG_ECHO)
                    rig.as.echo.freq_shift = l % 2 == 0;
                rig_play(&rig, &source, sound, 700);
                assert_true(rig_hear(&rig, heard, 900, 256));
                uint32_t at = rig.as.echo.line.at;
                assert_true(kind != RIG_ECHO || at < rig.as.echo.line.frames);
                rig_silence(&source);
                rig_free(&rig);
            }
}

// A click comes back after exactly the line: what is longer is as long as that.
static void test_w3_w4_a_delay_is_at_most_the_line_and_at_least_a_frame(void **state)
{
    (void)state;
    memset(sound, 0, sizeof sound);
    sound[0] = 10000;
    for (unsigned shift = 0; shift < 2; shift++)
        for (unsigned way = 0; way < 2; way++) {
            rig_t rig;
            rig_sound_t source;
            rig_config_t config = config_of(RIG_ECHO, TA_SAMPLE_S16, 1, 512);
            config.max_ms = 10;
            assert_int_equal(rig_make(&rig, &config), TA_OK);
            rig.as.echo.freq_shift = shift;
            ta_param_set(&rig.as.echo.delay_ms, way ? 4000 : 0);
            ta_param_set(&rig.as.echo.decay, 0);
            ta_param_set(&rig.as.echo.mix, 1);
            rig_play(&rig, &source, sound, FRAMES);
            assert_true(rig_hear(&rig, heard, FRAMES, 256));
            // 80 frames; nothing is 1 frame, of a tape 80 / 32 = 2.5: its third frame reads the last cell of the first
            size_t expected = way ? 80 : shift ? 3 : 1;
            for (size_t s = 0; s < 80; s++)
                assert_int_equal(heard[s], s == expected || (shift && !way && heard[s] && s < 4) ? 10000 : 0);
            assert_int_equal(heard[expected], 10000);
            rig_silence(&source);
            rig_free(&rig);
        }
}

// ---- upstreams -------------------------------------------------------------------------------------------------------------

typedef struct {
    ta_source_t source;
    int16_t frame[2];
    uint32_t good, pulls;
    ta_pull_t then;
} moody_t;

static ta_pull_t moody_pull(ta_source_t *source, uint32_t max_frames, ta_block_t *block)
{
    moody_t *moody = (moody_t *)source;
    (void)max_frames;
    moody->pulls++;
    *block = (ta_block_t){.data = moody->frame, .frames = moody->good > 0};
    if (moody->good == 0) {
        source->fault = moody->then == TA_PULL_FAULT ? TA_E_IO : TA_OK;
        return moody->then;
    }
    moody->good--;
    return TA_PULL_MORE;
}

static void moody_init(moody_t *moody, uint32_t good, ta_pull_t then)
{
    static const ta_source_ops_t ops = {moody_pull, NULL};
    *moody = (moody_t){.frame = {8000, -8000}, .good = good, .then = then};
    ta_source_init(&moody->source, &ops, &(ta_format_t){TA_SAMPLE_S16, 2, RATE}, TA_FRAMES_UNKNOWN);
}

static void test_w15_an_upstream_that_faults_waits_or_ends_leaves_silence_and_the_tail(void **state)
{
    (void)state;
    static const ta_pull_t thens[] = {TA_PULL_FAULT, TA_PULL_WAIT, TA_PULL_END, TA_PULL_MORE};
    for (rig_kind_t kind = 0; kind < RIG_KINDS; kind++)
        for (size_t w = 0; w < COUNT(thens); w++) {
            rig_t rig;
            moody_t moody;
            moody_init(&moody, 1000, thens[w]);
            rig_config_t config = config_of(kind, TA_SAMPLE_S16, 2, 0);
            assert_int_equal(rig_make(&rig, &config), TA_OK);
            set_busy(&rig);
            assert_int_equal(ta_fx_play(&rig.as.fx, &moody.source), TA_OK);
            assert_true(rig_hear(&rig, heard, 1024, 256));
            assert_true(rig_hear(&rig, heard, 1500, 256));
            bool tail = false, goes_on = kind == RIG_ECHO || kind == RIG_MULTITAP;
            for (size_t s = 0; s < 400; s++)
                tail = tail || heard[s] != 0;
            assert_int_equal(tail, goes_on);
            bool faulted = thens[w] == TA_PULL_FAULT;
            assert_int_equal(rig.as.fx.faults, faulted);
            // One that gives nothing for ever is asked a few times in each block, and no more.
            uint32_t blocks = 2600 / 128, asks = thens[w] == TA_PULL_MORE ? 1 + TA_INTAKE_EMPTY_MAX : 1;
            assert_in_range(moody.pulls, 1001, 1001 + blocks * asks);
            bool gone = faulted || thens[w] == TA_PULL_END;
            assert_int_equal(ta_intake_holds(&rig.as.fx.intake, &moody.source), !gone);
            rig_free(&rig);
        }
}

static void test_w13_a_source_that_is_let_go_is_not_touched_again(void **state)
{
    (void)state;
    make_noise(16, 9);
    for (rig_kind_t kind = 0; kind < RIG_KINDS; kind++) {
        rig_t rig;
        rig_config_t config = config_of(kind, TA_SAMPLE_S16, 2, 0);
        assert_int_equal(rig_make(&rig, &config), TA_OK);
        set_busy(&rig);
        for (unsigned round = 0; round < 5; round++) {
            moody_t *moody = malloc(sizeof *moody);
            assert_non_null(moody);
            moody_init(moody, 1U << 20, TA_PULL_END);
            assert_int_equal(ta_fx_play(&rig.as.fx, &moody->source), TA_OK);
            assert_true(rig_hear(&rig, heard, 100 + round * 77, 33));
            assert_int_equal(ta_fx_play(&rig.as.fx, NULL), TA_OK);
            assert_true(ta_intake_holds(&rig.as.fx.intake, &moody->source));
            assert_true(rig_hear(&rig, heard, 256, 33));
            assert_false(ta_intake_holds(&rig.as.fx.intake, &moody->source));
            memset(moody, 0xEE, sizeof *moody);
            free(moody);
            assert_int_equal(rig.as.fx.fed, 0); // nor is what it had lent and was not used up
            assert_true(rig_hear(&rig, heard, 1000, 256));
            assert_int_equal(rig.as.fx.fed, 0);
        }
        rig_free(&rig);
    }
}

// What was played long ago is not heard again in front of the next source: silence went in meanwhile.
static void test_old_sound_is_as_old_as_it_is(void **state)
{
    (void)state;
    static const rig_kind_t silent[] = {RIG_CHORUS, RIG_FLANGER, RIG_PITCH, RIG_GRANULAR};
    for (size_t k = 0; k < COUNT(silent); k++) {
        rig_t rig;
        rig_sound_t first, second;
        rig_config_t config = config_of(silent[k], TA_SAMPLE_S16, 2, 100);
        assert_int_equal(rig_make(&rig, &config), TA_OK);
        set_busy(&rig);
        make_noise(16, 11);
        rig_play(&rig, &first, sound, 1010);
        assert_true(rig_hear(&rig, heard, 1100, 256));
        assert_true(rig_hear(&rig, heard, 5000, 256)); // longer than any of the lines
        memset(sound, 0, sizeof sound);
        rig_play(&rig, &second, sound, 1000);
        assert_true(rig_hear(&rig, heard, 1000, 256));
        for (size_t s = 0; s < 2000; s++)
            assert_int_equal(heard[s], 0);
        rig_silence(&first);
        rig_silence(&second);
        rig_free(&rig);
    }
}

static void test_clear_is_a_fresh_start(void **state)
{
    (void)state;
    make_noise(16, 13);
    for (rig_kind_t kind = 0; kind < RIG_KINDS; kind++) {
        rig_t rig;
        rig_sound_t first, second;
        rig_config_t config = config_of(kind, TA_SAMPLE_S16, 2, 0);
        hear_it(&config, other, FRAMES, FRAMES, 256);
        assert_int_equal(rig_make(&rig, &config), TA_OK);
        set_busy(&rig);
        rig_play(&rig, &first, sound, FRAMES);
        assert_true(rig_hear(&rig, heard, 1717, 256));
        rig_play(&rig, &second, sound, FRAMES);
        ta_fx_clear(&rig.as.fx);
        assert_true(rig_hear(&rig, heard, FRAMES, 256));
        same(kind, "cleared", 0, 2 * (size_t)FRAMES);
        rig_silence(&first);
        rig_silence(&second);
        rig_free(&rig);
    }
}

// ---- Echo's filters, MultiTapDelay's taps ----------------------------------------------------------------------------------

static void test_w55_taps_are_checked_and_taken_whole(void **state)
{
    (void)state;
    rig_t rig;
    rig_config_t config = config_of(RIG_MULTITAP, TA_SAMPLE_S16, 1, 128);
    assert_int_equal(rig_make(&rig, &config), TA_OK);
    ta_multitap_t *multitap = &rig.as.multitap;
    const ta_tap_t good[] = {{(ta_real_t)0.5, 1}, {1, 1}, {0, 0}, {0, 0}};
    assert_int_equal(ta_multitap_set_taps(multitap, good, 4), TA_E_ARG);
    assert_int_equal(ta_multitap_set_taps(multitap, NULL, 1), TA_E_ARG);
    static const double wrong[] = {-0.001, 1.001, (double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t w = 0; w < COUNT(wrong); w++) {
        const ta_tap_t bad[][2] = {{{1, 1}, {(ta_real_t)wrong[w], 1}}, {{1, 1}, {1, (ta_real_t)wrong[w]}}};
        assert_int_equal(ta_multitap_set_taps(multitap, bad[0], 2), TA_E_ARG);
        assert_int_equal(ta_multitap_set_taps(multitap, bad[1], 2), TA_E_ARG);
    }
    ta_param_set(&multitap->delay_ms, 20); // 160 frames
    ta_param_set(&multitap->decay, 0);
    ta_param_set(&multitap->mix, 1);
    assert_int_equal(ta_multitap_set_taps(multitap, NULL, 0), TA_OK);
    assert_int_equal(ta_multitap_set_taps(multitap, good, 2), TA_OK); // only the newest counts
    memset(sound, 0, sizeof sound);
    sound[0] = 1000;
    rig_sound_t source;
    rig_play(&rig, &source, sound, 1000);
    assert_true(rig_hear(&rig, heard, 400, 128));
    for (size_t s = 0; s < 400; s++)
        assert_int_equal(heard[s], s == 80 || s == 160 ? 1000 : 0);
    rig_silence(&source);
    rig_free(&rig);
}

// Filters in the feedback: the model is the echo with the same biquads run over what goes into the line, a frame at a time.
static void test_w55_filters_are_in_the_feedback(void **state)
{
    (void)state;
    enum { ALL = 2000 };
    static const double delays[] = {0.125, 0.5, 3, 50};
    for (unsigned channels = 1; channels <= 2; channels++)
        for (size_t d = 0; d < COUNT(delays); d++) {
            rig_t rig;
            rig_sound_t source;
            ta_biquad_t used[2], model[2];
            ta_biquad_state_t states[2][2];
            static int16_t line[2 * ALL];
            rig_config_t config = config_of(RIG_ECHO, TA_SAMPLE_S16, channels, 0);
            assert_int_equal(rig_make(&rig, &config), TA_OK);
            for (unsigned f = 0; f < 2; f++) {
                assert_int_equal(ta_biquad_init(&used[f], f ? TA_BIQUAD_HIGH_PASS : TA_BIQUAD_LOW_PASS, f ? 300 : 1500),
                                 TA_OK);
                model[f] = used[f];
            }
            memset(states, 0, sizeof states);
            ta_echo_t *echo = &rig.as.echo;
            echo->freq_shift = false;
            ta_param_set(&echo->delay_ms, (ta_real_t)delays[d]);
            ta_param_set(&echo->mix, 1);
            ta_biquad_t *const chain[] = {&used[0], &used[1]};
            assert_int_equal(ta_chain_set(&echo->chain, chain, 2), TA_OK);
            make_noise(16, 21);
            rig_play(&rig, &source, sound, ALL);
            assert_true(rig_hear(&rig, heard, ALL, 200));
            ta_clock_t clock = {0};
            ta_clock_tick(&clock, 128, RATE);
            for (unsigned f = 0; f < 2; f++)
                ta_biquad_tick(&model[f], &clock);
            long delay = (long)(delays[d] * RATE / 1000);
            for (long t = 0; t < ALL; t++)
                for (unsigned c = 0; c < channels; c++) {
                    long at = t * (long)channels + (long)c, e = t < delay ? 0 : line[at - delay * (long)channels];
                    long v = (long)trunc((double)e * 22938 / 32768 + sound[at]);
                    line[at] = (int16_t)ta_fx_knee((int32_t)v, TA_FX_KNEE_2);
                    for (unsigned f = 0; f < 2; f++)
                        ta_biquad_run(&model[f], &states[f][c], &line[at], 1, 1);
                    assert_int_equal(heard[at], ta_fx_knee((int32_t)e, TA_FX_KNEE_2));
                }
            assert_int_equal(ta_chain_set(&echo->chain, NULL, 0), TA_OK);
            assert_true(rig_hear(&rig, heard, 256, 200));
            assert_true(ta_chain_settled(&echo->chain));
            rig_silence(&source);
            rig_free(&rig);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_needs_are_two_one_fast_one_bulk),
        cmocka_unit_test(test_w57_sizes_outside_their_range_are_refused),
        cmocka_unit_test(test_storage_that_is_not_there_is_refused),
        cmocka_unit_test(test_every_block_size_and_appetite_gives_the_same),
        cmocka_unit_test(test_w40_unsigned_samples_are_the_same_sound),
        cmocka_unit_test(test_w40_silence_is_the_middle_with_and_without_a_source),
        cmocka_unit_test(test_w41_samples_of_8_bits_are_clipped),
        cmocka_unit_test(test_w3_w4_any_delay_fits_any_line),
        cmocka_unit_test(test_w3_w4_a_delay_is_at_most_the_line_and_at_least_a_frame),
        cmocka_unit_test(test_w15_an_upstream_that_faults_waits_or_ends_leaves_silence_and_the_tail),
        cmocka_unit_test(test_w13_a_source_that_is_let_go_is_not_touched_again),
        cmocka_unit_test(test_old_sound_is_as_old_as_it_is),
        cmocka_unit_test(test_clear_is_a_fresh_start),
        cmocka_unit_test(test_w55_taps_are_checked_and_taken_whole),
        cmocka_unit_test(test_w55_filters_are_in_the_feedback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
