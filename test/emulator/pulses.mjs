// PWM, as it would be flashed, on the emulated RP2040: the pulses at the pins are, level by level and period by period, those that the same
// program gives on the virtual chip, ramps included; frames last whole numbers of periods; levels are written away from the end of a period;
// and a core that stands still leaves ramps and the middle.
// In: build/firmware/pico/pwm_beep.elf and probes/pwm_levels.elf, build/test/pulses/*.

import { equal, image, need, runTests } from './expect.mjs';
import { Machine } from './machine.mjs';
import { FunctionCost } from './measure.mjs';
import { DmaLevels, isMiddle, PERIOD_MAX, PulseListener, pulsesOnVirtualChip, runsOf, sameRuns } from './pulse_runs.mjs';

const A = 14, B = 15, SLICE = 7;

/** From the first rest in the middle to the last one, between two ramps, every level lasts a whole number of frames. Returns how many were. */
function wholeFrames(runs, periodsOf) {
  let looked = 0;
  const low = runs.map(({ pulse }, n) => (pulse[1] === 0 && pulse[2] === 0 ? n : -1)).filter((n) => n >= 0);
  for (let s = 0; s + 1 < low.length; s++) {
    const open = runs.slice(low[s] + 1, low[s + 1]), one = open.every(({ pulse }) => pulse[2] === 0);
    const middle = ({ pulse }) => isMiddle(pulse, one);
    for (const run of open.slice(open.findIndex(middle), open.findLastIndex(middle))) {
      const periods = periodsOf(run.pulse[0]);
      if (!periods || middle(run)) continue;
      need(run.times % periods === 0, `a level of period ${run.pulse[0]} lasts ${run.times} periods, and a frame ${periods}`);
      looked++;
    }
  }
  return looked;
}

function powerUp(file) {
  const machine = new Machine({ image: file });
  const { address, bytes } = machine.symbol('memory');
  machine.dma.allow('arena', address, bytes);
  const listener = new PulseListener(machine, A, B);
  const { writes } = new DmaLevels(machine, SLICE);
  return { machine, listener, writes };
}

function checkWrites(writes) {
  let nearest = Infinity;
  for (const { counter, period } of writes) if (period !== PERIOD_MAX) nearest = Math.min(nearest, counter, period - counter);
  need(nearest >= 40, `a level was written ${nearest} counts from the end of a period`);
  return nearest;
}

function levels() {
  const { machine, listener, writes } = powerUp(image('probes/pwm_levels'));
  const costs = ['pwm_nearest_fraction', 'retune', 'ta_pwm_open'].filter((name) => machine.symbols.has(name)).map((name) => new FunctionCost(machine, name));
  equal(machine.runToExit(3), 0, `the exit status of the program, which said "${machine.text}"`);
  const virtual = pulsesOnVirtualChip('pwm_levels', `${A},${B}`), text = machine.text.replaceAll('\r', '');
  equal(text, virtual.text, 'what it says');
  const got = runsOf(listener.pulses), wanted = runsOf(virtual.pulses);
  need(wanted.length > 5000, `only ${wanted.length} changes of level`);
  sameRuns(got, wanted, 'levels');
  const frames = new Map([[1417, 2], [1953, 2], [1302, 2], [326, 1]]); // periods in a frame; 1953 is also 8 of 8 kHz
  const whole = wholeFrames(got, (period) => frames.get(period));
  need(whole > 2500, `only ${whole} levels were looked at`);
  const nearest = checkWrites(writes), complaints = machine.complaints();
  need(complaints.length === 0, complaints.join('\n'));
  for (const cost of costs) if (cost.calls) console.log(`      ${cost}`);
  return `${got.length} changes of level, ${writes.length} frames written, none nearer than ${nearest} counts to the end of a period`;
}

function beep() {
  const { machine, listener, writes } = powerUp(image('pwm_beep'));
  equal(machine.runToExit(3), 0, 'the exit status');
  const got = runsOf(listener.pulses), wanted = runsOf(pulsesOnVirtualChip('pwm_beep', `${A},255`).pulses);
  sameRuns(got, wanted, 'pwm_beep');
  // 1 s of 441 Hz: its edges, all of the same length but for the two at which a pattern of levels begins anew.
  const whole = wholeFrames(got, (period) => (period === 1417 ? 2 : 0));
  need(whole > 800, `only ${whole} levels were looked at`);
  need(listener.pulses.every(([, , high]) => high === 0), 'the pin beside it moves');
  checkWrites(writes);
  const complaints = machine.complaints();
  need(complaints.length === 0, complaints.join('\n'));
  return `${got.length} changes of level`;
}

// ---- stalls ----------------------------------------------------------------------------------------------------------------

/** While nothing is fed the pins fall to the middle by a ramp and stay there; from there they rise again to what comes next. */
function checkStall(pulses, what) {
  let steps = 0, rest = 0, longest = 0, largest = 0;
  for (let n = 1; n < pulses.length; n++) {
    const [period, high] = pulses[n], step = Math.abs(high - pulses[n - 1][1]);
    rest = isMiddle(pulses[n], true) ? rest + 1 : 0;
    longest = Math.max(longest, rest);
    // From the middle, and to it, in steps of a ramp only.
    const edge = isMiddle(pulses[n], true) || isMiddle(pulses[n - 1], true);
    if (edge) largest = Math.max(largest, step);
    need(!edge || step <= Math.ceil(period / 64), `${what}: a step of ${step} from or to the middle, in period ${n}`);
    steps += step > 0;
  }
  need(steps > 1000, `${what}: only ${steps} steps`);
  return { longest, largest };
}

/** From outside: the core held, or its interrupts masked, in mid-play. */
function stalls() {
  const said = [];
  for (const stall of ['maskInterrupts', 'holdCore']) {
    for (const ms of [1, 5, 50, 500]) {
      const { machine, listener } = powerUp(image('pwm_beep'));
      machine[stall](Math.round(0.15 * machine.clock.hz), (ms / 1000) * machine.clock.hz);
      machine.run(0.3 + ms / 1000);
      const pulses = listener.pulses;
      const { longest } = checkStall(pulses.slice(pulses.findIndex((p) => isMiddle(p, true))), `${stall} ${ms} ms`);
      const silent = (longest * 1417) / machine.clock.hz;
      if (ms >= 50) need(Math.abs(silent - ms / 1000) < 0.045, `${stall} for ${ms} ms: the middle for ${silent} s`);
      need(machine.complaints().length === 0, machine.complaints().join('\n'));
      said.push(`${ms} ms`);
    }
  }
  return `${said.length} stalls`;
}

/** A core that never comes back leaves the pins in the middle. */
function held() {
  const { machine, listener } = powerUp(image('pwm_beep'));
  machine.holdCore(Math.round(0.15 * machine.clock.hz), Infinity);
  machine.run(0.7);
  const pulses = listener.pulses, last = pulses.slice(-40000);
  need(last.every((pulse) => isMiddle(pulse, true)), 'the pin is not in the middle');
  checkStall(pulses.slice(pulses.findIndex((p) => isMiddle(p, true))), 'held for good');
  need(machine.complaints().length === 0, machine.complaints().join('\n'));
  return `${last.length} periods in the middle`;
}

/** The test must be able to fail: one bit of a frame in flash, or one level at a pin. */
function seeded() {
  const { machine, listener } = powerUp(image('pwm_beep'));
  const virtual = pulsesOnVirtualChip('pwm_beep', `${A},255`).pulses;
  machine.runToExit(3);
  const { pulses } = listener;
  pulses[Math.floor(pulses.length / 2)][1] ^= 1;
  let caught = '';
  try {
    sameRuns(runsOf(pulses), runsOf(virtual), 'pwm_beep');
  } catch (error) {
    caught = error.message;
  }
  need(/^pwm_beep: change \d+ is to/.test(caught), `a level that is off by one gives "${caught}"`);
  const from = pulses.findIndex((p) => isMiddle(p, true));
  pulses[from + 100][1] += 30;
  let jumped = '';
  try {
    checkStall(pulses.slice(from), 'pwm_beep');
  } catch (error) {
    jumped = error.message;
  }
  need(jumped.includes('a step of 30 from or to the middle'), `a step out of the middle gives "${jumped}"`);
  return caught;
}

runTests({ levels, beep, stalls, held, seeded });
