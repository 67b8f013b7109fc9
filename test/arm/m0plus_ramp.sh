#!/bin/sh
# The falls of tails on an emulated Cortex-M0+, the variant against the portable one against the definition: ramp.mjs.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}
. test/support/arm/build.sh
arm_need node nodejs

arm_object m0plus "$work/buffers.o" test/arm/buffers.c
arm_object m0plus "$work/format.o" src/convert/format.c
arm_object m0plus "$work/ramp.o" src/ring/ramp.c
arm_object m0plus "$work/ramp_m0plus.o" src/ring/ramp_m0plus.c
arm_object m0plus "$work/portable.o" src/ring/ramp.c -DTA_CFG_TUNED=0
"${arm_prefix}objcopy" --redefine-sym ta_ramp_tail=portable_ramp_tail --keep-global-symbol=portable_ramp_tail "$work/portable.o"
arm_image m0plus "$work/ramp.elf" "$work"/*.o -specs=nano.specs
node test/arm/ramp.mjs "$work/ramp.elf"
