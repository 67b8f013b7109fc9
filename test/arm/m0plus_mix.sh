#!/bin/sh
# A mixer's arithmetic on an emulated Cortex-M0+, its own parts against the portable ones, and the whole mixer over sources at any address: mix.mjs.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}
. test/support/arm/build.sh
arm_need node nodejs

for source in test/arm/mixes.c test/arm/mixer_w8.c src/source/mixer.c src/source/guard.c src/source/mixer_kernels.c src/source/mixer_m0plus.c src/source/intake.c \
    src/source/control.c src/source/raw.c src/source/source.c src/convert/kernels.c src/convert/tuned_m0plus.c src/convert/format.c src/mem/status.c; do
    arm_object m0plus "$work/$(basename "$source" .c).o" "$source"
done
arm_object m0plus "$work/portable.o" src/source/mixer_kernels.c -DTA_CFG_TUNED=0
"${arm_prefix}objcopy" --redefine-syms=test/arm/portable_mix.syms "$work/portable.o"
arm_image m0plus "$work/mix.elf" "$work"/*.o -specs=nano.specs
node test/arm/mix.mjs "$work/mix.elf"
