#!/usr/bin/env bash
# Does docs/listening.md still show what its program sounds like? In: BUILD with examples/listening. Ten WAV files must come, of the lengths, peaks and loudness in the page's
# table; sox must read them so; the page must have a picture for each, of 640 pixels and less than 60 KB, and tell a scene that cannot be written.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build} page=docs/listening.md
tmp=${TMPDIR:-$(mktemp -d)}/listening
rm -rf "$tmp"
mkdir -p "$tmp"
failed=0
wrong() {
    echo "listening: $*"
    failed=1
}

"$build/examples/listening" "$tmp" >"$tmp/rows"
sed -n '/^<!-- sounds -->/,/^<!-- \/sounds -->/ { /^| [0-9]/p; }' "$page" >"$tmp/told"
diff "$tmp/told" "$tmp/rows" || wrong "$page tells other figures: look at the pictures and listen, then tools/listen.sh --pictures"
[ "$(wc -l <"$tmp/rows")" = 10 ] || wrong "not ten sounds"

for wav in "$tmp"/*.wav; do
    name=$(basename "$wav" .wav)
    [ "$(soxi -t "$wav") $(soxi -r "$wav") $(soxi -c "$wav") $(soxi -b "$wav")" = "wav 44100 1 16" ] || wrong "$name.wav is not what the page says"
    told=$(sed -n "${name%%-*}p" "$tmp/rows" | cut -d'|' -f4)
    awk -v a="$(soxi -D "$wav")" -v b="$told" 'BEGIN { exit !(a - b < 0.006 && b - a < 0.006 && a >= 2 && a <= 7) }' || wrong "$name.wav lasts $(soxi -D "$wav") s"
    peak=$(sox "$wav" -n stats 2>&1 | awk '/^Pk lev dB/ { print $4 }')
    awk -v a="$peak" -v b="$(sed -n "${name%%-*}p" "$tmp/rows" | cut -d'|' -f5)" 'BEGIN { exit !(a - b < 0.06 && b - a < 0.06 && a < -1) }' || wrong "$name.wav peaks at $peak dB"
    png=docs/listening/$name.png
    grep -q "](listening/$name.png)" "$page" || wrong "$page does not show $png"
    [ -f "$png" ] && [ "$(wc -c <"$png")" -lt 60000 ] && od -An -tu1 -j18 -N2 "$png" | awk '{ exit !(640 - ($1 * 256 + $2) < 3 && $1 * 256 + $2 <= 640) }' ||
        wrong "$png is missing, larger than 60 KB or not 640 pixels wide"
done

if "$build/examples/listening" "$tmp/nowhere" >/dev/null 2>"$tmp/error"; then
    wrong "a folder that is not there was written to"
fi
grep -q "nowhere/01-saw.wav: cannot write" "$tmp/error" || wrong "what could not be written is not told: $(cat "$tmp/error")"
[ "$failed" = 0 ] && echo "ten sounds, as $page tells"
exit $failed
