#!/usr/bin/env python3
"""Plays WAV files of every format through the driver on virtual boards, and compares every frame at the pins.

In: files from sox, ffmpeg and alsa-utils; the command. Out: a line per group, the number of files, runs and frames that
were compared, and the command line of each run that was not bit-exact. At the end faults are seeded into what was decoded,
and each must be found.

  pins.py [--only REGEX]    only the trials whose names match, with their names
  pins.py --corrupt KIND    the same with a seeded fault: everything must fail
"""
import argparse
import os
import re
import subprocess
import sys

import common_cli as cli
import common_wavs

ALL_BITS = (16, 24, 32)


class Trial:
    """One run of the command, and what it must give."""

    def __init__(self, case, bits=16, board="pico", options=(), repeats=0, program=None, how="", checks=()):
        self.case, self.bits, self.board, self.options, self.repeats = case, bits, board, list(options), repeats
        self.given_program, self.how, self.checks = program, how, checks
        self.frames = self.words = 0
        self.run = self.trace = None
        self.name = " ".join(str(part) for part in (case.name, board, bits, *options, how) if part != "")

    def program(self):
        if self.given_program:
            return self.given_program(self.case.frames(self.bits))
        return self.case.frames(self.bits) * (1 + self.repeats)

    def left_justified(self):
        return "--left-justified" in self.options

    def play(self, folder):
        """Runs the command in the trial's own way; the bytes of --out and the report."""
        out, report, trace = folder("out.wav"), folder("report.json"), folder("trace.vcd")
        words = ["play", "-" if self.how.startswith("stdin") else self.case.path, "--bits", self.bits, *self.options]
        if "--pin" not in self.options:
            words += ["--board", self.board]
        if self.how == "json":
            words += ["--json"]
        else:
            words += ["--report", report]
        if "trace" in self.checks or "sigrok" in self.checks:
            words += ["--trace", trace]
            self.trace = trace
        words += ["--out", "-" if self.how == "stdout" else out]
        self.run = cli.Run(*words, stdin_path=self.case.path if self.how == "stdin file" else None,
                           stdin=cli.read_bytes(self.case.path) if self.how == "stdin pipe" else None)
        self.run.must(0)
        made = self.run.out if self.how == "stdout" else cli.read_bytes(out)
        return cli.Decoded(made), self.run.json() if self.how == "json" else cli.read_json(report)


# ---- checks --------------------------------------------------------------------------------------------------------------


def check_source(trial, source):
    case = trial.case
    sample = "s32" if case.kind == "f32" else case.kind
    cli.equal(source["sample"], sample, "the source's sample format")
    cli.equal(source["channels"], case.channels, "the source's channels")
    cli.equal(source["channels_played"], min(case.channels, 2), "channels played")
    cli.equal(source["rate_hz"], case.rate, "the source's rate")
    cli.equal(source["tag"], 3 if case.kind == "f32" else 1, "the source's tag")
    frames = len(case.samples()) // case.channels
    unknown = trial.how == "stdin pipe" and (case.said.get("open_ended") or case.said.get("truncated"))
    if not unknown:
        cli.equal(source["frames"], frames, "the source's frames")
    for fact in ("extensible", "rf64", "truncated", "open_ended"):
        if fact in case.said and not unknown:
            cli.equal(source[fact], case.said[fact], f"the source's {fact}")


def check_figures(trial, report, decoded, program):
    cli.equal(report["frames_in"], len(program) // 2, "frames_in")
    cli.equal(report["program_frames"], len(program) // 2, "program_frames")
    cli.equal(report["frames_out"], decoded.frames(), "frames_out")
    cli.equal(report["interrupted"], False, "interrupted")
    cli.need(0 < report["largest_ramp_step_q16"] <= 1024, f"the largest step is {report['largest_ramp_step_q16']}/65536")
    cli.equal(report["indeterminate"], 0, "indeterminate publications")
    cli.equal(report["holes_counted"], len(report["holes"]), "holes counted")
    cli.equal(report["hole_frames"], sum(hole["frames"] for hole in report["holes"]), "hole_frames")
    cli.equal(report["allocations"], {"to_open": 3, "after_open": 0, "left": 0}, "allocations")
    if "--pin" in trial.options:
        return
    cli.equal(report["dma_violations"], 0, "dma_violations")
    cli.equal(report["malformed_half_frames"], 0, "malformed_half_frames")
    cli.equal(set(report["claims_left"].values()), {0}, "claims left")
    cli.equal(report["claims_none"], True, "claims_none")


def check_rate(trial, plan, decoded, report):
    system_hz = cli.BOARDS[trial.board][0]
    rate = plan["rate"]
    theory = cli.theoretical_rate(system_hz, trial.case.rate, trial.bits)
    cli.equal((rate["asked_hz"], rate["system_hz"]), (trial.case.rate, system_hz), "asked_hz and system_hz")
    cli.within_ppm(rate["reached_hz"], theory, 1, "reached_hz")
    error = float((theory / trial.case.rate - 1) * 1000000)
    cli.need(abs(rate["error_ppm"] - error) < 0.01, f"error_ppm is {rate['error_ppm']}, must be {error:.3f}")
    took = decoded.frames() / float(theory)
    cli.need(took <= report["virtual_s"] <= took + 0.01, f"virtual_s is {report['virtual_s']}, sound lasted {took:.6f}")


def check_trace(trial, decoded, corrupt):
    """A decoder of our own: timing, word lengths and the rate at the pins; any layout."""
    bits = 16 if trial.bits == 16 else 32
    trace = cli.Trace(trial.trace, trial.left_justified())
    words = trace.decode(bits)
    pairs = [(int(left), value) for left, value, length in words if length == bits]
    if corrupt == "trace":
        pairs[len(pairs) // 2] = (pairs[len(pairs) // 2][0], pairs[len(pairs) // 2][1] ^ 1)
    low = 2 ** (bits - trial.bits)
    cli.need(all(value % low == 0 for _, value in pairs), "bits below the sample are not zero")
    values = [signed(value, bits) // low for _, value in pairs]
    cli.need(all(left != after for (left, _), (after, _) in zip(pairs, pairs[1:])), "left and right do not alternate")
    missed = align(values, list(decoded.samples), "the trace")
    cli.need(pairs[0][0] == (missed + 1) % 2, "left and right are exchanged")
    system_hz = cli.BOARDS[trial.board][0]
    cli.within_ppm(trace.measured_rate(1e9 / system_hz), cli.theoretical_rate(system_hz, trial.case.rate, trial.bits), 1,
                   "the rate measured at lrclk")
    return len(values), missed


def check_sigrok(trial, decoded, corrupt):
    done = cli.tool("sigrok-cli", "-i", trial.trace, "-I", "vcd", "-P", "i2s:sck=bclk:ws=lrclk:sd=data",
                    "-A", "i2s=left:right").decode()
    bits = 16 if trial.bits == 16 else 32
    found = re.findall(r"^i2s-1: (Left|Right) channel: ([0-9a-f]{8})$", done, re.M)
    cli.equal(len(found), len(done.strip().split("\n")), "words that sigrok printed and we understood")
    values = [signed(int(value, 16), bits) for _, value in found]
    if corrupt == "sigrok":
        values[len(values) // 2] ^= 1 << (bits - trial.bits)
    low = 2 ** (bits - trial.bits)
    cli.need(all(value % low == 0 for value in values), "bits below the sample are not zero")
    missed = align([value // low for value in values], list(decoded.samples), "sigrok")
    cli.need(found[0][0] == ("Left" if missed % 2 == 0 else "Right"), "left and right are exchanged")
    return len(values), missed


def signed(value, bits):
    return value - 2**bits if value >= 2 ** (bits - 1) else value


def align(words, samples, who):
    """Another decoder's words against ours: it may miss up to three at either end. Returns how many at the front."""
    heard = next((n for n, value in enumerate(words) if value), None)
    cli.need(heard is not None, f"{who} heard nothing")
    missed = next(n for n, value in enumerate(samples) if value) - heard
    behind = len(samples) - missed - len(words)
    cli.need(0 <= missed <= 3 and 0 <= behind <= 3, f"{who} has {len(words)} words, {missed} and {behind} fewer at the ends")
    ours = samples[missed:missed + len(words)]
    cli.need(words == ours, f"{who} differs at word {next((n for n, (a, b) in enumerate(zip(words, ours)) if a != b), 0)}")
    return missed


def verify(trial, folder, corrupt=None):
    decoded, facts = trial.play(folder)
    program = trial.program()
    damage(corrupt, decoded, facts, len(program) // 2)
    report, plan = facts["report"], facts["plan"]
    cli.equal(decoded.rate, trial.case.rate, "the rate of --out")
    cli.equal(decoded.bits, trial.bits, "the bits of --out")
    cli.check_pins(decoded.samples, program, plan["slot_frames"], report["holes"], trial.checks)
    check_figures(trial, report, decoded, program)
    check_source(trial, facts["source"])
    if "--pin" not in trial.options:
        check_rate(trial, plan, decoded, report)
    if "holes" in trial.checks:
        cli.need(report["holes"], "there is no hole")
    else:
        cli.equal(report["holes"], [], "holes")
    trial.frames, trial.words = decoded.frames(), 0
    if "trace" in trial.checks:
        trial.words += check_trace(trial, decoded, corrupt)[0]
    if "sigrok" in trial.checks:
        words, missed = check_sigrok(trial, decoded, corrupt)
        trial.words += words
        trial.case.missed = max(getattr(trial.case, "missed", 0), missed)
    return facts


# ---- seeded faults -------------------------------------------------------------------------------------------------------


def damage(kind, decoded, facts, frames):
    """One fault in what was decoded or reported."""
    s, report = decoded.samples, facts["report"]
    start = cli.first_sound(s)
    middle = 2 * (start + cli.RAMP + frames // 2)
    if kind == "bit":
        s[middle] ^= 1
    elif kind == "last-bit":
        s[2 * (start + frames)] ^= 1
    elif kind == "drop":
        del s[middle:middle + 2]
        s.extend([0, 0])
    elif kind == "double":
        s[middle:middle] = s[middle - 2:middle]
    elif kind == "order":
        s[middle:middle + 4] = s[middle + 2:middle + 4] + s[middle:middle + 2]
    elif kind == "exchange":
        s[middle], s[middle + 1] = s[middle + 1], s[middle]
    elif kind == "ramp":
        s[2 * start + 20] += 1
    elif kind == "no-ramp":
        s[0:2 * (start + cli.RAMP)] = cli.silence(start + cli.RAMP)
    elif kind == "silence":
        s[-1] = 1
    elif kind == "rate":
        facts["plan"]["rate"]["reached_hz"] *= 1.000002
    elif kind == "hole-place":
        report["holes"][0]["at_frame"] += 1
    elif kind == "hole-length":
        report["holes"][0]["frames"] += 1
    elif kind == "hole-lost":
        del report["holes"][0]
    elif kind and kind.startswith("report:"):
        report[kind[7:]] += 1
    elif kind == "allocation":
        report["allocations"]["after_open"] = 1
    elif kind == "claim":
        report["claims_left"]["pins"] = 1


SEEDS = {  # what is damaged: on which trial
    "plain": ["bit", "last-bit", "drop", "double", "order", "exchange", "ramp", "no-ramp", "silence", "rate", "allocation", "claim",
              "report:frames_in", "report:frames_out", "report:dma_violations", "report:malformed_half_frames"],
    "hole": ["bit", "hole-place", "hole-length", "hole-lost", "report:hole_frames", "report:holes_counted"],
    "trace": ["trace", "sigrok"],
}


# ---- trials --------------------------------------------------------------------------------------------------------------


def formats(cases):
    for case in cases.values():
        for bits in ALL_BITS if not case.name.startswith("alsa") or case.name == "alsa Rear_Left" else (16,):
            yield Trial(case, bits)


def boards(cases):
    for board in cli.BOARDS:
        for name in ("sox u8-stereo", "sox s16-stereo", "sox s24-stereo", "ffmpeg f32-stereo"):
            for bits in ALL_BITS if board != "pico" else ():
                yield Trial(cases[name], bits, board)


def layouts(cases):
    for options in (["--left-justified"], ["--swap-clocks"], ["--left-justified", "--swap-clocks"],
                    ["--data-pin", 2, "--bclk-pin", 5]):
        for name, bits in (("sox s16-stereo", 16), ("sox s24-stereo", 24), ("ffmpeg s32-stereo", 32)):
            yield Trial(cases[name], bits, "pico", options, checks=("trace",))
    yield Trial(cases["sox s16-stereo"], 16, "waveshare-rp2040-pizero", ["--left-justified"], checks=("trace",))
    yield Trial(cases["sox s16-stereo"], 32, "pico2", ["--swap-clocks"], checks=("trace",))
    yield Trial(cases["sox s16-stereo"], 16, "pimoroni-pico-plus-2", ["--data-pin", 40, "--bclk-pin", 42], checks=("trace",))


def sigrok(cases):
    for name in ("sox u8-mono", "sox s16-stereo"):
        for bits in ALL_BITS:
            yield Trial(cases[name], bits, checks=("sigrok",))
    for name, bits in (("sox s24-stereo", 24), ("ffmpeg s32-stereo", 32), ("ffmpeg f32-stereo", 24)):
        yield Trial(cases[name], bits, checks=("sigrok",))
    yield Trial(cases["sox s16-stereo"], 16, "pico2", checks=("sigrok", "trace"))
    yield Trial(cases["sox s24-stereo"], 24, "waveshare-rp2040-pizero", ["--swap-clocks"], checks=("sigrok",))


def loops(cases):
    for name, times, bits in (("sox s16-stereo", 1, 16), ("sox u8-odd-length", 7, 24), ("sox s24-stereo", 3, 32),
                              ("ffmpeg s16-rf64", 2, 16), ("edited truncated", 2, 16), ("sox s16-one-frame", 300, 16),
                              ("sox s16-63-frames", 40, 32), ("edited length-0", 2, 16), ("ffmpeg f32-stereo", 1, 24)):
        yield Trial(cases[name], bits, "pico", ["--loop", times], repeats=times)
    yield Trial(cases["edited smpl"], 16, "pico", ["--smpl-loop"],
                program=lambda p: p[:3000] + p[1000:3000] * 2 + p[3000:])


def stalls(cases):
    long = cases["sox s16-long"]
    for board, bits in (("pico", 16), ("pico", 32), ("pico2", 24), ("waveshare-rp2040-pizero", 16)):
        for at_ms, for_ms in ((41, 50), (90.137, 700), (7, 33.5)):
            yield Trial(long, bits, board, ["--stall", f"{at_ms}:{for_ms}"], checks=("holes",))
        yield Trial(long, bits, board, ["--stall", "30:60", "--stall", "150:200", "--stall", "420:31"], checks=("holes",))
    yield Trial(cases["sox u8-mono"], 24, "pico", ["--stall", "200:300", "--loop", 9], repeats=9, checks=("holes",))
    yield Trial(cases["sox u8-mono"], 24, "pico", ["--stall", "20:300"], checks=("late_end",))  # all is queued
    yield Trial(long, 16, "pico", ["--stall", "60:5"])
    yield Trial(long, 16, "pico", ["--stall", "60:23.5"])
    yield Trial(long, 16, "pico", ["--stall", "100:300", "--buffer", "400"])
    yield Trial(long, 16, "pico", ["--stall", "100:20", "--buffer", "5"], checks=("holes",))


def ways(cases):
    for name in ("sox s16-stereo", "ffmpeg s16-pipe", "sox s24-stereo", "ffmpeg f32-stereo", "edited truncated",
                 "edited chunk-behind-odd-data"):
        for how in ("stdin file", "stdin pipe", "stdout", "json"):
            yield Trial(cases[name], 16 if name != "sox s24-stereo" else 24, how=how)
    for name in ("sox u8-mono", "sox s16-stereo", "sox s24-stereo", "sox s16-384k"):
        for bits in ALL_BITS:
            yield Trial(cases[name], bits, "", ["--pin", "wav"])
    for memory in ("vm", "arena"):
        yield Trial(cases["sox s16-stereo"], 16, "pico", ["--memory", memory])
    for ms in ("1", "3", "77", "400"):
        yield Trial(cases["sox s24-stereo"], 24, "pico", ["--buffer", ms])


GROUPS = (formats, boards, layouts, sigrok, loops, stalls, ways)
LEAST = {"formats": 140, "boards": 36, "layouts": 15, "sigrok": 11, "loops": 10, "stalls": 20, "ways": 40}  # trials


class Tally:
    """What was compared."""

    def __init__(self, folder, only, corrupt):
        self.folder, self.only, self.corrupt = folder, only, corrupt
        self.trials = self.frames = self.words = self.failed = 0
        self.files = set()

    def attempt(self, trial):
        if self.only and not re.search(self.only, trial.name):
            return
        self.trials += 1
        try:
            verify(trial, self.folder, self.corrupt)
        except (cli.Wrong, KeyError, subprocess.TimeoutExpired) as error:
            self.failed += 1
            if self.failed > cli.TOLD:
                return
            print(f"FAIL {trial.name}\n     {error!r}" if isinstance(error, KeyError) else f"FAIL {trial.name}\n     {error}")
            if trial.run:
                print(f"     command: {trial.run.command}")
            print(f"     again:   test/golden/pins.py --only '^{re.escape(trial.name)}$'")
            return
        self.files.add(trial.case.path)
        self.frames += trial.frames
        self.words += trial.words
        if self.only:
            print(f"ok   {trial.name}: {trial.frames} frames")


def self_test(cases, folder):
    """Every seeded fault must be found, and the same trial without it must pass."""
    trials = {"plain": Trial(cases["sox s16-stereo"]),
              "hole": Trial(cases["sox s16-long"], options=["--stall", "41:50"], checks=("holes",)),
              "trace": Trial(cases["sox s24-stereo"], 24, checks=("trace", "sigrok"))}
    found = 0
    for name, kinds in SEEDS.items():
        verify(trials[name], folder)
        for kind in kinds:
            try:
                verify(trials[name], folder, kind)
                print(f"FAIL the seeded fault {kind} ({name}) was not found")
            except cli.Wrong:
                found += 1
    seeded = sum(len(kinds) for kinds in SEEDS.values())
    again = subprocess.run([sys.executable, __file__, "--only", "^sox s16-stereo pico 16$", "--corrupt", "bit"],
                           capture_output=True, text=True, check=False, env={**os.environ, "TMPDIR": folder.path})
    told = again.returncode == 1 and "FAIL sox s16-stereo pico 16" in again.stdout
    print(f"self-test: {found} of {seeded} seeded faults found; a run with a fault {'fails' if told else 'DOES NOT FAIL'}")
    return found == seeded and told


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", metavar="REGEX", help="only the trials whose names match")
    parser.add_argument("--corrupt", metavar="KIND", help="seed a fault into what was decoded: everything must fail")
    options = parser.parse_args()
    cli.require_tools("sox", "ffmpeg", "sigrok-cli")
    folder = cli.Folder("pins")
    cases = {case.name: case for case in common_wavs.make_cases(folder)}
    tally, good = Tally(folder, options.only, options.corrupt), True
    for group in GROUPS:
        before, frames, words = tally.trials, tally.frames, tally.words
        for trial in group(cases):
            tally.attempt(trial)
        count = tally.trials - before
        if options.only:
            continue
        print(f"{group.__name__:8} {count:4} runs, {tally.frames - frames:8} frames"
              + (f", {tally.words - words} words of another decoder" if tally.words > words else ""), flush=True)
        if count < LEAST[group.__name__]:
            print(f"FAIL {group.__name__}: must be {LEAST[group.__name__]} runs or more")
            good = False
    missed = max((getattr(case, "missed", 0) for case in cases.values()), default=0)
    print(f"{len(tally.files)} files, {tally.trials} runs, {tally.frames} frames bit by bit, {tally.words} words by other "
          f"decoders; sigrok missed {missed} words at the start; {tally.failed} failed")
    if not options.only:
        good = good and len(tally.files) == len(cases) >= 55 and tally.frames > 1000000 and tally.words > 150000
        if not good:
            print("FAIL fewer files or frames were compared than must be")
        good = self_test(cases, folder) and good
    good = good and tally.trials > 0 and tally.failed == 0
    if good:
        folder.drop()
    else:
        print(f"files are kept in {folder.path}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
