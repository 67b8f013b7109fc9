#!/usr/bin/env python3
"""Interrupts where they hurt: the feed at every allocation and inside every collection, and Ctrl-C anywhere.

In: build/micropython. TONEARM_STRESS lets the chip's interrupts come at every allocation and in the middle of every collection, and
ends the process if the feed calls the VM or changes a word of its state (micropython/tonearm/unix/stress.c). Ctrl-C comes from here.
"""
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

import model
import mpy

INTERRUPTS = 60
SEED = int(os.environ.get("SEED", "4"))

CHURN = """
import array, audiobusio, audiocore, gc, time, tonearm
a, x = array.array('h', bytes(4 * 9000)), 1
for i in range(18000):
    x = (1103515245 * x + 12345) & 0x7fffffff
    a[i] = (x >> 15) - 32768
out = audiobusio.I2SOut(10, 11, 9)
out.play(audiocore.RawSample(a, channel_count=2, sample_rate=44100))
kept, n = [], 0
while out.playing:
    n += 1
    kept.append({str(n): [bytearray(7 * j) for j in range(5)]})
    if len(kept) > 20: kept.clear()
    if n % 7 == 0: gc.collect()
    try:
        if n % 5 == 0: [][n]
    except IndexError: pass
    str(n) + 'text' * 20, n ** 40, sorted([3, 1, 2])
print(out.holes, tonearm.chip()['violations'])
out.deinit()
"""


def stress(board, step_us):
    path = mpy.scratch(f"stress-{board}.wav")
    said = mpy.run(CHURN, board=board, pin="wav:" + path, env={"TONEARM_STRESS": str(step_us)})
    values = [value - 32768 for value in model.noise(18000, 16, 1)]
    mpy.expect(f"{board}: holes, violations, with {step_us} us at each allocation", said.split(), ["0", "0"])
    mpy.expect(f"{board}: every frame, with {step_us} us", model.alone(mpy.read_wav(path)[1], list(zip(values[::2], values[1::2]))), None)


LOOP = """
import array, audiobusio, audiocore, gc, io, sys, time, tonearm
def wav(frames):
    n = 4 * frames
    le = lambda v, k: bytes([(v >> 8 * i) & 255 for i in range(k)])
    return (b'RIFF' + le(36 + n, 4) + b'WAVEfmt ' + le(16, 4) + le(1, 2) + le(2, 2) + le(44100, 4) + le(176400, 4) + le(4, 2) + le(16, 2)
            + b'data' + le(n, 4) + bytes(n))
file = wav(6000)
raw = audiocore.RawSample(array.array('h', range(6000)), channel_count=2, sample_rate=44100)
out = audiobusio.I2SOut(10, 11, 9)
def work():
    wave = audiocore.WaveFile(io.BytesIO(file), cushion_ms=20)
    while True:
        out.play(wave, loop=True)
        time.sleep_ms(40)
        out.pause()
        junk = [bytearray(100) for i in range(50)]
        out.resume()
        out.play(raw)
        out.volume = 0.5
        out.report()
        gc.collect()
        with audiobusio.I2SOut(20, 21, 19) as other:
            other.play(raw, loop=True)
            for i in range(20): other.playing, out.position, time.ticks_us()
        out.stop()
caught = 0
while caught < COUNT:
    try:
        print('caught', caught)  # whoever reads this may interrupt at once
        work()
    except KeyboardInterrupt: caught += 1
print('caught', caught)
gc.collect()
before = tonearm.chip()['violations'], out.holes
out.play(raw)
while out.playing: pass
print((tonearm.chip()['violations'], out.holes) == before, out.position)
out.deinit()
gc.collect()
gc.collect()
print(tonearm.chip()['idle'], tonearm.chip()['violations'])
"""


THREADS = """
import array, audiobusio, audiocore, gc, time, _thread
raw = audiocore.RawSample(array.array('h', range(3000)), sample_rate=44100)
out = audiobusio.I2SOut(10, 11, 9)
out.play(raw, loop=True)
told, ended = set(), []
def other():
    for n in range(300):
        for call in (lambda: out.playing, out.stop, out.deinit, raw.deinit, lambda: audiobusio.I2SOut(2, 3, 4)):
            try: call()
            except RuntimeError as e: told.add(str(e))
        junk = [bytearray(100) for i in range(50)]
        gc.collect()
    ended.append(1)
_thread.start_new_thread(other, ())
while not ended:
    with audiobusio.I2SOut(20, 21, 19) as o: o.play(raw)
    gc.collect()
print(told, out.playing, out.holes)
out.deinit()
"""


def threads():
    """A second thread is told that audio is the main one's, and collects without either waiting for the other for ever."""
    process = subprocess.Popen([mpy.MICROPYTHON, "-c", THREADS], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               env=dict(os.environ, TONEARM_PIN="chip", TONEARM_BOARD="pico"))
    try:
        said = process.communicate(timeout=mpy.SECONDS)[0]
    except subprocess.TimeoutExpired:
        process.kill()  # nothing else ends threads that wait for each other
        said = "they wait for each other"
    mpy.expect("two threads", said, "{'audio belongs to the main thread: call it from there'} True 0\n")


TURNS = """
import array, audiobusio, audiocore, gc, sys, _thread
raw = audiocore.RawSample(array.array('h', range(3000)), sample_rate=44100)
out = audiobusio.I2SOut(10, 11, 9)
out.play(raw, loop=True)
rounds, mine, begun, stop, ended = 0, 0, False, False, False
def other():
    global rounds, ended
    while not begun: pass
    while rounds < ROUNDS and not stop:
        junk = [bytearray(100) for i in range(50)]
        gc.collect()
        rounds += 1
    ended = True
_thread.start_new_thread(other, ())
print('both are there')
sys.stdin.readline()
begun = True
while rounds < ROUNDS and mine < MOST:
    gc.collect()
    mine += 1
stop = True
while not ended: pass
print(rounds, mine)
out.deinit()
"""
ROUNDS, VISITS = 100, 120  # a round visits the heap about so many times


def turns():
    """A thread that does nothing but collect lets another have the heap between: it collects at most once for each visit of the other's."""
    process = subprocess.Popen([mpy.MICROPYTHON, "-c", TURNS.replace("ROUNDS", str(ROUNDS)).replace("MOST", str(ROUNDS * VISITS))],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               env=dict(os.environ, TONEARM_PIN="chip", TONEARM_BOARD="pico"))
    said = process.stdout.readline()
    cores = sorted(os.sched_getaffinity(0))
    for number, thread in enumerate(sorted(map(int, os.listdir(f"/proc/{process.pid}/task")))):
        os.sched_setaffinity(thread, {cores[number % len(cores)]})  # on one core they would take turns anyhow
    try:
        said += process.communicate("\n", timeout=mpy.SECONDS)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        said = "they wait for each other"
    words = said.split()
    print(f"{words[-1]} collections beside {ROUNDS} rounds on {min(2, len(cores))} cores")
    mpy.expect("rounds of the other thread's", words[:-1], ["both", "are", "there", str(ROUNDS)])


def keyboard():
    """Every interrupt is caught by the script, and leaves outputs that play, and nothing claimed that nobody holds."""
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as file:
        file.write(LOOP.replace("COUNT", str(INTERRUPTS)))
    process = subprocess.Popen([mpy.MICROPYTHON, file.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               env=dict(os.environ, TONEARM_PIN="chip", TONEARM_BOARD="pico"))
    said = [process.stdout.readline()]
    for _ in range(INTERRUPTS):
        time.sleep(chance.uniform(0, 0.012))
        process.send_signal(signal.SIGINT)
        said.append(process.stdout.readline())
    rest = process.communicate(timeout=mpy.SECONDS)[0]
    os.unlink(file.name)
    if process.returncode or said != [f"caught {n}\n" for n in range(INTERRUPTS + 1)]:
        sys.exit(f"exit code {process.returncode}: {''.join(said)[-1500:]} {rest[-1500:]}")
    mpy.expect("after the last interrupt", rest.split(), ["True", "3000", "True", "0"])


def main():
    for board in mpy.BOARDS:
        stress(board, 400)
    stress("pico", 3000)
    keyboard()
    threads()
    turns()
    mpy.finish(7 + INTERRUPTS, "interrupts")


main()
