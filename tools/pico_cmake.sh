#!/usr/bin/env bash
# Configures a project of the Pico SDK with the SDK that tools/fetch-pico-sdk.sh finds, without picotool: its UF2 files come
# from tools/uf2.py. In: the project's folder, the folder to build in, the board, further options of cmake. Out: what
# cmake says, on stderr; build with `cmake --build`. NO_DEBUG=1: the same code without debug information, which builds faster.
# usage: tools/pico_cmake.sh SOURCE BUILD BOARD [OPTION]...        BUILD=folder of the deps (default build)
set -euo pipefail
[ $# -ge 3 ] || {
    echo "usage: tools/pico_cmake.sh SOURCE BUILD BOARD [OPTION]..." >&2
    exit 2
}
source=$1 build=$2 board=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
sdk=$("$here/fetch-pico-sdk.sh" "${BUILD:-$here/../build}/deps")
if command -v ninja >/dev/null; then generator=Ninja; else generator="Unix Makefiles"; fi
fast=(-U "CMAKE_C*_COMPILE_OBJECT")
if [ "${NO_DEBUG:-}" = 1 ]; then # behind the SDK's own -g
    for language in C CXX; do
        fast+=("-DCMAKE_${language}_COMPILE_OBJECT=<CMAKE_${language}_COMPILER> <DEFINES> <INCLUDES> <FLAGS> -g0 -o <OBJECT> -c <SOURCE>")
    done
fi
PICO_SDK_PATH=$sdk exec cmake -G "$generator" -S "$source" -B "$build" -DPICO_BOARD="$board" -DPICO_NO_PICOTOOL=1 "${fast[@]}" "$@" >&2
