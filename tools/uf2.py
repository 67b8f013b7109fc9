#!/usr/bin/env python3
"""Makes UF2 files from firmware images, and reads them back; picotool is not needed.

In: an ELF file or raw bytes (.bin, for the start of flash) and the family, rp2040 or rp2350-arm-s. Out: a UF2 file in which every
flash sector that is touched is whole; or, the other way, what a UF2 file holds (what lies between its parts is erased, 0xff). An image
that the family's boot ROM would not start is refused.

usage: uf2.py make IMAGE OUT.uf2 --family rp2040|rp2350-arm-s
       uf2.py show FILE.uf2
       uf2.py unpack FILE.uf2 OUT.bin
"""
import argparse
import struct
import sys

FAMILIES = {"rp2040": 0xE48BFF56, "rp2350-arm-s": 0xE48BFF59}  # RP2350 datasheet 5.5.3
ABSOLUTE = 0xE48BFF57
NAMES = {**{number: name for name, number in FAMILIES.items()}, ABSOLUTE: "absolute"}
# A block has 512 bytes: eight words, 476 bytes of data, one word. RP2040 datasheet 2.8.4.2: payloads of 256 bytes, aligned to 256.
START, END = (0x0A324655, 0x9E5D5157), 0x0AB16F30
HEADER, BLOCK, PAYLOAD, DATA = struct.Struct("<8I"), 512, 256, 476
HAS_FAMILY, HAS_EXTENSIONS = 0x2000, 0x8000
FLASH, FLASH_MAX, SECTOR = 0x10000000, 0x1000000, 4096
# RP2350-E10: on a chip with a partition table the boot ROM computes the place of a file wrongly, unless a block of the absolute
# family comes first. Its extension tag makes it ignored. Address, payload and counts are those that picotool gives it.
E10_ADDRESS, E10_FILL, E10_BLOCKS, IGNORE = 0x10FFFF00, b"\xef", 2, 0x9957E304


class Wrong(Exception):
    """What is wrong with a file, as a sentence."""


def elf_segments(image):
    """(flash address, bytes) of what an ELF file loads, by load address."""
    if image[4:6] != b"\x01\x01":
        raise Wrong("is not a 32-bit little-endian ELF file; give the .elf that the linker made for the board")
    offset, = struct.unpack_from("<I", image, 28)
    size, count = struct.unpack_from("<HH", image, 42)
    for number in range(count):
        kind, start, _, address, stored = struct.unpack_from("<5I", image, offset + number * size)
        if kind != 1 or stored == 0:
            continue
        if not FLASH <= address < address + stored <= FLASH + FLASH_MAX:
            raise Wrong(f"loads {stored} bytes at {address:#x}, which is not flash; programs that run from RAM are not made here")
        if start + stored > len(image):
            raise Wrong("is cut off")
        yield address, image[start:start + stored]


def flash_of(name):
    """The bytes from the start of flash, holes and the last sector's rest erased (0xff)."""
    with open(name, "rb") as file:
        image = file.read()
    parts = list(elf_segments(image)) if image[:4] == b"\x7fELF" else [(FLASH, image)]
    if not any(part for _, part in parts):
        raise Wrong("loads nothing into flash")
    end = max(address + len(part) for address, part in parts) - FLASH
    flash = bytearray(b"\xff" * (-(-end // SECTOR) * SECTOR))
    for address, part in parts:
        flash[address - FLASH:address - FLASH + len(part)] = part
    return bytes(flash)


def crc32(data):
    """The boot ROM's: 0x04c11db7, from all ones, not reflected, not inverted (RP2040 datasheet 2.8.1.3.1)."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


def check_bootable(flash, family):
    """RP2040 starts what has a checked second stage; RP2350 what has an image definition in its first 4 KiB (RP2350 datasheet 5.9.5)."""
    second_stage = struct.unpack_from("<I", flash, 252)[0] == crc32(flash[:252])
    marked = struct.pack("<I", 0xFFFFDED3) in flash[:4096]
    if family == "rp2040" and not second_stage:
        raise Wrong("has no second boot stage with its checksum in the first 256 bytes: it is not for RP2040"
                    + (", but for RP2350" if marked else ""))
    if family == "rp2350-arm-s" and not marked:
        raise Wrong("has no image definition in its first 4 KiB: it is not for RP2350" + (", but for RP2040" if second_stage else ""))


def block(flags, address, number, count, family, payload, tail=b""):
    head = HEADER.pack(*START, flags, address, PAYLOAD, number, count, family)
    return head + (payload + tail).ljust(DATA, b"\0") + struct.pack("<I", END)


def make_parts(parts, family):
    """A UF2 file of parts, (offset, bytes): whole sectors, in order of their offsets."""
    blocks = []
    if family != "rp2040":
        blocks.append(block(HAS_FAMILY | HAS_EXTENSIONS, E10_ADDRESS, 0, E10_BLOCKS, ABSOLUTE, E10_FILL * PAYLOAD,
                            struct.pack("<I", IGNORE)))
    count, number = sum(len(part) for _, part in parts) // PAYLOAD, 0
    for offset, part in parts:
        for at in range(0, len(part), PAYLOAD):
            blocks.append(block(HAS_FAMILY, FLASH + offset + at, number, count, FAMILIES[family], part[at:at + PAYLOAD]))
            number += 1
    return b"".join(blocks)


def make(flash, family):
    return make_parts([(0, flash)], family)


def read(data):
    """(family, flash bytes, were there E10's block) of a UF2 file; every rule of the format is checked."""
    if not data or len(data) % BLOCK:
        raise Wrong(f"has {len(data)} bytes, which is no multiple of {BLOCK}: it is no UF2 file, or cut off")
    family, flash, blocks, total, e10 = None, bytearray(), 0, None, False
    for index in range(len(data) // BLOCK):
        raw = data[index * BLOCK:(index + 1) * BLOCK]
        first, second, flags, address, size, number, count, kin = HEADER.unpack_from(raw)
        if (first, second) != START or raw[-4:] != struct.pack("<I", END):
            raise Wrong(f"has no magic words in block {index}")
        if not flags & HAS_FAMILY or size != PAYLOAD or address % PAYLOAD:
            raise Wrong(f"has a block {index} without family, or whose payload is not {PAYLOAD} aligned bytes")
        if kin == ABSOLUTE and index == 0 and flags & HAS_EXTENSIONS:
            if struct.unpack_from("<I", raw, 32 + PAYLOAD)[0] != IGNORE:
                raise Wrong("begins with a block of the absolute family that boot ROMs do not ignore")
            e10 = True
            continue
        if kin not in FAMILIES.values() or family not in (None, kin):
            raise Wrong(f"has a block {index} of family {NAMES.get(kin, hex(kin))}")
        gap = address - FLASH - len(flash)
        if number != blocks or total not in (None, count) or gap < 0 or address >= FLASH + FLASH_MAX:
            raise Wrong(f"has block {number} of {count} for {address:#x} in place {index}: not in order, or not in flash")
        family, total = kin, count
        flash += b"\xff" * gap + raw[32:32 + PAYLOAD]
        blocks += 1
    if not blocks or blocks != total:
        raise Wrong(f"has {blocks} of {total} blocks")
    return NAMES[family], bytes(flash), e10


def run(options):
    if options.what == "make":
        flash = flash_of(options.file)
        check_bootable(flash.ljust(SECTOR, b"\xff"), options.family)
        with open(options.out, "wb") as file:
            file.write(make(flash, options.family))
        return
    with open(options.file, "rb") as file:
        family, flash, e10 = read(file.read())
    if options.what == "show":
        print(f"{options.file}: {family}, {len(flash)} bytes from {FLASH:#x} on"
              + (", and RP2350-E10's" if e10 else ""))
    else:
        with open(options.out, "wb") as file:
            file.write(flash)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    what = parser.add_subparsers(dest="what", required=True)
    making = what.add_parser("make", help="make a UF2 file of an image")
    making.add_argument("file")
    making.add_argument("out")
    making.add_argument("--family", required=True, choices=sorted(FAMILIES))
    what.add_parser("show", help="say what a UF2 file holds").add_argument("file")
    unpacking = what.add_parser("unpack", help="write the bytes that a UF2 file puts into flash")
    unpacking.add_argument("file")
    unpacking.add_argument("out")
    options = parser.parse_args()
    try:
        run(options)
    except (Wrong, OSError) as error:
        sys.exit(f"uf2: {options.file} {error}" if isinstance(error, Wrong) else f"uf2: {error}")


if __name__ == "__main__":
    main()
