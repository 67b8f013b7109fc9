// What tests share: a sentence for whatever is not as it must be, and the way to the build.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const BUILD = process.env.BUILD ?? 'build';

export class Wrong extends Error {}

export function need(condition, sentence) {
  if (!condition) throw new Wrong(sentence);
}

export function equal(got, wanted, what) {
  need(Object.is(got, wanted), `${what} is ${got}, must be ${wanted}`);
}

/** A firmware image for the Pico. */
export function image(name, end = 'elf') {
  return join(BUILD, 'firmware', 'pico', `${name}.${end}`);
}

/** Run every test; what fails is told, and the others run on. */
export function runTests(tests) {
  let failed = 0, ran = 0;
  const only = process.argv[2] ? new RegExp(process.argv[2]) : null;
  for (const [name, test] of Object.entries(tests)) {
    if (only && !only.test(name)) continue;
    const began = process.hrtime.bigint();
    ran++;
    try {
      const said = test();
      const seconds = Number(process.hrtime.bigint() - began) / 1e9;
      console.log(`ok    ${name}${said ? `: ${said}` : ''} (${seconds.toFixed(1)} s)`);
    } catch (error) {
      failed++;
      console.log(`FAIL  ${name}: ${error instanceof Wrong ? error.message : error.stack}`);
    }
  }
  console.log(`${ran - failed} passed, ${failed} failed`);
  process.exitCode = failed || ran === 0 ? 1 : 0;
}

/** What the same program gives on the virtual chip: {words: Int32Array, two a frame; text}. input: what is typed; flash: "offset,file". */
export function onVirtualChip(name, pins = '9,10,11,16', { input = '', flash } = {}) {
  const file = join(scratch(), `${name}.frames`);
  const env = { ...process.env, TONEARM_FRAMES: file, TONEARM_PINS: pins, TONEARM_BOARD: 'pico' };
  if (flash) env.TONEARM_FLASH = flash;
  const text = execFileSync(join(BUILD, 'test', 'programs', name), { env, encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'] });
  const bytes = readFileSync(file);
  return { words: new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), text };
}

/** A folder for what a test writes. */
export function scratch() {
  return process.env.TMPDIR ?? '/tmp';
}

/** Frames without the silence before and behind: {words, before, behind} in frames. */
export function sound(words) {
  let first = 0, last = words.length - 1;
  while (first <= last && words[first] === 0) first++;
  while (last >= first && words[last] === 0) last--;
  const from = first >> 1, to = (last >> 1) + 1;
  return { words: words.subarray(2 * from, 2 * to), before: from, behind: words.length / 2 - to };
}

/** Both must have the same frames, bit by bit. */
export function sameFrames(got, wanted, what) {
  const frames = Math.min(got.length, wanted.length) / 2;
  for (let n = 0; n < 2 * frames; n++) {
    if (got[n] !== wanted[n]) {
      throw new Wrong(`${what}: frame ${n >> 1} ${n & 1 ? 'right' : 'left'} is ${got[n]}, must be ${wanted[n]}`);
    }
  }
  equal(got.length / 2, wanted.length / 2, `${what}: frames`);
}
