// PWM pulses, as levels and as frames. In: what PwmListener has heard at a slice's two pins, or what the virtual chip's recorder has
// written. Out: pulses [period, A, B], runs of equal ones, frames as levels from the middle.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { BUILD, equal, need, scratch, Wrong } from './expect.mjs';
import { PwmListener } from './pwm.mjs';

export const PERIOD_MAX = 2048;

/** Both pins of a slice. */
export class PulseListener {
  constructor(machine, a, b) {
    this.pins = [new PwmListener(machine, a), new PwmListener(machine, b)];
  }

  /** Hear no more. */
  close() {
    for (const pin of this.pins) pin.close();
  }

  /** [period, A, B, the cycle at which it began] of each period. The first after a halt is as long as the halt, and is left out. */
  get pulses() {
    const [a, b] = this.pins, pulses = [];
    for (let n = 0; n < a.period.length; n++) if (a.period[n] <= PERIOD_MAX) pulses.push([a.period[n], a.duty[n], b.duty[n], a.began[n]]);
    return pulses;
  }
}

const CC = 0x0c; // from a slice's first register

/** The levels that DMA writes to a slice: when, and where in the period, as the slice's counter has it. */
export class DmaLevels {
  constructor(machine, index) {
    this.writes = []; // {cycle, counter, period}
    const slice = machine.mcu.pwm.channels[index], write = slice.writeRegister;
    let byDma = false;
    for (const channel of machine.mcu.dma.channels) {
      const { transfer } = channel;
      channel.transfer = () => { byDma = true; transfer.call(channel); byDma = false; };
    }
    slice.writeRegister = (offset, value) => {
      if (offset === CC && byDma) this.writes.push({ cycle: machine.clock.cycles, counter: slice.timer.counter, period: slice.timer.top + 1 });
      write.call(slice, offset, value);
    };
  }
}

/** The same program on the virtual chip: {pulses, text}. pins: "a,b", 255 for none; input: what is typed; flash: "offset,file". */
export function pulsesOnVirtualChip(name, pins, { input = '', flash } = {}) {
  const file = join(scratch(), `${name}.pulses`);
  const env = { ...process.env, TONEARM_PULSES: file, TONEARM_PWM_PINS: pins, TONEARM_BOARD: 'pico' };
  if (flash) env.TONEARM_FLASH = flash;
  const program = ['programs', 'pulses'].map((folder) => join(BUILD, 'test', folder, name)).find(existsSync);
  need(program, `there is no ${name} for the virtual chip in ${BUILD}/test`);
  const text = execFileSync(program, { env, encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'] });
  const bytes = readFileSync(file);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), pulses = [];
  for (let n = 0; n < words.length; n += 3) pulses.push([words[n], words[n + 1], words[n + 2]]);
  return { pulses, text };
}

export const samePulse = (p, q) => p[0] === q[0] && p[1] === q[1] && p[2] === q[2];

/** What changes: {pulse, times} of each run of equal pulses. */
export function runsOf(pulses) {
  const runs = [];
  for (const pulse of pulses) {
    const last = runs.at(-1);
    if (last && samePulse(last.pulse, pulse)) last.times++;
    else runs.push({ pulse, times: 1 });
  }
  return runs;
}

/** The same levels, one after the other; how long each lasts may differ. */
export function sameRuns(got, wanted, what) {
  for (let n = 0; n < Math.min(got.length, wanted.length); n++) {
    need(samePulse(got[n].pulse, wanted[n].pulse), `${what}: change ${n} is to ${got[n].pulse}, must be to ${wanted[n].pulse}`);
  }
  equal(got.length, wanted.length, `${what}: changes`);
}

/** Is the pulse the middle, at both pins or at the one that there is? */
export const isMiddle = ([period, a, b], one) => a === period >> 1 && (one || b === period >> 1);

/** What lies between the first rest in the middle and the last: how a processor lifts the pins in a few ms depends on how fast it is. */
export function between(pulses, one = false) {
  const first = pulses.findIndex((pulse) => isMiddle(pulse, one)), last = pulses.findLastIndex((pulse) => isMiddle(pulse, one));
  need(first >= 0, 'the pins were never in the middle');
  return pulses.slice(first, last + 1);
}

/**
 * Frames from the first rest in the middle to the last one (`one`: only A is used): {words: levels from the middle, two a frame; at: the pulse with which each begins}.
 * Each lasts `periods` periods, or it is an error.
 */
export function framesOf(pulses, periods, one = false) {
  const first = pulses.findIndex((pulse) => isMiddle(pulse, one)), last = pulses.findLastIndex((pulse) => isMiddle(pulse, one)), words = [], at = [];
  need(first >= 0, 'the pins were never in the middle');
  let pulse = first;
  runsOf(pulses.slice(first, last + 1)).forEach(({ pulse: [period, a, b], times }, n, runs) => {
    const middle = period >> 1, rest = n === 0 || n === runs.length - 1, skipped = n === 0 ? times % periods : 0;
    need(rest || times % periods === 0, `a level of ${a},${b} lasts ${times} periods, and a frame ${periods}`);
    for (let k = 0; k < Math.floor(times / periods); k++) {
      at.push(pulse + skipped + k * periods);
      words.push(a - middle, one ? 0 : b - middle);
    }
    pulse += times;
  });
  return { words: Int32Array.from(words), at };
}

const RAMP = 64; // frames
const SURE = 200; // frames that must agree
const ROUNDING = 6; // levels: shaping is off by one or two, and at full scale the levels end a few short of the period

/**
 * A program, as shaped levels: {first: where its frame 0 is; gaps: [{before: the program frame behind it, frames}]}. Levels are too coarse to tell
 * one frame from another, but not to tell how far a stretch has moved. Every frame of the program must be there, in order.
 */
export function levelsApart(levels, program, period) {
  const total = program.length / 2, unit = period / 2 ** 32;
  const fits = (n, shift) => [0, 1].every((c) => Math.abs(levels[2 * (n + shift) + c] - program[2 * n + c] * unit) <= ROUNDING);
  const stretch = (n, shift) => {
    const until = Math.min(n + SURE, total);
    for (let k = n; k < until; k++) if (!fits(k, shift)) return false;
    return true;
  };
  const next = (n, from) => {
    for (let shift = from; n + shift < levels.length / 2; shift++) if (stretch(n, shift)) return shift;
    throw new Wrong(`program frame ${n} is not among the levels any more`);
  };
  const first = next(0, 0), gaps = [];
  let shift = first, n = 0;
  for (;;) {
    while (n < total && fits(n, shift)) n++;
    if (n === total) return { first, gaps };
    const moved = next(n, shift + 1);
    gaps.push({ before: n, frames: moved - shift }); // a few frames of the ramp may have passed for frames of the program
    shift = moved;
  }
}

/** Programs whose frames are noise: even as levels, three frames in a row are nowhere else. */
export class LevelPrograms {
  constructor(programs, period) {
    this.programs = programs;
    this.unit = period / 2 ** 32;
    this.most = Math.ceil(period / RAMP) + ROUNDING; // a step within a ramp, rounded
  }

  fits(levels, at, words, n) {
    return [0, 1].every((c) => Math.abs(levels[2 * at + c] - words[2 * n + c] * this.unit) <= ROUNDING);
  }

  find(levels, at) {
    for (const [name, words] of Object.entries(this.programs)) {
      for (let n = 0; n < words.length / 2; n++) {
        let k = 0;
        while (k < 3 && n + k < words.length / 2 && at + k < levels.length / 2 && this.fits(levels, at + k, words, n + k)) k++;
        if (k === 3) return { name, first: n };
      }
    }
    return null;
  }

  /** {runs: [{name, first, frames, at}], step: the largest between frames of which one is of no program}; an error for a step that is too large. */
  takeApart(levels) {
    const total = levels.length / 2, runs = [], own = new Uint8Array(total);
    let step = 0;
    for (let at = 0; at < total;) {
      const found = this.find(levels, at);
      if (!found) {
        at++;
        continue;
      }
      const words = this.programs[found.name], run = { ...found, frames: 0, at };
      for (; at < total && run.first + run.frames < words.length / 2 && this.fits(levels, at, words, run.first + run.frames); at++, run.frames++) own[at] = 1;
      runs.push(run);
    }
    for (let n = 1; n < total; n++) {
      if (own[n] && own[n - 1]) continue;
      for (let c = 0; c < 2; c++) step = Math.max(step, Math.abs(levels[2 * n + c] - levels[2 * n - 2 + c]));
      need(step <= this.most, `frame ${n}: a step of ${step} levels, ${this.most} at most`);
    }
    return { runs, step };
  }
}
