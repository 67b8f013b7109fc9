// Cycles on an emulated Cortex-M0+. In: an image with jobs.c in it, and one with heap_jobs.c. Out: a line `name cycles` for each figure, cycles a frame
// for conversions; the heap's calls by mean and worst, from the first instruction of ta_tlsf_malloc or ta_tlsf_free to the
// return; and for each seed `seed refusals fill digest`, on lines that start with #.
import { Machine } from '../../test/support/arm/emulator.mjs';

const machine = new Machine(process.argv[2]);

function runCycles() {
    machine.call('bench_run'); // once before it counts
    return machine.call('bench_run').cycles;
}

machine.call('bench_nothing');
const call = runCycles();
for (let index = 0; ; index++) {
    const frames = machine.call('bench_job', index).result;
    if (frames === 0)
        break;
    const name = machine.text(machine.address('bench_name'));
    console.log(`${name} ${((runCycles() - call) / frames).toFixed(3)}`);
}

const heap = new Machine(process.argv[3]);
const { core } = heap;
const calls = { ta_tlsf_malloc: [], ta_tlsf_free: [] };
const entries = new Map(Object.keys(calls).map((name) => [heap.address(name) & ~1, calls[name]]));
const SEEDS = 8;
for (let seed = 0x1234567; seed < 0x1234567 + SEEDS; seed++) {
    let back = 0;
    let began = 0;
    let list = null;
    const result = heap.call('bench_heap', seed, {
        each: () => {
            if (list === null && entries.has(core.PC)) {
                list = entries.get(core.PC);
                began = core.cycles;
                back = core.LR & ~1;
            } else if (list !== null && core.PC === back) {
                list.push(core.cycles - began);
                list = null;
            }
        },
    }).result;
    if (result === 0xffffffff)
        throw new Error(`seed 0x${seed.toString(16)}: the heap is damaged`);
    const digest = heap.view.getUint32(heap.address('bench_heap_digest') - 0x20000000, true);
    console.log(`# 0x${seed.toString(16)} ${result & 0xffff} ${result >>> 16} ${digest.toString(16).padStart(8, '0')}`);
}
for (const [name, list] of Object.entries(calls)) {
    const short = name.slice('ta_tlsf_'.length);
    console.log(`heap.${short}.mean ${(list.reduce((sum, cycles) => sum + cycles, 0) / list.length).toFixed(1)}`);
    console.log(`heap.${short}.worst ${list.reduce((most, cycles) => Math.max(most, cycles), 0)}`);
    console.log(`# ${short} ${list.length}`);
}
