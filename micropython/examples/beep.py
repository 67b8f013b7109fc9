# A sine of 440 Hz for half a second, to an I2S DAC or amplifier on GP10 (bit clock), GP11 (word select) and GP9 (data).
import array
import math
import time

import audiobusio
import audiocore
import board

RATE, HZ = 44000, 440
PERIOD = RATE // HZ
wave = array.array("h", [int(8000 * math.sin(2 * math.pi * n / PERIOD)) for n in range(PERIOD)])

with audiobusio.I2SOut(board.GP10, board.GP11, board.GP9) as out:
    out.play(audiocore.RawSample(wave, sample_rate=RATE), loop=True)
    time.sleep(0.5)
    out.stop()
    while out.headroom:
        pass
    print("beep:", out.holes, "holes")
