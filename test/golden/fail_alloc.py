#!/usr/bin/env python3
"""Refuses the Nth allocation, for every N from 1 until the file plays, on each board and with each choice of memory.

Each time: exit code 3, one sentence with the knob, no file, no block and no claim left, and `plan` says the same beforehand.
The first N that is not reached plays bit-exactly. Some of the refusals run under valgrind, for what the command itself holds.

In: the command. Out: the number of refusals; the command line of each run that was not clean.

  fail_alloc.py [--only REGEX]    only the runs whose ids match, such as '^pico auto 24 n=2$'
"""
import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys

import common_cli as cli
import common_wavs

CHOICES = {  # those that play at all; memory_story.py has the others
    "pico": ("auto", "vm", "arena"),
    "pico2": ("auto", "vm", "port", "arena"),
    "waveshare-rp2040-pizero": ("auto", "vm", "arena"),
    "pimoroni-pico-plus-2": ("auto", "port", "arena"),
}
MOST = 50  # allocations that no open comes near to
ALLOCATIONS = 3  # the reader's buffer, the ring and its accounts
VALGRIND = ["valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--show-leak-kinds=all",
            "--errors-for-leak-kinds=definite,possible"]


class Cut:
    """One N, on one board, with one choice of memory."""

    def __init__(self, folder, case, words, identity, number):
        self.case, self.identity, self.number = case, f"{identity} n={number}", number
        self.files = folder(re.sub(r"\W+", "-", self.identity))
        os.mkdir(self.files)
        self.words = [case.path, *words, "--fail-alloc", str(number)]
        self.with_plan = "--pin" not in words
        self.run = None

    def play(self, *more):
        self.run = cli.Run("play", *self.words, "--out", os.path.join(self.files, "o.wav"), *more)
        return self.run

    def left(self):
        return sorted(os.listdir(self.files))


def check_clean(facts):
    """What a refusal says of what it left."""
    cli.equal(facts["plan"].get("left"), {"blocks": 0, "claims_none": True}, "what a refused open left behind")


def check_failure(cut, run):
    facts = run.json()
    failure = facts["plan"]["failure"]
    cli.equal(facts["plan"]["fits"], False, "fits")
    cli.equal(failure["sentence"], run.sentence(), "the sentence in JSON")
    cli.need(failure["object"] in run.sentence() and failure["knob"] in run.sentence(), "the sentence lacks object or knob")
    cli.equal(failure["knob"], f"refused because allocation {cut.number} was made to fail", "the knob of an injected failure")
    cli.need("try:" not in run.err, "an injected failure comes with advice")
    if cut.with_plan:
        cli.equal(facts["plan"]["objects"][cut.number - 1]["object"], failure["object"], "the object that was refused")
    check_clean(facts)


def check_cut(cut):
    """True if it played."""
    run = cut.play("--trace", os.path.join(cut.files, "t.vcd"), "--report", os.path.join(cut.files, "r.json")) \
        if cut.with_plan else cut.play("--report", os.path.join(cut.files, "r.json"))
    if run.code == 0:
        check_played(cut)
        return True
    run.must(3)
    sentence = run.sentence()
    cli.equal(cut.left(), [], "files that a refused play left")
    in_json = cut.play("--json").must(3)
    cli.equal(in_json.sentence(), sentence, "the sentence beside --json")
    check_failure(cut, in_json)
    cli.equal(cut.left(), [], "files that a refused play left")
    if cut.with_plan:
        for words in ([], ["--json"]):
            cut.run = cli.Run("plan", *cut.words, *words).must(3)
            cli.equal(cut.run.sentence(), sentence, "the sentence of plan")
        check_failure(cut, cut.run)
    return False


def check_played(cut):
    facts = cli.read_json(os.path.join(cut.files, "r.json"))
    decoded = cli.Decoded(cli.read_bytes(os.path.join(cut.files, "o.wav")))
    plan = facts["plan"]
    cli.check_pins(decoded.samples, cut.case.frames(decoded.bits), plan["slot_frames"])
    cli.equal(facts["report"]["allocations"], {"to_open": ALLOCATIONS, "after_open": 0, "left": 0}, "allocations")
    cli.equal(cut.number, ALLOCATIONS + 1, "the first N that plays")


def check_valgrind(cut):
    words = [*VALGRIND, cli.TONEARM, "play", *cut.words, "--json", "--out", os.path.join(cut.files, "v.wav")]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False)
    cli.need(done.returncode == 3, f"{shlex.join(words)}: exit code {done.returncode}: {done.stderr[-600:]}")
    cli.need("==" not in done.stderr, f"{shlex.join(words)}: {done.stderr[-600:]}")


def runs():
    for board, memories in CHOICES.items():
        for memory in memories:
            for bits in ("16", "24"):
                yield f"{board} {memory} {bits}", ["--board", board, "--memory", memory, "--bits", bits]
    yield "wav 16", ["--pin", "wav"]
    yield "wav 32", ["--pin", "wav", "--bits", "32"]


class Tally:
    """What was refused, and what went wrong."""

    def __init__(self):
        self.refused = self.played = self.failed = self.checked = 0

    def fail(self, cut, error):
        self.failed += 1
        if self.failed > cli.TOLD:
            return
        print(f"FAIL {cut.identity}: {error}")
        if cut.run:
            print(f"     command: {cut.run.command}")
        print(f"     again:   test/golden/fail_alloc.py --only '^{re.escape(cut.identity)}$'")


def enumerate_cuts(folder, case, only, tally):
    for identity, words in runs():
        for number in range(1, MOST):
            cut = Cut(folder, case, words, identity, number)
            if only and not re.search(only, cut.identity):
                if number > ALLOCATIONS:
                    break
                continue
            try:
                tally.checked += 1
                played = check_cut(cut)
                if not played and identity in ("pico auto 16", "pimoroni-pico-plus-2 auto 24"):
                    check_valgrind(cut)
            except (cli.Wrong, KeyError, IndexError, ValueError) as error:
                tally.fail(cut, repr(error))
                if cut.run is None or cut.run.code == 0:
                    break
                continue
            tally.refused += not played
            tally.played += played
            if played:
                break
        else:
            tally.fail(cut, f"it does not play with any N up to {MOST}")


def self_test(folder, case):
    """Each seeded fault must be found, and without it there must be none."""
    found, faults = 0, ("code", "file", "sentence", "object", "left", "silent")
    for fault in (None, *faults):
        cut = Cut(folder, case, ["--board", "pico"], f"seed {fault}", 2)
        run = cut.play("--json")
        text = run.out.decode()
        if fault == "code":
            run.code = 1
        elif fault == "file":
            cli.tool("sox", case.path, os.path.join(cut.files, "o.wav"))
        elif fault == "sentence":
            run.err += "tonearm: and another\n"
        elif fault == "object":
            cut.number = 1
        elif fault == "left":
            text = text.replace('"blocks":\t0', '"blocks":\t1')
        elif fault == "silent":
            run.err = ""
        run.out = text.encode()
        try:
            run.must(3)
            check_failure(cut, run)
            cli.equal(cut.left(), [], "files that a refused play left")
            cli.need(fault is None, "")
        except cli.Wrong as error:
            cli.need(str(error) != "" and fault is not None, f"the seeded fault {fault}: {error or 'was not found'}")
            found += 1
    print(f"self-test: {found} of {len(faults)} seeded faults found")
    return found == len(faults)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", metavar="REGEX", help="only the runs whose ids match")
    options = parser.parse_args()
    cli.require_tools("sox", "ffmpeg", "valgrind")
    folder, tally = cli.Folder("alloc"), Tally()
    case = common_wavs.by_sox(folder, "short", "s16", 2, 44100, seconds=0.03)
    enumerate_cuts(folder, case, options.only, tally)
    print(f"{len(list(runs()))} ways to play, {tally.refused} refusals, {tally.played} played, {tally.failed} failed")
    good = tally.checked > 0 and tally.failed == 0
    if good and not options.only:
        ways = len(list(runs()))
        try:
            good = (tally.refused, tally.played) == (ALLOCATIONS * ways, ways) and self_test(folder, case)
        except cli.Wrong as error:
            print(f"FAIL {error}")
            good = False
    if good:
        shutil.rmtree(folder.path)
    else:
        print(f"files are kept in {folder.path}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
