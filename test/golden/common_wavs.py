"""The WAV files that the pins are tested with, made by sox and ffmpeg, some of them cut or sewn afterwards.

In: a folder. Out: a list of cases: a file, what it holds, and what the command must say that it is. What a file holds is
asked of sox and ffmpeg, never of our own reader.
"""
import glob
import struct

import common_cli as cli

ALSA = "/usr/share/sounds/alsa"
SOX_RAW = {"u8": ("unsigned-integer", "8"), "s16": ("signed-integer", "16"), "s24": ("signed-integer", "24"),
           "s32": ("signed-integer", "32")}
FFMPEG_RAW = {"u8": "u8", "s16": "s16le", "s24": "s24le", "s32": "s32le", "f32": "f32le"}


class Case:
    """A file and what is known of it."""

    def __init__(self, name, path, kind, channels, rate, readers=("ffmpeg", "sox"), cut=0, **said):
        self.name, self.path, self.kind, self.channels, self.rate = name, path, kind, channels, rate
        self.readers, self.cut, self.said = readers, cut, said
        self.program = {}  # bits: frames at the wire
        self.raw = None

    def samples(self):
        """Samples as the reference programs decode them, at the file's own depth. Both must say the same."""
        if self.raw is None:
            found = [raw_by(reader, self.path, self.kind) for reader in self.readers]
            cli.need(all(raw == found[0] for raw in found), f"{self.name}: sox and ffmpeg decode it differently")
            whole = len(found[0]) // self.frame_bytes() * self.frame_bytes()
            self.raw = cli.raw_samples(found[0][:whole], self.kind)
            cli.need(len(self.raw) >= self.channels, f"{self.name}: the reference programs find no frame in it")
        return self.raw

    def frame_bytes(self):
        return {"u8": 1, "s16": 2, "s24": 3}.get(self.kind, 4) * self.channels

    def frames(self, bits):
        if bits not in self.program:
            self.program[bits] = cli.wire_frames(self.samples(), self.kind, self.channels, bits)
        return self.program[bits]


def raw_by(reader, path, kind):
    if reader == "sox":
        encoding, bits = SOX_RAW[kind]
        return cli.tool("sox", "-V1", "-D", path, "-t", "raw", "-L", "-e", encoding, "-b", bits, "-")
    form = FFMPEG_RAW[kind]
    return cli.tool("ffmpeg", "-v", "fatal", "-i", path, "-map", "0:a", "-c:a", f"pcm_{form}", "-f", form, "-")


# ---- sox -----------------------------------------------------------------------------------------------------------------

SYNTH = {  # one sound per channel: noise over the whole range, corners, something smooth
    1: ["whitenoise"],
    2: ["whitenoise", "square", "311"],
    3: ["sine", "500", "whitenoise", "sine", "100"],
    4: ["whitenoise", "sine", "1000", "square", "50", "sine", "60"],
    6: ["square", "700", "whitenoise"] + ["sine", "90"] * 4,
}


def by_sox(folder, name, kind, channels, rate, seconds=0.06, shape=(), pipe=False, **said):
    encoding = ["-e", "floating-point", "-b", "32"] if kind == "f32" else ["-e", SOX_RAW[kind][0], "-b", SOX_RAW[kind][1]]
    path = folder(f"sox-{name}.wav")
    words = ["sox", "-R", "-D", "-r", str(rate), "-n", "-c", str(channels), *encoding, "-t", shape[0] if shape else "wav",
             "-" if pipe else path, "synth", str(seconds), *SYNTH[channels]]
    made = cli.tool(*words)
    if pipe:
        write(path, made)
    readers = ("ffmpeg",) if kind == "f32" else ("ffmpeg", "sox")  # sox thinks in 32-bit integers
    return Case(f"sox {name}", path, kind, channels, rate, readers, **said)


def sox_cases(folder):
    wide = {"extensible": True}
    yield by_sox(folder, "u8-mono", "u8", 1, 8000)
    yield by_sox(folder, "u8-stereo", "u8", 2, 44100)
    yield by_sox(folder, "u8-three", "u8", 3, 22050)
    yield by_sox(folder, "u8-odd-length", "u8", 1, 11025, seconds="661s")
    yield by_sox(folder, "s16-mono", "s16", 1, 16000)
    yield by_sox(folder, "s16-stereo", "s16", 2, 44100)
    yield by_sox(folder, "s16-six", "s16", 6, 48000, **wide)
    yield by_sox(folder, "s16-one-frame", "s16", 2, 44100, seconds="1s")
    yield by_sox(folder, "s16-63-frames", "s16", 2, 48000, seconds="63s")
    yield by_sox(folder, "s16-pipe", "s16", 2, 32000, pipe=True, truncated=True)
    yield by_sox(folder, "s24-mono", "s24", 1, 32000, **wide)
    yield by_sox(folder, "s24-stereo", "s24", 2, 44100, **wide)
    yield by_sox(folder, "s24-plain", "s24", 2, 48000, shape=("wavpcm",), extensible=False)
    yield by_sox(folder, "s24-four", "s24", 4, 48000, **wide)
    yield by_sox(folder, "s32-mono", "s32", 1, 22050, **wide)
    yield by_sox(folder, "s32-stereo", "s32", 2, 48000, **wide)
    yield by_sox(folder, "f32-mono", "f32", 1, 24000)
    yield by_sox(folder, "f32-stereo", "f32", 2, 44100)
    yield by_sox(folder, "s16-long", "s16", 2, 44100, seconds=0.25)
    yield by_sox(folder, "s16-1kHz", "s16", 2, 1000)
    yield by_sox(folder, "s16-88k2", "s16", 2, 88200, seconds=0.03)
    yield by_sox(folder, "s24-96k", "s24", 2, 96000, seconds=0.03, **wide)
    yield by_sox(folder, "s16-176k4", "s16", 1, 176400, seconds=0.02)
    yield by_sox(folder, "s32-192k", "s32", 2, 192000, seconds=0.02, **wide)
    yield by_sox(folder, "s16-384k", "s16", 2, 384000, seconds=0.01)


# ---- ffmpeg --------------------------------------------------------------------------------------------------------------


def by_ffmpeg(folder, name, kind, channels, rate, options=(), pipe=False, seconds=0.06, **said):
    """Louder than full scale, so that everything clips, and float goes beyond 1."""
    path = folder(f"ffmpeg-{name}.wav")
    waves = ["1.3*sin(2*PI*441*t+1)", "2.2*random(1)-1.1", "0.9*cos(2*PI*100*t)", "1.1*sin(3*t)", "0.1", "sin(9*t)"]
    lavfi = f"aevalsrc=exprs={'|'.join(waves[:channels])}:s={rate}:d={seconds}"
    made = cli.tool("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", lavfi, "-c:a", f"pcm_{FFMPEG_RAW[kind]}", *options,
                    "-f", "wav", "-" if pipe else path)
    if pipe:
        write(path, made)
    readers = ("ffmpeg", "sox") if kind != "f32" and not said.get("rf64") and not pipe else ("ffmpeg",)
    return Case(f"ffmpeg {name}", path, kind, channels, rate, readers, **said)


def ffmpeg_cases(folder):
    yield by_ffmpeg(folder, "u8-stereo", "u8", 2, 16000)
    yield by_ffmpeg(folder, "s16-mono", "s16", 1, 44100, options=("-bitexact", "-write_peak", "on"))
    yield by_ffmpeg(folder, "s16-title", "s16", 2, 44100, options=("-metadata", "title=odd", "-write_bext", "1"))
    yield by_ffmpeg(folder, "s24-stereo", "s24", 2, 48000)
    yield by_ffmpeg(folder, "s32-stereo", "s32", 2, 44100)
    yield by_ffmpeg(folder, "f32-mono", "f32", 1, 48000)
    yield by_ffmpeg(folder, "f32-stereo", "f32", 2, 44100)
    yield by_ffmpeg(folder, "f32-six", "f32", 6, 44100, extensible=True)
    yield by_ffmpeg(folder, "s16-rf64", "s16", 2, 44100, options=("-rf64", "always"), rf64=True)
    yield by_ffmpeg(folder, "s24-rf64", "s24", 1, 96000, options=("-rf64", "always"), rf64=True, seconds=0.03)
    yield by_ffmpeg(folder, "s16-pipe", "s16", 2, 48000, pipe=True, open_ended=True)
    yield by_ffmpeg(folder, "f32-pipe", "f32", 2, 44100, pipe=True, open_ended=True)


# ---- cut and sewn --------------------------------------------------------------------------------------------------------


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def find_data(data):
    """Where the data chunk's header is, by walking the chunks."""
    at = 12
    while data[at:at + 4] != b"data":
        at += 8 + (struct.unpack_from("<I", data, at + 4)[0] + 1) // 2 * 2
        cli.need(at < len(data), "a file without a data chunk was made")
    return at


def chunk(name, body):
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def relength(data):
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


def edited(folder, case, name, edit, **changes):
    data = cli.read_bytes(case.path)
    path = folder(f"edited-{name}.wav")
    write(path, edit(data, find_data(data)))
    readers = changes.pop("readers", ("ffmpeg",))
    return Case(f"edited {name}", path, case.kind, case.channels, case.rate, readers, **{**case.said, **changes})


def smpl(start, last, times):
    return chunk(b"smpl", struct.pack("<9I", 0, 0, 0, 60, 0, 0, 0, 1, 0) + struct.pack("<6I", 0, 0, start, last, 0, times))


def edited_cases(folder, by_name):
    stereo, mono, wide, float32 = (by_name[name] for name in
                                   ("sox s16-stereo", "sox u8-odd-length", "sox s24-stereo", "sox f32-stereo"))
    odd = chunk(b"junk", b"seven b")
    yield edited(folder, stereo, "odd-chunk-before-data", lambda d, at: relength(d[:at] + odd + d[at:]), readers=("ffmpeg", "sox"))
    yield edited(folder, wide, "chunks-before-fmt", lambda d, at: relength(d[:12] + odd + chunk(b"LIST", b"INFO") + d[12:]),
                 readers=("ffmpeg", "sox"))
    yield edited(folder, mono, "chunk-behind-odd-data", lambda d, at: relength(d + chunk(b"LIST", b"INFOIART\5\0\0\0abcd\0\0")),
                 readers=("ffmpeg",))
    yield edited(folder, stereo, "length-0", lambda d, at: d[:at + 4] + bytes(4) + d[at + 8:], open_ended=True)
    yield edited(folder, wide, "length-ffffffff", lambda d, at: d[:at + 4] + b"\xff" * 4 + d[at + 8:], open_ended=True)
    yield edited(folder, stereo, "truncated", lambda d, at: d[:-2 - 4 * 100], truncated=True)
    yield edited(folder, wide, "truncated-in-sample", lambda d, at: d[:-5], truncated=True)
    yield edited(folder, float32, "nan-and-infinity", lambda d, at: d[:at + 8] + odd_floats() + d[at + 8 + len(odd_floats()):])
    yield edited(folder, stereo, "smpl", lambda d, at: relength(d + smpl(500, 1499, 3)), readers=("ffmpeg", "sox"))


def odd_floats():
    values = [0.25, -0.25, float("nan"), float("inf"), float("-inf"), 1.0, -1.0, 0.99999994, -0.99999994, 2.0**-32,
              3 * 2.0**-32, -(2.0**-32), 5 * 2.0**-32, 1e-40, -1e38, 0.0]
    return struct.pack("<16f", *values)


def alsa_cases():
    for path in sorted(glob.glob(f"{ALSA}/*.wav")):
        yield Case(f"alsa {path.rsplit('/', 1)[1][:-4]}", path, "s16", 1, 48000)


def make_cases(folder):
    cases = [*sox_cases(folder), *ffmpeg_cases(folder)]
    cases += edited_cases(folder, {case.name: case for case in cases})
    cases += alsa_cases()
    cli.need(len({case.name for case in cases}) == len(cases), "two cases have one name")
    return cases
