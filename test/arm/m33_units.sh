#!/bin/bash
# Unit tests as programs for a Cortex-M33, in qemu: the kernels against their definition and against the portable ones, TLSF,
# the ring and its model, the mixer and its model. cmocka's place is taken by the stand-in of the 32-bit tests.
#
# Left out, because they take minutes in an emulator and say nothing about a processor: statistics of noise, all but one
# of the enumerations of the ring's model, of which every fifth delay is run, and the mixer's table of formats. Every test that is left out
# prints a line, and they are counted below.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}
. test/support/arm/build.sh
arm_need qemu-system-arm qemu-system-arm

mkdir -p "$work/lib" "$work/portable" "$work/support"
for source in src/mem/*.c src/convert/*.c src/ring/*.c src/source/{source,raw,push,intake,control,mixer*,guard,resample*}.c; do
    arm_object m33 "$work/lib/$(basename "$source" .c).o" "$source"
done
renames=()
for name in convert_kernel shape_run pwm_run pwm_reset pwm_reads shape_init shape_set_pwm shape_set_gain shape_is_identity; do
    renames+=("-Dta_$name=portable_$name")
done
for source in kernels shape pwm; do
    arm_object m33 "$work/portable/$source.o" "src/convert/$source.c" -DTA_CFG_TUNED=0 "${renames[@]}"
done
arm_object m33 "$work/portable/mixer_kernels.o" src/source/mixer_kernels.c -DTA_CFG_TUNED=0
"${arm_prefix}objcopy" --redefine-syms=test/arm/portable_mix.syms "$work/portable/mixer_kernels.o"
arm_object m33 "$work/support/mixes.o" test/arm/mixes.c
# newlib's uint32_t is a long: as wide as an int, but other letters in a format.
test_options=(-Itest/support/m32 -Wno-format)
for source in convert_reference ring_feed ring_walker heard output_rig test_stream scene spectrum; do
    arm_object m33 "$work/support/$source.o" "test/support/$source.c" "${test_options[@]}"
done
arm_object m33 "$work/start.o" test/support/arm/m33_start.c

programs=0 tests=0 left_out=0
run() { # test, names left out, other options...
    name=$(basename "$1")
    arm_object m33 "$work/$name.o" "test/$1.c" "${test_options[@]}" "-DCMOCKA32_LEFT_OUT=\"$2\"" "${@:3}"
    arm_image m33 "$work/$name.elf" "$work/$name.o" "$work/start.o" "$work"/{support,lib,portable}/*.o -lm -Wl,--gc-sections
    code=0
    arm_qemu "$work/$name.elf" >"$work/$name.log" 2>&1 || code=$?
    grep -v '^\[ RUN' "$work/$name.log"
    passed=$(grep -c '^\[       OK' "$work/$name.log" || true)
    if [ $code -ne 0 ] || [ "$passed" -eq 0 ] || grep -q '^\[  FAILED' "$work/$name.log"; then
        echo "m33_units: $1 failed, exit code $code"
        exit 1
    fi
    programs=$((programs + 1))
    tests=$((tests + passed))
    left_out=$((left_out + $(grep -c '^\[ LEFT OUT' "$work/$name.log" || true)))
}

run arm/m33_equal ""
run arm/m33_mixes ""
run sweep/test_convert "" -DTEST_RANDOM_VALUES=4000
run sweep/test_float ""
run sweep/test_shape "test_dither_is_triangular_and_white"
run sweep/test_pwm "test_noise_is_what_theory_says test_quiet_passages_survive test_tones_of_held_samples"
run unit/test_format ""
run unit/test_tlsf ""
run unit/test_tlsf_tables ""
run unit/test_memory ""
run unit/test_ring ""
run unit/test_ramp ""
run unit/test_output ""
run unit/test_control ""
run unit/test_intake "test_w13_what_is_not_held_is_not_touched_by_the_other_core"
run unit/test_mixer ""
run model/test_mixer_model "test_every_format_level_and_panning" -DTEST_TURNS=30
run model/test_tlsf_model ""
run model/test_ring_model "test_single_publish test_single_lent test_single_pause test_single_late test_single_stop test_single_follow \
test_single_wait test_pairs_publish test_pairs_pause test_walks" -DTEST_SLICE=5
echo "m33_units: $tests tests of $programs programs passed, $left_out left out"
[ "$programs" -eq 19 ] && [ "$left_out" -eq 16 ] && [ "$tests" -ge 100 ]
