#!/usr/bin/env python3
"""Every example script plays on every board's virtual chip, says what its list says, and leaves nothing claimed; the pins are not silent. So
do the programs that the pages show.

In: micropython/examples, README.md, docs, build/micropython. The lists also serve the emulated Pico (test/emulator/micropython.mjs).
"""
import glob
import json
import os
import re
import shutil

import model
import mpy

EXAMPLES = os.path.join(mpy.ROOT, "micropython/examples")
PAGES = "README.md", "docs/coming-from-circuitpython.md"
TIDY = "\nimport tonearm\nprint('idle', tonearm.chip()['idle'], tonearm.chip()['violations'])\n"


def pages():
    """The programs in the pages; returns how many ran."""
    count = 0
    for page in PAGES:
        with open(os.path.join(mpy.ROOT, page), encoding="utf-8") as file:
            programs = re.findall(r"(?ms)^```python\n(.*?)^```$", file.read())
        mpy.expect(f"{page}: shows a program", len(programs) > 0, True)
        for number, program in enumerate(programs, 1):
            pins = mpy.scratch("page.pins.wav")
            mpy.expect(f"{page} {number}: ends tidily", mpy.run(program + TIDY, pin="wav:" + pins), "idle True 0\n")
            frames = mpy.read_wav(pins)[1]
            mpy.expect(f"{page} {number}: is heard", len(frames) > 3000 and not model.is_silent(frames), True)
            count += 1
    return count


def main():
    with open(os.path.join(EXAMPLES, "said.json"), encoding="utf-8") as file:
        said = json.load(file)
    paths = sorted(glob.glob(os.path.join(EXAMPLES, "*.py")))
    mpy.expect("the examples that there are", [os.path.basename(p)[:-3] for p in paths], sorted(said))
    count = 0
    for board in mpy.BOARDS:
        folder = mpy.scratch(f"examples-{board}")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        for path in paths:
            name = os.path.basename(path)[:-3]
            with open(path, encoding="utf-8") as file:
                script = file.read()
            script += TIDY
            lines = mpy.run(script, board=board, pin=f"wav:{name}.pins.wav", folder=folder).split("\n")[:-1]
            mpy.expect(f"{board} {name}: ends tidily", lines.pop(), "idle True 0")
            wanted = said[name]
            mpy.expect(f"{board} {name}: lines", len(lines) >= len(wanted), True)
            told = [line for line in lines if line.startswith(name + ":")]
            for line, pattern in zip(told, wanted):
                mpy.expect(f"{board} {name}", (line, bool(re.fullmatch(pattern, line))), (line, True))
            mpy.expect(f"{board} {name}: so many lines", len(told), len(wanted))
            frames = mpy.read_wav(os.path.join(folder, f"{name}.pins.wav"))[1]
            mpy.expect(f"{board} {name}: is heard", len(frames) > 3000 and not model.is_silent(frames), True)
            count += 1
        mpy.expect(f"{board}: two outputs, two recordings", os.path.exists(os.path.join(folder, "two.pins-2.wav")), True)
    mpy.finish(count + pages(), "runs")


if __name__ == "__main__":
    main()
