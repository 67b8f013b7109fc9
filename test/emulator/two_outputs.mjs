// I2S and PWM at once: they begin at the same frame; what each plays is, bit by bit, what it plays on the virtual chip; who is paused, starved
// or stalled is not noticed by the other; all that is claimed is reported, and nothing stays claimed. First both are fed by one core, then one
// by each. In: build/firmware/pico/two-outputs.elf, build/test/programs/two-outputs.

import { equal, image, need, onVirtualChip, runTests, sameFrames, sound } from './expect.mjs';
import { Programs } from './heard.mjs';
import { I2sListener } from './i2s.mjs';
import { Machine } from './machine.mjs';
import { framesOf, levelsApart, PulseListener, pulsesOnVirtualChip } from './pulse_runs.mjs';
import { siren } from './wavs.mjs';

const FRAMES = 130 * 128, PAUSE = 13 * 128, A = 14, B = 15, PERIOD = 1417, PERIODS = 2; // the last two: of a frame of 44.1 kHz
const program = siren(FRAMES), programs = new Programs({ siren: program }, 16), outputs = ['I2S', 'PWM'];

/** The program, one round or both: {machine, rounds: [{i2s, pwm, text}]}. disturb: called with the round as both start. */
function play(count, disturb = () => {}) {
  const machine = new Machine({ image: image('two-outputs') }), { address, bytes } = machine.symbol('memory'), rounds = [];
  machine.dma.allow('arena', address, bytes);
  machine.hook(machine.symbol('ta_i2s_open').address, () => {
    rounds.at(-1)?.i2s.close();
    rounds.at(-1)?.pwm.close();
    rounds.push({ i2s: new I2sListener(machine), pwm: new PulseListener(machine, A, B), from: machine.text.length });
  });
  machine.hook(machine.symbol('ta_rp2_start').address, () => disturb(machine, rounds.length));
  machine.runUntil(() => machine.text.split('claims    none').length > count, 4);
  rounds.forEach((round, n) => { round.text = machine.text.slice(round.from, rounds[n + 1]?.from).replaceAll('\r', ''); });
  return { machine, rounds };
}

const wordsOf = (listener) => new Int32Array(listener.bytes.buffer, listener.bytes.byteOffset, 2 * listener.frames);

/** Levels of one round. The slice stands still between rounds: what the first listener hears of the second round is left out. */
function levelsOf(pulses) {
  const low = pulses.findIndex((pulse, n) => n > 1000 && pulse[1] === 0 && pulse[2] === 0 && pulses[n - 1][1] > 0);
  return framesOf(low < 0 ? pulses : pulses.slice(0, low), PERIODS);
}

/** What the report says of each output's holes: [{frames, before, cause}]. */
function holesOf(text) {
  return outputs.map((name) => [...text.split(`two-outputs: ${name}\n`)[1].split('two-outputs:')[0]
    .matchAll(/^hole +(\d+) frames before program frame (\d+), at output frame \d+: (.*)$/gm)].map(([, frames, before, cause]) => ({ frames: +frames, before: +before, cause })));
}

/** Every frame of the program was heard from both, once, in order. Returns {gaps: of each, apart: by how many cycles PWM is later at frame 0}. */
function judge({ i2s, pwm, text }, what) {
  const { runs, gaps } = programs.takeApart(wordsOf(i2s)), pulses = pwm.pulses, levels = levelsOf(pulses);
  equal(i2s.malformed, 0, `${what}: malformed halves`);
  let next = 0;
  for (const run of runs) {
    equal(run.first, next, `${what}: I2S goes on at frame`);
    next += run.frames;
  }
  equal(next, FRAMES, `${what}: frames by I2S`);
  const inner = gaps.filter((gap) => gap.at > runs[0].at && gap.at < runs.at(-1).at).map(({ frames }, n) => ({ before: runs[n + 1].first, frames }));
  const apart = levelsApart(levels.words, program, PERIOD), frame = (i2s.lastCycle - i2s.firstCycle) / (i2s.frames - 1);
  // Every gap is a pause of twelve slots, and one for its ramps, or a hole, and the report has the same holes.
  [inner, apart.gaps].forEach((heard, n) => {
    const holes = holesOf(text)[n], pauses = heard.filter((gap) => gap.frames === PAUSE);
    equal(pauses.length, 1, `${what}: pauses of ${outputs[n]}`);
    const rest = heard.filter((gap) => gap.frames !== PAUSE);
    equal(rest.map((gap) => gap.frames).join(), holes.map((hole) => hole.frames).join(), `${what}: holes of ${outputs[n]}`);
    rest.forEach((gap, k) => need(Math.abs(gap.before - holes[k].before) <= (n ? 8 : 0), `${what}: hole ${k} of ${outputs[n]} is before frame ${gap.before}, not ${holes[k].before}`));
  });
  return { gaps: [inner, apart.gaps], apart: pulses[levels.at[apart.first]][3] - (i2s.firstCycle + runs[0].at * frame), frame };
}

/** A frame is at the PWM pins within a period, which is half a frame's time, of when I2S has sent it. */
function together({ apart, frame }, what) {
  need(apart > -0.05 * frame && apart < 0.55 * frame, `${what}: PWM begins ${(apart / frame).toFixed(2)} frames behind I2S`);
}

const causes = (text) => holesOf(text).map((holes) => holes.map((hole) => hole.cause).join()).join('; ');

function both() {
  const { machine, rounds } = play(2), complaints = machine.complaints(), said = [];
  need(complaints.length === 0, complaints.join('\n'));
  equal(rounds.length, 2, 'rounds');
  const i2s = onVirtualChip('two-outputs'), virtual = programs.takeApart(i2s.words).runs.filter((run) => run.first === 0);
  const starts = virtual.map((run) => run.at - 64), { pulses } = pulsesOnVirtualChip('two-outputs', `${A},${B}`);
  const closed = pulses.findIndex((pulse, n) => n > 1000 && pulse[1] === 0 && pulse[2] === 0 && pulses[n - 1][1] > 0);
  rounds.forEach((round, n) => {
    const what = `round ${n + 1}`, found = judge(round, what);
    sameFrames(sound(wordsOf(round.i2s)).words, sound(i2s.words.subarray(2 * starts[n], 2 * (starts[n + 1] ?? Infinity))).words, `${what}: I2S`);
    sameFrames(sound(levelsOf(round.pwm.pulses).words).words, sound(levelsOf(n ? pulses.slice(closed + 1) : pulses).words).words, `${what}: PWM`);
    together(found, what);
    equal(causes(round.text), 'source late; source late', `${what}: the holes`);
    need(found.gaps[0].every((gap) => found.gaps[1].every((other) => Math.abs(gap.before - other.before) > 1000)), `${what}: both have a gap at the same frame`);
    const claims = /\nclaims    (DMA channels( \d+){6}; DMA timers 0; PIO\d machines \d; programs in PIO \d; PWM slices 7; software interrupts( \d+)+; DMA interrupt lines( \d)+; GPIO 9 10 11 14 15)\nclaims    none\n/;
    need(claims.test(round.text), `${what}: the claims\n${round.text}`);
    said.push(`PWM has frame 0 ${((found.apart * 1e9) / machine.clock.hz).toFixed(0)} ns after I2S has sent it`);
  });
  return `2 x ${FRAMES} frames of each, and their gaps, as on the virtual chip; ${said.join(', ')}`;
}

// From outside: a stall of 25 ms, with 15 ms queued, from 3 ms after the start on.
const stall = (how, core) => (machine) => machine[how](machine.clock.cycles + 375000, 3125000, core);

function stalls() {
  const none = () => {}, apart = [], cases = [
    ['their core does not serve interrupts', [stall('maskInterrupts', 0), none], 0, 'feed late,source late; feed late,source late'],
    ["I2S's core is held", [none, stall('holdCore', 1)], 1, 'feed late,source late; source late'],
    ["PWM's core does not serve interrupts", [none, stall('maskInterrupts', 0)], 1, 'source late; feed late,source late'],
  ];
  for (const [what, disturb, n, wanted] of cases) {
    const { machine, rounds } = play(n + 1, (chip, round) => disturb[round - 1](chip)), complaints = machine.complaints();
    need(complaints.length === 0, complaints.join('\n'));
    const found = judge(rounds[n], what);
    together(found, what);
    apart.push(((found.apart * 1e9) / machine.clock.hz).toFixed(0));
    equal(causes(rounds[n].text), wanted, `${what}: the holes`);
    need(/\nclaims    none\n/.test(rounds[n].text), `${what}: something is still claimed`);
  }
  return `${cases.length} stalls, of both, of the one, of the other; nothing lost; PWM has frame 0 ${apart.join(', ')} ns after I2S`;
}

/** The test must be able to fail: a frame that I2S skips, one that PWM skips, a start that is a slot late. */
function seeded() {
  const { rounds: [{ i2s, pwm, text }] } = play(1), caught = (round, words) => {
    let said = '';
    try {
      together(judge(round, 'seeded'), 'seeded');
    } catch (error) {
      said = error.message;
    }
    need(words.test(said), `must be refused with ${words}, and: "${said}"`);
  };
  const { left, right } = i2s, { pulses } = pwm, from = levelsOf(pulses).at[3000], cut = pulses.slice(0, from).concat(pulses.slice(from + PERIODS));
  i2s.firstCycle -= 128 * 2834;
  i2s.lastCycle -= 128 * 2834;
  caught({ i2s, pwm, text }, /PWM begins 12\d\.\d+ frames behind I2S/);
  caught({ i2s, pwm: { pulses: cut }, text }, /not among the levels any more/);
  left.splice(5000, 1);
  right.splice(5000, 1);
  caught({ i2s, pwm, text }, /no room for its ramps|goes on at frame/);
}

runTests({ both, stalls, seeded });
