// An echo's inner loop on an emulated Cortex-M0+: the assembly and the portable one must leave the same line and the same sound, and touch nothing else.
//
// In: an image that has both (m0plus_echo.sh links it) and echo_equal.c, which makes rounds of 0 to 70 samples, of any level and delay. Out: a count; a sentence and
// exit code 1 at the first round that differs.
import { Machine } from '../support/arm/emulator.mjs';

const machine = new Machine(process.argv[2]);
const ROUNDS = 100, CALLS = 12;
for (let call = 0; call < CALLS; call++) {
    const differs = machine.call('echo_equal', ROUNDS).result;
    if (differs) {
        console.log(`echo: round ${call * ROUNDS + differs} differs between the assembly and the portable loop`);
        process.exit(1);
    }
}
console.log(`echo: ${CALLS * ROUNDS} rounds, the assembly equal to the portable loop`);
