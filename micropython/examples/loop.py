# A loop that gets louder and softer. Changes of volume are ramps, so nothing clicks.
import array
import time

import audiobusio
import audiocore
import board

saw = audiocore.RawSample(array.array("h", range(-8000, 8000, 160)), sample_rate=22050)

with audiobusio.I2SOut(board.GP10, board.GP11, board.GP9) as out:
    out.volume = 0
    out.play(saw, loop=True)
    for step in range(20):
        out.volume = step / 20 if step < 10 else 1 - step / 20
        time.sleep_ms(20)
    print("loop:", out.position // 100, "times,", out.holes, "holes")
    out.stop()
    while out.headroom:
        pass
