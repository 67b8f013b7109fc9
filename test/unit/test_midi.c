// MIDI files and bare tracks: times to the frame, W44 and W1, every way to be malformed, and that what fails says at which byte.
#include "tonearm/midi.h"

#include "test/support/synth_rig.h"
#include "test/support/test_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 8000, FILE_MAX = 16384, PLAYED_MAX = 1 << 20 };

static uint8_t file[FILE_MAX];
static size_t file_bytes;
static ta_midi_t midi;
static ta_stream_t stream;
static void *storage;
static uint8_t *copy; // exactly as long as the file: a sanitizer sees one byte more
static int16_t out[PLAYED_MAX];

static void ok(ta_status_t status)
{
    assert_int_equal(status, TA_OK);
}

// ---- files -------------------------------------------------------------------------------------------------------------------------

static void add(const char *bytes, size_t count)
{
    assert_true(file_bytes + count <= FILE_MAX);
    memcpy(file + file_bytes, bytes, count);
    file_bytes += count;
}
#define ADD(text) add(text, sizeof(text) - 1)

static void header(unsigned type, unsigned tracks, unsigned division)
{
    const char bytes[] = {(char)(type >> 8),     (char)type,    (char)(tracks >> 8), (char)tracks,
                          (char)(division >> 8), (char)division};
    file_bytes = 0;
    ADD("MThd\0\0\0\6");
    add(bytes, sizeof bytes);
}

static void track(const char *events, size_t count)
{
    const char length[] = {(char)(count >> 24), (char)(count >> 16), (char)(count >> 8), (char)count};
    ADD("MTrk");
    add(length, 4);
    add(events, count);
}
#define TRACK(text) track(text, sizeof(text) - 1)
#define END         "\0\xff\x2f\0"

static const ta_midi_config_t plain = {.synth = {.rate_hz = RATE, .channels = 1, .polyphony = 8}};

static ta_status_t open_with(const ta_midi_config_t *config)
{
    ta_need_t need = {0};
    free(storage);
    free(copy);
    storage = NULL;
    copy = malloc(file_bytes + !file_bytes);
    memcpy(copy, file, file_bytes);
    ta_stream_from_memory(&stream, copy, file_bytes);
    ta_status_t status = ta_midi_open(&midi, &stream);
    if (status != TA_OK)
        return status;
    ok(ta_midi_need(&midi, config, &need));
    storage = malloc(need.bytes);
    return ta_midi_init(&midi, config, storage);
}

static void open_file(void)
{
    ok(open_with(&plain));
}

static int forget(void **state)
{
    (void)state;
    free(storage);
    free(copy);
    storage = copy = NULL;
    return 0;
}

static uint32_t play(uint32_t frames)
{
    return synth_rig_pull(&midi.source, out, frames, 100);
}

static uint64_t length_of(void)
{
    ok(ta_midi_scan(&midi));
    uint64_t frames = midi.source.frames;
    assert_true(frames <= PLAYED_MAX);
    assert_int_equal(play(PLAYED_MAX), frames); // what was scanned is what is played
    assert_int_equal(midi.source.fault, TA_OK);
    return frames;
}

static bool sounds(unsigned channel, unsigned key)
{
    ta_voice_info_t info;
    return ta_synth_key_info(&midi.synth, channel, key, &info) && info.state != TA_ENVELOPE_RELEASE;
}

// ---- times -------------------------------------------------------------------------------------------------------------------------

static void test_a_track_of_type_0(void **state)
{
    (void)state;
    header(0, 1, 96);
    TRACK("\0\x90\x3c\x40\x60\x80\x3c\x40" END); // a quarter at 120 a minute: half a second
    open_file();
    assert_int_equal(midi.info.type, 0);
    assert_int_equal(midi.info.tracks, 1);
    assert_int_equal(midi.info.division, 96);
    assert_int_equal(length_of(), 4000);
    assert_int_equal(midi.info.events, 3);
    assert_int_equal(midi.info.microseconds, 500000);
    assert_int_equal(ta_source_seek(&midi.source, 0), TA_OK);
    assert_int_equal(play(4000), 4000);
    for (int f = 0; f < 4000; f++)
        assert_int_not_equal(out[f], 0); // a square
}

static void test_events_are_exact_to_the_frame(void **state)
{
    (void)state;
    header(0, 1, 100);
    TRACK("\1\x90\x3c\x40\1\x80\x3c\x40\1\x90\x3c\x40\1\xff\x2f\0"); // 40 frames each
    open_file();
    assert_int_equal(length_of(), 160);
    for (int f = 0; f < 160; f++) // the release is a tick of 256 long where there is no envelope
        assert_true((out[f] != 0) == (f >= 40));
}

static void test_no_rounding_adds_up(void **state)
{
    (void)state;
    // A tick is 0.4166... ms, 3.333... frames: 300 of them are 1000 frames, in steps of one tick as in one step.
    static char events[300 * 3 + 4];
    for (int e = 0; e < 300; e++)
        memcpy(events + 3 * e, "\1\xc0\1", 3);
    memcpy(events + 900, "\0\xff\x2f\0", 4);
    static uint8_t big[1000];
    ta_need_t need = {0};
    header(0, 1, 1200);
    memcpy(big, file, file_bytes);
    memcpy(big + file_bytes, "MTrk\0\0\3\x88", 8);
    memcpy(big + file_bytes + 8, events, 904);
    ta_stream_from_memory(&stream, big, file_bytes + 8 + 904);
    ok(ta_midi_open(&midi, &stream));
    ok(ta_midi_need(&midi, &plain, &need));
    storage = malloc(need.bytes);
    ok(ta_midi_init(&midi, &plain, storage));
    assert_int_equal(length_of(), 1000);
    assert_int_equal(midi.info.microseconds, 125000);
}

static void test_smpte_times(void **state)
{
    (void)state;
    static const struct {
        unsigned division;
        uint64_t frames; // of 1000 ticks at 8000 Hz
    } times[] = {{0xE808, 41666}, {0xE728, 8000}, {0xE364, 2669}, {0xE250, 3333}};
    for (size_t t = 0; t < sizeof times / sizeof times[0]; t++) {
        header(0, 1, times[t].division);
        TRACK("\0\xff\x51\3\1\0\0\x87\x68\xff\x2f\0"); // a tempo means nothing here
        open_file();
        assert_int_equal(length_of(), times[t].frames);
    }
}

static void test_a_seek_is_where_playing_would_have_come(void **state)
{
    (void)state;
    header(0, 1, 100);
    TRACK("\x20\x90\x3c\x40\x20\x80\x3c\x40\x20\x90\x40\x40\x20\xff\x2f\0");
    open_file();
    ok(ta_midi_scan(&midi));
    assert_int_equal(midi.source.frames, 128 * 40);
    for (uint64_t frame = 0; frame <= 5120; frame += 64) {
        ok(ta_source_seek(&midi.source, frame));
        assert_int_equal(play(PLAYED_MAX), 5120 - frame);
        ok(ta_source_seek(&midi.source, frame));
        if (frame < 5120) {
            assert_int_equal(play(1), 1);
            assert_true(sounds(0, 60) == (frame >= 1280 && frame < 2560));
            assert_true(sounds(0, 64) == (frame >= 3840));
        }
    }
    ok(ta_source_seek(&midi.source, 0));
    ok(ta_source_set_loop(&midi.source, 0, 0, 2));
    assert_int_equal(play(PLAYED_MAX), 3 * 5120);
}

// ---- W44 ---------------------------------------------------------------------------------------------------------------------------

static void test_w44_a_pause_may_be_longer_than_16_bits(void **state)
{
    (void)state;
    header(0, 1, 1);
    TRACK("\x81\x48\xff\x2f\0"); // 200 quarters: 100 s
    open_file();
    assert_int_equal(length_of(), 800000);
    header(0, 1, 1);
    TRACK("\xff\xff\xff\x7f\xff\x2f\0"); // as long as can be: 1553 days
    open_file();
    ok(ta_midi_scan(&midi));
    assert_true(midi.source.frames == (uint64_t)0xFFFFFFF * 4000);
}

static void test_w44_velocity_0_is_a_note_off(void **state)
{
    (void)state;
    header(0, 1, 100);
    TRACK("\0\x90\x3c\x40\0\x43\0\x64\x3c\0\x64\xff\x2f\0");
    open_file();
    assert_int_equal(play(100), 100);
    assert_true(sounds(0, 60) && !sounds(0, 67));
    assert_int_equal(play(4000), 4000);
    assert_false(sounds(0, 60));
}

static void test_w44_meta_events_are_skipped_and_tempo_is_kept(void **state)
{
    (void)state;
    header(0, 1, 100);
    TRACK("\0\xff\3\4name\0\xff\x58\4\4\2\x18\x08\0\xff\x51\3\x0f\x42\x40" // a second a quarter
          "\x64\xff\x51\3\0\0\0"                                           // no tempo at all
          "\x64\xff\x51\5\3\xd0\x90zz" // a quarter of a second, and more bytes than are known
          "\x64\xf0\3\1\2\3\0\xf7\1\4" END);
    open_file();
    assert_int_equal(length_of(), 8000 + 8000 + 2000);
    assert_int_equal(midi.info.microseconds, 2250000);
}

static void test_w44_running_status(void **state)
{
    (void)state;
    header(0, 1, 100);
    TRACK(
        "\0\x90\x3c\x40\0\x40\x40\0\xff\1\1x\0\x43\x40\x64\x3c\0\0\xc0\1\0\2" END); // over a text, too; program changes of one byte
    open_file();
    assert_int_equal(play(100), 100);
    assert_true(sounds(0, 60) && sounds(0, 64) && sounds(0, 67));
    assert_int_equal(play(PLAYED_MAX), 3900);
    assert_int_equal(midi.error_location, TA_MIDI_NO_ERROR);
    assert_true(!sounds(0, 60) && sounds(0, 64));
}

static void test_w44_tracks_of_type_1_are_merged(void **state)
{
    (void)state;
    header(1, 3, 100);
    TRACK("\0\xff\x51\3\x03\xd0\x90" END); // the tempo of all: 0.25 s
    TRACK("\x32\x90\x3c\x40\x32\x80\x3c\x40" END);
    ADD("XFIR\0\0\0\3abc"); // a chunk that nobody knows
    TRACK("\x32\x91\x3c\x40\x64\xff\x2f\0");
    open_file();
    assert_int_equal(midi.info.tracks, 3);
    assert_int_equal(length_of(), 3000);
    ok(ta_source_seek(&midi.source, 0));
    play(999);
    assert_true(!sounds(0, 60) && !sounds(1, 60));
    play(2);
    assert_true(sounds(0, 60) && sounds(1, 60)); // of two channels, a note each
    play(1000);
    assert_true(!sounds(0, 60) && sounds(1, 60));
}

static void test_w44_tempo_0_of_a_bare_track(void **state)
{
    (void)state;
    static const uint8_t bytes[] = "\0\x90\x3c\x40\x81\x48\x80\x3c";
    ta_need_t need = {0};
    assert_int_equal(ta_midi_open_track(&midi, bytes, sizeof bytes, 0), TA_E_ARG);
    assert_int_equal(ta_midi_open_track(&midi, NULL, 1, 10), TA_E_ARG);
    ok(ta_midi_open_track(&midi, bytes, sizeof bytes, 200));
    ok(ta_midi_need(&midi, &plain, &need));
    storage = malloc(need.bytes);
    ok(ta_midi_init(&midi, &plain, storage));
    assert_int_equal(ta_midi_set_tempo(&midi, 0), TA_E_ARG);
    assert_int_equal(play(4096), 4096);
    ok(ta_midi_set_tempo(&midi, 100)); // what is left takes twice as long
    assert_int_equal(play(PLAYED_MAX), 2 * (8000 - 4096));
    header(0, 1, 1);
    TRACK(END);
    open_file();
    assert_int_equal(ta_midi_set_tempo(&midi, 1), TA_E_STATE);
}

// ---- what a player may choose ------------------------------------------------------------------------------------------------------

static void test_channels_and_their_ends(void **state)
{
    (void)state;
    ta_midi_config_t config = plain;
    config.channels = 0xFFFF & ~(1U << 9);
    header(0, 1, 100);
    TRACK("\0\x99\x23\x40\0\x93\x3c\x40\0\x93\x40\x40\0\x94\x40\x40\x64\xb3\x7b\0\x64\xb4\x78\0\0\xb4\7\0" END);
    ok(open_with(&config));
    play(100);
    assert_true(!sounds(9, 35) && sounds(3, 60) && sounds(3, 64) && sounds(4, 64));
    play(4000);
    assert_true(!sounds(3, 60) && !sounds(3, 64) && sounds(4, 64)); // all notes off
    assert_int_equal(play(PLAYED_MAX), 3900);
    assert_false(sounds(4, 64));
}

// Modes (124 to 127) begin by ending all notes; other controllers end none.
static void test_every_controller_ends_notes_or_does_not(void **state)
{
    (void)state;
    for (unsigned controller = 0; controller < 128; controller++) {
        const char bytes[] = {0, (char)0x90, 60, 64, 1, (char)0xB0, (char)controller, 0, 100, (char)0xFF, 0x2F, 0};
        header(0, 1, 100);
        track(bytes, sizeof bytes);
        open_file();
        play(1000);
        assert_int_equal(!sounds(0, 60), controller == 120 || controller >= 123);
    }
}

// More events at one moment than one pull may read: it waits in between, and plays on as if nothing had been.
static void test_a_flood_of_events_takes_several_pulls(void **state)
{
    (void)state;
    enum { EVENTS = 3 * TA_MIDI_PULL_EVENTS, BYTES = 4 + 3 * EVENTS + 8 };
    static char events[BYTES];
    char *at = events;
    memcpy(at, "\0\x90\x3c\x40", 4);
    at += 4;
    for (unsigned e = 1; e < EVENTS; e++, at += 3)
        memcpy(at, e & 1 ? "\0\x40\x40" : "\0\x40\0", 3);
    memcpy(at, "\x64\xff\x2f\0", 4);
    header(0, 1, 100);
    track(events, (size_t)(at - events) + 4);
    open_file();
    ta_block_t block;
    for (unsigned pulls = 1; pulls <= 2; pulls++) {
        assert_int_equal(ta_source_pull(&midi.source, 100, &block), TA_PULL_WAIT);
        assert_int_equal(block.frames, 0);
        assert_int_equal(midi.events, pulls * TA_MIDI_PULL_EVENTS);
    }
    assert_int_equal(play(PLAYED_MAX), RATE / 2);
    assert_int_equal(midi.events, EVENTS + 1);
    assert_true(sounds(0, 60) && sounds(0, 64));
    ok(ta_midi_scan(&midi)); // all at once
    assert_int_equal(midi.source.frames, RATE / 2);
}

static void test_a_tail_is_heard_to_its_end(void **state)
{
    (void)state;
    const ta_envelope_t slow = {0, 0, (ta_real_t)0.5, 1, 1};
    ta_midi_config_t config = plain;
    config.tail = true;
    config.synth.envelope = &slow;
    header(0, 1, 100);
    TRACK("\0\x90\x3c\x40\x64\xff\x2f\0");
    ok(open_with(&config));
    ok(ta_midi_scan(&midi));
    assert_true(midi.source.frames == TA_FRAMES_UNKNOWN);
    uint32_t frames = play(PLAYED_MAX);
    assert_in_range(frames, 4000 + 4000, 4000 + 4000 + 3 * 256);
    assert_true(abs(out[frames - 1]) < 200 && abs(out[4000]) > 16000);
}

// ---- W1: nothing dangles -----------------------------------------------------------------------------------------------------------

static void test_w1_a_file_is_read_through_its_stream_until_it_ends(void **state)
{
    (void)state;
    header(1, 3, 50);
    // No two alike, nor in step: each is read from a place of its own, in windows of its own.
    TRACK("\5\x90\x3c\x40\5\x80\x3c\x40\5\x90\x3e\x40\5\x80\x3e\x40\5\x90\x3c\x40\5\x80\x3c\x40\5\x90\x3e\x40\5\x80"
          "\x3e\x40" END);
    TRACK("\3\x91\x40\x40\4\x41\x40\6\x40\0\2\x81\x41\x40\7\x91\x43\x40\3\x48\x40\1\x43\0\2\x48\0\4\x91\x30\x40\5\x30"
          "\0" END);
    TRACK("\6\xff\1\3xyz\0\x92\x50\x40\7\x51\x40\1\x52\x40\2\x50\0\0\x51\0\x09\x52\0" END);
    open_file();
    uint64_t frames = length_of(), hash = synth_rig_hash(SYNTH_RIG_HASH, out, (size_t)frames);
    assert_int_equal(frames, 40 * RATE / 100); // the first is the longest
    assert_int_equal(midi.info.events, 9 + 11 + 8);
    for (uint32_t shortest = 1; shortest < 40; shortest += 6) {
        test_stream_t test;
        ta_need_t need = {0};
        test_stream_init(&test, copy, file_bytes, shortest % 2 ? TEST_STREAM_FILE : TEST_STREAM_SIZELESS);
        test.short_max = shortest;
        ok(ta_midi_open(&midi, &test.stream));
        ok(ta_midi_need(&midi, &plain, &need));
        free(storage);
        storage = malloc(need.bytes);
        ok(ta_midi_init(&midi, &plain, storage));
        assert_int_equal(play(PLAYED_MAX), frames);
        assert_true(synth_rig_hash(SYNTH_RIG_HASH, out, (size_t)frames) == hash);
        for (uint32_t fail = 1; fail < 60; fail++) { // each read and seek fails once, whatever it is for
            ok(ta_source_seek(&midi.source, 0));
            test.calls = test.failures = 0;
            test.fail_call = fail;
            ta_status_t sought = ta_source_seek(&midi.source, 0);
            uint32_t played = play(PLAYED_MAX);
            bool failed = test.failures > 0;
            assert_int_equal(midi.source.fault, failed ? TA_E_IO : TA_OK);
            assert_true(failed ? played < frames && midi.error[0] != '\0' : played == frames);
            assert_true(sought == TA_OK || (failed && sought == TA_E_IO));
            test.fail_call = 0;
        }
    }
}

static void test_a_pipe_is_refused_with_the_way_out(void **state)
{
    (void)state;
    test_stream_t test;
    header(1, 2, 50);
    TRACK("\5\x90\x3c\x40" END);
    TRACK(END);
    test_stream_init(&test, file, file_bytes, TEST_STREAM_PIPE);
    ta_status_t status = ta_midi_open(&midi, &test.stream);
    ta_need_t need = {0};
    if (status == TA_OK) {
        ok(ta_midi_need(&midi, &plain, &need));
        storage = malloc(need.bytes);
        status = ta_midi_init(&midi, &plain, storage);
    }
    assert_int_equal(status, TA_E_STATE);
    assert_non_null(strstr(midi.error, "read it into memory first"));
}

// ---- malformed ---------------------------------------------------------------------------------------------------------------------

static void expect_error(int64_t location, const char *words)
{
    ta_status_t status = open_with(&plain);
    if (status == TA_OK) {
        status = ta_midi_scan(&midi);
        assert_int_equal(ta_source_seek(&midi.source, 0), TA_OK);
        play(PLAYED_MAX);
        assert_int_equal(midi.source.fault, status); // playing finds the same
    }
    assert_int_equal(status, TA_E_FORMAT);
    if (midi.error_location != location || !strstr(midi.error, words))
        fail_msg("\"%s\" at %d; must be \"%s\" at %d", midi.error, (int)midi.error_location, words, (int)location);
}

static void test_malformed_files_say_where(void **state)
{
    (void)state;
    header(2, 1, 100);
    expect_error(8, "types 0 and 1");
    header(0, 0, 100);
    expect_error(10, "no tracks");
    header(1, 257, 100);
    expect_error(10, "more than 256");
    header(0, 1, 0);
    expect_error(12, "no ticks");
    header(0, 1, 0xE000);
    expect_error(12, "SMPTE");
    header(0, 1, 0x8101);
    expect_error(12, "SMPTE");
    header(0, 1, 100);
    file[0] = 'X';
    expect_error(0, "begin");
    header(0, 1, 100);
    file[7] = 5;
    expect_error(0, "begin");
    header(0, 1, 100);
    expect_error(14, "before its last track");
    static const struct {
        const char *events;
        size_t count;
        int64_t location; // from the first event's time on
        const char *words;
    } tracks[] = {
        {"\0\x3c\x40", 3, 1, "data without a status"},
        {"\0\x90\x80\x40", 4, 2, "where an event's data"},
        {"\0\x90\x3c\xff", 4, 3, "where an event's data"},
        {"\0\xf1", 2, 1, "files do not have"},
        {"\0\xf8", 2, 1, "files do not have"},
        {"\x80\x80\x80\x80\0", 5, 3, "more than four"},
        {"\0\xff\3\5name", 8, 4, "longer than the rest"},
        {"\0\xf0\x7f", 3, 3, "longer than the rest"},
        {"\0\x90\x3c", 3, 3, "within an event"},
        {"\x81", 1, 1, "within an event"},
        {"\0", 1, 1, "within an event"},
        {"\0\xff\x51\3\1", 5, 5, "within an event"},
    };
    for (size_t t = 0; t < sizeof tracks / sizeof tracks[0]; t++) {
        header(0, 1, 100);
        track(tracks[t].events, tracks[t].count);
        expect_error(22 + tracks[t].location, tracks[t].words);
    }
}

// What a small file of everything is cut to is an error wherever it is cut, at a byte that is there or the first that is not.
static void small_file(void)
{
    header(1, 2, 100);
    TRACK("\0\xff\x51\3\x0f\x42\x40\0\xff\3\4name\x81\0\xff\x51\3\x0f\x42\x40" END);
    TRACK("\0\x90\x3c\x40\x64\x3c\0\0\xf0\3\1\2\3\0\xc0\1\0\2\0\xe0\1\2" END);
}

static void test_every_truncation_is_an_error(void **state)
{
    (void)state;
    small_file();
    const size_t whole = file_bytes;
    for (file_bytes = 0; file_bytes < whole; file_bytes++) {
        assert_int_equal(open_with(&plain), TA_E_FORMAT);
        assert_in_range(midi.error_location, 0, file_bytes);
        assert_true(strlen(midi.error) > 20 && strlen(midi.error) < sizeof midi.error);
        ta_need_t need;
        assert_int_equal(ta_midi_need(&midi, &plain, &need), TA_E_STATE);
    }
    open_file();
    ok(ta_midi_scan(&midi));
}

// The same with the track's length put right: it ends where it is cut, well or not.
static void test_every_truncation_of_a_track_ends(void **state)
{
    (void)state;
    small_file();
    const size_t whole = file_bytes, second = 14 + 8 + 27 + 8;
    unsigned errors = 0;
    for (size_t bytes = second; bytes < whole; bytes++) {
        small_file();
        file[second - 1] = (uint8_t)(bytes - second);
        file_bytes = bytes;
        open_file();
        ta_status_t status = ta_midi_scan(&midi);
        assert_true(status == TA_OK || (status == TA_E_FORMAT && midi.error_location > (int64_t)second &&
                                        midi.error_location <= (int64_t)bytes));
        errors += status != TA_OK;
    }
    assert_in_range(errors, 10, whole - second - 5);
}

static void test_any_byte_may_be_wrong(void **state)
{
    (void)state;
    unsigned good = 0, bad = 0;
    for (size_t at = 0; at < 128; at++) {
        for (unsigned value = 0; value < 256; value += value < 4 ? 1 : 9) {
            small_file();
            if (at >= file_bytes)
                break;
            file[at] = (uint8_t)value;
            if (open_with(&plain) != TA_OK || ta_midi_scan(&midi) != TA_OK) {
                assert_true(midi.error_location >= 0 && midi.error_location <= (int64_t)file_bytes &&
                            midi.error[0] != '\0');
                bad++;
                continue;
            }
            uint64_t frames = midi.source.frames;
            assert_int_equal(play(20000), frames < 20000 ? frames : 20000);
            good++;
        }
    }
    assert_true(good > 500 && bad > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_track_of_type_0, forget),
        cmocka_unit_test_teardown(test_events_are_exact_to_the_frame, forget),
        cmocka_unit_test_teardown(test_no_rounding_adds_up, forget),
        cmocka_unit_test_teardown(test_smpte_times, forget),
        cmocka_unit_test_teardown(test_a_seek_is_where_playing_would_have_come, forget),
        cmocka_unit_test_teardown(test_w44_a_pause_may_be_longer_than_16_bits, forget),
        cmocka_unit_test_teardown(test_w44_velocity_0_is_a_note_off, forget),
        cmocka_unit_test_teardown(test_w44_meta_events_are_skipped_and_tempo_is_kept, forget),
        cmocka_unit_test_teardown(test_w44_running_status, forget),
        cmocka_unit_test_teardown(test_w44_tracks_of_type_1_are_merged, forget),
        cmocka_unit_test_teardown(test_w44_tempo_0_of_a_bare_track, forget),
        cmocka_unit_test_teardown(test_channels_and_their_ends, forget),
        cmocka_unit_test_teardown(test_a_tail_is_heard_to_its_end, forget),
        cmocka_unit_test_teardown(test_every_controller_ends_notes_or_does_not, forget),
        cmocka_unit_test_teardown(test_a_flood_of_events_takes_several_pulls, forget),
        cmocka_unit_test_teardown(test_w1_a_file_is_read_through_its_stream_until_it_ends, forget),
        cmocka_unit_test_teardown(test_a_pipe_is_refused_with_the_way_out, forget),
        cmocka_unit_test_teardown(test_malformed_files_say_where, forget),
        cmocka_unit_test_teardown(test_every_truncation_is_an_error, forget),
        cmocka_unit_test_teardown(test_every_truncation_of_a_track_ends, forget),
        cmocka_unit_test_teardown(test_any_byte_may_be_wrong, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
