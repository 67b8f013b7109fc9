#!/usr/bin/env bash
# Every measurement against its budget: the executable scripts bench/*.sh and bench/*.py, one after the other.
# In: BUILD. Out: their tables; exit code 1 if a budget is broken or if there was nothing to measure.
set -u
cd "$(dirname "$0")/.." || exit 1
export BUILD=${BUILD:-build}
export TONEARM=$BUILD/tonearm
ran=0
broken=""
for script in bench/*.sh bench/*.py; do
    [ -x "$script" ] || continue
    ran=$((ran + 1))
    echo
    "./$script" || broken="$broken $script"
done
echo
echo "bench: $ran measurements${broken:+, over budget or broken:$broken}"
[ "$ran" -gt 0 ] && [ -z "$broken" ]
