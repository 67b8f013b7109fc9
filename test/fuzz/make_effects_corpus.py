#!/usr/bin/env python3
"""Writes test/fuzz/corpus/effects: for each effect and format a script that plays, changes everything, and plays on. Out: the number of files."""
import pathlib
import struct

FOLDER = pathlib.Path(__file__).resolve().parent / "corpus" / "effects"
PLAY, CHAIN, BIQUAD, SETTING, PARAMETER, CLEAR = (next(b for b in range(0x60, 0x80) if b % 7 == call) for call in (0, 1, 2, 3, 4, 6))


def number(value):
    return b"\0" + struct.pack(">f", value)


def script(kind, way):
    hear = bytes([0x40, 200])
    body = bytes([PLAY, 4 + 8 + way % 2 * 2, 3 + way]) + hear
    for which, value in enumerate((0.3, 1e30, float("nan"), 0.9)):
        body += bytes([PARAMETER, which]) + number(value) + hear
    body += bytes([SETTING, 0x82 if kind == 1 else 11]) + hear + bytes([CHAIN, 0x26]) + hear
    body += bytes([BIQUAD, 3]) + number(float("inf")) + hear + bytes([CLEAR]) + hear
    body += bytes([PLAY, 17, way]) + hear + bytes([5, 66, 130, 200]) * 4
    return bytes([kind + 4 * way % 16 + 16 * (way // 2), 20 + way]) + body


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    files = {f"seed-{name}-{way}": script(kind, way) for kind, name in enumerate(("filter", "distortion", "phaser", "freeverb")) for way in range(4)}
    for name, content in files.items():
        (FOLDER / name).write_bytes(content)
    print(f"{len(files)} files in {FOLDER.name}")


if __name__ == "__main__":
    main()
