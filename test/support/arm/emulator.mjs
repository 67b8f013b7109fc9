// A Cortex-M0+ of rp2040js with nothing around it but SRAM: functions of an image are called, and their cycles counted.
//
// In: an ELF file linked by m0plus.ld. Out: what a function returned, the cycles it took, and the bytes in SRAM.
// Cycles are the package's own: one an instruction, and more for loads, stores, branches and multiplies as on the chip.
// PUSH with LR and POP with PC are one cycle low each, so a call that saves registers is two low. Loads and stores here go
// to SRAM only, and any that the processor would fault on (misaligned, or outside of SRAM) ends the run with a sentence.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const PACKAGES = path.join(HERE, '..', '..', 'emulator', 'package.json');
const SRAM = 0x20000000;
const SRAM_BYTES = 264 * 1024;
const RETURN = 0x1ffffff0; // where no image lies: a function that returns here has ended
const CYCLES_MAX = 2e8; // of one call; nothing here takes as long, but for a loop that never ends

function emulatorPackage() {
    try {
        return createRequire(PACKAGES)('rp2040js');
    } catch {
        throw new Error('rp2040js is missing: run `npm ci --prefix test/emulator` (tools/setup.sh test does it)');
    }
}

// Program headers and symbols of a 32-bit little-endian ELF file.
function readElf(file) {
    const bytes = fs.readFileSync(file);
    if (bytes.readUInt32LE(0) !== 0x464c457f || bytes[4] !== 1 || bytes[5] !== 1)
        throw new Error(`${file} is not a 32-bit little-endian ELF file`);
    const segments = [];
    for (let i = 0; i < bytes.readUInt16LE(44); i++) {
        const at = bytes.readUInt32LE(28) + i * bytes.readUInt16LE(42);
        const [type, offset, , address, size] = [0, 4, 8, 12, 16].map((k) => bytes.readUInt32LE(at + k));
        if (type === 1 && size > 0)
            segments.push({ address, bytes: bytes.subarray(offset, offset + size) });
    }
    return { segments, symbols: symbolsOf(bytes) };
}

function symbolsOf(bytes) {
    const sectionTable = bytes.readUInt32LE(32);
    const section = (i) => {
        const at = sectionTable + i * bytes.readUInt16LE(46);
        const [, type, , , offset, size, link] = [0, 4, 8, 12, 16, 20, 24].map((k) => bytes.readUInt32LE(at + k));
        return { type, offset, size, link };
    };
    const symbols = new Map();
    for (let i = 0; i < bytes.readUInt16LE(48); i++) {
        const table = section(i);
        if (table.type !== 2)
            continue;
        const names = section(table.link).offset;
        for (let at = table.offset; at < table.offset + table.size; at += 16) {
            const name = names + bytes.readUInt32LE(at);
            symbols.set(bytes.toString('latin1', name, bytes.indexOf(0, name)), bytes.readUInt32LE(at + 4));
        }
    }
    return symbols;
}

export class Machine {
    constructor(file) {
        const { RP2040 } = emulatorPackage();
        const chip = new RP2040();
        this.core = chip.core;
        this.sram = chip.sram;
        this.view = chip.sramView;
        this.image = readElf(file);
        if (this.sram.length !== SRAM_BYTES)
            throw new Error(`the emulator has ${this.sram.length} bytes of SRAM, not ${SRAM_BYTES}`);
        chip.logger = {
            debug: () => {},
            info: () => {},
            warn: (where, text) => this.stop(`${where}: ${text}`),
            error: (where, text) => this.stop(`${where}: ${text}`),
        };
        chip.onBreak = (code) => this.stop(`breakpoint ${code}`);
        this.onlySram();
        this.reset();
    }

    // As after loading the image anew.
    reset() {
        this.sram.fill(0);
        for (const { address, bytes } of this.image.segments)
            this.sram.set(bytes, address - SRAM);
    }

    stop(why) {
        throw new Error(`${why}, at ${this.where(this.core.PC)}`);
    }

    where(address) {
        let nearest = ['nowhere', 0];
        for (const [name, value] of this.image.symbols) {
            const start = value & ~1;
            if (start <= address && start > nearest[1] && !name.startsWith('$'))
                nearest = [name, start];
        }
        return `${nearest[0]}+${(address - nearest[1]).toString(16)} (0x${address.toString(16)})`;
    }

    // The package's memory map lets misaligned halfwords pass; this one has SRAM only and lets nothing pass.
    onlySram() {
        const { core, sram, view } = this;
        const place = (address, size) => {
            const offset = (address >>> 0) - SRAM;
            if (offset < 0 || offset > SRAM_BYTES - size || offset & (size - 1))
                this.stop(`access of ${size} bytes to 0x${(address >>> 0).toString(16)}`);
            return offset;
        };
        core.readUint32 = (address) => view.getUint32(place(address, 4), true);
        core.readUint16 = (address) => view.getUint16(place(address, 2), true);
        core.readUint8 = (address) => sram[place(address, 1)];
        core.writeUint32 = (address, value) => view.setUint32(place(address, 4), value, true);
        core.writeUint16 = (address, value) => view.setUint16(place(address, 2), value, true);
        core.writeUint8 = (address, value) => {
            sram[place(address, 1)] = value;
        };
    }

    address(symbol) {
        const found = this.image.symbols.get(symbol);
        if (found === undefined)
            throw new Error(`the image has no ${symbol}`);
        return found;
    }

    // Call a function with up to four words; r0 when it returns, and the cycles from its first instruction to its return. A
    // last argument {each} is a function that is called before every instruction.
    call(symbol, ...words) {
        const { core } = this;
        const each = typeof words.at(-1) === 'object' ? words.pop().each : null;
        for (let i = 0; i < 4; i++)
            core.registers[i] = words[i] ?? 0;
        core.SP = this.address('stack_top');
        core.LR = RETURN | 1;
        core.PC = (typeof symbol === 'number' ? symbol : this.address(symbol)) & ~1;
        const began = core.cycles;
        const last = began + CYCLES_MAX;
        while (core.PC !== RETURN) {
            each?.();
            core.executeInstruction();
            if (core.cycles > last)
                this.stop(`${symbol} does not come to an end`);
        }
        if (core.SP !== this.address('stack_top'))
            this.stop(`${symbol} returned with another stack pointer`);
        return { result: core.registers[0], cycles: core.cycles - began };
    }

    read(address, bytes) {
        return this.sram.subarray(address - SRAM, address - SRAM + bytes);
    }

    write(address, bytes) {
        this.sram.set(bytes, address - SRAM);
    }

    text(address) {
        const from = address - SRAM;
        return Buffer.from(this.sram.subarray(from, this.sram.indexOf(0, from))).toString('latin1');
    }
}
