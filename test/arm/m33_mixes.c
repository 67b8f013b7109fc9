// mixes.c on a Cortex-M33: every kernel, gain and value.
#include "mixes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_mixing_equals_the_portable_one(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < MIX_KERNELS * MIX_GAINS; way++) {
        assert_int_equal(mixes_lengths(way / MIX_GAINS, way % MIX_GAINS), 0);
        for (uint32_t first = 0; first < 65536; first += MIX_CHUNK) {
            assert_int_equal(mixes_values(way / MIX_GAINS, way % MIX_GAINS, first), 0);
        }
    }
    for (uint32_t turn = 0; turn < MIX_FINISHES; turn++) {
        assert_int_equal(mixes_finish(turn), 0);
    }
    print_message("mixes: %lu frames\n", (unsigned long)mixes_compared());
    assert_true(mixes_compared() > MIX_KERNELS * MIX_GAINS * 65536UL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mixing_equals_the_portable_one),
    };
    return cmocka_run_group_tests_name("mixes", tests, NULL, NULL);
}
