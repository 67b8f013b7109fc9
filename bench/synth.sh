#!/bin/sh
# Cycles on a Cortex-M0+ (rp2040js) and instructions on a Cortex-M33 (qemu) of the synthesizer, a frame and a note, against bench/synth.budget and the design's goals.
#
# Out: a line for each figure, and for each complaint; exit code 1 if there is one. --budget prints the file as measured and 2 %, for a reviewed edit.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. test/support/arm/build.sh
arm_need node nodejs
arm_need qemu-system-arm qemu-system-arm

for core in m0plus m33; do
    mkdir "$work/$core"
    for source in bench/arm/synth_jobs.c src/source/control*.c src/source/biquad*.c src/source/synth*.c src/source/guard.c src/source/source.c src/convert/format.c src/mem/status.c; do
        arm_object $core "$work/$core/$(basename "$source" .c).o" "$source"
    done
done
arm_object m33 "$work/m33/main.o" bench/arm/synth_m33.c
arm_object m33 "$work/m33/start.o" test/support/arm/m33_start.c
arm_image m0plus "$work/m0plus.elf" "$work"/m0plus/*.o -specs=nano.specs -lm
arm_image m33 "$work/m33.elf" "$work"/m33/*.o -lm -Wl,--gc-sections
arm_qemu "$work/m33.elf" -icount shift=7 >"$work/m33.txt"
set -- "${1:-check}"
case $1 in
check | --write) node bench/arm/synth.mjs "$work/m0plus.elf" "$work/m33.txt" bench/synth.budget "${1#--}" ;;
--budget) node bench/arm/synth.mjs "$work/m0plus.elf" "$work/m33.txt" bench/synth.budget budget ;;
*) echo "usage: bench/synth.sh [--budget | --write]" >&2 && exit 2 ;;
esac
