"""CircuitPython's audio API, as its source has it at commit cd3da4a: what scripts rely on. PDMIn is not ours yet.

Per class: how the test makes one; its constructor's parameters (name, "pos" or "key", default; REQUIRED: none); an expression that shows a
default where one can be seen; members: a method's call, or "ro", or a value that can be set.
"""
REQUIRED = object()
SAMPLE = "audiocore.RawSample(array.array('h', range(100)))"
CONTEXT = {"deinit": "deinit()", "__enter__": "__enter__()", "__exit__": "__exit__(None, None, None)"}
SAMPLE_MEMBERS = dict(CONTEXT, sample_rate="16000", bits_per_sample="ro", channel_count="ro")
OUTPUT_MEMBERS = dict(CONTEXT, play=f"play({SAMPLE}, loop=False)", stop="stop()", pause="pause()", resume="resume()", playing="ro", paused="ro",
                      __del__="__del__()")

CLASSES = {
    "audiocore.RawSample": {
        "make": SAMPLE,
        "parameters": (("buffer", "pos", REQUIRED), ("channel_count", "key", "1"), ("sample_rate", "key", "8000"), ("single_buffer", "key", "True")),
        "values": {"buffer": "array.array('h', range(100))"},
        "shown": {"channel_count": "x.channel_count", "sample_rate": "x.sample_rate", "single_buffer": "bool(audiocore.get_structure(x)[0])"},
        "members": SAMPLE_MEMBERS,
    },
    "audiocore.WaveFile": {
        "make": "audiocore.WaveFile(WAVE)",
        "parameters": (("file", "pos", REQUIRED), ("buffer", "pos", None)),
        "values": {"file": "WAVE", "buffer": "bytearray(256)"},
        "shown": {},
        "members": SAMPLE_MEMBERS,
    },
    "audiobusio.I2SOut": {
        "make": "audiobusio.I2SOut(10, 11, 9)",
        "parameters": (("bit_clock", "pos", REQUIRED), ("word_select", "pos", REQUIRED), ("data", "pos", REQUIRED), ("main_clock", "key", "None"),
                       ("left_justified", "key", "False"), ("external_clock", "key", "False")),
        "values": {"bit_clock": "10", "word_select": "11", "data": "9"},
        "shown": {},
        "members": OUTPUT_MEMBERS,
    },
    "audiopwmio.PWMAudioOut": {
        "make": "audiopwmio.PWMAudioOut(14)",
        "parameters": (("left_channel", "pos", REQUIRED), ("right_channel", "key", "None"), ("quiescent_value", "key", "0x8000")),
        "values": {"left_channel": "14"},
        "shown": {},
        "members": OUTPUT_MEMBERS,
    },
    "audiofilewriter.AudioFileWriter": {
        "make": "audiofilewriter.AudioFileWriter(io.BytesIO())",
        "parameters": (("file", "pos", REQUIRED), ("buffer_size", "key", "32768")),
        "values": {"file": "io.BytesIO()"},
        "shown": {},
        "members": dict(CONTEXT, play=f"play({SAMPLE})", stop="stop()", playing="ro"),
    },
}

FORMAT = (("buffer_size", "key", "512"), ("sample_rate", "key", "8000"), ("bits_per_sample", "key", "16"), ("samples_signed", "key", "True"),
          ("channel_count", "key", "1"))
SHOWN = {"sample_rate": "x.sample_rate", "bits_per_sample": "x.bits_per_sample", "channel_count": "x.channel_count",
         "samples_signed": "bool(audiocore.get_structure(x)[1])", "buffer_size": "audiocore.get_structure(x)[2]"}
NODE_MEMBERS = dict(SAMPLE_MEMBERS, sample_rate="8000", __del__="__del__()")  # its memory is for one rate: COMPAT.md


def effect(parameters, members, hidden=(), extra=None):
    """An effect's entry: parameters with their defaults, what can be set, those that only the constructor knows."""
    return {
        "parameters": FORMAT + tuple((name, "key", default) for name, default in parameters.items()),
        "values": {},
        "shown": dict(SHOWN, **{name: f"x.{name}" for name in parameters if name not in hidden}),
        "members": dict(NODE_MEMBERS, play=f"play({SAMPLE}, loop=False)", stop="stop()", playing="ro", **members, **(extra or {})),
    }


EFFECTS = {
    "audiofilters.Filter": effect({"filter": "None", "mix": "1"}, {"filter": "None", "mix": "0.25"}),
    "audiofilters.Distortion": effect(
        {"drive": "0", "pre_gain": "0", "post_gain": "0", "mode": "audiofilters.DistortionMode.CLIP", "soft_clip": "False", "mix": "1"},
        {"drive": "0.25", "pre_gain": "-60", "post_gain": "24", "mode": "audiofilters.DistortionMode.WAVESHAPE", "soft_clip": "True", "mix": "0.25"}),
    "audiofilters.Phaser": effect({"frequency": "1000", "feedback": "0.7", "mix": "1", "stages": "6"},
                                  {"frequency": "500", "feedback": "0.25", "mix": "0.25", "stages": "12"}),
    "audiodelays.Echo": effect(
        {"max_delay_ms": "500", "delay_ms": "250.0", "decay": "0.7", "filter": "None", "mix": "0.25", "freq_shift": "True"},
        {"delay_ms": "100", "decay": "0.5", "filter": "None", "mix": "0.5", "freq_shift": "False"}, hidden=("max_delay_ms",)),
    "audiodelays.Chorus": effect({"max_delay_ms": "50", "delay_ms": "50.0", "voices": "1.0", "mix": "0.5"},
                                 {"delay_ms": "20", "voices": "3", "mix": "0.25"}, hidden=("max_delay_ms",)),
    "audiodelays.Flanger": effect(
        {"max_delay_ms": "10", "min_delay_ms": "1.0", "rate": "0.5", "depth": "0.5", "feedback": "0.5", "mix": "0.5", "invert": "False"},
        {"min_delay_ms": "2", "rate": "1", "depth": "1", "feedback": "-0.5", "mix": "0.25", "invert": "True"}, hidden=("max_delay_ms",),
        extra={"lfo_value": "ro"}),
    "audiodelays.MultiTapDelay": effect(
        {"max_delay_ms": "500", "delay_ms": "250.0", "decay": "0.7", "mix": "0.25", "taps": "None"},
        {"delay_ms": "100", "decay": "0.5", "mix": "0.5", "taps": "((0.5, 0.25), (1.0, 1.0))"}, hidden=("max_delay_ms",)),
    "audiodelays.PitchShift": effect({"semitones": "0", "mix": "1", "window": "1024", "overlap": "128"}, {"semitones": "12", "mix": "0.5"},
                                     hidden=("window", "overlap")),
    "audiodelays.GranularPitchShift": effect({"semitones": "0", "mix": "1", "grain_size": "1024", "density": "2", "spread": "0"},
                                             {"semitones": "-12", "mix": "0.5", "spread": "0.5"}, hidden=("grain_size", "density")),
    "audiofreeverb.Freeverb": effect({"roomsize": "0.5", "damp": "0.5", "pre_filter": "None", "post_filter": "None", "mix": "0.5"},
                                     {"roomsize": "0.75", "damp": "0.25", "pre_filter": "None", "post_filter": "None", "mix": "0.25"}),
}
for _name, _spec in EFFECTS.items():
    CLASSES[_name] = dict(_spec, make=f"{_name}()")
CLASSES["audiomixer.Mixer"] = {
    "make": "audiomixer.Mixer()",
    "parameters": (("voice_count", "key", "2"), ("buffer_size", "key", "1024"), ("channel_count", "key", "2"), ("bits_per_sample", "key", "16"),
                   ("samples_signed", "key", "True"), ("sample_rate", "key", "8000")),
    "values": {},
    "shown": dict(SHOWN, voice_count="len(x.voice)"),
    "members": dict(NODE_MEMBERS, play=f"play({SAMPLE}, voice=0, loop=False)", stop_voice="stop_voice(0)", playing="ro", voice="ro"),
}
CLASSES["audiomixer.MixerVoice"] = {
    "make": "audiomixer.Mixer().voice[0]",
    "parameters": (),
    "values": {},
    "shown": {},
    "members": {"play": f"play({SAMPLE}, loop=False)", "stop": "stop(0)", "end": "end()", "playing": "ro", "level": "0.25", "panning": "0.5",
                "loop": "True"},
}
CLASSES["audiospeed.SpeedChanger"] = {
    "make": f"audiospeed.SpeedChanger({SAMPLE})",
    "parameters": (("source", "pos", REQUIRED), ("rate", "pos", None)),
    "values": {"source": SAMPLE, "rate": "2"},
    "shown": {},
    "members": dict(NODE_MEMBERS, rate="0.5"),
}
CLASSES["audiospeed.Resampler"] = {
    "make": f"audiospeed.Resampler({SAMPLE})",
    "parameters": (("source", "pos", REQUIRED),),
    "values": {"source": SAMPLE},
    "shown": {},
    "members": dict(NODE_MEMBERS, rate="ro"),
}
ENVELOPE = "synthio.Envelope(attack_time=0.5)"
WAVEFORM = "array.array('h', [-32768, 32767, 5])"
SYNTH_MEMBERS = dict(SAMPLE_MEMBERS, sample_rate="11025", __del__="__del__()")
CLASSES["synthio.Synthesizer"] = {
    "make": "synthio.Synthesizer()",
    "parameters": (("sample_rate", "key", "11025"), ("channel_count", "key", "1"), ("waveform", "key", "None"), ("envelope", "key", "None")),
    "values": {},
    "shown": {"sample_rate": "x.sample_rate", "channel_count": "x.channel_count", "envelope": "x.envelope"},
    "members": dict(SYNTH_MEMBERS, press="press((1, synthio.Note(5)))", release="release(1)", change="change(release=1, press=2, retrigger=synthio.LFO())",
                    release_then_press="release_then_press((1,), (2,), ())", release_all="release_all()", release_all_then_press="release_all_then_press(3)",
                    note_info="note_info(3)", pressed="ro", blocks="ro", envelope=ENVELOPE, max_polyphony="ro"),
}
NOTE = {"panning": "0", "amplitude": "1", "bend": "0", "waveform": "None", "waveform_loop_start": "0", "waveform_loop_end": "16384", "envelope": "None", "filter": "None",
        "ring_frequency": "0", "ring_bend": "0", "ring_waveform": "None", "ring_waveform_loop_start": "0", "ring_waveform_loop_end": "16384"}
CLASSES["synthio.Note"] = {
    "make": "synthio.Note(440)",
    "parameters": (("frequency", "pos", REQUIRED),) + tuple((name, "key", default) for name, default in NOTE.items()),
    "values": {"frequency": "440"},
    "shown": {name: f"x.{name}" for name in NOTE},
    "members": dict({name: "0.5" for name in NOTE}, frequency="441.5", waveform=WAVEFORM, ring_waveform=WAVEFORM, envelope=ENVELOPE, filter="None"),
}
CLASSES["synthio.Envelope"] = {
    "make": "synthio.Envelope()",
    "parameters": (("attack_time", "key", "0.1"), ("decay_time", "key", "0.05"), ("release_time", "key", "0.2"), ("attack_level", "key", "1.0"),
                   ("sustain_level", "key", "0.8")),
    "values": {},
    "shown": {name: f"x[{number}]" for number, name in enumerate(("attack_time", "decay_time", "release_time", "attack_level", "sustain_level"))},
    "members": {name: "ro" for name in ("attack_time", "decay_time", "release_time", "attack_level", "sustain_level")},
}
CLASSES["synthio.LFO"] = {
    "make": "synthio.LFO()",
    "parameters": (("waveform", "pos", None), ("rate", "key", "1"), ("scale", "key", "1"), ("offset", "key", "0"), ("phase_offset", "key", "0"), ("once", "key", "False"),
                   ("interpolate", "key", "True")),
    "values": {"waveform": WAVEFORM},
    "shown": {name: f"x.{name}" for name in ("rate", "scale", "offset", "phase_offset", "once", "interpolate")},
    "members": {"waveform": "ro", "rate": "-2", "scale": "0.5", "offset": "3", "phase_offset": "0.25", "once": "True", "interpolate": "False", "phase": "ro", "value": "ro",
                "retrigger": "retrigger()"},
}
CLASSES["synthio.Math"] = {
    "make": "synthio.Math(synthio.MathOperation.SUM, 1)",
    "parameters": (("operation", "pos", REQUIRED), ("a", "pos", REQUIRED), ("b", "pos", "0.0"), ("c", "pos", "1.0")),
    "values": {"operation": "synthio.MathOperation.SUM", "a": "1", "b": "2", "c": "3"},
    "shown": {},
    "members": {"operation": "synthio.MathOperation.MID", "a": "2.5", "b": "-1", "c": "7", "value": "ro"},
}
CLASSES["synthio.Biquad"] = {
    "make": "synthio.Biquad(synthio.FilterMode.NOTCH, 500)",
    "parameters": (("mode", "pos", REQUIRED), ("frequency", "pos", REQUIRED), ("Q", "pos", "0.7071067811865475"), ("A", "pos", None)),
    "values": {"mode": "synthio.FilterMode.NOTCH", "frequency": "500", "Q": "2", "A": "1"},
    "shown": {},
    "members": {"mode": "ro", "frequency": "250", "Q": "0.25", "A": "2.5"},
}
CLASSES["synthio.MidiTrack"] = {
    "make": "synthio.MidiTrack(b'', 640)",
    "parameters": (("buffer", "pos", REQUIRED), ("tempo", "pos", REQUIRED), ("sample_rate", "key", "11025"), ("waveform", "key", "None"), ("envelope", "key", "None")),
    "values": {"buffer": "b''", "tempo": "640"},
    "shown": {"sample_rate": "x.sample_rate"},
    "members": dict(SYNTH_MEMBERS, tempo="320", error_location="ro"),
}
MODULES = "array, audiobusio, audiocore, audiodelays, audiofilters, audiofilewriter, audiofreeverb, audiomixer, audiopwmio, audiospeed, synthio"

SONG = b'MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\x0c\0\x90\x3c\x40\x60\x80\x3c\0\0\xff\x2f\0'
FUNCTIONS = {
    "audiocore.get_buffer": f"({SAMPLE})",
    "audiocore.get_structure": f"({SAMPLE})",
    "audiocore.reset_buffer": f"({SAMPLE})",
    "synthio.from_file": f"(io.BytesIO({SONG!r}), sample_rate=8000, waveform=None, envelope=None)",
    "synthio.midi_to_hz": "(69)",
    "synthio.voct_to_hz": "(-11)",
    "synthio.lfo_tick": "(1, synthio.LFO())",
}
CONSTANTS = {  # what has values and nothing else
    "synthio.FilterMode": ("LOW_PASS", "HIGH_PASS", "BAND_PASS", "NOTCH", "LOW_SHELF", "HIGH_SHELF", "PEAKING_EQ"),
    "synthio.MathOperation": ("SUM", "ADD_SUB", "PRODUCT", "MUL_DIV", "SCALE_OFFSET", "OFFSET_SCALE", "LERP", "CONSTRAINED_LERP", "DIV_ADD", "ADD_DIV", "MID", "MAX", "MIN",
                              "ABS"),
    "synthio.EnvelopeState": ("ATTACK", "DECAY", "SUSTAIN", "RELEASE"),
}
