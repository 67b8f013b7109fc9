#!/usr/bin/env python3
"""The firmware rooms keep to firmware: no heap, no stdio, no floating point, no atomics, no writable globals.

In: the .c files of src/{mem,convert,source,ring,pin/rp2}, compiled for 32 bits; the words float and double are looked for in the code
itself. Out: a line per symbol that must not be there.
snprintf is allowed where sentences are written, and the file stream may use stdio.
"""
import os
import re
import subprocess
import tempfile

import common

ROOMS = ("src/mem/", "src/convert/", "src/source/", "src/ring/", "src/pin/rp2/")
HOSTED = {"src/source/stream_file.c"}
FORBIDDEN = re.compile(r"^(malloc|calloc|realloc|free|aligned_alloc|abort|exit|v?f?printf|v?sprintf|puts|putchar|fopen|fwrite|"
                       r"__(v?f?|v?sn?)printf_chk|__atomic_\w+|__sync_\w+|pthread_\w+|sem_\w+|getenv|time)$")
# Writable words that must be: an interrupt handler has no argument to find its output by, and what the feeds of a core take is the core's.
WRITABLE = {("src/pin/rp2/rp2_feed.c", name) for name in ("on_line", "fed_by", "core_of", "load_of", "core1_turns", "core1_runs", "core1_ends", "core1_ended")}
# The panic's default prints and aborts on a desktop; firmware defines its own.
PANIC = re.compile(r"^(abort|fprintf|__fprintf_chk|stderr)$")
FLOAT = re.compile(r"\b(float|double|long double|_Float\d+)\b")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"", re.S)


def look(tree, name, objects):
    code = COMMENT.sub(lambda match: "\n" * match.group().count("\n"), common.read(tree, name))
    findings = [f"{name}:{number}: floating point: {line.strip()[:60]}"
                for number, line in enumerate(code.split("\n"), 1) if FLOAT.search(line)]
    target = os.path.join(objects, name.replace("/", "_") + ".o")
    command = ["gcc", "-m32", "-march=i386", "-fno-pie", "-std=gnu11", "-O2", "-w", "-Iinclude", "-I.", "-Ichip/include", "-c", name, "-o", target]
    built = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    if built.returncode:
        return findings + [f"{name}: does not compile: {built.stderr.strip()[:400]}"]
    symbols = subprocess.run(["nm", target], capture_output=True, text=True, check=True).stdout
    for line in symbols.split("\n"):
        match = re.match(r"^[0-9a-f]* +(\w) (\S+)$", line)
        if not match:
            continue
        kind, symbol = match.groups()
        if kind in "dDbBcC" and (name, symbol.split(".")[0]) not in WRITABLE:
            findings.append(f"{name}: {symbol.split('.')[0]} is writable and static")
        elif kind == "U" and FORBIDDEN.match(symbol) and name not in HOSTED:
            if not (PANIC.match(symbol) and "ta_panic" in symbols and re.search(r" [TW] ta_panic$", symbols, re.M)):
                findings.append(f"{name}: uses {symbol}")
    return findings


def main():
    options = common.arguments(__doc__)
    names = [name for name in common.c_files(options.tree) if name.startswith(ROOMS) and name.endswith(".c")]
    with tempfile.TemporaryDirectory() as objects:
        findings = [finding for name in names for finding in look(options.tree, name, objects)]
    common.finish("symbols", findings, len(names), "files")


main()
