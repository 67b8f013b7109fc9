"""Samples: what an output plays."""
from typing import Any, Optional, Tuple, Union

ReadableBuffer = Any  # bytes, bytearray, array.array, memoryview
WriteableBuffer = Any  # bytearray, array.array, memoryview of one


class RawSample:
    """Frames in memory. Nothing is copied; an array that grows or shrinks is heard as it is at each moment."""

    def __init__(self, buffer: ReadableBuffer, *, channel_count: int = 1, sample_rate: int = 8000, single_buffer: bool = True) -> None:
        """buffer: typecode 'h' or 'H' (16 bits, signed or not), 'b', 'B' or a bytearray (8 bits); stereo is left, right, left, ...

        channel_count: 1 or 2 to be played. sample_rate: Hz, 1000 to 384000 to be played. single_buffer: False is for CircuitPython's own double buffering; it sounds
        the same, and wants a length that two halves of whole frames make up.
        """
    def deinit(self) -> None:
        """Stop whoever plays it, and let go of the buffer. Harmless twice."""
    def __enter__(self) -> "RawSample": ...
    def __exit__(self, *args: Any) -> None: ...
    sample_rate: int
    """Hz; counts from the next play on."""
    @property
    def bits_per_sample(self) -> int:
        """8 or 16."""
    @property
    def channel_count(self) -> int:
        """1 mono, 2 stereo."""


class WaveFile:
    """A WAV file, read ahead while it plays: 8, 16, 24 and 32 bits, and float."""

    def __init__(self, file: Union[str, Any], buffer: Optional[WriteableBuffer] = None, *, cushion_ms: int = 100) -> None:
        """file: a path, or any binary stream; one that cannot seek is played once.

        buffer: 8 to 1024 bytes, whose number is that of one read; nothing is written into them. None: 1024. cushion_ms: sound that is read ahead, 1 to 10000: for as
        long may the VM be busy without a hole. A file that fits into its cushion is read once.
        """
    def deinit(self) -> None:
        """Stop whoever plays it, and close the file if it was given as a path. Harmless twice."""
    def __enter__(self) -> "WaveFile": ...
    def __exit__(self, *args: Any) -> None: ...
    sample_rate: int
    """Hz, at first the file's; counts from the next play on."""
    @property
    def bits_per_sample(self) -> int:
        """8, 16, 24 or 32."""
    @property
    def channel_count(self) -> int:
        """1 mono, 2 stereo."""


def get_buffer(sample: Any) -> Tuple[int, Optional[memoryview]]:
    """What a sample would give next: 0 the last, 1 more follows, 2 an error, and a copy of the bytes. For tests."""


def get_structure(sample: Any) -> Tuple[int, int, int, int]:
    """(is it a single buffer, is it signed, bytes at most, spacing). For tests."""


def reset_buffer(sample: Any) -> None:
    """Begin again with get_buffer. For tests."""
