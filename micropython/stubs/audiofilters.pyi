"""Effects that shape the sound of a moment: filters, distortion, a phaser."""
from typing import Any, Tuple, Union

BlockInput = Any  # float, int, None for 0, synthio.LFO or synthio.Math


class Filter:
    """Filters one after the other."""
    def __init__(self, *, filter: Union[None, Any, Tuple[Any, ...]] = None, mix: BlockInput = 1,
                 buffer_size: int = 512, sample_rate: int = 8000, bits_per_sample: int = 16,
                 samples_signed: bool = True, channel_count: int = 1) -> None:
        """buffer_size: bytes that audiocore.get_buffer gives, a frame to 4096 frames; nothing else depends on it. sample_rate: Hz, 1000 to 384000.

        bits_per_sample: 8 or 16. MemoryError says what does not fit, and where.
        """
    def play(self, sample: Any, *, loop: bool = False) -> "Filter":
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
    def __enter__(self) -> "Filter": ...
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
    filter: Union[None, Any, Tuple[Any, ...]]
    """None, a synthio.Biquad, or a tuple of up to 8 that are run one after the other. May be replaced at any time."""
    mix: BlockInput
    """0 only what came in, 1 only the effect. Changes are ramps of 64 frames."""


class DistortionMode:
    """Kinds of distortion."""

    CLIP: "DistortionMode"
    """A power of the sample: soft, then hard."""
    LOFI: "DistortionMode"
    """Fewer bits."""
    OVERDRIVE: "DistortionMode"
    """As a valve; drive has no effect."""
    WAVESHAPE: "DistortionMode"
    """A curve that bends the more, the more drive there is."""


class Distortion:
    """Louder, bent, and louder again."""
    def __init__(self, *, drive: BlockInput = 0, pre_gain: BlockInput = 0, post_gain: BlockInput = 0, mode: DistortionMode = DistortionMode.CLIP, soft_clip: bool = False, mix: BlockInput = 1,
                 buffer_size: int = 512, sample_rate: int = 8000, bits_per_sample: int = 16,
                 samples_signed: bool = True, channel_count: int = 1) -> None:
        """buffer_size: bytes that audiocore.get_buffer gives, a frame to 4096 frames; nothing else depends on it. sample_rate: Hz, 1000 to 384000.

        bits_per_sample: 8 or 16. MemoryError says what does not fit, and where.
        """
    def play(self, sample: Any, *, loop: bool = False) -> "Distortion":
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
    def __enter__(self) -> "Distortion": ...
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
    drive: BlockInput
    """0 to 1."""
    pre_gain: BlockInput
    """-60 to 60 dB, before."""
    post_gain: BlockInput
    """-80 to 24 dB, behind."""
    mode: DistortionMode
    """Which curve; another one fades in."""
    soft_clip: bool
    """Bend the ends of the range, not cut them."""
    mix: BlockInput
    """0 only what came in, 1 only the effect. Changes are ramps of 64 frames."""


class Phaser:
    """Allpasses, whose notches move."""
    def __init__(self, *, frequency: BlockInput = 1000, feedback: BlockInput = 0.7, mix: BlockInput = 1, stages: int = 6,
                 buffer_size: int = 512, sample_rate: int = 8000, bits_per_sample: int = 16,
                 samples_signed: bool = True, channel_count: int = 1) -> None:
        """buffer_size: bytes that audiocore.get_buffer gives, a frame to 4096 frames; nothing else depends on it. sample_rate: Hz, 1000 to 384000.

        bits_per_sample: 8 or 16. MemoryError says what does not fit, and where.
        """
    def play(self, sample: Any, *, loop: bool = False) -> "Phaser":
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
    def __enter__(self) -> "Phaser": ...
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
    frequency: BlockInput
    """Hz, 0 to half the rate: where the allpasses turn by a quarter. Best follows a synthio.LFO."""
    feedback: BlockInput
    """0.1 to 0.9. The constructor takes None for 0.7."""
    mix: BlockInput
    """0 to 1: how much of the effect is added to what came in."""
    stages: int
    """0 to 255; 0 is 1."""
