#!/bin/sh
# Cycles a frame of each effect on a Cortex-M0+ (rp2040js) and instructions on a Cortex-M33 (qemu), against bench/effects.budget.
#
# Out: a table, and a line for each complaint; exit code 1 if there is one. --budget prints budgets as measured and 2 %, for a reviewed edit.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. test/support/arm/build.sh
arm_need node nodejs
arm_need qemu-system-arm qemu-system-arm

sources="bench/arm/effects.c src/convert/*.c src/mem/status.c src/source/biquad*.c src/source/control*.c src/source/fx*.c
    src/source/intake.c src/source/raw.c src/source/source.c"
for core in m0plus m33; do
    mkdir "$work/$core"
    for source in $sources; do
        arm_object $core "$work/$core/$(basename "$source" .c).o" "$source"
    done
done
arm_object m33 "$work/m33/main.o" bench/arm/effects_m33.c
arm_object m33 "$work/m33/start.o" test/support/arm/m33_start.c
arm_image m0plus "$work/m0plus.elf" "$work"/m0plus/*.o -Wl,--gc-sections,-e,bench_run,-u,bench_job,-u,bench_nothing -specs=nano.specs
arm_image m33 "$work/m33.elf" "$work"/m33/*.o -Wl,--gc-sections

node bench/arm/effects.mjs "$work/m0plus.elf" >"$work/m0plus.txt"
arm_qemu "$work/m33.elf" -icount shift=7 >"$work/m33.txt"
node bench/arm/effects_report.mjs "$work" "${1:-}"
