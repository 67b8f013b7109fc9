#!/bin/sh
# src/source/cost_figures.h says what the budgets say; and one that says something else is found.
set -eu
cd "$(dirname "$0")/../.."
python3 bench/cost_figures.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bench" "$work/src/source"
cp bench/cost_figures.py bench/*.budget "$work/bench"
for edit in 's/"echo.stereo", [0-9]*/"echo.stereo", 1/' '/"echo.stereo"/d'; do
    sed "$edit" src/source/cost_figures.h >"$work/src/source/cost_figures.h"
    if python3 "$work/bench/cost_figures.py" >"$work/out" 2>&1 || ! grep -q "echo.stereo" "$work/out"; then
        echo "cost_figures.py did not find: $edit" >&2
        exit 1
    fi
done
