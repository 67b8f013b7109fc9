"""Outputs to I2S DACs and amplifiers."""
from typing import Any, Awaitable, Dict, Optional, Union

Pin = Union[int, Any]  # a GPIO's number, board.GPn, or a machine.Pin


class I2SOut:
    """An I2S output. Its memory is taken here, and never again."""

    def __init__(self, bit_clock: Pin, word_select: Pin, data: Pin, *, main_clock: Optional[Pin] = None, left_justified: bool = False,
                 external_clock: bool = False, buffer_ms: int = 20, bits: int = 16) -> None:
        """bit_clock and word_select: neighbours, either first. main_clock, external_clock: not yet (NotImplementedError).

        buffer_ms: sound that is queued, at 48 kHz, 2 to 2000. bits: 16, 24 or 32 on the wire.
        """
    def play(self, sample: Any, *, loop: bool = False) -> None:
        """Play from the beginning, now. What plays is faded out. Allocates nothing.

        ValueError: more than two channels, a rate that the output cannot have, or a sample that has been deinitialised. TypeError: not a sample.
        """
    def stop(self) -> None:
        """Fade out and let go of the sample. Clocks keep running, with silence."""
    def pause(self) -> None:
        """Fade out and hold. RuntimeError "Not playing" when nothing plays."""
    def resume(self) -> None:
        """Go on with the very next frame. Nothing happens unless paused."""
    def deinit(self) -> None:
        """Fade out, and give back pins, channels and memory. Harmless twice."""
    def __del__(self) -> None:
        """deinit, when it is collected. An output that is heard is not."""
    def __enter__(self) -> "I2SOut": ...
    def __exit__(self, *args: Any) -> None: ...
    def plan(self, sample: Any) -> Dict[str, Any]:
        """What playing this sample takes beyond what the output holds (DMA 0, FAST 0), the rate that it reaches, and what of the processor the output and
        the whole graph behind the sample take at the most. As tonearm.plan. Before anything plays, and while it does.
        """
    def report(self) -> Dict[str, Any]:
        """What the output has done, as a dictionary.

        state: idle, playing, paused or draining (the last frames are being heard). position and rate: as the properties. program_frames: frames
        of samples that were queued, all in all; output_frames: frames that left, silence included. buffer_frames: what the queue holds;
        headroom_frames: what is in it now; headroom_min_frames: what was in it at the least, None before anything has played. hole_frames: frames
        missing in all; holes: of the last ones (at which frame of the program, how many, "feed late", "source late", "clock changed" or "overload",
        is that exact). feeds: times that the feed ran; faults: samples that ended in an error.

        load: what the feeds of all outputs took of the processor lately, in 1/1000; 0: less than a sixteenth, or it is not known. paced: times that a feed let the queue run down, so
        that the script could go on: what plays takes longer than it lasts.

        sources: who has taken the processor's time, the greatest first, each as (its class, frames that it has given, unit of each of these frames, its part of
        what all of these took in 1/1000). All Mixers, synthesizers, effects and so on that are there and have given anything count, whoever plays them, since they were made; what one
        plays is not in its time, but for RawSamples and WaveFiles. unit: "cycles" on a board; "ns" on the desktop, of the desktop's processor. With the sound card nobody
        is measured. shed: voices and notes that all of them have let go because there was no time for them (Mixer.shed). cost: the sentence of plan for what plays now; None: nothing does.
        """
    def drained(self) -> Awaitable[None]:
        """await out.drained(): until the last frame has been heard."""
    @property
    def playing(self) -> bool:
        """Is a sample heard, or paused?"""
    @property
    def paused(self) -> bool: ...
    @property
    def headroom(self) -> int:
        """Milliseconds until silence if the feed could not run from now on."""
    @property
    def holes(self) -> int:
        """Times that frames were missing, since the output was made. A hole counts once it is over."""
    @property
    def position(self) -> int:
        """Frames of the present sample that have been heard, loops counted on."""
    @property
    def rate(self) -> float:
        """Frames a second, as the dividers really give them."""
    volume: float
    """0 to 4, 1 at first. Changes are ramps."""
