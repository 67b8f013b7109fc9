#!/usr/bin/env python3
"""The checks themselves: each must pass on this tree's own files and fail on a seeded violation, naming the file.

In: a copy of the library, its headers and the virtual chip for every seed. Out: a line per seed that was not caught.
"""
import os
import shutil
import subprocess
import sys
import tempfile

import common

DOC = "/// Does it. Ctx: any. Cost: constant. Own: none. Fails: never.\n"
# Every weakness, shown by a file that each copy has; four are of classes that are not there.
WEAKNESSES = "".join(f"| W{n} | a | {'no c' if n in (32, 33, 47, 52) else 'c'} | {'-' if n in (32, 33, 47, 52) else 'chip/chip.h'} |\n" for n in range(1, 61))
# check, file that is changed, text that is appended, word that the finding must have. None: the file is made anew.
SEEDS = [
    ("layers", "src/source/seed.c", '#include "tonearm/ring.h"\n', "source must not see ring"),
    ("layers", "src/source/seed.c", '#include "tonearm/tonearm.h"\n', "source must not see all"),
    ("layers", "src/source/seed.c", '#include "../ring/ramp.h"\n', "source must not see ring"),
    ("layers", "src/convert/seed.c", '#include "tonearm/source.h"\n', "convert must not see source"),
    ("layers", "src/mem/seed.c", '#include "tonearm/format.h"\n', "mem must not see format"),
    ("layers", "src/ring/seed.c", '#  include "tonearm/i2s.h"\n', "ring must not see pin/rp2"),
    ("layers", "src/ring/seed.c", '#include "hardware/dma.h"\n', "only src/pin/rp2 sees pico-sdk"),
    ("layers", "src/pin/desktop/seed.c", "#include <pico/stdlib.h>\n", "only src/pin/rp2 sees pico-sdk"),
    ("layers", "src/pin/rp2/seed.c", '#include "chip/chip.h"\n', "pin/rp2 must not see chip"),
    ("layers", "src/pin/rp2/seed.c", '#include "tonearm/desktop.h"\n', "pin/rp2 must not see pin/desktop"),
    ("layers", "src/ring/seed.c", "#include <stdlib.h>\n", "not freestanding"),
    ("layers", "src/ring/seed.c", "#include <miniaudio.h>\n", "only src/pin/desktop sees miniaudio"),
    ("layers", "chip/seed.c", '#include "tonearm/i2s.h"\n', "chip must not see pin/rp2"),
    ("layers", "cli/seed.c", '#include "src/ring/ramp.h"\n', "cli must not see"),
    ("layers", "cli/seed.c", '#include "chip/include/hardware/dma.h"\n', "cli must not see"),
    ("layers", "cli/seed.c", '#include "pico/stdlib.h"\n', "only src/pin/rp2 sees pico-sdk"),
    ("layers", "include/tonearm/source.h", '#include "tonearm/output.h"\n', "source must not see ring"),
    ("layers", "include/tonearm/seed.h", "#include <stdint.h>\n", "in no room"),
    ("layers", "src/seed.c", "#include <stdint.h>\n", "in no room"),
    ("docs", "include/tonearm/seed.h", "void ta_seed(void);\n", "ta_seed does not say Ctx:, Cost:, Own:, Fails:"),
    ("docs", "include/tonearm/seed.h", DOC.replace("Own: none. ", "") + "int ta_seed(void);\n", "does not say Own:"),
    ("docs", "include/tonearm/seed.h", DOC + "\nvoid ta_seed(void);\n", "ta_seed does not say"),
    ("docs", "include/tonearm/seed.h", DOC + "enum { X };\n\nint ta_seed(int a,\n            int b);\n", "ta_seed does not say"),
    ("docs", "include/tonearm/seed.h", DOC + "#define A \\\n    1\nint ta_seed(int a);\n", "ta_seed does not say"),
    ("docs", "include/tonearm/seed.h", DOC + "int ta_one(int a);\n\nint ta_two(int a);\n", "ta_two does not say"),
    ("format", "src/ring/seed.c", "int  seed( void ){return 0;}\n", "src/ring/seed.c"),
    ("files", "src/ring/seed.c", "int seed;\n" * 801, "801 lines"),
    ("files", "src/ring/seed.c", "int seed;", "no newline at the end"),
    ("files", "src/ring/seed.c", "// see /work/main/x\n", "a path of one machine"),
    ("files", "seed.md", "Look in /home/anna/tonearm.\n", "a path of one machine"),
    ("files", "seed.md", "From http://deb.debian.org/debian\n", "a package host"),
    ("files", "x/package-lock.json", '{"resolved": "https://registry.example/a.tgz"}\n', "a registry in the lock file"),
    ("files", "src/ring/seed.c", "// TODO: more\n", "unfinished"),
    ("knobs", "src/ring/seed.c", "#ifndef TA_CFG_SEED\n#define TA_CFG_SEED 3\n#endif\n", "does not have TA_CFG_SEED"),
    ("knobs", "include/tonearm/output.h", "#define TA_CFG_COMMANDS 9\n", "TA_CFG_COMMANDS is said to be"),
    ("knobs", "docs/pico-sdk.md", "| `TA_CFG_SEED` | 3 | nothing |\n", "TA_CFG_SEED is no knob"),
    ("pages", "seed.md", "See [there](docs/nowhere.md).\n", "docs/nowhere.md, which is not there"),
    ("pages", "seed.md", "Shown by test/unit/test_nothing.c.\n", "test/unit/test_nothing.c, which is not there"),
    ("pages", "docs/seed.md", "As the brief says.\n", "which readers do not have"),
    ("pages", "COMPAT.md", WEAKNESSES.replace("| W7 |", "| W8 |"), "W7 is told 0 times"),
    ("pages", "COMPAT.md", WEAKNESSES.replace("| W7 |", "| W8 |"), "W8 is told 2 times"),
    ("pages", "COMPAT.md", WEAKNESSES.replace("| W7 | a", "| W7 | "), "W7 says nothing"),
    ("pages", "COMPAT.md", WEAKNESSES.replace("| no c |", "| c |"), "W32 is of a class"),
    ("pages", "COMPAT.md", WEAKNESSES.replace("chip/chip.h |", "chip/none.h |"), "W1 is shown by chip/none.h"),
    ("pages", "COMPAT.md", WEAKNESSES.replace("chip/chip.h |", "chip/chip.h: nothing_like_it |"), "chip/chip.h has no nothing_like_it"),
    ("pages", "DESIGN.md", "The entry at R, then. **R** is a number.\n", "R is used before"),
    ("pages", "DESIGN.md", "A **lap** is once around. It takes N entries.\n", "N is used before"),
    ("pages", "README.md", "149 jobs, 2 at a time\n", "149 jobs"),
    ("tidy", "src/ring/seed.c", "int seed(int a);\nint seed(int a)\n{\n    if (a = 1) {\n        return 2;\n    }\n    return 0;\n}\n",
     "seed.c"),
    ("tidy", "cli/seed.c", "int seed(int a);\nint seed(int a)\n{\n    if (a = 1) {\n        return 2;\n    }\n    return 0;\n}\n", "seed.c"),
    ("tidy", "chip/seed.c", "int seed(int a);\nint seed(int a)\n{\n    if (a = 1) {\n        return 2;\n    }\n    return 0;\n}\n", "seed.c"),
    ("tidy", "cli/seed.c", "int seed(const int *a);\nint seed(const int *a)\n{\n    if (a) {\n        return 1;\n    }\n    return *a;\n}\n",
     "clang-analyzer-core.NullDereference"),
    ("tidy", "cli/seed.h", "static inline int seed(int a)\n{\n    if (a)\n        if (a > 1)\n            return 1;\n    return 0;\n}\n",
     "cli/seed.h"),
    ("tidy", "include/tonearm/status.h", "static inline int seed(int a)\n{\n    if (a)\n        if (a > 1)\n            return 1;\n"
     "    return 0;\n}\n", "status.h"),
    ("symbols", "src/ring/seed.c", "extern void *malloc(unsigned long);\nvoid *seed(void);\nvoid *seed(void)\n{\n"
     "    return malloc(4);\n}\n", "malloc"),
    ("symbols", "src/ring/seed.c", "int seed(void);\nint seed(void)\n{\n    static int n;\n    return ++n;\n}\n", "n is writable"),
    ("symbols", "src/ring/seed.c", "int seed_global = 4;\n", "seed_global is writable"),
    ("symbols", "src/ring/seed.c", "float seed(float a);\nfloat seed(float a)\n{\n    return a * 2;\n}\n", "floating point"),
    ("symbols", "src/ring/seed.c", "unsigned long long seed(unsigned long long *a);\nunsigned long long seed(unsigned long long *a)\n"
     "{\n    return __atomic_fetch_add(a, 1, __ATOMIC_SEQ_CST);\n}\n", "__atomic_"),
    ("strict", "src/ring/seed.c", "int seed(void);\nint seed(void)\n{\n    return ({ 1; });\n}\n", "refused for this machine"),
    ("strict", "src/source/seed.c", "_Static_assert(sizeof(void *) == 8, \"seed\");\n", "refused for Cortex-M0+"),
    ("strict", "src/mem/seed.c", "#if __ARM_ARCH == 8\n#error seed\n#endif\ntypedef int seed_t;\n", "refused for Cortex-M33"),
    ("strict", "src/source/seed.c", "#include <stdio.h>\nvoid seed(void *file);\nvoid seed(void *file)\n{\n    clearerr(file);\n}\n",
     "refused for Cortex-M0+"),
]
# These must not be findings: what a rule must leave alone.
FINE = [
    ("docs", "include/tonearm/seed.h", DOC + "int ta_one(int a);\nint ta_two(int a);\n"),
    ("docs", "include/tonearm/seed.h", "typedef void ta_seed_t(int a);\nstruct x {\n    void (*call)(int a);\n};\n"),
    ("layers", "src/ring/seed.c", '#include "tonearm/source.h"\n#include <string.h>\n'),
    ("strict", "src/ring/seed.c", "int seed(void);\nint seed(void)\n{\n    return 1;\n}\n"),
    ("pages", "DESIGN.md", "**R** is next, **N** the entries: R mod N. RAM, a W3C page, src/ring/, src/*.c, and include/tonearm.\n"),
    ("pages", "COMPAT.md", WEAKNESSES),
    ("tidy", "chip/seed.c", "unsigned seed(unsigned a);\nunsigned seed(unsigned a)\n{\n    if (a > 3)\n        return a == 4 ? 1u\n"
     "                      : 2u;\n    return 0u;\n}\n"),
    ("files", "seed.md", "Files in /tmp go; /usr/share/sounds/alsa stays.\n"),
]


def run(check, tree):
    command = [sys.executable, os.path.join(common.HERE, f"check_{check}.py"), "--tree", tree]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def seeded(check, name, text):
    """What the check says of a copy with `text` added to file `name`."""
    with tempfile.TemporaryDirectory() as tree:
        shutil.copytree(os.path.join(common.TREE, "include"), os.path.join(tree, "include"))
        shutil.copytree(os.path.join(common.TREE, "chip", "include"), os.path.join(tree, "chip", "include"))
        shutil.copytree(os.path.join(common.TREE, "src", "ring"), os.path.join(tree, "src", "ring"),
                        ignore=shutil.ignore_patterns("*.c"))
        os.makedirs(os.path.join(tree, "docs"))
        for extra in (".clang-format", ".clang-tidy", "chip/chip.h", "docs/pico-sdk.md"):
            shutil.copy(os.path.join(common.TREE, extra), os.path.join(tree, extra))
        os.makedirs(os.path.dirname(os.path.join(tree, name)), exist_ok=True)
        with open(os.path.join(tree, name), "a", encoding="utf-8") as file:
            file.write(text)
        if check == "tidy" and name.endswith(".h"):
            with open(os.path.join(tree, "src/ring/user.c"), "w", encoding="utf-8") as file:
                file.write(f'#include "{name.removeprefix("include/")}"\n')
        return run(check, tree)


def main():
    wrong = []
    for check, name, text, word in SEEDS:
        code, said = seeded(check, name, text)
        if code != 1 or word not in said:
            wrong.append(f"{check}: not caught in {name}: {text.strip()[:70]!r}: exit code {code}\n{said}")
    for check, name, text in FINE:
        code, said = seeded(check, name, text)
        if name in said or code not in (0, 1):
            wrong.append(f"{check}: a false alarm in {name}: {text.strip()[:70]!r}\n{said}")
    for check in ("layers", "docs", "format", "files", "knobs", "tidy", "symbols", "strict", "pages"):
        with tempfile.TemporaryDirectory() as tree:
            code, said = run(check, tree) if check != "tidy" else (1, "")
            if code == 0:
                wrong.append(f"{check}: passes on an empty tree\n{said}")
    print("\n".join(wrong))
    print(f"selftest: {len(SEEDS)} seeds, {len(FINE)} harmless ones, {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


main()
