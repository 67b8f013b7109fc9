#!/bin/sh
# TLSF under the heap workload: instructions of malloc and free, mean and worst, refusals and fill, against bench/heap.budget.
#
# Out: a table; exit code 1 if a figure is worse than its budget, or has none, or was not measured. callgrind counts every
# single call: it writes a part of its profile whenever one returns.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build}
case $build in /*) ;; *) build=$root/$build ;; esac
budget=$root/bench/heap.budget

command -v valgrind >/dev/null || {
    echo "bench/heap.sh: valgrind is missing (Debian package valgrind)" >&2
    exit 1
}
[ -x "$build/bench/heap" ] || make -s -C "$root" BUILD="$build" "$build/bench/heap"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$build/bench/heap" >"$work/seeds"
for call in malloc free; do
    valgrind -q --tool=callgrind --toggle-collect="ta_tlsf_$call" --dump-after="ta_tlsf_$call" --combine-dumps=yes \
        --callgrind-out-file="$work/$call" "$build/bench/heap" calls >"$work/calls" 2>"$work/valgrind" || {
        cat "$work/valgrind" >&2
        exit 1
    }
    # The last part is what came after the last call: nothing.
    awk -v call="$call" '$1 == "totals:" && $2 > 0 { n++; sum += $2; if ($2 > worst) worst = $2 }
        END { if (n) printf "%s_calls %d\n%s_mean %.1f\n%s_worst %d\n", call, n, call, sum / n, call, worst }' \
        "$work/$call" >>"$work/figures"
done
awk '{ refusals += $4; if ($4 > most) most = $4; fill += $5; if (NR == 1 || $5 < least) least = $5 }
    END { if (NR == 8) printf "refusals %d\nfill %.2f\n", refusals, fill / NR / 10 }' "$work/seeds" >>"$work/figures"

awk -v budget="$budget" -v seeds="$work/seeds" -v calls="$work/calls" '
function row(name, text, at_least,    ok) {
    shown[name] = 1
    ok = (name in got) && (name in limit) && (at_least ? got[name] >= limit[name] : got[name] <= limit[name])
    printf "%-44s %9s  %-2s %9s %s\n", text, got[name], at_least ? ">=" : "<=", limit[name], ok ? "" : "!"
    if (!ok) { print "heap: " name " is over its budget, or missing"; bad++ }
}
{ got[$1] = $2 + 0 }
END {
    while ((getline line < budget) > 0) {
        if (line ~ /^#/ || line ~ /^[ \t]*$/) continue
        split(line, f, " "); limit[f[1]] = f[2] + 0
    }
    getline line < calls
    split(line, asked, " ")
    print "heap: 128 KiB, 20,000 operations, 70 % full (instructions by callgrind, this machine)"
    print ""
    print "seed        mallocs  frees  refusals  fill"
    while ((getline line < seeds) > 0) {
        split(line, f, " ")
        printf "%-11s %7d  %5d  %8d  %.1f %%\n", f[1], f[2], f[3], f[4], f[5] / 10
    }
    print ""
    row("malloc_mean", "malloc, instructions, mean")
    row("malloc_worst", "malloc, instructions, worst")
    row("free_mean", "free, instructions, mean")
    row("free_worst", "free, instructions, worst")
    row("refusals", "requests refused, all seeds")
    row("fill", "fill, mean of the seeds, per cent", 1)
    for (name in limit) if (!(name in shown)) { print "heap: " name " has a budget and is not measured"; bad++ }
    # Each call has to have been counted: those of the workload, and the 4 KiB blocks behind it.
    if (got["malloc_calls"] < asked[2] || got["free_calls"] != asked[3]) {
        printf "heap: %d mallocs and %d frees were counted, %d and %d were made\n", got["malloc_calls"], got["free_calls"], asked[2], asked[3]
        bad++
    }
    exit bad > 0
}' "$work/figures"
