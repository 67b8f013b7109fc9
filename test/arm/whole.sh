#!/bin/sh
# Each effect, the mixer, the synthesizer and resamplers as a whole, by one script of parameters: on the desktop, on an emulated Cortex-M0+ and on a Cortex-M33, these two with
# their own kernels. All frames must be the same, to the bit: numbers that are not whole ones are 32 bits everywhere, and no product is contracted into a sum.
#
# Out: how many cases are equal; a line for each that is not, and exit code 1.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}
. test/support/arm/build.sh
arm_need node nodejs
arm_need qemu-system-arm qemu-system-arm

sources="test/arm/whole.c src/convert/*.c src/mem/status.c src/source/biquad*.c src/source/control*.c src/source/fx*.c src/source/guard.c src/source/intake.c
    src/source/mixer*.c src/source/raw.c src/source/resample*.c src/source/source.c src/source/synth*.c"
# shellcheck disable=SC2086
"${CC:-gcc}" -std=gnu11 -O0 -ffp-contract=off -DTA_CFG_REAL_FLOAT=1 -Wall -Wextra -Werror -Iinclude -I. test/arm/whole_main.c $sources -o "$work/whole" -lm
for core in m0plus m33; do
    mkdir -p "$work/$core"
    for source in $sources; do
        arm_object $core "$work/$core/$(basename "$source" .c).o" "$source" -ffp-contract=off -g0
    done
done
arm_object m33 "$work/m33/main.o" test/arm/whole_main.c
arm_object m33 "$work/m33/start.o" test/support/arm/m33_start.c
arm_image m0plus "$work/m0plus.elf" "$work"/m0plus/*.o -Wl,--gc-sections,-e,whole_run,-u,whole_run,-u,whole_name -specs=nano.specs -lm
arm_image m33 "$work/m33.elf" "$work"/m33/*.o -lm -Wl,--gc-sections
for symbol in ta_echo_dry_m0plus ta_m0plus_resample_line_stereo ta_m0plus_osc_add_stereo ta_mix_finish_turns; do
    "${arm_prefix}nm" "$work/m0plus.elf" | grep -q " $symbol\$" || {
        echo "whole: $symbol, of this processor alone, is not in the image" >&2
        exit 1
    }
done

"$work/whole" >"$work/desktop.txt"
node test/arm/whole.mjs "$work/m0plus.elf" >"$work/m0plus.txt"
arm_qemu "$work/m33.elf" >"$work/m33.txt"
awk -v work="$work" '
function name(    n) { n = $0; sub(/^([^ ]* ){3}/, "", n); return n }
function bad(text) { print "whole: " text; wrong++ }
{ order[++cases] = name(); line[name()] = $0; if (seen[$1]++) bad(name() " sounds as another one") }
$1 == "00000000" || $2 < 1000 || $3 < 8000 { bad(name() " does not play: " $0) }
END {
    for (core = 1; core <= 2; core++) {
        file = work (core == 1 ? "/m0plus.txt" : "/m33.txt"); count = 0
        while ((getline < file) > 0) { count++; if ($0 != line[name()]) bad(name() (core == 1 ? ", M0+: " : ", M33: ") $0 ", on the desktop " line[name()]) }
        if (count != cases) bad(file ": " count " cases of " cases)
    }
    if (cases < 42) bad("only " cases " cases")
    print "whole: " cases " sources, frames of three processors, " wrong + 0 " differ"
    exit wrong > 0
}' "$work/desktop.txt"
