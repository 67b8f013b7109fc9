// WAV files whose sizes and chunks contradict each other in ways that a real reader meets: what counts, and that
// nothing that is no audio is played as audio.
#include "test/support/wav_builder.h"
#include "test/support/wav_player.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static wavb_t wav;
static wav_player_t player;
static const wavb_fmt_t s16_stereo = {.tag = 1, .channels = 2, .rate_hz = 22050, .bits = 16};
static const wavb_fmt_t u8_mono = {.tag = 1, .channels = 1, .rate_hz = 8000, .bits = 8};

// Open, and expect `frames` frames of 4 bytes that begin at byte `data` of the file.
static void expect_play(test_stream_kind_t kind, size_t data, size_t frames)
{
    wav_player_load(&player, wav.bytes, wav.size, kind);
    assert_int_equal(wav_player_open(&player), TA_OK);
    assert_int_equal(player.wav.info.data_offset, data);
    assert_int_equal(player.wav.info.format.channels, 2);
    assert_int_equal(player.wav.info.format.sample, TA_SAMPLE_S16);
    assert_true(wav_player_run(&player));
    assert_int_equal(player.result, TA_PULL_END);
    assert_int_equal(player.out_bytes, frames * 4);
    assert_memory_equal(player.out, wav.bytes + data, frames * 4);
}

static void test_empty_data_chunk_is_empty(void **state)
{
    (void)state;
    for (int trailers = 0; trailers < 3; trailers++) {
        wavb_begin(&wav, "RIFF");
        wavb_fmt(&wav, &s16_stereo);
        wavb_data(&wav, 0);
        if (trailers > 0) {
            wavb_chunk(&wav, "LIST", "INFOISFT\4\0\0\0soxx", 16);
        }
        if (trailers > 1) {
            wavb_chunk(&wav, "note", "x", 1);
        }
        wavb_finish(&wav);
        for (int kind = 0; kind < TEST_STREAM_KINDS; kind++) {
            expect_play((test_stream_kind_t)kind, 44, 0);   // text is not sound
            if (kind == TEST_STREAM_FILE || trailers > 0) { // else nobody knows that nothing will come
                assert_int_equal(player.wav.info.frames, 0);
                assert_false(player.wav.info.open_ended);
            }
        }
    }
}

// A pipe whose writer does not mean its RIFF length: whatever follows is sound, and not a byte of it is lost.
static void test_a_pipe_without_lengths_is_sound(void **state)
{
    (void)state;
    const uint32_t lengths[] = {0, 36, 0x7ffff024, 0x7fffffff, UINT32_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        wavb_begin(&wav, "RIFF");
        wavb_fmt(&wav, &s16_stereo);
        wavb_data(&wav, 0);
        wavb_chunk(&wav, "LIST", NULL, 32); // looks like a chunk, and a writer that never knew cannot have meant it
        wavb_patch_u32(&wav, 4, lengths[i]);
        expect_play(TEST_STREAM_PIPE, 44, 10);
        assert_true(player.wav.info.open_ended);
    }
}

// What was read to see what it is goes into buffers of any size, together with what follows.
static void test_what_was_read_ahead_is_played(void **state)
{
    (void)state;
    for (uint32_t buffer = 1; buffer < 12; buffer++) {
        for (size_t frames = 0; frames < 30; frames++) {
            wavb_begin(&wav, "RIFF");
            wavb_fmt(&wav, &u8_mono);
            size_t size_at = wavb_data(&wav, frames);
            wavb_finish(&wav);
            wavb_patch_u32(&wav, 4, (uint32_t)(36 + frames));
            wavb_patch_u32(&wav, size_at, 0);
            wav_player_load(&player, wav.bytes, 44 + frames, TEST_STREAM_PIPE);
            player.buffer_frames = buffer;
            assert_int_equal(wav_player_open(&player), TA_OK);
            assert_true(wav_player_run(&player));
            assert_int_equal(player.out_bytes, frames);
            assert_memory_equal(player.out, wav.bytes + 44, frames);
        }
    }
}

static void test_empty_rf64_is_empty(void **state)
{
    (void)state;
    wavb_begin(&wav, "RF64");
    wavb_ds64(&wav, 12 + 36 + 24 + 8 + 12 - 8, 0);
    wavb_fmt(&wav, &s16_stereo);
    size_t size_at = wavb_data(&wav, 0);
    wavb_chunk(&wav, "LIST", "INFO", 4);
    wavb_patch_u32(&wav, 4, UINT32_MAX);
    wavb_patch_u32(&wav, size_at, UINT32_MAX);
    expect_play(TEST_STREAM_FILE, 80, 0);
    assert_false(player.wav.info.open_ended);
}

static void test_length_that_was_never_filled_in(void **state)
{
    (void)state;
    wavb_plain(&wav, 20); // as if its writer had died
    wavb_patch_u32(&wav, 40, 0);
    for (int kind = 0; kind < TEST_STREAM_KINDS; kind++) {
        expect_play((test_stream_kind_t)kind, 44, 20);
        assert_true(player.wav.info.open_ended);
    }
    wavb_patch_u32(&wav, 4, 36); // the RIFF length that such a writer leaves
    expect_play(TEST_STREAM_FILE, 44, 20);
    wavb_patch_u32(&wav, 4, 0);
    expect_play(TEST_STREAM_FILE, 44, 20);
}

// Sound that nearly looks like chunks behind an empty data chunk: unprintable names, sizes that go too far, a rest.
static void test_sound_that_resembles_chunks_is_sound(void **state)
{
    (void)state;
    const char *sounds[] = {"\1\2\3\4\0\0\0\0", "abcd\350\3\0\0", "abc\377\0\0\0\0", "abcd\0\0\0\0xyzw"};
    const size_t sizes[] = {8, 8, 8, 12};
    for (size_t i = 0; i < 4; i++) {
        wavb_begin(&wav, "RIFF");
        wavb_fmt(&wav, &s16_stereo);
        wavb_data(&wav, 0);
        wavb_put(&wav, sounds[i], sizes[i]);
        wavb_finish(&wav);
        for (int kind = 0; kind < TEST_STREAM_KINDS; kind++) {
            expect_play((test_stream_kind_t)kind, 44, sizes[i] / 4);
            assert_true(player.wav.info.open_ended);
        }
    }
}

static void test_no_length_and_half_a_frame(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 4; extra++) {
        for (int kind = 0; kind < TEST_STREAM_KINDS; kind++) {
            wavb_plain(&wav, 20);
            wavb_put(&wav, "abc", extra);
            wavb_patch_u32(&wav, 40, UINT32_MAX);
            expect_play((test_stream_kind_t)kind, 44, 20);
            assert_int_equal(player.wav.source.frames, 20);
        }
    }
}

static void test_first_of_two_fmt_and_data_chunks_counts(void **state)
{
    (void)state;
    wavb_begin(&wav, "RIFF");
    wavb_fmt(&wav, &s16_stereo);
    wavb_fmt(&wav, &u8_mono);
    wavb_data(&wav, 100);
    wavb_chunk(&wav, "data", "zzzzzzzz", 8);
    wavb_finish(&wav);
    for (int kind = 0; kind < TEST_STREAM_KINDS; kind++) {
        expect_play((test_stream_kind_t)kind, 68, 25);
    }
    wavb_begin(&wav, "RIFF"); // behind the frames too
    wavb_data(&wav, 100);
    wavb_fmt(&wav, &s16_stereo);
    wavb_fmt(&wav, &u8_mono);
    wavb_finish(&wav);
    expect_play(TEST_STREAM_FILE, 20, 25);
}

static void test_first_forward_loop_counts(void **state)
{
    (void)state;
    wavb_begin(&wav, "RIFF");
    wavb_fmt(&wav, &s16_stereo);
    wavb_smpl(&wav, 0, 2, 4, 1);
    wavb_smpl(&wav, 0, 5, 6, 1);
    wavb_data(&wav, 100);
    wavb_finish(&wav);
    wavb_patch_u32(&wav, 36 + 4, 60 + 24); // the same two as loops of one chunk: the second is what follows
    wavb_patch_u32(&wav, 36 + 8 + 28, 2);
    const uint32_t second[6] = {0, 0, 5, 6, 0, 1};
    size_t size = wav.size;
    wav.size = 36 + 8 + 60;
    for (size_t i = 0; i < 6; i++) {
        wavb_u32(&wav, second[i]);
    }
    wavb_chunk(&wav, "JUNK", NULL, 68 - 24 - 8); // what is left of the second smpl chunk
    wav.size = size;
    expect_play(TEST_STREAM_FILE, 36 + 68 * 2 + 8, 25);
    assert_true(player.wav.info.has_loop);
    assert_int_equal(player.wav.info.loop_start, 2);
    assert_int_equal(player.wav.info.loop_end, 5);
}

static void test_loops_end_with_their_chunk(void **state)
{
    (void)state;
    static const uint8_t zeros[40]; // as a loop: forward, from 0 to 0
    wavb_begin(&wav, "RIFF");
    wavb_fmt(&wav, &s16_stereo);
    wavb_smpl(&wav, 1, 2, 4, 1);
    wavb_patch_u32(&wav, 36 + 8 + 28, 3);
    wavb_chunk(&wav, "JUNK", zeros, sizeof zeros);
    wavb_data(&wav, 100);
    wavb_finish(&wav);
    expect_play(TEST_STREAM_FILE, 36 + 68 + 48 + 8, 25);
    assert_false(player.wav.info.has_loop);
}

static void test_sound_is_not_searched_for_chunks(void **state)
{
    (void)state;
    wavb_begin(&wav, "RIFF");
    wavb_fmt(&wav, &s16_stereo);
    size_t size_at = wavb_data(&wav, 0);
    wavb_smpl(&wav, 0, 2, 4, 1); // this is the sound
    wavb_finish(&wav);
    wavb_patch_u32(&wav, size_at, UINT32_MAX);
    for (int kind = 0; kind < TEST_STREAM_KINDS; kind++) {
        expect_play((test_stream_kind_t)kind, 44, 17);
        assert_false(player.wav.info.has_loop);
    }
}

static void test_rf64_and_bw64(void **state)
{
    (void)state;
    const char *names[] = {"RF64", "BW64"};
    for (size_t i = 0; i < 2; i++) {
        wavb_begin(&wav, names[i]);
        wavb_ds64(&wav, 0, 100);
        wavb_fmt(&wav, &s16_stereo);
        size_t size_at = wavb_data(&wav, 100);
        wavb_chunk(&wav, "LIST", NULL, 40);
        wavb_patch_u32(&wav, size_at, UINT32_MAX);
        for (int kind = 0; kind < TEST_STREAM_KINDS; kind++) {
            expect_play((test_stream_kind_t)kind, 80, 25);
            assert_true(player.wav.info.rf64);
        }
        wavb_patch_u32(&wav, 28, 4); // ds64 says something else than a data length that is there: that one counts
        wavb_patch_u32(&wav, size_at, 100);
        expect_play(TEST_STREAM_FILE, 80, 25);
    }
}

static void test_ds64_that_does_not_count(void **state)
{
    (void)state;
    wavb_begin(&wav, "RIFF"); // only an RF64 file has one
    wavb_ds64(&wav, 0, 8);
    wavb_fmt(&wav, &s16_stereo);
    size_t size_at = wavb_data(&wav, 100);
    wavb_patch_u32(&wav, size_at, UINT32_MAX);
    expect_play(TEST_STREAM_FILE, 80, 25);
    assert_true(player.wav.info.open_ended);
    wavb_begin(&wav, "RF64"); // too short to hold a length
    wavb_chunk(&wav, "ds64", "\10\0\0\0\0\0\0\0\10\0\0\0\0\0", 14);
    wavb_fmt(&wav, &s16_stereo);
    size_at = wavb_data(&wav, 100);
    wavb_patch_u32(&wav, size_at, UINT32_MAX);
    expect_play(TEST_STREAM_FILE, 12 + 22 + 24 + 8, 25);
    assert_true(player.wav.info.open_ended);
}

static void test_stream_that_gives_more_than_its_size(void **state)
{
    (void)state;
    wavb_plain(&wav, 20);
    wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_FILE);
    player.file.stream.size = 40;                                             // the data chunk's header crosses it
    assert_int_equal(ta_wav_open(&player.wav, &player.file.stream), TA_E_IO); // not a place that it can go back to
    player.file.stream.position = 0;
    player.file.stream.size = 44;
    assert_int_equal(ta_wav_open(&player.wav, &player.file.stream), TA_OK);
    assert_int_equal(player.wav.info.frames, 0);
    assert_true(player.wav.info.truncated);
}

static void test_file_inside_another_stream(void **state)
{
    (void)state;
    uint8_t package[512] = {0};
    uint32_t got;
    for (int kind = 0; kind < TEST_STREAM_KINDS; kind++) {
        wavb_plain(&wav, 20);
        memcpy(package + 100, wav.bytes, wav.size);
        wav_player_load(&player, package, 100 + wav.size, (test_stream_kind_t)kind);
        assert_int_equal(ta_stream_read(&player.file.stream, player.out, 100, &got), TA_OK);
        assert_int_equal(wav_player_open(&player), TA_OK);
        assert_int_equal(player.wav.info.data_offset, 144);
        assert_true(wav_player_run(&player));
        assert_int_equal(player.out_bytes, 80);
        assert_memory_equal(player.out, wav.bytes + 44, 80);
    }
}

// A file of 6 GiB that nobody has to store: its bytes follow from their positions.
enum { BIG_HEADER = 12 + 36 + 24 + 8 };
static const uint64_t big_data = (uint64_t)6 << 30;

static int32_t big_read(ta_stream_t *stream, void *to, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        uint64_t at = stream->position + i;
        uint8_t byte = at < BIG_HEADER ? wav.bytes[at] : wavb_byte((size_t)((at - BIG_HEADER) >> 3));
        memcpy((uint8_t *)to + i, &byte, 1);
    }
    return (int32_t)bytes;
}

static ta_status_t big_seek(ta_stream_t *stream, uint64_t position)
{
    return position <= stream->size ? TA_OK : TA_E_IO;
}

static void test_rf64_beyond_four_gigabytes(void **state)
{
    (void)state;
    const wavb_fmt_t fmt = {.tag = 1, .channels = 2, .rate_hz = 48000, .bits = 32};
    ta_stream_t stream = {.read = big_read, .seek = big_seek, .size = BIG_HEADER + big_data};
    ta_wav_t big;
    uint32_t storage[2 * 64];
    ta_block_t block;
    wavb_begin(&wav, "RF64");
    wavb_patch_u32(&wav, 4, UINT32_MAX);
    wavb_ds64(&wav, BIG_HEADER - 8 + big_data, big_data);
    wavb_fmt(&wav, &fmt);
    wavb_id(&wav, "data");
    wavb_u32(&wav, UINT32_MAX);
    assert_int_equal(wav.size, BIG_HEADER);
    assert_int_equal(ta_wav_open(&big, &stream), TA_OK);
    assert_true(big.info.frames == big_data / 8);
    assert_false(big.info.truncated);
    assert_false(big.info.open_ended);
    assert_int_equal(ta_wav_init(&big, 64, storage), TA_OK);
    const uint64_t places[] = {0, big_data / 8 - 5, ((uint64_t)1 << 32) / 8 - 3, ((uint64_t)5 << 30) / 8};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(ta_source_seek(&big.source, places[i]), TA_OK);
        ta_pull_t result = ta_source_pull(&big.source, 100, &block);
        assert_int_equal(result, i == 1 ? TA_PULL_END : TA_PULL_MORE);
        assert_int_equal(block.frames, i == 1 ? 5 : 64);
        for (uint32_t frame = 0; frame < block.frames; frame++) {
            assert_int_equal(((const uint8_t *)block.data)[frame * 8], wavb_byte((size_t)(places[i] + frame)));
        }
    }
    stream.size = BIG_HEADER + ((uint64_t)5 << 30); // the same file, cut off: still beyond 32 bits
    stream.position = 0;
    assert_int_equal(ta_wav_open(&big, &stream), TA_OK);
    assert_true(big.info.truncated);
    assert_true(big.info.frames == ((uint64_t)5 << 30) / 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_data_chunk_is_empty),
        cmocka_unit_test(test_a_pipe_without_lengths_is_sound),
        cmocka_unit_test(test_what_was_read_ahead_is_played),
        cmocka_unit_test(test_empty_rf64_is_empty),
        cmocka_unit_test(test_length_that_was_never_filled_in),
        cmocka_unit_test(test_sound_that_resembles_chunks_is_sound),
        cmocka_unit_test(test_no_length_and_half_a_frame),
        cmocka_unit_test(test_first_of_two_fmt_and_data_chunks_counts),
        cmocka_unit_test(test_first_forward_loop_counts),
        cmocka_unit_test(test_loops_end_with_their_chunk),
        cmocka_unit_test(test_sound_is_not_searched_for_chunks),
        cmocka_unit_test(test_rf64_and_bw64),
        cmocka_unit_test(test_ds64_that_does_not_count),
        cmocka_unit_test(test_stream_that_gives_more_than_its_size),
        cmocka_unit_test(test_file_inside_another_stream),
        cmocka_unit_test(test_rf64_beyond_four_gigabytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
