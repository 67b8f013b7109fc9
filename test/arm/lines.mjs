// Freeverb's loops on an emulated Cortex-M0+: this processor's variants and the portable ones must leave the same memory, before and behind the frames, too.
// In: an image that has both (m0plus_lines.sh links it). Out: a count; a sentence and exit code 1 at the first difference.
import { Machine } from '../support/arm/emulator.mjs';

const machine = new Machine(process.argv[2]);
const CALLS = 40, ROUNDS = 900; // lengths 1 to 9, each a hundred times
for (let call = 0; call < CALLS; call++) {
    const differs = machine.call('lines_compare', ROUNDS).result;
    if (differs !== 0) {
        console.log(`lines: call ${call}, round ${differs - 1}: the variants differ`);
        process.exit(1);
    }
}
console.log(`lines: ${CALLS * ROUNDS} rounds of combs and of allpasses are equal`);
