#!/usr/bin/env python3
"""What outputs and the module tell is true: plans against what is taken, position, headroom, rate, volume, drained, version, and the words
for a pin or a board that there is not.

In: build/micropython. Time is the virtual chip's, so every figure is exact or has a bound that follows from the buffers.
"""
import os
import re

import model
import mpy

count = 0
HEAD = """
import array, audiobusio, audiocore, audiopwmio, gc, time, tonearm
def i2s(**k): return audiobusio.I2SOut(10, 11, 9, **k)
def pwm(**k): return audiopwmio.PWMAudioOut(14, right_channel=15, **k)
def ramp(frames, rate=44100): return audiocore.RawSample(array.array('h', range(frames)), sample_rate=rate)
"""


def check(what, script, wanted, **options):
    global count
    count += 1
    mpy.expect(what, mpy.run(HEAD + script, **options).split("\n")[:-1], wanted)


def plans(board):
    check(f"{board}: a plan is what is taken, and fits until it does not", """
def settled():
    gc.collect()
    gc.collect()
    m = tonearm.memory()
    return m['DMA']['free'] + (m['FAST']['free'] if m['FAST']['resource'] != m['DMA']['resource'] else 0)
for kind, pins, knobs in ((audiobusio.I2SOut, (10, 11, 9), ({}, {'buffer_ms': 100}, {'bits': 32}, {'buffer_ms': 5})),
                          (audiopwmio.PWMAudioOut, (14,), ({'right_channel': 15}, {'buffer_ms': 60}, {'bits': 9}))):
    for k in knobs:
        plan = tonearm.plan(kind, *pins, **k)
        assert plan['fits'] and plan['why'] is None, plan
        before = settled()
        out = kind(*pins, **k)
        taken = before - settled()
        out.deinit()
        need = plan['DMA'] + plan['FAST']
        if not need <= taken <= need + 400: print(kind, k, need, taken)
        chip = tonearm.chip()
        assert plan['dma_channels'] == 3 and plan['buffer_frames'] >= 48 * k.get('buffer_ms', 20), plan
out = i2s()
print(out.plan(ramp(10))['DMA'], out.plan(ramp(10))['FAST'], 'fits' in out.plan(ramp(10)))
print(tonearm.plan(audiobusio.I2SOut, 0, 1, 2)['fits'])
out.deinit()
big = tonearm.plan(audiobusio.I2SOut, 0, 1, 2, buffer_ms=2000, bits=32)
print(big['fits'], 'ring' in big['why'] and 'class DMA' in big['why'] and 'choose a shorter buffer_ms' in big['why'])
print(tonearm.chip()['idle'])
""", ["0 0 False", "True", "False True", "True"], board=board)
    kept = {"pico": False, "pico2": True, "pimoroni-pico-plus-2": True}[board]
    check(f"{board}: memory", """
m = tonearm.memory()
print(sorted(m), m['kept_back'] > 0, [m[c]['resource'] for c in ('DMA', 'FAST', 'BULK')])
for c in ('DMA', 'FAST', 'BULK'):
    assert 0 <= m[c]['largest'] <= m[c]['free'] <= m[c]['total'] and m[c]['used'] <= m[c]['total'], m
""", [f"['BULK', 'DMA', 'FAST', 'kept_back'] {kept} {['SRAM kept back', 'SRAM kept back', 'VM heap'] if kept else ['VM heap'] * 3}"], board=board)


def progress(board):
    for make, latency in (("i2s", 25), ("pwm", 35)):
        check(f"{board} {make}: position, headroom, rate, holes", f"""
out = {make}()
print(out.position, out.headroom, out.holes, out.playing, out.volume)
s = ramp(20000)
out.play(s)
began = time.ticks_us()
last = -1
late = ahead = 0
rooms = set()
while out.playing:
    frames = time.ticks_diff(time.ticks_us(), began) * out.rate / 1e6
    now = out.position
    assert now >= last, (now, last)
    last = now
    if now < 20000:
        late = max(late, frames - now)
        ahead = max(ahead, now - frames)
    if 2000 < now < 15000: rooms.add(out.headroom)
    time.sleep_us(700)
print(out.position, 0 < late < {latency} * 44.1, ahead < 3, 10 < min(rooms) and max(rooms) < 40, out.holes, out.headroom)
print(out.rate == out.plan(s)['rate'] and abs(out.plan(s)['error_ppm'] - (out.rate / 44100 - 1) * 1e6) < 0.1)
out.play(s, loop=True)
time.sleep_ms(1000)
print(40000 < out.position < 44200)
out.pause()
time.sleep_ms(50)
still = out.position
time.sleep_ms(200)
print(out.position == still, out.playing, out.paused, out.report()['state'])
out.resume()
time.sleep_ms(100)
print(out.position > still + 2000, out.paused)
out.stop()
print(out.playing, out.paused)
r = out.report()
print(r['holes'], r['hole_frames'], r['faults'], r['feeds'] > 20, r['buffer_frames'] == out.plan(s)['buffer_frames'], r['rate'] == out.rate)
""", ["0 0 0 False 1.0", "20000 True True True 0 0", "True", "True", "True True True paused", "True False", "False False",
      "[] 0 0 True True True"], board=board)


def volume():
    path = mpy.scratch("volume.wav")
    check("volume: half of each, rounded, and a ramp in between", """
out = i2s()
out.volume = 0.5
s = audiocore.RawSample(array.array('h', [(37 * n) % 20000 - 10000 for n in range(4000)]), sample_rate=44100)
out.play(s)
while out.playing: pass
print(out.volume)
out.volume = 0
out.play(s)
while out.playing: pass
out.deinit()
""", ["0.5"], pin="wav:" + path)
    heard = mpy.read_wav(path)[1]
    wanted = [((37 * n) % 20000 - 10000 + 1) >> 1 for n in range(4000)]
    at = model.find(heard, [(v, v) for v in wanted])
    mpy.expect("half", at > 0, True)
    mpy.expect("nothing at 0", model.is_silent(heard[at + 4000 + model.RAMP:]), True)


def drained():
    check("await out.drained(), two at a time, in the order of their ends", """
import asyncio
a, b = i2s(), pwm()
said = []
async def wait(out, name, frames):
    out.play(ramp(frames))
    await out.drained()
    said.append((name, out.playing, out.position))
async def main():
    await a.drained()
    await asyncio.gather(wait(a, 'long', 20000), wait(b, 'short', 5000))
asyncio.run(main())
print(said)
""", ["[('short', False, 5000), ('long', False, 20000)]"])
    check("deinit ends the waiting", """
import asyncio
a = i2s()
async def end():
    await asyncio.sleep_ms(30)
    a.deinit()
async def main():
    a.play(ramp(20000), loop=True)
    await asyncio.gather(a.drained(), end())
asyncio.run(main())
print(tonearm.chip()['idle'])
async def late():
    with i2s() as out:
        out.play(ramp(20000), loop=True)
        try: await asyncio.wait_for_ms(out.drained(), 100)
        except asyncio.TimeoutError: print('late', out.playing)
asyncio.run(late())
""", ["True", "late True"])


    check("once it is over, each step says so as a coroutine's does: to send, to next, and to what began before; outside of asyncio none can wait", """
import asyncio
def ends(step):
    try: step()
    except StopIteration as e: return e.value is None
    except RuntimeError as e: return str(e)
    return 'goes on'
a = i2s()
print(ends(lambda: a.drained().send(None)), ends(lambda: next(a.drained())))
a.play(ramp(2000))
waiting = a.drained()
print(ends(lambda: waiting.send(None)), ends(lambda: next(waiting)))
while a.playing: pass
print(ends(lambda: waiting.send(None)), ends(lambda: waiting.send(None)), ends(lambda: next(waiting)))
async def inside():
    a.play(ramp(2000))
    steps = 0
    waiting = a.drained()
    while ends(lambda: waiting.send(None)) == 'goes on':
        steps += 1
        yield
    print(steps > 5, ends(lambda: waiting.send(None)))
asyncio.run(inside())
a.deinit()
print(ends(lambda: waiting.send(None)))
""", ["True True", "no running event loop no running event loop", "True True True", "True True", "True"])


def words():
    with open(os.path.join(mpy.ROOT, "include/tonearm/tonearm.h"), encoding="utf-8") as file:
        version = re.findall(r"#define TONEARM_VERSION_\w+ +(\d+)", file.read())
    check("version", "print(tonearm.version)", [f"({', '.join(version)})"])
    for pin, sentence in (("loud", 'TONEARM_PIN is "loud": choose chip, speaker or wav:FILE'), ("wav:", 'TONEARM_PIN is "wav:": choose'),
                          ("wav:/nowhere/a.wav", "cannot write /nowhere/a.wav: No such file or directory")):
        check(f"TONEARM_PIN={pin}", f"""
try: i2s()
except (OSError, RuntimeError) as e: print({sentence!r} in str(e))
try: i2s()
except (OSError, RuntimeError) as e: print({sentence!r} in str(e))
print(tonearm.chip()['dma_channels'])
""", ["True", "True", "0"], pin=pin)
    with open(os.path.join(mpy.ROOT, "chip/boards.c"), encoding="utf-8") as file:
        named = re.findall(r'(?m)^\s*\.name = "(.+)",$', file.read())
    mpy.expect("the boards are among those that there are", set(mpy.BOARDS) <= set(named), True)
    said = mpy.run("print(1)", board="picnic", code=None)
    mpy.expect("TONEARM_BOARD=picnic", said.strip(), 'TONEARM_BOARD is "picnic": there is no such board; there are ' + ", ".join(named))


def times():
    check("sleeping and asking: the chip's time", """
import select
tonearm.memory()
out = i2s()
chip = tonearm.chip()['us']
t = time.ticks_us()
time.sleep_ms(250)
time.sleep(0.25)
time.sleep_us(1234)
select.poll().poll(100)
print(abs(time.ticks_diff(time.ticks_us(), t) - 601234) < 1500, abs(tonearm.chip()['us'] - chip - 601234) < 1500)
end = time.ticks_add(time.ticks_ms(), 20)
n = 0
while time.ticks_diff(end, time.ticks_ms()) > 0: n += 1
print(n > 100, time.time() > 1700000000)
""", ["True True", "True True"])


def speaker():
    """The sound card, by a backend that hears nothing: real time, the VM reads ahead while it sleeps."""
    path = mpy.scratch("speaker.wav")
    from test_play import numbers, wav_file
    with open(path, "wb") as file:
        file.write(wav_file("s16", 2, numbers("s16", 40000, 5)))
    script = f"""
try:
    out = i2s()
except RuntimeError as e:
    print('without' if 'without miniaudio' in str(e) else e)
else:
    t = time.ticks_ms()
    out.play(audiocore.WaveFile({path!r}))
    time.sleep(0.2)
    time.sleep_ms(150)
    while out.playing: pass
    print(out.holes, out.position, 400 < time.ticks_diff(time.ticks_ms(), t) < 2000)
    out.deinit()
"""
    global count
    count += 1
    said = mpy.run(HEAD + script, pin="speaker", env={"TONEARM_AUDIO_BACKEND": "null"})
    if said == "without\n":
        print("built without miniaudio: the module says so")
    else:
        mpy.expect("the sound card", said, "0 20000 True\n")


def subclasses():
    """What COMPAT.md says of them: what is given to the constructor is heard, what is set afterwards is the script's alone."""
    check("properties of a subclass's object", """
import synthio
class Loud(synthio.Note): pass
w = array.array('h', [20000] * 32 + [-20000] * 32)
def peak(n):
    s = synthio.Synthesizer(sample_rate=16000)
    s.press(n)
    return max(max(audiocore.get_buffer(s)[1]) for i in range(4))
given, late = Loud(440, waveform=w, amplitude=0.0), Loud(440, waveform=w)
late.amplitude = 0.0
print(peak(given), peak(late) > 5000, given.amplitude, late.amplitude)
""", ["0 True 0.0 0.0"])


def too_large(board):
    """What helps a Mixer or an effect is not what helps an output."""
    check(f"{board}: what does not fit, and what helps", """
import audiodelays, audiofreeverb, audiomixer
def says(make):
    try: make()
    except MemoryError as e: return str(e)
def large(): return audiofreeverb.Freeverb(sample_rate=384000, channel_count=2)
long, free = says(large), tonearm.memory()['BULK']['free']
print('freeverb lines needs' in long, long.endswith(': let go of objects, or lower its rate, channels, voices or delay'), 'buffer_ms' in long)
holes = []
says(lambda: [holes.append(bytearray(8000)) for i in range(free)])
for i in range(0, len(holes), 2): holes[i] = None
gc.collect()
part = says(lambda: audiodelays.Echo(max_delay_ms=4000, sample_rate=free // 32))
print(part.endswith(': make the largest first, let go of objects, or lower its rate, channels, voices or delay'), 'buffer_ms' in part)
holes = None
gc.collect()
m = says(lambda: audiomixer.Mixer(voice_count=255, channel_count=2, resample='good'))
build = 'or build with more TONEARM_SRAM_BYTES' in m
print('mixer needs' in m and 'channels' in m and 'voices' in m, build == (tonearm.memory()['kept_back'] > 0), 'buffer_ms' in m)
""", ["True True False", "True False", "True True False"], board=board)


def sleeps():
    """A sleep ends at a moment, also where the feed takes half of the processor's time."""
    check("sleep, asyncio's, and ticks while the feed takes its time", """
import asyncio, synthio
async def nap(): await asyncio.sleep_ms(500)
out, s = i2s(), synthio.Synthesizer(sample_rate=44100)
s.press(range(60, 70))
out.play(s)
for ns in (0, 1000):
    tonearm.load(ns)
    time.sleep_ms(100)
    for sleep in (lambda: time.sleep_ms(500), lambda: time.sleep(0.5), lambda: time.sleep_us(500000), lambda: asyncio.run(nap())):
        began, chip, heard = time.ticks_us(), tonearm.chip()['us'], out.position
        sleep()
        took, took_chip, frames = time.ticks_diff(time.ticks_us(), began), tonearm.chip()['us'] - chip, out.position - heard
        if not (499000 < took < 506000 and took - 1 <= took_chip < 508000 and 21500 < frames < 22600): print(ns, took, took_chip, frames)
print(out.holes, 400 < out.report()['load'] < 600)
""", ["0 True"])


def main():
    for board in mpy.BOARDS:
        plans(board)
        if board != "pimoroni-pico-plus-2":  # nothing is too large for its PSRAM
            too_large(board)
        progress(board)
    for group in (volume, drained, words, times, sleeps, speaker, subclasses):
        group()
    mpy.finish(count, "scripts")


if __name__ == "__main__":
    main()
