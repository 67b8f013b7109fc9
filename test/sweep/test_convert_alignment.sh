#!/bin/sh
# The kernels read words at word addresses only: a Cortex-M0+ stops at any other, a desktop does not mind. So the sweep
# runs once more with clang's check of that promise, and then with kernels that break it, which must be found out.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}

sweep() { # kernels, program
    clang -std=gnu11 -O1 -fsanitize=alignment -fsanitize-trap=alignment -DTA_RELEASE -Iinclude -I. "$1" \
        src/convert/format.c test/support/convert_reference.c test/sweep/test_convert.c -o "$2" -lcmocka -lm
    "$2" >"$2.log" 2>&1
}

sweep src/convert/kernels.c "$work/right" || {
    cat "$work/right.log"
    echo "a kernel reads or writes a word at an odd address"
    exit 1
}
ran=$(grep -c '^\[       OK' "$work/right.log")
[ "$ran" -ge 4 ]

mkdir -p "$work/convert"
cp src/convert/kernels.c src/convert/*.h "$work/convert"
sed 's/(((uintptr_t)from & 3) == 0)/(((uintptr_t)from \& 1) == 0)/' src/convert/kernel.h >"$work/convert/kernel.h"
if cmp -s src/convert/kernel.h "$work/convert/kernel.h"; then
    echo "the line that this test breaks is no longer there"
    exit 1
fi
if sweep "$work/convert/kernels.c" "$work/wrong" 2>/dev/null; then
    echo "kernels that read words at odd addresses were not found out"
    exit 1
fi
[ -x "$work/wrong" ] || {
    echo "the broken kernels do not compile, so they prove nothing"
    exit 1
}
echo "$ran tests: words at word addresses, and words elsewhere are found out"
