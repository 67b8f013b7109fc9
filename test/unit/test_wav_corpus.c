// The fuzzer's corpus without the fuzzer, for every compiler and checker: each file as it is; each seed cut at every
// length and served in every way; each file with every byte of its header changed in turn. The contract is checked by
// fuzz_wav.c, which aborts.
#include "test/fuzz/fuzz_wav.c"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FILES_MAX = 512, FILE_BYTES_MAX = 2048, SEEDS = 57, CHANGED_BYTES_MAX = 80 };

static const char folder[] = "test/fuzz/corpus/wav";

static struct {
    uint8_t bytes[FILE_BYTES_MAX];
    size_t size;
    bool seed;
} corpus[FILES_MAX];
static unsigned files, seeds;

static int load(void **state)
{
    (void)state;
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        print_error("%s is missing: run from the top of the tree\n", folder);
        return 1;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char path[sizeof folder + sizeof entry->d_name + 1];
        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "rb");
        if (file == NULL || files == FILES_MAX) {
            print_error("%s cannot be read, or is one too many\n", path);
            return 1;
        }
        corpus[files].size = fread(corpus[files].bytes, 1, FILE_BYTES_MAX, file);
        bool whole = fgetc(file) == EOF;
        (void)fclose(file);
        if (!whole) {
            print_error("%s is longer than %d bytes\n", path, (int)FILE_BYTES_MAX);
            return 1;
        }
        corpus[files].seed = strncmp(entry->d_name, "seed-", 5) == 0;
        seeds += corpus[files].seed;
        files++;
    }
    return closedir(dir);
}

// An exact copy on the heap, so that a checker of memory sees a read beyond the end.
static unsigned feed(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size + (size == 0));
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    assert_int_equal(LLVMFuzzerTestOneInput(copy, size), 0);
    free(copy);
    return 1;
}

static void test_each_file(void **state)
{
    (void)state;
    unsigned runs = 0;
    for (unsigned i = 0; i < files; i++) {
        runs += feed(corpus[i].bytes, corpus[i].size);
    }
    print_message("%u files, %u of them seeds\n", runs, seeds);
    assert_int_equal(seeds, SEEDS);
    assert_true(runs >= SEEDS && runs == files);
}

static void test_each_seed_cut_and_served_in_every_way(void **state)
{
    (void)state;
    unsigned runs = 0, wanted = 0;
    for (unsigned i = 0; i < files; i++) {
        uint8_t bytes[FILE_BYTES_MAX];
        if (!corpus[i].seed) {
            continue; // enough is enough: these differ from the seeds by accident
        }
        memcpy(bytes, corpus[i].bytes, corpus[i].size);
        for (size_t size = 4; size <= corpus[i].size; size++) {
            for (uint8_t way = 0; way < 3; way++) {
                bytes[0] = (uint8_t)(way | (size % 2) << 3);
                runs += feed(bytes, size);
            }
        }
        wanted += 3 * (unsigned)(corpus[i].size - 3);
    }
    print_message("%u runs\n", runs);
    assert_int_equal(runs, wanted);
    assert_true(runs > SEEDS * 3 * 10);
}

static void test_each_byte_changed(void **state)
{
    (void)state;
    unsigned runs = 0, wanted = 0;
    for (unsigned i = 0; i < files; i++) {
        size_t changed = corpus[i].size < CHANGED_BYTES_MAX ? corpus[i].size : CHANGED_BYTES_MAX;
        for (size_t at = 0; at < changed; at++) {
            const uint8_t old = corpus[i].bytes[at];
            const uint8_t values[] = {0xFF, (uint8_t)(old ^ 0x80), (uint8_t)(old + 1)};
            for (size_t v = 0; v < sizeof values; v++) {
                corpus[i].bytes[at] = values[v];
                runs += feed(corpus[i].bytes, corpus[i].size);
            }
            corpus[i].bytes[at] = old;
        }
        wanted += 3 * (unsigned)changed;
    }
    print_message("%u runs\n", runs);
    assert_int_equal(runs, wanted);
    assert_true(runs > SEEDS * 3 * 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_file),
        cmocka_unit_test(test_each_seed_cut_and_served_in_every_way),
        cmocka_unit_test(test_each_byte_changed),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
