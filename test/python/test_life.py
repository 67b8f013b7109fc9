#!/usr/bin/env python3
"""An output's life: memory taken when it is made and never again, kept while it is heard, closed by whoever lets go of it.

In: build/micropython, on every board. Each script prints what it found; the pins' frames are compared where it matters.
"""
import os
import subprocess

import model
import mpy

HEAD = """
import array, audiobusio, audiocore, gc, time, tonearm
def make(**knobs): return audiobusio.I2SOut(10, 11, 9, **knobs)
def noise(frames, seed=1):
    a, x = array.array('h', bytes(4 * frames)), seed
    for i in range(2 * frames):
        x = (1103515245 * x + 12345) & 0x7fffffff
        a[i] = (x >> 15) - 32768
    return audiocore.RawSample(a, channel_count=2, sample_rate=44100)
def idle():
    chip = tonearm.chip()
    return chip['idle'] and not chip['violations']
"""
count = 0


def check(what, board, script, wanted, **options):
    global count
    count += 1
    mpy.expect(f"{board}: {what}", mpy.run(HEAD + script, board=board, **options).split("\n")[:-1], wanted)


def noise_frames(frames, seed=1):
    values = [value - 32768 for value in model.noise(2 * frames, 16, seed)]
    return list(zip(values[::2], values[1::2]))


def allocations(board):
    """Not an object, not a byte, by the VM's own counters; the collector is off, so nothing is given back meanwhile."""
    check("no allocation in play, stop, pause, resume", board, """
import micropython
out, a, b = make(), noise(100), noise(3000, 2)
def many(n):
    for i in range(n):
        out.play(a); out.play(b, loop=True); out.pause(); out.resume(); out.play(sample=a, loop=False); out.stop()
def measure(n):
    gc.collect()
    gc.disable()
    alloc, total = gc.mem_alloc(), micropython.mem_total()
    many(n)
    alloc, total = gc.mem_alloc() - alloc, micropython.mem_total() - total
    gc.enable()
    return alloc, total
measure(2)
print(measure(1000) == measure(0))
print(out.playing, out.paused)
out.deinit()
print(idle())
""", ["True", "False False", "True"])
    check("no allocation with a WaveFile, whole in its cushion or read again and again", board, """
import io, micropython
def le(v, k): return bytes([(v >> 8 * i) & 255 for i in range(k)])
def wave(frames, **knobs):
    data = bytes(array.array('h', range(frames)))
    return audiocore.WaveFile(io.BytesIO(b'RIFF' + le(36 + len(data), 4) + b'WAVEfmt ' + le(16, 4) + le(1, 2) + le(1, 2) + le(44100, 4)
        + le(88200, 4) + le(2, 2) + le(16, 2) + b'data' + le(len(data), 4) + data), **knobs)
out, a, b = make(), wave(500), wave(9000, cushion_ms=20)
def many(n):
    for i in range(n):
        out.play(a); out.play(b, loop=True); out.pause(); out.resume(); out.play(a); out.stop()
def measure(n):
    gc.collect()
    gc.disable()
    alloc, total = gc.mem_alloc(), micropython.mem_total()
    many(n)
    alloc, total = gc.mem_alloc() - alloc, micropython.mem_total() - total
    gc.enable()
    return alloc, total
measure(2)
print(measure(1000) == measure(0))
print(out.holes, out.playing)
out.deinit()
print(idle())
""", ["True", "0 False", "True"])
    check("no allocation when samples are short and rates differ", board, """
out = make()
a = audiocore.RawSample(array.array('h', [1, 2, 3]), sample_rate=8000)
b = audiocore.RawSample(bytearray(100), sample_rate=48000)
def many(n):
    for i in range(n):
        out.play(a)
        while out.playing: pass
        out.play(b, loop=True)
        time.sleep_us(500)
        out.stop()
def measure(n):
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    many(n)
    after = gc.mem_alloc()
    gc.enable()
    return after - before
measure(2)
print(measure(200) == measure(0))
""", ["True"])


def scarce(board):
    """The failing script's shape: a full heap, then an output; an output, then a full heap."""
    check("8 KiB left, then the output: it works, or says why it does not", board, """
hog = []
def fill(left):
    size = 65536
    while size >= 16:
        try:
            while gc.mem_free() > left + size: hog.append(bytearray(size))
        except MemoryError: pass
        size //= 2
s = noise(500)
fill(8192)
try:
    out = make()
    out.play(s)
    while out.playing: pass
    print('played')
    out.deinit()
except MemoryError as e:
    said = str(e)
    print('ring' in said or 'output' in said, 'bytes' in said and 'largest' in said, 'buffer_ms' in said)
print(idle())
hog.clear()
gc.collect()
out = make()
fill(0)
for i in range(20):
    out.play(s)
    while out.playing: pass
hog.clear()
out.deinit()
gc.collect()
print(idle(), gc.mem_free() > 100000)
""", [*(["True True True"] if board == "pico" else ["played"]), "True", "True True"])
    check("a buffer that cannot fit is refused in a sentence, and nothing stays taken", board, """
def free():
    gc.collect()
    gc.collect()
    return tonearm.memory()['DMA']['free']
before = free()
for i in range(3):
    try: make(buffer_ms=2000, bits=32)
    except MemoryError as e: print('class DMA' in str(e), 'choose a shorter buffer_ms' in str(e))
print(idle(), before - free() < 1024)
out = make()
out.play(noise(100))
while out.playing: pass
""", ["True True"] * 3 + ["True True"])


def kept(board):
    """What is heard stays, whatever the script drops and the collector does."""
    path = mpy.scratch(f"kept-{board}.wav")
    check("dropped while it plays", board, """
def start(): make().play(noise(6000))
start()
for i in range(100):
    gc.collect()
    junk = [bytearray(50 + 3 * j) for j in range(200)]
    time.sleep_ms(2)
gc.collect()
print(idle())
""", ["True"], pin="wav:" + path)
    mpy.expect(f"{board}: all of it was heard", model.alone(mpy.read_wav(path)[1], noise_frames(6000)), None)
    check("a sample that is dropped, over a slice that is dropped", board, """
out = make()
def start():
    data = array.array('h', range(8000))
    out.play(audiocore.RawSample(memoryview(data)[2000:6000], sample_rate=44100))
start()
for i in range(50):
    gc.collect()
    junk = [bytearray(50 + 3 * j) for j in range(150)]
    time.sleep_ms(2)
out.deinit()
print(idle())
""", ["True"], pin="wav:" + path)
    mpy.expect(f"{board}: the slice was heard", model.alone(mpy.read_wav(path)[1], [(n, n) for n in range(2000, 6000)]), None)
    check("an array that moves while it is heard", board, """
out = make()
data = array.array('h', range(1, 3001))
out.play(audiocore.RawSample(data, sample_rate=44100))
before = []
for i in range(60):
    if i % 8 == 0: before.append(bytearray(16))  # so that it cannot grow where it is
    data.extend(array.array('h', [-1] * 60))
    junk = [bytearray(1000) for j in range(5)]
    for b in junk: b[:] = b'\\xaa' * 1000
    time.sleep_ms(2)
out.deinit()
print(idle())
""", ["True"], pin="wav:" + path)
    mpy.expect(f"{board}: it was heard as it was", model.alone(mpy.read_wav(path)[1], [(n, n) for n in range(1, 3001)]), None)
    check("an array of a script's own class, that moves", board, """
class Mine(array.array): pass
out = make()
data = Mine('h', range(1, 3001))
out.play(audiocore.RawSample(data, sample_rate=44100))
before = [bytearray(16) for i in range(20)]  # so that it cannot grow where it is
data.extend(array.array('h', [-1] * 6000))
junk = [bytearray(b'\\xaa' * 1000) for j in range(20)]
while out.playing: pass
out.deinit()
print(idle())
""", ["True"], pin="wav:" + path)
    mpy.expect(f"{board}: all of it was heard as it was", model.alone(mpy.read_wav(path)[1], [(n, n) for n in range(1, 3001)]), None)
    check("an array that shrinks while it is heard", board, """
out = make()
data = bytearray(40000)
out.play(audiocore.RawSample(data, sample_rate=44100), loop=True)
time.sleep_ms(100)
data[1000:] = b''
gc.collect()
time.sleep_ms(100)
print(out.playing, out.holes)
out.stop()
""", ["True 0"])
    check("outputs that are dropped idle make room", board, """
def once(i):
    out = audiobusio.I2SOut(10, 11, 9)  # not by a function: MicroPython 1.26 leaves what it returned in its stack, where a collection sees it
    if i % 3 == 0: out.play(noise(10))
    while out.playing: pass
for i in range(60): once(i)
gc.collect()
print(idle())
""", ["True"])


def ends(board):
    check("deinit twice, with, and what is dead says so", board, """
out = make()
out.deinit()
out.deinit()
members = ('playing', 'paused', 'headroom', 'holes', 'position', 'rate', 'volume')
methods = ('stop', 'pause', 'resume', 'report', 'drained')
dead = "Object has been deinitialized and can no longer be used. Create a new object."
def says(f):
    try: f()
    except ValueError as e: return str(e) == dead
    return False
print(all(says(lambda: getattr(out, m)) for m in members), all(says(getattr(out, m)) for m in methods), says(lambda: out.play(noise(1))))
s = noise(5)
with s as same: print(same is s)
s.deinit()
print(all(says(lambda: getattr(s, m)) for m in ('sample_rate', 'bits_per_sample', 'channel_count')))
with make() as out:
    print(says(lambda: out.play(s)))
    out.play(noise(2000), loop=True)
print(idle(), says(lambda: out.playing))
""", ["True True True", "True", "True", "True", "True True"])
    check("a sample that is deinitialised while it plays stops", board, """
out, s = make(), noise(4000)
out.play(s, loop=True)
time.sleep_ms(30)
s.deinit()
print(out.playing)
out.play(noise(100, 2))
while out.playing: pass
out.deinit()
print(idle())
""", ["False", "True"])
    path = mpy.scratch(f"end-{board}.wav")
    check("the script ends while it plays: faded out, closed", board, """
out = make()
out.play(noise(3000), loop=True)
time.sleep_ms(20)
print('end')
""", ["end"], pin="wav:" + path)
    heard = mpy.read_wav(path)[1]
    mpy.expect(f"{board}: the end is silence", model.is_silent(heard[-8:]), True)
    mpy.expect(f"{board}: something was heard", model.find(heard, noise_frames(400)) > 0, True)
    check("sys.exit while it plays", board, "import sys\nout = make()\nout.play(noise(3000), loop=True)\nsys.exit(3)", [], code=3)


def many(board):
    outputs = 4 if board == "pico" else 5
    more = "" if board == "pico" else "(22, 23, 24),"
    check("as many as there are channels for, and the next says so", board, f"""
pins = ((0, 1, 2), (4, 5, 6), (10, 11, 9), (13, 12, 14), {more} (27, 28, 26))
outs, s = [], noise(900)
try:
    for p in pins: outs.append(audiobusio.I2SOut(*p, buffer_ms=10))
except RuntimeError as e: print(len(outs), e)
for o in outs: o.play(s)
while any([o.playing for o in outs]): pass
print([o.holes for o in outs])
for o in outs: o.deinit()
print(idle())
""", [f"{outputs} No DMA channel found", str([0] * outputs), "True"])
    check("channels of outputs that were dropped", board, """
pins = ((0, 1, 2), (4, 5, 6), (10, 11, 9), (13, 12, 14), (22, 23, 24), (27, 28, 26))
def once(i): audiobusio.I2SOut(*pins[i % 6])
for i in range(30): once(i)
gc.collect()
print(idle())
""", ["True"])
    check("pins in use", board, """
out = make()
for pins, knobs in (((10, 11, 9), {}), ((20, 21, 11), {}), ((9, 8, 3), {})):
    try: audiobusio.I2SOut(*pins, **knobs)
    except ValueError as e: print(e)
del out
audiobusio.I2SOut(10, 11, 9).deinit()
print(idle())
""", ["GP10 in use", "GP11 in use", "GP9 in use", "True"])


def killed(pin, maker, bits, least):
    """A recording whose script is killed is a WAV file all the same, of every whole second."""
    path = mpy.scratch("killed.wav")
    script = HEAD + f"""
import audiopwmio, sys
out = {maker}
out.play(audiocore.RawSample(array.array('h', range(1, 9001)), sample_rate=44100), loop=True)
time.sleep(2.5)
print('now')
sys.stdin.readline()
"""
    process = subprocess.Popen([mpy.MICROPYTHON, "-c", script], env=dict(os.environ, TONEARM_PIN="wav:" + path, TONEARM_BOARD="pico"),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    mpy.expect(f"{pin}: it plays", process.stdout.readline(), "now\n")
    process.kill()
    process.communicate()
    rate, frames = mpy.read_wav(path)
    read = subprocess.run(["sox", path, "-t", "s32", "-"], capture_output=True, check=False)
    mpy.expect(f"{pin}: sox reads it, and says nothing", (read.returncode, read.stderr, len(read.stdout)), (0, b"", 8 * len(frames)))
    mpy.expect(f"{pin}: whole seconds of {bits} bits", (len(frames) >= least, len(frames) % rate), (True, 0))
    if bits == 16:
        at = model.find(frames, [(n, n) for n in range(1, 9001)])
        mpy.expect(f"{pin}: all of it", 0 <= at and all(frame == (n % 9000 + 1,) * 2 for n, frame in enumerate(frames[at:])), True)


def main():
    for board in mpy.BOARDS:
        for group in (allocations, scarce, kept, ends, many):
            group(board)
    killed("I2S", "make()", 16, 2 * 44100)
    killed("PWM", "audiopwmio.PWMAudioOut(14)", 32, 2 * 88200)
    mpy.finish(count, "scripts")


main()
