#!/usr/bin/env python3
"""The pages say what is so: what they name exists, and words and numbers are explained where they are used.

In: the tree's .md files. Out: a line for each link or path that leads nowhere, each of the sixty weaknesses that COMPAT.md
does not tell once with a test that is there, each of the ring's letters in DESIGN.md that is used before it is explained, each
mention of a paper that the reader does not have, and each count of jobs in README.md, which would be wrong tomorrow.
"""
import os
import re

import common

LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
PATH = re.compile(r"(?<![\w./{-])((?:test|src|cli|chip|tools|docs|include|bench|examples|firmware|micropython)/[\w./-]*\w/?)(?![\w{*<])")
PAPER = re.compile(r"\bthe (?:design )?brief\b", re.I)
LETTERS = ("R", "W", "N", "F", "lap")
WEAKNESSES = range(1, 61)
LATER = {32, 33, 47, 52}  # PDMIn, I2SIn, MP3Decoder, usb_audio


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def nowhere(tree, name, text):
    folder = os.path.dirname(name)
    for match in LINK.finditer(text):
        if not os.path.exists(os.path.join(tree, folder, match[1])):
            yield f"{name}:{line_of(text, match.start())}: a link to {match[1]}, which is not there"
    for match in PATH.finditer(text):
        if not os.path.exists(os.path.join(tree, match[1])):
            yield f"{name}:{line_of(text, match.start())}: names {match[1]}, which is not there"


def weaknesses(tree, name, text):
    """The table of all weaknesses has a row for each, and the test that a row names is in its file."""
    rows = re.findall(r"(?m)^\| W(\d+) \|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|$", text)
    told = [int(number) for number, *_ in rows]
    for number in WEAKNESSES:
        if told.count(number) != 1:
            yield f"{name}: W{number} is told {told.count(number)} times in the table of all"
    for number, there, here, shown in ((int(row[0]), *(cell.strip() for cell in row[1:])) for row in rows):
        path, _, test = shown.partition(": ")
        if not there or not here:
            yield f"{name}: W{number} says nothing"
        elif number in LATER:
            if shown != "-" or not here.startswith("no "):
                yield f"{name}: W{number} is of a class that is not there yet, and must say so"
        elif not os.path.isfile(os.path.join(tree, path)):
            yield f"{name}: W{number} is shown by {path}, which is not there"
        elif test and not re.search(rf"\b{re.escape(test)}\b", common.read(tree, path)):
            yield f"{name}: W{number}: {path} has no {test}"


def letters(name, text):
    for letter in LETTERS:
        meant = re.search(rf"(?<!\w){re.escape('**' + letter + '**')}(?!\w)", text)
        used = re.search(rf"(?<![\w*/'-]){letter}(?![\w*'])", text)
        if used and (not meant or used.start() < meant.start()):
            yield f"{name}:{line_of(text, used.start())}: {letter} is used before it is explained, as **{letter}**"


def main():
    options = common.arguments(__doc__)
    names = [name for name in common.all_files(options.tree) if name.endswith(".md")]
    findings = []
    for name in names:
        text = common.read(options.tree, name)
        findings += nowhere(options.tree, name, text)
        findings += [f"{name}:{line_of(text, m.start())}: speaks of {m[0]}, which readers do not have" for m in PAPER.finditer(text)]
        if name == "COMPAT.md":
            findings += weaknesses(options.tree, name, text)
        if name == "DESIGN.md":
            findings += letters(name, text)
        if name == "README.md":
            findings += [f"{name}:{line_of(text, m.start())}: {m[0]}: a number of jobs grows" for m in re.finditer(r"\d+ jobs", text)]
    common.finish("pages", findings, len(names), "pages")


main()
