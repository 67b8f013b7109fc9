#!/usr/bin/env python3
"""Writes the seeds of fuzz_delays.c: each effect in each format, with a tour through every step.

In: nothing. Out: test/fuzz/corpus/delays/seed-*. The same files on every run. Files there with other names are finds of the fuzzer, and stay.
"""
import glob
import os

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "delays")
KINDS = ["echo", "chorus", "flanger", "multitap", "pitch", "granular"]
SET, FOLLOW, PLAY, STOP, SWITCH, CLEAR, HEAR = 0, 2, 3, 4, 5, 6, 7


def tour(kind, form):
    """Steps: play something, move everything, let it end, switch, clear, go on."""
    steps = [(PLAY, 4 * 20 + 2 * (form % 4)), (HEAR, 60)]
    for param in range(6):
        steps += [(SET + 8 * param, (param * 5 + form) % 30), (HEAR + 8 * param, 40)]
    steps += [(SWITCH, 1 + kind), (HEAR, 100), (FOLLOW, form), (HEAR, 120), (SWITCH, 2 + form), (PLAY, 0x80 + 4 * 9 + 1), (HEAR, 90)]
    steps += [(STOP, 0), (HEAR, 130), (SET + 8 * (form % 3), 25), (CLEAR, 0), (PLAY, 4 * 3 + 2), (HEAR, 200), (SWITCH, 0), (HEAR + 16, 250)]
    return bytes(byte for step in steps for byte in step)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for old in glob.glob(os.path.join(FOLDER, "seed-*")):
        os.remove(old)
    for kind, name in enumerate(KINDS):
        for form in range(8):
            size = [0, 6, 24, 90, 180, 42, 12, 120][form]  # multiples of six: the kind is what is left
            head = bytes([kind + size, form % 4 + 4 * (form // 4) + 8 * (form % 3), 31 + 40 * form % 200, 1 + 13 * form])
            with open(os.path.join(FOLDER, f"seed-{name}-{form}"), "wb") as seed:
                seed.write(head + tour(kind, form))


if __name__ == "__main__":
    main()
