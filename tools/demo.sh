#!/usr/bin/env bash
# The demonstration: two recordings through the real driver on a virtual Pico. Called by `make demo`, after the build.
# In: BUILD. Out: what the command shows, and BUILD/demo.wav, decoded from the I2S pins.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
voice=/usr/share/sounds/alsa/Front_Center.wav
bold="" plain=""
if [ -t 1 ]; then
    bold=$(tput bold 2>/dev/null || true)
    plain=$(tput sgr0 2>/dev/null || true)
fi

run() { # shows the command, then runs it
    printf '\n%s$ %s%s\n' "$bold" "$*" "$plain"
    "$@"
}

"${CC:-cc}" -O2 -std=gnu11 tools/demo_tone.c -o "$build/demo_tone" -lm
"$build/demo_tone" >"$build/demo-strings.wav"

if [ -f "$voice" ]; then
    ln -sf "$voice" "$build/voice.wav"
    echo
    echo "A voice ($voice), mono, on a virtual Pico:"
    run "$build/tonearm" play "$build/voice.wav" --out "$build/demo-voice.wav"
else
    echo "demo: $voice is not there (Debian's alsa-utils), so only the second recording is played" >&2
fi
echo
echo "Strings, made on the spot, 44.1 kHz stereo. What a DAC would hear is decoded"
echo "from the pins into $build/demo.wav:"
run "$build/tonearm" play "$build/demo-strings.wav" --out "$build/demo.wav"
echo
echo "$build/demo.wav has $(wc -c <"$build/demo.wav") bytes, as they left the pins. To listen:"
echo "  aplay $build/demo.wav"
echo "  $build/tonearm play $build/demo-strings.wav --pin speaker"
