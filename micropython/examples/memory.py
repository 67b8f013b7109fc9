# What an output would take, what there is, and what it says when that is not enough.
import array

import audiobusio
import audiocore
import board
import tonearm

PINS = board.GP10, board.GP11, board.GP9


def show(title, facts):
    print("memory:", title)
    for name in sorted(facts):
        print("   ", name, facts[name])


show("there is", tonearm.memory())
for buffer_ms in (10, 20, 100):
    plan = tonearm.plan(audiobusio.I2SOut, *PINS, buffer_ms=buffer_ms)
    print("memory:", buffer_ms, "ms take", plan["DMA"] + plan["FAST"], "bytes; fits:", plan["fits"])
try:
    audiobusio.I2SOut(*PINS, buffer_ms=2000, bits=32)
except MemoryError as error:
    print("memory:", error)

with audiobusio.I2SOut(*PINS) as out:
    out.play(audiocore.RawSample(array.array("h", range(3000)), sample_rate=44100))
    while out.playing:
        pass
    show("it did", out.report())
