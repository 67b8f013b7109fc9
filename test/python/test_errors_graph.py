#!/usr/bin/env python3
"""Exceptions of samples that play others, in the contract's words: every constructor, method and property at, below and beyond its limits.

In: build/micropython, test/python/contract.py. A row is an expression and what comes of it: "ok", or a type and a message. Each board runs them all.
"""
import mpy
from contract import EFFECTS, MODULES
from test_errors import DEAD, HEAD, NO_SAMPLE

HEAD = HEAD[:HEAD.index("out = audiobusio")].replace("import array, audiobusio, audiocore, audiofilewriter, audiopwmio", "import " + MODULES) + """
def make(kind, **k): return kind(**k)
def got(o, name, value): assert put(o, name, value) == (value if value is not None else 0), getattr(o, name)
def same(a, b): assert a == b, (a, b)
"""
RATE = "ValueError: sample_rate must be 1000-384000"
NUMBERS = ("0", "1", "-1", "0.5", "1e30", "-1e30", "float('inf')", "float('-inf')", "True")
PARAMS = {  # BlockInputs
    "Filter": ("mix",), "Distortion": ("drive", "pre_gain", "post_gain", "mix"), "Phaser": ("frequency", "feedback", "mix"), "Echo": ("delay_ms", "decay", "mix"),
    "Chorus": ("delay_ms", "voices", "mix"), "Flanger": ("min_delay_ms", "rate", "depth", "feedback", "mix"), "MultiTapDelay": ("decay", "mix"),
    "PitchShift": ("semitones", "mix"), "GranularPitchShift": ("semitones", "mix"), "Freeverb": ("roomsize", "damp", "mix"),
}
PLAIN = {"MultiTapDelay": ("delay_ms",), "GranularPitchShift": ("spread",)}  # floats that nothing moves
BOOLS = {"Distortion": ("soft_clip",), "Echo": ("freq_shift",), "Flanger": ("invert",)}
FILTERS = {"Filter": ("filter",), "Echo": ("filter",), "Freeverb": ("pre_filter", "post_filter")}
SIZES = {"Echo": {"max_delay_ms": (1, 4000)}, "Chorus": {"max_delay_ms": (1, 4000)}, "Flanger": {"max_delay_ms": (1, 100)},
         "MultiTapDelay": {"max_delay_ms": (1, 4000)}, "PitchShift": {"window": (2, 32767), "overlap": (0, 32767)},
         "GranularPitchShift": {"grain_size": (2, 16384), "density": (1, 8)}}
SMALL = {"Echo": "max_delay_ms=1, ", "Chorus": "max_delay_ms=1, ", "Flanger": "max_delay_ms=1, ", "MultiTapDelay": "max_delay_ms=1, "}


def formats(make, most, least_frame=True):
    """Rows of the arguments that all have; `make`: the call up to its arguments."""
    rows = [(f"{make}sample_rate={rate})", "ok" if 1000 <= rate <= 384000 else RATE) for rate in (-1, 0, 1, 999, 1000, 44100, most, 384001)]
    rows += [(f"{make}channel_count={n})", "ok" if n in (1, 2) else "ValueError: channel_count must be 1-2") for n in (-1, 0, 1, 2, 3)]
    rows += [(f"{make}{name}='x')", f"TypeError: {name} must be of type int, not str") for name in ("sample_rate", "channel_count", "bits_per_sample", "buffer_size")]
    return rows + [(f"{make}bits_per_sample={n})", "ValueError: bits_per_sample must be 8 or 16") for n in (0, 7, 9, 15, 17, 24, 32)]


def of_sample(make, name):
    """Rows of what every sample has; `make`: an expression for one."""
    kind = name.split(".")[1]
    rows = [(f"put({make}, {p!r}, 1)", f"AttributeError: '{kind}' object has no attribute {p!r}") for p in ("bits_per_sample", "channel_count")]
    rows += [(f"{make}.nothing", f"AttributeError: '{kind}' object has no attribute 'nothing'"),
             (f"put({make}, 'sample_rate', 8001)", "ValueError: sample_rate cannot be changed: make a new object"),
             (f"put({make}, 'sample_rate', 8000)", "ok"), (f"put({make}, 'sample_rate', 'x')", "TypeError: can't convert str to int")]
    rows += [(f"dead({make}).{p}", DEAD) for p in ("sample_rate", "bits_per_sample", "channel_count")]
    rows += [(f"put(dead({make}), 'sample_rate', 8000)", DEAD), (f"audiocore.get_structure(dead({make}))", DEAD), (f"dead({make}).__del__()", "ok"),
             (f"same(audiocore.get_buffer(dead({make})), (2, None))", "ok"), (f"audiocore.reset_buffer(dead({make}))", "ok"),
             (f"dead({make}).__exit__(None, None, None)", "ok"), (f"{make}.__enter__()", "ok")]
    return rows


def of_play(play, resampled=False):
    """Rows of a play method; `play`: an expression for it. `resampled`: samples of any rate are played."""
    rows = [(f"{play}(raw())", "ok"), (f"{play}(sample=raw(), loop=True)", "ok"), (f"{play}(raw(0))", "ok"), (f"{play}(raw(0), loop=True)", "ok"),
            (f"{play}()", "TypeError: 'sample' argument required"), (f"{play}(raw(), True)", "TypeError: extra positional arguments given"),
            (f"{play}(raw(), volume=1)", "TypeError: unexpected keyword argument 'volume'"), (f"{play}(7)", NO_SAMPLE % "int"), (f"{play}(None)", NO_SAMPLE % "NoneType"),
            (f"{play}(dead(raw()))", DEAD), (f"{play}(raw(channel_count=3))", "ValueError: The sample's channel_count does not match")]
    rows += [(f"{play}(raw(8, {code!r}, channel_count={n}))", "ok") for code in "hHbB" for n in (1, 2)]
    if resampled:
        rows += [(f"{play}(raw(sample_rate={n}), loop=True)", "ok" if n else RATE) for n in (0, 1000, 7999, 8001, 384000)]
    else:
        rows += [(f"{play}(raw(sample_rate={n}))", "ValueError: The sample's sample_rate does not match") for n in (7999, 8001, 0)]
    return rows


def of_effect(name):
    kind = name.split(".")[1]
    make = f"{name}({SMALL.get(kind, '')}"
    small = f"{name}({SMALL.get(kind, '')[:-2]})"
    rows = formats(make, 48000 if kind == "Freeverb" else 384000) + of_sample(small, name) + of_play(small + ".play")
    if kind == "Freeverb":
        rows += [(f"{make}bits_per_sample=8)", "ValueError: bits_per_sample must be 16"), (f"{make}samples_signed=False)", "ValueError: samples_signed must be true")]
    else:
        rows += [(f"{make}bits_per_sample={b}, samples_signed={s})", "ok") for b in (8, 16) for s in (True, False)]
    for channels in (1, 2):
        least, most = 2 * channels, 2 * channels * 4096
        rows += [(f"{make}channel_count={channels}, buffer_size={n})", "ok" if least <= n <= most else f"ValueError: buffer_size must be {least}-{most}")
                 for n in (-1, 0, least - 1, least, least + 1, 510, most, most + 1, 1 << 30)]
    rows += [(f"same(len(audiocore.get_buffer({make}channel_count=2, buffer_size=510))[1]), 254)", "ok")]  # whole frames (W5)
    for param in PARAMS[kind]:
        rows += [(f"got({small}, {param!r}, {value})", "ok") for value in NUMBERS + ("None",)]
        rows += [(f"put({small}, {param!r}, float('nan'))", "ok")]
        rows += [(f"same({make}{param}={value}).{param}, {value})", "ok") for value in ("0", "2", "-1e9")]
        rows += [(f"put({small}, {param!r}, {value})", f"TypeError: {param} must be of type BlockInput, not {what}")
                 for value, what in (("'x'", "str"), ("[]", "list"), ("raw()", "RawSample"))]
        rows += [(f"{make}{param}='x')", f"TypeError: {param} must be of type BlockInput, not str"), (f"dead({small}).{param}", DEAD),
                 (f"put(dead({small}), {param!r}, 0)", DEAD)]
    for param in PLAIN.get(kind, ()):
        rows += [(f"got({small}, {param!r}, {value})", "ok") for value in NUMBERS]
        rows += [(f"put({small}, {param!r}, {value})", f"TypeError: {param} must be of type float, not {what}") for value, what in (("'x'", "str"), ("None", "NoneType"))]
    for param in BOOLS.get(kind, ()):
        rows += [(f"same(put({small}, {param!r}, {value}), {bool(value)})", "ok") for value in (0, 1, True, False, 7)]
        rows += [(f"same({make}{param}={value}).{param}, {value})", "ok") for value in (True, False)]  # False means False (W38)
    for param in FILTERS.get(kind, ()):
        rows += [(f"put({small}, {param!r}, {value})", "ok") for value in ("None", "()")]
        rows += [(f"put({small}, {param!r}, {value})", f"TypeError: {param} must be of type Biquad or tuple, not {what}")
                 for value, what in (("[]", "list"), ("7", "int"), ("'x'", "str"))]
        rows += [(f"{make}{param}=(7,))", f"TypeError: object in {param} must be of type Biquad, not int")]
    for size, (first, last) in SIZES.get(kind, {}).items():
        last_ok = min(last, 1000) if size == "max_delay_ms" else last  # what is more must fit, too
        rows += [(f"{name}({size}={n})", "ok" if first <= n <= last else f"ValueError: {size} must be {first}-{last}") for n in (-1, first - 1, first, last_ok, last + 1)]
        rows += [(f"{name}({size}='x')", f"TypeError: {size} must be of type int, not str"), (f"{small}.{size}", f"AttributeError: '{kind}' object has no attribute {size!r}")]
    rows += [(f"put({small}, 'playing', True)", f"AttributeError: '{kind}' object has no attribute 'playing'"), (f"{small}.stop()", "ok"), (f"{name}(1)", "TypeError: extra positional arguments given"),
             *((f"dead({small}).{call}", DEAD) for call in ("playing", "stop()", "play(raw())"))]
    return rows


TAPS = "audiodelays.MultiTapDelay(max_delay_ms=1)"
MORE = [
    ("same(audiofilters.Phaser(feedback=None).feedback > 0.69, True)", "ok"), ("same(put(audiofilters.Phaser(), 'feedback', None), 0)", "ok"),
    *((f"put(audiofilters.Phaser(), 'stages', {n})", "ok" if 0 <= n <= 255 else "ValueError: stages must be 0-255") for n in (-1, 0, 1, 255, 256)),
    ("audiofilters.Phaser(stages='x')", "TypeError: stages must be of type int, not str"), ("audiofilters.Phaser(stages=255)", "ok"),
    ("put(audiofilters.Distortion(), 'mode', 1)", "TypeError: mode must be of type DistortionMode, not int"),
    ("audiofilters.Distortion(mode=None)", "TypeError: mode must be of type DistortionMode, not NoneType"),
    *((f"same(audiofilters.Distortion(mode=audiofilters.DistortionMode.{m}).mode is audiofilters.DistortionMode.{m}, True)", "ok") for m in ("CLIP", "LOFI", "OVERDRIVE", "WAVESHAPE")),
    ("same(str(audiofilters.DistortionMode.LOFI), 'audiofilters.DistortionMode.LOFI')", "ok"), ("audiofilters.DistortionMode()", "TypeError: can't create 'DistortionMode' instances"),
    ("put(audiodelays.Flanger(), 'lfo_value', 1)", "AttributeError: 'Flanger' object has no attribute 'lfo_value'"), ("dead(audiodelays.Flanger()).lfo_value", DEAD),
    *((f"put({TAPS}, 'taps', {taps})", "ok") for taps in ("None", "(0,)", "[1]", "(0.5, (0.25, 0.5), [1, 0])", "iter([0.1, 0.2])", "[0.5] * 32")),
    *((f"put({TAPS}, 'taps', {taps})", what) for taps, what in (
        ("()", "ValueError: items length must be >= 1"), ("[0.5] * 33", "ValueError: items length must be 1-32"), ("7", "TypeError: taps must be of type iterable, not int"),
        ("(1.01,)", "ValueError: position must be 0-1"), ("(-0.01,)", "ValueError: position must be 0-1"), ("((0.5, 2),)", "ValueError: level must be 0-1"),
        ("((0.5, -1),)", "ValueError: level must be 0-1"), ("((0.5,),)", "ValueError: items length must be 2"), ("((1, 1, 1),)", "ValueError: items length must be 2"),
        ("('x',)", "TypeError: position must be of type float, not str"), ("((0.5, None),)", "TypeError: level must be of type float, not NoneType"),
        ("(float('nan'),)", "ValueError: position must be 0-1"))),
    (f"same(put({TAPS}, 'taps', (0.5, (0.25, 0.5))), ((0.5, 1.0), (0.25, 0.5)))", "ok"), (f"dead({TAPS}).taps", DEAD),
    *((f"audiodelays.PitchShift(window={w}, overlap={o}, channel_count={c})", "ok") for w, o in ((2, 0), (2, 32767), (32767, 32767), (100, 100)) for c in (1, 2)),  # W14
]
MIXER = [
    *formats("audiomixer.Mixer(", 384000), *of_sample("audiomixer.Mixer()", "audiomixer.Mixer"), *of_play("audiomixer.Mixer().play", True), *of_play("audiomixer.Mixer().voice[1].play", True),
    *of_play("audiomixer.Mixer(channel_count=1).voice[0].play", True), *of_play("audiomixer.Mixer(resample=None).play"),
    *((f"audiomixer.Mixer(resample={given})", message) for given, message in (
        ("None", "ok"), ("'linear'", "ok"), ("'good'", "ok"), ("'best'", "ValueError: Invalid resample"), ("''", "ValueError: Invalid resample"),
        ("True", "TypeError: resample must be of type str, not bool"), ("b'linear'", "TypeError: resample must be of type str, not bytes"))),
    ("audiomixer.Mixer(resample='good').play(raw(sample_rate=96000))", "ok"),
    ("audiomixer.Mixer(resample='good').play(raw(sample_rate=96001))", "ValueError: The sample's sample_rate does not match"),
    *((f"audiomixer.Mixer(bits_per_sample={b}, samples_signed={s}, channel_count={c})", "ok") for b in (8, 16) for s in (True, False) for c in (1, 2)),
    *((f"audiomixer.Mixer(voice_count={n})", "ok" if 1 <= n <= 255 else "ValueError: voice_count must be 1-255") for n in (-1, 0, 1, 2, 24, 256)),
    ("audiomixer.Mixer(voice_count=1.5)", "TypeError: voice_count must be of type int, not float"),
    *((f"audiomixer.Mixer(buffer_size={n})", "ok" if 8 <= n <= 65536 else "ValueError: buffer_size must be 8-65536") for n in (-1, 0, 7, 8, 9, 30, 1000, 8192, 65537)),
    ("same(len(audiocore.get_buffer(audiomixer.Mixer(buffer_size=30))[1]), 6)", "ok"), ("audiomixer.Mixer(2)", "TypeError: extra positional arguments given"),
    *((f"audiomixer.Mixer().play(raw(), voice={n})", "ok" if n in (0, 1) else "ValueError: Invalid voice") for n in (-1, 0, 1, 2, 1 << 20)),
    *((f"audiomixer.Mixer().stop_voice({n})", "ok" if n in ("", "0", "1", "voice=1") else "ValueError: Invalid voice") for n in ("", "0", "1", "voice=1", "2", "-1")),
    ("audiomixer.Mixer().play(raw(), voice='x')", "TypeError: can't convert str to int"), ("audiomixer.Mixer().play(raw(), 1)", "TypeError: extra positional arguments given"),
    ("same(audiomixer.Mixer().play(raw()).playing, True)", "ok"), ("put(audiomixer.Mixer(), 'playing', 1)", "AttributeError: 'Mixer' object has no attribute 'playing'"),
    ("put(audiomixer.Mixer(), 'voice', ())", "AttributeError: 'Mixer' object has no attribute 'voice'"), ("same(type(audiomixer.Mixer().voice), tuple)", "ok"),
    *((f"dead(audiomixer.Mixer()).{call}", DEAD) for call in ("playing", "voice", "play(raw())", "stop_voice(0)")),
]
V = "audiomixer.Mixer().voice[0]"
VOICE = [
    *((f"got({V}, {p!r}, {value})", "ok") for p in ("level", "panning") for value in NUMBERS + ("None",)),
    *((f"put({V}, {p!r}, {value})", f"TypeError: {p} must be of type BlockInput, not {what}") for p in ("level", "panning") for value, what in (("'x'", "str"), ("()", "tuple"))),
    *((f"same(put({V}, 'loop', {value}), {bool(value)})", "ok") for value in (0, 1, True, False)), (f"{V}.stop()", "ok"), (f"{V}.stop(9)", "ok"), (f"{V}.stop(voice=9)", "ok"),
    (f"{V}.end()", "ok"), (f"put({V}, 'playing', True)", "AttributeError: 'MixerVoice' object has no attribute 'playing'"), (f"{V}.play(raw(), 1)", "TypeError: extra positional arguments given"),
    ("audiomixer.MixerVoice()", "ok"), ("audiomixer.MixerVoice(1)", "TypeError: extra positional arguments given"),
    *((f"audiomixer.MixerVoice().{call}", DEAD) for call in ("playing", "level", "panning", "loop", "stop()", "end()", "play(raw())")),
    ("put(audiomixer.MixerVoice(), 'level', 1)", DEAD),
]
S, R = "audiospeed.SpeedChanger(raw())", "audiospeed.Resampler(raw())"
SPEED = [
    *of_sample(S, "audiospeed.SpeedChanger"), *of_sample(R, "audiospeed.Resampler"),
    *((f"{kind}({what})", message) for kind in ("audiospeed.SpeedChanger", "audiospeed.Resampler") for what, message in (
        ("7", NO_SAMPLE % "int"), ("dead(raw())", DEAD), ("raw(channel_count=3)", "ValueError: The sample's channel_count does not match"), ("raw(sample_rate=0)", RATE),
        ("", "TypeError: 'source' argument required"), ("source=raw()", "ok"), ("raw(channel_count=2)", "ok"), ("raw(8, 'B')", "ok"), ("raw(sample_rate=384000)", "ok"),
        ("raw(), quality='good'", "ok"), ("raw(), quality='best'", "ValueError: Invalid quality"), ("raw(), quality='linear'", "ok"), ("raw(), quality='none'", "ValueError: Invalid quality"),
        ("raw(), quality='x'", "ValueError: Invalid quality"), ("raw(), quality=1", "TypeError: quality must be of type str, not int"))),
    *((f"audiospeed.SpeedChanger(raw(), {n})", "ok" if good else "ValueError: rate must be 0.001-1000")
      for n, good in (("0", False), ("0.0009", False), ("0.001", True), ("1", True), ("1000", True), ("1000.1", False), ("-1", False), ("float('nan')", False), ("float('inf')", False))),
    *((f"put({S}, 'rate', {n})", "ok" if n == "2" else "ValueError: rate must be 0.001-1000") for n in ("0", "2", "1001")),  # W11
    ("audiospeed.SpeedChanger(raw(), rate=2)", "ok"), ("audiospeed.SpeedChanger(raw(), None)", "ok"), ("audiospeed.SpeedChanger(raw(), 'x')", "TypeError: rate must be of type float, not str"),
    (f"put({S}, 'rate', None)", "TypeError: rate must be of type float, not NoneType"), ("audiospeed.SpeedChanger(raw(), 1, 2)", "TypeError: extra positional arguments given"),
    (f"put({R}, 'rate', 1)", "AttributeError: 'Resampler' object has no attribute 'rate'"), (f"dead({S}).rate", DEAD), (f"put(dead({S}), 'rate', 1)", DEAD), (f"dead({R}).rate", DEAD),
    ("audiospeed.Resampler(raw(), 2)", "TypeError: extra positional arguments given"),
    ("audiomixer.Mixer(sample_rate=1000).play(audiospeed.Resampler(raw(sample_rate=96000), quality='good'))", "ValueError: The sample's sample_rate does not match"),
    ("audiomixer.Mixer(sample_rate=1000).play(audiospeed.Resampler(raw(sample_rate=96000)))", "ok"),
]
GROUPS = [*(of_effect(name) for name in EFFECTS), MORE, MIXER, VOICE, SPEED]


def run(board, rows):
    """One process for each group: all rows would not fit into a Pico's heap."""
    calls = "\n".join(f"row({number}, lambda: {expression})" for number, (expression, _) in enumerate(rows))
    said = mpy.run(HEAD + calls, board=board)
    lines = said.split("\n")[:-1]
    mpy.expect(f"{board}: rows", len(lines), len(rows))
    for number, (line, (expression, wanted)) in enumerate(zip(lines, rows)):
        mpy.expect(f"{board}: {expression}", line, f"{number} {wanted}")
    return len(lines)


def main():
    halves = [rows[at:at + 60] for rows in GROUPS for at in range(0, len(rows), 60)]
    count = sum(run(board, rows) for board in mpy.BOARDS for rows in halves)
    mpy.finish(count, "rows")


main()
