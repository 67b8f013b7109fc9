// What was measured of effects, against bench/effects.budget. In: a folder with m0plus.txt and m33.txt (lines `name value`), and --budget to print fresh
// budgets, or --write to write the table into the pages. Out: the table, a line for each complaint: a figure over its budget, without one, or not measured. Exit code 1 if there is any.
import fs from 'node:fs';
import { keep } from '../page.mjs';

const [folder, mode] = process.argv.slice(2);
const BUDGET = 'bench/effects.budget';
const SLACK = 1.02;
const figures = new Map();
for (const core of ['m0plus', 'm33'])
    for (const line of fs.readFileSync(`${folder}/${core}.txt`, 'utf8').trim().split('\n')) {
        const [name, value] = line.split(' ');
        figures.set(`${core}.${name}`, Number(value));
    }
if (mode === '--budget') {
    for (const [name, value] of figures)
        console.log(`${name} ${(value * SLACK).toFixed(1)}`);
    process.exit(0);
}
const limits = new Map(fs.readFileSync(BUDGET, 'utf8').split('\n').filter((line) => line && !line.startsWith('#'))
    .map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]));
const complaints = [];
const names = [...figures.keys()].filter((name) => name.startsWith('m0plus.')).map((name) => name.slice('m0plus.'.length));
console.log('effect'.padEnd(32) + 'M0+ cycles a frame  M33 instructions a frame');
for (const name of names)
    console.log(name.padEnd(32) + `${figures.get(`m0plus.${name}`)}`.padStart(18) + `${figures.get(`m33.${name}`)}`.padStart(26));
for (const [name, value] of figures)
    if (!(value > 0) || !(value <= limits.get(name)))
        complaints.push(`${name} takes ${value}, budget ${limits.get(name) ?? 'none'}`);
for (const name of limits.keys())
    if (!figures.has(name))
        complaints.push(`${name} has a budget and was not measured`);
// Mono and stereo are one row.
const effects = [...new Set(names.map((name) => name.replace(/\.(mono|stereo)$/, '')))];
const pair = (core, effect) => ['mono', 'stereo'].map((channels) => figures.get(`${core}.${effect}.${channels}`).toFixed(0)).join(' / ');
keep(['docs/figures.md', 'README.md'], 'effects', ['| mono / stereo | M0+ cycles | M33 instructions |', '| --- | --: | --: |',
    ...effects.map((effect) => `| ${effect} | ${pair('m0plus', effect)} | ${pair('m33', effect)} |`)].join('\n'), mode === '--write', (complaint) => complaints.push(complaint));
complaints.forEach((complaint) => console.log(`effects: ${complaint}`));
console.log(`effects: ${figures.size} figures, ${complaints.length} complaints`);
process.exit(complaints.length || !figures.size ? 1 : 0);
