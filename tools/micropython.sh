#!/usr/bin/env bash
# Builds MicroPython with the module. In: BUILD, with libtonearm.a in it; the source that tools/fetch-micropython.sh finds; JOBS.
# Out: BUILD/micropython, MicroPython's unix port on a virtual Pico. The trees lie in BUILD/mpy; nothing is written into the source.
# usage: tools/micropython.sh unix|plain        plain: the same without the module, as BUILD/mpy/plain/micropython
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
what=${1:-unix}
build=$(mkdir -p "${BUILD:-build}/mpy" && cd "${BUILD:-build}" && pwd)
trees=$build/mpy
log=$trees/log-$what
source=$(tools/fetch-micropython.sh "$build/deps/micropython")
# Make's own variables would override those of MicroPython's makefiles; its version is asked of a repository that it is not in.
unset MAKEFLAGS MFLAGS MAKELEVEL
export MICROPY_GIT_TAG=${MICROPY_GIT_TAG:-v1.25.0} MICROPY_GIT_HASH=${MICROPY_GIT_HASH:-tonearm}

# Debian's source package lacks micropython-lib, which is asked for and not used.
mkdir -p "$trees/lib"
[ -f "$trees/lib/README.md" ] || : >"$trees/lib/README.md"

run() { # command...
    echo "$ $*" >>"$log"
    "$@" >>"$log" 2>&1 && return
    grep -E "error|Error|undefined|warning" "$log" | cut -c1-300 | head -n 20 >&2 || true
    [ "$what" != unix ] || rm -f "$build/micropython" # an old one must not stand in for it
    echo "MicroPython ($what) could not be built; whole log: $log" >&2
    exit 1
}

: >"$log"
jobs=-j${JOBS:-2}
run make "$jobs" -C "$source/mpy-cross" BUILD="$trees/mpy-cross"
unix=(make "$jobs" -C "$source/ports/unix" "VARIANT_DIR=$root/micropython/tonearm/unix/virtual-pico" "BUILD=$trees/$what"
    "MPY_LIB_DIR=$trees/lib" "MICROPY_MPYCROSS=$trees/mpy-cross/mpy-cross" "MICROPY_MPYCROSS_DEPENDENCY=$trees/mpy-cross/mpy-cross")
rm -f "$trees/$what/frozen_content.c" # it is not made anew when the module comes to know more names
case $what in
plain) run "${unix[@]}" ;;
unix)
    run "${unix[@]}" "USER_C_MODULES=$root/micropython" "TONEARM_ARCHIVE=$build/libtonearm.a"
    cp -f "$trees/unix/micropython" "$build/micropython.new"
    mv -f "$build/micropython.new" "$build/micropython"
    ;;
*)
    echo "usage: tools/micropython.sh unix|plain" >&2
    exit 2
    ;;
esac
