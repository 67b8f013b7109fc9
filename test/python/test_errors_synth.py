#!/usr/bin/env python3
"""Exceptions of synthio, in the contract's words: every constructor, method, property and function at, below and beyond its limits, and of the wrong type.

In: build/micropython, test/python/contract.py. A row is an expression and what comes of it: "ok", or a type and a message. Each board runs them all.
"""
import mpy
from contract import MODULES, SONG
from test_errors import DEAD, HEAD

HEAD = HEAD[:HEAD.index("out = audiobusio")].replace("import array, audiobusio, audiocore, audiofilewriter, audiopwmio", "import " + MODULES) + f"""
from synthio import *
SONG = {SONG!r}
def h(n): return array.array('h', bytes(2 * n))
def got(o, name, value): assert put(o, name, value) == (value if value is not None else 0), getattr(o, name)
def same(a, b): assert a == b, (a, b)
def synth(**k): return Synthesizer(**k)
def note(**k): return Note(440, **k)
class Text(io.IOBase):
    def __init__(self, data): self.data = data
    def readinto(self, b):
        n = min(len(b), len(self.data), 7)
        b[:n] = self.data[:n]
        self.data = self.data[n:]
        return n
class Liar(io.IOBase):
    def readinto(self, b): return 1 << 20
    def ioctl(self, op, arg): return -1
class Early(Note):
    def __init__(self, act): act(self)
"""
RATE = "ValueError: sample_rate must be 1000-384000"
NUMBERS = ("0", "1", "-1", "0.5", "1e30", "-1e30", "float('inf')", "float('-inf')", "True", "None")
SHAPE, LENGTH, BUFFER = "ValueError: {0} must be array of type 'h'", "ValueError: {0} length must be 2-16384", "TypeError: object with buffer protocol required"
BYTES = "TypeError: file must be a file opened in byte mode"
KEY, KIND = "ValueError: note must be 0-127", "TypeError: note must be of type int or Note, not %s"


def of_input(make, name, argument=None):
    """A BlockInput of an object; `argument`: a call that takes it, up to its value."""
    rows = [(f"got({make}, {name!r}, {value})", "ok") for value in NUMBERS]
    rows += [(f"put({make}, {name!r}, float('nan'))", "ok"), (f"got({make}, {name!r}, LFO())", "AssertionError"),
             (f"same(type(put({make}, {name!r}, LFO())), LFO)", "ok"), (f"same(type(put({make}, {name!r}, MathOperation.ABS(1))), Math)", "ok")]
    rows = [row for row in rows if row[1] != "AssertionError"]
    rows += [(f"put({make}, {name!r}, {value})", f"TypeError: {name} must be of type BlockInput, not {what}")
             for value, what in (("'x'", "str"), ("[]", "list"), ("Biquad(FilterMode.NOTCH, 1)", "Biquad"), ("MathOperation.SUM", "MathOperation"), ("1j", "complex"))]
    if argument:
        rows += [(f"{argument}'x')", f"TypeError: {name} must be of type BlockInput, not str"), (f"same({argument}LFO()).{name}.value, 0)", "ok"),
                 (f"same({argument}0.25).{name}, 0.25)", "ok")]
    return rows


def of_waveform(argument, name="waveform"):
    """A call that takes a waveform, up to its value."""
    return [(f"{argument}h({n}))", "ok" if 2 <= n <= 16384 else LENGTH.format(name)) for n in (0, 1, 2, 3, 16383, 16384, 16385)] + [
        *((f"{argument}array.array({code!r}, [1, 2]))", SHAPE.format(name)) for code in "bBHiIlLqQfd"), (f"{argument}None)", "ok"),
        (f"{argument}bytearray(8))", SHAPE.format(name)), (f"{argument}b'1234')", SHAPE.format(name)), (f"{argument}memoryview(h(2)))", "ok"),
        (f"{argument}memoryview(h(4))[1:3])", "ok"), (f"{argument}memoryview(h(2))[1:])", LENGTH.format(name)), (f"{argument}5)", BUFFER), (f"{argument}[1, 2])", BUFFER)]


def of_range(argument, name, first, last, also=()):
    """A call that takes a number, up to its value: text of numbers that are taken and that are not."""
    return [(f"{argument}{n})", "ok") for n in (str(first), str(last), *also)] + [
        (f"{argument}{n})", f"ValueError: {name} must be {first}-{last}") for n in (f"{first} - 0.001", f"{last} + 0.001", "1e30", "float('nan')", "float('-inf')")] + [
        (f"{argument}'x')", f"TypeError: {name} must be of type float, not str"), (f"{argument}None)", f"TypeError: {name} must be of type float, not NoneType")]


def read_only(make, kind, *names):
    return [(f"put({make}, {name!r}, 1)", f"AttributeError: '{kind}' object has no attribute {name!r}") for name in names] + [
        (f"{make}.nothing", f"AttributeError: '{kind}' object has no attribute 'nothing'")]


TIMES, LEVELS = ("attack_time", "decay_time", "release_time"), ("attack_level", "sustain_level")
ENVELOPE = [
    *((f"Envelope({t}={n})", "ok") for t in TIMES for n in ("0", "1e-9", "0.5", "1e30", "float('inf')", "True")),
    *((f"Envelope({t}={n})", f"ValueError: {t} must be >= 0") for t in TIMES for n in ("-1e-9", "-1", "float('nan')")),
    *((f"Envelope({t}={n})", f"TypeError: {t} must be of type float, not {what}") for t in TIMES + LEVELS for n, what in (("'x'", "str"), ("None", "NoneType"))),
    *(row for level in LEVELS for row in of_range(f"Envelope({level}=", level, 0, 1, ("0.5",)) if "'x'" not in row[0] and "None" not in row[0]),
    ("Envelope(0.1)", "TypeError: extra positional arguments given"), ("Envelope(x=1)", "TypeError: unexpected keyword argument 'x'"),
    ("put(Envelope(), 'attack_time', 1)", "AttributeError: can't set attribute"), ("Envelope().nothing", "AttributeError: 'Envelope' object has no attribute 'nothing'"),
    ("same(Envelope(), (0.1, 0.05, 0.2, 1.0, 0.8))", "ok"), ("same(len(Envelope()), 5)", "ok"), ("Envelope()[5]", "IndexError: Envelope index out of range"),
    ("same(isinstance(Envelope(), tuple), True)", "ok"), ("same(hash(Envelope()), hash(Envelope()))", "ok"), ("same(tuple(Envelope())[3:], (1.0, 0.8))", "ok"),
    ("same(repr(Envelope(attack_time=1)), 'Envelope(attack_time=1.0, decay_time=0.05, release_time=0.2, attack_level=1.0, sustain_level=0.8)')", "ok"),
]
BLOCK = [
    *(row for name in ("rate", "scale", "offset", "phase_offset") for row in of_input("LFO()", name, f"LFO({name}=")),
    *of_waveform("LFO("), *of_waveform("LFO(waveform="), *read_only("LFO()", "LFO", "waveform", "phase", "value"), ("LFO(None, 1)", "TypeError: extra positional arguments given"),
    *((f"same(put(LFO(), {name!r}, {value}), {bool(value)})", "ok") for name in ("once", "interpolate") for value in (0, 1, 7, True, False)),
    ("same(LFO(once=True).once, True)", "ok"), ("same(LFO(interpolate=False).interpolate, False)", "ok"), ("LFO().retrigger(1)",
     "TypeError: function takes 1 positional arguments but 2 were given"),
    ("same(repr(LFO()), 'LFO(waveform=None, rate=1.0, scale=1.0, offset=0.0, phase_offset=0.0, once=False, interpolate=True)')", "ok"),
    *(row for name in "abc" for row in of_input("Math(MathOperation.SUM, 1)", name)), *read_only("Math(MathOperation.SUM, 1)", "Math", "value"),
    *((f"Math({what}, 1)", f"TypeError: operation must be of type MathOperation, not {kind}") for what, kind in (("1", "int"), ("None", "NoneType"), ("FilterMode.NOTCH", "FilterMode"))),
    ("put(Math(MathOperation.SUM, 1), 'operation', 1)", "TypeError: operation must be of type MathOperation, not int"),
    ("Math()", "TypeError: 'operation' argument required"), ("Math(MathOperation.SUM)", "TypeError: 'a' argument required"),
    ("Math(MathOperation.SUM, 1, 2, 3, 4)", "TypeError: extra positional arguments given"), ("MathOperation.SUM()", "TypeError: 'a' argument required"),
    ("MathOperation.SUM(1, 2, 3, 4)", "TypeError: function expected at most 3 arguments, got 4"), ("MathOperation.SUM(1, x=2)", "TypeError: unexpected keyword argument 'x'"),
    ("MathOperation.SUM('x')", "TypeError: a must be of type BlockInput, not str"), ("same(repr(MathOperation.MID(1, c=LFO()).c)[:4], 'LFO(')", "ok"),
    ("same(repr(MathOperation.MID(1, 2)), 'Math(operation=synthio.MathOperation.MID, a=1.0, b=2.0, c=1.0)')", "ok"), ("same(MathOperation.SUM(1).value, 0)", "ok"),
    ("same(lfo_tick(), ())", "ok"), ("same(lfo_tick(1, None, 2.5, MathOperation.SUM(1, 2, 3)), (1, 0, 2.5, 6))", "ok"),
    ("lfo_tick('x')", "TypeError: arg must be of type BlockInput, not str"), ("lfo_tick(LFO(), [])", "TypeError: arg must be of type BlockInput, not list"),
]
B = "Biquad(FilterMode.NOTCH, 100)"
FILTER = [
    *of_input(B, "frequency", "Biquad(FilterMode.NOTCH, frequency="), *of_input(B, "Q", "Biquad(FilterMode.NOTCH, 1, Q="),
    *(row for row in of_input(B, "A", "Biquad(FilterMode.NOTCH, 1, A=") if "None" not in row[0]), f"same({B}.A, None)", f"same(put({B}, 'A', None), None)",
    f"same({B}.Q > 0.7071, True)", *read_only(B, "Biquad", "mode"), f"same({B}.mode, FilterMode.NOTCH)",
    *((f"Biquad({what}, 1)", f"TypeError: mode must be of type FilterMode, not {kind}") for what, kind in (("1", "int"), ("None", "NoneType"), ("MathOperation.SUM", "MathOperation"))),
    ("Biquad()", "TypeError: 'mode' argument required"), ("Biquad(FilterMode.NOTCH)", "TypeError: 'frequency' argument required"),
    ("Biquad(FilterMode.NOTCH, 1, 2, 3, 4)", "TypeError: extra positional arguments given"), f"same(repr({B})[:46], 'Biquad(mode=synthio.FilterMode.NOTCH, frequenc')",
    *(f"same(put(audiofilters.Filter(), 'filter', {f}), {f}) if 0 else put(audiofilters.Filter(), 'filter', {f})" for f in (B, f"({B},) * 8", "()")),
    ("put(audiofilters.Filter(), 'filter', (LFO(),))", "TypeError: object in filter must be of type Biquad, not LFO"),
    (f"put(audiofilters.Filter(), 'filter', ({B},) * 9)", "ValueError: filter length must be 0-8"),
    *((f"{kind}(mode)", "NameError: name 'mode' isn't defined") for kind in ("FilterMode",)), ("FilterMode.nothing", "AttributeError: type object 'FilterMode' has no attribute 'nothing'"),
]
FILTER = [row if isinstance(row, tuple) else (row, "ok") for row in FILTER]
INPUTS = ("panning", "amplitude", "bend", "waveform_loop_start", "waveform_loop_end", "ring_bend", "ring_waveform_loop_start", "ring_waveform_loop_end")
NOTE = [
    *of_range("Note(", "frequency", 0, 32767, ("440.5", "True")), *of_range("put(note(), 'frequency', ", "frequency", 0, 32767), *of_range("note(ring_frequency=", "ring_frequency", 0, 32767),
    *of_range("put(note(), 'ring_frequency', ", "ring_frequency", 0, 32767), *(row for name in INPUTS for row in of_input("note()", name, f"note({name}=")),
    *of_waveform("note(waveform="), *of_waveform("put(note(), 'waveform', "), *of_waveform("note(ring_waveform=", "ring_waveform"),
    *of_waveform("put(note(), 'ring_waveform', ", "ring_waveform"), ("Note()", "TypeError: 'frequency' argument required"), ("Note(1, 2)", "TypeError: extra positional arguments given"),
    ("note(volume=1)", "TypeError: unexpected keyword argument 'volume'"), ("note().nothing", "AttributeError: 'Note' object has no attribute 'nothing'"),
    *((f"{call}{value})", "ok" if kind is None else f"TypeError: filter must be of type Biquad, not {kind}") for call in ("note(filter=", "put(note(), 'filter', ")
      for value, kind in ((B, None), ("None", None), ("5", "int"), ("LFO()", "LFO"), (f"({B},)", "tuple"))),
    *((f"{call}{value})", "ok" if kind is None else f"TypeError: envelope must be of type Envelope, not {kind}") for call in ("note(envelope=", "put(note(), 'envelope', ")
      for value, kind in (("Envelope()", None), ("None", None), ("5", "int"), ("(1, 2, 3, 0.5, 0.5)", "tuple"))),
    *((f"same(put(note(), 'tone', {tone!r}), {tone!r})", "ok") for tone in ("wave", "saw", "square")), ("note(tone='saw')", "ok"), ("note(tone='x')", "ValueError: Invalid tone"),
    ("note(tone=None)", "TypeError: tone must be of type str, not NoneType"), ("same('tone' in repr(note()), False)", "ok"), ("same(repr(note(tone='saw'))[-11:], \"tone='saw')\")", "ok"),
    ("same(repr(Note(830.5)), 'Note(frequency=830.5, panning=0.0, amplitude=1.0, bend=0.0, waveform=None, waveform_loop_start=0.0, waveform_loop_end=16384.0, envelope=None, "
     "filter=None, ring_frequency=0.0, ring_bend=0.0, ring_waveform=None, ring_waveform_loop_start=0.0, ring_waveform_loop_end=16384.0)')", "ok"),
]
SYNTH = [
    *((f"synth(sample_rate={rate})", "ok" if 1000 <= rate <= 384000 else RATE) for rate in (-1, 0, 999, 1000, 44100, 384000, 384001)),
    *((f"synth(channel_count={n})", "ok" if n in (1, 2) else "ValueError: channel_count must be 1-2") for n in (-1, 0, 1, 2, 3)),
    *((f"synth({name}='x')", f"TypeError: {name} must be of type int, not str") for name in ("sample_rate", "channel_count")), *of_waveform("synth(waveform="),
    *((f"{call}{value})", "ok" if kind is None else f"TypeError: envelope must be of type Envelope, not {kind}") for call in ("synth(envelope=", "put(synth(), 'envelope', ")
      for value, kind in (("Envelope()", None), ("None", None), ("5", "int"), ("()", "tuple"))), ("Synthesizer(1)", "TypeError: extra positional arguments given"),
    ("synth(interpolate=True)", "ok"), *read_only("synth()", "Synthesizer", "pressed", "blocks", "bits_per_sample", "channel_count", "max_polyphony"),
    *((f"synth().{call}({n})", "ok" if 0 <= n <= 127 else KEY) for call in ("press", "release", "note_info", "release_all_then_press") for n in (-1 << 40, -1, 0, 127, 128, 1 << 40)),
    *((f"synth().{call}({what})", message) for call in ("press", "release", "release_all_then_press") for what, message in (
        ("()", "ok"), ("[1, note()]", "ok"), ("{5}", "ok"), ("(k for k in (1, 2))", "ok"), ("range(20)", "ok"), ("(1, 128)", KEY), ("('x',)", KIND % "str"), ("'x'", KIND % "str"),
        ("(None,)", KIND % "NoneType"), ("((1,),)", KIND % "tuple"), ("(1.5,)", KIND % "float"), ("(LFO(),)", KIND % "LFO"), ("LFO()", KIND % "LFO"), ("1.5", "TypeError: 'float' object isn't iterable"),
        ("None", "TypeError: 'NoneType' object isn't iterable"))),
    *((f"Early(synth().{call})", "TypeError: 'Early' object isn't iterable") for call in ("press", "release")), ("Early(synth().note_info)", KIND % "Early"), ("Early(lambda e: synth().change(press=(e,)))", KIND % "Early"),
    *((f"synth().note_info({what})", KIND % kind) for what, kind in (("'x'", "str"), ("None", "NoneType"), ("1.5", "float"), ("()", "tuple"))), ("synth().note_info(note())", "ok"),
    ("same(synth().note_info(5), (None, 0.0))", "ok"), ("same(synth().blocks, [])", "ok"), ("same(synth().pressed, ())", "ok"),
    *((f"synth().{call}({arguments})", message) for call in ("change", "release_then_press") for arguments, message in (
        ("", "ok"), ("1, 2, LFO()", "ok"), ("release=(1,), press=(2,), retrigger=(LFO(), LFO())", "ok"), ("press=128", KEY), ("release=-1", KEY), ("press='x'", KIND % "str"),
        ("retrigger=1", "TypeError: retrigger must be of type LFO, not int"), ("retrigger=(1,)", "TypeError: retrigger must be of type LFO, not int"),
        ("retrigger=note()", "TypeError: retrigger must be of type LFO, not Note"), ("retrigger=(MathOperation.SUM(1),)", "TypeError: retrigger must be of type LFO, not Math"),
        ("x=1", "TypeError: unexpected keyword argument 'x'"), ("1, 2, (), 4", "TypeError: extra positional arguments given"))),
    *((f"dead(synth()).{call}", DEAD) for call in ("press(1)", "release(1)", "change()", "release_then_press()", "release_all()", "release_all_then_press(1)", "note_info(1)", "pressed",
                                                    "blocks", "envelope", "sample_rate", "bits_per_sample", "channel_count")),
    ("put(dead(synth()), 'envelope', None)", DEAD), ("put(synth(), 'sample_rate', 8000)", "ValueError: sample_rate cannot be changed: make a new object"), ("put(synth(), 'sample_rate', 11025)", "ok"),
    ("synth().__enter__()", "ok"), ("dead(synth()).__exit__(None, None, None)", "ok"), ("same(audiocore.get_buffer(dead(synth())), (2, None))", "ok"),
    ("same(audiocore.get_structure(synth()), (0, 1, 512, 1))", "ok"), ("same(audiocore.get_structure(synth(channel_count=2)), (0, 1, 1024, 1))", "ok"),
    ("audiomixer.Mixer(sample_rate=8000).play(synth())", "ok"),
    ("audiomixer.Mixer(sample_rate=8000, resample=None).play(synth())", "ValueError: The sample's sample_rate does not match"),
]
M = "MidiTrack(b'', 640)"
TEMPO = "ValueError: tempo must be >= 1"
MIDI = [
    *((f"MidiTrack(b'', {n})", "ok" if n > 0 else TEMPO) for n in (-1 << 30, -1, 0, 1, 640, 1 << 29)), ("MidiTrack(b'', 'x')", "TypeError: tempo must be of type int, not str"),
    ("MidiTrack(b'', 1.5)", "TypeError: tempo must be of type int, not float"), ("MidiTrack()", "TypeError: 'buffer' argument required"), ("MidiTrack(b'')", "TypeError: 'tempo' argument required"),
    ("MidiTrack(5, 1)", BUFFER), ("MidiTrack(None, 1)", BUFFER), *((f"MidiTrack({b}, 1)", "ok") for b in ("bytearray(4)", "bytearray(0)", "memoryview(bytes(4))", "h(3)", "'x'", "bytes(100)")),
    ("MidiTrack(b'', 1, 2)", "TypeError: extra positional arguments given"), *of_waveform("MidiTrack(b'', 1, waveform="), ("MidiTrack(b'', 1, envelope=Envelope())", "ok"),
    ("MidiTrack(b'', 1, envelope=5)", "TypeError: envelope must be of type Envelope, not int"), *((f"MidiTrack(b'', 1, {x}=True)", "ok") for x in ("interpolate", "velocity", "tail")),
    *((f"MidiTrack(b'', 1, sample_rate={rate})", "ok" if 1000 <= rate <= 384000 else RATE) for rate in (0, 999, 1000, 384000, 384001)),
    *((f"same(put({M}, 'tempo', {n}), {n})", "ok" if n > 0 else TEMPO) for n in (-1, 0, 1, 1000, 1 << 29)), (f"put({M}, 'tempo', 'x')", "TypeError: tempo must be of type int, not str"),
    *read_only(M, "MidiTrack", "error_location", "bits_per_sample", "channel_count"), *((f"dead({M}).{p}", DEAD) for p in ("tempo", "error_location", "sample_rate")), (f"put(dead({M}), 'tempo', 1)", DEAD),
    (f"same({M}.error_location, None)", "ok"), ("put(from_file(io.BytesIO(SONG)), 'tempo', 5)", "RuntimeError: a file has tempos of its own"),
    ("same(from_file(io.BytesIO(SONG)).tempo, 192)", "ok"), ("from_file(Text(SONG))", "ok"), ("from_file(Liar())", "OSError: [Errno 5] EIO"), ("from_file(Broken())", "OSError: [Errno 5] EIO"),
    ("from_file(5)", BYTES), ("from_file(None)", BYTES), ("from_file(io.StringIO('x'))", BYTES), ("from_file('/nowhere/at.mid')", "OSError: [Errno 2] ENOENT"),
    ("from_file()", "TypeError: 'file' argument required"), ("from_file(io.BytesIO(SONG), 8000)", "TypeError: extra positional arguments given"),
    ("from_file(io.BytesIO(SONG), x=1)", "TypeError: unexpected keyword argument 'x'"), *of_waveform("from_file(io.BytesIO(SONG), waveform="),
    *((f"from_file(io.BytesIO(SONG), {x}=True)", "ok") for x in ("interpolate", "velocity", "tail")), ("from_file(io.BytesIO(b''))", "ValueError: MIDI file: it ends within its header (byte 0)"),
    ("from_file(io.BytesIO(SONG[:9]))", "ValueError: MIDI file: it ends within its header (byte 9)"),
    *((f"from_file(io.BytesIO(SONG[:{n}]))", f"ValueError: MIDI file: it ends within a track (byte {n})") for n in (23, 33)),
    ("from_file(io.BytesIO(SONG[:22] + b'\\0\\x90\\x80\\x40' + SONG[26:]))", "ValueError: MIDI file: a status where an event's data should be (byte 24)"),
    ("from_file(io.BytesIO(SONG[:23] + b'\\x40' + SONG[24:]))", "ValueError: MIDI file: data without a status before it (byte 23)"),
]
FUNCTIONS = [
    *of_range("midi_to_hz(", "note", 0, 127, ("69", "69.5")), *of_range("voct_to_hz(", "ctrl", -11, 11, ("0", "0.5")), ("same(midi_to_hz(60), 261.625)", "ok"),
    ("same(voct_to_hz(1), 130.8125)", "ok"), ("same(waveform_max_length, 16384)", "ok"), ("same(Synthesizer.max_polyphony, 14)", "ok"), ("EnvelopeState()", "TypeError: can't create 'EnvelopeState' instances"),
]
GROUPS = (ENVELOPE, BLOCK, FILTER, NOTE, SYNTH, MIDI, FUNCTIONS)


def run(board, rows):
    calls = "\n".join(f"row({number}, lambda: {expression})" for number, (expression, _) in enumerate(rows))
    lines = mpy.run(HEAD + calls, board=board).split("\n")[:-1]
    mpy.expect(f"{board}: rows", len(lines), len(rows))
    for number, (line, (expression, wanted)) in enumerate(zip(lines, rows)):
        mpy.expect(f"{board}: {expression}", line, f"{number} {wanted}")
    return len(lines)


def main():
    parts = [rows[at:at + 60] for rows in GROUPS for at in range(0, len(rows), 60)]  # all would not fit into a Pico's heap
    mpy.finish(sum(run(board, rows) for board in mpy.BOARDS for rows in parts), "rows")


if __name__ == "__main__":
    main()
