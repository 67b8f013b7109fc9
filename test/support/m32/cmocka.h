/// @file cmocka.h  The part of cmocka that our tests use, for 32-bit builds (-m32, and Arm cores) and for MemorySanitizer.
///
/// Debian has libcmocka for the machine's own word size, and a second architecture is not ours to add to a machine; and
/// MemorySanitizer wants every piece of code to be compiled with it. So these tests are compiled with this header in cmocka's
/// place: the same names and meanings, nothing else. What is not here (mocks, skip) does not compile, so no test can lose its
/// meaning silently. test/checks/test_m32_cmocka.sh shows that each assertion fails when it must. Numbers are printed in ways
/// that every C library knows, newlib's too.
///
/// CMOCKA32_LEFT_OUT, a string with the names of tests between spaces, leaves tests out where a processor would take too long
/// for them, and says so for each; whoever sets it counts those lines.
#ifndef TONEARM_M32_CMOCKA_H
#define TONEARM_M32_CMOCKA_H

#pragma GCC system_header

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*test_func)(void **state);
    int (*setup_func)(void **state);
    int (*teardown_func)(void **state);
    void *initial_state;
};
typedef int (*CMFixtureFunction)(void **state);

// Shared by all files of a program: the linker keeps one of each.
__attribute__((weak)) jmp_buf *cmocka32_escape;

__attribute__((noreturn, unused)) static void cmocka32_fail(const char *file, int line)
{
    fprintf(stderr, "%s:%d: error: Failure!\n", file, line);
    if (cmocka32_escape == NULL) {
        abort();
    }
    longjmp(*cmocka32_escape, 1);
}

#define cmocka32_check(ok, ...)                                                                                        \
    do {                                                                                                               \
        if (!(ok)) {                                                                                                   \
            cmocka32_print(stderr, __VA_ARGS__);                                                                       \
            fputc('\n', stderr);                                                                                       \
            cmocka32_fail(__FILE__, __LINE__);                                                                         \
        }                                                                                                              \
    } while (0)

// A C library without C99's formats does not know z. On 32 bits it may as well not be there.
__attribute__((unused, format(printf, 2, 3))) static void cmocka32_print(FILE *to, const char *format, ...)
{
    char plain[512];
    size_t length = 0;
    int inside = 0;
    for (const char *c = format; *c != '\0' && length < sizeof plain - 1; c++) {
        inside = *c == '%' ? !inside : inside && strchr("0123456789+-# .*lz", *c) != NULL;
        if (!inside || *c != 'z') {
            plain[length++] = *c;
        }
    }
    plain[length] = '\0';
    va_list arguments;
    va_start(arguments, format);
    vfprintf(to, plain, arguments);
    va_end(arguments);
}

#define print_message(...)     cmocka32_print(stdout, __VA_ARGS__)
#define print_error(...)       cmocka32_print(stderr, __VA_ARGS__)
#define fail()                 cmocka32_fail(__FILE__, __LINE__)
#define fail_msg(...)          cmocka32_check(0, __VA_ARGS__)
#define assert_true(c)         cmocka32_check((c), "%s is false", #c)
#define assert_false(c)        cmocka32_check(!(c), "%s is true", #c)
#define assert_non_null(p)     cmocka32_check((p) != NULL, "%s is NULL", #p)
#define assert_null(p)         cmocka32_check((p) == NULL, "%s is not NULL", #p)
#define assert_ptr_equal(a, b) cmocka32_check((uintptr_t)(a) == (uintptr_t)(b), "%s is not %s", #a, #b)
#define assert_ptr_not_equal(a, b)                                                                                     \
    cmocka32_check((const void *)(a) != (const void *)(b), "%s and %s are the same", #a, #b)
#define cmocka32_words(v) (unsigned long)((v) >> 32), (unsigned long)((v)&0xffffffff)
#define cmocka32_compare(a, op, b)                                                                                     \
    do {                                                                                                               \
        const uintmax_t cmocka32_a = (uintmax_t)(a), cmocka32_b = (uintmax_t)(b);                                      \
        cmocka32_check(cmocka32_a op cmocka32_b, "%s %s %s does not hold: 0x%lx%08lx, 0x%lx%08lx", #a, #op, #b,        \
                       cmocka32_words(cmocka32_a), cmocka32_words(cmocka32_b));                                        \
    } while (0)
#define assert_int_equal(a, b)     cmocka32_compare(a, ==, b)
#define assert_int_not_equal(a, b) cmocka32_compare(a, !=, b)
#define assert_in_range(v, low, high)                                                                                  \
    do {                                                                                                               \
        const uintmax_t cmocka32_v = (uintmax_t)(v);                                                                   \
        cmocka32_check(cmocka32_v >= (uintmax_t)(low) && cmocka32_v <= (uintmax_t)(high),                              \
                       "%s is outside %s..%s: 0x%lx%08lx", #v, #low, #high, cmocka32_words(cmocka32_v));               \
    } while (0)
#define assert_not_in_range(v, low, high)                                                                              \
    do {                                                                                                               \
        const uintmax_t cmocka32_v = (uintmax_t)(v);                                                                   \
        cmocka32_check(cmocka32_v<(uintmax_t)(low) || cmocka32_v>(uintmax_t)(high), "%s is inside %s..%s: 0x%lx%08lx", \
                       #v, #low, #high, cmocka32_words(cmocka32_v));                                                   \
    } while (0)
#define assert_string_equal(a, b)                                                                                      \
    do {                                                                                                               \
        const char *cmocka32_a = (a), *cmocka32_b = (b);                                                               \
        cmocka32_check(strcmp(cmocka32_a, cmocka32_b) == 0, "\"%s\" != \"%s\"", cmocka32_a, cmocka32_b);               \
    } while (0)
#define assert_string_not_equal(a, b)                                                                                  \
    do {                                                                                                               \
        const char *cmocka32_a = (a), *cmocka32_b = (b);                                                               \
        cmocka32_check(strcmp(cmocka32_a, cmocka32_b) != 0, "\"%s\" == \"%s\"", cmocka32_a, cmocka32_b);               \
    } while (0)
#define assert_memory_equal(a, b, n)                                                                                   \
    cmocka32_check(memcmp((a), (b), (n)) == 0, "%s and %s differ in %s bytes", #a, #b, #n)
#define assert_memory_not_equal(a, b, n)                                                                               \
    cmocka32_check(memcmp((a), (b), (n)) != 0, "%s and %s are equal in %s bytes", #a, #b, #n)
#define assert_return_code(rc, error)                                                                                  \
    do {                                                                                                               \
        const int cmocka32_rc = (rc);                                                                                  \
        cmocka32_check(cmocka32_rc >= 0, "%s gave %d, error %d", #rc, cmocka32_rc, (int)(error));                      \
    } while (0)

#define cmocka_unit_test(f)                                                                                            \
    {                                                                                                                  \
#f, f, NULL, NULL, NULL                                                                                        \
    }
#define cmocka_unit_test_setup(f, setup)                                                                               \
    {                                                                                                                  \
#f, f, setup, NULL, NULL                                                                                       \
    }
#define cmocka_unit_test_teardown(f, teardown)                                                                         \
    {                                                                                                                  \
#f, f, NULL, teardown, NULL                                                                                    \
    }
#define cmocka_unit_test_setup_teardown(f, setup, down)                                                                \
    {                                                                                                                  \
#f, f, setup, down, NULL                                                                                       \
    }
#define cmocka_unit_test_prestate(f, state)                                                                            \
    {                                                                                                                  \
#f, f, NULL, NULL, state                                                                                       \
    }

#ifndef CMOCKA32_LEFT_OUT
#define CMOCKA32_LEFT_OUT ""
#endif
__attribute__((unused)) static int cmocka32_left_out(const char *name)
{
    static const char list[] = CMOCKA32_LEFT_OUT;
    const size_t length = strlen(name);
    for (const char *at = strstr(list, name); at != NULL; at = strstr(at + 1, name)) {
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) {
            return 1;
        }
    }
    return 0;
}

__attribute__((unused)) static int cmocka32_run(const char *group, const struct CMUnitTest *tests, size_t count,
                                                CMFixtureFunction setup, CMFixtureFunction teardown)
{
    void *group_state = NULL;
    volatile int failed = 0;
    jmp_buf escape;
    printf("[==========] %s: Running %u test(s).\n", group, (unsigned)count);
    if (setup != NULL && setup(&group_state) != 0) {
        printf("[  FAILED  ] GROUP SETUP\n");
        return (int)count;
    }
    for (volatile size_t i = 0; i < count; i++) {
        if (cmocka32_left_out(tests[i].name)) {
            printf("[ LEFT OUT ] %s\n", tests[i].name);
            continue;
        }
        void *state = tests[i].initial_state != NULL ? tests[i].initial_state : group_state;
        printf("[ RUN      ] %s\n", tests[i].name);
        fflush(stdout);
        volatile int ok = 0;
        cmocka32_escape = &escape;
        if (setjmp(escape) == 0) {
            if (tests[i].setup_func == NULL || tests[i].setup_func(&state) == 0) {
                tests[i].test_func(&state);
                ok = 1;
            }
        }
        if (setjmp(escape) == 0) {
            ok = (tests[i].teardown_func == NULL || tests[i].teardown_func(&state) == 0) && ok;
        } else {
            ok = 0;
        }
        cmocka32_escape = NULL;
        printf(ok ? "[       OK ] %s\n" : "[  FAILED  ] %s\n", tests[i].name);
        failed += !ok;
    }
    if (teardown != NULL && teardown(&group_state) != 0) {
        printf("[  FAILED  ] GROUP TEARDOWN\n");
        failed++;
    }
    printf("[==========] %s: %d of %u failed.\n", group, failed, (unsigned)count);
    fflush(stdout);
    return failed;
}

#define cmocka_run_group_tests(tests, setup, teardown)                                                                 \
    cmocka32_run(#tests, tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)
#define cmocka_run_group_tests_name(name, tests, setup, teardown)                                                      \
    cmocka32_run(name, tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)

#endif
