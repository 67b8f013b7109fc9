"""What CircuitPython 10.3.0-alpha.4 computes where ours rounds better: its arithmetic again, so that a difference can be measured and not only seen.

A model is the reference where the md5 of all that it gives is that of the expected stream; test_vectors.py checks that first.
"""
import importlib.util
import math
import os
import struct
import sys
import types

HERE = os.path.dirname(os.path.abspath(__file__))


def load_signals():
    """The probes' own generators of signals; they import a module of MicroPython's, of which they use nothing here."""
    sys.modules.setdefault("audiocore", types.ModuleType("audiocore"))
    spec = importlib.util.spec_from_file_location("probe", os.path.join(HERE, "vectors/probe.py"))
    probe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(probe)
    return probe


signals = load_signals()


def single(number):
    return struct.unpack("f", struct.pack("f", number))[0]


def clip(number):
    return max(-32768, min(32767, number))


def to_bytes(code, samples):
    """Signed 16-bit samples in the format of a typecode."""
    if code == "h":
        return struct.pack(f"<{len(samples)}h", *samples)
    if code == "H":
        return struct.pack(f"<{len(samples)}H", *(s + 32768 for s in samples))
    return bytes((s >> 8) & 0xff if code == "b" else (s >> 8) + 128 for s in samples)


def to_16(code, data):
    return [{"h": s, "H": s - 32768, "b": s * 256, "B": (s - 128) * 256}[code] for s in data]


# ---- Mixer -------------------------------------------------------------------------------------------------------------------

def times(sample, factor):
    """A lane times a factor of 32767ths, in single precision, cut off."""
    return clip(int(single(single(sample) * single(single(factor) / single(32767)))))


def factors(level, panning, channels):
    level, panning = int(max(0, min(1, level)) * 32768), max(-32767, min(32767, int(math.copysign(abs(panning) * 32768 + 0.5, panning))))
    if channels == 1:
        return (level,)
    return (((32767 - panning if panning >= 0 else 32768) * level) >> 15, ((32767 + panning if panning < 0 else 32768) * level) >> 15)


def mix(voices, channels, frames, bits=16):
    """voices: (interleaved 16-bit samples, their channels, loop, level, panning). With 8 bits each voice is cut off to the upper ones."""
    out = [0] * (frames * channels)
    for samples, wide, loop, level, panning in voices:
        there = len(samples) // wide
        for frame in range(frames if loop else min(frames, there)):
            for channel, factor in enumerate(factors(level, panning, channels)):
                at = frame * channels + channel
                scaled = times(samples[frame % there * wide + (channel if wide > 1 else 0)], factor)
                out[at] = clip(out[at] + (scaled & ~255 if bits == 8 else scaled))
    return out


def mixer2(code, channels):
    amplitude = 30000 if code in "hH" else 120
    voices = [(to_16(code, signals.tri(code, 400, 80, amplitude, channels, 20)), channels, True, 0.5, 0),
              (to_16(code, signals.noise(code, 400 * channels, 3)), channels, True, 0.25, 0)]
    return to_bytes(code, mix(voices, channels, 8 * 512 // channels // (2 if code in "hH" else 1), 16 if code in "hH" else 8))


def mono2stereo2(code):
    voices = [(to_16(code, signals.noise(code, 40, seed)), 1, False, 0.5, 0) for seed in (5, 6)]
    return to_bytes(code, mix(voices, 2, 2 * 128 // 2 // (2 if code in "hH" else 1), 16 if code in "hH" else 8))


def pan(panning):
    return to_bytes("h", mix([(list(signals.tri("h", 80, 80, 32000)), 1, True, 1, panning)], 2, 384))


# ---- Distortion --------------------------------------------------------------------------------------------------------------

def decibels(gain):
    return math.exp(gain * 0.11512925464970228420089957273422)


def bend(word, mode, drive):
    """A sample, its gain given, through a curve: -1..1, or a number of 16 bits for LOFI."""
    if mode == "CLIP":
        return math.copysign(abs(word / 32768) ** (1.0001 - drive), word) if word else 0.0
    if mode == "OVERDRIVE":
        x = word / 32768 * 0.686306
        z = 1 + math.exp(math.sqrt(abs(x)) * -0.75)
        e = math.exp(x)
        return (e - math.exp(-x * z)) / (e + math.exp(-x))
    k = 2 * drive / (1.0001 - drive)
    v = word / 32768
    return (1 + k) * v / (1 + k * abs(v))


def distort(samples, mode, drive, pre, post, soft):
    pre, post, out = decibels(pre), decibels(post), []
    mask = ~((1 << int(drive * 14 + 0.5)) - 1)
    for sample in samples:
        word = int(sample * pre)
        if mode == "LOFI":
            word = word & mask
            value = word * post if not soft else word / 32768 * post
            if not soft:
                out.append(int(value))
                continue
        else:
            value = bend(word, mode, drive) * post
        if soft:
            value = 1 - math.exp(-value) if value > 0 else math.exp(value) - 1
        out.append(int(value * 32767))
    return out


def wrap(samples):
    """Clipped to -32767..32768, of which the last is no number of 16 bits (W38)."""
    return [s - 65536 if s > 32767 else s for s in (max(-32767, min(32768, s)) for s in samples)]


def distortion(mode, channels):
    samples = list(signals.noise("h", 1200 * channels, 11))
    made = wrap(distort(samples, mode, 0.6, 3, -3, False))
    total = 6 * 256
    return to_bytes("h", (made + [0] * total)[:total])


def distortion_soft():
    made = wrap(distort(list(signals.noise("h", 300, 2)), "CLIP", 0.5, 0, 0, True))
    return to_bytes("h", (made + [0] * 768)[:768])


MODELS = {
    **{f"mixer2_{code}_ch{channels}": (mixer2, code, channels) for code in "hHbB" for channels in (1, 2)},
    **{f"mixer_mono2stereo2_{code}": (mono2stereo2, code) for code in "hHbB"},
    **{f"mixer_pan_{value}": (pan, value) for value in (-1, -0.5, 0, 0.5, 1)},
    **{f"distortion_{mode}_h_ch{channels}": (distortion, mode, channels) for mode in ("CLIP", "LOFI", "OVERDRIVE", "WAVESHAPE") for channels in (1, 2)},
    "distortion_soft": (distortion_soft,),
}


def stream(name):
    """The bytes of a stream of CircuitPython's, or None where there is no model of it."""
    return MODELS[name][0](*MODELS[name][1:]) if name in MODELS else None
