#!/usr/bin/env python3
"""Scripts that mean harm: numbers that deinitialise the object they are given to, objects whose constructor was never called, finalisers
that are called by hand, numbers that are too long, interrupts where nobody looks.

In: build/micropython. Whatever is called ends in an exception or a value, and never in a signal; what has asked a number that deinitialised
the object says so. Attributes are those that dir() knows, so that none is forgotten.
"""
import mpy

HEAD = """
import array, audiobusio, audiocore, audiodelays, audiofilewriter, audiofilters, audiofreeverb, audiomixer, audiopwmio, audiospeed
import gc, io, micropython, struct, synthio, time, tonearm
MODULES = (audiobusio, audiocore, audiodelays, audiofilewriter, audiofilters, audiofreeverb, audiomixer, audiopwmio, audiospeed, synthio)
CLASSES = {n: getattr(m, n) for m in MODULES for n in dir(m) if n[0] != '_' and isinstance(getattr(m, n), type)}
WAVE = array.array('h', [i * 700 % 40000 - 20000 for i in range(64)])
PCM = bytes(2 * i & 255 for i in range(8000))
WAV = (b'RIFF' + struct.pack('<I', 36 + len(PCM)) + b'WAVEfmt ' + struct.pack('<IHHIIHH', 16, 1, 1, 16000, 32000, 2, 16)
       + b'data' + struct.pack('<I', len(PCM)) + PCM)
TRACK = bytes((0, 0x90, 64, 64, 64, 0x80, 64, 64)) * 20
def raw(): return audiocore.RawSample(WAVE, sample_rate=16000)
def long(): return audiocore.RawSample(array.array('h', list(WAVE) * 40), sample_rate=16000)  # 0.16 s
def out(): return audiobusio.I2SOut(10, 11, 9)
def mixer(): return audiomixer.Mixer(sample_rate=16000, channel_count=1)
SPECIAL = {
    'RawSample': raw, 'WaveFile': lambda: audiocore.WaveFile(io.BytesIO(WAV)), 'I2SOut': out, 'PWMAudioOut': lambda: audiopwmio.PWMAudioOut(14),
    'AudioFileWriter': lambda: audiofilewriter.AudioFileWriter(io.BytesIO()), 'Mixer': mixer, 'MixerVoice': lambda: mixer().voice[0],
    'SpeedChanger': lambda: audiospeed.SpeedChanger(long()), 'Resampler': lambda: audiospeed.Resampler(long()),
    'MidiTrack': lambda: synthio.MidiTrack(TRACK, 100, sample_rate=16000), 'LFO': synthio.LFO, 'Envelope': synthio.Envelope,
    'Math': lambda: synthio.Math(synthio.MathOperation.SUM, 1), 'Note': lambda: synthio.Note(440),
    'Biquad': lambda: synthio.Biquad(synthio.FilterMode.LOW_PASS, 1000),
}
CONSTANTS = ('EnvelopeState', 'FilterMode', 'MathOperation', 'DistortionMode')
def make(name): return SPECIAL[name]() if name in SPECIAL else CLASSES[name](sample_rate=16000)
def said(f):
    try: return str(f())
    except Exception as e: return type(e).__name__ + ' ' + str(e)[:35]
def fill(): return [bytes([165]) * n for n in (3000, 1500, 700, 300, 100, 40, 16) for i in range(3)]
"""
DEAD = "ValueError Object has been deinitialized and c"
MIX = ["mix"]
PLAY = ["play(s, loop=h)", "sample_rate"]
BLOCKS = {"Note": ["amplitude", "bend", "frequency", "panning", "ring_bend", "ring_frequency", "ring_waveform_loop_end", "ring_waveform_loop_start",
                   "waveform_loop_end", "waveform_loop_start"],
          "LFO": ["interpolate", "offset", "once", "phase_offset", "rate", "scale"], "Math": ["a", "b", "c", "operation(h)"], "Biquad": ["A", "Q", "frequency"], "Envelope": []}
ASKED = {  # what asks a script's number, of each class: the rest of what dir() knows asks none
    **BLOCKS,
    "RawSample": ["sample_rate"], "WaveFile": ["sample_rate"], "AudioFileWriter": [], "I2SOut": ["play(s, loop=h)", "volume"],
    "PWMAudioOut": ["play(s, loop=h)", "volume"], "Mixer": ["play(s, loop=h)", "play(s, voice=h)", "sample_rate", "stop_voice(h)", "stop_voice(voice=h)"],
    "MixerVoice": ["level", "loop", "panning", "play(s, loop=h)", "stop(h)", "stop(voice=h)"], "SpeedChanger": ["rate", "sample_rate"],
    "Resampler": ["sample_rate"], "MidiTrack": ["sample_rate", "tempo"],
    "Synthesizer": ["change((60, h))", "change(h)", "change(press=h)", "note_info(h)", "press((60, h))", "press(h)", "release((60, h))", "release(h)",
                    "release_all_then_press((60, h))", "release_all_then_press(h)", "release_then_press((60, h))", "release_then_press(h)",
                    "release_then_press(press=h)", "sample_rate"],
    "Filter": MIX + PLAY, "Distortion": ["drive", "mix", "post_gain", "pre_gain", "soft_clip"] + PLAY, "Phaser": ["feedback", "frequency", "mix", "stages"] + PLAY,
    "Echo": ["decay", "delay_ms", "freq_shift", "mix"] + PLAY, "Chorus": ["delay_ms", "mix", "voices"] + PLAY,
    "Flanger": ["depth", "feedback", "invert", "min_delay_ms", "mix", "rate"] + PLAY,
    "MultiTapDelay": ["decay", "delay_ms", "mix", "taps", "taps=[(h, 1)]", "taps=[h]"] + PLAY, "PitchShift": ["mix", "semitones"] + PLAY,
    "GranularPitchShift": ["mix", "semitones", "spread"] + PLAY, "Freeverb": ["damp", "mix", "roomsize"] + PLAY,
}
ASKED["MultiTapDelay"].remove("taps")  # a number is no iterable
NODES = sorted(set(ASKED) - set(BLOCKS) - {"RawSample", "WaveFile", "AudioFileWriter", "I2SOut", "PWMAudioOut", "MixerVoice"})
SAMPLES = NODES + ["RawSample", "WaveFile"]
count = 0


def check(what, script, wanted):
    """What it prints, and that it came to its end."""
    global count
    count += 1
    mpy.expect(what, mpy.run(HEAD + script + "\nprint('end')\n", code=None).split("\n")[:-1], [*wanted, "end"])


def complete():
    check("every class is in the table", "print(sorted(set(CLASSES) - set(CONSTANTS)))", [str(sorted(ASKED))])


NUMBER = """
class Number:
    def __init__(self, kill): self.kill, self.asked = kill, 0
    def ask(self, value):
        self.asked += 1
        self.kill()
        gc.collect()
        self.hold = fill()
        return value
    def __int__(self): return self.ask(1)
    def __float__(self): return self.ask(1.0)
    def __bool__(self): return self.ask(True)
CALLS = {'h': lambda m, h: m(h), '(60, h)': lambda m, h: m((60, h)), 's, loop=h': lambda m, h: m(raw(), loop=h),
         's, voice=h': lambda m, h: m(raw(), voice=h), 'voice=h': lambda m, h: m(voice=h), 'press=h': lambda m, h: m(press=h)}
def sweep(name, dies):
    asked = []
    def look(what, act):
        o = make(name)
        owner = o
        if name == 'MixerVoice':
            owner = mixer()
            o = owner.voice[0]
        h = Number(owner.deinit if dies else gc.collect)
        told = said(lambda: act(o, h))
        if h.asked: asked.append(what)
        if h.asked and dies and told != DEAD: print(what, told)
        if any(b != bytes([165]) * len(b) for b in getattr(h, 'hold', ())): print(what, 'writes to freed memory')
        if dies: owner.deinit()
    for a in dir(make(name)):
        if a.startswith('__'): continue
        if callable(getattr(make(name), a)):
            for c in CALLS: look('%s(%s)' % (a, c), lambda o, h: CALLS[c](getattr(o, a), h))
        else:
            look(a, lambda o, h: setattr(o, a, h))
            look(a + '=[h]', lambda o, h: setattr(o, a, [h]))
            look(a + '=[(h, 1)]', lambda o, h: setattr(o, a, [(h, 1)]))
    print(sorted(asked))
"""


def numbers():
    """Each setter and each method of each class."""
    for name, asked in ASKED.items():
        check(f"numbers, {name}", f"DEAD = {DEAD!r}{NUMBER}\nsweep({name!r}, {name not in BLOCKS})", [str(sorted(asked))])


HALF = """
class Half(CLASSES[NAME]):
    def __init__(self):
        if not halves: halves.append(self)
        raise ValueError
halves = []
said(Half)
halves.append(object.__new__(Half))
e, m, o, s, w = audiodelays.Echo(sample_rate=16000), mixer(), audiobusio.I2SOut(2, 3, 4), synthio.Synthesizer(sample_rate=16000), make('AudioFileWriter')
takes = {'out.play': o.play, 'out.plan': o.plan, 'mixer': m.play, 'voice': m.voice[0].play, 'effect': e.play, 'writer': w.play,
         'speed': audiospeed.SpeedChanger, 'resampler': audiospeed.Resampler, 'get_buffer': audiocore.get_buffer,
         'get_structure': audiocore.get_structure, 'reset_buffer': audiocore.reset_buffer}
others = [lambda h: s.note_info(h), lambda h: s.blocks.append(h),
          lambda h: setattr(m.voice[0], 'level', h), lambda h: setattr(e, 'filter', h), lambda h: setattr(e, 'filter', (h,)), lambda h: setattr(s, 'envelope', h),
          lambda h: setattr(o, 'volume', h), synthio.lfo_tick, repr, str, bool, len, audiocore.WaveFile, audiocore.RawSample, synthio.LFO, synthio.from_file,
          audiofilewriter.AudioFileWriter, lambda h: synthio.Math(synthio.MathOperation.SUM, h), lambda h: synthio.Note(440, filter=h),
          lambda h: synthio.Note(440, envelope=h), lambda h: synthio.Note(440, waveform=h), lambda h: synthio.MidiTrack(h, 1)]
if NAME != 'Envelope':  # a tuple of the VM's: iterating over one that is half made is a fault of the VM's own, of class T(list), too
    others += [list, tuple, s.press, s.release, lambda h: s.change(h, h, h)]
for h in halves:
    for t in takes:
        told = said(lambda: takes[t](h))
        if not told.startswith('TypeError'): print(t, told)
    for act in others: said(lambda: act(h))
    for a in dir(CLASSES[NAME]) + dir(make(NAME)):
        said(lambda: getattr(h, a))
        for args in ((), (h,), (raw(),), (1,), (None, None, None)):
            said(lambda: getattr(h, a)(*args))
            said(lambda: getattr(CLASSES[NAME], a)(h, *args))
        if a not in ('__class__',): said(lambda: setattr(h, a, 1))
o.play(s)
time.sleep(.02)
gc.collect()
"""


def halves():
    """Every class whose __init__ was never called, wherever an object can be given, and each of its members."""
    for name in ASKED:
        check(f"half made, {name}", f"NAME = {name!r}{HALF}", [])


DEL = """
players = {
    'out': (out, lambda p, x: p.play(x), lambda p: p.playing), 'writer': (lambda: make('AudioFileWriter'), lambda p, x: p.play(x), lambda p: p.playing),
    'mixer': (mixer, lambda p, x: p.voice[0].play(x), lambda p: p.playing),
    'echo': (lambda: make('Echo'), lambda p, x: p.play(x), lambda p: p.playing),
}
for n in players:
    for locked in (False, True):
        if locked and n == 'writer': continue  # its file could not grow
        new, play, plays = players[n]
        x, p, o = make(NAME), new(), None
        if hasattr(x, 'press'): x.press(60)
        elif NAME == 'Mixer': x.voice[0].play(raw(), loop=True)
        elif hasattr(x, 'play'): x.play(raw(), loop=True)
        play(p, x)
        if n in ('mixer', 'echo'):
            o = out()
            o.play(p)
        time.sleep_ms(15)
        if locked: micropython.heap_lock()
        try: x.__del__()
        finally:
            if locked: micropython.heap_unlock()
        hold = fill()
        told = said(lambda: x.sample_rate)
        if told != DEAD: print(n, locked, told)
        time.sleep_ms(30)
        if plays(p): print(n, locked, 'goes on')
        if any(b != bytes([165]) * len(b) for b in hold): print(n, locked, 'writes to freed memory')
        if said(x.__del__) != 'None': print('again')
        x = None
        gc.collect()
        p.deinit()
        if o: o.deinit()
print(tonearm.chip()['idle'])
"""


def finalisers():
    """__del__ by hand, of what is played: as deinit."""
    for name in NODES:
        check(f"__del__, {name}", f"NAME, DEAD = {name!r}, {DEAD!r}{DEL}", ["True"])


def long_numbers():
    tempo = "ValueError tempo must be 1-2147483647"
    check("tempos", """
for n in (2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 62):
    print(said(lambda: synthio.MidiTrack(TRACK, n).tempo))
    m = synthio.MidiTrack(TRACK, 1)
    print(said(lambda: setattr(m, 'tempo', n)), m.tempo)
print(said(lambda: synthio.MidiTrack(TRACK, 2 ** 70))[:13])
""", ["2147483647", "None 2147483647", *[tempo, tempo + " 1"] * 4, "OverflowError"])


def interrupts():
    """What ends the program is never taken for a stream's own trouble."""
    check("seeking", """
class Raises(io.IOBase):
    def __init__(self, what, at): self.what, self.at = what, at
    def readinto(self, buf): return 0
    def ioctl(self, op, arg):
        self.at -= 1
        if self.at == 0: raise self.what
        return 0
for kind in (KeyboardInterrupt, SystemExit, OSError):
    for at in (1, 2, 3):
        for f in (synthio.from_file, audiocore.WaveFile):
            try: f(Raises(kind, at))
            except BaseException as e: print(type(e).__name__)
""", ["KeyboardInterrupt"] * 6 + ["SystemExit"] * 6 + ["ValueError"] * 6)


def main():
    for group in (complete, numbers, halves, finalisers, long_numbers, interrupts):
        group()
    mpy.finish(count, "scripts")


main()
