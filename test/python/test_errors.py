#!/usr/bin/env python3
"""Exceptions in the contract's words: every constructor, method and property at, below and beyond its limits.

In: build/micropython. A row is an expression and what comes of it: "ok", or a type and a message. Each board runs them all.
"""
import struct

import mpy
from test_play import wav_file

DEAD = "ValueError: Object has been deinitialized and can no longer be used. Create a new object."
KIND = "ValueError: buffer must be a bytearray or array of type 'h', 'H', 'b', or 'B'"
HALVES = "ValueError: Length of buffer must be an even multiple of channel_count * type_size"
BYTES = "TypeError: file must be a file opened in byte mode"
NO_SAMPLE = "TypeError: '%s' object does not support 'protocol_audiosample'"
HEAD = """
import array, audiobusio, audiocore, audiofilewriter, audiopwmio, gc, io, tonearm
def raw(n=100, code='h', **k): return audiocore.RawSample(array.array(code, bytes(n * len(bytes(array.array(code, [0]))))), **k)
def wave(data, *a, **k): return audiocore.WaveFile(io.BytesIO(data), *a, **k)
def i2s(*a, **k):
    with audiobusio.I2SOut(*a, **k) as out: return 'ok'
def pwm(*a, **k):
    with audiopwmio.PWMAudioOut(*a, **k) as out: return 'ok'
def put(o, name, value):
    setattr(o, name, value)
    return getattr(o, name)
def dead(o):
    o.deinit()
    o.deinit()
    return o
def row(number, f):
    try:
        f()
        print(number, 'ok')
    except Exception as e:
        print('%d %s: %s' % (number, type(e).__name__, e))
class Broken(io.IOBase):
    def readinto(self, b): raise OSError(5)
    def ioctl(self, op, arg): return -1
out = audiobusio.I2SOut(20, 21, 19)
loud = audiopwmio.PWMAudioOut(6, right_channel=7)
w = audiofilewriter.AudioFileWriter(io.BytesIO(), buffer_size=512)
def busy():
    with audiofilewriter.AudioFileWriter(io.BytesIO(), buffer_size=512) as w:
        w.play(raw())
        w.play(raw())
"""


def fmt(tag=1, channels=1, rate=8000, bits=16, size=16, extra=b""):
    """A WAV file with this format chunk."""
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits) + extra
    chunks = b"fmt " + struct.pack("<I", size) + head + b"data" + struct.pack("<I", 8) + bytes(8)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


GOOD = wav_file("s16", 1, [0] * 10)
LONG_FMT = fmt(size=42, extra=bytes(26))
SHORT_FMT = b"RIFF" + struct.pack("<I", 24) + b"WAVEfmt " + struct.pack("<I", 4) + bytes(4) + b"data" + struct.pack("<I", 0)

RAW = [
    *((f"raw(8, {code!r})", "ok") for code in "hHbB"),
    ("audiocore.RawSample(bytearray(8))", "ok"), ("audiocore.RawSample(bytes(8))", "ok"), ("audiocore.RawSample(memoryview(bytearray(8)))", "ok"),
    ("audiocore.RawSample(bytearray(0))", "ok"),
    *((f"raw(8, {code!r})", KIND) for code in "iIlLqQfd"),
    ("audiocore.RawSample(5)", "TypeError: object with buffer protocol required"),
    ("audiocore.RawSample(None)", "TypeError: object with buffer protocol required"),
    ("raw(channel_count=0)", "ValueError: channel_count must be 1-255"), ("raw(channel_count=1)", "ok"), ("raw(channel_count=255)", "ok"),
    ("raw(channel_count=256)", "ValueError: channel_count must be 1-255"), ("raw(channel_count=-1)", "ValueError: channel_count must be 1-255"),
    ("raw(channel_count='2')", "TypeError: channel_count must be of type int, not str"),
    ("raw(sample_rate=0)", "ok"), ("raw(sample_rate=384000)", "ok"),
    ("raw(sample_rate='x')", "TypeError: can't convert str to int"),
    ("raw(4, single_buffer=False)", "ok"), ("raw(3, single_buffer=False)", HALVES), ("raw(4, channel_count=2, single_buffer=False)", "ok"),
    ("raw(6, channel_count=2, single_buffer=False)", HALVES), ("raw(2, 'B', single_buffer=False)", "ok"), ("raw(3, 'B', single_buffer=False)", HALVES),
    ("put(raw(), 'sample_rate', 1)", "ok"), ("put(raw(), 'sample_rate', 'x')", "TypeError: can't convert str to int"),
    ("put(raw(), 'bits_per_sample', 8)", "AttributeError: 'RawSample' object has no attribute 'bits_per_sample'"),
    ("put(raw(), 'channel_count', 1)", "AttributeError: 'RawSample' object has no attribute 'channel_count'"),
    ("raw().nothing", "AttributeError: 'RawSample' object has no attribute 'nothing'"),
    *((f"dead(raw()).{name}", DEAD) for name in ("sample_rate", "bits_per_sample", "channel_count")),
    ("put(dead(raw()), 'sample_rate', 8000)", DEAD), ("dead(raw()).__enter__()", "ok"),
    ("audiocore.get_structure(dead(raw()))", DEAD), ("audiocore.get_buffer(dead(raw()))", "ok"), ("audiocore.reset_buffer(dead(raw()))", "ok"),
    ("audiocore.get_structure(7)", NO_SAMPLE % "int"), ("audiocore.get_buffer('x')", NO_SAMPLE % "str"),
    ("audiocore.reset_buffer(None)", NO_SAMPLE % "NoneType"),
]
WAVE = [
    ("wave(GOOD)", "ok"),
    ("audiocore.WaveFile(7)", BYTES), ("audiocore.WaveFile(None)", BYTES), ("audiocore.WaveFile(io.StringIO('RIFF'))", BYTES),
    ("audiocore.WaveFile(open(PATH))", BYTES), ("audiocore.WaveFile(open(PATH, 'rb'))", "ok"), ("audiocore.WaveFile(PATH)", "ok"),
    ("audiocore.WaveFile('/nowhere/at.wav')", "OSError: [Errno 2] ENOENT"), ("audiocore.WaveFile(Broken())", "OSError: [Errno 5] EIO"),
    *((f"wave(GOOD, bytearray({n}))", "ok" if 8 <= n <= 1024 else "ValueError: buffer length must be 8-1024") for n in (0, 7, 8, 9, 1023, 1024, 1025)),
    ("wave(GOOD, bytes(100))", "TypeError: object with buffer protocol required"),
    ("wave(GOOD, 7)", "TypeError: object with buffer protocol required"), ("wave(GOOD, None)", "ok"),
    *((f"wave(GOOD, cushion_ms={n})", "ok" if 1 <= n <= 10000 else "ValueError: cushion_ms must be 1-10000") for n in (-1, 0, 1, 10000, 10001)),
    ("wave(GOOD, cushion_ms='x')", "TypeError: cushion_ms must be of type int, not str"),
    ("wave(GOOD, None, 5)", "TypeError: extra positional arguments given"),
    ("wave(b'')", "ValueError: Invalid file"), ("wave(b'RIFF')", "ValueError: Invalid file"), ("wave(GOOD[:11])", "ValueError: Invalid file"),
    ("wave(b'RIFX' + GOOD[4:])", "ValueError: Invalid file"), ("wave(GOOD[:8] + b'WAVX' + GOOD[12:])", "ValueError: Invalid file"),
    ("wave(GOOD[:36])", "ValueError: Invalid file"), ("wave(LONG_FMT)", "ok"),
    ("wave(SHORT_FMT)", "ValueError: Invalid format chunk size"),
    *((f"wave({fmt(**{what: value})!r})", "ok" if good else "ValueError: Format not supported")
      for what, value, good in (("tag", 1, True), ("tag", 2, False), ("tag", 6, False), ("tag", 0x55, False), ("channels", 1, True), ("channels", 2, True),
                                ("channels", 3, True), ("channels", 0, False), ("bits", 8, True), ("bits", 16, True), ("bits", 24, True), ("bits", 32, True),
                                ("bits", 4, False), ("bits", 0, False), ("bits", 64, False))),
    *((f"dead(wave(GOOD)).{name}", DEAD) for name in ("sample_rate", "bits_per_sample", "channel_count")),
    ("put(wave(GOOD), 'bits_per_sample', 8)", "AttributeError: 'WaveFile' object has no attribute 'bits_per_sample'"),
]
NEIGHBOURS = "ValueError: Bit clock and word select must be sequential GPIO pins"
I2S = [
    ("i2s(0, 1, 2)", "ok"), ("i2s(1, 0, 2)", "ok"), ("i2s(LAST - 1, LAST, LAST - 2)", "ok"), ("i2s(0, 2, 4)", NEIGHBOURS), ("i2s(5, 5, 4)", NEIGHBOURS),
    ("i2s(0, 1, 1)", "ValueError: GP1 in use"), ("i2s(0, 1, 0)", "ValueError: GP0 in use"), ("i2s(20, 21, 4)", "ValueError: GP20 in use"),
    ("i2s(0, 1, 19)", "ValueError: GP19 in use"), ("i2s(0, 1, 7)", "ValueError: GP7 in use"),
    *((f"i2s({', '.join(pins)})", f"ValueError: Invalid {name} pin") for name, pins in (
        ("bit_clock", ("-1", "0", "1")), ("bit_clock", ("LAST + 1", "0", "1")), ("word_select", ("0", "-1", "1")), ("word_select", ("0", "99", "1")),
        ("data", ("0", "1", "-1")), ("data", ("0", "1", "LAST + 1")), ("data", ("0", "1", "1 << 20")))),
    ("i2s('GP0', 1, 2)", "TypeError: bit_clock must be of type Pin, not str"), ("i2s(0, None, 2)", "TypeError: word_select must be of type Pin, not NoneType"),
    ("i2s(0, 1, [])", "TypeError: data must be of type Pin, not list"),
    ("i2s(0, 1, 2, main_clock=None)", "ok"), ("i2s(0, 1, 2, main_clock=4)", "NotImplementedError: main_clock"),
    ("i2s(0, 1, 2, external_clock=True)", "NotImplementedError: external_clock"),
    *((f"i2s(0, 1, 2, buffer_ms={n})", "ok" if 2 <= n <= 300 else "ValueError: buffer_ms must be 2-2000") for n in (-5, 1, 2, 20, 2001, 1 << 30)),
    ("i2s(0, 1, 2, buffer_ms=2.5)", "TypeError: buffer_ms must be of type int, not float"),
    *((f"i2s(0, 1, 2, bits={n})", "ok") for n in (16, 24, 32)),
    *((f"i2s(0, 1, 2, bits={n})", "ValueError: bits must be 16-32") for n in (8, 15, 33)), ("i2s(0, 1, 2, bits=17)", "ValueError: bits must be 16, 24, or 32"),
    ("i2s(0, 1, 2, sample_rate=8000)", "TypeError: unexpected keyword argument 'sample_rate'"),
    ("i2s(0, 1, 2, 3)", "TypeError: extra positional arguments given"), ("i2s(0, 1)", "TypeError: 'data' argument required"),
]
PWM = [
    ("pwm(14)", "ok"), ("pwm(LAST)", "ok"), ("pwm(14, right_channel=15)", "ok"), ("pwm(15, right_channel=14)", "ok"), ("pwm(0, right_channel=17)", "ok"),
    ("pwm(14, right_channel=None)", "ok"), ("pwm(14, right_channel=16)", "ValueError: Pins must share PWM slice"),
    ("pwm(14, right_channel=14)", "ValueError: GP14 in use"), ("pwm(19)", "ValueError: GP19 in use"), ("pwm(22)", "RuntimeError: All timers in use"),
    ("pwm(6)", "ValueError: GP6 in use"), ("pwm(-1)", "ValueError: Invalid left_channel pin"), ("pwm(LAST + 1)", "ValueError: Invalid left_channel pin"),
    ("pwm(14, right_channel=-1)", "ValueError: Invalid right_channel pin"), ("pwm(None)", "TypeError: left_channel must be of type Pin, not NoneType"),
    ("pwm(14, right_channel='x')", "TypeError: right_channel must be of type Pin, not str"),
    ("pwm(14, quiescent_value=0)", "ok"), ("pwm(14, quiescent_value=65535)", "ok"), ("pwm(14, quiescent_value='x')", "TypeError: can't convert str to int"),
    *((f"pwm(14, bits={n})", "ok" if 8 <= n <= 11 else "ValueError: bits must be 8-11") for n in (7, 8, 11, 12)), ("pwm(14, bits=None)", "ok"),
    *((f"pwm(14, buffer_ms={n})", "ok" if n >= 2 else "ValueError: buffer_ms must be 2-2000") for n in (1, 2)),
    ("pwm(14, 15)", "TypeError: extra positional arguments given"), ("pwm()", "TypeError: 'left_channel' argument required"),
]


def of_output(out, dead):
    """Rows for what both kinds of output have."""
    return [
        (f"{out}.play(raw(channel_count=1))", "ok"), (f"{out}.play(raw(channel_count=2))", "ok"),
        (f"{out}.play(raw(channel_count=3))", "ValueError: Too many channels in sample."),
        (f"{out}.play(raw(channel_count=255))", "ValueError: Too many channels in sample."),
        (f"{out}.play(raw(sample_rate=999))", "ValueError: sample_rate must be 1000-384000"),
        (f"{out}.play(raw(sample_rate=384001))", "ValueError: sample_rate must be 1000-384000"),
        (f"{out}.play(raw(sample_rate=-1))", "ValueError: sample_rate must be 1000-384000"), (f"{out}.play(raw(sample_rate=8000))", "ok"),
        (f"{out}.play(raw(sample_rate=48000))", "ok"),
        (f"{out}.play(raw(0))", "ok"), (f"{out}.play(raw(0), loop=True)", "ok"), (f"{out}.play(dead(raw()))", DEAD), (f"{out}.play(7)", NO_SAMPLE % "int"),
        (f"{out}.play({out})", NO_SAMPLE % ("I2SOut" if out == "out" else "PWMAudioOut")),
        (f"{out}.play(raw(), True)", "TypeError: extra positional arguments given"), (f"{out}.play()", "TypeError: 'sample' argument required"),
        (f"{out}.play(raw(), volume=1)", "TypeError: unexpected keyword argument 'volume'"),
        (f"{out}.stop()", "ok"), (f"{out}.stop()", "ok"), (f"{out}.pause()", "RuntimeError: Not playing"), (f"{out}.resume()", "ok"),
        *((f"put({out}, 'volume', {v})", "ok" if good else "ValueError: volume must be 0-4")
          for v, good in (("0", True), ("0.5", True), ("1", True), ("4", True), ("4.01", False), ("-0.01", False), ("float('nan')", False), ("float('inf')", False))),
        (f"put({out}, 'volume', 1)", "ok"), (f"put({out}, 'volume', 'x')", "TypeError: can't convert str to float"),
        *((f"put({out}, {name!r}, 0)", f"AttributeError: '{'I2SOut' if out == 'out' else 'PWMAudioOut'}' object has no attribute {name!r}")
          for name in ("playing", "paused", "headroom", "holes", "position", "rate")),
        (f"{out}.plan(raw())", "ok"), (f"{out}.plan(raw(channel_count=3))", "ValueError: Too many channels in sample."), (f"{out}.plan(7)", NO_SAMPLE % "int"),
        *((f"dead({dead}).{name}", DEAD) for name in ("playing", "paused", "headroom", "holes", "position", "rate", "volume", "stop()", "pause()", "resume()",
                                                      "report()", "drained()", "plan(raw())", "play(raw())")),
        (f"put(dead({dead}), 'volume', 1)", DEAD), (f"dead({dead}).__exit__(None, None, None)", "ok"), (f"dead({dead}).__del__()", "ok"),
    ]


WRITER = [
    ("audiofilewriter.AudioFileWriter(io.BytesIO(), buffer_size=512)", "ok"),
    *((f"audiofilewriter.AudioFileWriter(io.BytesIO(), buffer_size={n})", "ValueError: buffer_size must be >= 512") for n in (511, 0, -1)),
    ("audiofilewriter.AudioFileWriter(io.BytesIO(), buffer_size='x')", "TypeError: buffer_size must be of type int, not str"),
    *((f"audiofilewriter.AudioFileWriter({what})", "OSError: file must be a file opened in byte mode")
      for what in ("open(PATH)", "open(PATH, 'r+')", "io.StringIO()")),
    ("audiofilewriter.AudioFileWriter(open(PATH, 'r+b'))", "ok"),
    *((f"audiofilewriter.AudioFileWriter({what})", "OSError: stream operation not supported") for what in ("7", "None", "'a.wav'")),
    ("w.play(7)", NO_SAMPLE % "int"), ("w.play(raw(channel_count=3))", "ValueError: Only 8/16-bit mono/stereo is supported"),
    ("w.play(dead(raw()))", DEAD), ("busy()", "RuntimeError: Already in progress"), ("w.play(raw(), loop=True)", "TypeError: function doesn't take keyword arguments"),
    ("w.stop()", "ok"), ("w.playing", "ok"), ("put(w, 'playing', True)", "AttributeError: 'AudioFileWriter' object has no attribute 'playing'"),
    *((f"dead(audiofilewriter.AudioFileWriter(io.BytesIO(), buffer_size=512)).{name}", DEAD) for name in ("playing", "stop()", "play(raw())")),
]
TONEARM = [
    ("tonearm.plan(audiobusio.I2SOut, 0, 1, 2)", "ok"), ("tonearm.plan(audiopwmio.PWMAudioOut, 14)", "ok"), ("tonearm.memory()", "ok"),
    ("tonearm.plan(audiobusio.I2SOut, 0, 1, 2, sample_rate=1000)", "ok"),
    ("tonearm.plan(audiobusio.I2SOut, 0, 1, 2, sample_rate=999)", "ValueError: sample_rate must be 1000-384000"),
    ("tonearm.plan(audiobusio.I2SOut, 0, 2, 4)", NEIGHBOURS), ("tonearm.plan(audiopwmio.PWMAudioOut, 14, right_channel=16)", "ValueError: Pins must share PWM slice"),
    ("tonearm.plan(7)", "TypeError: first the kind of output: audiobusio.I2SOut or audiopwmio.PWMAudioOut"),
    ("tonearm.plan()", "TypeError: function missing 1 required positional arguments"),
]
ROWS = RAW + WAVE + I2S + PWM + of_output("out", "audiobusio.I2SOut(0, 1, 4)") + of_output("loud", "audiopwmio.PWMAudioOut(14)") + WRITER + TONEARM


def run(board, last):
    path = mpy.scratch("good.wav")
    with open(path, "wb") as file:
        file.write(GOOD)
    names = f"GOOD, LONG_FMT, SHORT_FMT, PATH, LAST = {GOOD!r}, {LONG_FMT!r}, {SHORT_FMT!r}, {path!r}, {last}\n"
    calls = "\n".join(f"row({number}, lambda: {expression})" for number, (expression, _) in enumerate(ROWS))
    said = mpy.run(HEAD + names + calls + "\nfor o in (out, loud): o.deinit()\nprint(tonearm.chip()['idle'])", board=board)
    lines = said.split("\n")[:-1]
    mpy.expect(f"{board}: nothing stays claimed", lines.pop(), "True")
    mpy.expect(f"{board}: rows", len(lines), len(ROWS))
    for number, (line, (expression, wanted)) in enumerate(zip(lines, ROWS)):
        mpy.expect(f"{board}: {expression}", line, f"{number} {wanted}")
    return len(lines)


def main():
    count = sum(run(board, last) for board, last in zip(mpy.BOARDS, (29, 29, 47)))
    mpy.finish(count, "rows")


if __name__ == "__main__":
    main()
