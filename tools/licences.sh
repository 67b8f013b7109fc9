#!/usr/bin/env bash
# The licences of what is in the UF2 files, for whoever passes them on: Tonearm's own, the Pico SDK's, TinyUSB's, FatFs's, newlib's, and of
# MicroPython's images MicroPython's, littlefs's and mbedTLS's. (gcc's
# run-time library asks for none: its exception lets programs go without.) In: BUILD, the SDK that tools/fetch-pico-sdk.sh finds, and
# newlib's Debian package. Out: the texts on stdout. One that is missing is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
sdk=$(tools/fetch-pico-sdk.sh "${BUILD:-build}/deps" 2>/dev/null)
usb=$sdk/lib/tinyusb

text() { # name, files of which the first that is there counts
    local name=$1 file
    shift
    for file in "$@"; do
        [ -f "$file" ] || continue
        printf '==== %s ====\n\n' "$name"
        cat "$file"
        printf '\n\n'
        return
    done
    echo "licences: no licence of $name in: $*" >&2
    exit 1
}

text Tonearm LICENSE
text "Raspberry Pi Pico SDK" "$sdk/copyright" "$sdk/LICENSE.TXT"
text TinyUSB "$sdk/../tinyusb/copyright" "$usb/LICENSE"
# FatFs's is the comment at the head of its source.
head=${TMPDIR:-/tmp}/licences-fatfs.$$
trap 'rm -f "$head"' EXIT
sed -n '1,/^\/-*\*\/$/p' "$usb/lib/fatfs/source/ff.c" >"$head"
grep -q "Copyright (C)" "$head" || { echo "licences: no licence at the head of $usb/lib/fatfs/source/ff.c" >&2; exit 1; }
text FatFs "$head"
text newlib /usr/share/doc/libnewlib-arm-none-eabi/copyright
micropython=$(tools/fetch-micropython.sh "${BUILD:-build}/deps/micropython" 2>/dev/null)
text MicroPython "$micropython/LICENSE"
sed -n '1,/\*\//p' "$micropython/lib/littlefs/lfs2.h" >"$head"
grep -q "Copyright (c)" "$head" || { echo "licences: no licence at the head of littlefs's source" >&2; exit 1; }
text littlefs "$head"
text "BSD, three clauses (littlefs)" /usr/share/common-licenses/BSD
text mbedTLS "$(tools/fetch-mbedtls.sh "${BUILD:-build}/deps/mbedtls" 2>/dev/null)/LICENSE"
