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
prune() { :; }

# shellcheck source=tools/trixie.sh
. "$(dirname "$0")/trixie.sh"
trixie_tree mbedtls "$version" "$tarball" "$tarball_sha256" TONEARM_MBEDTLS_SRC library/sha256.c "tree of mbedTLS 3.6" \
    "${1:-build/deps/mbedtls}" --exclude='*/tests/*' --exclude='*/docs/*' --exclude='*/programs/*'
