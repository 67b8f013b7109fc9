#!/usr/bin/env python3
"""A plan knows the graph: every kind of source at the figure that was measured of it, every kind of connection, before it plays and while it does, and what is said where it is too much.

In: build/micropython; src/source/cost_figures.h, which are the benches' figures. Figures of shapes that were measured must come back to the last cycle.
"""
import os
import re

import mpy
from test_graph import HEAD

COLUMN = {"pico": 0, "pico2": 1}  # cycles of the RP2040, instructions of the RP2350
count = 0


def figures():
    with open(os.path.join(mpy.ROOT, "src/source/cost_figures.h"), encoding="utf-8") as file:
        found = re.findall(r'F\(COST_\w+, "([^"]+)", (\d+), (\d+)\)', file.read())
    return {name: (int(cycles), int(instructions)) for name, cycles, instructions in found}


FIGURES = figures()
START = HEAD + """
import audiofreeverb, audiopwmio, synthio
B = synthio.Biquad(synthio.FilterMode.LOW_PASS, 1000)
def stereo(frames, rate=44100): return audiocore.RawSample(array.array('h', bytes(4 * frames)), channel_count=2, sample_rate=rate)
def rows(plan): return [(name, many, per_s) for name, many, per_s in plan['sources'] if name != 'output']
out = make()
"""


def per_s(board, hundredths, rate):
    return (hundredths[COLUMN[board]] * rate + 99) // 100


def expect_rows(board, what, script, wanted):
    global count
    count += 1
    mpy.expect(f"{board}: {what}", mpy.run(START + script, board=board).split("\n")[:-1], wanted)


def combined(*parts):
    """Sums of (times, figure's name)."""
    return tuple(sum(times * FIGURES[name][chip] for times, name in parts) for chip in (0, 1))


def every_kind(board):
    """(expression, name in the plan, hundredths a frame)"""
    kinds = []
    for channels, side in ((1, "mono"), (2, "stereo")):
        knobs = f"channel_count={channels}, sample_rate=44100"

        def one(expression, name, figure):
            kinds.append((expression.replace("KNOBS", knobs), name, FIGURES[f"{figure}.{side}"]))
        one("audiofilters.Filter(KNOBS)", "filter", "filter.copy")
        one("audiofilters.Filter(filter=B, KNOBS)", "filter", "filter.1")
        one("audiofilters.Filter(filter=(B, B), KNOBS)", "filter", "filter.2")
        for mode in ("clip", "lofi", "overdrive", "waveshape"):
            one(f"audiofilters.Distortion(mode=audiofilters.DistortionMode.{mode.upper()}, KNOBS)", "distortion", f"distortion.{mode}")
        one("audiofilters.Distortion(soft_clip=True, KNOBS)", "distortion", "distortion.clip+soft")
        one("audiofilters.Phaser(stages=1, KNOBS)", "phaser", "phaser.1")
        one("audiofilters.Phaser(KNOBS)", "phaser", "phaser.6")
        one("audiofreeverb.Freeverb(KNOBS)", "freeverb", "freeverb")
        one("audiodelays.Echo(max_delay_ms=9, delay_ms=9, freq_shift=False, KNOBS)", "echo", "echo")
        one("audiodelays.Echo(max_delay_ms=9, delay_ms=9, freq_shift=True, KNOBS)", "echo", "echo.freq_shift")
        one("audiodelays.Echo(max_delay_ms=9, delay_ms=9, freq_shift=False, filter=B, KNOBS)", "echo", "echo+filter")
        one("audiodelays.Chorus(KNOBS)", "chorus", "chorus.1")
        one("audiodelays.Chorus(voices=3, KNOBS)", "chorus", "chorus.3")
        one("audiodelays.Flanger(KNOBS)", "flanger", "flanger")
        one("audiodelays.MultiTapDelay(max_delay_ms=9, delay_ms=9, KNOBS)", "multi-tap delay", "multitap.1")
        one("audiodelays.MultiTapDelay(max_delay_ms=9, delay_ms=9, taps=(0.1, 0.2, 0.3, 1), KNOBS)", "multi-tap delay", "multitap.4")
        one("audiodelays.PitchShift(semitones=0, KNOBS)", "pitch shift", "pitch.0")
        one("audiodelays.PitchShift(semitones=7, KNOBS)", "pitch shift", "pitch.7")
        one("audiodelays.PitchShift(semitones=synthio.LFO(), KNOBS)", "pitch shift", "pitch.7")
        one("audiodelays.GranularPitchShift(KNOBS)", "granular pitch shift", "granular.2")
        one("audiodelays.GranularPitchShift(density=8, KNOBS)", "granular pitch shift", "granular.8")
    kinds += [
        ("audiomixer.Mixer(voice_count=8, sample_rate=44100)", "mixer", combined((8, "mix.panned.stereo.8"))),
        ("audiomixer.Mixer(voice_count=8, channel_count=1, sample_rate=44100)", "mixer",
         combined((8, "mix.s16.mono.8"), (8, "mix.panned.stereo.8"), (-8, "mix.s16.stereo.8"))),
        ("audiospeed.SpeedChanger(raw([1]))", "resampler", FIGURES["resample.linear.mono.s16.up"]),
        ("audiospeed.SpeedChanger(stereo(1), quality='good')", "resampler", FIGURES["resample.good.stereo.s16.up"]),
        ("audiospeed.Resampler(stereo(1))", "resampler", FIGURES["resample.linear.stereo.s16.up"]),
        ("audiospeed.Resampler(raw([1]), quality='good')", "resampler", FIGURES["resample.good.mono.s16.up"]),
    ]
    # 14 voices on the desktop: on the line between 8 and 24.
    for channels, side in ((1, "mono"), (2, "stereo")):
        line = tuple(8 * low + (24 * high - 8 * low) * (14 - 8) // (24 - 8) for low, high in zip(FIGURES[f"synth.{side}.8"], FIGURES[f"synth.{side}.24"]))
        kinds.append((f"synthio.Synthesizer(channel_count={channels}, sample_rate=44100)", "synthesizer", line))
        if channels == 1:
            kinds.append(("synthio.MidiTrack(b'\\0\\x90\\x3c\\x40', 640, sample_rate=44100)", "synthesizer", line))
    script = "".join(f"x = {expression}\nprint(rows(out.plan(x)))\nx.deinit()\n" for expression, _, _ in kinds)
    expect_rows(board, "every kind", script, [str([(name, 1, per_s(board, figure, 44100))]) for _, name, figure in kinds])


def connections(board):
    def mixer(resampled=0, way="linear"):
        return ("mixer", 1, per_s(board, combined((8, "mix.panned.stereo.8"), (resampled, f"mix.{way}.stereo.2"), (-resampled, "mix.s16.stereo.2")), 44100))
    flanger = ("flanger", 1, per_s(board, FIGURES["flanger.stereo"], 22050))
    expect_rows(board, "voices of other rates are resampled; what they play is at its own rate", """
m = audiomixer.Mixer(voice_count=8, sample_rate=44100)
m.play(stereo(9), voice=0)
print(rows(out.plan(m)))
for v in (1, 2): m.play(stereo(9, 22050), voice=v)
print(rows(out.plan(m)))
m.play(stereo(9, 48000), voice=3)
print(rows(out.plan(m)))
f = audiodelays.Flanger(channel_count=2, sample_rate=22050)
m.play(f, voice=0)
print(rows(out.plan(m)))
m.stop_voice(3)
m.voice[1].stop()
print(rows(out.plan(m)), rows(out.plan(f)))
""", [str([mixer()]), str([mixer(2)]), str([mixer(3, "linear+down")]), str([mixer(4, "linear+down"), flanger]), f"{[mixer(2), flanger]} {[flanger]}"])
    knobs = "sample_rate=44100"
    u8 = combined((1, "flanger.mono"), (1, "filter.copy.u8.mono"), (-1, "filter.copy.mono"))
    wav = combined((1, "wav.s16.mono"))
    expect_rows(board, "formats of what effects play; files that are read on", f"""
f = audiodelays.Flanger({knobs})
f.play(audiocore.RawSample(bytearray(8), sample_rate=44100))
print(rows(out.plan(f)))
f.play(wave(range(9)))
print(rows(out.plan(f)))
f.play(wave(range(20000)))
print(rows(out.plan(f)))
""", [str([("flanger", 1, per_s(board, u8, 44100))]), str([("flanger", 1, per_s(board, FIGURES["flanger.mono"], 44100))]),
      str([("flanger", 1, per_s(board, FIGURES["flanger.mono"], 44100)), ("WAV file", 1, per_s(board, wav, 44100))])])
    echo = FIGURES["echo.mono"]
    far = tuple(max(figure, figure * 3 * 44100 * 147 // (44100 * 160)) for figure in FIGURES["resample.linear.mono.s16.down"])
    expect_rows(board, "what a SpeedChanger plays is at work as much oftener", """
s = audiospeed.SpeedChanger(echo(freq_shift=False), 3)
print(rows(out.plan(s)))
s.rate = 0.5
print(rows(out.plan(s))[-1])
""", [str(sorted([("echo", 1, per_s(board, echo, 3 * 44100)), ("resampler", 1, per_s(board, far, 44100))], key=lambda row: -row[2])),
      str(("echo", 1, per_s(board, echo, 22050)))])
    lines = [FIGURES["synth.mono.8"], FIGURES["synth.mono.24"]]
    voices = tuple(8 * low + (24 * high - 8 * low) * 6 // 16 for low, high in zip(*lines))
    rich = [tuple(v + 3 * (FIGURES[f"synth.{what}.mono.8"][c] - FIGURES["synth.mono.8"][c]) for c, v in enumerate(voices)) for what in ("filter", "ring", "saw")]
    expect_rows(board, "notes that have more", """
def synth(**k):
    s = synthio.Synthesizer(sample_rate=44100)
    s.press([synthio.Note(200 + n, **k) for n in range(3)])
    return rows(out.plan(s))
print(synth(filter=B))
print(synth(ring_frequency=3, ring_waveform=array.array('h', [1, 2])))
print(synth(tone='saw'))
""", [str([("synthesizer", 1, per_s(board, figure, 44100))]) for figure in rich])
    u8 = tuple(18 * FIGURES["mix.s16.stereo.2"][c] // 18 for c in (0, 1))
    count_of_u8 = tuple(2 * u8[c] + 2 * (FIGURES["mix.panned.stereo.8"][c] - FIGURES["mix.s16.stereo.8"][c])
                        + 2 * (FIGURES["mix.u8.stereo.2"][c] - FIGURES["mix.s16.stereo.2"][c]) for c in (0, 1))
    expect_rows(board, "one voice of 8 bits: as if all were", """
m = audiomixer.Mixer(sample_rate=44100)
m.play(stereo(9), voice=0)
m.play(audiocore.RawSample(bytearray(8), channel_count=2, sample_rate=44100), voice=1)
print(rows(out.plan(m)))
""", [str([("mixer", 1, per_s(board, count_of_u8, 44100))])])


def outputs(board):
    expect_rows(board, "sums, shares, the same before and while it plays, of an output or of none yet", """
m = audiomixer.Mixer(voice_count=8, sample_rate=44100)
e = audiodelays.Echo(max_delay_ms=9, delay_ms=9, channel_count=2, sample_rate=44100)
e.play(m)
m.play(stereo(300), loop=True)
def sums(p):
    total = sum(row[2] for row in p['sources'])
    order = [row[2] for row in p['sources']]
    return (total == p['cycles_per_s'], -(-total * 1000 // p['system_hz']) == p['permille'], order == sorted(order, reverse=True), p['verdict'],
            p['cost'].startswith('the graph needs '), '; ' in p['cost'])
before = out.plan(e)
print(sums(before))
out.play(e)
wait(100)
print(out.plan(e) == before, out.report()['cost'] == before['cost'])
out.volume = 0.5
print(out.plan(e)['cycles_per_s'] > before['cycles_per_s'])
out.volume = 1
out.stop()
wait(50)
print(out.plan(e) == before, out.report()['cost'])
other = tonearm.plan(audiobusio.I2SOut, 0, 1, 2, sample=e)
print(other['sources'] == before['sources'], sums(other), other['rate'] == before['rate'])
print(sums(tonearm.plan(audiopwmio.PWMAudioOut, 14, sample=e))[:3], tonearm.plan(audiobusio.I2SOut, 0, 1, 2)['sources'][0][:2])
print(tonearm.plan(audiobusio.I2SOut, 0, 1, 2, sample=raw([1], rate=22050))['rate'] < 22100)
kinds = [tonearm.plan(audiobusio.I2SOut, 0, 1, 2, bits=bits)['cycles_per_s'] for bits in (16, 32)] + [tonearm.plan(audiopwmio.PWMAudioOut, 14)['cycles_per_s']]
print(kinds[0] < kinds[1] < kinds[2])
print(says(lambda: tonearm.plan(audiobusio.I2SOut, 0, 1, 2, sample=7)))
print(says(lambda: tonearm.plan(audiobusio.I2SOut, 0, 1, 2, sample=raw([1, 2, 3], channel_count=3))))
print(says(lambda: audiobusio.I2SOut(0, 1, 2, sample=e)))
e.deinit()
print(says(lambda: tonearm.plan(audiobusio.I2SOut, 0, 1, 2, sample=e)))
""", ["(True, True, True, 'keeps up', True, False)", "True True", "True", "True None", "True (True, True, True, 'keeps up', True, False) True",
      "(True, True, True) ('output', 1)", "True", "True", "TypeError: 'int' object does not support 'protocol_audiosample'",
      "ValueError: Too many channels in sample.", "TypeError: unexpected keyword argument 'sample'",
      "ValueError: Object has been deinitialized and can no longer be used. Create a new object."])
    expect_rows(board, "too much is said, and played all the same", """
m = audiomixer.Mixer(voice_count=4, sample_rate=44100, resample='good')
for v in range(4): m.play(stereo(99, 48000), voice=v, loop=True)
plan = out.plan(m)
print(plan['verdict'], plan['permille'] > 1000, 'it will not keep up' in plan['cost'])
out.play(m)
wait(100)
print(out.playing, m.playing, out.position > 3000, out.report()['cost'] == plan['cost'])
""", ["too much True True", "True True True True"])
    expect_rows(board, "nothing is lost, and nothing of a plan stays", """
m = mixer()
m.play(raw([1, 2]), loop=True)
def grown(n):
    gc.collect()
    gc.collect()
    before = gc.mem_alloc()
    for i in range(n): out.plan(m); out.report()
    gc.collect()
    gc.collect()
    return gc.mem_alloc() - before
grown(3)
print(grown(200))
""", ["0"])


def main():
    for board in COLUMN:
        every_kind(board)
        connections(board)
        outputs(board)
    mpy.finish(count, "scripts")


if __name__ == "__main__":
    main()
