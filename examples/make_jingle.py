#!/usr/bin/env python3
"""Makes the jingle that examples/flash_wav.c plays: three notes, left to right, in whole numbers only.

In: nothing. Out: a WAV file of 22,050 Hz, 16 bits, stereo, half a second, the same bytes every time.
usage: make_jingle.py OUT.wav
"""
import struct
import sys

RATE, NOTES, FRAMES = 22050, (525, 630, 735), 3675  # Hz; frames a note


def note(hz, frame):
    """A triangle of `hz`, fading out over the note."""
    place = frame * hz % RATE
    triangle = 4 * place - RATE if 2 * place < RATE else 3 * RATE - 4 * place  # -RATE..RATE
    return 12000 * triangle // RATE * (FRAMES - frame) // FRAMES


def main():
    frames = []
    for number, hz in enumerate(NOTES):
        for frame in range(FRAMES):
            sample = note(hz, frame)
            frames.append(struct.pack("<hh", sample * (2 - number) // 2, sample * number // 2))
    data = b"".join(frames)
    form = struct.pack("<HHIIHH", 1, 2, RATE, 4 * RATE, 4, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    with open(sys.argv[1], "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", len(body)) + body)


main()
