#!/usr/bin/env python3
"""What a DAC takes from the pins of an output of a fixed rate that plays a file of another one.

In: the command, $TONEARM. Each file has a tone of its own in either channel, near full scale. Out: a table of the level and the noise of each
channel, by a least-squares fit of the tone; a finding where a tone is in the wrong channel, is too low or high, or has more beside it than its quality
allows, where the length is not exact, or where there is a hole or a frame that was altered on the way (24 bits against 16).
"""
import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import wave

TONEARM = os.path.abspath(os.environ.get("TONEARM", "build/tonearm"))
TONES = (997.0, 5003.0)
SECONDS = 0.4
# quality, bits, SNR of the lower and of the higher tone, least
CASES = [
    (board, file_hz, rate_hz, quality, bits)
    for file_hz, rate_hz in ((44100, 48000), (48000, 44100), (22050, 48000), (96000, 44100))
    for board, quality, bits in (("pico", "good", 16), ("pico2", "good", 24), ("pico", "best", 16), ("pico", "linear", 16))
]
LEAST = {"good": (90, 90), "best": (92, 92), "linear": (48, 18)}


def make(path, rate_hz, bits):
    frames = round(SECONDS * rate_hz)
    full = 0.98 * (1 << (bits - 1))
    with wave.open(path, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(bits // 8)
        file.setframerate(rate_hz)
        samples = (round(full * math.sin(2 * math.pi * hz * n / rate_hz)) for n in range(frames) for hz in TONES)
        file.writeframes(b"".join(struct.pack("<i", s << (32 - bits))[4 - bits // 8:] for s in samples))
    return frames


def read(path):
    with wave.open(path, "rb") as file:
        width, frames = file.getsampwidth(), file.getnframes()
        data = file.readframes(frames)
        assert file.getnchannels() == 2
        rate = file.getframerate()
    values = [int.from_bytes(data[i:i + width], "little", signed=True) / (1 << (8 * width - 1)) for i in range(0, len(data), width)]
    return rate, values[0::2], values[1::2]


def fit(signal, hz, rate):
    """Amplitude of the tone, and everything else beside it, in dB."""
    cos = [math.cos(2 * math.pi * hz * n / rate) for n in range(len(signal))]
    sin = [math.sin(2 * math.pi * hz * n / rate) for n in range(len(signal))]
    cc, ss = math.fsum(c * c for c in cos), math.fsum(s * s for s in sin)
    cs = math.fsum(c * s for c, s in zip(cos, sin))
    yc, ys = math.fsum(y * c for y, c in zip(signal, cos)), math.fsum(y * s for y, s in zip(signal, sin))
    det = cc * ss - cs * cs
    a, b = (yc * ss - ys * cs) / det, (ys * cc - yc * cs) / det
    rest = math.fsum((y - a * c - b * s) ** 2 for y, c, s in zip(signal, cos, sin)) / len(signal)
    return math.hypot(a, b), -10 * math.log10(rest / (a * a + b * b) * 2 + 1e-20)


def program(left, right):
    """Between the silences and their ramps, well inside."""
    loud = [n for n, (l, r) in enumerate(zip(left, right)) if abs(l) > 0.01 or abs(r) > 0.01]
    return loud[0] + 300, loud[-1] - 300


def run(case, folder):
    board, file_hz, rate_hz, quality, bits = case
    path, out, report = (os.path.join(folder, name) for name in ("in.wav", "out.wav", "report.json"))
    frames = make(path, file_hz, bits)
    done = subprocess.run([TONEARM, "play", path, "--board", board, "--rate", str(rate_hz), "--resample", quality, "--bits", str(bits),
                           "--out", out, "--report", report, "--quiet"], capture_output=True, text=True, check=False)
    name = f"{file_hz} to {rate_hz}, {quality}, {bits} bits, {board}"
    if done.returncode:
        return [f"{name}: exit code {done.returncode}: {done.stderr.strip()}"]
    findings = []
    with open(report, encoding="utf-8") as file:
        facts = json.load(file)["report"]
    exact = -(-frames * rate_hz // file_hz)
    if facts["frames_in"] != exact or facts["holes_counted"] != 0:
        findings.append(f"{name}: {facts['frames_in']} frames and {facts['holes_counted']} holes, not {exact} and none")
    rate, left, right = read(out)
    if rate != rate_hz:
        findings.append(f"{name}: the file that was heard has {rate} Hz")
    first, last = program(left, right)
    row = []
    for side, signal, hz, least in zip(("left", "right"), (left, right), TONES, LEAST[quality]):
        level, snr = fit(signal[first:last], hz, rate_hz)
        row.append(f"{side} {20 * math.log10(level):6.2f} dB, SNR {snr:5.1f} dB")
        lowest = 0.8 if quality == "linear" else 0.97
        if snr < least or not lowest < level < 0.99:
            findings.append(f"{name}: {side} has its tone at {level:.3f} of full scale with an SNR of {snr:.1f} dB, {least} dB are wanted")
    print(f"{name:42} {'; '.join(row)}")
    return findings


def main():
    findings = []
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            findings += run(case, folder)
    for finding in findings:
        print(finding)
    print(f"resample: {len(CASES)} cases, {len(findings)} findings")
    sys.exit(1 if findings else 0)


main()
