// The player as it is flashed, WAV files behind it, its console on the emulated UART: every format, bit by bit as on the virtual chip; every
// command at any moment; nothing left claimed; interrupts in SRAM. In: build/firmware/pico/player.*, build/test/programs/player,
// tools/append.py.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { USBCDC } from 'rp2040js';
import { equal, image, need, onVirtualChip, runTests, sameFrames, scratch, sound } from './expect.mjs';
import { Programs } from './heard.mjs';
import { I2sListener } from './i2s.mjs';
import { stackUsed } from './measure.mjs';
import { appended, checkRuns, CYCLES, makeWav, powerUp, TRACKS_OFFSET, Typist } from './wavs.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 1); // make soak: more
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

function commands() {
  const wavs = [makeWav('a', { frames: 2000 }), makeWav('b', { frames: 1500, seed: 77 })];
  const { machine, typist } = player(appended(wavs)), programs = new Programs({ a: wavs[0].words, b: wavs[1].words }, 16);
  const names = Object.keys(CYCLES), feeds = ['interrupt', 'core1', 'caller'];
  let gaps = 0;
  const cycles = names.length * feeds.length * ROUNDS;
  for (let cycle = 0; cycle < cycles; cycle++) {
    const name = names[cycle % names.length], moment = random(25000) / 1000, feed = feeds[Math.floor(cycle / names.length) % feeds.length];
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
    if (wanted) checkRuns(apart.runs, wanted, what);
    else need(apart.runs.slice(0, -1).every((run) => run.first === 0 && run.frames === 1500), `${what}: a pass is not whole`);
    gaps += apart.gaps.length;
    quiet(machine, listener);
  }
  return `${cycles} cycles, ${gaps} gaps, each a fall, silence and a rise to the bit; stack ${stackUsed(machine)} bytes`;
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
    'open i2s align=right': 'error: open: align=right cannot be: give philips or left', 'open pwm8': 'error: open: there is no output pwm8', 'open pwm bits=7': 'error: pwm: bits cannot be 7',
    'open pwm data=9': 'error: open: pwm has no setting data', 'open i2s left=14': 'error: open: i2s has no setting left', 'open pwm rounding=up': 'error: open: rounding=up cannot be: give shaped, dithered or plain',
    'open pwm right=13': 'error: pwm: ', 'open pwm ramp=x': 'error: open: ramp=x cannot be', play: 'error: no output is open',
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

// ---- what lies behind the firmware ------------------------------------------------------------------------------------------------------

function append(...words) {
  const done = spawnSync('tools/append.py', words, { encoding: 'utf8' });
  return done.status === 0 ? 'done' : done.stderr.trim();
}

function tracks() {
  const wav = makeWav('a', { frames: 500 }), firmware = image('player', 'uf2'), out = join(scratch(), 'out.uf2');
  // Firmware and tracks from each kind of image; the tracks alone; one bare file.
  const flash = { uf2: appended([wav]).uf2 };
  equal(append(flash.elf = join(scratch(), 'elf.uf2'), '--firmware', image('player'), wav.file), 'done', 'from the ELF file');
  need(readFileSync(flash.elf).equals(readFileSync(flash.uf2)), 'an ELF and a UF2 file of the player give different files');
  equal(append(flash.bin = join(scratch(), 'whole.bin'), '--firmware', firmware, wav.file), 'done', 'a .bin file');
  for (const file of [flash.uf2, flash.bin]) {
    need(player({ uf2: file }).typist.ask('list').includes('2   a                    appended, 16 bits, 2 channels, 44100 Hz, 500 frames'), `${file}: no track`);
  }
  // What the player finds damaged is told, and the rest plays.
  const damage = {
    'a wrong checksum': (bytes) => { bytes[40] ^= 1; }, 'no count from 1 to 64': (bytes) => { bytes[8] = 65; },
    'more than this flash': (bytes) => { bytes[14] = 0x7f; }, '': (bytes) => { bytes[0] = 0; },
  };
  for (const [words, change] of Object.entries(damage)) {
    const machine = powerUp(flash.uf2, image('player')), typist = new Typist(machine);
    change(machine.mcu.flash.subarray(TRACKS_OFFSET));
    machine.runUntilSaid('> ', 1);
    need(words ? machine.text.includes(words) : !machine.text.includes('append'), `damage must be told as "${words}", and it says ${machine.text}`);
    const list = typist.ask('list', { ends: words ? 'error: ' : 'ok' });
    need(list.includes('1   jingle') && !list.includes('2   '), `with damage the list is ${list}`);
  }
  const machine = powerUp(image('player', 'uf2'), image('player')), typist = new Typist(machine);
  machine.mcu.flash.set(readFileSync(wav.file), TRACKS_OFFSET);
  machine.runUntilSaid('> ', 1);
  need(typist.ask('list').includes('2   appended             appended, 16 bits, 2 channels, 44100 Hz, 500 frames'), 'a bare WAV file is not found');

  const long = makeWav('x'.repeat(40), { frames: 10 }), big = makeWav('big', { frames: 450000 }), text = join(scratch(), 'text.wav');
  writeFileSync(text, 'not a WAV file');
  const refusals = [
    [[out, wav.file], 'give either --firmware with the player, or --tracks-only'], [['out.hex', '--firmware', firmware, wav.file], 'neither a .uf2 nor a .bin'],
    [[out, '--tracks-only', wav.file], 'needs --family'], [[out, '--firmware', firmware, '--family', 'rp2350-arm-s', wav.file], 'is for rp2040'],
    [[out, '--firmware', firmware, text], 'is no WAV file'], [[out, '--firmware', firmware, long.file], 'rename the file'], [[out, '--firmware', firmware, big.file], 'the flash has 2097152'],
    [[out, '--firmware', firmware, wav.file, wav.file], 'a name of its own'], [[out, '--firmware', wav.file, wav.file], 'no image that RP2040 or RP2350 would start'],
    [[out, '--firmware', firmware, '--offset', '0x10000', wav.file], "the tracks' place begins at 65536"], [[out, '--firmware', firmware, '--offset', '0x80010', wav.file], 'no multiple of 4096'],
    [[out, '--firmware', firmware, 'nothing.wav'], 'nothing.wav: No such file'], [[out, '--firmware', image('tone', 'uf2'), wav.file], 'has no player'],
  ];
  for (const [words, sentence] of refusals) need(append(...words).includes(sentence), `${words.join(' ')} must be refused with "${sentence}", and: ${append(...words)}`);
  need(!existsSync(out), 'a refused file is there');
  return `${refusals.length} refusals, ${Object.keys(damage).length} kinds of damage`;
}

/** The tests must be able to fail: a bit of a track that is changed in flash is heard, and a block that is cut is seen. */
function seeded() {
  const wav = makeWav('a', { frames: 700 }), { machine, typist } = player(appended([wav])), listener = new I2sListener(machine);
  const at = machine.mcu.flash.indexOf(0x52, TRACKS_OFFSET + 32); // RIFF
  machine.mcu.flash[at + 44 + 4 * 300] ^= 1;
  typist.ask('open');
  machine.dma.blocks[0].end = machine.dma.blocks[0].start + 4096;
  typist.ask('play a');
  typist.ask('wait');
  let caught = '';
  try {
    new Programs({ a: wav.words }, 16).takeApart(wordsOf(listener));
  } catch (error) {
    caught = error.message;
  }
  need(/neither program, ramp nor silence|no room for its ramps/.test(caught), `a changed bit gives "${caught}"`);
  need(machine.complaints().some((line) => line.includes('reads outside what is registered')), 'a block that is cut is not noticed');
  return caught;
}

// ---- USB ----------------------------------------------------------------------------------------------------------------------------------

// A host enumerates the board and types there; what is typed on the UART is heard, too.
function usb() {
  const machine = powerUp(appended([makeWav('a', { frames: 500 })]).uf2, image('player')), cdc = new USBCDC(machine.mcu.usbCtrl);
  const { address, bytes: size } = machine.symbol('memory');
  machine.dma.allow('arena', address, size);
  let text = '', connected = false;
  cdc.onSerialData = (bytes) => { text += Buffer.from(bytes).toString('latin1'); };
  cdc.onDeviceConnected = () => { connected = true; };
  machine.runUntil(() => connected, 3);
  machine.run(0.05);
  const type = (line, until) => {
    const from = text.length;
    for (const letter of `${line}\r`) cdc.sendSerialByte(letter.charCodeAt(0));
    machine.runUntil(() => until.test(text.slice(from)), 2);
    return text.slice(from).replaceAll('\r', '');
  };
  type('open', /\nok\r?\n> $/);
  type('play a', /\nok\r?\n> $/);
  type('wait', /\nok\r?\n> $/);
  const report = type('report', /\nok\r?\n> $/);
  need(report.includes('500 published') && report.includes('holes     none'), `by USB it reports ${report}`);
  need(new Typist(machine).ask('report').includes('500 published'), 'the UART does not answer any more');
  return `${text.length} characters by USB`;
}

runTests({ formats, commands, handlerInSram, errors, tracks, usb, seeded });
