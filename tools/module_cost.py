#!/usr/bin/env python3
"""What Tonearm costs in a MicroPython firmware: bytes of flash and of static SRAM, from the linker's map.

In: a board's name, the map, the UF2 file (for its size). Out: a line, and as a module the numbers. What is copied to SRAM at the start
counts as both.
"""
import os
import re
import sys

FLASH, SRAM, SRAM_END = 0x10000000, 0x20000000, 0x20090000
# " .text.name   0x10001234   0x56 path/to/file.c.o", perhaps on two lines
SECTION = re.compile(r"^ (\.?[\w.$]+)\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+) (\S+)", re.M)  # global names follow, each on a line of its own
OURS = re.compile(r"/(?:micropython/tonearm|src/(?:mem|source|convert|ring|pin/rp2))/[\w/]+\.c\.o(?:bj)?$")


def costs(path):
    """{"flash": bytes, "sram": bytes} of the sections that are ours."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"\n {10,}(0x)", r" \1", file.read())
    flash = sram = found = 0
    for name, address, size, source in SECTION.findall(text):
        address, size = int(address, 16), int(size, 16)
        if not OURS.search(source) or size == 0 or address < FLASH:
            continue
        found += 1
        if SRAM <= address < SRAM_END:
            sram += size
            flash += 0 if name.startswith((".bss", "COMMON", ".uninitialized")) else size
        else:
            flash += size
    if not found:
        sys.exit(f"{path}: no section of Tonearm's is in this map")
    return {"flash": flash, "sram": sram}


def main():
    board, path, uf2 = sys.argv[1:]
    cost = costs(path)
    print(f"MicroPython for {board}: UF2 {os.path.getsize(uf2)} bytes; Tonearm in it: flash {cost['flash']}, SRAM {cost['sram']} bytes")


if __name__ == "__main__":
    main()
