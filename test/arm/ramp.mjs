// The tail behind a frame on an emulated Cortex-M0+: this processor's variant, the portable one, and the definition, which is
// floor(value * k / 64) for k from 63 down to 0, must give the same words.
//
// In: an image that has both (m0plus_ramp.sh links it). Values: every sample of 16 bits on either side, beside a random one on the other;
// every pair of levels of some of PWM's ranges' edges, and random ones; each with a random number of frames that are elsewhere already. Out: a
// count; a sentence and exit code 1 at the first word that differs.
import { Machine } from '../support/arm/emulator.mjs';

const machine = new Machine(process.argv[2]);
const RAMP = 64, GUARD_BYTES = 16, GUARD = 0xa5;
const WIRE = { s16: 0, pwm: 3 };
const form = machine.address('kernels_in'), from = form + 64;
const outs = { ta_ramp_tail: machine.address('kernels_out'), portable_ramp_tail: machine.address('kernels_portable_out') };

function fail(text) {
    console.log(text);
    process.exit(1);
}

let seed = 0x70a1;
function random(below) {
    seed ^= seed << 13; // xorshift32
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) % below;
}

function words(...values) {
    return new Uint8Array(Uint32Array.from(values).buffer);
}

function setForm(wire, top) {
    machine.write(form, words(wire, 64, 3, 0, top));
}

let tails = 0;
// value: what is above or below silence, left and right; silence: the word of it.
function check(value, silence, done) {
    const word = (left, right) => (((silence >>> 16) + right & 0xffff) * 65536 + ((silence & 0xffff) + left & 0xffff)) >>> 0;
    machine.write(from, words(word(...value)));
    const got = Object.entries(outs).map(([name, out]) => {
        const room = machine.read(out, 4 * RAMP + 2 * GUARD_BYTES);
        room.fill(GUARD);
        const loud = machine.call(name, form, out + GUARD_BYTES, from, done).result;
        for (const edge of [room.subarray(0, GUARD_BYTES), room.subarray(-GUARD_BYTES)])
            if (edge.some((byte) => byte !== GUARD))
                fail(`${name} writes outside of its output`);
        return { name, loud, tail: new Uint32Array(room.buffer, room.byteOffset + GUARD_BYTES, RAMP) };
    });
    for (let i = 0; i < RAMP; i++) {
        const k = Math.max(0, RAMP - 1 - i - done);
        const wanted = word(...value.map((v) => Math.floor((v * k) / RAMP)));
        for (const { name, tail } of got)
            if (tail[i] !== wanted)
                fail(`${name} from ${value}, ${done} elsewhere: frame ${i} is 0x${tail[i].toString(16)}, must be 0x${wanted.toString(16)}`);
    }
    if (got[0].loud !== got[1].loud)
        fail(`from ${value}: loudness ${got[0].loud} and ${got[1].loud}`);
    tails++;
}

const elsewhere = () => (random(4) ? 0 : random(RAMP + 8));

setForm(WIRE.s16, 0);
for (let value = -32768; value < 32768; value++) {
    const other = random(65536) - 32768;
    check([value, other], 0, elsewhere());
    check([other, value], 0, elsewhere());
}
for (const left of [-32768, -65, -64, -63, -1, 0, 1, 63, 64, 32767])
    for (const right of [-32768, -65, -64, -63, -1, 0, 1, 63, 64, 32767])
        for (let done = 0; done <= RAMP + 1; done++)
            check([left, right], 0, done);
const before = tails;
for (const top of [255, 256, 511, 512, 1023, 1024, 2047]) {
    setForm(WIRE.pwm, top);
    const middle = (top + 1) >> 1, silence = middle * 65537;
    for (let level = 0; level <= top + 1; level++)
        for (const other of [0, random(top + 2), top + 1])
            check([level - middle, other - middle], silence, elsewhere());
}
console.log(`${tails} tails, ${tails - before} of them of PWM`);
if (before !== 2 * 65536 + 100 * (RAMP + 2))
    fail('not all of them');
