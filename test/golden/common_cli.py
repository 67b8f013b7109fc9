"""What the end-to-end tests of the command share: running it, reading what it wrote, and what it should have written.

In: files and command lines. Out: numbers to compare. Nothing here uses the project's own reader, kernels or decoder: WAV
files, VCD traces and conversions are understood a second time, from their definitions, in whole numbers.
"""
import array
import fractions
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

BUILD = os.environ.get("BUILD", "build")
TONEARM = os.environ.get("TONEARM", os.path.join(BUILD, "tonearm"))
BOARDS = {  # name: clk_sys, data pin, bclk pin, lrclk pin
    "pico": (125000000, 9, 10, 11),
    "pico2": (150000000, 9, 10, 11),
    "waveshare-rp2040-pizero": (125000000, 21, 18, 19),
    "pimoroni-pico-plus-2": (150000000, 9, 10, 11),
}
PACKAGES = {"sox": "sox", "ffmpeg": "ffmpeg", "sigrok-cli": "sigrok-cli", "valgrind": "valgrind"}
RAMP = 64
TIMEOUT_S = 120
TOLD = 8  # failures that are told in full; all are counted


class Wrong(Exception):
    """Something is not what it must be."""


def need(condition, sentence):
    if not condition:
        raise Wrong(sentence)


def equal(got, wanted, what):
    need(got == wanted, f"{what} is {got!r}, must be {wanted!r}")


def require_tools(*tools):
    missing = [f"{tool} (Debian package {PACKAGES[tool]})" for tool in tools if not shutil.which(tool)]
    if not os.access(TONEARM, os.X_OK):
        missing.append(f"{TONEARM} (run make)")
    if missing:
        print("missing: " + ", ".join(missing))
        sys.exit(1)


class Folder:
    """A folder for the files of a test, kept when the test fails."""

    def __init__(self, name):
        self.path = tempfile.mkdtemp(prefix=f"tonearm-{name}-")

    def __call__(self, *parts):
        return os.path.join(self.path, *parts)

    def drop(self):
        shutil.rmtree(self.path)


# ---- running -------------------------------------------------------------------------------------------------------------


def tool(*command, stdin=None):
    """Runs sox or ffmpeg; what it printed on standard output."""
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=TIMEOUT_S, check=False)
    need(done.returncode == 0, f"{shlex.join(command)}: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout


class Run:
    """One run of the command."""

    def __init__(self, *words, stdin=None, stdin_path=None):
        self.words = [str(word) for word in words]
        source = {"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}
        if stdin_path:
            with open(stdin_path, "rb") as file:
                done = subprocess.run([TONEARM, *self.words], stdin=file, capture_output=True, timeout=TIMEOUT_S, check=False)
        else:
            done = subprocess.run([TONEARM, *self.words], **source, capture_output=True, timeout=TIMEOUT_S, check=False)
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr.decode(errors="replace")
        self.command = shlex.join([TONEARM, *self.words])

    def must(self, code):
        need(self.code == code, f"exit code {self.code}, must be {code}: {self.err.strip()[-400:]}")
        return self

    def sentence(self):
        """The one sentence of a failure, without the command's name, its lines put together."""
        text = self.err.replace("\n  try: ", ": ").replace("\n  ", " ")
        lines = [line for line in text.split("\n") if line.startswith("tonearm: ")]
        need(len(lines) == 1, f"{len(lines)} sentences on standard error, must be one: {self.err.strip()[-400:]}")
        return lines[0][len("tonearm: "):]

    def json(self):
        return json.loads(self.out)


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


# ---- samples -------------------------------------------------------------------------------------------------------------


def integers(data, bits):
    """Signed little-endian integers of 16, 24 or 32 bits."""
    if bits == 24:
        padded = bytearray(len(data) // 3 * 4)
        for byte in range(3):
            padded[byte + 1::4] = data[byte::3]
        return array.array("i", [value >> 8 for value in array.array("i", bytes(padded))])
    return array.array("i", array.array({16: "h", 32: "i"}[bits], data))


def raw_samples(data, kind):
    """What sox or ffmpeg decoded, as Python numbers."""
    if kind == "u8":
        return list(data)
    if kind == "f32":
        return list(array.array("f", data))
    return list(integers(data, int(kind[1:])))


def to_bits(value, have, want):
    """A signed integer of `have` bits as one of `want` bits: widened exactly, or to the nearest, halves up, saturated."""
    if have <= want:
        return value * 2 ** (want - have)
    unit = 2 ** (have - want)
    return min((2 * value + unit) // (2 * unit), 2 ** (want - 1) - 1)


def wire_value(value, kind, bits):
    """One sample as it must leave at the pins, from the definition of the conversions."""
    if kind == "u8":
        return to_bits(value * 257 - 32768, 16, bits)
    if kind == "f32":
        if value != value:
            return 0
        scaled = 2**31 if value >= 1 else -(2**31) if value <= -1 else round(value * 2.0**31)  # exact, then halves to even
        return to_bits(min(scaled, 2**31 - 1), 32, bits)
    return to_bits(value, int(kind[1:]), bits)


def wire_frames(samples, kind, channels, bits):
    """Interleaved left and right: mono on both, of more than two channels the first two."""
    cache = {}
    converted = []
    for value in samples:
        if value not in cache:
            cache[value] = wire_value(value, kind, bits)
        converted.append(cache[value])
    left, right = converted[0::channels], converted[(1 if channels > 1 else 0)::channels]
    frames = array.array("i", bytes(8 * len(left)))
    frames[0::2], frames[1::2] = array.array("i", left), array.array("i", right)
    return frames


def rise(frame):
    return array.array("i", [value * k // RAMP for k in range(RAMP) for value in frame])


def fall(frame):
    return array.array("i", [value * k // RAMP for k in range(RAMP - 1, -1, -1) for value in frame])


def silence(frames):
    return array.array("i", bytes(8 * frames))


# ---- files that the command wrote ----------------------------------------------------------------------------------------


class Decoded:
    """A WAV file of the command: plain PCM, stereo, 44 bytes of header, nothing behind the data."""

    def __init__(self, data):
        def number(at, size):
            return int.from_bytes(data[at:at + size], "little")
        need(data[:4] == b"RIFF" and data[8:16] == b"WAVEfmt " and data[36:40] == b"data", "the header is no plain WAV's")
        equal(number(4, 4), len(data) - 8, "RIFF's length")
        equal(number(16, 4), 16, "the fmt chunk's length")
        equal(number(20, 2), 1, "the tag")
        equal(number(22, 2), 2, "channels")
        self.rate, self.bits = number(24, 4), number(34, 2)
        need(self.bits in (16, 24, 32), f"{self.bits} bits")
        equal(number(32, 2), self.bits // 4, "bytes of a frame")
        equal(number(28, 4), self.rate * self.bits // 4, "bytes of a second")
        equal(number(40, 4), len(data) - 44, "the data chunk's length")
        equal((len(data) - 44) % (self.bits // 4), 0, "bytes behind the last whole frame")
        self.samples = integers(data[44:], self.bits)

    def frames(self):
        return len(self.samples) // 2


def first_sound(samples):
    """Number of the first frame that is not silence."""
    return next((at // 2 for at, value in enumerate(samples) if value), None)


def difference(got, wanted):
    at = next((n for n, (g, w) in enumerate(zip(got, wanted)) if g != w), None)
    if at is None:
        return f"{len(got) // 2} frames, must be {len(wanted) // 2}"
    return f"frame {at // 2} {'right' if at % 2 else 'left'} is {got[at]}, must be {wanted[at]}"


def shape(program, holes=()):
    """What must be between the silences: ramps, program, and the holes where the report has them."""
    parts, done = [rise(program[0:2])], 0
    for hole in holes:
        at = hole["source_frame"]
        need(done < at < len(program) // 2, f"a hole before program frame {at}, which cannot be")
        parts += [program[2 * done:2 * at], fall(program[2 * at - 2:2 * at]), silence(hole["frames"] - 2 * RAMP),
                  rise(program[2 * at:2 * at + 2])]
        done = at
    parts += [program[2 * done:], fall(program[-2:])]
    whole = array.array("i")
    for part in parts:
        whole.extend(part)
    return whole


def check_pins(samples, program, slot_frames, holes=(), allow=()):
    """Silence, rising ramp, every frame of the program in order, falling ramp, silence. Returns the first ramp's place."""
    sound = shape(program, holes)
    heard, wanted = first_sound(samples), first_sound(sound)
    need(wanted is not None, "the source is silent, so nothing can be compared")
    need(heard is not None, "the pins were silent")
    before = heard - wanted
    need(before >= 0, f"the first ramp or frame is not there: sound begins at frame {heard}, must at {wanted} or later")
    after = len(samples) // 2 - before - len(sound) // 2
    need(after >= 0, f"{-after} frames are missing: {difference(samples[2 * before:], sound)}")
    expected = silence(before) + sound + silence(after)
    need(samples == expected, difference(samples, expected))
    need(before <= 4 * slot_frames, f"{before} frames of silence before the first ramp")
    if "late_end" not in allow:
        need(after <= 8 * slot_frames, f"{after} frames of silence behind the last ramp")
    position = before + RAMP
    done = 0
    for hole in holes:
        position += hole["source_frame"] - done
        equal(hole["at_frame"], position, "the place of a hole")
        position += hole["frames"]
        done = hole["source_frame"]
    return before


# ---- rates ---------------------------------------------------------------------------------------------------------------


def cycles_per_frame(bits):
    return 64 if bits == 16 else 128  # a bit takes two cycles; 16-bit frames have 32 bits, others 64


def theoretical_rate(system_hz, rate, bits):
    """The rate nearest to `rate` that a divider of 8 fraction bits gives, as divider, rounded to nearest."""
    steps = fractions.Fraction(system_hz * 256, rate * cycles_per_frame(bits))
    divider = (steps + fractions.Fraction(1, 2)).__floor__()
    return fractions.Fraction(system_hz * 256, divider * cycles_per_frame(bits))


def within_ppm(got, wanted, ppm, what):
    error = (fractions.Fraction(got) / fractions.Fraction(wanted) - 1) * 1000000
    need(abs(error) <= ppm, f"{what} is {float(got):.6f}, must be {float(wanted):.6f}: {float(error):+.3f} ppm")


# ---- traces --------------------------------------------------------------------------------------------------------------


class Trace:
    """A value change dump of bclk, lrclk and data, taken apart into words."""

    def __init__(self, path, left_justified):
        self.words, self.lengths, self.rising = [], [], []  # (is left, value), bit clocks, times of lrclk's rising edges
        self.bits = []
        self.left_justified = left_justified
        with open(path, encoding="ascii") as file:
            names = self.header(file)
            equal(sorted(names.values()), ["bclk", "data", "lrclk"], "the wires")
            self.body(file, names)

    @staticmethod
    def header(file):
        names, timescale = {}, None
        text = ""
        for line in file:
            text += line
            if "$enddefinitions" in line:
                break
        words = text.split()
        for at, word in enumerate(words):
            if word == "$timescale":
                timescale = "".join(words[at + 1:words.index("$end", at)])
            if word == "$var":
                names[words[at + 3]] = words[at + 4]
        equal(timescale, "1ns", "the timescale")
        return names

    def body(self, file, names):
        now, levels, changed = 0, {"bclk": None, "lrclk": None, "data": None}, []
        meaning = {f"{level}{sign}": (name, level) for sign, name in names.items() for level in (0, 1)}
        for line in file.read().split("\n"):  # millions of them
            if line in meaning:
                name, level = meaning[line]
                changed.append((name, levels[name], level))
            elif line[:1] == "#":
                self.moment(now, levels, changed)
                changed = []
                time = int(line[1:])
                if time < now:
                    raise Wrong(f"time goes back at {time} ns")
                now = time
            else:
                need(line.strip()[:1] not in ("0", "1", "#"), f"'{line}' is no change of a wire of this file")
        self.moment(now, levels, changed)

    def moment(self, now, levels, changed):
        """Everything that changes at one time. A DAC samples at the rising bit clock what was there before it."""
        rising = False
        for name, was, level in changed:
            if was is None:
                levels[name] = level
                continue
            if was == level:
                raise Wrong(f"{name} changes to what it was at {now} ns")
            levels[name] = level
            rising = rising or (name == "bclk" and level == 1)
            if name == "lrclk" and level == 1:
                self.rising.append(now)
        if rising:
            if len(changed) != 1:
                raise Wrong(f"word select or data change with the rising bit clock at {now} ns")
            self.bits.append((levels["lrclk"], levels["data"]))

    def decode(self, bits_per_word):
        """Words of whole halves, in order: (is left, value). The halves at both ends may be cut."""
        select = [bit[0] for bit in self.bits]
        data = [bit[1] for bit in self.bits]
        if not self.left_justified:
            data = data[1:]  # Philips: data comes one bit clock behind word select
        words, start = [], 0
        for at in range(1, len(data) + 1):
            if at < len(data) and select[at] == select[start]:
                continue
            value = 0
            for bit in data[start:at]:
                value = 2 * value + bit
            words.append((select[start] == (1 if self.left_justified else 0), value, at - start))
            start = at
        for left, _, length in words[1:-1]:
            equal(length, bits_per_word, f"bit clocks of a {'left' if left else 'right'} word")
        return words

    def measured_rate(self, clock_ns):
        """From whole frames: at both ends a half may be cut. A fractional divider moves an edge by one clock at most."""
        edges = self.rising[2:-2]
        need(len(edges) > 50, "too few frames to measure a rate")
        whole = fractions.Fraction(edges[-1] - edges[0], len(edges) - 1)
        worst = max(abs(after - before - whole) for before, after in zip(edges, edges[1:]))
        need(worst <= clock_ns + 1, f"a frame is {float(worst):.1f} ns longer or shorter than the mean")
        return 1000000000 / whole
