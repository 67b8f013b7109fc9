// The general path on an emulated Cortex-M0+: this processor's stages against the portable ones, frames and state.
//
// In: an image that has both (m0plus_shape.sh links it). For each of the stages all 16-bit values at many gains, or edges and
// 10^6 random samples of 32 bits, in calls of every small size and of large ones; ramps; PWM at odd and even tops with runs
// of zeros of every length around the one that puts it to rest. What the portable stages give is test/sweep's business.
// Out: counts; a sentence and exit code 1 at the first difference.
import { Machine } from '../support/arm/emulator.mjs';

const machine = new Machine(process.argv[2]);
const S16 = 3;
const S24 = 4;
const S32 = 6;
const PWM = 3;
const UNITY = 0x10000;
const ROOM = 8192; // frames of the widest wire
const input = machine.address('kernels_in');
const outs = [machine.address('kernels_out'), machine.address('kernels_portable_out')];
const stateBytes = machine.call('shapes_bytes').result;
const states = [0, 1].map((i) => machine.address('shapes') + i * stateBytes);

let frames = 0;
let seed = 0x5a5a;
function random32() {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return seed >>> 0;
}

function fail(text) {
    console.log(text);
    process.exit(1);
}

function same(pair, bytes) {
    return Buffer.compare(machine.read(pair[0], bytes), machine.read(pair[1], bytes)) === 0;
}

// Run both on what lies in the input; frames and states must be equal.
function run(what, sample, channels, count, wire) {
    machine.call('shapes_run', sample, channels, count);
    const bytes = count * (wire === 1 || wire === 2 ? 8 : 4);
    if (!same(outs, bytes + 16)) // and nothing behind
        fail(`${what}: frames differ from the portable stage's`);
    if (!same(states, stateBytes))
        fail(`${what}: the state differs from the portable stage's`);
    frames += count;
}

function init(wire, gain, mono, dither) {
    machine.call('shapes_init', wire, gain, mono, dither);
}

function fill(words) {
    machine.write(input, new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
}

// ---- words: scale and mix ---------------------------------------------------------------------------------------------

function every16(gain, mono) {
    init(0, gain, mono, 0);
    for (let first = 0; first < 65536; first += ROOM) {
        const words = Uint32Array.from({ length: ROOM }, (_, i) => {
            const value = first + i;
            const other = i & 1 ? random32() & 0xffff : [0, 1, 0x7fff, 0x8000, 0xffff, value, 0xffff - value][(i >> 1) % 7];
            return (value | (other << 16)) >>> 0;
        });
        fill(words);
        run(`s16 by 0x${gain.toString(16)}${mono ? ' mixed' : ''}`, S16, 2, ROOM, 0);
    }
}

const GAINS = [0, 1, 2, 0x7fff, 0x8000, 0x8001, 0xaaaa, 0xfffe, 0xffff, UNITY];
for (const gain of [...GAINS, ...Array.from({ length: 6 }, () => random32() & 0xffff)]) {
    every16(gain, 0);
    every16(gain, 1);
}

// ---- pairs: downmix, gain, dither ---------------------------------------------------------------------------------------

const EDGES = [];
for (let bit = 0; bit < 32; bit++)
    for (const near of [-1, 0, 1])
        EDGES.push((2 ** bit + near) >>> 0, -(2 ** bit + near) >>> 0);

function wide(first) {
    return Uint32Array.from({ length: 2 * ROOM }, (_, i) => {
        const index = first + (i >> 1);
        if (index < EDGES.length * EDGES.length)
            return i & 1 ? EDGES[index % EDGES.length] : EDGES[Math.floor(index / EDGES.length)];
        return random32();
    });
}

const SAMPLES = 1000000 + 2 * EDGES.length ** 2;
// Every stage sees every edge and every random sample; its parameters take turns. [gain, mono, dither, wire]
const WAYS = [
    [[UNITY, 1, 0, 0], [UNITY, 1, 0, 1], [UNITY, 1, 0, 2]],
    [[0x7fff, 0, 0, 1], [0xffff, 0, 0, 2], [0, 0, 0, 0], [0x8001, 1, 0, 2]],
    [[0x18000, 0, 0, 2], [0x2ffff, 0, 0, 0], [0x40000, 0, 0, 1], [0x30001, 1, 0, 2], [0x10001, 0, 0, 2]],
    [[UNITY, 0, 1, 0], [UNITY, 1, 1, 0], [0x3ffff, 0, 1, 0]],
    [[UNITY, 0, 1, 1], [UNITY, 1, 1, 1], [0xc000, 0, 1, 1]],
];
for (let first = 0, turn = 0; first < SAMPLES / 2; first += ROOM, turn++) {
    fill(wide(first));
    for (const stage of WAYS) {
        const [gain, mono, dither, wire] = stage[turn % stage.length];
        init(wire, gain, mono, dither);
        run(`s32 by 0x${gain.toString(16)}, wire ${wire}${mono ? ', mixed' : ''}${dither ? ', dithered' : ''}`, S32, 2, ROOM,
            wire);
    }
}

// ---- calls of every size, ramps -----------------------------------------------------------------------------------------

fill(wide(0));
for (let wire = 0; wire <= PWM; wire++) {
    for (const [sample, channels] of [[S16, 2], [S16, 1], [S24, 2], [S32, 2], [0, 1]]) {
        for (const [gain, mono, dither] of [[0x9000, 0, 0], [UNITY, 1, 0], [0x9000, 1, 1], [0x28000, 0, 1]]) {
            init(wire, gain, mono, dither);
            for (let count = 0; count < 70; count++)
                run(`${count} frames, wire ${wire}`, sample, channels, count, wire);
            machine.call('shapes_target', 0x1234);
            for (let count = 1; count < 40; count += 3)
                run(`a ramp, wire ${wire}`, sample, channels, count, wire);
        }
    }
}

// ---- PWM ------------------------------------------------------------------------------------------------------------

for (const [top, rounding, mono] of [255, 256, 1301, 2047].flatMap((t) => [[t, 0, 0], [t, 2, 0], [t, 2, 1]])) {
    const what = `PWM, top ${top}, rounding ${rounding}`;
    init(PWM, UNITY, mono, 0);
    machine.call('shapes_pwm', top, rounding);
    for (let first = 0; first < 65536; first += ROOM) {
        fill(Uint32Array.from({ length: ROOM }, (_, i) => (((first + i) << 16) | (random32() & 0xffff)) >>> 0));
        run(what, S16, 2, ROOM, PWM);
    }
    for (let first = 0; first < 4 * ROOM; first += ROOM) {
        fill(wide(first));
        run(`${what}, wide`, S32, 2, ROOM, PWM);
    }
    // Runs of zeros, as long as can be told apart, ended by a frame that has zero on one side or on none; in small calls.
    for (let zeros = 1; zeros < 140; zeros++) {
        const words = new Uint32Array(3 + zeros);
        words.set([random32(), random32(), random32()]);
        words[words.length - 1] = [1, 0x10000, 0x8000, 0x80000000, 0xffffffff][zeros % 5];
        const piece = zeros % 3 ? words.length : 1 + (zeros % 4);
        for (let at = 0; at < words.length; at += piece) {
            const part = words.slice(at, at + piece);
            fill(part);
            run(`${what}, ${zeros} zeros`, S16, 2, part.length, PWM);
            // As 32 bits, of which the lower are not enough to be heard.
            fill(Uint32Array.from({ length: 2 * part.length }, (_, i) =>
                ((i & 1 ? part[i >> 1] & 0xffff0000 : part[i >> 1] << 16) >>> 0) + (zeros % 7)));
            run(`${what}, ${zeros} wide zeros`, S32, 2, part.length, PWM);
        }
    }
}
console.log(`the general path: ${frames} frames and their states are the portable stages'`);
if (frames < 16 * 2 * 65536 + WAYS.length * SAMPLES / 2 + 12 * 65536)
    fail('not all of them');
