#!/usr/bin/env bash
# Builds the sound card pin against a stand-in for miniaudio, with the thread sanitizer, and runs its tests: no sound system is
# needed, and a data race between the feed and the device's thread is a failure.
# In: BUILD. Out: the tests' own report; exit code 0 if all passed and the sanitizer was silent.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build}/speaker-tsan
mkdir -p "$build"
# -Wno-tsan: gcc's thread sanitizer does not follow the fences of ta_output_stats; here one thread makes and reads them.
"${CC:-gcc}" -std=gnu11 -g -O1 -Wall -Wextra -Wno-tsan -fsanitize=thread -DTA_HAVE_MINIAUDIO=1 -Itest/unit/speaker -Iinclude -I. \
    test/unit/speaker/speaker.c test/unit/speaker/fake.c src/mem/*.c src/convert/*.c src/ring/*.c src/source/raw.c \
    src/source/source.c src/source/intake.c src/source/control.c src/source/resample*.c src/pin/desktop/desktop.c src/pin/desktop/speaker.c -o "$build/speaker" -lcmocka -lpthread -ldl -lm
TSAN_OPTIONS="halt_on_error=1 exitcode=66 second_deadlock_stack=1" "$build/speaker"
