#!/bin/sh
# W59: kilobytes of stack in the callback. No function of the sources has more than 200 bytes of stack on a Cortex-M0+: what is long lies in memory that was asked for. Two functions have more, which only the task calls.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}
. test/support/arm/build.sh
for source in src/source/*.c; do
    arm_object m0plus "$work/$(basename "$source" .c).o" "$source" -fstack-usage -Wvla
done
cat "$work"/*.su | sort -t"$(printf '\t')" -k2 -n -r >"$work/all"
head -5 "$work/all"
awk -F'\t' 'BEGIN { limit["ta_multitap_set_taps"] = 560; limit["ta_wav_header_read"] = 400 }
    { parts = split($1, name, ":"); most = name[parts] in limit ? limit[name[parts]] : 200 }
    $2 > most || $3 != "static" { print "w59: " $1 " has " $2 " bytes (" $3 "), which is more than " most; bad = 1 }
    END { print "w59: " NR " functions"; exit bad || NR < 380 }' "$work/all"
