#!/usr/bin/env python3
"""What goes wrong on the command line, and how the command says so.

In: the command, $TONEARM. For each case: a folder with nothing but its input; the exit code, exactly one sentence on stderr that
contains a word which the user needs, and afterwards the folder and TMPDIR hold what they held before. Controls show that the
same inputs play when nothing is wrong.
"""
import fcntl
import json
import os
import pty
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest
import wave

TONEARM = os.path.abspath(os.environ.get("TONEARM", "build/tonearm"))
PLAYED, FAILED, USAGE, REFUSED = 0, 1, 2, 3
FRAMES = 2000


def chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def fmt(tag=1, channels=2, rate=44100, bits=16, align=None):
    align = channels * bits // 8 if align is None else align
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, (rate * align) & 0xFFFFFFFF, align, bits))


def riff(*chunks):
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def samples(frames=FRAMES, channels=2):
    return b"".join(struct.pack("<h", (i * 37) % 20000 - 10000) * channels for i in range(frames))


GOOD = riff(fmt(), chunk(b"data", samples()))
BAD_FILES = {  # name: bytes, a word that the sentence must have
    "empty": (b"", "a.wav"),
    "text": (b"#!/bin/sh\necho hello, this is no recording at all\n" * 4, "RIFF"),
    "riff_but_not_wave": (b"RIFF" + struct.pack("<I", 100) + b"AVI " + b"\0" * 96, "WAVE"),
    "cut_in_the_riff_header": (GOOD[:7], "a.wav"),
    "cut_in_fmt": (GOOD[:30], "a.wav"),
    "no_fmt": (riff(chunk(b"data", samples())), "fmt"),
    "no_data": (riff(fmt()), "data"),
    "adpcm": (riff(fmt(tag=2, bits=4, align=1024), chunk(b"data", samples())), "0x0002"),
    "alaw": (riff(fmt(tag=6, bits=8), chunk(b"data", samples())), "0x0006"),
    "mulaw": (riff(fmt(tag=7, bits=8), chunk(b"data", samples())), "0x0007"),
    "ima_adpcm": (riff(fmt(tag=0x11, bits=4, align=1024), chunk(b"data", samples())), "0x0011"),
    "mp3": (riff(fmt(tag=0x55, bits=0, align=1), chunk(b"data", samples())), "0x0055"),
    "no_channels": (riff(fmt(channels=0), chunk(b"data", samples())), "channel"),
    "no_rate": (riff(fmt(rate=0), chunk(b"data", samples())), "0 Hz"),
    "rate_too_low": (riff(fmt(rate=999), chunk(b"data", samples())), "999"),
    "rate_too_high": (riff(fmt(rate=400000), chunk(b"data", samples())), "400000"),
    "absurd_rate": (riff(fmt(rate=0xFFFFFFFF), chunk(b"data", samples())), "4294967295"),
    "bits_of_nothing": (riff(fmt(bits=0, align=4), chunk(b"data", samples())), "bit"),
    "odd_frames": (riff(fmt(align=3), chunk(b"data", samples())), "3"),
    "sixty_four_bits": (riff(fmt(bits=64), chunk(b"data", samples())), "bit"),
    "absurd_fmt_chunk": (b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + b"WAVEfmt " + struct.pack("<I", 0xFFFFFFF0) + b"\1\0" * 20, "fmt"),
    "absurd_first_chunk": (riff(b"LIST" + struct.pack("<I", 0xFFFFFFF0) + b"x" * 64), "a.wav"),
}

USAGE_CASES = [  # arguments, a word that the sentence must have; {f} is a file that plays
    ("", "command"),
    ("sing {f}", "sing"),
    ("--frobnicate", "--frobnicate"),
    ("play", "FILE"),
    ("plan", "FILE"),
    ("info", "FILE"),
    ("play {f} {f}", "one"),
    ("boards {f}", "no file"),
    ("play {f} --frobnicate", "--frobnicate"),
    ("play {f} -x", "-x"),
    ("play {f} --mono=1", "--mono"),
    ("play {f} --out", "--out"),
    ("info {f} --board pico", "--board"),
    ("plan {f} --out o.wav", "--out"),
    ("play {f} --board pico3", "pico2"),
    ("plan {f} --board ''", "pico2"),
    ("play {f} --pin i2c", "speaker"),
    ("play {f} --bits 20", "16, 24 or 32"),
    ("play {f} --bits 16.0", "16, 24 or 32"),
    ("play {f} --bits", "--bits"),
    ("play {f} --memory bogus", "arena"),
    ("play {f} --loop -1", "--loop"),
    ("play {f} --loop 1x", "--loop"),
    ("play {f} --loop 4294967296", "--loop"),
    ("play {f} --rate 999", "1000 to 384000"),
    ("plan {f} --rate 384001", "1000 to 384000"),
    ("play {f} --rate 44100x", "--rate"),
    ("play {f} --resample good", "--rate HZ"),
    ("plan {f} --rate 48000 --resample fine", "linear, good or best"),
    ("play {f} --buffer 0.999", "give 1 to 2000"),
    ("play {f} --buffer 2001", "2000"),
    ("play {f} --buffer nan", "--buffer"),
    ("play {f} --buffer 20ms", "--buffer"),
    ("play {f} --volume 13", "12"),
    ("play {f} --volume loud", "--volume"),
    ("play {f} --vm-heap 1000", "1024"),
    ("play {f} --vm-heap 1T", "--vm-heap"),
    ("play {f} --vm-heap 5000M", "--vm-heap"),
    ("play {f} --vm-heap 300K", "SRAM"),
    ("plan {f} --vm-heap 9M --board pimoroni-pico-plus-2", "PSRAM"),
    ("play {f} --stall 5", "AT_MS:FOR_MS"),
    ("play {f} --stall 5:0", "AT_MS:FOR_MS"),
    ("play {f} --stall -5:1", "AT_MS:FOR_MS"),
    ("play {f} --stall 5:1:1", "AT_MS:FOR_MS"),
    ("play {f} " + "--stall 5:1 " * 33, "32"),
    ("play {f} --fail-alloc 0", "from 1"),
    ("play {f} --data-pin 10", "--data-pin"),
    ("play {f} --data-pin 30", "--data-pin"),
    ("play {f} --bclk-pin 29", "--bclk-pin"),
    ("play {f} --bclk-pin 0 --swap-clocks", "--bclk-pin"),
    ("plan {f} --board pimoroni-pico-plus-2 --data-pin 0 --bclk-pin 40", "GPIO"),
    ("play {f} --board pimoroni-pico-plus-2 --data-pin 47 --bclk-pin 15", "GPIO"),
    ("play {f} --pin wav", "--out"),
    ("play {f} --pin wav --out o.wav --trace t.vcd", "--trace"),
    ("play {f} --pin wav --out o.wav --stall 5:5", "--stall"),
    ("play {f} --pin wav --out o.wav --memory vm", "--memory"),
    ("play {f} --pin wav --out o.wav --board pico", "--board"),
    ("play {f} --pin wav --out o.wav --device x", "--device"),
    ("play {f} --pin speaker --stall 5:5", "--stall"),
    ("play {f} --pin speaker --out o.wav", "--out"),
    ("play {f} --pin speaker --left-justified", "--left-justified"),
    ("play {f} --device x", "--device"),
    ("plan {f} --pin wav", "--pin wav"),
    ("play {f} --loop 2 --smpl-loop", "--smpl-loop"),
    ("play {f} --out - --json", "standard output"),
    ("play {f} --out - --report -", "standard output"),
    ("play {f} --trace - --report -", "standard output"),
    ("play {f} --out x --trace x", "same file"),
    ("play {f} --out x --report x", "same file"),
    ("play {f} --out x --report ./x", "same file"),
    ("play {f} --trace x --report sub/../x", "same file"),
    ("play {f} --out old --trace oldlink", "same file"),
    ("play {f} --out sub/x --report link/x", "same file"),
    ("play {f} --pin wav --out x --report link/../x", "same file"),
    ("play {f} --out ''", "--out"),
    ("play {f} --out {f}", "that is played"),
    ("play {f} --pin wav --out {f}", "that is played"),
    ("play {f} --report {f}", "that is played"),
    ("play {f} --trace ./{f}", "that is played"),
    ("play {f} --out link.wav", "that is played"),
    ("play {f} --list-devices", "no file"),
]


def sentences(said):
    """The sentences on stderr, each in one piece: a further line of one begins with two spaces, the knob with "try:"."""
    lines = said.removesuffix("\n").split("\n") if said else []
    found = []
    for line in lines:
        if not line.startswith("  "):
            found.append(line)
        elif not found:
            raise AssertionError(f"begins in the middle: {said!r}")
        elif line.startswith("  try: "):
            found[-1] += ": " + line[len("  try: "):]
        else:
            found[-1] += " " + line.lstrip(" ")
    return found


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cli.")
        self.scratch = tempfile.mkdtemp(prefix="cli-tmp.")
        self.write("a.wav", GOOD)

    def tearDown(self):
        shutil.rmtree(self.folder)
        shutil.rmtree(self.scratch)

    def write(self, name, data):
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(data)

    def snapshot(self):
        found = {}
        for name in sorted(os.listdir(self.folder)) + sorted("../" + n for n in os.listdir(self.scratch)):
            path = os.path.join(self.folder if not name.startswith("../") else self.scratch, name.split("/")[-1])
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    found[name] = file.read()
            else:
                found[name] = None
        return found

    def run_it(self, arguments, **keywords):
        if isinstance(arguments, str):
            arguments = [a.strip("'").replace("{f}", "a.wav") for a in arguments.split()]
        env = dict(os.environ, TMPDIR=self.scratch, TONEARM_AUDIO_BACKEND="null")
        keywords.setdefault("stdin", subprocess.DEVNULL)
        keywords.setdefault("stdout", subprocess.PIPE)
        return subprocess.run([TONEARM, *arguments], cwd=self.folder, env=env, stderr=subprocess.PIPE, timeout=120, check=False,
                              **keywords)

    def refused(self, arguments, code, word, **keywords):
        before = self.snapshot()
        done = self.run_it(arguments, **keywords)
        said = done.stderr.decode("utf-8", "replace")
        self.assertEqual(done.returncode, code, said)
        told = sentences(said)
        self.assertEqual(len(told), 1, said)
        self.assertTrue(told[0].startswith("tonearm: ") and said.endswith("\n"), said)
        self.assertIn(word, told[0])
        self.assertLess(len(said), 420)
        self.assertLessEqual(max(map(len, said.split("\n"))), 80, said)
        self.assertEqual(self.snapshot(), before, "files were left or changed")
        return done


class Usage(Case):
    def test_every_contradiction_has_its_sentence(self):
        os.symlink("a.wav", os.path.join(self.folder, "link.wav"))
        os.mkdir(os.path.join(self.folder, "sub"))
        os.symlink("sub", os.path.join(self.folder, "link"))
        self.write("old", b"precious")
        os.symlink("old", os.path.join(self.folder, "oldlink"))
        for arguments, word in USAGE_CASES:
            with self.subTest(arguments=arguments):
                done = self.refused(arguments, USAGE, word)
                self.assertEqual(done.stdout, b"")
        self.assertEqual(len(USAGE_CASES), 81)
        print(len(USAGE_CASES), "usage errors")

    def test_help_and_version_fit_and_succeed(self):
        for arguments in ("--help", "play --help", "plan --help", "info --help", "boards --help", "play -h", "--version",
                          "play --version", "play --bits 16 --help nonsense"):
            with self.subTest(arguments=arguments):
                done = self.run_it(arguments)
                self.assertEqual((done.returncode, done.stderr), (PLAYED, b""))
                self.assertTrue(done.stdout)
                for line in done.stdout.decode().splitlines():
                    self.assertLessEqual(len(line), 80, line)


class BadInput(Case):
    def test_every_bad_file_has_its_sentence(self):
        count = 0
        for name, (data, word) in BAD_FILES.items():
            self.write("a.wav", data)
            for arguments in ("play {f} --out o.wav --report r.json", "plan {f}", "info {f}", "play {f} --pin wav --out o.wav"):
                with self.subTest(name=name, arguments=arguments):
                    done = self.refused(arguments, FAILED, word)
                    self.assertEqual(done.stdout, b"")
                    count += 1
        self.assertEqual(count, 4 * 22)
        print(count, "bad files")

    def test_files_that_are_no_files(self):
        os.mkdir(os.path.join(self.folder, "folder"))
        for path, word in (("missing.wav", "No such file"), ("folder", "directory"), ("folder/missing.wav", "No such file"),
                           ("a.wav/b.wav", "Not a directory"), ("/proc/self/mem", "/proc/self/mem"),
                           ("new\nline.wav", "new?line.wav"), ("/dev/null", "/dev/null")):
            for command in ("play", "plan", "info"):
                with self.subTest(path=path, command=command):
                    self.refused([command, path], FAILED, word)

    def test_an_empty_standard_input(self):
        self.refused("play - --out o.wav", FAILED, "standard input")

    def test_a_terminal_as_standard_input(self):
        master, slave = pty.openpty()
        self.refused("play -", FAILED, "terminal", stdin=slave)
        os.close(master)
        os.close(slave)

    def test_unreadable_midway(self):
        """A connection that is reset gives its reader what had come, and then an error."""
        for pin in ("i2s", "wav"):
            listener = socket.create_server(("127.0.0.1", 0))
            ours = socket.create_connection(listener.getsockname())
            theirs, _ = listener.accept()
            ours.sendall(riff(fmt(), chunk(b"data", samples(20000)))[:30000])
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            ours.close()  # resets
            with self.subTest(pin=pin):
                self.refused(f"play - --pin {pin} --out o.wav --report r.json --quiet", FAILED, "reading failed", stdin=theirs)
            theirs.close()
            listener.close()

    def test_loops_that_cannot_be(self):
        self.refused("play {f} --smpl-loop --out o.wav", FAILED, "no loop points")
        self.write("headonly.wav", riff(fmt(), chunk(b"data", b"")))
        self.refused("play headonly.wav --loop 3 --out o.wav", FAILED, "--loop: headonly.wav has no frames to play again")
        self.assertEqual(self.run_it("play headonly.wav").returncode, PLAYED)
        read, write = os.pipe()
        threading.Thread(target=lambda: (os.write(write, GOOD), os.close(write))).start()
        self.refused("play - --loop 1 --out o.wav", FAILED, "--loop", stdin=read)
        os.close(read)

    def test_a_rate_that_the_file_does_not_have(self):
        for pin in ("i2s", "wav", "speaker"):
            self.refused(f"play {{f}} --pin {pin} --rate 48000" + (" --out o.wav" if pin == "wav" else ""), FAILED, "--resample good")
        self.refused("plan {f} --rate 48000", FAILED, "44100 Hz")
        for words in ("plan {f} --rate 48000 --resample best", "play {f} --rate 48000 --resample linear", "play {f} --rate 44100",
                      "play {f} --rate 44100 --resample good", "play {f} --pin wav --rate 48000 --resample good --out o.wav"):
            self.assertEqual(self.run_it(words).returncode, PLAYED, words)
        speaker = self.run_it("play {f} --pin speaker --rate 48000 --resample good")
        without = b"without miniaudio" in self.run_it("play --list-devices").stderr
        self.assertEqual(speaker.returncode, FAILED if without else PLAYED)


class Outputs(Case):
    WRITERS = ("--out", "--trace", "--report")

    def test_unwritable(self):
        os.mkdir(os.path.join(self.folder, "folder"))
        count = 0
        for option in self.WRITERS:
            for path, word in (("nowhere/x", "No such file"), ("folder", "directory"), ("a.wav/x", "Not a directory"),
                               ("/dev/full", "No space left"), ("/proc/x", "--")):
                with self.subTest(option=option, path=path):
                    self.refused(f"play {{f}} {option} {path} --quiet", FAILED, word)
                    count += 1
        for path in ("nowhere/x", "folder", "/dev/full"):
            self.refused(f"play {{f}} --pin wav --out {path} --quiet", FAILED, path)
            count += 1
        self.assertEqual(count, 18)
        print(count, "unwritable outputs")

    def test_one_that_fails_takes_the_others_with_it(self):
        for good, bad in (("--out", "--report"), ("--trace", "--report"), ("--report", "--out"), ("--report", "--trace")):
            with self.subTest(good=good, bad=bad):
                self.refused(f"play {{f}} {good} x {bad} nowhere/y --quiet", FAILED, "nowhere/y")

    def test_standard_output_and_a_file_can_be_one(self):
        """And two names of one file are two files: each gets its own."""
        for words, kind in (("--out - --report f", "wb"), ("--trace f --out -", "ab"), ("--out f --report -", "ab"),
                            ("--pin wav --out - --report f", "wb"), ("--out /dev/stdout --report -", "ab")):
            with self.subTest(words=words), open(os.path.join(self.folder, "f"), kind) as out:
                self.refused(f"play {{f}} {words} --quiet", USAGE, "same file", stdout=out)
        read, write = os.pipe()
        self.refused("play {f} --out /dev/stdout --report - --quiet", USAGE, "same file", stdout=write)
        os.close(read)
        os.close(write)
        self.assertEqual(self.run_it("play {f} --out /dev/null --trace /dev/null --report /dev/null --quiet").returncode, PLAYED)
        os.link(os.path.join(self.folder, "f"), os.path.join(self.folder, "g"))
        self.assertEqual(self.run_it("play {f} --out f --report g --quiet").returncode, PLAYED)
        with open(os.path.join(self.folder, "f"), "rb") as out, open(os.path.join(self.folder, "g"), encoding="utf-8") as report:
            self.assertIn(samples(), out.read())
            self.assertEqual(json.load(report)["report"]["frames_in"], FRAMES)

    def test_a_disk_that_fills_up_midway(self):
        """The limit on file sizes comes down while the command waits for the rest of its input: all files are open then."""
        for arguments in ("play - --out o.wav --quiet", "play - --trace t.vcd --report r.json --quiet", "play - --out - --quiet",
                          "play - --pin wav --out o.wav --quiet"):
            before = self.snapshot()
            env = dict(os.environ, TMPDIR=self.scratch)
            with self.subTest(arguments=arguments), subprocess.Popen(
                    [TONEARM, *arguments.split()], cwd=self.folder, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE) as process:
                process.stdin.write(GOOD[:500])
                process.stdin.flush()
                deadline = time.monotonic() + 60
                while self.snapshot().keys() == before.keys() and time.monotonic() < deadline:
                    time.sleep(0.01)
                self.assertGreater(self.snapshot().keys(), before.keys(), "no file was begun")
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (3000, 3000))
                said = process.communicate(GOOD[500:], timeout=60)[1].decode()
                self.assertEqual((process.returncode, len(sentences(said))), (FAILED, 1), said)
                self.assertIn("cannot write", said)
                self.assertEqual(self.snapshot(), before)

    def test_standard_output_that_is_full(self):
        for arguments in ("info {f}", "info {f} --json", "boards", "boards --json", "plan {f}", "plan {f} --json", "play {f}",
                          "play {f} --json", "--help", "--version", "play {f} --report -", "play {f} --out -"):
            with self.subTest(arguments=arguments), open("/dev/full", "wb") as full:
                before = self.snapshot()
                done = self.run_it(arguments, stdout=full)
                self.assertEqual(done.returncode, FAILED, done.stderr)
                self.assertIn(b"No space left", done.stderr)
                self.assertEqual(self.snapshot(), before)

    def test_closed_standard_streams_lend_their_numbers_to_no_file(self):
        """A file that is opened while standard output is closed must not become standard output."""
        for closed in (">&-", "<&- >&-", "<&- 2>&-", "<&- >&- 2>&-"):
            for quiet, code in (("", FAILED if " >&-" in " " + closed else PLAYED), ("--quiet", PLAYED)):
                with self.subTest(closed=closed, quiet=quiet):
                    script = f'"$0" play a.wav --out o.wav --report r.json {quiet} {closed}'
                    done = subprocess.run(["sh", "-c", script, TONEARM], cwd=self.folder, env=dict(os.environ, TMPDIR=self.scratch),
                                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False)
                    self.assertEqual(done.returncode, code)
                    with open(os.path.join(self.folder, "o.wav"), "rb") as file:
                        out = file.read()
                    self.assertEqual(struct.unpack("<I", out[40:44])[0], len(out) - 44)
                    self.assertEqual(out[44:300], bytes(256), "it begins with silence")
                    self.assertIn(samples(), out)
                    with open(os.path.join(self.folder, "r.json"), encoding="utf-8") as file:
                        self.assertEqual(json.load(file)["report"]["frames_in"], FRAMES)
                    os.unlink(os.path.join(self.folder, "o.wav"))

    def test_an_old_file_survives_a_failure(self):
        self.write("o.wav", b"precious")
        self.write("b.wav", BAD_FILES["adpcm"][0])
        self.refused(["play", "b.wav", "--out", "o.wav"], FAILED, "b.wav")
        self.refused("play {f} --out o.wav --fail-alloc 1 --quiet", REFUSED, "bytes")
        self.refused("play {f} --out o.wav --report nowhere/x --quiet", FAILED, "nowhere")

    def test_controls(self):
        """The same command without the fault writes all three, replaces old files, keeps their mode, and leaves nothing else."""
        self.write("o.wav", b"old")
        os.chmod(os.path.join(self.folder, "o.wav"), 0o640)
        done = self.run_it("play {f} --out o.wav --trace t.vcd --report r.json --quiet")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (PLAYED, b"", b""))
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.wav", "o.wav", "r.json", "t.vcd"])
        self.assertEqual(os.listdir(self.scratch), [])
        self.assertEqual(os.stat(os.path.join(self.folder, "o.wav")).st_mode & 0o777, 0o640)
        mask = os.umask(0)
        os.umask(mask)
        for name in ("t.vcd", "r.json"):  # new ones are as any program makes them
            self.assertEqual(os.stat(os.path.join(self.folder, name)).st_mode & 0o777, 0o666 & ~mask)
        with wave.open(os.path.join(self.folder, "o.wav")) as out:
            self.assertGreater(out.getnframes(), FRAMES)
            self.assertEqual((out.getnchannels(), out.getsampwidth(), out.getframerate()), (2, 2, 44100))
            whole = out.readframes(out.getnframes())
        self.assertIn(samples(), whole)
        for pin in ("i2s", "wav"):
            piped = self.run_it(f"play - --pin {pin} --out - --quiet", stdin=None, input=GOOD)
            self.assertEqual((piped.returncode, piped.stderr), (PLAYED, b""))
            self.assertEqual(piped.stdout[:4] + piped.stdout[36:40], b"RIFFdata")
            self.assertEqual(struct.unpack("<I", piped.stdout[40:44])[0], len(piped.stdout) - 44)
            self.assertIn(samples(), piped.stdout)
        for path in ("/dev/null", "/dev/stdout"):
            done = self.run_it(f"play {{f}} --out {path} --quiet")
            self.assertEqual((done.returncode, done.stderr), (PLAYED, b""))
        self.assertIn(samples(), done.stdout)

    def test_ctrl_c_finishes_the_files(self):
        process = subprocess.Popen([TONEARM, "play", "a.wav", "--loop", "forever", "--out", "o.wav", "--report", "r.json"],
                                   cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=60)
        self.assertEqual((process.returncode, complained), (-signal.SIGINT, b""))
        self.assertIn(b"stopped", said)
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.wav", "o.wav", "r.json"])
        with wave.open(os.path.join(self.folder, "o.wav")) as out:
            frames = out.readframes(out.getnframes())
        self.assertIn(samples() + samples(), frames)
        self.assertEqual(frames[-4:], b"\0\0\0\0")

    def wait_for(self, what, event):
        deadline = time.monotonic() + 60
        while not event():
            self.assertLess(time.monotonic(), deadline, f"{what} did not come")
            time.sleep(0.01)

    def begin(self, words, **keywords):
        """A process whose file for --out is there."""
        process = subprocess.Popen([TONEARM, *words.split()], cwd=self.folder, stderr=subprocess.PIPE, **keywords)
        self.addCleanup(process.kill)
        self.addCleanup(process.stderr.close)
        return process

    def written(self):
        """Bytes of o.wav so far, under its temporary name."""
        return sum(os.path.getsize(os.path.join(self.folder, name)) for name in os.listdir(self.folder) if name.startswith(".o.wav."))

    @staticmethod
    def sleeps(process):
        with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "S"

    def test_a_signal_while_the_input_waits(self):
        """A pipe that is silent keeps nobody from ending: the files have what was heard."""
        for pin in ("i2s", "wav"):
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                with self.subTest(pin=pin, signal=number):
                    process = self.begin(f"play - --pin {pin} --out o.wav --report r.json --quiet", stdin=subprocess.PIPE)
                    process.stdin.write(GOOD[:44 + 7600])
                    process.stdin.flush()
                    unread = bytearray(4)
                    self.wait_for("reading", lambda: not fcntl.ioctl(process.stdin, termios.FIONREAD, unread) and not any(unread) and
                                  self.written() > 0 and self.sleeps(process))
                    process.send_signal(number)
                    self.assertEqual((process.wait(60), process.stderr.read()), (-number, b""))
                    process.stdin.close()
                    self.assertEqual(sorted(os.listdir(self.folder)), ["a.wav", "o.wav", "r.json"])
                    with open(os.path.join(self.folder, "o.wav"), "rb") as file:
                        self.assertIn(samples(300), file.read())
                    with open(os.path.join(self.folder, "r.json"), encoding="utf-8") as file:
                        self.assertEqual(json.load(file)["report"]["interrupted"], True)
                    os.unlink(os.path.join(self.folder, "o.wav"))

    def test_a_signal_that_is_ignored_stays_ignored(self):
        """As nohup and a shell's background jobs have it: it plays on for seconds, where a stop would take milliseconds."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                other = signal.SIGTERM if number == signal.SIGHUP else signal.SIGHUP
                process = self.begin("play a.wav --loop forever --out o.wav --quiet", stdin=subprocess.DEVNULL,
                                     preexec_fn=lambda: signal.signal(number, signal.SIG_IGN))
                self.wait_for("the sound", lambda: self.written() > 44)
                process.send_signal(number)
                before = self.written()
                self.wait_for("more sound", lambda: self.written() > before + 2 * 176400)
                process.send_signal(other)
                self.assertEqual((process.wait(60), process.stderr.read()), (-other, b""))

    def stopped_in_a_stall(self, *signals):
        """Plays into a stall of a virtual week, hours of ours, and sends the signals; the exit code, and what was said."""
        process = subprocess.Popen([TONEARM, "play", "a.wav", "--loop", "forever", "--stall", "500:600000000", "--out", "o.wav",
                                    "--report", "r.json", "--trace", "/dev/null"], cwd=self.folder,
                                   env=dict(os.environ, TMPDIR=self.scratch), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not any(name.startswith(".o.wav.") for name in os.listdir(self.folder)):
            time.sleep(0.01)
        time.sleep(0.5)
        for number in signals:
            process.send_signal(number)
            time.sleep(0.02 if len(signals) > 1 else 0)
        said, complained = process.communicate(timeout=120)
        return process.returncode, said, complained

    def test_ctrl_c_ends_a_stall(self):
        code, said, complained = self.stopped_in_a_stall(signal.SIGINT)
        self.assertEqual((code, complained), (-signal.SIGINT, b""))
        self.assertIn(b"stopped", said)
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.wav", "o.wav", "r.json"])
        with wave.open(os.path.join(self.folder, "o.wav")) as out:
            self.assertIn(samples(), out.readframes(out.getnframes()))

    def test_a_second_signal_leaves_nothing(self):
        """Frozen before the first is served, so that the second comes while everything is open."""
        self.write("o.wav", b"precious")
        before = self.snapshot()
        for numbers in ((signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT), (signal.SIGSTOP, signal.SIGINT, signal.SIGHUP,
                                                                                       signal.SIGCONT)):
            code, said, complained = self.stopped_in_a_stall(*numbers)
            self.assertLess(code, 0)
            self.assertEqual(complained, b"")
            self.assertNotIn(b"stopped", said)
            self.assertEqual(self.snapshot(), before, "files were left or changed")


class Memory(Case):
    def test_refusals_before_anything_is_claimed(self):
        for board, memory, words in (("waveshare-rp2040-pizero", "port", ("DMA", "port heap", "free", "largest", "--vm-heap")),
                                     ("pimoroni-pico-plus-2", "vm", ("VM heap", "--memory auto"))):
            for command in ("play", "plan"):
                with self.subTest(board=board, command=command):
                    done = self.refused(f"{command} {{f}} --board {board} --memory {memory}", REFUSED, words[0])
                    for word in words:
                        self.assertIn(word, done.stderr.decode())

    def test_a_vm_without_a_heap(self):
        """It refuses by its name, with its nothing; what would come from elsewhere does."""
        for board in ("pico", "pico2", "waveshare-rp2040-pizero"):
            for command in ("play", "plan"):
                done = self.refused(f"{command} {{f}} --board {board} --memory vm --vm-heap 0", REFUSED, "VM heap has 0 bytes free")
                self.assertIn(b"try: --vm-heap", done.stderr)
                self.assertIn(b"VM heap: 0 bytes free", done.stdout)
        self.assertEqual(self.run_it("play {f} --board pico2 --vm-heap 0").returncode, PLAYED)

    def test_every_allocation_refused_in_turn(self):
        ways = ["play {f} --quiet --out o.wav", "plan {f}", "play {f} --pin wav --out o.wav --quiet"]
        if b"without miniaudio" not in self.run_it("play --list-devices").stderr:
            ways.append("play {f} --pin speaker --quiet")
        for way in ways:
            refusals = 0
            while refusals < 20 and self.run_it(f"{way} --fail-alloc {refusals + 1}").returncode != PLAYED:
                self.refused(f"{way} --fail-alloc {refusals + 1}", REFUSED, "bytes")
                refusals += 1
            self.assertEqual(refusals, 3, way)
            if os.path.exists(os.path.join(self.folder, "o.wav")):
                os.unlink(os.path.join(self.folder, "o.wav"))
        print(len(ways), "ways to play, each allocation refused")


if __name__ == "__main__":
    if not os.access(TONEARM, os.X_OK):
        sys.exit(f"{TONEARM} is not there: make")
    unittest.main(verbosity=1)
