#!/bin/sh
# W59: kilobytes of stack in the synthesizer's callback. No function of the sources here has more than 200 bytes of stack, on a Cortex-M0+ and on this machine: what is long lies in memory that was asked for.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}
. test/support/arm/build.sh
LIMIT=200
functions=0
for source in src/source/control*.c src/source/biquad*.c src/source/synth*.c src/source/midi*.c; do
    object=$work/$(basename "$source" .c).o
    arm_object m0plus "$object" "$source" -fstack-usage "-Wframe-larger-than=$LIMIT" -Wvla
    "${CC:-gcc}" -std=gnu11 -O2 -Iinclude -I. -Wall -Wextra -Werror "-Wframe-larger-than=$LIMIT" -Wvla -c "$source" -o "$work/here.o"
    functions=$((functions + $(wc -l <"${object%.o}.su")))
done
sort -t"$(printf '\t')" -k2 -n -r "$work"/*.su | head -5
echo "w59: $functions functions"
[ "$functions" -gt 80 ]
