// The player as it is flashed, WAV files behind it, its console on the emulated UART: every format, bit by bit as on the virtual chip; every
// command at any moment; nothing left claimed; interrupts in SRAM. In: build/firmware/pico/player.*, build/test/programs/player,
// tools/append.py.

import { equal, image, need, onVirtualChip, runTests, sameFrames, sound } from './expect.mjs';
import { Programs } from './heard.mjs';
import { I2sListener } from './i2s.mjs';
import { stackUsed } from './measure.mjs';
import { appended, makeWav, powerUp, Typist } from './wavs.mjs';

const RATE = 44100, SRAM = 0x20000000, SRAM_END = 0x20042000, DMA_IRQ_0 = 11;

function player(files) {
  const machine = powerUp(files.uf2, image('player'));
  const { address, bytes } = machine.symbol('memory');
  machine.dma.allow('arena', address, bytes);
  machine.runUntilSaid('> ', 1);
  return { machine, typist: new Typist(machine) };
}

function wordsOf(listener) {
  return new Int32Array(listener.bytes.buffer, listener.bytes.byteOffset, 2 * listener.frames);
}

function quiet(machine, listener) {
  const complaints = machine.complaints();
  need(complaints.length === 0, complaints.join('\n'));
  equal(listener.malformed, 0, 'malformed halves');
}

// What the line "rate" says must be what the pins do: the divider of 16.8 bits nearest to the rate asked.
function checkRate(answer, listener, machine, bits) {
  const cycles = 2 * (bits === 16 ? 16 : 32) * 2, { hz } = machine.clock;
  const divider = Math.round((hz * 256) / (cycles * RATE)), exact = (hz * 256) / (divider * cycles);
  const [, reached, ppm] = /rate +([\d.]+) Hz for 44100 Hz: (-?[\d.]+) ppm/.exec(answer);
  const step = (hz * 256) / ((divider - 1) * cycles) - exact;
  need(Math.abs(listener.rate - RATE) <= step, `${listener.rate} Hz is more than a divider step (${step}) from ${RATE}`);
  need(Math.abs(reached - exact) < 0.001, `the plan says ${reached} Hz, and the divider gives ${exact}`);
  need(Math.abs(listener.rate - exact) < 0.02, `the pins have ${listener.rate} Hz, and the divider gives ${exact}`);
  need(Math.abs(ppm - ((exact - RATE) / RATE) * 1e6) < 0.002, `the plan says ${ppm} ppm, and it is ${((exact - RATE) / RATE) * 1e6}`);
}

// ---- every format --------------------------------------------------------------------------------------------------------------

function formats() {
  const wavs = [];
  for (const bits of [16, 24, 32]) for (const channels of [1, 2]) wavs.push(makeWav(`f${bits}-${channels}`, { bits, channels, frames: 700 }));
  const files = appended(wavs), { machine, typist } = player(files);
  let checked = 0;
  for (const wav of wavs) {
    for (const [bclk, ws] of [[10, 11], [11, 10]]) {
      for (const align of ['philips', 'left']) {
        const what = `${wav.name} ${align} bclk ${bclk}`, slot = wav.bits === 16 ? 16 : 32;
        const open = `open i2s bits=${wav.bits} data=9 bclk=${bclk} ws=${ws} align=${align} rate=${RATE} buffer=4000`;
        const listener = new I2sListener(machine, { bclk, ws, bits: slot, leftJustified: align === 'left' });
        typist.ask(open);
        const plan = typist.ask('plan');
        typist.ask(`play ${wav.name}`);
        typist.ask('wait');
        const report = typist.ask('report');
        need(report.includes('700 published') && report.includes('holes     none'), `${what}: ${report}`);
        typist.ask('close');
        listener.close();
        const left = align === 'left' ? ',left' : '';
        const virtual = onVirtualChip('player', `9,${bclk},${ws},${slot}${left}`, { input: `${open}\nplay ${wav.name}\nwait\nclose\n`, flash: files.flash });
        const heard = sound(wordsOf(listener)).words, wanted = sound(virtual.words).words;
        sameFrames(heard, wanted, what);
        const { runs } = new Programs({ [wav.name]: wav.words }, wav.bits).takeApart(wordsOf(listener));
        equal(runs.map((run) => `${run.name} ${run.first}+${run.frames}`).join(), `${wav.name} 0+700`, `${what}: what is heard`);
        quiet(machine, listener);
        checkRate(plan, listener, machine, wav.bits);
        checked++;
      }
    }
  }
  need(typist.ask('report').includes('claims    none'), 'something is still claimed');
  return `${checked} combinations, ${(machine.clock.cycles / machine.clock.hz).toFixed(2)} s`;
}

// ---- commands at any moment ------------------------------------------------------------------------------------------------------

let seed = 20261128;
function random(below) {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}

// Each cycle opens, does something in mid-play at a random moment, and closes. What must be heard follows from the commands.
const CYCLES = {
  whole: () => [[['play a', 'wait']], ['a 0+2000']],
  stop: (t) => [[['play a', t, 'stop', 'wait']], ['a 0+?']],
  pause: (t) => [[['play a', t, 'pause', 20, 'resume', 'wait']], ['a 0+?', 'a ?+rest']],
  change: (t) => [[['play a', t, 'play b', 'wait']], ['a 0+?', 'b 0+1500']],
  loop: () => [[['loop 1', 'play b', 'wait', 'loop off']], ['b 0+1500', 'b 0+1500']],
  queue: (t) => [[['play a', t, 'queue b', 'wait']], ['a 0+2000', 'b 0+1500']],
  stopInLoop: (t) => [[['loop forever', 'play b', 30 + t, 'stop', 'wait', 'loop off']], null],
  again: (t) => [[['play a', t, 'stop', 'play a', 'wait']], ['a 0+?', 'a 0+2000']],
};

function checkRuns(runs, wanted, what) {
  const said = runs.map((run) => `${run.name} ${run.first}+${run.frames}`).join(', ');
  if (!wanted) return; // an endless loop, cut: every run but the last is whole
  need(runs.length === wanted.length, `${what}: heard ${said}, must be ${wanted.join(', ')}`);
  let at = 0;
  runs.forEach((run, n) => {
    const [name, span] = wanted[n].split(' '), [first, frames] = span.split('+');
    const from = first === '?' ? at : Number(first);
    need(run.name === name && run.first === from, `${what}: heard ${said}, must be ${wanted.join(', ')}: run ${n} begins at ${run.first}, not ${from}`);
    if (frames === 'rest') need(run.first + run.frames === 2000, `${what}: heard ${said}: the rest is not whole`);
    else if (frames !== '?') equal(run.frames, Number(frames), `${what}: frames of run ${n}`);
    at = run.first + run.frames;
  });
}

function commands() {
  const wavs = [makeWav('a', { frames: 2000 }), makeWav('b', { frames: 1500, seed: 77 })];
  const { machine, typist } = player(appended(wavs)), programs = new Programs({ a: wavs[0].words, b: wavs[1].words }, 16);
  const names = Object.keys(CYCLES), feeds = ['interrupt', 'core1', 'caller'];
  let gaps = 0;
  for (let cycle = 0; cycle < 24; cycle++) {
    const name = names[cycle % names.length], moment = random(25000) / 1000, feed = feeds[Math.floor(cycle / names.length)];
    const [[steps], wanted] = CYCLES[name](moment), what = `cycle ${cycle}, ${name} after ${moment} ms, feed ${feed}`;
    const listener = new I2sListener(machine);
    typist.ask(`open i2s buffer=6000 feed=${feed}`);
    for (const step of steps) {
      if (typeof step === 'number') machine.run(step / 1000);
      else typist.ask(step);
    }
    const report = typist.ask('report');
    need(report.includes('holes     none'), `${what}: ${report}`);
    need(/claims +DMA channels \d+ \d+ \d+; PIO/.test(report), `${what}: the report does not list what is claimed: ${report}`);
    typist.ask('close');
    need(typist.ask('report').includes('claims    none'), `${what}: something is still claimed`);
    listener.close();
    const apart = programs.takeApart(wordsOf(listener));
    checkRuns(apart.runs, wanted, what);
    if (!wanted) need(apart.runs.slice(0, -1).every((run) => run.first === 0 && run.frames === 1500), `${what}: a pass is not whole`);
    gaps += apart.gaps.length;
    quiet(machine, listener);
  }
  return `24 cycles, ${gaps} gaps, each a fall, silence and a rise to the bit; stack ${stackUsed(machine)} bytes`;
}

// ---- where the interrupt handler lies -----------------------------------------------------------------------------------------------

function handlerInSram() {
  const { machine, typist } = player(appended([makeWav('a', { frames: 3000 })])), [care] = machine.cores, step = care.step;
  const outside = new Map(), functions = [...machine.symbols].filter(([, s]) => s.isFunction).map(([name, s]) => ({ name, ...s }));
  let inside = 0;
  care.step = (opcode) => {
    const pc = care.core.registers[15] & ~1, top = care.open.at(-1);
    if (top && top.number === 16 + DMA_IRQ_0) {
      inside++;
      if (pc < SRAM || pc >= SRAM_END) {
        const found = functions.find(({ address, bytes }) => pc >= address && pc < address + bytes);
        const name = found?.name ?? `0x${pc.toString(16)}`;
        outside.set(name, (outside.get(name) ?? 0) + 1);
      }
    }
    return step.call(care, opcode);
  };
  typist.ask('open');
  typist.ask('play a');
  typist.ask('wait');
  need(inside > 1000, `only ${inside} instructions of the DMA interrupt were looked at`);
  const list = [...outside].map(([name, count]) => `${name} (${count})`).join(', ');
  need(outside.size === 0, `instructions of the DMA interrupt outside SRAM: ${list}`);
  return `${inside} instructions of the DMA interrupt, all in SRAM; stack ${stackUsed(machine)} bytes`;
}

// ---- what is refused, and the way out ---------------------------------------------------------------------------------------------------

function errors() {
  const { machine, typist } = player(appended([makeWav('a', { frames: 100 })]));
  const refused = {
    'open i2s bits=7': 'error: i2s: bits cannot be 7', 'open i2s bits': 'error: open: bits is no setting', 'open i2s colour=red': 'error: open: there is no setting colour',
    'open i2s align=right': 'error: open: align=right cannot be: give philips or left', 'open pwm8': 'error: open: there is no output pwm8', play: 'error: no output is open',
    stop: 'error: no output is open', 'play nothing': 'error: there is no track nothing', 'volume 5': 'error: volume 5 cannot be', 'volume x': 'error: volume x cannot be',
    'loop -1': 'error: loop -1 cannot be', jump: 'error: there is no command jump', 'open i2s data=10': 'error: i2s: data shares a pin', 'open i2s buffer=9000000': 'error: i2s: a buffer cannot hold',
    'open i2s buffer=2000000': 'error: not enough', close: 'error: no output is open',
  };
  for (const [line, answer] of Object.entries(refused)) typist.ask(line, { ends: answer === 'error: not enough' ? 'error: ' : answer });
  typist.ask('a '.repeat(20), { ends: 'error: a line has at most 159 characters and 16 words' });
  typist.ask('x'.repeat(200), { ends: 'error: a line has at most 159 characters and 16 words' });
  typist.ask('helpq\b'); // a backspace
  need(typist.ask('report').includes('claims    none'), 'a refused open leaves something claimed');
  typist.ask('open');
  machine.type('reboot\r');
  machine.run(0.5);
  need(machine.rebooted, 'reboot does not reset the chip');
  return `${Object.keys(refused).length + 2} refusals`;
}

runTests({ formats, commands, handlerInSram, errors });
