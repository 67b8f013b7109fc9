#!/bin/sh
# TLSF decides the same on every processor: the heap workload's counts, fill and a digest of where every block lay, for eight
# seeds, must be equal in 32 and 64 bits, with two compilers, and with Cortex-M0+'s way to find a bit.
# Out: the lines, once. Exit code 0 only if all of it ran and agreed.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}

fail() { echo "tlsf_everywhere: $*" >&2; exit 1; }

variants=0
for compiler in gcc clang; do
    command -v $compiler >/dev/null || fail "$compiler is missing (Debian package $compiler)"
    for options in -m64 -m32 "-m32 -Os -DTA_CFG_TLSF_CTZ=0" "-m64 -O0 -DTA_CFG_TLSF_CTZ=0 -DTA_RELEASE"; do
        # shellcheck disable=SC2086
        $compiler -O2 $options -std=gnu11 -Iinclude -I. bench/heap.c src/mem/*.c -o "$work/heap" ||
            fail "$compiler $options does not compile (32 bits: Debian package gcc-multilib)"
        "$work/heap" >"$work/now" || fail "$compiler $options: the heap is damaged"
        [ -e "$work/first" ] || cp "$work/now" "$work/first"
        cmp "$work/first" "$work/now" || fail "$compiler $options decides otherwise"
        variants=$((variants + 1))
    done
done
cat "$work/first"
[ "$(wc -l <"$work/first")" -eq 8 ] || fail "not eight seeds"
[ "$variants" -eq 8 ] || fail "only $variants variants"
echo "the same in $variants variants"
