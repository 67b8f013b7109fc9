# What a sample sounds like, as a WAV file, while it is played.
import array

import audiobusio
import audiocore
import audiofilewriter
import board

sample = audiocore.RawSample(array.array("h", [(n * n) % 12001 - 6000 for n in range(4000)]), sample_rate=16000)

with audiobusio.I2SOut(board.GP10, board.GP11, board.GP9) as out, open("record.wav", "wb") as file:
    with audiofilewriter.AudioFileWriter(file, buffer_size=2048) as writer:
        out.play(sample)
        writer.play(sample)
        while out.playing or writer.playing:
            pass
    print("record:", out.holes, "holes")
with audiocore.WaveFile("record.wav") as wave:
    print("record:", wave.sample_rate, "Hz,", wave.bits_per_sample, "bits")
with open("record.wav", "rb") as file:
    print("record:", len(file.read()) - 44, "bytes")
