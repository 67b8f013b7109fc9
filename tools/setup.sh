#!/usr/bin/env bash
# Brings what the build, the demo and the tests need, and only what is missing.
# In: the level, `demo` (build and play) or `test` (everything). Out: Debian packages on this machine if root, or sudo
# without a password, is at hand; miniaudio's header and MicroPython's py/ in build/deps; what is still missing, by name, on stderr.
# Invariants: it asks for tools, not for packages, so another distribution's will do; with everything there it changes
# nothing and needs no network. It fails only when something indispensable is absent.
# usage: tools/setup.sh demo|test        BUILD=folder (default build)   MINIAUDIO_DIR=folder that holds miniaudio.h
set -u
cd "$(dirname "$0")/.." || exit 1
level=${1:-demo}
build=${BUILD:-build}
case $level in demo | test) ;; *)
    echo "usage: tools/setup.sh demo|test" >&2
    exit 2
    ;;
esac
say() { echo "setup: $*"; }

miniaudio_version=0.11.22+dfsg-1
miniaudio_sha256=9019743287e443c55e5737a7297f38e5e358561701d6db2d905afb114390c410 # of the header

# ---- what is needed: package, and the question that finds out whether its tool is there -----------------------------

has() { command -v "$1" >/dev/null 2>&1; }
header() { echo "$2" | "${CC:-cc}" -E -x c - -o /dev/null >/dev/null 2>&1 && [ -n "$1" ]; }
links() { echo "$2" | $1 -x c - -o /dev/null >/dev/null 2>&1; }
there() {
    case $1 in
    build-essential) has "${CC:-cc}" && has ar && header libc '#include <stdlib.h>' ;;
    make | cmake | valgrind | spin | sox | ffmpeg | jq | sigrok-cli | python3 | clang | clang-format | clang-tidy) has "$1" ;;
    pkg-config) has pkg-config ;;
    libcjson-dev) header cjson '#include <cjson/cJSON.h>' ;;
    libcmocka-dev) header cmocka '#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>' ;;
    gcc-multilib) links "gcc -m32" '#include <stdlib.h>
int main(void) { return abs(0); }' ;;
    libclang-rt-dev) links "clang -fsanitize=fuzzer,address" '#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n) { (void)d; (void)n; return 0; }' ;;
    alsa-utils) [ -f /usr/share/sounds/alsa/Front_Center.wav ] ;;
    man-db) has man ;;
    util-linux) has script && has setsid ;;
    *) dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed' ;;
    esac
}

packages="build-essential make libcjson-dev alsa-utils"
indispensable="build-essential make libcjson-dev"
if [ "$level" = test ]; then
    packages="$packages pkg-config gcc-multilib libcmocka-dev sigrok-cli valgrind clang libclang-rt-dev spin sox ffmpeg
        clang-format clang-tidy cmake python3 jq man-db util-linux"
    indispensable="$indispensable libcmocka-dev python3"
fi

missing_packages() {
    for package in $packages; do
        there "$package" || echo "$package"
    done
}

# ---- Debian packages -------------------------------------------------------------------------------------------------

root=none
if [ "$(id -u)" = 0 ]; then
    root=
elif has sudo && sudo -n true 2>/dev/null; then
    root="sudo -n"
fi

install_packages() {
    # A fresh container has no package lists; an old one has stale ones. So try what is there first only if there are lists.
    say "installing: $*"
    apt="$root env DEBIAN_FRONTEND=noninteractive apt-get -qq -oDpkg::Use-Pty=0 -oAcquire::Retries=2"
    log=$build/setup.log
    mkdir -p "$build"
    # shellcheck disable=SC2086
    $apt update >"$log" 2>&1 || say "apt-get update complained; see $log"
    # shellcheck disable=SC2086
    $apt install -y --no-install-recommends "$@" >>"$log" 2>&1 </dev/null && return
    tail -n 5 "$log" >&2
    say "together they could not be installed; one by one"
    for package in "$@"; do
        # shellcheck disable=SC2086
        $apt install -y --no-install-recommends "$package" >>"$log" 2>&1 </dev/null || say "could not install $package"
    done
}

missing=$(missing_packages)
if [ -n "$missing" ]; then
    if [ "$root" != none ] && has apt-get; then
        # shellcheck disable=SC2086
        install_packages $missing
        missing=$(missing_packages)
    else
        say "cannot install packages here (neither root nor sudo without a password, or no apt-get)"
    fi
fi

# ---- miniaudio: one header, for the speaker pin ----------------------------------------------------------------------

# shellcheck source=tools/trixie.sh
. tools/trixie.sh
fetch_miniaudio() {
    folder=$build/deps/miniaudio
    [ -f "$folder/miniaudio.h" ] && trixie_check "$folder/miniaudio.h" "$miniaudio_sha256" && return
    if [ -f "${MINIAUDIO_DIR:-/usr/include}/miniaudio.h" ] || [ -f /usr/local/include/miniaudio.h ]; then
        return
    fi
    has dpkg-deb || return
    say "fetching the header of miniaudio $miniaudio_version (Debian's libminiaudio-dev)"
    work=$build/deps/trixie
    trixie_fetch deb libminiaudio-dev "$miniaudio_version" "$work" || return
    rm -rf "$work/unpacked" "$work/apt-deb"
    dpkg-deb -x "$work"/libminiaudio-dev_*.deb "$work/unpacked" || return
    trixie_check "$work/unpacked/usr/include/miniaudio.h" "$miniaudio_sha256" || return
    mkdir -p "$folder"
    mv "$work/unpacked/usr/include/miniaudio.h" "$folder/miniaudio.h.new" && mv "$folder/miniaudio.h.new" "$folder/miniaudio.h"
    rm -rf "$work/unpacked"
}
fetch_miniaudio ||
    say "no miniaudio.h (Debian 13's libminiaudio-dev; or set MINIAUDIO_DIR): building without the speaker pin"

# ---- MicroPython's collector, for the test of the model of its heap ---------------------------------------------------

if [ "$level" = test ]; then
    tools/fetch-micropython-gc.sh "$build/deps/micropython" >/dev/null ||
        say "no MicroPython source: the test of the VM heap's model will fail (TONEARM_MICROPYTHON_SRC names a tree)"
fi

# ---- what came of it -------------------------------------------------------------------------------------------------

[ -z "$missing" ] && exit 0
echo "setup: missing, by the names of Debian's packages:" $missing >&2
for package in $missing; do
    case " $indispensable " in *" $package "*) status=1 ;; esac
done
if [ "${status:-0}" = 1 ]; then
    echo "setup: cannot go on without the compiler and its libraries (of:" $indispensable")" >&2
    exit 1
fi
echo "setup: going on without them" >&2
