#!/usr/bin/env python3
"""What sources took is counted and ranked, and too much to do costs voices: as many as do not fit, the quietest, counted, and back when there is time again.

In: build/micropython. Time of sources is the desktop's, so who takes most is shown on the emulated board (test/emulator/micropython.mjs); load on the virtual chip is tonearm.load's, so how many voices fit is arithmetic.
"""
import os

import mpy
from test_graph import HEAD

SHARE, RATE = 750, 44100  # guard.h
START = HEAD + """
import synthio
def names(out): return sorted([row[0] for row in out.report()['sources']])
def level(n): return audiocore.RawSample(array.array('h', [1600] * 64), sample_rate=44100)
"""
count = 0


def check(what, board, script, wanted, **options):
    global count
    count += 1
    mpy.expect(f"{board}: {what}", mpy.run(START + script, board=board, **options).split("\n")[:-1], wanted)


def ranks(board):
    check("everybody, the greatest first", board, """
out = make(buffer_ms=40)
s = synthio.Synthesizer(sample_rate=44100, envelope=synthio.Envelope(sustain_level=1))
s.press(range(40, 54))
m = mixer(voice_count=3, buffer_size=4096)
m.voice[0].play(s)
m.voice[1].play(raw(range(300)), loop=True)
m.voice[2].play(wave(range(3000), cushion_ms=60), loop=True)
f = filter()
out.play(f.play(m))
print(out.report()['sources'] != [], out.report()['unit'], out.report()['shed'])
wait(1000)
r = out.report()
print(names(out))
print(all(44100 <= row[1] <= 48000 and row[2] > 0 and 0 <= row[3] <= 1000 for row in r['sources']), 997 <= sum(row[3] for row in r['sources']) <= 1000)
print([row[3] for row in r['sources']] == sorted([row[3] for row in r['sources']], reverse=True), all(isinstance(row[1], int) and isinstance(row[2], float) for row in r['sources']))
before = {row[0]: row[1] for row in r['sources']}
out.stop()
wait(60)
still = {row[0]: row[1] for row in out.report()['sources']}
wait(500)
print({row[0]: row[1] for row in out.report()['sources']} == still, all(still[name] >= before[name] for name in before))
out.play(raw([1, 2]))
print(names(out))
m.deinit()
print(names(out))
f.deinit()
s.deinit()
print(names(out), out.report()['unit'])
""", ["True ns 0", "['Filter', 'Mixer', 'Synthesizer']", "True True", "True True", "True True", "['Filter', 'Mixer', 'Synthesizer']",
      "['Filter', 'Synthesizer']", "[] ns"])
    check("each kind by its name, and nobody who has given nothing", board, """
import audiofreeverb
out = make()
kinds = [audiofilters.Filter, audiofilters.Distortion, audiofilters.Phaser, audiodelays.Echo, audiodelays.Chorus, audiodelays.Flanger, audiodelays.MultiTapDelay,
         audiodelays.PitchShift, audiodelays.GranularPitchShift, audiofreeverb.Freeverb, audiomixer.Mixer, synthio.Synthesizer]
idle = echo()
for kind in kinds:
    x = kind(max_delay_ms=9, sample_rate=44100) if kind in (audiodelays.Echo, audiodelays.MultiTapDelay) else kind(sample_rate=44100)
    out.play(x)
    wait(5)
    if names(out) != [kind.__name__]: print(kind, out.report()['sources'])
    x.deinit()
for x in (audiospeed.SpeedChanger(raw([1, 2])), audiospeed.Resampler(raw([1, 2])), synthio.MidiTrack(b'\\0\\x90\\x3c\\x40\\x60\\x80\\x3c\\0', 640, sample_rate=44100)):
    out.play(x, loop=True)
    wait(5)
    if names(out) != [type(x).__name__]: print(x, out.report()['sources'])
    x.deinit()
print(names(out))
""", ["[]"])
    check("whoever goes away in the middle", board, """
out, other = make(buffer_ms=40), audiobusio.I2SOut(0, 1, 2)
def start():
    m = mixer(voice_count=2)
    m.voice[0].play(echo().play(filter().play(raw(range(300)), loop=True)))
    return m
def both():
    m, n = start(), start()
    out.play(m)
    other.play(n)
    wait(20)
    return sorted([row[0] for row in out.report()['sources']])
print(both(), names(out) == names(other))
wait(20)
out.deinit()
wait(20)
print(len(names(other)) in (3, 6))
other.stop()
gc.collect()
gc.collect()
wait(20)
print([row for row in other.report()['sources'] if not row[1]])
for n in range(30):  # played, and taken away while it is pulled, in each order
    m, e, f = mixer(voice_count=2), echo(), filter()
    m.voice[0].play(e.play(f.play(raw(range(300)), loop=True)))
    other.play(m)
    wait(3)
    for x in ((m, e, f), (m, f, e), (e, m, f), (e, f, m), (f, m, e), (f, e, m))[n % 6]:
        x.deinit()
        other.report()
        wait(3)
print(len(names(other)) <= 6, other.playing)
r = audiospeed.Resampler(raw(range(300)))
for rate in (22050, 44100, 48000, 44100):  # set up anew for whoever plays it
    m = audiomixer.Mixer(voice_count=1, channel_count=1, sample_rate=rate)
    m.voice[0].play(r, loop=True)
    other.play(m)
    wait(150)  # the rate changes in silence
    print(sorted(set(names(other)) & {'Resampler'}), [row[1] > 0 for row in other.report()['sources'] if row[0] == 'Resampler'])
    m.deinit()
""", ["['Echo', 'Echo', 'Filter', 'Filter', 'Mixer', 'Mixer'] True", "True", "[]", "True False"] + ["['Resampler'] [True]"] * 4)
    check("a file that is written, and what a script asks for itself", board, """
m = mixer(voice_count=1)
m.voice[0].play(echo().play(raw(range(300)), loop=True))
import audiofilewriter
out = make()
out.play(raw([1]), loop=True)
with audiofilewriter.AudioFileWriter(io.BytesIO(), buffer_size=512) as w:
    w.play(m)
    wait(100)
    print(names(out))
was = [row[1] for row in out.report()['sources']]
audiocore.get_buffer(m)
print(all(b > a for a, b in zip(was, [row[1] for row in out.report()['sources']])))
""", ["['Echo', 'Mixer']", "True"])


VOICES = """
out = make(buffer_ms=40)
m = mixer(voice_count=12, buffer_size=1024)
samples = [level(n) for n in range(12)]
def all_play():
    for v in range(12):
        m.voice[v].level = (v + 1) / 16
        if not m.voice[v].playing: m.voice[v].play(samples[v], loop=True)
def told(): return m.shed, out.report()['shed'], [v for v in range(12) if m.voice[v].playing], out.holes
all_play()
out.play(m)
wait(300)
print(*told())
"""


def overload(board):
    every = list(range(12))
    for ns in (1500, 2500, 5000):
        fit = SHARE * 1000000 // RATE // ns
        path = mpy.scratch(f"report-{board}.wav")
        check(f"{ns} ns for each voice's frame: {fit} fit, the loudest", board, VOICES + f"""
tonearm.load({ns})
wait(400)
print(*told())
wait(400)
print(*told())
tonearm.load(0)
wait(40)
out.stop()
""", [f"0 0 {every} 0"] + [f"{12 - fit} {12 - fit} {every[12 - fit:]} 0"] * 2, pin="wav:" + path)
        frames = [left for left, _ in mpy.read_wav(path)[1]]
        mpy.expect(f"{board}, {ns} ns: they sound, and the others do not", frames[30000], sum(100 * (v + 1) for v in every[12 - fit:]))
        mpy.expect(f"{board}, {ns} ns: before, all did", frames[5000], sum(100 * (v + 1) for v in every))
        os.unlink(path)
    check("and back, one after the other, when there is time again", board, VOICES + """
tonearm.load(5000)
wait(400)
few = len(told()[2])
tonearm.load(0)
most = []
for n in range(16):
    wait(100)
    all_play()
    wait(20)
    most.append(len(told()[2]))
print(few, most[0] > few, most == sorted(most), most[-1], out.holes)
was = m.shed
wait(500)
print(m.shed == was, out.playing)
""", [f"0 0 {every} 0", "3 True True 12 0", "True True"])
    fit = SHARE * 1000000 // RATE // 4000
    check("notes likewise, of a Synthesizer and of a song", board, f"""
out = make(buffer_ms=40)
s = synthio.Synthesizer(sample_rate=44100)
notes = [synthio.Note(200 + n, amplitude=(n + 1) / 16) for n in range(12)]
s.press(notes)
out.play(s)
wait(300)
print(s.shed, len(s.pressed), out.holes)
tonearm.load(4000)
wait(400)
print(s.shed, [notes.index(note) for note in s.pressed], out.report()['shed'], out.holes)
tonearm.load(0)
for n in range(20):
    wait(100)
    s.press(notes)
wait(100)
print(len(s.pressed), out.holes)
chord = b''.join(bytes([0, 0x90, key, 64]) for key in range(40, 52)) + bytes([0x8f, 0x60, 0x80, 40, 0])
t = synthio.MidiTrack(chord, 640, sample_rate=44100)
out.play(t)
tonearm.load(4000)
wait(300)
print(t.shed, out.report()['shed'] == s.shed + t.shed)
""", ["0 12 0", f"{12 - fit} {list(range(12 - fit, 12))} {12 - fit} 0", "12 0", f"{12 - fit} True"])
    for ns in (0, 800, 1200, 2000, 4000):
        check(f"{ns} ns: a mixer and a synthesizer in it give up the same part of what is too much, and the synthesizer is not dropped for its notes", board, f"""
out = make(buffer_ms=40)
m = mixer(voice_count=9, buffer_size=1024)
s = synthio.Synthesizer(sample_rate=44100)
notes = [synthio.Note(200 + n, amplitude=(n + 1) / 16) for n in range(10)]
s.press(notes)
for v in range(8):
    m.voice[v].level = (v + 1) / 16
    m.voice[v].play(level(v), loop=True)
m.voice[8].play(s)
out.play(m)
tonearm.load({ns})
wait(1500)
r = out.report()
voices, sounding = [v for v in range(9) if m.voice[v].playing], [notes.index(note) for note in s.pressed]
print(r['shed'] == m.shed + s.shed, m.shed == 9 - len(voices), s.shed == 10 - len(sounding), voices[-1] == 8, sounding == list(range(s.shed, 10)))
print(r['shed'] > 0, 1000 * 18 * {ns} * 44100 > 875 * 10**9, abs(10 * m.shed - 9 * s.shed) <= 20, r['load'] <= 875)
if r['hole_frames']: print(r['paced'] > 0, all(hole[2] == 'overload' for hole in r['holes']))
wait(500)
print(out.report()['shed'] == r['shed'], out.report()['hole_frames'] == r['hole_frames'])
""", ["True True True True True", f"{ns > 1000} {ns > 1000} True True"] + (["True True"] if ns >= 2000 else []) + ["True True"])
    check("much too much: the script goes on, the last voice is kept, and all is well afterwards", board, VOICES + """
e = echo()
out.play(e.play(m))
tonearm.load(100000)
n = 0
until = time.ticks_ms() + 1000
while time.ticks_diff(until, time.ticks_ms()) > 0: n += 1
r = out.report()
print(n > 1000, out.playing, sum(v.playing for v in m.voice), r['paced'] > 0, r['holes'][-1][2], r['shed'])
tonearm.load(0)
wait(200)
out.holes
before = out.report()['hole_frames']
for n in range(20):
    wait(100)
    all_play()
print(sum(v.playing for v in m.voice), out.report()['hole_frames'] == before, out.playing)
""", [f"0 0 {every} 0", "True True 1 True overload 11", "12 True True"])
    check("what is off limits", board, """
for ns in (-1, 1000001, 'x'): print(says(lambda: tonearm.load(ns)))
""", ["ValueError: ns must be 0-1000000"] * 2 + ["TypeError: ns must be of type int, not str"])


def speaker():
    """Each output is fed by a thread of its own there: nobody is measured, all else is told."""
    check("the sound card", "pico", """
out = make()
m = mixer()
m.voice[0].play(level(0), loop=True)
out.play(m)
wait(200)
r = out.report()
print(r['sources'], r['shed'], m.shed, r['cost'].startswith('the graph needs'), out.playing)
out.deinit()
print(says(lambda: out.report())[:10], m.voice[0].playing)
m.deinit()
print(says(lambda: m.shed)[:10])
""", ["[] 0 0 True True", "ValueError True", "ValueError"], pin="speaker", env={"TONEARM_AUDIO_BACKEND": "null"})


def main():
    for board in mpy.BOARDS:
        ranks(board)
        overload(board)
    speaker()
    mpy.finish(count, "scripts")


if __name__ == "__main__":
    main()
