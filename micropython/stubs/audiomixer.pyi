"""Several samples at once."""
from typing import Any, Optional, Tuple

BlockInput = Any  # float, int, None for 0, synthio.LFO or synthio.Math


class MixerVoice:
    """One of a Mixer's voices: Mixer.voice[0] and so on. One that a script makes belongs to no Mixer, and says that it is deinitialised."""

    def __init__(self) -> None:
        """Of no use: a Mixer makes its voices."""
    def play(self, sample: Any, *, loop: bool = False) -> None:
        """Play a sample from its beginning, in place of what the voice played, which falls silent over 64 frames. Allocates nothing.

        Any format of one or two channels, at any rate, if the Mixer was made so. A WaveFile that is played here wants a longer cushion_ms than the output's
        buffer_ms. ValueError: "The sample's sample_rate does not match", "The sample's channel_count does not match", "a source cannot be played through
        itself", "more than 6 sources in a row", "rates in a row multiply to more than 1000".
        """
    def stop(self, voice: int = 0) -> None:
        """Play nothing any more. The argument is taken and not used."""
    def end(self) -> None:
        """Do not loop any more: play to the end. As loop = False."""
    @property
    def playing(self) -> bool:
        """Is something played?"""
    level: BlockInput
    """0 to 1, at first 1. Changes are ramps of 64 frames; a fresh voice begins at its level."""
    panning: BlockInput
    """-1 left to 1 right: one side stays as loud as it is, the other one goes. Of no effect in a mono Mixer."""
    loop: bool
    """Does what is played begin anew at its end? May be set at any time; of a file, what has been read ahead is played in any case."""


class Mixer:
    """Voices, added up without overflow. It goes on for ever: silence follows the last voice."""

    def __init__(self, *, voice_count: int = 2, buffer_size: int = 1024, channel_count: int = 2, bits_per_sample: int = 16, samples_signed: bool = True,
                 sample_rate: int = 8000, resample: Optional[str] = "linear") -> None:
        """voice_count: 1 to 255. buffer_size: 8 to 65536 bytes, of which half is worked out at a time: so often is the Mixer at work, and so soon does it follow.

        resample: how samples of another rate are played: "linear", which takes 340 bytes for each voice of a stereo Mixer and 512 more (mono 208 and 256); "good", for up to
        96000 Hz, which sounds cleaner and takes more time, and memory as 96000 / sample_rate; or None: they are refused, as by CircuitPython, and nothing is taken.
        ValueError: "Invalid resample".

        MemoryError says what does not fit, and where.
        """
    def play(self, sample: Any, *, voice: int = 0, loop: bool = False) -> "Mixer":
        """voice[n].play; returns itself. ValueError: "Invalid voice", and as MixerVoice.play."""
    def stop_voice(self, voice: int = 0) -> None:
        """voice[n].stop. ValueError: "Invalid voice"."""
    @property
    def playing(self) -> bool:
        """Does a voice play?"""
    @property
    def voice(self) -> Tuple[MixerVoice, ...]:
        """The voices."""
    @property
    def shed(self) -> int:
        """Voices let go because there was no time for them: the quietest go until the others fit, and may be played again. CircuitPython has none."""
    def deinit(self) -> None:
        """Stop whoever plays it, let go of what it plays, and give its memory back. Harmless twice."""
    def __del__(self) -> None:
        """As deinit; by the collector."""
    def __enter__(self) -> "Mixer": ...
    def __exit__(self, *args: Any) -> None: ...
    sample_rate: int
    """Hz; ValueError if it is set to another one than it was made for."""
    @property
    def bits_per_sample(self) -> int:
        """8 or 16."""
    @property
    def channel_count(self) -> int:
        """1 mono, 2 stereo."""
