#!/usr/bin/env python3
"""Draws the pictures of docs/wiring.md: a board, a module, a wire for each pair of pins. Text is checked to fit its box.

In: the tables below. Out: SVG files beside this script, the same bytes every time; with --check, only a comparison with those that are there.
usage: draw.py [--check]
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
COLOURS = {"power": "#c0392b", "ground": "#444444", "data": "#1f6fb2", "clock": "#2e8b57", "word": "#b8860b", "other": "#7d3c98",
           "option": "#7d3c98"}
# Pico's pins, by the names that the board's own picture has: the number is counted along the edge, from the USB plug (Pico data sheet, 2.1).
PINS = {"VBUS": 40, "3V3": 36, "GND": 38, "GPIO 4": 6, "GPIO 5": 7, "GPIO 9": 12, "GPIO 10": 14, "GPIO 11": 15, "GPIO 12": 16,
        "GPIO 16": 21, "GPIO 17": 22, "GPIO 18": 24, "GPIO 19": 25, "GPIO 21": 27}
# Pictures: title, the board's side, the module's side, wires as (board pin, module pin, kind), those of kind "option" dashed; then the
# module's pins that have no wire, with what to do about them.
DASHED = "dashed: only with amp=12, else"
PICTURES = {
    "max98357a": ("MAX98357A: 3 W amplifier, mono", "Pico", "MAX98357A", [
        ("VBUS", "VIN, 5 V", "power"), ("GND", "GND", "ground"), ("GPIO 9", "DIN", "data"), ("GPIO 10", "BCLK", "clock"),
        ("GPIO 11", "LRC", "word"), ("GPIO 12", "SD", "option")], [f"SD {DASHED} no wire", "GAIN open: 9 dB. + and -: a speaker of 4 to 8 ohms"]),
    "pcm5102": ("PCM5102: line output", "Pico", "PCM5102 board", [
        ("3V3", "VIN", "power"), ("GND", "GND", "ground"), ("GPIO 9", "DIN", "data"), ("GPIO 10", "BCK", "clock"),
        ("GPIO 11", "LCK", "word"), ("GPIO 12", "XSMT", "option")], [
            f"XSMT {DASHED} high, by its jumper", "SCK to GND: no master clock", "FMT to GND: Philips. FLT and DEMP to GND"]),
    "uda1334a": ("UDA1334A: line output", "Pico", "UDA1334A board", [
        ("3V3", "VIN", "power"), ("GND", "GND", "ground"), ("GPIO 9", "DIN", "data"), ("GPIO 10", "BCLK", "clock"),
        ("GPIO 11", "WSEL", "word"), ("GPIO 12", "MUTE", "option")], [
            f"MUTE {DASHED} no wire", "SF0 and SF1 open or to GND: Philips. SCLK and PLL open"]),
    "wm8960": ("WM8960: codec, set up by I2C", "Pico", "WM8960", [
        ("3V3", "VCC, or each VDD", "power"), ("GND", "each GND", "ground"), ("GPIO 9", "DACDAT", "data"), ("GPIO 10", "BCLK", "clock"),
        ("GPIO 11", "DACLRC", "word"), ("GPIO 21", "MCLK", "other"), ("GPIO 4", "SDIN (SDA)", "other"), ("GPIO 5", "SCLK (SCL)", "other")],
               ["MCLK: 256 times the rate, from clk_sys (see the text)", "SPKVDD, for speakers, may have 5 V instead"]),
    "sdcard": ("SD card by SPI", "Pico", "card socket", [
        ("3V3", "VDD", "power"), ("GND", "VSS", "ground"), ("GPIO 16", "DAT0 (MISO)", "data"), ("GPIO 17", "DAT3 (CS)", "other"),
        ("GPIO 18", "CLK (SCK)", "clock"), ("GPIO 19", "CMD (MOSI)", "word")], ["10 kilo-ohms to 3V3 from each of DAT0, DAT3 and CMD"]),
}
PITCH, TOP, BOX, GAP, LETTER = 34, 94, 170, 190, 8.2


class Picture:
    """Shapes and text, and the size that they need."""

    def __init__(self, title, width, height):
        self.size = width, height
        self.parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
                      'font-family="sans-serif" font-size="14">', f"<title>{title}</title>",
                      f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" fill="#fbfbf8" stroke="#999"/>']

    def text(self, x, y, words, anchor="start", weight="normal", room=None):
        if room is not None and len(words) * LETTER > room:
            raise ValueError(f"'{words}' does not fit into {room}")
        self.parts.append(f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}" fill="#222">{words}</text>')

    def box(self, x, y, width, height):
        self.parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="#eef1f4" stroke="#333" stroke-width="1.5"/>')

    def line(self, points, colour="#333", dashed=False):
        dashes = ' stroke-dasharray="9 6"' if dashed else ""
        self.parts.append(f'<polyline points="{" ".join(f"{x},{y}" for x, y in points)}" fill="none" stroke="{colour}" stroke-width="2.5"{dashes}/>')

    def dot(self, x, y, colour="#333"):
        self.parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>')

    def svg(self):
        return "\n".join(self.parts + ["</svg>", ""])


def module(title, left, right, wires, notes):
    height = TOP + PITCH * len(wires) + 22 * len(notes) + 30
    picture = Picture(title, 2 * BOX + GAP + 60, height)
    first, second = 30, 30 + BOX + GAP
    picture.text(30, 32, title, weight="bold")
    for x, name in ((first, left), (second, right)):
        picture.box(x, TOP - 24, BOX, PITCH * len(wires) + 16)
        picture.text(x + BOX / 2, TOP - 32 + 2, name, anchor="middle", room=BOX)
    for n, (start, end, kind) in enumerate(wires):
        y = TOP + PITCH * n + 6
        picture.line([(first + BOX, y), (second, y)], COLOURS[kind], dashed=kind == "option")
        picture.dot(first + BOX, y, COLOURS[kind])
        picture.dot(second, y, COLOURS[kind])
        picture.text(first + BOX - 12, y + 5, f"{start} (pin {PINS[start]})", anchor="end", room=BOX - 24)
        picture.text(second + 12, y + 5, end, room=BOX - 24)
    for n, note in enumerate(notes):
        picture.text(first, TOP + PITCH * len(wires) + 22 * (n + 1), note, room=2 * BOX + GAP)
    return picture.svg()


def resistor(picture, x, y, words):
    picture.parts.append(f'<rect x="{x}" y="{y - 9}" width="56" height="18" fill="#fff" stroke="#333" stroke-width="2"/>')
    picture.text(x + 28, y - 16, words, anchor="middle")


def capacitor(picture, x, y, words):
    """From (x, y) down to ground."""
    picture.line([(x, y), (x, y + 34)])
    picture.line([(x - 14, y + 34), (x + 14, y + 34)])
    picture.line([(x - 14, y + 42), (x + 14, y + 42)])
    picture.line([(x, y + 42), (x, y + 70)])
    picture.line([(x - 12, y + 70), (x + 12, y + 70)], COLOURS["ground"])
    picture.text(x + 20, y + 43, words)
    picture.dot(x, y)


def low_pass():
    picture = Picture("Filter for a PWM pin", 660, 210)
    picture.text(30, 32, "A filter for each PWM pin: two poles, then no direct current", weight="bold")
    y = 90
    picture.text(30, y + 5, "PWM pin")
    picture.line([(92, y), (560, y)], COLOURS["data"])
    resistor(picture, 110, y, "R1 330 ohms")
    capacitor(picture, 225, y, "C1 22 nF")
    resistor(picture, 300, y, "R2 3.3 k")
    capacitor(picture, 410, y, "C2 2.2 nF")
    x = 500
    picture.parts.append(f'<rect x="{x}" y="{y - 4}" width="8" height="8" fill="#fbfbf8"/>')
    picture.line([(x, y - 14), (x, y + 14)])
    picture.line([(x + 8, y - 14), (x + 8, y + 14)])
    picture.text(x + 4, y - 22, "C3 10 µF", anchor="middle")
    picture.text(568, y + 5, "line out")
    picture.text(30, 192, "C1, C2: film or C0G. C3: + towards the pin. GND of the line out to GND of the board.")
    return picture.svg()


def main():
    wrong = []
    for name, text in [*((name, module(*what)) for name, what in PICTURES.items()), ("lowpass", low_pass())]:
        path = os.path.join(HERE, f"{name}.svg")
        if "--check" in sys.argv[1:]:
            if not os.path.exists(path) or open(path, encoding="utf-8").read() != text:
                wrong.append(f"{path} is not what draw.py draws")
        else:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    sys.exit("\n".join(wrong) or 0)


main()
