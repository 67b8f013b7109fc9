#!/bin/sh
# What an I2S output costs on both chips: cycles of its interrupts (RP2040 by rp2040js, RP2350's instructions by qemu), bytes of RAM, code and
# stack, against bench/output.budget, the design's goals and the table in docs/figures.md and README.md.
#
# In: the images of `tools/firmware.sh -DTONEARM_PROBES=ON`. Out: the table, and a line for each complaint; exit code 1 if there is one.
# --write writes the table; --budget prints budgets as measured and 2 %, for a reviewed edit.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. test/support/arm/build.sh
arm_need node nodejs
arm_need qemu-system-arm qemu-system-arm

mkdir "$work/m33"
for source in src/ring/*.c src/convert/*.c src/source/source.c src/source/raw.c src/mem/status.c; do
    arm_object m33 "$work/m33/$(basename "$source" .c).o" "$source"
done
arm_object m33 "$work/m33/main.o" bench/output/m33.c
arm_object m33 "$work/m33/start.o" test/support/arm/m33_start.c
arm_image m33 "$work/m33.elf" "$work"/m33/*.o -Wl,--gc-sections

for chip in rp2040 rp2350; do
    board=pico
    [ $chip = rp2040 ] || board=pico2
    images=$build/firmware/$board
    [ -f "$images/probes/feed.elf" ] || {
        echo "$images/probes/feed.elf is missing: tools/firmware.sh -DTONEARM_PROBES=ON" >&2
        exit 1
    }
    {
        node bench/output/sizes.mjs "$images/probes/feed.map"
        node bench/output/stack.mjs "$images/tree" .
    } >"$work/$chip.txt"
done
node bench/output/cycles.mjs "$build/firmware/pico/probes/feed.elf" >>"$work/rp2040.txt"
arm_qemu "$work/m33.elf" -icount shift=7 >>"$work/rp2350.txt"
case ${1:-} in
--write) node bench/output/report.mjs "$work" write ;;
--budget) node bench/output/report.mjs "$work" budgets ;;
'') node bench/output/report.mjs "$work" check ;;
*) echo "usage: bench/output.sh [--write | --budget]" >&2 && exit 2 ;;
esac
