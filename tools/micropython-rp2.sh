#!/usr/bin/env bash
# Builds MicroPython's firmware for boards with the module in it, and says what the module costs. In: BUILD, BOARDS (default RPI_PICO
# RPI_PICO2), JOBS, NO_DEBUG (1: the same code without debug information and disassembly, which builds faster); the sources that
# tools/fetch-micropython.sh, fetch-mbedtls.sh and fetch-pico-sdk.sh find; options of cmake. Out:
# BUILD/firmware/micropython/BOARD.uf2, .elf, .map. The trees lie in BUILD/mpy; nothing is written into the sources.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
build=$(mkdir -p "${BUILD:-build}/mpy/rp2" && cd "${BUILD:-build}" && pwd)
trees=$build/mpy
out=$build/firmware/micropython
mkdir -p "$out"
log=$trees/log-rp2
source=$(tools/fetch-micropython.sh "$build/deps/micropython")
mbedtls=$(tools/fetch-mbedtls.sh "$build/deps/mbedtls")
sdk=$(tools/fetch-pico-sdk.sh "$build/deps")
export MICROPY_GIT_TAG=${MICROPY_GIT_TAG:-v1.25.0} MICROPY_GIT_HASH=${MICROPY_GIT_HASH:-tonearm}
unset MAKEFLAGS MFLAGS MAKELEVEL

: >"$log"
fast=(-U CMAKE_C_COMPILE_OBJECT -U CMAKE_OBJDUMP)
if [ "${NO_DEBUG:-}" = 1 ]; then # -g0 comes behind the port's own -g; MicroPython's objdump is for its disassembly alone
    fast=("-DCMAKE_C_COMPILE_OBJECT=<CMAKE_C_COMPILER> <DEFINES> <INCLUDES> <FLAGS> -g0 -o <OBJECT> -c <SOURCE>" -DCMAKE_OBJDUMP=/bin/true)
fi
run() { # command...
    echo "$ $*" >>"$log"
    "$@" >>"$log" 2>&1 && return
    grep -E "error|Error|undefined|warning|overflowed" "$log" | cut -c1-300 | head -n 20 >&2 || true
    rm -f "$out"/*.uf2 "$out"/*.elf # old ones must not stand in for those that could not be built
    echo "MicroPython for $board could not be built; whole log: $log" >&2
    exit 1
}

# The port wants TinyUSB and mbedTLS inside its own tree, so it gets one: links to the source's, and to theirs. A tree that has its
# submodules is used as it is.
tree=$trees/source
if [ -e "$source/lib/tinyusb/src" ]; then
    tree=$source
elif [ "$(readlink "$tree/py" 2>/dev/null)" != "$source/py" ] || [ ! -e "$tree/lib/mbedtls/library" ]; then
    rm -rf "$tree"
    mkdir -p "$tree/lib" "$tree/ports"
    for entry in "$source"/*; do
        case ${entry##*/} in lib | ports) ;; *) ln -s "$entry" "$tree/" ;; esac
    done
    for entry in "$source"/lib/*; do
        case ${entry##*/} in mbedtls | tinyusb) ;; *) ln -s "$entry" "$tree/lib/" ;; esac
    done
    ln -s "$mbedtls" "$tree/lib/mbedtls"
    ln -s "$(dirname "$sdk")/tinyusb" "$tree/lib/tinyusb"
    ln -s "$source/ports/rp2" "$tree/ports/rp2"
fi
mkdir -p "$trees/lib"
[ -f "$trees/lib/README.md" ] || : >"$trees/lib/README.md"
board=mpy-cross run make "-j${JOBS:-2}" -C "$source/mpy-cross" BUILD="$trees/mpy-cross"

for board in ${BOARDS:-RPI_PICO RPI_PICO2}; do
    if [ -t 1 ]; then echo "MicroPython for $board ..."; fi
    crypto=(-U MBEDTLS_CONFIG_FILE)
    if ! grep -rqE "CYW43|NINAW10|LWIP|WIZNET|PY_NETWORK|PY_SSL" "$tree/ports/rp2/boards/$board/"mpconfigboard.*; then # no network, no TLS
        crypto=("-DMBEDTLS_CONFIG_FILE=$root/micropython/tonearm/rp2/mbedtls_config.h")
    fi
    run cmake -S "$tree/ports/rp2" -B "$trees/rp2/$board" -DMICROPY_BOARD="$board" -DPICO_SDK_PATH_OVERRIDE="$sdk" -DPICO_NO_PICOTOOL=1 \
        -DMICROPY_LIB_DIR="$trees/lib" -DMICROPY_FROZEN_MANIFEST="$root/micropython/tonearm/rp2/manifest.py" \
        -DUSER_C_MODULES="$root/micropython/micropython.cmake" -DMICROPY_MPYCROSS="$trees/mpy-cross/mpy-cross" "${fast[@]}" "${crypto[@]}" "$@"
    rm -f "$trees/rp2/$board/frozen_content.c" # it is not made anew when the module comes to know more names
    run env MICROPY_MPYCROSS="$trees/mpy-cross/mpy-cross" cmake --build "$trees/rp2/$board" --parallel "${JOBS:-2}"
    family=rp2040
    grep -q '^PICO_PLATFORM:STRING=rp2350' "$trees/rp2/$board/CMakeCache.txt" && family=rp2350-arm-s
    run python3 tools/uf2.py make "$trees/rp2/$board/firmware.elf" "$out/$board.uf2" --family "$family"
    cp -f "$trees/rp2/$board/firmware.elf" "$out/$board.elf"
    cp -f "$trees/rp2/$board/firmware.elf.map" "$out/$board.map"
done
for board in ${BOARDS:-RPI_PICO RPI_PICO2}; do
    tools/module_cost.py "$board" "$out/$board.map" "$out/$board.uf2"
done
