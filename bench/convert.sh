#!/bin/sh
# Instructions per frame of every conversion, against bench/convert.budget.
#
# Out: a table of 80 columns; ! marks what is over its budget. Exit code 1 if anything is, or if a conversion has no
# budget, or a budget no conversion. `bench/convert.sh --budget` prints budgets as measured, 5 % and 0.05 added, for a
# reviewed edit of the file.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build}
case $build in /*) ;; *) build=$root/$build ;; esac
budget=$root/bench/convert.budget

command -v valgrind >/dev/null || {
    echo "bench/convert.sh: valgrind is missing (Debian package valgrind)" >&2
    exit 1
}
[ -x "$build/bench/convert" ] || make -s -C "$root" BUILD="$build" "$build/bench/convert"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
valgrind -q --tool=callgrind --combine-dumps=yes --callgrind-out-file="$work/dumps" "$build/bench/convert" \
    >"$work/frames"
awk '$1 == "desc:" && $3 == "Client" { name = $NF } $1 == "totals:" && name != "" { print name, $2; name = "" }' \
    "$work/dumps" >"$work/totals"

if [ "${1:-}" = --budget ]; then
    grep '^#' "$budget" || true
    awk 'NR == FNR { frames[$1] = $2; next } { n = $2 / frames[$1]; printf "%s %.2f\n", $1, n * 1.05 + 0.05 }' \
        "$work/frames" "$work/totals"
    exit 0
fi

awk -v budget="$budget" -v frames="$work/frames" -v totals="$work/totals" '
function cell(name,    mark) {
    mark = !(name in limit) || got[name] > limit[name] ? "!" : " "
    shown[name] = 1
    return sprintf("%6.2f /%6.2f%s", got[name], limit[name], mark)
}
function row(label, prefix, suffixes,    n, parts, i, line) {
    n = split(suffixes, parts, " ")
    line = sprintf("%-26s", label)
    for (i = 1; i <= n; i++) line = line "  " cell(prefix parts[i])
    print line
}
function complain(text) { print "convert: " text; bad++ }
BEGIN {
    while ((getline line < budget) > 0) {
        if (line ~ /^#/ || line ~ /^[ \t]*$/) continue
        split(line, f, " "); limit[f[1]] = f[2] + 0; budgets++
    }
    while ((getline line < frames) > 0) { split(line, f, " "); count[f[1]] = f[2]; expected++ }
    while ((getline line < totals) > 0) { split(line, f, " "); got[f[1]] = f[2] / count[f[1]]; measured++ }

    print "convert: instructions per frame / budget (callgrind, this machine)"
    print ""
    printf "%-26s  %14s   %14s   %14s\n", "kernel", "to s16", "to s24", "to s32"
    n = split("u8 s8 u16 s16 s24 s24in32 s32", sample, " ")
    for (i = 1; i <= n; i++)
        for (channels = 1; channels <= 2; channels++) {
            name = sample[i] "." (channels == 1 ? "mono" : "stereo")
            row(sample[i] (channels == 1 ? " mono" : " stereo"), name ".", "s16 s24 s32")
        }
    for (i = 1; i <= n; i++) row(sample[i] " stereo, odd address", sample[i] "+1.stereo.", "s16")
    row("float32 to s32, a sample", "float32.", "s32")
    print ""
    printf "%-26s  %14s   %14s   %14s\n", "general path, stereo", "s16 to s16", "s24 to s16", "s32 to s24"
    n = split("identity mono quieter louder quieter+dither quieter+dither+mono ramp", what, " ")
    for (i = 1; i <= n; i++) row(what[i], "shape." what[i] ".", "s16.s16 s24.s16 s32.s24")
    print ""

    for (name in got) {
        if (!(name in limit)) complain(name " has no budget")
        else if (got[name] > limit[name]) complain(sprintf("%s takes %.2f, budget %.2f", name, got[name], limit[name]))
        if (!(name in shown)) complain(name " is missing in the table")
    }
    for (name in limit) if (!(name in got)) complain(name " has a budget and was not measured")
    if (measured == 0 || measured != expected) complain(measured + 0 " of " expected + 0 " conversions were measured")
    printf "convert: %d measured, %d budgets, %d complaints\n", measured, budgets, bad
    exit bad > 0
}'
