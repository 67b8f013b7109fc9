// The synthesizer's cycles on an emulated Cortex-M0+, its instructions on a Cortex-M33, and their budgets.
//
// In: an image for the M0+ with synth_jobs.c in it, the M33's lines `name instructions`, the budget file, `check`, `write` or `budget`. Out: a line `name cycles instructions` for each
// figure; with `budget` the file as it should be; a sentence for each complaint, and exit code 1 if there is one.
import fs from 'node:fs';
import { keep } from '../page.mjs';
import { Machine } from '../../test/support/arm/emulator.mjs';

const [image, m33File, budgetFile, mode] = process.argv.slice(2);
const GOALS = { 'synth.mono.8': 24, 'synth.mono.24': 24, 'synth.stereo.8': 34, 'synth.stereo.24': 34 }; // DESIGN.md's, M0+
const SLACK = 1.02;

const lines = (file) => fs.readFileSync(file, 'utf8').split('\n').filter((line) => line && !line.startsWith('#')).map((line) => line.split(' '));
const m33 = new Map(lines(m33File).map(([name, value]) => [name, Number(value)]));
const machine = new Machine(image);

function runCycles() {
    machine.call('bench_run'); // once before it counts: what is worked out once is not a tick's
    machine.call('bench_run');
    return machine.call('bench_run').cycles;
}

machine.call('bench_nothing');
const call = runCycles();
const figures = new Map();
for (let index = 0; ; index++) {
    const frames = machine.call('bench_job', index).result;
    if (frames === 0)
        break;
    const name = machine.text(machine.address('bench_name'));
    figures.set(name, [(runCycles() - call) / frames, m33.get(name)]);
}

if (mode === 'budget') {
    console.log(fs.readFileSync(budgetFile, 'utf8').split('\n').filter((line) => line.startsWith('#')).join('\n'));
    for (const [name, [cycles, instructions]] of figures)
        console.log(`${name} ${Math.min(cycles * SLACK, GOALS[name] ?? Infinity).toFixed(2)} ${(instructions * SLACK).toFixed(2)}`);
    process.exit(0);
}
const complaints = [];
const budgets = new Map(lines(budgetFile).map(([name, ...limits]) => [name, limits.map(Number)]));
for (const [name, values] of figures) {
    console.log(`${name.padEnd(28)} ${values.map((value) => (value ?? NaN).toFixed(2).padStart(8)).join(' ')}`);
    const limits = budgets.get(name) ?? [];
    values.forEach((value, core) => {
        if (!(value <= limits[core]))
            complaints.push(`${name} takes ${value?.toFixed(2)} ${['cycles on the M0+', 'instructions on the M33'][core]}, budget ${limits[core]}`);
    });
    if (limits[0] > (GOALS[name] ?? Infinity))
        complaints.push(`the budget of ${name} is over the design's ${GOALS[name]}`);
}
for (const name of budgets.keys())
    if (!figures.has(name))
        complaints.push(`${name} has a budget and was not measured`);
const named = {
    'synth.mono.1': 'mono, 1 note', 'synth.mono.8': '8 notes', 'synth.mono.24': '24 notes', 'synth.stereo.1': 'stereo, 1 note', 'synth.stereo.8': '8 notes',
    'synth.stereo.24': '24 notes', 'synth.ring.mono.8': 'ring modulation, mono, 8 notes', 'synth.filter.mono.8': 'with a filter, mono, 8 notes',
    'synth.interpolated.mono.8': 'interpolated, mono, 8 notes', 'synth.saw.mono.8': 'sawtooth without aliases, mono, 8 notes',
    'synth.lfos.stereo.8': 'with three LFOs, stereo, 8 notes', 'synth.all.stereo.8': 'all of it, stereo, 8 notes',
};
const rows = Object.entries(named).map(([name, text]) => `| ${text} | ${figures.get(name).map((value) => value.toFixed(1)).join(' | ')} |`);
keep(['docs/figures.md', 'README.md'], 'synth', ['| | M0+ cycles | M33 instructions |', '| --- | --: | --: |', ...rows].join('\n'), mode === 'write',
    (complaint) => complaints.push(complaint));
for (const complaint of complaints)
    console.log(`synth: ${complaint}`);
console.log(`synth: ${figures.size} figures on each core, ${complaints.length} complaints`);
process.exit(complaints.length || figures.size === 0 ? 1 : 0);
