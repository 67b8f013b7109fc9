#!/bin/sh
# Brings MicroPython's source from Debian 13's source package: for the user C module (tools/micropython.sh), and for the test that
# compares chip/vm_heap.c with py/gc.c. In: TONEARM_MICROPYTHON_SRC (a MicroPython tree that is already there) or the machine's
# apt sources, read with the suite trixie in a private configuration: nothing of the system's apt is changed.
# Out: one line on stdout, the tree. Everything else goes to stderr. With everything there it needs no network.
# usage: fetch-micropython.sh [folder to work in; default build/deps/micropython]
set -eu

version=1.25.0+ds-1
tarball=micropython_1.25.0+ds.orig.tar.xz
tarball_sha256=7b25be99a502f070b2de81dafc08da7051d992325d6e67daa9045a918fffdbea

say() { echo "fetch-micropython: $*" >&2; }
die() { say "$*"; exit 1; }

if [ -n "${TONEARM_MICROPYTHON_SRC:-}" ]; then
    [ -f "$TONEARM_MICROPYTHON_SRC/py/gc.c" ] || die "TONEARM_MICROPYTHON_SRC=$TONEARM_MICROPYTHON_SRC has no py/gc.c"
    say "using $TONEARM_MICROPYTHON_SRC, as TONEARM_MICROPYTHON_SRC says; its version is not checked"
    (cd "$TONEARM_MICROPYTHON_SRC" && pwd)
    exit 0
fi

work=${1:-build/deps/micropython}
mkdir -p "$work"
work=$(cd "$work" && pwd)
tree=$work/micropython-1.25.0
stamp=$tree/.unpacked-from # written last, so that a tree which was only half unpacked is not taken for a whole one

if [ "$(cat "$stamp" 2>/dev/null)" = "$tarball_sha256" ]; then
    echo "$tree"
    exit 0
fi

# shellcheck source=tools/trixie.sh
. "$(dirname "$0")/trixie.sh"
if [ ! -f "$work/$tarball" ]; then
    say "fetching the source of micropython $version (Debian 13)"
    trixie_fetch deb-src micropython "$version" "$work" ||
        die "micropython $version cannot be downloaded; set TONEARM_MICROPYTHON_SRC to a MicroPython 1.25 tree"
fi
[ -f "$work/$tarball" ] || die "apt-get gave no $tarball"
trixie_check "$work/$tarball" "$tarball_sha256" || exit 1
rm -rf "$work/unpack" "$tree" "$work/apt-deb-src"
mkdir -p "$work/unpack"
tar -xJf "$work/$tarball" -C "$work/unpack" --strip-components=1 --exclude='*/docs/*' --exclude='*/logo/*' || die "$tarball cannot be unpacked"
for port in "$work"/unpack/ports/*; do # of twenty ports, two are ours
    case ${port##*/} in unix | rp2) ;; *) rm -rf "$port" ;; esac
done
mv "$work/unpack" "$tree"
echo "$tarball_sha256" >"$stamp"
echo "$tree"
