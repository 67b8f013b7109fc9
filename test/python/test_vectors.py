#!/usr/bin/env python3
"""The raw probe of CircuitPython's own measurements runs unchanged, and gives the same: every stream's format, runs and md5, and every
note. What differs on purpose is named below, and in COMPAT.md.

In: test/python/vectors: the probe, the module that it imports, and what CircuitPython 10.3.0-alpha.4 gave. Out: a line for each that differs.
"""
import hashlib
import os
import re
import shutil
import subprocess
import sys

import mpy

VECTORS = os.path.join(mpy.ROOT, "test/python/vectors")
DIFFERENT = {  # on purpose
    "raw_ctor_ch0": "EXC ValueError: channel_count must be 1-255",
}


def sections(path):
    with open(path, encoding="utf-8") as file:
        parts = re.split(r"(?m)^\[(\w+)\]\n", file.read())
    return dict(zip(parts[1::2], (text.strip() for text in parts[2::2])))


def described(folder, name):
    """What the probe wrote of one stream, as the file of expectations has it."""
    with open(os.path.join(folder, name + ".meta"), encoding="utf-8") as file:
        text = file.read().strip()
    path = os.path.join(folder, name + ".bin")
    if not os.path.exists(path):
        return text
    with open(path, "rb") as file:
        data = file.read()
    size, signed = (2 if "16" in re.search(r"fmt=(\w+)", text)[1] else 1), "fmt=s" in text
    samples = [int.from_bytes(data[i:i + size], "little", signed=signed) for i in range(0, len(data), size)]
    return (f"{text}\nsamples={len(samples)} bytes={len(data)} md5={hashlib.md5(data).hexdigest()}\n"
            f"first64: {' '.join(str(sample) for sample in samples[:64])}")


def main():
    wanted = sections(os.path.join(VECTORS, "p2_raw.txt"))
    with open(os.path.join(mpy.ROOT, "COMPAT.md"), encoding="utf-8") as file:
        compat = file.read()
    out = mpy.scratch("vectors")
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    env = dict(os.environ, OUTDIR=out, AUDIO_DIR=out + "/")
    probe = subprocess.run([mpy.MICROPYTHON, "-X", "heapsize=64M", os.path.join(VECTORS, "p2_raw.py")], env=env, check=False,
                           capture_output=True, text=True, timeout=mpy.SECONDS)
    if probe.returncode or probe.stderr:
        sys.exit(f"the probe failed:\n{probe.stdout}{probe.stderr}")
    made = {name[:-5] for name in os.listdir(out) if name.endswith(".meta")}
    mpy.expect("the streams that there are", sorted(made), sorted(wanted))
    for name in sorted(made & set(wanted)):
        mpy.expect(name, described(out, name), DIFFERENT.get(name, wanted[name]))
    for name in DIFFERENT:
        mpy.expect(f"COMPAT.md names {name}", name in compat, True)
    mpy.finish(len(made), "streams and notes")


main()
