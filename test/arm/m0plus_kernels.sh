#!/bin/sh
# The conversion kernels on an emulated Cortex-M0+, variants against portable ones against the definition: kernels.mjs.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}
. test/support/arm/build.sh
arm_need node nodejs

arm_object m0plus "$work/buffers.o" test/arm/buffers.c
arm_object m0plus "$work/kernels.o" src/convert/kernels.c
arm_object m0plus "$work/tuned.o" src/convert/tuned_m0plus.c
arm_object m0plus "$work/portable.o" src/convert/kernels.c -DTA_CFG_TUNED=0 -Dta_convert_kernel=portable_convert_kernel
arm_image m0plus "$work/kernels.elf" "$work"/*.o -specs=nano.specs
node test/arm/kernels.mjs "$work/kernels.elf"
