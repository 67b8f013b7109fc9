// The emulator itself: what the RP2040 datasheet says, against rp2040js and the harness's changes to it. In: no program of ours; the core
// is held, and registers are written as a program would, or a few instructions lie in SRAM. Each test fails on the unchanged
// package, or, where the package was right, on a fault that is easily made.

import { GPIOPinState } from 'rp2040js';
import { equal, image, need, runTests } from './expect.mjs';
import { I2sListener } from './i2s.mjs';
import { Machine } from './machine.mjs';
import { PwmListener } from './pwm.mjs';

const SRAM = 0x20020000, DMA = 0x50000000, PIO0 = 0x50200000, PIO1 = 0x50300000, PWM = 0x40050000, IO = 0x40014000, SIO = 0xd0000000;
const EN = 1, HIGH = 2, HALF = 1 << 2, WORD = 2 << 2, INCR_READ = 1 << 4, INCR_WRITE = 1 << 5, RING_WRITE = 1 << 10, QUIET = 1 << 21;
const chain = (n) => n << 11, ring = (bits) => bits << 6, treq = (n) => n << 15;
const PERMANENT = treq(63), BUSY = 1 << 24, INTR = DMA + 0x400, ABORT = DMA + 0x444;

function idle() {
  const machine = new Machine({ image: image('beep') });
  machine.holdCore(0, Infinity);
  machine.runTo(1);
  machine.dma.allow('test', SRAM, 65536);
  machine.write = (address, value) => machine.mcu.writeUint32(address, value);
  return machine;
}

function channel(machine, n, { from, to, count, ctrl, start = true }) {
  const base = DMA + 0x40 * n;
  machine.write(base + 0x00, from);
  machine.write(base + 0x04, to);
  machine.write(base + 0x08, count);
  machine.write(base + (start ? 0x0c : 0x10), ctrl);
}

function fill(machine, at, words) {
  words.forEach((word, n) => machine.write(at + 4 * n, word));
}

function words(machine, at, count) {
  return Array.from({ length: count }, (_, n) => machine.readWord(at + 4 * n));
}

const same = (got, wanted, what) => equal(JSON.stringify(got), JSON.stringify(wanted), what);

// ---- DMA -----------------------------------------------------------------------------------------------------------------

function narrowWrites() {
  const machine = idle(), sent = [0x1234abcd, 0x00018000];
  fill(machine, SRAM, sent);
  channel(machine, 0, { from: SRAM, to: PIO0 + 0x10, count: 4, ctrl: EN | HALF | INCR_READ | chain(0) | treq(0) });
  machine.runTo(100);
  same(machine.mcu.pio[0].machines[0].txFIFO.items, [0xabcdabcd, 0x12341234, 0x80008000, 0x00010001], 'the FIFO');
}

function oneTransferACycle() {
  const machine = idle();
  fill(machine, SRAM, [7]);
  channel(machine, 3, { from: SRAM, to: SRAM + 4, count: 1000, ctrl: EN | WORD | INCR_WRITE | chain(3) | PERMANENT });
  machine.runTo(501);
  equal(machine.readWord(DMA + 0xc8), 500, 'transfers left after 500 cycles');
  need(machine.readWord(DMA + 0xcc) & BUSY, 'the channel is not busy any more');
  machine.runTo(1002);
  equal(machine.readWord(DMA + 0xc8) | (machine.readWord(DMA + 0xcc) & BUSY), 0, 'what is left, or busy, after 1001 cycles');
}

function priority() {
  const machine = idle();
  for (const n of [0, 1, 2]) {
    const ctrl = EN | WORD | INCR_WRITE | chain(n) | PERMANENT | (n === 1 ? HIGH : 0);
    channel(machine, n, { from: SRAM, to: SRAM + 4096 * (n + 1), count: 100, ctrl });
  }
  machine.runTo(51);
  same([0, 1, 2].map((n) => machine.readWord(DMA + 0x40 * n + 8)), [100, 50, 100], 'what is left of each after 50 cycles');
  machine.runTo(151);
  same([0, 1, 2].map((n) => machine.readWord(DMA + 0x40 * n + 8)), [75, 0, 75], 'what is left of each after 150 cycles');
}

function rings() {
  const machine = idle(), table = SRAM + 0x400;
  fill(machine, table, [10, 11, 12, 13]);
  channel(machine, 0, { from: table + 8, to: SRAM, count: 6, ctrl: EN | WORD | INCR_READ | INCR_WRITE | ring(4) | chain(0) | PERMANENT });
  machine.runTo(50);
  same(words(machine, SRAM, 6), [12, 13, 10, 11, 12, 13], 'what a ring of reads gives');
  equal(machine.readWord(DMA), table, 'the read address behind it');
  channel(machine, 0, { from: SRAM, to: table + 12, count: 3, ctrl: EN | WORD | INCR_READ | INCR_WRITE | RING_WRITE | ring(4) | chain(0) | PERMANENT });
  machine.runTo(100);
  same(words(machine, table, 4), [13, 10, 12, 12], 'what a ring of writes gives');
}

// D chains to C; C writes D's read address with trigger; an entry of 0 is a null trigger: D idles, and raises its interrupt.
function chainsAndNullTrigger() {
  const machine = idle(), table = SRAM + 0x100, out = SRAM + 0x800;
  fill(machine, SRAM, [1, 2, 3, 4, 5, 6]);
  fill(machine, table, [SRAM + 8, SRAM, 0]);
  channel(machine, 0, { from: SRAM + 16, to: out, count: 2, start: false, ctrl: EN | WORD | INCR_READ | INCR_WRITE | chain(1) | PERMANENT | QUIET });
  channel(machine, 1, { from: table, to: DMA + 0x3c, count: 1, start: false, ctrl: EN | WORD | INCR_READ | chain(1) | PERMANENT });
  machine.write(DMA + 0x430, 1); // MULTI_CHAN_TRIGGER
  machine.runTo(100);
  same(words(machine, out, 8), [5, 6, 3, 4, 1, 2, 0, 0], 'what D has moved');
  equal(machine.readWord(DMA), 0, "D's read address");
  equal(machine.readWord(DMA + 0x0c) & BUSY, 0, "D's BUSY");
  equal(machine.readWord(INTR), 3, 'interrupts: C of each of its entries, D of the null trigger alone');
}

function pacingTimers() {
  for (const [timer, x, y] of [[0, 1, 100], [1, 3, 1000], [2, 2, 65535], [3, 441, 60000]]) {
    const machine = idle();
    machine.write(DMA + 0x420 + 4 * timer, ((x << 16) | y) >>> 0);
    channel(machine, 0, { from: SRAM, to: SRAM + 4, count: 10000, ctrl: EN | WORD | chain(0) | treq(59 + timer) });
    machine.runTo(1 + 1000000);
    const done = 10000 - machine.readWord(DMA + 8), wanted = Math.floor((1000000 * x) / y);
    need(Math.abs(done - wanted) <= 1, `timer ${timer} at ${x}/${y}: ${done} transfers in a million cycles, must be ${wanted}`);
  }
  // A timer that stands, with X = 0, lets nothing through; set going while a channel waits for it, it does.
  const machine = idle(), left = () => machine.readWord(DMA + 8);
  machine.write(DMA + 0x420, 100);
  channel(machine, 0, { from: SRAM, to: SRAM + 4, count: 100, ctrl: EN | WORD | chain(0) | treq(59) });
  for (const [to, setting, wanted] of [[5000, (1 << 16) | 100, 100], [6050, 50, 90], [9000, (1 << 16) | 50, 90], [9525, 0, 80]]) {
    machine.runTo(to);
    equal(left(), wanted, `transfers left at cycle ${to}`);
    machine.write(DMA + 0x420, setting);
  }
}

function aborts() {
  const machine = idle();
  channel(machine, 2, { from: SRAM, to: SRAM + 4, count: 100, ctrl: EN | WORD | chain(3) | PERMANENT | QUIET });
  channel(machine, 3, { from: SRAM, to: SRAM + 8, count: 100, start: false, ctrl: EN | WORD | chain(3) | PERMANENT });
  machine.runTo(21);
  machine.write(ABORT, 1 << 2);
  equal(machine.readWord(ABORT), 0, 'CHAN_ABORT, once it is done');
  equal(machine.readWord(DMA + 0x8c) & BUSY, 0, "the channel's BUSY");
  equal(machine.readWord(INTR), 1 << 2, 'the interrupt of RP2040-E13');
  const left = machine.readWord(DMA + 0x88);
  machine.runTo(200);
  equal(machine.readWord(DMA + 0x88), left, 'what is left, later');
  equal(machine.readWord(DMA + 0xcc) & BUSY, 0, 'BUSY of the channel that it would have chained to');
}

function violations() {
  const machine = idle();
  channel(machine, 0, { from: SRAM + 65536 - 4, to: SRAM, count: 2, ctrl: EN | WORD | INCR_READ | chain(0) | PERMANENT });
  machine.runTo(20);
  channel(machine, 1, { from: SRAM + 1, to: SRAM, count: 1, ctrl: EN | HALF | chain(1) | PERMANENT });
  machine.runTo(40);
  channel(machine, 2, { from: SRAM, to: SRAM, count: 0, ctrl: EN | WORD | chain(2) | PERMANENT });
  const found = machine.complaints().map((line) => line.replace(/^cycle \d+: /, ''));
  same(found, ['DMA channel 0 reads outside what is registered: 0x20030000', 'DMA channel 1 has an address that is not aligned: 0x20020001',
    'DMA channel 2 started with TRANS_COUNT 0: 0x0'], 'violations');
}

// ---- PIO -----------------------------------------------------------------------------------------------------------------

const SM = (n) => 0xc8 + 0x18 * n, FUNCTION = { pwm: 4, sio: 5, pio0: 6, pio1: 7 };
const set = (pins, delay = 0) => 0xe000 | (delay << 8) | pins;

function square(machine, pio, number, pin, divider, program) {
  const base = pio ? PIO1 : PIO0, at = 8 * number;
  machine.write(IO + 8 * pin + 4, pio ? FUNCTION.pio1 : FUNCTION.pio0);
  program.forEach((word, n) => machine.write(base + 0x48 + 4 * (at + n), word));
  machine.write(base + SM(number), divider << 8);
  machine.write(base + SM(number) + 4, ((at + program.length - 1) << 12) | (at << 7)); // wrap
  machine.write(base + SM(number) + 0x14, (1 << 26) | (pin << 5)); // set: one pin
  machine.write(base + SM(number) + 0x10, 0xe081); // set pindirs, 1
  machine.write(base + SM(number) + 0x10, at); // jmp
  const edges = [];
  machine.mcu.gpio[pin].addListener((state) => edges.push([machine.clock.cycles, state === GPIOPinState.High ? 1 : 0]));
  return edges;
}

function dividers() {
  const machine = idle(), plans = [[0, 0, 2, 256], [0, 1, 3, 11338], [0, 3, 4, 65536 + 1], [1, 2, 5, 777], [1, 0, 6, 300 * 256 + 255]];
  const edges = plans.map(([pio, number, pin, divider]) => square(machine, pio, number, pin, divider, [set(1), set(0)]));
  machine.runTo(1000);
  for (const base of [PIO0, PIO1]) machine.write(base, base === PIO0 ? 0b1011 : 0b0101);
  machine.runTo(400000);
  plans.forEach(([, , pin, divider], n) => {
    const seen = edges[n].slice(-1000);
    const first = edges[n].length - seen.length;
    seen.forEach(([cycle], k) => equal(cycle, Math.ceil((1000 * 256 + divider * (first + k + 1)) / 256), `edge ${first + k} of GPIO ${pin}`));
    const wanted = Math.floor((399000 * 256) / divider);
    need(Math.abs(edges[n].length - wanted) <= 1, `GPIO ${pin} has ${edges[n].length} edges, must have ${wanted}`);
  });
  return `${plans.length} state machines, ${edges.reduce((sum, e) => sum + e.length, 0)} edges`;
}

function delaysAndOthersAsleep() {
  const machine = idle(), edges = square(machine, 0, 2, 7, 512, [set(1, 3), set(0, 9)]);
  machine.write(PIO0 + 0x48, 0xe001); // what a machine that is not enabled would do: set pins of SM0
  machine.write(PIO0 + SM(0) + 0x14, (1 << 26) | (8 << 5));
  machine.runTo(10);
  machine.write(PIO0, 0b0100);
  machine.runTo(1000);
  const gaps = edges.slice(1, 9).map(([cycle], n) => cycle - edges[n][0]);
  same(gaps, [8, 20, 8, 20, 8, 20, 8, 20], 'cycles between edges, of delays 3 and 9 at a divider of 2');
  equal(machine.readWord(PIO0 + SM(0) + 0x0c), 0, 'the address of a machine that is not enabled');
}

function joinedFifo() {
  const machine = idle(), level = () => machine.readWord(PIO0 + 0x0c) & 0xff;
  for (let n = 0; n < 9; n++) machine.write(PIO0 + 0x10, n);
  equal(level(), 4, 'words in a FIFO');
  machine.write(PIO0 + SM(0) + 0x08, 0x40000000);
  equal(level(), 0, 'words after joining');
  for (let n = 0; n < 9; n++) machine.write(PIO0 + 0x10, n);
  equal(level(), 8, 'words in a joined FIFO');
  need(machine.readWord(PIO0 + 0x04) & (1 << 16), 'TXFULL is not set');
  machine.write(PIO0 + SM(0) + 0x08, 0x80000000);
  equal(machine.readWord(PIO0 + 0x04) & 0x01010101, 0x01010100, 'FSTAT with the receiving FIFO joined: no room to send, nothing to receive');
}

// out pins, 1 with autopull at 32: it stalls until a word comes, and goes on at its own clock.
function stalls() {
  const machine = idle(), edges = square(machine, 0, 0, 9, 10 * 256, [0x6001]);
  machine.write(PIO0 + SM(0) + 0x14, (1 << 20) | 9); // out: one pin
  machine.write(PIO0 + SM(0) + 0x08, 1 << 17); // autopull, to the left
  machine.runTo(100);
  machine.write(PIO0, 0x11);
  machine.runTo(1234);
  machine.write(PIO0 + 0x10, 0xa0000000);
  machine.runTo(2000);
  same(edges, [[1240, 1], [1250, 0], [1260, 1], [1270, 0]], 'edges');
  need(machine.readWord(PIO0 + 0x08) & (1 << 24), 'TXSTALL is not set');
}

// ---- I2S and PWM at the pins ---------------------------------------------------------------------------------------------

// A transmitter of the test's own, written from the definition: one bit a clock, most significant first.
function transmit(machine, pins, frames, bits, leftJustified) {
  for (const pin of Object.values(pins)) machine.write(IO + 8 * pin + 4, FUNCTION.sio);
  machine.write(SIO + 0x20, Object.values(pins).reduce((mask, pin) => mask | (1 << pin), 0));
  let sent = [];
  for (const [left, right] of frames) {
    for (const [side, sample] of [[0, left], [1, right]]) {
      for (let b = 0; b < bits; b++) sent.push({ bit: (sample >>> (31 - b)) & 1, side });
    }
  }
  const sideAt = (n) => sent[Math.max(0, Math.min(n, sent.length - 1))].side;
  if (!leftJustified) sent = [{ bit: 0, side: 1 }, ...sent];
  let cycle = machine.clock.cycles;
  sent.forEach(({ bit }, n) => {
    const ws = leftJustified ? 1 - sideAt(n) : sideAt(n + 1 < sent.length ? n + 1 : n);
    machine.write(SIO + 0x10, (bit << pins.data) | (ws << pins.ws));
    machine.runTo((cycle += 20));
    machine.write(SIO + 0x14, 1 << pins.bclk);
    machine.runTo((cycle += 20));
    machine.write(SIO + 0x18, 1 << pins.bclk);
  });
}

function i2sFormats() {
  const frames = Array.from({ length: 9 }, (_, n) => [Math.imul(n + 1, 0x9e3779b1), Math.imul(n + 7, 0x85ebca6b)]);
  frames.push([0x7fff0000, -0x80000000], [0, -1], [1, 0x00010000]);
  for (const bits of [16, 32]) {
    for (const leftJustified of [false, true]) {
      for (const pins of [{ data: 9, bclk: 10, ws: 11 }, { data: 28, bclk: 27, ws: 26 }]) {
        const machine = idle(), listener = new I2sListener(machine, { ...pins, bits, leftJustified });
        transmit(machine, pins, frames, bits, leftJustified);
        const kept = (sample) => sample & (bits === 16 ? 0xffff0000 : -1);
        const what = `${bits} bits, ${leftJustified ? 'left-justified' : 'Philips'}, ${JSON.stringify(pins)}`;
        same(listener.left.map((left, n) => [left, listener.right[n]]), frames.map((frame) => frame.map(kept)), what);
        equal(listener.malformed, 0, `malformed halves of ${what}`);
        const other = new I2sListener(idle(), { ...pins, bits: 48 - bits, leftJustified });
        need(other.frames === 0, 'a listener that hears nothing has frames');
        need(Math.abs(listener.rate - machine.clock.hz / (80 * bits)) < 1, `the rate of ${what} is ${listener.rate}`);
      }
    }
  }
  const machine = idle(), pins = { data: 9, bclk: 10, ws: 11 }, wrong = new I2sListener(machine, { ...pins, bits: 32 });
  transmit(machine, pins, frames, 16, false);
  need(wrong.malformed > 10 && wrong.frames === 0, 'halves of 16 bits pass for halves of 32');
}

// A table of levels to a slice's compare register, one at each of its wraps: what is heard is the table, a period late.
function pwmDuty() {
  const machine = idle(), levels = [0, 1, 1024, 2047, 2048, 5, 0, 0, 2048, 2048, 777, 3], listener = new PwmListener(machine, 14);
  fill(machine, SRAM, levels);
  machine.write(IO + 8 * 14 + 4, FUNCTION.pwm);
  machine.write(PWM + 0x14 * 7 + 0x10, 2047); // TOP
  machine.write(PWM + 0x14 * 7 + 0x04, 1 << 4); // divider 1
  machine.runTo(100);
  channel(machine, 0, { from: SRAM, to: PWM + 0x14 * 7 + 0x0c, count: levels.length, ctrl: EN | WORD | INCR_READ | chain(0) | treq(24 + 7) });
  machine.write(PWM + 0x14 * 7, 1);
  machine.runTo(100 + 2048 * (levels.length + 4));
  equal(machine.readWord(PWM + 0xa0), 1 << 7, 'EN');
  machine.write(PWM + 0x2000 + 0xa0, 1); // the atomic alias: set
  equal(machine.readWord(PWM + 0xa0), (1 << 7) | 1, 'EN, after slice 0 was enabled, too');
  need(listener.period.every((cycles) => cycles === 2048), `periods ${listener.period}`);
  same(listener.duty.slice(1, levels.length + 1), levels, 'cycles high in each period');
  equal(machine.readWord(DMA + 8), 0, 'transfers left');
}

// ---- the core ------------------------------------------------------------------------------------------------------------

const NOP = 0xbf00, BKPT = 0xbe00, WFI = 0xbf30;

/** Instructions in SRAM, run until `count` of them are done; returns cycles. */
function execute(machine, code, count) {
  const view = machine.sram16, at = (SRAM - 0x20000000) >> 1, [care] = machine.cores;
  code.forEach((halfword, n) => { view[at + n] = halfword; });
  [care.heldUntil, care.readyAt] = [0, machine.clock.cycles];
  care.core.PC = SRAM;
  care.core.SP = SRAM + 0x8000;
  const before = machine.clock.cycles, start = machine.instructions;
  while (machine.instructions < start + count) machine.runTo(machine.clock.cycles + 1);
  return machine.clock.cycles - before;
}

// Cortex-M0+ Technical Reference Manual, table 3-1.
function instructionCycles() {
  const cases = [['nop', [NOP], 1], ['push {r0, r1}', [0xb403], 3], ['push {r4, lr}', [0xb510], 3], ['pop {r0, r1}', [0xbc03], 3],
    ['ldr from SRAM', [0x6808], 2], ['bl', [0xf000, 0xf800], 3], ['muls', [0x4348], 1]];
  for (const [name, code, wanted] of cases) {
    const machine = idle();
    machine.mcu.core.registers[1] = SRAM + 0x4000;
    equal(execute(machine, [...code, NOP, NOP], 1), wanted, `cycles of ${name}`);
  }
  const machine = idle(); // push {lr}, then pop {pc} to the third instruction
  machine.mcu.core.registers[14] = (SRAM + 4) | 1;
  equal(execute(machine, [0xb500, 0xbd00, NOP], 2), 2 + 4, 'cycles of push {lr} and pop {pc}');
}

const NVIC = 0xe000e100, USER_IRQ = 30;

function prepareInterrupt(machine) {
  const { core } = machine.mcu, table = SRAM + 0x6000, handler = SRAM + 0x7000;
  core.VTOR = table;
  machine.write(table + 4 * (16 + USER_IRQ), handler | 1);
  machine.sram16[(handler - 0x20000000) >> 1] = 0x4770; // bx lr
  machine.write(NVIC, 1 << USER_IRQ);
}

function interrupts() {
  const machine = idle(), [care] = machine.cores;
  prepareInterrupt(machine);
  const plain = execute(machine, [NOP, NOP, NOP, NOP, NOP, NOP], 4);
  machine.write(NVIC + 0x100, 1 << USER_IRQ); // pend it
  const disturbed = execute(machine, [NOP, NOP, NOP, NOP, NOP, NOP], 4);
  const { count, cycles } = care.handlers.get(16 + USER_IRQ);
  equal(count, 1, 'entries');
  equal(cycles, 15 + 2 + 12, 'cycles of an empty handler, entry and return included');
  equal(disturbed - plain, cycles - 1, 'what it costs the program, whose bx takes the place of a nop');
  equal(care.depth, 0, 'exceptions that have not returned');
}

// A branch to itself is not carried out again and again, and takes as long as if it were; an interrupt comes at the same cycle.
function branchToItself() {
  const taken = [0xe7fe, 0xe7fd].map((branch) => { // the other one goes to the nop before it
    const machine = idle(), [care] = machine.cores, code = branch === 0xe7fe ? [branch] : [NOP, branch];
    prepareInterrupt(machine);
    execute(machine, code, 1);
    const from = machine.clock.cycles, began = machine.instructions;
    machine.at(from + 3000, () => machine.write(NVIC + 0x100, 1 << USER_IRQ));
    machine.runTo(from + 9000);
    const { count, cycles } = care.handlers.get(16 + USER_IRQ);
    return { count, cycles, instructions: machine.instructions - began, spent: care.spent[0], late: machine.clock.cycles - from };
  });
  const [spin, loop] = taken;
  equal(spin.count, 1, 'interrupts');
  equal(spin.cycles, loop.cycles, 'cycles of the handler');
  need(Math.abs(spin.instructions - (9000 - spin.cycles) / 2) <= 3, `${spin.instructions} branches in ${9000 - spin.cycles} cycles`);
  need(Math.abs(spin.spent - loop.spent) <= 4, `${spin.spent} cycles outside of handlers, and ${loop.spent}`);
}

function maskedAndHeld() {
  const machine = idle(), [care] = machine.cores;
  prepareInterrupt(machine);
  execute(machine, new Array(2000).fill(NOP), 1);
  const from = machine.clock.cycles;
  machine.maskInterrupts(from + 100, 500);
  machine.at(from + 200, () => machine.write(NVIC + 0x100, 1 << USER_IRQ));
  machine.runTo(from + 590);
  equal(care.handlers.has(16 + USER_IRQ), false, 'an interrupt that is masked is delivered');
  const busy = machine.instructions;
  machine.runTo(from + 700);
  equal(care.handlers.get(16 + USER_IRQ)?.count, 1, 'deliveries after the mask');
  need(busy > 500, 'the program did not go on while interrupts were masked');
  machine.holdCore(machine.clock.cycles + 10, 300);
  const held = machine.clock.cycles, before = machine.instructions;
  machine.runTo(held + 309);
  need(machine.instructions - before <= 11, 'a core that is held executes instructions');
  machine.runTo(held + 400);
  need(machine.instructions - before > 80, 'a core that was held does not go on');
}

function sleepAndEvents() {
  const machine = idle(), { core } = machine.mcu;
  prepareInterrupt(machine);
  core.PM = true; // cpsid i
  execute(machine, [WFI, NOP, NOP, NOP, NOP, NOP], 1);
  need(core.waiting, 'WFI does not wait');
  machine.at(machine.clock.cycles + 1000, () => machine.mcu.setInterrupt(USER_IRQ, true));
  machine.runTo(machine.clock.cycles + 1003);
  need(!core.waiting && !machine.cores[0].handlers.size, 'with PRIMASK set an interrupt must wake, and not be taken');
  core.PM = false;
  core.pendingInterrupts = 0;
  execute(machine, [0xbf40, 0xbf20, 0xbf20, NOP], 2); // sev, wfe, wfe
  need(!core.waiting, 'WFE waits although there was an event');
  machine.runTo(machine.clock.cycles + 5);
  need(core.waiting, 'WFE does not wait without an event');
  machine.second.sendEvent();
  need(!core.waiting, 'an event does not wake WFE');
}

function panics() {
  const machine = idle();
  let said = '';
  try {
    execute(machine, [BKPT, NOP], 1);
  } catch (error) {
    said = error.message;
  }
  need(said.includes('a panic or a failed assertion'), `a breakpoint gives "${said}"`);
}

runTests({
  narrowWrites, oneTransferACycle, priority, rings, chainsAndNullTrigger, pacingTimers, aborts, violations,
  dividers, delaysAndOthersAsleep, joinedFifo, stalls, i2sFormats, pwmDuty,
  instructionCycles, interrupts, branchToItself, maskedAndHeld, sleepAndEvents, panics,
});
