// What an I2S output costs on an RP2040 while it plays from memory. In: the image of test/emulator/probes/feed.c. Out: lines `name value` and
// `# text`: cycles of both interrupt handlers, entry and return included, for a slot of so many frames; of a frame, which is what a longer
// slot costs more; percent of 125 MHz at 44.1 kHz; bytes of RAM.
import { Machine } from '../../test/emulator/machine.mjs';
import { handlerCost } from '../../test/emulator/measure.mjs';

const [, , image] = process.argv;
const DMA_IRQ_0 = 11, FEED_IRQ = 31, CLOCK_HZ = 125e6, RATE_HZ = 44100;
const SAMPLES = { u8: 0, u16: 2, s16: 3 };
const WARM_UP_S = 0.07, SLOTS = 8;

// What may differ from slot to slot is left to the first moments: a ring's lap, and the first fall in each tail.
function measure({ sample, channels, frames, buffer = 20000, flash = true }) {
  const machine = new Machine({ image });
  const job = machine.symbol('job').address;
  machine.hook(machine.symbol('main').address, () => {
    [SAMPLES[sample], channels, frames, buffer, flash ? 1 : 0].forEach((value, n) => machine.mcu.writeUint32(job + 4 * n, value));
  });
  const ready = machine.symbol('ready').address;
  machine.runUntil(() => machine.readWord(ready), 1);
  machine.run(WARM_UP_S);
  const before = [DMA_IRQ_0, FEED_IRQ].map((irq) => handlerCost(machine, irq));
  const began = machine.clock.cycles;
  machine.run((SLOTS * frames) / RATE_HZ);
  const [isr, feed] = [DMA_IRQ_0, FEED_IRQ].map((irq, n) => {
    const now = handlerCost(machine, irq);
    const calls = now.calls - before[n].calls;
    if (Math.abs(calls - SLOTS) > 1) throw new Error(`${calls} interrupts ${irq} for ${SLOTS} slots`);
    return { mean: (now.cycles - before[n].cycles) / calls, most: now.most };
  });
  if (machine.clock.hz !== CLOCK_HZ || machine.complaints().length) throw new Error(`${machine.clock.hz} Hz; ${machine.complaints()}`);
  const load = (100 * (isr.mean + feed.mean)) / (CLOCK_HZ * (frames / RATE_HZ));
  return { isr, feed, load, text: machine.text.replaceAll('\r', ''), cycles: machine.clock.cycles - began };
}

const say = (name, value, digits) => console.log(`${name} ${value.toFixed(digits)}`);

const PROGRAMS = [
  ['copy', { sample: 's16', channels: 2 }], ['u16', { sample: 'u16', channels: 2 }], ['mono', { sample: 's16', channels: 1 }],
  ['u8', { sample: 'u8', channels: 1 }], ['lent', { sample: 's16', channels: 2, flash: false }],
];
let isr = 0;
for (const [name, program] of PROGRAMS) {
  const slots = Object.fromEntries([128, 256, 512].map((frames) => [frames, measure({ ...program, frames, buffer: frames === 512 ? 40000 : 20000 })]));
  for (const [frames, { feed, load, ...rest }] of Object.entries(slots)) {
    say(`feed.${name}.${frames}`, feed.mean, 1);
    say(`load.${name}.${frames}`, load, 3);
    isr = Math.max(isr, rest.isr.mean);
  }
  say(`frame.${name}`, (slots[512].feed.mean - slots[256].feed.mean) / 256, 3);
}
say('isr', isr, 1);

// The smallest output there is: 2.9 ms are queued.
const small = measure({ sample: 's16', channels: 2, frames: 64, buffer: 1400 });
const [, output, ring, accounts, source] = /output (\d+) ring (\d+) accounts (\d+) source (\d+)/.exec(small.text).map(Number);
const [, slots, frames, queued] = /slots (\d+) of (\d+) frames, (\d+) queued/.exec(small.text).map(Number);
console.log(`# ${slots} slots of ${frames} frames, ${queued} queued`);
if (queued !== 128 || frames !== 64) throw new Error('that is not the output of 2.9 ms');
for (const [name, bytes] of Object.entries({ output, ring, accounts, source })) say(`ram.${name}`, bytes, 0);
say('ram', output + ring + accounts + source, 0);
