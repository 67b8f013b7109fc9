"""A room."""
from typing import Any, Tuple, Union

BlockInput = Any  # float, int, None for 0, synthio.LFO or synthio.Math


class Freeverb:
    """Eight combs and four allpasses, for each channel its own. 16 bits, signed; about 25 KB a channel at 44.1 kHz."""
    def __init__(self, *, roomsize: BlockInput = 0.5, damp: BlockInput = 0.5, pre_filter: Union[None, Any, Tuple[Any, ...]] = None, post_filter: Union[None, Any, Tuple[Any, ...]] = None, mix: BlockInput = 0.5,
                 buffer_size: int = 512, sample_rate: int = 8000, bits_per_sample: int = 16,
                 samples_signed: bool = True, channel_count: int = 1) -> None:
        """buffer_size: bytes that audiocore.get_buffer gives, a frame to 4096 frames; nothing else depends on it. sample_rate: Hz, 1000 to 384000.

        bits_per_sample: 8 or 16. MemoryError says what does not fit, and where.
        """
    def play(self, sample: Any, *, loop: bool = False) -> "Freeverb":
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
    def __enter__(self) -> "Freeverb": ...
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
    roomsize: BlockInput
    """0 to 1."""
    damp: BlockInput
    """0 to 1: how soon high tones die away."""
    pre_filter: Union[None, Any, Tuple[Any, ...]]
    """None, a synthio.Biquad, or a tuple of up to 8 that are run one after the other. May be replaced at any time. Before the room."""
    post_filter: Union[None, Any, Tuple[Any, ...]]
    """As pre_filter; on what the room gives."""
    mix: BlockInput
    """0 only what came in, 0.5 both in full, 1 only the effect. Changes are ramps of 64 frames."""
