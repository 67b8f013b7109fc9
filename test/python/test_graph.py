#!/usr/bin/env python3
"""Samples that play other samples: heard to the bit, read ahead, kept, let go of in any order, given back; nothing is allocated but when one is made.

In: build/micropython, on every board. Each script prints what it found; the pins' frames are compared where it matters.
"""
import itertools

import model
import mpy

HEAD = """
import array, audiobusio, audiocore, audiodelays, audiofilters, audiomixer, audiospeed, gc, io, micropython, time, tonearm
def make(**knobs): return audiobusio.I2SOut(10, 11, 9, **knobs)
def le(v, k): return bytes([(v >> 8 * i) & 255 for i in range(k)])
def wave(values, rate=44100, through=lambda file: file, **knobs):
    data = bytes(array.array('h', values))
    return audiocore.WaveFile(through(io.BytesIO(b'RIFF' + le(36 + len(data), 4) + b'WAVEfmt ' + le(16, 4) + le(1, 2) + le(1, 2) + le(rate, 4)
        + le(2 * rate, 4) + le(2, 2) + le(16, 2) + b'data' + le(len(data), 4) + data)), **knobs)
def raw(values, rate=44100, **knobs): return audiocore.RawSample(array.array('h', values), sample_rate=rate, **knobs)
def mixer(**knobs): return audiomixer.Mixer(channel_count=1, sample_rate=44100, **knobs)
def echo(**knobs): return audiodelays.Echo(sample_rate=44100, max_delay_ms=10, delay_ms=10, **knobs)
def filter(**knobs): return audiofilters.Filter(sample_rate=44100, **knobs)
def wait(n): time.sleep_ms(n)
def idle():
    chip = tonearm.chip()
    return chip['idle'] and not chip['violations']
def taken():
    gc.collect()
    gc.collect()
    memory = tonearm.memory()
    return memory['FAST']['used'], memory['BULK']['used']
def says(f):
    try: return f()
    except Exception as e: return '%s: %s' % (type(e).__name__, e)
def measure(many, n):
    gc.collect()
    gc.disable()
    alloc, total = gc.mem_alloc(), micropython.mem_total()
    many(n)
    alloc, total = gc.mem_alloc() - alloc, micropython.mem_total() - total
    gc.enable()
    return alloc, total
"""
DEAD = "ValueError: Object has been deinitialized and can no longer be used. Create a new object."
count = 0


def check(what, board, script, wanted, **options):
    global count
    count += 1
    mpy.expect(f"{board}: {what}", mpy.run(HEAD + script, board=board, **options).split("\n")[:-1], wanted)


def heard(what, board, script, wanted, frames, **options):
    """The frames are heard once, one after the other, and nothing but silence around them."""
    path = mpy.scratch(f"graph-{board}.wav")
    check(what, board, script, wanted, pin="wav:" + path, **options)
    mpy.expect(f"{board}: {what}: heard", model.alone(mpy.read_wav(path)[1], frames), None)


def both(values):
    return [(value, value) for value in values]


def to_the_bit(board):
    heard("a file in a mixer in an echo, read ahead through both", board, """
out, m, e = make(), mixer(), echo(mix=0)
w = wave(range(1, 12001), cushion_ms=60)  # longer than what the output queues at once
m.voice[0].play(w)
out.play(e.play(m))
while m.playing: pass
wait(40)
print(out.playing, out.holes, e.playing, m.playing)
out.stop()
""", ["True 0 True False"], both(range(1, 12001)))
    heard("dropped while it plays", board, """
def start():
    out, m, e = make(), mixer(), echo(mix=0)
    m.voice[1].play(wave(range(1, 9001), cushion_ms=60))
    out.play(filter().play(e.play(m)))
start()
for i in range(120):
    gc.collect()
    junk = [bytearray(50 + 3 * j) for j in range(200)]
    wait(2)
print('dropped')
""", ["dropped"], both(range(1, 9001)))
    heard("at every allocation and inside every collection", board, """
out, m, e = make(), mixer(), echo(mix=0)
m.voice[0].play(raw(range(1, 9001)))
out.play(e.play(m))
kept, n = [], 0
while m.playing:
    n += 1
    kept.append({str(n): [bytearray(7 * j) for j in range(5)]})
    m.voice[1].play(raw([0] * n))
    m.voice[1].level = n / 7
    e.decay = 1 / n
    if len(kept) > 20: kept.clear()
    if n % 7 == 0: gc.collect()
    if n % 9 == 0: m.voice[1].stop()
wait(40)
print(out.holes, tonearm.chip()['violations'])
""", ["0 0"], both(range(1, 9001)), env={"TONEARM_STRESS": "400"})


def allocations(board):
    check("no allocation in play, stop and levels, nobody listening or somebody", board, """
out, m, e, f, d = make(), mixer(), echo(), filter(), audiodelays.MultiTapDelay(sample_rate=44100, max_delay_ms=10)
a, b, w, long = raw(range(100)), raw(range(3000)), wave(range(500)), wave(range(9000), cushion_ms=20)
v, left = m.voice[0], -0.5
def many(n):
    for i in range(n):
        v.play(a); v.level = 0.25; v.panning = left; m.play(b, voice=1, loop=True); v.level = 1; v.end(); v.loop = True
        v.play(w); m.voice[1].play(long, loop=True); v.stop(); e.play(m); e.mix = 0.5; e.decay = 0.25; e.freq_shift = False; f.play(a, loop=True)
        f.mix = 0.5; m.stop_voice(1); e.stop(); f.stop(); f.play(e); d.play(a); d.delay_ms = 4; d.stop()
def listened(n):
    for i in range(n):
        out.play(f)
        many(1)
        out.stop()
measure(many, 2); measure(listened, 2)
print(measure(many, 1000) == measure(many, 0))
print(measure(listened, 200) == measure(listened, 0))
out.deinit()
print(idle())
""", ["True", "True", "True"])
    check("nothing is left behind by nodes that are dropped", board, """
s = raw(range(100))
def once(i):
    out = make()
    e = echo()
    e.play(s)
    m = mixer()
    m.voice[0].play(e)
    out.play(m)
    wait(2)
    out.stop()
    wait(30)
    out.deinit() # the nodes are what is dropped here; outputs that are, test_life.py has
for i in range(5): once(i)
before = taken()
for i in range(30): once(i)
after = taken()
print(after[0] - before[0] < 500 or (before, after), idle())
""", ["True True"])
    check("what does not fit is refused in a sentence, and nothing stays taken", board, """

before = taken()
for i in range(3):
    try: audiodelays.Echo(max_delay_ms=4000, sample_rate=384000, channel_count=2)
    except MemoryError as e: print('bytes' in str(e) and 'largest' in str(e) and 'class BULK' in str(e) or str(e))
before = taken()
try: audiodelays.Echo(max_delay_ms=4000, sample_rate=384000, channel_count=2)
except MemoryError: pass
after = taken()
print(after[0] - before[0] < 500 and after[1] - before[1] < 500 or (before, after))
""", ["True"] * 4) if board != "pimoroni-pico-plus-2" else None


def orders(board):
    """Whatever goes first, nothing is touched that has gone, and nothing stays taken."""
    check("deinit in any order while it is heard (W13)", board, f"""
raws = [raw(range(400)), raw([0] * 3000)]
def graph():
    out, m, e, w = make(), mixer(), echo(), wave(range(4000), cushion_ms=20)
    s = audiospeed.SpeedChanger(w, 2)
    m.voice[0].play(s, loop=True)
    m.voice[1].play(raws[1], loop=True)
    out.play(e.play(m))
    wait(3)
    return out, e, m, s, w
def run(order):
    parts = graph()
    for p in order:
        parts[p].deinit()
        parts[p].deinit()
        wait(1)
    return idle()
ok = [run((0, 1, 2, 3, 4)) for i in range(120)]
del ok[:]
before = taken()
ok += [run(order) for order in {list(itertools.permutations(range(5)))}]
after = taken()
print(len(ok), all(ok), after[0] - before[0] < 6000 or (before, after))  # of a graph
""", ["120 True True"])
    check("what is deinitialised is heard no more, and says so", board, """
out, m, e = make(), mixer(), echo()
r = raw(range(3000))
out.play(e.play(m))
m.voice[0].play(r, loop=True)
m.voice[1].play(r, loop=True)
wait(20)
r.deinit()
print(m.playing, m.voice[0].playing, out.playing)
v = m.voice[0]
m.deinit()
print(e.playing, out.playing, says(lambda: v.play(r)), sep='|')
for name in ('playing', 'level', 'panning', 'loop'): print(says(lambda: getattr(v, name)))
for name in ('playing', 'voice', 'sample_rate', 'bits_per_sample', 'channel_count'): print(says(lambda: getattr(m, name)))
e.deinit()
print(out.playing)
for name in ('playing', 'mix', 'delay_ms', 'filter', 'freq_shift', 'sample_rate'): print(says(lambda: getattr(e, name)))
print(says(e.stop), says(lambda: e.play(raw([1]))), says(lambda: out.play(e)), sep='|')
with mixer() as same: pass
print(says(lambda: same.playing))
""", ["False False True", f"False|True|{DEAD}"] + [DEAD] * 9 + ["False"] + [DEAD] * 6 + [f"{DEAD}|{DEAD}|{DEAD}", DEAD])


def holding(board):
    check("one at a time plays a node: whoever is next takes it", board, """
out, other, m, e, f = make(), audiobusio.I2SOut(20, 21, 19), mixer(), echo(), filter()
w = wave(range(9000), cushion_ms=20)
m.voice[0].play(w, loop=True)
out.play(m)
wait(5)
other.play(m)
print(out.playing, other.playing)
e.play(m)
print(other.playing, e.playing)
f.play(m)
print(e.playing, f.playing)
out.play(f)
m.voice[1].play(w, loop=True)
print(m.voice[0].playing, m.voice[1].playing)
wait(20)
e.play(w)
print(m.voice[1].playing, e.playing, out.playing, out.holes)
other.play(w)
print(e.playing, other.playing)
out.pause()
m.voice[0].play(e)
e.play(raw(range(10)), loop=True)
e.play(raw(range(11)), loop=True)
e.play(raw(range(12)), loop=True)
m.voice[0].play(e)
print(out.paused, m.playing)
e.deinit()
print(out.paused, m.playing)
out.resume()
wait(10)
print(out.playing, out.holes)
""", ["False True", "False True", "False True", "False True", "False True True 0", "False True", "True True", "True False", "True 0"])
    check("no circles, and no endless rows", board, """
m, e, f = mixer(), echo(), filter()
print(says(lambda: m.voice[0].play(m)))
m.voice[0].play(e)
print(says(lambda: e.play(m)))
f.play(m)
print(says(lambda: e.play(f)))
e.play(raw([1]))
row = [filter() for i in range(7)]
for i in range(5): row[i + 1].play(row[i])
print(says(lambda: row[6].play(row[5])))
print(says(lambda: row[0].play(f)))
out = make()
out.play(row[5].play(row[4]))
wait(20)
print(out.playing, out.holes)
""", ["ValueError: a source cannot be played through itself"] * 3 + ["ValueError: more than 6 sources in a row"] * 2 + ["True 0"])
    for kind, start, stop in (("mixer", "%s.voice[0].play(%s)", "a.voice[0].stop()"), ("echo", "%s.play(%s)", "a.stop()")):
        check(f"{kind}s that have changed places, the old one ramped down and no collection since", board, f"""
gc.disable()
out, a, b = make(), {kind}(), {kind}()
{start % ("a", "b")}
out.play(a)
wait(100)
{stop}
wait(100)
{start % ("b", "a")}
out.play(b)
wait(100)
print(out.playing, says(lambda: {start % ("a", "b")}))
row = [filter() for i in range(4)]
for i in range(3): row[i + 1].play(row[i])
print(says(lambda: row[0].play(b)) is row[0], says(lambda: filter().play(row[3])))
""", ["True ValueError: a source cannot be played through itself", "True ValueError: more than 6 sources in a row"])
    check("looked into only while nobody plays it", board, """
out, m, e = make(), mixer(), echo()
m.voice[0].play(raw(range(100)), loop=True)
print(audiocore.get_buffer(m)[0], len(audiocore.get_buffer(m)[1]))
out.play(m)
print(says(lambda: audiocore.get_buffer(m)), says(lambda: audiocore.reset_buffer(m)), sep='|')
e.play(m)
print(says(lambda: audiocore.get_buffer(m)))
e.stop()
print(audiocore.get_buffer(m)[0], audiocore.get_structure(m))
w = wave(range(9000), cushion_ms=20)
m.voice[0].play(w)
print(says(lambda: audiocore.get_buffer(w)))
m.deinit()
print(audiocore.get_buffer(m), audiocore.reset_buffer(m), says(lambda: audiocore.get_structure(m)), audiocore.get_buffer(w)[0], sep='|')
""", ["1 256", "RuntimeError: the Mixer is being played|RuntimeError: the Mixer is being played", "RuntimeError: the Mixer is being played",
      "1 (0, 1, 1024, 1)", "RuntimeError: the WaveFile is being played", f"(2, None)|None|{DEAD}|1"])
    check("taps and stages replaced while they are heard (W55)", board, """
out, d, p = make(), audiodelays.MultiTapDelay(sample_rate=44100, max_delay_ms=20), audiofilters.Phaser(sample_rate=44100)
d.play(raw([1000] * 3000), loop=True)
out.play(p.play(d))
for n in range(300):
    d.taps = [(1 / (1 + i), 0.5) for i in range(1 + n % 32)]
    d.delay_ms = n % 25
    p.stages = n % 256
    if n % 9 == 0: gc.collect()
    wait(1)
d.taps = None
print(out.playing, out.holes, d.taps, p.stages, tonearm.chip()['violations'])
""", ["True 0 None 43 0"])
    # The feed would be inside one pull for minutes, where no signal is heard: run's limit ends the process as nothing else could.
    check("speeds in a row that multiply", board, """
fast = audiospeed.SpeedChanger
print(says(lambda: make().play(fast(fast(fast(raw(range(100)), 1000), 1000), 1000), loop=True)))
a = fast(raw(range(100)), 1000)
b = fast(a, 1)
print(says(lambda: setattr(b, 'rate', 2)), b.rate)
a.rate = 500
b.rate = 2
print(says(lambda: setattr(a, 'rate', 501)), a.rate, b.rate)
m, low = mixer(), audiomixer.Mixer(channel_count=1, sample_rate=1000, resample='linear')
m.voice[0].play(b)
print(says(lambda: fast(m, 1.5)))
print(says(lambda: low.voice[0].play(m)))
print(says(lambda: low.voice[0].play(fast(raw(range(100), rate=384000), 3))))
print(says(lambda: low.voice[0].play(fast(audiospeed.Resampler(raw(range(100), rate=384000)), 3))))
slow = [fast(fast(fast(raw(range(100)), 1000), 0.001), 1)]
print(says(lambda: setattr(slow[0], 'rate', 1.5)))
out = make()
for x in (m, slow[0], low):
    out.play(x)
    wait(20)
    print(out.playing)
""", ["ValueError: rates in a row multiply to more than 1000", "ValueError: rates in a row multiply to more than 1000 1.0",
      "ValueError: rates in a row multiply to more than 1000 500.0 2.0"] + ["ValueError: rates in a row multiply to more than 1000"] * 5 +
          ["True"] * 3, seconds=20)
    check("a rate is that of the memory (W54)", board, """
m = mixer()
m.sample_rate = 44100
print(says(lambda: setattr(m, 'sample_rate', 22050)), m.sample_rate, sep='|')
""", ["ValueError: sample_rate cannot be changed: make a new object|44100"])
    check("another thread is told, and leaves memory to the main one", board, """
import _thread
m, told, ended = mixer(), set(), []
def other():
    for call in (lambda: m.play(raw([1])), lambda: m.voice[0].level, m.deinit, mixer):
        try: call()
        except RuntimeError as e: told.add(str(e))
    for i in range(100): gc.collect()
    ended.append(1)
out = make()
out.play(m)
before = taken()
_thread.start_new_thread(other, ())
f = None
while not ended:
    f = filter()
    f.play(raw(range(10)))
f = None
mixer().deinit()
after = taken()
print(told, m.playing, out.playing, out.holes, after[0] - before[0] < 8000 or (before, after))
""", ["{'audio belongs to the main thread: call it from there'} False True 0 True"]) if board == "pico" else None


def beginnings(board):
    check("what an output plays begins anew: every voice of a mixer", board, """
m = audiomixer.Mixer(voice_count=2, channel_count=1, sample_rate=8000, buffer_size=64)
m.voice[0].play(raw(range(1000, 1100), 8000))
m.voice[1].play(raw(range(1, 50), 8000), loop=True)
def first(): return list(audiocore.get_buffer(m)[1])[:3]
print(first(), first())
audiocore.reset_buffer(m)
print(first())
while m.voice[0].playing: first()
audiocore.reset_buffer(m)
print(first())
""", ["[1001, 1003, 1005] [1033, 1035, 1037]", "[1001, 1003, 1005]", "[1, 2, 3]"])
    check("end, and loop at any moment", board, """
m = audiomixer.Mixer(voice_count=1, channel_count=1, sample_rate=8000, buffer_size=64)
def left():
    n = 0
    while m.playing and n < 500: n += sum([1 for v in audiocore.get_buffer(m)[1] if v])
    return n
v = m.voice[0]
v.play(raw([5] * 100, 8000), loop=True)
print(v.loop, left() > 499)
v.end()
print(v.loop, left() < 100)
v.play(raw([5] * 100, 8000))
print(v.loop, left())
v.play(raw([5] * 100, 8000))
v.loop = True
print(v.loop, left() > 499)
v.loop = False
print(v.loop, left() < 100)
v.play(wave([5] * 2000, 8000, cushion_ms=50), loop=True)
print(left() > 499, m.playing)
v.end()
print(left() < 4000, v.playing)
v.play(raw([5] * 100, 8000), loop=True)
v.stop()
print(v.playing, left(), v.loop)
""", ["True True", "False True", "False 100", "True True", "False True", "True True", "True True", "False 0 True"])
    check("speeds and rates: lengths, ends, loops, again", board, """
def length(x):
    n, audio = 0, True
    audiocore.reset_buffer(x)
    for i in range(1000):
        r, b = audiocore.get_buffer(x)
        n += len(b)
        if r != 1: return n
    return 'endless'
s = audiospeed.SpeedChanger(raw(range(1000), 8000), 2)
print(length(s), length(s))
s.rate = 0.5
print(length(s), s.rate, s.sample_rate, s.bits_per_sample, s.channel_count)
r = audiospeed.Resampler(raw(range(1000), 8000))
print(length(r), r.rate, r.sample_rate)
m = audiomixer.Mixer(voice_count=1, channel_count=1, sample_rate=16000)
m.voice[0].play(r)
print(r.rate, r.sample_rate)
n = 0
while m.playing: n += sum([1 for v in audiocore.get_buffer(m)[1] if v])
print(n)
m = audiomixer.Mixer(voice_count=1, channel_count=1, sample_rate=8000)
m.voice[0].play(s, loop=True)
for i in range(100): audiocore.get_buffer(m)
print(m.playing)
s.deinit()
print(m.playing, length(r), r.rate)
out = make()
out.play(audiospeed.SpeedChanger(wave(range(9000), cushion_ms=20), 3))
while out.playing: pass
print(out.position, out.holes)
""", ["500 500", "2000 0.5 8000 16 1", "1000 1.0 8000", "0.5 8000", "1999", "True", "False 2000 0.5", "3000 0"])
    check("a mixer plays samples of any rate", board, """
def one(**knobs): return audiomixer.Mixer(voice_count=2, channel_count=1, sample_rate=8000, buffer_size=64, **knobs)
def heard(m):
    all = []
    while m.playing: all += list(audiocore.get_buffer(m)[1])
    return [v for v in all if v]
down, up, own = raw(range(1, 1001), 16000), raw(range(2, 202, 2), 4000), raw(range(1, 101), 8000)
for m in (one(), one(resample='linear')):
    m.voice[0].play(down)
    print(heard(m) == list(range(1, 1001, 2)), m.voice[0].playing)
    m.voice[1].play(up)
    print(heard(m) == list(range(2, 201)) + [100], m.playing)
    m.voice[1].play(own)
    print(heard(m) == list(range(1, 101)), m.playing)
m.voice[0].play(down, loop=True)
for i in range(200): audiocore.get_buffer(m)
print(m.voice[0].playing, m.voice[0].loop)
m.voice[0].end()
print(len(heard(m)) < 500, m.voice[0].playing)
m.voice[0].play(up)
audiocore.get_buffer(m)
m.voice[0].stop()
print(m.voice[0].playing)
m.voice[0].play(down)
audiocore.get_buffer(m)
down.deinit()
print(m.voice[0].playing)
g = one(resample='good')
g.voice[0].play(audiospeed.SpeedChanger(up, 0.5))
print(len(heard(g)) > 300)
m, g = None, None
used = []
for way in (None, 'linear'):
    before = taken()[0]
    m = one(resample=way)
    used.append(taken()[0] - before)
    m.deinit()
print(256 < used[1] - used[0] <= 2 * (88 + 132 + 4) + 32)  # what the library says, where pointers have 64 bits; a block may have had room
out, m = make(), one()
m.voice[0].play(wave(range(1, 9001), cushion_ms=20))
out.play(m)
while m.playing: pass
print(out.holes)
out.stop()
""", ["True False"] * 6 + ["True True", "True False", "False", "False", "True", "True", "0"])
    back = "RuntimeError: the stream cannot go back to its beginning"
    for kind, start, looped, again in (("a mixer", "x = mixer(); x.voice[0].play(w)", "None", "None"),
                                       ("a mixer in an echo", "m, x = mixer(), echo(mix=0); m.voice[0].play(w); x.play(m)", "None", "None"),
                                       ("a speed", "x = audiospeed.SpeedChanger(w)", back, back),
                                       ("a resampler", "x = audiospeed.Resampler(w)", back, back)):
        heard(f"a stream that cannot go back, in {kind} that is played later, before anything was pulled", board, f"""
class Forward(io.IOBase):
    def __init__(self, file): self.file = file
    def readinto(self, to): return self.file.readinto(to)
out, w = make(), wave(range(1, 9001), through=Forward, cushion_ms=60)
{start}
x.deinit()
{start}
out.play(x)
wait(300)
print(says(lambda: out.play(x)))
""", [again], both(range(1, 9001)))
        # A mixer has no end of its own to loop at; what ends with its source has.
        check(f"a stream that cannot go back, in {kind} that is to loop", board, f"""
class Forward(io.IOBase):
    def __init__(self, file): self.file = file
    def readinto(self, to): return self.file.readinto(to)
out, w = make(), wave(range(1, 9001), through=Forward, cushion_ms=60)
{start}
print(says(lambda: out.play(x, loop=True)))
""", [looped])
    check("a writer writes what a mixer plays", board, """
import audiofilewriter
file, m = io.BytesIO(), mixer()
w = audiofilewriter.AudioFileWriter(file, buffer_size=4096)
m.voice[0].play(wave(range(3000), cushion_ms=20))
w.play(m)
wait(100)
print(w.playing, m.playing)
w.stop()
data = memoryview(file.getvalue())
print([n for n in range(3000) if data[44 + 2 * n] | data[45 + 2 * n] << 8 != n])
w.play(m)
m.deinit()
print(w.playing)
""", ["True False", "[]", "False"])


def main():
    for board in mpy.BOARDS:
        for group in (to_the_bit, allocations, orders, holding, beginnings):
            group(board)
    mpy.finish(count, "scripts")


if __name__ == "__main__":
    main()
