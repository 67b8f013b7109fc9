#!/usr/bin/env python3
"""Runs the examples and the firmware on the virtual chips, and compares every frame at the pins with what each says it plays.

In: test/programs/* of the build folder, which record what a DAC would take. Out: a line per program and board. What each plays is
worked out here a second time. A program that is not in the table is a failure, so that a new one is thought about; at the end
faults are seeded into what was recorded, and each must be found.
"""
import array
import os
import subprocess
import sys
import wave

import common_cli as cli

PROGRAMS = os.path.join(cli.BUILD, "test", "programs")
BOARDS = ("pico", "pico2")


def stereo(left, right=None):
    frames = array.array("i")
    for at, sample in enumerate(left):
        frames.extend((sample, sample if right is None else right[at]))
    return frames


def beep():
    return stereo(([6000] * 50 + [-6000] * 50) * 441)


def siren():
    rate, phase, samples = 32000, 0, []
    for frame in range(rate):
        place = frame % (rate // 2)
        hz = 400 + min(place, rate // 2 - place) * 800 // (rate // 4)
        phase = (phase + (hz << 32) // rate) % 2**32
        samples.append(abs((phase >> 16) - 32768) * 2 // 3 - 10922)
    return stereo(samples)


def jingle():
    with wave.open(os.path.join(cli.BUILD, "obj", "examples", "jingle.wav")) as file:
        cli.equal(file.getparams()[:4], (2, 2, 22050, 11025), "the jingle's format")
        return cli.integers(file.readframes(file.getnframes()), 16)


def tone():
    def parabola(place):
        up = place % 50
        return (4 * 8000 * up * (50 - up) // 2500) * (1 if place < 50 else -1)
    return stereo([parabola(x) for x in range(100)] * 220, [parabola(2 * x % 100) for x in range(100)] * 220)


# program: what it plays, its rate, its slots' frames, what it must say
TABLE = {
    "beep": (beep, 44100, 128, ""),
    "callback": (siren, 32000, 128, "siren: ok, 32000 frames, 0 holes\n"),
    "flash_wav": (jingle, 22050, 128, "jingle: ok, 11025 of 11025 frames, 0 holes\n"),
    "tone": (tone, 44100, 128, "tone: played 22000 frames, 0 holes (0 frames)"),
}

# Programs that do nothing without a console or a card, or whose pins this cannot read: where they are shown instead.
ELSEWHERE = {"player": "test/emulator/player.mjs", "sdcard": "test/emulator/sdcard.mjs", "stall": "test/emulator/stall.mjs",
             "pwm_beep": "test/emulator/pulses.mjs", "two-outputs": "test/emulator/two_outputs.mjs"}


def record(name, board, folder):
    """(frames at the pins as 16-bit samples, what the recorder counted, what was said)"""
    path = folder(f"{name}-{board}")
    environment = dict(os.environ, TONEARM_FRAMES=path, TONEARM_PINS="9,10,11,16", TONEARM_BOARD=board)
    done = subprocess.run([os.path.join(PROGRAMS, name)], env=environment, capture_output=True, text=True, check=False,
                          timeout=cli.TIMEOUT_S)
    cli.equal(done.returncode, 0, f"the exit code of {name} ({done.stdout}{done.stderr})")
    words = done.stderr.split()
    figures = dict(zip(words[0::2], map(int, words[1::2])))
    samples = array.array("i", (sample >> 16 for sample in cli.integers(cli.read_bytes(path), 32)))
    return samples, figures, done.stdout


def check(name, board, folder):
    plays, rate, slot, said = TABLE[name]
    samples, figures, output = record(name, board, folder)
    program = plays()
    before = cli.check_pins(samples, program, slot, allow=("late_end",))
    cli.need(said in output, f"{name} must say {said!r}, and says {output!r}")
    cli.equal(figures["frames"], len(samples) // 2, "the recorder's count")
    cli.equal((figures["malformed"], figures["violations"]), (0, 0), "malformed halves and violations of DMA")
    clock = cli.BOARDS[board][0]
    reached = figures["frames"] * clock / figures["cycles"]  # Philips: one bit clock before the first frame's
    cli.within_ppm(reached, cli.theoretical_rate(clock, rate, 16), 3, f"the rate of {name}")
    print(f"  {name} on {board}: {len(program) // 2} frames, {reached:.3f} Hz")
    return samples, program, slot, before


def seeded(samples, program, slot, before):
    """Faults in the recording must be found. Returns how many were tried."""
    middle = 2 * (before + 64 + len(program) // 4 + 7)
    faults = (samples[:middle] + array.array("i", [samples[middle] ^ 1]) + samples[middle + 1:],
              samples[:middle] + samples[middle + 2:], samples[:middle] + samples[middle - 2:middle] + samples[middle:],
              array.array("i", [9]) + samples[1:], samples[:-1] + array.array("i", [9]))
    for fault in faults:
        try:
            cli.check_pins(fault, program, slot, allow=("late_end",))
        except cli.Wrong:
            continue
        raise cli.Wrong("a seeded fault was not found")
    return len(faults)


def main():
    folder = cli.Folder("programs")
    cli.equal(sorted(os.listdir(PROGRAMS)), sorted([*TABLE, *ELSEWHERE]), "the programs in " + PROGRAMS)
    for name, test in ELSEWHERE.items():
        cli.equal(os.path.exists(test), True, f"{test}, which shows {name}, is there:")
    recorded = [check(name, board, folder) for name in sorted(TABLE) for board in BOARDS]
    print(f"programs: {len(recorded)} recordings as they must be, {seeded(*recorded[-1])} seeded faults found")
    folder.drop()


try:
    main()
except cli.Wrong as wrong:
    print(wrong)
    sys.exit(1)
