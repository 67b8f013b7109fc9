// WAV files that play: every format x layout x lie about sizes x kind of stream, buffers, seeks, loops. Files that
// contradict themselves are in test_wav_sizes.c, files that do not play in test_wav_errors.c.
#include "test/support/wav_builder.h"
#include "test/support/wav_player.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static wavb_t wav;
static wav_player_t player;

// --- what a file should sound like, computed from the builder's bytes in another way than the reader's

typedef struct {
    const char *name;
    wavb_fmt_t fmt; // channels are filled in
    unsigned bytes; // of a sample in the file
    ta_sample_t sample;
    uint16_t valid_bits;
} shape_t;

static const shape_t shapes[] = {
    {"u8", {.tag = 1, .bits = 8}, 1, TA_SAMPLE_U8, 8},
    {"s16", {.tag = 1, .bits = 16}, 2, TA_SAMPLE_S16, 16},
    {"s24", {.tag = 1, .bits = 24}, 3, TA_SAMPLE_S24, 24},
    {"s32", {.tag = 1, .bits = 32}, 4, TA_SAMPLE_S32, 32},
    {"f32", {.tag = 3, .bits = 32}, 4, TA_SAMPLE_S32, 32},
    {"5 bits", {.tag = 1, .bits = 5}, 1, TA_SAMPLE_U8, 5},
    {"12 bits", {.tag = 1, .bits = 12}, 2, TA_SAMPLE_S16, 12},
    {"20 bits", {.tag = 1, .bits = 20}, 3, TA_SAMPLE_S24, 20},
    {"24 in 32", {.tag = 1, .bits = 24, .align = 4}, 4, TA_SAMPLE_S32, 24}, // align is multiplied by the channels
    {"extensible u8", {.tag = 0xFFFE, .sub_tag = 1, .bits = 8, .valid_bits = 8}, 1, TA_SAMPLE_U8, 8},
    {"extensible s16", {.tag = 0xFFFE, .sub_tag = 1, .bits = 16}, 2, TA_SAMPLE_S16, 16}, // valid bits not given
    {"extensible 20 in 24", {.tag = 0xFFFE, .sub_tag = 1, .bits = 24, .valid_bits = 20}, 3, TA_SAMPLE_S24, 20},
    {"extensible 24 in 32", {.tag = 0xFFFE, .sub_tag = 1, .bits = 32, .valid_bits = 24}, 4, TA_SAMPLE_S32, 24},
    {"extensible f32", {.tag = 0xFFFE, .sub_tag = 3, .bits = 32, .valid_bits = 32}, 4, TA_SAMPLE_S32, 32},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static bool is_float(const shape_t *shape)
{
    return shape->fmt.tag == 3 || shape->fmt.sub_tag == 3;
}

static int32_t float_as_s32(const uint8_t *at)
{
    float value;
    memcpy(&value, at, sizeof value);
    if (isnan(value)) {
        return 0;
    }
    double scaled = (double)value * 2147483648.0;
    return scaled >= 2147483647.0 ? INT32_MAX : scaled <= -2147483648.0 ? INT32_MIN : (int32_t)llrint(scaled);
}

// The frame `frame` of a file whose data bytes are wavb_byte(0..), as the source should lend it; returns its bytes.
static unsigned expected_frame(const shape_t *shape, unsigned channels, size_t frame, uint8_t out[8])
{
    unsigned count = 0;
    for (unsigned channel = 0; channel < channels && channel < 2; channel++) {
        uint8_t sample[4];
        for (unsigned i = 0; i < shape->bytes; i++) {
            sample[i] = wavb_byte((frame * channels + channel) * shape->bytes + i);
        }
        if (is_float(shape)) {
            uint32_t value = (uint32_t)float_as_s32(sample);
            for (unsigned i = 0; i < 4; i++, value >>= 8) {
                sample[i] = (uint8_t)(value & 0xFF);
            }
        }
        memcpy(out + count, sample, shape->bytes);
        count += shape->bytes;
    }
    return count;
}

static void expect_frames(const shape_t *shape, unsigned channels, size_t first, size_t frames)
{
    size_t at = 0;
    for (size_t frame = first; frame < first + frames; frame++) {
        uint8_t wanted[8];
        unsigned bytes = expected_frame(shape, channels, frame, wanted);
        assert_memory_equal(player.out + at, wanted, bytes);
        at += bytes;
    }
    assert_int_equal(player.out_bytes, at);
}

// --- every format x channels x layout x lie x kind of stream

typedef enum { PLAIN, CLUTTERED, SMPL_FIRST, TRAILERS, DATA_FIRST, LAYOUTS } layout_t;
typedef enum { HONEST, ZERO, ALL_ONES, BEYOND, FAR_BEYOND, RF64, RF64_WITHOUT_DS64, RF64_ZERO, LIES } lie_t;
enum { FRAMES = 37 }; // odd, so that odd data chunks come up

static wavb_fmt_t fmt_of(const shape_t *shape, uint16_t channels)
{
    wavb_fmt_t fmt = shape->fmt;
    fmt.channels = channels;
    fmt.rate_hz = 22050;
    fmt.align = (uint16_t)(fmt.align * channels);
    return fmt;
}

static void build(const shape_t *shape, uint16_t channels, layout_t layout, lie_t lie)
{
    wavb_fmt_t fmt = fmt_of(shape, channels);
    const uint32_t bytes = FRAMES * channels * shape->bytes;
    bool rf64 = lie >= RF64;
    wavb_begin(&wav, rf64 ? "RF64" : "RIFF");
    if (lie == RF64 || lie == RF64_ZERO) {
        wavb_ds64(&wav, 0, lie == RF64 ? bytes : 0);
    }
    if (layout == CLUTTERED) {
        wavb_chunk(&wav, "JUNK", NULL, 7);
        wavb_chunk(&wav, "bext", NULL, 602);
    }
    if (layout != DATA_FIRST) {
        wavb_fmt(&wav, &fmt);
    }
    if (layout == CLUTTERED) {
        wavb_chunk(&wav, "fact", "\1\0\0\0", 4);
        wavb_chunk(&wav, "LIST", "INFOISFT\1\0\0\0x", 13);
    }
    if (layout == SMPL_FIRST) {
        wavb_smpl(&wav, 0, 3, 9, 0);
    }
    size_t size_at = wavb_data(&wav, bytes);
    if (layout == DATA_FIRST) {
        wavb_chunk(&wav, "odd!", "xyz", 3);
        wavb_fmt(&wav, &fmt);
    }
    if (layout == TRAILERS) {
        wavb_chunk(&wav, "LIST", NULL, 9);
        wavb_smpl(&wav, 0, 3, 9, 0);
    }
    wavb_finish(&wav);
    if (rf64) {
        wavb_patch_u32(&wav, 4, UINT32_MAX);
    }
    const uint32_t lies[LIES] = {bytes, 0, UINT32_MAX, bytes + 4000, 0xFFFFFFF0, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    wavb_patch_u32(&wav, size_at, lies[lie]);
    if ((bytes & 1) && layout != TRAILERS && layout != DATA_FIRST && lie != HONEST && lie != RF64) {
        wav.size--; // a writer that does not know the length does not pad it
    }
}

static bool open_ended(lie_t lie)
{
    return lie == ZERO || lie == ALL_ONES || lie == RF64_WITHOUT_DS64 || lie == RF64_ZERO;
}

static void check_info(const shape_t *shape, uint16_t channels, layout_t layout, lie_t lie, test_stream_kind_t kind)
{
    const ta_wav_info_t *info = &player.wav.info;
    bool knows_size = kind == TEST_STREAM_FILE;
    bool lied = lie != HONEST && lie != RF64;
    assert_int_equal(info->format.sample, shape->sample);
    assert_int_equal(info->format.channels, channels > 1 ? 2 : 1);
    assert_int_equal(info->format.rate_hz, 22050);
    assert_int_equal(info->tag, is_float(shape) ? 3 : 1);
    assert_int_equal(info->channels, channels);
    assert_int_equal(info->bits, shape->bytes * 8);
    assert_int_equal(info->valid_bits, shape->valid_bits);
    assert_int_equal(info->extensible, shape->fmt.tag == 0xFFFE);
    assert_int_equal(info->rf64, lie >= RF64);
    assert_int_equal(info->open_ended, open_ended(lie));
    assert_int_equal(info->truncated, knows_size && (lie == BEYOND || lie == FAR_BEYOND));
    if (!lied || knows_size) {
        assert_int_equal(info->frames, FRAMES);
        assert_int_equal(info->data_bytes, FRAMES * channels * shape->bytes);
    } else if (open_ended(lie)) {
        assert_true(info->frames == TA_FRAMES_UNKNOWN);
        assert_true(info->data_bytes == TA_STREAM_SIZE_UNKNOWN);
    }
    bool finds_loop = layout == SMPL_FIRST || (layout == TRAILERS && kind != TEST_STREAM_PIPE);
    assert_int_equal(info->has_loop, finds_loop);
}

static void test_every_format_layout_lie_and_stream(void **state)
{
    (void)state;
    const uint16_t channel_counts[] = {1, 2, 3, 6};
    unsigned played = 0, refused = 0;
    for (size_t s = 0; s < SHAPES; s++) {
        for (size_t c = 0; c < 4; c++) {
            for (int layout = 0; layout < LAYOUTS; layout++) {
                for (int lie = 0; lie < LIES; lie++) {
                    if ((layout == TRAILERS || layout == DATA_FIRST) && lie != HONEST && lie != RF64) {
                        continue; // what follows would be sound: see test_wav_sizes.c
                    }
                    for (int kind = 0; kind < TEST_STREAM_KINDS; kind++) {
                        build(&shapes[s], channel_counts[c], (layout_t)layout, (lie_t)lie);
                        wav_player_load(&player, wav.bytes, wav.size, (test_stream_kind_t)kind);
                        player.buffer_frames = 10;
                        player.pull_frames = 7;
                        ta_status_t status = wav_player_open(&player);
                        if (layout == DATA_FIRST && kind == TEST_STREAM_PIPE) {
                            assert_int_equal(status, TA_E_FORMAT);
                            assert_non_null(strstr(player.wav.error, "a pipe cannot go back"));
                            refused++;
                            continue;
                        }
                        assert_int_equal(status, TA_OK);
                        assert_string_equal(player.wav.error, "");
                        check_info(&shapes[s], channel_counts[c], (layout_t)layout, (lie_t)lie,
                                   (test_stream_kind_t)kind);
                        assert_true(wav_player_run(&player));
                        assert_int_equal(player.result, TA_PULL_END);
                        expect_frames(&shapes[s], channel_counts[c], 0, FRAMES);
                        played++;
                    }
                }
            }
        }
    }
    print_message("%u files played, %u refused\n", played, refused);
    assert_int_equal(refused, SHAPES * 4 * 2);
    assert_int_equal(played, SHAPES * 4 * (3 * LIES + 2 * 2) * 3 - refused);
}

// --- buffers

static void test_frames_stay_whole_over_every_buffer_and_pull(void **state)
{
    (void)state;
    unsigned cases = 0;
    for (size_t s = 0; s < SHAPES; s++) {
        for (uint16_t channels = 1; channels <= 3; channels++) {
            build(&shapes[s], channels, PLAIN, HONEST);
            for (uint32_t buffer = 1; buffer <= 40; buffer += buffer < 8 ? 1 : 5) {
                for (uint32_t piece = 0; piece <= 7; piece++) {
                    wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_FILE);
                    player.buffer_frames = buffer;
                    player.pull_frames = 1 + (buffer * 3 + piece) % 11;
                    player.file.short_max = piece;
                    assert_int_equal(wav_player_open(&player), TA_OK);
                    assert_true(wav_player_run(&player));
                    expect_frames(&shapes[s], channels, 0, FRAMES);
                    cases++;
                }
            }
        }
    }
    assert_int_equal(cases, SHAPES * 3 * 14 * 8);
}

static void test_one_read_fills_one_buffer(void **state)
{
    (void)state;
    wavb_plain(&wav, 1000);
    wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_FILE);
    player.pull_frames = 1; // however small the pulls are
    assert_int_equal(wav_player_open(&player), TA_OK);
    assert_int_equal(player.wav.buffer_frames, TA_WAV_BUFFER_FRAMES);
    uint32_t header_reads = player.file.reads;
    assert_int_equal(player.wav.info.data_offset, 44);
    assert_true(wav_player_run(&player));
    assert_int_equal(player.pulls, 1000);
    assert_int_equal(player.file.reads - header_reads, (1000 + 255) / 256);
    assert_in_range(header_reads, 1, 6);
}

static void test_pulls_lend_from_the_buffer_without_a_copy(void **state)
{
    (void)state;
    wavb_plain(&wav, 100);
    wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_FILE);
    assert_int_equal(wav_player_open(&player), TA_OK);
    for (uint32_t frame = 0; frame < 100; frame += 10) {
        ta_block_t block;
        assert_int_equal(ta_source_pull(&player.wav.source, 10, &block), frame < 90 ? TA_PULL_MORE : TA_PULL_END);
        assert_ptr_equal(block.data, player.wav.buffer + (size_t)frame * 4);
        assert_int_equal(block.frames, 10);
    }
}

static void test_need_and_init_keep_their_contract(void **state)
{
    (void)state;
    static uint32_t storage[65536];
    ta_need_t need;
    ta_block_t block;
    wavb_plain(&wav, 10);
    wav_player_load(&player, wav.bytes, 3, TEST_STREAM_FILE);
    assert_int_equal(ta_wav_open(&player.wav, &player.file.stream), TA_E_FORMAT);
    assert_int_equal(ta_wav_need(&player.wav, 0, &need), TA_E_STATE); // all of it is harmless after a failure
    assert_int_equal(ta_wav_init(&player.wav, 0, storage), TA_E_STATE);
    assert_int_equal(ta_wav_use_loop(&player.wav), TA_E_STATE);
    assert_int_equal(ta_source_pull(&player.wav.source, 1, &block), TA_PULL_FAULT);
    wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_FILE);
    assert_int_equal(ta_wav_open(&player.wav, &player.file.stream), TA_OK);
    assert_int_equal(ta_wav_need(&player.wav, 0, &need), TA_OK);
    assert_string_equal(need.object, "wav reader");
    assert_int_equal(need.bytes, TA_WAV_BUFFER_FRAMES * 4);
    assert_int_equal(need.align, 4);
    assert_int_equal(need.cls, TA_CLASS_FAST);
    assert_int_equal(ta_wav_need(&player.wav, 65536, &need), TA_OK);
    assert_int_equal(need.bytes, 65536 * 4);
    assert_int_equal(ta_wav_need(&player.wav, 65537, &need), TA_E_ARG);
    assert_int_equal(ta_wav_init(&player.wav, 65537, storage), TA_E_ARG);
    assert_int_equal(ta_wav_init(&player.wav, 0, NULL), TA_E_ARG);
    assert_int_equal(ta_wav_init(&player.wav, 0, (uint8_t *)storage + 2), TA_E_ARG);
    assert_int_equal(ta_source_pull(&player.wav.source, 1, &block), TA_PULL_FAULT); // no buffer yet
    assert_int_equal(player.wav.source.fault, TA_E_STATE);
    assert_int_equal(ta_source_seek(&player.wav.source, 0), TA_OK);
    assert_int_equal(ta_wav_init(&player.wav, 4, storage), TA_OK);
    assert_int_equal(ta_wav_init(&player.wav, 8, storage), TA_OK); // again, as long as nothing was read
    assert_int_equal(ta_source_pull(&player.wav.source, 100, &block), TA_PULL_MORE);
    assert_int_equal(block.frames, 8);
    assert_int_equal(ta_wav_init(&player.wav, 8, storage), TA_E_STATE);
}

// --- seeks

static void test_seeks_land_on_their_frame(void **state)
{
    (void)state;
    uint32_t random = 77;
    unsigned checked = 0, in_buffer = 0;
    print_message("seed %u\n", random);
    for (int kind = 0; kind < TEST_STREAM_KINDS; kind++) {
        build(&shapes[2], 2, PLAIN, HONEST);
        wav_player_load(&player, wav.bytes, wav.size, (test_stream_kind_t)kind);
        player.buffer_frames = 8;
        assert_int_equal(wav_player_open(&player), TA_OK);
        if (kind == TEST_STREAM_PIPE) {
            assert_int_equal(ta_source_seek(&player.wav.source, 0), TA_E_STATE);
            continue;
        }
        assert_int_equal(ta_source_seek(&player.wav.source, FRAMES + 1), TA_E_ARG);
        for (unsigned i = 0; i < 2000; i++) {
            random = random * 1664525 + 1013904223;
            uint64_t frame = (random >> 8) % (FRAMES + 1);
            uint32_t calls = player.file.calls;
            ta_block_t block;
            assert_int_equal(ta_source_seek(&player.wav.source, frame), TA_OK);
            in_buffer += calls == player.file.calls;
            ta_pull_t result = ta_source_pull(&player.wav.source, 3, &block);
            assert_int_equal(result, frame + block.frames == FRAMES ? TA_PULL_END : TA_PULL_MORE);
            assert_int_equal(block.frames > 0, frame < FRAMES);
            player.out_bytes = (size_t)block.frames * 6;
            if (block.frames > 0) {
                memcpy(player.out, block.data, player.out_bytes);
            }
            expect_frames(&shapes[2], 2, (size_t)frame, block.frames);
            checked++;
        }
    }
    assert_int_equal(checked, 4000);
    print_message("%u of %u seeks stayed in the buffer\n", in_buffer, checked);
    assert_in_range(in_buffer, 400, 2000);
}

// --- smpl

static void play_loop(layout_t layout, uint32_t count, uint32_t passes)
{
    build(&shapes[1], 2, layout, HONEST);
    for (size_t at = 12; at + 8 < wav.size; at++) {
        if (memcmp(wav.bytes + at, "smpl", 4) == 0) {
            wavb_patch_u32(&wav, at + 8 + 36 + 20, count);
        }
    }
    wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_FILE);
    player.buffer_frames = 4; // smaller than the loop, so that the stream really seeks
    assert_int_equal(wav_player_open(&player), TA_OK);
    assert_true(player.wav.info.has_loop);
    assert_int_equal(player.wav.info.loop_start, 3);
    assert_int_equal(player.wav.info.loop_end, 10);
    assert_int_equal(player.wav.source.loops_left, 0); // only when asked
    assert_int_equal(ta_wav_use_loop(&player.wav), TA_OK);
    assert_true(wav_player_run(&player));
    assert_int_equal(player.result, TA_PULL_END);
    assert_int_equal(player.out_bytes, (3 + 7 * passes + 27) * 4);
    for (size_t i = 0, at = 0; i < player.out_bytes / 4; i++, at++) {
        uint8_t wanted[8];
        if (at == 10 && i < 3 + (size_t)7 * passes) {
            at = 3;
        }
        assert_memory_equal(player.out + i * 4, wanted, expected_frame(&shapes[1], 2, at, wanted));
    }
}

static void test_smpl_loops_when_asked(void **state)
{
    (void)state;
    play_loop(SMPL_FIRST, 1, 1); // smpl counts the first pass
    play_loop(SMPL_FIRST, 3, 3);
    play_loop(TRAILERS, 2, 2);
}

static void test_smpl_without_end(void **state)
{
    (void)state;
    build(&shapes[1], 2, TRAILERS, HONEST);
    wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_FILE);
    assert_int_equal(wav_player_open(&player), TA_OK);
    assert_true(player.wav.info.loop_times == TA_LOOP_FOREVER);
    assert_int_equal(ta_wav_use_loop(&player.wav), TA_OK);
    assert_true(wav_player_run(&player));
    assert_int_equal(player.result, TA_PULL_MORE);
    assert_in_range(player.out_bytes, WAV_PLAYER_OUT_BYTES - 100, WAV_PLAYER_OUT_BYTES);
    uint32_t reads = player.file.reads;
    ta_block_t block;
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(ta_source_pull(&player.wav.source, 7, &block), TA_PULL_MORE);
    }
    assert_int_equal(player.file.reads, reads); // a loop that fits the buffer is not read again
}

static void test_smpl_that_cannot_be_used(void **state)
{
    (void)state;
    const struct {
        uint32_t type, first, last;
    } loops[] = {{1, 3, 9}, {2, 3, 9}, {0, 9, 3}, {0, 0, FRAMES}, {0, 0, UINT32_MAX}};
    wavb_fmt_t fmt = fmt_of(&shapes[1], 2);
    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++) {
        wavb_begin(&wav, "RIFF");
        wavb_fmt(&wav, &fmt);
        wavb_smpl(&wav, loops[i].type, loops[i].first, loops[i].last, 0);
        wavb_data(&wav, FRAMES * 4);
        wavb_finish(&wav);
        wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_FILE);
        assert_int_equal(wav_player_open(&player), TA_OK);
        assert_false(player.wav.info.has_loop);
        assert_int_equal(ta_wav_use_loop(&player.wav), TA_E_STATE);
    }
    build(&shapes[1], 2, SMPL_FIRST, HONEST); // a good loop, but a pipe cannot go back
    wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_PIPE);
    assert_int_equal(wav_player_open(&player), TA_OK);
    assert_true(player.wav.info.has_loop);
    assert_int_equal(ta_wav_use_loop(&player.wav), TA_E_STATE);
    build(&shapes[1], 2, PLAIN, HONEST);
    wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_FILE);
    assert_int_equal(wav_player_open(&player), TA_OK);
    assert_int_equal(ta_wav_use_loop(&player.wav), TA_E_STATE);
}

static void test_smpl_second_loop_is_the_first_forward_one(void **state)
{
    (void)state;
    wavb_fmt_t fmt = fmt_of(&shapes[1], 2);
    wavb_begin(&wav, "RIFF");
    wavb_fmt(&wav, &fmt);
    wavb_smpl(&wav, 1, 0, 2, 0);
    size_t smpl = wav.size - 36 - 24;
    wavb_patch_u32(&wav, smpl - 4, 36 + 48);
    wavb_patch_u32(&wav, smpl + 28, 99); // claims more loops than it has
    const uint32_t second[6] = {0, 0, 5, 6, 0, 4};
    for (size_t i = 0; i < 6; i++) {
        wavb_u32(&wav, second[i]);
    }
    wavb_data(&wav, FRAMES * 4);
    wavb_finish(&wav);
    wav_player_load(&player, wav.bytes, wav.size, TEST_STREAM_FILE);
    assert_int_equal(wav_player_open(&player), TA_OK);
    assert_true(player.wav.info.has_loop);
    assert_int_equal(player.wav.info.loop_start, 5);
    assert_int_equal(player.wav.info.loop_end, 7);
    assert_int_equal(player.wav.info.loop_times, 3);
}

// Loops that lie outside, or are none, do not hide one that is good; where smpl lies does not matter.
static void test_smpl_first_loop_that_lies_inside(void **state)
{
    (void)state;
    const uint32_t loops[][6] = {{0, 0, 0, FRAMES, 0, 2},     {0, 0, 9, 3, 0, 2}, {0, 1, 2, 4, 0, 2},
                                 {0, 0, UINT32_MAX, 0, 0, 2}, {0, 0, 5, 6, 0, 4}, {0, 0, 1, 8, 0, 9}};
    wavb_fmt_t fmt = fmt_of(&shapes[1], 2);
    for (int behind = 0; behind < 2; behind++) {
        for (int kind = 0; kind < TEST_STREAM_KINDS; kind++) {
            uint8_t smpl[36 + sizeof loops] = {[28] = sizeof loops / sizeof loops[0]};
            memcpy(smpl + 36, loops, sizeof loops); // this machine's words are the file's
            wavb_begin(&wav, "RIFF");
            wavb_fmt(&wav, &fmt);
            if (behind)
                wavb_data(&wav, FRAMES * 4);
            wavb_chunk(&wav, "smpl", smpl, sizeof smpl);
            if (!behind)
                wavb_data(&wav, FRAMES * 4);
            wavb_finish(&wav);
            wav_player_load(&player, wav.bytes, wav.size, (test_stream_kind_t)kind);
            assert_int_equal(wav_player_open(&player), TA_OK);
            bool file = kind != TEST_STREAM_PIPE; // which could not go back to loop
            assert_int_equal(player.wav.info.has_loop, file);
            assert_int_equal(player.wav.info.loop_start, file ? 5 : 0);
            assert_int_equal(player.wav.info.loop_end, file ? 7 : 0);
            assert_int_equal(player.wav.info.loop_times, file ? 3 : 0);
            assert_true(wav_player_run(&player));
            assert_int_equal(player.out_bytes, FRAMES * 4);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format_layout_lie_and_stream),
        cmocka_unit_test(test_frames_stay_whole_over_every_buffer_and_pull),
        cmocka_unit_test(test_one_read_fills_one_buffer),
        cmocka_unit_test(test_pulls_lend_from_the_buffer_without_a_copy),
        cmocka_unit_test(test_need_and_init_keep_their_contract),
        cmocka_unit_test(test_seeks_land_on_their_frame),
        cmocka_unit_test(test_smpl_loops_when_asked),
        cmocka_unit_test(test_smpl_without_end),
        cmocka_unit_test(test_smpl_that_cannot_be_used),
        cmocka_unit_test(test_smpl_first_loop_that_lies_inside),
        cmocka_unit_test(test_smpl_second_loop_is_the_first_forward_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
