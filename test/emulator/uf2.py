#!/usr/bin/env python3
"""The UF2 files of every firmware image, read back: byte for byte what objcopy makes of the ELF file; then what is refused, and how.

In: build/firmware/BOARD/*.elf and .uf2. Out: a line per file and per refusal.
"""
import glob
import os
import struct
import subprocess
import sys

BUILD = os.environ.get("BUILD", "build")
WORK = os.environ["TMPDIR"]
TOOL = "tools/uf2.py"
FAMILIES = {"pico": ("rp2040", 0xE48BFF56), "pico2": ("rp2350-arm-s", 0xE48BFF59)}


def run(*words):
    return subprocess.run([sys.executable, TOOL, *words], capture_output=True, text=True, check=False)


def need(condition, sentence):
    if not condition:
        sys.exit(sentence)


def blocks_of(path):
    """Every block as (flags, address, size, number, count, family, data), without the tool."""
    with open(path, "rb") as file:
        data = file.read()
    found = []
    for at in range(0, len(data), 512):
        first, second, *fields = struct.unpack_from("<8I", data, at)
        last, = struct.unpack_from("<I", data, at + 508)
        need((first, second, last) == (0x0A324655, 0x9E5D5157, 0x0AB16F30), f"{path}: magic words at {at}")
        found.append((*fields, data[at + 32:at + 508]))
    return found


def check_image(elf, board):
    uf2, binary = elf[:-4] + ".uf2", os.path.join(WORK, "image.bin")
    subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", elf, binary], check=True)
    with open(binary, "rb") as file:
        wanted = file.read()
    wanted += b"\xff" * (-len(wanted) % 4096)
    blocks = blocks_of(uf2)
    if board == "pico2":
        flags, address, size, _, _, family, data = blocks.pop(0)
        need((flags, address, size, family) == (0xA000, 0x10FFFF00, 256, 0xE48BFF57), f"{uf2}: RP2350-E10's block")
        need(data[:256] == b"\xef" * 256 and data[256:260] == struct.pack("<I", 0x9957E304), f"{uf2}: RP2350-E10's data")
    for place, (flags, address, size, number, count, family, data) in enumerate(blocks):
        need((flags, address, size) == (0x2000, 0x10000000 + 256 * place, 256), f"{uf2}: block {place}")
        need((number, count, family) == (place, len(blocks), FAMILIES[board][1]), f"{uf2}: block {place}")
        need(data[:256] == wanted[256 * place:256 * place + 256], f"{uf2}: the data of block {place}")
    need(256 * len(blocks) == len(wanted), f"{uf2}: {len(blocks)} blocks for {len(wanted)} bytes")
    unpacked = os.path.join(WORK, "unpacked.bin")
    done = run("unpack", uf2, unpacked)
    with open(unpacked, "rb") as file:
        need(done.returncode == 0 and file.read() == wanted, f"{uf2}: is not unpacked as it was packed: {done.stderr}")
    print(f"  {board}/{os.path.basename(uf2)}: {len(blocks)} blocks")
    return uf2


def refused(words, *command):
    done = run(*command)
    need(done.returncode == 1 and words in done.stderr, f"{command} must say {words!r}, and says {done.stderr!r}")
    print("  refused: " + done.stderr.strip().replace(WORK + "/", ""))


def patched(path, *changes):
    """A copy with bytes changed: (offset, bytes); None cuts the file there."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    for offset, new in changes:
        if new is None:
            del data[offset:]
        else:
            data[offset:offset + len(new)] = new
    copy = os.path.join(WORK, "damaged" + path[-4:])
    with open(copy, "wb") as file:
        file.write(data)
    return copy


def check_refusals(elf, uf2):
    out = os.path.join(WORK, "out.uf2")
    word = struct.Struct("<I").pack
    for board, other in (("pico", "rp2350-arm-s"), ("pico2", "rp2040")):
        refused(f"is not for {other[:6].upper()}, but for", "make", elf[board], out, "--family", other)
    refused("is not a 32-bit little-endian ELF", "make", patched(elf["pico"], (4, b"\2")), out, "--family", "rp2040")
    with open(elf["pico"], "rb") as file:
        headers, = struct.unpack_from("<28xI", file.read(52))
    refused("which is not flash", "make", patched(elf["pico"], (headers + 12, word(0x20000000))), out, "--family", "rp2040")
    refused("is cut off", "make", patched(elf["pico"], (4096, None)), out, "--family", "rp2040")
    refused("no second boot stage with its checksum", "make", patched(elf["pico"], (0x1010, b"\0\0\0\0")), out, "--family", "rp2040")
    need(not os.path.exists(out), "a refused image must leave no file")
    refused("cut off", "show", patched(uf2["pico"], (700, None)))
    refused("no UF2 file", "show", patched(uf2["pico"], (0, None)))
    refused("no magic words in block 1", "show", patched(uf2["pico"], (512, b"X")))
    refused("without family", "show", patched(uf2["pico"], (8, word(0))))
    refused("of family 0x12345678", "show", patched(uf2["pico"], (512 + 28, word(0x12345678))))
    refused("not in order", "show", patched(uf2["pico"], (512 + 20, word(2))))
    refused("blocks", "show", patched(uf2["pico"], (512 * 4, None)))
    refused("that boot ROMs do not ignore", "show", patched(uf2["pico2"], (32 + 256, word(0))))
    refused("No such file", "show", os.path.join(WORK, "nothing.uf2"))


def main():
    elf, uf2 = {}, {}
    for board in FAMILIES:
        images = sorted(glob.glob(f"{BUILD}/firmware/{board}/*.elf"))
        need(images, f"no firmware in {BUILD}/firmware/{board}: make firmware")
        for image in images:
            elf[board], uf2[board] = image, check_image(image, board)
    check_refusals(elf, uf2)


main()
