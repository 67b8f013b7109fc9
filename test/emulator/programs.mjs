// The firmware and the examples, as they would be flashed, on the emulated RP2040: what a DAC takes from the pins is, bit by bit, what
// the same program gives on the virtual chip; the rate is the one that the divider gives; DMA reads nothing but its blocks.
// In: build/firmware/pico/*.elf and .uf2, build/test/programs/*.

import { equal, image, need, onVirtualChip, runTests, sameFrames, sound } from './expect.mjs';
import { I2sListener } from './i2s.mjs';
import { Machine } from './machine.mjs';
import { FunctionCost, handlerCost, stackUsed } from './measure.mjs';

const DMA_IRQ_0 = 11, CYCLES_PER_FRAME = 64, FEED_IRQ = 31; // the SDK claims software interrupts from the last one down

/** Until the output opens, DMA may read the program's arena. */
function powerUp(file, arena = image(file.replace(/^.*\//, '').replace(/\..*$/, ''))) {
  const machine = new Machine({ image: file });
  const symbols = machine.symbols.size ? machine.symbols : new Machine({ image: arena }).symbols;
  const { address, bytes } = symbols.get('memory');
  machine.dma.allow('arena', address, bytes);
  return machine;
}

/** The table's address: of the channel that reads it in a ring, and whose ring is as long as the table. */
function ringTable(machine) {
  const RING_SEL = 1 << 10, BUSY_OR_EN = 1;
  const reader = machine.mcu.dma.channels.find((c) => c.ctrl & BUSY_OR_EN && c.ringMask && !(c.ctrl & RING_SEL));
  need(reader, 'no DMA channel reads a table in a ring');
  return (reader.readAddr & ~reader.ringMask) >>> 0;
}

function checkRate(i2s, machine, asked) {
  const divider = Math.round((machine.clock.hz * 256) / (CYCLES_PER_FRAME * asked));
  const exact = (machine.clock.hz * 256) / (divider * CYCLES_PER_FRAME);
  const step = (machine.clock.hz * 256) / ((divider - 1) * CYCLES_PER_FRAME) - exact;
  need(Math.abs(i2s.rate - asked) <= step, `the rate is ${i2s.rate} Hz, more than a divider step (${step} Hz) from ${asked}`);
  need(Math.abs(i2s.rate - exact) < 0.01, `the rate is ${i2s.rate} Hz, and the divider gives ${exact}`);
  return exact;
}

function checkSound(machine, i2s, name) {
  const virtual = onVirtualChip(name);
  const heard = sound(new Int32Array(i2s.bytes.buffer, i2s.bytes.byteOffset, 2 * i2s.frames)), wanted = sound(virtual.words);
  need(wanted.words.length > 20000, `the virtual chip's ${name} plays only ${wanted.words.length / 2} frames`);
  sameFrames(heard.words, wanted.words, name);
  equal(i2s.malformed, 0, 'malformed halves');
  const complaints = machine.complaints();
  need(complaints.length === 0, complaints.join('\n'));
  return { frames: heard.words.length / 2, text: virtual.text };
}

function tone(file) {
  const machine = powerUp(file), i2s = new I2sListener(machine);
  machine.runUntilSaid('divider', 1);
  const bytes = Number(/DMA (\d+) bytes/.exec(machine.text)[1]);
  machine.dma.blocks.length = 0; // from here on, only what the ring has said it takes
  machine.dma.allow('ring', ringTable(machine), bytes);
  machine.runUntilSaid('faults\r\n', 1);
  machine.run(0.001);
  const { frames, text } = checkSound(machine, i2s, 'tone');
  // What the program says about its plan is what it says on the virtual chip. Only the headroom hangs on what the processor did, and
  // FAST memory on the size of a pointer.
  const plan = (said) => said.replaceAll('\r', '').replace(/least headroom \d+|FAST \d+/g, '').split('\n').slice(0, 4).join('\n');
  equal(plan(machine.text), plan(text), 'what the program says');
  const exact = checkRate(i2s, machine, 44100);
  need(machine.text.includes(`rate ${exact.toFixed(3)} Hz`), `the program does not report ${exact.toFixed(3)} Hz`);
  need(machine.dma.transfers > 2 * frames, `only ${machine.dma.transfers} transfers were looked at`);
  return `${frames} frames, ${i2s.rate.toFixed(3)} Hz`;
}

function example(name, rate, seconds = 2) {
  const machine = powerUp(image(name)), i2s = new I2sListener(machine);
  equal(machine.runToExit(seconds), 0, `the exit status of ${name}, which said "${machine.text}"`);
  const { frames, text } = checkSound(machine, i2s, name);
  equal(machine.text.replaceAll('\r', ''), text, `what ${name} says`);
  checkRate(i2s, machine, rate);
  return `${frames} frames, ${i2s.rate.toFixed(3)} Hz`;
}

/** Figures, for whoever reads the log: cycles of the handlers and of the feed, speed of the emulator. */
function figures() {
  const machine = powerUp(image('tone'));
  const functions = ['ta_i2s_open', 'ta_output_feed', 'ta_ring_publish', 'dma_isr'].map((name) => new FunctionCost(machine, name));
  const began = process.hrtime.bigint();
  machine.runUntilSaid('played', 1);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const isr = handlerCost(machine, DMA_IRQ_0), feed = handlerCost(machine, FEED_IRQ);
  for (const cost of functions) {
    need(cost.calls > 0 && cost.open.length === 0, `${cost} (${cost.open.length} not returned)`);
    console.log(`      ${cost}`);
  }
  need(isr.calls > 100 && feed.calls > 100, `${isr.calls} interrupts of DMA, ${feed.calls} of the feed`);
  const busy = machine.cores[0].spent[1] + machine.cores[0].spent[2];
  console.log(`      DMA interrupt, entry and return included: ${isr.least} to ${isr.most} cycles; feed interrupt: mean ${feed.mean.toFixed(0)}`);
  console.log(`      handlers: ${((100 * busy) / machine.clock.cycles).toFixed(2)} % of ${machine.clock.hz / 1e6} MHz; stack ${stackUsed(machine)} bytes`);
  return `${(machine.clock.cycles / seconds / 1e6).toFixed(1)} Mcycles/s, ${machine.instructions} instructions`;
}

/** The tests must be able to fail: a bit that is changed in flash is heard, and a block that is not registered is seen. */
function seeded() {
  const machine = powerUp(image('flash_wav')), i2s = new I2sListener(machine);
  machine.mcu.flash[(machine.symbol('jingle').address & 0xffffff) + 44 + 4 * 5000] ^= 1;
  machine.dma.blocks[0].start += 4096;
  machine.runToExit(2);
  let caught = '';
  try {
    checkSound(machine, i2s, 'flash_wav');
  } catch (error) {
    caught = error.message;
  }
  const place = Number(/^flash_wav: frame (\d+) left is/.exec(caught)?.[1]) - 5000;
  need(place >= 0 && place <= 64, `a changed bit gives: "${caught}"`); // behind what is not silent of the ramp
  const outside = machine.complaints();
  need(outside.length > 0 && outside.every((line) => line.includes('reads outside what is registered')), `a block that is cut gives: ${outside}`);
  return `${caught}; ${outside[0]}`;
}

runTests({
  'tone.elf': () => tone(image('tone')),
  'tone.uf2': () => tone(image('tone', 'uf2')),
  beep: () => example('beep', 44100),
  callback: () => example('callback', 32000),
  flash_wav: () => example('flash_wav', 22050),
  music: () => example('music', 32000, 3),
  figures,
  seeded,
});
