#!/usr/bin/env python3
"""src/source/cost_figures.h from the budgets: what ta_*_cost knows of a frame is what the benches allow it to take.

In: bench/*.budget. Out: exit code 1 and a sentence if the header says something else; --write writes it.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = ROOT / "src/source/cost_figures.h"
SAMPLES = ("u8", "s8", "u16", "s16", "s24", "s24in32", "s32")
CONVERSIONS = [f"{sample}.{channels}.{wire}" for sample in SAMPLES for channels in ("mono", "stereo") for wire in ("s16", "s24", "s32")]
ISR_SAME = "rp2040.isr"  # an interrupt on the RP2350 was not counted: as many instructions as the other has cycles is no less


def budget(name):
    """Lines `name value...` of one file, in order."""
    lines = (ROOT / "bench" / f"{name}.budget").read_text().splitlines()
    return {words[0]: words[1:] for words in (line.split() for line in lines if line and not line.startswith("#"))}


def hundredths(text):
    whole, _, part = text.partition(".")
    if len(part) > 3 or not (whole + part).isdigit():
        sys.exit(f"bench/cost_figures.py: {text} is no figure")
    thousandths = int(whole) * 1000 + int(part.ljust(3, "0"))
    return (thousandths + 9) // 10


def figures():
    """(name, cycles of the Cortex-M0+, instructions of the Cortex-M33), a frame each, as text."""
    cycles, instructions = budget("m0plus"), budget("m33")
    chosen = CONVERSIONS + [name for name in cycles if re.match(r"(shape|pwm|mix|resample|wav)\.", name)]
    rows = [(name, cycles[name][0], instructions[name][0]) for name in chosen]
    rows += [(name, *values) for name, values in budget("synth").items()]
    effects = budget("effects")
    rows += [(name[7:], values[0], effects["m33." + name[7:]][0]) for name, values in effects.items() if name.startswith("m0plus.")]
    output = budget("output")
    for name in [f"feed.{way}.{slot}" for way in ("copy", "lent") for slot in (128, 256, 512)]:
        rows.append((name, output["rp2040." + name][0], output["rp2350." + name][0]))
    rows.append(("isr", output[ISR_SAME][0], output[ISR_SAME][0]))
    return rows


def text():
    lines = [
        "// What was measured: written by bench/cost_figures.py --write from bench/*.budget, which says what each is. Private to src/source.",
        "//",
        "// F(place, name in the budget, hundredths of a cycle on the Cortex-M0+, hundredths of an instruction on the Cortex-M33), of a frame; feed and isr: of a slot.",
        "#ifndef TONEARM_SOURCE_COST_FIGURES_H",
        "#define TONEARM_SOURCE_COST_FIGURES_H",
        "",
        "// clang-format off",
        "#define COST_FIGURES(F) \\",
    ]
    rows = []
    for name, cycles, instructions in figures():
        place = re.sub(r"[^A-Z0-9]", "_", name.replace("+", "_and_").upper())
        rows.append(f'    F(COST_{place}, "{name}", {hundredths(cycles)}, {hundredths(instructions)})')
    return "\n".join(lines) + "\n" + " \\\n".join(rows) + "\n// clang-format on\n\n#endif\n"


def main():
    fresh = text()
    if sys.argv[1:] == ["--write"]:
        HEADER.write_text(fresh)
    elif sys.argv[1:]:
        sys.exit("usage: bench/cost_figures.py [--write]")
    elif HEADER.read_text() != fresh:
        old, new = HEADER.read_text().splitlines(), fresh.splitlines()
        differing = [line.strip(" \\") for line in new if line not in old] or [line.strip(" \\") for line in old if line not in new]
        sys.exit(f"{HEADER.relative_to(ROOT)} is not what the budgets say, {len(differing)} lines, the first: {differing[0] if differing else 'their order'}; "
                 "bench/cost_figures.py --write writes it anew")
    else:
        print(f"{len(figures())} figures are the budgets'")


main()
