#!/usr/bin/env python3
"""The knobs that a refusal names help, each by itself, and numbers in them are the last that help.

In: the command, $TONEARM. Every board with every choice of memory and with VM heaps and buffers that are too small or too large:
what is refused is planned again with each knob of the sentence. Out: unittest's report; how many refusals and knobs there were.
"""
import itertools
import json
import os
import re
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_cli_errors as errors  # noqa: E402

BOARDS = ("pico", "pico2", "waveshare-rp2040-pizero", "pimoroni-pico-plus-2")
MEMORIES = ("auto", "vm", "port", "arena")
VM_HEAPS = (None, "0", "1024", "6000", "64K", "200K")
BUFFERS = (None, "1", "150", "2000")
KNOB = re.compile(r"--(vm-heap|buffer|memory|board) ([\w.-]+)( or less| or more)?$")
BLOCK = 16  # of the VM's heap


class Knobs(errors.Case):
    refusals = knobs = 0

    def plan(self, words, **changed):
        words = dict(words)
        words.update({name.replace("_", "-"): value for name, value in changed.items()})
        given = [word for name, value in words.items() if value is not None for word in (f"--{name}", str(value))]
        done = self.run_it(["plan", "a.wav", "--json", *given])
        self.assertIn(done.returncode, (errors.PLAYED, errors.USAGE, errors.REFUSED), done.stderr)
        return done

    def knobs_of(self, words):
        """The knobs that the refusal names, or None if it is none."""
        done = self.plan(words)
        if done.returncode != errors.REFUSED:
            return None
        failure = json.loads(done.stdout)["plan"]["failure"]
        told = errors.sentences(done.stderr.decode())
        self.assertEqual(told, ["tonearm: " + failure["sentence"]])
        self.assertTrue(failure["sentence"].endswith(": " + failure["knob"]), failure)
        self.assertIn("\n  try: " + failure["knob"] + "\n", done.stderr.decode())
        return re.split(r", or |, ", failure["knob"])

    def check_knob(self, words, knob):
        found = KNOB.match(knob)
        self.assertTrue(found, f"{words}: {knob}")
        name, value, bound = found.groups()
        self.assertEqual(self.plan(words, **{name: value}).returncode, errors.PLAYED, f"{words}: {knob}")
        if not bound:
            self.assertIn(name, ("memory", "board"))
            return
        step = BLOCK if name == "vm-heap" else 1
        beyond = int(value) + (step if bound == " or less" else -step)
        self.assertIn(self.plan(words, **{name: beyond}).returncode, (errors.REFUSED, errors.USAGE), f"{words}: {knob} is not the last")
        inside = (int(value) // 2, int(value) // 7) if bound == " or less" else (int(value) + 16, int(value) + 4096)
        for other in inside:
            if name == "buffer" and other < 1:
                continue
            done = self.plan(words, **{name: other})
            too_large = name == "vm-heap" and bound == " or more" and done.returncode == errors.USAGE
            self.assertTrue(done.returncode == errors.PLAYED or too_large, f"{words}: {knob}, but {other} does not do")

    def test_each_named_knob_helps(self):
        for board, memory, heap, buffer, bits in itertools.product(BOARDS, MEMORIES, VM_HEAPS, BUFFERS, ("16", "32")):
            words = {"board": board, "memory": memory, "vm-heap": heap, "buffer": buffer, "bits": bits}
            knobs = self.knobs_of(words)
            if knobs is None:
                continue
            Knobs.refusals += 1
            for knob in knobs:
                if knob == "choose a board with more memory":
                    self.assertEqual(knobs, [knob])
                    continue
                Knobs.knobs += 1
                self.check_knob(words, knob)

    def test_where_there_is_a_knob_it_is_named(self):
        """What the sentence does not name does not help."""
        for board, memory, buffer, bits in itertools.product(BOARDS, MEMORIES, BUFFERS, ("16", "32")):
            words = {"board": board, "memory": memory, "vm-heap": None, "buffer": buffer, "bits": bits}
            knobs = self.knobs_of(words)
            if knobs is None:
                continue
            named = {KNOB.match(knob)[1] for knob in knobs if KNOB.match(knob)}
            for name, values in (("buffer", ("1", "3")), ("memory", MEMORIES), ("vm-heap", ("0", "16K", "128K"))):
                if name in named:
                    continue
                for value in values:
                    self.assertNotEqual(self.plan(words, **{name: value}).returncode, errors.PLAYED, f"{words}: {name} {value} helps")

    def test_no_circle(self):
        """The two that once pointed at each other, and a VM's heap that is not there."""
        self.assertEqual(self.knobs_of({"board": "pico", "buffer": "2000", "bits": "32"})[0].split(" ")[0], "--buffer")
        for words, first in (({"board": "waveshare-rp2040-pizero", "memory": "port"}, "--vm-heap"),
                             ({"board": "pico", "vm-heap": "0"}, "--vm-heap"),
                             ({"board": "pimoroni-pico-plus-2", "memory": "vm"}, "--memory")):
            self.assertEqual(self.knobs_of(words)[0].split(" ")[0], first, words)


if __name__ == "__main__":
    if not os.access(errors.TONEARM, os.X_OK):
        sys.exit(f"{errors.TONEARM} is not there: make")
    ended = unittest.main(verbosity=1, exit=False)
    print(Knobs.refusals, "refusals,", Knobs.knobs, "knobs")
    sys.exit(0 if ended.result.wasSuccessful() and Knobs.refusals > 100 and Knobs.knobs > 100 else 1)
