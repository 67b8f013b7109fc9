"""What the tests of the Python modules share: running a script in build/micropython, and reading what left at the pins.

In: BUILD, TMPDIR. A script is text; what it prints is the result. Every process has a time limit of its own.
"""
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
MICROPYTHON = os.path.join(BUILD, "micropython")
SECONDS = 120
BOARDS = ("pico", "pico2", "pimoroni-pico-plus-2")  # RP2040; RP2350 with its VM's heap in SRAM, and in PSRAM

failures = []


def run(script, *options, board="pico", pin=None, env=None, code=0, folder=None, seconds=SECONDS):
    """Run a script; returns what it printed. Any other exit code than `code` is a failure that shows everything."""
    words = dict(os.environ, TONEARM_BOARD=board, **(env or {}))
    words.pop("TONEARM_PIN", None)
    if pin:
        words["TONEARM_PIN"] = pin
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as file:
        file.write(script)
    try:
        done = subprocess.run([MICROPYTHON, *options, file.name], env=words, capture_output=True, text=True, timeout=seconds,
                              check=False, stdin=subprocess.DEVNULL, cwd=folder)
    finally:
        os.unlink(file.name)
    if code is not None and done.returncode != code:
        print(script[-1500:])
        sys.exit(f"exit code {done.returncode}, not {code}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout if code == 0 else done.stdout + done.stderr


def expect(what, got, wanted):
    """Note a difference; finish() tells."""
    if got != wanted:
        failures.append(what)
        print(f"FAIL {what}\n     got    {str(got)[:600]}\n     wanted {str(wanted)[:600]}")


def finish(counted, unit):
    """The end of a test. One that has looked at nothing has failed."""
    if not counted:
        sys.exit(f"looked at no {unit}")
    if failures:
        sys.exit(f"{len(failures)} of {counted} {unit} differ")
    print(f"{counted} {unit}, all as wanted")


def scratch(name):
    folder = os.environ.get("TMPDIR", tempfile.gettempdir())
    return os.path.join(folder, name)


def read_wav(path):
    """(rate, [frames as (left, right)]) of a file that the recorder wrote: 16 or 32 bits, stereo."""
    with open(path, "rb") as file:
        data = file.read()
    bits, rate = int.from_bytes(data[34:36], "little"), int.from_bytes(data[24:28], "little")
    size = bits // 8
    body = data[44:44 + int.from_bytes(data[40:44], "little")]
    samples = [int.from_bytes(body[i:i + size], "little", signed=True) for i in range(0, len(body), size)]
    return rate, list(zip(samples[::2], samples[1::2]))
