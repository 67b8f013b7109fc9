// Tables that the task replaces while the feed reads them (fx.h): no mixture of two is ever live, wherever one side interrupts the other.
#include "tonearm/fx.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

// Two contexts at full speed: every table that the feed sees is one that the task wrote.
enum { WORDS = 1200, PUTS = 20000 };
static ta_fx_table_t table;
static volatile bool over;

static void *put_tables(void *unused)
{
    (void)unused;
    static uint32_t words[WORDS];
    for (uint32_t n = 1; n <= PUTS; n++) {
        for (uint32_t pause = n % 512; pause > 0; pause--) // so that it meets the feed everywhere
            over = false;
        for (size_t w = 0; w < WORDS; w++)
            words[w] = n;
        ta_fx_table_put(&table, words, sizeof words);
    }
    over = true;
    return NULL;
}

static void test_w55_no_table_is_a_mixture(void **state)
{
    (void)state;
    pthread_t task;
    void *storage = calloc(1, ta_fx_table_bytes(WORDS * 4));
    ta_fx_table_init(&table, WORDS * 4, storage);
    over = false;
    assert_int_equal(pthread_create(&task, NULL, put_tables, NULL), 0);
    uint32_t newest = 0;
    for (bool last = false; !last;) {
        last = over; // once more after it
        (void)ta_fx_table_take(&table);
        for (size_t w = 0; w < WORDS; w++)
            assert_int_equal(table.live[w], table.live[0]);
        assert_true(table.live[0] >= newest);
        newest = table.live[0];
    }
    assert_int_equal(newest, PUTS);
    assert_true(ta_fx_table_settled(&table));
    assert_int_equal(pthread_join(task, NULL), 0);
    free(storage);
}

// The same at one place for certain: the second half of the task's copy lies in a page that cannot be touched, and who touches it is interrupted there by the other side.
static uint32_t *halves; // two pages
static size_t half_bytes;
static void (*interrupting)(void);
static bool taken_meanwhile;

static void put_all(uint32_t word)
{
    uint32_t *words = malloc(2 * half_bytes);
    for (size_t w = 0; w < 2 * half_bytes / sizeof *words; w++)
        words[w] = word;
    ta_fx_table_put(&table, words, 2 * half_bytes);
    free(words);
}

static void put_in_between(void)
{
    put_all(3);
}

static void take_in_between(void)
{
    taken_meanwhile = ta_fx_table_take(&table);
}

static void on_touch(int signal)
{
    void (*interrupt)(void) = interrupting;
    if (!interrupt || mprotect((uint8_t *)halves + half_bytes, half_bytes, PROT_READ | PROT_WRITE) != 0)
        _exit(128 + signal); // it is a fault of another kind
    interrupting = NULL;
    interrupt();
}

static void interrupt_next(void (*with)(void))
{
    interrupting = with;
    assert_int_equal(mprotect((uint8_t *)halves + half_bytes, half_bytes, PROT_NONE), 0);
}

static void live_is(uint32_t word)
{
    assert_null(interrupting);
    for (size_t w = 0; w < 2 * half_bytes / sizeof *halves; w++)
        assert_int_equal(table.live[w], word);
}

static void test_w55_whoever_is_interrupted_in_a_table_mixes_nothing(void **state)
{
    (void)state;
    struct sigaction before, action = {.sa_handler = on_touch};
    half_bytes = (size_t)sysconf(_SC_PAGESIZE);
    uint32_t *storage = mmap(NULL, 6 * half_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(storage != MAP_FAILED);
    assert_int_equal(sigaction(SIGSEGV, &action, &before), 0);
    ta_fx_table_init(&table, 2 * half_bytes, storage);
    halves = table.written;
    put_all(1);
    assert_true(ta_fx_table_take(&table));
    put_all(2);
    interrupt_next(put_in_between); // the feed reads, the task writes
    assert_false(ta_fx_table_take(&table));
    live_is(1);
    assert_true(ta_fx_table_take(&table)); // next tick
    live_is(3);
    interrupt_next(take_in_between); // the task writes, the feed reads
    put_all(4);
    assert_false(taken_meanwhile);
    live_is(3);
    assert_true(ta_fx_table_take(&table));
    live_is(4);
    assert_int_equal(sigaction(SIGSEGV, &before, NULL), 0);
    assert_int_equal(munmap(storage, 6 * half_bytes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_w55_no_table_is_a_mixture),
        cmocka_unit_test(test_w55_whoever_is_interrupted_in_a_table_mixes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
