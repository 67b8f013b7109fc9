"""Effects that remember: echoes, chorus, flanger, changes of pitch."""
from typing import Any, Iterable, Optional, Tuple, Union

BlockInput = Any  # float, int, None for 0, synthio.LFO or synthio.Math


class Echo:
    """What came in, again and again."""
    def __init__(self, *, max_delay_ms: int = 500, delay_ms: BlockInput = 250.0, decay: BlockInput = 0.7, filter: Union[None, Any, Tuple[Any, ...]] = None, mix: BlockInput = 0.25, freq_shift: bool = True,
                 buffer_size: int = 512, sample_rate: int = 8000, bits_per_sample: int = 16,
                 samples_signed: bool = True, channel_count: int = 1) -> None:
        """max_delay_ms: what there is memory for, 1 to 4000.

        buffer_size: bytes that audiocore.get_buffer gives, a frame to 4096 frames; nothing else depends on it. sample_rate: Hz, 1000 to 384000.

        bits_per_sample: 8 or 16. MemoryError says what does not fit, and where.
        """
    def play(self, sample: Any, *, loop: bool = False) -> "Echo":
        """Play a sample through it from its beginning, in place of what was played; returns itself. Allocates nothing.

        Any format of one or two channels, at this rate. ValueError: "The sample's sample_rate does not match", "The sample's channel_count does not match", "a source
        cannot be played through itself", "more than 6 sources in a row".
        """
    def stop(self) -> None:
        """Play nothing through it any more. What it has kept is heard on."""
    def deinit(self) -> None:
        """Stop whoever plays it, let go of what it plays, and give its memory back. Harmless twice."""
    def __del__(self) -> None:
        """As deinit; by the collector."""
    def __enter__(self) -> "Echo": ...
    def __exit__(self, *args: Any) -> None: ...
    @property
    def playing(self) -> bool:
        """Is something played through it?"""
    sample_rate: int
    """Hz; ValueError if it is set to another one than it was made for."""
    @property
    def bits_per_sample(self) -> int:
        """8 or 16."""
    @property
    def channel_count(self) -> int:
        """1 mono, 2 stereo."""
    delay_ms: BlockInput
    """Time between echoes, a frame to max_delay_ms."""
    decay: BlockInput
    """0 to 1: how loud each echo is, of the one before."""
    filter: Union[None, Any, Tuple[Any, ...]]
    """None, a synthio.Biquad, or a tuple of up to 8 that are run one after the other. May be replaced at any time. For what goes into the line."""
    mix: BlockInput
    """0 only what came in, 0.5 both in full, 1 only the effect. Changes are ramps of 64 frames."""
    freq_shift: bool
    """True: echoes change their pitch while delay_ms changes, as on tape. False: a new delay is crossfaded."""


class Chorus:
    """What came in several times, a little apart."""
    def __init__(self, *, max_delay_ms: int = 50, delay_ms: BlockInput = 50.0, voices: BlockInput = 1.0, mix: BlockInput = 0.5,
                 buffer_size: int = 512, sample_rate: int = 8000, bits_per_sample: int = 16,
                 samples_signed: bool = True, channel_count: int = 1) -> None:
        """max_delay_ms: what there is memory for, 1 to 4000.

        buffer_size: bytes that audiocore.get_buffer gives, a frame to 4096 frames; nothing else depends on it. sample_rate: Hz, 1000 to 384000.

        bits_per_sample: 8 or 16. MemoryError says what does not fit, and where.
        """
    def play(self, sample: Any, *, loop: bool = False) -> "Chorus":
        """Play a sample through it from its beginning, in place of what was played; returns itself. Allocates nothing.

        Any format of one or two channels, at this rate. ValueError: "The sample's sample_rate does not match", "The sample's channel_count does not match", "a source
        cannot be played through itself", "more than 6 sources in a row".
        """
    def stop(self) -> None:
        """Play nothing through it any more. Silence follows."""
    def deinit(self) -> None:
        """Stop whoever plays it, let go of what it plays, and give its memory back. Harmless twice."""
    def __del__(self) -> None:
        """As deinit; by the collector."""
    def __enter__(self) -> "Chorus": ...
    def __exit__(self, *args: Any) -> None: ...
    @property
    def playing(self) -> bool:
        """Is something played through it?"""
    sample_rate: int
    """Hz; ValueError if it is set to another one than it was made for."""
    @property
    def bits_per_sample(self) -> int:
        """8 or 16."""
    @property
    def channel_count(self) -> int:
        """1 mono, 2 stereo."""
    delay_ms: BlockInput
    """From the first voice to the last, up to max_delay_ms."""
    voices: BlockInput
    """1 to 64, whole."""
    mix: BlockInput
    """0 to 1: how much of the effect is added to what came in."""


class Flanger:
    """What came in, and it again a short and moving while later."""
    def __init__(self, *, max_delay_ms: int = 10, min_delay_ms: BlockInput = 1.0, rate: BlockInput = 0.5, depth: BlockInput = 0.5, feedback: BlockInput = 0.5, mix: BlockInput = 0.5, invert: bool = False,
                 buffer_size: int = 512, sample_rate: int = 8000, bits_per_sample: int = 16,
                 samples_signed: bool = True, channel_count: int = 1) -> None:
        """max_delay_ms: what there is memory for, 1 to 100.

        buffer_size: bytes that audiocore.get_buffer gives, a frame to 4096 frames; nothing else depends on it. sample_rate: Hz, 1000 to 384000.

        bits_per_sample: 8 or 16. MemoryError says what does not fit, and where.
        """
    def play(self, sample: Any, *, loop: bool = False) -> "Flanger":
        """Play a sample through it from its beginning, in place of what was played; returns itself. Allocates nothing.

        Any format of one or two channels, at this rate. ValueError: "The sample's sample_rate does not match", "The sample's channel_count does not match", "a source
        cannot be played through itself", "more than 6 sources in a row".
        """
    def stop(self) -> None:
        """Play nothing through it any more. Silence follows."""
    def deinit(self) -> None:
        """Stop whoever plays it, let go of what it plays, and give its memory back. Harmless twice."""
    def __del__(self) -> None:
        """As deinit; by the collector."""
    def __enter__(self) -> "Flanger": ...
    def __exit__(self, *args: Any) -> None: ...
    @property
    def playing(self) -> bool:
        """Is something played through it?"""
    sample_rate: int
    """Hz; ValueError if it is set to another one than it was made for."""
    @property
    def bits_per_sample(self) -> int:
        """8 or 16."""
    @property
    def channel_count(self) -> int:
        """1 mono, 2 stereo."""
    min_delay_ms: BlockInput
    """The shortest delay."""
    rate: BlockInput
    """0 to 20 Hz: how often it moves up and down."""
    depth: BlockInput
    """0 to 1: how far, of the way to max_delay_ms."""
    feedback: BlockInput
    """-0.95 to 0.95: what of it goes in again."""
    mix: BlockInput
    """0 to 1: how much of the effect is added to what came in."""
    invert: bool
    """Subtract it."""
    @property
    def lfo_value(self) -> float:
        """Where its delay is, 0 to 1."""


class MultiTapDelay:
    """Echoes at several places of one line."""
    def __init__(self, *, max_delay_ms: int = 500, delay_ms: float = 250.0, decay: BlockInput = 0.7, mix: BlockInput = 0.25, taps: Optional[Iterable[Any]] = None,
                 buffer_size: int = 512, sample_rate: int = 8000, bits_per_sample: int = 16,
                 samples_signed: bool = True, channel_count: int = 1) -> None:
        """max_delay_ms: what there is memory for, 1 to 4000.

        buffer_size: bytes that audiocore.get_buffer gives, a frame to 4096 frames; nothing else depends on it. sample_rate: Hz, 1000 to 384000.

        bits_per_sample: 8 or 16. MemoryError says what does not fit, and where.
        """
    def play(self, sample: Any, *, loop: bool = False) -> "MultiTapDelay":
        """Play a sample through it from its beginning, in place of what was played; returns itself. Allocates nothing.

        Any format of one or two channels, at this rate. ValueError: "The sample's sample_rate does not match", "The sample's channel_count does not match", "a source
        cannot be played through itself", "more than 6 sources in a row".
        """
    def stop(self) -> None:
        """Play nothing through it any more. What it has kept is heard on."""
    def deinit(self) -> None:
        """Stop whoever plays it, let go of what it plays, and give its memory back. Harmless twice."""
    def __del__(self) -> None:
        """As deinit; by the collector."""
    def __enter__(self) -> "MultiTapDelay": ...
    def __exit__(self, *args: Any) -> None: ...
    @property
    def playing(self) -> bool:
        """Is something played through it?"""
    sample_rate: int
    """Hz; ValueError if it is set to another one than it was made for."""
    @property
    def bits_per_sample(self) -> int:
        """8 or 16."""
    @property
    def channel_count(self) -> int:
        """1 mono, 2 stereo."""
    delay_ms: float
    """The line's length, up to max_delay_ms."""
    decay: BlockInput
    """0 to 1: how loud all of it comes again."""
    mix: BlockInput
    """0 only what came in, 0.5 both in full, 1 only the effect. Changes are ramps of 64 frames."""
    taps: Optional[Tuple[Tuple[float, float], ...]]
    """Up to 32 of position or (position, level), each 0 to 1, from any iterable; shown as pairs. None: one at the end."""


class PitchShift:
    """Higher or lower, as long as before."""
    def __init__(self, *, semitones: BlockInput = 0, mix: BlockInput = 1, window: int = 1024, overlap: int = 128,
                 buffer_size: int = 512, sample_rate: int = 8000, bits_per_sample: int = 16,
                 samples_signed: bool = True, channel_count: int = 1) -> None:
        """window: bytes of 16-bit samples that are read faster or slower, 64 to 16384 frames are used. overlap: bytes of the crossfade.

        buffer_size: bytes that audiocore.get_buffer gives, a frame to 4096 frames; nothing else depends on it. sample_rate: Hz, 1000 to 384000.

        bits_per_sample: 8 or 16. MemoryError says what does not fit, and where.
        """
    def play(self, sample: Any, *, loop: bool = False) -> "PitchShift":
        """Play a sample through it from its beginning, in place of what was played; returns itself. Allocates nothing.

        Any format of one or two channels, at this rate. ValueError: "The sample's sample_rate does not match", "The sample's channel_count does not match", "a source
        cannot be played through itself", "more than 6 sources in a row".
        """
    def stop(self) -> None:
        """Play nothing through it any more. Silence follows."""
    def deinit(self) -> None:
        """Stop whoever plays it, let go of what it plays, and give its memory back. Harmless twice."""
    def __del__(self) -> None:
        """As deinit; by the collector."""
    def __enter__(self) -> "PitchShift": ...
    def __exit__(self, *args: Any) -> None: ...
    @property
    def playing(self) -> bool:
        """Is something played through it?"""
    sample_rate: int
    """Hz; ValueError if it is set to another one than it was made for."""
    @property
    def bits_per_sample(self) -> int:
        """8 or 16."""
    @property
    def channel_count(self) -> int:
        """1 mono, 2 stereo."""
    semitones: BlockInput
    """-48 to 48."""
    mix: BlockInput
    """0 only what came in, 0.5 both in full, 1 only the effect. Changes are ramps of 64 frames."""


class GranularPitchShift:
    """Higher or lower, as long as before, by short grains."""
    def __init__(self, *, semitones: BlockInput = 0, mix: BlockInput = 1, grain_size: int = 1024, density: int = 2, spread: float = 0,
                 buffer_size: int = 512, sample_rate: int = 8000, bits_per_sample: int = 16,
                 samples_signed: bool = True, channel_count: int = 1) -> None:
        """grain_size: frames of a grain, 2 to 16384. density: grains at a time, 1 to 8.

        buffer_size: bytes that audiocore.get_buffer gives, a frame to 4096 frames; nothing else depends on it. sample_rate: Hz, 1000 to 384000.

        bits_per_sample: 8 or 16. MemoryError says what does not fit, and where.
        """
    def play(self, sample: Any, *, loop: bool = False) -> "GranularPitchShift":
        """Play a sample through it from its beginning, in place of what was played; returns itself. Allocates nothing.

        Any format of one or two channels, at this rate. ValueError: "The sample's sample_rate does not match", "The sample's channel_count does not match", "a source
        cannot be played through itself", "more than 6 sources in a row".
        """
    def stop(self) -> None:
        """Play nothing through it any more. Silence follows."""
    def deinit(self) -> None:
        """Stop whoever plays it, let go of what it plays, and give its memory back. Harmless twice."""
    def __del__(self) -> None:
        """As deinit; by the collector."""
    def __enter__(self) -> "GranularPitchShift": ...
    def __exit__(self, *args: Any) -> None: ...
    @property
    def playing(self) -> bool:
        """Is something played through it?"""
    sample_rate: int
    """Hz; ValueError if it is set to another one than it was made for."""
    @property
    def bits_per_sample(self) -> int:
        """8 or 16."""
    @property
    def channel_count(self) -> int:
        """1 mono, 2 stereo."""
    semitones: BlockInput
    """-48 to 24."""
    mix: BlockInput
    """0 only what came in, 0.5 both in full, 1 only the effect. Changes are ramps of 64 frames."""
    spread: float
    """0 to 1: how far grains are thrown about."""
