#!/usr/bin/env python3
"""The type stubs say what the modules are: every name in both, properties that can be set or not, constructors argument by argument, and a
sentence for each name that is not plain.

In: micropython/stubs, build/micropython, and the argument tables in the modules' C sources, which hold names, kinds and defaults.
"""
import ast
import glob
import os
import re

import mpy
from contract import CLASSES, EFFECTS, MODULES

STUBS = os.path.join(mpy.ROOT, "micropython/stubs")
SOURCES = os.path.join(mpy.ROOT, "micropython/tonearm")
MAKERS = {  # where a class's arguments are parsed
    "audiocore.RawSample": ("audiocore.c", "raw_make_new"), "audiocore.WaveFile": ("wavefile.c", "make_new"),
    "audiobusio.I2SOut": ("audiobusio.c", "i2s_config_from"), "audiopwmio.PWMAudioOut": ("audiopwmio.c", "pwm_config_from"),
    "audiofilewriter.AudioFileWriter": ("audiofilewriter.c", "make_new"),
    "audiomixer.Mixer": ("audiomixer.c", "make_new"), "audiospeed.SpeedChanger": ("audiospeed.c", "speed_make_new"),
    "audiospeed.Resampler": ("audiospeed.c", "rate_make_new"), "synthio.Synthesizer": ("synthio_synth.c", "make_new"),
    "synthio.MidiTrack": ("synthio_midi.c", "make_new"), "synthio.Note": ("synthio_note.c", "note_make_new"), "synthio.Envelope": ("synthio.c", "envelope_make_new"),
    "synthio.LFO": ("synthio_block.c", "lfo_make_new"), "synthio.Math": ("synthio_block.c", "math_make_new"), "synthio.Biquad": ("synthio_filter.c", "biquad_make_new"),
}
PLAYERS = {  # and those of play
    "audiobusio.I2SOut": ("output.c", "do_play"), "audiopwmio.PWMAudioOut": ("output.c", "do_play"), "audiomixer.Mixer": ("audiomixer.c", "do_play"),
    "audiomixer.MixerVoice": ("audiomixer.c", "voice_play"), **{name: ("effects.c", "do_play") for name in EFFECTS},
}
SAMPLE = ("audiocore.c", "sample_attr")
OUTPUT = ("output.c", "output_attr")
TABLES = {  # where its properties are listed; an effect's own are its fields
    "audiocore.RawSample": (SAMPLE,), "audiocore.WaveFile": (SAMPLE,), "audiobusio.I2SOut": (OUTPUT,), "audiopwmio.PWMAudioOut": (OUTPUT,),
    "audiofilewriter.AudioFileWriter": (("audiofilewriter.c", "attr"),), "audiomixer.Mixer": (SAMPLE, ("audiomixer.c", "attr")),
    "audiomixer.MixerVoice": (("audiomixer.c", "voice_attr"),), "audiospeed.SpeedChanger": (SAMPLE, ("audiospeed.c", "speed_attr")),
    "audiospeed.Resampler": (SAMPLE, ("audiospeed.c", "rate_attr")), "synthio.Synthesizer": (SAMPLE, ("synthio_synth.c", "attr"), ("synthio_synth.c", "table[]")),
    "synthio.MidiTrack": (SAMPLE, ("synthio_midi.c", "attr")), "synthio.Note": (("synthio_note.c", "properties[]"),),
    "synthio.Envelope": (("synthio.c", "synthio_envelope_namedtuple"),), "synthio.LFO": (("synthio_block.c", "lfo_properties[]"),),
    "synthio.Math": (("synthio_block.c", "math_properties[]"),), "synthio.Biquad": (("synthio_filter.c", "properties[]"),), **{name: (SAMPLE, ("effects.c", "effect_attr")) for name in EFFECTS},
}
FIELDS = {"MultiTapDelay": "multitap", "PitchShift": "pitch", "GranularPitchShift": "granular", "Freeverb": ""}
PLAN_ONLY = {"sample_rate", "sample"}  # of an output: tonearm.plan's
CONSTANT = {"max_polyphony"}  # the class has it, too
PLAIN = {"__enter__", "__exit__", "paused"}
looked_at = 0


def differ(what, got, wanted):
    global looked_at
    looked_at += 1
    mpy.expect(what, got, wanted)


def function_in_c(file, function):
    with open(os.path.join(SOURCES, file), encoding="utf-8") as source:
        text = source.read()
    text = re.sub(r"\bSOUND_ARGUMENTS(?=,\n)", lambda _: re.search(r"#define SOUND_ARGUMENTS(.*?)\n//", text, re.S)[1].replace("\\\n", "\n"), text)
    if function.endswith("[]") or function.endswith("_namedtuple"):
        return text, re.search(re.escape(function) + r" = {(.*?)\n};\n", text, re.S)[1]
    return text, re.search(r"\n[^\n;]*\b%s\([^;]*?\n{(.*?)\n}\n" % function, text, re.S)[1]


def arguments_in_c(file, function, table="allowed"):
    """[(name, keyword only, default as text)] of the table of a function."""
    text, body = function_in_c(file, function)
    listed = re.search(r"%s\[\w*\] = {(.*?)\n?    };|%s\[\] = ({{.*?}});" % (table, table), body, re.S)
    constants = dict(re.findall(r"\b([A-Z_]+) = (\d+)", text))
    found = []
    for name, flags, value in re.findall(r"{MP_QSTR_(\w+),\s+([^,]+),\s+{\.u_\w+ = (.*?)}}", listed[1] or listed[2]):
        value = re.sub(r"MP_ROM_INT\((\w+)\)", r"\1", value)
        value = re.sub(r"MP_ROM_QSTR\(MP_QSTR_(\w+)\)", r"'\1'", value)
        value = {"MP_ROM_NONE": "None", "false": "False", "true": "True"}.get(value, constants.get(value, value))
        found.append((name, "KW_ONLY" in flags, None if "REQUIRED" in flags else value))
    return found


def fields_in_c(name):
    """{field: how} of an effect's table."""
    module, kind = name.split(".")
    with open(os.path.join(SOURCES, module + ".c"), encoding="utf-8") as source:
        text = source.read()
    table = re.search(r"effect_field_t %s\[\] = {(.*?)\n};" % (FIELDS.get(kind, kind.lower()) + "_fields").lstrip("_"), text, re.S)[1]
    found = {}
    for param, size, other, how in re.findall(r"\bPARAM\((\w+)|\b(MAX_DELAY_MS)\(|\.name = MP_QSTR_(\w+),\s*\.as = FIELD_(\w+)", table):
        found[param or size.lower() or other] = "PARAM" if param else "SIZE" if size else how
    return found


def arguments_of(name):
    """A constructor's, from C. Defaults of what an effect can be set to are the library's: test_api.py reads them, the contract has them."""
    if name not in EFFECTS:
        known = {parameter: default for parameter, _, default in CLASSES[name]["parameters"]}  # what is no constant in C
        listed = arguments_in_c(*MAKERS[name]) if name in MAKERS else []
        return [(argument, key, known[argument] if default == "MP_OBJ_NULL" else default) for argument, key, default in listed]
    module = name.split(".")[0] + "."
    defaults = {parameter: default.replace(module, "") for parameter, _, default in CLASSES[name]["parameters"]}
    own = [(field, True, defaults.get(field)) for field, how in fields_in_c(name).items() if how != "SHOWN"]
    return own + arguments_in_c("effects.c", "effect_make_new", "common")


def properties_of(name):
    """From C."""
    listed = set()
    for file, function in TABLES[name]:
        body = function_in_c(file, function)[1]
        listed |= set(re.findall(r"{MP_QSTR_(\w+), \w*get_\w+, \w+}", body)) | set(re.findall(r"{MP_ROM_QSTR\(MP_QSTR_(\w+)\), MP_ROM_INT", body))
        if function.endswith("_namedtuple"):
            listed |= set(re.findall(r"MP_QSTR_(\w+)", body[body.index(".fields"):]))
    return listed | ({field for field, how in fields_in_c(name).items() if how != "SIZE"} if name in EFFECTS else set())


def arguments_in_stub(function):
    args = function.args
    positional = args.args[1:]
    given = [None] * (len(positional) - len(args.defaults)) + [ast.unparse(d) for d in args.defaults]
    listed = [(a.arg, False, d) for a, d in zip(positional, given)]
    return listed + [(a.arg, True, ast.unparse(d) if d else None) for a, d in zip(args.kwonlyargs, args.kw_defaults)]


def number(text):
    """0x8000 and 32768 are the same default."""
    return str(int(text, 0)) if text and re.fullmatch(r"0x[0-9a-fA-F]+|\d+", text) else text


def same(arguments):
    return [(name, key, number(default)) for name, key, default in arguments]


def documented(what, node):
    if what.rsplit(".")[-1] not in PLAIN:
        differ(f"{what} is described", bool(ast.get_docstring(node)), True)


def check_class(module, node):
    name = f"{module}.{node.name}"
    functions = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
    if "__init__" not in functions:
        check_constants(name, node)
        return
    read_only = {n for n, f in functions.items() if any(ast.unparse(d) == "property" for d in f.decorator_list)}
    can_be_set = {n.target.id for n in node.body if isinstance(n, ast.AnnAssign)}
    methods = set(functions) - read_only - {"__init__"}
    documented(name, node)
    for function, body in functions.items():
        documented(f"{name}.{function}", body)
    stub, source = arguments_in_stub(functions["__init__"]), arguments_of(name)
    differ(f"{name}: arguments", same(stub), [a for a in same(source) if a[0] not in PLAN_ONLY or "sample_rate" in dict.fromkeys(s[0] for s in stub)])
    if "play" in functions and name != "audiofilewriter.AudioFileWriter":
        differ(f"{name}.play: arguments", same(arguments_in_stub(functions["play"])), same(arguments_in_c(*PLAYERS[name])))
    script = f"""
import {MODULES}, io
WAVE = WAV
x = {CLASSES[name]['make']}
print(sorted([n for n in dir({name}) if n not in ('__name__', '__class__', '__init__', '__new__', '__dict__', '__bases__', '__qualname__')]))
def state(n):
    try: v = getattr(x, n)
    except AttributeError: return 'none'
    if callable(v) and not isinstance(v, synthio.MathOperation): return 'method'
    try: setattr(x, n, v)
    except AttributeError: return 'ro'
    return 'rw'
print([state(n) for n in {sorted(read_only | can_be_set)}])
"""
    script = script.replace("WAVE = WAV", f"WAVE = {mpy.scratch('stub.wav')!r}")
    there, states = [ast.literal_eval(line) for line in mpy.run(script).split("\n")[:-1]]
    differ(f"{name}: methods", there, sorted(methods | (CONSTANT & read_only)))
    differ(f"{name}: properties", states, ["rw" if n in can_be_set else "ro" for n in sorted(read_only | can_be_set)])
    # And none that the stub does not know: the properties are in the C sources' tables.
    differ(f"{name}: properties in C", properties_of(name), read_only | can_be_set)


def check_constants(name, node):
    """A class that has values and nothing else."""
    listed = sorted(n.target.id for n in node.body if isinstance(n, ast.AnnAssign))
    there = mpy.run(f"import {name.split('.')[0]}\nprint(sorted([n for n in dir({name}) if n[0] != '_']))")
    differ(f"{name}: values", ast.literal_eval(there), listed)


def check_module(path):
    module = os.path.basename(path)[:-4]
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    documented(module, tree)
    aliases = {"Pin", "ReadableBuffer", "WriteableBuffer", "BlockInput", "NoteSequence", "LFOSequence"}
    names = {n.name for n in tree.body if isinstance(n, (ast.ClassDef, ast.FunctionDef))}
    names |= {n.target.id for n in tree.body if isinstance(n, ast.AnnAssign)}
    names |= {t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets} - aliases
    there = ast.literal_eval(mpy.run(f"import {module}\nprint([n for n in dir({module}) if n[0] != '_'])", board="pimoroni-pico-plus-2"))
    differ(f"{module}: names", sorted(there), sorted(names))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            check_class(module, node)
        elif isinstance(node, ast.FunctionDef):
            documented(f"{module}.{node.name}", node)


def main():
    from test_play import wav_file
    with open(mpy.scratch("stub.wav"), "wb") as file:
        file.write(wav_file("s16", 1, [0] * 100))
    paths = sorted(glob.glob(os.path.join(STUBS, "*.pyi")))
    differ("the stubs that there are", [os.path.basename(p)[:-4] for p in paths],
           ["audiobusio", "audiocore", "audiodelays", "audiofilewriter", "audiofilters", "audiofreeverb", "audiomixer", "audiopwmio", "audiospeed", "board", "synthio", "tonearm"])
    for path in paths:
        check_module(path)
    mpy.finish(looked_at, "things")


if __name__ == "__main__":
    main()
