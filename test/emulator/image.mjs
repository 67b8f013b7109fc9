// Images as they are flashed, and what their symbols are. In: an ELF, UF2 or raw file. Out: the bytes for the start of flash, and, of an
// ELF file, the address and size of each symbol.

import { readFileSync } from 'node:fs';

const FLASH = 0x10000000;

export function loadImage(path) {
  const file = readFileSync(path);
  if (file.readUInt32LE(0) === 0x464c457f) return { flash: flashOfElf(file), symbols: symbolsOfElf(file) };
  if (file.readUInt32LE(0) === 0x0a324655) return { flash: flashOfUf2(file, path), symbols: new Map() };
  return { flash: new Uint8Array(file), symbols: new Map() };
}

function flashOfElf(file) {
  const flash = new Uint8Array(16 * 1024 * 1024).fill(0xff);
  const table = file.readUInt32LE(28), size = file.readUInt16LE(42), count = file.readUInt16LE(44);
  let end = 0;
  for (let n = 0; n < count; n++) {
    const at = table + n * size;
    const [type, from, , load, bytes] = [0, 4, 8, 12, 16].map((field) => file.readUInt32LE(at + field));
    if (type !== 1 || bytes === 0) continue;
    if (load < FLASH || load + bytes > FLASH + flash.length) throw new Error(`a segment is loaded at 0x${load.toString(16)}`);
    flash.set(file.subarray(from, from + bytes), load - FLASH);
    end = Math.max(end, load - FLASH + bytes);
  }
  return flash.subarray(0, end);
}

function symbolsOfElf(file) {
  const table = file.readUInt32LE(32), size = file.readUInt16LE(46), count = file.readUInt16LE(48);
  const section = (n) => [4, 16, 20, 24, 36].map((field) => file.readUInt32LE(table + n * size + field));
  const symbols = new Map();
  for (let n = 0; n < count; n++) {
    const [type, from, bytes, link, entry] = section(n);
    if (type !== 2) continue;
    const names = section(link)[1];
    for (let at = from; at < from + bytes; at += entry) {
      const start = names + file.readUInt32LE(at), name = file.toString('latin1', start, file.indexOf(0, start));
      const kind = file[at + 12] & 15;
      if (!name || kind > 2 || file.readUInt16LE(at + 14) === 0) continue; // sections, files, and what is elsewhere
      const value = file.readUInt32LE(at + 4);
      symbols.set(name, { address: kind === 2 ? value & ~1 : value, bytes: file.readUInt32LE(at + 8), isFunction: kind === 2 });
    }
  }
  return symbols;
}

function flashOfUf2(file, path) {
  const flash = new Uint8Array(16 * 1024 * 1024).fill(0xff);
  let end = 0;
  for (let at = 0; at < file.length; at += 512) {
    const family = file.readUInt32LE(at + 28), target = file.readUInt32LE(at + 12), bytes = file.readUInt32LE(at + 16);
    if (family !== 0xe48bff56) throw new Error(`${path}: a block of family 0x${family.toString(16)}, which is not RP2040's`);
    flash.set(file.subarray(at + 32, at + 32 + bytes), target - FLASH);
    end = Math.max(end, target - FLASH + bytes);
  }
  return flash.subarray(0, end);
}
