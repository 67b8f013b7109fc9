#!/usr/bin/env python3
"""Writes the seeds of fuzz_wav.c: one small file for each way in which a WAV file can be right or wrong.

In: nothing. Out: test/fuzz/corpus/wav/seed-*; each is four option bytes (see fuzz_wav.c), then the file. The same files on
every run. Files there with other names are finds of the fuzzer, and stay.
"""
import glob
import os
import struct

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "wav")
GUID = bytes.fromhex("000000001000800000aa00389b71")
OPEN = 0xFFFFFFFF
FILE, PIPE, SIZELESS, PIECES = 0, 1, 2, 12


def chunk(name, body, size=None):
    return name + struct.pack("<I", len(body) if size is None else size) + body + b"\0" * (len(body) & 1)


def fmt(tag=1, channels=2, rate=44100, bits=16, align=None, extra=b""):
    align = channels * ((bits + 7) // 8) if align is None else align
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * align & OPEN, align, bits) + extra)


def extensible(sub, channels, bits, valid, guid=GUID):
    return fmt(0xFFFE, channels, 48000, bits, extra=struct.pack("<HHIH", 22, valid, 3, sub) + guid)


def data(count, size=None):
    return chunk(b"data", bytes((i * 73 + i // 7) & 255 for i in range(count)), size)


def smpl(*loops):
    body = struct.pack("<9I", 0, 0, 22675, 60, 0, 0, 0, len(loops), 0)
    return chunk(b"smpl", body + b"".join(struct.pack("<6I", 0, *loop) for loop in loops))


def ds64(riff, size):
    return chunk(b"ds64", struct.pack("<QQQI", riff, size, 0, 0))


def riff(*chunks, name=b"RIFF", size=None):
    body = b"WAVE" + b"".join(chunks)
    return name + struct.pack("<I", len(body) if size is None else size) + body


FORWARD, PING_PONG = 0, 1
FLOATS = chunk(b"data", struct.pack("<10f", 0, 1, -1, 0.5, -0.25, 2, -2, 1e-30, float("nan"), float("inf")))
LIST = chunk(b"LIST", b"INFOISFT\x05\0\0\0Lavf\0")
# name: (how it is served, call that fails, buffer, how it is played, file)
SEEDS = {
    "u8-mono": (FILE, 0, 5, 0, riff(fmt(channels=1, bits=8), data(33))),
    "s16-stereo": (FILE, 0, 9, 0, riff(fmt(), data(200))),
    "s24-stereo": (FILE, 0, 9, 0, riff(fmt(bits=24), data(120))),
    "s32-mono": (FILE, 0, 9, 0, riff(fmt(channels=1, bits=32), data(80))),
    "float": (FILE, 0, 3, 0, riff(fmt(3, 2, 48000, 32), FLOATS)),
    "six-channels": (FILE, 0, 9, 0, riff(fmt(channels=6), data(12 * 20))),
    "many-channels": (FILE, 0, 0, 0, riff(fmt(channels=400, bits=8), data(1000))),
    "bits-12": (FILE, 0, 9, 0, riff(fmt(bits=12), data(40))),
    "bits-20": (FILE, 0, 9, 0, riff(fmt(bits=20), data(60))),
    "bits-24-in-32": (FILE, 0, 9, 0, riff(fmt(bits=24, align=8), data(64))),
    "extensible-s16": (FILE, 0, 9, 0, riff(extensible(1, 2, 16, 16), data(40))),
    "extensible-20-in-24": (FILE, 0, 9, 0, riff(extensible(1, 2, 24, 20), data(60))),
    "extensible-float": (FILE, 0, 9, 0, riff(extensible(3, 2, 32, 32), FLOATS)),
    "extensible-other-guid": (FILE, 0, 9, 0, riff(extensible(1, 4, 16, 16, GUID[::-1]), data(40))),
    "list-odd-before": (FILE, 0, 9, 0, riff(chunk(b"LIST", b"INFOICMT\x01\0\0\0x"), fmt(), data(40))),
    "list-after": (FILE, 0, 9, 0, riff(fmt(), data(41), LIST)),
    "fact-bext-junk": (FILE, 0, 9, 0, riff(chunk(b"JUNK", b"\0" * 28), fmt(), chunk(b"fact", b"\x0a\0\0\0"), chunk(b"bext", b"b" * 99),
                                          data(40))),
    "data-first": (FILE, 0, 9, 0, riff(data(40), LIST, fmt())),
    "data-first-pipe": (PIPE, 0, 9, 0, riff(data(40), fmt())),
    "pipe": (PIPE, 0, 9, 0, riff(fmt(), LIST, data(40))),
    "pipe-open": (PIPE | PIECES, 0, 9, 0, riff(fmt(), data(41, OPEN), size=OPEN)),
    "sizeless": (SIZELESS, 0, 9, 0, riff(fmt(), data(40), LIST)),
    "sizeless-open": (SIZELESS | PIECES, 0, 9, 2, riff(fmt(), data(43, OPEN), size=OPEN)),
    "length-0": (FILE, 0, 9, 0, riff(fmt(), data(40, 0))),
    "length-0-truly": (FILE, 0, 9, 0, riff(fmt(), data(0), LIST)),
    "length-beyond": (FILE, 0, 9, 0, riff(fmt(), data(40, 4000))),
    "length-far-beyond": (FILE, 0, 9, 0, riff(fmt(), data(40, 0xFFFFFFF0))),
    "list-beyond": (FILE, 0, 9, 0, riff(fmt(), chunk(b"LIST", b"INFO", 0xFFFFFFFE), data(40))),
    "rf64": (FILE, 0, 9, 0, riff(ds64(200, 40), fmt(), data(40, OPEN), name=b"RF64", size=OPEN)),
    "rf64-without-ds64": (FILE, 0, 9, 0, riff(fmt(), data(40, OPEN), name=b"RF64", size=OPEN)),
    "rf64-huge": (SIZELESS, 0, 9, 2, riff(ds64(2**64 - 1, 2**64 - 2), fmt(), data(40, OPEN), name=b"RF64", size=OPEN)),
    "bw64-empty": (FILE, 0, 9, 0, riff(ds64(8 + 36 + 24 + 8 + 4, 0), fmt(), data(0, OPEN), name=b"BW64", size=OPEN)),
    "smpl-before": (FILE, 0, 3, 1, riff(fmt(), smpl((FORWARD, 3, 9, 0, 0)), data(80))),
    "smpl-after": (FILE, 0, 30, 1, riff(fmt(), data(80), smpl((PING_PONG, 1, 2, 0, 0), (FORWARD, 0, 19, 0, 3)))),
    "smpl-one-frame": (FILE, 0, 0, 1, riff(fmt(), data(80), smpl((FORWARD, 5, 5, 0, 0)))),
    "smpl-outside": (FILE, 0, 9, 1, riff(fmt(), data(80), smpl((FORWARD, 5, 20, 0, 0)))),
    "smpl-cut": (FILE, 0, 9, 1, riff(fmt(), data(80), smpl((FORWARD, 5, 9, 0, 0))[:-9])),
    "loop-set": (FILE, 0, 2, 2 | 4 << 2 | 1 << 4, riff(fmt(), data(80))),
    "loop-to-the-end": (FILE, 0, 255, 2 | 8 | 3 << 4, riff(fmt(channels=1, bits=8), data(60))),
    "fails-in-header": (FILE, 4, 9, 0, riff(fmt(), data(40), LIST)),
    "fails-while-playing": (FILE | PIECES, 30, 3, 0, riff(fmt(), data(200))),
    "fails-in-a-seek": (FILE, 11, 2, 1, riff(fmt(), smpl((FORWARD, 3, 9, 0, 0)), data(80))),
    "cut-in-riff": (FILE, 0, 9, 0, b"RIFF\x24\0\0\0WA"),
    "cut-in-fmt": (PIPE, 0, 9, 0, riff(fmt())[:30]),
    "cut-in-data": (FILE, 0, 9, 0, riff(fmt(), data(80))[:-17]),
    "empty": (FILE, 0, 9, 0, b""),
    "flac": (FILE, 0, 9, 0, b"fLaC\0\0\0\x22" + bytes(34)),
    "rifx": (FILE, 0, 9, 0, b"RIFX\0\0\0\x24WAVEfmt \0\0\0\x10\0\x01"),
    "avi": (FILE, 0, 9, 0, b"RIFF\x24\0\0\0AVI LIST"),
    "mp3": (FILE, 0, 9, 0, riff(fmt(0x55, 2, 44100, 0, 1, bytes(14)), data(40))),
    "ima-adpcm": (FILE, 0, 9, 0, riff(fmt(0x11, 1, 8000, 4, 256, b"\x02\0\xf9\x01"), data(256))),
    "channels-0": (FILE, 0, 9, 0, riff(fmt(channels=0, align=4), data(40))),
    "rate-0": (FILE, 0, 9, 0, riff(fmt(rate=0), data(40))),
    "align-odd": (FILE, 0, 9, 0, riff(fmt(align=3), data(40))),
    "two-of-each": (FILE, 0, 9, 0, riff(fmt(), fmt(channels=1), data(40), data(20))),
    "no-data": (FILE, 0, 9, 0, riff(fmt(), LIST)),
    "no-fmt": (FILE, 0, 9, 0, riff(data(40))),
}


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for old in glob.glob(os.path.join(FOLDER, "seed-*")):
        os.remove(old)
    for name, (served, fails, buffer, played, content) in SEEDS.items():
        with open(os.path.join(FOLDER, "seed-" + name), "wb") as file:
            file.write(bytes([served, fails, buffer, played]) + content)
    print(f"{len(SEEDS)} seeds in {os.path.relpath(FOLDER)}")


main()
