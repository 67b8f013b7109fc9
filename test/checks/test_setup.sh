#!/usr/bin/env bash
# tools/setup.sh without root and without apt: it names what is missing, goes on when it can, and stops only without a
# compiler. It sees a PATH of our making, in which `id` says that we are nobody. Then with an apt and a sudo that only note how
# they were called: it gives the command to type, asks sudo at a terminal only, and without a compiler downloads nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=${TMPDIR:?}
mkdir -p "$work/bin"
for tool in bash sh env dirname grep sed awk cat sha256sum mkdir rm mv tail head sort basename gcc cc ar as ld make python3 pkg-config \
    valgrind clang clang-format clang-tidy ffmpeg cmake jq man script setsid sigrok-cli spin node npm qemu-system-arm \
    arm-none-eabi-gcc arm-none-eabi-g++ arm-none-eabi-as git ld.lld llvm-objcopy; do
    path=$(command -v "$tool") || continue
    ln -s "$path" "$work/bin/$tool"
done
printf '#!/bin/sh\necho 1000\n' >"$work/bin/id"
chmod +x "$work/bin/id"
setup() { # level [variable=value]...
    code=0
    level=$1
    shift
    env -i PATH="$work/bin" BUILD="$work/build" "$@" tools/setup.sh "$level" >"$work/out" 2>&1 || code=$?
    cat "$work/out"
}
expect() { # exit code, words that must be said...
    [ "$code" = "$1" ] || { echo "exit code $code, not $1" && exit 1; }
    shift
    for words in "$@"; do
        grep -qF -- "$words" "$work/out" || { echo "did not say: $words" && exit 1; }
    done
}

echo "== everything but sox, and no apt =="
setup test
expect 0 "cannot install packages here" "missing, by the names of Debian's packages: sox" "going on without them"
if grep -q "sudo apt-get" "$work/out"; then echo "names a command that is not there" && exit 1; fi
echo "== the same with apt: a command to type =="
note() { # tool, exit code
    printf '#!/bin/sh\necho "%s $*" >>"%s"\nexit %s\n' "$1" "$work/calls" "$2" >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}
called() { grep -q "^$1" "$work/calls"; }
note apt-get 1
: >"$work/calls"
setup test
expect 0 "type: sudo apt-get install -y --no-install-recommends sox" "going on without them"
echo "== sudo that wants a password: not asked without a terminal, asked once at one =="
note sudo 1
: >"$work/calls"
setup test
expect 0 "type: sudo apt-get install -y --no-install-recommends sox"
if called "sudo -v"; then echo "sudo was to ask without a terminal" && exit 1; fi
at_terminal() { # level
    : >"$work/calls"
    code=0
    script -qec "env -i PATH='$work/bin' BUILD='$work/build' tools/setup.sh $1" /dev/null >"$work/out" 2>&1 </dev/null || code=$?
    cat "$work/out" "$work/calls"
}
at_terminal test
expect 0 "type: sudo apt-get install -y --no-install-recommends sox"
[ "$(grep -c '^sudo -v' "$work/calls")" = 1 ]
if called "sudo env"; then echo "went on without the password" && exit 1; fi
cat >"$work/bin/sudo" <<END
#!/bin/sh
echo "sudo \$*" >>"$work/calls"
case \$* in
-n*) exit 1 ;;
*--assume-no*) echo "Need to get 12.3 MB/45.6 MB of archives." && echo "After this operation, 789 MB of additional disk space will be used." ;;
esac
END
at_terminal test
expect 0 "installing: sox" "setup: 45.6 MB of packages, 789 MB on the disk"
called "sudo env DEBIAN_FRONTEND=noninteractive apt-get .* install -y --no-install-recommends sox"
rm "$work/bin/sudo"
echo "== the demo needs no sox =="
setup demo
expect 0
if grep -q "missing" "$work/out"; then exit 1; fi
echo "== no apt: no speaker, said aloud =="
grep -q "building without the speaker pin" "$work/out" || [ -f /usr/include/miniaudio.h ] || [ -f /usr/local/include/miniaudio.h ]
echo "== firmware: no SDK, and no way to fetch one =="
setup firmware
expect 1 "set PICO_SDK_PATH" "no Pico SDK"
echo "== firmware: an SDK that is there already =="
mkdir -p "$work/sdk"
setup firmware PICO_SDK_PATH="$work/sdk"
expect 1 "has no pico_sdk_init.cmake"
touch "$work/sdk/pico_sdk_init.cmake"
setup firmware PICO_SDK_PATH="$work/sdk"
expect 0
if grep -q "missing" "$work/out"; then exit 1; fi
echo "== MicroPython: no source, and no way to fetch it; then one that is there already =="
setup micropython PICO_SDK_PATH="$work/sdk"
expect 1 "set TONEARM_MICROPYTHON_SRC" "no MicroPython source"
setup micropython PICO_SDK_PATH="$work/sdk" TONEARM_MICROPYTHON_SRC="$work/vm"
expect 1 "has no py/gc.c"
mkdir -p "$work/vm/py" "$work/tls/library"
touch "$work/vm/py/gc.c"
setup micropython PICO_SDK_PATH="$work/sdk" TONEARM_MICROPYTHON_SRC="$work/vm"
expect 1 "set TONEARM_MBEDTLS_SRC" "no mbedTLS"
setup micropython PICO_SDK_PATH="$work/sdk" TONEARM_MICROPYTHON_SRC="$work/vm" TONEARM_MBEDTLS_SRC="$work/tls"
expect 1 "has no library/sha256.c"
touch "$work/tls/library/sha256.c"
setup micropython PICO_SDK_PATH="$work/sdk" TONEARM_MICROPYTHON_SRC="$work/vm" TONEARM_MBEDTLS_SRC="$work/tls"
expect 0 "its version is not checked"
setup micropython TONEARM_MICROPYTHON_SRC="$work/vm" TONEARM_MBEDTLS_SRC="$work/tls"
expect 1 "no Pico SDK"
echo "== firmware: no Arm compiler =="
rm "$work/bin/arm-none-eabi-gcc"
setup firmware PICO_SDK_PATH="$work/sdk"
expect 1 "missing, by the names of Debian's packages: gcc-arm-none-eabi" "cannot go on"
setup test
expect 0 "gcc-arm-none-eabi" "going on: firmware cannot be built" "going on without them"
echo "== no compiler: nothing is downloaded =="
rm "$work/bin/cc"
for level in demo micropython test; do
    : >"$work/calls"
    setup $level
    expect 1 "build-essential" "cannot go on" "type: sudo apt-get install -y --no-install-recommends build-essential"
    [ ! -s "$work/calls" ] || { cat "$work/calls" && exit 1; }
done
echo "== a level that does not exist =="
setup everything
expect 2 "usage:"
