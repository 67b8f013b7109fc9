#!/bin/sh
# An echo's inner loop on an emulated Cortex-M0+, the assembly against the portable one: echo.mjs.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}
. test/support/arm/build.sh
arm_need node nodejs

arm_object m0plus "$work/equal.o" test/arm/echo_equal.c
arm_object m0plus "$work/samples.o" src/source/fx_echo_samples.c
arm_object m0plus "$work/m0plus.o" src/source/fx_echo_m0plus.c
arm_object m0plus "$work/portable.o" src/source/fx_echo_samples.c -DTA_CFG_TUNED=0
"${arm_prefix}objcopy" --redefine-sym ta_echo_samples=portable_echo_samples "$work/portable.o"
arm_image m0plus "$work/echo.elf" "$work"/*.o -specs=nano.specs
"${arm_prefix}nm" "$work/echo.elf" | grep -q ' ta_echo_dry_m0plus$' || {
    echo "m0plus_echo: the assembly is not in the image" >&2
    exit 1
}
node test/arm/echo.mjs "$work/echo.elf"
