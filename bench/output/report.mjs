// What was measured of an output, against budgets and goals, as a table.
//
// In: a folder with rp2040.txt and rp2350.txt (lines `name value`, and `# ...`); the mode: `check` (default), `write` the table, `budgets` to print
// fresh ones. Out: the table; a line for each complaint: a figure over its budget, without one, or not measured; a budget over its goal; a page that
// says something else. Exit code 1 if there is any.
import fs from 'node:fs';
import { keep } from '../page.mjs';

const [folder, mode = 'check'] = process.argv.slice(2);
const CHIPS = ['rp2040', 'rp2350'];
const BUDGET = 'bench/output.budget', PAGES = ['docs/figures.md', 'README.md'];
const SLACK = 1.02; // figures do not wander; another compiler's do

// The design's goals. Cycles are the RP2040's.
const GOALS = {
  rp2040: { isr: 100, 'frame.copy': 3.5, 'frame.u16': 6, 'frame.mono': 6, 'frame.u8': 6, 'frame.lent': 0, 'load.copy.256': 0.5, ram: 2600, 'core.data': 0 },
  rp2350: { ram: 2600, 'core.data': 0 },
};
const goalOf = (chip, name) => GOALS[chip][name] ?? Infinity;
const complaints = [];

function pairs(text) {
  return text.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => line.split(' '));
}

const measured = Object.fromEntries(CHIPS.map((chip) =>
  [chip, new Map(pairs(fs.readFileSync(`${folder}/${chip}.txt`, 'utf8')).map(([name, value]) => [name, Number(value)]))]));

// ---- the table ----------------------------------------------------------------------------------------------------------

const number = (value, digits) => value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

function cell(chip, digits, names) {
  return names.map((name) => {
    const value = measured[chip].get(name);
    if (value === undefined) complaints.push(`${chip}: ${name} was not measured`);
    return value === undefined ? '?' : number(value, digits);
  }).join(' / ');
}

const row = (...cells) => `| ${cells.join(' | ')} |`;
const both = (digits, ...names) => CHIPS.map((chip) => cell(chip, digits, names));
const programs = (prefix, frames = '') => ['copy', 'u16', 'mono', 'u8', 'lent'].map((name) => `${prefix}.${name}${frames && `.${frames}`}`);

function table() {
  return [
    row('an I2S output, stereo, 16 bits', 'RP2040', 'RP2350', 'goal'),
    row('---', '--:', '--:', '--:'),
    row('DMA interrupt, its entry and return included: cycles a slot', cell('rp2040', 0, ['isr']), '', '100'),
    row('a frame more in a slot, copied: cycles; instructions', ...both(1, 'frame.copy'), '3.5'),
    row('converted, from u16 stereo / s16 mono / u8 mono', ...both(1, 'frame.u16', 'frame.mono', 'frame.u8'), '6'),
    row('lent', ...both(1, 'frame.lent'), '0'),
    ...[128, 256, 512].map((frames) =>
      row(`the feed for a slot of ${frames} frames, copied / u16 / s16 mono / u8 mono / lent`, ...both(0, ...programs('feed', frames)), '')),
    ...[128, 256, 512].map((frames) =>
      row(`percent of 125 MHz at 44.1 kHz, slots of ${frames} frames, likewise`, cell('rp2040', 2, programs('load', frames)), '',
        frames === 256 ? '0.5, copied' : '')),
    row('RAM with 2.9 ms queued: bytes', ...both(0, 'ram'), number(GOALS.rp2040.ram, 0)),
    row('of these the output / ring / accounts / source', ...both(0, 'ram.output', 'ram.ring', 'ram.accounts', 'ram.source'), ''),
    row('.data and .bss of the core / of the driver, once for all outputs: bytes', ...both(0, 'core.data', 'driver.data'), '0, core'),
    row('code and constants / of these in SRAM: bytes', ...both(0, 'code', 'code.sram'), ''),
    row('stack below the feed / below the DMA interrupt: bytes', ...both(0, 'stack.feed', 'stack.isr'), ''),
  ].join('\n');
}

const text = table();

// ---- budgets ------------------------------------------------------------------------------------------------------------

const least = (name, value) => (/^(ram|core|driver|stack)/.test(name) ? value : value * SLACK);
const digitsOf = (name) => (/^(frame|load)/.test(name) ? 3 : 0);

if (mode === 'budgets') {
  for (const chip of CHIPS) {
    for (const [name, value] of measured[chip]) {
      const up = 10 ** digitsOf(name);
      console.log(`${chip}.${name} ${Math.min(Math.ceil(least(name, value) * up) / up, goalOf(chip, name)).toFixed(digitsOf(name))}`);
    }
  }
  process.exit(0);
}

const limits = new Map(pairs(fs.readFileSync(BUDGET, 'utf8')).map(([name, value]) => [name, Number(value)]));
for (const chip of CHIPS) {
  for (const [name, value] of measured[chip]) {
    const limit = limits.get(`${chip}.${name}`);
    if (limit === undefined) complaints.push(`${chip}: ${name} has no budget`);
    else if (value > limit) complaints.push(`${chip}: ${name} is ${value}, budget ${limit}`);
  }
  for (const name of Object.keys(GOALS[chip])) if (!measured[chip].has(name)) complaints.push(`${chip}: ${name} has a goal and was not measured`);
}
for (const [full, limit] of limits) {
  const [, chip, name] = /^(\w+)\.(.*)$/.exec(full);
  if (!measured[chip]?.has(name)) complaints.push(`${full} has a budget and was not measured`);
  else if (limit > goalOf(chip, name)) complaints.push(`the budget of ${full}, ${limit}, is over the design's ${goalOf(chip, name)}`);
}

// ---- the pages ----------------------------------------------------------------------------------------------------------

console.log(text);
keep(PAGES, 'output', text, mode === 'write', (complaint) => complaints.push(complaint));
for (const complaint of complaints) console.log(`output: ${complaint}`);
console.log(`output: ${CHIPS.map((chip) => `${measured[chip].size} figures on ${chip}`).join(', ')}, ${complaints.length} complaints`);
process.exit(complaints.length ? 1 : 0);
