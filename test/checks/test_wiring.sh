#!/usr/bin/env bash
# The pictures of docs/wiring.md are what docs/wiring/draw.py draws, and a changed one is noticed. In: docs/wiring. Out: "ok".
set -euo pipefail
cd "$(dirname "$0")/../.."
python3 docs/wiring/draw.py --check
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp docs/wiring/* "$folder"
sed -i 's/GPIO 9 /GPIO 8 /' "$folder/pcm5102.svg"
if python3 "$folder/draw.py" --check 2>"$folder/said"; then
    echo "a changed picture was not noticed" >&2
    exit 1
fi
grep -q 'pcm5102.svg is not what draw.py draws' "$folder/said"
echo "test_wiring: ok"
