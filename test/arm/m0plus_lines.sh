#!/bin/sh
# The loops of Freeverb's lines on an emulated Cortex-M0+, the variants against the portable ones: lines.mjs.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}
. test/support/arm/build.sh
arm_need node nodejs

arm_object m0plus "$work/test.o" test/arm/lines.c
arm_object m0plus "$work/portable.o" src/source/fx_lines.c
arm_object m0plus "$work/variants.o" src/source/fx_lines_m0plus.c
arm_image m0plus "$work/lines.elf" "$work/test.o" "$work/portable.o" "$work/variants.o" -specs=nano.specs
node test/arm/lines.mjs "$work/lines.elf"
