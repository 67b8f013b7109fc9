#!/bin/sh
# Instructions per virtual second of 44.1 kHz stereo on the virtual chip, and the command's memory, against bench/chip.budget.
# I2S is the whole command; PWM is bench/chip_pwm.c: slots of 128 frames at 11 bits, paced by a DMA timer, decoded.
#
# Out: a table of 80 columns; ! marks what is over its budget. Exit code 1 if anything is. The difference between a file of
# two seconds and one of one second leaves start-up out. Seconds of sound per second depend on the machine: they are shown,
# not gated. `bench/chip.sh --budget` prints budgets as measured, 5 % added, for a reviewed edit of the file.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build}
case $build in /*) ;; *) build=$root/$build ;; esac
tonearm=$build/tonearm
budget=$root/bench/chip.budget

for tool in valgrind sox jq; do
    command -v $tool >/dev/null || {
        echo "bench/chip.sh: $tool is missing (Debian package $tool)" >&2
        exit 1
    }
done
for program in tonearm bench/resident bench/chip_pwm; do
    [ -x "$build/$program" ] || make -s -C "$root" BUILD="$build" "$build/$program"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for seconds in 1 2 8; do
    sox -R -D -r 44100 -n -c 2 -b 16 "$work/$seconds.wav" synth $seconds sine 440 whitenoise gain -6
done

# Instructions of one run, by callgrind.
count() {
    file=$1
    shift
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$tonearm" play "$work/$file.wav" --quiet "$@" 2>"$work/said" ||
        { cat "$work/said" >&2; exit 1; }
    sed -n 's/.*Collected : \([0-9]*\)$/\1/p' "$work/said"
}

measure() {
    name=$1
    shift
    one=$(count 1 "$@")
    two=$(count 2 "$@")
    echo "$name $((two - one))" >>"$work/got"
}

measure_pwm() {
    for seconds in 1 2; do
        valgrind --tool=callgrind --callgrind-out-file=/dev/null "$build/bench/chip_pwm" "$1" $seconds 2>"$work/said" ||
            { cat "$work/said" >&2; exit 1; }
        sed -n 's/.*Collected : \([0-9]*\)$/\1/p' "$work/said"
    done | awk -v name="$1.pwm" 'NR == 1 { one = $1 } NR == 2 { print name, $1 - one }' >>"$work/got"
}

# The best of three: virtual seconds per real second, and the largest resident memory in KiB.
run() {
    : >"$work/runs"
    for _ in 1 2 3; do
        "$build/bench/resident" "$tonearm" play "$work/8.wav" --quiet --report "$work/report.json" "$@" 2>"$work/said" || {
            cat "$work/said" >&2
            exit 1
        }
        jq -r '.report | select(.frames_in == 352800 and .holes_counted == 0) | .virtual_s_per_real_s' "$work/report.json" \
            >"$work/speed1"
        [ -s "$work/speed1" ] || {
            echo "bench/chip.sh: the run was not whole" >&2
            exit 1
        }
        echo "$(cat "$work/speed1") $(cat "$work/said")" >>"$work/runs"
    done
    awk '{ if ($1 > speed) speed = $1; if ($2 > memory) memory = $2 } END { print speed, memory }' "$work/runs"
}

: >"$work/got"
: >"$work/speed"
for board in pico pico2; do
    for bits in 16 32; do
        measure "$board.$bits" --board $board --bits $bits
        run --board $board --bits $bits >"$work/run"
        read -r speed memory <"$work/run"
        echo "$board.$bits $speed" >>"$work/speed"
        echo "memory.$board.$bits $memory" >>"$work/got"
    done
done
for board in pico pico2; do measure_pwm $board; done
# With everything that can be written, a file and a trace, for memory only.
run --board pico --out "$work/o.wav" --trace "$work/t.vcd" >"$work/run"
read -r speed memory <"$work/run"
echo "memory.files $memory" >>"$work/got"

if [ "${1:-}" = --budget ]; then
    grep '^#' "$budget" || true
    awk '{ print $1, $1 ~ /^memory/ ? 20480 : int($2 * 1.05) }' "$work/got"
    exit 0
fi

awk -v budget="$budget" -v speeds="$work/speed" '
BEGIN {
    while ((getline line < budget) > 0) {
        if (line ~ /^#/ || line ~ /^[ \t]*$/) continue
        split(line, f, " "); limit[f[1]] = f[2] + 0; budgets++
    }
    while ((getline line < speeds) > 0) { split(line, f, " "); speed[f[1]] = f[2] }
    print "chip: 44.1 kHz stereo on the virtual chip (callgrind, this machine)"
    print ""
    printf "%-14s  %29s  %16s\n", "", "instructions/virtual s", "KiB resident"
    printf "%-14s  %13s / %13s  %7s / %6s  %s\n", "board.bits", "measured", "budget", "now", "budget", "sound s/s"
}
{ got[$1] = $2; order[++n] = $1 }
function mark(name) { return !(name in limit) || got[name] > limit[name] ? "!" : " " }
END {
    for (i = 1; i <= n; i++) {
        name = order[i]
        if (name ~ /^memory/) continue
        m = "memory." name
        if (name ~ /pwm$/) {
            printf "%-14s  %13d / %13d%s\n", name, got[name], limit[name], mark(name)
            continue
        }
        printf "%-14s  %13d / %13d%s %7d / %6d%s  %6.1f\n", name, got[name], limit[name], mark(name), got[m], limit[m],
            mark(m), speed[name]
    }
    name = "memory.files"
    printf "%-14s  %31s %7d / %6d%s\n", "with files", "", got[name], limit[name], mark(name)
    print ""
    for (i = 1; i <= n; i++) {
        name = order[i]
        if (!(name in limit)) { print "chip: " name " has no budget"; bad++ }
        else if (got[name] > limit[name]) { print "chip: " name " takes " got[name] ", budget " limit[name]; bad++ }
        if (got[name] <= 0) { print "chip: " name " was not measured"; bad++ }
    }
    for (name in limit) if (!(name in got)) { print "chip: " name " has a budget and was not measured"; bad++ }
    if (n != 11) { print "chip: " n + 0 " of 11 figures were measured"; bad++ }
    printf "chip: %d measured, %d budgets, %d complaints; 20 s of sound a second are wanted\n", n, budgets, bad
    exit bad > 0
}' "$work/got"
