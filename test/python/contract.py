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
MODULES = "array, audiobusio, audiocore, audiodelays, audiofilters, audiofilewriter, audiofreeverb, audiomixer, audiopwmio, audiospeed"

FUNCTIONS = {
    "audiocore.get_buffer": f"({SAMPLE})",
    "audiocore.get_structure": f"({SAMPLE})",
    "audiocore.reset_buffer": f"({SAMPLE})",
}
