#!/usr/bin/env bash
# The README's program as a project of the Pico SDK: one project for each way to add Tonearm, both boards, gcc and the SDK's clang
# option, without a warning in Tonearm's files. What is built for RP2040 says on the emulator what the README says. Then what is
# said when it cannot be added.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=test/checks/consumer.sh
. test/checks/consumer.sh
root=$PWD
work=${TMPDIR:?}
export NO_DEBUG=1
sdk=$(tools/fetch-pico-sdk.sh "${BUILD:-build}/deps")
readme_program "$work/program.c"
readme_output "$work/said"

project() { # name, lines of CMake that add Tonearm: $work/name is a project that builds the README's program
    mkdir -p "$work/$1"
    cp "$sdk/external/pico_sdk_import.cmake" cmake/tonearm_import.cmake "$work/$1"
    cat >"$work/$1/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.20)
include(pico_sdk_import.cmake)
project(consumer C CXX ASM)
$2
pico_sdk_init()
tonearm_warnings(-Wall -Wextra -Werror)
add_executable(program ../program.c)
target_link_libraries(program tonearm_rp2 pico_stdlib)
END
}

build() { # name, board, options of cmake
    local name=$1 board=$2
    shift 2
    if ! { tools/pico_cmake.sh "$work/$name" "$work/$name/build" "$board" "$@" && cmake --build "$work/$name/build" -j1; } >"$work/log" 2>&1; then
        grep -E "error|warning|Error" "$work/log" | cut -c1-200 || true
        tail -n 30 "$work/log" | cut -c1-300
        exit 1
    fi
    if grep -E "^$root/.*warning" "$work/log"; then exit 1; fi
    for function in ta_i2s_open ta_ring_publish ta_raw_init; do
        arm-none-eabi-nm "$work/$name/build/program.elf" | grep " T $function$" >"$work/found" || {
            echo "$name: program.elf has no $function"
            exit 1
        }
    done
    if [ "$board" = pico ]; then
        # Pointers are shorter there than on the machine of the README, so that fewer bytes are used.
        node test/emulator/run.mjs "$work/$name/build/program.elf" >"$work/printed"
        diff -u <(sed 's/[0-9]* bytes/N bytes/' "$work/said") <(sed 's/[0-9]* bytes/N bytes/' "$work/printed")
        bytes_used() { sed -n 's/.*, \([0-9]*\) bytes used$/\1/p' "$1"; }
        [ "$(bytes_used "$work/printed")" -gt 7000 ] && [ "$(bytes_used "$work/printed")" -le "$(bytes_used "$work/said")" ]
    fi
    echo "$name, $board: $(arm-none-eabi-size "$work/$name/build/program.elf" | awk 'NR == 2 { print $1 " bytes of code and constants, " $3 " of SRAM" }')"
}

newlib() { # Debian's clang has no C library for Arm: gcc's, for that kind of processor
    local lib=/usr/lib/arm-none-eabi gcc
    gcc=$(dirname "$(arm-none-eabi-gcc -print-libgcc-file-name)")
    export CXXFLAGS="-isystem $lib/include/c++/${gcc##*/} -isystem $lib/include/c++/${gcc##*/}/arm-none-eabi/thumb/$1"
    clang=(-DPICO_COMPILER=pico_arm_clang -DPICO_CLIB=newlib -DPICO_COMPILER_SYSROOT=$lib
        -DCMAKE_TRY_COMPILE_PLATFORM_VARIABLES=PICO_COMPILER_SYSROOT
        "-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld -nostdlib -L$lib/lib/thumb/$1 -L$gcc/thumb/$1"
        "-DCMAKE_C_STANDARD_LIBRARIES=-lc -lgcc -lnosys" "-DCMAKE_CXX_STANDARD_LIBRARIES=-lstdc++ -lc -lgcc -lnosys -lc")
}

echo "== add_subdirectory, gcc =="
project subdirectory "add_subdirectory($root tonearm)"
build subdirectory pico

echo "== FetchContent of a repository, gcc =="
mkdir "$work/repository"
python3 test/checks/common.py all | grep -E '^(CMakeLists.txt|cmake/|include/|src/)' | tar -cf - -T - | tar -xf - -C "$work/repository"
git -C "$work/repository" init -q -b main
git -C "$work/repository" add -A
git -C "$work/repository" -c user.name=test -c user.email=test@localhost commit -q -m "A copy"
project fetched "include(FetchContent)
FetchContent_Declare(tonearm GIT_REPOSITORY $work/repository GIT_TAG main)
FetchContent_MakeAvailable(tonearm)"
build fetched pico2

echo "== tonearm_import.cmake with TONEARM_PATH, clang, small knobs =="
project imported "include(tonearm_import.cmake)
add_compile_definitions(TA_CFG_COMMANDS=2 TA_CFG_PLAN_ITEMS=2 TA_CFG_SENTENCE_BYTES=64)"
newlib v6-m/nofp
build imported pico -DTONEARM_PATH="$root" "${clang[@]}"
grep -q "TA_CFG_COMMANDS=2" "$work/imported/build/build.ninja" "$work/imported/build/CMakeFiles/program.dir/flags.make" 2>/dev/null

echo "== tonearm_import.cmake that clones, clang =="
project cloned "include(tonearm_import.cmake)"
newlib v8-m.main+fp/softfp
TONEARM_FETCH_FROM_GIT=ON TONEARM_FETCH_FROM_GIT_URL=$work/repository build cloned pico2 "${clang[@]}"
unset CXXFLAGS

refused() { # lines of CMake, words of the sentence, options
    local lines=$1 words=$2
    shift 2
    rm -rf "$work/refused"
    mkdir "$work/refused"
    cp "$sdk/external/pico_sdk_import.cmake" cmake/tonearm_import.cmake "$work/refused"
    printf 'cmake_minimum_required(VERSION 3.20)\n%s\n' "$lines" >"$work/refused/CMakeLists.txt"
    if tools/pico_cmake.sh "$work/refused" "$work/refused/build" pico "$@" >"$work/log" 2>&1; then
        echo "not refused: $lines" && exit 1
    fi
    tr -s '\n ' ' ' <"$work/log" | grep -qF "$words" || {
        cat "$work/log"
        exit 1
    }
    echo "$words"
}
import="include(pico_sdk_import.cmake)
project(consumer NONE)"
echo "== what is refused, and how =="
refused "$import
include(tonearm_import.cmake)" "set TONEARM_PATH to a tree, or TONEARM_FETCH_FROM_GIT to ON"
refused "$import
include(tonearm_import.cmake)" "which has no include/tonearm/tonearm.h: name a Tonearm tree" -DTONEARM_PATH="$work"
refused "$import
include(tonearm_import.cmake)" "TONEARM_FETCH_FROM_GIT_URL must say from where" -DTONEARM_FETCH_FROM_GIT=ON
refused "project(consumer NONE)
include(tonearm_import.cmake)" "include pico_sdk_import.cmake before tonearm_import.cmake" -DTONEARM_PATH="$root"
refused "$import
set(PICO_SDK_VERSION_STRING 2.0.0)
add_subdirectory($root tonearm)" "Tonearm needs Pico SDK 2.1.1 or later, and this is 2.0.0"
refused "$import
set(PICO_PLATFORM host)
add_subdirectory($root tonearm)" "platform host has neither DMA nor PIO"
