// Programs that show what the other tests rest on: the boot ROM's flash functions, the second core, and every wire format of the I2S
// output. In: build/firmware/pico/probes/*.elf.

import { equal, image, need, runTests, sound } from './expect.mjs';
import { I2sListener } from './i2s.mjs';
import { Machine } from './machine.mjs';

const probe = (name) => image(`probes/${name}`);

function linesOf(machine) {
  return machine.text.replaceAll('\r', '').trimEnd().split('\n');
}

function flash() {
  for (const [flashTimes, sectors, pages, block] of [['typical', 90000, 800, 150000], ['maximum', 800000, 6000, 2000000]]) {
    const machine = new Machine({ image: probe('flash'), flashTimes });
    machine.runUntilSaid('now wrongly', 4);
    const lines = linesOf(machine);
    for (const [line, what, wanted] of [[0, 'erase of 8192 bytes', sectors], [1, 'program of 512 bytes', pages], [4, 'erase of 65536 bytes', block]]) {
      const [, said, took] = /^(.*): (\d+) us$/.exec(lines[line]);
      equal(said, what, 'what is measured');
      need(took - wanted >= 0 && took - wanted < 100, `${flashTimes} ${what} took ${took} us, must be ${wanted}`);
    }
    equal(lines[2], 'read back: the same', 'what is read back');
    equal(lines[3], 'programmed over: 00, and behind it ff', 'what is programmed twice');
    equal(machine.complaints().length, 0, 'complaints before interrupts are on');
    machine.runToExit(1);
    equal(linesOf(machine).at(-1), 'done, with ticks', 'the end');
    const complaints = machine.complaints();
    need(complaints.length > 0 && complaints.every((line) => /core reads 0x1/.test(line)), `with interrupts on: ${complaints}`);
    equal(machine.flash.erased, 8192 + 65536 + 4096, 'bytes erased');
    equal(machine.flash.programmed, 512 + 256, 'bytes programmed');
  }
}

function core1() {
  const machine = new Machine({ image: probe('core1') });
  equal(machine.runToExit(1), 0, 'the exit status');
  const wanted = ['core 0 launched core 1', 'quotients: mine are the same, its are the same', 'counted 4000', 'woken: 2', 'launched again: core 1'];
  equal(JSON.stringify(linesOf(machine)), JSON.stringify(wanted), 'what it says');
  const complaints = machine.complaints();
  need(complaints.length === 0, complaints.join('\n'));
  // Neither core runs ahead: each instruction of one that is busy lies between two of the other.
  need(machine.second.switches > 100000, `only ${machine.second.switches} changes from core to core`);
  return `${machine.instructions} instructions of two cores, ${machine.second.switches} changes from one to the other`;
}

// What the probe plays, worked out a second time, left-justified in 32 bits: first the stereo program, then the mono one.
function formatsProgram(bits, index) {
  const frames = [];
  let noise = 1;
  for (let n = 0; n < 300; n++) {
    noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
    const narrow = noise & 0xffff0000;
    frames.push(index === 0 ? [(noise >>> (32 - bits)) << (32 - bits), -(n << 20)] : [narrow, narrow]);
  }
  return frames;
}

function checkFormat(listener, bits, what) {
  const words = new Int32Array(listener.bytes.buffer, listener.bytes.byteOffset, 2 * listener.frames);
  const heard = sound(words).words;
  const programs = [0, 1].map((index) => formatsProgram(bits, index));
  for (const program of programs) {
    const flat = program.flat();
    let at = -1;
    for (let from = 0; from + flat.length <= heard.length && at < 0; from += 2) {
      if (flat.every((sample, n) => heard[from + n] === sample)) at = from;
    }
    need(at >= 0, `${what}: a program of ${program.length} frames is not there, bit by bit`);
  }
  equal(listener.malformed, 0, `${what}: malformed halves`);
  need(Math.abs(listener.rate - 96000) < 96000 * 0.004, `${what}: ${listener.rate} Hz`);
}

function formats() {
  const machine = new Machine({ image: probe('formats') });
  for (const name of ['memory', 'stereo']) { // the arena; and what is played where it lies, when the wire has 32 bits
    const { address, bytes } = machine.symbol(name);
    machine.dma.allow(name, address, bytes);
  }
  // One listener for every format: each hears the pins all the time, and is asked about its own part alone.
  const kinds = [];
  for (const bits of [16, 24, 32]) {
    for (const order of ['straight', 'swapped']) {
      for (const alignment of ['philips', 'left']) kinds.push({ bits, alignment, order });
    }
  }
  let checked = 0;
  for (const { bits, alignment, order } of kinds) {
    machine.runUntil(() => machine.text.includes(`format ${bits} ${alignment} ${order}`), 1, 0.00005);
    const [bclk, ws] = order === 'straight' ? [10, 11] : [11, 10];
    const listener = new I2sListener(machine, { bclk, ws, bits: bits === 16 ? 16 : 32, leftJustified: alignment === 'left' });
    const said = machine.text.split('played').length;
    machine.runUntil(() => machine.text.split('played').length > said, 1, 0.00005);
    checkFormat(listener, bits, `${bits} bits, ${alignment}, ${order}`);
    listener.close();
    checked++;
  }
  equal(machine.runToExit(1), 0, 'the exit status');
  equal(linesOf(machine).at(-1), 'live blocks: 0', 'the end');
  equal(linesOf(machine).filter((line) => line === 'played 600 frames, 0 holes').length, 12, 'formats that were played without holes');
  const complaints = machine.complaints();
  need(complaints.length === 0, complaints.join('\n'));
  return `${checked} formats`;
}

// Graphs that take more than there is, from an interrupt: the program goes on, at a sixteenth of its pace or more, and stops them.
function overload() {
  const machine = new Machine({ image: probe('overload') });
  equal(machine.runToExit(8), 0, 'the exit status');
  const said = linesOf(machine);
  equal(said.at(-1), 'done', 'the end');
  const told = said.slice(0, -1).map((line) => {
    const match = /^(\w+): load (\d+), program (\d+), paced (\d+), holes (\d+), overloads (\d+), stopped in (\d+) us$/.exec(line);
    need(match, `not understood: ${line}`);
    const [load, program, paced, holes, overloads, stopped] = match.slice(2).map(Number);
    return { name: match[1], load, program, paced, holes, overloads, stopped };
  });
  equal(told.map(({ name }) => name).join(), 'sound,speed,resamplers', 'graphs');
  const [sound, ...over] = told;
  need(sound.holes === 0 && sound.paced === 0 && sound.program > 950, said[0]);
  over.forEach(({ load, program, paced, holes, overloads, stopped }, n) => {
    need(load > 1000 && paced > 0 && holes > 3 && overloads === holes, said[n + 1]);
    need(program >= 50 && program < 200, said[n + 1]); // a sixteenth, less what the interrupts' own ways take
    need(stopped < 400000, said[n + 1]);
  });
  const complaints = machine.complaints();
  need(complaints.length === 0, complaints.join('\n'));
  return told.map(({ name, load, program }) => `${name}: load ${load / 10} %, left for the program ${program / 10} %`).join('; ');
}

runTests({ flash, core1, formats, overload });
