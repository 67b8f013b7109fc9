// Every conversion kernel on an emulated Cortex-M0+: this processor's variant, the portable kernel, and the definition in
// numbers, which must give the same words.
//
// In: an image that has both (m0plus_kernels.sh links it). Values: all of 8 and 16 bits, for 8 bits every pair; of wider
// samples every 16-bit top with the ties below it, powers of two and their neighbours, and 10^6 random ones. Then every
// count of frames up to 67 at every alignment, with the input at the very end of memory and guards around the output.
// Out: counts of what was compared; a sentence and exit code 1 at the first word that differs.
import { Machine } from '../support/arm/emulator.mjs';

const machine = new Machine(process.argv[2]);
const SAMPLES = ['u8', 's8', 'u16', 's16', 's24', 's24in32', 's32'];
const SAMPLE_BYTES = [1, 1, 2, 2, 3, 4, 4];
const WIRES = ['s16', 's24', 's32'];
const WIRE_BITS = [16, 24, 32];
const WIRE_BYTES = [4, 8, 8];
const RANDOM_VALUES = 1000000;
const ROOM_BYTES = 64 * 1024; // of each of the image's buffers

const input = machine.address('kernels_in');
const tunedOut = machine.address('kernels_out');
const portableOut = machine.address('kernels_portable_out');

function fail(text) {
    console.log(text);
    process.exit(1);
}

// ---- numbers ----------------------------------------------------------------------------------------------------------

let seed = 0x70a1;
function random32() {
    // xorshift32
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return seed >>> 0;
}

function edges(sample) {
    const values = [];
    const lows = sample === 6 ? [0, 0x7fff, 0x8000, 0x8001, 0xffff, 0x7f, 0x80, 0x81] : [0, 0x7f, 0x80, 0x81, 0xff];
    const step = sample === 6 ? 65536 : 256;
    for (let top = 0; top < 65536; top++)
        for (const low of lows)
            values.push(top * step + low);
    for (let bit = 0; bit < 32; bit++)
        for (const near of [-1, 0, 1])
            values.push((2 ** bit + near) >>> 0, -(2 ** bit + near) >>> 0);
    return values;
}

function valuesOf(sample) {
    const bytes = SAMPLE_BYTES[sample];
    if (bytes <= 2)
        return Uint32Array.from({ length: 256 ** bytes }, (_, i) => i);
    const chosen = edges(sample);
    const values = new Uint32Array(chosen.length + RANDOM_VALUES);
    values.set(chosen);
    for (let i = chosen.length; i < values.length; i++)
        values[i] = random32();
    return values;
}

// Frames, and with two channels the values' own pairs: all of them for 8 bits, else each with one far away.
function framesOf(sample, channels) {
    const values = valuesOf(sample);
    if (channels === 1)
        return values;
    const count = values.length;
    const all = new Uint32Array(SAMPLE_BYTES[sample] === 1 ? 2 * count * count : 2 * count);
    for (let i = 0; i < all.length / 2; i++) {
        all[2 * i] = values[i % count];
        all[2 * i + 1] = all.length > 2 * count ? values[Math.floor(i / count)] : values[count - 1 - i];
    }
    return all;
}

function bytesOf(sample, values, from, to) {
    const size = SAMPLE_BYTES[sample];
    const bytes = new Uint8Array((to - from) * size);
    for (let i = from, at = 0; i < to; i++) {
        for (let k = 0, value = values[i]; k < size; k++, value >>>= 8)
            bytes[at++] = value;
    }
    return bytes;
}

// A sample as the top of 32 bits, by what the formats mean; 8 bits are 16 first.
const DEFINITION = [
    (bits) => ((bits & 0xff) * 257 - 32768) * 65536,
    (bits) => (((bits & 0xff) * 257) << 16),
    (bits) => ((bits & 0xffff) - 32768) * 65536,
    (bits) => (bits & 0xffff) << 16,
    (bits) => bits << 8,
    (bits) => bits << 8,
    (bits) => bits | 0,
];

// Rounded half up and clipped; the result still at the top of 32 bits.
function onWire(sample, bits, wire) {
    const step = 2 ** (32 - WIRE_BITS[wire]);
    const number = Math.floor(DEFINITION[sample](bits) / step + 0.5);
    return Math.min(number, 2 ** (WIRE_BITS[wire] - 1) - 1) * step;
}

// ---- comparing --------------------------------------------------------------------------------------------------------

function checkDefinition(what, words, sample, channels, wire, values, first) {
    for (let i = 0; i < words.length * (wire === 0 ? 2 : 1); i++) {
        const frame = first + (i >> 1);
        const bits = values[channels === 1 ? frame : 2 * frame + (i & 1)];
        const got = wire === 0 ? (i & 1 ? words[i >> 1] & 0xffff0000 : words[i >> 1] << 16) : words[i] | 0;
        if (got !== onWire(sample, bits, wire))
            fail(`${what}: 0x${bits.toString(16)} became 0x${(got >>> 0).toString(16)}`);
    }
}

function outWords(address, frames, wire) {
    const bytes = machine.read(address, frames * WIRE_BYTES[wire]);
    return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

function same(a, b) {
    return Buffer.compare(machine.read(a.address, a.bytes), machine.read(b, a.bytes)) === 0;
}

function checkValues(sample, channels, wire, kernels) {
    const what = `${SAMPLES[sample]} x${channels} to ${WIRES[wire]}`;
    const values = framesOf(sample, channels);
    const frames = values.length / channels;
    const most = Math.floor(ROOM_BYTES / 8);
    for (let first = 0; first < frames; first += most) {
        const count = Math.min(most, frames - first);
        machine.write(input, bytesOf(sample, values, first * channels, (first + count) * channels));
        machine.call(kernels.tuned, input, tunedOut, count);
        machine.call(kernels.portable, input, portableOut, count);
        if (!same({ address: tunedOut, bytes: count * WIRE_BYTES[wire] }, portableOut))
            fail(`${what}: the variant is not the portable kernel, in frames ${first} to ${first + count}`);
        checkDefinition(what, outWords(tunedOut, count, wire), sample, channels, wire, values, first);
    }
    return frames;
}

function checkPlaces(sample, channels, wire, kernels) {
    const what = `${SAMPLES[sample]} x${channels} to ${WIRES[wire]}`;
    const end = machine.address('edge_end');
    const GUARD = 16;
    let places = 0;
    for (let frames = 0; frames < 68; frames++) {
        for (let offset = 0; offset < 8; offset++) {
            const bytes = frames * channels * SAMPLE_BYTES[sample];
            const values = Uint32Array.from({ length: frames * channels }, random32);
            // So that it ends at the end of memory, or as near to it as the alignment allows.
            const at = end - bytes - ((8 + end - bytes - offset) & 7);
            machine.write(at, bytesOf(sample, values, 0, values.length));
            const outBytes = frames * WIRE_BYTES[wire];
            for (const [kernel, out] of [[kernels.tuned, tunedOut], [kernels.portable, portableOut]]) {
                machine.read(out, outBytes + 2 * GUARD).fill(0xa5);
                machine.call(kernel, at, out + GUARD, frames);
            }
            if (!same({ address: tunedOut, bytes: outBytes + 2 * GUARD }, portableOut))
                fail(`${what}: ${frames} frames at ${offset} of 8 are not the portable kernel's`);
            for (const guard of [tunedOut, tunedOut + GUARD + outBytes])
                if (machine.read(guard, GUARD).some((byte) => byte !== 0xa5))
                    fail(`${what}: ${frames} frames at ${offset} of 8 were written outside of the output`);
            checkDefinition(what, outWords(tunedOut + GUARD, frames, wire), sample, channels, wire, values, 0);
            places++;
        }
    }
    return places;
}

let frames = 0;
let places = 0;
let kernels = 0;
const differ = new Set();
for (let sample = 0; sample < SAMPLES.length; sample++) {
    for (let channels = 1; channels <= 2; channels++) {
        const seen = new Map();
        for (let wire = 0; wire < WIRES.length; wire++) {
            const tuned = machine.call('ta_convert_kernel', sample, channels, wire).result;
            const portable = machine.call('portable_convert_kernel', sample, channels, wire).result;
            if (!tuned || !portable)
                fail(`${SAMPLES[sample]} x${channels} to ${WIRES[wire]}: no kernel`);
            places += checkPlaces(sample, channels, wire, { tuned, portable });
            kernels++;
            // 24 and 32 bits often share one function; its values need not be seen twice.
            if (seen.get(tuned) !== portable)
                frames += checkValues(sample, channels, wire, { tuned, portable });
            seen.set(tuned, portable);
            if (tuned !== portable)
                differ.add(tuned);
        }
    }
}
console.log(`${kernels} kernels, ${differ.size} variants: ${frames} frames of every value, ${places} counts and places`);
if (kernels !== 42 || differ.size !== 30 || places !== 42 * 68 * 8)
    fail('not all of them');
