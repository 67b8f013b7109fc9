"""What the pins must show, computed from the samples alone: CircuitPython's numbers for 8 bits, rounding for what is wider than the wire.

frames are lists of (left, right); wires are 16 or 32 bits (24-bit outputs are decoded left-justified in 32).
"""

RAMP = 64


def clip(value, bits):
    top = 1 << (bits - 1)
    return max(-top, min(top - 1, value))


def to_wire(value, kind, wire):
    """One sample of kind u8 s8 u16 s16 s24 s32, as the wire's signed number."""
    if kind == "u8":
        narrow = value * 257 - 32768
    elif kind == "s8":
        narrow = value * 256 + (value & 0xff)
    elif kind == "u16":
        narrow = value - 32768
    elif kind == "s16":
        narrow = value
    else:
        bits = 24 if kind == "s24" else 32
        if wire == 32:
            return value << (32 - bits)
        drop = bits - wire
        return clip((value + (1 << (drop - 1))) >> drop, wire)
    return narrow << (wire - 16)


def frames_of(samples, kind, channels, wire=16):
    """Interleaved samples as frames on the wire; mono goes to both."""
    made = [to_wire(value, kind, wire) for value in samples]
    if channels == 1:
        return [(value, value) for value in made]
    return list(zip(made[::2], made[1::2]))


def noise(count, bits, seed):
    """Numbers of so many bits, unsigned: the generator of the probes, mod 2^31."""
    made, state = [], seed
    for _ in range(count):
        value = 0
        for _ in range((bits + 15) // 16):
            state = (1103515245 * state + 12345) & 0x7fffffff
            value = value << 16 | state >> 15
        made.append(value >> (-bits % 16))
    return made


def find(heard, program, start=0):
    """Where `program` is heard from `start` on; -1 if it is not."""
    first = program[0]
    last = len(heard) - len(program)
    for at in range(start, last + 1):
        if heard[at] == first and heard[at:at + len(program)] == program:
            return at
    return -1


def is_silent(frames):
    return all(frame == (0, 0) for frame in frames)


def alone(heard, program):
    """Nothing but the program, once, between a rise and a fall of RAMP frames, and silence: returns what is wrong, or None."""
    at = find(heard, program)
    if at < 0:
        near = sum(1 for frame in heard if frame != (0, 0))
        return f"not heard: {len(heard)} frames, {near} that are no silence, {len(program)} wanted"
    if not is_silent(heard[:max(0, at - RAMP)]):
        return "something before its rise"
    if not is_silent(heard[at + len(program) + RAMP:]):
        return "something after its fall"
    return None
