// The sound card pin against a device that is a thread of ours: every frame that it is given, stalls of the feed, devices that
// refuse, stop or freeze. Built with the thread sanitizer by test_speaker.sh.

#include "miniaudio.h"
#include "tonearm/desktop.h"
#include "tonearm/raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PROGRAM_FRAMES = 16000, ARENA_BYTES = 1 << 20, HOLES_MAX = 64 };

static _Alignas(TA_NEED_ALIGN_MAX) uint8_t arena_memory[ARENA_BYTES];
static ta_arena_t arena;
static ta_memory_t memory;
static int16_t program[PROGRAM_FRAMES][2];
static ta_raw_t source;

static void make_program(uint32_t rate_hz)
{
    for (int i = 0; i < PROGRAM_FRAMES; i++) {
        program[i][0] = (int16_t)(i + 1000);
        program[i][1] = (int16_t)(-i - 2000);
    }
    ta_format_t format = {TA_SAMPLE_S16, 2, rate_hz};
    assert_int_equal(ta_raw_init(&source, &format, program, PROGRAM_FRAMES), TA_OK);
}

static int set_up(void **state)
{
    (void)state;
    free(fake.taken);
    fake = (fake_t){.devices = 0};
    make_program(44100);
    memory = ta_memory_all(&arena.mem);
    return ta_arena_init(&arena, arena_memory, sizeof arena_memory, TA_CLASS_ALL) == TA_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unsetenv("TONEARM_AUDIO_BACKEND");
    return fake.devices == 0 && fake.contexts == 0 && arena.live == 0 ? 0 : -1;
}

static int32_t sample_at(unsigned bits, uint64_t frame, unsigned channel)
{
    size_t index = (size_t)frame * 2 + channel;
    if (bits == 16) {
        assert_true((index + 1) * 2 <= fake.taken_bytes);
        return ((int16_t *)(void *)fake.taken)[index] * 65536;
    }
    assert_true((index + 1) * 4 <= fake.taken_bytes);
    return ((int32_t *)(void *)fake.taken)[index];
}

static bool is_program(unsigned bits, uint64_t frame, int i)
{
    return sample_at(bits, frame, 0) == program[i][0] * 65536 && sample_at(bits, frame, 1) == program[i][1] * 65536;
}

// Every program frame lies where the holes say. Returns how many holes there were.
static uint32_t check_frames(const ta_desktop_t *desktop, unsigned bits, const ta_hole_t *hole, uint32_t holes)
{
    uint64_t at = 0, all = fake.taken_bytes / (bits == 16 ? 4 : 8);
    while (at < all && !is_program(bits, at, 0))
        at++;
    uint32_t h = 0;
    for (int i = 0; i < PROGRAM_FRAMES; i++, at++) {
        if (h < holes && hole[h].source_frame == (uint64_t)i) {
            assert_int_equal(hole[h].at_frame, at);
            at += hole[h].frames;
            h++;
        }
        assert_true(is_program(bits, at, i));
    }
    assert_int_equal(h, holes);
    assert_int_equal(desktop->frames, all);
    return h;
}

static void run_to_the_end(ta_desktop_t *desktop)
{
    while (ta_output_busy(&desktop->output))
        assert_int_equal(ta_desktop_run(desktop), TA_OK);
}

static void test_every_frame_arrives(void **state)
{
    static const unsigned bits[] = {16, 24, 32};
    unsigned cases = 0;
    (void)state;
    for (unsigned b = 0; b < 3; b++) {
        ta_desktop_t desktop;
        ta_desktop_config_t config = {.bits = (uint8_t)bits[b], .buffer_us = 1000000, .device = b ? "HEADPH" : NULL};
        make_program(44100);
        fake.taken_bytes = 0;
        assert_int_equal(ta_speaker_open(&desktop, &config, &memory), TA_OK);
        assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_OK);
        run_to_the_end(&desktop);
        assert_int_equal(fake.opened, b ? 1 : -1);
        uint32_t peak[2];
        ta_desktop_peaks(&desktop, peak);
        assert_int_equal(peak[0], (PROGRAM_FRAMES + 999) * 65536);
        ta_output_stats_t stats;
        ta_output_stats(&desktop.output, &stats);
        assert_int_equal(stats.ring.holes, 0);
        assert_int_equal(ta_desktop_close(&desktop), TA_OK);
        (void)check_frames(&desktop, bits[b], NULL, 0);
        cases++;
    }
    assert_int_equal(cases, 3);
}

static void test_stalls_are_holes_and_every_frame_arrives(void **state)
{
    ta_desktop_t desktop;
    ta_desktop_config_t config = {.buffer_us = 60000, .hole_records = HOLES_MAX};
    ta_hole_t hole[HOLES_MAX];
    (void)state;
    assert_int_equal(ta_speaker_open(&desktop, &config, &memory), TA_OK);
    assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_OK);
    for (int run = 0; ta_output_busy(&desktop.output); run++) {
        assert_int_equal(ta_desktop_run(&desktop), TA_OK);
        if (run == 5 || run == 40)
            (void)nanosleep(&(struct timespec){.tv_nsec = run == 5 ? 150000000 : 900000000}, NULL);
    }
    uint32_t holes = 0;
    while (holes < HOLES_MAX && ta_output_hole(&desktop.output, holes, &hole[holes]))
        holes++;
    assert_int_equal(ta_desktop_close(&desktop), TA_OK);
    assert_true(check_frames(&desktop, 16, hole, holes) >= 2);
    print_message("%u holes\n", holes);
}

static void test_a_rate_that_the_device_refuses(void **state)
{
    ta_desktop_t desktop;
    ta_desktop_config_t config = {.buffer_us = 1000000};
    ta_output_stats_t stats;
    (void)state;
    fake.refused_rate = 48000;
    make_program(48000);
    assert_int_equal(ta_speaker_open(&desktop, &config, &memory), TA_OK);
    assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_OK);
    run_to_the_end(&desktop);
    ta_output_stats(&desktop.output, &stats);
    assert_int_equal(stats.faults, 1);
    assert_int_equal(stats.fault, TA_E_RATE);
    make_program(44100);
    assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_OK);
    run_to_the_end(&desktop);
    ta_output_stats(&desktop.output, &stats);
    assert_int_equal(stats.drained, 1);
    assert_int_equal(stats.ring.program_frames, PROGRAM_FRAMES);
    assert_int_equal(ta_desktop_close(&desktop), TA_OK);
    config.rate_hz = 48000;
    assert_int_equal(ta_speaker_open(&desktop, &config, &memory), TA_E_IO);
    assert_non_null(strstr(desktop.error, "48000 Hz"));
}

static void test_retuning_goes_on_with_every_frame(void **state)
{
    ta_desktop_t desktop;
    ta_desktop_config_t config = {.buffer_us = 1000000};
    (void)state;
    make_program(96000);
    assert_int_equal(ta_speaker_open(&desktop, &config, &memory), TA_OK);
    assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_OK);
    run_to_the_end(&desktop);
    assert_int_equal(desktop.config.rate_hz, 96000);
    assert_int_equal(ta_desktop_close(&desktop), TA_OK);
    (void)check_frames(&desktop, 16, NULL, 0);
}

static void test_a_device_that_stops_or_freezes(void **state)
{
    static const char *const says[] = {"has stopped", "three seconds"};
    (void)state;
    for (int f = 0; f < 2; f++) {
        ta_desktop_t desktop;
        ta_desktop_config_t config = {.buffer_us = 100000};
        make_program(44100);
        atomic_store(&fake.stops_after, f == 0 ? 3000U : 0U);
        atomic_store(&fake.freezes_after, f == 1 ? 3000U : 0U);
        assert_int_equal(ta_speaker_open(&desktop, &config, &memory), TA_OK);
        assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_OK);
        ta_status_t status = TA_OK;
        while (status == TA_OK && ta_output_busy(&desktop.output))
            status = ta_desktop_run(&desktop);
        assert_int_equal(status, TA_E_IO);
        assert_non_null(strstr(desktop.error, says[f]));
        (void)ta_desktop_close(&desktop);
        assert_int_equal(arena.live, 0);
    }
}

static void test_no_sound_system(void **state)
{
    ta_desktop_t desktop;
    ta_desktop_config_t config = {.bits = 16};
    (void)state;
    fake.no_device = 1;
    assert_int_equal(ta_speaker_open(&desktop, &config, &memory), TA_E_IO);
    assert_string_equal(desktop.error, "no sound device could be opened (failed)"); // the rate is not to blame
    fake.no_backend = 1;
    assert_int_equal(ta_speaker_open(&desktop, &config, &memory), TA_E_IO);
    assert_non_null(strstr(desktop.error, "no sound system"));
    (void)setenv("TONEARM_AUDIO_BACKEND", "custom", 1); // it has no name, for it is no backend
    assert_int_equal(ta_speaker_open(&desktop, &config, &memory), TA_E_ARG);
    assert_int_equal(ta_desktop_close(&desktop), TA_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_frame_arrives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stalls_are_holes_and_every_frame_arrives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_rate_that_the_device_refuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_retuning_goes_on_with_every_frame, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_device_that_stops_or_freezes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_sound_system, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
