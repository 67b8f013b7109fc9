#!/usr/bin/env python3
"""Scripts that run in the middle of a call: what a stream's own methods do to the sample, the output or the writer that called them.

In: build/micropython. Each script prints what was refused, and that the rest goes on. Without the guards they end in a fault, or for ever.
"""
import model
import mpy

HEAD = """
import array, audiobusio, audiocore, audiofilewriter, gc, io, time, tonearm
def le(v, k): return bytes([(v >> 8 * i) & 255 for i in range(k)])
def wav(frames):
    n = 2 * frames
    return (b'RIFF' + le(36 + n, 4) + b'WAVEfmt ' + le(16, 4) + le(1, 2) + le(1, 2) + le(44100, 4) + le(88200, 4) + le(2, 2) + le(16, 2)
            + b'data' + le(n, 4) + bytes(array.array('h', range(1, frames + 1))))
def make(pins=(10, 11, 9)): return audiobusio.I2SOut(*pins)
def raw(frames=3000): return audiocore.RawSample(array.array('h', range(1, frames + 1)), sample_rate=44100)
def writer(stream): return audiofilewriter.AudioFileWriter(stream, buffer_size=512)
def says(f):
    try: print(f())
    except Exception as e: print(type(e).__name__, str(e)[:45])
class Source(io.IOBase):
    def __init__(self, frames): self.data, self.at, self.turn, self.hook = wav(frames), 0, 0, None
    def due(self):
        self.turn -= 1
        if self.turn == 0: self.hook()
    def readinto(self, buf):
        self.due()
        n = min(len(buf), len(self.data) - self.at, 100)
        buf[:n] = self.data[self.at:self.at + n]
        self.at += n
        return n
    def ioctl(self, op, arg):
        if op != 2: return 0
        import uctypes
        self.due()
        seek = uctypes.struct(arg, {'offset': 0 | uctypes.INT64, 'whence': 8 | uctypes.INT32}, uctypes.NATIVE)
        self.at = (0, self.at, len(self.data))[seek.whence] + seek.offset
        seek.offset = self.at
        return 0
    def at_turn(self, turn, hook): self.turn, self.hook = turn, hook
class Sink(Source):
    def __init__(self): self.data, self.at, self.turn, self.hook = bytearray(), 0, 0, None
    def write(self, data):
        self.due()
        self.data[self.at:self.at + len(data)] = data
        self.at += len(data)
        return len(data)
"""
READ = "RuntimeError the WaveFile is being read"
PLAYED = "RuntimeError the WaveFile is being played"
WRITING = "RuntimeError the AudioFileWriter is writing"
DEAD = "ValueError Object has been deinitialized and can no long"
count = 0


def check(what, script, wanted, **options):
    global count
    count += 1
    mpy.expect(what, mpy.run(HEAD + script, **options).split("\n")[:-1], wanted)


def sources():
    """Reading and seeking, of files longer and shorter than the cushion, at each of the first turns."""
    for frames in (200, 20000):
        for turn in (1, 2, 4):
            check(f"its sample is deinitialised, {frames} frames, turn {turn}", f"""
f, out = Source({frames}), make()
w = audiocore.WaveFile(f)
if {frames} > 200: audiocore.get_buffer(w)  # it has to go back
f.at_turn({turn}, lambda: says(w.deinit))
out.play(w)
while out.playing: pass
print(out.position, out.holes)
w.deinit()
out.deinit()
print(tonearm.chip()['idle'])
""", [READ, f"{frames} 0", "True"])
    for frames in (200, 20000):
        check(f"the output is closed, {frames} frames", f"""
f, out = Source({frames}), make()
w = audiocore.WaveFile(f)
f.at_turn(1, out.deinit)
says(lambda: out.play(w))
print(tonearm.chip()['idle'])
with make() as out:
    out.play(w)
    while out.playing: pass
    print(out.position)
""", [DEAD, "True", str(frames)])
    check("get_buffer's own stream", """
for hook in (lambda: w.deinit(), lambda: audiocore.get_buffer(w), lambda: audiocore.reset_buffer(w), lambda: make().play(w), lambda: writer(Sink()).play(w)):
    f = Source(5000)
    w = audiocore.WaveFile(f)
    f.at_turn(1, lambda: says(hook))
    print(audiocore.get_buffer(w)[0])
""", [READ, "1"] * 5)
    path = mpy.scratch("nested.wav")
    check("the output plays another sample meanwhile: both are kept until they are not heard", """
f, out = Source(200), make()
w = audiocore.WaveFile(f)
f.at_turn(1, lambda: out.play(raw(9000)))
out.play(w)
for i in range(40):
    gc.collect()
    junk = [bytearray(50 + 3 * j) for j in range(150)]
    time.sleep_ms(3)
print(out.playing, out.position)
out.deinit()
""", ["False 200"], pin="wav:" + path)
    heard = mpy.read_wav(path)[1]
    mpy.expect("the first to be asked for is heard last", model.find(heard, [(n, n) for n in range(1, 201)]) > 0, True)


def writers():
    check("play and deinit while the header is written", """
for hook in (lambda: w.play(s), lambda: w.stop(), lambda: w.deinit(), lambda: s.deinit()):
    for turn in (1, 2):
        f, s = Sink(), raw()
        w = writer(f)
        f.at_turn(turn, lambda: says(hook))
        w.play(s)
        while w.playing: pass
        print(f.at)
""", ["RuntimeError Already in progress", "6044"] * 2 + [WRITING, "6044"] * 6)
    check("its sample is deinitialised, played or looked into while it is written", """
f, g = Sink(), Source(6000)
w, s, out = writer(f), raw(), make()
wave = audiocore.WaveFile(g)
for sample, hook in ((s, s.deinit), (wave, wave.deinit), (wave, lambda: out.play(wave)), (wave, lambda: audiocore.get_buffer(wave))):
    f.at_turn(5, lambda: says(hook))
    w.play(sample)
    while w.playing: pass
print(f.at)
w.play(wave)
says(lambda: audiocore.get_buffer(wave))
says(lambda: audiocore.reset_buffer(wave))
print(w.playing)
""", [WRITING] * 3 + [PLAYED, str(6044 + 3 * 12044), PLAYED, PLAYED, "True"])
    check("a stream that stops the writer whose turn is next", """
f, g = Sink(), Sink()
w, v = writer(f), writer(g)
v.play(raw(9000))
w.play(raw(9000))
f.at_turn(4, lambda: says(v.stop))
while w.playing: pass
print(v.playing, f.at, g.at == 44 + int.from_bytes(g.data[40:44], 'little'), g.at < 18044)
""", ["None", "False 18044 True True"])


def main():
    for group in (sources, writers):
        group()
    mpy.finish(count, "scripts")


main()
