#!/usr/bin/env bash
# The sources that one thread fills and another plays, under the thread sanitizer: a frame that is published before it is written,
# or given back while it is lent, is a data race that the programs alone see only by luck.
# In: BUILD. Out: the programs' own reports; exit code 0 if all passed and the sanitizer was silent.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build}/threads-tsan
mkdir -p "$build"
for name in push raw; do
    "${CC:-gcc}" -std=gnu11 -g -O1 -Wall -Wextra -fsanitize=thread -Iinclude -I. "test/unit/test_$name.c" src/source/$name.c \
        src/source/source.c src/convert/format.c src/mem/status.c -o "$build/$name" -lcmocka -lpthread
    TSAN_OPTIONS="halt_on_error=1 exitcode=66" "$build/$name"
done
