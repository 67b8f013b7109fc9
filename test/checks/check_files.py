#!/usr/bin/env python3
"""Files are short, end in a newline, and name no path or package host of one machine; lock files pin hashes, not hosts.

In: every text file of the tree. Out: one line for each line or file that breaks a rule.
"""
import re

import common

LINES_MAX = 800
SOURCE = (".c", ".h", ".py", ".sh", ".mjs", ".js", ".cmake", ".pml")
MACHINE = re.compile(r"/(work|farm|root|home/\w+)/|/tmp/[A-Za-z]+/")
HOST = re.compile(r"https?://[\w.-]*(debian\.(org|net)|npmjs\.(com|org)|pypi\.org|pythonhosted\.org|ubuntu\.com)")
LOCKED_HOST = re.compile(r'"resolved":')  # npm install --omit-lockfile-registry-resolved leaves it out
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")


def main():
    options = common.arguments(__doc__)
    findings, looked_at = [], 0
    for name in common.all_files(options.tree):
        text = common.read(options.tree, name)
        if "\0" in text[:4096]:
            continue
        looked_at += 1
        lines = text.split("\n")
        if name.endswith(SOURCE) and len(lines) - 1 > LINES_MAX:
            findings.append(f"{name}: {len(lines) - 1} lines, more than {LINES_MAX}")
        if text and not text.endswith("\n"):
            findings.append(f"{name}: no newline at the end")
        if name == "test/checks/selftest.py":
            continue  # it seeds these violations
        for number, line in enumerate(lines, 1):
            if MACHINE.search(line):
                findings.append(f"{name}:{number}: a path of one machine: {line.strip()[:80]}")
            if HOST.search(line):
                findings.append(f"{name}:{number}: a package host: {line.strip()[:80]}")
            if name.endswith("package-lock.json") and LOCKED_HOST.search(line):
                findings.append(f"{name}:{number}: a registry in the lock file: {line.strip()[:80]}")
            if UNFINISHED.search(line):
                findings.append(f"{name}:{number}: unfinished by its own words: {line.strip()[:80]}")
    common.finish("files", findings, looked_at, "files")


main()
