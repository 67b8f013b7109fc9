#!/usr/bin/env python3
"""Every knob is in the table of docs/pico-sdk.md with its default, and every row of the table is a knob.

In: the TA_CFG_ macros that src/ and include/ give defaults to. Out: one line for each that the table lacks, gives another default,
or has too many.
"""
import re

import common

PAGE = "docs/pico-sdk.md"
DEFAULT = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(TA_CFG_\w+)[ \t]+(\S+)", re.M)
ROW = re.compile(r"^\| `(TA_CFG_\w+)` \| ([^|]+) \|", re.M)


def main():
    options = common.arguments(__doc__)
    defaults = {}
    for name in common.c_files(options.tree):
        if name.startswith(("src/", "include/")):
            for knob, value in DEFAULT.findall(common.read(options.tree, name)):
                defaults.setdefault(knob, []).append(value)
    rows = dict(ROW.findall(common.read(options.tree, PAGE))) if defaults else {}
    findings = []
    for knob, values in sorted(defaults.items()):
        if knob not in rows:
            findings.append(f"{PAGE}: does not have {knob}, whose default is {values[0]}")
        elif re.findall(r"\b\d+\b(?!\+)", rows[knob]) != values:
            findings.append(f"{PAGE}: {knob} is said to be {rows[knob]!r}, and is {' or '.join(values)}")
    findings += [f"{PAGE}: {knob} is no knob" for knob in sorted(set(rows) - set(defaults))]
    common.finish("knobs", findings, len(defaults), "knobs")


main()
