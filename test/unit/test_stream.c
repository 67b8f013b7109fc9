// Streams: whole reads, seeks forwards and back, pipes, memory, C files, and every failure.
#define _GNU_SOURCE // fopencookie
#include "test/support/test_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { BYTES = 1000 };
static uint8_t content[BYTES];

static int fill_content(void **state)
{
    (void)state;
    for (size_t i = 0; i < BYTES; i++) {
        content[i] = (uint8_t)(i * 7 + i / 256);
    }
    return 0;
}

static void test_short_reads_are_put_together(void **state)
{
    (void)state;
    unsigned cases = 0;
    for (uint32_t piece = 1; piece <= 64; piece++) {
        test_stream_t file;
        uint8_t out[BYTES + 10];
        uint32_t got;
        test_stream_init(&file, content, BYTES, TEST_STREAM_PIPE);
        file.short_max = piece;
        assert_int_equal(ta_stream_read(&file.stream, out, 300, &got), TA_OK);
        assert_int_equal(got, 300);
        assert_int_equal(file.stream.position, 300);
        assert_int_equal(ta_stream_read(&file.stream, out + 300, BYTES, &got), TA_OK);
        assert_int_equal(got, BYTES - 300); // the end: short, and no failure
        assert_memory_equal(out, content, BYTES);
        assert_int_equal(ta_stream_read(&file.stream, out, 1, &got), TA_OK);
        assert_int_equal(got, 0);
        cases++;
    }
    assert_int_equal(cases, 64);
}

static void test_failed_read_counts_what_came(void **state)
{
    (void)state;
    test_stream_t file;
    uint8_t out[BYTES];
    uint32_t got = 77;
    test_stream_init(&file, content, BYTES, TEST_STREAM_FILE);
    file.short_max = 10;
    file.fail_call = 4;
    assert_int_equal(ta_stream_read(&file.stream, out, 100, &got), TA_E_IO);
    assert_int_equal(got, 30);
    assert_int_equal(file.stream.position, 30);
    assert_int_equal(ta_stream_read(&file.stream, out + 30, 70, &got), TA_OK); // the failure has passed
    assert_int_equal(got, 70);
    assert_memory_equal(out, content, 100);
}

static int32_t read_too_much(ta_stream_t *stream, void *to, uint32_t bytes)
{
    (void)stream;
    (void)to;
    return (int32_t)bytes + 1;
}

static void test_maker_that_gives_more_than_asked_is_a_failure(void **state)
{
    (void)state;
    ta_stream_t stream = {.read = read_too_much, .size = TA_STREAM_SIZE_UNKNOWN};
    uint8_t out[8];
    uint32_t got;
    assert_int_equal(ta_stream_read(&stream, out, 4, &got), TA_E_IO);
    assert_int_equal(got, 0);
}

static void test_seek_where_seeking_works(void **state)
{
    (void)state;
    for (int kind = TEST_STREAM_FILE; kind < TEST_STREAM_KINDS; kind++) {
        if (kind == TEST_STREAM_PIPE) {
            continue;
        }
        test_stream_t file;
        uint8_t byte;
        uint32_t got;
        test_stream_init(&file, content, BYTES, (test_stream_kind_t)kind);
        const uint64_t places[] = {999, 0, 500, 500, 1};
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
            assert_int_equal(ta_stream_seek(&file.stream, places[i]), TA_OK);
            assert_int_equal(file.stream.position, places[i]);
            assert_int_equal(ta_stream_read(&file.stream, &byte, 1, &got), TA_OK);
            assert_int_equal(byte, content[places[i]]);
        }
        assert_int_equal(ta_stream_seek(&file.stream, BYTES), TA_OK);
        assert_int_equal(ta_stream_seek(&file.stream, BYTES + 1), TA_E_IO);
        assert_int_equal(file.stream.position, BYTES); // a seek that failed moved nothing
        file.fail_call = file.calls + 1;
        assert_int_equal(ta_stream_seek(&file.stream, 3), TA_E_IO);
    }
}

static void test_pipe_goes_forwards_only(void **state)
{
    (void)state;
    test_stream_t pipe_stream;
    uint8_t byte;
    uint32_t got;
    test_stream_init(&pipe_stream, content, BYTES, TEST_STREAM_PIPE);
    pipe_stream.short_max = 13;
    assert_int_equal(ta_stream_seek(&pipe_stream.stream, 701), TA_OK);
    assert_int_equal(ta_stream_read(&pipe_stream.stream, &byte, 1, &got), TA_OK);
    assert_int_equal(byte, content[701]);
    assert_int_equal(ta_stream_seek(&pipe_stream.stream, 702), TA_OK);
    assert_int_equal(ta_stream_seek(&pipe_stream.stream, 701), TA_E_STATE);
    assert_int_equal(ta_stream_seek(&pipe_stream.stream, BYTES), TA_OK);
    assert_int_equal(ta_stream_seek(&pipe_stream.stream, BYTES + 1), TA_E_IO);
    test_stream_init(&pipe_stream, content, BYTES, TEST_STREAM_PIPE);
    pipe_stream.fail_call = 2;
    assert_int_equal(ta_stream_seek(&pipe_stream.stream, 900), TA_E_IO);
}

static void test_memory(void **state)
{
    (void)state;
    ta_stream_t stream;
    uint8_t out[BYTES];
    uint32_t got;
    ta_stream_from_memory(&stream, content, BYTES);
    assert_int_equal(stream.size, BYTES);
    assert_int_equal(stream.position, 0);
    assert_int_equal(ta_stream_seek(&stream, 990), TA_OK);
    assert_int_equal(ta_stream_read(&stream, out, 100, &got), TA_OK);
    assert_int_equal(got, 10);
    assert_memory_equal(out, content + 990, 10);
    assert_int_equal(ta_stream_seek(&stream, BYTES + 1), TA_E_IO);
    assert_int_equal(ta_stream_seek(&stream, 0), TA_OK);
    assert_int_equal(ta_stream_read(&stream, out, BYTES, &got), TA_OK);
    assert_memory_equal(out, content, BYTES);
    ta_stream_from_memory(&stream, NULL, 0);
    assert_int_equal(ta_stream_read(&stream, out, 5, &got), TA_OK);
    assert_int_equal(got, 0);
}

static FILE *content_file(void)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, BYTES, file), BYTES);
    rewind(file);
    return file;
}

static void test_file_seeks_and_knows_its_size(void **state)
{
    (void)state;
    FILE *file = content_file();
    ta_stream_t stream;
    uint8_t out[BYTES];
    uint32_t got;
    assert_int_equal(fseek(file, 100, SEEK_SET), 0); // somebody has read from it before us
    ta_stream_from_file(&stream, file);
    assert_non_null(stream.seek);
    assert_int_equal(stream.size, BYTES);
    assert_int_equal(stream.position, 100);
    assert_int_equal(ta_stream_read(&stream, out, 50, &got), TA_OK);
    assert_memory_equal(out, content + 100, 50);
    assert_int_equal(ta_stream_seek(&stream, 0), TA_OK);
    assert_int_equal(ta_stream_read(&stream, out, BYTES, &got), TA_OK);
    assert_int_equal(got, BYTES);
    assert_memory_equal(out, content, BYTES);
    assert_int_equal(ta_stream_read(&stream, out, 1, &got), TA_OK);
    assert_int_equal(got, 0);
    assert_int_equal(ta_stream_seek(&stream, BYTES + 1), TA_E_IO);
    assert_int_equal(ta_stream_seek(&stream, UINT64_MAX - 1), TA_E_IO);
    assert_int_equal(fclose(file), 0);
}

static void test_file_beyond_four_gigabytes(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    ta_stream_t stream;
    uint8_t byte = 0;
    uint32_t got;
    const uint64_t far = (uint64_t)5 << 30;
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), 1), 0);
    ta_stream_from_file(&stream, file);
    stream.size = far + 1; // as if it were sparse: only the seek is looked at
    assert_int_equal(ta_stream_seek(&stream, far), TA_OK);
    assert_int_equal(stream.position, far);
    assert_int_equal(ta_stream_read(&stream, &byte, 1, &got), TA_OK);
    assert_int_equal(got, 0);
    assert_int_equal(fclose(file), 0);
}

static void test_pipe_is_detected(void **state)
{
    (void)state;
    int ends[2];
    uint8_t out[BYTES];
    uint32_t got;
    ta_stream_t stream;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], content, BYTES), BYTES);
    assert_int_equal(close(ends[1]), 0);
    FILE *file = fdopen(ends[0], "rb");
    assert_non_null(file);
    ta_stream_from_file(&stream, file);
    assert_null(stream.seek);
    assert_true(stream.size == TA_STREAM_SIZE_UNKNOWN);
    assert_int_equal(ta_stream_seek(&stream, 10), TA_OK);
    assert_int_equal(ta_stream_read(&stream, out, BYTES, &got), TA_OK);
    assert_int_equal(got, BYTES - 10);
    assert_memory_equal(out, content + 10, BYTES - 10);
    assert_int_equal(fclose(file), 0);
}

static void test_device_without_an_end_is_no_file(void **state)
{
    (void)state;
    FILE *file = fopen("/dev/zero", "rb");
    ta_stream_t stream;
    uint8_t out[16];
    uint32_t got;
    assert_non_null(file);
    ta_stream_from_file(&stream, file);
    assert_null(stream.seek);
    assert_true(stream.size == TA_STREAM_SIZE_UNKNOWN);
    assert_int_equal(ta_stream_read(&stream, out, 16, &got), TA_OK);
    assert_int_equal(got, 16);
    assert_int_equal(fclose(file), 0);
}

static void test_directory_fails_to_read(void **state)
{
    (void)state;
    FILE *file = fopen("/", "rb");
    ta_stream_t stream;
    uint8_t out[16];
    uint32_t got = 9;
    assert_non_null(file); // Linux opens it, and fails at the first read
    ta_stream_from_file(&stream, file);
    assert_int_equal(ta_stream_read(&stream, out, 16, &got), TA_E_IO);
    assert_int_equal(got, 0);
    assert_int_equal(fclose(file), 0);
}

// A C file whose reads come from here: one good, one failing, then the end.
static ssize_t cookie_read(void *cookie, char *to, size_t bytes)
{
    unsigned *reads = cookie;
    (void)bytes;
    switch (++*reads) {
    case 1:
        memcpy(to, "ab", 2);
        return 2;
    case 2:
        return -1;
    default:
        return 0;
    }
}

static void test_file_failure_is_told_once(void **state)
{
    (void)state;
    unsigned reads = 0;
    const cookie_io_functions_t functions = {.read = cookie_read};
    FILE *file = fopencookie(&reads, "rb", functions);
    ta_stream_t stream;
    uint8_t out[16];
    uint32_t got;
    assert_non_null(file);
    assert_int_equal(setvbuf(file, NULL, _IONBF, 0), 0);
    ta_stream_from_file(&stream, file);
    assert_null(stream.seek);
    assert_int_equal(ta_stream_read(&stream, out, 4, &got), TA_E_IO); // also where the C library had both at once
    assert_int_equal(got, 2);
    assert_memory_equal(out, "ab", 2);
    assert_int_equal(ta_stream_read(&stream, out, 4, &got), TA_OK); // the end, not the old failure
    assert_int_equal(got, 0);
    assert_int_equal(fclose(file), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_reads_are_put_together),
        cmocka_unit_test(test_failed_read_counts_what_came),
        cmocka_unit_test(test_maker_that_gives_more_than_asked_is_a_failure),
        cmocka_unit_test(test_seek_where_seeking_works),
        cmocka_unit_test(test_pipe_goes_forwards_only),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_file_seeks_and_knows_its_size),
        cmocka_unit_test(test_file_beyond_four_gigabytes),
        cmocka_unit_test(test_pipe_is_detected),
        cmocka_unit_test(test_device_without_an_end_is_no_file),
        cmocka_unit_test(test_directory_fails_to_read),
        cmocka_unit_test(test_file_failure_is_told_once),
    };
    return cmocka_run_group_tests(tests, fill_content, NULL);
}
