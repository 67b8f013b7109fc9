#!/usr/bin/env python3
"""Writes test/fuzz/corpus/resample: for each machine and quality, calls drawn with a fixed seed. See fuzz_resample.c for what the bytes mean."""
import os
import random

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "resample")


def words(*values):
    return b"".join(value.to_bytes(2, "little") for value in values)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    draw = random.Random(45)
    for speeds in (0, 1):
        for quality in (1, 2, 3):
            for shape in range(4):
                # machine, quality, rate, its own most or none, channels, wide, block, filtered speed
                begin = words(speeds, quality, draw.randrange(6), 0, shape % 2, shape // 2, draw.randrange(300), draw.randrange(9))
                calls = b"".join(words(draw.randrange(3), draw.choice((0, 0, 1, 2, 3, 4, 5, 5, 5)), *(draw.randrange(65536) for _ in range(draw.randrange(12))))
                                 for _ in range(30))
                with open(os.path.join(FOLDER, f"machine{speeds}-{quality}-{shape}"), "wb") as file:
                    file.write(begin + calls)


main()
