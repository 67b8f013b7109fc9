#!/usr/bin/env python3
"""WaveFile reads ahead in the VM's own time: cushions, loops, restarts, streams that fail, and what get_buffer shows.

In: build/micropython; tonearm.chip(US) stands in for a long C call, which lets interrupts come but not the VM's scheduler.
"""
import model
import mpy
from test_play import numbers, wav_file  # the same files

count = 0
HEAD = """
import audiobusio, audiocore, gc, io, time, tonearm
def make(pins=(10, 11, 9), **knobs): return audiobusio.I2SOut(*pins, **knobs)
"""


def check(what, script, wanted, **options):
    global count
    count += 1
    said = mpy.run(HEAD + script, **options)
    mpy.expect(what, said.split("\n")[:-1], wanted)


def source(name, kind="s16", channels=2, frames=9000, **options):
    samples = numbers(kind, frames * channels, 5)
    path = mpy.scratch(name)
    with open(path, "wb") as file:
        file.write(wav_file(kind, channels, samples, **options))
    return path, model.frames_of(samples, kind, channels)


def cushion():
    """While the VM is in a long call, what was read ahead plays on; then a hole, counted, and the very next frame."""
    path, frames = source("cushion.wav")
    heard = mpy.scratch("heard.wav")
    for stall_ms, cushion_ms, holes in ((50, 100, 0), (90, 100, 0), (50, 10, 1), (300, 100, 1), (300, 400, 0)):
        check(f"a call of {stall_ms} ms with a cushion of {cushion_ms} ms", f"""
out = make()
out.play(audiocore.WaveFile({path!r}, cushion_ms={cushion_ms}))
time.sleep_ms(30)
before = out.headroom
tonearm.chip({stall_ms * 1000})
while out.playing: pass
print(out.holes, 10 < before < 30, [hole[2] for hole in out.report()['holes']])
out.deinit()
""", [f"{holes} True {['source late'] * holes}"], pin="wav:" + heard)
        got = mpy.read_wav(heard)[1]
        if holes == 0:
            mpy.expect(f"{stall_ms}/{cushion_ms}: frames", model.alone(got, frames), None)
        else:
            at = model.find(got, frames[:500])
            cut = next((n for n in range(500, len(frames)) if got[at + n] != frames[n]), len(frames))
            again = model.find(got, frames[cut:], at + cut)
            mpy.expect(f"{stall_ms}/{cushion_ms}: goes on with the next frame", again > at + cut, True)


def loops():
    heard = mpy.scratch("heard.wav")
    for frames, knobs in ((10, ""), (1000, ""), (3000, ", bytearray(16)"), (6000, ", cushion_ms=20")):
        path, wanted = source("loop.wav", frames=frames)
        check(f"a loop of {frames} frames{knobs}", f"""
out = make()
wave = audiocore.WaveFile({path!r}{knobs})
out.play(wave, loop=True)
time.sleep_ms(400)
print(out.playing, out.holes)
out.stop()
while out.headroom: pass
out.play(wave)
while out.playing: pass
out.deinit()
""", ["True 0"], pin="wav:" + heard)
        got = mpy.read_wav(heard)[1]
        passes = 15000 // frames + 1
        mpy.expect(f"loop of {frames}", model.find(got, (wanted * passes)[:15000]) > 0, True)
        at = model.find(got, wanted[:200] if frames > 200 else wanted)
        last = max(n for n in range(len(got)) if got[n] == wanted[-1]) + 1
        mpy.expect(f"once more after the loop of {frames}", got[last - frames:last] == wanted and at >= 0, True)


def restarts():
    path, wanted = source("again.wav")
    heard = mpy.scratch("heard.wav")
    check("played again while it plays: from the beginning", f"""
out = make()
wave = audiocore.WaveFile({path!r})
for i in range(5):
    out.play(wave)
    time.sleep_ms(25)
while out.playing: pass
print(out.position)
out.deinit()
""", ["9000"], pin="wav:" + heard)
    got = mpy.read_wav(heard)[1]
    last = max(n for n in range(len(got)) if got[n] == wanted[-1]) + 1
    mpy.expect("all of it at last", got[last - len(wanted):last] == wanted, True)
    check("on two outputs", f"""
a, b = make(), make((20, 21, 19))
wave = audiocore.WaveFile({path!r})
a.play(wave)
b.play(wave)
print(a.playing, b.playing)
while b.playing: pass
print(a.holes, b.holes)
wave.deinit()
wave.deinit()
try: b.play(wave)
except ValueError as e: print('deinitialized' in str(e))
""", ["False True", "0 0", "True"])
    check("whose buffer is extended, and moves, while others take what it was", f"""
buf = bytearray(1000)
wave = audiocore.WaveFile({path!r}, buf)
before = bytearray(16)  # so that it cannot grow where it is
buf.extend(bytes(3000))
junk = [bytearray(1000) for i in range(40)]
out = make()
out.play(wave)
while out.playing: pass
print(out.position, sum([any(j) for j in junk]))
out.deinit()
""", ["9000 0"], pin="wav:" + heard)
    mpy.expect("it was heard as it is", model.alone(mpy.read_wav(heard)[1], wanted), None)
    check("deinitialised while it plays, and whose file is closed", f"""
out = make()
with audiocore.WaveFile({path!r}) as wave:
    out.play(wave, loop=True)
    time.sleep_ms(20)
print(out.playing)
f = open({path!r}, 'rb')
with audiocore.WaveFile(f) as wave: out.play(wave)
print(f.read(4) != None)
""", ["False", "True"])


FAILING = """
class Failing(io.IOBase):
    def __init__(self, data, good): self.data, self.at, self.good = data, 0, good
    def readinto(self, buf):
        if self.at >= self.good: %s
        n = min(len(buf), len(self.data) - self.at, self.good - self.at)
        buf[:n] = self.data[self.at:self.at + n]
        self.at += n
        return n
    def ioctl(self, op, arg): return -1
"""


def failures():
    """A stream that raises ends its own program behind what was read, is told, and stops nothing else."""
    path, wanted = source("good.wav")
    heard = mpy.scratch("heard.wav")
    script = FAILING % "raise ValueError('the disk is gone')" + f"""
data = open({path!r}, 'rb').read()
other, out = make((20, 21, 19)), make()
other.play(audiocore.WaveFile({path!r}), loop=True)
out.play(audiocore.WaveFile(Failing(data, 30000)))
n = 0
while out.playing: n += 1
print(other.playing, other.holes, out.position)
for i in range(3): time.sleep_ms(50)
print(other.playing, other.holes)
"""
    check("a stream that raises", script, ["True 0 7489", "True 0"])
    said = mpy.run(HEAD + script, code=None)
    mpy.expect("it is told", "the disk is gone" in said and "reading ahead failed" in said, True)
    check("a stream that raises at once", FAILING % "raise OSError(5)" + f"""
data = open({path!r}, 'rb').read()
for good in (0, 20, 44, 200):
    out = None
    try:
        wave = audiocore.WaveFile(Failing(data, good))
        out = make()
        out.play(wave)
        print('played')
    except OSError as e: print(e)
    if out: out.deinit()
""", ["[Errno 5] EIO"] * 4)
    check("Ctrl-C while reading ahead goes to the program", FAILING % "raise KeyboardInterrupt" + f"""
data = open({path!r}, 'rb').read()
out = make()
out.play(audiocore.WaveFile(Failing(data, 30000)))
try:
    while out.playing: pass
    print('ended')
except KeyboardInterrupt: print('caught')
out.play(audiocore.WaveFile({path!r}))
while out.playing: pass
print(out.holes)
""", ["caught", "0"], pin="wav:" + heard)


def looking():
    for kind, channels in (("u8", 1), ("s16", 2), ("s24", 1)):
        path, _ = source("look.wav", kind, channels, 700)
        with open(path, "rb") as file:
            body = file.read()[44:]
        for buffer, piece in (("", 256), (", bytearray(8)", 4), (", bytearray(1024)", 512)):
            script = f"""
wave = audiocore.WaveFile({path!r}{buffer})
for again in range(2):
    data, results = b'', []
    while True:
        result, part = audiocore.get_buffer(wave)
        results.append(result)
        data += bytes(part)
        assert len(bytes(part)) <= {max(piece, 6)}
        if result != 1: break
    print(data == open({path!r}, 'rb').read()[44:], results[-1], set(results[:-1]), audiocore.get_buffer(wave))
    audiocore.reset_buffer(wave)
print(wave.sample_rate, wave.bits_per_sample, wave.channel_count, audiocore.get_structure(wave))
wave.deinit()
print(audiocore.get_buffer(wave))
"""
            bits = {"u8": 8, "s16": 16, "s24": 24}[kind]
            line = "True 0 {1} (0, None)"
            check(f"get_buffer of {len(body)} bytes of {kind}{buffer}", script,
                  [line, line, f"44100 {bits} {channels} (0, {int(kind != 'u8')}, 512, 1)", "(2, None)"])


def main():
    for group in (cushion, loops, restarts, failures, looking):
        group()
    mpy.finish(count, "scripts")


if __name__ == "__main__":
    main()
