#!/usr/bin/env python3
"""What playing takes of a board's processor: plan and play tell the sum of what the benches allow, warn when it is too much, and name what helps.

In: the command, $TONEARM; bench/*.budget, from which the sums are made anew here, in fractions, by what docs/figures.md and the budgets say of each figure.
Out: unittest's report; how many plans were added up.
"""
import itertools
import json
import os
import re
import struct
import subprocess
import sys
import unittest
from fractions import Fraction

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_cli_errors as errors  # noqa: E402
import test_cli_render as render  # noqa: E402
import test_cli_text as text  # noqa: E402

CLOCKS = {"pico": 125000000, "pico2": 150000000, "waveshare-rp2040-pizero": 125000000, "pimoroni-pico-plus-2": 150000000}
TIGHT = {"cycles": 850, "instructions": 650}
BEST = ["--rate", "48000", "--resample", "best"]


def budget(name):
    lines = text.read("bench", f"{name}.budget").splitlines()
    return {words[0]: [Fraction(word) for word in words[1:]] for words in map(str.split, lines) if words and words[0] != "#"}


CYCLES, INSTRUCTIONS, OUTPUT, SYNTH = (budget(name) for name in ("m0plus", "m33", "output", "synth"))


def wav(sample, channels, rate, frames=441):
    bits, tag = {"u8": (8, 1), "s16": (16, 1), "s24": (24, 1), "s32": (32, 1), "float": (32, 3)}[sample]
    return errors.riff(errors.fmt(tag=tag, channels=channels, rate=rate, bits=bits),
                       errors.chunk(b"data", bytes(channels * bits // 8 * frames)))


def on_line(points, x):
    """Through the two measured points next to x."""
    points = sorted(points)
    upper = next((n for n, (at, _) in enumerate(points) if at >= x), len(points) - 1)
    (a, low), (b, high) = points[max(upper, 1) - 1], points[max(upper, 1)]
    return low + (high - low) * (x - a) / (b - a)


class Sum:
    """What each part takes of a frame on one chip."""

    def __init__(self, chip):
        self.small = chip == "RP2040"
        self.figures = CYCLES if self.small else INSTRUCTIONS
        self.chip = chip.lower()

    def of(self, name):
        return self.figures[name][0]

    def synthesizer(self, notes):
        column = 0 if self.small else 1
        mono = [(n, SYNTH[f"synth.mono.{n}"][column] * n) for n in (1, 8, 24)]
        return on_line(mono, notes) + (SYNTH["synth.interpolated.mono.8"][column] - SYNTH["synth.mono.8"][column]) * notes

    def reader(self, sample, channels):
        """By the bytes of a frame in memory; of more than two channels, two are kept; a float becomes an integer."""
        size = channels * {"u8": 1, "s16": 2, "s24": 3}.get(sample, 4)
        if channels > 2:
            cost = on_line([(6, self.of("wav.s16.3")), (32, self.of("wav.s32.8"))], size)
        else:
            cost = on_line([(2, self.of("wav.s16.mono")), (8, self.of("wav.s32.stereo"))], size)
        if sample == "float":
            pair = ("wav.float32.mono", "wav.s16.mono") if channels == 1 else ("wav.float32.stereo", "wav.s32.stereo")
            cost += max(self.of(pair[0]) - self.of(pair[1]), 0)
        return cost

    def resampler(self, quality, channels, wide, in_hz, out_hz):
        way = "down" if in_hz > out_hz else "up"
        cost = self.of(f"resample.{quality}.{'mono' if channels == 1 else 'stereo'}.{'s32' if wide else 's16'}.{way}")
        return max(cost, cost * in_hz * 147 / (out_hz * 160)) if way == "down" else cost

    def output(self, sample, channels, bits, slot, gain, mono, dither):
        feed = on_line([(n, OUTPUT[f"{self.chip}.feed.copy.{n}"][0]) for n in (128, 256, 512)], slot)
        cost = (feed + OUTPUT["rp2040.isr"][0]) / slot
        convert = self.of(f"{sample}.{'mono' if channels == 1 else 'stereo'}.s{bits}") - self.of("s16.stereo.s16")
        return cost + max(convert, 0) + self.shape(sample, channels, bits, gain, mono, dither)

    def shape(self, sample, channels, bits, gain, mono, dither):
        deep = {"u8": 16}.get(sample) or int(sample[1:])
        mixed = mono and channels == 2
        dither = dither and bits < 32 and (deep > bits or mixed or gain % 65536 != 0)
        wide = "s32.s24" if bits > 16 else "s24.s16"
        own = "s16.s16" if bits == 16 and deep == 16 else wide
        plain = self.of(f"shape.identity.{own}")
        if dither:
            cost = self.of(f"shape.quieter+dither.{own}") - plain
            cost += self.of(f"shape.louder.{wide}") - self.of(f"shape.quieter.{wide}") if gain > 65536 else 0
            return cost + (self.of(f"shape.quieter+mono.{wide}") - self.of(f"shape.quieter.{wide}") if mixed else 0)
        if gain > 65536:
            return self.of(f"shape.louder.{own}") - plain + (
                self.of(f"shape.quieter+mono.{wide}") - self.of(f"shape.quieter.{wide}") if mixed else 0)
        if gain < 65536:
            return self.of(f"shape.quieter{'+mono' if mixed else ''}.{own}") - plain
        return self.of(f"shape.mono.{own}") - plain if mixed else 0


def percent(permille):
    return f"{permille // 10}.{permille % 10} %" if permille < 100 else f"{-(-permille // 10)} %"


class Case(errors.Case):
    def plan(self, *words, code=errors.PLAYED):
        done = self.run_it(["plan", *words, "--json"])
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout)

    def warned(self, done):
        return [line for line in errors.sentences(done.stderr.decode()) if "warning" in line]


class Sums(Case):
    added = 0

    def add_up(self, name, sample, channels, in_hz, words, in_file=None):
        """Every figure of the plan's part, as JSON and as text."""
        options = dict(zip(words, [*words[1:], ""]))
        board = options.get("--board", "pico")
        facts = self.plan(name, *words)
        told, plan = facts["plan"]["processor"], facts["plan"]
        own = Sum(facts["output"]["chip"])
        out_hz, bits = facts["output"]["rate_hz"], facts["output"]["bits"]
        gain = round(10 ** (float(options.get("--volume", 0)) / 20) * 65536)
        parts = {"WAV file": own.reader(*(in_file or (sample, channels))) * Fraction(in_hz, out_hz)}
        if out_hz != in_hz:
            wide = bits > 16 and sample in ("s24", "s32")
            parts["resampler"] = own.resampler(options["--resample"], channels, wide, in_hz, out_hz)
            sample = "s32" if wide else "s16"
        parts["output"] = own.output(sample, channels, bits, plan["slot_frames"], gain, "--mono" in words, "--dither" in words)
        self.compare(told, parts, out_hz, board)
        self.compare_text(told, self.run_it(["plan", name, *words]))

    def compare(self, told, parts, rate, board):
        Sums.added += 1
        self.assertEqual(set(told), {"system_hz", "unit", "cycles_per_s", "permille", "sources", "not_counted", "verdict", "keeps_up", "cost", "try"})
        self.assertEqual({source["name"]: source["count"] for source in told["sources"]}, {name: 1 for name in parts})
        for source in told["sources"]:
            wanted = parts[source["name"]] * rate
            slack = Fraction(4, 100) * rate + 1  # each figure is kept in hundredths, rounded up
            self.assertLessEqual(abs(source["cycles_per_s"] - wanted), slack, (source, float(wanted)))
            self.assertEqual(source["permille"], -(-source["cycles_per_s"] * 1000 // CLOCKS[board]))
        takes = [source["cycles_per_s"] for source in told["sources"]]
        self.assertEqual((takes, told["cycles_per_s"]), (sorted(takes, reverse=True), sum(takes)))
        self.assertEqual((told["system_hz"], told["permille"]), (CLOCKS[board], -(-sum(takes) * 1000 // CLOCKS[board])))
        self.assertEqual(told["unit"], "cycles" if CLOCKS[board] == 125000000 else "instructions")
        verdict = "too much" if told["permille"] > 937 else "tight" if told["permille"] >= TIGHT[told["unit"]] else "keeps up"
        self.assertEqual((told["verdict"], told["keeps_up"]), (verdict, verdict != "too much"))
        self.assertIn(f"{percent(told['permille'])} of {CLOCKS[board] // 1000000} MHz", told["cost"])

    def compare_text(self, told, done):
        lines = done.stdout.decode().splitlines()
        at = next(n for n, line in enumerate(lines) if line.startswith("  processor "))
        least = "" if told["unit"] == "cycles" else "at least "
        self.assertEqual(lines[at], f"  processor {least}{percent(told['permille'])} of {told['system_hz'] // 1000000} MHz: "
                                    f"{told['cycles_per_s']:,} {told['unit']} a second")
        self.assertEqual(lines[at + 1], " " * 12 + ", ".join(f"{s['name']} {percent(s['permille'])}" for s in told["sources"]) +
                         f", plus {told['not_counted']}")
        self.assertTrue(all(len(line) <= 80 for line in [*lines, *done.stderr.decode().splitlines()]), lines)
        self.assertEqual(bool(self.warned(done)), told["verdict"] != "keeps up")

    def test_every_format_on_every_wire(self):
        for sample, channels, bits in itertools.product(("u8", "s16", "s24", "s32", "float"), (1, 2, 6), ("16", "24", "32")):
            self.write("f.wav", wav(sample, channels, 44100))
            self.add_up("f.wav", sample.replace("float", "s32"), min(channels, 2), 44100, ["--bits", bits], (sample, channels))

    def test_every_way_to_resample(self):
        for sample, channels, bits, quality in itertools.product(("s16", "s24"), (1, 2), ("16", "24"), ("linear", "good", "best")):
            for in_hz, out_hz in ((44100, 48000), (48000, 44100), (96000, 22050)):
                self.write("r.wav", wav(sample, channels, in_hz))
                self.add_up("r.wav", sample, channels, in_hz, ["--rate", str(out_hz), "--resample", quality, "--bits", bits])

    def test_every_way_to_shape(self):
        for sample, channels in (("s16", 2), ("s24", 2), ("s16", 1)):
            self.write("s.wav", wav(sample, channels, 48000))
            for bits, volume, mono, dither in itertools.product(("16", "24", "32"), ("0", "-6", "3", "6.0206"), ([], ["--mono"]), ([], ["--dither"])):
                self.add_up("s.wav", sample, channels, 48000, ["--bits", bits, "--volume", volume, *mono, *dither])

    def test_every_board_with_long_and_short_slots(self):
        self.write("b.wav", wav("s16", 2, 44100))
        slots = set()
        for board, buffer in itertools.product(CLOCKS, ("1", "3", "20", "100", "150")):
            words = ["--board", board, "--buffer", buffer]
            self.add_up("b.wav", "s16", 2, 44100, words)
            self.add_up("b.wav", "s16", 2, 44100, [*words, "--rate", "32000", "--resample", "best"])
            slots.add(self.plan("b.wav", *words)["plan"]["slot_frames"])
        self.assertGreaterEqual(len(slots), 4)

    def test_an_equal_rate_is_not_resampled(self):
        self.write("e.wav", wav("s16", 2, 44100))
        told = self.plan("e.wav", "--rate", "44100", "--resample", "best")["plan"]["processor"]
        self.assertEqual({source["name"] for source in told["sources"]}, {"output", "WAV file"})

    @classmethod
    def tearDownClass(cls):
        print(cls.added, "plans added up")
        assert cls.added > 250


class Verdicts(Case):
    def setUp(self):
        super().setUp()
        self.write("cd.wav", wav("s16", 2, 44100))

    def test_too_much_is_a_warning_and_no_failure(self):
        for words, terminal in (("plan cd.wav", True), ("plan cd.wav --json", True), ("play cd.wav", True), ("play cd.wav --json", True),
                                ("play cd.wav --out o.wav --report r.json", True), ("play cd.wav --quiet", False)):
            with self.subTest(words=words):
                done = self.run_it([*words.split(), *BEST])
                self.assertEqual(done.returncode, errors.PLAYED)
                said = self.warned(done)
                self.assertEqual(len(said), 1 if terminal else 0)
                if terminal:
                    told = self.plan("cd.wav", *BEST)["plan"]["processor"]
                    self.assertEqual((told["verdict"], told["keeps_up"]), ("too much", False))
                    self.assertEqual(said[0], f"tonearm: warning: {told['cost']}: {told['try']}")
                    self.assertIn("it will not keep up", told["cost"])
                    self.assertNotIn("voices", told["cost"])
                else:
                    self.assertEqual(done.stderr, b"")

    def test_tight_is_told_and_keeps_up(self):
        done = self.run_it(["plan", "cd.wav", *BEST, "--board", "pico2"])
        told = self.plan("cd.wav", *BEST, "--board", "pico2")["plan"]["processor"]
        self.assertEqual((told["verdict"], told["keeps_up"]), ("tight", True))
        self.assertIn("at least", told["cost"])
        self.assertEqual(len(self.warned(done)), 1)
        self.assertIn("leaves the program little", self.warned(done)[0])

    def test_what_keeps_up_is_not_talked_about(self):
        for words in (["plan", "cd.wav"], ["play", "cd.wav"], ["plan", "cd.wav", "--json"], ["plan", "cd.wav", "--rate", "48000", "--resample", "good"]):
            self.assertEqual(self.run_it(words).stderr, b"")
        self.assertIsNone(self.plan("cd.wav")["plan"]["processor"]["try"])

    def test_warnings_have_no_colours(self):
        for variables in ({"TERM": "xterm"}, {"TERM": "xterm", "NO_COLOR": "1"}):
            env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | variables
            for command in ("plan", "play"):
                code, said = text.in_terminal([command, "cd.wav", *BEST], self.folder, env)
                self.assertEqual(code, errors.PLAYED)
                self.assertTrue(said.startswith("tonearm: warning: "), said)
                self.assertNotIn("\x1b", said.split("try: ")[0])

    def test_a_refusal_comes_first(self):
        done = self.run_it(["plan", "cd.wav", *BEST, "--vm-heap", "1024"])
        self.assertEqual((done.returncode, self.warned(done)), (errors.REFUSED, []))
        facts = self.plan("cd.wav", *BEST, "--vm-heap", "1024", code=errors.REFUSED)
        self.assertFalse(facts["plan"]["processor"]["keeps_up"])

    def test_what_is_named_helps_and_no_more_does(self):
        """Each option that a warning names makes it keep up by itself, and a step further does not."""
        with open(os.path.join(self.folder, "chord.mid"), "wb") as file:
            file.write(chord(30))
        self.write("hi.wav", wav("s24", 2, 96000))
        named = set()
        for words in (["cd.wav", *BEST], ["cd.wav", *BEST, "--board", "pico2"], ["hi.wav", "--rate", "44100", "--resample", "best", "--bits", "32"],
                      ["hi.wav", "--rate", "44100", "--resample", "good", "--bits", "24"], ["chord.mid", "--polyphony", "30", "--rate", "96000"],
                      ["chord.mid", "--polyphony", "30", "--rate", "192000", "--board", "pico2"], ["chord.mid", "--rate", "88200"],
                      ["hi.wav", "--rate", "384000", "--resample", "linear", "--bits", "32"]):
            told = self.plan(*words)["plan"]["processor"]
            self.assertNotEqual(told["verdict"], "keeps up", words)
            for knob in told["try"].split(", or "):
                option, value = knob.split()[:2]
                named.add(option)
                self.assertEqual(self.verdict(words, option, value), "keeps up", (words, knob))
                more = {"--resample": {"linear": "good", "good": "best"}.get(value), "--polyphony": value.isdigit() and str(int(value) + 1)}.get(option)
                if more:
                    self.assertNotEqual(self.verdict(words, option, more), "keeps up", (words, knob))
        self.assertEqual(named, {"--resample", "--rate", "--polyphony", "--board"})

    def verdict(self, words, option, value):
        words = list(words)
        if option in words:
            words[words.index(option) + 1] = value
        else:
            words += [option, value]
        done = self.run_it(["plan", *words, "--json"])
        self.assertIn(done.returncode, (errors.PLAYED, errors.REFUSED), done.stderr)  # another board's memory is another matter
        return json.loads(done.stdout)["plan"]["processor"]["verdict"]

    def test_play_says_what_plan_said(self):
        for words in ([], BEST, ["--volume", "-3", "--mono", "--dither", "--bits", "24"], ["--volume", "3", "--board", "pico2", "--buffer", "50"],
                      ["--rate", "22050", "--resample", "good"]):
            planned, played = self.run_it(["plan", "cd.wav", *words]), self.run_it(["play", "cd.wav", *words])
            before = planned.stdout.decode().split("  fits ")[0]
            self.assertTrue(played.stdout.decode().startswith(before), words)
            self.assertEqual(planned.stderr, played.stderr)
            self.assertEqual(self.plan("cd.wav", *words)["plan"], json.loads(self.run_it(["play", "cd.wav", *words, "--json"]).stdout)["plan"])

    def test_without_a_chip_there_is_no_processor(self):
        words = ["play", "cd.wav", "--pin", "wav", "--out", "o.wav", *BEST]
        done = self.run_it(words)
        self.assertEqual((done.returncode, done.stderr), (errors.PLAYED, b""))
        self.assertNotIn(b"processor", done.stdout)
        self.assertNotIn("processor", json.loads(self.run_it([*words, "--json"]).stdout)["plan"])


def chord(notes, apart=0):
    """So many keys held for a second; or each for 10 ms, `apart` ms after the one before."""
    if not apart:
        return render.song(render.track(*[(0, bytes([0x90, 36 + n, 100])) for n in range(notes)], (960, b"\x80\x24\0"),
                                        *[(0, bytes([0x80, 36 + n, 0])) for n in range(1, notes)]))
    events = []
    for n in range(notes):  # a tick of 480 a quarter at 120 a minute is 1.04 ms
        events += [(round((apart - 10) * 0.96) if n else 0, bytes([0x90, 36 + n, 100])), (round(10 * 0.96), bytes([0x80, 36 + n, 0]))]
    return render.song(render.track(*events))


class Songs(Case):
    def song(self, data, *words, **how):
        self.write("s.mid", data)
        return self.plan("s.mid", *words, **how)

    def test_as_many_voices_as_notes(self):
        player = {}
        for notes, words in itertools.product((1, 2, 7, 8, 16, 24, 30), ([], ["--board", "pico2"], ["--rate", "22050"], ["--polyphony", "6"])):
            facts = self.song(chord(notes), *words)
            most = 6 if "--polyphony" in words else 24
            source, told = facts["source"], facts["plan"]["processor"]
            planned = 6 if "--polyphony" in words else min(notes, most)
            self.assertEqual((source["polyphony"], source["notes_max"], source["stolen"]), (planned, min(notes, most), max(0, notes - most)))
            rate = 22050 if "--rate" in words else 44100
            self.assertEqual((source["rate_hz"], source["channels"], source["midi_type"], source["tracks"], source["events"]),
                             (rate, 1, 0, 1, 2 * notes + 1))
            own = Sum(facts["output"]["chip"])
            parts = {"synthesizer": own.synthesizer(min(notes, most)), "output": own.output("s16", 1, 16, facts["plan"]["slot_frames"], 65536, False, False)}
            for part in told["sources"]:
                wanted = parts.pop(part["name"]) * rate
                self.assertLessEqual(abs(part["cycles_per_s"] - wanted), (Fraction(4, 100) + Fraction(2 * notes, 100)) * rate + 1, (notes, words, part))
            self.assertEqual(parts, {})
            objects = {item["object"]: item["bytes"] for item in facts["plan"]["objects"]}
            player.setdefault(planned, objects["MIDI player"])
            self.assertEqual(player[planned], objects["MIDI player"])
            shown = self.run_it(["plan", "s.mid", *words]).stdout.decode()
            self.assertIn(f"  voices    {planned} planned; the song has at most {min(notes, most)} notes at a time\n", shown)
            self.assertEqual(f"{notes - most} notes are cut" in shown, notes > most)
            self.assertTrue(all(len(line) <= 80 for line in shown.splitlines()), shown)
        each = (player[24] - player[8]) / 16
        self.assertGreater(each, 50)
        for planned, size in player.items():  # a voice more is so much more, but for alignment
            self.assertAlmostEqual(size, player[8] + (planned - 8) * each, delta=16)

    def test_what_is_released_sounds_on(self):
        """Of notes that begin every so many ms, as many sound as begin while one does, from its press to the end of its release."""
        self.write("s.mid", chord(1, 50))
        life = 1000 * json.loads(self.run_it("render s.mid -o o.wav --json").stdout)["frames"] / 44100
        self.assertTrue(200 < life < 300, life)
        seen = set()
        for apart in (20, 35, 50, 80, 110, 170, 400):
            most = self.song(chord(30, apart))["source"]["notes_max"]
            self.assertIn(most, (int(life / apart), int(life / apart) + 1))
            seen.add(most)
        self.assertGreaterEqual(len(seen), 6)

    def test_a_song_may_last_a_century(self):
        """And is planned at once; a note that is held all the time is one, and what begins after it comes on top."""
        tempo, never = b"\xff\x51\x03\xff\xff\xff", 0x0FFFFFFF
        events = [(0, tempo), (0, b"\x90\x24\x64"), (never, b"\x90\x30\x64"), (0, b"\x80\x30\0"), (never, b"\x90\x32\x64")]
        source = self.song(render.song(render.track(*events), division=1))["source"]
        self.assertEqual((source["notes_max"], source["song_us"]), (2, 2 * never * 0xFFFFFF))
        for rate in ("1000", "8000", "96000"):  # what was released a moment ago still counts, however long the wait behind it
            source = self.song(render.song(render.track(*events[:2], (1, b"\x80\x24\0"), (never, b"\x90\x30\x64")), division=1), "--rate", rate)["source"]
            self.assertEqual(source["notes_max"], 1)

    def test_a_song_without_notes(self):
        for data in (render.song(render.track()), render.song(render.track((0, b"\x99\x45\x64"), (480, b"\x89\x45\0")))):
            source = self.song(data)["source"]
            self.assertEqual((source["polyphony"], source["notes_max"], source["stolen"]), (1, 0, 0))

    def test_the_same_sentence_as_render(self):
        """Whatever is wrong with the file; and neither ends well with what is cut."""
        data = chord(3)
        for cut in range(len(data) - 4):
            self.write("cut.mid", data[:cut])
            planned, made = self.run_it(["plan", "cut.mid"]), self.run_it(["render", "cut.mid", "-o", "o.wav"])
            self.assertEqual((planned.returncode, planned.stdout, planned.stderr), (errors.FAILED, b"", made.stderr), cut)

    def test_what_is_a_song(self):
        self.write("song.bin", chord(2))
        self.assertEqual(self.plan("song.bin")["source"]["notes_max"], 2)
        self.write("LOUD.MID", wav("s16", 2, 44100))
        self.refused("plan LOUD.MID", errors.FAILED, "does not begin as one")
        self.write("ok.wav", chord(1))
        self.assertEqual(self.plan("ok.wav")["source"]["notes_max"], 1)
        for command in ("play", "info"):
            self.refused([command, "song.bin"], errors.FAILED, "tonearm render")
        self.refused("plan none.mid", errors.FAILED, "No such file")

    def test_options_that_do_not_go_together(self):
        self.write("s.mid", chord(1))
        self.refused("plan s.mid --rate 48000 --resample good", errors.USAGE, "leave it out")
        self.refused("plan {f} --polyphony 3", errors.USAGE, "no MIDI file")
        self.refused("plan s.mid --polyphony 129", errors.USAGE, "1 to 128")
        self.refused("plan s.mid --wave sine", errors.USAGE, "--wave")
        self.refused("play {f} --polyphony 3", errors.USAGE, "--polyphony")

    def test_memory_may_be_refused(self):
        self.write("s.mid", chord(24))
        for words in (["--vm-heap", "4096"], ["--board", "waveshare-rp2040-pizero", "--memory", "port"]):
            done = self.run_it(["plan", "s.mid", *words])
            self.assertEqual(done.returncode, errors.REFUSED)
            knobs = self.song(chord(24), *words, code=errors.REFUSED)["plan"]["failure"]["knob"]
            self.assertIn("--vm-heap", knobs)
            for size in re.findall(r"--vm-heap (\d+)", knobs):
                self.assertEqual(self.run_it(["plan", "s.mid", *words, "--vm-heap", size]).returncode, errors.PLAYED)
        for number in (1, 2, 3):
            self.plan("s.mid", "--fail-alloc", str(number), code=errors.REFUSED)

    def test_scripts_plan_themselves(self):
        self.write("s.py", b"print(1)\n")
        self.refused("plan s.py", errors.FAILED, "out.plan(sample)")
        self.refused("plan none.py", errors.FAILED, "No such file")
        self.refused("play s.py", errors.FAILED, "tonearm render")


class Sources(Case):
    """What sources took is of this machine's time: shares, and frames, which are exact."""

    def test_a_file_and_its_resampler(self):
        self.write("cd.wav", wav("s16", 2, 44100, 9000))
        for more in ([], ["--pin", "wav", "--out", "o.wav"], ["--bits", "32", "--loop", "2"]):
            facts = json.loads(self.run_it(["play", "cd.wav", *BEST, *more, "--json"]).stdout)
            sources, report = facts["report"]["sources"], facts["report"]
            self.assertEqual([source["name"] for source in sources], ["resampler", "WAV file"])  # it takes far more
            self.assertEqual(sources[0]["frames"], report["frames_in"])
            self.assertEqual(sources[1]["frames"], 27000 if "--loop" in more else 9000)
            self.check(sources, report["real_s"])
            self.assertLess(sources[1]["permille"], 300)
            shown = self.run_it(["play", "cd.wav", *BEST, *more]).stdout.decode()
            self.assertRegex(shown, r"(?m)^  sources   resampler \d+\.\d %, WAV file \d+\.\d % of their time on this machine$")

    def test_one_source_is_in_the_json_alone(self):
        self.write("cd.wav", wav("s16", 2, 44100, 9000))
        for more in ([], ["--pin", "wav", "--out", "o.wav"]):
            facts = json.loads(self.run_it(["play", "cd.wav", *more, "--json"]).stdout)
            self.assertEqual([(s["name"], s["frames"], s["permille"]) for s in facts["report"]["sources"]], [("WAV file", 9000, 1000)])
            self.check(facts["report"]["sources"], facts["report"]["real_s"])
            self.assertNotIn(b"  sources", self.run_it(["play", "cd.wav", *more]).stdout)

    def test_a_song(self):
        self.write("s.mid", chord(8))
        made = json.loads(self.run_it("render s.mid -o o.wav --json").stdout)
        self.assertEqual([(s["name"], s["frames"], s["permille"]) for s in made["sources"]], [("synthesizer", made["frames"], 1000)])
        self.check(made["sources"], 60)
        self.assertNotIn(b"  sources", self.run_it("render s.mid -o o.wav").stdout)

    def check(self, sources, seconds):
        for source in sources:
            self.assertEqual(set(source), {"name", "frames", "pulls", "permille", "host_us", "host_ns_per_frame", "host_longest_us"})
            self.assertGreater(source["pulls"], 0)
            self.assertAlmostEqual(source["host_ns_per_frame"], source["host_us"] * 1000 / source["frames"], delta=1)
        self.assertGreaterEqual(sum(s["permille"] for s in sources), 999)
        self.assertLessEqual(sum(s["permille"] for s in sources), 1000)
        self.assertEqual([s["host_us"] for s in sources], sorted((s["host_us"] for s in sources), reverse=True))
        self.assertLessEqual(sum(s["host_us"] for s in sources), seconds * 1e6)


if __name__ == "__main__":
    if not os.access(errors.TONEARM, os.X_OK):
        sys.exit(f"{errors.TONEARM} is not there: make")
    unittest.main(verbosity=1)
