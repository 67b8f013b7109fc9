"""What CircuitPython's users never had."""
from typing import Any, Dict, Tuple

version: Tuple[int, int, int]


def plan(output: type, *args: Any, sample_rate: int = 44100, **kwargs: Any) -> Dict[str, Any]:
    """What an output would take, before anything is taken: plan(audiobusio.I2SOut, 10, 11, 9, buffer_ms=50).

    DMA and FAST: bytes of each class; fits: are they there now; why: a sentence when they are not, else None; buffer_frames, latency_us, stall_limit_us,
    interrupts_per_s; dma_channels, state_machines, dma_timers, pwm_slices; rate, error_ppm, fractional, system_hz, exact_system_hz; of
    PWM carrier_hz and period. Raises what the constructor would raise.
    """


def memory() -> Dict[str, Any]:
    """For each class, DMA, FAST and BULK: the resource that serves it, its bytes in total, used, free, and the largest that could be
    had; kept_back: bytes of SRAM that the VM does not have."""


def chip(us: int = 0) -> Dict[str, Any]:
    """On the virtual chip only: board, us since it began, dma_channels and state_machines as bits, violations of its memory map, pins (levels: bit n is
    GPIO n), idle: is nothing claimed? First `us` microseconds go by in which the VM does nothing, as in a long call of C."""
