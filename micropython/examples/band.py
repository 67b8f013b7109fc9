# A drum loop of another rate and a chord with vibrato in a Mixer, an echo and a room behind it; what that costs, and who takes the time.
import array
import time

import audiobusio
import audiocore
import audiodelays
import audiofreeverb
import audiomixer
import board
from synthio import Envelope, LFO, Note, Synthesizer, midi_to_hz

RATE = 22050

# What is largest is made first, while the heap is in one piece.
room = audiofreeverb.Freeverb(roomsize=0.6, mix=0.3, sample_rate=RATE, channel_count=2)
echo = audiodelays.Echo(max_delay_ms=150, delay_ms=150, decay=0.4, mix=0.2, freq_shift=False, sample_rate=RATE, channel_count=2)
mixer = audiomixer.Mixer(voice_count=2, sample_rate=RATE, channel_count=2)
synth = Synthesizer(sample_rate=RATE, envelope=Envelope(attack_time=0.02, release_time=0.2))

hit = array.array("h", [(n * n * 7919 % 16001 - 8000) * (1500 - n) // 1500 for n in range(1500)])
drum = audiocore.RawSample(hit, sample_rate=11025)
vibrato = LFO(rate=6, scale=1 / 24)
saw = array.array("h", range(-32768, 32768, 512))
chord = [Note(midi_to_hz(key), waveform=saw, amplitude=0.3, bend=vibrato) for key in (57, 60, 64)]

mixer.voice[0].level = 0.4
mixer.voice[0].play(drum, loop=True)
mixer.voice[1].panning = -0.3
mixer.voice[1].play(synth)
echo.play(mixer)
room.play(echo)
synth.press(chord)

with audiobusio.I2SOut(board.GP10, board.GP11, board.GP9) as out:
    plan = out.plan(room)
    print("band:", plan["verdict"])
    print(plan["cost"])
    out.play(room)  # as the Mixer, it goes on without end
    time.sleep_ms(250)
    synth.release_all()
    mixer.voice[0].loop = False
    time.sleep_ms(200)
    for name, frames, per_frame, permille in out.report()["sources"]:
        print(name, frames, permille // 10, "%")
    print("band:", mixer.shed + synth.shed, "shed,", out.holes, "holes")
