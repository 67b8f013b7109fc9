#!/usr/bin/env python3
"""MicroPython's own tests pass with the module: every one that passes without it.

In: build/micropython, MicroPython's source (tools/fetch-micropython.sh). Without the module all pass but those that are skipped, which are
listed here; a skip that is not listed is a failure, as is a test less than there were.
"""
import json
import os
import subprocess
import sys

import mpy

FOLDERS = ("basics", "float", "import", "io", "micropython", "misc", "stress", "unicode")
PERFORMED = 757  # of MicroPython 1.25.0
# What the unix port does not have, with or without us.
SKIPPED = {"builtin_range_binop", "cexample_class", "cexample_module", "cexample_subclass", "class_inplace_op2", "fun_code", "fun_code_micropython",
           "heap_locked", "io_buffered_writer", "memoryview_itemsize", "namedtuple_asdict", "nanbox_smallint", "native_fun_attrs_code",
           "sys_getsizeof", "sys_settrace_features", "sys_settrace_generator", "sys_settrace_loop", "sys_tracebacklimit", "unicode_ure",
           "attrtuple2", "fun_code_colines", "fun_code_full", "fun_code_lnotab", "sys_settrace_cov"}  # these are 1.26's


def main():
    source = subprocess.run(["tools/fetch-micropython.sh", os.path.join(mpy.BUILD, "deps/micropython")], cwd=mpy.ROOT, check=True,
                            capture_output=True, text=True).stdout.strip()
    results = mpy.scratch("results")
    # A Pico's heap is smaller than the port's own, which some tests fill on purpose.
    command = [sys.executable, "run-tests.py", "-j2", "--heapsize", "2M", "-r", results, "-d", *FOLDERS]
    done = subprocess.run(command, cwd=os.path.join(source, "tests"), capture_output=True, text=True, check=False, timeout=600,
                          env=dict(os.environ, MICROPY_MICROPYTHON=mpy.MICROPYTHON, PYTHONDONTWRITEBYTECODE="1"))
    said = done.stdout.split("\n")
    # 1.26 tells names as paths.
    skipped = {os.path.basename(name).removesuffix(".py") for line in said if " tests skipped: " in line for name in line.split(": ")[1].split()}
    with open(os.path.join(results, "_results.json"), encoding="utf-8") as file:
        failed = json.load(file)["failed_tests"]
    mpy.expect("failed", failed, [])
    mpy.expect("skipped, beyond the list", sorted(skipped - SKIPPED), [])
    performed = int(next(line for line in said if "tests performed" in line).split()[0])
    mpy.expect("performed", performed >= PERFORMED, True)
    if done.returncode:
        mpy.failures.append("run-tests.py")
        print(done.stdout[-1500:], done.stderr[-1500:])
    mpy.finish(performed, "of MicroPython's own tests")


if __name__ == "__main__":
    main()
