// A mixer's arithmetic on an emulated Cortex-M0+, which stops at a misaligned access: the processor's own parts give the sums and samples of the portable ones, for
// every 16-bit value, every gain of mixes.c, every length up to 40 frames, either half of a word; and a mixer's sources may lie at any address (W8).
//
// In: an image of mixes.c and mixer_w8.c (m0plus_mix.sh links it). Out: a count; a sentence and exit code 1 at the first difference.
import { Machine } from '../support/arm/emulator.mjs';

const machine = new Machine(process.argv[2]);
const KERNELS = 8, GAINS = 16, CHUNK = 512, FINISHES = 64, SAMPLES = 7;

function same(name, ...words) {
    const { result } = machine.call(name, ...words);
    if (result !== 0) {
        console.log(`${name}(${words.join(', ')}) differs: ${result}`);
        process.exit(1);
    }
}

// Of mixes.c: the last two kernels have no own part here, so their lengths are enough; the gain at which all values are tried is 21845.
const OWN = KERNELS - 2, FULL = GAINS - 1, EVERY = 64;
for (let kernel = 0; kernel < KERNELS; kernel++) {
    for (let gain = 0; gain < GAINS; gain++) {
        same('mixes_lengths', kernel, gain);
        const step = gain === FULL ? 1 : EVERY; // elsewhere every 64th chunk, another one each time
        for (let chunk = step > 1 ? (gain * 7 + kernel * 13) % EVERY : 0; kernel < OWN && chunk < 65536 / CHUNK; chunk += step)
            same('mixes_values', kernel, gain, chunk * CHUNK);
    }
}
for (let turn = 0; turn < FINISHES; turn++)
    same('mixes_finish', turn);
let mixers = 0;
for (let sample = 0; sample < SAMPLES; sample++)
    for (let way = 0; way < 2 * 4 * 2; way++, mixers++)
        same('mixer_w8', sample, way % 2 + 1, way >> 2, (way >> 1) % 2 + 1);
const compared = machine.call('mixes_compared').result;
console.log(`mixing: ${compared} frames are the portable ones; ${mixers} mixers play from any address`);
if (compared < 7e5 || mixers !== SAMPLES * 16) {
    console.log('not all of them');
    process.exit(1);
}
