// WAV files that do not play, or not to the end: every sentence word by word, every length that a file can be cut to,
// a failure at every single read and seek.
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

#define SOX    "convert it with: sox in.wav -e signed -b 16 out.wav"
#define FFMPEG "convert it with: ffmpeg -i in.wav -c:a pcm_s16le out.wav"
#define DAMAGE "the header is damaged; get the file again"

static void expect_sentence(test_stream_kind_t kind, const char *sentence)
{
    wav_player_load(&player, wav.bytes, wav.size, kind);
    ta_status_t status = ta_wav_open(&player.wav, &player.file.stream);
    assert_string_equal(player.wav.error, sentence);
    assert_int_equal(status, TA_E_FORMAT);
    assert_int_equal(player.wav.info.frames, 0);
    assert_int_equal(player.wav.file_frame_bytes, 0);
}

static void expect_sentence_from_all(const char *sentence)
{
    for (int kind = 0; kind < TEST_STREAM_KINDS; kind++) {
        expect_sentence((test_stream_kind_t)kind, sentence);
    }
}

// --- formats

static void test_every_refused_format_has_its_sentence(void **state)
{
    (void)state;
    const struct {
        wavb_fmt_t fmt;
        const char *sentence;
    } cases[] = {
        {{2, 1, 8000, 4, 256, 0, 0, 0}, "format tag 0x0002 (MS ADPCM) at byte 20 is not PCM or float32; " SOX},
        {{6, 1, 8000, 8, 0, 0, 0, 0}, "format tag 0x0006 (A-law) at byte 20 is not PCM or float32; " SOX},
        {{7, 1, 8000, 8, 0, 0, 0, 0}, "format tag 0x0007 (mu-law) at byte 20 is not PCM or float32; " SOX},
        {{17, 1, 8000, 4, 256, 0, 0, 0}, "format tag 0x0011 (IMA ADPCM) at byte 20 is not PCM or float32; " SOX},
        {{0x31, 1, 8000, 0, 65, 0, 0, 0}, "format tag 0x0031 (GSM 6.10) at byte 20 is not PCM or float32; " SOX},
        {{0x40, 1, 8000, 4, 1, 0, 0, 0}, "format tag 0x0040 (G.721) at byte 20 is not PCM or float32; " FFMPEG},
        {{0x45, 1, 8000, 4, 1, 0, 0, 0}, "format tag 0x0045 (G.726) at byte 20 is not PCM or float32; " FFMPEG},
        {{0x50, 2, 44100, 0, 1, 0, 0, 0}, "format tag 0x0050 (MPEG) at byte 20 is not PCM or float32; " FFMPEG},
        {{0x55, 2, 44100, 0, 1, 0, 0, 0}, "format tag 0x0055 (MP3) at byte 20 is not PCM or float32; " FFMPEG},
        {{0xFF, 2, 44100, 0, 1, 0, 0, 0}, "format tag 0x00FF (AAC) at byte 20 is not PCM or float32; " FFMPEG},
        {{0x161, 2, 44100, 0, 1, 0, 0, 0}, "format tag 0x0161 (WMA) at byte 20 is not PCM or float32; " FFMPEG},
        {{0x162, 2, 44100, 0, 1, 0, 0, 0}, "format tag 0x0162 (WMA Pro) at byte 20 is not PCM or float32; " FFMPEG},
        {{0x1610, 2, 44100, 0, 1, 0, 0, 0}, "format tag 0x1610 (HE-AAC) at byte 20 is not PCM or float32; " FFMPEG},
        {{0x2000, 2, 48000, 0, 1, 0, 0, 0}, "format tag 0x2000 (AC-3) at byte 20 is not PCM or float32; " FFMPEG},
        {{0x2001, 2, 48000, 0, 1, 0, 0, 0}, "format tag 0x2001 (DTS) at byte 20 is not PCM or float32; " FFMPEG},
        {{0x566F, 2, 48000, 0, 1, 0, 0, 0}, "format tag 0x566F (Vorbis) at byte 20 is not PCM or float32; " FFMPEG},
        {{0x674F, 2, 48000, 0, 1, 0, 0, 0}, "format tag 0x674F (Vorbis) at byte 20 is not PCM or float32; " FFMPEG},
        {{0x704F, 2, 48000, 0, 1, 0, 0, 0}, "format tag 0x704F (Opus) at byte 20 is not PCM or float32; " FFMPEG},
        {{0xF1AC, 2, 48000, 0, 1, 0, 0, 0}, "format tag 0xF1AC (FLAC) at byte 20 is not PCM or float32; " FFMPEG},
        {{0, 2, 48000, 16, 0, 0, 0, 0}, "format tag 0x0000 (unknown) at byte 20 is not PCM or float32; " FFMPEG},
        {{0xABCD, 2, 48000, 16, 0, 0, 0, 0}, "format tag 0xABCD (unknown) at byte 20 is not PCM or float32; " FFMPEG},
        {{0xFFFE, 2, 48000, 8, 0, 0, 8, 7}, "format tag 0x0007 (mu-law) at byte 44 is not PCM or float32; " SOX},
        {{3, 2, 48000, 64, 0, 0, 0, 0}, "float of 64 bits at byte 34 is not float32; " SOX},
        {{3, 2, 48000, 16, 0, 0, 0, 0}, "float of 16 bits at byte 34 is not float32; " SOX},
        {{0xFFFE, 2, 48000, 64, 0, 0, 64, 3}, "float of 64 bits at byte 34 is not float32; " SOX},
        {{1, 2, 48000, 0, 4, 0, 0, 0}, "0 bits a sample at byte 34 is not within 1 to 32; " FFMPEG},
        {{1, 2, 48000, 64, 0, 0, 0, 0}, "64 bits a sample at byte 34 is not within 1 to 32; " FFMPEG},
        {{1, 2, 48000, 33, 0, 0, 0, 0}, "33 bits a sample at byte 34 is not within 1 to 32; " FFMPEG},
        {{1, 0, 48000, 16, 2, 0, 0, 0}, "0 channels at byte 22: " DAMAGE},
        {{1, 2, 0, 16, 0, 0, 0, 0}, "0 Hz at byte 24: " DAMAGE},
        {{1, 2, 999, 16, 0, 0, 0, 0},
         "999 Hz at byte 24 is not within 1000 to 384000 Hz; convert it with: sox in.wav out.wav rate 48000"},
        {{1, 2, 384001, 16, 0, 0, 0, 0},
         "384001 Hz at byte 24 is not within 1000 to 384000 Hz; convert it with: sox in.wav out.wav rate 48000"},
        {{1, 2, UINT32_MAX, 16, 0, 0, 0, 0},
         "4294967295 Hz at byte 24 is not within 1000 to 384000 Hz; convert it with: sox in.wav out.wav rate 48000"},
        {{1, 2, 48000, 16, 3, 0, 0, 0}, "block align 3 at byte 32 does not fit 2 channels of 16 bits: " DAMAGE},
        {{1, 2, 48000, 16, 2, 0, 0, 0}, "block align 2 at byte 32 does not fit 2 channels of 16 bits: " DAMAGE},
        {{1, 2, 48000, 32, 10, 0, 0, 0}, "block align 10 at byte 32 does not fit 2 channels of 32 bits: " DAMAGE},
        {{1, 65535, 48000, 8, 1, 0, 0, 0}, "block align 1 at byte 32 does not fit 65535 channels of 8 bits: " DAMAGE},
        {{3, 1, 48000, 32, 5, 0, 0, 0}, "block align 5 at byte 32 does not fit 1 channels of 32 bits: " DAMAGE},
        {{0xFFFE, 2, 48000, 16, 0, 0, 17, 1}, "17 valid bits at byte 38 do not fit the 16 of a sample: " DAMAGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        wavb_begin(&wav, "RIFF");
        wavb_fmt(&wav, &cases[i].fmt);
        wavb_data(&wav, 64);
        wavb_finish(&wav);
        expect_sentence_from_all(cases[i].sentence);
    }
    assert_int_equal(sizeof cases / sizeof cases[0], 39);
}

static void test_block_align_of_zero(void **state)
{
    (void)state;
    wavb_plain(&wav, 4);
    memset(wav.bytes + 32, 0, 2); // the builder would compute it
    expect_sentence_from_all("block align 0 at byte 32 does not fit 2 channels of 16 bits: " DAMAGE);
}

static void test_guid_that_is_not_microsofts(void **state)
{
    (void)state;
    const wavb_fmt_t fmt = {.tag = 0xFFFE, .sub_tag = 1, .channels = 4, .rate_hz = 48000, .bits = 16};
    for (size_t i = 2; i < 16; i++) { // each byte of the GUID behind the tag counts
        wavb_begin(&wav, "RIFF");
        wavb_fmt(&wav, &fmt);
        wav.bytes[20 + 24 + i] ^= 0x40;
        wavb_data(&wav, 64);
        wavb_finish(&wav);
        char sentence[TA_WAV_ERROR_MAX];
        const char *id = i == 2 ? "400001" : i == 3 ? "40000001" : "0001";
        (void)snprintf(sentence, sizeof sentence, "the sub-format GUID %s... at byte 44 is not PCM or float32; " FFMPEG,
                       id);
        expect_sentence_from_all(sentence);
    }
}

static void test_fmt_chunks_that_are_too_short(void **state)
{
    (void)state;
    for (uint32_t size = 0; size < 40; size++) {
        const wavb_fmt_t fmt = {
            .tag = 0xFFFE, .sub_tag = 1, .channels = 1, .rate_hz = 48000, .bits = 16, .valid_bits = 16};
        char sentence[TA_WAV_ERROR_MAX];
        wavb_begin(&wav, "RIFF");
        wavb_fmt(&wav, &fmt);
        wavb_patch_u32(&wav, 16, size);
        wavb_finish(&wav);
        if (size < 16) {
            (void)snprintf(sentence, sizeof sentence, "the fmt chunk at byte 12 has %u bytes, fewer than 16: " DAMAGE,
                           (unsigned)size);
        } else {
            (void)snprintf(sentence, sizeof sentence,
                           "the extensible fmt chunk at byte 20 has %u bytes, fewer than 40: damaged; " FFMPEG,
                           (unsigned)size);
        }
        expect_sentence_from_all(sentence);
    }
}

// --- files

static void put_text(const char *text, size_t size)
{
    wav.size = 0;
    wavb_put(&wav, text, size);
}

static void test_files_of_another_kind(void **state)
{
    (void)state;
    put_text("", 0);
    expect_sentence_from_all("not a WAV file: there is nothing at byte 0, where \"RIFF\" belongs; "
                             "give a file that is not empty");
    put_text("RIFF\0\0\0\0WAV", 11);
    expect_sentence_from_all(
        "not a WAV file: it ends at byte 11, inside the RIFF header of 12 bytes; get the file again");
    put_text("fLaC\0\0\0\0\0\0\0\0\0\0", 14);
    expect_sentence_from_all("not a WAV file: \"fLaC\" at byte 0 where \"RIFF\" belongs; "
                             "convert it with: ffmpeg -i IN out.wav");
    put_text("\x7f"
             "ELF\1\1\1\0\0\0\0\0\0\0",
             14);
    expect_sentence_from_all("not a WAV file: \"?ELF\" at byte 0 where \"RIFF\" belongs; "
                             "convert it with: ffmpeg -i IN out.wav");
    put_text("RIFF\x10\0\0\0AVI LIST", 16);
    expect_sentence_from_all("not a WAV file: \"AVI \" at byte 8 where \"WAVE\" belongs; "
                             "convert it with: ffmpeg -i IN out.wav");
    put_text("RIFX\0\0\0\x10WAVEfmt ", 16);
    expect_sentence_from_all("\"RIFX\" at byte 0: samples are big-endian; "
                             "convert it with: sox in.wav -e signed -b 16 out.wav");
}

static void test_chunks_that_are_missing(void **state)
{
    (void)state;
    const wavb_fmt_t fmt = {.tag = 1, .channels = 2, .rate_hz = 44100, .bits = 16};
    wavb_begin(&wav, "RIFF");
    expect_sentence_from_all("no data chunk up to byte 12: the file is cut off, or has no audio; get it again");
    wavb_fmt(&wav, &fmt);
    wavb_chunk(&wav, "LIST", NULL, 5);
    wavb_finish(&wav);
    expect_sentence_from_all("no data chunk up to byte 50: the file is cut off, or has no audio; get it again");
    wavb_begin(&wav, "RIFF");
    wavb_data(&wav, 9);
    wavb_finish(&wav);
    const char *no_fmt = "no fmt chunk up to byte 30: the file is cut off, or has no audio; get it again";
    expect_sentence(TEST_STREAM_FILE, no_fmt);
    expect_sentence(TEST_STREAM_SIZELESS, no_fmt);
    expect_sentence(TEST_STREAM_PIPE,
                    "the data chunk at byte 12 comes before the fmt chunk, and a pipe cannot go back: "
                    "play it from a file");
}

static void test_fmt_behind_data_without_an_end(void **state)
{
    (void)state;
    const wavb_fmt_t fmt = {.tag = 1, .channels = 2, .rate_hz = 44100, .bits = 16};
    wavb_begin(&wav, "RIFF");
    size_t size_at = wavb_data(&wav, 8);
    wavb_fmt(&wav, &fmt);
    wavb_finish(&wav);
    wavb_patch_u32(&wav, size_at, UINT32_MAX);
    const char *no_fmt = "no fmt chunk up to byte 12: the file is cut off, or has no audio; get it again";
    expect_sentence(TEST_STREAM_SIZELESS, no_fmt);
    expect_sentence(TEST_STREAM_FILE, "no fmt chunk up to byte 52: the file is cut off, or has no audio; get it again");
}

static void test_chunk_sizes_beyond_the_file(void **state)
{
    (void)state;
    const uint32_t sizes[] = {100, 101, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF8, UINT32_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        wavb_begin(&wav, "RIFF");
        wavb_chunk(&wav, "L\nST", NULL, 10);
        wavb_patch_u32(&wav, 16, sizes[i]);
        char sentence[TA_WAV_ERROR_MAX];
        (void)snprintf(sentence, sizeof sentence,
                       "chunk \"L?ST\" at byte 12 claims %lu bytes, more than the file has, before fmt and data: "
                       "cut off; get the file again",
                       (unsigned long)sizes[i]);
        expect_sentence(TEST_STREAM_FILE, sentence);
        wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_PIPE); // a pipe learns it by reading on
        assert_int_equal(ta_wav_open(&player.wav, &player.file.stream), TA_E_FORMAT);
        assert_non_null(strstr(player.wav.error, "no data chunk up to byte "));
        assert_non_null(strstr(player.wav.error, "get it again"));
    }
}

static void test_fmt_cut_off(void **state)
{
    (void)state;
    wavb_plain(&wav, 4);
    wav.size = 30;
    expect_sentence_from_all("the file ends at byte 30, inside the fmt chunk of byte 12: it is cut off; get it again");
}

static void test_walk_over_chunks_has_an_end(void **state)
{
    (void)state;
    wavb_begin(&wav, "RIFF");
    for (unsigned i = 0; i < 5000; i++) {
        wavb_chunk(&wav, "JUNK", NULL, 0);
    }
    const wavb_fmt_t fmt = {.tag = 1, .channels = 2, .rate_hz = 44100, .bits = 16};
    wavb_fmt(&wav, &fmt);
    wavb_data(&wav, 40);
    wavb_finish(&wav);
    expect_sentence_from_all("4096 chunks up to byte 32780 without fmt and data: the file is damaged; get it again");
    assert_in_range(player.file.calls, 4096, 3 * 4097);
}

static void test_walk_behind_the_frames_has_an_end_too(void **state)
{
    (void)state;
    wavb_plain(&wav, 10);
    for (unsigned i = 0; i < 5000; i++) {
        wavb_chunk(&wav, "JUNK", NULL, 0);
    }
    wavb_smpl(&wav, 0, 2, 5, 2); // too far behind to be found
    wavb_finish(&wav);
    wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_FILE);
    assert_int_equal(wav_player_open(&player), TA_OK);
    assert_false(player.wav.info.has_loop);
    assert_in_range(player.file.calls, 4096, 3 * 4097);
    assert_true(wav_player_run(&player));
    assert_int_equal(player.out_bytes, 40);
    assert_memory_equal(player.out, wav.bytes + 44, 40);
}

static void test_sentences_fit(void **state)
{
    (void)state; // the longest numbers there can be, at the far end of a large stream
    wavb_begin(&wav, "RIFF");
    wavb_chunk(&wav, "abcd", NULL, 10);
    wavb_patch_u32(&wav, 16, UINT32_MAX);
    for (int kind = 0; kind < TEST_STREAM_KINDS; kind++) {
        wav_player_load(&player, wav.bytes, wav.size, (test_stream_kind_t)kind);
        ta_status_t status = ta_wav_open(&player.wav, &player.file.stream);
        assert_true(status == TA_E_FORMAT || (status == TA_E_IO && kind == TEST_STREAM_SIZELESS));
        assert_in_range(strlen(player.wav.error), 20, TA_WAV_ERROR_MAX - 1);
        assert_string_equal(player.wav.error + strlen(player.wav.error) - 5, "again"); // to its last word
    }
}

// --- cut off anywhere

enum { CUT_FRAMES = 9 };

// 12 RIFF, 8+13+1 LIST, 8+16 fmt, 8+4 fact, 8+27+1 data (mono s24), 8+60 smpl.
static size_t build_small(bool data_first)
{
    const wavb_fmt_t fmt = {.tag = 1, .channels = 1, .rate_hz = 8000, .bits = 24};
    wavb_begin(&wav, "RIFF");
    wavb_chunk(&wav, "LIST", "INFOISFT\1\0\0\0x", 13);
    if (data_first) {
        wavb_data(&wav, (size_t)CUT_FRAMES * 3);
    }
    wavb_fmt(&wav, &fmt);
    wavb_chunk(&wav, "fact", "\11\0\0\0", 4);
    size_t data = wav.size + 8;
    if (data_first) {
        data = 12 + 22 + 8;
    } else {
        wavb_data(&wav, (size_t)CUT_FRAMES * 3);
    }
    wavb_smpl(&wav, 0, 2, 5, 2);
    wavb_finish(&wav);
    return data;
}

static void test_every_length_of_a_small_file(void **state)
{
    (void)state;
    unsigned refused = 0, played = 0, whole = 0;
    const size_t data = build_small(false), size = wav.size;
    assert_int_equal(size, 12 + 22 + 24 + 12 + 36 + 68);
    for (size_t length = 0; length <= size; length++) {
        for (int kind = 0; kind < TEST_STREAM_KINDS; kind++) {
            wav_player_load(&player, wav.bytes, length, (test_stream_kind_t)kind);
            player.buffer_frames = 4;
            ta_status_t status = wav_player_open(&player);
            if (length < data) {
                // a stream that does not know its size cannot tell a place beyond its end from a failure
                assert_true(status == TA_E_FORMAT || (status == TA_E_IO && kind == TEST_STREAM_SIZELESS));
                assert_true(strlen(player.wav.error) > 20);
                refused++;
                continue;
            }
            assert_int_equal(status, TA_OK);
            size_t frames = (length - data) / 3 < CUT_FRAMES ? (length - data) / 3 : CUT_FRAMES;
            if (kind == TEST_STREAM_FILE) {
                assert_int_equal(player.wav.info.frames, frames);
                assert_int_equal(player.wav.info.truncated, length < data + (size_t)CUT_FRAMES * 3);
                assert_int_equal(player.wav.info.has_loop, length == size);
            }
            assert_true(wav_player_run(&player));
            assert_int_equal(player.result, TA_PULL_END); // cut off is an end, not a fault
            assert_int_equal(player.out_bytes, frames * 3);
            assert_memory_equal(player.out, wav.bytes + data, frames * 3);
            played++;
            whole += frames == CUT_FRAMES;
        }
    }
    print_message("%u lengths refused, %u played, %u of them whole\n", refused, played, whole);
    assert_int_equal(refused, 78 * 3);
    assert_int_equal(played, (size - 78 + 1) * 3);
    assert_int_equal(whole, (size - 78 - 27 + 1) * 3);
}

static void test_every_length_with_data_before_fmt(void **state)
{
    (void)state;
    unsigned refused = 0, played = 0;
    const size_t data = build_small(true), size = wav.size, fmt_end = data + 28 + 24;
    for (size_t length = 0; length <= size; length++) {
        wav_player_load(&player, wav.bytes, length, TEST_STREAM_FILE);
        ta_status_t status = wav_player_open(&player);
        assert_int_equal(status, length < fmt_end ? TA_E_FORMAT : TA_OK);
        if (status != TA_OK) {
            assert_true(strlen(player.wav.error) > 20);
            refused++;
            continue;
        }
        assert_true(wav_player_run(&player));
        assert_int_equal(player.result, TA_PULL_END);
        assert_int_equal(player.out_bytes, CUT_FRAMES * 3);
        assert_memory_equal(player.out, wav.bytes + data, CUT_FRAMES * 3);
        played++;
    }
    assert_int_equal(refused, fmt_end);
    assert_int_equal(played, size + 1 - fmt_end);
}

// --- a failure at every read and seek

static struct {
    unsigned in_open, in_pull, spared;
} failed;

static void fail_at(uint32_t call, test_stream_kind_t kind, bool stays_broken, size_t data)
{
    char sentence[TA_WAV_ERROR_MAX];
    wav_player_load(&player, wav.bytes, wav.size, kind);
    player.buffer_frames = 4;
    player.file.short_max = 5; // many reads
    player.file.fail_call = call;
    player.file.stays_broken = stays_broken;
    ta_status_t status = wav_player_open(&player);
    if (status != TA_OK) {
        assert_int_equal(status, TA_E_IO);
        (void)snprintf(sentence, sizeof sentence,
                       "reading failed at byte %lu: check the disk or the connection, then try again",
                       (unsigned long)player.file.stream.position);
        assert_string_equal(player.wav.error, sentence);
        failed.in_open++;
        return;
    }
    bool spared = player.file.failures > 0;
    failed.spared += spared; // while searching for smpl, behind everything that is needed
    assert_true(!spared || (kind == TEST_STREAM_SIZELESS && !stays_broken && !player.wav.info.has_loop));
    assert_string_equal(player.wav.error, "");
    assert_true(wav_player_run(&player));
    assert_memory_equal(player.out, wav.bytes + data, player.out_bytes); // whole frames up to the failure
    assert_int_equal(player.out_bytes % 3, 0);
    uint64_t came = player.file.stream.position - data; // and all of them: a fault is told behind what it left
    assert_int_equal(player.out_bytes, (came < CUT_FRAMES * 3 ? came : CUT_FRAMES * 3) / 3 * 3);
    if (spared || player.file.failures == 0) {
        assert_int_equal(player.result, TA_PULL_END);
        assert_int_equal(player.out_bytes, CUT_FRAMES * 3);
        return;
    }
    ta_block_t block;
    assert_int_equal(player.result, TA_PULL_FAULT);
    assert_int_equal(player.wav.source.fault, TA_E_IO);
    assert_int_equal(ta_source_pull(&player.wav.source, 1, &block), TA_PULL_FAULT);
    failed.in_pull++;
    player.file.fail_call = 0;
    if (kind == TEST_STREAM_PIPE) {
        assert_int_equal(ta_source_seek(&player.wav.source, 0), TA_E_STATE);
        return;
    }
    assert_int_equal(ta_source_seek(&player.wav.source, player.wav.source.position), TA_OK);
    assert_true(wav_player_run(&player)); // mended: the rest follows, no frame lost or doubled
    assert_int_equal(player.result, TA_PULL_END);
    assert_int_equal(player.out_bytes, CUT_FRAMES * 3);
    assert_memory_equal(player.out, wav.bytes + data, player.out_bytes);
}

static void test_failure_at_every_read_and_seek(void **state)
{
    (void)state;
    for (int kind = 0; kind < TEST_STREAM_KINDS; kind++) {
        for (int stays = 0; stays < 2; stays++) {
            uint32_t call = 0;
            const size_t data = build_small(false);
            memset(&failed, 0, sizeof failed);
            do {
                fail_at(++call, (test_stream_kind_t)kind, stays, data);
            } while (player.file.failures > 0);
            print_message("kind %d: %u failures in open, %u in pulls, %u spared\n", kind, failed.in_open,
                          failed.in_pull, failed.spared);
            assert_int_equal(failed.in_open + failed.in_pull + failed.spared, call - 1);
            assert_in_range(failed.in_open, 10, 60);
            assert_int_equal(failed.in_pull, 7); // 12 + 12 + 3 bytes by fives
            assert_int_equal(failed.spared > 0, kind == TEST_STREAM_SIZELESS && !stays);
        }
    }
}

static void test_failure_while_a_length_of_zero_is_judged(void **state)
{
    (void)state;
    unsigned failures = 0;
    for (uint32_t call = 1;; call++) {
        wavb_plain(&wav, 0);
        wavb_chunk(&wav, "LIST", "INFO", 4);
        wavb_finish(&wav);
        wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_FILE);
        player.file.fail_call = call;
        ta_status_t status = wav_player_open(&player);
        if (player.file.failures == 0) {
            assert_int_equal(status, TA_OK);
            break;
        }
        assert_int_equal(status, TA_E_IO);
        assert_non_null(strstr(player.wav.error, "reading failed at byte "));
        failures++;
    }
    assert_in_range(failures, 10, 20);
}

static void test_place_beyond_all_numbers(void **state)
{
    (void)state;
    wavb_plain(&wav, 10);
    wavb_patch_u32(&wav, 40, UINT32_MAX);
    wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_SIZELESS);
    assert_int_equal(wav_player_open(&player), TA_OK);
    assert_int_equal(ta_source_seek(&player.wav.source, UINT64_MAX - 1), TA_E_ARG); // its byte has no number
    ta_block_t block;
    assert_int_equal(ta_source_seek(&player.wav.source, 9), TA_OK);
    assert_int_equal(ta_source_pull(&player.wav.source, 5, &block), TA_PULL_END);
    assert_int_equal(block.frames, 1);
    assert_memory_equal(block.data, wav.bytes + 44 + 36, 4);
}

static void test_seek_that_fails_in_a_loop_is_a_fault(void **state)
{
    (void)state;
    const size_t data = build_small(false);
    wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_FILE);
    player.buffer_frames = 4; // the stream is at frame 8 when the loop ends at frame 6
    assert_int_equal(wav_player_open(&player), TA_OK);
    assert_int_equal(ta_wav_use_loop(&player.wav), TA_OK);
    assert_int_equal(player.wav.source.loops_left, 1);
    ta_block_t block;
    for (unsigned frame = 0; frame < 6; frame += 2) {
        assert_int_equal(ta_source_pull(&player.wav.source, 2, &block), TA_PULL_MORE);
        assert_memory_equal(block.data, wav.bytes + data + (size_t)frame * 3, 6);
    }
    player.file.fail_call = player.file.calls + 1;
    assert_int_equal(ta_source_pull(&player.wav.source, 2, &block), TA_PULL_FAULT);
    assert_int_equal(player.file.failures, 1);
    assert_int_equal(ta_source_seek(&player.wav.source, 6), TA_OK); // must not believe that it already is there
    assert_int_equal(ta_source_set_loop(&player.wav.source, 0, 0, 0), TA_OK);
    assert_int_equal(ta_source_pull(&player.wav.source, 2, &block), TA_PULL_MORE);
    assert_memory_equal(block.data, wav.bytes + data + 18, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_refused_format_has_its_sentence),
        cmocka_unit_test(test_block_align_of_zero),
        cmocka_unit_test(test_guid_that_is_not_microsofts),
        cmocka_unit_test(test_fmt_chunks_that_are_too_short),
        cmocka_unit_test(test_files_of_another_kind),
        cmocka_unit_test(test_chunks_that_are_missing),
        cmocka_unit_test(test_fmt_behind_data_without_an_end),
        cmocka_unit_test(test_chunk_sizes_beyond_the_file),
        cmocka_unit_test(test_fmt_cut_off),
        cmocka_unit_test(test_walk_over_chunks_has_an_end),
        cmocka_unit_test(test_walk_behind_the_frames_has_an_end_too),
        cmocka_unit_test(test_sentences_fit),
        cmocka_unit_test(test_every_length_of_a_small_file),
        cmocka_unit_test(test_every_length_with_data_before_fmt),
        cmocka_unit_test(test_failure_at_every_read_and_seek),
        cmocka_unit_test(test_failure_while_a_length_of_zero_is_judged),
        cmocka_unit_test(test_place_beyond_all_numbers),
        cmocka_unit_test(test_seek_that_fails_in_a_loop_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
