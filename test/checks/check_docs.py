#!/usr/bin/env python3
"""Every public function's comment says Ctx, Cost, Own and Fails.

In: include/tonearm/*.h. Out: one line for each declaration whose comment, directly above it, lacks one of the four.
Declarations that follow each other without an empty line share the comment above the first.
"""
import re

import common

WANTED = ("Ctx:", "Cost:", "Own:", "Fails:")
NOT_A_FUNCTION = re.compile(r"^(typedef|struct|union|enum|_Static_assert|extern\s+\"C\"|#|})")


def declarations(text):
    """(line, declaration, comment) for each top-level statement that declares a function."""
    # A macro of several lines becomes as many lines of directives.
    text = re.sub(r"^[ \t]*#.*(?:\\\n.*)+", lambda m: "\n".join("#" for _ in m.group().split("\n")), text, flags=re.M)
    comment, statement, start, depth, shared = [], "", 0, 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if depth == 0 and not statement:
            if stripped.startswith("///"):
                comment.append(stripped[3:].strip())
                continue
            if not stripped:
                comment, shared = [], ""
                continue
            if stripped.startswith(("//", "#")) or stripped.startswith('extern "C"') or stripped == "}":
                comment, shared = [], ""
                continue
            start = number
        code = re.sub(r"//.*", "", stripped)
        depth += code.count("{") - code.count("}")
        statement += " " + code
        if depth == 0 and (code.endswith(";") or code.endswith("}")):
            said = " ".join(comment) or shared
            flat = re.sub(r"__attribute__\(\(.*?\)\)", "", statement).strip()
            if "(" in flat and not NOT_A_FUNCTION.match(flat):
                yield start, flat, said
            comment, statement, shared = [], "", said


def main():
    options = common.arguments(__doc__)
    findings, looked_at = [], 0
    for name in common.c_files(options.tree):
        if not name.startswith("include/tonearm/"):
            continue
        for line, declaration, comment in declarations(common.read(options.tree, name)):
            looked_at += 1
            lacking = [word for word in WANTED if word not in comment]
            if lacking:
                function = re.search(r"(\w+)\s*\(", declaration).group(1)
                findings.append(f"{name}:{line}: {function} does not say {', '.join(lacking)}")
    common.finish("docs", findings, looked_at, "public functions")


main()
