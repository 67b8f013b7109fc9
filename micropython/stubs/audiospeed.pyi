"""Samples at another speed, or at another rate."""
from typing import Any, Optional


class SpeedChanger:
    """A sample, faster or slower, its pitch with it. It begins, loops and ends as the sample does. 16 bits, signed."""

    def __init__(self, source: Any, rate: Optional[float] = None, *, quality: str = "linear") -> None:
        """source: any sample of one or two channels. rate: 0.001 to 1000, None for 1.

        quality: "linear" or "good": how clean, and how many cycles (docs/figures.md).
        """
    rate: float
    """Speed, 0.001 to 1000; ValueError beyond. May be set while it plays.

    Speeds in a row multiply, and so does the work of the feed: of one that plays another, "rates in a row multiply to more than 1000". Ratios of sample
    rates in a row count, too, where a Mixer plays one above its own; what is below 1 counts as 1.
    """
    def deinit(self) -> None:
        """Stop whoever plays it, let go of what it plays, and give its memory back. Harmless twice."""
    def __del__(self) -> None:
        """As deinit; by the collector."""
    def __enter__(self) -> "SpeedChanger": ...
    def __exit__(self, *args: Any) -> None: ...
    sample_rate: int
    """Hz of the sample; ValueError if it is set to another one than it was made for."""
    @property
    def bits_per_sample(self) -> int:
        """16."""
    @property
    def channel_count(self) -> int:
        """1 mono, 2 stereo."""


class Resampler:
    """A sample at the rate of whatever plays it: a Mixer or an effect. An output plays it at its own. It begins, loops and ends as the sample does. 16 bits, signed."""

    def __init__(self, source: Any, *, quality: str = "linear") -> None:
        """source: any sample of one or two channels.

        quality: "linear" or "good", which goes down to half of the sample's rate, and is refused below.
        """
    @property
    def rate(self) -> float:
        """Its sample's rate / the rate that it gives."""
    def deinit(self) -> None:
        """Stop whoever plays it, let go of what it plays, and give its memory back. Harmless twice."""
    def __del__(self) -> None:
        """As deinit; by the collector."""
    def __enter__(self) -> "Resampler": ...
    def __exit__(self, *args: Any) -> None: ...
    sample_rate: int
    """Hz of the sample; ValueError if it is set to another one than it was made for."""
    @property
    def bits_per_sample(self) -> int:
        """16."""
    @property
    def channel_count(self) -> int:
        """1 mono, 2 stereo."""
