#!/usr/bin/env bash
# Renders the ten sounds of docs/listening.md and their spectrograms. Called by `make listen`, after the build.
# In: BUILD; --pictures also puts the spectrograms into docs/listening, and the table's rows into the page. Out: BUILD/listen/*.wav and *.png, and the rows.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
out=$build/listen
page=docs/listening.md
command -v sox >/dev/null || { echo "listen: sox is missing (Debian's sox): it draws the spectrograms" >&2; exit 1; }
mkdir -p "$out"
rm -f "$out"/*.wav "$out"/*.png

"$build/examples/listening" "$out" | tee "$out/rows"

# Pictures are 640 pixels wide with their scales. Up to half of the second column's rate is shown, down to as many dB as the third says.
while read -r name rate depth; do
    sox "$out/$name.wav" -n rate -h "$rate" spectrogram -x 496 -y 257 -z "$depth" -q 14 -t "" -c "" -o "$out/$name.png"
done <<'TABLE'
01-saw 44100 80
02-echo 22050 90
03-room 44100 90
04-combs 44100 60
05-filter 22050 80
06-resampler 44100 100
07-mixer 22050 90
08-song 8000 70
09-drums 44100 70
10-pitch 8000 70
TABLE

if [ "${1:-}" = --pictures ]; then
    mkdir -p docs/listening
    cp "$out"/*.png docs/listening/
    sed -i -e "/^<!-- sounds -->/,/^<!-- \/sounds -->/ { /^| [0-9]/d; /^| --/r $out/rows
    }" "$page"
fi
echo "$out has the sounds (aplay $out/01-saw.wav) and their spectrograms"
