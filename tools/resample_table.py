#!/usr/bin/env python3
"""The filters of src/source/resample*.c: writes src/source/resample_table.c, which is checked in; test/checks/test_resample_table.py writes it
again and compares.

    resample_table.py [FILE]     to FILE, or to standard output

Each is one wing of a low-pass: a sinc under a Kaiser window, h(t) for t = 0 .. half in periods of the lower rate, `steps` entries to a period, in
1/2^22. It passes up to where its transition begins and is `depth` dB down at half of the lower rate. Between entries a kernel draws a line, for
"good", or a parabola, for "best": so h(1/steps) lies in front of it once more, and behind it a period of zeros, which taps reach that stand beyond its end.

What is not stretched comes as rows besides, for samples of 16 bits: all taps of a wing at a phase lie side by side, and each has the way to the next row with it. NEAR taps
are two words, h in 1/2^31 and the way in 1/2^17; the others are one, h * 2^16 + the way, both in 1/2^18. What a kernel cuts off behind the way is half a unit in the mean, so
much h is up.
"""
import math
import sys

ONE = 1 << 22
# name, periods in a wing, entries in a period, depth in dB, a comment
FILTERS = (("good", 24, 128, 96.0), ("best", 48, 128, 108.0))
NEAR = 4  # taps of a wing that are too large for one word
GUARD = 2  # entries that a parabola reads behind that


def bessel_i0(x):
    total = term = 1.0
    k = 1
    while term > total * 1e-18:
        term *= (x / (2 * k)) ** 2
        total += term
        k += 1
    return total


def transition(half, depth):
    """Width, in cycles of the lower rate (Kaiser's formula)."""
    return (depth - 7.95) / (14.36 * 2 * half)


def wing(half, steps, depth):
    beta = 0.1102 * (depth - 8.7)
    cut = 0.5 - transition(half, depth) / 2
    raw = []
    for n in range(half * steps + 1):
        t = n / steps
        x = 2 * math.pi * cut * t
        sinc = math.sin(x) / x if n else 1.0
        raw.append(sinc * bessel_i0(beta * math.sqrt(max(0.0, 1 - (t / half) ** 2))) / bessel_i0(beta))
    area = (2 * math.fsum(raw) - raw[0]) / steps  # all taps at once, the mean over all phases
    return [value / area for value in raw]


def check(name, half, steps, table):
    """What the kernels' bounds rest on (src/source/resample_private.h)."""
    whole = [table[1]] + table
    slope = max(abs(a - b) for a, b in zip(whole, whole[2:]))
    bend = max(abs(a - 2 * b + c) for a, b, c in zip(whole, whole[1:], whole[2:]))
    place = 1 << 14  # a step
    assert (slope + bend) * place // 2 < 1 << 31, (name, slope, bend)
    assert max(abs(a - b) for a, b in zip(table, table[1:])) * place < 1 << 31, name
    most = 0
    for phase in range(steps):
        most = max(most, sum(abs(v) for v in table[phase::steps]) + sum(abs(v) for v in table[steps - phase::steps]))
    # Samples of 16 bits times the coefficients' high parts (2^-13) stay within 32 bits, also where there are twice as many taps.
    assert (2 * most / 512 + 4 * half) * 32768 < 1 << 31, (name, most / ONE)
    assert 8 * (table[0] / 512 + 1) * 32768 < 1 << 31, name  # and eight of them, however wide the filter is stretched
    assert 2 * half * 511 * 32768 < 1 << 31, name  # the low parts of one wing likewise
    return slope, most / ONE


def rows(half, steps, exact):
    """steps + 1 rows: the last one is for what lies a whole period away."""
    exact = exact + [0.0] * steps
    made = []
    rooms = []  # of each row: the first tap, in 1/2^16; the other near ones, in 1/2^17; the far ones, in 1/2^18
    for phase in range(steps + 1):
        row, room = [], [0, 0, 0]
        for tap in range(half):
            here, there = exact[tap * steps + phase], exact[min(tap * steps + phase + 1, len(exact) - 1)]
            last = phase == steps
            if tap < NEAR:
                h, d = round(here * 2 ** 31) + (1 << (13 if tap else 14)), 0 if last else round((there - here) * 2 ** 17)
                assert abs(h) + abs(d << 14) < 1 << 31
                row += [h, d]
                room[tap > 0] += max(abs(h), abs(h + (d << 14))) / (1 << (14 if tap else 15)) + 1
                continue
            h, d = (round(here * 2 ** 18), 0) if last else (math.floor(here * 2 ** 18 + 1), round((there - here) * 2 ** 18))
            assert abs(h) < 1 << 15 and abs(d) < 1 << 11
            row.append((h << 16) + d)
            room[2] += max(abs(h), abs(h + d)) + 1
        made.append(row)
        rooms.append(room)
    # Samples times coefficients fit 32 bits: each of the three of a wing, and where both wings come together.
    assert all(n * 32768 < 1 << 31 for room in rooms for n in room)
    for phase in range(steps + 1):
        for opposite in {steps - phase, max(steps - 1 - phase, 0)}:
            first, near, far = (a + b for a, b in zip(rooms[phase], rooms[opposite]))
            assert (near / 2 + far / 4) * 32768 < 1 << 31 and (first / 4 + near / 8 + far / 16) * 32768 + (1 << 13) < 1 << 31
    return made


def render():
    out = ["// Made by tools/resample_table.py. Do not edit: change that, and run it.", "",
           '#include "resample_private.h"', "", "#include <stddef.h>", "", "// clang-format off", ""]
    for name, half, steps, depth in FILTERS:
        exact = wing(half, steps, depth)
        table = [round(value * ONE) for value in exact]
        slope, most = check(name, half, steps, table)
        flat = 0.5 - transition(half, depth)
        table = [table[1]] + table + [0] * (steps + GUARD)
        out.append("// Flat up to %.3f of the lower rate, %g dB down at 0.5. Every other entry differs by %d at most; all taps of a"
                   % (flat, depth, slope))
        out.append("// phase have a gain of %.2f together, taken without their signs." % most)
        if name == "best":
            out.append("#if TA_CFG_RESAMPLE_BEST")
        out.append("static const int32_t %s_wing[%d] = {" % (name, len(table)))
        for at in range(0, len(table), 16):
            out.append("    " + " ".join("%d," % v for v in table[at:at + 16]))
        out.append("};")
        if name == "good":
            made = rows(half, steps, exact)
            out.append("static const int32_t good_rows[%d][%d] = {" % (len(made), len(made[0])))
            out += ["    {" + ", ".join("%d" % v for v in row) + "}," for row in made]
            out.append("};")
        out.append("const ta_resample_filter_t ta_resample_%s = {%s_wing, %s, %d, %d};"
                   % (name, name, "good_rows[0]" if name == "good" else "NULL", half, steps.bit_length() - 1))
        if name == "best":
            out.append("#endif")
        out.append("")
    return "\n".join(out).rstrip() + "\n"


if __name__ == "__main__":
    text = render()
    if len(sys.argv) > 1:
        with open(sys.argv[1], "w", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)
