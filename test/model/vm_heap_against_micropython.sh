#!/bin/sh
# chip/vm_heap.c against MicroPython's own py/gc.c, compiled -m32 with the chips' 16-byte blocks: one random program of 10^6 operations on
# each, and every line of the two traces, addresses included, must be the same. Our model runs in 32 and in 64 bits.
# In: BUILD; TONEARM_MICROPYTHON_SRC (see tools/fetch-micropython.sh); SEED, printed. Exit code 0 only if all of it ran and agreed.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build}
work=$build/vm_heap
seed=${SEED:-20250512}
operations=1000000
here=test/model/micropython_gc
cc=${CC:-gcc}

fail() { echo "vm_heap_against_micropython: $*" >&2; exit 1; }

mkdir -p "$work/genhdr"
source=$(tools/fetch-micropython.sh "$build/deps/micropython") || fail "MicroPython's source is not there"

# What MicroPython's build would generate; nothing here needs more of it than these names.
: >"$work/genhdr/root_pointers.h"
: >"$work/genhdr/moduledefs.h"
: >"$work/mphalport.h"
cat >"$work/genhdr/qstrdefs.generated.h" <<'END'
QDEF0(MP_QSTRnull, 0, 0, "")
QDEF0(MP_QSTR_, 0, 0, "")
QDEF0(MP_QSTR___del__, 0, 7, "__del__")
END

common="-O2 -g -std=gnu11 -Wall -Wextra -Werror -I$here"
$cc -m32 $common -isystem "$source" -isystem "$work" -ffunction-sections -Wl,--gc-sections -Wno-unused-parameter \
    "$here/theirs.c" "$source/py/gc.c" -o "$work/theirs" || fail "py/gc.c does not compile -m32 (Debian package gcc-multilib)"
for bits in 32 64; do
    $cc -m$bits $common -Iinclude -I. "$here/ours.c" chip/vm_heap.c src/mem/memory.c src/mem/status.c -o "$work/ours$bits" ||
        fail "our model does not compile -m$bits"
done

echo "seed $seed, $operations operations"
"$work/theirs" "$operations" "$seed" >"$work/theirs.trace" 2>"$work/theirs.counts" || fail "py/gc.c failed"
lines=$(wc -l <"$work/theirs.trace")
[ "$lines" -gt $((operations / 2)) ] || fail "the trace has only $lines lines"
cat "$work/theirs.counts"
# Every kind of operation has to have come up often, or the comparison says little.
awk '{ for (i = 2; i <= NF; i += 2) if ($i < 1000) exit 1 }' "$work/theirs.counts" || fail "an operation hardly ever came up"
for bits in 32 64; do
    "$work/ours$bits" "$operations" "$seed" >"$work/ours$bits.trace" 2>"$work/ours$bits.counts" || fail "our model failed, $bits bits"
    cmp "$work/theirs.trace" "$work/ours$bits.trace" ||
        fail "the traces part; see: diff $work/theirs.trace $work/ours$bits.trace | head"
    cmp "$work/theirs.counts" "$work/ours$bits.counts" || fail "the counts part, $bits bits"
done
sha=$(sha256sum <"$work/theirs.trace" | cut -c1-16)
rm -f "$work/theirs.trace" "$work/ours32.trace" "$work/ours64.trace"
echo "same trace, same addresses: $lines lines, sha256 $sha..., our model in 32 and in 64 bits"
