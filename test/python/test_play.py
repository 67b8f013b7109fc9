#!/usr/bin/env python3
"""RawSample and WaveFile on I2SOut, on every board, every format: the frames at the pins are the sample's, each once and in order.

In: build/micropython, the recorder of the pins (TONEARM_PIN=wav:FILE). The frames that must be there come from test/python/model.py.
"""
import os
import struct

import model
import mpy

PINS = "board.GP10, board.GP11, board.GP9"
FRAMES = 700  # more than a slot, less than a ring
RAW = {"B": ("u8", 8, 0), "b": ("s8", 8, 128), "H": ("u16", 16, 0), "h": ("s16", 16, 32768)}


def play_raw(board):
    """Every typecode, mono and stereo, whole or as two halves: one file for each."""
    cases = [(code, channels, single) for code in RAW for channels in (1, 2) for single in (True, False)]
    script = ["import array, audiobusio, audiocore, board"]
    for number, (code, channels, single) in enumerate(cases):
        kind, bits, offset = RAW[code]
        samples = [value - offset for value in model.noise(FRAMES * channels, bits, number + 1)]
        with open(mpy.scratch(f"raw{number}"), "wb") as file:
            file.write(b"".join(value.to_bytes(bits // 8, "little", signed=offset > 0) for value in samples))
        script.append(f"with audiobusio.I2SOut({PINS}) as out:\n"
                      f"    data = array.array('{code}', open('{mpy.scratch(f'raw{number}')}', 'rb').read())\n"
                      f"    out.play(audiocore.RawSample(data, channel_count={channels}, "
                      f"sample_rate=22050, single_buffer={single}))\n    while out.playing: pass")
    path = mpy.scratch(f"raw-{board}.wav")
    mpy.run("\n".join(script), board=board, pin="wav:" + path)
    for number, (code, channels, single) in enumerate(cases):
        kind, bits, offset = RAW[code]
        samples = [value - offset for value in model.noise(FRAMES * channels, bits, number + 1)]
        rate, heard = mpy.read_wav(path if number == 0 else f"{path[:-4]}-{number + 1}.wav")
        mpy.expect(f"{board} {code} {channels} {single}: rate", rate, 22050)
        mpy.expect(f"{board} {code} {channels} {single}", model.alone(heard, model.frames_of(samples, kind, channels)), None)
    return len(cases)


def wav_file(kind, channels, samples, rate=44100, extra=b""):
    """A WAV file as bytes. Float samples are given as s32, of which float32 keeps 24 bits."""
    tag, bits = (3, 32) if kind == "f32" else (1, {"u8": 8, "s16": 16, "s24": 24, "s32": 32}[kind])
    size = bits // 8
    if kind == "f32":
        data = b"".join(struct.pack("<f", value / 2**31) for value in samples)
    else:
        data = b"".join(value.to_bytes(size, "little", signed=kind != "u8") for value in samples)
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * channels * size, channels * size, bits)
    chunks = b"fmt " + struct.pack("<I", len(head)) + head + extra + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def numbers(kind, count, seed):
    if kind == "u8":
        return model.noise(count, 8, seed)
    bits = {"s16": 16, "s24": 24, "s32": 32, "f32": 24}[kind]
    made = [value - (1 << (bits - 1)) for value in model.noise(count, bits, seed)]
    return [value << 8 for value in made] if kind == "f32" else made


STREAMS = {
    "path": "f = PATH",
    "file": "f = open(PATH, 'rb')",
    "BytesIO": "import io\nf = io.BytesIO(open(PATH, 'rb').read())",
    "own class": """
import io
class Own(io.IOBase):
    def __init__(self, data): self.data, self.at = data, 0
    def readinto(self, buf):
        n = min(len(buf), len(self.data) - self.at, 100)
        buf[:n] = self.data[self.at:self.at + n]
        self.at += n
        return n
    def ioctl(self, op, arg):
        if op != 2: return 0
        import uctypes
        seek = uctypes.struct(arg, {'offset': 0 | uctypes.INT64, 'whence': 8 | uctypes.INT32}, uctypes.NATIVE)
        self.at = (0, self.at, len(self.data))[seek.whence] + seek.offset
        seek.offset = self.at
        return 0
f = Own(open(PATH, 'rb').read())""",
    "no seeking": """
import io
class Pipe(io.IOBase):
    def __init__(self, data): self.data, self.at = data, 0
    def readinto(self, buf):
        n = min(len(buf), len(self.data) - self.at)
        buf[:n] = self.data[self.at:self.at + n]
        self.at += n
        return n
    def ioctl(self, op, arg): return -1
f = Pipe(open(PATH, 'rb').read())""",
}


def play_wave(board):
    """Every format, on 16 and 32 bits, read ahead in pieces, and every kind of stream."""
    count = 0
    frames = 6000  # more than the cushion
    odd = b"LIST" + struct.pack("<I", 3) + b"odd\0"
    for number, (kind, channels) in enumerate([(k, c) for k in ("u8", "s16", "s24", "s32", "f32") for c in (1, 2)]):
        for bits in (16, 32):
            samples = numbers(kind, frames * channels, number + 1)
            source = mpy.scratch("source.wav")
            with open(source, "wb") as file:
                file.write(wav_file(kind, channels, samples, extra=odd))
            path = mpy.scratch(f"wave-{board}.wav")
            stream = list(STREAMS)[count % len(STREAMS)]
            buffer = ("", ", bytearray(8)", ", bytearray(1024)", ", cushion_ms=25")[count % 4]
            script = (f"import audiobusio, audiocore, board\nPATH = {source!r}\n{STREAMS[stream]}\n"
                      f"with audiobusio.I2SOut({PINS}, bits={bits}) as out:\n    out.play(audiocore.WaveFile(f{buffer}))\n"
                      "    while out.playing: pass\n    print(out.holes)")
            said = mpy.run(script, board=board, pin="wav:" + path)
            what = f"{board} {kind} {channels} on {bits} from {stream}{buffer}"
            mpy.expect(f"{what}: holes", said.strip(), "0")
            wanted = model.frames_of(samples, "s32" if kind == "f32" else kind, channels, bits)
            mpy.expect(what, model.alone(mpy.read_wav(path)[1], wanted), None)
            os.unlink(path)
            count += 1
    return count


def main():
    count = sum(play_raw(board) + play_wave(board) for board in mpy.BOARDS)
    mpy.finish(count, "samples")


if __name__ == "__main__":
    main()
