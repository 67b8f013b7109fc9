#!/usr/bin/env python3
"""Every name, signature, default, property and read-only flag of the contract is there: prints the table, fails on a gap.

In: build/micropython, test/python/contract.py. A parameter is looked at by calling: by position, by keyword, left out, once too many; a
property by reading and setting.
"""
import mpy
from contract import CLASSES, CONSTANTS, FUNCTIONS, MODULES, REQUIRED
from test_play import wav_file

HEAD = """
import MODULES, gc, io
WAVE = {wave!r}
def attempt(f):
    try: return f()
    except Exception as e: return '%s: %s' % (type(e).__name__, e)
def close(x):
    if hasattr(x, 'deinit'): x.deinit()
    return x
def row(name, what, ok): print('%s|%s|%s' % (name, what, 'there' if ok is True else 'MISSING: ' + str(ok)))
""".replace("MODULES", MODULES)


def arguments(spec, *, up_to=None, by_keyword=False, extra=""):
    """The text of a call's arguments: positional ones up to that many, then whatever is required."""
    parts = []
    for number, (name, kind, default) in enumerate(spec["parameters"]):
        if kind != "pos" or (default is not REQUIRED and up_to is None):
            continue
        if up_to is not None and number >= up_to:
            continue
        value = spec["values"][name]
        parts.append(f"{name}={value}" if by_keyword and default is REQUIRED else value)
    return ", ".join(parts + ([extra] if extra else []))


def constructor(name, spec):
    """Lines of script for each parameter."""
    parameters = spec["parameters"]
    positional = [p for p in parameters if p[1] == "pos"]
    required = [p for p in positional if p[2] is REQUIRED]
    lines = [f"row({name!r}, 'by keyword', isinstance(attempt(lambda: close({name}({arguments(spec, by_keyword=True)}))), {name}))",
             f"row({name!r}, 'by position', isinstance(attempt(lambda: close({name}({arguments(spec, up_to=len(positional))}))), {name}))",
             f"row({name!r}, 'no unknown keyword', attempt(lambda: {name}({arguments(spec, extra='unknown=1')})) == "
             "\"TypeError: unexpected keyword argument 'unknown'\")"]
    many = arguments(spec, up_to=len(positional), extra="None")
    if not parameters or len(positional) < len(parameters) or name.endswith("WaveFile"):
        lines.append(f"row({name!r}, 'no further positional', attempt(lambda: {name}({many})) == 'TypeError: extra positional arguments given')")
    for number, (parameter, _, _) in enumerate(required):
        lines.append(f"row({name!r}, '{parameter}, required', attempt(lambda: {name}({arguments(spec, up_to=number)})) == "
                     f"\"TypeError: '{parameter}' argument required\")")
    for parameter, kind, default in parameters:
        if kind != "key":
            continue
        call = f"{name}({arguments(spec, extra=f'{parameter}={default}')})"
        lines.append(f"row({name!r}, '{parameter}={default}', isinstance(attempt(lambda: close({call})), {name}))")
        if parameter in spec["shown"]:
            lines += [f"x = {spec['make']}", f"row({name!r}, '{parameter} is {default} unless given', {spec['shown'][parameter]} == {default})"]
    return lines


def members(name, spec):
    lines = []
    for member, kind in spec["members"].items():
        lines.append(f"x = {spec['make']}")
        if kind == "ro":
            lines += [f"def read_only():\n    x.{member}\n    try: x.{member} = 1\n    except AttributeError: return True\n    return 'can be set'",
                      f"row({name!r}, '{member}, read-only', attempt(read_only))"]
        elif kind.startswith(member):
            if member in ("pause",):
                lines.append(OUTPUT_PLAYS)
            lines.append(f"row({name!r}, '{kind.replace(chr(39), '')}', not isinstance(attempt(lambda: x.{kind}), str))")
        else:
            lines += [f"def set_it():\n    x.{member} = {kind}\n    return x.{member} == {kind}", f"row({name!r}, '{member}, read and set', attempt(set_it))"]
        lines.append("close(x)")
    return lines


OUTPUT_PLAYS = "x.play(audiocore.RawSample(bytearray(1000)))"
EXTRA = """
x = audiobusio.I2SOut(10, 11, 9)
s = audiocore.RawSample(bytearray(1000))
row('play', 'sample by keyword', attempt(lambda: x.play(sample=s)) is None)
row('play', 'loop by keyword only', attempt(lambda: x.play(s, True)) == 'TypeError: extra positional arguments given')
row('play', 'sample, required', attempt(lambda: x.play()) == "TypeError: 'sample' argument required")
row('context manager', 'gives itself', x.__enter__() is x)
x.deinit()
row('I2SOut', 'left_justified=True', isinstance(attempt(lambda: close(audiobusio.I2SOut(11, 10, 9, left_justified=True))), audiobusio.I2SOut))
row('I2SOut', 'main_clock=1', attempt(lambda: audiobusio.I2SOut(10, 11, 9, main_clock=1)) == 'NotImplementedError: main_clock')
for x in (audiomixer.Mixer(), synthio.Synthesizer(), synthio.MidiTrack(b'', 640)):
    name = type(x).__name__
    row(name, 'shed', attempt(lambda: x.shed) == 0)
    row(name, 'shed, read-only', 'AttributeError' in attempt(lambda: setattr(x, 'shed', 1)))
    x.deinit()
import board
for n in range(48): row('board', 'GP%d' % n, getattr(board, 'GP%d' % n) == n)
for name, n in (('LED', 25), ('SMPS_MODE', 23), ('VBUS_SENSE', 24), ('VOLTAGE_MONITOR', 29), ('GP26_A0', 26), ('GP27_A1', 27), ('GP28_A2', 28),
                ('A0', 26), ('A1', 27), ('A2', 28), ('A3', 29)): row('board', name, attempt(lambda: getattr(board, name)) == n)
row('I2SOut', 'external_clock=True', attempt(lambda: audiobusio.I2SOut(10, 11, 9, external_clock=True)) == 'NotImplementedError: external_clock')
"""


def main():
    wave = mpy.scratch("api.wav")
    with open(wave, "wb") as file:
        file.write(wav_file("s16", 1, [0] * 100))
    scripts = [constructor(name, spec) + members(name, spec) for name, spec in CLASSES.items()]  # one fits into a Pico's heap
    scripts.append([f"row({name!r}, 'function', not isinstance(attempt(lambda: {name}{call}), str))" for name, call in FUNCTIONS.items()] + [EXTRA])
    scripts.append([f"row({name!r}, {value!r}, attempt(lambda: repr({name}.{value})) == '{name}.{value}' and isinstance({name}.{value}, {name}))"
                    for name, values in CONSTANTS.items() for value in values])
    scripts.append([f"row('MathOperation', '{value} can be called', attempt(lambda: synthio.MathOperation.{value}(4, b=5, c=6).operation) is synthio.MathOperation.{value})"
                    for value in CONSTANTS["synthio.MathOperation"]] + ["row('synthio', 'waveform_max_length', synthio.waveform_max_length == 16384)"])
    rows = [line.split("|") for script in scripts for line in mpy.run("\n".join([HEAD.format(wave=wave), *script])).split("\n")[:-1]]
    for name, what, there in rows:
        print(f"{name:32} {what:64} {there}")
        if there != "there":
            mpy.failures.append(f"{name} {what}")
    wanted = sum(len(spec["members"]) + len(spec["parameters"]) + 3 for spec in CLASSES.values()) + len(FUNCTIONS) + sum(map(len, CONSTANTS.values())) + EXTRA.count("row(") + 47 + 10
    if len(rows) < wanted:
        mpy.failures.append(f"only {len(rows)} rows, at least {wanted} wanted")
    mpy.finish(len(rows), "names")


if __name__ == "__main__":
    main()
