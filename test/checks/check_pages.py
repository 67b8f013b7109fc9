#!/usr/bin/env python3
"""The pages say what is so: what they name exists, and words and numbers are explained where they are used.

In: the tree's .md files. Out: a line for each link or path that leads nowhere, each weakness (W17) of COMPAT.md's table without a
line in its list or the other way round, each of the ring's letters in DESIGN.md that is used before it is explained, each
mention of a paper that the reader does not have, and each count of jobs in README.md, which would be wrong tomorrow.
"""
import os
import re

import common

LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
PATH = re.compile(r"(?<![\w./{-])((?:test|src|cli|chip|tools|docs|include|bench|examples|firmware|micropython)/[\w./-]*\w/?)(?![\w{*<])")
PAPER = re.compile(r"\bthe (?:design )?brief\b", re.I)
LETTERS = ("R", "W", "N", "F", "lap")
WEAKNESS = re.compile(r"\bW\d+\b")


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


def weaknesses(name, text):
    table = "\n".join(line for line in text.split("\n") if line.startswith("|"))
    used, listed = set(WEAKNESS.findall(table)), set(re.findall(r"(?m)^- (W\d+)\b", text))
    for number in sorted(used - listed):
        yield f"{name}: {number} is not explained in the list"
    for number in sorted(listed - used):
        yield f"{name}: {number} is in the list, and no line of the table removes it"


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
            findings += weaknesses(name, text)
        if name == "DESIGN.md":
            findings += letters(name, text)
        if name == "README.md":
            findings += [f"{name}:{line_of(text, m.start())}: {m[0]}: a number of jobs grows" for m in re.finditer(r"\d+ jobs", text)]
    common.finish("pages", findings, len(names), "pages")


main()
