#!/usr/bin/env python3
"""The WAV reader against files that it did not write and decoders that are not ours.

In: sox, ffmpeg, alsa-utils' recordings, and BUILD/libtonearm.a. Makes WAV files of every format, channel count, rate and
header that the tools offer; reads each by its name and through a pipe with wav_dump.c; compares every byte with what
ffmpeg, and for whole numbers sox, decode. Files that must be refused are refused, and the command that the sentence
recommends is run and its result played. Out: counts, which are asserted; exit code 0 only if all of it held.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
ALSA = "/usr/share/sounds/alsa"
RATES = (1000, 8000, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 192000, 384000)
SOX = {"u8": ["-e", "unsigned", "-b", "8"], "s16": ["-e", "signed", "-b", "16"], "s24": ["-e", "signed", "-b", "24"],
       "s32": ["-e", "signed", "-b", "32"], "f32": ["-e", "float", "-b", "32"]}
FFMPEG = {"u8": "pcm_u8", "s16": "pcm_s16le", "s24": "pcm_s24le", "s32": "pcm_s32le", "f32": "pcm_f32le"}
BYTES = {"u8": 1, "s16": 2, "s24": 3, "s32": 4, "f32": 4}
# By sox 5 formats x (6 channel counts + 1) + 12 rates + 2, by ffmpeg 5 x 4 x 4 + 4; to these alsa-utils' recordings are added.
WANTED = {"files": 133, "by name": 133, "through a pipe": 133, "with ffmpeg": 133, "with sox": 58, "cut": 40, "refused": 9,
          "converted as told": 9}
done = dict.fromkeys(WANTED, 0)


def run(command, **options):
    result = subprocess.run(command, capture_output=True, check=False, **options)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\n{result.stderr.decode(errors='replace')}exit code {result.returncode}")
    return result.stdout


def sox(*arguments):
    return run(["sox", "-D", "-R", *arguments])


def ffmpeg(*arguments):
    return run(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments])


def first_two(raw, channels, sample_bytes):
    """Of each frame the first two channels; whole frames only."""
    frame = channels * sample_bytes
    raw = raw[: len(raw) // frame * frame]
    if channels <= 2:
        return raw
    return b"".join(raw[at : at + 2 * sample_bytes] for at in range(0, len(raw), frame))


class Checker:
    def __init__(self, folder):
        self.folder = folder
        self.dump = os.path.join(folder, "wav_dump")
        run(["gcc", "-O2", "-std=gnu11", "-I", os.path.join(ROOT, "include"), os.path.join(ROOT, "test/golden/wav_dump.c"),
             os.path.join(BUILD, "libtonearm.a"), "-o", self.dump, "-lm", "-lpthread", "-ldl"])

    def path(self, name):
        return os.path.join(self.folder, name)

    def ours(self, path, pipe=False):
        """What the reader lends: (return code, frames, what it said)."""
        if pipe:
            with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
                result = subprocess.run([self.dump, "-"], stdin=cat.stdout, capture_output=True, check=False)
        else:
            result = subprocess.run([self.dump, path], capture_output=True, check=False)
        return result.returncode, result.stdout, result.stderr.decode().strip()

    def equal(self, path, sample, channels, rate, wanted, pipe, count):
        code, got, said = self.ours(path, pipe)
        name = "s32" if sample == "f32" else sample
        frame = min(channels, 2) * BYTES[sample]
        line = f"{name} {min(channels, 2)} {rate} {len(wanted) // frame}"
        if code or said != line or got != wanted:
            place = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b), min(len(got), len(wanted)))
            sys.exit(f"{os.path.basename(path)}: code {code}, said {said!r}, wanted {line!r}; {len(got)} bytes, wanted "
                     f"{len(wanted)}; first difference at byte {place}")
        done[count] += 1

    def check(self, path, sample, channels, rate, with_sox=True, with_ffmpeg=True):
        """Compare one file, by name and through a pipe, with each decoder."""
        size, references = BYTES[sample], []
        if with_ffmpeg:
            kind = "s32le" if sample in ("f32", "s32") else "u8" if sample == "u8" else sample + "le"
            raw = ffmpeg("-i", path, "-f", kind, "-c:a", "pcm_" + kind, "-")
            references.append(("with ffmpeg", first_two(raw, channels, size)))
        if with_sox and sample != "f32":  # sox rounds float in its own way
            raw = sox("-V1", path, "-t", "raw", "-L", *SOX[sample], "-")
            references.append(("with sox", first_two(raw, channels, size)))
        if not references:
            sys.exit(f"{path}: nothing to compare with")
        for count, wanted in references:
            self.equal(path, sample, channels, rate, wanted, False, count)
        wanted = references[0][1]
        if not wanted:
            sys.exit(f"{path}: the decoders give nothing")
        self.equal(path, sample, channels, rate, wanted, False, "by name")
        self.equal(path, sample, channels, rate, wanted, True, "through a pipe")
        done["files"] += 1
        return wanted

    def check_cut(self, path, sample, channels, rate, wanted):
        """The file cut off anywhere in its frames plays to its last whole frame."""
        with open(path, "rb") as file:
            whole = file.read()
        data = whole.rindex(b"data") + 8
        for cut in (data, data + 1, data + channels * BYTES[sample] * 7, len(whole) - channels * BYTES[sample] - 3, len(whole) - 1):
            frames = (cut - data) // (channels * BYTES[sample])
            part = wanted[: frames * min(channels, 2) * BYTES[sample]]
            name = self.path("cut.wav")
            with open(name, "wb") as file:
                file.write(whole[:cut])
            self.equal(name, sample, channels, rate, part, cut % 2 == 0, "cut")

    # --- files

    def by_sox(self):
        for sample in SOX:
            for channels in range(1, 7):
                path = self.path(f"sox-{sample}-{channels}.wav")
                sox("-n", "-r", "44100", "-c", str(channels), *SOX[sample], path, "synth", "1001s", "noise")
                wanted = self.check(path, sample, channels, 44100)
                if channels == 2 and sample != "f32":
                    self.check_cut(path, sample, channels, 44100, wanted)
            path = self.path(f"sox-plain-{sample}.wav")
            sox("-n", "-r", "48000", "-c", "2", *SOX[sample], "-t", "wavpcm", path, "synth", "501s", "noise")
            self.check(path, sample, 2, 48000)
        for rate in RATES:
            path = self.path(f"sox-{rate}.wav")
            sox("-n", "-r", str(rate), "-c", "1", "-b", "16", path, "synth", "333s", "noise")
            self.check(path, "s16", 1, rate)
        path = self.path("sox-commented.wav")
        sox("-n", "-r", "8000", "-c", "1", "-b", "8", "--comment", "odd", path, "synth", "99s", "noise")
        self.check(path, "u8", 1, 8000)
        path = self.path("sox-piped.wav")
        with open(path, "wb") as file:
            file.write(sox("-n", "-r", "8000", "-c", "2", "-b", "16", "-t", "wav", "-", "synth", "700s", "noise"))
        self.check(path, "s16", 2, 8000)

    def by_ffmpeg(self):
        for sample, codec in FFMPEG.items():
            for channels in (1, 2, 3, 6):
                noise = ["-f", "lavfi", "-i", "anoisesrc=r=48000:a=0.9:d=0.03:s=7", "-ac", str(channels), "-c:a", codec]
                headers = {"plain": [], "rf64": ["-rf64", "always"], "bext": ["-write_bext", "1", "-metadata", "description=odd"],
                           "peak": ["-write_peak", "1"]}
                for name, options in headers.items():
                    if name == "peak" and sample != "s16":
                        continue
                    path = self.path(f"ffmpeg-{sample}-{channels}-{name}.wav")
                    ffmpeg(*noise, *options, path)
                    wanted = self.check(path, sample, channels, 48000, with_sox=name == "plain")
                    if name == "rf64" and channels == 6 and sample in ("s16", "s24", "s32", "f32"):
                        self.check_cut(path, sample, channels, 48000, wanted)
                path = self.path(f"ffmpeg-{sample}-{channels}-piped.wav")
                with open(path, "wb") as file:
                    file.write(ffmpeg(*noise, "-f", "wav", "-"))
                self.length_field(path, b"\xff\xff\xff\xff")
                self.check(path, sample, channels, 48000, with_sox=False)

    def length_field(self, path, wanted):
        with open(path, "rb") as file:
            header = file.read(400)
        at = header.index(b"data") + 4
        if header[at : at + 4] != wanted:
            sys.exit(f"{path}: ffmpeg no longer writes {wanted} as the length of a pipe's data")

    def by_alsa(self):
        found = sorted(glob.glob(f"{ALSA}/*.wav"))
        for path in found:
            with open(path, "rb") as file:
                header = file.read(28)
            self.check(path, "s16", 1, int.from_bytes(header[24:28], "little"))
        if len(found) < 8:
            sys.exit(f"{ALSA} has {len(found)} recordings; Debian's alsa-utils brings more")
        for count in ("files", "by name", "through a pipe", "with ffmpeg", "with sox"):
            WANTED[count] += len(found)

    def refused(self):
        """Each is refused with a sentence; what the sentence recommends makes a file that plays."""
        source = self.path("source.wav")
        sox("-n", "-r", "8000", "-c", "1", "-b", "16", source, "synth", "0.5", "sine", "440")
        cases = {
            "A-law": ["sox", "-e", "a-law"], "mu-law": ["sox", "-e", "u-law"], "IMA ADPCM": ["sox", "-e", "ima-adpcm"],
            "MS ADPCM": ["sox", "-e", "ms-adpcm"], "GSM 6.10": ["sox", "-e", "gsm-full-rate"],
            "float of 64 bits": ["sox", "-e", "float", "-b", "64"], "RIFX": ["sox", "-B"],
            "MP3": ["ffmpeg", "-c:a", "libmp3lame", "-ar", "44100"], "64 bits a sample": ["ffmpeg", "-c:a", "pcm_s64le"],
        }
        for name, (tool, *options) in cases.items():
            folder = tempfile.mkdtemp(dir=self.folder)
            path = os.path.join(folder, "in.wav")
            if tool == "sox":
                sox(source, *options, path)
            else:
                ffmpeg("-i", source, *options, path)
            code, frames, said = self.ours(path)
            command = re.search(r"convert it with: (.*)$", said)
            if code != 1 or frames or name not in said or not command:
                sys.exit(f"{name}: code {code}, {len(frames)} bytes, said {said!r}")
            done["refused"] += 1
            run(command.group(1).split(), cwd=folder, stdin=subprocess.DEVNULL)
            code, frames, said = self.ours(os.path.join(folder, "out.wav"))
            if code or not re.match(r"s16 1 \d+ \d{4,}$", said):
                sys.exit(f"{name}: {command.group(1)} made a file of which the reader says {said!r}")
            done["converted as told"] += 1


def main():
    missing = [tool for tool in ("gcc", "sox", "ffmpeg") if not shutil.which(tool)]
    if missing or not os.path.isdir(ALSA):
        sys.exit(f"missing: {', '.join(missing) or ALSA}; Debian's build-essential, sox, ffmpeg and alsa-utils bring them")
    with tempfile.TemporaryDirectory() as folder:
        checker = Checker(folder)
        for part in (checker.by_sox, checker.by_ffmpeg, checker.by_alsa, checker.refused):
            part()
            print(f"{part.__name__}: {done}", flush=True)
    print(f"{done['files']} files compared bit by bit")
    if done != WANTED:
        sys.exit(f"counts are {done}, and must be {WANTED}")


main()
