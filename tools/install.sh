#!/bin/sh
# Installs what was built, or takes away what an installation put there. Called by make.
# In: install | uninstall, and BUILD, DESTDIR, PREFIX, LIBDIR, VERSION in the environment. Out: files below DESTDIR; without
# DESTDIR the loader's cache is brought up to date, and what is still needed to build and run programs is said.
# Invariant: both commands walk the same list, so that nothing is left behind. What cannot be written is one sentence.
set -eu
cd "$(dirname "$0")/.."
what=$1
soversion=${VERSION%%.*}
lib=$LIBDIR
include=$PREFIX/include/tonearm
virtual=$include/virtual-pico
package=$lib/cmake/Tonearm
# The way from the package files up to the prefix: PREFIX/lib/cmake/Tonearm is three levels below it.
case $lib/ in
"$PREFIX"/*) up=$(echo "${package#"$PREFIX"/}" | sed 's,[^/][^/]*,..,g') ;;
*)
    echo "install: LIBDIR ($lib) must lie below PREFIX ($PREFIX)" >&2
    exit 2
    ;;
esac

cannot_write() {
    echo "install: cannot write $DESTDIR$PREFIX: sudo make $what, or make $what PREFIX=\$HOME/.local" >&2
    exit 1
}
put() { # mode, file, destination
    if [ "$what" = uninstall ]; then
        rm -f "$DESTDIR$3" 2>/dev/null || cannot_write
    else
        [ -f "$2" ] || { echo "install: $2 is not there" >&2 && exit 1; }
        mkdir -p "$(dirname "$DESTDIR$3")" 2>/dev/null || cannot_write
        install -m "$1" "$2" "$DESTDIR$3" 2>/dev/null || cannot_write
    fi
}
fill() { # template, destination
    mkdir -p "$BUILD"
    sed -e "s,@PREFIX@,$PREFIX,g" -e "s,@LIBDIR@,$lib,g" -e "s,@VERSION@,$VERSION,g" -e "s,@SOVERSION@,$soversion,g" \
        -e "s,@UP@,$up,g" "$1" >"$BUILD/install.tmp"
    put 644 "$BUILD/install.tmp" "$2"
    rm -f "$BUILD/install.tmp"
}
link() { # target, destination
    if [ "$what" = uninstall ]; then rm -f "$DESTDIR$2" 2>/dev/null; else ln -sf "$1" "$DESTDIR$2" 2>/dev/null; fi || cannot_write
}
# A library that was never there before is found by programs once the loader's cache has it: root's work, and only for
# folders that the loader searches.
renew_loader_cache() {
    [ -z "$DESTDIR" ] && [ "$(id -u)" = 0 ] || return 0
    PATH=$PATH:/sbin:/usr/sbin ldconfig 2>/dev/null || true
}
say_what_programs_need() {
    [ -z "$DESTDIR" ] || return 0
    if ! PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -qF "=> $lib/libtonearm.so.$soversion"; then
        echo "  to run programs:   export LD_LIBRARY_PATH=$lib"
    fi
    if [ "$(pkg-config --variable=pcfiledir tonearm 2>/dev/null)" != "$lib/pkgconfig" ]; then
        echo "  to build programs: export PKG_CONFIG_PATH=$lib/pkgconfig"
    fi
}

put 755 "$BUILD/tonearm" "$PREFIX/bin/tonearm"
put 644 "$BUILD/libtonearm.a" "$lib/libtonearm.a"
put 755 "$BUILD/libtonearm.so.$VERSION" "$lib/libtonearm.so.$VERSION"
link "libtonearm.so.$VERSION" "$lib/libtonearm.so.$soversion"
link "libtonearm.so.$soversion" "$lib/libtonearm.so"
for header in include/tonearm/*.h; do put 644 "$header" "$include/${header##*/}"; done
find chip/include -name '*.h' | sort | {
    while read -r header; do put 644 "$header" "$virtual/${header#chip/include/}"; done
}
put 644 chip/chip.h "$virtual/chip.h"
fill cmake/tonearm.pc.in "$lib/pkgconfig/tonearm.pc"
fill cmake/tonearm-virtual-pico.pc.in "$lib/pkgconfig/tonearm-virtual-pico.pc"
put 644 cmake/TonearmConfig.cmake "$package/TonearmConfig.cmake"
fill cmake/TonearmConfigVersion.cmake.in "$package/TonearmConfigVersion.cmake"
fill cmake/TonearmTargets.cmake.in "$package/TonearmTargets.cmake"
put 644 docs/tonearm.1 "$PREFIX/share/man/man1/tonearm.1"
put 644 docs/completion/tonearm.bash "$PREFIX/share/bash-completion/completions/tonearm"
put 644 docs/completion/_tonearm "$PREFIX/share/zsh/site-functions/_tonearm"
put 644 LICENSE "$PREFIX/share/doc/tonearm/LICENSE"

if [ "$what" = uninstall ]; then # folders of ours that are empty now
    for folder in "$virtual" "$include" "$package" "$PREFIX/share/doc/tonearm"; do
        [ -d "$DESTDIR$folder" ] && find "$DESTDIR$folder" -depth -type d -empty -delete
    done
    renew_loader_cache
    echo "  uninstalled from $DESTDIR$PREFIX"
else
    renew_loader_cache
    echo "  installed to $DESTDIR$PREFIX"
    say_what_programs_need
fi
