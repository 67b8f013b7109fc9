#!/usr/bin/env python3
"""The rooms that firmware compiles are C11 and no more, for this machine and for both chips' cores.

In: the .c files of src/{mem,convert,source,ring}, gcc, and arm-none-eabi-gcc with newlib. Each file is compiled with
-std=c11 -pedantic-errors: a user's own options may be these, and newlib has macros where glibc has functions. Out: a line
for each file that one of the compilers refuses.
"""
import shutil
import subprocess
import sys

import common

ROOMS = ("src/mem/", "src/convert/", "src/source/", "src/ring/")
STRICT = ["-std=c11", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-O2", "-Iinclude", "-I.", "-c", "-o", "/dev/null"]
COMPILERS = {  # for people: command
    "this machine": ["gcc"],
    "Cortex-M0+": ["arm-none-eabi-gcc", "-mcpu=cortex-m0plus", "-mthumb"],
    "Cortex-M33": ["arm-none-eabi-gcc", "-mcpu=cortex-m33", "-mthumb"],
}
PACKAGES = {"gcc": "build-essential", "arm-none-eabi-gcc": "gcc-arm-none-eabi and libnewlib-arm-none-eabi"}


def main():
    options = common.arguments(__doc__)
    missing = [tool for tool in PACKAGES if not shutil.which(tool)]
    if missing:
        sys.exit("missing: " + ", ".join(f"{tool} (Debian's {PACKAGES[tool]})" for tool in missing))
    names = [name for name in common.c_files(options.tree) if name.startswith(ROOMS) and name.endswith(".c")]
    findings = []
    for name in names:
        for core, compiler in COMPILERS.items():
            built = subprocess.run([*compiler, *STRICT, name], cwd=options.tree, capture_output=True, text=True, check=False)
            if built.returncode:
                errors = [line for line in built.stderr.split("\n") if "error" in line]
                findings.append(f"{name}: refused for {core}: {(errors or ['no error told'])[0]}")
    common.finish("strict", findings, len(names), "files")


main()
