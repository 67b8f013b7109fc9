// WAV files whose every frame can be told from every other, so that what was lost, doubled or changed is seen; and the player with such
// files behind it, as it is flashed. In: bits, channels, frames, a seed. Out: files, and the samples in them.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { equal, image, need, scratch } from './expect.mjs';
import { Machine } from './machine.mjs';

export const TRACKS_OFFSET = 0x80000;

/** {file, name, bits, channels, rate, frames, words: samples as they should be on a wire of 32 bits, two a frame}. */
export function makeWav(name, { bits = 16, channels = 2, rate = 44100, frames = 2000, seed = 1 } = {}) {
  const bytes = bits / 8, data = Buffer.alloc(44 + frames * channels * bytes), words = new Int32Array(2 * frames);
  data.write('RIFF', 0, 'latin1');
  data.writeUInt32LE(data.length - 8, 4);
  data.write('WAVEfmt ', 8, 'latin1');
  data.writeUInt32LE(16, 16);
  data.writeUInt16LE(1, 20);
  data.writeUInt16LE(channels, 22);
  data.writeUInt32LE(rate, 24);
  data.writeUInt32LE(rate * channels * bytes, 28);
  data.writeUInt16LE(channels * bytes, 32);
  data.writeUInt16LE(bits, 34);
  data.write('data', 36, 'latin1');
  data.writeUInt32LE(data.length - 44, 40);
  let noise = seed;
  for (let n = 0, at = 44; n < frames; n++) {
    for (let c = 0; c < channels; c++, at += bytes) {
      noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
      const sample = (noise | 0) >> (32 - bits) || 1; // no frame is silent
      if (bits === 8) data.writeUInt8(sample + 128, at); // 8 bits are unsigned, and widen so that 0 and 255 are the ends
      else data.writeIntLE(sample, at, bytes);
      words[2 * n + c] = bits === 8 ? ((sample + 128) * 257 - 32768) << 16 : sample << (32 - bits);
      if (channels === 1) words[2 * n + 1] = words[2 * n];
    }
  }
  const file = join(scratch(), `${name}.wav`);
  writeFileSync(file, data);
  return { file, name, bits, channels, rate, frames, words };
}

/** The frames of firmware/common/siren.h, worked out a second time: as they should be on a wire of 32 bits, two a frame. */
export function siren(frames) {
  const words = new Int32Array(2 * frames);
  const triangle = (n, period) => {
    const place = n % period, up = 2 * place < period ? 2 * place : 2 * (period - place);
    return Math.trunc((up * 16000) / period) - 8000;
  };
  const noise = (n) => (Math.imul(n, 2654435761 | 0) >>> 25) - 64;
  for (let n = 0; n < frames; n++) {
    words[2 * n] = (triangle(n, 100) + noise(2 * n)) << 16;
    words[2 * n + 1] = (triangle(n, 147) + noise(2 * n + 1)) << 16;
  }
  return words;
}

/** The player with these files behind it: {uf2, flash: for onVirtualChip}. */
export function appended(wavs, out = 'with-tracks') {
  const files = wavs.map((wav) => wav.file), [uf2, bin] = ['uf2', 'bin'].map((end) => join(scratch(), `${out}.${end}`));
  execFileSync('tools/append.py', [uf2, '--firmware', image('player', 'uf2'), ...files], { stdio: 'pipe' });
  execFileSync('tools/append.py', [bin, '--tracks-only', '--family', 'rp2040', ...files], { stdio: 'pipe' });
  return { uf2, flash: `${TRACKS_OFFSET},${bin}` };
}

/** A machine with an image of which only the bytes are known, and the symbols of its ELF file. */
export function powerUp(uf2, elf) {
  const machine = new Machine({ image: uf2 });
  machine.symbols = new Machine({ image: elf }).symbols;
  return machine;
}

/** Whoever sits at the console: types a line, and waits for the answer's last line. */
export class Typist {
  constructor(machine) {
    this.machine = machine;
  }

  /** The answer, without echo and prompt; an error unless it ends as it must. */
  ask(line, { limit = 2, ends = 'ok' } = {}) {
    const { machine } = this, from = machine.text.length;
    machine.type(`${line}\r`);
    machine.runUntil(() => /\n(ok|error: [^\n]*)\r?\n> $/.test(machine.text.slice(from)), limit, 0.0002);
    const answer = machine.text.slice(from).replaceAll('\r', '').split('\n').slice(1, -1).join('\n');
    const last = answer.split('\n').at(-1);
    if (!last.startsWith(ends)) throw new Error(`"${line}" is answered by "${answer}", must end with ${ends}`);
    return answer;
  }
}

/** [address, bytes] of the ring's block: of the DMA channel that reads a table in a ring, and what the plan says that it takes. */
export function ringBlock(machine, plan) {
  const RING_SEL = 1 << 10, EN = 1;
  const reader = machine.mcu.dma.channels.find((c) => c.ctrl & EN && c.ringMask && !(c.ctrl & RING_SEL));
  if (!reader) throw new Error('no DMA channel reads a table in a ring');
  return [(reader.readAddr & ~reader.ringMask) >>> 0, Number(/DMA (\d+) bytes/.exec(plan)[1])];
}

// ---- commands at any moment ------------------------------------------------------------------------------------------------------

// What player.mjs and player_pwm.mjs type at it. Each cycle opens, does something in mid-play at a random moment, and closes. What
// must be heard follows from the commands.
export const CYCLES = {
  whole: () => [[['play a', 'wait']], ['a 0+2000']],
  stop: (t) => [[['play a', t, 'stop', 'wait']], ['a 0+?']],
  pause: (t) => [[['play a', t, 'pause', 20, 'resume', 'wait']], ['a 0+?', 'a ?+rest']],
  change: (t) => [[['play a', t, 'play b', 'wait']], ['a 0+?', 'b 0+1500']],
  loop: () => [[['loop 1', 'play b', 'wait', 'loop off']], ['b 0+1500', 'b 0+1500']],
  queue: (t) => [[['play a', t, 'queue b', 'wait']], ['a 0+2000', 'b 0+1500']],
  stopInLoop: (t) => [[['loop forever', 'play b', 30 + t, 'stop', 'wait', 'loop off']], null],
  again: (t) => [[['play a', t, 'stop', 'play a', 'wait']], ['a 0+?', 'a 0+2000']],
};

/** wanted: 'a 0+?': some frames of a, from the first on, and none if it was cut before; 'a ?+rest': the very next ones, to the end. */
export function checkRuns(runs, wanted, what) {
  const said = runs.map((run) => `${run.name} ${run.first}+${run.frames}`).join(', '), wrong = `${what}: heard ${said}, must be ${wanted.join(', ')}`;
  let at = 0, n = 0;
  for (const want of wanted) {
    const [name, span] = want.split(' '), [first, frames] = span.split('+'), run = runs[n];
    const from = first === '?' ? at : Number(first), here = run?.name === name && run.first === from;
    if (frames === '?' && runs.length < wanted.length && n === 0) continue; // it was cut before its first frame
    need(here, wrong);
    if (frames === 'rest') equal(run.first + run.frames, 2000, `${wrong}; its end`);
    else if (frames !== '?') equal(run.frames, Number(frames), `${wrong}; frames of run ${n}`);
    at = run.first + run.frames;
    n++;
  }
  equal(n, runs.length, `${wrong}; runs`);
}
