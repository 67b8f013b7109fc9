#!/bin/sh
# Parameters as the chips have them, 32 bits: LFO, Math, biquads and the synthesizer with TA_CFG_REAL_FLOAT. A phase just below 0 is rounded to 1 (W12) far more often then.
set -eu
cd "$(dirname "$0")/../.."
work=${TMPDIR:-$(mktemp -d)}
mkdir -p "$work"
for name in control_lfo biquad synth; do
    "${CC:-gcc}" -std=gnu11 -O1 -DTA_CFG_REAL_FLOAT=1 -Wall -Wextra -Werror -Iinclude -I. "test/unit/test_$name.c" test/support/synth_rig.c src/source/control*.c src/source/biquad*.c \
        src/source/synth*.c src/source/guard.c src/source/source.c src/convert/format.c src/mem/status.c src/mem/platform.c -o "$work/$name" -lcmocka -lpthread -lm
    "$work/$name"
done
