// What was measured on the Arm cores, against budgets and goals, as a page.
//
// In: a folder with m0plus.txt and m33.txt (lines `name value`, and `# ...`), heap.txt (the desktop's seeds); the mode:
// `check` (default), `write` the page, `budgets` to print fresh ones. Out: the table; a line for each complaint: a figure over
// its budget, without one, or not measured; a budget over its goal; an M33 over the M0+; a heap that decides otherwise than
// the desktop's; a page that says something else. Exit code 1 if there is any.
import fs from 'node:fs';
import { empty, same, without, withThoseOf } from '../page.mjs';

const [folder, mode = 'check'] = process.argv.slice(2);
const PAGE = 'docs/figures.md';
const CORES = ['m0plus', 'm33'];
const SLACK = 1.02; // figures do not wander; another compiler's do

// The design's numbers to beat: cycles on the Cortex-M0+, instructions on the M33.
const GOALS = {
    's16.stereo.s16': 3.5, 'u16.stereo.s16': 5, 'u8.mono.s16': 6, 's16.mono.s16': 5.5, 'pwm.shaped.s16.pwm': 30,
    'pwm.shaped.s32.pwm': 30,
    'mix.s16.stereo.2': 35, 'mix.s16.stereo.8': 22, 'mix.any.stereo.2': 35, 'mix.any.stereo.8': 22,
    'heap.malloc.mean': 250, 'heap.malloc.worst': 350, 'heap.free.mean': 160, 'heap.free.worst': 300,
};
const M33_GOALS = { 'mix.s16.stereo.2': 12, 'mix.s16.stereo.8': 12, 'mix.any.stereo.2': 12, 'mix.any.stereo.8': 12 };
const REFUSALS_MAX = 71;
const FILL_MIN = 82;

const OTHERS = ['output', 'synth', 'effects']; // tables that other benches write

const complaints = [];

function readFigures(core) {
    const figures = new Map();
    const seeds = [];
    for (const line of fs.readFileSync(`${folder}/${core}.txt`, 'utf8').trim().split('\n')) {
        const words = line.split(' ');
        if (line.startsWith('# 0x'))
            seeds.push(words.slice(1).join(' '));
        else if (!line.startsWith('#'))
            figures.set(words[0], Number(words[1]));
    }
    return { figures, seeds };
}

function readBudget(core) {
    const limits = new Map();
    for (const line of fs.readFileSync(`bench/${core}.budget`, 'utf8').split('\n'))
        if (line && !line.startsWith('#'))
            limits.set(line.split(' ')[0], Number(line.split(' ')[1]));
    return limits;
}

const measured = Object.fromEntries(CORES.map((core) => [core, readFigures(core)]));

// ---- the heap ---------------------------------------------------------------------------------------------------------

// The desktop prints mallocs and frees too: seed mallocs frees refusals fill digest.
const desktop = fs.readFileSync(`${folder}/heap.txt`, 'utf8').trim().split('\n').map((line) => {
    const [seed, , , refusals, fill, digest] = line.split(' ');
    return `${seed} ${refusals} ${fill} ${digest}`;
});
for (const core of CORES)
    if (measured[core].seeds.length !== 8 || measured[core].seeds.join('\n') !== desktop.join('\n'))
        complaints.push(`${core}: the heap decides otherwise than on the desktop, or not for eight seeds`);
const refusals = desktop.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
const fill = desktop.reduce((sum, line) => sum + Number(line.split(' ')[2]), 0) / desktop.length / 10;
if (refusals > REFUSALS_MAX || fill < FILL_MIN)
    complaints.push(`heap: ${refusals} refusals, fill ${fill.toFixed(1)} %`);

// ---- the page ---------------------------------------------------------------------------------------------------------

function cell(core, name, digits = 1) {
    const value = measured[core].figures.get(name);
    if (value === undefined) {
        complaints.push(`${core}: ${name} was not measured`);
        return '?';
    }
    shown.add(name);
    return value.toFixed(digits);
}

const shown = new Set();
const row = (...cells) => `| ${cells.join(' | ')} |`;
const both = (...names) => CORES.flatMap((core) => names.map((name) => cell(core, name)));
const head = (...titles) => [row(...titles), row(...titles.map((_, i) => (i ? '--:' : '---')))];

const SAMPLES = ['u8', 's8', 'u16', 's16', 's24', 's24in32', 's32'];
const SHAPES = [['identity', 'nothing'], ['mono', 'downmix'], ['quieter', 'volume below 1'], ['quieter+mono', 'both'],
    ['louder', 'volume above 1'], ['quieter+dither', 'volume and dither'], ['ramp', 'volume on its way']];

const MIXES = [['s16.stereo.1', 's16 stereo, 1 voice'], ['s16.stereo.2', '2 voices'], ['s16.stereo.8', '8 voices'],
    ['any.stereo.2', 'any other level, 2 voices'], ['any.stereo.8', '8 voices'],
    ['panned.stereo.8', 'any other level, each panned elsewhere, 8 voices'], ['ramp.stereo.2', 'level on its way in each block, 2 voices'],
    ['s16.mono.2', 's16 mono, 2 voices'], ['s16.mono.8', '8 voices'], ['s16.spread.2', 's16 mono in stereo, 2 voices'], ['s16.spread.8', '8 voices'],
    ['s16.down.2', 's16 stereo in mono, 2 voices'], ['u8.stereo.2', 'u8 stereo, 2 voices'], ['u8.mono.2', 'u8 mono, 2 voices'],
    ['u16.stereo.2', 'u16 stereo, 2 voices'], ['s24.stereo.2', 's24 in s16 stereo, 2 voices'],
    ...['linear', 'good'].flatMap((quality) => ['', '+down'].flatMap((way) => ['mono', 'stereo'].map((channels) =>
        [`${quality}${way}.${channels}.2`, `resampled (${quality}) from ${way ? '48 to 44.1' : '44.1 to 48'} kHz, ${channels}, 2 voices`])))];
const WAVS = [['s16.mono', 's16 mono'], ['s32.stereo', 's32 stereo'], ['float32.mono', 'float32 mono'], ['float32.stereo', 'float32 stereo'],
    ['s16.3', 's16, 3 channels'], ['s32.8', 's32, 8 channels']];

function page() {
    const m0 = (name) => cell('m0plus', name, 2);
    return [
        '# Figures',
        '',
        'Written by `bench/arm.sh --write`, from what it measured; `make test` fails when this page says something else. Cycles of',
        'the Cortex-M0+ (RP2040) are those of the rp2040js emulator, which counts loads, stores, branches and multiplies as the',
        'processor does, and PUSH with LR and POP with PC one cycle low. Instructions of the Cortex-M33 (RP2350) are those of qemu',
        'with -icount: not cycles. Compiled by gcc 12 with -O2; code and data in SRAM. A call of a kernel costs about 20 cycles',
        'besides, and is in the figures.',
        '',
        '## Against others',
        '',
        ...head('work', 'others', 'Tonearm, slot of 128', 'of 32'),
        row('s16 to s16, stereo, cycles a frame, M0+', 'CircuitPython 60.7', `${m0('s16.stereo.s16')}, 0 when lent`, m0('s16.stereo.s16@32')),
        row('u16 to s16, stereo', 'CircuitPython 74.7, pico-extras 10.1', m0('u16.stereo.s16'), m0('u16.stereo.s16@32')),
        row('u8 mono to s16 stereo', 'CircuitPython 14.0, pico-extras 14.1', m0('u8.mono.s16'), m0('u8.mono.s16@32')),
        row('s16 mono to stereo', 'CircuitPython 12.1, pico-extras 13.1', m0('s16.mono.s16'), m0('s16.mono.s16@32')),
        '',
        '## An output that plays from memory',
        '',
        'Written by `bench/output.sh --write`, and held to `bench/output.budget`. Both interrupts, their entry (15 cycles) and return (12)',
        'included; code in flash, whose misses the emulator does not count; pico-sdk as a Release build has it. Copied is 16-bit',
        'stereo; lent, too, but DMA reads it where it lies. Instructions are without the reads of the chip\'s registers, which qemu has not. RAM is everything: the output, the ring of 3 slots with their tails and silence, tables, one record of a hole, and',
        'the source. Code is all that an image has of the library with an I2S output and a source from memory. Stack is added up along the',
        'deepest way through the calls, with a source from memory.',
        '',
        empty('output'),
        '',
        '## Conversion: a frame, in slots of 128',
        '',
        ...head('from', 'M0+ cycles to 16 bits', 'to 24', 'to 32', 'M33 instructions to 16 bits', 'to 24', 'to 32'),
        ...SAMPLES.flatMap((sample) => ['mono', 'stereo'].map((channels) =>
            row(`${sample} ${channels}`, ...both(...['s16', 's24', 's32'].map((wire) => `${sample}.${channels}.${wire}`))))),
        ...SAMPLES.map((sample) => row(`${sample} stereo, odd address`, cell('m0plus', `${sample}+1.stereo.s16`), '', '',
            cell('m33', `${sample}+1.stereo.s16`), '', '')),
        row('float32 to s32, a sample', '', '', cell('m0plus', 'float32.s32'), '', '', cell('m33', 'float32.s32')),
        '',
        '## Volume, downmix, dither: a stereo frame, conversion included',
        '',
        ...head('', 'M0+ cycles s16 to 16 bits', 's24 to 16', 's32 to 24', 'M33 instructions s16 to 16 bits', 's24 to 16', 's32 to 24'),
        ...SHAPES.map(([name, text]) => row(text, ...both(...['s16.s16', 's24.s16', 's32.s24'].map((pair) => `shape.${name}.${pair}`)))),
        '',
        '## PWM levels: a stereo frame, conversion included',
        '',
        ...head('', 'M0+ cycles', 'M33 instructions'),
        ...[['plain', 's16', 'plain'], ['shaped', 's16', 'shaped'], ['shaped+quieter', 's16', 'shaped, volume below 1'],
            ['shaped+mono', 's16', 'shaped, downmix'], ['shaped', 's32', 'shaped, from s32'], ['dithered', 's16', 'dithered']]
            .map(([name, sample, text]) => row(text, ...both(`pwm.${name}.${sample}.pwm`))),
        '',
        '## The mixer: a frame and voice, in blocks of 128',
        '',
        'Voices at one over their number, in the middle, over memory; all that a block costs is in it. Levels that are a multiple of 1/128 need no shift on',
        'the Cortex-M0+; any other level is told apart. CircuitPython\'s Mixer takes 755 cycles with 2 voices and 765 with 8, or 50 to 56 instructions.',
        '',
        ...head('', 'M0+ cycles', 'M33 instructions'),
        ...MIXES.map(([name, text]) => row(text, ...both(`mix.${name}`))),
        '',
        '## Synthesizer: a frame and a note',
        '',
        'Written by `bench/synth.sh --write`, and held to `bench/synth.budget`. CircuitPython\'s synthio takes 71 cycles mono and 96 stereo.',
        '',
        empty('synth'),
        '',
        '## Effects: a frame, mono / stereo, full-scale noise',
        '',
        'Written by `bench/effects.sh --write`, and held to `bench/effects.budget`. The way in and out is in each: it is what a filter costs that only copies.',
        '',
        empty('effects'),
        '',
        '## Resampling: an output frame, between 44.1 and 48 kHz, its source read from memory',
        '',
        'Up is 44.1 to 48 kHz. s32 is for sources and wires of 24 and 32 bits. At 48 kHz RP2040 has 2,604 cycles a frame at 125 MHz, RP2350 3,125 at',
        '150 MHz. How good each quality sounds, `test/sweep/test_resample_quality.c` prints.',
        '',
        ...head('', 'M0+ cycles up', 'down', 'M33 instructions up', 'down'),
        ...['linear', 'good', 'best'].flatMap((quality) => ['s16', 's32'].flatMap((sample) => ['mono', 'stereo'].map((channels) =>
            row(`${quality}, ${sample} ${channels}`, ...both(...['up', 'down'].map((way) => `resample.${quality}.${channels}.${sample}.${way}`)))))),
        '',
        '## Reading WAV files: a frame, in buffers of 256, from a stream over memory',
        '',
        'What a file system takes comes on top; the copy that stands for it here is in each figure.',
        '',
        ...head('', 'M0+ cycles', 'M33 instructions'),
        ...WAVS.map(([name, text]) => row(text, ...both(`wav.${name}`))),
        '',
        '## The heap (TLSF): 128 KiB, 20,000 operations, 8 seeds',
        '',
        ...head('', 'M0+ cycles mean', 'worst', 'M33 instructions mean', 'worst'),
        ...['malloc', 'free'].map((name) => row(name, ...both(`heap.${name}.mean`, `heap.${name}.worst`))),
        '',
        `${refusals} requests refused; ${fill.toFixed(1)} % full when a 4 KiB request first fails, mean of the seeds. mattconte's TLSF on the M0+:`,
        'malloc 362 and 508, free 231 and 409, 77 % full.',
        '',
    ].join('\n');
}

const text = page();

// ---- budgets ----------------------------------------------------------------------------------------------------------

if (mode === 'budgets') {
    for (const core of CORES) {
        console.log(`== bench/${core}.budget`);
        for (const [name, value] of measured[core].figures)
            console.log(`${name} ${Math.min(value * SLACK, core === 'm0plus' ? (GOALS[name] ?? Infinity) : (M33_GOALS[name] ?? Infinity)).toFixed(2)}`);
    }
    process.exit(0);
}

for (const core of CORES) {
    const limits = readBudget(core);
    for (const [name, value] of measured[core].figures) {
        if (!limits.has(name))
            complaints.push(`${core}: ${name} has no budget`);
        else if (value > limits.get(name))
            complaints.push(`${core}: ${name} takes ${value}, budget ${limits.get(name)}`);
        if (core === 'm0plus' && !shown.has(name))
            complaints.push(`${name} is not on the page`);
    }
    const goals = core === 'm0plus' ? GOALS : M33_GOALS;
    for (const [name, limit] of limits) {
        if (!measured[core].figures.has(name))
            complaints.push(`${core}: ${name} has a budget and was not measured`);
        if (limit > (goals[name] ?? Infinity))
            complaints.push(`${core}: the budget of ${name}, ${limit}, is over the design's ${goals[name]}`);
    }
}
for (const [name, value] of measured.m33.figures)
    if (value > measured.m0plus.figures.get(name))
        complaints.push(`m33: ${name} takes ${value}, more than the M0+'s ${measured.m0plus.figures.get(name)}`);

const now = fs.existsSync(PAGE) ? fs.readFileSync(PAGE, 'utf8') : '';
if (mode === 'write')
    fs.writeFileSync(PAGE, withThoseOf(text, now, OTHERS));
console.log(text);
if (mode !== 'write' && !same(without(now, OTHERS), text))
    complaints.push(`${PAGE} does not say what was measured: bench/arm.sh --write`);
for (const complaint of complaints)
    console.log(`arm: ${complaint}`);
console.log(`arm: ${CORES.map((core) => `${measured[core].figures.size} figures on ${core}`).join(', ')}, ${complaints.length} complaints`);
process.exit(complaints.length ? 1 : 0);
