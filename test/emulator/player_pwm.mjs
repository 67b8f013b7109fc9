// The player by PWM, as it is flashed, WAV files behind it: the levels at the pins are, one by one, those of the virtual chip, for every format
// and every depth; the rate is the one that is reported; whatever is typed, whenever: nothing is lost or doubled, no step is above the limit,
// nothing stays claimed. In: build/firmware/pico/player.*, build/test/programs/player, tools/append.py.

import { equal, image, need, runTests, sameFrames, sound } from './expect.mjs';
import { between, DmaLevels, framesOf, LevelPrograms, PulseListener, pulsesOnVirtualChip, runsOf, sameRuns } from './pulse_runs.mjs';
import { appended, checkRuns, CYCLES, makeWav, powerUp, Typist } from './wavs.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 1); // make soak: more
const RATE = 44100, A = 14, B = 15, SLICE = 7, FRAMES = 300;

function player(files) {
  const machine = powerUp(files.uf2, image('player')), { address, bytes } = machine.symbol('memory');
  machine.dma.allow('arena', address, bytes);
  machine.runUntilSaid('> ', 1);
  return { machine, typist: new Typist(machine) };
}

// ---- every format, every depth -------------------------------------------------------------------------------------------------

// What the line "rate" says must be what DMA does.
function checkRate(plan, writes, machine, what) {
  const [, reached, ppm, x, y] = /rate +([\d.]+) Hz for 44100 Hz: (-?[\d.]+) ppm, timer (\d+)\/(\d+)/.exec(plan).map(Number), { hz } = machine.clock;
  const exact = (hz * x) / y, frames = writes.length - 1, cycles = writes.at(-1).cycle - writes[0].cycle;
  need(frames > FRAMES, `${what}: ${frames} levels were written`);
  need(Math.abs(cycles - (frames * y) / x) <= 2, `${what}: ${frames} frames in ${cycles} cycles, and the plan says ${x}/${y} a cycle`);
  need(Math.abs(reached - exact) < 0.001 && Math.abs(ppm - ((exact - RATE) / RATE) * 1e6) < 0.002, `${what}: the plan says ${reached} Hz, ${ppm} ppm, and the timer gives ${exact} Hz`);
}

const WAYS = [];
for (const bits of [0, 8, 9, 10, 11]) for (const pins of ['right=15', 'right=none']) WAYS.push(`bits=${bits} ${pins} rounding=shaped`);
const ROUNDINGS = ['dithered', 'plain'].flatMap((rounding) => [0, 9].map((bits) => `bits=${bits} right=15 rounding=${rounding}`));

function formats() {
  const wavs = [];
  for (const bits of [8, 16, 24, 32]) for (const channels of [1, 2]) wavs.push(makeWav(`p${bits}-${channels}`, { bits, channels, frames: FRAMES }));
  const files = appended(wavs, 'for-pwm'), { machine, typist } = player(files), { writes } = new DmaLevels(machine, SLICE);
  let checked = 0, changes = 0, plan = '';
  const check = (wav, way, n) => {
    const what = `${wav.name} ${way}`, one = way.includes('none'), open = `open pwm ${way} left=14 rate=${RATE} buffer=4000 ramp=2`, listener = new PulseListener(machine, A, B);
    typist.ask(open);
    if (n === 0) plan = typist.ask('plan'); // it is the same for every file
    const [, period] = /period (\d+)/.exec(plan).map(Number), coherent = /(\d+) periods a frame/.exec(plan);
    writes.length = 0;
    typist.ask(`play ${wav.name}`);
    typist.ask('wait');
    const played = [...writes], report = typist.ask('report');
    need(report.includes(`${FRAMES} published`) && report.includes('holes     none'), `${what}: ${report}`);
    typist.ask('close');
    listener.close();
    const virtual = pulsesOnVirtualChip('player', `${A},${one ? 255 : B}`, { input: `${open}\nplay ${wav.name}\nwait\nclose\n`, flash: files.flash }).pulses;
    const { pulses } = listener, [got, wanted] = [pulses, virtual].map((list) => runsOf(between(list, one)));
    sameRuns(got, wanted, what);
    need(!one || pulses.every((pulse) => pulse[2] === 0), `${what}: the pin beside it moves`);
    if (coherent) {
      const periods = Number(coherent[1]), words = [pulses, virtual].map((list) => sound(framesOf(list, periods, one).words).words);
      sameFrames(words[0], words[1], what);
    }
    if (n === 0) checkRate(plan, played, machine, what);
    equal(period, { 0: 1417, 8: 256, 9: 512, 10: 1024, 11: 2048 }[/bits=(\d+)/.exec(way)[1]], `${what}: the period`);
    const complaints = machine.complaints();
    need(complaints.length === 0, `${what}: ${complaints.join('\n')}`);
    checked++;
    changes += got.length;
  };
  for (const way of WAYS) wavs.forEach((wav, n) => check(wav, way, n));
  for (const way of ROUNDINGS) check(wavs[3], way, 0);
  need(typist.ask('report').includes('claims    none'), 'something is still claimed');
  return `${checked} combinations, ${changes} changes of level, ${(machine.clock.cycles / machine.clock.hz).toFixed(2)} s`;
}

// ---- commands at any moment ------------------------------------------------------------------------------------------------------

let seed = 20261129;
function random(below) {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}

function commands() {
  const wavs = [makeWav('a', { frames: 2000 }), makeWav('b', { frames: 1500, seed: 77 })];
  const { machine, typist } = player(appended(wavs, 'for-pwm')), programs = new LevelPrograms({ a: wavs[0].words, b: wavs[1].words }, 1417);
  const names = Object.keys(CYCLES), feeds = ['interrupt', 'core1', 'caller'], cycles = names.length * ROUNDS;
  let frames = 0, largest = 0;
  for (let cycle = 0; cycle < cycles; cycle++) {
    const name = names[cycle % names.length], moment = random(25000) / 1000, feed = feeds[cycle % feeds.length];
    const [[steps], wanted] = CYCLES[name](moment), what = `cycle ${cycle}, ${name} after ${moment} ms, feed ${feed}`, listener = new PulseListener(machine, A, B);
    typist.ask(`open pwm buffer=6000 feed=${feed} ramp=2`);
    for (const step of steps) {
      if (typeof step === 'number') machine.run(step / 1000);
      else typist.ask(step);
    }
    const report = typist.ask('report');
    need(report.includes('holes     none'), `${what}: ${report}`);
    need(/claims +DMA channels \d+ \d+ \d+; DMA timers \d; PWM slices 7; /.test(report), `${what}: the report does not list what is claimed: ${report}`);
    typist.ask('close');
    need(typist.ask('report').includes('claims    none'), `${what}: something is still claimed`);
    listener.close();
    const { runs, step } = programs.takeApart(framesOf(listener.pulses, 2).words);
    if (wanted) checkRuns(runs, wanted, what);
    else need(runs.slice(0, -1).every((run) => run.first === 0 && run.frames === 1500), `${what}: a pass is not whole`);
    frames += runs.reduce((sum, run) => sum + run.frames, 0);
    largest = Math.max(largest, step);
    need(machine.complaints().length === 0, machine.complaints().join('\n'));
  }
  return `${cycles} cycles, ${frames} frames, the largest step outside of them ${largest} of 1417`;
}

/** The test must be able to fail: a bit of a track that is changed in flash gives another level. */
function seeded() {
  const wav = makeWav('a', { frames: FRAMES }), files = appended([wav], 'for-pwm'), { machine, typist } = player(files), listener = new PulseListener(machine, A, B);
  const at = machine.mcu.flash.indexOf(0x52, 0x80000 + 32); // RIFF
  machine.mcu.flash[at + 44 + 4 * 200 + 1] ^= 0x10;
  for (const line of ['open pwm ramp=2', 'play a', 'wait', 'close']) typist.ask(line);
  const virtual = pulsesOnVirtualChip('player', `${A},${B}`, { input: 'open pwm ramp=2\nplay a\nwait\nclose\n', flash: files.flash }).pulses, refused = [];
  for (const test of [() => sameRuns(runsOf(between(listener.pulses)), runsOf(between(virtual)), 'seeded'), () => {
    const { runs } = new LevelPrograms({ a: wav.words }, 1417).takeApart(framesOf(listener.pulses, 2).words);
    checkRuns(runs, [`a 0+${FRAMES}`], 'seeded');
  }]) {
    try {
      test();
    } catch (error) {
      refused.push(error.message);
    }
  }
  need(/^seeded: change \d+ is to/.test(refused[0]), `a changed bit gives "${refused[0]}"`);
  need(refused.length === 2, 'a changed bit is not noticed among the frames');
  return refused.join('; ');
}

runTests({ formats, commands, seeded });
