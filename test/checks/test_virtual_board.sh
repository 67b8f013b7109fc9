#!/usr/bin/env bash
# One's own program on the virtual chip: TONEARM_BOARD chooses the board, a board that does not exist is told with those that do,
# and a program that has not powered the chip up is told how to.
# In: BUILD, with libtonearm.a in it; README.md. Out: what the programs said.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=test/checks/consumer.sh
. test/checks/consumer.sh
work=${TMPDIR:?}
build=${BUILD:-build}
compile() { # source, program
    gcc -std=gnu11 -Iinclude -I. -Ichip/include "$1" "$build/libtonearm.a" -lm -lpthread -ldl -o "$2"
}
said() { # program, words that it must say on stderr, in one line; it must fail
    if "$@" 2>"$work/said" >"$work/out"; then
        echo "it ran, and should not have" && return 1
    fi
    cat "$work/said"
    [ "$(wc -l <"$work/said")" = 1 ]
}

cat >"$work/where.c" <<'END'
#include "chip/chip.h"
#include "tonearm/tonearm.h"
#include <stdio.h>
TA_STATIC_SRAM(memory, 1024);
int main(void)
{
    return printf("%s %lu\n", chip_board()->name, (unsigned long)chip_board()->system_hz) < 0 || !memory;
}
END
compile "$work/where.c" "$work/where"
boards=$("$build/tonearm" boards --json | sed -n 's/.*"board":[[:space:]]*"\([^"]*\)".*/\1/p')
[ "$(echo "$boards" | wc -l)" -ge 4 ]
for board in $boards; do
    TONEARM_BOARD=$board "$work/where" | tee "$work/out"
    grep -q "^$board 1[25][05]000000$" "$work/out"
done
for nothing in "env -u TONEARM_BOARD" "env TONEARM_BOARD="; do
    $nothing "$work/where" | grep -qx "pico 125000000"
done

echo "== a board that does not exist =="
said env TONEARM_BOARD=pico3 "$work/where"
# shellcheck disable=SC2086
grep -qxF "TONEARM_BOARD is \"pico3\": there is no such board; there are $(echo $boards | sed 's/ /, /g')" "$work/said"

echo "== memory that is no SRAM of the chip, and no chip =="
readme_program "$work/program.c"
sed -i 's/^TA_STATIC_SRAM(memory, MEMORY_BYTES);/static uint8_t memory[MEMORY_BYTES];/' "$work/program.c"
grep -q '^static uint8_t memory' "$work/program.c"
compile "$work/program.c" "$work/program"
ulimit -c 0
said "$work/program"
grep -q "is not powered up: call chip_boot(), or take DMA memory with TA_STATIC_SRAM, which does$" "$work/said"

echo "== it is written down =="
for page in README.md docs/tonearm.1; do
    grep -q TONEARM_BOARD "$page" || { echo "$page does not name TONEARM_BOARD" && exit 1; }
done
