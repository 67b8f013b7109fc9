// The resampler's sums on an emulated Cortex-M0+: this processor's and the portable ones must be the same numbers.
//
// In: an image of resamples.c (m0plus_resample.sh links it). Values: places and strides as the machine has them, unstretched, up to twice, up to
// sixteen times; noise, and full scale that drives the sums to their bounds. Out: a count; a sentence and exit code 1 at the first that differs.
import { Machine } from '../support/arm/emulator.mjs';

const machine = new Machine(process.argv[2]);
const KINDS = ['line, mono', 'line, stereo', 'parabola, mono', 'parabola, stereo'];
const ROUNDS = [[256, 160], [512, 60], [16 * 256, 14]];

for (const [which, name] of KINDS.entries()) {
    for (const [most, rounds] of ROUNDS) {
        if (machine.call('resamples_check', which, most, rounds).result !== 0) {
            const words = new Int32Array(machine.read(machine.address('resamples_side'), 40).slice().buffer);
            const sums = new BigInt64Array(machine.read(machine.address('resamples_wrong'), 32).slice().buffer);
            console.log(`${name}, stretched up to ${most / 256}: sums ${sums.join(', ')} for place ${words[1]}, stride ${words[2]}, ${words[4]} taps`);
            process.exit(1);
        }
    }
}
for (const channels of [1, 2]) {
    if (machine.call('resamples_rows', channels, 900).result !== 0) {
        const out = new Int16Array(machine.read(machine.address('resamples_out'), 8).slice().buffer);
        console.log(`rows, ${channels} channels: frame ${out.slice(0, 2)} is ${out.slice(2)} by the portable ones`);
        process.exit(1);
    }
}
const taps = machine.view.getUint32(machine.address('resamples_taps') - 0x20000000, true);
console.log(`m0plus_resample: ${taps} taps in ${KINDS.length + 2} kinds are the portable ones' to the bit`);
if (taps < 110000)
    process.exit(1);
