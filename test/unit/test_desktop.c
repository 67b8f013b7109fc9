// The desktop's pins: what a WAV file pin writes, bit by bit, how pins refuse, and the sound card's thread against a null device.

#include "tonearm/desktop.h"
#include "tonearm/raw.h"

#include "src/pin/desktop/walker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PROGRAM_FRAMES = 5000, ARENA_BYTES = 1 << 20, HEADER_BYTES = 44, RUNS_MAX = 100000 };

static _Alignas(TA_NEED_ALIGN_MAX) uint8_t arena_memory[ARENA_BYTES];
static ta_arena_t arena;
static ta_mem_probe_t probe;
static uint32_t tries;
static ta_memory_t memory;
static char path[256];

static int16_t program[PROGRAM_FRAMES][2];
static ta_raw_t source;

static void make_program(uint32_t rate_hz)
{
    for (int i = 0; i < PROGRAM_FRAMES; i++) { // no frame occurs twice, and none is silence
        program[i][0] = (int16_t)(i + 1000);
        program[i][1] = (int16_t)(-i - 2000);
    }
    ta_format_t format = {TA_SAMPLE_S16, 2, rate_hz};
    assert_int_equal(ta_raw_init(&source, &format, program, PROGRAM_FRAMES), TA_OK);
}

static int set_up(void **state)
{
    (void)state;
    const char *folder = getenv("TMPDIR");
    (void)snprintf(path, sizeof path, "%s/test_desktop.%ld.wav", folder ? folder : "/tmp", (long)getpid());
    (void)unlink(path);
    tries = 0;
    if (ta_arena_init(&arena, arena_memory, sizeof arena_memory, TA_CLASS_ALL) != TA_OK)
        return -1;
    ta_mem_probe_init(&probe, &arena.mem, &tries, 0);
    memory = ta_memory_all(&probe.mem);
    make_program(44100);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

// ---- reading back --------------------------------------------------------------------------------------------------------

typedef struct {
    uint32_t rate_hz, frames;
    unsigned bits;
    int32_t (*frame)[2]; // left-justified in 32 bits
} wav_t;

static uint32_t get(const uint8_t *from, unsigned bytes)
{
    uint32_t value = 0;
    for (unsigned b = 0; b < bytes; b++)
        value |= (uint32_t)from[b] << 8 * b;
    return value;
}

static wav_t read_wav(void)
{
    static uint8_t bytes[4 << 20];
    static int32_t frames[400000][2];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    assert_true(size >= HEADER_BYTES && size < sizeof bytes);
    assert_memory_equal(bytes, "RIFF", 4);
    assert_memory_equal(bytes + 8, "WAVEfmt ", 8);
    assert_memory_equal(bytes + 36, "data", 4);
    assert_int_equal(get(bytes + 4, 4), size - 8);
    assert_int_equal(get(bytes + 20, 2), 1);
    assert_int_equal(get(bytes + 22, 2), 2);
    assert_int_equal(get(bytes + 40, 4), size - HEADER_BYTES);
    wav_t wav = {.rate_hz = get(bytes + 24, 4), .bits = get(bytes + 34, 2), .frame = frames};
    unsigned sample = wav.bits / 8;
    assert_int_equal(get(bytes + 32, 2), 2 * sample);
    assert_int_equal(get(bytes + 28, 4), 2 * sample * wav.rate_hz);
    wav.frames = (uint32_t)(size - HEADER_BYTES) / (2 * sample);
    for (uint32_t i = 0; i < wav.frames; i++)
        for (unsigned c = 0; c < 2; c++)
            frames[i][c] = (int32_t)(get(bytes + HEADER_BYTES + (2 * i + c) * sample, sample) << (32 - wav.bits));
    return wav;
}

static bool is_program(const wav_t *wav, uint32_t at, int i)
{
    return wav->frame[at][0] == program[i][0] * 65536 && wav->frame[at][1] == program[i][1] * 65536;
}

static int64_t step(const wav_t *wav, uint32_t at)
{
    int64_t left = (int64_t)wav->frame[at][0] - wav->frame[at - 1][0];
    int64_t right = (int64_t)wav->frame[at][1] - wav->frame[at - 1][1];
    left = left < 0 ? -left : left;
    right = right < 0 ? -right : right;
    return left > right ? left : right;
}

// The whole program lies in the file once, in one piece; what is around it are ramps and silence. Returns where it begins.
static uint32_t find_program(const wav_t *wav)
{
    uint32_t at = 0;
    while (at < wav->frames && !is_program(wav, at, 0))
        at++;
    assert_true(at + PROGRAM_FRAMES <= wav->frames);
    for (int i = 0; i < PROGRAM_FRAMES; i++)
        assert_true(is_program(wav, at + (uint32_t)i, i));
    for (uint32_t i = 1; i < wav->frames; i++)
        if (i <= at || i >= at + PROGRAM_FRAMES)
            assert_true(step(wav, i) <= (INT64_C(1) << 32) / 64);
    assert_int_equal(wav->frame[0][0], 0);
    assert_int_equal(wav->frame[wav->frames - 1][0], 0);
    return at;
}

static void run_to_the_end(ta_desktop_t *desktop)
{
    int runs = 0;
    while (ta_output_busy(&desktop->output)) {
        assert_int_equal(ta_desktop_run(desktop), TA_OK);
        assert_true(++runs < RUNS_MAX);
    }
}

// ---- the WAV file pin ----------------------------------------------------------------------------------------------------

static void test_wavfile_is_the_program_bit_by_bit(void **state)
{
    static const unsigned bits[] = {16, 24, 32};
    static const uint32_t buffer_us[] = {0, 1000, 100000, 2000000};
    unsigned cases = 0;
    (void)state;
    for (unsigned b = 0; b < 3; b++) {
        for (unsigned u = 0; u < 4; u++) {
            ta_desktop_t desktop;
            ta_desktop_config_t config = {.bits = (uint8_t)bits[b], .buffer_us = buffer_us[u], .path = path};
            make_program(44100);
            assert_int_equal(ta_wavfile_open(&desktop, &config, &memory), TA_OK);
            uint32_t tries_to_open = tries;
            assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_OK);
            run_to_the_end(&desktop);
            ta_output_stats_t stats;
            ta_output_stats(&desktop.output, &stats);
            assert_int_equal(stats.source_frames, PROGRAM_FRAMES);
            assert_int_equal(stats.ring.holes, 0);
            assert_int_equal(stats.drained, 1);
            uint64_t frames = desktop.frames;
            assert_int_equal(ta_desktop_close(&desktop), TA_OK);
            assert_int_equal(tries, tries_to_open);
            assert_int_equal(arena.live, 0);
            wav_t wav = read_wav();
            assert_int_equal(wav.bits, bits[b]);
            assert_int_equal(wav.rate_hz, 44100);
            assert_int_equal(wav.frames, frames);
            assert_true(find_program(&wav) >= TA_RAMP_FRAMES);
            cases++;
        }
    }
    print_message("%u files compared\n", cases);
    assert_int_equal(cases, 12);
}

static const ta_desktop_t *spied;
static uint64_t pulled_at[PROGRAM_FRAMES]; // frames that were out when this one was pulled

static ta_pull_t pull_and_note(ta_source_t *pulled, uint32_t max_frames, ta_block_t *block)
{
    block->data = program[pulled->position];
    block->frames = max_frames;
    for (uint32_t i = 0; i < max_frames; i++)
        pulled_at[pulled->position + i] = spied->frames;
    return TA_PULL_MORE;
}

// From being pulled to being out a frame waits for all slots that may be queued, and never for more than there are, which is the latency
// that the command tells. (A file's slot is over when the feed runs, so the last slot is not waited for.)
static void test_latency_is_all_slots(void **state)
{
    static const uint32_t buffer_us[] = {1000, 20000, 60000};
    static const ta_source_ops_t ops = {pull_and_note, NULL};
    (void)state;
    for (unsigned u = 0; u < 3; u++) {
        ta_desktop_t desktop;
        ta_desktop_config_t config = {.buffer_us = buffer_us[u], .path = path};
        const ta_format_t format = {TA_SAMPLE_S16, 2, 44100};
        ta_source_t noted;
        ta_source_init(&noted, &ops, &format, PROGRAM_FRAMES);
        assert_int_equal(ta_wavfile_open(&desktop, &config, &memory), TA_OK);
        uint32_t slot = desktop.output.ring.config.slot_frames, slots = desktop.output.ring.config.slots;
        spied = &desktop;
        assert_int_equal(ta_output_play(&desktop.output, &noted), TA_OK);
        run_to_the_end(&desktop);
        assert_int_equal(ta_desktop_close(&desktop), TA_OK);
        wav_t wav = read_wav();
        uint32_t start = find_program(&wav);
        uint64_t worst = 0;
        for (uint32_t i = 0; i < PROGRAM_FRAMES; i++) {
            uint64_t late = start + i - pulled_at[i];
            worst = late > worst ? late : worst;
        }
        assert_in_range(worst, (slots - 1) * slot - 1, slots * slot - 1);
    }
}

static void test_wavfile_takes_the_rate_of_the_first_source_and_no_other(void **state)
{
    ta_desktop_t desktop;
    ta_desktop_config_t config = {.path = path, .rate_hz = 44100};
    (void)state;
    make_program(48000);
    assert_int_equal(ta_wavfile_open(&desktop, &config, &memory), TA_OK);
    assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_OK);
    run_to_the_end(&desktop);
    ta_raw_t other;
    ta_format_t format = {TA_SAMPLE_S16, 2, 32000};
    assert_int_equal(ta_raw_init(&other, &format, program, PROGRAM_FRAMES), TA_OK);
    assert_int_equal(ta_output_play(&desktop.output, &other.source), TA_OK);
    run_to_the_end(&desktop);
    ta_output_stats_t stats;
    ta_output_stats(&desktop.output, &stats);
    assert_int_equal(stats.faults, 1);
    assert_int_equal(stats.fault, TA_E_RATE);
    assert_int_equal(ta_desktop_close(&desktop), TA_OK);
    wav_t wav = read_wav();
    assert_int_equal(wav.rate_hz, 48000);
    (void)find_program(&wav);
}

static void test_fixed_rate_refuses_another(void **state)
{
    ta_desktop_t desktop;
    ta_desktop_config_t config = {.path = path, .rate_hz = 48000, .fixed_rate = true};
    (void)state;
    assert_int_equal(ta_wavfile_open(&desktop, &config, &memory), TA_OK);
    assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_E_RATE);
    make_program(48000);
    assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_OK);
    run_to_the_end(&desktop);
    assert_int_equal(ta_desktop_close(&desktop), TA_OK);
    wav_t wav = read_wav();
    (void)find_program(&wav);
}

static void test_closing_in_the_middle_fades_and_finishes_the_file(void **state)
{
    ta_desktop_t desktop;
    ta_desktop_config_t config = {.path = path};
    (void)state;
    assert_int_equal(ta_wavfile_open(&desktop, &config, &memory), TA_OK);
    assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_OK);
    for (int i = 0; i < 8; i++)
        assert_int_equal(ta_desktop_run(&desktop), TA_OK);
    assert_true(ta_output_busy(&desktop.output));
    assert_int_equal(ta_desktop_close(&desktop), TA_OK);
    assert_int_equal(ta_desktop_close(&desktop), TA_OK);
    assert_int_equal(arena.live, 0);
    wav_t wav = read_wav();
    uint32_t at = 0;
    int played = 0;
    while (at < wav.frames && !is_program(&wav, at, 0))
        at++;
    for (; at + (uint32_t)played < wav.frames && is_program(&wav, at + (uint32_t)played, played); played++) {
    }
    assert_in_range(played, 1, PROGRAM_FRAMES - 1);
    for (uint32_t i = at + (uint32_t)played; i < wav.frames; i++)
        assert_true(step(&wav, i) <= (INT64_C(1) << 32) / 64);
    assert_int_equal(wav.frame[wav.frames - 1][0], 0);
}

static void test_peaks_are_those_of_the_program(void **state)
{
    ta_desktop_t desktop;
    ta_desktop_config_t config = {.path = path, .bits = 24};
    uint32_t peak[2], largest[2] = {0, 0};
    (void)state;
    assert_int_equal(ta_wavfile_open(&desktop, &config, &memory), TA_OK);
    assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_OK);
    while (ta_output_busy(&desktop.output)) {
        assert_int_equal(ta_desktop_run(&desktop), TA_OK);
        ta_desktop_peaks(&desktop, peak);
        for (int c = 0; c < 2; c++)
            largest[c] = peak[c] > largest[c] ? peak[c] : largest[c];
    }
    ta_desktop_peaks(&desktop, peak);
    assert_int_equal(peak[0], 0);
    assert_int_equal(ta_desktop_close(&desktop), TA_OK);
    assert_int_equal(largest[0], (PROGRAM_FRAMES + 999) * 65536);
    assert_int_equal(largest[1], (PROGRAM_FRAMES + 1999) * 65536);
    ta_desktop_peaks(&desktop, peak);
    assert_int_equal(peak[0] + peak[1], 0);
}

// ---- what a sound card is given: any number of frames at a time, across slots -------------------------------------------------

static ta_status_t quiet_run(ta_desktop_t *desktop)
{
    (void)desktop;
    return TA_OK;
}

static ta_status_t quiet_retune(ta_desktop_t *desktop, uint32_t rate_hz)
{
    (void)desktop;
    (void)rate_hz;
    return TA_OK;
}

static void test_any_number_of_frames_at_a_time(void **state)
{
    static const uint32_t periods[] = {1, 7, 63, 64, 65, 441, 600};
    static int16_t out[20000][2];
    unsigned cases = 0;
    (void)state;
    for (unsigned p = 0; p < sizeof periods / sizeof *periods; p++) {
        ta_desktop_t desktop;
        ta_desktop_config_t config = {.bits = 16};
        desktop_backend_t backend = {.run = quiet_run, .retune = quiet_retune, .finish = quiet_run};
        make_program(44100);
        assert_int_equal(desktop_configure(&desktop, &config, 20000), TA_OK);
        assert_int_equal(desktop_start(&desktop, &backend, &memory), TA_OK);
        assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_OK);
        uint32_t filled = 0;
        while (ta_output_busy(&desktop.output)) {
            assert_int_equal(ta_desktop_run(&desktop), TA_OK);
            assert_true(filled + periods[p] <= 20000);
            desktop_fill(&desktop, out[filled], periods[p]);
            filled += periods[p];
        }
        assert_int_equal(desktop.frames, filled);
        assert_int_equal(ta_desktop_close(&desktop), TA_OK);
        uint32_t at = 0;
        while (at < filled && out[at][0] != program[0][0])
            at++;
        // The ramp may pass through the first frame's left value, so the right one decides.
        while (at < filled && out[at][1] != program[0][1])
            at++;
        assert_true(at + PROGRAM_FRAMES <= filled);
        assert_memory_equal(out[at], program, sizeof program);
        cases++;
    }
    assert_int_equal(cases, 7);
}

// ---- refusals ------------------------------------------------------------------------------------------------------------

static void test_bad_configurations_are_refused_in_a_sentence(void **state)
{
    static const struct {
        ta_desktop_config_t config;
        ta_status_t status;
        const char *says;
    } bad[] = {
        {{.path = NULL}, TA_E_ARG, "no file"},
        {{.path = path, .bits = 20}, TA_E_ARG, "16, 24 or 32"},
        {{.path = path, .rate_hz = 999}, TA_E_RATE, "1000"},
        {{.path = path, .rate_hz = 384001}, TA_E_RATE, "384000"},
        {{.path = path, .buffer_us = 999}, TA_E_ARG, "1000"},
        {{.path = path, .buffer_us = 2000001}, TA_E_ARG, "2000000"},
        {{.path = "/nowhere/at/all.wav"}, TA_E_IO, "cannot create"},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        ta_desktop_t desktop;
        assert_int_equal(ta_wavfile_open(&desktop, &bad[i].config, &memory), bad[i].status);
        assert_non_null(strstr(desktop.error, bad[i].says));
        assert_int_equal(ta_desktop_run(&desktop), TA_E_STATE);
        assert_int_equal(ta_desktop_close(&desktop), TA_OK);
        assert_int_equal(arena.live, 0);
        assert_int_not_equal(access(path, F_OK), 0);
    }
}

static void test_refused_memory_leaves_nothing(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= 2; n++) {
        ta_desktop_t desktop;
        ta_desktop_config_t config = {.path = path};
        tries = 0;
        probe.fail_at = n;
        assert_int_equal(ta_wavfile_open(&desktop, &config, &memory), TA_E_NOMEM);
        assert_int_equal(desktop.failure.status, TA_E_NOMEM);
        assert_non_null(strstr(desktop.error, "arena"));
        assert_int_equal(arena.live, 0);
        assert_int_not_equal(access(path, F_OK), 0);
        probe.fail_at = 0;
        assert_int_equal(ta_wavfile_open(&desktop, &config, &memory), TA_OK);
        assert_int_equal(ta_desktop_close(&desktop), TA_OK);
        assert_int_equal(unlink(path), 0);
    }
}

static void test_a_full_disk_is_told(void **state)
{
    ta_desktop_t desktop;
    ta_desktop_config_t config = {.path = "/dev/full"};
    ta_status_t status = TA_OK;
    (void)state;
    assert_int_equal(ta_wavfile_open(&desktop, &config, &memory), TA_OK);
    assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_OK);
    for (int i = 0; i < RUNS_MAX && status == TA_OK && ta_output_busy(&desktop.output); i++)
        status = ta_desktop_run(&desktop);
    assert_int_equal(status, TA_E_IO);
    assert_non_null(strstr(desktop.error, "No space left"));
    assert_int_equal(ta_desktop_close(&desktop), TA_E_IO);
    assert_int_equal(arena.live, 0);
}

// ---- the sound card ------------------------------------------------------------------------------------------------------

static unsigned devices;

static void count_device(void *context, const char *name, bool is_default)
{
    (void)is_default;
    assert_ptr_equal(context, &devices);
    assert_true(*name != '\0');
    devices++;
}

// Built without miniaudio (MINIAUDIO_DIR=)? Then all that a speaker does is to say so.
static bool built_without(void)
{
    (void)setenv("TONEARM_AUDIO_BACKEND", "null", 1);
    devices = 0;
    ta_status_t status = ta_speaker_list(count_device, &devices);
    if (status == TA_OK) {
        assert_int_equal(devices, 1);
        return false;
    }
    ta_desktop_t desktop;
    ta_desktop_config_t config = {.bits = 16};
    assert_int_equal(status, TA_E_STATE);
    assert_int_equal(ta_speaker_open(&desktop, &config, &memory), TA_E_STATE);
    assert_non_null(strstr(desktop.error, "libminiaudio-dev"));
    assert_int_equal(ta_desktop_close(&desktop), TA_OK);
    print_message("built without miniaudio: the speaker says so\n");
    return true;
}

static void test_speaker_plays_to_the_last_frame(void **state)
{
    static const unsigned bits[] = {16, 24, 32};
    (void)state;
    if (built_without())
        return;
    for (unsigned b = 0; b < 3; b++) {
        ta_desktop_t desktop;
        ta_desktop_config_t config = {.bits = (uint8_t)bits[b], .buffer_us = 500000};
        make_program(b == 1 ? 48000 : 44100); // one of them retunes the device
        assert_int_equal(ta_speaker_open(&desktop, &config, &memory), TA_OK);
        assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_OK);
        run_to_the_end(&desktop);
        assert_int_equal(ta_desktop_close(&desktop), TA_OK);
        ta_output_stats_t stats;
        ta_output_stats(&desktop.output, &stats);
        assert_int_equal(stats.source_frames, PROGRAM_FRAMES);
        assert_int_equal(stats.ring.program_frames, PROGRAM_FRAMES);
        assert_int_equal(stats.drained, 1);
        assert_int_equal(stats.faults, 0);
        assert_true(desktop.frames >= PROGRAM_FRAMES);
        assert_int_equal(arena.live, 0);
    }
}

static void test_a_stalled_feed_is_a_hole_and_no_frame_is_lost(void **state)
{
    ta_desktop_t desktop;
    ta_desktop_config_t config = {.buffer_us = 20000};
    (void)state;
    if (built_without())
        return;
    assert_int_equal(ta_speaker_open(&desktop, &config, &memory), TA_OK);
    assert_int_equal(ta_output_play(&desktop.output, &source.source), TA_OK);
    assert_int_equal(ta_desktop_run(&desktop), TA_OK); // 20 ms are queued, of 113
    (void)nanosleep(&(struct timespec){.tv_nsec = 400000000}, NULL);
    run_to_the_end(&desktop);
    assert_int_equal(ta_desktop_close(&desktop), TA_OK);
    ta_output_stats_t stats;
    ta_output_stats(&desktop.output, &stats);
    assert_true(stats.ring.holes >= 1);
    assert_true(stats.ring.hole_frames > 44100 / 10);
    assert_int_equal(stats.ring.program_frames, PROGRAM_FRAMES);
    assert_true(desktop.frames >= PROGRAM_FRAMES + stats.ring.hole_frames);
}

static void test_speaker_refuses_in_a_sentence(void **state)
{
    ta_desktop_t desktop;
    ta_desktop_config_t config = {.device = "no such card"};
    (void)state;
    if (built_without())
        return;
    assert_int_equal(ta_speaker_open(&desktop, &config, &memory), TA_E_ARG);
    assert_non_null(strstr(desktop.error, "no such card"));
    assert_int_equal(ta_desktop_close(&desktop), TA_OK);
    config.device = "null playback"; // part of a name, in any case
    assert_int_equal(ta_speaker_open(&desktop, &config, &memory), TA_OK);
    assert_int_equal(ta_desktop_close(&desktop), TA_OK);
    (void)setenv("TONEARM_AUDIO_BACKEND", "gramophone", 1);
    assert_int_equal(ta_speaker_open(&desktop, &config, &memory), TA_E_ARG);
    assert_non_null(strstr(desktop.error, "gramophone"));
    assert_int_equal(arena.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_wavfile_is_the_program_bit_by_bit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_latency_is_all_slots, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wavfile_takes_the_rate_of_the_first_source_and_no_other, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_fixed_rate_refuses_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_closing_in_the_middle_fades_and_finishes_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_peaks_are_those_of_the_program, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_any_number_of_frames_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_configurations_are_refused_in_a_sentence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused_memory_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_disk_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_speaker_plays_to_the_last_frame, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_stalled_feed_is_a_hole_and_no_frame_is_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_speaker_refuses_in_a_sentence, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
