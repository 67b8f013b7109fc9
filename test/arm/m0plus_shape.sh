#!/bin/sh
# The general path on an emulated Cortex-M0+, its stages against the portable ones: shape.mjs.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}
. test/support/arm/build.sh
arm_need node nodejs

renamed="-DTA_CFG_TUNED=0 -Dta_convert_kernel=portable_convert_kernel -Dta_shape_run=portable_shape_run -Dta_pwm_run=portable_pwm_run"
others="-Dta_shape_init=portable_shape_init -Dta_shape_set_pwm=portable_shape_set_pwm -Dta_shape_set_gain=portable_shape_set_gain
    -Dta_shape_is_identity=portable_shape_is_identity -Dta_pwm_reset=portable_pwm_reset -Dta_pwm_reads=portable_pwm_reads"
for source in test/arm/buffers.c test/arm/shapes.c src/convert/format.c src/mem/status.c src/convert/kernels.c src/convert/tuned_m0plus.c \
    src/convert/shape.c src/convert/stages_m0plus.c src/convert/pwm.c; do
    arm_object m0plus "$work/$(basename "$source" .c).o" "$source"
done
for source in kernels shape pwm; do
    # shellcheck disable=SC2086
    arm_object m0plus "$work/portable_$source.o" "src/convert/$source.c" $renamed $others
done
arm_image m0plus "$work/shape.elf" "$work"/*.o -specs=nano.specs
node test/arm/shape.mjs "$work/shape.elf"
