#!/usr/bin/env python3
"""`tonearm render SCRIPT.py` gives what the script's outputs send to their pins: the same files as TONEARM_PIN=wav: does, and the script's own exit code.

In: BUILD/tonearm, BUILD/micropython, micropython/examples. Out: a line for each that differs.
"""
import os
import shutil
import signal
import subprocess
import time

import mpy

TONEARM = os.path.join(mpy.BUILD, "tonearm")
EXAMPLES = os.path.join(mpy.ROOT, "micropython/examples")
FOREVER = """
import array, audiobusio, audiocore, time
with audiobusio.I2SOut(10, 11, 9) as out:
    out.play(audiocore.RawSample(array.array("h", [8000] * 40 + [-8000] * 40), sample_rate=8000), loop=True)
    print("playing")
    while True: time.sleep_ms(1)
"""


def render(folder, *words):
    env = {name: value for name, value in os.environ.items() if name not in ("TONEARM_PIN", "TONEARM_MICROPYTHON")}
    return subprocess.run([TONEARM, "render", *words], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=mpy.SECONDS,
                          stdin=subprocess.DEVNULL)


def same_as_recorded(folder, script, files):
    """Rendered by the command, and recorded by hand."""
    path = os.path.join(EXAMPLES, script)
    done = render(folder, path, "-o", "r.wav", "--quiet")
    mpy.expect(f"{script}: exit code, errors", (done.returncode, done.stderr), (0, ""))
    with open(path, encoding="utf-8") as file:
        said = mpy.run(file.read(), pin=f"wav:{folder}/h.wav")
    mpy.expect(f"{script}: what it prints", done.stdout, said)
    for end in files:
        with open(f"{folder}/r{end}.wav", "rb") as rendered, open(f"{folder}/h{end}.wav", "rb") as recorded:
            mpy.expect(f"{script}: r{end}.wav", rendered.read() == recorded.read(), True)
    loudest = max(max(abs(left), abs(right)) for left, right in mpy.read_wav(f"{folder}/r.wav")[1])
    mpy.expect(f"{script}: it is loud", loudest > 1000, True)
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))


def interrupted(folder):
    """Ctrl-C while it plays: what there was so far is kept."""
    with open(os.path.join(folder, "f.py"), "w", encoding="utf-8") as file:
        file.write(FOREVER)
    with subprocess.Popen([TONEARM, "render", "f.py", "-o", "f.wav"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          start_new_session=True) as process:
        process.stdout.readline()
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        process.communicate(timeout=mpy.SECONDS)
    mpy.expect("interrupted: how it ended", process.returncode, -signal.SIGINT)
    rate, frames = mpy.read_wav(os.path.join(folder, "f.wav"))
    mpy.expect("interrupted: its rate, and that it is heard", (rate, (8000, 8000) in frames), (8000, True))
    mpy.expect("interrupted: files", sorted(os.listdir(folder)), ["f.py", "f.wav"])


def main():
    folder = mpy.scratch("render")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    same_as_recorded(folder, "song.py", [""])
    same_as_recorded(folder, "two.py", ["", "-2"])
    interrupted(folder)
    mpy.finish(3, "scripts")


main()
