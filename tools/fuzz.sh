#!/usr/bin/env bash
# libFuzzer on the WAV reader, MIDI files, and the calls of every family of sources. Builds test/fuzz/*.c with clang's fuzzer, ASan and UBSan, then
#   fuzz.sh run SECONDS   searches from the corpus in test/fuzz/corpus/NAME; new finds stay in BUILD/fuzz
#   fuzz.sh replay        runs every corpus file, and every input that once failed, through each target
# In: BUILD. Out: exit code 0 only if something ran and nothing was found.
set -euo pipefail
cd "$(dirname "$0")/.."
what=$1
build=${BUILD:-build}
command -v clang >/dev/null || {
    echo "fuzz: clang is missing (Debian's clang and libclang-rt-dev)" >&2
    exit 1
}
sanitize="-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all"
objects="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all"
make --no-print-directory -j2 LIB_SRC="$(echo src/mem/*.c src/source/*.c src/convert/*.c)" CHIP_SRC= CC=clang BUILD="$build/fuzz" MINIAUDIO_DIR= CFLAGS="-O1 -g" EXTRA_CFLAGS="$objects" "$build/fuzz/libtonearm.a"

ran=0
for source in test/fuzz/*.c; do
    name=$(basename "$source" .c)
    target=$build/fuzz/$name
    # shellcheck disable=SC2086
    clang -std=gnu11 -O1 -g $sanitize -Iinclude -I. -Ichip/include "$source" "$build/fuzz/libtonearm.a" -lm -lpthread -ldl -o "$target"
    corpus=test/fuzz/corpus/${name#fuzz_}
    [ -d "$corpus" ] || corpus=test/fuzz/corpus
    files=$(find "$corpus" -type f | wc -l)
    [ "$files" -gt 0 ] || {
        echo "fuzz: $corpus is empty" >&2
        exit 1
    }
    if [ "$what" = run ]; then
        mkdir -p "$build/fuzz/found-$name"
        echo "$name: ${2:-60} s from $files files; finds in $build/fuzz/found-$name, failures in $build/fuzz"
        "$target" -max_total_time="${2:-60}" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -verbosity=0 \
            -artifact_prefix="$build/fuzz/" "$build/fuzz/found-$name" "$corpus" >"$build/fuzz/$name.log" 2>&1 || {
            tail -n 60 "$build/fuzz/$name.log"
            exit 1
        }
        grep '^stat::' "$build/fuzz/$name.log"
    else
        find "$corpus" -type f -print0 | xargs -0 "$target" -timeout=10 -rss_limit_mb=1024 >"$build/fuzz/$name.log" 2>&1 || {
            tail -n 40 "$build/fuzz/$name.log"
            exit 1
        }
        replayed=$(grep -c '^Executed ' "$build/fuzz/$name.log")
        echo "$name: $replayed of $files corpus files replayed"
        [ "$replayed" = "$files" ] || exit 1
    fi
    ran=$((ran + 1))
done
[ "$ran" -gt 0 ]
