"""What CircuitPython's users never had."""
from typing import Any, Dict, Tuple

version: Tuple[int, int, int]


def plan(output: type, *args: Any, sample_rate: int = 44100, sample: Any = None, **kwargs: Any) -> Dict[str, Any]:
    """What an output would take, before anything is taken: plan(audiobusio.I2SOut, 10, 11, 9, buffer_ms=50), and with it a sample that it would play.

    DMA and FAST: bytes of each class; fits: are they there now; why: a sentence when they are not, else None; buffer_frames, latency_us, stall_limit_us,
    interrupts_per_s; dma_channels, state_machines, dma_timers, pwm_slices; rate, error_ppm, fractional, system_hz, exact_system_hz; of
    PWM carrier_hz and period.

    cost: what of the processor all of it takes, as a sentence, which says so if it will not keep up; verdict: "keeps up", "tight" (it fits, but the script has little left) or "too much",
    which plays all the same, with voices let go (Mixer.shed) or gaps; permille: the share in 1/1000 at system_hz; cycles_per_s: of all; sources: the parts, the greatest
    first, each as (what, how many of them, cycles a second). On RP2350 cycles are instructions, of which some take more than one: it is at least that much.

    It is what may be taken at the most as things are set up and connected now: every voice of a Mixer, as if all played what is dearest of what its voices play now; a resampler for each
    voice that plays another rate; every voice of a synthesizer, with the filters, ring modulators and so on of the notes that it holds now; effects at work, a parameter that follows an
    LFO at its dearest. Reading files, and what is not in the cache of the flash, come on top. The figures are those of the benches (docs/figures.md).

    sample: what is played, and its rate is the rate then; None: 16 bits in stereo from memory. Raises what the constructor and play would raise.
    """


def memory() -> Dict[str, Any]:
    """For each class, DMA, FAST and BULK: the resource that serves it, its bytes in total, used, free, and the largest that could be
    had; kept_back: bytes of SRAM that the VM does not have."""


def load(ns: int) -> None:
    """On the virtual chip only, whose processor takes no time for sources: from now on it takes so many nanoseconds for each frame of each note, and of each sample
    that a Mixer or an effect plays, 0 to 1000000, so that a script can be heard as it is when there is too much to do. 0: none."""


def chip(us: int = 0) -> Dict[str, Any]:
    """On the virtual chip only: board, us since it began, dma_channels and state_machines as bits, violations of its memory map, pins (levels: bit n is
    GPIO n), idle: is nothing claimed? First `us` microseconds go by in which the VM does nothing, as in a long call of C."""
