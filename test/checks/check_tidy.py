#!/usr/bin/env python3
"""clang-tidy finds nothing in the library, in the command and in the virtual chip.

In: src/**/*.c, cli/*.c, chip/*.c (and through them their headers and include/tonearm), .clang-tidy. Out: clang-tidy's findings, two
files at a time. examples/ and firmware/ are short, test/ and bench/ are no product: gcc's and clang's warnings must do for them.
A file that was clean stays clean until it, a header or the configuration changes: a stamp in build/tidy keeps its
fingerprint, so that a second run takes a second.

Nearly all of the time is spent by clang's static analyzer, in walking ever more paths through functions of which it has seen every
block long before. It gives a function up after so many states: clang's default is 225000, here it is 75000, which takes two fifths of
the time and leaves 95 of 6724 blocks unseen instead of 71. Where it makes the difference, in src/ring, it has clang's depth.
`--deep`, as of `make tidy`, has it everywhere.
"""
import concurrent.futures
import hashlib
import os
import subprocess

import common

ROOMS = ("src/", "cli/", "chip/")
# chip/ is written without braces around short statements of two lines, with literals in u, and with the names of pico-sdk's own.
CHIP_CHECKS = ["--checks=-readability-braces-around-statements,-readability-uppercase-literal-suffix,-bugprone-reserved-identifier,"
               "-cert-dcl37-c,-cert-dcl51-cpp"]
FLAGS = ["-std=gnu11", "-Iinclude", "-I.", "-Ichip/include"]
SHALLOW = ["-Xclang", "-analyzer-config", "-Xclang", "max-nodes=75000"]
DEEP_ROOMS = ("src/ring/",)  # ta_ring_take_back: 20 of its 28 blocks would be unseen


def miniaudio():
    for folder in (os.environ.get("MINIAUDIO_DIR", ""), "build/deps/miniaudio", "/usr/local/include", "/usr/include"):
        if folder and os.path.isfile(os.path.join(common.TREE, folder, "miniaudio.h")):
            return ["-DTA_HAVE_MINIAUDIO=1", "-isystem", os.path.join(common.TREE, folder)]
    return ["-DTA_HAVE_MINIAUDIO=0"]


def fingerprint(tree, name, shared, depth):
    return hashlib.sha256((shared + " ".join(depth) + common.read(tree, name)).encode("utf-8", "surrogateescape")).hexdigest()


def tidy(tree, name, stamps, shared, deep):
    """What clang-tidy says of one file; empty when clean."""
    depth = [] if deep or name.startswith(DEEP_ROOMS) else SHALLOW
    stamp = os.path.join(stamps, fingerprint(tree, name, shared, depth))
    if os.path.exists(stamp):
        return ""
    flags = FLAGS + depth + (miniaudio() if name.startswith("src/pin/desktop/") else [])
    checks = CHIP_CHECKS if name.startswith("chip/") else []
    run = subprocess.run(["clang-tidy", "--quiet", *checks, name, "--"] + flags, cwd=tree, capture_output=True, text=True,
                         check=False)
    said = run.stdout.strip()
    if run.returncode == 0 and not said:
        with open(stamp, "w", encoding="ascii"):
            pass
        return ""
    return said or run.stderr.strip() or f"{name}: clang-tidy ended with {run.returncode}"


def main():
    options = common.arguments(__doc__, deep="give functions up as late as clang does by default, everywhere")
    tree = options.tree
    names = [name for name in common.c_files(tree) if name.startswith(ROOMS) and name.endswith(".c")]
    headers = [name for name in common.c_files(tree) if name.endswith(".h")] + [".clang-tidy"]
    shared = " ".join(FLAGS + CHIP_CHECKS) + "".join(common.read(tree, name) for name in headers)
    stamps = os.path.join(common.TREE, os.environ.get("BUILD", "build"), "tidy")
    os.makedirs(stamps, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        said = list(pool.map(lambda name: tidy(tree, name, stamps, shared, options.deep), names))
    common.finish("tidy", [text for text in said if text], len(names), "files")


main()
