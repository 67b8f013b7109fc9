// Stalls while it plays: the firmware's own (interrupts off, flash erased and programmed, the core halted for good), and others from outside, at
// any moment. What is heard is program, ramps and silence, to the bit; no frame is lost or doubled; every hole is where the report says,
// and as long; DMA reads nothing but the ring's block, looked at in each transfer. In: build/firmware/pico/stall.elf.

import { equal, image, need, runTests } from './expect.mjs';
import { Programs } from './heard.mjs';
import { I2sListener } from './i2s.mjs';
import { Machine } from './machine.mjs';
import { stackUsed } from './measure.mjs';
import { framesOf, levelsApart, PulseListener } from './pulse_runs.mjs';
import { ringBlock, siren, Typist } from './wavs.mjs';

const RATE = 22050, LONG_US = 1100000, SHORT_US = 20000;
const ROUNDS = Number(process.env.ROUNDS ?? 1); // make soak: more

const programs = new Programs({ siren: siren(4 * RATE) }, 16);

/** The program with an output of this buffer and feed; from here on DMA may read the ring's block alone. */
function begin(buffer, feed = 'interrupt') {
  const machine = new Machine({ image: image('stall') }), typist = new Typist(machine);
  const { address, bytes } = machine.symbol('memory');
  machine.dma.allow('arena', address, bytes);
  machine.runUntilSaid('> ', 1);
  if (feed !== 'interrupt') typist.ask(`feed ${feed}`);
  let listener = null; // from the opening on, so that nothing of the output before is heard
  const unhook = machine.hook(machine.symbol('ta_i2s_open').address, () => { listener = new I2sListener(machine); });
  typist.ask(`buffer ${buffer}`);
  unhook();
  const ring = ringBlock(machine, typist.ask('plan'));
  machine.dma.blocks.length = 0;
  machine.dma.allow('ring', ...ring);
  return { machine, typist, listener };
}

function heard(listener) {
  return new Int32Array(listener.bytes.buffer, listener.bytes.byteOffset, 2 * listener.frames);
}

/** Everything that was heard so far against what the report says. Returns the holes. */
function judge({ machine, typist, listener }, what) {
  machine.run(0.04); // what is queued behind the last hole is on its way
  const report = typist.ask('report'), { runs, gaps } = programs.takeApart(heard(listener));
  const holes = [...report.matchAll(/^hole +(\d+) frames before program frame (\d+), at output frame (\d+): feed late$/gm)]
    .map(([, frames, before, at]) => ({ frames: Number(frames), before: Number(before), at: Number(at) }));
  need(runs.length > 0 && runs[0].first === 0, `${what}: the program does not begin at its first frame`);
  for (let n = 1; n < runs.length; n++) {
    equal(runs[n].first, runs[n - 1].first + runs[n - 1].frames, `${what}: the first frame behind gap ${n}`);
  }
  const inner = gaps.filter((gap) => gap.at > runs[0].at && gap.at < runs.at(-1).at);
  equal(holes.length, inner.length, `${what}: holes in the report, as many as were heard; it says\n${report}`);
  holes.forEach((hole, n) => {
    equal(hole.frames, inner[n].frames, `${what}: frames of hole ${n}`);
    equal(hole.before, runs[n + 1].first, `${what}: the program frame behind hole ${n}`);
    equal(hole.at, inner[n].at, `${what}: the output frame of hole ${n}`);
  });
  const complaints = machine.complaints();
  need(complaints.length === 0, `${what}: ${complaints.join('\n')}`);
  equal(listener.malformed, 0, `${what}: malformed halves`);
  need(machine.dma.transfers > 2 * listener.frames, `${what}: ${machine.dma.transfers} transfers were looked at`);
  return holes;
}

function stalled(answer) {
  const [, us, waited, holes] = /^stall +(\d+) us, .*waited (\d+) us; (\d+) holes$/m.exec(answer).map(Number);
  return { us, waited, holes };
}

// Whoever asks is never heard; whoever does not, and has less queued than the stall lasts, is, and only then.
function itsOwn(asks, feed) {
  const setting = begin(asks ? LONG_US : SHORT_US, feed), { typist } = setting, told = [], both = feed === 'interrupt' || ROUNDS > 1;
  typist.ask(`ask ${asks ? 'on' : 'off'}`);
  for (const kind of ['masked', 'flash']) {
    for (const ms of kind === 'flash' || both ? [1, 5, 50, 500] : [1, 5, 50]) { // a core that waits in a loop takes the emulator long
      const { us, waited, holes } = stalled(typist.ask(`${kind} ${ms}`, { limit: 4 }));
      need(us >= 1000 * ms && us < 1000 * ms + 46000, `${kind} ${ms} lasted ${us} us`);
      const heardOf = !asks && ms > 20 && !(feed === 'core1' && kind === 'masked');
      equal(holes, heardOf ? 1 : 0, `${kind} ${ms}, ${asks ? 'asked' : 'not asked'}, fed by ${feed}: holes`);
      told.push(waited);
    }
  }
  const holes = judge(setting, asks ? 'asked' : 'not asked');
  need(typist.ask('close').includes('claims    none'), 'something is still claimed');
  return `${holes.length} holes of ${holes.map((hole) => hole.frames).join(', ') || 'no'} frames; waited ${Math.max(...told)} us at most`;
}

// Asked at once behind a stall, with a feed that does not hold core 0 up: it must wait.
function waits() {
  const setting = begin(LONG_US, 'core1'), { typist } = setting;
  typist.ask('ask on');
  typist.ask('flash 500', { limit: 4 });
  const { waited } = stalled(typist.ask('flash 500', { limit: 4 }));
  equal(judge(setting, 'twice').length, 0, 'holes');
  return `waited ${waited} us`;
}

// From outside, at moments that have nothing to do with the program: interrupts masked, the core held, for good at last.
function fromOutside() {
  let seed = 7, told = 0;
  const random = (below) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % below;
  const setting = begin(SHORT_US), { machine } = setting;
  for (let n = 0; n < 4 * ROUNDS; n++) {
    const ms = [1, 5, 50, 500][n % 4];
    for (const stall of ['maskInterrupts', 'holdCore']) {
      const cycles = ms * 125000;
      machine[stall](machine.clock.cycles + random(2000000), cycles);
      machine.run(0.02 + ms / 1000 + 0.03);
      told++;
    }
  }
  const holes = judge(setting, 'from outside');
  need(holes.length === Math.min(4 * ROUNDS, 32), `${holes.length} holes in the report; half of the ${told} stalls are longer than what is queued`);
  return `${told} stalls, ${holes.length} holes`;
}

function forGood(how) {
  const setting = begin(SHORT_US), { machine, typist, listener } = setting;
  machine.run(0.05);
  const fine = judge(setting, 'before');
  equal(fine.length, 0, 'holes before');
  if (how === 'halt') {
    machine.type('halt\r');
    machine.runUntilSaid('halted', 1);
  } else {
    machine[how](machine.clock.cycles + 12345, Infinity);
  }
  const from = listener.frames;
  machine.run(0.6);
  const { runs, gaps } = programs.takeApart(heard(listener));
  equal(runs.length, 1, 'runs of program frames');
  const last = gaps.at(-1);
  need(listener.frames - from > 0.5 * RATE, `only ${listener.frames - from} frames: the clocks do not go on`);
  need(last.at === runs[0].at + runs[0].frames && last.frames > 0.5 * RATE, 'it does not end in silence');
  const complaints = machine.complaints();
  need(complaints.length === 0, complaints.join('\n'));
  equal(listener.malformed, 0, 'malformed halves');
  return `${runs[0].frames} frames, a fall, ${last.frames - 64} frames of silence; stack ${stackUsed(machine)} bytes`;
}

// The same by PWM. Levels are too coarse to tell one frame from another, but not to tell how far what follows a hole has moved.
function byPwm() {
  const { machine, typist } = begin(SHORT_US);
  let listener = null;
  machine.hook(machine.symbol('ta_pwm_open').address, () => { listener = new PulseListener(machine, 14, 15); });
  machine.dma.allow('pwm ring', machine.symbol('memory').address, machine.symbol('memory').bytes); // it is written while the ring is set up
  const help = `\n${typist.ask('help')}`, wanted = ['masked', 'flash', 'ask', 'all', 'feed', 'buffer', 'i2s, pwm', 'plan', 'report', 'close', 'halt'];
  for (const word of wanted) need(help.includes(`\n${word} `), `help has no line for ${word}: ${help}`);
  need(help.includes('only a reset helps'), `help is cut: ${help}`);
  typist.ask('pwm');
  const plan = typist.ask('plan'), [, period] = /period (\d+)/.exec(plan).map(Number), [, periods] = /(\d+) periods a frame/.exec(plan).map(Number);
  machine.dma.blocks.length = 0;
  machine.dma.allow('ring', ...ringBlock(machine, plan));
  for (const line of ['masked 5', 'masked 50', 'flash 5', 'flash 50']) {
    const { holes } = stalled(typist.ask(line, { limit: 4 }));
    equal(holes, line.endsWith(' 50') ? 1 : 0, `${line}: holes`);
    machine.run(0.02);
  }
  machine.run(0.04);
  const report = typist.ask('report'), [, published] = /(\d+) published/.exec(report).map(Number);
  const holes = [...report.matchAll(/^hole +(\d+) frames before program frame (\d+), .*feed late$/gm)].map(([, frames, before]) => ({ frames: Number(frames), before: Number(before) }));
  machine.run(0.1); // everything that was published then is heard
  need(typist.ask('close').includes('claims    none'), 'something is still claimed');
  const { gaps } = levelsApart(framesOf(listener.pulses, periods).words, siren(published), period);
  equal(gaps.map((gap) => gap.frames).join(), holes.map((hole) => hole.frames).join(), 'frames of the holes');
  gaps.forEach((gap, n) => need(Math.abs(gap.before - holes[n].before) <= 8, `hole ${n} is before frame ${gap.before}, and the report says ${holes[n].before}`));
  equal(holes.length, 2, 'holes in the report');
  need(machine.complaints().length === 0, machine.complaints().join('\n'));
  return `${published} frames, holes of ${holes.map((hole) => hole.frames).join(', ')} frames`;
}

runTests({
  asked: () => itsOwn(true, 'interrupt'),
  'not asked': () => itsOwn(false, 'interrupt'),
  'asked, core 1': () => itsOwn(true, 'core1'),
  'not asked, core 1': () => itsOwn(false, 'core1'),
  waits,
  'by PWM': byPwm,
  fromOutside,
  halt: () => forGood('halt'),
  'held for good': () => forGood('holdCore'),
  'masked for good': () => forGood('maskInterrupts'),
});
