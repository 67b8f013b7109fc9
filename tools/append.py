#!/usr/bin/env python3
"""Puts WAV files behind the player's firmware, where it looks for them (firmware/player/tracks.h): no compiler is needed.

In: WAV files, and the player as .uf2, .elf or .bin, or none: then only the tracks are written, for a board whose player stays. Out: a
.uf2 file for the board's drive, or a .bin for the start of flash (with --tracks-only: for the tracks' place). What the player could not
find or the flash not hold is refused.

usage: append.py OUT.uf2 --firmware player.uf2 FILE.wav...
       append.py OUT.uf2 --tracks-only --family rp2040|rp2350-arm-s FILE.wav...
"""
import argparse
import os
import struct
import sys
import zlib

import uf2

OFFSET, MAGIC, FILES_MAX, NAME_MAX = 0x80000, b"TONEARM1", 64, 31
MENTION = b"tools/append.py"  # is in the sentences of a player, and in no other image
FLASH_BYTES = {"rp2040": 2 << 20, "rp2350-arm-s": 4 << 20}  # Pico, Pico 2


def wav_of(path):
    """(name, bytes) of a file, if it looks like a WAV file. The player says what else it does not like."""
    name = os.path.splitext(os.path.basename(path))[0]
    if not name or len(name.encode()) > NAME_MAX or any(not 33 <= ord(letter) < 127 for letter in name):
        raise uf2.Wrong(f"is called {name!r}: a track's name has 1 to {NAME_MAX} ASCII letters without blanks; rename the file")
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] not in (b"RIFF", b"RF64") or data[8:12] != b"WAVE":
        raise uf2.Wrong("does not begin with RIFF and WAVE: it is no WAV file")
    return name, data


def archive(tracks):
    """The directory and the files, each from a word boundary on."""
    start = 32 + 40 * len(tracks)
    entries, body = b"", b""
    for name, data in tracks:
        entries += name.encode().ljust(32, b"\0") + struct.pack("<II", start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    head = MAGIC + struct.pack("<III", len(tracks), start + len(body), zlib.crc32(entries))
    return head.ljust(32, b"\0") + entries + body


def sectors(data):
    return data + b"\xff" * (-len(data) % uf2.SECTOR)


def firmware_of(path):
    """(family or None, flash bytes) of the player."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:8] == struct.pack("<II", *uf2.START):
        family, flash, _ = uf2.read(data)
        return family, flash
    flash = uf2.flash_of(path)
    for family in uf2.FAMILIES:
        try:
            uf2.check_bootable(flash.ljust(uf2.SECTOR, b"\xff"), family)
            return family, flash
        except uf2.Wrong:
            pass
    raise uf2.Wrong("is no image that RP2040 or RP2350 would start")


def build(options):
    """The parts, as (offset, bytes), and the family."""
    tracks = []
    for path in options.wav:
        try:
            tracks.append(wav_of(path))
        except uf2.Wrong as error:
            raise uf2.Wrong(f"{path} {error}") from error
    names = [name for name, _ in tracks]
    if len(tracks) > FILES_MAX or len(set(names)) < len(names):
        raise uf2.Wrong(f"there can be {FILES_MAX} tracks, each with a name of its own")
    family, parts = options.family, []
    if options.firmware:
        try:
            found, flash = firmware_of(options.firmware)
        except uf2.Wrong as error:
            raise uf2.Wrong(f"{options.firmware} {error}") from error
        if family not in (None, found):
            raise uf2.Wrong(f"{options.firmware} is for {found}, not for {family}")
        family = found
        if MENTION not in flash:
            raise uf2.Wrong(f"{options.firmware} has no player that looks for tracks: give player.uf2")
        used = flash.rstrip(b"\xff")
        if len(used) > options.offset:
            raise uf2.Wrong(f"{options.firmware} has {len(used)} bytes, and the tracks' place begins at {options.offset}")
        parts.append((0, sectors(used)))
    if family is None:
        raise uf2.Wrong("--tracks-only needs --family, for the UF2 file names the chip: rp2040 for a Pico, rp2350-arm-s for a Pico 2")
    parts.append((options.offset, sectors(archive(tracks))))
    end, room = sum(map(lambda part: part if isinstance(part, int) else len(part), parts[-1])), options.flash_bytes or FLASH_BYTES[family]
    if end > room:
        raise uf2.Wrong(f"firmware and tracks end at {end} bytes, and the flash has {room}: append fewer or shorter files, or say "
                        "--flash-bytes if yours is larger")
    return parts, family


def write(options, parts, family):
    if options.out.endswith(".uf2"):
        data = uf2.make_parts(parts, family)
    else:
        base = parts[0][0]
        data = bytearray()
        for offset, part in parts:
            data += b"\xff" * (offset - base - len(data)) + part
    with open(options.out, "wb") as file:
        file.write(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("out", help="the file to write, .uf2 or .bin")
    parser.add_argument("wav", nargs="+", help="WAV files; a track's name is its file's, without .wav")
    parser.add_argument("--firmware", help="the player: .uf2, .elf or .bin")
    parser.add_argument("--tracks-only", action="store_true", help="write no firmware")
    parser.add_argument("--family", choices=sorted(uf2.FAMILIES))
    parser.add_argument("--flash-bytes", type=lambda text: int(text, 0), help="of your board; default: a Pico's, or a Pico 2's")
    parser.add_argument("--offset", type=lambda text: int(text, 0), default=OFFSET, help="TONEARM_TRACKS_OFFSET of the player; default 0x80000")
    options = parser.parse_args()
    try:
        if bool(options.firmware) == options.tracks_only:
            raise uf2.Wrong("give either --firmware with the player, or --tracks-only")
        if not options.out.endswith((".uf2", ".bin")):
            raise uf2.Wrong(f"{options.out} is neither a .uf2 nor a .bin file")
        if options.offset % uf2.SECTOR:
            raise uf2.Wrong(f"the offset {options.offset:#x} is no multiple of {uf2.SECTOR}")
        parts, family = build(options)
        write(options, parts, family)
    except uf2.Wrong as error:
        sys.exit(f"append: {error}")
    except OSError as error:
        sys.exit(f"append: {error.filename}: {error.strerror}")
    for offset, part in parts:
        print(f"{options.out}: {len(part)} bytes at {uf2.FLASH + offset:#x} ({family})")


main()
