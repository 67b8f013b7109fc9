#!/bin/bash
# The ring's rule in spin: that ring.pml is still a model of ring.c, that the rule holds in every order of events, and that each
# rule which must not hold does not. One line a configuration; exit code 0 only if every verdict is the expected one.
set -u
cd "$(dirname "$0")/../../.." || exit 1
here=$PWD/test/model/spin
for tool in spin gcc python3; do
    command -v $tool >/dev/null || { echo "$tool is missing: apt-get install spin gcc python3"; exit 1; }
done
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0 ran=0
MEMORY_KB=4000000 # of address space, so that a state space that has grown is told, not swapped

# expect VERDICT "what is said" macros...
expect() {
    local verdict=$1 said=$2 out states depth errors got effort=-O2
    shift 2
    ran=$((ran + 1))
    [ "$verdict" = holds ] || effort=-O0 # a counterexample is found in no time: the compiler would take longer
    rm -f pan* ./*.trail
    if ! spin -a "$@" "$here/ring.pml" >spin.log 2>&1 || ! gcc -w $effort -DSAFETY -DNOFAIR -o pan pan.c >>spin.log 2>&1; then
        echo "  FAIL  $said: does not build"
        head -5 spin.log
        failed=$((failed + 1))
        return
    fi
    out=$(ulimit -v $MEMORY_KB; ./pan -m2000000 2>&1)
    states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' <<<"$out")
    depth=$(sed -n 's/.*depth reached \([0-9]*\),.*/\1/p' <<<"$out")
    errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' <<<"$out")
    if grep -Eq 'max search depth|out of memory|reached limit' <<<"$out" || [ -z "$errors" ]; then
        got=incomplete
    elif [ "$errors" = 0 ]; then
        got=holds
    elif grep -q 'assertion violated' <<<"$out"; then
        got=fails
    else
        got=incomplete
    fi
    if [ $got = "$verdict" ]; then
        printf '  ok    %-5s %9s states  %s\n' "$got" "$states" "$said"
    else
        printf '  FAIL  %-5s %9s states  %s\n' "$got" "$states" "$said"
        printf '        expected: %s; errors: %s; depth %s; %s\n' "$verdict" "$errors" "$depth" "$*"
        grep -E 'pan:|assert|error' <<<"$out" | head -3 | cut -c1-100
        failed=$((failed + 1))
    fi
}

echo "the model and the code"
src=$OLDPWD/src/ring
python3 "$here/kept_true.py" "$OLDPWD/include/tonearm/ring.h" "$here/ring.pml" "$src/ring.c" "$src/pool.c" "$src/ring_private.h" || failed=$((failed + 1))

publish="-DSTOP=0 -DREOPEN=0 -DTAKE_BACK=0"
tails="$publish -DWATCH=0 -DTAILS_SUFFICE=1 -DBOUND=0"
stalls="-DP=0" # stalls of any length make D's ticks needless

echo "sections shorter than a slot: nothing is lost, doubled, misplaced or written over"
expect holds "everything, however slow C and S are" -DBOUND=0 -DPROMPT=0
expect holds "three tails are enough while a program goes on" $tails
echo "sections stalled for any time: what goes wrong is counted, nothing else does"
expect holds "publishing, with one slot's memory watched" $stalls $publish
expect holds "taking back" $stalls -DWATCH=0 -DSTOP=0 -DREOPEN=0
expect holds "a program that goes on behind its end" $stalls -DWATCH=0 -DSTOP=0 -DTAKE_BACK=0
expect holds "stop marks" $stalls -DWATCH=0 -DREOPEN=0 -DTAKE_BACK=0
expect holds "all of these together, six entries" $stalls -DWATCH=0 -DN=6
echo "rules that must not hold"
expect fails "the entry is silence, so it is mine" $publish -DBOUND=0 -DNAIVE=1
expect fails "W >= R" $publish -DBOUND=0 -DLOW=0
expect fails "W+1 <= R+N-1" $publish -DBOUND=0 -DPROMPT=0 -DHIGH=1
expect fails "memory is free once R >= e+1" $publish -DBOUND=0 -DFREE=1
expect fails "two tails" $tails -DTAILS=2
expect fails "a ramp in the place of a tail" $publish -DBOUND=0 -DFALL_FIRST=0
expect fails "a section as long as a slot" $publish -DBOUND=1
expect fails "stalls, and no second look" $publish $stalls -DSECOND_LOOK=0
expect fails "stalls, and late stores stay" $publish $stalls -DSETTLE=0
expect fails "stalls, and memory of late runs is given back" $publish $stalls -DKEEP_LATE=0
expect fails "stalls, and the nearest entry is taken back first" $stalls -DSTOP=0 -DREOPEN=0 -DFAR_FIRST=0
expect fails "stalls, and C and S as slow as they please" $publish $stalls -DPROMPT=0

echo "$ran configurations, $failed failed"
[ $ran = 19 ] && [ $failed = 0 ]
