# Two outputs at once: a DAC on GP9 to GP11, and a filtered pin, GP14. Each has its own rate; asyncio waits for both.
import array
import asyncio

import audiobusio
import audiocore
import audiopwmio
import board

low = audiocore.RawSample(array.array("h", [400 * (n % 50) - 10000 for n in range(5000)]), sample_rate=22050)
high = audiocore.RawSample(bytearray([5 * (n % 50) for n in range(4000)]), sample_rate=16000)


async def play(name, out, sample):
    out.play(sample)
    await out.drained()
    print("two:", name, out.position, "frames,", out.holes, "holes")


async def main():
    with audiobusio.I2SOut(board.GP10, board.GP11, board.GP9) as dac, audiopwmio.PWMAudioOut(board.GP14) as pin:
        await asyncio.gather(play("dac", dac, low), play("pin", pin, high))


asyncio.run(main())
