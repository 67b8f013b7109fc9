#!/usr/bin/env python3
"""PWMAudioOut on every board: the levels at the pins are the sample's, each for a whole frame and in order; ramps; errors; allocations.

In: build/micropython, the recorder of the pins, which writes a frame for each period of the carrier. Levels are compared with the definition of
noise shaping: the sum of the levels never leaves the sum of the samples by more than half a level, for an unknown first remainder.
"""
import model
import mpy

FRAMES = 700
CLOCKS = {"pico": 125000000, "pico2": 150000000, "pimoroni-pico-plus-2": 150000000}
count = 0
HEAD = """
import array, audiopwmio, audiocore, board, gc, time, tonearm
def make(left=14, right=15, **knobs): return audiopwmio.PWMAudioOut(left, right_channel=right, **knobs)
def noise(code, frames, channels=2, rate=44100, **knobs):
    a, x = array.array(code, [0] * frames * channels), 1
    offset = {'h': 32768, 'H': 0, 'b': 128, 'B': 0}[code]
    for i in range(frames * channels):
        x = (1103515245 * x + 12345) & 0x7fffffff
        a[i] = (x >> 15 if code in 'hH' else x >> 23) - offset
    return audiocore.RawSample(a, channel_count=channels, sample_rate=rate, **knobs)
def idle():
    chip = tonearm.chip()
    return chip['idle'] and not chip['violations']
"""
KINDS = {"h": ("s16", 16, 32768), "H": ("u16", 16, 0), "b": ("s8", 8, 128), "B": ("u8", 8, 0)}


def check(what, script, wanted, **options):
    global count
    count += 1
    mpy.expect(what, mpy.run(HEAD + script, **options).split("\n")[:-1], wanted)


def periods(path, board):
    """(counts of a period, [levels from the middle as (left, right), one for each period])."""
    rate, frames = mpy.read_wav(path)
    period = round(CLOCKS[board] / rate)
    return period, [tuple((value * period + 2**31) >> 32 for value in frame) for frame in frames]


def follows(levels, samples, period):
    """Are these levels those of shaped samples, for some first remainder?"""
    low, high, total = -32768, 32767, 0
    for level, sample in zip(levels, samples):
        total += sample * (period - 6) - 65536 * level
        low, high = max(low, -32768 - total), min(high, 32767 - total)
        if low > high:
            return False
    return True


def heard(pulses, period, program, per_frame):
    """Where the program begins, every frame for as many periods; -1 if nowhere."""
    left, right = [f[0] for f in program], [f[1] for f in program]
    for at in range(len(pulses) - per_frame * len(program) + 1):
        near = pulses[at][0] * 65536 - left[0] * (period - 6)
        if abs(near) > 65536 or pulses[at] != pulses[at + per_frame - 1]:
            continue
        groups = [pulses[at + per_frame * n:at + per_frame * (n + 1)] for n in range(len(program))]
        if any(group.count(group[0]) != per_frame for group in groups):
            continue
        if follows([g[0][0] for g in groups], left, period) and follows([g[0][1] for g in groups], right, period):
            return at
    return -1


def per_frame_of(board, rate):
    """As few periods as a frame can be divided into, of at most 2048 counts."""
    return -(-CLOCKS[board] // (2048 * rate))


def program_of(code, channels, frames=FRAMES):
    kind, bits, offset = KINDS[code]
    return model.frames_of([value - offset for value in model.noise(frames * channels, bits, 1)], kind, channels)


def levels(board):
    path = mpy.scratch(f"pwm-{board}.wav")
    for code in KINDS:
        for channels, pins, one in ((1, "14, 15", False), (2, "15, 14", False), (1, "board.GP7, None", True), (2, "0, 1", False)):
            check(f"{board} {code} {channels} on {pins}", f"""
out = make({pins})
out.play(noise('{code}', {FRAMES}, {channels}, rate=22050, single_buffer={channels == 1}))
while out.playing: pass
print(out.holes, out.position)
out.deinit()
print(idle())
""", [f"0 {FRAMES}", "True"], board=board, pin="wav:" + path)
            period, pulses = periods(path, board)
            program = program_of(code, channels)
            times = per_frame_of(board, 22050)
            at = heard(pulses, period, program, times)
            mpy.expect(f"{board} {code} {channels} on {pins}: every frame", at > 0, True)
            mpy.expect(f"{board} {code}: one pin alike", all(a == b for a, b in pulses) if one else True, True)
            steps = [abs(b[0] - a[0]) for a, b in zip(pulses, pulses[1:])]
            outside = steps[:at - 1] + steps[at + times * FRAMES:]
            mpy.expect(f"{board}: no step above 1/64, up to the middle and down again",
                       (max(outside) <= period // 64 + 2, pulses[0][0] < -period // 2 + 40, pulses[-1][0] < -period // 2 + 40),
                       (True, True, True))


def sides(board):
    """Left and right are at the pins that were asked for: looked at as levels of GPIOs, since the recorder believes what the output says."""
    for left, right in ((14, 15), (15, 14)):
        check(f"{board}: left on {left}, right on {right}", f"""
out = make({left}, {right})
out.play(audiocore.RawSample(array.array('h', [24000, -24000] * 100), channel_count=2, sample_rate=44100), loop=True)
time.sleep_ms(50)
high = [0, 0]
for n in range(400):
    pins = tonearm.chip(7)['pins']
    high = [high[0] + (pins >> {left} & 1), high[1] + (pins >> {right} & 1)]
print(out.holes, high[0] > 300, high[1] < 100)
out.deinit()
""", ["0 True True"], board=board)


def retuned(board):
    path = mpy.scratch(f"retuned-{board}.wav")
    check(f"{board}: a rate after the other, each with its own period", f"""
out = make()
for rate in (44100, 16000):
    out.play(noise('h', {FRAMES}, 2, rate=rate))
    while out.playing: pass
    print(abs(out.rate / rate - 1) < 1 / 512)
""", ["True", "True"], board=board, pin="wav:" + path)
    for name, rate in ((path, 44100), (path[:-4] + "-2.wav", 16000)):
        period, pulses = periods(name, board)
        at = heard(pulses, period, program_of("h", 2), per_frame_of(board, rate))
        mpy.expect(f"{board}: every frame at {rate} Hz", at > 0, True)


def errors(board):
    check(f"{board}: what cannot be is refused in the contract's words", """
def says(f, *a, **k):
    try: f(*a, **k)
    except Exception as e: print(type(e).__name__ + ':', e)
says(make, 14, 16)
says(make, 14, 14)
says(make, 99)
says(make, 14, -1)
says(make, 'GP14')
says(make, 14, 15, bits=12)
says(make, 14, 15, buffer_ms=1)
says(make, 14, 15, volume=3)
says(audiopwmio.PWMAudioOut)
says(audiopwmio.PWMAudioOut, 14, 15)
out = make(14, None)
says(make, 14)
says(make, 15, None)
says(out.pause)
says(out.play, audiocore.RawSample(bytearray(300), channel_count=3))
says(out.play, 7)
says(out.play, noise('h', 10, rate=1000))
out.deinit()
out.deinit()
says(lambda: out.playing)
print(idle())
""", ["ValueError: Pins must share PWM slice", "ValueError: GP14 in use", "ValueError: Invalid left_channel pin",
      "ValueError: Invalid right_channel pin", "TypeError: left_channel must be of type Pin, not str", "ValueError: bits must be 8-11",
      "ValueError: buffer_ms must be 2-2000", "TypeError: unexpected keyword argument 'volume'",
      "TypeError: 'left_channel' argument required", "TypeError: extra positional arguments given", "ValueError: GP14 in use",
      "RuntimeError: All timers in use", "RuntimeError: Not playing", "ValueError: Too many channels in sample.",
      "TypeError: 'int' object does not support 'protocol_audiosample'", "ValueError: frequency out of range",
      "ValueError: Object has been deinitialized and can no longer be used. Create a new object.", "True"], board=board)
    check(f"{board}: four, and the next says why not", """
outs = []
try:
    for left in (0, 2, 4, 6, 8): outs.append(make(left, left + 1, buffer_ms=5))
except RuntimeError as e: print(len(outs), e)
for o in outs: o.play(noise('h', 500))
while any([o.playing for o in outs]): pass
print([o.holes for o in outs])
for o in outs: o.deinit()
print(idle())
""", ["4 No DMA pacing timer found", "[0, 0, 0, 0]", "True"], board=board)


def life(board):
    check(f"{board}: nothing is allocated by 1,000 rounds; with; dropped while it plays; beside I2S", """
import micropython, audiobusio
a, b = noise('h', 100), noise('h', 3000)
with make(bits=10) as out:
    def many(n):
        for i in range(n):
            out.play(a); out.play(b, loop=True); out.pause(); out.resume(); out.stop()
    def measure(n):
        gc.collect()
        gc.disable()
        alloc, total = gc.mem_alloc(), micropython.mem_total()
        many(n)
        alloc, total = gc.mem_alloc() - alloc, micropython.mem_total() - total
        gc.enable()
        return alloc, total
    measure(2)
    print(measure(1000) == measure(0))
print(idle())
def start(): make().play(b)
start()
with audiobusio.I2SOut(10, 11, 9) as beside:
    beside.play(b)
    for i in range(40):
        gc.collect()
        junk = [bytearray(50 + 3 * j) for j in range(100)]
        time.sleep_ms(2)
    print(beside.holes)
time.sleep_ms(100)
gc.collect()
print(idle())
""", ["True", "True", "0", "True"], board=board)


def main():
    for board in mpy.BOARDS:
        for group in (levels, sides, retuned, errors, life):
            group(board)
    mpy.finish(count, "scripts")


if __name__ == "__main__":
    main()
