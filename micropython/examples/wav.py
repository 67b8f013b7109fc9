# A WAV file from the board's own file system. cushion_ms is how much is read ahead: for as long may the script be busy.
import array
import math
import os

import audiobusio
import audiocore
import audiofilewriter
import board

PATH = "chime.wav"


def make_file():
    """Where there is none yet: half a second that fades."""
    frames = array.array("h", [int(12000 * math.sin(n / 9) * (4000 - n) / 4000) for n in range(4000)])
    with open(PATH, "wb") as file:
        with audiofilewriter.AudioFileWriter(file, buffer_size=2048) as writer:
            writer.play(audiocore.RawSample(frames, sample_rate=8000))
            while writer.playing:
                pass


if PATH not in os.listdir():
    make_file()
with audiobusio.I2SOut(board.GP10, board.GP11, board.GP9) as out:
    with audiocore.WaveFile(PATH, cushion_ms=100) as wave:
        print("wav:", wave.sample_rate, "Hz,", wave.bits_per_sample, "bits,", wave.channel_count, "channel")
        out.play(wave)
        while out.playing:
            pass
    print("wav:", out.position, "frames heard,", out.holes, "holes")
