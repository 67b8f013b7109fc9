#!/usr/bin/env python3
"""Runs the examples and the firmware on the virtual chips, and compares every frame at the pins with what each says it plays.

In: test/programs/* of the build folder, which record what a DAC would take. Out: a line per program and board. What each plays is
worked out here a second time. A program that is not in the table is a failure, so that a new one is thought about; at the end
faults are seeded into what was recorded, and each must be found.
"""
import array
import cmath
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

RATE, EIGHTH, ECHO = 32000, 4000, 3000  # of examples/music.c


def loudest_key(samples):
    """The MIDI key whose square wave is strongest: its first three harmonics together."""
    def power(key):
        turn = 2j * cmath.pi * 440 * 2 ** ((key - 69) / 12) / RATE
        return sum(abs(sum(sample * cmath.exp(harmonic * turn * at) for at, sample in enumerate(samples))) for harmonic in (1, 3, 5))
    return max(range(55, 72), key=power)


def hat():
    chance, samples, length = 1, [0] * EIGHTH, EIGHTH // 4
    for at in range(length):
        chance = (chance * 1664525 + 1013904223) % 2**32
        loud = (length - at) ** 2 // length
        samples[at] = ((chance >> 16) + 32768) % 65536 * loud // length - 32768 * loud // length
    return samples


def music(samples, said):
    """The hi-hat is compared with what it must be, the tune is heard, echoes are measured. Raises what is not as the program means it."""
    cli.need("music: ok, 0 holes" in said, f"music must say that it had no holes, and says {said!r}")
    left, right = samples[0::2], samples[1::2]
    # The tune is in the middle, the hi-hat at 0.6 to the right with a level of 0.4 and a third of the noise: what is between the sides is the hi-hat. The
    # output leads up to the first frame by a ramp of 64.
    sides, beats = [b - a for a, b in zip(left, right)], [0.24 / 3 * sample for sample in hat()]
    ramp = next(at for at, side in enumerate(sides) if side)
    begin = min(range(ramp, ramp + 80), key=lambda at: max(abs(sides[at + n] - beats[n]) for n in range(50)))
    off = max(abs(sides[begin + at] - beats[at % EIGHTH]) for at in range(8 * EIGHTH))
    cli.need(off < 3, f"the hi-hat of music is up to {off:.1f} from what it must be")
    heard = [loudest_key(left[begin + n * EIGHTH + 1000:begin + (n + 1) * EIGHTH]) for n in range(8)]
    cli.equal(heard, [57, 60, 64, 69, 67, 64, 60, 57], "the keys that are heard in music")
    at = begin + 8 * EIGHTH + 2 * ECHO
    power = [sum(sample * sample for sample in left[at + n * ECHO:at + (n + 1) * ECHO]) ** 0.5 for n in range(4)]
    for n in range(3):
        cli.need(0.25 < power[n + 1] / power[n] < 0.35, f"echo {n + 1} of music has {power[n + 1] / power[n]:.3f} of the one before, and must have 0.3")
    cli.need(not any(samples[-2 * ECHO:]), "music does not end in silence")


# program: who listens to it. What it plays is not worked out a second time: notes are compared with the reference in test/model and test/python.
LISTENED = {"music": music}


def listen(name, board, folder):
    samples, figures, output = record(name, board, folder)
    LISTENED[name](samples, output)
    cli.equal((figures["malformed"], figures["violations"]), (0, 0), "malformed halves and violations of DMA")
    print(f"  {name} on {board}: {len(samples) // 2} frames, heard")
    return samples, output


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
    cli.equal(sorted(os.listdir(PROGRAMS)), sorted([*TABLE, *LISTENED, *ELSEWHERE]), "the programs in " + PROGRAMS)
    for name, test in ELSEWHERE.items():
        cli.equal(os.path.exists(test), True, f"{test}, which shows {name}, is there:")
    recorded = [check(name, board, folder) for name in sorted(TABLE) for board in BOARDS]
    for name in LISTENED:
        cli.need(listen(name, BOARDS[0], folder)[0] == listen(name, BOARDS[1], folder)[0], f"{name} is not the same on all boards")
    print(f"programs: {len(recorded)} recordings as they must be, {seeded(*recorded[-1])} seeded faults found")
    folder.drop()


try:
    main()
except cli.Wrong as wrong:
    print(wrong)
    sys.exit(1)
