#!/bin/sh
# Bring MicroPython's own collector, py/gc.c, from Debian's source package, for the test that compares chip/vm_heap.c
# with it. In: TONEARM_MICROPYTHON_SRC (a MicroPython tree that is already there) or the machine's apt sources, read
# with the suite trixie in a private configuration: nothing of the system's apt is changed.
# Out: one line on stdout, a folder that holds py/gc.c. Everything else goes to stderr.
# usage: fetch-micropython-gc.sh [folder to work in; default build/micropython]
set -eu

version=1.25.0+ds-1
tarball=micropython_1.25.0+ds.orig.tar.xz
tarball_sha256=7b25be99a502f070b2de81dafc08da7051d992325d6e67daa9045a918fffdbea
gc_sha256=e45835c84f65916b0e1d9c35b869f53d0d63cafcc38aa1d96ec573504315b206

say() { echo "fetch-micropython-gc: $*" >&2; }
die() { say "$*"; exit 1; }

check_sha256() { # file, wanted
    echo "$2  $1" | sha256sum --check --status || die "$1 has another SHA-256 than the pinned $2"
}

if [ -n "${TONEARM_MICROPYTHON_SRC:-}" ]; then
    [ -f "$TONEARM_MICROPYTHON_SRC/py/gc.c" ] || die "TONEARM_MICROPYTHON_SRC=$TONEARM_MICROPYTHON_SRC has no py/gc.c"
    say "using $TONEARM_MICROPYTHON_SRC, as TONEARM_MICROPYTHON_SRC says; its version is not checked"
    echo "$TONEARM_MICROPYTHON_SRC"
    exit 0
fi

work=${1:-build/micropython}
mkdir -p "$work"
work=$(cd "$work" && pwd)
tree=$work/micropython-1.25.0

if [ -f "$tree/py/gc.c" ]; then
    check_sha256 "$tree/py/gc.c" "$gc_sha256"
    echo "$tree"
    exit 0
fi

if [ ! -f "$work/$tarball" ]; then
    # shellcheck source=tools/trixie.sh
    . "$(dirname "$0")/trixie.sh"
    say "downloading the source of micropython $version"
    trixie_fetch deb-src micropython "$version" "$work" ||
        die "micropython $version cannot be downloaded; set TONEARM_MICROPYTHON_SRC to a MicroPython 1.25 tree"
fi
[ -f "$work/$tarball" ] || die "apt-get gave no $tarball"
check_sha256 "$work/$tarball" "$tarball_sha256"
rm -rf "$work/unpack"
mkdir -p "$work/unpack"
tar -xJf "$work/$tarball" -C "$work/unpack" --strip-components=1 --wildcards '*/py/*'
[ -f "$work/unpack/py/gc.c" ] || die "$tarball holds no py/gc.c"
check_sha256 "$work/unpack/py/gc.c" "$gc_sha256"
mv "$work/unpack" "$tree"
echo "$tree"
