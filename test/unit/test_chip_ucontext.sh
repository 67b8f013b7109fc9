#!/bin/sh
# The second core with swapcontext in place of our own change of stacks, as on processors other than x86: the same test.
set -eu
work=${TMPDIR:?}
build=${BUILD:-build}
gcc -std=gnu11 -Wall -Wextra -Werror -O2 -g -DCHIP_SWITCH_UCONTEXT -Iinclude -I. -Ichip/include -c chip/coroutine.c \
    -o "$work/coroutine.o"
if nm "$work/coroutine.o" | grep -q chip_change_stack || ! nm "$work/coroutine.o" | grep -q swapcontext; then
    echo "chip/coroutine.c does not use swapcontext"
    exit 1
fi
# The library's own coroutine.o stays out, for what it defines is there already.
gcc "$build/obj/test/unit/test_chip_core1.o" "$build"/obj/test/support/*.o "$work/coroutine.o" "$build/libtonearm.a" \
    -o "$work/test_chip_core1" -lcmocka -lm -lpthread -ldl
"$work/test_chip_core1"
