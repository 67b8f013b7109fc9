# The LED follows the sound: what counts is out.position, the frames that have been heard, not the time since play.
import array

import audiobusio
import audiocore
import board

try:
    from machine import Pin

    led = Pin("LED", Pin.OUT)
except (ImportError, ValueError):  # a desktop, or a board without one

    def led(on):
        pass


RATE, BEAT = 16000, 4000  # four beats a second: a click, and silence
beat = array.array("h", [12000 if n < 40 and n % 8 < 4 else 0 for n in range(BEAT)])

with audiobusio.I2SOut(board.GP10, board.GP11, board.GP9) as out:
    out.play(audiocore.RawSample(beat, sample_rate=RATE), loop=True)
    beats, lit = 0, False
    while beats < 4:
        in_beat = out.position % BEAT
        if (in_beat < BEAT // 4) != lit:
            lit = not lit
            led(lit)
            beats += lit
    out.stop()
    print("led:", beats, "beats,", out.holes, "holes")
    while out.headroom:
        pass
