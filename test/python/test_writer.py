#!/usr/bin/env python3
"""AudioFileWriter: what it writes is a WAV file of the sample's own frames, as long as it was let, in any stream that can seek.

In: build/micropython. The files are read with Python's own wave module, and byte by byte.
"""
import io
import wave

import model
import mpy
from test_play import RAW, numbers, wav_file

count = 0
HEAD = """
import array, audiobusio, audiocore, audiofilewriter, gc, io, time, tonearm
def write(sample, path, **knobs):
    with open(path, 'wb') as f:
        with audiofilewriter.AudioFileWriter(f, **knobs) as w:
            w.play(sample)
            while w.playing: pass
"""


def check(what, script, wanted, **options):
    global count
    count += 1
    mpy.expect(what, mpy.run(HEAD + script, **options).split("\n")[:-1], wanted)


def read(path):
    """(channels, bytes a sample, rate, data), after a look at every number of the header."""
    with open(path, "rb") as file:
        data = file.read()
    size = int.from_bytes(data[40:44], "little")
    mpy.expect(f"{path}: sizes", (int.from_bytes(data[4:8], "little"), len(data)), (len(data) - 8, 44 + size + size % 2))
    with wave.open(io.BytesIO(data)) as parsed:
        channels, width, rate, frames = parsed.getparams()[:4]
        mpy.expect(f"{path}: rates and sizes", (int.from_bytes(data[28:32], "little"), int.from_bytes(data[32:34], "little"), frames),
                   (rate * channels * width, channels * width, size // (channels * width)))
        return channels, width, rate, parsed.readframes(frames)


def formats():
    path = mpy.scratch("out.wav")
    for code, (_, bits, offset) in RAW.items():
        for channels in (1, 2):
            for frames, knobs in ((701, ""), (3000, "buffer_size=512")):
                samples = [value - offset for value in model.noise(frames * channels, bits, 3)]
                with open(mpy.scratch("in.raw"), "wb") as file:
                    file.write(b"".join(value.to_bytes(bits // 8, "little", signed=offset > 0) for value in samples))
                check(f"{code} {channels} {knobs}", f"""
write(audiocore.RawSample(array.array('{code}', open({mpy.scratch('in.raw')!r}, 'rb').read()), channel_count={channels}, sample_rate=11025),
      {path!r}, {knobs})
""", [])
                wanted = [value + 128 if code == "b" else value - 32768 if code == "H" else value for value in samples]
                body = b"".join(value.to_bytes(bits // 8, "little", signed=bits == 16) for value in wanted)
                mpy.expect(f"{code} {channels}: frames", read(path) == (channels, bits // 8, 11025, body), True)
    for kind, width in (("u8", 1), ("s16", 2), ("s24", 3), ("s32", 4)):
        source = wav_file(kind, 2, numbers(kind, 16000, 7))
        with open(mpy.scratch("in.wav"), "wb") as file:
            file.write(source)
        check(f"a WAV file of {kind}, longer than its cushion", f"write(audiocore.WaveFile({mpy.scratch('in.wav')!r}), {path!r})", [])
        mpy.expect(f"{kind}: frames", read(path) == (2, width, 44100, source[44:]), True)


def times():
    """In real time, and stopped: no frame too many, none too few."""
    global count
    count += 1
    path = mpy.scratch("times.wav")
    said = mpy.run(HEAD + f"""
f = open({path!r}, 'wb')
f.write(b'before')
w = audiofilewriter.AudioFileWriter(f)
s = audiocore.RawSample(array.array('h', range(30000)), sample_rate=44100)
w.play(s)
time.sleep_ms(500)
w.stop()
w.stop()
print(w.playing, f.tell())
w.play(s)
time.sleep_ms(100)
w.deinit()
w.deinit()
f.close()
""")
    with open(path, "rb") as file:
        data = file.read()
    mpy.expect("behind what was there", data[:10], b"beforeRIFF")
    size = int.from_bytes(data[46:50], "little")
    mpy.expect("half a second, to within the 10 ms that it looks at the clock", 43200 <= size <= 44100, True)
    mpy.expect("told", said.split(), ["False", str(50 + size)])
    samples = [int.from_bytes(data[50 + 2 * n:52 + 2 * n], "little") for n in range(size // 2)]
    mpy.expect("none missing", samples == list(range(size // 2)), True)
    rest = data[50 + size:]
    mpy.expect("another file behind it", (rest[:4], int.from_bytes(rest[40:44], "little")), (b"RIFF", len(rest) - 44))


def lives():
    path = mpy.scratch("lives.wav")
    check("dropped while it writes; an output beside it; the same sample on both", f"""
s = audiocore.RawSample(array.array('h', range(1, 8001)), sample_rate=44100)
f = open({path!r}, 'wb')
def start(): audiofilewriter.AudioFileWriter(f, buffer_size=1000).play(s)
start()
out = audiobusio.I2SOut(10, 11, 9)
out.play(s)
for i in range(60):
    gc.collect()
    junk = [bytearray(50 + 3 * j) for j in range(150)]
    time.sleep_ms(5)
f.close()
print(out.holes, out.position)
""", ["0 8000"])
    mpy.expect("all of it", read(path)[3] == b"".join(n.to_bytes(2, "little") for n in range(1, 8001)), True)
    check("the script ends while it writes: the file is whole", f"""
f = open({path!r}, 'wb')
w = audiofilewriter.AudioFileWriter(f)
w.play(audiocore.RawSample(array.array('h', range(30000)), sample_rate=44100))
time.sleep_ms(100)
""", [])
    mpy.expect("a tenth of a second", 8000 < len(read(path)[3]) < 9000, True)
    check("its sample is deinitialised, or played again from a file", f"""
data = bytearray(40000)
w = audiofilewriter.AudioFileWriter(io.BytesIO())
s = audiocore.RawSample(data)
w.play(s)
s.deinit()
print(w.playing)
write(audiocore.RawSample(array.array('h', range(9000)), sample_rate=44100), {path!r})
s = audiocore.WaveFile({path!r}, cushion_ms=20)
w.play(s)
out = audiobusio.I2SOut(10, 11, 9)
out.play(s)
print(w.playing, out.playing)
w.play(s)
print(w.playing, out.playing)
w.stop()
""", ["False", "False True", "True False"])


def failures():
    script = """
class Full(io.IOBase):
    def __init__(self, room): self.room = room
    def write(self, data):
        if self.room < len(data): raise OSError(28)
        self.room -= len(data)
        return len(data)
    def ioctl(self, op, arg): return 0
def says(f):
    try: f()
    except Exception as e: print(type(e).__name__, e)
s = audiocore.RawSample(array.array('h', range(30000)), sample_rate=44100)
w = audiofilewriter.AudioFileWriter(Full(10), buffer_size=512)
says(lambda: w.play(s))
print(w.playing)
w = audiofilewriter.AudioFileWriter(Full(1000), buffer_size=512)
w.play(s)
while w.playing: pass
w = audiofilewriter.AudioFileWriter(Full(60), buffer_size=51200)
w.play(s)
time.sleep_ms(50)
says(w.stop)
print(w.playing)
"""
    check("what a stream raises is told to who asks, and ends the file", script, ["OSError 28", "False", "OSError 28", "False"])
    check("a stream that says more than it was given, or takes nothing", """
class Says(io.IOBase):
    def __init__(self, taken): self.taken = taken
    def write(self, data): return self.taken(len(data))
    def ioctl(self, op, arg): return 0
s = audiocore.RawSample(bytearray(100))
for taken in (lambda n: 10 ** 6, lambda n: n + 1, lambda n: 2 ** 31 - 1, lambda n: 0):
    try: audiofilewriter.AudioFileWriter(Says(taken)).play(s)
    except OSError as e: print(e.errno)
""", ["5", "5", "5", "28"])
    check("a stream that takes a few bytes at a time gets all of them", """
class Few(io.IOBase):
    def __init__(self, most): self.most, self.data, self.at = most, bytearray(), 0
    def write(self, data):
        n = min(self.most, len(data))
        self.data[self.at:self.at + n] = data[:n]
        self.at += n
        return n
    def ioctl(self, op, arg):
        if op != 2: return 0
        import uctypes
        seek = uctypes.struct(arg, {"offset": uctypes.INT64 | 0, "whence": uctypes.INT32 | 8})
        self.at = seek.offset + (0, self.at, len(self.data))[seek.whence]
        seek.offset = self.at
        return 0
def written(most):
    f = Few(most)
    w = audiofilewriter.AudioFileWriter(f)
    w.play(audiocore.RawSample(array.array("h", range(300)), sample_rate=8000))
    while w.playing: pass
    return bytes(f.data)
whole = written(10 ** 6)
print(len(whole), [written(most) == whole for most in (1, 3, 7, 512)])
""", ["644 [True, True, True, True]"])
    said = mpy.run(HEAD + script, code=None)
    mpy.expect("what nobody asked for is printed", said.count("AudioFileWriter: writing failed"), 1)


def filesystems():
    """Written to, and played from, whatever MicroPython can mount."""
    path = mpy.scratch("fs.pins.wav")
    for kind in ("VfsFat", "VfsLfs2"):
        check(f"on {kind}", f"""
import vfs
class Disk:
    def __init__(self): self.data = bytearray(100 * 512)
    def readblocks(self, n, buf, offset=0): buf[:] = self.data[n * 512 + offset:n * 512 + offset + len(buf)]
    def writeblocks(self, n, buf, offset=0): self.data[n * 512 + offset:n * 512 + offset + len(buf)] = buf
    def ioctl(self, op, arg): return {{4: 100, 5: 512}}.get(op, 0)
disk = Disk()
vfs.{kind}.mkfs(disk)
vfs.mount(vfs.{kind}(disk), '/ram')
write(audiocore.RawSample(array.array('h', range(1, 12001)), sample_rate=44100), '/ram/a.wav', buffer_size=1000)
with audiobusio.I2SOut(10, 11, 9) as out, audiocore.WaveFile('/ram/a.wav', cushion_ms=30) as sample:
    out.play(sample)
    while out.playing: pass
    print(out.holes, out.position)
""", ["0 12000"], pin="wav:" + path, board="pico2")
        mpy.expect(f"{kind}: every frame", model.alone(mpy.read_wav(path)[1], [(n, n) for n in range(1, 12001)]), None)


def main():
    for group in (formats, times, lives, failures, filesystems):
        group()
    mpy.finish(count, "scripts")


if __name__ == "__main__":
    main()
