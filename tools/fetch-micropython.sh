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

prune() { # of twenty ports, two are ours
    for port in "$1"/ports/*; do
        case ${port##*/} in unix | rp2) ;; *) rm -rf "$port" ;; esac
    done
}

# shellcheck source=tools/trixie.sh
. "$(dirname "$0")/trixie.sh"
trixie_tree micropython "$version" "$tarball" "$tarball_sha256" TONEARM_MICROPYTHON_SRC py/gc.c "MicroPython 1.25 tree" \
    "${1:-build/deps/micropython}" --exclude='*/docs/*' --exclude='*/logo/*'
