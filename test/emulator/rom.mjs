// The boot ROM's flash functions. In: the `bkpt`s of rom.S. Out: a changed flash, after the time that a W25Q16JV takes, during which
// nothing may read flash: whoever does is a violation, as it would be garbage on a board.
// Times: Winbond W25Q16JV datasheet, 9.6 (AC electrical characteristics): page program 0.4 ms typical, 3 ms at most; erase of 4 KiB 45 and
// 400 ms, of 64 KiB 150 and 2000 ms. RP2040 datasheet 2.8.3.1.3: what the functions do.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compute } from './floats.mjs';

export const FLASH_TIMES = {
  typical: { page: 0.4e-3, sector: 45e-3, block: 150e-3 },
  maximum: { page: 3e-3, sector: 400e-3, block: 2 },
};
const CONNECT = 1, EXIT_XIP = 2, ERASE = 3, PROGRAM = 4, FLUSH = 5, ENTER_XIP = 6, USB_BOOT = 7, FLOAT = 0x40, DOUBLE = 0x60, ENTRIES = 32, FAULT = 255;
const SSI = 0x18000, SSIENR = 8;
const XIP = 0x10000000, XIP_END = 0x14000000; // flash itself; above lie the registers of cache and serial interface (RP2040 datasheet 2.6.3)
const PAGE = 256, SECTOR = 4096, BLOCK = 65536;

/** The ROM's bytes, assembled from rom.S. */
export function assembleRom() {
  const source = join(dirname(fileURLToPath(import.meta.url)), 'rom.S');
  const work = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), 'rom-'));
  const [object, linked, binary] = ['rom.o', 'rom.elf', 'rom.bin'].map((name) => join(work, name));
  try {
    execFileSync('arm-none-eabi-as', ['-o', object, source]);
    execFileSync('arm-none-eabi-ld', ['-Ttext=0', '-e', '0', '-o', linked, object]);
    execFileSync('arm-none-eabi-objcopy', ['-O', 'binary', linked, binary]);
    const bytes = readFileSync(binary);
    const words = new Uint32Array(4096);
    new Uint8Array(words.buffer).set(bytes);
    return words;
  } finally {
    rmSync(work, { recursive: true });
  }
}

export class FlashChip {
  /** `times` is FLASH_TIMES.typical or .maximum; `bytes` what is fitted. */
  constructor(machine, times, bytes) {
    this.machine = machine;
    this.times = times;
    this.bytes = bytes;
    this.unreadable = false;
    this.operation = null; // {doneAt, apply} of the erase or program that is going on
    this.erased = 0; // bytes, so far
    this.programmed = 0;
    this.busyCycles = 0;
    this.violations = [];
    this.violationCount = 0;
    machine.dma.flashUnreadable = () => this.unreadable;
    machine.mcu.onBreak = (code) => this.serve(code, machine.mcu.core);
    const ssi = machine.mcu.peripherals[SSI], write = ssi.writeUint32;
    ssi.writeUint32 = (offset, value) => {
      write.call(ssi, offset, value);
      if (offset === SSIENR && value === 1) this.setUnreadable(false); // the second boot stage has set XIP up
    };
  }

  serve(code, core) {
    if (code >= FLOAT && code < DOUBLE + ENTRIES) {
      compute(code < DOUBLE ? 'float' : 'double', (code - FLOAT) % ENTRIES, core.registers);
      return;
    }
    core.registers[3] = 0;
    switch (code) {
      case CONNECT:
      case FLUSH:
        return;
      case EXIT_XIP:
        this.setUnreadable(true);
        return;
      case ENTER_XIP:
        this.setUnreadable(false);
        return;
      case ERASE:
        this.operate(core, () => this.eraseOf(core.registers[0], core.registers[1], core.registers[2]));
        return;
      case PROGRAM:
        this.operate(core, () => this.programOf(core.registers[0], core.registers[1], core.registers[2]));
        return;
      case USB_BOOT:
        this.machine.stop('the program asked for the USB boot loader');
        return;
      case FAULT:
        throw new Error(`hard fault; the stack is at 0x${core.registers[13].toString(16)}`);
      default:
        throw new Error(`breakpoint ${code} at 0x${(core.registers[15] - 2).toString(16)}: a panic or a failed assertion`);
    }
  }

  // Called again and again while it lasts: the core sleeps, but for interrupts.
  operate(core, begin) {
    const { clock } = this.machine;
    if (!this.operation) {
      if (!this.unreadable) this.violate('flash is erased or programmed without leaving XIP');
      const { seconds, apply } = begin();
      const cycles = Math.round(seconds * clock.hz);
      this.busyCycles += cycles;
      this.operation = { doneAt: clock.cycles + cycles, apply };
      clock.createAlarm(() => { core.waiting = false; }).schedule(cycles * clock.nanosPerCycle);
    }
    if (clock.cycles < this.operation.doneAt) {
      core.registers[3] = 1;
      core.waiting = true;
      return;
    }
    this.operation.apply();
    this.operation = null;
  }

  eraseOf(offset, count, blockBytes) {
    this.check('erase', offset, count, SECTOR);
    let seconds = 0;
    for (let at = offset; at < offset + count; ) {
      const whole = blockBytes === BLOCK && at % BLOCK === 0 && offset + count - at >= BLOCK;
      seconds += whole ? this.times.block : this.times.sector;
      at += whole ? BLOCK : SECTOR;
    }
    const apply = () => {
      this.machine.mcu.flash.fill(0xff, offset, offset + count);
      this.erased += count;
    };
    return { seconds, apply };
  }

  programOf(offset, source, count) {
    this.check('program', offset, count, PAGE);
    const { mcu } = this.machine;
    if (source >>> 28 === 1) this.violate('flash is programmed from flash');
    const data = new Uint8Array(count).map((_, n) => mcu.readUint8(source + n));
    const apply = () => {
      for (let n = 0; n < count; n++) mcu.flash[offset + n] &= data[n]; // programming clears bits, and sets none
      this.programmed += count;
    };
    return { seconds: (count / PAGE) * this.times.page, apply };
  }

  check(what, offset, count, unit) {
    if (offset % unit || count % unit || offset + count > this.bytes) {
      this.violate(`${what} of ${count} bytes at 0x${offset.toString(16)}: not whole units of ${unit} within ${this.bytes} bytes`);
    }
  }

  setUnreadable(unreadable) {
    if (this.unreadable === unreadable) return;
    this.unreadable = unreadable;
    for (const { core } of this.machine.cores) {
      for (const name of ['readUint32', 'readUint16', 'readUint8']) {
        if (unreadable) {
          core[name] = (address) => {
            if (address >= XIP && address < XIP_END) this.violate(`core reads 0x${(address >>> 0).toString(16)}, at 0x${core.PC.toString(16)}`);
            return this.machine.mcu[name](address);
          };
        } else {
          core[name] = Object.getPrototypeOf(core)[name]; // not deleted: that would make every access of the object slow
        }
      }
    }
  }

  violate(what) {
    this.violationCount++;
    if (this.violations.length < 16) this.violations.push(`cycle ${this.machine.clock.cycles}: ${what}`);
  }
}
