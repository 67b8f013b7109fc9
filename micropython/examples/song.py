# A little song: notes with an envelope, through a filter that an LFO opens and closes, over a bass that bends.
import array
import time

import audiobusio
import board
from synthio import Biquad, Envelope, FilterMode, LFO, Math, MathOperation, Note, Synthesizer, midi_to_hz

saw = array.array("h", range(-32768, 32768, 512))
pluck = Envelope(attack_time=0.01, decay_time=0.1, sustain_level=0.4, release_time=0.15)
wah = Biquad(FilterMode.LOW_PASS, LFO(rate=4, scale=900, offset=1500), Q=2)
vibrato = Math(MathOperation.PRODUCT, LFO(rate=6), 1 / 24)
tune = (69, 72, 76, 81, 79, 76, 72, 69)
beat_ms = 90

synth = Synthesizer(sample_rate=22050, envelope=pluck)
bass = Note(midi_to_hz(45), waveform=saw, amplitude=0.6, bend=vibrato)
notes = [Note(midi_to_hz(key), waveform=saw, filter=wah) for key in tune]

with audiobusio.I2SOut(board.GP10, board.GP11, board.GP9) as out:
    out.play(synth)
    synth.press(bass)
    last = ()
    for note in notes:
        synth.change(release=last, press=note)
        last = note
        time.sleep_ms(beat_ms)
    print("song:", len(synth.pressed), "sounding, the filter at", int(wah.frequency.value), "Hz")
    synth.release_all()
    while synth.note_info(last)[0] is not None or synth.note_info(bass)[0] is not None:
        pass
    print("song:", len(tune), "notes,", out.holes, "holes")
    out.stop()
    while out.headroom:
        pass
