#!/usr/bin/env python3
"""The test runner: what fails is counted and shown, nothing that is missing or stale passes, and the last line adds up.

In: tools/run_tests.py, copied into small trees of its own. Out: a line per case that went wrong.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

import common

# A stand-in for the build: each test program is its source, a shell script. BROKEN=1 breaks every build but the first.
MAKEFILE = """BUILD ?= build
SOURCES := $(wildcard test/unit/test_*.c)
all: ; @mkdir -p $(BUILD); cp /bin/true $(BUILD)/tonearm
libs: ;
tests tests-unit: $(SOURCES:%.c=$(BUILD)/%)
tests-sweep tests-model tests-fault tests-cli: ;
$(BUILD)/test/%: test/%.c ; @mkdir -p $(@D); ! grep broken $< && cp $< $@ && chmod +x $@
benches programs: ;
"""


def tree(files):
    folder = tempfile.mkdtemp()
    os.makedirs(os.path.join(folder, "tools"))
    shutil.copy(os.path.join(common.TREE, "tools/run_tests.py"), os.path.join(folder, "tools"))
    script = ("#!/bin/sh\n", 0o755)
    scripts = {f"tools/{name}.sh": script for name in ("fuzz", "firmware", "micropython", "micropython-rp2")}
    # Programs that the runner names itself.
    named = {f"test/unit/{name}.c": ("#!/bin/sh\n", 0o644) for name in ("test_stream", "test_output", "test_chip_core1")}
    for name, (text, mode) in {"Makefile": (MAKEFILE, 0o644), **scripts, **named, **files}.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
    return folder


def run(folder, *options, path=None):
    env = dict(os.environ, BUILD="build", **({"PATH": path} if path else {}))
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        env.pop(name, None)
    done = subprocess.run([sys.executable, "tools/run_tests.py", *options], cwd=folder, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    last = done.stdout.strip().split("\n")[-1]
    counts = re.fullmatch(r"(\d+) passed, (\d+) failed", last)
    return done.returncode, done.stdout, tuple(map(int, counts.groups())) if counts else last


GOOD = ("#!/bin/sh\nexit 0\n", 0o644)
BAD = ("#!/bin/sh\necho here it broke\nexit 3\n", 0o644)
wrong, cases = [], 0


def expect(case, condition, said):
    global cases
    cases += 1
    if not condition:
        wrong.append(f"{case}:\n{said}")


def main():
    # Everything but valgrind's own run of a shell script, which is a run of the shell.
    folder = tree({"test/unit/test_a.c": GOOD, "test/golden/one.sh": ("#!/bin/sh\n", 0o755)})
    code, said, counts = run(folder)
    expect("all good", code == 0 and isinstance(counts, tuple) and counts[1] == 0 and counts[0] >= 12, said)
    everything = counts
    jobs = sum(counts) if isinstance(counts, tuple) else 0
    told = re.findall(r"(?m)^  \[ *(\d+)/(\d+)\] ok +\d+\.\d s +\d+\.\d cpu  \S", said)
    expect("each line says how far it is", told == [(str(n), str(jobs)) for n in range(1, jobs + 1)], said)

    # Who watches through a pipe sees the first line at once, and not when everything is over.
    folder = tree({"Makefile": (MAKEFILE.replace("all: ;", "all: ; @while [ ! -e go ]; do sleep 0.01; done;"), 0o644)})
    command = [sys.executable, "tools/run_tests.py", "--only", r"build \[gcc\]"]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, cwd=folder, env={**env, "BUILD": "build"}, stdout=subprocess.PIPE, text=True) as process:
        timer = threading.Timer(20, lambda: open(os.path.join(folder, "go"), "w", encoding="utf-8").close())
        timer.start()
        first = process.stdout.readline()
        early = not os.path.exists(os.path.join(folder, "go"))
        with open(os.path.join(folder, "go"), "w", encoding="utf-8"):
            pass
        rest = process.stdout.read()
        timer.cancel()
    expect("the first line at once", early and re.match(r"\d+ jobs, 2 at a time", first), first + rest)

    folder = tree({"test/unit/test_a.c": GOOD, "test/golden/one.sh": ("#!/bin/sh\necho here it broke; exit 1\n", 0o755)})
    code, said, counts = run(folder)
    expect("a script fails", code == 1 and counts == (everything[0] - 1, 1) and "here it broke" in said, said)

    # What runs firmware waits for it, and brings it along when it is picked alone.
    image = {"test/emulator/one.sh": ("#!/bin/sh\ncat build/image\n", 0o755)}
    folder = tree({"tools/firmware.sh": ("#!/bin/sh\nsleep 1; echo image >build/image\n", 0o755), **image})
    code, said, counts = run(folder, "--only", "emulator/one")
    expect("a script that wants firmware", code == 0 and counts == (3, 0), said)
    folder = tree({"tools/firmware.sh": ("#!/bin/sh\necho no image; exit 1\n", 0o755), **image})
    code, said, counts = run(folder, "--only", "emulator/one")
    expect("no firmware", code == 1 and counts == (1, 2) and "no image" in said, said)

    # The command's own tests run once more with the command that sanitizers watch.
    folder = tree({"test/cli/test_cli_errors.py": ("#!/bin/sh\necho $TONEARM $ASAN_OPTIONS >>seen; test -x $TONEARM\n", 0o755)})
    code, said, counts = run(folder, "--only", "test_cli_errors")
    with open(os.path.join(folder, "seen"), encoding="utf-8") as file:
        seen = sorted(file.read().splitlines())
    expect("a script runs twice", code == 0 and counts == (4, 0), said)
    expect("with either command", seen == ["build/asan/tonearm detect_leaks=1:exitcode=99", "build/tonearm"], seen)

    folder = tree({"test/unit/test_a.c": BAD})
    code, said, counts = run(folder, "--only", r"unit/test_a \[gcc\]")
    expect("a program fails", code == 1 and counts == (1, 1) and "here it broke" in said and "exit code 3" in said, said)

    # A program that was built once and can be built no more must not pass by its old copy.
    folder = tree({"test/unit/test_a.c": GOOD})
    run(folder, "--only", r"unit/test_a \[gcc\]")
    with open(os.path.join(folder, "test/unit/test_a.c"), "a", encoding="utf-8") as file:
        file.write("# broken\n")
    os.utime(os.path.join(folder, "test/unit/test_a.c"), (2e9, 2e9))
    code, said, counts = run(folder, "--only", r"unit/test_a \[gcc\]")
    expect("a stale program", code == 1 and counts == (0, 2), said)

    folder = tree({"test/golden/test_x.sh": ("#!/bin/sh\n", 0o644)})
    code, said, counts = run(folder, "--only", "golden")
    expect("a test that is not executable", code == 1 and counts == (0, 1) and "not executable" in said, said)

    folder = tree({})
    code, said, counts = run(folder, "--only", "no such test")
    expect("nothing selected", code == 1 and "no job matches 'no such test': tools/run_tests.py --list names them all" in said, said)
    expect("nothing selected passes nothing", "passed" not in said, said)
    code, said, counts = run(folder, "--only", "(")
    expect("no expression", code == 2 and "'('" in said and "Traceback" not in said, said)

    bare = tempfile.mkdtemp()
    for tool in ("sh", "make"):
        os.symlink(shutil.which(tool), os.path.join(bare, tool))
    code, said, counts = run(tree({}), "--only", "^tools$", path=bare)
    expect("tools are missing", code == 1 and counts == (0, 1) and "valgrind (Debian's valgrind)" in said, said)

    print("\n".join(wrong))
    print(f"runner: {cases} cases, {len(wrong)} wrong")
    sys.exit(1 if wrong or cases != 15 else 0)


main()
