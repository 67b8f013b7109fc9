#!/usr/bin/env python3
"""Every C file is as clang-format leaves it.

In: the tree's .c and .h files, .clang-format. Out: clang-format's own complaints.
"""
import subprocess

import common


def main():
    options = common.arguments(__doc__)
    names = common.c_files(options.tree)
    findings = []
    for name in names:
        run = subprocess.run(["clang-format", "--dry-run", "-Werror", "--style=file", name], cwd=options.tree,
                             capture_output=True, text=True, check=False)
        if run.returncode:
            findings.append((run.stderr.strip().split("\n") or [""])[0] or f"{name}: clang-format failed")
    common.finish("format", findings, len(names), "files")


main()
