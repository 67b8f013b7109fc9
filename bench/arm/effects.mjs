// Cycles of effects on an emulated Cortex-M0+. In: an image with effects.c in it. Out: a line `name cycles` for each, cycles a frame.
import { Machine } from '../../test/support/arm/emulator.mjs';

const machine = new Machine(process.argv[2]);
const ROUNDS = 9; // lines of a reverberation are full by then

function runCycles() {
    for (let round = 1; round < ROUNDS; round++)
        machine.call('bench_run');
    return machine.call('bench_run').cycles;
}

machine.call('bench_nothing');
const call = runCycles();
for (let index = 0; ; index++) {
    const frames = machine.call('bench_job', index).result;
    if (frames === 0)
        break;
    const name = machine.text(machine.address('bench_name'));
    console.log(`${name} ${((runCycles() - call) / frames).toFixed(1)}`);
}
