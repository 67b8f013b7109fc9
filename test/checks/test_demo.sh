#!/usr/bin/env bash
# `make demo` plays both recordings and leaves what the README says; what it prints is what the README shows, but for the meter and
# the speed, which differ from run to run.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=${TMPDIR:?}
build=${BUILD:-build}
rm -f "$build/demo.wav"
make --no-print-directory BUILD="$build" demo </dev/null >"$work/said" 2>&1 || {
    cat "$work/said"
    exit 1
}
shown() { # without what differs from run to run, and spaces at the ends of lines
    sed -e 's/ *$//' -e "s,$build/,build/,g" | grep -v -e ' ahead, ' -e '^  speed '
}
awk '/^`make demo` / { seen = 1 } seen && /^```text$/ { on = 1; next } on && /^```$/ { exit } on' README.md | shown >"$work/readme"
awk '/^\$ .*demo-strings.wav/ { on = 1 } on && /^  claims / { print; exit } on' "$work/said" | shown >"$work/printed"
[ "$(wc -l <"$work/readme")" -ge 20 ]
diff -u "$work/readme" "$work/printed"
grep -q 'Front_Center.wav' "$work/said"
frames=$("$build/tonearm" info "$build/demo.wav" --json | jq .source.frames)
out=$(sed -n 's/^  played .* \([0-9,]*\) out:.*/\1/p' "$work/printed" | tr -d ,)
echo "build/demo.wav has $frames frames, the report says $out"
[ -n "$out" ] && [ "$frames" = "$out" ]
