"""Samples into WAV files."""
from typing import Any


class AudioFileWriter:
    """Writes what a sample gives, in real time, as a WAV file."""

    def __init__(self, file: Any, *, buffer_size: int = 32768) -> None:
        """file: a binary stream that can write and seek, not a path (OSError); the WAV file begins where it stands. buffer_size: bytes, at least
        512."""
    def play(self, sample: Any) -> None:
        """Begin to write. RuntimeError "Already in progress" while it does."""
    def stop(self) -> None:
        """Finish the file: the sizes are put into its header. Nothing happens when it does not write."""
    def deinit(self) -> None:
        """stop, and let go of the file, which is not closed. Harmless twice."""
    def __enter__(self) -> "AudioFileWriter": ...
    def __exit__(self, *args: Any) -> None: ...
    @property
    def playing(self) -> bool:
        """Is a sample being written?"""
