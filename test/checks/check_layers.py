#!/usr/bin/env python3
"""Includes never point downstream: source -> convert -> ring -> pin, with mem and convert as leaves.

In: every #include of include/, src/, chip/ and cli/. Out: one line for each that a room may not have.
The tables below are the whole rule. A room that is not in them is a finding, so that a new one is thought about.
"""
import os
import re

import common

# Public headers by room. What a room may include is what the rooms in ROOMS name.
PUBLIC = {
    "base": {"status.h"},
    "mem": {"memory.h", "tlsf.h"},
    "format": {"format.h"},
    "convert": {"convert.h"},
    "source": {"biquad.h", "chain.h", "control.h", "cost.h", "delays.h", "filters.h", "fx.h", "guard.h", "intake.h", "load.h", "meter.h", "midi.h", "mixer.h",
               "push.h", "raw.h", "resample.h", "reverb.h", "source.h", "stream.h", "synth.h", "wav.h"},
    "ring": {"ring.h", "output.h"},
    "pin/rp2": {"rp2.h", "i2s.h", "pwm.h"},
    "pin/desktop": {"desktop.h"},
    "all": {"tonearm.h"},
}
ROOMS = {
    "mem": {"base", "mem"},
    "format": {"base", "format"},
    "base": {"base"},
    "convert": {"base", "format", "convert"},
    "source": {"base", "mem", "format", "convert", "source"},
    "ring": {"base", "mem", "format", "convert", "source", "ring"},
    "pin/rp2": {"base", "mem", "format", "convert", "source", "ring", "pin/rp2"},
    "pin/desktop": {"base", "mem", "format", "convert", "source", "ring", "pin/desktop"},
    "all": {"base", "mem", "format", "convert", "source", "ring", "pin/rp2", "all"},
    "chip": {"base", "mem"},
    "chip/include": set(),
}
SDK = re.compile(r"^(pico|hardware)(/|\.h)")
SDK_ROOMS = {"pin/rp2", "chip", "chip/include"}
# What the language and the platform give. Firmware rooms get the freestanding headers and a little of <string.h>.
FREESTANDING = {"stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdalign.h", "limits.h", "string.h", "inttypes.h"}
HOSTED_FILES = {"src/source/stream_file.c"}  # reads files
SENTENCE_ROOMS = {"mem", "pin/rp2"}  # snprintf; check_symbols refuses the rest of <stdio.h>
EXCEPTIONS = {("chip/memory_map.c", "tonearm/rp2.h"): "it defines ta_chip_static_sram, which TA_STATIC_SRAM calls"}
# The command sees what its users see, the virtual chip, and the writer of WAV files.
CLI_SEES = {"chip/chip.h", "src/pin/desktop/wavwriter.h"}
HOSTED_ROOMS = {"pin/desktop", "chip", "chip/include"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def room_of(name):
    if name.startswith("include/tonearm/"):
        header = name[len("include/tonearm/"):]
        return next((room for room, headers in PUBLIC.items() if header in headers), None)
    for room in ("mem", "source", "convert", "ring", "pin/rp2", "pin/desktop"):
        if name.startswith(f"src/{room}/"):
            return room
    if name.startswith("chip/include/"):
        return "chip/include"
    return next((room for room in ("chip", "cli") if name.startswith(room + "/")), None)


def command_may(tree, name, target):
    beside = os.path.normpath(os.path.join(os.path.dirname(name), target))
    if SDK.match(target):
        return "only src/pin/rp2 sees pico-sdk, and cli is not it"
    if target.startswith("tonearm/"):
        return None if room_of("include/" + target) else "no room has this header; see the tables of this check"
    if target in CLI_SEES or (beside.startswith("cli/") and os.path.isfile(os.path.join(tree, beside))):
        return None
    if any(os.path.isfile(os.path.join(tree, path)) for path in (beside, target)):
        return f"cli must not see {target}"
    return None


def may(tree, name, room, target):
    """Why `name`, a file of `room`, may not include `target`; None if it may."""
    if room == "cli":
        return command_may(tree, name, target)
    allowed = ROOMS[room]
    if (name, target) in EXCEPTIONS:
        return None
    if target.startswith("tonearm/"):
        other = room_of("include/" + target)
        if other is None:
            return "no room has this header; see the tables of this check"
        return None if other in allowed else f"{room} must not see {other}"
    if SDK.match(target):
        return None if room in SDK_ROOMS else f"only src/pin/rp2 sees pico-sdk, and {room} is not it"
    beside = os.path.normpath(os.path.join(os.path.dirname(name), target))
    for path in (beside, target):
        if os.path.isfile(os.path.join(tree, path)):
            other = room_of(path)
            if other == room or {other, room} == {"chip", "chip/include"}:
                return None
            if room.startswith("chip") or other is None or other.startswith("chip"):
                return f"{room} must not see {path}"
            return None if other in allowed else f"{room} must not see {other} ({path})"
    if target == "miniaudio.h":
        return None if room == "pin/desktop" else "only src/pin/desktop sees miniaudio"
    if room in HOSTED_ROOMS or target in FREESTANDING:
        return None
    if name in HOSTED_FILES and target in {"stdio.h", "errno.h", "sys/types.h", "sys/stat.h"}:
        return None
    if room in SENTENCE_ROOMS and target == "stdio.h" or name.endswith("/panic.c"):
        return None
    return f"{room} is firmware: <{target}> is not freestanding"


def reached(tree, name, seen):
    """The public headers that `name` includes, and what they do."""
    for match in INCLUDE.finditer(common.read(tree, name)):
        target = "include/" + match.group(2)
        if target not in seen and os.path.isfile(os.path.join(tree, target)):
            seen.add(target)
            reached(tree, target, seen)
    return seen


def left_out(tree):
    """Public headers that a program does not get by tonearm.h, which says that it is everything; all but the desktop's should be."""
    everything = "include/tonearm/tonearm.h"
    there = {"include/tonearm/" + header for room, headers in PUBLIC.items() if room not in ("all", "pin/desktop") for header in headers}
    return [f"{everything}: does not include {name}" for name in sorted(there - reached(tree, everything, set()))]


def main():
    options = common.arguments(__doc__)
    findings, looked_at = left_out(options.tree), 0
    for name in common.c_files(options.tree):
        if not name.startswith(("include/", "src/", "chip/", "cli/")):
            continue
        room = room_of(name)
        if room is None:
            findings.append(f"{name}: in no room that this check knows")
            continue
        text = common.read(options.tree, name)
        for match in INCLUDE.finditer(text):
            looked_at += 1
            why = may(options.tree, name, room, match.group(2))
            if why:
                findings.append(f"{name}:{text.count(chr(10), 0, match.start()) + 1}: includes {match.group(2)}: {why}")
    common.finish("layers", findings, looked_at, "includes")


main()
