#!/usr/bin/env python3
"""Every example script plays on every board's virtual chip, says what its list says, and leaves nothing claimed; the pins are not silent.

In: micropython/examples, build/micropython. The lists also serve the emulated Pico (test/emulator/micropython.mjs).
"""
import glob
import json
import os
import re
import shutil

import model
import mpy

EXAMPLES = os.path.join(mpy.ROOT, "micropython/examples")


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
            script += "\nimport tonearm\nprint('idle', tonearm.chip()['idle'], tonearm.chip()['violations'])\n"
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
    mpy.finish(count, "runs")


if __name__ == "__main__":
    main()
