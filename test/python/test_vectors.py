#!/usr/bin/env python3
"""The probes of CircuitPython's own measurements run unchanged: raw samples, the mixer, synthesizers, filters, blocks. Every stream's format, runs and md5, and every note, is
equal, or has a verdict below, and a line in COMPAT.md.

In: test/python/vectors: the probes, the module that they import, and what CircuitPython 10.3.0-alpha.4 gave; test/python/reference.py, models of it.
Out: the table of verdicts, a line for each that is not as told.
"""
import fnmatch
import hashlib
import math
import os
import re
import shutil
import struct
import subprocess
import sys

import mpy
import reference

VECTORS = os.path.join(mpy.ROOT, "test/python/vectors")
PROBES = ("p2_raw", "p3_mixer", "p4_synth", "p5_filters", "pa_blocks")
# Streams that are not equal: how far they may be from the reference's model (None: anything else than the reference), and why.
VERDICTS = {
    "mixer2_[Hh]_ch1": (1, "W34"), "mixer2_[Hh]_ch2": (3, "W34"), "mixer2_[Bb]_ch2": (2, "W34"), "mixer_mono2stereo2_?": (2, "W34"),
    "mixer_pan_*0.5": (1, "W34"),
    "mixer_levelstep_*": (None, "W35"), "mixer_odd*_loop": (None, "W49"), "mixer_resetplaying": (None, "a Mixer that is played begins anew"),
    "biquad_ir_*_PASS_3900": (None, "W42"), "biquad_ir_NOTCH_3900": (None, "W42"), "biquad_ir_*_SHELF_*": (None, "W42"), "biquad_ir_PEAKING_EQ_*": (None, "W42"),
    "distortion_*_h_*": (1, "W38"), "distortion_soft": (1, "W38"), "distortion_*_[Bb]_*": (None, "W38"), "distortion_*_H_*": (None, "W40"),
    "filter_lphp_[Bb]_*": (None, "W41"), "filter_lphp_H_*": (None, "W40"), "filter_mix.5_H_*": (None, "W40"),
    "phaser_H_*": (None, "W40"), "phaser_[hBb]_*": (None, "W39"),
    "synth_filter_*_SHELF": (None, "W42"), "synth_filter_PEAKING_EQ": (None, "W42"), "synth_overflow": (None, "W53"),
    "synth_overrun_*": (None, "W2"), "synth_at_nyquist": (None, "W2"), "synth_miditrack": (None, "W1: another file"),
}
LENGTHS = {"synth_miditrack"}  # of another file
NOTES = {  # what is said instead
    "raw_ctor_ch0": "EXC ValueError: channel_count must be 1-255",
    "mixer_lfotime_*": "1 Hz once-LFO as voice[0].level: reached end after 8192 frames at 8192 Hz = 1.000 s",
    "mixer_mismatch_bits": "ok", "mixer_mismatch_rate": "ok", "mixer_mismatch_sign": "ok", "mixer_mismatch_stereo_in_mono": "ok",
    "filter_arg_int": "EXC TypeError: filter must be of type Biquad or tuple, not int",
    "synth_overflow_pressed": "pressed after pressing 17: (44, 45, 46, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43)",
    "filter_arg_list": "EXC TypeError: filter must be of type Biquad or tuple, not list",
}
# The file that p4_synth plays under this name is not ours to give: any will do, since the original reads it from memory that it has freed.
SONG = (b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\x14" b"\0\x90\x3c\x40\x60\x80\x3c\0\0\x90\x40\x40\x60\x80\x40\0\0\xff\x2f\0")
SONG_RUNS = "results: 15x(MORE,512B) 1x(MORE,320B) 15x(MORE,512B) 1x(MORE,320B) 1x(DONE,0B)"  # two quarters of half a second
NUMBER = re.compile(r"(-?\d+\.\d+(?:e[-+]\d+)?)")
SAME_KIND = re.compile(r"\nsamples=.*", re.S)


def as_printed(got, wanted):
    """`wanted`, if both say the same: MicroPython prints 16 digits of a number, of which the last may be one off, CircuitPython as many as tell it from others."""
    ours, theirs = NUMBER.split(got), NUMBER.split(wanted)
    same = len(ours) == len(theirs) and all(a == b or (number and math.isclose(float(a), float(b), rel_tol=1e-15))
                                            for number, (a, b) in ((at % 2, pair) for at, pair in enumerate(zip(ours, theirs))))
    return wanted if same else got


def sections(path):
    with open(path, encoding="utf-8") as file:
        parts = re.split(r"(?m)^\[([^\]\n]+)\]\n", file.read())
    return dict(zip(parts[1::2], (text.strip() for text in parts[2::2])))


def samples_of(text, data):
    size, signed = (2 if "16" in re.search(r"fmt=(\w+)", text)[1] else 1), "fmt=s" in text
    return [int.from_bytes(data[i:i + size], "little", signed=signed) for i in range(0, len(data), size)]


def described(folder, name):
    """What the probe wrote of one stream, as the file of expectations has it, and the stream."""
    with open(os.path.join(folder, name + ".meta"), encoding="utf-8") as file:
        text = file.read().strip()
    path = os.path.join(folder, name + ".bin")
    if not os.path.exists(path):
        return text, None
    with open(path, "rb") as file:
        data = file.read()
    samples = samples_of(text, data)
    return (f"{text}\nsamples={len(samples)} bytes={len(data)} md5={hashlib.md5(data).hexdigest()}\n"
            f"first64: {' '.join(str(sample) for sample in samples[:64])}"), data


def verdict_of(name, table):
    found = [glob for glob in table if fnmatch.fnmatchcase(name, glob)]
    if len(found) > 1:
        sys.exit(f"{name} has {len(found)} verdicts: {found}")
    return found[0] if found else None


def distance(name, wanted, data):
    """How far our stream is from the reference's model, which must be the reference."""
    model = reference.stream(name)
    mpy.expect(f"{name}: the model is the reference", model is not None and hashlib.md5(model).hexdigest(), re.search(r"md5=(\w+)", wanted)[1])
    return max(abs(a - b) for a, b in zip(samples_of(wanted, data), samples_of(wanted, model)))


def judge(name, wanted, got, data, folder):
    """The verdict in words; notes what is not as told."""
    glob = verdict_of(name, VERDICTS)
    if data is None or glob is None:
        note = verdict_of(name, NOTES)
        mpy.expect(name, as_printed(got, NOTES[note] if note else wanted), NOTES[note] if note else wanted)
        return f"different: {note}" if note else "equal"
    bound, why = VERDICTS[glob]
    kind = re.compile(r"\n.*", re.S) if name in LENGTHS else SAME_KIND
    mpy.expect(f"{name}: format and runs", kind.sub("", got), kind.sub("", wanted))
    mpy.expect(f"{name}: not equal, as {glob} says", got != wanted, True)
    if name in LENGTHS:
        mpy.expect(f"{name}: runs", re.search("results: .*", got)[0], SONG_RUNS)
    if why == "W40":
        signed = name.replace("_H", "_h")
        with open(os.path.join(folder, signed + ".bin"), "rb") as file:
            mpy.expect(f"{name} sounds as {signed}", [s - 32768 for s in samples_of(wanted, data)], samples_of("fmt=s16", file.read()))
    if bound is None:
        return f"different: {why}"
    far = distance(name, wanted, data)
    if far > bound:
        mpy.expect(f"{name}: away from the reference by at most {bound}", far, bound)
    return f"within {bound} of the last bit ({far}): {why}"


BITS = """
from synthio import lfo_tick as tick
import struct
class Bits:
    def __init__(self, number): self.number = number
    def __repr__(self): return 'x' + struct.pack('>d', self.number).hex()
def lfo_tick(*blocks): return [Bits(number) for number in tick(*blocks)]
"""


def exact():
    """The blocks' numbers again, as their bits: none is other than CircuitPython's. Returns how many there are."""
    with open(os.path.join(VECTORS, "pa_blocks.py"), encoding="utf-8") as file:
        text = file.read()
    copy = os.path.join(mpy.scratch("vectors-bits"), "pa_blocks.py")
    shutil.rmtree(os.path.dirname(copy), ignore_errors=True)
    os.makedirs(os.path.dirname(copy))
    shutil.copy(os.path.join(VECTORS, "probe.py"), os.path.dirname(copy))
    with open(copy, "w", encoding="utf-8") as file:
        file.write(text.replace("out = []\n", BITS, 1))
    out, count = run(os.path.dirname(copy), "pa_blocks", "bits"), 0
    for name, wanted in sections(os.path.join(VECTORS, "pa_blocks.txt")).items():
        with open(os.path.join(out, name + ".meta"), encoding="utf-8") as file:
            ours = re.findall(r"x[0-9a-f]{16}|-?\d+\.\d+(?:e[-+]\d+)?", file.read())
        theirs = NUMBER.findall(wanted)
        mpy.expect(f"{name}: as many numbers", len(ours), len(theirs))
        bits = [(a, "x" + struct.pack(">d", float(b)).hex()) for a, b in zip(ours, theirs) if a[0] == "x"]
        mpy.expect(f"{name}: bits", [a for a, _ in bits], [b for _, b in bits])
        count += len(bits)
    return count


def run(folder, probe, kind="vectors"):
    out = mpy.scratch(f"{kind}-{probe}")
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    with open(os.path.join(out, "single-track.midi"), "wb") as file:
        file.write(SONG)
    env = dict(os.environ, OUTDIR=out, AUDIO_DIR=out + "/")
    done = subprocess.run([mpy.MICROPYTHON, "-X", "heapsize=64M", os.path.join(folder, probe + ".py")], env=env, check=False,
                          capture_output=True, text=True, timeout=mpy.SECONDS)
    if done.returncode or done.stderr:
        sys.exit(f"{probe} failed:\n{done.stdout}{done.stderr}")
    return out


def main():
    with open(os.path.join(mpy.ROOT, "COMPAT.md"), encoding="utf-8") as file:
        compat = file.read()
    count, used = 0, set()
    for probe in PROBES:
        wanted = sections(os.path.join(VECTORS, probe + ".txt"))
        out = run(VECTORS, probe)
        made = {name[:-5] for name in os.listdir(out) if name.endswith(".meta")}
        mpy.expect(f"{probe}: the streams that there are", sorted(made), sorted(wanted))
        for name in sorted(made & set(wanted)):
            got, data = described(out, name)
            print(f"{name:34} {judge(name, wanted[name], got, data, out)}")
            used |= {verdict_of(name, VERDICTS), verdict_of(name, NOTES)}
            count += 1
    numbers = exact()
    print(f"{numbers} numbers of blocks, to the bit")
    mpy.expect("numbers of blocks", numbers > 250, True)
    for glob in sorted({*VERDICTS, *NOTES}):
        mpy.expect(f"{glob} is the verdict of a stream", glob in used, True)
        mpy.expect(f"COMPAT.md has a line for {glob}", glob in compat, True)
    mpy.finish(count, "streams and notes")


main()
