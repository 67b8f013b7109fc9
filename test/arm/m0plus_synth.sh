#!/bin/sh
# The synthesizer's loops and the biquad's on an emulated Cortex-M0+, the variants against the portable ones: synth.mjs.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}
. test/support/arm/build.sh
arm_need node nodejs

for source in test/arm/synth_equal.c src/source/synth_kernel.c src/source/synth_m0plus.c src/source/biquad.c src/source/biquad_m0plus.c src/source/control.c; do
    arm_object m0plus "$work/$(basename "$source" .c).o" "$source"
done
arm_object m0plus "$work/portable.o" src/source/biquad.c -DTA_CFG_TUNED=0 -Dta_biquad_run=portable_biquad_run -Dta_biquad_init=portable_biquad_init \
    -Dta_biquad_tick=portable_biquad_tick -Dta_biquad_run_design=portable_biquad_run_design
arm_image m0plus "$work/synth.elf" "$work"/*.o -specs=nano.specs
node test/arm/synth.mjs "$work/synth.elf"
