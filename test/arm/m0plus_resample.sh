#!/bin/sh
# The resampler's sums on an emulated Cortex-M0+, this processor's against the portable ones: resamples.mjs.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}
. test/support/arm/build.sh
arm_need node nodejs

arm_object m0plus "$work/resamples.o" test/arm/resamples.c
for source in resample_table resample_kernels resample_m0plus; do
    arm_object m0plus "$work/$source.o" "src/source/$source.c"
done
arm_image m0plus "$work/resamples.elf" "$work"/*.o -specs=nano.specs
node test/arm/resamples.mjs "$work/resamples.elf"
