#!/usr/bin/env bash
# clang, too, warns of nothing in what no build with clang compiles: the command, the examples, the firmware for the virtual chip, and
# the tests but for test/unit. They are only read, which takes a tenth of the time and gives the same warnings. At the end a seed must be told.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=${TMPDIR:?}
make --no-print-directory BUILD="$work/read" CC=clang CFLAGS=-fsyntax-only unlinked >"$work/log" 2>&1 || {
    tail -n 40 "$work/log"
    exit 1
}
count=$(grep -c '^  CC ' "$work/log")
echo "check_clang: $count files"
[ "$count" -gt 60 ]
mkdir -p "$work/seed/test/fault"
cp -r Makefile include chip cli src "$work/seed"
echo 'int seed(long long wide); int seed(long long wide) { return wide; }' >"$work/seed/test/fault/test_seed.c"
if make --no-print-directory -C "$work/seed" BUILD=read CC=clang CFLAGS=-fsyntax-only read/obj/test/fault/test_seed.o >"$work/log" 2>&1; then
    echo "check_clang: a narrowed integer in a test is not told"
    exit 1
fi
grep -q 'test_seed.c.*loses integer precision' "$work/log"
