// An RP2040 with a program in its flash, that runs until something happens. In: an image, as it is flashed. Out: pins, text, cycles, and
// whatever was done that must not be done. Deterministic: the same image gives the same cycles every time.
//
//   const machine = new Machine({ image: 'tone.elf' });
//   machine.runUntil(() => machine.text.includes('played'), 2.0);
//
// Everything happens at a cycle of clk_sys. A core's instruction begins at its `readyAt`; state machines, DMA and alarms have their own
// moments, and what comes first is done first.

import { LogLevel, RP2040 } from 'rp2040js';
import { CycleClock } from './clock.mjs';
import { CoreCare } from './core.mjs';
import { SecondCore } from './core1.mjs';
import { DmaEngine } from './dma.mjs';
import { loadImage } from './image.mjs';
import { PioClock } from './pio.mjs';
import { patchPwm } from './pwm.mjs';
import { assembleRom, FlashChip, FLASH_TIMES } from './rom.mjs';

const WATCHDOG = 0x40058;
const SRAM = 0x20000000, SRAM_BYTES = 264 * 1024, FLASH = 0x10000000;
const BRANCH_TO_ITSELF = 0xe7fe;
const FLASH_BYTES = 2 * 1024 * 1024; // W25Q16JV, the Pico's
// What the SDK writes at its start to peripherals that rp2040js does not have, or reads from them: it changes nothing here.
const HARMLESS = /Unimplemented peripheral (read|write) (from|to) 0x/;

let rom = null;

export class Machine {
  /** image: a file; flashTimes: 'typical' or 'maximum'. */
  constructor({ image, flashTimes = 'typical' }) {
    this.clock = new CycleClock(125e6);
    this.mcu = new RP2040(this.clock);
    this.warnings = new Map();
    this.mcu.logger = this.logger();
    this.pio = new PioClock(this.mcu, this.clock);
    this.dma = new DmaEngine(this.mcu, this.clock);
    patchPwm(this.mcu);
    this.cores = [new CoreCare(this.mcu.core, 0)];
    this.second = new SecondCore(this);
    this.flash = new FlashChip(this, FLASH_TIMES[flashTimes], FLASH_BYTES);
    this.mcu.addClockListener((hz) => this.clock.setFrequency(hz));
    this.nextEvent = Infinity;
    const earlier = () => { this.nextEvent = Math.min(this.clock.due, this.pio.due, this.dma.due); };
    this.clock.onEarlier = this.pio.onEarlier = this.dma.onEarlier = earlier;
    this.text = '';
    this.mcu.uart[0].onByte = (byte) => { this.text += String.fromCharCode(byte); };
    this.stopped = null;
    this.instructions = 0;
    this.flash16 = this.mcu.flash16;
    this.sram16 = new Uint16Array(this.mcu.sram.buffer);
    this.hooks = new Map(); // address: functions called before its instruction
    this.flashHooked = new Uint8Array(this.flash16.length);
    this.sramHooked = new Uint8Array(this.sram16.length);
    this.exitStatus = null; // once the program has ended
    this.rebooted = false; // the watchdog has reset the chip (RP2040 datasheet 4.7.3): the machine stops there
    this.watch(this.mcu.peripherals[WATCHDOG]);
    this.load(image);
    if (this.symbols.has('_exit')) this.hook(this.symbol('_exit').address, (care) => this.ended(care));
  }

  watch(watchdog) {
    watchdog.onWatchdogTrigger = () => {
      watchdog.timer.enable = watchdog.alarm.enable = false; // rp2040js would trigger again, in no time
      this.rebooted = true;
      this.stop('the watchdog has reset the chip');
    };
  }

  logger() {
    const note = (component, message) => {
      const line = `${component}: ${message}`;
      this.warnings.set(line, (this.warnings.get(line) ?? 0) + 1);
    };
    return {
      currentLogLevel: LogLevel.Info,
      debug() {},
      info: (component, message) => { if (message === 'SEV') this.second.sendEvent(); },
      warn: note,
      error: (component, message) => { throw new Error(`${component}: ${message}`); },
    };
  }

  load(image) {
    const { flash, symbols } = loadImage(image);
    if (flash.length > FLASH_BYTES) throw new Error(`${image}: ${flash.length} bytes, more than the flash has`);
    rom ??= assembleRom();
    this.mcu.loadBootrom(rom);
    this.mcu.flash.set(flash, 0);
    this.symbols = symbols;
    this.rom16 = new Uint16Array(this.mcu.bootrom.buffer);
    this.mcu.core.reset();
  }

  // ---- running ------------------------------------------------------------------------------------------------------

  get seconds() {
    return this.clock.nanos / 1e9;
  }

  /** Stop at the end of this instruction. */
  stop(why) {
    this.stopped = why;
  }

  /** Run for so many seconds of the chip's time. */
  run(seconds) {
    this.runTo(this.clock.cycles + Math.round(seconds * this.clock.hz));
  }

  /** Run until `done()`, which is asked every `step` seconds; an error after `limit` seconds. */
  runUntil(done, limit, step = 0.001) {
    const end = this.seconds + limit;
    while (!done()) {
      if (this.seconds > end || this.rebooted) throw new Error(`not within ${limit} s; the program said:\n${this.text}`);
      this.run(step);
      if (this.stopped) return;
    }
  }

  /** Run until the text on the UART has `words`; then it returns everything that was said. */
  runUntilSaid(words, limit) {
    this.runUntil(() => this.text.includes(words), limit);
    return this.text;
  }

  /** Run until the program ends, and return its exit status. */
  runToExit(limit) {
    this.runUntil(() => this.exitStatus !== null, limit);
    return this.exitStatus;
  }

  ended(care) {
    this.exitStatus = care.core.registers[0] | 0;
    this.stop('the program has ended');
  }

  runTo(end) {
    const { clock, cores } = this;
    this.stopped = null;
    while (clock.cycles < end && this.stopped === null) {
      let care = null, at = Infinity;
      for (let n = 0; n < cores.length; n++) {
        const candidate = cores[n];
        if (candidate.core.waiting) {
          candidate.asleep = true;
          continue;
        }
        if (candidate.asleep) { // something has woken it at this cycle
          candidate.asleep = false;
          if (candidate.readyAt < clock.cycles) candidate.readyAt = clock.cycles;
        }
        const ready = candidate.readyAt < candidate.heldUntil ? candidate.heldUntil : candidate.readyAt;
        if (ready < at) {
          at = ready;
          care = candidate;
        }
      }
      if (at >= end || at >= this.nextEvent) {
        const next = Math.min(end, this.nextEvent);
        if (next === Infinity) throw new Error(`every core sleeps for ever; the program said:\n${this.text}`);
        clock.cycles = next;
        if (next === this.nextEvent) this.happen();
        continue;
      }
      clock.cycles = at;
      this.stepCore(care, at, end);
    }
  }

  // Instructions of one core, as long as nothing else comes first.
  stepCore(care, at, end) {
    const { clock, flash16, flashHooked, sram16, sramHooked, rom16 } = this;
    const { core } = care, { registers } = core, other = this.cores.length === 1 ? null : this.cores[1 - care.number].core;
    const alone = !other || other.waiting; // until this core wakes it, or an event does
    if (other) this.second.select(care);
    let count = 0;
    do {
      const pc = registers[15] & ~1;
      let opcode, hooked;
      if (pc >= SRAM) {
        const index = (pc - SRAM) >> 1;
        opcode = sram16[index];
        hooked = sramHooked[index];
      } else if (pc >= FLASH) {
        const index = (pc & 0xffffff) >> 1;
        opcode = flash16[index];
        hooked = flashHooked[index];
      } else {
        opcode = rom16[pc >> 1];
        hooked = 0;
      }
      if (hooked) {
        for (const call of [...this.hooks.get(pc)]) call(care);
        if (this.stopped !== null) break;
      }
      const took = care.step(opcode);
      at += took;
      count++;
      if (opcode === BRANCH_TO_ITSELF && alone && !hooked && !care.depth) at += this.spin(care, took, Math.min(this.nextEvent, end, care.heldUntil > at ? at : Infinity) - at);
      if (alone) clock.cycles = at; // else the other core may be behind
    } while (alone && at < this.nextEvent && at < end && !core.waiting && at >= care.heldUntil && this.stopped === null && (!other || other.waiting));
    this.instructions += count;
    care.readyAt = at;
  }

  // A branch to itself does the same again until something happens: as often as fits into so many cycles. Returns the cycles.
  spin(care, took, room) {
    if (care.core.interruptsUpdated || room <= took) return 0;
    const times = Math.ceil(room / took) - 1;
    care.spent[0] += times * took;
    this.instructions += times;
    return times * took;
  }

  // What is due at this cycle.
  happen() {
    const { clock, pio, dma } = this, now = clock.cycles;
    for (;;) {
      const next = Math.min(clock.due, pio.due, dma.due);
      if (next > now) break;
      if (pio.due === next) pio.runDue();
      else if (dma.due === next) dma.runDue();
      else clock.runFirst();
    }
    this.nextEvent = Math.min(clock.due, pio.due, dma.due);
  }

  // ---- hooks, input, faults -----------------------------------------------------------------------------------------

  /** Address of a symbol of the ELF file. */
  symbol(name) {
    const found = this.symbols.get(name);
    if (!found) throw new Error(`the image has no symbol ${name}`);
    return found;
  }

  /** Call `call(care)` before the instruction at this address, whenever a core comes to it. Returns what undoes it. */
  hook(address, call) {
    const table = address >= SRAM ? this.sramHooked : this.flashHooked;
    const index = address >= SRAM ? (address - SRAM) >> 1 : (address & 0xffffff) >> 1;
    if (!this.hooks.has(address)) this.hooks.set(address, new Set());
    this.hooks.get(address).add(call);
    table[index] = 1;
    return () => {
      const calls = this.hooks.get(address);
      calls.delete(call);
      if (calls.size === 0) table[index] = 0;
    };
  }

  /** Type on the UART, at 115200 baud. */
  type(text) {
    let wait = 0;
    for (const letter of text) {
      wait += 10e9 / 115200;
      this.clock.createAlarm(() => this.mcu.uart[0].feedByte(letter.charCodeAt(0))).schedule(wait);
    }
  }

  /** At `cycle`, deliver no interrupt for `cycles`; the program goes on. */
  maskInterrupts(cycle, cycles, core = 0) {
    const care = this.cores[core];
    this.at(cycle, () => { care.masked = true; });
    this.at(cycle + cycles, () => care.unmask());
  }

  /** At `cycle`, hold a core for `cycles` (Infinity: for good); DMA and PIO go on. */
  holdCore(cycle, cycles, core = 0) {
    this.at(cycle, () => { this.cores[core].heldUntil = cycle + cycles; });
  }

  /** Call something at a cycle. */
  at(cycle, call) {
    this.clock.createAlarm(call).schedule((cycle - this.clock.cycles) * this.clock.nanosPerCycle);
  }

  readWord(address) {
    return this.mcu.readUint32(address) >>> 0;
  }

  /** Violations of every kind, as sentences; and warnings of rp2040js that are not known to be harmless. */
  complaints() {
    const found = [...this.dma.violations, ...this.flash.violations];
    for (const [line, count] of this.warnings) if (!HARMLESS.test(line)) found.push(`${line} (${count} times)`);
    return found;
  }
}
