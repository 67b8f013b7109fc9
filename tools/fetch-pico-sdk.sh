#!/bin/sh
# Brings the Pico SDK 2.1.1 and TinyUSB 0.18 from Debian 13's packages, for firmware. In: PICO_SDK_PATH (an SDK that is
# already there, of 2.1.1 or later) or the machine's apt sources, read with the suite trixie in a private configuration:
# nothing of the system's apt is changed. Out: one line on stdout, the SDK's folder. TinyUSB lies beside it, where the package's
# lib/tinyusb points. Everything else goes to stderr. With everything there it needs no network.
# usage: fetch-pico-sdk.sh [folder to work in; default build/deps]
set -eu

sdk_version=2.1.1-1
sdk_sha256=507a3ca37636641bc90239d7c04dc9dc28c5008087a8162102ea94d2273153d3 # of pico-sdk-source's .deb
usb_version=0.18.0+dfsg-1
usb_sha256=01ce2c645df68f14a8a7dcfc8fb355713152543757955820479a87949a61154e # of tinyusb-source's .deb

say() { echo "fetch-pico-sdk: $*" >&2; }
die() { say "$*"; exit 1; }

if [ -n "${PICO_SDK_PATH:-}" ]; then
    [ -f "$PICO_SDK_PATH/pico_sdk_init.cmake" ] ||
        die "PICO_SDK_PATH=$PICO_SDK_PATH has no pico_sdk_init.cmake; name an SDK, or unset it to have one fetched"
    say "using $PICO_SDK_PATH, as PICO_SDK_PATH says; CMake checks its version"
    echo "$PICO_SDK_PATH"
    exit 0
fi

work=${1:-build/deps}
mkdir -p "$work"
work=$(cd "$work" && pwd)

# unpacked PACKAGE VERSION SHA256 FOLDER: usr/src/FOLDER of the package becomes $work/FOLDER, with the package's copyright file in it. The
# stamp is written last, so that a tree which was only half unpacked is not taken for a whole one.
unpacked() {
    stamp=$work/$4/.unpacked-from
    [ "$(cat "$stamp" 2>/dev/null)" = "$3" ] && [ -f "$work/$4/copyright" ] && return
    command -v dpkg-deb >/dev/null || die "no dpkg-deb to unpack $1 with; set PICO_SDK_PATH to an SDK of 2.1.1 or later"
    # shellcheck source=tools/trixie.sh
    . "$(dirname "$0")/trixie.sh"
    fetched=$work/fetch-$4
    rm -rf "$fetched"
    say "fetching $1 $2 (Debian 13)"
    trixie_fetch deb "$1" "$2" "$fetched" ||
        die "$1 $2 cannot be downloaded; set PICO_SDK_PATH to an SDK of 2.1.1 or later"
    trixie_check "$fetched"/"$1"_*.deb "$3" || exit 1
    dpkg-deb -x "$fetched"/"$1"_*.deb "$fetched/tree" || die "$1 cannot be unpacked"
    rm -rf "${work:?}/$4"
    mv "$fetched/tree/usr/src/$4" "$work/$4"
    cp "$fetched/tree/usr/share/doc/$1/copyright" "$work/$4/copyright" || die "$1 has no copyright file"
    echo "$3" >"$stamp"
    rm -rf "$fetched"
}

unpacked pico-sdk-source "$sdk_version" "$sdk_sha256" pico-sdk
unpacked tinyusb-source "$usb_version" "$usb_sha256" tinyusb
echo "$work/pico-sdk"
