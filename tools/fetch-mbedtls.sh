#!/bin/sh
# Brings mbedTLS from Debian 13's source package, which MicroPython's rp2 port is built with. In: TONEARM_MBEDTLS_SRC (a tree of 3.6 that is
# already there) or the machine's apt sources, read with the suite trixie in a private configuration: nothing of the system's apt is
# changed. Out: one line on stdout, the tree. Everything else goes to stderr. With everything there it needs no network.
# usage: fetch-mbedtls.sh [folder to work in; default build/deps/mbedtls]
set -eu

version=3.6.6-0.1~deb13u1
tarball=mbedtls_3.6.6.orig.tar.bz2
tarball_sha256=8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a

say() { echo "fetch-mbedtls: $*" >&2; }
die() { say "$*"; exit 1; }

if [ -n "${TONEARM_MBEDTLS_SRC:-}" ]; then
    [ -f "$TONEARM_MBEDTLS_SRC/library/sha256.c" ] || die "TONEARM_MBEDTLS_SRC=$TONEARM_MBEDTLS_SRC has no library/sha256.c"
    say "using $TONEARM_MBEDTLS_SRC, as TONEARM_MBEDTLS_SRC says; its version is not checked"
    (cd "$TONEARM_MBEDTLS_SRC" && pwd)
    exit 0
fi

work=${1:-build/deps/mbedtls}
mkdir -p "$work"
work=$(cd "$work" && pwd)
tree=$work/mbedtls-3.6.6
stamp=$tree/.unpacked-from # written last, so that a tree which was only half unpacked is not taken for a whole one

if [ "$(cat "$stamp" 2>/dev/null)" = "$tarball_sha256" ]; then
    echo "$tree"
    exit 0
fi

# shellcheck source=tools/trixie.sh
. "$(dirname "$0")/trixie.sh"
if [ ! -f "$work/$tarball" ]; then
    say "fetching the source of mbedtls $version (Debian 13)"
    trixie_fetch deb-src mbedtls "$version" "$work" ||
        die "mbedtls $version cannot be downloaded; set TONEARM_MBEDTLS_SRC to a tree of mbedTLS 3.6"
fi
[ -f "$work/$tarball" ] || die "apt-get gave no $tarball"
trixie_check "$work/$tarball" "$tarball_sha256" || exit 1
rm -rf "$work/unpack" "$tree" "$work/apt-deb-src"
mkdir -p "$work/unpack"
tar -xjf "$work/$tarball" -C "$work/unpack" --strip-components=1 --exclude='*/tests/*' --exclude='*/docs/*' --exclude='*/programs/*' ||
    die "$tarball cannot be unpacked"
mv "$work/unpack" "$tree"
echo "$tarball_sha256" >"$stamp"
echo "$tree"
