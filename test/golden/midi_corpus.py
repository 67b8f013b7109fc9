#!/usr/bin/env python3
"""The MIDI player against music that others wrote and a reader of our own writing that shares nothing with it.

In: the 31 files of Debian's openttd-openmsx, and BUILD/libtonearm.a. Plays each to its end with midi_play.c; compares the frames, the time, the number of events, of presses and of keys that were
left on with what the parser here finds, in fractions. Each file is also cut at 40 places, and must then be refused with a byte. Out: counts, which are asserted; exit code 0 only if all of it held.
"""
import fractions
import glob
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
MUSIC = "/usr/share/games/openttd/baseset/openmsx/*.mid"
FILES, RATE, CUTS = 31, 8000, 40


def variable(data, at):
    value = 0
    while True:
        value = value << 7 | data[at] & 127
        at += 1
        if data[at - 1] < 128:
            return value, at


def read_track(data, number):
    """(tick, number of the track, order in it, event) of each event up to the end of the track."""
    events, at, tick, status = [], 0, 0, None
    while at < len(data):
        delta, at = variable(data, at)
        tick += delta
        if data[at] >= 0x80:
            status_now, at = data[at], at + 1
            status = status_now if status_now < 0xF0 else status
        else:
            status_now = status
        if status_now == 0xFF:
            kind, (length, at) = data[at], variable(data, at + 1)
            event, at = ("meta", kind, data[at:at + length]), at + length
        elif status_now in (0xF0, 0xF7):
            length, at = variable(data, at)
            event, at = ("sysex",), at + length
        else:
            length = 1 if status_now >> 4 in (0xC, 0xD) else 2
            event, at = ("channel", status_now, *data[at:at + length]), at + length
        events.append((tick, number, len(events), event))
        if event[:2] == ("meta", 0x2F):
            break
    return events


def expected(data):
    """Frames, microseconds, events, presses, keys on at the end."""
    assert data[:4] == b"MThd"
    at = 8 + int.from_bytes(data[4:8], "big")
    tracks, division = (int.from_bytes(data[k:k + 2], "big") for k in (10, 12))
    assert division < 0x8000
    events = []
    for number in range(tracks):
        assert data[at:at + 4] == b"MTrk"
        length = int.from_bytes(data[at + 4:at + 8], "big")
        events += read_track(data[at + 8:at + 8 + length], number)
        at += 8 + length
    events.sort(key=lambda event: event[:2])  # stable: within a track as they come
    seconds, tempo, before, presses, on = fractions.Fraction(0), 500000, 0, 0, set()
    for tick, _, _, event in events:
        seconds += fractions.Fraction((tick - before) * tempo, division * 1000000)
        before = tick
        if event[:2] == ("meta", 0x51):
            tempo = int.from_bytes(event[2][:3], "big") or tempo
        elif event[0] == "channel":
            kind, channel = event[1] >> 4, event[1] & 15
            if kind == 9 and event[3] > 0:
                presses += 1
                on.add((channel, event[2]))
            elif kind in (8, 9):
                on.discard((channel, event[2]))
            elif kind == 11 and event[2] in (120, 123):
                on = {key for key in on if key[0] != channel}
    return int(seconds * RATE), int(seconds * 1000000), len(events), presses, len(on)


def main():
    names = sorted(glob.glob(MUSIC))
    if len(names) != FILES:
        sys.exit(f"{len(names)} files at {MUSIC}, not {FILES}: install Debian's openttd-openmsx")
    with tempfile.TemporaryDirectory() as folder:
        player = os.path.join(folder, "midi_play")
        subprocess.run(["gcc", "-O2", "-std=gnu11", "-I", os.path.join(ROOT, "include"), os.path.join(ROOT, "test/golden/midi_play.c"),
                        os.path.join(BUILD, "libtonearm.a"), "-o", player, "-lm", "-lpthread", "-ldl"], check=True)
        played = subprocess.run([player, str(RATE), *names], check=True, capture_output=True, text=True).stdout.strip().split("\n")
        assert len(played) == FILES
        minutes, cuts = 0.0, 0
        for name, line in zip(names, played):
            scanned, frames, microseconds, events, presses, on, loudest = (int(word) for word in line.split()[:7])
            with open(name, "rb") as file:
                data = file.read()
            wanted = expected(data)
            if (frames, microseconds, events, presses, on) != wanted or scanned != frames:
                sys.exit(f"{name}: {line}, must be {wanted}")
            if not (20 < frames / RATE < 600 and loudest > 10000):
                sys.exit(f"{name}: {frames / RATE} s, loudest sample {loudest}")
            minutes += frames / RATE / 60
            for cut in range(CUTS):
                at = (len(data) - 1) * cut // CUTS
                with open(os.path.join(folder, "cut.mid"), "wb") as file:
                    file.write(data[:at])
                refused = subprocess.run([player, str(RATE), os.path.join(folder, "cut.mid")], check=False, capture_output=True, text=True)
                if refused.returncode != 1 or f"(byte {at})" not in refused.stderr:
                    sys.exit(f"{name} cut at {at}: exit code {refused.returncode}, {refused.stderr}")
                cuts += 1
    print(f"midi: {FILES} files, {minutes:.0f} minutes, {cuts} cut")
    assert cuts == FILES * CUTS


main()
