#!/usr/bin/env bash
# Brings what the build, the demo, the firmware and the tests need, and only what is missing.
# In: the level, `demo` (build and play), `firmware` (images for boards), `micropython` (its unix port and firmware) or `test` (everything). Out: Debian packages on this
# machine if root or sudo is at hand (at a terminal sudo may ask for its password), else the command to type; miniaudio's header,
# the Pico SDK with TinyUSB, and MicroPython's source in build/deps; the emulator of the lock file in test/emulator/node_modules;
# what is still missing, by name, on stderr.
# Invariants: it asks for tools, not for packages, so another distribution's will do; with everything there it changes
# nothing and needs no network. It fails only when something indispensable is absent, and then before it downloads anything.
# usage: tools/setup.sh demo|firmware|micropython|test        BUILD=folder (default build)
#        MINIAUDIO_DIR=folder that holds miniaudio.h   PICO_SDK_PATH=a Pico SDK that is there already
set -u
cd "$(dirname "$0")/.." || exit 1
level=${1:-demo}
build=${BUILD:-build}
case $level in demo | firmware | micropython | test) ;; *)
    echo "usage: tools/setup.sh demo|firmware|micropython|test" >&2
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
    make | cmake | valgrind | spin | sox | ffmpeg | jq | sigrok-cli | python3 | clang | clang-format | clang-tidy | npm | git) has "$1" ;;
    gcc-arm-none-eabi) has arm-none-eabi-gcc && has arm-none-eabi-as ;;
    libnewlib-arm-none-eabi) links "arm-none-eabi-gcc -mcpu=cortex-m0plus -mthumb --specs=nosys.specs" '#include <stdlib.h>
int main(void) { return abs(0); }' ;;
    libstdc++-arm-none-eabi-newlib) echo '#include <cstdlib>' | arm-none-eabi-g++ -mcpu=cortex-m0plus -mthumb -E -x c++ - -o /dev/null >/dev/null 2>&1 ;;
    nodejs) has node && [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 18' 2>/dev/null)" = true ] ;;
    qemu-system-arm) has qemu-system-arm ;;
    dosfstools) has mkfs.fat || [ -x /usr/sbin/mkfs.fat ] ;; # not in everybody's PATH
    mtools) has mcopy ;;
    lld) has ld.lld ;;
    llvm) has llvm-objcopy ;;
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
    openttd-openmsx) [ -f /usr/share/games/openttd/baseset/openmsx/tttheme2.mid ] ;;
    man-db) has man ;;
    util-linux) has script && has setsid ;;
    *) dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed' ;;
    esac
}

arm="gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib cmake make python3"
case $level in
demo)
    packages="build-essential make libcjson-dev alsa-utils"
    indispensable="build-essential make libcjson-dev"
    ;;
firmware)
    packages=$arm
    indispensable=$arm
    ;;
micropython)
    packages="build-essential $arm"
    indispensable=$packages
    ;;
test)
    packages="build-essential libcjson-dev alsa-utils pkg-config gcc-multilib libcmocka-dev sigrok-cli valgrind clang libclang-rt-dev
        spin sox ffmpeg clang-format clang-tidy lld llvm git jq man-db util-linux nodejs npm qemu-system-arm dosfstools mtools openttd-openmsx $arm"
    indispensable="build-essential make libcjson-dev libcmocka-dev python3"
    ;;
esac

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

say_size() {
    # shellcheck disable=SC2086
    $root env LC_ALL=C apt-get --assume-no install --no-install-recommends "$@" 2>/dev/null </dev/null | awk '
        /^Need to get / { get = $0; sub(/^Need to get (.*\/)?/, "", get); sub(/ of .*/, "", get) }
        /^After this operation, / && /additional/ { disk = $4 " " $5 }
        END { if (disk) print "setup: " get " of packages, " disk " on the disk" }'
}
install_packages() {
    # A fresh container has no package lists; an old one has stale ones. So try what is there first only if there are lists.
    say "installing: $*"
    apt="$root env DEBIAN_FRONTEND=noninteractive apt-get -qq -oDpkg::Use-Pty=0 -oAcquire::Retries=2"
    log=$build/setup.log
    mkdir -p "$build"
    # shellcheck disable=SC2086
    $apt update >"$log" 2>&1 || say "apt-get update complained; see $log"
    say_size "$@"
    # shellcheck disable=SC2086
    $apt install -y --no-install-recommends "$@" >>"$log" 2>&1 </dev/null && return
    tail -n 5 "$log" >&2
    say "together they could not be installed; one by one"
    for package in "$@"; do
        # shellcheck disable=SC2086
        $apt install -y --no-install-recommends "$package" >>"$log" 2>&1 </dev/null || say "could not install $package"
    done
}

ask_sudo() { # at a terminal only: a script is told the command to type instead
    has sudo && has apt-get && [ -t 0 ] && [ -t 1 ] || return
    say "sudo may ask for your password, to install:" $missing
    sudo -v && root=sudo
}

missing=$(missing_packages)
if [ -n "$missing" ]; then
    [ "$root" != none ] || ask_sudo
    if [ "$root" != none ] && has apt-get; then
        # shellcheck disable=SC2086
        install_packages $missing
        missing=$(missing_packages)
    else
        say "cannot install packages here (neither root nor sudo, or no apt-get)"
    fi
fi
say_missing() {
    echo "setup: missing, by the names of Debian's packages:" $missing >&2
    ! has apt-get || echo "setup: type: sudo apt-get install -y --no-install-recommends" $missing >&2
}
for package in $missing; do # before anything is downloaded
    case " $indispensable " in *" $package "*) ;; *) continue ;; esac
    say_missing
    echo "setup: cannot go on without the compiler and its libraries (of:" $indispensable")" >&2
    exit 1
done

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
[ "$level" = firmware ] || fetch_miniaudio ||
    say "no miniaudio.h (Debian 13's libminiaudio-dev; or set MINIAUDIO_DIR): building without the speaker pin"

# ---- the Pico SDK, for firmware --------------------------------------------------------------------------------------

sdk=there
if [ "$level" != demo ]; then
    tools/fetch-pico-sdk.sh "$build/deps" >/dev/null || sdk=missing
fi

# ---- the emulator, for the tests of firmware -------------------------------------------------------------------------

# npm checks what it downloads against the lock file's hashes, and asks the registry that this machine is set up for.
fetch_emulator() {
    stamp=test/emulator/node_modules/.installed-from
    lock=$(sha256sum <test/emulator/package-lock.json)
    [ "$(cat "$stamp" 2>/dev/null)" = "$lock" ] && return
    has npm || return
    say "installing the emulator that test/emulator/package-lock.json names"
    (cd test/emulator && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >&2) && echo "$lock" >"$stamp"
}
if [ "$level" = test ]; then
    fetch_emulator || say "no rp2040js (npm's): the tests in test/emulator will fail"
fi

# ---- MicroPython's source ----------------------------------------------------------------------------------------------

vm=there tls=there
if [ "$level" = micropython ] || [ "$level" = test ]; then
    tools/fetch-micropython.sh "$build/deps/micropython" >/dev/null || vm=missing
    tools/fetch-mbedtls.sh "$build/deps/mbedtls" >/dev/null || tls=missing
fi

# ---- what came of it -------------------------------------------------------------------------------------------------

if [ "$sdk" = missing ]; then
    say "no Pico SDK with TinyUSB (Debian 13's pico-sdk-source and tinyusb-source; or set PICO_SDK_PATH)" >&2
    if [ "$level" != test ]; then
        [ -z "$missing" ] || echo "setup: missing, by the names of Debian's packages:" $missing >&2
        exit 1
    fi
    say "going on: firmware cannot be built, and its tests will fail" >&2
fi
if [ "$vm" = missing ]; then
    say "no MicroPython source (Debian 13's micropython; or set TONEARM_MICROPYTHON_SRC to a tree)" >&2
    [ "$level" = test ] || exit 1
    say "going on: MicroPython cannot be built, and its tests will fail" >&2
fi
if [ "$tls" = missing ]; then
    say "no mbedTLS (Debian 13's mbedtls; or set TONEARM_MBEDTLS_SRC to a tree of 3.6), which MicroPython's firmware is built with" >&2
    [ "$level" = test ] || exit 1
    say "going on: MicroPython's firmware cannot be built, and its tests will fail" >&2
fi
[ -z "$missing" ] && exit 0
say_missing
echo "setup: going on without them" >&2
