#!/usr/bin/env python3
"""Synthesizers in scripts: pressed without an allocation, kept for as long as they sound and no longer, waveforms that move, blocks, MIDI, let go of in any order.

In: build/micropython, on every board. Each script prints what it found.
"""
import itertools
import os

import mpy
from test_graph import DEAD, HEAD

HEAD += """
import synthio
from synthio import *
def synth(**knobs): return Synthesizer(sample_rate=44100, **knobs)
def junk(): return [bytearray(40 + 8 * j) for j in range(60)]
def get(s, n=1): return [bytes(audiocore.get_buffer(s)[1]) for i in range(n)]
saw = array.array('h', range(-32768, 32767, 512))
"""
count = 0


def check(what, board, script, wanted, **options):
    global count
    count += 1
    mpy.expect(f"{board}: {what}", mpy.run(HEAD + script, board=board, **options).split("\n")[:-1], wanted)


def allocations(board):
    check("1,000 presses, releases and changes allocate 0 bytes, nobody listening or somebody", board, """
out, s, other = make(), synth(channel_count=2, envelope=Envelope()), synth()
notes = tuple([Note(200 + 30 * i) for i in range(20)])
lfo, sum, filter, wave, slow, half = LFO(rate=5), MathOperation.SUM(1, 2), Biquad(FilterMode.LOW_PASS, 900), array.array('h', saw), Envelope(attack_time=1), 0.5
n, both, pair = notes[0], (notes[1], 60), [notes[2], notes[3]]
def many(times):
    for i in range(times):
        s.press(n); s.press(both); s.press(60 + i % 40); s.release(both); s.change(n, pair, lfo); s.change(release=pair, press=(61,)); s.release_all_then_press(notes)
        s.press(notes[i % 20]); s.release_all(); other.press(n); other.release_all(); s.envelope = slow; s.envelope = None
        n.bend = lfo; n.bend = half; n.amplitude = sum; n.panning = half; n.frequency = 300; n.ring_frequency = half; n.waveform = wave; n.ring_waveform = wave; n.waveform = None
        n.filter = filter; n.filter = None; n.envelope = slow; n.waveform_loop_start = 3; filter.frequency = lfo; filter.Q = half; filter.A = half
        lfo.rate = half; lfo.scale = sum; lfo.offset = half; lfo.once = True; lfo.retrigger(); sum.a = lfo; sum.b = half; sum.operation = MathOperation.MAX
        s.blocks.append(lfo); s.blocks.pop()
def listened(times):
    for i in range(times):
        out.play(s)
        many(1)
        out.stop()
measure(many, 2); measure(listened, 2)
print(measure(many, 1000) == measure(many, 0))
print(measure(listened, 300) == measure(listened, 0))
print(out.holes, tonearm.chip()['violations'])
""", ["True", "True", "0 0"])


def keeping(board):
    # On RP2040 a synthesizer's own memory lies in the collector's heap, so that each voice keeps the note that it had last.
    check("what sounds is kept, whatever the script drops; what has ended is not", board, """
out = make()
def start():
    s = synth(envelope=Envelope(attack_time=0.01, release_time=0.05))
    out.play(s)
    for hz in range(200, 1000, 100):
        wave = array.array('h', range(-20000, 20000, hz))
        s.press(Note(hz, waveform=wave, ring_waveform=wave, ring_frequency=3, filter=Biquad(FilterMode.LOW_PASS, LFO(rate=3, scale=500, offset=900)), bend=LFO(scale=MathOperation.SUM(0.1, 0)),
            envelope=Envelope(release_time=0.01)))
    s.blocks.append(LFO(array.array('h', range(2000)), rate=7))
    return s
s = start()
for i in range(60):
    junk()
    gc.collect()
    wait(3)
print(len(s.pressed), [int(n.frequency) for n in s.pressed], {len(n.waveform) > 30 for n in s.pressed}, s.blocks[0].value != 0, out.holes)
s.release_all()
wait(200)
gc.collect()
alive = [s.note_info(70)]
class Mine(Note):
    def __del__(self): print('no finaliser is asked of a class')
m = Mine(50)
s.press(m)
print(s.pressed[0] is m, s.note_info(m)[0], s.pressed == (m,))
s.press(7)
print(s.pressed == (m, 7))
def ended():
    for i in range(30):
        s.press([Note(300 + i, waveform=array.array('h', range(2000))) for i in range(10)])
        s.release_all()
        wait(40)
gc.collect()
used = gc.mem_alloc()
ended()
wait(200)
gc.collect()
gc.collect()
print(gc.mem_alloc() - used < KEPT or gc.mem_alloc() - used)  # of 300 notes with 4,000 bytes each
""".replace("KEPT", "600 + 4600 * s.max_polyphony" if board == "pico" else "600"), ["8 [200, 300, 400, 500, 600, 700, 800, 900] {True} True 0", "True EnvelopeState.ATTACK True".replace("EnvelopeState", "synthio.EnvelopeState"), "True", "True"])
    check("at every allocation, and in the middle of collections", board, """
out, s = make(), synth(channel_count=2, envelope=Envelope(release_time=0.01))
out.play(s)
lfos = [LFO(array.array('h', [0, 5000, 20000]), rate=n) for n in range(1, 4)]
for i in range(60):
    wave = array.array('h', range(-3000, 3000, 40 + i))
    n = Note(100 + 20 * i, waveform=wave, filter=Biquad(FilterMode.NOTCH, 500 + i), panning=LFO(rate=i, scale=lfos[i % 3]))
    s.press((n, i))
    wave.extend(wave)
    n.waveform = array.array('h', wave)
    n.filter = Biquad(FilterMode.HIGH_PASS, MathOperation.SUM(100, i, lfos[0]))
    lfos[i % 3] = LFO(array.array('h', [i, -i] * 20), rate=n.panning, scale=0.3)
    s.blocks.append(lfos[0])
    if i % 7 == 0: del s.blocks[:], wave, n
    if i % 5 == 0: s.release_all()
    junk()
    if i % 9 == 0: gc.collect()
print(out.playing, out.holes, tonearm.chip()['violations'])
""", ["True 0 0"], env={"TONEARM_STRESS": "300"})


def waveforms(board):
    check("an array that grows moves: it is read where it is, and heard as what it is", board, """
def sound(setup, grow):
    arrays, s = setup()
    said = get(s, 3)
    if grow:
        for i in range(4):
            for a in arrays: a.extend(a)
            junk()
        gc.collect()
        rest = [array.array('h', [12345] * 64) for i in range(120)]  # where they were
    return said + get(s, 5)
def of_note():
    a, b = array.array('h', saw), array.array('h', saw)
    s = synth()
    s.press(Note(330, waveform=a, ring_waveform=b, ring_frequency=77))
    return (a, b), s
def of_synth():
    a = array.array('h', saw)
    s = synth(waveform=a)
    s.press((50, Note(300)))
    return (a,), s
def of_lfo():
    a = array.array('h', saw)
    s = synth()
    s.press(Note(300, bend=LFO(a, rate=20)))
    return (a,), s
def of_midi():
    a = array.array('h', saw)
    return (a,), MidiTrack(b'\\0\\x90\\x40\\x40\\x7f\\x80\\x40\\0', 100, waveform=a)
for setup in (of_note, of_synth, of_lfo, of_midi): print(sound(setup, False) == sound(setup, True), len(set(sound(setup, True))) > 2)
a = array.array('h', [1000] * 50)
s = synth(waveform=a)
n = Note(300)
s.press(n)
print(set(memoryview(audiocore.get_buffer(s)[1])), end=' ')
for i in range(50): a[i] = 3000
print(set(audiocore.get_buffer(s)[1]), end=' ')
a[:] = array.array('h', [1])  # shorter than it was
print(len(audiocore.get_buffer(s)[1]), n.waveform, s.pressed == (n,))
""", ["True True"] * 4 + ["{499} {1499} 256 None True"])
    check("a waveform and a filter that are replaced are let go of", board, """
s = synth()
n = Note(300, waveform=array.array('h', saw))
s.press(n)
first = get(s)
n.waveform = array.array('h', [-v for v in range(-32768, 32767, 512)][:100] + [0])
second = get(s)
n.waveform = None
print(first != second, get(s) != second, n.waveform)
""", ["True True None"])


def presses(board):
    check("no press is lost (W53), and pressed tells them", board, """
s = synth()
s.press(range(40, 40 + s.max_polyphony))
s.press(100)
print(len(s.pressed), 100 in s.pressed, s.note_info(100)[0])
n = Note(440)
s.press(n)
s.release(n)
print(n in s.pressed, s.note_info(n)[0])
notes = [Note(100 + i) for i in range(60)]
for n in notes: s.press(n)
print(s.pressed == tuple(sorted(s.pressed, key=lambda n: notes.index(n))) or set(s.pressed) == set(notes[-14:]))
""", ["14 True synthio.EnvelopeState.ATTACK", "False synthio.EnvelopeState.RELEASE", "True"])
    check("all of a change sounds from one tick on; what raises leaves what was done; a script in the middle may do anything", board, f"""
out, s = make(), synth()
out.play(s)
seen = []
def slowly():
    for k in (60, 62, 64):
        wait(20)
        seen.append([i for i in (60, 62, 64) if s.note_info(i)[0] is EnvelopeState.SUSTAIN])
        yield k
s.press(slowly())
wait(20)
print(seen, [s.note_info(i)[0] is EnvelopeState.SUSTAIN for i in (60, 62, 64)])
def fails():
    yield 70
    yield 71
    1 // 0
print(says(lambda: s.press(fails())), s.pressed)
wait(20)
print(s.note_info(70)[0])
print(says(lambda: s.change(release=(60, 70), press=(72, 200))), s.pressed)
def nested():
    s.press(80)
    yield 81
    s.change(press=nested2())
    yield 82
def nested2():
    yield 83
s.press(nested())
wait(20)
print([k for k in s.pressed if k >= 80 and s.note_info(k)[0] is EnvelopeState.SUSTAIN], out.holes)
def ends():
    yield 1
    s.deinit()
    gc.collect()
    yield 2
print(says(lambda: s.press(ends())), out.playing)
""", ["[[], [], []] [True, True, True]", "ZeroDivisionError: divide by zero (60, 62, 64, 70, 71)", "synthio.EnvelopeState.SUSTAIN", "ValueError: note must be 0-127 (62, 64, 71, 72)",
      "[80, 81, 83, 82] 0", f"{DEAD} False"])
    check("another thread is told", board, """
import _thread
s, told, ended = synth(), [], []
def other():
    for call in (lambda: s.press(1), lambda: s.pressed, lambda: s.note_info(1), s.release_all, synth): told.append(says(call))
    for i in range(20): gc.collect()
    ended.append(1)
_thread.start_new_thread(other, ())
while not ended: wait(1)
print(set(told))
""", ["{'RuntimeError: audio belongs to the main thread: call it from there'}"]) if board == "pico" else None


def blocks(board):
    check("blocks move what no note follows; the list holds what it likes", board, """
s, a, b = synth(), LFO(rate=10), MathOperation.SUM(1, 2, LFO(rate=10))
s.blocks.append(a)
get(s, 3)
print(round(a.phase * 44100 / 7680, 3), b.value)
s.blocks.extend(['x', None, 5, b, a, Note(5), s, s.blocks])
get(s, 1)
print(round(a.phase * 44100 / 10240, 3), b.value > 3)
s.blocks.clear()
before = a.phase
get(s, 3)
print(a.phase == before)
for i in range(3000): s.blocks.append(a)
get(s, 1)
del s.blocks[:2990]
get(s, 1)
print(round((a.phase - before) * 44100 / 5120, 3), len(s.blocks))
s.change(retrigger=a)
print(a.phase)
""", ["1.0 0.0", "1.0 True", "True", "1.0 10", "0.0"])
    check("circles end, long rows stand still, and the feed's stack is not theirs", board, """
s, a = synth(), LFO(rate=3)
a.rate, a.offset = a, MathOperation.SUM(a, 1, a)
row = [LFO(rate=10)]
for i in range(300): row.append(MathOperation.SUM(row[-1], 0, 0))
s.blocks.extend((a, row[300]))
s.press(Note(300, bend=a, panning=row[200]))
out = make()
out.play(s)
wait(100)
print(out.playing, out.holes, row[0].phase, row[300].value)
s.blocks.append(row[5])
wait(50)
print(row[0].phase > 0, row[5].value == row[0].value, row[6].value)
""", ["True 0 0.0 0.0", "True True 0.0"])
    check("what a sounding synthesizer moves is not moved by lfo_tick; what nothing moves is", board, """
s, a, b = synth(), LFO(rate=10), LFO(rate=10)
s.blocks.append(a)
get(s, 2)
before = a.phase
print(lfo_tick(a)[0] == a.value, a.phase == before, lfo_tick(b)[0] == b.value, round(b.phase * 48000 / 2560, 3))
""", ["True True True 1.0"])


MIDI = """
def be(v, n): return bytes([(v >> 8 * (n - 1 - i)) & 255 for i in range(n)])
def chunk(name, body): return name + be(len(body), 4) + body
def song(kind, division, *tracks): return chunk(b'MThd', be(kind, 2) + be(len(tracks), 2) + division) + b''.join([chunk(b'MTrk', t) for t in tracks])
END = b'\\0\\xff\\x2f\\0'
one = b'\\0\\x90\\x3c\\x40\\x60\\x3c\\0\\0\\x40\\x10\\x60\\x40\\0' + END  # running status, velocity 0 for note-off
two = b'\\0\\xff\\x51\\3\\x03\\xd0\\x90\\x60\\xff\\x51\\3\\x07\\xa1\\x20' + END  # 250 ms a quarter, then 500
def frames(t):
    n, heard = 0, set()
    audiocore.reset_buffer(t)
    for i in range(3000):
        r, b = audiocore.get_buffer(t)
        n += len(b)
        heard |= set(b)
        if r != 1: return n, len(heard) > 1, r
    return 'endless'
class Pipe(io.IOBase):
    def __init__(self, data): self.data = data
    def readinto(self, b):
        n = min(len(b), len(self.data), 100)
        b[:n] = self.data[:n]
        self.data = self.data[n:]
        return n
"""


def midi(board):
    path = mpy.scratch(f"synth-{board}.mid")
    check("files of type 0 and 1, tempos, running status, from a path, a file, any stream (W1, W44)", board, MIDI + f"""
files = song(0, be(96, 2), one), song(1, be(96, 2), one, two), song(0, b'\\xe7\\x28', one), song(1, be(96, 2), two, one, one), song(0, be(96, 2), END)
for f in files:
    t = from_file(io.BytesIO(f), sample_rate=8000)
    gc.collect()
    rest = junk()
    print(frames(t), frames(t) == frames(t), t.tempo, t.error_location, end=' ')
    audiocore.reset_buffer(t)
    get(t)
    print(t.tempo)
with open({path!r}, 'wb') as f: f.write(files[1])
with open({path!r}, 'rb') as f:
    f.read(0)
    a = from_file(f, sample_rate=8000)
b, text = from_file({path!r}, sample_rate=8000), b'\\0\\xff\\1\\x8b\\x5c' + bytes(1500)
c = from_file(Pipe(song(1, be(96, 2), text + one, two)), sample_rate=8000)
print([get(t, 30) == get(from_file(io.BytesIO(files[1]), sample_rate=8000), 30) for t in (a, b, c)])
with open({path!r}, 'wb') as f: f.write(b'before' + files[0])
f = open({path!r}, 'rb')
f.read(6)
print(frames(from_file(f, sample_rate=8000)))
for bad in (files[0][:30], files[1][:-5], song(2, be(96, 2), one), song(0, be(0, 2), one), song(0, be(96, 2), one[:6] + b'\\xff'), b'RIFF' + files[0]):
    print(says(lambda: from_file(io.BytesIO(bad))))
""", ["(8000, True, 0) True 192 None 192", "(6000, True, 0) True 192 None 384", "(1536, True, 0) True 1000 None 1000", "(6000, True, 0) True 192 None 384",
      "(0, False, 0) True 192 None 192",
      "[True, True, True]", "(8000, True, 0)", *(f"ValueError: MIDI file: {what}" for what in (
          "it ends within a track (byte 30)", "it ends within a track (byte 60)", "only types 0 and 1 can be played (byte 8)", "its quarter has no ticks (byte 12)",
          "a status where an event's data should be (byte 28)", "it does not begin as one (byte 0)"))])
    with open(path, "wb") as large:
        large.write(b"RIFF" + bytes(9000000))
    check("what is no MIDI file is not read to its end, however large it is", board, MIDI + f"print(says(lambda: from_file({path!r})))\n",
          ["ValueError: MIDI file: it does not begin as one (byte 0)"])
    os.path.exists(path) and os.unlink(path)
    check("a track: its bytes are kept or copied, it begins anew, loops, ends where it is malformed", board, MIDI + """
events = b'\\0\\x90H\\0*\\x80H\\0\\6\\x90J\\0*\\x80J\\0'
buffer = bytearray(events * 20)  # more than is looked at once
t, u, v = MidiTrack(events, 640, sample_rate=16000), MidiTrack(buffer, 640, sample_rate=16000), MidiTrack(b'\\0\\x90H\\0*' + b'\\xf3', tempo=640, sample_rate=16000)
for i in range(len(buffer)): buffer[i] = 255
buffer.extend(bytes(3000))
gc.collect()
print(frames(t), frames(u), frames(v), v.error_location, frames(v), t.error_location)
t.tempo = 320
print(frames(t), t.tempo)
out = make()
out.play(t)
while out.playing: pass
print(out.position)
out.play(t, loop=True)
wait(900)
print(out.playing, out.position > 9000)
out.play(v, loop=True)
wait(100)
print(says(lambda: audiocore.get_buffer(v)))
m = audiomixer.Mixer(sample_rate=16000, channel_count=1)
m.voice[0].play(MidiTrack(events, 640, sample_rate=16000), loop=True)
get(m, 100)
print(m.playing)
m.voice[0].loop = False
get(m, 100)
print(m.playing)
m.voice[0].play(MidiTrack(b'', 1, sample_rate=16000), loop=True)
get(m, 3)
print(m.playing, out.holes)
""", ["(2250, True, 0) (45000, True, 0) (1050, True, 0) 5 (1050, True, 0) None", "(4500, True, 0) 320", "4500", "True True", "RuntimeError: the MidiTrack is being played", "True", "False", "False 0"])
    check("extras: off unless asked for", board, MIDI + """
f = song(0, be(96, 2), b'\\0\\x90\\x3c\\x20\\x60\\x3c\\0' + END)
plain = get(from_file(io.BytesIO(f)), 3)
for k in ('velocity', 'interpolate', 'tail'): print(k, get(from_file(io.BytesIO(f), **{k: False}), 3) == plain, get(from_file(io.BytesIO(f), waveform=saw, **{k: True}), 3) == get(from_file(io.BytesIO(f), waveform=saw), 3))
e = Envelope(release_time=0.5)
print(frames(from_file(io.BytesIO(f), envelope=e))[0], frames(from_file(io.BytesIO(f), envelope=e, tail=True))[0] > 10000)
def loud(s, what):
    s.press(what)
    return [get(s, 2)]
print(loud(synth(), Note(3000, tone='wave')) == loud(synth(), Note(3000)), len([1 for a in ('wave', 'saw', 'square') for b in ('wave', 'saw', 'square')
    if loud(synth(), Note(3000, tone=a)) == loud(synth(), Note(3000, tone=b))]))
print(loud(synth(waveform=saw, interpolate=True), 40) == loud(synth(waveform=saw), 40))
""", ["velocity True False", "interpolate True False", "tail True True", "5512 True", "True 3", "False"])



def orders(board):
    check("deinit in any order while it is heard", board, """
def graph():
    out, m, e, s = make(), mixer(), echo(), synth()
    t = MidiTrack(b'\\0\\x90H\\0*\\x80H\\0', 20, sample_rate=44100)
    m.voice[0].play(s)
    m.voice[1].play(t, loop=True)
    out.play(e.play(m))
    s.press((Note(300, waveform=array.array('h', saw), bend=LFO()), 60))
    s.blocks.append(LFO())
    wait(3)
    return out, e, m, s, t
def run(order):
    parts = graph()
    for p in order:
        parts[p].deinit()
        parts[p].deinit()
        wait(1)
    return idle()
orders = ORDERS
print(len(orders), all([run(o) for o in orders]))
before = taken()
for o in orders[:10]: run(o)
after = taken()
print(after[0] - before[0] < 8000 or (before, after))
out, s = make(), synth()
out.play(s)
n = Note(300)
s.press(n)
s.deinit()
print(out.playing, says(lambda: s.press(1)))
n.bend = 5
with synth() as same: same.press(n)
print(says(lambda: same.pressed))
""".replace("ORDERS", repr(list(itertools.permutations(range(5))))), ["120 True", "True", f"False {DEAD}", DEAD])
    check("played again, taken from each other, paused: notes go on", board, """
out, other, m, s = make(), audiobusio.I2SOut(20, 21, 19), mixer(), synth()
s.press(60)
out.play(s)
wait(20)
print(s.pressed, s.note_info(60)[0])
other.play(s)
print(out.playing, other.playing, s.pressed)
m.voice[0].play(s)
out.play(m)
wait(20)
print(other.playing, m.playing, s.pressed, s.note_info(60)[1])
out.pause()
for i in range(300):
    s.press(Note(100 + i, waveform=array.array('h', saw)))
    if i % 50 == 0: gc.collect()
out.resume()
wait(20)
print(len(s.pressed), out.holes, says(lambda: audiocore.get_buffer(s)))
""", ["(60,) synthio.EnvelopeState.SUSTAIN", "False True (60,)", "False True (60,) 1.0", "14 0 RuntimeError: the Synthesizer is being played"])
    check("a script that ends while it plays", board, """
out, s = make(), synth()
out.play(s)
s.press((Note(300, bend=LFO()), 60))
s.blocks.append(LFO())
wait(10)
print(out.playing, s.pressed[1])
""", ["True 60"])


def main():
    for board in mpy.BOARDS:
        for group in (allocations, keeping, waveforms, presses, blocks, midi, orders):
            group(board)
    mpy.finish(count, "scripts")


if __name__ == "__main__":
    main()
