# Pause and resume: not a frame is lost, and not one is heard twice.
import array
import time

import audiobusio
import audiocore
import board

ramp = audiocore.RawSample(array.array("h", range(6000)), sample_rate=22050)

with audiobusio.I2SOut(board.GP10, board.GP11, board.GP9) as out:
    out.play(ramp)
    time.sleep_ms(100)
    out.pause()
    time.sleep_ms(50)
    still = out.position
    print("pause:", out.paused, out.playing)
    time.sleep_ms(200)
    print("pause: stands still", out.position == still)
    out.resume()
    while out.playing:
        pass
    print("pause:", out.position, "frames heard,", out.holes, "holes")
