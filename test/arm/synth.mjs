// The synthesizer's loops on an emulated Cortex-M0+, this processor's against the portable ones: random waveforms, loops, gains, counts and filters, at and around their limits.
//
// In: an image with synth_equal.c in it. Out: counts; a sentence with the seed and exit code 1 at the first difference.
import { Machine } from '../support/arm/emulator.mjs';

const machine = new Machine(process.argv[2]);
const ROUNDS = 600;
const compared = {};
for (const name of ['equal_oscillators', 'equal_samples', 'equal_bus', 'equal_biquads']) {
    compared[name] = 0;
    for (let seed = 1; seed <= ROUNDS; seed++) {
        const { result } = machine.call(name, Math.imul(seed, 0x9e3779b1) | (seed & 1));
        if (result === 0) {
            const what = machine.view.getUint32(machine.address('equal_what') - 0x20000000, true);
            console.log(`${name} ${seed}: ${machine.text(what)} differs from the portable one`);
            process.exit(1);
        }
        compared[name] += result - 1;
    }
}
console.log(Object.entries(compared).map(([name, count]) => `${name} ${count}`).join(', '));
if (Object.values(compared).some((count) => count < 20 * ROUNDS))
    process.exit(1);
