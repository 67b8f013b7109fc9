#!/usr/bin/env bash
# Builds the programs for boards and says how large they are. In: BUILD, BOARDS (default: pico pico2), JOBS, NO_DEBUG (of tools/pico_cmake.sh), options of cmake such as
# -DTONEARM_DATA_PIN=26. Out: NAME.elf, NAME.uf2 and NAME.map in BUILD/firmware/BOARD, and a table on stdout.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build}
boards=${BOARDS:-pico pico2}
mkdir -p "$build/firmware"
log=$build/firmware/log
: >"$log"
# What was chosen the last time is forgotten: plain options mean the defaults.
forget=(-U "TONEARM_*_PIN" -U TONEARM_WAVS -U TONEARM_AUTOPLAY -U TONEARM_TRACKS_OFFSET)
for board in $boards; do
    out=$build/firmware/$board
    if [ -t 1 ]; then echo "firmware for $board ..."; fi
    if ! { tools/pico_cmake.sh firmware "$out/tree" "$board" "${forget[@]}" -DTONEARM_OUT="$(mkdir -p "$out" && cd "$out" && pwd)" "$@" &&
        cmake --build "$out/tree" --parallel "${JOBS:-2}"; } >>"$log" 2>&1; then
        grep -E "error|Error|warning" "$log" | cut -c1-200 | head -n 20 >&2 || true
        rm -f "$out"/*.elf "$out"/*.uf2 # old ones must not stand in for those that could not be built
        echo "firmware for $board could not be built; whole log: $log" >&2
        exit 1
    fi
done
printf '\n%-16s %-8s %14s %12s %12s\n' program board "flash, bytes" "SRAM, bytes" "UF2, bytes"
for board in $boards; do
    for elf in "$build/firmware/$board"/*.elf; do
        # Flash: what lies there, and what is copied from there to SRAM at the start. SRAM: without heap and stacks.
        arm-none-eabi-size -A "$elf" | awk -v name="$(basename "$elf" .elf)" -v board="$board" \
            -v uf2="$(stat -c %s "${elf%.elf}.uf2")" '
            NF != 3 || $3 < 268435456 || $3 >= 1073741824 || $1 ~ /^\.(heap|stack)/ { next }
            $3 < 536870912 || $1 == ".data" || $1 ~ /^.scratch/ { flash += $2 }
            $3 >= 536870912 { sram += $2 }
            END { printf "%-16s %-8s %14d %12d %12d\n", name, board, flash, sram, uf2 }'
    done
done
