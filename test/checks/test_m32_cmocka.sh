#!/usr/bin/env bash
# The 32-bit stand-in for cmocka: each assertion passes when it holds, fails when it does not, and a failure anywhere (test,
# set-up, tear-down) is counted. Every statement below is one program run.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}

true_ones=(
    'assert_true(1 == 1)' 'assert_false(0)' 'assert_null(NULL)' 'assert_non_null("x")' 'assert_int_equal(-1, -1)'
    'assert_int_equal(0xFFFFFFFFFFull, 0xFFFFFFFFFFull)' 'assert_int_not_equal(1, 2)' 'assert_in_range(5, 5, 5)'
    'assert_not_in_range(4, 5, 6)' 'assert_string_equal("a", "a")' 'assert_string_not_equal("a", "b")'
    'assert_memory_equal("ab", "ac", 1)' 'assert_memory_not_equal("ab", "ac", 2)' 'assert_return_code(0, 0)'
    'assert_ptr_equal(state, state)' 'assert_ptr_not_equal(state, NULL)'
)
false_ones=(
    'assert_true(1 == 2)' 'assert_false(1)' 'assert_null("x")' 'assert_non_null(NULL)' 'assert_int_equal(1, 2)'
    'assert_int_equal(0x100000000ull, 0)' 'assert_int_not_equal(2, 2)' 'assert_in_range(6, 4, 5)' 'assert_in_range(3, 4, 5)'
    'assert_not_in_range(5, 5, 6)' 'assert_string_equal("a", "b")' 'assert_string_not_equal("a", "a")'
    'assert_memory_equal("ab", "ac", 2)' 'assert_memory_not_equal("ab", "ac", 1)' 'assert_return_code(-1, 0)'
    'assert_ptr_equal(state, NULL)' 'assert_ptr_not_equal(state, state)' 'fail()' 'fail_msg("%d", 1)'
)
{
    printf '#include <cmocka.h>\n'
    printf 'static int down;\nstatic int bad(void **state) { (void)state; return -1; }\n'
    printf 'static int leave(void **state) { (void)state; down++; return 0; }\n'
    n=0
    for body in "${true_ones[@]}" "${false_ones[@]}"; do
        printf 'static void test_%d(void **state) { (void)state; %s; }\n' $n "$body"
        n=$((n + 1))
    done
    printf 'static const struct CMUnitTest all[] = {'
    for ((i = 0; i < n; i++)); do printf 'cmocka_unit_test_teardown(test_%d, leave),' $i; done
    printf '};\nint main(int argc, char **argv)\n{\n'
    printf '    const int which = argc > 1 ? atoi(argv[1]) : -1;\n'
    printf '    const struct CMUnitTest first[] = {cmocka_unit_test_setup(test_0, bad)};\n'
    printf '    const struct CMUnitTest last[] = {cmocka_unit_test_teardown(test_0, bad)};\n'
    printf '    if (which == -1) return cmocka_run_group_tests(first, NULL, NULL);\n'
    printf '    if (which == -2) return cmocka_run_group_tests(last, NULL, NULL);\n'
    printf '    if (which == -3) return cmocka_run_group_tests(all, bad, NULL);\n'
    printf '    if (which == -4) return cmocka32_run("all", all, %d, NULL, bad);\n' "${#true_ones[@]}"
    printf '    const struct CMUnitTest one[] = {all[which]};\n'
    printf '    const int failed = cmocka_run_group_tests(one, NULL, NULL);\n    return down == 1 ? failed : 9;\n}\n'
} >"$work/m32.c"
gcc -m32 -std=gnu11 -Wall -Wextra -Werror -Itest/support/m32 "$work/m32.c" -o "$work/m32"

ran=0
expect() { # exit code, argument, words
    code=0
    "$work/m32" "$2" >"$work/out" 2>&1 || code=$?
    if [ "$code" != "$1" ]; then
        cat "$work/out"
        echo "$3: exit code $code, not $1"
        exit 1
    fi
    ran=$((ran + 1))
}
i=0
for body in "${true_ones[@]}"; do expect 0 $i "$body"; i=$((i + 1)); done
for body in "${false_ones[@]}"; do expect 1 $i "$body"; i=$((i + 1)); done
expect 1 -1 "set-up that fails"
expect 1 -2 "tear-down that fails"
expect $i -3 "group set-up that fails"
expect 1 -4 "group tear-down that fails"
echo "$ran cases"
[ "$ran" = $((${#true_ones[@]} + ${#false_ones[@]} + 4)) ]
