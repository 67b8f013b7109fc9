#!/usr/bin/env bash
# CMake builds without a warning, its tests pass, and what it installs serves the README's program through find_package.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=test/checks/consumer.sh
. test/checks/consumer.sh
work=${TMPDIR:?}
build=$PWD/${BUILD:-build}/cmake
readme_program "$work/program.c"
readme_output "$work/said"
# With -O1 and no debug information, which compiles in less than half the time: what -O2 warns of is seen in the other builds.
cmake -S . -B "$build" -DTONEARM_WERROR=ON -DTONEARM_SPEAKER=OFF -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O1" -DCMAKE_INSTALL_PREFIX="$work/stage" >"$work/log"
cmake --build "$build" -j1 >>"$work/log" 2>&1 || {
    tail -n 40 "$work/log"
    exit 1
}
programs=$(find test/unit -name 'test_*.c' | wc -l)
# The longest enumerations are thinned: the plain build runs them whole.
(cd "$build" && TA_THIN=16 ctest --no-tests=error --output-on-failure) | tee "$work/ctest" | tail -n 12
grep -q "tests passed, 0 tests failed out of $programs$" "$work/ctest"
cmake --install "$build" >>"$work/log"
"$work/stage/bin/tonearm" --version
readme_with_cmake "$work/stage" "$work"
PKG_CONFIG_LIBDIR=$(dirname "$(find "$work/stage" -name tonearm.pc)") pkg-config --exists --print-errors tonearm-virtual-pico
