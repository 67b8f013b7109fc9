#!/bin/sh
# Cycles on a Cortex-M0+ (rp2040js) and instructions on a Cortex-M33 (qemu) of conversions and the heap, against
# bench/m0plus.budget and bench/m33.budget, the design's goals and docs/figures.md.
#
# Out: the page, and a line for each complaint; exit code 1 if there is one. --write writes docs/figures.md; --budget prints
# budgets as measured and 2 %, for a reviewed edit. ARM_OPTIONS (-O2) compiles otherwise, for looking, not for the page.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. test/support/arm/build.sh
arm_need node nodejs
arm_need qemu-system-arm qemu-system-arm
[ -x "$build/bench/heap" ] || make -s BUILD="$build" "$build/bench/heap"

graph="src/source/mixer*.c src/source/guard.c src/source/resample*.c src/source/intake.c src/source/control.c src/source/raw.c src/source/source.c"
sources="bench/arm/jobs.c bench/arm/mix_jobs.c bench/arm/resample_jobs.c bench/arm/wav_jobs.c bench/arm/heap_jobs.c $graph src/source/stream.c src/source/wav.c src/source/wav_fmt.c src/source/wav_header.c src/convert/*.c src/mem/status.c src/mem/tlsf*.c"
for core in m0plus m33; do
    mkdir "$work/$core"
    for source in $sources; do
        arm_object $core "$work/$core/$(basename "$source" .c).o" "$source"
    done
done
arm_object m33 "$work/m33/main.o" bench/arm/m33.c
arm_object m33 "$work/m33/start.o" test/support/arm/m33_start.c
arm_image m0plus "$work/m0plus.elf" "$work"/m0plus/*.o -specs=nano.specs -Wl,--gc-sections,-e,bench_run,-u,bench_job,-u,bench_nothing
arm_image m0plus "$work/heap.elf" "$work"/m0plus/*.o -specs=nano.specs -Wl,--gc-sections,-e,bench_heap
arm_image m33 "$work/m33.elf" "$work"/m33/*.o -Wl,--gc-sections,--wrap=ta_tlsf_malloc,--wrap=ta_tlsf_free

node bench/arm/m0plus.mjs "$work/m0plus.elf" "$work/heap.elf" >"$work/m0plus.txt"
arm_qemu "$work/m33.elf" -icount shift=7 >"$work/m33.txt"
"$build/bench/heap" >"$work/heap.txt"
case ${1:-} in
--write) node bench/arm/report.mjs "$work" write ;;
--budget) node bench/arm/report.mjs "$work" budgets ;;
'') node bench/arm/report.mjs "$work" check ;;
*) echo "usage: bench/arm.sh [--write | --budget]" >&2 && exit 2 ;;
esac
