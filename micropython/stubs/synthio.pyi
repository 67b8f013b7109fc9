"""Synthesizers: notes of waveforms with envelopes, filters, and what moves them."""
from typing import Any, Iterable, List, Optional, Tuple, Union

BlockInput = Any  # float, int, None for 0, LFO or Math
ReadableBuffer = Any

waveform_max_length: int
"""Samples that a waveform may have: 16384."""


class EnvelopeState:
    """Where a note is: note_info tells."""
    ATTACK: "EnvelopeState"
    DECAY: "EnvelopeState"
    SUSTAIN: "EnvelopeState"
    RELEASE: "EnvelopeState"


class FilterMode:
    """What a Biquad lets through."""
    LOW_PASS: "FilterMode"
    HIGH_PASS: "FilterMode"
    BAND_PASS: "FilterMode"
    NOTCH: "FilterMode"
    LOW_SHELF: "FilterMode"
    HIGH_SHELF: "FilterMode"
    PEAKING_EQ: "FilterMode"


class Envelope:
    """How a note's level moves; a named tuple, which cannot be changed. Levels move once in 256 frames."""

    def __init__(self, *, attack_time: float = 0.1, decay_time: float = 0.05, release_time: float = 0.2, attack_level: float = 1.0,
                 sustain_level: float = 0.8) -> None:
        """Times: seconds, 0 or more. Levels: 0 to 1. ValueError: "attack_time must be >= 0", "attack_level must be 0-1" and so on."""
    def count(self, value: Any) -> int:
        """As of every tuple."""
    def index(self, value: Any) -> int:
        """As of every tuple."""
    @property
    def attack_time(self) -> float:
        """Seconds from silence to attack_level."""
    @property
    def decay_time(self) -> float:
        """Seconds from there to the sustained level."""
    @property
    def release_time(self) -> float:
        """Seconds from there to silence."""
    @property
    def attack_level(self) -> float:
        """0 to 1, of full scale."""
    @property
    def sustain_level(self) -> float:
        """0 to 1, of attack_level."""


class LFO:
    """A slow oscillator: waveform * scale + offset. What follows it moves it, once in 256 frames; its value is there from the beginning.

    Up to six LFOs and Maths that follow each other in a row are worked out; one further down stands still.
    """

    def __init__(self, waveform: Optional[ReadableBuffer] = None, *, rate: BlockInput = 1, scale: BlockInput = 1, offset: BlockInput = 0, phase_offset: BlockInput = 0,
                 once: bool = False, interpolate: bool = True) -> None:
        """waveform: 2 to 16384 samples of type 'h'; None for a triangle. It is read where it is: what the script writes there is followed.

        ValueError: "waveform must be array of type 'h'", "waveform length must be 2-16384".
        """
    @property
    def waveform(self) -> Optional[ReadableBuffer]:
        """As it was given."""
    rate: BlockInput
    """Hz; negative: backwards."""
    scale: BlockInput
    """What full scale of the waveform comes to."""
    offset: BlockInput
    """Is added."""
    phase_offset: BlockInput
    """Where it begins, in periods."""
    once: bool
    """Hold the last value rather than begin again; backwards: the first."""
    interpolate: bool
    """Straight lines between samples, not steps."""
    @property
    def phase(self) -> float:
        """Where it is in its waveform, 0 to 1."""
    @property
    def value(self) -> float:
        """As it was worked out last."""
    def retrigger(self) -> None:
        """Begin anew."""


class MathOperation:
    """What a Math works out. Each can be called: MathOperation.SUM(a, b, c) is Math(MathOperation.SUM, a, b, c)."""
    SUM: "MathOperation"
    """a + b + c"""
    ADD_SUB: "MathOperation"
    """a + b - c"""
    PRODUCT: "MathOperation"
    """a * b * c"""
    MUL_DIV: "MathOperation"
    """a * b / c; 0 where c is 0"""
    SCALE_OFFSET: "MathOperation"
    """a * b + c"""
    OFFSET_SCALE: "MathOperation"
    """(a + b) * c"""
    LERP: "MathOperation"
    """a * (1 - c) + b * c"""
    CONSTRAINED_LERP: "MathOperation"
    """The same, c within 0 to 1"""
    DIV_ADD: "MathOperation"
    """a / b + c; 0 where b is 0"""
    ADD_DIV: "MathOperation"
    """(a + b) / c; 0 where c is 0"""
    MID: "MathOperation"
    """The one in the middle"""
    MAX: "MathOperation"
    """The largest"""
    MIN: "MathOperation"
    """The smallest"""
    ABS: "MathOperation"
    """The size of a"""
    def __call__(self, a: BlockInput, b: BlockInput = 0, c: BlockInput = 1) -> "Math":
        """A Math of this operation."""


class Math:
    """Up to three parameters made into one."""

    def __init__(self, operation: MathOperation, a: BlockInput, b: BlockInput = 0, c: BlockInput = 1) -> None:
        """TypeError: "operation must be of type MathOperation, not ..."."""
    operation: MathOperation
    """Which function it is."""
    a: BlockInput
    """The first parameter."""
    b: BlockInput
    """The second one."""
    c: BlockInput
    """The third one."""
    @property
    def value(self) -> float:
        """As it was worked out last; at first 0."""


class Biquad:
    """A filter for a Note, or for an effect's `filter`. One may serve several at once."""

    def __init__(self, mode: FilterMode, frequency: BlockInput, Q: BlockInput = 0.7071067811865475, A: Optional[BlockInput] = None) -> None:
        """TypeError: "mode must be of type FilterMode, not ..."."""
    @property
    def mode(self) -> FilterMode:
        """What it lets through."""
    frequency: BlockInput
    """Hz, within 0 and half the rate of whoever uses it."""
    Q: BlockInput
    """How narrow it is, within 1/65536 and 65536."""
    A: Optional[BlockInput]
    """Of shelves and peaks: the square root of their gain, within 1/128 and 128. None: they are flat."""


class Note:
    """A note to be pressed. Each property may be set while it sounds, and is heard from the next 256 frames on. repr shows them all."""

    def __init__(self, frequency: float, *, panning: BlockInput = 0, amplitude: BlockInput = 1, bend: BlockInput = 0, waveform: Optional[ReadableBuffer] = None,
                 waveform_loop_start: BlockInput = 0, waveform_loop_end: BlockInput = 16384, envelope: Optional[Envelope] = None, filter: Optional[Biquad] = None,
                 ring_frequency: float = 0, ring_bend: BlockInput = 0, ring_waveform: Optional[ReadableBuffer] = None, ring_waveform_loop_start: BlockInput = 0,
                 ring_waveform_loop_end: BlockInput = 16384, tone: str = 'wave') -> None:
        """ValueError: "frequency must be 0-32767", "waveform must be array of type 'h'", "waveform length must be 2-16384". TypeError: "panning must be of type
        BlockInput, not ...", "filter must be of type Biquad, not ...", "envelope must be of type Envelope, not ..."."""
    frequency: float
    """Hz, 0 to 32767. Above half the rate it is silent."""
    panning: BlockInput
    """-1 left to 1 right."""
    amplitude: BlockInput
    """-1 to 1."""
    bend: BlockInput
    """Octaves up or down, -12 to 12."""
    waveform: Optional[ReadableBuffer]
    """2 to 16384 samples of type 'h', read where they are: what the script writes there is heard. None: the Synthesizer's."""
    waveform_loop_start: BlockInput
    """The sample that it goes back to."""
    waveform_loop_end: BlockInput
    """The sample behind the last one that is read."""
    envelope: Optional[Envelope]
    """None: the Synthesizer's."""
    filter: Optional[Biquad]
    """None: none."""
    ring_frequency: float
    """Hz of a second oscillator, by which the first is multiplied; 0 for none."""
    ring_bend: BlockInput
    """As bend."""
    ring_waveform: Optional[ReadableBuffer]
    """Its waveform; None: there is no ring modulation."""
    ring_waveform_loop_start: BlockInput
    """As waveform_loop_start."""
    ring_waveform_loop_end: BlockInput
    """As waveform_loop_end."""
    tone: str
    """"wave", or "saw" or "square" without aliases, instead of the waveform. ValueError: "Invalid tone". CircuitPython does not know it."""


NoteSequence = Union[int, Note, Iterable[Union[int, Note]]]
LFOSequence = Union[LFO, Iterable[LFO]]


class Synthesizer:
    """Plays notes that are pressed and released. It goes on for ever. 16 bits, signed. A note that sounds is kept, whatever the script forgets."""

    def __init__(self, *, sample_rate: int = 11025, channel_count: int = 1, waveform: Optional[ReadableBuffer] = None, envelope: Optional[Envelope] = None,
                 interpolate: bool = False) -> None:
        """sample_rate: 1000 to 384000 Hz. waveform: of keys and of notes that have none; None: a square. envelope: likewise; None: full level at once, silence at once.

        interpolate: read waveforms between their samples, too, which CircuitPython does not. MemoryError says what does not fit, and where.
        """
    @property
    def max_polyphony(self) -> int:
        """Notes that can sound at once: 24 on boards, 14 on the desktop."""
    def press(self, press: NoteSequence) -> None:
        """Notes, or keys 0 to 127 (69: 440 Hz), or an iterable of them. One that sounds begins its attack at the level that it has. With every voice in use
        the softest gives way, one that is being released before others. Allocates nothing.

        ValueError: "note must be 0-127". TypeError: "note must be of type int or Note, not ..."."""
    def release(self, release: NoteSequence) -> None:
        """Begin the release of notes or keys. What does not sound is let be. Allocates nothing."""
    def change(self, release: NoteSequence = (), press: NoteSequence = (), retrigger: LFOSequence = ()) -> None:
        """Release, press and retrigger, in this order, all in the same 256 frames. Allocates nothing. TypeError: "retrigger must be of type LFO, not ..."."""
    def release_then_press(self, release: NoteSequence = (), press: NoteSequence = (), retrigger: LFOSequence = ()) -> None:
        """The same as change."""
    def release_all(self) -> None:
        """Release everything."""
    def release_all_then_press(self, press: NoteSequence) -> None:
        """Release everything, and press, in the same 256 frames."""
    def note_info(self, note: Union[int, Note]) -> Tuple[Optional[EnvelopeState], float]:
        """Where its envelope is, and its level, 0 to 1. (None, 0.0) when it does not sound."""
    @property
    def pressed(self) -> Tuple[Union[int, Note], ...]:
        """What sounds and is not being released."""
    @property
    def blocks(self) -> List[Any]:
        """LFOs and Maths that are moved although no note follows them. Append and remove at any time."""
    envelope: Optional[Envelope]
    """Of keys and of notes that have none."""
    @property
    def shed(self) -> int:
        """Notes let go because there was no time for them: the quietest go until the others fit, and may be played again. CircuitPython has none."""
    def deinit(self) -> None:
        """Stop whoever plays it, and give its memory back. Harmless twice."""
    def __del__(self) -> None:
        """As deinit; by the collector."""
    def __enter__(self) -> "Synthesizer": ...
    def __exit__(self, *args: Any) -> None: ...
    sample_rate: int
    """Hz; ValueError if it is set to another one than it was made for."""
    @property
    def bits_per_sample(self) -> int:
        """16."""
    @property
    def channel_count(self) -> int:
        """1 mono, 2 stereo."""


class MidiTrack:
    """A track of MIDI events, or a file (from_file), as a sample. Mono, 16 bits, signed. Malformed events end it: error_location."""

    def __init__(self, buffer: ReadableBuffer, tempo: int, *, sample_rate: int = 11025, waveform: Optional[ReadableBuffer] = None, envelope: Optional[Envelope] = None,
                 interpolate: bool = False, velocity: bool = False, tail: bool = False) -> None:
        """buffer: events with their times, from the first time on, without a header. bytes are kept, other buffers copied. tempo: ticks a second.

        waveform, envelope, interpolate: as of a Synthesizer. velocity: keys that are pressed softly are softer. tail: what still sounds at the end is released and heard
        to its end. ValueError: "tempo must be >= 1".
        """
    tempo: int
    """Ticks a second. A file's is what it is at the moment, and cannot be set: RuntimeError."""
    @property
    def error_location(self) -> Optional[int]:
        """The byte at which an event was malformed, once it has been reached; else None."""
    @property
    def shed(self) -> int:
        """Notes let go because there was no time for them: the quietest go until the others fit, and may be played again. CircuitPython has none."""
    def deinit(self) -> None:
        """Stop whoever plays it, and give its memory back. Harmless twice."""
    def __del__(self) -> None:
        """As deinit; by the collector."""
    def __enter__(self) -> "MidiTrack": ...
    def __exit__(self, *args: Any) -> None: ...
    sample_rate: int
    """Hz; ValueError if it is set to another one than it was made for."""
    @property
    def bits_per_sample(self) -> int:
        """16."""
    @property
    def channel_count(self) -> int:
        """1 mono, 2 stereo."""


def from_file(file: Any, *, sample_rate: int = 11025, waveform: Optional[ReadableBuffer] = None, envelope: Optional[Envelope] = None, interpolate: bool = False,
              velocity: bool = False, tail: bool = False) -> MidiTrack:
    """A MIDI file of type 0 or 1, from a path or any binary stream. It is read whole, and checked to its end.

    ValueError: "MIDI file: ... (byte N)". TypeError: "file must be a file opened in byte mode". OSError of the stream's.
    """


def midi_to_hz(note: float) -> float:
    """The frequency of a key, 0 to 127; between keys, too. 69 is 439.999 Hz."""


def voct_to_hz(ctrl: float) -> float:
    """Octaves above 65.40625 Hz, -11 to 11."""


def lfo_tick(*blocks: BlockInput) -> Tuple[float, ...]:
    """Move blocks by 256 frames of 48000 a second, and tell their values. A block that something moves which is heard is only looked at."""
