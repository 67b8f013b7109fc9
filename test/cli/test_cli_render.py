#!/usr/bin/env python3
"""tonearm render: songs become the frames that their events say, scripts what they play; and what goes wrong is said, with nothing left behind.

In: the command, $TONEARM; for scripts, a stand-in for the interpreter, and build/micropython where test/python/ builds it. Out: unittest's report.
"""
import json
import os
import stat
import struct
import subprocess
import sys
import tempfile
import unittest
import wave

sys.dont_write_bytecode = True
TONEARM = os.path.abspath(os.environ.get("TONEARM", "build/tonearm"))
PLAYED, FAILED, USAGE = 0, 1, 2


def varlen(value):
    out = bytes([value & 127])
    while value > 127:
        value >>= 7
        out = bytes([value & 127 | 128]) + out
    return out


def track(*events):
    body = b"".join(varlen(wait) + event for wait, event in events) + b"\0\xff\x2f\0"
    return b"MTrk" + struct.pack(">I", len(body)) + body


def song(*tracks, division=480):
    return b"MThd" + struct.pack(">IHHH", 6, 1 if len(tracks) > 1 else 0, len(tracks), division) + b"".join(tracks)


# Two quarters at 120 a minute: A, then a rest.
SIMPLE = song(track((0, b"\x90\x45\x64"), (480, b"\x80\x45\0"), (480, b"\x90\x45\0")))


def run(words, folder, env=None):
    return subprocess.run([TONEARM, "render", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=120,
                          env=dict(os.environ, **(env or {})), stdin=subprocess.DEVNULL)


def frames_of(path):
    with wave.open(path, "rb") as file:
        data = file.readframes(file.getnframes())
        return file.getframerate(), file.getnchannels(), struct.unpack(f"<{len(data) // 2}h", data)


class Songs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        with open(self.path("s.mid"), "wb") as file:
            file.write(SIMPLE)

    def path(self, name):
        return os.path.join(self.folder, name)

    def test_a_note_has_its_pitch_and_its_length(self):
        for wave_name in ("triangle", "sine", "saw", "square"):
            with self.subTest(wave=wave_name):
                done = run(["s.mid", "-o", "o.wav", "--wave", wave_name, "--rate", "48000"], self.folder)
                self.assertEqual((done.returncode, done.stderr), (PLAYED, ""))
                rate, channels, samples = frames_of(self.path("o.wav"))
                self.assertEqual((rate, channels), (48000, 2))
                left, right = samples[::2], samples[1::2]
                self.assertEqual(left, right)
                part = left[4800:4800 + 9600]  # 0.2 s of 440 Hz: 88 periods
                rises = sum(a < 0 <= b for a, b in zip(part, part[1:]))
                self.assertIn(rises, (87, 88, 89))
                self.assertGreater(max(left), 3000)
                self.assertEqual(max(map(abs, left[int(0.75 * rate):])), 0)  # the default envelope's release is 0.2 s
                self.assertTrue(1.0 <= len(left) / rate < 1.01)

    def test_the_report_says_what_was_made(self):
        done = run(["s.mid", "-o", "o.wav", "--json"], self.folder)
        report = json.loads(done.stdout)
        self.assertEqual((report["midi_type"], report["tracks"], report["song_us"], report["rate_hz"], report["stolen"]),
                         (0, 1, 1000000, 44100, 0))
        self.assertEqual(report["frames"], len(frames_of(self.path("o.wav"))[2]) // 2)
        few = run(["s.mid", "-o", "o.wav"], self.folder)
        self.assertIn("MIDI type 0, 1 track", few.stdout)
        self.assertIn("wrote     o.wav", few.stdout)
        self.assertTrue(all(len(line) <= 80 for line in few.stdout.splitlines()), few.stdout)
        self.assertEqual(run(["s.mid", "-o", "o.wav", "--quiet"], self.folder).stdout, "")

    def test_notes_that_were_cut_are_told(self):
        with open(self.path("chord.mid"), "wb") as file:
            file.write(song(track(*[(0, bytes([0x90, 60 + n, 100])) for n in range(4)], (480, b"\x80\x3c\0"))))
        report = json.loads(run(["chord.mid", "-o", "o.wav", "--json", "--polyphony", "2"], self.folder).stdout)
        self.assertEqual((report["polyphony"], report["stolen"]), (2, 2))

    def test_what_sounds_at_the_end_is_released_and_heard_out(self):
        with open(self.path("held.mid"), "wb") as file:
            file.write(song(track((0, b"\x90\x45\x64"), (480, b"\x91\x45\0"))))
        run(["held.mid", "-o", "o.wav", "--rate", "8000"], self.folder)
        left = frames_of(self.path("o.wav"))[2][::2]
        self.assertGreater(max(map(abs, left[4100:4300])), 1000)
        self.assertLess(max(map(abs, left[-16:])), 100)
        self.assertTrue(4000 + 800 < len(left) < 4000 + 2400, len(left))  # a release of 0.2 s

    def test_drums_are_left_out(self):
        with open(self.path("drums.mid"), "wb") as file:
            file.write(song(track((0, b"\x99\x45\x64"), (480, b"\x89\x45\0"))))
        run(["drums.mid", "-o", "o.wav"], self.folder)
        self.assertEqual(set(frames_of(self.path("o.wav"))[2]), {0})

    def test_standard_output_takes_a_song(self):
        done = subprocess.run([TONEARM, "render", "s.mid", "-o", "-", "--quiet"], cwd=self.folder, capture_output=True, check=True)
        run(["s.mid", "-o", "o.wav"], self.folder)
        with open(self.path("o.wav"), "rb") as file:
            self.assertEqual(done.stdout, file.read())

    def test_what_is_wrong_is_said(self):
        cases = [
            (["s.mid"], USAGE, "-o FILE"), (["-o", "o.wav"], USAGE, "needs a FILE"), (["s.mid", "-o", "s.mid"], USAGE, "s.mid"),
            (["none.mid", "-o", "o.wav"], FAILED, "none.mid"), ([".", "-o", "o.wav"], FAILED, "directory"),
            (["s.mid", "-o", "no/o.wav"], FAILED, "no/o.wav"), (["s.mid", "-o", "o.wav", "--rate", "999"], USAGE, "1000 to 384000"),
            (["s.mid", "-o", "o.wav", "--rate", "384001"], USAGE, "1000 to 384000"), (["s.mid", "-o", "o.wav", "--wave", "noise"], USAGE, "triangle"),
            (["s.mid", "-o", "o.wav", "--polyphony", "0"], USAGE, "1 to 128"), (["s.mid", "-o", "o.wav", "--polyphony", "129"], USAGE, "1 to 128"),
            (["s.mid", "-o", "-", "--json"], USAGE, "standard output"), (["s.mid", "-o", "o.wav", "--loop", "2"], USAGE, "--loop"),
        ]
        for cut in range(0, len(SIMPLE) - 4):
            with open(self.path(f"cut{cut}"), "wb") as file:
                file.write(SIMPLE[:cut])
            cases.append(([f"cut{cut}", "-o", "o.wav"], FAILED, f"cut{cut}"))
        before = sorted(os.listdir(self.folder))
        for words, code, word in cases:
            with self.subTest(words=words):
                done = run(words, self.folder)
                self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
                self.assertTrue(done.stderr.startswith("tonearm: "), done.stderr)
                self.assertIn(word, " ".join(done.stderr.split()))
                self.assertEqual(sorted(os.listdir(self.folder)), before)


STAND_IN = """#!/usr/bin/env python3
import os, sys, wave
script = open(sys.argv[1]).read().split()
pin = os.environ["TONEARM_PIN"]
assert pin.startswith("wav:")
for number in range(int(script[0])):
    name = pin[4:] if number == 0 else pin[4:-4] + f"-{number + 1}.wav"
    with wave.open(name, "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", "none"))
        file.writeframes(bytes([number]) * 8)
sys.exit(int(script[1]))
"""


class Scripts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.stand_in = os.path.join(self.folder, "mp")
        with open(self.stand_in, "w", encoding="utf-8") as file:
            file.write(STAND_IN)
        os.chmod(self.stand_in, stat.S_IRWXU)

    def script(self, text):
        with open(os.path.join(self.folder, "s.py"), "w", encoding="utf-8") as file:
            file.write(text)

    def files(self):
        return sorted(set(os.listdir(self.folder)) - {"mp", "s.py"})

    def test_what_it_records_gets_its_name(self):
        for outputs, files in ((1, ["o.wav"]), (3, ["o-2.wav", "o-3.wav", "o.wav"])):
            self.script(f"{outputs} 0")
            done = run(["s.py", "-o", "o.wav", "--micropython", self.stand_in], self.folder)
            self.assertEqual((done.returncode, done.stderr, self.files()), (PLAYED, "", files))
            for number, name in enumerate(["o.wav", "o-2.wav", "o-3.wav"][:outputs]):
                self.assertEqual(frames_of(os.path.join(self.folder, name))[2][0], number * 257)
        self.script("1 0")
        done = run(["s.py", "-o", "e.wav", "--quiet"], self.folder, {"TONEARM_MICROPYTHON": self.stand_in})
        self.assertEqual((done.returncode, done.stdout, done.stderr), (PLAYED, "", ""))

    def test_what_goes_wrong_leaves_nothing(self):
        cases = [("1 3", ["s.py", "-o", "o.wav"], 3, ""), ("0 0", ["s.py", "-o", "o.wav"], FAILED, "opened no output"),
                 ("1 0", ["s.py", "-o", "-"], USAGE, "name one"), ("1 0", ["s.py", "-o", "no/o.wav"], FAILED, "no/o.wav"),
                 ("1 0", ["none.py", "-o", "o.wav"], FAILED, "none.py"), ("1 0", ["s.py", "-o", "."], USAGE, "no name of a file")]
        cases += [("1 0", ["s.py", "-o", "o.wav", *option], USAGE, option[0] + " is for songs")
                  for option in (["--wave", "saw"], ["--rate", "48000"], ["--polyphony", "4"], ["--json"])]
        for text, words, code, word in cases:
            with self.subTest(words=words, script=text):
                self.script(text)
                done = run([*words, "--micropython", self.stand_in], self.folder)
                self.assertEqual((done.returncode, self.files()), (code, []), done.stderr)
                self.assertIn(word, " ".join(done.stderr.split()))
        self.script("1 0")
        done = run(["s.py", "-o", "o.wav", "--micropython", "./nobody"], self.folder)
        self.assertEqual((done.returncode, self.files()), (FAILED, []))
        self.assertIn("make micropython", " ".join(done.stderr.split()))


if __name__ == "__main__":
    unittest.main()
