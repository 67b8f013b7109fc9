#!/usr/bin/env python3
"""No line of what the command usually prints is wider than a terminal of 80 columns.

In: the command, $TONEARM; tools/demo.sh. Every board with every format and buffer, every refusal of memory, every usage error,
every file that cannot be played, every --help, the demo, and the meter on terminals of many widths. Out: unittest's report; how
many lines were measured.
"""
import itertools
import os
import re
import struct
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_cli_errors as errors  # noqa: E402
import test_cli_text as text  # noqa: E402

COLUMNS = 80
BOARDS = ("pico", "pico2", "waveshare-rp2040-pizero", "pimoroni-pico-plus-2")


class Columns(errors.Case):
    lines = 0

    def measure(self, *words):
        done = self.run_it(list(words))
        self.look(done.stderr if "--json" in words else done.stdout + done.stderr, words)  # JSON is not for people
        return done.returncode

    def look(self, said, what):
        for line in said.decode().splitlines():
            Columns.lines += 1
            self.assertLessEqual(len(line), COLUMNS, f"{what}: {line}")

    def test_plans_of_all_boards(self):
        codes = set()
        for board, bits, memory, buffer, left in itertools.product(
                BOARDS, ("16", "24", "32"), ("auto", "vm", "port", "arena"), ("1", "20", "2000"), ([], ["--left-justified"])):
            codes.add(self.measure("plan", "a.wav", "--board", board, "--bits", bits, "--memory", memory, "--buffer", buffer, *left))
        self.assertEqual(codes, {errors.PLAYED, errors.REFUSED})

    def test_reports_of_all_boards(self):
        stalls = [word for at in range(0, 1500, 60) for word in ("--stall", f"{at}:45")]
        for board, bits, loop in itertools.product(BOARDS, ("16", "24", "32"), ([], ["--loop", "30", *stalls])):
            self.assertEqual(self.measure("play", "a.wav", "--board", board, "--bits", bits, *loop), errors.PLAYED)
            self.assertEqual(self.measure("play", "a.wav", "--board", board, "--bits", bits, *loop, "--json", "--loop", "1"),
                             errors.PLAYED)

    def test_other_pins_and_injected_failures(self):
        for words in (["--pin", "wav", "--out", "o.wav"], ["--pin", "wav", "--out", "o.wav", "--bits", "32", "--loop", "7"],
                      ["--fail-alloc", "1"], ["--fail-alloc", "2"], ["--fail-alloc", "3"], ["--fail-alloc", "9"],
                      ["--stall", "900000:1"], ["--vm-heap", "0"], ["--vm-heap", "1024"]):
            self.measure("play", "a.wav", *words)
            if "--pin" not in words and "--stall" not in words:
                self.measure("plan", "a.wav", *words)

    def test_errors(self):
        os.symlink("a.wav", os.path.join(self.folder, "link.wav"))
        for arguments, _ in errors.USAGE_CASES:
            self.measure(*[a.strip("'").replace("{f}", "a.wav") for a in arguments.split()])
        for data, _ in errors.BAD_FILES.values():
            self.write("b.wav", data)
            for command in ("play", "plan", "info"):
                self.measure(command, "b.wav")

    def test_help_boards_and_info(self):
        for words in (["--help"], *([command, "--help"] for command in text.COMMANDS), ["boards"]):
            self.assertEqual(self.measure(*words), errors.PLAYED)
        wide = struct.pack("<HHIIHHHHI", 0xFFFE, 18, 384000, 384000 * 72, 72, 32, 22, 32, 0x3FFFF) + bytes.fromhex(
            "0100000000001000800000aa00389b71")
        loop = struct.pack("<9I", *[0] * 7, 1, 0) + struct.pack("<6I", 0, 0, 10, 900, 0, 4294967294)
        self.write("wide.wav", errors.riff(errors.chunk(b"LIST", b"x" * 1234567), errors.chunk(b"fmt ", wide),
                                           errors.chunk(b"data", bytes(72 * 1000)), errors.chunk(b"smpl", loop)))
        self.write("cut.wav", errors.GOOD[:3001])
        for name, command in itertools.product(("a.wav", "wide.wav", "cut.wav"), ("info", "plan", "play")):
            self.assertEqual(self.measure(command, name), errors.PLAYED)

    def test_the_targets_of_make(self):
        env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        done = subprocess.run(["make", "--no-print-directory", "help"], cwd=text.ROOT, env=env, capture_output=True, check=True)
        self.look(done.stdout, "make help")
        self.assertGreater(done.stdout.count(b"\n"), 10)

    def test_the_demo(self):
        env = dict(os.environ, BUILD=os.path.dirname(os.path.relpath(errors.TONEARM, text.ROOT)))
        done = subprocess.run(["tools/demo.sh"], cwd=text.ROOT, env=env, capture_output=True, check=False, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.look(done.stdout + done.stderr, "demo")

    def test_a_meter_on_any_terminal(self):
        """It leaves the last column free, for a cursor that goes beyond it would wrap; and it says what fits."""
        env = dict(os.environ, TERM="xterm", NO_COLOR="1")
        for columns in (10, 20, 30, 40, 50, 60, 70, 80, 81, 100, 132, 200):
            words = ["play", "a.wav", "--loop", "40", "--stall", "400:400"]
            code, said = text.in_terminal(words, self.folder, env, columns)
            self.assertEqual(code, errors.PLAYED)
            drawn = said.split("\r\x1b[K")[1:-1]
            self.assertGreaterEqual(len(drawn), 1)
            for line in drawn:
                self.assertLess(len(line), columns, line)
                self.assertNotIn("\n", line)
                Columns.lines += 1
                for least, wanted in ((20, r"ms ahead|silent"), (34, r"holes?\b"), (50, r" / "), (63, r"L [#-]+ R [#-]+"),
                                      (78, r"\d+\.\dx")):
                    longer = 18 if "STALLED" in line and least > 20 else 0
                    if columns >= least + longer:
                        self.assertRegex(line, wanted, f"{columns} columns")


if __name__ == "__main__":
    if not os.access(errors.TONEARM, os.X_OK):
        sys.exit(f"{errors.TONEARM} is not there: make")
    ended = unittest.main(verbosity=1, exit=False)
    print(Columns.lines, "lines measured")
    sys.exit(0 if ended.result.wasSuccessful() and Columns.lines > 5000 else 1)
