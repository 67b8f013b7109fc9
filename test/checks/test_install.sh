#!/usr/bin/env bash
# `make install` into a staging folder: everything is there, every header stands alone in C and in C++, the README's program
# builds with pkg-config and with find_package and prints what the README says, and `make uninstall` leaves nothing. Without a
# staging folder: root's installation renews the loader's cache, anybody else's says what programs need, and what cannot be
# written is one sentence.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=test/checks/consumer.sh
. test/checks/consumer.sh
work=${TMPDIR:?}
build=${BUILD:-build}
readme_program "$work/program.c"
readme_output "$work/said"
version=$(sed -n 's/^#define TONEARM_VERSION  *"\(.*\)"/\1/p' include/tonearm/tonearm.h)

checked=0
for lib in /usr/lib "/usr/lib/$(gcc -print-multiarch)"; do
    stage=$work/stage${lib//\//-}
    install() { make --no-print-directory BUILD="$build" DESTDIR="$stage" PREFIX=/usr LIBDIR="$lib" "$1"; }
    install install
    for file in usr/bin/tonearm ".$lib/libtonearm.a" ".$lib/libtonearm.so.$version" ".$lib/libtonearm.so.${version%%.*}" \
        ".$lib/libtonearm.so" ".$lib/pkgconfig/tonearm.pc" ".$lib/pkgconfig/tonearm-virtual-pico.pc" \
        ".$lib/cmake/Tonearm/TonearmConfig.cmake" usr/include/tonearm/tonearm.h usr/include/tonearm/desktop.h \
        usr/include/tonearm/virtual-pico/pico/stdlib.h usr/share/man/man1/tonearm.1 usr/share/doc/tonearm/LICENSE \
        usr/share/bash-completion/completions/tonearm usr/share/zsh/site-functions/_tonearm; do
        [ -s "$stage/$file" ] || {
            echo "$file was not installed"
            exit 1
        }
        checked=$((checked + 1))
    done
    "$stage/usr/bin/tonearm" --version | grep -qF "$version"
    objdump -p "$stage$lib/libtonearm.so.$version" | grep -q "SONAME *libtonearm.so.${version%%.*}$"
    if nm -D --defined-only "$stage$lib/libtonearm.so.$version" | grep -E ' (ma_|cJSON)'; then
        echo "the shared library shows functions that are not ours"
        exit 1
    fi

    export PKG_CONFIG_LIBDIR="$stage$lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$stage"
    [ "$(pkg-config --modversion tonearm)" = "$version" ]
    flags=$(pkg-config --cflags --libs tonearm-virtual-pico)
    # shellcheck disable=SC2086
    gcc -std=gnu11 -Wall -Wextra -Werror "$work/program.c" -o "$work/program" $flags
    readme_run "$work/program" "$work" "$stage$lib"
    readme_with_cmake "$stage/usr" "$work"
    rm -rf "$work/consumer"

    for header in "$stage"/usr/include/tonearm/*.h; do
        echo "#include <tonearm/${header##*/}>" >"$work/alone.c"
        # shellcheck disable=SC2046
        gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only $(pkg-config --cflags tonearm) "$work/alone.c"
        # shellcheck disable=SC2046
        g++ -std=c++17 -Wall -Wextra -Werror -fsyntax-only -x c++ $(pkg-config --cflags tonearm) "$work/alone.c"
        checked=$((checked + 1))
    done
    man --warnings -E UTF-8 -l "$stage/usr/share/man/man1/tonearm.1" 2>"$work/man" >/dev/null || true
    if [ -s "$work/man" ]; then
        cat "$work/man"
        exit 1
    fi

    install uninstall
    left=$(find "$stage" ! -type d)
    if [ -n "$left" ] || [ -e "$stage/usr/include/tonearm" ] || [ -e "$stage$lib/cmake/Tonearm" ]; then
        echo "uninstall left behind: $left"
        exit 1
    fi
done

echo "== the loader's cache =="
# A PATH in which ldconfig only notes that it was called, and id says who we are.
mkdir -p "$work/bin"
printf '#!/bin/sh\necho "ldconfig $*" >>"%s"\n' "$work/called" >"$work/bin/ldconfig"
as() { # user id, DESTDIR, install | uninstall: what make said is in $work/said-by-make, ldconfig's calls are in $work/called
    printf '#!/bin/sh\necho %s\n' "$1" >"$work/bin/id"
    chmod +x "$work/bin/id" "$work/bin/ldconfig"
    : >"$work/called"
    PATH=$work/bin:$PATH make --no-print-directory BUILD="$build" DESTDIR="$2" PREFIX="$work/prefix" "$3" >"$work/said-by-make"
}
renewed() { grep -qx 'ldconfig ' "$work/called"; }
unset PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
as 0 "" install
renewed || { echo "root's installation did not call ldconfig" && exit 1; }
as 0 "" uninstall
renewed || { echo "root's uninstallation did not call ldconfig" && exit 1; }
for who in "0 $work/package" "1000 "; do
    # shellcheck disable=SC2086
    as ${who% *} "${who#* }" install
    if renewed; then echo "ldconfig was called for user and DESTDIR '$who'" && exit 1; fi
done
grep -qx "  to run programs:   export LD_LIBRARY_PATH=$work/prefix/lib" "$work/said-by-make"
grep -qx "  to build programs: export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig" "$work/said-by-make"
# shellcheck disable=SC2046
gcc "$work/program.c" -o "$work/program" $(PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig pkg-config --cflags --libs tonearm-virtual-pico)
readme_run "$work/program" "$work" "$work/prefix/lib"

echo "== what cannot be written =="
: >"$work/file"
if make --no-print-directory BUILD="$build" PREFIX="$work/file/prefix" install >/dev/null 2>"$work/complaint"; then exit 1; fi
cat "$work/complaint"
[ "$(grep -vc '^make' "$work/complaint")" = 1 ]
grep -qx "install: cannot write $work/file/prefix: sudo make install, or make install PREFIX=\$HOME/.local" "$work/complaint"
echo "$checked files checked"
[ "$checked" -ge 50 ]
