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

FUNCTIONS = {
    "audiocore.get_buffer": f"({SAMPLE})",
    "audiocore.get_structure": f"({SAMPLE})",
    "audiocore.reset_buffer": f"({SAMPLE})",
}
