#!/usr/bin/env python3
"""What the command prints: the plan, the meter, the report, their JSON, and whether help, manual and completions know the same
options.

In: the command, $TONEARM; docs/. Out: unittest's report.
"""
import fcntl
import json
import os
import pty
import re
import select
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import unittest
import wave

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_cli_errors as errors  # noqa: E402
import test_cli_render as render  # noqa: E402

TONEARM = errors.TONEARM
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMMANDS = ("play", "plan", "info", "boards", "render")


def read(*parts):
    with open(os.path.join(ROOT, *parts), encoding="utf-8") as file:
        return file.read()


def options_of(command):
    text = subprocess.run([TONEARM, command, "--help"], capture_output=True, text=True, check=True).stdout
    return sorted(set(re.findall(r"^  (--[a-z-]+)", text, re.M)))


def in_terminal(words, cwd, env, columns=80):
    """Runs the command with a terminal as standard error; its exit code, and what it wrote there."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([TONEARM, *words], cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=slave) as process:
        os.close(slave)
        said = b""
        while True:
            if not select.select([master], [], [], 60)[0]:
                break
            try:
                more = os.read(master, 65536)
            except OSError:  # the last writer has gone
                break
            if not more:
                break
            said += more
        code = process.wait(60)
    os.close(master)
    return code, said.decode()


class Documents(unittest.TestCase):
    maxDiff = None  # the README is long

    def test_manual_and_completions_know_the_options_of_help(self):
        manual = read("docs", "tonearm.1").replace("\\-", "-")
        bash, zsh = read("docs", "completion", "tonearm.bash"), read("docs", "completion", "_tonearm")
        known = set()
        for command in COMMANDS:
            options = options_of(command)
            self.assertIn("--help", options)
            known.update(options)
            for option in options:
                with self.subTest(command=command, option=option):
                    self.assertRegex(manual, rf"(?m)^\.(B|BI) {option}\b")
                    self.assertIn(f"{option}", bash)
                    self.assertIn(f"{option}[", zsh)
        for name, text in (("manual", re.findall(r"(?m)^\.BI? (--[a-z-]+)", manual)), ("bash", re.findall(r"--[a-z][a-z-]+", bash)),
                           ("zsh", re.findall(r"'\*?(--[a-z-]+)\[", zsh))):
            self.assertEqual(set(text) - known, set(), f"{name} knows options that the command does not")
        self.assertEqual(len(known), 31)

    def test_the_manual_is_well_formed(self):
        self.assertTrue(shutil.which("man"), "man is missing (Debian package man-db)")
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", os.path.join(ROOT, "docs", "tonearm.1")],
                              capture_output=True, text=True, check=False, env=dict(os.environ, MANROFFSEQ=""))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_readme_shows_what_is_printed(self):
        """Each of its blocks that begins with a command, line by line; the meter and the speed are of some machine's, and percents, which are
        the benches', are near: a budget that moves a little must not make the page wrong."""
        def near(line, printed):
            if not re.search(r"\d %", line):
                return line in printed
            words, figures = re.sub(r"[\d.,]*\d", "#", line), [float(n.replace(",", "")) for n in re.findall(r"[\d.,]*\d", line)]
            return any(re.sub(r"[\d.,]*\d", "#", other) == words and
                       all(abs(float(n.replace(",", "")) - f) <= 0.1 * f + 0.1 for n, f in zip(re.findall(r"[\d.,]*\d", other), figures))
                       for other in printed)
        blocks = re.findall(r"(?ms)^```text\n\$ build/(tonearm [^\n]*)\n(.*?)^```$", read("README.md"))
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "build"))
            subprocess.run([os.environ.get("CC", "cc"), "-O2", "-std=gnu11", os.path.join(ROOT, "tools", "demo_tone.c"), "-o",
                            os.path.join(folder, "tone"), "-lm"], check=True)
            with open(os.path.join(folder, "build", "demo-strings.wav"), "wb") as file:
                subprocess.run([os.path.join(folder, "tone")], stdout=file, check=True)
            whole = 0
            for command, shown in blocks:
                done = subprocess.run([TONEARM, *command.split()[1:]], cwd=folder, capture_output=True, text=True, check=False)
                printed = (done.stdout + done.stderr).splitlines()
                lines = [line for line in shown.splitlines() if " L #" not in line and not line.startswith("  speed ")]
                self.assertGreaterEqual(len(lines), 3, command)
                if len(lines) > 10:
                    whole += 1
                    self.assertEqual(len(lines), sum(not line.startswith("  speed ") for line in printed))
                    self.assertTrue(all(near(line, [other]) for line, other in zip(lines, printed)), (lines, printed))
                for line in lines:
                    self.assertTrue(near(line, printed), (command, line, printed))
            self.assertEqual((len(blocks), whole), (4, 1))

    def test_what_costs_much_is_said_beforehand(self):
        """A trace is large: help and manual say how large, and about as large it is."""
        megabytes = 44
        for text in (subprocess.run([TONEARM, "play", "--help"], capture_output=True, text=True, check=True).stdout,
                     read("docs", "tonearm.1")):
            self.assertRegex(text, rf"(?s)trace.{{0,200}}{megabytes} MB")
        frames = 4410
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "a.wav"), "wb") as file:
                file.write(errors.riff(errors.fmt(), errors.chunk(b"data", os.urandom(4 * frames))))
            words = [TONEARM, "play", "a.wav", "--trace", "t.vcd", "--report", "-", "--quiet"]
            report = json.loads(subprocess.run(words, cwd=folder, capture_output=True, check=True).stdout)["report"]
            measured = os.path.getsize(os.path.join(folder, "t.vcd")) / (report["frames_out"] / 44100) / 1e6
        self.assertTrue(0.8 * megabytes < measured < 1.25 * megabytes, measured)

    def test_what_help_offers_is_taken(self):
        """Every pin that a command's help names can be given to it."""
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "a.wav"), "wb") as file:
                file.write(errors.GOOD)
            seen = []
            for command in ("play", "plan"):
                told = subprocess.run([TONEARM, command, "--help"], capture_output=True, text=True, check=True).stdout
                for pin in re.findall(r"(?:--pin PIN|^) +(i2s|wav|speaker): ", told, re.M):
                    words = [TONEARM, command, "a.wav", "--pin", pin] + (["--out", "o.wav"] if pin == "wav" else [])
                    done = subprocess.run(words, cwd=folder, capture_output=True, check=False, env=dict(os.environ, TONEARM_AUDIO_BACKEND="null"))
                    self.assertNotEqual(done.returncode, errors.USAGE, (words, done.stderr))
                    seen.append((command, pin))
            self.assertEqual(seen, [("play", "i2s"), ("play", "wav"), ("play", "speaker"), ("plan", "i2s")])

    def test_bash_completes(self):
        script = """
            source "$1"; shift
            PATH=$(dirname "$TONEARM"):$PATH
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
            _tonearm; printf '%s\\n' "${COMPREPLY[@]}"
        """
        for words, wanted in ((["tonearm", "p"], {"play", "plan"}), (["tonearm", "play", "--pin", "s"], {"speaker"}),
                              (["tonearm", "plan", "--pin", ""], {"i2s"}), (["tonearm", "play", "--pin", ""], {"i2s", "wav", "speaker"}),
                              (["tonearm", "play", "--board", "pico"], {"pico", "pico2"}),
                              (["tonearm", "plan", "--memory", ""], {"auto", "vm", "port", "arena"}),
                              (["tonearm", "play", "--st"], {"--stall"}), (["tonearm", "plan", "--st"], {""}),
                              (["tonearm", "plan", "--poly"], {"--polyphony"}), (["tonearm", "play", "--poly"], {""}),
                              (["tonearm", "plan", "--vol"], {"--volume"}),
                              (["tonearm", "boards", "--j"], {"--json"})):
            with self.subTest(words=words):
                done = subprocess.run(["bash", "-c", script, "bash", os.path.join(ROOT, "docs", "completion", "tonearm.bash"), *words],
                                      capture_output=True, text=True, check=True, env=dict(os.environ, TONEARM=TONEARM))
                self.assertEqual(set(done.stdout.strip("\n").split("\n")), wanted)


class Meter(errors.Case):
    def test_nothing_but_text_without_a_terminal(self):
        done = self.run_it("play {f}")
        self.assertEqual((done.returncode, done.stderr), (errors.PLAYED, b""))
        self.assertNotIn(b"\x1b", done.stdout)
        self.assertNotIn(b"\r", done.stdout)

    def test_a_terminal_sees_a_meter_and_it_is_gone_at_the_end(self):
        for variables, colour in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False),
                                  ({"TERM": "xterm", "NO_COLOR": ""}, True)):
            env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | variables
            code, said = in_terminal(["play", "a.wav", "--loop", "40"], self.folder, env)
            self.assertEqual(code, errors.PLAYED)
            lines = said.split("\r\x1b[K")
            self.assertEqual((lines[0], lines[-1]), ("", ""), "the line is not cleared at the end")
            drawn = lines[1:-1]
            self.assertGreaterEqual(len(drawn), 1)
            for line in drawn:
                shown = re.sub(r"\x1b\[[0-9;]*m", "", line)
                self.assertRegex(shown, r"^ *\d+:\d\d\.\d{3} / 0:01\.859 +L [#-]+ R [#-]+ +\d+\.\d ms ahead, 0 holes, \d+\.\dx$")
                self.assertLessEqual(len(shown), 80)
                self.assertEqual(shown != line, colour)

    def test_a_stall_is_seen_while_it_lasts(self):
        """What was queued is counted down, then silence up, at most to the stall's end; the place stands where sound stopped."""
        self.write("long.wav", errors.riff(errors.fmt(), errors.chunk(b"data", errors.samples(44100))))
        code, said = in_terminal(["play", "long.wav", "--stall", "400:40000"], self.folder, dict(os.environ, TERM="xterm", NO_COLOR="1"))
        self.assertEqual(code, errors.PLAYED)
        drawn = said.split("\r\x1b[K")[1:-1]
        silent = [re.search(r"0:00\.(\d+) / 0:01\.000 .* STALLED, silent for (\d+) ms, 0 holes", line) for line in drawn]
        silent = [(int(found[1]), int(found[2])) for found in silent if found]
        self.assertGreaterEqual(len(silent), 4, drawn)
        self.assertEqual(len({place for place, _ in silent}), 1, "the place moved while nothing sounded")
        self.assertTrue(395 < silent[0][0] < 435, silent[0])
        for before, after in zip(silent, silent[1:]):
            self.assertLess(before[1], after[1])
        self.assertLess(silent[-1][1], 40000)
        self.assertGreater(silent[-1][1], 10000)

    def test_quiet_and_dumb_terminals_are_left_alone(self):
        for words, terminal in ((["--quiet"], "xterm"), ([], "dumb"), ([], "")):
            code, said = in_terminal(["play", "a.wav", *words], self.folder, dict(os.environ, TERM=terminal))
            self.assertEqual((code, said), (errors.PLAYED, ""))

    def test_a_failure_clears_the_line_first(self):
        code, said = in_terminal(["play", "a.wav", "--loop", "400", "--out", "/dev/full"], self.folder,
                                 dict(os.environ, TERM="xterm", NO_COLOR="1"))
        self.assertEqual(code, errors.FAILED)
        self.assertRegex(said.split("\r\x1b[K")[-1], r"^tonearm: [^\n]*No space left[^\n]*\r\n$")


class Text(errors.Case):
    def test_plan_and_report_fit_80_columns_and_agree_with_the_json(self):
        done = self.run_it("play {f} --stall 10:60 --report r.json")
        text = done.stdout.decode()
        self.assertEqual((done.returncode, done.stderr), (errors.PLAYED, b""))
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80, line)
        with open(os.path.join(self.folder, "r.json"), encoding="utf-8") as file:
            facts = json.load(file)
        report, plan = facts["report"], facts["plan"]
        self.assertIn(f"{report['frames_in']:,} frames in, {report['frames_out']:,} out", text)
        self.assertEqual(report["frames_in"], errors.FRAMES)
        self.assertEqual(len(report["holes"]), 1)
        hole = report["holes"][0]
        milliseconds = f"{hole['frames'] / 44.1:.1f} ms"
        self.assertIn(f"  holes     1, together {hole['frames']:,} frames, {milliseconds}\n", text)
        self.assertIn(f"  at 0:00.{hole['file_frame'] * 10 // 441:03} of the file (frame {hole['file_frame']:,}; output frame "
                      f"{hole['at_frame']:,}):\n            {hole['frames']:,} frames, {milliseconds}, {hole['cause']}\n", text)
        self.assertEqual(hole["file_frame"], hole["source_frame"])
        self.assertEqual(report["hole_frames"], hole["frames"])
        for item in plan["objects"]:
            self.assertRegex(text, rf"(?m)^  {re.escape(item['object'])} +{item['class']} +{re.escape(item['resource'])} +"
                                   rf"{item['bytes']:,}$")
        self.assertEqual(sum(row["bytes"] for row in plan["bytes"]), sum(item["bytes"] for item in plan["objects"]))
        self.assertIn(f"{plan['rate']['reached_hz']:.3f} Hz for 44100 Hz", text)
        self.assertIn(f"{plan['interrupts_per_s']:.3f} interrupts", text)
        rate = plan["rate"]
        self.assertIn(f"\n  no jitter at {rate['exact_system_hz'] / 1e6:.6f} MHz; the PLL's best is {rate['pll_system_hz'] / 1e6:.6f} MHz, "
                      f"{rate['pll_error_ppm']:+.3f} ppm\n", text)
        self.assertLessEqual(report["largest_ramp_step_q16"], 1024)
        self.assertEqual((report["dma_violations"], report["malformed_half_frames"], report["claims_none"]), (0, 0, True))
        self.assertEqual(report["allocations"], {"to_open": 3, "after_open": 0, "left": 0})
        self.assertGreater(report["virtual_s_per_real_s"], 0)

    def test_a_stall_that_never_came_is_told(self):
        done = self.run_it("play {f} --stall 10:5 --stall 90000:1 --stall 60000.5:2.25 --report r.json")
        with open(os.path.join(self.folder, "r.json"), encoding="utf-8") as file:
            report = json.load(file)["report"]
        self.assertEqual(report["stalls"], [{"at_ms": 10, "for_ms": 5, "came": True}, {"at_ms": 90000, "for_ms": 1, "came": False},
                                            {"at_ms": 60000.5, "for_ms": 2.25, "came": False}])
        self.assertTrue(errors.FRAMES / 44.1 < report["closed_ms"] < 1000, report["closed_ms"])
        self.assertIn(f"2 of 3 stalls never came: the output closed at {report['closed_ms'] / 1000:.3f} s", done.stdout.decode())
        self.assertNotIn(b"never came", self.run_it("play {f} --stall 10:5").stdout)
        # The edge: one that begins as the output closes did not come, and one a moment earlier did.
        closed = report["closed_ms"]
        for at, came in ((closed - 0.002, True), (closed + 0.002, False)):
            edge = json.loads(self.run_it(f"play {{f}} --stall 10:5 --stall {at:.3f}:0.001 --json").stdout)["report"]
            self.assertEqual([s["came"] for s in edge["stalls"]], [True, came], at)
        self.assertEqual(json.loads(self.run_it("play {f} --json").stdout)["report"]["stalls"], [])

    def test_an_allocation_that_was_never_tried_is_told(self):
        for words in ("play {f}", "plan {f}", "play {f} --pin wav --out o.wav"):
            with self.subTest(words=words):
                done = self.run_it(f"{words} --fail-alloc 9")
                self.assertEqual((done.returncode, done.stderr), (errors.PLAYED, b""))
                self.assertIn(b"--fail-alloc 9 never came: there were only 3 allocations", done.stdout)
                plan = json.loads(self.run_it(f"{words} --fail-alloc 9 --json").stdout)["plan"]
                self.assertEqual(plan["fail_alloc"], {"number": 9, "allocations": 3, "came": False})
                self.assertNotIn(b"never came", self.run_it(words).stdout)
                self.assertIsNone(json.loads(self.run_it(f"{words} --json").stdout)["plan"]["fail_alloc"])
        for words in ("play {f}", "plan {f}"):
            plan = json.loads(self.run_it(f"{words} --fail-alloc 2 --json").stdout)["plan"]
            self.assertEqual(plan["fail_alloc"], {"number": 2, "allocations": 2, "came": True})

    def test_where_in_the_file_a_hole_is(self):
        """Behind the frame of the file that was the last to sound: whatever loops, the samples at the pins say which that was."""
        smpl = errors.chunk(b"smpl", struct.pack("<9I", *[0] * 7, 1, 0) + struct.pack("<6I", 0, 0, 300, 1499, 0, 5))
        slope = b"".join(struct.pack("<hh", 16000 - 8 * n, n + 1) for n in range(errors.FRAMES))
        self.write("slope.wav", errors.riff(errors.fmt(), errors.chunk(b"data", slope), smpl))
        places = set()
        for words in ([], ["--loop", "3"], ["--smpl-loop"]):
            for at in (33, 47, 61, 75, 89, 103, 117, 131, 145):
                done = self.run_it(["play", "slope.wav", *words, "--stall", f"{at}:40", "--json", "--out", "o.wav"])
                holes = json.loads(done.stdout)["report"]["holes"]
                with wave.open(os.path.join(self.folder, "o.wav")) as out:
                    heard = struct.unpack(f"<{2 * out.getnframes()}h", out.readframes(out.getnframes()))
                for hole in holes:
                    last, following = hole["at_frame"] - 1, hole["at_frame"] + hole["frames"]
                    self.assertEqual(heard[2 * following + 1], hole["file_frame"] + 1, (words, at, hole))
                    self.assertEqual(heard[2 * last:2 * last + 2] == (0, 0), False, (words, at, hole))
                    places.add((len(words), hole["file_frame"]))
        self.assertGreater(len(places), 15)

    def test_json_on_standard_output_is_the_report(self):
        on_stdout = json.loads(self.run_it("play {f} --json").stdout)
        as_report = json.loads(self.run_it("play {f} --report - --quiet").stdout)
        planned = json.loads(self.run_it("plan {f} --json").stdout)
        for facts in (on_stdout, as_report):
            for real in ("real_s", "virtual_s_per_real_s"):
                facts["report"].pop(real)
            for source in facts["report"]["sources"]:
                for real in ("host_us", "host_ns_per_frame", "host_longest_us"):
                    source.pop(real)
        self.assertEqual(on_stdout, as_report)
        on_stdout.pop("report")
        self.assertEqual(on_stdout, planned)

    def test_the_same_command_gives_the_same_bytes(self):
        words = "play {f} --stall 3:40 --dither --bits 24 --trace - --quiet"
        first, second = self.run_it(words), self.run_it(words)
        self.assertGreater(len(first.stdout), 100000)
        self.assertEqual(first.stdout, second.stdout)

    def test_the_manual_lists_every_member_of_the_json(self):
        """And nothing else: every kind of run there is, and the bold words of its section REPORT."""
        def names(of):
            if isinstance(of, dict):
                return set(of).union(*(names(value) for value in of.values()))
            return set().union(*(names(value) for value in of)) if isinstance(of, list) else set()
        smpl = errors.chunk(b"smpl", struct.pack("<9I", *[0] * 7, 1, 0) + struct.pack("<6I", 0, 0, 300, 1499, 0, 5))
        self.write("loop.wav", errors.riff(errors.fmt(), errors.chunk(b"data", errors.samples()), smpl))
        known = set()
        for words, code in (("play loop.wav --json --stall 10:60 --fail-alloc 9", errors.PLAYED),
                            ("play {f} --json --pin wav --out o.wav", errors.PLAYED), ("plan {f} --json --fail-alloc 1", errors.REFUSED)):
            done = self.run_it(words)
            self.assertEqual(done.returncode, code)
            known |= names(json.loads(done.stdout))
        self.write("s.mid", render.SIMPLE)
        for words in ("plan s.mid --json", "render s.mid -o s.wav --json"):
            known |= names(json.loads(self.run_it(words).stdout))
        section = read("docs", "tonearm.1").replace("\\-", "-").split("\n.SH REPORT\n")[1].split("\n.SH ")[0]
        listed = set()
        for line in section.splitlines():
            found = re.match(r"\.(B|BR|RB) (.*)", line)
            if found:
                parts = [found[2]] if found[1] == "B" else shlex.split(found[2])[found[1] == "RB"::2]
                listed.update(word for part in parts for word in re.findall(r"(?<!-)\b[a-z]\w*", part))
        self.assertEqual(listed - {"play", "render"}, known)
        self.assertGreater(len(known), 90)

    def test_names_that_are_no_utf8_and_have_quotes(self):
        name = b'\xff"\\\xe2\x82\xac\xed\xa0\x80.wav'
        with open(os.path.join(os.fsencode(self.folder), name), "wb") as file:
            file.write(errors.GOOD)
        done = self.run_it(["info", os.fsdecode(name), "--json"])
        self.assertEqual(json.loads(done.stdout.decode("utf-8"))["file"], '?"\\\u20ac???.wav')

    def test_more_channels_and_a_truncated_file_are_said_aloud(self):
        six = errors.riff(errors.fmt(channels=6), errors.chunk(b"data", errors.samples(channels=6)))
        self.write("six.wav", six)
        self.write("short.wav", errors.GOOD[:3001])
        self.write("open.wav", errors.GOOD.replace(b"data" + struct.pack("<I", errors.FRAMES * 4), b"data" + b"\xff" * 4))
        for name, sentence in (("six.wav", b"6 channels: the first two are played"), ("short.wav", b"truncated"),
                               ("open.wav", b"no length")):
            for words in (["play", name], ["plan", name], ["info", name]):
                with self.subTest(words=words):
                    done = self.run_it(words)
                    self.assertEqual((done.returncode, done.stderr), (errors.PLAYED, b""))
                    self.assertIn(sentence, done.stdout)
            aloud = self.run_it(["play", name, "--json"])
            self.assertIn(sentence, aloud.stderr)
        self.assertIn(errors.samples(739), self.run_it("play short.wav --out - --quiet").stdout)

    def test_bits_that_are_lost_are_said_aloud(self):
        def wav(bits, valid=None, tag=1):
            guid = bytes([tag, 0]) + bytes.fromhex("000000001000800000aa00389b71")
            extension = struct.pack("<HHI", 22, valid or bits, 3) + guid
            head = errors.chunk(b"fmt ", struct.pack("<HHIIHH", 0xFFFE, 2, 44100, 44100 * bits // 4, bits // 4, bits) + extension)
            return errors.riff(head, errors.chunk(b"data", bytes(bits // 4 * 500)))
        count = 0
        for name, data, asked, note in (
                ("24", wav(24), "16", b"24 bits become 16; --bits 24 keeps them"), ("32", wav(32), "16", b"32 bits become 16; --bits 32 keeps them"),
                ("32", wav(32), "24", b"32 bits become 24; --bits 32 keeps them"), ("20 of 24", wav(24, 20), "16", b"20 bits become 16; --bits 24 keeps them"),
                ("24 of 32", wav(32, 24), "16", b"24 bits become 16; --bits 24 keeps them"), ("24 of 32", wav(32, 24), "24", None),
                ("24", wav(24), "24", None), ("24", wav(24), "32", None), ("16", wav(16), "16", None), ("8", wav(8), "16", None),
                ("float", wav(32, tag=3), "16", b"32-bit float becomes 16 bits; --bits 32 keeps most"),
                ("float", wav(32, tag=3), "24", b"32-bit float becomes 24 bits; --bits 32 keeps most"), ("float", wav(32, tag=3), "32", None)):
            self.write("n.wav", data)
            for command in (["play"], ["plan"], ["play", "--pin", "wav", "--out", "o.wav"]):
                done = self.run_it([command[0], "n.wav", *command[1:], "--bits", asked])
                self.assertEqual((done.returncode, done.stderr), (errors.PLAYED, b""), name)
                if note:
                    self.assertIn(b"  note: " + note + b"\n", done.stdout, name)
                else:
                    self.assertNotIn(b"note", done.stdout, name)
                count += 1
            aloud = self.run_it(["play", "n.wav", "--bits", asked, "--json"])
            self.assertEqual(aloud.stderr, b"note: " + note + b"\n" if note else b"", name)
        self.assertEqual(count, 39)

    def test_boards(self):
        boards = json.loads(self.run_it("boards --json").stdout)
        text = self.run_it("boards").stdout.decode()
        self.assertEqual([b["board"] for b in boards], ["pico", "pico2", "waveshare-rp2040-pizero", "pimoroni-pico-plus-2"])
        for board in boards:
            self.assertRegex(text, rf"(?m)^{board['board']} +{board['chip']} +{board['system_hz'] // 1000000} MHz ")
        self.assertEqual([b["vm_heap_in_psram"] for b in boards], [False, False, False, True])
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_the_latency_of_a_file_is_all_slots(self):
        """As test_desktop measures it: one slot plays, and the others wait behind it."""
        for ms in ("1", "20", "300"):
            done = self.run_it(f"play {{f}} --pin wav --out o.wav --buffer {ms} --report r.json")
            with open(os.path.join(self.folder, "r.json"), encoding="utf-8") as file:
                plan = json.load(file)["plan"]
            frames = plan["buffer_frames"] + plan["slot_frames"]
            self.assertEqual(plan["latency_us"], frames * 1000000 // 44100)
            self.assertIn(f"latency   {plan['latency_us'] / 1000:.3f} ms at most", done.stdout.decode())

    def test_mono_mixes_and_dither_dithers(self):
        """Left and right differ; of what is narrowed, dithered samples are off by one at most, and not all the same."""
        left = [(i * 37) % 20000 - 10000 for i in range(errors.FRAMES)]
        stereo = b"".join(struct.pack("<hh", v, 4001 - v) for v in left)
        self.write("two.wav", errors.riff(errors.fmt(), errors.chunk(b"data", stereo)))
        for pin in ("i2s", "wav"):
            out = self.run_it(f"play two.wav --mono --pin {pin} --out - --quiet").stdout
            self.assertIn(struct.pack("<hh", 2001, 2001) * errors.FRAMES, out)  # halves go up
        wide = errors.riff(errors.fmt(bits=24), errors.chunk(b"data", (1000 * 256 + 100).to_bytes(3, "little") * 2 * errors.FRAMES))
        self.write("wide.wav", wide)
        for pin in ("i2s", "wav"):
            for words, wanted in (("", {1000}), ("--dither", {999, 1000, 1001})):
                out = self.run_it(f"play wide.wav {words} --pin {pin} --out - --quiet").stdout
                heard = struct.unpack(f"<{(len(out) - 44) // 2}h", out[44:])
                middle = heard[next(i for i, v in enumerate(heard) if v >= 998):][:2 * errors.FRAMES - 300]
                self.assertLessEqual(set(middle), wanted)
                self.assertEqual(len(set(middle)) > 1, bool(words))
                if words:  # what dither is for: the mean is that of the wide samples
                    self.assertAlmostEqual(sum(middle) / len(middle), 1000 + 100 / 256, delta=0.05)

    def test_figures_that_nothing_else_compares(self):
        self.write("long.wav", errors.riff(errors.fmt(), errors.chunk(b"data", errors.samples(9000))))
        for words in ("", "--stall 100:60", "--buffer 50 --bits 32"):
            done = self.run_it(f"play long.wav {words} --json")
            facts = json.loads(done.stdout)
            report, plan = facts["report"], facts["plan"]
            self.assertAlmostEqual(report["virtual_s"], report["frames_out"] / plan["rate"]["reached_hz"], delta=0.002)
            self.assertAlmostEqual(report["virtual_s_per_real_s"], report["virtual_s"] / report["real_s"],
                                   delta=0.01 * report["virtual_s_per_real_s"] + 0.001)
            self.assertIsInstance(report["headroom_min_frames"], int)
            self.assertLessEqual(report["headroom_min_frames"], plan["buffer_frames"])
            self.assertEqual(report["headroom_min_frames"] == 0, "--stall" in words)
            self.assertGreaterEqual(report["feeds"], 9000 // plan["slot_frames"])

    def test_volume_is_in_force_from_the_first_frame(self):
        out = self.run_it("play {f} --volume -6.0206 --pin wav --out - --quiet").stdout
        wanted = b"".join(struct.pack("<hh", *[(v + 1) >> 1] * 2) for v in (((i * 37) % 20000 - 10000) for i in range(errors.FRAMES)))
        self.assertIn(wanted, out)

    def test_devices_of_the_null_backend(self):
        done = self.run_it("play --list-devices --json")
        if done.returncode == errors.FAILED:
            self.assertIn(b"libminiaudio-dev", done.stderr)
            print("built without miniaudio: the command says so")
            return
        devices = json.loads(done.stdout)
        self.assertEqual([d["default"] for d in devices], [True])
        done = self.run_it("play {f} --pin speaker --json")
        facts = json.loads(done.stdout)
        self.assertEqual((facts["report"]["frames_in"], facts["report"]["program_frames"]), (errors.FRAMES, errors.FRAMES))
        self.assertEqual(self.run_it(["play", "a.wav", "--pin", "speaker", "--device", devices[0]["name"][2:8]]).returncode,
                         errors.PLAYED)
        self.refused("play {f} --pin speaker --device nonesuch", errors.FAILED, "nonesuch")

    def test_no_sound_card(self):
        if b"without miniaudio" in self.run_it("play --list-devices").stderr:
            print("built without miniaudio: there is no card to miss")
            return
        seen = 0
        for cards in ("/dev/null", "/usr/share/alsa/alsa.conf"):  # none is listed; one is listed, which a machine without cards cannot open
            done = subprocess.run([TONEARM, "play", "a.wav", "--pin", "speaker", "--quiet"], cwd=self.folder, capture_output=True, timeout=60,
                                  env=dict(os.environ, TONEARM_AUDIO_BACKEND="alsa", ALSA_CONFIG_PATH=cards), check=False)
            if done.returncode == errors.PLAYED and cards != "/dev/null":
                continue  # there is a card
            told = errors.sentences(done.stderr.decode())
            self.assertEqual((done.returncode, len(told)), (errors.FAILED, 1), told)
            self.assertTrue(told[0].endswith("; see --list-devices, or use --pin wav --out FILE"), told)
            self.assertNotIn("Hz", told[0])
            seen += 1
        self.assertGreaterEqual(seen, 1)


if __name__ == "__main__":
    if not os.access(TONEARM, os.X_OK):
        sys.exit(f"{TONEARM} is not there: make")
    unittest.main(verbosity=1)
