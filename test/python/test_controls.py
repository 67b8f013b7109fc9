#!/usr/bin/env python3
"""What moves parameters, and what filters: followed and replaced while it is heard, kept for as long as the feed may read it, no byte allocated (W55).

In: build/micropython, on every board.
"""
import mpy
from test_graph import HEAD

HEAD += """
import audiofreeverb, synthio
def reverb(**knobs): return audiofreeverb.Freeverb(sample_rate=44100, **knobs)
def low(hz): return synthio.Biquad(synthio.FilterMode.LOW_PASS, hz)
def junk(): return [bytearray(40 + 8 * j) for j in range(60)]
noise = raw([(n * 7919) % 20011 - 10005 for n in range(3000)])
"""
count = 0


def check(what, board, script, wanted, **options):
    global count
    count += 1
    mpy.expect(f"{board}: {what}", mpy.run(HEAD + script, board=board, **options).split("\n")[:-1], wanted)


def filters(board):
    check("filters replaced while they are heard, dropped by the script, and junk where they were", board, """
out, m, f, e, v = make(), mixer(), filter(), echo(), reverb() if 'plus' in BOARD else filter()
m.voice[0].play(noise, loop=True)
out.play(v.play(e.play(f.play(m))))
for n in range(200):
    f.filter = tuple([low(100 + n) for i in range(n % 9)]) or None
    e.filter = low(200 + n)
    if n % 4 == 0: f.filter = low(300)
    junk()
    if n % 5 == 0: gc.collect()
    wait(1)
print(out.playing, out.holes, tonearm.chip()['violations'])
print(len((f.filter,)), type(e.filter).__name__)
f.filter = None
e.filter = ()
print(f.filter, e.filter)
""".replace("BOARD", repr(board)), ["True 0 0", "1 Biquad", "None ()"])
    check("the same with the feed at every allocation", board, """
out, f = make(), filter()
out.play(f.play(noise, loop=True))
for n in range(60):
    f.filter = (low(100 + n), low(4000 - n))
    f.filter = low(5000)
    f.filter = (f.filter,) * 8
    junk()
    if n % 5 == 0: gc.collect()
print(out.playing, out.holes, tonearm.chip()['violations'])
""", ["True 0 0"], env={"TONEARM_STRESS": "200"})
    check("while nobody listens, and while the output is paused", board, """
f, a, b = filter(), low(100), (low(200), low(300))
for n in range(1000):
    f.filter = a
    f.filter = b
    f.filter = None
out = make()
out.play(f.play(noise, loop=True))
wait(5)
out.pause()
for n in range(1000):
    f.filter = b
    f.filter = a
out.resume()
wait(20)
print(out.playing, out.holes, f.filter is a)
""", ["True 0 True"])
    check("no allocation by setting filters and what moves", board, """
out, m, f = make(), mixer(), filter()
m.voice[0].play(noise, loop=True)
a, b, lfo = low(100), (low(200), low(300)), synthio.LFO(rate=5)
v, half = m.voice[0], 0.5
out.play(f.play(m))
def many(n):
    for i in range(n):
        f.filter = a; f.filter = b; f.filter = None; v.level = lfo; v.level = half; v.panning = lfo; f.mix = lfo; f.mix = half
measure(many, 2)
print(measure(many, 1000) == measure(many, 0))
""", ["True"])


def controls(board):
    check("what a parameter follows is kept, shown, and let go of", board, """
m, e = mixer(buffer_size=512), echo()
m.voice[0].play(raw([10000] * 9000), loop=True)
def follow():
    m.voice[0].level = synthio.LFO(array.array('h', [0, 32767]), rate=2, once=True)
    e.mix = synthio.LFO(rate=1, scale=0.25)
follow()
for i in range(20):
    gc.collect()
    junk()
def level(): return audiocore.get_buffer(m)[1][-1]
first = level()
for i in range(80): last = level()
rises = [level() for i in range(40)]
print(type(m.voice[0].level).__name__, type(e.mix).__name__, first < 200, 4000 < last < 5000 or last, rises == sorted(rises))
lfo = m.voice[0].level
m.voice[0].level = 0.25
e.mix = None
print(m.voice[0].level, e.mix, lfo.phase > 0.5 or lfo.phase)
for i in range(2): level()
print(level())
""", ["LFO LFO True True True", "0.25 0.0 True", "2500"])
    check("one that a script drops while it is heard", board, """
out, m = make(), mixer()
m.voice[0].play(raw([1000] * 500), loop=True)
out.play(m)
def follow(n):
    m.voice[0].level = synthio.LFO(array.array('h', [n, 32767]), rate=9)
    m.voice[0].panning = m.voice[0].level
for n in range(300):
    follow(n)
    junk()
    if n % 7 == 0: gc.collect()
    wait(1)
print(out.playing, out.holes, tonearm.chip()['violations'])
""", ["True 0 0"])


def main():
    for board in mpy.BOARDS:
        filters(board)
        controls(board)
    mpy.finish(count, "scripts")


main()
